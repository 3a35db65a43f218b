/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the kernel's records of details (engine/bpf/detail_records.h) to events.
 *
 *     interest ──▶ what the programs send
 *     BPF_DETAIL_ENTRY ──▶ kept until the call has ended ──┐
 *     BPF_DETAIL_EXIT ────────────────────────────────────┴──▶ EVENT_DETAIL
 *     BPF_DETAIL_SIGNAL ──────────────────────────────────────▶ EVENT_SIGNAL
 *
 * The sweep takes one record after another, and first writes the events that introduce its task. If
 * the reader of the events is slow, records wait in the kernel's ring; those that do not fit are
 * lost, and counted there.
 *
 * Not locked: one thread at a time.
 */
#ifndef STOP_ENGINE_BPF_DETAIL_READER_H
#define STOP_ENGINE_BPF_DETAIL_READER_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_detail;
struct detail_reader;
struct interest;
struct kernel_side;
struct ring;

/* A new reader of SIDE that writes to RING what INTEREST asks for. Freed with detail_reader_free().
 */
struct detail_reader *detail_reader_new(
	struct kernel_side *side, struct ring *ring, const struct interest *interest);
void detail_reader_free(struct detail_reader *reader);

/*
 * Makes the programs send what is asked for, if that has changed. Returns 0, or -errno if they
 * cannot.
 */
int detail_reader_request(struct detail_reader *reader);

/* How far the programs have written, and whether we have read as far as POSITION. */
uint64_t detail_reader_end(const struct detail_reader *reader);
bool detail_reader_has_read(const struct detail_reader *reader, uint64_t position);

/*
 * Looks at the records that there are, which come in the order of their times then, if none is left
 * of those before. IS_LAST: at all; otherwise, those of the last ORDER_NS before NOW_NS may be left
 * for the next time, as others from before them may still come.
 */
void detail_reader_look(struct detail_reader *reader, uint64_t now_ns, bool is_last);

/* Whether it has left some for the next time. */
bool detail_reader_is_holding(const struct detail_reader *reader);

/* The next record of these; NULL: there is none. */
const struct bpf_detail *detail_reader_peek(struct detail_reader *reader);

/*
 * Writes the event of that record, if it has one, and drops the record. Returns false if there is
 * no room: then it is still the next.
 */
bool detail_reader_write(struct detail_reader *reader);

/* Writes what was lost and no record has said, as of NOW_NS. Returns whether there was room. */
bool detail_reader_write_lost(struct detail_reader *reader, uint64_t now_ns);

/* Forgets the task in SLOT, which has ended. */
void detail_reader_forget(struct detail_reader *reader, uint32_t slot);

/* The number of calls whose details were lost. */
uint64_t detail_reader_lost(const struct detail_reader *reader);

#endif
