/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures as text, by their tables; see decode/call_writer.h. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "decode/call_writer.h"

extern const struct value_set values_ipc_key;

static void put_limit(struct call_writer *writer, uint64_t limit, size_t size)
{
	uint64_t none = size == 4 ? UINT32_MAX : UINT64_MAX;
	if (limit == none)
		put(writer, size == 4 ? "RLIM_INFINITY" : "RLIM64_INFINITY");
	else if (limit > 1024 && limit % 1024 == 0)
		putf(writer, "%llu*1024", (unsigned long long)limit / 1024);
	else
		putf(writer, "%llu", (unsigned long long)limit);
}

/* Writes element VALUE of FIELD, SIZE BYTES. */
static void put_element(struct call_writer *writer, const struct field *field,
	const unsigned char *bytes, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	uint64_t value = size <= 8 ? number_at(bytes, size) : 0;
	int64_t number = size <= 8 ? signed_at(bytes, size) : 0;
	if (field->bits)
		value = value >> field->bit & ((UINT64_C(1) << field->bits) - 1);
	switch ((enum field_show)field->show) {
	case FIELD_SIGNED:
	case FIELD_PID:
		putf(writer, "%lld", (long long)number);
		break;
	case FIELD_UNSIGNED:
		putf(writer, "%llu", (unsigned long long)value);
		break;
	case FIELD_HEX:
		putf(writer, "%#llx", (unsigned long long)value);
		break;
	case FIELD_OCTAL:
		put_mode(writer, value);
		break;
	case FIELD_POINTER:
		put_address(writer, value);
		break;
	case FIELD_VALUES:
		put_values(writer, field->format, value);
		break;
	case FIELD_TEXT:
		put_quoted(
			writer, bytes, strnlen((const char *)bytes, size), !memchr(bytes, 0, size));
		break;
	case FIELD_BYTES:
		put_hex_string(writer, bytes, size);
		break;
	case FIELD_FD:
		put_descriptor(writer, (int)number, false);
		break;
	case FIELD_UID:
		put_id(writer, value, size);
		break;
	case FIELD_MODE:
		put_file_mode(writer, value);
		break;
	case FIELD_DEV:
		put_device(writer, value);
		break;
	case FIELD_PORT:
		putf(writer, "htons(%u)", ntohs((uint16_t)value));
		break;
	case FIELD_IPV4:
		putf(writer, "inet_addr(\"%s\")",
			inet_ntop(AF_INET, bytes, address, sizeof(address)));
		break;
	case FIELD_IPV6:
		putf(writer, "inet_pton(AF_INET6, \"%s\")",
			inet_ntop(AF_INET6, bytes, address, sizeof(address)));
		break;
	case FIELD_SIGNALS:
		put_signals(writer, bytes, size);
		break;
	case FIELD_KEY:
		if (value_name(&values_ipc_key, value))
			put_set(writer, &values_ipc_key, value);
		else
			putf(writer, "%#llx", (unsigned long long)value);
		break;
	case FIELD_RLIMIT:
		put_limit(writer, value, size);
		break;
	case FIELD_CLOCK:
		putf(writer, "%llu", (unsigned long long)value);
		if (value)
			putf(writer, " /* %llu.%02llu s */", (unsigned long long)value / 100,
				(unsigned long long)value % 100);
		break;
	case FIELD_TIME:
		putf(writer, "%lld", (long long)number);
		put_time_comment(writer, number, 0);
		break;
	case FIELD_STRING:
		put_string(writer, DETAIL_ENTRY, value, writer->options->string_max);
		break;
	}
}

static void put_field(
	struct call_writer *writer, const struct field *field, const unsigned char *bytes)
{
	if (field->count == 1) {
		put_element(writer, field, bytes, field->size);
		return;
	}
	for (size_t i = 0; i < field->count; i++) {
		put(writer, i ? ", " : "[");
		put_element(writer, field, bytes + i * field->size, field->size);
	}
	put(writer, "]");
}

/* The length of the part of NAME that is the name of a nested structure; 0 if it is in none. */
static size_t prefix_of(const char *name)
{
	const char *dot = strchr(name, '.');
	return dot ? (size_t)(dot - name) : 0;
}

void put_fields(struct call_writer *writer, const struct argument_type *type,
	const unsigned char *bytes, size_t size)
{
	const struct layout *layout = type_layout(type, writer->call.abi);
	const char *nested = NULL;
	size_t nested_size = 0;
	const char *separator = "";
	put(writer, "{");
	for (size_t i = 0; i < layout->count; i++) {
		const struct field *field = &layout->fields[i];
		const char *name = field->name;
		if (field->is_verbose && !writer->options->verbose)
			continue;
		if (field->offset + (size_t)field->size * field->count > size)
			continue;
		size_t prefix = prefix_of(name);
		bool goes_on = nested && prefix == nested_size && !strncmp(name, nested, prefix);
		if (nested && !goes_on) {
			put(writer, "}");
			nested = NULL;
		}
		put(writer, separator);
		separator = ", ";
		if (prefix && !goes_on) {
			putf(writer, "%.*s={", (int)prefix, name);
			nested = name;
			nested_size = prefix;
		}
		putf(writer, "%s=", prefix ? name + prefix + 1 : name);
		put_field(writer, field, bytes + field->offset);
	}
	if (nested)
		put(writer, "}");
	if (type->is_cut && !writer->options->verbose)
		putf(writer, "%s...", separator);
	put(writer, "}");
}

/* Writes a scalar in memory: in brackets, unless it is an element of an array. */
static void put_scalar(
	struct call_writer *writer, const struct argument *argument, const unsigned char *bytes)
{
	const struct field *field = &type_layout(argument->type, writer->call.abi)->fields[0];
	if (argument->format)
		put_values(writer, argument->format, number_at(bytes, field->size));
	else if (field->show == FIELD_FD)
		put_descriptor(writer, (int)number_at(bytes, field->size),
			argument->direction == ARGUMENT_OUT);
	else
		put_element(writer, field, bytes, field->size);
}

static void put_bytes(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, const unsigned char *bytes, size_t size)
{
	if (put_special(writer, argument, phase, address, bytes, size))
		return;
	if (argument->type->is_scalar)
		put_scalar(writer, argument, bytes);
	else
		put_fields(writer, argument->type, bytes, size);
}

void put_struct(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, size_t limit)
{
	const struct layout *layout = type_layout(argument->type, writer->call.abi);
	size_t size = layout->size < limit ? layout->size : limit;
	size_t found = 0;
	const unsigned char *bytes = detail_find(writer->detail, phase, address, &found);
	if (!address || !layout->fields || !bytes || found < size || !size) {
		put_address(writer, address);
		return;
	}
	bool in_brackets = argument->type->is_scalar && !argument->type->special;
	put(writer, in_brackets ? "[" : "");
	put_bytes(writer, argument, phase, address, bytes, found < limit ? found : limit);
	put(writer, in_brackets ? "]" : "");
}

void put_array(struct call_writer *writer, const struct argument *argument, enum detail_phase phase,
	uint64_t address, uint64_t count)
{
	const struct layout *layout = type_layout(argument->type, writer->call.abi);
	size_t limit = element_limit(writer);
	/* The two halves are shown as one. */
	if (argument->type->special == SPECIAL_CAPABILITY) {
		put_struct(writer, argument, phase, address, SIZE_MAX);
		return;
	}
	if (!address || !layout->fields || !layout->size) {
		put_address(writer, address);
		return;
	}
	if (!count) {
		put(writer, "[]");
		return;
	}
	for (uint64_t i = 0; i < count && !writer->is_full; i++) {
		uint64_t at = address + i * layout->size;
		size_t found = 0;
		if (i >= limit) {
			put(writer, ", ...");
			break;
		}
		const unsigned char *bytes = detail_find(writer->detail, phase, at, &found);
		if (!bytes || found < layout->size) {
			if (!i) {
				put_address(writer, address);
				return;
			}
			putf(writer, ", ... /* %#llx */", (unsigned long long)at);
			break;
		}
		put(writer, i ? ", " : "[");
		put_bytes(writer, argument, phase, at, bytes, layout->size);
	}
	put(writer, "]");
}
