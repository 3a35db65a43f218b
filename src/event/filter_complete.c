/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion of filters; see event/filter_complete.h. */
#include "config.h"

#include "event/filter_complete.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "event/filter_terms.h"

/* Errors beyond this have no names. */
#define ERRORS 256

static const char *const binary[] = {"and", "or"};

/* What begins a term, after its prefix. */
static const char *const starts[] = {"not",
	"path:", "fd:", "peer:", "port:", "errno:", "result:", "time>", "bytes>",
	"pid:", "tid:", "comm:"};

/* The state of a search. */
struct search {
	const char *typed;
	struct filter_completion *completion;
};

static bool is_listed(const struct filter_completion *completion, const char *name)
{
	size_t listed = completion->count < FILTER_CANDIDATES_MAX ? completion->count
	                                                          : FILTER_CANDIDATES_MAX;
	for (size_t i = 0; i < listed; i++) {
		if (strcmp(completion->candidate[i], name) == 0)
			return true;
	}
	return false;
}

/* Adds NAME if it begins with what was typed. */
static void offer(struct search *search, const char *name)
{
	struct filter_completion *completion = search->completion;
	size_t size = completion->size;
	if (strncasecmp(name, search->typed, size) != 0 || is_listed(completion, name))
		return;
	if (completion->count == 0) {
		completion->common = strlen(name);
	} else {
		const char *first = completion->candidate[0];
		size_t common = 0;
		while (common < completion->common && first[common] == name[common])
			common++;
		completion->common = common;
	}
	if (completion->count < FILTER_CANDIDATES_MAX)
		completion->candidate[completion->count] = name;
	completion->count++;
}

static void offer_calls(struct search *search)
{
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
			const struct syscall_desc *desc = syscall_lookup(
				(struct call){.nr = nr, .abi = abi});
			/* Too many: they are offered once their beginning is typed. */
			if (desc && search->completion->size)
				offer(search, desc->name);
		}
	}
}

static void offer_classes(struct search *search)
{
	for (enum call_class class = 0; class < CLASS_COUNT; class ++)
		offer(search, call_class_name(class));
}

static void offer_values(struct search *search, const struct filter_key *key)
{
	if (key == &filter_keys[FILTER_KEY_ERRNO]) {
		for (int err = 1; err < ERRORS; err++) {
			if (strerrorname_np(err))
				offer(search, strerrorname_np(err));
		}
	}
	for (size_t i = 0; key->word && key->word[i]; i++)
		offer(search, key->word[i]);
}

/* The size of the key at TEXT of SIZE bytes that a relation follows; 0: there is none. */
static size_t key_size(const char *text, size_t size)
{
	size_t at = 0;
	while (at < size && isalpha((unsigned char)text[at]))
		at++;
	return at < size && strchr(":=<>", text[at]) ? at : 0;
}

/* Whether a term ends with the last of the SIZE bytes at TEXT, so that an operator has to follow.
 */
static bool ends_term(const char *text, size_t size)
{
	static const char *const operators[] = {"and", "or", "not"};
	while (size > 0 && isspace((unsigned char)text[size - 1]))
		size--;
	if (size == 0 || strchr("(!,", text[size - 1]))
		return false;
	size_t from = size;
	while (from > 0 && !isspace((unsigned char)text[from - 1]) && text[from - 1] != '(')
		from--;
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		if (size - from == strlen(operators[i]) &&
			strncasecmp(text + from, operators[i], size - from) == 0)
			return false;
	}
	return true;
}

/* Offers what can be at the beginning of a word, which is at WORD, before which is TEXT. */
static void offer_words(struct search *search, const char *text, size_t word)
{
	if (ends_term(text, word)) {
		for (size_t i = 0; i < sizeof(binary) / sizeof(*binary); i++)
			offer(search, binary[i]);
		return;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		offer(search, starts[i]);
}

/* Moves the beginning of what is completed to AT. */
static void begin_at(struct search *search, const char *text, size_t cursor, size_t at)
{
	search->typed = text + at;
	search->completion->at = at;
	search->completion->size = cursor - at;
}

void filter_complete(const char *text, size_t cursor, struct filter_completion *completion)
{
	struct search search = {.completion = completion};
	size_t word = cursor, at = cursor;
	*completion = (struct filter_completion){0};
	while (word > 0 && !isspace((unsigned char)text[word - 1]) && text[word - 1] != '(')
		word--;
	word += strspn(text + word, "!");
	if (word > cursor)
		word = cursor;
	size_t key = key_size(text + word, cursor - word);
	const struct filter_key *known = filter_key_by_name(text + word, key);
	while (at > word && text[at - 1] != ',')
		at--;
	bool is_first = at == word;
	if (key && is_first)
		at = word + key + strspn(text + word + key, ":=<>");
	/* "?" and "%" are no part of a name. */
	bool is_class = false;
	while (!key && at < cursor && strchr("?%", text[at]))
		is_class |= text[at++] == '%';
	begin_at(&search, text, cursor, at < cursor ? at : cursor);
	if (known) {
		offer_values(&search, known);
	} else if (is_class) {
		offer_classes(&search);
	} else if (!key) {
		if (is_first)
			offer_words(&search, text, word);
		if (!is_first || !ends_term(text, word))
			offer_calls(&search);
	}
}
