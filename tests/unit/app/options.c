/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: each option with valid and invalid values, and invalid combinations. */
#include "config.h"

#include "app/options.h"
#include "arch/arch.h"
#include "event/filter.h"

#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "out/listener.h"

#define WORDS_MAX 20

/* A command line; writable for getopt_long(3). */
struct words {
	char *argv[WORDS_MAX + 2];
	int argc;
	char text[256];
};

/* Splits LINE at blanks, after the program's name; "''" is an empty word. */
static void split(const char *line, struct words *words)
{
	*words = (struct words){0};
	snprintf(words->text, sizeof(words->text), "stop %s", line);
	for (char *word = strtok(words->text, " "); word; word = strtok(NULL, " ")) {
		if (strcmp(word, "''") == 0)
			*word = '\0';
		words->argv[words->argc++] = word;
	}
}

/* Parses LINE into OPTIONS; fails the test on error. */
static void parse(const char *line, struct words *words, struct options *options)
{
	char error[OPTIONS_ERROR_MAX] = "";
	split(line, words);
	if (options_parse(words->argc, words->argv, true, options, error) < 0)
		fail_msg("%s: %s", line, error);
}

static void errors_are_reported_in_one_line(void **state)
{
	static const struct {
		const char *line, *error; /* a part of the message */
	} cases[] = {
		{"-b", "nothing to watch: use stop -p PID or stop COMMAND"},
		{"-c", "nothing to watch"},
		{"-p", "-p, --pid: PID|NAME[,...] is missing"},
		{"-p 0", "-p: no process named \"0\""},
		{"-p -1", "-p: no process named \"-1\""},
		{"-p +1", "-p: no process named \"+1\""},
		{"-p 1.5", "-p: no process named \"1.5\""},
		{"-p 2147483648", "no process named"},
		{"-p 99999999999999999999999", "no process named"},
		{"-p 1,-2,3", "-p: no process named \"-2\""},
		{"-p two true", "-p and a command exclude each other"},
		{"--all -p two",
			"-p and --cgroup, --container, --pod, --pidns or --all exclude each other"},
		{"--wait -p 1", "--wait requires the name of a process: -p NAME"},
		{"--wait true", "--wait requires the name of a process"},
		{"--again true", "--again requires one process: -p NAME or -p PID"},
		{"--again -p 1,two", "--again requires one process"},
		{"-p ,", "-p: expected a process ID"},
		{"-p ''", "-p: expected a process ID"},
		{"-p 1 true", "-p and a command exclude each other"},
		{"-p 1 -- true", "-p and a command exclude each other"},
		{"--all -p 1",
			"-p and --cgroup, --container, --pod, --pidns or --all exclude each other"},
		{"--cgroup=/a true", "a command and --cgroup"},
		{"--all --cgroup=/a", "--all and --cgroup exclude each other"},
		{"--container=a --pidns=1", "--container and --pidns exclude each other"},
		{"--pidns=1 --pidns=2", "--pidns and --pidns exclude each other"},
		{"--all --follow=threads", "--follow requires -p or a command"},
		{"--pod=", "--pod: expected the name of a pod"},
		{"--pod=a/b/c", "--pod: expected the name of a pod"},
		{"--pod=/c", "--pod: expected the name of a pod"},
		{"--namespace=a -p 1", "--namespace requires --pod"},
		{"--namespace=a --pod=b/c", "exclude each other"},
		{"--pod=a --container=b", "--pod and --container exclude each other"},
		{"--cgroup=", "--cgroup: expected the path of a cgroup"},
		{"--container=", "--container: expected an ID or a name"},
		{"--pidns=0", "--pidns: no process named \"0\""},
		{"--pidns=x", "--pidns: no process named \"x\""},
		{"--follow", "--follow: WHAT is missing"},
		{"--follow=all true", "--follow: invalid value \"all\": expected threads, forks or "
				      "tree"},
		{"-b -c true", "-b and -c exclude each other"},
		{"-c --format=xml true",
			"--format: invalid value \"xml\": expected text, json, ndjson, "
			"prometheus, openmetrics, folded, speedscope or pprof"},
		{"--format=json true", "--format requires -b or -c"},
		{"--format=text true", "--format requires -b or -c"},
		{"-o file true", "-o requires -b or -c"},
		{"-c -o '' true", "-o: expected a file name"},
		{"-d 0 true", "-d: 0 is out of range: expected 0.01 to 86400 seconds"},
		{"-d 86401 true", "out of range"},
		{"-d -1 true", "-d: \"-1\" is not a number of seconds"},
		{"-d 1e3 true", "is not a number of seconds"},
		{"-d nan true", "is not a number of seconds"},
		{"-d inf true", "is not a number of seconds"},
		{"-d 1.2.3 true", "is not a number of seconds"},
		{"-d . true", "is not a number of seconds"},
		{"-d '' true", "is not a number of seconds"},
		{"-b -n 0 true", "-n: \"0\" is not a number of frames"},
		{"-b -n -1 true", "is not a number of frames"},
		{"-b -n 1.5 true", "is not a number of frames"},
		{"-b -n 4294967296 true", "is not a number of frames"},
		{"-n 5 true", "-n requires -b"},
		{"-c -n 5 true", "-n requires -b"},
		{"-e opennat true", "-e: "},
		{"-e %nothing true", "-e: "},
		{"-e '' true", "-e: "},
		{"-e /( true", "-e: "},
		{"-S nothing true", "-S: unknown column \"nothing\""},
		{"-S totl true", "did you mean \"total\"?"},
		{"-S total,up true", "-S: invalid value \"up\": expected asc or desc"},
		{"-S total, true", "-S: invalid value \"\""},
		{"-x true", "unknown option -x; stop -h lists them"},
		{"-cx true", "unknown option -x"},
		{"--nothing true", "unknown option --nothing; stop -h lists them"},
		{"--sumary true", "unknown option --sumary; did you mean \"--summary\"?"},
		{"--fo=x true", "--fo is ambiguous: --follow, --follow-forks, --format"},
		{"--batch=1 true", "--batch takes no value"},
		{"-ff true", "-ff requires --log=FILE"},
		{"-c -ff --log=- true", "-ff requires --log=FILE"},
		{"-u nobody -p 1", "-u requires a command"},
		{"-e path: true", "-e: at character 6: a value is missing"},
		{"-e signal=x true", "stop has no such option of strace"},
		{"-e status=success true", "did you mean \"successful\"?"},
		{"-e trace-fds=x true", "are no descriptors"},
		{"--until fd:x true", "--until: at character 4: \"x\" is no descriptor"},
		{"--until-count 2 true", "--until-count requires --until"},
		{"--until read --until-count 0 true", "is not a number of calls"},
		{"--duration 10x true", "is not a time"},
		{"--duration 0 true", "is not a time"},
		{"-\x9b", "unknown option -\\x9b"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char error[OPTIONS_ERROR_MAX] = "";
		struct options options;
		struct words words;
		split(cases[i].line, &words);
		int result = options_parse(words.argc, words.argv, true, &options, error);
		if (result != -EINVAL || !strstr(error, cases[i].error))
			fail_msg("%s: %d \"%s\"", cases[i].line, result, error);
		assert_null(strchr(error, '\n'));
		assert_null(strchr(error, '\x1b'));
		options_clear(&options);
	}
}

static void defaults(void **state)
{
	struct options options;
	struct words words;
	(void)state;
	parse("true", &words, &options);
	assert_int_equal(options.task, OPTIONS_TRACE);
	assert_int_equal(options.mode, OPTIONS_INTERACTIVE);
	assert_string_equal(options.format->name, "text");
	assert_int_equal(options.pid_count, 0);
	assert_int_equal(options.follow, FOLLOW_FORKS);
	assert_int_equal(options.delay_ns, NS_PER_S);
	assert_int_equal(options.frames, 0);
	assert_int_equal(options.order.by, COLUMN_SHARE);
	assert_true(options.order.descending);
	assert_null(options.output);
	assert_null(options.set);
	options_clear(&options);
}

static void pids_accumulate_without_duplicates(void **state)
{
	static const pid_t wanted[] = {3, 1, 2, 2147483647};
	struct options options;
	struct words words;
	(void)state;
	parse("-p 3,1, -p 2,1 --pid=2147483647 --pid 3", &words, &options);
	assert_int_equal(options.pid_count, COUNT_OF(wanted));
	assert_memory_equal(options.pids, wanted, sizeof(wanted));
	assert_null(options.command);
	options_clear(&options);
}

static void blanks_separate_pids_as_in_the_output_of_pidof(void **state)
{
	char error[OPTIONS_ERROR_MAX];
	char program[] = "stop", option[] = "-p", value[] = "12 34\n";
	char *argv[] = {program, option, value, NULL};
	struct options options;
	(void)state;
	assert_int_equal(options_parse(3, argv, true, &options, error), 0);
	assert_int_equal(options.pid_count, 2);
	assert_int_equal(options.pids[1], 34);
	options_clear(&options);
}

static void names_may_have_blanks(void **state)
{
	char error[OPTIONS_ERROR_MAX];
	char program[] = "stop", option[] = "-p", value[] = " 12, tmux: server ,x";
	char *argv[] = {program, option, value, NULL};
	struct options options;
	(void)state;
	assert_int_equal(options_parse(3, argv, true, &options, error), 0);
	assert_int_equal(options.pid_count, 1);
	assert_int_equal(options.name_count, 2);
	assert_string_equal(options.names[0], "tmux: server");
	assert_string_equal(options.names[1], "x");
	assert_false(options.asks_for_target);
	options_clear(&options);
}

/* On a terminal, the user is asked for a target. */
static void without_a_target_the_user_chooses(void **state)
{
	struct options options;
	struct words words;
	(void)state;
	parse("", &words, &options);
	assert_true(options.asks_for_target);
	options_clear(&options);
}

static void a_command_keeps_its_own_options(void **state)
{
	static const char *const lines[] = {"-c ls -c --help", "-c -- ls -c --help"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct options options;
		struct words words;
		parse(lines[i], &words, &options);
		assert_int_equal(options.task, OPTIONS_TRACE);
		assert_string_equal(options.command[0], "ls");
		assert_string_equal(options.command[1], "-c");
		assert_string_equal(options.command[2], "--help");
		assert_null(options.command[3]);
		options_clear(&options);
	}
	struct options options;
	struct words words;
	parse("-- -strange", &words, &options);
	assert_string_equal(options.command[0], "-strange");
	options_clear(&options);
}

static void every_option_is_applied(void **state)
{
	struct options options;
	struct words words;
	(void)state;
	parse("-b --format=json -o out -d 0.25 -n 3 -e %file -S calls,asc --follow=tree -p 7",
		&words, &options);
	assert_int_equal(options.mode, OPTIONS_BATCH);
	assert_string_equal(options.format->name, "json");
	assert_string_equal(options.output, "out");
	assert_int_equal(options.delay_ns, 250 * NS_PER_MS);
	assert_int_equal(options.frames, 3);
	assert_true(callset_has(options.set, (struct call){257, ABI_NATIVE}));
	assert_false(callset_has(options.set, (struct call){0, ABI_NATIVE}));
	assert_string_equal(options.set_text, "%file");
	assert_int_equal(options.order.by, COLUMN_CALLS);
	assert_false(options.order.descending);
	assert_int_equal(options.follow, FOLLOW_TREE);
	options_clear(&options);
}

static void long_names_are_equivalent(void **state)
{
	struct options options;
	struct words words;
	(void)state;
	parse("--batch --output=- --delay=2 --iterations=9 --filter=read --sort=call "
	      "--follow=threads --pid=7",
		&words, &options);
	assert_int_equal(options.mode, OPTIONS_BATCH);
	assert_string_equal(options.output, "-");
	assert_int_equal(options.delay_ns, 2 * NS_PER_S);
	assert_int_equal(options.frames, 9);
	assert_string_equal(options.set_text, "read");
	assert_int_equal(options.order.by, COLUMN_CALL);
	assert_false(options.order.descending);
	assert_int_equal(options.follow, FOLLOW_THREADS);
	options_clear(&options);
	parse("--summary true", &words, &options);
	assert_int_equal(options.mode, OPTIONS_SUMMARY);
	options_clear(&options);
}

/* Spellings of strace are filters; several are combined. */
static void options_of_strace_are_filters(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
		{"-e read true", "read"},
		{"-e trace=read,write true", "read,write"},
		{"-z true", "result:ok"},
		{"-Z true", "result:failed"},
		{"-z -Z true", "result:failed"},
		{"-z -e read true", "read and result:ok"},
		{"-e read -e status=failed,unfinished true",
			"read and (result:failed or result:unfinished)"},
		{"-e status=!failed true", "not (result:failed)"},
		{"-P /nonexistent/a true", "path:\"/nonexistent/a\""},
		{"-P /nonexistent/a*b -P /nonexistent/b true",
			"path:\"/nonexistent/a\\*b\" or path:\"/nonexistent/b\""},
		{"-P /nonexistent/a -e trace-fds=3,4 -e fds=!5 -e !read true",
			"!read and (path:\"/nonexistent/a\" or fd:3,4 or not fd:5)"},
		{"-f -e fd=3 true", "fd=3"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct options options;
		struct words words;
		parse(cases[i].line, &words, &options);
		if (strcmp(options.set_text, cases[i].text) != 0)
			fail_msg("%s: %s", cases[i].line, options.set_text);
		options_clear(&options);
	}
}

static void sessions_can_end_with_a_call_or_a_time(void **state)
{
	struct options options;
	struct words words;
	(void)state;
	parse("--until errno:ENOENT --until-count 3 --duration 1.5s true", &words, &options);
	assert_string_equal(filter_text(options.until), "errno:ENOENT");
	assert_int_equal(options.until_count, 3);
	assert_int_equal(options.duration_ns, 1500 * NS_PER_MS);
	assert_null(options.filter);
	options_clear(&options);
	parse("--duration 2 true", &words, &options);
	assert_int_equal(options.duration_ns, 2 * NS_PER_S);
	options_clear(&options);
}

static void every_column_can_be_sorted_by(void **state)
{
	(void)state;
	for (int id = 0; id < COLUMN_COUNT; id++) {
		char line[64];
		struct options options;
		struct words words;
		snprintf(line, sizeof(line), "-S %s,desc true", call_columns[id].name);
		parse(line, &words, &options);
		assert_int_equal(options.order.by, id);
		assert_true(options.order.descending);
		options_clear(&options);
	}
}

static void the_last_occurrence_of_an_option_wins(void **state)
{
	struct options options;
	struct words words;
	(void)state;
	parse("-e read -e write -d 1 -d 3 -S calls -S avg true", &words, &options);
	assert_string_equal(options.set_text, "write");
	assert_false(callset_has(options.set, (struct call){0, ABI_NATIVE}));
	assert_int_equal(options.delay_ns, 3 * NS_PER_S);
	assert_int_equal(options.order.by, COLUMN_AVG);
	options_clear(&options);
}

static void recordings_can_be_limited(void **state)
{
	static const struct {
		const char *line;
		uint64_t bytes, ns; /* 0: invalid */
	} cases[] = {
		{"-c --record=a --record-limit=1048576 true", UINT64_C(1) << 20, 0},
		{"-c --record=a --record-limit=2G true", UINT64_C(2) << 30, 0},
		{"-c --record=a --record-limit=500M,10m true", UINT64_C(500) << 20, 600 * NS_PER_S},
		{"-c --record=a --record-limit=1023K true", 0, 0},
		{"-c --record=a --record-limit=1T true", 0, 0},
		{"-c --record=a --record-limit=-1G true", 0, 0},
		{"-c --record=a --record-limit=1G, true", 0, 0},
		{"-c --record=a --record-limit=1G,0s true", 0, 0},
		{"-c --record=a --record-limit=99999999999999999999 true", 0, 0},
		{"-c --record=a --record-limit=18446744073709551615G true", 0, 0},
		{"-c --record-limit=1G true", 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char error[OPTIONS_ERROR_MAX];
		struct options options;
		struct words words;
		split(cases[i].line, &words);
		int result = options_parse(words.argc, words.argv, false, &options, error);
		if ((result == 0) != (cases[i].bytes != 0))
			fail_msg("%s: %d", cases[i].line, result);
		if (result == 0) {
			assert_int_equal(options.record_limit, cases[i].bytes);
			assert_int_equal(options.record_limit_ns, cases[i].ns);
		}
		options_clear(&options);
	}
}

static void flight_recorders_have_a_time_and_a_size(void **state)
{
	static const struct {
		const char *line;
		uint64_t ns, bytes; /* 0: invalid */
		unsigned int count;
	} cases[] = {
		{"-c --flight=60s true", 60 * NS_PER_S, UINT64_C(128) << 20, 10},
		{"-c --flight=1s,8M true", NS_PER_S, UINT64_C(8) << 20, 10},
		{"-b --flight=10m,2G --record=a --record-detail=strings true", 600 * NS_PER_S,
			UINT64_C(2) << 30, 10},
		{"-c --flight=60s --when=errno:EIO --flight-count=3 true", 60 * NS_PER_S,
			UINT64_C(128) << 20, 3},
		{"-c --flight=60 true", 0, 0, 0},
		{"-c --flight=999ms true", 0, 0, 0},
		{"-c --flight=60s, true", 0, 0, 0},
		{"-c --flight=60s,7M true", 0, 0, 0},
		{"-c --flight=60s,1G,1G true", 0, 0, 0},
		{"-c --flight=-1s true", 0, 0, 0},
		{"-c --flight= true", 0, 0, 0},
		{"-c --when=errno:EIO true", 0, 0, 0},
		{"-c --record=a --when=errno:EIO true", 0, 0, 0},
		{"-c --flight=60s --when=errno:EOI true", 0, 0, 0},
		{"-c --flight=60s --flight-count=3 true", 0, 0, 0},
		{"-c --flight=60s --when=read --flight-count=0 true", 0, 0, 0},
		{"-c --flight=60s --when=read --flight-count=1001 true", 0, 0, 0},
		{"-c --flight=60s --record-limit=1G true", 0, 0, 0},
		{"-c --flight=60s --replay /", 0, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char error[OPTIONS_ERROR_MAX];
		struct options options;
		struct words words;
		split(cases[i].line, &words);
		int result = options_parse(words.argc, words.argv, false, &options, error);
		if ((result == 0) != (cases[i].bytes != 0))
			fail_msg("%s: %d", cases[i].line, result);
		if (result == 0) {
			assert_int_equal(options.flight_ns, cases[i].ns);
			assert_int_equal(options.flight_size, cases[i].bytes);
			assert_int_equal(options.flight_count, cases[i].count);
		}
		options_clear(&options);
	}
}

static void help_and_version_need_no_other_options(void **state)
{
	static const struct {
		const char *line;
		enum options_task task;
	} cases[] = {
		{"-h", OPTIONS_HELP},
		{"--help", OPTIONS_HELP},
		{"-c -h -p", OPTIONS_HELP},
		{"-V", OPTIONS_VERSION},
		{"--version", OPTIONS_VERSION},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char error[OPTIONS_ERROR_MAX];
		struct options options;
		struct words words;
		split(cases[i].line, &words);
		assert_int_equal(options_parse(words.argc, words.argv, false, &options, error), 0);
		assert_int_equal(options.task, cases[i].task);
		options_clear(&options);
	}
}

static void without_a_terminal_another_mode_is_suggested(void **state)
{
	char error[OPTIONS_ERROR_MAX];
	struct options options;
	struct words words;
	(void)state;
	split("true", &words);
	assert_int_equal(options_parse(words.argc, words.argv, false, &options, error), -EINVAL);
	assert_non_null(strstr(error, "use -c for a summary or -b for text frames"));
	options_clear(&options);
	split("-c true", &words);
	assert_int_equal(options_parse(words.argc, words.argv, false, &options, error), 0);
	options_clear(&options);
	/* A trace from standard input leaves the terminal for the screen and its keys. */
	split("-", &words);
	assert_int_equal(options_parse(words.argc, words.argv, false, &options, error), 0);
	options_clear(&options);
	split("-", &words);
	assert_int_equal(options_parse(words.argc, words.argv, true, &options, error), -EINVAL);
	assert_non_null(strstr(error, "pipe a trace into it"));
	options_clear(&options);
}

/* The output of WRITE; the caller frees it. */
static char *text_of(void (*write)(FILE *stream))
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	write(stream);
	fclose(stream);
	return text;
}

static void help_names_every_option_and_column(void **state)
{
	static const char *const parts[] = {"-p, --pid=PID|NAME[,...]", "--follow=WHAT",
		"-c, --summary", "-b, --batch", "--format=text|json", "-o, --output=FILE",
		"-d, --delay=SECONDS", "-n, --iterations=NUMBER", "-e, --filter=FILTER",
		"-S, --sort=COLUMN[,asc|desc]", "-h, --help", "-V, --version"};
	(void)state;
	char *text = text_of(options_write_help);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		assert_non_null(strstr(text, parts[i]));
	for (int id = 0; id < COLUMN_COUNT; id++)
		assert_non_null(strstr(text, call_columns[id].help));
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		assert_true(strlen(line) <= 88);
	free(text);
}

static void version_names_the_libraries(void **state)
{
	static const char *const parts[] = {
		"stop " PACKAGE_VERSION "\n", "ptrace", "ncurses ", "jansson ", "Linux "};
	(void)state;
	char *text = text_of(options_write_version);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		assert_non_null(strstr(text, parts[i]));
	assert_non_null(strstr(text, arch.name));
	free(text);
}

/* Without the library, the first that needs it says so. */
static void one_listener_serves_all(void **state)
{
	char error[OPTIONS_ERROR_MAX] = "";
	struct options options;
	struct words words;
	(void)state;
	split("--serve=1 --metrics=2 true", &words);
	assert_int_equal(options_parse(words.argc, words.argv, true, &options, error), -EINVAL);
	assert_string_equal(
		error, listener_library()
			       ? "--serve has metrics, too: leave --metrics out, or give both one "
				 "address"
			       : "--serve: this build has no libmicrohttpd");
	options_clear(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_reported_in_one_line),
		cmocka_unit_test(one_listener_serves_all),
		cmocka_unit_test(defaults),
		cmocka_unit_test(pids_accumulate_without_duplicates),
		cmocka_unit_test(blanks_separate_pids_as_in_the_output_of_pidof),
		cmocka_unit_test(names_may_have_blanks),
		cmocka_unit_test(without_a_target_the_user_chooses),
		cmocka_unit_test(a_command_keeps_its_own_options),
		cmocka_unit_test(every_option_is_applied),
		cmocka_unit_test(long_names_are_equivalent),
		cmocka_unit_test(options_of_strace_are_filters),
		cmocka_unit_test(sessions_can_end_with_a_call_or_a_time),
		cmocka_unit_test(every_column_can_be_sorted_by),
		cmocka_unit_test(the_last_occurrence_of_an_option_wins),
		cmocka_unit_test(recordings_can_be_limited),
		cmocka_unit_test(flight_recorders_have_a_time_and_a_size),
		cmocka_unit_test(help_and_version_need_no_other_options),
		cmocka_unit_test(without_a_terminal_another_mode_is_suggested),
		cmocka_unit_test(help_names_every_option_and_column),
		cmocka_unit_test(version_names_the_libraries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
