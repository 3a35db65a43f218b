/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fused KIND: serves a file system in its own mount namespace, by /dev/fuse, and starts a target
 * that uses a file on it, whose contents the server never returns. First prints "target" and the
 * target's PID. KIND is
 *
 *   timeout      a thread waits in a call whose timeout is in a page of the file, and keeps
 *                receiving ignored signals
 *   descriptors  a thread waits in poll(2), with its descriptors in such a page
 *   stack        a thread makes calls of getppid with such a page in its stack
 *   read         a thread waits in a read(2) of the file until the server gets SIGUSR1; then it
 *                makes calls of getppid
 *   stuck        the same, but a signal has arrived meanwhile, and the wait is uninterruptible
 *   map          a thread touches such a page while holding the lock of the memory map; another
 *                waits for that lock
 *   program      it runs this program from the file; once the server gets SIGUSR1 it no longer
 *                answers
 *   slow COUNT   it uses the file COUNT times and prints the errors; the server is slow, but fails
 *                with EINTR at once if the kernel sends it an interrupt
 *
 * Except for "slow", the target prints "ready", and then "alive" for each byte on its standard
 * input. If the file system cannot be mounted, the first line is "skip".
 */
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "tracee.h"

#define DIRECTORY "/mnt"
#define FILE_NAME DIRECTORY "/file"
#define FILE_NODE 2
#define FILE_SIZE (1 << 20)

/* A page on every machine that this runs on. */
#define HOLE_SIZE 4096

#define SLOW_MS   10
#define HELD_MAX  64

/* The server. */

static int device;
static bool slow;        /* it delays answers, and the kernel caches none */
static int program = -1; /* the contents of the file; -1: never returned */
static int failures;     /* number of reads that fail before one is not answered */
static bool mute;        /* it no longer answers */
static struct fuse_in_header held[HELD_MAX]; /* requests not yet answered */
static size_t held_count;

static void answer(const struct fuse_in_header *request, int error, const void *body, size_t size)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + size),
		.error = -error,
		.unique = request->unique,
	};
	struct iovec parts[] = {{&header, sizeof(header)}, {(void *)(uintptr_t)body, size}};
	/* ENOENT: the requester is gone. */
	if (writev(device, parts, size ? 2 : 1) < 0 && errno != ENOENT)
		tracee_fail("write to /dev/fuse");
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = FILE_SIZE,
		.mode = (node == FILE_NODE ? S_IFREG : S_IFDIR) | 0755,
		.nlink = 1,
	};
}

/* Answers a read of the file. */
static void serve_read(const struct fuse_in_header *request, const struct fuse_read_in *asked)
{
	static char buf[1 << 17];
	ssize_t got = pread(program, buf, asked->size < sizeof(buf) ? asked->size : sizeof(buf),
		(off_t)asked->offset);
	answer(request, got < 0 ? errno : 0, buf, got < 0 ? 0 : (size_t)got);
}

/* Answers everything else. */
static void serve(const struct fuse_in_header *request)
{
	struct fuse_init_out init = {.major = 7, .minor = 31, .max_write = HOLE_SIZE};
	struct fuse_entry_out entry = {.nodeid = FILE_NODE, .attr = attributes(FILE_NODE)};
	struct fuse_attr_out attr = {.attr = attributes(request->nodeid)};
	struct fuse_open_out opened = {.open_flags = slow ? FOPEN_DIRECT_IO : 0};
	bool is_known = !slow && program < 0; /* so it may be cached */
	attr.attr_valid = entry.attr_valid = entry.entry_valid = is_known ? 1000 : 0;
	switch (request->opcode) {
	case FUSE_INIT:
		answer(request, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer(request, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(request, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(request, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		answer(request, 0, "contents", 8);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(request, 0, NULL, 0);
		break;
	default:
		answer(request, ENOSYS, NULL, 0);
	}
}

static void serve_held(void)
{
	for (size_t i = 0; i < held_count; i++)
		serve(&held[i]);
	held_count = 0;
}

/* A server may fail the interrupted request, or complete it anyway. */
static void interrupt(uint64_t unique)
{
	for (size_t i = 0; slow && i < held_count; i++) {
		if (held[i].unique == unique) {
			answer(&held[i], EINTR, NULL, 0);
			held[i] = held[--held_count];
		}
	}
}

static void take_request(void)
{
	static char buf[1 << 17];
	ssize_t got = read(device, buf, sizeof(buf));
	if (got < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN))
		return;
	if (got < 0)
		tracee_fail("read of /dev/fuse");
	const struct fuse_in_header *request = (const void *)buf;
	const struct fuse_interrupt_in *broken = (const void *)(request + 1);
	if (mute)
		return;
	switch (request->opcode) {
	case FUSE_INTERRUPT:
		interrupt(broken->unique);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	case FUSE_INIT:
		serve(request);
		break;
	case FUSE_READ:
		if (failures-- > 0)
			answer(request, EIO, NULL, 0);
		else if (program >= 0)
			serve_read(request, (const void *)(request + 1));
		else
			held[held_count++ % HELD_MAX] = *request;
		break;
	default:
		if (slow)
			held[held_count++ % HELD_MAX] = *request;
		else
			serve(request);
	}
}

/* Serves until the target exits or standard input ends. Returns its status. */
static int serve_until_end(pid_t target)
{
	struct signalfd_siginfo info;
	sigset_t wanted;
	int status;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	sigaddset(&wanted, SIGCHLD);
	struct pollfd fds[] = {
		{.fd = device, .events = POLLIN},
		{.fd = signalfd(-1, &wanted, SFD_CLOEXEC), .events = POLLIN},
		{.fd = STDIN_FILENO},
	};
	while (waitpid(target, &status, WNOHANG) == 0) {
		int some = poll(fds, slow ? 2 : 3, slow && held_count ? SLOW_MS : -1);
		if (fds[2].revents && !slow)
			return 99; /* when the server exits, all waits for it end */
		if (fds[0].revents)
			take_request();
		if (fds[1].revents && read(fds[1].fd, &info, sizeof(info)) == sizeof(info) &&
			info.ssi_signo == SIGUSR1) {
			mute = program >= 0;
			serve_held();
		}
		if (some == 0)
			serve_held();
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 94;
}

static bool mount_here(void)
{
	char options[96];
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	return device >= 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("fused", DIRECTORY, "fuse", 0, options) == 0;
}

/* The target. */

static _Atomic pid_t tid;
static void *page; /* anonymous, until it is replaced by one of the file */

static int open_file(void)
{
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		tracee_fail(FILE_NAME);
	return fd;
}

/* Replaces the page at ADDRESS by one of the file that is not in the page cache. */
static void replace_page(void *address)
{
	if (mmap(address, HOLE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, open_file(),
		    0) == MAP_FAILED)
		tracee_fail("mmap");
}

static void *wait_for_event(void *argument)
{
	struct epoll_event event;
	struct timespec *timeout = page;
	*timeout = (struct timespec){.tv_sec = 1000};
	tid = tracee_tid();
	syscall(SYS_epoll_pwait2, epoll_create1(0), &event, 1, timeout, NULL, 8);
	/* Interrupted, and not repairable because the timeout can no longer be read. */
	for (;;)
		pause();
	return argument;
}

static void *wait_for_descriptors(void *argument)
{
	int silence[2];
	if (pipe(silence) < 0)
		tracee_fail("pipe");
	struct pollfd *fds = page;
	*fds = (struct pollfd){.fd = silence[0], .events = POLLIN};
	tid = tracee_tid();
	syscall(SYS_poll, fds, 1, -1);
	return argument;
}

/* Makes calls below an inaccessible page of its own stack. */
static void *call_below_hole(void *argument)
{
	char room[4 * HOLE_SIZE];
	replace_page((void *)(((uintptr_t)room + 2 * HOLE_SIZE) & ~(uintptr_t)(HOLE_SIZE - 1)));
	tid = tracee_tid();
	for (;;) {
		tracee_getppid(1);
		pause_pace(TRACEE_RAIN_NS);
	}
	return argument;
}

static void *touch_page(void *argument)
{
	tid = tracee_tid();
	return (void *)(uintptr_t)(argument == page && *(volatile char *)page);
}

static _Atomic bool wants_lock;

static void *want_lock(void *argument)
{
	while (!wants_lock)
		sched_yield();
	tid = tracee_tid();
	mmap(NULL, HOLE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return argument;
}

static void ignore_signal(int signal)
{
	(void)signal;
}

static void *read_file(void *argument)
{
	char byte;
	int fd = open_file();
	tid = tracee_tid();
	ssize_t got = syscall(SYS_read, fd, &byte, 1);
	printf("read returned %d\n", got < 0 ? -errno : (int)got);
	for (;;) {
		tracee_getppid(1);
		pause_pace(TRACEE_RAIN_NS);
	}
	return argument;
}

/* Waits until thread `tid` is in STATE, according to /proc. */
static void await_state(char state)
{
	char path[64], text[512], *end;
	do {
		pause_poll();
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t got = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[got > 0 ? got : 0] = '\0';
		end = strrchr(text, ')');
	} while (!end || end[2] != state);
}

static void start_reader(bool stuck)
{
	struct sigaction action = {.sa_handler = ignore_signal, .sa_flags = SA_RESTART};
	sigaction(SIGUSR2, &action, NULL);
	tracee_thread(read_file, NULL);
	while (!tid)
		sched_yield();
	tracee_await_call(tid, SYS_read);
	if (!stuck)
		return;
	/* The kernel sends the server an interrupt, and waits for its reply. */
	syscall(SYS_tgkill, getpid(), tid, SIGUSR2);
	await_state('D');
}

/*
 * Readahead fails, so the page is read again by itself, for which the kernel keeps holding the lock
 * (filemap_fault()). A waiting writer of the lock blocks other readers.
 */
static void lock_map(void)
{
	page = mmap(NULL, HOLE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	replace_page(page);
	tracee_thread(want_lock, NULL);
	tracee_thread(touch_page, page);
	while (!tid)
		sched_yield();
	await_state('S');
	tid = 0;
	wants_lock = true;
	while (!tid)
		sched_yield();
	await_state('D');
}

/* Starts a thread that waits in call NR with an argument in `page`, which is then replaced. */
static void start_waiting(void *(*wait)(void *), long nr)
{
	page = mmap(NULL, HOLE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	tracee_thread(wait, NULL);
	while (!tid)
		sched_yield();
	tracee_await_call(tid, nr);
	replace_page(page);
}

/* Whether a page mapped from file FD can be read; a SIGBUS means that it cannot. */
static bool can_touch(int fd)
{
	char *mapped = mmap(NULL, HOLE_SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapped == MAP_FAILED)
		return false;
	bool good = *(volatile char *)mapped == 'c';
	munmap(mapped, HOLE_SIZE);
	return good;
}

static int use_slowly(int count)
{
	int failed[5] = {0};
	for (int i = 0; i < count; i++) {
		struct stat stats;
		char buf[16];
		failed[0] += stat(FILE_NAME, &stats) < 0;
		int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
		failed[1] += fd < 0;
		failed[2] += fd >= 0 && read(fd, buf, sizeof(buf)) != 8;
		failed[3] += fd >= 0 && !can_touch(fd);
		failed[4] += fd >= 0 && close(fd) < 0;
	}
	printf("failed: stat %d, open %d, read %d, touch %d, close %d\n", failed[0], failed[1],
		failed[2], failed[3], failed[4]);
	return 0;
}

/* Prints "ready", and then "alive" for each byte. */
static void __attribute__((noreturn)) live(void)
{
	puts("ready");
	for (;;) {
		tracee_await();
		puts("alive");
	}
}

static int be_target(const char *kind, int count)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	alarm(TRACEE_LIFE_S);
	if (slow)
		return use_slowly(count);
	if (program >= 0) {
		execl(FILE_NAME, FILE_NAME, "inside", NULL);
		tracee_fail(FILE_NAME);
	}
	if (strcmp(kind, "timeout") == 0) {
		start_waiting(wait_for_event, SYS_epoll_pwait2);
		tracee_thread(tracee_send_ignored, &tid);
	} else if (strcmp(kind, "descriptors") == 0) {
		start_waiting(wait_for_descriptors, SYS_poll);
	} else if (strcmp(kind, "stack") == 0) {
		tracee_thread(call_below_hole, NULL);
		while (!tid)
			sched_yield();
	} else if (strcmp(kind, "map") == 0) {
		lock_map();
	} else {
		start_reader(strcmp(kind, "stuck") == 0);
	}
	live();
}

int main(int argc, char **argv)
{
	sigset_t blocked, before;
	if (argc < 2)
		return 97;
	tracee_begin();
	/* It must not need its file again. */
	if (strcmp(argv[1], "inside") == 0 && mlockall(MCL_CURRENT) == 0)
		live();
	slow = strcmp(argv[1], "slow") == 0;
	failures = strcmp(argv[1], "map") == 0;
	if (strcmp(argv[1], "program") == 0)
		program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (!mount_here()) {
		puts("skip");
		return 0;
	}
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	pid_t target = fork();
	if (target == 0) {
		close(device);
		sigprocmask(SIG_SETMASK, &before, NULL);
		exit(be_target(argv[1], argc > 2 ? atoi(argv[2]) : 0));
	}
	printf("target %d\n", (int)target);
	return serve_until_end(target);
}
