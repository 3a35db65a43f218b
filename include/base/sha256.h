/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4), for the content security policy of pages: not for secrets. Pure. */
#ifndef STOP_BASE_SHA256_H
#define STOP_BASE_SHA256_H

#include <stddef.h>

#define SHA256_BASE64_MAX 48

/* Writes the digest of SIZE bytes of DATA in base64 to BUF. Returns BUF. */
char *sha256_base64(const void *data, size_t size, char buf[SHA256_BASE64_MAX]);

#endif
