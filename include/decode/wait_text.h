/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words that wait reasons consist of: descriptors, tasks, times, signals, paths. Each function
 * appends to the text of a struct wait, up to its size. For decode/wait_*.c.
 */
#ifndef STOP_DECODE_WAIT_TEXT_H
#define STOP_DECODE_WAIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "decode/wait_reason.h"
#include "proc/pipes.h"
#include "proc/sockets.h"

struct wait_memory {
	struct proc_sockets *sockets; /* owned */
	struct proc_pipes *pipes;     /* owned */
};

/* The question, and its answer so far: what every rule gets. */
struct wait_query {
	struct wait_memory *memory;
	const struct wait_place *place;
	struct wait *wait;
};

/* Finds out what a thread in one kind of call is waiting for. False if unknown. */
typedef bool wait_rule(struct wait_query *query);

/* Appends text. */
__attribute__((format(printf, 2, 3))) void wait_add(
	struct wait_query *query, const char *format, ...);

/* The number of bytes that can still be appended. */
size_t wait_text_room(const struct wait_query *query);

/* Appends "1235 (worker)" for thread or process TID, and makes it the owner. */
void wait_add_task(struct wait_query *query, pid_t tid);

/*
 * The same for a thread of the same process, or a child, with number NS_TID in the thread's PID
 * namespace, of which nobody else knows. False if there is none: nothing is appended.
 */
bool wait_add_thread(struct wait_query *query, pid_t ns_tid);
bool wait_add_child(struct wait_query *query, pid_t ns_pid);

/* Appends ADDRESS with its port: "10.0.0.1:6379" or "[::1]:80". */
void wait_add_address(struct wait_query *query, const struct proc_address *address);

/* Appends "5: tcp 10.0.0.1:6379 to …" for descriptor FD. False if it is not open. */
bool wait_add_descriptor(struct wait_query *query, int fd);

/* A set of descriptors, of which some are listed. */
struct descriptor_set {
	size_t count, listed;
	int fd[16];
};

/* Adds FD to SET. */
void descriptor_set_add(struct descriptor_set *set, int fd);

/* Appends the descriptors of SET, as many as there is room for. */
void wait_add_descriptors(struct wait_query *query, const struct descriptor_set *set);

/* Appends the path at ADDRESS, relative to descriptor DIRECTORY. False if it cannot be read. */
bool wait_add_path(struct wait_query *query, int directory, uint64_t address);

/* Appends the signals of SET (bit 0 is signal 1): "SIGINT or SIGTERM", "any signal but SIGINT". */
void wait_add_signals(struct wait_query *query, uint64_t set);

/* How a time is stored in memory. */
enum time_layout {
	TIME_NATIVE, /* two words of the ABI, the second in nanoseconds */
	TIME_USEC,   /* the same, in microseconds */
	TIME_64,     /* two of 64 bits, in every ABI */
};

/* Reads the time at ADDRESS. Returns whether that is possible. */
bool wait_read_time(
	const struct wait_query *query, uint64_t address, enum time_layout layout, uint64_t *ns);

/* Appends ", 5.00s at most" for the timeout at ADDRESS; nothing if that is 0. */
void wait_add_timeout(struct wait_query *query, uint64_t address, enum time_layout layout);

/* The same for a timeout in milliseconds; nothing if it is negative. */
void wait_add_timeout_ms(struct wait_query *query, int ms);

/* Reads SIZE bytes at ADDRESS of the thread. Returns whether that is possible. */
bool wait_read(const struct wait_query *query, uint64_t address, void *buf, size_t size);

/* The size of a pointer or a long in the thread's ABI. */
size_t wait_word_size(const struct wait_query *query);

#endif
