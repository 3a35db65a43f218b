/* Measuring the tracing floor; see engine/ptrace/overhead.h. */
#include "config.h"

#include "engine/ptrace/overhead.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/state/stop.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/wait/poller.h"
#include "engine/ptrace/world/pt.h"

#define CALLS_MAX  64 /* the median of so many */
#define CALLS_MIN  8  /* of fewer it would be chance */
#define WARM_UP    32 /* the first ones find cold caches and a poller that has learnt nothing */
#define LIMIT_NS   (4 * NS_PER_MS) /* for a machine that is busy with other things */
#define BARE_CALLS 64              /* untraced ones, to compare with */

/* The measuring: what was seen of each call. */
struct gauge {
	pid_t child;
	struct poller poller;
	struct poller_entry seat;
	uint64_t deadline_ns;
	uint64_t entered_ns; /* when the last entry stop was let go; 0: none was */
	uint64_t latency_ns[CALLS_MAX + WARM_UP];
	uint64_t exited_ns[CALLS_MAX + WARM_UP];
	unsigned int calls;
};

/* Only raw system calls: other threads may hold the C library's locks. */
static void be_child(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		;
	_exit(0);
}

/* What a call costs that nobody traces. */
static uint64_t measure_bare_call(void)
{
	uint64_t start_ns = clock_now_ns();
	for (int i = 0; i < BARE_CALLS; i++)
		syscall(SYS_getppid);
	return (clock_now_ns() - start_ns) / BARE_CALLS;
}

/* Takes one stop and lets the child go, as the tracer does. Returns whether to go on. */
static bool take_stop(struct gauge *gauge)
{
	siginfo_t info;
	struct syscall_view view;
	static const struct step step = {.resume = RESUME_SYSCALL};
	int result = poller_next(&gauge->poller, &info);
	uint64_t now_ns = clock_now_ns();
	if (result != 1 || now_ns > gauge->deadline_ns)
		return false;
	bool in_call = stop_decode(&info).kind == STOP_SYSCALL &&
	               pt_syscall(gauge->child, false, &view) == 0;
	if (in_call && view.op == SYSCALL_EXIT && gauge->entered_ns) {
		gauge->latency_ns[gauge->calls] = now_ns - gauge->entered_ns;
		gauge->exited_ns[gauge->calls++] = now_ns;
	}
	gauge->entered_ns = in_call && view.op == SYSCALL_ENTRY ? clock_now_ns() : 0;
	if (pt_resume(gauge->child, &step) < 0)
		return false;
	poller_expect(&gauge->poller, &gauge->seat, POLLER_SOON);
	return gauge->calls < CALLS_MAX + WARM_UP;
}

static void watch_child(struct gauge *gauge)
{
	if (pt_seize(gauge->child, PTRACE_O_TRACESYSGOOD) < 0 || pt_interrupt(gauge->child) < 0)
		return;
	poller_join(&gauge->poller, &gauge->seat, gauge->child);
	poller_expect(&gauge->poller, &gauge->seat, POLLER_SURE);
	while (take_stop(gauge))
		;
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

static uint64_t median(uint64_t *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static void evaluate(struct gauge *gauge, uint64_t bare_ns, struct overhead *floor)
{
	unsigned int count = gauge->calls > WARM_UP ? gauge->calls - WARM_UP : 0;
	if (count < CALLS_MIN)
		return;
	uint64_t period_ns[CALLS_MAX];
	for (unsigned int i = 0; i < count; i++)
		period_ns[i] = gauge->exited_ns[WARM_UP + i] - gauge->exited_ns[WARM_UP + i - 1];
	uint64_t traced_ns = median(period_ns, count);
	floor->call_ns = traced_ns > bare_ns ? traced_ns - bare_ns : 0;
	floor->latency_ns = median(gauge->latency_ns + WARM_UP, count);
}

void overhead_measure(struct overhead *floor, struct colocation *colocation)
{
	struct gauge gauge = {0};
	pid_t parent = getpid();
	*floor = (struct overhead){0};
	uint64_t bare_ns = measure_bare_call();
	gauge.child = fork();
	if (gauge.child == 0)
		be_child(parent);
	if (gauge.child < 0)
		return;
	poller_init(&gauge.poller);
	poller_ride(&gauge.poller, colocation);
	gauge.deadline_ns = clock_now_ns() + LIMIT_NS;
	watch_child(&gauge);
	poller_clear(&gauge.poller);
	colocation_end(colocation);
	kill(gauge.child, SIGKILL);
	pt_reap(gauge.child);
	evaluate(&gauge, bare_ns, floor);
}
