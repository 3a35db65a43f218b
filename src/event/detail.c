/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of details; see event/detail.h. */
#include "config.h"

#include "event/detail.h"

#include <string.h>

const unsigned char *detail_find(
	const struct event_detail *detail, enum detail_phase phase, uint64_t address, size_t *size)
{
	struct detail_block block;
	const unsigned char *best = NULL;
	*size = 0;
	for (size_t at = 0; at + sizeof(block) <= detail->size;) {
		memcpy(&block, detail->blocks + at, sizeof(block));
		at += sizeof(block);
		if (block.size > detail->size - at)
			break;
		/* Blocks may overlap: the one that has most of what follows is the best. */
		if (block.phase == phase && address - block.address < block.size) {
			size_t offset = (size_t)(address - block.address);
			if (block.size - offset > *size) {
				*size = block.size - offset;
				best = detail->blocks + at + offset;
			}
		}
		at += ((size_t)block.size + 7) & ~(size_t)7;
	}
	return best;
}

size_t detail_read(const struct event_detail *detail, enum detail_phase phase, uint64_t address,
	void *buf, size_t size)
{
	size_t available;
	size_t copied = 0;
	const unsigned char *bytes;
	while (copied < size &&
		(bytes = detail_find(detail, phase, address + copied, &available))) {
		size_t part = available < size - copied ? available : size - copied;
		memcpy((unsigned char *)buf + copied, bytes, part);
		copied += part;
	}
	return copied;
}
