/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advice: a program with each fault gets it, and one that nearly has the fault does not. With every
 * engine: bpf.sh runs it with the other.
 */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/advice.h"
#include "support/program.h"

/* Runs the target with fault KIND, or NEARLY, in a directory for it. Returns the summary. */
static json_t *summary_of(enum advice_kind kind, bool nearly, const char *options)
{
	struct program *stop = program_run("stop -c --format=json %s -- faults.tracee %s%s",
		options, advice_name(kind), nearly ? " nearly" : "");
	assert_int_equal(stop->status, 0);
	json_t *root = json_last(stop->err.text);
	program_free(stop);
	return root;
}

/* The advice called NAME in ROOT, or NULL. */
static json_t *advice_in(json_t *root, const char *name)
{
	json_t *list = json_object_get(root, "advice");
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(json_text(json_array_get(list, i), "id"), name) == 0)
			return json_array_get(list, i);
	}
	return NULL;
}

static void check(enum advice_kind kind, const char *options)
{
	const char *name = advice_name(kind);
	json_t *root = summary_of(kind, false, options);
	json_t *advice = advice_in(root, name);
	if (!advice)
		fail_msg("no %s: %s", name,
			json_dumps(json_object_get(root, "syscalls"), JSON_INDENT(1)));
	assert_true(json_number(advice, "pid") > 0);
	assert_true(json_number(advice, "calls") > 0);
	assert_string_equal(json_text(advice, "comm"), "faults.tracee");
	json_decref(root);
	root = summary_of(kind, true, options);
	if (advice_in(root, name))
		fail_msg("%s: %s", name,
			json_dumps(json_object_get(root, "advice"), JSON_INDENT(1)));
	json_decref(root);
}

/*
 * Each of these is in the calls as they are counted; certificates are in files only, and locks are
 * observed.
 */
static void each_fault_is_found_and_no_other(void **state)
{
	(void)state;
	for (enum advice_kind kind = 0; kind < ADVICE_KINDS; kind++) {
		if (kind != ADVICE_CERTIFICATES && kind != ADVICE_LOCK)
			check(kind, "");
	}
}

/* Whether a frame has advice about a lock; stores the holder that one says in *HOLDER. */
static bool contends(bool nearly, uint64_t *holder)
{
	struct program *stop = program_run(
		"stop -b -d 0.1 --format=json -o /dev/stdout -- faults.tracee lock-contention%s",
		nearly ? " nearly" : "");
	size_t found = 0;
	assert_int_equal(stop->status, 0);
	for (const char *at = stop->out.text; *at;
		at += strcspn(at, "\n") + (strchr(at, '\n') != NULL)) {
		char *line = strndup(at, strcspn(at, "\n"));
		json_t *root = *line == '{' ? json_last(line) : NULL;
		json_t *advice = root ? advice_in(root, "lock-contention") : NULL;
		found += advice != NULL;
		if (json_is_integer(json_object_get(advice, "holder")))
			*holder = json_number(advice, "holder");
		json_decref(root);
		free(line);
	}
	program_free(stop);
	return found > 0;
}

static void a_lock_has_a_holder(void **state)
{
	uint64_t holder = 0;
	(void)state;
	assert_true(contends(false, &holder));
	assert_true(holder > 0);
	assert_false(contends(true, &holder));
}

static void files_say_more(void **state)
{
	static const enum advice_kind kinds[] = {ADVICE_CERTIFICATES, ADVICE_STATS,
		ADVICE_SMALL_WRITES, ADVICE_ONE_BYTE, ADVICE_SYNC};
	static const char *const objects[] = {
		"/etc/ssl/certs/none.pem", "/etc", "written", "/dev/zero", "synced"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		json_t *root;
		check(kinds[i], "--files");
		root = summary_of(kinds[i], false, "--files");
		json_t *advice = advice_in(root, advice_name(kinds[i]));
		const char *object = json_text(advice, "object");
		size_t size = strlen(object), end = strlen(objects[i]);
		if (size < end || strncmp(object + size - end, objects[i], end) > 0)
			fail_msg("%s: %s", advice_name(kinds[i]), object);
		assert_non_null(strstr(json_text(advice, "seen"), object));
		json_decref(root);
	}
}

/* Numbers are those of the target. */
static void evidence_is_what_was_done(void **state)
{
	json_t *root = summary_of(ADVICE_CLOSES, false, "");
	(void)state;
	assert_int_equal(json_number(advice_in(root, "close-unopened"), "calls"), 3000);
	json_decref(root);
	root = summary_of(ADVICE_SMALL_WRITES, false, "");
	json_t *advice = advice_in(root, "small-writes");
	assert_int_equal(json_number(advice, "calls"), 3001);
	assert_int_equal(json_number(advice, "bytes"), 3000 * 12 + strlen("done\n"));
	assert_non_null(strstr(json_text(advice, "seen"), "3,001 writes of 12 bytes on average"));
	json_decref(root);
}

/* Rules compare with all calls: with some of them, there is none. */
static void filtered_calls_have_none(void **state)
{
	json_t *root = summary_of(ADVICE_YIELD, true, "-e sched_yield");
	(void)state;
	assert_int_equal(json_array_size(json_object_get(root, "advice")), 0);
	json_decref(root);
}

static void the_table_has_it_too(void **state)
{
	struct program *stop = program_run("stop -c -- faults.tracee yield-loop");
	(void)state;
	assert_non_null(strstr(stop->err.text, "\nadvice: "));
	assert_non_null(strstr(stop->err.text, "faults.tracee: 3,000 sched_yield; "));
	assert_non_null(strstr(stop->err.text, "\n  Wait for what is awaited: "));
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_found_and_no_other),
		cmocka_unit_test(a_lock_has_a_holder),
		cmocka_unit_test(files_say_more),
		cmocka_unit_test(evidence_is_what_was_done),
		cmocka_unit_test(filtered_calls_have_none),
		cmocka_unit_test(the_table_has_it_too),
	};
	char directory[] = "/tmp/stop-advice-XXXXXX";
	if (!mkdtemp(directory) || chdir(directory) < 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink("synced");
	unlink("written");
	rmdir(directory);
	return failed;
}
