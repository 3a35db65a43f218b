/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of all processes; see decode/descriptors.h. */
#include "config.h"

#include "decode/descriptors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "abi/indirect.h"
#include "base/alloc.h"
#include "base/time.h"
#include "decode/descriptor_state.h"

/*
 * Events of a task are in order, those of different tasks nearly so: what was read is taken when
 * events that are later by this have arrived.
 */
#define DISORDER_NS (2 * NS_PER_MS)

struct descriptors *descriptors_new(void)
{
	struct descriptors *descriptors = xcalloc(1, sizeof(*descriptors));
	fd_tables_init(&descriptors->tables);
	descriptors_init_namer(descriptors);
	return descriptors;
}

/* Forgets the last detail. */
static void forget_last(struct descriptors *descriptors)
{
	struct objects *objects = &descriptors->tables.objects;
	for (size_t i = 0; i < descriptors->use_count; i++)
		object_unref(objects, descriptors->use[i].object);
	for (size_t i = 0; i < descriptors->change_count; i++)
		object_unref(objects, descriptors->change[i].object);
	descriptors->use_count = descriptors->change_count = 0;
}

static void free_process(struct descriptors *descriptors, struct process *process)
{
	if (!process)
		return;
	fd_entry_clear(&descriptors->tables, &process->directory);
	fd_table_unref(&descriptors->tables, process->table);
	free(process);
}

void descriptors_free(struct descriptors *descriptors)
{
	struct follower *follower;
	struct process *process;
	if (!descriptors)
		return;
	forget_last(descriptors);
	MAP_FOR_EACH (&descriptors->followers, at, follower) {
		fd_table_unref(&descriptors->tables, follower->own);
		free(follower);
	}
	map_clear(&descriptors->followers);
	MAP_FOR_EACH (&descriptors->processes, at, process)
		free_process(descriptors, process);
	map_clear(&descriptors->processes);
	for (size_t i = 0; i < ENDED_MAX; i++)
		free_process(descriptors, descriptors->ended[i]);
	passed_clear(&descriptors->passed, &descriptors->tables.objects);
	fd_tables_clear(&descriptors->tables);
	free(descriptors);
}

struct objects *descriptors_objects(struct descriptors *descriptors)
{
	return &descriptors->tables.objects;
}

struct fd_table *follower_table(const struct follower *follower)
{
	return follower->own ? follower->own : follower->process->table;
}

struct object *descriptors_owned(struct descriptors *descriptors, enum object_kind kind,
	const char *name, int fd, const struct process *process, bool is_provisional)
{
	char text[OBJECT_OWNED_MAX];
	size_t size = object_owned_name(text, name, fd, process->pid, process->comm);
	struct objects *objects = &descriptors->tables.objects;
	return is_provisional ? objects_provisional(objects, kind, text, size)
	                      : objects_intern(objects, kind, text, size);
}

/* Asking. */

void descriptors_ask(struct descriptors *descriptors, const struct follower *follower, int fd,
	struct fd_entry *entry)
{
	if (entry->is_asked_for || descriptors->want_count == WANTS_MAX)
		return;
	size_t at = (descriptors->want_first + descriptors->want_count++) % WANTS_MAX;
	descriptors->want[at].tid = follower->tid;
	descriptors->want[at].tgid = follower->process->pid;
	descriptors->want[at].fd = fd;
	entry->is_asked_for = true;
}

/* A task whose table has to be read, or NULL. */
static struct follower *unread(const struct descriptors *descriptors)
{
	struct follower *follower;
	MAP_FOR_EACH (&descriptors->followers, at, follower) {
		const struct fd_table *table = follower_table(follower);
		if (!table->is_complete && !table->is_asked_for)
			return follower;
	}
	return NULL;
}

bool descriptors_next_want(struct descriptors *descriptors, struct descriptor_want *want)
{
	struct follower *follower = descriptors->wants_tables ? unread(descriptors) : NULL;
	if (follower) {
		*want = (struct descriptor_want){
			.tid = follower->tid, .tgid = follower->process->pid, .all = true};
		follower_table(follower)->is_asked_for = true;
		return true;
	}
	descriptors->wants_tables = false;
	if (!descriptors->want_count)
		return false;
	*want = (struct descriptor_want){
		.tid = descriptors->want[descriptors->want_first].tid,
		.tgid = descriptors->want[descriptors->want_first].tgid,
		.fd = descriptors->want[descriptors->want_first].fd,
	};
	descriptors->want_first = (descriptors->want_first + 1) % WANTS_MAX;
	descriptors->want_count--;
	return true;
}

/* Tasks. */

/* A new process, which has what its PARENT has, or NULL: that is not known. */
static struct process *add_process(
	struct descriptors *descriptors, pid_t pid, const struct process *parent)
{
	struct fd_tables *tables = &descriptors->tables;
	struct process *process = xcalloc(1, sizeof(*process));
	process->pid = pid;
	process->is_born = parent != NULL;
	strcpy(process->comm, "?");
	if (parent) {
		memcpy(process->comm, parent->comm, sizeof(process->comm));
		process->table = fd_table_copy(tables, parent->table);
		if (parent->directory.state == FD_OPEN)
			fd_entry_assume(
				tables, &process->directory, object_ref(parent->directory.object));
		process->directory.is_unsure = parent->directory.is_unsure;
	} else {
		process->table = fd_table_new(false);
	}
	descriptors->wants_tables |= !process->table->is_complete;
	map_put(&descriptors->processes, (uint64_t)pid, process);
	return process;
}

static struct follower *add_follower(
	struct descriptors *descriptors, pid_t tid, pid_t tgid, const struct process *parent)
{
	struct follower *follower = xcalloc(1, sizeof(*follower));
	struct process *process = map_get(&descriptors->processes, (uint64_t)tgid);
	if (!process)
		process = add_process(descriptors, tgid, parent);
	process->tasks++;
	follower->tid = tid;
	follower->process = process;
	map_put(&descriptors->followers, (uint64_t)tid, follower);
	return follower;
}

/* PROCESS has ended, and only when the call that made it returns is its table known to be shared.
 */
static void keep_ended(struct descriptors *descriptors, struct process *process)
{
	struct process **place = &descriptors->ended[descriptors->ended_next];
	free_process(descriptors, *place);
	*place = process;
	descriptors->ended_next = (descriptors->ended_next + 1) % ENDED_MAX;
}

static void remove_follower(struct descriptors *descriptors, pid_t tid)
{
	struct follower *follower = map_remove(&descriptors->followers, (uint64_t)tid);
	if (!follower)
		return;
	struct process *process = follower->process;
	fd_table_unref(&descriptors->tables, follower->own);
	free(follower);
	if (--process->tasks > 0)
		return;
	map_remove(&descriptors->processes, (uint64_t)process->pid);
	if (process->is_born)
		keep_ended(descriptors, process);
	else
		free_process(descriptors, process);
}

static void apply_task(struct descriptors *descriptors, const struct event *event)
{
	const struct event_task *task = (const struct event_task *)event;
	struct follower *follower = map_get(&descriptors->followers, (uint64_t)event->tid);
	const struct process *parent = NULL;
	if (follower && follower->process->pid != task->tgid) {
		remove_follower(descriptors, event->tid);
		follower = NULL;
	}
	if (task->is_new)
		parent = map_get(&descriptors->processes, (uint64_t)task->parent);
	if (!follower)
		follower = add_follower(descriptors, event->tid, task->tgid, parent);
	struct process *process = follower->process;
	if (event->tid != task->tgid)
		return;
	memcpy(process->comm, task->comm, sizeof(process->comm));
	process->comm[TASK_COMM_SIZE - 1] = '\0';
	process->ns_pid = task->ns_tid;
	process->parent = task->parent;
}

static void apply_gone(struct descriptors *descriptors, const struct event *event)
{
	remove_follower(descriptors, event->tid);
}

/* All tables may be wrong. */
static void doubt_all(struct descriptors *descriptors)
{
	struct follower *follower;
	struct process *process;
	MAP_FOR_EACH (&descriptors->followers, at, follower)
		fd_table_doubt(follower_table(follower));
	MAP_FOR_EACH (&descriptors->processes, at, process) {
		fd_table_doubt(process->table);
		process->directory.is_unsure = true;
	}
	descriptors->wants_tables = true;
	passed_forget(&descriptors->passed, &descriptors->tables.objects);
}

static void apply_gap(struct descriptors *descriptors, const struct event *event)
{
	(void)event;
	doubt_all(descriptors);
}

static void apply_expected(struct descriptors *descriptors, const struct event *event)
{
	if (!map_get(&descriptors->followers, (uint64_t)event->tid))
		add_follower(descriptors, event->tid, event->tid, NULL);
}

static void apply_interrupted(struct descriptors *descriptors, const struct event *event)
{
	(void)event;
	forget_last(descriptors);
	doubt_all(descriptors);
}

/* Nothing that happened up to TIME_NS can still arrive. */
static void settle(struct descriptors *descriptors, uint64_t time_ns)
{
	if (time_ns > DISORDER_NS)
		fd_tables_settle(&descriptors->tables, time_ns - DISORDER_NS);
}

static void apply_settled(struct descriptors *descriptors, const struct event *event)
{
	settle(descriptors, event->tid ? UINT64_MAX : event->time_ns);
}

/* What /proc says. */

static void apply_descriptor(struct descriptors *descriptors, const struct event *event)
{
	const struct event_descriptor *found = (const struct event_descriptor *)event;
	const struct follower *follower = map_get(&descriptors->followers, (uint64_t)event->tid);
	if (!follower || follower->process->pid != found->tgid || found->state == FOUND_GONE)
		return;
	struct fd_reading reading = {
		.table = follower_table(follower),
		.single = found->fd == AT_FDCWD ? &follower->process->directory : NULL,
		.fd = found->state == FOUND_ALL ? FD_ALL : found->fd,
		.from_ns = event->time_ns,
		.until_ns = found->until_ns,
		.on_exec = !found->knows_on_exec   ? FD_ON_EXEC_UNKNOWN
	                   : found->closes_on_exec ? FD_CLOSED_ON_EXEC
	                                           : FD_KEPT_ON_EXEC,
	};
	if (found->fd < 0 && !reading.single && found->state != FOUND_ALL)
		return;
	if (found->state == FOUND_OPEN) {
		reading.object = (found->is_provisional ? objects_provisional : objects_intern)(
			&descriptors->tables.objects, (enum object_kind)found->kind, found->name,
			found->size);
		if (found->peer) {
			reading.object->peer = found->peer;
			memcpy(reading.object->comm, found->comm, sizeof(found->comm));
			reading.object->comm[TASK_COMM_SIZE - 1] = '\0';
		}
	}
	fd_tables_read(&descriptors->tables, &reading);
}

/* Details. */

/* DETAIL as that of the call that it makes (abi/indirect.h), freed with free(); NULL: of none. */
static struct event_detail *resolve(const struct event_detail *detail)
{
	uint32_t words[INDIRECT_WORDS_MAX];
	struct indirect indirect;
	uint64_t address;
	size_t count = indirect_words(detail->call, detail->args, &address);
	size_t size = count * sizeof(*words);
	if (!count || detail_read(detail, DETAIL_ENTRY, address, words, size) != size)
		return NULL;
	indirect_resolve(detail->call, detail->args, words, &indirect);
	struct event_detail *made = xcalloc(1, event_size(&detail->event));
	memcpy(made, detail, event_size(&detail->event));
	made->call = indirect.call;
	memcpy(made->args, indirect.args, sizeof(made->args));
	return made;
}

static void apply_detail(struct descriptors *descriptors, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	forget_last(descriptors);
	if (detail->lost)
		doubt_all(descriptors);
	if (detail->end == DETAIL_IN_PROGRESS)
		return;
	struct follower *follower = map_get(&descriptors->followers, (uint64_t)event->tid);
	if (!follower)
		follower = add_follower(descriptors, event->tid, detail->tgid, NULL);
	settle(descriptors, event->time_ns);
	struct event_detail *made = resolve(detail);
	struct followed followed = {
		.descriptors = descriptors,
		.detail = made ? made : detail,
		.follower = follower,
		.table = follower_table(follower),
		.moment = {detail->start_ns, event->time_ns},
		.has_succeeded = detail->end == DETAIL_RETURNED && !detail->err,
	};
	descriptors->last_tid = event->tid;
	descriptors->last_ns = event->time_ns;
	descriptors_find_uses(&followed);
	if (detail->end == DETAIL_RETURNED)
		descriptors_change(&followed);
	free(made);
}

static void (*const handlers[EVENT_TYPES])(
	struct descriptors *descriptors, const struct event *event) = {
	[EVENT_TASK] = apply_task,
	[EVENT_GONE] = apply_gone,
	[EVENT_DETAIL] = apply_detail,
	[EVENT_DESCRIPTOR] = apply_descriptor,
	[EVENT_EXPECTED] = apply_expected,
	[EVENT_SETTLED] = apply_settled,
	[EVENT_INTERRUPTED] = apply_interrupted,
	[EVENT_LOST] = apply_gap,
	[EVENT_RESUMED] = apply_gap,
};

void descriptors_apply(struct descriptors *descriptors, const struct event *event)
{
	if (handlers[event->type])
		handlers[event->type](descriptors, event);
}

size_t descriptors_uses(const struct descriptors *descriptors, const struct call_use **uses)
{
	*uses = descriptors->use;
	return descriptors->use_count;
}

/* The present. */

/* A reading with room for its name. */
struct made_reading {
	struct event_descriptor event;
	char name[EVENT_DESCRIPTOR_NAME_MAX];
};

/* Sends what ENTRY, which is descriptor FD of FOLLOWER, is. */
static void send_entry(const struct follower *follower, int fd, const struct fd_entry *entry,
	uint64_t now_ns, struct event_sink *sink)
{
	struct made_reading made;
	const struct object *object = entry->state == FD_OPEN ? object_real(entry->object) : NULL;
	if (!object || object->size >= EVENT_DESCRIPTOR_NAME_MAX || object->kind == KIND_UNKNOWN)
		return;
	made.event = (struct event_descriptor){
		.event = {EVENT_DESCRIPTOR, follower->tid, now_ns},
		.until_ns = now_ns,
		.tgid = follower->process->pid,
		.fd = fd,
		.state = FOUND_OPEN,
		.kind = object->kind,
		.knows_on_exec = entry->on_exec != FD_ON_EXEC_UNKNOWN,
		.closes_on_exec = entry->on_exec == FD_CLOSED_ON_EXEC,
		.peer = object->peer,
		.size = (uint32_t)object->size,
	};
	memcpy(made.event.comm, object->comm, sizeof(made.event.comm));
	memcpy(made.event.name, object->name, object->size);
	event_send(sink, &made.event.event);
}

static void send_table(const struct follower *follower, uint64_t now_ns, struct event_sink *sink)
{
	const struct fd_table *table = follower_table(follower);
	const struct event_descriptor all = {
		.event = {EVENT_DESCRIPTOR, follower->tid, now_ns},
		.until_ns = now_ns,
		.tgid = follower->process->pid,
		.state = FOUND_ALL,
	};
	send_entry(follower, AT_FDCWD, &follower->process->directory, now_ns, sink);
	for (size_t fd = 0; fd < table->count; fd++)
		send_entry(follower, (int)fd, &table->entry[fd], now_ns, sink);
	if (table->is_complete)
		event_send(sink, &all.event);
}

void descriptors_send_present(
	const struct descriptors *descriptors, uint64_t now_ns, struct event_sink *sink)
{
	const struct follower *follower;
	const struct event settled = {.type = EVENT_SETTLED, .time_ns = now_ns};
	/* Long enough ago that no call can still change it. */
	uint64_t read_ns = now_ns > DISORDER_NS ? now_ns - DISORDER_NS : 0;
	MAP_FOR_EACH (&descriptors->followers, at, follower) {
		/* Others share their tables with the leaders. */
		if (follower->own || follower->tid == follower->process->pid)
			send_table(follower, read_ns, sink);
	}
	event_send(sink, &settled);
}
