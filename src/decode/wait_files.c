/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait reasons of calls on files and descriptors; see decode/wait_rules.h. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/units.h"
#include "decode/wait_rules.h"
#include "proc/descriptors.h"
#include "proc/locks.h"
#include "proc/wait.h"

/* As many descriptors of poll and select are counted. */
#define POLLED_MAX     65536

/* How many of these are read at once: a page. */
#define POLL_CHUNK     512

/* The command for 32-bit programs that lets them lock large files; <fcntl.h> has only our own. */
#define F_SETLKW_LARGE 14

bool wait_fd(struct wait_query *query)
{
	query->wait->lasts = true;
	return wait_add_descriptor(query, (int)query->place->args[0]);
}

static bool add_transfer(struct wait_query *query, uint64_t from, uint64_t to)
{
	query->wait->lasts = true;
	if (!wait_add_descriptor(query, (int)from))
		return false;
	wait_add(query, " to ");
	return wait_add_descriptor(query, (int)to);
}

bool wait_sendfile(struct wait_query *query)
{
	return add_transfer(query, query->place->args[1], query->place->args[0]);
}

bool wait_splice(struct wait_query *query)
{
	return add_transfer(query, query->place->args[0], query->place->args[2]);
}

bool wait_tee(struct wait_query *query)
{
	return add_transfer(query, query->place->args[0], query->place->args[1]);
}

bool wait_sync(struct wait_query *query)
{
	wait_add(query, "all file systems");
	return true;
}

/* The other side of a connection. */

/* Room for any address. */
union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_un local;
	struct sockaddr_storage room;
};

static bool add_sockaddr(struct wait_query *query, const union address *address, size_t size)
{
	struct proc_address inet = {.family = address->any.sa_family};
	if (address->any.sa_family == AF_UNIX) {
		const char *path = address->local.sun_path;
		size_t length = size - offsetof(struct sockaddr_un, sun_path);
		bool is_abstract = length > 1 && !path[0];
		wait_add(query, "%s%.*s", is_abstract ? "@" : "", (int)(length - is_abstract),
			path + is_abstract);
		return length > 0;
	}
	if (address->any.sa_family == AF_INET && size >= sizeof(address->ipv4)) {
		memcpy(inet.bytes, &address->ipv4.sin_addr, sizeof(address->ipv4.sin_addr));
		inet.port = ntohs(address->ipv4.sin_port);
	} else if (address->any.sa_family == AF_INET6 && size >= sizeof(address->ipv6)) {
		memcpy(inet.bytes, &address->ipv6.sin6_addr, sizeof(address->ipv6.sin6_addr));
		inet.port = ntohs(address->ipv6.sin6_port);
	} else {
		return false;
	}
	wait_add_address(query, &inet);
	return true;
}

bool wait_connect(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	union address address = {0};
	size_t size = args[2] < sizeof(address.room) - 1 ? (size_t)args[2] : 0;
	query->wait->lasts = true;
	wait_add(query, "%d: a connection to ", (int)args[0]);
	if (size >= offsetof(struct sockaddr_un, sun_path) &&
		wait_read(query, args[1], &address, size) && add_sockaddr(query, &address, size))
		return true;
	query->wait->text[0] = '\0';
	return wait_fd(query);
}

/* Paths. */

bool wait_path(struct wait_query *query)
{
	query->wait->lasts = true;
	return wait_add_path(query, AT_FDCWD, query->place->args[0]);
}

bool wait_path_at(struct wait_query *query)
{
	query->wait->lasts = true;
	return wait_add_path(query, (int)query->place->args[0], query->place->args[1]);
}

/* Whether the thread waits for the other end of a FIFO: wait_for_partner() in fs/pipe.c, which
 * fifo_open() may contain. */
static bool opens_fifo(const struct wait_query *query)
{
	char name[PROC_WCHAN_MAX];
	return proc_wchan(query->place->pid, query->place->tid, name) &&
	       (proc_wchan_is(name, "wait_for_partner") || proc_wchan_is(name, "fifo_open"));
}

/* The open of the path at ADDRESS with FLAGS. */
static bool add_open(struct wait_query *query, int directory, uint64_t address, uint64_t flags)
{
	query->wait->lasts = true;
	if (opens_fifo(query))
		wait_add(query, "a %s of the FIFO ",
			(flags & O_ACCMODE) == O_WRONLY ? "reader" : "writer");
	return wait_add_path(query, directory, address);
}

bool wait_open(struct wait_query *query)
{
	return add_open(query, AT_FDCWD, query->place->args[0], query->place->args[1]);
}

bool wait_creat(struct wait_query *query)
{
	return add_open(query, AT_FDCWD, query->place->args[0], O_WRONLY);
}

bool wait_openat(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	return add_open(query, (int)args[0], args[1], args[2]);
}

bool wait_openat2(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	uint64_t flags; /* the first of struct open_how */
	return wait_read(query, args[2], &flags, sizeof(flags)) &&
	       add_open(query, (int)args[0], args[1], flags);
}

/* Sets of descriptors. */

static void add_set(struct wait_query *query, const struct descriptor_set *set)
{
	if (set->count > 1)
		wait_add(query, "any of %zu descriptors: ", set->count);
	if (set->count)
		wait_add_descriptors(query, set);
	else
		wait_add(query, "nothing");
}

/* Adds the descriptors of the struct pollfd at ADDRESS to SET: negative ones are ignored, poll(2).
 */
static bool read_polled(
	struct wait_query *query, uint64_t address, uint64_t count, struct descriptor_set *set)
{
	struct pollfd polled[POLL_CHUNK];
	if (count > POLLED_MAX)
		return false;
	for (uint64_t done = 0; done < count;) {
		size_t some = count - done < POLL_CHUNK ? (size_t)(count - done) : POLL_CHUNK;
		if (!wait_read(query, address + done * sizeof(*polled), polled,
			    some * sizeof(*polled)))
			return false;
		for (size_t i = 0; i < some; i++) {
			if (polled[i].fd >= 0)
				descriptor_set_add(set, polled[i].fd);
		}
		done += some;
	}
	return true;
}

static bool add_polled(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	struct descriptor_set set = {0};
	query->wait->lasts = true;
	if (read_polled(query, args[0], args[1], &set))
		add_set(query, &set);
	else if (args[1] > POLLED_MAX)
		wait_add(query, "any of %" PRIu64 " descriptors", args[1]);
	else
		return false;
	return true;
}

bool wait_poll(struct wait_query *query)
{
	if (!add_polled(query))
		return false;
	wait_add_timeout_ms(query, (int)query->place->args[2]);
	return true;
}

static bool add_ppoll(struct wait_query *query, enum time_layout layout)
{
	if (!add_polled(query))
		return false;
	wait_add_timeout(query, query->place->args[2], layout);
	return true;
}

bool wait_ppoll(struct wait_query *query)
{
	return add_ppoll(query, TIME_NATIVE);
}

bool wait_ppoll_time64(struct wait_query *query)
{
	return add_ppoll(query, TIME_64);
}

/* Word NUMBER of SET, whose words have SIZE bytes. */
static uint64_t word_of(const unsigned char *set, size_t size, size_t number)
{
	uint64_t word;
	uint32_t half;
	memcpy(&half, set + number * size, sizeof(half));
	if (size == sizeof(half))
		return half;
	memcpy(&word, set + number * size, sizeof(word));
	return word;
}

/* Adds the descriptors below COUNT that are in one of the three fd_sets to SET. */
static bool read_selected(struct wait_query *query, uint64_t count, struct descriptor_set *set)
{
	unsigned char sets[3][POLLED_MAX / 8];
	size_t size = wait_word_size(query), bits = size * 8;
	size_t words = (size_t)(count + bits - 1) / bits;
	for (int i = 0; i < 3; i++) {
		uint64_t address = query->place->args[1 + i];
		memset(sets[i], 0, words * size);
		if (address && words && !wait_read(query, address, sets[i], words * size))
			return false;
	}
	for (size_t i = 0; i < words; i++) {
		uint64_t any = word_of(sets[0], size, i) | word_of(sets[1], size, i) |
		               word_of(sets[2], size, i);
		for (; any; any &= any - 1)
			descriptor_set_add(set, (int)(i * bits) + __builtin_ctzll(any));
	}
	return true;
}

static bool add_select(struct wait_query *query, enum time_layout layout)
{
	const uint64_t *args = query->place->args;
	struct descriptor_set set = {0};
	query->wait->lasts = true;
	if ((int)args[0] < 0 || args[0] > POLLED_MAX || !read_selected(query, args[0], &set))
		return false;
	add_set(query, &set);
	wait_add_timeout(query, args[4], layout);
	return true;
}

bool wait_select(struct wait_query *query)
{
	return add_select(query, TIME_USEC);
}

bool wait_pselect(struct wait_query *query)
{
	return add_select(query, TIME_NATIVE);
}

bool wait_pselect_time64(struct wait_query *query)
{
	return add_select(query, TIME_64);
}

static bool add_epoll(struct wait_query *query)
{
	int epoll_fd = (int)query->place->args[0];
	struct proc_epoll epoll;
	struct descriptor_set set = {0};
	int result = proc_epoll(query->place->tid, epoll_fd, &epoll);
	if (result == -E2BIG) {
		wait_add(query, "a descriptor of epoll %d", epoll_fd);
		return true;
	}
	if (result < 0)
		return false;
	query->wait->lasts = false;
	for (size_t i = 0; i < epoll.count && i < PROC_EPOLL_LISTED; i++)
		descriptor_set_add(&set, epoll.fd[i]);
	set.count = epoll.count;
	if (set.count > 1)
		wait_add(query, "any of %zu descriptors (epoll %d): ", set.count, epoll_fd);
	if (set.count)
		wait_add_descriptors(query, &set);
	else
		wait_add(query, "nothing: epoll %d is empty", epoll_fd);
	return true;
}

bool wait_epoll(struct wait_query *query)
{
	if (!add_epoll(query))
		return false;
	wait_add_timeout_ms(query, (int)query->place->args[3]);
	return true;
}

bool wait_epoll2(struct wait_query *query)
{
	if (!add_epoll(query))
		return false;
	wait_add_timeout(query, query->place->args[3], TIME_64);
	return true;
}

/* Locks. */

/* A lock on FD: its owner, if known, and the file. PID is as for proc_lock_holder(). */
static bool add_lock(struct wait_query *query, int fd, pid_t pid)
{
	struct proc_fdinfo info;
	uint64_t inode = proc_fdinfo(query->place->tid, fd, &info) == 0 ? info.inode : 0;
	bool can_search = inode || pid != PROC_LOCK_OF_FILE;
	pid_t holder = can_search ? proc_lock_holder(pid, inode) : 0;
	wait_add(query, "lock ");
	if (holder == PROC_LOCK_OF_FILE)
		wait_add(query, "of an open file ");
	if (holder > 0) {
		query->wait->is_held = true;
		wait_add(query, "held by ");
		wait_add_task(query, holder);
		wait_add(query, " ");
	}
	wait_add(query, "on ");
	return wait_add_descriptor(query, fd);
}

bool wait_flock(struct wait_query *query)
{
	return add_lock(query, (int)query->place->args[0], query->place->pid);
}

/* Of fcntl's commands only these wait. */
bool wait_fcntl(struct wait_query *query)
{
	int fd = (int)query->place->args[0], command = (int)query->place->args[1];
	bool is_32bit = abi_is_32bit(query->place->call.abi);
	if (command == F_OFD_SETLKW)
		return add_lock(query, fd, PROC_LOCK_OF_FILE);
	if (command == F_SETLKW || (is_32bit && command == F_SETLKW_LARGE))
		return add_lock(query, fd, query->place->pid);
	return wait_fd(query);
}

/* Completions. */

bool wait_aio(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	query->wait->lasts = true;
	wait_add(query, "%" PRIu64 " completion%s of aio 0x%" PRIx64, args[1],
		args[1] == 1 ? "" : "s", args[0]);
	wait_add_timeout(query, args[4], TIME_NATIVE);
	return true;
}

bool wait_uring(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	uint32_t flags = (uint32_t)args[3], wanted = (uint32_t)args[2];
	query->wait->lasts = true;
	if (flags & IORING_ENTER_GETEVENTS)
		wait_add(query, "%u completion%s", wanted, wanted == 1 ? "" : "s");
	else
		wait_add(query, "room in the queue");
	/* The number of a registered ring is no descriptor. */
	wait_add(query, " of %s %d",
		flags & IORING_ENTER_REGISTERED_RING ? "registered ring" : "io_uring",
		(int)args[0]);
	return true;
}
