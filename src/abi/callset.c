/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of call sets; see abi/callset.h for its grammar.
 *
 * A set has a bit for each number of each ABI, so that a query reads one word. An item of the text
 * is a number, a class, a regular expression or a name, distinguished by its first character; each
 * kind is a row of a table: how its calls are added, and the error message if there are none.
 */
#include "config.h"

#include "abi/callset.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/nearest.h"
#include "base/alloc.h"
#include "base/text.h"

/*
 * Numbers below this have a bit of their own: twice the size of the largest table, so that calls
 * newer than the tables can be selected by number.
 */
#define NUMBER_MAX 1024
#define WORD_BITS  64

/* Longer than any call set that a person writes. */
#define TEXT_MAX   4096

/*
 * Limit on the product of the repetitions {n} of one regular expression. regcomp(3) copies what is
 * repeated: "((a{255}){255}){255}" would exhaust memory.
 */
#define REPEAT_MAX 1024

#define ALL_ABIS   ((1U << ABI_COUNT) - 1)

struct callset {
	uint64_t bits[ABI_COUNT][NUMBER_MAX / WORD_BITS]; /* the numbers below NUMBER_MAX */
	bool others[ABI_COUNT];                           /* all numbers from NUMBER_MAX up */
};

/* The state of one parse. */
struct parser {
	const char *text;            /* the writable copy that all items point into */
	const char *item;            /* start of the current item */
	struct callset *set;         /* the set being built */
	struct callset_error *error; /* not owned; may be NULL */
};

/* One item, split into its parts. */
struct item {
	const char *word;  /* without "?", the prefix of its kind, and "@ABI" */
	unsigned int abis; /* bit (1 << enum abi) for each ABI selected */
};

/* Reports what is wrong with the current item. */
__attribute__((format(printf, 2, 3))) static int wrong(
	struct parser *parser, const char *format, ...)
{
	if (parser->error) {
		va_list args;
		va_start(args, format);
		vsnprintf(parser->error->message, sizeof(parser->error->message), format, args);
		va_end(args);
		parser->error->offset = (size_t)(parser->item - parser->text);
	}
	return -EINVAL;
}

/* A word in a message: long enough for every name, with room left for the rest. */
struct quoted {
	char text[40];
};

static struct quoted quote(const char *word)
{
	struct quoted quoted = {0};
	text_escape(word, strlen(word), quoted.text, sizeof(quoted.text));
	return quoted;
}

static void add(struct callset *set, enum abi abi, uint32_t nr)
{
	set->bits[abi][nr / WORD_BITS] |= UINT64_C(1) << (nr % WORD_BITS);
}

static void add_all(struct callset *set, enum abi abi)
{
	memset(set->bits[abi], 0xff, sizeof(set->bits[abi]));
	set->others[abi] = true;
}

static void invert(struct callset *set)
{
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		for (size_t i = 0; i < NUMBER_MAX / WORD_BITS; i++)
			set->bits[abi][i] = ~set->bits[abi][i];
		set->others[abi] = !set->others[abi];
	}
}

/*
 * The description of the first call at or after *AT that has a name in one of ABIS; moves *AT to
 * it. NULL at the end.
 */
static const struct syscall_desc *next_named(unsigned int abis, struct call *at)
{
	for (; at->abi < ABI_COUNT; at->abi++, at->nr = 0) {
		uint32_t size = abis & 1U << at->abi ? syscall_table_size(at->abi) : 0;
		for (; at->nr < size; at->nr++) {
			const struct syscall_desc *desc = syscall_lookup(*at);
			if (desc)
				return desc;
		}
	}
	return NULL;
}

/*
 * Adds the calls of ABIS for which MATCHES, called with their description and ARG, is true. Returns
 * their number.
 */
static int add_matching(struct callset *set, unsigned int abis,
	bool (*matches)(const struct syscall_desc *desc, const void *arg), const void *arg)
{
	int added = 0;
	const struct syscall_desc *desc;
	for (struct call at = {0}; (desc = next_named(abis, &at)); at.nr++) {
		if (!matches(desc, arg))
			continue;
		add(set, at.abi, at.nr);
		added++;
	}
	return added;
}

/* Numbers. */

static int add_number(struct parser *parser, const struct item *item)
{
	char *end;
	unsigned long nr = strtoul(item->word, &end, 10);
	if (*end)
		return wrong(parser, "\"%s\" is not a number", quote(item->word).text);
	if (nr >= NUMBER_MAX)
		return 0;
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		bool is_meant = abi != ABI_IO_URING || item->abis != ALL_ABIS;
		if (item->abis & 1U << abi && is_meant)
			add(parser->set, abi, (uint32_t)nr);
	}
	return 1;
}

static int unknown_number(struct parser *parser, const struct item *item)
{
	return wrong(parser, "no system call has the number %s; they are below %d",
		quote(item->word).text, NUMBER_MAX);
}

/* Classes. */

static bool is_in_class(const struct syscall_desc *desc, const void *class)
{
	return desc->classes & 1U << *(const enum call_class *)class;
}

static int add_class(struct parser *parser, const struct item *item)
{
	enum call_class class = call_class_by_name(item->word);
	if (class == CLASS_COUNT)
		return 0;
	add_matching(parser->set, item->abis, is_in_class, &class);
	return 1; /* a class is valid even if an ABI has no call of it */
}

static int unknown_class(struct parser *parser, const struct item *item)
{
	struct nearest nearest;
	char text[sizeof(parser->error->message)];
	nearest_begin(&nearest, item->word);
	for (enum call_class c = 0; c < CLASS_COUNT; c++)
		nearest_offer(&nearest, call_class_name(c));
	return wrong(parser, "unknown class \"%%%s\"%s", quote(item->word).text,
		nearest_text(&nearest, "%", text, sizeof(text)));
}

/* Regular expressions. */

static bool is_matched(const struct syscall_desc *desc, const void *regex)
{
	return regexec(regex, desc->name, 0, NULL, 0) == 0;
}

/* Whether the product of PATTERN's repetitions is small. (A repetition cannot contain a comma.) */
static bool repeats_little(const char *pattern)
{
	unsigned long product = 1;
	for (const char *at = strchr(pattern, '{'); at; at = strchr(at + 1, '{')) {
		unsigned long times = strtoul(at + 1, NULL, 10);
		if (times > REPEAT_MAX || product * times > REPEAT_MAX)
			return false;
		product *= times ? times : 1;
	}
	return true;
}

static int add_regex(struct parser *parser, const struct item *item)
{
	if (!*item->word)
		return wrong(parser, "the regular expression is empty");
	if (!repeats_little(item->word))
		return wrong(parser, "regular expression \"%s\" repeats too often",
			quote(item->word).text);
	regex_t regex;
	int code = regcomp(&regex, item->word, REG_EXTENDED | REG_NOSUB);
	if (code != 0) {
		char reason[64];
		regerror(code, &regex, reason, sizeof(reason));
		return wrong(
			parser, "regular expression \"%s\": %s", quote(item->word).text, reason);
	}
	int added = add_matching(parser->set, item->abis, is_matched, &regex);
	regfree(&regex);
	return added;
}

static int unknown_regex(struct parser *parser, const struct item *item)
{
	return wrong(parser, "no system call matches \"%s\"", quote(item->word).text);
}

/* Names. */

static bool is_named(const struct syscall_desc *desc, const void *name)
{
	return strcmp(desc->name, name) == 0;
}

/* Whether one of ABIS has a call named NAME. */
static bool is_call(const char *name, unsigned int abis)
{
	struct callset unused = {0};
	return add_matching(&unused, abis, is_named, name) > 0;
}

/*
 * "file" for "%file" is deprecated in strace; "ipc" and "signal" are also i386 calls. If the native
 * ABI has a call of that name ("stat"), it means the call, as in strace.
 */
static int bare_class(struct parser *parser, const char *name)
{
	if (!is_call(name, ALL_ABIS))
		return wrong(parser, "\"%s\" is a class: write \"%%%s\"", name, name);
	return wrong(parser, "\"%s\" is a class: write \"%%%s\", or \"%s@32\" for the call", name,
		name, name);
}

static int add_name(struct parser *parser, const struct item *item)
{
	if (strcmp(item->word, "none") == 0)
		return 1;
	if (strcmp(item->word, "all") == 0) {
		for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
			if (item->abis & 1U << abi)
				add_all(parser->set, abi);
		}
		return 1;
	}
	unsigned int expected = item->abis == ALL_ABIS ? 1U << ABI_X86_64 : item->abis;
	if (call_class_by_name(item->word) != CLASS_COUNT && !is_call(item->word, expected))
		return bare_class(parser, item->word);
	return add_matching(parser->set, item->abis, is_named, item->word);
}

/* The suffix of an ABI that has the call which the selected ABI lacks, or NULL. */
static const char *other_abi(const struct item *item)
{
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		if (is_call(item->word, 1U << abi))
			return abi_suffix(abi);
	}
	return NULL;
}

static int unknown_name(struct parser *parser, const struct item *item)
{
	const char *other = other_abi(item);
	if (other)
		return wrong(parser, "system call \"%s\" is not in that ABI; write \"%s@%s\"",
			item->word, item->word, other);
	if (strpbrk(item->word, " \t"))
		return wrong(parser, "unknown system call \"%s\"; put commas between calls",
			quote(item->word).text);
	struct nearest nearest;
	char text[sizeof(parser->error->message)];
	nearest_begin(&nearest, item->word);
	const struct syscall_desc *desc;
	for (struct call at = {0}; (desc = next_named(item->abis, &at)); at.nr++)
		nearest_offer(&nearest, desc->name);
	return wrong(parser, "unknown system call \"%s\"%s", quote(item->word).text,
		nearest_text(&nearest, "", text, sizeof(text)));
}

static const struct kind {
	const char *prefix; /* what an item of this kind begins with; stripped from its word */
	const char *first;  /* allowed first characters of its word, or NULL for any */
	/* Adds the item's calls. Returns their number, or -EINVAL after reporting the error. */
	int (*add)(struct parser *parser, const struct item *item);
	/* Reports why there are none, and returns -EINVAL. */
	int (*unknown)(struct parser *parser, const struct item *item);
} kinds[] = {
	{"", "0123456789", add_number, unknown_number},
	{"syscall_", "0123456789", add_number, unknown_number},
	{"%", NULL, add_class, unknown_class},
	{"/", NULL, add_regex, unknown_regex},
	{"", NULL, add_name, unknown_name},
};

/* The kind of an item whose text, without "?" and "@ABI", is TEXT: the last row matches everything.
 */
static const struct kind *kind_of(const char *text)
{
	for (const struct kind *kind = kinds;; kind++) {
		size_t length = strlen(kind->prefix);
		if (strncmp(text, kind->prefix, length) != 0)
			continue;
		if (!kind->first || (text[length] && strchr(kind->first, text[length])))
			return kind;
	}
}

/* Strips "@ABI" from WORD and stores the ABI in *ABIS. */
static int take_abi(struct parser *parser, char *word, unsigned int *abis)
{
	char *at = strrchr(word, '@');
	*abis = ALL_ABIS;
	if (!at)
		return 0;
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		if (strcmp(at + 1, abi_suffix(abi)) == 0) {
			*abis = 1U << abi;
			*at = '\0';
			return 0;
		}
	}
	return wrong(parser, "unknown ABI \"%s\"; write @64, @32 or @x32", quote(at).text);
}

static int parse_item(struct parser *parser, char *word)
{
	parser->item = word;
	bool optional = *word == '?';
	word += strspn(word, "?");
	if (!*word)
		return 0;
	struct item item;
	int error = take_abi(parser, word, &item.abis);
	if (error)
		return error;
	const struct kind *kind = kind_of(word);
	item.word = word + strlen(kind->prefix);
	int added = kind->add(parser, &item);
	if (added == 0 && !optional)
		return kind->unknown(parser, &item);
	return added < 0 ? added : 0;
}

/* Strips white space from both ends of TEXT. */
static char *trim(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	size_t length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* Parses TEXT, which it may modify, into the parser's set. */
static int parse(struct parser *parser, char *text)
{
	bool negated = false;
	bool empty = true;
	for (text = trim(text); *text == '!'; text = trim(text + 1))
		negated = !negated;
	parser->item = text;
	char *rest = text;
	for (char *word; (word = strsep(&rest, ","));) {
		word = trim(word);
		if (!*word)
			continue;
		empty = false;
		int error = parse_item(parser, word);
		if (error)
			return error;
	}
	if (empty)
		return wrong(
			parser, "no calls are named; write names, %%classes, \"all\" or \"none\"");
	if (negated)
		invert(parser->set);
	return 0;
}

int callset_parse(const char *text, struct callset **out, struct callset_error *error)
{
	struct parser parser = {.text = text, .item = text, .error = error};
	if (strnlen(text, TEXT_MAX + 1) > TEXT_MAX)
		return wrong(&parser, "the set is longer than %d bytes", TEXT_MAX);
	char *copy = xstrdup(text);
	parser.text = copy;
	parser.set = xcalloc(1, sizeof(*parser.set));
	int result = parse(&parser, copy);
	if (result == 0)
		*out = parser.set;
	else
		callset_free(parser.set);
	free(copy);
	return result;
}

struct callset *callset_of(bool (*has)(const void *context, struct call call), const void *context)
{
	struct callset *set = xcalloc(1, sizeof(*set));
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < NUMBER_MAX; nr++) {
			if (has(context, (struct call){.nr = nr, .abi = abi}))
				add(set, abi, nr);
		}
		set->others[abi] = has(context, (struct call){.nr = NUMBER_MAX, .abi = abi});
	}
	return set;
}

void callset_free(struct callset *set)
{
	free(set);
}

bool callset_has(const struct callset *set, struct call call)
{
	if (call.abi >= ABI_COUNT)
		return false;
	if (call.nr >= NUMBER_MAX)
		return set->others[call.abi];
	return set->bits[call.abi][call.nr / WORD_BITS] >> (call.nr % WORD_BITS) & 1;
}
