/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets the user choose processes from a list on the terminal: ui/chooser.h with the processes of
 * the machine. Only for app/target_choice.h. Main thread only.
 */
#ifndef STOP_APP_CHOOSE_H
#define STOP_APP_CHOOSE_H

#include <stdbool.h>

#include "app/target_choice.h"

/*
 * Lists the processes called NAME (NULL: all), with the message REFUSED (NULL: none), and adds
 * those that the user chooses to CHOICE, or sets its `is_left`. Opens the terminal and leaves it
 * open. Returns 0, or an exit status after a message, or of a signal.
 */
int choose_from(struct target_choice *choice, const char *name, const char *refused);

/* Whether SIGNAL asks the program to end. */
bool choose_is_end(int signal);

#endif
