/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying stacks in a fake world, of a process with as many mappings as a test wants: a large map
 * is read in small steps, only what stacks need of it is sent, a map that cannot be read is not
 * paid for at each call, and memory that does not answer is not waited for.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/ring.h"
#include "base/subprocess.h"
#include "base/time.h"
#include "engine/ptrace/capture.h"
#include "engine/ptrace/pages.h"
#include "engine/ptrace/world/world.h"
#include "proc/maps.h"

#define TARGET    100
#define LINE_SIZE 64
#define CODE_AT   0x1000

/* The most bytes of a map that are read for one call, and in one step. */
#define FIRST_MAX (128 << 10)
#define STEP_MAX  (16 << 10)

/* The world; struct world comes first, so that its functions can find the rest. */
struct fake {
	struct world world;
	uint64_t now_ns;
	size_t mappings;    /* of a data file, after three of the program and one of a library */
	size_t at;          /* lines read */
	int result;         /* of reading; 0: a map */
	unsigned int opens; /* of a map */
	size_t longest;     /* bytes that were read at once */
	bool is_open;
	bool is_stuck;        /* queries about its memory do not return */
	unsigned int queries; /* that were begun … */
	unsigned int ended;   /* … and ended */

	/* What is not the world's. */
	struct stack_copy_channel channel;
	struct pages pages;
	struct capture capture;
	struct tracee tracee;
};

static struct fake *fake_of(struct world *world)
{
	return (struct fake *)world;
}

static int begin_query(struct world *world, pid_t pid, struct subprocess *query)
{
	assert_int_equal(pid, TARGET);
	fake_of(world)->queries++;
	*query = (struct subprocess){.pid = 5, .fd = 6};
	return 0;
}

static bool has_returned(struct world *world, const struct subprocess *query)
{
	assert_int_equal(query->fd, 6);
	return !fake_of(world)->is_stuck;
}

static void end_query(struct world *world, struct subprocess *query)
{
	assert_int_equal(query->fd, 6);
	fake_of(world)->ended++;
}

static int open_pages(struct world *world, pid_t pid)
{
	(void)world, (void)pid;
	return 3;
}

static void close_pages(struct world *world, int pages)
{
	(void)world, (void)pages;
}

static size_t copy(
	struct world *world, int pages, pid_t pid, uint64_t address, void *buf, size_t size)
{
	(void)world, (void)pages, (void)pid, (void)address;
	memset(buf, 0, size);
	return size;
}

static size_t fetch(struct world *world, pid_t pid, uint64_t address, void *buf, size_t size)
{
	return copy(world, 0, pid, address, buf, size);
}

static int open_maps(struct world *world, pid_t tid)
{
	struct fake *fake = fake_of(world);
	assert_int_equal(tid, TARGET);
	assert_false(fake->is_open);
	fake->is_open = true;
	fake->at = 0;
	fake->opens++;
	return 4;
}

/* Line number AT of the map. */
static void write_line(size_t at, char line[LINE_SIZE])
{
	static const char *const first[] = {
		"00001000-00002000 r-xp 00000000 08:01 1 /bin/program",
		"00002000-00003000 r--p 00001000 08:01 1 /bin/program",
		"00003000-00004000 rw-p 00002000 08:01 1 /bin/program",
		"00004000-00005000 r-xp 00000000 08:01 2 /lib/library",
	};
	uint64_t start = 0x10000 + 0x1000 * (uint64_t)at;
	if (at < COUNT_OF(first))
		snprintf(line, LINE_SIZE, "%-62s\n", first[at]);
	else
		snprintf(line, LINE_SIZE, "%08llx-%08llx r--s 00000000 08:01 3 /data%16s\n",
			(unsigned long long)start, (unsigned long long)start + 0x1000, "");
}

static int read_maps(struct world *world, int handle, size_t size, struct maps_text *maps)
{
	struct fake *fake = fake_of(world);
	size_t before = maps->size;
	assert_int_equal(handle, 4);
	if (fake->result < 0)
		return fake->result;
	maps->text = xreallocarray(maps->text, before + size, 1);
	while (maps->size - before + LINE_SIZE <= size && fake->at < fake->mappings + 4) {
		char line[LINE_SIZE];
		write_line(fake->at++, line);
		size_t length = strlen(line);
		memcpy(maps->text + maps->size, line, length);
		maps->size += length;
	}
	if (maps->size - before > fake->longest)
		fake->longest = maps->size - before;
	return fake->at < fake->mappings + 4;
}

static void close_maps(struct world *world, int handle)
{
	assert_int_equal(handle, 4);
	assert_true(fake_of(world)->is_open);
	fake_of(world)->is_open = false;
}

static const struct world_target fake_target = {
	.begin_query = begin_query,
	.has_returned = has_returned,
	.end_query = end_query,
	.open_pages = open_pages,
	.close_pages = close_pages,
	.copy = copy,
	.fetch = fetch,
	.open_maps = open_maps,
	.read_maps = read_maps,
	.close_maps = close_maps,
};

static int registers(struct world *world, pid_t tid, struct arch_regs *regs)
{
	(void)world, (void)tid;
	memset(regs, 0, sizeof(*regs));
	return 0;
}

static const struct world_trace fake_trace = {.registers = registers};

static uint64_t now_ns(struct world *world)
{
	return ++fake_of(world)->now_ns;
}

static const struct world_clock fake_clock = {.now_ns = now_ns};

static void wake(struct world *world, int fd)
{
	(void)world, (void)fd;
}

static const struct world_process fake_process = {.wake = wake};

static void setup(struct fake *fake, size_t mappings)
{
	*fake = (struct fake){
		.world =
			{
				.trace = &fake_trace,
				.clock = &fake_clock,
				.target = &fake_target,
				.process = &fake_process,
			},
		.now_ns = NS_PER_S,
		.mappings = mappings,
		.tracee = {.tid = TARGET, .tgid = TARGET},
	};
	assert_int_equal(stack_copy_channel_init(&fake->channel, STACK_COPY_LIMIT), 0);
	pages_init(&fake->pages, &fake->world);
	capture_init(&fake->capture, &fake->world, &fake->pages, &fake->channel);
}

static void teardown(struct fake *fake)
{
	capture_clear(&fake->capture);
	pages_clear(&fake->pages);
	assert_false(fake->is_open);
	assert_int_equal(fake->queries, fake->ended);
	stack_copy_channel_clear(&fake->channel);
}

static bool take(struct fake *fake)
{
	return capture_take(&fake->capture, &fake->tracee, false) != STACK_COPY_MISSED;
}

/* The same of a process that existed before the attach. */
static bool take_found(struct fake *fake)
{
	return capture_take(&fake->capture, &fake->tracee, true) != STACK_COPY_MISSED;
}

/* Reads the map to its end. Returns the number of steps. */
static unsigned int read_all(struct fake *fake)
{
	unsigned int steps = 0;
	for (; capture_is_preparing(&fake->capture); steps++)
		capture_take_step(&fake->capture);
	return steps;
}

/* A call that maps or unmaps has ended. */
static void end_call(struct fake *fake, uint32_t nr, uint64_t start, uint64_t size, int protection)
{
	const struct ended_call end = {.call = {.nr = nr, .abi = ABI_NATIVE}};
	struct current_call *current = &fake->tracee.current;
	*current = (struct current_call){.call = end.call};
	current->args[0] = start;
	current->args[1] = size;
	current->args[2] = (uint64_t)protection;
	capture_call_ended(&fake->capture, &fake->tracee, &end);
}

/* The first record in the channel is a map, as expected. */
static void assert_sent(struct fake *fake)
{
	const struct stack_copy_maps *maps = ring_peek(fake->channel.ring);
	char expected[2 * LINE_SIZE + LINE_SIZE];
	size_t size = 0;
	assert_non_null(maps);
	assert_int_equal(maps->record.type, STACK_COPY_MAPS);
	for (size_t at = 0; at < 4; at++) {
		char line[LINE_SIZE];
		write_line(at, line);
		if (at == 2) /* it is writable: not needed */
			continue;
		memcpy(expected + size, line, strlen(line));
		size += strlen(line);
	}
	assert_int_equal(maps->size, size);
	assert_memory_equal(maps->text, expected, size);
}

static void a_small_map_is_sent_at_the_first_call(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, 1000);
	assert_true(take(&fake));
	assert_false(capture_is_preparing(&fake.capture));
	assert_sent(&fake);
	assert_true(take(&fake));
	assert_int_equal(fake.opens, 1);
	teardown(&fake);
}

static void a_large_map_is_read_in_small_steps(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, 65530);
	assert_false(take(&fake));
	assert_true(fake.longest <= FIRST_MAX);
	fake.longest = 0;
	/* Calls meanwhile do not read it. */
	assert_false(take(&fake));
	assert_int_equal(fake.longest, 0);
	assert_true(read_all(&fake) > 65530 * LINE_SIZE / STEP_MAX);
	assert_true(fake.longest <= STEP_MAX);
	assert_true(take(&fake));
	assert_sent(&fake);
	assert_int_equal(fake.opens, 1);
	teardown(&fake);
}

static void a_map_that_cannot_be_read_is_not_paid_for_at_each_call(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, 10);
	fake.result = -EFBIG;
	for (int i = 0; i < 1000; i++)
		assert_false(take(&fake));
	assert_int_equal(fake.opens, 1);
	/* But it is tried again. */
	fake.result = 0;
	fake.now_ns += NS_PER_S;
	assert_true(take(&fake));
	teardown(&fake);
}

static void a_map_that_changes_while_it_is_read_is_read_again(void **state)
{
	static const struct {
		uint32_t nr;
		uint64_t start;
		int protection;
		bool changes;
	} calls[] = {
		{SYS_munmap, CODE_AT, 0, true},
		{SYS_munmap, 0x20000, 0, false},
		{SYS_mmap, 0, PROT_READ | PROT_EXEC, true},
		{SYS_mmap, 0, PROT_READ, false},
		{SYS_mprotect, CODE_AT, PROT_READ, true},
		{SYS_getppid, CODE_AT, 0, false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		struct fake fake;
		setup(&fake, 20000);
		assert_false(take(&fake));
		end_call(&fake, calls[i].nr, calls[i].start, 0x1000, calls[i].protection);
		read_all(&fake);
		assert_int_equal(take(&fake), !calls[i].changes);
		fake.now_ns += NS_PER_S;
		if (calls[i].changes)
			assert_false(take(&fake));
		read_all(&fake);
		assert_true(take(&fake));
		assert_int_equal(fake.opens, 1 + calls[i].changes);
		teardown(&fake);
	}
}

static void a_process_may_end_while_its_map_is_read(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, 20000);
	assert_false(take(&fake));
	assert_true(capture_is_preparing(&fake.capture));
	capture_gone(&fake.capture, TARGET);
	assert_false(capture_is_preparing(&fake.capture));
	assert_false(fake.is_open);
	teardown(&fake);
}

static void a_found_process_is_asked_first(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, 1000);
	assert_false(take_found(&fake));
	assert_int_equal(fake.opens, 0);
	read_all(&fake);
	assert_true(take_found(&fake));
	assert_sent(&fake);
	assert_int_equal(fake.queries, 1);
	teardown(&fake);
}

/* It is given up after some time, and asked again later; until then, each step is short. */
static void memory_that_does_not_answer_is_not_waited_for(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, 1000);
	fake.is_stuck = true;
	uint64_t begin_ns = fake.now_ns;
	assert_false(take_found(&fake));
	for (int i = 0; i < 1000; i++) {
		capture_take_step(&fake.capture);
		assert_false(take_found(&fake));
	}
	assert_true(fake.now_ns - begin_ns < NS_PER_MS);
	assert_true(capture_is_preparing(&fake.capture));
	fake.now_ns += NS_PER_S;
	capture_take_step(&fake.capture);
	assert_false(capture_is_preparing(&fake.capture));
	assert_false(take_found(&fake));
	assert_int_equal(fake.queries, 1);
	assert_int_equal(fake.pages.unanswered, 1);
	/* Longer each time, and not for each call. */
	for (unsigned int asked = 2; asked < 8; asked++) {
		fake.now_ns += 60 * NS_PER_S;
		assert_false(take_found(&fake));
		assert_false(take_found(&fake));
		assert_int_equal(fake.queries, asked);
		fake.now_ns += 10 * NS_PER_S;
		capture_take_step(&fake.capture);
		assert_false(capture_is_preparing(&fake.capture));
	}
	assert_int_equal(fake.pages.unanswered, 1);
	fake.now_ns += 60 * NS_PER_S;
	fake.is_stuck = false;
	assert_false(take_found(&fake));
	read_all(&fake);
	assert_true(take_found(&fake));
	assert_sent(&fake);
	teardown(&fake);
}

static void a_process_may_end_while_it_is_asked(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, 1000);
	fake.is_stuck = true;
	assert_false(take_found(&fake));
	capture_gone(&fake.capture, TARGET);
	assert_false(capture_is_preparing(&fake.capture));
	assert_int_equal(fake.ended, 1);
	teardown(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_map_is_sent_at_the_first_call),
		cmocka_unit_test(a_large_map_is_read_in_small_steps),
		cmocka_unit_test(a_map_that_cannot_be_read_is_not_paid_for_at_each_call),
		cmocka_unit_test(a_map_that_changes_while_it_is_read_is_read_again),
		cmocka_unit_test(a_process_may_end_while_its_map_is_read),
		cmocka_unit_test(a_found_process_is_asked_first),
		cmocka_unit_test(memory_that_does_not_answer_is_not_waited_for),
		cmocka_unit_test(a_process_may_end_while_it_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
