/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the kernel's records; see engine/bpf/sweep.h. */
#include "config.h"

#include "engine/bpf/sweep.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "abi/syscall.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/ring.h"
#include "engine/bpf/cell_reader.h"
#include "engine/bpf/detail_reader.h"
#include "engine/bpf/kernel_side.h"
#include "engine/bpf/stack_reader.h"
#include "event/event.h"
#include "event/interest.h"
#include "proc/status.h"

/* Exit statuses as in wait(2). */
#define STATUS_SIGNAL(status) ((status)&0x7f)
#define STATUS_CODE(status)   ((status) >> 8 & 0xff)

/* A process. Its leader ends last. */
struct group {
	size_t living;          /* threads whose end was not reported */
	bool has_status;        /* it has exited as a whole, with `status` */
	uint32_t status;        /* as in wait(2) */
	uint64_t leader_serial; /* of the thread that took over the leader's tid; 0: none */
};

/* A task. */
struct watched {
	struct watched *next;
	struct group *group;
	uint32_t slot;
	uint64_t serial;
	pid_t tid;             /* as reported last; 0: not yet */
	uint32_t programs;     /* likewise */
	uint64_t enter_ns;     /* of the call reported last, in which it is; 0: in none */
	uint64_t call_end_ns;  /* of its last call that was reported */
	uint64_t state_ns;     /* of the state reported last */
	uint64_t woken_ns;     /* of the wake-up reported last */
	uint32_t death_signal; /* as reported last */
	bool has_state;        /* its state was reported */
	bool is_exiting;       /* … as exiting */
	bool has_ended;        /* the kernel does not write its record any more */
	bool has_left;         /* it has left the scope */
	bool is_over;          /* its end was written */
	uint64_t details_end;  /* if has_ended: its last detail is before this position */
	struct view *views;
};

struct sweep {
	struct kernel_side *side;
	struct ring *ring;
	const struct interest *interest;
	pid_t command;
	struct watched *first, **last; /* in the order of births */
	struct watched **by_slot;
	size_t slots;
	struct cell_reader *cells;
	struct detail_reader *details;
	struct map groups; /* by tgid */
	size_t living;
	bool awaits;
	bool is_unwritten;        /* what was looked at last is, in part */
	struct watched **resumed; /* where its last step goes on; NULL: at the first */
	_Atomic uint64_t calls, uncounted;
	uint64_t uncounted_of_ended;
	uint64_t captured;
};

struct sweep *sweep_new(struct kernel_side *side, struct ring *ring,
	const struct interest *interest, struct detail_reader *details, pid_t command)
{
	struct sweep *sweep = xcalloc(1, sizeof(*sweep));
	sweep->side = side;
	sweep->cells = cell_reader_new(side);
	sweep->details = details;
	sweep->ring = ring;
	sweep->interest = interest;
	sweep->command = command;
	sweep->last = &sweep->first;
	return sweep;
}

/* The lists. */

static struct group *group_of(struct sweep *sweep, uint32_t tgid)
{
	struct group *group = map_get(&sweep->groups, tgid);
	if (!group) {
		group = xcalloc(1, sizeof(*group));
		map_put(&sweep->groups, tgid, group);
	}
	return group;
}

static bool is_leader(const struct bpf_task *task)
{
	return task->tid == task->tgid;
}

/* Adds the task in SLOT. */
static struct watched *add_watched(struct sweep *sweep, uint32_t slot)
{
	const struct bpf_task *task = kernel_side_task(sweep->side, slot);
	struct watched *watched = xcalloc(1, sizeof(*watched));
	watched->slot = slot;
	watched->serial = task->serial;
	watched->group = group_of(sweep, task->tgid);
	watched->group->living++;
	sweep->by_slot[slot] = watched;
	sweep->living++;
	return watched;
}

static int compare_serials(const void *left, const void *right)
{
	const struct watched *a = *(struct watched *const *)left;
	const struct watched *b = *(struct watched *const *)right;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

/* Appends NEW tasks to the list. */
static void append_sorted(struct sweep *sweep, struct watched **new, size_t count)
{
	if (count)
		qsort(new, count, sizeof(*new), compare_serials);
	for (size_t i = 0; i < count; i++) {
		*sweep->last = new[i];
		sweep->last = &new[i]->next;
	}
}

/* The task was exiting when it was found, and may have been gone before that could be seen. */
static void settle_doubt(struct sweep *sweep, const struct bpf_task *task, struct watched *watched)
{
	if (watched->has_ended || (task->our_tid && proc_exists((pid_t)task->our_tid)))
		return;
	kernel_side_forget_task(sweep->side, task);
	watched->has_ended = true;
}

static void look_at_flags(const struct bpf_task *task, uint32_t flags, struct watched *watched)
{
	if (flags & BPF_TASK_TOOK_OVER)
		watched->group->leader_serial = watched->serial;
	if (!watched->has_ended && __atomic_load_n(&task->left_ns, __ATOMIC_ACQUIRE))
		watched->has_left = true;
	if (watched->has_ended || !(flags & BPF_TASK_EXITED))
		return;
	watched->has_ended = true;
	if (flags & BPF_TASK_GROUP_EXIT) {
		watched->group->has_status = true;
		watched->group->status = task->exit_code;
	}
}

/* Ends the tasks that have left the scope. They can be in a program that uses their records. */
static void end_leavers(struct sweep *sweep)
{
	bool has_waited = false;
	for (struct watched *watched = sweep->first; watched; watched = watched->next) {
		if (!watched->has_left || watched->has_ended)
			continue;
		if (!has_waited)
			kernel_side_await_programs(sweep->side);
		has_waited = watched->has_ended = true;
	}
}

/* Ended tasks send no more details. */
static void note_details_ends(struct sweep *sweep)
{
	uint64_t end = detail_reader_end(sweep->details);
	for (struct watched *watched = sweep->first; watched; watched = watched->next) {
		if (watched->has_ended && !watched->details_end)
			watched->details_end = end;
	}
}

/* The first step. */
static void look_at_tasks(struct sweep *sweep)
{
	uint32_t end = kernel_side_end(sweep->side, KERNEL_TASKS);
	sweep->by_slot = xlengthen(sweep->by_slot, &sweep->slots, end, sizeof(*sweep->by_slot));
	struct watched **new = NULL;
	size_t count = 0, room = 0;
	for (uint32_t slot = 1; slot < end; slot++) {
		const struct bpf_task *task = kernel_side_task(sweep->side, slot);
		uint32_t flags = __atomic_load_n(&task->flags, __ATOMIC_ACQUIRE);
		if (!(flags & (BPF_TASK_LIVE | BPF_TASK_EXITED)))
			continue;
		if (!sweep->by_slot[slot]) {
			new = xlengthen(new, &room, count + 1, sizeof(struct watched *));
			new[count++] = add_watched(sweep, slot);
		}
		look_at_flags(task, flags, sweep->by_slot[slot]);
		if (flags & BPF_TASK_DOUBTFUL)
			settle_doubt(sweep, task, sweep->by_slot[slot]);
	}
	append_sorted(sweep, new, count);
	xfree(new);
	end_leavers(sweep);
	note_details_ends(sweep);
}

/* Cells. */

/* The task of CELL, if it is known. */
static struct watched *owner_of(const struct sweep *sweep, const struct bpf_cell *cell)
{
	uint32_t slot = __atomic_load_n(&cell->task, __ATOMIC_ACQUIRE);
	struct watched *task = slot && slot < sweep->slots ? sweep->by_slot[slot] : NULL;
	return task && task->serial == cell->serial ? task : NULL;
}

/* The view of the cell INDEX, or NULL if its task is not known yet. */
static struct view *view_of(struct sweep *sweep, uint32_t index)
{
	struct view *view = cell_reader_view(sweep->cells, index);
	if (view)
		return view;
	struct watched *task = owner_of(sweep, kernel_side_cell(sweep->side, index));
	if (!task)
		return NULL;
	view = cell_reader_add(sweep->cells, index);
	view->next = task->views;
	task->views = view;
	return view;
}

/* The second step. */
static void look_at_cells(struct sweep *sweep)
{
	uint64_t calls = 0;
	uint32_t end = cell_reader_end(sweep->cells);
	for (uint32_t index = 1; index < end; index++) {
		struct view *view = cell_reader_has_news(sweep->cells, index)
		                            ? view_of(sweep, index)
		                            : NULL;
		uint64_t added = view ? cell_reader_read(sweep->cells, view) : 0;
		calls += added;
		if (added && view->last.capture && view->last.capture != BPF_CAPTURE_LOST)
			sweep->captured += added;
	}
	atomic_fetch_add_explicit(&sweep->calls, calls, memory_order_relaxed);
}

/* Events. */

/* Writes what VIEW has, in as many records as necessary. */
static bool push_sum(struct sweep *sweep, pid_t tid, struct view *view)
{
	union {
		struct event_sum record;
		unsigned char bytes[SUM_SIZE_MAX];
	} room;
	if (view->tally.calls == 0)
		return true;
	for (;;) {
		struct sum_cursor cursor = view->cursor;
		room.record.event = (struct event){
			.type = EVENT_SUM, .tid = tid, .time_ns = view->until_ns};
		room.record.call = (struct call){.nr = view->last.nr, .abi = view->last.abi};
		room.record.from_ns = view->from_ns;
		room.record.has_details = true;
		room.record.gate = view->gate;
		room.record.rejected = view->rejected;
		room.record.capture = stack_reader_capture(view->last.capture);
		size_t size = event_sum_next(&view->tally, &cursor, &room.record);
		if (size == 0)
			break;
		if (!ring_push(sweep->ring, &room, size))
			return false;
		view->cursor = cursor;
	}
	tally_clear(&view->tally);
	view->rejected = 0;
	view->cursor = (struct sum_cursor){0};
	return true;
}

static bool push_sums(struct sweep *sweep, struct watched *watched)
{
	for (struct view **link = &watched->views; *link;) {
		struct view *view = *link;
		if (view->tally.calls && view->until_ns > watched->call_end_ns)
			watched->call_end_ns = view->until_ns;
		if (!push_sum(sweep, watched->tid, view))
			return false;
		if (view->is_done) {
			*link = view->next;
			cell_reader_drop(sweep->cells, view);
		} else {
			link = &view->next;
		}
	}
	return true;
}

static struct proc_times times_of(const struct bpf_times *times)
{
	return (struct proc_times){
		.is_exact = true,
		.cpu_ns = times->run_ns,
		.user_ns = times->user_ns,
		.system_ns = times->system_ns,
		.queued_ns = times->queued_ns,
		.runs = times->runs,
	};
}

/*
 * Stores what TASK had used at its execve with NUMBER, if that is kept: the programs write the next
 * one before they count it.
 */
static bool copy_exec_times(const struct bpf_task *task, uint32_t number, struct proc_times *times)
{
	const struct bpf_times copy = task->at_exec[number % BPF_EXECS];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&task->programs, __ATOMIC_RELAXED) - number >= BPF_EXECS - 1)
		return false;
	*times = times_of(&copy);
	return true;
}

/* Writes who the task is: once for it, and once for each of its programs. */
static bool push_task(
	struct sweep *sweep, struct watched *watched, const struct bpf_task *task, uint64_t now_ns)
{
	bool is_former = !watched->tid && task->our_former;
	pid_t tid = (pid_t)(is_former ? task->our_former : task->our_tid);
	struct event_task record = {
		.event = {.type = EVENT_TASK, .tid = tid, .time_ns = now_ns},
		.tgid = (pid_t)task->our_tgid,
		.parent = (pid_t)task->our_parent,
		.ns_tid = task->ns_tid == task->our_tid ? 0 : (pid_t)task->ns_tid,
		.is_new = !(task->flags & BPF_TASK_FOUND) && !watched->tid,
		.has_executed = watched->tid != 0,
	};
	memcpy(record.comm, task->comm, sizeof(record.comm));
	if (record.has_executed)
		record.has_times = copy_exec_times(task, watched->programs + 1, &record.times);
	if (!ring_push(sweep->ring, &record, sizeof(record)))
		return false;
	watched->programs += watched->tid != 0;
	watched->tid = tid;
	return true;
}

static struct event_gone gone_record(
	pid_t tid, const struct bpf_task *task, uint32_t status, uint64_t now_ns)
{
	bool has_code = STATUS_SIGNAL(status) == 0;
	return (struct event_gone){
		.event = {.type = EVENT_GONE,
			.tid = tid,
			.time_ns = task->gone_ns ? task->gone_ns : now_ns},
		.exit_code = has_code ? (int)STATUS_CODE(status) : -1,
		.exit_signal = (int)STATUS_SIGNAL(status),
		.has_times = task->gone_ns != 0,
		.times = times_of(&task->at_end),
	};
}

/*
 * The thread that was reported as TID is not traced any more under that number: it has taken over
 * its leader's in an execve, or has left the scope.
 */
static bool push_untraced(struct sweep *sweep, pid_t tid, uint64_t now_ns)
{
	const struct event_gone record = {
		.event = {.type = EVENT_GONE, .tid = tid, .time_ns = now_ns},
		.exit_code = -1,
	};
	return ring_push(sweep->ring, &record, sizeof(record));
}

/* Writes who the task is, if that is not known or has changed. */
static bool push_identity(
	struct sweep *sweep, struct watched *watched, const struct bpf_task *task, uint64_t now_ns)
{
	uint32_t programs = __atomic_load_n(&task->programs, __ATOMIC_ACQUIRE);
	if (!watched->tid && !push_task(sweep, watched, task, now_ns))
		return false;
	if (watched->tid != (pid_t)task->our_tid) {
		if (!push_sums(sweep, watched) || !push_untraced(sweep, watched->tid, now_ns))
			return false;
		watched->tid = (pid_t)task->our_tid;
		watched->has_state = false;
		watched->enter_ns = 0;
	}
	while (watched->programs != programs) {
		if (!push_task(sweep, watched, task, now_ns))
			return false;
	}
	return true;
}

static bool push_enter(struct sweep *sweep, pid_t tid, const struct bpf_call *call)
{
	struct event_enter record = {
		.event = {.type = EVENT_ENTER, .tid = tid, .time_ns = call->enter_ns},
		.call = {.nr = call->nr, .abi = call->abi},
		.partial = call->partial,
		.capture = stack_reader_capture(call->capture),
		.before_ns = call->partial ? call->before_ns : 0,
	};
	record.has_args = interest_has(sweep->interest, INTEREST_ARGS, record.call);
	if (record.has_args)
		memcpy(record.args, call->args, sizeof(record.args));
	return ring_push(sweep->ring, &record, sizeof(record));
}

static bool push_state(struct sweep *sweep, struct watched *watched, enum task_state state,
	bool in_call, uint64_t now_ns)
{
	const struct event_state record = {
		.event = {.type = EVENT_STATE, .tid = watched->tid, .time_ns = now_ns},
		.state = state,
		.in_call = in_call,
	};
	if (!ring_push(sweep->ring, &record, sizeof(record)))
		return false;
	watched->has_state = true;
	watched->state_ns = now_ns;
	return true;
}

/* Copies the call that TASK is in. Returns false if it is just entering or leaving one. */
static bool copy_call(const struct bpf_task *task, struct bpf_call *call)
{
	const struct bpf_call *current = &task->current;
	uint64_t before = __atomic_load_n(&current->enter_ns, __ATOMIC_ACQUIRE);
	memcpy(call, current, sizeof(*call));
	call->enter_ns = before;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&current->enter_ns, __ATOMIC_RELAXED) == before;
}

/* Writes the call that it is in, or that it is in none, if that has changed. */
static bool push_current(
	struct sweep *sweep, struct watched *watched, const struct bpf_task *task, uint64_t now_ns)
{
	struct bpf_call call;
	if (!copy_call(task, &call))
		return true;
	/* It is in none, and has been in others since that was reported. */
	bool is_later = !call.enter_ns && watched->call_end_ns > watched->state_ns;
	uint64_t since_ns = is_later ? watched->call_end_ns : now_ns;
	if (watched->has_state && call.enter_ns == watched->enter_ns && !is_later)
		return true;
	if (call.enter_ns && !push_enter(sweep, watched->tid, &call))
		return false;
	bool is_known = watched->has_state && call.enter_ns;
	if (!is_known && !push_state(sweep, watched, TASK_RUNNING, call.enter_ns != 0, since_ns))
		return false;
	watched->enter_ns = call.enter_ns;
	return true;
}

/* Writes who has woken it last, if that has changed. What is just being written is for later. */
static bool push_waker(struct sweep *sweep, struct watched *watched, const struct bpf_task *task)
{
	const struct bpf_waker *waker = &task->waker;
	uint64_t woken_ns = __atomic_load_n(&waker->time_ns, __ATOMIC_ACQUIRE);
	struct event_waker record = {
		.event = {.type = EVENT_WAKER, .tid = watched->tid, .time_ns = woken_ns},
		.waker = (pid_t)waker->tid,
		.is_interrupt = waker->is_interrupt,
	};
	memcpy(record.comm, waker->comm, sizeof(record.comm));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!woken_ns || woken_ns == watched->woken_ns ||
		__atomic_load_n(&waker->time_ns, __ATOMIC_RELAXED) != woken_ns)
		return true;
	if (!ring_push(sweep->ring, &record, sizeof(record)))
		return false;
	watched->woken_ns = woken_ns;
	return true;
}

/* Writes what it has asked to get at its parent's death, if that has changed. */
static bool push_death_signal(
	struct sweep *sweep, struct watched *watched, const struct bpf_task *task, uint64_t now_ns)
{
	uint32_t signal = __atomic_load_n(&task->death_signal, __ATOMIC_RELAXED);
	const struct event_death_signal record = {
		.event = {.type = EVENT_DEATH_SIGNAL, .tid = watched->tid, .time_ns = now_ns},
		.signal = (int)signal,
	};
	if (signal == watched->death_signal)
		return true;
	if (!ring_push(sweep->ring, &record, sizeof(record)))
		return false;
	watched->death_signal = signal;
	return true;
}

/* Whether the parent of our command can wait for it by now: a zombie comes after its end. */
static bool can_be_reaped(pid_t command)
{
	struct proc_status status;
	return proc_status(command, &status) < 0 || status.state == 'Z';
}

/* Whether the end of WATCHED has to wait: of a leader, for other threads. */
static bool must_wait(
	struct sweep *sweep, const struct watched *watched, const struct bpf_task *task)
{
	if (!is_leader(task) || watched->has_left)
		return false;
	if (watched->group->living > 1)
		return true;
	bool waits = watched->tid == sweep->command && !can_be_reaped(sweep->command);
	sweep->awaits |= waits;
	return waits;
}

/* Writes the end of WATCHED. *IS_OVER: it was written, or there is none. */
static bool push_end(struct sweep *sweep, struct watched *watched, const struct bpf_task *task,
	uint64_t now_ns, bool *is_over)
{
	*is_over = false;
	/* What it was about comes before its end. */
	if (!detail_reader_has_read(sweep->details, watched->details_end))
		return true;
	*is_over = true;
	/* Another thread goes on with its number. */
	if (watched->serial < watched->group->leader_serial && is_leader(task))
		return true;
	if (must_wait(sweep, watched, task)) {
		*is_over = false;
		if (watched->is_exiting)
			return true;
		watched->is_exiting = push_state(sweep, watched, TASK_EXITING, false, now_ns);
		return watched->is_exiting;
	}
	if (watched->has_left)
		return push_untraced(sweep, watched->tid, task->left_ns);
	bool of_group = is_leader(task) && watched->group->has_status;
	const struct event_gone record = gone_record(
		watched->tid, task, of_group ? watched->group->status : task->exit_code, now_ns);
	return ring_push(sweep->ring, &record, sizeof(record));
}

/* Writes everything about WATCHED. *IS_OVER: it has ended, and that was written. */
static bool push_watched(
	struct sweep *sweep, struct watched *watched, uint64_t now_ns, bool *is_over)
{
	const struct bpf_task *task = kernel_side_task(sweep->side, watched->slot);
	*is_over = false;
	if (!push_identity(sweep, watched, task, now_ns) || !push_sums(sweep, watched))
		return false;
	if (!push_waker(sweep, watched, task) || !push_death_signal(sweep, watched, task, now_ns))
		return false;
	if (!watched->has_ended)
		return push_current(sweep, watched, task, now_ns);
	return push_end(sweep, watched, task, now_ns, is_over);
}

/* Forgets a task that has ended, and frees its records. */
static void drop(struct sweep *sweep, struct watched *watched)
{
	const struct bpf_task *task = kernel_side_task(sweep->side, watched->slot);
	struct view *view;
	while ((view = watched->views) != NULL) {
		watched->views = view->next;
		if (view->last.capture || view->last.abi != ABI_NATIVE ||
			view->last.nr >= BPF_NUMBERS)
			kernel_side_forget(sweep->side, watched->slot, &view->last);
		cell_reader_drop(sweep->cells, view);
	}
	detail_reader_forget(sweep->details, watched->slot);
	sweep->uncounted_of_ended += task->uncounted;
	if (--watched->group->living == 0)
		xfree(map_remove(&sweep->groups, task->tgid));
	sweep->by_slot[watched->slot] = NULL;
	sweep->living--;
	kernel_side_recycle(sweep->side, KERNEL_TASKS, watched->slot);
	xfree(watched);
}

/* The task that RECORD is about; NULL: it is not known. */
static struct watched *subject_of(const struct sweep *sweep, const struct bpf_detail *record)
{
	struct watched *watched = record->slot < sweep->slots ? sweep->by_slot[record->slot] : NULL;
	return watched && watched->serial == record->serial ? watched : NULL;
}

/* Writes what has to come before the event of RECORD, which is about WATCHED. */
static bool push_subject(struct sweep *sweep, struct watched *watched,
	const struct bpf_detail *record, uint64_t now_ns)
{
	const struct bpf_task *task = kernel_side_task(sweep->side, watched->slot);
	pid_t tid = (pid_t)record->tid;
	if (!watched->tid && !push_task(sweep, watched, task, record->end_ns))
		return false;
	/* It has taken over its leader's number by then. */
	if (watched->tid != tid && tid == (pid_t)task->our_tid)
		return push_identity(sweep, watched, task, now_ns);
	if (watched->tid == tid && (int32_t)(record->programs - watched->programs) > 0)
		return push_task(sweep, watched, task, record->end_ns);
	return true;
}

/* Writes the details that there were when this sweep began. Returns whether all were. */
static bool push_details(struct sweep *sweep, uint64_t now_ns)
{
	const struct bpf_detail *record;
	while ((record = detail_reader_peek(sweep->details)) != NULL) {
		struct watched *watched = subject_of(sweep, record);
		bool is_end = record->type == BPF_DETAIL_END;
		if (watched && !push_subject(sweep, watched, record, now_ns))
			return false;
		if (!detail_reader_write(sweep->details))
			return false;
		/* At its place among the details, as far as all of its calls were counted. */
		if (!is_end || !watched || !watched->has_ended || watched->is_over)
			continue;
		watched->details_end = 0; /* this was the last */
		if (!push_watched(sweep, watched, now_ns, &watched->is_over))
			return false;
	}
	return detail_reader_write_lost(sweep->details, now_ns);
}

/* The last step, or the rest of it. Returns whether everything was written. */
static bool push_all(struct sweep *sweep, uint64_t now_ns)
{
	struct watched **link = sweep->resumed ? sweep->resumed : &sweep->first;
	if (!sweep->resumed)
		sweep->awaits = false;
	while (*link) {
		struct watched *watched = *link;
		/* Tasks before it may have news meanwhile, again and again. */
		sweep->resumed = link;
		if (!watched->is_over && !push_watched(sweep, watched, now_ns, &watched->is_over))
			return false;
		if (!watched->is_over) {
			link = &watched->next;
			continue;
		}
		*link = watched->next;
		if (sweep->last == &watched->next)
			sweep->last = link;
		drop(sweep, watched);
	}
	sweep->resumed = NULL;
	return true;
}

static void count_uncounted(struct sweep *sweep)
{
	uint64_t uncounted = sweep->uncounted_of_ended;
	for (const struct watched *watched = sweep->first; watched; watched = watched->next)
		uncounted += kernel_side_task(sweep->side, watched->slot)->uncounted;
	atomic_store_explicit(&sweep->uncounted, uncounted, memory_order_relaxed);
}

/* Whether no task was living when it was last looked at. */
static bool have_all_ended(const struct sweep *sweep)
{
	for (const struct watched *watched = sweep->first; watched; watched = watched->next) {
		if (!watched->has_ended)
			return false;
	}
	return true;
}

/* The first two steps, and which details belong to the third. */
static void look(struct sweep *sweep, uint64_t now_ns, bool is_last)
{
	/* While details come faster than they are taken, what is counted has its turn as well. */
	detail_reader_look(sweep->details, now_ns, is_last || have_all_ended(sweep));
	look_at_tasks(sweep);
	look_at_cells(sweep);
	count_uncounted(sweep);
}

bool sweep_finish(struct sweep *sweep, uint64_t now_ns)
{
	if (sweep->is_unwritten)
		sweep->is_unwritten = !push_details(sweep, now_ns) || !push_all(sweep, now_ns);
	return !sweep->is_unwritten;
}

bool sweep_run(struct sweep *sweep, uint64_t now_ns, bool is_last)
{
	/* What is added to sums that were written in part would be in none of their records. */
	if (!sweep_finish(sweep, now_ns))
		return false;
	look(sweep, now_ns, is_last);
	sweep->is_unwritten = true;
	return sweep_finish(sweep, now_ns);
}

size_t sweep_living(const struct sweep *sweep)
{
	return sweep->living;
}

bool sweep_has(const struct sweep *sweep, pid_t tid)
{
	for (const struct watched *watched = sweep->first; watched; watched = watched->next) {
		const struct bpf_task *task = kernel_side_task(sweep->side, watched->slot);
		if (task->our_tid == (uint32_t)tid || task->our_tgid == (uint32_t)tid)
			return true;
	}
	return false;
}

bool sweep_is_awaiting(const struct sweep *sweep)
{
	/* The last details, which nothing can come before any more. */
	bool has_rest = detail_reader_is_holding(sweep->details) && have_all_ended(sweep);
	return sweep->awaits || has_rest;
}

uint64_t sweep_calls(const struct sweep *sweep)
{
	return atomic_load_explicit(&sweep->calls, memory_order_relaxed);
}

uint64_t sweep_captured(const struct sweep *sweep)
{
	return sweep->captured;
}

uint64_t sweep_uncounted(const struct sweep *sweep)
{
	return atomic_load_explicit(&sweep->uncounted, memory_order_relaxed);
}

void sweep_free(struct sweep *sweep)
{
	if (!sweep)
		return;
	struct group *group;
	MAP_FOR_EACH (&sweep->groups, at, group)
		xfree(group);
	map_clear(&sweep->groups);
	cell_reader_free(sweep->cells);
	for (struct watched *next, *watched = sweep->first; watched; watched = next) {
		next = watched->next;
		xfree(watched);
	}
	xfree(sweep->by_slot);
	xfree(sweep);
}
