/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a recording that its writer and its reader agree on. A recording is a directory in
 * the Common Trace Format, CTF 1.8 (https://diamon.org/ctf/v1.8.3/):
 *
 *     NAME.ctf/metadata     text (TSDL): the environment, and a declaration of each kind of event
 *     NAME.ctf/stream       packets ┌ header, context: struct recording_packet
 *                                   │ events: struct recording_event, and its fields (layout.h)
 *                                   └ zeros up to a multiple of RECORDING_PAGE
 *
 * A recording of limited size has further streams, stream_1, stream_2, …, its parts: the oldest
 * ones are removed. Each begins with what was known then (EVENT_PRESENT), so that it can be the
 * first.
 *
 * A packet is one page, or a few if one event is larger. The kernel writes a page whole or not at
 * all, even if the writer is killed: so the stream ends with a packet, and where it does not, only
 * the last one is incomplete. `metadata` is replaced as a whole, before the first packet that needs
 * it.
 *
 * Calls are events of their own, as LTTng has them: syscall_entry_read, syscall_exit_read. All
 * other events are called stop_TYPE. The order of events is that in the stream.
 */
#ifndef STOP_EVENT_RECORDING_H
#define STOP_EVENT_RECORDING_H

#include <stdint.h>

#define RECORDING_MAGIC    0xc1fc1fc1
#define RECORDING_PAGE     4096

/* The longest packet. */
#define RECORDING_MAX      (31 * RECORDING_PAGE)

/* Number of the first kind of event that is declared for one call; lower ones are event types. */
#define RECORDING_CALLS    64

/* All kinds: two for each call. */
#define RECORDING_KINDS    8192

#define RECORDING_METADATA "metadata"
#define RECORDING_STREAM   "stream"

/* The names of parts but the first, by their numbers, from 1; and the greatest number of parts that
 * are there at once. */
#define RECORDING_PART     RECORDING_STREAM "_%u"
#define RECORDING_PARTS    256

/* Beginnings of the names of kinds. */
#define RECORDING_PREFIX   "stop_"
#define RECORDING_ENTRY    "syscall_entry_"
#define RECORDING_EXIT     "syscall_exit_"
#define RECORDING_COMPAT   "compat_"

/* The beginning of a packet. Numbers are little-endian, sizes in bits. */
struct recording_packet {
	uint32_t magic;
	uint8_t uuid[16];          /* of the trace, as in the metadata */
	uint32_t stream;           /* 0 */
	uint64_t begin_ns, end_ns; /* of the first and the last event */
	uint64_t content_bits;     /* of all this and the events */
	uint64_t packet_bits;      /* and the zeros */
	uint64_t sequence;         /* number of the packet, from 0 */
	uint64_t discarded;        /* number of events that were discarded until its end */
} __attribute__((packed));

/* The beginning of an event. */
struct recording_event {
	uint16_t kind;
	uint64_t stamp_ns; /* that of the event before it, if its time is earlier */
	int32_t tid;
	uint64_t time_ns; /* of the event */
} __attribute__((packed));

#endif
