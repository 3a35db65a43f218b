/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates of filters: what they reject, and that it is never a call that the filter may select. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/callset.h"
#include "abi/names.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/filter.h"
#include "event/filter_gate.h"
#include "support/random.h"

static struct filter *parsed(const char *text)
{
	struct filter *filter = NULL;
	struct filter_error error = {0};
	if (filter_parse(text, &filter, &error) != 0)
		fail_msg("\"%s\" at %zu: %s", text, error.offset, error.message);
	return filter;
}

static struct call call_named(const char *name)
{
	struct call call = {.abi = ABI_NATIVE};
	char buf[CALL_NAME_MAX];
	while (strcmp(call_name(call, buf), name) != 0) {
		if (++call.nr > 1000)
			fail_msg("there is no call \"%s\"", name);
	}
	return call;
}

/* Whether the gate of TEXT lets the call of DETAIL through. */
static bool passes(const char *text, const struct event_detail *detail)
{
	struct filter *filter = parsed(text);
	struct gate gate = {0};
	struct gate_call call = gate_call_of_detail(detail);
	filter_gate_add(filter, detail->call, &gate);
	filter_free(filter);
	return gate_has(&gate, &call);
}

/* A read(3) of 6000 bytes in 5 ms by thread 101 of process 100. */
static struct event_detail read_of_file(void)
{
	return (struct event_detail){
		.event = {EVENT_DETAIL, 101, 6000000},
		.call = call_named("read"),
		.tgid = 100,
		.end = DETAIL_RETURNED,
		.start_ns = 1000000,
		.args = {3, 0x1000, 8192},
		.result = 6000,
	};
}

static void numbers_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		bool passes;
	} rows[] = {
		{"time>4ms", true},
		{"time>5ms", false},
		{"not time>=5ms", false},
		{"result:ok", true},
		{"result:failed", false},
		{"not result:failed", true},
		{"errno:EBADF", false},
		{"not errno:EBADF", true},
		{"result:6000", true},
		{"result>6000", false},
		{"not result>6000", true},
		{"bytes>4k", true},
		{"bytes>8k", false},
		{"pid:100", true},
		{"pid:101", false},
		{"not tid:101", false},
		{"fd:3", true},
		{"fd:4-9", false},
		{"read", true},
		{"write", false},
		{"not read", false},
		{"errno:EBADF or time>4ms", true},
		{"errno:EBADF or time>8ms", false},
		{"time>4ms and bytes>8k", false},
		{"path:/etc/** and time>8ms", false},
		{"path:/etc/** or time>8ms", true},
		{"not (path:/etc/** or time>4ms)", false},
		{"comm:x", true},
	};
	const struct event_detail detail = read_of_file();
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (passes(rows[i].text, &detail) != rows[i].passes)
			fail_msg("\"%s\" %s", rows[i].text,
				rows[i].passes ? "does not pass" : "passes");
	}
}

static void what_is_not_known_passes(void **state)
{
	struct event_detail detail = read_of_file();
	(void)state;
	detail.partial = true;
	assert_true(passes("time>8ms", &detail));
	assert_false(passes("time<1ms", &detail));
	detail.partial = false;
	detail.end = DETAIL_NEVER_RETURNED;
	assert_true(passes("time>8ms", &detail));
	assert_true(passes("result:unfinished", &detail));
	assert_false(passes("result:ok", &detail));
	detail.end = DETAIL_IN_PROGRESS;
	assert_true(passes("result:ok and errno:EBADF or result:failed", &detail));
	assert_false(passes("pid:7", &detail));
	/* Its descriptors are in memory. */
	detail.call = call_named("poll");
	assert_true(passes("fd:700", &detail));
}

static void open_gates_are_known(void **state)
{
	struct gate gate = {0};
	struct filter *filter = parsed("path:/etc/**");
	(void)state;
	filter_gate_add(filter, call_named("openat"), &gate);
	assert_true(filter_gate_is_open(&gate));
	gate = (struct gate){0};
	/* It is about nothing that has a path. */
	filter_gate_add(filter, call_named("getppid"), &gate);
	assert_int_equal(gate.count, 0);
	filter_free(filter);
}

/* More ranges than a gate has boxes become wider ones. */
static void many_values_are_bounded(void **state)
{
	struct event_detail detail = read_of_file();
	char text[2048] = "result:1";
	(void)state;
	for (int i = 1; i < 100; i++)
		sprintf(text + strlen(text), ",%d", i * 10 + 1);
	detail.result = 991;
	assert_true(passes(text, &detail));
	detail.result = 1000;
	assert_false(passes(text, &detail));
}

/* Random filters and calls. */

/* Appends a random term or group to TEXT. */
static void add_random(uint64_t *random, char *text, int depth)
{
	static const char *const terms[] = {
		"errno:ENOENT",
		"errno:2,9-11",
		"result:ok",
		"result:failed",
		"result:unfinished",
		"result:0",
		"result<3",
		"result>=2",
		"time>3ns",
		"time<=3ns",
		"bytes>1",
		"bytes<2",
		"pid:1",
		"pid:2-3",
		"tid:2",
		"fd:0",
		"fd:1-2",
		"path:/a",
		"comm:x",
		"read",
		"openat,close",
		"%network",
	};
	uint64_t kind = random_below(random, depth < 4 ? 5 : 2);
	if (kind < 2) {
		strcat(text, terms[random_below(random, COUNT_OF(terms))]);
		return;
	}
	strcat(text, kind == 2 ? "not (" : "(");
	add_random(random, text, depth + 1);
	if (kind > 2) {
		strcat(text, kind == 3 ? ") and (" : ") or (");
		add_random(random, text, depth + 1);
	}
	strcat(text, ")");
}

static struct event_detail random_detail(uint64_t *random)
{
	static const char *const names[] = {
		"read", "openat", "close", "dup2", "getppid", "poll", "connect", "fcntl", "kill"};
	struct event_detail detail = {
		.event = {EVENT_DETAIL, (pid_t)random_below(random, 4), 100},
		.call = call_named(names[random_below(random, COUNT_OF(names))]),
		.tgid = (pid_t)random_below(random, 4),
		.end = (uint32_t)random_below(random, 3),
		.start_ns = 100 - random_below(random, 6),
		.partial = random_below(random, 4) == 0,
		.result = (int64_t)random_below(random, 5) - 1,
		.err = random_below(random, 2) ? (int)random_below(random, 12) : 0,
	};
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++)
		detail.args[i] = random_below(random, 4) - 1;
	return detail;
}

/* What its arguments say of its descriptors, unless they are in memory. */
static void add_descriptors(const struct event_detail *detail,
	struct filter_object objects[CALL_MAX_ARGS], struct filter_call *known)
{
	char name[CALL_NAME_MAX];
	bool is_poll = strcmp(call_name(detail->call, name), "poll") == 0;
	for (unsigned int i = 0; i < CALL_MAX_ARGS && !is_poll; i++) {
		enum argument_kind kind = argument_of(detail->call, detail->args, i)->kind;
		int fd = (int)detail->args[i];
		if ((kind == ARG_FD || kind == ARG_DIRFD) && fd >= 0)
			objects[known->object_count++] = (struct filter_object){.fd = fd};
	}
	known->object = objects;
	known->has_fds = !is_poll;
}

/* What FILTER answers to the call of DETAIL once all is known about it but its names. */
static enum filter_answer answer_of_whole(
	uint64_t *random, const struct filter *filter, const struct event_detail *detail)
{
	struct filter_object objects[CALL_MAX_ARGS];
	struct event_detail whole = *detail;
	if (detail->end == DETAIL_IN_PROGRESS) {
		whole.event.time_ns += random_below(random, 6);
		whole.end = random_below(random, 4) ? DETAIL_RETURNED : DETAIL_NEVER_RETURNED;
	}
	struct filter_call known = filter_call_of_detail(&whole);
	if (known.max_ns != known.min_ns)
		known.max_ns = known.min_ns += random_below(random, 6);
	known.pid = known.pid ? known.pid : (pid_t)random_below(random, 4) + 1;
	known.tid = known.tid ? known.tid : (pid_t)random_below(random, 4) + 1;
	add_descriptors(&whole, objects, &known);
	return filter_answer(filter, &known);
}

static void what_may_be_selected_is_never_rejected(void **state)
{
	uint64_t random = 1;
	size_t rejected = 0, refused = 0;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[4096] = "";
		add_random(&random, text, 0);
		struct event_detail detail = random_detail(&random);
		struct filter *filter = NULL;
		/* Some have too many terms. */
		if (filter_parse(text, &filter, NULL) < 0) {
			refused++;
			continue;
		}
		struct gate gate = {0};
		struct gate_call call = gate_call_of_detail(&detail);
		filter_gate_add(filter, detail.call, &gate);
		bool has = gate_has(&gate, &call);
		for (int n = 0; n < 3 && !has; n++) {
			if (answer_of_whole(&random, filter, &detail) != FILTER_NO)
				fail_msg("%d: \"%s\" may select what its gate rejects", i, text);
		}
		rejected += !has;
		filter_free(filter);
	}
	assert_true(refused < 200);
	assert_true(rejected > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_told_apart),
		cmocka_unit_test(what_is_not_known_passes),
		cmocka_unit_test(open_gates_are_known),
		cmocka_unit_test(many_values_are_bounded),
		cmocka_unit_test(what_may_be_selected_is_never_rejected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
