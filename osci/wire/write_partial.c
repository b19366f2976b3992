/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_partial - children of the four elements of chunked transfer (EFFI)
 */
#include <string.h>

#include "base/text.h"
#include "wire/write_priv.h"

#define CHUNK_MAX INT32_MAX          /* every number of ChunkInformation, as the reader has it */
#define RECEIVED_MAX (64 * 1024)     /* octets of ReceivedChunks */

/* Attributes of ChunkInformation: the schema says of each type which it has; what it has, it must have. */
#define NUMBER 1u
#define SIZE 2u
#define RECEIVED 4u
#define TOTALS 8u       /* TotalChunkNumbers */
#define TOTAL_SIZE 16u  /* TotalMessageSize */

/* "-1", or numbers with one blank between two, or nothing. */
static bool received_ok(const char *s)
{
	bool digit = false;

	if (!s || strlen(s) > RECEIVED_MAX)
		return false;
	if (!*s || !strcmp(s, "-1"))
		return true;
	for (; *s; s++) {
		bool now = *s >= '0' && *s <= '9';

		if (!now && (!digit || *s != ' '))
			return false;
		digit = now;
	}
	return digit;
}

/* @least: of numbers and sizes; an answer may not know them yet. */
static int add_chunk(struct wire_writer *w, unsigned has, uint64_t least, struct osci_err *err)
{
	const struct osci_chunk *c = &w->draft->chunk;
	const struct {
		const char *name;
		uint64_t value;
		unsigned bit;
	} numbers[] = {
		/* In canonical order, ReceivedChunks behind the second. */
		{ "ChunkNumber", c->number, NUMBER },
		{ "ChunkSize", c->size_kib, SIZE },
		{ "TotalChunkNumbers", c->total_chunks, TOTALS },
		{ "TotalMessageSize", c->total_kib, TOTAL_SIZE },
	};
	size_t i;

	if (!c->present || c->info_only)
		return wire_usage(err, "osci2017:ChunkInformation", "missing");
	osci_buf_adds(&w->out, "<osci2017:ChunkInformation");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (i == 2 && has & RECEIVED) {
			if (!received_ok(c->received))
				return wire_usage(err, "osci2017:ChunkInformation", "ReceivedChunks is no list of numbers");
			osci_buf_addf(&w->out, " ReceivedChunks=\"%s\"", c->received);
		}
		if (!(has & numbers[i].bit))
			continue;
		if (numbers[i].value < least || numbers[i].value > CHUNK_MAX)
			return wire_usage(err, "osci2017:ChunkInformation", "number missing or too large");
		osci_buf_addf(&w->out, " %s=\"%llu\"", numbers[i].name, (unsigned long long)numbers[i].value);
	}
	osci_buf_adds(&w->out, "></osci2017:ChunkInformation>");
	return 0;
}

int wire_children_partial_store(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_add_id(w, "osci:MessageId", w->draft->message_id, err);

	if (!r)
		r = wire_add_subject(w, err);
	if (r)
		return r;
	if (!w->draft->chunk.info_only)
		return add_chunk(w, NUMBER | SIZE | TOTALS | TOTAL_SIZE, 1, err);
	osci_buf_adds(&w->out, "<osci2017:InfoOnly></osci2017:InfoOnly>");
	return 0;
}

int wire_children_partial_fetch(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_add_selection(w, false, err);

	return r ? r : add_chunk(w, NUMBER | SIZE | RECEIVED, 1, err);
}

/* The schema calls the bundle procard; clients of the reference implementation know ProcessCardBundle only. */
int wire_children_partial_stored(struct wire_writer *w, struct osci_err *err)
{
	const struct osci_draft *d = w->draft;
	int r = 0;

	if (d->n_inside_feedback)
		r = wire_add_feedback(w, "osci2017:InsideFeedback", d->inside_feedback, d->n_inside_feedback, err);
	if (!r)
		r = wire_children_feedback(w, err);
	if (!r)
		r = wire_add_cards(w, d->schema_procard ? "osci:procard" : "osci:ProcessCardBundle", 0, 1, err);
	return r ? r : add_chunk(w, NUMBER | RECEIVED | TOTALS, 0, err);
}

/* The schema demands a rule in it: where the order had none, the one that finds this delivery again. */
static int add_echo(struct wire_writer *w, struct osci_err *err)
{
	int r;

	if (w->draft->selection.kind != OSCI_SELECT_NONE)
		return wire_add_echo(w, "fetchDelivery", err);
	osci_buf_adds(&w->out, "<osci:fetchDelivery><osci:SelectionRule>");
	r = wire_add_id(w, "osci:MessageId", w->draft->message_id, err);
	osci_buf_adds(&w->out, "</osci:SelectionRule></osci:fetchDelivery>");
	return r;
}

int wire_children_partial_fetched(struct wire_writer *w, struct osci_err *err)
{
	int r = wire_children_feedback(w, err);

	if (!r)
		r = add_echo(w, err);
	if (!r)
		r = add_chunk(w, NUMBER | TOTALS | TOTAL_SIZE, 0, err);
	return r ? r : wire_add_id(w, "osci:MessageId", w->draft->message_id, err);
}
