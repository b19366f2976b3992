/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mediator - a request to a passive recipient and its reply
 *
 * MediateDelivery exists only in an explicit dialog, so that the order after the answer can confirm the reply; that is
 * ExitDialog, and it is built by *_continue() alone.  The request's card has to name our MessageId.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialog/delivery.h"
#include "dialog/seq.h"

enum phase { INIT, GET_ID, MEDIATE, EXIT };

struct osci_mediator {
	struct osci_seq seq;
	struct osci_delivery delivery; /* borrowed parts */
	bool with_id;
	char *message_id;
	enum osci_reach reach;
	bool has_reply;
	struct osci_message *answer;
	struct osci_blob *raw;
	const struct osci_card *card;
};

static struct osci_mediator *mediator(struct osci_seq *q)
{
	return (struct osci_mediator *)q;
}

void osci_mediator_freep(struct osci_mediator **pm)
{
	struct osci_mediator *m = *pm;

	if (!m)
		return;
	osci_seq_clear(&m->seq);
	osci_message_freep(&m->answer);
	osci_blob_unref(m->raw);
	free(m->message_id);
	free(m);
	*pm = NULL;
}

static int request_mediate(struct osci_seq *q)
{
	_cleanup_(osci_delivery_work_clear) struct osci_delivery_work work = { 0 };
	struct osci_mediator *m = mediator(q);
	struct osci_draft draft;
	int r = osci_delivery_draft(&draft, &work, OSCI_MEDIATE_DELIVERY, &m->delivery, m->message_id, &q->conf, &q->err);

	return r ? r : osci_seq_request(q, &draft, MEDIATE);
}

static int got_dialog(struct osci_mediator *m, const struct osci_message *a)
{
	if (!osci_client_in_dialog(m->seq.client))
		return osci_seq_refused(&m->seq, a, osci_message_verdict(a));
	return m->with_id ? osci_seq_simple(&m->seq, OSCI_GET_MESSAGE_ID, GET_ID) : request_mediate(&m->seq);
}

static int got_answer(struct osci_mediator *m, struct osci_message **pa, struct osci_blob *body)
{
	const struct osci_message *a = *pa;
	const char *verdict = osci_message_verdict(a);
	int r = 0;

	/* Without an id of ours a card proves nothing and is not shown. */
	if (m->message_id && a->n_cards) {
		if (!a->cards[0].message_id || strcmp(a->cards[0].message_id, m->message_id))
			r = osci_fail(&m->seq.err, OSCI_E_DIALOG, NULL, "osci:RequestProcessCardBundle",
				      "card of another delivery");
		else
			m->card = &a->cards[0];
	}
	if (r)
		return r;
	m->answer = *pa;
	*pa = NULL;
	m->reach = osci_reach_of(verdict);
	if (m->reach != OSCI_REACH_ACCEPTED)
		return osci_seq_refused(&m->seq, a, verdict);
	m->has_reply = a->has_content && osci_verdict_good(verdict);
	if (!m->has_reply)
		return osci_seq_simple(&m->seq, OSCI_EXIT_DIALOG, EXIT);
	m->raw = osci_blob_ref(body);
	osci_seq_show(&m->seq, OSCI_STEP_DELIVERY);
	return 0;
}

static int take(struct osci_seq *q, struct osci_message **pm, struct osci_blob *body)
{
	struct osci_mediator *m = mediator(q);
	int r;

	switch ((enum phase)q->phase) {
	case INIT: return got_dialog(m, *pm);
	case GET_ID:
		r = osci_seq_message_id(q, *pm, &m->message_id);
		if (!r)
			osci_seq_show(q, OSCI_STEP_SAVE_ID);
		return r;
	case MEDIATE: return got_answer(m, pm, body);
	case EXIT:
		osci_seq_show(q, OSCI_STEP_DONE);
		return 0;
	}
	return OSCI_E_STATE;
}

static int go_on(struct osci_seq *q)
{
	return q->step == OSCI_STEP_SAVE_ID ? request_mediate(q) : osci_seq_simple(q, OSCI_EXIT_DIALOG, EXIT);
}

/* The reply is stored, or there is none: how the dialog ends changes nothing. */
static bool settled(const struct osci_seq *q)
{
	return q->phase == EXIT;
}

static const struct osci_seq_ops ops = { .name = "mediator", .take = take, .go_on = go_on, .settled = settled };

int osci_mediator_new(struct osci_mediator **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
		      bool with_id, struct osci_err *err)
{
	_cleanup_(osci_mediator_freep) struct osci_mediator *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	r = osci_delivery_check(delivery, false, ops.name, err);
	if (r)
		return r;
	m->delivery = *delivery;
	m->with_id = with_id;
	m->reach = OSCI_REACH_UNKNOWN;
	r = osci_seq_init(&m->seq, &ops, conf);
	if (!r)
		r = osci_seq_simple(&m->seq, OSCI_INIT_DIALOG, INIT);
	if (r)
		return osci_seq_fail(&m->seq, r, err);
	*ret = m;
	m = NULL;
	return 0;
}

struct osci_seq *osci_mediator_seq(struct osci_mediator *m)
{
	return &m->seq;
}

const char *osci_mediator_message_id(const struct osci_mediator *m)
{
	return m->message_id;
}

enum osci_reach osci_mediator_reach(const struct osci_mediator *m)
{
	return m->reach;
}

const struct osci_feedback *osci_mediator_feedback(const struct osci_mediator *m, size_t *ret_n)
{
	*ret_n = m->answer ? m->answer->n_feedback : 0;
	return m->answer ? m->answer->feedback : NULL;
}

const struct osci_message *osci_mediator_reply(const struct osci_mediator *m)
{
	return m->has_reply ? m->answer : NULL;
}

struct osci_blob *osci_mediator_raw_blob(const struct osci_mediator *m)
{
	return m->raw;
}

const struct osci_card *osci_mediator_request_card(const struct osci_mediator *m)
{
	return m->card;
}

const struct osci_card *osci_mediator_reply_card(const struct osci_mediator *m)
{
	return m->has_reply && m->answer->n_cards > 1 ? &m->answer->cards[1] : NULL;
}
