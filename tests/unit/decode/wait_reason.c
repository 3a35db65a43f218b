/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait reasons: real waits of this process and of its children. */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "decode/wait_reason.h"
#include "proc/stat.h"
#include "proc/wait.h"
#include "support/child.h"
#include "support/ipc.h"

static struct wait_memory *memory;

static void describe(const struct wait_place *place, struct wait *wait)
{
	assert_true(wait_describe(memory, place, wait));
}

/* Waits of threads of this process. */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic pid_t poller_tid;

static void *lock_mutex(void *unused)
{
	poller_tid = (pid_t)syscall(SYS_gettid);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *join_thread(void *thread)
{
	poller_tid = (pid_t)syscall(SYS_gettid);
	pthread_join(*(pthread_t *)thread, NULL);
	return NULL;
}

/* Whether thread TID of process PID waits in a call; fills in *PLACE. */
static bool is_waiting(pid_t pid, pid_t tid, struct wait_place *place)
{
	struct proc_stat stat;
	struct proc_wait found;
	if (proc_stat(pid, tid, &stat) < 0 || (stat.state != 'S' && stat.state != 'D') ||
		proc_waits(pid, tid, &found) != 1)
		return false;
	*place = (struct wait_place){
		.pid = pid, .tid = tid, .call = {(uint32_t)found.nr, ABI_NATIVE}};
	memcpy(place->args, found.args, sizeof(place->args));
	return true;
}

static void await_wait(pid_t pid, pid_t tid, struct wait_place *place)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (is_waiting(pid, tid, place))
			return;
		pause_poll();
	}
	fail_msg("%d does not wait", (int)tid);
}

/* Starts RUN in a thread, waits until it waits in a call, and stores the call in *WAIT. */
static pthread_t begin_wait(void *(*run)(void *), void *argument, struct wait *wait)
{
	pthread_t thread;
	struct wait_place place;
	poller_tid = 0;
	assert_int_equal(pthread_create(&thread, NULL, run, argument), 0);
	while (!poller_tid)
		pause_poll();
	await_wait(getpid(), poller_tid, &place);
	describe(&place, wait);
	return thread;
}

static void finds_the_owner_of_a_mutex(void **state)
{
	struct wait wait;
	char text[64];
	(void)state;
	pthread_mutex_lock(&mutex);
	pthread_t thread = begin_wait(lock_mutex, NULL, &wait);
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
	assert_int_equal(wait.owner, getpid());
	snprintf(text, sizeof(text), "mutex held by %d (", (int)getpid());
	assert_memory_equal(wait.text, text, strlen(text));
}

static void finds_the_awaited_thread(void **state)
{
	struct wait first, second;
	(void)state;
	pthread_mutex_lock(&mutex);
	pthread_t locker = begin_wait(lock_mutex, NULL, &first);
	pid_t locker_tid = poller_tid;
	pthread_t joiner = begin_wait(join_thread, &locker, &second);
	pthread_mutex_unlock(&mutex);
	pthread_join(joiner, NULL);
	assert_int_equal(second.owner, locker_tid);
	assert_memory_equal(second.text, "exit of ", 8);
}

/* Waits of children. */

/* Memory that is shared with the children. */
static struct shared {
	_Atomic pid_t tid; /* the thread that waits; 0: the child itself */
	_Atomic bool is_unavailable;
	pid_t grandchild;
} * shared;

/* What children wait for; inherited. */
static int pipe_ends[2];
static char directory[] = "/tmp/stop-wait-XXXXXX";
static int queue, semaphores; /* of System V */

/* The kernel does not have this call, or this process may not use it. */
static void unavailable(void)
{
	shared->is_unavailable = true;
	_exit(0);
}

static void read_pipe(void)
{
	char byte;
	(void)!read(pipe_ends[0], &byte, 1);
}

static void poll_pipe(void)
{
	struct pollfd fds[] = {
		{.fd = -1}, {.fd = pipe_ends[0], .events = POLLIN}, {.fd = -1}, {.fd = -7}};
	poll(fds, COUNT_OF(fds), -1);
}

static void poll_two(void)
{
	struct pollfd fds[] = {{.fd = -1}, {.fd = pipe_ends[0], .events = POLLIN}, {.fd = -1},
		{.fd = dup(pipe_ends[0]), .events = POLLIN}};
	poll(fds, COUNT_OF(fds), 100000);
}

static void select_pipe(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(pipe_ends[0], &set);
	syscall(SYS_select, FD_SETSIZE, &set, NULL, NULL, NULL);
}

static void pselect_two(void)
{
	struct timespec timeout = {.tv_sec = 100};
	fd_set set, except;
	FD_ZERO(&set);
	FD_ZERO(&except);
	FD_SET(pipe_ends[0], &set);
	FD_SET(dup2(pipe_ends[0], 200), &except);
	syscall(SYS_pselect6, FD_SETSIZE, &set, NULL, &except, &timeout, NULL);
}

static void wait_in_epoll(int count)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(0);
	for (int i = 0; i < count; i++)
		epoll_ctl(epoll, EPOLL_CTL_ADD, dup2(pipe_ends[0], 100 + i), &event);
	epoll_wait(epoll, &event, 1, -1);
}

static void epoll_one(void)
{
	wait_in_epoll(1);
}

static void epoll_many(void)
{
	wait_in_epoll(50);
}

static void receive_message(void)
{
	struct {
		long type;
		char text[8];
	} message;
	msgrcv(queue, &message, sizeof(message.text), 7, 0);
}

static void send_message(void)
{
	static struct {
		long type;
		char text[8000];
	} message = {.type = 1};
	for (;;)
		msgsnd(queue, &message, sizeof(message.text), 0);
}

static void wait_for_semaphore(void)
{
	struct sembuf operations[] = {{.sem_num = 0, .sem_op = 1}, {.sem_num = 1, .sem_op = -2}};
	struct timespec timeout = {.tv_sec = 100};
	struct sembuf first = {.sem_num = 1, .sem_op = 1};
	semop(semaphores, &first, 1);
	semtimedop(semaphores, operations, 2, &timeout);
}

static char *in_directory(const char *name)
{
	static char path[sizeof(directory) + 32];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void open_fifo(void)
{
	mkfifo(in_directory("fifo"), 0600);
	(void)!open(in_directory("fifo"), O_RDONLY);
}

static void open_fifo_at(void)
{
	int at = open(directory, O_RDONLY | O_DIRECTORY);
	mkfifo(in_directory("fifo"), 0600);
	(void)!openat(at, "fifo", O_WRONLY);
}

static void wait_for_futexes(void)
{
	static uint32_t words[2];
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} waited[2] = {{0, (uintptr_t)&words[0], 2, 0}, {0, (uintptr_t)&words[1], 2, 0}};
	if (syscall(449 /* futex_waitv */, waited, 2, 0, NULL, CLOCK_MONOTONIC) < 0)
		unavailable();
}

static void time_out_of_futex(void)
{
	static uint32_t word;
	struct timespec timeout = {.tv_sec = 100};
	syscall(SYS_futex, &word, FUTEX_WAIT, 0, &timeout, NULL, 0);
}

/* Locks a file by COMMAND through two open files. */
static void lock_twice(int command)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int first = open(in_directory("lock"), O_RDWR | O_CREAT, 0600);
	int second = open(in_directory("lock"), O_RDWR);
	fcntl(first, command, &lock);
	fcntl(second, command, &lock);
}

static void lock_open_file(void)
{
	lock_twice(F_OFD_SETLKW);
}

static void lock_by_flock(void)
{
	flock(open(in_directory("lock"), O_RDWR | O_CREAT, 0600), LOCK_EX);
	flock(open(in_directory("lock"), O_RDWR), LOCK_EX);
}

/* A child of the child. */
static pid_t start_grandchild(void)
{
	pid_t child = getpid(), grandchild = fork();
	if (grandchild == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == child)
			pause();
		_exit(0);
	}
	shared->grandchild = grandchild;
	return grandchild;
}

static void wait_for_any(void)
{
	start_grandchild();
	waitpid(-1, NULL, 0);
}

static void wait_for_one(void)
{
	waitpid(start_grandchild(), NULL, 0);
}

static void wait_for_group(void)
{
	start_grandchild();
	waitpid(-getpgrp(), NULL, 0);
}

static void wait_for_pidfd(void)
{
	siginfo_t info;
	int fd = (int)syscall(434 /* pidfd_open */, start_grandchild(), 0);
	if (waitid(3 /* P_PIDFD */, (id_t)fd, &info, WEXITED) < 0)
		unavailable();
}

static void poll_pidfd(void)
{
	int fd = (int)syscall(434 /* pidfd_open */, start_grandchild(), 0);
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	if (fd < 0)
		unavailable();
	poll(&polled, 1, -1);
}

static void wait_for_exec(void)
{
	/* Between vfork and exec, a child may do little. */
	pid_t child = vfork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			syscall(SYS_pause);
	}
}

static void sleep_until(void)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 2000;
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void sleep_for(void)
{
	struct timespec time = {.tv_sec = 100};
	syscall(SYS_nanosleep, &time, NULL);
}

static void sleep_in_select(void)
{
	struct timeval time = {.tv_sec = 100};
	syscall(SYS_select, 0, NULL, NULL, NULL, &time);
}

static void wait_for_signals(void)
{
	struct timespec time = {.tv_sec = 100};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigtimedwait(&set, NULL, &time);
}

static void suspend_but(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigsuspend(&set);
}

static void suspend_for(void)
{
	sigset_t set;
	sigfillset(&set);
	sigdelset(&set, SIGINT);
	sigsuspend(&set);
}

static void read_signals(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	(void)!read(signalfd(-1, &set, 0), &info, sizeof(info));
}

static void read_timer(void)
{
	struct itimerspec time = {.it_value.tv_sec = 1000};
	uint64_t count;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	timerfd_settime(timer, 0, &time, NULL);
	(void)!read(timer, &count, sizeof(count));
}

static void receive_from_mqueue(void)
{
	char name[64], message[16];
	struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = sizeof(message)};
	snprintf(name, sizeof(name), "/stop-wait-%d", (int)getpid());
	mqd_t messages = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
	if (messages < 0)
		unavailable();
	mq_unlink(name);
	mq_receive(messages, message, sizeof(message), NULL);
}

static void wait_for_aio(void)
{
	aio_context_t context = 0;
	struct io_event event;
	if (syscall(SYS_io_setup, 1, &context) < 0)
		unavailable();
	syscall(SYS_io_getevents, context, 1, 1, &event, NULL);
}

static void wait_for_ring(void)
{
	struct io_uring_params params = {0};
	int ring = (int)syscall(425 /* io_uring_setup */, 2, &params);
	if (ring < 0)
		unavailable();
	syscall(426 /* io_uring_enter */, ring, 0, 2, IORING_ENTER_GETEVENTS, NULL, 0);
}

/* To a socket whose queue is full. */
static void connect_to_full(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "stop-wait-%d", (int)getpid());
	bind(listener, (struct sockaddr *)&name, sizeof(name));
	listen(listener, 0);
	for (;;)
		connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&name, sizeof(name));
}

static void send_by_splice(void)
{
	int other[2];
	(void)!pipe(other);
	splice(pipe_ends[0], NULL, other[1], NULL, 1, 0);
}

/* A thread in a child whose leader has ended. */
static void *outlive_leader(void *run)
{
	shared->tid = (pid_t)syscall(SYS_gettid);
	while (proc_state(getpid()) != 'Z')
		pause_poll();
	((void (*)(void))run)();
	return NULL;
}

static void end_leader(void (*run)(void))
{
	pthread_t thread;
	shared->tid = -1;
	pthread_create(&thread, NULL, outlive_leader, (void *)run);
	pthread_exit(NULL);
}

static void read_without_leader(void)
{
	end_leader(read_pipe);
}

static void poll_without_leader(void)
{
	end_leader(poll_pipe);
}

static void select_without_leader(void)
{
	end_leader(select_pipe);
}

static void fail_to_lock(void)
{
	pthread_mutex_lock(&mutex);
}

static void *hold_mutex(void *unused)
{
	pthread_t thread;
	pthread_mutex_lock(&mutex);
	pthread_create(&thread, NULL, outlive_leader, (void *)fail_to_lock);
	pthread_join(thread, NULL);
	return unused;
}

static void lock_without_leader(void)
{
	pthread_t thread;
	shared->tid = -1;
	pthread_mutex_init(&mutex, NULL);
	pthread_create(&thread, NULL, hold_mutex, NULL);
	pthread_exit(NULL);
}

/* A thread with its own descriptor table, in which the descriptor is another file. */
static void *unshare_files(void *unused)
{
	int fd = open(in_directory("fifo"), O_RDWR);
	char byte;
	shared->tid = (pid_t)syscall(SYS_gettid);
	if (fd < 0 || unshare(CLONE_FILES) < 0)
		unavailable();
	dup2(fd, pipe_ends[0]);
	(void)!read(pipe_ends[0], &byte, 1);
	return unused;
}

static void read_from_own_table(void)
{
	pthread_t thread;
	shared->tid = -1;
	mkfifo(in_directory("fifo"), 0600);
	pthread_create(&thread, NULL, unshare_files, NULL);
	pthread_join(thread, NULL);
}

static const struct {
	void (*run)(void);
	const char *text; /* a pattern; "%d" is the child, "%g" the grandchild, "%p" the pipe, "%t"
	                     this test */
} waits[] = {
	{read_pipe, "%p: pipe ↔ %t (*)"},
	{poll_pipe, "%p: pipe ↔ %t (*)"},
	{poll_two, "any of 2 descriptors: %p: pipe ↔ %t (*), [0-9]*: pipe ↔ %t (*), 1m40s at most"},
	{select_pipe, "%p: pipe ↔ %t (*)"},
	{pselect_two, "any of 2 descriptors: %p: pipe ↔ %t (*), 200: pipe ↔ %t (*), 1m40s at most"},
	{epoll_one, "100: pipe ↔ %t (*)"},
	{epoll_many, "any of 50 descriptors (epoll [0-9]*): 100: pipe ↔ %t (*), 101: pipe*, …"},
	{receive_message, "a message of type 7 in queue [0-9]*"},
	{send_message, "room in queue [0-9]*"},
	{wait_for_semaphore, "semaphore 1 of set [0-9]*: it is 1, has to be at least 2, last "
			     "changed by %d (*), 1m40s at most"},
	{open_fifo, "a writer of the FIFO /tmp/stop-wait-*/fifo"},
	{open_fifo_at, "a reader of the FIFO /tmp/stop-wait-*/fifo"},
	{wait_for_futexes, "any of 2: futex 0x*, futex 0x*"},
	{time_out_of_futex, "futex 0x*, 1m40s at most"},
	{lock_open_file, "lock of an open file on [0-9]*: /tmp/stop-wait-*/lock"},
	{lock_by_flock, "lock held by %d (*) on [0-9]*: /tmp/stop-wait-*/lock"},
	{wait_for_any, "any child: %g (*)"},
	{wait_for_one, "child %g (*)"},
	{wait_for_group, "any child of process group [0-9]*"},
	{wait_for_pidfd, "child %g (*)"},
	{poll_pidfd, "[0-9]*: exit of %g (*)"},
	{wait_for_exec, "the exec or exit of [0-9]* (*)"},
	{sleep_until, "a sleep until *[0-9]:[0-9][0-9]:[0-9][0-9], 33m??s more"},
	{sleep_for, "a sleep of 1m40s"},
	{sleep_in_select, "nothing, 1m40s at most"},
	{wait_for_signals, "SIGUSR1 or SIGUSR2, 1m40s at most"},
	{suspend_but, "any signal but SIGINT"},
	{suspend_for, "SIGINT"},
	{read_signals, "[0-9]*: SIGHUP"},
	{read_timer, "[0-9]*: a timer, 16m??s more"},
	{receive_from_mqueue, "[0-9]*: /stop-wait-%d*"},
	{wait_for_aio, "1 completion of aio 0x*"},
	{wait_for_ring, "2 completions of io_uring [0-9]*"},
	{connect_to_full, "[0-9]*: a connection to @stop-wait-%d"},
	{send_by_splice, "%p: pipe ↔ %t (*) to [0-9]*: pipe"},
	{read_without_leader, "%p: pipe ↔ %t (*)"},
	{poll_without_leader, "%p: pipe ↔ %t (*)"},
	{select_without_leader, "%p: pipe ↔ %t (*)"},
	{lock_without_leader, "mutex held by [0-9]* (*)"},
	{read_from_own_table, "%p: /tmp/stop-wait-*/fifo"},
};

/* PATTERN with the numbers filled in. */
static void fill_in(const char *pattern, pid_t child, char *text, size_t size)
{
	size_t used = 0;
	for (; *pattern && used < size - 16; pattern++) {
		int number = pattern[1] == 'g'   ? (int)shared->grandchild
		             : pattern[1] == 'p' ? pipe_ends[0]
		             : pattern[1] == 't' ? (int)getpid()
		                                 : (int)child;
		if (*pattern == '%') {
			used += (size_t)snprintf(text + used, size - used, "%d", number);
			pattern++;
		} else {
			text[used++] = *pattern;
		}
	}
	text[used] = '\0';
}

/* Describes what CHILD is waiting for; it may not be there yet. Returns whether TEXT matches. */
static bool waits_for(pid_t child, const char *pattern, struct wait *wait)
{
	char text[WAIT_TEXT_MAX];
	struct wait_place place;
	pid_t tid = shared->tid ? shared->tid : child;
	if (tid < 0 || !is_waiting(child, tid, &place) || !wait_describe(memory, &place, wait))
		return false;
	fill_in(pattern, child, text, sizeof(text));
	return fnmatch(text, wait->text, 0) == 0;
}

/* Starts a child that does RUN. */
static pid_t start(void (*run)(void))
{
	*shared = (struct shared){0};
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run();
		_exit(1);
	}
	return child;
}

static void waits_of_all_kinds_are_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		struct wait wait = {0};
		bool matches = false;
		pid_t child = start(waits[i].run);
		for (int n = 0; n < PATIENCE_MS && !matches && !shared->is_unavailable; n++) {
			matches = waits_for(child, waits[i].text, &wait);
			if (!matches)
				pause_poll();
		}
		end_child(child);
		unlink(in_directory("fifo"));
		unlink(in_directory("lock"));
		if (!matches && !shared->is_unavailable)
			fail_msg("\"%s\" is not \"%s\"", wait.text, waits[i].text);
	}
}

/* The parent of a vfork cannot be stopped: it is in state D. */
static void the_kernels_functions_explain_state_d(void **state)
{
	struct wait_place place;
	struct wait wait;
	(void)state;
	pid_t child = start(wait_for_exec);
	do
		await_wait(child, child, &place);
	while (place.call.nr != SYS_vfork);
	place.state = 'D';
	describe(&place, &wait);
	assert_int_equal(fnmatch("the exec or exit of [0-9]* (*), in ?*", wait.text, 0), 0);
	/* A call that has no rule. */
	place.call.nr = SYS_getpid;
	describe(&place, &wait);
	assert_int_equal(fnmatch("in ?*", wait.text, 0), 0);
	end_child(child);
}

/* A socket that nobody is connected to, and one without a name. */
static void sockets_are_described(void **state)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(here);
	struct wait_place place = {
		.pid = getpid(), .tid = getpid(), .call = {SYS_accept, ABI_NATIVE}};
	struct wait wait;
	char text[64];
	int pair[2], listener = socket(AF_INET, SOCK_STREAM, 0);
	(void)state;
	if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0)
		skip();
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&here, &size), 0);
	place.args[0] = (uint64_t)listener;
	snprintf(text, sizeof(text), "%d: tcp 127.0.0.1:%d", listener, ntohs(here.sin_port));
	/* In a long table, it may be found later. */
	do
		describe(&place, &wait);
	while (!wait.lasts);
	assert_string_equal(wait.text, text);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	place.args[0] = (uint64_t)pair[0];
	do
		describe(&place, &wait);
	while (!wait.lasts);
	snprintf(text, sizeof(text), "%d: an unnamed unix socket", pair[0]);
	assert_string_equal(wait.text, text);
	close(listener);
	close(pair[0]);
	close(pair[1]);
}

/* The numbers of i386's socketcall and ipc, and of what they make. */
enum { SOCKETCALL = 102, IPC = 117, NET_RECV = 10, IPC_SEMOP = 1, IPC_MSGSND = 11 };

/* i386 makes several calls by one: their reasons are those of the call that is made. */
static void calls_that_i386_makes_by_another_are_described(void **state)
{
	uint32_t words[] = {(uint32_t)pipe_ends[0], 0, 1, 0};
	const uint64_t set = (uint64_t)semaphores, messages = (uint64_t)queue;
	struct sembuf down = {.sem_op = -1};
	const struct {
		uint32_t number;
		uint64_t args[CALL_MAX_ARGS];
		const char *pattern;
	} cases[] = {
		{SOCKETCALL, {NET_RECV, (uintptr_t)words}, "*: pipe*"},
		{SOCKETCALL, {NET_RECV, 1}, NULL},
		{IPC, {IPC_SEMOP, set, 1, 0, (uintptr_t)&down}, "semaphore 0 of set *"},
		{IPC, {IPC_MSGSND, messages, 1, 0, 0}, "room in queue *"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct wait_place place = {
			.pid = getpid(), .tid = getpid(), .call = {cases[i].number, ABI_COMPAT}};
		struct wait wait;
		memcpy(place.args, cases[i].args, sizeof(place.args));
		bool is_known = wait_describe(memory, &place, &wait);
		assert_int_equal(is_known, cases[i].pattern != NULL);
		if (is_known && fnmatch(cases[i].pattern, wait.text, 0) != 0)
			fail_msg("%s", wait.text);
	}
}

static void returns_nothing_for_missing_objects(void **state)
{
	const uint32_t numbers[] = {SYS_read, SYS_poll, SYS_nanosleep, SYS_flock, SYS_select,
		SYS_openat, SYS_clone, SYS_vfork, SYS_getpid, 9999};
	struct wait wait;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const struct wait_place place = {.pid = getpid(),
			.tid = getpid(),
			.call = {numbers[i], ABI_NATIVE},
			.args = {99999, 1, 1}};
		assert_false(wait_describe(memory, &place, &wait));
	}
}

static int set_up(void **state)
{
	(void)state;
	ipc_ends_with_us();
	memory = wait_memory_new();
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	queue = msgget(IPC_PRIVATE, 0600);
	semaphores = semget(IPC_PRIVATE, 2, 0600);
	return shared == MAP_FAILED || pipe(pipe_ends) < 0 || !mkdtemp(directory);
}

static int tear_down(void **state)
{
	(void)state;
	wait_memory_free(memory);
	msgctl(queue, IPC_RMID, NULL);
	semctl(semaphores, 0, IPC_RMID);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_owner_of_a_mutex),
		cmocka_unit_test(finds_the_awaited_thread),
		cmocka_unit_test(waits_of_all_kinds_are_described),
		cmocka_unit_test(the_kernels_functions_explain_state_d),
		cmocka_unit_test(sockets_are_described),
		cmocka_unit_test(calls_that_i386_makes_by_another_are_described),
		cmocka_unit_test(returns_nothing_for_missing_objects),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
