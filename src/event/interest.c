/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which details are displayed; see event/interest.h. */
#include "config.h"

#include "event/interest.h"

#include <stddef.h>
#include <string.h>

#include "abi/callset.h"
#include "event/filter_gate.h"

void interest_set_all(struct interest *interest, enum interest_kind kind, bool wanted)
{
	for (int abi = 0; abi < ABI_COUNT; abi++) {
		for (int word = 0; word < INTEREST_NUMBERS / 64; word++)
			atomic_store_explicit(&interest->bits[kind][abi][word],
				wanted ? UINT64_MAX : 0, memory_order_relaxed);
	}
}

void interest_set_split(struct interest *interest, bool wanted)
{
	atomic_store_explicit(&interest->split, wanted, memory_order_relaxed);
}

void interest_set(struct interest *interest, enum interest_kind kind, struct call call, bool wanted)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	_Atomic uint64_t *word = &interest->bits[kind][call.abi][nr / 64];
	uint64_t bit = UINT64_C(1) << (nr % 64);
	if (wanted)
		atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
	else
		atomic_fetch_and_explicit(word, ~bit, memory_order_relaxed);
}

/* Collects KIND of the calls in word WORD of ABI if any user requests them. */
static void unite(struct interest *interest, enum interest_kind kind, uint32_t abi, uint32_t word)
{
	uint64_t bits = 0;
	for (int user = 0; user < INTEREST_USERS; user++)
		bits |= interest->users[user][kind][abi][word];
	atomic_store_explicit(&interest->bits[kind][abi][word], bits, memory_order_relaxed);
}

/* Gates. */

static bool has_filters(const struct interest *interest)
{
	for (int user = 0; user < INTEREST_USERS; user++) {
		if (interest->filters[user][0])
			return true;
	}
	return false;
}

static bool requests(const struct interest *interest, int user, struct call call)
{
	return interest->users[user][INTEREST_DETAILS][call.abi][call.nr / 64] >> (call.nr % 64) &
	       1;
}

/* Makes GATE that of CALL: what all together that request its details have a use for. */
static void make_gate(const struct interest *interest, struct call call, struct gate *gate)
{
	*gate = (struct gate){0};
	for (int user = 0; user < INTEREST_USERS; user++) {
		const struct filter *const *filters = interest->filters[user];
		if (!requests(interest, user, call))
			continue;
		/* The last one is for all numbers beyond. */
		if (!filters[0] || call.nr == INTEREST_NUMBERS - 1) {
			filter_gate_open(gate);
			return;
		}
		for (int i = 0; i < INTEREST_FILTERS && filters[i]; i++)
			filter_gate_add(filters[i], call, gate);
	}
}

/* The number of GATE, which is added if there is room and no equal one; 0: there is none. */
static uint8_t place_gate(struct interest *interest, const struct gate *gate)
{
	if (filter_gate_is_open(gate))
		return 0;
	for (uint32_t i = 1; i < interest->gate_count; i++) {
		if (memcmp(&interest->gate[i], gate, sizeof(*gate)) == 0)
			return (uint8_t)i;
	}
	if (interest->gate_count == GATES)
		return 0;
	interest->gate[interest->gate_count] = *gate;
	return (uint8_t)interest->gate_count++;
}

/* Finds the number of the gate of CALL. */
static uint8_t find_gate(struct interest *interest, struct call call)
{
	struct gate gate;
	if (!interest_has(interest, INTEREST_DETAILS, call) || !has_filters(interest))
		return 0;
	make_gate(interest, call, &gate);
	return place_gate(interest, &gate);
}

static void set_gate(struct interest *interest, struct call call, uint8_t number)
{
	atomic_store_explicit(&interest->gate_of[call.abi][call.nr], number, memory_order_relaxed);
}

static void begin_gates(struct interest *interest)
{
	uint32_t serial = atomic_load_explicit(&interest->gates_serial, memory_order_relaxed);
	atomic_store_explicit(&interest->gates_serial, serial + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

static void end_gates(struct interest *interest)
{
	uint32_t serial = atomic_load_explicit(&interest->gates_serial, memory_order_relaxed) + 1;
	/* 0 says in events that none has rejected a call. */
	if (!interest_gates_of(serial))
		serial += 2;
	atomic_store_explicit(&interest->gates_serial, serial, memory_order_release);
}

/* Makes all gates anew, if there are any. */
static void make_gates(struct interest *interest)
{
	if (!has_filters(interest) && interest->gate_count <= 1)
		return;
	begin_gates(interest);
	interest->gate_count = 1;
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < INTEREST_NUMBERS; nr++) {
			const struct call call = {.nr = nr, .abi = abi};
			set_gate(interest, call, find_gate(interest, call));
		}
	}
	end_gates(interest);
}

void interest_set_filters(struct interest *interest, enum interest_user user,
	const struct filter *const *filters, size_t count)
{
	for (size_t i = 0; i < INTEREST_FILTERS; i++)
		interest->filters[user][i] = i < count && count <= INTEREST_FILTERS ? filters[i]
		                                                                    : NULL;
	make_gates(interest);
}

uint16_t interest_gates(const struct interest *interest)
{
	return interest_gates_of(
		atomic_load_explicit(&interest->gates_serial, memory_order_relaxed));
}

uint16_t interest_rejects(const struct interest *interest, struct call call, pid_t tid,
	const struct gate_call *gate_call)
{
	uint32_t serial = atomic_load_explicit(&interest->gates_serial, memory_order_acquire);
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	uint8_t number = atomic_load_explicit(
		&interest->gate_of[call.abi][nr], memory_order_relaxed);
	if (!number || atomic_load_explicit(&interest->details_of, memory_order_relaxed) == tid ||
		gate_has(&interest->gate[number % GATES], gate_call))
		return 0;
	atomic_thread_fence(memory_order_acquire);
	bool is_valid = !(serial & 1) && atomic_load_explicit(&interest->gates_serial,
						 memory_order_relaxed) == serial;
	return is_valid ? interest_gates_of(serial) : 0;
}

/* Requests. */

/* USER requests KIND for CALL, or not. */
static void request(struct interest *interest, enum interest_user user, enum interest_kind kind,
	struct call call, bool wanted)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	uint64_t *word = &interest->users[user][kind][call.abi][nr / 64];
	uint64_t bit = UINT64_C(1) << (nr % 64);
	*word = wanted ? *word | bit : *word & ~bit;
	unite(interest, kind, call.abi, nr / 64);
}

void interest_request_call(struct interest *interest, enum interest_user user,
	enum interest_kind kind, struct call call, bool wanted)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	request(interest, user, kind, call, wanted);
	if (kind != INTEREST_DETAILS || !has_filters(interest))
		return;
	/* Gates that there are already do not change. */
	call.nr = nr;
	uint8_t number = find_gate(interest, call);
	if (interest->gate_of[call.abi][nr] == number)
		return;
	begin_gates(interest);
	set_gate(interest, call, number);
	end_gates(interest);
}

void interest_request(struct interest *interest, enum interest_user user, enum interest_kind kind,
	const struct callset *set)
{
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < INTEREST_NUMBERS; nr++) {
			const struct call call = {.nr = nr, .abi = abi};
			request(interest, user, kind, call, set && callset_has(set, call));
		}
	}
	if (kind == INTEREST_DETAILS)
		make_gates(interest);
}

void interest_request_all(
	struct interest *interest, enum interest_user user, enum interest_kind kind, bool wanted)
{
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t word = 0; word < INTEREST_NUMBERS / 64; word++) {
			interest->users[user][kind][abi][word] = wanted ? UINT64_MAX : 0;
			unite(interest, kind, abi, word);
		}
	}
	if (kind == INTEREST_DETAILS)
		make_gates(interest);
}

bool interest_has_any(const struct interest *interest, enum interest_kind kind)
{
	uint64_t bits = 0;
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t word = 0; word < INTEREST_NUMBERS / 64; word++)
			bits |= atomic_load_explicit(
				&interest->bits[kind][abi][word], memory_order_relaxed);
	}
	return bits != 0;
}
