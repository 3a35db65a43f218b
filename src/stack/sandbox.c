/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts workers, and nothing else; see stack/sandbox.h. */
#include "config.h"

#include "stack/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/memory.h"
#include "stack/confine.h"
#include "stack/worker.h"
#include "stack/worker_self.h"

#define NAME     "stop-sandbox"

/* Descriptors that the sandbox has for each worker: two sockets. */
#define FDS_EACH 2

static int compare_fds(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

/* Closes all descriptors but the COUNT in FDS, which it sorts, and those of a daemon. */
static void close_others(int *fds, size_t count)
{
	unsigned int next = 3;
	qsort(fds, count, sizeof(*fds), compare_fds);
	for (size_t i = 0; i < count; i++) {
		if ((unsigned int)fds[i] > next)
			syscall(SYS_close_range, next, (unsigned int)fds[i] - 1, 0);
		next = (unsigned int)fds[i] + 1;
	}
	syscall(SYS_close_range, next, ~0U, 0);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

static void keep_needed(const struct sandbox *sandbox)
{
	int fds[SANDBOX_WORKERS * FDS_EACH] = {0};
	size_t count = 0;
	for (size_t i = 0; i < sandbox->count; i++) {
		const struct worker *worker = sandbox->workers[i];
		fds[count++] = worker->files[1];
		fds[count++] = worker->control[1];
	}
	close_others(fds, count);
}

/* In a worker: keeps what that needs, of which nothing leads to another one. */
__attribute__((noreturn)) static void become(const struct sandbox *sandbox, struct worker *worker)
{
	int fds[] = {worker->files[1]};
	close_others(fds, sizeof(fds) / sizeof(*fds));
	worker_run(sandbox, worker);
}

/* What the last one has not taken must not reach the next one. */
static void drop_files(struct worker *worker)
{
	char bytes[64] = "", room[CMSG_SPACE(sizeof(int))];
	for (;;) {
		struct iovec part = {bytes, sizeof(bytes)};
		struct msghdr message = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = room,
			.msg_controllen = sizeof(room),
		};
		if (recvmsg(worker->files[1], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
			return;
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);
		int fd;
		if (!head || head->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
		close(fd);
	}
}

/* Starts WORKER as a child of stop, and tells its PID. */
static void start(const struct sandbox *sandbox, struct worker *worker)
{
	drop_files(worker);
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT, NULL, NULL, NULL, 0L);
	if (pid == 0)
		become(sandbox, worker);
	if (pid < 0)
		pid = -errno;
	if (send(worker->control[1], &pid, sizeof(pid), MSG_NOSIGNAL) < 0)
		_exit(0);
}

__attribute__((noreturn)) static void serve(const struct sandbox *sandbox)
{
	struct pollfd fds[SANDBOX_WORKERS];
	for (size_t i = 0; i < sandbox->count; i++) {
		start(sandbox, sandbox->workers[i]);
		fds[i] = (struct pollfd){.fd = sandbox->workers[i]->control[1], .events = POLLIN};
	}
	for (;;) {
		if (poll(fds, sandbox->count, -1) < 0)
			continue;
		for (size_t i = 0; i < sandbox->count; i++) {
			char request;
			if (!fds[i].revents)
				continue;
			if (recv(fds[i].fd, &request, sizeof(request), 0) <= 0)
				_exit(0);
			start(sandbox, sandbox->workers[i]);
		}
	}
}

/* In the new process. */
__attribute__((noreturn)) static void run(const struct sandbox *sandbox)
{
	sigset_t none;
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, NAME);
	keep_needed(sandbox);
	alloc_use_reserve(NULL);
	confine_identity();
	/* A change of the user has reset it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != sandbox->parent)
		_exit(0);
	serve(sandbox);
}

int sandbox_start(struct sandbox *sandbox, struct worker *const *workers, size_t count)
{
	*sandbox = (struct sandbox){.parent = getpid(), .count = count};
	for (size_t i = 0; i < count; i++)
		sandbox->workers[i] = workers[i];
	memory_own(&sandbox->own_space, &sandbox->own_data);
	/* Not a bare clone(2): that leaves the child the C library's locks as other threads hold
	 * them. */
	pid_t pid = fork();
	if (pid == 0)
		run(sandbox);
	if (pid < 0)
		return -errno;
	sandbox->pid = pid;
	for (size_t i = 0; i < count; i++)
		worker_close_other_ends(workers[i]);
	return 0;
}

bool sandbox_reap(struct sandbox *sandbox, pid_t pid)
{
	if (pid != sandbox->pid)
		return false;
	waitpid(pid, NULL, WNOHANG);
	sandbox->pid = 0;
	return true;
}

void sandbox_end(struct sandbox *sandbox)
{
	if (sandbox->pid <= 0)
		return;
	kill(sandbox->pid, SIGKILL);
	waitpid(sandbox->pid, NULL, WNOHANG | __WALL);
	sandbox->pid = 0;
}
