/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token; see out/token.h. */
#include "config.h"

#include "out/token.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

int token_make(char token[TOKEN_TEXT])
{
	unsigned char random[TOKEN_BITS / 8];
	ssize_t size;
	do
		size = getrandom(random, sizeof(random), 0);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return -errno;
	/* As little as this comes whole. */
	if ((size_t)size != sizeof(random))
		return -EIO;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(token + 2 * i, TOKEN_TEXT - 2 * i, "%02x", random[i]);
	return 0;
}

bool token_matches(const char token[TOKEN_TEXT], const char *given)
{
	volatile unsigned char difference = 0;
	if (!given || strlen(given) != TOKEN_TEXT - 1)
		return false;
	for (size_t i = 0; i < TOKEN_TEXT - 1; i++)
		difference |= (unsigned char)(token[i] ^ given[i]);
	return difference == 0;
}
