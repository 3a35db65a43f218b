/* Calls that wait neither fail, nor end early or late, nor transfer less, because of a tracer. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/harass.h"
#include "support/random.h"

/* The sum of the numbers behind WORD in TEXT. */
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

/* Checks that WAITS, which has ended, tells of waits, and of no fault in any. */
static void assert_without_fault(const struct program *waits)
{
	static const char fine[] = ": interrupted 0 other 0 early 0 late 0\n";
	size_t lines = 0;
	for (const char *line = waits->out.text; *line; lines++) {
		const char *end = line + strcspn(line, "\n") + 1;
		if ((size_t)(end - line) < strlen(fine) ||
			strncmp(end - strlen(fine), fine, strlen(fine)) != 0)
			fail_msg("%.*s%.200s", (int)(end - line), line, waits->err.text);
		line = end;
	}
	assert_true(lines > 0);
}

/* While it is watched: whoever comes when a wait is under way knows no better when it began. */
static void ignored_signals_interrupt_no_wait_of_a_command(void **state)
{
	(void)state;
	struct program *watched = program_run(
		"stop -c -o /dev/null waits.tracee signals %u", rounds(2000));
	assert_without_fault(watched);
	program_free(watched);
}

static void a_wait_interrupted_once_ends_on_time(void **state)
{
	(void)state;
	struct program *watched = program_run("stop -c -o /dev/null waits.tracee once 100");
	assert_without_fault(watched);
	program_free(watched);
}

/* WATCHED works already; it is attached to, and comes to its end without a fault. */
static void finish_watched(struct program *watched, struct program *stop)
{
	assert_int_equal(program_finish(watched), 0);
	assert_int_equal(program_finish(stop), 0);
	assert_without_fault(watched);
	program_free(watched);
	program_free(stop);
}

static struct program *watch(const struct program *watched)
{
	return stop_start("-c -o /dev/null -p %d", watched->pid);
}

static void watch_to_the_end(struct program *watched)
{
	finish_watched(watched, watch(watched));
}

/*
 * Half of the time was over when the attach came; the kernel's scheduler knows that. Many threads
 * are woken by their signals at once: where nobody took care, some that were about to tell of it
 * were looked at, and were taken for such as wait for something else.
 */
static void a_wait_that_began_before_the_attach_ends_on_time(void **state)
{
	enum { TARGETS = 4 };
	const struct timespec later = {.tv_nsec = 600000000};
	struct program *watched[TARGETS], *stops[TARGETS];
	(void)state;
	for (int i = 0; i < TARGETS; i++)
		watched[i] = program_start("waits.tracee once 100");
	nanosleep(&later, NULL);
	for (int i = 0; i < TARGETS; i++)
		stops[i] = watch(watched[i]);
	for (int i = 0; i < TARGETS; i++)
		finish_watched(watched[i], stops[i]);
}

static void ignored_signals_interrupt_no_wait_after_a_late_attach(void **state)
{
	(void)state;
	watch_to_the_end(program_start("waits.tracee signals %u", rounds(2500)));
}

/*
 * Rarely one does: it wakes a thread that then is not traced any more before it can stop. Where
 * nobody cared it were some at each leaving.
 */
static void ignored_signals_rarely_interrupt_a_wait_during_the_detach(void **state)
{
	enum { RARELY = 3 };
	(void)state;
	struct program *target = program_start("waits.tracee signals %u", rounds(4000));
	struct harasser *harasser = harasser_start(target->pid, "");
	assert_int_equal(program_finish(target), 0);
	unsigned int cycles = harasser_stop(harasser).cycles;
	unsigned long broken = sum_of(target->out.text, "interrupted ") +
	                       sum_of(target->out.text, "early ");
	print_message("signals: attached %u times, %lu waits broken\n", cycles, broken);
	assert_in_range(broken, 0, RARELY);
	program_free(target);
}

static void endless_waits_are_not_interrupted(void **state)
{
	(void)state;
	assert_same("lasting.tracee %u", rounds(2000));
}

/* Rarely one is: of a thread that is found running and enters the call in that very moment. */
static void transfers_are_not_cut_short(void **state)
{
	enum { ROUNDS = 40, RARELY = 4 };
	(void)state;
	struct program *target = program_start("transfers.tracee %d", ROUNDS);
	struct harasser *harasser = harasser_start(target->pid, "");
	assert_int_equal(program_finish(target), 0);
	print_message("transfers: watched %u times\n", harasser_stop(harasser).cycles);
	assert_null(strstr(target->out.text, "wrong"));
	assert_in_range(sum_of(target->out.text, " cut "), 0, RARELY);
	program_free(target);
}

/* That the tests above would notice; and that it is said how many waits an attach may break. */
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
 * Between the moment when a thread is asked to stop and that when its call is repaired, nobody can
 * do that but its tracer: which a SIGKILL for `stop` leaves alive until it has left.
 */
static void killing_stop_interrupts_no_wait(void **state)
{
	const unsigned int duration_ms = rounds(3000);
	const struct timespec begin = {.tv_nsec = 300000000};
	unsigned int kills = 0;
	uint64_t seed = 1;
	(void)state;
	struct program *target = program_start("lasting.tracee %u", duration_ms);
	nanosleep(&begin, NULL);
	time_t until = time(NULL) + duration_ms / 1000 - 1;
	for (; time(NULL) < until; kills++) {
		const struct timespec watch = {.tv_nsec = (long)random_below(&seed, 20000000)};
		struct program *stop = program_start("stop -c -o /dev/null -p %d", target->pid);
		nanosleep(&watch, NULL);
		kill(stop->pid, SIGKILL);
		assert_int_equal(program_finish(stop), 128 + SIGKILL);
		program_free(stop);
	}
	assert_int_equal(program_finish(target), 0);
	print_message("%u kills\n", kills);
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
		cmocka_unit_test(transfers_are_not_cut_short),
		cmocka_unit_test(without_repair_waits_fail_and_a_note_says_so),
		cmocka_unit_test(killing_stop_interrupts_no_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
