/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Details of calls; see engine/ptrace/details.h. */
#include "config.h"

#include "engine/ptrace/details.h"

#include <string.h>

#include "abi/fetch.h"
#include "base/alloc.h"
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/new_program.h"
#include "engine/ptrace/pages.h"
#include "engine/ptrace/world/world.h"
#include "event/detail.h"
#include "event/filter_gate.h"
#include "event/interest.h"
#include "event/signal_info.h"

/* Maximum size of what is kept of all calls in progress. */
#define KEPT_MAX     ((size_t)64 << 20)

/* Maximum size of what is to be read as a whole (INTEREST_WORDS), and of the number of such
 * strings.
 */
#define WORDS_MAX    2048

/* Bytes of a string to read at once: most are shorter, and longer ones go on from there. */
#define STRING_CHUNK 256

/* What was read at the entry of a call. */
struct entry_memory {
	struct entry_memory *next, **link; /* in the list of all */
	size_t size;                       /* of the blocks */
	bool is_missing;                   /* some of it was not resident */
	bool is_cut;                       /* there was no room for some of it */
	unsigned char blocks[];            /* as in struct event_detail */
};

/* Reads memory of a tracee into a record. */
struct detail_reader {
	struct fetch_reader reader;
	struct world *world;
	struct event_detail *record;
	enum detail_phase phase;
	pid_t tid;
	int pages; /* see world_target.copy() */
	bool is_missing;
};

void details_init(struct details *details, struct world *world, const struct interest *interest,
	struct pages *pages, struct event_writer *writer)
{
	*details = (struct details){
		.world = world,
		.interest = interest,
		.pages = pages,
		.writer = writer,
	};
}

static void free_memory(struct details *details, struct entry_memory *memory)
{
	if (!memory)
		return;
	*memory->link = memory->next;
	if (memory->next)
		memory->next->link = memory->link;
	details->kept -= memory->size;
	xfree(memory);
}

void details_clear(struct details *details)
{
	while (details->first)
		free_memory(details, details->first);
	xfree(details->record);
	details->record = NULL;
}

/* Reading. */

/* Where the bytes of the next block of RECORD go, and in *ROOM how many there can be. */
static unsigned char *next_bytes(struct event_detail *record, size_t *room)
{
	size_t used = record->size + sizeof(struct detail_block);
	if (used >= DETAIL_DATA_MAX)
		return NULL;
	*room = DETAIL_DATA_MAX - used;
	return record->blocks + used;
}

/* Makes the SIZE bytes at next_bytes(), read at ADDRESS, the next block. */
static void add_block(struct detail_reader *reader, uint64_t address, size_t size)
{
	struct event_detail *record = reader->record;
	const struct detail_block block = {address, (uint32_t)size, reader->phase};
	size_t padding = -size & 7;
	memcpy(record->blocks + record->size, &block, sizeof(block));
	memset(record->blocks + record->size + sizeof(block) + size, 0, padding);
	record->size += (uint32_t)(sizeof(block) + size + padding);
}

static size_t copy(struct detail_reader *reader, uint64_t address, void *buf, size_t size)
{
	if (reader->pages < 0 || !size)
		return 0;
	return reader->world->target->copy(
		reader->world, reader->pages, reader->tid, address, buf, size);
}

/* What the record already has of the SIZE bytes at ADDRESS, if that is all of them. */
static const unsigned char *find(const struct detail_reader *reader, uint64_t address, size_t size)
{
	size_t available;
	const unsigned char *bytes = detail_find(
		reader->record, reader->phase, address, &available);
	return bytes && available >= size ? bytes : NULL;
}

static const unsigned char *read_bytes(
	struct fetch_reader *base, uint64_t address, size_t size, size_t *got)
{
	struct detail_reader *reader = (struct detail_reader *)base;
	size_t room;
	const unsigned char *known = size ? find(reader, address, size) : NULL;
	unsigned char *bytes = next_bytes(reader->record, &room);
	if (known) {
		*got = size;
		return known;
	}
	reader->record->is_cut |= !bytes || size > room;
	if (!bytes || !address)
		return NULL;
	size_t wanted = size < room ? size : room;
	*got = copy(reader, address, bytes, wanted);
	reader->is_missing |= *got < wanted;
	if (!*got)
		return NULL;
	add_block(reader, address, *got);
	return bytes;
}

/* Reads up to WANTED bytes of the string at ADDRESS into BYTES. Returns their number. */
static size_t copy_string(
	struct detail_reader *reader, uint64_t address, unsigned char *bytes, size_t wanted)
{
	size_t done = 0;
	while (done < wanted) {
		size_t left = wanted - done;
		size_t chunk = done == 0 && left > STRING_CHUNK ? STRING_CHUNK : left;
		size_t got = copy(reader, address + done, bytes + done, chunk);
		const unsigned char *end = memchr(bytes + done, '\0', got);
		if (end)
			return (size_t)(end + 1 - bytes);
		done += got;
		if (got < chunk) {
			reader->is_missing = true;
			break;
		}
	}
	return done;
}

/* Whether the record has the string at ADDRESS with its end: then it is not read again. */
static const unsigned char *find_string(
	const struct detail_reader *reader, uint64_t address, size_t size, size_t *got)
{
	size_t available;
	const unsigned char *bytes = detail_find(
		reader->record, reader->phase, address, &available);
	const unsigned char *end = bytes ? memchr(bytes, '\0', available) : NULL;
	if (!end && available < size)
		return NULL;
	*got = end && (size_t)(end + 1 - bytes) < size ? (size_t)(end + 1 - bytes) : size;
	return bytes;
}

static const unsigned char *read_string(
	struct fetch_reader *base, uint64_t address, size_t size, size_t *got)
{
	struct detail_reader *reader = (struct detail_reader *)base;
	size_t room, available;
	const unsigned char *known = detail_find(reader->record, reader->phase, address, &available)
	                                     ? find_string(reader, address, size, got)
	                                     : NULL;
	unsigned char *bytes = next_bytes(reader->record, &room);
	if (known)
		return known;
	reader->record->is_cut |= !bytes || size > room;
	if (!bytes || !address)
		return NULL;
	*got = copy_string(reader, address, bytes, size < room ? size : room);
	if (!*got)
		return NULL;
	add_block(reader, address, *got);
	return bytes;
}

/* Maximum size of strings of CALL. */
static size_t string_max(const struct interest *interest, struct call call)
{
	size_t usual = atomic_load_explicit(&interest->string_max, memory_order_relaxed);
	return interest_has(interest, INTEREST_WORDS, call) && usual < WORDS_MAX ? WORDS_MAX
	                                                                         : usual;
}

static struct detail_reader reader_of(struct details *details, const struct tracee *tracee,
	struct call call, enum detail_phase phase, bool found)
{
	const struct interest *interest = details->interest;
	return (struct detail_reader){
		.reader =
			{
				.read = read_bytes,
				.read_string = read_string,
				.string_max = string_max(interest, call),
				.verbose = atomic_load_explicit(
					&interest->verbose, memory_order_relaxed),
			},
		.world = details->world,
		.record = details->record,
		.phase = phase,
		.tid = tracee->tid,
		.pages = pages_of(details->pages, tracee, found),
	};
}

/* What memory of CALL by TRACEE is requested: enum fetch_what. */
static unsigned int requested(
	const struct details *details, const struct tracee *tracee, struct call call)
{
	if (interest_has_detail(details->interest, INTEREST_DATA, call, tracee->tid))
		return FETCH_ALL;
	return interest_has(details->interest, INTEREST_NAMES, call) ? FETCH_NAMES : 0;
}

/* Makes the record empty, but for its head. */
static void clear_record(struct details *details)
{
	if (!details->record)
		details->record = xcalloc(1, sizeof(*details->record) + DETAIL_DATA_MAX);
	details->record->size = 0;
	details->record->is_cut = false;
}

/* Keeps the blocks of the record with the current call of TRACEE, if there is room. */
static void keep(struct details *details, struct tracee *tracee, bool is_missing)
{
	const struct event_detail *record = details->record;
	struct entry_memory *memory;
	if (!record->size || details->kept + record->size > KEPT_MAX || alloc_is_low())
		return;
	memory = xcalloc(1, sizeof(*memory) + record->size);
	memory->size = record->size;
	memory->is_missing = is_missing;
	memory->is_cut = record->is_cut;
	memcpy(memory->blocks, record->blocks, record->size);
	memory->next = details->first;
	memory->link = &details->first;
	if (memory->next)
		memory->next->link = &memory->next;
	details->first = memory;
	details->kept += memory->size;
	tracee->current.memory = memory;
}

/* Writes the record, if there is one. IS_EARLY: as in event_writer_detail(). */
static void write_record(struct details *details, bool is_early)
{
	if (details->is_made)
		event_writer_detail(details->writer, details->record, is_early);
	details->is_made = false;
}

/* Makes what was read of the current call of TRACEE a record of it. */
static void describe_progress(struct details *details, const struct tracee *tracee)
{
	struct event_detail *record = details->record;
	const struct current_call *current = &tracee->current;
	record->event = (struct event){
		.type = EVENT_DETAIL,
		.tid = tracee->tid,
		.time_ns = current->since_ns,
	};
	record->call = current->call;
	record->tgid = tracee->tgid;
	record->end = DETAIL_IN_PROGRESS;
	record->start_ns = current->since_ns;
	memcpy(record->args, current->args, sizeof(record->args));
	record->result = 0;
	record->err = 0;
	record->partial = current->partial;
	record->has_data = true;
	record->capture = 0;
	record->lost = record->lost_logged = 0;
	details->is_in_progress = true;
}

void details_enter(struct details *details, struct tracee *tracee, bool found)
{
	const struct current_call *current = &tracee->current;
	if (!interest_has_detail(details->interest, INTEREST_DETAILS, current->call, tracee->tid))
		return;
	unsigned int what = requested(details, tracee, current->call);
	if (!what || !fetch_at_entry(current->call, what))
		return;
	/* The details of a call that this one has ended are in the buffer. */
	write_record(details, true);
	clear_record(details);
	struct detail_reader reader = reader_of(
		details, tracee, current->call, DETAIL_ENTRY, found);
	fetch_entry(&reader.reader, what, current->call, current->args);
	keep(details, tracee, reader.is_missing);
	if (interest_has_detail(details->interest, INTEREST_PROGRESS, current->call, tracee->tid))
		describe_progress(details, tracee);
}

/* Fills in the head of the record with END of TRACEE. */
static void describe(struct event_detail *record, const struct tracee *tracee,
	const struct ended_call *end, bool has_data)
{
	record->event = (struct event){
		.type = EVENT_DETAIL,
		.tid = tracee->tid,
		.time_ns = end->since_ns + end->outcome.duration_ns,
	};
	record->call = end->call;
	record->tgid = tracee->tgid;
	record->end = end->never_returned ? DETAIL_NEVER_RETURNED : DETAIL_RETURNED;
	record->start_ns = end->since_ns;
	memcpy(record->args, end->args, sizeof(record->args));
	record->result = end->result;
	record->err = end->outcome.err;
	record->partial = end->partial;
	record->has_data = has_data;
	record->capture = end->capture;
}

/* Reads what is WHAT of END at its exit, and what was missing at its entry. */
static void read_exit(struct details *details, const struct tracee *tracee,
	const struct ended_call *end, unsigned int what, bool found)
{
	const struct entry_memory *memory = end->memory;
	struct detail_reader reader = reader_of(details, tracee, end->call, DETAIL_ENTRY, found);
	if (fetch_at_entry(end->call, what) && (!memory || memory->is_missing))
		fetch_entry(&reader.reader, what, end->call, end->args);
	reader.phase = DETAIL_EXIT;
	if (fetch_at_exit(end->call, what))
		fetch_exit(&reader.reader, what, end->call, end->args, end->result,
			end->outcome.err != 0);
}

/*
 * Whether END is an execve that has succeeded, and whose entry was not seen: on_exec() of
 * state/tracee.c.
 */
static bool is_unseen_execve(const struct ended_call *end)
{
	return end->is_replaced && end->partial && !end->args[0] && !end->args[1];
}

/* The gates that reject the call of which the record has the head; 0: none. */
static uint16_t rejects(const struct details *details)
{
	const struct event_detail *record = details->record;
	if (!interest_has_gate(details->interest, record->call))
		return 0;
	struct gate_call call = gate_call_of_detail(record);
	return interest_rejects(details->interest, record->call, record->event.tid, &call);
}

/* Makes the record of END. Returns the gates that reject it; 0: none, and it is made. */
static uint16_t make(struct details *details, const struct tracee *tracee,
	const struct ended_call *end, bool is_stopped, bool found)
{
	const struct entry_memory *memory = end->memory;
	unsigned int what = requested(details, tracee, end->call);
	clear_record(details);
	describe(details->record, tracee, end, what != 0);
	uint16_t gate = rejects(details);
	if (gate)
		return gate;
	if (memory) {
		memcpy(details->record->blocks, memory->blocks, memory->size);
		details->record->size = (uint32_t)memory->size;
		details->record->is_cut = memory->is_cut;
	}
	if (what && is_stopped && is_unseen_execve(end)) {
		struct ended_call found_out = *end;
		if (new_program_args(details->world, pages_of(details->pages, tracee, found),
			    tracee->tid, found_out.args))
			read_exit(details, tracee, &found_out, what, found);
		memcpy(details->record->args, found_out.args, sizeof(found_out.args));
	} else if (what && is_stopped && !end->is_replaced) {
		read_exit(details, tracee, end, what, found);
	}
	details->is_made = true;
	return 0;
}

void details_end(struct details *details, struct tracee *tracee, struct step *step, bool is_stopped,
	bool found)
{
	for (unsigned int i = 0; i < step->ended; i++) {
		struct ended_call *end = &step->ends[i];
		bool is_last = i + 1 == step->ended;
		if (interest_has_detail(
			    details->interest, INTEREST_DETAILS, end->call, tracee->tid)) {
			end->gate = make(details, tracee, end, is_last && is_stopped, found);
			if (!is_last)
				write_record(details, true);
		}
		if (end->memory && end->memory == tracee->current.memory)
			tracee->current.memory = NULL;
		free_memory(details, end->memory);
	}
}

void details_write(struct details *details)
{
	if (details->is_in_progress)
		event_writer_progress(details->writer, details->record);
	details->is_in_progress = false;
	write_record(details, false);
	if (details->has_signal)
		event_writer_signal(details->writer, &details->signal);
	details->has_signal = false;
}

void details_exec(struct tracee *tracee)
{
	tracee->current.is_replaced = true;
}

/* Signals. */

void details_signal(struct details *details, const struct tracee *tracee, uint64_t now_ns)
{
	struct world *world = details->world;
	siginfo_t info;
	if (!atomic_load_explicit(&details->interest->signals, memory_order_relaxed) ||
		world->trace->signal_info(world, tracee->tid, &info) < 0)
		return;
	details->has_signal = true;
	details->signal = (struct event_signal){
		.event = {.type = EVENT_SIGNAL, .tid = tracee->tid, .time_ns = now_ns},
		.tgid = tracee->tgid,
	};
	signal_info_copy(&info, &details->signal);
}
