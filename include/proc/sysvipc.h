/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System V message queues and semaphores: /proc/sysvipc, and semctl(2). Only those of our own IPC
 * namespace can be asked for. Any thread.
 */
#ifndef STOP_PROC_SYSVIPC_H
#define STOP_PROC_SYSVIPC_H

#include <stdbool.h>
#include <sys/types.h>

struct proc_queue {
	key_t key;
	pid_t last_sender, last_receiver; /* processes; 0: nobody yet */
};

struct proc_semaphore {
	int value;
	pid_t last_user; /* the process that changed it last, or 0 */
};

/* Reads message queue ID of thread TID. Returns whether that is possible. */
bool proc_queue(pid_t tid, int id, struct proc_queue *queue);

/* Parses LINE of /proc/sysvipc/msg. Returns whether it is about queue ID. Pure. */
bool proc_queue_parse(const char *line, int id, struct proc_queue *queue);

/* Reads semaphore NUMBER of set ID of thread TID. Returns whether that is possible. */
bool proc_semaphore(pid_t tid, int id, unsigned int number, struct proc_semaphore *semaphore);

#endif
