/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which calls a filter selects; see model/matcher.h. */
#include "config.h"

#include "model/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "abi/transfer.h"
#include "base/alloc.h"
#include "event/detail.h"
#include "event/interest.h"
#include "model/model.h"
#include "model/stacks.h"

/* What is known about a task. */
struct match_task {
	pid_t pid;
	char comm[TASK_COMM_SIZE];
	bool is_in;             /* an EVENT_ENTER was passed on, and no end of that call */
	bool waits;             /* `exit` is a call that its detail will tell */
	struct event_exit exit; /* valid if it waits */
};

/* Aggregated calls, of which all records have not arrived yet. */
struct match_sum {
	struct event event; /* that of the records */
	struct call call;
	uint64_t from_ns;
	uint32_t capture;
	uint16_t gate;
	uint64_t rejected;
	struct tally tally;
};

static void pass_on(struct matcher *matcher, const struct event *event)
{
	if (matcher->to)
		event_send(matcher->to, event);
}

/* The task with TID, which is added if it is not known: then nothing is known about it. */
static struct match_task *task_of(struct matcher *matcher, pid_t tid)
{
	struct match_task *task = map_get(&matcher->tasks, (uint64_t)tid);
	if (!task) {
		task = xcalloc(1, sizeof(*task));
		map_put(&matcher->tasks, (uint64_t)tid, task);
	}
	return task;
}

/* Adds who has made CALL. */
static void add_task(struct filter_call *call, const struct match_task *task)
{
	call->pid = task->pid;
	call->comm = task->comm[0] ? task->comm : NULL;
}

/* Completed calls. */

/* TASK has left a call that is not selected, or not known to be. */
static void drop(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	struct event_state state = {
		.event = {.type = EVENT_STATE, .tid = event->tid, .time_ns = event->time_ns},
		.state = TASK_RUNNING,
	};
	if (task->is_in)
		pass_on(matcher, &state.event);
	task->is_in = false;
}

/* EXIT is selected. */
static void select_exit(
	struct matcher *matcher, struct match_task *task, const struct event_exit *exit)
{
	struct event_exit seen = *exit;
	outcome_since(&exit->outcome, exit->event.time_ns, matcher->from_ns, &seen.outcome);
	matcher->counts.selected++;
	pass_on(matcher, &seen.event);
	task->is_in = false;
}

static void decide(struct matcher *matcher, struct match_task *task, const struct event_exit *exit,
	enum filter_answer answer)
{
	if (answer == FILTER_YES) {
		select_exit(matcher, task, exit);
	} else {
		matcher->counts.unknown += answer == FILTER_UNKNOWN;
		drop(matcher, task, &exit->event);
	}
}

/* The detail of the call that TASK waits for has not come. */
static void give_up(struct matcher *matcher, struct match_task *task)
{
	if (task->waits)
		decide(matcher, task, &task->exit, FILTER_UNKNOWN);
	task->waits = false;
}

/* Whether the engine has found that what GATE has rejected is not selected. */
static bool is_rejected(const struct matcher *matcher, uint16_t gate)
{
	return matcher->gates && interest_gate_is_since(gate, matcher->gates);
}

static void take_exit(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	const struct event_exit *exit = (const struct event_exit *)event;
	struct filter_call call = filter_call_of_exit(exit);
	give_up(matcher, task);
	if (event->time_ns <= matcher->from_ns) {
		drop(matcher, task, event);
		return;
	}
	add_task(&call, task);
	matcher->counts.calls++;
	enum filter_answer answer = filter_answer(matcher->filter, &call);
	if (is_rejected(matcher, exit->gate))
		answer = FILTER_NO;
	if (answer != FILTER_UNKNOWN) {
		decide(matcher, task, exit, answer);
		return;
	}
	matcher->counts.asked++;
	task->waits = true;
	task->exit = *exit;
}

/* Whether a call that TASK has just entered may be one that is selected. */
static void take_enter(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	const struct event_enter *enter = (const struct event_enter *)event;
	struct filter_call call = {.call = enter->call,
		.tid = event->tid,
		.max_ns = UINT64_MAX,
		.max_bytes = UINT64_MAX};
	give_up(matcher, task);
	add_task(&call, task);
	if (filter_answer(matcher->filter, &call) == FILTER_NO) {
		drop(matcher, task, event);
		return;
	}
	pass_on(matcher, event);
	task->is_in = true;
}

/* Aggregated calls. */

/* Whether all records of SUM have arrived. */
static bool is_complete(const struct tally *tally)
{
	uint64_t errors = 0;
	for (size_t i = 0; i < tally->error_kinds; i++)
		errors += tally->error[i].count;
	return tally->hist.count + tally->partial >= tally->calls && errors >= tally->errors;
}

/* Passes on TALLY instead of that of SUM. */
static void pass_on_tally(
	struct matcher *matcher, const struct match_sum *sum, const struct tally *tally)
{
	union {
		struct event_sum record;
		unsigned char bytes[SUM_SIZE_MAX];
	} room;
	struct sum_cursor cursor = {0};
	matcher->counts.selected += tally->calls;
	for (;;) {
		room.record = (struct event_sum){
			.event = sum->event,
			.call = sum->call,
			.from_ns = sum->from_ns,
			.capture = sum->capture,
		};
		if (!event_sum_next(tally, &cursor, &room.record))
			return;
		pass_on(matcher, &room.record.event);
	}
}

/* Some of the calls of a sum. */
struct match_group {
	uint64_t count;
	struct filter_call call; /* what is known about them */
	uint64_t bytes;          /* of all together, if they are selected */
};

/* Adds the calls of GROUP to SELECTED if they are. Of their times, only the least is known. */
static void decide_group(
	struct matcher *matcher, const struct match_group *group, struct tally *selected)
{
	const struct filter_call *call = &group->call;
	enum filter_answer answer = filter_answer(matcher->filter, call);
	bool has_failed = call->end == FILTER_END_FAILED;
	const struct tally_counts counts = {
		.calls = group->count,
		.errors = has_failed ? group->count : 0,
		.partial = group->count,
		.bytes = group->bytes,
		.total_ns = group->count * call->min_ns,
		.partial_ns = group->count * call->min_ns,
		.max_ns = call->min_ns,
	};
	if (!group->count || answer == FILTER_NO)
		return;
	if (answer == FILTER_UNKNOWN) {
		matcher->counts.unknown += group->count;
		return;
	}
	tally_add_counts(selected, &counts);
	if (has_failed)
		tally_add_error(selected, call->err, group->count);
}

/* Decides on the calls of TALLY, of which ALL is known, one error after the other. */
static void split_by_error(struct matcher *matcher, const struct tally *tally,
	const struct filter_call *all, struct tally *selected)
{
	struct match_group group;
	for (size_t i = 0; i < tally->error_kinds; i++) {
		group = (struct match_group){.count = tally->error[i].count, .call = *all};
		group.call.end = FILTER_END_FAILED;
		group.call.err = tally->error[i].err;
		group.call.min_bytes = group.call.max_bytes = 0;
		decide_group(matcher, &group, selected);
	}
	group = (struct match_group){
		.count = tally->calls - tally->errors, .call = *all, .bytes = tally->bytes};
	group.call.end = tally->partial ? FILTER_END_UNKNOWN : FILTER_END_OK;
	decide_group(matcher, &group, selected);
}

/* The same, one bucket of times after the other. What they have transferred is not known then. */
static void split_by_time(struct matcher *matcher, const struct tally *tally,
	const struct filter_call *all, struct tally *selected)
{
	struct match_group group = {.call = *all};
	struct hist_bucket bucket;
	unsigned int at = 0;
	while (hist_next(&tally->hist, &at, &bucket)) {
		group.count = bucket.count;
		group.call.min_ns = bucket.low_ns;
		group.call.max_ns = bucket.high_ns;
		if (group.call.min_ns < tally->min_ns)
			group.call.min_ns = tally->min_ns;
		if (!tally->partial && group.call.max_ns > tally->max_ns)
			group.call.max_ns = tally->max_ns;
		decide_group(matcher, &group, selected);
	}
	group.count = tally->partial;
	group.call.min_ns = 0;
	group.call.max_ns = UINT64_MAX;
	decide_group(matcher, &group, selected);
}

/* The only call of SUM, as far as it is after the beginning of MATCHER. */
static void cut_off(const struct matcher *matcher, struct match_sum *sum)
{
	struct tally *tally = &sum->tally;
	const struct outcome whole = {
		.duration_ns = tally->total_ns,
		.partial = tally->partial > 0,
		.err = tally->error_kinds ? tally->error[0].err : 0,
		.bytes = tally->bytes,
	};
	struct outcome seen;
	if (!outcome_since(&whole, sum->event.time_ns, matcher->from_ns, &seen))
		return;
	tally_clear(tally);
	tally_add(tally, &seen);
}

/* Decides on all calls of SUM. */
static void decide_sum(struct matcher *matcher, struct match_sum *sum)
{
	const struct match_task *task = task_of(matcher, sum->event.tid);
	struct filter_call all = filter_call_of_tally(sum->call, &sum->tally);
	struct tally selected = {0};
	all.tid = sum->event.tid;
	add_task(&all, task);
	enum filter_answer answer = filter_answer(matcher->filter, &all);
	matcher->counts.calls += sum->tally.calls;
	if (answer == FILTER_YES) {
		if (sum->from_ns < matcher->from_ns && sum->tally.calls == 1)
			cut_off(matcher, sum);
		pass_on_tally(matcher, sum, &sum->tally);
	}
	if (answer != FILTER_UNKNOWN)
		return;
	matcher->counts.asked += sum->tally.calls;
	if (sum->tally.errors)
		split_by_error(matcher, &sum->tally, &all, &selected);
	else
		split_by_time(matcher, &sum->tally, &all, &selected);
	if (selected.calls)
		pass_on_tally(matcher, sum, &selected);
	tally_clear(&selected);
}

/* Calls that are counted in sums, and of which details come. */

/* Whether the details of CALL decide: what sums say does not tell enough. */
static bool is_told_by_details(const struct matcher *matcher, struct call call)
{
	return filter_needs(matcher->filter, call) &
	       (FILTER_NEEDS_END | FILTER_NEEDS_ARGS | FILTER_NEEDS_NAMES);
}

/* The calls of SUM, whose details decide: some may have come, and those that were rejected do not.
 */
static void await_details(struct matcher *matcher, const struct match_sum *sum)
{
	uint64_t rejected = is_rejected(matcher, sum->gate) ? sum->rejected : 0;
	uint64_t count = sum->tally.calls - rejected;
	matcher->counts.calls += rejected;
	uint64_t early = count < matcher->early ? count : matcher->early;
	uint64_t late = count - early;
	matcher->early -= early;
	matcher->late += late;
	matcher->counts.calls += late;
	matcher->counts.asked += late;
	matcher->counts.unknown += late;
}

/* A call is counted by its detail, now, or was by its sum. */
static void count_detail(struct matcher *matcher)
{
	if (matcher->late) {
		matcher->late--;
		matcher->counts.unknown--;
		return;
	}
	matcher->early++;
	matcher->counts.calls++;
	matcher->counts.asked++;
}

/* Passes on the call of DETAIL, as far as it is after the beginning of MATCHER. */
static void pass_on_detail(struct matcher *matcher, const struct event_detail *detail)
{
	bool has_returned = detail->end == DETAIL_RETURNED;
	struct outcome seen, whole = {
				     .duration_ns = detail->event.time_ns - detail->start_ns,
				     .partial = detail->partial || !has_returned,
				     .err = has_returned ? detail->err : 0,
			     };
	struct match_sum sum = {
		.event = {.type = EVENT_SUM,
			.tid = detail->event.tid,
			.time_ns = detail->event.time_ns},
		.call = detail->call,
		.from_ns = detail->start_ns,
		.capture = detail->capture,
	};
	if (has_returned && !detail->err)
		whole.bytes = transfer_bytes(detail->call, detail->args, detail->result);
	outcome_since(&whole, detail->event.time_ns, matcher->from_ns, &seen);
	tally_add(&sum.tally, &seen);
	pass_on_tally(matcher, &sum, &sum.tally);
	tally_clear(&sum.tally);
}

static void take_summed(
	struct matcher *matcher, const struct match_task *task, const struct event_detail *detail)
{
	if (detail->end == DETAIL_IN_PROGRESS || detail->event.time_ns <= matcher->from_ns ||
		!is_told_by_details(matcher, detail->call))
		return;
	struct filter_call call = filter_call_of_detail(detail);
	add_task(&call, task);
	count_detail(matcher);
	enum filter_answer answer = filter_answer(matcher->filter, &call);
	/* Names are only looked for where they matter. */
	if (answer == FILTER_UNKNOWN && matcher->objects) {
		matcher->objects->find(matcher->objects, detail, &call);
		answer = filter_answer(matcher->filter, &call);
	}
	matcher->counts.unknown += answer == FILTER_UNKNOWN;
	if (answer == FILTER_YES)
		pass_on_detail(matcher, detail);
}

static void take_detail(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	const struct event_exit *exit = &task->exit;
	if (detail->is_summed) {
		take_summed(matcher, task, detail);
		return;
	}
	if (!task->waits || exit->event.time_ns != event->time_ns ||
		!call_equal(exit->call, detail->call) || detail->end == DETAIL_IN_PROGRESS)
		return;
	struct filter_call call = filter_call_of_exit(exit);
	add_task(&call, task);
	if (matcher->objects)
		matcher->objects->find(matcher->objects, detail, &call);
	task->waits = false;
	decide(matcher, task, exit, filter_answer(matcher->filter, &call));
}

static void drop_sum(struct matcher *matcher)
{
	if (matcher->sum)
		tally_clear(&matcher->sum->tally);
	xfree(matcher->sum);
	matcher->sum = NULL;
}

static void take_sum(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	const struct event_sum *record = (const struct event_sum *)event;
	struct match_sum *sum = matcher->sum;
	give_up(matcher, task);
	/* The first record has the counts. */
	if (record->counts.calls) {
		drop_sum(matcher);
		sum = matcher->sum = xcalloc(1, sizeof(*sum));
		sum->event = *event;
		sum->call = record->call;
		sum->from_ns = record->from_ns;
		sum->capture = record->capture;
		sum->gate = record->gate;
		sum->rejected = record->rejected;
	} else if (!sum || sum->event.tid != event->tid || !call_equal(sum->call, record->call)) {
		return;
	}
	event_sum_add(record, &sum->tally);
	if (!is_complete(&sum->tally))
		return;
	if (event->time_ns > matcher->from_ns) {
		if (record->has_details && is_told_by_details(matcher, sum->call))
			await_details(matcher, sum);
		else
			decide_sum(matcher, sum);
	}
	drop_sum(matcher);
}

/* Other events. */

static void copy_comm(struct match_task *task, const char comm[TASK_COMM_SIZE])
{
	memcpy(task->comm, comm, TASK_COMM_SIZE);
	task->comm[TASK_COMM_SIZE - 1] = '\0';
}

static void take_task(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	const struct event_task *record = (const struct event_task *)event;
	task->pid = record->tgid;
	copy_comm(task, record->comm);
	pass_on(matcher, event);
}

static void take_observed(
	struct matcher *matcher, struct match_task *task, const struct event *event)
{
	const struct event_observed *record = (const struct event_observed *)event;
	(void)matcher;
	if (record->has_name)
		copy_comm(task, record->comm);
}

static void take_state(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	const struct event_state *state = (const struct event_state *)event;
	if (!state->in_call)
		task->is_in = false;
	pass_on(matcher, event);
}

static void take_gone(struct matcher *matcher, struct match_task *task, const struct event *event)
{
	give_up(matcher, task);
	pass_on(matcher, event);
	map_remove(&matcher->tasks, (uint64_t)event->tid);
	xfree(task);
}

/* The engine has ended: nothing that was waited for comes any more. */
static void take_end(struct matcher *matcher, const struct event *event)
{
	struct match_task *task;
	MAP_FOR_EACH (&matcher->tasks, at, task)
		give_up(matcher, task);
	pass_on(matcher, event);
}

/* What is done with each kind of event; those of no row are nobody's concern here. */
static const struct {
	void (*of_task)(
		struct matcher *matcher, struct match_task *task, const struct event *event);
	void (*other)(struct matcher *matcher, const struct event *event);
} handlers[EVENT_TYPES] = {
	[EVENT_TASK] = {.of_task = take_task},
	[EVENT_STATE] = {.of_task = take_state},
	[EVENT_ENTER] = {.of_task = take_enter},
	[EVENT_EXIT] = {.of_task = take_exit},
	[EVENT_SUM] = {.of_task = take_sum},
	[EVENT_DETAIL] = {.of_task = take_detail},
	[EVENT_GONE] = {.of_task = take_gone},
	[EVENT_STACK] = {.other = pass_on},
	[EVENT_STACKS_KNOWN] = {.other = pass_on},
	[EVENT_RESUMED] = {.other = pass_on},
	[EVENT_ATTACHED] = {.other = pass_on},
	[EVENT_END] = {.other = take_end},
};

static void take(struct event_sink *sink, const struct event *event)
{
	struct matcher *matcher = (struct matcher *)sink;
	if (handlers[event->type].of_task)
		handlers[event->type].of_task(matcher, task_of(matcher, event->tid), event);
	else if (handlers[event->type].other)
		handlers[event->type].other(matcher, event);
	else if (event->type == EVENT_OBSERVED && map_get(&matcher->tasks, (uint64_t)event->tid))
		take_observed(matcher, task_of(matcher, event->tid), event);
}

void matcher_init(struct matcher *matcher, const struct filter *filter, uint64_t from_ns,
	struct filter_objects *objects, struct event_sink *to)
{
	*matcher = (struct matcher){
		.sink = {.take = take},
		.filter = filter,
		.from_ns = from_ns,
		.objects = objects,
		.to = to,
	};
}

/* Rejections that are older by so many changes of the gates are not waited for any more. */
#define GATES_KEPT (1U << 12)

void matcher_set_gates(struct matcher *matcher, uint16_t gates)
{
	uint16_t oldest = (uint16_t)(gates - GATES_KEPT);
	if (!matcher->gates)
		matcher->gates = gates;
	else if (interest_gate_is_since(oldest, matcher->gates))
		matcher->gates = oldest;
}

void matcher_begin(struct matcher *matcher, const struct model *model, uint64_t now_ns)
{
	struct thread_row *rows;
	size_t count = model_threads(model, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		const struct thread_row *row = &rows[i];
		struct event_task task = {
			.event = {.type = EVENT_TASK, .tid = row->tid, .time_ns = now_ns},
			.tgid = row->pid,
			.parent = row->parent,
			.ns_tid = row->ns_tid,
		};
		struct event_enter enter = {
			.event = {.type = EVENT_ENTER, .tid = row->tid, .time_ns = row->since_ns},
			.call = row->call,
			.has_args = row->has_args,
			.partial = row->partial,
			.before_ns = row->before_ns,
		};
		if (row->since_ns < matcher->from_ns) {
			enter.event.time_ns = matcher->from_ns;
			enter.partial = true;
			enter.before_ns = 0;
		}
		if (row->state == THREAD_ENDED || row->state == THREAD_WORKER)
			continue;
		memcpy(task.comm, row->comm, sizeof(task.comm));
		memcpy(enter.args, row->args, sizeof(enter.args));
		event_send(&matcher->sink, &task.event);
		if (row->in_call)
			event_send(&matcher->sink, &enter.event);
	}
	xfree(rows);
}

void matcher_clear(struct matcher *matcher)
{
	struct match_task *task;
	MAP_FOR_EACH (&matcher->tasks, at, task)
		xfree(task);
	map_clear(&matcher->tasks);
	drop_sum(matcher);
}
