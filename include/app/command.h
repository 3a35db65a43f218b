/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The started command: its standard streams, its output if it must not write to the screen, and its
 * end.
 *
 *     command_start()   creates a child that waits for a byte before its execve
 *     the engine        attaches, and writes the byte to command.spawn.go_fd
 *     command_begin()   waits until it has started, or reports why it cannot
 *
 * For the main thread. The zero value means no command: then only `pid` may be read, and
 * command_clear() called.
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
	pid_t pid;     /* 0: none */
	bool hidden;   /* its output goes to our pseudo-terminal, and its input is /dev/null by
	                  default */
	int output_fd; /* our end of that; -1: closed */
	struct transcript *transcript; /* its output; owned. NULL: not hidden */
	struct spawn spawn;            /* until it has started */
	struct output_drain drain;     /* while this process is stopped */
};

/*
 * Starts a child for ARGV. HIDDEN: its output goes to a pseudo-terminal and its input is /dev/null.
 * STDIN_PATH, if not NULL, is its input in any case; USER, if not NULL, whom it is run as. Returns
 * 0, or -errno with one line in ERROR, of SIZE bytes.
 */
int command_start(struct command *command, char *const *argv, bool hidden, const char *stdin_path,
	const char *user, char *error, size_t size);

/*
 * Waits until the command has been started by the engine. Returns 0, or a shell's exit status for a
 * command that cannot be started (126, 127), with one line in ERROR.
 */
int command_begin(struct command *command, const char *name, char *error, size_t size);

/* Cancels a command that has not started: it exits without having run. */
void command_cancel(struct command *command);

/* Frees what COMMAND owns. The command itself keeps running. */
void command_clear(struct command *command);

/* Reads the hidden command's output, so that it never has to wait for a reader. */
void command_read_output(struct command *command);

/* Makes another process read the hidden command's output while this one is stopped; and ends that.
 */
void command_suspend(struct command *command);
void command_resume(struct command *command);

/* Sends SIGNAL to the hidden command and its process group, as ^C in a terminal does. */
void command_signal(const struct command *command, int signal);

/*
 * Leaves a process running that reads the hidden command's output as long as it runs: this one is
 * about to exit. Returns 0 or -errno.
 */
int command_abandon(const struct command *command);

#endif
