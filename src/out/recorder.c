/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records events; see out/recorder.h. */
#include "config.h"

#include "out/recorder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/time.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/layout.h"
#include "event/recording.h"
#include "event/redaction.h"
#include "event/sink.h"
#include "out/ctf_memory.h"
#include "out/ctf_metadata.h"
#include "out/ctf_output.h"
#include "out/ctf_piece.h"
#include "out/line_writer.h"
#include "out/stack_writer.h"

/* How long events wait for the end of their packet. */
#define WAIT_NS     NS_PER_S

/* Room for the declaration of one kind of event. */
#define KIND_MAX    4096

/* Room for the command. */
#define COMMAND_MAX 1024

/* A recording of limited size has so many parts, in bytes and in time. */
#define PARTS       8

#define HEADER_SIZE sizeof(struct recording_packet)

struct recorder {
	struct event_sink sink; /* first member */
	struct line_writer *writer;
	struct line_output *files;   /* the writer's; NULL: there are none */
	struct ctf_memory *memory;   /* of a flight recorder; the writer's; NULL: it is none */
	struct event_sink plain;     /* takes what is recorded as it is */
	struct stack_writer *stacks; /* owned; NULL: stacks are not recorded */
	bool packs;
	char command[COMMAND_MAX]; /* what is traced, without secrets */
	bool has_strings;
	struct redaction *redaction;
	uint8_t uuid[16];
	struct map kinds; /* number of the kind of each call's entries, by call_key() */
	unsigned int kind_count;

	unsigned char *packet; /* RECORDING_MAX bytes; the header is written at the end */
	size_t used;           /* bytes of it */
	uint64_t events;       /* number of events in it */
	uint64_t begin_ns;     /* stamp of the first */
	uint64_t stamp_ns;     /* that of the last event of all */
	uint64_t flushed_ns;   /* when a packet was passed on last */
	uint64_t sequence, discarded;
	bool has_lost_stacks;         /* what stacks are may have been discarded */
	uint64_t limit, limit_ns;     /* as in its options */
	uint64_t part_bytes, part_ns; /* of the present part, and when it began; 0: not yet */

	struct event_detail without; /* a detail without its memory */
};

/* Completes the packet. Returns its size. */
static size_t complete_packet(struct recorder *recorder)
{
	size_t pages = (recorder->used + RECORDING_PAGE - 1) / RECORDING_PAGE;
	size_t size = pages * RECORDING_PAGE;
	struct recording_packet header = {
		.magic = RECORDING_MAGIC,
		.begin_ns = recorder->begin_ns,
		.end_ns = recorder->stamp_ns,
		.content_bits = recorder->used * 8,
		.packet_bits = size * 8,
		.sequence = recorder->sequence,
		.discarded = recorder->discarded,
	};
	memcpy(header.uuid, recorder->uuid, sizeof(header.uuid));
	memcpy(recorder->packet, &header, sizeof(header));
	memset(recorder->packet + recorder->used, 0, size - recorder->used);
	return size;
}

static void clear_packet(struct recorder *recorder)
{
	recorder->used = HEADER_SIZE;
	recorder->events = 0;
}

/* So many EVENTS are lost, which may have said what a stack is. */
static void discard(struct recorder *recorder, uint64_t events)
{
	recorder->discarded += events;
	recorder->has_lost_stacks = true;
}

/* Passes the packet on, if there is anything in it. */
static void finish_packet(struct recorder *recorder)
{
	if (recorder->events == 0)
		return;
	size_t size = complete_packet(recorder);
	if (line_writer_put(recorder->writer, (const char *)recorder->packet, size))
		recorder->sequence++, recorder->part_bytes += size;
	else
		discard(recorder, recorder->events);
	clear_packet(recorder);
}

static uint64_t call_key(struct call call)
{
	return (uint64_t)call.abi << 32 | call.nr;
}

/*
 * Declares two kinds of events for CALL. Returns the number of the first, or 0: there are too many,
 * or there is no room.
 */
static unsigned int declare(struct recorder *recorder, struct call call)
{
	char buf[2 * KIND_MAX] __attribute__((aligned(8)));
	struct ctf_text *text = (struct ctf_text *)buf;
	unsigned int number = RECORDING_CALLS + 2 * recorder->kind_count;
	if (number + 1 >= RECORDING_KINDS)
		return 0;
	FILE *stream = fmemopen(text->text, sizeof(buf) - sizeof(*text), "w");
	if (!stream)
		return 0;
	ctf_metadata_call(stream, number, EVENT_ENTER, call);
	ctf_metadata_call(stream, number + 1, EVENT_EXIT, call);
	long size = ftell(stream);
	bool is_whole = !ferror(stream) && size > 0 && (size_t)size < sizeof(buf) - sizeof(*text);
	if (fclose(stream) != 0 || !is_whole)
		return 0;
	text->magic = CTF_TEXT_MAGIC;
	text->size = (uint32_t)size;
	if (!line_writer_put(recorder->writer, buf, sizeof(*text) + (size_t)size))
		return 0;
	recorder->kind_count++;
	return number;
}

/* The kind of EVENT. */
static unsigned int kind_of(struct recorder *recorder, const struct event *event)
{
	if (event->type != EVENT_ENTER && event->type != EVENT_EXIT)
		return event->type;
	struct call call = event->type == EVENT_ENTER ? ((const struct event_enter *)event)->call
	                                              : ((const struct event_exit *)event)->call;
	uint64_t key = call_key(call);
	uintptr_t number = (uintptr_t)map_get(&recorder->kinds, key);
	if (!number) {
		number = declare(recorder, call);
		if (!number)
			return event->type;
		map_put(&recorder->kinds, key, (void *)number);
	}
	return (unsigned int)number + (event->type == EVENT_EXIT);
}

/* Stores EVENT in the packet if there is room up to SIZE. Returns whether there was. */
static bool store(
	struct recorder *recorder, const struct event *event, unsigned int kind, size_t size)
{
	struct recording_event head = {
		.kind = (uint16_t)kind,
		.stamp_ns = event->time_ns > recorder->stamp_ns ? event->time_ns
	                                                        : recorder->stamp_ns,
		.tid = event->tid,
		.time_ns = event->time_ns,
	};
	if (recorder->used + sizeof(head) > size)
		return false;
	unsigned char *at = recorder->packet + recorder->used;
	size_t fields = event_store(event, at + sizeof(head), size - recorder->used - sizeof(head));
	if (fields == 0)
		return false;
	memcpy(at, &head, sizeof(head));
	recorder->used += sizeof(head) + fields;
	if (recorder->events++ == 0)
		recorder->begin_ns = head.stamp_ns;
	recorder->stamp_ns = head.stamp_ns;
	return true;
}

/* DETAIL as it is recorded: without memory if that is not wanted. */
static const struct event *reduced(struct recorder *recorder, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	if (event->type != EVENT_DETAIL || recorder->has_strings || detail->size == 0)
		return event;
	recorder->without = *detail;
	recorder->without.size = 0;
	recorder->without.has_data = false;
	return &recorder->without.event;
}

static void record(struct recorder *recorder, const struct event *given)
{
	const struct event *event = redaction_apply(recorder->redaction, reduced(recorder, given));
	unsigned int kind = kind_of(recorder, event);
	/* What a part begins with is no reason for the next one. */
	if (event->type == EVENT_PRESENT && ((const struct event_present *)event)->is_over)
		recorder->part_bytes = 0;
	if (store(recorder, event, kind, RECORDING_PAGE))
		return;
	finish_packet(recorder);
	/* A large one gets a packet of its own. */
	if (store(recorder, event, kind, RECORDING_PAGE))
		return;
	if (store(recorder, event, kind, RECORDING_MAX))
		finish_packet(recorder);
	else
		discard(recorder, 1);
}

static void take_plain(struct event_sink *sink, const struct event *event)
{
	struct recorder *recorder = (struct recorder *)((char *)sink -
							offsetof(struct recorder, plain));
	record(recorder, event);
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct recorder *recorder = (struct recorder *)sink;
	if (recorder->stacks && recorder->has_lost_stacks)
		stack_writer_restart(recorder->stacks);
	recorder->has_lost_stacks = false;
	if (recorder->stacks)
		stack_writer_before(recorder->stacks, event);
	record(recorder, event);
}

void recorder_add_stacks(struct recorder *recorder, const struct stack_lookup *lookup)
{
	recorder->stacks = stack_writer_new(lookup, &recorder->plain);
}

/* Records what has become known of stacks. */
static void flush_stacks(struct recorder *recorder)
{
	if (recorder->stacks && recorder->sink.take == take)
		stack_writer_flush(recorder->stacks);
}

bool recorder_is_part_complete(const struct recorder *recorder, uint64_t now_ns)
{
	/* It may have begun at a moment that is still to come. */
	bool is_long = recorder->limit_ns && recorder->part_ns && now_ns > recorder->part_ns &&
	               now_ns - recorder->part_ns >= recorder->limit_ns / PARTS;
	return is_long || (recorder->limit && recorder->part_bytes >= recorder->limit / PARTS);
}

bool recorder_begin_part(struct recorder *recorder, uint64_t now_ns)
{
	/* There is to be room for the next one, and what it begins with. */
	const struct ctf_part part = {
		.magic = CTF_PART_MAGIC,
		.limit = recorder->limit ? recorder->limit / PARTS * (PARTS - 2) : UINT64_MAX,
		.keep_ns = recorder->limit_ns && now_ns > recorder->limit_ns
	                           ? now_ns - recorder->limit_ns
	                           : 0,
	};
	finish_packet(recorder);
	if (!line_writer_put(recorder->writer, (const char *)&part, sizeof(part)))
		return false;
	recorder->part_bytes = 0;
	recorder->part_ns = now_ns;
	if (recorder->stacks)
		stack_writer_restart(recorder->stacks);
	return true;
}

bool recorder_pack(struct recorder *recorder)
{
	const struct ctf_pack_request request = {.magic = CTF_PACK_MAGIC};
	recorder_abandon(recorder);
	finish_packet(recorder);
	if (!line_writer_put(recorder->writer, (const char *)&request, sizeof(request)))
		return false;
	line_writer_flush(recorder->writer);
	return true;
}

/* Flight recorders. */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* The beginning of the metadata, with the clock as it is set now. Returns 0 with *TEXT, which the
 * caller frees, and *SIZE; or -errno. */
static int make_head(const struct recorder *recorder, char **text, size_t *size)
{
	struct utsname host = {0};
	uname(&host);
	struct ctf_trace trace = {
		.clock_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC),
		.host = host.nodename,
		.release = host.release,
		.command = recorder->command,
	};
	memcpy(trace.uuid, recorder->uuid, sizeof(trace.uuid));
	*text = NULL;
	FILE *stream = open_memstream(text, size);
	if (!stream)
		return -errno;
	ctf_metadata_begin(stream, &trace);
	return fclose(stream) != 0 ? -errno : 0;
}

/* The packet that ends what is written: an EVENT_END at NOW_NS. Returns its size; it is in the
 * place of the packet that is made, which is empty. */
static size_t make_end(struct recorder *recorder, uint64_t now_ns)
{
	const struct event_end end = {.event = {.type = EVENT_END, .time_ns = now_ns}};
	store(recorder, &end.event, EVENT_END, RECORDING_PAGE);
	size_t size = complete_packet(recorder);
	clear_packet(recorder);
	return size;
}

/* Puts the request COPY, with what follows it. Returns 0 or -errno. */
static int put_copy(
	struct recorder *recorder, const struct ctf_copy *copy, const char *name, const char *head)
{
	const struct {
		const void *bytes;
		size_t size;
	} parts[] = {
		{copy, sizeof(*copy)},
		{name, copy->name_size},
		{head, copy->head_size},
		{recorder->packet, copy->packet_size},
	};
	size_t size = 0, used = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		size += parts[i].size;
	char *piece = xcalloc(1, size);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		memcpy(piece + used, parts[i].bytes, parts[i].size);
		used += parts[i].size;
	}
	bool is_put = line_writer_put(recorder->writer, piece, size);
	xfree(piece);
	line_writer_flush(recorder->writer);
	return is_put ? 0 : -ENOBUFS;
}

int recorder_copy(struct recorder *recorder, const char *name, uint64_t now_ns, bool has_ended)
{
	char *head;
	size_t size;
	if (strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	int result = make_head(recorder, &head, &size);
	if (result == 0) {
		flush_stacks(recorder);
		finish_packet(recorder);
		const struct ctf_copy copy = {
			.magic = CTF_COPY_MAGIC,
			.is_packed = recorder->packs,
			.name_size = (uint32_t)strlen(name),
			.head_size = (uint32_t)size,
			.packet_size = has_ended ? 0 : (uint32_t)make_end(recorder, now_ns),
		};
		result = put_copy(recorder, &copy, name, head);
	}
	free(head);
	return result;
}

void recorder_memory(struct recorder *recorder, struct ctf_memory_status *status)
{
	ctf_memory_status(recorder->memory, status);
}

void recorder_last_copy(struct recorder *recorder, struct ctf_memory_copy *copy)
{
	ctf_memory_last(recorder->memory, copy);
}

struct event_sink *recorder_sink(struct recorder *recorder)
{
	return &recorder->sink;
}

static void ignore(struct event_sink *sink, const struct event *event)
{
	(void)sink, (void)event;
}

void recorder_abandon(struct recorder *recorder)
{
	recorder->sink.take = ignore;
}

void recorder_flush(struct recorder *recorder, uint64_t now_ns)
{
	if (!recorder->part_ns)
		recorder->part_ns = now_ns;
	if (now_ns - recorder->flushed_ns >= WAIT_NS) {
		flush_stacks(recorder);
		finish_packet(recorder);
		recorder->flushed_ns = now_ns;
	}
	line_writer_flush(recorder->writer);
}

void recorder_flush_all(struct recorder *recorder)
{
	flush_stacks(recorder);
	finish_packet(recorder);
	line_writer_flush(recorder->writer);
}

bool recorder_is_written(struct recorder *recorder)
{
	return line_writer_is_done(recorder->writer);
}

uint64_t recorder_written(struct recorder *recorder)
{
	struct ctf_memory_status status = {0};
	if (recorder->memory)
		ctf_memory_status(recorder->memory, &status);
	uint64_t packed = recorder->files ? ctf_output_packed(recorder->files) : 0;
	return line_writer_written(recorder->writer) + status.written + packed;
}

uint64_t recorder_discarded(const struct recorder *recorder)
{
	return recorder->discarded;
}

int recorder_error(struct recorder *recorder)
{
	return line_writer_error(recorder->writer);
}

static void free_recorder(struct recorder *recorder)
{
	map_clear(&recorder->kinds);
	stack_writer_free(recorder->stacks);
	redaction_free(recorder->redaction);
	xfree(recorder->packet);
	xfree(recorder);
}

int recorder_close(struct recorder *recorder, uint64_t until_ns)
{
	if (!recorder)
		return 0;
	int result = line_writer_close(recorder->writer, until_ns);
	free_recorder(recorder);
	return result;
}

/* Sets TEXT, of SIZE bytes, to the words of COMMAND, without secrets. */
static void join(const struct redaction *redaction, char *const *command, char *text, size_t size)
{
	size_t used = 0;
	bool follows = false;
	text[0] = '\0';
	for (char *const *word = command; word && *word && used < size; word++) {
		char *copy = xstrdup(*word);
		redaction_mask_word(redaction, copy, strlen(copy), &follows);
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", copy);
		xfree(copy);
	}
}

/* Creates the files, or memory. Returns 0 with *OUT, or -errno. */
static int create(
	struct recorder *recorder, const struct recorder_options *options, struct line_output **out)
{
	char *metadata;
	size_t size;
	if (!options->path) {
		ctf_memory_new(options->limit, &recorder->memory);
		*out = ctf_memory_output(recorder->memory);
		return 0;
	}
	int result = make_head(recorder, &metadata, &size);
	if (result == 0)
		result = ctf_output_new(options->path, metadata, size, out);
	if (result == 0)
		recorder->files = *out;
	free(metadata);
	return result;
}

int recorder_new(const struct recorder_options *options, struct recorder **out)
{
	struct recorder *recorder = xcalloc(1, sizeof(*recorder));
	struct line_output *output;
	recorder->sink.take = take;
	recorder->plain.take = take_plain;
	recorder->has_strings = options->strings;
	recorder->packs = options->packs;
	recorder->limit = options->limit;
	recorder->limit_ns = options->limit_ns;
	recorder->redaction = redaction_new(options->secrets, options->with_data);
	recorder->packet = xcalloc(1, RECORDING_MAX);
	recorder->used = HEADER_SIZE;
	join(recorder->redaction, options->command, recorder->command, COMMAND_MAX);
	int result = getrandom(recorder->uuid, sizeof(recorder->uuid), 0) < 0 ? -errno : 0;
	if (result == 0)
		result = create(recorder, options, &output);
	if (result == 0) {
		result = line_writer_new_to(output, options->buffer, &recorder->writer);
		if (result < 0)
			output->close(output);
	}
	if (result < 0) {
		free_recorder(recorder);
		return result;
	}
	*out = recorder;
	return 0;
}
