/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Details for the files and peers, and reading descriptors in /proc; see app/filewatch.h. */
#include "config.h"

#include "app/filewatch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/fetch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "decode/descriptors.h"
#include "decode/socket_name.h"
#include "event/object.h"
#include "proc/comm.h"
#include "proc/descriptors.h"
#include "proc/pipes.h"
#include "proc/sockets.h"

/* How long reading takes at most, between two looks at events, signals and keys. */
#define RUN_NS        (4 * NS_PER_MS)

/* The same for a command that has not been started yet. */
#define COMMAND_NS    (50 * NS_PER_MS)

/* Descriptors of which not all is known yet, and for how long that is tried. */
#define LATER_MAX     1024
#define LATER_NS      (2 * NS_PER_S)
#define LATER_STEP_NS (50 * NS_PER_MS)

#define DELETED       " (deleted)"
#define ANON          "anon_inode:"

/* A descriptor that was read, and of which more may be found later. */
struct later {
	pid_t tid, tgid;
	int fd;
	uint64_t until_ns; /* then it is given up */
	uint64_t next_ns;  /* when it is tried again */
};

struct filewatch {
	struct model *model;
	struct interest *interest;
	struct event_sink *sink;
	bool counts, names;           /* what is requested */
	struct proc_sockets *sockets; /* owned; NULL until something is read */
	struct proc_pipes *pipes;     /* likewise */
	bool is_reading_all;          /* `all` is a want of which not all was read */
	struct descriptor_want all;
	struct proc_descriptor_scan scan;
	uint64_t scan_ns; /* when that began */
	struct later later[LATER_MAX];
	size_t later_count;
	union {
		struct event_descriptor event;
		unsigned char room[sizeof(struct event_descriptor) + EVENT_DESCRIPTOR_NAME_MAX];
	} found;
};

struct filewatch *filewatch_new(
	struct model *model, struct interest *interest, struct event_sink *sink)
{
	struct filewatch *watch = xcalloc(1, sizeof(*watch));
	watch->model = model;
	watch->interest = interest;
	watch->sink = sink;
	return watch;
}

void filewatch_free(struct filewatch *watch)
{
	if (!watch)
		return;
	proc_descriptor_scan_clear(&watch->scan);
	proc_sockets_free(watch->sockets);
	proc_pipes_free(watch->pipes);
	free(watch);
}

/* Sends an event that has no more than this. */
static void send_plain(struct filewatch *watch, enum event_type type, pid_t tid, uint64_t time_ns)
{
	const struct event event = {.type = type, .tid = tid, .time_ns = time_ns};
	event_send(watch->sink, &event);
}

/* Requesting. */

/* Whether details of CALL are of use for what is requested. */
static bool is_of_use(const struct filewatch *watch, struct call call)
{
	return (watch->counts && call_is_followed(call)) ||
	       (watch->names && call_is_followed_for_names(call));
}

static void request(struct filewatch *watch, struct call call)
{
	bool has_memory = fetch_at_entry(call, FETCH_NAMES) || fetch_at_exit(call, FETCH_NAMES);
	bool wanted = is_of_use(watch, call);
	if (!call_is_followed(call))
		return;
	interest_request_call(watch->interest, INTEREST_FILES, INTEREST_DETAILS, call, wanted);
	interest_request_call(
		watch->interest, INTEREST_FILES, INTEREST_NAMES, call, wanted && has_memory);
}

static void request_all(struct filewatch *watch)
{
	for (uint32_t abi = 0; abi < ABI_IO_URING; abi++) {
		uint32_t count = syscall_table_size((enum abi)abi);
		for (uint32_t nr = 0; nr < count; nr++)
			request(watch, (struct call){.nr = nr, .abi = abi});
	}
	if (filewatch_is_on(watch))
		return;
	/* What happens from now on is not seen. */
	send_plain(watch, EVENT_INTERRUPTED, 0, clock_now_ns());
	proc_descriptor_scan_clear(&watch->scan);
	watch->is_reading_all = false;
	watch->later_count = 0;
}

bool filewatch_is_on(const struct filewatch *watch)
{
	return watch->counts || watch->names;
}

void filewatch_request(struct filewatch *watch, bool wanted)
{
	if (watch->counts == wanted)
		return;
	watch->counts = wanted;
	request_all(watch);
}

void filewatch_request_names(struct filewatch *watch, bool wanted)
{
	if (watch->names == wanted)
		return;
	watch->names = wanted;
	request_all(watch);
}

/* Which reading of a descriptor it is. */
enum reading {
	READING_FIRST, /* it is sent even if more may be known later */
	READING_AGAIN, /* it is sent if it is complete */
	READING_LAST,  /* it is sent as it is */
};

/* Describing a descriptor. Each of these fills in a part of the event. */

static void set_name(struct event_descriptor *event, const char *name, size_t size)
{
	if (size > EVENT_DESCRIPTOR_NAME_MAX - 1)
		size = EVENT_DESCRIPTOR_NAME_MAX - 1;
	memmove(event->name, name, size);
	event->size = (uint32_t)size;
}

static void set_peer(struct event_descriptor *event, pid_t peer)
{
	if (peer <= 0)
		return;
	event->peer = peer;
	strcpy(event->comm, "?");
	proc_comm(peer, event->comm);
}

/* Each of these returns 0, or -EAGAIN if more may be known later. */

static int describe_socket(
	struct filewatch *watch, struct event_descriptor *event, enum reading reading)
{
	struct proc_socket socket;
	char name[SOCKET_NAME_MAX];
	uint64_t inode = 0;
	pid_t peer = 0;
	sscanf(event->name, "socket:[%" SCNu64 "]", &inode);
	if (reading == READING_FIRST)
		proc_sockets_renew(watch->sockets, inode);
	int result = proc_sockets_find(watch->sockets, event->event.tid, event->fd, inode, &socket);
	bool is_inet = socket.kind == PROC_SOCKET_TCP || socket.kind == PROC_SOCKET_UDP;
	/* It is in no table before it has been connected, or listens. */
	if (result == 0 && is_inet && !socket.has_address) {
		proc_sockets_renew(watch->sockets, inode);
		result = -EAGAIN;
	}
	event->kind = socket_kind(socket.protocol);
	size_t size = socket_proc_name(&socket, inode, name);
	set_name(event, name, size);
	event->is_provisional = result == -EAGAIN;
	/* It may have been connected since. */
	if (result == 0 && socket.read_ns)
		event->event.time_ns = event->until_ns = socket.read_ns;
	if (socket.peer_inode)
		peer = proc_pipes_find_socket(watch->pipes, socket.peer_inode);
	set_peer(event, peer);
	return peer == -EAGAIN ? -EAGAIN : result;
}

static int describe_pipe(
	struct filewatch *watch, struct event_descriptor *event, enum reading reading)
{
	(void)reading;
	uint64_t inode = 0;
	sscanf(event->name, "pipe:[%" SCNu64 "]", &inode);
	bool reads = proc_descriptor_can(event->event.tid, event->fd, false);
	pid_t peer = proc_pipes_find(watch->pipes, event->tgid, inode, reads);
	set_peer(event, peer);
	return peer == -EAGAIN ? -EAGAIN : 0;
}

/* "[eventfd] 5 of 1234 (name)" */
static int describe_anonymous(
	struct filewatch *watch, struct event_descriptor *event, enum reading reading)
{
	(void)reading;
	char name[OBJECT_OWNED_MAX], own[64], comm[TASK_COMM_SIZE] = "?";
	struct proc_fdinfo info;
	const char *text = event->name;
	(void)watch;
	if (strncmp(text, ANON, strlen(ANON)) == 0)
		text += strlen(ANON);
	snprintf(own, sizeof(own), "%s", text);
	if (event->kind == KIND_PIDFD && proc_fdinfo(event->event.tid, event->fd, &info) == 0 &&
		info.pid > 0) {
		int size = snprintf(name, sizeof(name), "[pidfd] of process %d", (int)info.pid);
		set_name(event, name, (size_t)size);
		return 0;
	}
	proc_comm(event->tgid, comm);
	set_name(event, name, object_owned_name(name, own, event->fd, event->tgid, comm));
	return 0;
}

/* The kernel adds that it has been deleted, as it always is. */
static int describe_memfd(
	struct filewatch *watch, struct event_descriptor *event, enum reading reading)
{
	(void)reading;
	size_t tail = strlen(DELETED);
	(void)watch;
	if (event->size > tail && memcmp(event->name + event->size - tail, DELETED, tail) == 0)
		event->size -= (uint32_t)tail;
	return 0;
}

static int (*const describers[KIND_COUNT])(
	struct filewatch *watch, struct event_descriptor *event, enum reading reading) = {
	[KIND_SOCKET] = describe_socket,
	[KIND_PIPE] = describe_pipe,
	[KIND_MEMFD] = describe_memfd,
	[KIND_PIDFD] = describe_anonymous,
	[KIND_EPOLL] = describe_anonymous,
	[KIND_EVENTFD] = describe_anonymous,
	[KIND_TIMERFD] = describe_anonymous,
	[KIND_SIGNALFD] = describe_anonymous,
	[KIND_INOTIFY] = describe_anonymous,
	[KIND_URING] = describe_anonymous,
	[KIND_ANON] = describe_anonymous,
};

/*
 * Reads descriptor FD of thread TID of process TGID, and sends what was found. Returns 0, -EAGAIN
 * if more may be known later, or -errno.
 */
static int read_one(struct filewatch *watch, pid_t tid, pid_t tgid, int fd, enum reading reading)
{
	struct event_descriptor *event = &watch->found.event;
	struct proc_fdinfo info;
	*event = (struct event_descriptor){
		.event = {EVENT_DESCRIPTOR, tid, clock_now_ns()}, .tgid = tgid, .fd = fd};
	ssize_t size = proc_descriptor_link(tid, fd, event->name, EVENT_DESCRIPTOR_NAME_MAX);
	int result = 0;
	if (size == -ENOENT && fd >= 0) {
		event->state = FOUND_CLOSED;
	} else if (size < 0) {
		return (int)size;
	} else {
		event->state = FOUND_OPEN;
		event->size = (uint32_t)size;
		event->kind = object_kind_of(event->name, event->size);
		/* The fdinfo of an epoll instance is long, and its lock is held. */
		if (fd >= 0 && event->kind != KIND_EPOLL && proc_fdinfo(tid, fd, &info) == 0) {
			event->knows_on_exec = true;
			event->closes_on_exec = info.flags & O_CLOEXEC;
		}
		if (describers[event->kind])
			result = describers[event->kind](watch, event, reading);
		event->is_provisional &= reading != READING_LAST;
	}
	if (!event->until_ns)
		event->until_ns = clock_now_ns();
	if (result == 0 || reading != READING_AGAIN)
		event_send(watch->sink, &event->event);
	return result;
}

/* Reads it, and again later if that is of use. */
static void read_new(struct filewatch *watch, pid_t tid, pid_t tgid, int fd)
{
	uint64_t now_ns = clock_now_ns();
	bool has_room = watch->later_count < LATER_MAX;
	enum reading reading = has_room ? READING_FIRST : READING_LAST;
	if (read_one(watch, tid, tgid, fd, reading) != -EAGAIN || !has_room)
		return;
	watch->later[watch->later_count++] = (struct later){
		.tid = tid,
		.tgid = tgid,
		.fd = fd,
		.until_ns = now_ns + LATER_NS,
		.next_ns = now_ns + LATER_STEP_NS,
	};
}

/* Reads those again that are due, until UNTIL_NS. */
static void read_later(struct filewatch *watch, uint64_t until_ns)
{
	size_t kept = 0;
	uint64_t now_ns = clock_now_ns();
	for (size_t i = 0; i < watch->later_count; i++) {
		struct later one = watch->later[i];
		bool is_last = now_ns >= one.until_ns;
		if (one.next_ns > now_ns || now_ns >= until_ns) {
			watch->later[kept++] = one;
			continue;
		}
		int result = read_one(
			watch, one.tid, one.tgid, one.fd, is_last ? READING_LAST : READING_AGAIN);
		now_ns = clock_now_ns();
		one.next_ns = now_ns + LATER_STEP_NS;
		if (result == -EAGAIN && !is_last)
			watch->later[kept++] = one;
	}
	watch->later_count = kept;
}

/* Sends that a table has been read completely. */
static void send_all(struct filewatch *watch)
{
	struct event_descriptor *event = &watch->found.event;
	*event = (struct event_descriptor){
		.event = {EVENT_DESCRIPTOR, watch->all.tid, watch->scan_ns},
		.until_ns = clock_now_ns(),
		.tgid = watch->all.tgid,
		.state = FOUND_ALL,
	};
	event_send(watch->sink, &event->event);
}

/* Reads the next descriptor of a table. */
static void read_next(struct filewatch *watch)
{
	const struct descriptor_want *all = &watch->all;
	int fd, result = proc_descriptor_next(all->tid, &watch->scan, &fd);
	if (result > 0) {
		read_new(watch, all->tid, all->tgid, fd);
		return;
	}
	watch->is_reading_all = false;
	if (result == 0)
		send_all(watch);
}

/* Reads a part of what is to be read. Returns whether there is more. */
static bool read_part(struct filewatch *watch)
{
	struct descriptor_want want;
	if (watch->is_reading_all) {
		read_next(watch);
		return true;
	}
	if (!descriptors_next_want(model_descriptors(watch->model), &want))
		return false;
	if (!want.all) {
		read_new(watch, want.tid, want.tgid, want.fd);
		return true;
	}
	watch->all = want;
	watch->is_reading_all = true;
	watch->scan_ns = clock_now_ns();
	read_one(watch, want.tid, want.tgid, AT_FDCWD, READING_LAST);
	return true;
}

/* Prepares what reading needs. */
static void open_tables(struct filewatch *watch)
{
	if (watch->sockets)
		return;
	watch->sockets = proc_sockets_new();
	watch->pipes = proc_pipes_new();
}

void filewatch_read_command(struct filewatch *watch, pid_t pid)
{
	uint64_t until_ns = clock_now_ns() + COMMAND_NS;
	if (!filewatch_is_on(watch))
		return;
	open_tables(watch);
	send_plain(watch, EVENT_EXPECTED, pid, clock_now_ns());
	while (clock_now_ns() < until_ns && read_part(watch))
		;
	/* It changes nothing meanwhile. */
	send_plain(watch, EVENT_SETTLED, pid, clock_now_ns());
}

void filewatch_run(struct filewatch *watch, bool is_idle, uint64_t now_ns)
{
	if (!filewatch_is_on(watch))
		return;
	open_tables(watch);
	if (is_idle)
		send_plain(watch, EVENT_SETTLED, 0, now_ns);
	uint64_t until_ns = clock_now_ns() + RUN_NS;
	while (clock_now_ns() < until_ns && read_part(watch))
		;
	read_later(watch, until_ns);
}
