/*
 * What a thread in a call is waiting for, as far as the kernel reveals it: the thread that holds a
 * lock, a child, a file or the other end of a connection.
 *
 * It is read from /proc and the thread's memory without stopping the thread, so it is a snapshot,
 * not proof: what is uncertain is omitted. Not for the tracer, which must not block. The parsers
 * are pure.
 */
#ifndef STOP_DECODE_WAIT_REASON_H
#define STOP_DECODE_WAIT_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"

/* Size of the longest text, including the final NUL. */
#define WAIT_TEXT_MAX 160

/* A thread in a call. */
struct wait_place {
	pid_t pid, tid;
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
};

struct wait {
	pid_t owner;              /* the thread or process that it waits for, or 0 */
	char text[WAIT_TEXT_MAX]; /* description, including unescaped text of the target */
	bool lasts;               /* valid as long as the thread is in this call */
};

/* Stores what the thread at PLACE is waiting for in *WAIT. False if unknown. */
bool wait_describe(const struct wait_place *place, struct wait *wait);

/* Parts of /proc/TID/stat. */
struct wait_stat {
	char state;     /* 'R', 'S', 'D', 't', … */
	uint64_t ticks; /* of CPU time, by sysconf(_SC_CLK_TCK) */
};

/* Reads /proc/PID/task/TID/stat. 0 or -errno. */
int wait_stat(pid_t pid, pid_t tid, struct wait_stat *stat);

/* The parsers. */

/* Parses TEXT of a stat file (proc(5)) into *STAT. Returns whether it is valid. */
bool wait_parse_stat(const char *text, struct wait_stat *stat);

/*
 * The process that PID is waiting for according to TEXT of /proc/locks: the owner of the lock that
 * blocks it; -1 if the lock has no process; 0 if PID is not blocked.
 */
pid_t wait_parse_locks(const char *text, pid_t pid);

/*
 * Writes the addresses of the socket with INODE, from TEXT of /proc/PID/net/tcp or similar, into
 * BUF: "10.0.0.1:6379 to 10.0.0.2:40000". Returns whether it was found.
 */
bool wait_parse_inet(const char *text, uint64_t inode, char *buf, size_t size);

/* Writes the path of the socket with INODE, from TEXT of /proc/PID/net/unix. Returns whether it was
 * found. */
bool wait_parse_unix(const char *text, uint64_t inode, char *buf, size_t size);

#endif
