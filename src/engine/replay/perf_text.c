/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of perf as those of strace; see engine/replay/perf_text.h. */
#include "config.h"

#include "engine/replay/perf_text.h"

#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/names.h"
#include "base/alloc.h"
#include "base/time.h"
#include "engine/replay/call_names.h"
#include "engine/replay/perf_line.h"
#include "engine/replay/strace_line.h"
#include "proc/comm.h"

/* Sizes of the buffers for the two lines: a call, and the end of its thread. */
#define LINE_SIZE (32 << 10)
#define END_SIZE  256

/* The largest errno. */
#define ERRNO_MAX 4095

#define DAY_S     UINT64_C(86400)

/* The text that is written: what does not fit is left out. */
struct sheet {
	char *text;
	size_t size, capacity;
};

struct perf_text {
	const struct call_names *names; /* not owned */
	uint64_t last_ns;               /* the last time */
	uint64_t lost;
	bool is_raw;      /* the last arguments were registers */
	bool is_in_table; /* of the summary, which goes on to the end */
	char line[LINE_SIZE], end[END_SIZE];
};

struct perf_text *perf_text_new(const struct call_names *names)
{
	struct perf_text *perf = xcalloc(1, sizeof(*perf));
	perf->names = names;
	return perf;
}

void perf_text_free(struct perf_text *perf)
{
	free(perf);
}

bool perf_text_is_raw(const struct perf_text *perf)
{
	return perf->is_raw;
}

uint64_t perf_text_lost(const struct perf_text *perf)
{
	return perf->lost;
}

/* Writing. */

static __attribute__((format(printf, 2, 3))) void write_text(
	struct sheet *sheet, const char *format, ...)
{
	va_list list;
	size_t room = sheet->capacity - sheet->size;
	va_start(list, format);
	int size = vsnprintf(sheet->text + sheet->size, room, format, list);
	va_end(list);
	if (size > 0 && (size_t)size < room)
		sheet->size += (size_t)size;
}

static void write_span(struct sheet *sheet, struct span span)
{
	if (span.size >= sheet->capacity - sheet->size)
		return;
	memcpy(sheet->text + sheet->size, span.start, span.size);
	sheet->size += span.size;
}

/* "[pid  123<sh>] 08:20:47.398224000 " */
static void write_head(struct sheet *sheet, const struct perf_line *line, uint64_t time_ns)
{
	uint64_t seconds = time_ns / NS_PER_S % DAY_S;
	if (line->tid) {
		write_text(sheet, "[pid %d<", (int)line->tid);
		/* Its name must not end early. */
		for (size_t i = 0; i < line->comm.size && i < TASK_COMM_SIZE; i++) {
			char c = line->comm.start[i];
			write_text(sheet, "%c", c == '<' || c == '>' || c == ']' ? '_' : c);
		}
		write_text(sheet, ">] ");
	}
	write_text(sheet, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%09" PRIu64 " ",
		seconds / 3600, seconds / 60 % 60, seconds % 60, time_ns % NS_PER_S);
}

/* Arguments. */

/* Whether NAME of the tables is what perf writes as SHORT: O_RDONLY, SIGQUIT, R_OK. */
static bool is_short_for(const char *name, struct span shorter)
{
	size_t size = strlen(name);
	if (size < shorter.size)
		return false;
	const char *tail = name + size - shorter.size;
	bool is_tail = memcmp(tail, shorter.start, shorter.size) == 0;
	if (is_tail && (tail == name || tail[-1] == '_' ||
			       (tail == name + 3 && memcmp(name, "SIG", 3) == 0)))
		return true;
	return memcmp(name, shorter.start, shorter.size) == 0 &&
	       strcmp(name + shorter.size, "_OK") == 0;
}

/* The name of SET, which may be NULL, that perf writes as SHORT; NULL: none. */
static const char *find_in_set(const struct value_set *set, struct span shorter)
{
	for (size_t i = 0; set && i < set->count; i++) {
		if (is_short_for(set->names[i].name, shorter))
			return set->names[i].name;
	}
	return NULL;
}

/* Writes one constant, or a number. */
static void write_constant(struct sheet *sheet, const struct value_format *format, struct span word)
{
	const char *name = NULL;
	word = span_trim(word);
	bool is_name = word.size && *word.start >= 'A' && *word.start <= 'Z';
	if (is_name) {
		name = find_in_set(format->set, word);
		if (!name)
			name = find_in_set(format->low_set, word);
		if (!name)
			name = find_in_set(format->high_set, word);
	}
	if (name)
		write_text(sheet, "%s", name);
	else
		write_span(sheet, word);
}

/* Writes VALUE of ARGUMENT. */
static void write_value(struct sheet *sheet, const struct argument *argument, struct span value)
{
	struct span word;
	if (argument->kind == ARG_DIRFD && span_is(value, "CWD")) {
		write_text(sheet, "AT_FDCWD");
	} else if (argument->format) {
		while (span_take_until(&value, '|', &word)) {
			write_constant(sheet, argument->format, word);
			write_text(sheet, "|");
		}
		write_constant(sheet, argument->format, value);
	} else {
		/* "4205 (sh)" */
		const char *comment = value.size && *value.start != '"'
		                              ? memmem(value.start, value.size, " (", 2)
		                              : NULL;
		write_span(sheet, comment ? span_between(value.start, comment) : value);
	}
}

/* What clone's arguments are called in strace's text. */
static const char *clone_name(unsigned int index)
{
	static const char *const names[CALL_MAX_ARGS] = {
		"flags=", "child_stack=", "parent_tid=", "child_tidptr=", "tls="};
	return names[index] ? names[index] : "";
}

/* The parts of an argument list, "name: value". */
struct parts {
	size_t count;
	struct span name[STRACE_ARGS_MAX], value[STRACE_ARGS_MAX];
};

static void split_named(struct span args, struct parts *parts)
{
	struct span all[STRACE_ARGS_MAX];
	parts->count = strace_split(args, all, STRACE_ARGS_MAX);
	for (size_t i = 0; i < parts->count; i++) {
		parts->name[i] = (struct span){NULL, 0};
		parts->value[i] = all[i];
		if (all[i].size && *all[i].start != '"' &&
			span_take_until(&parts->value[i], ':', &parts->name[i]))
			parts->value[i] = span_trim(parts->value[i]);
	}
}

/* The value of the part called NAME, which may be NULL. */
static bool find_part(const struct parts *parts, const char *name, struct span *value)
{
	for (size_t i = 0; name && i < parts->count; i++) {
		if (!span_is(parts->name[i], name))
			continue;
		*value = parts->value[i];
		return true;
	}
	return false;
}

/* Writes the arguments of CALL, which have names, in their order. */
static void write_named(struct sheet *sheet, struct call call, struct span args)
{
	struct parts parts;
	struct span value;
	size_t found = 0;
	bool is_clone = argument_style(call) == STYLE_CLONE;
	split_named(args, &parts);
	/* Behind the last of them, only zeros are missing. */
	for (unsigned int i = 0; i < argument_count(call) && found < parts.count; i++) {
		bool is_there = find_part(&parts, argument_name(call, i), &value);
		found += is_there;
		write_text(sheet, "%s%s", i ? ", " : "", is_clone ? clone_name(i) : "");
		if (is_there)
			write_value(sheet, argument_declared(call, i), value);
		else
			write_text(sheet, "0");
	}
}

/* Writes register INDEX of CALL. */
static void write_register(
	struct sheet *sheet, struct call call, unsigned int index, uint64_t value)
{
	unsigned int kind = argument_declared(call, index)->kind;
	bool is_int = kind == ARG_INT || kind == ARG_FD || kind == ARG_DIRFD || kind == ARG_PID;
	if (is_int) {
		write_text(sheet, "%d", (int)value);
	} else if (argument_style(call) == STYLE_CLONE && !index && (value & CLONE_THREAD)) {
		write_text(sheet, "CLONE_THREAD|%#" PRIx64, value & ~(uint64_t)CLONE_THREAD);
	} else {
		write_text(sheet, "%#" PRIx64, value);
	}
}

/* Takes a hexadecimal number without 0x. */
static uint64_t hexadecimal(struct span text)
{
	char digits[20] = "";
	memcpy(digits, text.start, text.size < sizeof(digits) ? text.size : sizeof(digits) - 1);
	return strtoull(digits, NULL, 16);
}

static void write_registers(struct sheet *sheet, struct call call, struct span args)
{
	struct span parts[STRACE_ARGS_MAX];
	size_t count = strace_split(args, parts, STRACE_ARGS_MAX);
	bool is_clone = argument_style(call) == STYLE_CLONE;
	for (unsigned int i = 0; i < argument_count(call) && i < count; i++) {
		write_text(sheet, "%s%s", i ? ", " : "", is_clone ? clone_name(i) : "");
		write_register(sheet, call, i, hexadecimal(parts[i]));
	}
}

static void write_args(struct sheet *sheet, struct call call, const struct perf_line *line)
{
	if (line->style == PERF_ARGS_NUMBERS)
		write_registers(sheet, call, line->args);
	else if (argument_count(call))
		write_named(sheet, call, line->args);
	else
		write_span(sheet, line->args);
}

/* " = -1 ENOENT <0.000013>" */
static void write_result(struct sheet *sheet, const struct perf_line *line)
{
	struct span rest = line->result;
	uint64_t value;
	char name[ABI_NAME_MAX];
	bool is_number = span_take_c_number(&rest, &value) && !span_trim(rest).size;
	if (is_number && -value <= ERRNO_MAX && (int64_t)value < -1) {
		write_text(sheet, " = -1 %s", error_name((int)-value, name));
	} else if (is_number && (int64_t)value == -1) {
		write_text(sheet, " = -1 EPERM");
	} else {
		write_text(sheet, " = ");
		write_span(sheet, line->result.size ? line->result : (struct span){"0", 1});
	}
	if (line->has_duration)
		write_text(sheet, " <%" PRIu64 ".%09" PRIu64 ">", line->duration_ns / NS_PER_S,
			line->duration_ns % NS_PER_S);
}

/* Calls. */

/* The call of LINE; without a name, its number. */
static bool find_call(const struct perf_text *perf, struct perf_line *line, struct call *call)
{
	if (line->name.size)
		return call_names_find(perf->names, line->name, ABI_NATIVE, call);
	*call = (struct call){.nr = (int32_t)line->number, .abi = ABI_NATIVE};
	const struct syscall_desc *desc = line->number <= INT32_MAX ? syscall_lookup(*call) : NULL;
	if (!desc)
		return false;
	line->name = (struct span){desc->name, strlen(desc->name)};
	return true;
}

static bool is_any_of(struct span name, const char *const *list)
{
	while (*list && !span_is(name, *list))
		list++;
	return *list != NULL;
}

static const char *const makers[] = {"clone", "clone3", "fork", "vfork", NULL};
static const char *const exits[] = {"exit", "exit_group", NULL};

/* Whether LINE is the first thing that a new task does: its return from the call that made it. */
static bool is_birth(const struct perf_line *line)
{
	return line->kind == PERF_ENDED && (!line->result.size || span_is(line->result, "0")) &&
	       is_any_of(line->name, makers);
}

/* The status in ARGS of exit. */
static unsigned int exit_code(const struct perf_line *line)
{
	struct span text = line->args;
	struct span name;
	uint64_t value = 0;
	if (line->style == PERF_ARGS_NUMBERS)
		return (unsigned int)hexadecimal(text) & 0xff;
	if (span_take_until(&text, ':', &name))
		span_skip_blanks(&text);
	span_take_c_number(&text, &value);
	return (unsigned int)value & 0xff;
}

/* A line for the end of the thread, whose last call LINE is. */
static struct span write_end(struct perf_text *perf, const struct perf_line *line, uint64_t time_ns)
{
	struct sheet sheet = {.text = perf->end, .capacity = sizeof(perf->end)};
	write_head(&sheet, line, time_ns);
	write_text(&sheet, "+++ exited with %u +++", exit_code(line));
	return (struct span){sheet.text, sheet.size};
}

static unsigned int rewrite_call(
	struct perf_text *perf, struct perf_line *line, struct span lines[PERF_TEXT_LINES])
{
	struct sheet sheet = {.text = perf->line, .capacity = sizeof(perf->line)};
	struct call call;
	bool is_known = find_call(perf, line, &call);
	if (!line->name.size || is_birth(line))
		return 0;
	if (line->has_time)
		perf->last_ns = line->time_ns;
	if (line->args.size)
		perf->is_raw = line->style == PERF_ARGS_NUMBERS;
	bool is_exit = line->kind != PERF_ENDED && is_any_of(line->name, exits);
	write_head(&sheet, line, perf->last_ns);
	if (line->kind == PERF_ENDED) {
		write_text(&sheet, "<... ");
		write_span(&sheet, line->name);
		write_text(&sheet, " resumed>)");
		write_result(&sheet, line);
	} else {
		write_span(&sheet, line->name);
		write_text(&sheet, "(");
		if (is_known)
			write_args(&sheet, call, line);
		if (is_exit)
			write_text(&sheet, ") = ?");
		else if (line->kind == PERF_BEGUN && line->is_trace &&
			 span_is(line->name, "rt_sigreturn"))
			write_text(&sheet, ") = 0");
		else if (line->kind == PERF_BEGUN)
			write_text(&sheet, " <unfinished ...>");
		else
			write_text(&sheet, ")");
		if (line->kind == PERF_CALL && !is_exit)
			write_result(&sheet, line);
	}
	lines[0] = (struct span){sheet.text, sheet.size};
	if (!is_exit)
		return 1;
	lines[1] = write_end(perf, line, perf->last_ns);
	return 2;
}

unsigned int perf_text_rewrite(
	struct perf_text *perf, struct span text, struct span lines[PERF_TEXT_LINES])
{
	static const char frame[] = " > perf(stack) [0x0]";
	struct perf_line line;
	if (perf->is_in_table)
		return 0;
	perf_line_parse(text, &line);
	switch (line.kind) {
	case PERF_CALL:
	case PERF_BEGUN:
	case PERF_ENDED:
		return rewrite_call(perf, &line, lines);
	case PERF_TABLE:
		perf->is_in_table = true;
		return 0;
	case PERF_LOST:
		perf->lost += line.number;
		return 0;
	case PERF_FRAME:
		lines[0] = (struct span){frame, sizeof(frame) - 1};
		return 1;
	case PERF_OTHER:
		break;
	}
	lines[0] = text;
	return 1;
}
