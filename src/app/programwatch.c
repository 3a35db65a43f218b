/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines of what the targets execute; see app/programwatch.h. */
#include "config.h"

#include "app/programwatch.h"

#include "abi/callset.h"
#include "base/clock.h"
#include "event/event.h"
#include "model/program_rows.h"
#include "proc/cmdline.h"

/* How long reading takes at most, between two looks at events, signals and keys. */
#define RUN_NS (2 * NS_PER_MS)

void programwatch_request(struct interest *interest)
{
	static const enum interest_kind kinds[] = {INTEREST_DETAILS, INTEREST_DATA, INTEREST_WORDS};
	struct callset *set;
	if (callset_parse("?execve,?execveat", &set, NULL) < 0)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		interest_request(interest, INTEREST_PROGRAMS, kinds[i], set);
	callset_free(set);
}

static void read_one(pid_t pid, struct event_sink *sink)
{
	union {
		struct event_command_line event;
		char room[sizeof(struct event_command_line) + EVENT_WORDS_MAX];
	} found = {.event.event = {EVENT_COMMAND_LINE, pid, clock_now_ns()}};
	found.event.size = (uint32_t)cmdline_words(pid, found.event.words, EVENT_WORDS_MAX);
	event_send(sink, &found.event.event);
}

/* How often a known command line is read again, and how many per second at most. */
#define TITLE_EVERY_NS (2 * NS_PER_S)
#define TITLES_PER_S   10

/* Reads a command line that may be a title now. */
static void read_title(
	struct programwatch *watch, const struct model *model, struct event_sink *sink)
{
	uint64_t now_ns = clock_now_ns();
	if (!watch->follows_titles || now_ns < watch->next_ns || now_ns < TITLE_EVERY_NS)
		return;
	watch->next_ns = now_ns + NS_PER_S / TITLES_PER_S;
	pid_t pid = model_oldest_command_line(model, now_ns - TITLE_EVERY_NS);
	if (pid)
		read_one(pid, sink);
}

void programwatch_run(
	struct programwatch *watch, const struct model *model, struct event_sink *sink)
{
	read_title(watch, model, sink);
	uint64_t until_ns = clock_now_ns() + RUN_NS;
	while (watch->reads && clock_now_ns() < until_ns) {
		watch->last = model_next_unknown_program(model, watch->last);
		if (!watch->last)
			return;
		read_one(watch->last, sink);
	}
}
