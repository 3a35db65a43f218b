/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors on their way through local sockets; see decode/passed.h. */
#include "config.h"

#include "decode/passed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Room for the beginning of the name of a socket. */
#define NAME_MAX_SIZE 96

static void clear_message(struct passed_message *message, struct objects *objects)
{
	object_unref(objects, message->socket);
	for (size_t i = 0; i < message->count; i++)
		object_unref(objects, message->object[i]);
	*message = (struct passed_message){0};
}

/* Queues. */

static void drop(struct passed_queue *queue, struct objects *objects, size_t at)
{
	clear_message(&queue->message[at], objects);
	queue->count--;
	memmove(&queue->message[at], &queue->message[at + 1],
		(queue->count - at) * sizeof(*queue->message));
}

static void add(
	struct passed_queue *queue, struct objects *objects, const struct passed_message *message)
{
	if (queue->count == PASSED_MESSAGES)
		drop(queue, objects, 0);
	queue->message[queue->count++] = *message;
}

static void clear_queue(struct passed_queue *queue, struct objects *objects)
{
	while (queue->count)
		drop(queue, objects, queue->count - 1);
}

void passed_forget(struct passed *passed, struct objects *objects)
{
	clear_queue(&passed->sent, objects);
	clear_queue(&passed->awaited, objects);
}

void passed_clear(struct passed *passed, struct objects *objects)
{
	passed_forget(passed, objects);
	for (size_t i = 0; i < PASSED_PAIRS; i++) {
		object_unref(objects, passed->pair[i].one);
		object_unref(objects, passed->pair[i].other);
	}
	*passed = (struct passed){0};
}

/* Ends of sockets. */

void passed_pair(
	struct passed *passed, struct objects *objects, struct object *one, struct object *other)
{
	size_t at = passed->next_pair;
	passed->next_pair = (at + 1) % PASSED_PAIRS;
	object_unref(objects, passed->pair[at].one);
	object_unref(objects, passed->pair[at].other);
	passed->pair[at].one = object_ref(one);
	passed->pair[at].other = object_ref(other);
}

static bool are_pair(const struct passed *passed, const struct object *a, const struct object *b)
{
	for (size_t i = 0; i < PASSED_PAIRS && passed->pair[i].one; i++) {
		const struct object *one = object_real(passed->pair[i].one);
		const struct object *other = object_real(passed->pair[i].other);
		if ((one == a && other == b) || (one == b && other == a))
			return true;
	}
	return false;
}

/* The inodes in the name of a socket: "UNIX-STREAM:[4711->4712]". */
static bool read_inodes(const struct object *socket, uint64_t *own, uint64_t *peer)
{
	char name[NAME_MAX_SIZE];
	snprintf(name, sizeof(name), "%.*s", (int)socket->size, socket->name);
	const char *start = strstr(name, ":[");
	return socket->kind == KIND_UNIX && start &&
	       sscanf(start, ":[%" SCNu64 "->%" SCNu64, own, peer) == 2;
}

/* Whether A and B are the two ends of a connection. */
static bool are_ends(const struct passed *passed, struct object *a, struct object *b)
{
	const struct object *one = object_real(a), *other = object_real(b);
	uint64_t own[2], peer[2];
	if (are_pair(passed, one, other))
		return true;
	return read_inodes(one, &own[0], &peer[0]) && read_inodes(other, &own[1], &peer[1]) &&
	       own[0] == peer[1] && own[1] == peer[0];
}

/* Messages. */

/* What stands for descriptors in RECEIVED has turned out to be what was SENT. */
static void resolve(struct objects *objects, const struct passed_message *received,
	const struct passed_message *sent)
{
	/* If part of them is missing, it is not known which. */
	if (received->count != sent->count)
		return;
	for (size_t i = 0; i < sent->count; i++) {
		if (object_real(received->object[i])->is_provisional)
			object_resolve(objects, object_real(received->object[i]),
				object_real(sent->object[i]));
	}
}

void passed_send(
	struct passed *passed, struct objects *objects, const struct passed_message *message)
{
	struct passed_queue *awaited = &passed->awaited;
	struct passed_message sent = *message;
	for (size_t i = 0; i < awaited->count; i++) {
		const struct passed_message *received = &awaited->message[i];
		/* One that was received before this was sent is another. */
		if (received->until_ns < sent.from_ns ||
			!are_ends(passed, received->socket, sent.socket))
			continue;
		resolve(objects, received, &sent);
		drop(awaited, objects, i);
		clear_message(&sent, objects);
		return;
	}
	add(&passed->sent, objects, &sent);
}

void passed_receive(struct passed *passed, struct objects *objects,
	const struct passed_message *message, bool is_peek)
{
	struct passed_queue *sent = &passed->sent;
	struct passed_message received = *message;
	for (size_t i = 0; i < sent->count; i++) {
		if (!are_ends(passed, sent->message[i].socket, received.socket))
			continue;
		resolve(objects, &received, &sent->message[i]);
		if (!is_peek)
			drop(sent, objects, i);
		clear_message(&received, objects);
		return;
	}
	if (is_peek)
		clear_message(&received, objects);
	else
		add(&passed->awaited, objects, &received);
}

void passed_discard(struct passed *passed, struct objects *objects, struct object *socket)
{
	struct passed_queue *sent = &passed->sent;
	for (size_t i = sent->count; i-- > 0;) {
		if (are_ends(passed, sent->message[i].socket, socket))
			drop(sent, objects, i);
	}
}
