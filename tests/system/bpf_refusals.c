/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why BPF cannot be had: -V, --engine=bpf, --engine=auto, scopes and JSON all name the reason that
 * there is. For those that need another kernel, see vm/init.sh.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/program.h"

#define AS_NOBODY "setpriv --reuid=65534 --regid=65534 --clear-groups"

static void nothing(void)
{
}

/* As the profile of a container does: bpf(2) fails with EPERM. */
static void refuse_bpf(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = COUNT_OF(code), .filter = code};
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(99);
}

/* Runs stop with PREFIX and OPTIONS, after PREPARE. */
static struct program *run(void (*prepare)(void), const char *prefix, const char *options)
{
	struct program *stop = program_start_after(prepare, "%s stop %s", prefix, options);
	program_finish(stop);
	return stop;
}

static void assert_fails(
	void (*prepare)(void), const char *prefix, const char *options, const char *reason)
{
	struct program *stop = run(prepare, prefix, options);
	if (stop->status != 1 || strncmp(stop->err.text, "stop: ", 6) != 0 ||
		!strstr(stop->err.text, reason))
		fail_msg("%s stop %s: status %d, no \"%s\" in: %s", prefix, options, stop->status,
			reason, stop->err.text);
	program_free(stop);
}

static void assert_shows(
	void (*prepare)(void), const char *prefix, const char *options, const char *text)
{
	struct program *stop = run(prepare, prefix, options);
	if (stop->status != 0 || !strstr(stop->out.text, text))
		fail_msg("%s stop %s: status %d, no \"%s\" in: %s%s", prefix, options, stop->status,
			text, stop->out.text, stop->err.text);
	program_free(stop);
}

/* Everything that can say it names REASON. */
static void assert_named(void (*prepare)(void), const char *prefix, const char *reason)
{
	char text[512];
	if (geteuid() != 0)
		skip();
	struct program *trial = program_start_after(prepare, "%s true", prefix);
	bool is_possible = program_finish(trial) == 0;
	program_free(trial);
	if (!is_possible)
		skip();
	snprintf(text, sizeof(text), "bpf (not here: %s", reason);
	assert_shows(prepare, prefix, "-V", text);
	assert_fails(prepare, prefix, "-c --engine=bpf true", reason);
	snprintf(text, sizeof(text), "--all needs the BPF engine: %s", reason);
	assert_fails(prepare, prefix, "-c --all", text);
	assert_fails(prepare, prefix, "-c --engine=ptrace --all", text);
	snprintf(text, sizeof(text), ", ptrace (%s", reason);
	assert_shows(prepare, prefix, "-c --engine=auto -o - true", text);
	snprintf(text, sizeof(text), "\"engine_reason\": \"%s", reason);
	assert_shows(prepare, prefix, "-c --engine=auto --format=json -o - true", text);
}

static void need_bpf(void)
{
	struct program *stop = program_run("stop -V");
	bool has_bpf = strstr(stop->out.text, "engine: bpf,") != NULL;
	program_free(stop);
	if (!has_bpf)
		skip();
}

/* Without BPF in this build, the reason is that, for everybody. */
static bool is_built(void)
{
	struct program *stop = program_run("stop -V");
	bool found = strstr(stop->out.text, "built without BPF") == NULL;
	program_free(stop);
	return found;
}

static void a_build_without_it(void **state)
{
	(void)state;
	if (is_built())
		skip();
	assert_named(nothing, "env", "this stop was built without BPF");
}

/* The program and its targets, where user nobody can reach them. */
static char directory[] = "/tmp/stop-test-XXXXXX";

static int publish(void **state)
{
	char command[512];
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(command, sizeof(command), "cp \"$STOP\" %s/stop && chmod -R 755 %s", directory,
		directory);
	if (system(command) != 0)
		return -1;
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

static void an_ordinary_user(void **state)
{
	(void)state;
	need_bpf();
	assert_named(nothing, AS_NOBODY, "BPF needs CAP_BPF and CAP_PERFMON: sudo stop");
}

static void the_root_of_a_container(void **state)
{
	(void)state;
	need_bpf();
	assert_named(nothing, "setpriv --bounding-set=-sys_admin,-bpf,-perfmon",
		"BPF needs CAP_BPF and CAP_PERFMON, which this root lacks: run stop on the host");
	assert_named(nothing, "setpriv --bounding-set=-sys_admin,-perfmon",
		"BPF needs CAP_PERFMON, which this root lacks");
	assert_named(nothing, "setpriv --bounding-set=-sys_admin,-bpf",
		"BPF needs CAP_BPF, which this root lacks");
}

/* CAP_SYS_ADMIN is not needed. */
static void the_two_capabilities_are_enough(void **state)
{
	(void)state;
	need_bpf();
	assert_shows(nothing, "setpriv --bounding-set=-sys_admin", "-V", "engine: bpf,");
	/* Which is then the engine of scopes, without --engine. */
	assert_shows(nothing, "setpriv --bounding-set=-sys_admin", "-b -n 1 -d 0.05 --all",
		"the whole machine, bpf, ");
}

static void a_user_namespace(void **state)
{
	(void)state;
	need_bpf();
	assert_named(nothing, "unshare -U -r", "BPF needs capabilities on the host");
}

static void a_seccomp_filter(void **state)
{
	(void)state;
	need_bpf();
	assert_named(refuse_bpf, "env", "a seccomp filter refuses bpf(2)");
}

static void a_kernel_without_type_information(void **state)
{
	(void)state;
	need_bpf();
	assert_named(nothing,
		"unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec \"$@\"' sh",
		"BPF needs /sys/kernel/btf/vmlinux");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_build_without_it),
		cmocka_unit_test(an_ordinary_user),
		cmocka_unit_test(the_root_of_a_container),
		cmocka_unit_test(the_two_capabilities_are_enough),
		cmocka_unit_test(a_user_namespace),
		cmocka_unit_test(a_seccomp_filter),
		cmocka_unit_test(a_kernel_without_type_information),
	};
	/* Unless an option follows that names another. */
	setenv("ENGINE", "bpf", 1);
	return cmocka_run_group_tests(tests, publish, unpublish);
}
