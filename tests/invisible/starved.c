/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No wait of a target ends early when the target, or stop, has too little of something. This is a
 * short choice for every run: `make check-starved` runs all invisible tests like this.
 */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/harass.h"
#include "support/starve.h"

/* Attaches to each target. */
#define ATTACHES 4

/* Every thread waits for something that happens when the test says so. */
static void harass_endless_waits(void)
{
	struct program *target = program_start("lasting.tracee");
	program_expect(target, "ready");
	struct harasser *harasser = harasser_start(target->pid, "");
	harasser_await_cycles(harasser, rounds(ATTACHES));
	harasser_stop(harasser);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	if (strstr(target->out.text, "too soon"))
		fail_msg("%s", target->out.text);
	program_free(target);
}

static bool is_clean(const char *line)
{
	return strstr(line, ": interrupted 0 other 0 early 0 ");
}

/* Waits with timeouts end with them. Whoever is starved may be late. */
static void harass_timed_waits(void)
{
	struct program *target = program_start("waits.tracee timed %u", rounds(1000));
	struct harasser *harasser = harasser_start(target->pid, "");
	assert_int_equal(program_finish(target), 0);
	print_message("watched %u times\n", harasser_stop(harasser).cycles);
	size_t lines = 0;
	for (char *line = strtok(target->out.text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!is_clean(line))
			fail_msg("%s, %.200s", line, target->err.text);
		lines++;
	}
	assert_true(lines > 0);
	program_free(target);
}

/* Threads in pause(2). */
#define PAUSES 24

static bool is_untraced(void *context)
{
	const pid_t *tids = context;
	for (size_t i = 0; i < PAUSES; i++) {
		if (task_tracer(tids[i]))
			return false;
	}
	return true;
}

/*
 * Each gets a signal, once, as soon as all are attached, or left (LEAVES): if it is not yet back in
 * its call by then, the handler runs before the call is made again, which then waits forever.
 */
static void signal_pauses(bool leaves)
{
	pid_t tids[PAUSES];
	struct program *target = program_start("paused.tracee %d", PAUSES);
	for (size_t i = 0; i < PAUSES; i++)
		tids[i] = atoi(program_line(target));
	program_expect(target, "ready");
	struct program *stop = stop_start("-c -o /dev/null -p %d", target->pid);
	if (leaves) {
		stop_leave(stop);
		await(is_untraced, tids, "all threads are left");
	}
	for (size_t i = 0; i < PAUSES; i++)
		syscall(SYS_tgkill, target->pid, tids[i], SIGUSR1);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	if (!leaves)
		assert_int_equal(program_finish(stop), 0);
	program_free(stop);
	program_free(target);
}

static void harass_starved(const char *way)
{
	/* A whole run is starved of one thing alone. */
	if (getenv("STARVED") || !starve_begin(way))
		skip();
	harass_endless_waits();
	harass_timed_waits();
	starve_end();
}

static int stop_starving(void **state)
{
	(void)state;
	starve_end();
	return 0;
}

static void with_two_percent_of_a_processor(void **state)
{
	(void)state;
	harass_starved("quota");
}

static void with_two_percent_signals_end_waits(void **state)
{
	(void)state;
	if (getenv("STARVED") || !starve_begin("quota"))
		skip();
	signal_pauses(true);
	signal_pauses(false);
	starve_end();
}

static void at_the_lowest_priority(void **state)
{
	(void)state;
	harass_starved("idle");
}

static void while_the_tracer_is_held(void **state)
{
	(void)state;
	harass_starved("held");
}

static void with_few_descriptors(void **state)
{
	(void)state;
	harass_starved("descriptors");
}

static void with_a_full_disk(void **state)
{
	(void)state;
	harass_starved("disk");
}

static void on_a_terminal_that_nobody_reads(void **state)
{
	(void)state;
	harass_starved("terminal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(with_two_percent_of_a_processor, stop_starving),
		cmocka_unit_test_teardown(with_two_percent_signals_end_waits, stop_starving),
		cmocka_unit_test_teardown(at_the_lowest_priority, stop_starving),
		cmocka_unit_test_teardown(while_the_tracer_is_held, stop_starving),
		cmocka_unit_test_teardown(with_few_descriptors, stop_starving),
		cmocka_unit_test_teardown(with_a_full_disk, stop_starving),
		cmocka_unit_test_teardown(on_a_terminal_that_nobody_reads, stop_starving),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
