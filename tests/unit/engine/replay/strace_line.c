/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of strace's text: each rule of its syntax, of all versions and options. */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/replay/strace_line.h"

static struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

#define TEXT(span) (int)(span).size, (span).size ? (span).start : ""

static void lines_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		enum strace_line_kind kind;
		pid_t pid;
		const char *name, *args, *result; /* NULL: not compared */
	} cases[] = {
		/* Calls. */
		{"close(3) = 0", STRACE_CALL, 0, "close", "3", "0"},
		{"close(3)                                = 0", STRACE_CALL, 0, "close", "3", "0"},
		{"getpid()=7", STRACE_CALL, 0, "getpid", "", "7"},
		{"exit_group(0) =?", STRACE_CALL, 0, "exit_group", "0", "?"},
		{"write(1, \"a) = 3\\\" <\", 9) = 9", STRACE_CALL, 0, "write",
			"1, \"a) = 3\\\" <\", 9", "9"},
		{"write(3</tmp/a\\74b) = 3>, \"x\", 1) = 1", STRACE_CALL, 0, "write",
			"3</tmp/a\\74b) = 3>, \"x\", 1", "1"},
		{"read(5<TCP:[10.0.0.1:1->10.0.0.2:2]>, \"\", 1) = 0", STRACE_CALL, 0, "read",
			"5<TCP:[10.0.0.1:1->10.0.0.2:2]>, \"\", 1", "0"},
		{"read(0</dev/pts/0<char 136:0>>, \"\", 1) = 0", STRACE_CALL, 0, "read", NULL, "0"},
		{"wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 7", STRACE_CALL, 0,
			"wait4", NULL, "7"},
		{"f(1 /* ) = 2 */, 1<<5) = 3", STRACE_CALL, 0, "f", "1 /* ) = 2 */, 1<<5", "3"},
		{"syscall_0x1c8(0x1, 0x2) = -1 ENOSYS (Function not implemented)", STRACE_CALL, 0,
			"syscall_0x1c8", "0x1, 0x2", "-1 ENOSYS (Function not implemented)"},
		{"????"
		 "( = ?",
			STRACE_OPEN, 0, "????", NULL, NULL},
		/* What is before them. */
		{"1234 close(3) = 0", STRACE_CALL, 1234, "close", "3", "0"},
		{"1234<a b> close(3) = 0", STRACE_CALL, 1234, "close", "3", "0"},
		{"[pid  1234] close(3) = 0", STRACE_CALL, 1234, "close", "3", "0"},
		{"[pid 1234<sh>] close(3) = 0", STRACE_CALL, 1234, "close", "3", "0"},
		{"1234  10:11:12 close(3) = 0", STRACE_CALL, 1234, "close", "3", "0"},
		{"1234 1700000000.000001 [   3] [00007faad1247ad7] close(3) = 0", STRACE_CALL, 1234,
			"close", "3", "0"},
		{"10:11:12 (+     0.000012) [????????????????] close(3) = 0", STRACE_CALL, 0,
			"close", "3", "0"},
		{"     0.000012 close(3) = 0 <0.000010>", STRACE_CALL, 0, "close", "3", "0"},
		{"[b77a2424] close(3) = 0\r", STRACE_CALL, 0, "close", "3", "0"},
		/* In parts. */
		{"7 read(0,  <unfinished ...>", STRACE_UNFINISHED, 7, "read", "0,", NULL},
		{"7 <... read resumed>\"a\", 1) = 1", STRACE_RESUMED, 7, "read", "\"a\", 1", "1"},
		{"7 <... read resumed> \"a\", 1) = 1", STRACE_RESUMED, 7, "read", " \"a\", 1", "1"},
		{"7 <... pause resumed>)        = ?", STRACE_RESUMED, 7, "pause", "", "?"},
		{"7 <... futex resumed> <unfinished ...>) = ?", STRACE_RESUMED, 7, "futex", NULL,
			"?"},
		{"read(0,  <detached ...>", STRACE_DETACHED, 0, "read", "0,", NULL},
		{"exit_group(0 <unfinished ...>) = ?", STRACE_CALL, 0, "exit_group", NULL, "?"},
		{"write(1, \"a\\n\", 2a", STRACE_OPEN, 0, "write", "1, \"a\\n\", 2a", NULL},
		{"clone(child_stack=NULL, flags=SIGCHLDstrace: Process 9 attached", STRACE_OPEN, 0,
			"clone", "child_stack=NULL, flags=SIGCHLD", NULL},
		/* Others. */
		{"--- SIGCHLD {si_signo=SIGCHLD, si_pid=7} ---", STRACE_SIGNAL, 0, "SIGCHLD",
			"{si_signo=SIGCHLD, si_pid=7}", NULL},
		{"--- SIGCHLD (Child exited) @ 0 (0) ---", STRACE_SIGNAL, 0, "SIGCHLD", NULL, NULL},
		{"--- stopped by SIGSTOP ---", STRACE_STOPPED, 0, "SIGSTOP", "", NULL},
		{"7 +++ exited with 3 +++", STRACE_EXITED, 7, NULL, NULL, NULL},
		{"+++ killed by SIGSEGV (core dumped) +++", STRACE_KILLED, 0, "SIGSEGV", NULL,
			NULL},
		{"+++ superseded by execve in pid 9 +++", STRACE_SUPERSEDED, 0, NULL, NULL, NULL},
		{"strace: Process 9 attached", STRACE_ATTACHED, 0, NULL, NULL, NULL},
		{"Process 9 attached (waiting for parent)", STRACE_ATTACHED, 0, NULL, NULL, NULL},
		{"strace: Process 9 attached with 3 threads", STRACE_ATTACHED, 0, NULL, NULL, NULL},
		{"strace: Process 9 detached", STRACE_LEFT, 0, NULL, NULL, NULL},
		{"[ Process PID=9 runs in 32 bit mode. ]", STRACE_ABI, 0, NULL, NULL, NULL},
		{"strace: [ Process PID=9 runs in x32 mode. ]", STRACE_ABI, 0, NULL, NULL, NULL},
		{" > /lib/libc.so.6(__write+0x17) [0x10e]", STRACE_FRAME, 0, NULL, NULL, NULL},
		{"% time     seconds  usecs/call     calls    errors syscall", STRACE_TABLE, 0,
			NULL, NULL, NULL},
		/* None of strace's. */
		{"", STRACE_OTHER, 0, NULL, NULL, NULL},
		{"hello", STRACE_OTHER, 0, NULL, NULL, NULL},
		{"--- a/b", STRACE_OTHER, 0, NULL, NULL, NULL},
		{"+++ b/c", STRACE_OTHER, 0, NULL, NULL, NULL},
		{"<... read", STRACE_OTHER, 0, NULL, NULL, NULL},
		{"99999999999999999999 close(3) = 0", STRACE_OTHER, 0, NULL, NULL, NULL},
		{"[pid 0] close(3) = 0", STRACE_OTHER, 0, NULL, NULL, NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct strace_line line;
		strace_line_parse(span_of(cases[i].text), &line);
		const struct span found[] = {line.name, line.args, line.result};
		const char *const wanted[] = {cases[i].name, cases[i].args, cases[i].result};
		if (line.kind != cases[i].kind || line.pid != cases[i].pid)
			fail_msg("%s: kind %d, pid %d", cases[i].text, line.kind, line.pid);
		for (size_t j = 0; j < COUNT_OF(found); j++) {
			if (wanted[j] && !span_is(found[j], wanted[j]))
				fail_msg("%s: \"%.*s\" instead of \"%s\"", cases[i].text,
					TEXT(found[j]), wanted[j]);
		}
	}
}

static void times_are_read(void **state)
{
	static const struct {
		const char *text;
		enum strace_stamp_kind stamp;
		uint64_t stamp_ns, relative_ns, duration_ns;
	} cases[] = {
		{"01:02:03 getpid() = 7", STAMP_OF_DAY, UINT64_C(3723000000000), 0, 0},
		{"01:02:03.5 getpid() = 7 <1.25>", STAMP_OF_DAY, UINT64_C(3723500000000), 0,
			1250000000},
		{"1700000000 getpid() = 7", STAMP_UNIX, UINT64_C(1700000000000000000), 0, 0},
		{"7 1700000000.123456789 getpid() = 7 <0.000000001>", STAMP_UNIX,
			UINT64_C(1700000000123456789), 0, 1},
		{"     2.000003 getpid() = 7", STAMP_NONE, 0, 2000003000, 0},
		{"7 01:02:03 (+     2.000003) getpid() = 7", STAMP_OF_DAY, UINT64_C(3723000000000),
			2000003000, 0},
		{"getpid() = 7 <unavailable>", STAMP_NONE, 0, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct strace_line line;
		strace_line_parse(span_of(cases[i].text), &line);
		assert_int_equal(line.kind, STRACE_CALL);
		assert_int_equal(line.stamp, cases[i].stamp);
		assert_int_equal(line.stamp_ns, cases[i].stamp_ns);
		assert_int_equal(line.relative_ns, cases[i].relative_ns);
		assert_int_equal(line.duration_ns, cases[i].duration_ns);
		assert_int_equal(line.has_duration, cases[i].duration_ns != 0);
	}
}

static void results_are_read(void **state)
{
	static const struct {
		const char *text;
		enum strace_result_kind kind;
		int64_t value;
		const char *error, *annotation;
	} cases[] = {
		{"0", RESULT_VALUE, 0, "", ""},
		{"-1 ENOENT (No such file or directory)", RESULT_ERROR, -1, "ENOENT", ""},
		{"-1 (errno 515)", RESULT_ERROR, -515, "", ""},
		{"? ERESTARTSYS (To be restarted if SA_RESTART is set)", RESULT_ERROR, 0,
			"ERESTARTSYS", ""},
		{"?", RESULT_NEVER, 0, "", ""},
		{"? <unavailable>", RESULT_NEVER, 0, "", ""},
		{"0x7f0000000000", RESULT_VALUE, 0x7f0000000000, "", ""},
		{"022", RESULT_VALUE, 022, "", ""},
		{"-1", RESULT_VALUE, -1, "", ""},
		{"-4095 (INJECTED)", RESULT_VALUE, -4095, "", ""},
		{"3</etc/passwd>", RESULT_VALUE, 3, "", "/etc/passwd"},
		{"3</tmp/a>(deleted)", RESULT_VALUE, 3, "", "/tmp/a>(deleted)"},
		{"1 ([{fd=3, revents=POLLIN}])", RESULT_VALUE, 1, "", ""},
		{"0 (Timeout)", RESULT_VALUE, 0, "", ""},
		{"abc", RESULT_UNKNOWN, 0, "", ""},
		{"0x10000000000000000", RESULT_UNKNOWN, 0, "", ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct strace_result result;
		strace_result_parse(span_of(cases[i].text), &result);
		if (result.kind != cases[i].kind || result.value != cases[i].value ||
			!span_is(result.error, cases[i].error) ||
			!span_is(result.annotation, cases[i].annotation))
			fail_msg("%s: kind %d, value %" PRId64 ", error %.*s, annotation %.*s",
				cases[i].text, result.kind, result.value, TEXT(result.error),
				TEXT(result.annotation));
	}
}

static void arguments_are_split(void **state)
{
	struct span parts[3];
	(void)state;
	assert_int_equal(strace_split(span_of(""), parts, 3), 0);
	assert_int_equal(
		strace_split(span_of("AT_FDCWD</a,b>, \"a, b\", {c, [d, e]}"), parts, 3), 3);
	assert_true(span_is(parts[0], "AT_FDCWD</a,b>"));
	assert_true(span_is(parts[1], "\"a, b\""));
	assert_true(span_is(parts[2], "{c, [d, e]}"));
	/* The last one has the rest. */
	assert_int_equal(strace_split(span_of("1, 2, 3, 4"), parts, 3), 3);
	assert_true(span_is(parts[2], "3, 4"));
	/* What is not closed goes to the end. */
	assert_int_equal(strace_split(span_of("1, \"a, b"), parts, 3), 2);
	assert_true(span_is(parts[1], "\"a, b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_taken_apart),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(results_are_read),
		cmocka_unit_test(arguments_are_split),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
