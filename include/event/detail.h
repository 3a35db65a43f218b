/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details: one call with its arguments, its result, and the memory of the target that they point
 * to. They are sent only where interest requests them, and count nothing: counts come from
 * EVENT_EXIT and EVENT_SUM, which are exact, while details are dropped when the ring is full.
 *
 *     engine: registers, fetch.h reads memory ──▶ EVENT_DETAIL ──▶ decode/call_text.h: text
 *                                                              └─▶ model: files, peers, the log
 *
 * Memory arrives as blocks: the bytes at an address, read at the entry or at the exit. What the
 * kernel reads is valid at the entry, what it writes at the exit. What could not be read is not
 * there, and shows as an address.
 */
#ifndef STOP_EVENT_DETAIL_H
#define STOP_EVENT_DETAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/event.h"

/* When a block was read. */
enum detail_phase {
	DETAIL_ENTRY,
	DETAIL_EXIT,
	DETAIL_TEXT, /* no memory: the call as another tool has written it, at the addresses below.
	                Untrusted text, shown instead of what the tables make of the call */
	DETAIL_PHASES,
};

/* Where the text of the arguments is, and that of the result. */
#define DETAIL_TEXT_ARGS   UINT64_C(0)
#define DETAIL_TEXT_RESULT (UINT64_C(1) << 40)

/* The head of a block; its bytes follow, and then padding to a multiple of 8. */
struct detail_block {
	uint64_t address;
	uint32_t size;  /* number of bytes that were read, 1 or more */
	uint32_t phase; /* enum detail_phase */
};

/* What has become of the call. */
enum detail_end {
	DETAIL_RETURNED,       /* with `result`, or with the error `err` */
	DETAIL_NEVER_RETURNED, /* the task died, or was replaced by an execve */
	DETAIL_IN_PROGRESS,    /* it still runs: another record follows when it has ended */
};

/* Maximum size of the blocks of a record. */
#define DETAIL_DATA_MAX (256 << 10)

struct event_detail {
	struct event event; /* time_ns: when the call ended, or now if it is in progress */
	struct call call;
	pid_t tgid;                   /* process of the task */
	uint32_t end;                 /* enum detail_end */
	uint64_t start_ns;            /* when it began, or the attach if partial */
	uint64_t args[CALL_MAX_ARGS]; /* the registers at the entry */
	int64_t result;               /* meaningless if it failed, or has not returned */
	int32_t err;                  /* errno; 0: it did not fail */
	bool partial;                 /* it began before the attach */
	bool has_data;                /* memory was requested; otherwise there are no blocks */
	bool is_summed;               /* its call is counted in an EVENT_SUM, before or after */
	bool is_cut;                  /* there was more memory than was to be read, or fits */
	bool is_masked;               /* contents of buffers were taken out: event/redaction.h */
	uint32_t capture;             /* number of the copy of its stack, as in event_exit */
	uint64_t lost; /* details of any task that were dropped immediately before this one … */
	uint64_t lost_logged; /* … and of these, of calls in INTEREST_LOG */
	uint32_t size;        /* size of the blocks, a multiple of 8 */
	unsigned char blocks[] __attribute__((aligned(8)));
};

/* No detail follows for now that could say so in its `lost`. */
struct event_lost {
	struct event event;
	uint64_t lost;         /* details of any task that were dropped … */
	uint64_t lost_logged;  /* … and of these, of calls in INTEREST_LOG */
	uint64_t lost_signals; /* the same of EVENT_SIGNAL */
};

/*
 * Copies up to SIZE bytes at ADDRESS, as read in PHASE, from the blocks of DETAIL to BUF. Returns
 * the number of bytes: fewer if the rest is not there, 0 if nothing is.
 */
size_t detail_read(const struct event_detail *detail, enum detail_phase phase, uint64_t address,
	void *buf, size_t size);

/*
 * The same without a copy: sets *SIZE to the number of bytes that are there. NULL: none. Valid as
 * long as DETAIL is.
 */
const unsigned char *detail_find(
	const struct event_detail *detail, enum detail_phase phase, uint64_t address, size_t *size);

#endif
