/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What filters answer; see event/filter.h. */
#include "config.h"

#include "event/filter.h"

#include <stdlib.h>

#include "abi/transfer.h"
#include "base/alloc.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/filter_program.h"

_Static_assert(FILTER_TERMS_MAX <= INT8_MAX, "the number of a term is a step");

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (size_t i = 0; i < filter->term_count; i++)
		filter_term_clear(&filter->term[i]);
	callset_free(filter->set);
	free(filter->step);
	free(filter->text);
	free(filter);
}

const char *filter_text(const struct filter *filter)
{
	return filter->text;
}

const struct callset *filter_callset(const struct filter *filter)
{
	return filter->set;
}

bool filter_is_set(const struct filter *filter)
{
	return filter->is_set;
}

/* Answers. */

/* Kleene's logic: no is less than unknown, and that is less than yes. */
static enum filter_answer lesser(enum filter_answer a, enum filter_answer b)
{
	return a < b ? a : b;
}

static enum filter_answer greater(enum filter_answer a, enum filter_answer b)
{
	return a > b ? a : b;
}

enum filter_answer filter_answer(const struct filter *filter, const struct filter_call *call)
{
	enum filter_answer stack[FILTER_TERMS_MAX + 1];
	size_t depth = 0;
	if (filter->set)
		return callset_has(filter->set, call->call) ? FILTER_YES : FILTER_NO;
	for (size_t i = 0; i < filter->step_count; i++) {
		int step = filter->step[i];
		switch (step) {
		case FILTER_STEP_NOT:
			stack[depth - 1] = FILTER_YES - stack[depth - 1];
			break;
		case FILTER_STEP_AND:
			depth--;
			stack[depth - 1] = lesser(stack[depth - 1], stack[depth]);
			break;
		case FILTER_STEP_OR:
			depth--;
			stack[depth - 1] = greater(stack[depth - 1], stack[depth]);
			break;
		default:
			stack[depth++] = filter_term_answer(&filter->term[step], call);
			break;
		}
	}
	return stack[0];
}

/* A call of which nothing else is known. */
static struct filter_call unknown_call(struct call call)
{
	return (struct filter_call){.call = call, .max_ns = UINT64_MAX, .max_bytes = UINT64_MAX};
}

static bool is_possible(const void *filter, struct call call)
{
	const struct filter_call unknown = unknown_call(call);
	return filter_answer(filter, &unknown) != FILTER_NO;
}

struct callset *filter_possible(const struct filter *filter)
{
	return callset_of(is_possible, filter);
}

unsigned int filter_needs(const struct filter *filter, struct call call)
{
	const struct filter_call unknown = unknown_call(call);
	unsigned int needs = 0;
	if (filter_answer(filter, &unknown) != FILTER_UNKNOWN)
		return 0;
	for (size_t i = 0; i < filter->term_count; i++) {
		const struct filter_term *term = &filter->term[i];
		if (term->key && filter_term_answer(term, &unknown) == FILTER_UNKNOWN)
			needs |= filter_term_needs(term);
	}
	return needs;
}

unsigned int filter_needs_any(const struct filter *filter)
{
	unsigned int needs = 0;
	for (size_t i = 0; i < filter->term_count; i++)
		needs |= filter_term_needs(&filter->term[i]);
	return needs;
}

/* What events say. */

static void set_end(struct filter_call *call, bool never_returned, int err, int64_t result)
{
	call->end = never_returned ? FILTER_END_UNFINISHED
	            : err          ? FILTER_END_FAILED
	                           : FILTER_END_OK;
	call->err = never_returned ? 0 : err;
	call->has_result = call->end == FILTER_END_OK;
	call->result = call->has_result ? result : 0;
}

struct filter_call filter_call_of_exit(const struct event_exit *exit)
{
	struct filter_call call = {
		.call = exit->call,
		.tid = exit->event.tid,
		.min_ns = exit->outcome.duration_ns,
		/* Some of a partial call's time was not observed. */
		.max_ns = exit->outcome.partial ? UINT64_MAX : exit->outcome.duration_ns,
		.min_bytes = exit->outcome.bytes,
		.max_bytes = exit->outcome.bytes,
	};
	set_end(&call, exit->never_returned, exit->outcome.err, exit->result);
	return call;
}

struct filter_call filter_call_of_detail(const struct event_detail *detail)
{
	struct filter_call call = unknown_call(detail->call);
	call.tid = detail->event.tid;
	call.pid = detail->tgid;
	call.min_ns = detail->event.time_ns - detail->start_ns;
	if (detail->end == DETAIL_IN_PROGRESS)
		return call;
	bool never_returned = detail->end == DETAIL_NEVER_RETURNED;
	if (!detail->partial && !never_returned)
		call.max_ns = call.min_ns;
	set_end(&call, never_returned, detail->err, detail->result);
	call.max_bytes = 0;
	if (call.end == FILTER_END_OK)
		call.max_bytes = transfer_bytes(detail->call, detail->args, detail->result);
	call.min_bytes = call.max_bytes;
	return call;
}

struct filter_call filter_call_of_tally(struct call nr, const struct tally *tally)
{
	struct filter_call call = unknown_call(nr);
	/* What a partial call was observed to take says nothing about the least time. */
	call.min_ns = tally->partial ? 0 : tally->min_ns;
	call.max_ns = tally->partial ? UINT64_MAX : tally->max_ns;
	/* Calls that have never returned are partial, and have no error. */
	if (tally->errors == tally->calls) {
		call.end = FILTER_END_FAILED;
		call.err = tally->error_kinds == 1 ? tally->error[0].err : 0;
	} else if (!tally->errors && !tally->partial) {
		call.end = FILTER_END_OK;
	}
	/* Of several, only that each has transferred no more than all together. */
	call.max_bytes = tally->bytes;
	call.min_bytes = tally->calls == 1 ? tally->bytes : 0;
	return call;
}
