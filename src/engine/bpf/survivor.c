/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Survival of our death; see engine/bpf/survivor.h. */
#include "config.h"

#include "engine/bpf/survivor.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "base/vm_process.h"

#define NAME         "stop-survivor"

/* How long it may take to finish. */
#define FINISH_S     30

/* How long we wait for its end; in steps, because vm_process_join() takes less than a second. */
#define JOIN_STEP_NS (100 * NS_PER_MS)
#define JOIN_STEPS   20

struct survivor {
	struct vm_process process;
	void (*finish)(void *context);
	void *context;
	int kept[SURVIVOR_KEPT];
	size_t kept_count;
};

/* In its process: waits until ours has died, of which PIDFD is a descriptor. */
static void await_death(int pidfd)
{
	struct pollfd fd = {.fd = pidfd, .events = POLLIN};
	while (poll(&fd, 1, -1) < 0 && errno == EINTR)
		;
}

static void run(void *argument)
{
	struct survivor *survivor = argument;
	struct vm_process *process = &survivor->process;
	int pidfd = -1;
	/* Without descriptors of its own, it would keep the programs in the kernel. */
	if (vm_process_separate_descriptors(survivor->kept, survivor->kept_count) == 0)
		pidfd = (int)syscall(SYS_pidfd_open, process->parent, 0);
	vm_process_set_ready(process);
	if (pidfd < 0)
		return;
	await_death(pidfd);
	vm_process_limit_time(FINISH_S);
	survivor->finish(survivor->context);
}

/* In the reaper thread: it may not have come as far as that. */
static void after_run(void *argument)
{
	struct survivor *survivor = argument;
	vm_process_set_ready(&survivor->process);
}

struct survivor *survivor_start(
	void (*finish)(void *context), void *context, const int *kept, size_t count)
{
	struct survivor *survivor = xcalloc(1, sizeof(*survivor));
	assert(count <= SURVIVOR_KEPT);
	survivor->finish = finish;
	survivor->context = context;
	survivor->kept_count = count;
	memcpy(survivor->kept, kept, count * sizeof(*kept));
	survivor->process = (struct vm_process){
		.run = run,
		.after = after_run,
		.argument = survivor,
		.name = NAME,
	};
	if (vm_process_start(&survivor->process, 0) < 0) {
		vm_process_clear(&survivor->process);
		xfree(survivor);
		return NULL;
	}
	vm_process_await_ready(&survivor->process);
	return survivor;
}

void survivor_end(struct survivor *survivor)
{
	/* One that has not died, because it gets no processor, still uses its memory. */
	static struct survivor *dying;
	if (!survivor)
		return;
	struct vm_process *process = &survivor->process;
	kill(process->pid, SIGKILL);
	for (int i = 0; i < JOIN_STEPS; i++) {
		if (!vm_process_join(process, JOIN_STEP_NS))
			continue;
		vm_process_clear(process);
		xfree(survivor);
		return;
	}
	dying = survivor;
	(void)dying;
}
