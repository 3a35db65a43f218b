/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of wait reasons; see decode/wait_text.h. */
#include "config.h"

#include "decode/wait_text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/names.h"
#include "base/time.h"
#include "base/units.h"
#include "proc/comm.h"
#include "proc/descriptors.h"
#include "proc/memory.h"
#include "proc/status.h"
#include "proc/tasks.h"

/* A descriptor is described only if there is that much room. */
#define DESCRIPTOR_ROOM 48

/* How much of a path is shown. */
#define PATH_SHOWN      160

/* Sets with more signals are described by those that they lack. */
#define SIGNALS_LISTED  8

/* Longer times do not fit into 64 bits as nanoseconds. */
#define SECONDS_MAX     INT64_C(9000000000)

/* As many tasks are asked for their number in another PID namespace. */
#define SEARCHED_MAX    256

void wait_add(struct wait_query *query, const char *format, ...)
{
	struct wait *wait = query->wait;
	size_t used = strlen(wait->text);
	va_list args;
	va_start(args, format);
	vsnprintf(wait->text + used, sizeof(wait->text) - used, format, args);
	va_end(args);
}

size_t wait_text_room(const struct wait_query *query)
{
	return sizeof(query->wait->text) - 1 - strlen(query->wait->text);
}

/* Memory. */

bool wait_read(const struct wait_query *query, uint64_t address, void *buf, size_t size)
{
	return address && memory_read(query->place->tid, address, buf, size) == 0;
}

size_t wait_word_size(const struct wait_query *query)
{
	/* x32 has pointers of 32 bits. */
	return query->place->call.abi == ABI_NATIVE ? 8 : 4;
}

/* Tasks. */

void wait_add_task(struct wait_query *query, pid_t tid)
{
	char comm[TASK_COMM_SIZE] = "?";
	proc_comm(tid, comm);
	wait_add(query, "%d (%s)", (int)tid, comm);
	query->wait->owner = tid;
}

/* The task of LIST that has NS_TID in its own PID namespace, or 0. */
static pid_t find_by_ns_tid(const struct tid_list *list, pid_t ns_tid)
{
	for (size_t i = 0; i < list->count && i < SEARCHED_MAX; i++) {
		struct proc_status status;
		if (proc_status(list->tid[i], &status) == 0 && status.ns_tid == ns_tid)
			return list->tid[i];
	}
	return 0;
}

/* Whether the thread is in our own PID namespace. */
static bool is_in_our_namespace(const struct wait_query *query)
{
	struct proc_status status;
	return proc_status(query->place->tid, &status) == 0 && status.ns_tid == 0;
}

bool wait_add_thread(struct wait_query *query, pid_t ns_tid)
{
	const struct wait_place *place = query->place;
	struct tid_list threads = {0};
	pid_t tid = 0;
	if (ns_tid <= 0)
		return false;
	if (is_in_our_namespace(query))
		tid = proc_is_thread_of(ns_tid, place->pid) ? ns_tid : 0;
	else if (proc_threads(place->pid, &threads, NULL) >= 0)
		tid = find_by_ns_tid(&threads, ns_tid);
	tid_list_clear(&threads);
	if (tid == 0 || tid == place->tid)
		return false;
	wait_add_task(query, tid);
	return true;
}

bool wait_add_child(struct wait_query *query, pid_t ns_pid)
{
	struct tid_list children = {0};
	pid_t pid = ns_pid;
	if (!is_in_our_namespace(query)) {
		proc_children_of(query->place->pid, query->place->tid, &children);
		pid = find_by_ns_tid(&children, ns_pid);
		tid_list_clear(&children);
	}
	if (pid > 0)
		wait_add_task(query, pid);
	return pid > 0;
}

/* Descriptors. */

void wait_add_address(struct wait_query *query, const struct proc_address *address)
{
	char text[INET6_ADDRSTRLEN] = "?";
	inet_ntop(address->family, address->bytes, text, sizeof(text));
	wait_add(query, address->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, address->port);
}

/* The peer comes first: the end of a long text may have no room. */
static void add_inet(struct wait_query *query, const struct proc_socket *socket)
{
	wait_add(query, socket->kind == PROC_SOCKET_TCP ? "tcp " : "udp ");
	if (socket->remote.port) {
		wait_add(query, "to ");
		wait_add_address(query, &socket->remote);
		wait_add(query, " from ");
	}
	wait_add_address(query, &socket->local);
}

/* Appends "a netlink socket"; PROTOCOL is the kernel's name. */
static void add_protocol(struct wait_query *query, const char *protocol)
{
	char name[PROC_SOCKET_PROTOCOL_MAX] = "";
	for (size_t i = 0; protocol[i]; i++)
		name[i] = (char)tolower((unsigned char)protocol[i]);
	wait_add(query, "a %s%ssocket", name, *name ? " " : "");
}

static void add_socket(struct wait_query *query, int fd, uint64_t inode)
{
	struct proc_socket socket;
	/* Its name may be found later. */
	if (proc_sockets_find(query->memory->sockets, query->place->tid, fd, inode, &socket) ==
		-EAGAIN)
		query->wait->lasts = false;
	if (!socket.has_address || socket.kind == PROC_SOCKET_OTHER)
		add_protocol(query, socket.protocol);
	else if (socket.kind != PROC_SOCKET_UNIX)
		add_inet(query, &socket);
	else if (socket.path[0])
		wait_add(query, "unix socket %s", socket.path);
	else if (socket.peer[0])
		wait_add(query, "unix socket to %s", socket.peer);
	else
		wait_add(query, "an unnamed unix socket");
}

/* Appends a pipe, and a process that has its other end. */
static void add_pipe(struct wait_query *query, int fd, uint64_t inode)
{
	const struct wait_place *place = query->place;
	pid_t owner = query->wait->owner;
	bool reads = proc_descriptor_can(place->tid, fd, false);
	pid_t other = proc_pipes_find(query->memory->pipes, place->pid, inode, reads);
	wait_add(query, "pipe");
	if (other == -EAGAIN)
		query->wait->lasts = false;
	if (other <= 0)
		return;
	wait_add(query, " ↔ ");
	wait_add_task(query, other);
	/* There may be others. */
	query->wait->owner = owner;
}

static void add_timer(struct wait_query *query, const struct proc_fdinfo *info)
{
	char time[UNITS_MAX];
	query->wait->lasts = false;
	if (info->timer_ns)
		wait_add(query, "a timer, %s more", units_time(info->timer_ns, time));
	else
		wait_add(query, "a timer that is not set");
}

static void add_pidfd(struct wait_query *query, const struct proc_fdinfo *info)
{
	wait_add(query, "exit of ");
	if (info->pid > 0)
		wait_add_task(query, info->pid);
	else
		wait_add(query, "a process that has ended");
}

static void add_signalfd(struct wait_query *query, const struct proc_fdinfo *info)
{
	wait_add_signals(query, info->signals);
}

/* Kinds of descriptors whose fdinfo says what they wait for. */
static const struct {
	const char *name; /* the kernel's */
	void (*add)(struct wait_query *query, const struct proc_fdinfo *info);
} anonymous[] = {
	{"[timerfd]", add_timer},
	{"[pidfd]", add_pidfd},
	{"[signalfd]", add_signalfd},
};

static void add_anonymous(struct wait_query *query, int fd, const char *name)
{
	struct proc_fdinfo info;
	for (size_t i = 0; i < sizeof(anonymous) / sizeof(*anonymous); i++) {
		if (strcmp(anonymous[i].name, name) == 0 &&
			proc_fdinfo(query->place->tid, fd, &info) == 0) {
			anonymous[i].add(query, &info);
			return;
		}
	}
	wait_add(query, "%s", name);
}

bool wait_add_descriptor(struct wait_query *query, int fd)
{
	struct proc_descriptor descriptor;
	if (proc_descriptor(query->place->tid, fd, &descriptor) < 0)
		return false;
	wait_add(query, "%d: ", fd);
	if (descriptor.kind == PROC_DESCRIPTOR_PIPE)
		add_pipe(query, fd, descriptor.inode);
	else if (descriptor.kind == PROC_DESCRIPTOR_SOCKET)
		add_socket(query, fd, descriptor.inode);
	else if (descriptor.kind == PROC_DESCRIPTOR_ANON)
		add_anonymous(query, fd, descriptor.name);
	else
		wait_add(query, "%s", descriptor.name);
	return true;
}

void descriptor_set_add(struct descriptor_set *set, int fd)
{
	if (set->listed < sizeof(set->fd) / sizeof(*set->fd))
		set->fd[set->listed++] = fd;
	set->count++;
}

void wait_add_descriptors(struct wait_query *query, const struct descriptor_set *set)
{
	size_t shown = 0;
	for (; shown < set->listed && (!shown || wait_text_room(query) >= DESCRIPTOR_ROOM);
		shown++) {
		wait_add(query, "%s", shown ? ", " : "");
		if (!wait_add_descriptor(query, set->fd[shown]))
			wait_add(query, "%d: closed", set->fd[shown]);
	}
	if (shown < set->count)
		wait_add(query, ", …");
	/* None of several is what it waits for. */
	if (set->count > 1)
		query->wait->owner = 0;
}

/* Paths. */

bool wait_add_path(struct wait_query *query, int directory, uint64_t address)
{
	char path[PATH_SHOWN + 1];
	int pages = address ? memory_pages(query->place->tid) : -EFAULT;
	if (pages < 0)
		return false;
	size_t size = memory_copy(pages, query->place->tid, address, path, sizeof(path) - 1);
	close(pages);
	path[size] = '\0';
	bool is_cut = size && strlen(path) == size;
	/* A string that goes on in a page that is not resident cannot be read further. */
	if (size == 0 || (is_cut && size < sizeof(path) - 1))
		return false;
	struct proc_descriptor at;
	if (path[0] != '/' && directory >= 0 &&
		proc_descriptor(query->place->tid, directory, &at) == 0)
		wait_add(query, "%s%s", at.name, path[0] ? "/" : "");
	wait_add(query, "%s%s", path, is_cut ? "…" : "");
	return true;
}

/* Signals. */

/* The bit of SIGNAL in a set. */
#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* No set contains the first two in effect; the C library uses the others, and no mask of its has
 * them. */
#define OMITTED     (BIT(SIGKILL) | BIT(SIGSTOP) | BIT(32) | BIT(33))

/* Appends the names of the signals of SET. */
static void add_names(struct wait_query *query, uint64_t set, const char *last)
{
	char name[ABI_NAME_MAX];
	for (bool is_first = true; set; set &= set - 1, is_first = false) {
		int signal = __builtin_ctzll(set) + 1;
		const char *between = is_first ? "" : set & (set - 1) ? ", " : last;
		wait_add(query, "%s%s", between, signal_name(signal, name));
	}
}

void wait_add_signals(struct wait_query *query, uint64_t set)
{
	uint64_t rest = ~set & ~OMITTED;
	if (set & ~OMITTED)
		set &= ~OMITTED;
	if (__builtin_popcountll(set) <= SIGNALS_LISTED)
		add_names(query, set, " or ");
	else
		wait_add(query, rest ? "any signal but " : "any signal");
	if (__builtin_popcountll(set) <= SIGNALS_LISTED)
		return;
	if (__builtin_popcountll(rest) <= SIGNALS_LISTED)
		add_names(query, rest, " and ");
	else
		wait_add(query, "%d others", __builtin_popcountll(rest));
}

/* Times. */

bool wait_read_time(
	const struct wait_query *query, uint64_t address, enum time_layout layout, uint64_t *ns)
{
	int64_t time[2];
	int32_t short_time[2];
	bool is_short = layout != TIME_64 && abi_is_32bit(query->place->call.abi);
	if (is_short ? !wait_read(query, address, short_time, sizeof(short_time))
		     : !wait_read(query, address, time, sizeof(time)))
		return false;
	if (is_short) {
		time[0] = short_time[0];
		time[1] = short_time[1];
	}
	if (time[0] < 0 || time[1] < 0)
		return false;
	/* Centuries are shown as some. */
	if (time[0] > SECONDS_MAX)
		time[0] = SECONDS_MAX;
	*ns = (uint64_t)time[0] * NS_PER_S +
	      (uint64_t)time[1] * (layout == TIME_USEC ? NS_PER_US : 1);
	return true;
}

static void add_timeout_ns(struct wait_query *query, uint64_t ns)
{
	char text[UNITS_MAX];
	wait_add(query, ", %s at most", units_time(ns, text));
}

void wait_add_timeout(struct wait_query *query, uint64_t address, enum time_layout layout)
{
	uint64_t ns;
	if (address && wait_read_time(query, address, layout, &ns))
		add_timeout_ns(query, ns);
}

void wait_add_timeout_ms(struct wait_query *query, int ms)
{
	if (ms >= 0)
		add_timeout_ns(query, (uint64_t)ms * NS_PER_MS);
}
