/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of descriptors; see decode/fd_table.h. */
#include "config.h"

#include "decode/fd_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void fd_tables_init(struct fd_tables *tables)
{
	*tables = (struct fd_tables){.last = NULL};
	tables->last = &tables->first;
}

struct fd_table *fd_table_new(bool complete)
{
	struct fd_table *table = xcalloc(1, sizeof(*table));
	table->references = 1;
	table->is_complete = complete;
	return table;
}

/* Holding objects: one that nobody has found out about gets the name that it has so far. */

static struct object *hold(struct object *object)
{
	if (object)
		object->holders++;
	return object;
}

static void release(struct fd_tables *tables, struct object *object)
{
	if (!object)
		return;
	if (--object->holders == 0 && object->is_provisional && !object->same_as) {
		struct object *real = objects_intern(
			&tables->objects, object->kind, object->name, object->size);
		object_resolve(&tables->objects, object, real);
		object_unref(&tables->objects, real);
	}
	object_unref(&tables->objects, object);
}

/* Readings. */

/* The reading of ENTRY, if it has one, is no longer of interest. */
static void drop(struct fd_entry *entry)
{
	if (entry->reading) {
		entry->reading->table = NULL;
		entry->reading->single = NULL;
	}
	entry->reading = NULL;
}

/* Makes ENTRY refer to OBJECT; takes over a reference. */
static void refer(struct fd_tables *tables, struct fd_entry *entry, struct object *object)
{
	struct object *old = entry->object;
	entry->object = hold(object);
	entry->state = object ? FD_OPEN : FD_CLOSED;
	release(tables, old);
}

/* The entry at ENTRY was as READING says. */
static void take(struct fd_tables *tables, struct fd_entry *entry, bool is_sure)
{
	const struct fd_reading *reading = entry->reading;
	struct object *object = entry->object;
	bool is_provisional = object && object_real(object)->is_provisional;
	bool is_known = entry->state == FD_OPEN && !is_provisional && !entry->is_unsure;
	/* More is known of it than was read. */
	is_known |= object && reading->object && reading->object->is_provisional;
	if (!is_known) {
		if (is_provisional && reading->object)
			object_resolve(&tables->objects, object, reading->object);
		refer(tables, entry, object_ref(reading->object));
		entry->is_unsure = !is_sure;
	}
	if (!is_known || entry->on_exec == FD_ON_EXEC_UNKNOWN)
		entry->on_exec = (uint8_t)reading->on_exec;
	drop(entry);
}

/* ENTRY is about to change at MOMENT, to what is KNOWN or not. */
static void before_change(
	struct fd_tables *tables, struct fd_entry *entry, bool is_known, struct fd_moment moment)
{
	const struct fd_reading *reading = entry->reading;
	if (!reading)
		return;
	if (moment.until_ns > reading->from_ns)
		take(tables, entry, moment.from_ns >= reading->until_ns);
	else if (is_known)
		drop(entry);
}

/* No entry stays unknown, and what was in doubt and was not found is closed. */
static void complete(struct fd_tables *tables, struct fd_table *table)
{
	table->is_complete = true;
	for (size_t i = 0; i < table->count; i++) {
		struct fd_entry *entry = &table->entry[i];
		if (entry->state == FD_OPEN && entry->is_unsure && !entry->reading)
			refer(tables, entry, NULL);
	}
}

static struct fd_entry *entry_of(const struct fd_reading *reading)
{
	return reading->single ? reading->single : &reading->table->entry[reading->fd];
}

void fd_tables_settle(struct fd_tables *tables, uint64_t time_ns)
{
	struct fd_reading *reading;
	while ((reading = tables->first) && reading->until_ns <= time_ns) {
		if (reading->table && reading->fd == FD_ALL && !reading->single)
			complete(tables, reading->table);
		else if (reading->table || reading->single)
			take(tables, entry_of(reading), true);
		tables->first = reading->next;
		if (!tables->first)
			tables->last = &tables->first;
		object_unref(&tables->objects, reading->object);
		free(reading);
	}
}

void fd_tables_read(struct fd_tables *tables, const struct fd_reading *reading)
{
	struct fd_entry *entry = reading->single;
	bool is_all = !entry && reading->fd == FD_ALL;
	if (!entry && !is_all)
		entry = fd_table_entry(tables, reading->table, reading->fd);
	/* What has changed since, and is known to have, has to be read again. */
	bool is_old = entry && entry->changed.until_ns > reading->from_ns;
	if ((!entry && !is_all) || is_old) {
		if (entry)
			entry->is_asked_for = false;
		object_unref(&tables->objects, reading->object);
		return;
	}
	struct fd_reading *copy = xcalloc(1, sizeof(*copy));
	*copy = *reading;
	copy->next = NULL;
	*tables->last = copy;
	tables->last = &copy->next;
	if (is_all)
		return;
	drop(entry);
	entry->reading = copy;
	entry->is_asked_for = false;
}

void fd_tables_clear(struct fd_tables *tables)
{
	struct fd_reading *reading;
	while ((reading = tables->first)) {
		tables->first = reading->next;
		object_unref(&tables->objects, reading->object);
		free(reading);
	}
	objects_clear(&tables->objects);
	fd_tables_init(tables);
}

/* Tables. */

void fd_entry_clear(struct fd_tables *tables, struct fd_entry *entry)
{
	drop(entry);
	release(tables, entry->object);
	object_unref(&tables->objects, entry->before);
	*entry = (struct fd_entry){.state = FD_UNKNOWN};
}

struct fd_table *fd_table_ref(struct fd_table *table)
{
	table->references++;
	return table;
}

void fd_table_unref(struct fd_tables *tables, struct fd_table *table)
{
	if (!table || --table->references > 0)
		return;
	for (size_t i = 0; i < table->count; i++)
		fd_entry_clear(tables, &table->entry[i]);
	for (struct fd_reading *reading = tables->first; reading; reading = reading->next) {
		if (reading->table == table)
			reading->table = NULL;
	}
	tables->entries -= table->count;
	free(table->entry);
	free(table);
}

/* Makes room for COUNT entries. Returns whether that is allowed. */
static bool lengthen(struct fd_tables *tables, struct fd_table *table, size_t count)
{
	size_t old = table->count;
	if (count <= old)
		return true;
	if (count > FD_MAX || tables->entries + (count - old) > FD_ENTRIES_MAX)
		return false;
	table->entry = xlengthen(table->entry, &table->count, count, sizeof(*table->entry));
	tables->entries += table->count - old;
	return true;
}

struct fd_table *fd_table_copy(struct fd_tables *tables, const struct fd_table *table)
{
	struct fd_table *copy = fd_table_new(table->is_complete);
	size_t used = table->count;
	while (used && table->entry[used - 1].state == FD_UNKNOWN)
		used--;
	if (!used)
		return copy;
	/* Without room, all is unknown. */
	if (!lengthen(tables, copy, used))
		copy->is_complete = false;
	for (size_t i = 0; i < used && i < copy->count; i++) {
		copy->entry[i] = table->entry[i];
		copy->entry[i].reading = NULL;
		copy->entry[i].before = NULL;
		copy->entry[i].changed = (struct fd_moment){0};
		copy->entry[i].is_asked_for = false;
		copy->entry[i].object = hold(object_ref(copy->entry[i].object));
	}
	return copy;
}

enum fd_state fd_table_state(const struct fd_table *table, int fd)
{
	enum fd_state state = fd >= 0 && (size_t)fd < table->count
	                              ? (enum fd_state)table->entry[fd].state
	                              : FD_UNKNOWN;
	return state == FD_UNKNOWN && table->is_complete ? FD_CLOSED : state;
}

struct fd_entry *fd_table_entry(struct fd_tables *tables, struct fd_table *table, int fd)
{
	if (fd < 0 || !lengthen(tables, table, (size_t)fd + 1))
		return NULL;
	return &table->entry[fd];
}

void fd_entry_assume(struct fd_tables *tables, struct fd_entry *entry, struct object *object)
{
	refer(tables, entry, object);
	entry->on_exec = FD_ON_EXEC_UNKNOWN;
	entry->is_unsure = entry->is_asked_for = false;
}

void fd_entry_set(struct fd_tables *tables, struct fd_entry *entry, struct object *object,
	enum fd_on_exec on_exec, struct fd_moment moment)
{
	before_change(tables, entry, !object || !object_real(object)->is_provisional, moment);
	object_unref(&tables->objects, entry->before);
	entry->before = object_ref(entry->object);
	entry->state_before = entry->state;
	entry->changed = moment;
	refer(tables, entry, object);
	entry->on_exec = (uint8_t)on_exec;
	entry->is_unsure = false;
	entry->is_asked_for = false;
}

void fd_entry_close(struct fd_tables *tables, struct fd_entry *entry, struct fd_moment moment)
{
	if (entry->changed.until_ns <= moment.from_ns)
		fd_entry_set(tables, entry, NULL, FD_ON_EXEC_UNKNOWN, moment);
}

void fd_table_close(struct fd_tables *tables, struct fd_table *table, unsigned int first,
	unsigned int last, struct fd_moment moment)
{
	for (size_t fd = first; fd <= last && fd < table->count; fd++)
		fd_entry_close(tables, &table->entry[fd], moment);
}

void fd_table_mark(struct fd_table *table, unsigned int first, unsigned int last)
{
	for (size_t fd = first; fd <= last && fd < table->count; fd++)
		table->entry[fd].on_exec = FD_CLOSED_ON_EXEC;
}

void fd_table_exec(struct fd_tables *tables, struct fd_table *table, struct fd_moment moment)
{
	for (size_t fd = 0; fd < table->count; fd++) {
		struct fd_entry *entry = &table->entry[fd];
		if (entry->state != FD_OPEN)
			continue;
		if (entry->on_exec == FD_CLOSED_ON_EXEC)
			fd_entry_set(tables, entry, NULL, FD_ON_EXEC_UNKNOWN, moment);
		else if (entry->on_exec == FD_ON_EXEC_UNKNOWN)
			entry->is_unsure = true;
	}
}

void fd_table_doubt(struct fd_table *table)
{
	table->is_complete = table->is_asked_for = false;
	for (size_t fd = 0; fd < table->count; fd++) {
		table->entry[fd].is_unsure = table->entry[fd].state == FD_OPEN;
		/* It may have been opened. */
		if (table->entry[fd].state == FD_CLOSED)
			table->entry[fd].state = FD_UNKNOWN;
	}
}
