/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interned objects; see decode/objects.h. */
#include "config.h"

#include "decode/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define DELETED " (deleted)"
#define ANON    "anon_inode:"

static const char *const kind_names[KIND_COUNT] = {
	[KIND_FILE] = "file",
	[KIND_DELETED] = "deleted",
	[KIND_DEVICE] = "device",
	[KIND_TCP] = "tcp",
	[KIND_UDP] = "udp",
	[KIND_UNIX] = "unix",
	[KIND_SOCKET] = "socket",
	[KIND_PIPE] = "pipe",
	[KIND_MEMFD] = "memfd",
	[KIND_EPOLL] = "epoll",
	[KIND_EVENTFD] = "eventfd",
	[KIND_TIMERFD] = "timerfd",
	[KIND_SIGNALFD] = "signalfd",
	[KIND_INOTIFY] = "inotify",
	[KIND_URING] = "io_uring",
	[KIND_PIDFD] = "pidfd",
	[KIND_ANON] = "anon",
	[KIND_MQUEUE] = "mqueue",
	[KIND_MSG] = "msg",
	[KIND_SEMAPHORE] = "sem",
	[KIND_SHM] = "shm",
	[KIND_FUTEX] = "futex",
	[KIND_UNKNOWN] = "unknown",
	[KIND_CLOSED] = "closed",
	[KIND_OTHER] = "other",
};

const char *object_kind_name(enum object_kind kind)
{
	return kind_names[kind];
}

/* The kinds of descriptors by how the kernel's names of them begin. */
static const struct {
	const char *prefix;
	enum object_kind kind;
} prefixes[] = {
	{"/dev/shm/", KIND_FILE},
	{"/dev/mqueue/", KIND_MQUEUE},
	{"/dev/", KIND_DEVICE},
	{"/memfd:", KIND_MEMFD},
	{"memfd:", KIND_MEMFD},
	{"/", KIND_FILE},
	{"socket:[", KIND_SOCKET},
	{"pipe:[", KIND_PIPE},
	{ANON "[eventpoll]", KIND_EPOLL},
	{ANON "[eventfd]", KIND_EVENTFD},
	{ANON "[timerfd]", KIND_TIMERFD},
	{ANON "[signalfd]", KIND_SIGNALFD},
	{ANON "inotify", KIND_INOTIFY},
	{ANON "[io_uring]", KIND_URING},
	{ANON "[pidfd]", KIND_PIDFD},
	{"pidfd:[", KIND_PIDFD},
};

enum object_kind object_kind_of(const char *name, size_t size)
{
	size_t tail = strlen(DELETED);
	bool is_memfd = size > 7 && memcmp(name, "/memfd:", 7) == 0;
	if (size > tail && name[0] == '/' && !is_memfd &&
		memcmp(name + size - tail, DELETED, tail) == 0)
		return KIND_DELETED;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t length = strlen(prefixes[i].prefix);
		if (size >= length && memcmp(name, prefixes[i].prefix, length) == 0)
			return prefixes[i].kind;
	}
	return KIND_ANON;
}

bool object_kind_is_anonymous(enum object_kind kind)
{
	return kind >= KIND_EPOLL && kind <= KIND_ANON;
}

size_t object_owned_name(char buf[OBJECT_OWNED_MAX], const char *name, int fd, pid_t pid,
	const char comm[TASK_COMM_SIZE])
{
	char number[16] = "";
	if (fd >= 0)
		snprintf(number, sizeof(number), " %d", fd);
	snprintf(buf, OBJECT_OWNED_MAX, "%.64s%s of %d (%.*s)", name, number, (int)pid,
		TASK_COMM_SIZE - 1, comm);
	return strlen(buf);
}

/* FNV-1a. */
static uint64_t hash_of(enum object_kind kind, const char *name, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)kind;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static size_t size_of(const struct object *object)
{
	return sizeof(*object) + object->size + 1;
}

static struct object *add(
	struct objects *objects, enum object_kind kind, const char *name, size_t size)
{
	struct object *object = xcalloc(1, sizeof(*object) + size + 1);
	object->id = ++objects->next_id;
	object->kind = kind;
	object->size = size;
	object->references = 1;
	memcpy(object->name, name, size);
	objects->count++;
	objects->bytes += size_of(object);
	return object;
}

/* What stands for those for which there is no memory: its name is not one of these. */
static const char too_many[] = "too many names";

/* Whether there is no room for another name of SIZE bytes. */
static bool is_full(const struct objects *objects, size_t size)
{
	return objects->bytes >= OBJECTS_BYTES_MAX && size >= sizeof(too_many);
}

struct object *objects_intern(
	struct objects *objects, enum object_kind kind, const char *name, size_t size)
{
	uint64_t hash = hash_of(kind, name, size);
	struct object *first = map_get(&objects->map, hash), *object;
	for (object = first; object; object = object->next) {
		if (object->kind == kind && object->size == size &&
			memcmp(object->name, name, size) == 0)
			return object_ref(object);
	}
	if (is_full(objects, size))
		return objects_intern(objects, KIND_UNKNOWN, too_many, sizeof(too_many) - 1);
	object = add(objects, kind, name, size);
	object->hash = hash;
	object->next = first;
	map_put(&objects->map, hash, object);
	return object;
}

struct object *objects_provisional(
	struct objects *objects, enum object_kind kind, const char *name, size_t size)
{
	if (is_full(objects, size))
		size = 0;
	struct object *object = add(objects, kind, name, size);
	object->is_provisional = true;
	return object;
}

struct object *object_ref(struct object *object)
{
	if (object)
		object->references++;
	return object;
}

/* Takes OBJECT out of the list of its hash. */
static void unlink_object(struct objects *objects, struct object *object)
{
	struct object *first = map_get(&objects->map, object->hash), **at = &first;
	while (*at != object)
		at = &(*at)->next;
	*at = object->next;
	if (first)
		map_put(&objects->map, object->hash, first);
	else
		map_remove(&objects->map, object->hash);
}

void object_unref(struct objects *objects, struct object *object)
{
	while (object && --object->references == 0) {
		struct object *same_as = object->same_as;
		if (!object->is_provisional)
			unlink_object(objects, object);
		objects->count--;
		objects->bytes -= size_of(object);
		free(object);
		object = same_as;
	}
}

void object_resolve(struct objects *objects, struct object *object, struct object *real)
{
	object = object_real(object);
	real = object_real(real);
	if (object == real || !object->is_provisional)
		return;
	if (!real->peer) {
		real->peer = object->peer;
		memcpy(real->comm, object->comm, sizeof(real->comm));
	}
	object_unref(objects, object->same_as);
	object->same_as = object_ref(real);
}

struct object *object_real(struct object *object)
{
	while (object && object->same_as)
		object = object->same_as;
	return object;
}

void objects_clear(struct objects *objects)
{
	map_clear(&objects->map);
	*objects = (struct objects){.next_id = objects->next_id};
}

/* The host at the other end of "TCP:[10.0.0.1:1->10.0.0.2:2]" or "…->[::1]:80]". */
static size_t host_of(const struct object *object, const char **start)
{
	static const char none[] = "not connected";
	const char *arrow = memmem(object->name, object->size, "->", 2);
	*start = none;
	if (!arrow)
		return sizeof(none) - 1;
	const char *end = memrchr(arrow, ':', (size_t)(object->name + object->size - arrow));
	*start = arrow + 2;
	return end && end > *start ? (size_t)(end - *start) : sizeof(none) - 1;
}

size_t object_group(const struct object *object, const char **start)
{
	const char *slash;
	*start = object->name;
	switch (object->kind) {
	case KIND_FILE:
	case KIND_DELETED:
	case KIND_DEVICE:
		slash = memrchr(object->name, '/', object->size);
		if (slash)
			return (size_t)(slash - object->name) + 1;
		break;
	case KIND_TCP:
	case KIND_UDP:
		return host_of(object, start);
	default:
		break;
	}
	*start = object_kind_name(object->kind);
	return strlen(*start);
}
