/*
 * A file that `stop` names itself, being written: it appears under its name whole, or not at all.
 *
 *   atomic_file_open() ──▶ write to atomic_file.stream ──▶ atomic_file_finish() ──▶
 * atomic_file_publish() ─┐ atomic_file_discard() ◀┘
 *
 * The file has no name while it is written (O_TMPFILE), or a hidden one on file systems that need
 * one. It is made with mode 0600, and takes its name by linking: a file, symbolic link or anything
 * else that has the name already stays what it is. Any thread; one owner at a time.
 */
#ifndef STOP_OUT_ATOMIC_FILE_H
#define STOP_OUT_ATOMIC_FILE_H

#include <stdio.h>

/* Bytes of a hidden name, with the final NUL. */
#define ATOMIC_FILE_HIDDEN_MAX 32

struct atomic_file {
	int folder;                          /* where it appears; not owned */
	FILE *stream;                        /* to write to; owned; NULL: not open */
	char hidden[ATOMIC_FILE_HIDDEN_MAX]; /* its name meanwhile; "": it has none */
};

/*
 * Makes DRAFT a new empty file in FOLDER, a descriptor of a directory that stays open. Returns 0,
 * or -errno, and then there is nothing to discard.
 */
int atomic_file_open(struct atomic_file *atomic_file, int folder);

/*
 * Has all that was written taken by the file system. Returns 0, or -errno where any of it was not:
 * the caller discards the atomic_file then.
 */
int atomic_file_finish(struct atomic_file *atomic_file);

/*
 * Gives the atomic_file its NAME in the folder. Returns 0; -EEXIST where something has that name,
 * and then another may be tried; or another -errno.
 */
int atomic_file_publish(struct atomic_file *atomic_file, const char *name);

/*
 * Takes the published NAME away again: the atomic_file may be published under another one, or
 * discarded. Not by unlinking, as a file without any name cannot get one again (vfs_link in the
 * kernel). Returns 0 or -errno.
 */
int atomic_file_withdraw(struct atomic_file *atomic_file, const char *name);

/* Closes DRAFT, and removes what has not been published. Also for one that was never opened. */
void atomic_file_discard(struct atomic_file *atomic_file);

#endif
