/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order_partial - PartialStoreDelivery and PartialFetchDelivery: large messages in chunks (EFFI)
 *
 * In: chunks in any order, each durable before it is confirmed; the last one that was missing makes the message, which is
 * read where its chunks lie and stored like any other, once.  Its verdict stays until the transfer is forgotten, so that
 * whoever missed the answer asks with InfoOnly and hears the same.  A crash before the verdict leaves a complete
 * transfer: InfoOnly goes on with it.  A message is worked on while its sender waits, so 3951 never comes from here.
 *
 * Out: the answer to a FetchDelivery is written once, kept beside its delivery, and cut.  Reception follows when every
 * chunk was handed out in this dialog, or is said to be there, and the next order comes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/chunk.h>
#include <osci/feedback.h>
#include "base/buf.h"
#include "dialog/carrier.h"
#include "intermediary/faults.h"
#include "intermediary/service.h"
#include "intermediary/store_chunks.h"

static int refuse(struct im_order *o, const char *code, struct osci_err *err, const char *what)
{
	osci_fail(err, OSCI_E_FEEDBACK, code, "osci2017:ChunkInformation", "%s", what);
	im_answer_feedback(o->a, code);
	return 0;
}

/* --- one transfer is worked on by one order ----------------------------- */

static bool take_assembly(struct im_service *s, int64_t id)
{
	size_t place = IM_ASSEMBLIES_MAX;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < IM_ASSEMBLIES_MAX; i++) {
		if (s->assembling[i] == id)
			break;
		if (i + 1 == IM_ASSEMBLIES_MAX)
			for (place = 0; place < IM_ASSEMBLIES_MAX && s->assembling[place]; place++)
				;
	}
	if (place < IM_ASSEMBLIES_MAX)
		s->assembling[place] = id;
	pthread_mutex_unlock(&s->lock);
	return place < IM_ASSEMBLIES_MAX;
}

static void leave_assembly(struct im_service *s, int64_t id)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < IM_ASSEMBLIES_MAX; i++)
		if (s->assembling[i] == id)
			s->assembling[i] = 0;
	pthread_mutex_unlock(&s->lock);
}

/* --- the message inside ------------------------------------------------- */

static int open_inner(struct im_order *o, const struct im_transfer *t, struct osci_message **ret, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *octets = NULL;
	const struct im_settings *set = o->s->set;
	struct osci_limits limits = set->limits;
	const struct osci_open_opts opts = {
		.limits = &limits,
		.policy = { .allow_cbc = set->allow_cbc, .report_signature = true, .accept_outside_period = true,
			    .algorithms = set->algorithms },
		.keys = set->cipher,
		.n_keys = set->n_cipher,
		.trust = set->trust,
		.now = o->now / 1000,
	};
	int r = im_transfer_octets(&o->s->store, t, &octets, err);

	if (r)
		return r < 0 ? r : -EIO; /* damage here is not the sender's fault */
	limits.http_body = (size_t)osci_blob_len(octets);
	return osci_open_blob(ret, octets, &opts, err);
}

/* Code of a reason why this message is not taken, or NULL. */
static const char *inner_problem(const struct im_order *o, const struct im_transfer *t, const struct osci_message *m)
{
	const struct osci_cert *own = osci_message_cert(m, OSCI_CIPHER_ORIGINATOR);

	if (m->type != OSCI_STORE_DELIVERY || m->control.conversation_id)
		return "9300";
	if (m->signature.status == OSCI_SIG_BAD)
		return "9601";
	if (own && strcmp(im_participants_name(&o->s->set->participants, own), o->client))
		return "9700"; /* the client speaks for itself */
	if (!m->message_id || strcmp(m->message_id, t->delivery_id))
		return "9905";
	return NULL;
}

void im_order_verdict(const struct im_answer *a, const char *last, char *ret, size_t size)
{
	ret[0] = '\0';
	for (size_t i = 0; i < a->draft.n_feedback; i++)
		snprintf(ret + strlen(ret), size - strlen(ret), "%s%s", i ? " " : "", a->feedback[i].code);
	snprintf(ret + strlen(ret), size - strlen(ret), "%s%s", ret[0] && last[0] ? " " : "", last);
}

/* Not 0: undecided, to be tried again. */
static int assemble(struct im_order *o, const struct im_transfer *t, struct osci_err *err)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	_cleanup_(im_answer_free) struct im_answer a = { 0 };
	struct im_order inner = *o;
	const char *problem;
	char verdict[IM_VERDICT_MAX];
	int r;

	/* Opened and stored it is there three times for a moment; each chunk was asked about its own octets alone. */
	if (im_disk_low(&o->s->set->disk, o->s->set->database, 2 * t->bytes))
		return osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "the disk is nearly full");
	r = open_inner(o, t, &m, err);
	if (r < 0)
		return r;
	if (r)
		return im_transfer_refuse(&o->s->store, t->id, "9300", err);
	problem = inner_problem(o, t, m);
	if (problem)
		return im_transfer_refuse(&o->s->store, t->id, problem, err);
	a.language = o->a->language;
	im_answer_begin(&a, OSCI_RESPONSE_TO_STORE_DELIVERY);
	inner.m = m;
	inner.a = &a;
	inner.dialog = NULL;
	inner.transfer = t->id;
	r = im_order_store_delivery(&inner, err);
	if (r || im_answer_code(&a)[0] != '9')
		return r;
	im_order_verdict(&a, "", verdict, sizeof(verdict));
	return im_transfer_refuse(&o->s->store, t->id, verdict, err);
}

/* --- answers to PartialStoreDelivery ------------------------------------ */

/* InsideFeedback from the codes kept, the card, and what points to them. */
static int show_verdict(struct im_order *o, const struct im_transfer *t, struct osci_err *err)
{
	const struct osci_selection by_id = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &t->delivery_id,
					      .n_message_ids = 1 };
	size_t n = (strlen(t->verdict) + 1) / 5, n_cards;
	struct osci_feedback *list = im_pool_alloc(&o->a->pool, n, sizeof(*list));
	bool warning = false, error = false, more;
	struct im_card *cards;
	int r;

	if (!list)
		return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for a verdict");
	for (size_t i = 0; i < n; i++) {
		char code[5];

		snprintf(code, sizeof(code), "%.4s", t->verdict + i * 5);
		list[i] = (struct osci_feedback){ im_pool_text(&o->a->pool, code), o->a->language,
						  osci_feedback_text(code, o->a->language) };
		if (!list[i].code)
			return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for a verdict");
		warning |= code[0] == '3';
		error |= code[0] == '9';
	}
	o->a->draft.inside_feedback = list;
	o->a->draft.n_inside_feedback = n;
	if (error || warning)
		im_answer_feedback(o->a, error ? "9950" : "3950");
	if (error)
		return 0;
	r = im_store_cards(&o->s->store, o->client, &by_id, 1, &o->a->pool, &cards, &n_cards, &more, err);
	if (r == OSCI_E_EMPTY) /* the card is older than cards are kept */
		return 0;
	return r ? r : im_answer_cards(o->a, cards, n_cards, 0, err);
}

static int show_transfer(struct im_order *o, const struct im_transfer *t, struct osci_err *err)
{
	o->a->draft.chunk.received = t->received;
	o->a->draft.chunk.total_chunks = t->total_chunks;
	return t->verdict[0] ? show_verdict(o, t, err) : 0;
}

/* Complete and undecided: this order works on it, or another one is just doing so. */
static int finish(struct im_order *o, struct im_transfer *t, struct osci_err *err)
{
	int r;

	if (t->n < t->total_chunks || t->verdict[0])
		return show_transfer(o, t, err);
	if (!take_assembly(o->s, t->id)) {
		im_answer_feedback(o->a, "3952");
		return show_transfer(o, t, err);
	}
	r = im_transfer_find(&o->s->store, t, &o->a->pool, err);
	if (!r && !t->verdict[0])
		r = assemble(o, t, err);
	if (!r)
		r = im_transfer_find(&o->s->store, t, &o->a->pool, err);
	leave_assembly(o->s, t->id);
	o->a->draft.chunk.received = t->received;
	return r ? r : show_transfer(o, t, err);
}

static int info_only(struct im_order *o, struct im_transfer *t, struct osci_err *err)
{
	int r = im_transfer_find(&o->s->store, t, &o->a->pool, err);

	if (r == OSCI_E_EMPTY) /* nothing of it is here */
		return 0;
	return r ? r : finish(o, t, err);
}

/* Feedback code of what is wrong with the numbers, or NULL. */
static const char *chunk_problem(const struct osci_features *f, const struct osci_chunk *c, uint64_t len)
{
	bool last = c->number == c->total_chunks;

	if (!c->number || c->number > c->total_chunks)
		return "9901";
	if (c->total_kib > f->max_message || c->total_chunks > OSCI_CHUNKS_MAX)
		return "9904";
	if (c->size_kib > f->max_chunk || len > f->max_chunk * OSCI_KIB)
		return "9902";
	if (c->size_kib < f->min_chunk && c->total_chunks > 1)
		return "9903";
	/* Peers round the total up or down. */
	if (!c->size_kib || (c->total_chunks - 1) * c->size_kib > c->total_kib || c->total_chunks * c->size_kib < c->total_kib)
		return "9905";
	if (last ? !len || len > c->size_kib * OSCI_KIB : len != c->size_kib * OSCI_KIB)
		return "9905";
	return NULL;
}

int im_order_partial_store(struct im_order *o, struct osci_err *err)
{
	const struct osci_message *m = o->m;
	const struct osci_chunk *c = &m->chunk;
	struct im_transfer t = { .client = o->client, .message_id = m->message_id, .chunk_kib = c->size_kib,
				 .total_chunks = c->total_chunks, .total_kib = c->total_kib };
	_cleanup_(osci_blob_unrefp) struct osci_blob *chunk = NULL;
	const char *problem;
	struct osci_part part;
	int r;

	if (!o->client[0] || !m->message_id)
		return refuse(o, "9800", err, "MessageId and CipherCertificateOriginator name a transfer");
	t.delivery_id = im_pool_copy(&o->a->pool, m->message_id, osci_partial_id_len(m->message_id));
	if (!t.delivery_id)
		return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for a MessageId");
	if (c->info_only)
		return info_only(o, &t, err);
	r = osci_carrier_open(m, &chunk, err);
	if (r)
		return r < 0 ? r : refuse(o, "9905", err, "one attachment named as chunks are expected");
	problem = chunk_problem(&o->s->features, c, m->parts[0].len);
	if (problem)
		return refuse(o, problem, err, "number or size of the chunk");
	part = m->parts[0];
	r = im_transfer_put(&o->s->store, &t, c->number, &part, o->now, &o->a->pool, err);
	if (r > 0 && err->feedback[0]) {
		im_answer_feedback(o->a, err->feedback);
		return im_transfer_find(&o->s->store, &t, &o->a->pool, NULL) ? 0 : show_transfer(o, &t, err);
	}
	return r ? r : finish(o, &t, err);
}

/* --- PartialFetchDelivery ----------------------------------------------- */

/* All chunks are there with this one: those handed out in this dialog, and those that the client says it has. */
static int complete(struct im_dialog *d, int64_t seq, uint64_t total, const struct osci_chunk *c, bool *ret,
		    struct osci_err *err)
{
	_cleanup_(osci_freep) bool *there = calloc(total + 1, sizeof(*there));
	int r;

	if (!there)
		return -ENOMEM;
	r = osci_chunks_read(c->received, there, total, err);
	if (r)
		return r;
	if (d->chunks_seq != seq || d->chunks != total) {
		free(d->served);
		d->served = there;
		d->chunks_seq = seq;
		d->chunks = total;
		there = NULL;
	} else {
		for (uint64_t i = 1; i <= total; i++)
			d->served[i] |= there[i];
	}
	d->served[c->number] = true;
	*ret = true;
	for (uint64_t i = 1; i <= total; i++)
		*ret = *ret && d->served[i];
	return 0;
}

/* The answer that a FetchDelivery would have had, as a message of its own: signed, for the content of chunks. */
static int write_whole(struct im_order *o, const struct im_delivery *d, struct osci_stream **ret, struct osci_err *err)
{
	const struct osci_write_opts opts = { .signer = o->s->set->sign, .suite = o->s->set->suite,
					      .limits = &o->s->answer_limits };
	_cleanup_(im_answer_free) struct im_answer a = { 0 };
	int r;

	a.language = o->a->language;
	im_answer_begin(&a, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	a.draft.control = o->a->draft.control;
	a.draft.selection = o->m->selection;
	r = im_answer_delivery(&a, d, err);
	im_answer_feedback(&a, "0801");
	return r ? r : osci_write_stream(ret, &a.draft, &opts, err);
}

/* Unlike an answer that is sent at once, one in chunks takes room on the disk: twice, until its spool file is gone. */
static int room_for(const struct im_order *o, uint64_t len, struct osci_err *err)
{
	const struct im_settings *set = o->s->set;

	if (im_disk_low(&set->disk, set->database, 2 * len))
		return osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "the disk is nearly full");
	return im_outgoing_room(&o->s->store, o->client, err);
}

/* Answered whole, as it is no larger than a chunk: *@whole; otherwise kept in *@ret. */
static int build(struct im_order *o, const struct osci_selection *by_id, uint64_t size, bool *whole,
		 struct osci_blob **ret, struct osci_err *err)
{
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *octets = NULL;
	struct im_delivery *d;
	bool more;
	int r = im_store_fetch(&o->s->store, o->client, by_id, o->now, &o->a->pool, &d, &more, err);

	if (!r)
		r = write_whole(o, d, &stream, err);
	if (r)
		return r;
	*whole = osci_stream_len(stream) <= size;
	if (*whole) {
		if (!o->tamper->duplicate)
			o->dialog->pending = d->card.seq;
		return im_answer_delivery(o->a, d, err);
	}
	r = room_for(o, osci_stream_len(stream), err);
	if (!r)
		r = osci_stream_to_blob(stream, o->s->spool, &octets, err);
	if (!r)
		r = im_outgoing_keep(&o->s->store, d->card.seq, o->client, octets, err);
	return r ? r : im_outgoing_open(&o->s->store, d->card.seq, ret, err);
}

static int cut(struct im_order *o, int64_t seq, const char *id, struct osci_blob *octets, struct osci_err *err)
{
	const struct osci_chunk *c = &o->m->chunk;
	uint64_t len = osci_blob_len(octets), size = c->size_kib * OSCI_KIB, total = osci_chunks_of(len, size);
	struct osci_part *part = im_pool_alloc(&o->a->pool, 1, sizeof(*part));
	struct osci_draft *d = &o->a->draft;
	uint64_t from = (c->number - 1) * size;
	struct osci_blob *chunk;
	bool all;
	int r;

	if (!part)
		return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for a chunk");
	if (!c->number || c->number > total)
		return refuse(o, "9901", err, "no such chunk");
	if (total > OSCI_CHUNKS_MAX)
		return refuse(o, "9905", err, "too many chunks of this size");
	r = complete(o->dialog, seq, total, c, &all, err);
	if (r)
		return r < 0 ? r : refuse(o, "9905", err, "ReceivedChunks");
	if (osci_blob_slice(&chunk, octets, from, len - from < size ? len - from : size, err) ||
	    im_pool_own_blob(&o->a->pool, chunk))
		return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for a chunk");
	d->type = OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY;
	d->message_id = id;
	d->chunk = (struct osci_chunk){ .present = true, .number = c->number, .total_chunks = total,
					.total_kib = osci_kib_of(len) };
	osci_carrier_draft(d, part, chunk);
	if (all && !o->tamper->duplicate)
		o->dialog->pending = seq;
	return 0;
}

int im_order_partial_fetch(struct im_order *o, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *octets = NULL;
	const struct osci_chunk *c = &o->m->chunk;
	struct osci_selection by_id = { .kind = OSCI_SELECT_MESSAGE_ID, .n_message_ids = 1 };
	bool more = false, whole = false;
	const char *id;
	int64_t seq;
	int r;

	o->a->draft.selection = o->m->selection;
	if (!c->size_kib || c->size_kib > o->s->features.max_chunk)
		return refuse(o, "9902", err, "size of the chunks wanted");
	r = im_outgoing_find(&o->s->store, o->client, &o->m->selection, &o->a->pool, &seq, &id, &more, err);
	if (r == OSCI_E_EMPTY) {
		im_answer_feedback(o->a, "9803");
		return 0;
	}
	if (!r)
		r = im_outgoing_open(&o->s->store, seq, &octets, err);
	by_id.message_ids = &id;
	if (r == OSCI_E_EMPTY)
		r = build(o, &by_id, c->number == 1 ? c->size_kib * OSCI_KIB : 0, &whole, &octets, err);
	if (r)
		return r;
	if (more)
		im_answer_feedback(o->a, "3800");
	return whole ? 0 : cut(o, seq, id, octets, err);
}
