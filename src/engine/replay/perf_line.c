/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of perf; see engine/replay/perf_line.h. */
#include "config.h"

#include "engine/replay/perf_line.h"

#include <limits.h>
#include <string.h>

#include "base/time.h"

/* Beyond this, times are not taken: 100 years. */
#define SECONDS_MAX UINT64_C(3153600000)

/* Digits of a second. */
#define DIGITS_MAX  9

/* What perf trace writes instead of the rest of a call. */
#define DOTS        "..."
#define CONTINUED   " ... [continued]: "

/* The part of TEXT before its last C, or nothing. */
static struct span before_last(struct span text, char c)
{
	const char *at = text.size ? memrchr(text.start, c, text.size) : NULL;
	return at ? span_between(text.start, at) : (struct span){NULL, 0};
}

static struct span trim_end(struct span text)
{
	while (text.size && (text.start[text.size - 1] == ' ' || text.start[text.size - 1] == '\t'))
		text.size--;
	return text;
}

/* Takes "12.345", in units of UNIT_NS, from TEXT. */
static bool take_time(struct span *text, uint64_t unit_ns, uint64_t *time_ns)
{
	struct span rest = *text;
	uint64_t whole;
	if (!span_take_number(&rest, &whole) || whole > SECONDS_MAX * NS_PER_S / unit_ns ||
		!span_take(&rest, "."))
		return false;
	*time_ns = whole * unit_ns;
	for (int i = 0; i < DIGITS_MAX && rest.size && *rest.start >= '0' && *rest.start <= '9';
		i++) {
		unit_ns /= 10;
		*time_ns += (uint64_t)(*rest.start - '0') * unit_ns;
		rest = span_after(rest, 1);
	}
	*text = rest;
	return true;
}

static bool set_tid(struct perf_line *line, uint64_t number)
{
	line->tid = (pid_t)number;
	return number && number <= INT_MAX;
}

/* Takes the name of a call and what opens its arguments: "read(". */
static bool take_name(struct span *text, struct span *name)
{
	size_t size = 0;
	while (size < text->size &&
		((text->start[size] >= 'a' && text->start[size] <= 'z') ||
			(text->start[size] >= '0' && text->start[size] <= '9') ||
			text->start[size] == '_'))
		size++;
	if (!size || size == text->size || text->start[size] != '(')
		return false;
	*name = (struct span){text->start, size};
	*text = span_after(*text, size + 1);
	return true;
}

/* --- perf trace */

/* Takes "sh/123 ", of a name that may have any characters, where a call follows. */
static void take_thread(struct span *text, struct perf_line *line)
{
	struct span rest = *text, name;
	for (const char *slash;
		(slash = rest.size ? memchr(rest.start, '/', rest.size) : NULL) != NULL;
		rest = span_between(slash + 1, text->start + text->size)) {
		struct span after = span_between(slash + 1, text->start + text->size);
		uint64_t tid;
		if (!span_take_number(&after, &tid) || !span_take(&after, " "))
			continue;
		struct span call = after;
		if (!span_begins(after, CONTINUED) && !take_name(&call, &name))
			continue;
		if (!set_tid(line, tid))
			continue;
		line->comm = span_trim(span_between(text->start, slash));
		*text = after;
		return;
	}
}

/*
 * "args)      = result": both of them. The last mark behind a parenthesis is it, also without a
 * result: perf writes none for the PID of a process that it does not know.
 */
static bool split_result(struct span text, struct perf_line *line)
{
	static const char mark[] = " =";
	const char *end = text.start + text.size, *at = NULL;
	struct span rest = text;
	for (const char *next;
		(next = rest.size ? memmem(rest.start, rest.size, mark, sizeof(mark) - 1) : NULL) !=
		NULL;
		rest = span_between(next + 1, end)) {
		const char *after = next + sizeof(mark) - 1;
		struct span before = trim_end(span_between(text.start, next));
		if (span_ends(before, ")") && (after == end || *after == ' '))
			at = next;
	}
	if (!at)
		return false;
	line->args = before_last(trim_end(span_between(text.start, at)), ')');
	line->result = span_trim(span_between(at + sizeof(mark) - 1, end));
	return true;
}

/* Behind the time and the thread. */
static void parse_traced_call(struct span text, struct perf_line *line)
{
	bool is_continued = span_take(&text, CONTINUED);
	if (!take_name(&text, &line->name))
		return;
	text = trim_end(text);
	if (split_result(text, line)) {
		line->kind = is_continued ? PERF_ENDED : PERF_CALL;
		line->time_ns += is_continued ? line->duration_ns : 0;
	} else if (!is_continued && span_ends(text, DOTS)) {
		text.size -= sizeof(DOTS) - 1;
		line->args = before_last(text, ')');
		line->kind = PERF_BEGUN;
	}
	if (is_continued)
		line->args = (struct span){NULL, 0};
}

/* Takes "( 0.013 ms): " or "(         ): ". */
static bool take_duration(struct span *text, struct perf_line *line)
{
	struct span inside;
	if (!span_take(text, "(") || !span_take_until(text, ')', &inside) || !span_take(text, ": "))
		return false;
	span_skip_blanks(&inside);
	if (!inside.size || span_is(span_trim(inside), "?"))
		return true;
	line->has_duration = take_time(&inside, NS_PER_MS, &line->duration_ns);
	return line->has_duration && span_is(inside, " ms");
}

static bool parse_trace(struct span text, struct perf_line *line)
{
	span_skip_blanks(&text);
	line->has_time = take_time(&text, NS_PER_MS, &line->time_ns);
	if (!line->has_time && !span_take(&text, "?"))
		return false;
	span_skip_blanks(&text);
	if (!take_duration(&text, line))
		return false;
	line->is_trace = true;
	take_thread(&text, line);
	parse_traced_call(text, line);
	return line->kind != PERF_OTHER;
}

/* --- perf script */

/* "sh 32217 [000] 30047.398224", or "sh 32217/32218 30047.398224": from its end. */
static bool parse_event_head(struct span head, struct perf_line *line)
{
	struct span rest, word;
	head = trim_end(head);
	if (!span_ends(head, ":"))
		return false;
	head.size--;
	rest = before_last(head, ' ');
	word = span_between(head.start + rest.size, head.start + head.size);
	span_skip_blanks(&word);
	if (!take_time(&word, NS_PER_S, &line->time_ns) || word.size)
		return false;
	line->has_time = true;
	head = trim_end(rest);
	if (span_ends(head, "]"))
		head = trim_end(before_last(head, '['));
	rest = before_last(head, ' ');
	word = span_between(head.start + rest.size, head.start + head.size);
	span_skip_blanks(&word);
	uint64_t number;
	if (!span_take_number(&word, &number) ||
		(span_take(&word, "/") && !span_take_number(&word, &number)) || word.size)
		return false;
	line->comm = span_trim(rest);
	return set_tid(line, number);
}

static void parse_raw_enter(struct span text, struct perf_line *line)
{
	if (!span_take(&text, "NR ") || !span_take_number(&text, &line->number) ||
		!span_take(&text, " ("))
		return;
	line->style = PERF_ARGS_NUMBERS;
	line->args = before_last(text, ')');
	line->kind = PERF_BEGUN;
}

static void parse_raw_exit(struct span text, struct perf_line *line)
{
	static const char sigreturn[] = "rt_sigreturn";
	if (!span_take(&text, "NR "))
		return;
	/* It has restored the register with its number. */
	if (span_take(&text, "-1"))
		line->name = (struct span){sigreturn, sizeof(sigreturn) - 1};
	else if (!span_take_number(&text, &line->number))
		return;
	if (!span_take(&text, " = "))
		return;
	line->result = span_trim(text);
	line->kind = PERF_ENDED;
}

/* "openat: dfd: 0xffffff9c, …" */
static void parse_enter(struct span text, struct perf_line *line)
{
	if (!span_take_until(&text, ':', &line->name))
		return;
	line->args = span_trim(text);
	line->kind = PERF_BEGUN;
}

static void parse_exit(struct span text, struct perf_line *line)
{
	if (!span_take_until(&text, ':', &line->name))
		return;
	line->result = span_trim(text);
	line->kind = PERF_ENDED;
}

static const struct {
	const char *name;
	void (*parse)(struct span text, struct perf_line *line);
} events[] = {
	{"raw_syscalls:sys_enter: ", parse_raw_enter},
	{"raw_syscalls:sys_exit: ", parse_raw_exit},
	{"syscalls:sys_enter_", parse_enter},
	{"syscalls:sys_exit_", parse_exit},
};

static bool parse_script(struct span text, struct perf_line *line)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		size_t size = strlen(events[i].name);
		const char *at = text.size ? memmem(text.start, text.size, events[i].name, size)
		                           : NULL;
		if (!at || !parse_event_head(span_between(text.start, at), line))
			continue;
		events[i].parse(span_between(at + size, text.start + text.size), line);
		return line->kind != PERF_OTHER;
	}
	return false;
}

/* "\t    7f0b1c read+0x1a (/lib/libc.so.6)" */
static bool is_frame(struct span text)
{
	size_t digits = 0;
	if (!span_begins(text, "\t"))
		return false;
	span_skip_blanks(&text);
	while (digits < text.size && memchr("0123456789abcdef", text.start[digits], 16))
		digits++;
	return digits >= 4 && digits < text.size && text.start[digits] == ' ';
}

void perf_line_parse(struct span text, struct perf_line *line)
{
	struct span rest = span_trim(text);
	*line = (struct perf_line){0};
	if (is_frame(text))
		line->kind = PERF_FRAME;
	else if (span_is(rest, "Summary of events:"))
		line->kind = PERF_TABLE;
	else if (span_take(&rest, "LOST ") && span_take_number(&rest, &line->number))
		line->kind = PERF_LOST;
	else if (!parse_trace(text, line)) {
		*line = (struct perf_line){0};
		if (!parse_script(text, line))
			*line = (struct perf_line){0};
	}
}
