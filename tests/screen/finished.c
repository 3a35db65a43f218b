/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target that has finished: what is shown about it stands still. */
#include "config.h"

#include "support/unit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/desk.h"

/* Snapshots until rates are expected; each takes longer than an interval. */
#define TRIES 100

static char directory[] = "/tmp/stop-finished-XXXXXX";

/* Removes the files in `directory`; stores the JSON object among them in *ROOT, if there is one. */
static bool take_snapshot(void *context)
{
	json_t **root = context;
	glob_t found = {0};
	char pattern[64];
	snprintf(pattern, sizeof(pattern), "%s/*", directory);
	/* The table is written first. */
	if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 2) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			const char *end = strrchr(found.gl_pathv[i], '.');
			if (end && strcmp(end, ".json") == 0)
				*root = json_load_file(found.gl_pathv[i], 0, NULL);
			unlink(found.gl_pathv[i]);
		}
	}
	globfree(&found);
	return *root != NULL;
}

static json_t *snapshot(struct desk *desk)
{
	json_t *root = NULL;
	pty_type(&desk->pty, "s");
	await(take_snapshot, &root, "there is a snapshot");
	return root;
}

/* A snapshot after the first interval: before its end, there are no rates. */
static json_t *snapshot_with_rates(struct desk *desk)
{
	json_t *root = snapshot(desk);
	for (int i = 0; i < TRIES; i++) {
		if (!json_is_null(json_object_get(json_object_get(root, "totals"), "rate")))
			return root;
		json_decref(root);
		root = snapshot(desk);
	}
	fail_msg("there are no rates");
	return root;
}

static void time_stands_still_after_the_end(void **state)
{
	static const char *const still[] = {
		"elapsed_ns", "counted_ns", "totals", "cost", "threads"};
	char options[128];
	struct desk desk;
	(void)state;
	snprintf(options, sizeof(options), "-d 0.05 --snapshot-dir %s", directory);
	desk_open(&desk, &(struct desk_how){.options = options, .command = "true"});
	desk_await_text(&desk, "exited with 0");
	json_t *first = snapshot_with_rates(&desk), *second = snapshot(&desk);
	for (size_t i = 0; i < COUNT_OF(still); i++) {
		json_t *one = json_object_get(first, still[i]);
		json_t *other = json_object_get(second, still[i]);
		if (!json_equal(one, other))
			fail_msg("%s goes on: %s, %s", still[i], json_dumps(one, JSON_ENCODE_ANY),
				json_dumps(other, JSON_ENCODE_ANY));
	}
	json_decref(first);
	json_decref(second);
	pty_type(&desk.pty, "q");
	await(desk_stop_has_ended, &desk, "stop has ended");
	desk_close(&desk);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_stands_still_after_the_end),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
