/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel workers and rings; see app/workers.h. */
#include "config.h"

#include "app/workers.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "proc/descriptors.h"
#include "proc/stat.h"
#include "proc/tasks.h"

/* How often to search the descriptors of a process; but at most 1/RINGS_FACTOR of the time is spent
 * on that. */
#define RINGS_NS     (5 * NS_PER_S)
#define RINGS_FACTOR 100

/* Time limit of one call: thousands of descriptors take several. */
#define PART_NS      (2 * NS_PER_MS)

/* Maximum number of untraced threads to check: if only one thread of a process is traced, there may
 * be thousands. */
#define UNKNOWN_MAX  256

/* A process of the targets. */
struct process {
	pid_t pid;
	unsigned int threads; /* their number when they were last listed; 0: never */
	struct tid_list workers;
	struct proc_ring_scan scan;
	bool is_scanning;
	uint64_t scan_ns; /* when the next look at the descriptors begins */
	uint64_t took_ns; /* how long this one has taken so far */
	uint32_t rings;   /* reported last */
	bool is_alive;
};

struct workers {
	const struct model *model;
	struct event_sink *sink;
	struct map processes; /* struct process by PID; owned */
	size_t next;          /* where workers_find() goes on */
};

static void free_process(struct process *process)
{
	proc_ring_scan_clear(&process->scan);
	tid_list_clear(&process->workers);
	free(process);
}

struct workers *workers_new(const struct model *model, struct event_sink *sink)
{
	struct workers *workers = xcalloc(1, sizeof(*workers));
	workers->model = model;
	workers->sink = sink;
	return workers;
}

void workers_free(struct workers *workers)
{
	if (!workers)
		return;
	struct process *process;
	MAP_FOR_EACH (&workers->processes, at, process)
		free_process(process);
	map_clear(&workers->processes);
	free(workers);
}

/* Workers. */

static void send_gone(struct workers *workers, pid_t tid)
{
	const struct event_gone gone = {
		.event = {EVENT_GONE, tid, clock_now_ns()}, .exit_code = -1};
	event_send(workers->sink, &gone.event);
}

static void send_worker(struct workers *workers, const struct process *process, pid_t tid)
{
	struct event_worker found = {
		.event = {EVENT_WORKER, tid, clock_now_ns()}, .tgid = process->pid};
	proc_comm(tid, found.comm);
	event_send(workers->sink, &found.event);
}

/* Whether the model has TID as a worker; *IS_TASK: as a traced task. */
static bool is_known_worker(const struct workers *workers, pid_t tid, bool *is_task)
{
	struct thread_row row;
	bool is_known = model_thread(workers->model, tid, 0, &row);
	*is_task = is_known && row.state != THREAD_WORKER;
	return is_known && row.state == THREAD_WORKER;
}

/* Reports that the workers of PROCESS that are not in its list of THREADS any more have ended. */
static void drop_workers(
	struct workers *workers, const struct process *process, const struct tid_list *now)
{
	bool is_task;
	for (size_t i = 0; i < process->workers.count; i++) {
		pid_t tid = process->workers.tid[i];
		bool is_there = false;
		for (size_t n = 0; n < now->count && !is_there; n++)
			is_there = now->tid[n] == tid;
		if (!is_there && is_known_worker(workers, tid, &is_task))
			send_gone(workers, tid);
	}
}

/* Lists the workers of PROCESS. */
static void list_workers(struct workers *workers, struct process *process)
{
	struct tid_list threads = {0}, now = {0};
	bool is_task;
	proc_threads(process->pid, &threads, NULL);
	size_t unknown = 0;
	for (size_t i = 0; i < threads.count; i++) {
		pid_t tid = threads.tid[i];
		bool is_known = is_known_worker(workers, tid, &is_task);
		unknown += !is_known && !is_task;
		if (is_task || unknown > UNKNOWN_MAX || !proc_is_worker(process->pid, tid))
			continue;
		tid_list_add(&now, tid);
		if (!is_known)
			send_worker(workers, process, tid);
	}
	drop_workers(workers, process, &now);
	tid_list_clear(&process->workers);
	tid_list_clear(&threads);
	process->workers = now;
}

/* Rings. */

static void send_rings(struct workers *workers, struct process *process, uint32_t rings)
{
	const struct event_process found = {
		.event = {EVENT_PROCESS, process->pid, clock_now_ns()}, .rings = rings};
	if (rings == process->rings)
		return;
	process->rings = rings;
	event_send(workers->sink, &found.event);
}

/* Looks through a part of the descriptors of PROCESS, if that is due. */
static void look_for_rings(struct workers *workers, struct process *process, uint64_t part_ns)
{
	uint64_t begin_ns = clock_now_ns();
	if (!process->is_scanning && begin_ns < process->scan_ns)
		return;
	uint64_t until_ns = part_ns == UINT64_MAX ? UINT64_MAX : begin_ns + part_ns;
	int result = proc_count_rings(process->pid, &process->scan, until_ns);
	uint64_t now_ns = clock_now_ns();
	process->took_ns += now_ns - begin_ns;
	process->is_scanning = result == 0;
	if (process->is_scanning)
		return;
	if (result > 0)
		send_rings(workers, process, process->scan.count);
	/* One may have ended and another one begun. */
	if (process->workers.count)
		process->threads = 0;
	uint64_t pause_ns = process->took_ns * RINGS_FACTOR;
	process->scan_ns = now_ns + (pause_ns > RINGS_NS ? pause_ns : RINGS_NS);
	process->took_ns = 0;
}

/* Processes. */

static struct process *process_of(struct workers *workers, pid_t pid)
{
	struct process *process = map_get(&workers->processes, (uint64_t)pid);
	if (process)
		return process;
	process = xcalloc(1, sizeof(*process));
	process->pid = pid;
	map_put(&workers->processes, (uint64_t)pid, process);
	return process;
}

static void look_at(struct workers *workers, struct process *process, uint64_t part_ns)
{
	struct proc_stat stat;
	if (proc_stat(process->pid, process->pid, &stat) < 0)
		return;
	if (stat.threads != process->threads) {
		process->threads = stat.threads;
		list_workers(workers, process);
	}
	look_for_rings(workers, process, part_ns);
}

/* A process that has ended, or NULL. */
static struct process *ended(const struct workers *workers)
{
	struct process *process;
	MAP_FOR_EACH (&workers->processes, at, process) {
		if (!process->is_alive)
			return process;
	}
	return NULL;
}

/* Forgets the processes that are not among the COUNT ROWS. */
static void forget_ended(struct workers *workers, const struct process_row *rows, size_t count)
{
	struct process *process;
	MAP_FOR_EACH (&workers->processes, at, process)
		process->is_alive = false;
	for (size_t i = 0; i < count; i++) {
		process = map_get(&workers->processes, (uint64_t)rows[i].pid);
		if (process)
			process->is_alive = true;
	}
	const struct tid_list none = {0};
	while ((process = ended(workers))) {
		drop_workers(workers, process, &none);
		send_rings(workers, process, 0);
		map_remove(&workers->processes, (uint64_t)process->pid);
		free_process(process);
	}
}

void workers_find(struct workers *workers, uint64_t limit_ns)
{
	struct process_row *rows;
	size_t count = model_processes(workers->model, 0, &rows);
	uint64_t begin_ns = clock_now_ns();
	forget_ended(workers, rows, count);
	for (size_t i = 0; i < count; i++) {
		size_t at = workers->next++ % count;
		look_at(workers, process_of(workers, rows[at].pid),
			limit_ns == UINT64_MAX ? UINT64_MAX : PART_NS);
		if (clock_now_ns() - begin_ns > limit_ns)
			break;
	}
	free(rows);
}
