/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real ptrace(2); see engine/ptrace/world/trace.h. */
#include "config.h"

#include "engine/ptrace/world/trace.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arch/arch.h"
#include "engine/ptrace/state/syscall_view.h"
#include "engine/ptrace/world/kernel.h"

_Static_assert(sizeof(struct filter_instruction) == 8, "as struct sock_filter of <linux/filter.h>");
_Static_assert(ARCH_CALL_ARGS == CALL_MAX_ARGS, "registers and calls have the same arguments");

/* The raw system call: the C library's prototype has its own enum, and it sets errno on success. */
static int request(long what, pid_t tid, unsigned long address, unsigned long data)
{
	return syscall(SYS_ptrace, what, tid, address, data) < 0 ? -errno : 0;
}

static int interrupt(struct world *world, pid_t tid)
{
	(void)world;
	return request(PTRACE_INTERRUPT, tid, 0, 0);
}

static int resume(struct world *world, pid_t tid, int signal)
{
	(void)world;
	return request(PTRACE_SYSCALL, tid, 0, (unsigned long)signal);
}

static int stay_stopped(struct world *world, pid_t tid)
{
	(void)world;
	return request(PTRACE_LISTEN, tid, 0, 0);
}

static int detach(struct world *world, pid_t tid, int signal)
{
	(void)world;
	return request(PTRACE_DETACH, tid, 0, (unsigned long)signal);
}

static int read_message(struct world *world, pid_t tid, pid_t *message)
{
	unsigned long value;
	(void)world;
	int result = request(PTRACE_GETEVENTMSG, tid, 0, (unsigned long)&value);
	if (result == 0)
		*message = (pid_t)value;
	return result;
}

/* Registers. */

static int read_registers(struct world *world, pid_t tid, struct arch_regs *regs)
{
	struct iovec place = {regs->word, sizeof(regs->word)};
	(void)world;
	int result = request(PTRACE_GETREGSET, tid, NT_PRSTATUS, (unsigned long)&place);
	if (result == 0)
		regs->size = place.iov_len;
	return result;
}

static int write_registers(pid_t tid, struct arch_regs *regs)
{
	struct iovec place = {regs->word, regs->size};
	return request(PTRACE_SETREGSET, tid, NT_PRSTATUS, (unsigned long)&place);
}

static int set_result(struct world *world, pid_t tid, int64_t result)
{
	struct arch_regs regs;
	int error = read_registers(world, tid, &regs);
	if (error < 0)
		return error;
	arch_regs_set_result(&regs, result);
	return write_registers(tid, &regs);
}

static int set_interrupted(struct world *world, pid_t tid, struct call call, int error)
{
	struct arch_regs regs;
	uint32_t audit_arch, nr;
	int result = read_registers(world, tid, &regs);
	if (result < 0)
		return result;
	call_to_kernel(call, &audit_arch, &nr);
	arch_regs_set_interrupted(&regs, nr, error);
	return write_registers(tid, &regs);
}

static int set_argument(struct world *world, pid_t tid, unsigned int index, uint64_t value)
{
	struct arch_regs regs;
	int error = read_registers(world, tid, &regs);
	if (error < 0)
		return error;
	arch_regs_set_call_arg(&regs, index, value);
	return write_registers(tid, &regs);
}

/* System calls. */

static int read_info(pid_t tid, struct __ptrace_syscall_info *info)
{
	/* The result is the size of the information, never 0. */
	int size = (int)syscall(
		SYS_ptrace, (long)PTRACE_GET_SYSCALL_INFO, tid, sizeof(*info), (unsigned long)info);
	return size < 0 ? -errno : 0;
}

/* Reads the call that TID is in, and its result so far, from the registers. */
static int read_call(struct world *world, pid_t tid, const struct __ptrace_syscall_info *info,
	struct syscall_view *view)
{
	struct arch_regs regs;
	int result = read_registers(world, tid, &regs);
	if (result < 0)
		return result;
	if (!arch_regs_in_call(&regs) ||
		!call_from_kernel(info->arch, arch_regs_call_number(&regs), &view->call))
		return 0;
	view->op = SYSCALL_PENDING;
	view->ip = info->instruction_pointer;
	view->sp = info->stack_pointer;
	arch_regs_call_args(&regs, view->args);
	view->result = arch_regs_result(&regs);
	view->is_error = view->result < 0 && view->result >= -4095;
	return 0;
}

static void view_entry(const struct __ptrace_syscall_info *info, struct syscall_view *view)
{
	if (!call_from_kernel(info->arch, info->entry.nr, &view->call))
		return;
	view->op = SYSCALL_ENTRY;
	for (size_t i = 0; i < CALL_MAX_ARGS; i++)
		view->args[i] = info->entry.args[i];
}

static int view_exit(struct world *world, pid_t tid, const struct __ptrace_syscall_info *info,
	bool need_call, struct syscall_view *view)
{
	if (need_call) {
		int result = read_call(world, tid, info, view);
		if (result < 0)
			return result;
	}
	view->op = SYSCALL_EXIT;
	view->result = info->exit.rval;
	view->is_error = info->exit.is_error;
	return 0;
}

static int view_syscall(struct world *world, pid_t tid, bool need_call, struct syscall_view *view)
{
	struct __ptrace_syscall_info info;
	int result = read_info(tid, &info);
	if (result < 0)
		return result;
	struct syscall_view seen = {
		.op = SYSCALL_NONE,
		.ip = info.instruction_pointer,
		.sp = info.stack_pointer,
	};
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		view_entry(&info, &seen);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		result = view_exit(world, tid, &info, need_call, &seen);
	if (result == 0)
		*view = seen;
	return result;
}

static int view_pending_syscall(struct world *world, pid_t tid, struct syscall_view *view)
{
	struct __ptrace_syscall_info info;
	struct syscall_view seen = {.op = SYSCALL_NONE};
	int result = read_info(tid, &info);
	if (result == 0) {
		seen.ip = info.instruction_pointer;
		seen.sp = info.stack_pointer;
		result = read_call(world, tid, &info, &seen);
	}
	if (result == 0)
		*view = seen;
	return result;
}

/* The kernel writes the whole program: its size is asked for first. */
static int read_filter(struct world *world, pid_t tid, unsigned int index,
	struct filter_instruction code[FILTER_MAX])
{
	(void)world;
	long count = syscall(SYS_ptrace, (long)PTRACE_SECCOMP_GET_FILTER, tid, index, NULL);
	if (count > FILTER_MAX)
		return -EMSGSIZE;
	if (count >= 0)
		count = syscall(SYS_ptrace, (long)PTRACE_SECCOMP_GET_FILTER, tid, index, code);
	return count < 0 ? -errno : (int)count;
}

static int read_signal_info(struct world *world, pid_t tid, siginfo_t *info)
{
	(void)world;
	return request(PTRACE_GETSIGINFO, tid, 0, (unsigned long)info);
}

const struct world_trace kernel_trace = {
	.seize = kernel_seize,
	.interrupt = interrupt,
	.resume = resume,
	.listen = stay_stopped,
	.detach = detach,
	.message = read_message,
	.syscall = view_syscall,
	.pending_syscall = view_pending_syscall,
	.set_result = set_result,
	.set_interrupted = set_interrupted,
	.set_argument = set_argument,
	.filter = read_filter,
	.signal_info = read_signal_info,
	.registers = read_registers,
};
