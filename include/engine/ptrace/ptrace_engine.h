/*
 * The engine that uses ptrace(2): it stops each thread at the entry and the exit of every call.
 */
#ifndef STOP_ENGINE_PTRACE_PTRACE_ENGINE_H
#define STOP_ENGINE_PTRACE_PTRACE_ENGINE_H

#include <stdint.h>

struct engine_class;

/* Bits of engine_request.options, in the order of its engine_class.options. */
#define PTRACE_NO_REPAIR \
	UINT32_C(1) /* leave calls that tracing interrupts as they are (repair.h) */

extern const struct engine_class ptrace_engine;

#endif
