/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows a result in parentheses: which descriptors are ready; see decode/call_writer.h. */
#include "config.h"

#include <string.h>

#include "decode/call_writer.h"

extern const struct value_set values_poll_events;

#define POLLFD_SIZE 8
#define FDSET_MAX   128

/* Writes ", left {tv_sec=…}" for the time at argument INDEX. */
static void put_left(struct call_writer *writer, unsigned int index, const char *separator)
{
	const struct argument *time = argument_of(writer->call, writer->args, index);
	uint64_t address = argument_value(writer, index);
	if (time->kind != ARG_STRUCT || !address)
		return;
	putf(writer, "%sleft ", separator);
	put_struct(writer, time, DETAIL_EXIT, address, SIZE_MAX);
}

/* The descriptors of poll with events. */
static void put_polled(struct call_writer *writer)
{
	const struct event_detail *detail = writer->detail;
	uint64_t address = argument_value(writer, 0);
	uint64_t count = (uint32_t)argument_value(writer, 1);
	size_t limit = element_limit(writer);
	size_t shown = 0;
	for (uint64_t i = 0; i < count && !writer->is_full; i++) {
		unsigned char entry[POLLFD_SIZE];
		if (detail_read(detail, DETAIL_EXIT, address + i * POLLFD_SIZE, entry,
			    sizeof(entry)) < sizeof(entry))
			break;
		uint64_t events = number_at(entry + 6, 2);
		if (!events)
			continue;
		put(writer, shown ? ", " : "[");
		if (shown++ >= limit) {
			put(writer, "...");
			break;
		}
		putf(writer, "{fd=%d, revents=", (int)number_at(entry, 4));
		put_set(writer, &values_poll_events, events);
		put(writer, "}");
	}
	put(writer, shown ? "]" : "");
	put_left(writer, 2, shown ? ", " : "");
}

/* Writes the members of the set at argument INDEX. Returns whether there are any. */
static bool put_selected(
	struct call_writer *writer, unsigned int index, const char *separator, const char *name)
{
	unsigned char bits[FDSET_MAX];
	uint64_t count = argument_value(writer, 0);
	uint64_t address = argument_value(writer, index);
	bool any = false;
	if (!address)
		return false;
	size_t size = detail_read(writer->detail, DETAIL_EXIT, address, bits, sizeof(bits));
	for (size_t i = 0; i < size * 8 && i < count; i++) {
		if (!(bits[i / 8] >> i % 8 & 1))
			continue;
		if (any)
			putf(writer, " %zu", i);
		else
			putf(writer, "%s%s [%zu", separator, name, i);
		any = true;
	}
	put(writer, any ? "]" : "");
	return any;
}

static void put_sets(struct call_writer *writer)
{
	static const char *const names[] = {"in", "out", "except"};
	const char *separator = "";
	for (unsigned int i = 0; i < 3; i++)
		if (put_selected(writer, i + 1, separator, names[i]))
			separator = ", ";
	put_left(writer, 4, separator);
}

void put_ready(struct call_writer *writer)
{
	if (writer->detail->result == 0) {
		put(writer, " (Timeout)");
		return;
	}
	size_t start = writer->length;
	put(writer, " (");
	size_t inside = writer->length;
	bool is_select = argument_declared(writer->call, 1)->kind == ARG_FDSET;
	if (is_select)
		put_sets(writer);
	else
		put_polled(writer);
	if (is_select || writer->length > inside || writer->is_full) {
		put(writer, ")");
	} else {
		writer->length = start;
		writer->buf[start] = '\0';
	}
}
