/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile: one run as a comparison sees it. Calls, files and stacks are rows of the same shape,
 * each with a name that is the same in another run of the program: no addresses, no process IDs, no
 * inode numbers. Rows whose names become equal by that are one.
 *
 * A profile is made of a report, or read from the JSON of one (stop.snapshot/1). That may come from
 * anywhere: its size and the memory for it are bounded, fields of other types count as absent, and
 * texts are escaped again where they need it. A profile owns all of its memory. One thread.
 */
#ifndef STOP_OUT_PROFILE_H
#define STOP_OUT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"

struct report;

/* The kinds of rows. */
enum profile_part {
	PROFILE_CALLS,
	PROFILE_FILES,  /* files and peers */
	PROFILE_STACKS, /* as in out/folded.h: the outermost frame first, the call last */
	PROFILE_PARTS,
};

/* What is counted of a row. */
enum profile_measure {
	PROFILE_COUNT,  /* completed calls */
	PROFILE_ERRORS, /* of these, failed */
	PROFILE_TIME,   /* nanoseconds, without idle waits where these are known */
	PROFILE_BYTES,  /* transferred */
	PROFILE_MEASURES,
};

struct profile_row {
	char *name; /* escaped; owned */
	uint64_t value[PROFILE_MEASURES];
	struct hist latency; /* of complete times; empty: unknown */
};

struct profile_list {
	struct profile_row *row; /* by name, each once */
	size_t count;
	bool is_known; /* such rows were recorded */
};

struct profile {
	char *target; /* what was traced, escaped */
	char *engine;
	uint64_t counted_ns; /* for how long calls were counted */
	bool is_whole;       /* the whole run of a program: it has ended, and nothing was reset */
	bool is_filtered;    /* not of all calls */
	struct profile_list list[PROFILE_PARTS];
	uint64_t total[PROFILE_MEASURES]; /* of the calls in the list */
};

/* The name of PART: "calls", "files", "stacks". Static. */
const char *profile_part_name(enum profile_part part);

/* A profile of REPORT, which may then go. Freed with profile_free(), which accepts NULL. */
struct profile *profile_of_report(const struct report *report);
void profile_free(struct profile *profile);

/*
 * Lowers what BEFORE has to what NOW, a later profile of the same session, has: that a wait is
 * idle, and its time none, is known only after a while.
 */
void profile_revise(struct profile *before, const struct profile *now);

/*
 * Subtracts BEFORE, an earlier profile of the same session, from PROFILE: what happened since.
 * Nothing gets below 0.
 */
void profile_subtract(struct profile *profile, const struct profile *before);

/* Limits of what is read, in bytes: the file, and memory for its contents. */
#define PROFILE_FILE_MAX   ((size_t)256 << 20)
#define PROFILE_MEMORY_MAX ((size_t)2 << 30)

/* Size of the longest message of profile_read(), including the final NUL. */
#define PROFILE_ERROR_MAX  256

/*
 * Reads the profile in the file PATH: of several reports in it (frames), the last one; "-" is
 * standard input. Returns 0 with *OUT, or -errno with what is wrong in ERROR, in one line without
 * the name of the file.
 */
int profile_read(const char *path, struct profile **out, char error[PROFILE_ERROR_MAX]);

/* For those that make profiles: adds a row, with a copy of NAME made comparable. Then sort. */
struct profile_row *profile_add(struct profile *profile, enum profile_part part, const char *name);
void profile_sort(struct profile *profile);

#endif
