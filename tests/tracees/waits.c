/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waits timed|signals MILLISECONDS: threads that wait repeatedly, each in a different call with a
 * timeout, for that time. Prints how often each call failed with EINTR, returned anything else but
 * its timeout result, or returned too early, and whether it was ever late. With "signals", the
 * threads keep receiving ignored signals.
 *
 * waits once|attached MILLISECONDS: each thread waits once, with that timeout, and receives a
 * single ignored signal late in its wait: a timeout that starts over then ends much later. With
 * "attached", it prints "ready" when all threads wait, and sends the signals after it has read a
 * byte. Also prints "missed" and how many waits were over before their signal.
 *
 * waits half MILLISECONDS: each thread waits once, with that timeout, and "ready" is printed when
 * more than half of it is over. "missed" counts the waits that were over when a byte was read.
 *
 * Calls that the machine does not support (io_uring may be disabled) are reported without faults.
 */
#include <arpa/inet.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "support/ipc.h"
#include "tracee.h"

/* Timeout of every wait. */
static long timeout_ms = 300;

/* For "once" and "attached": when the signal is sent, in percent of the timeout. */
static bool once, attached, half;
#define ONCE_PERCENT 88

/* For "half": when it is ready. More than LATE_PERCENT. */
#define HALF_PERCENT 60

/* A timeout in jiffies may end one jiffy early, at HZ=100. */
#define EARLY_MS     10

/*
 * A busy machine makes everything late; a timeout that starts over makes a call later by this much
 * than those whose timeout the kernel keeps when they are interrupted.
 */
static uint64_t late_ms;

/* Of MILLISECONDS. One that starts over is late by ONCE_PERCENT, or again and again by nearly all.
 */
#define LATE_PERCENT 44

#define PAUSE_NS     20000000

/* With the same arguments on every machine. */
#ifdef SYS__newselect
#define SELECT SYS__newselect
#else
#define SELECT SYS_select
#endif

struct place;

/* A call that waits. */
struct way {
	const char *name;
	bool (*prepare)(struct place *place); /* NULL: nothing to do; false: not possible */
	long (*wait)(struct place *place);
	int error; /* its error on timeout; 0: it returns 0 */
	bool kept; /* the kernel keeps its timeout, whatever filters there are */
};

/* The state of one thread. */
struct place {
	const struct way *way;
	pthread_t thread;
	_Atomic pid_t tid;
	int fd;
	struct timespec timeout, deadline;
	aio_context_t aio;
	_Atomic bool absent, over;
	_Atomic uint64_t begin_ms; /* of the present wait */
	unsigned long interrupted, other, early;
	uint64_t worst_ms; /* the longest of its waits */
};

static uint64_t until_ms;

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct timespec timespec_of(long ms)
{
	return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

static struct timeval timeval_of(long ms)
{
	return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static struct timespec later(struct timespec time, long ms)
{
	time.tv_sec += ms / 1000;
	time.tv_nsec += ms % 1000 * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

/* Preparations. */

static bool make_epoll(struct place *place)
{
	place->fd = epoll_create1(0);
	return place->fd >= 0;
}

static bool make_semaphore(struct place *place)
{
	place->fd = semget(IPC_PRIVATE, 1, 0600);
	return place->fd >= 0;
}

static bool block_signal(struct place *place)
{
	sigset_t set;
	(void)place;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0;
}

static bool make_aio(struct place *place)
{
	return syscall(SYS_io_setup, 8, &place->aio) == 0;
}

static bool make_uring(struct place *place)
{
	struct io_uring_params params = {0};
	place->fd = (int)syscall(SYS_io_uring_setup, 4, &params);
	return place->fd >= 0 && (params.features & IORING_FEAT_EXT_ARG);
}

static void set_timeout(int fd, int option)
{
	struct timeval timeout = timeval_of(timeout_ms);
	if (setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof(timeout)) < 0)
		tracee_fail("setsockopt");
}

static bool make_silent_socket(struct place *place)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		tracee_fail("socketpair");
	set_timeout(pair[0], SO_RCVTIMEO);
	place->fd = pair[0];
	return true;
}

static bool make_full_socket(struct place *place)
{
	static char much[65536];
	make_silent_socket(place);
	while (send(place->fd, much, sizeof(much), MSG_DONTWAIT) > 0)
		;
	while (send(place->fd, much, 1, MSG_DONTWAIT) > 0)
		;
	set_timeout(place->fd, SO_SNDTIMEO);
	return true;
}

static int listen_on_loopback(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (bind(fd, (struct sockaddr *)address, size) < 0 || listen(fd, 0) < 0 ||
		getsockname(fd, (struct sockaddr *)address, &size) < 0)
		return -1;
	return fd;
}

static bool make_listener(struct place *place)
{
	struct sockaddr_in address;
	place->fd = listen_on_loopback(&address);
	if (place->fd >= 0)
		set_timeout(place->fd, SO_RCVTIMEO);
	return place->fd >= 0;
}

static struct sockaddr_in full_tcp;
static struct sockaddr_un full_unix = {.sun_family = AF_UNIX};

/* Listeners with a permanently full queue: connecting to them has to wait. */
static bool fill_tcp(struct sockaddr_in *address)
{
	if (listen_on_loopback(address) < 0)
		return false;
	for (int i = 0; i < 3; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fd, (struct sockaddr *)address, sizeof(*address));
	}
	return true;
}

static bool make_full_tcp(struct place *place)
{
	(void)place;
	return fill_tcp(&full_tcp);
}

static bool make_full_unix(struct place *place)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), result = 0;
	(void)place;
	snprintf(full_unix.sun_path + 1, sizeof(full_unix.sun_path) - 1, "stop-waits-%d", getpid());
	if (bind(fd, (struct sockaddr *)&full_unix, sizeof(full_unix)) < 0 || listen(fd, 0) < 0)
		return false;
	while (result == 0)
		result = connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0),
			(struct sockaddr *)&full_unix, sizeof(full_unix));
	return true;
}

static bool make_queue(struct place *place)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
	char name[32];
	snprintf(name, sizeof(name), "/stop-waits-%d-%d", getpid(), (int)tracee_tid());
	place->fd = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	mq_unlink(name);
	return place->fd >= 0;
}

static bool make_full_queue(struct place *place)
{
	return make_queue(place) && mq_send(place->fd, "m", 1, 0) == 0;
}

/* Waits. */

static long wait_epoll(struct place *place)
{
	struct epoll_event event;
	return syscall(SYS_epoll_wait, place->fd, &event, 1, (int)timeout_ms);
}

static long wait_epoll_pwait(struct place *place)
{
	struct epoll_event event;
	return syscall(SYS_epoll_pwait, place->fd, &event, 1, (int)timeout_ms, NULL, 8);
}

/* The same for 32-bit programs. */
static struct __kernel_timespec long_timeout(const struct place *place)
{
	return (struct __kernel_timespec){place->timeout.tv_sec, place->timeout.tv_nsec};
}

static long wait_epoll_pwait2(struct place *place)
{
	struct epoll_event event;
	struct __kernel_timespec timeout = long_timeout(place);
	return syscall(SYS_epoll_pwait2, place->fd, &event, 1, &timeout, NULL, 8);
}

static long wait_semtimedop(struct place *place)
{
	struct sembuf down = {.sem_op = -1};
	return semtimedop(place->fd, &down, 1, &place->timeout);
}

static long wait_sigtimedwait(struct place *place)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	return sigtimedwait(&set, NULL, &place->timeout);
}

static long wait_io_getevents(struct place *place)
{
	struct io_event event;
	return syscall(SYS_io_getevents, place->aio, 1, 1, &event, &place->timeout);
}

static long wait_io_pgetevents(struct place *place)
{
	struct io_event event;
	return syscall(SYS_io_pgetevents, place->aio, 1, 1, &event, &place->timeout, NULL);
}

static long wait_io_uring(struct place *place)
{
	struct __kernel_timespec timeout = long_timeout(place);
	struct io_uring_getevents_arg arg = {.ts = (uintptr_t)&timeout};
	return syscall(SYS_io_uring_enter, place->fd, 0, 1,
		IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg, sizeof(arg));
}

static long wait_recvfrom(struct place *place)
{
	char byte;
	return recv(place->fd, &byte, 1, 0);
}

static long wait_recvmsg(struct place *place)
{
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return recvmsg(place->fd, &message, 0);
}

static long wait_recvmmsg(struct place *place)
{
	char byte;
	struct iovec part = {&byte, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
	return recvmmsg(place->fd, &message, 1, 0, NULL);
}

static long wait_read(struct place *place)
{
	char byte;
	return read(place->fd, &byte, 1);
}

static long wait_readv(struct place *place)
{
	char byte;
	struct iovec part = {&byte, 1};
	return readv(place->fd, &part, 1);
}

static long wait_accept(struct place *place)
{
	return accept(place->fd, NULL, NULL);
}

static long wait_accept4(struct place *place)
{
	return accept4(place->fd, NULL, NULL, SOCK_CLOEXEC);
}

static long wait_sendto(struct place *place)
{
	return send(place->fd, "b", 1, 0);
}

static long wait_sendmsg(struct place *place)
{
	char byte = 'b';
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return sendmsg(place->fd, &message, 0);
}

static long wait_write(struct place *place)
{
	return write(place->fd, "b", 1);
}

static long wait_connect(int family, const void *address, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM, 0);
	set_timeout(fd, SO_SNDTIMEO);
	long result = connect(fd, address, size);
	int error = errno;
	close(fd);
	errno = error;
	return result;
}

static long wait_connect_tcp(struct place *place)
{
	(void)place;
	return wait_connect(AF_INET, &full_tcp, sizeof(full_tcp));
}

static long wait_connect_unix(struct place *place)
{
	(void)place;
	return wait_connect(AF_UNIX, &full_unix, sizeof(full_unix));
}

static long wait_poll(struct place *place)
{
	(void)place;
	return syscall(SYS_poll, NULL, 0, (int)timeout_ms);
}

/* On timeout it clears what it has found, or what was there. */
static long wait_poll_revents(struct place *place)
{
	struct pollfd none = {.fd = -1, .events = POLLIN, .revents = POLLOUT};
	(void)place;
	long result = syscall(SYS_poll, &none, 1, (int)timeout_ms);
	return result == 0 ? none.revents : result;
}

static long wait_ppoll(struct place *place)
{
	struct timespec timeout = place->timeout;
	return syscall(SYS_ppoll, NULL, 0, &timeout, NULL, 8);
}

static long wait_select(struct place *place)
{
	struct timeval timeout = timeval_of(timeout_ms);
	(void)place;
	return syscall(SELECT, 0, NULL, NULL, NULL, &timeout);
}

static long wait_pselect(struct place *place)
{
	return pselect(0, NULL, NULL, NULL, &place->timeout, NULL);
}

/* In memory that cannot be written, the kernel cannot store there how much of them is left. */
static const void *constant_timeout(void)
{
	static _Atomic(void *) made;
	if (made)
		return made;
	struct timespec time = timespec_of(timeout_ms);
	void *page = mmap(
		NULL, sizeof(time), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		tracee_fail("mmap");
	memcpy(page, &time, sizeof(time));
	mprotect(page, sizeof(time), PROT_READ);
	made = page;
	return page;
}

static long wait_ppoll_constant(struct place *place)
{
	(void)place;
	return syscall(SYS_ppoll, NULL, 0, constant_timeout(), NULL, 8);
}

static long wait_pselect_constant(struct place *place)
{
	(void)place;
	return syscall(SYS_pselect6, 0, NULL, NULL, NULL, constant_timeout(), NULL);
}

static long wait_nanosleep(struct place *place)
{
	return syscall(SYS_nanosleep, &place->timeout, NULL);
}

/* As the C library sleeps. */
static long wait_nanosleep_remaining(struct place *place)
{
	struct timespec time = place->timeout;
	return syscall(SYS_nanosleep, &time, &time);
}

static long wait_clock_nanosleep(struct place *place)
{
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &place->timeout, NULL);
}

static long wait_until(struct place *place)
{
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &place->deadline, NULL);
}

static long wait_futex(struct place *place)
{
	uint32_t word = 0;
	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &place->timeout);
}

static long wait_futex_until(struct place *place)
{
	uint32_t word = 0;
	return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, &place->deadline, NULL,
		FUTEX_BITSET_MATCH_ANY);
}

/* What message queues and locks take. */
static struct timespec time_of_day(void)
{
	struct timespec time;
	clock_gettime(CLOCK_REALTIME, &time);
	return later(time, timeout_ms);
}

static long wait_futex_real_time(struct place *place)
{
	struct timespec time = time_of_day();
	uint32_t word = 0;
	(void)place;
	return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &time, NULL,
		FUTEX_BITSET_MATCH_ANY);
}

/* The word is the ID of the thread that has the lock: the first. */
static long wait_lock_pi(struct place *place)
{
	struct timespec time = time_of_day();
	uint32_t word = (uint32_t)getpid();
	(void)place;
	return syscall(SYS_futex, &word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, &time);
}

static long wait_real_time(struct place *place)
{
	struct timespec time = time_of_day();
	(void)place;
	return syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL);
}

/* Of Linux 5.16, and the same on every machine. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define FUTEX_32_PRIVATE (2 | FUTEX_PRIVATE_FLAG)

struct futex_entry {
	uint64_t value, address;
	uint32_t flags, reserved;
};

static long waitv(uint32_t *word, const struct timespec *until)
{
	struct futex_entry entry = {.address = (uintptr_t)word, .flags = FUTEX_32_PRIVATE};
	struct __kernel_timespec time = {until->tv_sec, until->tv_nsec};
	return syscall(SYS_futex_waitv, &entry, 1, 0, &time, CLOCK_REALTIME);
}

static bool has_waitv(struct place *place)
{
	const struct timespec past = {.tv_sec = 1};
	uint32_t word = 0;
	(void)place;
	return waitv(&word, &past) < 0 && errno == ETIMEDOUT;
}

static long wait_waitv(struct place *place)
{
	struct timespec time = time_of_day();
	uint32_t word = 0;
	(void)place;
	return waitv(&word, &time);
}

static long wait_mq_receive(struct place *place)
{
	struct timespec time = time_of_day();
	char byte;
	return mq_timedreceive(place->fd, &byte, 1, NULL, &time);
}

static long wait_mq_send(struct place *place)
{
	struct timespec time = time_of_day();
	return mq_timedsend(place->fd, "m", 1, 0, &time);
}

/*
 * i386 has one call for all socket calls, with their arguments in memory, and one for System V IPC.
 * Old programs, static ones and those of Go make these.
 */
#ifdef __i386__

/* Of <linux/net.h> and <linux/ipc.h>. */
enum { NET_CONNECT = 3, NET_ACCEPT = 5, NET_RECV = 10, NET_SENDTO = 11, NET_RECVMSG = 17 };
enum { IPC_SEMTIMEDOP = 4 };

struct short_timespec {
	int32_t seconds, ns;
};

static long net_recv(struct place *place)
{
	char byte;
	long args[] = {place->fd, (long)&byte, 1, 0};
	return syscall(SYS_socketcall, NET_RECV, args);
}

static long net_recvmsg(struct place *place)
{
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	long args[] = {place->fd, (long)&message, 0};
	return syscall(SYS_socketcall, NET_RECVMSG, args);
}

static long net_accept(struct place *place)
{
	long args[] = {place->fd, 0, 0};
	return syscall(SYS_socketcall, NET_ACCEPT, args);
}

static long net_sendto(struct place *place)
{
	long args[] = {place->fd, (long)"b", 1, 0, 0, 0};
	return syscall(SYS_socketcall, NET_SENDTO, args);
}

static struct sockaddr_in other_full_tcp;

static bool make_other_full_tcp(struct place *place)
{
	(void)place;
	return fill_tcp(&other_full_tcp);
}

static long net_connect(struct place *place)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)place;
	set_timeout(fd, SO_SNDTIMEO);
	long args[] = {fd, (long)&other_full_tcp, sizeof(other_full_tcp)};
	long result = syscall(SYS_socketcall, NET_CONNECT, args);
	int error = errno;
	close(fd);
	errno = error;
	return result;
}

static long ipc_semtimedop(struct place *place)
{
	struct sembuf down = {.sem_op = -1};
	struct short_timespec timeout = {
		(int32_t)place->timeout.tv_sec, (int32_t)place->timeout.tv_nsec};
	return syscall(SYS_ipc, IPC_SEMTIMEDOP, place->fd, 1, 0, &down, &timeout);
}

static long old_nanosleep(struct place *place)
{
	struct short_timespec timeout = {
		(int32_t)place->timeout.tv_sec, (int32_t)place->timeout.tv_nsec};
	return syscall(SYS_nanosleep, &timeout, NULL);
}

static long old_sigtimedwait(struct place *place)
{
	struct short_timespec timeout = {
		(int32_t)place->timeout.tv_sec, (int32_t)place->timeout.tv_nsec};
	uint64_t set = UINT64_C(1) << SIGRTMIN;
	return syscall(SYS_rt_sigtimedwait, &set, NULL, &timeout, sizeof(set));
}

#define OTHER_WAYS \
	{"socketcall-recv", make_silent_socket, net_recv, EAGAIN, false}, \
		{"socketcall-recvmsg", make_silent_socket, net_recvmsg, EAGAIN, false}, \
		{"socketcall-accept", make_listener, net_accept, EAGAIN, false}, \
		{"socketcall-sendto", make_full_socket, net_sendto, EAGAIN, false}, \
		{"socketcall-connect", make_other_full_tcp, net_connect, EINPROGRESS, false}, \
		{"ipc-semtimedop", make_semaphore, ipc_semtimedop, EAGAIN, false}, \
		{"nanosleep-short", NULL, old_nanosleep, 0, false}, \
		{"rt_sigtimedwait-short", block_signal, old_sigtimedwait, EAGAIN, false},

#else
#define OTHER_WAYS
#endif

static const struct way ways[] = {{"epoll_wait", make_epoll, wait_epoll, 0, false},
	{"epoll_pwait", make_epoll, wait_epoll_pwait, 0, false},
	{"epoll_pwait2", make_epoll, wait_epoll_pwait2, 0, false},
	{"semtimedop", make_semaphore, wait_semtimedop, EAGAIN, false},
	{"rt_sigtimedwait", block_signal, wait_sigtimedwait, EAGAIN, false},
	{"io_getevents", make_aio, wait_io_getevents, 0, false},
	{"io_pgetevents", make_aio, wait_io_pgetevents, 0, false},
	{"io_uring_enter", make_uring, wait_io_uring, ETIME, false},
	{"recvfrom", make_silent_socket, wait_recvfrom, EAGAIN, false},
	{"recvmsg", make_silent_socket, wait_recvmsg, EAGAIN, false},
	{"recvmmsg", make_silent_socket, wait_recvmmsg, EAGAIN, false},
	{"read", make_silent_socket, wait_read, EAGAIN, false},
	{"readv", make_silent_socket, wait_readv, EAGAIN, false},
	{"accept", make_listener, wait_accept, EAGAIN, false},
	{"accept4", make_listener, wait_accept4, EAGAIN, false},
	{"sendto", make_full_socket, wait_sendto, EAGAIN, false},
	{"sendmsg", make_full_socket, wait_sendmsg, EAGAIN, false},
	{"write", make_full_socket, wait_write, EAGAIN, false},
	{"connect-tcp", make_full_tcp, wait_connect_tcp, EINPROGRESS, false},
	{"connect-unix", make_full_unix, wait_connect_unix, EAGAIN, false},
	{"poll", NULL, wait_poll, 0, false}, {"poll-revents", NULL, wait_poll_revents, 0, false},
	{"ppoll", NULL, wait_ppoll, 0, true}, {"select", NULL, wait_select, 0, true},
	{"pselect6", NULL, wait_pselect, 0, true},
	{"ppoll-constant", NULL, wait_ppoll_constant, 0, false},
	{"pselect6-constant", NULL, wait_pselect_constant, 0, false},
	{"nanosleep", NULL, wait_nanosleep, 0, false},
	{"nanosleep-remaining", NULL, wait_nanosleep_remaining, 0, false},
	{"clock_nanosleep", NULL, wait_clock_nanosleep, 0, false},
	{"clock_nanosleep-until", NULL, wait_until, 0, true},
	{"futex", NULL, wait_futex, ETIMEDOUT, false},
	{"futex-until", NULL, wait_futex_until, ETIMEDOUT, true},
	{"futex-real-time", NULL, wait_futex_real_time, ETIMEDOUT, true},
	{"futex-lock-pi", NULL, wait_lock_pi, ETIMEDOUT, true},
	{"futex_waitv", has_waitv, wait_waitv, ETIMEDOUT, true},
	{"clock_nanosleep-real-time", NULL, wait_real_time, 0, true},
	{"mq_timedreceive", make_queue, wait_mq_receive, ETIMEDOUT, true},
	{"mq_timedsend", make_full_queue, wait_mq_send, ETIMEDOUT, true}, OTHER_WAYS};

#define WAYS (sizeof(ways) / sizeof(*ways))

static struct place places[WAYS];

static void wait_once(struct place *place)
{
	const struct way *way = place->way;
	place->timeout = timespec_of(timeout_ms);
	clock_gettime(CLOCK_MONOTONIC, &place->deadline);
	place->deadline = later(place->deadline, timeout_ms);
	place->begin_ms = now_ms();
	errno = 0;
	long result = way->wait(place);
	int error = result < 0 ? errno : 0;
	uint64_t took_ms = now_ms() - place->begin_ms;
	if (error == EINTR) {
		place->interrupted++;
	} else if (error != way->error || result > 0) {
		place->other++;
		fprintf(stderr, "%s: %ld, %s\n", way->name, result, strerror(error));
	} else if (took_ms + EARLY_MS < (uint64_t)timeout_ms) {
		place->early++;
	}
	if (took_ms > place->worst_ms)
		place->worst_ms = took_ms;
}

static void *run(void *argument)
{
	struct place *place = argument;
	place->absent = place->way->prepare && !place->way->prepare(place);
	place->tid = tracee_tid();
	while (!place->absent && !place->over) {
		wait_once(place);
		place->over = once || now_ms() >= until_ms;
	}
	return NULL;
}

/* Keeps sending ignored signals to all threads until the time has expired. */
static void send_signals(void)
{
	static const int signals[] = {SIGWINCH, SIGCHLD, SIGURG, SIGCONT, SIGUSR2};
	signal(SIGUSR2, SIG_IGN);
	for (size_t i = 0; now_ms() < until_ms; i++) {
		for (size_t j = 0; j < WAYS; j++) {
			if (places[j].tid)
				syscall(SYS_tgkill, getpid(), places[j].tid, signals[(i + j) % 5]);
		}
		pause_pace(PAUSE_NS);
	}
}

/* Waits until all threads wait. Returns when the last of them began. */
static uint64_t await_waits(void)
{
	uint64_t begin_ms = now_ms();
	for (size_t i = 0; i < WAYS; i++) {
		const struct place *place = &places[i];
		while (!place->absent && !place->begin_ms)
			sched_yield();
		while (!place->absent && !place->over && !tracee_is_in_call(place->tid, ANY_CALL))
			sched_yield();
		if (!place->absent && place->begin_ms > begin_ms)
			begin_ms = place->begin_ms;
	}
	return begin_ms;
}

static void await_time(uint64_t at_ms)
{
	while (now_ms() < at_ms)
		pause_poll();
}

/* Prints "ready" shortly before the waits end. Returns how many had ended when it was told to go
 * on. */
static unsigned int ready_late(void)
{
	unsigned int missed = 0;
	await_time(await_waits() + (uint64_t)timeout_ms * HALF_PERCENT / 100);
	tracee_ready();
	for (size_t i = 0; i < WAYS; i++)
		missed += places[i].over;
	return missed;
}

/* Sends every thread one of them, late in its wait. Returns for how many that was too late. */
static unsigned int send_once(void)
{
	uint64_t at_ms = await_waits() + (uint64_t)timeout_ms * ONCE_PERCENT / 100;
	unsigned int missed = 0;
	if (attached)
		tracee_ready();
	await_time(at_ms);
	for (size_t i = 0; i < WAYS; i++) {
		if (places[i].absent)
			continue;
		syscall(SYS_tgkill, getpid(), places[i].tid, SIGWINCH);
		missed += places[i].over;
	}
	return missed;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	tracee_begin();
	ipc_ends_with_us();
	attached = strcmp(argv[1], "attached") == 0;
	half = strcmp(argv[1], "half") == 0;
	uint64_t time_ms = strtoull(argv[2], NULL, 10);
	once = attached || half || strcmp(argv[1], "once") == 0;
	timeout_ms = once ? (long)time_ms : timeout_ms;
	late_ms = time_ms * LATE_PERCENT / 100;
	until_ms = now_ms() + time_ms;
	for (size_t i = 0; i < WAYS; i++) {
		places[i].way = &ways[i];
		places[i].thread = tracee_thread(run, &places[i]);
	}
	if (strcmp(argv[1], "signals") == 0)
		send_signals();
	if (once)
		printf("missed %u\n", half ? ready_late() : send_once());
	uint64_t usual_ms = (uint64_t)timeout_ms;
	for (size_t i = 0; i < WAYS; i++) {
		pthread_join(places[i].thread, NULL);
		if (ways[i].kept && places[i].worst_ms > usual_ms)
			usual_ms = places[i].worst_ms;
	}
	for (size_t i = 0; i < WAYS; i++) {
		const struct place *place = &places[i];
		bool late = place->worst_ms > usual_ms + late_ms;
		if (late)
			fprintf(stderr, "%s: %llu ms\n", ways[i].name,
				(unsigned long long)place->worst_ms);
		printf("%s: interrupted %lu other %lu early %lu late %d\n", ways[i].name,
			place->interrupted, place->other, place->early, late);
	}
	return 0;
}
