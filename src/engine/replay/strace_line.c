/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of strace's text; see engine/replay/strace_line.h. */
#include "config.h"

#include "engine/replay/strace_line.h"

#include <limits.h>

#include "base/time.h"

/* Deeper nesting of parentheses than strace ever writes. */
#define DEPTH_MAX 1000

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Scanning arguments. */

/* The end of the string whose quote is at AT, behind its other quote; END if it is cut off. */
static const char *skip_string(const char *at, const char *end)
{
	char quote = *at++;
	while (at < end && *at != quote)
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	return at < end ? at + 1 : end;
}

/*
 * The end of what -y writes behind a descriptor, from its < on; NULL if it has none. In it, < and >
 * of paths are escaped; those of "<char 5:0>" are pairs, that of "->" is none.
 */
static const char *skip_annotation(const char *at, const char *end)
{
	size_t depth = 0;
	for (; at < end; at++) {
		if (*at == '"') {
			at = skip_string(at, end) - 1;
		} else if (*at == '\\' && at + 1 < end) {
			at++;
		} else if (*at == '<') {
			depth++;
		} else if (*at == '>' && at[-1] != '-' && at[-1] != '=' && --depth == 0) {
			return at + 1;
		}
	}
	return NULL;
}

/* What a character means for a scan; all others are passed over. */
enum mark {
	MARK_NONE,
	MARK_STRING,
	MARK_COMMENT,
	MARK_ANNOTATION,
	MARK_OPENS,
	MARK_CLOSES,
	MARK_COMMA,
};

static const unsigned char marks[256] = {
	['"'] = MARK_STRING,
	['/'] = MARK_COMMENT,
	['<'] = MARK_ANNOTATION,
	['('] = MARK_OPENS,
	['['] = MARK_OPENS,
	['{'] = MARK_OPENS,
	[')'] = MARK_CLOSES,
	[']'] = MARK_CLOSES,
	['}'] = MARK_CLOSES,
	[','] = MARK_COMMA,
};

struct scan {
	const char *start, *end;
	unsigned int depth;
	bool ends_at_paren; /* a ) at depth 0 ends it; otherwise it is ignored */
	bool ends_at_comma;
};

/* The position of what ends SCAN, from AT on, or its end. */
static const char *scan_on(struct scan *scan, const char *at)
{
	const char *after;
	for (; at < scan->end; at++) {
		switch (marks[(unsigned char)*at]) {
		case MARK_NONE:
			break;
		case MARK_STRING:
			at = skip_string(at, scan->end) - 1;
			break;
		case MARK_COMMENT:
			if (scan->end - at < 4 || at[1] != '*')
				break;
			after = memmem(at + 2, (size_t)(scan->end - at) - 2, "*/", 2);
			at = after ? after + 1 : at;
			break;
		case MARK_ANNOTATION:
			/* It is behind a descriptor or a PID, and is no "<<". */
			if (at == scan->start || !is_word(at[-1]) || at + 1 == scan->end ||
				at[1] == '<')
				break;
			after = skip_annotation(at, scan->end);
			at = after ? after - 1 : at;
			break;
		case MARK_OPENS:
			scan->depth += scan->depth < DEPTH_MAX;
			break;
		case MARK_CLOSES:
			if (scan->depth)
				scan->depth--;
			else if (scan->ends_at_paren && *at == ')')
				return at;
			break;
		case MARK_COMMA:
			if (!scan->depth && scan->ends_at_comma)
				return at;
			break;
		}
	}
	return scan->end;
}

size_t strace_split(struct span args, struct span *parts, size_t max)
{
	size_t count = 0;
	args = span_trim(args);
	while (args.size && count < max) {
		struct scan scan = {
			.start = args.start,
			.end = args.start + args.size,
			.ends_at_comma = count + 1 < max,
		};
		const char *end = scan_on(&scan, args.start);
		parts[count++] = span_trim(span_between(args.start, end));
		if (end == scan.end)
			break;
		args = span_between(end + 1, scan.end);
	}
	return count;
}

/* The part before the call. */

/* Takes "123" or "123.456", a time in seconds; *DIGITS are those behind the point. */
static bool take_seconds(struct span *text, uint64_t *ns, unsigned int *digits)
{
	struct span rest = *text;
	static const uint64_t scales[] = {
		100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
	uint64_t seconds;
	uint64_t fraction = 0;
	*digits = 0;
	if (!span_take_number(&rest, &seconds) || seconds > UINT64_MAX / NS_PER_S / 2)
		return false;
	if (rest.size > 1 && *rest.start == '.' && is_digit(rest.start[1])) {
		rest = span_after(rest, 1);
		for (; rest.size && is_digit(*rest.start); rest = span_after(rest, 1)) {
			if (*digits < sizeof(scales) / sizeof(*scales))
				fraction += (uint64_t)(*rest.start - '0') * scales[*digits];
			++*digits;
		}
	}
	*ns = seconds * NS_PER_S + fraction;
	*text = rest;
	return true;
}

/* Takes "<sh>" behind a PID. */
static void take_comm(struct span *text, struct strace_line *line)
{
	struct span rest = *text;
	if (span_take(&rest, "<") && span_take_until(&rest, '>', &line->comm))
		*text = rest;
}

static bool set_pid(struct strace_line *line, uint64_t pid)
{
	if (line->pid || pid == 0 || pid > INT_MAX)
		return false;
	line->pid = (pid_t)pid;
	return true;
}

/* "[pid  1234] " */
static bool take_pid(struct span *text, struct strace_line *line)
{
	struct span rest = *text;
	uint64_t pid;
	if (!span_take(&rest, "[pid "))
		return false;
	span_skip_blanks(&rest);
	if (!span_take_number(&rest, &pid))
		return false;
	take_comm(&rest, line);
	if (!span_take(&rest, "]") || !set_pid(line, pid))
		return false;
	*text = rest;
	return true;
}

/* "(+     0.000012) " */
static bool take_delta(struct span *text, struct strace_line *line)
{
	struct span rest = *text;
	unsigned int digits;
	uint64_t ns;
	if (!span_take(&rest, "(+"))
		return false;
	span_skip_blanks(&rest);
	if (!take_seconds(&rest, &ns, &digits) || !span_take(&rest, ")"))
		return false;
	line->has_relative = true;
	line->relative_ns = ns;
	*text = rest;
	return true;
}

/* "[ 257] ", the number of the call, or "[00007faad1247ad7] ", the address that it is made from. */
static bool take_bracket(struct span *text, struct strace_line *line)
{
	struct span rest = *text;
	struct span inside;
	if (!span_take(&rest, "[") || !span_take_until(&rest, ']', &inside) || inside.size < 2 ||
		inside.size > 16 || !rest.size || *rest.start != ' ')
		return false;
	for (size_t i = 0; i < inside.size; i++) {
		char c = inside.start[i];
		if (!is_hex(c) && c != ' ' && c != '?' && c != 'x')
			return false;
	}
	if (inside.size >= 8)
		line->has_address = true;
	else
		line->has_number = true;
	*text = rest;
	return true;
}

/* "18:03:54.014", whose first NUMBER has been taken from *TEXT. */
static bool take_time_of_day(struct span *text, uint64_t hours, struct strace_line *line)
{
	struct span rest = *text;
	uint64_t minutes;
	uint64_t ns;
	unsigned int digits;
	if (!span_take(&rest, ":") || !span_take_number(&rest, &minutes) ||
		!span_take(&rest, ":") || !take_seconds(&rest, &ns, &digits))
		return false;
	if (hours > 24 || minutes > 59 || ns > 61 * NS_PER_S)
		return false;
	line->stamp = STAMP_OF_DAY;
	line->stamp_ns = (hours * 60 + minutes) * 60 * NS_PER_S + ns;
	line->stamp_digits = digits;
	*text = rest;
	return true;
}

/* Numbers of more digits are times: PIDs have 7 at most. */
#define PID_LIMIT      10000000

/* -r writes seconds in 6 columns: a smaller number with a fraction is since the line before. */
#define RELATIVE_LIMIT 100000000

/* A number: "1234 ", "1234<sh> ", "1795802655.123456 ", "0.000123 ", "18:03:54 ". */
static bool take_number(struct span *text, struct strace_line *line)
{
	struct span rest = *text;
	uint64_t number;
	if (!span_take_number(&rest, &number) || !rest.size)
		return false;
	if (*rest.start == ':') {
		if (line->stamp || !take_time_of_day(&rest, number, line))
			return false;
	} else if (*rest.start == '.' || number >= PID_LIMIT) {
		unsigned int digits;
		uint64_t ns;
		rest = *text;
		if (!take_seconds(&rest, &ns, &digits))
			return false;
		if (number >= RELATIVE_LIMIT) {
			if (line->stamp)
				return false;
			line->stamp = STAMP_UNIX;
			line->stamp_ns = ns;
			line->stamp_digits = digits;
		} else {
			line->has_relative = true;
			line->relative_ns = ns;
		}
	} else {
		take_comm(&rest, line);
		if (line->stamp || !set_pid(line, number))
			return false;
	}
	if (rest.size && *rest.start != ' ' && *rest.start != '\t')
		return false;
	*text = rest;
	return true;
}

static void take_prefix(struct span *text, struct strace_line *line)
{
	for (;;) {
		struct span rest = *text;
		span_skip_blanks(&rest);
		bool taken = false;
		if (!rest.size)
			return;
		if (is_digit(*rest.start))
			taken = take_number(&rest, line);
		else if (*rest.start == '[')
			taken = take_pid(&rest, line) || take_bracket(&rest, line);
		else if (*rest.start == '(')
			taken = take_delta(&rest, line);
		if (!taken) {
			span_skip_blanks(text);
			return;
		}
		*text = rest;
	}
}

/* Calls. */

/* Takes "<0.000123>" from the end of *TEXT. */
static void take_duration(struct span *text, struct strace_line *line)
{
	struct span inside;
	unsigned int digits;
	if (!text->size || text->start[text->size - 1] != '>')
		return;
	const char *open = memrchr(text->start, '<', text->size);
	if (!open)
		return;
	inside = span_between(open + 1, text->start + text->size - 1);
	if (!inside.size || !take_seconds(&inside, &line->duration_ns, &digits) || inside.size)
		return;
	line->has_duration = true;
	*text = span_trim(span_between(text->start, open));
}

/* Takes a message of strace's own from the end of *ARGS. */
static void take_message(struct span *args, struct strace_line *line)
{
	static const char word[] = "Process ";
	if (!span_ends(*args, " attached"))
		return;
	const char *at = NULL;
	/* It is the last one. */
	for (struct span rest = *args;
		(rest.start = memmem(rest.start, rest.size, word, sizeof(word) - 1)) != NULL;) {
		at = rest.start;
		rest = span_between(at + 1, args->start + args->size);
	}
	if (!at)
		return;
	struct span rest = span_between(at + sizeof(word) - 1, args->start + args->size);
	uint64_t pid;
	if (!span_take_number(&rest, &pid) || !span_is(rest, " attached") || pid > INT_MAX)
		return;
	line->attached = (pid_t)pid;
	*args = span_between(args->start, at);
	if (span_ends(*args, "strace: "))
		args->size -= strlen("strace: ");
}

/* Arguments up to ")", and the result: what is behind "(" or "resumed>". Returns whether they are
 * complete. */
static bool parse_call(struct span text, struct strace_line *line)
{
	struct scan scan = {
		.start = text.start,
		.end = text.start + text.size,
		.ends_at_paren = true,
	};
	for (const char *at = scan.start; at < scan.end; at++) {
		at = scan_on(&scan, at);
		if (at == scan.end)
			break;
		/* A ) that no result follows is of what a program has written in between. */
		struct span rest = span_between(at + 1, scan.end);
		span_skip_blanks(&rest);
		if (!span_take(&rest, "="))
			continue;
		line->args = span_between(text.start, at);
		line->result = span_trim(rest);
		take_duration(&line->result, line);
		return line->result.size > 0;
	}
	line->args = text;
	return false;
}

/* What follows "name(". */
static void parse_begun(struct span text, struct strace_line *line)
{
	static const char unfinished[] = "<unfinished ...>";
	static const char detached[] = "<detached ...>";
	bool is_unfinished = span_ends(text, unfinished);
	bool is_detached = span_ends(text, detached);
	if (parse_call(text, line)) {
		line->kind = STRACE_CALL;
		return;
	}
	line->kind = is_unfinished ? STRACE_UNFINISHED
	             : is_detached ? STRACE_DETACHED
	                           : STRACE_OPEN;
	if (is_unfinished)
		line->args.size -= sizeof(unfinished) - 1;
	if (is_detached)
		line->args.size -= sizeof(detached) - 1;
	line->args = span_trim(line->args);
	take_message(&line->args, line);
}

/* "<... read resumed>"abc", 3) = 3". */
static void parse_resumed(struct span text, struct strace_line *line)
{
	if (!span_take(&text, "<... ") || !span_take_until(&text, ' ', &line->name) ||
		!span_take(&text, "resumed>"))
		return;
	bool is_unfinished = span_take(&text, " <unfinished ...>");
	if (parse_call(text, line))
		line->kind = STRACE_RESUMED;
	else
		line->kind = is_unfinished ? STRACE_OTHER : STRACE_RESUMED_OPEN;
}

/* "openat(…", "syscall_0x1c8(…", "????(…". */
static void parse_name(struct span text, struct strace_line *line)
{
	size_t size = 0;
	while (size < text.size && (is_word(text.start[size]) || text.start[size] == '?'))
		size++;
	if (!size || size == text.size || text.start[size] != '(' || is_digit(*text.start))
		return;
	line->name = span_between(text.start, text.start + size);
	parse_begun(span_after(text, size + 1), line);
}

/* "+++ exited with 0 +++" and the like. */
static void parse_end(struct span text, struct strace_line *line)
{
	span_take(&text, "+++ ");
	if (span_take(&text, "exited with ")) {
		if (span_take_number(&text, &line->number))
			line->kind = STRACE_EXITED;
	} else if (span_take(&text, "killed by ")) {
		if (!span_take_until(&text, ' ', &line->name))
			return;
		line->dumped_core = span_begins(text, "(core dumped)");
		line->kind = STRACE_KILLED;
	} else if (span_take(&text, "superseded by execve in pid ")) {
		if (span_take_number(&text, &line->number) && line->number <= INT_MAX)
			line->kind = STRACE_SUPERSEDED;
	}
}

/* "--- SIGCHLD {si_signo=SIGCHLD, …} ---", "--- stopped by SIGSTOP ---". */
static void parse_signal(struct span text, struct strace_line *line)
{
	span_take(&text, "--- ");
	if (!span_ends(text, " ---"))
		return;
	text.size -= strlen(" ---");
	bool is_stop = span_take(&text, "stopped by ");
	struct span name;
	if (!span_take_until(&text, ' ', &name)) {
		name = text;
		text.size = 0;
	}
	if (!span_begins(name, "SIG"))
		return;
	line->name = name;
	line->args = text;
	line->kind = is_stop ? STRACE_STOPPED : STRACE_SIGNAL;
}

/* "[ Process PID=7 runs in 32 bit mode. ]". */
static void parse_mode(struct span text, struct strace_line *line)
{
	if (!span_take(&text, "[ Process PID=") || !span_take_number(&text, &line->number) ||
		line->number > INT_MAX)
		return;
	if (span_has(text, "32 bit mode"))
		line->mode = STRACE_32_BIT;
	else if (span_has(text, "x32 mode"))
		line->mode = STRACE_X32;
	else if (span_has(text, "64 bit mode"))
		line->mode = STRACE_64_BIT;
	else
		return;
	line->kind = STRACE_ABI;
}

/* "Process 7 attached", with what it may be followed by. */
static void parse_process(struct span text, struct strace_line *line)
{
	if (!span_take(&text, "Process ") || !span_take_number(&text, &line->number) ||
		line->number > INT_MAX)
		return;
	if (span_begins(text, " attached"))
		line->kind = STRACE_ATTACHED;
	else if (span_begins(text, " detached"))
		line->kind = STRACE_LEFT;
}

/* Whether TEXT is a frame of -k: " > /lib/libc.so.6(write+0x17) [0x1a]". */
static bool is_frame(struct span text)
{
	/* A place in the source may follow. */
	return (span_begins(text, " > ") || (span_begins(text, "> ") && span_ends(text, "]"))) &&
	       span_has(text, " [0x") && span_has(text, "]");
}

/* Takes the name of the program from one of its messages: "strace: ", "./src/strace: ". */
static void take_program(struct span *text)
{
	static const char name[] = "strace: ";
	size_t size = 0;
	while (size < text->size &&
		(is_word(text->start[size]) || strchr("./-", text->start[size])) &&
		text->start[size])
		size++;
	struct span word = {text->start, size + 2 < text->size ? size + 2 : text->size};
	if (span_ends(word, name))
		*text = span_after(*text, word.size);
}

void strace_line_parse(struct span text, struct strace_line *line)
{
	*line = (struct strace_line){.kind = STRACE_OTHER};
	if (text.size && text.start[text.size - 1] == '\r')
		text.size--;
	if (is_frame(text)) {
		line->kind = STRACE_FRAME;
		return;
	}
	take_prefix(&text, line);
	if (!text.size)
		return;
	take_program(&text);
	switch (*text.start) {
	case '+':
		parse_end(text, line);
		break;
	case '-':
		parse_signal(text, line);
		break;
	case '<':
		parse_resumed(text, line);
		break;
	case '[':
		parse_mode(text, line);
		break;
	case '%':
		if (span_begins(text, "% time "))
			line->kind = STRACE_TABLE;
		break;
	case 'P':
		parse_process(text, line);
		break;
	default:
		parse_name(text, line);
		break;
	}
}

bool strace_line_parse_rest(struct span text, struct strace_line *line)
{
	*line = (struct strace_line){.kind = STRACE_OTHER};
	if (text.size && text.start[text.size - 1] == '\r')
		text.size--;
	/* A line that was broken where it is long: ") \", "= 3". */
	if (span_take(&text, "= ")) {
		line->result = span_trim(text);
		take_duration(&line->result, line);
		return line->result.size > 0;
	}
	return parse_call(text, line);
}

/* Results. */

bool strace_take_annotation(struct span *text, struct span *annotation)
{
	if (!span_begins(*text, "<"))
		return false;
	const char *end = text->start + text->size;
	const char *after = skip_annotation(text->start, end);
	if (!after)
		return false;
	*annotation = span_between(text->start + 1, after - 1);
	*text = span_between(after, end);
	if (span_take(text, "(deleted)"))
		annotation->size = (size_t)(text->start - annotation->start);
	return true;
}

/* "-1 ENOENT (No such file)", "-1 (errno 515)" behind the number. */
static bool parse_error(struct span rest, struct strace_result *out)
{
	size_t size = 0;
	uint64_t number;
	span_skip_blanks(&rest);
	if (span_take(&rest, "(errno ") && span_take_number(&rest, &number) && number < 4096) {
		out->value = -(int64_t)number;
		return true;
	}
	while (size < rest.size && is_word(rest.start[size]))
		size++;
	if (size < 2 || *rest.start != 'E')
		return false;
	out->error = span_between(rest.start, rest.start + size);
	return true;
}

void strace_result_parse(struct span result, struct strace_result *out)
{
	uint64_t value;
	*out = (struct strace_result){.kind = RESULT_UNKNOWN};
	if (span_take(&result, "?")) {
		out->kind = parse_error(result, out) ? RESULT_ERROR : RESULT_NEVER;
		return;
	}
	if (!span_take_c_number(&result, &value))
		return;
	out->value = (int64_t)value;
	out->kind = out->value == -1 && parse_error(result, out) ? RESULT_ERROR : RESULT_VALUE;
	strace_take_annotation(&result, &out->annotation);
	span_skip_blanks(&result);
	if (span_take(&result, "/* ") && span_take_number(&result, &value) &&
		span_begins(result, " in strace's PID NS") && value <= INT_MAX)
		out->translated = (pid_t)value;
}
