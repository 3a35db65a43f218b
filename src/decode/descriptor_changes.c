/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What calls do to descriptors, by abi/descriptor.h; see decode/descriptors.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "abi/descriptor.h"
#include "decode/descriptor_state.h"
#include "decode/socket_name.h"

/* Most calls have the same bit for it: SOCK_CLOEXEC, EFD_CLOEXEC, … are O_CLOEXEC. */
#define CLOEXEC      O_CLOEXEC

/* Of MFD_CLOEXEC, FAN_CLOEXEC, FSOPEN_CLOEXEC, …, and of PERF_FLAG_FD_CLOEXEC. */
#define CLOEXEC_BIT0 1
#define CLOEXEC_BIT3 8

/* The index of an argument for calls whose descriptors are always closed by execve. */
#define ALWAYS       (-1)

/* Which argument of a call says whether the new descriptor is closed by execve. */
static const struct {
	const char *name;
	int argument; /* index, or ALWAYS */
	uint64_t bit;
} on_exec_rules[] = {
	{"open", 1, CLOEXEC},
	{"openat", 2, CLOEXEC},
	{"open_by_handle_at", 2, CLOEXEC},
	{"open_tree", 2, CLOEXEC},
	{"open_tree_attr", 2, CLOEXEC},
	{"fsopen", 1, CLOEXEC_BIT0},
	{"fsmount", 1, CLOEXEC_BIT0},
	{"fspick", 2, CLOEXEC_BIT0},
	{"mq_open", ALWAYS, 0},
	{"memfd_create", 1, CLOEXEC_BIT0},
	{"memfd_secret", 0, CLOEXEC},
	{"socket", 1, CLOEXEC},
	{"socketpair", 1, CLOEXEC},
	{"accept4", 3, CLOEXEC},
	{"pipe2", 1, CLOEXEC},
	{"eventfd2", 1, CLOEXEC},
	{"signalfd4", 3, CLOEXEC},
	{"timerfd_create", 1, CLOEXEC},
	{"epoll_create1", 0, CLOEXEC},
	{"inotify_init1", 0, CLOEXEC},
	{"fanotify_init", 0, CLOEXEC_BIT0},
	{"userfaultfd", 0, CLOEXEC},
	{"perf_event_open", 4, CLOEXEC_BIT3},
	{"pidfd_open", ALWAYS, 0},
	{"pidfd_getfd", ALWAYS, 0},
	{"io_uring_setup", ALWAYS, 0},
	{"landlock_create_ruleset", ALWAYS, 0},
	{"bpf", ALWAYS, 0},
	{"seccomp", ALWAYS, 0},
	{"clone", ALWAYS, 0},
	{"clone3", ALWAYS, 0},
	{"dup3", 2, CLOEXEC},
	{"recvmsg", 2, MSG_CMSG_CLOEXEC},
	{"recvmmsg", 3, MSG_CMSG_CLOEXEC},
};

static const char *name_of(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc ? desc->name : "";
}

bool descriptors_is_call(const struct followed *followed, const char *name)
{
	return strcmp(name_of(followed->detail->call), name) == 0;
}

/* Whether the descriptor that the call has made is closed by execve. */
enum fd_on_exec descriptors_on_exec_of(const struct followed *followed)
{
	const uint64_t *args = followed->detail->args;
	const char *name = name_of(followed->detail->call);
	uint64_t flags;
	if (strcmp(name, "fcntl") == 0 || strcmp(name, "fcntl64") == 0)
		return args[1] == F_DUPFD_CLOEXEC ? FD_CLOSED_ON_EXEC : FD_KEPT_ON_EXEC;
	/* The first member of struct open_how. */
	if (strcmp(name, "openat2") == 0)
		return detail_read(followed->detail, DETAIL_ENTRY, args[2], &flags,
			       sizeof(flags)) == sizeof(flags)
		               ? (flags & CLOEXEC ? FD_CLOSED_ON_EXEC : FD_KEPT_ON_EXEC)
		               : FD_ON_EXEC_UNKNOWN;
	if (strcmp(name, "ioctl") == 0)
		return FD_ON_EXEC_UNKNOWN;
	for (size_t i = 0; i < sizeof(on_exec_rules) / sizeof(*on_exec_rules); i++) {
		if (strcmp(on_exec_rules[i].name, name) == 0)
			return on_exec_rules[i].argument == ALWAYS ||
			                       args[on_exec_rules[i].argument] &
			                               on_exec_rules[i].bit
			               ? FD_CLOSED_ON_EXEC
			               : FD_KEPT_ON_EXEC;
	}
	return FD_KEPT_ON_EXEC;
}

/* Setting entries. */

void descriptors_remember(struct followed *followed, int fd)
{
	struct descriptors *descriptors = followed->descriptors;
	const struct fd_table *table = followed->table;
	if (descriptors->change_count == CHANGES_MAX || fd < 0)
		return;
	struct object *object = (size_t)fd < table->count ? table->entry[fd].object : NULL;
	descriptors->change[descriptors->change_count].fd = fd;
	descriptors->change[descriptors->change_count++].object = object_ref(object);
}

/* Descriptor FD refers to OBJECT from now on; takes over a reference. */
void descriptors_set(
	struct followed *followed, int fd, struct object *object, enum fd_on_exec on_exec)
{
	struct descriptors *descriptors = followed->descriptors;
	struct fd_entry *entry = fd_table_entry(&descriptors->tables, followed->table, fd);
	if (!entry) {
		object_unref(&descriptors->tables.objects, object);
		return;
	}
	descriptors_remember(followed, fd);
	fd_entry_set(&descriptors->tables, entry, object, on_exec, followed->moment);
	if (object_real(object)->is_provisional)
		descriptors_ask(descriptors, followed->follower, fd, entry);
}

/* Adds what is known about the socket FD: it refers to OBJECT, as do the copies of FD. */
static void rename_socket(struct followed *followed, int fd, struct object *object)
{
	struct descriptors *descriptors = followed->descriptors;
	struct fd_entry *entry = fd_table_entry(&descriptors->tables, followed->table, fd);
	enum fd_on_exec on_exec = entry ? (enum fd_on_exec)entry->on_exec : FD_ON_EXEC_UNKNOWN;
	descriptors_set(followed, fd, object, on_exec);
}

/* New objects; each function returns a reference. */

static struct object *owned(struct followed *followed, enum object_kind kind, const char *name,
	int fd, bool provisional)
{
	return descriptors_owned(
		followed->descriptors, kind, name, fd, followed->follower->process, provisional);
}

/* Kinds of objects that have no name of their own. */
static const struct {
	enum object_kind kind;
	const char *name;
} anonymous[OBJECT_COUNT] = {
	[OBJECT_MOUNT] = {KIND_ANON, "[mount]"},
	[OBJECT_FSCONTEXT] = {KIND_ANON, "[fscontext]"},
	[OBJECT_SECRETMEM] = {KIND_ANON, "[secretmem]"},
	[OBJECT_EVENTFD] = {KIND_EVENTFD, "[eventfd]"},
	[OBJECT_SIGNALFD] = {KIND_SIGNALFD, "[signalfd]"},
	[OBJECT_TIMERFD] = {KIND_TIMERFD, "[timerfd]"},
	[OBJECT_EPOLL] = {KIND_EPOLL, "[eventpoll]"},
	[OBJECT_INOTIFY] = {KIND_INOTIFY, "inotify"},
	[OBJECT_FANOTIFY] = {KIND_ANON, "[fanotify]"},
	[OBJECT_USERFAULTFD] = {KIND_ANON, "[userfaultfd]"},
	[OBJECT_PERF] = {KIND_ANON, "[perf_event]"},
	[OBJECT_IO_URING] = {KIND_URING, "[io_uring]"},
	[OBJECT_LANDLOCK] = {KIND_ANON, "[landlock-ruleset]"},
	[OBJECT_SECCOMP] = {KIND_ANON, "seccomp notify"},
};

struct object *descriptors_unknown(struct followed *followed, int fd)
{
	return owned(followed, KIND_UNKNOWN, "descriptor", fd, true);
}

/* The object of descriptor FD before the call; NULL: it is not known to be open. */
struct object *descriptors_object_at(const struct followed *followed, int fd)
{
	const struct fd_table *table = followed->table;
	return fd >= 0 && (size_t)fd < table->count ? object_real(table->entry[fd].object) : NULL;
}

/* Reads the address of a socket at argument INDEX, whose size is, or is at, the next one. */
static int read_address(struct followed *followed, enum detail_phase phase, unsigned int index,
	char buf[SOCKET_ADDRESS_MAX])
{
	const uint64_t *args = followed->detail->args;
	unsigned char bytes[128];
	uint32_t size = (uint32_t)args[index + 1];
	strcpy(buf, "?");
	if (phase == DETAIL_EXIT && detail_read(followed->detail, phase, args[index + 1], &size,
					    sizeof(size)) != sizeof(size))
		return 0;
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	size_t got = detail_read(followed->detail, phase, args[index], bytes, size);
	return got == size ? socket_address(bytes, size, buf) : 0;
}

/* Whether ADDRESS is all of one. */
static bool is_whole(const char *address)
{
	size_t length = strlen(address);
	bool is_any_port = length > 2 && strcmp(address + length - 2, ":0") == 0;
	return !strchr(address, '?') && !is_any_port;
}

/*
 * The socket of PROTOCOL with these addresses; REMOTE may be NULL. It is provisional if they are
 * not complete: the numbers of a local socket are a part of its name, and only /proc tells them.
 */
static struct object *socket_object(
	struct followed *followed, const char *protocol, const char *local, const char *remote)
{
	struct objects *objects = &followed->descriptors->tables.objects;
	char name[SOCKET_NAME_MAX], known[SOCKET_ADDRESS_MAX];
	size_t length = (size_t)snprintf(known, sizeof(known), "%s", local);
	/* The kernel chooses a port. */
	if (!is_whole(local) && length > 2)
		known[length - 1] = '?';
	size_t size = socket_name(protocol, known, remote, name);
	enum object_kind kind = socket_kind(protocol);
	bool is_inet = kind == KIND_TCP || kind == KIND_UDP;
	return is_inet && is_whole(local) && (!remote || is_whole(remote))
	               ? objects_intern(objects, kind, name, size)
	               : objects_provisional(objects, kind, name, size);
}

static struct object *accepted(struct followed *followed, const struct descriptor_row *row)
{
	const struct event_detail *detail = followed->detail;
	const struct object *listening = descriptors_object_at(
		followed, (int)detail->args[row->of]);
	char protocol[PROC_SOCKET_PROTOCOL_MAX] = "socket";
	char local[SOCKET_ADDRESS_MAX] = "?", remote[SOCKET_ADDRESS_MAX] = "?";
	if (listening && listening->kind >= KIND_TCP && listening->kind <= KIND_SOCKET)
		socket_name_local(listening->name, listening->size, protocol, local);
	read_address(followed, DETAIL_EXIT, row->peer, remote);
	return socket_object(followed, protocol, local, remote);
}

static struct object *new_socket(struct followed *followed, const struct descriptor_row *row)
{
	const uint64_t *args = followed->detail->args;
	if (row->of != ARGUMENT_NOT)
		return accepted(followed, row);
	const char *protocol = socket_protocol((int)args[row->family], (int)args[row->family + 1]);
	return owned(followed, socket_kind(protocol), protocol, -1, false);
}

static struct object *new_pidfd(struct followed *followed, pid_t pid)
{
	char name[64];
	int size = snprintf(name, sizeof(name), "[pidfd] of process %d", (int)pid);
	return objects_intern(
		&followed->descriptors->tables.objects, KIND_PIDFD, name, (size_t)size);
}

/* The object that descriptor args[of2] of the process of pidfd args[of] refers to. */
static struct object *foreign(struct followed *followed, const struct descriptor_row *row, int fd)
{
	struct descriptors *descriptors = followed->descriptors;
	const uint64_t *args = followed->detail->args;
	const struct object *pidfd = descriptors_object_at(followed, (int)args[row->of]);
	int pid = 0, number = (int)args[row->of2];
	if (!pidfd || pidfd->kind != KIND_PIDFD ||
		sscanf(pidfd->name, "[pidfd] of process %d", &pid) != 1)
		return descriptors_unknown(followed, fd);
	const struct process *process = map_get(&descriptors->processes, (uint64_t)pid);
	if (!process || number < 0 || (size_t)number >= process->table->count ||
		process->table->entry[number].state != FD_OPEN)
		return descriptors_unknown(followed, fd);
	return object_ref(process->table->entry[number].object);
}

/* What is called by the string of argument INDEX: "/memfd:NAME". */
static struct object *named(
	struct followed *followed, enum object_kind kind, const char *prefix, unsigned int index)
{
	char name[NAME_MAX + 16];
	size_t size = 0, length = strlen(prefix);
	const unsigned char *text = detail_find(
		followed->detail, DETAIL_ENTRY, followed->detail->args[index], &size);
	if (!text)
		return owned(followed, kind, prefix, -1, false);
	size = strnlen((const char *)text, size < NAME_MAX ? size : NAME_MAX);
	memcpy(name, prefix, length);
	memcpy(name + length, text, size);
	return objects_intern(&followed->descriptors->tables.objects, kind, name, length + size);
}

/* Whether the call opens a file that has no name. */
static bool opens_nameless(const struct followed *followed)
{
	uint64_t flags = descriptors_is_call(followed, "openat") ? followed->detail->args[2]
	                 : descriptors_is_call(followed, "open") ? followed->detail->args[1]
	                                                         : 0;
	return (flags & O_TMPFILE) == O_TMPFILE;
}

static struct object *opened(struct followed *followed, const struct descriptor_row *row)
{
	int directory = row->dir == ARGUMENT_NOT ? AT_FDCWD : (int)followed->detail->args[row->dir];
	return descriptors_path_of(followed, row->path, directory, opens_nameless(followed));
}

/* What descriptor FD, which ROW says is new, refers to. */
static struct object *made(struct followed *followed, const struct descriptor_row *row, int fd)
{
	switch (row->object) {
	case OBJECT_PATH:
		return row->path == ARGUMENT_NOT ? descriptors_unknown(followed, fd)
		                                 : opened(followed, row);
	case OBJECT_SOCKET:
		return new_socket(followed, row);
	case OBJECT_MEMFD:
		return named(followed, KIND_MEMFD, "/memfd:", row->path);
	case OBJECT_MQUEUE:
		return named(followed, KIND_MQUEUE, "/", row->path);
	case OBJECT_PIDFD:
		return row->pid == ARGUMENT_NOT
		               ? descriptors_unknown(followed, fd)
		               : new_pidfd(followed, (pid_t)followed->detail->args[row->pid]);
	case OBJECT_FOREIGN:
		return foreign(followed, row, fd);
	default:
		return anonymous[row->object].name ? owned(followed, anonymous[row->object].kind,
							     anonymous[row->object].name, fd, false)
		                                   : descriptors_unknown(followed, fd);
	}
}

/* Makes descriptor FD as ROW says. */
static void make(struct followed *followed, const struct descriptor_row *row, int fd)
{
	struct object *object = made(followed, row, fd);
	descriptors_use_made(followed, object);
	descriptors_set(followed, fd, object, descriptors_on_exec_of(followed));
}

/* Pipes and pairs of sockets. */
static void make_pair(struct followed *followed, const struct descriptor_row *row)
{
	const uint64_t *args = followed->detail->args;
	int32_t fd[2];
	if (detail_read(followed->detail, DETAIL_EXIT, args[row->at], fd, sizeof(fd)) != sizeof(fd))
		return;
	bool is_pipe = row->object == OBJECT_PIPE;
	const char *protocol = is_pipe ? "pipe" : socket_protocol((int)args[0], (int)args[1]);
	enum object_kind kind = is_pipe ? KIND_PIPE : socket_kind(protocol);
	struct object *first = owned(followed, kind, protocol, -1, true);
	struct object *second = is_pipe ? object_ref(first)
	                                : owned(followed, kind, protocol, -1, true);
	descriptors_use_made(followed, first);
	if (!is_pipe)
		passed_pair(&followed->descriptors->passed, &followed->descriptors->tables.objects,
			first, second);
	descriptors_set(followed, fd[0], first, descriptors_on_exec_of(followed));
	descriptors_set(followed, fd[1], second, descriptors_on_exec_of(followed));
}

/* The effects. */

static void apply_make(struct followed *followed, const struct descriptor_row *row)
{
	int32_t fd;
	switch (row->place) {
	case PLACE_RESULT:
		if (followed->detail->result >= 0 && followed->detail->result <= INT_MAX)
			make(followed, row, (int)followed->detail->result);
		break;
	case PLACE_PAIR:
		make_pair(followed, row);
		break;
	case PLACE_POINTED:
		if (detail_read(followed->detail, DETAIL_EXIT, followed->detail->args[row->at], &fd,
			    sizeof(fd)) == sizeof(fd))
			descriptors_set(followed, fd,
				new_pidfd(followed, (pid_t)followed->detail->result),
				FD_CLOSED_ON_EXEC);
		break;
	case PLACE_CONTROL:
		descriptors_receive(followed, row);
		break;
	default:
		/* It is found when it is used. */
		break;
	}
}

static void apply_copy(struct followed *followed, const struct descriptor_row *row)
{
	int of = (int)followed->detail->args[row->of], fd = (int)followed->detail->result;
	bool is_unsure;
	/* dup2 of a descriptor to itself. */
	if (of == fd)
		return;
	descriptors_set(followed, fd, descriptors_object_of(followed, of, &is_unsure),
		descriptors_on_exec_of(followed));
}

static void apply_name(struct followed *followed, const struct descriptor_row *row)
{
	int fd = (int)followed->detail->args[row->at];
	const struct object *socket = descriptors_object_at(followed, fd);
	char protocol[PROC_SOCKET_PROTOCOL_MAX];
	char local[SOCKET_ADDRESS_MAX] = "", remote[SOCKET_ADDRESS_MAX] = "";
	if (!socket || row->object != OBJECT_SOCKET ||
		(row->peer == ARGUMENT_NOT && row->local == ARGUMENT_NOT))
		return;
	socket_name_local(socket->name, socket->size, protocol, local);
	bool is_peer = row->peer != ARGUMENT_NOT;
	if (!read_address(followed, DETAIL_ENTRY, is_peer ? row->peer : row->local,
		    is_peer ? remote : local))
		return;
	struct object *object = socket_object(followed, protocol, local, is_peer ? remote : NULL);
	descriptors_use_instead(followed, object);
	rename_socket(followed, fd, object);
}

static void unshare(struct followed *followed)
{
	struct fd_tables *tables = &followed->descriptors->tables;
	struct follower *follower = followed->follower;
	struct fd_table *table = followed->table;
	if (follower->process->tasks == 1 && table->references == 1)
		return;
	struct fd_table *copy = fd_table_copy(tables, table);
	fd_table_unref(tables, follower->own);
	follower->own = copy;
	followed->table = copy;
}

static void apply_close(struct followed *followed, const struct descriptor_row *row)
{
	struct fd_tables *tables = &followed->descriptors->tables;
	const uint64_t *args = followed->detail->args;
	struct process *process = followed->follower->process;
	int fd = (int)args[row->at == ARGUMENT_NOT ? 0 : row->at];
	switch (row->place) {
	case PLACE_ARGUMENT:
		if (followed->detail->err == EBADF || fd < 0)
			break;
		descriptors_remember(followed, fd);
		fd_table_close(tables, followed->table, (unsigned int)fd, (unsigned int)fd,
			followed->moment);
		break;
	case PLACE_RANGE:
		if (followed->has_succeeded)
			fd_table_close(tables, followed->table, (unsigned int)args[row->at],
				(unsigned int)args[row->to], followed->moment);
		break;
	case PLACE_ON_EXEC:
		if (!followed->has_succeeded)
			break;
		/* The other threads are gone, and so is who shared the table. */
		unshare(followed);
		if (followed->follower->own) {
			fd_table_unref(tables, process->table);
			process->table = followed->follower->own;
			followed->follower->own = NULL;
		}
		fd_table_exec(tables, followed->table, followed->moment);
		break;
	default:
		/* EVENT_GONE says so. */
		break;
	}
}

static void apply_mark(struct followed *followed, const struct descriptor_row *row)
{
	const uint64_t *args = followed->detail->args;
	int fd = (int)args[row->at];
	bool closes = descriptors_is_call(followed, "ioctl") ? args[1] == FIOCLEX
	                                                     : args[2] & FD_CLOEXEC;
	if (row->place == PLACE_RANGE)
		fd_table_mark(
			followed->table, (unsigned int)args[row->at], (unsigned int)args[row->to]);
	else if (fd >= 0 && (size_t)fd < followed->table->count)
		followed->table->entry[fd].on_exec = closes ? FD_CLOSED_ON_EXEC : FD_KEPT_ON_EXEC;
}

/* Whether PROCESS is a child of the caller's that has NUMBER in its PID namespace. */
static bool is_child(const struct followed *followed, const struct process *process, pid_t number)
{
	return (process->pid == number || process->ns_pid == number) &&
	       process->parent == followed->follower->process->pid;
}

/* That child, which the call has made, or NULL. */
static struct process *child_of(const struct followed *followed, pid_t number)
{
	const struct map *processes = &followed->descriptors->processes;
	struct process *process = map_get(processes, (uint64_t)number);
	if (process && is_child(followed, process, number))
		return process;
	MAP_FOR_EACH (processes, at, process) {
		if (is_child(followed, process, number))
			return process;
	}
	return NULL;
}

/* The same, if it has ended since: it may have changed what both share. */
static struct process *ended_child_of(const struct followed *followed, pid_t number)
{
	struct process *const *ended = followed->descriptors->ended;
	for (size_t i = 0; i < ENDED_MAX; i++) {
		if (ended[i] && ended[i]->is_born && is_child(followed, ended[i], number))
			return ended[i];
	}
	return NULL;
}

/*
 * The child shares the table. What it has changed until the caller was seen to return is newer than
 * what it was born with.
 */
static void share(struct followed *followed, struct process *child)
{
	struct fd_tables *tables = &followed->descriptors->tables;
	struct fd_table *table = followed->table, *own = child->table;
	for (size_t fd = 0; fd < own->count; fd++) {
		const struct fd_entry *entry = &own->entry[fd];
		struct fd_entry *shared;
		if (entry->changed.until_ns &&
			(shared = fd_table_entry(tables, table, (int)fd)) != NULL)
			fd_entry_set(tables, shared, object_ref(entry->object),
				(enum fd_on_exec)entry->on_exec, entry->changed);
	}
	child->table = fd_table_ref(table);
	fd_table_unref(tables, own);
}

static void apply_inherit(struct followed *followed, const struct descriptor_row *row)
{
	const struct event_detail *detail = followed->detail;
	uint64_t flags = 0;
	(void)row;
	if (descriptors_is_call(followed, "clone"))
		flags = detail->args[0];
	else if (descriptors_is_call(followed, "clone3"))
		detail_read(detail, DETAIL_ENTRY, detail->args[0], &flags, sizeof(flags));
	if (flags & CLONE_THREAD || detail->result <= 0)
		return;
	struct process *child = child_of(followed, (pid_t)detail->result);
	if (!child)
		child = ended_child_of(followed, (pid_t)detail->result);
	if (child && flags & CLONE_FILES && child->table != followed->table)
		share(followed, child);
	if (child)
		child->is_born = false;
}

static void apply_unshare(struct followed *followed, const struct descriptor_row *row)
{
	(void)row;
	unshare(followed);
}

/* Whether a call that has failed has an effect nevertheless. */
static bool takes_effect(const struct followed *followed, const struct descriptor_row *row)
{
	int err = followed->detail->err;
	if (row->effect == DESCRIPTOR_CLOSE)
		return true;
	/* The connection is being made. */
	if (row->effect == DESCRIPTOR_NAME && (err == EINPROGRESS || err == EINTR))
		return true;
	return followed->has_succeeded;
}

static void (*const effects[])(struct followed *followed, const struct descriptor_row *row) = {
	[DESCRIPTOR_MAKE] = apply_make,
	[DESCRIPTOR_COPY] = apply_copy,
	[DESCRIPTOR_NAME] = apply_name,
	[DESCRIPTOR_CLOSE] = apply_close,
	[DESCRIPTOR_MARK] = apply_mark,
	[DESCRIPTOR_INHERIT] = apply_inherit,
	[DESCRIPTOR_UNSHARE] = apply_unshare,
};

/* The current directory. */
static void change_directory(struct followed *followed)
{
	struct descriptors *descriptors = followed->descriptors;
	struct process *process = followed->follower->process;
	struct object *object;
	bool is_unsure;
	if (descriptors_is_call(followed, "chdir"))
		object = descriptors_path_of(followed, 0, AT_FDCWD, true);
	else if (descriptors_is_call(followed, "fchdir"))
		object = descriptors_object_of(
			followed, (int)followed->detail->args[0], &is_unsure);
	else
		return;
	fd_entry_set(&descriptors->tables, &process->directory, object, FD_KEPT_ON_EXEC,
		followed->moment);
	/* Its name has no links then. */
	if (object_real(object)->is_provisional)
		descriptors_ask(descriptors, followed->follower, AT_FDCWD, &process->directory);
}

void descriptors_change(struct followed *followed)
{
	size_t count;
	const struct descriptor_row *rows = descriptor_rows(followed->detail->call, &count);
	/* A table is unshared first. */
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < count; i++) {
			bool is_first = rows[i].effect == DESCRIPTOR_UNSHARE;
			if (is_first == (pass == 0) &&
				descriptor_row_applies(&rows[i], followed->detail->args) &&
				takes_effect(followed, &rows[i]))
				effects[rows[i].effect](followed, &rows[i]);
		}
	}
	if (followed->has_succeeded) {
		change_directory(followed);
		descriptors_pass(followed);
	}
}
