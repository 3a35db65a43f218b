/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Situations that could block a tracer forever do not: it continues, and so does the target. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/harass.h"

static bool shows_vfork(void *context)
{
	struct program *stop = context;
	stop_await_frame(stop);
	return strstr(stop->out.text, "\"syscall\":\"vfork\"") != NULL;
}

/* The parent of a vfork cannot be stopped while the child is alive. */
static void the_parent_of_a_vfork_is_shown_and_left_alone(void **state)
{
	(void)state;
	struct program *target = program_start("vforker.tracee");
	program_expect(target, "ready");
	struct program *stop = program_start(
		"stop -b -d 0.1 --format=json --follow=threads -p %d", target->pid);
	await(shows_vfork, stop, "stop shows the call of the parent");
	stop_leave(stop);
	program_free(stop);
	stop = stop_start("-c --follow=threads -p %d", target->pid);
	program_go(target);
	assert_int_equal(program_finish(target), 7);
	assert_int_equal(program_finish(stop), 0);
	program_free(stop);
	program_free(target);
}

/* A control group that can be frozen. */
struct freezer {
	char directory[256];
	const char *file, *frozen, *thawed;
};

static bool write_to(const char *directory, const char *file, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", directory, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t done = write(fd, text, strlen(text));
	close(fd);
	return done == (ssize_t)strlen(text);
}

static bool freezer_make(struct freezer *freezer, pid_t pid)
{
	static const struct {
		const char *directory, *file, *frozen, *thawed;
	} kinds[] = {
		{"/sys/fs/cgroup", "cgroup.freeze", "1", "0"},
		{"/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0"},
		{"/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED"},
	};
	char number[16];
	snprintf(number, sizeof(number), "%d", (int)pid);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		snprintf(freezer->directory, sizeof(freezer->directory), "%s/stop-test-%d",
			kinds[i].directory, (int)getpid());
		freezer->file = kinds[i].file;
		freezer->frozen = kinds[i].frozen;
		freezer->thawed = kinds[i].thawed;
		if (mkdir(freezer->directory, 0700) < 0)
			continue;
		if (write_to(freezer->directory, "cgroup.procs", number) &&
			write_to(freezer->directory, freezer->file, freezer->frozen))
			return true;
		rmdir(freezer->directory);
	}
	return false;
}

static void a_frozen_process_is_attached_when_it_thaws(void **state)
{
	struct freezer freezer;
	(void)state;
	struct program *target = program_start("loop.tracee wait 4 1000");
	program_ready(target);
	if (!freezer_make(&freezer, target->pid)) {
		program_free(target);
		skip();
	}
	/* A frozen process can be detached from, and attached to. */
	struct program *stop = stop_start("-c -o /dev/null -p %d", target->pid);
	stop_leave(stop);
	program_free(stop);
	stop = stop_start("-c --format=json -p %d", target->pid);
	assert_true(write_to(freezer.directory, freezer.file, freezer.thawed));
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 0);
	rmdir(freezer.directory);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

/* An execve holds the lock that an attach needs, and waits for threads stopped by the tracer. */
static void an_attach_during_execve_does_not_deadlock(void **state)
{
	(void)state;
	assert_same("programs.tracee thread %u", rounds(100));
}

/* Reading a timeout or stack that is not mapped, or whose page never arrives, is harmless. */
static void absent_memory_blocks_nothing(void **state)
{
	static const char *const kinds[] = {"unmapped", "absent", "stack"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct program *target = program_start("pages.tracee %s", kinds[i]);
		if (strcmp(program_line(target), "ready") != 0) {
			program_free(target);
			continue;
		}
		struct program *stop = program_start(
			"stop -b -d 0.05 -k getppid --format=json -p %d", target->pid);
		for (int frame = 0; frame < 10; frame++) {
			stop_await_frame(stop);
			program_go(target);
			program_expect(target, "alive");
		}
		stop_leave(stop);
		program_go(target);
		program_expect(target, "alive");
		program_free(stop);
		program_free(target);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parent_of_a_vfork_is_shown_and_left_alone),
		cmocka_unit_test(a_frozen_process_is_attached_when_it_thaws),
		cmocka_unit_test(an_attach_during_execve_does_not_deadlock),
		cmocka_unit_test(absent_memory_blocks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
