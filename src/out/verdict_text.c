/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict as text; see out/verdict_text.h. */
#include "config.h"

#include "out/verdict_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "model/time_class.h"
#include "out/sampled.h"

/* Smaller shares are not worth a word. */
#define SHARE_MIN 0.05

/* Threads of a deadlock that are named. */
#define NAMED_MAX 4

/* A text under construction; what does not fit is left out. */
struct line {
	char *text;
	size_t size;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	size_t room = REPORT_TEXT_MAX - line->size;
	int wanted = vsnprintf(line->text + line->size, room, format, args);
	va_end(args);
	line->size += wanted < 0 ? 0 : (size_t)wanted < room ? (size_t)wanted : room - 1;
}

static void add_thread(struct line *line, const struct thread_row *row)
{
	char comm[TASK_COMM_SIZE * 4 + 8];
	text_escape(row->comm, strnlen(row->comm, sizeof(row->comm)), comm, sizeof(comm));
	add(line, "%d %s", (int)row->tid, comm);
}

static void add_object(struct line *line, const struct thread_row *row)
{
	char reason[REPORT_TEXT_MAX];
	if (!row->waits_for)
		return;
	text_escape(row->waits_for, strlen(row->waits_for), reason, sizeof(reason));
	add(line, ", waiting on %s", reason);
}

/* "22302 backend in futex for 3.2s, waiting on mutex held by 22301 (x), and 2 more". */
static void add_wait(struct line *line, const struct report *report, const struct verdict *verdict)
{
	const struct thread_row *row = verdict->row;
	char name[CALL_NAME_MAX], age[UNITS_MAX];
	add_thread(line, row);
	if (row->in_call)
		add(line, " in %s for %s%s", call_name(row->call, name), row->partial ? "~" : "",
			units_time(thread_row_age_ns(row, report->facts.now_ns), age));
	add_object(line, row);
	if (verdict->threads > 1)
		add(line, "; %zu more", verdict->threads - 1);
}

static void deadlock(struct line *line, const struct report *report, const struct verdict *verdict)
{
	size_t named = 0;
	bool is_alone = verdict->threads == 1;
	if (is_alone)
		add(line, "deadlock:");
	else
		add(line, "deadlock of %zu threads:", verdict->threads);
	for (size_t i = 0; i < report->thread_count && named < NAMED_MAX; i++) {
		if (!report->threads[i].deadlocked)
			continue;
		add(line, "%s ", named++ ? "," : "");
		add_thread(line, &report->threads[i]);
	}
	if (verdict->threads > named)
		add(line, ", …");
	add(line, is_alone ? " waits for itself (H)" : " wait for each other (H)");
}

static void held(struct line *line, const struct report *report, const struct verdict *verdict)
{
	add(line, "held up: ");
	add_wait(line, report, verdict);
}

/* The row of CALL, if it is shown. */
static const struct call_row *row_of(const struct report *report, struct call call)
{
	for (size_t i = 0; i < report->call_count; i++) {
		if (call_equal(report->calls[i].call, call))
			return &report->calls[i];
	}
	return NULL;
}

/* With its rate and latency if it is a short one that is made again and again. */
static void disk(struct line *line, const struct report *report, const struct verdict *verdict)
{
	const struct thread_row *row = verdict->row;
	const struct call_row *call = row->top[0].ns ? row_of(report, row->top[0].call) : NULL;
	char rate[UNITS_MAX], p99[UNITS_MAX];
	add(line, "disk: ");
	if (!call || !(call->rate > 0) || !call->timed ||
		(row->in_call && !call_equal(row->call, call->call))) {
		add_wait(line, report, verdict);
		return;
	}
	add_thread(line, row);
	add(line, " in %s, %s/s, p99 %s", call->name, units_number(call->rate, rate),
		units_time(call->p99_ns, p99));
	add_object(line, row);
	if (verdict->threads > 1)
		add(line, "; %zu more", verdict->threads - 1);
}

static void stopped(struct line *line, const struct report *report, const struct verdict *verdict)
{
	char age[UNITS_MAX];
	add(line, "%s for %s: ",
		verdict->row->state == THREAD_FROZEN ? "frozen with its cgroup"
						     : "stopped by a signal",
		units_time(thread_row_age_ns(verdict->row, report->facts.now_ns), age));
	add_thread(line, verdict->row);
	if (verdict->threads > 1)
		add(line, "; %zu more", verdict->threads - 1);
}

/* Fewer samples say little of what is done most, … */
#define SAMPLES_MIN  3

/* … as does a smaller share of them. */
#define SAMPLED_MIN  0.3

/* Longer names of functions are left out: the stacks have them. */
#define FUNCTION_MAX 48

/* " (spin 83%)": the function in which the thread of ROW runs most, if that is known. */
static void add_function(
	struct line *line, const struct report *report, const struct thread_row *row)
{
	struct sampled sampled;
	char share[UNITS_MAX];
	if (report->busy.tid != row->tid)
		return;
	sampled_make(&sampled, report->busy.row, report->busy.count);
	const struct sampled_function *most = sampled.count ? &sampled.function[0] : NULL;
	if (most && most->samples >= SAMPLES_MIN && most->share >= SAMPLED_MIN &&
		strlen(most->name) <= FUNCTION_MAX)
		add(line, " (%s %s%%)", most->name, units_percent(most->share, share));
	sampled_clear(&sampled);
}

/* What it does most: its calls, and its own code. */
static void busy(struct line *line, const struct report *report, const struct verdict *verdict)
{
	const struct thread_row *row = verdict->row;
	double share[TIME_COUNT], interval_ns = 0;
	char text[UNITS_MAX], name[CALL_NAME_MAX];
	const char *before = ": ";
	add_thread(line, row);
	add(line, " busy %s%%", units_percent(verdict->share, text));
	model_time_shares(row->time.last_ns, share);
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		interval_ns += (double)row->time.last_ns[id];
	for (size_t i = 0; i < THREAD_TOP_CALLS; i++) {
		double part = interval_ns > 0 ? (double)row->top[i].ns / interval_ns : 0;
		if (part < SHARE_MIN)
			continue;
		add(line, "%s%s%% in %s", before, units_percent(part < 1 ? part : 1, text),
			call_name(row->top[i].call, name));
		before = ", ";
	}
	if (share[TIME_USER] >= SHARE_MIN) {
		add(line, "%s%s%% in user space", before, units_percent(share[TIME_USER], text));
		add_function(line, report, row);
		before = ", ";
	}
	if (share[TIME_RUNNABLE] >= SHARE_MIN)
		add(line, "%s%s%% waiting for a CPU", before,
			units_percent(share[TIME_RUNNABLE], text));
}

static void waiting(struct line *line, const struct report *report, const struct verdict *verdict)
{
	add(line, "nothing runs: ");
	add_wait(line, report, verdict);
}

static void idle(struct line *line, const struct report *report, const struct verdict *verdict)
{
	struct verdict one = *verdict;
	one.threads = 1;
	add(line, verdict->threads > 1 ? "%zu threads idle; the last to do anything: " : "idle: ",
		verdict->threads);
	add_wait(line, report, &one);
}

static void (*const texts[VERDICT_KINDS])(
	struct line *line, const struct report *report, const struct verdict *verdict) = {
	[VERDICT_DEADLOCK] = deadlock,
	[VERDICT_HELD] = held,
	[VERDICT_DISK] = disk,
	[VERDICT_CONNECT] = add_wait,
	[VERDICT_STOPPED] = stopped,
	[VERDICT_BUSY] = busy,
	[VERDICT_WAIT] = waiting,
	[VERDICT_IDLE] = idle,
};

size_t verdict_lines(const struct report *report, struct verdict_line lines[VERDICT_MAX])
{
	struct verdict verdicts[VERDICT_MAX];
	if (report->totals.ended)
		return 0;
	size_t count = verdict_find(
		report->threads, report->thread_count, report->facts.now_ns, verdicts);
	for (size_t i = 0; i < count; i++) {
		struct line line = {.text = lines[i].text};
		lines[i].kind = verdicts[i].kind;
		lines[i].text[0] = '\0';
		texts[verdicts[i].kind](&line, report, &verdicts[i]);
	}
	return count;
}
