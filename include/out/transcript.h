/*
 * What a program wrote to its terminal, as lines of text: the last ones are kept.
 *
 * Nothing is obeyed but what makes lines: newlines, tabs, backspaces, and a carriage return, which
 * starts the line anew. Escape sequences (colours, cursor movements, titles) are left out, other
 * control characters too. What is left may still be no UTF-8: it is to be escaped where it is
 * shown. One owner at a time.
 */
#ifndef STOP_OUT_TRANSCRIPT_H
#define STOP_OUT_TRANSCRIPT_H

#include <stddef.h>

/* Lines that are kept, and the longest of them in bytes: at most 1 MiB. */
#define TRANSCRIPT_LINES    2000
#define TRANSCRIPT_LINE_MAX 512

struct transcript;

/* An empty transcript. Freed with transcript_free(), which takes NULL. */
struct transcript *transcript_new(void);
void transcript_free(struct transcript *transcript);

/* Adds SIZE bytes; sequences may be cut between two calls. */
void transcript_feed(struct transcript *transcript, const char *bytes, size_t size);

/* How many lines are kept, the one that has not ended yet among them where it is not empty. */
size_t transcript_count(const struct transcript *transcript);

/* How many lines there were that are not kept any more. */
size_t transcript_dropped(const struct transcript *transcript);

/* Line AT (0 is the oldest that is kept), without its newline. Valid until the next feed. */
const char *transcript_line(const struct transcript *transcript, size_t at);

#endif
