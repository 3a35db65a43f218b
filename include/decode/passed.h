/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors on their way through local sockets (SCM_RIGHTS, unix(7)): what was sent at one end is
 * what is received at the other.
 *
 *     sendmsg(A, …)   objects of the sender ──▶ sent ───────┐
 *                                                           ├─▶ object_resolve()
 *     recvmsg(B, …)   provisional objects ──▶ awaited ──────┘     if A and B are ends of one
 * another
 *
 * The two arrive in either order, as the receiver can return first. Which sockets belong together
 * is known from socketpair(2), or from their names. What does not fit is left as it is: /proc is
 * asked in any case. Bounded: a few messages. For decode/descriptors.c.
 */
#ifndef STOP_DECODE_PASSED_H
#define STOP_DECODE_PASSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/objects.h"

/* Messages on their way, or awaited; descriptors of one; pairs of sockets that are remembered. */
#define PASSED_MESSAGES 64
#define PASSED_FDS      16
#define PASSED_PAIRS    128

struct passed_message {
	struct object *socket; /* this end of it; a reference, as are those that follow */
	struct object *object[PASSED_FDS]; /* what was sent, or what stands for it */
	size_t count;
	uint64_t from_ns, until_ns; /* of the call */
};

struct passed_queue {
	struct passed_message message[PASSED_MESSAGES]; /* the oldest first */
	size_t count;
};

struct passed {
	struct passed_queue sent, awaited;
	struct {
		struct object *one, *other; /* references */
	} pair[PASSED_PAIRS];
	size_t next_pair;
};

/* Frees what PASSED has; it is empty then, as is the zero value. */
void passed_clear(struct passed *passed, struct objects *objects);

/* Messages were missed: what is on its way may be something else. */
void passed_forget(struct passed *passed, struct objects *objects);

/* ONE and OTHER are the ends of a pair of sockets. */
void passed_pair(
	struct passed *passed, struct objects *objects, struct object *one, struct object *other);

/* MESSAGE was sent; takes over its references. */
void passed_send(
	struct passed *passed, struct objects *objects, const struct passed_message *message);

/*
 * MESSAGE was received, with provisional objects; takes over its references. IS_PEEK: it will be
 * received once more.
 */
void passed_receive(struct passed *passed, struct objects *objects,
	const struct passed_message *message, bool is_peek);

/* Something was read from SOCKET without taking what was sent with it, which is lost. */
void passed_discard(struct passed *passed, struct objects *objects, struct object *socket);

#endif
