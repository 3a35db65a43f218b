/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selected: prints "port NUMBER" of a socket that it listens to, and "ready", waits for a byte, and
 * makes calls of which it is known how many have which path, descriptor, peer, error, result, time
 * and number of bytes. Then it waits for another byte, and exits.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tracee.h"

/* Nobody else has so many descriptors. */
#define CLOSED_FD 77

/* A socket that listens on an unused port of the loopback interface; sets *ADDRESS to it. */
static int listener(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(*address)) < 0 ||
		listen(fd, 64) < 0 || getsockname(fd, (struct sockaddr *)address, &size) < 0)
		tracee_fail("socket");
	return fd;
}

static void open_files(void)
{
	for (int i = 0; i < 30; i++)
		syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, "/proc/self/stat", O_RDONLY));
	for (int i = 0; i < 20; i++)
		syscall(SYS_openat, AT_FDCWD, "/nonexistent/stop/file", O_RDONLY);
	for (int i = 0; i < 7; i++)
		syscall(SYS_openat, AT_FDCWD, "/nonexistent/with blank", O_RDONLY);
	for (int i = 0; i < 5; i++)
		syscall(SYS_mkdirat, AT_FDCWD, "/proc/self/./stop", 0700);
}

static void transfer(void)
{
	static char bytes[6000];
	int ends[2];
	if (pipe(ends) < 0)
		tracee_fail("pipe");
	for (int i = 0; i < 11; i++) {
		syscall(SYS_write, ends[1], bytes, sizeof(bytes));
		syscall(SYS_read, ends[0], bytes, sizeof(bytes));
	}
	for (int i = 0; i < 3; i++) {
		syscall(SYS_write, ends[1], bytes, 10);
		syscall(SYS_read, ends[0], bytes, sizeof(bytes));
	}
}

static void use_closed(void)
{
	struct pollfd polled = {.fd = CLOSED_FD};
	for (int i = 0; i < 9; i++)
		syscall(SYS_fcntl, CLOSED_FD, F_GETFD);
	for (int i = 0; i < 4; i++)
		syscall(SYS_poll, &polled, 1, 0);
}

static void sleep_long(void)
{
	const struct timespec time = {.tv_nsec = 30000000};
	for (int i = 0; i < 3; i++)
		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL);
}

static void connect_to(const struct sockaddr_in *address)
{
	for (int i = 0; i < 6; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		if (syscall(SYS_connect, fd, address, sizeof(*address)) < 0)
			tracee_fail("connect");
	}
}

int main(void)
{
	struct sockaddr_in address;
	tracee_begin();
	listener(&address);
	printf("port %d\n", ntohs(address.sin_port));
	tracee_ready();
	open_files();
	transfer();
	use_closed();
	sleep_long();
	connect_to(&address);
	tracee_await();
	return 0;
}
