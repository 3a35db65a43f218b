/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advice: patterns in what is counted that people usually can do something about, each with its
 * evidence. The rules are a table (src/model/advice.c), the most harmful first; out/advice_text.h
 * has the words.
 *
 * A rule looks at the calls of one thread, or of one process, since the start or since the mark. It
 * needs no details: an object is named, and some rules are stricter, only if files are counted.
 * Calls that a filter at the source leaves out are not known, so the caller does not ask then.
 *
 * For the thread that owns the model.
 */
#ifndef STOP_MODEL_ADVICE_H
#define STOP_MODEL_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "proc/comm.h"

struct model;

enum advice_kind {
	ADVICE_SPIN,         /* calls that would block are made again and again */
	ADVICE_YIELD,        /* sched_yield in a loop */
	ADVICE_LOCK,         /* threads that contend for a lock */
	ADVICE_SYNC,         /* a sync after each write, or two */
	ADVICE_ONE_BYTE,     /* reads of one byte */
	ADVICE_SMALL_WRITES, /* many small writes to one file */
	ADVICE_CLOSES,       /* closes of numbers that are not open, by the thousand */
	ADVICE_STATS,        /* stat of the same files again and again */
	ADVICE_MAPS,         /* memory that is mapped and unmapped in turn */
	ADVICE_LOOKUPS,      /* a look-up of a name for each connection */
	ADVICE_CONNECTIONS,  /* a connection for each request */
	ADVICE_CERTIFICATES, /* certificates of TLS that are read again and again */
	ADVICE_POLLING,      /* waits with short timeouts, after which there is nothing to do */
	ADVICE_KINDS,
};

/* That many are given at a time. */
#define ADVICE_MAX        2

/* Size of the longest name of an object; of longer ones, the end. */
#define ADVICE_OBJECT_MAX 96

struct advice {
	enum advice_kind kind;
	pid_t pid, tid;            /* whose calls; tid 0: of the whole process */
	char comm[TASK_COMM_SIZE]; /* its name; must be escaped for display */
	size_t subjects;           /* threads or processes for which the rule holds; this one has
	                              the most such calls */
	uint64_t calls;   /* that it is about: of ADVICE_SPIN and _CLOSES those that failed */
	uint64_t others;  /* what the rule compares them with: of ADVICE_SYNC writes, of
	                     _MAPS unmapped ones, of _CONNECTIONS sent and received, of
	                     _STATS different files, of _CLOSES executed programs, of
	                     _LOCK threads; 0: none, or unknown */
	uint64_t bytes;   /* transferred by these calls */
	uint64_t avg_ns;  /* time of such a call */
	double share;     /* of the time of all completed calls of the thread or process */
	double all_share; /* of the number of these */
	pid_t holder;     /* ADVICE_LOCK: who held it when it was seen last; 0: unknown */
	size_t waiters;   /* of these, threads that wait for it now */
	char object[ADVICE_OBJECT_MAX]; /* the file of most of them; must be escaped for display */
	size_t object_size;             /* 0: unknown, or there are many */
};

/*
 * Stores at most ADVICE_MAX of what holds for MODEL at NOW_NS, the most harmful first, without the
 * kinds whose bit (1 << kind) is in DISMISSED. Returns their number.
 */
size_t advice_find(const struct model *model, uint64_t now_ns, uint32_t dismissed,
	struct advice advice[ADVICE_MAX]);

/* The name of KIND ("small-writes"), and its rule in words; static. */
const char *advice_name(enum advice_kind kind);
const char *advice_rule(enum advice_kind kind);

/* Whether KIND is about CALL. */
bool advice_is_about(enum advice_kind kind, struct call call);

/* The calls that rules tell apart. */
enum advice_group {
	GROUP_OTHER,
	GROUP_READ,
	GROUP_WRITE,
	GROUP_MESSAGE, /* sends and receives */
	GROUP_ACCEPT,
	GROUP_SYNC,
	GROUP_STAT,
	GROUP_LIST,
	GROUP_OPEN,
	GROUP_CLOSE,
	GROUP_POLL,
	GROUP_SLEEP,
	GROUP_FUTEX,
	GROUP_YIELD,
	GROUP_MAP,
	GROUP_UNMAP,
	GROUP_SOCKET,
	GROUP_CONNECT,
	GROUP_LOOKUP, /* sendmmsg, with which the C library asks for a name */
	GROUP_EXEC,
	GROUP_COUNT,
};

/* The group of CALL. Pure; any thread. */
enum advice_group advice_group_of(struct call call);

#endif
