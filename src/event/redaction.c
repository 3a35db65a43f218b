/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Masking of secrets; see event/redaction.h. */
#include "config.h"

#include "event/redaction.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "abi/fetch.h"
#include "abi/syscall.h"
#include "base/alloc.h"
#include "event/detail.h"
#include "event/event.h"

/* The words of names of secrets, in capitals. */
static const char *const secret_words[] = {
	"PASSWORD", "PASSWD", "PASSPHRASE", "TOKEN", "SECRET", "CREDENTIAL", "KEY"};

#define SECRET_WORDS (sizeof(secret_words) / sizeof(*secret_words))

struct redaction {
	struct event_sink sink;
	struct event_sink *target;
	bool with_data;
	char *text; /* the words of the user, in capitals, each with its NUL */
	const char **word;
	size_t count;
	/* Room for a copy of any. */
	struct event_detail *detail;
	struct event_command_line *line;
	struct event_session *session;
};

static void add_word(struct redaction *redaction, const char *word)
{
	redaction->word = xreallocarray(
		redaction->word, redaction->count + 1, sizeof(*redaction->word));
	redaction->word[redaction->count++] = word;
}

struct redaction *redaction_new(const char *more, bool with_data)
{
	struct redaction *redaction = xcalloc(1, sizeof(*redaction));
	redaction->with_data = with_data;
	redaction->text = xstrdup(more ? more : "");
	for (char *at = redaction->text; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	for (size_t i = 0; i < SECRET_WORDS; i++)
		add_word(redaction, secret_words[i]);
	char *rest = redaction->text;
	for (char *word; (word = strsep(&rest, ","));) {
		if (*word)
			add_word(redaction, word);
	}
	redaction->detail = xcalloc(1, sizeof(*redaction->detail) + DETAIL_DATA_MAX);
	redaction->line = xcalloc(1, sizeof(*redaction->line) + EVENT_WORDS_MAX);
	redaction->session = xcalloc(1, sizeof(*redaction->session) + EVENT_SESSION_TEXTS_MAX);
	return redaction;
}

void redaction_free(struct redaction *redaction)
{
	if (!redaction)
		return;
	free(redaction->detail);
	free(redaction->line);
	free(redaction->session);
	free(redaction->word);
	free(redaction->text);
	free(redaction);
}

/* Whether WORD, in capitals, is at AT, where SIZE bytes are. */
static bool is_at(const char *at, size_t size, const char *word)
{
	size_t length = strlen(word);
	if (length > size)
		return false;
	for (size_t i = 0; i < length; i++) {
		/* A name that is written with hyphens is the same. */
		char given = at[i] == '-' ? '_' : (char)toupper((unsigned char)at[i]);
		if (given != (word[i] == '-' ? '_' : word[i]))
			return false;
	}
	return true;
}

bool redaction_is_secret(const struct redaction *redaction, const char *name, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		for (size_t i = 0; i < redaction->count; i++) {
			if (is_at(name + at, size - at, redaction->word[i]))
				return true;
		}
	}
	return false;
}

/* Replaces SIZE bytes of VALUE. */
static void mask(char *value, size_t size)
{
	size_t shown = strlen(REDACTION_MASK) < size ? strlen(REDACTION_MASK) : size;
	memset(value, 0, size);
	memcpy(value, REDACTION_MASK, shown);
}

/* Masks the password of a URL in WORD of SIZE bytes, which has no NUL. What follows it moves up. */
static bool mask_url(char *word, size_t size)
{
	char *scheme = memmem(word, size, "://", 3);
	if (!scheme)
		return false;
	char *user = scheme + 3, *end = word + size;
	char *host_end = user;
	while (host_end < end && !strchr("/?#", *host_end))
		host_end++;
	char *at = memrchr(user, '@', (size_t)(host_end - user));
	char *colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
	if (!colon)
		return false;
	size_t length = (size_t)(at - colon - 1);
	size_t shown = strlen(REDACTION_MASK) < length ? strlen(REDACTION_MASK) : length;
	memcpy(colon + 1, REDACTION_MASK, shown);
	memmove(colon + 1 + shown, at, (size_t)(end - at));
	memset(end - (length - shown), 0, length - shown);
	return length > 0;
}

/* Masks WORD, which has no blanks, as redaction_mask_word(). */
static bool mask_plain(const struct redaction *redaction, char *word, size_t size, bool *follows)
{
	bool is_value = *follows, is_option = size > 1 && word[0] == '-';
	const char *equals = memchr(word, '=', size);
	size_t name = equals ? (size_t)(equals - word) : size;
	*follows = false;
	if (is_value && !is_option) {
		mask(word, size);
		return size > 0;
	}
	if (equals && redaction_is_secret(redaction, word, name)) {
		mask(word + name + 1, size - name - 1);
		return size > name + 1;
	}
	*follows = is_option && !equals && redaction_is_secret(redaction, word, size);
	return mask_url(word, size);
}

/* Masks the words of TEXT of SIZE bytes. What follows moves up, and NULs are added at the end. */
static bool mask_line(const struct redaction *redaction, char *text, size_t size)
{
	size_t kept = 0;
	bool follows = false, masked = false;
	for (size_t at = 0; at < size;) {
		const char *blank = memchr(text + at, ' ', size - at);
		size_t length = blank ? (size_t)(blank - text) - at : size - at;
		masked |= mask_plain(redaction, text + at, length, &follows);
		size_t left = strnlen(text + at, length);
		memmove(text + kept, text + at, left);
		kept += left;
		if (blank)
			text[kept++] = ' ';
		at += length + 1;
	}
	memset(text + kept, 0, size - kept);
	return masked;
}

bool redaction_mask_word(const struct redaction *redaction, char *word, size_t size, bool *follows)
{
	bool masked = mask_plain(redaction, word, size, follows);
	/* Of a word like those of `sh -c`, which is a line, no option follows. */
	if (masked || !memchr(word, ' ', size))
		return masked;
	*follows = false;
	return mask_line(redaction, word, size);
}

bool redaction_mask_words(const struct redaction *redaction, char *words, size_t size)
{
	bool follows = false, masked = false;
	for (size_t at = 0; at < size;) {
		size_t length = strnlen(words + at, size - at);
		masked |= redaction_mask_word(redaction, words + at, length, &follows);
		at += length + 1;
	}
	return masked;
}

void redaction_mask_line(const struct redaction *redaction, char *text)
{
	mask_line(redaction, text, strlen(text));
}

/* Details. */

static bool executes(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && strncmp(desc->name, "execve", strlen("execve")) == 0;
}

/* Masks the strings in the blocks of DETAIL: those of argv, and then those of the environment. */
static void mask_blocks(const struct redaction *redaction, struct event_detail *detail)
{
	struct detail_block block;
	bool follows = false;
	for (size_t at = 0; at + sizeof(block) <= detail->size;) {
		memcpy(&block, detail->blocks + at, sizeof(block));
		at += sizeof(block);
		if (block.size > detail->size - at)
			return;
		char *text = (char *)detail->blocks + at;
		size_t length = strnlen(text, block.size);
		/* Others are pointers to strings, or several strings; of a cut one, there is no
		 * NUL. */
		if (length + 1 >= block.size)
			redaction_mask_word(redaction, text, length, &follows);
		else
			redaction_mask_words(redaction, text, block.size);
		at += ((size_t)block.size + 7) & ~(size_t)7;
	}
}

/* Copies pieces of the memory of one detail to another. */
struct copier {
	struct fetch_reader reader;
	const struct event_detail *from;
	struct event_detail *to;
	enum detail_phase phase;
};

static const unsigned char *copy_piece(
	struct copier *copier, uint64_t address, const unsigned char *bytes, size_t size)
{
	struct event_detail *to = copier->to;
	struct detail_block block = {address, (uint32_t)size, copier->phase};
	size_t padded = (size + 7) & ~(size_t)7;
	if (!size || sizeof(block) + padded > DETAIL_DATA_MAX - to->size)
		return NULL;
	unsigned char *at = to->blocks + to->size;
	memcpy(at, &block, sizeof(block));
	memset(at + sizeof(block), 0, padded);
	memcpy(at + sizeof(block), bytes, size);
	to->size += (uint32_t)(sizeof(block) + padded);
	return at + sizeof(block);
}

static const unsigned char *copy_read(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	struct copier *copier = (struct copier *)reader;
	size_t available;
	const unsigned char *bytes = detail_find(copier->from, copier->phase, address, &available);
	*got = available < size ? available : size;
	return bytes ? copy_piece(copier, address, bytes, *got) : NULL;
}

static const unsigned char *copy_string(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	struct copier *copier = (struct copier *)reader;
	size_t available;
	const unsigned char *bytes = detail_find(copier->from, copier->phase, address, &available);
	if (!bytes)
		return NULL;
	available = available < size ? available : size;
	size_t length = strnlen((const char *)bytes, available);
	*got = length < available ? length + 1 : available;
	return copy_piece(copier, address, bytes, *got);
}

/* Whether anything of FROM is not in TO. */
static bool lacks(const struct event_detail *to, const struct event_detail *from)
{
	struct detail_block block;
	size_t size;
	for (size_t at = 0; at + sizeof(block) <= from->size;) {
		memcpy(&block, from->blocks + at, sizeof(block));
		if (!detail_find(to, (enum detail_phase)block.phase, block.address, &size))
			return true;
		at += sizeof(block) + (((size_t)block.size + 7) & ~(size_t)7);
	}
	return false;
}

/* The copy of DETAIL without what is in buffers. */
static const struct event *without_data(
	struct redaction *redaction, const struct event_detail *detail)
{
	struct copier copier = {
		.reader = {.read = copy_read,
			.read_string = copy_string,
			.string_max = 0,
			.verbose = true},
		.from = detail,
		.to = redaction->detail,
		.phase = DETAIL_ENTRY,
	};
	*redaction->detail = *detail;
	redaction->detail->size = 0;
	fetch_entry(&copier.reader, FETCH_ALL, detail->call, detail->args);
	copier.phase = DETAIL_EXIT;
	if (detail->end == DETAIL_RETURNED)
		fetch_exit(&copier.reader, FETCH_ALL, detail->call, detail->args, detail->result,
			detail->err != 0);
	redaction->detail->is_masked = lacks(redaction->detail, detail);
	return &redaction->detail->event;
}

static const struct event *apply_detail(struct redaction *redaction, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	if (!detail->size || detail->size > DETAIL_DATA_MAX)
		return event;
	if (!executes(detail->call))
		return redaction->with_data ? event : without_data(redaction, detail);
	memcpy(redaction->detail, detail, sizeof(*detail) + detail->size);
	mask_blocks(redaction, redaction->detail);
	return &redaction->detail->event;
}

static const struct event *apply_line(struct redaction *redaction, const struct event *event)
{
	const struct event_command_line *line = (const struct event_command_line *)event;
	if (line->size > EVENT_WORDS_MAX)
		return event;
	memcpy(redaction->line, line, sizeof(*line) + line->size);
	redaction_mask_words(redaction, redaction->line->words, line->size);
	return &redaction->line->event;
}

/* Masks the command line of the target. */
static const struct event *apply_session(struct redaction *redaction, const struct event *event)
{
	const struct event_session *from = (const struct event_session *)event;
	struct event_session *to = redaction->session;
	if (from->size > EVENT_SESSION_TEXTS_MAX)
		return event;
	memcpy(to, from, sizeof(*to));
	to->size = 0;
	for (enum session_text text = 0; text < SESSION_TEXTS; text++) {
		char *at = to->texts + to->size;
		strcpy(at, event_session_text(from, text));
		if (text == SESSION_COMMAND)
			redaction_mask_line(redaction, at);
		to->size += (uint32_t)strlen(at) + 1;
	}
	return &to->event;
}

const struct event *redaction_apply(struct redaction *redaction, const struct event *event)
{
	switch (event->type) {
	case EVENT_DETAIL:
		return apply_detail(redaction, event);
	case EVENT_COMMAND_LINE:
		return apply_line(redaction, event);
	case EVENT_SESSION:
		return apply_session(redaction, event);
	default:
		return event;
	}
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct redaction *redaction = (struct redaction *)sink;
	event_send(redaction->target, redaction_apply(redaction, event));
}

struct event_sink *redaction_sink(struct redaction *redaction, struct event_sink *target)
{
	redaction->sink.take = take;
	redaction->target = target;
	return &redaction->sink;
}
