/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language of filters: what a text selects, what it cannot know, and where it is wrong. */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/filter.h"
#include "support/random.h"

static struct filter *parsed(const char *text)
{
	struct filter *filter = NULL;
	struct filter_error error = {0};
	if (filter_parse(text, &filter, &error) != 0)
		fail_msg("\"%s\" at %zu: %s", text, error.offset, error.message);
	assert_non_null(filter);
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

/* An openat of /etc/passwd by a known thread, which has failed after 5 ms. */
static struct filter_call failed_open(void)
{
	static const struct filter_object objects[] = {
		{.fd = -1, .is_named = true, .name = "/etc/passwd"},
		{.fd = 7, .is_named = true, .name = "/etc"},
	};
	return (struct filter_call){
		.call = call_named("openat"),
		.pid = 100,
		.tid = 101,
		.comm = "nginx: worker",
		.end = FILTER_END_FAILED,
		.err = EACCES,
		.min_ns = 5000000,
		.max_ns = 5000000,
		.has_fds = true,
		.has_names = true,
		.object = objects,
		.object_count = COUNT_OF(objects),
	};
}

/* A read of 6000 bytes from a socket. */
static struct filter_call socket_read(void)
{
	static struct filter_object object = {
		.fd = 3,
		.is_named = true,
		.local = {FILTER_ADDRESS_IPV4, {10, 0, 0, 2}, 43210},
		.remote = {FILTER_ADDRESS_IPV4, {10, 0, 0, 1}, 5432},
	};
	return (struct filter_call){
		.call = call_named("read"),
		.pid = 100,
		.tid = 100,
		.comm = "psql",
		.end = FILTER_END_OK,
		.has_result = true,
		.result = 6000,
		.min_ns = 200,
		.max_ns = 200,
		.min_bytes = 6000,
		.max_bytes = 6000,
		.has_fds = true,
		.has_names = true,
		.object = &object,
		.object_count = 1,
	};
}

static enum filter_answer answer_of(const char *text, const struct filter_call *call)
{
	struct filter *filter = parsed(text);
	enum filter_answer answer = filter_answer(filter, call);
	filter_free(filter);
	return answer;
}

static void terms_select_calls(void **state)
{
	static const struct {
		const char *text;
		bool open, read; /* whether it selects failed_open(), and socket_read() */
	} cases[] = {
		/* Call sets */
		{"read", false, true},
		{"read,openat", true, true},
		{"read, openat", true, true},
		{" read ,openat ", true, true},
		{"!read", true, false},
		{"%file", true, false},
		{"/^(open|close)", true, false},
		{"/^(open|close) or read", true, true},
		{"\"read, openat\" and all", true, true},
		{"all", true, true},
		{"none", false, false},
		{"?nothing_such", false, false},
		{"io_uring:READ or read", false, true},
		/* Paths */
		{"path:/etc/passwd", true, false},
		{"path:/etc/**", true, false},
		{"path:/etc/*", true, false},
		{"path:/etc", true, false},
		{"path:/usr/**", false, false},
		{"path:passwd", true, false},
		{"path:/usr/**,/etc/**", true, false},
		{"path:\"/usr/a b\",'/etc/passwd'", true, false},
		{"path:/e\\tc/passwd", true, false},
		{"path:\"/etc/\"passwd", true, false},
		/* Descriptors */
		{"fd:7", true, false},
		{"fd:3", false, true},
		{"fd:3,7", true, true},
		{"fd:3-6", false, true},
		{"fd:0-2", false, false},
		/* Peers */
		{"peer:10.0.0.1:5432", false, true},
		{"peer:10.0.0.1", false, true},
		{"peer:10.0.0.2", false, false},
		{"peer:10.0.0.1:5433", false, false},
		{"peer:10.0.0.1:5000-5999", false, true},
		{"peer:10.0.0.0/8", false, true},
		{"peer:10.0.0.0/31", false, true},
		{"peer:10.0.0.2/31", false, false},
		{"peer:0.0.0.0/0", false, true},
		{"peer:*:5432", false, true},
		{"peer:*:43210", false, false},
		{"peer:*", false, true},
		{"peer:[::ffff:10.0.0.1]:5432", false, true},
		{"peer:::ffff:10.0.0.0/104", false, true},
		{"peer:::1", false, false},
		{"peer:/run/x", false, false},
		{"port:5432", false, true},
		{"port:43210", false, true},
		{"port:443,5000-6000", false, true},
		{"port:443", false, false},
		/* Ends */
		{"errno:EACCES", true, false},
		{"errno:eacces", true, false},
		{"errno:13", true, false},
		{"errno:ENOENT,EACCES", true, false},
		{"errno:ENOENT", false, false},
		{"errno:1-4095", true, false},
		{"errno=EACCES", true, false},
		{"result:ok", false, true},
		{"result:failed", true, false},
		{"result:ok,failed", true, true},
		{"result:unfinished", false, false},
		{"result:6000", false, true},
		{"result:0", false, false},
		{"result>5999", false, true},
		{"result>=6000", false, true},
		{"result>6000", false, false},
		{"result<0", false, false},
		{"result:-5--1", false, false},
		/* Amounts */
		{"time>4ms", true, false},
		{"time>5ms", false, false},
		{"time>=5ms", true, false},
		{"time<5ms", false, true},
		{"time<=5ms", true, true},
		{"time:200ns", false, true},
		{"time=0.2us", false, true},
		{"time<0.005s", false, true},
		{"time<1m", true, true},
		{"time>1h", false, false},
		{"time>0", true, true},
		{"bytes>4k", false, true},
		{"bytes>5.85k", false, true},
		{"bytes>6K", false, false},
		{"bytes<1M", true, true},
		{"bytes:0", true, false},
		{"bytes=6000", false, true},
		{"bytes>1T", false, false},
		/* Who */
		{"pid:100", true, true},
		{"pid:99,100", true, true},
		{"pid:101", false, false},
		{"tid:101", true, false},
		{"comm:psql", false, true},
		{"comm:nginx*", true, false},
		{"comm:\"nginx: worker\"", true, false},
		{"comm:nginx", false, false},
		{"COMM:psql", false, true},
		/* Operators */
		{"not read", true, false},
		{"not(read)", true, false},
		{"not not read", false, true},
		{"! fd:3", true, false},
		{"!fd:3", true, false},
		{"!!fd:3", false, true},
		{"!(fd:3 or fd:8)", true, false},
		{"read or fd:7", true, true},
		{"read and fd:7", false, false},
		{"read AND fd:3", false, true},
		{"not read and fd:7", true, false},
		{"not (read and fd:7)", true, true},
		{"read or openat and fd:3", false, true},
		{"(read or openat) and fd:7", true, false},
		{"( read )", false, true},
		{"((read))or(fd:7)", true, true},
		{"read and not read or fd:7", true, false},
		{"result:failed and (errno:EACCES or errno:EPERM) and path:/etc/**", true, false},
	};
	const struct filter_call open = failed_open(), read = socket_read();
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (answer_of(cases[i].text, &open) != (cases[i].open ? FILTER_YES : FILTER_NO))
			fail_msg("\"%s\" and openat", cases[i].text);
		if (answer_of(cases[i].text, &read) != (cases[i].read ? FILTER_YES : FILTER_NO))
			fail_msg("\"%s\" and read", cases[i].text);
	}
}

static void peers_have_all_kinds_of_addresses(void **state)
{
	struct filter_object object = {.fd = 3, .is_named = true};
	struct filter_call call = socket_read();
	(void)state;
	call.object = &object;
	object.remote.family = FILTER_ADDRESS_IPV6;
	object.remote.port = 80;
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::7", object.remote.bytes), 1);
	assert_int_equal(answer_of("peer:[2001:db8::7]:80", &call), FILTER_YES);
	assert_int_equal(answer_of("peer:2001:db8::7", &call), FILTER_YES);
	assert_int_equal(answer_of("peer:2001:db8::/32", &call), FILTER_YES);
	assert_int_equal(answer_of("peer:[2001:db8::/32]:81", &call), FILTER_NO);
	assert_int_equal(answer_of("peer:[2001:db8::7]:81", &call), FILTER_NO);
	assert_int_equal(answer_of("peer:0.0.0.0/0", &call), FILTER_NO);
	assert_int_equal(inet_pton(AF_INET6, "::ffff:1.2.3.4", object.remote.bytes), 1);
	assert_int_equal(answer_of("peer:1.2.3.4:80", &call), FILTER_YES);
	object = (struct filter_object){
		.fd = 3, .is_named = true, .is_unix = true, .name = "/run/dbus/socket"};
	assert_int_equal(answer_of("peer:/run/**", &call), FILTER_YES);
	assert_int_equal(answer_of("peer:*", &call), FILTER_NO);
	object.name = "@abstract";
	assert_int_equal(answer_of("peer:@abs*", &call), FILTER_YES);
	object.is_unix = false;
	assert_int_equal(answer_of("peer:@abs*", &call), FILTER_NO);
}

static void what_is_not_known_is_neither_yes_nor_no(void **state)
{
	static const struct {
		const char *text;
		enum filter_answer answer;
	} cases[] = {
		{"path:/etc/**", FILTER_UNKNOWN},
		{"fd:3", FILTER_UNKNOWN},
		{"peer:*", FILTER_UNKNOWN},
		{"errno:ENOENT", FILTER_UNKNOWN},
		{"result:ok", FILTER_UNKNOWN},
		{"result:3", FILTER_UNKNOWN},
		{"time>1ms", FILTER_YES}, /* it has taken 2 ms so far */
		{"time>3ms", FILTER_UNKNOWN},
		{"time<1ms", FILTER_NO},
		{"bytes>0", FILTER_UNKNOWN},
		{"pid:1", FILTER_UNKNOWN},
		{"tid:1", FILTER_UNKNOWN},
		{"comm:x", FILTER_UNKNOWN},
		{"not path:/etc/**", FILTER_UNKNOWN},
		{"read and path:/etc/**", FILTER_NO},
		{"openat and path:/etc/**", FILTER_UNKNOWN},
		{"openat or path:/etc/**", FILTER_YES},
		{"read or path:/etc/**", FILTER_UNKNOWN},
		{"path:/etc/** and not path:/etc/**", FILTER_UNKNOWN},
	};
	const struct filter_call call = {.call = call_named("openat"),
		.min_ns = 2000000,
		.max_ns = UINT64_MAX,
		.max_bytes = UINT64_MAX};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (answer_of(cases[i].text, &call) != cases[i].answer)
			fail_msg("\"%s\"", cases[i].text);
	}
}

/* One known object that matches is enough; one unknown is enough for not knowing. */
static void objects_can_be_known_in_part(void **state)
{
	struct filter_object objects[] = {{.fd = 3}, {.fd = 4, .is_named = true, .name = "/etc/x"}};
	struct filter_call call = {.call = call_named("sendfile"),
		.max_ns = UINT64_MAX,
		.max_bytes = UINT64_MAX,
		.has_fds = true,
		.has_names = true,
		.object = objects,
		.object_count = 2};
	(void)state;
	assert_int_equal(answer_of("path:/etc/x", &call), FILTER_YES);
	assert_int_equal(answer_of("path:/etc/y", &call), FILTER_UNKNOWN);
	assert_int_equal(answer_of("fd:5", &call), FILTER_NO);
	objects[0].is_named = true;
	assert_int_equal(answer_of("path:/etc/y", &call), FILTER_NO);
	call.has_names = false;
	assert_int_equal(answer_of("path:/etc/y", &call), FILTER_UNKNOWN);
}

static void errors_say_where_and_what(void **state)
{
	static const struct {
		const char *text;
		size_t offset, length;
		const char *message;
	} cases[] = {
		{"", 0, 0, "no calls are named"},
		{"reed", 0, 4, "unknown system call \"reed\"; did you mean \"read\""},
		{"read write", 0, 10, "put commas between calls"},
		{"read,reed", 5, 4, "unknown system call \"reed\""},
		{"%flie", 0, 5, "did you mean \"%file\""},
		{"fd:3 and reed", 9, 4, "unknown system call \"reed\""},
		{"fd:3 and read,reed,write", 14, 4, "unknown system call \"reed\""},
		{"pth:/etc", 0, 3, "unknown key \"pth\"; did you mean \"path\""},
		{"foo:1", 0, 3, "unknown key \"foo\""},
		{"read and ero:ENOENT", 9, 3, "unknown key \"ero\""},
		{"errno:ENOETN", 6, 6, "unknown error \"ENOETN\"; did you mean \"ENOENT\""},
		{"errno:ENOENT,EX", 13, 2, "unknown error \"EX\""},
		{"errno:0", 6, 1, "unknown error \"0\""},
		{"errno>EPERM", 5, 1, "errno is not greater or less: write errno:ENOENT"},
		{"path>/x", 4, 1, "path is not greater or less"},
		{"path:", 5, 0, "a value is missing after \"path:\": path:/etc/**"},
		{"path: and read", 5, 0, "a value is missing"},
		{"fd:3,", 5, 0, "a value is missing after \"fd:3,\""},
		{"fd:x", 3, 1, "\"x\" is no descriptor"},
		{"fd:-1", 3, 2, "\"-1\" is no descriptor"},
		{"fd:5-3", 3, 3, "\"5-3\" is no descriptor"},
		{"fd:99999999999", 3, 11, "is no descriptor"},
		{"port:65536", 5, 5, "is no port"},
		{"pid:0", 4, 1, "is no process"},
		{"time>10", 5, 2, "\"10\" is no time: a number with ns, us, ms, s, m or h"},
		{"time>ms", 5, 2, "is no time"},
		{"time>1.2.3s", 5, 6, "is no time"},
		{"time>1e3s", 5, 4, "is no time"},
		{"time>999999999h", 5, 10, "is no time"},
		{"time>1ms,2ms", 8, 4, "only one value"},
		{"bytes>4q", 6, 2, "is no number of bytes"},
		{"bytes>9999999T", 6, 8, "is no number of bytes"},
		{"bytes>", 6, 0, "a value is missing"},
		{"result:okay", 7, 4, "is no result"},
		{"result>ok", 7, 2, "cannot be greater or less"},
		{"result>1-5", 7, 3, "cannot be greater or less"},
		{"peer:example.com", 5, 11, "is no address"},
		{"peer:10.0.0.1/33", 5, 11, "is no address"},
		{"peer:[::1", 5, 4, "is no address"},
		{"peer:10.0.0.1:x", 5, 10, "is no address"},
		{"path:/a[b", 5, 4, "a \"[\" has no \"]\""},
		{"comm:\"x", 5, 2, "there is no second \""},
		{"fd:3 and 'read", 9, 5, "there is no second '"},
		{"fd:3 read", 5, 4, "\"and\" or \"or\" is missing before \"read\""},
		{"fd:3 and", 8, 0, "a term is missing at the end"},
		{"not", 3, 0, "a term is missing at the end"},
		{"and fd:3", 0, 3, "a term is missing before \"and\""},
		{"fd:3 or or read", 8, 2, "a term is missing before \"or\""},
		{"(fd:3", 0, 1, "there is no \")\" for this \"(\""},
		{"read or (fd:3", 8, 1, "there is no \")\" for this \"(\""},
		{"fd:3)", 4, 1, "there is no \"(\" for this \")\""},
		{"()", 1, 1, "a term is missing before \")\""},
		{")", 0, 1, "a term is missing before \")\""},
		{"(read) fd:3", 7, 4, "\"and\" or \"or\" is missing"},
		{"read (fd:3)", 5, 6, "\"and\" or \"or\" is missing"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct filter *filter = NULL;
		struct filter_error error = {0};
		if (filter_parse(cases[i].text, &filter, &error) != -EINVAL)
			fail_msg("\"%s\" is accepted", cases[i].text);
		assert_null(filter);
		if (error.offset != cases[i].offset || error.length != cases[i].length ||
			!strstr(error.message, cases[i].message))
			fail_msg("\"%s\": at %zu, %zu: %s", cases[i].text, error.offset,
				error.length, error.message);
		assert_int_equal(filter_parse(cases[i].text, &filter, NULL), -EINVAL);
	}
}

static void limits_are_kept(void **state)
{
	static char text[FILTER_TEXT_MAX + 100];
	struct filter *filter = NULL;
	struct filter_error error;
	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(filter_parse(text, &filter, &error), -EINVAL);
	assert_non_null(strstr(error.message, "longer than 4096"));
	/* As many terms as are allowed, and one more. */
	char *to = text + sprintf(text, "fd:1");
	for (int i = 1; i < FILTER_TERMS_MAX; i++)
		to += sprintf(to, " or fd:1");
	filter_free(parsed(text));
	strcpy(to, " or fd:1");
	assert_int_equal(filter_parse(text, &filter, &error), -EINVAL);
	assert_non_null(strstr(error.message, "more than 64 terms"));
	/* Parentheses. */
	memset(text, 0, sizeof(text));
	memset(text, '(', 2000);
	assert_int_equal(filter_parse(text, &filter, &error), -EINVAL);
	assert_non_null(strstr(error.message, "parentheses"));
	assert_null(filter);
}

/* A filter on nothing but calls is a call set, also if it has operators. */
static void filters_on_calls_alone_are_call_sets(void **state)
{
	struct filter *filter = parsed("not (read or %network) and !write");
	const struct callset *set = filter_callset(filter);
	(void)state;
	assert_non_null(set);
	assert_false(callset_has(set, call_named("read")));
	assert_false(callset_has(set, call_named("socket")));
	assert_false(callset_has(set, call_named("write")));
	assert_true(callset_has(set, call_named("openat")));
	assert_true(callset_has(set, (struct call){.nr = 5000, .abi = ABI_NATIVE}));
	assert_int_equal(filter_needs_any(filter), 0);
	filter_free(filter);
	filter = parsed("read and fd:3");
	assert_null(filter_callset(filter));
	filter_free(filter);
}

static void needs_are_those_of_a_call(void **state)
{
	struct filter *filter = parsed("(openat and path:/etc/**) or (read and errno:EAGAIN) or "
				       "write or (close and pid:5) or (dup and fd:3) or "
				       "(lseek and result:7) or (chdir and result:failed)");
	(void)state;
	const struct {
		const char *call;
		unsigned int needs;
	} cases[] = {
		{"openat", FILTER_NEEDS_ARGS | FILTER_NEEDS_NAMES},
		{"read", FILTER_NEEDS_ERROR},
		{"lseek", FILTER_NEEDS_END},
		{"chdir", FILTER_NEEDS_ERROR},
		{"write", 0},
		{"getpid", 0},
		{"close", FILTER_NEEDS_TASK},
		{"dup", FILTER_NEEDS_ARGS},
	};
	unsigned int any = FILTER_NEEDS_TASK | FILTER_NEEDS_ERROR | FILTER_NEEDS_END |
	                   FILTER_NEEDS_ARGS | FILTER_NEEDS_NAMES;
	assert_int_equal(filter_needs_any(filter), any);
	/* More than is needed is asked for where terms are shared: openat never needs an errno. */
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned int needs = filter_needs(filter, call_named(cases[i].call));
		if ((needs & cases[i].needs) != cases[i].needs || !needs != !cases[i].needs)
			fail_msg("%s: %x", cases[i].call, needs);
	}
	filter_free(filter);
}

static void the_text_is_kept(void **state)
{
	struct filter *filter = parsed("  read and  fd:3 ");
	(void)state;
	assert_string_equal(filter_text(filter), "read and  fd:3");
	filter_free(filter);
}

static void events_say_what_is_known(void **state)
{
	struct event_exit exit = {
		.event = {.type = EVENT_EXIT, .tid = 7},
		.call = call_named("read"),
		.outcome = {.duration_ns = 50, .bytes = 9},
		.result = 9,
	};
	struct filter_call call = filter_call_of_exit(&exit);
	(void)state;
	assert_int_equal(
		answer_of("tid:7 and result:9 and bytes:9 and time:50ns", &call), FILTER_YES);
	exit.outcome.partial = true;
	call = filter_call_of_exit(&exit);
	assert_int_equal(answer_of("time:50ns", &call), FILTER_UNKNOWN);
	assert_int_equal(answer_of("time>49ns", &call), FILTER_YES);
	exit.never_returned = true;
	call = filter_call_of_exit(&exit);
	assert_int_equal(answer_of("result:unfinished", &call), FILTER_YES);
	assert_int_equal(answer_of("result:ok,failed", &call), FILTER_NO);

	struct event_detail detail = {
		.event = {.type = EVENT_DETAIL, .tid = 8, .time_ns = 1500},
		.call = call_named("write"),
		.tgid = 6,
		.end = DETAIL_RETURNED,
		.start_ns = 1000,
		.args = {1, 0, 100},
		.result = 20,
	};
	call = filter_call_of_detail(&detail);
	assert_int_equal(
		answer_of("pid:6 and tid:8 and time:500ns and bytes:20 and result:20", &call),
		FILTER_YES);
	detail.err = EPIPE;
	call = filter_call_of_detail(&detail);
	assert_int_equal(answer_of("errno:EPIPE and bytes:0 and result:failed", &call), FILTER_YES);
	detail.end = DETAIL_IN_PROGRESS;
	call = filter_call_of_detail(&detail);
	assert_int_equal(answer_of("result:ok", &call), FILTER_UNKNOWN);
	assert_int_equal(answer_of("time>=500ns", &call), FILTER_YES);
	assert_int_equal(answer_of("time>500ns", &call), FILTER_UNKNOWN);
}

/* Of several calls, only what is common to all is known. */
static void tallies_say_what_is_common(void **state)
{
	const struct call call = call_named("read");
	struct tally tally = {0};
	(void)state;
	tally_add(&tally, &(struct outcome){.duration_ns = 100, .bytes = 10});
	tally_add(&tally, &(struct outcome){.duration_ns = 300, .bytes = 20});
	struct filter_call all = filter_call_of_tally(call, &tally);
	assert_int_equal(answer_of("result:ok and time<301ns", &all), FILTER_YES);
	assert_int_equal(answer_of("time>300ns", &all), FILTER_NO);
	assert_int_equal(answer_of("time>200ns", &all), FILTER_UNKNOWN);
	assert_int_equal(answer_of("bytes>30", &all), FILTER_NO);
	assert_int_equal(answer_of("bytes:10", &all), FILTER_UNKNOWN);
	assert_int_equal(answer_of("errno:EAGAIN", &all), FILTER_NO);
	tally_add(&tally, &(struct outcome){.duration_ns = 5, .err = EAGAIN});
	all = filter_call_of_tally(call, &tally);
	assert_int_equal(answer_of("errno:EAGAIN", &all), FILTER_UNKNOWN);
	assert_int_equal(answer_of("result:ok", &all), FILTER_UNKNOWN);
	tally_clear(&tally);

	tally_add(&tally, &(struct outcome){.duration_ns = 5, .err = EAGAIN});
	tally_add(&tally, &(struct outcome){.duration_ns = 6, .err = EAGAIN});
	all = filter_call_of_tally(call, &tally);
	assert_int_equal(answer_of("errno:EAGAIN and bytes:0", &all), FILTER_YES);
	tally_add(&tally, &(struct outcome){.duration_ns = 5, .err = EINTR});
	all = filter_call_of_tally(call, &tally);
	assert_int_equal(answer_of("result:failed", &all), FILTER_YES);
	assert_int_equal(answer_of("errno:EAGAIN", &all), FILTER_UNKNOWN);
	tally_clear(&tally);

	/* Of one that has never returned, nobody knows how long it would have taken. */
	tally_add(&tally, &(struct outcome){.duration_ns = 5, .partial = true});
	all = filter_call_of_tally(call, &tally);
	assert_int_equal(answer_of("time<6ns", &all), FILTER_UNKNOWN);
	assert_int_equal(answer_of("result:ok", &all), FILTER_UNKNOWN);
	tally_clear(&tally);
}

/* Texts made of what filters are made of, and of anything: each is a filter, or has an error in it.
 */
static void random_texts_are_no_harm(void **state)
{
	static const char *const pieces[] = {"read", "write", " ", " ", " and ", " or ", "not ",
		"(", ")", "path:", "/etc/**", "fd:", "3", "-", ",", "errno:", "ENOENT", "time", ">",
		"<", "=", ":", "10ms", "bytes", "4k", "\"", "'", "\\", "!", "%file", "/", "[", "]",
		"?", "peer:", "10.0.0.1", "[::1]", ":80", "result", "ok", "io_uring:READ", "@32",
		"{9}", "\xff", "\n"};
	const struct filter_call open = failed_open(), read = socket_read();
	uint64_t seed = 22, accepted = 0;
	(void)state;
	for (int i = 0; i < 5000; i++) {
		char text[160] = "";
		struct filter *filter = NULL;
		struct filter_error error = {0};
		for (uint64_t n = 1 + random_below(&seed, 12); n > 0; n--)
			strcat(text, pieces[random_below(&seed, COUNT_OF(pieces))]);
		for (uint64_t n = random_below(&seed, 3); i % 3 == 0 && n > 0; n--)
			text[random_below(&seed, strlen(text))] = (char)(1 +
									 random_below(&seed, 255));
		if (filter_parse(text, &filter, &error) != 0) {
			assert_null(filter);
			assert_true(error.offset + error.length <= strlen(text));
			assert_true(error.message[0] && !strchr(error.message, '\n'));
			continue;
		}
		accepted++;
		struct filter *again = parsed(filter_text(filter));
		assert_int_equal(filter_answer(filter, &open), filter_answer(again, &open));
		assert_int_equal(filter_answer(filter, &read), filter_answer(again, &read));
		filter_needs(filter, open.call);
		filter_free(again);
		filter_free(filter);
	}
	/* Otherwise it would say nothing. */
	assert_true(accepted > 100);
}

static void random_bytes_are_no_harm(void **state)
{
	uint64_t seed = 23;
	(void)state;
	for (int i = 0; i < 5000; i++) {
		char text[40] = "";
		struct filter *filter = NULL;
		struct filter_error error = {0};
		for (size_t at = random_below(&seed, sizeof(text)); at-- > 0;)
			text[at] = (char)(1 + random_below(&seed, 255));
		if (filter_parse(text, &filter, &error) != 0)
			assert_true(error.offset + error.length <= strlen(text));
		filter_free(filter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_select_calls),
		cmocka_unit_test(peers_have_all_kinds_of_addresses),
		cmocka_unit_test(what_is_not_known_is_neither_yes_nor_no),
		cmocka_unit_test(objects_can_be_known_in_part),
		cmocka_unit_test(errors_say_where_and_what),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(filters_on_calls_alone_are_call_sets),
		cmocka_unit_test(needs_are_those_of_a_call),
		cmocka_unit_test(the_text_is_kept),
		cmocka_unit_test(events_say_what_is_known),
		cmocka_unit_test(tallies_say_what_is_common),
		cmocka_unit_test(random_texts_are_no_harm),
		cmocka_unit_test(random_bytes_are_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
