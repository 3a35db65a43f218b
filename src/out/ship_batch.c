/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that are sent together; see out/ship_batch.h. */
#include "config.h"

#include "out/ship_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define FIRST_SIZE ((size_t)8 << 10)
#define FIRST_ROWS 16

struct ship_batch *ship_batch_new(enum ship_kind kind)
{
	struct ship_batch *batch = xcalloc(1, sizeof(*batch));
	batch->kind = kind;
	return batch;
}

void ship_batch_free(struct ship_batch *batch)
{
	if (!batch)
		return;
	free(batch->text);
	free(batch->marks);
	free(batch);
}

bool ship_batch_add(struct ship_batch *batch, const char *text, size_t size, uint64_t calls)
{
	if (batch->rows == SHIP_BATCH_ROWS || size > SHIP_BATCH_MAX - batch->size)
		return false;
	if (batch->size + size > batch->capacity) {
		size_t capacity = batch->capacity ? batch->capacity : FIRST_SIZE;
		while (capacity < batch->size + size)
			capacity *= 2;
		batch->text = xreallocarray(batch->text, capacity, 1);
		batch->capacity = capacity;
	}
	if (batch->rows == batch->marks_capacity) {
		batch->marks_capacity = batch->rows ? 2 * batch->rows : FIRST_ROWS;
		batch->marks = xreallocarray(
			batch->marks, batch->marks_capacity, sizeof(*batch->marks));
	}
	memcpy(batch->text + batch->size, text, size);
	batch->size += size;
	batch->marks[batch->rows++] = (struct ship_mark){(uint32_t)batch->size, calls};
	return true;
}

bool ship_batch_join(struct ship_batch *batch, const struct ship_batch *more)
{
	size_t begin = 0;
	if (more->kind != batch->kind || more->rows > SHIP_BATCH_ROWS - batch->rows ||
		more->size > SHIP_BATCH_MAX - batch->size)
		return false;
	for (size_t i = 0; i < more->rows; i++) {
		const struct ship_mark *mark = &more->marks[i];
		ship_batch_add(batch, more->text + begin, mark->end - begin, mark->calls);
		begin = mark->end;
	}
	return true;
}

struct ship_count ship_batch_count(const struct ship_batch *batch, size_t first, size_t count)
{
	struct ship_count sum = {0};
	if (batch->kind == SHIP_CALL)
		sum.details = count;
	if (batch->kind != SHIP_SUM)
		return sum;
	for (size_t i = first; i < first + count; i++)
		sum.calls += batch->marks[i].calls;
	sum.rows = count;
	return sum;
}

struct ship_batch *ship_batch_split(struct ship_batch *batch)
{
	struct ship_batch *second = ship_batch_new(batch->kind);
	size_t kept = batch->rows / 2, begin = batch->marks[kept - 1].end;
	for (size_t i = kept; i < batch->rows; i++) {
		const struct ship_mark *mark = &batch->marks[i];
		size_t from = batch->marks[i - 1].end;
		ship_batch_add(second, batch->text + from, mark->end - from, mark->calls);
	}
	batch->rows = kept;
	batch->size = begin;
	return second;
}

void ship_batch_keep(struct ship_batch *batch, const bool *keeps)
{
	size_t rows = 0, size = 0, begin = 0;
	for (size_t i = 0; i < batch->rows; i++) {
		const struct ship_mark mark = batch->marks[i];
		if (keeps[i]) {
			memmove(batch->text + size, batch->text + begin, mark.end - begin);
			size += mark.end - begin;
			batch->marks[rows++] = (struct ship_mark){(uint32_t)size, mark.calls};
		}
		begin = mark.end;
	}
	batch->rows = rows;
	batch->size = size;
}
