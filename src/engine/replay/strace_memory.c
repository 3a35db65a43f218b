/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a program back from its text; see engine/replay/strace_decoder.h. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "engine/replay/strace_decoder.h"
#include "engine/replay/strace_line.h"

/* Where made up addresses begin: nothing else is there, also in a program of 32 bits. */
#define ADDRESS_FIRST UINT64_C(0x57000000)

/* Strings, structures and lists beyond this are cut. */
#define STRING_MAX    (64 << 10)
#define STRUCT_MAX    8192
#define LIST_MAX      128
#define FIELDS_MAX    64

uint64_t strace_address(struct strace_decoder *decoder, size_t size)
{
	uint64_t address = decoder->next_address ? decoder->next_address : ADDRESS_FIRST;
	/* With a gap, so that a piece that is cut does not go on in the next one. */
	decoder->next_address = address + ((size + 63) & ~(size_t)63) + 64;
	return address;
}

void strace_put(struct strace_decoder *decoder, enum detail_phase phase, uint64_t address,
	const void *bytes, size_t size)
{
	struct event_detail *record = decoder->record;
	size_t padded = (size + 7) & ~(size_t)7;
	const struct detail_block block = {address, (uint32_t)size, phase};
	if (!size)
		return;
	if (record->size + sizeof(block) + padded > DETAIL_DATA_MAX) {
		record->is_cut = true;
		return;
	}
	unsigned char *at = record->blocks + record->size;
	memcpy(at, &block, sizeof(block));
	memcpy(at + sizeof(block), bytes, size);
	memset(at + sizeof(block) + size, 0, padded - size);
	record->size += (uint32_t)(sizeof(block) + padded);
}

/* Puts BYTES where ARGUMENT is looked for: what the kernel reads at the entry, what it writes at
 * the exit. */
static void put_both(struct strace_decoder *decoder, const struct argument *argument,
	uint64_t address, const void *bytes, size_t size)
{
	if (argument->direction & ARGUMENT_IN)
		strace_put(decoder, DETAIL_ENTRY, address, bytes, size);
	if (argument->direction & ARGUMENT_OUT)
		strace_put(decoder, DETAIL_EXIT, address, bytes, size);
}

/* Strings. */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at *AT, behind its backslash, stands for. */
static unsigned char take_escape(const char **at, const char *end)
{
	static const char from[] = "abfnrtv";
	static const char to[] = "\a\b\f\n\r\t\v";
	char c = *(*at)++;
	const char *known = strchr(from, c);
	unsigned int value = 0;
	if (c && known)
		return (unsigned char)to[known - from];
	if (c == 'x') {
		for (int i = 0; i < 2 && *at < end && hex_digit(**at) >= 0; i++)
			value = value * 16 + (unsigned int)hex_digit(*(*at)++);
		return (unsigned char)value;
	}
	if (c < '0' || c > '7')
		return (unsigned char)c;
	--*at;
	for (int i = 0; i < 3 && *at < end && **at >= '0' && **at <= '7'; i++)
		value = value * 8 + (unsigned int)(*(*at)++ - '0');
	return (unsigned char)value;
}

size_t strace_string(
	struct span text, unsigned char *buf, size_t size, bool *is_string, bool *is_cut)
{
	size_t used = 0;
	*is_cut = false;
	*is_string = span_take(&text, "\"");
	if (!*is_string)
		return 0;
	const char *at = text.start, *end = at + text.size;
	while (at < end && *at != '"') {
		unsigned char byte = (unsigned char)*at++;
		if (byte == '\\' && at < end)
			byte = take_escape(&at, end);
		if (used < size)
			buf[used++] = byte;
		else
			*is_cut = true;
	}
	*is_cut |= at >= end || span_begins(span_between(at + 1, end), "...");
	return used;
}

size_t strace_first_string(struct span args, char *buf, size_t size)
{
	bool is_string, is_cut;
	const char *quote = args.size ? memchr(args.start, '"', args.size) : NULL;
	if (!quote)
		return 0;
	size_t used = strace_string(span_between(quote, args.start + args.size),
		(unsigned char *)buf, size - 1, &is_string, &is_cut);
	buf[used] = '\0';
	return used;
}

/* The string TEXT, with a NUL if it is whole and IS_TEXT, becomes memory in PHASES of ARGUMENT.
 * Returns its address. */
static uint64_t put_text(struct strace_decoder *decoder, const struct argument *argument,
	struct span text, bool is_text)
{
	unsigned char bytes[STRING_MAX + 1];
	bool is_string, is_cut;
	size_t size = strace_string(text, bytes, STRING_MAX, &is_string, &is_cut);
	if (!is_string)
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	decoder->record->is_cut |= is_cut;
	if (is_text && !is_cut)
		bytes[size++] = '\0';
	uint64_t address = strace_address(decoder, size);
	put_both(decoder, argument, address, bytes, size);
	return address;
}

/* What is between the brackets of TEXT; false: it has none. */
static bool inside_of(struct span text, char open, char close, struct span *inside)
{
	text = span_trim(text);
	if (text.size < 2 || *text.start != open)
		return false;
	*inside = span_after(text, 1);
	const char *end = memrchr(inside->start, close, inside->size);
	if (end)
		inside->size = (size_t)(end - inside->start);
	return true;
}

/* Words of the ABI. */

static size_t word_size(const struct strace_decoder *decoder)
{
	return abi_pointer_size((enum abi)decoder->record->call.abi);
}

/* Stores VALUE as SIZE bytes at BYTES. */
static void store(unsigned char *bytes, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t put_strings(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	unsigned char words[(LIST_MAX + 1) * 8] = {0};
	struct span parts[LIST_MAX];
	struct span inside;
	size_t word = word_size(decoder);
	if (!inside_of(text, '[', ']', &inside))
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	size_t count = strace_split(inside, parts, LIST_MAX);
	bool is_whole = count < LIST_MAX;
	size_t stored = 0;
	for (size_t i = 0; i < count; i++) {
		if (!span_begins(parts[i], "\"")) {
			is_whole = false;
			break;
		}
		store(words + word * stored++, put_text(decoder, argument, parts[i], true), word);
	}
	uint64_t address = strace_address(decoder, sizeof(words));
	put_both(decoder, argument, address, words, word * (stored + is_whole));
	return address;
}

/* Addresses of sockets. */

/* The value behind KEY in TEXT, up to a comma at its level. */
static bool member(struct span text, const char *key, struct span *value)
{
	struct span parts[FIELDS_MAX];
	size_t count = strace_split(text, parts, FIELDS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct span part = parts[i];
		if (span_take(&part, key) && span_take(&part, "=")) {
			*value = part;
			return true;
		}
	}
	return false;
}

/* The port in MEMBERS, behind KEY: "htons(80)". */
static in_port_t port_of(const struct strace_decoder *decoder, struct span members, const char *key)
{
	struct span value;
	return member(members, key, &value)
	               ? htons((uint16_t)strace_value(decoder, value, NULL, ABI_NATIVE))
	               : 0;
}

/* The first string in MEMBERS behind KEY, an address as text. */
static bool address_of(struct span members, const char *key, int family, void *address)
{
	char text[INET6_ADDRSTRLEN];
	const char *at = members.size ? memmem(members.start, members.size, key, strlen(key))
	                              : NULL;
	return at &&
	       strace_first_string(
		       span_between(at, members.start + members.size), text, sizeof(text)) &&
	       inet_pton(family, text, address) == 1;
}

/* The address in the braces of TEXT, in BYTES. Returns its size, 0: not known. */
static size_t sockaddr_of(
	const struct strace_decoder *decoder, struct span text, struct sockaddr_storage *bytes)
{
	struct span members, family, path;
	*bytes = (struct sockaddr_storage){0};
	if (!inside_of(text, '{', '}', &members) || !member(members, "sa_family", &family))
		return 0;
	if (span_is(family, "AF_INET") || span_is(family, "PF_INET")) {
		struct sockaddr_in *in = (struct sockaddr_in *)bytes;
		in->sin_family = AF_INET;
		in->sin_port = port_of(decoder, members, "sin_port");
		address_of(members, "sin_addr=", AF_INET, &in->sin_addr);
		return sizeof(*in);
	}
	if (span_is(family, "AF_INET6") || span_is(family, "PF_INET6")) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)bytes;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port_of(decoder, members, "sin6_port");
		/* inet_pton(AF_INET6, "::1", &sin6_addr), or sin6_addr=inet_addr6(…). */
		if (!address_of(members, "inet_pton(", AF_INET6, &in6->sin6_addr))
			address_of(members, "sin6_addr", AF_INET6, &in6->sin6_addr);
		return sizeof(*in6);
	}
	if (span_is(family, "AF_UNIX") || span_is(family, "AF_LOCAL") ||
		span_is(family, "AF_FILE")) {
		struct sockaddr_un *un = (struct sockaddr_un *)bytes;
		bool is_string, is_cut;
		un->sun_family = AF_UNIX;
		size_t head = offsetof(struct sockaddr_un, sun_path);
		/* An abstract name is behind an @, or one in quotes. */
		bool is_found = member(members, "sun_path", &path) ||
		                member(members, "path", &path);
		if (!is_found)
			return head;
		size_t abstract = span_take(&path, "@");
		size_t size = strace_string(path, (unsigned char *)un->sun_path + abstract,
			sizeof(un->sun_path) - abstract, &is_string, &is_cut);
		if (un->sun_path[0] == '@' && !abstract && size)
			un->sun_path[0] = '\0';
		return head + abstract + size + (!abstract && size < sizeof(un->sun_path));
	}
	bytes->ss_family = (sa_family_t)strace_value(decoder, family,
		&(const struct value_format){.set = value_set_by_name("sock.domain")}, ABI_NATIVE);
	return bytes->ss_family ? sizeof(sa_family_t) : 0;
}

static uint64_t put_sockaddr(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	struct sockaddr_storage bytes;
	size_t size = sockaddr_of(decoder, text, &bytes);
	if (!size)
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	uint64_t address = strace_address(decoder, size);
	put_both(decoder, argument, address, &bytes, size);
	return address;
}

/* "[16]", "[128 => 16]", "[128->16]": before and after the call. */
static uint64_t put_socklen(struct strace_decoder *decoder, struct span text)
{
	struct span inside;
	uint64_t before = 0;
	uint64_t after;
	if (!inside_of(text, '[', ']', &inside) || !span_take_c_number(&inside, &before))
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	after = before;
	span_skip_blanks(&inside);
	if (span_take(&inside, "=>") || span_take(&inside, "->")) {
		span_skip_blanks(&inside);
		span_take_c_number(&inside, &after);
	}
	const uint32_t first = (uint32_t)before, second = (uint32_t)after;
	uint64_t address = strace_address(decoder, sizeof(first));
	strace_put(decoder, DETAIL_ENTRY, address, &first, sizeof(first));
	strace_put(decoder, DETAIL_EXIT, address, &second, sizeof(second));
	return address;
}

/* Structures and arrays. */

/* The value of FIELD in TEXT. */
static uint64_t field_value(
	struct strace_decoder *decoder, const struct field *field, struct span text)
{
	struct span inner;
	if (field->show == FIELD_FD)
		return (uint64_t)strace_descriptor(decoder, text, false);
	if (field->show == FIELD_SIGNALS)
		return strace_signals(decoder, text);
	/* What a union shows several times: {u32=5, u64=5}. */
	if (inside_of(text, '{', '}', &inner) && !member(inner, "u64", &text))
		return 0;
	return strace_value(decoder, text, field->format, (enum abi)decoder->record->call.abi);
}

/* Stores what TEXT says of FIELD in BYTES, of SIZE. */
static void store_field(struct strace_decoder *decoder, const struct field *field, struct span text,
	unsigned char *bytes, size_t size)
{
	bool is_string, is_cut;
	size_t all = (size_t)field->size * field->count;
	if (field->bits || field->offset + all > size)
		return;
	if (span_begins(text, "\"")) {
		if (field->show == FIELD_TEXT || field->show == FIELD_BYTES)
			strace_string(text, bytes + field->offset, all, &is_string, &is_cut);
	} else if (field->count == 1 && field->size <= 8) {
		store(bytes + field->offset, field_value(decoder, field, text), field->size);
	}
}

/*
 * Stores the structure of TYPE in TEXT in BYTES, of SIZE. Returns whether it is one whose layout is
 * known.
 */
static bool store_struct(struct strace_decoder *decoder, const struct argument_type *type,
	struct span text, unsigned char *bytes, size_t size)
{
	const struct layout *layout = type_layout(type, decoder->record->call.abi);
	struct span parts[FIELDS_MAX];
	struct span inside;
	if (!layout->fields || !layout->size || layout->size > size)
		return false;
	if (type->is_scalar) {
		store_field(decoder, &layout->fields[0], span_trim(text), bytes, size);
		return true;
	}
	if (!inside_of(text, '{', '}', &inside))
		return false;
	size_t count = strace_split(inside, parts, FIELDS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct span name;
		if (!span_take_until(&parts[i], '=', &name))
			continue;
		for (size_t j = 0; j < layout->count; j++) {
			if (span_is(name, layout->fields[j].name))
				store_field(decoder, &layout->fields[j], parts[i], bytes, size);
		}
	}
	return true;
}

/* Splits "{before} => {after}" of what goes both ways; otherwise both are TEXT. */
static void split_ways(struct span text, struct span *before, struct span *after)
{
	const char *arrow = text.size ? memmem(text.start, text.size, " => ", 4) : NULL;
	*before = *after = text;
	if (!arrow || memchr(text.start, '"', (size_t)(arrow - text.start)))
		return;
	*before = span_between(text.start, arrow);
	*after = span_between(arrow + 4, text.start + text.size);
}

static uint64_t put_struct(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	unsigned char bytes[STRUCT_MAX] = {0};
	struct span ways[2], inside;
	const struct layout *layout = type_layout(argument->type, decoder->record->call.abi);
	split_ways(text, &ways[0], &ways[1]);
	uint64_t address = 0;
	for (unsigned int phase = DETAIL_ENTRY; phase <= DETAIL_EXIT; phase++) {
		unsigned int direction = phase == DETAIL_ENTRY ? ARGUMENT_IN : ARGUMENT_OUT;
		struct span way = span_trim(ways[phase]);
		/* A scalar is in brackets. */
		if (argument->type->is_scalar && !inside_of(way, '[', ']', &inside))
			continue;
		if (argument->type->is_scalar)
			way = inside;
		if (!(argument->direction & direction) || !layout->size ||
			layout->size > sizeof(bytes) ||
			!store_struct(decoder, argument->type, way, bytes, sizeof(bytes)))
			continue;
		if (!address)
			address = strace_address(decoder, layout->size);
		strace_put(decoder, (enum detail_phase)phase, address, bytes, layout->size);
	}
	return address ? address : strace_value(decoder, text, NULL, ABI_NATIVE);
}

static uint64_t put_array(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	unsigned char bytes[STRUCT_MAX] = {0};
	struct span parts[LIST_MAX], inside;
	const struct layout *layout = argument->type ? type_layout(argument->type,
							       decoder->record->call.abi)
	                                             : NULL;
	if (!layout || !layout->size || !inside_of(text, '[', ']', &inside))
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	size_t count = strace_split(inside, parts, LIST_MAX);
	size_t used = 0;
	for (size_t i = 0; i < count && used + layout->size <= sizeof(bytes); i++) {
		if (!store_struct(decoder, argument->type, parts[i], bytes + used, layout->size))
			break;
		used += layout->size;
	}
	uint64_t address = strace_address(decoder, used);
	put_both(decoder, argument, address, bytes, used);
	return address;
}

static uint64_t put_sigset(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	struct span trimmed = span_trim(text);
	if (!span_begins(trimmed, "[") && !span_begins(trimmed, "~["))
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	const uint64_t bits = strace_signals(decoder, trimmed);
	uint64_t address = strace_address(decoder, sizeof(bits));
	put_both(decoder, argument, address, &bits, sizeof(bits));
	return address;
}

/* [3 5 7], of select: numbers, which may have annotations. */
static uint64_t put_fdset(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	unsigned char bits[128] = {0};
	struct span inside;
	if (!inside_of(text, '[', ']', &inside))
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	for (span_skip_blanks(&inside); inside.size; span_skip_blanks(&inside)) {
		uint64_t fd;
		struct span annotation;
		if (!span_take_number(&inside, &fd))
			break;
		strace_take_annotation(&inside, &annotation);
		if (fd < sizeof(bits) * 8)
			bits[fd / 8] |= (unsigned char)(1 << fd % 8);
	}
	uint64_t address = strace_address(decoder, sizeof(bits));
	put_both(decoder, argument, address, bits, sizeof(bits));
	return address;
}

static uint64_t put_iovec(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	unsigned char words[LIST_MAX * 16] = {0};
	struct span parts[LIST_MAX], inside, members, value;
	size_t word = word_size(decoder);
	if (!inside_of(text, '[', ']', &inside))
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	size_t count = strace_split(inside, parts, LIST_MAX);
	size_t stored = 0;
	for (; stored < count && inside_of(parts[stored], '{', '}', &members); stored++) {
		unsigned char *at = words + stored * 2 * word;
		if (member(members, "iov_base", &value))
			store(at, put_text(decoder, argument, value, false), word);
		if (member(members, "iov_len", &value))
			store(at + word, strace_value(decoder, value, NULL, ABI_NATIVE), word);
	}
	uint64_t address = strace_address(decoder, sizeof(words));
	strace_put(decoder, DETAIL_ENTRY, address, words, stored * 2 * word);
	return address;
}

/* Control data with the descriptors in MESSAGE: "{cmsg_…, cmsg_type=SCM_RIGHTS, cmsg_data=[5]}".
 * Returns its size. */
static size_t control_of(
	struct strace_decoder *decoder, struct span message, unsigned char *bytes, size_t room)
{
	struct span members, type, data;
	struct span parts[FIELDS_MAX];
	size_t word = word_size(decoder);
	size_t head = word + 8;
	if (!inside_of(message, '{', '}', &members) || !member(members, "cmsg_type", &type) ||
		!span_is(type, "SCM_RIGHTS") || !member(members, "cmsg_data", &data) ||
		!inside_of(data, '[', ']', &data))
		return 0;
	size_t count = strace_split(data, parts, FIELDS_MAX);
	if (head + 4 * count > room)
		return 0;
	store(bytes, head + 4 * count, word);
	store(bytes + word, SOL_SOCKET, 4);
	store(bytes + word + 4, SCM_RIGHTS, 4);
	for (size_t i = 0; i < count; i++)
		store(bytes + head + 4 * i, (uint64_t)strace_descriptor(decoder, parts[i], true),
			4);
	return (head + 4 * count + word - 1) & ~(word - 1);
}

static uint64_t put_message(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	unsigned char header[56] = {0}, control[FIELDS_MAX * 4 + 16] = {0};
	struct span members, value, inside, parts[FIELDS_MAX];
	size_t word = word_size(decoder);
	if (!inside_of(text, '{', '}', &members))
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	if (member(members, "msg_name", &value))
		store(header, put_sockaddr(decoder, argument, value), word);
	if (member(members, "msg_namelen", &value))
		store(header + word, strace_value(decoder, value, NULL, ABI_NATIVE), 4);
	if (member(members, "msg_iov", &value))
		store(header + 2 * word, put_iovec(decoder, argument, value), word);
	if (member(members, "msg_iovlen", &value))
		store(header + 3 * word, strace_value(decoder, value, NULL, ABI_NATIVE), word);
	if (member(members, "msg_control", &value) && inside_of(value, '[', ']', &inside)) {
		size_t count = strace_split(inside, parts, FIELDS_MAX);
		size_t used = 0;
		for (size_t i = 0; i < count; i++)
			used += control_of(
				decoder, parts[i], control + used, sizeof(control) - used);
		uint64_t address = strace_address(decoder, used);
		put_both(decoder, argument, address, control, used);
		store(header + 4 * word, address, word);
		store(header + 5 * word, used, word);
	}
	uint64_t address = strace_address(decoder, sizeof(header));
	strace_put(decoder, DETAIL_ENTRY, address, header, 7 * word);
	strace_put(decoder, DETAIL_EXIT, address, header, 7 * word);
	return address;
}

static uint64_t put_string(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	return put_text(decoder, argument, text, true);
}

static uint64_t put_bytes(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	return put_text(decoder, argument, text, false);
}

static uint64_t put_typed(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	return argument->type ? put_struct(decoder, argument, text)
	                      : strace_value(decoder, text, NULL, ABI_NATIVE);
}

static uint64_t put_length(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	(void)argument;
	return put_socklen(decoder, text);
}

uint64_t strace_memory(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	static uint64_t (*const kinds[ARG_KINDS])(struct strace_decoder * decoder,
		const struct argument *argument, struct span text) = {
		[ARG_PATH] = put_string,
		[ARG_STR] = put_string,
		[ARG_STRV] = put_strings,
		[ARG_BUF] = put_bytes,
		[ARG_STRUCT] = put_typed,
		[ARG_REMAINDER] = put_typed,
		[ARG_ARRAY] = put_array,
		[ARG_IOVEC] = put_iovec,
		[ARG_MSGHDR] = put_message,
		[ARG_SOCKADDR] = put_sockaddr,
		[ARG_SOCKLEN] = put_length,
		[ARG_SIGSET] = put_sigset,
		[ARG_FDSET] = put_fdset,
	};
	if (!kinds[argument->kind] || !decoder->wants_memory)
		return strace_value(decoder, text, NULL, ABI_NATIVE);
	return kinds[argument->kind](decoder, argument, strace_without_comments(text));
}
