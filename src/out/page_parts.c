/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pages are made of; see out/page_parts.h. */
#include "config.h"

#include "out/page_parts.h"

#include <stdarg.h>
#include <string.h>

#include "base/sha256.h"
#include "base/text.h"
#include "base/units.h"
#include "out/page.h"

#define OCTAVES    64

/* The size of a histogram. */
#define BAR_WIDTH  5
#define BAR_HEIGHT 24

void page_put(struct page *page, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int size = vfprintf(page->stream, format, args);
	va_end(args);
	page->size += size > 0 ? (size_t)size : 0;
}

void page_put_text(struct page *page, const char *text)
{
	while (*text) {
		size_t plain = strcspn(text, "&<>\"'");
		fwrite(text, 1, plain, page->stream);
		page->size += plain;
		text += plain;
		const char *name = *text == '&'    ? "&amp;"
		                   : *text == '<'  ? "&lt;"
		                   : *text == '>'  ? "&gt;"
		                   : *text == '"'  ? "&quot;"
		                   : *text == '\'' ? "&#39;"
		                                   : NULL;
		if (name)
			page_put(page, "%s", name);
		text += name != NULL;
	}
}

void page_put_raw(struct page *page, const char *text, size_t size)
{
	char escaped[PAGE_TEXT_MAX];
	page_put_text(page, text_escape(text, size, escaped, sizeof(escaped)));
}

void page_put_cell(struct page *page, bool right, const char *text)
{
	page_put(page, right ? "<td class=\"n\">" : "<td class=\"w\">");
	page_put_text(page, text);
	page_put(page, "</td>");
}

void page_begin_table(struct page *page, const char *id, const char *title, const char *what)
{
	page_put(page,
		"<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2><div class=\"wide\" tabindex=\"0\"><table>"
		"<caption data-what=\"%s\">",
		id, id, title, what);
}

void page_begin_titles(struct page *page)
{
	page_put(page, "</caption><thead><tr>");
}

void page_put_title(struct page *page, bool right, const char *text)
{
	page_put(page, "<th scope=\"col\"%s>", right ? " class=\"n\"" : "");
	page_put_text(page, text);
	page_put(page, "</th>");
}

void page_begin_rows(struct page *page)
{
	page_put(page, "</tr></thead><tbody>\n");
}

void page_end_table(struct page *page, size_t shown, size_t count)
{
	page_put(page, "</tbody></table></div>");
	if (shown < count)
		page_put(page,
			"<p class=\"dim\">%zu more were left out to keep this page small.</p>",
			count - shown);
	page_put(page, "</section>\n");
}

/* What is drawn of a histogram. */
struct bars {
	uint64_t count[OCTAVES], most;
	int first, last; /* octaves; first > last: there are none */
};

static struct bars bars_of(const struct hist *hist)
{
	struct bars bars = {.first = OCTAVES, .last = -1};
	struct hist_bucket bucket;
	for (unsigned int at = 0; hist && hist_next(hist, &at, &bucket);) {
		int octave = bucket.low_ns ? 63 - __builtin_clzll(bucket.low_ns) : 0;
		uint64_t count = bars.count[octave] += bucket.count;
		bars.most = count > bars.most ? count : bars.most;
		bars.first = octave < bars.first ? octave : bars.first;
		bars.last = octave > bars.last ? octave : bars.last;
	}
	return bars;
}

/* BARS, from octave FIRST to LAST. */
static void put_bars(struct page *page, const struct bars *bars, int first, int last)
{
	char from[UNITS_MAX], until[UNITS_MAX];
	if (bars->first > bars->last)
		return;
	units_time(UINT64_C(1) << bars->first, from);
	units_time(UINT64_C(1) << bars->last, until);
	page_put(page,
		"<svg role=\"img\" width=\"%d\" height=\"%d\"><title>from %s to %s and "
		"more, a bar for each power of two</title>",
		(last - first + 1) * BAR_WIDTH, BAR_HEIGHT, from, until);
	for (int i = bars->first; i <= bars->last; i++) {
		int height = (int)((double)bars->count[i] / (double)bars->most * (BAR_HEIGHT - 2));
		height += bars->count[i] > 0;
		page_put(page, "<rect class=\"b\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
			(i - first) * BAR_WIDTH, BAR_HEIGHT - height, BAR_WIDTH - 1, height);
	}
	page_put(page, "</svg>");
}

void page_put_histograms(struct page *page, const struct hist *const hist[], size_t count)
{
	int first = OCTAVES, last = -1;
	for (size_t i = 0; i < count; i++) {
		const struct bars bars = bars_of(hist[i]);
		first = bars.first < first ? bars.first : first;
		last = bars.last > last ? bars.last : last;
	}
	for (size_t i = 0; i < count; i++) {
		const struct bars bars = bars_of(hist[i]);
		page_put(page, "<td>");
		put_bars(page, &bars, first, last);
		page_put(page, "</td>");
	}
}

void page_put_head(struct page *page, const char *title)
{
	char style[SHA256_BASE64_MAX], script[SHA256_BASE64_MAX], live[SHA256_BASE64_MAX];
	page_put(page,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; script-src 'sha256-%s'",
		sha256_base64(page_style, strlen(page_style), style),
		sha256_base64(page_script, strlen(page_script), script));
	if (page->is_live)
		page_put(page, " 'sha256-%s'; connect-src 'self'",
			sha256_base64(page_live_script, strlen(page_live_script), live));
	page_put(page, "; base-uri 'none'; form-action 'none'\">"
		       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		       "<meta name=\"referrer\" content=\"no-referrer\"><title>");
	page_put_text(page, title);
	page_put(page, "</title><style>%s</style></head><body>\n", page_style);
}

void page_put_end(struct page *page)
{
	page_put(page,
		"<footer><p class=\"dim\">Made by stop %s.</p></footer>\n"
		"<script>%s</script>",
		PACKAGE_VERSION, page_script);
	if (page->is_live)
		page_put(page, "<script>%s</script>", page_live_script);
	page_put(page, "</body></html>\n");
}
