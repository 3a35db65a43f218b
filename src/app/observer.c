/* Looking at threads; see app/observer.h. */
#include "config.h"

#include "app/observer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "decode/wait_reason.h"

/* A wait that is shorter is nothing to be explained, and over before it were. */
#define WAIT_LEAST_NS (100 * NS_PER_MS)

/* Processor time comes in ticks of 10 ms: over less than this a share would be noise. */
#define CPU_LEAST_NS  (200 * NS_PER_MS)

/* What was looked at so long ago is no base for a share of now. */
#define CPU_MOST_NS   (15 * NS_PER_S)

/* How far a chain of threads that wait for each other is followed. */
#define CHAIN_MOST    16

/* So long observer_look_around() takes at most: keys wait meanwhile. Looks at once, unasked. */
#define AROUND_NS     (8 * NS_PER_MS)
#define AROUND_BATCH  16

/* Notes that nobody asked for so long are dropped. */
#define FORGET_NS     (60 * NS_PER_S)

/* A thread that somebody looked at. The note is first: the map's values are notes. */
struct watched {
	struct thread_note note;
	uint64_t ticks, ticks_ns; /* processor time, and when it was that; 0: never */
	uint64_t since_ns;        /* of the call that the note is of */
	bool lasts;               /* what it waits for holds as long as that call */
	uint64_t seen_ns;         /* when somebody looked last */
};

struct observer {
	struct map notes; /* struct watched by tid; owned */
	struct map rows; /* of the report that is looked at, by tid; empty until one is asked for */
	uint64_t swept_ns;
	size_t around; /* where the next observer_look_around() goes on */
};

struct observer *observer_new(void)
{
	return xcalloc(1, sizeof(struct observer));
}

void observer_free(struct observer *observer)
{
	if (!observer)
		return;
	struct watched *watched;
	MAP_FOR_EACH (&observer->notes, at, watched)
		free(watched);
	map_clear(&observer->notes);
	map_clear(&observer->rows);
	free(observer);
}

const struct map *observer_notes(const struct observer *observer)
{
	return &observer->notes;
}

static struct watched *watched_of(struct observer *observer, pid_t tid)
{
	struct watched *watched = map_get(&observer->notes, (uint64_t)tid);
	if (watched)
		return watched;
	watched = xcalloc(1, sizeof(*watched));
	watched->note = (struct thread_note){.tid = tid, .cpu_share = -1};
	map_put(&observer->notes, (uint64_t)tid, watched);
	return watched;
}

/* Takes the share of the time since the last look but one that was long enough ago. */
static void look_at_cpu(struct watched *watched, const struct thread_row *row, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - watched->ticks_ns;
	struct wait_stat stat;
	if (watched->ticks_ns && passed_ns < CPU_LEAST_NS)
		return;
	watched->note.state = 0;
	if (wait_stat(row->pid, row->tid, &stat) < 0)
		return;
	watched->note.state = stat.state;
	uint64_t spent_ns = (stat.ticks - watched->ticks) *
	                    (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
	bool is_fresh = watched->ticks_ns && passed_ns <= CPU_MOST_NS;
	watched->note.cpu_share = is_fresh ? (double)spent_ns / (double)passed_ns : -1;
	watched->ticks = stat.ticks;
	watched->ticks_ns = now_ns;
}

static void look_at_wait(struct watched *watched, const struct thread_row *row, uint64_t now_ns)
{
	struct thread_note *note = &watched->note;
	bool is_same = watched->since_ns == row->since_ns && row->state == THREAD_IN_CALL;
	if (is_same && watched->lasts && note->waits_for[0])
		return;
	note->owner = 0;
	note->waits_for[0] = '\0';
	watched->since_ns = row->since_ns;
	if (row->state != THREAD_IN_CALL || !row->has_args ||
		now_ns < row->since_ns + WAIT_LEAST_NS)
		return;
	struct wait_place place = {.pid = row->pid, .tid = row->tid, .call = row->call};
	struct wait wait;
	memcpy(place.args, row->args, sizeof(place.args));
	if (!wait_describe(&place, &wait))
		return;
	note->owner = wait.owner;
	snprintf(note->waits_for, sizeof(note->waits_for), "%s", wait.text);
	watched->lasts = wait.lasts;
}

/* The map holds pointers that nobody changes through it. */
static void *unconst(const struct thread_row *row)
{
	return (void *)(uintptr_t)row;
}

static const struct thread_row *row_of(
	struct observer *observer, const struct report *report, pid_t tid)
{
	for (size_t i = 0; !observer->rows.count && i < report->thread_count; i++)
		map_put(&observer->rows, (uint64_t)report->threads[i].tid,
			unconst(&report->threads[i]));
	return map_get(&observer->rows, (uint64_t)tid);
}

/* Looks at ROW, and at the threads for which it waits, one after the other. */
static void look_along(
	struct observer *observer, const struct report *report, const struct thread_row *row)
{
	uint64_t now_ns = report->facts.now_ns;
	for (int step = 0; row && step < CHAIN_MOST; step++) {
		struct watched *watched = watched_of(observer, row->tid);
		if (watched->seen_ns == now_ns)
			return;
		watched->seen_ns = now_ns;
		watched->note.deadlocked = false;
		if (row->state == THREAD_ENDED)
			return;
		look_at_cpu(watched, row, now_ns);
		look_at_wait(watched, row, now_ns);
		row = watched->note.owner ? row_of(observer, report, watched->note.owner) : NULL;
	}
}

/* Whether NOTE's thread is waited for by the one that it waits for, at once or through others. */
static bool is_in_circle(const struct observer *observer, const struct thread_note *note)
{
	const struct thread_note *at = note;
	for (int step = 0; at && at->owner && step < CHAIN_MOST; step++) {
		if (at->owner == note->tid)
			return true;
		at = map_get(&observer->notes, (uint64_t)at->owner);
	}
	return false;
}

/* A note that nobody has asked for in a long while, or NULL. */
static struct watched *forgotten(const struct observer *observer, uint64_t now_ns)
{
	struct watched *watched;
	MAP_FOR_EACH (&observer->notes, at, watched) {
		if (watched->seen_ns + FORGET_NS < now_ns)
			return watched;
	}
	return NULL;
}

static void sweep(struct observer *observer, uint64_t now_ns)
{
	if (observer->swept_ns + FORGET_NS > now_ns)
		return;
	observer->swept_ns = now_ns;
	for (struct watched *watched; (watched = forgotten(observer, now_ns)) != NULL;) {
		map_remove(&observer->notes, (uint64_t)watched->note.tid);
		free(watched);
	}
}

/* What was seen of REPORT is put together. */
static void conclude(struct observer *observer, const struct report *report)
{
	struct watched *watched;
	MAP_FOR_EACH (&observer->notes, at, watched) {
		if (watched->seen_ns == report->facts.now_ns)
			watched->note.deadlocked = is_in_circle(observer, &watched->note);
	}
	sweep(observer, report->facts.now_ns);
	map_clear(&observer->rows);
}

void observer_look(struct observer *observer, const struct report *report,
	const struct thread_row *const *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		look_along(observer, report, rows[i]);
	conclude(observer, report);
}

/* Whether the thread slept when it was looked at last, and has been in the same call ever since. */
static bool sleeps_on(const struct observer *observer, const struct thread_row *row)
{
	const struct watched *watched = map_get(&observer->notes, (uint64_t)row->tid);
	return watched && watched->ticks_ns && watched->note.state == 'S' &&
	       watched->note.cpu_share == 0 && row->state == THREAD_IN_CALL &&
	       row->since_ns <= watched->ticks_ns;
}

void observer_look_around(struct observer *observer, const struct report *report,
	const struct thread_row *const *rows, size_t count)
{
	uint64_t until_ns = clock_now_ns() + AROUND_NS;
	size_t looks = 0, at = observer->around;
	/* First those that can have used a processor; twice round, so that all have their turn. */
	for (size_t step = 0; step < 2 * count; step++, at++) {
		const struct thread_row *row = rows[at % count];
		if ((step >= count) != sleeps_on(observer, row))
			continue;
		look_along(observer, report, row);
		if (++looks % AROUND_BATCH == 0 && clock_now_ns() > until_ns)
			break;
	}
	observer->around = count ? at % count : 0;
	conclude(observer, report);
}

void observer_look_at_waiting(struct observer *observer, const struct report *report, size_t most)
{
	const struct thread_row **rows = xcalloc(most + 1, sizeof(*rows));
	size_t count = 0;
	for (size_t i = 0; i < report->thread_count && count < most; i++) {
		const struct thread_row *row = &report->threads[i];
		if (row->state == THREAD_IN_CALL &&
			row->since_ns + WAIT_LEAST_NS <= report->facts.now_ns)
			rows[count++] = row;
	}
	observer_look(observer, report, rows, count);
	free(rows);
}
