/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps instead of a walk; see abi/fetch_step.h. The rules are those of fetch.c. */
#include "config.h"

#include "abi/fetch_step.h"

#include <string.h>

#include "abi/fetch.h"
#include "abi/fetch_walk.h"

#define IOV_WORDS        2 /* words of a struct iovec */
#define SOCK_FILTER_SIZE 8

/* A plan in the making. */
struct plan {
	struct call call;
	const struct fetch_limits *limits;
	struct fetch_step *steps;
	size_t count;
	uint32_t word; /* size of an address */
};

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The next step, like LAST; NULL: there is no room. */
static struct fetch_step *add(struct plan *plan, const struct fetch_step *last)
{
	if (plan->count == FETCH_STEPS_MAX)
		return NULL;
	struct fetch_step *step = &plan->steps[plan->count++];
	*step = *last;
	return step;
}

static uint32_t element_limit(const struct plan *plan, uint32_t element)
{
	uint32_t limit = FETCH_STRUCT_MAX / element;
	return plan->limits->verbose ? limit : least(plan->limits->string_max, limit);
}

/* One more byte than is shown tells whether there is more. */
static uint32_t string_limit(const struct plan *plan)
{
	return least(plan->limits->string_max, FETCH_DIRENT_MAX - 1) + 1;
}

/* Structures that refer to others: where the address is, and how much there is at it. */
static const struct {
	uint8_t special; /* enum special_struct */
	uint8_t op, phases;
	bool is_verbose;
	uint8_t pointer_at[2]; /* with addresses of 8 bytes, and of 4 */
	uint8_t size_at[2], size_width[2];
	uint32_t constant, unit, limit;
	uint8_t test; /* of argument 0 */
	uint32_t value;
} followed[] = {
	/* struct { sigset_t *mask; size_t size; } */
	{SPECIAL_SIGSET_ARGPACK, FETCH_FOLLOWED, FETCH_ENTRY | FETCH_EXIT, false, {0, 0}, {8, 4},
		{8, 4}, 0, 1, FETCH_BITS_MAX, FETCH_ALWAYS, 0},
	/* struct { u16 len; struct sock_filter *filter; } */
	{SPECIAL_SOCK_FPROG, FETCH_FOLLOWED, FETCH_ENTRY | FETCH_EXIT, true, {8, 4}, {0, 0}, {2, 2},
		0, SOCK_FILTER_SIZE, FETCH_STRUCT_MAX, FETCH_ALWAYS, 0},
	/* struct { u32 handle_bytes; int type; unsigned char handle[]; } */
	{SPECIAL_FILE_HANDLE, FETCH_FOLLOWED, FETCH_ENTRY | FETCH_EXIT, false,
		{FETCH_BEHIND, FETCH_BEHIND}, {0, 0}, {4, 4}, 0, 1, FETCH_BITS_MAX, FETCH_ALWAYS,
		0},
	/* set_tid and set_tid_size; pidfd, parent_tid */
	{SPECIAL_CLONE_ARGS, FETCH_FOLLOWED, FETCH_ENTRY, false, {64, 64}, {72, 72}, {8, 8}, 0, 4,
		32 * 4, FETCH_ALWAYS, 0},
	{SPECIAL_CLONE_ARGS, FETCH_FOLLOWED, FETCH_EXIT, false, {8, 8}, {0, 0}, {0, 0}, 4, 1, 4,
		FETCH_ALWAYS, 0},
	{SPECIAL_CLONE_ARGS, FETCH_FOLLOWED, FETCH_EXIT, false, {24, 24}, {0, 0}, {0, 0}, 4, 1, 4,
		FETCH_ALWAYS, 0},
	/* struct { int length; struct ifreq *requests; } */
	{SPECIAL_IFCONF, FETCH_FOLLOWED, FETCH_EXIT, false, {8, 4}, {0, 0}, {4, 4}, 0, 1,
		FETCH_STRUCT_MAX, FETCH_ALWAYS, 0},
	/* union bpf_attr: BPF_OBJ_PIN and BPF_OBJ_GET have a path first */
	{SPECIAL_BPF_ATTR, FETCH_FOLLOWED_STRING, FETCH_ENTRY | FETCH_EXIT, false, {0, 0}, {0, 0},
		{0, 0}, 0, 1, FETCH_PATH_MAX, FETCH_EQUAL, 6},
	{SPECIAL_BPF_ATTR, FETCH_FOLLOWED_STRING, FETCH_ENTRY | FETCH_EXIT, false, {0, 0}, {0, 0},
		{0, 0}, 0, 1, FETCH_PATH_MAX, FETCH_EQUAL, 7},
};

/* Adds what the structure of ARGUMENT, read by the last step, refers to. */
static void follow(struct plan *plan, const struct argument *argument)
{
	const struct fetch_step structure = plan->steps[plan->count - 1];
	bool is_small = plan->word == 4;
	if (argument->type->special == SPECIAL_IOCB) {
		struct fetch_step *step = add(plan, &structure);
		if (step) {
			step->op = FETCH_IOCBS;
			step->base = plan->limits->string_max;
		}
		return;
	}
	for (size_t i = 0; i < sizeof(followed) / sizeof(*followed); i++) {
		bool is_missing = followed[i].is_verbose && !plan->limits->verbose;
		if (followed[i].special != argument->type->special || is_missing)
			continue;
		struct fetch_step *step = add(plan, &structure);
		if (!step)
			return;
		step->op = followed[i].op;
		step->phases = structure.phases & followed[i].phases;
		step->pointer_at = followed[i].pointer_at[is_small];
		step->size_at = followed[i].size_at[is_small];
		step->size_width = followed[i].size_width[is_small];
		step->constant = followed[i].constant;
		step->unit = followed[i].unit;
		step->limit = followed[i].limit;
		if (followed[i].test != FETCH_ALWAYS) {
			step->test = followed[i].test;
			step->condition_argument = 0;
			step->value = followed[i].value;
		}
	}
}

/* Kinds of arguments. Each function completes STEP, the last one of PLAN, for ARGUMENT. */

static void plan_path(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	(void)plan, (void)argument;
	step->op = FETCH_STRING;
	step->limit = FETCH_PATH_MAX;
}

static void plan_str(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	step->op = FETCH_STRING;
	step->limit = argument->count_from == COUNT_CONSTANT ? argument->count + 1U
	                                                     : string_limit(plan);
}

static void plan_strv(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	bool shows_strings = plan->limits->verbose || argument->content != CONTENT_STRINGS;
	step->op = FETCH_STRINGS;
	step->limit = !shows_strings          ? 0
	              : plan->limits->verbose ? FETCH_LIST_MAX
	                                      : least(plan->limits->string_max, FETCH_LIST_MAX);
	step->unit = string_limit(plan);
}

static void plan_buf(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	step->limit = plan->limits->string_max;
	if (argument->content == CONTENT_PATH)
		step->limit = FETCH_PATH_MAX;
	else if (argument->content == CONTENT_DIRENTS || argument->content == CONTENT_DIRENTS64)
		step->limit = FETCH_DIRENT_MAX;
	if (argument->count_from == COUNT_NONE)
		plan->count--;
}

static void plan_struct(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	bool has_count = argument->count_from != COUNT_NONE;
	step->limit = has_count ? FETCH_STRUCT_MAX
	                        : type_layout(argument->type, plan->call.abi)->size;
	if (has_count && argument->type->special == SPECIAL_MSGBUF) {
		step->base = plan->word;
		step->limit = plan->limits->string_max;
	} else if (!has_count) {
		step->constant = step->limit;
	}
	if (argument->type->special)
		follow(plan, argument);
}

static void plan_array(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	uint32_t element = type_layout(argument->type, plan->call.abi)->size;
	if (!element) {
		plan->count--;
		return;
	}
	step->shape = argument->in_bytes ? FETCH_ELEMENTS_BY_BYTES : FETCH_ELEMENTS;
	step->unit = element;
	/* Those with events are picked out of all. */
	step->limit = argument->type->special == SPECIAL_POLLFD ? FETCH_STRUCT_MAX / element
	                                                        : element_limit(plan, element);
	if (argument->type->special)
		follow(plan, argument);
}

static void plan_iovec(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	(void)argument;
	step->op = FETCH_IOVEC;
	step->max = FETCH_NO_ARGUMENT;
	step->limit = element_limit(plan, IOV_WORDS * plan->word);
	step->base = plan->limits->string_max;
}

static void plan_msghdr(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	step->op = FETCH_MESSAGE;
	step->limit = element_limit(plan, IOV_WORDS * plan->word);
	step->base = plan->limits->string_max;
	if (argument->direction & ARGUMENT_OUT)
		step->flags |= FETCH_RECEIVES;
}

static void plan_mmsghdr(
	struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	plan_msghdr(plan, argument, step);
	step->op = FETCH_MESSAGES;
	step->unit = least(element_limit(plan, 8 * plan->word), FETCH_LIST_MAX);
}

static void plan_socklen(
	struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	(void)plan, (void)argument;
	step->count_from = FETCH_COUNT_CONSTANT;
	step->max = FETCH_NO_ARGUMENT;
	step->limit = step->constant = sizeof(uint32_t);
}

static void plan_bytes(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	(void)plan, (void)argument;
	step->limit = FETCH_BITS_MAX;
}

static void plan_bits(struct plan *plan, const struct argument *argument, struct fetch_step *step)
{
	(void)plan, (void)argument;
	step->shape = FETCH_BITS;
	step->limit = FETCH_BITS_MAX;
}

/* By enum argument_kind; NULL: a value. */
static void (*const planners[ARG_KINDS])(
	struct plan *plan, const struct argument *argument, struct fetch_step *step) = {
	[ARG_PATH] = plan_path,
	[ARG_STR] = plan_str,
	[ARG_STRV] = plan_strv,
	[ARG_BUF] = plan_buf,
	[ARG_STRUCT] = plan_struct,
	[ARG_ARRAY] = plan_array,
	[ARG_REMAINDER] = plan_struct,
	[ARG_IOVEC] = plan_iovec,
	[ARG_MSGHDR] = plan_msghdr,
	[ARG_MMSGHDR] = plan_mmsghdr,
	[ARG_SOCKADDR] = plan_bytes,
	[ARG_SOCKLEN] = plan_socklen,
	[ARG_SIGSET] = plan_bytes,
	[ARG_FDSET] = plan_bits,
	[ARG_CPUSET] = plan_bytes,
	[ARG_NODEMASK] = plan_bits,
};

/* By enum argument_count. */
static const uint8_t counts[] = {
	[COUNT_NONE] = FETCH_COUNT_CONSTANT,
	[COUNT_ARGUMENT] = FETCH_COUNT_ARGUMENT,
	[COUNT_POINTED] = FETCH_COUNT_POINTED,
	[COUNT_RESULT] = FETCH_COUNT_RESULT,
	[COUNT_PAGES] = FETCH_COUNT_PAGES,
	[COUNT_CONSTANT] = FETCH_COUNT_CONSTANT,
};

/* By enum condition_test. */
static const uint8_t tests[] = {
	[CONDITION_ALWAYS] = FETCH_ALWAYS,
	[CONDITION_ANY] = FETCH_ANY,
	[CONDITION_NO] = FETCH_NO,
	[CONDITION_EQUAL] = FETCH_EQUAL,
	[CONDITION_UNEQUAL] = FETCH_UNEQUAL,
};

/* What the steps of all kinds have in common. */
static struct fetch_step begin(
	const struct plan *plan, const struct argument *argument, unsigned int index)
{
	bool has_count = argument->count_from == COUNT_ARGUMENT ||
	                 argument->count_from == COUNT_POINTED ||
	                 argument->count_from == COUNT_PAGES;
	bool has_max = argument->max != ARGUMENT_NOT;
	bool is_always_read = argument->kind == ARG_REMAINDER || argument->kind == ARG_IOVEC;
	struct fetch_step step = {
		.op = FETCH_BYTES,
		.shape = FETCH_PLAIN,
		.unit = 1,
		.argument = (uint8_t)index,
		.count_from = counts[argument->count_from],
		.constant = argument->count_from == COUNT_CONSTANT ? argument->count : 1,
		.count = has_count ? argument->count : 0,
		.max = argument->max,
		.what = (uint8_t)fetch_belongs_to(plan->call, argument, index),
		.phases = (uint8_t)((fetch_is_read(argument, false) ? FETCH_ENTRY : 0) |
				    (fetch_is_read(argument, true) ? FETCH_EXIT : 0)),
		.test = tests[argument->when.test],
		.condition_argument = (uint8_t)argument->when.argument,
		.value = argument->when.value,
	};
	if (argument_is_short(plan->call, index))
		step.flags |= FETCH_ADDRESS_32;
	if (has_count && argument_is_short(plan->call, argument->count))
		step.flags |= FETCH_COUNT_32;
	if (has_max && argument_is_short(plan->call, argument->max))
		step.flags |= FETCH_MAX_32;
	if (is_always_read)
		step.flags |= FETCH_IF_FAILED;
	return step;
}

size_t fetch_plan_make(struct call call, const uint32_t selected[2],
	const struct fetch_limits *limits, struct fetch_step steps[FETCH_STEPS_MAX])
{
	struct plan plan = {
		.call = call,
		.limits = limits,
		.steps = steps,
		.word = (uint32_t)abi_pointer_size((enum abi)call.abi),
	};
	for (unsigned int i = 0; i < argument_count(call); i++) {
		struct argument copy;
		const struct argument *argument = argument_selected(call, i, selected);
		unsigned int what = fetch_belongs_to(call, argument, i);
		bool is_memory = argument->kind < ARG_KINDS && planners[argument->kind];
		if (!is_memory)
			continue;
		argument = fetch_sized(call, argument, i, &copy);
		struct fetch_step first = begin(&plan, argument, i);
		first.what = (uint8_t)what;
		struct fetch_step *step = first.phases ? add(&plan, &first) : NULL;
		if (step)
			planners[argument->kind](&plan, argument, step);
	}
	return plan.count;
}

bool fetch_plan_depends(struct call call, struct argument_selector selectors[2])
{
	bool depends = false;
	for (unsigned int i = 0; i < argument_count(call); i++) {
		const struct argument *argument = argument_declared(call, i);
		/* Some depend on the first of two alone. */
		if (argument->kind != ARG_MULTI ||
			(depends && argument->selectors[1] == ARGUMENT_NOT))
			continue;
		argument_selectors(call, i, selectors);
		depends = true;
	}
	return depends;
}
