/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates of filters; see event/filter_gate.h.
 *
 * Of each part of a filter there are two lists of boxes: the calls that it may answer with yes, and
 * those that it may answer with no. Those that it cannot know are in both, so that "not" swaps the
 * lists.
 */
#include "config.h"

#include "event/filter_gate.h"

#include <string.h>

#include "abi/argument.h"
#include "abi/transfer.h"
#include "base/alloc.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/filter.h"
#include "event/filter_program.h"

/* Ranges. */

#define ANY \
	{ \
		INT64_MIN, INT64_MAX \
	}

static const struct gate_range any = ANY;

static bool is_empty_range(const struct gate_range *range)
{
	return range->first > range->last;
}

static void intersect(struct gate_range *to, const struct gate_range *from)
{
	if (from->first > to->first)
		to->first = from->first;
	if (from->last < to->last)
		to->last = from->last;
}

static void unite(struct gate_range *to, const struct gate_range *from)
{
	if (from->first < to->first)
		to->first = from->first;
	if (from->last > to->last)
		to->last = from->last;
}

static bool is_inside(const struct gate_range *a, const struct gate_range *b)
{
	return a->first >= b->first && a->last <= b->last;
}

/* Boxes. */

static const struct gate_box whole = {
	.ends = GATE_END_ANY,
	.fd = ANY,
	.number = {ANY, ANY, ANY, ANY, ANY, ANY},
};

_Static_assert(GATE_NUMBERS == 6, "the whole has all of them");

static void intersect_boxes(struct gate_box *to, const struct gate_box *from)
{
	to->ends &= from->ends;
	for (int i = 0; i < GATE_NUMBERS; i++)
		intersect(&to->number[i], &from->number[i]);
	/* That two descriptors are among the arguments is more than a box can say. */
	if (to->arguments)
		return;
	to->arguments = from->arguments;
	to->fd = from->fd;
}

static void unite_boxes(struct gate_box *to, const struct gate_box *from)
{
	bool has_fds = to->arguments && from->arguments;
	to->ends |= from->ends;
	to->arguments = has_fds ? to->arguments | from->arguments : 0;
	unite(&to->fd, &from->fd);
	for (int i = 0; i < GATE_NUMBERS; i++)
		unite(&to->number[i], &from->number[i]);
}

static bool is_inside_box(const struct gate_box *a, const struct gate_box *b)
{
	bool has_fds = !b->arguments || (a->arguments && !(a->arguments & ~b->arguments) &&
						is_inside(&a->fd, &b->fd));
	if (!has_fds || a->ends & ~b->ends)
		return false;
	for (int i = 0; i < GATE_NUMBERS; i++) {
		if (!is_inside(&a->number[i], &b->number[i]))
			return false;
	}
	return true;
}

/* Gives BOX its one spelling: an empty range leaves an end out, and one that is out has none. */
static void tidy(struct gate_box *box)
{
	static const struct {
		enum gate_end end;
		enum gate_number number;
	} rows[] = {{GATE_END_FAILED, GATE_ERR}, {GATE_END_OK, GATE_RESULT}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (is_empty_range(&box->number[rows[i].number]))
			box->ends &= ~(uint32_t)rows[i].end;
		if (!(box->ends & rows[i].end))
			box->number[rows[i].number] = any;
	}
	if (!box->arguments)
		box->fd = any;
}

static bool is_empty(const struct gate_box *box)
{
	for (int i = 0; i < GATE_NUMBERS; i++) {
		if (is_empty_range(&box->number[i]))
			return true;
	}
	return !box->ends || is_empty_range(&box->fd);
}

/* Lists of boxes. */

static void add_box(struct gate *list, const struct gate_box *added)
{
	struct gate_box box = *added;
	uint32_t kept = 0;
	tidy(&box);
	if (is_empty(&box))
		return;
	for (uint32_t i = 0; i < list->count; i++) {
		if (is_inside_box(&box, &list->box[i]))
			return;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		if (!is_inside_box(&list->box[i], &box))
			list->box[kept++] = list->box[i];
	}
	memset(&list->box[kept], 0, (GATE_BOXES - kept) * sizeof(*list->box));
	list->count = kept;
	if (kept < GATE_BOXES)
		list->box[list->count++] = box;
	else
		unite_boxes(&list->box[kept - 1], &box);
}

static void add_all(struct gate *list, const struct gate *added)
{
	for (uint32_t i = 0; i < added->count; i++)
		add_box(list, &added->box[i]);
}

/* Leaves in LIST what is in OTHER as well. */
static void keep_common(struct gate *list, const struct gate *other)
{
	struct gate common = {0};
	for (uint32_t i = 0; i < list->count; i++) {
		for (uint32_t n = 0; n < other->count; n++) {
			struct gate_box box = list->box[i];
			intersect_boxes(&box, &other->box[n]);
			add_box(&common, &box);
		}
	}
	*list = common;
}

void filter_gate_open(struct gate *gate)
{
	*gate = (struct gate){.count = 1, .box = {whole}};
}

bool filter_gate_is_open(const struct gate *gate)
{
	return gate->count == 1 && is_inside_box(&whole, &gate->box[0]);
}

/* Calls. */

static int64_t limited(uint64_t number)
{
	return number < INT64_MAX ? (int64_t)number : INT64_MAX;
}

static struct gate_range only(int64_t number)
{
	return (struct gate_range){number, number};
}

/* What is known of the end of DETAIL's call, which has returned. */
static void set_result(struct gate_call *call, const struct event_detail *detail)
{
	uint64_t bytes = 0;
	call->ends = detail->err ? GATE_END_FAILED : GATE_END_OK;
	if (detail->err) {
		call->number[GATE_ERR] = only(detail->err);
	} else {
		call->number[GATE_RESULT] = only(detail->result);
		bytes = transfer_bytes(detail->call, detail->args, detail->result);
	}
	call->number[GATE_BYTES] = only(limited(bytes));
	if (!detail->partial)
		call->number[GATE_NS].last = call->number[GATE_NS].first;
}

struct gate_call gate_call_of_detail(const struct event_detail *detail)
{
	struct gate_call call = {.ends = GATE_END_ANY, .args = detail->args};
	for (int i = 0; i < GATE_NUMBERS; i++)
		call.number[i] = any;
	call.number[GATE_NS].first = limited(detail->event.time_ns - detail->start_ns);
	if (detail->tgid)
		call.number[GATE_PID] = only(detail->tgid);
	if (detail->event.tid)
		call.number[GATE_TID] = only(detail->event.tid);
	if (detail->end == DETAIL_RETURNED) {
		set_result(&call, detail);
	} else if (detail->end == DETAIL_NEVER_RETURNED) {
		call.ends = GATE_END_UNFINISHED;
		call.number[GATE_BYTES] = only(0);
	}
	return call;
}

/* Terms. */

/* Adds to LIST what of BOX has a NUMBER in RANGE, if IN, or outside it. */
static void add_range(struct gate *list, const struct gate_box *box, enum gate_number number,
	const struct gate_range *range, bool in)
{
	struct gate_box part = *box;
	if (in) {
		intersect(&part.number[number], range);
		add_box(list, &part);
		return;
	}
	/* All is outside an empty one. */
	if (is_empty_range(range)) {
		add_box(list, &part);
		return;
	}
	if (range->first > INT64_MIN) {
		part.number[number].last = range->first - 1;
		add_box(list, &part);
	}
	part = *box;
	if (range->last < INT64_MAX) {
		part.number[number].first = range->last + 1;
		add_box(list, &part);
	}
}

/* The number that the values of a key are about. */
static const struct {
	bool is_one;
	enum gate_number number;
	uint32_t ends; /* of the calls that have one; the others have none of the values */
} numbers[FILTER_KEY_COUNT] = {
	[FILTER_KEY_ERRNO] = {true, GATE_ERR, GATE_END_FAILED},
	[FILTER_KEY_RESULT] = {true, GATE_RESULT, GATE_END_OK},
	[FILTER_KEY_TIME] = {true, GATE_NS, GATE_END_ANY},
	[FILTER_KEY_BYTES] = {true, GATE_BYTES, GATE_END_ANY},
	[FILTER_KEY_PID] = {true, GATE_PID, GATE_END_ANY},
	[FILTER_KEY_TID] = {true, GATE_TID, GATE_END_ANY},
};

static const uint32_t ends[] = {
	[FILTER_END_OK] = GATE_END_OK,
	[FILTER_END_FAILED] = GATE_END_FAILED,
	[FILTER_END_UNFINISHED] = GATE_END_UNFINISHED,
};

/* Adds to LIST the calls that have VALUE, one of a key with NUMBER, if IN, or those that do not. */
static void add_value(
	struct gate *list, enum filter_key_id id, const struct filter_value *value, bool in)
{
	const struct gate_range range = {value->first, value->last};
	bool is_end = id == FILTER_KEY_RESULT && value->end != FILTER_END_UNKNOWN;
	uint32_t with = is_end ? ends[value->end] : numbers[id].ends;
	struct gate_box box = whole;
	box.ends = with;
	if (!is_end)
		add_range(list, &box, numbers[id].number, &range, in);
	else if (in)
		add_box(list, &box);
	box.ends = GATE_END_ANY & ~with;
	if (!in)
		add_box(list, &box);
}

/*
 * The arguments of CALL in which a descriptor can be; 0: that depends on more than a box can say,
 * as on memory.
 */
static uint32_t fd_arguments(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	uint32_t arguments = 0;
	if (!desc || call_is_request(call) || strcmp(desc->name, "socketcall") == 0)
		return 0;
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++) {
		const struct argument *argument = argument_declared(call, i);
		if (argument->kind == ARG_FD || argument->kind == ARG_DIRFD)
			arguments |= 1U << i;
		else if (argument->kind == ARG_MULTI || argument->kind == ARG_FDSET ||
			 (argument->type && argument->type->special == SPECIAL_POLLFD))
			return 0;
	}
	return arguments;
}

static void add_fd(struct gate *list, struct call call, const struct filter_value *value)
{
	struct gate_box box = whole;
	box.arguments = fd_arguments(call);
	box.fd = (struct gate_range){value->first, value->last};
	add_box(list, &box);
}

/* What a part of a filter may answer. */
struct answers {
	struct gate yes, no;
};

/* The answers of TERM, which are not known without more about CALL than which it is. */
static void add_term(const struct filter_term *term, struct call call, struct answers *answers)
{
	enum filter_key_id id = (enum filter_key_id)(term->key - filter_keys);
	filter_gate_open(&answers->no);
	if (!numbers[id].is_one && id != FILTER_KEY_FD) {
		filter_gate_open(&answers->yes);
		return;
	}
	for (size_t i = 0; i < term->value_count; i++) {
		struct gate without = {0};
		if (id == FILTER_KEY_FD) {
			add_fd(&answers->yes, call, &term->value[i]);
			continue;
		}
		add_value(&answers->yes, id, &term->value[i], true);
		add_value(&without, id, &term->value[i], false);
		keep_common(&answers->no, &without);
	}
}

static struct answers answers_of(const struct filter_term *term, struct call call)
{
	const struct filter_call unknown = {
		.call = call, .max_ns = UINT64_MAX, .max_bytes = UINT64_MAX};
	struct answers answers = {0};
	switch (filter_term_answer(term, &unknown)) {
	case FILTER_YES:
		filter_gate_open(&answers.yes);
		break;
	case FILTER_NO:
		filter_gate_open(&answers.no);
		break;
	case FILTER_UNKNOWN:
		add_term(term, call, &answers);
		break;
	}
	return answers;
}

/* Replaces the last answers of STACK, which has DEPTH, by those of STEP. Returns the new depth. */
static size_t combine(struct answers *stack, size_t depth, int step)
{
	struct answers *last = &stack[depth - 1], *first = last - 1;
	if (step == FILTER_STEP_NOT) {
		struct gate yes = last->yes;
		last->yes = last->no;
		last->no = yes;
		return depth;
	}
	if (step == FILTER_STEP_AND) {
		keep_common(&first->yes, &last->yes);
		add_all(&first->no, &last->no);
	} else {
		add_all(&first->yes, &last->yes);
		keep_common(&first->no, &last->no);
	}
	return depth - 1;
}

void filter_gate_add(const struct filter *filter, struct call call, struct gate *gate)
{
	size_t depth = 0;
	if (filter->set) {
		if (callset_has(filter->set, call))
			filter_gate_open(gate);
		return;
	}
	struct answers *stack = xcalloc(filter->term_count, sizeof(*stack));
	for (size_t i = 0; i < filter->step_count; i++) {
		int step = filter->step[i];
		if (step < 0)
			depth = combine(stack, depth, step);
		else
			stack[depth++] = answers_of(&filter->term[step], call);
	}
	add_all(gate, &stack[0].yes);
	xfree(stack);
}
