/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot: the state at one point in time, in two files with one name, for people and for
 * programs.
 *
 *   stop-NAME-PID-YYYYmmddTHHMMSS.txt     the tables
 *   stop-NAME-PID-YYYYmmddTHHMMSS.json    the same as "stop.snapshot/1"
 *
 * NAME is controlled by the target: only letters, digits, ".", "_" and "-" are used. If one of the
 * two files exists, both get "-1" (or "-2", …) before the dot. They are written as in
 * out/atomic_file.h. A full disk or an unwritable directory is returned as an error.
 */
#ifndef STOP_OUT_SNAPSHOT_H
#define STOP_OUT_SNAPSHOT_H

#include <stdbool.h>
#include <stdio.h>

#include "out/report.h"

/* Size of the longest file name of a snapshot, including the final NUL. */
#define SNAPSHOT_NAME_MAX 96

struct snapshot_names {
	char text[SNAPSHOT_NAME_MAX]; /* "….txt" */
	char json[SNAPSHOT_NAME_MAX]; /* "….json" */
};

/*
 * Writes REPORT to DIRECTORY ("." is the current one), the table only in ASCII if ASCII. Returns 0
 * with the file names in *NAMES, or -errno, and then neither file exists.
 */
int snapshot_write(const struct report *report, const char *directory, bool ascii,
	struct snapshot_names *names);

/*
 * Calls WRITE with ARGUMENT to write a file in DIRECTORY, named like a snapshot of REPORT but
 * ending in SUFFIX (".stacks"). Returns 0 with its name in NAME, or -errno.
 */
int snapshot_write_file(const struct report *report, const char *directory, const char *suffix,
	void (*write)(const void *argument, FILE *stream), const void *argument,
	char name[SNAPSHOT_NAME_MAX]);

/*
 * Writes the file name without suffix to BUF: from NAME (untrusted), PID, the local time of
 * SECONDS, and TRY if not 0. Returns BUF.
 */
char *snapshot_stem(
	const char *name, pid_t pid, time_t seconds, unsigned int try, char buf[SNAPSHOT_NAME_MAX]);

#endif
