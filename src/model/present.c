/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known now, as events: the beginning of a recording; see model/model.h. */
#include "config.h"

#include <string.h>

#include "base/alloc.h"
#include "decode/descriptors.h"
#include "event/event.h"
#include "event/stack_copy.h"
#include "model/model.h"
#include "model/state.h"

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

/* The task exists: since its call or state began, so that this can be told, too. */
static void send_task(const struct thread *thread, uint64_t time_ns, struct event_sink *sink)
{
	struct event_task task = {
		.event = {EVENT_TASK, thread->tid, time_ns},
		.tgid = thread->pid,
		.parent = thread->parent,
		.ns_tid = thread->ns_tid,
	};
	memcpy(task.comm, thread->comm, sizeof(task.comm));
	event_send(sink, &task.event);
}

/* The stack of its call, if it has arrived: for what says what it was read of, now. */
static void send_stack(const struct model *model, const struct thread *thread, uint64_t now_ns,
	struct event_sink *sink)
{
	uint32_t number = thread->enter.capture;
	struct event_stack stack = {
		.event = {EVENT_STACK, 0, now_ns},
		.number = number,
		.stack = stack_sums_now(&model->stacks, number),
	};
	/* Those that many calls have are sent anyway. */
	if (!thread->in || number >= STACK_COPY_LASTING)
		return;
	if (!stack.stack && thread->seen.stack) {
		stack.number = 0;
		stack.stack = thread->seen.stack;
		stack.call = thread->seen.call;
		stack.event = (struct event){EVENT_STACK, thread->tid, thread->seen.time_ns};
	}
	if (stack.stack)
		event_send(sink, &stack.event);
}

/* What it is doing. */
static void send_activity(const struct thread *thread, uint64_t now_ns, struct event_sink *sink)
{
	const struct event_state state = {
		.event = {EVENT_STATE, thread->tid, earlier(thread->state_ns, now_ns)},
		.state = thread->state,
		.in_call = thread->in,
	};
	if (thread->in)
		event_send(sink, &thread->enter.event);
	if (thread->state != TASK_RUNNING)
		event_send(sink, &state.event);
}

static void send_thread(const struct model *model, const struct thread *thread, uint64_t now_ns,
	struct event_sink *sink)
{
	uint64_t since_ns = thread->in ? thread->enter.event.time_ns : thread->state_ns;
	send_task(thread, earlier(earlier(since_ns, thread->state_ns), now_ns), sink);
	send_activity(thread, now_ns, sink);
	send_stack(model, thread, now_ns, sink);
	if (thread->waker.event.time_ns)
		event_send(sink, &thread->waker.event);
}

/* What is known about what it waits for. */
static void send_wait(const struct thread_row *row, uint64_t now_ns, struct event_sink *sink)
{
	struct event_observed observed = {
		.event = {EVENT_OBSERVED, row->tid, now_ns},
		.has_wait = true,
		.since_ns = row->since_ns,
		.owner = row->owner,
		.is_held = row->is_held,
	};
	strncpy(observed.reason, row->waits_for, sizeof(observed.reason) - 1);
	event_send(sink, &observed.event);
}

static void send_worker(const struct thread *worker, struct event_sink *sink)
{
	struct event_worker found = {
		.event = {EVENT_WORKER, worker->tid, worker->state_ns},
		.tgid = worker->pid,
	};
	memcpy(found.comm, worker->comm, sizeof(found.comm));
	event_send(sink, &found.event);
}

/* The words of the program that PROCESS runs. */
static void send_words(
	const struct program_process *process, uint64_t now_ns, struct event_sink *sink)
{
	struct {
		struct event_command_line line;
		char words[PROGRAM_WORDS_MAX];
	} event = {.line = {.event = {EVENT_COMMAND_LINE, process->pid, now_ns}}};
	const struct program *program = process->now;
	if (!program || !program->has_words || program->size > sizeof(event.words))
		return;
	event.line.size = (uint32_t)program->size;
	memcpy(event.line.words, program->words, program->size);
	event_send(sink, &event.line.event);
}

static void send_rings(const struct process_rings *rings, uint64_t now_ns, struct event_sink *sink)
{
	const struct event_process process = {
		.event = {EVENT_PROCESS, rings->pid, now_ns},
		.rings = rings->count,
	};
	event_send(sink, &process.event);
}

static void send_note(const struct model_note *note, uint64_t now_ns, struct event_sink *sink)
{
	struct event_note event = {
		.event = {.type = EVENT_NOTE, .time_ns = now_ns},
		.id = note->id,
		.transient = note->transient,
		.count = note->count,
	};
	memcpy(event.text, note->text, sizeof(event.text));
	event_send(sink, &event.event);
}

static void send_waits(const struct model *model, uint64_t now_ns, struct event_sink *sink)
{
	struct thread_row *rows;
	size_t count = model_threads(model, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].in_call && rows[i].waits_for)
			send_wait(&rows[i], now_ns, sink);
	}
	xfree(rows);
}

/* The stacks that calls to come will have: of many each, by lasting numbers. */
static void send_lasting(const struct model *model, uint64_t now_ns, struct event_sink *sink)
{
	const struct lasting_stack *lasting;
	MAP_FOR_EACH (&model->stacks.lasting, at, lasting) {
		const struct event_stack event = {
			.event = {EVENT_STACK, 0, now_ns},
			.number = (uint32_t)model->stacks.lasting.slots[at - 1].key,
			.stack = lasting->later ? lasting->later : lasting->stack,
			.is_provisional = !lasting->later && !lasting->until_ns,
		};
		event_send(sink, &event.event);
	}
}

/* … and those that have arrived before their calls. */
static void send_early(const struct model *model, uint64_t now_ns, struct event_sink *sink)
{
	const void *stack;
	MAP_FOR_EACH (&model->stacks.known, at, stack) {
		const struct event_stack event = {
			.event = {EVENT_STACK, 0, now_ns},
			.number = (uint32_t)model->stacks.known.slots[at - 1].key,
			.stack = (uint32_t)(uintptr_t)stack,
		};
		if (stack_sums_is_early(&model->stacks, event.number))
			event_send(sink, &event.event);
	}
}

void model_send_present(const struct model *model, uint64_t now_ns, struct event_sink *sink)
{
	const struct thread *thread;
	const struct program_process *process;
	const struct process_rings *rings;
	send_lasting(model, now_ns, sink);
	send_early(model, now_ns, sink);
	MAP_FOR_EACH (&model->threads, at, thread)
		send_thread(model, thread, now_ns, sink);
	MAP_FOR_EACH (&model->workers, at, thread)
		send_worker(thread, sink);
	MAP_FOR_EACH (&model->rings, at, rings)
		send_rings(rings, now_ns, sink);
	MAP_FOR_EACH (&model->programs.processes, at, process)
		send_words(process, now_ns, sink);
	descriptors_send_present(model_descriptors(model), now_ns, sink);
	send_waits(model, now_ns, sink);
	if (model->cost.event.type == EVENT_COST)
		event_send(sink, &model->cost.event);
	for (size_t i = 0; i < model->note_count; i++) {
		if (model->notes[i].count)
			send_note(&model->notes[i], now_ns, sink);
	}
}
