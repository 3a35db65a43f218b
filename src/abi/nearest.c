/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edit distance, and the smallest ones; see abi/nearest.h. */
#include "config.h"

#include "abi/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Longer names are ignored: valid names are shorter, and the table below stays small. */
#define LENGTH_MAX 40

/* A wrong name of at least this length suggests the names that it is a prefix of. */
#define PREFIX_MIN 3

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * How many letters must be added, dropped, changed or swapped with their neighbour to turn A into
 * B: the optimal string alignment distance, row by row; the swap needs the row before the last.
 */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][LENGTH_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *oldest = before;
		before = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = above[j - 1] + !same(a[i - 1], b[j - 1]);
			row[j] = least(change, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[b_length];
}

/*
 * The distance of NAME from the wanted one. A prefix counts as one mistake, however much is
 * missing. If the lengths alone differ too much, the letters are not compared.
 */
static size_t distance_to(const struct nearest *nearest, const char *name)
{
	size_t wanted_length = strlen(nearest->wanted);
	size_t length = strlen(name);
	size_t vm_process = length > wanted_length ? length - wanted_length
	                                           : wanted_length - length;
	if (wanted_length > LENGTH_MAX || length > LENGTH_MAX)
		return SIZE_MAX;
	if (wanted_length >= PREFIX_MIN && strncasecmp(name, nearest->wanted, wanted_length) == 0)
		return length > wanted_length;
	if (vm_process > nearest->distance)
		return vm_process;
	return distance(nearest->wanted, wanted_length, name, length);
}

void nearest_begin(struct nearest *nearest, const char *wanted)
{
	*nearest = (struct nearest){.wanted = wanted, .distance = 1 + strlen(wanted) / 4};
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t found = distance_to(nearest, name);
	if (found > nearest->distance)
		return;
	if (found < nearest->distance) {
		nearest->distance = found;
		nearest->count = 0;
	}
	for (size_t i = 0; i < nearest->count; i++) {
		if (strcmp(nearest->names[i], name) == 0)
			return;
	}
	if (nearest->count < NEAREST_MAX)
		nearest->names[nearest->count++] = name;
}

char *nearest_text(const struct nearest *nearest, const char *prefix, char *buf, size_t size)
{
	size_t used = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < nearest->count && used < size; i++) {
		bool last = i + 1 == nearest->count;
		const char *before = i == 0 ? "; did you mean " : last ? " or " : ", ";
		used += (size_t)snprintf(buf + used, size - used, "%s\"%s%s\"%s", before, prefix,
			nearest->names[i], last ? "?" : "");
	}
	return buf;
}
