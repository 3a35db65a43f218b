/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patterns of paths and names; see base/glob.h.
 *
 * A pattern is a list of tokens, and matching keeps the set of tokens that could come next, one bit
 * each: nothing is tried twice, so no pattern is slow.
 */
#include "config.h"

#include "base/glob.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Maximum number of tokens: more than a path of PATH_MAX has directories that anybody writes. */
#define TOKENS_MAX 1024
#define WORD_BITS  64

enum token_type {
	TOKEN_BYTE,  /* `byte` */
	TOKEN_ANY,   /* any byte but a separator */
	TOKEN_SET,   /* a byte in `set` */
	TOKEN_STAR,  /* any number of bytes but separators */
	TOKEN_DEEP,  /* any number of bytes */
	TOKEN_BELOW, /* nothing, or what the next token takes */
	TOKEN_DIRS,  /* any number of bytes, of which the last is a separator */
	TOKEN_END,
};

struct token {
	enum token_type type;
	unsigned char byte;
	uint32_t set; /* index of a set */
};

/* One bit for each byte. */
struct byte_set {
	uint64_t bits[256 / WORD_BITS];
};

struct glob {
	char separator;       /* '\0': none */
	size_t count;         /* of tokens, without the end */
	struct token *token;  /* owned; the last one is the end */
	struct byte_set *set; /* owned */
	size_t set_count;
};

/* A set of tokens. */
struct places {
	uint64_t bits[TOKENS_MAX / WORD_BITS + 1];
};

static bool has(const uint64_t *bits, size_t at)
{
	return bits[at / WORD_BITS] >> (at % WORD_BITS) & 1;
}

static void add(uint64_t *bits, size_t at)
{
	bits[at / WORD_BITS] |= UINT64_C(1) << (at % WORD_BITS);
}

/* Compiling. */

static void push(struct glob *glob, struct token token)
{
	/* One more than the maximum is refused at the end, and one is for the end itself. */
	if (glob->count <= TOKENS_MAX)
		glob->token[glob->count++] = token;
}

/* Parses the set after "[" at TEXT into SET. Returns what follows it, or NULL if it has no end. */
static const char *parse_set(const char *text, struct byte_set *set, char separator)
{
	bool is_negated = *text == '!' || *text == '^';
	text += is_negated;
	/* A "]" that comes first is one of the set. */
	for (bool is_first = true; *text && (*text != ']' || is_first); is_first = false) {
		text += *text == '\\' && text[1];
		unsigned char from = (unsigned char)*text++, to = from;
		if (*text == '-' && text[1] && text[1] != ']') {
			text++;
			text += *text == '\\' && text[1];
			to = (unsigned char)*text++;
		}
		for (unsigned int byte = from; byte <= to; byte++)
			add(set->bits, byte);
	}
	if (*text != ']')
		return NULL;
	for (size_t i = 0; is_negated && i < sizeof(set->bits) / sizeof(*set->bits); i++)
		set->bits[i] = ~set->bits[i];
	if (separator)
		set->bits[separator / WORD_BITS] &= ~(UINT64_C(1) << (separator % WORD_BITS));
	return text + 1;
}

static const char *push_set(struct glob *glob, const char *text)
{
	glob->set = xreallocarray(glob->set, glob->set_count + 1, sizeof(*glob->set));
	struct byte_set *set = &glob->set[glob->set_count];
	*set = (struct byte_set){0};
	push(glob, (struct token){.type = TOKEN_SET, .set = (uint32_t)glob->set_count++});
	return parse_set(text, set, glob->separator);
}

/* Pushes the stars at TEXT, which begins a part if IS_FIRST. Returns what follows them. */
static const char *push_stars(struct glob *glob, const char *text, bool is_first)
{
	size_t stars = strspn(text, "*");
	text += stars;
	if (glob->separator && stars > 1 && is_first && *text == glob->separator) {
		push(glob, (struct token){.type = TOKEN_BELOW});
		push(glob, (struct token){.type = TOKEN_DIRS});
		return text + 1;
	}
	bool is_deep = stars > 1 || !glob->separator;
	push(glob, (struct token){.type = is_deep ? TOKEN_DEEP : TOKEN_STAR});
	return text;
}

/* Compiles TEXT. Returns 0 or -EINVAL. */
static int compile(struct glob *glob, const char *text)
{
	bool is_first = true;
	while (text && *text && glob->count <= TOKENS_MAX) {
		char c = *text++;
		if (c == '*') {
			text = push_stars(glob, text - 1, is_first);
		} else if (c == '?') {
			push(glob, (struct token){.type = TOKEN_ANY});
		} else if (c == '[') {
			text = push_set(glob, text);
		} else {
			if (c == '\\' && *text)
				c = *text++;
			push(glob, (struct token){.type = TOKEN_BYTE, .byte = (unsigned char)c});
		}
		is_first = text && text[-1] == glob->separator;
	}
	return text ? 0 : -EINVAL;
}

int glob_new(enum glob_kind kind, const char *pattern, struct glob **out)
{
	struct glob *glob = xcalloc(1, sizeof(*glob));
	glob->separator = kind == GLOB_PATH ? '/' : '\0';
	glob->token = xcalloc(TOKENS_MAX + 2, sizeof(*glob->token));
	if (kind == GLOB_PATH && *pattern != '/') {
		push(glob, (struct token){.type = TOKEN_BELOW});
		push(glob, (struct token){.type = TOKEN_DIRS});
	}
	int error = compile(glob, pattern);
	if (!error && glob->count > TOKENS_MAX)
		error = -E2BIG;
	if (error) {
		glob_free(glob);
		return error;
	}
	glob->token[glob->count++].type = TOKEN_END;
	glob->token = xreallocarray(glob->token, glob->count, sizeof(*glob->token));
	glob->count--;
	*out = glob;
	return 0;
}

void glob_free(struct glob *glob)
{
	if (!glob)
		return;
	free(glob->token);
	free(glob->set);
	free(glob);
}

/* Matching. */

/* Adds AT to PLACES, and the tokens behind those that may be left out. */
static void reach(const struct glob *glob, struct places *places, size_t at)
{
	for (;;) {
		add(places->bits, at);
		switch (glob->token[at].type) {
		case TOKEN_STAR:
		case TOKEN_DEEP:
			at++;
			break;
		case TOKEN_BELOW:
			add(places->bits, at + 1);
			at += 2;
			break;
		default:
			return;
		}
	}
}

/* Adds to NEXT where BYTE leads from the token AT. */
static void step(const struct glob *glob, size_t at, unsigned char byte, struct places *next)
{
	const struct token *token = &glob->token[at];
	bool is_separator = glob->separator && byte == (unsigned char)glob->separator;
	switch (token->type) {
	case TOKEN_BYTE:
		if (token->byte == byte)
			reach(glob, next, at + 1);
		break;
	case TOKEN_ANY:
		if (!is_separator)
			reach(glob, next, at + 1);
		break;
	case TOKEN_SET:
		if (has(glob->set[token->set].bits, byte))
			reach(glob, next, at + 1);
		break;
	case TOKEN_STAR:
		if (!is_separator)
			reach(glob, next, at);
		break;
	case TOKEN_DEEP:
		reach(glob, next, at);
		break;
	case TOKEN_DIRS:
		add(next->bits, at);
		if (is_separator)
			reach(glob, next, at + 1);
		break;
	case TOKEN_BELOW:
	case TOKEN_END:
		break;
	}
}

bool glob_match(const struct glob *glob, const char *text)
{
	size_t words = glob->count / WORD_BITS + 1;
	struct places now = {0}, next;
	reach(glob, &now, 0);
	for (; *text; text++) {
		memset(next.bits, 0, words * sizeof(*next.bits));
		bool is_alive = false;
		for (size_t word = 0; word < words; word++) {
			uint64_t bits = now.bits[word];
			is_alive |= bits != 0;
			for (; bits; bits &= bits - 1)
				step(glob, word * WORD_BITS + (size_t)__builtin_ctzll(bits),
					(unsigned char)*text, &next);
		}
		if (!is_alive)
			return false;
		memcpy(now.bits, next.bits, words * sizeof(*next.bits));
	}
	return has(now.bits, glob->count);
}
