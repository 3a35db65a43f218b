/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses filters; the grammar is in event/filter.h.
 *
 * A recursive descent over words, which emits the program in postfix order. A word ends at a blank,
 * or at a ")" that was not opened in it, outside of quotes. A text without a word that only a
 * filter has (an operator, a parenthesis, a key) is a call set as a whole, in which blanks and
 * commas are what they always were.
 */
#include "config.h"

#include "event/filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "abi/nearest.h"
#include "base/alloc.h"
#include "base/text.h"
#include "event/filter_program.h"

/* Maximum depth of parentheses. */
#define DEPTH_MAX 32

struct parser {
	const char *text;
	size_t at; /* position in it */
	struct filter *filter;
	struct filter_error *error; /* may be NULL */
	unsigned int depth;         /* of parentheses */
};

/* A part of the text. */
struct span {
	size_t at, size;
};

/* Reports what is wrong with SPAN. */
__attribute__((format(printf, 3, 4))) static int wrong(
	struct parser *parser, struct span span, const char *format, ...)
{
	struct filter_error *error = parser->error;
	va_list args;
	if (!error)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	error->offset = span.at;
	error->length = span.size;
	error->is_set = parser->filter && parser->filter->is_set;
	return -EINVAL;
}

/* SPAN escaped for a message. */
struct quoted {
	char text[48];
};

static struct quoted quote(const struct parser *parser, struct span span)
{
	struct quoted quoted = {0};
	text_escape(parser->text + span.at, span.size, quoted.text, sizeof(quoted.text));
	return quoted;
}

/* Words. */

static bool is_blank(char c)
{
	return isspace((unsigned char)c);
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* The size of the quoted text at TEXT, including its quotes; without an end, all of TEXT. */
static size_t quoted_size(const char *text)
{
	size_t size = 1;
	while (text[size] && text[size] != *text)
		size += text[size] == '\\' && text[size + 1] ? 2 : 1;
	return size + (text[size] != '\0');
}

/* The size of the word at TEXT; 0 at a blank, a ")" or the end. */
static size_t word_size(const char *text)
{
	size_t size = 0;
	unsigned int open = 0;
	while (text[size] && !is_blank(text[size])) {
		if (is_quote(text[size])) {
			size += quoted_size(text + size);
			continue;
		}
		if (text[size] == ')' && open-- == 0)
			break;
		open += text[size] == '(';
		size += text[size] == '\\' && text[size + 1] && !is_blank(text[size + 1]) ? 2 : 1;
	}
	return size;
}

static void skip_blanks(struct parser *parser)
{
	while (is_blank(parser->text[parser->at]))
		parser->at++;
}

static const char *const operators[] = {"and", "or", "not"};

#define OPERATOR_COUNT (sizeof(operators) / sizeof(*operators))

/* The next word, which is not taken. A "(" ends an operator, but not a call set. */
static struct span next_word(struct parser *parser)
{
	skip_blanks(parser);
	const char *text = parser->text + parser->at;
	for (size_t i = 0; i < OPERATOR_COUNT; i++) {
		size_t size = strlen(operators[i]);
		if (strncasecmp(text, operators[i], size) == 0 && text[size] == '(')
			return (struct span){parser->at, size};
	}
	return (struct span){parser->at, word_size(text)};
}

static bool is_word(const struct parser *parser, struct span span, const char *word)
{
	return span.size == strlen(word) &&
	       strncasecmp(parser->text + span.at, word, span.size) == 0;
}

static bool is_operator(const struct parser *parser, struct span span)
{
	size_t i = 0;
	while (i < OPERATOR_COUNT && !is_word(parser, span, operators[i]))
		i++;
	return i < OPERATOR_COUNT;
}

/* Takes the next word if it is WORD. Returns whether it is. */
static bool take_word(struct parser *parser, const char *word)
{
	struct span span = next_word(parser);
	if (!is_word(parser, span, word))
		return false;
	parser->at += span.size;
	return true;
}

/* The size of what could be a key at TEXT, before a relation; 0: it is none. */
static size_t key_size(const char *text)
{
	size_t size = 0;
	while (isalpha((unsigned char)text[size]) || text[size] == '_' || text[size] == '-')
		size++;
	if (!text[size] || !strchr(":=<>", text[size]))
		return 0;
	/* The prefix of the names of io_uring's requests. */
	bool is_request = strncmp(text, "io_uring:", size + 1) == 0;
	return is_request ? 0 : size;
}

/* Whether the text of PARSER has a word that no call set has. */
static bool has_filter_words(struct parser *parser)
{
	const char *text = parser->text;
	for (struct span word = {0}; text[parser->at]; parser->at += word.size) {
		word = next_word(parser);
		size_t bangs = strspn(text + word.at, "!");
		const char *term = text + word.at + bangs;
		if (word.size == 0)
			return text[word.at] == ')';
		if (is_operator(parser, word) || *term == '(' || is_quote(*term) || key_size(term))
			return true;
	}
	return false;
}

/* The program. */

static void emit(struct parser *parser, int step)
{
	struct filter *filter = parser->filter;
	filter->step = xreallocarray(filter->step, filter->step_count + 1, 1);
	filter->step[filter->step_count++] = (int8_t)step;
}

/* Adds an empty term, and emits it. Returns NULL with the error set if there are too many. */
static struct filter_term *add_term(struct parser *parser, struct span word)
{
	struct filter *filter = parser->filter;
	if (filter->term_count == FILTER_TERMS_MAX) {
		wrong(parser, word, "more than %d terms", FILTER_TERMS_MAX);
		return NULL;
	}
	emit(parser, (int)filter->term_count);
	return &filter->term[filter->term_count++];
}

/* Terms. */

/*
 * Stores a copy of SPAN without its quotes in *OUT, which the caller frees. A backslash in quotes
 * makes a quote or a backslash an ordinary character, and is kept before others, for patterns.
 */
static int unquote(struct parser *parser, struct span span, char **out)
{
	const char *text = parser->text + span.at;
	char *plain = xcalloc(span.size + 1, 1), *to = plain;
	for (size_t i = 0; i < span.size;) {
		size_t size = is_quote(text[i]) ? quoted_size(text + i) : 0;
		if (!size) {
			*to++ = text[i++];
			continue;
		}
		bool is_whole = size >= 2 && size <= span.size - i && text[i + size - 1] == text[i];
		if (!is_whole) {
			free(plain);
			return wrong(parser, (struct span){span.at + i, span.size - i},
				"there is no second %c", text[i]);
		}
		for (size_t at = i + 1; at < i + size - 1; at++) {
			at += text[at] == '\\' && (text[at + 1] == '\\' || text[at + 1] == text[i]);
			*to++ = text[at];
		}
		i += size;
	}
	*out = plain;
	return 0;
}

static int parse_set(struct parser *parser, struct span word)
{
	struct callset_error error;
	struct filter_term *term = add_term(parser, word);
	char *plain;
	if (!term || unquote(parser, word, &plain) < 0)
		return -EINVAL;
	int result = callset_parse(plain, &term->set, &error);
	free(plain);
	if (result < 0) {
		size_t offset = error.offset < word.size ? error.offset : 0;
		size_t size = strcspn(parser->text + word.at + offset, ",");
		struct span item = {word.at + offset, word.size - offset};
		if (size < item.size)
			item.size = size;
		return wrong(parser, item, "%s", error.message);
	}
	return 0;
}

static int unknown_key(struct parser *parser, struct span key)
{
	struct nearest nearest;
	char name[64], near[64];
	snprintf(name, sizeof(name), "%.*s", (int)key.size, parser->text + key.at);
	nearest_begin(&nearest, name);
	for (int id = 0; id < FILTER_KEY_COUNT; id++)
		nearest_offer(&nearest, filter_keys[id].name);
	return wrong(parser, key, "unknown key \"%s\"%s", quote(parser, key).text,
		nearest_text(&nearest, "", near, sizeof(near)));
}

/* Takes the relation at SPAN of WORD, and moves SPAN behind it. */
static enum filter_relation take_relation(const struct parser *parser, size_t *at)
{
	static const struct {
		const char *text;
		enum filter_relation relation;
	} relations[] = {
		{">=", FILTER_GREATER_EQUAL},
		{"<=", FILTER_LESS_EQUAL},
		{">", FILTER_GREATER},
		{"<", FILTER_LESS},
		{":", FILTER_IS},
		{"=", FILTER_IS},
	};
	size_t i = 0;
	while (strncmp(parser->text + *at, relations[i].text, strlen(relations[i].text)) != 0)
		i++;
	*at += strlen(relations[i].text);
	return relations[i].relation;
}

/* The value at AT, up to a comma or END. */
static struct span value_at(const struct parser *parser, size_t at, size_t end)
{
	const char *text = parser->text;
	size_t from = at;
	while (at < end && text[at] != ',')
		at += is_quote(text[at])                 ? quoted_size(text + at)
		      : text[at] == '\\' && at + 1 < end ? 2
		                                         : 1;
	return (struct span){from, at - from};
}

static int parse_value(
	struct parser *parser, struct filter_term *term, struct span span, enum filter_relation how)
{
	const struct filter_key *key = term->key;
	char message[sizeof(parser->error->message)];
	char *plain;
	if (unquote(parser, span, &plain) < 0)
		return -EINVAL;
	term->value = xreallocarray(term->value, term->value_count + 1, sizeof(*term->value));
	struct filter_value *value = &term->value[term->value_count];
	*value = (struct filter_value){0};
	int error = key->parse(plain, value, message, sizeof(message));
	free(plain);
	if (error)
		return wrong(parser, span, "%s", message);
	term->value_count++;
	if (how == FILTER_IS)
		return 0;
	if (value->end != FILTER_END_UNKNOWN || value->first != value->last)
		return wrong(parser, span, "\"%s\" cannot be greater or less: write a number",
			quote(parser, span).text);
	filter_value_relate(value, how);
	return 0;
}

/* Parses WORD, which begins with a key of KEY_SIZE bytes. */
static int parse_key(struct parser *parser, struct span word, size_t key_size)
{
	const struct span name = {word.at, key_size};
	const struct filter_key *key = filter_key_by_name(parser->text + word.at, key_size);
	size_t at = word.at + key_size, end = word.at + word.size;
	if (!key)
		return unknown_key(parser, name);
	struct span sign = {at, 0};
	enum filter_relation how = take_relation(parser, &at);
	sign.size = at - sign.at;
	if (how != FILTER_IS && !key->is_ordered)
		return wrong(parser, sign, "%s is not greater or less: write %s", key->name,
			key->example);
	struct filter_term *term = add_term(parser, word);
	if (!term)
		return -EINVAL;
	term->key = key;
	for (;; at++) {
		struct span value = value_at(parser, at, end);
		if (value.size == 0)
			return wrong(parser, value, "a value is missing after \"%.*s\": %s",
				(int)(at - word.at), parser->text + word.at, key->example);
		if (parse_value(parser, term, value, how) < 0)
			return -EINVAL;
		at = value.at + value.size;
		if (at == end)
			return 0;
		if (how != FILTER_IS)
			return wrong(parser, (struct span){at, end - at},
				"only one value can be greater or less");
	}
}

static int parse_term(struct parser *parser)
{
	struct span word = next_word(parser);
	if (word.size == 0 || is_operator(parser, word)) {
		const char *at = parser->text + parser->at;
		if (*at && word.size == 0)
			word.size = 1; /* the ")" */
		return wrong(parser, word, "a term is missing %s%s%s: %s", *at ? "before \"" : "",
			*at ? quote(parser, word).text : "at the end", *at ? "\"" : "",
			filter_keys[FILTER_KEY_PATH].example);
	}
	parser->at += word.size;
	size_t key = key_size(parser->text + word.at);
	return key ? parse_key(parser, word, key) : parse_set(parser, word);
}

/* The grammar. */

static int parse_or(struct parser *parser);

static int parse_group(struct parser *parser)
{
	const struct span open = {parser->at, 1};
	if (++parser->depth > DEPTH_MAX)
		return wrong(parser, open, "more than %d parentheses in each other", DEPTH_MAX);
	parser->at++;
	if (parse_or(parser) < 0)
		return -EINVAL;
	skip_blanks(parser);
	if (parser->text[parser->at] != ')')
		return wrong(parser, open, "there is no \")\" for this \"(\"");
	parser->at++;
	parser->depth--;
	return 0;
}

/* Takes a "!" that is not part of a call set. Returns whether there is one. */
static bool take_bang(struct parser *parser)
{
	skip_blanks(parser);
	const char *text = parser->text + parser->at;
	const char *term = text + strspn(text, "!");
	if (*text != '!' || !(*term == '(' || is_blank(*term) || key_size(term)))
		return false;
	parser->at++;
	return true;
}

static int parse_not(struct parser *parser)
{
	bool is_negated = false;
	while (take_word(parser, "not") || take_bang(parser))
		is_negated = !is_negated;
	skip_blanks(parser);
	int error = parser->text[parser->at] == '(' ? parse_group(parser) : parse_term(parser);
	if (!error && is_negated)
		emit(parser, FILTER_STEP_NOT);
	return error;
}

static int parse_and(struct parser *parser)
{
	if (parse_not(parser) < 0)
		return -EINVAL;
	while (take_word(parser, "and")) {
		if (parse_not(parser) < 0)
			return -EINVAL;
		emit(parser, FILTER_STEP_AND);
	}
	return 0;
}

static int parse_or(struct parser *parser)
{
	if (parse_and(parser) < 0)
		return -EINVAL;
	while (take_word(parser, "or")) {
		if (parse_and(parser) < 0)
			return -EINVAL;
		emit(parser, FILTER_STEP_OR);
	}
	return 0;
}

static int parse_filter(struct parser *parser)
{
	if (parse_or(parser) < 0)
		return -EINVAL;
	struct span rest = next_word(parser);
	if (parser->text[parser->at] == ')')
		return wrong(
			parser, (struct span){parser->at, 1}, "there is no \"(\" for this \")\"");
	if (!parser->text[parser->at])
		return 0;
	return wrong(parser, rest, "\"and\" or \"or\" is missing before \"%s\"",
		quote(parser, rest).text);
}

/* Parses a text that is a call set as a whole. */
static int parse_whole_set(struct parser *parser)
{
	struct callset_error error;
	struct filter_term *term = add_term(parser, (struct span){0});
	if (callset_parse(parser->text, &term->set, &error) == 0)
		return 0;
	struct span item = {error.offset, strcspn(parser->text + error.offset, ",")};
	return wrong(parser, item, "%s", error.message);
}

static bool has_call(const void *filter, struct call call)
{
	const struct filter_call unknown = {.call = call};
	return filter_answer(filter, &unknown) == FILTER_YES;
}

/* Finds the call set that FILTER is equal to. */
static void find_set(struct filter *filter)
{
	for (size_t i = 0; i < filter->term_count; i++) {
		if (filter->term[i].key)
			return;
	}
	filter->set = callset_of(has_call, filter);
}

/* A copy of TEXT without the blanks around it. */
static char *trimmed(const char *text)
{
	while (is_blank(*text))
		text++;
	char *copy = xstrdup(text);
	size_t size = strlen(copy);
	while (size > 0 && is_blank(copy[size - 1]))
		copy[--size] = '\0';
	return copy;
}

int filter_parse(const char *text, struct filter **out, struct filter_error *error)
{
	struct parser parser = {.text = text, .error = error};
	if (strnlen(text, FILTER_TEXT_MAX + 1) > FILTER_TEXT_MAX)
		return wrong(&parser, (struct span){FILTER_TEXT_MAX, 0},
			"the filter is longer than %d bytes", FILTER_TEXT_MAX);
	parser.filter = xcalloc(1, sizeof(*parser.filter));
	parser.filter->is_set = !has_filter_words(&parser);
	parser.at = 0;
	int result = parser.filter->is_set ? parse_whole_set(&parser) : parse_filter(&parser);
	if (result < 0) {
		filter_free(parser.filter);
		return result;
	}
	find_set(parser.filter);
	parser.filter->text = trimmed(text);
	*out = parser.filter;
	return 0;
}
