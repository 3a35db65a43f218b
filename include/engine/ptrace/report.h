/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handles the reports of tracees: the heart of the engine.
 *
 *     report ──▶ which stop? ──▶ which call? ──▶ tracee_step() ──▶ resume ──▶ write events
 *                stop_decode()   world_trace     pure
 *
 * The order matters: the tracee is resumed before events are written, so that it waits no longer
 * than necessary. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_REPORT_H
#define STOP_ENGINE_PTRACE_REPORT_H

#include <signal.h>

struct tracer;

/* Handles report INFO from world_wait.next(), and resumes the tracee. */
void report_handle(struct tracer *tracer, const siginfo_t *info);

#endif
