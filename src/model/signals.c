/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals of the targets; see model/signals.h. */
#include "config.h"

#include "model/signals.h"

#include <stdlib.h>
#include <string.h>

#include "abi/syscall.h"
#include "base/alloc.h"
#include "base/map.h"
#include "event/detail.h"
#include "event/event.h"

/* Maximum number of threads whose masks are kept. */
#define MASKS_MAX 512

/* The name of a sender that has none any more. */
#define UNNAMED   "?"

struct signals {
	struct event_sink sink;
	struct signal_row row[SIGNALS_ROWS_MAX];
	size_t count;
	struct map by_key; /* rows by tid and signal */
	struct signal_masks masks[MASKS_MAX];
	size_t mask_count;
	struct map names; /* of tasks, by tid: char *; owned */
	uint64_t other, lost;
};

struct signals *signals_new(void)
{
	return xcalloc(1, sizeof(struct signals));
}

void signals_free(struct signals *signals)
{
	char *name;
	if (!signals)
		return;
	MAP_FOR_EACH (&signals->names, at, name)
		free(name);
	map_clear(&signals->names);
	map_clear(&signals->by_key);
	free(signals);
}

/* The row of TID and SIGNAL, added if it is new; NULL: there is no room. */
static struct signal_row *row_of(struct signals *signals, pid_t tid, pid_t tgid, int signal)
{
	uint64_t key = (uint64_t)(uint32_t)tid << 8 | (uint8_t)signal;
	struct signal_row *row = map_get(&signals->by_key, key);
	if (row)
		return row;
	if (signals->count == SIGNALS_ROWS_MAX) {
		signals->other++;
		return NULL;
	}
	row = &signals->row[signals->count++];
	*row = (struct signal_row){.tid = tid, .tgid = tgid, .signal = signal};
	map_put(&signals->by_key, key, row);
	return row;
}

static void take_signal(struct signals *signals, const struct event *event)
{
	const struct event_signal *signal = (const struct event_signal *)event;
	struct signal_row *row = row_of(signals, event->tid, signal->tgid, signal->signal);
	if (!row)
		return;
	const char *name = map_get(&signals->names, (uint64_t)signal->sender);
	row->delivered++;
	row->code = signal->code;
	row->last_ns = event->time_ns;
	if (row->sender != signal->sender || name) {
		row->sender = signal->sender;
		memset(row->comm, 0, sizeof(row->comm));
		memcpy(row->comm, name ? name : "", name ? strnlen(name, TASK_COMM_SIZE - 1) : 0);
	}
}

/* The signal that the call of DETAIL sends; 0: none. */
static int sent_signal(const struct event_detail *detail)
{
	static const struct {
		const char *name;
		unsigned int argument;
	} calls[] = {
		{"kill", 1},
		{"tkill", 1},
		{"tgkill", 2},
		{"rt_sigqueueinfo", 1},
		{"rt_tgsigqueueinfo", 2},
		{"pidfd_send_signal", 1},
	};
	const struct syscall_desc *desc = syscall_lookup(detail->call);
	if (!desc || detail->err || detail->end != DETAIL_RETURNED)
		return 0;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(calls[i].name, desc->name) == 0)
			return (int)detail->args[calls[i].argument];
	}
	return 0;
}

static void take_detail(struct signals *signals, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	int signal = sent_signal(detail);
	struct signal_row *row = signal ? row_of(signals, event->tid, detail->tgid, signal) : NULL;
	signals->lost += detail->lost;
	if (row)
		row->sent++;
}

static void take_lost(struct signals *signals, const struct event *event)
{
	const struct event_lost *lost = (const struct event_lost *)event;
	signals->lost += lost->lost + lost->lost_signals;
}

static void take_masks(struct signals *signals, const struct event *event)
{
	const struct event_masks *masks = (const struct event_masks *)event;
	const struct signal_masks now = {
		.tid = event->tid,
		.tgid = masks->tgid,
		.blocked = masks->blocked,
		.pending = masks->pending,
		.ignored = masks->ignored,
		.handled = masks->handled,
	};
	size_t at = 0;
	while (at < signals->mask_count && signals->masks[at].tid < now.tid)
		at++;
	bool is_new = at == signals->mask_count || signals->masks[at].tid != now.tid;
	if (is_new && signals->mask_count == MASKS_MAX)
		return;
	if (is_new) {
		memmove(&signals->masks[at + 1], &signals->masks[at],
			(signals->mask_count - at) * sizeof(now));
		signals->mask_count++;
	}
	signals->masks[at] = now;
}

static void take_task(struct signals *signals, const struct event *event)
{
	const struct event_task *task = (const struct event_task *)event;
	char *name = xstrdup(task->comm);
	free(map_remove(&signals->names, (uint64_t)event->tid));
	map_put(&signals->names, (uint64_t)event->tid, name);
}

static void take_gone(struct signals *signals, const struct event *event)
{
	/* Its last signal to others, SIGCHLD, comes after it: its name is kept for that. */
	for (size_t i = 0; i < signals->mask_count; i++) {
		if (signals->masks[i].tid != event->tid)
			continue;
		signals->mask_count--;
		memmove(&signals->masks[i], &signals->masks[i + 1],
			(signals->mask_count - i) * sizeof(*signals->masks));
	}
}

static void take(struct event_sink *sink, const struct event *event)
{
	static void (*const takers[EVENT_TYPES])(
		struct signals * signals, const struct event *event) = {
		[EVENT_SIGNAL] = take_signal,
		[EVENT_DETAIL] = take_detail,
		[EVENT_LOST] = take_lost,
		[EVENT_MASKS] = take_masks,
		[EVENT_TASK] = take_task,
		[EVENT_GONE] = take_gone,
	};
	if (takers[event->type])
		takers[event->type]((struct signals *)sink, event);
}

struct event_sink *signals_sink(struct signals *signals)
{
	signals->sink.take = take;
	return &signals->sink;
}

const struct signal_row *signals_row(const struct signals *signals, size_t i)
{
	return i < signals->count ? &signals->row[i] : NULL;
}

const struct signal_masks *signals_masks(const struct signals *signals, size_t i)
{
	return i < signals->mask_count ? &signals->masks[i] : NULL;
}

uint64_t signals_other(const struct signals *signals)
{
	return signals->other;
}

uint64_t signals_lost(const struct signals *signals)
{
	return signals->lost;
}

pid_t signals_unnamed(const struct signals *signals)
{
	for (size_t i = 0; i < signals->count; i++) {
		if (signals->row[i].sender && !signals->row[i].comm[0])
			return signals->row[i].sender;
	}
	return 0;
}

void signals_set_name(struct signals *signals, pid_t sender, const char *comm)
{
	const char *name = comm[0] ? comm : UNNAMED;
	for (size_t i = 0; i < signals->count; i++) {
		if (signals->row[i].sender != sender || signals->row[i].comm[0])
			continue;
		memset(signals->row[i].comm, 0, TASK_COMM_SIZE);
		memcpy(signals->row[i].comm, name, strnlen(name, TASK_COMM_SIZE - 1));
	}
}
