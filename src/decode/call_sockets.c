/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of sockets, and messages, as text; see decode/call_writer.h. */
#include "config.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "decode/call_writer.h"

extern const struct value_set values_msg_flags;
extern const struct value_set values_scm;
extern const struct value_set values_sock_domain;
extern const struct value_set values_sock_proto_packet;
extern const struct value_set values_sockopt_ip;
extern const struct value_set values_sockopt_level;

/* Writes what follows the family of the address of SIZE BYTES. */
typedef void put_address_data(struct call_writer *writer, const unsigned char *bytes, size_t size);

static void put_unix(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	const unsigned char *path = bytes + offsetof(struct sockaddr_un, sun_path);
	size_t length = (size < sizeof(struct sockaddr_un) ? size : sizeof(struct sockaddr_un)) -
	                offsetof(struct sockaddr_un, sun_path);
	put(writer, ", sun_path=");
	if (!length || path[0]) {
		put_quoted(writer, path, strnlen((const char *)path, length), false);
		return;
	}
	put(writer, "@");
	put_quoted(writer, path + 1, length - 1, false);
}

static void put_inet(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	struct sockaddr_in address;
	char text[INET_ADDRSTRLEN];
	(void)size;
	memcpy(&address, bytes, sizeof(address));
	putf(writer, ", sin_port=htons(%u), sin_addr=inet_addr(\"%s\")", ntohs(address.sin_port),
		inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)));
}

/* The index of a network interface, with its name. */
static void put_interface(struct call_writer *writer, unsigned int index)
{
	putf(writer, "%u", index);
}

static void put_inet6(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	struct sockaddr_in6 address = {0};
	char text[INET6_ADDRSTRLEN];
	memcpy(&address, bytes, size < sizeof(address) ? size : sizeof(address));
	putf(writer,
		", sin6_port=htons(%u), sin6_flowinfo=htonl(%u), "
		"inet_pton(AF_INET6, \"%s\", &sin6_addr)",
		ntohs(address.sin6_port), ntohl(address.sin6_flowinfo),
		inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof(text)));
	if (size <= offsetof(struct sockaddr_in6, sin6_scope_id))
		return;
	put(writer, ", sin6_scope_id=");
	put_interface(writer, address.sin6_scope_id);
}

static void put_netlink(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	struct sockaddr_nl address;
	(void)size;
	memcpy(&address, bytes, sizeof(address));
	if (address.nl_pad)
		putf(writer, ", nl_pad=%#x", address.nl_pad);
	putf(writer, ", nl_pid=%d, nl_groups=%#08x", (int)address.nl_pid, address.nl_groups);
}

static void put_packet(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	static const char *const types[] = {"PACKET_HOST", "PACKET_BROADCAST", "PACKET_MULTICAST",
		"PACKET_OTHERHOST", "PACKET_OUTGOING", "PACKET_LOOPBACK", "PACKET_USER",
		"PACKET_KERNEL"};
	struct sockaddr_ll address;
	(void)size;
	memcpy(&address, bytes, sizeof(address));
	put(writer, ", sll_protocol=htons(");
	put_set(writer, &values_sock_proto_packet, ntohs(address.sll_protocol));
	put(writer, "), sll_ifindex=");
	put_interface(writer, (unsigned int)address.sll_ifindex);
	/* Types of hardware have no table: the common ones. */
	if (address.sll_hatype == 1 || address.sll_hatype == 772)
		put(writer, address.sll_hatype == 1 ? ", sll_hatype=ARPHRD_ETHER"
						    : ", sll_hatype=ARPHRD_LOOPBACK");
	else
		putf(writer, address.sll_hatype ? ", sll_hatype=%#x" : ", sll_hatype=ARPHRD_NETROM",
			address.sll_hatype);
	if (address.sll_pkttype < sizeof(types) / sizeof(*types))
		putf(writer, ", sll_pkttype=%s", types[address.sll_pkttype]);
	else
		putf(writer, ", sll_pkttype=%#x", address.sll_pkttype);
	putf(writer, ", sll_halen=%u", address.sll_halen);
	for (size_t i = 0; i < address.sll_halen && i < sizeof(address.sll_addr); i++)
		putf(writer, "%s%#04x", i ? ", " : ", sll_addr=[", address.sll_addr[i]);
	put(writer, address.sll_halen ? "]" : "");
}

static void put_vsock(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	static const char *const names[] = {
		"VMADDR_CID_HYPERVISOR", "VMADDR_CID_LOCAL", "VMADDR_CID_HOST"};
	struct sockaddr_vm address;
	(void)size;
	memcpy(&address, bytes, sizeof(address));
	put(writer, ", svm_cid=");
	if (address.svm_cid < sizeof(names) / sizeof(*names))
		put(writer, names[address.svm_cid]);
	else
		putf(writer, address.svm_cid == VMADDR_CID_ANY ? "VMADDR_CID_ANY" : "%#x",
			address.svm_cid);
	putf(writer,
		address.svm_port == VMADDR_PORT_ANY ? ", svm_port=VMADDR_PORT_ANY"
						    : ", svm_port=%#x",
		address.svm_port);
}

/* By family; an address that is shorter than `size` is shown as bytes. */
static const struct family {
	put_address_data *put_data;
	size_t size;
} families[] = {
	[AF_UNIX] = {put_unix, 3},
	[AF_INET] = {put_inet, sizeof(struct sockaddr_in)},
	[AF_INET6] = {put_inet6, offsetof(struct sockaddr_in6, sin6_scope_id)},
	[AF_NETLINK] = {put_netlink, sizeof(struct sockaddr_nl)},
	[AF_PACKET] = {put_packet, sizeof(struct sockaddr_ll)},
	[AF_VSOCK] = {put_vsock, sizeof(struct sockaddr_vm)},
};

void put_sockaddr_bytes(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	uint64_t family = number_at(bytes, sizeof(sa_family_t));
	put(writer, "{sa_family=");
	put_set(writer, &values_sock_domain, family);
	if (family < sizeof(families) / sizeof(*families) && families[family].put_data &&
		size >= families[family].size) {
		families[family].put_data(writer, bytes, size);
	} else if (size > sizeof(sa_family_t)) {
		put(writer, ", sa_data=");
		put_quoted(writer, bytes + sizeof(sa_family_t), size - sizeof(sa_family_t), false);
	}
	put(writer, "}");
}

void put_sockaddr(struct call_writer *writer, enum detail_phase phase, uint64_t address, int size)
{
	size_t found = 0;
	const unsigned char *bytes = detail_find(writer->detail, phase, address, &found);
	if (!address || size < 2 || !bytes || found < (size_t)size) {
		/* An address may be longer than what is read of it. */
		if (!address || size < 2 || !bytes || found < 128) {
			put_address(writer, address);
			return;
		}
		size = 128;
	}
	put_sockaddr_bytes(writer, bytes, (size_t)size);
}

static void put_rights(struct call_writer *writer, const unsigned char *data, size_t size)
{
	for (size_t at = 0; at + 4 <= size && !writer->is_full; at += 4) {
		put(writer, at ? ", " : ", cmsg_data=[");
		if (at / 4 >= element_limit(writer)) {
			put(writer, "...");
			break;
		}
		put_descriptor(writer, (int)number_at(data + at, 4), true);
	}
	put(writer, size >= 4 ? "]" : "");
}

static void put_credentials(struct call_writer *writer, const unsigned char *data, size_t size)
{
	if (size < 12)
		return;
	putf(writer, ", cmsg_data={pid=%d, uid=", (int)number_at(data, 4));
	put_id(writer, number_at(data + 4, 4), 4);
	put(writer, ", gid=");
	put_id(writer, number_at(data + 8, 4), 4);
	put(writer, "}");
}

/* A pair of numbers: seconds, and a part of them called FRACTION. */
static void put_stamp(
	struct call_writer *writer, const unsigned char *data, size_t size, const char *fraction)
{
	size_t word = abi_is_32bit((enum abi)writer->call.abi) ? 4 : 8;
	if (size < 2 * word)
		return;
	putf(writer, ", cmsg_data={tv_sec=%lld, %s=%llu}", (long long)signed_at(data, word),
		fraction, (unsigned long long)number_at(data + word, word));
}

/* Control data of level SOL_SOCKET. */
static void put_socket_control(
	struct call_writer *writer, uint64_t type, const unsigned char *data, size_t size)
{
	put_set(writer, &values_scm, type);
	switch (type) {
	case SCM_RIGHTS:
		put_rights(writer, data, size);
		break;
	case SCM_CREDENTIALS:
		put_credentials(writer, data, size);
		break;
	case SO_TIMESTAMP:
		put_stamp(writer, data, size, "tv_usec");
		break;
	case SO_TIMESTAMPNS:
		put_stamp(writer, data, size, "tv_nsec");
		break;
	default:
		break;
	}
}

/* Control data of level SOL_IP. */
static void put_ip_control(
	struct call_writer *writer, uint64_t type, const unsigned char *data, size_t size)
{
	char text[INET_ADDRSTRLEN];
	put_set(writer, &values_sockopt_ip, type);
	if (type == IP_PKTINFO && size >= 12) {
		putf(writer, ", cmsg_data={ipi_ifindex=");
		put_interface(writer, (unsigned int)number_at(data, 4));
		putf(writer, ", ipi_spec_dst=inet_addr(\"%s\")",
			inet_ntop(AF_INET, data + 4, text, sizeof(text)));
		putf(writer, ", ipi_addr=inet_addr(\"%s\")}",
			inet_ntop(AF_INET, data + 8, text, sizeof(text)));
	} else if (type == IP_TTL && size >= 4) {
		putf(writer, ", cmsg_data=[%u]", (unsigned int)number_at(data, 4));
	} else if (type == IP_TOS && size >= 1) {
		putf(writer, ", cmsg_data=[%#x]", data[0]);
	}
}

/* One piece of control data at BYTES, of which LEFT are there. Returns its length, or 0 if it is
 * too short. */
static size_t put_control(struct call_writer *writer, const unsigned char *bytes, size_t left)
{
	size_t word = word_size(writer);
	size_t head = word + 8;
	uint64_t length = word_at(writer, bytes);
	uint64_t level = number_at(bytes + word, 4);
	uint64_t type = number_at(bytes + word + 4, 4);
	size_t used = length < left ? (size_t)length : left;
	size_t size = used > head ? used - head : 0;
	putf(writer, "{cmsg_len=%llu, cmsg_level=", (unsigned long long)length);
	put_set(writer, &values_sockopt_level, level);
	put(writer, ", cmsg_type=");
	if (level == SOL_SOCKET)
		put_socket_control(writer, type, bytes + head, size);
	else if (level == SOL_IP)
		put_ip_control(writer, type, bytes + head, size);
	else
		putf(writer, "%#llx", (unsigned long long)type);
	put(writer, "}");
	return used < head ? 0 : (used + word - 1) / word * word;
}

static void put_controls(
	struct call_writer *writer, enum detail_phase phase, uint64_t address, uint64_t size)
{
	size_t head = word_size(writer) + 8;
	size_t found = 0;
	const unsigned char *bytes = detail_find(writer->detail, phase, address, &found);
	if (!size)
		return;
	put(writer, ", msg_control=");
	if (!bytes || size < head || found < head) {
		put_address(writer, address);
		return;
	}
	size_t left = size < found ? (size_t)size : found;
	put(writer, "[");
	for (const char *separator = ""; left >= head && !writer->is_full; separator = ", ") {
		put(writer, separator);
		size_t used = put_control(writer, bytes, left);
		if (!used) {
			left -= head;
			break;
		}
		if (used >= left) {
			left = 0;
			break;
		}
		bytes += used;
		left -= used;
	}
	if (left || found < size)
		putf(writer, left ? ", ... /* %#llx */" : ", ...",
			(unsigned long long)(address + size - left));
	put(writer, "]");
}

/* Writes the struct msghdr at HEADER, of which TOTAL bytes of buffers are used. */
static void put_header(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, const unsigned char *header, uint64_t total)
{
	size_t word = word_size(writer);
	int32_t before;
	int32_t name_size = (int32_t)number_at(header + word, 4);
	/* Words after the size of the name, which is padded to one. */
	const unsigned char *words = header + 2 * word;
	bool is_out = argument->direction & ARGUMENT_OUT;
	if (!is_out || !read_int(writer, DETAIL_ENTRY, address + word, &before))
		before = name_size;
	put(writer, "{msg_name=");
	put_sockaddr(
		writer, phase, word_at(writer, header), name_size < before ? name_size : before);
	put(writer, ", msg_namelen=");
	if (before != name_size)
		putf(writer, "%d => ", before);
	putf(writer, "%d, msg_iov=", name_size);
	uint64_t count = word_at(writer, words + word);
	put_iovec(writer, phase, word_at(writer, words), count, total);
	putf(writer, ", msg_iovlen=%llu", (unsigned long long)count);
	uint64_t control = word_at(writer, words + 3 * word);
	put_controls(writer, phase, word_at(writer, words + 2 * word), control);
	putf(writer, ", msg_controllen=%llu, msg_flags=", (unsigned long long)control);
	put_set(writer, &values_msg_flags, number_at(words + 4 * word, 4));
	put(writer, "}");
}

void put_message(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, uint64_t total)
{
	size_t size = 7 * word_size(writer);
	unsigned char header[56];
	int32_t name_size;
	if (phase == DETAIL_EXIT && !has_succeeded(writer)) {
		if (read_int(writer, DETAIL_ENTRY, address + word_size(writer), &name_size))
			putf(writer, "{msg_namelen=%d}", name_size);
		else
			put_address(writer, address);
	} else if (detail_read(writer->detail, phase, address, header, size) == size) {
		put_header(writer, argument, phase, address, header, total);
	} else {
		put_address(writer, address);
	}
}

void put_messages(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, uint64_t count)
{
	size_t word = word_size(writer);
	size_t limit = element_limit(writer);
	bool is_out = argument->direction & ARGUMENT_OUT;
	if (!count) {
		put(writer, address ? "[]" : "NULL");
		return;
	}
	for (uint64_t i = 0; i < count && !writer->is_full; i++) {
		unsigned char message[64];
		uint64_t at = address + i * 8 * word;
		size_t size = 7 * word + 4;
		if (i >= limit) {
			put(writer, ", ...");
			break;
		}
		if (detail_read(writer->detail, phase, at, message, size) < size) {
			if (!i) {
				put_address(writer, address);
				return;
			}
			putf(writer, ", ... /* %#llx */", (unsigned long long)at);
			break;
		}
		int32_t length = (int32_t)number_at(message + 7 * word, 4);
		bool has_length = has_succeeded(writer) &&
		                  (is_out || read_int(writer, DETAIL_EXIT, at + 7 * word, &length));
		put(writer, i ? ", {msg_hdr=" : "[{msg_hdr=");
		put_header(writer, argument, phase, at, message,
			is_out ? (uint64_t)(uint32_t)length : UINT64_MAX);
		if (has_length)
			putf(writer, ", msg_len=%u", (unsigned int)length);
		put(writer, "}");
	}
	put(writer, "]");
}
