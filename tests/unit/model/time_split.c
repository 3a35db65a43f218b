/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splitting the time of a thread: what is known of it is shown, and nothing else. */
#include "config.h"

#include "support/unit.h"

#include "base/time.h"
#include "model/time_split.h"
#include "support/random.h"

#define S  NS_PER_S
#define MS NS_PER_MS
#define US NS_PER_US

static void assert_split(const struct time_sample *sample, enum time_class class, uint64_t expected)
{
	uint64_t ns[TIME_COUNT];
	time_split(sample, ns);
	if (ns[class] != expected)
		fail_msg("%s: %llu, not %llu", time_class_name(class),
			(unsigned long long)ns[class], (unsigned long long)expected);
}

static void a_busy_loop_is_user_time(void **state)
{
	const struct time_sample sample = {.is_exact = true,
		.wall_ns = 1 * S,
		.cpu_ns = 900 * MS,
		.user_ns = 890 * MS,
		.kernel_ns = 10 * MS,
		.queued_ns = 100 * MS,
		.runs = 30};
	(void)state;
	assert_split(&sample, TIME_USER, 890 * MS);
	assert_split(&sample, TIME_KERNEL, 10 * MS);
	assert_split(&sample, TIME_RUNNABLE, 100 * MS);
}

/* It never waits: what it sleeps is tracing's, as long as its calls seem to take. */
static void a_loop_of_empty_calls_is_traced(void **state)
{
	struct time_sample sample = {.is_exact = true,
		.wall_ns = 1 * S,
		.cpu_ns = 300 * MS,
		.user_ns = 8 * MS,
		.kernel_ns = 292 * MS,
		.queued_ns = 100 * MS,
		.runs = 100000,
		.ended = 50000,
		.minimum_ns = 6 * US};
	uint64_t ns[TIME_COUNT];
	(void)state;
	sample.calls[TIME_OTHER] = 50000;
	sample.call_ns[TIME_OTHER] = 700 * MS; /* 14 µs each: the tracer had others to serve */
	time_split(&sample, ns);
	assert_int_equal(ns[TIME_USER], 8 * MS);
	assert_in_range(ns[TIME_OTHER], 0, 1 * MS);
	assert_in_range(ns[TIME_TRACED], 599 * MS, 600 * MS);
}

/* As in a server: the calls that are made in order to wait have waited, the others have not. */
static void waits_are_those_of_waiting_calls_first(void **state)
{
	struct time_sample sample = {.is_exact = true,
		.wall_ns = 1 * S,
		.cpu_ns = 100 * MS,
		.kernel_ns = 100 * MS,
		.runs = 3000 + 1000 - 2,
		.ended = 1500,
		.minimum_ns = 10 * US};
	(void)state;
	sample.calls[TIME_WAIT] = 1000;
	sample.call_ns[TIME_WAIT] = 510 * MS;
	sample.calls[TIME_NETWORK] = 500;
	sample.call_ns[TIME_NETWORK] = 50 * MS;
	assert_split(&sample, TIME_WAIT, 500 * MS);
	assert_split(&sample, TIME_NETWORK, 0);
	assert_split(&sample, TIME_TRACED, 400 * MS);
	/* If these have waited, too, that is known. */
	sample.runs += 250;
	assert_split(&sample, TIME_NETWORK, (50 - 5) / 2 * MS + 500 * US);
}

static void a_call_in_progress_waits(void **state)
{
	struct time_sample sample = {.is_exact = true, .wall_ns = 1 * S, .minimum_ns = 6 * US};
	(void)state;
	sample.calls[TIME_FILE] = 1;
	sample.call_ns[TIME_FILE] = 1 * S;
	assert_split(&sample, TIME_FILE, 1 * S - 6 * US);
}

/* A call that works in the kernel does not wait. */
static void time_on_a_cpu_is_not_waiting(void **state)
{
	struct time_sample sample = {.is_exact = true,
		.wall_ns = 1 * S,
		.cpu_ns = 700 * MS,
		.kernel_ns = 700 * MS,
		.queued_ns = 100 * MS,
		.runs = 50,
		.ended = 10};
	(void)state;
	sample.calls[TIME_DESC] = 10;
	sample.call_ns[TIME_DESC] = 990 * MS;
	assert_split(&sample, TIME_DESC, 200 * MS);
	assert_split(&sample, TIME_TRACED, 0);
}

static void sleep_outside_of_calls_is_not_tracing(void **state)
{
	struct time_sample sample = {
		.is_exact = true, .wall_ns = 1 * S, .cpu_ns = 100 * MS, .user_ns = 100 * MS};
	(void)state;
	assert_split(&sample, TIME_ASLEEP, 900 * MS);
	sample.is_frozen = true;
	assert_split(&sample, TIME_FROZEN, 900 * MS);
	/* With stops, these may be a part of it, but not all. */
	sample.is_frozen = false;
	sample.ended = 5;
	sample.runs = 10;
	assert_split(&sample, TIME_TRACED, 10 * MS);
	assert_split(&sample, TIME_ASLEEP, 0);
	assert_split(&sample, TIME_UNKNOWN, 890 * MS);
}

/* It is booked only when the thread gets a CPU. */
static void a_thread_that_waits_for_a_cpu_is_not_asleep(void **state)
{
	struct time_sample sample = {.is_exact = true,
		.wall_ns = 1 * S,
		.cpu_ns = 100 * MS,
		.user_ns = 100 * MS,
		.queued_ns = 200 * MS,
		.is_runnable = true};
	uint64_t ns[TIME_COUNT];
	(void)state;
	assert_int_equal(time_split(&sample, ns), 700 * MS);
	assert_int_equal(ns[TIME_RUNNABLE], 900 * MS);
	assert_int_equal(ns[TIME_ASLEEP], 0);
	sample.is_runnable = false;
	assert_int_equal(time_split(&sample, ns), 0);
}

static void job_control_and_exiting_have_their_own(void **state)
{
	struct time_sample sample = {.is_exact = true, .wall_ns = 1 * S, .stopped_ns = 600 * MS};
	(void)state;
	assert_split(&sample, TIME_STOPPED, 600 * MS);
	sample.exiting_ns = 400 * MS;
	assert_split(&sample, TIME_WAIT, 400 * MS);
	assert_split(&sample, TIME_ASLEEP, 0);
}

/* The engine has not seen the stop. */
static void what_a_stopped_thread_does_not_wait_for_is_the_stop(void **state)
{
	struct time_sample sample = {
		.is_exact = true, .wall_ns = 1 * S, .was_stopped = true, .is_never_stopped = true};
	(void)state;
	assert_split(&sample, TIME_STOPPED, 1 * S);
	sample.calls[TIME_WAIT] = 1;
	sample.call_ns[TIME_WAIT] = 700 * MS;
	sample.ended = sample.runs = 1;
	assert_split(&sample, TIME_WAIT, 700 * MS);
	assert_split(&sample, TIME_STOPPED, 300 * MS);
	assert_split(&sample, TIME_UNKNOWN, 0);
}

/* Without the scheduler's records, waiting for a CPU cannot be told from other sleep. */
static void what_is_not_recorded_is_unknown(void **state)
{
	struct time_sample sample = {.wall_ns = 1 * S, .cpu_ns = 300 * MS, .ended = 50000};
	(void)state;
	sample.calls[TIME_OTHER] = 50000;
	sample.call_ns[TIME_OTHER] = 200 * MS;
	assert_split(&sample, TIME_OTHER, 200 * MS);
	assert_split(&sample, TIME_RUNNABLE, 0);
	assert_split(&sample, TIME_TRACED, 0);
	/* Nor can user and kernel without a clock tick. */
	assert_split(&sample, TIME_USER, 0);
	assert_split(&sample, TIME_UNKNOWN, 800 * MS);
}

static void the_parts_are_the_whole(void **state)
{
	uint64_t random = 1;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t ns[TIME_COUNT], sum_ns = 0, most = random_below(&random, 2) ? 3 * S : 20;
		struct time_sample sample = {
			.wall_ns = random_below(&random, most),
			.cpu_ns = random_below(&random, most),
			.user_ns = random_below(&random, most),
			.kernel_ns = random_below(&random, most),
			.is_exact = random_below(&random, 2),
			.queued_ns = random_below(&random, most),
			.runs = random_below(&random, 100000),
			.ended = random_below(&random, 100000),
			.minimum_ns = random_below(&random, 10000),
			.stopped_ns = random_below(&random, 4) ? 0 : random_below(&random, most),
			.exiting_ns = random_below(&random, 4) ? 0 : random_below(&random, most),
			.is_frozen = random_below(&random, 8) == 0,
			.is_runnable = random_below(&random, 2),
		};
		for (enum time_class id = TIME_WAIT; id <= TIME_OTHER; id++) {
			sample.calls[id] = random_below(&random, 100000);
			sample.call_ns[id] = random_below(&random, most);
		}
		time_split(&sample, ns);
		for (enum time_class id = 0; id < TIME_COUNT; id++)
			sum_ns += ns[id];
		assert_int_equal(sum_ns, sample.wall_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_loop_is_user_time),
		cmocka_unit_test(a_loop_of_empty_calls_is_traced),
		cmocka_unit_test(waits_are_those_of_waiting_calls_first),
		cmocka_unit_test(a_call_in_progress_waits),
		cmocka_unit_test(time_on_a_cpu_is_not_waiting),
		cmocka_unit_test(sleep_outside_of_calls_is_not_tracing),
		cmocka_unit_test(a_thread_that_waits_for_a_cpu_is_not_asleep),
		cmocka_unit_test(job_control_and_exiting_have_their_own),
		cmocka_unit_test(what_a_stopped_thread_does_not_wait_for_is_the_stop),
		cmocka_unit_test(what_is_not_recorded_is_unknown),
		cmocka_unit_test(the_parts_are_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
