/* The calls that a tracer breaks; see engine/ptrace/repair.h. */
#include "config.h"

#include "engine/ptrace/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/memory.h"
#include "proc/proc.h"

/*
 * The calls that fail with EINTR, and with nothing the kernel would restart (signal(7)): those with
 * a timeout of their own, and sockets with SO_RCVTIMEO or SO_SNDTIMEO set. poll, select, nanosleep,
 * futex, msgrcv, pause and their kin restart by themselves, with what is left of their time.
 */
static const struct repair repairs[] = {
	{"epoll_wait", REPAIR_MS, 3, 0, false},
	{"epoll_pwait", REPAIR_MS, 3, 0, false},
	{"epoll_pwait2", REPAIR_TIMESPEC, 3, 0, false},
	{"semop", REPAIR_NO_CLOCK, 0, 0, false},
	{"semtimedop", REPAIR_TIMESPEC, 3, -EAGAIN, false},
	{"semtimedop_time64", REPAIR_TIMESPEC, 3, -EAGAIN, false},
	{"rt_sigtimedwait", REPAIR_TIMESPEC, 2, -EAGAIN, false},
	{"rt_sigtimedwait_time64", REPAIR_TIMESPEC, 2, -EAGAIN, false},
	{"io_getevents", REPAIR_TIMESPEC, 4, 0, false},
	{"io_pgetevents", REPAIR_TIMESPEC, 4, 0, false},
	{"io_pgetevents_time64", REPAIR_TIMESPEC, 4, 0, false},
	{"io_uring_enter", REPAIR_URING, 4, -ETIME, false},
	{"accept", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"accept4", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"recvfrom", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"recvmsg", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"recvmmsg", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"recvmmsg_time64", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"read", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"readv", REPAIR_RECEIVE, 0, -EAGAIN, true},
	{"connect", REPAIR_SEND, 0, -EINPROGRESS,
		true}, /* of the internet: see repair_of_socket() */
	{"sendto", REPAIR_SEND, 0, -EAGAIN, true},
	{"sendmsg", REPAIR_SEND, 0, -EAGAIN, true},
	{"sendmmsg", REPAIR_SEND, 0, -EAGAIN, true},
	{"write", REPAIR_SEND, 0, -EAGAIN, true},
	{"writev", REPAIR_SEND, 0, -EAGAIN, true},
};

#define REPAIR_COUNT (sizeof(repairs) / sizeof(*repairs))

/* Elsewhere the whole of it is tried again (unix_stream_connect() of the kernel). */
static const struct repair local_connect = {"connect", REPAIR_SEND, 0, -EAGAIN, true};

/* No flags are looked at. */
#define ALWAYS (-1)

/* The calls that come back with less when they are interrupted. */
static const struct {
	const char *name;
	int flags_argument; /* where the flags are that say so, or ALWAYS */
	uint64_t flags;
} cuts[] = {
	{"write", ALWAYS, 0},
	{"writev", ALWAYS, 0},
	{"pwrite64", ALWAYS, 0},
	{"pwritev", ALWAYS, 0},
	{"pwritev2", ALWAYS, 0},
	{"sendto", ALWAYS, 0},
	{"sendmsg", ALWAYS, 0},
	{"sendmmsg", ALWAYS, 0},
	{"sendfile", ALWAYS, 0},
	{"sendfile64", ALWAYS, 0},
	{"splice", ALWAYS, 0},
	{"tee", ALWAYS, 0},
	{"vmsplice", ALWAYS, 0},
	{"copy_file_range", ALWAYS, 0},
	{"recvmmsg", ALWAYS, 0},
	{"recvmmsg_time64", ALWAYS, 0},
	{"recvfrom", 3, MSG_WAITALL},
	{"recvmsg", 2, MSG_WAITALL},
	{"io_getevents", ALWAYS, 0},
	{"io_pgetevents", ALWAYS, 0},
	{"io_pgetevents_time64", ALWAYS, 0},
	{"getrandom", ALWAYS, 0},
};

#define CUT_COUNT           (sizeof(cuts) / sizeof(*cuts))

/* struct io_uring_getevents_arg of <linux/io_uring.h>, and the flag that says that it is there. */
#define URING_ENTER_EXT_ARG (1U << 3)

struct uring_argument {
	uint64_t sigmask;
	uint32_t sigmask_size;
	uint32_t min_wait_us;
	uint64_t timespec;
};

const struct repair *repair_find(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	for (size_t i = 0; desc && i < REPAIR_COUNT; i++) {
		if (strcmp(repairs[i].name, desc->name) == 0)
			return &repairs[i];
	}
	return NULL;
}

bool repair_is_cut(struct call call, const uint64_t args[CALL_MAX_ARGS])
{
	const struct syscall_desc *desc = syscall_lookup(call);
	for (size_t i = 0; desc && i < CUT_COUNT; i++) {
		if (strcmp(cuts[i].name, desc->name) == 0)
			return cuts[i].flags_argument == ALWAYS ||
			       (args[cuts[i].flags_argument] & cuts[i].flags);
	}
	return false;
}

/* Whether CALL's struct timespec has 32-bit members: i386, but for the calls made for 2038. */
static bool is_narrow(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return abi_is_32bit(call.abi) && !strstr(desc->name, "64") &&
	       strcmp(desc->name, "epoll_pwait2") != 0 && strcmp(desc->name, "io_uring_enter") != 0;
}

static int timespec_timeout(pid_t tid, struct call call, uint64_t address, uint64_t *timeout_ns)
{
	int64_t wide[2];
	int32_t compat[2];
	if (address == 0) {
		*timeout_ns = REPAIR_FOREVER;
		return 0;
	}
	int result = is_narrow(call) ? memory_read(tid, address, compat, sizeof(compat))
	                             : memory_read(tid, address, wide, sizeof(wide));
	if (result < 0)
		return result;
	int64_t seconds = is_narrow(call) ? compat[0] : wide[0];
	int64_t ns = is_narrow(call) ? compat[1] : wide[1];
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
	char path[64], name[sizeof("socket:")] = "";
	/*
	 * Copying what is no socket could have effects (a terminal, a lock): look first, at the
	 * name alone, as for more a file system might have to ask its server.
	 */
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, fd);
	if (readlink(path, name, sizeof(name) - 1) < 0 || strcmp(name, "socket:") != 0)
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

bool repair_is_final(const struct repair *repair)
{
	return repair->on_timeout == -EINPROGRESS;
}

const struct repair *repair_of_socket(
	const struct repair *repair, pid_t tid, const uint64_t args[CALL_MAX_ARGS])
{
	int domain = AF_INET;
	socklen_t size = sizeof(domain);
	if (!repair_is_final(repair))
		return repair;
	int copy = copy_fd(tid, (int)args[0]);
	if (copy >= 0) {
		getsockopt(copy, SOL_SOCKET, SO_DOMAIN, &domain, &size);
		close(copy);
	}
	return domain == AF_INET || domain == AF_INET6 ? repair : &local_connect;
}

int repair_timeout(const struct repair *repair, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], uint64_t *timeout_ns)
{
	switch (repair->clock) {
	case REPAIR_NO_CLOCK:
		*timeout_ns = REPAIR_FOREVER;
		return 0;
	case REPAIR_MS: {
		int ms = (int)args[repair->argument];
		*timeout_ns = ms < 0 ? REPAIR_FOREVER : (uint64_t)ms * NS_PER_MS;
		return 0;
	}
	case REPAIR_TIMESPEC:
		return timespec_timeout(tid, call, args[repair->argument], timeout_ns);
	case REPAIR_RECEIVE:
		return socket_timeout(tid, (int)args[0], SO_RCVTIMEO, timeout_ns);
	case REPAIR_SEND:
		return socket_timeout(tid, (int)args[0], SO_SNDTIMEO, timeout_ns);
	case REPAIR_URING:
		return uring_timeout(tid, call, args, timeout_ns);
	}
	return -EINVAL;
}
