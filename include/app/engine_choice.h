/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which engine a session uses: the user's, or the cheapest that can do what the options ask for;
 * and what is said if there is none. Main thread.
 */
#ifndef STOP_APP_ENGINE_CHOICE_H
#define STOP_APP_ENGINE_CHOICE_H

#include "app/session.h"

/*
 * Chooses the engine for the configuration of SESSION, unless the user has, and checks it: that
 * takes time, which is not to be in the first interval. Sets the class of the pump, the trial, and
 * the reason why it is not a cheaper one. Returns 0, or the exit status of stop with an ERROR.
 */
int engine_choice_make(struct session *session, char error[SESSION_ERROR_MAX]);

#endif
