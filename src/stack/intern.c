/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interned modules, frames and stacks; see stack/intern.h. */
#include "config.h"

#include "stack/intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/memory.h"
#include "proc/opener.h"
#include "stack/perfmap_file.h"

/* The vdso has a few pages. */
#define VDSO_MAX      (64 << 10)

#define HASH_MULTIPLY UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * HASH_MULTIPLY;
	return hash ^ hash >> 29;
}

static void free_modules(struct module_source *source)
{
	while (source) {
		struct module_source *next = source->next;
		cached_file_free(source->file);
		perfmap_file_free(source->map);
		if (source->debug == DEBUG_ANSWERED && source->debug_fd >= 0)
			close(source->debug_fd);
		free(source->module.path);
		free(source->name);
		free(source);
		source = next;
	}
}

static void free_frames(struct frame *frame)
{
	while (frame) {
		struct frame *older = frame->older;
		free(atomic_load_explicit(&frame->found, memory_order_relaxed));
		free(frame);
		frame = older;
	}
}

static void free_stacks(struct stack *stack)
{
	while (stack) {
		struct stack *next = stack->next;
		free(stack);
		stack = next;
	}
}

void intern_clear(struct intern *intern)
{
	struct module_source *source;
	MAP_FOR_EACH (&intern->modules, at, source)
		free_modules(source);
	struct frame *frame;
	MAP_FOR_EACH (&intern->frames, at, frame)
		free_frames(frame);
	struct stack *stack;
	MAP_FOR_EACH (&intern->stacks, at, stack)
		free_stacks(stack);
	map_clear(&intern->modules);
	map_clear(&intern->frames);
	map_clear(&intern->stacks);
}

/* Modules. */

static uint64_t module_key(unsigned int major, unsigned int minor, uint64_t inode)
{
	return mix(mix(mix(0, major), minor), inode);
}

/* The module of the file in LINE, or NULL. */
static struct module_source *find_module(struct module_source *source, const struct maps_line *line)
{
	for (; source; source = source->next) {
		if (source->inode == line->inode && source->major == line->major &&
			source->minor == line->minor && source->name_size == line->name_size &&
			memcmp(source->name, line->name, line->name_size) == 0)
			return source;
	}
	return NULL;
}

/* Adds a module named PATH to the chain of KEY; takes ownership of PATH. NULL if there are too
 * many. */
static struct module_source *add_module(struct intern *intern, uint64_t key, char *path)
{
	if (intern->module_count == INTERN_MODULES) {
		free(path);
		return NULL;
	}
	struct module_source *source = xcalloc(1, sizeof(*source));
	const char *slash = strrchr(path, '/');
	source->module.path = path;
	source->module.name = slash && slash[1] ? slash + 1 : path;
	intern->module_by_id[intern->module_count] = source;
	source->module.id = ++intern->module_count;
	source->next = map_put(&intern->modules, key, source);
	return source;
}

/* See file_cache_again. */
static int open_again(const void *context)
{
	const struct module_source *source = context;
	return proc_open_again(source->pid, source->module.path, &source->identity);
}

struct module_source *intern_file(struct intern *intern, pid_t pid, const struct maps_line *line)
{
	uint64_t key = module_key(line->major, line->minor, line->inode);
	struct module_source *source = find_module(map_get(&intern->modules, key), line);
	if (source)
		return source;
	source = add_module(intern, key, maps_name(line));
	if (!source)
		return NULL;
	source->name = xcalloc(line->name_size + 1, 1);
	memcpy(source->name, line->name, line->name_size);
	source->name_size = line->name_size;
	source->pid = pid;
	source->major = line->major;
	source->minor = line->minor;
	source->inode = line->inode;
	int fd;
	do
		fd = proc_open_mapped(pid, line, &source->identity);
	while (fd == -EMFILE && file_cache_make_room(&intern->files));
	if (fd >= 0)
		source->file = file_cache_add(
			&intern->files, fd, line->deleted ? NULL : open_again, source);
	else if (fd == -EMFILE || fd == -ENFILE)
		atomic_fetch_add_explicit(&intern->unopened, 1, memory_order_relaxed);
	return source;
}

/* A memory file with SIZE bytes of DATA, or -1. */
static int memory_file(const void *data, size_t size)
{
	int fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, data, size) != (ssize_t)size) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static const void *own_vdso(void)
{
	return (const void *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
}

/* The size of our own vdso; 0 if there is none. */
static size_t own_vdso_size(void)
{
	struct maps_text maps = {0};
	struct maps_line line;
	size_t size = 0;
	if (!own_vdso() || maps_read(getpid(), &maps) < 0)
		return 0;
	for (const char *at = maps.text; maps_next(&at, maps.text + maps.size, &line);) {
		if (line.start == (uint64_t)(uintptr_t)own_vdso())
			size = (size_t)(line.end - line.start);
	}
	maps_clear(&maps);
	return size;
}

struct module_source *intern_vdso(struct intern *intern, pid_t pid, const struct maps_line *line)
{
	/* It is the same in every process with a vdso of this size. */
	uint64_t key = module_key(UINT32_MAX, 0, line->end - line->start);
	struct module_source *source = map_get(&intern->modules, key);
	unsigned char bytes[VDSO_MAX];
	if (source && source->file)
		return source;
	if (!source)
		source = add_module(intern, key, xstrdup("[vdso]"));
	if (!source)
		return NULL;
	size_t size = line->end - line->start < VDSO_MAX ? (size_t)(line->end - line->start)
	                                                 : VDSO_MAX;
	size_t got = memory_fetch(pid, line->start, bytes, size);
	/* A process that has exited had the same as ours. */
	if (!got && own_vdso_size() == size)
		memcpy(bytes, own_vdso(), got = size);
	size = got;
	int fd = size ? memory_file(bytes, size) : -1;
	if (fd >= 0)
		source->file = file_cache_add(NULL, fd, NULL, NULL);
	return source;
}

/* The keys of modules that are no files: 1 and 3 with a process, 2 what has ended, 4 all. */

struct module_source *intern_generated(
	struct intern *intern, pid_t tgid, struct module_source *mapped)
{
	uint64_t key = module_key(UINT32_MAX, mapped ? 3 : 1, (uint64_t)tgid);
	struct module_source *source = map_get(&intern->modules, key);
	while (source && source->mapped != mapped)
		source = source->next;
	if (source)
		return source;
	struct module_source *code = mapped ? intern_generated(intern, tgid, NULL) : NULL;
	source = mapped && !code ? NULL
	                         : add_module(intern, key,
					   xstrdup(mapped ? mapped->module.path : "[code]"));
	if (!source)
		return NULL;
	source->pid = tgid;
	source->is_generated = true;
	source->mapped = mapped;
	source->code = code;
	if (!code)
		source->map = perfmap_file_new(tgid);
	return source;
}

struct module_source *intern_replaced(struct intern *intern)
{
	uint64_t key = module_key(UINT32_MAX, 4, 0);
	struct module_source *source = map_get(&intern->modules, key);
	return source ? source : add_module(intern, key, xstrdup("[replaced code]"));
}

struct module_source *intern_area(struct intern *intern, const char *name)
{
	uint64_t key = module_key(UINT32_MAX, 5, 0);
	struct module_source *source = map_get(&intern->modules, key);
	while (source && strcmp(source->module.path, name) != 0)
		source = source->next;
	return source ? source : add_module(intern, key, xstrdup(name));
}

struct module_source *intern_script(struct intern *intern, const char *path)
{
	uint64_t hash = 0;
	for (const char *at = path; *at; at++)
		hash = mix(hash, (unsigned char)*at);
	uint64_t key = module_key(UINT32_MAX, 6, hash);
	struct module_source *source = map_get(&intern->modules, key);
	while (source && !(source->module.is_script && strcmp(source->module.path, path) == 0))
		source = source->next;
	if (!source)
		source = add_module(intern, key, xstrdup(path));
	if (source)
		source->module.is_script = true;
	return source;
}

void intern_forget_generated(struct intern *intern, pid_t tgid)
{
	static const unsigned int kinds[] = {1, 3};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct module_source *first = map_remove(
			&intern->modules, module_key(UINT32_MAX, kinds[i], (uint64_t)tgid));
		struct module_source *last = first;
		for (struct module_source *source = first; source; source = source->next) {
			last = source;
			if (source->map)
				perfmap_file_end(source->map);
		}
		if (first)
			last->next = map_put(&intern->modules, module_key(UINT32_MAX, 2, 0), first);
	}
}

struct module_source *intern_module(const struct intern *intern, uint32_t id)
{
	return id > 0 && id <= intern->module_count ? intern->module_by_id[id - 1] : NULL;
}

/* Frames. */

static uint64_t frame_key(const struct module *module, uint64_t address, bool exact)
{
	/* 14 bits of module, 49 of user address, 1 of exactness: no two frames share a key. */
	_Static_assert(INTERN_MODULES < 1 << 14, "the number of a module has its bits");
	return (uint64_t)module->id << 50 | (address & ((UINT64_C(1) << 49) - 1)) << 1 | exact;
}

struct frame *intern_frame(struct intern *intern, const struct module *module, uint64_t offset,
	uint64_t ip, bool exact, bool *is_new)
{
	bool is_generated = intern_module(intern, module->id)->is_generated;
	/* A file may be mapped several times, and perf maps know addresses. */
	uint64_t key = frame_key(module, is_generated ? ip : offset, exact);
	struct frame *frame = map_get(&intern->frames, key);
	*is_new = !frame;
	if (frame || intern->frames.count >= INTERN_FRAMES)
		return frame;
	frame = xcalloc(1, sizeof(*frame));
	frame->id = ++intern->frame_count;
	frame->module = module;
	frame->offset = offset;
	frame->ip = ip;
	frame->exact = exact;
	frame->is_generated = is_generated;
	map_put(&intern->frames, key, frame);
	return frame;
}

struct frame *intern_renewed(struct intern *intern, struct frame *frame)
{
	if (intern->renewed == INTERN_FRAMES)
		return NULL;
	struct frame *renewed = xcalloc(1, sizeof(*renewed));
	intern->renewed++;
	renewed->id = ++intern->frame_count;
	renewed->module = frame->module;
	renewed->offset = frame->offset;
	renewed->ip = frame->ip;
	renewed->exact = frame->exact;
	renewed->is_generated = true;
	renewed->older = frame;
	frame->newer = renewed;
	map_put(&intern->frames, frame_key(frame->module, frame->ip, frame->exact), renewed);
	return renewed;
}

/* Stacks. */

static uint64_t hash_stack(
	const struct frame *const *frames, size_t count, size_t guessed, enum stack_end end)
{
	uint64_t hash = mix(mix(mix(0, count), guessed), end);
	for (size_t i = 0; i < count; i++)
		hash = mix(hash, (uint64_t)(uintptr_t)frames[i]);
	return hash;
}

static bool is_stack(const struct stack *stack, const struct frame *const *frames, size_t count,
	size_t guessed, enum stack_end end)
{
	return stack->count == count && stack->guessed == guessed && stack->end == end &&
	       memcmp(stack->frame, frames, count * sizeof(*frames)) == 0;
}

const struct stack *intern_stack(struct intern *intern, const struct frame *const *frames,
	size_t count, size_t guessed, enum stack_end end)
{
	if (count == 0)
		return stack_special(end);
	uint64_t hash = hash_stack(frames, count, guessed, end);
	struct stack *first = map_get(&intern->stacks, hash);
	for (struct stack *stack = first; stack; stack = stack->next) {
		if (is_stack(stack, frames, count, guessed, end))
			return stack;
	}
	if (intern->stack_count >= INTERN_STACKS || intern->depth + count > INTERN_DEPTHS)
		return stack_special(STACK_OTHER);
	struct stack *stack = xcalloc(1, sizeof(*stack) + count * sizeof(*frames));
	stack->id = ++intern->stack_count;
	stack->end = end;
	stack->count = count;
	stack->guessed = guessed;
	stack->hash = hash;
	stack->next = first;
	memcpy(stack->frame, frames, count * sizeof(*frames));
	for (size_t i = 0; i < count; i++)
		stack->is_generated |= frames[i]->is_generated;
	map_put(&intern->stacks, hash, stack);
	intern->depth += count;
	/* Pairs with the load of intern_stack_by_id(). */
	atomic_store_explicit(&intern->stack_by_id[stack->id - 1], stack, memory_order_release);
	return stack;
}

const struct stack *intern_stack_by_id(const struct intern *intern, uint32_t id)
{
	if (id > STACK_SPECIAL_ID - STACK_ENDS)
		return stack_special((enum stack_end)(STACK_SPECIAL_ID - id));
	if (id == 0 || id > INTERN_STACKS)
		return NULL;
	return atomic_load_explicit(&intern->stack_by_id[id - 1], memory_order_acquire);
}
