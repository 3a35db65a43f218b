/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completions of shells, made from the table of options: names of options, their values where there
 * is a list of them, files, directories, users and processes, and then the words of a command.
 */
#ifndef STOP_APP_COMPLETION_H
#define STOP_APP_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Name AT of the shells, or NULL: "bash". */
const char *completion_shell(size_t at);

/* Writes the completion for SHELL. Returns false, and writes nothing, for another shell. */
bool completion_write(FILE *stream, const char *shell);

#endif
