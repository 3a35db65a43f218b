/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How events are stored; see event/layout.h. */
#include "config.h"

#include "event/layout.h"

#include <string.h>

#include "event/detail.h"
#include "event/object.h"

#define OFFSET(type, member) offsetof(struct type, member)
#define SIZE(type, member)   sizeof(((struct type *)NULL)->member)

/* A row: a number, a text or an array, and what follows a structure. */
#define NUMBER(type, member, name, kind, stored) \
	{ \
		name, kind, stored, OFFSET(type, member), SIZE(type, member) \
	}
#define U(type, member, name, stored) NUMBER(type, member, name, FIELD_UNSIGNED, stored)
#define S(type, member, name, stored) NUMBER(type, member, name, FIELD_SIGNED, stored)
#define B(type, member, name)         NUMBER(type, member, name, FIELD_BOOL, 1)
#define R(type, member, name)         NUMBER(type, member, name, FIELD_RESULT, 8)
#define T(type, member, name)         NUMBER(type, member, name, FIELD_TEXT, 1)
#define N(type, member, name)         NUMBER(type, member, name, FIELD_NUMBERS, 8)
#define TAIL(type, member, name, kind) \
	{ \
		name, kind, 1, OFFSET(type, member), 0 \
	}
#define CALL(type) U(type, call.nr, "nr", 4), U(type, call.abi, "abi", 1)
#define TIMES(type) \
	B(type, times.is_exact, "times_exact"), U(type, times.cpu_ns, "times_cpu_ns", 8), \
		U(type, times.user_ns, "times_user_ns", 8), \
		U(type, times.system_ns, "times_system_ns", 8), \
		U(type, times.queued_ns, "times_queued_ns", 8), \
		U(type, times.runs, "times_runs", 8)

static const struct event_field task_fields[] = {
	S(event_task, tgid, "tgid", 4),
	S(event_task, parent, "parent", 4),
	S(event_task, ns_tid, "ns_tid", 4),
	T(event_task, comm, "comm"),
	B(event_task, is_new, "is_new"),
	B(event_task, has_executed, "has_executed"),
	B(event_task, has_times, "has_times"),
	TIMES(event_task),
};

static const struct event_field state_fields[] = {
	U(event_state, state, "state", 1),
	B(event_state, in_call, "in_call"),
};

static const struct event_field enter_fields[] = {
	CALL(event_enter),
	B(event_enter, has_args, "has_args"),
	N(event_enter, args, "args"),
	B(event_enter, partial, "partial"),
	U(event_enter, before_ns, "before_ns", 8),
	U(event_enter, capture, "capture", 4),
};

static const struct event_field exit_fields[] = {
	CALL(event_exit),
	R(event_exit, result, "ret"),
	S(event_exit, outcome.err, "err", 4),
	U(event_exit, outcome.duration_ns, "duration_ns", 8),
	B(event_exit, outcome.partial, "partial"),
	U(event_exit, outcome.bytes, "bytes", 8),
	B(event_exit, never_returned, "never_returned"),
	U(event_exit, capture, "capture", 4),
};

static const struct event_field sum_fields[] = {
	CALL(event_sum),
	U(event_sum, from_ns, "from_ns", 8),
	U(event_sum, capture, "capture", 4),
	B(event_sum, has_details, "has_details"),
	U(event_sum, counts.calls, "calls", 8),
	U(event_sum, counts.errors, "errors", 8),
	U(event_sum, counts.partial, "partial", 8),
	U(event_sum, counts.bytes, "bytes", 8),
	U(event_sum, counts.total_ns, "total_ns", 8),
	U(event_sum, counts.partial_ns, "partial_ns", 8),
	U(event_sum, counts.min_ns, "min_ns", 8),
	U(event_sum, counts.max_ns, "max_ns", 8),
	U(event_sum, counts.squares[0], "squares_low", 8),
	U(event_sum, counts.squares[1], "squares_high", 8),
	U(event_sum, counts.usage.calls, "usage_calls", 8),
	U(event_sum, counts.usage.voluntary, "voluntary", 8),
	U(event_sum, counts.usage.involuntary, "involuntary", 8),
	U(event_sum, counts.usage.minor_faults, "minor_faults", 8),
	U(event_sum, counts.usage.major_faults, "major_faults", 8),
	U(event_sum, counts.usage.runnable_ns, "usage_runnable_ns", 8),
	U(event_sum, counts.split.calls, "split_calls", 8),
	U(event_sum, counts.split.total_ns, "split_total_ns", 8),
	U(event_sum, counts.split.runnable_ns, "split_runnable_ns", 8),
	U(event_sum, counts.split.blocked_ns, "split_blocked_ns", 8),
	TAIL(event_sum, item, "latencies", FIELD_BUCKETS),
	TAIL(event_sum, item, "failures", FIELD_ERRORS),
};

static const struct event_field gone_fields[] = {
	S(event_gone, exit_code, "exit_code", 4),
	S(event_gone, exit_signal, "exit_signal", 4),
	B(event_gone, dumped_core, "dumped_core"),
	B(event_gone, has_times, "has_times"),
	TIMES(event_gone),
};

static const struct event_field stack_fields[] = {
	U(event_stack, number, "number", 4),
	U(event_stack, stack, "stack", 4),
	B(event_stack, is_provisional, "is_provisional"),
	CALL(event_stack),
};

static const struct event_field sample_fields[] = {
	U(event_sample, stack, "stack", 4),
};

static const struct event_field observed_fields[] = {
	B(event_observed, has_name, "has_name"),
	T(event_observed, comm, "comm"),
	S(event_observed, parent, "parent", 4),
	B(event_observed, has_cpu, "has_cpu"),
	U(event_observed, state, "state", 1),
	B(event_observed, is_frozen, "is_frozen"),
	TIMES(event_observed),
	B(event_observed, has_wait, "has_wait"),
	B(event_observed, lasts, "lasts"),
	U(event_observed, since_ns, "since_ns", 8),
	S(event_observed, owner, "owner", 4),
	B(event_observed, is_held, "is_held"),
	T(event_observed, reason, "reason"),
};

static const struct event_field worker_fields[] = {
	S(event_worker, tgid, "tgid", 4),
	T(event_worker, comm, "comm"),
};

static const struct event_field process_fields[] = {
	U(event_process, rings, "rings", 4),
};

static const struct event_field kernel_stack_fields[] = {
	TAIL(event_kernel_stack, text, "text", FIELD_CHARS),
};

static const struct event_field death_signal_fields[] = {
	S(event_death_signal, signal, "signal", 4),
};

static const struct event_field waker_fields[] = {
	S(event_waker, waker, "waker", 4),
	B(event_waker, is_interrupt, "is_interrupt"),
	T(event_waker, comm, "comm"),
};

static const struct event_field detail_fields[] = {
	CALL(event_detail),
	S(event_detail, tgid, "tgid", 4),
	U(event_detail, end, "end", 1),
	U(event_detail, start_ns, "start_ns", 8),
	N(event_detail, args, "args"),
	R(event_detail, result, "ret"),
	S(event_detail, err, "err", 4),
	B(event_detail, partial, "partial"),
	B(event_detail, has_data, "has_data"),
	B(event_detail, is_summed, "is_summed"),
	B(event_detail, is_cut, "is_cut"),
	B(event_detail, is_masked, "is_masked"),
	U(event_detail, capture, "capture", 4),
	U(event_detail, lost, "lost", 8),
	U(event_detail, lost_logged, "lost_logged", 8),
	TAIL(event_detail, blocks, "memory", FIELD_BYTES),
};

static const struct event_field lost_fields[] = {
	U(event_lost, lost, "lost", 8),
	U(event_lost, lost_logged, "lost_logged", 8),
	U(event_lost, lost_signals, "lost_signals", 8),
};

static const struct event_field signal_fields[] = {
	S(event_signal, signal, "signal", 4),
	S(event_signal, code, "code", 4),
	S(event_signal, tgid, "tgid", 4),
	S(event_signal, sender, "sender", 4),
	U(event_signal, uid, "uid", 4),
	S(event_signal, status, "status", 4),
	U(event_signal, address, "address", 8),
	U(event_signal, value, "value", 8),
	U(event_signal, times[0], "user_ticks", 8),
	U(event_signal, times[1], "system_ticks", 8),
	S(event_signal, descriptor, "descriptor", 4),
	S(event_signal, syscall, "syscall", 4),
	U(event_signal, arch, "arch", 4),
	S(event_signal, timer, "timer", 4),
	S(event_signal, overrun, "overrun", 4),
};

static const struct event_field masks_fields[] = {
	S(event_masks, tgid, "tgid", 4),
	U(event_masks, blocked, "blocked", 8),
	U(event_masks, pending, "pending", 8),
	U(event_masks, ignored, "ignored", 8),
	U(event_masks, handled, "handled", 8),
};

static const struct event_field descriptor_fields[] = {
	U(event_descriptor, until_ns, "until_ns", 8),
	S(event_descriptor, tgid, "tgid", 4),
	S(event_descriptor, fd, "fd", 4),
	U(event_descriptor, state, "state", 1),
	U(event_descriptor, kind, "kind", 1),
	B(event_descriptor, is_provisional, "is_provisional"),
	B(event_descriptor, knows_on_exec, "knows_on_exec"),
	B(event_descriptor, closes_on_exec, "closes_on_exec"),
	S(event_descriptor, peer, "peer", 4),
	T(event_descriptor, comm, "comm"),
	TAIL(event_descriptor, name, "name", FIELD_CHARS),
};

static const struct event_field command_line_fields[] = {
	TAIL(event_command_line, words, "words", FIELD_CHARS),
};

static const struct event_field cost_fields[] = {
	B(event_cost, never_stops, "never_stops"),
	U(event_cost, stops, "stops", 8),
	U(event_cost, details_lost, "details_lost", 8),
	U(event_cost, cpu_ns, "cpu_ns", 8),
	U(event_cost, minimum, "minimum", 1),
	U(event_cost, processors, "processors", 4),
	U(event_cost, minimum_ns, "minimum_ns", 8),
	U(event_cost, call_ns, "call_ns", 8),
	U(event_cost, others_ns, "others_ns", 8),
	U(event_cost, lost_ns, "lost_ns", 8),
	T(event_cost, user, "user"),
};

static const struct event_field note_fields[] = {
	U(event_note, id, "id", 4),
	B(event_note, transient, "transient"),
	U(event_note, count, "count", 8),
	T(event_note, text, "text"),
};

static const struct event_field session_fields[] = {
	U(event_session, targets, "targets", 4),
	U(event_session, capabilities, "capabilities", 4),
	B(event_session, is_command, "is_command"),
	B(event_session, awaits_successor, "awaits_successor"),
	B(event_session, is_final, "is_final"),
	S(event_session, exit_code, "exit_code", 4),
	S(event_session, exit_signal, "exit_signal", 4),
	U(event_session, files_since_ns, "files_since_ns", 8),
	TAIL(event_session, texts, "texts", FIELD_CHARS),
};

static const struct event_field frame_fields[] = {
	U(event_frame, realtime_ns, "realtime_ns", 8),
};

static const struct event_field present_fields[] = {
	B(event_present, is_over, "is_over"),
};

static const struct event_field module_fields[] = {
	U(event_module, module, "module", 4),
	B(event_module, is_file, "is_file"),
	B(event_module, is_script, "is_script"),
	T(event_module, build_id, "build_id"),
	T(event_module, problem, "problem"),
	TAIL(event_module, path, "path", FIELD_CHARS),
};

static const struct event_field place_fields[] = {
	U(event_place, place, "place", 4),
	U(event_place, module, "module", 4),
	U(event_place, ip, "ip", 8),
	U(event_place, offset, "offset", 8),
	B(event_place, exact, "exact"),
	B(event_place, trampoline, "trampoline"),
	B(event_place, late, "late"),
	B(event_place, is_ambiguous, "is_ambiguous"),
};

static const struct event_field function_fields[] = {
	U(event_function, place, "place", 4),
	U(event_function, at, "at", 4),
	U(event_function, count, "count", 4),
	U(event_function, symbol_offset, "symbol_offset", 8),
	U(event_function, line, "line", 4),
	B(event_function, has_symbol, "has_symbol"),
	T(event_function, file, "file"),
	TAIL(event_function, symbol, "symbol", FIELD_CHARS),
};

static const struct event_field frames_fields[] = {
	U(event_frames, stack, "stack", 4),
	U(event_frames, end, "end", 4),
	U(event_frames, guessed, "guessed", 4),
	TAIL(event_frames, place, "places", FIELD_WORDS),
};

static const struct event_field stacks_fields[] = {
	U(event_stacks, taken, "taken", 8),
	U(event_stacks, missed, "missed", 8),
	U(event_stacks, cpu_ns, "cpu_ns", 8),
	T(event_stacks, unsampled, "unsampled"),
};

static const struct event_field end_fields[] = {
	S(event_end, error, "error", 4),
};

#define LAYOUT(name) \
	{ \
#name, name##_fields, sizeof(name##_fields) / sizeof(*name##_fields), \
			sizeof(struct event_##name), 0 \
	}
#define LONG(name) \
	{ \
#name, name##_fields, sizeof(name##_fields) / sizeof(*name##_fields), \
			sizeof(struct event_##name), OFFSET(event_##name, size) \
	}

static const struct event_layout layouts[EVENT_TYPES] = {
	[EVENT_TASK] = LAYOUT(task),
	[EVENT_STATE] = LAYOUT(state),
	[EVENT_ENTER] = LAYOUT(enter),
	[EVENT_EXIT] = LAYOUT(exit),
	[EVENT_SUM] = LAYOUT(sum),
	[EVENT_GONE] = LAYOUT(gone),
	[EVENT_STACK] = LAYOUT(stack),
	[EVENT_SAMPLE] = LAYOUT(sample),
	[EVENT_OBSERVED] = LAYOUT(observed),
	[EVENT_WORKER] = LAYOUT(worker),
	[EVENT_PROCESS] = LAYOUT(process),
	[EVENT_KERNEL_STACK] = LONG(kernel_stack),
	[EVENT_DEATH_SIGNAL] = LAYOUT(death_signal),
	[EVENT_WAKER] = LAYOUT(waker),
	[EVENT_DETAIL] = LONG(detail),
	[EVENT_LOST] = LAYOUT(lost),
	[EVENT_SIGNAL] = LAYOUT(signal),
	[EVENT_MASKS] = LAYOUT(masks),
	[EVENT_DESCRIPTOR] = LONG(descriptor),
	[EVENT_COMMAND_LINE] = LONG(command_line),
	[EVENT_COST] = LAYOUT(cost),
	[EVENT_NOTE] = LAYOUT(note),
	[EVENT_SESSION] = LONG(session),
	[EVENT_FRAME] = LAYOUT(frame),
	[EVENT_PRESENT] = LAYOUT(present),
	[EVENT_MODULE] = LONG(module),
	[EVENT_PLACE] = LAYOUT(place),
	[EVENT_FUNCTION] = LONG(function),
	[EVENT_FRAMES] = LONG(frames),
	[EVENT_STACKS] = LAYOUT(stacks),
	[EVENT_END] = LAYOUT(end),
	[EVENT_EXPECTED] = {"expected", NULL, 0, sizeof(struct event), 0},
	[EVENT_SETTLED] = {"settled", NULL, 0, sizeof(struct event), 0},
	[EVENT_INTERRUPTED] = {"interrupted", NULL, 0, sizeof(struct event), 0},
	[EVENT_RESUMED] = {"resumed", NULL, 0, sizeof(struct event), 0},
	[EVENT_ATTACHED] = {"attached", NULL, 0, sizeof(struct event), 0},
	[EVENT_STACKS_KNOWN] = {"stacks_known", NULL, 0, sizeof(struct event), 0},
};

const struct event_layout *event_layout(enum event_type type)
{
	return &layouts[type];
}

const struct event_field *event_layout_find(
	const struct event_layout *layout, const char *name, size_t size)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct event_field *field = &layout->fields[i];
		if (strlen(field->name) == size && memcmp(field->name, name, size) == 0)
			return field;
	}
	return NULL;
}

/* Storing. */

/* What is stored so far; `used` > `room`: it does not fit. */
struct store {
	unsigned char *buf;
	size_t room, used;
};

static void put(struct store *store, const void *bytes, size_t size)
{
	if (store->used + size <= store->room)
		memcpy(store->buf + store->used, bytes, size);
	store->used += size;
}

/* Numbers are little-endian here and there: the low bytes of VALUE come first. */
static void put_number(struct store *store, uint64_t value, size_t size)
{
	put(store, &value, size);
}

/* The number FIELD of RECORD, with its sign if it has one. */
static uint64_t number(const struct event_field *field, const void *record)
{
	const unsigned char *at = (const unsigned char *)record + field->offset;
	bool is_signed = field->kind == FIELD_SIGNED || field->kind == FIELD_RESULT;
	uint64_t value = 0;
	memcpy(&value, at, field->size);
	if (is_signed && field->size == sizeof(int32_t))
		value = (uint64_t)(int64_t)(int32_t)value;
	return value;
}

/* What a call has returned, as the kernel has it. */
static uint64_t result_of(const struct event_field *field, const struct event *event)
{
	int err = event->type == EVENT_EXIT ? ((const struct event_exit *)event)->outcome.err
	                                    : ((const struct event_detail *)event)->err;
	return err ? (uint64_t) - (int64_t)err : number(field, event);
}

static void put_numbers(
	struct store *store, const struct event_field *field, const struct event *event)
{
	const unsigned char *at = (const unsigned char *)event + field->offset;
	uint64_t values[CALL_MAX_ARGS];
	size_t count = field->size / sizeof(*values);
	memcpy(values, at, field->size);
	while (count && !values[count - 1])
		count--;
	put_number(store, count, 1);
	put(store, values, count * sizeof(*values));
}

static void put_text(
	struct store *store, const struct event_field *field, const struct event *event)
{
	const char *text = (const char *)event + field->offset;
	put(store, text, strnlen(text, field->size));
	put_number(store, 0, 1);
}

static void put_bytes(
	struct store *store, const struct event_field *field, const struct event *event)
{
	size_t size = event_size(event) - layouts[event->type].size;
	put_number(store, size, 4);
	put(store, (const unsigned char *)event + field->offset, size);
}

static void put_words(
	struct store *store, const struct event_field *field, const struct event *event)
{
	size_t size = event_size(event) - layouts[event->type].size;
	put_number(store, size / sizeof(uint32_t), 4);
	put(store, (const unsigned char *)event + field->offset, size);
}

static void put_items(
	struct store *store, const struct event_field *field, const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	bool is_error = field->kind == FIELD_ERRORS;
	const struct sum_item *item = sum->item + (is_error ? sum->bucket_count : 0);
	uint32_t count = is_error ? sum->error_count : sum->bucket_count;
	put_number(store, count, 2);
	for (uint32_t i = 0; i < count; i++) {
		put_number(store, item[i].count, 8);
		put_number(store, item[i].key, 4);
	}
}

static void put_field(
	struct store *store, const struct event_field *field, const struct event *event)
{
	static void (*const putters[])(struct store * store, const struct event_field *field,
		const struct event *event) = {
		[FIELD_TEXT] = put_text,
		[FIELD_NUMBERS] = put_numbers,
		[FIELD_BYTES] = put_bytes,
		[FIELD_CHARS] = put_bytes,
		[FIELD_WORDS] = put_words,
		[FIELD_BUCKETS] = put_items,
		[FIELD_ERRORS] = put_items,
	};
	if (field->kind == FIELD_RESULT)
		put_number(store, result_of(field, event), field->stored);
	else if (!putters[field->kind])
		put_number(store, number(field, event), field->stored);
	else
		putters[field->kind](store, field, event);
}

size_t event_store(const struct event *event, unsigned char *buf, size_t room)
{
	const struct event_layout *layout = &layouts[event->type];
	struct store store = {.buf = buf, .room = room};
	for (size_t i = 0; i < layout->count; i++)
		put_field(&store, &layout->fields[i], event);
	/* Of an event without fields, too. */
	if (layout->count == 0)
		put_number(&store, 0, 1);
	return store.used <= room ? store.used : 0;
}

void event_field_set(const struct event_field *field, void *record, uint64_t value)
{
	unsigned char *at = (unsigned char *)record + field->offset;
	if (field->kind == FIELD_BOOL)
		value = value != 0;
	memcpy(at, &value, field->size);
}

/* What comes from files. */

/* The kernel's errors and signals are not above these. */
#define ERRNO_MAX  4095
#define SIGNAL_MAX 64

/* No time that a clock has shown is later: differences and sums of two do not overflow. */
#define TIME_MAX   (UINT64_MAX >> 2)

static bool is_call(struct call call)
{
	return call.abi < ABI_COUNT;
}

static bool is_errno(int err)
{
	return err >= 0 && err <= ERRNO_MAX;
}

/* Whether the SIZE bytes of TEXT are empty or end with a NUL. */
static bool ends(const char *text, size_t size)
{
	return size == 0 || text[size - 1] == '\0';
}

static bool is_valid_task(const struct event *event)
{
	const struct event_task *task = (const struct event_task *)event;
	return event->tid > 0 && task->tgid > 0 && task->parent >= 0 && task->ns_tid >= 0;
}

static bool is_valid_state(const struct event *event)
{
	return ((const struct event_state *)event)->state <= TASK_EXITING;
}

static bool is_valid_enter(const struct event *event)
{
	const struct event_enter *enter = (const struct event_enter *)event;
	return is_call(enter->call) && enter->before_ns <= event->time_ns;
}

static bool is_valid_exit(const struct event *event)
{
	const struct event_exit *end = (const struct event_exit *)event;
	return is_call(end->call) && is_errno(end->outcome.err) &&
	       end->outcome.duration_ns <= event->time_ns;
}

static bool is_valid_sum(const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	const struct sum_item *error = sum->item + sum->bucket_count;
	if (!is_call(sum->call) || sum->from_ns > event->time_ns)
		return false;
	for (uint32_t i = 0; i < sum->bucket_count; i++) {
		if (sum->item[i].key >= HIST_BUCKETS)
			return false;
	}
	for (uint32_t i = 0; i < sum->error_count; i++) {
		if (error[i].key == 0 || error[i].key > ERRNO_MAX)
			return false;
	}
	return true;
}

static bool is_valid_stack(const struct event *event)
{
	return is_call(((const struct event_stack *)event)->call);
}

static bool is_valid_observed(const struct event *event)
{
	const struct event_observed *observed = (const struct event_observed *)event;
	return observed->since_ns <= TIME_MAX && observed->owner >= 0 && observed->parent >= 0;
}

static bool is_valid_kernel_stack(const struct event *event)
{
	const struct event_kernel_stack *stack = (const struct event_kernel_stack *)event;
	/* Lines, which all end. */
	return stack->size > 0 && stack->size <= EVENT_KERNEL_MAX &&
	       ends(stack->text, stack->size) && strlen(stack->text) + 1 == stack->size &&
	       (stack->size == 1 || stack->text[stack->size - 2] == '\n');
}

/* Whether the blocks of DETAIL are within it. */
static bool has_blocks(const struct event_detail *detail)
{
	size_t at = 0;
	while (at < detail->size) {
		struct detail_block block;
		if (detail->size - at < sizeof(block))
			return false;
		memcpy(&block, detail->blocks + at, sizeof(block));
		at += sizeof(block);
		if (block.size == 0 || block.phase >= DETAIL_PHASES ||
			block.size > detail->size - at)
			return false;
		at += ((size_t)block.size + 7) / 8 * 8;
	}
	return at == detail->size;
}

static bool is_valid_detail(const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	return is_call(detail->call) && detail->end <= DETAIL_IN_PROGRESS &&
	       is_errno(detail->err) && detail->start_ns <= event->time_ns && detail->tgid >= 0 &&
	       detail->size <= DETAIL_DATA_MAX && has_blocks(detail);
}

static bool is_valid_signal(const struct event *event)
{
	const struct event_signal *signal = (const struct event_signal *)event;
	return signal->signal > 0 && signal->signal <= SIGNAL_MAX;
}

static bool is_valid_descriptor(const struct event *event)
{
	const struct event_descriptor *found = (const struct event_descriptor *)event;
	return found->state <= FOUND_GONE && found->kind < KIND_COUNT && found->tgid >= 0 &&
	       found->size < EVENT_DESCRIPTOR_NAME_MAX && !memchr(found->name, '\0', found->size);
}

static bool is_valid_command_line(const struct event *event)
{
	const struct event_command_line *line = (const struct event_command_line *)event;
	return line->size <= EVENT_WORDS_MAX && ends(line->words, line->size);
}

static bool is_valid_cost(const struct event *event)
{
	return ((const struct event_cost *)event)->minimum <= MINIMUM_KNOWN;
}

static bool is_valid_session(const struct event *event)
{
	const struct event_session *session = (const struct event_session *)event;
	size_t texts = 0;
	for (uint32_t i = 0; i < session->size; i++)
		texts += session->texts[i] == '\0';
	return session->size <= EVENT_SESSION_TEXTS_MAX && texts == SESSION_TEXTS &&
	       ends(session->texts, session->size) && session->files_since_ns <= TIME_MAX;
}

static bool is_valid_frame(const struct event *event)
{
	return ((const struct event_frame *)event)->realtime_ns <= TIME_MAX;
}

static bool is_valid_module(const struct event *event)
{
	const struct event_module *module = (const struct event_module *)event;
	return module->module && module->size <= EVENT_PATH_MAX &&
	       !memchr(module->path, '\0', module->size);
}

static bool is_valid_place(const struct event *event)
{
	const struct event_place *place = (const struct event_place *)event;
	return place->place && place->module;
}

static bool is_valid_function(const struct event *event)
{
	const struct event_function *function = (const struct event_function *)event;
	return function->place && function->size <= EVENT_SYMBOL_MAX &&
	       !memchr(function->symbol, '\0', function->size);
}

static bool is_valid_frames(const struct event *event)
{
	const struct event_frames *frames = (const struct event_frames *)event;
	return frames->stack && frames->size % sizeof(*frames->place) == 0 &&
	       frames->size / sizeof(*frames->place) <= EVENT_FRAMES_MAX;
}

/* Ends the texts of fixed size. */
static void end_texts(const struct event_layout *layout, struct event *event)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct event_field *field = &layout->fields[i];
		if (field->kind == FIELD_TEXT)
			((char *)event)[field->offset + field->size - 1] = '\0';
	}
}

bool event_is_valid(struct event *event, size_t size)
{
	static bool (*const checks[EVENT_TYPES])(const struct event *event) = {
		[EVENT_TASK] = is_valid_task,
		[EVENT_STATE] = is_valid_state,
		[EVENT_ENTER] = is_valid_enter,
		[EVENT_EXIT] = is_valid_exit,
		[EVENT_SUM] = is_valid_sum,
		[EVENT_STACK] = is_valid_stack,
		[EVENT_OBSERVED] = is_valid_observed,
		[EVENT_KERNEL_STACK] = is_valid_kernel_stack,
		[EVENT_DETAIL] = is_valid_detail,
		[EVENT_SIGNAL] = is_valid_signal,
		[EVENT_DESCRIPTOR] = is_valid_descriptor,
		[EVENT_COMMAND_LINE] = is_valid_command_line,
		[EVENT_COST] = is_valid_cost,
		[EVENT_SESSION] = is_valid_session,
		[EVENT_FRAME] = is_valid_frame,
		[EVENT_MODULE] = is_valid_module,
		[EVENT_PLACE] = is_valid_place,
		[EVENT_FUNCTION] = is_valid_function,
		[EVENT_FRAMES] = is_valid_frames,
	};
	if (size < sizeof(*event) || event->type >= EVENT_TYPES)
		return false;
	const struct event_layout *layout = &layouts[event->type];
	if (size < layout->size || event_size(event) != size || event->tid < 0 ||
		event->time_ns > TIME_MAX)
		return false;
	end_texts(layout, event);
	return !checks[event->type] || checks[event->type](event);
}
