/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into `stop`: refuses memory from some moment on.
 *
 * Environment: REFUSE, "tracer:N:M" or "stop:N:M": from the Nth allocation on, counted from 0, M
 * allocations of that process fail; without M all that follow. The tracer shares the memory of
 * `stop`, also this one's, but has a PID of its own. "threads:N:M": the same for threads.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The real functions, which are exported for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct {
	bool is_set, of_tracer, of_threads;
	long first, count;
	pid_t stop;
} refuse;

static _Atomic long seen;

__attribute__((constructor)) static void read_environment(void)
{
	const char *text = getenv("REFUSE");
	/* Not those that start it, and not its command. */
	if (!text || strcmp(program_invocation_short_name, "stop") != 0)
		return;
	char *end;
	refuse.of_tracer = strncmp(text, "tracer:", 7) == 0;
	refuse.of_threads = strncmp(text, "threads:", 8) == 0;
	refuse.first = strtol(strchr(text, ':') + 1, &end, 10);
	refuse.count = *end ? strtol(end + 1, NULL, 10) : 0;
	refuse.stop = (pid_t)syscall(SYS_getpid);
	refuse.is_set = true;
}

static bool is_in_range(long at)
{
	return at >= refuse.first && (!refuse.count || at < refuse.first + refuse.count);
}

static bool is_refused(void)
{
	if (!refuse.is_set || refuse.of_threads ||
		((pid_t)syscall(SYS_getpid) != refuse.stop) != refuse.of_tracer)
		return false;
	bool is_hit = is_in_range(seen++);
	if (is_hit)
		errno = ENOMEM;
	return is_hit;
}

void *malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
	return is_refused() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
	void *(*run)(void *), void *restrict argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	if (refuse.is_set && refuse.of_threads && is_in_range(seen++))
		return EAGAIN;
	return create(thread, attributes, run, argument);
}
