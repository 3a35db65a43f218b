/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What pages are made of (out/page.h), for src/out/page*.c only: text that is escaped for HTML,
 * tables that the page's script sorts and filters, histograms, the frame around all.
 *
 * A table is page_begin_table(), its caption, page_begin_titles(), page_put_title() for each
 * column, page_begin_rows(), rows, and page_end_table().
 */
#ifndef STOP_OUT_PAGE_PARTS_H
#define STOP_OUT_PAGE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/hist.h"
#include "out/cell.h"
#include "out/page.h"

struct report;

/* The greatest part of PAGE_SIZE_MAX for each table: of several, none pushes out the others. */
#define PAGE_TABLE_MAX (PAGE_SIZE_MAX / 6)

/* Text of one cell; more is cut. */
#define PAGE_TEXT_MAX  1024

struct page {
	FILE *stream;
	size_t size;                 /* written so far */
	const struct report *report; /* NULL: it is not about one */
	struct cell_format format;
	bool is_live; /* it is served, and goes on */
};

/* Writes HTML. */
void page_put(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes TEXT, which is escaped for terminals, as text of HTML. */
void page_put_text(struct page *page, const char *text);

/* The same of SIZE bytes that are not escaped. */
void page_put_raw(struct page *page, const char *text, size_t size);

/* A cell with TEXT, as page_put_text(); RIGHT: a number. */
void page_put_cell(struct page *page, bool right, const char *text);

/* WHAT: of what the filter of the table is, "calls". */
void page_begin_table(struct page *page, const char *id, const char *title, const char *what);
void page_begin_titles(struct page *page);
void page_put_title(struct page *page, bool right, const char *text);
void page_begin_rows(struct page *page);

/* Ends a table of COUNT rows, of which SHOWN are in it. */
void page_end_table(struct page *page, size_t shown, size_t count);

/*
 * COUNT cells with histograms (HIST; NULL: empty) on one scale: latencies by
 * powers of two, as bars with a text for those who do not see them.
 */
void page_put_histograms(struct page *page, const struct hist *const hist[], size_t count);

/* The page up to its body, and the end of it. */
void page_put_head(struct page *page, const char *title);
void page_put_end(struct page *page);

#endif
