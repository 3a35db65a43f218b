/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Without libmicrohttpd, nothing is served; see out/listener.h. */
#include "config.h"

#include "out/listener.h"

#include <errno.h>
#include <stdlib.h>

int listener_new(
	struct listen_address *address, const struct listener_config *config, struct listener **out)
{
	(void)address;
	(void)config;
	(void)out;
	return -ENOSYS;
}

int listener_fd(const struct listener *listener)
{
	(void)listener;
	return -1;
}

unsigned int listener_wanted(struct listener *listener)
{
	(void)listener;
	return 0;
}

void listener_publish(struct listener *listener, enum listener_page page, char *text, size_t size,
	uint64_t stale_ns)
{
	(void)listener;
	(void)page;
	(void)size;
	(void)stale_ns;
	free(text);
}

bool listener_has_readers(const struct listener *listener)
{
	(void)listener;
	return false;
}

void listener_publish_last(struct listener *listener, char *text, size_t size)
{
	(void)listener;
	(void)size;
	free(text);
}

int listener_close(struct listener *listener, uint64_t until_ns)
{
	(void)listener;
	(void)until_ns;
	return 0;
}

const char *listener_library(void)
{
	return NULL;
}
