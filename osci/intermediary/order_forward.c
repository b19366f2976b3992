/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order_forward - ForwardDelivery and MediateDelivery: to a passive recipient while the sender waits
 *
 * The process card is durable before each step that follows: Creation before anything is written, Forwarding before
 * anything is sent, Reception before the sender hears of it.  So a crash leaves a card that says what is known, and as
 * the MessageId is used up then, nothing is sent a second time under it.
 *
 * The delivery is not kept here.  Who the recipient is, says the configuration alone: a ContentReceiver that names none
 * is refused (9805), before the MessageId is used.
 */
#include <errno.h>
#include <string.h>

#include "intermediary/inspect.h"
#include "intermediary/relay.h"
#include "intermediary/service.h"

int64_t im_order_now(const struct im_order *o)
{
	return o->s->set->clock ? o->s->set->clock(o->s->set->clock_arg) : o->now;
}

/* One order to a passive recipient. */
struct forward {
	struct im_order *o;
	const struct im_participant *to;
	struct im_delivery d;
	bool has_card;            /* the order has a MessageId */
	struct osci_draft draft;  /* AcceptDelivery or ProcessDelivery */
	struct im_relayed got;
	struct im_card reply;     /* of the delivery in the answer; message_id NULL = none */
};

static int no_memory(struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for a delivery");
}

static void refuse(struct forward *f, const char *code, struct osci_err *err, const char *what)
{
	osci_fail(err, OSCI_E_FEEDBACK, code, osci_type_name(f->o->m->type), "%s", what);
	im_answer_feedback(f->o->a, code);
}

/* False: refused, nothing has happened yet. */
static bool find_recipient(struct forward *f, struct osci_err *err)
{
	const struct im_settings *set = f->o->s->set;
	const char *code;

	f->to = f->o->m->receiver_uri ? im_participant_of_uri(&set->participants, f->o->m->receiver_uri) : NULL;
	if (!f->to || !f->to->url) {
		refuse(f, "9805", err, "ContentReceiver is no passive recipient of this intermediary");
		return false;
	}
	if (im_judge_cert(&set->judge, f->to->cipher[0], IM_ADDRESSEE_CIPHER, f->o->now / 1000, &code, NULL, err))
		code = "9710";
	if (code && code[0] == '9')
		refuse(f, code, err, "configured cipher certificate of the recipient is not accepted");
	else if (code)
		im_answer_feedback_once(f->o->a, code);
	return !code || code[0] != '9';
}

/* Workers wait for recipients: slow ones must not have all of them, nor all that may wait. */
static const char *take_place(struct im_service *s, const struct im_participant *to, size_t *ret)
{
	const char *full = NULL;
	unsigned own = 0;

	*ret = s->set->relays_max;
	pthread_mutex_lock(&s->lock);
	for (size_t i = s->set->relays_max; i-- > 0;) {
		own += s->relays[i] == to;
		if (!s->relays[i])
			*ret = i;
	}
	if (own >= s->set->relays_recipient)
		full = "too many exchanges with this passive recipient";
	else if (*ret == s->set->relays_max)
		full = "too many exchanges with passive recipients";
	else
		s->relays[*ret] = to;
	pthread_mutex_unlock(&s->lock);
	return full;
}

static void leave_place(struct im_service *s, size_t place)
{
	pthread_mutex_lock(&s->lock);
	s->relays[place] = NULL;
	pthread_mutex_unlock(&s->lock);
}

static int fill_certs(struct forward *f, struct osci_err *err)
{
	const struct osci_message *m = f->o->m;
	struct osci_draft_cert *certs = im_pool_alloc(&f->o->a->pool, m->n_certs, sizeof(*certs));

	if (!certs)
		return no_memory(err);
	for (size_t i = 0; i < m->n_certs; i++)
		certs[i] = (struct osci_draft_cert){ m->certs[i].role, m->certs[i].cert, m->certs[i].id };
	f->draft.certs = certs;
	f->draft.n_certs = m->n_certs;
	return 0;
}

/* Everything that the recipient gets, as it came; the card, if there is one, with its times. */
static int fill_draft(struct forward *f, enum osci_type type, struct osci_err *err)
{
	struct osci_draft *d = &f->draft;
	int r;

	d->type = type;
	d->languages = f->o->m->languages;
	d->package = f->d.package;
	d->package_len = f->d.package_len;
	d->has_package = true;
	d->parts = f->d.parts;
	d->n_parts = f->d.n_parts;
	d->custom = f->d.custom;
	d->n_custom = f->d.n_custom;
	r = fill_certs(f, err);
	if (r || !f->has_card)
		return r;
	r = im_answer_cards(f->o->a, &f->d.card, 1, IM_SHOW_FORWARDING, err);
	d->cards = f->o->a->draft.cards; /* as it is now; ours will say more */
	d->n_cards = 1;
	f->o->a->draft.n_cards = 0;
	return r;
}

static int open_card(struct forward *f, struct osci_err *err)
{
	int r = 0;

	if (f->has_card)
		r = im_store_open_card(&f->o->s->store, &f->d, f->o->now, &f->o->report->conflict, err);
	if (!r && f->has_card)
		r = im_store_forwarded(&f->o->s->store, &f->d.card, im_order_now(f->o), err);
	return r;
}

/* Reception of the request, and feedback: warnings in their order, then the error. */
static int note_outcome(struct forward *f, struct osci_err *err)
{
	struct im_card *c = &f->d.card;
	int r = 0;

	for (size_t i = 0; i < f->got.n_warnings; i++)
		im_answer_feedback(f->o->a, f->got.warnings[i]);
	if (f->got.accepted && f->has_card) {
		int64_t now = im_order_now(f->o);

		r = im_store_received(&f->o->s->store, c->seq, now, 0, err);
		if (!r)
			c->reception = c->modified = now;
	}
	if (r) /* it has the delivery and we cannot note it */
		f->got.error = "9810";
	if (f->got.error)
		im_answer_feedback(f->o->a, f->got.error);
	return 0;
}

static int show_cards(struct forward *f, unsigned show, struct osci_err *err)
{
	struct im_card cards[2] = { f->d.card, f->reply };

	if (!f->has_card)
		return 0;
	return im_answer_cards(f->o->a, cards, f->reply.message_id ? 2 : 1, show, err);
}

static int send_on(struct forward *f, struct osci_err *err)
{
	struct im_service *s = f->o->s;
	int r = 0;

	/*
	 * A card for the reply has its place beside one for the request only.  Issued no sooner than the order has used up
	 * an id of its sender: each may void the oldest one that the recipient has not used.
	 */
	if (f->has_card && f->draft.type == OSCI_PROCESS_DELIVERY)
		r = im_store_issue(&s->store, f->to->id, s->set->host, f->o->now, &f->o->a->pool,
				   &f->draft.message_id_response, err);
	if (!r)
		r = im_relay(s, f->to, &f->draft, f->o->now, &f->got, err);
	if (r) { /* could not even be written */
		f->got.error = "9809";
		r = 0;
	}
	return note_outcome(f, err);
}

/* From the card to the recipient's answer. */
static int relay(struct forward *f, enum osci_type type, struct osci_err *err)
{
	size_t place;
	const char *full = take_place(f->o->s, f->to, &place);
	int r;

	if (full) {
		refuse(f, "9809", err, full);
		return 0;
	}
	r = open_card(f, err);
	if (!r)
		r = fill_draft(f, type, err);
	if (!r)
		r = send_on(f, err);
	leave_place(f->o->s, place);
	return r;
}

/* Not 0 or !*@go: not carried out. */
static int begin(struct forward *f, bool *go, struct osci_err *err)
{
	const struct osci_message *m = f->o->m;
	int r;

	*go = false;
	if (!find_recipient(f, err))
		return 0;
	r = im_order_take_delivery(f->o, &f->d, go, err);
	f->d.card.addressee = f->to->id;
	f->has_card = m->message_id && m->message_id[0];
	if (!r && *go && !f->has_card && m->type == OSCI_FORWARD_DELIVERY) {
		im_answer_feedback(f->o->a, "9800");
		*go = false;
	}
	return r;
}

/* 9801 is an answer, not a failure. */
static int end(struct forward *f, int r)
{
	im_relayed_end(&f->got);
	if (r != OSCI_E_EXISTS)
		return r;
	im_answer_feedback(f->o->a, "9801");
	return 0;
}

int im_order_forward_delivery(struct im_order *o, struct osci_err *err)
{
	struct forward f = { .o = o };
	bool go;
	int r = begin(&f, &go, err);

	if (!r && go)
		r = relay(&f, OSCI_ACCEPT_DELIVERY, err);
	if (!r && f.d.card.seq)
		r = show_cards(&f, IM_SHOW_FORWARDING | IM_SHOW_RECEPTION, err);
	return end(&f, r);
}

/* --- the reply ---------------------------------------------------------- */

/* Its card, if the recipient used the id it was given; another id is none of ours. */
static int open_reply_card(struct forward *f, struct im_delivery *d, struct osci_err *err)
{
	int64_t now = im_order_now(f->o);
	int r;

	if (!d->card.message_id || !d->card.message_id[0])
		return 0;
	if (!f->draft.message_id_response || strcmp(d->card.message_id, f->draft.message_id_response))
		return osci_fail(err, OSCI_E_EXISTS, NULL, "osci:MessageId", "reply has another id than it was given");
	d->card.originator = f->to->id;
	d->card.addressee = f->o->client;
	r = im_store_open_card(&f->o->s->store, d, now, &f->o->report->conflict, err);
	if (!r)
		r = im_store_forwarded(&f->o->s->store, &d->card, im_order_now(f->o), err);
	if (!r)
		f->reply = d->card;
	return r;
}

static void end_message(void *m)
{
	struct osci_message *message = m;

	osci_message_freep(&message);
}

/* Hands the recipient's delivery on: content, attachments, certificates with their Ids, custom headers. */
static int carry_reply(struct forward *f, const struct im_delivery *d, struct osci_err *err)
{
	struct osci_draft *a = &f->o->a->draft;
	const struct osci_message *m = f->got.m;
	struct osci_draft_cert *certs = im_pool_alloc(&f->o->a->pool, m->n_certs, sizeof(*certs));

	if (!certs)
		return no_memory(err);
	/* What the answer points at lives as long as the answer. */
	f->got.m = NULL;
	if (im_pool_own(&f->o->a->pool, (void *)(uintptr_t)m, end_message))
		return no_memory(err);
	for (size_t i = 0; i < m->n_certs; i++)
		certs[i] = (struct osci_draft_cert){ m->certs[i].role, m->certs[i].cert, m->certs[i].id };
	a->certs = certs;
	a->n_certs = m->n_certs;
	a->package = d->package;
	a->package_len = d->package_len;
	a->has_package = true;
	a->parts = d->parts;
	a->n_parts = d->n_parts;
	a->custom = d->custom;
	a->n_custom = d->n_custom;
	return 0;
}

/* The recipient has the request; whatever fails from here on is 9810. */
static int take_reply(struct forward *f, struct osci_err *err)
{
	struct im_order reply = *f->o;
	struct im_delivery d = { 0 };
	bool ok;
	int r;

	if (!f->got.m->has_content) {
		refuse(f, "9806", err, "recipient accepted without a reply");
		return 0;
	}
	reply.m = f->got.m;
	reply.client = f->to->id;
	r = im_order_take_delivery(&reply, &d, &ok, err);
	if (!r && !ok)
		return 0; /* certificates of the reply: the feedback is there */
	if (!r)
		r = open_reply_card(f, &d, err);
	if (!r)
		r = carry_reply(f, &d, err);
	if (r)
		im_answer_feedback(f->o->a, "9810");
	else if (f->reply.message_id)
		f->o->dialog->pending = f->reply.seq;
	return 0;
}

int im_order_mediate_delivery(struct im_order *o, struct osci_err *err)
{
	struct forward f = { .o = o };
	bool go;
	int r = begin(&f, &go, err);

	if (!r && go)
		r = relay(&f, OSCI_PROCESS_DELIVERY, err);
	if (!r && f.got.accepted && !f.got.error)
		r = take_reply(&f, err);
	if (!r && f.d.card.reception) /* the schema has no place for a card without; it can be fetched */
		r = show_cards(&f, IM_SHOW_FORWARDING | IM_SHOW_RECEPTION, err);
	return end(&f, r);
}
