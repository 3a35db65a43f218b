/* SPDX-License-Identifier: GPL-2.0-or-later */
/* perf's lines as strace would have written them: each rule of their syntax. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/call_names.h"
#include "engine/replay/perf_text.h"

/* What a line of perf becomes; NULL: no line. */
struct rewriting {
	const char *text;
	const char *lines[PERF_TEXT_LINES];
};

static void check(struct perf_text *perf, const struct rewriting *rule)
{
	struct span lines[PERF_TEXT_LINES];
	unsigned int count = perf_text_rewrite(
		perf, (struct span){rule->text, strlen(rule->text)}, lines);
	for (unsigned int i = 0; i < PERF_TEXT_LINES; i++) {
		const char *expected = rule->lines[i];
		if ((i < count) != (expected != NULL))
			fail_msg("\"%s\": %u lines", rule->text, count);
		if (expected && !span_is(lines[i], expected))
			fail_msg("\"%s\": \"%.*s\", not \"%s\"", rule->text, (int)lines[i].size,
				lines[i].start, expected);
	}
}

static void check_all(const struct rewriting *rules, size_t count)
{
	struct call_names *names = call_names_new();
	struct perf_text *perf = perf_text_new(names);
	for (size_t i = 0; i < count; i++)
		check(perf, &rules[i]);
	perf_text_free(perf);
	call_names_free(names);
}

static void calls_of_perf_trace_get_their_places(void **state)
{
	static const struct rewriting rules[] = {
		{"     2.856 ( 0.013 ms): sh/32190 brk()         = 0x558cfe4b4000",
			{"[pid 32190<sh>] 00:00:00.002856000 brk() = 0x558cfe4b4000 "
			 "<0.000013000>"}},
		/* A single thread has no name. */
		{"     0.985 ( 0.015 ms): close(fd: 1)      = 0",
			{"00:00:00.000985000 close(1) = 0 <0.000015000>"}},
		/* What is 0 is missing; constants have no prefixes. */
		{"  7.186 ( 0.019 ms): a/7 mmap(len: 8192, prot: READ|WRITE, flags: "
		 "PRIVATE|ANONYMOUS)  = 0x7f54ebcf8000",
			{"[pid 7<a>] 00:00:00.007186000 mmap(0, 8192, PROT_READ|PROT_WRITE, "
			 "MAP_PRIVATE|MAP_ANONYMOUS) = 0x7f54ebcf8000 <0.000019000>"}},
		{"  7.243 ( 0.020 ms): a/7 access(filename: 0xebd2c2a0, mode: R)   = -1 ENOENT "
		 "(No such file or directory)",
			{"[pid 7<a>] 00:00:00.007243000 access(0xebd2c2a0, R_OK) = -1 ENOENT (No "
			 "such file or directory) <0.000020000>"}},
		{"  8 ( 0.020 ms): a/7 close(fd: 1) = 0",
			{"  8 ( 0.020 ms): a/7 close(fd: 1) = 0"}},
		{"  10.002 ( 0.017 ms): a/7 openat(dfd: CWD, filename: \"/a) = 3, b: 4\", flags: "
		 "RDONLY|CLOEXEC) = 4",
			{"[pid 7<a>] 00:00:00.010002000 openat(AT_FDCWD, \"/a) = 3, b: 4\", "
			 "O_RDONLY|O_CLOEXEC) = 4 <0.000017000>"}},
		{"  11.000 ( 0.001 ms): a/7 kill(pid: 4205 (sh), sig: QUIT)  = 0",
			{"[pid 7<a>] 00:00:00.011000000 kill(4205, SIGQUIT) = 0 <0.000001000>"}},
		{"  12.000 ( 0.001 ms): a/7 clone(clone_flags: VM|THREAD|0x11, newsp: 0x7f)  = 9",
			{"[pid 7<a>] 00:00:00.012000000 clone(flags=CLONE_VM|CLONE_THREAD|0x11, "
			 "child_stack=0x7f) = 9 <0.000001000>"}},
		/* A PID that perf does not know. */
		{"  32.278 ( 0.013 ms): a/7 getppid()      = ",
			{"[pid 7<a>] 00:00:00.032278000 getppid() = 0 <0.000013000>"}},
		/* Names may have anything in them. */
		{"  40.000 ( 0.001 ms): (sd-pam/1 <x>)/8 close(fd: 3)   = 0",
			{"[pid 8<(sd-pam/1 _x_)>] 00:00:00.040000000 close(3) = 0 "
			 "<0.000001000>"}},
		{"  90061000.500 ( 0.001 ms): kworker/0:1/9 close(fd: 3)   = 0",
			{"[pid 9<kworker/0:1>] 01:01:01.000500000 close(3) = 0 <0.000001000>"}},
	};
	(void)state;
	check_all(rules, COUNT_OF(rules));
}

static void calls_in_parts_are_put_together(void **state)
{
	static const struct rewriting rules[] = {
		{"    40.522 (         ): sh/32 wait4(upid: -1, stat_addr: 0x7f)       ...",
			{"[pid 32<sh>] 00:00:00.040522000 wait4(-1, 0x7f <unfinished ...>"}},
		{"    40.522 (32.341 ms): sh/32  ... [continued]: wait4())      = 33 (cat)",
			{"[pid 32<sh>] 00:00:00.072863000 <... wait4 resumed>) = 33 (cat) "
			 "<0.032341000>"}},
		/* It has begun at an unknown time. */
		{"         ? (         ): sh/32  ... [continued]: execve())      = 0",
			{"[pid 32<sh>] 00:00:00.072863000 <... execve resumed>) = 0"}},
		/* A child returns from its birth, which is no call of it. */
		{"         ? (         ): sh/33  ... [continued]: vfork())        = 0", {NULL}},
		{"         ? (         ): sh/33  ... [continued]: clone())        = ", {NULL}},
		/* … which perf trace does not see. */
		{"    50.000 (         ): sh/32 rt_sigreturn()                           ...",
			{"[pid 32<sh>] 00:00:00.050000000 rt_sigreturn() = 0"}},
		{"    70.859 (         ): cat/33 exit_group(error_code: 2)        = ?",
			{"[pid 33<cat>] 00:00:00.070859000 exit_group(2) = ?",
				"[pid 33<cat>] 00:00:00.070859000 +++ exited with 2 +++"}},
	};
	(void)state;
	check_all(rules, COUNT_OF(rules));
}

static void events_of_perf_script_are_calls(void **state)
{
	static const struct rewriting rules[] = {
		{"              sh 32 [000] 30047.400408: raw_syscalls:sys_enter: NR 257 (ffffff9c, "
		 "7fb331b350b1, 80000, 0, 0, 56327fbee0ca)",
			{"[pid 32<sh>] 08:20:47.400408000 openat(-100, 0x7fb331b350b1, 0x80000, 0 "
			 "<unfinished ...>"}},
		{"              sh 32 [000] 30047.400433:  raw_syscalls:sys_exit: NR 257 = -2",
			{"[pid 32<sh>] 08:20:47.400433000 <... openat resumed>) = -1 ENOENT"}},
		{"a b c 31/32 30047.400433123:  raw_syscalls:sys_exit: NR 1 = -1",
			{"[pid 32<a b c>] 08:20:47.400433123 <... write resumed>) = -1 EPERM"}},
		{"sh 32 [001] 1.5: raw_syscalls:sys_enter: NR 56 (10900, 7f, 0, 0, 0, 0)",
			{"[pid 32<sh>] 00:00:01.500000000 clone(flags=CLONE_THREAD|0x900, "
			 "child_stack=0x7f, parent_tid=0, child_tidptr=0, tls=0 <unfinished ...>"}},
		{"sh 33 [001] 1.6: raw_syscalls:sys_exit: NR 56 = 0", {NULL}},
		{"sh 32 [001] 1.7: raw_syscalls:sys_enter: NR 60 (101, 7f, 0, 0, 0, 0)",
			{"[pid 32<sh>] 00:00:01.700000000 exit(257) = ?",
				"[pid 32<sh>] 00:00:01.700000000 +++ exited with 1 +++"}},
		{"sh 32 [001] 2.0: syscalls:sys_enter_close: fd: 0x00000003",
			{"[pid 32<sh>] 00:00:02.000000000 close(0x00000003 <unfinished ...>"}},
		{"sh 32 [001] 2.1: syscalls:sys_exit_close: 0xfffffffffffffff7",
			{"[pid 32<sh>] 00:00:02.100000000 <... close resumed>) = -1 EBADF"}},
		/* The end of a handler has another number at its end … */
		{"sh 32 [001] 2.2: raw_syscalls:sys_exit: NR -1 = 61",
			{"[pid 32<sh>] 00:00:02.200000000 <... rt_sigreturn resumed>) = 61"}},
		{"\t    7f0b1c read+0x1a (/lib/libc.so.6)", {" > perf(stack) [0x0]"}},
	};
	(void)state;
	check_all(rules, COUNT_OF(rules));
}

static void what_is_lost_is_counted(void **state)
{
	struct call_names *names = call_names_new();
	struct perf_text *perf = perf_text_new(names);
	const struct rewriting lost = {"LOST 12 events!", {NULL}};
	const struct rewriting head = {" Summary of events:", {NULL}};
	const struct rewriting row = {"   read   16  0  1.070  0.040", {NULL}};
	(void)state;
	check(perf, &lost);
	check(perf, &lost);
	assert_int_equal(perf_text_lost(perf), 24);
	check(perf, &head);
	check(perf, &row);
	perf_text_free(perf);
	call_names_free(names);
}

/* Every part of hostile lines is bounded by them. */
static void hostile_lines_do_no_harm(void **state)
{
	static const char *const pieces[] = {"1.000", " (", " ms): ", "a/1 ", "close(",
		"fd: ", "\"", ")", " = ", "...",
		" ... [continued]: ", "raw_syscalls:sys_enter: ", "NR ", "99999999999999999999",
		"-", ", ", "|", "x", "\t", "]", "[", "clone(clone_flags: "};
	struct call_names *names = call_names_new();
	struct perf_text *perf = perf_text_new(names);
	char text[4096];
	struct span lines[PERF_TEXT_LINES];
	(void)state;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		size_t size = 0, count = (size_t)random() % 60;
		for (size_t j = 0; j < count; j++) {
			const char *piece = pieces[(size_t)random() % COUNT_OF(pieces)];
			memcpy(text + size, piece, strlen(piece));
			size += strlen(piece);
		}
		/* Nothing is read behind its end: sanitizers see it. */
		char *copy = malloc(size + 1);
		memcpy(copy, text, size);
		unsigned int written = perf_text_rewrite(perf, (struct span){copy, size}, lines);
		assert_true(written <= PERF_TEXT_LINES);
		free(copy);
	}
	perf_text_free(perf);
	call_names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_perf_trace_get_their_places),
		cmocka_unit_test(calls_in_parts_are_put_together),
		cmocka_unit_test(events_of_perf_script_are_calls),
		cmocka_unit_test(what_is_lost_is_counted),
		cmocka_unit_test(hostile_lines_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
