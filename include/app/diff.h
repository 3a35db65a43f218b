/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --diff: compares reports in files. Nothing is traced. Main thread.
 */
#ifndef STOP_APP_DIFF_H
#define STOP_APP_DIFF_H

struct options;

/* Reads and compares what OPTIONS name, and writes the result. Returns the exit status. */
int diff_run(const struct options *options);

#endif
