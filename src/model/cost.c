/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of tracing, and notes; see model/model.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/model.h"
#include "model/state.h"

void model_apply_cost(struct model *model, const struct event *event)
{
	model->cost = *(const struct event_cost *)event;
}

uint64_t model_stops(const struct model *model)
{
	return model->past.stops + model->cost.stops;
}

/* The share of the targets' potential CPU time that was lost: on as many CPUs as they have threads,
 * but no more than there are. */
static double lost_share(const struct model *model, uint64_t now_ns)
{
	uint64_t threads = model->threads.count + model->ended_threads;
	uint64_t processors = model->cost.processors;
	uint64_t lanes = threads < processors ? threads : processors;
	uint64_t lost_ns = model->past.lost_ns + model->cost.lost_ns;
	if (!model->cost.call_ns || model->past.is_loss_unknown || !lanes ||
		now_ns <= model->start_ns)
		return -1;
	double share = (double)lost_ns / ((double)(now_ns - model->start_ns) * (double)lanes);
	return share < 1 ? share : 1;
}

void model_cost(const struct model *model, uint64_t now_ns, struct model_cost *cost)
{
	*cost = (struct model_cost){
		.stops = model_stops(model),
		.details_lost = model->past.details_lost + model->cost.details_lost,
		.cpu_ns = model->past.cpu_ns + model->cost.cpu_ns,
		.minimum = (enum minimum_state)model->cost.minimum,
		.minimum_ns = model->cost.minimum_ns,
		.call_ns = model->cost.call_ns,
		.others_ns = model->cost.others_ns,
		.stop_rate = rate_of(model, &model->stop_rate),
		.share = lost_share(model, now_ns),
	};
	memcpy(cost->user, model->cost.user, sizeof(cost->user));
	cost->user[sizeof(cost->user) - 1] = '\0';
}

/* The position of the note with ID, or where to insert it. */
static size_t note_position(const struct model *model, uint32_t id)
{
	size_t at = 0;
	while (at < model->note_count && model->notes[at].id < id)
		at++;
	return at;
}

static void insert_note(struct model *model, size_t at)
{
	struct model_note *notes = xreallocarray(
		model->notes, model->note_count + 1, sizeof(*model->notes));
	memmove(&notes[at + 1], &notes[at], (model->note_count - at) * sizeof(*notes));
	model->notes = notes;
	model->note_count++;
}

void model_apply_note(struct model *model, const struct event *event)
{
	const struct event_note *note = (const struct event_note *)event;
	size_t at = note_position(model, note->id);
	if (at == model->note_count || model->notes[at].id != note->id)
		insert_note(model, at);
	struct model_note *kept = &model->notes[at];
	*kept = (struct model_note){
		.id = note->id, .transient = note->transient, .count = note->count};
	memcpy(kept->text, note->text, sizeof(kept->text));
	kept->text[sizeof(kept->text) - 1] = '\0';
}

size_t model_notes(const struct model *model, struct model_note **notes)
{
	size_t count = 0;
	*notes = xcalloc(model->note_count, sizeof(**notes));
	for (size_t i = 0; i < model->note_count; i++) {
		if (model->notes[i].count)
			(*notes)[count++] = model->notes[i];
	}
	return count;
}

void model_resume_cost(struct model *model)
{
	size_t kept = 0;
	model->past.stops += model->cost.stops;
	model->past.details_lost += model->cost.details_lost;
	model->past.cpu_ns += model->cost.cpu_ns;
	model->past.lost_ns += model->cost.lost_ns;
	model->past.is_loss_unknown |= model->cost.stops && !model->cost.call_ns;
	model->cost = (struct event_cost){0};
	for (size_t i = 0; i < model->note_count; i++) {
		if (model->notes[i].id >= NOTE_SESSION)
			model->notes[kept++] = model->notes[i];
	}
	model->note_count = kept;
}
