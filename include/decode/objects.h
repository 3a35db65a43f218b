/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects: each file, address, pipe, … that calls are about, once. They are interned by kind and
 * name, and exist as long as somebody has a reference.
 *
 * A provisional one stands for what is not known yet, or not completely: it is found by nobody
 * else, and later turns out to be another object, object_real().
 *
 * Names are as strace's -yy shows them: "/etc/passwd", "TCP:[10.0.0.1:1->10.0.0.2:2]",
 * "pipe:[4711]"; those of objects that have no name of their own have that of a process:
 * "[eventfd] 5 of 1234 (redis-server)". They are what targets say, so unescaped. Their memory is
 * bounded. Not locked: one owner at a time.
 */
#ifndef STOP_DECODE_OBJECTS_H
#define STOP_DECODE_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "event/object.h"

struct object {
	struct object *next; /* with the same hash */
	uint64_t id;         /* no other one has had it */
	uint64_t hash;
	uint32_t references;
	enum object_kind kind;
	bool is_provisional;       /* it is not interned */
	uint32_t holders;          /* number of descriptors that refer to it */
	struct object *same_as;    /* owned; what it has turned out to be; NULL: itself */
	pid_t peer;                /* a process that has the other end, or 0 */
	char comm[TASK_COMM_SIZE]; /* its name */
	void *row;                 /* for the user of the objects; not owned */
	size_t size;               /* of the name, without its NUL */
	char name[];               /* unescaped; may contain NULs (abstract sockets) */
};

/* Objects and their names together: beyond that, new ones with long names are one of KIND_UNKNOWN.
 */
#define OBJECTS_BYTES_MAX ((size_t)64 << 20)

struct objects {
	struct map map; /* lists of struct object by hash; owned */
	uint64_t next_id;
	size_t count; /* number of objects */
	size_t bytes; /* of all objects and their names */
};

/* Frees all; the zero value is empty. Nobody may have a reference. */
void objects_clear(struct objects *objects);

/* The object of KIND called NAME, of SIZE bytes, with a reference for the caller. */
struct object *objects_intern(
	struct objects *objects, enum object_kind kind, const char *name, size_t size);

/* A new provisional one, likewise. */
struct object *objects_provisional(
	struct objects *objects, enum object_kind kind, const char *name, size_t size);

/* Adds a reference, and returns OBJECT; drops one. NULL is allowed in both. */
struct object *object_ref(struct object *object);
void object_unref(struct objects *objects, struct object *object);

/* OBJECT, which is provisional, has turned out to be REAL. Has no effect if it is REAL. */
void object_resolve(struct objects *objects, struct object *object, struct object *real);

/* What OBJECT has turned out to be so far. */
struct object *object_real(struct object *object);

/* The word for KIND: "file", "tcp", "pipe". Static. */
const char *object_kind_name(enum object_kind kind);

/* The kind of the descriptor with the kernel's NAME of it ("anon_inode:[eventfd]"), a path, … */
enum object_kind object_kind_of(const char *name, size_t size);

/* Whether KIND is one whose instances have no name but that of a process. */
bool object_kind_is_anonymous(enum object_kind kind);

/*
 * Writes NAME, of SIZE bytes, to BUF: an object that calls itself NAME and is descriptor FD of
 * process PID called COMM: "[eventfd] 5 of 1234 (comm)"; FD < 0: without a number. Returns the
 * length, at most OBJECT_OWNED_MAX - 1.
 */
#define OBJECT_OWNED_MAX 128
size_t object_owned_name(char buf[OBJECT_OWNED_MAX], const char *name, int fd, pid_t pid,
	const char comm[TASK_COMM_SIZE]);

/*
 * What OBJECT is grouped under: the directory of a path ("/etc/"), the host at the other end of a
 * connection ("10.0.0.1"); for others their kind. Stores its start in *START and returns its size.
 */
size_t object_group(const struct object *object, const char **start);

#endif
