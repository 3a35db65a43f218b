/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refusals by the kernel itself: stop as an ordinary user, as root in a container, and with a
 * hidden target. Cases that need no privileges are in status.c, those that few machines have (Yama)
 * in unit/engine/ptrace/attach/refusal.c.
 */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

/* Credentials and namespaces are changed by setpriv(1) and unshare(1) of util-linux. */
#define AS_NOBODY  "setpriv --reuid=65534 --regid=65534 --clear-groups"
/* Whose refusals these are. */
#define ENGINE     "--engine=ptrace"
#define ONE_REPORT "-b -n 1 -d 0.05 --format=json"

/* A directory where user nobody can access the program and its targets. */
static char directory[] = "/tmp/stop-test-XXXXXX";

static int publish(void **state)
{
	char command[512];
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(command, sizeof(command),
		"cd %s && cp \"$STOP\" stop && cp \"$TRACEES\"/waiting.tracee "
		"\"$TRACEES\"/undumpable.tracee . && cp \"$(command -v cat)\" unreadable && "
		"chmod 755 . * && chmod 711 unreadable",
		directory);
	if (system(command) != 0)
		return -1;
	setenv("TRACEES", directory, 1);
	snprintf(command, sizeof(command), "%s/stop", directory);
	return setenv("STOP", command, 1);
}

static int unpublish(void **state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

/* Skips the test if commands cannot be run with PREFIX. */
static void need(const char *prefix)
{
	if (geteuid() != 0)
		skip();
	struct program *trial = program_run("%s true", prefix);
	int status = trial->status;
	program_free(trial);
	if (status != 0)
		skip();
}

/* Checks that stop, run with PREFIX, refuses PID in one line with REASON and REMEDY. */
static void assert_refuses(const char *prefix, pid_t pid, const char *reason, const char *remedy)
{
	char expected[64];
	struct program *stop = program_run("%s stop " ENGINE " -c -p %d", prefix, (int)pid);
	const char *line = stop->err.text, *found = strstr(line, reason);
	snprintf(expected, sizeof(expected), "stop: cannot trace %d: ", (int)pid);
	if (stop->status != 1 || strncmp(line, expected, strlen(expected)) != 0 || !found ||
		!strstr(found, remedy) || strchr(line, '\n') != line + strlen(line) - 1)
		fail_msg("%s: status %d, or no \"%s\" and \"%s\" in: %s", prefix, stop->status,
			reason, remedy, line);
	assert_string_equal(stop->out.text, "");
	program_free(stop);
}

/* Checks that stop, run with PREFIX, traces PID and shows it. */
static void assert_watches(const char *prefix, pid_t pid)
{
	struct program *stop = program_run(
		"%s stop " ENGINE " " ONE_REPORT " -p %d", prefix, (int)pid);
	if (stop->status != 0)
		fail_msg("%s: status %d: %s", prefix, stop->status, stop->err.text);
	json_t *root = json_last(stop->out.text);
	assert_non_null(json_thread(root, pid));
	json_decref(root);
	program_free(stop);
}

static struct program *start_target(const char *prefix, const char *name)
{
	struct program *target = program_start("%s %s", prefix, name);
	program_ready(target);
	return target;
}

/* Checks that it has not been stopped and no call was interrupted, and ends it. */
static void end_target(struct program *target)
{
	assert_int_equal(task_tracer(target->pid), 0);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

static void a_process_of_another_user(void **state)
{
	(void)state;
	need(AS_NOBODY);
	struct program *target = start_target("", "waiting.tracee");
	assert_refuses(AS_NOBODY, target->pid, "runs as another user, root (uid 0);",
		"run stop as that user, or with sudo");
	end_target(target);
	target = start_target(AS_NOBODY, "waiting.tracee");
	assert_watches(AS_NOBODY, target->pid);
	end_target(target);
}

static void a_process_that_is_not_dumpable(void **state)
{
	(void)state;
	need(AS_NOBODY);
	struct program *target = start_target(AS_NOBODY, "undumpable.tracee");
	assert_refuses(AS_NOBODY, target->pid, "its memory is protected", "; run stop with sudo");
	assert_watches("", target->pid);
	end_target(target);
}

/* The kernel makes it not dumpable because its memory would reveal the file's contents. */
static void a_program_that_is_executable_but_not_readable(void **state)
{
	(void)state;
	need(AS_NOBODY);
	/* Through a shell: setpriv keeps its capabilities until it executes something. */
	struct program *target = program_start(
		AS_NOBODY " sh -c 'exec \"$0\"' %s/unreadable", directory);
	assert_int_equal(write(target->input, "here\n", 5), 5);
	program_expect(target, "here");
	assert_refuses(AS_NOBODY, target->pid, "its memory is protected", "; run stop with sudo");
	close(target->input);
	target->input = -1;
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

/* As some services have: such a process is dumpable and has the same user. */
static void a_process_with_more_capabilities(void **state)
{
	static const char able[] = AS_NOBODY
		" --inh-caps=+net_bind_service --ambient-caps=+net_bind_service";
	(void)state;
	need(able);
	struct program *target = start_target(able, "waiting.tracee");
	assert_refuses(AS_NOBODY, target->pid, "capabilities that stop lacks", "sudo");
	assert_watches(able, target->pid);
	end_target(target);
}

static void the_root_of_a_container_without_the_capability(void **state)
{
	static const char root[] = "setpriv --bounding-set=-sys_ptrace";
	(void)state;
	need(root);
	/* Processes in the container have no more capabilities than its root, which may trace them.
	 */
	struct program *target = start_target(root, "waiting.tracee");
	assert_watches(root, target->pid);
	end_target(target);
	target = start_target(AS_NOBODY, "waiting.tracee");
	assert_refuses(
		root, target->pid, "container's root lacks CAP_SYS_PTRACE", "--cap-add=SYS_PTRACE");
	end_target(target);
}

static void a_process_outside_of_the_user_namespace(void **state)
{
	static const char *const inside[] = {
		"unshare -U -r",            /* as root, with all capabilities there */
		"unshare -U",               /* as a user unknown there, without capabilities */
		AS_NOBODY " unshare -U -r", /* of the same user outside */
		AS_NOBODY " unshare -U", "unshare -U -r unshare -U -r", /* nested deeper */
	};
	static const char *const outside[] = {"", AS_NOBODY};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(inside); i++) {
		need(inside[i]);
		for (size_t j = 0; j < COUNT_OF(outside); j++) {
			struct program *target = start_target(outside[j], "waiting.tracee");
			assert_refuses(inside[i], target->pid,
				"in a user namespace outside stop's own",
				"run stop in that namespace or on the host");
			end_target(target);
		}
	}
	/* A target in a nested namespace can be traced. */
	struct program *target = start_target("unshare -U -r", "waiting.tracee");
	assert_watches("", target->pid);
	end_target(target);
}

/* It has its own PIDs, and the kernel protects its first process from signals. */
static void the_first_process_of_a_container(void **state)
{
	(void)state;
	need("unshare --pid --fork --mount-proc");
	struct program *container = program_start(
		"unshare --pid --fork --mount-proc --kill-child sh -c "
		"'cat | cat; \"$0\" " ONE_REPORT " -p 1; exit $?' stop");
	/* Wait until the shell, its child, is waiting. */
	char path[64], text[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)container->pid,
		(int)container->pid);
	while (atoi(text) == 0) {
		FILE *file = fopen(path, "r");
		if (!file || !fgets(text, sizeof(text), file))
			text[0] = '\0';
		if (file)
			fclose(file);
	}
	assert_watches("", atoi(text));
	/* At the end of its input, the shell continues and has itself traced from inside. */
	close(container->input);
	container->input = -1;
	assert_int_equal(program_finish(container), 0);
	json_t *root = json_last(container->out.text);
	assert_string_equal(json_text(json_thread(root, 1), "syscall"), "wait4");
	json_decref(root);
	program_free(container);
}

/* /proc can be mounted to hide other users' processes, which still exist. */
static void a_process_that_proc_hides(void **state)
{
	static const char hidden[] =
		"unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc && exec " AS_NOBODY
		" \"$@\"' sh";
	(void)state;
	need(hidden);
	struct program *target = start_target("", "waiting.tracee");
	assert_refuses(hidden, target->pid, "/proc does not show it", "run stop with sudo");
	end_target(target);
}

/* stop under strace is asked to trace strace: each would wait for the other forever. */
static void the_tracer_of_stop(void **state)
{
	static const char traced[] =
		"timeout -s KILL 60 strace -f -o /dev/null sh -c "
		"'exec \"$@\" -p $(sed -n \"s/TracerPid://p\" /proc/$$/status)' sh";
	(void)state;
	if (!program_exists("strace"))
		skip();
	struct program *stop = program_run("%s stop " ENGINE " -c", traced);
	if (stop->status != 1 || !strstr(stop->err.text, ": it traces stop itself") ||
		!strstr(stop->err.text, "; start stop untraced"))
		fail_msg("status %d: %s", stop->status, stop->err.text);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_of_another_user),
		cmocka_unit_test(a_process_that_is_not_dumpable),
		cmocka_unit_test(a_program_that_is_executable_but_not_readable),
		cmocka_unit_test(a_process_with_more_capabilities),
		cmocka_unit_test(the_root_of_a_container_without_the_capability),
		cmocka_unit_test(a_process_outside_of_the_user_namespace),
		cmocka_unit_test(the_first_process_of_a_container),
		cmocka_unit_test(a_process_that_proc_hides),
		cmocka_unit_test(the_tracer_of_stop),
	};
	return cmocka_run_group_tests(tests, publish, unpublish);
}
