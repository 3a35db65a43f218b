/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of several threads, each into a file of its own: PATH.TID (-ff). A line comes with a head
 * that says whose it is. A bounded number of files is open at the same time.
 *
 * An output of a line writer, for its thread.
 */
#ifndef STOP_OUT_THREAD_FILES_H
#define STOP_OUT_THREAD_FILES_H

#include <stddef.h>
#include <sys/types.h>

#include "out/line_writer.h"

/* Before each line. */
struct thread_line {
	pid_t tid;
	unsigned int size; /* of the line */
};

/*
 * The files PATH.TID: emptied at the first line of a thread. PATH is not owned. Freed by its
 * close().
 */
struct line_output *thread_files_new(const char *path);

#endif
