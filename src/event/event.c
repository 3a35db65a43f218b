/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of events, and tallies as records; see event/event.h. */
#include "config.h"

#include "event/event.h"

#include <string.h>

#include "event/detail.h"
#include "event/object.h"

/* Size of each kind, without items. */
static const size_t sizes[EVENT_TYPES] = {
	[EVENT_TASK] = sizeof(struct event_task),
	[EVENT_STATE] = sizeof(struct event_state),
	[EVENT_ENTER] = sizeof(struct event_enter),
	[EVENT_EXIT] = sizeof(struct event_exit),
	[EVENT_SUM] = sizeof(struct event_sum),
	[EVENT_GONE] = sizeof(struct event_gone),
	[EVENT_STACK] = sizeof(struct event_stack),
	[EVENT_SAMPLE] = sizeof(struct event_sample),
	[EVENT_OBSERVED] = sizeof(struct event_observed),
	[EVENT_WORKER] = sizeof(struct event_worker),
	[EVENT_PROCESS] = sizeof(struct event_process),
	[EVENT_KERNEL_STACK] = sizeof(struct event_kernel_stack),
	[EVENT_DEATH_SIGNAL] = sizeof(struct event_death_signal),
	[EVENT_WAKER] = sizeof(struct event_waker),
	[EVENT_DETAIL] = sizeof(struct event_detail),
	[EVENT_LOST] = sizeof(struct event_lost),
	[EVENT_SIGNAL] = sizeof(struct event_signal),
	[EVENT_MASKS] = sizeof(struct event_masks),
	[EVENT_DESCRIPTOR] = sizeof(struct event_descriptor),
	[EVENT_EXPECTED] = sizeof(struct event),
	[EVENT_SETTLED] = sizeof(struct event),
	[EVENT_INTERRUPTED] = sizeof(struct event),
	[EVENT_COMMAND_LINE] = sizeof(struct event_command_line),
	[EVENT_COST] = sizeof(struct event_cost),
	[EVENT_NOTE] = sizeof(struct event_note),
	[EVENT_RESUMED] = sizeof(struct event),
	[EVENT_ATTACHED] = sizeof(struct event),
	[EVENT_STACKS_KNOWN] = sizeof(struct event),
	[EVENT_SESSION] = sizeof(struct event_session),
	[EVENT_FRAME] = sizeof(struct event_frame),
	[EVENT_PRESENT] = sizeof(struct event_present),
	[EVENT_MODULE] = sizeof(struct event_module),
	[EVENT_PLACE] = sizeof(struct event_place),
	[EVENT_FUNCTION] = sizeof(struct event_function),
	[EVENT_FRAMES] = sizeof(struct event_frames),
	[EVENT_STACKS] = sizeof(struct event_stacks),
	[EVENT_END] = sizeof(struct event_end),
};

static size_t sum_size(size_t items)
{
	return sizeof(struct event_sum) + items * sizeof(struct sum_item);
}

size_t event_size(const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	const struct event_kernel_stack *kernel = (const struct event_kernel_stack *)event;
	if (event->type == EVENT_SUM)
		return sum_size((size_t)sum->bucket_count + sum->error_count);
	if (event->type == EVENT_KERNEL_STACK)
		return sizes[event->type] + kernel->size;
	if (event->type == EVENT_DETAIL)
		return sizes[event->type] + ((const struct event_detail *)event)->size;
	if (event->type == EVENT_DESCRIPTOR)
		return sizes[event->type] + ((const struct event_descriptor *)event)->size;
	if (event->type == EVENT_COMMAND_LINE)
		return sizes[event->type] + ((const struct event_command_line *)event)->size;
	if (event->type == EVENT_MODULE)
		return sizes[event->type] + ((const struct event_module *)event)->size;
	if (event->type == EVENT_FUNCTION)
		return sizes[event->type] + ((const struct event_function *)event)->size;
	if (event->type == EVENT_FRAMES)
		return sizes[event->type] + ((const struct event_frames *)event)->size;
	if (event->type == EVENT_SESSION)
		return sizes[event->type] + ((const struct event_session *)event)->size;
	return sizes[event->type];
}

const char *event_session_text(const struct event_session *session, enum session_text text)
{
	const char *at = session->texts;
	for (unsigned int i = 0; i < (unsigned int)text; i++)
		at += strlen(at) + 1;
	return at;
}

/* Writes buckets as items of SUM, as many as fit. */
static size_t write_buckets(
	const struct tally *tally, struct sum_cursor *cursor, struct sum_item items[SUM_ITEMS_MAX])
{
	struct hist_bucket bucket;
	size_t count = 0;
	for (; count < SUM_ITEMS_MAX && hist_next(&tally->hist, &cursor->bucket, &bucket); count++)
		items[count] = (struct sum_item){.count = bucket.count, .key = bucket.number};
	return count;
}

/* Writes errors as items, at most MAX. */
static size_t write_errors(
	const struct tally *tally, struct sum_cursor *cursor, struct sum_item items[], size_t max)
{
	size_t count = 0;
	for (; count < max && cursor->error < tally->error_kinds; count++, cursor->error++) {
		const struct error_count *error = &tally->error[cursor->error];
		items[count] = (struct sum_item){
			.count = error->count, .key = (uint32_t)error->err};
	}
	return count;
}

size_t event_sum_next(const struct tally *tally, struct sum_cursor *cursor, struct event_sum *sum)
{
	bool is_first = !cursor->begun;
	size_t buckets = write_buckets(tally, cursor, sum->item);
	size_t errors = write_errors(tally, cursor, sum->item + buckets, SUM_ITEMS_MAX - buckets);
	cursor->begun = true;
	sum->counts = is_first ? tally_counts_of(tally) : (struct tally_counts){0};
	sum->bucket_count = (uint32_t)buckets;
	sum->error_count = (uint32_t)errors;
	return is_first || buckets || errors ? sum_size(buckets + errors) : 0;
}

void event_sum_add(const struct event_sum *sum, struct tally *tally)
{
	const struct sum_item *errors = sum->item + sum->bucket_count;
	tally_add_counts(tally, &sum->counts);
	for (uint32_t i = 0; i < sum->bucket_count; i++)
		tally_add_bucket(tally, sum->item[i].key, sum->item[i].count);
	for (uint32_t i = 0; i < sum->error_count; i++)
		tally_add_error(tally, (int)errors[i].key, errors[i].count);
}
