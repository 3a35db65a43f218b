/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls: their names, classes and argument counts, for every ABI that a process can use.
 *
 * The tables are generated at build time from src/abi/data/ and never change. All functions are
 * pure and may be called from any thread.
 */
#ifndef STOP_ABI_SYSCALL_H
#define STOP_ABI_SYSCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The system call ABIs. ABI_NATIVE and ABI_COMPAT of config.h are those of 64-bit and 32-bit
 * programs on the architecture that stop is built for.
 */
enum abi {
	ABI_X86_64,   /* the `syscall` instruction */
	ABI_I386,     /* `int 0x80` and 32-bit programs */
	ABI_X32,      /* `syscall` with bit 30 set in the number */
	ABI_IO_URING, /* no calls, but requests that a program has io_uring do, by operation */
	ABI_COUNT,
};

/* A system call as the kernel identifies it: the number means nothing without the ABI. */
struct call {
	uint32_t nr;  /* number in the ABI's table, without x32's bit 30 */
	uint32_t abi; /* enum abi */
};

/* Maximum number of arguments of a call, on every Linux ABI. */
#define CALL_MAX_ARGS 6

/* Size of the longest result of call_name(), including the final NUL. */
#define CALL_NAME_MAX 48

/*
 * The classes, named as in strace, one row per class. The order is that of the bits in struct
 * syscall_desc.classes.
 *
 *   C(enumerator, name)
 */
#define CALL_CLASSES(C) \
	C(FILE, "file") \
	C(DESC, "desc") \
	C(NETWORK, "network") \
	C(PROCESS, "process") \
	C(SIGNAL, "signal") \
	C(IPC, "ipc") \
	C(MEMORY, "memory") \
	C(CREDS, "creds") \
	C(CLOCK, "clock") \
	C(PURE, "pure") \
	C(STAT, "stat") \
	C(LSTAT, "lstat") \
	C(FSTAT, "fstat") \
	C(ANY_STAT, "%stat") \
	C(STATFS, "statfs") \
	C(FSTATFS, "fstatfs") \
	C(ANY_STATFS, "%statfs") \
	C(IO_URING, "io_uring")

/* Index of each class: CLASS_FILE, CLASS_DESC, … */
enum call_class {
#define C(enumerator, name) CLASS_##enumerator,
	CALL_CLASSES(C)
#undef C
		CLASS_COUNT,
};

/* What is known about one system call. */
struct syscall_desc {
	const char *name;   /* as in the kernel's table; never NULL */
	uint32_t classes;   /* bit (1 << enum call_class) for each class it is in */
	uint8_t nargs;      /* 0 to CALL_MAX_ARGS */
	bool never_fails;   /* no result is an error, whatever its value (getpid, umask) */
	uint8_t transfer;   /* number of the rule for its bytes (abi/transfer.h) */
	uint8_t bytes_from; /* number of the argument with the object that they come from, from 1;
	                       0: none */
	uint8_t bytes_to;   /* the same for the one that they go to */
};

/* The description of CALL, or NULL if the table has none. The result is static. */
const struct syscall_desc *syscall_lookup(struct call call);

/*
 * The call that the kernel reports as number NR under AUDIT_ARCH (a value of <linux/audit.h>, as
 * returned by PTRACE_GET_SYSCALL_INFO). Returns false and leaves *OUT unchanged for an architecture
 * unknown to this build.
 */
bool call_from_kernel(uint32_t audit_arch, uint64_t nr, struct call *out);

/* The reverse: stores how the kernel shows CALL to seccomp filters. */
void call_to_kernel(struct call call, uint32_t *audit_arch, uint32_t *nr);

/*
 * The call with the number NR in /proc/PID/syscall, of a process that IS_32BIT. That file does not
 * say how a call was made: a process is taken to make those of its own kind.
 */
struct call call_from_proc(uint64_t nr, bool is_32bit);

/*
 * Writes the displayed name of CALL into BUF of CALL_NAME_MAX bytes: "read", with "@32" or "@x32"
 * if the ABI is not the native one, "syscall_999" if the number has no name; "io_uring:READ",
 * "io_uring:99". Returns BUF.
 */
char *call_name(struct call call, char buf[CALL_NAME_MAX]);

/* The number of entries in ABI's table: every smaller number may be looked up. */
uint32_t syscall_table_size(enum abi abi);

/*
 * Whether registers, times and sizes have 32 bits in ABI, both in results and in the structures
 * passed to calls. False for x32, where only pointers have 32 bits.
 */
bool abi_is_32bit(enum abi abi);

/* The number of bytes of an address in ABI's structures: 8 or 4. */
size_t abi_pointer_size(enum abi abi);

/* Suffix of ABI in call sets and names: "64", "32", "x32". */
const char *abi_suffix(enum abi abi);

/* The ABI with SUFFIX; ABI_NATIVE if there is none. */
enum abi abi_by_suffix(const char *suffix);

/* Name of ABI as in the kernel's sources: "x86_64", "i386", "x32". */
const char *abi_name(enum abi abi);

/* Name of CLASS without its leading "%": "file". */
const char *call_class_name(enum call_class class);

/* The class called NAME (without the leading "%"; "net" is "network"), or CLASS_COUNT. */
enum call_class call_class_by_name(const char *name);

/* Whether CALL is not one, but a request of io_uring. */
static inline bool call_is_request(struct call call)
{
	return call.abi == ABI_IO_URING;
}

/* Whether A and B are the same call of the same ABI. */
static inline bool call_equal(struct call a, struct call b)
{
	return a.nr == b.nr && a.abi == b.abi;
}

#endif
