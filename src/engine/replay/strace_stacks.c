/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of strace -k; see engine/replay/strace_stacks.h. */
#include "config.h"

#include "engine/replay/strace_stacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/replay/strace_stream.h"
#include "event/sink.h"

/* The most places and stacks of a trace. */
#define PLACES_MAX (256 << 10)
#define STACKS_MAX (64 << 10)

/* Follows the path of a file that was replaced. */
#define DELETED    " (deleted)"

/* Of the hash FNV-1a. */
#define FNV_BASIS  UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

/* A line, taken apart. */
struct frame {
	struct span module, symbol, source;
	uint64_t symbol_offset, offset;
	uint32_t line; /* of the source; 0: unknown */
};

void strace_stacks_clear(struct strace_stacks *stacks)
{
	map_clear(&stacks->modules);
	map_clear(&stacks->places);
	map_clear(&stacks->stacks);
}

static uint64_t hash_of(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	uint64_t hash = FNV_BASIS;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

/* The last TEXT in SPAN, or NULL. */
static const char *find_last(struct span span, const char *text)
{
	const char *found = NULL;
	size_t size = strlen(text);
	for (const char *at;
		span.size >= size && (at = memmem(span.start, span.size, text, size));) {
		found = at;
		span = span_between(at + 1, span.start + span.size);
	}
	return found;
}

/* Reads "cat.c:177", which may follow the address. */
static void parse_source(struct span text, struct frame *frame)
{
	uint64_t number;
	text = span_trim(text);
	const char *colon = find_last(text, ":");
	if (!colon)
		return;
	struct span digits = span_between(colon + 1, text.start + text.size);
	if (!span_take_number(&digits, &number) || digits.size || number > UINT32_MAX)
		return;
	frame->source = span_between(text.start, colon);
	frame->line = (uint32_t)number;
}

/* Reads "symbol+0x14", or nothing, between the parentheses. */
static void parse_symbol(struct span text, struct frame *frame)
{
	const char *plus = find_last(text, "+0x");
	if (!plus)
		return;
	struct span number = span_between(plus + 1, text.start + text.size);
	if (!span_take_c_number(&number, &frame->symbol_offset) || number.size)
		return;
	frame->symbol = span_between(text.start, plus);
}

/* The parenthesis that the last one of PLACE, at its end, closes; NULL: none. */
static const char *find_open(struct span place)
{
	size_t depth = 0;
	for (size_t at = place.size; at-- > 0;) {
		if (place.start[at] == ')')
			depth++;
		else if (place.start[at] == '(' && --depth == 0)
			return place.start + at;
		if (depth == 0)
			return NULL;
	}
	return NULL;
}

static bool parse(struct span text, struct frame *frame)
{
	*frame = (struct frame){0};
	text = span_trim(text);
	if (text.size < 2 || *text.start != '>')
		return false;
	text = span_trim(span_after(text, 1));
	const char *address = find_last(text, " [0x");
	if (!address)
		return false;
	struct span place = span_between(text.start, address);
	struct span number = span_between(address + 2, text.start + text.size);
	if (!span_take_c_number(&number, &frame->offset) || !span_take(&number, "]"))
		return false;
	parse_source(number, frame);
	const char *open = find_open(place);
	frame->module = open ? span_between(place.start, open) : place;
	if (open)
		parse_symbol(span_between(open + 1, place.start + place.size - 1), frame);
	if (span_ends(frame->module, DELETED))
		frame->module.size -= sizeof(DELETED) - 1;
	return frame->module.size > 0;
}

/* SIZE, but at most MAX. */
static size_t at_most(size_t size, size_t max)
{
	return size < max ? size : max;
}

/* Sends EVENT at once, before what any stream refers to it with. */
static void define(struct strace_stream *stream, struct event *event)
{
	event->time_ns = stream->shared->sent_ns;
	event_send(stream->shared->sink, event);
}

/* The number of the module with PATH, which is sent if it is new. */
static uint32_t module_of(struct strace_stream *stream, struct span path)
{
	union {
		struct event_module record;
		unsigned char room[sizeof(struct event_module) + EVENT_PATH_MAX];
	} event = {.record = {.event = {.type = EVENT_MODULE}}};
	struct map *modules = &stream->shared->stacks.modules;
	uint64_t key = hash_of(path.start, path.size);
	uintptr_t number = (uintptr_t)map_get(modules, key);
	if (number)
		return (uint32_t)number;
	number = modules->count + 1;
	map_put(modules, key, (void *)number);
	event.record.module = (uint32_t)number;
	event.record.is_file = *path.start == '/';
	event.record.size = (uint32_t)at_most(path.size, EVENT_PATH_MAX);
	memcpy(event.record.path, path.start, event.record.size);
	define(stream, &event.record.event);
	return (uint32_t)number;
}

/* Sends how the function at PLACE is called. */
static void send_function(struct strace_stream *stream, const struct frame *frame, uint32_t place)
{
	union {
		struct event_function record;
		unsigned char room[sizeof(struct event_function) + EVENT_SYMBOL_MAX];
	} event = {.record = {
			   .event = {.type = EVENT_FUNCTION},
			   .place = place,
			   .count = 1,
			   .symbol_offset = frame->symbol_offset,
			   .line = frame->line,
			   .has_symbol = true,
			   .size = (uint32_t)at_most(frame->symbol.size, EVENT_SYMBOL_MAX),
		   }};
	memcpy(event.record.symbol, frame->symbol.start, event.record.size);
	size_t size = at_most(frame->source.size, EVENT_SOURCE_MAX - 1);
	if (size)
		memcpy(event.record.file, frame->source.start, size);
	define(stream, &event.record.event);
}

/* The number of the place that LINE says; 0: it says none, or there are too many. */
static uint32_t place_of(struct strace_stream *stream, struct span line)
{
	struct map *places = &stream->shared->stacks.places;
	uint64_t key = hash_of(line.start, line.size);
	uintptr_t number = (uintptr_t)map_get(places, key);
	struct frame frame;
	if (number)
		return (uint32_t)number;
	if (places->count >= PLACES_MAX || !parse(line, &frame) ||
		memchr(line.start, '\0', line.size))
		return 0;
	number = places->count + 1;
	map_put(places, key, (void *)number);
	struct event_place place = {
		.event = {.type = EVENT_PLACE},
		.place = (uint32_t)number,
		.module = module_of(stream, frame.module),
		.ip = frame.offset,
		.offset = frame.offset,
		.exact = true,
	};
	define(stream, &place.event);
	if (frame.symbol.size)
		send_function(stream, &frame, (uint32_t)number);
	return (uint32_t)number;
}

/* The number of the stack of the frames so far, which is sent if it is new; 0: too many. */
static uint32_t stack_of(struct strace_stream *stream)
{
	struct map *stacks = &stream->shared->stacks.stacks;
	const struct strace_pending *pending = &stream->pending;
	size_t size = pending->count * sizeof(*pending->frames);
	uint64_t key = hash_of(pending->frames, size);
	uintptr_t number = (uintptr_t)map_get(stacks, key);
	if (number)
		return (uint32_t)number;
	if (stacks->count >= STACKS_MAX)
		return 0;
	number = stacks->count + 1;
	map_put(stacks, key, (void *)number);
	struct event_frames *record = xcalloc(1, sizeof(*record) + size);
	*record = (struct event_frames){
		.event = {.type = EVENT_FRAMES},
		.stack = (uint32_t)number,
		.guessed = (uint32_t)pending->count,
		.size = (uint32_t)size,
	};
	memcpy(record->place, pending->frames, size);
	define(stream, &record->event);
	free(record);
	return (uint32_t)number;
}

void strace_stacks_decide(struct strace_stream *stream, struct span ahead)
{
	stream->pending.is_decided = true;
	stream->pending.is_wanted = !stream->perf && span_has(ahead, "\n > ");
}

uint32_t strace_stacks_follow(struct strace_stream *stream, pid_t tid)
{
	struct strace_pending *pending = &stream->pending;
	struct strace_stacks *stacks = &stream->shared->stacks;
	pending->tid = tid;
	return pending->capture = pending->is_wanted && !stacks->is_full ? ++stacks->capture : 0;
}

void strace_stacks_take(struct strace_stream *stream, struct span line)
{
	struct strace_pending *pending = &stream->pending;
	stream->seen.frames++;
	pending->is_wanted |= !stream->perf;
	if (!pending->capture || pending->count == EVENT_FRAMES_MAX)
		return;
	uint32_t place = place_of(stream, line);
	if (place)
		pending->frames[pending->count++] = place;
}

void strace_stacks_finish(struct strace_stream *stream, pid_t ended)
{
	struct strace_pending *pending = &stream->pending;
	struct strace_stacks *stacks = &stream->shared->stacks;
	struct event_stack record = {
		.event = {.type = EVENT_STACK, .time_ns = stream->clock.now_ns},
		.number = pending->capture,
	};
	if (!pending->count && pending->tid == ended)
		return;
	record.stack = pending->count ? stack_of(stream) : 0;
	stacks->is_full |= pending->count && !record.stack;
	stacks->taken += record.stack != 0;
	pending->count = 0;
	pending->capture = 0;
	if (record.stack)
		strace_stream_send(stream, &record.event);
}
