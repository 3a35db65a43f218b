/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of descriptors of processes: which object each number refers to, as far as it is known.
 * For decode/descriptors.c.
 *
 * What /proc says is a reading: it is true for some moment between two times, and the events of
 * that moment may not have arrived yet. So it waits at its entry until they have:
 *
 *     change of the entry before the reading   the reading is about the state after it
 *     events after the reading arrive          the reading is about the state so far: sure
 *     change at the time of the reading        it may be about either: unsure
 *
 * Memory is bounded: beyond FD_ENTRIES_MAX, of all tables, descriptors are not followed. Not
 * locked: one owner at a time.
 */
#ifndef STOP_DECODE_FD_TABLE_H
#define STOP_DECODE_FD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/objects.h"

/* Entries of all tables together: 28 MiB. */
#define FD_ENTRIES_MAX (1U << 19)

/* Larger numbers are not followed. */
#define FD_MAX         (1 << 18)

/* Of a reading: all descriptors of a table. */
#define FD_ALL         (-1)

/* What is known about a descriptor. */
enum fd_state {
	FD_UNKNOWN,
	FD_OPEN,
	FD_CLOSED,
};

/* Whether a descriptor is closed by execve. */
enum fd_on_exec {
	FD_ON_EXEC_UNKNOWN,
	FD_KEPT_ON_EXEC,
	FD_CLOSED_ON_EXEC,
};

struct fd_reading;

/* When a change happened: at some moment between these. */
struct fd_moment {
	uint64_t from_ns, until_ns;
};

struct fd_entry {
	struct object *object;      /* a reference; NULL if not FD_OPEN */
	struct object *before;      /* the same before the last change */
	struct fd_moment changed;   /* the last change; zero: none was seen */
	struct fd_reading *reading; /* not owned; NULL: there is none */
	uint8_t state;              /* enum fd_state */
	uint8_t state_before;       /* the same before the last change */
	uint8_t on_exec;            /* enum fd_on_exec */
	bool is_unsure : 1;         /* it may be another object */
	bool is_asked_for : 1;      /* a reading was asked for */
};

struct fd_table {
	uint32_t references; /* tasks and processes that share it */
	size_t count;        /* entries */
	struct fd_entry *entry;
	bool is_complete;  /* what is FD_UNKNOWN, or beyond, is closed */
	bool is_asked_for; /* a reading of all was asked for */
};

/* What was read about one entry. */
struct fd_reading {
	struct fd_reading *next; /* later ones */
	struct fd_table *table;  /* not owned; NULL: it is no longer of interest */
	struct fd_entry *single; /* not owned; the entry, if it is in no table */
	int fd;                  /* otherwise; FD_ALL: all have been read */
	uint64_t from_ns, until_ns;
	struct object *object; /* a reference; NULL: it was closed */
	enum fd_on_exec on_exec;
};

/* What all tables share. */
struct fd_tables {
	struct objects objects;
	size_t entries;
	struct fd_reading *first, **last; /* owned; in their order */
};

void fd_tables_init(struct fd_tables *tables);

/* Frees readings and objects; the tables have to be gone. */
void fd_tables_clear(struct fd_tables *tables);

/* A new table, with a reference for the caller; all is unknown, or, if COMPLETE, closed. */
struct fd_table *fd_table_new(bool complete);

/* A copy of TABLE for a new process, or for one that no longer shares it. */
struct fd_table *fd_table_copy(struct fd_tables *tables, const struct fd_table *table);

/* Adds a reference, and returns TABLE; drops one. */
struct fd_table *fd_table_ref(struct fd_table *table);
void fd_table_unref(struct fd_tables *tables, struct fd_table *table);

/* The state of descriptor FD. */
enum fd_state fd_table_state(const struct fd_table *table, int fd);

/* Entry FD, or NULL if it is not followed. */
struct fd_entry *fd_table_entry(struct fd_tables *tables, struct fd_table *table, int fd);

/* ENTRY, of which nothing is known, refers to OBJECT, which is provisional; likewise. */
void fd_entry_assume(struct fd_tables *tables, struct fd_entry *entry, struct object *object);

/*
 * ENTRY refers to OBJECT since MOMENT; takes over a reference. NULL: it is closed. If OBJECT
 * is provisional, a reading that is about it resolves it.
 */
void fd_entry_set(struct fd_tables *tables, struct fd_entry *entry, struct object *object,
	enum fd_on_exec on_exec, struct fd_moment moment);

/* Closes ENTRY, unless it was changed after the call began: the kernel closes it at once. */
void fd_entry_close(struct fd_tables *tables, struct fd_entry *entry, struct fd_moment moment);

/* The same from FIRST to LAST. */
void fd_table_close(struct fd_tables *tables, struct fd_table *table, unsigned int first,
	unsigned int last, struct fd_moment moment);

/* The same, marked close-on-exec. */
void fd_table_mark(struct fd_table *table, unsigned int first, unsigned int last);

/* What execve does. Those of which it is not known become unsure. */
void fd_table_exec(struct fd_tables *tables, struct fd_table *table, struct fd_moment moment);

/* All entries may be wrong: details were lost. */
void fd_table_doubt(struct fd_table *table);

/*
 * READING has arrived, of which `single` or `table` and `fd`, times, object and `on_exec` are set.
 * Takes over the reference to its object.
 */
void fd_tables_read(struct fd_tables *tables, const struct fd_reading *reading);

/* All events up to TIME_NS have arrived: readings until then are taken. */
void fd_tables_settle(struct fd_tables *tables, uint64_t time_ns);

/* Frees what ENTRY owns. */
void fd_entry_clear(struct fd_tables *tables, struct fd_entry *entry);

#endif
