/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The baseline; see app/baseline.h. */
#include "config.h"

#include "app/baseline.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/session.h"
#include "base/alloc.h"
#include "out/comparison.h"
#include "out/comparison_text.h"
#include "out/profile.h"
#include "out/report.h"
#include "ui/terminal.h"

struct baseline {
	struct profile *profile; /* owned */
	char time[16];           /* of the day */
	char *text;              /* of the last comparison; owned */
};

/* A profile of all that SESSION has counted up to *TIME. */
static struct profile *profile_at(struct session *session, struct timespec *time)
{
	const struct report_view all = {.stacks = true, .files = session_follows_files(session)};
	struct report *report = session_report(session, &all);
	/* Without any, it is not known whether some were looked for. */
	report->view.stacks = report->stack_count > 0;
	struct profile *profile = profile_of_report(report);
	*time = report->facts.time;
	report_free(report);
	return profile;
}

struct profile *baseline_profile(struct session *session)
{
	struct timespec time;
	return profile_at(session, &time);
}

/* PROFILE, as a side of the comparison, is called "WHEN TIME". */
static void name_side(struct profile *profile, const char *when, const char *time)
{
	free(profile->target);
	profile->target = NULL;
	if (asprintf(&profile->target, "%s %s", when, time) < 0)
		profile->target = xstrdup(when);
	profile->is_whole = false; /* in any case it is a part of one */
}

struct baseline *baseline_new(struct session *session)
{
	struct baseline *baseline = xcalloc(1, sizeof(*baseline));
	struct timespec now;
	struct tm local;
	baseline->profile = profile_at(session, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(baseline->time, sizeof(baseline->time), "%H:%M:%S", &local);
	name_side(baseline->profile, "until", baseline->time);
	return baseline;
}

void baseline_free(struct baseline *baseline)
{
	if (!baseline)
		return;
	profile_free(baseline->profile);
	free(baseline->text);
	free(baseline);
}

/* The comparison of what was before BASELINE with SINCE, as text; the caller frees it. */
static char *compare(const struct baseline *baseline, const struct profile *since, int columns)
{
	const struct comparison_input a = {.profile = {baseline->profile}, .count = 1};
	const struct comparison_input b = {.profile = {since}, .count = 1};
	const struct comparison_how how = {
		.is_one_run = true, .columns = columns, .ascii = terminal_is_ascii()};
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (!stream)
		return xstrdup("");
	struct comparison *comparison = comparison_new(&a, &b, PROFILE_TIME);
	comparison_write(stream, comparison, &how);
	comparison_free(comparison);
	fclose(stream);
	return text;
}

const char *baseline_compare(struct baseline *baseline, struct session *session, int columns)
{
	struct profile *since = baseline_profile(session);
	struct profile *before = baseline->profile;
	bool is_later = since->counted_ns >= before->counted_ns &&
	                since->total[PROFILE_COUNT] >= before->total[PROFILE_COUNT];
	free(baseline->text);
	baseline->text = NULL;
	if (is_later) {
		profile_revise(before, since);
		profile_subtract(since, before);
		name_side(since, "since", baseline->time);
		baseline->text = compare(baseline, since, columns);
	}
	profile_free(since);
	return baseline->text;
}
