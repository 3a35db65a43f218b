/*
 * The command that stop starts: its standard streams, what it writes where it must not write over
 * the screen, and its end.
 *
 *     command_start()   a child that waits for a byte before its execve
 *     the engine        attaches, and writes the byte to command.spawn.go_fd
 *     command_begin()   waits until it has begun, or says why it cannot
 *
 * For the main thread. The zero value is no command: of that only `pid` is to be read, and
 * command_clear() is allowed.
 */
#ifndef STOP_APP_COMMAND_H
#define STOP_APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "app/output_drain.h"
#include "app/spawn.h"
#include "out/transcript.h"

struct command {
	pid_t pid;     /* 0: there is none */
	bool hidden;   /* it writes to a pseudo-terminal of ours, and reads nothing by default */
	int output_fd; /* our end of that; -1: nothing comes any more */
	struct transcript *transcript; /* what it has written there; owned. NULL: not hidden */
	struct spawn spawn;            /* until it has begun */
	struct output_drain drain;     /* while this process is stopped */
};

/*
 * Starts a child that becomes ARGV. HIDDEN: its output goes to a pseudo-terminal and its input is
 * /dev/null. STDIN_PATH, where not NULL, is its input in any case. 0, or -errno with one line in
 * ERROR, of SIZE bytes.
 */
int command_start(struct command *command, char *const *argv, bool hidden, const char *stdin_path,
	char *error, size_t size);

/*
 * Waits until the command has begun, with the engine at work. 0, or the exit status that a shell
 * has for one that cannot (126, 127), with one line in ERROR.
 */
int command_begin(struct command *command, const char *name, char *error, size_t size);

/* Gives up a command that has not begun: it ends without having run. */
void command_cancel(struct command *command);

/* Frees what COMMAND holds. The command itself goes on. */
void command_clear(struct command *command);

/* Takes what the hidden command has written, so that it never has to wait for a reader. */
void command_read_output(struct command *command);

/* Has another process read what the hidden command writes, while this one is stopped; and ends it.
 */
void command_suspend(struct command *command);
void command_resume(struct command *command);

/* Sends SIGNAL to the hidden command and to what it has started, as a terminal's ^C does. */
void command_signal(const struct command *command, int signal);

/*
 * Leaves behind a process that reads what the hidden command writes, for as long as it runs: this
 * one is about to end.
 */
void command_abandon(const struct command *command);

#endif
