/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gaps MILLISECONDS: a thread that always wants to run, makes an empty call every 200 µs, and knows
 * for how long it could not go on. It ends when the longer of these gaps, without the time for
 * which it waited for a CPU, add up to MILLISECONDS. It prints "gaps SUM STILL QUEUED BEGIN END" in
 * ns: that sum; all time for which it neither ran nor waited for a CPU; that for which it waited;
 * and between which times that was.
 */
#include "tracee.h"

#include <inttypes.h>

#define NS_PER_MS UINT64_C(1000000)
#define LONGER_NS (5 * NS_PER_MS)
#define CALL_NS   (NS_PER_MS / 5)

static int schedstat;

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* How long it has run so far, and waited for a CPU. */
static void read_times(uint64_t *ran_ns, uint64_t *queued_ns)
{
	char text[64] = "";
	if (pread(schedstat, text, sizeof(text) - 1, 0) <= 0 ||
		sscanf(text, "%" SCNu64 " %" SCNu64, ran_ns, queued_ns) != 2)
		tracee_fail("schedstat");
}

int main(int argc, char **argv)
{
	uint64_t ran_ns, queued_ns, begin_ran_ns, begin_queued_ns, sum_ns = 0;
	tracee_begin();
	uint64_t wanted_ns = argc > 1 ? strtoull(argv[1], NULL, 10) * NS_PER_MS : 0;
	schedstat = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
	tracee_ready();
	uint64_t begin_ns = now_ns();
	read_times(&begin_ran_ns, &begin_queued_ns);
	uint64_t last_queued_ns = begin_queued_ns;
	while (sum_ns < wanted_ns) {
		uint64_t from_ns = now_ns(), now;
		syscall(SYS_getppid);
		uint64_t gap_ns = now_ns() - from_ns;
		if (gap_ns > LONGER_NS) {
			read_times(&ran_ns, &queued_ns);
			uint64_t delay_ns = queued_ns - last_queued_ns;
			last_queued_ns = queued_ns;
			sum_ns += delay_ns < gap_ns ? gap_ns - delay_ns : 0;
		}
		do
			now = now_ns();
		while (now - from_ns < CALL_NS);
	}
	uint64_t end_ns = now_ns(), span_ns = end_ns - begin_ns;
	read_times(&ran_ns, &queued_ns);
	ran_ns -= begin_ran_ns;
	queued_ns -= begin_queued_ns;
	printf("gaps %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", sum_ns,
		span_ns - ran_ns - queued_ns, queued_ns, begin_ns, end_ns);
	return 0;
}
