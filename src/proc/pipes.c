/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other ends of pipes; see proc/pipes.h. */
#include "config.h"

#include "proc/pipes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "proc/file.h"

/* The share of the time that may be spent on looking, and how long at once. */
#define CREDIT_DIVISOR 50
#define CREDIT_MAX_NS  (15 * NS_PER_MS)

/* For so long an answer is taken to be true. */
#define CURRENT_NS     (5 * NS_PER_S)

/* Maximum number of pipes that are remembered. */
#define WANTED_MAX     1024

/* So many descriptors are looked at between two looks at the clock. */
#define BATCH          32

/* A process that has an end of a pipe, and another one. */
struct holders {
	pid_t pid[2];
};

/* A pipe or socket that was asked for. Their inodes are of one sequence of numbers. */
struct wanted {
	uint64_t inode;
	uint64_t first_ns; /* when it was asked for first */
	uint64_t read_ns;  /* when all processes had been looked at last; 0: never */
	struct holders readers, writers;
};

struct proc_pipes {
	struct map wanted; /* struct wanted by inode; owned */
	DIR *processes;    /* being looked at, or NULL */
	DIR *descriptors;  /* of the process PID, or NULL */
	pid_t pid;
	uint64_t from_ns;   /* when this look began */
	uint64_t credit_ns; /* so long may be spent now */
	uint64_t credited_ns;
};

struct proc_pipes *proc_pipes_new(void)
{
	struct proc_pipes *pipes = xcalloc(1, sizeof(*pipes));
	pipes->credit_ns = CREDIT_MAX_NS;
	pipes->credited_ns = clock_now_ns();
	return pipes;
}

/* Forgets all pipes. */
static void forget_all(struct proc_pipes *pipes)
{
	struct wanted *wanted;
	MAP_FOR_EACH (&pipes->wanted, at, wanted)
		free(wanted);
	map_clear(&pipes->wanted);
}

void proc_pipes_free(struct proc_pipes *pipes)
{
	if (!pipes)
		return;
	forget_all(pipes);
	if (pipes->descriptors)
		closedir(pipes->descriptors);
	if (pipes->processes)
		closedir(pipes->processes);
	free(pipes);
}

static void add_holder(struct holders *holders, pid_t pid)
{
	if (holders->pid[0] == pid || holders->pid[1] == pid)
		return;
	holders->pid[holders->pid[0] != 0] = pid;
}

/* A holder of an end other than PID, or 0. */
static pid_t other_holder(const struct holders *holders, pid_t pid)
{
	return holders->pid[0] != pid ? holders->pid[0] : holders->pid[1];
}

/* Looks at descriptor NAME of the process. Its link says how it was opened. */
static void look_at(struct proc_pipes *pipes, const char *name)
{
	char text[64];
	uint64_t inode;
	struct stat stats;
	int at = dirfd(pipes->descriptors);
	ssize_t size = readlinkat(at, name, text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	if (sscanf(text, "pipe:[%" SCNu64 "]", &inode) != 1 &&
		sscanf(text, "socket:[%" SCNu64 "]", &inode) != 1)
		return;
	struct wanted *wanted = map_get(&pipes->wanted, inode);
	if (!wanted || fstatat(at, name, &stats, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (stats.st_mode & S_IRUSR)
		add_holder(&wanted->readers, pipes->pid);
	if (stats.st_mode & S_IWUSR)
		add_holder(&wanted->writers, pipes->pid);
}

/* Begins with the descriptors of the next process. Returns whether there is one. */
static bool next_process(struct proc_pipes *pipes)
{
	struct dirent *entry;
	char path[PROC_PATH_MAX];
	while (!pipes->descriptors && (entry = readdir(pipes->processes))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		pipes->pid = (pid_t)strtol(entry->d_name, NULL, 10);
		snprintf(path, sizeof(path), "/proc/%d/fd", proc_id(pipes->pid));
		pipes->descriptors = opendir(path);
	}
	return pipes->descriptors != NULL;
}

/* Ends a look at all processes. */
static void finish(struct proc_pipes *pipes)
{
	struct wanted *wanted;
	MAP_FOR_EACH (&pipes->wanted, at, wanted) {
		if (wanted->first_ns <= pipes->from_ns)
			wanted->read_ns = clock_now_ns();
	}
	closedir(pipes->processes);
	pipes->processes = NULL;
}

/* Looks at some descriptors. False if /proc cannot be read. */
static bool look_further(struct proc_pipes *pipes)
{
	struct dirent *entry = NULL;
	if (!pipes->processes) {
		pipes->from_ns = clock_now_ns();
		pipes->processes = opendir("/proc");
	}
	if (!pipes->processes)
		return false;
	if (!next_process(pipes)) {
		finish(pipes);
		return true;
	}
	for (int i = 0; i < BATCH && (entry = readdir(pipes->descriptors)); i++)
		look_at(pipes, entry->d_name);
	if (!entry) {
		closedir(pipes->descriptors);
		pipes->descriptors = NULL;
	}
	return true;
}

static struct wanted *want(struct proc_pipes *pipes, uint64_t inode, uint64_t now_ns)
{
	struct wanted *wanted = map_get(&pipes->wanted, inode);
	if (wanted)
		return wanted;
	if (pipes->wanted.count >= WANTED_MAX)
		forget_all(pipes);
	wanted = xcalloc(1, sizeof(*wanted));
	wanted->inode = inode;
	wanted->first_ns = now_ns;
	map_put(&pipes->wanted, inode, wanted);
	return wanted;
}

pid_t proc_pipes_find_socket(struct proc_pipes *pipes, uint64_t inode)
{
	/* No process is called that. */
	return proc_pipes_find(pipes, -1, inode, false);
}

pid_t proc_pipes_find(struct proc_pipes *pipes, pid_t pid, uint64_t inode, bool writes)
{
	uint64_t now_ns = clock_now_ns(), at_ns = now_ns;
	struct wanted *wanted = want(pipes, inode, now_ns);
	const struct holders *holders = writes ? &wanted->writers : &wanted->readers;
	if (wanted->read_ns && now_ns >= wanted->read_ns + CURRENT_NS) {
		wanted->readers = wanted->writers = (struct holders){0};
		wanted->first_ns = now_ns;
		wanted->read_ns = 0;
	}
	pipes->credit_ns += (now_ns - pipes->credited_ns) / CREDIT_DIVISOR;
	if (pipes->credit_ns > CREDIT_MAX_NS)
		pipes->credit_ns = CREDIT_MAX_NS;
	while (!other_holder(holders, pid) && !wanted->read_ns &&
		at_ns - now_ns < pipes->credit_ns && look_further(pipes))
		at_ns = clock_now_ns();
	uint64_t spent_ns = at_ns - now_ns;
	pipes->credit_ns -= spent_ns < pipes->credit_ns ? spent_ns : pipes->credit_ns;
	pipes->credited_ns = at_ns;
	pid_t found = other_holder(holders, pid);
	return found || wanted->read_ns ? found : -EAGAIN;
}

bool proc_descriptor_can(pid_t tid, int fd, bool writes)
{
	char path[PROC_PATH_MAX];
	struct stat stats;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", proc_id(tid), fd);
	return lstat(path, &stats) == 0 && stats.st_mode & (writes ? S_IWUSR : S_IRUSR);
}
