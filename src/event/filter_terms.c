/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terms of filters; see event/filter_terms.h.
 *
 * An answer is FILTER_UNKNOWN where what is known about a call leaves it open. A range of times is
 * one of several calls, or of one that has not ended: all of it, nothing or a part of it can be in
 * the range of a value.
 */
#include "config.h"

#include "event/filter_terms.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "abi/argument.h"
#include "abi/names.h"
#include "abi/nearest.h"
#include "base/amount.h"
#include "base/text.h"

/* The greatest number of an error that a call can return: MAX_ERRNO of the kernel. */
#define ERROR_MAX   4095
#define PORT_MAX    65535

/* In IPv6, an IPv4 address has a prefix of so many bits: RFC 4291, 2.5.5.2. */
#define MAPPED_BITS 96

/* VALUE escaped for a message. */
struct quoted {
	char text[48];
};

static struct quoted quote(const char *value)
{
	struct quoted quoted = {0};
	text_escape(value, strlen(value), quoted.text, sizeof(quoted.text));
	return quoted;
}

/* Numbers and ranges of them. */

/* Parses an integer at *TEXT, and moves that behind it. Returns whether there is one. */
static bool take_number(const char **text, bool is_signed, int64_t *number)
{
	const char *digits = *text + (is_signed && **text == '-');
	char *end;
	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	*number = strtoll(*text, &end, 10);
	*text = end;
	return !errno;
}

/* Parses "3" or "3-5", from MIN to MAX. Returns whether it is one. */
static bool parse_range(const char *text, int64_t min, int64_t max, struct filter_value *value)
{
	if (!take_number(&text, min < 0, &value->first))
		return false;
	value->last = value->first;
	if (*text == '-' && text++ && !take_number(&text, min < 0, &value->last))
		return false;
	return !*text && value->first >= min && value->last <= max && value->first <= value->last;
}

static enum filter_answer in_range(const struct filter_value *value, int64_t number)
{
	return number >= value->first && number <= value->last ? FILTER_YES : FILTER_NO;
}

/* The answer for something that is between MIN and MAX. */
static enum filter_answer in_ranges(const struct filter_value *value, uint64_t min, uint64_t max)
{
	int64_t least = min < INT64_MAX ? (int64_t)min : INT64_MAX;
	int64_t most = max < INT64_MAX ? (int64_t)max : INT64_MAX;
	if (least > value->last || most < value->first)
		return FILTER_NO;
	return least >= value->first && most <= value->last ? FILTER_YES : FILTER_UNKNOWN;
}

void filter_value_relate(struct filter_value *value, enum filter_relation relation)
{
	int64_t number = value->first;
	switch (relation) {
	case FILTER_IS:
		return;
	case FILTER_GREATER:
		/* Nothing is greater than the greatest: the range is empty. */
		value->first = number < INT64_MAX ? number + 1 : INT64_MAX;
		value->last = number < INT64_MAX ? INT64_MAX : INT64_MIN;
		return;
	case FILTER_GREATER_EQUAL:
		value->last = INT64_MAX;
		return;
	case FILTER_LESS:
		value->first = number > INT64_MIN ? INT64_MIN : INT64_MAX;
		value->last = number > INT64_MIN ? number - 1 : INT64_MIN;
		return;
	case FILTER_LESS_EQUAL:
		value->first = INT64_MIN;
		return;
	}
}

/* Amounts with a unit. */

/* Makes VALUE the AMOUNT, if that can be compared. Returns whether it can. */
static bool set_amount(uint64_t amount, struct filter_value *value)
{
	value->first = value->last = (int64_t)amount;
	return amount <= INT64_MAX;
}

static int parse_time(const char *text, struct filter_value *value, char *message, size_t size)
{
	uint64_t ns;
	if (amount_time(text, &ns) && set_amount(ns, value))
		return 0;
	snprintf(message, size, "\"%s\" is no time: a number with ns, us, ms, s, m or h",
		quote(text).text);
	return -EINVAL;
}

static enum filter_answer answer_time(
	const struct filter_value *value, const struct filter_call *call)
{
	return in_ranges(value, call->min_ns, call->max_ns);
}

static int parse_bytes(const char *text, struct filter_value *value, char *message, size_t size)
{
	uint64_t bytes;
	if (amount_bytes(text, &bytes) && set_amount(bytes, value))
		return 0;
	snprintf(message, size, "\"%s\" is no number of bytes: also with k, M, G or T",
		quote(text).text);
	return -EINVAL;
}

static enum filter_answer answer_bytes(
	const struct filter_value *value, const struct filter_call *call)
{
	return in_ranges(value, call->min_bytes, call->max_bytes);
}

/* Who has made it. */

static int parse_task(const char *text, struct filter_value *value, char *message, size_t size)
{
	if (parse_range(text, 1, INT32_MAX, value))
		return 0;
	snprintf(message, size, "\"%s\" is no process or thread: a number above 0 is wanted",
		quote(text).text);
	return -EINVAL;
}

static enum filter_answer answer_pid(
	const struct filter_value *value, const struct filter_call *call)
{
	return call->pid ? in_range(value, call->pid) : FILTER_UNKNOWN;
}

static enum filter_answer answer_tid(
	const struct filter_value *value, const struct filter_call *call)
{
	return call->tid ? in_range(value, call->tid) : FILTER_UNKNOWN;
}

static int parse_glob(enum glob_kind kind, const char *text, struct filter_value *value,
	char *message, size_t size)
{
	int error = glob_new(kind, text, &value->glob);
	if (error == -E2BIG)
		snprintf(message, size, "the pattern is too long");
	else if (error)
		snprintf(message, size, "a \"[\" has no \"]\"; to match one, write \"\\[\"");
	return error ? -EINVAL : 0;
}

static int parse_comm(const char *text, struct filter_value *value, char *message, size_t size)
{
	return parse_glob(GLOB_NAME, text, value, message, size);
}

static enum filter_answer answer_comm(
	const struct filter_value *value, const struct filter_call *call)
{
	if (!call->comm)
		return FILTER_UNKNOWN;
	return glob_match(value->glob, call->comm) ? FILTER_YES : FILTER_NO;
}

/* How it has ended. */

int filter_error_number(const char *name)
{
	static const struct {
		const char *name;
		int err;
	} aliases[] = {
		{"EWOULDBLOCK", EWOULDBLOCK}, {"EDEADLOCK", EDEADLOCK}, {"ENOTSUP", ENOTSUP}};
	char known[ABI_NAME_MAX];
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++) {
		if (strcasecmp(aliases[i].name, name) == 0)
			return aliases[i].err;
	}
	for (int err = 1; err <= ERROR_MAX; err++) {
		if (strcasecmp(error_name(err, known), name) == 0)
			return err;
	}
	return 0;
}

static int parse_errno(const char *text, struct filter_value *value, char *message, size_t size)
{
	struct nearest nearest;
	char near[96];
	if (parse_range(text, 1, ERROR_MAX, value))
		return 0;
	value->first = value->last = filter_error_number(text);
	if (value->first)
		return 0;
	nearest_begin(&nearest, text);
	for (int err = 1; err <= ERROR_MAX; err++) {
		const char *name = strerrorname_np(err);
		if (name)
			nearest_offer(&nearest, name);
	}
	snprintf(message, size, "unknown error \"%s\"%s", quote(text).text,
		nearest_text(&nearest, "", near, sizeof(near)));
	return -EINVAL;
}

static enum filter_answer answer_errno(
	const struct filter_value *value, const struct filter_call *call)
{
	if (call->end == FILTER_END_UNKNOWN || (call->end == FILTER_END_FAILED && !call->err))
		return FILTER_UNKNOWN;
	return call->end == FILTER_END_FAILED ? in_range(value, call->err) : FILTER_NO;
}

static const char *const result_words[] = {
	[FILTER_END_OK - 1] = "ok",
	[FILTER_END_FAILED - 1] = "failed",
	[FILTER_END_UNFINISHED - 1] = "unfinished",
	[FILTER_END_UNFINISHED] = NULL,
};

static int parse_result(const char *text, struct filter_value *value, char *message, size_t size)
{
	struct nearest nearest;
	char near[96];
	nearest_begin(&nearest, text);
	for (int i = 0; result_words[i]; i++) {
		nearest_offer(&nearest, result_words[i]);
		if (strcmp(result_words[i], text) == 0) {
			value->end = (enum filter_end)(i + 1);
			return 0;
		}
	}
	if (parse_range(text, INT64_MIN, INT64_MAX, value))
		return 0;
	snprintf(message, size, "\"%s\" is no result: ok, failed, unfinished or a number%s",
		quote(text).text, nearest_text(&nearest, "", near, sizeof(near)));
	return -EINVAL;
}

static enum filter_answer answer_result(
	const struct filter_value *value, const struct filter_call *call)
{
	if (call->end == FILTER_END_UNKNOWN)
		return FILTER_UNKNOWN;
	if (value->end != FILTER_END_UNKNOWN)
		return call->end == value->end ? FILTER_YES : FILTER_NO;
	if (call->end != FILTER_END_OK)
		return FILTER_NO;
	return call->has_result ? in_range(value, call->result) : FILTER_UNKNOWN;
}

/* What it is about. */

static int parse_fd(const char *text, struct filter_value *value, char *message, size_t size)
{
	if (parse_range(text, 0, INT32_MAX, value))
		return 0;
	snprintf(message, size, "\"%s\" is no descriptor: a number is wanted, or a range: 3-5",
		quote(text).text);
	return -EINVAL;
}

/* Whether ARGUMENT is a descriptor, or memory with descriptors. */
static bool has_descriptors(const struct argument *argument)
{
	bool is_memory = argument->kind == ARG_STRUCT || argument->kind == ARG_ARRAY;
	return argument->kind == ARG_FD || argument->kind == ARG_DIRFD ||
	       argument->kind == ARG_FDSET ||
	       (is_memory && argument->type && argument->type->special == SPECIAL_POLLFD);
}

static bool has_names(const struct argument *argument)
{
	return argument->kind == ARG_PATH || argument->kind == ARG_SOCKADDR ||
	       argument->kind == ARG_MSGHDR || argument->kind == ARG_MMSGHDR;
}

/*
 * Whether CALL may have descriptors, or arguments that name objects as well. Of one that is in no
 * table, and of one whose arguments are in memory, that is not known.
 */
static bool may_be_about(struct call call, bool names)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	const uint64_t args[CALL_MAX_ARGS] = {0};
	if (!desc || call_is_request(call) || strcmp(desc->name, "socketcall") == 0)
		return true;
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++) {
		const struct argument *argument = argument_declared(call, i);
		if (has_descriptors(argument) || (names && has_names(argument)))
			return true;
	}
	return names && argument_result(call, args)->kind == ARG_FD;
}

static enum filter_answer answer_fd(
	const struct filter_value *value, const struct filter_call *call)
{
	for (size_t i = 0; i < call->object_count; i++) {
		if (call->object[i].fd >= 0 && in_range(value, call->object[i].fd) == FILTER_YES)
			return FILTER_YES;
	}
	return call->has_fds || !may_be_about(call->call, false) ? FILTER_NO : FILTER_UNKNOWN;
}

/* The answer for a call, if one of its objects MATCHES VALUE. */
static enum filter_answer answer_objects(const struct filter_value *value,
	const struct filter_call *call,
	bool (*matches)(const struct filter_value *value, const struct filter_object *object))
{
	bool is_known = call->has_names;
	for (size_t i = 0; i < call->object_count; i++) {
		const struct filter_object *object = &call->object[i];
		if (!object->is_named)
			is_known = false;
		else if (matches(value, object))
			return FILTER_YES;
	}
	if (!is_known && !call->object_count && !may_be_about(call->call, true))
		return FILTER_NO;
	return is_known ? FILTER_NO : FILTER_UNKNOWN;
}

static int parse_path(const char *text, struct filter_value *value, char *message, size_t size)
{
	return parse_glob(GLOB_PATH, text, value, message, size);
}

static bool has_path(const struct filter_value *value, const struct filter_object *object)
{
	return object->name && glob_match(value->glob, object->name);
}

static enum filter_answer answer_path(
	const struct filter_value *value, const struct filter_call *call)
{
	return answer_objects(value, call, has_path);
}

static bool is_port_in(const struct filter_value *value, const struct filter_address *address)
{
	return address->family != FILTER_ADDRESS_NONE &&
	       in_range(value, address->port) == FILTER_YES;
}

static int parse_port(const char *text, struct filter_value *value, char *message, size_t size)
{
	if (parse_range(text, 0, PORT_MAX, value))
		return 0;
	snprintf(message, size, "\"%s\" is no port: a number up to %d is wanted, or a range",
		quote(text).text, PORT_MAX);
	return -EINVAL;
}

static bool has_port(const struct filter_value *value, const struct filter_object *object)
{
	return is_port_in(value, &object->local) || is_port_in(value, &object->remote);
}

static enum filter_answer answer_port(
	const struct filter_value *value, const struct filter_call *call)
{
	return answer_objects(value, call, has_port);
}

/* Peers. */

/* Strips ":PORT" from HOST, "[…]" from what is before it, and stores both. */
static bool split_port(char *host, char **address, struct filter_value *value)
{
	char *port = strrchr(host, ':');
	*address = host;
	if (*host == '[') {
		char *end = strchr(host, ']');
		if (!end)
			return false;
		*address = host + 1;
		port = end[1] == ':' ? end + 1 : NULL;
		if (!port && end[1])
			return false;
		*end = '\0';
	} else if (port && strchr(host, ':') != port) {
		port = NULL; /* IPv6 without a port */
	}
	value->first = 0;
	value->last = PORT_MAX;
	if (!port)
		return true;
	*port = '\0';
	return parse_range(port + 1, 0, PORT_MAX, value);
}

/* Parses "10.0.0.0/8", "::1" or "*". */
static bool parse_address(char *text, struct filter_value *value)
{
	struct filter_address *address = &value->address;
	char *bits = strchr(text, '/');
	struct filter_value length = {0};
	if (strcmp(text, "*") == 0)
		return true;
	if (bits)
		*bits++ = '\0';
	if (inet_pton(AF_INET, text, address->bytes) == 1)
		address->family = FILTER_ADDRESS_IPV4;
	else if (inet_pton(AF_INET6, text, address->bytes) == 1)
		address->family = FILTER_ADDRESS_IPV6;
	else
		return false;
	value->bits = address->family == FILTER_ADDRESS_IPV4 ? 32 : 128;
	if (!bits)
		return true;
	if (!parse_range(bits, 0, value->bits, &length) || length.first != length.last)
		return false;
	value->bits = (unsigned int)length.first;
	return true;
}

static int parse_peer(const char *text, struct filter_value *value, char *message, size_t size)
{
	char host[INET6_ADDRSTRLEN + 32], *address;
	if (*text == '/' || *text == '@')
		return parse_glob(*text == '/' ? GLOB_PATH : GLOB_NAME, text, value, message, size);
	if (strlen(text) < sizeof(host)) {
		strcpy(host, text);
		if (split_port(host, &address, value) && parse_address(address, value))
			return 0;
	}
	snprintf(message, size,
		"\"%s\" is no address: expected 10.0.0.1:80, 10.0.0.0/8, [::1]:80, *:80 or a path",
		quote(text).text);
	return -EINVAL;
}

/* IPv4 in IPv6 is IPv4. */
static struct filter_address unmapped(const struct filter_address *address)
{
	static const unsigned char prefix[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};
	struct filter_address plain = *address;
	if (address->family == FILTER_ADDRESS_IPV6 &&
		memcmp(address->bytes, prefix, sizeof(prefix)) == 0) {
		plain.family = FILTER_ADDRESS_IPV4;
		memcpy(plain.bytes, address->bytes + sizeof(prefix), 4);
	}
	return plain;
}

/* Whether the first BITS of A and B are equal. */
static bool are_equal(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

static bool is_peer(const struct filter_value *value, const struct filter_object *object)
{
	if (value->glob)
		return object->is_unix && object->name && glob_match(value->glob, object->name);
	struct filter_address remote = unmapped(&object->remote);
	struct filter_address wanted = unmapped(&value->address);
	if (!is_port_in(value, &remote))
		return false;
	if (wanted.family == FILTER_ADDRESS_NONE)
		return true;
	bool was_mapped = wanted.family != value->address.family;
	unsigned int bits = value->bits;
	if (was_mapped)
		bits = bits > MAPPED_BITS ? bits - MAPPED_BITS : 0;
	return remote.family == wanted.family && are_equal(remote.bytes, wanted.bytes, bits);
}

static enum filter_answer answer_peer(
	const struct filter_value *value, const struct filter_call *call)
{
	return answer_objects(value, call, is_peer);
}

/* The table. */

#define NEEDS_OBJECTS (FILTER_NEEDS_ARGS | FILTER_NEEDS_NAMES)

const struct filter_key filter_keys[FILTER_KEY_COUNT] = {
	[FILTER_KEY_PATH] = {.name = "path",
		.example = "path:/etc/**",
		.meaning = "a file that it names or has open; ** also below",
		.needs = NEEDS_OBJECTS,
		.parse = parse_path,
		.answer = answer_path},
	[FILTER_KEY_FD] = {.name = "fd",
		.example = "fd:3",
		.meaning = "a descriptor among its arguments",
		.needs = FILTER_NEEDS_ARGS,
		.parse = parse_fd,
		.answer = answer_fd},
	[FILTER_KEY_PEER] = {.name = "peer",
		.example = "peer:10.0.0.1:5432",
		.meaning = "the other end of a socket",
		.needs = NEEDS_OBJECTS,
		.parse = parse_peer,
		.answer = answer_peer},
	[FILTER_KEY_PORT] = {.name = "port",
		.example = "port:443",
		.meaning = "a port of a socket",
		.needs = NEEDS_OBJECTS,
		.parse = parse_port,
		.answer = answer_port},
	[FILTER_KEY_ERRNO] = {.name = "errno",
		.example = "errno:ENOENT",
		.meaning = "how it failed",
		.needs = FILTER_NEEDS_ERROR,
		.parse = parse_errno,
		.answer = answer_errno},
	[FILTER_KEY_RESULT] = {.name = "result",
		.example = "result:failed",
		.meaning = "ok, failed, unfinished or a number",
		.needs = FILTER_NEEDS_END,
		.is_ordered = true,
		.word = result_words,
		.parse = parse_result,
		.answer = answer_result},
	[FILTER_KEY_TIME] = {.name = "time",
		.example = "time>10ms",
		.meaning = "how long it took",
		.needs = FILTER_NEEDS_END,
		.is_ordered = true,
		.parse = parse_time,
		.answer = answer_time},
	[FILTER_KEY_BYTES] = {.name = "bytes",
		.example = "bytes>4k",
		.meaning = "how much it transferred",
		.needs = FILTER_NEEDS_END,
		.is_ordered = true,
		.parse = parse_bytes,
		.answer = answer_bytes},
	[FILTER_KEY_PID] = {.name = "pid",
		.example = "pid:1234",
		.meaning = "the process",
		.needs = FILTER_NEEDS_TASK,
		.parse = parse_task,
		.answer = answer_pid},
	[FILTER_KEY_TID] = {.name = "tid",
		.example = "tid:1234",
		.meaning = "the thread",
		.needs = FILTER_NEEDS_TASK,
		.parse = parse_task,
		.answer = answer_tid},
	[FILTER_KEY_COMM] = {.name = "comm",
		.example = "comm:nginx*",
		.meaning = "the name of the thread",
		.needs = FILTER_NEEDS_TASK,
		.parse = parse_comm,
		.answer = answer_comm},
};

const struct filter_key *filter_key_by_name(const char *name, size_t size)
{
	for (int id = 0; id < FILTER_KEY_COUNT; id++) {
		if (strlen(filter_keys[id].name) == size &&
			strncasecmp(filter_keys[id].name, name, size) == 0)
			return &filter_keys[id];
	}
	return NULL;
}

unsigned int filter_term_needs(const struct filter_term *term)
{
	unsigned int needs = term->key ? term->key->needs : 0;
	if (!term->key || term->key != &filter_keys[FILTER_KEY_RESULT])
		return needs;
	for (size_t i = 0; i < term->value_count; i++) {
		if (term->value[i].end == FILTER_END_UNKNOWN)
			return needs;
	}
	/* Not a number. */
	return FILTER_NEEDS_ERROR;
}

enum filter_answer filter_term_answer(
	const struct filter_term *term, const struct filter_call *call)
{
	enum filter_answer best = FILTER_NO;
	if (term->set)
		return callset_has(term->set, call->call) ? FILTER_YES : FILTER_NO;
	for (size_t i = 0; i < term->value_count && best != FILTER_YES; i++) {
		enum filter_answer answer = term->key->answer(&term->value[i], call);
		if (answer > best)
			best = answer;
	}
	return best;
}

void filter_term_clear(struct filter_term *term)
{
	callset_free(term->set);
	for (size_t i = 0; i < term->value_count; i++)
		glob_free(term->value[i].glob);
	free(term->value);
	*term = (struct filter_term){0};
}
