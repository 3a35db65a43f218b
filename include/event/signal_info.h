/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a siginfo says, as an event. Pure. */
#ifndef STOP_EVENT_SIGNAL_INFO_H
#define STOP_EVENT_SIGNAL_INFO_H

#include <signal.h>

struct event_signal;

/* Stores what INFO says in RECORD: its number, its code, and what that is about. */
void signal_info_copy(const siginfo_t *info, struct event_signal *record);

#endif
