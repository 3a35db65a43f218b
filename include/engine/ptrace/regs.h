/*
 * The registers that hold a system call, on x86-64: the one header that differs by architecture.
 *
 * PTRACE_GETREGSET gives one of two layouts, told vm_process by its size: that of a 64-bit task or
 * that of one that runs 32-bit code now. Pure; any thread.
 */
#ifndef STOP_ENGINE_PTRACE_REGS_H
#define STOP_ENGINE_PTRACE_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include "abi/syscall.h"

/* struct user_regs_struct of a 32-bit kernel: what NT_PRSTATUS is for a task in 32-bit code. */
struct regs_i386 {
	uint32_t bx, cx, dx, si, di, bp, ax, ds, es, fs, gs, orig_ax, ip, cs, flags, sp, ss;
};

struct regs {
	union {
		struct user_regs_struct x86_64;
		struct regs_i386 i386;
	};
};

static inline bool regs_are_32(size_t size)
{
	return size == sizeof(struct regs_i386);
}

/*
 * Whether the task is between the entry into a call and the return to user code. The kernel keeps
 * the number in orig_ax there, and -1 after an interrupt or when the return is made by hand.
 */
static inline bool regs_in_call(const struct regs *regs, size_t size)
{
	return regs_are_32(size) ? regs->i386.orig_ax != UINT32_MAX
	                         : regs->x86_64.orig_rax != UINT64_MAX;
}

static inline uint64_t regs_call_number(const struct regs *regs, size_t size)
{
	return regs_are_32(size) ? regs->i386.orig_ax : regs->x86_64.orig_rax;
}

/* What the call returns if nothing happens to it: a value or -errno. */
static inline int64_t regs_call_result(const struct regs *regs, size_t size)
{
	return regs_are_32(size) ? (int32_t)regs->i386.ax : (int64_t)regs->x86_64.rax;
}

static inline void regs_set_result(struct regs *regs, size_t size, int64_t result)
{
	if (regs_are_32(size))
		regs->i386.ax = (uint32_t)result;
	else
		regs->x86_64.rax = (uint64_t)result;
}

static inline void regs_call_args(
	const struct regs *regs, size_t size, uint64_t args[CALL_MAX_ARGS])
{
	const struct user_regs_struct *l = &regs->x86_64;
	const struct regs_i386 *s = &regs->i386;
	const uint64_t wide[CALL_MAX_ARGS] = {l->rdi, l->rsi, l->rdx, l->r10, l->r8, l->r9};
	const uint64_t compat[CALL_MAX_ARGS] = {s->bx, s->cx, s->dx, s->si, s->di, s->bp};
	for (size_t i = 0; i < CALL_MAX_ARGS; i++)
		args[i] = regs_are_32(size) ? compat[i] : wide[i];
}

#endif
