/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupted calls; see abi/restart.h. */
#include "config.h"

#include "abi/restart.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum restart restart_of_result(int64_t result)
{
	switch (result) {
	case -RESTART_SYS:
	case -RESTART_NOINTR:
	case -RESTART_NOHAND:
	case -RESTART_BLOCK:
		return (enum restart) - result;
	default:
		return RESTART_NONE;
	}
}

bool restart_survives_handler(enum restart restart)
{
	return restart == RESTART_SYS || restart == RESTART_NOINTR;
}

/*
 * The calls that fail with EINTR even if no handler ran (signal(7), "Interruption of system calls …
 * by stop signals" and the part on socket timeouts). poll, select, nanosleep, futex, msgrcv, pause
 * and others are restarted by the kernel with their remaining time.
 */
static const struct repair repairs[] = {
	{"epoll_wait", TIMEOUT_MS, 3, 0},
	{"epoll_pwait", TIMEOUT_MS, 3, 0},
	{"epoll_pwait2", TIMEOUT_TIMESPEC, 3, 0},
	{"semop", TIMEOUT_NONE, 0, 0},
	{"semtimedop", TIMEOUT_TIMESPEC, 3, -EAGAIN},
	{"semtimedop_time64", TIMEOUT_TIMESPEC, 3, -EAGAIN},
	{"rt_sigtimedwait", TIMEOUT_TIMESPEC, 2, -EAGAIN},
	{"rt_sigtimedwait_time64", TIMEOUT_TIMESPEC, 2, -EAGAIN},
	{"io_getevents", TIMEOUT_TIMESPEC, 4, 0},
	{"io_pgetevents", TIMEOUT_TIMESPEC, 4, 0},
	{"io_pgetevents_time64", TIMEOUT_TIMESPEC, 4, 0},
	{"io_uring_enter", TIMEOUT_URING, 4, -ETIME},
	{"accept", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"accept4", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"recvfrom", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"recvmsg", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"recvmmsg", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"recvmmsg_time64", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"read", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"readv", TIMEOUT_RECEIVE, 0, -EAGAIN},
	{"connect", TIMEOUT_SEND, 0,
		-EINPROGRESS}, /* for internet sockets; see repair_for_domain() */
	{"sendto", TIMEOUT_SEND, 0, -EAGAIN},
	{"sendmsg", TIMEOUT_SEND, 0, -EAGAIN},
	{"sendmmsg", TIMEOUT_SEND, 0, -EAGAIN},
	{"write", TIMEOUT_SEND, 0, -EAGAIN},
	{"writev", TIMEOUT_SEND, 0, -EAGAIN},
};

#define REPAIR_COUNT (sizeof(repairs) / sizeof(*repairs))

static const struct repair constant_repairs[] = {
	{"ppoll", TIMEOUT_TIMESPEC, 2, 0},
	{"ppoll_time64", TIMEOUT_TIMESPEC, 2, 0},
	{"pselect6", TIMEOUT_SETS, 4, 0},
	{"pselect6_time64", TIMEOUT_SETS, 4, 0},
	{"select", TIMEOUT_NONE, 4, 0},
	{"_newselect", TIMEOUT_NONE, 4, 0},
};

#define CONSTANT_COUNT (sizeof(constant_repairs) / sizeof(*constant_repairs))

/* Above each frame is what its thread started with: at least this many bytes of its stack. */
#define FRAME_SIZE     1024

/* The kernel's users of set_restart_fn(): its hrtimer.c, posix-cpu-timers.c, alarmtimer.c,
 * select.c, and futex/waitwake.c. */
static const struct repair block_repairs[] = {
	{"nanosleep", TIMEOUT_SLEEP, 0, 0},
	{"clock_nanosleep", TIMEOUT_CLOCK, 2, 0},
	{"clock_nanosleep_time64", TIMEOUT_CLOCK, 2, 0},
	{"poll", TIMEOUT_MS, 2, REPAIR_ONCE_MORE},
	{"futex", TIMEOUT_FUTEX, 3, -ETIMEDOUT},
	{"futex_time64", TIMEOUT_FUTEX, 3, -ETIMEDOUT},
};

#define BLOCK_COUNT (sizeof(block_repairs) / sizeof(*block_repairs))

/* In other domains it starts from the beginning (the kernel's unix_stream_connect()). */
static const struct repair local_connect = {"connect", TIMEOUT_SEND, 0, -EAGAIN};

/* Whatever the flags, or the number of bytes. */
#define ALWAYS (-1)

/* The calls that return a short count when interrupted, or too early. */
static const struct {
	const char *name;
	int flags_argument; /* index of the argument with the flags below, from 0; or ALWAYS */
	uint64_t flags;
} cuts[] = {
	{"write", ALWAYS, 0},
	{"writev", ALWAYS, 0},
	{"pwrite64", ALWAYS, 0},
	{"pwritev", ALWAYS, 0},
	{"pwritev2", ALWAYS, 0},
	{"sendto", ALWAYS, 0},
	{"sendmsg", ALWAYS, 0},
	{"sendmmsg", ALWAYS, 0},
	{"sendfile", ALWAYS, 0},
	{"sendfile64", ALWAYS, 0},
	{"splice", ALWAYS, 0},
	{"tee", ALWAYS, 0},
	{"vmsplice", ALWAYS, 0},
	{"copy_file_range", ALWAYS, 0},
	{"recvmmsg", ALWAYS, 0},
	{"recvmmsg_time64", ALWAYS, 0},
	{"recvfrom", 3, MSG_WAITALL},
	{"recvmsg", 2, MSG_WAITALL},
	{"io_getevents", ALWAYS, 0},
	{"io_pgetevents", ALWAYS, 0},
	{"io_pgetevents_time64", ALWAYS, 0},
	{"getrandom", ALWAYS, 0},
	/* It waits until what was sent has arrived (SO_LINGER), or until a terminal has sent it. */
	{"close", ALWAYS, 0},
	{"close_range", ALWAYS, 0},
	{"dup2", ALWAYS, 0},
	{"dup3", ALWAYS, 0},
};

#define CUT_COUNT (sizeof(cuts) / sizeof(*cuts))

/* Those that wait, by the numbers of <linux/net.h> and <linux/ipc.h>. */
static const struct {
	const char *multiplexer;
	unsigned int number;
	struct multiplexed call;
} multiplexed[] = {
	{"socketcall", 3, {"connect", 3, {0}}},
	{"socketcall", 5, {"accept", 3, {0}}},
	{"socketcall", 9, {"sendto", 4, {0}}},    /* send */
	{"socketcall", 10, {"recvfrom", 4, {0}}}, /* recv */
	{"socketcall", 11, {"sendto", 6, {0}}},
	{"socketcall", 12, {"recvfrom", 6, {0}}},
	{"socketcall", 16, {"sendmsg", 3, {0}}},
	{"socketcall", 17, {"recvmsg", 3, {0}}},
	{"socketcall", 18, {"accept4", 4, {0}}},
	{"socketcall", 19, {"recvmmsg", 5, {0}}},
	{"socketcall", 20, {"sendmmsg", 4, {0}}},
	{"ipc", 1, {"semop", 0, {1, 4, 2}}},
	{"ipc", 4, {"semtimedop", 0, {1, 4, 2, 5}}},
	{"ipc", 11, {"msgsnd", 0, {1, 4, 2, 3}}},
	/* In version 0 its message and its type are in memory. */
	{"ipc", 1 << 16 | 12, {"msgrcv", 0, {1, 4, 2, 5, 3}}},
};

#define MULTIPLEXED_COUNT (sizeof(multiplexed) / sizeof(*multiplexed))

/* The upper half is a version. */
#define IPC_NUMBER        0xffff

const struct multiplexed *call_multiplexed(struct call call, const uint64_t args[CALL_MAX_ARGS])
{
	const struct syscall_desc *desc = syscall_lookup(call);
	for (size_t i = 0; desc && i < MULTIPLEXED_COUNT; i++) {
		unsigned int number = multiplexed[i].number;
		if (strcmp(multiplexed[i].multiplexer, desc->name) == 0 &&
			(number == (args[0] & IPC_NUMBER) || number == args[0]))
			return &multiplexed[i].call;
	}
	return NULL;
}

static const struct repair *find_in(const struct repair *table, size_t count, const char *name)
{
	for (size_t i = 0; name && i < count; i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

const struct repair *repair_find(const char *name)
{
	return find_in(repairs, REPAIR_COUNT, name);
}

const struct repair *repair_find_constant(const char *name)
{
	return find_in(constant_repairs, CONSTANT_COUNT, name);
}

bool repair_may_be_constant(
	const struct repair *repair, const uint64_t args[CALL_MAX_ARGS], uint64_t sp)
{
	uint64_t address = args[repair->argument];
	return address && (address < sp || address - sp >= FRAME_SIZE);
}

const struct repair *repair_find_block(const char *name)
{
	return find_in(block_repairs, BLOCK_COUNT, name);
}

void restart_call(uint32_t abi, struct call *call)
{
	*call = (struct call){.abi = abi};
	for (; call->nr < syscall_table_size((enum abi)abi); call->nr++) {
		const struct syscall_desc *desc = syscall_lookup(*call);
		if (desc && strcmp(desc->name, "restart_syscall") == 0)
			return;
	}
}

const struct repair *repair_for_domain(const struct repair *repair, int domain)
{
	bool is_local_connect = repair_is_visible(repair) && domain != AF_INET &&
	                        domain != AF_INET6;
	return is_local_connect ? &local_connect : repair;
}

bool repair_is_visible(const struct repair *repair)
{
	return repair->on_timeout == -EINPROGRESS;
}

bool call_is_cut_short(const char *name, const uint64_t args[CALL_MAX_ARGS])
{
	for (size_t i = 0; name && i < CUT_COUNT; i++) {
		if (strcmp(cuts[i].name, name) == 0)
			return cuts[i].flags_argument == ALWAYS ||
			       (args[cuts[i].flags_argument] & cuts[i].flags);
	}
	return false;
}

/* The calls that read, with the argument that is the number of bytes. */
static const struct {
	const char *name;
	int size_argument; /* index, from 0; or ALWAYS */
} reads[] = {
	{"read", 2},
	{"readv", ALWAYS},
	{"recvfrom", 2},
	{"recvmsg", ALWAYS},
};

#define READ_COUNT (sizeof(reads) / sizeof(*reads))

bool call_reads_several(const char *name, const uint64_t args[CALL_MAX_ARGS])
{
	for (size_t i = 0; name && i < READ_COUNT; i++) {
		if (strcmp(reads[i].name, name) == 0)
			return reads[i].size_argument == ALWAYS || args[reads[i].size_argument] > 1;
	}
	return false;
}

bool call_has_short_times(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	/* 32-bit programs, except for the year-2038 variants of calls. */
	return desc && abi_is_32bit(call.abi) && !strstr(desc->name, "64") &&
	       strcmp(desc->name, "epoll_pwait2") != 0 && strcmp(desc->name, "io_uring_enter") != 0;
}
