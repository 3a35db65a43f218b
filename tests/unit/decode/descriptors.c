/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Following descriptors: which object a call is about, after streams of events. */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/time.h"
#include "decode/descriptors.h"
#include "support/details.h"
#include "support/random.h"

/* The process of most tests, and its threads. */
#define PID    10
#define THREAD 11
#define CHILD  20

/* Where strings and structures of the target are. */
#define TEXT   0x1000
#define MEMORY 0x2000

/* Each call takes a tenth of this, one after the other, unless a test says when. */
#define STEP   (10 * NS_PER_MS)

struct stream {
	struct descriptors *descriptors;
	uint64_t now_ns;
	union made_detail made;
};

static int begin(void **state)
{
	static struct stream stream;
	stream = (struct stream){.descriptors = descriptors_new(), .now_ns = NS_PER_S};
	*state = &stream;
	return 0;
}

/* Every object is freed with its last reference: the sanitizers say so. */
static int end(void **state)
{
	struct stream *stream = *state;
	descriptors_free(stream->descriptors);
	return 0;
}

static void task(struct stream *stream, pid_t tid, pid_t tgid, pid_t parent, bool is_new)
{
	struct event_task record = {
		.event = {EVENT_TASK, tid, stream->now_ns},
		.tgid = tgid,
		.parent = parent,
		.comm = "test",
		.is_new = is_new,
	};
	descriptors_apply(stream->descriptors, &record.event);
}

static void gone(struct stream *stream, pid_t tid)
{
	struct event_gone record = {.event = {EVENT_GONE, tid, stream->now_ns}};
	descriptors_apply(stream->descriptors, &record.event);
}

/* A process of which nothing is open, as far as /proc says. */
static void process(struct stream *stream, pid_t pid)
{
	union made_reading made;
	task(stream, pid, pid, 1, false);
	reading_make(&made, pid, AT_FDCWD, FOUND_OPEN, stream->now_ns, stream->now_ns, KIND_FILE,
		"/home");
	descriptors_apply(stream->descriptors, &made.reading.event);
	reading_make(&made, pid, 0, FOUND_ALL, stream->now_ns, stream->now_ns, KIND_FILE, "");
	descriptors_apply(stream->descriptors, &made.reading.event);
	stream->now_ns += STEP;
	const struct event settled = {.type = EVENT_SETTLED, .time_ns = stream->now_ns};
	descriptors_apply(stream->descriptors, &settled);
}

#define ARGS(...) ((const uint64_t[CALL_MAX_ARGS]){__VA_ARGS__})

/* Begins a call of TID, which is ended by finish(). */
static void call(struct stream *stream, pid_t tid, uint32_t nr, const uint64_t *args)
{
	pid_t tgid = tid == THREAD ? PID : tid;
	detail_begin(
		&stream->made, tgid, tid, nr, stream->now_ns, stream->now_ns + STEP / 10, args);
	stream->now_ns += STEP;
}

static void finish(struct stream *stream, int64_t result)
{
	stream->made.detail.result = result;
	descriptors_apply(stream->descriptors, &stream->made.detail.event);
}

static void fail_with(struct stream *stream, int err)
{
	stream->made.detail.err = err;
	descriptors_apply(stream->descriptors, &stream->made.detail.event);
}

static void open_file(struct stream *stream, pid_t tid, const char *path, int flags, int fd)
{
	call(stream, tid, SYS_openat, ARGS((uint64_t)AT_FDCWD, TEXT, (uint64_t)flags));
	detail_text(&stream->made, TEXT, path);
	finish(stream, fd);
}

static void simple(struct stream *stream, pid_t tid, uint32_t nr, uint64_t a, uint64_t b,
	uint64_t c, int64_t result)
{
	call(stream, tid, nr, ARGS(a, b, c));
	finish(stream, result);
}

/* The name of object NUMBER of the last call; "" if there is none. */
static const char *use(const struct stream *stream, size_t number)
{
	const struct call_use *uses;
	size_t count = descriptors_uses(stream->descriptors, &uses);
	return number < count ? object_real(uses[number].object)->name : "";
}

static const struct call_use *use_of(const struct stream *stream)
{
	const struct call_use *uses;
	assert_true(descriptors_uses(stream->descriptors, &uses) > 0);
	return uses;
}

/* Reads a byte from FD; returns the name of the object. */
static const char *reads(struct stream *stream, pid_t tid, int fd)
{
	simple(stream, tid, SYS_read, (uint64_t)fd, MEMORY, 1, 1);
	return use(stream, 0);
}

#define assert_reads(stream, tid, fd, name) \
	assert_string_equal(reads((stream), (tid), (fd)), (name))

/* It fails with EBADF. */
static void assert_closed(struct stream *stream, pid_t tid, int fd)
{
	call(stream, tid, SYS_read, ARGS((uint64_t)fd, MEMORY, 1));
	fail_with(stream, EBADF);
	assert_int_equal(use_of(stream)->object->kind, KIND_CLOSED);
}

static void read_proc(struct stream *stream, pid_t pid, int fd, const char *name,
	enum object_kind kind, uint64_t from_ns, uint64_t until_ns)
{
	union made_reading made;
	reading_make(&made, pid, fd, name ? FOUND_OPEN : FOUND_CLOSED, from_ns, until_ns, kind,
		name ? name : "");
	descriptors_apply(stream->descriptors, &made.reading.event);
}

static void opened_file_is_read_and_closed(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/etc/passwd", O_RDONLY, 3);
	assert_string_equal(use(stream, 0), "/etc/passwd");
	assert_reads(stream, PID, 3, "/etc/passwd");
	assert_int_equal(use_of(stream)->in, 1);
	assert_int_equal(use_of(stream)->out, 0);
	assert_false(use_of(stream)->is_unsure);
	simple(stream, PID, SYS_close, 3, 0, 0, 0);
	assert_string_equal(use(stream, 0), "/etc/passwd");
	assert_closed(stream, PID, 3);
}

static void path_that_fails_is_an_object(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	call(stream, PID, SYS_openat, ARGS((uint64_t)AT_FDCWD, TEXT, O_RDONLY));
	detail_text(&stream->made, TEXT, "/usr/lib/python3/none.py");
	fail_with(stream, ENOENT);
	assert_string_equal(use(stream, 0), "/usr/lib/python3/none.py");
	assert_int_equal(use_of(stream)->object->kind, KIND_FILE);
}

static void paths_are_relative_to_the_directory(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "./a//b/", O_RDONLY, 3);
	assert_string_equal(use(stream, 0), "/home/a/b");
	/* From where no link can lead elsewhere. */
	open_file(stream, PID, "../x", O_RDONLY, 4);
	assert_string_equal(use(stream, 0), "/x");
	/* "b" may be one. */
	open_file(stream, PID, "b/../x", O_RDONLY, 5);
	assert_string_equal(use(stream, 0), "/home/b/../x");
	call(stream, PID, SYS_openat, ARGS(3, TEXT, O_RDONLY));
	detail_text(&stream->made, TEXT, "c");
	finish(stream, 6);
	assert_string_equal(use(stream, 0), "/home/a/b/c");
	call(stream, PID, SYS_chdir, ARGS(TEXT));
	detail_text(&stream->made, TEXT, "/tmp");
	finish(stream, 0);
	open_file(stream, PID, "d", O_RDONLY, 7);
	assert_string_equal(use(stream, 0), "/tmp/d");
	simple(stream, PID, SYS_fchdir, 3, 0, 0, 0);
	open_file(stream, PID, "e", O_RDONLY, 8);
	assert_string_equal(use(stream, 0), "/home/a/b/e");
	/* AT_EMPTY_PATH. */
	call(stream, PID, SYS_newfstatat, ARGS(7, TEXT, MEMORY, AT_EMPTY_PATH));
	detail_text(&stream->made, TEXT, "");
	finish(stream, 0);
	assert_string_equal(use(stream, 0), "/tmp/d");
}

static void unknown_directory_is_shown(void **state)
{
	struct stream *stream = *state;
	task(stream, PID, PID, 1, false);
	open_file(stream, PID, "a", O_RDONLY, 3);
	assert_string_equal(use(stream, 0), "…/a");
}

static void copies_are_the_same_object(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	open_file(stream, PID, "/b", O_RDONLY, 4);
	simple(stream, PID, SYS_dup, 3, 0, 0, 5);
	simple(stream, PID, SYS_dup2, 3, 4, 0, 4);
	simple(stream, PID, SYS_fcntl, 3, F_DUPFD, 10, 10);
	simple(stream, PID, SYS_dup3, 3, 7, O_CLOEXEC, 7);
	simple(stream, PID, SYS_dup2, 3, 3, 0, 3);
	simple(stream, PID, SYS_close, 3, 0, 0, 0);
	for (size_t i = 0; i < 4; i++)
		assert_reads(stream, PID, ((const int[]){5, 4, 10, 7})[i], "/a");
	assert_closed(stream, PID, 3);
}

static void child_has_copies(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	task(stream, CHILD, CHILD, PID, true);
	simple(stream, PID, SYS_fork, 0, 0, 0, CHILD);
	assert_reads(stream, CHILD, 3, "/a");
	/* Each has its own table from then on. */
	simple(stream, CHILD, SYS_close, 3, 0, 0, 0);
	open_file(stream, CHILD, "/b", O_RDONLY, 3);
	assert_reads(stream, PID, 3, "/a");
	assert_reads(stream, CHILD, 3, "/b");
	/* So has it the directory. */
	open_file(stream, CHILD, "c", O_RDONLY, 4);
	assert_string_equal(use(stream, 0), "/home/c");
}

static void child_of_a_process_that_is_not_read_yet_has_copies(void **state)
{
	struct stream *stream = *state;
	task(stream, PID, PID, 1, false);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	task(stream, CHILD, CHILD, PID, true);
	assert_reads(stream, CHILD, 3, "/a");
}

static void clone_files_shares_the_table(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	task(stream, CHILD, CHILD, PID, true);
	/* The child runs before its parent is seen to return. */
	open_file(stream, CHILD, "/b", O_RDONLY, 4);
	simple(stream, PID, SYS_clone, CLONE_FILES, 0, 0, CHILD);
	assert_reads(stream, PID, 4, "/b");
	open_file(stream, CHILD, "/c", O_RDONLY, 5);
	assert_reads(stream, PID, 5, "/c");
	simple(stream, PID, SYS_close, 3, 0, 0, 0);
	assert_closed(stream, CHILD, 3);
	/* Until it has one of its own. */
	simple(stream, CHILD, SYS_unshare, CLONE_FILES, 0, 0, 0);
	simple(stream, CHILD, SYS_close, 4, 0, 0, 0);
	assert_reads(stream, PID, 4, "/b");
}

/* The parent gets no processor until the child has ended. */
static void clone_files_shares_the_table_of_an_ended_child(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	task(stream, CHILD, CHILD, PID, true);
	open_file(stream, CHILD, "/b", O_RDONLY, 4);
	simple(stream, CHILD, SYS_close, 3, 0, 0, 0);
	gone(stream, CHILD);
	simple(stream, PID, SYS_clone, CLONE_FILES, 0, 0, CHILD);
	assert_reads(stream, PID, 4, "/b");
	assert_closed(stream, PID, 3);
	/* Another one with this number has a table of its own. */
	task(stream, CHILD, CHILD, PID, true);
	simple(stream, CHILD, SYS_close, 4, 0, 0, 0);
	gone(stream, CHILD);
	simple(stream, PID, SYS_fork, 0, 0, 0, CHILD);
	assert_reads(stream, PID, 4, "/b");
	/* However many end so. */
	for (int i = 0; i < 200; i++) {
		task(stream, CHILD + i, CHILD + i, PID, true);
		gone(stream, CHILD + i);
	}
	assert_reads(stream, PID, 4, "/b");
}

static void threads_share_the_table(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	task(stream, THREAD, PID, 1, true);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	assert_reads(stream, THREAD, 3, "/a");
	gone(stream, PID);
	assert_reads(stream, THREAD, 3, "/a");
}

static void exec_closes_what_is_marked(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/kept", O_RDONLY, 3);
	open_file(stream, PID, "/closed", O_RDONLY | O_CLOEXEC, 4);
	open_file(stream, PID, "/marked", O_RDONLY, 5);
	simple(stream, PID, SYS_fcntl, 5, F_SETFD, FD_CLOEXEC, 0);
	open_file(stream, PID, "/unmarked", O_RDONLY | O_CLOEXEC, 6);
	simple(stream, PID, SYS_fcntl, 6, F_SETFD, 0, 0);
	open_file(stream, PID, "/ioctl", O_RDONLY, 7);
	simple(stream, PID, SYS_ioctl, 7, FIOCLEX, 0, 0);
	simple(stream, PID, SYS_dup, 4, 0, 0, 8);
	/* CLOSE_RANGE_CLOEXEC */
	open_file(stream, PID, "/range", O_RDONLY, 9);
	simple(stream, PID, SYS_close_range, 9, 9, 4, 0);
	call(stream, PID, SYS_execve, ARGS(TEXT, 0, 0));
	detail_text(&stream->made, TEXT, "/bin/none");
	fail_with(stream, ENOENT);
	assert_reads(stream, PID, 4, "/closed");
	call(stream, PID, SYS_execve, ARGS(TEXT, 0, 0));
	detail_text(&stream->made, TEXT, "/bin/true");
	finish(stream, 0);
	assert_string_equal(use(stream, 0), "/bin/true");
	assert_reads(stream, PID, 3, "/kept");
	assert_reads(stream, PID, 6, "/unmarked");
	assert_reads(stream, PID, 8, "/closed");
	assert_closed(stream, PID, 4);
	assert_closed(stream, PID, 5);
	assert_closed(stream, PID, 7);
	assert_closed(stream, PID, 9);
}

static void exec_unshares_the_table(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/a", O_RDONLY | O_CLOEXEC, 3);
	task(stream, CHILD, CHILD, PID, true);
	simple(stream, PID, SYS_clone, CLONE_FILES | CLONE_VM, 0, 0, CHILD);
	call(stream, CHILD, SYS_execve, ARGS(TEXT, 0, 0));
	detail_text(&stream->made, TEXT, "/bin/true");
	finish(stream, 0);
	assert_closed(stream, CHILD, 3);
	assert_reads(stream, PID, 3, "/a");
}

static void close_range_closes_all_in_it(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	for (int fd = 3; fd < 8; fd++)
		open_file(stream, PID, "/a", O_RDONLY, fd);
	simple(stream, PID, SYS_close_range, 4, 6, 0, 0);
	assert_reads(stream, PID, 3, "/a");
	assert_reads(stream, PID, 7, "/a");
	for (int fd = 4; fd < 7; fd++)
		assert_closed(stream, PID, fd);
	simple(stream, PID, SYS_close_range, 3, UINT32_MAX, 0, 0);
	assert_closed(stream, PID, 7);
}

static void make_address(struct sockaddr_in *address, const char *host, unsigned int port)
{
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	inet_pton(AF_INET, host, &address->sin_addr);
}

static void with_address(
	struct stream *stream, pid_t tid, uint32_t nr, int fd, const char *host, unsigned int port)
{
	struct sockaddr_in address;
	make_address(&address, host, port);
	call(stream, tid, nr, ARGS((uint64_t)fd, MEMORY, sizeof(address)));
	detail_memory(&stream->made, DETAIL_ENTRY, MEMORY, &address, sizeof(address));
}

static void sockets_are_named_by_their_addresses(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	simple(stream, PID, SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, 3);
	assert_string_equal(use(stream, 0), "TCP of 10 (test)");
	/* A refused connection is a row of the address, and the socket is not connected. */
	with_address(stream, PID, SYS_connect, 3, "10.0.0.1", 81);
	fail_with(stream, ECONNREFUSED);
	assert_string_equal(use(stream, 0), "TCP:[?->10.0.0.1:81]");
	assert_reads(stream, PID, 3, "TCP of 10 (test)");
	with_address(stream, PID, SYS_connect, 3, "10.0.0.1", 80);
	fail_with(stream, EINPROGRESS);
	assert_reads(stream, PID, 3, "TCP:[?->10.0.0.1:80]");
	/* The kernel has chosen its own address. */
	read_proc(stream, PID, 3, "TCP:[10.0.0.9:4000->10.0.0.1:80]", KIND_TCP, stream->now_ns,
		stream->now_ns);
	stream->now_ns += STEP;
	assert_reads(stream, PID, 3, "TCP:[10.0.0.9:4000->10.0.0.1:80]");
}

static void accepted_sockets_have_both_ends(void **state)
{
	struct stream *stream = *state;
	struct sockaddr_in address;
	uint32_t size = sizeof(address);
	process(stream, PID);
	simple(stream, PID, SYS_socket, AF_INET, SOCK_STREAM, 0, 3);
	with_address(stream, PID, SYS_bind, 3, "127.0.0.1", 80);
	finish(stream, 0);
	simple(stream, PID, SYS_listen, 3, 5, 0, 0);
	assert_string_equal(use(stream, 0), "TCP:[127.0.0.1:80]");
	make_address(&address, "127.0.0.1", 5000);
	call(stream, PID, SYS_accept4, ARGS(3, MEMORY, MEMORY + 64, SOCK_CLOEXEC));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY, &address, sizeof(address));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY + 64, &size, sizeof(size));
	finish(stream, 4);
	assert_string_equal(use(stream, 0), "TCP:[127.0.0.1:80]");
	assert_reads(stream, PID, 4, "TCP:[127.0.0.1:80->127.0.0.1:5000]");
	/* Without an address, it is asked for. */
	struct descriptor_want want;
	simple(stream, PID, SYS_accept, 3, 0, 0, 5);
	assert_reads(stream, PID, 5, "TCP:[127.0.0.1:80->?]");
	assert_true(descriptors_next_want(stream->descriptors, &want));
	assert_int_equal(want.tid, PID);
	assert_int_equal(want.fd, 5);
	assert_false(want.all);
	assert_false(descriptors_next_want(stream->descriptors, &want));
}

static void datagrams_are_of_the_address_in_the_call(void **state)
{
	struct stream *stream = *state;
	struct sockaddr_in address;
	process(stream, PID);
	simple(stream, PID, SYS_socket, AF_INET, SOCK_DGRAM, 0, 3);
	make_address(&address, "10.0.0.1", 53);
	call(stream, PID, SYS_sendto, ARGS(3, TEXT, 20, 0, MEMORY, sizeof(address)));
	detail_memory(&stream->made, DETAIL_ENTRY, MEMORY, &address, sizeof(address));
	finish(stream, 20);
	assert_string_equal(use(stream, 0), "UDP:[?->10.0.0.1:53]");
	assert_int_equal(use_of(stream)->out, 20);
}

static void pipe_is_one_object(void **state)
{
	struct stream *stream = *state;
	const int32_t fds[2] = {3, 4};
	process(stream, PID);
	call(stream, PID, SYS_pipe2, ARGS(MEMORY, O_CLOEXEC));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY, fds, sizeof(fds));
	finish(stream, 0);
	uint64_t id = use_of(stream)->object->id;
	reads(stream, PID, 3);
	assert_int_equal(use_of(stream)->object->id, id);
	simple(stream, PID, SYS_write, 4, MEMORY, 7, 7);
	assert_int_equal(use_of(stream)->object->id, id);
	assert_int_equal(use_of(stream)->out, 7);
	/* Its number is found at either end. */
	read_proc(stream, PID, 4, "pipe:[77]", KIND_PIPE, stream->now_ns, stream->now_ns);
	stream->now_ns += STEP;
	assert_reads(stream, PID, 3, "pipe:[77]");
}

static void passed_descriptors_are_asked_for(void **state)
{
	struct stream *stream = *state;
	struct descriptor_want want;
	struct msghdr header = {.msg_control = (void *)(MEMORY + 256), .msg_controllen = 24};
	const struct cmsghdr head = {24, SOL_SOCKET, SCM_RIGHTS};
	const int32_t passed[] = {5, 6};
	unsigned char control[24];
	memcpy(control, &head, sizeof(head));
	memcpy(control + sizeof(head), passed, sizeof(passed));
	process(stream, PID);
	open_file(stream, PID, "/old", O_RDONLY, 5);
	simple(stream, PID, SYS_close, 5, 0, 0, 0);
	call(stream, PID, SYS_recvmsg, ARGS(3, MEMORY, MSG_CMSG_CLOEXEC));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY, &header, sizeof(header));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY + 256, control, sizeof(control));
	finish(stream, 1);
	reads(stream, PID, 5);
	assert_int_equal(use_of(stream)->object->kind, KIND_UNKNOWN);
	/* That of the socket itself, which is not known either, and those that were passed. */
	bool is_asked[8] = {false};
	while (descriptors_next_want(stream->descriptors, &want))
		is_asked[want.fd] = true;
	assert_true(is_asked[5] && is_asked[6]);
	read_proc(stream, PID, 5, "/passed", KIND_FILE, stream->now_ns, stream->now_ns);
	stream->now_ns += STEP;
	assert_reads(stream, PID, 5, "/passed");
	assert_false(use_of(stream)->is_unsure);
}

/* The call NR of PID on the socket FD, with a message that has one descriptor, PASSED. */
static void message_call(struct stream *stream, pid_t pid, uint32_t nr, int fd, int32_t passed)
{
	struct msghdr header = {.msg_control = (void *)(MEMORY + 256), .msg_controllen = 24};
	const struct cmsghdr head = {20, SOL_SOCKET, SCM_RIGHTS};
	enum detail_phase phase = nr == SYS_sendmsg ? DETAIL_ENTRY : DETAIL_EXIT;
	unsigned char control[24] = {0};
	memcpy(control, &head, sizeof(head));
	memcpy(control + sizeof(head), &passed, sizeof(passed));
	call(stream, pid, nr, ARGS((uint64_t)fd, MEMORY, 0));
	detail_memory(&stream->made, phase, MEMORY, &header, sizeof(header));
	detail_memory(&stream->made, phase, MEMORY + 256, control, sizeof(control));
	finish(stream, 1);
}

static void make_pair(struct stream *stream)
{
	const int32_t fds[2] = {3, 4};
	process(stream, PID);
	call(stream, PID, SYS_socketpair, ARGS(AF_UNIX, SOCK_STREAM, 0, MEMORY));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY, fds, sizeof(fds));
	finish(stream, 0);
}

/* Also if it is closed before anybody looks into /proc. */
static void passed_descriptors_are_what_was_sent(void **state)
{
	struct stream *stream = *state;
	make_pair(stream);
	open_file(stream, PID, "/one", O_RDONLY, 5);
	open_file(stream, PID, "/two", O_RDONLY, 6);
	message_call(stream, PID, SYS_sendmsg, 3, 5);
	message_call(stream, PID, SYS_sendmsg, 3, 6);
	message_call(stream, PID, SYS_recvmsg, 4, 7);
	assert_reads(stream, PID, 7, "/one");
	simple(stream, PID, SYS_close, 7, 0, 0, 0);
	message_call(stream, PID, SYS_recvmsg, 4, 7);
	assert_reads(stream, PID, 7, "/two");
	/* What was sent at the same end is nothing that is received there. */
	message_call(stream, PID, SYS_sendmsg, 3, 5);
	message_call(stream, PID, SYS_recvmsg, 3, 8);
	reads(stream, PID, 8);
	assert_int_equal(use_of(stream)->object->kind, KIND_UNKNOWN);
}

/* The receiver can return before the sender does; both are named in /proc. */
static void passed_descriptors_can_be_told_of_later(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/one", O_RDONLY, 5);
	read_proc(stream, PID, 3, "UNIX-STREAM:[5->6]", KIND_UNIX, stream->now_ns, stream->now_ns);
	read_proc(stream, PID, 4, "UNIX-STREAM:[6->5,\"/run/x\"]", KIND_UNIX, stream->now_ns,
		stream->now_ns);
	stream->now_ns += STEP;
	uint64_t sent_ns = stream->now_ns;
	message_call(stream, PID, SYS_recvmsg, 4, 7);
	reads(stream, PID, 7);
	struct object *object = object_ref(use_of(stream)->object);
	assert_int_equal(object->kind, KIND_UNKNOWN);
	uint64_t now_ns = stream->now_ns;
	stream->now_ns = sent_ns;
	message_call(stream, PID, SYS_sendmsg, 3, 5);
	stream->now_ns = now_ns;
	assert_memory_equal(object_real(object)->name, "/one", 4);
	object_unref(descriptors_objects(stream->descriptors), object);
	assert_reads(stream, PID, 7, "/one");
}

static void passed_descriptors_that_nobody_takes_are_forgotten(void **state)
{
	struct stream *stream = *state;
	make_pair(stream);
	open_file(stream, PID, "/one", O_RDONLY, 5);
	open_file(stream, PID, "/two", O_RDONLY, 6);
	message_call(stream, PID, SYS_sendmsg, 3, 5);
	simple(stream, PID, SYS_read, 4, MEMORY, 1, 1);
	message_call(stream, PID, SYS_sendmsg, 3, 6);
	message_call(stream, PID, SYS_recvmsg, 4, 7);
	assert_reads(stream, PID, 7, "/two");
	/* A bounded number is remembered, and all are freed. */
	for (int i = 0; i < 1000; i++)
		message_call(stream, PID, i % 3 ? SYS_sendmsg : SYS_recvmsg, 4, 5);
}

static void sockets_of_another_kind_of_process(void **state)
{
	struct stream *stream = *state;
	const int32_t fds[2] = {3, 4};
	process(stream, PID);
	call(stream, PID, SYS_socketpair, ARGS(AF_UNIX, SOCK_STREAM, 0, MEMORY));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY, fds, sizeof(fds));
	finish(stream, 0);
	assert_reads(stream, PID, 3, "UNIX-STREAM of 10 (test)");
	read_proc(stream, PID, 3, "UNIX-STREAM:[5->6]", KIND_UNIX, stream->now_ns, stream->now_ns);
	stream->now_ns += STEP;
	assert_reads(stream, PID, 3, "UNIX-STREAM:[5->6]");
	assert_reads(stream, PID, 4, "UNIX-STREAM of 10 (test)");
}

static void anonymous_objects_belong_to_a_process(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	simple(stream, PID, SYS_eventfd2, 0, 0, 0, 3);
	assert_reads(stream, PID, 3, "[eventfd] 3 of 10 (test)");
	simple(stream, PID, SYS_epoll_create1, 0, 0, 0, 4);
	simple(stream, PID, SYS_epoll_wait, 4, MEMORY, 1, 0);
	assert_string_equal(use(stream, 0), "[eventpoll] 4 of 10 (test)");
	call(stream, PID, SYS_memfd_create, ARGS(TEXT, 0));
	detail_text(&stream->made, TEXT, "name");
	finish(stream, 5);
	assert_reads(stream, PID, 5, "/memfd:name");
	simple(stream, PID, SYS_pidfd_open, 77, 0, 0, 6);
	assert_reads(stream, PID, 6, "[pidfd] of process 77");
}

static void ipc_and_futexes_are_objects(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	simple(stream, PID, SYS_semget, 1, 1, 0, 7);
	assert_string_equal(use(stream, 0), "semaphore set 7");
	simple(stream, PID, SYS_semop, 7, MEMORY, 1, 0);
	assert_string_equal(use(stream, 0), "semaphore set 7");
	call(stream, PID, SYS_msgsnd, ARGS(8, MEMORY, 100));
	finish(stream, 0);
	assert_string_equal(use(stream, 0), "message queue 8");
	assert_int_equal(use_of(stream)->out, 100);
	simple(stream, PID, SYS_shmat, 9, 0, 0, 0x7000);
	assert_string_equal(use(stream, 0), "shared memory 9");
	simple(stream, PID, SYS_futex, 0xabc0, 0, 1, 0);
	assert_string_equal(use(stream, 0), "futex 0xabc0 of 10 (test)");
}

static void calls_with_two_objects_have_two(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/in", O_RDONLY, 3);
	open_file(stream, PID, "/out", O_WRONLY, 4);
	call(stream, PID, SYS_sendfile, ARGS(4, 3, 0, 100));
	finish(stream, 100);
	assert_string_equal(use(stream, 0), "/out");
	assert_string_equal(use(stream, 1), "/in");
	const struct call_use *uses = use_of(stream);
	assert_int_equal(uses[0].out, 100);
	assert_int_equal(uses[0].in, 0);
	assert_int_equal(uses[1].in, 100);
	assert_int_equal(uses[1].out, 0);
}

/* Order of events against readings of /proc. */

static void table_is_read_at_first_sight(void **state)
{
	struct stream *stream = *state;
	struct descriptor_want want;
	union made_reading made;
	task(stream, PID, PID, 1, false);
	assert_true(descriptors_next_want(stream->descriptors, &want));
	assert_true(want.all);
	assert_int_equal(want.tid, PID);
	assert_false(descriptors_next_want(stream->descriptors, &want));
	/* A call that is seen before the reading has an object that turns out later. */
	reads(stream, PID, 3);
	struct object *object = object_ref(use_of(stream)->object);
	assert_int_equal(object->kind, KIND_UNKNOWN);
	read_proc(stream, PID, 3, "/a", KIND_FILE, stream->now_ns, stream->now_ns + 1);
	reading_make(&made, PID, 0, FOUND_ALL, stream->now_ns, stream->now_ns + 2, KIND_FILE, "");
	descriptors_apply(stream->descriptors, &made.reading.event);
	assert_int_equal(object_real(object)->kind, KIND_UNKNOWN);
	stream->now_ns += STEP;
	assert_reads(stream, PID, 3, "/a");
	assert_string_equal(object_real(object)->name, "/a");
	assert_false(use_of(stream)->is_unsure);
	object_unref(descriptors_objects(stream->descriptors), object);
	assert_closed(stream, PID, 4);
}

static void change_before_the_reading_arrives_late(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	reads(stream, PID, 3);
	struct object *before = object_ref(use_of(stream)->object);
	/* /proc is read after these calls, whose events arrive later. */
	uint64_t later_ns = stream->now_ns + 10 * STEP;
	read_proc(stream, PID, 3, "/new", KIND_FILE, later_ns, later_ns + 1);
	reads(stream, PID, 3);
	assert_ptr_equal(use_of(stream)->object, before);
	simple(stream, PID, SYS_close, 3, 0, 0, 0);
	open_file(stream, PID, "/new", O_RDONLY, 3);
	stream->now_ns = later_ns + STEP;
	assert_reads(stream, PID, 3, "/new");
	/* What it was is not known, and not taken to be what was read. */
	assert_int_equal(object_real(before)->kind, KIND_UNKNOWN);
	object_unref(descriptors_objects(stream->descriptors), before);
}

static void change_after_the_reading_is_another_object(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	reads(stream, PID, 3);
	struct object *before = object_ref(use_of(stream)->object);
	read_proc(stream, PID, 3, "/old", KIND_FILE, stream->now_ns, stream->now_ns + 1);
	stream->now_ns += 2;
	simple(stream, PID, SYS_close, 3, 0, 0, 0);
	open_file(stream, PID, "/new", O_RDONLY, 3);
	assert_string_equal(object_real(before)->name, "/old");
	assert_reads(stream, PID, 3, "/new");
	object_unref(descriptors_objects(stream->descriptors), before);
}

static void change_during_the_reading_is_unsure(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	open_file(stream, PID, "/b", O_RDONLY, 4);
	reads(stream, PID, 3);
	uint64_t from_ns = stream->now_ns;
	read_proc(stream, PID, 3, "/a", KIND_FILE, from_ns, from_ns + STEP / 20);
	stream->now_ns += STEP;
	/* dup2 to 3 while it was read: it is known afterwards. */
	detail_begin(&stream->made, PID, PID, SYS_dup2, from_ns, from_ns + STEP / 10, ARGS(4, 3));
	finish(stream, 3);
	assert_reads(stream, PID, 3, "/b");
	assert_false(use_of(stream)->is_unsure);
	/* A call that has begun before that was on another object, which may be /a. */
	detail_begin(&stream->made, PID, PID, SYS_read, from_ns - 1, from_ns + STEP, ARGS(3));
	finish(stream, 1);
	assert_string_equal(use(stream, 0), "/a");
}

static void numbers_are_reused_across_threads(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	task(stream, THREAD, PID, 1, true);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	/* A read that began on /a ends after another thread has closed it and opened /b. */
	uint64_t from_ns = stream->now_ns;
	simple(stream, THREAD, SYS_close, 3, 0, 0, 0);
	open_file(stream, THREAD, "/b", O_RDONLY, 3);
	uint64_t until_ns = stream->now_ns;
	detail_begin(&stream->made, PID, PID, SYS_read, from_ns - 2 * STEP, until_ns, ARGS(3));
	finish(stream, 10);
	assert_reads(stream, PID, 3, "/b");
	/* A close that takes long is of /b, and closes it at its beginning. */
	from_ns = stream->now_ns;
	stream->now_ns += STEP;
	open_file(stream, THREAD, "/c", O_RDONLY, 3);
	detail_begin(&stream->made, PID, PID, SYS_close, from_ns, stream->now_ns, ARGS(3));
	finish(stream, 0);
	assert_string_equal(use(stream, 0), "/b");
	stream->now_ns += STEP;
	assert_reads(stream, PID, 3, "/c");
}

static void lost_details_put_all_in_doubt(void **state)
{
	struct stream *stream = *state;
	struct descriptor_want want;
	union made_reading made;
	process(stream, PID);
	open_file(stream, PID, "/a", O_RDONLY, 3);
	open_file(stream, PID, "/b", O_RDONLY, 4);
	while (descriptors_next_want(stream->descriptors, &want))
		;
	call(stream, PID, SYS_read, ARGS(3));
	stream->made.detail.lost = 5;
	finish(stream, 1);
	assert_string_equal(use(stream, 0), "/a");
	assert_true(use_of(stream)->is_unsure);
	/* It is read again: 3 is another file, 4 is not open. */
	assert_true(descriptors_next_want(stream->descriptors, &want));
	assert_true(want.all);
	read_proc(stream, PID, 3, "/c", KIND_FILE, stream->now_ns, stream->now_ns + 1);
	reading_make(&made, PID, 0, FOUND_ALL, stream->now_ns, stream->now_ns + 2, KIND_FILE, "");
	descriptors_apply(stream->descriptors, &made.reading.event);
	stream->now_ns += STEP;
	assert_reads(stream, PID, 3, "/c");
	assert_false(use_of(stream)->is_unsure);
	assert_closed(stream, PID, 4);
}

static void call_on_a_closed_number_that_succeeds_is_found(void **state)
{
	struct stream *stream = *state;
	struct descriptor_want want;
	process(stream, PID);
	/* io_uring opens files without a call. */
	reads(stream, PID, 9);
	assert_int_equal(use_of(stream)->object->kind, KIND_UNKNOWN);
	assert_true(descriptors_next_want(stream->descriptors, &want));
	assert_int_equal(want.fd, 9);
}

static void namer_knows_what_was_closed(void **state)
{
	struct stream *stream = *state;
	char name[64];
	process(stream, PID);
	open_file(stream, PID, "/a\n", O_RDONLY, 3);
	struct descriptor_namer *namer = descriptors_namer(stream->descriptors);
	const struct event_detail *detail = &stream->made.detail;
	assert_true(namer->name(namer, detail, 3, true, name, sizeof(name)));
	assert_string_equal(name, "/a\\n");
	simple(stream, PID, SYS_close, 3, 0, 0, 0);
	assert_true(namer->name(namer, detail, 3, false, name, sizeof(name)));
	assert_string_equal(name, "/a\\n");
	assert_true(namer->name(namer, detail, AT_FDCWD, false, name, sizeof(name)));
	assert_string_equal(name, "/home");
	assert_closed(stream, PID, 3);
	assert_false(namer->name(namer, detail, 3, false, name, sizeof(name)));
	simple(stream, PID, SYS_eventfd2, 0, 0, 0, 3);
	assert_true(namer->name(namer, detail, 3, true, name, sizeof(name)));
	assert_string_equal(name, "anon_inode:[eventfd]");
}

static void memory_is_bounded(void **state)
{
	struct stream *stream = *state;
	process(stream, PID);
	/* A number that nobody follows. */
	open_file(stream, PID, "/far", O_RDONLY, 1 << 20);
	reads(stream, PID, 1 << 20);
	assert_int_equal(use_of(stream)->object->kind, KIND_UNKNOWN);
	/* What nobody refers to is freed. */
	size_t before = descriptors_objects(stream->descriptors)->count;
	for (int i = 0; i < 1000; i++) {
		char path[32];
		snprintf(path, sizeof(path), "/file/%d", i);
		open_file(stream, PID, path, O_RDONLY, 3);
		simple(stream, PID, SYS_close, 3, 0, 0, 0);
	}
	assert_in_range(descriptors_objects(stream->descriptors)->count, before, before + 4);
}

static void names_are_bounded(void **state)
{
	struct stream *stream = *state;
	static char path[4096];
	process(stream, PID);
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	const struct objects *objects = descriptors_objects(stream->descriptors);
	for (int fd = 3; fd < 20000; fd++) {
		char number[16];
		memcpy(path + 1, number, (size_t)snprintf(number, sizeof(number), "%08d", fd));
		open_file(stream, PID, path, O_RDONLY, fd);
	}
	assert_in_range(objects->bytes, OBJECTS_BYTES_MAX / 2, OBJECTS_BYTES_MAX + (1 << 20));
	assert_reads(stream, PID, 19999, "too many names");
	assert_int_equal(use_of(stream)->object->kind, KIND_UNKNOWN);
}

/* Any numbers and memory: nothing is read beyond them, and nothing leaks. */
static void hostile_details_do_no_harm(void **state)
{
	struct stream *stream = *state;
	uint64_t seed = 20;
	for (int i = 0; i < 200000; i++) {
		static const pid_t pids[] = {PID, THREAD, CHILD, 30};
		pid_t tid = pids[random_below(&seed, COUNT_OF(pids))];
		uint64_t args[CALL_MAX_ARGS];
		unsigned char bytes[256];
		for (size_t n = 0; n < CALL_MAX_ARGS; n++)
			args[n] = random_below(&seed, 3)   ? random_below(&seed, 12)
			          : random_below(&seed, 2) ? MEMORY + 8 * random_below(&seed, 8)
			                                   : random_magnitude(&seed);
		for (size_t n = 0; n < sizeof(bytes); n++)
			bytes[n] = (unsigned char)(random_next(&seed) >> random_below(&seed, 8));
		call(stream, tid, (uint32_t)random_below(&seed, 470), args);
		stream->made.detail.call.abi = (uint32_t)random_below(&seed, ABI_IO_URING);
		stream->made.detail.end = (uint32_t)random_below(&seed, 3);
		stream->made.detail.lost = random_below(&seed, 1000) == 0;
		size_t phase = random_below(&seed, DETAIL_PHASES);
		detail_memory(&stream->made, (enum detail_phase)phase, MEMORY, bytes,
			1 + random_below(&seed, sizeof(bytes)));
		if (random_below(&seed, 4))
			finish(stream, (int64_t)random_below(&seed, 40));
		else
			fail_with(stream, (int)random_below(&seed, 130));
		if (random_below(&seed, 50) == 0)
			gone(stream, tid);
		if (random_below(&seed, 20) == 0)
			task(stream, tid, random_below(&seed, 2) ? PID : tid, PID,
				random_below(&seed, 2));
		if (random_below(&seed, 5) == 0)
			read_proc(stream, PID, (int)random_below(&seed, 40), "socket:[12]",
				KIND_SOCKET, stream->now_ns - random_below(&seed, STEP),
				stream->now_ns);
	}
	assert_in_range(descriptors_objects(stream->descriptors)->count, 1, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(opened_file_is_read_and_closed),
		TEST(path_that_fails_is_an_object),
		TEST(paths_are_relative_to_the_directory),
		TEST(unknown_directory_is_shown),
		TEST(copies_are_the_same_object),
		TEST(child_has_copies),
		TEST(child_of_a_process_that_is_not_read_yet_has_copies),
		TEST(clone_files_shares_the_table),
		TEST(clone_files_shares_the_table_of_an_ended_child),
		TEST(threads_share_the_table),
		TEST(exec_closes_what_is_marked),
		TEST(exec_unshares_the_table),
		TEST(close_range_closes_all_in_it),
		TEST(sockets_are_named_by_their_addresses),
		TEST(accepted_sockets_have_both_ends),
		TEST(datagrams_are_of_the_address_in_the_call),
		TEST(pipe_is_one_object),
		TEST(passed_descriptors_are_asked_for),
		TEST(passed_descriptors_are_what_was_sent),
		TEST(passed_descriptors_can_be_told_of_later),
		TEST(passed_descriptors_that_nobody_takes_are_forgotten),
		TEST(sockets_of_another_kind_of_process),
		TEST(anonymous_objects_belong_to_a_process),
		TEST(ipc_and_futexes_are_objects),
		TEST(calls_with_two_objects_have_two),
		TEST(table_is_read_at_first_sight),
		TEST(change_before_the_reading_arrives_late),
		TEST(change_after_the_reading_is_another_object),
		TEST(change_during_the_reading_is_unsure),
		TEST(numbers_are_reused_across_threads),
		TEST(lost_details_put_all_in_doubt),
		TEST(call_on_a_closed_number_that_succeeds_is_found),
		TEST(namer_knows_what_was_closed),
		TEST(memory_is_bounded),
		TEST(names_are_bounded),
		TEST(hostile_details_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
