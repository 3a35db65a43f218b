/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says what the stacks in a recording are; see out/stack_writer.h. */
#include "config.h"

#include "out/stack_writer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "event/event.h"
#include "event/sink.h"
#include "stack/frame.h"

/* What was sent of a module. */
struct sent_module {
	const struct module *module;
	bool has_build_id, has_problem;
};

/* A frame of which more may become known. */
struct open_frame {
	const struct frame *frame;
	bool has_names, is_ambiguous; /* were sent */
};

struct stack_writer {
	struct stack_lookup lookup;
	struct event_sink *sink;
	struct map stacks, frames; /* what was sent, by ID; not owned */
	struct map modules;        /* struct sent_module by ID; owned */
	struct open_frame *open;   /* owned */
	size_t open_count, open_room;
};

/* Events with a text or an array. */
union room {
	struct event_module module;
	struct event_function function;
	struct event_frames frames;
	unsigned char bytes[sizeof(struct event_function) + EVENT_SYMBOL_MAX +
			    EVENT_FRAMES_MAX * sizeof(uint32_t)];
};

/* The size of TEXT, at most MAX. */
static uint32_t size_of(const char *text, size_t max)
{
	return (uint32_t)strnlen(text, max);
}

/* Modules. */

static void send_module(struct stack_writer *writer, struct sent_module *sent)
{
	const struct module *module = sent->module;
	const char *problem = module_problem(module);
	union room *room = xcalloc(1, sizeof(*room));
	struct event_module *event = &room->module;
	*event = (struct event_module){
		.event = {.type = EVENT_MODULE},
		.module = module->id,
		.is_file = module->is_file,
		.is_script = module->is_script,
		.size = size_of(module->path, EVENT_PATH_MAX),
	};
	memcpy(event->build_id, module->build_id, sizeof(event->build_id));
	if (problem)
		memcpy(event->problem, problem, size_of(problem, sizeof(event->problem) - 1));
	memcpy(event->path, module->path, event->size);
	event_send(writer->sink, &event->event);
	sent->has_build_id = module->build_id[0];
	sent->has_problem = problem;
	xfree(room);
}

static void see_module(struct stack_writer *writer, const struct module *module)
{
	if (map_get(&writer->modules, module->id))
		return;
	struct sent_module *sent = xcalloc(1, sizeof(*sent));
	sent->module = module;
	map_put(&writer->modules, module->id, sent);
	send_module(writer, sent);
}

/* Sends those again of which more is known. */
static void flush_modules(struct stack_writer *writer)
{
	struct sent_module *sent;
	MAP_FOR_EACH (&writer->modules, at, sent) {
		bool is_new = (module_problem(sent->module) && !sent->has_problem) ||
		              (sent->module->build_id[0] && !sent->has_build_id);
		if (is_new)
			send_module(writer, sent);
	}
}

/* Frames. */

static bool is_ambiguous(const struct frame *frame)
{
	return atomic_load_explicit(&frame->is_ambiguous, memory_order_relaxed);
}

static void send_place(struct stack_writer *writer, const struct frame *frame)
{
	const struct event_place event = {
		.event = {.type = EVENT_PLACE},
		.place = frame->id,
		.module = frame->module->id,
		.ip = frame->ip,
		.offset = frame->offset,
		.exact = frame->exact,
		.trampoline = frame->trampoline,
		.late = frame->late,
		.is_ambiguous = is_ambiguous(frame),
	};
	event_send(writer->sink, &event.event);
}

static void send_names(struct stack_writer *writer, const struct frame *frame)
{
	const struct frame_names *names = frame_names(frame);
	union room *room = xcalloc(1, sizeof(*room));
	struct event_function *event = &room->function;
	for (size_t i = 0; i < names->count; i++) {
		const struct frame_name *name = &names->name[i];
		*event = (struct event_function){
			.event = {.type = EVENT_FUNCTION},
			.place = frame->id,
			.at = (uint32_t)i,
			.count = (uint32_t)names->count,
			.symbol_offset = name->symbol_offset,
			.line = name->line,
			.has_symbol = name->symbol,
			.size = name->symbol ? size_of(name->symbol, EVENT_SYMBOL_MAX) : 0,
		};
		if (name->file)
			memcpy(event->file, name->file,
				size_of(name->file, sizeof(event->file) - 1));
		if (name->symbol)
			memcpy(event->symbol, name->symbol, event->size);
		event_send(writer->sink, &event->event);
	}
	xfree(room);
}

/* Sends what is new of OPEN. Returns whether more may become known. */
static bool update(struct stack_writer *writer, struct open_frame *open)
{
	const struct frame *frame = open->frame;
	if (is_ambiguous(frame) && !open->is_ambiguous) {
		send_place(writer, frame);
		open->is_ambiguous = true;
	}
	if (frame_names(frame) && !open->has_names) {
		send_names(writer, frame);
		open->has_names = true;
	}
	return !open->has_names || (frame->is_generated && !open->is_ambiguous);
}

static void see_frame(struct stack_writer *writer, const struct frame *frame)
{
	if (map_get(&writer->frames, frame->id))
		return;
	map_put(&writer->frames, frame->id, (void *)(uintptr_t)frame);
	see_module(writer, frame->module);
	struct open_frame open = {.frame = frame, .is_ambiguous = is_ambiguous(frame)};
	send_place(writer, frame);
	if (!update(writer, &open))
		return;
	writer->open = xlengthen(
		writer->open, &writer->open_room, writer->open_count + 1, sizeof(*writer->open));
	writer->open[writer->open_count++] = open;
}

static void flush_frames(struct stack_writer *writer)
{
	size_t kept = 0;
	for (size_t i = 0; i < writer->open_count; i++) {
		if (update(writer, &writer->open[i]))
			writer->open[kept++] = writer->open[i];
	}
	writer->open_count = kept;
}

/* Stacks. */

static void see_stack(struct stack_writer *writer, uint32_t id)
{
	const struct stack *stack = stack_lookup(&writer->lookup, id);
	if (!stack || stack->count == 0 || stack->count > EVENT_FRAMES_MAX ||
		map_get(&writer->stacks, id))
		return;
	map_put(&writer->stacks, id, (void *)(uintptr_t)stack);
	for (size_t i = 0; i < stack->count; i++)
		see_frame(writer, stack->frame[i]);
	union room *room = xcalloc(1, sizeof(*room));
	struct event_frames *event = &room->frames;
	*event = (struct event_frames){
		.event = {.type = EVENT_FRAMES},
		.stack = id,
		.end = stack->end,
		.guessed = (uint32_t)stack->guessed,
		.size = (uint32_t)(stack->count * sizeof(*event->place)),
	};
	for (size_t i = 0; i < stack->count; i++)
		event->place[i] = stack->frame[i]->id;
	event_send(writer->sink, &event->event);
	xfree(room);
}

/* Public functions. */

struct stack_writer *stack_writer_new(const struct stack_lookup *lookup, struct event_sink *sink)
{
	struct stack_writer *writer = xcalloc(1, sizeof(*writer));
	writer->lookup = *lookup;
	writer->sink = sink;
	return writer;
}

void stack_writer_free(struct stack_writer *writer)
{
	if (!writer)
		return;
	stack_writer_restart(writer);
	xfree(writer);
}

void stack_writer_before(struct stack_writer *writer, const struct event *event)
{
	if (event->type == EVENT_STACK)
		see_stack(writer, ((const struct event_stack *)event)->stack);
	else if (event->type == EVENT_SAMPLE)
		see_stack(writer, ((const struct event_sample *)event)->stack);
	else if (event->type == EVENT_FRAME || event->type == EVENT_STACKS ||
		 event->type == EVENT_END)
		stack_writer_flush(writer);
}

void stack_writer_flush(struct stack_writer *writer)
{
	flush_modules(writer);
	flush_frames(writer);
}

void stack_writer_restart(struct stack_writer *writer)
{
	struct sent_module *sent;
	MAP_FOR_EACH (&writer->modules, at, sent)
		xfree(sent);
	map_clear(&writer->modules);
	map_clear(&writer->stacks);
	map_clear(&writer->frames);
	xfree(writer->open);
	writer->open = NULL;
	writer->open_count = writer->open_room = 0;
}
