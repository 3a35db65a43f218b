/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait reasons of calls that wait for threads, processes and signals; see decode/wait_rules.h. */
#include "config.h"

#include <inttypes.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>

#include "decode/wait_rules.h"
#include "proc/descriptors.h"
#include "proc/namespace.h"
#include "proc/tasks.h"

/* The value of a glibc mutex (and low-level lock) that has waiters. */
#define LOCKED_WAITED   2

/* As many threads of a process are asked for their children. */
#define PARENTS_MAX     64

/* A child is listed only if there is that much room. */
#define CHILD_ROOM      32

/* As many futexes are listed; the kernel's limit is 128. */
#define FUTEXES_MAX     8

/* Kernel ABI that older headers lack: <linux/wait.h>, <linux/futex.h>. */
#define ID_PIDFD        3
#define NO_OTHER_THREAD UINT64_C(0x20000000) /* __WNOTHREAD */

/* The beginning of a glibc mutex on every Linux ABI: its struct __pthread_mutex_s. */
struct mutex {
	int32_t lock, count, owner;
};

/* The kernel's struct futex_waitv. */
struct waited_futex {
	uint64_t value, address;
	uint32_t flags, reserved;
};

/* Futexes. */

/* Appends "BEFORE 1235 (worker)" for another thread of the same process. False if it is none. */
static bool add_owner(struct wait_query *query, const char *before, pid_t owner)
{
	wait_add(query, "%s ", before);
	if (wait_add_thread(query, owner))
		return true;
	query->wait->text[0] = '\0';
	return false;
}

static bool add_holder(struct wait_query *query, pid_t owner)
{
	query->wait->is_held = add_owner(query, "mutex held by", owner);
	return query->wait->is_held;
}

/* Waiting for a thread to exit (pthread_join), or for a mutex held by another thread. */
static bool add_plain(struct wait_query *query, uint64_t address, pid_t expected)
{
	struct mutex mutex;
	if (!wait_read(query, address, &mutex, sizeof(mutex)))
		return false;
	if (expected == LOCKED_WAITED && mutex.lock == LOCKED_WAITED &&
		add_holder(query, mutex.owner))
		return true;
	return mutex.lock == expected && add_owner(query, "exit of", expected);
}

/* The futex word of a priority-inheriting lock contains its owner (futex(2)). */
static bool add_pi(struct wait_query *query, uint64_t address)
{
	uint32_t word;
	if (!wait_read(query, address, &word, sizeof(word)) || !(word & FUTEX_TID_MASK))
		return false;
	pid_t owner = (pid_t)(word & FUTEX_TID_MASK);
	if (add_holder(query, owner))
		return true;
	/* It may be of another process. */
	if (!proc_is_in_our_namespace(query->place->tid, "pid"))
		return false;
	query->wait->is_held = true;
	wait_add(query, "mutex held by ");
	wait_add_task(query, owner);
	return true;
}

static void add_address(struct wait_query *query, uint64_t address)
{
	wait_add(query, "futex 0x%" PRIx64, address);
}

static bool add_futex(struct wait_query *query, enum time_layout layout)
{
	const uint64_t *args = query->place->args;
	bool is_known = false;
	switch (args[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		is_known = add_plain(query, args[0], (pid_t)args[2]);
		break;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		is_known = add_pi(query, args[0]);
		break;
	}
	if (!is_known)
		add_address(query, args[0]);
	/* Those of the others are points in time. */
	if ((args[1] & FUTEX_CMD_MASK) == FUTEX_WAIT)
		wait_add_timeout(query, args[3], layout);
	return true;
}

bool wait_futex(struct wait_query *query)
{
	return add_futex(query, TIME_NATIVE);
}

bool wait_futex_time64(struct wait_query *query)
{
	return add_futex(query, TIME_64);
}

/* futex_wait(uaddr, val, mask, …), of Linux 6.7. */
bool wait_futex2(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	if (!add_plain(query, args[0], (pid_t)args[1]))
		add_address(query, args[0]);
	return true;
}

bool wait_futexes(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	struct waited_futex futexes[FUTEXES_MAX];
	size_t count = (size_t)args[1], listed = count < FUTEXES_MAX ? count : FUTEXES_MAX;
	query->wait->lasts = true;
	if (listed == 0 || !wait_read(query, args[0], futexes, listed * sizeof(*futexes)))
		return false;
	if (count > 1)
		wait_add(query, "any of %zu: ", count);
	for (size_t i = 0; i < listed; i++) {
		wait_add(query, "%s", i ? ", " : "");
		add_address(query, futexes[i].address);
	}
	if (listed < count)
		wait_add(query, ", …");
	return true;
}

/* Children. */

/* Adds the children that the thread can wait for to LIST. */
static void list_children(const struct wait_query *query, bool only_own, struct tid_list *list)
{
	const struct wait_place *place = query->place;
	struct tid_list threads = {0};
	proc_children_of(place->pid, place->tid, list);
	if (!only_own && proc_threads(place->pid, &threads, NULL) >= 0 &&
		threads.count <= PARENTS_MAX) {
		for (size_t i = 0; i < threads.count; i++) {
			if (threads.tid[i] != place->tid)
				proc_children_of(place->pid, threads.tid[i], list);
		}
	}
	tid_list_clear(&threads);
}

/* Appends "any child", and which ones there are. */
static bool add_any_child(struct wait_query *query, uint64_t options)
{
	struct tid_list children = {0};
	list_children(query, options & NO_OTHER_THREAD, &children);
	wait_add(query, "any child%s", children.count ? ": " : "");
	size_t shown = 0;
	for (; shown < children.count && wait_text_room(query) >= CHILD_ROOM; shown++) {
		wait_add(query, "%s", shown ? ", " : "");
		wait_add_task(query, children.tid[shown]);
	}
	if (shown < children.count)
		wait_add(query, ", …");
	/* None of several is what it waits for. */
	if (children.count > 1)
		query->wait->owner = 0;
	tid_list_clear(&children);
	return true;
}

static bool add_child(struct wait_query *query, pid_t child)
{
	wait_add(query, "child ");
	if (!wait_add_child(query, child))
		wait_add(query, "%d of its PID namespace", (int)child);
	return true;
}

/* Appends "any child of process group 1234"; 0: of the thread's own. */
static bool add_group(struct wait_query *query, pid_t group)
{
	if (group)
		wait_add(query, "any child of process group %d", (int)group);
	else
		wait_add(query, "any child of its process group");
	return true;
}

bool wait_child(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	pid_t child = (pid_t)args[0];
	if (child > 0)
		return add_child(query, child);
	return child == -1 ? add_any_child(query, args[2]) : add_group(query, -child);
}

/* Appends the child that descriptor FD refers to. */
static bool add_pidfd(struct wait_query *query, int fd)
{
	struct proc_fdinfo info;
	if (proc_fdinfo(query->place->tid, fd, &info) < 0 || info.pid <= 0)
		return false;
	wait_add(query, "child ");
	wait_add_task(query, info.pid);
	return true;
}

bool wait_id(struct wait_query *query)
{
	const uint64_t *args = query->place->args;
	pid_t id = (pid_t)args[1];
	switch (args[0]) {
	case P_PID:
		return add_child(query, id);
	case P_PGID:
		return add_group(query, id);
	case ID_PIDFD:
		return add_pidfd(query, (int)args[1]);
	default:
		return add_any_child(query, args[3]);
	}
}

/* The parent of a vfork waits for its newest child. */
bool wait_vfork(struct wait_query *query)
{
	struct tid_list children = {0};
	proc_children_of(query->place->pid, query->place->tid, &children);
	pid_t child = children.count ? children.tid[children.count - 1] : 0;
	tid_list_clear(&children);
	if (!child)
		return false;
	wait_add(query, "the exec or exit of ");
	wait_add_task(query, child);
	return true;
}

bool wait_clone(struct wait_query *query)
{
	return query->place->args[0] & CLONE_VFORK && wait_vfork(query);
}

bool wait_clone3(struct wait_query *query)
{
	uint64_t flags; /* the first of struct clone_args */
	return wait_read(query, query->place->args[0], &flags, sizeof(flags)) &&
	       flags & CLONE_VFORK && wait_vfork(query);
}

/* process_vm_readv(2) and process_vm_writev(2). */
bool wait_memory_of(struct wait_query *query)
{
	if (!proc_is_in_our_namespace(query->place->tid, "pid"))
		return false;
	wait_add(query, "the memory of ");
	wait_add_task(query, (pid_t)query->place->args[0]);
	return true;
}

/* Signals. */

bool wait_signal(struct wait_query *query)
{
	query->wait->lasts = true;
	wait_add(query, "a signal");
	return true;
}

bool wait_suspend(struct wait_query *query)
{
	uint64_t blocked;
	query->wait->lasts = true;
	if (!wait_read(query, query->place->args[0], &blocked, sizeof(blocked)))
		return wait_signal(query);
	wait_add_signals(query, ~blocked);
	return true;
}

/* The old call of 32-bit programs: the first 32 signals. */
bool wait_suspend_old(struct wait_query *query)
{
	query->wait->lasts = true;
	wait_add_signals(query, ~(uint64_t)(uint32_t)query->place->args[2]);
	return true;
}

static bool add_signals(struct wait_query *query, enum time_layout layout)
{
	uint64_t set;
	query->wait->lasts = true;
	if (!wait_read(query, query->place->args[0], &set, sizeof(set)))
		return wait_signal(query);
	wait_add_signals(query, set);
	wait_add_timeout(query, query->place->args[2], layout);
	return true;
}

bool wait_signals(struct wait_query *query)
{
	return add_signals(query, TIME_NATIVE);
}

bool wait_signals_time64(struct wait_query *query)
{
	return add_signals(query, TIME_64);
}
