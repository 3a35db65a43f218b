/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unwinding, in a worker; see stack/unwinder.h. */
#include "config.h"

#include "stack/unwinder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/time.h"
#include "proc/memory.h"
#include "stack/file_cache.h"
#include "stack/image.h"
#include "stack/protocol.h"
#include "stack/python.h"
#include "stack/space.h"
#include "stack/walk.h"
#include "stack/worker_self.h"

#define HASH_MULTIPLY UINT64_C(0x9e3779b97f4a7c15)

/* Number of addresses of a process whose places are kept: most frames have been seen before. */
#define PLACES        4096

/* An interpreter can be in a program and in a library, of which only one has it. */
#define PYTHONS       2

/* A process. */
struct process {
	struct unwinder *unwinder;          /* not owned */
	struct space *space;                /* owned */
	struct python *python[PYTHONS];     /* owned; NULL: none */
	bool has_memory;                    /* the following were asked for */
	int memory[UNWIND_MEMORIES];        /* descriptors; owned; negative: none */
	struct unwind_frame places[PLACES]; /* by address; ip 0: none */
};

struct unwinder {
	struct worker_self *self;
	struct map processes;    /* struct process by tgid; owned */
	struct map modules;      /* struct module_file by number; owned */
	struct file_cache files; /* those of modules */
	struct walk walk;        /* the last one */
	struct map scripts;      /* numbers of places in scripts, by hash */
	uint32_t script_count;
	struct python_frame found[PYTHON_FRAMES_MAX]; /* in the last one */
};

struct module_file {
	struct unwinder *unwinder;
	struct walk_module module;
};

static void answer(struct unwinder *unwinder, const void *record, size_t size)
{
	const struct iovec part = {(void *)(uintptr_t)record, size};
	worker_self_answer(unwinder->self, &part, 1);
}

/* Asks for a file, and waits for it. Returns its descriptor, or -1. */
static int ask(struct unwinder *unwinder, const struct unwind_ask *ask, struct unwind_file *file)
{
	answer(unwinder, ask, sizeof(*ask));
	return worker_self_receive_file(unwinder->self, file, sizeof(*file));
}

/* See file_cache_again. */
static int open_again(const void *context)
{
	const struct module_file *file = context;
	struct unwind_file reply;
	int fd = ask(file->unwinder,
		&(struct unwind_ask){.type = UNWIND_ASK_AGAIN, .module = file->module.id}, &reply);
	return fd < 0 ? -ENOENT : fd;
}

/* Reads what is in the file open as FD, and tells the owner. */
static void read_image(struct unwinder *unwinder, struct module_file *file, int fd)
{
	struct unwind_module about = {.type = UNWIND_MODULE, .module = file->module.id};
	atomic_store_explicit(
		worker_self_module(unwinder->self), file->module.id, memory_order_relaxed);
	file->module.image = image_new(file_cache_add(&unwinder->files, fd, open_again, file));
	about.is_elf = file->module.image != NULL;
	if (file->module.image)
		image_build_id(file->module.image, about.build_id);
	answer(unwinder, &about, sizeof(about));
}

/* The module with number ID. */
static struct module_file *module_of(struct unwinder *unwinder, uint32_t id)
{
	struct module_file *file = map_get(&unwinder->modules, id);
	if (!file) {
		file = xcalloc(1, sizeof(*file));
		file->unwinder = unwinder;
		file->module.id = id;
		map_put(&unwinder->modules, id, file);
	}
	return file;
}

/* FILE is what is open as FD, or nothing that can be opened if that is negative. */
static void complete(struct unwinder *unwinder, struct module_file *file, int fd)
{
	if (fd >= 0 && !file->module.is_complete)
		read_image(unwinder, file, fd);
	else if (fd >= 0)
		close(fd);
	file->module.is_complete = true;
}

/* See space_find_module. */
static struct walk_module *find_module(
	void *context, pid_t tgid, uint64_t start, struct walk_module *known)
{
	struct unwinder *unwinder = context;
	struct unwind_file reply;
	const struct unwind_ask which = {
		.type = known ? UNWIND_ASK_AGAIN : UNWIND_ASK,
		.tgid = tgid,
		.start = start,
		.module = known ? known->id : 0,
	};
	int fd = ask(unwinder, &which, &reply);
	if (!reply.module)
		return NULL;
	struct module_file *file = module_of(unwinder, reply.module);
	file->module.is_generated = reply.is_generated;
	/* It was sent, but came when there was no descriptor for it. */
	if (fd < 0 && !known && !reply.is_generated && !file->module.is_complete)
		return find_module(unwinder, tgid, start, &file->module);
	complete(unwinder, file, fd);
	return &file->module;
}

/* Requests. */

static struct process *process_of(struct unwinder *unwinder, pid_t tgid)
{
	struct process *process = map_get(&unwinder->processes, (uint64_t)tgid);
	if (!process) {
		process = xcalloc(1, sizeof(*process));
		process->unwinder = unwinder;
		process->space = space_new(tgid, find_module, unwinder);
		process->space->reading = worker_self_module(unwinder->self);
		map_put(&unwinder->processes, (uint64_t)tgid, process);
	}
	return process;
}

/* Closes what is known of the memory of PROCESS: it is another program. */
static void forget_memory(struct process *process)
{
	for (size_t i = 0; i < PYTHONS; i++) {
		python_free(process->python[i]);
		process->python[i] = NULL;
	}
	for (size_t i = 0; process->has_memory && i < UNWIND_MEMORIES; i++) {
		if (process->memory[i] >= 0)
			close(process->memory[i]);
	}
	process->has_memory = false;
}

static void begin_space(
	struct unwinder *unwinder, const struct unwind_request *request, size_t size)
{
	struct process *process = process_of(unwinder, request->tgid);
	(void)size;
	space_reset(process->space);
	forget_memory(process);
	memset(process->places, 0, sizeof(process->places));
}

static void add_python(struct process *process, const struct unwind_mapping *mapping)
{
	size_t i = 0;
	while (i < PYTHONS && process->python[i])
		i++;
	if (i < PYTHONS)
		process->python[i] = python_new(process->space, mapping->python, mapping->start);
}

static void add_mappings(
	struct unwinder *unwinder, const struct unwind_request *request, size_t size)
{
	const struct unwind_mappings *mappings = (const struct unwind_mappings *)request;
	struct process *process = process_of(unwinder, request->tgid);
	struct space *space = process->space;
	if (size < sizeof(*mappings) ||
		(size - sizeof(*mappings)) / sizeof(*mappings->mapping) < mappings->count)
		_exit(WORKER_EXIT_PROTOCOL);
	for (uint32_t i = 0; i < mappings->count; i++) {
		const struct unwind_mapping *mapping = &mappings->mapping[i];
		space_add(space,
			&(struct mapping){
				.start = mapping->start,
				.end = mapping->end,
				.offset = mapping->offset,
				.writable = mapping->writable,
				.executable = mapping->executable,
				.is_anonymous = mapping->is_anonymous,
				.is_probe = mapping->is_probe,
				.is_known = mapping->module != 0,
				.module = mapping->module
		                                  ? &module_of(unwinder, mapping->module)->module
		                                  : NULL,
			});
		if (mapping->python)
			add_python(process, mapping);
	}
}

static void take_files(struct unwinder *unwinder, const struct unwind_request *request, size_t size)
{
	const struct unwind_files *files = (const struct unwind_files *)request;
	int fds[UNWIND_FILES_MAX];
	if (size != sizeof(*files) || files->count > UNWIND_FILES_MAX)
		_exit(WORKER_EXIT_PROTOCOL);
	size_t count = worker_self_receive_files(unwinder->self, fds, files->count);
	for (size_t i = 0; i < count; i++)
		complete(unwinder, module_of(unwinder, files->module[i]), fds[i]);
}

static void forget(struct unwinder *unwinder, const struct unwind_request *request, size_t size)
{
	struct process *process = map_remove(&unwinder->processes, (uint64_t)request->tgid);
	(void)size;
	if (process) {
		forget_memory(process);
		space_free(process->space);
	}
	free(process);
}

/* Finds the place of FRAME, of which the address is set. */
static void find_place(struct space *space, struct unwind_frame *frame)
{
	struct mapping *mapping = space_find(space, frame->exact ? frame->ip : frame->ip - 1);
	const struct walk_module *module = mapping ? space_module(space, mapping) : NULL;
	if (!module)
		return;
	uint64_t offset = frame->ip - mapping->start + mapping->offset, address;
	frame->module = module->id;
	/* The kernel's: nothing is known about places in it. */
	if (mapping->is_probe)
		frame->offset = 0;
	else if (module->is_generated)
		frame->offset = frame->ip;
	else if (module->image && image_address(module->image, offset, &address))
		frame->offset = address;
	else
		frame->offset = offset;
}

/* Frame number AT of the walk, in PROCESS. */
static struct unwind_frame place_of(const struct walk *walk, struct process *process, size_t at)
{
	struct unwind_frame frame = {
		.ip = walk->ip[at], .exact = walk->exact[at], .trampoline = walk->trampoline[at]};
	struct unwind_frame *known = &process->places[(frame.ip * HASH_MULTIPLY >> 32) % PLACES];
	if (known->ip == frame.ip && known->exact == frame.exact &&
		known->trampoline == frame.trampoline && known->module)
		return *known;
	find_place(process->space, &frame);
	*known = frame;
	return frame;
}

/* Scripts. */

/* See struct python_user. */
static bool read_memory(void *context, uint64_t address, void *buf, size_t size)
{
	struct process *process = context;
	for (uint32_t i = 0; !process->has_memory && i < UNWIND_MEMORIES; i++) {
		struct unwind_file reply;
		process->memory[i] = ask(process->unwinder,
			&(struct unwind_ask){
				.type = UNWIND_ASK_MEMORY,
				.tgid = process->space->tgid,
				.module = i,
			},
			&reply);
	}
	process->has_memory = true;
	return process->memory[UNWIND_MEMORY] >= 0 && process->memory[UNWIND_PAGES] >= 0 &&
	       memory_copy_from(process->memory[UNWIND_PAGES], process->memory[UNWIND_MEMORY],
		       address, buf, size) == size;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * HASH_MULTIPLY;
	return hash ^ hash >> 29;
}

/* See struct python_user. */
static uint32_t number_script(void *context, const struct python_script *script)
{
	struct unwinder *unwinder = ((struct process *)context)->unwinder;
	uint64_t hash = hash_text(hash_text(script->line, script->function), script->file);
	uint32_t number = (uint32_t)(uintptr_t)map_get(&unwinder->scripts, hash);
	if (number || unwinder->script_count == UNWIND_SCRIPTS_MAX)
		return number;
	struct unwind_script record = {.type = UNWIND_SCRIPT, .line = script->line};
	_Static_assert(sizeof(record.function) == sizeof(script->function), "a name has room");
	memcpy(record.function, script->function, strlen(script->function) + 1);
	memcpy(record.file, script->file, strlen(script->file) + 1);
	answer(unwinder, &record, sizeof(record));
	number = ++unwinder->script_count;
	map_put(&unwinder->scripts, hash, (void *)(uintptr_t)number);
	return number;
}

/*
 * Finds the frames of scripts in the walk of COPY, and returns their number. Then the walk depends
 * on more than on what was copied.
 */
static size_t find_scripts(
	struct unwinder *unwinder, struct process *process, const struct stack_copy *copy)
{
	const struct python_user user = {read_memory, number_script, process};
	struct walk *walk = &unwinder->walk;
	for (size_t i = 0; i < PYTHONS && process->python[i]; i++) {
		if (!python_runs(process->python[i], walk))
			continue;
		walk->read_count = WALK_READS + 1;
		return python_find(process->python[i], &user, copy, walk, unwinder->found);
	}
	return 0;
}

/* The frames of the walk, among them the COUNT of scripts that were found in it. */
static void merge(struct unwinder *unwinder, struct process *process, size_t count,
	struct unwind_frame frames[WALK_MAX], struct unwind_walk *head)
{
	const struct walk *walk = &unwinder->walk;
	size_t next = 0, used = 0;
	head->guessed = WALK_MAX;
	for (size_t i = 0; i < walk->count && used < WALK_MAX; i++) {
		while (next < count && unwinder->found[next].at == i && used < WALK_MAX)
			frames[used++] = (struct unwind_frame){
				.script = unwinder->found[next++].script};
		if (i == walk->guessed)
			head->guessed = (uint32_t)used;
		if (used < WALK_MAX)
			frames[used++] = place_of(walk, process, i);
		else
			head->end = STACK_DEEP;
	}
	head->count = (uint32_t)used;
	if (head->guessed > head->count)
		head->guessed = head->count;
}

static void unwind(struct unwinder *unwinder, const struct unwind_request *request, size_t size)
{
	const struct stack_copy *copy = (const struct stack_copy *)(const void *)(request + 1);
	struct process *process = process_of(unwinder, request->tgid);
	struct walk *walk = &unwinder->walk;
	struct unwind_frame frames[WALK_MAX];
	size -= sizeof(*request);
	if (size < sizeof(*copy) || size - sizeof(*copy) < copy->size)
		_exit(WORKER_EXIT_PROTOCOL);
	atomic_store_explicit(process->space->reading, 0, memory_order_relaxed);
	walk_copy(process->space, copy, walk);
	size_t scripts = request->wants_scripts ? find_scripts(unwinder, process, copy) : 0;
	struct unwind_walk head = {
		.type = UNWIND_WALK,
		.end = walk->end,
		.used = (uint32_t)walk->used,
		.read_count = (uint32_t)walk->read_count,
		.missing = walk->missing,
		.has_unknown = walk->has_unknown,
	};
	merge(unwinder, process, scripts, frames, &head);
	size_t recorded = walk->read_count < WALK_READS ? walk->read_count : WALK_READS;
	const struct iovec parts[] = {
		{(void *)(uintptr_t)&head, sizeof(head)},
		{frames, head.count * sizeof(*frames)},
		{walk->read, recorded * sizeof(*walk->read)},
	};
	worker_self_answer(unwinder->self, parts, recorded ? 3 : 2);
}

static void run(struct worker_self *self)
{
	static void (*const handlers[UNWIND_REQUESTS])(
		struct unwinder *, const struct unwind_request *, size_t size) = {
		[UNWIND_SPACE] = begin_space,
		[UNWIND_MAPPINGS] = add_mappings,
		[UNWIND_FILES] = take_files,
		[UNWIND_FORGET] = forget,
		[UNWIND_COPY] = unwind,
	};
	struct unwinder *unwinder = xcalloc(1, sizeof(*unwinder));
	unwinder->self = self;
	for (;;) {
		size_t size = worker_self_next(self);
		const struct unwind_request *request = (const void *)self->buf;
		if (size < sizeof(*request) || request->type >= UNWIND_REQUESTS)
			_exit(WORKER_EXIT_PROTOCOL);
		handlers[request->type](unwinder, request, size);
	}
}

const struct worker_kind unwinder_kind = {
	.name = "stop-unwinder",
	.requests = 1 << 20,
	.answers = 1 << 20,
	.cpu_ns = 2 * NS_PER_S,
	.run = run,
};
