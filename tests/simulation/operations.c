/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * operations spawn MEMORY REQUESTS: starts the programs of agree.h, one after another: each byte on
 * descriptor REQUESTS starts one, and its end ends all. MEMORY is a memfd with struct shared.
 *
 * operations task MEMORY SLOT: what execve(2) makes of a task.
 *
 * Each task waits at its gate, a pipe, for a command, and logs what the call returns. Nothing else
 * makes a system call, so that all that a tracer sees is in the program.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "simulation/operations.h"
#include "tracee.h"

#define STACK (64 * 1024)

static struct shared *shared;
static char memory_fd[16];
static _Alignas(64) char stacks[AGREE_TASKS][STACK];
static uint32_t first_slot; /* of the task on the stack that an execve makes */

static uint32_t own_slot(void)
{
	char here;
	size_t at = (size_t)(&here - &stacks[0][0]);
	return at < sizeof(stacks) ? (uint32_t)(at / STACK) : first_slot;
}

static void log_value(struct slot *slot, int64_t value)
{
	uint32_t at = atomic_fetch_add(&slot->logged, 1);
	if (at < AGREE_LOG)
		slot->log[at] = value;
}

/* The result as the kernel has it. Threads share errno here: those that fail at once fail alike. */
static long result_of(long result)
{
	return result < 0 ? -errno : result;
}

static void on_signal(int signal)
{
	struct slot *slot = &shared->slot[own_slot()];
	int error = errno;
	log_value(slot, LOG_HANDLER | signal);
	if (signal != SIGUSR2)
		log_value(slot, syscall(SYS_getppid) > 0 ? 1 : -1);
	errno = error;
}

static int run(void *argument);

static long make_task(const struct command *command, int flags)
{
	struct slot *child = &shared->slot[command->child];
	return clone(run, stacks[command->child] + STACK - 64, flags | CLONE_PARENT_SETTID,
		(void *)(uintptr_t)command->child, &child->tid);
}

static long wait_for_event(struct slot *slot, const struct command *command)
{
	char buf[3 * 4096] = {0};
	int64_t ns = command->timeout_ns;
	struct timespec time = {ns / 1000000000, ns % 1000000000};
	struct pollfd poll_fd = {.fd = slot->data[0], .events = POLLIN};
	struct epoll_event event;
	struct {
		unsigned short number;
		short operation, flags;
	} take = {(unsigned short)(slot - shared->slot), -1, 0};
	int ms = ns < 0 ? -1 : (int)(ns / 1000000);
	switch (command->operation) {
	case DO_READ:
		return syscall(SYS_read, slot->data[0], buf, 7);
	case DO_NANOSLEEP:
		return syscall(SYS_nanosleep, &time, NULL);
	case DO_POLL:
		return syscall(SYS_poll, &poll_fd, 1, ms);
	case DO_PAUSE:
		return syscall(SYS_pause);
	case DO_EPOLL:
		return syscall(SYS_epoll_wait, slot->epoll, &event, 1, ms);
	case DO_SEMTIMEDOP:
		return syscall(SYS_semtimedop, slot->semaphore, &take, 1, ns < 0 ? NULL : &time);
	case DO_ACCEPT:
		return syscall(SYS_accept, slot->socket, NULL, NULL);
	case DO_WRITE:
		return syscall(SYS_write, slot->room[1], buf, sizeof(buf));
	case DO_NOTIFIED:
		return syscall(SYS_openat, NOTIFIED_DIR, "", O_RDONLY);
	default: /* DO_WAIT */
		return syscall(SYS_wait4, -1, NULL, 0, NULL);
	}
}

static long perform(uint32_t number, const struct command *command)
{
	const int thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	                   CLONE_SYSVSEM;
	struct slot *slot = &shared->slot[number];
	char text[16];
	const char *const arguments[] = {"operations", "task", memory_fd, text, NULL};
	uint64_t set = UINT64_C(1) << (command->signal - 1);
	switch (command->operation) {
	case DO_GETPPID:
		return syscall(SYS_getppid);
	case DO_CLOSE:
		return syscall(SYS_close, -1);
	case DO_REFUSED:
		return syscall(SYS_openat, REFUSED_DIR, "", O_RDONLY);
	case DO_KILL:
		return command->flag ? syscall(SYS_tkill, command->child, command->signal)
		                     : syscall(SYS_kill, command->child, command->signal);
	case DO_SIGMASK:
		return syscall(SYS_rt_sigprocmask, command->flag ? SIG_BLOCK : SIG_UNBLOCK, &set,
			NULL, sizeof(set));
	case DO_CLONE:
		return make_task(command, thread);
	case DO_FORK:
		return make_task(command, SIGCHLD);
	case DO_VFORK:
		return make_task(command, CLONE_VM | CLONE_VFORK | SIGCHLD);
	case DO_UNTRACED:
		return make_task(command, thread | CLONE_UNTRACED);
	case DO_CLONE_PARENT:
		return make_task(command, CLONE_PARENT | SIGCHLD);
	case DO_CLONE_SIGNAL:
		return make_task(command, SIGUSR1);
	case DO_CLONE_SILENT:
		return make_task(command, 0);
	case DO_VFORK_THREAD:
		return make_task(command, thread | CLONE_VFORK);
	case DO_EXEC:
		snprintf(text, sizeof(text), "%u", number);
		return syscall(SYS_execve, "/proc/thread-self/exe", arguments, NULL);
	case DO_EXIT:
		return syscall(SYS_exit, 0);
	case DO_EXIT_GROUP:
		return syscall(SYS_exit_group, 0);
	default:
		return wait_for_event(slot, command);
	}
}

static int64_t logged(uint32_t operation, long result)
{
	if (result < 0)
		return result;
	switch (operation) {
	case DO_GETPPID:
		return 1;
	case DO_ACCEPT:
		return LOG_SOCKET;
	case DO_CLONE:
	case DO_FORK:
	case DO_VFORK:
	case DO_UNTRACED:
	case DO_CLONE_PARENT:
	case DO_CLONE_SIGNAL:
	case DO_CLONE_SILENT:
	case DO_VFORK_THREAD:
	case DO_WAIT:
		return LOG_TID | result;
	default:
		return result;
	}
}

static __attribute__((noreturn)) int run(void *argument)
{
	uint32_t number = (uint32_t)(uintptr_t)argument;
	struct slot *slot = &shared->slot[number];
	for (;;) {
		struct command command;
		long result = result_of(
			syscall(SYS_read, slot->gate[0], &command, sizeof(command)));
		if (result == 0)
			_exit(0);
		log_value(slot, result < 0 ? result : LOG_GATE);
		if (result < 0)
			continue;
		if (command.operation == DO_COMPUTE) {
			while (!slot->release)
				;
			continue;
		}
		result = result_of(perform(number, &command));
		log_value(slot, logged(command.operation, result));
	}
}

static void map_memory(const char *fd)
{
	snprintf(memory_fd, sizeof(memory_fd), "%s", fd);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0);
	if (shared == MAP_FAILED)
		tracee_fail("mmap");
}

/* The first task of a program. A process group of its own is not orphaned as long as we live. */
static int run_first(void *argument)
{
	setpgid(0, 0);
	for (int signal = 1; signal <= 64; signal++) {
		enum handling handling = shared->handling[signal];
		struct sigaction action = {.sa_handler = SIG_IGN};
		if (handling >= HANDLE)
			action.sa_handler = on_signal;
		if (handling == HANDLE_RESTART)
			action.sa_flags = SA_RESTART;
		if (handling == HANDLE_DEFAULT)
			action.sa_handler = SIG_DFL;
		/* Also the default: nohup(1) ignores SIGHUP, and spawn() SIGCHLD. */
		sigaction(signal, &action, NULL);
	}
	return run(argument);
}

static int install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NOTIFIED_DIR, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, REFUSED_DIR, 2, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBADF),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	int listener = (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return listener <= 0 ? -1 : fcntl(listener, F_DUPFD_CLOEXEC, 300);
}

static void spawn(int requests)
{
	pid_t program = 0;
	char byte;
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	signal(SIGCHLD, SIG_IGN); /* all are reaped at once */
	shared->listener = install_filter();
	while (read(requests, &byte, 1) == 1) {
		pid_t tid = clone(run_first, stacks[0] + STACK - 64, SIGCHLD | CLONE_PARENT_SETTID,
			NULL, &shared->slot[0].tid);
		if (tid < 0)
			tracee_fail("clone");
		program = tid;
	}
	if (program)
		kill(-program, SIGKILL);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	map_memory(argv[2]);
	if (strcmp(argv[1], "spawn") == 0) {
		spawn(atoi(argv[3]));
		return 0;
	}
	first_slot = (uint32_t)atoi(argv[3]);
	return run((void *)(uintptr_t)first_slot);
}
