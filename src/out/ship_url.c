/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where rows are shipped to; see out/ship_url.h. */
#include "config.h"

#include "out/ship_url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/ship_target.h"

#define LETTERS  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS   "0123456789"

#define TLS      "+https"
#define PORT_MAX 65535

/* Why a URL is refused. */
enum fault {
	FAULT_NONE,
	FAULT_SCHEME,
	FAULT_PASSWORD,
	FAULT_USER,
	FAULT_HOST,
	FAULT_PORT,
	FAULT_NAME,
	FAULT_PATH,
};

static const char *const faults[] = {
	[FAULT_SCHEME] = "expected clickhouse://HOST, elastic://HOST or otlp://HOST; "
			 "with https: clickhouse+https://HOST, …",
	[FAULT_PASSWORD] = "a password in a URL is seen by everybody, in ps: put it into a file, "
			   "--ship-password=FILE",
	[FAULT_USER] = "the user is invalid: letters, digits and . _ -",
	[FAULT_HOST] = "the host is missing or invalid: example.org, 10.0.0.1, [::1]",
	[FAULT_PORT] = "the port is no number from 1 to 65535",
	[FAULT_NAME] = "what follows the host is to be one name of letters, digits and _",
	[FAULT_PATH] = "what follows the host is to be a path of letters, digits and . _ - /",
};

/* Copies SIZE bytes of TEXT, which have to be of the characters ALLOWED, to OUT. */
static bool copy(const char *text, size_t size, const char *allowed, char *out, size_t capacity)
{
	if (size == 0 || size >= capacity || strspn(text, allowed) < size)
		return false;
	memcpy(out, text, size);
	out[size] = '\0';
	return true;
}

/* Parses the scheme at *AT, and advances *AT past it. */
static bool parse_scheme(const char **at, struct ship_url *url)
{
	const char *end = strstr(*at, "://");
	size_t size = end ? (size_t)(end - *at) : 0, tls = strlen(TLS);
	url->is_tls = size > tls && memcmp(end - tls, TLS, tls) == 0;
	if (url->is_tls)
		size -= tls;
	for (size_t i = 0; size && i < ship_target_count; i++) {
		const char *scheme = ship_targets[i]->scheme;
		if (strlen(scheme) == size && memcmp(scheme, *at, size) == 0)
			url->target = ship_targets[i];
	}
	*at = end ? end + 3 : NULL;
	return url->target != NULL;
}

/* Parses the host and the port in the SIZE bytes at TEXT. */
static enum fault parse_place(const char *text, size_t size, struct ship_url *url)
{
	bool is_v6 = *text == '[';
	const char *bracket = is_v6 ? memchr(text, ']', size) : NULL;
	const char *colon = bracket ? bracket + 1 : memchr(text, ':', size);
	size_t host = colon ? (size_t)(colon - text) : size;
	const char *allowed = is_v6 ? "0123456789abcdefABCDEF:.[]" : LETTERS DIGITS ".-_";
	if ((is_v6 && !bracket) || !copy(text, host, allowed, url->host, sizeof(url->host)))
		return FAULT_HOST;
	url->port = url->is_tls ? url->target->tls_port : url->target->port;
	if (host == size)
		return FAULT_NONE;
	char port[8];
	if (text[host] != ':' ||
		!copy(text + host + 1, size - host - 1, DIGITS, port, sizeof(port)))
		return FAULT_PORT;
	unsigned long number = strtoul(port, NULL, 10);
	url->port = (unsigned int)number;
	return number >= 1 && number <= PORT_MAX ? FAULT_NONE : FAULT_PORT;
}

static enum fault parse(const char *at, struct ship_url *url)
{
	if (!parse_scheme(&at, url))
		return FAULT_SCHEME;
	size_t authority = strcspn(at, "/?#");
	const char *user_end = memrchr(at, '@', authority);
	if (user_end && memchr(at, ':', (size_t)(user_end - at)))
		return FAULT_PASSWORD;
	if (user_end && !copy(at, (size_t)(user_end - at), LETTERS DIGITS "._-", url->user,
				sizeof(url->user)))
		return FAULT_USER;
	const char *place = user_end ? user_end + 1 : at;
	enum fault fault = parse_place(place, authority - (size_t)(place - at), url);
	const char *rest = at + authority;
	snprintf(url->name, sizeof(url->name), "%s", url->target->name);
	if (fault || !*rest || strcmp(rest, "/") == 0)
		return fault;
	const char *allowed = url->target->has_path ? LETTERS DIGITS "_.-/" : LETTERS DIGITS "_";
	bool is_name = *rest == '/' &&
	               copy(rest + 1, strlen(rest + 1), allowed, url->name, sizeof(url->name));
	if (!is_name)
		return url->target->has_path ? FAULT_PATH : FAULT_NAME;
	return FAULT_NONE;
}

int ship_url_parse(const char *text, struct ship_url *out, char error[SHIP_URL_ERROR_MAX])
{
	struct ship_url url = {0};
	enum fault fault = parse(text, &url);
	if (fault) {
		snprintf(error, SHIP_URL_ERROR_MAX, "%s", faults[fault]);
		return -EINVAL;
	}
	*out = url;
	return 0;
}

char *ship_url_text(const struct ship_url *url, char text[SHIP_URL_TEXT])
{
	snprintf(text, SHIP_URL_TEXT, "%s%s://%s:%u/%s", url->target->scheme,
		url->is_tls ? TLS : "", url->host, url->port, url->name);
	return text;
}

char *ship_url_origin(const struct ship_url *url, char text[SHIP_URL_TEXT])
{
	snprintf(text, SHIP_URL_TEXT, "http%s://%s:%u", url->is_tls ? "s" : "", url->host,
		url->port);
	return text;
}
