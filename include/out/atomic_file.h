/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file with a name chosen by `stop`: it appears complete, or not at all.
 *
 *   atomic_file_open() ─▶ write to file.stream ─▶ atomic_file_finish() ─▶ atomic_file_publish()
 *                                                                                  │
 *                                                atomic_file_discard() ◀───────────┘
 *
 * The file has no name while it is written (O_TMPFILE), or a hidden one on file systems without
 * support for that. It is created with mode 0600, and gets its name by linking: an existing file,
 * symbolic link or other object with that name is not replaced. Any thread; one owner at a time.
 */
#ifndef STOP_OUT_ATOMIC_FILE_H
#define STOP_OUT_ATOMIC_FILE_H

#include <stdio.h>

/* Size of a hidden name, including the final NUL. */
#define ATOMIC_FILE_HIDDEN_MAX 32

struct atomic_file {
	int directory;                       /* descriptor of the directory; not owned */
	FILE *stream;                        /* for writing; owned; NULL: not open */
	char hidden[ATOMIC_FILE_HIDDEN_MAX]; /* its temporary name; "": none */
};

/*
 * Creates FILE, empty, in DIRECTORY, a descriptor that must stay open. Returns 0, or -errno, and
 * then there is nothing to discard.
 */
int atomic_file_open(struct atomic_file *file, int directory);

/*
 * Flushes everything written to the file system. Returns 0, or -errno if any of it failed: then the
 * caller discards FILE.
 */
int atomic_file_finish(struct atomic_file *file);

/*
 * Gives FILE its NAME in the directory. Returns 0; -EEXIST if the name exists, and then another one
 * can be tried; or another -errno.
 */
int atomic_file_publish(struct atomic_file *file, const char *name);

/*
 * Removes the published NAME again: FILE can then be published under another one, or discarded. Not
 * by unlinking, because a file without a name cannot get one again (vfs_link() in the kernel).
 * Returns 0 or -errno.
 */
int atomic_file_withdraw(struct atomic_file *file, const char *name);

/* Closes FILE, and removes it if it was not published. Also valid if it was never opened. */
void atomic_file_discard(struct atomic_file *file);

#endif
