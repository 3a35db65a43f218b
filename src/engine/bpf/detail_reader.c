/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of details; see engine/bpf/detail_reader.h. */
#include "config.h"

#include "engine/bpf/detail_reader.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "abi/fetch_step.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/ring.h"
#include "base/time.h"
#include "engine/bpf/detail_order.h"
#include "engine/bpf/kernel_side.h"
#include "engine/bpf/stack_reader.h"
#include "event/detail.h"
#include "event/interest.h"
#include "event/signal_info.h"

/* Maximum size of what is kept of all calls in progress. */
#define KEPT_MAX  ((size_t)64 << 20)

/* A record may arrive this much later than its call has ended: a hypervisor may take the CPU away
 * in between. */
#define ORDER_NS  (20 * NS_PER_MS)

/* How full the ring may be while some are left in it. */
#define HELD_MAX  (BPF_DETAIL_WAKE / 2)

/* Calls of a task that can be in progress at a time: suspended ones, and one more. */
#define CALLS_MAX (BPF_SUSPENDED + 1)

static_assert(BPF_DETAIL_NUMBERS == INTEREST_NUMBERS, "numbers are the same");
static_assert(sizeof(siginfo_t) >= BPF_SIGINFO, "the kernel's siginfo is a part of ours");
static_assert(2 * BPF_DETAIL_DATA <= DETAIL_DATA_MAX, "both records fit into an event");

/* What was read at the entry of a call. */
struct entry {
	struct entry *next; /* of an earlier call of the same task */
	uint32_t number;    /* of the call */
	uint32_t flags;     /* set of enum bpf_detail_flag */
	uint32_t size;      /* of the blocks */
	unsigned char blocks[];
};

/* What was lost until some time. */
struct losses {
	uint64_t calls, logged, signals, others;
};

struct detail_reader {
	struct kernel_side *side;
	struct ring *ring;
	const struct interest *interest;
	int error;                   /* of the first try to send details, or 0 */
	bool is_open, has_requested; /* it was tried; `requested` is valid */
	uint64_t requested[INTEREST_KINDS][BPF_DETAIL_ABIS][INTEREST_NUMBERS / 64];
	const struct bpf_detail *current; /* the one that was peeked at, or NULL */
	struct detail_order order;        /* of those that were looked at */
	bool is_holding;                  /* some were left for the next time */
	struct map entries;               /* struct entry by slot; owned */
	size_t kept;                      /* bytes of them */
	struct losses seen;               /* that records have said … */
	struct losses told;               /* … and events */
};

struct detail_reader *detail_reader_new(
	struct kernel_side *side, struct ring *ring, const struct interest *interest)
{
	struct detail_reader *reader = xcalloc(1, sizeof(*reader));
	reader->side = side;
	reader->ring = ring;
	reader->interest = interest;
	return reader;
}

/* Requesting. */

/* enum bpf_detail_wanted, by kind. */
static const uint8_t wanted_bits[INTEREST_KINDS] = {
	[INTEREST_DETAILS] = BPF_WANT_DETAILS,
	[INTEREST_NAMES] = BPF_WANT_NAMES,
	[INTEREST_DATA] = BPF_WANT_DATA,
	[INTEREST_LOG] = BPF_WANT_LOG,
	[INTEREST_WORDS] = BPF_WANT_WORDS,
};

/* Copies what is requested. Returns whether that has changed; *ANY: whether there is something. */
static bool copy_requests(struct detail_reader *reader, bool *any)
{
	bool has_changed = !reader->has_requested;
	*any = false;
	for (int kind = 0; kind < INTEREST_KINDS; kind++) {
		for (int abi = 0; wanted_bits[kind] && abi < BPF_DETAIL_ABIS; abi++) {
			for (int i = 0; i < INTEREST_NUMBERS / 64; i++) {
				uint64_t word = atomic_load_explicit(
					&reader->interest->bits[kind][abi][i],
					memory_order_relaxed);
				has_changed |= word != reader->requested[kind][abi][i];
				reader->requested[kind][abi][i] = word;
				*any |= kind == INTEREST_DETAILS && word;
			}
		}
	}
	reader->has_requested = true;
	return has_changed;
}

/* Copies the gates, if they have changed: until all are copied, they let everything through. */
static void tell_gates(struct detail_reader *reader, struct bpf_details *shared)
{
	const struct interest *interest = reader->interest;
	uint32_t serial = atomic_load_explicit(&interest->gates_serial, memory_order_acquire);
	if (serial & 1 || serial == shared->gates_serial)
		return;
	__atomic_store_n(&shared->gates_serial, serial | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(shared->gate, interest->gate, sizeof(shared->gate));
	for (int abi = 0; abi < BPF_DETAIL_ABIS; abi++) {
		for (int nr = 0; nr < BPF_DETAIL_NUMBERS; nr++)
			shared->call[abi][nr].gate = atomic_load_explicit(
				&interest->gate_of[abi][nr], memory_order_relaxed);
	}
	atomic_thread_fence(memory_order_acquire);
	/* Otherwise, they are being changed: they are copied again. */
	if (atomic_load_explicit(&interest->gates_serial, memory_order_relaxed) == serial)
		__atomic_store_n(&shared->gates_serial, serial, __ATOMIC_RELEASE);
}

static void tell_wanted(struct detail_reader *reader, struct bpf_details *shared)
{
	for (int abi = 0; abi < BPF_DETAIL_ABIS; abi++) {
		for (int nr = 0; nr < BPF_DETAIL_NUMBERS; nr++) {
			uint8_t wanted = 0;
			for (int kind = 0; kind < INTEREST_KINDS; kind++) {
				if (reader->requested[kind][abi][nr / 64] >> (nr % 64) & 1)
					wanted |= wanted_bits[kind];
			}
			__atomic_store_n(&shared->call[abi][nr].wanted, wanted, __ATOMIC_RELAXED);
		}
	}
}

/* Prepares the programs for sending, once. */
static void open_details(struct detail_reader *reader)
{
	const struct fetch_limits limits = {
		.string_max = atomic_load_explicit(
			&reader->interest->string_max, memory_order_relaxed),
		.verbose = atomic_load_explicit(&reader->interest->verbose, memory_order_relaxed),
	};
	if (reader->is_open || reader->error)
		return;
	reader->error = kernel_side_open_details(reader->side, &limits);
	reader->is_open = reader->error == 0;
}

int detail_reader_request(struct detail_reader *reader)
{
	struct bpf_details *shared = kernel_side_details(reader->side);
	uint32_t of = (uint32_t)atomic_load_explicit(
		&reader->interest->details_of, memory_order_relaxed);
	bool has_signals = atomic_load_explicit(&reader->interest->signals, memory_order_relaxed);
	bool any, has_changed = copy_requests(reader, &any);
	if (any || of || has_signals)
		open_details(reader);
	if (!reader->is_open)
		return reader->error;
	__atomic_store_n(&shared->is_rung, 0, __ATOMIC_RELAXED);
	if (has_changed)
		tell_wanted(reader, shared);
	tell_gates(reader, shared);
	__atomic_store_n(&shared->wanted_of, of, __ATOMIC_RELAXED);
	__atomic_store_n(&shared->is_wanted, any || of, __ATOMIC_RELEASE);
	return kernel_side_send_signals(reader->side, has_signals);
}

/* Entries. */

static void free_entry(struct detail_reader *reader, struct entry *entry)
{
	reader->kept -= sizeof(*entry) + entry->size;
	xfree(entry);
}

void detail_reader_forget(struct detail_reader *reader, uint32_t slot)
{
	struct entry *next, *entry = map_remove(&reader->entries, slot);
	for (; entry; entry = next) {
		next = entry->next;
		free_entry(reader, entry);
	}
}

void detail_reader_free(struct detail_reader *reader)
{
	struct entry *entry, *next;
	if (!reader)
		return;
	MAP_FOR_EACH (&reader->entries, at, entry) {
		for (; entry; entry = next) {
			next = entry->next;
			free_entry(reader, entry);
		}
	}
	map_clear(&reader->entries);
	detail_order_clear(&reader->order);
	xfree(reader);
}

/* Frees all but the first CALLS_MAX of the list at FIRST: their calls' ends were lost. */
static void drop_old(struct detail_reader *reader, struct entry *first)
{
	struct entry *last = first;
	for (int i = 1; last && i < CALLS_MAX; i++)
		last = last->next;
	while (last && last->next) {
		struct entry *old = last->next;
		last->next = old->next;
		free_entry(reader, old);
	}
}

static const unsigned char *blocks_of(const struct bpf_detail *record)
{
	return (const unsigned char *)(record + 1);
}

/* Keeps what RECORD has read at the entry of a call, if there is room. */
static void keep_entry(struct detail_reader *reader, const struct bpf_detail *record)
{
	size_t size = sizeof(struct entry) + record->size;
	if (reader->kept + size > KEPT_MAX || alloc_is_low())
		return;
	struct entry *entry = xcalloc(1, size);
	entry->number = record->number;
	entry->flags = record->flags;
	entry->size = record->size;
	memcpy(entry->blocks, blocks_of(record), record->size);
	entry->next = map_put(&reader->entries, record->slot, entry);
	reader->kept += size;
	drop_old(reader, entry);
}

/* The entry of the call of RECORD, or NULL. */
static const struct entry *find_entry(
	const struct detail_reader *reader, const struct bpf_detail *record)
{
	const struct entry *entry = NULL;
	if (record->flags & BPF_DETAIL_HAS_ENTRY)
		entry = map_get(&reader->entries, record->slot);
	while (entry && entry->number != record->number)
		entry = entry->next;
	return entry;
}

/* The call of RECORD has ended, and with it all that its task has begun since. */
static void drop_entries(struct detail_reader *reader, const struct bpf_detail *record)
{
	struct entry *entry = map_remove(&reader->entries, record->slot);
	/* The numbers of a task wrap around. */
	while (entry && (int32_t)(entry->number - record->number) >= 0) {
		struct entry *next = entry->next;
		free_entry(reader, entry);
		entry = next;
	}
	if (entry)
		map_put(&reader->entries, record->slot, entry);
}

/* Writing. */

/* How much more was lost since events have told. */
static struct losses untold(const struct detail_reader *reader)
{
	return (struct losses){
		.calls = reader->seen.calls - reader->told.calls,
		.logged = reader->seen.logged - reader->told.logged,
		.signals = reader->seen.signals - reader->told.signals,
		.others = reader->seen.others - reader->told.others,
	};
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Records of several CPUs are not in the order in which these have looked. */
static void see_losses(struct detail_reader *reader, const struct losses *losses)
{
	reader->seen.calls = greater(reader->seen.calls, losses->calls);
	reader->seen.logged = greater(reader->seen.logged, losses->logged);
	reader->seen.signals = greater(reader->seen.signals, losses->signals);
	reader->seen.others = greater(reader->seen.others, losses->others);
}

/* Writes an EVENT_LOST if there is something that only that says. */
static bool write_lost(struct detail_reader *reader, uint64_t now_ns)
{
	const struct losses losses = untold(reader);
	const struct event_lost record = {
		.event = {.type = EVENT_LOST, .time_ns = now_ns},
		.lost = losses.calls,
		.lost_logged = losses.logged,
		.lost_signals = losses.signals,
	};
	if (!losses.calls && !losses.signals && !losses.others)
		return true;
	if (!ring_push(reader->ring, &record, sizeof(record)))
		return false;
	reader->told = reader->seen;
	return true;
}

bool detail_reader_write_lost(struct detail_reader *reader, uint64_t now_ns)
{
	const struct bpf_details *shared = kernel_side_details(reader->side);
	const struct losses losses = {
		.calls = __atomic_load_n(&shared->lost, __ATOMIC_RELAXED),
		.logged = __atomic_load_n(&shared->lost_logged, __ATOMIC_RELAXED),
		.signals = __atomic_load_n(&shared->lost_signals, __ATOMIC_RELAXED),
		.others = __atomic_load_n(&shared->lost_others, __ATOMIC_RELAXED),
	};
	/* Otherwise, a record that comes before some of it would be written after. */
	if (!detail_reader_has_read(reader, detail_reader_end(reader)))
		return true;
	see_losses(reader, &losses);
	return write_lost(reader, now_ns);
}

/* Room for a detail of SIZE bytes that leaves some for what is counted; NULL: there is none. */
static void *reserve(struct detail_reader *reader, size_t size)
{
	size_t capacity = ring_capacity(reader->ring);
	if (ring_used(reader->ring) + size > capacity - capacity / 4)
		return NULL;
	return ring_reserve(reader->ring, size);
}

/* Fills in the head of EVENT by RECORD. */
static void describe(struct event_detail *event, const struct bpf_detail *record)
{
	bool never_returned = record->flags & BPF_DETAIL_NEVER_RETURNED;
	*event = (struct event_detail){
		.event = {.type = EVENT_DETAIL,
			.tid = (pid_t)record->tid,
			.time_ns = record->end_ns},
		.call = {.nr = record->nr, .abi = record->abi},
		.tgid = (pid_t)record->tgid,
		.end = never_returned ? DETAIL_NEVER_RETURNED : DETAIL_RETURNED,
		.start_ns = record->enter_ns,
		.result = record->result,
		.err = record->err,
		.partial = record->flags & BPF_DETAIL_PARTIAL,
		.has_data = record->flags & BPF_DETAIL_HAS_DATA,
		.is_summed = true,
		.is_cut = record->flags & BPF_DETAIL_CUT,
		.capture = stack_reader_capture(record->capture),
	};
	memcpy(event->args, record->args, sizeof(event->args));
}

/* Writes the call of RECORD. */
static bool write_call(struct detail_reader *reader, const struct bpf_detail *record)
{
	const struct entry *entry = find_entry(reader, record);
	uint32_t entry_size = entry ? entry->size : 0, exit_size = record->size;
	size_t size = sizeof(struct event_detail) + entry_size + exit_size;
	bool fits = size <= ring_capacity(reader->ring) / 2;
	if (!fits) {
		entry_size = exit_size = 0;
		size = sizeof(struct event_detail);
	}
	struct event_detail *event = reserve(reader, size);
	if (!event)
		return false;
	const struct losses losses = untold(reader);
	describe(event, record);
	event->is_cut |= !fits || (entry && entry->flags & BPF_DETAIL_CUT);
	event->lost = losses.calls;
	event->lost_logged = losses.logged;
	event->size = entry_size + exit_size;
	if (entry_size)
		memcpy(event->blocks, entry->blocks, entry_size);
	memcpy(event->blocks + entry_size, blocks_of(record), exit_size);
	ring_commit(reader->ring);
	reader->told.calls = reader->seen.calls;
	reader->told.logged = reader->seen.logged;
	if (record->flags & BPF_DETAIL_HAS_ENTRY)
		drop_entries(reader, record);
	return true;
}

static bool write_signal(struct detail_reader *reader, const struct bpf_detail *record)
{
	siginfo_t info = {0};
	memcpy(&info, blocks_of(record), BPF_SIGINFO);
	/* There is none of some signals that the kernel sends. */
	if (!info.si_signo) {
		info.si_signo = (int)record->signal;
		info.si_code = SI_KERNEL;
	}
	struct event_signal event = {
		.event = {.type = EVENT_SIGNAL,
			.tid = (pid_t)record->tid,
			.time_ns = record->end_ns},
		.tgid = (pid_t)record->tgid,
	};
	signal_info_copy(&info, &event);
	void *room = reserve(reader, sizeof(event));
	if (!room)
		return false;
	memcpy(room, &event, sizeof(event));
	ring_commit(reader->ring);
	return true;
}

/* Writes the event of RECORD. Returns false if there is no room. */
static bool write_record(struct detail_reader *reader, const struct bpf_detail *record)
{
	const struct losses losses = {
		.calls = record->lost,
		.logged = record->lost_logged,
		.signals = record->lost_signals,
		.others = record->lost_others,
	};
	see_losses(reader, &losses);
	/* A detail says itself that others are missing before it. */
	if ((untold(reader).signals || untold(reader).others) &&
		!write_lost(reader, record->end_ns))
		return false;
	switch (record->type) {
	case BPF_DETAIL_ENTRY:
		keep_entry(reader, record);
		return true;
	case BPF_DETAIL_EXIT:
		return write_call(reader, record);
	case BPF_DETAIL_SIGNAL:
		return write_signal(reader, record);
	default:
		return true;
	}
}

uint64_t detail_reader_end(const struct detail_reader *reader)
{
	return kernel_side_details_end(reader->side);
}

bool detail_reader_has_read(const struct detail_reader *reader, uint64_t position)
{
	return kernel_side_details_begin(reader->side) >= position;
}

/* Whether records are to be left for the next time: a log shows in which order they come. */
static bool holds(const struct detail_reader *reader)
{
	uint64_t bits = 0;
	for (int abi = 0; abi < BPF_DETAIL_ABIS; abi++) {
		for (int i = 0; i < INTEREST_NUMBERS / 64; i++)
			bits |= reader->requested[INTEREST_LOG][abi][i];
	}
	return bits &&
	       kernel_side_details_end(reader->side) - kernel_side_details_begin(reader->side) <
	               HELD_MAX;
}

void detail_reader_look(struct detail_reader *reader, uint64_t now_ns, bool is_last)
{
	struct detail_order *order = &reader->order;
	uint64_t at = kernel_side_details_begin(reader->side), next = at;
	uint64_t end = kernel_side_details_end(reader->side);
	uint64_t until_ns = is_last || !holds(reader) ? UINT64_MAX : now_ns - ORDER_NS;
	const struct bpf_detail *record;
	if (detail_order_next(order))
		return;
	detail_order_begin(order);
	reader->is_holding = false;
	for (; (record = kernel_side_detail(reader->side, &at, end, &next)) != NULL; at = next) {
		reader->is_holding = record->end_ns && record->end_ns > until_ns;
		if (reader->is_holding)
			break;
		detail_order_add(order, record->slot, record->end_ns, at, next);
	}
	/* What was discarded before the first. */
	if (!order->count)
		kernel_side_drop_details(reader->side, at);
	detail_order_sort(order);
}

bool detail_reader_is_holding(const struct detail_reader *reader)
{
	return reader->is_holding;
}

const struct bpf_detail *detail_reader_peek(struct detail_reader *reader)
{
	const struct detail_place *place = detail_order_next(&reader->order);
	uint64_t at = place ? place->at : 0, next;
	reader->current = place ? kernel_side_detail(reader->side, &at, place->end, &next) : NULL;
	return reader->current;
}

bool detail_reader_write(struct detail_reader *reader)
{
	if (!write_record(reader, reader->current))
		return false;
	reader->current = NULL;
	kernel_side_drop_details(reader->side, detail_order_done(&reader->order));
	return true;
}

uint64_t detail_reader_lost(const struct detail_reader *reader)
{
	return __atomic_load_n(&kernel_side_details(reader->side)->lost, __ATOMIC_RELAXED);
}
