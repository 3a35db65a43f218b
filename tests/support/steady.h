/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steady.tracee as a target: its threads make progress forever, each in another way, and each has
 * to go on, whatever becomes of `stop`.
 */
#ifndef STOP_TESTS_SUPPORT_STEADY_H
#define STOP_TESTS_SUPPORT_STEADY_H

#include "support/program.h"

/* Starts it. Never NULL. */
struct program *steady_start(void);

/* Checks that every thread of TARGET makes progress. */
void steady_goes_on(struct program *target);

#endif
