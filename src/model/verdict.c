/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What matters most; see model/verdict.h. */
#include "config.h"

#include "model/verdict.h"

#include <string.h>

/* Calls that wait until data are written. */
static const char *const syncs[] = {
	"fdatasync", "fsync", "msync", "sync", "sync_file_range", "sync_file_range2", "syncfs"};

/* A thread that spends this part of its time waiting for a disk waits for it. */
#define DISK_PART 4

static bool has_name(struct call call, const char *name)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && strcmp(desc->name, name) == 0;
}

static bool is_sync(struct call call)
{
	for (size_t i = 0; i < sizeof(syncs) / sizeof(*syncs); i++) {
		if (has_name(call, syncs[i]))
			return true;
	}
	return false;
}

/* Whether ROW's thread has been in its call for NS or longer. */
static bool has_waited(const struct thread_row *row, uint64_t now_ns, uint64_t ns)
{
	return row->state == THREAD_IN_CALL && thread_row_age_ns(row, now_ns) >= ns;
}

static uint64_t interval_ns(const struct thread_row *row)
{
	uint64_t sum_ns = 0;
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		sum_ns += row->time.last_ns[id];
	return sum_ns;
}

double verdict_busy_share(const struct thread_row *row)
{
	const uint64_t *ns = row->time.last_ns;
	uint64_t sum_ns = interval_ns(row);
	uint64_t busy_ns = ns[TIME_USER] + ns[TIME_KERNEL] + ns[TIME_RUNNABLE] + ns[TIME_TRACED];
	return sum_ns ? (double)busy_ns / (double)sum_ns : 0;
}

static bool is_deadlocked(const struct thread_row *row, uint64_t now_ns)
{
	(void)now_ns;
	return row->deadlocked;
}

static bool waits_for_holder(const struct thread_row *row, uint64_t now_ns)
{
	return row->is_held && has_waited(row, now_ns, VERDICT_WAIT_NS);
}

static bool waits_for_disk(const struct thread_row *row, uint64_t now_ns)
{
	const struct call_time *top = &row->top[0];
	uint64_t asleep_ns = row->time.last_ns[TIME_FILE] + row->time.last_ns[TIME_DESC];
	if (row->proc_state == 'D' && asleep_ns && asleep_ns >= interval_ns(row) / DISK_PART)
		return true;
	if (row->state == THREAD_IN_CALL && (row->proc_state == 'D' || is_sync(row->call)) &&
		has_waited(row, now_ns, VERDICT_DISK_NS))
		return true;
	return top->ns && is_sync(top->call) && top->ns >= interval_ns(row) / DISK_PART;
}

static bool connects(const struct thread_row *row, uint64_t now_ns)
{
	return has_waited(row, now_ns, VERDICT_WAIT_NS) && has_name(row->call, "connect");
}

static bool cannot_run(const struct thread_row *row, uint64_t now_ns)
{
	(void)now_ns;
	return row->state == THREAD_STOPPED || row->state == THREAD_FROZEN;
}

static bool is_busy(const struct thread_row *row, uint64_t now_ns)
{
	(void)now_ns;
	return verdict_busy_share(row) >= VERDICT_BUSY_SHARE;
}

static bool waits(const struct thread_row *row, uint64_t now_ns)
{
	return !row->is_idle && has_waited(row, now_ns, VERDICT_WAIT_NS);
}

static bool is_idle(const struct thread_row *row, uint64_t now_ns)
{
	(void)now_ns;
	return row->is_idle;
}

/* Which of two rows for which a rule holds is named. */
static bool is_older(const struct thread_row *a, const struct thread_row *b, uint64_t now_ns)
{
	return thread_row_age_ns(a, now_ns) > thread_row_age_ns(b, now_ns);
}

static bool is_newer(const struct thread_row *a, const struct thread_row *b, uint64_t now_ns)
{
	return is_older(b, a, now_ns);
}

static bool is_busier(const struct thread_row *a, const struct thread_row *b, uint64_t now_ns)
{
	(void)now_ns;
	return verdict_busy_share(a) > verdict_busy_share(b);
}

/* Of a disk's waiter, the one in whose time it is most. */
static bool waits_more(const struct thread_row *a, const struct thread_row *b, uint64_t now_ns)
{
	if (a->top[0].ns != b->top[0].ns)
		return a->top[0].ns > b->top[0].ns;
	return is_older(a, b, now_ns);
}

static const struct {
	bool (*holds)(const struct thread_row *row, uint64_t now_ns);
	bool (*is_before)(const struct thread_row *a, const struct thread_row *b, uint64_t now_ns);
	bool of_all;  /* only if it holds for all living threads */
	bool is_last; /* only if nothing before it was found */
} rules[VERDICT_KINDS] = {
	[VERDICT_DEADLOCK] = {is_deadlocked, is_older},
	[VERDICT_HELD] = {waits_for_holder, is_older},
	[VERDICT_DISK] = {waits_for_disk, waits_more},
	[VERDICT_CONNECT] = {connects, is_older},
	[VERDICT_STOPPED] = {cannot_run, is_older, .of_all = true},
	[VERDICT_BUSY] = {is_busy, is_busier},
	[VERDICT_WAIT] = {waits, is_older, .is_last = true},
	[VERDICT_IDLE] = {is_idle, is_newer, .is_last = true},
};

static bool is_alive(const struct thread_row *row)
{
	return row->state != THREAD_ENDED && row->state != THREAD_EXITING &&
	       row->state != THREAD_WORKER;
}

/* Applies rule KIND. Returns whether it holds. */
static bool apply(enum verdict_kind kind, const struct thread_row *rows, size_t count,
	uint64_t now_ns, struct verdict *verdict)
{
	size_t alive = 0;
	*verdict = (struct verdict){.kind = kind};
	for (size_t i = 0; i < count; i++) {
		const struct thread_row *row = &rows[i];
		alive += is_alive(row);
		if (!is_alive(row) || !rules[kind].holds(row, now_ns))
			continue;
		verdict->threads++;
		if (!verdict->row || rules[kind].is_before(row, verdict->row, now_ns))
			verdict->row = row;
	}
	if (kind == VERDICT_BUSY && verdict->row)
		verdict->share = verdict_busy_share(verdict->row);
	return verdict->row && !(rules[kind].of_all && verdict->threads < alive);
}

size_t verdict_find(const struct thread_row *rows, size_t count, uint64_t now_ns,
	struct verdict verdicts[VERDICT_MAX])
{
	size_t found = 0;
	for (enum verdict_kind kind = 0; kind < VERDICT_KINDS && found < VERDICT_MAX; kind++) {
		if (rules[kind].is_last && found)
			continue;
		/* Who waits for each other waits for holders. */
		if (kind == VERDICT_HELD && found)
			continue;
		found += apply(kind, rows, count, now_ns, &verdicts[found]);
	}
	return found;
}
