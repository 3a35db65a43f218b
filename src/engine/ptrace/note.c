/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of the ptrace engine's notes; see engine/ptrace/note.h. */
#include "config.h"

#include "engine/ptrace/note.h"

#include <stdio.h>
#include <string.h>

/* The texts for one, and for several; %d stands for another tracer. */
static const struct {
	const char *one, *many;
	bool transient;
} notes[PTRACE_NOTES] = {
	[NOTE_POSTPONED] =
		{"thread waits in a call that must not be interrupted: traced once it ends",
			"threads wait in calls that must not be interrupted: traced once these end",
			true},
	[NOTE_MAY_FAIL] = {"waiting call may have failed with EINTR (--no-repair)",
		"waiting calls may have failed with EINTR (--no-repair)", false},
	[NOTE_UNFOLLOWED] = {"task was created with CLONE_UNTRACED and cannot be followed",
		"tasks were created with CLONE_UNTRACED and cannot be followed", false},
	[NOTE_UNPRIVILEGED] =
		{"set-user-id or set-group-id program runs without its privileges, because it is traced",
			"set-user-id or set-group-id programs run without their privileges, because they are traced",
			false},
	[NOTE_LEFT_OUT] = {"process could not be attached to again",
		"processes could not be attached to again", false},
	[NOTE_WORKERS] = {"kernel worker (io_uring, vhost) is not traced: it makes no system calls",
		"kernel workers (io_uring, vhost) are not traced: they make no system calls",
		false},
	[NOTE_FOREIGN] = {"thread is traced by another process (%d): its calls are not seen",
		"threads are traced by other processes (%d): their calls are not seen", false},
	[NOTE_UNCOUNTED] = {"call was not counted, because memory was refused",
		"calls were not counted, because memory was refused", false},
	[NOTE_UNCOPIED] = {"stack was not copied: too many open files (ulimit -n)",
		"stacks were not copied: too many open files (ulimit -n)", false},
	[NOTE_UNANSWERED] =
		{"process did not answer when its memory was asked for: stacks are missed until it does",
			"processes did not answer when their memory was asked for: stacks are missed until they do",
			false},
	[NOTE_TRACER_LOST] = {"tracer was killed: the target continues untraced",
		"tracers were killed: the target continues untraced", false},
};

bool ptrace_note_is_transient(enum ptrace_note note)
{
	return notes[note].transient;
}

char *ptrace_note_text(enum ptrace_note note, uint64_t count, pid_t tracer, char *buf, size_t size)
{
	static const char number[] = "%d";
	const char *text = count == 1 ? notes[note].one : notes[note].many;
	const char *at = strstr(text, number);
	int used = snprintf(buf, size, "%llu %.*s", (unsigned long long)count,
		at ? (int)(at - text) : (int)strlen(text), text);
	if (at && used > 0 && (size_t)used < size)
		snprintf(buf + used, size - (size_t)used, "%d%s", (int)tracer, at + strlen(number));
	return buf;
}
