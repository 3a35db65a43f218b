/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generations of generated code; see stack/generations.h. */
#include "config.h"

#include "stack/generations.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "event/stack_copy.h"
#include "stack/perfmap_file.h"
#include "stack/walk.h"

/* Time between two looks. */
#define LOOK_EVERY_NS (10 * NS_PER_MS)

/* A look that is so late is late. */
#define LATE_NS       (40 * NS_PER_MS)

/* How long to wait for the namer, which may be busy with something else, or be replaced. */
#define ANSWER_NS     (5 * NS_PER_S)

/* Results that are held at most; more are passed on as not known. So many numbers are provisional.
 */
#define HELD_MAX      (64 << 10)

/*
 * How long the engine is not asked for other numbers after it was asked N times: N times this. Each
 * number takes memory in the kernel, which is not freed before its task ends.
 */
#define RENEW_NS      (20 * NS_PER_MS)

/* A result that is held. */
struct held {
	struct resolver_subject subject;
	const struct stack *stack;
	struct perfmap_state map; /* as it was when it was looked at after the call */
	uint64_t known_ns;        /* when that was */
};

/* A lasting number that was passed on as provisional. */
struct lasting {
	struct held held; /* as it was at the last look that found it unchanged, or asked */
	bool is_asked;    /* its frames are being checked */
};

struct lasting_list {
	struct lasting *lasting; /* owned */
	size_t count, capacity;
};

/* Processes whose numbers have to be renewed. */
struct renewal_list {
	pid_t *tgid; /* owned */
	size_t count, capacity;
};

struct held_list {
	struct held *held; /* owned */
	size_t count, capacity;
};

/* Frames that were replaced, but have not been taken the place of. */
struct replaced_list {
	struct frame **frame; /* owned; the frames are not */
	size_t count, capacity;
};

struct generations {
	struct intern *intern;
	struct symbolizer *symbolizer;
	struct stack_copy_channel *channel;
	struct generations_sink sink;
	struct held_list fresh;      /* not looked at yet */
	struct held_list asked;      /* their frames are being checked */
	struct lasting_list lasting; /* those that have not been replaced */
	bool has_calls;              /* there were some since the last look at these … */
	bool is_reviewing;           /* … which has begun, and not ended … */
	uint64_t review_ns;          /* … since then */
	uint64_t known_ns;           /* until when they are known */
	struct renewal_list renewals;
	bool has_lasting;            /* there was one */
	size_t renewed;              /* how often numbers were renewed */
	uint64_t renew_ns;           /* they are not before this time */
	struct replaced_list before; /* found before the last look */
	struct replaced_list now;    /* … by the last look */
	uint64_t look_ns;            /* when the next look is */
	uint64_t asked_ns;           /* when the checks began */
};

struct generations *generations_new(struct intern *intern, struct symbolizer *symbolizer,
	struct stack_copy_channel *channel, const struct generations_sink *sink)
{
	struct generations *generations = xcalloc(1, sizeof(*generations));
	generations->intern = intern;
	generations->symbolizer = symbolizer;
	generations->channel = channel;
	generations->sink = *sink;
	return generations;
}

void generations_free(struct generations *generations)
{
	if (!generations)
		return;
	free(generations->fresh.held);
	free(generations->asked.held);
	free(generations->lasting.lasting);
	free(generations->renewals.tgid);
	free(generations->before.frame);
	free(generations->now.frame);
	free(generations);
}

/* Lists. */

static void hold(struct held_list *list, const struct held *held)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 64;
		list->held = xreallocarray(list->held, list->capacity, sizeof(*list->held));
	}
	list->held[list->count++] = *held;
}

static void add_lasting(struct lasting_list *list, const struct held *held)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 64;
		list->lasting = xreallocarray(
			list->lasting, list->capacity, sizeof(*list->lasting));
	}
	list->lasting[list->count++] = (struct lasting){.held = *held};
}

static void add_renewal(struct renewal_list *list, pid_t tgid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tgid[i] == tgid)
			return;
	}
	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 16;
		list->tgid = xreallocarray(list->tgid, list->capacity, sizeof(*list->tgid));
	}
	list->tgid[list->count++] = tgid;
}

static void add_replaced(struct replaced_list *list, struct frame *frame)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->frame[i] == frame)
			return;
	}
	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 64;
		list->frame = xreallocarray(list->frame, list->capacity, sizeof(struct frame *));
	}
	list->frame[list->count++] = frame;
}

/* Frames and stacks. Both are ours to change as far as generations go: see stack/frame.h. */

static struct frame *mutable_frame(const struct frame *frame)
{
	return (struct frame *)(uintptr_t)frame;
}

static bool is_replaced(const struct frame *frame)
{
	return frame->is_generated &&
	       atomic_load_explicit(&frame->is_replaced, memory_order_relaxed);
}

/* FRAME, or what has taken its place. */
static const struct frame *newest_of(const struct frame *frame)
{
	while (frame->newer)
		frame = frame->newer;
	return frame;
}

/* The frame that is shown instead of FRAME, of which it is not known whether it was that. */
static const struct frame *unknown_frame(struct generations *generations, const struct frame *frame)
{
	struct module_source *source = intern_replaced(generations->intern);
	bool is_new;
	if (!source)
		return frame;
	struct frame *unknown = intern_frame(
		generations->intern, &source->module, frame->ip, frame->ip, frame->exact, &is_new);
	if (unknown && is_new)
		symbolizer_name(generations->symbolizer, unknown, source);
	return unknown ? unknown : frame;
}

/* Whether FRAME is known to have been the same code until its perf map had so many CHANGES. */
static bool is_checked(const struct frame *frame, uint64_t changes)
{
	/* Without a name, there is no other code. Pairs with the store of the symbolizer. */
	return !frame->is_generated || is_replaced(frame) || !frame_found(frame) ||
	       atomic_load_explicit(&frame->checked, memory_order_acquire) >= changes;
}

static bool is_unknown(const struct frame *frame, uint64_t changes)
{
	return is_replaced(frame) || !is_checked(frame, changes);
}

/* STACK with the newest frames. */
static const struct stack *renewed(struct generations *generations, const struct stack *stack)
{
	const struct frame *frames[WALK_MAX];
	for (size_t i = 0; i < stack->count; i++)
		frames[i] = newest_of(stack->frame[i]);
	return intern_stack(generations->intern, frames, stack->count, stack->guessed, stack->end);
}

/* The stack of HELD, with what is not known marked. */
static const struct stack *marked(struct generations *generations, const struct held *held)
{
	const struct stack *stack = held->stack;
	const struct frame *frames[WALK_MAX];
	for (size_t i = 0; i < stack->count; i++)
		frames[i] = is_unknown(stack->frame[i], held->map.changes)
		                    ? unknown_frame(generations, stack->frame[i])
		                    : stack->frame[i];
	return intern_stack(generations->intern, frames, stack->count, stack->guessed, stack->end);
}

/* STACK, with what has taken the place of its frames. */
static const struct stack *present(struct generations *generations, const struct stack *stack)
{
	bool is_old = false;
	while (stack->newer)
		stack = stack->newer;
	for (size_t i = 0; i < stack->count; i++)
		is_old |= stack->frame[i]->newer != NULL;
	if (!is_old)
		return stack;
	const struct stack *newer = renewed(generations, stack);
	if (newer->count && newer != stack)
		((struct stack *)(uintptr_t)stack)->newer = (struct stack *)(uintptr_t)newer;
	return newer;
}

/* Looks. */

/* The perf map of the process of STACK, which has generated code. */
static struct perfmap_file *map_of(const struct generations *generations, const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		if (stack->frame[i]->is_generated)
			return intern_perfmap(
				intern_module(generations->intern, stack->frame[i]->module->id));
	}
	return NULL;
}

/* Has the frames of HELD checked. */
static void check_frames(struct generations *generations, const struct held *held)
{
	uint64_t changes = held->map.changes;
	for (size_t i = 0; i < held->stack->count; i++) {
		struct frame *frame = mutable_frame(held->stack->frame[i]);
		if (is_checked(frame, changes) || frame->asked >= changes)
			continue;
		frame->asked = changes;
		symbolizer_check(generations->symbolizer, frame,
			intern_module(generations->intern, frame->module->id), &held->map);
	}
}

/* Begins a look: how the maps are now, after all the calls that are held. */
static void begin_look(struct generations *generations)
{
	struct held_list fresh = generations->fresh;
	struct perfmap_file *last = NULL;
	struct perfmap_state state = {0};
	bool has_changed = false;
	generations->fresh = generations->asked;
	generations->asked = fresh;
	generations->asked_ns = clock_now_ns(); /* before the maps are looked at */
	for (size_t i = 0; i < fresh.count; i++) {
		struct perfmap_file *map = map_of(generations, fresh.held[i].stack);
		if (map != last) {
			state = perfmap_file_state(map, true);
			has_changed |= perfmap_file_note(map, state.changes);
		}
		last = map;
		fresh.held[i].map = state;
		fresh.held[i].known_ns = generations->asked_ns;
		check_frames(generations, &fresh.held[i]);
	}
	if (has_changed)
		symbolizer_note_change(generations->symbolizer);
}

/* Adds those frames of STACK that were replaced to LIST. */
static void list_replaced(const struct stack *stack, struct replaced_list *list)
{
	for (size_t i = 0; i < stack->count; i++) {
		if (is_replaced(stack->frame[i]))
			add_replaced(list, mutable_frame(stack->frame[i]));
	}
}

/* Whether the code of HELD was the same until its map was looked at. */
static bool is_known(const struct held *held)
{
	for (size_t i = 0; i < held->stack->count; i++) {
		if (is_unknown(held->stack->frame[i], held->map.changes))
			return false;
	}
	return true;
}

/* Too many numbers are provisional: nobody will know when the code of STACK was replaced. */
static void doubt_frames(const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		if (stack->frame[i]->is_generated)
			atomic_store_explicit(&mutable_frame(stack->frame[i])->is_ambiguous, true,
				memory_order_relaxed);
	}
}

/* Passes HELD on, and adds those of its frames that were replaced to LIST. */
static void settle(
	struct generations *generations, const struct held *held, struct replaced_list *list)
{
	bool is_lasting = held->subject.number >= STACK_COPY_LASTING;
	bool is_right = is_known(held);
	const struct stack *stack = is_right ? held->stack : marked(generations, held);
	if (is_lasting && is_right && generations->lasting.count >= HELD_MAX)
		doubt_frames(held->stack);
	is_lasting &= is_right && generations->lasting.count < HELD_MAX;
	list_replaced(held->stack, list);
	generations->sink.deliver(generations->sink.context, &held->subject, stack, is_lasting);
	/* Calls may have come before. */
	generations->has_calls |= is_lasting;
	if (is_lasting)
		add_lasting(&generations->lasting, held);
}

/* Whether all frames of HELD have been checked. Those that have got a name meanwhile have to be. */
static bool is_ready(struct generations *generations, const struct held *held)
{
	for (size_t i = 0; i < held->stack->count; i++) {
		if (!is_checked(held->stack->frame[i], held->map.changes)) {
			check_frames(generations, held);
			return false;
		}
	}
	return true;
}

/* Passes on what was checked, or is not checked in time. Like settle(). */
static void settle_checked(struct generations *generations, struct replaced_list *list)
{
	struct held_list *asked = &generations->asked;
	bool is_late = clock_now_ns() >= generations->asked_ns + ANSWER_NS;
	size_t kept = 0;
	for (size_t i = 0; i < asked->count; i++) {
		if (is_late || is_ready(generations, &asked->held[i]))
			settle(generations, &asked->held[i], list);
		else
			asked->held[kept++] = asked->held[i];
	}
	asked->count = kept;
}

/* Lasting numbers. */

/* Begins a look at the maps of lasting numbers. */
static void begin_review(struct generations *generations)
{
	struct perfmap_file *last = NULL;
	struct perfmap_state state = {0};
	bool has_changed = false;
	generations->has_calls = false;
	generations->is_reviewing = true;
	generations->review_ns = clock_now_ns();
	for (size_t i = 0; i < generations->lasting.count; i++) {
		struct lasting *lasting = &generations->lasting.lasting[i];
		struct perfmap_file *map = map_of(generations, lasting->held.stack);
		if (map != last) {
			state = perfmap_file_state(map, true);
			has_changed |= perfmap_file_note(map, state.changes);
		}
		last = map;
		lasting->is_asked = lasting->held.map.changes != state.changes;
		lasting->held.map = state;
		if (lasting->is_asked)
			check_frames(generations, &lasting->held);
	}
	if (has_changed)
		symbolizer_note_change(generations->symbolizer);
}

/* The code of HELD, which has a lasting number, was replaced after it was known the last time. */
static void close_lasting(
	struct generations *generations, const struct held *held, struct replaced_list *list)
{
	struct resolver_subject subject = held->subject;
	subject.time_ns = held->known_ns > generations->known_ns ? held->known_ns
	                                                         : generations->known_ns;
	list_replaced(held->stack, list);
	generations->sink.deliver(
		generations->sink.context, &subject, marked(generations, held), false);
}

/* Ends the look if all were checked, or are not checked in time. Like settle(). */
static void end_review(struct generations *generations, struct replaced_list *list)
{
	bool is_late = clock_now_ns() >= generations->review_ns + ANSWER_NS, is_over = true;
	struct lasting_list *all = &generations->lasting;
	size_t kept = 0;
	if (!generations->is_reviewing)
		return;
	for (size_t i = 0; i < all->count; i++) {
		struct lasting *lasting = &all->lasting[i];
		bool has_ended = lasting->is_asked &&
		                 (is_late || is_ready(generations, &lasting->held));
		is_over &= !lasting->is_asked || has_ended;
		lasting->is_asked &= !has_ended;
		if (has_ended && !is_known(&lasting->held))
			close_lasting(generations, &lasting->held, list);
		else
			all->lasting[kept++] = *lasting;
	}
	all->count = kept;
	if (!is_over)
		return;
	generations->is_reviewing = false;
	generations->known_ns = generations->review_ns;
	generations->sink.know(generations->sink.context, generations->known_ns);
}

/* Asks the engine for other numbers, where new frames have taken the place of others. */
static void renew_numbers(struct generations *generations)
{
	struct renewal_list *renewals = &generations->renewals;
	uint64_t now_ns = clock_now_ns();
	if (!renewals->count || now_ns < generations->renew_ns)
		return;
	while (renewals->count &&
		stack_copy_renew(generations->channel, renewals->tgid[renewals->count - 1]))
		renewals->count--;
	generations->renew_ns = now_ns + ++generations->renewed * RENEW_NS;
}

/* New frames take the place of those that were replaced: no call of these is on its way. */
static void renew(struct generations *generations)
{
	struct replaced_list done = generations->before;
	for (size_t i = 0; i < done.count; i++) {
		struct frame *frame = done.frame[i]->newer
		                              ? NULL
		                              : intern_renewed(generations->intern, done.frame[i]);
		if (!frame)
			continue;
		struct module_source *source = intern_module(
			generations->intern, frame->module->id);
		symbolizer_name(generations->symbolizer, frame, source);
		if (generations->has_lasting)
			add_renewal(&generations->renewals, source->pid);
	}
	done.count = 0;
	generations->before = generations->now;
	generations->now = done;
}

/* Public functions. */

void generations_add(struct generations *generations, const struct resolver_subject *subject,
	const struct stack *stack)
{
	struct held_list *fresh = &generations->fresh;
	if (stack->is_generated)
		stack = present(generations, stack);
	generations->has_lasting |= stack->is_generated && subject->number >= STACK_COPY_LASTING;
	/* Too many to wait: nothing is known of any. */
	if (stack->is_generated && fresh->count >= HELD_MAX)
		stack = marked(generations,
			&(struct held){.stack = stack, .map = {.changes = UINT64_MAX}});
	if (!stack->is_generated || fresh->count >= HELD_MAX) {
		generations->sink.deliver(generations->sink.context, subject, stack, false);
		return;
	}
	if (!generations_is_holding(generations))
		generations->look_ns = clock_now_ns() + LOOK_EVERY_NS;
	hold(fresh, &(struct held){.subject = *subject, .stack = stack});
}

void generations_note_calls(struct generations *generations)
{
	if (!generations_has_lasting(generations))
		return;
	if (!generations_is_holding(generations))
		generations->look_ns = 0;
	generations->has_calls = true;
}

bool generations_has_lasting(const struct generations *generations)
{
	return generations->lasting.count != 0;
}

void generations_look(struct generations *generations, bool is_drained)
{
	uint64_t now_ns;
	if (generations_timeout_ms(generations) != 0)
		return;
	now_ns = clock_now_ns();
	generations->look_ns = now_ns + LOOK_EVERY_NS;
	/* Checked when they were looked at the last time, before it was known what IS_DRAINED. */
	end_review(generations, &generations->before);
	settle_checked(generations, &generations->before);
	if (!generations->is_reviewing && generations->has_calls)
		begin_review(generations);
	end_review(generations, &generations->now);
	if (generations->asked.count)
		return;
	begin_look(generations);
	settle_checked(generations, &generations->now);
	if (is_drained && !generations->asked.count && !generations->is_reviewing)
		renew(generations);
	renew_numbers(generations);
}

bool generations_is_holding(const struct generations *generations)
{
	return generations->has_calls || generations->is_reviewing || generations->fresh.count ||
	       generations->asked.count || generations->before.count || generations->now.count;
}

bool generations_is_late(const struct generations *generations)
{
	return generations_is_holding(generations) &&
	       clock_now_ns() >= generations->look_ns + LATE_NS;
}

int generations_timeout_ms(const struct generations *generations)
{
	uint64_t now_ns;
	if (!generations_is_holding(generations))
		return -1;
	now_ns = clock_now_ns();
	return now_ns < generations->look_ns
	               ? (int)((generations->look_ns - now_ns) / NS_PER_MS) + 1
	               : 0;
}
