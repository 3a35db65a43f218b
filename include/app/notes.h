/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IDs of the session's notes, struct event_note; those of engines are below.
 */
#ifndef STOP_APP_NOTES_H
#define STOP_APP_NOTES_H

#include "event/event.h"

enum note_id {
	NOTE_OWN_TERMINAL = NOTE_SESSION, /* targets that serve stop's own terminal */
	NOTE_STACKS_REFUSED,              /* stacks and names for which there was no memory */
	NOTE_STACKS_NONE,                 /* no thread could be started for them */
	NOTE_STACKS_UNOPENED,             /* files for which there were no descriptors */
	NOTE_STACKS_BEYOND,               /* names beyond the limit of memory */
	NOTE_STACKS_FAILED,               /* processes that have failed to read files */
	NOTE_RECORDING,                   /* the recording has ended: it cannot be written */
	NOTE_SUCCESSOR,                   /* the target is the successor of one that has ended */
	NOTE_STACKS_UNRECORDED,           /* a recording has no stacks */
	NOTE_SHIPPING,                    /* what is not shipped, and why */
};

#endif
