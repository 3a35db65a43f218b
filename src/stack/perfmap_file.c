/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a perf map; see stack/perfmap_file.h. */
#include "config.h"

#include "stack/perfmap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/opener.h"

/* Minimum time between two looks where the name leads to. */
#define SEARCH_EVERY_NS (50 * NS_PER_MS)

struct perfmap_file {
	pthread_mutex_t lock;       /* protects the following */
	pid_t pid;                  /* 0: it has ended, or there is no name */
	struct perfmap_place place; /* `root`: owned; -1: unknown */
	int fd;                     /* owned; -1: none */
	struct perfmap_state state;
	struct timespec changed; /* the time of its last change */
	uint64_t noted;          /* see perfmap_file_note() */
	uint64_t search_ns;      /* it is not looked for before this time */
	dev_t device;            /* of the open one, as is the inode */
	ino_t inode;
};

/* Takes FD as the file, unless it is that which is open. Called with the lock held. */
static void take(struct perfmap_file *file, int fd)
{
	struct stat now;
	if (fd < 0)
		return;
	if (fstat(fd, &now) < 0 ||
		(file->fd >= 0 && now.st_dev == file->device && now.st_ino == file->inode)) {
		close(fd);
		return;
	}
	if (file->fd >= 0)
		close(file->fd);
	file->fd = fd;
	file->state.version++;
	file->state.changes++;
	file->device = now.st_dev;
	file->inode = now.st_ino;
}

/* The open file is as in NOW. Called with the lock held. */
static void notice(struct perfmap_file *file, const struct stat *now)
{
	if (file->state.size == (uint64_t)now->st_size &&
		file->changed.tv_sec == now->st_mtim.tv_sec &&
		file->changed.tv_nsec == now->st_mtim.tv_nsec)
		return;
	file->state.size = (uint64_t)now->st_size;
	file->changed = now->st_mtim;
	file->state.changes++;
}

static void leave_place(struct perfmap_file *file)
{
	if (file->place.root >= 0)
		close(file->place.root);
	file->place.root = -1;
}

/* Opens what the name leads to by now. Called with the lock held. */
static void search(struct perfmap_file *file)
{
	struct perfmap_place now;
	/* Once it has ended, its map is where it was. */
	if (proc_find_perfmap(file->pid, &now) == 0) {
		leave_place(file);
		file->place = now;
	}
	if (file->place.root >= 0)
		take(file, proc_open_perfmap(&file->place));
	file->search_ns = clock_now_ns() + SEARCH_EVERY_NS;
}

static struct perfmap_file *new_file(pid_t pid)
{
	struct perfmap_file *file = xcalloc(1, sizeof(*file));
	pthread_mutex_init(&file->lock, NULL);
	file->pid = pid;
	file->fd = file->place.root = -1;
	return file;
}

struct perfmap_file *perfmap_file_new(pid_t pid)
{
	/* Open it now: the process may exit before its frames are named. */
	struct perfmap_file *file = new_file(pid);
	search(file);
	return file;
}

struct perfmap_file *perfmap_file_of(int fd)
{
	struct perfmap_file *file = new_file(0);
	take(file, fd);
	return file;
}

void perfmap_file_free(struct perfmap_file *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	leave_place(file);
	pthread_mutex_destroy(&file->lock);
	free(file);
}

struct perfmap_state perfmap_file_state(struct perfmap_file *file, bool is_searched)
{
	struct stat now;
	pthread_mutex_lock(&file->lock);
	if (is_searched && file->pid && clock_now_ns() >= file->search_ns)
		search(file);
	if (file->fd >= 0 && fstat(file->fd, &now) == 0)
		notice(file, &now);
	struct perfmap_state state = file->state;
	pthread_mutex_unlock(&file->lock);
	return state;
}

bool perfmap_file_note(struct perfmap_file *file, uint64_t changes)
{
	pthread_mutex_lock(&file->lock);
	bool has_changed = file->noted != changes;
	file->noted = changes;
	pthread_mutex_unlock(&file->lock);
	return has_changed;
}

int perfmap_file_dup(struct perfmap_file *file)
{
	pthread_mutex_lock(&file->lock);
	int fd = file->fd < 0 ? -1 : fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	int error = file->fd < 0 ? ENOENT : errno;
	pthread_mutex_unlock(&file->lock);
	return fd < 0 ? -error : fd;
}

void perfmap_file_end(struct perfmap_file *file)
{
	pthread_mutex_lock(&file->lock);
	if (file->pid && file->place.root >= 0)
		take(file, proc_open_perfmap(&file->place));
	leave_place(file);
	file->pid = 0;
	pthread_mutex_unlock(&file->lock);
}
