/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Without libcurl, nothing is shipped; see out/transport.h. */
#include "config.h"

#include "out/transport.h"

#include <errno.h>
#include <stddef.h>

int transport_new(const struct transport_config *config, struct transport **out)
{
	(void)config;
	(void)out;
	return -ENOSYS;
}

int transport_send(struct transport *transport, const struct ship_request *request,
	const char *body, size_t size, struct ship_answer *answer, char why[SHIP_WHY_MAX])
{
	(void)transport;
	(void)request;
	(void)body;
	(void)size;
	(void)answer;
	(void)why;
	return -ENOSYS;
}

void transport_free(struct transport *transport)
{
	(void)transport;
}

const char *transport_library(void)
{
	return NULL;
}
