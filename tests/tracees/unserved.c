/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unserved: a thread calls semop(2), and the page from which the kernel reads the operation is
 * missing until it is served (userfaultfd(2)). Prints "ready THREAD" when the thread waits for it,
 * or "skip" if that is not possible. For a byte the page is served, and "served" printed when the
 * thread waits in semop(2). For another that wait is ended; its result is printed, and whether it
 * returned before.
 */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sem.h>

#include "support/ipc.h"
#include "tracee.h"

static struct sembuf *operation; /* in the page */
static int set;
static _Atomic pid_t tid;
static _Atomic bool over, woken;
static long result;
static int error;
static bool too_soon;

static void *run(void *unused)
{
	tid = tracee_tid();
	result = syscall(SYS_semop, set, operation, 1);
	error = result < 0 ? errno : 0;
	too_soon = !woken;
	over = true;
	return unused;
}

/* Whether the thread waits in kernel function NAME. */
static bool waits_in(const char *name)
{
	char path[64], text[64];
	snprintf(path, sizeof(path), "/proc/%d/wchan", (int)tid);
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return strstr(text, name);
}

/* Makes PAGE one that whoever needs it has to wait for. Returns a descriptor, or -1. */
static int withhold(void *page, size_t size)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {
		.range = {(uintptr_t)page, size},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &range) < 0)
		return -1;
	return fd;
}

static void serve(int fd, void *page, size_t size)
{
	*(struct sembuf *)page = (struct sembuf){.sem_op = -1};
	struct uffdio_copy copy = {
		.dst = (uintptr_t)operation, .src = (uintptr_t)page, .len = size};
	if (ioctl(fd, UFFDIO_COPY, &copy) < 0)
		tracee_fail("UFFDIO_COPY");
}

int main(void)
{
	tracee_begin();
	ipc_ends_with_us();
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(
		NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		tracee_fail("mmap");
	int fd = withhold(pages, size);
	if (fd < 0) {
		puts("skip");
		return 0;
	}
	operation = (struct sembuf *)pages;
	set = semget(IPC_PRIVATE, 1, 0600);
	pthread_t thread = tracee_thread(run, NULL);
	while (!tid || !waits_in("userfault"))
		pause_poll();
	printf("ready %d\n", (int)tid);
	tracee_await();
	serve(fd, pages + size, size);
	while (!over && !waits_in("sem"))
		pause_poll();
	puts("served");
	tracee_await();
	struct sembuf up = {.sem_op = 1};
	woken = true;
	semop(set, &up, 1);
	pthread_join(thread, NULL);
	semctl(set, 0, IPC_RMID);
	printf("semop: %ld, %s%s\n", result, error ? strerrorname_np(error) : "no error",
		too_soon ? ", too soon" : "");
	return 0;
}
