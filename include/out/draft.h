/*
 * A file that `stop` names itself, being written: it appears under its name whole, or not at all.
 *
 *   draft_open() ──▶ write to draft.stream ──▶ draft_finish() ──▶ draft_publish() ─┐
 *                                                                  draft_discard() ◀┘
 *
 * The file has no name while it is written (O_TMPFILE), or a hidden one on file systems that need
 * one. It is made with mode 0600, and takes its name by linking: a file, symbolic link or anything
 * else that has the name already stays what it is. Any thread; one owner at a time.
 */
#ifndef STOP_OUT_DRAFT_H
#define STOP_OUT_DRAFT_H

#include <stdio.h>

/* Bytes of a hidden name, with the final NUL. */
#define DRAFT_HIDDEN_MAX 32

struct draft {
	int folder;                    /* where it appears; not owned */
	FILE *stream;                  /* to write to; owned; NULL: not open */
	char hidden[DRAFT_HIDDEN_MAX]; /* its name meanwhile; "": it has none */
};

/*
 * Makes DRAFT a new empty file in FOLDER, a descriptor of a directory that stays open. Returns 0,
 * or -errno, and then there is nothing to discard.
 */
int draft_open(struct draft *draft, int folder);

/*
 * Has all that was written taken by the file system. Returns 0, or -errno where any of it was not:
 * the caller discards the draft then.
 */
int draft_finish(struct draft *draft);

/*
 * Gives the draft its NAME in the folder. Returns 0; -EEXIST where something has that name, and
 * then another may be tried; or another -errno.
 */
int draft_publish(struct draft *draft, const char *name);

/*
 * Takes the published NAME away again: the draft may be published under another one, or discarded.
 * Not by unlinking, as a file without any name cannot get one again (vfs_link in the kernel).
 * Returns 0 or -errno.
 */
int draft_withdraw(struct draft *draft, const char *name);

/* Closes DRAFT, and removes what has not been published. Also for one that was never opened. */
void draft_discard(struct draft *draft);

#endif
