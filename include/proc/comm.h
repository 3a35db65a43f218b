/*
 * The name of a task, as in /proc/TID/comm: any bytes except NUL; must be escaped for display.
 */
#ifndef STOP_PROC_COMM_H
#define STOP_PROC_COMM_H

/* Its size, including the final NUL (the kernel's TASK_COMM_LEN). */
#define TASK_COMM_SIZE 16

#endif
