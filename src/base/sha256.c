/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256; see base/sha256.h. */
#include "config.h"

#include "base/sha256.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BLOCK  64
#define DIGEST 32

/* The first 32 bits of the fractional parts of the cube roots of the first primes (4.2.2). */
static const uint32_t rounds[BLOCK] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
	0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
	0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
	0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
	0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, int bits)
{
	return word >> bits | word << (32 - bits);
}

/* 6.2.2 */
static void add_block(uint32_t hash[8], const unsigned char block[BLOCK])
{
	uint32_t word[BLOCK], v[8];
	for (int i = 0; i < 16; i++)
		word[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		          (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < BLOCK; i++) {
		uint32_t a = word[i - 15], b = word[i - 2];
		word[i] = word[i - 16] + word[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
		          (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
	memcpy(v, hash, sizeof(v));
	for (int i = 0; i < BLOCK; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t one = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
		               ((e & v[5]) ^ (~e & v[6])) + rounds[i] + word[i];
		uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
		               ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += one;
		v[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		hash[i] += v[i];
}

static void digest(const unsigned char *data, size_t size, unsigned char out[DIGEST])
{
	uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
		0x1f83d9ab, 0x5be0cd19};
	unsigned char last[2 * BLOCK] = {0};
	size_t whole = size / BLOCK * BLOCK, rest = size - whole;
	for (size_t at = 0; at < whole; at += BLOCK)
		add_block(hash, data + at);
	memcpy(last, data + whole, rest);
	last[rest] = 0x80;
	size_t end = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	for (size_t i = 0; i < 8; i++)
		last[end - 1 - i] = (unsigned char)((uint64_t)size * 8 >> (8 * i));
	for (size_t at = 0; at < end; at += BLOCK)
		add_block(hash, last + at);
	for (int i = 0; i < DIGEST; i++)
		out[i] = (unsigned char)(hash[i / 4] >> (24 - i % 4 * 8));
}

char *sha256_base64(const void *data, size_t size, char buf[SHA256_BASE64_MAX])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char bytes[DIGEST + 1] = {0};
	char *at = buf;
	digest(data, size, bytes);
	for (int i = 0; i < DIGEST; i += 3) {
		bool is_last = i + 3 > DIGEST;
		uint32_t bits = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 |
		                (is_last ? 0U : bytes[i + 2]);
		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = digits[bits >> 6 & 63];
		*at++ = is_last ? '=' : digits[bits & 63];
	}
	*at = '\0';
	return buf;
}
