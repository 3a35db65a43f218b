/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory and the descriptors of a target; part of world/world.h. Tracer only.
 *
 * Only resident pages are accessed: others may be provided by a program (userfaultfd, FUSE), and
 * accessing them could block indefinitely.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_TARGET_H
#define STOP_ENGINE_PTRACE_WORLD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct maps_text;
struct subprocess;
struct world;

/* Directions of a socket that have a timeout. */
enum socket_direction {
	SOCKET_RECEIVES, /* SO_RCVTIMEO */
	SOCKET_SENDS,    /* SO_SNDTIMEO */
};

struct world_target {
	/*
	 * Reads SIZE bytes at ADDRESS of task TID into BUF, all or none. Returns 0 or -errno:
	 * -EFAULT, -ESRCH, -EPERM.
	 */
	int (*read)(struct world *world, pid_t tid, uint64_t address, void *buf, size_t size);

	/*
	 * The following are for memory that is read repeatedly, such as stacks.
	 *
	 * Begins to find out whether queries about the memory of process PID return: they do not
	 * while one of its threads holds the lock of its memory map and waits for a page. Returns 0
	 * or -errno. The query ends with end_query(), whether it has returned or not.
	 */
	int (*begin_query)(struct world *world, pid_t pid, struct subprocess *query);
	bool (*has_returned)(struct world *world, const struct subprocess *query);
	void (*end_query)(struct world *world, struct subprocess *query);

	/* Opens a handle for querying which pages of process PID are resident, or -errno. */
	int (*open_pages)(struct world *world, pid_t pid);
	void (*close_pages)(struct world *world, int pages);

	/*
	 * Reads up to SIZE bytes at ADDRESS of process PID into BUF; PAGES is from open_pages().
	 * Returns the number read: fewer if a page is not resident or not mapped.
	 */
	size_t (*copy)(struct world *world, int pages, pid_t pid, uint64_t address, void *buf,
		size_t size);

	/* The same for pages known to be resident. */
	size_t (*fetch)(struct world *world, pid_t pid, uint64_t address, void *buf, size_t size);

	/*
	 * Opens the memory map of thread TID: returns a handle, or -errno. Reads some of it, like
	 * maps_read_some() of proc/maps.h.
	 */
	int (*open_maps)(struct world *world, pid_t tid);
	int (*read_maps)(struct world *world, int handle, size_t size, struct maps_text *maps);
	void (*close_maps)(struct world *world, int handle);

	/*
	 * Stores the timeout of calls on socket FD of thread TID in *TIMEOUT_NS; 0: none. Returns 0
	 * or -errno: -ENOTSOCK.
	 */
	int (*socket_timeout)(struct world *world, pid_t tid, int fd,
		enum socket_direction direction, uint64_t *timeout_ns);

	/*
	 * Stores for how many bytes a read from FD of thread TID waits in *BYTES: more than one
	 * only for sockets (SO_RCVLOWAT) and pseudo-terminals (VMIN). Other terminals count as one:
	 * the last close of a copy of their descriptors could block. Returns 0 or -errno.
	 */
	int (*read_minimum)(struct world *world, pid_t tid, int fd, unsigned int *bytes);

	/* The domain of the socket FD of thread TID (AF_*), or -errno. */
	int (*socket_domain)(struct world *world, pid_t tid, int fd);
};

#endif
