/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop's counts of calls and errors of real programs are the same as those of `strace -f -c`.
 *
 * To exclude nondeterministic programs, strace runs before and after stop, and only if its own
 * counts agree do stop's have to agree with them. exit and exit_group, which never return, are
 * counted only by stop.
 */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

#define CALLS_MAX 200

/* Runs of a program in which strace's counts may differ. */
#define TRIES     10

/* The count of one call, by either of the two. */
struct count {
	char name[48];
	uint64_t calls, errors;
};

struct counts {
	struct count of[CALLS_MAX];
	size_t kinds;
};

/* A temporary directory, and one in it with files to read. */
static char home[64], directory[80];

static void add(struct counts *counts, const char *name, uint64_t calls, uint64_t errors)
{
	if (strcmp(name, "exit") == 0 || strcmp(name, "exit_group") == 0 || calls == 0)
		return;
	assert_true(counts->kinds < CALLS_MAX);
	struct count *count = &counts->of[counts->kinds++];
	snprintf(count->name, sizeof(count->name), "%s", name);
	count->calls = calls;
	count->errors = errors;
}

static int compare(const void *left, const void *right)
{
	const struct count *a = left, *b = right;
	return strcmp(a->name, b->name);
}

/* A line of strace's table: share, seconds, microseconds per call, calls, optional errors, name. */
static void read_strace_line(struct counts *counts, const char *line)
{
	char words[6][48];
	int found = sscanf(line, "%47s %47s %47s %47s %47s %47s", words[0], words[1], words[2],
		words[3], words[4], words[5]);
	char *end;
	strtod(words[0], &end);
	if (found < 5 || *end || strcmp(words[found - 1], "total") == 0)
		return;
	add(counts, words[found - 1], strtoull(words[3], NULL, 10),
		found == 6 ? strtoull(words[4], NULL, 10) : 0);
}

/* Runs a tracer with COMMAND, whose own streams are /dev/null. */
static char *run_tracer(const char *tracer, const char *command)
{
	char file[128], *text = NULL;
	size_t size = 0;
	snprintf(file, sizeof(file), "%s/counts", home);
	struct program *program = program_run(
		"%s -o %s sh -c 'exec \"$@\" </dev/null >/dev/null 2>&1' sh %s", tracer, file,
		command);
	FILE *stream = fopen(file, "r");
	if (!stream)
		fail_msg("%s has written nothing: %s", tracer, program->err.text);
	/* No NUL is in it. */
	if (getdelim(&text, &size, '\0', stream) < 0)
		fail_msg("%s has written nothing: %s", tracer, program->err.text);
	fclose(stream);
	unlink(file);
	program_free(program);
	return text;
}

static void ask_strace(const char *command, struct counts *counts)
{
	char *table = run_tracer("strace -f -c", command);
	*counts = (struct counts){0};
	for (char *line = strtok(table, "\n"); line; line = strtok(NULL, "\n"))
		read_strace_line(counts, line);
	qsort(counts->of, counts->kinds, sizeof(*counts->of), compare);
	free(table);
}

static void ask_stop(const char *command, struct counts *counts)
{
	char *text = run_tracer("stop -c --format=json", command);
	json_t *root = json_last(text), *row;
	size_t i;
	*counts = (struct counts){0};
	json_array_foreach(json_object_get(root, "syscalls"), i, row)
	{
		add(counts, json_text(row, "name"), json_number(row, "calls"),
			json_number(row, "errors"));
	}
	qsort(counts->of, counts->kinds, sizeof(*counts->of), compare);
	json_decref(root);
	free(text);
}

static bool is_same(const struct counts *a, const struct counts *b)
{
	bool same = a->kinds == b->kinds;
	for (size_t i = 0; same && i < a->kinds; i++)
		same = strcmp(a->of[i].name, b->of[i].name) == 0 &&
		       a->of[i].calls == b->of[i].calls && a->of[i].errors == b->of[i].errors;
	return same;
}

static uint64_t all_calls(const struct counts *counts)
{
	uint64_t calls = 0;
	for (size_t i = 0; i < counts->kinds; i++)
		calls += counts->of[i].calls;
	return calls;
}

static void print_counts(const char *who, const struct counts *counts)
{
	print_message("%s:\n", who);
	for (size_t i = 0; i < counts->kinds; i++)
		print_message("  %s %llu %llu\n", counts->of[i].name,
			(unsigned long long)counts->of[i].calls,
			(unsigned long long)counts->of[i].errors);
}

/*
 * Compares the two for COMMAND. Programs are less deterministic than they seem (the number of times
 * the heap grows depends on where it starts), so equal counts are required in only one of several
 * tries: a call that is miscounted is so every time. Returns whether at least strace's counts
 * agree.
 */
static bool compare_over(const char *command)
{
	bool steady = false;
	for (int try = 0; try < TRIES; try++) {
		struct counts before, stop, after;
		ask_strace(command, &before);
		ask_stop(command, &stop);
		ask_strace(command, &after);
		if (is_same(&before, &stop)) {
			print_message(
				"%6llu calls: %s\n", (unsigned long long)all_calls(&stop), command);
			return true;
		}
		steady |= is_same(&before, &after);
		if (try == TRIES - 1 && steady) {
			print_counts("strace", &before);
			print_counts("stop", &stop);
			fail_msg("they differ over %s", command);
		}
	}
	print_message("       strace differs from itself: %s\n", command);
	return false;
}

static void strace_counts_the_same(void **state)
{
	static const struct {
		const char *program;
		const char *command; /* DIRECTORY: the directory with files */
	} cases[] = {
		{"ls", "ls -lR /etc"},
		{"find", "find /etc -name 'c*'"},
		{"sh", "sh -c 'for i in 1 2 3 4 5; do /bin/true; done; /bin/false; (exit 3)'"},
		{"tar", "tar cf - DIRECTORY"},
		{"sort", "sort DIRECTORY/1 DIRECTORY/2 DIRECTORY/3"},
		{"grep", "grep -r root DIRECTORY"},
		{"sed", "sed -n p DIRECTORY/1"},
		{"awk", "awk 'BEGIN { for (i = 0; i < 10; i++) system(\"true\") }'"},
		{"perl", "perl -e 'use POSIX; for (1..100) { open F, \"/nonexistent\" }'"},
		{"git", "git -C DIRECTORY hash-object 1 2 3 4 5"},
		{"wc", "wc DIRECTORY/1 DIRECTORY/2"},
		{"cat", "cat DIRECTORY/1 DIRECTORY/nonexistent DIRECTORY"},
		{"xargs", "xargs -a DIRECTORY/1 -n 20 true"},
		{"du", "du -s /etc"},
		{"id", "id"},
		{"date", "date -r DIRECTORY/1"},
	};
	enum { ENOUGH = 10 };
	size_t compared = 0;
	(void)state;
	if (!program_exists("strace"))
		skip();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char command[512] = "";
		if (!program_exists(cases[i].program))
			continue;
		for (const char *at = cases[i].command; *at;) {
			bool here = strncmp(at, "DIRECTORY", 6) == 0;
			snprintf(command + strlen(command), sizeof(command) - strlen(command),
				"%.*s", here ? (int)strlen(directory) : 1, here ? directory : at);
			at += here ? 6 : 1;
		}
		compared += compare_over(command);
	}
	if (compared < ENOUGH)
		skip();
}

static int make_directory(void **state)
{
	const char *base = getenv("TMPDIR");
	char command[512];
	(void)state;
	snprintf(home, sizeof(home), "%.40s/stop-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(home))
		return -1;
	snprintf(directory, sizeof(directory), "%s/files", home);
	snprintf(command, sizeof(command),
		"mkdir %s && cd %s && for i in 1 2 3 4 5; do seq 1 $((i * 100)) >$i; done",
		directory, directory);
	return system(command);
}

static int remove_directory(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", home);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strace_counts_the_same),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
