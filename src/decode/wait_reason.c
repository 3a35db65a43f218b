/* Wait reasons; see decode/wait_reason.h. */
#include "config.h"

#include "decode/wait_reason.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "base/units.h"
#include "proc/memory.h"
#include "proc/proc.h"

/* Limit on the part of a socket table that is read; more would take too long. */
#define NET_MAX       (256 << 10)

#define PATH_SIZE     64
#define SMALL_FILE    4096

/* The value of a glibc mutex (and low-level lock) that has waiters. */
#define LOCKED_WAITED 2

/* The beginning of a glibc mutex on every Linux ABI: its struct __pthread_mutex_s. */
struct mutex {
	int32_t lock, count, owner;
};

/* Files. */

/* Reads the first SIZE - 1 bytes of PATH and NUL-terminates them. Returns their number, or -errno.
 */
static ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size_t used = 0;
	ssize_t got;
	while (used < size - 1 && (got = read(fd, buf + used, size - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	buf[used] = '\0';
	return (ssize_t)used;
}

/* The line after the one that TEXT points into; NULL if there is none. */
static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');
	return end && end[1] ? end + 1 : NULL;
}

bool wait_parse_stat(const char *text, struct wait_stat *stat)
{
	/* The name, in parentheses, may contain parentheses: the last one ends it. */
	const char *rest = strrchr(text, ')');
	unsigned long long user, system;
	char state;
	if (!rest || sscanf(rest + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
			     &state, &user, &system) != 3)
		return false;
	*stat = (struct wait_stat){.state = state, .ticks = user + system};
	return true;
}

int wait_stat(pid_t pid, pid_t tid, struct wait_stat *stat)
{
	char path[PATH_SIZE], text[SMALL_FILE];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	ssize_t size = read_file(path, text, sizeof(text));
	if (size < 0)
		return (int)size;
	return wait_parse_stat(text, stat) ? 0 : -EIO;
}

pid_t wait_parse_locks(const char *text, pid_t pid)
{
	pid_t holder = 0;
	for (const char *line = text; line; line = next_line(line)) {
		int owner;
		/* "1: POSIX ADVISORY WRITE 708 00:14:22671 0 EOF"; "1: -> …" is blocked by it. */
		if (sscanf(line, "%*d: -> %*s %*s %*s %d", &owner) == 1) {
			if (owner == pid)
				return holder;
		} else if (sscanf(line, "%*d: %*s %*s %*s %d", &owner) == 1) {
			holder = owner;
		}
	}
	return 0;
}

/* Parses an address of /proc/net/tcp: hexadecimal words in native byte order. */
static bool parse_address(const char *digits, unsigned int port, char *buf, size_t size)
{
	uint32_t words[4] = {0};
	char text[INET6_ADDRSTRLEN];
	size_t length = strlen(digits);
	if (length != 8 && length != 32)
		return false;
	for (size_t i = 0; i < length / 8; i++) {
		if (sscanf(digits + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	}
	bool is_mapped = length == 32 && !words[0] && !words[1] && words[2] == htonl(0xffff);
	bool is_four = length == 8 || is_mapped;
	if (!inet_ntop(is_four ? AF_INET : AF_INET6, is_mapped ? &words[3] : words, text,
		    sizeof(text)))
		return false;
	snprintf(buf, size, is_four ? "%s:%u" : "[%s]:%u", text, port);
	return true;
}

bool wait_parse_inet(const char *text, uint64_t inode, char *buf, size_t size)
{
	for (const char *line = text; line; line = next_line(line)) {
		char here[33], there[33], local[64], remote[64];
		unsigned int port, remote_port;
		uint64_t found;
		if (sscanf(line,
			    "%*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %*x %*s %*s %*s %*d %*d %" SCNu64,
			    here, &port, there, &remote_port, &found) != 5 ||
			found != inode || !parse_address(here, port, local, sizeof(local)) ||
			!parse_address(there, remote_port, remote, sizeof(remote)))
			continue;
		if (remote_port)
			snprintf(buf, size, "%s to %s", local, remote);
		else
			snprintf(buf, size, "%s", local);
		return true;
	}
	return false;
}

bool wait_parse_unix(const char *text, uint64_t inode, char *buf, size_t size)
{
	for (const char *line = text; line; line = next_line(line)) {
		uint64_t found;
		char path[109] = ""; /* sun_path of unix(7) */
		if (sscanf(line, "%*[^:]: %*x %*x %*x %*x %*x %" SCNu64 " %108[^\n]", &found,
			    path) < 1 ||
			found != inode)
			continue;
		snprintf(buf, size, "%s", path);
		return true;
	}
	return false;
}

/* Descriptors. */

/* The files below /proc/PID/net that list sockets. */
static const struct {
	const char *file;
	const char *what;
	bool (*parse)(const char *text, uint64_t inode, char *buf, size_t size);
} nets[] = {
	{"tcp", "tcp", wait_parse_inet},
	{"tcp6", "tcp", wait_parse_inet},
	{"unix", "unix socket", wait_parse_unix},
	{"udp", "udp", wait_parse_inet},
	{"udp6", "udp", wait_parse_inet},
};

/* Describes socket INODE of process PID. */
static void describe_socket(pid_t pid, uint64_t inode, char *buf, size_t size)
{
	char *text = xcalloc(1, NET_MAX);
	char path[PATH_SIZE], addresses[WAIT_TEXT_MAX - 32];
	snprintf(buf, size, "a socket");
	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++) {
		snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, nets[i].file);
		if (read_file(path, text, NET_MAX) <= 0 ||
			!nets[i].parse(text, inode, addresses, sizeof(addresses)))
			continue;
		snprintf(buf, size, "%s %s", nets[i].what, addresses);
		break;
	}
	free(text);
}

/* Describes descriptor FD of process PID. Returns whether it is open. */
static bool describe_fd(pid_t pid, int fd, char *buf, size_t size)
{
	char path[PATH_SIZE], target[WAIT_TEXT_MAX - 16];
	uint64_t inode;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	if (sscanf(target, "socket:[%" SCNu64 "]", &inode) == 1)
		describe_socket(pid, inode, target, sizeof(target));
	else if (strncmp(target, "pipe:[", 6) == 0)
		strcpy(target, "a pipe");
	else if (strncmp(target, "anon_inode:", 11) == 0)
		memmove(target, target + 11, strlen(target + 11) + 1);
	snprintf(buf, size, "%d: %s", fd, target);
	return true;
}

/* The wait reason of each call. */

typedef bool describe(const struct wait_place *place, struct wait *wait);

static bool wait_fd(const struct wait_place *place, struct wait *wait)
{
	wait->lasts = true;
	return describe_fd(place->pid, (int)place->args[0], wait->text, sizeof(wait->text));
}

/* The descriptors of an epoll instance: one "tfd:" line each in its fdinfo. */
static bool wait_epoll(const struct wait_place *place, struct wait *wait)
{
	char path[PATH_SIZE], *text = xcalloc(1, NET_MAX);
	int count = 0, fd = -1;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)place->pid, (int)place->args[0]);
	ssize_t size = read_file(path, text, NET_MAX);
	for (const char *line = size > 0 ? text : NULL; line; line = next_line(line))
		count += sscanf(line, "tfd: %d", &fd) == 1;
	free(text);
	if (count == 1)
		return describe_fd(place->pid, fd, wait->text, sizeof(wait->text));
	snprintf(wait->text, sizeof(wait->text), "any of %d descriptors (epoll %d)", count,
		(int)place->args[0]);
	return size > 0;
}

static bool wait_poll(const struct wait_place *place, struct wait *wait)
{
	struct pollfd first;
	char what[WAIT_TEXT_MAX - 40];
	wait->lasts = true;
	if (place->args[1] == 0 ||
		memory_read(place->pid, place->args[0], &first, sizeof(first)) < 0 ||
		!describe_fd(place->pid, first.fd, what, sizeof(what)))
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

/* A file lock: its owner, if /proc/locks shows it, and the file. */
static bool wait_lock(const struct wait_place *place, struct wait *wait)
{
	char *text = xcalloc(1, NET_MAX), what[WAIT_TEXT_MAX - 48];
	pid_t holder = read_file("/proc/locks", text, NET_MAX) > 0
	                       ? wait_parse_locks(text, place->pid)
	                       : 0;
	free(text);
	if (!describe_fd(place->pid, (int)place->args[0], what, sizeof(what)))
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
