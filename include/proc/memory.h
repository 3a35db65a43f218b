/*
 * Reading the memory of a process that is or was traced, without stopping it. Any thread.
 *
 * Only what is in memory is read. A page that is not may be one that a program serves (userfaultfd,
 * FUSE), and whoever touches it waits for as long as that likes.
 */
#ifndef STOP_PROC_MEMORY_H
#define STOP_PROC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Whether the kernel tells of the memory of process PID in time. It does not while a thread of it
 * holds the lock of the memory map and waits for a page that does not come, and whoever asks waits
 * with it. Takes a fork, and 200 ms where the answer is no.
 */
bool memory_answers(pid_t pid);

/* A descriptor that tells which pages of process PID are in memory, the caller's to close; or
 * -errno.
 */
int memory_pages(pid_t pid);

/*
 * Reads up to SIZE bytes at ADDRESS of process PID into BUF, by its PAGES. Returns how many could
 * be read: they are fewer where the next page is not in memory, and 0 where there is nothing.
 */
size_t memory_copy(int pages, pid_t pid, uint64_t address, void *buf, size_t size);

/*
 * Reads SIZE bytes at ADDRESS of process PID into BUF, all of them or none. It may change while it
 * is read. 0, or -errno: -EFAULT where nothing is mapped or in memory, -ESRCH, -EPERM.
 */
int memory_read(pid_t pid, uint64_t address, void *buf, size_t size);

/*
 * Reads up to SIZE bytes at ADDRESS of process PID, also such as have to be read from disk first.
 * Returns how many: fewer at the end of what is mapped, 0 where there is nothing or the process has
 * ended. For images of code; whoever reads other memory uses memory_copy().
 */
size_t memory_fetch(pid_t pid, uint64_t address, void *buf, size_t size);

#endif
