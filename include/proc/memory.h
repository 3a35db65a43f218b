/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the memory of a process that is or was traced, without stopping it. Any thread.
 *
 * Only resident pages are read. A page that is not resident may be provided by a program
 * (userfaultfd, FUSE), and accessing it can block indefinitely.
 */
#ifndef STOP_PROC_MEMORY_H
#define STOP_PROC_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct subprocess;

/*
 * Starts a process that makes a query about the memory of process PID, and ends when that returns.
 * It may not, while one of the threads of PID holds the lock of the memory map and waits for a page
 * that never arrives: every reader then blocks as well. Returns 0 or -errno.
 */
int memory_try(pid_t pid, struct subprocess *query);

/* A descriptor for querying which pages of process PID are resident, which the caller closes; or
 * -errno.
 */
int memory_pages(pid_t pid);

/*
 * Reads up to SIZE bytes at ADDRESS of process PID into BUF; PAGES is from memory_pages(). Returns
 * the number of bytes read: fewer than SIZE if a page is not resident, 0 if nothing can be read.
 */
size_t memory_copy(int pages, pid_t pid, uint64_t address, void *buf, size_t size);

/* A descriptor for reading the memory of process PID, which the caller closes; or -errno. */
int memory_open(pid_t pid);

/* Like memory_copy(), by MEMORY, from memory_open(): for those who may do nothing but read. */
size_t memory_copy_from(int pages, int memory, uint64_t address, void *buf, size_t size);

/*
 * Reads SIZE bytes at ADDRESS of process PID into BUF, all or none. They may change while being
 * read. Returns 0, or -errno: -EFAULT if not mapped or not resident, -ESRCH, -EPERM.
 */
int memory_read(pid_t pid, uint64_t address, void *buf, size_t size);

/* Bytes of our own address space, and those of it that are data of our own. 0 if unknown. */
void memory_own(size_t *all, size_t *data);

/*
 * Reads up to SIZE bytes at ADDRESS of process PID, including pages that first have to be read from
 * disk. Returns the number of bytes: fewer at the end of the mapping, 0 if nothing is mapped or the
 * process has exited. For images of code; use memory_copy() for other memory.
 */
size_t memory_fetch(pid_t pid, uint64_t address, void *buf, size_t size);

#endif
