/*
 * The kernel's side of tracing: ptrace(2) and waitid(2), each request with its quirks in one place.
 *
 * A tracee can die at any moment, so every request on it can fail with ESRCH. That is not an error
 * but news that has not arrived yet: the functions return -ESRCH, and the death is reported by
 * waitid in its time. Tracer only: the kernel refuses everybody else.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_PT_H
#define STOP_ENGINE_PTRACE_WORLD_PT_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "arch/arch.h"
#include "engine/ptrace/state/tracee.h"

/*
 * Attaches to thread TID without stopping it; OPTIONS are PTRACE_O_*. 0 or -errno: -ESRCH, -EPERM
 * (refused), -EINTR where a guard was set and fired (see pt_guard()).
 */
int pt_seize(pid_t tid, unsigned long options);

/* Asks TID to stop: a STOP_TRAP follows. 0 or -ESRCH. */
int pt_interrupt(pid_t tid);

/* Lets TID go as STEP says; the result that it asks for has been written. 0 or -ESRCH. */
int pt_resume(pid_t tid, const struct step *step);

/*
 * Lets TID go, with SIGNAL if that is not 0, so that its calls are not reported any more. Unlike a
 * detach it leaves no trace: that wakes the task as a signal does, and a call that it is about to
 * wait in would fail with EINTR (ptrace_signal_wake_up() of the kernel). 0 or -ESRCH.
 */
int pt_continue(pid_t tid, int signal);

/* Lets TID go for ever, with SIGNAL if that is not 0. 0 or -ESRCH. */
int pt_detach(pid_t tid, int signal);

/* The message of the event at which TID is stopped: a tid. 0 or -ESRCH. */
int pt_message(pid_t tid, pid_t *message);

/*
 * What system call TID is stopped at. NEED_CALL: at an exit stop, read also which call it is. 0, or
 * -ESRCH, and *VIEW is left alone.
 */
int pt_syscall(pid_t tid, bool need_call, struct syscall_view *view);

/* Whether TID, at its first stop after the attach, is inside a call: SYSCALL_PENDING or
 * SYSCALL_NONE. */
int pt_pending_syscall(pid_t tid, struct syscall_view *view);

/* Makes RESULT (a value or -errno) what the call that TID is stopped in returns. 0 or -ESRCH. */
int pt_set_result(pid_t tid, int64_t result);

/* Reads the registers of TID, which is stopped. 0 or -ESRCH. */
int pt_registers(pid_t tid, struct arch_regs *regs);

/*
 * The next report of any tracee (TID 0) or of one, left unconsumed: it comes again until the tracee
 * is let go, and a tracer that dies meanwhile has lost nothing. WAIT: sleep until there is one.
 * Returns 1 with *INFO filled in, 0 where there is none (or a signal came), -ECHILD where there is
 * no tracee (for one TID: where it is not ours to wait for).
 */
int pt_wait(pid_t tid, bool wait, siginfo_t *info);

/*
 * Whether each stop of a tracee rings the bell: sends this process a SIGCHLD that says who it was.
 * It costs a little; pt_bell_setup() does what it takes, before the tracer has other threads.
 */
void pt_bell_setup(void);
void pt_bell(bool rings);

/*
 * Sleeps until the bell rings, TIMEOUT_NS at most (UINT64_MAX: for ever). Returns 0 with the tracee
 * in *TID, -EAGAIN at the end of the time, -EINTR where a kick came. A bell that has not been heard
 * yet swallows the next: who hears one has to look for others.
 */
int pt_bell_wait(uint64_t timeout_ns, pid_t *tid);

/* Consumes the report of TID that is pending, of an end or an exec. */
void pt_consume(pid_t tid);

/* Waits for the end of TID, a child of this thread that was killed, and buries it. */
void pt_reap(pid_t tid);

/* Signal that makes the tracer return from a wait, or from polling: see pt_kicked(). */
int pt_kick_signal(void);

/* Whether the signal has come since pt_unkick() was last called; that returns the same. */
bool pt_kicked(void);
bool pt_unkick(void);

/*
 * Whether the signal has come from elsewhere: the program that the tracer belongs to was killed.
 * Should a lock that it has taken along keep the tracer from leaving, SIGALRM ends it a while
 * later.
 */
bool pt_orphaned(void);

/*
 * The tracer's name, and the one that it has from then on, to tell who attaches next that it will
 * be gone soon. A `pkill -9 stop` is not to hit it: so they are not made of that word.
 */
#define PT_NAME        "syscall-tracer"
#define PT_ORPHAN_NAME "tracer-leaving"

/*
 * Installs the handler of pt_kick_signal(), and unblocks it for the calling thread. It is
 * process-wide: the one piece of global state here is what the handler needs to jump out of a
 * PTRACE_SEIZE that is dead-locked against an execve in the target.
 */
void pt_kick_setup(void);

#endif
