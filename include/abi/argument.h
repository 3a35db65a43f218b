/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the arguments and results of system calls are: descriptors, paths, sets of flags,
 * structures, buffers with a length; and what a call does to the descriptors of its process is in
 * abi/descriptor.h.
 *
 * The tables are generated at build time from src/abi/data/ and never change. A lookup is O(1).
 * Pure; any thread.
 */
#ifndef STOP_ABI_ARGUMENT_H
#define STOP_ABI_ARGUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"

/* What an argument, or a result, is. The first are values, the last are addresses of memory. */
enum argument_kind {
	ARG_NONE,     /* there is no such argument, or no result */
	ARG_UNUSED,   /* the kernel ignores it */
	ARG_INT,      /* 32 bits, signed */
	ARG_UINT,     /* 32 bits */
	ARG_LONG,     /* a word of the ABI, signed */
	ARG_ULONG,    /* a word of the ABI */
	ARG_HEX,      /* a word, shown in hexadecimal */
	ARG_BOOL,     /* 0 or 1 */
	ARG_SIZE,     /* a number of bytes or elements */
	ARG_OFF,      /* an offset in a file */
	ARG_OFF_LOW,  /* the low half of an offset; the next argument has the high half */
	ARG_OFF_HIGH, /* the high half */
	ARG_OFF_PAIR, /* the high half of an offset; the next argument has the low half */
	ARG_PAGEOFF,  /* an offset in units of 4096 bytes */
	ARG_PTR,      /* an address, of which nothing is known */
	ARG_FD,       /* a descriptor */
	ARG_DIRFD,    /* a descriptor of a directory, or AT_FDCWD, for the path that follows */
	ARG_PID,
	ARG_TID,
	ARG_PGID,
	ARG_UID,       /* 32 bits, or 16: see `type` */
	ARG_GID,       /* the same */
	ARG_MODE,      /* permissions; with `shift` 1, also the type of a file */
	ARG_DEV,       /* a device number as the kernel passes it to programs */
	ARG_TIMER,     /* a timer of timer_create */
	ARG_AIO,       /* an aio_context_t */
	ARG_KEY,       /* a serial number of a key, or KEY_SPEC_… */
	ARG_PKEY,      /* a memory protection key */
	ARG_IPCID,     /* a System V IPC object */
	ARG_IPCKEY,    /* its key */
	ARG_WD,        /* a watch of inotify */
	ARG_SIGMASK,   /* the first 32 signals as a word */
	ARG_FLAGS,     /* a set of flags: `format` */
	ARG_ENUM,      /* one value of a set: `format` */
	ARG_FLAGS_LOW, /* the low half of flags of 64 bits; the next argument has the high half */
	ARG_FUTEXOP,   /* an operation of futex, with flags: `format` */
	ARG_FUTEXWAKE, /* what FUTEX_WAKE_OP does and compares */
	ARG_IOCTL,     /* a request of ioctl: ioctl_names() */
	ARG_MULTI,     /* by the value of another argument; argument_of() has resolved it */

	ARG_PATH,      /* a path, NUL-terminated */
	ARG_STR,       /* a string, NUL-terminated */
	ARG_STRV,      /* an array of addresses of strings, ended by NULL */
	ARG_BUF,       /* bytes: `count` */
	ARG_STRUCT,    /* a structure: `type`; `count` is its size, if that is an argument */
	ARG_REMAINDER, /* a structure, written only if the call is interrupted by a signal */
	ARG_ARRAY,     /* an array of them: `count` elements, or bytes if `in_bytes` */
	ARG_IOVEC,     /* an array of struct iovec, with the buffers */
	ARG_MSGHDR,    /* a struct msghdr, with its address, buffers and control data */
	ARG_MMSGHDR,   /* an array of struct mmsghdr */
	ARG_SOCKADDR,  /* the address of a socket: `count` bytes */
	ARG_SOCKLEN,   /* the size of what the argument before it points to: an int */
	ARG_SIGSET,    /* a set of signals: `count` bytes */
	ARG_FDSET,     /* a set of descriptors: `count` bits */
	ARG_CPUSET,    /* a set of CPUs: `count` bytes */
	ARG_NODEMASK,  /* a set of NUMA nodes: `count` bits */
	ARG_KINDS,
};

/* Which way its memory goes: a set of bits. What comes from the kernel is there only at the exit.
 */
enum argument_direction {
	ARGUMENT_IN = 1 << 0,  /* the kernel reads it */
	ARGUMENT_OUT = 1 << 1, /* the kernel writes it, if the call does not fail */
};

/* Where the number of elements or bytes is. */
enum argument_count {
	COUNT_NONE,     /* there is one, or it is not known */
	COUNT_ARGUMENT, /* the value of argument `count` */
	COUNT_POINTED, /* the int at the address in argument `count`: at the exit for what comes out
	                */
	COUNT_RESULT,  /* the result of the call */
	COUNT_PAGES,   /* the number of pages that argument `count` has bytes for */
	COUNT_CONSTANT, /* it is `count` */
};

/* What the bytes of a buffer are. */
enum argument_content {
	CONTENT_BYTES,     /* anything */
	CONTENT_TEXT,      /* text, with or without a NUL at its end */
	CONTENT_PAGES,     /* a byte for each page */
	CONTENT_HEX,       /* bytes that are never text */
	CONTENT_PATH,      /* a path */
	CONTENT_STRINGS,   /* strings, each with a NUL */
	CONTENT_DIRENTS,   /* entries of a directory, struct linux_dirent */
	CONTENT_DIRENTS64, /* the same, struct linux_dirent64 */
	CONTENT_STATMOUNT, /* struct statmount */
};

/* No argument. */
#define ARGUMENT_NOT 0xf

/* When an argument is used. */
struct argument_condition {
	enum condition_test {
		CONDITION_ALWAYS,
		CONDITION_ANY,     /* the argument has one of the bits of `value` */
		CONDITION_NO,      /* it has none of them */
		CONDITION_EQUAL,   /* it is `value` */
		CONDITION_UNEQUAL, /* it is not */
	} test;
	uint32_t argument; /* index */
	uint64_t value;
};

struct value_format;
struct argument_type;

/* One argument or result. */
struct argument {
	uint8_t kind;       /* enum argument_kind */
	uint8_t direction;  /* of memory: set of enum argument_direction; 0 for values */
	uint8_t count_from; /* enum argument_count */
	uint8_t count;      /* index of an argument, or the number itself */
	uint8_t max;        /* index of the argument with the size of the memory, or ARGUMENT_NOT */
	uint8_t content;    /* of a buffer: enum argument_content */
	bool in_bytes;      /* the count of an array is in bytes */
	bool has_type;      /* of ARG_MODE: the type of the file is in it */
	bool is_wide; /* of flags, enum and hex: all bits of the register count, not only 32; of a
	                 result: it is shown in hexadecimal */
	bool is_bare; /* of a result: its names have no label, and are shown even for 0 */
	uint8_t selectors[2]; /* of ARG_MULTI: indexes of the arguments that select, ARGUMENT_NOT */
	uint16_t table;       /* of ARG_MULTI: number of its table */
	const struct value_format
		*format; /* of ARG_FLAGS, ARG_ENUM and values in memory; or NULL */
	const struct argument_type
		*type; /* of ARG_STRUCT and ARG_ARRAY; of IDs with 16 bits; or NULL */
	struct argument_condition when;
};

/* What is special about a call as text. */
enum call_style {
	STYLE_PLAIN,
	STYLE_CLONE,      /* its arguments have names, and another order */
	STYLE_WAIT,       /* if the result is 0, nothing was written */
	STYLE_SOCKETCALL, /* it makes another call: abi/indirect.h */
	STYLE_READY,      /* the result has the descriptors that are ready */
};

/* The style of CALL. */
enum call_style argument_style(struct call call);

/* A value and its name. */
struct value_name {
	uint64_t value;
	const char *name;
};

/* A set of names of values. */
struct value_set {
	const char *name; /* "open" */
	const struct value_name *names;
	uint16_t count;
	uint16_t number;
	bool is_mask; /* values are combined; those with more bits come first */
};

/* How a value is made of sets: bits of its own for each. */
struct value_format {
	const struct value_set *set;     /* of the value, without the bits below; NULL: a number */
	const struct value_set *low_set; /* of the bits of low_mask; NULL: they are a number */
	const struct value_set *high_set;
	uint64_t low_mask; /* 0: none */
	uint64_t high_mask;
	uint64_t ignored;   /* bits that are not looked at */
	uint8_t shift;      /* the set is that of the value shifted right, the rest is low_set's */
	bool rest_is_mode;  /* the low 9 bits are permissions */
	bool is_big_endian; /* a number of 16 bits, in the network's order */
};

/* The name of VALUE in SET, an enum; NULL if it has none. O(1). */
const char *value_name(const struct value_set *set, uint64_t value);

/* The value called NAME in SET. Returns false and leaves *VALUE unchanged if there is none. */
bool value_by_name(const struct value_set *set, const char *name, uint64_t *value);

/* The set called NAME, or NULL. Not for hot paths. */
const struct value_set *value_set_by_name(const char *name);

/* Names of the ioctl request NR of 32 bits made through ABI; *COUNT: their number, or 0. O(log n).
 */
const struct ioctl_name *ioctl_names(enum abi abi, uint32_t nr, size_t *count);

/* The request of ioctl called NAME, for programs of 64 bits. Returns false and leaves *VALUE
 * unchanged if there is none. Not for hot paths. */
bool ioctl_by_name(const char *name, uint32_t *value);

struct ioctl_name {
	uint32_t value; /* on 64-bit ABIs */
	const char *name;
};

/* How a field is shown. */
enum field_show {
	FIELD_SIGNED,
	FIELD_UNSIGNED,
	FIELD_HEX,
	FIELD_OCTAL,   /* permissions */
	FIELD_POINTER, /* hexadecimal, or NULL */
	FIELD_VALUES,  /* `format` */
	FIELD_TEXT,    /* up to a NUL */
	FIELD_BYTES,   /* a string of all bytes */
	FIELD_FD,
	FIELD_PID,
	FIELD_UID,
	FIELD_MODE, /* type and permissions of a file */
	FIELD_DEV,
	FIELD_PORT, /* in the network's order */
	FIELD_IPV4,
	FIELD_IPV6,
	FIELD_SIGNALS, /* a set of signals */
	FIELD_KEY,     /* a key of System V IPC */
	FIELD_RLIMIT,  /* a limit, or that there is none */
	FIELD_CLOCK,   /* ticks of 1/100 s */
	FIELD_TIME,    /* seconds since the epoch, with the date */
	FIELD_STRING,  /* the address of a string */
};

/* A field of a structure. */
struct field {
	const char *name; /* "ru_utime.tv_sec"; "" for a scalar */
	uint16_t offset;
	uint16_t size;  /* of one element, in bytes */
	uint16_t count; /* elements of an array; 1 for none */
	uint8_t bit;    /* first bit, and number of bits, of a bit field; 0 bits for none */
	uint8_t bits;
	uint8_t show;                      /* enum field_show */
	bool is_verbose;                   /* shown only on request */
	const struct value_format *format; /* or NULL */
};

/* The layout of a structure in one ABI. */
struct layout {
	const struct field *fields; /* those that are shown, in this order; NULL: not known */
	uint16_t count;
	uint16_t size; /* of the structure; 0: not known */
};

/* Structures that have a decoder of their own. */
enum special_struct {
	SPECIAL_NONE,
	SPECIAL_STAT,
	SPECIAL_STATX,
	SPECIAL_SIGINFO,
	SPECIAL_SIGACTION,
	SPECIAL_SIGEVENT,
	SPECIAL_WSTATUS,
	SPECIAL_UTIME,
	SPECIAL_TERMIOS,
	SPECIAL_IFREQ,
	SPECIAL_IFCONF,
	SPECIAL_SOCK_FPROG,
	SPECIAL_CLONE_ARGS,
	SPECIAL_EPOLL_EVENT,
	SPECIAL_POLLFD,
	SPECIAL_SIGSET_ARGPACK,
	SPECIAL_IOVEC,
	SPECIAL_SIGSET,
	SPECIAL_MSGBUF,
	SPECIAL_FILE_HANDLE,
	SPECIAL_CAPABILITY,
	SPECIAL_IOCB,
	SPECIAL_OPEN_HOW,
	SPECIAL_BPF_ATTR,
	SPECIAL_FLOCK,
	SPECIAL_SCHED_ATTR,
	SPECIAL_STRUCTS,
};

/* A structure, or a scalar in memory, which has one field without a name. */
struct argument_type {
	const char *name; /* "stat" */
	uint8_t special;  /* enum special_struct */
	bool is_scalar;
	bool shows_entry;         /* what goes both ways is shown as it was at the entry */
	bool is_cut;              /* strace shows "..." after the fields that are not verbose */
	struct layout layouts[3]; /* by enum abi, without ABI_IO_URING */
};

/* The layout of TYPE in ABI. */
static inline const struct layout *type_layout(const struct argument_type *type, uint32_t abi)
{
	return &type->layouts[abi < 3 ? abi : 0];
}

/*
 * Argument INDEX of CALL with ARGS: resolved, so that it is not ARG_MULTI, and that `when` holds.
 * Never NULL: ARG_NONE if there is none. The result is static.
 */
const struct argument *argument_of(
	struct call call, const uint64_t args[CALL_MAX_ARGS], unsigned int index);

/* What selects one of the rows of an argument of kind ARG_MULTI: 32 bits of
 * (args[argument] & mask) >> shift. */
struct argument_selector {
	uint64_t mask;
	uint32_t argument; /* ARGUMENT_NOT: the value is 0 */
	uint32_t shift;
};

/* Both selectors of argument INDEX of CALL, an ARG_MULTI. */
void argument_selectors(
	struct call call, unsigned int index, struct argument_selector selectors[2]);

/*
 * Argument INDEX of CALL if its selectors have the values SELECTED, of which it uses the first if
 * it has only one; NULL: values that have no row.
 * It is used only if its `when` holds. Never NULL.
 */
const struct argument *argument_selected(
	struct call call, unsigned int index, const uint32_t selected[2]);

/*
 * The next values for which an argument of CALL has a row: call it with *AT 0 first. Returns false
 * if there are no more. The same ones may come several times. Not for hot paths.
 */
bool argument_next_selected(struct call call, size_t *at, uint32_t selected[2]);

/* The same for the result of CALL, if it has not failed. */
const struct argument *argument_result(struct call call, const uint64_t args[CALL_MAX_ARGS]);

/* The value of argument INDEX of CALL: without the bits of the register that the kernel ignores. */
uint64_t argument_register(
	struct call call, const uint64_t args[CALL_MAX_ARGS], unsigned int index);

/* Whether only the lower 32 bits of the register of argument INDEX of CALL are its value. */
bool argument_is_short(struct call call, unsigned int index);

/* Argument INDEX of CALL as the table has it, whatever the others are. Never NULL. */
const struct argument *argument_declared(struct call call, unsigned int index);

/* What the kernel, and so perf, calls that argument: "filename", "fd"; NULL: there is none. */
const char *argument_name(struct call call, unsigned int index);

/* The number of arguments of CALL that the table has. */
unsigned int argument_count(struct call call);

/* Whether CONDITION holds for ARGS. */
bool argument_condition_holds(
	const struct argument_condition *condition, const uint64_t args[CALL_MAX_ARGS]);

#endif
