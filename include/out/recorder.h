/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records events: a sink that writes a directory in the Common Trace Format, which can be read at
 * any time (event/recording.h).
 *
 *     event ──▶ recorder_sink() ──▶ packet ──▶ line_writer.h: bounded buffer ──▶ thread ──▶ files
 *                                                                                  └─────▶ memory
 *
 * A flight recorder keeps the last parts of the recording in memory, and writes them to files on
 * request (out/ctf_memory.h).
 *
 * It never waits: what has no room in the buffer is discarded, and counted in the recording. For
 * one thread.
 */
#ifndef STOP_OUT_RECORDER_H
#define STOP_OUT_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctf_memory_copy;
struct ctf_memory_status;
struct event_sink;
struct recorder;
struct stack_lookup;

/* Packets have room in each of the parts of a recording of limited size. */
#define RECORDER_LIMIT_MIN  ((uint64_t)1 << 20)

/* The same in memory. */
#define RECORDER_MEMORY_MIN ((uint64_t)8 << 20)

struct recorder_options {
	const char *path;     /* the directory, which must not exist; NULL: a flight recorder */
	char *const *command; /* what is traced, for other programs; NULL: unknown */
	uint64_t limit;       /* bytes of the recording, from RECORDER_LIMIT_MIN; 0: any. Of a
	                         flight recorder: of its memory, from RECORDER_MEMORY_MIN */
	uint64_t limit_ns;    /* of its time, about the last so much is kept; 0: all */
	size_t buffer;        /* size of the buffer in bytes, at least 1 MiB */
	bool strings;         /* the memory that calls are about is recorded as well … */
	const char *secrets;  /* … with such secrets masked, and without what is in buffers … */
	bool with_data;       /* … unless that is wanted: event/redaction.h */
	bool packs;           /* what a flight recorder writes is packed: out/ctf_pack.h */
};

/* Begins a recording. Returns 0 with *OUT, which is freed with recorder_close(), or -errno. */
int recorder_new(const struct recorder_options *options, struct recorder **out);

/* Takes the events. Valid as long as RECORDER. */
struct event_sink *recorder_sink(struct recorder *recorder);

/*
 * Records what stacks are (out/stack_writer.h), which LOOKUP finds, before anything is recorded.
 * They have to exist until RECORDER is closed.
 */
void recorder_add_stacks(struct recorder *recorder, const struct stack_lookup *lookup);

/*
 * A recording of limited size or time consists of parts, of which the oldest are removed. Whether
 * the present one is complete at NOW_NS; and begins the next one, which then has to be told what is
 * known (model_send_present()). Returns false if there is no room in the buffer for now.
 */
bool recorder_is_part_complete(const struct recorder *recorder, uint64_t now_ns);
bool recorder_begin_part(struct recorder *recorder, uint64_t now_ns);

/*
 * Has what a flight recorder has in memory written to the directory NAME.ctf, or NAME-2.ctf and so
 * on if there is one, with an end at NOW_NS unless it HAS_ENDED already. Returns 0, or -ENOBUFS:
 * there is no room in the buffer for now, or -ENAMETOOLONG. recorder_memory() says when it is done.
 */
int recorder_copy(struct recorder *recorder, const char *name, uint64_t now_ns, bool has_ended);

/* What a flight recorder has in memory, and the last of what it has written. */
void recorder_memory(struct recorder *recorder, struct ctf_memory_status *status);
void recorder_last_copy(struct recorder *recorder, struct ctf_memory_copy *copy);

/*
 * Has the recording packed, which is over, after all that is still to be written: out/ctf_pack.h.
 * Nothing is recorded any more. Returns false if there is no room in the buffer for now.
 */
bool recorder_pack(struct recorder *recorder);

/* Has what was recorded written, at NOW_NS, if it has waited for a while. Call this often. */
void recorder_flush(struct recorder *recorder, uint64_t now_ns);

/* The same for all of it. */
void recorder_flush_all(struct recorder *recorder);

/* Whether everything is written, or can no longer be; and how many bytes are, to see progress. */
bool recorder_is_written(struct recorder *recorder);
uint64_t recorder_written(struct recorder *recorder);

/* Number of events that were discarded. */
uint64_t recorder_discarded(const struct recorder *recorder);

/*
 * After our death, in another process: takes no more events, and leaves the rest alone.
 */
void recorder_abandon(struct recorder *recorder);

/* The -errno that has ended the recording, or 0. */
int recorder_error(struct recorder *recorder);

/* As line_writer_close(): returns 0, -EAGAIN, or another -errno. NULL is allowed. */
int recorder_close(struct recorder *recorder, uint64_t until_ns);

#endif
