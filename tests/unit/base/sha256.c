/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256: the examples of FIPS 180-4, and each size around a block, by another implementation. */
#include "config.h"

#include "support/unit.h"

#include <string.h>

#include "base/sha256.h"

static void digests_are_those_of_the_standard(void **state)
{
	char text[SHA256_BASE64_MAX];
	(void)state;
	assert_string_equal(
		sha256_base64("", 0, text), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	assert_string_equal(
		sha256_base64("abc", 3, text), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	assert_string_equal(
		sha256_base64("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, text),
		"JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=");
}

/* From printf of as many "a" | openssl dgst -sha256 -binary | base64. */
static void sizes_around_a_block_too(void **state)
{
	static const struct {
		size_t size;
		const char *digest;
	} known[] = {
		{55, "n0OQ+NMMLdkuyfCVtl4rmumwqSWlJY4kHJ8ekQ9zQxg="},
		{56, "s1Q5pKxvCUi21vnjxq8PX1kM4g8b3nCQ73lwaG7Gc4o="},
		{63, "fT50oF19sVvOStnsBljqmOPwbu7PFrTG//LaRX3cLzQ="},
		{64, "/+BU/nrgy23GXDr5th1SCfQ5hR20PQulmXM33xVGaOs="},
		{65, "Y1NhxIu56rFBmOduqKt/GkFoXWrWKqkUbTAdTxfrCuA="},
		{119, "MeulHDE6XAgiat8Y1KNZz9/Y0ugWsT9K+VL36mWE3Ps="},
		{120, "Lz0zVDLHC1gK8Ojhs2dKfAINaDql9zqq7f3FWvkEwhw="},
		{128, "aDbPE7rEAOkQUHHNavRwhN+srU5eMCyUv+0k4BOvtz4="},
		{200, "wqkI2Y9d+Yet5BtfziEwZ++8wh7yJAISpB5UtefCiuU="},
	};
	char data[256], text[SHA256_BASE64_MAX];
	(void)state;
	memset(data, 'a', sizeof(data));
	for (size_t i = 0; i < COUNT_OF(known); i++)
		assert_string_equal(sha256_base64(data, known[i].size, text), known[i].digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standard),
		cmocka_unit_test(sizes_around_a_block_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
