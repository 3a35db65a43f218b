/*
 * The command line of another process. The kernel takes the lock of the process's memory map to
 * read it, and where a thread of it holds that and waits for a page that does not come, only death
 * ends the wait: so it is a thread of ours that reads.
 */
#ifndef STOP_PROC_CMDLINE_H
#define STOP_PROC_CMDLINE_H

#include <stddef.h>
#include <sys/types.h>

/* Of a longer one only so much is read. */
#define CMDLINE_MAX 256

/*
 * Reads the command line of PID into TEXT, of SIZE bytes, with blanks for the NULs between its
 * words. It becomes "" where there is none, or none within a fifth of a second: then the thread is
 * left behind. Any thread.
 */
void cmdline_read(pid_t pid, char *text, size_t size);

#endif
