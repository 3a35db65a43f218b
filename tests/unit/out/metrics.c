/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics: which format a client of HTTP prefers. */
#include "config.h"

#include "support/unit.h"

#include "out/metrics.h"

static void takes_the_preferred_format(void **state)
{
	static const struct {
		const char *accept;
		bool is_open;
	} cases[] = {
		/* Prometheus 2.42, 2.5, 1.0; a browser; curl. */
		{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			true},
		{"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			true},
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
			false},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
		{"*/*", false},
		{NULL, false},
		{"", false},
		{"application/openmetrics-text", true},
		{"APPLICATION/OpenMetrics-Text ; Version=1.0.0 ; Q=1", true},
		{"application/openmetrics-text;version=2.0.0", false},
		{"application/openmetrics-text;q=0", false},
		{"application/openmetrics-text;q=0.4,text/plain;q=0.5", false},
		{"application/openmetrics-text;q=0.5,text/plain;q=0.5", true},
		{"application/openmetrics-text;q=0.501,text/*;q=0.5", true},
		{"application/openmetrics-text;q=nan,*/*;q=0.1", false},
		{"application/openmetrics-text;q=-1", false},
		{"application/openmetrics-text;q=99999999999999999999", true},
		{"application/openmetrics-textual", false},
		{"xapplication/openmetrics-text", false},
		{";,;=,=;q,q=,;;;,,application/openmetrics-text;;q=1;=", true},
		{"application/json", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(metrics_accept(cases[i].accept), cases[i].is_open);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_preferred_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
