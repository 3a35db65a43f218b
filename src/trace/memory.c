/* Reading a process's memory; see trace/memory.h. */
#include "config.h"

#include "trace/memory.h"

#include <errno.h>
#include <sys/uio.h>

int memory_read(pid_t pid, uint64_t address, void *buf, size_t size)
{
	struct iovec here = {.iov_base = buf, .iov_len = size};
	/* The address is one of another process: a number here, never followed. */
	struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
	if (got < 0)
		return -errno;
	return (size_t)got == size ? 0 : -EFAULT;
}
