/*
 * What is done at each report of a tracee: the heart of the engine.
 *
 *     report ──▶ what stop is it? ──▶ what call is it in? ──▶ tracee_step() ──▶ resume ──▶ write
 *                stop_decode()        world_trace             pure                         events
 *
 * The order matters: the tracee is resumed before anything is written, so that it waits no longer
 * than it has to. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_REPORT_H
#define STOP_ENGINE_PTRACE_REPORT_H

#include <signal.h>

struct tracer;

/* Handles the report INFO, as world_wait.next() has given it, and resumes the tracee. */
void report_handle(struct tracer *tracer, const siginfo_t *info);

#endif
