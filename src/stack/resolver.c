/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From stack copies to interned stacks; see stack/resolver.h. */
#include "config.h"

#include "stack/resolver.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "event/stack_cache.h"
#include "stack/space.h"
#include "stack/walk.h"
#include "stack/walk_cache.h"

/* Number of processes whose maps and unwind rules are cached. */
#define SPACES_MAX  64

/* Sizes of copies: twice what the last walk read, but at least SIZE_MIN; shrinking gradually. */
#define SIZE_MIN    2048
#define SIZE_SHRINK 32

struct resolver {
	struct intern *intern;              /* not owned */
	struct symbolizer *symbolizer;      /* not owned */
	struct stack_copy_channel *channel; /* not owned */
	struct map spaces;                  /* struct space by tgid; owned */
	uint64_t clock;                     /* for space.used */
	struct walk_cache *walk_cache;      /* owned */
	struct walk walk;                   /* the last walk */
};

struct resolver *resolver_new(
	struct intern *intern, struct symbolizer *symbolizer, struct stack_copy_channel *channel)
{
	struct resolver *resolver = xcalloc(1, sizeof(*resolver));
	resolver->intern = intern;
	resolver->symbolizer = symbolizer;
	resolver->channel = channel;
	resolver->walk_cache = walk_cache_new();
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	struct space *space;
	if (!resolver)
		return;
	MAP_FOR_EACH (&resolver->spaces, at, space)
		space_free(space);
	map_clear(&resolver->spaces);
	walk_cache_free(resolver->walk_cache);
	free(resolver);
}

/* Spaces. */

static struct space *oldest_space(const struct map *spaces)
{
	struct space *space, *oldest = NULL;
	MAP_FOR_EACH (spaces, at, space) {
		if (!oldest || space->used < oldest->used)
			oldest = space;
	}
	return oldest;
}

static void drop_space(struct resolver *resolver, pid_t tgid)
{
	space_free(map_remove(&resolver->spaces, (uint64_t)tgid));
	walk_cache_clear(resolver->walk_cache);
}

static struct space *space_of(struct resolver *resolver, const struct stack_copy_record *record)
{
	struct space *space = map_get(&resolver->spaces, (uint64_t)record->tgid);
	if (!space) {
		if (resolver->spaces.count >= SPACES_MAX)
			drop_space(resolver, oldest_space(&resolver->spaces)->tgid);
		space = space_new(resolver->intern, record->tgid);
		space->tid = record->tid;
		map_put(&resolver->spaces, (uint64_t)record->tgid, space);
	}
	space->used = ++resolver->clock;
	return space;
}

void resolver_set_maps(struct resolver *resolver, const struct stack_copy_maps *maps)
{
	struct space *space = space_of(resolver, &maps->record);
	if (space_set(space, maps->record.tid, maps->text, maps->size))
		walk_cache_clear(resolver->walk_cache);
	space->number = maps->map;
}

void resolver_forget(struct resolver *resolver, pid_t tgid)
{
	drop_space(resolver, tgid);
	intern_forget_generated(resolver->intern, tgid);
}

/* Walks. */

/* The offset in SOURCE of IP in MAPPING: the link-time address if there is one. */
static uint64_t offset_of(
	const struct module_source *source, const struct mapping *mapping, uint64_t ip)
{
	uint64_t offset = ip - mapping->start + mapping->offset, address;
	if (source->tgid)
		return ip;
	return source->image && image_address(source->image, offset, &address) ? address : offset;
}

/* Frame number AT of WALK in SPACE, or NULL if there are too many. */
static struct frame *make_frame(
	struct resolver *resolver, struct space *space, const struct walk *walk, size_t at)
{
	uint64_t ip = walk->ip[at];
	bool exact = walk->exact[at], is_new;
	struct mapping *mapping = space_find(space, exact ? ip : ip - 1);
	struct module_source *source = mapping ? space_source(space, mapping) : NULL;
	if (!source)
		return NULL;
	struct frame *frame = intern_frame(resolver->intern, &source->module,
		offset_of(source, mapping, ip), ip, exact, &is_new);
	if (frame && is_new) {
		frame->trampoline = walk->trampoline[at];
		symbolizer_name(resolver->symbolizer, frame, source);
	}
	return frame;
}

static struct frame *frame_at(
	struct resolver *resolver, struct space *space, const struct walk *walk, size_t at)
{
	uint64_t key = walk->ip[at] << 1 | walk->exact[at];
	struct frame *frame = map_get(&space->frames, key);
	if (!frame) {
		frame = make_frame(resolver, space, walk, at);
		if (frame)
			map_put(&space->frames, key, frame);
	}
	return frame;
}

static const struct stack *special(struct resolver *resolver, enum stack_end end)
{
	return intern_stack(resolver->intern, NULL, 0, 0, end);
}

static const struct stack *make_stack(
	struct resolver *resolver, struct space *space, const struct walk *walk)
{
	const struct frame *frames[WALK_MAX];
	for (size_t i = 0; i < walk->count; i++) {
		struct frame *frame = frame_at(resolver, space, walk, i);
		frames[i] = frame;
		/* Only the first can be outside of code: a walk ends there. */
		if (!frames[i])
			return special(resolver, i ? STACK_OTHER : STACK_LOST);
	}
	return intern_stack(resolver->intern, frames, walk->count, walk->guessed, walk->end);
}

/* Sets how much the tracer copies the next time at the place that COPY is from. */
static void adapt_size(
	struct resolver *resolver, const struct stack_copy *copy, const struct walk *walk)
{
	pid_t tgid = copy->record.tgid;
	uint64_t ip = unwind_ip(&copy->regs);
	uint32_t wanted = 2 * (uint32_t)walk->used + SIZE_MIN;
	uint32_t now = (uint32_t)stack_copy_size(resolver->channel, tgid, ip);
	if (walk->end == STACK_CUT)
		now = (uint32_t)resolver->channel->limit;
	else if (wanted < now)
		now -= (now - wanted) / SIZE_SHRINK;
	else
		now = wanted;
	stack_copy_set_size(resolver->channel, tgid, ip, now);
}

/* Tells the engine how much of COPY was needed. */
static void report_use(
	struct resolver *resolver, const struct stack_copy *copy, const struct walk *walk)
{
	if (copy->number >= STACK_COPY_LASTING && walk->end != STACK_CUT)
		stack_copy_report_walk(resolver->channel, copy->number, (uint32_t)walk->used);
}

/* Whether the walk ended at code that is not in the map, and a newer map was read. */
static bool has_newer_map(struct resolver *resolver, struct space *space)
{
	if (resolver->walk.end != STACK_LOST || !space_refresh(space, clock_now_ns()))
		return false;
	walk_cache_clear(resolver->walk_cache);
	return true;
}

/* Unwinds COPY, without the cache. */
static const struct stack *walk(struct resolver *resolver, const struct stack_copy *copy)
{
	struct space *space = space_of(resolver, &copy->record);
	if (!space->text)
		space_refresh(space, clock_now_ns());
	walk_copy(space, copy, &resolver->walk);
	if (has_newer_map(resolver, space))
		walk_copy(space, copy, &resolver->walk);
	return make_stack(resolver, space, &resolver->walk);
}

const struct stack *resolver_resolve(struct resolver *resolver, const struct stack_copy *copy)
{
	if (copy->compat)
		return special(resolver, STACK_COMPAT);
	const struct stack *stack = walk_cache_find(resolver->walk_cache, copy, &resolver->walk);
	if (!stack) {
		stack = walk(resolver, copy);
		walk_cache_add(resolver->walk_cache, copy, &resolver->walk, stack);
	}
	adapt_size(resolver, copy, &resolver->walk);
	report_use(resolver, copy, &resolver->walk);
	if (walk_is_repeatable(&resolver->walk))
		stack_cache_add(resolver->channel->cache, space_of(resolver, &copy->record)->number,
			unwind_ip(&copy->regs), unwind_sp(&copy->regs), resolver->walk.read,
			resolver->walk.read_count, stack->id);
	return stack;
}

const struct stack *resolver_resolve_peek(struct resolver *resolver, const struct stack_copy *copy)
{
	/* The map is as old as the engine's last copy of one of the process's stacks. */
	if (space_refresh(space_of(resolver, &copy->record), clock_now_ns()))
		walk_cache_clear(resolver->walk_cache);
	return walk(resolver, copy);
}
