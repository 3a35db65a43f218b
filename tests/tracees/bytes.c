/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bytes: prints "ready", waits for a byte, and makes calls that transfer bytes, of which some fail
 * or are at the end of a file. Prints a line "CALL BYTES" for each of them but write, at the end.
 */
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#include "tracee.h"

#define SIZE  10000
#define TIMES 20

static char buffer[SIZE];

/* Totals by call, of what the calls returned. */
static struct {
	const char *name;
	uint64_t bytes;
} sums[32];

static void add(const char *name, long bytes)
{
	size_t i = 0;
	while (sums[i].name && strcmp(sums[i].name, name) != 0)
		i++;
	sums[i].name = name;
	sums[i].bytes += bytes > 0 ? (uint64_t)bytes : 0;
}

/*
 * A file of SIZE bytes that has no name. Not by mkstemp: where a name is taken, the C library makes
 * the next one with getrandom, whose bytes are counted here.
 */
static int make_file(void)
{
	char path[64];
	snprintf(path, sizeof(path), "/tmp/stop-bytes-%d", getpid());
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || unlink(path) < 0)
		tracee_fail(path);
	add("write", write(fd, buffer, SIZE));
	return fd;
}

static void use_file(int file)
{
	struct iovec parts[] = {{buffer, 100}, {buffer + 100, 23}};
	add("pread64", pread(file, buffer, 1000, 9500));
	add("pread64", pread(file, buffer, 1000, SIZE)); /* the end of the file */
	lseek(file, 0, SEEK_SET);
	add("read", read(file, buffer, 777));
	add("read", read(-1, buffer, 777));              /* EBADF */
	add("read", syscall(SYS_read, file, NULL, 777)); /* EFAULT */
	add("readv", readv(file, parts, 2));
	add("writev", writev(file, parts, 2));
	add("pwrite64", pwrite(file, buffer, 33, 0));
	add("pwrite64", pwrite(-1, buffer, 33, 0));
}

static long receive(int fd, int flags)
{
	return syscall(SYS_recvfrom, fd, buffer, SIZE, flags, NULL, NULL);
}

static void use_sockets(void)
{
	struct iovec parts[] = {{buffer, 300}, {buffer + 300, 11}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		tracee_fail("socketpair");
	add("sendmsg", syscall(SYS_sendmsg, pair[0], &message, 0));
	add("recvmsg", syscall(SYS_recvmsg, pair[1], &message, 0));
	add("sendto", syscall(SYS_sendto, pair[0], buffer, 555, 0, NULL, 0));
	add("recvfrom", receive(pair[1], 0));
	add("recvfrom", receive(pair[1], MSG_DONTWAIT)); /* EAGAIN */
	close(pair[0]);
	add("recvfrom", receive(pair[1], 0)); /* the end of the stream */
	close(pair[1]);
}

static void use_pipes(int file)
{
	off_t offset = 0;
	loff_t from = 5;
	int ends[2];
	if (pipe(ends) < 0)
		tracee_fail("pipe");
	add("splice", splice(file, &from, ends[1], NULL, 1234, 0));
	add("read", read(ends[0], buffer, SIZE));
	add("sendfile", sendfile(ends[1], file, &offset, 2000));
	add("read", read(ends[0], buffer, SIZE));
	add("vmsplice", vmsplice(ends[1], &(struct iovec){buffer, 64}, 1, 0));
	add("read", read(ends[0], buffer, 10)); /* fewer than there are */
	close(ends[0]);
	close(ends[1]);
}

/* Calls that return 0, and those that only ask. */
static void use_others(int file)
{
	struct {
		long type;
		char text[40];
	} message = {.type = 1};
	int queue = msgget(IPC_PRIVATE, 0600);
	if (queue >= 0) {
		add("msgsnd", syscall(SYS_msgsnd, queue, &message, 40, 0) == 0 ? 40 : 0);
		add("msgsnd", syscall(SYS_msgsnd, -1, &message, 40, 0) == 0 ? 40 : 0);
		add("msgrcv", syscall(SYS_msgrcv, queue, &message, 40, 0, 0));
		msgctl(queue, IPC_RMID, NULL);
	}
	add("getrandom", getrandom(buffer, 256, 0));
	add("readlink", readlink("/proc/self/exe", buffer, SIZE));
	add("readlink", readlink("/", buffer, SIZE)); /* EINVAL */
	if (fsetxattr(file, "user.stop", buffer, 17, 0) == 0) {
		add("fsetxattr", 17);
		fgetxattr(file, "user.stop", NULL, 0);
		add("fgetxattr", fgetxattr(file, "user.stop", buffer, SIZE));
	}
}

int main(void)
{
	tracee_begin();
	tracee_ready();
	add("read", 1);
	int file = make_file();
	for (int i = 0; i < TIMES; i++) {
		use_file(file);
		use_sockets();
		use_pipes(file);
		use_others(file);
	}
	for (size_t i = 0; sums[i].name; i++) {
		if (strcmp(sums[i].name, "write") != 0)
			printf("%s%s %llu\n", sums[i].name, sizeof(long) == 4 ? "@32" : "",
				(unsigned long long)sums[i].bytes);
	}
	return 0;
}
