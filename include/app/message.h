/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line to the user on standard error. For the main thread.
 */
#ifndef STOP_APP_MESSAGE_H
#define STOP_APP_MESSAGE_H

/*
 * Writes "stop: ", what FORMAT makes and an end of line. A standard error that is a stopped
 * terminal, or that nobody reads, gets a fifth of a second: then the message is lost.
 */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
