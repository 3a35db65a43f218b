/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Indexing .eh_frame (Linux Standard Base, "Exception Frames"); see stack/ehframe.h. */
#include "config.h"

#include "stack/ehframe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define ENC_PCREL_SDATA4 0x1b /* relative to its own position, 4 bytes, signed */
#define ENC_OMIT         0xff
#define EXTENDED         UINT32_MAX /* a length meaning that an 8-byte length follows */

/* Bytes left to read. */
struct bytes {
	const unsigned char *at, *end;
};

static bool take(struct bytes *bytes, void *value, size_t size)
{
	if ((size_t)(bytes->end - bytes->at) < size)
		return false;
	memcpy(value, bytes->at, size);
	bytes->at += size;
	return true;
}

static bool skip_leb128(struct bytes *bytes)
{
	unsigned char byte;
	do {
		if (!take(bytes, &byte, 1))
			return false;
	} while (byte & 0x80);
	return true;
}

/* Size of a pointer encoded as ENC, by the format in its lower half. */
static size_t encoded_size(unsigned char enc)
{
	static const size_t sizes[8] = {8, 0, 2, 4, 8, 0, 0, 0};
	return enc == ENC_OMIT ? 0 : sizes[enc & 7];
}

/* How the CIE encodes the addresses of its FDEs; ENC_OMIT: unknown. */
static unsigned char fde_encoding(struct bytes cie)
{
	unsigned char version, byte;
	uint32_t id;
	if (!take(&cie, &id, sizeof(id)) || id != 0 || !take(&cie, &version, 1))
		return ENC_OMIT;
	const char *augmentation = (const char *)cie.at;
	const char *end = memchr(cie.at, '\0', (size_t)(cie.end - cie.at));
	if (!end || *augmentation != 'z')
		return ENC_OMIT;
	cie.at = (const unsigned char *)end + 1;
	/* Alignments, return address column, length of the augmentation data. */
	if (!skip_leb128(&cie) || !skip_leb128(&cie) || !skip_leb128(&cie) || !skip_leb128(&cie))
		return ENC_OMIT;
	for (const char *letter = augmentation + 1; *letter; letter++) {
		if (*letter == 'S' || *letter == 'B')
			continue;
		if (!take(&cie, &byte, 1))
			return ENC_OMIT;
		if (*letter == 'R')
			return byte;
		if (*letter == 'P') {
			size_t size = encoded_size(byte);
			if (!size || (size_t)(cie.end - cie.at) < size)
				return ENC_OMIT;
			cie.at += size;
		}
	}
	return ENC_OMIT;
}

/* Takes the next record from *BYTES. False: there are no more. */
static bool take_record(struct bytes *bytes, struct bytes *record)
{
	uint32_t length;
	uint64_t longer;
	if (!take(bytes, &length, sizeof(length)) || length == 0)
		return false;
	longer = length;
	if (length == EXTENDED && !take(bytes, &longer, sizeof(longer)))
		return false;
	if (longer > (uint64_t)(bytes->end - bytes->at))
		return false;
	*record = (struct bytes){bytes->at, bytes->at + longer};
	bytes->at += longer;
	return true;
}

/* Finds the CIE of the FDE RECORD, which begins with the distance to it. */
static bool find_cie(const unsigned char *section, struct bytes record, struct bytes *cie)
{
	uint32_t distance;
	memcpy(&distance, record.at, sizeof(distance));
	if (distance == 0 || distance > (size_t)(record.at - section))
		return false;
	struct bytes from = {record.at - distance, record.end};
	return take_record(&from, cie);
}

static int compare(const void *left, const void *right)
{
	const struct ehframe_entry *a = left, *b = right;
	return (a->start > b->start) - (a->start < b->start);
}

struct ehframe_entry *ehframe_index(const unsigned char *section, size_t size, size_t *count)
{
	struct bytes rest = {section, section + size}, record, cie;
	struct ehframe_entry *entries = NULL;
	size_t used = 0, capacity = 0;
	for (;;) {
		const unsigned char *begin = rest.at;
		int32_t start;
		if (size > INT32_MAX || !take_record(&rest, &record))
			break;
		if ((size_t)(record.end - record.at) < 2 * sizeof(start) ||
			!find_cie(section, record, &cie) || fde_encoding(cie) != ENC_PCREL_SDATA4)
			continue;
		memcpy(&start, record.at + 4, sizeof(start));
		if (used == capacity) {
			capacity = capacity ? capacity * 2 : 256;
			entries = xreallocarray(entries, capacity, sizeof(*entries));
		}
		entries[used++] = (struct ehframe_entry){
			.start = (int32_t)(record.at + 4 - section) + start,
			.fde = (int32_t)(begin - section),
		};
	}
	if (used)
		qsort(entries, used, sizeof(*entries), compare);
	*count = used;
	return entries;
}
