/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunk_fetcher - fetches a large delivery in chunks
 *
 * Chunks are asked for one after the other and taken only as asked for: this number, of this message, of this size, with the
 * totals of the first answer.  So what is collected is always chunks 1 to k, and its length follows from their number.  Nothing
 * is believed before it is bounded: a total over our own limit is refused with the first answer.
 *
 * The message put together came in answers that were signed by the intermediary, each; a signature of its own is not
 * demanded, but has to hold, by the same signer, if there is one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <osci/chunk.h>
#include "base/text.h"
#include "dialog/carrier.h"
#include "dialog/seq.h"

#define RECEIVED_MAX ((size_t)64 * 1024) /* octets of ReceivedChunks */

enum phase { INIT, FETCH, EXIT };

struct osci_chunk_fetcher {
	struct osci_seq seq;
	struct osci_selection rule;  /* of the caller, then the id of the delivery under way */
	uint64_t chunk_kib, total, total_kib;
	uint64_t max_octets;
	uint64_t have;               /* chunks 1 to @have, or with a plain answer nothing */
	struct osci_blob *before;    /* of an earlier sequence */
	struct osci_sink *sink;      /* of this one */
	struct osci_blob *collected; /* both, for the caller */
	char *message_id;            /* as the intermediary names it */
	bool more, spoilt;
	unsigned count;
};

static struct osci_chunk_fetcher *fetcher(struct osci_seq *q)
{
	return (struct osci_chunk_fetcher *)q;
}

void osci_chunk_fetcher_freep(struct osci_chunk_fetcher **pf)
{
	struct osci_chunk_fetcher *f = *pf;

	if (!f)
		return;
	osci_seq_clear(&f->seq);
	osci_selection_clear(&f->rule);
	osci_blob_unref(f->before);
	osci_blob_unref(f->collected);
	osci_sink_freep(&f->sink);
	free(f->message_id);
	free(f);
	*pf = NULL;
}

/* --- collecting ---------------------------------------------------------------- */

static uint64_t chunk_octets(const struct osci_chunk_fetcher *f)
{
	return f->chunk_kib * OSCI_KIB;
}

static int collect(struct osci_chunk_fetcher *f, const struct osci_blob *chunk)
{
	uint64_t at, len = osci_blob_len(chunk);
	unsigned char *buf;
	int r = 0;

	buf = malloc(OSCI_BLOB_CHUNK);
	if (!buf)
		return -ENOMEM;
	for (at = 0; at < len && !r; at += OSCI_BLOB_CHUNK) {
		size_t n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;

		r = osci_blob_read(chunk, at, buf, n, &f->seq.err);
		if (!r)
			r = osci_sink_add(f->sink, buf, n, &f->seq.err);
	}
	free(buf);
	/* Half a chunk is none, and a sink has no way back. */
	if (r)
		f->spoilt = true;
	return r;
}

/* All that came so far in one blob; afterwards nothing can be added. */
static int finish(struct osci_chunk_fetcher *f, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *now = NULL;
	struct osci_blob *parts[2];
	size_t n = 0;
	int r;

	if (!f->sink)
		return f->collected ? 0 : OSCI_E_EMPTY;
	r = osci_sink_done(&f->sink, &now, err);
	if (r)
		return r;
	if (f->before)
		parts[n++] = f->before;
	parts[n++] = now;
	return osci_blob_concat(&f->collected, parts, n);
}

/* --- orders -------------------------------------------------------------------- */

static int request_chunk(struct osci_chunk_fetcher *f)
{
	_cleanup_buf_ struct osci_buf received = OSCI_BUF_INIT(RECEIVED_MAX);
	struct osci_draft draft = {
		.type = OSCI_PARTIAL_FETCH_DELIVERY, .selection = f->rule,
		.chunk = { .present = true, .number = f->have + 1, .size_kib = f->chunk_kib },
	};

	if (f->have)
		osci_chunks_write(&received, 1, f->have);
	else
		osci_buf_adds(&received, "-1"); /* none, as the reference implementation says it */
	if (osci_buf_error(&received))
		return osci_buf_error(&received);
	draft.chunk.received = (const char *)received.data;
	return osci_seq_request(&f->seq, &draft, FETCH);
}

static int got_dialog(struct osci_chunk_fetcher *f, const struct osci_message *m)
{
	const struct osci_features *features = osci_client_features(f->seq.client);
	uint64_t kib;

	if (!osci_client_in_dialog(f->seq.client))
		return osci_seq_refused(&f->seq, m, osci_message_verdict(m));
	if (!osci_chunks_supported(features))
		return osci_fail(&f->seq.err, OSCI_E_EMPTY, NULL, "osci2017:FeatureDescription",
				 "the intermediary does not give chunks");
	kib = osci_chunk_size(f->chunk_kib, features);
	f->spoilt |= f->have && kib != f->chunk_kib;
	if (f->spoilt)
		return osci_fail(&f->seq.err, OSCI_E_LIMIT, NULL, "osci2017:FeatureDescription",
				 "the chunk size of this transfer is not allowed any more");
	if (kib > INT32_MAX)
		return osci_fail(&f->seq.err, OSCI_E_MALFORMED, NULL, "osci2017:FeatureDescription", "chunk size");
	f->chunk_kib = kib;
	return request_chunk(f);
}

/* --- answers ------------------------------------------------------------------- */

static int lie(struct osci_chunk_fetcher *f, const char *what)
{
	return osci_fail(&f->seq.err, OSCI_E_DIALOG, "9905", "osci2017:ChunkInformation", "%s", what);
}

static int show(struct osci_chunk_fetcher *f, struct osci_message **pm, struct osci_blob *body)
{
	f->more |= osci_feedback_has((*pm)->feedback, (*pm)->n_feedback, "3800");
	osci_seq_show_delivery(&f->seq, pm, body);
	return 0;
}

static int no_content(struct osci_chunk_fetcher *f, const struct osci_message *m)
{
	return osci_fail(&f->seq.err, OSCI_E_MALFORMED, NULL, osci_type_name(m->type), "delivery without content");
}

/* The first answer fixes the totals, and all of them are held against our own limits. */
static int first_totals(struct osci_chunk_fetcher *f, const struct osci_message *m)
{
	const struct osci_chunk *c = &m->chunk;

	if (!c->total_chunks || !c->total_kib || (c->total_chunks - 1) * f->chunk_kib > c->total_kib ||
	    c->total_kib > c->total_chunks * f->chunk_kib)
		return lie(f, "TotalChunkNumbers and TotalMessageSize do not fit the chunk size");
	if (c->total_chunks > OSCI_CHUNKS_MAX || c->total_kib > osci_kib_of(f->max_octets))
		return osci_fail(&f->seq.err, OSCI_E_LIMIT, NULL, "osci2017:ChunkInformation",
				 "%llu chunks, %llu KiB; at most %u and %llu", (unsigned long long)c->total_chunks,
				 (unsigned long long)c->total_kib, OSCI_CHUNKS_MAX,
				 (unsigned long long)osci_kib_of(f->max_octets));
	f->message_id = strdup(m->message_id);
	if (!f->message_id)
		return -ENOMEM;
	f->total = c->total_chunks;
	f->total_kib = c->total_kib;
	return 0;
}

static int check_chunk(struct osci_chunk_fetcher *f, const struct osci_message *m)
{
	const struct osci_chunk *c = &m->chunk;
	int r = 0;

	if (!c->present || !m->message_id)
		return lie(f, "missing");
	if (!f->total && f->rule.kind == OSCI_SELECT_MESSAGE_ID &&
	    !osci_partial_id_equal(m->message_id, f->rule.message_ids[0]))
		return lie(f, "another delivery than asked for");
	if (!f->total)
		r = first_totals(f, m);
	if (r)
		return r;
	if (strcmp(m->message_id, f->message_id))
		return lie(f, "MessageId of another transfer");
	if (c->total_chunks != f->total || c->total_kib != f->total_kib) {
		f->spoilt = true; /* of another message, whoever is to blame: what is collected fits nothing any more */
		return lie(f, "totals of another transfer");
	}
	return c->number == f->have + 1 ? 0 : lie(f, "another chunk than asked for");
}

/* All but the last are of the size asked for; with the last the sum has to be the total. */
static int check_size(struct osci_chunk_fetcher *f, uint64_t len)
{
	uint64_t sum = f->have * chunk_octets(f) + len;

	if (!len || len > chunk_octets(f) || (f->have + 1 < f->total && len != chunk_octets(f)))
		return lie(f, "chunk of another size");
	if (f->have + 1 == f->total && osci_kib_of(sum) != f->total_kib && sum / OSCI_KIB != f->total_kib)
		return lie(f, "the message is not of the size announced");
	return sum <= f->max_octets ? 0 : osci_fail(&f->seq.err, OSCI_E_LIMIT, NULL, "osci2017:ChunkInformation",
						    "message is over the limit");
}

static int check_assembled(struct osci_chunk_fetcher *f, const struct osci_message *m)
{
	const struct osci_cert *signer = f->seq.conf.intermediary_signer;
	const char *id = osci_message_delivery_id(m);

	if (m->type != OSCI_RESPONSE_TO_FETCH_DELIVERY)
		return osci_fail(&f->seq.err, OSCI_E_DIALOG, NULL, osci_type_name(m->type), "no delivery was put together");
	if (!osci_verdict_good(osci_message_verdict(m)) || !m->has_content)
		return no_content(f, m);
	if (!id || !osci_partial_id_equal(id, f->message_id))
		return osci_fail(&f->seq.err, OSCI_E_DIALOG, NULL, "osci:ProcessCardBundle", "card of another delivery");
	if (m->signature.status == OSCI_SIG_VALID && signer && !osci_cert_equal(m->signature.cert, signer))
		return osci_fail(&f->seq.err, OSCI_E_UNTRUSTED, NULL, "osci:SupplierSignature", "not the intermediary's");
	return 0;
}

static int open_assembled(struct osci_chunk_fetcher *f)
{
	const struct osci_client_conf *conf = &f->seq.conf;
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_limits limits;
	struct osci_open_opts opts = {
		.limits = &limits, .policy = conf->policy, .keys = conf->decrypt, .n_keys = conf->n_decrypt,
		.trust = conf->trust, .now = f->seq.now,
	};
	int r;

	opts.policy.require_signature = opts.policy.require_encryption = false;
	if (conf->limits)
		limits = *conf->limits;
	else
		osci_limits_default(&limits);
	limits.http_body = f->max_octets < SIZE_MAX ? (size_t)f->max_octets : SIZE_MAX;
	f->spoilt = true; /* whatever is wrong with it now will be again */
	r = finish(f, &f->seq.err);
	if (!r)
		r = osci_open_blob(&m, f->collected, &opts, &f->seq.err);
	if (!r)
		r = check_assembled(f, m);
	return r ? r : show(f, &m, f->collected);
}

static int got_chunk(struct osci_chunk_fetcher *f, const struct osci_message *m)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *chunk = NULL;
	int r = check_chunk(f, m);

	if (!r)
		r = osci_carrier_open(m, &chunk, &f->seq.err);
	if (!r)
		r = check_size(f, osci_blob_len(chunk));
	if (!r)
		r = collect(f, chunk);
	if (r)
		return r;
	f->have++;
	f->more = osci_feedback_has(m->feedback, m->n_feedback, "3800");
	if (f->have == f->total)
		return open_assembled(f);
	if (f->have == 1) {
		const char *id = f->message_id;
		const struct osci_selection rule = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &id, .n_message_ids = 1 };

		osci_selection_clear(&f->rule);
		r = osci_selection_copy(&f->rule, &rule);
		if (r)
			return r;
	}
	return request_chunk(f);
}

static int got_answer(struct osci_chunk_fetcher *f, struct osci_message **pm, struct osci_blob *body)
{
	const struct osci_message *m = *pm;
	const char *verdict = osci_message_verdict(m), *id = osci_message_delivery_id(m);

	if (!strcmp(verdict, "9803") && !f->have)
		return osci_seq_simple(&f->seq, OSCI_EXIT_DIALOG, EXIT);
	if (!strcmp(verdict, "9803"))
		f->spoilt = true; /* received or removed meanwhile: there is nothing to go on with */
	if (!osci_verdict_good(verdict))
		return osci_seq_refused(&f->seq, m, verdict);
	if (m->type == OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY)
		return got_chunk(f, m);
	if (f->have)
		return lie(f, "a whole message instead of the next chunk");
	if (!m->has_content)
		return no_content(f, m);
	if (f->rule.kind == OSCI_SELECT_MESSAGE_ID && (!id || !osci_partial_id_equal(id, f->rule.message_ids[0])))
		return osci_fail(&f->seq.err, OSCI_E_DIALOG, NULL, "osci:ProcessCardBundle", "another delivery than asked for");
	return show(f, pm, body);
}

static int take(struct osci_seq *q, struct osci_message **pm, struct osci_blob *body)
{
	switch ((enum phase)q->phase) {
	case INIT: return got_dialog(fetcher(q), *pm);
	case FETCH: return got_answer(fetcher(q), pm, body);
	case EXIT:
		osci_seq_show(q, OSCI_STEP_DONE);
		return 0;
	}
	return OSCI_E_STATE;
}

static int go_on(struct osci_seq *q)
{
	osci_seq_drop_delivery(q);
	fetcher(q)->count++;
	return osci_seq_simple(q, OSCI_EXIT_DIALOG, EXIT);
}

static const struct osci_seq_ops ops = { .name = "chunk fetcher", .take = take, .go_on = go_on };

/* --- the object ---------------------------------------------------------------- */

static int resume(struct osci_chunk_fetcher *f, const struct osci_chunk_state *state, struct osci_err *err)
{
	const struct osci_selection rule = {
		.kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &state->message_id, .n_message_ids = 1,
	};
	uint64_t len = osci_blob_len(state->octets);

	if (!state->chunk_kib || state->chunk_kib > INT32_MAX || !state->total_chunks ||
	    state->total_chunks > OSCI_CHUNKS_MAX || !len || len % (state->chunk_kib * OSCI_KIB) ||
	    len / (state->chunk_kib * OSCI_KIB) >= state->total_chunks || len > f->max_octets ||
	    !osci_id_ok(state->message_id, strlen(state->message_id), OSCI_MESSAGE_ID_MAX))
		return osci_fail(err, OSCI_E_USAGE, NULL, ops.name, "state that no sequence has left");
	f->chunk_kib = state->chunk_kib;
	f->total = state->total_chunks;
	f->total_kib = state->total_kib;
	f->have = len / chunk_octets(f);
	f->before = osci_blob_ref(state->octets);
	f->message_id = strdup(state->message_id);
	return f->message_id ? osci_selection_copy(&f->rule, &rule) : -ENOMEM;
}

static int start(struct osci_chunk_fetcher *f, const struct osci_client_conf *conf, const struct osci_chunk_fetch_opts *opts)
{
	const struct osci_selection *rule = opts->rule;
	struct osci_err *err = &f->seq.err;
	struct osci_limits limits;
	int r = osci_seq_init(&f->seq, &ops, conf);

	if (r)
		return r;
	osci_limits_default(&limits);
	f->max_octets = opts->max_octets ? opts->max_octets : conf->limits ? conf->limits->http_body : limits.http_body;
	f->chunk_kib = opts->chunk_kib;
	if (opts->chunk_kib > INT32_MAX)
		return osci_fail(err, OSCI_E_USAGE, NULL, ops.name, "chunk size outside the profile");
	if (opts->resume)
		r = resume(f, opts->resume, err);
	else if (rule && rule->kind != OSCI_SELECT_RECEPTION &&
		 (rule->kind != OSCI_SELECT_MESSAGE_ID || rule->n_message_ids != 1))
		r = osci_fail(err, OSCI_E_USAGE, NULL, "osci:SelectionRule", "one MessageId or ReceptionOfDelivery");
	else if (rule)
		r = osci_selection_copy(&f->rule, rule);
	if (!r)
		r = osci_sink_new(&f->sink, conf->spool, f->max_octets);
	return r ? r : osci_seq_simple(&f->seq, OSCI_INIT_DIALOG, INIT);
}

int osci_chunk_fetcher_new(struct osci_chunk_fetcher **ret, const struct osci_client_conf *conf,
			   const struct osci_chunk_fetch_opts *opts, struct osci_err *err)
{
	_cleanup_(osci_chunk_fetcher_freep) struct osci_chunk_fetcher *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	r = start(f, conf, opts);
	if (r)
		return osci_seq_fail(&f->seq, r, err);
	*ret = f;
	f = NULL;
	return 0;
}

struct osci_seq *osci_chunk_fetcher_seq(struct osci_chunk_fetcher *f)
{
	return &f->seq;
}

unsigned osci_chunk_fetcher_count(const struct osci_chunk_fetcher *f)
{
	return f->count;
}

bool osci_chunk_fetcher_more(const struct osci_chunk_fetcher *f)
{
	return f->more;
}

void osci_chunk_fetcher_progress(const struct osci_chunk_fetcher *f, uint64_t *ret_arrived, uint64_t *ret_total)
{
	*ret_arrived = f->have;
	*ret_total = f->total;
}

int osci_chunk_fetcher_state(struct osci_chunk_fetcher *f, struct osci_chunk_state *ret, struct osci_err *err)
{
	int r;

	*ret = (struct osci_chunk_state){ 0 };
	if (f->seq.step != OSCI_STEP_FAILED)
		return osci_fail(err, OSCI_E_STATE, NULL, ops.name, "it is under way");
	if (f->spoilt || !f->have)
		return osci_fail(err, OSCI_E_EMPTY, NULL, ops.name, "nothing to go on with");
	r = finish(f, err);
	if (r)
		return r;
	*ret = (struct osci_chunk_state){ f->message_id, f->chunk_kib, f->total, f->total_kib, f->collected };
	return 0;
}
