/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Idle waits; see model/idle.h. */
#include "config.h"

#include "model/idle.h"

#include <string.h>

#include "model/model.h"
#include "model/state.h"

static const struct {
	const char *name;
	enum idle_kind kind;
} kinds[] = {
	{"accept", IDLE_EVENT},
	{"accept4", IDLE_EVENT},
	{"clock_nanosleep", IDLE_EVENT},
	{"clock_nanosleep_time64", IDLE_EVENT},
	{"epoll_pwait", IDLE_EVENT},
	{"epoll_pwait2", IDLE_EVENT},
	{"epoll_wait", IDLE_EVENT},
	{"futex", IDLE_LOCK},
	{"futex_time64", IDLE_LOCK},
	{"futex_waitv", IDLE_LOCK},
	{"io_getevents", IDLE_EVENT},
	{"io_pgetevents", IDLE_EVENT},
	{"io_uring_enter", IDLE_EVENT},
	{"mq_timedreceive", IDLE_INPUT},
	{"msgrcv", IDLE_INPUT},
	{"nanosleep", IDLE_EVENT},
	{"pause", IDLE_EVENT},
	{"poll", IDLE_EVENT},
	{"ppoll", IDLE_EVENT},
	{"ppoll_time64", IDLE_EVENT},
	{"pselect6", IDLE_EVENT},
	{"pselect6_time64", IDLE_EVENT},
	{"read", IDLE_INPUT},
	{"readv", IDLE_INPUT},
	{"recv", IDLE_INPUT},
	{"recvfrom", IDLE_INPUT},
	{"recvmmsg", IDLE_INPUT},
	{"recvmsg", IDLE_INPUT},
	{"restart_syscall", IDLE_EVENT},
	{"rt_sigsuspend", IDLE_EVENT},
	{"rt_sigtimedwait", IDLE_EVENT},
	{"select", IDLE_EVENT},
	{"_newselect", IDLE_EVENT},
	{"semop", IDLE_LOCK},
	{"semtimedop", IDLE_LOCK},
	{"wait4", IDLE_CHILD},
	{"waitid", IDLE_CHILD},
	{"waitpid", IDLE_CHILD},
};

enum idle_kind idle_kind_of_call(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	for (size_t i = 0; desc && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, desc->name) == 0)
			return kinds[i].kind;
	}
	return IDLE_NEVER;
}

/* Whether THREAD waits idly at NOW_NS. */
static bool is_idle(const struct model *model, const struct thread *thread, uint64_t now_ns)
{
	const struct call_stats *in = thread->in;
	if (!in || in->idle_kind == IDLE_NEVER || thread->state != TASK_RUNNING)
		return false;
	uint64_t since_ns = thread->enter.event.time_ns;
	if (now_ns < since_ns + IDLE_NS || model_proc_state(thread) == 'D')
		return false;
	return !model_waits_for_lock(model, thread, now_ns) &&
	       !model_is_deadlocked(model, thread, now_ns);
}

/* Adds the time of THREAD since it was added last to its call. */
static void add(const struct model *model, struct thread *thread, uint64_t now_ns)
{
	uint64_t from_ns = thread->idle_until_ns ? thread->idle_until_ns
	                                         : thread->enter.event.time_ns;
	for (enum span span = 0; span < SPAN_COUNT; span++) {
		uint64_t begin_ns = begin_in(model, span, from_ns);
		thread->in->idle_ns[span] += now_ns > begin_ns ? now_ns - begin_ns : 0;
	}
	thread->idle_from_ns = from_ns;
	thread->idle_until_ns = now_ns;
}

void model_tick_idle(struct model *model, uint64_t now_ns)
{
	struct call_stats *stats;
	struct thread *thread;
	MAP_FOR_EACH (&model->calls, at, stats)
		stats->idle_now = 0;
	MAP_FOR_EACH (&model->threads, at, thread) {
		thread->is_idle = is_idle(model, thread, now_ns);
		if (!thread->is_idle)
			continue;
		add(model, thread, now_ns);
		thread->in->idle_now++;
	}
}
