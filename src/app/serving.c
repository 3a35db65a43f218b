/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live page and metrics over HTTP; see app/serving.h. */
#include "config.h"

#include "app/serving.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/message.h"
#include "app/options.h"
#include "app/session.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "out/exporter.h"
#include "out/listen_address.h"
#include "out/listener.h"
#include "out/page.h"
#include "out/server_event.h"
#include "out/token.h"

/* How long to wait for the end of its thread. */
#define END_NS     (500 * NS_PER_MS)

/* Who loses the stream of events tries again after this time. */
#define RETRY_MS   2000

/* No page is larger: with a million threads, they are not served. */
#define PAGE_LIMIT ((size_t)16 << 20)

#define URL_MAX    (LISTEN_ADDRESS_TEXT + TOKEN_TEXT + 32)

struct serving {
	struct listener *listener;
	char url[URL_MAX];
};

static bool is_abandoned;

/* Writes EXPORTER's format of REPORT. Returns 0 or -errno. */
static int write_format(
	FILE *stream, const struct report *report, enum exporter_id exporter, enum export_kind kind)
{
	return exporters[exporter].write(stream, report, kind, true);
}

static int write_prometheus(FILE *stream, const struct report *report)
{
	return write_format(stream, report, EXPORTER_PROMETHEUS, EXPORT_FRAME);
}

static int write_openmetrics(FILE *stream, const struct report *report)
{
	return write_format(stream, report, EXPORTER_OPENMETRICS, EXPORT_FRAME);
}

static int write_snapshot(FILE *stream, const struct report *report)
{
	return write_format(stream, report, EXPORTER_JSON, EXPORT_SNAPSHOT);
}

static int write_html(FILE *stream, const struct report *report)
{
	page_write_live(stream, report);
	return 0;
}

/* Writes an event of TYPE with REPORT. Returns 0 or -errno. */
static int write_event(FILE *stream, const struct report *report, const char *type)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	if (!memory)
		return -errno;
	page_write_parts(memory, report);
	int result = fclose(memory) == 0 ? 0 : -errno;
	if (result == 0)
		server_event_write(stream, type, RETRY_MS, text, size);
	free(text);
	return result;
}

static int write_parts(FILE *stream, const struct report *report)
{
	return write_event(stream, report, "parts");
}

static int write_end(FILE *stream, const struct report *report)
{
	return write_event(stream, report, "end");
}

/* The pages: … */
static const struct page_kind {
	bool is_of_counts; /* they need nothing but counts */
	uint64_t pause_ns; /* they are rendered at most so often, … */
	unsigned int part; /* … and that takes at most one part in so many of a processor */
	int (*write)(FILE *stream, const struct report *report); /* 0 or -errno */
} kinds[LISTENER_PAGES] = {
	[LISTENER_PROMETHEUS] = {true, 200 * NS_PER_MS, 20, write_prometheus},
	[LISTENER_OPENMETRICS] = {true, 200 * NS_PER_MS, 20, write_openmetrics},
	[LISTENER_HTML] = {false, NS_PER_S, 40, write_html},
	[LISTENER_EVENTS] = {false, NS_PER_S, 40, write_parts},
	[LISTENER_SNAPSHOT] = {false, NS_PER_S, 40, write_snapshot},
};

/* The time between two renderings is at least so many times that of one, with the time for which we
 * had no processor. */
#define REST    4

/* Bits of pages. */
#define METRICS (1U << LISTENER_PROMETHEUS | 1U << LISTENER_OPENMETRICS)
#define LIVE    (1U << LISTENER_HTML | 1U << LISTENER_EVENTS | 1U << LISTENER_SNAPSHOT)

/* What helps against ERROR. */
static const char *remedy(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "; choose another port, or 0 for any";
	case EADDRNOTAVAIL:
		return ": no interface of this machine has it";
	case EACCES:
		return ": ports below 1024 need CAP_NET_BIND_SERVICE";
	default:
		return "";
	}
}

/* What OPTIONS want to be served at ADDRESS. Returns 0 or -errno. */
static int configure(const struct options *options, const struct listen_address *address,
	struct listener_config *config)
{
	*config = (struct listener_config){.pages = METRICS};
	if (!options->has_serve)
		return 0;
	config->pages |= LIVE;
	config->protected = LIVE;
	/* Others are shown metrics only if somebody has asked for that. */
	if (!options->has_metrics && !listen_address_is_loopback(address))
		config->protected |= METRICS;
	return token_make(config->token);
}

int serving_open(const struct options *options, struct serving **out)
{
	struct listen_address address = options->has_serve ? options->serve : options->metrics;
	const char *what = options->has_serve ? "the page" : "metrics";
	struct listener_config config;
	char text[LISTEN_ADDRESS_TEXT];
	*out = NULL;
	if (!options->has_metrics && !options->has_serve)
		return 0;
	struct serving *serving = xcalloc(1, sizeof(*serving));
	int result = configure(options, &address, &config);
	if (result == 0)
		result = listener_new(&address, &config, &serving->listener);
	listen_address_text(&address, text);
	if (result < 0) {
		message("cannot serve %s at %s: %s%s", what, text, strerrordesc_np(-result),
			remedy(-result));
		free(serving);
		return 1;
	}
	if (options->has_serve)
		snprintf(serving->url, sizeof(serving->url), "http://%s/?token=%s", text,
			config.token);
	else
		snprintf(serving->url, sizeof(serving->url), "http://%s/metrics", text);
	if (options->mode != OPTIONS_INTERACTIVE)
		message("%s %s at %s", what, options->has_serve ? "is" : "are", serving->url);
	*out = serving;
	return 0;
}

const char *serving_url(const struct serving *serving)
{
	return serving ? serving->url : NULL;
}

int serving_fd(const struct serving *serving)
{
	return serving ? listener_fd(serving->listener) : -1;
}

/* What WRITE writes of REPORT, *SIZE bytes, which the caller frees; NULL: there is too much of it,
 * or no memory. */
static char *render(const struct report *report,
	int (*write)(FILE *stream, const struct report *report), size_t *size)
{
	char *text = NULL;
	FILE *memory = open_memstream(&text, size);
	if (!memory)
		return NULL;
	int result = write(memory, report);
	if (fclose(memory) == 0 && result == 0 && *size <= PAGE_LIMIT)
		return text;
	free(text);
	return NULL;
}

/* The times since which a page is made. */
struct begin {
	uint64_t ns, cpu_ns; /* of the clock, and of our processor */
};

static struct begin begin_now(void)
{
	struct timespec cpu;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	return (struct begin){
		clock_now_ns(), (uint64_t)cpu.tv_sec * NS_PER_S + (uint64_t)cpu.tv_nsec};
}

/* Publishes PAGE of REPORT, which was begun to be made at BEGIN. */
static void publish(struct serving *serving, enum listener_page page, const struct report *report,
	const struct begin *begin)
{
	const struct page_kind *kind = &kinds[page];
	size_t size = 0;
	char *text = render(report, kind->write, &size);
	const struct begin now = begin_now();
	uint64_t pause_ns = kind->pause_ns;
	if (pause_ns < (now.cpu_ns - begin->cpu_ns) * kind->part)
		pause_ns = (now.cpu_ns - begin->cpu_ns) * kind->part;
	if (pause_ns < (now.ns - begin->ns) * REST)
		pause_ns = (now.ns - begin->ns) * REST;
	listener_publish(serving->listener, page, text, size, now.ns + pause_ns);
}

void serving_run(struct serving *serving, struct session *session)
{
	unsigned int wanted = serving ? listener_wanted(serving->listener) : 0;
	if (!wanted)
		return;
	const struct begin begin = begin_now();
	/* In this order: the first passes on events, after which a report is out of date. */
	struct report *all = wanted & LIVE ? session_report_now(session) : NULL;
	struct report *counts = wanted & METRICS ? session_report_counts(session) : NULL;
	for (enum listener_page page = 0; page < LISTENER_PAGES; page++) {
		if (wanted & 1U << page)
			publish(serving, page, kinds[page].is_of_counts ? counts : all, &begin);
	}
	report_free(counts);
	report_free(all);
}

void serving_finish(struct serving *serving, struct session *session)
{
	size_t size = 0;
	if (!serving || !listener_has_readers(serving->listener))
		return;
	struct report *report = session_report_now(session);
	char *text = render(report, write_end, &size);
	report_free(report);
	if (text)
		listener_publish_last(serving->listener, text, size);
}

void serving_close(struct serving *serving)
{
	if (!serving)
		return;
	is_abandoned |= listener_close(serving->listener, clock_now_ns() + END_NS) == -EAGAIN;
	free(serving);
}

bool serving_is_abandoned(void)
{
	return is_abandoned;
}
