/* Reading what a repair needs; see engine/ptrace/state/repair.h. */
#include "config.h"

#include "engine/ptrace/state/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/descriptors.h"
#include "proc/memory.h"
#include "proc/status.h"

/* struct io_uring_getevents_arg of <linux/io_uring.h>, and the flag that says that it is there. */
#define URING_ENTER_EXT_ARG (1U << 3)

struct uring_argument {
	uint64_t sigmask;
	uint32_t sigmask_size;
	uint32_t min_wait_us;
	uint64_t timespec;
};

static int timespec_timeout(pid_t tid, struct call call, uint64_t address, uint64_t *timeout_ns)
{
	int64_t wide[2];
	int32_t compat[2];
	bool is_short = call_has_short_times(call);
	if (address == 0) {
		*timeout_ns = REPAIR_FOREVER;
		return 0;
	}
	int result = is_short ? memory_read(tid, address, compat, sizeof(compat))
	                      : memory_read(tid, address, wide, sizeof(wide));
	if (result < 0)
		return result;
	int64_t seconds = is_short ? compat[0] : wide[0];
	int64_t ns = is_short ? compat[1] : wide[1];
	if (seconds < 0 || ns < 0 || ns >= (int64_t)NS_PER_S)
		return -EINVAL;
	*timeout_ns = (uint64_t)seconds > REPAIR_FOREVER / NS_PER_S / 2
	                      ? REPAIR_FOREVER
	                      : (uint64_t)seconds * NS_PER_S + (uint64_t)ns;
	return 0;
}

static int uring_timeout(
	pid_t tid, struct call call, const uint64_t args[CALL_MAX_ARGS], uint64_t *timeout_ns)
{
	struct uring_argument argument;
	*timeout_ns = REPAIR_FOREVER;
	if (!(args[3] & URING_ENTER_EXT_ARG))
		return 0;
	int result = memory_read(tid, args[4], &argument, sizeof(argument));
	return result < 0 ? result : timespec_timeout(tid, call, argument.timespec, timeout_ns);
}

/* A pidfd of thread TID; where the kernel knows only those of processes (before 6.9), of its. */
static int open_pidfd(pid_t tid)
{
	struct proc_status status;
	int fd = (int)syscall(SYS_pidfd_open, tid, O_EXCL /* PIDFD_THREAD */);
	if (fd < 0 && errno == EINVAL && proc_status(tid, &status) == 0)
		fd = (int)syscall(SYS_pidfd_open, status.tgid, 0);
	return fd < 0 ? -errno : fd;
}

/* The process that thread TID belongs to is asked for a copy of its descriptor FD. */
static int copy_fd(pid_t tid, int fd)
{
	struct proc_descriptor descriptor;
	/* Copying what is no socket could have effects: on a terminal, a lock. */
	if (proc_descriptor(tid, fd, &descriptor) < 0 || descriptor.kind != PROC_DESCRIPTOR_SOCKET)
		return -ENOTSOCK;
	int pidfd = open_pidfd(tid);
	if (pidfd < 0)
		return pidfd;
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	int error = errno;
	close(pidfd);
	return copy < 0 ? -error : copy;
}

static int socket_timeout(pid_t tid, int fd, int option, uint64_t *timeout_ns)
{
	struct timeval value;
	socklen_t size = sizeof(value);
	int copy = copy_fd(tid, fd);
	if (copy < 0)
		return copy;
	int result = getsockopt(copy, SOL_SOCKET, option, &value, &size) < 0 ? -errno : 0;
	close(copy);
	if (result < 0)
		return result;
	uint64_t ns = (uint64_t)value.tv_sec * NS_PER_S + (uint64_t)value.tv_usec * NS_PER_US;
	*timeout_ns = ns ? ns : REPAIR_FOREVER;
	return 0;
}

const struct repair *repair_of_socket(
	const struct repair *repair, pid_t tid, const uint64_t args[CALL_MAX_ARGS])
{
	int domain = AF_INET;
	socklen_t size = sizeof(domain);
	if (!repair_is_visible(repair))
		return repair;
	int copy = copy_fd(tid, (int)args[0]);
	if (copy >= 0) {
		getsockopt(copy, SOL_SOCKET, SO_DOMAIN, &domain, &size);
		close(copy);
	}
	return repair_for_domain(repair, domain);
}

int repair_timeout(const struct repair *repair, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], uint64_t *timeout_ns)
{
	switch (repair->timeout) {
	case TIMEOUT_NONE:
		*timeout_ns = REPAIR_FOREVER;
		return 0;
	case TIMEOUT_MS: {
		int ms = (int)args[repair->argument];
		*timeout_ns = ms < 0 ? REPAIR_FOREVER : (uint64_t)ms * NS_PER_MS;
		return 0;
	}
	case TIMEOUT_TIMESPEC:
		return timespec_timeout(tid, call, args[repair->argument], timeout_ns);
	case TIMEOUT_RECEIVE:
		return socket_timeout(tid, (int)args[0], SO_RCVTIMEO, timeout_ns);
	case TIMEOUT_SEND:
		return socket_timeout(tid, (int)args[0], SO_SNDTIMEO, timeout_ns);
	case TIMEOUT_URING:
		return uring_timeout(tid, call, args, timeout_ns);
	}
	return -EINVAL;
}
