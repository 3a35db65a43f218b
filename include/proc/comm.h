/*
 * The name of a task, as /proc/TID/comm has it: any bytes but NUL, not to be shown unescaped.
 */
#ifndef STOP_PROC_COMM_H
#define STOP_PROC_COMM_H

/* Bytes of it, its final NUL included (TASK_COMM_LEN of the kernel). */
#define TASK_COMM_SIZE 16

#endif
