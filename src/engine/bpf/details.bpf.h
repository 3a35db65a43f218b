/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Details of calls; part of count.bpf.c. See engine/bpf/detail_records.h. */
#ifndef STOP_ENGINE_BPF_DETAILS_BPF_H
#define STOP_ENGINE_BPF_DETAILS_BPF_H

#include "stacks.bpf.h"

#include "engine/bpf/detail_records.h"

/* Steps of calls whose arguments depend on others, by the values that select them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BPF_DETAIL_VARIANTS);
	__type(key, struct bpf_variant);
	__type(value, struct bpf_plan);
} detail_plans SEC(".maps");

#include "detail_walk.bpf.h"

/* A kind with one record for each CPU. */
struct detail_room_kind {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(uint32_t));
	__uint(value_size, sizeof(struct detail_room));
};

struct detail_ring_kind {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* A place for what was read at the entry of a call. */
struct held_detail {
	uint64_t owner; /* slot of its task << 32 | number of the call; 0: it is free */
	struct bpf_detail record;
	unsigned char blocks[BPF_HELD_SIZE - sizeof(struct bpf_detail)];
};

struct held_details_kind {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(uint32_t));
	__uint(value_size, sizeof(struct held_detail));
};

LATER(detail_rooms, struct detail_room_kind);
LATER(held_details, struct held_details_kind);
LATER(detail_ring, struct detail_ring_kind);

static __always_inline struct detail_room *detail_room(void)
{
	uint32_t zero = 0, cpu = bpf_get_smp_processor_id();
	void *rooms = bpf_map_lookup_elem(&detail_rooms, &zero);
	return rooms ? bpf_map_lookup_elem(rooms, &cpu) : NULL;
}

static __always_inline bool are_details_wanted(void)
{
	return details.is_wanted;
}

/* What is wanted of a call of TASK with NR and ABI: a set of enum bpf_detail_wanted. */
static __always_inline uint32_t wanted_of(const struct bpf_task *task, uint32_t nr, uint32_t abi)
{
	uint64_t at = nr < BPF_DETAIL_NUMBERS ? nr : BPF_DETAIL_NUMBERS - 1, table = abi;
	BOUND(at, BPF_DETAIL_NUMBERS - 1);
	BOUND(table, BPF_DETAIL_ABIS);
	uint32_t wanted = details.call[table][at].wanted;
	if (details.wanted_of && details.wanted_of == task->our_tid)
		wanted |= BPF_WANT_ALL;
	return wanted;
}

/* What memory is WANTED: a set of enum fetch_what. */
static __always_inline uint32_t memory_of(uint32_t wanted)
{
	if (wanted & BPF_WANT_DATA)
		return 3;
	return wanted & BPF_WANT_NAMES ? 1 : 0;
}

/* The phases in which memory that is WHAT of a call with NR and ABI is read. */
static __always_inline uint32_t phases_of(uint32_t what, uint32_t nr, uint32_t abi)
{
	uint64_t at = nr, table = abi;
	if (!what || at >= BPF_DETAIL_NUMBERS)
		return 0;
	BOUND(at, BPF_DETAIL_NUMBERS - 1);
	BOUND(table, BPF_DETAIL_ABIS);
	const struct bpf_detail_call *call = &details.call[table][at];
	return what == 1 ? call->phases : call->all_phases;
}

/* Begins a record of TYPE about TASK in ROOM. */
static __always_inline void begin_record(
	struct detail_room *room, const struct bpf_task *task, uint32_t type, uint64_t now_ns)
{
	struct bpf_detail *record = &room->record;
	room->used = 0;
	room->is_cut = room->is_missing = room->has_failed = 0;
	record->type = type;
	record->slot = task->slot;
	record->serial = task->serial;
	record->tid = task->our_tid;
	record->tgid = task->our_tgid;
	record->programs = task->programs;
	record->flags = 0;
	record->end_ns = now_ns;
}

/* Sends RECORD with its SIZE bytes of blocks, which the verifier knows to be there. */
static __always_inline bool send_sized(struct bpf_detail *record, uint64_t size)
{
	uint32_t zero = 0;
	void *ring = bpf_map_lookup_elem(&detail_ring, &zero);
	if (!ring)
		return false;
	record->size = (uint32_t)size;
	record->lost = *(volatile uint64_t *)&details.lost;
	record->lost_logged = *(volatile uint64_t *)&details.lost_logged;
	record->lost_signals = *(volatile uint64_t *)&details.lost_signals;
	record->lost_others = *(volatile uint64_t *)&details.lost_others;
	if (bpf_ringbuf_output(ring, record, sizeof(*record) + size, BPF_RB_NO_WAKEUP))
		return false;
	if (!details.is_rung && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > BPF_DETAIL_WAKE) {
		details.is_rung = 1;
		ring_bell();
	}
	return true;
}

/* Sends the record in ROOM. Returns false if there is no room for it. */
static __always_inline bool send_record(struct detail_room *room)
{
	uint64_t size = room->used;
	BOUND(size, 2 * BPF_DETAIL_DATA - 1);
	return size <= BPF_DETAIL_DATA && send_sized(&room->record, size);
}

static __always_inline void count_lost(uint32_t wanted)
{
	if (wanted & BPF_WANT_LOG)
		__sync_fetch_and_add(&details.lost_logged, 1);
	__sync_fetch_and_add(&details.lost, 1);
}

/* Tasks. */

/* TASK was born, has ended, or executes another program: TYPE. */
__noinline int send_task(struct bpf_task *task, uint32_t type)
{
	struct detail_room *room = detail_room();
	if (!task || !room)
		return 0;
	begin_record(room, task, type, type == BPF_DETAIL_END ? task->gone_ns : bpf_ktime_get_ns());
	if (!send_record(room))
		__sync_fetch_and_add(&details.lost_others, 1);
	return 0;
}

/* Calls. */

/* bpf_call.detail: a number of its own for each call of a task, and an enum bpf_detail_state. */
#define DETAIL_STATE_BITS 3

static __always_inline uint32_t number_of_detail(const struct bpf_call *call)
{
	return call->detail & ~((1U << DETAIL_STATE_BITS) - 1);
}

static __always_inline uint32_t state_of(const struct bpf_call *call)
{
	return call->detail & ((1U << DETAIL_STATE_BITS) - 1);
}

/* Gates. */

/* The gate of the details of CALL, which are wanted; NULL: there is none. */
static __always_inline const struct gate *gate_of(
	const struct bpf_task *task, const struct bpf_call *call)
{
	uint64_t at = call->nr < BPF_DETAIL_NUMBERS ? call->nr : BPF_DETAIL_NUMBERS - 1,
		 table = call->abi;
	BOUND(at, BPF_DETAIL_NUMBERS - 1);
	BOUND(table, BPF_DETAIL_ABIS);
	uint64_t number = details.call[table][at].gate;
	BOUND(number, GATES - 1);
	if (!number || (details.wanted_of && details.wanted_of == task->our_tid))
		return NULL;
	return &details.gate[number];
}

static __always_inline void set_range(struct gate_range *range, int64_t first, int64_t last)
{
	range->first = first;
	range->last = last;
}

/* What is known of CALL of TASK; ENDING may be NULL: it has not ended. */
static __always_inline void describe_to_gate(struct gate_call *known, const struct bpf_task *task,
	const struct bpf_call *call, const struct ending *ending)
{
	for (int i = 0; i < GATE_NUMBERS; i++)
		set_range(&known->number[i], INT64_MIN, INT64_MAX);
	known->ends = GATE_END_ANY;
	known->args = call->args;
	if (task->our_tgid)
		set_range(&known->number[GATE_PID], task->our_tgid, task->our_tgid);
	if (task->our_tid)
		set_range(&known->number[GATE_TID], task->our_tid, task->our_tid);
	if (!ending)
		return;
	int64_t span_ns = (int64_t)(ending->now_ns - call->enter_ns);
	set_range(&known->number[GATE_NS], span_ns, call->partial ? INT64_MAX : span_ns);
	set_range(&known->number[GATE_BYTES], ending->bytes, ending->bytes);
	known->ends = ending->err ? GATE_END_FAILED : GATE_END_OK;
	if (ending->err)
		set_range(&known->number[GATE_ERR], ending->err, ending->err);
	else
		set_range(&known->number[GATE_RESULT], ending->result, ending->result);
}

/* The number of the gates if that of TASK's CALL rejects what is KNOWN of it, or 0. */
static __always_inline uint32_t rejecting(
	const struct bpf_task *task, const struct bpf_call *call, const struct gate_call *known)
{
	const struct gate *gate = gate_of(task, call);
	uint32_t serial = *(volatile uint32_t *)&details.gates_serial;
	barrier();
	if (!gate || serial & 1 || gate_has(gate, known))
		return 0;
	barrier();
	/* Gates may have changed meanwhile. */
	if (*(volatile uint32_t *)&details.gates_serial != serial)
		return 0;
	return serial >> 1 & 0xffff;
}

/* The number of the gates if they reject CALL of TASK, which has ended as ENDING says, or 0. */
__noinline uint32_t rejecting_gates(
	const struct bpf_task *task, const struct bpf_call *call, const struct ending *ending)
{
	struct gate_call known;
	if (!task || !call || !ending || !gate_of(task, call) ||
		!(wanted_of(task, call->nr, call->abi) & BPF_WANT_DETAILS))
		return 0;
	describe_to_gate(&known, task, call, ending);
	return rejecting(task, call, &known);
}

/* The same for the call that TASK begins: by who makes it, and by its descriptors. */
__noinline uint32_t rejecting_at_entry(const struct bpf_task *task)
{
	struct gate_call known;
	if (!task || !gate_of(task, &task->current))
		return 0;
	describe_to_gate(&known, task, &task->current, NULL);
	return rejecting(task, &task->current, &known);
}

/* What is held until the end of a call. */

static __always_inline uint64_t held_owner(const struct bpf_task *task, uint32_t number)
{
	return (uint64_t)task->slot << 32 | number;
}

static __always_inline struct held_detail *held_of(const struct bpf_task *task)
{
	uint32_t zero = 0, at = task->slot % BPF_HELD_PLACES;
	void *places = bpf_map_lookup_elem(&held_details, &zero);
	return places ? bpf_map_lookup_elem(places, &at) : NULL;
}

/* Holds the record in ROOM, of call NUMBER of TASK. Returns whether there is a place for it. */
static __always_inline bool hold(
	struct detail_room *room, const struct bpf_task *task, uint32_t number)
{
	struct held_detail *held = held_of(task);
	uint64_t size = room->used, owner = held ? held->owner : 0;
	/* One of its own that nothing was heard of any more: its details were not wanted then. */
	bool is_left = owner >> 32 == task->slot && !task->suspended_count;
	BOUND(size, 2 * BPF_HELD_SIZE - 1);
	if (!held || (owner && !is_left) || room->used > sizeof(held->blocks) ||
		size > sizeof(held->blocks) ||
		__sync_val_compare_and_swap(&held->owner, owner, held_owner(task, number)) != owner)
		return false;
	room->record.size = (uint32_t)size;
	if (!bpf_probe_read_kernel(&held->record, sizeof(held->record), &room->record) &&
		!bpf_probe_read_kernel(held->blocks, (uint32_t)size, room->blocks))
		return true;
	held->owner = 0;
	return false;
}

/* Sends what is held of CALL of TASK, which has ended at END_NS. Returns its state then. */
__noinline uint32_t send_held(
	const struct bpf_task *task, const struct bpf_call *call, uint64_t end_ns)
{
	struct held_detail *held = task ? held_of(task) : NULL;
	if (!held || !call || held->owner != held_owner(task, number_of_detail(call)))
		return BPF_DETAIL_LOST;
	uint64_t size = held->record.size;
	uint32_t state = held->record.flags & BPF_DETAIL_INCOMPLETE ? BPF_DETAIL_MISSING
	                                                            : BPF_DETAIL_SENT;
	BOUND(size, 2 * BPF_HELD_SIZE - 1);
	held->record.end_ns = end_ns;
	if (size > sizeof(held->blocks) || !send_sized(&held->record, size))
		state = BPF_DETAIL_LOST;
	*(volatile uint64_t *)&held->owner = 0;
	return state;
}

/* A gate has rejected CALL of TASK: what is held of it is not needed. */
__noinline int drop_detail(const struct bpf_task *task, const struct bpf_call *call)
{
	if (!task || !call || state_of(call) != BPF_DETAIL_HELD)
		return 0;
	struct held_detail *held = held_of(task);
	if (held && held->owner == held_owner(task, number_of_detail(call)))
		*(volatile uint64_t *)&held->owner = 0;
	return 0;
}

/* Reads what the call that TASK begins is about. Returns bpf_call.detail. */
__noinline uint32_t enter_detail(struct bpf_task *task)
{
	if (!task)
		return 0;
	const struct bpf_call *call = &task->current;
	uint32_t wanted = wanted_of(task, call->nr, call->abi), what = memory_of(wanted);
	if (!(wanted & BPF_WANT_DETAILS) || !(phases_of(what, call->nr, call->abi) & FETCH_ENTRY))
		return 0;
	struct detail_room *room = detail_room();
	if (!room || rejecting_at_entry(task))
		return 0;
	begin_record(room, task, BPF_DETAIL_ENTRY, 0);
	for (uint32_t i = 0; i < 6; i++)
		room->args[i] = call->args[i];
	room->what = what;
	room->is_whole = wanted & BPF_WANT_WORDS;
	room->result = 0;
	room->block_phase = 0;
	walk(room, call->nr, call->abi, FETCH_ENTRY);
	if (!room->used)
		return 0;
	if (room->is_cut)
		room->record.flags = BPF_DETAIL_CUT;
	if (room->is_missing)
		room->record.flags |= BPF_DETAIL_INCOMPLETE;
	uint32_t number = ++task->details << DETAIL_STATE_BITS;
	room->record.number = number;
	if (gate_of(task, call) && hold(room, task, number))
		return number | BPF_DETAIL_HELD;
	if (!send_record(room))
		return number | BPF_DETAIL_LOST;
	return number | (room->is_missing ? BPF_DETAIL_MISSING : BPF_DETAIL_SENT);
}

/* How a call ended: its errno, and flags. */
#define HOW(err, flags) ((uint64_t)(flags) << 32 | (err))

/* Fills in the head of the record in ROOM: CALL, from START_NS. */
static __always_inline void describe(struct detail_room *room, const struct bpf_call *call,
	uint64_t start_ns, int64_t result, uint64_t how)
{
	struct bpf_detail *record = &room->record;
	record->enter_ns = start_ns;
	record->nr = call->nr;
	record->abi = call->abi;
	record->capture = call->capture;
	record->number = number_of_detail(call);
	record->flags = (uint32_t)(how >> 32);
	record->err = (int32_t)(uint32_t)how;
	record->result = result;
	for (uint32_t i = 0; i < 6; i++)
		record->args[i] = call->args[i];
}

/* Sends the record in ROOM about a call with STATE, of which things are WANTED. */
static __always_inline void send_call(struct detail_room *room, uint32_t state, uint32_t wanted)
{
	if (state == BPF_DETAIL_SENT || state == BPF_DETAIL_MISSING)
		room->record.flags |= BPF_DETAIL_HAS_ENTRY;
	if (memory_of(wanted))
		room->record.flags |= BPF_DETAIL_HAS_DATA;
	if (room->is_cut)
		room->record.flags |= BPF_DETAIL_CUT;
	if (state == BPF_DETAIL_LOST || !send_record(room))
		count_lost(wanted);
}

/*
 * CALL of TASK has ended at END_NS, long ago, or with its task: nothing of it can be read. HOW: its
 * errno, and flags.
 */
__noinline int end_detail(
	struct bpf_task *task, const struct bpf_call *call, uint64_t end_ns, uint64_t how)
{
	if (!task || !call)
		return 0;
	uint32_t wanted = wanted_of(task, call->nr, call->abi);
	struct detail_room *room = wanted & BPF_WANT_DETAILS ? detail_room() : NULL;
	if (!room)
		return 0;
	uint32_t state = state_of(call);
	if (state == BPF_DETAIL_HELD)
		state = send_held(task, call, end_ns);
	begin_record(room, task, BPF_DETAIL_EXIT, end_ns);
	describe(room, call, call->enter_ns, 0,
		call->partial ? how | HOW(0, BPF_DETAIL_PARTIAL) : how);
	send_call(room, state, wanted);
	return 0;
}

static __always_inline bool is_execve(uint32_t nr, uint32_t abi)
{
	if (abi == I386)
		return nr == NR_EXECVE_I386 || nr == NR_EXECVEAT_I386;
	if (abi == X32)
		return nr == NR_EXECVE_X32 || nr == NR_EXECVEAT_X32;
	return nr == NR_EXECVE || nr == NR_EXECVEAT;
}

/*
 * The arguments of an execve whose entry was not seen, as the new program has got them: argc, argv,
 * NULL, envp, NULL are at its stack pointer, and the path is behind all strings; see ld.so(8) and
 * create_elf_tables() of the kernel. Returns false if that is not known.
 */
static __always_inline bool find_exec_args(struct bpf_call *call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	uint64_t count = 0, sp = regs->sp;
	if (is_compat(regs) || !task->mm ||
		bpf_probe_read_user(&count, sizeof(count), (void *)sp) || count > UINT32_MAX)
		return false;
	call->args[0] = task->mm->env_end;
	call->args[1] = sp + 8;
	call->args[2] = sp + 8 * (count + 2);
	return true;
}

/*
 * The current call of TASK has returned RESULT at END_NS. HOW: its errno, and flags.
 */
__noinline int exit_detail(struct bpf_task *task, uint64_t end_ns, int64_t result, uint64_t how)
{
	if (!task)
		return 0;
	struct bpf_call *call = &task->current;
	uint32_t nr = call->nr, abi = call->abi, wanted = wanted_of(task, nr, abi);
	struct detail_room *room = wanted & BPF_WANT_DETAILS ? detail_room() : NULL;
	if (!room)
		return 0;
	uint32_t state = state_of(call);
	if (state == BPF_DETAIL_HELD)
		state = send_held(task, call, end_ns);
	begin_record(room, task, BPF_DETAIL_EXIT, end_ns);
	uint32_t err = (uint32_t)how, what = memory_of(wanted);
	uint32_t phases = phases_of(what, nr, abi);
	bool is_replaced = !err && is_execve(nr, abi);
	if (is_replaced && call->partial && !call->args[0] && !call->args[1] &&
		find_exec_args(call))
		is_replaced = false;
	if (phases && !is_replaced && state != BPF_DETAIL_LOST) {
		for (uint32_t i = 0; i < 6; i++)
			room->args[i] = call->args[i];
		room->what = what;
		room->is_whole = wanted & BPF_WANT_WORDS;
		room->result = err ? 0 : result;
		room->block_phase = 0;
		if (phases & FETCH_ENTRY && state != BPF_DETAIL_SENT)
			walk(room, nr, abi, FETCH_ENTRY);
		room->block_phase = 1;
		room->has_failed = err != 0;
		if (phases & FETCH_EXIT) {
			for (uint32_t i = 0; i < 6; i++)
				room->args[i] = call->args[i];
			walk(room, nr, abi, FETCH_EXIT);
		}
	}
	describe(room, call, call->enter_ns, result,
		call->partial ? how | HOW(0, BPF_DETAIL_PARTIAL) : how);
	send_call(room, state, wanted);
	return 0;
}

/* Signals. */

SEC("tp_btf/signal_deliver")
int signal_deliver(unsigned long long *context)
{
	struct bpf_task *task = task_of((uint32_t)bpf_get_current_pid_tgid());
	struct detail_room *room = task ? detail_room() : NULL;
	if (!room || context[0] == SIGKILL)
		return 0;
	begin_record(room, task, BPF_DETAIL_SIGNAL, bpf_ktime_get_ns());
	room->record.signal = (uint32_t)context[0];
	room->used = BPF_SIGINFO;
	/* Addresses below this say that there is none: SEND_SIG_NOINFO, SEND_SIG_PRIV. */
	if (context[1] < PAGE_SIZE ||
		bpf_probe_read_kernel(room->blocks, BPF_SIGINFO, (void *)context[1]))
		__builtin_memset(room->blocks, 0, BPF_SIGINFO);
	if (!send_record(room))
		__sync_fetch_and_add(&details.lost_signals, 1);
	return 0;
}

#endif
