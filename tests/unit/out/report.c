/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report of a real model, and the texts shared by all outputs. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>

#include "support/fixture.h"

static void feed_call(struct model *model, struct call call, uint64_t begin_ns, uint64_t end_ns)
{
	struct event_enter enter = {.event = {EVENT_ENTER, 77, begin_ns}, .call = call};
	struct event_exit exit = {.event = {EVENT_EXIT, 77, end_ns},
		.call = call,
		.outcome = {.duration_ns = end_ns - begin_ns}};
	model_apply(model, &enter.event);
	model_apply(model, &exit.event);
}

static struct model *small_model(void)
{
	struct model *model = model_new(100 * NS_PER_S, NULL);
	struct event_task task = {
		.event = {EVENT_TASK, 77, 100 * NS_PER_S}, .tgid = 77, .comm = "small"};
	model_apply(model, &task.event);
	feed_call(model, (struct call){NR_READ, ABI_NATIVE}, 101 * NS_PER_S, 102 * NS_PER_S);
	feed_call(model, (struct call){NR_OPENAT, ABI_NATIVE}, 102 * NS_PER_S, 105 * NS_PER_S);
	return model;
}

static void has_the_rows_of_the_model_in_the_order_of_the_view(void **state)
{
	const struct report_facts facts = {.now_ns = FIXTURE_NOW_NS, .name = "small", .pid = 77};
	struct report_view view = {.order = {COLUMN_TOTAL, true}};
	struct model *model = small_model();
	(void)state;
	struct report *report = report_new(model, &facts, &view);
	assert_int_equal(report->call_count, 2);
	assert_string_equal(report->calls[0].name, "openat");
	assert_string_equal(report->calls[1].name, "read");
	assert_int_equal(report->thread_count, 1);
	assert_int_equal(report->process_count, 1);
	assert_int_equal(report->totals.calls, 2);
	assert_int_equal(report_elapsed_ns(report), 10 * NS_PER_S);
	report_free(report);
	view.order.descending = false;
	report = report_new(model, &facts, &view);
	assert_string_equal(report->calls[0].name, "read");
	report_free(report);
	model_free(model);
}

static void has_only_the_calls_that_the_filter_selects(void **state)
{
	const struct report_facts facts = {.now_ns = FIXTURE_NOW_NS, .name = "small", .pid = 77};
	const struct report_view view = {
		.filter = {.classes = 1U << CLASS_FILE}, .order = {COLUMN_TOTAL, true}};
	struct model *model = small_model();
	(void)state;
	struct report *report = report_new(model, &facts, &view);
	assert_int_equal(report->call_count, 1);
	assert_string_equal(report->calls[0].name, "openat");
	assert_int_equal(report->totals.calls, 2);
	report_free(report);
	model_free(model);
}

static void enter(struct model *model, pid_t tid, uint64_t time_ns)
{
	struct event_enter event = {
		.event = {EVENT_ENTER, tid, time_ns}, .call = {NR_FUTEX, ABI_NATIVE}};
	model_apply(model, &event.event);
}

/* /proc says that thread TID, in a call since SINCE_NS, waits for REASON. */
static void observe(struct model *model, pid_t tid, uint64_t since_ns, const char *reason)
{
	struct event_observed event = {
		.event = {EVENT_OBSERVED, tid, 109 * NS_PER_S},
		.has_wait = true,
		.since_ns = since_ns,
	};
	strcpy(event.reason, reason);
	model_apply(model, &event.event);
}

static void owns_what_proc_says_of_its_threads(void **state)
{
	const struct report_facts facts = {.now_ns = FIXTURE_NOW_NS, .name = "small", .pid = 77};
	const struct report_view view = {.subject = {.kind = SUBJECT_THREAD, .tid = 77}};
	struct model *model = small_model();
	(void)state;
	enter(model, 77, 106 * NS_PER_S);
	observe(model, 77, 106 * NS_PER_S, "a lock");
	struct report *report = report_new(model, &facts, &view);
	observe(model, 77, 106 * NS_PER_S, "another lock");
	assert_string_equal(report->threads[0].waits_for, "a lock");
	assert_string_equal(report->detail.thread.waits_for, "a lock");
	model_free(model);
	assert_string_equal(report->threads[0].waits_for, "a lock");
	report_free(report);
}

static void is_refreshed_by_what_proc_says_and_nothing_else(void **state)
{
	const struct report_facts facts = {.now_ns = FIXTURE_NOW_NS, .name = "small", .pid = 77};
	const struct report_view view = {.subject = {.kind = SUBJECT_THREAD, .tid = 77}};
	struct model *model = small_model();
	(void)state;
	enter(model, 77, 106 * NS_PER_S);
	enter(model, 78, 106 * NS_PER_S);
	observe(model, 78, 106 * NS_PER_S, "an old lock");
	struct report *report = report_new(model, &facts, &view);
	/* 77 is in the same call, 78 in the next. */
	observe(model, 77, 106 * NS_PER_S, "a lock");
	feed_call(model, (struct call){NR_READ, ABI_NATIVE}, 107 * NS_PER_S, 108 * NS_PER_S);
	enter(model, 77, 106 * NS_PER_S);
	enter(model, 78, 108 * NS_PER_S);
	observe(model, 78, 108 * NS_PER_S, "a new lock");
	report_refresh_observed(report, model);
	assert_string_equal(report->threads[0].waits_for, "a lock");
	assert_string_equal(report->detail.thread.waits_for, "a lock");
	assert_string_equal(report->threads[1].waits_for, "an old lock");
	assert_int_equal(report->threads[0].calls, 2);
	assert_int_equal(report->totals.calls, 2);
	report_free(report);
	model_free(model);
}

static void names_the_targets(void **state)
{
	struct report report = {.facts = {.name = "a\tb", .pid = 5, .targets = 1}};
	char text[REPORT_TEXT_MAX];
	(void)state;
	assert_string_equal(report_target(&report, text), "a\\tb (5)");
	report.facts.targets = 3;
	assert_string_equal(report_target(&report, text), "a\\tb (5) and 2 more");
}

static void names_the_scope(void **state)
{
	struct report report = {.facts = {.name = "cgroup /a\tb", .scope = "cgroup"}};
	char text[REPORT_TEXT_MAX];
	(void)state;
	assert_string_equal(report_target(&report, text), "cgroup /a\\tb");
}

static void bounds_a_name_without_a_nul(void **state)
{
	char name[4096], text[REPORT_TEXT_MAX];
	struct report report = {.facts = {.name = name, .pid = 5, .targets = 9}};
	(void)state;
	memset(name, '\x1b', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	report_target(&report, text);
	assert_true(strlen(text) < sizeof(text));
	assert_non_null(strstr(text, " (5) and 8 more"));
}

static void describes_the_filter(void **state)
{
	struct report report = {0};
	char text[REPORT_TEXT_MAX];
	(void)state;
	assert_string_equal(report_filter(&report, text), "");
	report.view.filter.classes = 1U << CLASS_FILE | 1U << CLASS_DESC;
	assert_string_equal(report_filter(&report, text), "%file,%desc");
	report.view.set_text = "!read\n";
	assert_string_equal(report_filter(&report, text), "!read\\n & %file,%desc");
	report.view.filter.classes = 0;
	assert_string_equal(report_filter(&report, text), "!read\\n");
	report.view.filter.classes = UINT32_MAX;
	assert_true(strlen(report_filter(&report, text)) < REPORT_TEXT_MAX);
}

static void says_how_the_target_ended(void **state)
{
	static const struct {
		struct model_totals totals;
		int exit_code, exit_signal;
		const char *text;
	} cases[] = {
		{{.ended = false}, -1, 0, ""},
		{{.ended = true}, -1, 0, "tracing ended"},
		{{.ended = true}, 0, 0, "exited with 0"},
		{{.ended = true}, -1, 15, "killed: SIGTERM"},
		{{.ended = true, .end_error = -12}, -1, 0,
			"the tracing failed: Cannot allocate memory"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct report report = {.totals = cases[i].totals,
			.facts = {.exit_code = cases[i].exit_code,
				.exit_signal = cases[i].exit_signal}};
		char text[REPORT_TEXT_MAX];
		assert_string_equal(report_ended(&report, text), cases[i].text);
	}
}

static void escapes_without_truncation(void **state)
{
	char text[1001];
	(void)state;
	memset(text, '\x01', 1000);
	text[1000] = '\0';
	char *escaped = report_escaped(text);
	assert_int_equal(strlen(escaped), 4000);
	free(escaped);
}

static void the_engine_has_its_reason(void **state)
{
	struct report report = {.facts = {.engine = "ptrace"}};
	char text[REPORT_TEXT_MAX];
	(void)state;
	assert_string_equal(report_engine(&report, text), "ptrace");
	report.facts.engine_reason = "BPF needs CAP_BPF: sudo stop";
	assert_string_equal(report_engine(&report, text), "ptrace (BPF needs CAP_BPF: sudo stop)");
}

/* The local time HOUR:00 of DAY of January of YEAR. */
static struct timespec local_time(int year, int day, int hour)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mday = day, .tm_hour = hour, .tm_isdst = -1};
	return (struct timespec){.tv_sec = mktime(&tm)};
}

static void traces_without_days_have_times_only(void **state)
{
	static const char *const zones[] = {"UTC", "JST-9", "PST8"};
	char text[REPORT_TEXT_MAX];
	struct report report = {0};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(zones); i++) {
		setenv("TZ", zones[i], 1);
		tzset();
		report.facts.time = local_time(2026, 3, 15);
		assert_string_equal(report_when(&report, REPORT_DATE, text), "2026-01-03 15:00:00");
		assert_string_equal(report_when(&report, REPORT_TIME, text), "15:00:00");
		report.facts.time = local_time(1970, 2, 15);
		assert_string_equal(report_when(&report, REPORT_DATE, text), "15:00:00");
		assert_string_equal(report_when(&report, REPORT_DATE_UTC, text), "15:00:00");
		report.facts.time = (struct timespec){.tv_nsec = 1000};
		assert_string_equal(report_when(&report, REPORT_DATE, text), "");
	}
	report.facts.time = (struct timespec){.tv_sec = 1767452400};
	assert_string_equal(report_when(&report, REPORT_DATE_UTC, text), "2026-01-03 15:00:00 UTC");
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_rows_of_the_model_in_the_order_of_the_view),
		cmocka_unit_test(has_only_the_calls_that_the_filter_selects),
		cmocka_unit_test(the_engine_has_its_reason),
		cmocka_unit_test(owns_what_proc_says_of_its_threads),
		cmocka_unit_test(is_refreshed_by_what_proc_says_and_nothing_else),
		cmocka_unit_test(names_the_targets),
		cmocka_unit_test(names_the_scope),
		cmocka_unit_test(bounds_a_name_without_a_nul),
		cmocka_unit_test(describes_the_filter),
		cmocka_unit_test(says_how_the_target_ended),
		cmocka_unit_test(escapes_without_truncation),
		cmocka_unit_test(traces_without_days_have_times_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
