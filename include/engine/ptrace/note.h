/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes: messages to the user about what ptrace(2) could not do, or did to a target. The tracer
 * counts each; ptrace_note_text() formats it. Pure; any thread.
 */
#ifndef STOP_ENGINE_PTRACE_NOTE_H
#define STOP_ENGINE_PTRACE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum ptrace_note {
	NOTE_POSTPONED,  /* current number of threads in a call that must not be interrupted: traced
	                    later */
	NOTE_MAY_FAIL,   /* waiting calls that the attach interrupted and that were not repaired */
	NOTE_UNFOLLOWED, /* tasks created with CLONE_UNTRACED, which the kernel does not let us
	                  * follow
	                  */
	NOTE_UNPRIVILEGED, /* set-user-id programs that run without their privileges, because they
	                      are traced */
	NOTE_LEFT_OUT,     /* processes that were traced before and cannot be attached again */
	NOTE_WORKERS,      /* kernel workers of io_uring and vhost, which make no calls */
	NOTE_FOREIGN,      /* threads of targets that another process traces */
	NOTE_UNCOUNTED,    /* calls that were not counted, because memory was refused */
	NOTE_UNCOPIED,     /* stacks that were not copied for want of descriptors */
	NOTE_UNANSWERED,   /* processes whose memory did not answer in time */
	NOTE_TRACER_LOST,  /* the tracer was killed: everything continues untraced */
	PTRACE_NOTES,
};

/* Whether NOTE is transient, so that it need not be announced. */
bool ptrace_note_is_transient(enum ptrace_note note);

/* Writes the text of NOTE with COUNT to BUF of SIZE bytes; TRACER is for NOTE_FOREIGN. Returns BUF.
 */
char *ptrace_note_text(enum ptrace_note note, uint64_t count, pid_t tracer, char *buf, size_t size);

#endif
