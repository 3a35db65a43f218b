/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where rows are shipped to, as the user writes it:
 *
 *     clickhouse://[USER@]HOST[:PORT][/DATABASE]      http
 *     clickhouse+https://…                            https
 *     elastic://[USER@]HOST[:PORT][/PREFIX]           of the names of its data streams
 *     otlp://[USER@]HOST[:PORT][/PATH]                before /v1/metrics and /v1/logs
 *
 * There is no password in it: command lines are seen by everybody (ps), and kept by shells. One
 * that is there nevertheless is refused, and never printed. Pure.
 */
#ifndef STOP_OUT_SHIP_URL_H
#define STOP_OUT_SHIP_URL_H

#include <stdbool.h>

struct ship_target;

/* Sizes of the longest parts, including the final NUL; of a message, and of ship_url_text(). */
#define SHIP_HOST_MAX      256
#define SHIP_WORD_MAX      64
#define SHIP_URL_ERROR_MAX 256
#define SHIP_URL_TEXT      (SHIP_HOST_MAX + SHIP_WORD_MAX + 64)

struct ship_url {
	const struct ship_target *target; /* of its scheme */
	bool is_tls;
	char host[SHIP_HOST_MAX]; /* a name or an address, that of IPv6 in brackets */
	unsigned int port;
	char user[SHIP_WORD_MAX]; /* "": none */
	char name[SHIP_WORD_MAX]; /* what follows the host: letters, digits and _; in a path,
	                             also . - and / */
};

/*
 * Parses TEXT. Returns 0 with *OUT, or -EINVAL with what is wrong, which quotes nothing of TEXT, in
 * ERROR.
 */
int ship_url_parse(const char *text, struct ship_url *out, char error[SHIP_URL_ERROR_MAX]);

/* Writes URL as it is shown, "clickhouse://host:8123/default", without a user. Returns TEXT. */
char *ship_url_text(const struct ship_url *url, char text[SHIP_URL_TEXT]);

/* Writes the beginning of what is requested, "http://host:8123". Returns TEXT. */
char *ship_url_origin(const struct ship_url *url, char text[SHIP_URL_TEXT]);

#endif
