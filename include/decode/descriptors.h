/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptors and current directories of all processes, followed from the attach on: so that a
 * call on a descriptor is attributed to the object that it had at that moment.
 *
 *     EVENT_TASK, EVENT_GONE   births (a copy of the parent's table, or the same one) and ends
 *     EVENT_LOST               some of the following were lost
 *     EVENT_DETAIL             calls that make, copy, name, close, mark, pass and inherit them
 *     EVENT_DESCRIPTOR         what /proc says about those that are not known
 *            │
 *            ▼
 *     descriptors_apply() ──▶ tables ──▶ descriptors_uses(): which objects the call was about
 *            ▲                  │
 *       reader of /proc ◀── descriptors_next_want()
 *
 * It is a function of the events: it reads nothing itself. Memory is bounded: decode/fd_table.h.
 * What it does not know is shown as such: objects of KIND_UNKNOWN, and uses that are unsure.
 * Not locked: one owner at a time.
 */
#ifndef STOP_DECODE_DESCRIPTORS_H
#define STOP_DECODE_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "decode/call_text.h"
#include "decode/objects.h"
#include "event/detail.h"
#include "event/sink.h"

struct descriptors;

/* Freed with descriptors_free(), which accepts NULL. */
struct descriptors *descriptors_new(void);
void descriptors_free(struct descriptors *descriptors);

/* The objects, for those that keep references. Owned by DESCRIPTORS. */
struct objects *descriptors_objects(struct descriptors *descriptors);

/* Updates DESCRIPTORS with EVENT, of any type. */
void descriptors_apply(struct descriptors *descriptors, const struct event *event);

/* What a call was about. */
struct call_use {
	struct object *object; /* valid until the next event; see object_ref() */
	uint64_t in;           /* bytes that came from it to the program */
	uint64_t out;          /* bytes that went to it */
	bool is_unsure;        /* it may have been another one */
};

/* Maximum number of objects of a call. */
#define CALL_USES_MAX 4

/*
 * The objects that the call of the last EVENT_DETAIL was about, at its beginning, in the order of
 * its arguments; then those that it has made, if there are no others. Stores them in USES, and
 * returns their number.
 */
size_t descriptors_uses(const struct descriptors *descriptors, const struct call_use **uses);

/*
 * The object that a thread's call in progress since SINCE_NS, with ARGS, is about, as far as these
 * tell, with a reference for the caller; NULL: none.
 */
struct object *descriptors_use_now(struct descriptors *descriptors, pid_t tid, uint64_t since_ns,
	struct call call, const uint64_t args[CALL_MAX_ARGS]);

/* Whether CALL can be about an object, and so is counted by object. */
bool call_has_objects(struct call call);

/* Whether details of CALL are necessary to follow descriptors, and to count calls by object. */
bool call_is_followed(struct call call);

/*
 * Whether they are necessary to name descriptors in other details: it makes, copies, names, passes
 * or closes some, or changes what paths are relative to. Those that are in data that is read, as
 * of fanotify, are looked for when they are used.
 */
bool call_is_followed_for_names(struct call call);

/* Something to be read in /proc. */
struct descriptor_want {
	pid_t tid, tgid; /* a task that has it, and its process */
	bool all;        /* all descriptors, and the current directory */
	int fd;          /* otherwise this one, or AT_FDCWD */
};

/*
 * The next thing that is to be read, once: it is asked for again only if it is not known when it is
 * used the next time. False: there is none.
 */
bool descriptors_next_want(struct descriptors *descriptors, struct descriptor_want *want);

/*
 * Sends what is known at NOW_NS to SINK, as readings of /proc. Whoever applies these events, after
 * those of the tasks, knows the same descriptors.
 */
void descriptors_send_present(
	const struct descriptors *descriptors, uint64_t now_ns, struct event_sink *sink);

/*
 * Names descriptors for decode/call_text.h: as they were at the beginning of the call of the last
 * EVENT_DETAIL, or, for those that are new, after it. Owned by DESCRIPTORS.
 */
struct descriptor_namer *descriptors_namer(struct descriptors *descriptors);

#endif
