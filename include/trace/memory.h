/*
 * Reading the memory of a process that is or was traced, without stopping it. Any thread.
 */
#ifndef STOP_TRACE_MEMORY_H
#define STOP_TRACE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads SIZE bytes at ADDRESS of process PID into BUF, all of them or none. It may change while it
 * is read. 0, or -errno: -EFAULT where nothing is mapped, -ESRCH, -EPERM.
 */
int memory_read(pid_t pid, uint64_t address, void *buf, size_t size);

#endif
