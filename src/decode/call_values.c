/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and names of values as text; see decode/call_writer.h. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "decode/call_writer.h"

extern const struct value_set values_at_fdcwd;
extern const struct value_set values_mode_type;
extern const struct value_set values_signal;

#define SIGNAL_MAX 64

void put_address(struct call_writer *writer, uint64_t address)
{
	if (address)
		putf(writer, "%#llx", (unsigned long long)address);
	else
		put(writer, "NULL");
}

/* Writes what the names of SET have in common, for a value without a name: "O_???". */
static void put_unknown(struct call_writer *writer, const struct value_set *set)
{
	size_t common = strlen(set->names[0].name);
	for (size_t i = 1; i < set->count; i++) {
		size_t same = 0;
		while (same < common && set->names[i].name[same] == set->names[0].name[same])
			same++;
		common = same;
	}
	while (common && set->names[0].name[common - 1] != '_')
		common--;
	if (common)
		putf(writer, " /* %.*s??? */", (int)common, set->names[0].name);
}

static void put_enum(struct call_writer *writer, const struct value_set *set, uint64_t value)
{
	const char *name = value_name(set, value);
	if (name) {
		put(writer, name);
		return;
	}
	putf(writer, "%#x", (unsigned int)value);
	put_unknown(writer, set);
}

static void put_mask(struct call_writer *writer, const struct value_set *set, uint64_t value)
{
	bool any = false;
	for (size_t i = 0; i < set->count; i++) {
		uint64_t bits = set->names[i].value;
		if (bits ? (value & bits) == bits : !value && !any) {
			putf(writer, "%s%s", any ? "|" : "", set->names[i].name);
			value &= ~bits;
			any = true;
		}
	}
	if (value || !any)
		putf(writer, any ? "|%#llx" : "%#llx", (unsigned long long)value);
	if (value && !any)
		put_unknown(writer, set);
}

void put_set(struct call_writer *writer, const struct value_set *set, uint64_t value)
{
	if (set == &values_signal)
		put_signal(writer, (int)value);
	else if (set->is_mask)
		put_mask(writer, set, value);
	else
		put_enum(writer, set, value);
}

/* Values that consist of two: a command and a type, a class and a level. */
static void put_pair(struct call_writer *writer, const struct value_format *format, uint32_t value)
{
	uint64_t low = value & ((UINT32_C(1) << format->shift) - 1);
	put(writer, format->low_set ? "QCMD(" : "IOPRIO_PRIO_VALUE(");
	put_set(writer, format->set, value >> format->shift);
	put(writer, ", ");
	if (format->low_set)
		put_set(writer, format->low_set, low);
	else
		putf(writer, "%u", (unsigned int)low);
	put(writer, ")");
}

void put_values(struct call_writer *writer, const struct value_format *format, uint64_t value)
{
	const char *separator = "";
	if (format->shift) {
		put_pair(writer, format, (uint32_t)value);
		return;
	}
	if (format->is_big_endian)
		value = (uint16_t)(value << 8 | (value >> 8 & 0xff));
	if (value & format->ignored)
		put(writer, "IPC_64|");
	uint64_t rest = value & ~(format->ignored | format->low_mask | format->high_mask);
	if (format->rest_is_mode)
		rest &= ~(uint64_t)0777;
	if (format->low_mask && format->low_set) {
		put_set(writer, format->low_set, value & format->low_mask);
		separator = "|";
	}
	bool has_more = value & format->high_mask || format->rest_is_mode;
	if (format->set && (rest || !(*separator || has_more))) {
		put(writer, separator);
		put_set(writer, format->set, rest);
		separator = "|";
	}
	if (value & format->high_mask) {
		put(writer, separator);
		put_set(writer, format->high_set, value & format->high_mask);
		separator = "|";
	}
	if (format->rest_is_mode) {
		put(writer, separator);
		put_mode(writer, value & 0777);
	}
}

void put_signal(struct call_writer *writer, int number)
{
	const char *name = number > 0 ? value_name(&values_signal, (uint64_t)number) : NULL;
	if (name)
		put(writer, name);
	else
		putf(writer, "%d", number);
}

void put_mode(struct call_writer *writer, uint64_t mode)
{
	putf(writer, "%#03ho", (unsigned short)mode);
}

void put_file_mode(struct call_writer *writer, uint64_t mode)
{
	const char *name = value_name(&values_mode_type, mode & S_IFMT);
	unsigned int rest = (unsigned int)mode & ~(unsigned int)S_IFMT;
	if (!name || !(mode & S_IFMT)) {
		put_mode(writer, mode);
		return;
	}
	putf(writer, "%s%s%s%s|", name, rest & S_ISUID ? "|S_ISUID" : "",
		rest & S_ISGID ? "|S_ISGID" : "", rest & S_ISVTX ? "|S_ISVTX" : "");
	put_mode(writer, rest & ~(unsigned int)(S_ISUID | S_ISGID | S_ISVTX));
}

void put_device(struct call_writer *writer, uint64_t device)
{
	putf(writer, "makedev(%#x, %#x)", major(device), minor(device));
}

void put_id(struct call_writer *writer, uint64_t id, size_t size)
{
	uint32_t none = size == 2 ? UINT16_MAX : UINT32_MAX;
	id &= none;
	if (id == none)
		put(writer, "-1");
	else
		putf(writer, "%u", (unsigned int)id);
}

/* Writes what the namer knows of FD, in angle brackets. */
static void put_object(struct call_writer *writer, int fd, bool is_new)
{
	char name[PATH_MAX];
	struct descriptor_namer *namer = writer->options->namer;
	if (namer && namer->name(namer, writer->detail, fd, is_new, name, sizeof(name)))
		putf(writer, "<%s>", name);
}

void put_descriptor(struct call_writer *writer, int fd, bool is_new)
{
	putf(writer, "%d", fd);
	if (fd >= 0)
		put_object(writer, fd, is_new);
}

void put_directory(struct call_writer *writer, int fd)
{
	const char *name = value_name(&values_at_fdcwd, (uint32_t)fd);
	if (!name) {
		put_descriptor(writer, fd, false);
		return;
	}
	put(writer, name);
	put_object(writer, fd, false);
}

/* A request without a name: "_IOC(_IOC_READ, 0x54, 0x1, 0x4)". */
static void put_request(struct call_writer *writer, uint32_t request)
{
	static const char *const directions[] = {
		"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"};
	putf(writer, "_IOC(%s, %#x, %#x, %#x)", directions[request >> 30],
		(unsigned int)(request >> 8 & 0xff), (unsigned int)(request & 0xff),
		(unsigned int)(request >> 16 & 0x3fff));
}

void put_ioctl(struct call_writer *writer, uint32_t request)
{
	size_t count;
	const struct ioctl_name *names = ioctl_names((enum abi)writer->call.abi, request, &count);
	/* Several requests may have one number; the first is that which is decoded. */
	if (names)
		put(writer, names[0].name);
	else
		put_request(writer, request);
}

void put_signals(struct call_writer *writer, const unsigned char *bits, size_t size)
{
	size_t count = size * 8 < SIGNAL_MAX ? size * 8 : SIGNAL_MAX;
	size_t set = 0;
	const char *separator = "";
	for (size_t i = 0; i < count; i++)
		set += bits[i / 8] >> i % 8 & 1;
	/* If most are in it, those that are not are shorter. */
	bool inverse = count && set >= count * 2 / 3;
	put(writer, inverse ? "~[" : "[");
	for (size_t i = 0; i < count; i++) {
		if ((bits[i / 8] >> i % 8 & 1) == inverse)
			continue;
		const char *name = value_name(&values_signal, i + 1);
		if (name)
			putf(writer, "%s%s", separator, name + strlen("SIG"));
		else
			putf(writer, "%s%zu", separator, i + 1);
		separator = " ";
	}
	put(writer, "]");
}

/* Writes a time as a comment, with DIGITS digits of a part of a second that is below LIMIT. */
static void put_date(
	struct call_writer *writer, int64_t seconds, uint64_t part, int digits, uint64_t limit)
{
	char date[64];
	char zone[16];
	struct tm tm;
	time_t when = (time_t)seconds;
	if ((!seconds && !part) || part >= limit || !localtime_r(&when, &tm))
		return;
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	putf(writer, " /* %s", date);
	if (part)
		putf(writer, ".%0*llu", digits, (unsigned long long)part);
	putf(writer, "%s */", zone);
}

void put_time_comment(struct call_writer *writer, int64_t seconds, uint64_t nanoseconds)
{
	put_date(writer, seconds, nanoseconds, 9, 1000000000);
}

void put_microseconds_comment(struct call_writer *writer, int64_t seconds, uint64_t microseconds)
{
	put_date(writer, seconds, microseconds, 6, 1000000);
}
