/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs must know about the processor: registers, ABIs, numbers of calls. For BPF
 * programs only.
 */
#ifndef STOP_ARCH_X86_64_BPF_H
#define STOP_ARCH_X86_64_BPF_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip,
		cs, flags, sp, ss;
};

#pragma clang attribute pop

/* As enum abi. */
#define X86_64               0
#define I386                 1
#define X32                  2
#define X32_BIT              0x40000000
#define TS_COMPAT            2
#define SYSCALL_SIZE         2    /* of the instruction */
#define RED_ZONE             128  /* bytes below the stack pointer that a function may use */
#define CODE_32              0x23 /* the segment of 32-bit code */
#define PAGE_SIZE            4096

#define NR_RT_SIGRETURN      15
#define NR_RT_SIGRETURN_X32  513
#define NR_SIGRETURN_I386    119
#define NR_RT_SIGRETURN_I386 173
#define NR_EXECVE            59
#define NR_EXECVEAT          322
#define NR_EXECVE_I386       11
#define NR_EXECVEAT_I386     358
#define NR_EXECVE_X32        520
#define NR_EXECVEAT_X32      545
#define NR_MMAP              9
#define NR_MPROTECT          10
#define NR_MREMAP            25
#define NR_SHMAT             30
#define NR_PKEY_MPROTECT     329
#define NR_PRCTL             157
#define NR_PRCTL_I386        172
#define NR_RESTART           219 /* restart_syscall */
#define NR_RESTART_I386      0

/* The kernel's stack of a task: at least two pages, THREAD_SIZE. */
#define STACK_SIZE           16384

/*
 * Whether an interrupt is being handled, or what it has left to be done (softirqs). If it has
 * interrupted a program, the task's registers are those of no call (a fault looks the same);
 * otherwise it is on a stack of the CPU, not on that of the current task.
 */
static __always_inline bool is_in_interrupt(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	uint64_t stack = (uint64_t)task->stack, distance;
	if (task->mm && (int64_t)((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax < 0)
		return true;
	/* The verifier takes the 32-bit difference of any two values for a number. */
	asm volatile("r1 = r10\n"
		     "r2 = %1\n"
		     "w1 -= w2\n"
		     "%0 = r1"
		     : "=r"(distance)
		     : "r"(stack)
		     : "r1", "r2");
	return (uint32_t)distance >= STACK_SIZE;
}

/* The ABI of call ID of TASK; *NR is its number. */
static __always_inline uint32_t abi_of(const struct task_struct *task, int64_t id, uint32_t *nr)
{
	*nr = (uint32_t)id;
	if (task->thread_info.status & TS_COMPAT)
		return I386;
	if (id < 0 || !(id & X32_BIT))
		return X86_64;
	*nr = (uint32_t)id & ~X32_BIT;
	return X32;
}

/* Registers by their DWARF numbers, as in struct unwind_regs. */
#define UNWIND_IP   16
#define UNWIND_SP   7
#define UNWIND_LINK 5 /* %rdi: glibc's vfork keeps its return address there */

/* Stores the registers that functions preserve, and these, in REG, whose others are 0. */
static __always_inline void read_unwind_regs(uint64_t reg[17], const struct pt_regs *regs)
{
	reg[3] = regs->bx;
	reg[UNWIND_LINK] = regs->di;
	reg[6] = regs->bp;
	reg[UNWIND_SP] = regs->sp;
	reg[12] = regs->r12;
	reg[13] = regs->r13;
	reg[14] = regs->r14;
	reg[15] = regs->r15;
	reg[UNWIND_IP] = regs->ip;
}

static __always_inline bool is_compat(const struct pt_regs *regs)
{
	return (uint16_t)regs->cs == CODE_32;
}

static __always_inline bool ends_handler(uint32_t nr, uint32_t abi)
{
	if (abi == I386)
		return nr == NR_SIGRETURN_I386 || nr == NR_RT_SIGRETURN_I386;
	return nr == (abi == X32 ? NR_RT_SIGRETURN_X32 : NR_RT_SIGRETURN);
}

static __always_inline void read_args(uint64_t args[6], const struct pt_regs *regs, uint32_t abi)
{
	if (abi == I386) {
		args[0] = (uint32_t)regs->bx;
		args[1] = (uint32_t)regs->cx;
		args[2] = (uint32_t)regs->dx;
		args[3] = (uint32_t)regs->si;
		args[4] = (uint32_t)regs->di;
		args[5] = (uint32_t)regs->bp;
		return;
	}
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

/* The same for REGS that are only a number to the verifier. */
static void probe_args(uint64_t args[6], const struct pt_regs *regs, uint32_t abi)
{
	if (abi == I386) {
		args[0] = (uint32_t)BPF_CORE_READ(regs, bx);
		args[1] = (uint32_t)BPF_CORE_READ(regs, cx);
		args[2] = (uint32_t)BPF_CORE_READ(regs, dx);
		args[3] = (uint32_t)BPF_CORE_READ(regs, si);
		args[4] = (uint32_t)BPF_CORE_READ(regs, di);
		args[5] = (uint32_t)BPF_CORE_READ(regs, bp);
		return;
	}
	args[0] = BPF_CORE_READ(regs, di);
	args[1] = BPF_CORE_READ(regs, si);
	args[2] = BPF_CORE_READ(regs, dx);
	args[3] = BPF_CORE_READ(regs, r10);
	args[4] = BPF_CORE_READ(regs, r8);
	args[5] = BPF_CORE_READ(regs, r9);
}

#endif
