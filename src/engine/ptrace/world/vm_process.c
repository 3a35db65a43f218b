/* A process vm_process; see base/vm_process.h. */
#include "config.h"

#include "engine/ptrace/world/vm_process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* The process has a part of the keeper's stack. */
#define STACK_SIZE  ((size_t)512 << 10)
#define KEEPER_SIZE (STACK_SIZE + ((size_t)256 << 10))

/* In the process. */
static int begin(void *argument)
{
	struct vm_process *vm_process = argument;
	/* What a terminal or a shell sends to the job is not for it. */
	setpgid(0, 0);
	prctl(PR_SET_NAME, vm_process->name);
	/* Sent at the death of whichever of our threads is its parent by then. */
	prctl(PR_SET_PDEATHSIG, vm_process->death_signal);
	if (getppid() != vm_process->home)
		_exit(0);
	vm_process->run(vm_process->argument);
	_exit(0);
}

/* In the keeper: until the end nothing here may touch what is the thread's, errno for one. */
static void *keep(void *argument)
{
	struct vm_process *vm_process = argument;
	_Alignas(16) char stack[STACK_SIZE];
	/* No exit signal: its end is nobody's business but the keeper's. */
	pid_t pid = clone(begin, stack + STACK_SIZE, CLONE_VM | CLONE_FS | CLONE_FILES, vm_process);
	vm_process->pid = pid;
	vm_process->error = pid < 0 ? errno : 0;
	sem_post(&vm_process->begun);
	/* With all signals blocked none interrupts it; the raw call is no cancellation point. */
	if (pid > 0 && syscall(SYS_wait4, pid, NULL, __WALL, NULL) == pid && vm_process->after)
		vm_process->after(vm_process->argument);
	return NULL;
}

static int start_keeper(struct vm_process *vm_process)
{
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);
	if (error)
		return error;
	pthread_attr_setstacksize(&attributes, KEEPER_SIZE);
	error = pthread_create(&vm_process->keeper, &attributes, keep, vm_process);
	pthread_attr_destroy(&attributes);
	return error;
}

int vm_process_start(struct vm_process *vm_process)
{
	sigset_t all, before;
	vm_process->home = getpid();
	sem_init(&vm_process->begun, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = start_keeper(vm_process);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	vm_process->joined = error != 0;
	if (error)
		return -error;
	while (sem_wait(&vm_process->begun) < 0 && errno == EINTR)
		;
	if (vm_process->error) {
		pthread_join(vm_process->keeper, NULL);
		vm_process->joined = true;
	}
	return -vm_process->error;
}

bool vm_process_join(struct vm_process *vm_process, uint64_t timeout_ns)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)timeout_ns;
	if (until.tv_nsec >= (long)NS_PER_S) {
		until.tv_nsec -= (long)NS_PER_S;
		until.tv_sec++;
	}
	if (!vm_process->joined)
		vm_process->joined = pthread_clockjoin_np(vm_process->keeper, NULL, CLOCK_MONOTONIC,
					     &until) == 0;
	return vm_process->joined;
}
