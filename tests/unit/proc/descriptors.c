/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors of processes. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/descriptors.h"

static void links_are_parsed(void **state)
{
	static const struct {
		const char *text;
		enum proc_descriptor_kind kind;
		uint64_t inode;
		const char *name;
	} cases[] = {
		{"/dev/null", PROC_DESCRIPTOR_FILE, 0, "/dev/null"},
		{"/tmp/socket:[1]", PROC_DESCRIPTOR_FILE, 0, "/tmp/socket:[1]"},
		{"/memfd:x (deleted)", PROC_DESCRIPTOR_FILE, 0, "/memfd:x (deleted)"},
		{"socket:[4321]", PROC_DESCRIPTOR_SOCKET, 4321, "socket:[4321]"},
		{"pipe:[99]", PROC_DESCRIPTOR_PIPE, 99, "pipe:[99]"},
		{"anon_inode:[eventpoll]", PROC_DESCRIPTOR_ANON, 0, "[eventpoll]"},
		{"anon_inode:inotify", PROC_DESCRIPTOR_ANON, 0, "inotify"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct proc_descriptor descriptor;
		proc_descriptor_parse(cases[i].text, &descriptor);
		assert_int_equal(descriptor.kind, cases[i].kind);
		assert_int_equal(descriptor.inode, cases[i].inode);
		assert_string_equal(descriptor.name, cases[i].name);
	}
}

static void long_names_are_truncated(void **state)
{
	char text[2 * PROC_DESCRIPTOR_NAME_MAX];
	struct proc_descriptor descriptor;
	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	proc_descriptor_parse(text, &descriptor);
	assert_int_equal(strlen(descriptor.name), PROC_DESCRIPTOR_NAME_MAX - 1);
}

static void descriptors_of_this_process_are_read(void **state)
{
	struct proc_descriptor descriptor;
	struct stat stats;
	char path[PROC_OWN_FD_MAX];
	int fds[2], file = open("/dev/null", O_RDONLY);
	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fstat(fds[0], &stats), 0);
	assert_int_equal(proc_descriptor(getpid(), fds[0], &descriptor), 0);
	assert_int_equal(descriptor.kind, PROC_DESCRIPTOR_PIPE);
	assert_int_equal(descriptor.inode, stats.st_ino);
	assert_int_equal(proc_descriptor(getpid(), file, &descriptor), 0);
	assert_int_equal(descriptor.kind, PROC_DESCRIPTOR_FILE);
	assert_string_equal(descriptor.name, "/dev/null");
	assert_true(proc_has_own_fds());
	assert_int_equal(access(proc_own_fd(file, path), F_OK), 0);
	close(file);
	assert_int_equal(proc_descriptor(getpid(), file, &descriptor), -ENOENT);
	close(fds[0]);
	close(fds[1]);
}

static void epoll_instances_are_read(void **state)
{
	int epoll_fd = epoll_create1(0), fds[2];
	struct epoll_event event = {.events = EPOLLIN};
	struct proc_epoll epoll;
	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(proc_epoll(getpid(), epoll_fd, &epoll), 0);
	assert_int_equal(epoll.count, 0);
	assert_int_equal(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[0], &event), 0);
	assert_int_equal(proc_epoll(getpid(), epoll_fd, &epoll), 0);
	assert_int_equal(epoll.count, 1);
	assert_int_equal(epoll.fd[0], fds[0]);
	assert_int_equal(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[1], &event), 0);
	assert_int_equal(proc_epoll(getpid(), epoll_fd, &epoll), 0);
	assert_int_equal(epoll.count, 2);
	close(epoll_fd);
	assert_int_equal(proc_epoll(getpid(), epoll_fd, &epoll), -ENOENT);
	close(fds[0]);
	close(fds[1]);
}

/* Its fdinfo is then longer than any buffer. */
static void large_epoll_instances_are_counted(void **state)
{
	enum { COUNT = 6000 };
	int epoll_fd = epoll_create1(0), fds[2], *copies = calloc(COUNT, sizeof(*copies));
	struct epoll_event event = {.events = EPOLLIN};
	struct rlimit limit;
	struct proc_epoll epoll;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max < COUNT + 100 || setrlimit(RLIMIT_NOFILE, &limit) < 0)
		skip();
	assert_int_equal(pipe(fds), 0);
	for (int i = 0; i < COUNT; i++) {
		copies[i] = dup(fds[0]);
		assert_int_equal(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, copies[i], &event), 0);
	}
	assert_int_equal(proc_epoll(getpid(), epoll_fd, &epoll), 0);
	assert_int_equal(epoll.count, COUNT);
	for (int i = 0; i < PROC_EPOLL_LISTED; i++)
		assert_int_equal(epoll.fd[i], copies[i]);
	for (int i = 0; i < COUNT; i++)
		close(copies[i]);
	free(copies);
	close(epoll_fd);
	close(fds[0]);
	close(fds[1]);
}

static void rings_are_counted_in_parts(void **state)
{
	enum { COUNT = 200 };
	struct io_uring_params params = {0};
	struct proc_ring_scan scan = {0};
	int copies[COUNT], ring = (int)syscall(425 /* io_uring_setup */, 2, &params), parts = 1;
	(void)state;
	assert_int_equal(proc_count_rings(getpid(), &scan, UINT64_MAX), 1);
	assert_int_equal(scan.count, ring >= 0);
	for (int i = 0; i < COUNT; i++)
		copies[i] = dup(2);
	/* There is no time, but each call makes progress. */
	while (proc_count_rings(getpid(), &scan, 0) == 0)
		parts++;
	assert_in_range(parts, 2, COUNT);
	assert_int_equal(scan.count, ring >= 0);
	for (int i = 0; i < COUNT; i++)
		close(copies[i]);
	close(ring);
	assert_int_equal(proc_count_rings(getpid(), &scan, UINT64_MAX), 1);
	assert_int_equal(scan.count, 0);
	assert_int_equal(proc_count_rings(0, &scan, UINT64_MAX), -ENOENT);
}

static void fdinfo_is_parsed(void **state)
{
	struct proc_fdinfo info;
	(void)state;
	proc_fdinfo_parse("pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t77\n"
			  "Pid:\t1234\nNSpid:\t1234\n",
		&info);
	assert_int_equal(info.inode, 77);
	assert_int_equal(info.pid, 1234);
	proc_fdinfo_parse("sigmask:\t0000000000000202\n", &info);
	assert_int_equal(info.signals, 0x202);
	assert_int_equal(info.pid, 0);
	proc_fdinfo_parse("clockid: 1\nticks: 0\nit_value: (3, 50)\nit_interval: (0, 0)\n", &info);
	assert_int_equal(info.timer_ns, 3000000050);
	proc_fdinfo_parse("", &info);
	assert_int_equal(info.timer_ns, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_parsed),
		cmocka_unit_test(long_names_are_truncated),
		cmocka_unit_test(descriptors_of_this_process_are_read),
		cmocka_unit_test(epoll_instances_are_read),
		cmocka_unit_test(large_epoll_instances_are_counted),
		cmocka_unit_test(rings_are_counted_in_parts),
		cmocka_unit_test(fdinfo_is_parsed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
