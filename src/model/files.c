/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls by object; see model/files.h. */
#include "config.h"

#include "model/files.h"

#include <stdlib.h>
#include <string.h>

#include "abi/transfer.h"
#include "base/alloc.h"
#include "event/stack_copy.h"
#include "model/state.h"

/* Whether a call can be about objects: what is remembered of each number. */
enum known {
	KNOWN_NOT_YET,
	KNOWN_NO,
	KNOWN_YES,
};

/* Of each measure, one in so many objects is kept when there are too many. */
#define KEPT_PART 8

void files_init(struct files *files)
{
	files->descriptors = descriptors_new();
}

static void free_span(struct file_span *span)
{
	if (!span)
		return;
	tally_clear(&span->tally);
	for (int i = 0; i < FILE_DIVISIONS; i++)
		free(span->parts[i].part);
	free(span);
}

static void free_stats(struct files *files, struct file_stats *stats)
{
	if (!stats)
		return;
	for (int span = 0; span < SPAN_COUNT; span++)
		free_span(stats->span[span]);
	stats->object->row = NULL;
	object_unref(descriptors_objects(files->descriptors), stats->object);
	free(stats);
}

static void clear_waiting(struct files *files, struct file_waiting *waiting)
{
	object_unref(descriptors_objects(files->descriptors), waiting->object);
	*waiting = (struct file_waiting){0};
}

/* Forgets the calls that were in progress. */
static void clear_progress(struct files *files)
{
	for (size_t i = 0; i < files->progress_count; i++)
		object_unref(descriptors_objects(files->descriptors), files->progress[i].object);
	files->progress_count = 0;
}

void files_clear(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free_stats(files, files->list[i]);
	free(files->list);
	free_stats(files, files->other);
	clear_progress(files);
	free(files->progress);
	for (size_t i = 0; i < FILE_WAITING; i++)
		clear_waiting(files, &files->waiting[i]);
	descriptors_free(files->descriptors);
}

void files_switch(struct files *files, bool wanted, uint64_t now_ns)
{
	if (wanted && !files->since_ns)
		files->since_ns = now_ns;
	files->is_on = wanted;
}

static bool has_objects(struct files *files, struct call call)
{
	uint32_t nr = call.nr < 1023 ? call.nr : 1023;
	unsigned char *known = &files->has_objects[call.abi][nr];
	if (*known == KNOWN_NOT_YET)
		*known = call_has_objects(call) ? KNOWN_YES : KNOWN_NO;
	return *known == KNOWN_YES;
}

static void add_counts(struct file_counts *counts, const struct file_counts *more)
{
	counts->calls += more->calls;
	counts->errors += more->errors;
	counts->in += more->in;
	counts->out += more->out;
	counts->total_ns += more->total_ns;
}

void files_expect(
	struct files *files, enum span span, struct call call, const struct file_counts *counts)
{
	if (files->is_on && has_objects(files, call))
		add_counts(&files->sum[span].expected, counts);
}

/* Parts. */

/* Adds the part with the least time to the rest, which is the first one. Returns where it was. */
static struct file_part *give_up_part(struct file_parts *parts)
{
	struct file_part *least = &parts->part[1];
	for (size_t i = 2; i < parts->count; i++) {
		if (parts->part[i].counts.total_ns < least->counts.total_ns)
			least = &parts->part[i];
	}
	/* It begins as one of the others. */
	if (parts->part[0].key != FILE_PART_OTHER) {
		struct file_part first = parts->part[0];
		parts->part[0] = (struct file_part){.key = FILE_PART_OTHER};
		add_counts(&parts->part[0].counts, &least->counts);
		*least = first;
		return give_up_part(parts);
	}
	add_counts(&parts->part[0].counts, &least->counts);
	return least;
}

/* The part with KEY, added if there is none. */
static struct file_part *part_of(struct file_parts *parts, uint64_t key)
{
	struct file_part *part;
	for (size_t i = 0; i < parts->count; i++) {
		if (parts->part[i].key == key)
			return &parts->part[i];
	}
	if (parts->count == FILE_PARTS_MAX) {
		part = give_up_part(parts);
	} else {
		parts->part = xreallocarray(parts->part, parts->count + 1, sizeof(*parts->part));
		part = &parts->part[parts->count++];
	}
	*part = (struct file_part){.key = key};
	return part;
}

static struct file_span *span_at(struct file_stats *stats, enum span span)
{
	if (!stats->span[span])
		stats->span[span] = xcalloc(1, sizeof(*stats->span[span]));
	return stats->span[span];
}

static void merge_parts(struct file_parts *into, const struct file_parts *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct file_part *part = part_of(into, from->part[i].key);
		/* The rest is the first one. */
		if (part->key == FILE_PART_OTHER && part != into->part) {
			struct file_part rest = *part;
			*part = into->part[0];
			into->part[0] = rest;
			part = into->part;
		}
		if (part->key == from->part[i].key) {
			part->call = from->part[i].call;
			part->tgid = from->part[i].tgid;
			memcpy(part->comm, from->part[i].comm, sizeof(part->comm));
		}
		add_counts(&part->counts, &from->part[i].counts);
	}
}

/* Adds all calls of FROM. */
static void merge_stats(struct file_stats *into, const struct file_stats *from)
{
	for (int at = 0; at < SPAN_COUNT; at++) {
		const struct file_span *span = from->span[at];
		if (!span)
			continue;
		struct file_span *sum = span_at(into, (enum span)at);
		tally_merge(&sum->tally, &span->tally);
		sum->in += span->in;
		sum->out += span->out;
		sum->unsure += span->unsure;
		sum->idle_ns += span->idle_ns;
		for (int i = 0; i < FILE_DIVISIONS; i++)
			merge_parts(&sum->parts[i], &span->parts[i]);
	}
	if (from->last_ns > into->last_ns) {
		into->last_ns = from->last_ns;
		into->last_call = from->last_call;
	}
	/* The rate is of what is new: what has been counted under another name is not. */
	into->rate.before += from->rate.before;
	into->rate.at_tick += from->rate.at_tick;
	into->rate.per_s += from->rate.per_s;
	into->in_rate.before += from->in_rate.before;
	into->in_rate.at_tick += from->in_rate.at_tick;
	into->in_rate.per_s += from->in_rate.per_s;
	into->out_rate.before += from->out_rate.before;
	into->out_rate.at_tick += from->out_rate.at_tick;
	into->out_rate.per_s += from->out_rate.per_s;
}

/* Which objects are kept if there are too many. */

static uint64_t time_of(const struct file_stats *stats)
{
	const struct file_span *span = stats->span[SPAN_ALL];
	return span ? span->tally.total_ns : 0;
}

static uint64_t bytes_of(const struct file_stats *stats)
{
	const struct file_span *span = stats->span[SPAN_ALL];
	return span ? span->in + span->out : 0;
}

static uint64_t calls_of(const struct file_stats *stats)
{
	const struct file_span *span = stats->span[SPAN_ALL];
	return span ? span->tally.calls : 0;
}

static uint64_t errors_of(const struct file_stats *stats)
{
	const struct file_span *span = stats->span[SPAN_ALL];
	return span ? span->tally.errors : 0;
}

static uint64_t last_of(const struct file_stats *stats)
{
	return stats->last_ns;
}

/* What views are sorted by: the greatest of each stay. */
static uint64_t (*const measures[])(const struct file_stats *stats) = {
	time_of, bytes_of, calls_of, errors_of, last_of};

#define MEASURES (sizeof(measures) / sizeof(*measures))

/* The value at RANK of COUNT values, in descending order, which this reorders: Hoare's select. */
static uint64_t value_at(uint64_t *values, size_t count, size_t rank)
{
	size_t first = 0, last = count - 1;
	while (first < last) {
		uint64_t pivot = values[first + (last - first) / 2];
		size_t low = first, high = last;
		while (low <= high) {
			while (values[low] > pivot)
				low++;
			while (values[high] < pivot)
				high--;
			if (low > high)
				break;
			uint64_t value = values[low];
			values[low++] = values[high];
			values[high] = value;
			if (high == 0)
				break;
			high--;
		}
		if (rank <= high)
			last = high;
		else if (rank >= low)
			first = low;
		else
			return values[rank];
	}
	return values[rank];
}

/* The value of the least of those that are kept for MEASURE. */
static uint64_t threshold(const struct files *files, size_t measure, uint64_t *values)
{
	for (size_t i = 0; i < files->count; i++)
		values[i] = measures[measure](files->list[i]);
	return value_at(values, files->count, files->count / KEPT_PART);
}

/* The entry for those that are forgotten. */
static struct file_stats *other_of(struct files *files)
{
	static const char name[] = "[other]";
	if (files->other)
		return files->other;
	files->other = xcalloc(1, sizeof(*files->other));
	files->other->object = objects_intern(
		descriptors_objects(files->descriptors), KIND_OTHER, name, sizeof(name) - 1);
	return files->other;
}

/* Forgets the objects that are great in no measure; adds them to one entry. */
static void make_room(struct files *files)
{
	uint64_t least[MEASURES] = {0}, *values = xcalloc(files->count, sizeof(*values));
	struct file_stats *other = other_of(files);
	size_t kept = 0;
	for (size_t i = 0; i < MEASURES; i++)
		least[i] = threshold(files, i, values);
	free(values);
	for (size_t i = 0; i < files->count; i++) {
		struct file_stats *stats = files->list[i];
		bool is_kept = false;
		/* With many equal ones, none is greater than the others. */
		for (size_t m = 0; m < MEASURES; m++)
			is_kept |= measures[m](stats) > least[m];
		if (is_kept) {
			files->list[kept++] = stats;
			continue;
		}
		merge_stats(other, stats);
		free_stats(files, stats);
		files->forgotten++;
	}
	files->count = kept;
}

struct file_stats *files_stats_of(struct files *files, struct object *object)
{
	object = object_real(object);
	if (object->row)
		return object->row;
	if (files->count >= FILES_MAX)
		make_room(files);
	if (files->count == files->capacity)
		files->list = xlengthen(
			files->list, &files->capacity, files->count + 1, sizeof(*files->list));
	struct file_stats *stats = xcalloc(1, sizeof(*stats));
	stats->object = object_ref(object);
	object->row = stats;
	files->list[files->count++] = stats;
	return stats;
}

void files_join(struct files *files)
{
	size_t kept = 0;
	for (size_t i = 0; i < files->count; i++) {
		struct file_stats *stats = files->list[i];
		struct object *real = object_real(stats->object);
		if (real == stats->object) {
			files->list[kept++] = stats;
			continue;
		}
		struct file_stats *into = real->row;
		if (into) {
			merge_stats(into, stats);
			free_stats(files, stats);
			continue;
		}
		/* It continues under the other name. */
		stats->object->row = NULL;
		object_ref(real);
		object_unref(descriptors_objects(files->descriptors), stats->object);
		stats->object = real;
		real->row = stats;
		files->list[kept++] = stats;
	}
	files->count = kept;
}

static void tick_stats(struct file_stats *stats, const struct interval *interval)
{
	const struct file_span *span = stats->span[SPAN_ALL];
	if (!span)
		return;
	rate_tick(&stats->rate, span->tally.calls, interval);
	rate_tick(&stats->in_rate, span->in, interval);
	rate_tick(&stats->out_rate, span->out, interval);
}

void files_tick(struct files *files, const struct interval *interval)
{
	files_join(files);
	for (size_t i = 0; i < files->count; i++)
		tick_stats(files->list[i], interval);
	if (files->other)
		tick_stats(files->other, interval);
}

/* Adds the time for which THREAD has waited idly for OBJECT since the last tick. */
static void add_idle(
	struct model *model, const struct thread *thread, struct object *object, uint64_t now_ns)
{
	struct file_stats *stats = files_stats_of(&model->files, object);
	for (enum span span = 0; span < SPAN_COUNT; span++) {
		uint64_t from_ns = begin_in(model, span, thread->idle_from_ns);
		span_at(stats, span)->idle_ns += now_ns > from_ns ? now_ns - from_ns : 0;
	}
}

void files_tick_progress(struct model *model, uint64_t now_ns)
{
	struct files *files = &model->files;
	const struct thread *thread;
	clear_progress(files);
	if (!files->is_on)
		return;
	MAP_FOR_EACH (&model->threads, at, thread) {
		if (!thread->in || !thread->enter.has_args || !has_objects(files, thread->in->call))
			continue;
		struct object *object = descriptors_use_now(files->descriptors, thread->tid,
			thread->enter.event.time_ns, thread->in->call, thread->enter.args);
		if (!object)
			continue;
		files->progress = xlengthen(files->progress, &files->progress_capacity,
			files->progress_count + 1, sizeof(*files->progress));
		files->progress[files->progress_count++] = (struct file_progress){
			thread->tid, thread->enter.event.time_ns, object};
		if (thread->is_idle)
			add_idle(model, thread, object, now_ns);
	}
}

void files_reset_marked(struct files *files)
{
	for (size_t i = 0; i < files->count + 1; i++) {
		struct file_stats *stats = i < files->count ? files->list[i] : files->other;
		if (!stats)
			continue;
		free_span(stats->span[SPAN_MARKED]);
		stats->span[SPAN_MARKED] = NULL;
	}
	memset(&files->sum[SPAN_MARKED], 0, sizeof(files->sum[SPAN_MARKED]));
}

/* Stacks. */

static void add_stack(const struct file_waiting *waiting, uint32_t stack)
{
	struct file_stats *stats = object_real(waiting->object)->row;
	for (int at = 0; stats && at <= (waiting->is_marked ? SPAN_MARKED : SPAN_ALL); at++) {
		struct file_span *span = span_at(stats, (enum span)at);
		struct file_part *part = part_of(
			&span->parts[FILE_BY_STACK], (uint64_t)waiting->call.nr << 32 | stack);
		part->call = waiting->call;
		add_counts(&part->counts, &waiting->counts);
	}
}

static struct file_waiting *waiting_of(struct files *files, uint32_t number)
{
	for (size_t i = 0; i < FILE_WAITING; i++) {
		if (files->waiting[i].number == number)
			return &files->waiting[i];
	}
	return NULL;
}

static struct file_waiting *add_waiting(struct files *files)
{
	struct file_waiting *waiting = &files->waiting[files->waiting_next];
	files->waiting_next = (files->waiting_next + 1) % FILE_WAITING;
	clear_waiting(files, waiting);
	return waiting;
}

void files_take_stack(struct files *files, uint32_t number, uint32_t stack)
{
	if (!files->is_on || !number)
		return;
	struct file_waiting *waiting = waiting_of(files, number);
	if (waiting && waiting->object) {
		add_stack(waiting, stack);
		clear_waiting(files, waiting);
		return;
	}
	if (!waiting)
		waiting = add_waiting(files);
	waiting->number = number;
	waiting->stack = stack;
}

/* The call has the stack of the copy with its number. */
static void await_stack(struct files *files, const struct file_waiting *call)
{
	struct file_waiting *waiting = waiting_of(files, call->number);
	if (waiting && waiting->stack) {
		add_stack(call, waiting->stack);
		return;
	}
	waiting = add_waiting(files);
	*waiting = *call;
	object_ref(waiting->object);
}

/* Details. */

/* Adds one call to SPAN of the entry of an object. */
static void count_use(struct file_stats *stats, enum span at, const struct thread *thread,
	const struct event_detail *detail, const struct call_use *use,
	const struct outcome *outcome)
{
	struct file_span *span = span_at(stats, at);
	struct outcome own = *outcome;
	own.bytes = use->in + use->out;
	const struct file_counts one = {
		.calls = 1,
		.errors = own.err != 0,
		.in = use->in,
		.out = use->out,
		.total_ns = own.duration_ns,
	};
	tally_add(&span->tally, &own);
	span->in += use->in;
	span->out += use->out;
	span->unsure += use->is_unsure;
	struct file_part *part = part_of(&span->parts[FILE_BY_CALL], call_key(detail->call));
	part->call = detail->call;
	add_counts(&part->counts, &one);
	part = part_of(&span->parts[FILE_BY_THREAD], (uint64_t)detail->event.tid);
	part->tgid = detail->tgid;
	if (thread)
		memcpy(part->comm, thread->comm, sizeof(part->comm));
	add_counts(&part->counts, &one);
}

/* Adds one call to the sums of SPAN. */
static void count_told(
	struct files *files, enum span at, const struct outcome *outcome, size_t uses)
{
	const struct file_counts one = {
		.calls = 1,
		.errors = outcome->err != 0,
		.in = outcome->bytes,
		.total_ns = outcome->duration_ns,
	};
	add_counts(&files->sum[at].told, &one);
	files->sum[at].without += uses == 0;
	files->sum[at].repeated += uses > 1 ? uses - 1 : 0;
}

/* Adds the call of DETAIL, with USES, to SPAN. */
static void count_detail(struct model *model, enum span at, const struct event_detail *detail,
	const struct outcome *outcome, const struct call_use *uses, size_t count)
{
	const struct thread *thread = map_get(&model->threads, (uint64_t)detail->event.tid);
	count_told(&model->files, at, outcome, count);
	for (size_t i = 0; i < count; i++) {
		struct file_stats *stats = files_stats_of(&model->files, uses[i].object);
		count_use(stats, at, thread, detail, &uses[i], outcome);
		stats->last_call = detail->call;
		stats->last_ns = detail->event.time_ns;
	}
}

/* The first object gets the stack of the call. */
static void count_stack(struct model *model, const struct event_detail *detail,
	const struct outcome *outcome, const struct call_use *use, bool is_marked)
{
	const struct file_waiting waiting = {
		.number = detail->capture,
		.object = use->object,
		.call = detail->call,
		.is_marked = is_marked,
		.counts = {.calls = 1,
			.errors = outcome->err != 0,
			.in = use->in,
			.out = use->out,
			.total_ns = outcome->duration_ns},
	};
	uint32_t lasting = detail->capture >= STACK_COPY_LASTING
	                           ? stack_sums_now(&model->stacks, detail->capture)
	                           : 0;
	if (lasting)
		add_stack(&waiting, lasting);
	else
		await_stack(&model->files, &waiting);
}

void model_apply_detail(struct model *model, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	struct files *files = &model->files;
	const struct call_use *uses;
	struct outcome seen, outcome = {
				     .duration_ns = event->time_ns - detail->start_ns,
				     .partial = detail->partial || detail->end != DETAIL_RETURNED,
				     .err = detail->end == DETAIL_RETURNED ? detail->err : 0,
			     };
	if (!files->is_on || detail->end == DETAIL_IN_PROGRESS ||
		event->time_ns < files->since_ns || !has_objects(files, detail->call))
		return;
	if (detail->end == DETAIL_RETURNED && !detail->err)
		outcome.bytes = transfer_bytes(detail->call, detail->args, detail->result);
	size_t count = descriptors_uses(files->descriptors, &uses);
	bool is_marked = outcome_since(&outcome, event->time_ns, model->mark_ns, &seen);
	count_detail(model, SPAN_ALL, detail, &outcome, uses, count);
	if (is_marked)
		count_detail(model, SPAN_MARKED, detail, &seen, uses, count);
	if (detail->capture && detail->capture != STACK_COPY_MISSED && count)
		count_stack(model, detail, &outcome, &uses[0], is_marked);
}
