/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What recorders pass on; see out/ctf_piece.h. */
#include "config.h"

#include "out/ctf_piece.h"

#include <string.h>

static size_t packet_size(const char *piece)
{
	struct recording_packet packet;
	memcpy(&packet, piece, sizeof(packet));
	return packet.packet_bits / 8;
}

static size_t text_size(const char *piece)
{
	struct ctf_text text;
	memcpy(&text, piece, sizeof(text));
	return sizeof(text) + text.size;
}

static size_t copy_size(const char *piece)
{
	struct ctf_copy copy;
	memcpy(&copy, piece, sizeof(copy));
	return sizeof(copy) + copy.name_size + copy.head_size + copy.packet_size;
}

size_t ctf_piece_size(const char *piece, uint32_t *magic)
{
	memcpy(magic, piece, sizeof(*magic));
	switch (*magic) {
	case CTF_TEXT_MAGIC:
		return text_size(piece);
	case CTF_PART_MAGIC:
		return sizeof(struct ctf_part);
	case CTF_PACK_MAGIC:
		return sizeof(struct ctf_pack_request);
	case CTF_COPY_MAGIC:
		return copy_size(piece);
	default:
		return packet_size(piece);
	}
}
