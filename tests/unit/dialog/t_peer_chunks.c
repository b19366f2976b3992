/* SPDX-License-Identifier: Apache-2.0 */
/* t_peer_chunks - chunked transfers of the supplier in memory */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "t_peer.h"

#define KIB 1024u
#define CID "ChunkBlobStoreDelivery"

/* --- to us --------------------------------------------------------------------- */

static bool all_there(const struct t_peer *p)
{
	uint64_t i;

	for (i = 1; i <= p->chunks_total; i++)
		if (!p->chunks[i])
			return false;
	return p->chunks_total;
}

static void say_received(const struct t_peer *p, struct t_chunk_answer *a)
{
	size_t at = 0;
	uint64_t i;

	a->received[0] = '\0';
	for (i = 1; i <= p->chunks_total; i++)
		if (p->chunks[i])
			at += (size_t)snprintf(a->received + at, sizeof(a->received) - at, "%s%u", at ? " " : "", (unsigned)i);
}

/* The delivery inside is a message of its own, and the one that was announced. */
static void open_inner(struct t_peer *p, const char *partial_id)
{
	struct osci_open_opts opts = { .keys = &p->office_cipher, .n_keys = 1, .trust = p->trust, .now = T_NOW };
	struct osci_contents *c = NULL;
	struct osci_message *m = NULL;
	struct osci_stream *stream;
	struct osci_blob *whole;
	unsigned char *data;
	struct osci_err err;
	size_t len;

	assert_int_equal(osci_blob_concat(&whole, &p->chunks[1], p->chunks_total), 0);
	assert_int_equal(osci_stream_of_blob(&stream, whole), 0);
	assert_int_equal(osci_stream_to_memory(stream, &data, &len, NULL), 0);
	if (osci_open(&m, data, len, &opts, &err))
		fail_msg("inner message: %s %s", err.where, err.what);
	assert_int_equal(m->type, OSCI_STORE_DELIVERY);
	assert_int_equal(m->signature.status, OSCI_SIG_ABSENT);
	assert_null(m->control.response);
	assert_true(strlen(partial_id) == strlen(m->message_id) + strlen("_Partial"));
	assert_memory_equal(partial_id, m->message_id, strlen(m->message_id));
	assert_int_equal(osci_contents_open(&c, m, &opts, &err), 0);
	snprintf(p->stored_id, sizeof(p->stored_id), "%s", m->message_id);
	p->stores++;
	osci_contents_freep(&c);
	osci_message_freep(&m);
	osci_stream_freep(&stream);
	osci_blob_unref(whole);
	free(data);
}

static const char *keep_chunk(struct t_peer *p, const struct osci_message *m)
{
	const struct osci_chunk *c = &m->chunk;

	assert_true(c->number >= 1 && c->number <= c->total_chunks && c->total_chunks <= T_CHUNKS);
	assert_int_equal(m->n_parts, 1);
	assert_string_equal(m->parts[0].content_id, CID);
	if (p->chunks_total && (p->chunks_total != c->total_chunks || p->chunk_kib != c->size_kib))
		return "9905";
	p->chunks_total = c->total_chunks;
	p->chunk_kib = c->size_kib;
	if (p->features.max_chunk && c->size_kib > p->features.max_chunk)
		return "9902";
	assert_true(c->number == c->total_chunks ? m->parts[0].len <= c->size_kib * KIB :
						   m->parts[0].len == c->size_kib * KIB);
	assert_true(p->n_chunk_orders < T_CHUNKS);
	if (p->chunks[c->number])
		return "9900";
	assert_int_equal(osci_blob_copy(&p->chunks[c->number], m->parts[0].data, m->parts[0].len), 0);
	return "0801";
}

const char *t_peer_take_chunk(struct t_peer *p, const struct osci_message *m, struct osci_draft *d,
			      struct t_chunk_answer *a)
{
	const char *code = "0801";
	uint64_t i;

	p->chunk_orders[p->n_chunk_orders++ % T_CHUNKS] = m->chunk.number;
	if (m->chunk.info_only) {
		if (!p->chunks_total && !p->stored_id[0])
			code = "9803";
	} else {
		code = keep_chunk(p, m);
	}
	say_received(p, a);
	d->chunk = (struct osci_chunk){
		.present = true, .number = m->chunk.number, .received = p->received ? p->received : a->received,
		.total_chunks = p->claims_total ? p->claims_total : p->chunks_total,
	};
	if (p->forgets)
		for (i = 1; i <= p->chunks_total; i++)
			p->chunks[i] = osci_blob_unref(p->chunks[i]);
	if (!all_there(p) || code[0] == '9')
		return code;
	if (p->waits) {
		p->waits--;
		return "3952";
	}
	if (!p->stores)
		open_inner(p, m->message_id);
	a->inside = (struct osci_feedback){ p->inside ? p->inside : "0800", "de", "Text" };
	d->inside_feedback = &a->inside;
	d->n_inside_feedback = 1;
	return code;
}

/* --- from us ------------------------------------------------------------------- */

void t_peer_make_large(struct t_peer *p, size_t octets)
{
	const struct osci_cert *reader = osci_key_cert(p->office_cipher);
	struct osci_feedback fb = { "0801", "de", "Text" };
	struct osci_card card = { .message_id = p->foreign_card ? "fremd" : "d0@intermed",
				  .recent_modification = "2026-11-22T09:00:00Z", .creation = "2026-11-22T09:00:00Z",
				  .forwarding = "2026-11-22T09:00:00Z" };
	struct osci_draft_cert cert = { OSCI_CIPHER_ADDRESSEE, reader, NULL };
	struct osci_draft d = {
		.type = OSCI_RESPONSE_TO_FETCH_DELIVERY, .feedback = &fb, .n_feedback = 1, .cards = &card, .n_cards = 1,
		.certs = &cert, .n_certs = 1, .has_package = !p->no_content, .package = p->package,
		.package_len = p->package_len,
		.control = { .response = "r", .challenge = "c", .conversation_id = "1", .has_sequence = true },
	};
	struct osci_write_opts opts = { 0 };
	struct osci_part part;
	unsigned char *data, *out;
	size_t len, i;

	data = malloc(octets);
	assert_non_null(data);
	for (i = 0; i < octets; i++)
		data[i] = (unsigned char)(i * 7 + i / 251);
	part = (struct osci_part){ .content_id = "anhang", .data = data, .len = octets };
	d.parts = &part;
	d.n_parts = !p->no_content;
	assert_int_equal(osci_write(&out, &len, &d, &opts, NULL), 0);
	osci_blob_unref(p->large);
	assert_int_equal(osci_blob_take(&p->large, out, len, false), 0);
	free(data);
}

static void lie(const struct t_peer *p, struct osci_draft *d, struct t_chunk_answer *a, uint64_t *number, uint64_t *len)
{
	struct osci_chunk *c = &d->chunk;

	switch (p->chunk_lie) {
	case T_CHUNK_AGAIN: c->number = --*number; break;
	case T_CHUNK_NEXT: c->number = ++*number; break;
	case T_CHUNK_NUMBER: c->number++; break;
	case T_CHUNK_OCTETS: --*number; break;
	case T_CHUNK_SHORT: *len -= 1; break;
	case T_CHUNK_LONG: *len += 1; break;
	case T_CHUNK_EMPTY: *len = 0; break;
	case T_CHUNK_TOTAL: c->total_chunks++; break;
	case T_CHUNK_SIZE: c->total_kib += 1 + c->total_kib; break;
	case T_CHUNK_ID: snprintf(a->id, sizeof(a->id), "d1@intermed"); break;
	case T_CHUNK_HUGE: c->total_chunks = c->total_kib = INT32_MAX; break;
	default: break;
	}
}

const char *t_peer_give_chunk(struct t_peer *p, const struct osci_message *m, struct osci_draft *d,
			      struct t_chunk_answer *a)
{
	static const char package[] = "<osci:ContentContainer Id=\"ChunkContentContainer\"><osci:Content Id=\"ChunkContent\" "
				      "href=\"cid:" CID "\"></osci:Content></osci:ContentContainer>";
	static unsigned char buf[256 * KIB];
	static const struct osci_card card = { .message_id = "d0@intermed", .recent_modification = "2026-11-22T09:00:00Z",
					       .creation = "2026-11-22T09:00:00Z", .forwarding = "2026-11-22T09:00:00Z" };
	uint64_t size = m->chunk.size_kib * KIB, number = m->chunk.number, total, len, have;
	bool lies = p->chunk_lie && p->chunk_lie_at == number;

	assert_true(p->n_chunk_orders < T_CHUNKS);
	p->chunk_orders[p->n_chunk_orders++] = number;
	if (!p->large || (p->gone & 1)) {
		d->message_id = "x";
		d->selection = (struct osci_selection){ 0 };
		d->chunk = (struct osci_chunk){ .present = true };
		return "9803";
	}
	/* One number for each chunk before, or "-1". */
	for (have = 0, len = 0; m->chunk.received[len]; len++)
		have += m->chunk.received[len] == ' ';
	assert_int_equal(have + 1, number == 1 ? 1 : number - 1);
	assert_int_equal(number == 1, !strcmp(m->chunk.received, "-1"));
	total = (osci_blob_len(p->large) + size - 1) / size;
	assert_true(number <= total);
	if (number > 1)
		assert_string_equal(m->selection.message_ids[0], "d0@intermed");
	if (total == 1 || (lies && p->chunk_lie == T_CHUNK_WHOLE)) {
		d->type = OSCI_RESPONSE_TO_FETCH_DELIVERY;
		d->cards = &card;
		d->n_cards = 1;
		d->has_package = true;
		d->package = p->package;
		d->package_len = p->package_len;
		p->shown = 0;
		return "0801";
	}
	snprintf(a->id, sizeof(a->id), "d0@intermed");
	d->chunk = (struct osci_chunk){ .present = true, .number = number, .total_chunks = total,
					.total_kib = (osci_blob_len(p->large) + KIB - 1) / KIB };
	len = number == total ? osci_blob_len(p->large) - (number - 1) * size : size;
	if (lies)
		lie(p, d, a, &number, &len);
	assert_true(len <= sizeof(buf));
	if ((number - 1) * size + len > osci_blob_len(p->large))
		memset(buf, 0, len);
	else if (len)
		assert_int_equal(osci_blob_read(p->large, (number - 1) * size, buf, len, NULL), 0);
	d->message_id = a->id;
	d->has_package = true;
	d->package = package;
	d->package_len = sizeof(package) - 1;
	a->parts[0] = (struct osci_part){ .content_id = CID, .data = buf, .len = len };
	a->parts[1] = (struct osci_part){ .content_id = "noch-einer", .data = buf, .len = len };
	d->parts = a->parts;
	d->n_parts = 1;
	if (lies && p->chunk_lie == T_CHUNK_MISSING)
		d->package_len = d->n_parts = 0;
	if (lies && p->chunk_lie == T_CHUNK_TWO)
		d->n_parts = 2;
	if (number == total)
		p->shown = 0;
	return "0801";
}
