/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of ours: the format `ctf`. See event/recording.h for what they consist of.
 *
 *     stream ──▶ next_packet() ──▶ next_event(): by the kinds of the metadata ──▶ event_is_valid()
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "engine/replay/ctf_archive.h"
#include "engine/replay/ctf_metadata.h"
#include "engine/replay/format.h"
#include "engine/replay/replay.h"
#include "event/detail.h"
#include "event/layout.h"
#include "event/object.h"
#include "event/sink.h"

extern const struct trace_format ctf_format;

/* The largest structure of an event, and what can follow it. */
#define RECORD_MAX (8192 + 2 * RECORDING_MAX)

/* A part of the recording. */
struct part {
	unsigned int number;
	int stream;    /* descriptor */
	uint64_t size; /* of the stream when it was opened */
};

struct trace {
	const struct trace_input *input;
	struct ctf_metadata metadata;
	struct part *parts; /* the oldest first; RECORDING_PARTS; owned, with their descriptors */
	size_t part_count;
	size_t now;       /* the part that is read */
	uint64_t offset;  /* of the next packet in it */
	uint64_t before;  /* size of the parts before it */
	uint64_t size;    /* of all parts */
	uint64_t packets; /* number of packets that were read */
	uint64_t end_ns;  /* of the last packet; 0: unknown */
	uint64_t missing; /* number of events that were discarded so far */
	uint64_t gone;    /* of these, in parts that were removed */
	struct trace_facts facts;
	struct event_cost cost; /* the cost of tracing before the recording began */
	bool is_present;        /* the events say what was known then */

	unsigned char *packet; /* RECORDING_MAX bytes; owned */
	size_t at, content;    /* position in it, and its end */
	struct event *record;  /* RECORD_MAX bytes; owned */
	char error[ENGINE_ERROR_MAX];
};

/* Says what is wrong with TRACE. Returns -EINVAL. */
static int damaged(struct trace *trace, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int damaged(struct trace *trace, const char *format, ...)
{
	char what[128], shown[128];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	text_escape(trace->input->path, strlen(trace->input->path), shown, sizeof(shown));
	snprintf(trace->error, sizeof(trace->error), "%s is damaged: %s", shown, what);
	return -EINVAL;
}

/* Packets. */

/* Reads SIZE bytes at OFFSET of the present part. Returns how many there are, or -errno. */
static ssize_t read_at(const struct trace *trace, void *buf, size_t size, uint64_t offset)
{
	size_t done = 0;
	while (done < size) {
		ssize_t count = pread(trace->parts[trace->now].stream, (char *)buf + done,
			size - done, (off_t)(offset + done));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		done += (size_t)count;
	}
	return (ssize_t)done;
}

/* Whether HEADER can be that of a packet. */
static bool is_packet(const struct recording_packet *header)
{
	return header->magic == RECORDING_MAGIC &&
	       header->packet_bits % (8 * RECORDING_PAGE) == 0 &&
	       header->packet_bits <= 8 * (uint64_t)RECORDING_MAX &&
	       header->content_bits <= header->packet_bits && header->content_bits % 8 == 0 &&
	       header->content_bits >= 8 * sizeof(*header);
}

/* Passes on how many events are missing before the packet of HEADER. */
static void send_missing(
	struct trace *trace, const struct recording_packet *header, struct event_sink *sink)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = header->begin_ns},
		.id = REPLAY_NOTE_DISCARDED,
	};
	if (trace->packets == 1 && trace->parts[0].number)
		trace->missing = trace->gone = header->discarded;
	if (header->discarded <= trace->missing)
		return;
	trace->missing = header->discarded;
	note.count = trace->missing - trace->gone;
	snprintf(note.text, sizeof(note.text),
		"%llu events are missing in the recording: it could not be written as fast as they "
		"came",
		(unsigned long long)note.count);
	if (event_is_valid(&note.event, sizeof(note)))
		event_send(sink, &note.event);
}

/* Reads the next packet of the present part. Returns 1, 0 at its end, or -errno. */
static int next_of_part(struct trace *trace, struct event_sink *sink)
{
	struct recording_packet header;
	ssize_t size = read_at(trace, trace->packet, RECORDING_PAGE, trace->offset);
	if (size < 0)
		return (int)size;
	/* What was being written when stop was killed. */
	if (size < RECORDING_PAGE)
		return 0;
	memcpy(&header, trace->packet, sizeof(header));
	if (!is_packet(&header))
		return damaged(trace, "there is no packet at byte %llu",
			(unsigned long long)trace->offset);
	size_t whole = header.packet_bits / 8;
	size = read_at(trace, trace->packet, whole, trace->offset);
	if (size < 0)
		return (int)size;
	if ((size_t)size < whole)
		return 0;
	trace->offset += whole;
	trace->packets++;
	trace->at = sizeof(header);
	trace->content = header.content_bits / 8;
	send_missing(trace, &header, sink);
	return 1;
}

/* The same of all parts. */
static int next_packet(struct trace *trace, struct event_sink *sink)
{
	int result;
	while ((result = next_of_part(trace, sink)) == 0 && trace->now + 1 < trace->part_count) {
		trace->before += trace->parts[trace->now++].size;
		trace->offset = 0;
	}
	return result;
}

/* Events. */

/* What is left of a packet. Nothing is read beyond its end: then it `is_over`. */
struct cursor {
	const unsigned char *at, *end;
	bool is_over;
};

static const void *take(struct cursor *cursor, size_t size)
{
	if ((size_t)(cursor->end - cursor->at) < size) {
		cursor->is_over = true;
		return NULL;
	}
	const void *taken = cursor->at;
	cursor->at += size;
	return taken;
}

static uint64_t take_number(struct cursor *cursor, const struct ctf_field *field)
{
	uint64_t value = 0;
	const void *bytes = take(cursor, field->size);
	if (!bytes)
		return 0;
	memcpy(&value, bytes, field->size);
	unsigned int unused = 64 - 8 * (unsigned int)field->size;
	return field->is_signed ? (uint64_t)((int64_t)(value << unused) >> unused) : value;
}

static void take_string(struct cursor *cursor, const struct event_field *field, void *record)
{
	size_t left = (size_t)(cursor->end - cursor->at);
	const unsigned char *nul = memchr(cursor->at, '\0', left);
	size_t size = nul ? (size_t)(nul - cursor->at) : left;
	const char *text = take(cursor, size + 1);
	if (text && field)
		memcpy((char *)record + field->offset, text,
			size < field->size ? size : (size_t)field->size);
}

static void take_numbers(
	struct cursor *cursor, const struct event_field *field, uint64_t count, void *record)
{
	size_t size = count * sizeof(uint64_t);
	const void *values = count <= RECORDING_MAX ? take(cursor, size) : NULL;
	cursor->is_over |= !values;
	if (values && field)
		memcpy((char *)record + field->offset, values,
			size < field->size ? size : (size_t)field->size);
}

/* Takes COUNT bytes, which follow the structure of SIZE bytes. */
static void take_bytes(struct cursor *cursor, const struct event_field *field, uint64_t count,
	const struct event_layout *layout, void *record)
{
	const void *bytes = take(cursor, count);
	uint32_t size = (uint32_t)count;
	if (!bytes || !field)
		return;
	memcpy((char *)record + field->offset, bytes, count);
	/* An event is as long as if that began after the structure's padding. */
	memset((char *)record + field->offset + count, 0, layout->size - field->offset);
	memcpy((char *)record + layout->tail, &size, sizeof(size));
}

static void take_items(
	struct cursor *cursor, const struct event_field *field, uint64_t count, void *record)
{
	struct event_sum *sum = record;
	for (uint64_t i = 0; i < count && !cursor->is_over; i++) {
		const unsigned char *bytes = take(
			cursor, sizeof(sum->item->count) + sizeof(sum->item->key));
		uint32_t number = field ? sum->bucket_count + sum->error_count : SUM_ITEMS_MAX;
		if (!bytes || number >= SUM_ITEMS_MAX)
			continue;
		struct sum_item *item = &sum->item[number];
		memset(item, 0, sizeof(*item));
		memcpy(&item->count, bytes, sizeof(item->count));
		memcpy(&item->key, bytes + sizeof(item->count), sizeof(item->key));
		if (field->kind == FIELD_ERRORS)
			sum->error_count++;
		else
			sum->bucket_count++;
	}
}

/* Takes the fields of an event of KIND into RECORD; NULL: it is of no known type. */
static void take_fields(struct cursor *cursor, const struct ctf_kind *kind, struct event *record)
{
	const struct event_layout *layout = record ? event_layout(kind->type) : NULL;
	uint64_t number = 0;
	for (size_t i = 0; i < kind->count && !cursor->is_over; i++) {
		const struct ctf_field *field = &kind->fields[i];
		const struct event_field *known = record ? field->field : NULL;
		switch (field->wire) {
		case CTF_NUMBER:
			number = take_number(cursor, field);
			if (known)
				event_field_set(known, record, number);
			break;
		case CTF_STRING:
			take_string(cursor, known, record);
			break;
		case CTF_NUMBERS:
			take_numbers(cursor, known, number, record);
			break;
		case CTF_BYTES:
			take_bytes(cursor, known, number, layout, record);
			break;
		case CTF_WORDS:
			take_bytes(cursor, known, number * sizeof(uint32_t), layout, record);
			break;
		case CTF_ITEMS:
			take_items(cursor, known, number, record);
			break;
		}
	}
}

/*
 * Takes the next event of the packet into the record. Returns its size, 0 if it is of no known
 * type, or -EINVAL.
 */
static int next_event(struct trace *trace)
{
	struct cursor cursor = {
		.at = trace->packet + trace->at,
		.end = trace->packet + trace->content,
	};
	struct recording_event head;
	uint64_t place = trace->offset;
	const void *bytes = take(&cursor, sizeof(head));
	if (!bytes)
		return damaged(
			trace, "an event is cut before byte %llu", (unsigned long long)place);
	memcpy(&head, bytes, sizeof(head));
	const struct ctf_kind *kind = head.kind < RECORDING_KINDS ? trace->metadata.kinds[head.kind]
	                                                          : NULL;
	if (!kind)
		return damaged(trace, "an event before byte %llu is of no declared kind",
			(unsigned long long)place);
	struct event *record = NULL;
	if (kind->type != EVENT_TYPES) {
		record = trace->record;
		/* A sum has no items that are not read, but what follows others is set. */
		memset(record, 0, event_layout(kind->type)->size);
		*record = (struct event){kind->type, head.tid, head.time_ns};
	}
	take_fields(&cursor, kind, record);
	trace->at = (size_t)(cursor.at - trace->packet);
	if (cursor.is_over || (record && !event_is_valid(record, event_size(record))))
		return damaged(
			trace, "an event before byte %llu is invalid", (unsigned long long)place);
	return record ? (int)event_size(record) : 0;
}

/* Costs are since the engine has begun: makes that of the record one since the recording has. */
static void reduce_cost(struct trace *trace)
{
	struct event_cost *cost = (struct event_cost *)trace->record, *before = &trace->cost;
	if (cost->event.type == EVENT_RESUMED)
		*before = (struct event_cost){0};
	if (cost->event.type != EVENT_COST)
		return;
	if (trace->is_present)
		*before = *cost;
	if (cost->stops < before->stops || cost->cpu_ns < before->cpu_ns ||
		cost->details_lost < before->details_lost || cost->lost_ns < before->lost_ns)
		return;
	cost->stops -= before->stops;
	cost->details_lost -= before->details_lost;
	cost->cpu_ns -= before->cpu_ns;
	cost->lost_ns -= before->lost_ns;
}

/* Passes the record on, unless it only repeats what the parts before have said. */
static void send_record(struct trace *trace, struct event_sink *sink)
{
	const struct event *record = trace->record;
	bool is_mark = record->type == EVENT_PRESENT;
	if (is_mark)
		trace->is_present = !((const struct event_present *)record)->is_over;
	if (trace->now && (trace->is_present || is_mark))
		return;
	reduce_cost(trace);
	event_send(sink, record);
}

static int read_trace(struct trace *trace, size_t limit, struct event_sink *sink)
{
	for (size_t i = 0; i < limit; i++) {
		if (trace->at >= trace->content) {
			int result = next_packet(trace, sink);
			if (result <= 0)
				return result;
			continue;
		}
		int size = next_event(trace);
		if (size < 0)
			return size;
		if (size > 0)
			send_record(trace, sink);
	}
	return 1;
}

/* Opening. */

/* The text of file NAME of DIRECTORY, which the caller frees; NULL with an errno. */
static char *read_text(int directory, const char *name, size_t max)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char *text = NULL;
	if (fd < 0)
		return NULL;
	errno = EINVAL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= 0 &&
		(size_t)status.st_size < max) {
		size_t size = (size_t)status.st_size;
		text = xcalloc(1, size + 1);
		ssize_t count = pread(fd, text, size, 0);
		text[count > 0 ? count : 0] = '\0';
	}
	close(fd);
	return text;
}

static bool recognise(const struct trace_input *input, const unsigned char *head, size_t size)
{
	struct stat status;
	if (!input->is_directory && !input->grows)
		return ctf_archive_is(head, size);
	return input->is_directory && fstatat(input->fd, RECORDING_METADATA, &status, 0) == 0 &&
	       S_ISREG(status.st_mode);
}

/* Finds the end of the last packet: that is not further from the end than a packet is long. */
static void find_end(struct trace *trace)
{
	struct recording_packet header;
	/* The last part may have just begun. */
	trace->now = trace->part_count - 1;
	if (trace->now && trace->parts[trace->now].size < RECORDING_PAGE)
		trace->now--;
	uint64_t pages = trace->parts[trace->now].size / RECORDING_PAGE;
	for (uint64_t back = 1; back <= RECORDING_MAX / RECORDING_PAGE && back <= pages; back++) {
		uint64_t offset = (pages - back) * RECORDING_PAGE;
		if (read_at(trace, &header, sizeof(header), offset) == (ssize_t)sizeof(header) &&
			is_packet(&header)) {
			trace->end_ns = header.end_ns;
			break;
		}
	}
	trace->now = 0;
}

/* A sink that keeps what the first event says about the whole. */
struct first_sink {
	struct event_sink sink; /* first member */
	struct trace *trace;
	bool has_first;
};

static void take_first(struct event_sink *sink, const struct event *event)
{
	struct first_sink *first = (struct first_sink *)sink;
	struct trace_facts *facts = &first->trace->facts;
	if (first->has_first || event->type == EVENT_NOTE || event->type == EVENT_PRESENT)
		return;
	first->has_first = true;
	facts->begin_ns = event->time_ns;
	if (event->type != EVENT_SESSION)
		return;
	const struct event_session *session = (const struct event_session *)event;
	facts->pid = event->tid;
	facts->capabilities = session->capabilities;
	snprintf(facts->name, sizeof(facts->name), "%s", event_session_text(session, SESSION_NAME));
	snprintf(facts->command, sizeof(facts->command), "%s",
		event_session_text(session, SESSION_COMMAND));
}

/* Goes back to the beginning. */
static void go_back(struct trace *trace)
{
	trace->offset = trace->packets = trace->missing = trace->gone = trace->before = 0;
	trace->at = trace->content = trace->now = 0;
	trace->cost = (struct event_cost){0};
	trace->is_present = false;
}

/* Reads the first event, and goes back. */
static int read_first(struct trace *trace)
{
	struct first_sink first = {.sink = {.take = take_first}, .trace = trace};
	int result = 1;
	/* One for the packet, and a few for events of unknown types. */
	for (int i = 0; i < 16 && !first.has_first && result > 0; i++)
		result = read_trace(trace, 1, &first.sink);
	go_back(trace);
	return result < 0 ? result : 0;
}

/* Opens the part called NAME. Returns 0, also if it has just been removed, or -errno. */
static int open_part(struct trace *trace, const char *name)
{
	struct stat status;
	struct part part = {.number = (unsigned int)ctf_part_number(name)};
	if (trace->part_count == RECORDING_PARTS)
		return damaged(trace, "it has too many parts");
	part.stream = openat(trace->input->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (part.stream < 0)
		return errno == ENOENT ? 0 : -errno;
	bool is_file = fstat(part.stream, &status) == 0 && S_ISREG(status.st_mode);
	part.size = is_file ? (uint64_t)status.st_size : 0;
	trace->size += part.size;
	trace->parts[trace->part_count++] = part;
	return is_file ? 0 : damaged(trace, "its stream is no file");
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *left = a, *right = b;
	return (left->number > right->number) - (left->number < right->number);
}

/* Opens all parts, in any order. Returns 0 or -errno. */
static int open_parts(struct trace *trace)
{
	int fd = openat(trace->input->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	int result = directory ? 0 : -errno;
	struct dirent *entry;
	if (!directory) {
		if (fd >= 0)
			close(fd);
		return result;
	}
	while (result == 0 && (entry = readdir(directory)) != NULL) {
		if (ctf_part_number(entry->d_name) >= 0)
			result = open_part(trace, entry->d_name);
	}
	closedir(directory);
	return result == 0 && !trace->part_count ? -ENOENT : result;
}

/* Opens all parts and the metadata, *TEXT, which the caller frees. Returns 0 or -errno. */
static int open_directory(struct trace *trace, char **text)
{
	*text = read_text(trace->input->fd, RECORDING_METADATA, CTF_METADATA_MAX);
	return *text ? open_parts(trace) : -errno;
}

/* The same of an archive. */
static int open_archive(struct trace *trace, char **text)
{
	struct ctf_archive archive;
	const char *problem = NULL;
	int result = ctf_archive_unpack(trace->input->fd, CTF_METADATA_MAX, &archive, &problem);
	if (result < 0)
		return problem ? damaged(trace, "%s", problem) : result;
	for (size_t i = 0; i < archive.part_count; i++) {
		trace->parts[i] = (struct part){.number = archive.parts[i].number,
			.stream = archive.parts[i].fd,
			.size = archive.parts[i].size};
		trace->size += archive.parts[i].size;
	}
	trace->part_count = archive.part_count;
	*text = archive.metadata;
	return 0;
}

/* Reads TEXT, the metadata of TRACE, and the first event. Returns 0 or -errno, perhaps with an
 * error. */
static int open_stream(struct trace *trace, char *text)
{
	if (ctf_metadata_read(text, &trace->metadata) < 0)
		return damaged(trace, "its metadata is not that of a recording of stop");
	qsort(trace->parts, trace->part_count, sizeof(*trace->parts), compare_parts);
	int result = read_first(trace);
	find_end(trace);
	return result;
}

static void close_trace(struct trace *trace)
{
	if (!trace)
		return;
	for (size_t i = 0; i < trace->part_count; i++)
		close(trace->parts[i].stream);
	xfree(trace->parts);
	ctf_metadata_clear(&trace->metadata);
	xfree(trace->packet);
	xfree(trace->record);
	xfree(trace);
}

static int open_trace(const struct trace_input *inputs, size_t count, struct trace **out,
	char error[ENGINE_ERROR_MAX])
{
	char shown[128];
	text_escape(inputs->path, strlen(inputs->path), shown, sizeof(shown));
	if (count > 1) {
		snprintf(error, ENGINE_ERROR_MAX,
			"several recordings cannot be played at once: give one of them");
		return -E2BIG;
	}
	struct trace *trace = xcalloc(1, sizeof(*trace));
	trace->input = inputs;
	trace->parts = xcalloc(RECORDING_PARTS, sizeof(*trace->parts));
	trace->packet = xcalloc(1, RECORDING_MAX);
	trace->record = xcalloc(1, RECORD_MAX);
	char *text = NULL;
	int result = inputs->is_directory ? open_directory(trace, &text)
	                                  : open_archive(trace, &text);
	if (result == 0)
		result = open_stream(trace, text);
	xfree(text);
	if (result == 0) {
		*out = trace;
		return 0;
	}
	if (trace->error[0])
		snprintf(error, ENGINE_ERROR_MAX, "%s", trace->error);
	else
		snprintf(error, ENGINE_ERROR_MAX, "cannot read the recording %s: %s", shown,
			strerrordesc_np(-result));
	close_trace(trace);
	return result;
}

static const char *error_of(const struct trace *trace)
{
	return trace->error;
}

static void find_facts(const struct trace *trace, struct trace_facts *facts)
{
	*facts = trace->facts;
	facts->begin_realtime_ns = facts->begin_ns + trace->metadata.clock_offset_ns;
	facts->end_ns = trace->end_ns;
	facts->bytes_read = trace->before + trace->offset;
	facts->bytes = trace->size;
}

/* What was unpacked is read again; a directory may have more than when it was opened. */
static bool rewind_trace(struct trace *trace)
{
	if (trace->input->is_directory)
		return false;
	go_back(trace);
	trace->error[0] = '\0';
	return true;
}

const struct trace_format ctf_format = {
	.name = "ctf",
	.summary = "recordings of stop, in the Common Trace Format",
	.recognise = recognise,
	.open = open_trace,
	.read = read_trace,
	.rewind = rewind_trace,
	.error = error_of,
	.facts = find_facts,
	.close = close_trace,
};
