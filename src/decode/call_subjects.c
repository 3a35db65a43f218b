/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a call is about; see decode/call_subjects.h. */
#include "config.h"

#include "decode/call_subjects.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "abi/argument.h"
#include "base/text.h"
#include "decode/call_text.h"
#include "event/detail.h"

/* The greatest number of descriptors in a set that is looked at: FD_SETSIZE is smaller. */
#define SET_MAX 4096

/* What is being looked at. */
struct look {
	struct call_subjects *subjects;
	const struct event_detail *detail;
};

/* Adds an object about which nothing is known. NULL: there is no room. */
static struct filter_object *add(struct call_subjects *subjects, int fd)
{
	if (subjects->count == CALL_SUBJECTS_MAX) {
		subjects->is_cut = true;
		return NULL;
	}
	struct filter_object *object = &subjects->object[subjects->count++];
	*object = (struct filter_object){.fd = fd};
	return object;
}

/* Room for a name of up to SIZE bytes and a NUL; NULL: there is none. */
static char *reserve(struct call_subjects *subjects, size_t size)
{
	if (size + 1 > sizeof(subjects->room) - subjects->used) {
		subjects->is_cut = true;
		return NULL;
	}
	char *name = subjects->room + subjects->used;
	subjects->used += size + 1;
	return name;
}

/* Names of descriptors. */

/* Parses "10.0.0.1:80" or "[::1]:80" up to END. Sets nothing if it is none. */
static void parse_address(const char *text, const char *end, struct filter_address *address)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *port = end;
	while (port > text && port[-1] != ':')
		port--;
	size_t size = port > text ? (size_t)(port - 1 - text) : 0;
	bool has_brackets = size > 1 && text[0] == '[' && text[size - 1] == ']';
	text += has_brackets;
	size -= has_brackets ? 2 : 0;
	if (!size || size >= sizeof(host) || port == end)
		return;
	memcpy(host, text, size);
	host[size] = '\0';
	if (inet_pton(AF_INET, host, address->bytes) == 1)
		address->family = FILTER_ADDRESS_IPV4;
	else if (inet_pton(AF_INET6, host, address->bytes) == 1)
		address->family = FILTER_ADDRESS_IPV6;
	address->port = (uint16_t)strtoul(port, NULL, 10);
}

/*
 * Makes OBJECT what NAME says, of a socket as strace shows them: "TCP:[10.0.0.1:1->10.0.0.2:2]",
 * "UNIX-STREAM:[4711->4712,\"/run/x\"]". Other names are kept as they are.
 */
static void describe(struct filter_object *object, char *name)
{
	char *open = strstr(name, ":["), *arrow, *quote;
	size_t size = strlen(name);
	/* "pipe of 1234 (sh)": which one it is will be known once that was read in /proc. */
	if (*name != '/' && name[strcspn(name, ": ")] != ':')
		return;
	object->is_named = true;
	object->name = name;
	if (*name == '/' || !open || !size || name[size - 1] != ']')
		return;
	if (strncmp(name, "UNIX", 4) == 0) {
		quote = strchr(open, '"');
		if (!quote || size < 2 || name[size - 2] != '"' || quote == &name[size - 2])
			return;
		name[size - 2] = '\0';
		object->name = quote + 1;
		object->is_unix = true;
		return;
	}
	if (strncmp(name, "TCP", 3) != 0 && strncmp(name, "UDP", 3) != 0)
		return;
	arrow = strstr(open, "->");
	parse_address(open + 2, arrow ? arrow : name + size - 1, &object->local);
	if (arrow)
		parse_address(arrow + 2, name + size - 1, &object->remote);
}

static unsigned int hex_digit(char c)
{
	return c <= '9' ? (unsigned int)(c - '0') : (unsigned int)((c | 0x20) - 'a' + 10);
}

/* Removes the escapes of base/text.h from TEXT, as far as a byte is behind them. */
static void unescape(char *text)
{
	static const char letters[] = "abtnvfr";
	char *to = text;
	for (; *text; text++) {
		const char *letter = text[0] == '\\' && text[1] ? strchr(letters, text[1]) : NULL;
		if (letter) {
			*to++ = (char)('\a' + (letter - letters));
			text++;
		} else if (text[0] == '\\' && text[1] == 'x' && text[2] && text[3]) {
			*to++ = (char)(hex_digit(text[2]) << 4 | hex_digit(text[3]));
			text += 3;
		} else if (text[0] == '\\' && text[1] == '\\') {
			*to++ = '\\';
			text++;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* The name of descriptor FD, or of the current directory; NULL: not known. */
static char *name_of(struct look *look, int fd, bool is_new)
{
	struct descriptor_namer *namer = look->subjects->namer;
	char name[PATH_MAX * 2];
	if (!namer || !namer->name(namer, look->detail, fd, is_new, name, sizeof(name)))
		return NULL;
	unescape(name);
	char *kept = reserve(look->subjects, strlen(name));
	return kept ? strcpy(kept, name) : NULL;
}

static void add_descriptor(struct look *look, int fd, bool is_new)
{
	char *name = name_of(look, fd, is_new);
	/* A new one is not among the arguments. */
	struct filter_object *object = add(look->subjects, is_new ? -1 : fd);
	if (object && name)
		describe(object, name);
	/* A number that is not open is nothing. */
	else if (object && look->detail->err == EBADF)
		object->is_named = true;
}

/* Paths. */

/* Appends PART of SIZE bytes to PATH, which has room for it, without what means nothing. */
static size_t append_parts(char *path, size_t used, const char *part, size_t size, bool goes_up)
{
	for (size_t at = 0; at < size;) {
		const char *text = part + at;
		const char *slash = memchr(text, '/', size - at);
		size_t length = slash ? (size_t)(slash - text) : size - at;
		at += length + 1;
		if (length == 0 || (length == 1 && text[0] == '.'))
			continue;
		if (goes_up && length == 2 && memcmp(text, "..", 2) == 0) {
			while (used > 0 && path[--used] != '/')
				;
			continue;
		}
		path[used++] = '/';
		memcpy(path + used, text, length);
		used += length;
	}
	return used;
}

/* Adds the path of DIRECTORY, which may be "", and TEXT of SIZE bytes; GOES_UP: without "..". */
static void add_path(
	struct look *look, const char *directory, const char *text, size_t size, bool goes_up)
{
	size_t length = strlen(directory);
	char *path = reserve(look->subjects, length + size + 2);
	struct filter_object *object = path ? add(look->subjects, -1) : NULL;
	if (!object)
		return;
	size_t used = append_parts(path, 0, directory, length, false);
	used = append_parts(path, used, text, size, goes_up);
	if (used == 0)
		path[used++] = '/';
	path[used] = '\0';
	object->is_named = true;
	object->name = path;
}

/* The descriptor that the path in argument INDEX is relative to. */
static int directory_of(const struct event_detail *detail, unsigned int index)
{
	bool has_one = index > 0 &&
	               argument_of(detail->call, detail->args, index - 1)->kind == ARG_DIRFD;
	return has_one ? (int)detail->args[index - 1] : AT_FDCWD;
}

static void take_path(struct look *look, unsigned int index)
{
	const struct event_detail *detail = look->detail;
	uint64_t address = detail->args[index];
	size_t size = 0;
	const char *text = (const char *)detail_find(detail, DETAIL_ENTRY, address, &size);
	if (!address || (!text && detail->err == EFAULT))
		return;
	if (!text) {
		add(look->subjects, -1);
		return;
	}
	size = strnlen(text, size);
	/* The descriptor before it is meant, which is there already. */
	if (size == 0)
		return;
	const char *directory = "";
	if (*text != '/') {
		directory = name_of(look, directory_of(detail, index), false);
		if (!directory || *directory != '/') {
			add(look->subjects, -1);
			return;
		}
	}
	add_path(look, directory, text, size, false);
	/* Where ".." leads is not known if there are links; both are offered. */
	if (memmem(text, size, "..", 2))
		add_path(look, directory, text, size, true);
}

/* Addresses. */

/* Adds the socket address BYTES, which is that of the caller's end if IS_LOCAL. */
static void add_address(struct look *look, const unsigned char *bytes, size_t size, bool is_local)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
		struct sockaddr_un local;
		unsigned char bytes[sizeof(struct sockaddr_un) + 1];
	} from = {0};
	struct filter_address address = {0};
	struct filter_object *object = add(look->subjects, -1);
	if (!object || size < sizeof(from.any.sa_family))
		return;
	memcpy(from.bytes, bytes, size < sizeof(from.local) ? size : sizeof(from.local));
	object->is_named = true;
	if (from.any.sa_family == AF_INET && size >= sizeof(from.ipv4)) {
		address.family = FILTER_ADDRESS_IPV4;
		address.port = ntohs(from.ipv4.sin_port);
		memcpy(address.bytes, &from.ipv4.sin_addr, sizeof(from.ipv4.sin_addr));
	} else if (from.any.sa_family == AF_INET6 && size >= sizeof(from.ipv6)) {
		address.family = FILTER_ADDRESS_IPV6;
		address.port = ntohs(from.ipv6.sin6_port);
		memcpy(address.bytes, &from.ipv6.sin6_addr, sizeof(from.ipv6.sin6_addr));
	} else if (from.any.sa_family == AF_UNIX) {
		const char *path = from.local.sun_path;
		/* An abstract name begins with a NUL. */
		if (!path[0] && size > sizeof(from.any.sa_family))
			from.local.sun_path[0] = '@';
		char *name = reserve(look->subjects, strlen(path));
		object->name = name ? strcpy(name, path) : NULL;
		object->is_unix = name != NULL;
	}
	*(is_local ? &object->local : &object->remote) = address;
}

/* Whether the address of CALL is that of the caller's end. */
static bool is_about_own_end(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && (strcmp(desc->name, "bind") == 0 || strcmp(desc->name, "getsockname") == 0);
}

static void take_address(struct look *look, unsigned int index, const struct argument *argument)
{
	const struct event_detail *detail = look->detail;
	bool is_in = argument->direction & ARGUMENT_IN;
	enum detail_phase phase = is_in ? DETAIL_ENTRY : DETAIL_EXIT;
	uint64_t address = detail->args[index];
	size_t size = 0;
	const unsigned char *bytes = detail_find(detail, phase, address, &size);
	uint32_t told = 0;
	/* What the kernel was to write is not there if it has failed. */
	if (!address || (!is_in && (detail->err || detail->end != DETAIL_RETURNED)))
		return;
	if (argument->count_from == COUNT_ARGUMENT)
		told = (uint32_t)detail->args[argument->count];
	else if (argument->count_from == COUNT_POINTED &&
		 detail_read(detail, phase, detail->args[argument->count], &told, sizeof(told)) !=
			 sizeof(told))
		told = 0;
	if (told < size)
		size = told;
	if (bytes && size)
		add_address(look, bytes, size, is_about_own_end(detail->call));
	else if (detail->err != EFAULT)
		add(look->subjects, -1);
}

/* The address in a struct msghdr, as 64-bit programs have it. */
static void take_message(struct look *look, unsigned int index, const struct argument *argument)
{
	const struct event_detail *detail = look->detail;
	struct {
		uint64_t name;
		uint32_t size;
	} head;
	enum detail_phase phase = argument->direction & ARGUMENT_OUT ? DETAIL_EXIT : DETAIL_ENTRY;
	size_t size = 0;
	if (phase == DETAIL_EXIT && (detail->err || detail->end != DETAIL_RETURNED))
		return;
	if (detail->call.abi != ABI_NATIVE || argument->kind != ARG_MSGHDR ||
		detail_read(detail, phase, detail->args[index], &head, sizeof(head)) !=
			sizeof(head)) {
		look->subjects->is_cut = true;
		return;
	}
	if (!head.name || !head.size)
		return;
	const unsigned char *bytes = detail_find(detail, phase, head.name, &size);
	if (head.size < size)
		size = head.size;
	if (bytes && size)
		add_address(look, bytes, size, false);
	else
		add(look->subjects, -1);
}

/* Descriptors in memory. */

static void take_set(struct look *look, unsigned int index)
{
	const struct event_detail *detail = look->detail;
	uint64_t address = detail->args[index], count = detail->args[0];
	size_t size = 0;
	if (!address || !count)
		return;
	const unsigned char *bits = detail_find(detail, DETAIL_ENTRY, address, &size);
	if (count > SET_MAX || !bits || size * CHAR_BIT < count) {
		look->subjects->is_cut = true;
		return;
	}
	for (unsigned int fd = 0; fd < count; fd++) {
		if (bits[fd / CHAR_BIT] >> (fd % CHAR_BIT) & 1)
			add_descriptor(look, (int)fd, false);
	}
}

/* An array of struct pollfd, which is the same in all ABIs. */
static void take_polled(struct look *look, unsigned int index, const struct argument *argument)
{
	const struct event_detail *detail = look->detail;
	uint64_t address = detail->args[index], count = detail->args[argument->count];
	for (uint64_t i = 0; address && i < count && !look->subjects->is_cut; i++) {
		int32_t fd;
		if (detail_read(detail, DETAIL_ENTRY, address + i * 8, &fd, sizeof(fd)) !=
			sizeof(fd))
			look->subjects->is_cut = true;
		else if (fd >= 0)
			add_descriptor(look, fd, false);
	}
}

static bool is_polled(const struct argument *argument)
{
	return (argument->kind == ARG_STRUCT || argument->kind == ARG_ARRAY) && argument->type &&
	       argument->type->special == SPECIAL_POLLFD;
}

/* All arguments. */

static void take_argument(struct look *look, unsigned int index)
{
	const struct event_detail *detail = look->detail;
	const struct argument *argument = argument_of(detail->call, detail->args, index);
	int fd = (int)detail->args[index];
	switch (argument->kind) {
	case ARG_FD:
	case ARG_DIRFD:
		if (fd >= 0)
			add_descriptor(look, fd, false);
		break;
	case ARG_PATH:
		if (argument->direction & ARGUMENT_IN)
			take_path(look, index);
		break;
	case ARG_SOCKADDR:
		take_address(look, index, argument);
		break;
	case ARG_MSGHDR:
	case ARG_MMSGHDR:
		take_message(look, index, argument);
		break;
	case ARG_FDSET:
		take_set(look, index);
		break;
	default:
		if (is_polled(argument))
			take_polled(look, index, argument);
		break;
	}
}

/* What the call has made: a connection that was accepted has a peer. */
static void take_result(struct look *look)
{
	const struct event_detail *detail = look->detail;
	bool has_result = detail->end == DETAIL_RETURNED && !detail->err;
	if (has_result && look->subjects->namer &&
		argument_result(detail->call, detail->args)->kind == ARG_FD)
		add_descriptor(look, (int)detail->result, true);
}

/* Calls whose arguments are in memory, as those of i386's socketcall(2). */
static bool is_opaque(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return call_is_request(call) || (desc && strcmp(desc->name, "socketcall") == 0);
}

static void find(
	struct filter_objects *objects, const struct event_detail *detail, struct filter_call *call)
{
	struct call_subjects *subjects = (struct call_subjects *)objects;
	struct look look = {.subjects = subjects, .detail = detail};
	subjects->count = subjects->used = 0;
	subjects->is_cut = is_opaque(detail->call);
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++)
		take_argument(&look, i);
	call->has_fds = !subjects->is_cut;
	take_result(&look);
	call->has_names = !subjects->is_cut;
	call->object = subjects->object;
	call->object_count = subjects->count;
}

void call_subjects_init(struct call_subjects *subjects, struct descriptor_namer *namer)
{
	subjects->objects.find = find;
	subjects->namer = namer;
	subjects->count = subjects->used = 0;
}

bool call_subjects_need_data(struct call call)
{
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++) {
		const struct argument *argument = argument_declared(call, i);
		if (argument->kind == ARG_FDSET || is_polled(argument))
			return true;
	}
	return false;
}
