/*
 * A snapshot: what is known at one moment, in two files of one name, for people and for programs.
 *
 *   stop-NAME-PID-YYYYmmddTHHMMSS.txt     the tables
 *   stop-NAME-PID-YYYYmmddTHHMMSS.json    the same as "stop.snapshot/1"
 *
 * NAME is the target's, which chooses it: only letters, digits, ".", "_" and "-" of it get through.
 * Where one of the two exists already, both get "-1" (or "-2", …) before the dot. The files are
 * made as out/atomic_file.h says. A full disk or a folder that cannot be written is an error value.
 */
#ifndef STOP_OUT_SNAPSHOT_H
#define STOP_OUT_SNAPSHOT_H

#include <stdbool.h>
#include <stdio.h>

#include "out/report.h"

/* Longest file name of a snapshot, with the final NUL. */
#define SNAPSHOT_NAME_MAX 96

struct snapshot_names {
	char text[SNAPSHOT_NAME_MAX]; /* "….txt" */
	char json[SNAPSHOT_NAME_MAX]; /* "….json" */
};

/*
 * Writes REPORT into FOLDER ("." is the current one), the table in ASCII alone where ASCII. Returns
 * 0 with the names inside the folder in *NAMES, or -errno, and then neither file is there.
 */
int snapshot_write(
	const struct report *report, const char *folder, bool ascii, struct snapshot_names *names);

/*
 * Writes what WRITE says of ARGUMENT into a file of its own in FOLDER, named as a snapshot of
 * REPORT with ".stacks" at the end. Returns 0 with its name in NAME, or -errno.
 */
int snapshot_write_stacks(const struct report *report, const char *folder,
	void (*write)(const void *argument, FILE *stream), const void *argument,
	char name[SNAPSHOT_NAME_MAX]);

/*
 * Writes the file name without suffix into BUF: of NAME (untrusted), PID, the local time of
 * SECONDS, and TRY where that is not 0. Returns BUF.
 */
char *snapshot_stem(
	const char *name, pid_t pid, time_t seconds, unsigned int try, char buf[SNAPSHOT_NAME_MAX]);

#endif
