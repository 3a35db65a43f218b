/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which objects a call is about, by abi/argument.h; see decode/descriptors.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "abi/descriptor.h"
#include "abi/transfer.h"
#include "decode/descriptor_state.h"
#include "decode/socket_name.h"

/* Numbers of System V IPC objects, by the beginning of the call's name. */
static const struct {
	const char *prefix;
	enum object_kind kind;
	const char *name;
} ipc_kinds[] = {
	{"sem", KIND_SEMAPHORE, "semaphore set"},
	{"msg", KIND_MSG, "message queue"},
	{"shm", KIND_SHM, "shared memory"},
};

#define IPC_KINDS (sizeof(ipc_kinds) / sizeof(*ipc_kinds))

static const char *name_of(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc ? desc->name : "";
}

static bool is_futex(struct call call)
{
	return strncmp(name_of(call), "futex", 5) == 0 && strcmp(name_of(call), "futex_waitv") != 0;
}

/* What is said of an argument that is the text of a link, not a file. */
static bool is_link_text(struct call call, unsigned int index)
{
	return index == 0 && strncmp(name_of(call), "symlink", 7) == 0;
}

/* The argument with the path of an argument that is a directory, or ARGUMENT_NOT. */
static unsigned int path_after(struct call call, const uint64_t *args, unsigned int index)
{
	for (unsigned int i = index + 1; i < CALL_MAX_ARGS && i <= index + 2; i++) {
		if (argument_of(call, args, i)->kind == ARG_PATH)
			return i;
	}
	return ARGUMENT_NOT;
}

/* Adding uses. */

static void add_use(
	struct followed *followed, struct object *object, unsigned int index, bool is_unsure)
{
	struct descriptors *descriptors = followed->descriptors;
	const struct event_detail *detail = followed->detail;
	const struct syscall_desc *desc = syscall_lookup(detail->call);
	if (descriptors->use_count == CALL_USES_MAX) {
		object_unref(&descriptors->tables.objects, object);
		return;
	}
	struct call_use *use = &descriptors->use[descriptors->use_count++];
	*use = (struct call_use){.object = object, .is_unsure = is_unsure};
	if (!followed->has_succeeded || !desc)
		return;
	uint64_t bytes = transfer_bytes(detail->call, detail->args, detail->result);
	if (desc->bytes_from == index + 1)
		use->in = bytes;
	if (desc->bytes_to == index + 1)
		use->out = bytes;
}

void descriptors_use_made(struct followed *followed, struct object *object)
{
	if (followed->descriptors->use_count == 0)
		add_use(followed, object_ref(object), CALL_MAX_ARGS, false);
}

void descriptors_use_instead(struct followed *followed, struct object *object)
{
	struct descriptors *descriptors = followed->descriptors;
	if (descriptors->use_count != 1)
		return;
	object_unref(&descriptors->tables.objects, descriptors->use[0].object);
	descriptors->use[0].object = object_ref(object);
}

/* Descriptors. */

/* An object of the caller's process that stands for many. */
static struct object *common(struct followed *followed, enum object_kind kind, const char *name)
{
	return descriptors_owned(
		followed->descriptors, kind, name, -1, followed->follower->process, false);
}

/* The object of FD, of which nothing is known, but that it is open. */
static struct object *assume(struct followed *followed, int fd)
{
	struct descriptors *descriptors = followed->descriptors;
	struct fd_entry *entry = fd_table_entry(&descriptors->tables, followed->table, fd);
	if (!entry)
		return common(followed, KIND_UNKNOWN, "descriptors");
	struct object *object = descriptors_owned(
		descriptors, KIND_UNKNOWN, "descriptor", fd, followed->follower->process, true);
	fd_entry_assume(&descriptors->tables, entry, object_ref(object));
	descriptors_ask(descriptors, followed->follower, fd, entry);
	return object;
}

struct object *descriptors_object_of(struct followed *followed, int fd, bool *is_unsure)
{
	struct fd_table *table = followed->table;
	const struct event_detail *detail = followed->detail;
	struct fd_entry *entry = fd >= 0 && (size_t)fd < table->count ? &table->entry[fd] : NULL;
	bool is_changed = entry && entry->changed.until_ns > detail->start_ns;
	enum fd_state state = fd_table_state(table, fd);
	*is_unsure = entry && entry->is_unsure;
	if (is_changed) {
		state = entry->state_before;
		*is_unsure = detail->start_ns >= entry->changed.from_ns;
	}
	if (detail->end == DETAIL_RETURNED && detail->err == EBADF && state != FD_OPEN)
		return common(followed, KIND_CLOSED, "not open");
	if (state == FD_OPEN) {
		struct object *object = is_changed ? entry->before : entry->object;
		/* It was not found yet. */
		if (!is_changed && object_real(object)->is_provisional)
			descriptors_ask(followed->descriptors, followed->follower, fd, entry);
		return object_ref(object);
	}
	*is_unsure = false;
	if (fd < 0)
		return common(followed, KIND_CLOSED, "not open");
	/* It is open if the call has succeeded, or has failed for another reason. */
	return is_changed ? common(followed, KIND_UNKNOWN, "descriptors") : assume(followed, fd);
}

static void add_descriptor(struct followed *followed, unsigned int index, int fd)
{
	bool is_unsure = false;
	struct object *object = descriptors_object_of(followed, fd, &is_unsure);
	add_use(followed, object, index, is_unsure);
}

/* Paths. */

/* A path being made of its parts. */
struct path {
	size_t size;
	bool is_canonical; /* no part of it can be a link */
	char text[PATH_MAX + 8];
};

/* Appends the parts of TEXT. ".." is only resolved where it cannot lead elsewhere. */
static void append_parts(struct path *path, const char *text, size_t size)
{
	bool has_own_parts = false;
	for (size_t at = 0; at < size;) {
		const char *part = text + at;
		size_t length = strcspn(part, "/");
		if (length > size - at)
			length = size - at;
		at += length + 1;
		if (length == 0 || (length == 1 && part[0] == '.'))
			continue;
		bool is_up = length == 2 && part[0] == '.' && part[1] == '.';
		if (is_up && path->is_canonical && !has_own_parts) {
			const char *slash = memrchr(path->text, '/', path->size);
			path->size = slash ? (size_t)(slash - path->text) : 0;
			continue;
		}
		has_own_parts = true;
		if (path->size + length + 1 >= sizeof(path->text))
			return;
		path->text[path->size++] = '/';
		memcpy(path->text + path->size, part, length);
		path->size += length;
	}
}

/* Begins PATH with DIRECTORY of the caller. Returns whether it is known. */
static bool begin_at(struct followed *followed, int directory, struct path *path)
{
	struct fd_entry *entry = &followed->follower->process->directory;
	const struct object *object = NULL;
	if (directory == AT_FDCWD) {
		if (entry->reading)
			object = entry->reading->object;
		else if (entry->state == FD_OPEN)
			object = object_real(entry->object);
		if (!object || object->is_provisional)
			descriptors_ask(followed->descriptors, followed->follower, AT_FDCWD, entry);
	} else if (directory >= 0 && (size_t)directory < followed->table->count) {
		entry = &followed->table->entry[directory];
		object = object_real(entry->object);
		if (entry->reading && (!object || object->is_provisional))
			object = entry->reading->object;
	}
	if (!object || object->kind > KIND_DEVICE || object->size >= sizeof(path->text) - 8)
		return false;
	memcpy(path->text, object->name, object->size);
	path->size = object->size;
	path->is_canonical = directory == AT_FDCWD && !object->is_provisional;
	if (path->size == 1)
		path->size = 0;
	return true;
}

/* The object with the name in PATH; provisional if it is INCOMPLETE. */
static struct object *path_object(struct followed *followed, struct path *path, bool is_provisional)
{
	struct objects *objects = &followed->descriptors->tables.objects;
	if (path->size == 0)
		path->text[path->size++] = '/';
	enum object_kind kind = object_kind_of(path->text, path->size);
	/* A name that ends like that need not be of a deleted file: the program has called it so.
	 */
	if (kind == KIND_DELETED || kind > KIND_DEVICE)
		kind = KIND_FILE;
	return is_provisional ? objects_provisional(objects, kind, path->text, path->size)
	                      : objects_intern(objects, kind, path->text, path->size);
}

struct object *descriptors_path_of(
	struct followed *followed, unsigned int index, int directory, bool is_provisional)
{
	size_t size = 0;
	struct path path = {.size = 0};
	bool is_unsure;
	const char *text = (const char *)detail_find(
		followed->detail, DETAIL_ENTRY, followed->detail->args[index], &size);
	if (!text)
		return common(followed, KIND_UNKNOWN, "paths");
	size = strnlen(text, size);
	if (size == 0 && directory >= 0)
		return descriptors_object_of(followed, directory, &is_unsure);
	if (size && text[0] != '/' && !begin_at(followed, directory, &path)) {
		/* An unknown directory. */
		memcpy(path.text, "…", sizeof("…") - 1);
		path.size = sizeof("…") - 1;
	}
	append_parts(&path, text, size);
	return path_object(followed, &path, is_provisional);
}

/* A directory descriptor, with the path that follows it. */
static void add_at(struct followed *followed, unsigned int index, unsigned int path)
{
	int directory = (int)followed->detail->args[index];
	/* A path that is NULL means the descriptor. */
	if (path == ARGUMENT_NOT || !followed->detail->args[path]) {
		if (directory != AT_FDCWD)
			add_descriptor(followed, index, directory);
		return;
	}
	add_use(followed, descriptors_path_of(followed, path, directory, false), path, false);
}

/* Addresses. */

/* The remote address that a call on an unconnected socket names; false: none. */
static bool named_peer(struct followed *followed, unsigned int index, char buf[SOCKET_ADDRESS_MAX])
{
	const uint64_t *args = followed->detail->args;
	const struct argument *argument = argument_of(followed->detail->call, args, index);
	bool is_in = argument->direction & ARGUMENT_IN && argument->count_from == COUNT_ARGUMENT;
	enum detail_phase phase = is_in ? DETAIL_ENTRY : DETAIL_EXIT;
	unsigned char bytes[128];
	uint32_t size = 0;
	if (!args[index] || index + 1 >= CALL_MAX_ARGS)
		return false;
	if (is_in)
		size = (uint32_t)args[index + 1];
	else if (!followed->has_succeeded || detail_read(followed->detail, phase, args[index + 1],
						     &size, sizeof(size)) != sizeof(size))
		return false;
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	return size && detail_read(followed->detail, phase, args[index], bytes, size) == size &&
	       socket_address(bytes, size, buf) != 0;
}

/*
 * What is sent to or comes from the address in argument INDEX, which the first object, a socket, is
 * not connected to; or is connected to it by this call.
 */
static void use_address(struct followed *followed, unsigned int index)
{
	struct descriptors *descriptors = followed->descriptors;
	struct objects *objects = &descriptors->tables.objects;
	const char *call = name_of(followed->detail->call);
	char remote[SOCKET_ADDRESS_MAX], local[SOCKET_ADDRESS_MAX], name[SOCKET_NAME_MAX];
	char protocol[PROC_SOCKET_PROTOCOL_MAX];
	bool connects = strcmp(call, "connect") == 0;
	if (!connects && strcmp(call, "sendto") != 0 && strcmp(call, "recvfrom") != 0)
		return;
	if (descriptors->use_count != 1)
		return;
	struct call_use *use = &descriptors->use[0];
	const struct object *socket = object_real(use->object);
	if (socket->kind < KIND_TCP || socket->kind > KIND_SOCKET ||
		memmem(socket->name, socket->size, "->", 2) || !named_peer(followed, index, remote))
		return;
	socket_name_local(socket->name, socket->size, protocol, local);
	struct object *peer = objects_intern(
		objects, socket->kind, name, socket_name(protocol, local, remote, name));
	object_unref(objects, use->object);
	use->object = peer;
}

/* Other objects. */

/* Kind of the IPC objects of CALL, or IPC_KINDS. */
static size_t ipc_kind_of(struct call call)
{
	size_t kind = 0;
	while (kind < IPC_KINDS &&
		strncmp(name_of(call), ipc_kinds[kind].prefix, strlen(ipc_kinds[kind].prefix)) != 0)
		kind++;
	return kind;
}

static struct object *ipc_object(struct objects *objects, size_t kind, int id)
{
	char name[64];
	int size = snprintf(name, sizeof(name), "%s %d", ipc_kinds[kind].name, id);
	return objects_intern(objects, ipc_kinds[kind].kind, name, (size_t)size);
}

static void add_ipc(struct followed *followed, unsigned int index, int64_t id)
{
	size_t kind = ipc_kind_of(followed->detail->call);
	if (kind < IPC_KINDS && id >= 0)
		add_use(followed, ipc_object(&followed->descriptors->tables.objects, kind, (int)id),
			index, false);
}

static struct object *futex_object(
	struct descriptors *descriptors, const struct process *process, uint64_t address)
{
	char name[32];
	snprintf(name, sizeof(name), "futex 0x%" PRIx64, address);
	return descriptors_owned(descriptors, KIND_FUTEX, name, -1, process, false);
}

/* What argument INDEX is about. */
static void add_argument(struct followed *followed, unsigned int index)
{
	const struct event_detail *detail = followed->detail;
	const struct argument *argument = argument_of(detail->call, detail->args, index);
	uint64_t value = detail->args[index];
	switch (argument->kind) {
	case ARG_FD:
		/* poll(2) and mmap(2) ignore negative ones; others fail. */
		if ((int)value >= 0 || detail->err == EBADF)
			add_descriptor(followed, index, (int)value);
		break;
	case ARG_DIRFD:
		add_at(followed, index, path_after(detail->call, detail->args, index));
		break;
	case ARG_PATH:
		if (index > 0 &&
			argument_of(detail->call, detail->args, index - 1)->kind == ARG_DIRFD)
			break;
		if (value && argument->direction & ARGUMENT_IN &&
			!is_link_text(detail->call, index))
			add_use(followed, descriptors_path_of(followed, index, AT_FDCWD, false),
				index, false);
		break;
	case ARG_IPCID:
		add_ipc(followed, index, (int)value);
		break;
	case ARG_SOCKADDR:
		use_address(followed, index);
		break;
	default:
		break;
	}
}

/* Whether argument INDEX is a number that the call replaces, or one of a range. */
static bool is_target(const struct followed *followed, unsigned int index)
{
	size_t count;
	const struct descriptor_row *rows = descriptor_rows(followed->detail->call, &count);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].replaces == index || rows[i].place == PLACE_RANGE)
			return true;
	}
	return false;
}

void descriptors_find_uses(struct followed *followed)
{
	const struct event_detail *detail = followed->detail;
	if (is_futex(detail->call)) {
		add_use(followed,
			futex_object(followed->descriptors, followed->follower->process,
				detail->args[0]),
			0, false);
		return;
	}
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++) {
		if (!is_target(followed, i))
			add_argument(followed, i);
	}
	/* semget(2) and its like. */
	if (followed->descriptors->use_count == 0 && followed->has_succeeded &&
		argument_result(detail->call, detail->args)->kind == ARG_IPCID)
		add_ipc(followed, CALL_MAX_ARGS, detail->result);
}

struct object *descriptors_use_now(struct descriptors *descriptors, pid_t tid, uint64_t since_ns,
	struct call call, const uint64_t args[CALL_MAX_ARGS])
{
	struct follower *follower = map_get(&descriptors->followers, (uint64_t)tid);
	if (!follower)
		return NULL;
	if (is_futex(call))
		return futex_object(descriptors, follower->process, args[0]);
	/* As if it was a detail: of the call, the arguments are known. */
	const struct event_detail detail = {
		.event = {EVENT_DETAIL, tid, since_ns},
		.call = call,
		.end = DETAIL_IN_PROGRESS,
		.start_ns = since_ns,
	};
	struct followed followed = {
		.descriptors = descriptors,
		.detail = &detail,
		.follower = follower,
		.table = follower_table(follower),
	};
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++) {
		enum argument_kind kind = argument_of(call, args, i)->kind;
		int value = (int)args[i];
		size_t ipc = kind == ARG_IPCID ? ipc_kind_of(call) : IPC_KINDS;
		bool is_unsure;
		if (kind == ARG_FD && value >= 0)
			return descriptors_object_of(&followed, value, &is_unsure);
		if (ipc < IPC_KINDS && value >= 0)
			return ipc_object(&descriptors->tables.objects, ipc, value);
	}
	return NULL;
}

/* What calls can be about. */

static bool has_object_argument(struct call call, unsigned int index)
{
	const struct argument *argument = argument_declared(call, index);
	return argument->kind == ARG_FD || argument->kind == ARG_DIRFD ||
	       argument->kind == ARG_IPCID ||
	       (argument->kind == ARG_PATH && argument->direction & ARGUMENT_IN);
}

bool call_has_objects(struct call call)
{
	size_t count;
	const struct descriptor_row *rows = descriptor_rows(call, &count);
	if (call_is_request(call))
		return false;
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++) {
		if (has_object_argument(call, i))
			return true;
	}
	for (size_t i = 0; i < count; i++) {
		if (rows[i].effect == DESCRIPTOR_MAKE && rows[i].place <= PLACE_PAIR)
			return true;
	}
	/* Its arguments are in memory. */
	if (strcmp(name_of(call), "socketcall") == 0)
		return true;
	const uint64_t args[CALL_MAX_ARGS] = {0};
	return is_futex(call) ||
	       (ipc_kind_of(call) < IPC_KINDS && argument_result(call, args)->kind == ARG_IPCID);
}

bool call_is_followed(struct call call)
{
	size_t count;
	descriptor_rows(call, &count);
	return !call_is_request(call) && (count > 0 || call_has_objects(call));
}

bool call_is_followed_for_names(struct call call)
{
	/* The last ones send descriptors to others: descriptors_pass(). */
	static const char *const others[] = {
		"chdir", "fchdir", "socketcall", "sendmsg", "sendmmsg"};
	size_t count;
	const struct descriptor_row *rows = descriptor_rows(call, &count);
	if (call_is_request(call))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].place != PLACE_DATA)
			return true;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (strcmp(name_of(call), others[i]) == 0)
			return true;
	}
	return false;
}
