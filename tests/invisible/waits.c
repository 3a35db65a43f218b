/* Waiting calls do not fail, end early or late, or transfer less because of the tracer. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/harass.h"
#include "support/random.h"

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

static void timeouts_are_kept(void **state)
{
	(void)state;
	assert_same("waits.tracee timed %u", rounds(2500));
}

/* The first line of the output of WAITS, which has exited, that reports a fault; NULL: none. */
static const char *first_fault(const struct program *waits)
{
	static const char fine[] = ": interrupted 0 other 0 early 0 late 0\n";
	size_t lines = 0;
	const char *line = waits->out.text, *end;
	for (; *line; line = end) {
		size_t length = strcspn(line, "\n") + 1;
		end = line + length;
		if (strncmp(line, "ready", 5) == 0 || strncmp(line, "missed", 6) == 0)
			continue;
		if (length < strlen(fine) || strncmp(end - strlen(fine), fine, strlen(fine)) != 0)
			return line;
		lines++;
	}
	assert_true(lines > 0);
	return NULL;
}

/* Checks that WAITS, which has exited, reports waits, and no faults. */
static void assert_without_fault(const struct program *waits)
{
	const char *fault = first_fault(waits);
	if (fault)
		fail_msg("%s%.200s", fault, waits->err.text);
}

/* With a command: when attaching during a wait, its start is not known exactly. */
static void ignored_signals_interrupt_no_wait_of_a_command(void **state)
{
	(void)state;
	struct program *watched = program_run(
		"stop -c -o /dev/null waits.tracee signals %u", rounds(2000));
	assert_without_fault(watched);
	program_free(watched);
}

/*
 * Timeouts to try. One that starts over makes its call late by most of the timeout; what a busy
 * machine adds does not depend on it. So if a call is late, or a signal was sent too late, the next
 * longer timeout is tried.
 */
#define FIRST_WAIT_MS 900
#define LAST_WAIT_MS  (16 * FIRST_WAIT_MS)

/* Checks WAITS, and frees it. Returns false if a longer timeout has to be tried. */
static bool is_without_fault(struct program *waits, unsigned int wait_ms)
{
	const char *fault = first_fault(waits);
	bool missed = sum_of(waits->out.text, "missed ") > 0;
	bool late = fault && strstr(fault, "interrupted 0 other 0 early 0 late 1");
	if (fault && (!late || wait_ms == LAST_WAIT_MS))
		fail_msg("%s%.200s", fault, waits->err.text);
	if (missed && wait_ms == LAST_WAIT_MS)
		fail_msg("the signals come too late");
	program_free(waits);
	return !fault && !missed;
}

static void a_wait_interrupted_once_ends_on_time(void **state)
{
	unsigned int wait_ms = FIRST_WAIT_MS;
	(void)state;
	while (!is_without_fault(
		program_run("stop -c -o /dev/null waits.tracee once %u", wait_ms), wait_ms))
		wait_ms *= 2;
}

static struct program *watch(const struct program *watched)
{
	return stop_start("-c -o /dev/null -p %d", watched->pid);
}

/*
 * Part of the timeout is over at the attach; the kernel's scheduler knows how much. The signals
 * wake many threads at once: some of them were inspected just before they reported that, and
 * mistaken for threads that wait for something else.
 */
static bool attach_to_waits(unsigned int wait_ms)
{
	enum { TARGETS = 4 };
	struct program *watched[TARGETS], *stops[TARGETS];
	bool fine = true;
	for (int i = 0; i < TARGETS; i++)
		watched[i] = program_start("waits.tracee attached %u", wait_ms);
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
		fine &= is_without_fault(watched[i], wait_ms);
	return fine;
}

static void a_wait_that_began_before_the_attach_ends_on_time(void **state)
{
	unsigned int wait_ms = FIRST_WAIT_MS;
	(void)state;
	while (!attach_to_waits(wait_ms))
		wait_ms *= 2;
}

static void ignored_signals_interrupt_no_wait_after_a_late_attach(void **state)
{
	(void)state;
	struct program *watched = program_start("waits.tracee signals %u", rounds(2500));
	struct program *stop = watch(watched);
	assert_int_equal(program_finish(watched), 0);
	assert_int_equal(program_finish(stop), 0);
	assert_without_fault(watched);
	program_free(watched);
	program_free(stop);
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

/* Checks that the tests above would detect failures, and that their possible number is reported. */
static void without_repair_waits_fail_and_a_note_says_so(void **state)
{
	(void)state;
	struct program *stop = program_run(
		"stop -c --no-repair -o /dev/null waits.tracee signals 600");
	assert_true(sum_of(stop->out.text, "interrupted ") > 0);
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
		cmocka_unit_test(ignored_signals_interrupt_no_wait_after_a_late_attach),
		cmocka_unit_test(ignored_signals_rarely_interrupt_a_wait_during_the_detach),
		cmocka_unit_test(endless_waits_are_not_interrupted),
		cmocka_unit_test(transfers_are_rarely_cut_short),
		cmocka_unit_test(without_repair_waits_fail_and_a_note_says_so),
		cmocka_unit_test(killing_stop_interrupts_no_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
