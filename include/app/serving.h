/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live page (--serve) and metrics (--metrics) over HTTP, by one listener. It has a thread of
 * its own (out/listener.h), which asks for what it serves; the session renders that in its main
 * thread, a few times a second at most. For the main thread.
 */
#ifndef STOP_APP_SERVING_H
#define STOP_APP_SERVING_H

#include <stdbool.h>

struct options;
struct serving;
struct session;

/*
 * Starts to listen if OPTIONS, which must outlive it, ask for that, and says where, unless there is
 * a screen that does. Until there is a session, clients wait. Returns 0 with *OUT, NULL if it is
 * not asked for, or the exit status after a message.
 */
int serving_open(const struct options *options, struct serving **out);

/*
 * Where it is: "http://127.0.0.1:9464/metrics", or that of the page, with its token. Valid as long
 * as SERVING. NULL: nowhere.
 */
const char *serving_url(const struct serving *serving);

/* Becomes readable when there is something to render; -1: never. */
int serving_fd(const struct serving *serving);

/* Renders what is asked for, of SESSION. */
void serving_run(struct serving *serving, struct session *session);

/* SESSION is over: those who look at the live page get the last state of it. */
void serving_finish(struct serving *serving, struct session *session);

/* Ends all connections, for which it waits a little, and frees SERVING; NULL is allowed. */
void serving_close(struct serving *serving);

/* Whether a thread was left running, so that the process must end with _exit(2). */
bool serving_is_abandoned(void);

#endif
