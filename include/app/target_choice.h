/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes are to be traced: those given by number, those given by name, and those that the
 * user chooses from a list, before a session begins. Main thread only.
 *
 *     -p PID ────────────────────────────────────▶ pids
 *     -p NAME ──▶ one is called that ────────────▶ pids
 *            ├──▶ several: the screen asks ──▶ ui/chooser.h ──▶ pids
 *            │             -b and -c list them in an error message
 *            └──▶ none: an error, or with --wait the first that appears
 *     nothing, on a terminal ───────────────────▶ ui/chooser.h ──▶ pids
 */
#ifndef STOP_APP_TARGET_CHOICE_H
#define STOP_APP_TARGET_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "app/options.h"
#include "proc/processes.h"
#include "proc/tasks.h"
#include "ui/theme.h"

struct terminal;

/* Size of the longest name by which --again finds a process, including the final NUL. */
#define TARGET_NAME_MAX 256

struct target_choice {
	enum theme theme; /* of the list; set by the caller */
	const struct options *options;
	struct tid_list pids;       /* what was found; owned */
	struct terminal *terminal;  /* open if the user was asked; owned, NULL: it is not */
	bool is_asked;              /* some of the processes were chosen by the user */
	bool is_left;               /* the user has chosen none, and wants to leave */
	char name[TARGET_NAME_MAX]; /* by which the first one was found; "": by its number */
};

/*
 * Finds the processes that OPTIONS mean. CHOICE is zero at first but for the theme, and then freed
 * with target_choice_clear(). REFUSED, if it is not NULL, is why those of CHOICE cannot be traced,
 * of which the user has chosen some: the user is asked again, if there still are several. Returns
 * 0, or the exit status of stop after a message; of a signal, 128 and its number.
 */
int target_choice_make(
	struct target_choice *choice, const struct options *options, const char *refused);
void target_choice_clear(struct target_choice *choice);

/*
 * The process called NAME that started the others, if there are several: the one whose parent has
 * another name. 0: there is none, or there are several of these. Those in EXCEPT do not count.
 * COMMANDS is what is remembered from one call to the next.
 */
pid_t target_choice_service(
	struct proc_commands *commands, const char *name, const struct tid_list *except);

#endif
