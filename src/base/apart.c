/* A process apart; see base/apart.h. */
#include "config.h"

#include "base/apart.h"

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
	struct apart *apart = argument;
	/* What a terminal or a shell sends to the job is not for it. */
	setpgid(0, 0);
	prctl(PR_SET_NAME, apart->name);
	/* Sent at the death of whichever of our threads is its parent by then. */
	prctl(PR_SET_PDEATHSIG, apart->death_signal);
	if (getppid() != apart->home)
		_exit(0);
	apart->run(apart->argument);
	_exit(0);
}

/* In the keeper: until the end nothing here may touch what is the thread's, errno for one. */
static void *keep(void *argument)
{
	struct apart *apart = argument;
	_Alignas(16) char stack[STACK_SIZE];
	/* No exit signal: its end is nobody's business but the keeper's. */
	pid_t pid = clone(begin, stack + STACK_SIZE, CLONE_VM | CLONE_FS | CLONE_FILES, apart);
	apart->pid = pid;
	apart->error = pid < 0 ? errno : 0;
	sem_post(&apart->begun);
	/* With all signals blocked none interrupts it; the raw call is no cancellation point. */
	if (pid > 0 && syscall(SYS_wait4, pid, NULL, __WALL, NULL) == pid && apart->after)
		apart->after(apart->argument);
	return NULL;
}

static int start_keeper(struct apart *apart)
{
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);
	if (error)
		return error;
	pthread_attr_setstacksize(&attributes, KEEPER_SIZE);
	error = pthread_create(&apart->keeper, &attributes, keep, apart);
	pthread_attr_destroy(&attributes);
	return error;
}

int apart_start(struct apart *apart)
{
	sigset_t all, before;
	apart->home = getpid();
	sem_init(&apart->begun, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = start_keeper(apart);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	apart->joined = error != 0;
	if (error)
		return -error;
	while (sem_wait(&apart->begun) < 0 && errno == EINTR)
		;
	if (apart->error) {
		pthread_join(apart->keeper, NULL);
		apart->joined = true;
	}
	return -apart->error;
}

bool apart_join(struct apart *apart, uint64_t timeout_ns)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)timeout_ns;
	if (until.tv_nsec >= (long)NS_PER_S) {
		until.tv_nsec -= (long)NS_PER_S;
		until.tv_sec++;
	}
	if (!apart->joined)
		apart->joined = pthread_clockjoin_np(
					apart->keeper, NULL, CLOCK_MONOTONIC, &until) == 0;
	return apart->joined;
}
