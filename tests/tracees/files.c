/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files: prints "ready", waits for a byte, and uses files, connections and pipes in every way that
 * changes what a descriptor is: copies, children, shared tables, numbers that are used again by
 * other threads, passed descriptors. Then prints a line "CALLS ERRORS IN OUT NAME" for each, as it
 * knows them, waits for another byte, and ends.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tracee.h"

#define STACK_SIZE (64 << 10)
#define NAMES_MAX  64

static char buffer[4096];
static char directory[64];

/* What it has done with each object, also in children. */
struct object {
	char name[128];
	uint64_t calls, errors, in, out;
};

static struct object *objects; /* shared with children */

static struct object *object_of(const char *name)
{
	size_t i = 0;
	while (objects[i].name[0] && strcmp(objects[i].name, name) != 0)
		i++;
	if (i == NAMES_MAX)
		tracee_fail("too many objects");
	snprintf(objects[i].name, sizeof(objects[i].name), "%s", name);
	return &objects[i];
}

/* Which way the bytes of a call go. */
enum way {
	NONE,
	IN,
	OUT,
};

/* Adds a call on NAME with RESULT, which is returned. */
static long add(const char *name, enum way way, long result)
{
	struct object *object = object_of(name);
	object->calls++;
	object->errors += result < 0;
	if (result > 0 && way == IN)
		object->in += (uint64_t)result;
	if (result > 0 && way == OUT)
		object->out += (uint64_t)result;
	return result;
}

/* Calls that are counted. */

static int open_path(const char *path, int flags)
{
	return (int)add(path, NONE, syscall(SYS_openat, AT_FDCWD, path, flags, 0600));
}

static void write_to(const char *name, int fd, size_t size)
{
	add(name, OUT, syscall(SYS_write, fd, buffer, size));
}

static void read_from(const char *name, int fd, size_t size)
{
	add(name, IN, syscall(SYS_read, fd, buffer, size));
}

static void close_it(const char *name, int fd)
{
	add(name, NONE, syscall(SYS_close, fd));
}

static const char *path_of(const char *name)
{
	static char paths[8][128];
	static unsigned int next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

/* Files, and paths that fail. */

static void use_files(void)
{
	char a[128], b[128];
	snprintf(a, sizeof(a), "%s", path_of("a"));
	snprintf(b, sizeof(b), "%s", path_of("b"));
	int fd = open_path(a, O_RDWR | O_CREAT);
	write_to(a, fd, 1000);
	add(a, NONE, syscall(SYS_lseek, fd, 0, SEEK_SET));
	for (int i = 0; i < 10; i++)
		read_from(a, fd, 70);
	/* The same number is another file. */
	close_it(a, fd);
	int other = open_path(b, O_RDWR | O_CREAT);
	if (other != fd)
		tracee_fail("another number");
	write_to(b, other, 300);
	/* Copies. */
	int copy = (int)add(b, NONE, syscall(SYS_dup, other));
	write_to(b, copy, 11);
	int again = open_path(a, O_RDONLY);
	add(a, NONE, syscall(SYS_dup2, again, copy));
	read_from(a, copy, 500);
	close_it(a, again);
	read_from(a, copy, 5);
	add(a, NONE, syscall(SYS_fcntl, copy, F_SETFD, FD_CLOEXEC));
	close_it(a, copy);
	close_it(b, other);
	for (int i = 0; i < 25; i++)
		open_path(path_of("none"), O_RDONLY);
	add(path_of("none"), NONE, syscall(SYS_unlinkat, AT_FDCWD, path_of("none"), 0));
}

static void use_directory(void)
{
	int fd = open_path(directory, O_RDONLY | O_DIRECTORY);
	add(directory, IN, syscall(SYS_getdents64, fd, buffer, sizeof(buffer)));
	add(path_of("a"), NONE, syscall(SYS_faccessat, fd, "a", R_OK));
	add(directory, NONE, syscall(SYS_fchdir, fd));
	add(path_of("b"), NONE, syscall(SYS_faccessat, AT_FDCWD, "./b", R_OK));
	close_it(directory, fd);
	add("/", NONE, syscall(SYS_chdir, "/"));
}

/* Children. */

static int in_child(void *fd)
{
	/* Shares the table: its parent uses what it has opened. */
	int own = open_path(path_of("shared"), O_RDWR | O_CREAT);
	write_to(path_of("shared"), own, 40);
	close_it(path_of("a"), *(int *)fd);
	*(int *)fd = own;
	_exit(0);
}

static void use_children(void)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	int fd = open_path(path_of("a"), O_RDWR);
	pid_t child = fork();
	if (child == 0) {
		write_to(path_of("a"), fd, 21);
		close_it(path_of("a"), fd);
		int own = open_path(path_of("b"), O_RDWR);
		write_to(path_of("b"), own, 22);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	write_to(path_of("a"), fd, 23);
	int shared = fd;
	child = clone(in_child, stack + sizeof(stack), CLONE_FILES | CLONE_VM | SIGCHLD, &shared);
	waitpid(child, NULL, 0);
	write_to(path_of("shared"), shared, 41);
	close_it(path_of("shared"), shared);
}

/* Threads that use one number, one after the other. */

static void *use_number(void *number)
{
	char name[128];
	snprintf(name, sizeof(name), "%s", path_of(number));
	for (int i = 0; i < 50; i++) {
		int fd = open_path(name, O_RDWR | O_CREAT);
		write_to(name, fd, 3);
		close_it(name, fd);
	}
	return NULL;
}

static void use_threads(void)
{
	static char names[][8] = {"t0", "t1", "t2", "t3"};
	for (size_t i = 0; i < 4; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, use_number, names[i]);
		pthread_join(thread, NULL);
	}
}

/* Connections. */

static void make_address(struct sockaddr_in *address, int port)
{
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		tracee_fail("getsockname");
	return ntohs(address.sin_port);
}

/* The calls on the listening socket are not counted. */
static void use_connection(void)
{
	char client_name[128], server_name[128];
	struct sockaddr_in address, peer;
	socklen_t size = sizeof(peer);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	make_address(&address, 0);
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(listening, 1) < 0)
		tracee_fail("listen");
	int port = port_of(listening), client = socket(AF_INET, SOCK_STREAM, 0);
	/* Not bound before: how that is named depends on when it is looked at. */
	make_address(&address, port);
	long result = syscall(SYS_connect, client, &address, sizeof(address));
	int own = port_of(client);
	snprintf(client_name, sizeof(client_name), "TCP:[127.0.0.1:%d->127.0.0.1:%d]", own, port);
	snprintf(server_name, sizeof(server_name), "TCP:[127.0.0.1:%d->127.0.0.1:%d]", port, own);
	add(client_name, NONE, result);
	add(client_name, NONE, 0); /* getsockname */
	int server = (int)syscall(SYS_accept4, listening, &peer, &size, 0);
	for (int i = 0; i < 30; i++) {
		add(client_name, OUT, syscall(SYS_sendto, client, buffer, 100, 0, NULL, 0));
		add(server_name, IN, syscall(SYS_recvfrom, server, buffer, 100, 0, NULL, NULL));
		write_to(server_name, server, 7);
		read_from(client_name, client, 7);
	}
	/* The descriptors stay open: names may be found later. */
}

/* Other objects. */

static void use_ipc(void)
{
	struct {
		long type;
		char text[50];
	} message = {.type = 1};
	char name[64];
	int queue = (int)syscall(SYS_msgget, IPC_PRIVATE, IPC_CREAT | 0600);
	snprintf(name, sizeof(name), "message queue %d", queue);
	add(name, NONE, queue);
	/* It returns 0, and has sent what it was given. */
	if (add(name, NONE, syscall(SYS_msgsnd, queue, &message, 50, 0)) == 0)
		object_of(name)->out += 50;
	add(name, IN, syscall(SYS_msgrcv, queue, &message, 50, 0, 0));
	add(name, NONE, syscall(SYS_msgctl, queue, IPC_RMID, NULL));
	int set = (int)syscall(SYS_semget, IPC_PRIVATE, 1, IPC_CREAT | 0600);
	snprintf(name, sizeof(name), "semaphore set %d", set);
	add(name, NONE, set);
	add(name, NONE, syscall(SYS_semctl, set, 0, IPC_RMID));
}

static void pass(int socket, int fd)
{
	char byte = 'x';
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {{.cmsg_len = CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) < 0)
		tracee_fail("sendmsg");
}

static int take(int socket)
{
	char byte;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	int fd;
	if (recvmsg(socket, &message, 0) < 0)
		tracee_fail("recvmsg");
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

/* The calls on the sockets are not counted. */
static void use_passed(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		tracee_fail("socketpair");
	int fd = open_path(path_of("passed"), O_RDWR | O_CREAT);
	pass(pair[0], fd);
	int passed = take(pair[1]);
	close_it(path_of("passed"), fd);
	for (int i = 0; i < 10; i++)
		write_to(path_of("passed"), passed, 9);
	/* That one stays open; this is closed before anybody can look at it. */
	fd = open_path(path_of("brief"), O_RDWR | O_CREAT);
	pass(pair[0], fd);
	passed = take(pair[1]);
	for (int i = 0; i < 10; i++)
		write_to(path_of("brief"), passed, 8);
	close_it(path_of("brief"), passed);
	close_it(path_of("brief"), fd);
}

int main(void)
{
	tracee_begin();
	/* Shared with children; not by memfd_create, and before the calls are counted. */
	objects = mmap(NULL, NAMES_MAX * sizeof(*objects), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(directory, sizeof(directory), "/tmp/stop-files-%d", getpid());
	if (mkdir(directory, 0700) < 0)
		tracee_fail(directory);
	tracee_ready();
	use_files();
	use_directory();
	use_children();
	use_threads();
	use_connection();
	use_ipc();
	use_passed();
	for (size_t i = 0; i < NAMES_MAX && objects[i].name[0]; i++)
		printf("%llu %llu %llu %llu %s\n", (unsigned long long)objects[i].calls,
			(unsigned long long)objects[i].errors, (unsigned long long)objects[i].in,
			(unsigned long long)objects[i].out, objects[i].name);
	puts("done");
	tracee_await();
	return 0;
}
