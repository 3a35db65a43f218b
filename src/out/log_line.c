/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a log; see out/log_line.h. */
#include "config.h"

#include "out/log_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "abi/names.h"
#include "abi/syscall.h"
#include "base/time.h"
#include "decode/signal_text.h"
#include "event/detail.h"
#include "event/event.h"

/* Where results begin, if the arguments are shorter: as in strace. */
#define RESULT_COLUMN 40

/* A line that grows, and is cut at the end of its buffer, with room for a final NUL. */
struct line {
	char *buf;
	size_t size, used;
};

static void add_text(struct line *line, const char *text)
{
	size_t room = line->size - line->used - 1, length = strlen(text);
	size_t part = length < room ? length : room;
	memcpy(line->buf + line->used, text, part);
	line->used += part;
	line->buf[line->used] = '\0';
}

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	size_t room = line->size - line->used;
	int length = vsnprintf(line->buf + line->used, room, format, args);
	va_end(args);
	if (length > 0)
		line->used += (size_t)length < room ? (size_t)length : room - 1;
}

/* Writes NUMBER with DIGITS digits. */
static void add_digits(struct line *line, uint64_t number, unsigned int digits)
{
	char text[24];
	text[digits] = '\0';
	for (unsigned int i = digits; i-- > 0; number /= 10)
		text[i] = (char)('0' + number % 10);
	add_text(line, text);
}

static void add_time(struct line *line, struct log_format *format, uint64_t time_ns)
{
	uint64_t real_ns = time_ns + format->clock_ns;
	time_t second = (time_t)(real_ns / NS_PER_S);
	struct tm local;
	if (second != format->second || !format->hms[0]) {
		localtime_r(&second, &local);
		strftime(format->hms, sizeof(format->hms), "%H:%M:%S", &local);
		if (format->clock == LOG_CLOCK_EPOCH)
			snprintf(format->hms, sizeof(format->hms), "%lld", (long long)second);
		format->second = second;
	}
	add_text(line, format->hms);
	if (format->clock == LOG_CLOCK_SECONDS)
		return;
	add_text(line, ".");
	add_digits(line, real_ns % NS_PER_S / NS_PER_US, 6);
}

/* "12345 10:02:03.000456 ", or as `clock` says */
static void add_head(struct line *line, struct log_format *format, pid_t tid, uint64_t time_ns)
{
	if (!format->without_tid)
		add(line, "%-5d ", (int)tid);
	add_time(line, format, time_ns);
	add_text(line, " ");
}

/* Appends what WRITE writes of DETAIL. */
static void add_part(struct line *line,
	size_t (*write)(const struct event_detail *detail, const struct call_text_options *options,
		char *buf, size_t size),
	const struct log_format *format, const struct event_detail *detail)
{
	line->used += write(detail, &format->text, line->buf + line->used, line->size - line->used);
}

static bool ends_task(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && (strcmp(desc->name, "exit_group") == 0 || strcmp(desc->name, "exit") == 0);
}

/* START: where the line begins, for its columns. */
static void add_call(struct line *line, struct log_format *format,
	const struct event_detail *detail, size_t start)
{
	uint64_t span_ns = detail->event.time_ns - detail->start_ns;
	add_part(line, call_text_name, format, detail);
	add_text(line, "(");
	add_part(line, call_text_args, format, detail);
	if (detail->end != DETAIL_RETURNED && !ends_task(detail->call))
		add_text(line, " <unfinished ...>");
	add_text(line, ") ");
	while (line->used - start < RESULT_COLUMN && line->used + 1 < line->size)
		add_text(line, " ");
	if (detail->end == DETAIL_IN_PROGRESS)
		return;
	add_text(line, "= ");
	add_part(line, call_text_result, format, detail);
	if (detail->end != DETAIL_RETURNED)
		return;
	if (detail->partial && format->is_plain)
		return;
	add_text(line, detail->partial ? " <>=" : " <");
	add(line, "%" PRIu64 ".", span_ns / NS_PER_S);
	add_digits(line, span_ns % NS_PER_S / NS_PER_US, 6);
	add_text(line, ">");
}

static void add_detail(struct line *line, struct log_format *format, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	add_head(line, format, event->tid, detail->start_ns);
	add_call(line, format, detail, 0);
}

static void add_signal(struct line *line, struct log_format *format, const struct event *event)
{
	const struct event_signal *signal = (const struct event_signal *)event;
	char name[ABI_NAME_MAX], info[SIGNAL_TEXT_MAX];
	add_head(line, format, event->tid, event->time_ns);
	signal_text_name(signal->signal, name, sizeof(name));
	signal_text_info(signal, info);
	add(line, "--- %s %s ---", name, info);
}

static void add_gone(struct line *line, struct log_format *format, const struct event *event)
{
	const struct event_gone *gone = (const struct event_gone *)event;
	char name[ABI_NAME_MAX];
	add_head(line, format, event->tid, event->time_ns);
	signal_text_name(gone->exit_signal, name, sizeof(name));
	if (gone->exit_signal)
		add(line, "+++ killed by %s%s +++", name,
			gone->dumped_core ? " (core dumped)" : "");
	else if (gone->exit_code >= 0)
		add(line, "+++ exited with %d +++", gone->exit_code);
	else
		add(line, "+++ ended by an execve of another thread +++");
}

size_t log_line(struct log_format *format, const struct event *event, char *buf, size_t size)
{
	static void (*const writers[EVENT_TYPES])(
		struct line * line, struct log_format * format, const struct event *event) = {
		[EVENT_DETAIL] = add_detail,
		[EVENT_SIGNAL] = add_signal,
		[EVENT_GONE] = add_gone,
	};
	/* The newline belongs to a line that was cut as well. */
	struct line line = {buf, size - 1, 0};
	if (!writers[event->type])
		return 0;
	writers[event->type](&line, format, event);
	buf[line.used++] = '\n';
	return line.used;
}

size_t log_line_time(struct log_format *format, uint64_t time_ns, char *buf, size_t size)
{
	struct line line = {buf, size, 0};
	add_time(&line, format, time_ns);
	return line.used;
}

size_t log_line_call(
	struct log_format *format, const struct event_detail *detail, char *buf, size_t size)
{
	struct line line = {buf, size, 0};
	add_call(&line, format, detail, 0);
	return line.used;
}
