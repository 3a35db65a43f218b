/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of a recording; see stack/recorded.h. */
#include "config.h"

#include "stack/recorded.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "event/event.h"
#include "event/sink.h"
#include "stack/frame.h"
#include "stack/intern.h"
#include "stack/names.h"
#include "stack/walk.h"

_Static_assert(EVENT_FRAMES_MAX == WALK_MAX, "every stack can be recorded");
_Static_assert(EVENT_BUILD_ID_MAX == BUILD_ID_MAX, "so can every build ID");

/* Frames that have taken the place of others count, too. */
#define PLACES_MAX (2 * INTERN_FRAMES)

/* The names of a place that have arrived; they come one after the other. */
struct arriving {
	uint32_t place; /* 0: none do */
	uint32_t count;
	struct names_builder builder;
};

struct recorded_stacks {
	struct event_sink sink; /* first member */
	struct map modules;     /* struct module by ID; owned */
	struct map frames;      /* struct frame by ID; owned */
	struct map stacks;      /* struct stack by ID; owned */
	size_t depth;           /* total number of frames of all stacks */
	size_t left;            /* bytes that paths and names may still take */
	uint64_t beyond;
	struct arriving arriving;
	bool has_state;
	struct event_stacks state;
};

/* Whether SIZE bytes more may be taken; then they are. */
static bool take_memory(struct recorded_stacks *recorded, size_t size)
{
	bool has_room = size <= recorded->left;
	recorded->left -= has_room ? size : 0;
	return has_room;
}

/* Modules. */

static struct module *add_module(struct recorded_stacks *recorded, const struct event_module *event)
{
	if (recorded->modules.count >= INTERN_MODULES ||
		!take_memory(recorded, sizeof(struct module) + event->size))
		return NULL;
	struct module *module = xcalloc(1, sizeof(*module));
	module->path = xcalloc(1, event->size + 1);
	memcpy(module->path, event->path, event->size);
	const char *slash = strrchr(module->path, '/');
	module->name = slash && slash[1] ? slash + 1 : module->path;
	module->id = event->module;
	module->is_file = event->is_file;
	module->is_script = event->is_script;
	map_put(&recorded->modules, event->module, module);
	return module;
}

static void take_module(struct recorded_stacks *recorded, const struct event *taken)
{
	const struct event_module *event = (const struct event_module *)taken;
	struct module *module = map_get(&recorded->modules, event->module);
	if (!module)
		module = add_module(recorded, event);
	if (!module)
		return;
	/* What may have become known. */
	if (!module->build_id[0])
		memcpy(module->build_id, event->build_id, sizeof(module->build_id));
	if (event->problem[0] && !module_problem(module))
		atomic_store_explicit(
			&module->problem, xstrdup(event->problem), memory_order_relaxed);
}

static void free_module(struct module *module)
{
	free((void *)(uintptr_t)module_problem(module));
	free(module->path);
	free(module);
}

/* Places. */

static struct frame *add_frame(struct recorded_stacks *recorded, const struct event_place *event)
{
	const struct module *module = map_get(&recorded->modules, event->module);
	if (!module || recorded->frames.count >= PLACES_MAX)
		return NULL;
	struct frame *frame = xcalloc(1, sizeof(*frame));
	frame->id = event->place;
	frame->module = module;
	frame->ip = event->ip;
	frame->offset = event->offset;
	frame->exact = event->exact;
	frame->trampoline = event->trampoline;
	frame->late = event->late;
	map_put(&recorded->frames, event->place, frame);
	return frame;
}

static void take_place(struct recorded_stacks *recorded, const struct event *taken)
{
	const struct event_place *event = (const struct event_place *)taken;
	struct frame *frame = map_get(&recorded->frames, event->place);
	if (!frame)
		frame = add_frame(recorded, event);
	if (frame && event->is_ambiguous)
		atomic_store_explicit(&frame->is_ambiguous, true, memory_order_relaxed);
}

static void free_frame(struct frame *frame)
{
	free((void *)(uintptr_t)frame->names);
	free(frame);
}

/* Names. */

static void end_arriving(struct recorded_stacks *recorded)
{
	struct names_builder *builder = &recorded->arriving.builder;
	for (size_t i = 0; i < builder->count; i++) {
		free(builder->symbol[i]);
		free(builder->file[i]);
	}
	recorded->arriving = (struct arriving){0};
}

/* Adds a function to BUILDER, as it is: names_add() would demangle what a file says. */
static void add_name(struct names_builder *builder, const struct event_function *event)
{
	size_t at = builder->count++;
	if (event->has_symbol) {
		builder->symbol[at] = xcalloc(1, event->size + 1);
		memcpy(builder->symbol[at], event->symbol, event->size);
	}
	if (event->file[0])
		builder->file[at] = xstrdup(event->file);
	builder->name[at] = (struct frame_name){
		.symbol_offset = event->symbol_offset,
		.line = event->line,
	};
}

/* Sets the names of FRAME, all of which have arrived. */
static void set_names(struct recorded_stacks *recorded, struct frame *frame)
{
	struct names_builder *builder = &recorded->arriving.builder;
	size_t size = sizeof(struct frame_names);
	for (size_t i = 0; i < builder->count; i++)
		size += sizeof(struct frame_name) +
		        (builder->symbol[i] ? strlen(builder->symbol[i]) + 1 : 0) +
		        (builder->file[i] ? strlen(builder->file[i]) + 1 : 0);
	if (take_memory(recorded, size))
		frame->names = names_finish(builder);
	else
		recorded->beyond++;
}

static void take_function(struct recorded_stacks *recorded, const struct event *taken)
{
	const struct event_function *event = (const struct event_function *)taken;
	struct arriving *arriving = &recorded->arriving;
	struct frame *frame = map_get(&recorded->frames, event->place);
	if (event->at == 0) {
		end_arriving(recorded);
		arriving->place = event->place;
		arriving->count = event->count;
	}
	bool is_next = event->place == arriving->place && event->count == arriving->count &&
	               event->at == arriving->builder.count && event->at < event->count &&
	               event->count <= NAMES_MAX;
	if (!frame || frame->names || !is_next) {
		end_arriving(recorded);
		return;
	}
	add_name(&arriving->builder, event);
	if (arriving->builder.count < event->count)
		return;
	set_names(recorded, frame);
	end_arriving(recorded);
}

/* Stacks. */

static void take_frames(struct recorded_stacks *recorded, const struct event *taken)
{
	const struct event_frames *event = (const struct event_frames *)taken;
	size_t count = event->size / sizeof(*event->place);
	bool is_new = event->stack <= STACK_SPECIAL_ID - STACK_ENDS &&
	              !map_get(&recorded->stacks, event->stack);
	if (!is_new || count == 0 || event->end >= STACK_WALKS || event->guessed > count ||
		recorded->stacks.count >= INTERN_STACKS || recorded->depth + count > INTERN_DEPTHS)
		return;
	struct stack *stack = xcalloc(1, sizeof(*stack) + count * sizeof(*stack->frame));
	stack->id = event->stack;
	stack->end = (enum stack_end)event->end;
	stack->count = count;
	stack->guessed = event->guessed;
	for (size_t i = 0; i < count; i++) {
		stack->frame[i] = map_get(&recorded->frames, event->place[i]);
		if (stack->frame[i])
			continue;
		free(stack);
		return;
	}
	recorded->depth += count;
	map_put(&recorded->stacks, event->stack, stack);
}

static void take_state(struct recorded_stacks *recorded, const struct event *taken)
{
	recorded->state = *(const struct event_stacks *)taken;
	recorded->has_state = true;
}

static void take(struct event_sink *sink, const struct event *event)
{
	static void (*const takers[EVENT_TYPES])(
		struct recorded_stacks * recorded, const struct event *taken) = {
		[EVENT_MODULE] = take_module,
		[EVENT_PLACE] = take_place,
		[EVENT_FUNCTION] = take_function,
		[EVENT_FRAMES] = take_frames,
		[EVENT_STACKS] = take_state,
	};
	if (takers[event->type])
		takers[event->type]((struct recorded_stacks *)sink, event);
}

/* Public functions. */

struct recorded_stacks *recorded_stacks_new(size_t memory)
{
	struct recorded_stacks *recorded = xcalloc(1, sizeof(*recorded));
	recorded->sink.take = take;
	recorded->left = memory;
	return recorded;
}

void recorded_stacks_free(struct recorded_stacks *recorded)
{
	struct module *module;
	struct frame *frame;
	struct stack *stack;
	if (!recorded)
		return;
	end_arriving(recorded);
	MAP_FOR_EACH (&recorded->stacks, at, stack)
		free(stack);
	MAP_FOR_EACH (&recorded->frames, at, frame)
		free_frame(frame);
	MAP_FOR_EACH (&recorded->modules, at, module)
		free_module(module);
	map_clear(&recorded->stacks);
	map_clear(&recorded->frames);
	map_clear(&recorded->modules);
	xfree(recorded);
}

struct event_sink *recorded_stacks_sink(struct recorded_stacks *recorded)
{
	return &recorded->sink;
}

const struct stack *recorded_stacks_by_id(const struct recorded_stacks *recorded, uint32_t id)
{
	const struct stack *stack = map_get(&recorded->stacks, id);
	return stack ? stack : stack_special(STACK_UNRECORDED);
}

bool recorded_stacks_are_there(const struct recorded_stacks *recorded)
{
	return recorded->has_state || recorded->stacks.count;
}

const struct event_stacks *recorded_stacks_state(const struct recorded_stacks *recorded)
{
	return recorded->has_state ? &recorded->state : NULL;
}

uint64_t recorded_stacks_beyond(const struct recorded_stacks *recorded)
{
	return recorded->beyond;
}
