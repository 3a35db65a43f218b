/*
 * A look at the stack of a thread that waits in a call, without stopping it: /proc/PID/task/TID/
 * syscall has its stack pointer and program counter, and while it waits its stack stays as it is.
 * The other registers are known to nobody but its tracer. Any thread.
 */
#ifndef STOP_STACK_PEEK_H
#define STOP_STACK_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/stack_copy.h"

struct peek {
	pid_t tgid, tid;
	uint32_t nr;      /* of the 64-bit call that it is to wait in */
	uint64_t time_ns; /* when it did; peek_take()'s */
};

/*
 * Copies up to LIMIT bytes of the stack of PEEK's thread into COPY, which has room for them.
 * Returns false where it has not waited in that call all the while: then the copy is nobody's
 * stack.
 */
bool peek_take(struct peek *peek, size_t limit, struct stack_copy *copy);

#endif
