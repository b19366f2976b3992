/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent - fetching, opening, sending
 *
 * A delivery is stored before the dialog goes on, and opened from the store afterwards, so that a
 * crash at any point loses and doubles nothing.  Whose request it is, says the content signature.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/buf.h"
#include "base/log.h"

#define FETCH_MAX 500           /* deliveries in one dialog */
#define SEND_MAX 200            /* answers in one round, then the mailbox is looked at again */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000

static int64_t seconds(const struct sim_agent *a)
{
	return osci_clock_ms(a->clock) / 1000;
}

int sim_agent_open(struct sim_agent *a, const struct sim_config *config, struct sim_engine *engine,
		   const struct osci_clock *clock, struct osci_err *err)
{
	struct osci_http_conf http = { .limits = &a->limits, .ca_file = config->ca_file };

	memset(a, 0, sizeof(*a));
	osci_limits_default(&a->limits);
	a->config = config;
	a->engine = engine;
	a->clock = clock;
	a->cipher_keys[0] = config->cipher;
	a->client = (struct osci_client_conf){
		.sign = config->sign,
		.decrypt = a->cipher_keys,
		.n_decrypt = 1,
		.intermediary_cipher = config->im_cipher,
		.intermediary_signer = config->im_sign,
		.trust = config->trust,
		.policy = { .require_signature = true, .require_encryption = true },
		.limits = &a->limits,
	};
	return osci_http_new(&a->http, &http, err);
}

void sim_agent_close(struct sim_agent *a)
{
	osci_http_freep(&a->http);
	sim_wrong_key_free(&a->wrong_key);
}

/* --- fetching ---------------------------------------------------------- */

/* 0, a negative or store error in *@store, or the network's outcome. */
static int fetch_step(struct sim_agent *a, struct osci_fetcher *f, int *store, struct osci_err *err)
{
	_cleanup_(osci_freep) unsigned char *body = NULL;
	const unsigned char *out;
	size_t len, answer_len;
	int r;

	if (osci_fetcher_step(f) == OSCI_STEP_DELIVERY) {
		const char *id = osci_message_delivery_id(osci_seq_message(osci_fetcher_seq(f)));
		int64_t now = osci_clock_ms(a->clock);

		if (!id) {
			osci_fetcher_abort(f);
			return osci_fail(err, OSCI_E_MALFORMED, NULL, "responseToFetchDelivery",
					 "a delivery without its process card");
		}
		out = osci_fetcher_raw(f, &len);
		r = sim_store_fetched(a->engine->store, id, out, len, now, err);
		if (r && r != OSCI_E_EXISTS) {
			*store = r;
			osci_fetcher_abort(f);
			return r;
		}
		osci_log(OSCI_LOG_INFO, r ? "delivery-fetched-again" : "delivery-fetched", "osci_id", id, NULL);
		return osci_fetcher_continue(f, err);
	}
	out = osci_fetcher_output(f, &len);
	r = osci_http_exchange(a->http, a->config->url, out, len, &body, &answer_len, err);
	return r ? r : osci_fetcher_input(f, body, answer_len, seconds(a), err);
}

int sim_agent_fetch(struct sim_agent *a, struct osci_err *err)
{
	struct osci_fetcher *f = NULL;
	bool more = true;
	int r = 0, store = 0;

	while (more && r == 0) {
		more = false;
		r = osci_fetcher_new(&f, &a->client, FETCH_MAX, err);
		while (r == 0 && osci_fetcher_step(f) != OSCI_STEP_DONE)
			r = fetch_step(a, f, &store, err);
		if (r == 0)
			more = osci_fetcher_more(f) && osci_fetcher_count(f) > 0;
		osci_fetcher_freep(&f);
	}
	if (store)
		return store;
	if (r)
		osci_log_err(OSCI_LOG_WARN, "fetch-failed", err, NULL);
	return r == -ENOMEM ? r : 0;
}

/* --- opening ----------------------------------------------------------- */

static const struct sim_office *signed_by(const struct sim_agent *a, const struct osci_content_item *item)
{
	for (size_t i = 0; i < item->n_signatures; i++)
		for (size_t k = 0; k < a->config->n_offices; k++)
			if (item->signatures[i].status == OSCI_SIG_VALID &&
			    osci_cert_equal(item->signatures[i].cert, a->config->offices[k].sign_cert))
				return &a->config->offices[k];
	return NULL;
}

static int refuse(struct sim_agent *a, int64_t id, const char *reason, struct osci_err *err)
{
	osci_log(OSCI_LOG_WARN, "message-received", "outcome", "refused", "reason", reason, NULL);
	return sim_store_fetched_done(a->engine->store, id, "refused", reason, err);
}

static int process_one(struct sim_agent *a, int64_t id, const unsigned char *raw, size_t len, struct osci_err *err)
{
	struct osci_open_opts opts = {
		.limits = &a->limits,
		.policy = { .require_signature = true, .require_encryption = true, .require_content_signature = true },
		.keys = a->cipher_keys,
		.n_keys = 1,
		.trust = a->config->trust,
		.signer = a->config->im_sign,
		.now = seconds(a),
	};
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	int r = osci_open(&m, raw, len, &opts, err);

	if (r == 0)
		r = osci_contents_open(&c, m, &opts, err);
	if (r < 0)
		return r;
	if (r > 0) {
		osci_log_err(OSCI_LOG_WARN, "message-not-opened", err, NULL);
		return refuse(a, id, osci_result_name(r), err);
	}
	if (c->n_items != 1 || !c->items[0].readable)
		return refuse(a, id, "one-readable-content-expected", err);
	const struct sim_office *office = signed_by(a, &c->items[0]);
	if (!office)
		return refuse(a, id, "signed-by-no-known-office", err);
	return sim_engine_message(a->engine, id, office, c->items[0].data, c->items[0].len, osci_clock_ms(a->clock), err);
}

int sim_agent_process(struct sim_agent *a, struct osci_err *err)
{
	int r = 0;

	while (r == 0) {
		_cleanup_(osci_freep) unsigned char *raw = NULL;
		size_t len = 0;
		int64_t id = 0;

		r = sim_store_next_fetched(a->engine->store, &id, &raw, &len, err);
		if (r == 0)
			r = process_one(a, id, raw, len, err);
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* --- sending ----------------------------------------------------------- */

static int drive(struct sim_agent *a, struct osci_sender *s, int64_t id, int *store, struct osci_err *err)
{
	int r = 0;

	while (r == 0) {
		_cleanup_(osci_freep) unsigned char *body = NULL;
		const unsigned char *out;
		size_t len, answer_len;

		switch (osci_sender_step(s)) {
		case OSCI_STEP_SAVE_ID:
			r = *store = sim_store_answer_id(a->engine->store, id, osci_sender_message_id(s), err);
			if (r == 0)
				r = osci_sender_continue(s, err);
			break;
		case OSCI_STEP_POST:
			out = osci_sender_output(s, &len);
			r = osci_http_exchange(a->http, a->config->url, out, len, &body, &answer_len, err);
			if (r == 0)
				r = osci_sender_input(s, body, answer_len, seconds(a), err);
			break;
		case OSCI_STEP_DONE:
			return 0;
		default:
			if (osci_sender_error(s))
				*err = *osci_sender_error(s);
			return err->code ? err->code : OSCI_E_STATE;
		}
	}
	return r;
}

static int send_one(struct sim_agent *a, const struct sim_outgoing *o, int *store, struct osci_err *err)
{
	const struct sim_office *office = sim_engine_office(a->engine, o->office);
	struct osci_delivery d = { .data = o->xml, .len = o->len, .author = a->config->sign };
	struct osci_sender *s = NULL;
	char to[SIM_PLAN_SIZE];
	int r;

	if (!office)
		return osci_fail(err, OSCI_E_STATE, NULL, o->office, "office is no longer configured");
	if (sim_plan_to(o->plan, to) && !(office = sim_engine_office(a->engine, to)))
		return osci_fail(err, OSCI_E_STATE, NULL, "wrong_mailbox", "no office of this key is configured");
	d.addressee = office->cipher_cert;
	if (sim_plan_has(o->plan, "reader"))
		d.reader = osci_key_cert(a->config->cipher);
	if (sim_plan_has(o->plan, "signature")) {
		r = a->wrong_key ? 0 : sim_wrong_key(&a->wrong_key, a->config->sign);
		if (r)
			return r;
		d.author = a->wrong_key;
	}
	r = osci_sender_new(&s, &a->client, &d, o->message_id, err);
	if (r == 0)
		r = drive(a, s, o->id, store, err);
	osci_sender_freep(&s);
	return r;
}

static int sent(struct sim_agent *a, const struct sim_outgoing *o, struct osci_err *err)
{
	struct sim_store *st = a->engine->store;
	int r = db_begin(&st->db, err);

	for (unsigned i = 1; i < sim_plan_copies(o->plan) && r == 0; i++)
		r = sim_store_answer_copy(st, o->id, err);
	if (r == 0)
		r = sim_store_answer_end(st, o->id, "sent", osci_clock_ms(a->clock), err);
	if (r == 0)
		r = db_commit(&st->db, err);
	if (r)
		db_rollback(&st->db);
	else
		osci_log(OSCI_LOG_INFO, "answer-sent", "office", o->office, "message", o->number, "uuid", o->uuid, NULL);
	return r;
}

static int not_sent(struct sim_agent *a, const struct sim_outgoing *o, struct osci_err *err)
{
	int64_t wait = BACKOFF_FIRST_MS << (o->attempts < 10 ? o->attempts : 10);

	osci_log_err(OSCI_LOG_WARN, "answer-not-sent", err, "office", o->office, "message", o->number, "uuid", o->uuid,
		     NULL);
	return sim_store_answer_retry(a->engine->store, o->id,
				      osci_clock_ms(a->clock) + (wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS), err);
}

int sim_agent_send(struct sim_agent *a, struct osci_err *err)
{
	int r = 0;

	for (unsigned n = 0; n < SEND_MAX && r == 0; n++) {
		struct sim_outgoing o;
		int store = 0;

		*err = (struct osci_err){ 0 };
		r = sim_store_next_answer(a->engine->store, osci_clock_ms(a->clock), &o, err);
		if (r)
			break;
		if (sim_plan_has(o.plan, "drop"))
			r = sim_store_answer_end(a->engine->store, o.id, "dropped", osci_clock_ms(a->clock), err);
		else if (send_one(a, &o, &store, err) == 0)
			r = sent(a, &o, err);
		else
			r = store ? store : not_sent(a, &o, err);
		sim_outgoing_clear(&o);
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}
