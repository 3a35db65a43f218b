/*
 * What is known of a thread beside its calls: what the kernel tells in /proc, where somebody
 * looked. Plain values, kept by whoever looks; tables show them.
 */
#ifndef STOP_OUT_THREAD_NOTE_H
#define STOP_OUT_THREAD_NOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest text of what a thread waits for, with the final NUL. */
#define NOTE_TEXT_MAX 160

struct thread_note {
	pid_t tid;
	char state;                    /* of /proc/TID/stat: 'R', 'S', 'D', …; 0: unknown */
	double cpu_share;              /* of one processor, since the look before; < 0: unknown */
	pid_t owner;                   /* the thread that it waits for, or 0 */
	bool deadlocked;               /* that one waits for this one, at once or through others */
	char waits_for[NOTE_TEXT_MAX]; /* in words, not escaped; "": not known, or it does not */
};

#endif
