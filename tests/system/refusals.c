/*
 * What the kernel refuses, asked of the kernel itself: stop as an ordinary user, as the root of
 * something that is not the machine, and where it cannot see what it is to trace. What needs no
 * such rights is in status.c, and what few machines have (Yama) in unit/engine/ptrace/refusal.c.
 */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

/* setpriv(1) and unshare(1) of util-linux change what is not to be written once more here. */
#define AS_NOBODY  "setpriv --reuid=65534 --regid=65534 --clear-groups"
#define ONE_REPORT "-b -n 1 -d 0.05 --format=json"

/* Where nobody can reach the program and its targets, wherever they were built. */
static char folder[] = "/tmp/stop-test-XXXXXX";

static int publish(void **state)
{
	char command[512];
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(command, sizeof(command),
		"cd %s && cp \"$STOP\" stop && cp \"$TRACEES\"/waiting.tracee "
		"\"$TRACEES\"/undumpable.tracee . && cp \"$(command -v cat)\" unreadable && "
		"chmod 755 . * && chmod 711 unreadable",
		folder);
	if (system(command) != 0)
		return -1;
	setenv("TRACEES", folder, 1);
	snprintf(command, sizeof(command), "%s/stop", folder);
	return setenv("STOP", command, 1);
}

static int unpublish(void **state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* Skips the test where a command that PREFIX runs would not even begin. */
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

/* Checks that stop, started by PREFIX, refuses PID in one line with REASON and REMEDY in it. */
static void assert_refuses(const char *prefix, pid_t pid, const char *reason, const char *remedy)
{
	char expected[64];
	struct program *stop = program_run("%s stop -c -p %d", prefix, (int)pid);
	const char *line = stop->err.text, *found = strstr(line, reason);
	snprintf(expected, sizeof(expected), "stop: cannot trace %d: ", (int)pid);
	if (stop->status != 1 || strncmp(line, expected, strlen(expected)) != 0 || !found ||
		!strstr(found, remedy) || strchr(line, '\n') != line + strlen(line) - 1)
		fail_msg("%s: status %d, or no \"%s\" and \"%s\" in: %s", prefix, stop->status,
			reason, remedy, line);
	assert_string_equal(stop->out.text, "");
	program_free(stop);
}

/* Checks that stop, started by PREFIX, watches PID, and shows it as that. */
static void assert_watches(const char *prefix, pid_t pid)
{
	struct program *stop = program_run("%s stop " ONE_REPORT " -p %d", prefix, (int)pid);
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

/* It has not been stopped, nor was one of its calls broken. */
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

/* The kernel makes it not dumpable: its memory would tell what is in the file. */
static void a_program_that_may_be_run_but_not_read(void **state)
{
	(void)state;
	need(AS_NOBODY);
	/* The shell first: setpriv has its capabilities until it executes something. */
	struct program *target = program_start(
		AS_NOBODY " sh -c 'exec \"$0\"' %s/unreadable", folder);
	assert_int_equal(write(target->input, "here\n", 5), 5);
	program_expect(target, "here");
	assert_refuses(AS_NOBODY, target->pid, "its memory is protected", "; run stop with sudo");
	close(target->input);
	target->input = -1;
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

/* Some services have them: such a process is dumpable, and of the same user. */
static void a_process_with_more_capabilities(void **state)
{
	static const char able[] = AS_NOBODY
		" --inh-caps=+net_bind_service --ambient-caps=+net_bind_service";
	(void)state;
	need(able);
	struct program *target = start_target(able, "waiting.tracee");
	assert_refuses(AS_NOBODY, target->pid, "capabilities that stop has not", "sudo");
	assert_watches(able, target->pid);
	end_target(target);
}

static void the_root_of_a_container_without_the_capability(void **state)
{
	static const char root[] = "setpriv --bounding-set=-sys_ptrace";
	(void)state;
	need(root);
	/* What is in the container can do no more than its root, which may trace that. */
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
		"unshare -U -r",            /* as root, who may do everything there */
		"unshare -U",               /* as nobody that is known there, with nothing left */
		AS_NOBODY " unshare -U -r", /* of the same user, seen from outside */
		AS_NOBODY " unshare -U", "unshare -U -r unshare -U -r", /* further in */
	};
	static const char *const outside[] = {"", AS_NOBODY};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(inside); i++) {
		need(inside[i]);
		for (size_t j = 0; j < COUNT_OF(outside); j++) {
			struct program *target = start_target(outside[j], "waiting.tracee");
			assert_refuses(inside[i], target->pid,
				"in a user namespace outside of stop's own",
				"run stop in that namespace or on the host");
			end_target(target);
		}
	}
	/* What is further in is no obstacle. */
	struct program *target = start_target("unshare -U -r", "waiting.tracee");
	assert_watches("", target->pid);
	end_target(target);
}

/* Its processes are numbered anew, and the kernel shields its first from signals. */
static void the_first_process_of_a_container(void **state)
{
	(void)state;
	need("unshare --pid --fork --mount-proc");
	struct program *container = program_start(
		"unshare --pid --fork --mount-proc --kill-child sh -c "
		"'cat | cat; \"$0\" " ONE_REPORT " -p 1; exit $?' stop");
	/* The shell, its child, has to have come as far as to wait. */
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
	/* Once it has no input the shell goes on, and has itself watched from inside. */
	close(container->input);
	container->input = -1;
	assert_int_equal(program_finish(container), 0);
	json_t *root = json_last(container->out.text);
	assert_string_equal(json_text(json_thread(root, 1), "syscall"), "wait4");
	json_decref(root);
	program_free(container);
}

/* /proc can be told to show everybody only what is theirs: the kernel knows it all the same. */
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

/* stop under strace, which is to be watched: each would wait for the other for ever. */
static void what_traces_stop(void **state)
{
	static const char traced[] =
		"timeout -s KILL 60 strace -f -o /dev/null sh -c "
		"'exec \"$@\" -p $(sed -n \"s/TracerPid://p\" /proc/$$/status)' sh";
	(void)state;
	if (!program_exists("strace"))
		skip();
	struct program *stop = program_run("%s stop -c", traced);
	if (stop->status != 1 || !strstr(stop->err.text, ": it traces stop itself") ||
		!strstr(stop->err.text, "; start stop where nobody traces it"))
		fail_msg("status %d: %s", stop->status, stop->err.text);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_of_another_user),
		cmocka_unit_test(a_process_that_is_not_dumpable),
		cmocka_unit_test(a_program_that_may_be_run_but_not_read),
		cmocka_unit_test(a_process_with_more_capabilities),
		cmocka_unit_test(the_root_of_a_container_without_the_capability),
		cmocka_unit_test(a_process_outside_of_the_user_namespace),
		cmocka_unit_test(the_first_process_of_a_container),
		cmocka_unit_test(a_process_that_proc_hides),
		cmocka_unit_test(what_traces_stop),
	};
	return cmocka_run_group_tests(tests, publish, unpublish);
}
