/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs and stop share: arrays that the programs write and stop maps into its
 * memory.
 *
 *     tid ──▶ struct bpf_task ──▶ cell[number of the call] ──▶ struct bpf_cell ──▶ row[octave] ──▶
 *             one per thread                                   one per thread and call  struct
 * bpf_row
 *
 * Index 0 of each array means "none". The arrays consist of chunks, so that they can grow: stop
 * adds one before the last is full.
 *
 * A cell is written only by its own thread, at sys_exit, so nothing is locked; of requests, which
 * end in any thread, by one CPU. `sequence` is odd
 * while it is being written: a reader that has seen the same even number before and after copying
 * it has a whole one.
 */
#ifndef STOP_ENGINE_BPF_RECORDS_H
#define STOP_ENGINE_BPF_RECORDS_H

#ifdef __bpf__
#include "engine/bpf/kernel_types.h"
#else
#include <stdint.h>
#endif

/* Sizes of the chunks, powers of two, and their greatest number. */
#define BPF_TASKS_SHIFT      12
#define BPF_CELLS_SHIFT      14
#define BPF_ROWS_SHIFT       15
#define BPF_CHUNKS_MAX       256

/* The most tasks at a time; of a scope, BPF_SCOPE_MEMBERS. */
#define BPF_MEMBERS          (1 << 16)
#define BPF_SCOPE_MEMBERS    (1 << 18)

/*
 * Places of tasks by the kernel's stack: a number of these, a power of two, and how many bits of
 * its address do not matter. The kernel maps each stack with a page in between, so that those of
 * two tasks lie further apart; where it does not, they share a place.
 */
#define BPF_PLACES           (1 << 16)
#define BPF_PLACE_SHIFT      15

/* Call numbers below this have a place in bpf_task.cell, those of other ABIs are in a hash. */
#define BPF_NUMBERS          512

/* As enum abi. */
#define BPF_ABIS             4
#define BPF_IO_URING         3

/* The calls of a task with numbers in no table: beyond these, all share BPF_OTHER_NR. */
#define BPF_UNKNOWN_MAX      64
#define BPF_OTHER_NR         UINT32_MAX

/* As base/hist.h: row 0 has the values below 2^BPF_STEP_BITS ns, each other row an octave. */
#define BPF_STEP_BITS        5
#define BPF_STEPS            (1 << BPF_STEP_BITS)
#define BPF_OCTAVES          60

/* Errors that a cell counts by itself; the others are in a hash, by struct bpf_error_key. */
#define BPF_ERRORS           6

/* Call numbers below this can have a rule for their bytes; the maximum number of rules, a power of
 * two.
 */
#define BPF_TRANSFER_NUMBERS 1024
#define BPF_TRANSFER_RULES   16

/* Interrupted calls that wait for the end of a handler. */
#define BPF_SUSPENDED        4

/* The last execve calls of which the CPU time is kept, a power of two. */
#define BPF_EXECS            4

/* The last cells of calls with stacks that a task remembers, a power of two. */
#define BPF_RECENT           16

/* The last stacks of a task: sets, a power of two, by where the call is, and how many are in one.
 */
#define BPF_STACK_SETS       8
#define BPF_STACK_WAYS       4

/* bpf_task.flags. */
enum bpf_task_flag {
	BPF_TASK_LIVE = 1 << 0,        /* the slot is in use */
	BPF_TASK_EXITED = 1 << 1,      /* … and will not be written any more */
	BPF_TASK_FOUND = 1 << 2,       /* it existed at the attach */
	BPF_TASK_FRESH = 1 << 3,       /* nothing has been seen of it */
	BPF_TASK_INTERRUPTED = 1 << 4, /* `current` was interrupted and may continue */
	BPF_TASK_DOUBTFUL = 1 << 5,    /* it was exiting when it was found: its end may be missed */
	BPF_TASK_GROUP_EXIT = 1 << 6,  /* `exit_code` is its process's */
	BPF_TASK_TOOK_OVER = 1 << 7,   /* it has the leader's tid since an execve */
};

/* What a task has used by some time. */
struct bpf_meter {
	uint64_t voluntary, involuntary; /* context switches */
	uint64_t minor_faults, major_faults;
	uint64_t runnable_ns;                     /* waited for a CPU, as the scheduler counts */
	uint64_t off_runnable_ns, off_blocked_ns; /* as in struct bpf_off */
};

/* The CPU time that a task has used by some time, as struct proc_times. */
struct bpf_times {
	uint64_t user_ns, system_ns, run_ns, queued_ns, runs;
};

/* Why a task is off the CPU. */
enum bpf_off_state {
	BPF_OFF_NOT, /* it is on one, or that is not known */
	BPF_OFF_RUNNABLE,
	BPF_OFF_BLOCKED,
};

/* The time of a task off the CPU, while time is split. */
struct bpf_off {
	uint64_t since_ns; /* in its state */
	uint32_t state;    /* enum bpf_off_state */
	uint32_t unused;
	uint64_t runnable_ns, blocked_ns; /* sums until since_ns */
};

/* Who has woken a task last, while time is split. */
struct bpf_waker {
	uint64_t time_ns;      /* 0: unknown. Cleared first, written last */
	uint32_t tid;          /* in stop's PID namespace; 0: not there */
	uint32_t is_interrupt; /* an interrupt, while that task had the CPU */
	char comm[16];
};

/* A call in progress. */
struct bpf_call {
	uint64_t enter_ns;       /* when it began; 0: none. Written last, cleared first */
	uint64_t before_ns;      /* if partial: it lasted at least this long before enter_ns */
	uint64_t interrupted_ns; /* when a signal interrupted it last */
	uint64_t ip, sp;         /* after its instruction */
	uint64_t args[6];
	uint32_t nr, abi;        /* enum abi */
	uint32_t partial;        /* it began before the attach */
	uint32_t restart;        /* the kernel's code: 512 to 516 */
	uint32_t capture;        /* number of its stack; 0: none; see engine/bpf/stack_records.h */
	uint32_t detail;         /* what was sent of it at its entry: see details.bpf.h */
	struct bpf_meter before; /* when it began */
	struct bpf_meter after;  /* when it was interrupted last, or ended */
};

struct bpf_task {
	struct bpf_call current;
	uint32_t flags;
	uint32_t slot;
	uint32_t tid, tgid; /* in the PID namespace of the machine */
	struct bpf_call suspended[BPF_SUSPENDED];
	struct bpf_off off;
	struct bpf_waker waker;
	uint32_t suspended_count;
	uint32_t unknown_calls; /* cells of numbers in no table */
	uint32_t details;       /* calls whose entry had details */
	uint32_t unused;
	uint64_t uncounted; /* calls for which there was no memory */
	uint64_t serial;    /* in the order of births */
	uint64_t place;     /* of its stack in the kernel; see bpf_place_entry() */
	uint64_t born_ns, gone_ns;
	uint64_t left_ns; /* when it left the scope; 0: it did not */
	struct bpf_times at_end;
	struct bpf_times at_exec[BPF_EXECS]; /* at its execve with number N: place N % BPF_EXECS */
	uint32_t our_tid, our_tgid, our_parent; /* in stop's PID namespace; 0: not there */
	uint32_t ns_tid;                        /* in its own */
	uint32_t our_former; /* its tid before it took over its leader's; 0: it did not */
	uint32_t exit_code;  /* as wait(2) has it */
	uint32_t programs;   /* number of its execve calls */
	struct {
		uint64_t kind; /* of calls with a stack, or 0 */
		uint32_t cell, unused;
	} recent[BPF_RECENT];
	uint32_t stack[BPF_STACK_SETS][BPF_STACK_WAYS]; /* numbers of its last stacks; 0: none */
	uint64_t stack_end;    /* where reading its stack has failed last; 0: nowhere */
	uint32_t stack_cuts;   /* copies that ended there */
	uint32_t death_signal; /* that it has asked for at the death of its parent; 0: none */
	char comm[16];
	uint32_t cell[BPF_NUMBERS];
};

struct bpf_error {
	uint32_t err, unused;
	uint64_t count;
};

struct bpf_error_key {
	uint32_t cell, err;
};

/* As struct usage and struct split of event/tally.h. */
struct bpf_usage {
	uint64_t calls, voluntary, involuntary, minor_faults, major_faults, runnable_ns;
};

struct bpf_split {
	uint64_t calls, total_ns, runnable_ns, blocked_ns;
};

/* Completed calls of one task and kind; the counts are those of struct tally_counts. */
struct bpf_cell {
	uint64_t sequence;
	uint32_t task, index; /* the slot of its task, and its own */
	uint32_t nr, abi;
	uint32_t is_done;     /* it will not be written any more, though its task lives */
	uint32_t more_errors; /* number of errors in the hash */
	uint32_t capture;     /* the stack of all of its calls, as in bpf_call */
	uint32_t writer;      /* 0: its task; or a CPU, from 1: requests end on any */
	uint32_t gate,
		unused; /* number of the gates that have rejected calls last (event/interest.h) … */
	uint64_t rejected; /* … and how many these have rejected */
	uint64_t serial;   /* of its task */
	uint64_t unplaced; /* complete times for which there was no row */
	uint64_t calls, errors, partial, bytes;
	uint64_t total_ns, partial_ns, min_ns, max_ns;
	uint64_t squares[2];
	uint64_t from_ns, until_ns; /* beginning of the first, end of the last */
	struct bpf_usage usage;
	struct bpf_split split;
	struct bpf_error error[BPF_ERRORS];
	uint32_t row[BPF_OCTAVES];
};

struct bpf_row {
	uint32_t count[BPF_STEPS]; /* wrap around: a reader adds up differences */
};

/* The key of a call without a place in bpf_task.cell. */
struct bpf_cell_key {
	uint32_t task, nr, abi, capture;
	uint32_t writer; /* as in struct bpf_cell */
};

/* In the entries of tables: a task whose place was taken has to be looked up elsewhere. */
#define BPF_MORE 0x80000000U

/* By what a task with PLACE and SLOT is found in `places`, at its number modulo BPF_PLACES; not 0.
 */
static inline uint64_t bpf_place_entry(uint64_t place, uint32_t slot)
{
	return 1ULL << 63 | place / BPF_PLACES << 32 | slot;
}

/* As struct transfer_rule of abi/transfer.h. */
struct bpf_transfer_rule {
	uint64_t by_result, by_argument;
	uint32_t selector, argument;
};

/* Freed indexes of an array that wait to be used again. */
#define BPF_FREED_MAX (1 << 18)

/*
 * How far an array is filled, and how far it may be. Freed indexes are in an array of
 * BPF_FREED_MAX, at their number modulo that: stop alone adds them at `freed_tail`, programs take
 * them at `freed_head`.
 */
struct bpf_fill {
	uint32_t next, end;
	uint32_t freed_head, freed_tail;
	uint64_t refused; /* requests for which it was full */
};

/* A target, by its tid in stop's PID namespace. */
enum bpf_target {
	BPF_TARGET_PROCESS = 1, /* all threads */
	BPF_TARGET_THREAD,      /* this one alone */
	BPF_TARGET_COMMAND,     /* a process, from its first program on */
};

#endif
