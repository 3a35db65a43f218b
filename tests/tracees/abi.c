/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * abi WHAT TIMES: makes calls in ways that the C library does not: "int80" (a 32-bit call of a
 * 64-bit program), "x32" (bit 30 in the number), "unknown" (a number that is in no table) or
 * "flood" (TIMES different numbers).
 */
#include "tracee.h"

#define UNKNOWN 9999
#define FLOOD   5000 /* first number of the flood */
#define X32_BIT 0x40000000

#if defined(__x86_64__)
/* 20 is getpid there. */
static long getpid_32(void)
{
	long result;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(20L)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void make_int80(uint64_t times)
{
	for (uint64_t i = 0; i < times; i++) {
		if (getpid_32() != getpid())
			tracee_fail("int 0x80");
	}
	printf("getpid@32 %llu 0\n", (unsigned long long)times);
}
#endif

/* The calls fail with ENOSYS on a kernel without x32, otherwise with EBADF. */
static void make_x32(uint64_t times)
{
	uint64_t unknown = 0, refused = 0;
	for (uint64_t i = 0; i < times; i++) {
		long result = syscall(SYS_dup | X32_BIT, -1);
		unknown += result < 0 && errno == ENOSYS;
		refused += result < 0 && errno == EBADF;
	}
	printf("dup@x32 %llu %llu %s\n", (unsigned long long)times,
		(unsigned long long)(unknown + refused), unknown ? "ENOSYS" : "EBADF");
}

static void make_unknown(uint64_t times)
{
	uint64_t errors = 0;
	for (uint64_t i = 0; i < times; i++)
		errors += syscall(UNKNOWN) < 0 && errno == ENOSYS;
	printf("syscall_9999 %llu %llu ENOSYS\n", (unsigned long long)times,
		(unsigned long long)errors);
}

static void make_flood(uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		syscall((long)(FLOOD + i));
}

static const struct {
	const char *name;
	void (*make)(uint64_t times);
} ways[] = {
#if defined(__x86_64__)
	{"int80", make_int80},
#endif
	{"x32", make_x32},
	{"unknown", make_unknown},
	{"flood", make_flood},
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	tracee_begin();
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(ways[i].name, argv[1]) != 0)
			continue;
		ways[i].make((uint64_t)atoll(argv[2]));
		return 0;
	}
	return 97;
}
