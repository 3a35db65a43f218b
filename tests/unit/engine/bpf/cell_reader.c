/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cells that the kernel writes, and what is read of them: whole, and beyond 2^32 calls. Skipped
 * where BPF cannot be had.
 */
#include "config.h"

#include "engine/bpf/cell_reader.h"

#include "support/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/bpf/kernel_side.h"

/* Reads of a cell that had changed. */
#define READS  20000

/* Of calls, until enough of them take as long as most have taken. */
#define ROUNDS 2000

struct fixture {
	struct kernel_side *side;
	struct cell_reader *reader;
};

/* Loads the programs, or skips the test. */
static void begin(struct fixture *fixture)
{
	const struct kernel_purpose purpose = {.kind = BPF_SCOPE_TASKS};
	if (kernel_side_open(&purpose, &fixture->side) < 0)
		skip();
	fixture->reader = cell_reader_new(fixture->side);
}

static void end(struct fixture *fixture)
{
	assert_int_equal(kernel_side_losses(fixture->side).missed, 0);
	cell_reader_free(fixture->reader);
	kernel_side_close(fixture->side);
}

/* The cell of task SLOT for calls NR; it may be written here, as nobody else does. */
static struct bpf_cell *cell_of(const struct fixture *fixture, uint32_t slot, long nr)
{
	uint32_t index = kernel_side_task(fixture->side, slot)->cell[nr];
	assert_true(index > 0);
	return (struct bpf_cell *)(uintptr_t)kernel_side_cell(fixture->side, index);
}

/* The count of a row of CELL that most calls are in. */
static uint32_t *most_of(const struct fixture *fixture, const struct bpf_cell *cell)
{
	uint32_t *most = NULL;
	for (unsigned int octave = 0; octave < BPF_OCTAVES; octave++) {
		const struct bpf_row *row = kernel_side_row(fixture->side, cell->row[octave]);
		for (unsigned int step = 0; cell->row[octave] && step < BPF_STEPS; step++) {
			uint32_t *count = (uint32_t *)(uintptr_t)&row->count[step];
			if (!most || *count > *most)
				most = count;
		}
	}
	assert_non_null(most);
	return most;
}

static void call(uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		syscall(SYS_getppid);
}

static void more_calls_than_32_bits_count(void **state)
{
	struct fixture fixture;
	const uint64_t before = UINT32_MAX - 100, after = 10000;
	(void)state;
	begin(&fixture);
	assert_int_equal(kernel_side_attach(fixture.side), 0);
	uint32_t slot = kernel_side_trace_self(fixture.side);
	call(after);
	struct bpf_cell *cell = cell_of(&fixture, slot, SYS_getppid);
	assert_int_equal(cell->calls, after);
	/* As if it had made more of the same: just below 2^32 in all, and in one place. */
	uint32_t *most = most_of(&fixture, cell);
	uint64_t added = before - *most;
	*most = (uint32_t)before;
	cell->calls += added;
	cell_reader_end(fixture.reader);
	struct view *view = cell_reader_add(fixture.reader, cell->index);
	assert_int_equal(cell_reader_read(fixture.reader, view), after + added);
	/* How many take as long as most of the others took is the machine's matter. */
	uint64_t rounds = 1;
	do {
		call(after);
		assert_int_equal(cell_reader_read(fixture.reader, view), after);
		rounds++;
	} while (*most >= before && rounds < ROUNDS);
	assert_true(*most < before);
	assert_true(cell->calls > UINT32_MAX);
	assert_int_equal(view->tally.calls, rounds * after + added);
	assert_int_equal(view->tally.hist.count, rounds * after + added);
	kernel_side_untrace_self(fixture.side, slot);
	end(&fixture);
}

/* A child that makes a call that fails, all the time. */
static pid_t start_failing(void)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(60);
		for (;;)
			syscall(SYS_close, -1);
	}
	return child;
}

static uint32_t slot_of(const struct fixture *fixture, pid_t pid)
{
	for (uint32_t slot = 1; slot < kernel_side_end(fixture->side, KERNEL_TASKS); slot++) {
		if (kernel_side_task(fixture->side, slot)->our_tid == (uint32_t)pid)
			return slot;
	}
	fail();
	return 0;
}

/* What is written together is read together. One call can have been in progress at the attach. */
static void assert_whole(const struct view *view)
{
	const struct tally *tally = &view->tally;
	uint64_t whole = tally->calls - tally->partial, ns = tally->total_ns - tally->partial_ns;
	assert_int_equal(tally->errors, tally->calls);
	assert_true(tally->partial <= 1);
	assert_int_equal(tally->hist.count, whole);
	assert_int_equal(tally->error_kinds, 1);
	assert_int_equal(tally->error[0].err, EBADF);
	assert_int_equal(tally->error[0].count, tally->calls);
	assert_int_equal(tally->usage.calls, whole);
	assert_true(ns >= whole * tally->min_ns);
	assert_true(ns <= whole * tally->max_ns);
	assert_true((unsigned __int128)whole * tally->squares >= (unsigned __int128)ns * ns);
}

static void a_torn_read_never_shows(void **state)
{
	struct fixture fixture;
	(void)state;
	begin(&fixture);
	pid_t child = start_failing();
	assert_int_equal(kernel_side_target(fixture.side, child, BPF_TARGET_PROCESS), 0);
	assert_int_equal(kernel_side_attach(fixture.side), 0);
	while (kernel_side_find(fixture.side) > 0)
		;
	kernel_side_attached(fixture.side);
	uint32_t slot = slot_of(&fixture, child);
	while (!*(volatile const uint32_t *)&kernel_side_task(fixture.side, slot)->cell[SYS_close])
		pause_poll();
	struct bpf_cell *cell = cell_of(&fixture, slot, SYS_close);
	cell_reader_end(fixture.reader);
	struct view *view = cell_reader_add(fixture.reader, cell->index);
	for (unsigned int reads = 0; reads < READS;) {
		if (cell_reader_read(fixture.reader, view) == 0)
			continue;
		assert_whole(view);
		reads++;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_calls_than_32_bits_count),
		cmocka_unit_test(a_torn_read_never_shows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
