/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that wait; see stack/name_wait.h. */
#include "config.h"

#include "stack/name_wait.h"

#include <unistd.h>

#include "base/clock.h"
#include "stack/debuginfod.h"
#include "stack/intern.h"
#include "stack/perfmap_file.h"

/*
 * A program may write the name of generated code after calling it: number of attempts, whatever
 * happens. After that, it is tried again when the program is active, or somebody waits.
 */
#define TRIES        5
#define TRY_EVERY_NS NS_PER_S

/* How long names wait for the debug file of their module, and if somebody waits for them. */
#define AWAIT_NS     (20 * NS_PER_S)
#define HURRY_NS     (2 * NS_PER_S)

void name_wait_init(struct name_wait *wait)
{
	*wait = (struct name_wait){0};
	job_list_init(&wait->later);
	job_list_init(&wait->awaiting);
}

void name_wait_clear(struct name_wait *wait)
{
	job_list_clear(&wait->later);
	job_list_clear(&wait->awaiting);
}

/* Perf maps. */

/* Whether JOB can find more than the last time. */
static bool is_worth_it(struct job *job)
{
	return perfmap_file_state(intern_perfmap(job->source), true).changes != job->seen.changes;
}

/* Whether some of what found nothing has not had its first attempts. */
static bool has_young(const struct name_wait *wait)
{
	for (const struct job *job = wait->later.first; job; job = job->next) {
		if (job->tries < TRIES)
			return true;
	}
	return false;
}

/* Counts an attempt of each. */
static void count_tries(const struct name_wait *wait)
{
	for (struct job *job = wait->later.first; job; job = job->next)
		job->tries++;
}

void name_wait_retry(struct name_wait *wait, bool hurry, bool has_changed, struct job_list *again,
	struct job_list *ended)
{
	uint64_t now_ns = clock_now_ns();
	struct job_list later = wait->later;
	struct job *job;
	if (!wait->retry_ns && has_young(wait))
		wait->retry_ns = now_ns + TRY_EVERY_NS;
	bool is_time = wait->retry_ns && now_ns >= wait->retry_ns;
	if (!later.first || (!is_time && !hurry && !has_changed))
		return;
	if (is_time) {
		count_tries(wait);
		wait->retry_ns = 0;
	}
	job_list_init(&wait->later);
	while ((job = job_list_take(&later)))
		job_list_add(is_worth_it(job) ? again : hurry ? ended : &wait->later, job);
}

/* Servers. */

bool name_wait_ask(struct name_wait *wait, struct debuginfod *debuginfod,
	struct module_source *source, const char *build_id)
{
	if (!debuginfod)
		return false;
	if (source->debug != DEBUG_UNASKED)
		return source->debug == DEBUG_ASKED;
	if (!debuginfod_ask(debuginfod, source->module.id, build_id))
		return false;
	source->debug = DEBUG_ASKED;
	wait->await_ns = clock_now_ns() + AWAIT_NS;
	return true;
}

/* The debug file of MODULE is what is open as FD, which is taken, or there is none. 0: of all. */
static void end_awaiting(struct name_wait *wait, uint32_t module, int fd, struct job_list *again)
{
	struct job_list awaiting = wait->awaiting;
	struct job *job;
	job_list_init(&wait->awaiting);
	while ((job = job_list_take(&awaiting))) {
		struct module_source *source = job->source;
		bool is_it = !module || source->module.id == module;
		job_list_add(is_it ? again : &wait->awaiting, job);
		if (!is_it || source->debug == DEBUG_ANSWERED)
			continue;
		source->debug = DEBUG_ANSWERED;
		source->debug_fd = fd;
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
}

void name_wait_check_servers(
	struct name_wait *wait, struct debuginfod *debuginfod, bool hurry, struct job_list *again)
{
	uint32_t module;
	int fd;
	if (!debuginfod)
		return;
	while (debuginfod_take(debuginfod, &module, &fd))
		end_awaiting(wait, module ? module : UINT32_MAX, fd, again);
	if (!wait->awaiting.first)
		return;
	uint64_t now_ns = clock_now_ns();
	if (hurry && wait->await_ns > now_ns + HURRY_NS)
		wait->await_ns = now_ns + HURRY_NS;
	if (now_ns >= wait->await_ns || debuginfod->fd < 0)
		end_awaiting(wait, 0, -1, again);
}

/* Both. */

uint64_t name_wait_end_ns(const struct name_wait *wait)
{
	uint64_t end_ns = wait->later.first ? wait->retry_ns : 0;
	if (wait->awaiting.first && (!end_ns || wait->await_ns < end_ns))
		end_ns = wait->await_ns;
	return end_ns;
}

bool name_wait_has_jobs(const struct name_wait *wait)
{
	return wait->later.first || wait->awaiting.first;
}
