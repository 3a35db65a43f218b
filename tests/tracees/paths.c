/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls by known paths, for tests of counts by stack.
 *
 *     paths two COUNT: calls getppid COUNT times by one_way(), and twice as often by another_way(),
 *         which also calls close without success, COUNT times; in turns. And COUNT times by each of
 *         alike_0() to alike_5(), whose stacks differ in one address
 *     paths storm WAVES: 50 threads at a time do `two 20`
 *     paths wait: prints "ready", and does `two 1000` for each byte on standard input
 *
 * Prints the calls of one_way() and another_way(), as lines "NAME COUNT".
 */
#include "tracee.h"

#define WAVE 50

/* As far as it goes: neither inlined nor a jump at the end of its caller. */
#ifdef __clang__
#define STEP __attribute__((noinline))
#else
#define STEP __attribute__((noinline, noclone))
#endif

static _Atomic uint64_t by_one_way, by_another_way;

STEP static void call_once(void)
{
	syscall(SYS_getppid);
	__asm__ volatile("");
}

STEP static void one_way(void)
{
	call_once();
	by_one_way++;
}

STEP static void call_further(void)
{
	char room[200];
	__asm__ volatile("" : : "r"(room) : "memory");
	call_once();
	__asm__ volatile("" : : "r"(room) : "memory");
}

STEP static void another_way(void)
{
	call_further();
	by_another_way++;
}

#define ALIKE(number) \
	STEP static void alike_##number(void) \
	{ \
		call_once(); \
		__asm__ volatile("# " #number); \
	}
ALIKE(0)
ALIKE(1)
ALIKE(2)
ALIKE(3)
ALIKE(4)
ALIKE(5)

static void (*const alike[])(void) = {alike_0, alike_1, alike_2, alike_3, alike_4, alike_5};

STEP static void fail(void)
{
	syscall(SYS_close, -1);
	__asm__ volatile("");
}

static void do_both(unsigned long count)
{
	for (unsigned long i = 0; i < count; i++) {
		another_way();
		one_way();
		another_way();
		fail();
		for (size_t at = 0; at < sizeof(alike) / sizeof(alike[0]); at++)
			alike[at]();
	}
}

static void *run_thread(void *argument)
{
	(void)argument;
	do_both(20);
	return NULL;
}

static void storm(unsigned long waves)
{
	pthread_t threads[WAVE];
	for (unsigned long i = 0; i < waves; i++) {
		for (int at = 0; at < WAVE; at++) {
			if (pthread_create(&threads[at], NULL, run_thread, NULL) != 0)
				tracee_fail("pthread_create");
		}
		for (int at = 0; at < WAVE; at++)
			pthread_join(threads[at], NULL);
	}
}

static void wait_for_bytes(void)
{
	char byte;
	puts("ready");
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		do_both(1000);
		puts("done");
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	tracee_begin();
	if (strcmp(what, "two") == 0)
		do_both(count);
	else if (strcmp(what, "storm") == 0)
		storm(count);
	else if (strcmp(what, "wait") == 0)
		wait_for_bytes();
	else
		return 2;
	printf("one_way %llu\nanother_way %llu\n", (unsigned long long)by_one_way,
		(unsigned long long)by_another_way);
	/* The names of its functions are read while it lives. */
	if (getenv("STAY_MS"))
		usleep((useconds_t)atoi(getenv("STAY_MS")) * 1000); /* sleep: for its reader */
	return 0;
}
