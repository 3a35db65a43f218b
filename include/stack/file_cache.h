/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are read again and again, of which only so many are open at a time as the limit of
 * descriptors allows: those that have not been used for the longest time are closed, and opened
 * again when they are needed.
 *
 * Any thread. The zero value is an empty cache.
 */
#ifndef STOP_STACK_FILE_CACHE_H
#define STOP_STACK_FILE_CACHE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cached_file;

struct file_cache {
	pthread_mutex_t lock;
	struct cached_file *newest, *oldest; /* open, and not being read now */
	size_t open;                         /* files that are open */
	size_t max;                          /* of these; 0: not yet computed */
};

/* Opens a file again that was closed, and is still the same. Returns a descriptor or -errno. */
typedef int file_cache_again(const void *context);

/*
 * Adds the file open as FD, which it takes. AGAIN opens it again, with CONTEXT, which outlives it;
 * NULL: that is not possible, so it stays open. CACHE may be NULL: then it does, too. Never NULL.
 */
struct cached_file *file_cache_add(
	struct file_cache *cache, int fd, file_cache_again *again, const void *context);

/* Closes and frees FILE, before its cache; NULL is allowed. */
void cached_file_free(struct cached_file *file);

/* Reads SIZE bytes at OFFSET. Returns whether all could be read. */
bool cached_file_read(struct cached_file *file, uint64_t offset, void *buf, size_t size);

/* A new descriptor of FILE, or -errno. */
int cached_file_dup(struct cached_file *file);

/* Closes the file that has not been used for the longest time. False: none can be closed. */
bool file_cache_make_room(struct file_cache *cache);

#endif
