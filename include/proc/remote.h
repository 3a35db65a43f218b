/*
 * Files on file systems that somebody else serves, a program or another machine: to open one may
 * take for ever where the server does not answer, and no signal ends the wait of whoever has asked.
 * So somebody else is sent ahead. Any thread.
 */
#ifndef STOP_PROC_REMOTE_H
#define STOP_PROC_REMOTE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether TEXT, what /proc/PID/mountinfo says, lists the device MAJOR:MINOR as of such a file
 * system. Pure.
 */
bool remote_lists(const char *text, unsigned int major, unsigned int minor);

/* Whether the device MAJOR:MINOR, as process PID has it mounted, is of such a file system. */
bool remote_has(pid_t pid, unsigned int major, unsigned int minor);

/*
 * Whether PATH can be opened and its beginning be read, or else fails, within a second. A process
 * tries that, which is left behind where it does not come back.
 */
bool remote_answers(const char *path);

#endif
