/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait reasons of System V IPC; see decode/wait_rules.h. */
#include "config.h"

#include <inttypes.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "decode/wait_rules.h"
#include "proc/sysvipc.h"

/* As many operations of a call are looked at. */
#define OPERATIONS_MAX 32

/* Appends ", WHAT 1234 (name)" for process PID: it is likely to end the wait, but need not. */
static void add_other(struct wait_query *query, const char *what, pid_t pid)
{
	pid_t owner = query->wait->owner;
	if (pid <= 0)
		return;
	wait_add(query, ", %s ", what);
	wait_add_task(query, pid);
	query->wait->owner = owner;
}

static bool add_queue(struct wait_query *query, const char *what, bool is_sender)
{
	int id = (int)query->place->args[0];
	struct proc_queue queue;
	wait_add(query, "%s queue %d", what, id);
	if (!proc_queue(query->place->tid, id, &queue))
		return true;
	if (queue.key != IPC_PRIVATE)
		wait_add(query, " (key 0x%x)", (unsigned int)queue.key);
	if (is_sender)
		add_other(query, "last read by", queue.last_receiver);
	else
		add_other(query, "last sent by", queue.last_sender);
	return true;
}

bool wait_message(struct wait_query *query)
{
	int64_t type = (int64_t)query->place->args[3];
	wait_add(query, "a message ");
	if (type)
		wait_add(query, "of type %" PRId64 " ", type);
	return add_queue(query, "in", false);
}

bool wait_message_room(struct wait_query *query)
{
	return add_queue(query, "room in", true);
}

/* Whether OPERATION has to wait for SEMAPHORE. */
static bool must_wait(const struct sembuf *operation, const struct proc_semaphore *semaphore)
{
	return operation->sem_op == 0 ? semaphore->value != 0
	                              : semaphore->value + operation->sem_op < 0;
}

bool wait_semaphore(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	struct sembuf operations[OPERATIONS_MAX];
	struct proc_semaphore semaphore;
	int id = (int)args[0];
	size_t count = args[2] < OPERATIONS_MAX ? (size_t)args[2] : OPERATIONS_MAX;
	if (count == 0 || !wait_read(query, args[1], operations, count * sizeof(*operations)))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct sembuf *operation = &operations[i];
		if (!proc_semaphore(query->place->tid, id, operation->sem_num, &semaphore) ||
			!must_wait(operation, &semaphore))
			continue;
		wait_add(query, "semaphore %u of set %d: it is %d, has to be %s%d",
			operation->sem_num, id, semaphore.value,
			operation->sem_op ? "at least " : "", -operation->sem_op);
		add_other(query, "last changed by", semaphore.last_user);
		return true;
	}
	if (count == 1)
		wait_add(query, "semaphore %u of set %d", operations[0].sem_num, id);
	else
		wait_add(query, "any of %" PRIu64 " semaphores of set %d", args[2], id);
	return true;
}

bool wait_semaphore_until(struct wait_query *query)
{
	bool is_known = wait_semaphore(query);
	wait_add_timeout(query, query->place->args[3], TIME_NATIVE);
	return is_known;
}

bool wait_semaphore_until_time64(struct wait_query *query)
{
	bool is_known = wait_semaphore(query);
	wait_add_timeout(query, query->place->args[3], TIME_64);
	return is_known;
}
