/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sender - stores or forwards one delivery, exactly once as far as the protocol can tell
 *
 * Fresh: GetMessageId, the caller journals the id, StoreDelivery or ForwardDelivery; each an implicit dialog.
 * With a journalled id an earlier attempt may have arrived: its process card (Laufzettel) is asked for in an explicit
 * dialog first, and only if the intermediary knows none (9804) the delivery is sent with the same id.  9801 on the
 * delivery says that the id is used: the card is looked up once more; without one the sequence fails with 9801 and
 * the caller decides.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dialog/delivery.h"
#include "dialog/seq.h"

enum phase { GET_ID, STORE, LOOK_INIT, LOOK_CARD, LOOK_EXIT };

struct osci_sender {
	struct osci_seq seq;
	struct osci_delivery delivery; /* borrowed parts */
	char *message_id;
	bool used;       /* 9801 came: without a card there is nothing to store any more */
	bool was_stored;
	struct osci_message *answer;   /* the one that decided; holds card and feedback */
	const struct osci_card *card;
};

static struct osci_sender *sender(struct osci_seq *q)
{
	return (struct osci_sender *)q;
}

void osci_sender_freep(struct osci_sender **ps)
{
	struct osci_sender *s = *ps;

	if (!s)
		return;
	osci_seq_clear(&s->seq);
	osci_message_freep(&s->answer);
	free(s->message_id);
	free(s);
	*ps = NULL;
}

/* --- orders -------------------------------------------------------------------- */

static int request_card(struct osci_sender *s)
{
	const char *ids[] = { s->message_id };
	struct osci_draft draft = {
		.type = OSCI_FETCH_PROCESS_CARD,
		.selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 },
	};

	return osci_seq_request(&s->seq, &draft, LOOK_CARD);
}

static int request_store(struct osci_sender *s)
{
	_cleanup_(osci_delivery_work_clear) struct osci_delivery_work work = { 0 };
	enum osci_type type = s->delivery.receiver_uri ? OSCI_FORWARD_DELIVERY : OSCI_STORE_DELIVERY;
	struct osci_draft draft;
	int r = osci_delivery_draft(&draft, &work, type, &s->delivery, s->message_id, &s->seq.conf, &s->seq.err);

	return r ? r : osci_seq_request(&s->seq, &draft, STORE);
}

/* --- answers ------------------------------------------------------------------- */

static void keep(struct osci_sender *s, struct osci_message **m, const struct osci_card *card)
{
	osci_message_freep(&s->answer);
	s->answer = *m;
	s->card = card;
	*m = NULL;
}

/* Keeps @m as what decided; its feedback becomes the error. */
static int refuse(struct osci_sender *s, struct osci_message **pm, const char *code)
{
	const struct osci_message *m = *pm;

	keep(s, pm, NULL);
	return osci_seq_refused(&s->seq, m, code);
}

static int got_id(struct osci_sender *s, struct osci_message **pm)
{
	int r = osci_seq_message_id(&s->seq, *pm, &s->message_id);

	if (r == OSCI_E_FEEDBACK)
		keep(s, pm, NULL);
	if (!r)
		osci_seq_show(&s->seq, OSCI_STEP_SAVE_ID);
	return r;
}

static int got_stored(struct osci_sender *s, struct osci_message **pm)
{
	const char *verdict = osci_message_verdict(*pm);
	const struct osci_card *card;
	int r;

	if (!strcmp(verdict, "9801") && !s->used) {
		s->used = true;
		keep(s, pm, NULL);
		return osci_seq_simple(&s->seq, OSCI_INIT_DIALOG, LOOK_INIT);
	}
	r = osci_seq_find_card(&s->seq, *pm, s->message_id, &card);
	if (r)
		return r;
	/* A warning as last entry is an acceptance only with the card as proof. */
	if (verdict[0] != '0' && !(verdict[0] == '3' && card))
		return refuse(s, pm, verdict);
	keep(s, pm, card);
	osci_seq_show(&s->seq, OSCI_STEP_DONE);
	return 0;
}

static int got_card(struct osci_sender *s, struct osci_message **pm)
{
	const char *verdict = osci_message_verdict(*pm);
	const struct osci_card *card;
	int r = osci_seq_find_card(&s->seq, *pm, s->message_id, &card);

	if (r)
		return r;
	if (verdict[0] == '9' && strcmp(verdict, "9804"))
		return refuse(s, pm, verdict);
	if (card && verdict[0] != '9') {
		keep(s, pm, card);
		s->was_stored = true;
	}
	return osci_seq_simple(&s->seq, OSCI_EXIT_DIALOG, LOOK_EXIT);
}

static int got_exit(struct osci_sender *s)
{
	if (s->card) {
		osci_seq_show(&s->seq, OSCI_STEP_DONE);
		return 0;
	}
	if (s->used)
		return osci_fail(&s->seq.err, OSCI_E_FEEDBACK, "9801", osci_type_name(OSCI_RESPONSE_TO_STORE_DELIVERY),
				 "id is used, but no process card is known");
	return request_store(s);
}

static int take(struct osci_seq *q, struct osci_message **pm, struct osci_blob *body)
{
	struct osci_sender *s = sender(q);

	(void)body;
	switch ((enum phase)q->phase) {
	case GET_ID: return got_id(s, pm);
	case STORE: return got_stored(s, pm);
	case LOOK_INIT:
		return osci_client_in_dialog(q->client) ? request_card(s) : refuse(s, pm, osci_message_verdict(*pm));
	case LOOK_CARD: return got_card(s, pm);
	case LOOK_EXIT: return got_exit(s);
	}
	return OSCI_E_STATE;
}

static int go_on(struct osci_seq *q)
{
	return request_store(sender(q));
}

/* The card was seen and proved; how the dialog about it ends changes nothing. */
static bool settled(const struct osci_seq *q)
{
	return q->phase == LOOK_EXIT && ((const struct osci_sender *)q)->card;
}

static const struct osci_seq_ops ops = { .name = "sender", .take = take, .go_on = go_on, .settled = settled };

/* --- the object ---------------------------------------------------------------- */

static int start(struct osci_sender *s, const struct osci_client_conf *conf, const char *message_id)
{
	int r = osci_seq_init(&s->seq, &ops, conf);

	if (r)
		return r;
	if (!message_id)
		return osci_seq_simple(&s->seq, OSCI_GET_MESSAGE_ID, GET_ID);
	if (!osci_id_ok(message_id, strlen(message_id), OSCI_MESSAGE_ID_MAX))
		return osci_fail(&s->seq.err, OSCI_E_USAGE, NULL, "osci:MessageId", "outside the profile");
	s->message_id = strdup(message_id);
	if (!s->message_id)
		return -ENOMEM;
	return osci_seq_simple(&s->seq, OSCI_INIT_DIALOG, LOOK_INIT);
}

int osci_sender_new(struct osci_sender **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
		    const char *message_id, struct osci_err *err)
{
	_cleanup_(osci_sender_freep) struct osci_sender *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = osci_delivery_check(delivery, !delivery->receiver_uri, ops.name, err);
	if (r)
		return r;
	s->delivery = *delivery;
	r = start(s, conf, message_id);
	if (r)
		return osci_seq_fail(&s->seq, r, err);
	*ret = s;
	s = NULL;
	return 0;
}

struct osci_seq *osci_sender_seq(struct osci_sender *s)
{
	return &s->seq;
}

enum osci_step osci_sender_step(const struct osci_sender *s)
{
	return s->seq.step;
}

const unsigned char *osci_sender_output(const struct osci_sender *s, size_t *ret_len)
{
	return osci_seq_output(&s->seq, ret_len);
}

int osci_sender_output_stream(struct osci_sender *s, struct osci_stream **ret, struct osci_err *err)
{
	return osci_seq_output_stream(&s->seq, ret, err);
}

int osci_sender_input(struct osci_sender *s, const void *body, size_t len, int64_t now, struct osci_err *err)
{
	return osci_seq_input(&s->seq, body, len, now, err);
}

int osci_sender_continue(struct osci_sender *s, struct osci_err *err)
{
	return osci_seq_continue(&s->seq, err);
}

const char *osci_sender_message_id(const struct osci_sender *s)
{
	return s->message_id;
}

const struct osci_err *osci_sender_error(const struct osci_sender *s)
{
	return &s->seq.err;
}

const struct osci_card *osci_sender_card(const struct osci_sender *s)
{
	return s->seq.step == OSCI_STEP_DONE ? s->card : NULL;
}

bool osci_sender_was_stored(const struct osci_sender *s)
{
	return s->seq.step == OSCI_STEP_DONE && s->was_stored;
}

const struct osci_feedback *osci_sender_feedback(const struct osci_sender *s, size_t *ret_n)
{
	*ret_n = s->answer ? s->answer->n_feedback : 0;
	return s->answer ? s->answer->feedback : NULL;
}
