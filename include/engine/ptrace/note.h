/*
 * What the user has to know of what tracing by ptrace(2) could not do, or did to a target. Each is
 * counted by the tracer; ptrace_note_text() puts it into words. Pure; any thread.
 */
#ifndef STOP_ENGINE_PTRACE_NOTE_H
#define STOP_ENGINE_PTRACE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ptrace_note {
	NOTE_POSTPONED,  /* threads in a call that must not be interrupted: traced later (now) */
	NOTE_MAY_FAIL,   /* waiting calls that the attach interrupted, and that were not repaired */
	NOTE_UNFOLLOWED, /* tasks made with CLONE_UNTRACED: the kernel does not let us follow them
	                  */
	NOTE_UNPRIVILEGED, /* set-user-id programs that run without it, because they are traced */
	NOTE_LEFT_OUT,     /* processes that were traced before, and cannot be attached to again */
	NOTE_TRACER_LOST,  /* the tracer was killed: everything goes on, untraced */
	PTRACE_NOTES,
};

/* Whether NOTE is over by itself soon, so that it does not have to be announced. */
bool ptrace_note_is_passing(enum ptrace_note note);

/* Writes NOTE, met COUNT times, into BUF of SIZE bytes. Returns BUF. */
char *ptrace_note_text(enum ptrace_note note, uint64_t count, char *buf, size_t size);

#endif
