/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics over HTTP; see app/serving.h. */
#include "config.h"

#include "app/serving.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/message.h"
#include "app/options.h"
#include "app/session.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "out/exporter.h"
#include "out/listen_address.h"
#include "out/listener.h"

/* A page is rendered at most so often … */
#define PAUSE_NS (200 * NS_PER_MS)

/* … and that takes at most one part in so many of the main thread's time. */
#define SHARE    20

/* How long to wait for the end of its thread. */
#define END_NS   (500 * NS_PER_MS)

#define URL_MAX  (LISTEN_ADDRESS_TEXT + 32)

struct serving {
	struct listener *listener;
	char url[URL_MAX];
};

static bool is_abandoned;

/* The pages, as formats of reports. */
static const enum exporter_id formats[LISTENER_PAGES] = {
	[LISTENER_PROMETHEUS] = EXPORTER_PROMETHEUS,
	[LISTENER_OPENMETRICS] = EXPORTER_OPENMETRICS,
};

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

int serving_open(const struct options *options, struct serving **out)
{
	struct serving *serving;
	struct listen_address address = options->metrics;
	char text[LISTEN_ADDRESS_TEXT];
	*out = NULL;
	if (!options->has_metrics)
		return 0;
	serving = xcalloc(1, sizeof(*serving));
	int result = listener_new(&address, &serving->listener);
	listen_address_text(&address, text);
	if (result < 0) {
		message("cannot serve metrics at %s: %s%s", text, strerrordesc_np(-result),
			remedy(-result));
		free(serving);
		return 1;
	}
	snprintf(serving->url, sizeof(serving->url), "http://%s/metrics", text);
	if (options->mode != OPTIONS_INTERACTIVE)
		message("metrics are at %s", serving->url);
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

/* Renders PAGE of REPORT. Returns a text of *SIZE bytes, which the caller frees. */
static char *render(const struct report *report, enum listener_page page, size_t *size)
{
	char *text = NULL;
	FILE *memory = open_memstream(&text, size);
	if (!memory)
		return NULL;
	exporters[formats[page]].write(memory, report, EXPORT_FRAME, true);
	if (fclose(memory) == 0)
		return text;
	free(text);
	return NULL;
}

void serving_run(struct serving *serving, struct session *session)
{
	unsigned int wanted = serving ? listener_wanted(serving->listener) : 0;
	if (!wanted)
		return;
	uint64_t begin_ns = clock_now_ns();
	struct report *report = session_report_counts(session);
	for (enum listener_page page = 0; page < LISTENER_PAGES; page++) {
		size_t size;
		char *text = wanted & 1U << page ? render(report, page, &size) : NULL;
		if (!text)
			continue;
		uint64_t now_ns = clock_now_ns(), pause_ns = (now_ns - begin_ns) * SHARE;
		listener_publish(serving->listener, page, text, size,
			now_ns + (pause_ns > PAUSE_NS ? pause_ns : PAUSE_NS));
	}
	report_free(report);
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
