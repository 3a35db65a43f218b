/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The namer: the worker that names addresses, by symbol tables, debug information and perf maps.
 * Its requests and answers are in stack/protocol.h.
 */
#ifndef STOP_STACK_NAMER_H
#define STOP_STACK_NAMER_H

#include "stack/worker.h"

extern const struct worker_kind namer_kind;

#endif
