/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults WAY [nearly]: a program with a fault that stop gives advice about (model/advice.h), or one
 * that nearly has it. The ways have the names of the advice. It works in the current directory, and
 * prints "done".
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tracee.h"

#define ROUNDS 3000

/* Calls that no rule is about. */
static void work(unsigned int times)
{
	tracee_getppid(times);
}

static int open_scratch(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		tracee_fail(name);
	return fd;
}

static void put(int fd, const void *bytes, size_t size)
{
	if (write(fd, bytes, size) != (ssize_t)size)
		tracee_fail("write");
}

/* Nearly: each is after a wait, as of an event loop that reads until there is nothing. */
static void eagain_spin(bool nearly)
{
	int ends[2];
	char byte;
	if (pipe2(ends, O_NONBLOCK) < 0)
		tracee_fail("pipe2");
	for (int i = 0; i < ROUNDS; i++) {
		struct pollfd ready = {.fd = ends[1], .events = POLLOUT};
		if (nearly)
			poll(&ready, 1, -1);
		if (read(ends[0], &byte, 1) != -1 || errno != EAGAIN)
			tracee_fail("read");
	}
}

/* Nearly: there are other calls between. */
static void yield_loop(bool nearly)
{
	for (int i = 0; i < ROUNDS; i++) {
		syscall(SYS_sched_yield);
		work(nearly ? 3 : 0);
	}
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic bool is_over;
static int turn;

/* Holds the lock nearly all of the time. */
static void *contend(void *argument)
{
	(void)argument;
	while (!is_over) {
		pthread_mutex_lock(&lock);
		for (volatile int i = 0; i < 500; i++)
			;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *take_turns(void *argument)
{
	int mine = argument != NULL;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		while (turn != mine)
			pthread_cond_wait(&changed, &lock);
		turn = !mine;
		pthread_mutex_unlock(&lock);
		pthread_cond_signal(&changed);
	}
	return NULL;
}

/* Nearly: two threads take turns, with a condition variable. */
static void lock_contention(bool nearly)
{
	pthread_t threads[4];
	size_t count = nearly ? 2 : 4;
	for (size_t i = 0; i < count; i++)
		threads[i] = tracee_thread(nearly ? take_turns : contend, i ? &turn : NULL);
	for (int i = 0; !nearly && i < 10; i++) {
		pthread_mutex_lock(&lock);
		pause_pace(150000000); /* long enough to be seen */
		pthread_mutex_unlock(&lock);
		pause_pace(100000000);
	}
	is_over = true;
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/* Nearly: one for eight writes. */
static void sync_each_write(bool nearly)
{
	static char block[4096];
	int fd = open_scratch("synced");
	for (int i = 0; i < 60; i++) {
		for (int n = 0; n < (nearly ? 8 : 1); n++)
			put(fd, block, sizeof(block));
		fdatasync(fd);
	}
}

/* Nearly: of four bytes. */
static void one_byte_reads(bool nearly)
{
	int fd = open("/dev/zero", O_RDONLY);
	char bytes[4];
	for (int i = 0; i < ROUNDS; i++) {
		if (read(fd, bytes, nearly ? 4 : 1) < 0)
			tracee_fail("read");
	}
}

/* Nearly: of a block. */
static void small_writes(bool nearly)
{
	static char block[4096];
	int fd = open_scratch("written");
	for (int i = 0; i < ROUNDS; i++)
		put(fd, block, nearly ? sizeof(block) / 8 : 12);
}

/* Nearly: they were open. */
static void close_unopened(bool nearly)
{
	for (int i = 0; i < ROUNDS; i++)
		close(nearly ? dup(STDIN_FILENO) : 5000 + i);
}

/* Nearly: it looks into the directories, as one who walks through a tree. */
static void stat_storm(bool nearly)
{
	struct stat state;
	char room[4096];
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < ROUNDS; i++) {
		syscall(SYS_newfstatat, AT_FDCWD, i % 4 ? "/etc" : "/etc/none", &state, 0);
		if (nearly && i % 50 == 0)
			syscall(SYS_getdents64, fd, room, sizeof(room));
	}
}

/* Nearly: of files that are opened for it. */
static void map_unmap(bool nearly)
{
	for (int i = 0; i < ROUNDS; i++) {
		int fd = nearly ? open("/proc/self/exe", O_RDONLY) : -1;
		void *at = mmap(
			NULL, 4096, PROT_READ, MAP_PRIVATE | (nearly ? 0 : MAP_ANONYMOUS), fd, 0);
		if (at == MAP_FAILED)
			tracee_fail("mmap");
		munmap(at, 4096);
		if (nearly)
			close(fd);
	}
}

static int udp_socket(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		tracee_fail("connect");
	return fd;
}

/* As the C library asks for both kinds of addresses. Nearly: with one socket. */
static void name_lookups(bool nearly)
{
	char query[2][12] = {{0}, {1}};
	struct iovec parts[2] = {{query[0], 12}, {query[1], 12}};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &parts[0], .msg_iovlen = 1}},
		{.msg_hdr = {.msg_iov = &parts[1], .msg_iovlen = 1}}};
	int fd = udp_socket();
	for (int i = 0; i < 60; i++) {
		if (!nearly) {
			close(fd);
			fd = udp_socket();
		}
		/* Nobody answers: then the second is refused. */
		sendmmsg(fd, messages, 2, MSG_NOSIGNAL);
	}
}

/* Answers requests of a byte until the end of each connection. */
static void *serve(void *argument)
{
	int listener = *(int *)argument;
	char byte;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			return NULL;
		while (recv(fd, &byte, 1, 0) == 1)
			send(fd, &byte, 1, MSG_NOSIGNAL);
		close(fd);
	}
}

/* Nearly: 20 requests each. */
static void connection_per_request(bool nearly)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	socklen_t size = sizeof(to);
	char byte = 'x';
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&to, size) < 0 || listen(listener, 9) < 0 ||
		getsockname(listener, (struct sockaddr *)&to, &size) < 0)
		tracee_fail("listen");
	tracee_thread(serve, &listener);
	for (int i = 0; i < 60; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&to, size) < 0)
			tracee_fail("connect");
		for (int n = 0; n < (nearly ? 20 : 1); n++) {
			send(fd, &byte, 1, 0);
			recv(fd, &byte, 1, 0);
		}
		close(fd);
	}
}

/* Nearly: of others. */
static void certificates_loaded(bool nearly)
{
	for (int i = 0; i < 20; i++)
		close(open(nearly ? "/etc/passwd" : "/etc/ssl/certs/none.pem", O_RDONLY));
}

/* Nearly: each is followed by work. */
static void short_timeouts(bool nearly)
{
	for (int i = 0; i < 150; i++) {
		poll(NULL, 0, 2); /* sleep: the fault */
		work(nearly ? 2 : 0);
	}
}

static const struct {
	const char *name;
	void (*run)(bool nearly);
} ways[] = {
	{"eagain-spin", eagain_spin},
	{"yield-loop", yield_loop},
	{"lock-contention", lock_contention},
	{"sync-each-write", sync_each_write},
	{"one-byte-reads", one_byte_reads},
	{"small-writes", small_writes},
	{"close-unopened", close_unopened},
	{"stat-storm", stat_storm},
	{"map-unmap", map_unmap},
	{"name-lookups", name_lookups},
	{"connection-per-request", connection_per_request},
	{"certificates-loaded", certificates_loaded},
	{"short-timeouts", short_timeouts},
};

int main(int argc, char **argv)
{
	bool nearly = argc == 3 && strcmp(argv[2], "nearly") == 0;
	if (argc != 2 + nearly)
		return 97;
	tracee_begin();
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(ways[i].name, argv[1]) != 0)
			continue;
		ways[i].run(nearly);
		puts("done");
		return 0;
	}
	return 97;
}
