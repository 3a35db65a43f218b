/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which details are displayed, so that the tracer collects no others: written by the user
 * interface, read by the tracer at each stop, without a lock. One bit per kind of detail and call.
 *
 * Relaxed memory order throughout: a bit says what to collect from now on and orders nothing else;
 * it is harmless if a change is seen one stop later.
 */
#ifndef STOP_EVENT_INTEREST_H
#define STOP_EVENT_INTEREST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "event/gate.h"

struct callset;
struct filter;

/* What can be collected beyond the counts. */
enum interest_kind {
	INTEREST_ARGS,     /* the arguments of a call in progress */
	INTEREST_STACKS,   /* the stacks of calls */
	INTEREST_DETAILS,  /* EVENT_DETAIL for completed calls: arguments and results */
	INTEREST_NAMES,    /* and the memory that names objects: paths, addresses (FETCH_NAMES) */
	INTEREST_DATA,     /* and all other memory (FETCH_ALL) */
	INTEREST_PROGRESS, /* a detail at the beginning of those of which memory is read */
	INTEREST_WORDS,    /* and strings and lists of strings as a whole */
	INTEREST_LOG, /* details of these are counted when they are dropped: --log, --ship-calls */
	INTEREST_KINDS,
};

/* Who requests details: each has requests of its own, and what any of them requests is collected.
 */
enum interest_user {
	INTEREST_LOG_FILE,  /* --log */
	INTEREST_LOG_PANE,  /* the log on the screen */
	INTEREST_FILES,     /* what follows descriptors, and the view of files and peers */
	INTEREST_FILTER,    /* filters and conditions on details */
	INTEREST_SIGNALS,   /* who sends signals */
	INTEREST_PROGRAMS,  /* which programs are executed */
	INTEREST_RECORDING, /* --record-detail */
	INTEREST_SHIPPING,  /* --ship-calls */
	INTEREST_USERS,
};

#define INTEREST_NUMBERS \
	1024 /* call numbers with their own bit; the others share the last \
	      */

/* The most filters of a user. */
#define INTEREST_FILTERS 4

struct interest {
	_Atomic uint64_t bits[INTEREST_KINDS][ABI_COUNT][INTEREST_NUMBERS / 64];
	/* The user interface's: who requests what is in `bits`. */
	uint64_t users[INTEREST_USERS][INTEREST_KINDS][ABI_COUNT][INTEREST_NUMBERS / 64];
	_Atomic pid_t stacks_of;  /* a task for which the stacks of all calls are requested, or 0 */
	_Atomic pid_t details_of; /* a task for which all details of all calls are, or 0 */
	_Atomic bool split;       /* where the time of calls goes is to be split */
	_Atomic bool signals;     /* EVENT_SIGNAL is requested */
	_Atomic bool waits;       /* details that do not fit into the ring are waited for: targets
	                             may be delayed without bound */
	_Atomic uint32_t string_max; /* maximum size of strings and buffers in details */
	_Atomic bool verbose; /* all of lists and structures, not only what is usually shown */

	/*
	 * Gates: details of which calls are of no use to anybody who requests them. `gates_serial`
	 * is odd while they are written: whatever was read meanwhile is not valid.
	 */
	_Atomic uint32_t gates_serial;
	_Atomic uint8_t gate_of[ABI_COUNT][INTEREST_NUMBERS]; /* 0: all are of use */
	struct gate gate[GATES];                              /* from 1 on */
	uint32_t gate_count;
	/* The user interface's: what they are made of. Filters are not owned. */
	const struct filter *filters[INTEREST_USERS][INTEREST_FILTERS];
};

/* Any thread: whether KIND is requested for CALL. */
static inline bool interest_has(
	const struct interest *interest, enum interest_kind kind, struct call call)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	uint64_t word = atomic_load_explicit(
		&interest->bits[kind][call.abi][nr / 64], memory_order_relaxed);
	return word >> (nr % 64) & 1;
}

/* Any thread: whether the split of time is requested. */
static inline bool interest_has_split(const struct interest *interest)
{
	return atomic_load_explicit(&interest->split, memory_order_relaxed);
}

/* User interface: requests the split of time, or not, from now on. */
void interest_set_split(struct interest *interest, bool wanted);

/* User interface: USER requests KIND for the calls of SET, and no others; NULL: for none. */
void interest_request(struct interest *interest, enum interest_user user, enum interest_kind kind,
	const struct callset *set);

/* User interface: USER requests KIND for every call, or for none. */
void interest_request_all(
	struct interest *interest, enum interest_user user, enum interest_kind kind, bool wanted);

/* User interface: USER requests KIND for CALL, or not, from now on. */
void interest_request_call(struct interest *interest, enum interest_user user,
	enum interest_kind kind, struct call call, bool wanted);

/*
 * User interface: details that USER requests are of use only for calls that one of the FILTERS may
 * select, which must stay valid; COUNT 0: for all.
 */
void interest_set_filters(struct interest *interest, enum interest_user user,
	const struct filter *const *filters, size_t count);

/*
 * Any thread: the number of the gates as they are now, not 0, in events that say that a gate has
 * rejected a call. They are ordered, modulo 2^16: see interest_gate_is_since().
 */
uint16_t interest_gates(const struct interest *interest);

/* Of a value of `gates_serial`. */
static inline uint16_t interest_gates_of(uint32_t serial)
{
	return (uint16_t)(serial >> 1);
}

/* Any thread: whether GATE, the number in an event, is that of gates made since SINCE was. */
static inline bool interest_gate_is_since(uint16_t gate, uint16_t since)
{
	return gate && (int16_t)(uint16_t)(gate - since) >= 0;
}

/*
 * Any thread: the number of the gates if they reject CALL by task TID, of which GATE_CALL is known;
 * 0: its details are requested, as far as others say so.
 */
uint16_t interest_rejects(const struct interest *interest, struct call call, pid_t tid,
	const struct gate_call *gate_call);

/* Any thread: whether there is a gate for CALL at all. */
static inline bool interest_has_gate(const struct interest *interest, struct call call)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	return atomic_load_explicit(&interest->gate_of[call.abi][nr], memory_order_relaxed) != 0;
}

/* Any thread: whether KIND is requested for any call. */
bool interest_has_any(const struct interest *interest, enum interest_kind kind);

/*
 * The following are for kinds of which there is one user only.
 *
 * User interface: requests KIND for every call, or for none.
 */
void interest_set_all(struct interest *interest, enum interest_kind kind, bool wanted);

/* User interface: requests KIND for CALL, or not, from now on. */
void interest_set(
	struct interest *interest, enum interest_kind kind, struct call call, bool wanted);

/* Any thread: whether the stack of CALL by task TID is requested. */
static inline bool interest_has_stack(const struct interest *interest, struct call call, pid_t tid)
{
	return interest_has(interest, INTEREST_STACKS, call) ||
	       atomic_load_explicit(&interest->stacks_of, memory_order_relaxed) == tid;
}

/* Any thread: whether KIND, one of those of details, is requested of CALL by task TID. */
static inline bool interest_has_detail(
	const struct interest *interest, enum interest_kind kind, struct call call, pid_t tid)
{
	return interest_has(interest, kind, call) ||
	       atomic_load_explicit(&interest->details_of, memory_order_relaxed) == tid;
}

#endif
