/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes lines of kernel traces apart; see engine/replay/lttng_line.h. */
#include "config.h"

#include "engine/replay/lttng_line.h"

/* Takes a word up to the next blank from *TEXT. */
static struct span take_word(struct span *text)
{
	struct span word;
	span_skip_blanks(text);
	if (!span_take_until(text, ' ', &word)) {
		word = *text;
		*text = (struct span){NULL, 0};
	}
	return word;
}

/* Takes a string with its quotes. Returns false if it has no end. */
static bool take_string(struct span *text, struct span *value)
{
	for (size_t i = 1; i < text->size; i++) {
		if (text->start[i] == '\\') {
			i++;
		} else if (text->start[i] == '"') {
			*value = (struct span){text->start, i + 1};
			*text = span_after(*text, i + 1);
			return true;
		}
	}
	return false;
}

/* Takes "name=value" or "@name=value". */
static bool take_field(struct span *text, struct lttng_field *field)
{
	field->is_context = span_take(text, "@");
	if (!span_take_until(text, '=', &field->name))
		return false;
	if (text->size && *text->start == '"')
		return take_string(text, &field->value);
	field->value = take_word(text);
	return field->value.size > 0;
}

static bool parse_cpu(struct span word, int *cpu)
{
	uint64_t number;
	*cpu = -1;
	if (span_is(word, "-"))
		return true;
	if (!span_take_number(&word, &number) || word.size)
		return false;
	if (number < LTTNG_CPUS_MAX)
		*cpu = (int)number;
	return true;
}

bool lttng_line_parse(struct span text, struct lttng_line *line)
{
	struct lttng_field ignored;
	struct span time = take_word(&text);
	line->count = 0;
	if (!span_take_number(&time, &line->time_ns) || time.size || !line->time_ns)
		return false;
	if (!parse_cpu(take_word(&text), &line->cpu))
		return false;
	line->name = take_word(&text);
	if (!line->name.size)
		return false;
	for (span_skip_blanks(&text); text.size; span_skip_blanks(&text)) {
		bool has_room = line->count < LTTNG_FIELDS_MAX;
		if (!take_field(&text, has_room ? &line->fields[line->count] : &ignored))
			return false;
		line->count += has_room;
	}
	return true;
}

const struct span *lttng_line_find(const struct lttng_line *line, const char *name, bool is_context)
{
	for (size_t i = 0; i < line->count; i++) {
		const struct lttng_field *field = &line->fields[i];
		if (field->is_context == is_context && span_is(field->name, name))
			return &field->value;
	}
	return NULL;
}

bool lttng_line_number(
	const struct lttng_line *line, const char *name, bool is_context, uint64_t *number)
{
	const struct span *value = lttng_line_find(line, name, is_context);
	struct span rest = value ? *value : (struct span){NULL, 0};
	uint64_t found;
	if (!span_take_c_number(&rest, &found) || rest.size)
		return false;
	*number = found;
	return true;
}
