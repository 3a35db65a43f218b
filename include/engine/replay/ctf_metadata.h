/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the metadata of a recording of ours says: which kinds of events there are, and their fields.
 * It reads what out/ctf_metadata.h writes, by lines, and not all of TSDL. Other versions of stop
 * may have written it: fields and kinds that are unknown here are skipped, those that are missing
 * are 0.
 */
#ifndef STOP_ENGINE_REPLAY_CTF_METADATA_H
#define STOP_ENGINE_REPLAY_CTF_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "event/recording.h"

struct event_field;

/* Maximum number of fields of a kind. */
#define CTF_FIELDS_MAX   96

/* Maximum size of the metadata, including a final NUL. */
#define CTF_METADATA_MAX ((size_t)16 << 20)

/* How a field is stored. */
enum ctf_wire {
	CTF_NUMBER,  /* `size` bytes */
	CTF_STRING,  /* up to a NUL */
	CTF_NUMBERS, /* as many numbers of 8 bytes as the number before it says */
	CTF_BYTES,   /* the same of bytes */
	CTF_WORDS,   /* the same of numbers of 4 bytes */
	CTF_ITEMS,   /* the same of items of sums, of 12 bytes */
};

struct ctf_field {
	enum ctf_wire wire;
	uint8_t size;                    /* of a number: 1, 2, 4 or 8 */
	bool is_signed;                  /* it */
	const struct event_field *field; /* what it is; NULL: nothing that is known here */
};

struct ctf_kind {
	enum event_type type; /* EVENT_TYPES: unknown */
	size_t count;         /* of fields */
	struct ctf_field fields[CTF_FIELDS_MAX];
};

struct ctf_metadata {
	bool is_ours;             /* stop has written it */
	uint64_t clock_offset_ns; /* CLOCK_REALTIME minus the times of events */
	struct ctf_kind **kinds;  /* by their numbers, RECORDING_KINDS; NULL: not declared. Owned */
};

/*
 * Reads TEXT, which is changed. Returns 0 or -EINVAL: it is no metadata of ours. METADATA is freed
 * with ctf_metadata_clear() in either case.
 */
int ctf_metadata_read(char *text, struct ctf_metadata *metadata);
void ctf_metadata_clear(struct ctf_metadata *metadata);

#endif
