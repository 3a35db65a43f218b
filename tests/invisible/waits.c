/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting calls do not fail, end early or late, or transfer less because of the tracer. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/harass.h"
#include "support/random.h"
#include "support/starve.h"

/* The sum of the numbers after WORD in TEXT. */
static unsigned long sum_of(const char *text, const char *word)
{
	unsigned long sum = 0;
	while ((text = strstr(text, word))) {
		text += strlen(word);
		sum += strtoul(text, NULL, 10);
	}
	return sum;
}

static bool ends_with(const char *line, const char *end, const char *text)
{
	size_t length = strlen(text);
	return (size_t)(end - line) >= length && strncmp(end - length, text, length) == 0;
}

/*
 * Checks that WAITS, which has exited, reports waits and no fault, and frees it. Returns false if a
 * wait was late, or a signal was sent too late for it.
 */
static bool is_on_time(struct program *waits)
{
	size_t lines = 0;
	/* Whoever is starved may be late. */
	bool may_be_late = starve_is(NULL);
	bool late = sum_of(waits->out.text, "missed ") > 0 && !may_be_late;
	for (const char *line = waits->out.text, *end; *line; line = end) {
		end = line + strcspn(line, "\n") + 1;
		if (strncmp(line, "ready", 5) == 0 || strncmp(line, "missed", 6) == 0)
			continue;
		bool on_time = ends_with(line, end, ": interrupted 0 other 0 early 0 late 0\n");
		if (!on_time && !ends_with(line, end, ": interrupted 0 other 0 early 0 late 1\n"))
			fail_msg("%.*s%.200s", (int)(end - line), line, waits->err.text);
		late |= !on_time && !may_be_late;
		lines++;
	}
	assert_true(lines > 0);
	program_free(waits);
	return !late;
}

/*
 * A timeout that starts over makes its call late by most of the time that the target runs for; what
 * a busy machine adds does not depend on that. So if a call is late, TRY is called again, with
 * twice the time.
 */
static void assert_on_time(bool (*try)(unsigned int time_ms), unsigned int time_ms)
{
	const unsigned int last_ms = 16 * time_ms;
	while (!try(time_ms)) {
		if (time_ms == last_ms)
			fail_msg("calls are late, each time");
		time_ms *= 2;
	}
}

/* PROGRAM is waits.tracee, or the same for another ABI. */
static bool watch_timeouts_of(const char *program, unsigned int time_ms)
{
	struct program *started = program_run("stop -c -o /dev/null %s timed %u", program, time_ms);
	struct program *watched = program_start("%s timed %u", program, time_ms);
	struct harasser *harasser = harasser_start(watched->pid, "");
	program_finish(watched);
	print_message("timed: watched %u times\n", harasser_stop(harasser).cycles);
	bool on_time = is_on_time(started);
	return is_on_time(watched) && on_time;
}

static bool watch_timeouts(unsigned int time_ms)
{
	return watch_timeouts_of("waits.tracee", time_ms);
}

static void timeouts_are_kept(void **state)
{
	(void)state;
	assert_on_time(watch_timeouts, rounds(2500));
}

/* With a command: when attaching during a wait, its start is not known exactly. */
static bool send_signals_to(const char *program, unsigned int time_ms)
{
	return is_on_time(program_run("stop -c -o /dev/null %s signals %u", program, time_ms));
}

static bool send_signals_to_command(unsigned int time_ms)
{
	return send_signals_to("waits.tracee", time_ms);
}

static void ignored_signals_interrupt_no_wait_of_a_command(void **state)
{
	(void)state;
	assert_on_time(send_signals_to_command, rounds(2000));
}

static bool interrupt_once(unsigned int time_ms)
{
	return is_on_time(program_run("stop -c -o /dev/null waits.tracee once %u", time_ms));
}

static void a_wait_interrupted_once_ends_on_time(void **state)
{
	(void)state;
	assert_on_time(interrupt_once, 900);
}

static struct program *watch(const struct program *watched)
{
	return stop_start("-c -o /dev/null -p %d", watched->pid);
}

/* Part of the timeout is over at the attach; the kernel's scheduler knows how much. */
static bool interrupt_once_attached(unsigned int time_ms)
{
	enum { TARGETS = 4 };
	struct program *watched[TARGETS], *stops[TARGETS];
	bool on_time = true;
	for (int i = 0; i < TARGETS; i++)
		watched[i] = program_start("waits.tracee attached %u", time_ms);
	for (int i = 0; i < TARGETS; i++)
		program_expect(watched[i], "ready");
	for (int i = 0; i < TARGETS; i++)
		stops[i] = watch(watched[i]);
	for (int i = 0; i < TARGETS; i++)
		program_go(watched[i]);
	for (int i = 0; i < TARGETS; i++) {
		assert_int_equal(program_finish(watched[i]), 0);
		assert_int_equal(program_finish(stops[i]), 0);
		program_free(stops[i]);
	}
	for (int i = 0; i < TARGETS; i++)
		on_time &= is_on_time(watched[i]);
	return on_time;
}

/*
 * The signals wake many threads at once: some of them were inspected just before they reported
 * that, and mistaken for threads that wait for something else.
 */
static void a_wait_that_began_before_the_attach_ends_on_time(void **state)
{
	(void)state;
	assert_on_time(interrupt_once_attached, 900);
}

/* Only the attach falls into these waits, when more than half of them is over. */
static bool attach_once(unsigned int time_ms)
{
	struct program *watched = program_start("waits.tracee half %u", time_ms);
	program_expect(watched, "ready");
	struct program *stop = watch(watched);
	program_go(watched);
	assert_int_equal(program_finish(watched), 0);
	assert_int_equal(program_finish(stop), 0);
	program_free(stop);
	return is_on_time(watched);
}

static void an_attach_late_in_a_wait_does_not_prolong_it(void **state)
{
	(void)state;
	assert_on_time(attach_once, 900);
}

static bool send_signals_attached(unsigned int time_ms)
{
	struct program *watched = program_start("waits.tracee signals %u", time_ms);
	struct program *stop = watch(watched);
	assert_int_equal(program_finish(watched), 0);
	assert_int_equal(program_finish(stop), 0);
	program_free(stop);
	return is_on_time(watched);
}

static void ignored_signals_interrupt_no_wait_after_a_late_attach(void **state)
{
	(void)state;
	assert_on_time(send_signals_attached, rounds(2500));
}

static unsigned long count_interrupted_waits(void)
{
	struct program *target = program_start("waits.tracee signals %u", rounds(4000));
	struct harasser *harasser = harasser_start(target->pid, "");
	assert_int_equal(program_finish(target), 0);
	print_message("signals: watched %u times\n", harasser_stop(harasser).cycles);
	unsigned long interrupted = sum_of(target->out.text, "interrupted ") +
	                            sum_of(target->out.text, "early ");
	program_free(target);
	return interrupted;
}

/*
 * A signal can wake a thread that is no longer traced by the time it can stop. Without precautions,
 * some do at each detach.
 */
static void ignored_signals_rarely_interrupt_a_wait_during_the_detach(void **state)
{
	(void)state;
	assert_rare(count_interrupted_waits, "waits were interrupted");
}

static void endless_waits_are_not_interrupted(void **state)
{
	(void)state;
	assert_same("lasting.tracee %u", rounds(2000));
}

static unsigned long count_cut_transfers(void)
{
	enum { ROUNDS = 40 };
	struct program *target = program_start("transfers.tracee %d", ROUNDS);
	struct harasser *harasser = harasser_start(target->pid, "");
	assert_int_equal(program_finish(target), 0);
	print_message("transfers: watched %u times\n", harasser_stop(harasser).cycles);
	assert_null(strstr(target->out.text, "wrong"));
	unsigned long cut = sum_of(target->out.text, " cut ");
	program_free(target);
	return cut;
}

/* A thread can be seen running and enter the call just as it is stopped. */
static void transfers_are_rarely_cut_short(void **state)
{
	(void)state;
	assert_rare(count_cut_transfers, "transfers were cut short");
}

static unsigned long count_cut_reads(void)
{
	struct program *target = program_start("several.tracee 40");
	struct harasser *harasser = harasser_start(target->pid, "");
	assert_int_equal(program_finish(target), 0);
	print_message("several: watched %u times\n", harasser_stop(harasser).cycles);
	unsigned long cut = sum_of(target->out.text, " cut ");
	program_free(target);
	return cut;
}

/* They wait for several bytes, of which some are there, or until what was sent has arrived. */
static void gathering_reads_and_lingering_closes_are_rarely_cut_short(void **state)
{
	(void)state;
	assert_rare(count_cut_reads, "reads or closes were cut short");
}

/* 32-bit programs, which this machine may not have. */

static bool have_32_bit_programs(void)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/waits.tracee32", getenv("TRACEES"));
	return access(path, X_OK) == 0;
}

static bool watch_timeouts_32(unsigned int time_ms)
{
	return watch_timeouts_of("waits.tracee32", time_ms);
}

static bool send_signals_32(unsigned int time_ms)
{
	return send_signals_to("waits.tracee32", time_ms);
}

/* Most of their calls on sockets and semaphores are socketcall and ipc. */
static void waits_of_32_bit_programs_are_kept(void **state)
{
	(void)state;
	if (!have_32_bit_programs())
		skip();
	assert_on_time(watch_timeouts_32, rounds(1500));
	assert_on_time(send_signals_32, rounds(1000));
	assert_same("lasting.tracee32 %u", rounds(1000));
}

/* Under seccomp filters. What would be continued as restart_syscall, which most of them refuse, is
 * made again. */

static const char *confined_waits;

static bool watch_confined_timeouts(unsigned int time_ms)
{
	return watch_timeouts_of(confined_waits, time_ms);
}

static bool send_signals_to_confined(unsigned int time_ms)
{
	return send_signals_to(confined_waits, time_ms);
}

static bool interrupt_confined_once(unsigned int time_ms)
{
	return is_on_time(program_run("stop -c -o /dev/null %s once %u", confined_waits, time_ms));
}

static void waits_under_a_filter_against_restarts_are_kept(void **state)
{
	static const char *const programs[] = {
		"confined.tracee no-restart waits.tracee",
		"confined.tracee no-restart-error waits.tracee",
		"confined.tracee restart waits.tracee",
		"confined.tracee no-restart waits.tracee32",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		confined_waits = programs[i];
		if (strstr(confined_waits, "32") && !have_32_bit_programs())
			continue;
		assert_on_time(watch_confined_timeouts, rounds(1200));
		assert_on_time(send_signals_to_confined, rounds(800));
		assert_on_time(interrupt_confined_once, 600);
	}
}

/* Checks that the tests above would detect failures, and that their possible number is reported. */
static void without_repair_waits_fail_and_a_note_says_so(void **state)
{
	(void)state;
	struct program *stop = program_run(
		"stop -c --no-repair -o /dev/null waits.tracee signals 600");
	/* Signals to whoever is starved come when the waits are over. */
	assert_true(sum_of(stop->out.text, "interrupted ") > 0 || starve_is(NULL));
	program_free(stop);
	struct program *target = program_start("waiting.tracee");
	program_expect(target, "ready");
	stop = program_run("stop -b -n 1 -d 0.1 --no-repair --format=json -p %d", target->pid);
	json_t *root = json_last(stop->out.text);
	assert_int_equal(json_array_size(json_object_get(root, "notes")), 1);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

/*
 * Between the moment when a thread is asked to stop and the repair of its call, only its tracer can
 * do the repair: it survives a SIGKILL of `stop` until it has detached.
 */
static void killing_stop_interrupts_no_wait(void **state)
{
	const unsigned int kills = rounds(60);
	uint64_t seed = 1;
	(void)state;
	struct program *target = program_start("lasting.tracee");
	program_expect(target, "ready");
	for (unsigned int i = 0; i < kills; i++) {
		struct program *stop = program_start("stop -c -o /dev/null -p %d", target->pid);
		pause_moment((long)random_below(&seed, 20000000));
		kill(stop->pid, SIGKILL);
		assert_int_equal(program_finish(stop), 128 + SIGKILL);
		program_free(stop);
	}
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	if (strstr(target->out.text, "too soon"))
		fail_msg("%s", target->out.text);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timeouts_are_kept),
		cmocka_unit_test(ignored_signals_interrupt_no_wait_of_a_command),
		cmocka_unit_test(a_wait_interrupted_once_ends_on_time),
		cmocka_unit_test(a_wait_that_began_before_the_attach_ends_on_time),
		cmocka_unit_test(an_attach_late_in_a_wait_does_not_prolong_it),
		cmocka_unit_test(ignored_signals_interrupt_no_wait_after_a_late_attach),
		cmocka_unit_test(ignored_signals_rarely_interrupt_a_wait_during_the_detach),
		cmocka_unit_test(endless_waits_are_not_interrupted),
		cmocka_unit_test(transfers_are_rarely_cut_short),
		cmocka_unit_test(gathering_reads_and_lingering_closes_are_rarely_cut_short),
		cmocka_unit_test(waits_of_32_bit_programs_are_kept),
		cmocka_unit_test(waits_under_a_filter_against_restarts_are_kept),
		cmocka_unit_test(without_repair_waits_fail_and_a_note_says_so),
		cmocka_unit_test(killing_stop_interrupts_no_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
