/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tracer that is run on a target of its own threads: what bench/gap and bench/standstill share.
 */
#ifndef STOP_BENCH_TRACER_H
#define STOP_BENCH_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NS_PER_MS   UINT64_C(1000000)

/* Between two checks of a condition. */
#define CHECK_EVERY (5 * NS_PER_MS)

/* No tracer takes longer to attach. */
#define ATTACH_MAX  (60000 * NS_PER_MS)

uint64_t now_ns(void);
void pause_ns(uint64_t ns);

/* Ends the program because of the error in errno in WHAT. */
__attribute__((noreturn)) void die(const char *what);

/* SIZE bytes that the target and this program share, cleared. */
void *share_memory(size_t size);

/* Starts a thread with a small stack, which nobody joins. */
void start_thread(void *(*run)(void *), void *argument);

/* Runs the COUNT words of COMMAND and the PID of TARGET, without output. Returns its PID. */
pid_t start_tracer(char **command, int count, pid_t target);

/* Waits until thread NEWEST of TARGET is traced, or its calls are counted. Returns false if that
 * does not happen. */
bool await_attach(pid_t target, const _Atomic pid_t *newest, pid_t tracer);

#endif
