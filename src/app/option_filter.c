/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that are filters; see app/option_filter.h. */
#include "config.h"

#include "app/option_filter.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/nearest.h"
#include "app/option_table.h"
#include "base/alloc.h"
#include "base/amount.h"
#include "base/text.h"
#include "base/time.h"
#include "event/filter.h"

/* Longer than anybody waits, and short enough to be added to a time. */
#define DURATION_MAX_NS (UINT64_C(100) * 365 * 24 * 3600 * NS_PER_S)

/* VALUE escaped for a message. */
static const char *quoted(const char *value, char buf[64])
{
	return text_escape(value, strlen(value), buf, 64);
}

/* Parses VALUE of OPTION into *OUT. */
static int parse_filter(
	struct parse *parse, const char *option, const char *value, struct filter **out)
{
	struct filter_error error;
	if (filter_parse(value, out, &error) == 0)
		return 0;
	if (error.is_set || !error.offset)
		return option_error(parse, "%s: %s", option, error.message);
	return option_error(
		parse, "%s: at character %zu: %s", option, error.offset + 1, error.message);
}

/* Appends TEXT to *LIST, which is owned by the caller, after SEPARATOR if that is not empty. */
static void append(char **list, const char *separator, const char *text)
{
	char *longer = xasprintf("%s%s%s", *list ? *list : "", *list ? separator : "", text);
	free(*list);
	*list = longer;
}

/* strace's -e. */

/* Here, a "!" belongs to the value. */
static int apply_calls(struct parse *parse, const char *value, bool is_negated)
{
	struct filter *filter;
	(void)is_negated;
	if (parse_filter(parse, "-e", value, &filter) < 0)
		return -EINVAL;
	filter_free(filter);
	parse->filter.calls = value;
	return 0;
}

static int apply_fds(struct parse *parse, const char *value, bool is_negated)
{
	char shown[64];
	if (!*value || value[strspn(value, "0123456789,")])
		return option_error(parse, "-e trace-fds: \"%s\" are no descriptors: 3,4",
			quoted(value, shown));
	char *term = xasprintf("%sfd:%s", is_negated ? "not " : "", value);
	append(&parse->filter.paths, " or ", term);
	free(term);
	return 0;
}

/* What strace calls the ways in which calls end, as terms; NULL: none of the calls is counted. */
static const struct {
	const char *name;
	const char *term;
} statuses[] = {
	{"successful", "result:ok"},
	{"failed", "result:failed"},
	{"unfinished", "result:unfinished"},
	{"unavailable", "none"},
	{"detached", "none"},
	{"all", "all"},
	{"none", "none"},
};

#define STATUS_COUNT (sizeof(statuses) / sizeof(*statuses))

/* Appends the term for the status NAME to *TERMS. */
static int add_status(struct parse *parse, const char *name, char **terms)
{
	struct nearest nearest;
	char near[96], shown[64];
	nearest_begin(&nearest, name);
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		nearest_offer(&nearest, statuses[i].name);
		if (strcmp(statuses[i].name, name) != 0)
			continue;
		append(terms, " or ", statuses[i].term);
		return 0;
	}
	return option_error(parse, "-e status: unknown status \"%s\"%s", quoted(name, shown),
		nearest_text(&nearest, "", near, sizeof(near)));
}

static void set_status(struct parse *parse, char *text)
{
	free(parse->filter.status);
	parse->filter.status = text;
}

static int apply_status(struct parse *parse, const char *value, bool is_negated)
{
	char *names = xstrdup(value), *rest = names, *terms = NULL;
	int error = 0;
	for (char *name; !error && (name = strsep(&rest, ",")) != NULL;)
		error = add_status(parse, name, &terms);
	free(names);
	if (!error)
		set_status(parse, xasprintf(is_negated ? "not (%s)" : "%s", terms));
	free(terms);
	return error;
}

/* The qualifiers of -e, as in strace; those without a function are of what stop has not. */
static const struct qualifier {
	const char *name;
	int (*apply)(struct parse *parse, const char *value, bool is_negated);
} qualifiers[] = {
	{"trace", apply_calls},
	{"t", apply_calls},
	{"trace-fds", apply_fds},
	{"trace-fd", apply_fds},
	{"fds", apply_fds},
	{"status", apply_status},
	{"abbrev", NULL},
	{"verbose", NULL},
	{"raw", NULL},
	{"signal", NULL},
	{"signals", NULL},
	{"read", NULL},
	{"write", NULL},
	{"fault", NULL},
	{"inject", NULL},
	{"kvm", NULL},
	{"quiet", NULL},
	{"decode-fds", NULL},
	{"decode-pids", NULL},
	{"namespace", NULL},
};

int apply_filter(struct parse *parse, const char *value)
{
	size_t size = strcspn(value, "=");
	for (size_t i = 0; value[size] && i < sizeof(qualifiers) / sizeof(*qualifiers); i++) {
		const struct qualifier *qualifier = &qualifiers[i];
		if (strlen(qualifier->name) != size || strncmp(qualifier->name, value, size) != 0)
			continue;
		if (!qualifier->apply)
			return option_error(parse,
				"-e %s=: stop has no such option of strace; -e selects calls",
				qualifier->name);
		value += size + 1;
		bool is_negated = qualifier->apply != apply_calls && *value == '!';
		return qualifier->apply(parse, value + is_negated, is_negated);
	}
	return apply_calls(parse, value, false);
}

int apply_successful(struct parse *parse, const char *value)
{
	(void)value;
	set_status(parse, xstrdup("result:ok"));
	return 0;
}

int apply_failed(struct parse *parse, const char *value)
{
	(void)value;
	set_status(parse, xstrdup("result:failed"));
	return 0;
}

/* Paths. */

/* Appends "path:" with PATH as a pattern that matches nothing else. */
static void add_path(struct parse *parse, const char *path)
{
	char *term = xcalloc(strlen(path) * 4 + sizeof("path:\"\""), 1), *to = term;
	to += sprintf(to, "path:\"");
	for (; *path; path++) {
		/* In quotes, a backslash is written twice if a quote or another one follows it. */
		if (*path == '\\')
			to += sprintf(to, "\\\\\\");
		else if (strchr("*?[\"", *path))
			*to++ = '\\';
		*to++ = *path;
	}
	*to++ = '"';
	append(&parse->filter.paths, " or ", term);
	free(term);
}

int apply_path(struct parse *parse, const char *value)
{
	char *real = realpath(value, NULL);
	char here[PATH_MAX];
	if (!*value)
		return option_error(parse, "-P: expected a path");
	/* As strace: the path as it is given, and the one that descriptors have. */
	if (*value == '/') {
		add_path(parse, value);
	} else if (getcwd(here, sizeof(here))) {
		char *whole = xasprintf("%s/%s", here, value);
		add_path(parse, whole);
		free(whole);
	}
	if (real && strcmp(real, value) != 0)
		add_path(parse, real);
	free(real);
	return 0;
}

/* All parts together. */

/* A copy of SET, which is a call set as a whole, as a term of a filter. */
static char *quote_set(const char *set)
{
	char *term = xcalloc(strlen(set) * 2 + sizeof("\"\""), 1), *to = term;
	*to++ = '"';
	for (; *set; set++) {
		if (*set == '\\' || *set == '"')
			*to++ = '\\';
		*to++ = *set;
	}
	*to = '"';
	return term;
}

/* Adds PART, which is a filter of its own, to *TEXT. */
static void add_part(char **text, const char *part)
{
	struct filter *filter = NULL;
	bool is_set = filter_parse(part, &filter, NULL) == 0 && filter_is_set(filter);
	bool is_word = !part[strcspn(part, " \t\n\r\v\f\"'\\()")];
	char *group = is_word ? xstrdup(part) : is_set ? quote_set(part) : xasprintf("(%s)", part);
	append(text, " and ", group);
	filter_free(filter);
	free(group);
}

int filter_parts_finish(struct parse *parse)
{
	struct options *options = parse->options;
	const char *parts[] = {parse->filter.calls, parse->filter.paths, parse->filter.status};
	const char *only = NULL;
	char *text = NULL;
	size_t count = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!parts[i])
			continue;
		count++;
		only = parts[i];
		add_part(&text, parts[i]);
	}
	int error = 0;
	if (count)
		error = parse_filter(parse, "-e", count == 1 ? only : text, &options->filter);
	free(text);
	if (error || !count)
		return error;
	options->set = filter_callset(options->filter);
	/* As it was given, if it was. */
	bool is_given = count == 1 && parse->filter.calls;
	options->set_text = is_given ? parse->filter.calls : filter_text(options->filter);
	return 0;
}

void filter_parts_clear(struct parse *parse)
{
	free(parse->filter.paths);
	free(parse->filter.status);
}

/* Until when. */

int apply_until(struct parse *parse, const char *value)
{
	struct filter *filter;
	if (parse_filter(parse, "--until", value, &filter) < 0)
		return -EINVAL;
	filter_free(parse->options->until);
	parse->options->until = filter;
	return 0;
}

int apply_when(struct parse *parse, const char *value)
{
	struct filter *filter;
	if (parse_filter(parse, "--when", value, &filter) < 0)
		return -EINVAL;
	filter_free(parse->options->when);
	parse->options->when = filter;
	return 0;
}

int apply_until_count(struct parse *parse, const char *value)
{
	char shown[64];
	bool is_whole = *value && !value[strspn(value, "0123456789")] && strlen(value) < 19;
	parse->has_until_count = true;
	parse->options->until_count = is_whole ? strtoull(value, NULL, 10) : 0;
	if (parse->options->until_count)
		return 0;
	return option_error(parse,
		"--until-count: \"%s\" is not a number of calls: expected 1 or more",
		quoted(value, shown));
}

int apply_duration(struct parse *parse, const char *value)
{
	char shown[64];
	char *seconds = xasprintf("%ss", value);
	uint64_t *ns = &parse->options->duration_ns;
	/* Without a unit, it is seconds, as that of -d. */
	bool is_time = amount_time(value, ns) || amount_time(seconds, ns);
	free(seconds);
	if (is_time && *ns && *ns <= DURATION_MAX_NS)
		return 0;
	return option_error(parse, "--duration: \"%s\" is not a time, such as 10s, 500ms or 2h",
		quoted(value, shown));
}
