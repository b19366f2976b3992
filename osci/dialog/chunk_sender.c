/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunk_sender - stores a large delivery in chunks
 *
 * The StoreDelivery inside is written once; what is sent, and sent again after a lost answer or a restart, are the same
 * octets.  Its own signature and encryption are those of the contents; the orders around the chunks are signed and encrypted
 * each.  What decides is the feedback of the delivery inside; without it nothing is done, whatever the outer one says.
 *
 * Limits: OSCI_CHUNKS_MAX chunks; every answer moves the transfer forward or ends it, save InfoOnly, which contradicts what
 * was acknowledged REPORTS times at most.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <osci/chunk.h>
#include "base/text.h"
#include "dialog/carrier.h"
#include "dialog/delivery.h"
#include "dialog/seq.h"

#define REPORTS 4

enum phase { INIT, GET_ID, INFO, CHUNK, LOOK_CARD, EXIT };

struct osci_chunk_sender {
	struct osci_seq seq;
	struct osci_delivery delivery; /* borrowed parts */
	char *message_id;
	char *partial_id;
	struct osci_blob *inner;
	uint64_t chunk_kib;            /* wish, then what is used */
	uint64_t total_kib, total;     /* of the inner message */
	bool *arrived;                 /* [1..total] */
	uint64_t n_arrived;
	uint64_t current;              /* chunk under way */
	unsigned reports;              /* answers to InfoOnly */
	bool resumed, looked, was_stored, decided;
	struct osci_message *answer;   /* the one that decided */
	const struct osci_card *card;
};

static struct osci_chunk_sender *sender(struct osci_seq *q)
{
	return (struct osci_chunk_sender *)q;
}

void osci_chunk_sender_freep(struct osci_chunk_sender **ps)
{
	struct osci_chunk_sender *s = *ps;

	if (!s)
		return;
	osci_seq_clear(&s->seq);
	osci_message_freep(&s->answer);
	osci_blob_unref(s->inner);
	free(s->message_id);
	free(s->partial_id);
	free(s->arrived);
	free(s);
	*ps = NULL;
}

/* --- the message inside ---------------------------------------------------------- */

static int set_id(struct osci_chunk_sender *s, const char *id)
{
	struct osci_buf partial = OSCI_BUF_INIT(OSCI_MESSAGE_ID_MAX + sizeof(OSCI_PARTIAL_SUFFIX));
	size_t len;

	osci_buf_adds(&partial, id);
	osci_buf_adds(&partial, OSCI_PARTIAL_SUFFIX);
	s->partial_id = osci_buf_take(&partial, &len);
	return s->partial_id ? 0 : -ENOMEM;
}

/* An implicit StoreDelivery of its own; the orders that carry it say who sends. */
static int write_inner(struct osci_chunk_sender *s)
{
	_cleanup_(osci_delivery_work_clear) struct osci_delivery_work work = { 0 };
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(osci_freep) struct osci_draft_cert *certs = NULL;
	struct osci_limits limits;
	struct osci_write_opts opts = { .suite = s->seq.conf.suite, .limits = &limits };
	struct osci_draft draft;
	char challenge[37];
	int r;

	r = osci_uuid4(challenge);
	if (!r)
		r = osci_delivery_draft(&draft, &work, OSCI_STORE_DELIVERY, &s->delivery, s->message_id, &s->seq.conf,
					&s->seq.err);
	if (r)
		return r;
	certs = calloc(draft.n_certs + 1, sizeof(*certs));
	if (!certs)
		return -ENOMEM;
	memcpy(certs, draft.certs, draft.n_certs * sizeof(*certs));
	draft.n_certs = osci_draft_cert_add(certs, draft.n_certs, OSCI_CIPHER_ORIGINATOR,
					    osci_key_cert(s->seq.conf.decrypt[0]));
	draft.certs = certs;
	draft.languages = s->seq.conf.languages;
	draft.control = (struct osci_control){ .challenge = challenge, .has_sequence = true };
	if (s->seq.conf.limits)
		limits = *s->seq.conf.limits;
	else
		osci_limits_default(&limits);
	limits.http_body = SIZE_MAX / 2; /* it is no HTTP body; how large it may be is said by plan() */
	r = osci_write_stream(&stream, &draft, &opts, &s->seq.err);
	return r ? r : osci_stream_to_blob(stream, s->seq.conf.spool, &s->inner, &s->seq.err);
}

/* How it is cut. */
static int plan(struct osci_chunk_sender *s)
{
	const struct osci_features *f = osci_client_features(s->seq.client);
	uint64_t kib;

	s->total_kib = osci_kib_of(osci_blob_len(s->inner));
	if (f->max_message && s->total_kib > f->max_message)
		return osci_fail(&s->seq.err, OSCI_E_LIMIT, "9904", "osci2017:FeatureDescription/@MaxMessageSize",
				 "message of %llu KiB, %llu allowed", (unsigned long long)s->total_kib,
				 (unsigned long long)f->max_message);
	if (!s->resumed && osci_chunks_of(s->total_kib, osci_chunk_size(s->chunk_kib, f)) > OSCI_CHUNKS_MAX)
		s->chunk_kib = osci_chunks_of(s->total_kib, OSCI_CHUNKS_MAX);
	kib = osci_chunk_size(s->chunk_kib, f);
	if (s->resumed && kib != s->chunk_kib)
		return osci_fail(&s->seq.err, OSCI_E_LIMIT, NULL, "osci2017:FeatureDescription",
				 "the chunk size of this transfer is not allowed any more");
	if (kib > INT32_MAX) /* their number, not yet multiplied */
		return osci_fail(&s->seq.err, OSCI_E_MALFORMED, NULL, "osci2017:FeatureDescription", "chunk size");
	s->chunk_kib = kib;
	s->total = osci_chunks_of(osci_blob_len(s->inner), kib * OSCI_KIB);
	if (!s->total || s->total > OSCI_CHUNKS_MAX || s->total_kib > INT32_MAX)
		return osci_fail(&s->seq.err, OSCI_E_LIMIT, NULL, "osci2017:ChunkInformation", "empty, or over %u chunks",
				 OSCI_CHUNKS_MAX);
	s->arrived = calloc(s->total + 1, sizeof(*s->arrived));
	return s->arrived ? 0 : -ENOMEM;
}

/* --- orders -------------------------------------------------------------------- */

static int request_partial(struct osci_chunk_sender *s, uint64_t number)
{
	const uint64_t size = s->chunk_kib * OSCI_KIB, offset = number ? (number - 1) * size : 0;
	const uint64_t left = osci_blob_len(s->inner) - offset;
	const struct osci_draft_cert cert = { .role = OSCI_CIPHER_ADDRESSEE, .cert = s->delivery.addressee };
	_cleanup_(osci_blob_unrefp) struct osci_blob *chunk = NULL;
	struct osci_draft draft = {
		.type = OSCI_PARTIAL_STORE_DELIVERY, .message_id = s->partial_id, .subject = s->delivery.subject,
		.quality_creation = s->delivery.quality_creation, .certs = &cert, .n_certs = 1, .has_package = true,
		.package = "", .chunk = { .present = true, .info_only = !number },
	};
	struct osci_part part;
	int r;

	s->current = number;
	if (number) {
		r = osci_blob_slice(&chunk, s->inner, offset, left < size ? left : size, &s->seq.err);
		if (r)
			return r;
		osci_carrier_draft(&draft, &part, chunk);
		draft.chunk.number = number;
		draft.chunk.size_kib = s->chunk_kib;
		draft.chunk.total_chunks = s->total;
		draft.chunk.total_kib = s->total_kib;
	}
	return osci_seq_request(&s->seq, &draft, number ? CHUNK : INFO);
}

/* The next one that is missing; with all of them there only the verdict is. */
static int request_next(struct osci_chunk_sender *s)
{
	uint64_t i;

	for (i = 1; i <= s->total; i++)
		if (!s->arrived[i])
			return request_partial(s, i);
	osci_seq_show(&s->seq, OSCI_STEP_WAIT);
	return 0;
}

static int request_card(struct osci_chunk_sender *s)
{
	const char *ids[] = { s->message_id };
	struct osci_draft draft = {
		.type = OSCI_FETCH_PROCESS_CARD,
		.selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 },
	};

	return osci_seq_request(&s->seq, &draft, LOOK_CARD);
}

/* --- answers ------------------------------------------------------------------- */

static void keep(struct osci_chunk_sender *s, struct osci_message **pm, const struct osci_card *card)
{
	osci_message_freep(&s->answer);
	s->answer = *pm;
	s->card = card;
	*pm = NULL;
}

static int refuse(struct osci_chunk_sender *s, struct osci_message **pm, const char *code)
{
	const struct osci_message *m = *pm;

	keep(s, pm, NULL);
	return osci_seq_refused(&s->seq, m, code);
}

static int got_dialog(struct osci_chunk_sender *s, struct osci_message **pm)
{
	int r;

	if (!osci_client_in_dialog(s->seq.client))
		return refuse(s, pm, osci_message_verdict(*pm));
	if (!osci_chunks_supported(osci_client_features(s->seq.client)))
		return osci_fail(&s->seq.err, OSCI_E_EMPTY, NULL, "osci2017:FeatureDescription",
				 "the intermediary does not take chunks");
	if (!s->resumed)
		return osci_seq_simple(&s->seq, OSCI_GET_MESSAGE_ID, GET_ID);
	r = plan(s);
	return r ? r : request_partial(s, 0);
}

static int got_id(struct osci_chunk_sender *s, struct osci_message **pm)
{
	int r = osci_seq_message_id(&s->seq, *pm, &s->message_id);

	if (r == OSCI_E_FEEDBACK)
		keep(s, pm, NULL);
	if (!r)
		r = set_id(s, s->message_id);
	if (!r)
		r = write_inner(s);
	if (!r)
		r = plan(s);
	if (!r)
		osci_seq_show(&s->seq, OSCI_STEP_SAVE_ID);
	return r;
}

static int got_inside(struct osci_chunk_sender *s, struct osci_message **pm)
{
	const char *code = (*pm)->inside_feedback[(*pm)->n_inside_feedback - 1].code;
	const struct osci_card *card;
	int r = osci_seq_find_card(&s->seq, *pm, s->message_id, &card);

	if (r)
		return r;
	/* A warning as last entry is an acceptance only with the card as proof. */
	if (code[0] != '0' && !(code[0] == '3' && card))
		return refuse(s, pm, code);
	s->was_stored = s->resumed && s->seq.phase == INFO && !s->n_arrived;
	keep(s, pm, card);
	s->decided = true;
	return osci_seq_simple(&s->seq, OSCI_EXIT_DIALOG, EXIT);
}

/* A resumed transfer of which the intermediary has nothing, or nothing any more, begins at the first chunk. */
static bool knows_nothing(const struct osci_chunk_sender *s, const char *verdict)
{
	return s->seq.phase == INFO && !s->n_arrived &&
	       (!strcmp(verdict, "9803") || !strcmp(verdict, "9901") || !strcmp(verdict, "9905"));
}

/* What has arrived, as the answer says and as we know: it takes nothing back that it acknowledged, save by a report. */
static int take_over(struct osci_chunk_sender *s, const struct osci_message *m)
{
	const struct osci_chunk *c = &m->chunk;
	bool *said;
	uint64_t i;
	int r;

	if ((c->total_chunks && c->total_chunks != s->total) || (s->current && c->number && c->number != s->current))
		return osci_fail(&s->seq.err, OSCI_E_DIALOG, "9905", "osci2017:ChunkInformation", "numbers of another transfer");
	said = calloc(s->total + 1, sizeof(*said));
	if (!said)
		return -ENOMEM;
	r = osci_chunks_read(c->received, said, s->total, &s->seq.err);
	if (r) {
		free(said);
		return r;
	}
	if (s->seq.phase == INFO) {
		free(s->arrived);
		s->arrived = said;
	} else {
		for (i = 1; i <= s->total; i++)
			s->arrived[i] |= said[i];
		s->arrived[s->current] = true;
		free(said);
	}
	for (s->n_arrived = 0, i = 1; i <= s->total; i++)
		s->n_arrived += s->arrived[i];
	return 0;
}

static int got_partial(struct osci_chunk_sender *s, struct osci_message **pm)
{
	const struct osci_message *m = *pm;
	const char *verdict = osci_message_verdict(m);
	bool info = s->seq.phase == INFO;
	int r;

	if (m->n_inside_feedback)
		return got_inside(s, pm);
	if (!strcmp(verdict, "9801") && !s->looked) {
		s->looked = true;
		keep(s, pm, NULL);
		return request_card(s);
	}
	if (knows_nothing(s, verdict))
		return request_next(s);
	if (!osci_verdict_good(verdict) && strcmp(verdict, "9900"))
		return refuse(s, pm, verdict);
	r = take_over(s, m);
	if (r)
		return r;
	if (info && s->n_arrived < s->total && ++s->reports > REPORTS)
		return osci_fail(&s->seq.err, OSCI_E_LIMIT, NULL, "osci2017:ChunkInformation",
				 "chunks that were acknowledged are missing again and again");
	if (osci_feedback_has(m->feedback, m->n_feedback, "3951") || osci_feedback_has(m->feedback, m->n_feedback, "3952")) {
		osci_seq_show(&s->seq, OSCI_STEP_WAIT);
		return 0;
	}
	return request_next(s);
}

static int got_card(struct osci_chunk_sender *s, struct osci_message **pm)
{
	const char *verdict = osci_message_verdict(*pm);
	const struct osci_card *card;
	int r = osci_seq_find_card(&s->seq, *pm, s->message_id, &card);

	if (r)
		return r;
	if (!card || !osci_verdict_good(verdict))
		return refuse(s, pm, !strcmp(verdict, "9804") || osci_verdict_good(verdict) ? "9801" : verdict);
	keep(s, pm, card);
	s->was_stored = s->decided = true;
	return osci_seq_simple(&s->seq, OSCI_EXIT_DIALOG, EXIT);
}

static int take(struct osci_seq *q, struct osci_message **pm, struct osci_blob *body)
{
	struct osci_chunk_sender *s = sender(q);

	(void)body;
	switch ((enum phase)q->phase) {
	case INIT: return got_dialog(s, pm);
	case GET_ID: return got_id(s, pm);
	case INFO:
	case CHUNK: return got_partial(s, pm);
	case LOOK_CARD: return got_card(s, pm);
	case EXIT:
		osci_seq_show(q, OSCI_STEP_DONE);
		return 0;
	}
	return OSCI_E_STATE;
}

static int go_on(struct osci_seq *q)
{
	return q->step == OSCI_STEP_WAIT ? request_partial(sender(q), 0) : request_next(sender(q));
}

static bool settled(const struct osci_seq *q)
{
	return q->phase == EXIT;
}

static const struct osci_seq_ops ops = { .name = "chunk sender", .take = take, .go_on = go_on, .settled = settled };

/* --- the object ---------------------------------------------------------------- */

static int start(struct osci_chunk_sender *s, const struct osci_client_conf *conf)
{
	int r = osci_seq_init(&s->seq, &ops, conf);

	return r ? r : osci_seq_simple(&s->seq, OSCI_INIT_DIALOG, INIT);
}

int osci_chunk_sender_new(struct osci_chunk_sender **ret, const struct osci_client_conf *conf,
			  const struct osci_delivery *delivery, uint64_t chunk_kib, struct osci_err *err)
{
	_cleanup_(osci_chunk_sender_freep) struct osci_chunk_sender *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = osci_delivery_check(delivery, true, ops.name, err);
	if (!r && chunk_kib > INT32_MAX)
		r = osci_fail(err, OSCI_E_USAGE, NULL, ops.name, "chunk size outside the profile");
	if (r)
		return r;
	s->delivery = *delivery;
	s->chunk_kib = chunk_kib;
	r = start(s, conf);
	if (r)
		return osci_seq_fail(&s->seq, r, err);
	*ret = s;
	s = NULL;
	return 0;
}

int osci_chunk_sender_resume(struct osci_chunk_sender **ret, const struct osci_client_conf *conf,
			     const struct osci_delivery *delivery, const char *message_id, struct osci_blob *inner,
			     uint64_t chunk_kib, struct osci_err *err)
{
	_cleanup_(osci_chunk_sender_freep) struct osci_chunk_sender *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	if (!delivery->addressee || !osci_blob_len(inner) || !chunk_kib || chunk_kib > INT32_MAX)
		return osci_fail(err, OSCI_E_USAGE, NULL, ops.name, "addressee, message and chunk size are needed");
	if (!osci_id_ok(message_id, strlen(message_id), OSCI_MESSAGE_ID_MAX))
		return osci_fail(err, OSCI_E_USAGE, NULL, "osci:MessageId", "outside the profile");
	s->delivery = *delivery;
	s->resumed = true;
	s->chunk_kib = chunk_kib;
	s->inner = osci_blob_ref(inner);
	s->message_id = strdup(message_id);
	r = s->message_id ? set_id(s, message_id) : -ENOMEM;
	if (!r)
		r = start(s, conf);
	if (r)
		return osci_seq_fail(&s->seq, r, err);
	*ret = s;
	s = NULL;
	return 0;
}

struct osci_seq *osci_chunk_sender_seq(struct osci_chunk_sender *s)
{
	return &s->seq;
}

const char *osci_chunk_sender_message_id(const struct osci_chunk_sender *s)
{
	return s->message_id;
}

struct osci_blob *osci_chunk_sender_inner(const struct osci_chunk_sender *s)
{
	return s->inner;
}

uint64_t osci_chunk_sender_chunk_kib(const struct osci_chunk_sender *s)
{
	return s->chunk_kib;
}

void osci_chunk_sender_progress(const struct osci_chunk_sender *s, uint64_t *ret_arrived, uint64_t *ret_total)
{
	*ret_arrived = s->decided ? s->total : s->n_arrived;
	*ret_total = s->total;
}

const struct osci_card *osci_chunk_sender_card(const struct osci_chunk_sender *s)
{
	return s->seq.step == OSCI_STEP_DONE ? s->card : NULL;
}

bool osci_chunk_sender_was_stored(const struct osci_chunk_sender *s)
{
	return s->seq.step == OSCI_STEP_DONE && s->was_stored;
}

const struct osci_feedback *osci_chunk_sender_feedback(const struct osci_chunk_sender *s, size_t *ret_n)
{
	const struct osci_message *m = s->answer;

	*ret_n = m ? m->n_inside_feedback ? m->n_inside_feedback : m->n_feedback : 0;
	return m ? m->n_inside_feedback ? m->inside_feedback : m->feedback : NULL;
}
