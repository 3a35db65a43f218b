/*
 * Everything that differs by processor: registers, the length of instructions, what the unwinder
 * needs to know. Nothing outside of src/arch and abi/'s tables names a processor or a register.
 *
 * To port stop to another architecture:
 *
 *   src/arch/NAME/arch.c    defines all that this header declares
 *   src/arch/sources.mk     lists it, under the conditional of its name
 *   m4/host.m4              has a row: how the compiler is recognised, the ABIs of 64-bit and
 *                           32-bit programs
 *   abi/syscall.h           has these ABIs, and src/abi/data/ their calls
 *   call_from_kernel()      of abi/syscall.c knows the kernel's AUDIT_ARCH_* for them
 *
 * Everything else is compiled for an architecture without a port by
 * `configure --enable-unported && make compile-check`.
 *
 * All functions are pure; any thread.
 */
#ifndef STOP_ARCH_ARCH_H
#define STOP_ARCH_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arguments that a system call has at most, on every architecture. */
#define ARCH_CALL_ARGS      6

/* Room for the general registers of any 64-bit architecture: powerpc64 has the most, 48. */
#define ARCH_REGS_WORDS     48

/* Registers that unwind tables know by number, at most: aarch64's 31, its stack pointer and its
 * program counter. */
#define ARCH_UNWIND_REGS    33

/* Bytes of code that arch_is_sigreturn() and arch_follows_call() are given. */
#define ARCH_SIGRETURN_SIZE 16
#define ARCH_CALL_SIZE      8

/* What is constant. */
struct arch {
	const char *name;          /* as uname(2) calls the machine: "x86_64" */
	unsigned int syscall_size; /* bytes of an instruction that makes a system call */
	unsigned int red_zone;     /* bytes below the stack pointer that a function may use */
	unsigned int stack_align;  /* to how many bytes a call leaves the stack aligned */
	unsigned int unwind_count; /* registers that have a number, from 0 on */
	unsigned int unwind_ip;    /* the numbers of the program counter, */
	unsigned int unwind_sp;    /* the stack pointer */
	unsigned int unwind_fp;    /* and the frame pointer */
};

extern const struct arch arch;

/*
 * The general registers of a thread, as PTRACE_GETREGSET gives them for NT_PRSTATUS. A thread that
 * runs 32-bit code has fewer and shorter ones.
 */
struct arch_regs {
	uint64_t word[ARCH_REGS_WORDS];
	size_t size; /* bytes that the kernel has written */
};

/* Whether REGS are those of 32-bit code. */
bool arch_regs_are_compat(const struct arch_regs *regs);

/* Whether the thread is between the entry into a system call and the return to user code. */
bool arch_regs_in_call(const struct arch_regs *regs);

/* The number of the call that it is in, as the kernel counts it for the thread's ABI. */
uint64_t arch_regs_call_number(const struct arch_regs *regs);

/* The arguments of that call. */
void arch_regs_call_args(const struct arch_regs *regs, uint64_t args[ARCH_CALL_ARGS]);

/* What the call returns unless something changes it: a value or -errno. */
int64_t arch_regs_result(const struct arch_regs *regs);

/* Makes RESULT what the call returns. */
void arch_regs_set_result(struct arch_regs *regs, int64_t result);

/* Registers by the numbers that DWARF has for them, which are also libunwind's. */
struct unwind_regs {
	uint64_t reg[ARCH_UNWIND_REGS]; /* the first arch.unwind_count are set */
};

static inline uint64_t unwind_ip(const struct unwind_regs *regs)
{
	return regs->reg[arch.unwind_ip];
}

static inline uint64_t unwind_sp(const struct unwind_regs *regs)
{
	return regs->reg[arch.unwind_sp];
}

/* Registers of which only the program counter, the stack pointer and the frame pointer are known;
 * the others are 0. */
static inline struct unwind_regs unwind_regs_at(uint64_t ip, uint64_t sp, uint64_t fp)
{
	struct unwind_regs regs = {0};
	regs.reg[arch.unwind_ip] = ip;
	regs.reg[arch.unwind_sp] = sp;
	regs.reg[arch.unwind_fp] = fp;
	return regs;
}

/* The registers in REGS, which are those of 64-bit code, by their numbers. */
void arch_unwind_regs(const struct arch_regs *regs, struct unwind_regs *out);

/* Whether CODE is what a signal's handler returns to: it calls rt_sigreturn. */
bool arch_is_sigreturn(const unsigned char code[ARCH_SIGRETURN_SIZE]);

/* Whether CODE ends with a call of a function: then what follows it can be a return address. */
bool arch_follows_call(const unsigned char code[ARCH_CALL_SIZE]);

#endif
