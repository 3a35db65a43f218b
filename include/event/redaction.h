/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is not to be recorded or shipped: the contents of buffers, and secrets in the arguments and
 * environments of programs.
 *
 *     session ──event──▶ redaction_sink ──the same, or a copy without secrets──▶ recorder, exporter
 *
 * A word is masked if it is NAME=VALUE (also --NAME=VALUE), or follows --NAME, and NAME contains
 * one of the words PASSWORD, PASSWD, PASSPHRASE, TOKEN, SECRET, CREDENTIAL, KEY or those that the
 * user adds, in any case; and the password of a URL (scheme://user:password@host) is. A word with
 * blanks, like those of `sh -c`, is a line of words. A value becomes REDACTION_MASK and NULs, so
 * that sizes stay and lengths are not told; names are kept.
 *
 * One thread.
 */
#ifndef STOP_EVENT_REDACTION_H
#define STOP_EVENT_REDACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "event/sink.h"

struct event;
struct redaction;

/* What is there instead of a secret; of shorter ones, as much as fits. */
#define REDACTION_MASK "***"

/*
 * MORE: the words that the user adds, separated by commas; NULL: none. WITH_DATA: contents of
 * buffers are kept. Freed with redaction_free(), which accepts NULL.
 */
struct redaction *redaction_new(const char *more, bool with_data);
void redaction_free(struct redaction *redaction);

/* Whether the SIZE bytes of NAME contain one of the words. */
bool redaction_is_secret(const struct redaction *redaction, const char *name, size_t size);

/*
 * Masks WORD of SIZE bytes, without its NUL, in place. *FOLLOWS: it follows an option like
 * --password; set to whether the next one follows such a one. Begin with false. Returns whether
 * anything was masked.
 */
bool redaction_mask_word(const struct redaction *redaction, char *word, size_t size, bool *follows);

/* The same for all words of WORDS, each with its NUL, together SIZE bytes. */
bool redaction_mask_words(const struct redaction *redaction, char *words, size_t size);

/* The same for the words of TEXT, separated by blanks; what is after a masked value moves up. */
void redaction_mask_line(const struct redaction *redaction, char *text);

/*
 * EVENT as it may be recorded: itself, or a copy, valid until the next call. Masked are details of
 * execve and execveat, and command lines, also that of a session; without WITH_DATA, of all other
 * details only that memory is kept which would be read with strings of no length (strace -s 0):
 * paths, addresses of sockets, structures. A detail of which memory is missing says so
 * (`is_masked`).
 */
const struct event *redaction_apply(struct redaction *redaction, const struct event *event);

/* A sink that passes what redaction_apply() returns to TARGET. Owned by REDACTION; one per. */
struct event_sink *redaction_sink(struct redaction *redaction, struct event_sink *target);

#endif
