/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of decode/descriptors.h, only for the files that implement it. */
#ifndef STOP_DECODE_DESCRIPTOR_STATE_H
#define STOP_DECODE_DESCRIPTOR_STATE_H

#include "base/map.h"
#include "decode/descriptors.h"
#include "decode/fd_table.h"
#include "decode/passed.h"

/* Single descriptors that are to be read; those that find no room ask again when they are used. */
#define WANTS_MAX   1024

/* Descriptors that a call has changed, as many as are remembered to name them. */
#define CHANGES_MAX 8

struct descriptor_row;

/* Maximum number of ended processes that are kept until the call that made them returns. */
#define ENDED_MAX 64

struct process {
	pid_t pid;
	pid_t ns_pid; /* in its own PID namespace; 0: the same */
	pid_t parent;
	uint32_t tasks; /* number of its living tasks */
	bool is_born;   /* the call that has made it was not seen to return yet */
	char comm[TASK_COMM_SIZE];
	struct fd_table *table;    /* a reference */
	struct fd_entry directory; /* its current directory */
};

struct follower {
	pid_t tid;
	struct process *process; /* not owned */
	struct fd_table *own;    /* a reference: it does not share that of the process; or NULL */
};

struct descriptors {
	struct descriptor_namer namer; /* first */
	struct fd_tables tables;
	struct map processes;             /* struct process by PID; owned */
	struct map followers;             /* struct follower by TID; owned */
	struct process *ended[ENDED_MAX]; /* those that ended before that; owned; a ring */
	size_t ended_next;
	struct passed passed; /* descriptors in messages */
	bool wants_tables;    /* a table may have to be read completely */
	struct {
		pid_t tid, tgid;
		int fd;
	} want[WANTS_MAX];
	size_t want_first, want_count; /* a ring */

	/* The last EVENT_DETAIL. */
	struct call_use use[CALL_USES_MAX]; /* have references */
	size_t use_count;
	struct {
		int fd;
		struct object *object; /* what it was before; a reference; NULL: not open */
	} change[CHANGES_MAX];
	size_t change_count;
	pid_t last_tid;
	uint64_t last_ns;
};

/* A detail that is being applied. */
struct followed {
	struct descriptors *descriptors;
	const struct event_detail *detail;
	struct follower *follower;
	struct fd_table *table;
	struct fd_moment moment;
	bool has_succeeded;
};

/* descriptor_namer.c: makes it a namer. */
void descriptors_init_namer(struct descriptors *descriptors);

/* The table of FOLLOWER. */
struct fd_table *follower_table(const struct follower *follower);

/* Asks for descriptor FD of FOLLOWER, whose entry is ENTRY, unless that was done. */
void descriptors_ask(struct descriptors *descriptors, const struct follower *follower, int fd,
	struct fd_entry *entry);

/* A new name "NAME FD of PID (comm)" for PROCESS, interned or provisional; with a reference. */
struct object *descriptors_owned(struct descriptors *descriptors, enum object_kind kind,
	const char *name, int fd, const struct process *process, bool is_provisional);

/* descriptor_changes.c: does to the descriptors what the call has done. */
void descriptors_change(struct followed *followed);

/* The same for messages, but for what it receives: that is ROW. */
void descriptors_pass(struct followed *followed);
void descriptors_receive(struct followed *followed, const struct descriptor_row *row);

/* Whether the call is the one called NAME. */
bool descriptors_is_call(const struct followed *followed, const char *name);

/* Whether the descriptor that the call has made is closed by execve. */
enum fd_on_exec descriptors_on_exec_of(const struct followed *followed);

/* Descriptor FD refers to OBJECT from now on; takes over a reference. */
void descriptors_set(
	struct followed *followed, int fd, struct object *object, enum fd_on_exec on_exec);

/* A new object for descriptor FD, of which nothing is known, with a reference. */
struct object *descriptors_unknown(struct followed *followed, int fd);

/* The object of descriptor FD before the call; NULL: it is not known to be open. */
struct object *descriptors_object_at(const struct followed *followed, int fd);

/* Remembers what FD was. */
void descriptors_remember(struct followed *followed, int fd);

/* call_objects.c: finds out what the call is about, before it changes anything. */
void descriptors_find_uses(struct followed *followed);

/* The same for what it has made, if it was about nothing else. */
void descriptors_use_made(struct followed *followed, struct object *object);

/* The call is about OBJECT: what it has named its only one. */
void descriptors_use_instead(struct followed *followed, struct object *object);

/*
 * The object of descriptor FD, at the beginning of the call; with a reference. Stores whether it
 * may be another one.
 */
struct object *descriptors_object_of(struct followed *followed, int fd, bool *is_unsure);

/* The object that the path in argument INDEX, relative to DIRECTORY, names; with a reference. */
struct object *descriptors_path_of(
	struct followed *followed, unsigned int index, int directory, bool is_provisional);

#endif
