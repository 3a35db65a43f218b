/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details (event/detail.h): what the BPF programs and stop share.
 *
 *     sys_enter ──▶ memory that the kernel will read ──▶ BPF_DETAIL_ENTRY ─┐
 *     sys_exit ───▶ the call, and what the kernel wrote ▶ BPF_DETAIL_EXIT ─┤   ring
 *     births, ends, programs, signals ─────────────────▶ BPF_DETAIL_… ────┴─────────▶ stop
 *
 * What a call is about is in steps (abi/fetch_step.h), which stop has made of the tables. Memory
 * that is not resident cannot be read in the kernel at the entry; it is tried again at the exit,
 * when the call has accessed it.
 *
 * The programs wait for nobody: what the ring has no room for is counted, and every record says how
 * much was lost before it. A call whose entry was lost is lost. Counts do not depend on any of it.
 */
#ifndef STOP_ENGINE_BPF_DETAIL_RECORDS_H
#define STOP_ENGINE_BPF_DETAIL_RECORDS_H

#ifdef __bpf__
#include "engine/bpf/kernel_types.h"
#else
#include <stdint.h>
#endif

#include "abi/fetch_step.h"
#include "event/gate.h"

/* Size of the ring in bytes, a power of two; stop is woken when a part of it is used. */
#define BPF_DETAIL_RING     (16 << 20)
#define BPF_DETAIL_WAKE     (BPF_DETAIL_RING / 8)

/* Bytes of blocks in a record, a power of two, and of a block. */
#define BPF_DETAIL_DATA     (64 << 10)
#define BPF_DETAIL_BLOCK    FETCH_DIRENT_MAX

/* Pieces of memory of a call, at its entry and at its exit: FETCH_READS_MAX. */
#define BPF_DETAIL_READS    128

/* Numbers with a place of their own, as in event/interest.h; the ABIs that have calls. */
#define BPF_DETAIL_NUMBERS  1024
#define BPF_DETAIL_ABIS     3

/* The most steps of all calls, a power of two; and of values that select what arguments are. */
#define BPF_DETAIL_STEPS    8192
#define BPF_DETAIL_VARIANTS 8192

/* The calls that socketcall makes, a power of two that is greater than their number. */
#define BPF_SOCKET_CALLS    32

/* Bytes of a siginfo that are sent: all that its kinds have. */
#define BPF_SIGINFO         48

/* What is wanted of a call: as enum interest_kind. */
enum bpf_detail_wanted {
	BPF_WANT_DETAILS = 1 << 0,
	BPF_WANT_NAMES = 1 << 1,
	BPF_WANT_DATA = 1 << 2,
	BPF_WANT_LOG = 1 << 3,
	BPF_WANT_WORDS = 1 << 4,
	BPF_WANT_ALL = BPF_WANT_DETAILS | BPF_WANT_NAMES | BPF_WANT_DATA,
};

/* Steps of a call: consecutive ones. */
struct bpf_plan {
	uint16_t first, count;
};

/* What to do for a call. */
struct bpf_detail_call {
	struct bpf_plan plan; /* if no value of its selectors has another */
	uint8_t wanted;       /* set of enum bpf_detail_wanted */
	uint8_t phases;       /* set of enum fetch_phase in which names are read … */
	uint8_t all_phases;   /* … and in which anything is */
	uint8_t depends;      /* selectors decide: number of its selectors, from 1; 0: none do */
	uint8_t gate;         /* the one of its details (event/gate.h), from 1; 0: there is none */
	uint8_t unused[3];
};

struct bpf_selector {
	uint64_t mask;
	uint32_t argument, shift; /* argument FETCH_NO_ARGUMENT: the value is 0 */
};

struct bpf_selectors {
	struct bpf_selector selector[2];
};

/* A key of the map of plans. */
struct bpf_variant {
	uint32_t call; /* abi << 16 | number */
	uint32_t selected[2];
};

/* A call that socketcall makes. */
struct bpf_socket_call {
	uint32_t nr, words; /* 0 words: there is none */
};

/* What stop asks for, and what the programs count. */
struct bpf_details {
	uint32_t is_wanted;   /* something is: of tasks and calls */
	uint32_t wanted_of;   /* all of this task, in stop's PID namespace; 0: none */
	uint32_t socketcall;  /* its number in i386 */
	uint32_t is_rung;     /* stop was woken; it clears this */
	uint64_t lost;        /* details of calls */
	uint64_t lost_logged; /* of these, of calls with BPF_WANT_LOG */
	uint64_t lost_signals;
	uint64_t lost_others;  /* births, ends, programs */
	uint32_t gates_serial; /* as in struct interest: odd while gates are being written */
	uint32_t unused;
	struct gate gate[GATES];
	struct bpf_socket_call socket_call[BPF_SOCKET_CALLS];
	struct bpf_selectors selectors[256];
	struct bpf_detail_call call[BPF_DETAIL_ABIS + 1][BPF_DETAIL_NUMBERS];
	struct fetch_step step[BPF_DETAIL_STEPS];
};

/* Kinds of records. */
enum bpf_detail_type {
	BPF_DETAIL_ENTRY,  /* memory at the entry of a call, which another record completes */
	BPF_DETAIL_EXIT,   /* a call that has ended */
	BPF_DETAIL_TASK,   /* a task was born, or executes another program */
	BPF_DETAIL_END,    /* a task has ended */
	BPF_DETAIL_SIGNAL, /* a signal is delivered to it: a siginfo in the blocks */
};

enum bpf_detail_flag {
	BPF_DETAIL_PARTIAL = 1 << 0,        /* its beginning was not seen */
	BPF_DETAIL_NEVER_RETURNED = 1 << 1, /* it ended with its task */
	BPF_DETAIL_HAS_DATA = 1 << 2,       /* memory was wanted */
	BPF_DETAIL_CUT = 1 << 3,            /* there was more than fits */
	BPF_DETAIL_HAS_ENTRY = 1 << 4,      /* a BPF_DETAIL_ENTRY with the same number was sent */
	BPF_DETAIL_INCOMPLETE = 1 << 5,     /* some of the memory was not resident */
};

/*
 * Places for what was read at the entry of calls that a gate may reject at the end: their number, a
 * power of two, and how many bytes fit, with the head. A task has the one at its slot modulo that;
 * if another uses it, or there is more, it is sent at once.
 */
#define BPF_HELD_PLACES 1024
#define BPF_HELD_SIZE   4096

/* State of a call's details: bpf_call.detail. */
enum bpf_detail_state {
	BPF_DETAIL_NONE,    /* nothing was read at the entry */
	BPF_DETAIL_SENT,    /* its memory was sent */
	BPF_DETAIL_MISSING, /* likewise, but some of it was not resident */
	BPF_DETAIL_LOST,    /* there was no room for it */
	BPF_DETAIL_HELD,    /* it waits for the end of the call in its place */
};

/* The head of a record; its blocks follow, as in struct event_detail. */
struct bpf_detail {
	uint32_t type;      /* enum bpf_detail_type */
	uint32_t slot;      /* of the task … */
	uint64_t serial;    /* … and its serial */
	uint32_t tid, tgid; /* in stop's PID namespace */
	uint32_t programs;  /* bpf_task.programs */
	uint32_t flags;     /* set of enum bpf_detail_flag */
	uint64_t enter_ns;  /* when the call began */
	uint64_t end_ns;    /* when it ended, or when something else happened; 0: it has begun */
	uint64_t lost, lost_logged, lost_signals, lost_others; /* until then */
	uint32_t number; /* of the call; the same in both of its records */
	uint32_t nr, abi;
	uint32_t capture; /* as in struct bpf_call */
	int32_t err;
	int64_t result;
	uint64_t args[6];
	uint32_t size; /* of the blocks */
	uint32_t signal, unused;
};

#endif
