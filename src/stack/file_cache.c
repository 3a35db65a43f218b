/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded number of open files; see stack/file_cache.h. */
#include "config.h"

#include "stack/file_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"

/* The share of the limit of descriptors, and bounds of the number of files. */
#define SHARE     2
#define MAX_LEAST 4
#define MAX_MOST  4096

struct cached_file {
	struct file_cache *cache;          /* NULL: it stays open */
	file_cache_again *again;           /* NULL: it stays open */
	const void *context;               /* of `again`; not owned */
	int fd;                            /* -1: closed for now */
	unsigned int users;                /* threads that are using `fd` */
	struct cached_file *newer, *older; /* in the list of the cache */
};

/* The list. Called with the lock held. */

static void unlink_file(struct cached_file *file)
{
	struct file_cache *cache = file->cache;
	*(file->newer ? &file->newer->older : &cache->newest) = file->older;
	*(file->older ? &file->older->newer : &cache->oldest) = file->newer;
	file->newer = file->older = NULL;
}

static void link_newest(struct cached_file *file)
{
	struct file_cache *cache = file->cache;
	file->older = cache->newest;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = file;
	cache->newest = file;
}

static bool close_oldest(struct file_cache *cache)
{
	struct cached_file *file = cache->oldest;
	if (!file)
		return false;
	unlink_file(file);
	close(file->fd);
	file->fd = -1;
	cache->open--;
	return true;
}

/* The limit may have been raised until the first file is added. */
static size_t find_max(void)
{
	struct rlimit limit;
	size_t max = MAX_MOST;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / SHARE < max)
		max = (size_t)limit.rlim_cur / SHARE;
	return max < MAX_LEAST ? MAX_LEAST : max;
}

static void close_surplus(struct file_cache *cache)
{
	if (!cache->max)
		cache->max = find_max();
	while (cache->open > cache->max && close_oldest(cache))
		;
}

/* Opening again. */

static int open_again(struct cached_file *file)
{
	int fd;
	do
		fd = file->again(file->context);
	while (fd == -EMFILE && close_oldest(file->cache));
	return fd;
}

/* The descriptor of FILE, which stays open until release(); or -errno. */
static int hold(struct cached_file *file)
{
	struct file_cache *cache = file->cache;
	if (!cache)
		return file->fd;
	pthread_mutex_lock(&cache->lock);
	int fd = file->fd;
	if (fd < 0) {
		fd = open_again(file);
		file->fd = fd < 0 ? -1 : fd;
		cache->open += fd >= 0;
	} else if (file->users == 0) {
		unlink_file(file);
	}
	file->users += fd >= 0;
	pthread_mutex_unlock(&cache->lock);
	return fd;
}

static void release(struct cached_file *file)
{
	struct file_cache *cache = file->cache;
	if (!cache)
		return;
	pthread_mutex_lock(&cache->lock);
	if (--file->users == 0)
		link_newest(file);
	close_surplus(cache);
	pthread_mutex_unlock(&cache->lock);
}

/* Public functions. */

struct cached_file *file_cache_add(
	struct file_cache *cache, int fd, file_cache_again *again, const void *context)
{
	struct cached_file *file = xcalloc(1, sizeof(*file));
	file->fd = fd;
	if (!cache || !again)
		return file;
	file->again = again;
	file->context = context;
	file->cache = cache;
	pthread_mutex_lock(&cache->lock);
	cache->open++;
	link_newest(file);
	close_surplus(cache);
	pthread_mutex_unlock(&cache->lock);
	return file;
}

void cached_file_free(struct cached_file *file)
{
	if (!file)
		return;
	if (file->cache && file->fd >= 0) {
		pthread_mutex_lock(&file->cache->lock);
		unlink_file(file);
		file->cache->open--;
		pthread_mutex_unlock(&file->cache->lock);
	}
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

bool cached_file_read(struct cached_file *file, uint64_t offset, void *buf, size_t size)
{
	int fd = offset <= INT64_MAX ? hold(file) : -EINVAL;
	if (fd < 0)
		return false;
	bool is_read = pread(fd, buf, size, (off_t)offset) == (ssize_t)size;
	release(file);
	return is_read;
}

int cached_file_dup(struct cached_file *file)
{
	int fd = hold(file);
	if (fd < 0)
		return fd;
	int copy;
	do
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	while (copy < 0 && errno == EMFILE && file->cache && file_cache_make_room(file->cache));
	int error = errno;
	release(file);
	return copy < 0 ? -error : copy;
}

bool file_cache_make_room(struct file_cache *cache)
{
	pthread_mutex_lock(&cache->lock);
	bool has_closed = close_oldest(cache);
	pthread_mutex_unlock(&cache->lock);
	return has_closed;
}
