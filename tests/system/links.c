/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine bpf leaves in the kernel when it ends, in whatever way: nothing. */
#include "config.h"

#include "support/unit.h"

#include <glob.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/program.h"

#define OBJECTS_MAX 64

/* BPF objects of one kind, by their IDs. */
struct kind {
	const char *line; /* of fdinfo, before the ID */
	int command;      /* of bpf(2), for a descriptor of one */
};

static const struct kind kinds[] = {
	{"link_id:", BPF_LINK_GET_FD_BY_ID},
	{"prog_id:", BPF_PROG_GET_FD_BY_ID},
	{"map_id:", BPF_MAP_GET_FD_BY_ID},
};

struct objects {
	const struct kind *kind;
	unsigned int id[OBJECTS_MAX];
	size_t count;
};

static void add_object(struct objects *objects, const char *path)
{
	char line[128];
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		size_t length = strlen(objects->kind->line);
		if (objects->count < OBJECTS_MAX && strncmp(line, objects->kind->line, length) == 0)
			objects->id[objects->count++] = (unsigned int)strtoul(
				line + length, NULL, 10);
	}
	if (file)
		fclose(file);
}

/* Finds the objects of KIND that process PID has descriptors of. */
static void find_objects(struct objects *objects, const struct kind *kind, pid_t pid)
{
	char pattern[64];
	glob_t found;
	*objects = (struct objects){.kind = kind};
	snprintf(pattern, sizeof(pattern), "/proc/%d/fdinfo/*", (int)pid);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_object(objects, found.gl_pathv[i]);
	globfree(&found);
	assert_true(objects->count > 0);
}

static bool exists(const struct kind *kind, unsigned int id)
{
	union bpf_attr attributes = {.link_id = id}; /* the others are at the same place */
	int fd = (int)syscall(SYS_bpf, kind->command, &attributes, sizeof(attributes));
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool are_gone(void *context)
{
	const struct objects *objects = context;
	for (size_t i = 0; i < objects->count; i++) {
		if (exists(objects->kind, objects->id[i]))
			return false;
	}
	return true;
}

static void nothing_is_left_after(int signal)
{
	struct objects objects[COUNT_OF(kinds)];
	struct program *target = program_start("sleep 1000");
	struct program *stop = stop_start("-c -k all -o /dev/null -p %d", (int)target->pid);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		find_objects(&objects[i], &kinds[i], stop->pid);
		assert_false(are_gone(&objects[i]));
	}
	kill(stop->pid, signal);
	program_finish(stop);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		await(are_gone, &objects[i], "the BPF objects are gone");
	program_free(stop);
	program_free(target);
}

static void nothing_is_left(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGSEGV, SIGKILL};
	(void)state;
	if (!program_is_engine("bpf"))
		skip();
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		nothing_is_left_after(signals[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
