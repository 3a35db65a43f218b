/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait reasons; see decode/wait_reason.h. */
#include "config.h"

#include "decode/wait_reason.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/time.h"
#include "base/units.h"
#include "proc/comm.h"
#include "proc/descriptors.h"
#include "proc/locks.h"
#include "proc/memory.h"
#include "proc/sockets.h"
#include "proc/tasks.h"

/* The value of a glibc mutex (and low-level lock) that has waiters. */
#define LOCKED_WAITED 2

/* The beginning of a glibc mutex on every Linux ABI: its struct __pthread_mutex_s. */
struct mutex {
	int32_t lock, count, owner;
};

/* Descriptors. */

/* Writes ADDRESS with its port, "10.0.0.1:6379" or "[::1]:80", into BUF. */
static void put_address(const struct proc_address *address, char *buf, size_t size)
{
	char text[INET6_ADDRSTRLEN] = "?";
	inet_ntop(address->family, address->bytes, text, sizeof(text));
	snprintf(buf, size, address->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, address->port);
}

/* Writes what SOCKET is into BUF: "tcp 10.0.0.1:6379 to 10.0.0.2:40000". */
static void put_socket(const struct proc_socket *socket, char *buf, size_t size)
{
	static const char *const names[] = {
		[PROC_SOCKET_TCP] = "tcp",
		[PROC_SOCKET_UDP] = "udp",
		[PROC_SOCKET_UNIX] = "unix socket",
	};
	char local[64], remote[64];
	if (socket->kind == PROC_SOCKET_UNIX) {
		snprintf(buf, size, "%s %s", names[socket->kind], socket->path);
		return;
	}
	put_address(&socket->local, local, sizeof(local));
	put_address(&socket->remote, remote, sizeof(remote));
	if (socket->remote.port)
		snprintf(buf, size, "%s %s to %s", names[socket->kind], local, remote);
	else
		snprintf(buf, size, "%s %s", names[socket->kind], local);
}

/* Writes what descriptor FD of process PID is into BUF. Returns whether it is one. */
static bool put_fd(pid_t pid, int fd, char *buf, size_t size)
{
	struct proc_descriptor descriptor;
	struct proc_socket socket;
	if (proc_descriptor(pid, fd, &descriptor) < 0)
		return false;
	char *name = descriptor.name;
	size_t name_size = sizeof(descriptor.name);
	if (descriptor.kind == PROC_DESCRIPTOR_PIPE)
		snprintf(name, name_size, "a pipe");
	else if (descriptor.kind == PROC_DESCRIPTOR_SOCKET &&
		 proc_socket(pid, descriptor.inode, &socket))
		put_socket(&socket, name, name_size);
	else if (descriptor.kind == PROC_DESCRIPTOR_SOCKET)
		snprintf(name, name_size, "a socket");
	snprintf(buf, size, "%d: %.*s", fd, (int)size, name);
	return true;
}

/* The wait reason of each call. */

typedef bool describe(const struct wait_place *place, struct wait *wait);

static bool wait_fd(const struct wait_place *place, struct wait *wait)
{
	wait->lasts = true;
	return put_fd(place->pid, (int)place->args[0], wait->text, sizeof(wait->text));
}

static bool wait_epoll(const struct wait_place *place, struct wait *wait)
{
	int epoll = (int)place->args[0], watched = -1;
	int count = proc_epoll(place->pid, epoll, &watched);
	if (count == 1)
		return put_fd(place->pid, watched, wait->text, sizeof(wait->text));
	if (count < 0)
		return false;
	snprintf(wait->text, sizeof(wait->text), "any of %d descriptors (epoll %d)", count, epoll);
	return true;
}

static bool wait_poll(const struct wait_place *place, struct wait *wait)
{
	struct pollfd first;
	char what[WAIT_TEXT_MAX - 40];
	wait->lasts = true;
	if (place->args[1] == 0 ||
		memory_read(place->pid, place->args[0], &first, sizeof(first)) < 0 ||
		!put_fd(place->pid, first.fd, what, sizeof(what)))
		return false;
	if (place->args[1] == 1)
		snprintf(wait->text, sizeof(wait->text), "%s", what);
	else
		snprintf(wait->text, sizeof(wait->text), "any of %" PRIu64 " descriptors, %s",
			place->args[1], what);
	return true;
}

/* "1235 (worker)". */
static void put_task(const char *before, pid_t tid, struct wait *wait)
{
	char comm[TASK_COMM_SIZE] = "?";
	proc_comm(tid, comm);
	snprintf(wait->text, sizeof(wait->text), "%s %d (%s)", before, (int)tid, comm);
	wait->owner = tid;
}

/* Whether TID is a thread of process PID other than SELF, and so a plausible owner of a lock. */
static bool is_other_thread(pid_t pid, pid_t tid, pid_t self)
{
	return tid > 0 && tid != self && proc_is_thread_of(tid, pid);
}

/* Waiting for a thread to exit (pthread_join), or for a mutex held by another thread. */
static bool wait_futex_plain(const struct wait_place *place, struct wait *wait)
{
	struct mutex mutex;
	pid_t expected = (pid_t)place->args[2];
	if (memory_read(place->pid, place->args[0], &mutex, sizeof(mutex)) < 0)
		return false;
	if (expected == LOCKED_WAITED && mutex.lock == LOCKED_WAITED &&
		is_other_thread(place->pid, mutex.owner, place->tid)) {
		put_task("mutex of", mutex.owner, wait);
		return true;
	}
	if (mutex.lock == expected && is_other_thread(place->pid, expected, place->tid)) {
		put_task("the end of", expected, wait);
		return true;
	}
	return false;
}

/* The futex word of a priority-inheriting lock contains its owner (futex(2)). */
static bool wait_futex_pi(const struct wait_place *place, struct wait *wait)
{
	uint32_t word;
	if (memory_read(place->pid, place->args[0], &word, sizeof(word)) < 0 ||
		!(word & FUTEX_TID_MASK))
		return false;
	put_task("mutex of", (pid_t)(word & FUTEX_TID_MASK), wait);
	return true;
}

static bool wait_futex(const struct wait_place *place, struct wait *wait)
{
	switch (place->args[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		if (wait_futex_plain(place, wait))
			return true;
		break;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		if (wait_futex_pi(place, wait))
			return true;
		break;
	}
	snprintf(wait->text, sizeof(wait->text), "0x%" PRIx64, place->args[0]);
	return true;
}

static bool wait_child(const struct wait_place *place, struct wait *wait)
{
	pid_t child = (pid_t)place->args[0];
	wait->lasts = true;
	if (child > 0)
		put_task("child", child, wait);
	else
		strcpy(wait->text, "any child");
	return true;
}

static bool wait_id(const struct wait_place *place, struct wait *wait)
{
	struct wait_place child = *place;
	child.args[0] = place->args[0] == P_PID ? place->args[1] : 0;
	return wait_child(&child, wait);
}

/* A file lock: its owner, if known, and the file. */
static bool wait_lock(const struct wait_place *place, struct wait *wait)
{
	char what[WAIT_TEXT_MAX - 48];
	pid_t holder = proc_lock_holder(place->pid);
	if (!put_fd(place->pid, (int)place->args[0], what, sizeof(what)))
		return false;
	if (holder > 0)
		put_task("lock of", holder, wait);
	size_t used = strlen(wait->text);
	snprintf(wait->text + used, sizeof(wait->text) - used, "%s%s", used ? " on " : "lock on ",
		what);
	return true;
}

/* fcntl waits only with F_SETLKW and F_OFD_SETLKW. */
static bool wait_fcntl(const struct wait_place *place, struct wait *wait)
{
	int command = (int)place->args[1];
	if (command != F_SETLKW && command != F_OFD_SETLKW)
		return false;
	return wait_lock(place, wait);
}

/* Reads the time at ADDRESS, in the native layout. */
static bool put_sleep(
	const struct wait_place *place, uint64_t address, const char *what, struct wait *wait)
{
	int64_t time[2];
	char text[UNITS_MAX];
	wait->lasts = true;
	if (place->call.abi != ABI_NATIVE ||
		memory_read(place->pid, address, time, sizeof(time)) < 0 || time[0] < 0)
		return false;
	units_time((uint64_t)time[0] * NS_PER_S + (uint64_t)time[1], text);
	snprintf(wait->text, sizeof(wait->text), "%s %s", what, text);
	return true;
}

static bool wait_sleep(const struct wait_place *place, struct wait *wait)
{
	return put_sleep(place, place->args[0], "a sleep of", wait);
}

static bool wait_clock(const struct wait_place *place, struct wait *wait)
{
	if (place->args[1] & 1) /* TIMER_ABSTIME */
		return strcpy(wait->text, "a moment") != NULL;
	return put_sleep(place, place->args[2], "a sleep of", wait);
}

static bool wait_signal(const struct wait_place *place, struct wait *wait)
{
	(void)place;
	wait->lasts = true;
	strcpy(wait->text, "a signal");
	return true;
}

static const struct {
	const char *call;
	describe *describe;
} calls[] = {
	{"accept", wait_fd},
	{"accept4", wait_fd},
	{"clock_nanosleep", wait_clock},
	{"connect", wait_fd},
	{"epoll_pwait", wait_epoll},
	{"epoll_pwait2", wait_epoll},
	{"epoll_wait", wait_epoll},
	{"fcntl", wait_fcntl},
	{"fcntl64", wait_fcntl},
	{"fdatasync", wait_fd},
	{"flock", wait_lock},
	{"fsync", wait_fd},
	{"futex", wait_futex},
	{"futex_time64", wait_futex},
	{"getdents64", wait_fd},
	{"ioctl", wait_fd},
	{"nanosleep", wait_sleep},
	{"pause", wait_signal},
	{"poll", wait_poll},
	{"ppoll", wait_poll},
	{"pread64", wait_fd},
	{"preadv", wait_fd},
	{"pwrite64", wait_fd},
	{"pwritev", wait_fd},
	{"read", wait_fd},
	{"readv", wait_fd},
	{"recvfrom", wait_fd},
	{"recvmmsg", wait_fd},
	{"recvmsg", wait_fd},
	{"rt_sigsuspend", wait_signal},
	{"rt_sigtimedwait", wait_signal},
	{"sendfile", wait_fd},
	{"sendmmsg", wait_fd},
	{"sendmsg", wait_fd},
	{"sendto", wait_fd},
	{"wait4", wait_child},
	{"waitid", wait_id},
	{"waitpid", wait_child},
	{"write", wait_fd},
	{"writev", wait_fd},
};

bool wait_describe(const struct wait_place *place, struct wait *wait)
{
	const struct syscall_desc *desc = syscall_lookup(place->call);
	*wait = (struct wait){0};
	for (size_t i = 0; desc && i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(calls[i].call, desc->name) == 0)
			return calls[i].describe(place, wait);
	}
	return false;
}
