/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sender - stores one delivery, exactly once as far as the protocol can tell
 *
 * Fresh: GetMessageId, the caller journals the id, StoreDelivery; each an implicit dialog.
 * With a journalled id an earlier StoreDelivery may have arrived: its process card (Laufzettel) is
 * asked for in an explicit dialog first, and only if the intermediary knows none (9804) the
 * delivery is stored with the same id.  9801 on the store says that the id is used: the card is
 * looked up once more; without one the sequence fails with 9801 and the caller decides.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <osci/dialog.h>
#include "base/text.h"

enum state {
	GET_ID,     /* orders under way */
	STORE,
	LOOK_INIT,
	LOOK_CARD,
	LOOK_EXIT,
	SAVE_ID,    /* the caller's turn */
	DONE,
	FAILED,
};

struct osci_sender {
	struct osci_client *client;
	struct osci_client_conf conf;
	struct osci_delivery delivery; /* borrowed parts */
	enum state state;
	char *message_id;
	bool used;       /* 9801 came: without a card there is nothing to store any more */
	bool was_stored;
	unsigned char *output;
	size_t output_len;
	struct osci_message *answer;   /* the one that decided; holds card and feedback */
	const struct osci_card *card;
	struct osci_err err;
};

void osci_sender_freep(struct osci_sender **ps)
{
	struct osci_sender *s = *ps;

	if (!s)
		return;
	osci_client_freep(&s->client);
	osci_message_freep(&s->answer);
	free(s->message_id);
	free(s->output);
	free(s);
	*ps = NULL;
}

static int fail_with(struct osci_sender *s, int r, struct osci_err *err)
{
	if (r < 0 || s->err.code != r)
		osci_fail(&s->err, r, NULL, "sender", "%s", osci_result_name(r));
	s->state = FAILED;
	free(s->output);
	s->output = NULL;
	s->output_len = 0;
	if (err)
		*err = s->err;
	return r;
}

/* --- orders -------------------------------------------------------------------- */

static int request(struct osci_sender *s, struct osci_draft *draft, enum state next)
{
	int r;

	free(s->output);
	s->output = NULL;
	r = osci_client_request(s->client, draft, &s->output, &s->output_len, &s->err);
	if (!r)
		s->state = next;
	return r;
}

static int simple_request(struct osci_sender *s, enum osci_type type, enum state next)
{
	struct osci_draft draft = { .type = type };

	return request(s, &draft, next);
}

static int request_card(struct osci_sender *s)
{
	const char *ids[] = { s->message_id };
	struct osci_draft draft = {
		.type = OSCI_FETCH_PROCESS_CARD,
		.selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 },
	};

	return request(s, &draft, LOOK_CARD);
}

static int request_store(struct osci_sender *s)
{
	const struct osci_delivery *v = &s->delivery;
	const struct osci_cert *reader = v->reader ? v->reader : v->addressee;
	bool own = v->author && s->conf.sign && osci_cert_equal(osci_key_cert(v->author), osci_key_cert(s->conf.sign));
	bool other = !osci_cert_equal(reader, v->addressee);
	enum osci_role reader_role = other ? OSCI_CIPHER_OTHER_READER : OSCI_CIPHER_ADDRESSEE;
	struct osci_package_item item = { v->data, v->len };
	struct osci_package_draft package = {
		.items = &item, .n_items = 1, .author = v->author,
		.author_role = own ? OSCI_SIGN_ORIGINATOR : OSCI_SIGN_OTHER_AUTHOR,
		.readers = &reader, .reader_roles = &reader_role, .n_readers = 1,
	};
	_cleanup_(osci_freep) char *xml = NULL;
	struct osci_draft_cert certs[3];
	struct osci_draft draft = {
		.type = OSCI_STORE_DELIVERY, .message_id = s->message_id, .subject = v->subject, .certs = certs,
		.has_package = true,
	};
	int r = osci_package_write(&xml, &draft.package_len, &package, &s->err);

	if (r)
		return r;
	draft.package = xml;
	certs[draft.n_certs++] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ADDRESSEE, .cert = v->addressee };
	if (other)
		certs[draft.n_certs++] = (struct osci_draft_cert){ .role = OSCI_CIPHER_OTHER_READER, .cert = reader };
	if (v->author && !own)
		certs[draft.n_certs++] = (struct osci_draft_cert){ .role = OSCI_SIGN_OTHER_AUTHOR,
								   .cert = osci_key_cert(v->author) };
	return request(s, &draft, STORE);
}

static int start(struct osci_sender *s, const struct osci_client_conf *conf, const char *message_id)
{
	int r = osci_client_new(&s->client, conf);

	if (r)
		return r;
	if (!message_id)
		return simple_request(s, OSCI_GET_MESSAGE_ID, GET_ID);
	if (!osci_id_ok(message_id, strlen(message_id), 256))
		return osci_fail(&s->err, OSCI_E_USAGE, NULL, "osci:MessageId", "outside the profile");
	s->message_id = strdup(message_id);
	if (!s->message_id)
		return -ENOMEM;
	return simple_request(s, OSCI_INIT_DIALOG, LOOK_INIT);
}

int osci_sender_new(struct osci_sender **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
		    const char *message_id, struct osci_err *err)
{
	_cleanup_(osci_sender_freep) struct osci_sender *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	if (!delivery->addressee)
		return osci_fail(err, OSCI_E_USAGE, NULL, "sender", "delivery without addressee");
	s->conf = *conf;
	s->delivery = *delivery;
	r = start(s, conf, message_id);
	if (r)
		return fail_with(s, r, err);
	*ret = s;
	s = NULL;
	return 0;
}

/* --- answers ------------------------------------------------------------------- */

/* Keeps @m as what decided; its feedback becomes the error. */
static int refuse(struct osci_sender *s, struct osci_message **m, const char *verdict)
{
	enum osci_type type = (*m)->type;

	osci_message_freep(&s->answer);
	s->answer = *m;
	*m = NULL;
	return osci_fail(&s->err, OSCI_E_FEEDBACK, verdict, osci_type_name(type), "order refused");
}

static void keep(struct osci_sender *s, struct osci_message **m, const struct osci_card *card)
{
	osci_message_freep(&s->answer);
	s->answer = *m;
	s->card = card;
	*m = NULL;
}

/* A card of another delivery in the answer proves nothing about ours. */
static int find_card(struct osci_sender *s, const struct osci_message *m, const struct osci_card **ret)
{
	size_t i;

	*ret = NULL;
	for (i = 0; i < m->n_cards; i++)
		if (m->cards[i].message_id && !strcmp(m->cards[i].message_id, s->message_id))
			*ret = &m->cards[i];
	if (m->n_cards && !*ret)
		return osci_fail(&s->err, OSCI_E_DIALOG, NULL, "osci:ProcessCardBundle", "card of another delivery");
	return 0;
}

static int got_id(struct osci_sender *s, struct osci_message **pm, const char *verdict)
{
	const char *id = (*pm)->message_id;

	if ((verdict[0] != '0' && verdict[0] != '3') || !id)
		return refuse(s, pm, verdict);
	if (!osci_id_ok(id, strlen(id), 256))
		return osci_fail(&s->err, OSCI_E_MALFORMED, NULL, "osci:MessageId", "outside the profile");
	s->message_id = strdup(id);
	if (!s->message_id)
		return -ENOMEM;
	s->state = SAVE_ID;
	return 0;
}

static int got_stored(struct osci_sender *s, struct osci_message **pm, const char *verdict)
{
	const struct osci_card *card;
	int r;

	if (!strcmp(verdict, "9801") && !s->used) {
		s->used = true;
		keep(s, pm, NULL);
		return simple_request(s, OSCI_INIT_DIALOG, LOOK_INIT);
	}
	r = find_card(s, *pm, &card);
	if (r)
		return r;
	/* A warning as last entry is an acceptance only with the card as proof. */
	if (verdict[0] != '0' && !(verdict[0] == '3' && card))
		return refuse(s, pm, verdict);
	keep(s, pm, card);
	s->state = DONE;
	return 0;
}

static int got_dialog(struct osci_sender *s, struct osci_message **pm, const char *verdict)
{
	if (!osci_client_in_dialog(s->client))
		return refuse(s, pm, verdict);
	return request_card(s);
}

static int got_card(struct osci_sender *s, struct osci_message **pm, const char *verdict)
{
	const struct osci_card *card;
	int r = find_card(s, *pm, &card);

	if (r)
		return r;
	if (verdict[0] == '9' && strcmp(verdict, "9804"))
		return refuse(s, pm, verdict);
	if (card && verdict[0] != '9') {
		keep(s, pm, card);
		s->was_stored = true;
	}
	return simple_request(s, OSCI_EXIT_DIALOG, LOOK_EXIT);
}

static int got_exit(struct osci_sender *s)
{
	if (s->card) {
		s->state = DONE;
		return 0;
	}
	if (s->used)
		return osci_fail(&s->err, OSCI_E_FEEDBACK, "9801", osci_type_name(OSCI_RESPONSE_TO_STORE_DELIVERY),
				 "id is used, but no process card is known");
	return request_store(s);
}

static int take(struct osci_sender *s, struct osci_message **pm)
{
	const char *verdict = osci_message_verdict(*pm);

	switch (s->state) {
	case GET_ID: return got_id(s, pm, verdict);
	case STORE: return got_stored(s, pm, verdict);
	case LOOK_INIT: return got_dialog(s, pm, verdict);
	case LOOK_CARD: return got_card(s, pm, verdict);
	case LOOK_EXIT: return got_exit(s);
	default: return OSCI_E_STATE;
	}
}

int osci_sender_input(struct osci_sender *s, const void *body, size_t len, int64_t now, struct osci_err *err)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	int r;

	if (osci_sender_step(s) != OSCI_STEP_POST)
		return osci_fail(err, OSCI_E_STATE, NULL, "sender", "no order is outstanding");
	r = osci_client_answer(s->client, body, len, now, &m, &s->err);
	/* The card was seen and proved; how the dialog about it ends changes nothing. */
	if (r && s->state == LOOK_EXIT && s->card) {
		s->state = DONE;
		return 0;
	}
	if (!r)
		r = take(s, &m);
	return r ? fail_with(s, r, err) : 0;
}

int osci_sender_continue(struct osci_sender *s, struct osci_err *err)
{
	int r;

	if (s->state != SAVE_ID)
		return osci_fail(err, OSCI_E_STATE, NULL, "sender", "nothing to continue");
	r = request_store(s);
	return r ? fail_with(s, r, err) : 0;
}

/* --- looking at it ---------------------------------------------------------------- */

enum osci_step osci_sender_step(const struct osci_sender *s)
{
	switch (s->state) {
	case SAVE_ID: return OSCI_STEP_SAVE_ID;
	case DONE: return OSCI_STEP_DONE;
	case FAILED: return OSCI_STEP_FAILED;
	default: return OSCI_STEP_POST;
	}
}

const unsigned char *osci_sender_output(const struct osci_sender *s, size_t *ret_len)
{
	bool post = osci_sender_step(s) == OSCI_STEP_POST;

	*ret_len = post ? s->output_len : 0;
	return post ? s->output : NULL;
}

const char *osci_sender_message_id(const struct osci_sender *s)
{
	return s->message_id;
}

const struct osci_err *osci_sender_error(const struct osci_sender *s)
{
	return &s->err;
}

const struct osci_card *osci_sender_card(const struct osci_sender *s)
{
	return s->state == DONE ? s->card : NULL;
}

bool osci_sender_was_stored(const struct osci_sender *s)
{
	return s->state == DONE && s->was_stored;
}

const struct osci_feedback *osci_sender_feedback(const struct osci_sender *s, size_t *ret_n)
{
	*ret_n = s->answer ? s->answer->n_feedback : 0;
	return s->answer ? s->answer->feedback : NULL;
}
