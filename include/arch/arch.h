/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that differs by processor: registers, instruction lengths, and data for the unwinder.
 * Nothing outside src/arch and abi's tables names a processor or a register.
 *
 * To port stop to another architecture:
 *
 *   src/arch/NAME/arch.c    defines everything that this header declares
 *   src/arch/sources.mk     lists it, under the conditional of its name
 *   m4/host.m4              has a row: how to recognize the compiler, the ABIs of 64-bit and
 *                           32-bit programs
 *   abi/syscall.h           has these ABIs, and src/abi/data/ their calls
 *   call_from_kernel()      of abi/syscall.c knows the kernel's AUDIT_ARCH_* for them
 *
 * stack/walk.c relies on what they have in common: a frame pointer that points to the caller's,
 * with the return address in the word above.
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

/* Maximum number of arguments of a system call, on every architecture. */
#define ARCH_CALL_ARGS      6

/* Room for the general registers of any 64-bit architecture: powerpc64 has the most, 48. */
#define ARCH_REGS_WORDS     48

/* Maximum number of registers in unwind tables: aarch64's 31, its stack pointer and its program
 * counter. */
#define ARCH_UNWIND_REGS    33

/* Bytes of code passed to arch_is_sigreturn(), arch_call_before() and arch_function_of(). */
#define ARCH_SIGRETURN_SIZE 16
#define ARCH_CALL_SIZE      8
#define ARCH_FUNCTION_SIZE  16

/* The constants of an architecture. */
struct arch {
	const char *name;          /* the machine in uname(2): "x86_64" */
	unsigned int syscall_size; /* size of a system call instruction in bytes */
	unsigned int red_zone;     /* bytes below the stack pointer that a function may use */
	unsigned int stack_align;  /* alignment of the stack at a call in bytes */
	unsigned int unwind_count; /* number of registers, numbered from 0 */
	unsigned int unwind_ip;    /* number of the program counter */
	unsigned int unwind_sp;    /* number of the stack pointer */
	unsigned int unwind_fp;    /* number of the frame pointer */
	unsigned int probe_saved;  /* bytes that the return probe of uprobes has on the stack */
	uint64_t sample_regs;      /* the registers of the unwinder, as sample_regs_user has them
	                              (perf_event_open(2)) */
};

extern const struct arch arch;

/*
 * The general registers of a thread, as returned by PTRACE_GETREGSET for NT_PRSTATUS. A thread in
 * 32-bit code has fewer and shorter ones.
 */
struct arch_regs {
	uint64_t word[ARCH_REGS_WORDS];
	size_t size; /* bytes written by the kernel */
};

/* Whether REGS are those of 32-bit code. */
bool arch_regs_are_compat(const struct arch_regs *regs);

/* Whether the thread is between the entry of a system call and the return to user code. */
bool arch_regs_in_call(const struct arch_regs *regs);

/* The number of the current call in the thread's ABI. */
uint64_t arch_regs_call_number(const struct arch_regs *regs);

/* The arguments of that call. */
void arch_regs_call_args(const struct arch_regs *regs, uint64_t args[ARCH_CALL_ARGS]);

/* The result of the call unless it is changed: a value or -errno. */
int64_t arch_regs_result(const struct arch_regs *regs);

/* Sets argument INDEX, from 0, of the call. */
void arch_regs_set_call_arg(struct arch_regs *regs, unsigned int index, uint64_t value);

/*
 * Sets REGS, of a thread whose interrupted call NUMBER the kernel has set up to be made again, back
 * to that interruption: in the call, after its instruction, with -ERROR.
 */
void arch_regs_set_interrupted(struct arch_regs *regs, uint64_t number, int error);

/* Sets the result of the call. */
void arch_regs_set_result(struct arch_regs *regs, int64_t result);

/* Registers by their DWARF numbers, which libunwind also uses. */
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

/* Registers with only the program counter, the stack pointer and the frame pointer set; the others
 * are 0. */
static inline struct unwind_regs unwind_regs_at(uint64_t ip, uint64_t sp, uint64_t fp)
{
	struct unwind_regs regs = {0};
	regs.reg[arch.unwind_ip] = ip;
	regs.reg[arch.unwind_sp] = sp;
	regs.reg[arch.unwind_fp] = fp;
	return regs;
}

/* Converts REGS, which must be those of 64-bit code. */
void arch_unwind_regs(const struct arch_regs *regs, struct unwind_regs *out);

/*
 * Converts VALUES, the registers of a sample by perf_event_open(2) with arch.sample_regs, of 64-bit
 * code: one for each bit that is set, in the order of the bits.
 */
void arch_sample_unwind_regs(const uint64_t *values, struct unwind_regs *out);

/* Whether CODE is what a signal handler returns to: a call of rt_sigreturn. */
bool arch_is_sigreturn(const unsigned char code[ARCH_SIGRETURN_SIZE]);

/* What the end of some code can be, so that the address after it can be a return address: a set. */
enum arch_call {
	ARCH_CALL_NONE = 0,
	ARCH_CALL_DIRECT = 1,   /* a call of a function whose distance is part of the code */
	ARCH_CALL_INDIRECT = 2, /* a call of any function */
};

/*
 * The calls that CODE can end with. If one is direct, stores the distance of the called function
 * from the end of CODE.
 */
unsigned int arch_call_before(const unsigned char code[ARCH_CALL_SIZE], int64_t *distance);

/* What a function does first. */
enum arch_function {
	ARCH_FUNCTION_OTHER,
	ARCH_FUNCTION_FRAME, /* sets its frame pointer up */
	ARCH_FUNCTION_STUB,  /* goes to another function, whose address is in memory */
};

/* What the function does that begins with CODE. */
enum arch_function arch_function_of(const unsigned char code[ARCH_FUNCTION_SIZE]);

#endif
