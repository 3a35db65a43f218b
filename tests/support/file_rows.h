/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hand-made rows of files and peers for a fixture's report, one with a hostile name. */
#ifndef STOP_TESTS_SUPPORT_FILE_ROWS_H
#define STOP_TESTS_SUPPORT_FILE_ROWS_H

#include <errno.h>
#include <string.h>

#include "model/file_rows.h"
#include "support/fixture.h"

#define FILE_ROWS 4

/* Makes the report of FIXTURE have files: they are in ROWS. */
static inline void file_rows_make(struct fixture *fixture, struct file_row rows[FILE_ROWS])
{
	static const struct file_row made[FILE_ROWS] = {
		{
			.key = 1,
			.name = "/usr/lib/python3/dist-packages/very/long/path/of/a/module/none.py",
			.size = 65,
			.kind = KIND_FILE,
			.objects = 1,
			.calls = 5501,
			.errors = 5501,
			.error = {{ENOENT, 5500}, {EACCES, 1}},
			.total_ns = 3 * NS_PER_S,
			.work_share = 0.5,
			.timed = 5501,
			.p99_ns = NS_PER_MS,
			.max_ns = 2 * NS_PER_MS,
			.avg_ns = 500000,
			.last_name = "openat",
			.last_ns = FIXTURE_NOW_NS,
			.users = 1,
			.user = 1234,
			.user_comm = "python3",
		},
		{
			.key = 2,
			.name = "TCP:[10.0.0.1:5000->10.0.0.2:5432]",
			.size = 34,
			.kind = KIND_TCP,
			.objects = 1,
			.calls = 20,
			.in_progress = 1,
			.in = 1500000,
			.out = 2000,
			.in_rate = 150000,
			.bytes_avg = 75100,
			.total_ns = 2 * NS_PER_S,
			.work_share = 0.334,
			.users = 3,
			.user = 1234,
			.user_comm = "python3",
			.peer = 99,
			.peer_comm = "postgres",
		},
		{
			.key = 3,
			.name = "/tmp/\x1b[2J\n",
			.size = 10,
			.kind = KIND_FILE,
			.objects = 1,
			.calls = 10,
			.unsure = 1,
			.total_ns = NS_PER_S,
			.work_share = 0.166,
		},
		{
			.key = 4,
			.name = "[other]",
			.size = 7,
			.kind = KIND_OTHER,
			.objects = 1,
			.calls = 7,
			.total_ns = 100,
		},
	};
	memcpy(rows, made, sizeof(made));
	fixture->report.view.files = true;
	fixture->report.files = rows;
	fixture->report.file_count = FILE_ROWS;
	fixture->report.file_totals = (struct file_totals){
		.is_on = true,
		.since_ns = 100 * NS_PER_S,
		.calls = 5540,
		.lost_calls = 2,
		.objects = 24,
		.forgotten = 21,
		.unsure = 1,
	};
}

#endif
