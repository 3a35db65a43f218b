/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What filters say about a call as far as an engine can tell it: see event/gate.h. Pure; any
 * thread.
 */
#ifndef STOP_EVENT_FILTER_GATE_H
#define STOP_EVENT_FILTER_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/syscall.h"
#include "event/gate.h"

struct event_detail;
struct filter;

/*
 * Adds to GATE the calls of CALL of which FILTER may select some: all that filter_answer() answers
 * with yes or unknown, and maybe more, but none that the numbers of boxes can tell apart. A GATE
 * without boxes rejects all calls.
 */
void filter_gate_add(const struct filter *filter, struct call call, struct gate *gate);

/* What DETAIL says about its call; its `args` are those of DETAIL. */
struct gate_call gate_call_of_detail(const struct event_detail *detail);

/* Makes GATE let everything through. */
void filter_gate_open(struct gate *gate);

/* Whether GATE lets everything through. */
bool filter_gate_is_open(const struct gate *gate);

#endif
