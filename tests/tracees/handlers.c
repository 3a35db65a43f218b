/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handlers ROUNDS: a thread waits in a call, a handler runs, with and without SA_RESTART, and the
 * call fails with EINTR or continues, as in signal(7). Prints how often either happened for each
 * call and kind of handler.
 */
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "support/ipc.h"
#include "tracee.h"

/* Limit on waits, in seconds. */
#define BOUND_S 20

/* A call to wait in, and how to end it if no handler does. */
struct way {
	const char *name;
	long nr;
	long (*wait)(void);
	void (*wake)(void);
	bool restarts; /* after a handler with SA_RESTART */
};

static int fds[2], timed[2], epoll, semaphore;
static uint32_t word;
static _Atomic unsigned int handled;
static const struct way *_Atomic task; /* for the thread; NULL: done */
static _Atomic int failed_with;
static _Atomic pid_t tid;
static unsigned int too_soon; /* calls that ended before they were interrupted */

static void on_signal(int signal)
{
	(void)signal;
	syscall(SYS_getpid); /* a handler makes its own calls */
	handled++;
}

static long wait_read(void)
{
	char byte;
	return read(fds[0], &byte, 1);
}

static void wake_read(void)
{
	if (write(fds[1], "b", 1) != 1)
		tracee_fail("write");
}

/* With SO_RCVTIMEO set, it is never restarted after a handler. */
static long wait_timed(void)
{
	char byte;
	return recv(timed[0], &byte, 1, 0);
}

static void wake_timed(void)
{
	send(timed[1], "b", 1, 0);
}

static long wait_poll(void)
{
	struct pollfd fd = {.fd = timed[0], .events = POLLIN};
	return syscall(SYS_poll, &fd, 1, -1);
}

static long wait_epoll(void)
{
	struct epoll_event event;
	return syscall(SYS_epoll_wait, epoll, &event, 1, -1);
}

static void drain_timed(void)
{
	char byte;
	while (recv(timed[0], &byte, 1, MSG_DONTWAIT) == 1)
		;
}

static long wait_semop(void)
{
	struct sembuf down = {.sem_op = -1};
	return syscall(SYS_semop, semaphore, &down, 1);
}

static void wake_semop(void)
{
	struct sembuf up = {.sem_op = 1};
	semop(semaphore, &up, 1);
}

static long wait_futex(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
}

static void wake_futex(void)
{
	while (task)
		syscall(SYS_futex, &word, FUTEX_WAKE, 1);
}

static long wait_nanosleep(void)
{
	const struct timespec time = {.tv_sec = 1000};
	return syscall(SYS_nanosleep, &time, NULL);
}

static long wait_sigtimedwait(void)
{
	const struct timespec time = {.tv_sec = 1000};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	return sigtimedwait(&set, NULL, &time);
}

static void wake_sigtimedwait(void)
{
	syscall(SYS_tgkill, getpid(), tid, SIGRTMIN + 1);
}

static long wait_pause(void)
{
	return syscall(SYS_pause);
}

static long wait_child(void)
{
	return waitpid(-1, NULL, 0);
}

/* An existing child exits. */
static int child_fd = -1;

static void make_child(void)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		tracee_fail("pipe");
	if (fork() == 0) {
		char byte;
		close(ends[1]);
		_exit((int)read(ends[0], &byte, 1));
	}
	close(ends[0]);
	child_fd = ends[1];
}

static void wake_child(void)
{
	close(child_fd);
	child_fd = -1;
}

static const struct way ways[] = {
	{"read", SYS_read, wait_read, wake_read, true},
	{"recv-timed", SYS_recvfrom, wait_timed, wake_timed, false},
	{"poll", SYS_poll, wait_poll, wake_timed, false},
	{"epoll_wait", SYS_epoll_wait, wait_epoll, wake_timed, false},
	{"semop", SYS_semop, wait_semop, wake_semop, false},
	{"futex", SYS_futex, wait_futex, wake_futex, true},
	{"nanosleep", SYS_nanosleep, wait_nanosleep, NULL, false},
	{"sigtimedwait", SYS_rt_sigtimedwait, wait_sigtimedwait, wake_sigtimedwait, false},
	{"pause", SYS_pause, wait_pause, NULL, false},
	{"wait4", SYS_wait4, wait_child, wake_child, true},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

/* The interrupted thread. Besides those calls it only calls sched_yield. */
static void *run(void *argument)
{
	sigset_t set;
	(void)argument;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	tid = tracee_tid();
	for (;;) {
		const struct way *way;
		while (!(way = task))
			sched_yield();
		errno = 0;
		failed_with = way->wait() < 0 ? errno : 0;
		task = NULL;
	}
	return NULL;
}

/* Waits until the thread waits in call NR, or its task is done. */
static void await_call(long nr)
{
	while (task && !tracee_is_in_call(tid, nr))
		pause_poll();
}

/* Waits until the call ends, but not forever. */
static void await_end(void)
{
	for (int i = 0; i < BOUND_S * 2000 && task; i++)
		pause_poll();
}

/* Interrupts WAY once with SIGNAL, whose handler has SA_RESTART or not. Returns whether it failed
 * with EINTR. */
static bool interrupt(const struct way *way, int signal, bool restart)
{
	unsigned int before = handled;
	task = way;
	await_call(way->nr);
	too_soon += !task;
	syscall(SYS_tgkill, getpid(), tid, signal);
	while (handled == before)
		sched_yield();
	if (restart && way->restarts)
		await_call(way->nr);
	else
		await_end();
	if (task)
		way->wake();
	while (task)
		sched_yield();
	return failed_with == EINTR;
}

static void try_way(const struct way *way, const char *kind, int signal, unsigned int rounds)
{
	unsigned int interrupted = 0;
	for (unsigned int i = 0; i < rounds; i++) {
		if (way->wait == wait_child && child_fd < 0)
			make_child();
		interrupted += interrupt(way, signal, signal == SIGUSR1);
		drain_timed();
	}
	printf("%s, %s: interrupted %u, went on %u, too soon %u\n", way->name, kind, interrupted,
		rounds - interrupted, too_soon);
	too_soon = 0;
}

int main(int argc, char **argv)
{
	struct sigaction restart = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction plain = {.sa_handler = on_signal};
	struct timeval long_time = {.tv_sec = 1000};
	struct epoll_event event = {.events = EPOLLIN};
	if (argc != 2)
		return 97;
	tracee_begin();
	ipc_ends_with_us();
	sigaction(SIGUSR1, &restart, NULL);
	sigaction(SIGUSR2, &plain, NULL);
	semaphore = semget(IPC_PRIVATE, 1, 0600);
	if (pipe(fds) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, timed) < 0 || semaphore < 0)
		tracee_fail("pipe");
	setsockopt(timed[0], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof(long_time));
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, timed[0], &event);
	tracee_thread(run, NULL);
	while (!tid)
		sched_yield();
	for (size_t i = 0; i < WAYS; i++) {
		try_way(&ways[i], "SA_RESTART", SIGUSR1, (unsigned int)atoi(argv[1]));
		try_way(&ways[i], "no SA_RESTART", SIGUSR2, (unsigned int)atoi(argv[1]));
	}
	semctl(semaphore, 0, IPC_RMID);
	return 0;
}
