/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the timeouts of calls for repairs; see engine/ptrace/state/repair.h. */
#include "config.h"

#include "engine/ptrace/state/repair.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "engine/ptrace/world/world.h"

/* The flag for struct io_uring_getevents_arg of <linux/io_uring.h>, and that struct. */
#define URING_ENTER_EXT_ARG (1U << 3)

struct uring_argument {
	uint64_t sigmask;
	uint32_t sigmask_size;
	uint32_t min_wait_us;
	uint64_t timespec;
};

/* The call of a thread. */
struct waiting {
	struct world *world;
	pid_t tid;
	struct call call;
	const uint64_t *args;
};

static int read_timespec(
	const struct waiting *waiting, uint64_t address, int64_t *seconds, int64_t *ns)
{
	struct world *world = waiting->world;
	int64_t wide[2];
	int32_t narrow[2];
	bool is_short = call_has_short_times(waiting->call);
	int result = is_short ? world->target->read(
					world, waiting->tid, address, narrow, sizeof(narrow))
	                      : world->target->read(
					world, waiting->tid, address, wide, sizeof(wide));
	if (result < 0)
		return result;
	*seconds = is_short ? narrow[0] : wide[0];
	*ns = is_short ? narrow[1] : wide[1];
	return 0;
}

static int timespec_timeout(const struct waiting *waiting, uint64_t address, uint64_t *timeout_ns)
{
	int64_t seconds, ns;
	if (address == 0) {
		*timeout_ns = REPAIR_FOREVER;
		return 0;
	}
	int result = read_timespec(waiting, address, &seconds, &ns);
	if (result < 0)
		return result;
	if (seconds < 0 || ns < 0 || ns >= (int64_t)NS_PER_S)
		return -EINVAL;
	*timeout_ns = (uint64_t)seconds > REPAIR_FOREVER / NS_PER_S / 2
	                      ? REPAIR_FOREVER
	                      : (uint64_t)seconds * NS_PER_S + (uint64_t)ns;
	return 0;
}

/* Clocks of other processes and threads have negative numbers (the kernel's posix-timers.h). */
static bool is_cpu_clock(uint64_t clock)
{
	return (int)clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID ||
	       clock == CLOCK_THREAD_CPUTIME_ID;
}

static int clock_timeout(const struct waiting *waiting, uint64_t *timeout_ns)
{
	const uint64_t *args = waiting->args;
	bool has_none = (args[1] & TIMER_ABSTIME) || is_cpu_clock(args[0]);
	return timespec_timeout(waiting, has_none ? 0 : args[2], timeout_ns);
}

static int futex_timeout(const struct waiting *waiting, uint64_t *timeout_ns)
{
	bool is_relative = (waiting->args[1] & FUTEX_CMD_MASK) == FUTEX_WAIT;
	return timespec_timeout(waiting, is_relative ? waiting->args[3] : 0, timeout_ns);
}

static int uring_timeout(const struct waiting *waiting, uint64_t *timeout_ns)
{
	struct world *world = waiting->world;
	struct uring_argument argument;
	*timeout_ns = REPAIR_FOREVER;
	if (!(waiting->args[3] & URING_ENTER_EXT_ARG))
		return 0;
	int result = world->target->read(
		world, waiting->tid, waiting->args[4], &argument, sizeof(argument));
	return result < 0 ? result : timespec_timeout(waiting, argument.timespec, timeout_ns);
}

static int socket_timeout(
	const struct waiting *waiting, enum socket_direction direction, uint64_t *timeout_ns)
{
	struct world *world = waiting->world;
	uint64_t ns;
	int result = world->target->socket_timeout(
		world, waiting->tid, (int)waiting->args[0], direction, &ns);
	if (result < 0)
		return result;
	*timeout_ns = ns ? ns : REPAIR_FOREVER;
	return 0;
}

/* Stores the arguments of the call MULTIPLEXED that are at ADDRESS. */
static int read_args(struct world *world, pid_t tid, const struct multiplexed *multiplexed,
	uint64_t address, uint64_t args[CALL_MAX_ARGS])
{
	uint32_t words[CALL_MAX_ARGS];
	size_t size = multiplexed->in_memory * sizeof(*words);
	int result = world->target->read(world, tid, address, words, size);
	for (unsigned int i = 0; result >= 0 && i < multiplexed->in_memory; i++)
		args[i] = words[i];
	return result;
}

void repair_read_call(struct world *world, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], struct made_call *made)
{
	const struct multiplexed *multiplexed = call_multiplexed(call, args);
	const struct syscall_desc *desc = syscall_lookup(call);
	*made = (struct made_call){.name = desc ? desc->name : NULL};
	memcpy(made->args, args, sizeof(made->args));
	if (!multiplexed)
		return;
	made->name = multiplexed->name;
	if (!multiplexed->in_memory) {
		for (unsigned int i = 0; i < CALL_MAX_ARGS; i++)
			made->args[i] = args[multiplexed->order[i]];
	} else if (read_args(world, tid, multiplexed, args[1], made->args) < 0) {
		made->name = NULL;
	}
}

bool repair_is_uncertain(const struct made_call *made, uint64_t sp)
{
	const struct repair *repair = repair_find_constant(made->name);
	return repair && repair_may_be_constant(repair, made->args, sp);
}

const struct repair *repair_of_socket(struct world *world, const struct repair *repair, pid_t tid,
	const uint64_t args[CALL_MAX_ARGS])
{
	if (!repair_is_visible(repair))
		return repair;
	int domain = world->target->socket_domain(world, tid, (int)args[0]);
	return domain < 0 ? repair : repair_for_domain(repair, domain);
}

bool repair_timeout_remains(const struct repair *repair, const uint64_t args[CALL_MAX_ARGS])
{
	bool sleeps = repair->timeout == TIMEOUT_SLEEP || repair->timeout == TIMEOUT_CLOCK;
	return sleeps && args[repair->argument] == args[repair->argument + 1];
}

int repair_timeout(struct world *world, const struct repair *repair, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], uint64_t *timeout_ns)
{
	const struct waiting waiting = {world, tid, call, args};
	switch (repair->timeout) {
	case TIMEOUT_NONE:
		*timeout_ns = REPAIR_FOREVER;
		return 0;
	case TIMEOUT_MS: {
		int ms = (int)args[repair->argument];
		*timeout_ns = ms < 0 ? REPAIR_FOREVER : (uint64_t)ms * NS_PER_MS;
		return 0;
	}
	case TIMEOUT_TIMESPEC:
	case TIMEOUT_SLEEP:
		return timespec_timeout(&waiting, args[repair->argument], timeout_ns);
	case TIMEOUT_RECEIVE:
		return socket_timeout(&waiting, SOCKET_RECEIVES, timeout_ns);
	case TIMEOUT_SEND:
		return socket_timeout(&waiting, SOCKET_SENDS, timeout_ns);
	case TIMEOUT_SETS:
		return timespec_timeout(&waiting, args[0] ? 0 : args[repair->argument], timeout_ns);
	case TIMEOUT_URING:
		return uring_timeout(&waiting, timeout_ns);
	case TIMEOUT_CLOCK:
		return clock_timeout(&waiting, timeout_ns);
	case TIMEOUT_FUTEX:
		return futex_timeout(&waiting, timeout_ns);
	}
	return -EINVAL;
}
