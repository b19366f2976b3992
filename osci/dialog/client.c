/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client - the client's end of implicit and explicit dialogs
 *
 * Guarantees: each order has a fresh Challenge; an answer counts only if it is of the right type,
 * encrypted if the order was, signed by the intermediary and repeats Challenge, ConversationId and
 * SequenceNumber.  Whatever fails breaks the dialog: a further order, ExitDialog
 * included, would prove the reception of what was not received.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/dialog.h>
#include "base/text.h"

#define CHALLENGE_OCTETS 24
#define CHALLENGE_MAX 256     /* characters of the peer's */
#define CONVERSATION_MAX 256  /* digits */

struct osci_client {
	struct osci_client_conf conf;
	struct osci_limits limits;
	bool in_dialog, broken;
	bool outstanding;
	enum osci_type order;               /* the one outstanding */
	char challenge[48];                 /* ours, of that order */
	char peer[CHALLENGE_MAX + 1];       /* of the last answer: our next Response */
	char conversation[CONVERSATION_MAX + 1];
	uint64_t sequence;                  /* of the outstanding or next order in the explicit dialog */
	struct osci_features features;      /* the peer's; strings are ours */
};

static void drop_features(struct osci_features *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free((void *)f->list[i].key);
		free((void *)f->list[i].version);
	}
	free((void *)f->list);
	*f = (struct osci_features){ 0 };
}

int osci_client_new(struct osci_client **ret, const struct osci_client_conf *conf)
{
	struct osci_client *c;

	if (!conf->n_decrypt)
		return OSCI_E_USAGE;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->conf = *conf;
	if (conf->limits)
		c->limits = *conf->limits;
	else
		osci_limits_default(&c->limits);
	*ret = c;
	return 0;
}

void osci_client_freep(struct osci_client **c)
{
	if (!*c)
		return;
	drop_features(&(*c)->features);
	explicit_bzero(*c, sizeof(**c));
	free(*c);
	*c = NULL;
}

bool osci_client_in_dialog(const struct osci_client *c)
{
	return c->in_dialog;
}

bool osci_client_broken(const struct osci_client *c)
{
	return c->broken;
}

void osci_client_abandon(struct osci_client *c)
{
	c->broken = true;
	c->in_dialog = c->outstanding = false;
}

/* --- orders -------------------------------------------------------------------- */

enum place { NO_ORDER, OPENS, ANYWHERE, IN_DIALOG };

/* Where a client may send an order of this type. */
static enum place place_of(enum osci_type type)
{
	switch (type) {
	case OSCI_INIT_DIALOG:
		return OPENS;
	case OSCI_GET_MESSAGE_ID:
	case OSCI_STORE_DELIVERY:
	case OSCI_FORWARD_DELIVERY:
	case OSCI_PARTIAL_STORE_DELIVERY:
		return ANYWHERE;
	case OSCI_EXIT_DIALOG:
	case OSCI_FETCH_DELIVERY:
	case OSCI_FETCH_PROCESS_CARD:
	case OSCI_MEDIATE_DELIVERY:
	case OSCI_PARTIAL_FETCH_DELIVERY:
		return IN_DIALOG;
	default:
		return NO_ORDER; /* answers, and what the intermediary sends to passive recipients */
	}
}

static int check_place(const struct osci_client *c, enum osci_type type, struct osci_err *err)
{
	const char *name = osci_type_name(type);

	switch (place_of(type)) {
	case NO_ORDER:
		return osci_fail(err, OSCI_E_USAGE, NULL, name, "no order of a client");
	case OPENS:
		return c->in_dialog ? osci_fail(err, OSCI_E_USAGE, NULL, name, "a dialog is open already") : 0;
	case IN_DIALOG:
		return c->in_dialog ? 0 : osci_fail(err, OSCI_E_USAGE, NULL, name, "order needs an explicit dialog");
	default:
		return 0;
	}
}

/* No limits of our own; the list is the writer's. */
static const struct osci_features own_features = { 0 };

static bool announces_features(enum osci_type type)
{
	return type == OSCI_INIT_DIALOG || type == OSCI_PARTIAL_STORE_DELIVERY || type == OSCI_PARTIAL_FETCH_DELIVERY;
}

static int new_challenge(char *out, size_t size)
{
	unsigned char random[CHALLENGE_OCTETS];
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(size - 1);
	int r = osci_random(random, sizeof(random));

	if (r)
		return r;
	osci_base64_encode(&text, random, sizeof(random), 0);
	if (osci_buf_error(&text))
		return osci_buf_error(&text);
	memcpy(out, text.data, text.len + 1);
	return 0;
}

static void fill_control(const struct osci_client *c, enum osci_type type, const char *challenge,
			 struct osci_control *control)
{
	*control = (struct osci_control){ .challenge = challenge };
	if (type == OSCI_INIT_DIALOG)
		return;
	control->has_sequence = true;
	if (!c->in_dialog)
		return;
	control->sequence = c->sequence;
	control->response = c->peer;
	control->conversation_id = c->conversation;
}

static bool has_role(const struct osci_draft *d, enum osci_role role)
{
	size_t i;

	for (i = 0; i < d->n_certs; i++)
		if (d->certs[i].role == role)
			return true;
	return false;
}

static int write_order(struct osci_client *c, const struct osci_draft *draft, struct osci_stream **ret,
		       struct osci_err *err)
{
	struct osci_write_opts opts = { .signer = c->conf.sign, .encrypt_for = c->conf.intermediary_cipher,
					.suite = c->conf.suite, .limits = &c->limits };
	_cleanup_(osci_freep) struct osci_draft_cert *certs = NULL;
	bool named = place_of(draft->type) != IN_DIALOG || draft->type == OSCI_MEDIATE_DELIVERY;
	struct osci_draft d = *draft;

	if (!d.languages)
		d.languages = c->conf.languages;
	if (announces_features(d.type) && !d.features)
		d.features = c->conf.features ? c->conf.features : &own_features;
	/* Known from InitDialog inside a dialog; a delivery names it there too: its recipient encrypts a reply for it. */
	if (named && !has_role(&d, OSCI_CIPHER_ORIGINATOR)) {
		certs = calloc(d.n_certs + 1, sizeof(*certs));
		if (!certs)
			return -ENOMEM;
		if (d.n_certs)
			memcpy(certs, d.certs, d.n_certs * sizeof(*certs));
		certs[d.n_certs] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ORIGINATOR,
							     .cert = osci_key_cert(c->conf.decrypt[0]) };
		d.certs = certs;
		d.n_certs++;
	}
	return osci_write_stream(ret, &d, &opts, err);
}

int osci_client_request_stream(struct osci_client *c, struct osci_draft *draft, struct osci_stream **ret,
			       struct osci_err *err)
{
	char challenge[sizeof(c->challenge)];
	int r;

	*ret = NULL;
	r = check_place(c, draft->type, err);
	if (r && place_of(draft->type) == NO_ORDER)
		return r;
	if (c->broken || c->outstanding)
		return osci_fail(err, OSCI_E_STATE, NULL, osci_type_name(draft->type), "%s",
				 c->broken ? "dialog is broken" : "an order is outstanding");
	if (!r)
		r = new_challenge(challenge, sizeof(challenge));
	if (r)
		return r;
	fill_control(c, draft->type, challenge, &draft->control);
	r = write_order(c, draft, ret, err);
	draft->control = (struct osci_control){ 0 }; /* it points into this frame */
	if (r)
		return r;
	memcpy(c->challenge, challenge, sizeof(challenge));
	c->order = draft->type;
	c->outstanding = true;
	return 0;
}

int osci_client_request(struct osci_client *c, struct osci_draft *draft, unsigned char **ret, size_t *ret_len,
			struct osci_err *err)
{
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	int r;

	*ret = NULL;
	*ret_len = 0;
	r = osci_client_request_stream(c, draft, &stream, err);
	if (r)
		return r;
	r = osci_stream_to_memory(stream, ret, ret_len, err);
	if (r)
		c->outstanding = false; /* nobody has seen it */
	return r;
}

/* --- answers ------------------------------------------------------------------- */

static bool digits_ok(const char *s)
{
	size_t n = s ? strspn(s, "0123456789") : 0;

	return n && n <= CONVERSATION_MAX && !s[n];
}

static int forged(struct osci_err *err, const char *what)
{
	return osci_fail(err, OSCI_E_DIALOG, "9400", "osci:ControlBlock", "%s", what);
}

/* @opens: the answer to InitDialog, which has no SequenceNumber and brings the ConversationId. */
static int check_control(const struct osci_client *c, const struct osci_control *a, struct osci_err *err)
{
	bool opens = c->order == OSCI_INIT_DIALOG;

	if (!a->response || !osci_equal_secret(a->response, c->challenge))
		return forged(err, "Response is not our Challenge");
	if (opens ? a->has_sequence : a->has_sequence && a->sequence != (c->in_dialog ? c->sequence : 0))
		return forged(err, "SequenceNumber differs");
	if (!opens && !c->in_dialog)
		return 0; /* what else an implicit dialog's answer carries is of no use */
	if (opens ? !digits_ok(a->conversation_id) :
		    !a->has_sequence || !a->conversation_id || strcmp(a->conversation_id, c->conversation))
		return forged(err, "ConversationId or SequenceNumber missing or changed");
	if (c->order != OSCI_EXIT_DIALOG && (!a->challenge || strlen(a->challenge) > CHALLENGE_MAX))
		return forged(err, "Challenge missing or too long");
	return 0;
}

static int check_answer(const struct osci_client *c, const struct osci_message *m, struct osci_err *err)
{
	if (m->type == OSCI_FAULT)
		return osci_fail(err, OSCI_E_FAULT, m->fault_osci ? m->fault_osci : "", "soap:Fault",
				 "the peer refused the message as a whole");
	/* A message that fits into one chunk is not cut. */
	if (m->type != osci_type_answer(c->order) &&
	    !(c->order == OSCI_PARTIAL_FETCH_DELIVERY && m->type == OSCI_RESPONSE_TO_FETCH_DELIVERY))
		return osci_fail(err, OSCI_E_DIALOG, NULL, osci_type_name(m->type), "answer to another order, %s expected",
				 osci_type_name(osci_type_answer(c->order)));
	return check_control(c, &m->control, err);
}

/* The message goes, what it announced stays. */
static int keep_features(struct osci_client *c, const struct osci_features *from)
{
	struct osci_feature *list;

	drop_features(&c->features);
	list = calloc(from->n ? from->n : 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	c->features = *from;
	c->features.list = list;
	for (c->features.n = 0; c->features.n < from->n; c->features.n++) {
		const struct osci_feature *f = &from->list[c->features.n];

		list[c->features.n] = (struct osci_feature){ strdup(f->key), strdup(f->version) };
		if (!list[c->features.n].key || !list[c->features.n].version) {
			c->features.n++;
			drop_features(&c->features);
			return -ENOMEM;
		}
	}
	return 0;
}

const struct osci_features *osci_client_features(const struct osci_client *c)
{
	return &c->features;
}

bool osci_features_have(const struct osci_features *f, const char *key)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (!strcmp(f->list[i].key, key))
			return true;
	return false;
}

static int go_on(struct osci_client *c, const struct osci_message *m)
{
	const char *verdict = osci_message_verdict(m);
	int r;

	switch (c->order) {
	case OSCI_INIT_DIALOG:
		r = keep_features(c, &m->announced);
		if (r)
			return r;
		/* A refused InitDialog opens nothing. */
		c->in_dialog = verdict[0] == '0' || verdict[0] == '3';
		c->sequence = 0;
		snprintf(c->conversation, sizeof(c->conversation), "%s", m->control.conversation_id);
		break;
	case OSCI_EXIT_DIALOG:
		c->in_dialog = false;
		return 0;
	default:
		if (!c->in_dialog)
			return 0;
		c->sequence++;
		break;
	}
	snprintf(c->peer, sizeof(c->peer), "%s", m->control.challenge);
	return 0;
}

static struct osci_open_opts open_opts(const struct osci_client *c, int64_t now)
{
	struct osci_open_opts opts = {
		.limits = &c->limits, .policy = c->conf.policy, .keys = c->conf.decrypt, .n_keys = c->conf.n_decrypt,
		.trust = c->conf.trust, .signer = c->conf.intermediary_signer, .now = now,
	};

	/* The message cannot decide whether it has to be signed or encrypted. */
	opts.policy.require_signature |= c->conf.intermediary_signer || c->conf.trust;
	opts.policy.require_encryption |= c->conf.intermediary_cipher != NULL;
	return opts;
}

int osci_client_answer_sink(const struct osci_client *c, int64_t now, struct osci_sink **ret, struct osci_err *err)
{
	const struct osci_open_opts opts = open_opts(c, now);
	int r = osci_open_sink(ret, &opts, c->conf.spool, c->limits.http_body);

	return r ? osci_fail(err, r, NULL, NULL, "no memory for an answer") : 0;
}

int osci_client_answer_blob(struct osci_client *c, struct osci_blob *body, int64_t now, struct osci_message **ret,
			    struct osci_err *err)
{
	const struct osci_open_opts opts = open_opts(c, now);
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	int r;

	*ret = NULL;
	if (!c->outstanding)
		return osci_fail(err, OSCI_E_STATE, NULL, NULL, "no order is outstanding");
	c->outstanding = false;
	r = osci_open_blob(&m, body, &opts, err);
	if (!r)
		r = check_answer(c, m, err);
	explicit_bzero(c->challenge, sizeof(c->challenge));
	if (!r)
		r = go_on(c, m);
	if (r) {
		osci_client_abandon(c);
		return r;
	}
	*ret = m;
	m = NULL;
	return 0;
}

int osci_client_answer(struct osci_client *c, const void *data, size_t len, int64_t now, struct osci_message **ret,
		       struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	int r;

	*ret = NULL;
	r = osci_blob_copy(&body, data, len);
	if (r) {
		osci_client_abandon(c);
		return r;
	}
	return osci_client_answer_blob(c, body, now, ret, err);
}
