/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From stack copies to interned stacks; see stack/resolver.h. */
#include "config.h"

#include "stack/resolver.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "event/stack_cache.h"
#include "proc/memory.h"
#include "proc/status.h"
#include "stack/peek.h"
#include "stack/process_maps.h"
#include "stack/protocol.h"
#include "stack/scripts.h"
#include "stack/walk.h"
#include "stack/walk_cache.h"

/* Number of processes whose maps and unwind rules are cached. */
#define PROCESSES_MAX 64

/*
 * Bytes of copies that are being unwound: the worker need not wait for us, and where it gets no
 * processor for a while, the engine's ring does not fill up meanwhile.
 */
#define PENDING_MAX   (32 << 20)

/* After that many workers that ended while they unwound it, a copy is given up. */
#define TRIES_MAX     2

/* Sizes of copies: twice what the last walk read, but at least SIZE_MIN; shrinking gradually. */
#define SIZE_MIN      2048
#define SIZE_SHRINK   32

/* The longest answer. */
#define ANSWER_MAX \
	(sizeof(struct unwind_walk) + WALK_MAX * sizeof(struct unwind_frame) + \
		WALK_READS * sizeof(struct stack_word))

/* The kernel's code of return probes: kernel/events/uprobes.c, xol_add_vma(). */
#define PROBES "[uprobes]"

/* A copy that is not in the cache. */
struct pending {
	struct resolver_subject subject;
	bool was_refreshed; /* a newer map was read for it */
	bool wants_scripts; /* its thread waits, or is sampled, and has an interpreter */
	uint64_t switches;  /* of the CPU of its thread, while it waits */
	unsigned int tries; /* workers that ended while they unwound it */
	uint32_t age;       /* of the cache when the copy came */
	struct pending *next;
	struct stack_copy copy;
};

struct resolver {
	struct intern *intern;         /* not owned */
	struct worker *worker;         /* not owned */
	uint32_t worker_number;        /* of the present one: 1, 2, … */
	bool is_ended;                 /* its end has been handled, and there is no other yet */
	_Atomic uint64_t failures;     /* workers that have ended */
	struct symbolizer *symbolizer; /* not owned */
	struct stack_copy_channel *channel; /* not owned */
	struct resolver_sink sink;
	struct map processes;          /* struct process_maps by tgid; owned */
	uint64_t clock;                /* for process_maps.used */
	struct walk_cache *walk_cache; /* owned */
	uint32_t age;                  /* of the cache, in times that it was cleared */
	struct walk walk;              /* the last walk, without its frames */
	struct scripts scripts;        /* those of the present worker; owned */
	struct pending *first, **last; /* in the order in which they are unwound; owned */
	struct pending *unsent;        /* the first that the worker has not; NULL: it has all */
	size_t pending_size;           /* bytes of all */
	union {
		struct unwind_ask ask;
		struct unwind_module module;
		struct unwind_script script;
		struct unwind_walk walk;
		uint32_t type;
		unsigned char bytes[ANSWER_MAX];
	} answer; /* the last one of the worker */
};

struct resolver *resolver_new(struct intern *intern, struct worker *worker,
	struct symbolizer *symbolizer, struct stack_copy_channel *channel,
	const struct resolver_sink *sink)
{
	struct resolver *resolver = xcalloc(1, sizeof(*resolver));
	resolver->intern = intern;
	resolver->worker = worker;
	resolver->worker_number = 1;
	resolver->symbolizer = symbolizer;
	resolver->channel = channel;
	resolver->sink = *sink;
	resolver->walk_cache = walk_cache_new();
	resolver->last = &resolver->first;
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	struct process_maps *maps;
	if (!resolver)
		return;
	MAP_FOR_EACH (&resolver->processes, at, maps)
		process_maps_free(maps);
	map_clear(&resolver->processes);
	while (resolver->first) {
		struct pending *pending = resolver->first;
		resolver->first = pending->next;
		free(pending);
	}
	walk_cache_free(resolver->walk_cache);
	scripts_clear(&resolver->scripts);
	free(resolver);
}

static void clear_cache(struct resolver *resolver)
{
	walk_cache_clear(resolver->walk_cache);
	resolver->age++;
}

/* Processes. */

static struct process_maps *oldest_process(const struct map *processes)
{
	struct process_maps *maps, *oldest = NULL;
	MAP_FOR_EACH (processes, at, maps) {
		if (!oldest || maps->used < oldest->used)
			oldest = maps;
	}
	return oldest;
}

static void drop_process(struct resolver *resolver, pid_t tgid)
{
	const struct unwind_request request = {.type = UNWIND_FORGET, .tgid = tgid};
	const struct iovec part = {(void *)(uintptr_t)&request, sizeof(request)};
	struct process_maps *maps = map_remove(&resolver->processes, (uint64_t)tgid);
	/* If there is no room, its memory stays in use until it is replaced. */
	if (maps && maps->worker == resolver->worker_number)
		worker_send(resolver->worker, &part, 1, false);
	process_maps_free(maps);
	clear_cache(resolver);
}

static struct process_maps *process_of(
	struct resolver *resolver, const struct stack_copy_record *record)
{
	struct process_maps *maps = map_get(&resolver->processes, (uint64_t)record->tgid);
	if (!maps) {
		if (resolver->processes.count >= PROCESSES_MAX)
			drop_process(resolver, oldest_process(&resolver->processes)->tgid);
		maps = process_maps_new(record->tgid);
		maps->tid = record->tid;
		map_put(&resolver->processes, (uint64_t)record->tgid, maps);
	}
	maps->used = ++resolver->clock;
	return maps;
}

void resolver_set_maps(struct resolver *resolver, const struct stack_copy_maps *maps)
{
	struct process_maps *known = process_of(resolver, &maps->record);
	if (process_maps_set(known, maps->record.tid, maps->text, maps->size))
		clear_cache(resolver);
	known->number = maps->map;
}

void resolver_forget(struct resolver *resolver, pid_t tgid)
{
	drop_process(resolver, tgid);
	intern_forget_generated(resolver->intern, tgid);
}

static bool refresh(struct resolver *resolver, struct process_maps *maps)
{
	if (!process_maps_refresh(maps, clock_now_ns()))
		return false;
	clear_cache(resolver);
	return true;
}

/* Requests. */

/*
 * Sends the files of COUNT modules of SOURCES, which the worker has not. If that is not possible,
 * it asks for each when it needs it.
 */
static void send_files(
	struct resolver *resolver, struct module_source *const *sources, size_t count)
{
	struct unwind_files request = {.request = {.type = UNWIND_FILES}};
	int fds[UNWIND_FILES_MAX];
	for (size_t i = 0; i < count; i++) {
		fds[request.count] = cached_file_dup(sources[i]->file);
		if (fds[request.count] >= 0)
			request.module[request.count++] = sources[i]->module.id;
	}
	const struct iovec part = {&request, sizeof(request)};
	bool is_sent = request.count && worker_send(resolver->worker, &part, 1, false);
	if (is_sent)
		is_sent = worker_send_files(resolver->worker, fds, request.count);
	else
		for (uint32_t i = 0; i < request.count; i++)
			close(fds[i]);
	for (uint32_t i = 0; is_sent && i < request.count; i++)
		intern_module(resolver->intern, request.module[i])->unwinder =
			resolver->worker_number;
}

/* Sends the files of modules that have MAPPINGS, of which there are COUNT. */
static void send_files_of(
	struct resolver *resolver, const struct unwind_mapping *mappings, size_t count)
{
	struct module_source *sources[UNWIND_FILES_MAX];
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		struct module_source *source = intern_module(resolver->intern, mappings[i].module);
		if (!source || !source->file || source->module.problem ||
			source->unwinder == resolver->worker_number ||
			(found && sources[found - 1] == source))
			continue;
		sources[found++] = source;
		if (found == UNWIND_FILES_MAX) {
			send_files(resolver, sources, found);
			found = 0;
		}
	}
	if (found)
		send_files(resolver, sources, found);
}

/* The module of a file, which is opened now, because the process may end soon; 0: not known yet. */
static uint32_t module_of(
	struct resolver *resolver, const struct process_maps *maps, const struct maps_line *line)
{
	struct module_source *source = NULL;
	if (line->inode)
		source = intern_file(resolver->intern, maps->tid, line);
	return source ? source->module.id : 0;
}

/* Sends some more of MAPS. Returns whether there was room. */
static bool send_mappings(struct resolver *resolver, struct process_maps *maps)
{
	struct unwind_mapping mapping[UNWIND_MAPPINGS_MAX];
	struct unwind_mappings head = {.request = {.type = UNWIND_MAPPINGS, .tgid = maps->tgid}};
	struct maps_line line;
	size_t at = maps->sent;
	while (head.count < UNWIND_MAPPINGS_MAX && process_maps_next(maps, &at, &line))
		mapping[head.count++] = (struct unwind_mapping){
			.start = line.start,
			.end = line.end,
			.offset = line.offset,
			.module = module_of(resolver, maps, &line),
			.writable = line.writable,
			.executable = line.executable,
			.is_anonymous = maps_is_anonymous_code(&line),
			.is_probe = process_maps_is_named(&line, PROBES),
			.python = (uint8_t)process_maps_python(&line),
		};
	if (head.count < UNWIND_MAPPINGS_MAX)
		at = maps->text_size;
	const struct iovec parts[] = {
		{&head, sizeof(head)},
		{mapping, head.count * sizeof(*mapping)},
	};
	if (!worker_send(resolver->worker, parts, 2, false))
		return false;
	maps->sent = at;
	send_files_of(resolver, mapping, head.count);
	return true;
}

/* Whether the worker has MAPS; sends what it has not. */
static bool send_maps(struct resolver *resolver, struct process_maps *maps)
{
	const struct unwind_request request = {.type = UNWIND_SPACE, .tgid = maps->tgid};
	const struct iovec part = {(void *)(uintptr_t)&request, sizeof(request)};
	if (maps->worker != resolver->worker_number) {
		if (!worker_send(resolver->worker, &part, 1, false))
			return false;
		maps->worker = resolver->worker_number;
		maps->sent = 0;
	}
	while (maps->sent < maps->text_size) {
		if (!send_mappings(resolver, maps))
			return false;
	}
	return true;
}

static bool send_copy(struct resolver *resolver, const struct pending *pending)
{
	const struct unwind_request request = {
		.type = UNWIND_COPY,
		.tgid = pending->copy.record.tgid,
		.wants_scripts = pending->wants_scripts,
	};
	const struct iovec parts[] = {
		{(void *)(uintptr_t)&request, sizeof(request)},
		{(void *)(uintptr_t)&pending->copy, sizeof(pending->copy) + pending->copy.size},
	};
	return send_maps(resolver, process_of(resolver, &pending->copy.record)) &&
	       worker_send(resolver->worker, parts, 2, true);
}

/* Sends as many of the pending copies as there is room for. */
static void send_pending(struct resolver *resolver)
{
	while (resolver->unsent && send_copy(resolver, resolver->unsent))
		resolver->unsent = resolver->unsent->next;
}

static size_t size_of(const struct pending *pending)
{
	return sizeof(*pending) + pending->copy.size;
}

static void append(struct resolver *resolver, struct pending *pending)
{
	pending->next = NULL;
	*resolver->last = pending;
	resolver->last = &pending->next;
	resolver->pending_size += size_of(pending);
	if (!resolver->unsent)
		resolver->unsent = pending;
}

static struct pending *take_first(struct resolver *resolver)
{
	struct pending *pending = resolver->first;
	resolver->first = pending->next;
	if (!resolver->first)
		resolver->last = &resolver->first;
	if (resolver->unsent == pending)
		resolver->unsent = pending->next;
	resolver->pending_size -= size_of(pending);
	return pending;
}

/* Delivers STACK as that of PENDING, which is freed. */
static void deliver(struct resolver *resolver, struct pending *pending, const struct stack *stack)
{
	resolver->sink.deliver(resolver->sink.context, &pending->subject, stack);
	free(pending);
}

/* Sets how much the tracer copies the next time at the place that COPY is from. */
static void adapt_size(
	struct resolver *resolver, const struct stack_copy *copy, const struct walk *walk)
{
	pid_t tgid = copy->record.tgid;
	uint64_t ip = unwind_ip(&copy->regs);
	uint32_t wanted = 2 * (uint32_t)walk->used + SIZE_MIN;
	uint32_t now = (uint32_t)stack_copy_size(resolver->channel, tgid, ip);
	if (walk->end == STACK_CUT)
		now = (uint32_t)resolver->channel->limit;
	else if (wanted < now)
		now -= (now - wanted) / SIZE_SHRINK;
	else
		now = wanted;
	stack_copy_set_size(resolver->channel, tgid, ip, now);
}

/* Tells the engine how much of COPY was needed, and its STACK if that can be known without one. */
static void report(
	struct resolver *resolver, const struct stack_copy *copy, const struct stack *stack)
{
	const struct walk *walk = &resolver->walk;
	adapt_size(resolver, copy, walk);
	if (copy->number >= STACK_COPY_LASTING && walk->end != STACK_CUT)
		stack_copy_report_walk(resolver->channel, copy->number, (uint32_t)walk->used,
			walk->read, walk_is_repeatable(walk) ? walk->read_count : 0);
	const struct process_maps *maps = process_of(resolver, &copy->record);
	/* Without a copy, nobody would look whether the thread waits. */
	if (walk_is_repeatable(walk) &&
		!(maps->has_interpreter && copy->number < STACK_COPY_LASTING))
		stack_cache_add(resolver->channel->cache, maps->number, unwind_ip(&copy->regs),
			unwind_sp(&copy->regs), walk->read, walk->read_count, stack->id);
}

/*
 * Whether frames of scripts can be read for COPY: not for one of many calls, nor if the thread may
 * be elsewhere by now. Then *SWITCHES are those of its CPU: the same as long as it waits.
 */
static bool has_scripts(struct resolver *resolver, const struct stack_copy *copy,
	const struct resolver_subject *subject, uint64_t *switches)
{
	*switches = subject->switches;
	return process_of(resolver, &copy->record)->has_interpreter &&
	       (subject->number == 0 ||
		       (subject->number < STACK_COPY_LASTING && peek_still_waits(copy, switches)));
}

void resolver_resolve(struct resolver *resolver, const struct stack_copy *copy,
	const struct resolver_subject *subject)
{
	const struct stack *stack = NULL;
	bool is_peek = subject->number == 0;
	uint64_t switches = 0;
	bool wants_scripts = !copy->compat && has_scripts(resolver, copy, subject, &switches);
	if (copy->compat)
		stack = stack_special(STACK_COMPAT);
	else if (!is_peek && !wants_scripts)
		stack = walk_cache_find(resolver->walk_cache, copy, &resolver->walk);
	if (stack && !copy->compat)
		report(resolver, copy, stack);
	if (stack) {
		resolver->sink.deliver(resolver->sink.context, subject, stack);
		return;
	}
	struct process_maps *maps = process_of(resolver, &copy->record);
	/* The map is as old as the engine's last copy of one of the process's stacks. */
	if (is_peek || !maps->text)
		refresh(resolver, maps);
	struct pending *pending = xcalloc(1, sizeof(*pending) + copy->size);
	pending->subject = *subject;
	pending->age = resolver->age;
	pending->wants_scripts = wants_scripts;
	pending->switches = switches;
	memcpy(&pending->copy, copy, sizeof(*copy) + copy->size);
	append(resolver, pending);
	send_pending(resolver);
}

bool resolver_is_pending(const struct resolver *resolver)
{
	return resolver->first != NULL;
}

bool resolver_is_full(const struct resolver *resolver)
{
	return resolver->pending_size >= PENDING_MAX;
}

/* Files that the worker asks for. */

/* The module that LINE of PROCESS shows. */
static struct module_source *source_of(
	struct resolver *resolver, const struct process_maps *maps, const struct maps_line *line)
{
	if (line->inode)
		return intern_file(resolver->intern, maps->tid, line);
	if (process_maps_is_named(line, "[vdso]"))
		return intern_vdso(resolver->intern, maps->tid, line);
	if (process_maps_is_named(line, PROBES))
		return intern_area(resolver->intern, PROBES);
	return intern_generated(resolver->intern, maps->tgid, NULL);
}

/* Sends SOURCE, which may be NULL, with its file, unless that has ended a worker. */
static void send_source(
	struct resolver *resolver, const struct module_source *source, bool is_with_file)
{
	struct unwind_file reply = {0};
	int fd = -1;
	if (source) {
		reply.module = source->module.id;
		reply.is_generated = source->is_generated;
	}
	if (source && is_with_file && source->file && !source->module.problem)
		fd = cached_file_dup(source->file);
	worker_send_file(resolver->worker, &reply, sizeof(reply), fd);
}

static bool on_ask(struct resolver *resolver, size_t size)
{
	const struct unwind_ask *ask = &resolver->answer.ask;
	struct module_source *source = NULL;
	struct maps_line line;
	if (size != sizeof(*ask))
		return false;
	struct process_maps *maps = map_get(&resolver->processes, (uint64_t)ask->tgid);
	if (maps && maps->text && process_maps_find(maps, ask->start, &line))
		source = source_of(resolver, maps, &line);
	send_source(resolver, source, source && source->unwinder != resolver->worker_number);
	if (source)
		source->unwinder = resolver->worker_number;
	return true;
}

static bool on_ask_again(struct resolver *resolver, size_t size)
{
	const struct unwind_ask *ask = &resolver->answer.ask;
	if (size != sizeof(*ask))
		return false;
	struct module_source *source = intern_module(resolver->intern, ask->module);
	send_source(resolver, source, true);
	if (source)
		source->unwinder = resolver->worker_number;
	return true;
}

/* The memory of a process, for its interpreter. */
static bool on_ask_memory(struct resolver *resolver, size_t size)
{
	const struct unwind_ask *ask = &resolver->answer.ask;
	const struct unwind_file reply = {0};
	if (size != sizeof(*ask) || ask->module >= UNWIND_MEMORIES)
		return false;
	const struct process_maps *maps = map_get(&resolver->processes, (uint64_t)ask->tgid);
	int fd = -1;
	if (maps)
		fd = ask->module == UNWIND_MEMORY ? memory_open(maps->tid)
		                                  : memory_pages(maps->tid);
	worker_send_file(resolver->worker, &reply, sizeof(reply), fd < 0 ? -1 : fd);
	return true;
}

static bool on_script(struct resolver *resolver, size_t size)
{
	const struct unwind_script *script = &resolver->answer.script;
	return size == sizeof(*script) && scripts_add(&resolver->scripts, resolver->intern, script);
}

static bool on_module(struct resolver *resolver, size_t size)
{
	const struct unwind_module *about = &resolver->answer.module;
	struct module_source *source = size == sizeof(*about)
	                                       ? intern_module(resolver->intern, about->module)
	                                       : NULL;
	size_t digits = strnlen(about->build_id, sizeof(about->build_id));
	if (!source || digits == sizeof(about->build_id) ||
		strspn(about->build_id, "0123456789abcdef") != digits)
		return false;
	/* Once: from its first frame on, others read it. */
	if (!source->is_described) {
		memcpy(source->module.build_id, about->build_id, digits + 1);
		source->module.is_file = about->is_elf;
		source->is_described = true;
	}
	return true;
}

/* Walks. */

/* Whether SOURCE may be generated code that is mapped from a file, as in .NET: no program, or none
 * that we could open. */
static bool may_be_generated(const struct module_source *source)
{
	return source->inode && !source->module.is_file && !module_problem(&source->module);
}

static struct frame *make_frame(
	struct resolver *resolver, const struct pending *pending, const struct unwind_frame *place)
{
	/* A copy is older than what was read of scripts, as is a sample; a peek is not. */
	if (place->script)
		return scripts_frame(&resolver->scripts, place->script,
			pending->subject.number != 0 || pending->subject.is_sample);
	struct module_source *source = intern_module(resolver->intern, place->module);
	bool is_new;
	if (source && may_be_generated(source))
		source = intern_generated(resolver->intern, pending->copy.record.tgid, source);
	if (!source)
		return NULL;
	struct frame *frame = intern_frame(
		resolver->intern, &source->module, place->offset, place->ip, place->exact, &is_new);
	if (frame && is_new) {
		frame->trampoline = place->trampoline;
		symbolizer_name(resolver->symbolizer, frame, source);
	}
	return frame;
}

/* Removes the frames of scripts from PLACES of WALK: the thread has not waited all the time. */
static void drop_scripts(struct unwind_frame *places, struct walk *walk)
{
	size_t kept = 0, guessed = walk->guessed;
	for (size_t i = 0; i < walk->count; i++) {
		if (!places[i].script)
			places[kept++] = places[i];
		else
			walk->guessed -= i < guessed;
	}
	walk->count = kept;
}

/* The stack of PENDING. */
static const struct stack *make_stack(struct resolver *resolver, const struct pending *pending,
	const struct unwind_frame *places, const struct walk *walk)
{
	const struct frame *frames[WALK_MAX];
	for (size_t i = 0; i < walk->count; i++) {
		frames[i] = make_frame(resolver, pending, &places[i]);
		/* Only the first can be outside of code: a walk ends there. */
		if (!frames[i])
			return stack_special(i ? STACK_OTHER : STACK_UNMAPPED);
	}
	return intern_stack(resolver->intern, frames, walk->count, walk->guessed, walk->end);
}

/* Copies the answer of SIZE bytes about COPY into the walk. Its frames, or NULL: it makes no sense.
 */
static struct unwind_frame *read_walk(
	struct resolver *resolver, const struct stack_copy *copy, size_t size)
{
	struct unwind_walk *answer = &resolver->answer.walk;
	struct walk *walk = &resolver->walk;
	size_t recorded = answer->read_count < WALK_READS ? answer->read_count : WALK_READS;
	if (size < sizeof(*answer) || answer->count == 0 || answer->count > WALK_MAX ||
		answer->guessed > answer->count || answer->end >= STACK_WALKS ||
		answer->used > copy->size ||
		size != sizeof(*answer) + answer->count * sizeof(struct unwind_frame) +
				recorded * sizeof(*walk->read))
		return NULL;
	struct unwind_frame *frames = (void *)(answer + 1);
	walk->count = answer->count;
	walk->guessed = answer->guessed;
	walk->end = (enum stack_end)answer->end;
	walk->used = answer->used;
	walk->read_count = answer->read_count;
	walk->missing = answer->missing;
	walk->has_unknown = answer->has_unknown;
	memcpy(walk->read, frames + answer->count, recorded * sizeof(*walk->read));
	return frames;
}

/*
 * If WALK needed what is above COPY: with a gap in between, that is another stack; with none, the
 * copy was too small, or a page of it was not in memory.
 */
static void find_gap(struct resolver *resolver, const struct stack_copy *copy, struct walk *walk)
{
	uint64_t end = copy->base + copy->size;
	if (walk->missing < end || (walk->end != STACK_CUT && walk->end != STACK_SWITCHED &&
					   walk->end != STACK_BROKEN))
		return;
	int is_joined = process_maps_joins(
		process_of(resolver, &copy->record), end - 1, walk->missing, clock_now_ns());
	if (is_joined > 0)
		walk->end = STACK_CUT;
	else if (is_joined == 0 && walk->end == STACK_CUT)
		walk->end = STACK_SWITCHED;
}

static bool on_walk(struct resolver *resolver, size_t size)
{
	struct pending *pending = resolver->first;
	if (!pending || pending == resolver->unsent)
		return false;
	const struct stack_copy *copy = &pending->copy;
	struct unwind_frame *frames = read_walk(resolver, copy, size);
	if (!frames)
		return false;
	worker_note_answer(resolver->worker);
	take_first(resolver);
	if (walk_may_be_outdated(&resolver->walk) && !pending->was_refreshed &&
		refresh(resolver, process_of(resolver, &copy->record))) {
		pending->was_refreshed = true;
		append(resolver, pending);
		return true;
	}
	find_gap(resolver, copy, &resolver->walk);
	if (pending->wants_scripts && !pending->subject.is_sample &&
		proc_switches(copy->record.tid) != pending->switches)
		drop_scripts(frames, &resolver->walk);
	const struct stack *stack = make_stack(resolver, pending, frames, &resolver->walk);
	if (pending->subject.number && pending->age == resolver->age)
		walk_cache_add(resolver->walk_cache, copy, &resolver->walk, stack);
	if (pending->subject.number)
		report(resolver, copy, stack);
	deliver(resolver, pending, stack);
	return true;
}

bool resolver_take_answer(struct resolver *resolver)
{
	static bool (*const handlers[UNWIND_ANSWERS])(struct resolver *, size_t size) = {
		[UNWIND_ASK] = on_ask,
		[UNWIND_ASK_AGAIN] = on_ask_again,
		[UNWIND_ASK_MEMORY] = on_ask_memory,
		[UNWIND_MODULE] = on_module,
		[UNWIND_SCRIPT] = on_script,
		[UNWIND_WALK] = on_walk,
	};
	size_t size = worker_receive(resolver->worker, &resolver->answer, sizeof(resolver->answer));
	if (size == 0)
		return false;
	if (size < sizeof(resolver->answer.type) || resolver->answer.type >= UNWIND_ANSWERS ||
		!handlers[resolver->answer.type](resolver, size))
		worker_reject(resolver->worker);
	send_pending(resolver);
	return true;
}

/* Ends of the worker. */

/* What the worker was doing when it ended has probably ended it. */
static void blame(struct resolver *resolver)
{
	struct module_source *source = intern_module(
		resolver->intern, worker_module(resolver->worker));
	enum worker_end end = resolver->worker->end;
	/* Memory may have been used up by others. */
	if (source && (++source->unwind_deaths > 1 || end != WORKER_FULL))
		atomic_store_explicit(
			&source->module.problem, worker_end_text(end), memory_order_release);
	if (resolver->first && ++resolver->first->tries >= TRIES_MAX)
		deliver(resolver, take_first(resolver), stack_special(STACK_FAILED));
}

void resolver_check_worker(struct resolver *resolver)
{
	struct worker *worker = resolver->worker;
	bool has_ended = worker_has_ended(worker);
	if (has_ended && !resolver->is_ended) {
		resolver->is_ended = true;
		atomic_fetch_add_explicit(&resolver->failures, 1, memory_order_relaxed);
		blame(resolver);
	}
	if (has_ended && worker_restart(worker)) {
		resolver->is_ended = false;
		resolver->worker_number++;
		scripts_clear(&resolver->scripts);
		clear_cache(resolver);
		resolver->unsent = resolver->first;
	}
	while (worker->state == WORKER_LOST && resolver->first)
		deliver(resolver, take_first(resolver), stack_special(STACK_FAILED));
	send_pending(resolver);
}

uint64_t resolver_failures(const struct resolver *resolver)
{
	return atomic_load_explicit(&resolver->failures, memory_order_relaxed);
}
