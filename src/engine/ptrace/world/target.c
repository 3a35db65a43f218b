/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target's memory and sockets, from the kernel; see engine/ptrace/world/target.h. */
#include "config.h"

#include "engine/ptrace/world/target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "base/time.h"
#include "engine/ptrace/world/kernel.h"
#include "proc/descriptors.h"
#include "proc/maps.h"
#include "proc/memory.h"

/* Memory. */

static int read_memory(struct world *world, pid_t tid, uint64_t address, void *buf, size_t size)
{
	(void)world;
	return memory_read(tid, address, buf, size);
}

/* Whether enough descriptors are left after FD: the last are for what no target may go without. */
static bool has_reserve(int fd)
{
	struct rlimit limit;
	return getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	       limit.rlim_cur >= (rlim_t)fd + 1 + DESCRIPTORS_FREE;
}

/* FD, if enough others are left. */
static int keep_reserve(int fd)
{
	if (fd < 0 || has_reserve(fd))
		return fd;
	close(fd);
	return -EMFILE;
}

/* One at a time, or a few. */
static int begin_query(struct world *world, pid_t pid, struct subprocess *query)
{
	struct subprocess begun;
	(void)world;
	int result = memory_try(pid, &begun);
	if (result < 0)
		return result;
	if (!has_reserve(begun.fd)) {
		subprocess_end(&begun);
		return -EMFILE;
	}
	*query = begun;
	return 0;
}

static bool has_returned(struct world *world, const struct subprocess *query)
{
	(void)world;
	return subprocess_has_ended(query, 0);
}

static void end_query(struct world *world, struct subprocess *query)
{
	(void)world;
	subprocess_end(query);
}

/* One for each process. */
static int open_pages(struct world *world, pid_t pid)
{
	(void)world;
	return keep_reserve(memory_pages(pid));
}

static void close_pages(struct world *world, int pages)
{
	(void)world;
	close(pages);
}

static size_t copy(
	struct world *world, int pages, pid_t pid, uint64_t address, void *buf, size_t size)
{
	(void)world;
	return memory_copy(pages, pid, address, buf, size);
}

static size_t fetch(struct world *world, pid_t pid, uint64_t address, void *buf, size_t size)
{
	(void)world;
	return memory_fetch(pid, address, buf, size);
}

/* One for each process whose map is being read. */
static int open_maps(struct world *world, pid_t tid)
{
	(void)world;
	return keep_reserve(maps_open(tid));
}

static int read_maps(struct world *world, int handle, size_t size, struct maps_text *maps)
{
	(void)world;
	return maps_read_some(handle, size, maps);
}

static void close_maps(struct world *world, int handle)
{
	(void)world;
	close(handle);
}

/* Descriptors. */

/* A pidfd of thread TID, or of its process if the kernel has none of threads (before 6.9). */
static int open_pidfd(pid_t tid)
{
	struct proc_status status;
	int fd = (int)syscall(SYS_pidfd_open, tid, O_EXCL /* PIDFD_THREAD */);
	if (fd < 0 && errno == EINVAL && proc_status(tid, &status) == 0)
		fd = (int)syscall(SYS_pidfd_open, status.tgid, 0);
	return fd < 0 ? -errno : fd;
}

/*
 * A copy of descriptor FD of thread TID, which the caller closes, or -errno. Copies of others than
 * sockets and pseudo-terminals could have side effects: terminals, locks.
 */
static int copy_descriptor(pid_t tid, int fd)
{
	int pidfd = open_pidfd(tid);
	if (pidfd < 0)
		return pidfd;
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	int error = errno;
	close(pidfd);
	return copy < 0 ? -error : copy;
}

static bool is_socket(pid_t tid, int fd)
{
	struct proc_descriptor descriptor;
	return proc_descriptor(tid, fd, &descriptor) == 0 &&
	       descriptor.kind == PROC_DESCRIPTOR_SOCKET;
}

/* A copy of socket FD. */
static int copy_socket(pid_t tid, int fd)
{
	return is_socket(tid, fd) ? copy_descriptor(tid, fd) : -ENOTSOCK;
}

/* Reads OPTION of SIZE bytes of socket FD of thread TID into VALUE. Returns 0 or -errno. */
static int socket_option(pid_t tid, int fd, int option, void *value, socklen_t size)
{
	int copy = copy_socket(tid, fd);
	if (copy < 0)
		return copy;
	int result = getsockopt(copy, SOL_SOCKET, option, value, &size) < 0 ? -errno : 0;
	close(copy);
	return result;
}

static int socket_timeout(struct world *world, pid_t tid, int fd, enum socket_direction direction,
	uint64_t *timeout_ns)
{
	struct timeval value;
	int option = direction == SOCKET_RECEIVES ? SO_RCVTIMEO : SO_SNDTIMEO;
	(void)world;
	int result = socket_option(tid, fd, option, &value, sizeof(value));
	if (result == 0)
		*timeout_ns = (uint64_t)value.tv_sec * NS_PER_S +
		              (uint64_t)value.tv_usec * NS_PER_US;
	return result;
}

static bool is_pseudo_terminal(pid_t tid, int fd)
{
	static const char directory[] = "/dev/pts/";
	struct proc_descriptor descriptor;
	return proc_descriptor(tid, fd, &descriptor) == 0 &&
	       descriptor.kind == PROC_DESCRIPTOR_FILE &&
	       strncmp(descriptor.name, directory, strlen(directory)) == 0;
}

/* For how many bytes a read from pseudo-terminal FD waits: for lines, it counts as one. */
static int terminal_minimum(pid_t tid, int fd, unsigned int *bytes)
{
	struct termios termios;
	int copy = copy_descriptor(tid, fd);
	if (copy < 0)
		return copy;
	int result = tcgetattr(copy, &termios) < 0 ? -errno : 0;
	close(copy);
	if (result == 0)
		*bytes = termios.c_lflag & ICANON ? 1 : termios.c_cc[VMIN];
	return result;
}

static int read_minimum(struct world *world, pid_t tid, int fd, unsigned int *bytes)
{
	int minimum;
	(void)world;
	if (is_pseudo_terminal(tid, fd))
		return terminal_minimum(tid, fd, bytes);
	int result = socket_option(tid, fd, SO_RCVLOWAT, &minimum, sizeof(minimum));
	if (result == -ENOTSOCK)
		minimum = 1;
	else if (result < 0)
		return result;
	*bytes = (unsigned int)minimum;
	return 0;
}

static int socket_domain(struct world *world, pid_t tid, int fd)
{
	int domain;
	(void)world;
	int result = socket_option(tid, fd, SO_DOMAIN, &domain, sizeof(domain));
	return result < 0 ? result : domain;
}

const struct world_target kernel_target = {
	.read = read_memory,
	.begin_query = begin_query,
	.has_returned = has_returned,
	.end_query = end_query,
	.open_pages = open_pages,
	.close_pages = close_pages,
	.copy = copy,
	.fetch = fetch,
	.open_maps = open_maps,
	.read_maps = read_maps,
	.close_maps = close_maps,
	.socket_timeout = socket_timeout,
	.socket_domain = socket_domain,
	.read_minimum = read_minimum,
};
