/*
 * The memory and the sockets of a target; a part of world/world.h. The tracer's.
 *
 * Only pages that are in memory are read: others may be served by a program (userfaultfd, FUSE),
 * and an access to them takes as long as that program wants.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_TARGET_H
#define STOP_ENGINE_PTRACE_WORLD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct maps_text;
struct world;

/* Directions of a socket that have a timeout. */
enum socket_direction {
	SOCKET_RECEIVES, /* SO_RCVTIMEO */
	SOCKET_SENDS,    /* SO_SNDTIMEO */
};

struct world_target {
	/*
	 * Reads SIZE bytes at ADDRESS of task TID into BUF, all of them or none. 0 or -errno:
	 * -EFAULT, -ESRCH, -EPERM.
	 */
	int (*read)(struct world *world, pid_t tid, uint64_t address, void *buf, size_t size);

	/*
	 * The following are for memory that is read again and again, as stacks are.
	 *
	 * Whether questions about the memory of process PID are answered: not where one of its
	 * threads holds the lock of its memory map and waits for a page. A no takes 200 ms.
	 */
	bool (*answers)(struct world *world, pid_t pid);

	/* Opens what says which pages of process PID are in memory. A handle, or -errno. */
	int (*open_pages)(struct world *world, pid_t pid);
	void (*close_pages)(struct world *world, int pages);

	/*
	 * Reads up to SIZE bytes at ADDRESS of process PID, by its PAGES, into BUF. Returns how
	 * many: fewer where a page is not in memory or not mapped.
	 */
	size_t (*copy)(struct world *world, int pages, pid_t pid, uint64_t address, void *buf,
		size_t size);

	/* The same where the pages are known to be in memory. */
	size_t (*fetch)(struct world *world, pid_t pid, uint64_t address, void *buf, size_t size);

	/* Reads the memory map of thread TID, as maps_read() of proc/maps.h. */
	int (*maps)(struct world *world, pid_t tid, struct maps_text *maps);

	/*
	 * How long calls on the socket FD of thread TID wait at most, into *TIMEOUT_NS: 0: for
	 * ever. 0 or -errno: -ENOTSOCK.
	 */
	int (*socket_timeout)(struct world *world, pid_t tid, int fd,
		enum socket_direction direction, uint64_t *timeout_ns);

	/* The domain of the socket FD of thread TID (AF_*), or -errno. */
	int (*socket_domain)(struct world *world, pid_t tid, int fd);
};

#endif
