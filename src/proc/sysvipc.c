/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System V IPC; see proc/sysvipc.h. */
#include "config.h"

#include "proc/sysvipc.h"

#include <stdio.h>
#include <sys/sem.h>

#include "proc/file.h"
#include "proc/namespace.h"

bool proc_queue_parse(const char *line, int id, struct proc_queue *queue)
{
	int key, found;
	struct proc_queue read = {0};
	/* "key msqid perms cbytes qnum lspid lrpid …" */
	if (sscanf(line, "%d %d %*o %*u %*u %d %d", &key, &found, &read.last_sender,
		    &read.last_receiver) != 4 ||
		found != id)
		return false;
	read.key = key;
	*queue = read;
	return true;
}

/* A queue that is looked for. */
struct search {
	int id;
	bool found;
	struct proc_queue queue;
};

static bool take_line(const char *line, void *context)
{
	struct search *search = context;
	search->found = proc_queue_parse(line, search->id, &search->queue);
	return !search->found;
}

bool proc_queue(pid_t tid, int id, struct proc_queue *queue)
{
	struct search search = {.id = id};
	if (!proc_is_in_our_namespace(tid, "ipc"))
		return false;
	proc_each_line(take_line, &search, "/proc/sysvipc/msg");
	if (search.found)
		*queue = search.queue;
	return search.found;
}

bool proc_semaphore(pid_t tid, int id, unsigned int number, struct proc_semaphore *semaphore)
{
	if (!proc_is_in_our_namespace(tid, "ipc"))
		return false;
	int value = semctl(id, (int)number, GETVAL);
	int pid = semctl(id, (int)number, GETPID);
	if (value < 0 || pid < 0)
		return false;
	*semaphore = (struct proc_semaphore){.value = value, .last_user = pid};
	return true;
}
