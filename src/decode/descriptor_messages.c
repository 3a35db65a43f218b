/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What calls do to descriptors in messages: control data, cmsg(3); see decode/passed.h. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "abi/descriptor.h"
#include "decode/descriptor_state.h"

/* How much control data is looked at, and how many messages of a call. */
#define CONTROL_MAX  4096
#define MESSAGES_MAX 64

/* How many descriptors a message can have: SCM_MAX_FD of the kernel. */
#define PASSED_ALL   253

/* The words of control data and message headers, in the program's ABI. */
static uint64_t word_at(const unsigned char *bytes, bool is_32bit)
{
	uint64_t word;
	uint32_t half;
	memcpy(&half, bytes, sizeof(half));
	if (is_32bit)
		return half;
	memcpy(&word, bytes, sizeof(word));
	return word;
}

/*
 * Stores the descriptors in SIZE bytes of control data (struct cmsghdr, cmsg(3)) in FDS, at most
 * PASSED_ALL. Returns their number.
 */
static size_t find_passed(
	struct followed *followed, const unsigned char *bytes, size_t size, int32_t fds[PASSED_ALL])
{
	size_t count = 0;
	bool is_32bit = followed->detail->call.abi != ABI_NATIVE;
	size_t word = is_32bit ? 4 : 8, head = word + 8;
	for (size_t at = 0; at + head <= size;) {
		size_t length = (size_t)word_at(bytes + at, is_32bit);
		int32_t level, type, fd;
		memcpy(&level, bytes + at + word, sizeof(level));
		memcpy(&type, bytes + at + word + 4, sizeof(type));
		if (length < head || length > size - at)
			break;
		for (size_t i = at + head; level == SOL_SOCKET && type == SCM_RIGHTS &&
					   i + sizeof(fd) <= at + length && count < PASSED_ALL;
			i += sizeof(fd)) {
			memcpy(&fd, bytes + i, sizeof(fd));
			fds[count++] = fd;
		}
		at += (length + word - 1) & ~(word - 1);
	}
	return count;
}

/* The same of the struct msghdr at ADDRESS, as it was in PHASE. */
static size_t read_passed(struct followed *followed, enum detail_phase phase, uint64_t address,
	int32_t fds[PASSED_ALL])
{
	bool is_32bit = followed->detail->call.abi != ABI_NATIVE;
	unsigned char header[56], control[CONTROL_MAX];
	size_t word = is_32bit ? 4 : 8, size = is_32bit ? 28 : 56;
	if (detail_read(followed->detail, phase, address, header, size) != size)
		return 0;
	/* msg_name, msg_namelen (padded), msg_iov, msg_iovlen, msg_control, msg_controllen. */
	size_t length = (size_t)word_at(header + 5 * word, is_32bit);
	if (length > sizeof(control))
		length = sizeof(control);
	length = detail_read(
		followed->detail, phase, word_at(header + 4 * word, is_32bit), control, length);
	return find_passed(followed, control, length, fds);
}

/* A message that is passed by the call, without its objects. */
static struct passed_message message_of(struct followed *followed, size_t count)
{
	bool is_unsure;
	return (struct passed_message){
		.socket = descriptors_object_of(
			followed, (int)followed->detail->args[0], &is_unsure),
		.count = count < PASSED_FDS ? count : PASSED_FDS,
		.from_ns = followed->moment.from_ns,
		.until_ns = followed->moment.until_ns,
	};
}

/* Takes the descriptors of the message at ADDRESS. */
static void take_message(struct followed *followed, uint64_t address)
{
	struct descriptors *descriptors = followed->descriptors;
	struct objects *objects = &descriptors->tables.objects;
	int32_t fds[PASSED_ALL];
	size_t count = read_passed(followed, DETAIL_EXIT, address, fds);
	bool is_peek = descriptors_is_call(followed, "recvmsg") &&
	               followed->detail->args[2] & MSG_PEEK;
	struct passed_message message = message_of(followed, count);
	for (size_t i = 0; i < count; i++) {
		struct object *object = descriptors_unknown(followed, fds[i]);
		if (i < PASSED_FDS)
			message.object[i] = object_ref(object);
		/* What /proc says is right in any case. */
		descriptors_set(followed, fds[i], object, descriptors_on_exec_of(followed));
	}
	if (count)
		passed_receive(&descriptors->passed, objects, &message, is_peek);
	else
		object_unref(objects, message.socket);
}

void descriptors_receive(struct followed *followed, const struct descriptor_row *row)
{
	uint64_t address = followed->detail->args[row->at];
	size_t size = followed->detail->call.abi != ABI_NATIVE ? 32 : 64; /* struct mmsghdr */
	int64_t count = descriptors_is_call(followed, "recvmsg") ? 1 : followed->detail->result;
	for (int64_t i = 0; i < count && i < MESSAGES_MAX; i++)
		take_message(followed, address + (uint64_t)i * size);
}

/* Remembers the descriptors of the message at ADDRESS, which was sent. */
static void send_message(struct followed *followed, uint64_t address)
{
	struct descriptors *descriptors = followed->descriptors;
	int32_t fds[PASSED_ALL];
	bool is_unsure;
	size_t count = read_passed(followed, DETAIL_ENTRY, address, fds);
	if (!count)
		return;
	struct passed_message message = message_of(followed, count);
	for (size_t i = 0; i < message.count; i++)
		message.object[i] = descriptors_object_of(followed, fds[i], &is_unsure);
	passed_send(&descriptors->passed, &descriptors->tables.objects, &message);
}

/* What was sent with it is lost to those that do not ask for it. */
static void discard(struct followed *followed)
{
	static const char *const readers[] = {"read", "readv", "recvfrom", "recv"};
	struct descriptors *descriptors = followed->descriptors;
	struct object *socket = descriptors_object_at(followed, (int)followed->detail->args[0]);
	if (!descriptors->passed.sent.count || !socket || socket->kind != KIND_UNIX)
		return;
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		if (descriptors_is_call(followed, readers[i]))
			passed_discard(&descriptors->passed, &descriptors->tables.objects, socket);
	}
}

void descriptors_pass(struct followed *followed)
{
	const struct event_detail *detail = followed->detail;
	size_t size = detail->call.abi != ABI_NATIVE ? 32 : 64; /* struct mmsghdr */
	if (descriptors_is_call(followed, "sendmsg")) {
		send_message(followed, detail->args[1]);
	} else if (descriptors_is_call(followed, "sendmmsg")) {
		for (int64_t i = 0; i < detail->result && i < MESSAGES_MAX; i++)
			send_message(followed, detail->args[1] + (uint64_t)i * size);
	} else {
		discard(followed);
	}
}
