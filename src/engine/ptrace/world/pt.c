/* ptrace and waitid requests; see engine/ptrace/world/pt.h. */
#include "config.h"

#include "engine/ptrace/world/pt.h"

#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

_Static_assert(ARCH_CALL_ARGS == CALL_MAX_ARGS, "registers and calls have the same arguments");

/* The raw system call: the C library's prototype wants its own enum, and sets errno on success. */
static int request(long what, pid_t tid, unsigned long address, unsigned long data)
{
	return syscall(SYS_ptrace, what, tid, address, data) < 0 ? -errno : 0;
}

static struct {
	volatile sig_atomic_t armed; /* a PTRACE_SEIZE is under way */
	sigjmp_buf jump;
} guard;

/* The signal has come; it is sent to the tracer, which alone reads this. */
static volatile sig_atomic_t kicked, orphaned;

/* Longer than leaving takes at most: see engine/ptrace/attach/leave.h. */
#define ORPHAN_S 2

static void on_kick(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	kicked = 1;
	/*
	 * A kick is by tgkill(2) or from a timer; the kernel tells of a death as if by kill(2), and
	 * of each of our parent's threads anew. The raw call, as a sanitizer's takes a lock.
	 */
	if (info->si_code == SI_USER && !orphaned) {
		orphaned = 1;
		alarm(ORPHAN_S);
		syscall(SYS_prctl, PR_SET_NAME, PT_ORPHAN_NAME);
	}
	if (guard.armed)
		siglongjmp(guard.jump, 1);
}

int pt_kick_signal(void)
{
	/* glibc keeps the first two real-time signals; the next few are favourites of others. */
	return SIGRTMIN + 6;
}

bool pt_kicked(void)
{
	return kicked;
}

bool pt_orphaned(void)
{
	return orphaned;
}

bool pt_unkick(void)
{
	bool was = kicked;
	kicked = 0;
	return was;
}

void pt_kick_setup(void)
{
	/*
	 * No SA_RESTART: a wait ends. SA_NODEFER: a jump out of the handler leaves the signal
	 * unblocked without sigsetjmp() having to save the mask.
	 */
	struct sigaction action = {
		.sa_sigaction = on_kick,
		.sa_flags = (int)(SA_NODEFER | SA_SIGINFO),
	};
	struct sigaction end = {.sa_handler = SIG_DFL};
	sigset_t set;
	orphaned = 0;
	sigaction(pt_kick_signal(), &action, NULL);
	sigaction(SIGALRM, &end, NULL);
	sigemptyset(&set);
	sigaddset(&set, pt_kick_signal());
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int pt_seize(pid_t tid, unsigned long options)
{
	/*
	 * The kernel takes the target's cred_guard_mutex, which an execve holds while it waits for
	 * its sibling threads to die; one that is our tracee and stopped never does. The wait is
	 * interruptible but restarts after a handler, so the handler has to jump.
	 */
	if (sigsetjmp(guard.jump, 0)) {
		guard.armed = 0;
		return -EINTR;
	}
	guard.armed = 1;
	int result = request(PTRACE_SEIZE, tid, 0, options);
	guard.armed = 0;
	return result;
}

int pt_interrupt(pid_t tid)
{
	return request(PTRACE_INTERRUPT, tid, 0, 0);
}

int pt_resume(pid_t tid, const struct step *step)
{
	switch (step->resume) {
	case RESUME_SYSCALL:
		return request(PTRACE_SYSCALL, tid, 0, (unsigned long)step->signal);
	case RESUME_LISTEN:
		return request(PTRACE_LISTEN, tid, 0, 0);
	case RESUME_NOT:
		break;
	}
	return 0;
}

int pt_continue(pid_t tid, int signal)
{
	return request(PTRACE_CONT, tid, 0, (unsigned long)signal);
}

int pt_detach(pid_t tid, int signal)
{
	return request(PTRACE_DETACH, tid, 0, (unsigned long)signal);
}

int pt_message(pid_t tid, pid_t *message)
{
	unsigned long value;
	int result = request(PTRACE_GETEVENTMSG, tid, 0, (unsigned long)&value);
	if (result == 0)
		*message = (pid_t)value;
	return result;
}

static int read_info(pid_t tid, struct __ptrace_syscall_info *info)
{
	/* The result is the size that the kernel has to give, never 0. */
	int size = (int)syscall(
		SYS_ptrace, (long)PTRACE_GET_SYSCALL_INFO, tid, sizeof(*info), (unsigned long)info);
	return size < 0 ? -errno : 0;
}

int pt_registers(pid_t tid, struct arch_regs *regs)
{
	struct iovec place = {regs->word, sizeof(regs->word)};
	int result = request(PTRACE_GETREGSET, tid, NT_PRSTATUS, (unsigned long)&place);
	if (result == 0)
		regs->size = place.iov_len;
	return result;
}

static int write_registers(pid_t tid, struct arch_regs *regs)
{
	struct iovec place = {regs->word, regs->size};
	return request(PTRACE_SETREGSET, tid, NT_PRSTATUS, (unsigned long)&place);
}

/* Reads the call that TID is in, and what its result stands at, from its registers. */
static int read_call(pid_t tid, const struct __ptrace_syscall_info *info, struct syscall_view *view)
{
	struct arch_regs regs;
	int result = pt_registers(tid, &regs);
	if (result < 0)
		return result;
	if (!arch_regs_in_call(&regs) ||
		!call_from_kernel(info->arch, arch_regs_call_number(&regs), &view->call))
		return 0;
	view->op = SYSCALL_PENDING;
	view->ip = info->instruction_pointer;
	view->sp = info->stack_pointer;
	arch_regs_call_args(&regs, view->args);
	view->result = arch_regs_result(&regs);
	view->is_error = view->result < 0 && view->result >= -4095;
	return 0;
}

static void entry_view(const struct __ptrace_syscall_info *info, struct syscall_view *view)
{
	if (!call_from_kernel(info->arch, info->entry.nr, &view->call))
		return;
	view->op = SYSCALL_ENTRY;
	for (size_t i = 0; i < CALL_MAX_ARGS; i++)
		view->args[i] = info->entry.args[i];
}

static int exit_view(pid_t tid, const struct __ptrace_syscall_info *info, bool need_call,
	struct syscall_view *view)
{
	if (need_call) {
		int result = read_call(tid, info, view);
		if (result < 0)
			return result;
	}
	view->op = SYSCALL_EXIT;
	view->result = info->exit.rval;
	view->is_error = info->exit.is_error;
	return 0;
}

int pt_syscall(pid_t tid, bool need_call, struct syscall_view *view)
{
	struct __ptrace_syscall_info info;
	int result = read_info(tid, &info);
	if (result < 0)
		return result;
	struct syscall_view seen = {
		.op = SYSCALL_NONE,
		.ip = info.instruction_pointer,
		.sp = info.stack_pointer,
	};
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		entry_view(&info, &seen);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		result = exit_view(tid, &info, need_call, &seen);
	if (result == 0)
		*view = seen;
	return result;
}

int pt_pending_syscall(pid_t tid, struct syscall_view *view)
{
	struct __ptrace_syscall_info info;
	struct syscall_view seen = {.op = SYSCALL_NONE};
	int result = read_info(tid, &info);
	if (result == 0)
		result = read_call(tid, &info, &seen);
	if (result == 0)
		*view = seen;
	return result;
}

int pt_set_result(pid_t tid, int64_t value)
{
	struct arch_regs regs;
	int result = pt_registers(tid, &regs);
	if (result < 0)
		return result;
	arch_regs_set_result(&regs, value);
	return write_registers(tid, &regs);
}

int pt_wait(pid_t tid, bool wait, siginfo_t *info)
{
	/*
	 * __WNOTHREAD: the tracees of this thread, not the children of the others. WNOWAIT: the
	 * report stays. The raw call, because the C library makes it a cancellation point.
	 */
	int options = WEXITED | WSTOPPED | __WALL | __WNOTHREAD | WNOWAIT | (wait ? 0 : WNOHANG);
	info->si_pid = 0;
	if (syscall(SYS_waitid, tid ? P_PID : P_ALL, tid, info, options, NULL) < 0)
		return errno == ECHILD ? -ECHILD : 0;
	return info->si_pid != 0;
}

void pt_reap(pid_t tid)
{
	siginfo_t info;
	while (syscall(SYS_waitid, P_PID, tid, &info, WEXITED | __WALL | __WNOTHREAD, NULL) < 0 &&
		errno == EINTR)
		;
}

void pt_bell(bool rings)
{
	/* Without the flag a SIGCHLD is queued at each stop; an end sends one in any case. */
	struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = rings ? 0 : SA_NOCLDSTOP};
	sigaction(SIGCHLD, &action, NULL);
}

static sigset_t bell_set(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return set;
}

void pt_bell_setup(void)
{
	/* A thread that does not block it would take it from the one that waits for it. */
	sigset_t set = bell_set();
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pt_bell(false);
}

int pt_bell_wait(uint64_t timeout_ns, pid_t *tid)
{
	sigset_t set = bell_set();
	siginfo_t info;
	struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};
	if (sigtimedwait(&set, &info, timeout_ns == UINT64_MAX ? NULL : &timeout) < 0)
		return -errno;
	*tid = info.si_pid;
	return 0;
}

void pt_consume(pid_t tid)
{
	siginfo_t info;
	syscall(SYS_waitid, P_PID, tid, &info, WEXITED | WSTOPPED | __WALL | __WNOTHREAD | WNOHANG,
		NULL);
}
