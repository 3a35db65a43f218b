/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes lines to a file that may be slow, or never take them: a bounded buffer, and a thread that
 * empties it.
 *
 *     line_writer_put() ──▶ open chunk ──▶ full chunks ──▶ thread ──write(2)──▶ file
 *                            line_writer_flush() ▲  └── at most `limit` bytes
 *
 * All functions are for one thread; none of them waits, but for line_writer_close().
 */
#ifndef STOP_OUT_LINE_WRITER_H
#define STOP_OUT_LINE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_writer;

/* Maximum size of a line. */
#define LINE_WRITER_MAX ((128 << 10) + 64)

/*
 * Starts a writer to FD, which it owns from then on, with a buffer of LIMIT bytes, at least twice
 * LINE_WRITER_MAX. Returns 0 with the writer in *OUT, or -errno.
 */
int line_writer_new(int fd, size_t limit, struct line_writer **out);

/* Where lines go that are not for one file. An implementation embeds it as its first member. */
struct line_output {
	/* Writes SIZE bytes, some whole lines. Returns 0 or an errno. */
	int (*write)(struct line_output *output, const char *text, size_t size);
	/* Frees it. Returns 0 or an errno. */
	int (*close)(struct line_output *output);
};

/* The same for lines that go to OUTPUT, which the writer owns from then on. */
int line_writer_new_to(struct line_output *output, size_t limit, struct line_writer **out);

/* Puts the SIZE bytes of TEXT into the buffer: all, or none if there is no room. */
bool line_writer_put(struct line_writer *writer, const char *text, size_t size);

/* Whether there is room for at least SIZE bytes. */
bool line_writer_has_room(struct line_writer *writer, size_t size);

/* Has the thread write what is in the buffer. Call this from time to time. */
void line_writer_flush(struct line_writer *writer);

/* Whether everything is written, or can no longer be, as of now. */
bool line_writer_is_done(struct line_writer *writer);

/* The number of bytes that were written, to see progress. */
uint64_t line_writer_written(struct line_writer *writer);

/* The -errno that has ended writing, or 0. What is put afterwards is dropped. */
int line_writer_error(struct line_writer *writer);

/*
 * Writes what is in the buffer, and frees WRITER; NULL is allowed. What is not written until
 * UNTIL_NS is lost: the thread, which may be in a write that does not return, is left alone then,
 * and the program ends with _exit(2). Returns 0, or the -errno of writing and closing; -EAGAIN: not
 * everything was written.
 */
int line_writer_close(struct line_writer *writer, uint64_t until_ns);

#endif
