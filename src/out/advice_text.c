/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advice in words; see out/advice_text.h. */
#include "config.h"

#include "out/advice_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"

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
	size_t room = ADVICE_TEXT_MAX - line->size;
	int wanted = vsnprintf(line->text + line->size, room, format, args);
	va_end(args);
	line->size += wanted < 0 ? 0 : (size_t)wanted < room ? (size_t)wanted : room - 1;
}

static void add_count(struct line *line, uint64_t count, const char *what)
{
	char number[UNITS_MAX];
	add(line, "%s%s", units_grouped(count, number), what);
}

static void add_per(struct line *line, const struct advice *advice, const char *what)
{
	char number[UNITS_MAX];
	add(line, "%s%s", units_number((double)advice->others / (double)advice->calls, number),
		what);
}

static void add_size(struct line *line, const struct advice *advice)
{
	char number[UNITS_MAX];
	units_number((double)advice->bytes / (double)advice->calls, number);
	add(line, "%s byte%s on average", number,
		strcmp(number, "1") == 0 || strcmp(number, "1.00") == 0 ? "" : "s");
}

static void spin(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls,
		" calls that had nothing to do (EAGAIN), hardly a wait between");
}

static void yield(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " sched_yield");
}

static void lock(struct line *line, const struct advice *advice)
{
	char time[UNITS_MAX];
	add_count(line, advice->calls, " futex by ");
	add_count(line, advice->others, " threads");
	add(line, ", %s each", units_time(advice->avg_ns, time));
	if (advice->holder)
		add(line, ", held by %d when last seen", (int)advice->holder);
	if (advice->waiters)
		add(line, ", %zu now wait", advice->waiters);
}

static void sync(struct line *line, const struct advice *advice)
{
	char time[UNITS_MAX];
	add_count(line, advice->calls, " syncs for ");
	add_count(line, advice->others, " writes");
	add(line, ", %s each", units_time(advice->avg_ns, time));
}

static void one_byte(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " reads of one byte");
}

static void small_writes(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " writes of ");
	add_size(line, advice);
}

static void closes(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " closes of what is not open");
	if (advice->others)
		add_count(line, advice->others,
			advice->others == 1 ? " program executed" : " programs executed");
}

static void stats(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " stat and the like");
	if (advice->others) {
		add(line, " of ");
		add_count(line, advice->others, advice->others == 1 ? " file" : " files");
	}
}

static void maps(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " mmap and ");
	add_count(line, advice->others, " munmap");
}

static void lookups(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " look-ups of names, each with a new socket");
}

static void connections(struct line *line, const struct advice *advice)
{
	add_count(line, advice->calls, " connections, ");
	add_per(line, advice, " reads and writes each");
}

static void certificates(struct line *line, const struct advice *advice)
{
	add(line, "certificates of TLS were loaded ");
	add_count(line, advice->calls, " times");
}

static void polling(struct line *line, const struct advice *advice)
{
	char time[UNITS_MAX];
	add_count(line, advice->calls, " waits of ");
	add(line, "%s, after which there was little to do", units_time(advice->avg_ns, time));
}

static const struct {
	void (*seen)(struct line *line, const struct advice *advice);
	const char *before; /* the object */
	const char *remedy;
} texts[ADVICE_KINDS] = {
	[ADVICE_SPIN] = {spin, NULL,
		"Wait with poll() or epoll_wait() until the descriptor is ready, or make it blocking."},
	[ADVICE_YIELD] = {yield, NULL,
		"Wait for what is awaited: a mutex, a condition variable, a futex. sched_yield() lets "
		"nobody in particular run, and returns at once if nobody can."},
	[ADVICE_LOCK] = {lock, ": ",
		"Hold the lock for less time, or divide what it protects; b shows who takes it, f which "
		"one it is."},
	[ADVICE_SYNC] = {sync, ", of ",
		"Sync once for many writes: group commits, or let a timer do it. Data that can be made "
		"again needs none."},
	[ADVICE_ONE_BYTE] = {one_byte, ", from ",
		"Read into a buffer: stdio, BufferedReader, bufio. A shell's read takes pipes byte by "
		"byte: use mapfile, awk, or a file."},
	[ADVICE_SMALL_WRITES] = {small_writes, ", to ",
		"Collect them in a buffer: stdio with setvbuf(), BufferedWriter, bufio, writev(). Do not "
		"flush after each line: no endl, no python -u."},
	[ADVICE_CLOSES] = {closes, NULL,
		"Open with O_CLOEXEC, or use close_range(); a lower limit of open files helps programs "
		"that close all numbers up to it."},
	[ADVICE_STATS] = {stats, ", most of ",
		"Keep the answer for a while, or watch with inotify. For include and class paths, name "
		"fewer places, or cache what was found."},
	[ADVICE_MAPS] = {maps, NULL,
		"Keep the memory and use it again. For malloc(), a greater M_MMAP_THRESHOLD and "
		"M_TRIM_THRESHOLD (mallopt(), GLIBC_TUNABLES) keep it in the process."},
	[ADVICE_LOOKUPS] = {lookups, NULL,
		"Keep connections open, or the addresses; a cache on the machine answers fast "
		"(systemd-resolved, nscd)."},
	[ADVICE_CONNECTIONS] = {connections, NULL,
		"Keep the connection for the next request: keep-alive, a pool of connections."},
	[ADVICE_CERTIFICATES] = {certificates, ", of them ",
		"Make the context of TLS, or the session of the HTTP library, once and use it for all "
		"connections."},
	[ADVICE_POLLING] = {polling, NULL,
		"Wait for the event without a timeout: an eventfd, a condition variable, inotify, a "
		"timerfd for the next moment that matters."},
};

/* "1234 comm", as the verdict names threads; a process in parentheses as the title does. */
static void add_subject(struct line *line, const struct advice *advice)
{
	char comm[TASK_COMM_SIZE * 4 + 8];
	text_escape(advice->comm, strnlen(advice->comm, sizeof(advice->comm)), comm, sizeof(comm));
	add(line, "%d %s: ", (int)(advice->tid ? advice->tid : advice->pid), comm);
}

char *advice_seen(const struct advice *advice, char buf[ADVICE_TEXT_MAX])
{
	static const char *const nouns[2][2] = {{"thread", "threads"}, {"process", "processes"}};
	struct line line = {.text = buf};
	char share[UNITS_MAX], object[ADVICE_OBJECT_MAX * 4 + 8];
	buf[0] = '\0';
	add_subject(&line, advice);
	texts[advice->kind].seen(&line, advice);
	if (advice->object_size && texts[advice->kind].before) {
		text_escape(advice->object, advice->object_size, object, sizeof(object));
		add(&line, "%s%s", texts[advice->kind].before, object);
	}
	if (advice->kind != ADVICE_CERTIFICATES)
		add(&line, "; %s %% of its calls", units_percent(advice->all_share, share));
	if (advice->kind != ADVICE_CERTIFICATES && advice->kind != ADVICE_POLLING)
		add(&line, ", %s %% of their time", units_percent(advice->share, share));
	if (advice->subjects > 1)
		add(&line, "; %zu more %s", advice->subjects - 1,
			nouns[!advice->tid][advice->subjects > 2]);
	return buf;
}

const char *advice_remedy(enum advice_kind kind)
{
	return texts[kind].remedy;
}
