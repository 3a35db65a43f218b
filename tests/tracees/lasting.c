/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lasting [MILLISECONDS]: threads that wait, each in a different call, for an event. It happens
 * after that time, or, without an argument, after the program has printed "ready" and read a byte.
 * Prints the result of each call, and whether it returned before the event.
 *
 * Calls that the machine does not support are skipped. With WAKE_AGAIN in the environment, a wait
 * that a signal ends is sent it until it has ended.
 */
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <poll.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#include "support/ipc.h"
#include "tracee.h"

/*
 * Which of its calls i386 makes for a function depends on the C library (socketcall, ipc and those
 * with long times).
 */
#ifdef __i386__
#define NR(name)                  ANY_CALL
#define SELECT                    SYS__newselect
#define SEMOP(id, operation)      semop(id, operation, 1)
#define SEMTIMEDOP(id, operation) semtimedop(id, operation, 1, NULL)
#else
#define NR(name)                  SYS_##name
#define SELECT                    SYS_select
#define SEMOP(id, operation)      syscall(SYS_semop, id, operation, 1)
#define SEMTIMEDOP(id, operation) syscall(SYS_semtimedop, id, operation, 1, NULL)
#endif

struct place;

/* A call that waits forever, and what ends it. */
struct way {
	const char *name;
	long nr;                              /* of the call */
	bool (*prepare)(struct place *place); /* NULL: nothing to do; false: not possible */
	long (*wait)(struct place *place);
	void (*wake)(struct place *place);
};

struct place {
	const struct way *way;
	pthread_t thread;
	_Atomic pid_t tid;
	_Atomic bool woken, done, absent;
	int fd, other;
	uint32_t word;
	aio_context_t aio;
	struct sockaddr_un address;
	bool too_soon;
	long result;
	int error;
};

static char directory[] = "/tmp/stop-lasting-XXXXXX";

/* Signals. */

static void on_signal(int signal)
{
	(void)signal;
}

static void wake_by_signal(struct place *place)
{
	syscall(SYS_tgkill, getpid(), place->tid, SIGUSR1);
}

static void wake_by_blocked_signal(struct place *place)
{
	syscall(SYS_tgkill, getpid(), place->tid, SIGRTMIN + 1);
}

static sigset_t blocked_signal(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	return set;
}

static bool block_signal(struct place *place)
{
	sigset_t set = blocked_signal();
	(void)place;
	return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0;
}

static bool make_signalfd(struct place *place)
{
	sigset_t set = blocked_signal();
	block_signal(place);
	place->fd = signalfd(-1, &set, 0);
	return place->fd >= 0;
}

static long wait_pause(struct place *place)
{
	(void)place;
	return syscall(SYS_pause);
}

static long wait_sigsuspend(struct place *place)
{
	sigset_t set = blocked_signal();
	(void)place;
	return sigsuspend(&set);
}

static long wait_sigwait(struct place *place)
{
	sigset_t set = blocked_signal();
	(void)place;
	return sigtimedwait(&set, NULL, NULL) > 0;
}

/* Descriptors to read from, and to write to. */

static bool make_pipe(struct place *place)
{
	int ends[2];
	if (pipe(ends) < 0)
		return false;
	place->fd = ends[0];
	place->other = ends[1];
	return true;
}

static bool make_socket(struct place *place)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return false;
	place->fd = ends[0];
	place->other = ends[1];
	return true;
}

static bool make_terminal(struct place *place)
{
	struct termios raw;
	if (openpty(&place->other, &place->fd, NULL, NULL, NULL) < 0)
		return false;
	tcgetattr(place->fd, &raw);
	cfmakeraw(&raw);
	return tcsetattr(place->fd, TCSANOW, &raw) == 0;
}

static void swap_ends(struct place *place)
{
	int fd = place->fd;
	place->fd = place->other;
	place->other = fd;
}

static bool make_blocking(struct place *place)
{
	return fcntl(place->fd, F_SETFL, 0) == 0;
}

/* Fills the descriptor until nothing can be written. */
static void fill(struct place *place)
{
	static const char much[4096];
	fcntl(place->fd, F_SETFL, O_NONBLOCK);
	while (write(place->fd, much, sizeof(much)) > 0)
		;
	while (write(place->fd, much, 1) > 0)
		;
}

static bool make_full_pipe(struct place *place)
{
	bool made = make_pipe(place);
	swap_ends(place);
	if (made)
		fill(place);
	return made && make_blocking(place);
}

static bool make_full_socket(struct place *place)
{
	bool made = make_socket(place);
	if (made)
		fill(place);
	return made && make_blocking(place);
}

/* What a terminal's line discipline buffers for a reader (N_TTY_BUF_SIZE, less one). */
#define TERMINAL_SIZE 4095

/*
 * A kernel worker moves what is written to the reader's buffer, which makes room again at any time
 * later, unless that buffer is full as well.
 */
static bool make_full_terminal(struct place *place)
{
	int readable = 0;
	if (!make_terminal(place))
		return false;
	do {
		fill(place);
		sched_yield();
	} while (ioctl(place->other, FIONREAD, &readable) == 0 && readable < TERMINAL_SIZE);
	fill(place);
	return make_blocking(place);
}

static void wake_by_byte(struct place *place)
{
	if (write(place->other, "b", 1) != 1)
		tracee_fail("write");
}

static void wake_by_reading(struct place *place)
{
	static char much[1 << 20];
	fcntl(place->other, F_SETFL, O_NONBLOCK);
	while (!place->done) {
		if (read(place->other, much, sizeof(much)) < 0 && errno != EAGAIN)
			tracee_fail("read");
	}
}

static long wait_read(struct place *place)
{
	char bytes[256];
	return read(place->fd, bytes, sizeof(bytes)) > 0;
}

static long wait_write(struct place *place)
{
	return write(place->fd, "b", 1);
}

static long wait_recv(struct place *place)
{
	char byte;
	return recv(place->fd, &byte, 1, 0);
}

static long wait_send(struct place *place)
{
	return send(place->fd, "b", 1, 0);
}

static long wait_poll(struct place *place)
{
	struct pollfd fd = {.fd = place->fd, .events = POLLIN};
	return syscall(SYS_poll, &fd, 1, -1);
}

static long wait_select(struct place *place)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(place->fd, &set);
	return syscall(SELECT, place->fd + 1, &set, NULL, NULL, NULL);
}

static bool make_epoll(struct place *place)
{
	struct epoll_event event = {.events = EPOLLIN};
	if (!make_pipe(place))
		return false;
	int epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, place->fd, &event);
	place->fd = epoll;
	return true;
}

static long wait_epoll(struct place *place)
{
	struct epoll_event event;
	return syscall(SYS_epoll_wait, place->fd, &event, 1, -1);
}

static long wait_epoll_pwait2(struct place *place)
{
	struct epoll_event event;
	return syscall(SYS_epoll_pwait2, place->fd, &event, 1, NULL, NULL, 8);
}

static bool make_eventfd(struct place *place)
{
	place->fd = eventfd(0, 0);
	return true;
}

static void wake_by_event(struct place *place)
{
	uint64_t one = 1;
	if (write(place->fd, &one, sizeof(one)) != sizeof(one))
		tracee_fail("eventfd");
}

static bool make_timerfd(struct place *place)
{
	place->fd = timerfd_create(CLOCK_MONOTONIC, 0);
	return place->fd >= 0;
}

static void wake_by_timer(struct place *place)
{
	struct itimerspec soon = {.it_value = {.tv_nsec = 1}};
	timerfd_settime(place->fd, 0, &soon, NULL);
}

static bool make_inotify(struct place *place)
{
	place->fd = inotify_init();
	return inotify_add_watch(place->fd, directory, IN_DELETE) >= 0;
}

/* In the directory that is removed at the end. */
static void file_name(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", directory, name);
}

static void wake_by_file(struct place *place)
{
	char path[64];
	(void)place;
	file_name(path, sizeof(path), "new");
	close(open(path, O_CREAT | O_WRONLY, 0600));
	unlink(path);
}

static bool make_fifo(struct place *place)
{
	char path[64];
	(void)place;
	file_name(path, sizeof(path), "fifo");
	return mkfifo(path, 0600) == 0;
}

static long wait_open(struct place *place)
{
	char path[64];
	(void)place;
	file_name(path, sizeof(path), "fifo");
	return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) >= 0;
}

static void wake_by_opening(struct place *place)
{
	char path[64];
	(void)place;
	file_name(path, sizeof(path), "fifo");
	open(path, O_RDWR);
}

/* Locks that another open file holds. */

static bool make_locked(struct place *place)
{
	char path[64];
	struct flock lock = {.l_type = F_WRLCK};
	file_name(path, sizeof(path), place->way->name);
	place->fd = open(path, O_CREAT | O_RDWR, 0600);
	place->other = open(path, O_RDWR);
	return flock(place->other, LOCK_EX) == 0 && fcntl(place->other, F_OFD_SETLK, &lock) == 0;
}

static long wait_flock(struct place *place)
{
	return flock(place->fd, LOCK_EX);
}

static long wait_fcntl(struct place *place)
{
	struct flock lock = {.l_type = F_WRLCK};
	return fcntl(place->fd, F_OFD_SETLKW, &lock);
}

static void wake_by_unlocking(struct place *place)
{
	struct flock lock = {.l_type = F_UNLCK};
	flock(place->other, LOCK_UN);
	fcntl(place->other, F_OFD_SETLK, &lock);
}

static long wait_futex(struct place *place)
{
	return syscall(SYS_futex, &place->word, FUTEX_WAIT, 0, NULL);
}

static void wake_by_futex(struct place *place)
{
	while (!place->done)
		syscall(SYS_futex, &place->word, FUTEX_WAKE, 1);
}

/* System V and POSIX queues. */

static bool make_semaphore(struct place *place)
{
	place->fd = semget(IPC_PRIVATE, 1, 0600);
	return place->fd >= 0;
}

static long wait_semop(struct place *place)
{
	struct sembuf down = {.sem_op = -1};
	return SEMOP(place->fd, &down);
}

static long wait_semtimedop(struct place *place)
{
	struct sembuf down = {.sem_op = -1};
	return SEMTIMEDOP(place->fd, &down);
}

static void wake_by_semop(struct place *place)
{
	struct sembuf up = {.sem_op = 1};
	semop(place->fd, &up, 1);
}

struct message {
	long type;
	char text[8192];
};

static bool make_messages(struct place *place)
{
	place->fd = msgget(IPC_PRIVATE, 0600);
	return place->fd >= 0;
}

static bool make_full_messages(struct place *place)
{
	struct message message = {.type = 1};
	if (!make_messages(place))
		return false;
	while (msgsnd(place->fd, &message, sizeof(message.text), IPC_NOWAIT) == 0)
		;
	return true;
}

static long wait_msgrcv(struct place *place)
{
	struct message message;
	return msgrcv(place->fd, &message, sizeof(message.text), 0, 0);
}

static long wait_msgsnd(struct place *place)
{
	struct message message = {.type = 1};
	return msgsnd(place->fd, &message, sizeof(message.text), 0);
}

static void wake_by_msgsnd(struct place *place)
{
	struct message message = {.type = 1};
	msgsnd(place->fd, &message, 1, 0);
}

static void wake_by_msgrcv(struct place *place)
{
	struct message message;
	msgrcv(place->fd, &message, sizeof(message.text), 0, 0);
}

static bool make_queue(struct place *place)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
	char name[32];
	snprintf(name, sizeof(name), "/stop-lasting-%d", getpid());
	place->fd = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	mq_unlink(name);
	return place->fd >= 0;
}

static long wait_mq_receive(struct place *place)
{
	char byte;
	return mq_receive(place->fd, &byte, 1, NULL);
}

static void wake_by_mq_send(struct place *place)
{
	mq_send(place->fd, "m", 1, 0);
}

/* Asynchronous input and output. */

static bool make_aio(struct place *place)
{
	struct iocb request = {.aio_lio_opcode = IOCB_CMD_POLL, .aio_buf = POLLIN};
	struct iocb *requests[] = {&request};
	make_eventfd(place);
	request.aio_fildes = (uint32_t)place->fd;
	return syscall(SYS_io_setup, 8, &place->aio) == 0 &&
	       syscall(SYS_io_submit, place->aio, 1, requests) == 1;
}

static long wait_io_getevents(struct place *place)
{
	struct io_event event;
	return syscall(SYS_io_getevents, place->aio, 1, 1, &event, NULL);
}

/* A ring with one request in it: to poll an eventfd. */
static bool make_uring(struct place *place)
{
	struct io_uring_params params = {0};
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0)
		return false;
	char *head = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(uint32_t),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *entry = mmap(NULL, params.sq_entries * sizeof(*entry),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (head == MAP_FAILED || entry == MAP_FAILED)
		return false;
	make_eventfd(place);
	*entry = (struct io_uring_sqe){
		.opcode = IORING_OP_POLL_ADD,
		.fd = place->fd,
		.poll32_events = POLLIN,
	};
	*(uint32_t *)(head + params.sq_off.array) = 0;
	atomic_store((_Atomic uint32_t *)(head + params.sq_off.tail), 1);
	place->other = ring;
	return syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) == 1;
}

static long wait_io_uring(struct place *place)
{
	return syscall(SYS_io_uring_enter, place->other, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

/* Connections. */

static bool make_listener(struct place *place)
{
	place->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	place->address.sun_family = AF_UNIX;
	snprintf(place->address.sun_path + 1, sizeof(place->address.sun_path) - 1,
		"stop-lasting-%s-%d", place->way->name, getpid());
	return bind(place->fd, (struct sockaddr *)&place->address, sizeof(place->address)) == 0 &&
	       listen(place->fd, 0) == 0;
}

static int connect_to(struct place *place, int flags)
{
	return connect(socket(AF_UNIX, SOCK_STREAM | flags, 0), (struct sockaddr *)&place->address,
		sizeof(place->address));
}

static bool make_full_listener(struct place *place)
{
	if (!make_listener(place))
		return false;
	while (connect_to(place, SOCK_NONBLOCK) == 0)
		;
	return true;
}

static long wait_accept(struct place *place)
{
	return accept(place->fd, NULL, NULL) >= 0;
}

static long wait_connect(struct place *place)
{
	return connect_to(place, 0);
}

static void wake_by_connecting(struct place *place)
{
	connect_to(place, 0);
}

static void wake_by_accepting(struct place *place)
{
	accept(place->fd, NULL, NULL);
}

/* Children. */

static bool make_child(struct place *place)
{
	make_pipe(place);
	pid_t child = fork();
	if (child == 0) {
		char byte;
		close(place->other);
		_exit(read(place->fd, &byte, 1) == 1 ? 7 : 8);
	}
	place->word = (uint32_t)child;
	return child > 0;
}

static long wait_wait4(struct place *place)
{
	int status;
	return waitpid((pid_t)place->word, &status, 0) > 0 ? status : -1;
}

static long wait_waitid(struct place *place)
{
	siginfo_t info;
	return waitid(P_PID, place->word, &info, WEXITED) == 0 ? info.si_status : -1;
}

static const struct way ways[] = {
	{"pause", NR(pause), NULL, wait_pause, wake_by_signal},
	{"sigsuspend", NR(rt_sigsuspend), NULL, wait_sigsuspend, wake_by_signal},
	{"sigwait", NR(rt_sigtimedwait), block_signal, wait_sigwait, wake_by_blocked_signal},
	{"read-signalfd", NR(read), make_signalfd, wait_read, wake_by_blocked_signal},
	{"read-pipe", NR(read), make_pipe, wait_read, wake_by_byte},
	{"read-socket", NR(read), make_socket, wait_read, wake_by_byte},
	{"read-terminal", NR(read), make_terminal, wait_read, wake_by_byte},
	{"read-eventfd", NR(read), make_eventfd, wait_read, wake_by_event},
	{"read-timerfd", NR(read), make_timerfd, wait_read, wake_by_timer},
	{"read-inotify", NR(read), make_inotify, wait_read, wake_by_file},
	{"write-pipe", NR(write), make_full_pipe, wait_write, wake_by_reading},
	{"write-socket", NR(write), make_full_socket, wait_write, wake_by_reading},
	{"write-terminal", NR(write), make_full_terminal, wait_write, wake_by_reading},
	{"recv", NR(recvfrom), make_socket, wait_recv, wake_by_byte},
	{"send", NR(sendto), make_full_socket, wait_send, wake_by_reading},
	{"poll", NR(poll), make_pipe, wait_poll, wake_by_byte},
	{"select", NR(select), make_pipe, wait_select, wake_by_byte},
	{"epoll_wait", NR(epoll_wait), make_epoll, wait_epoll, wake_by_byte},
	{"epoll_pwait2", NR(epoll_pwait2), make_epoll, wait_epoll_pwait2, wake_by_byte},
	{"open", NR(openat), make_fifo, wait_open, wake_by_opening},
	{"flock", NR(flock), make_locked, wait_flock, wake_by_unlocking},
	{"fcntl", NR(fcntl), make_locked, wait_fcntl, wake_by_unlocking},
	{"futex", NR(futex), NULL, wait_futex, wake_by_futex},
	{"semop", NR(semop), make_semaphore, wait_semop, wake_by_semop},
	{"semtimedop", NR(semtimedop), make_semaphore, wait_semtimedop, wake_by_semop},
	{"msgrcv", NR(msgrcv), make_messages, wait_msgrcv, wake_by_msgsnd},
	{"msgsnd", NR(msgsnd), make_full_messages, wait_msgsnd, wake_by_msgrcv},
	{"mq_receive", NR(mq_timedreceive), make_queue, wait_mq_receive, wake_by_mq_send},
	{"io_getevents", NR(io_getevents), make_aio, wait_io_getevents, wake_by_event},
	{"io_uring_enter", NR(io_uring_enter), make_uring, wait_io_uring, wake_by_event},
	{"accept", NR(accept), make_listener, wait_accept, wake_by_connecting},
	{"connect", NR(connect), make_full_listener, wait_connect, wake_by_accepting},
	{"wait4", NR(wait4), make_child, wait_wait4, wake_by_byte},
	{"waitid", NR(waitid), make_child, wait_waitid, wake_by_byte},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

static struct place places[WAYS];

static void *run(void *argument)
{
	struct place *place = argument;
	place->tid = tracee_tid();
	errno = 0;
	place->result = place->way->wait(place);
	place->error = place->result < 0 ? errno : 0;
	place->too_soon = !place->woken;
	place->done = true;
	return NULL;
}

static void begin(struct place *place, const struct way *way)
{
	place->way = way;
	place->absent = way->prepare && !way->prepare(place);
	if (place->absent)
		return;
	place->thread = tracee_thread(run, place);
	while (!place->tid)
		sched_yield();
	tracee_await_call(place->tid, way->nr);
}

static void end(struct place *place)
{
	if (place->absent)
		return;
	place->woken = true;
	place->way->wake(place);
	/* A signal that comes before a frozen thread makes its call again does not end that. */
	while (getenv("WAKE_AGAIN") && place->way->wake == wake_by_signal && !place->done) {
		pause_poll();
		place->way->wake(place);
	}
	pthread_join(place->thread, NULL);
	printf("%s: %ld, %s%s\n", place->way->name, place->result,
		place->error ? strerrorname_np(place->error) : "no error",
		place->too_soon ? ", too soon" : "");
}

static void remove_directory(void)
{
	static const char *const names[] = {"fifo", "flock", "fcntl"};
	char path[64];
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		file_name(path, sizeof(path), names[i]);
		unlink(path);
	}
	rmdir(directory);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	if (argc > 2)
		return 97;
	tracee_begin();
	ipc_ends_with_us();
	sigaction(SIGUSR1, &action, NULL);
	if (!mkdtemp(directory))
		tracee_fail(directory);
	sigset_t set = blocked_signal();
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < WAYS; i++)
		begin(&places[i], &ways[i]);
	long ms = argc < 2 ? 0 : atol(argv[1]);
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	if (argc < 2)
		tracee_ready();
	else if (nanosleep(&time, NULL) < 0) /* sleep: how long to wait */
		tracee_fail("nanosleep");
	for (size_t i = 0; i < WAYS; i++)
		end(&places[i]);
	remove_directory();
	for (size_t i = 0; i < WAYS; i++) {
		if (ways[i].prepare == make_semaphore)
			semctl(places[i].fd, 0, IPC_RMID);
		if (ways[i].prepare == make_messages || ways[i].prepare == make_full_messages)
			msgctl(places[i].fd, IPC_RMID, NULL);
	}
	return 0;
}
