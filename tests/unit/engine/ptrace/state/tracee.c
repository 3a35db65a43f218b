/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state machine of a tracee: the results of sequences of stops.
 *
 * A scene is one stop and its expected result, in words: "ended NAME [ERROR] NS [partial] [died]",
 * "entered NAME [partial]", "state STATE", "take back", "write RESULT", "argument INDEX is VALUE",
 * "deliver SIGNAL", "listen" or "dead". Each sequence begins at 100 ns, with the attach or the
 * creation. By default, the instruction of a call is at 0x1000: after the call the ip is 0x1002,
 * and for a restart it is 0x1000.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "abi/names.h"
#include "engine/ptrace/state/tracee.h"
#include "support/random.h"

#define ATTACHED_NS 100
#define SCENES_MAX  16
#define WORDS_MAX   256

struct scene {
	uint64_t at_ns;
	struct stop stop;
	struct syscall_view view;
	const char *words;
};

struct sequence {
	const char *name;
	enum tracee_phase phase; /* at its beginning */
	enum tracee_phase last;  /* at its end */
	struct scene scenes[SCENES_MAX];
};

#define X86_64(number) \
	{ \
		.nr = (number), .abi = ABI_NATIVE \
	}

/* Stops. */
#define AT_CALL            .stop = {.kind = STOP_SYSCALL}, .view
#define ENTRY_AT(nr, at)   AT_CALL = {.op = SYSCALL_ENTRY, .call = X86_64(nr), .ip = (at)}
#define ENTRY(nr)          ENTRY_AT(nr, 0x1002)
#define EXIT(value)        AT_CALL = {.op = SYSCALL_EXIT, .result = (value)}
#define EXIT_OF(nr, value) AT_CALL = {.op = SYSCALL_EXIT, .call = X86_64(nr), .result = (value)}
#define FAILURE(error)     AT_CALL = {.op = SYSCALL_EXIT, .result = -(error), .is_error = true}
#define STOP(what)         .stop = {.kind = (what)}, .view = {.op = SYSCALL_NONE}
#define OF(what, number)   .stop = {.kind = (what), .signal = (number)}, .view
#define SIGNAL(number)     OF(STOP_SIGNAL, number) = {.op = SYSCALL_NONE}
#define GROUP(number)      OF(STOP_GROUP, number) = {.op = SYSCALL_NONE}
#define KILLED(number)     OF(STOP_KILLED, number) = {.op = SYSCALL_NONE}

/* The exit of an rt_sigreturn that returns to the address AT. */
#define RETURN_TO(at)      AT_CALL = {.op = SYSCALL_EXIT, .ip = (at)}

/* The same, and an entry, on the stack of another handler. */
#define RETURN_BELOW(at)   AT_CALL = {.op = SYSCALL_EXIT, .ip = (at), .sp = 8}
#define BELOW(nr)          AT_CALL = {.op = SYSCALL_ENTRY, .call = X86_64(nr), .ip = 0x1002, .sp = 8}

/* A call of i386. */
#define GETUID32 \
	{ \
		.nr = 199, .abi = ABI_COMPAT \
	}

/* A call that failed because of a signal, only because it is traced. */
#define REPAIRABLE -EINTR, .is_error = true, .repair = &repair
#define BROKEN_FOR(timeout) \
	AT_CALL = {.op = SYSCALL_EXIT, .result = REPAIRABLE, .timeout_ns = (timeout)}
#define BROKEN BROKEN_FOR(REPAIR_FOREVER)

/* One that would be continued as another, which a filter refuses. */
#define REFUSED_FOR(how, end) \
	AT_CALL = {.op = SYSCALL_EXIT, \
		.result = -RESTART_RESTARTBLOCK, \
		.is_error = true, \
		.repair = (how), \
		.timeout_ns = (end)}

/* The first stop in a call, with its result so far. */
#define PENDING(nr, value) \
	{ \
		.op = SYSCALL_PENDING, .call = X86_64(nr), .result = (value), .ip = 0x1002 \
	}
#define PENDING_FAILURE(nr, error) \
	{ \
		.op = SYSCALL_PENDING, .call = X86_64(nr), .result = -(error), .is_error = true, \
		.ip = 0x1002 \
	}
#define TRAP_IN  .stop = {.kind = STOP_TRAP}, .view
#define GROUP_IN .stop = {.kind = STOP_GROUP, .signal = SIGSTOP}, .view

/* Results that only a tracer sees (the kernel's include/linux/errno.h). */
enum {
	RESTARTSYS = 512,
	RESTARTNOINTR = 513,
	RESTARTNOHAND = 514,
	RESTART_RESTARTBLOCK = 516,
};

/* The repair of a call that returns 0 on timeout. */
static const struct repair repair = {.name = "epoll_wait", .timeout = TIMEOUT_MS, .argument = 3};

/* Those of calls that are continued as restart_syscall. */
static const struct repair futex = {
	.name = "futex", .timeout = TIMEOUT_FUTEX, .argument = 3, .on_timeout = -ETIMEDOUT};
static const struct repair poll_again = {
	.name = "poll", .timeout = TIMEOUT_MS, .argument = 2, .on_timeout = REPAIR_ONCE_MORE};

static const struct sequence sequences[] = {
	{
		"a call and the next",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{140, EXIT(5), "ended read 30"},
			{150, ENTRY(SYS_openat), "entered openat"},
			{155, FAILURE(ENOENT), "ended openat ENOENT 5"},
		},
	},
	{
		"a result that looks like an error and is not",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, AT_CALL = {.op = SYSCALL_ENTRY, .call = GETUID32},
				"entered getuid32@32"},
			{140, FAILURE(2), "ended getuid32@32 30"},
		},
	},
	{
		"a call that never fails, rejected by a seccomp filter",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_getppid), "entered getppid"},
			{140, FAILURE(ENOSYS), "ended getppid ENOSYS 30"},
		},
	},

	/* Attaching. */
	{
		"attach in user code",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, STOP(STOP_TRAP), "state running"},
			{120, ENTRY(SYS_read), "entered read"},
			{150, EXIT(5), "ended read 30"},
		},
	},
	{
		"attach inside a waiting call that restarts",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, TRAP_IN = PENDING_FAILURE(SYS_futex, RESTARTSYS),
				"entered futex partial"},
			{111, ENTRY(SYS_futex), ""},
			{400, EXIT(0), "ended futex 300 partial"},
			{410, ENTRY(SYS_futex), "entered futex"},
			{420, EXIT(0), "ended futex 10"},
		},
	},
	{
		"attach inside a sleep that continues as restart_syscall",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, TRAP_IN = PENDING_FAILURE(SYS_clock_nanosleep, RESTART_RESTARTBLOCK),
				"entered clock_nanosleep partial"},
			{111, ENTRY(SYS_restart_syscall), ""},
			{400, EXIT(0), "ended clock_nanosleep 300 partial"},
		},
	},
	{
		"attach at a call that has just returned",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, TRAP_IN = PENDING(SYS_write, 7), "ended write 10 partial"},
			{120, ENTRY(SYS_write), "entered write"},
			{125, EXIT(7), "ended write 5"},
		},
	},
	{
		"attach at a call that has just failed",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, TRAP_IN = PENDING_FAILURE(SYS_epoll_wait, EINTR),
				"ended epoll_wait EINTR 10 partial"},
		},
	},
	{
		"attach inside a call that a handler then ends",
		TRACEE_SEIZED,
		TRACEE_CALL,
		{
			{110, TRAP_IN = PENDING_FAILURE(SYS_pause, RESTARTNOHAND),
				"entered pause partial"},
			{120, SIGNAL(SIGUSR1), "deliver 10"},
			{130, ENTRY_AT(SYS_rt_sigreturn, 0x2000),
				"ended pause EINTR 10 partial; entered rt_sigreturn"},
		},
	},
	{
		"attach to a thread that is about to announce its child",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, STOP(STOP_CLONE), ""},
			{150, EXIT_OF(SYS_clone3, 1234), "ended clone3 50 partial"},
			{160, STOP(STOP_TRAP), ""},
			{170, ENTRY(SYS_read), "entered read"},
			{180, EXIT(0), "ended read 10"},
		},
	},
	{
		"attach to a thread that first stops for a signal",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, SIGNAL(SIGUSR1), "state running; deliver 10"},
			{120, STOP(STOP_TRAP), ""},
		},
	},
	{
		"attach to a stopped process",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, GROUP(SIGSTOP), "state stopped; listen"},
			{200, STOP(STOP_TRAP), "state running"},
		},
	},
	{
		"attach to a process stopped inside a call",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, GROUP_IN = PENDING_FAILURE(SYS_read, RESTARTSYS),
				"entered read partial; state stopped; listen"},
			{200, STOP(STOP_TRAP), "state running"},
			{210, ENTRY(SYS_read), ""},
			{300, EXIT(1), "ended read 200 partial"},
		},
	},
	{
		"attach to a thread that dies",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, KILLED(SIGKILL), "dead"},
		},
	},
	{
		"attach to a thread that the tracer could not read",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110, STOP(STOP_TRAP), "state running"},
			{120, STOP(STOP_SYSCALL), ""},
			{130, KILLED(SIGKILL), "dead"},
		},
	},

	/* Interrupted calls. */
	{
		"a call that the kernel restarts",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(RESTARTSYS), ""},
			{151, SIGNAL(SIGCONT), "deliver 18"},
			{160, ENTRY(SYS_read), ""},
			{310, EXIT(5), "ended read 200"},
		},
	},
	{
		"a call that is restarted twice",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_poll), "entered poll"},
			{150, FAILURE(RESTART_RESTARTBLOCK), ""},
			{160, ENTRY(SYS_restart_syscall), ""},
			{170, FAILURE(RESTART_RESTARTBLOCK), ""},
			{180, ENTRY(SYS_restart_syscall), ""},
			{210, EXIT(0), "ended poll 100"},
		},
	},
	{
		"a call that a handler ends",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_pause), "entered pause"},
			{150, FAILURE(RESTARTNOHAND), ""},
			{151, SIGNAL(SIGALRM), "deliver 14"},
			{160, ENTRY_AT(SYS_write, 0x2000), "ended pause EINTR 40; entered write"},
			{170, EXIT(1), "ended write 10"},
		},
	},
	{
		"a call that a handler ends, and the same from another address",
		TRACEE_USER,
		TRACEE_CALL,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(RESTARTSYS), ""},
			{160, ENTRY_AT(SYS_read, 0x2000), "ended read EINTR 40; entered read"},
		},
	},
	{
		"a call ended by a handler that exits",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(RESTARTNOINTR), ""},
			{160, ENTRY_AT(SYS_exit_group, 0x2000),
				"ended read EINTR 40; ended exit_group 0 partial died; "
				"state exiting"},
			{170, STOP(STOP_EXITED), "dead"},
		},
	},
	{
		"a call that the handler makes again itself",
		TRACEE_USER,
		TRACEE_CALL,
		{
			{110, ENTRY(SYS_poll), "entered poll"},
			{150, FAILURE(RESTART_RESTARTBLOCK), ""},
			{151, SIGNAL(SIGALRM), "deliver 14"},
			/* the same instruction with another stack */
			{160,
				AT_CALL = {.op = SYSCALL_ENTRY,
					.call = X86_64(SYS_poll),
					.ip = 0x1002,
					.sp = 0x80},
				"ended poll EINTR 40; entered poll"},
		},
	},
	{
		"a call that continues after a handler",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(RESTARTSYS), ""},
			{151, SIGNAL(SIGALRM), "deliver 14"},
			{160, ENTRY_AT(SYS_write, 0x2000), "entered write"},
			{165, EXIT(1), "ended write 5"},
			{170, ENTRY_AT(SYS_rt_sigreturn, 0x3000), "entered rt_sigreturn"},
			{175, RETURN_TO(0x1000), "ended rt_sigreturn 5"},
			{180, ENTRY(SYS_read), "entered read"},
			{210, EXIT(1), "ended read 100"},
		},
	},
	{
		"a signal between a handler's end and the call that continues",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(RESTARTSYS), ""},
			{151, SIGNAL(SIGALRM), "deliver 14"},
			{160, ENTRY_AT(SYS_rt_sigreturn, 0x3000), "entered rt_sigreturn"},
			{165, RETURN_TO(0x1000), "ended rt_sigreturn 5"},
			{166, SIGNAL(SIGUSR1), "deliver 10"},
			{170, ENTRY_AT(SYS_rt_sigreturn, 0x4000), "entered rt_sigreturn"},
			{175, RETURN_TO(0x1000), "ended rt_sigreturn 5"},
			{176, SIGNAL(SIGWINCH), "deliver 28"},
			{180, ENTRY(SYS_read), "entered read"},
			{210, EXIT(1), "ended read 100"},
		},
	},
	{
		"a handler below another one, about to make the same call as is suspended",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(RESTARTSYS), ""},
			{151, SIGNAL(SIGALRM), "deliver 14"},
			{152, SIGNAL(SIGUSR1), "deliver 10"},
			{160, ENTRY_AT(SYS_rt_sigreturn, 0x4000), "entered rt_sigreturn"},
			{165, RETURN_BELOW(0x1000), "ended rt_sigreturn 5"},
			{170, BELOW(SYS_read), "entered read"},
			{175, EXIT(3), "ended read 5"},
			{180, ENTRY_AT(SYS_rt_sigreturn, 0x3000), "entered rt_sigreturn"},
			{185, RETURN_TO(0x1000), "ended rt_sigreturn 5"},
			{190, ENTRY(SYS_read), "entered read"},
			{210, EXIT(1), "ended read 100"},
		},
	},
	{
		"a call that a handler without SA_RESTART ends",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(RESTARTSYS), ""},
			{151, SIGNAL(SIGALRM), "deliver 14"},
			{170, ENTRY_AT(SYS_rt_sigreturn, 0x3000), "entered rt_sigreturn"},
			{175, RETURN_TO(0x1002), "ended rt_sigreturn 5; ended read EINTR 40"},
			{180, ENTRY(SYS_read), "entered read"},
			{210, EXIT(1), "ended read 30"},
		},
	},
	{
		"nested handlers, each in a call that continues",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{120, FAILURE(RESTARTSYS), ""},
			{121, SIGNAL(SIGALRM), "deliver 14"},
			{130, ENTRY_AT(SYS_wait4, 0x2002), "entered wait4"},
			{140, FAILURE(RESTARTSYS), ""},
			{141, SIGNAL(SIGUSR1), "deliver 10"},
			{150, ENTRY_AT(SYS_rt_sigreturn, 0x3000), "entered rt_sigreturn"},
			{155, RETURN_TO(0x2000), "ended rt_sigreturn 5"},
			{160, ENTRY_AT(SYS_wait4, 0x2002), "entered wait4"},
			{170, EXIT(7), "ended wait4 40"},
			{180, ENTRY_AT(SYS_rt_sigreturn, 0x3000), "entered rt_sigreturn"},
			{185, RETURN_TO(0x1000), "ended rt_sigreturn 5"},
			{190, ENTRY(SYS_read), "entered read"},
			{210, EXIT(1), "ended read 100"},
		},
	},
	{
		"killed in a handler",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{120, FAILURE(RESTARTSYS), ""},
			{121, SIGNAL(SIGALRM), "deliver 14"},
			{130, ENTRY_AT(SYS_wait4, 0x2000), "entered wait4"},
			{150, KILLED(SIGKILL),
				"ended read EINTR 10; ended wait4 20 partial died; dead"},
		},
	},
	{
		"execve in a handler",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{120, FAILURE(RESTARTSYS), ""},
			{121, SIGNAL(SIGALRM), "deliver 14"},
			{130, ENTRY_AT(SYS_execve, 0x2000), "entered execve"},
			{140, STOP(STOP_EXEC), "ended read EINTR 10"},
			{150, EXIT(0), "ended execve 20"},
		},
	},
	{
		"a call that is repaired",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{150, BROKEN, "write -514"},
			{151, SIGNAL(SIGWINCH), "deliver 28"},
			{160, ENTRY(SYS_epoll_wait), ""},
			{170, BROKEN, "write -514"},
			{180, ENTRY(SYS_epoll_wait), ""},
			{310, EXIT(1), "ended epoll_wait 200"},
		},
	},
	{
		"a call that is repaired and then ended by a handler",
		TRACEE_USER,
		TRACEE_CALL,
		{
			{110, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{150, BROKEN, "write -514"},
			{151, SIGNAL(SIGUSR1), "deliver 10"},
			{160, ENTRY_AT(SYS_write, 0x2000),
				"ended epoll_wait EINTR 40; entered write"},
		},
	},
	{
		"a call whose timeout has expired when it is interrupted again",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{150, BROKEN_FOR(100), "write -514"},
			{160, ENTRY(SYS_epoll_wait), ""},
			{209, BROKEN_FOR(100), "write -514"},
			{209, ENTRY(SYS_epoll_wait), ""},
			{210, BROKEN_FOR(100), "ended epoll_wait 100; write 0"},
		},
	},
	{
		"a repaired call that a stop signal interrupts",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{150, BROKEN, "write -514"},
			{151, SIGNAL(SIGSTOP), "deliver 19"},
			{152, GROUP_IN = PENDING_FAILURE(SYS_epoll_wait, RESTARTNOHAND),
				"ended epoll_wait EINTR 40; state stopped; write -4; listen"},
			{900, STOP(STOP_TRAP), "state running"},
			{910, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{920, EXIT(1), "ended epoll_wait 10"},
		},
	},
	{
		"a stop signal after a repaired call was set up to be made again",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{150, BROKEN, "write -514"},
			{152,
				GROUP_IN = {.op = SYSCALL_PENDING,
					.call = X86_64(SYS_epoll_wait),
					.ip = 0x1000,
					.result = SYS_epoll_wait},
				"ended epoll_wait EINTR 40; state stopped; take back; write -4; "
				"listen"},
			{900, STOP(STOP_TRAP), "state running"},
			{910, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{920, EXIT(1), "ended epoll_wait 10"},
		},
	},
	{
		"a stop signal after a call was set up to be made again",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_pause), "entered pause"},
			{150, FAILURE(RESTARTNOHAND), ""},
			{152, GROUP_IN = {.op = SYSCALL_NONE, .ip = 0x1000},
				"state stopped; take back; listen"},
			{900, STOP(STOP_TRAP), "state running"},
			{910, SIGNAL(SIGUSR1), "deliver 10"},
			{920, BELOW(SYS_getppid), "ended pause EINTR 40; entered getppid"},
			{930, EXIT(1), "ended getppid 10"},
		},
	},
	{
		"a signal after a repaired call was set up to be made again, and its handler",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_epoll_wait), "entered epoll_wait"},
			{150, BROKEN, "write -514"},
			{152, OF(STOP_SIGNAL, SIGUSR1) = {.op = SYSCALL_NONE, .ip = 0x1000},
				"take back; deliver 10"},
			{160, BELOW(SYS_getppid), "ended epoll_wait EINTR 40; entered getppid"},
			{170, EXIT(1), "ended getppid 10"},
		},
	},
	{
		"attach inside a wait that cannot be the one at the attach, whose timeout is over",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{150,
				TRAP_IN = {.op = SYSCALL_PENDING,
					.call = X86_64(SYS_epoll_wait),
					.ip = 0x1002,
					.result = REPAIRABLE,
					.timeout_ns = 20},
				"entered epoll_wait partial; write -514"},
			{155, ENTRY(SYS_epoll_wait), ""},
			{169, BROKEN_FOR(20), "write -514"},
			{169, ENTRY(SYS_epoll_wait), ""},
			{170, BROKEN_FOR(20), "ended epoll_wait 70 partial; write 0"},
		},
	},
	{
		"attach inside a call that is repaired",
		TRACEE_SEIZED,
		TRACEE_USER,
		{
			{110,
				TRAP_IN = {.op = SYSCALL_PENDING,
					.call = X86_64(SYS_epoll_wait),
					.ip = 0x1002,
					.result = REPAIRABLE,
					.timeout_ns = REPAIR_FOREVER},
				"entered epoll_wait partial; write -514"},
			{111, ENTRY(SYS_epoll_wait), ""},
			{400, EXIT(0), "ended epoll_wait 300 partial"},
		},
	},
	{
		"a call that is not to be continued as another, and ends at its timeout",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_futex), "entered futex"},
			{150, REFUSED_FOR(&futex, 100), "write -514"},
			{151, SIGNAL(SIGWINCH), "deliver 28"},
			{160, ENTRY(SYS_futex), ""},
			{215, REFUSED_FOR(&futex, 100), "ended futex ETIMEDOUT 105; write -110"},
		},
	},
	{
		"a sleep that stores what remains of it is over then, however late it is made again",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_nanosleep), "entered nanosleep"},
			{150,
				AT_CALL = {.op = SYSCALL_EXIT,
					.result = -RESTART_RESTARTBLOCK,
					.is_error = true,
					.repair = &repair,
					.timeout_ns = 60,
					.remains = true},
				"write -514"},
			{190, ENTRY(SYS_nanosleep), ""},
			{210,
				AT_CALL = {.op = SYSCALL_EXIT,
					.result = -RESTART_RESTARTBLOCK,
					.is_error = true,
					.repair = &repair,
					.timeout_ns = 40,
					.remains = true},
				"ended nanosleep 100; write 0"},
		},
	},
	{
		"a poll whose timeout has expired is made once more, without one",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110,
				AT_CALL = {.op = SYSCALL_ENTRY,
					.call = X86_64(SYS_poll),
					.args = {1, 2, 100},
					.ip = 0x1002},
				"entered poll"},
			{150, REFUSED_FOR(&poll_again, 100), "write -514"},
			{160, ENTRY(SYS_poll), ""},
			{215, REFUSED_FOR(&poll_again, 100), "write -514"},
			{216, STOP(STOP_TRAP), ""},
			{217, ENTRY(SYS_poll), "argument 2 is 0"},
			{218, REFUSED_FOR(&poll_again, 100), "write -514; argument 2 is 100"},
			{219, ENTRY(SYS_poll), "argument 2 is 0"},
			{220, EXIT(0), "ended poll 110; argument 2 is 100"},
		},
	},
	{
		"a stop signal interrupts it: it is to be continued as another",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_futex), "entered futex"},
			{150, REFUSED_FOR(&futex, 1000), "write -514"},
			{151, SIGNAL(SIGSTOP), "deliver 19"},
			{152, GROUP_IN = PENDING_FAILURE(SYS_futex, RESTARTNOHAND),
				"state stopped; write -516; listen"},
			{900, STOP(STOP_TRAP), "state running"},
			{910, ENTRY(SYS_restart_syscall), ""},
			{920, EXIT(0), "ended futex 810"},
		},
	},
	{
		"an interrupted call that is not restarted",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{150, FAILURE(EINTR), "ended read EINTR 40"},
			{151, SIGNAL(SIGALRM), "deliver 14"},
		},
	},
	{
		"a call without an exit stop",
		TRACEE_USER,
		TRACEE_CALL,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{130, ENTRY(SYS_write), "ended read 20 partial died; entered write"},
		},
	},

	/* Signals and job control. */
	{
		"a signal in user code",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, SIGNAL(SIGUSR1), "deliver 10"},
			{111, SIGNAL(SIGTRAP), "deliver 5"},
			{112, SIGNAL(SIGSTOP), "deliver 19"},
			{113, SIGNAL(64), "deliver 64"},
		},
	},
	{
		"a stop and its end, outside a call",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, SIGNAL(SIGTSTP), "deliver 20"},
			{111, GROUP(SIGTSTP), "state stopped; listen"},
			{112, GROUP(SIGTTIN), "listen"},
			{200, STOP(STOP_TRAP), "state running"},
			{201, SIGNAL(SIGCONT), "deliver 18"},
			{210, ENTRY(SYS_read), "entered read"},
			{215, EXIT(0), "ended read 5"},
		},
	},
	{
		"a stop and its end, inside a call",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{120, FAILURE(RESTARTSYS), ""},
			{121, SIGNAL(SIGSTOP), "deliver 19"},
			{122, GROUP(SIGSTOP), "state stopped; listen"},
			{900, STOP(STOP_TRAP), "state running"},
			{910, ENTRY(SYS_read), ""},
			{990, EXIT(1), "ended read 880"},
		},
	},
	{
		"a group-stop that has ended at the next syscall stop",
		TRACEE_USER,
		TRACEE_CALL,
		{
			{110, GROUP(SIGSTOP), "state stopped; listen"},
			{200, ENTRY(SYS_read), "entered read; state running"},
		},
	},
	{
		"killed while stopped inside a call",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{120, FAILURE(RESTARTSYS), ""},
			{122, GROUP(SIGSTOP), "state stopped; listen"},
			{140, KILLED(SIGKILL), "ended read 30 partial died; dead"},
		},
	},

	/* Creation, execve and exit. */
	{
		"creation of a thread",
		TRACEE_BORN,
		TRACEE_USER,
		{
			{110, STOP(STOP_TRAP), "state running"},
			{120, ENTRY(SYS_set_robust_list), "entered set_robust_list"},
			{121, EXIT(0), "ended set_robust_list 1"},
		},
	},
	{
		"creation of a process that is stopped immediately",
		TRACEE_BORN,
		TRACEE_USER,
		{
			{110, GROUP(SIGSTOP), "state stopped; listen"},
			{200, STOP(STOP_TRAP), "state running"},
		},
	},
	{
		"creating a thread",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_clone3), "entered clone3"},
			{120, STOP(STOP_CLONE), ""},
			{130, EXIT(77), "ended clone3 20"},
		},
	},
	{
		"vfork",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_vfork), "entered vfork"},
			{120, STOP(STOP_VFORK), ""},
			{180, STOP(STOP_VFORK_DONE), ""},
			{190, EXIT(77), "ended vfork 80"},
		},
	},
	{
		"execve",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_execve), "entered execve"},
			{120, STOP(STOP_EXEC), ""},
			{140, EXIT(0), "ended execve 30"},
		},
	},
	{
		"execve that fails",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_execve), "entered execve"},
			{120, FAILURE(ENOEXEC), "ended execve ENOEXEC 10"},
		},
	},
	{
		"execve of a command that was attached before",
		TRACEE_SEIZED,
		TRACEE_CALL,
		{
			{120, STOP(STOP_EXEC), ""},
			{140, EXIT_OF(SYS_execve, 0), "ended execve 40 partial"},
			{150, ENTRY(SYS_brk), "entered brk"},
		},
	},
	{
		"exit",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_exit), "ended exit 0 partial died; state exiting"},
			{120, STOP(STOP_EXITED), "dead"},
		},
	},
	{
		"killed in a call",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_read), "entered read"},
			{130, KILLED(SIGKILL), "ended read 20 partial died; dead"},
		},
	},
	{
		"killed in user code",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, KILLED(SIGSEGV), "dead"},
		},
	},
	{
		"exit of the process by another thread",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, ENTRY(SYS_futex), "entered futex"},
			{150, STOP(STOP_EXITED), "ended futex 40 partial died; dead"},
		},
	},
	{
		"an event that was not enabled",
		TRACEE_USER,
		TRACEE_USER,
		{
			{110, STOP(STOP_OTHER), ""},
		},
	},
};

/* Converting steps to words. */

struct words {
	char text[WORDS_MAX];
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) say(struct words *words, const char *format, ...)
{
	va_list args;
	if (words->used)
		words->used += (size_t)sprintf(words->text + words->used, "; ");
	va_start(args, format);
	words->used += (size_t)vsprintf(words->text + words->used, format, args);
	va_end(args);
}

static void say_end(struct words *words, const struct ended_call *end)
{
	char name[CALL_NAME_MAX], error[ABI_NAME_MAX];
	int err = end->outcome.err;
	say(words, "ended %s%s%s %llu%s%s", call_name(end->call, name), err ? " " : "",
		err ? error_name(err, error) : "", (unsigned long long)end->outcome.duration_ns,
		end->outcome.partial ? " partial" : "", end->never_returned ? " died" : "");
}

static void say_entry(struct words *words, const struct current_call *current)
{
	char name[CALL_NAME_MAX];
	say(words, "entered %s%s", call_name(current->call, name),
		current->partial ? " partial" : "");
}

static void say_step(struct words *words, const struct tracee *tracee, const struct step *step)
{
	static const char *const states[] = {
		[TASK_RUNNING] = "running",
		[TASK_STOPPED] = "stopped",
		[TASK_EXITING] = "exiting",
	};
	static const char *const resumes[] = {
		[RESUME_SYSCALL] = NULL,
		[RESUME_LISTEN] = "listen",
		[RESUME_NOT] = "dead",
	};
	*words = (struct words){0};
	for (unsigned int i = 0; i < step->ended; i++)
		say_end(words, &step->ends[i]);
	if (step->entered)
		say_entry(words, &tracee->current);
	if (step->state_changed)
		say(words, "state %s", states[tracee->state]);
	if (step->take_back)
		say(words, "take back");
	if (step->set_result)
		say(words, "write %lld", (long long)step->result);
	if (step->set_argument)
		say(words, "argument %u is %llu", step->argument, (unsigned long long)step->value);
	if (step->signal)
		say(words, "deliver %d", step->signal);
	if (resumes[step->resume])
		say(words, "%s", resumes[step->resume]);
}

static void take_step(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	memset(step, 0xa5, sizeof(*step)); /* tracee_step() must fill it */
	tracee_step(
		tracee, stop, view->op == SYSCALL_NONE && !view->ip ? NULL : view, now_ns, step);
}

static void run_sequence(const struct sequence *sequence)
{
	struct tracee tracee = {.phase = sequence->phase, .attached_ns = ATTACHED_NS};
	for (size_t i = 0; i < SCENES_MAX && sequence->scenes[i].words; i++) {
		const struct scene *scene = &sequence->scenes[i];
		struct words words;
		struct step step;
		take_step(&tracee, &scene->stop, &scene->view, scene->at_ns, &step);
		say_step(&words, &tracee, &step);
		if (strcmp(words.text, scene->words) != 0)
			fail_msg("%s: scene %zu has the result \"%s\", expected \"%s\"",
				sequence->name, i + 1, words.text, scene->words);
	}
	if (tracee.phase != sequence->last)
		fail_msg("%s: ends in phase %d", sequence->name, (int)tracee.phase);
}

static void each_sequence_of_stops_has_the_expected_result(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sequences); i++)
		run_sequence(&sequences[i]);
}

/* Details that the words do not cover. */

static void a_restarted_call_keeps_its_arguments(void **state)
{
	static const struct stop stop = {.kind = STOP_SYSCALL};
	struct tracee tracee = {.phase = TRACEE_USER};
	struct syscall_view view = {
		.op = SYSCALL_ENTRY,
		.call = X86_64(SYS_poll),
		.args = {1, 2, 3, 4, 5, 6},
		.ip = 7,
	};
	struct step step;
	(void)state;
	take_step(&tracee, &stop, &view, 10, &step);
	view = (struct syscall_view){.op = SYSCALL_EXIT, .result = -516, .is_error = true};
	take_step(&tracee, &stop, &view, 20, &step);
	assert_true(tracee_in_call(&tracee));
	view = (struct syscall_view){.op = SYSCALL_ENTRY,
		.call = X86_64(SYS_restart_syscall),
		.args = {9, 9, 9},
		.ip = 7};
	take_step(&tracee, &stop, &view, 30, &step);
	assert_int_equal(tracee.current.call.nr, SYS_poll);
	for (uint64_t i = 0; i < CALL_MAX_ARGS; i++)
		assert_int_equal(tracee.current.args[i], i + 1);
}

static void the_result_is_passed_on(void **state)
{
	static const struct stop stop = {.kind = STOP_SYSCALL};
	static const struct syscall_view entry = {.op = SYSCALL_ENTRY, .call = X86_64(SYS_lseek)};
	static const struct syscall_view exit = {
		.op = SYSCALL_EXIT, .result = INT64_C(-9223372036854775807)};
	struct tracee tracee = {.phase = TRACEE_USER};
	struct step step;
	(void)state;
	take_step(&tracee, &stop, &entry, 10, &step);
	take_step(&tracee, &stop, &exit, 20, &step);
	assert_int_equal(step.ended, 1);
	assert_true(step.ends[0].result == exit.result);
	assert_int_equal(step.ends[0].outcome.err, 0);
	assert_false(step.ends[0].never_returned);
}

static void a_call_of_another_abi_is_not_the_restart(void **state)
{
	static const struct stop stop = {.kind = STOP_SYSCALL};
	struct tracee tracee = {.phase = TRACEE_USER};
	struct syscall_view view = {.op = SYSCALL_ENTRY, .call = X86_64(SYS_read), .ip = 7};
	struct step step;
	(void)state;
	take_step(&tracee, &stop, &view, 10, &step);
	view = (struct syscall_view){.op = SYSCALL_EXIT, .result = -512, .is_error = true};
	take_step(&tracee, &stop, &view, 20, &step);
	view = (struct syscall_view){
		.op = SYSCALL_ENTRY, .call = {.nr = SYS_read, .abi = ABI_COMPAT}, .ip = 7};
	take_step(&tracee, &stop, &view, 30, &step);
	/* Number 0 is restart_syscall on i386 and read on x86-64: compare names. */
	assert_false(step.entered);
	view.call = (struct call){.nr = 3, .abi = ABI_COMPAT}; /* read on i386 */
	tracee.phase = TRACEE_INTERRUPTED;
	take_step(&tracee, &stop, &view, 40, &step);
	assert_true(step.ended && step.entered);
	assert_int_equal(step.ends[0].outcome.err, EINTR);
}

static void a_vanished_tracee_has_left_its_call(void **state)
{
	static const enum tracee_phase phases[] = {TRACEE_CALL, TRACEE_INTERRUPTED, TRACEE_USER};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(phases); i++) {
		struct tracee tracee = {
			.phase = phases[i], .current = {.call = X86_64(SYS_futex), .since_ns = 30}};
		struct step step;
		tracee_vanish(&tracee, 100, &step);
		assert_int_equal(step.resume, RESUME_NOT);
		assert_int_equal(step.ended, phases[i] != TRACEE_USER);
		assert_false(tracee_in_call(&tracee));
		if (step.ended) {
			assert_int_equal(step.ends[0].outcome.duration_ns, 70);
			assert_true(step.ends[0].outcome.partial && step.ends[0].never_returned);
		}
		tracee_vanish(&tracee, 200, &step);
		assert_int_equal(step.ended, 0);
	}
}

static void a_wait_from_proc_ends_with_its_thread(void **state)
{
	static const struct stop killed = {.kind = STOP_KILLED, .signal = SIGKILL};
	struct tracee tracee = {
		.phase = TRACEE_SEIZED,
		.waiting = true,
		.attached_ns = 100,
		.current = {.call = X86_64(SYS_vfork), .since_ns = 100, .partial = true},
	};
	struct step step;
	(void)state;
	assert_true(tracee_in_call(&tracee));
	tracee_step(&tracee, &killed, NULL, 150, &step);
	assert_true(step.ended == 1 && step.ends[0].never_returned);
	assert_int_equal(step.ends[0].outcome.duration_ns, 50);
	assert_false(tracee_in_call(&tracee));
}

/* Random sequences. */

static struct stop random_stop(uint64_t *seed, const struct tracee *tracee)
{
	/* Most stops are syscall stops, and most interruptions are signals. */
	if (tracee->phase == TRACEE_INTERRUPTED && random_below(seed, 2))
		return (struct stop){.kind = STOP_SIGNAL, .signal = SIGUSR1};
	struct stop stop = {
		.kind = random_below(seed, 3) ? STOP_SYSCALL
	                                      : (enum stop_kind)random_below(seed, STOP_KINDS),
	};
	if (stop.kind == STOP_SIGNAL || stop.kind == STOP_GROUP || stop.kind == STOP_KILLED)
		stop.signal = 1 + (int)random_below(seed, 64);
	return stop;
}

/* Whether to do what the kernel would do, instead of something random. */
static bool is_likely(uint64_t *seed)
{
	return random_below(seed, 4) > 0;
}

static struct syscall_view random_view(
	uint64_t *seed, enum stop_kind kind, const struct tracee *tracee)
{
	static const uint32_t numbers[] = {SYS_read, SYS_poll, SYS_restart_syscall, SYS_execve,
		SYS_exit_group, SYS_getpid, SYS_rt_sigreturn, 9999, UINT32_MAX};
	static const int64_t errors[] = {
		0, EINTR, EINTR, EALREADY, ENOENT, 512, 512, 513, 514, 516, 4095};
	static const enum syscall_op ops[] = {SYSCALL_ENTRY, SYSCALL_EXIT, SYSCALL_NONE};
	struct syscall_view view = {
		.op = kind == STOP_SYSCALL    ? ops[random_below(seed, COUNT_OF(ops))]
	              : random_below(seed, 2) ? SYSCALL_PENDING
	                                      : SYSCALL_NONE,
		.call = {.nr = numbers[random_below(seed, COUNT_OF(numbers))],
			.abi = (uint32_t)random_below(seed, ABI_COUNT)},
		.ip = random_below(seed, 3) * 2, /* the syscall instruction has two bytes */
		.result = -errors[random_below(seed, COUNT_OF(errors))],
	};
	view.is_error = view.result < 0;
	if (kind == STOP_SYSCALL && is_likely(seed))
		view.op = tracee->phase == TRACEE_CALL ? SYSCALL_EXIT : SYSCALL_ENTRY;
	if (tracee->suspended_count && random_below(seed, 3) == 0)
		view.call = (struct call)X86_64(SYS_rt_sigreturn);
	bool interrupted = view.result == -EINTR || view.result == -514 || view.result == -EALREADY;
	if ((interrupted || view.result == -516) && random_below(seed, 2)) {
		view.repair = view.result == -516 && random_below(seed, 2) ? &poll_again : &repair;
		view.timeout_ns = random_below(seed, 2) ? REPAIR_FOREVER : random_below(seed, 300);
	}
	return view;
}

/* Checks that the tracee is resumed correctly from STOP, whatever its state. */
static void assert_resumed(const struct stop *stop, const struct step *step)
{
	static const enum resume resumes[STOP_KINDS] = {
		[STOP_GROUP] = RESUME_LISTEN,
		[STOP_EXITED] = RESUME_NOT,
		[STOP_KILLED] = RESUME_NOT,
	};
	assert_int_equal(step->resume, resumes[stop->kind]);
	assert_int_equal(step->signal, stop->kind == STOP_SIGNAL ? stop->signal : 0);
}

/* Number of calls that TRACEE is in, including suspended ones. */
static unsigned int active_calls(const struct tracee *tracee)
{
	return tracee->suspended_count + tracee_in_call(tracee);
}

/* Checks invariants after every step; BEFORE: number of calls before it. */
static void assert_sane(
	const struct tracee *tracee, const struct step *step, unsigned int before, uint64_t now_ns)
{
	assert_in_range(tracee->phase, 0, TRACEE_PHASES - 1);
	assert_in_range(tracee->state, TASK_RUNNING, TASK_EXITING);
	assert_in_range(tracee->suspended_count, 0, TRACEE_SUSPENDED);
	assert_in_range(step->ended, 0, STEP_ENDS);
	/* At most one call begins; all others have ended once, or are still active. */
	assert_in_range(active_calls(tracee) + step->ended - before, 0, 1);
	if (step->entered)
		assert_true(tracee_in_call(tracee));
	unsigned int whole = 0;
	for (unsigned int i = 0; i < step->ended; i++) {
		const struct outcome *outcome = &step->ends[i].outcome;
		whole += !outcome->partial;
		assert_true(outcome->duration_ns <= now_ns - tracee->attached_ns);
		assert_in_range(outcome->err, 0, 4095);
	}
	/* A call that both began and ended at this stop was only partly seen. */
	assert_in_range(whole, 0, before);
}

/* How often the random sequences reached rare cases. */
struct rare {
	unsigned long repaired, timed_out, reverted, nested, resumed, once_more;
};

/* Checks which results are written, and where. */
static void assert_written(const struct tracee *tracee, const struct stop *stop,
	const struct step *step, struct rare *rare)
{
	if (!step->set_result)
		return;
	if (step->result == -514) {
		assert_true(tracee->phase == TRACEE_INTERRUPTED && tracee->current.repaired);
		rare->repaired++;
	} else if (step->result == -516) {
		assert_int_equal(stop->kind, STOP_GROUP);
		assert_int_equal(tracee->phase, TRACEE_INTERRUPTED);
		rare->reverted++;
	} else if (step->result == -EINTR) {
		assert_int_equal(stop->kind, STOP_GROUP);
		assert_int_equal(tracee->phase, TRACEE_USER);
		rare->reverted++;
	} else {
		assert_int_equal(step->result, repair.on_timeout);
		assert_int_equal(tracee->phase, TRACEE_USER);
		rare->timed_out++;
	}
	assert_true(stop->kind == STOP_SYSCALL || stop->kind == STOP_TRAP ||
		    stop->kind == STOP_GROUP || stop->kind == STOP_SIGNAL);
}

/* Checks that an argument that was changed at the entry of a call is restored at its end. */
static void assert_restored(const struct stop *stop, const struct syscall_view *view,
	const struct step *step, bool *changed, struct rare *rare)
{
	bool enters = stop->kind == STOP_SYSCALL && view->op == SYSCALL_ENTRY;
	bool leaves = stop->kind == STOP_SYSCALL && view->op == SYSCALL_EXIT;
	assert_true(!step->set_argument || enters || leaves);
	if (leaves)
		assert_int_equal(step->set_argument, *changed);
	if (enters || leaves)
		*changed = enters && step->set_argument;
	rare->once_more += enters && step->set_argument;
}

static void run_random_sequence(uint64_t *seed, struct rare *rare)
{
	bool changed = false;
	static const enum tracee_phase first[] = {TRACEE_SEIZED, TRACEE_BORN};
	uint64_t now_ns = 1000;
	struct tracee tracee = {.phase = first[random_below(seed, 2)], .attached_ns = now_ns};
	for (int i = 0; i < 60; i++) {
		unsigned int before = active_calls(&tracee);
		unsigned int suspended = tracee.suspended_count;
		struct stop stop = random_stop(seed, &tracee);
		struct syscall_view view = random_view(seed, stop.kind, &tracee);
		struct step step;
		now_ns += random_below(seed, 100);
		take_step(&tracee, &stop, &view, now_ns, &step);
		assert_resumed(&stop, &step);
		assert_sane(&tracee, &step, before, now_ns);
		assert_written(&tracee, &stop, &step, rare);
		assert_restored(&stop, &view, &step, &changed, rare);
		rare->nested += tracee.suspended_count == TRACEE_SUSPENDED;
		rare->resumed += tracee.suspended_count < suspended && !step.ended;
		if (step.resume == RESUME_NOT) {
			assert_int_equal(active_calls(&tracee), 0);
			return;
		}
	}
}

static void random_sequences_keep_the_invariants(void **state)
{
	uint64_t seed = 12;
	(void)state;
	struct rare rare = {0};
	for (int i = 0; i < 100000; i++)
		run_random_sequence(&seed, &rare);
	/* All rare cases were reached. */
	assert_true(rare.repaired && rare.timed_out && rare.reverted);
	assert_true(rare.nested && rare.resumed && rare.once_more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sequence_of_stops_has_the_expected_result),
		cmocka_unit_test(a_restarted_call_keeps_its_arguments),
		cmocka_unit_test(the_result_is_passed_on),
		cmocka_unit_test(a_call_of_another_abi_is_not_the_restart),
		cmocka_unit_test(a_vanished_tracee_has_left_its_call),
		cmocka_unit_test(a_wait_from_proc_ends_with_its_thread),
		cmocka_unit_test(random_sequences_keep_the_invariants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
