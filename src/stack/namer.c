/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Naming, in a worker; see stack/namer.h. */
#include "config.h"

#include "stack/namer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "stack/names.h"
#include "stack/perfmap.h"
#include "stack/protocol.h"
#include "stack/symbols.h"
#include "stack/worker_self.h"

/*
 * Number of modules whose names are kept open, each with much memory and up to three files: those
 * use at most a SHARE of the limit of descriptors.
 */
#define MODULES_OPEN  128
#define MODULES_LEAST 2
#define SHARE         (3 * 4)

/*
 * CPU time for a request. The first one about a module opens it: a hundred megabytes of debug
 * information take some 0.1 s, and what unpacks without end is to be ended soon.
 */
#define REQUEST_NS    NS_PER_S

/* A module whose names are open. */
struct open_module {
	struct namer *namer;
	uint32_t id; /* its number; 0: none */
	struct symbols_files files;
	struct symbols *symbols; /* owned */
	struct perfmap *perfmap; /* owned */
	uint32_t version;        /* of the file of that */
	bool is_later;           /* a file of it is being asked for */
	uint64_t used;           /* time of last use, in requests */
};

struct namer {
	struct worker_self *self;
	struct open_module open[MODULES_OPEN];
	size_t open_max; /* entries of these that are used */
	uint64_t requests;
};

/* How many of the entries may be open. */
static size_t modules_max(void)
{
	struct rlimit limit;
	size_t max = MODULES_OPEN;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / SHARE < max)
		max = (size_t)limit.rlim_cur / SHARE;
	return max < MODULES_LEAST ? MODULES_LEAST : max;
}

/* Asks for a file. Like symbols_files.open(). */
static int ask(
	struct open_module *open, enum name_file file, const char *build_id, const char *name)
{
	struct name_ask ask = {.type = NAME_ASK, .file = file, .module = open->id};
	struct name_file_reply reply;
	const struct iovec part = {&ask, sizeof(ask)};
	snprintf(ask.build_id, sizeof(ask.build_id), "%s", build_id);
	snprintf(ask.name, sizeof(ask.name), "%s", name);
	worker_self_answer(open->namer->self, &part, 1);
	int fd = worker_self_receive_file(open->namer->self, &reply, sizeof(reply));
	open->is_later |= reply.is_later;
	return fd;
}

static int open_other(void *context, enum name_file file, const char *build_id, const char *name)
{
	return ask(context, file, build_id, name);
}

static void close_module(struct open_module *open)
{
	symbols_close(open->symbols);
	perfmap_free(open->perfmap);
	*open = (struct open_module){0};
}

/* The module with ID, opened; if there are too many, it replaces the least recently used. */
static struct open_module *open_module(struct namer *namer, uint32_t id)
{
	struct open_module *oldest = &namer->open[0];
	for (size_t i = 0; i < namer->open_max; i++) {
		struct open_module *open = &namer->open[i];
		if (open->id == id) {
			open->used = namer->requests;
			return open;
		}
		if (open->used < oldest->used)
			oldest = open;
	}
	close_module(oldest);
	*oldest = (struct open_module){.namer = namer, .id = id, .used = namer->requests};
	oldest->files = (struct symbols_files){open_other, oldest};
	return oldest;
}

static struct frame_names *name_address(
	struct open_module *open, const struct name_request *request)
{
	if (!open->symbols) {
		int fd = ask(open, NAME_FILE_ITSELF, "", "");
		if (fd < 0)
			return NULL;
		open->symbols = symbols_open(fd, &open->files);
	}
	if (open->is_later)
		return NULL;
	return symbols_find(open->symbols, request->address);
}

static struct frame_names *name_generated(
	struct open_module *open, const struct name_request *request)
{
	struct names_builder builder = {0};
	char name[PERFMAP_NAME_MAX];
	uint64_t offset;
	if (open->perfmap && open->version != request->version) {
		perfmap_free(open->perfmap);
		open->perfmap = NULL;
	}
	if (!open->perfmap) {
		int fd = ask(open, NAME_FILE_ITSELF, "", "");
		if (fd < 0)
			return NULL;
		open->perfmap = perfmap_new(fd);
		open->version = request->version;
	}
	if (!perfmap_find(open->perfmap, request->address, request->limit, name, &offset))
		return NULL;
	names_add(&builder, name, offset, NULL, 0);
	return names_finish(&builder);
}

static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Sends NAMES, which may be NULL. */
static void send_names(struct namer *namer, const struct frame_names *names, bool is_later)
{
	struct name_result result = {.type = NAME_RESULT, .is_later = is_later};
	struct name_entry entries[NAMES_MAX];
	struct iovec parts[2 + 2 * NAMES_MAX];
	int count = 0;
	result.count = names ? (uint32_t)names->count : 0;
	parts[count++] = (struct iovec){&result, sizeof(result)};
	if (result.count)
		parts[count++] = (struct iovec){entries, result.count * sizeof(*entries)};
	for (uint32_t i = 0; i < result.count; i++) {
		const struct frame_name *name = &names->name[i];
		entries[i] = (struct name_entry){
			.symbol_offset = name->symbol_offset,
			.symbol = (uint32_t)size_of(name->symbol),
			.file = (uint32_t)size_of(name->file),
			.line = name->line,
		};
		if (name->symbol)
			parts[count++] = (struct iovec){
				(void *)(uintptr_t)name->symbol, entries[i].symbol};
		if (name->file)
			parts[count++] = (struct iovec){
				(void *)(uintptr_t)name->file, entries[i].file};
	}
	worker_self_answer(namer->self, parts, count);
}

static void handle(struct namer *namer, const struct name_request *request)
{
	static struct frame_names *(*const name[NAME_REQUESTS])(
		struct open_module *, const struct name_request *) = {
		[NAME_ADDRESS] = name_address,
		[NAME_GENERATED] = name_generated,
	};
	namer->requests++;
	atomic_store_explicit(
		worker_self_module(namer->self), request->module, memory_order_relaxed);
	struct open_module *open = open_module(namer, request->module);
	errno = 0;
	struct frame_names *names = name[request->type](open, request);
	/* A library that was refused memory knows fewer names. */
	if (!names && errno == ENOMEM)
		_exit(WORKER_EXIT_MEMORY);
	send_names(namer, names, open->is_later);
	free(names);
	if (open->is_later)
		close_module(open);
}

static void run(struct worker_self *self)
{
	struct namer *namer = xcalloc(1, sizeof(*namer));
	namer->self = self;
	namer->open_max = modules_max();
	for (;;) {
		size_t size = worker_self_next(self);
		const struct name_request *request = (const void *)self->buf;
		if (size != sizeof(*request) || request->type >= NAME_REQUESTS)
			_exit(WORKER_EXIT_PROTOCOL);
		handle(namer, request);
	}
}

const struct worker_kind namer_kind = {
	.name = "stop-symbols",
	.requests = 16 << 10,
	.answers = 256 << 10,
	.cpu_ns = REQUEST_NS,
	.is_patient = true,
	.run = run,
};
