/*
 * What a thread in a call waits for, as far as the kernel tells: the thread that holds a lock, a
 * child, a file or the other end of a connection.
 *
 * It is read from /proc and from the thread's memory, without stopping anybody, and so it is a
 * look and not a proof: what is not sure is left out. Not for the tracer, which waits for
 * nobody. The parsers are pure.
 */
#ifndef STOP_DECODE_WAIT_REASON_H
#define STOP_DECODE_WAIT_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"

/* Longest text, with the final NUL. */
#define WAIT_TEXT_MAX 160

/* A thread in a call. */
struct wait_place {
	pid_t pid, tid;
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
};

struct wait {
	pid_t owner;              /* the thread or process that it waits for, or 0 */
	char text[WAIT_TEXT_MAX]; /* in words, with text of the target in it: to be escaped */
	bool lasts;               /* holds as long as the thread is in this call */
};

/* Says in *WAIT what the thread at PLACE waits for. False where that is not known. */
bool wait_describe(const struct wait_place *place, struct wait *wait);

/* What /proc/TID/stat tells. */
struct wait_stat {
	char state;     /* 'R', 'S', 'D', 't', … */
	uint64_t ticks; /* of processor time, by sysconf(_SC_CLK_TCK) */
};

/* Reads /proc/PID/task/TID/stat. 0 or -errno. */
int wait_stat(pid_t pid, pid_t tid, struct wait_stat *stat);

/* The parsers. */

/* TEXT of a stat file (proc(5)) into *STAT. Returns whether it is one. */
bool wait_parse_stat(const char *text, struct wait_stat *stat);

/*
 * Whom process PID waits for by TEXT of /proc/locks: the holder of the lock that blocks it; -1
 * where that has no process; 0 where PID is not blocked.
 */
pid_t wait_parse_locks(const char *text, pid_t pid);

/*
 * The addresses of the socket with INODE by TEXT of /proc/PID/net/tcp or its kin, into BUF:
 * "10.0.0.1:6379 to 10.0.0.2:40000". Returns whether it is there.
 */
bool wait_parse_inet(const char *text, uint64_t inode, char *buf, size_t size);

/* The path of the socket with INODE by TEXT of /proc/PID/net/unix. Returns whether it is there. */
bool wait_parse_unix(const char *text, uint64_t inode, char *buf, size_t size);

#endif
