/* SPDX-License-Identifier: Apache-2.0 */
/* t_peer - a supplier in memory that can be made to misbehave */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "lib/t_package.h"
#include "lib/t_xsd.h"
#include "t_peer.h"

#define CONVERSATION "4711000815"

static const char content[] = "<nachricht>Inhalt</nachricht>";

static void make_package(struct t_peer *p)
{
	p->package_own = t_package(content, sizeof(content) - 1, NULL, osci_key_cert(p->office_cipher));
	p->package = p->package_own->xml;
	p->package_len = p->package_own->len;
}

/* Making a key costs half a second: those of one side share it, their certificates differ. */
static struct osci_key *key_of(const char *cn, const char *usage, EVP_PKEY **pkey)
{
	struct t_pair pair = t_pair_make(&(struct t_pair_opts){ .cn = cn, .usage = usage, .pkey = *pkey });
	struct osci_key *key = t_pair_key(&pair);

	if (!*pkey) {
		*pkey = pair.pkey;
		EVP_PKEY_up_ref(*pkey);
	}
	t_pair_free(&pair);
	return key;
}

void t_peer_init(struct t_peer *p, bool plain)
{
	EVP_PKEY *own = NULL, *theirs = NULL;

	memset(p, 0, sizeof(*p));
	p->plain = plain;
	p->sign = key_of("Vermittler Signatur", "digitalSignature", &own);
	p->cipher = key_of("Vermittler Chiffrierung", "keyEncipherment", &own);
	p->stranger = key_of("Fremder", "digitalSignature", &own);
	p->office = key_of("Amt Signatur", "digitalSignature", &theirs);
	p->office_cipher = key_of("Amt Chiffrierung", "keyEncipherment", &theirs);
	EVP_PKEY_free(own);
	EVP_PKEY_free(theirs);
	assert_int_equal(osci_trust_new(&p->client_trust), 0);
	assert_int_equal(osci_trust_add(p->client_trust, osci_key_cert(p->sign)), 0);
	assert_int_equal(osci_trust_add(p->client_trust, osci_key_cert(p->office)), 0);
	assert_int_equal(osci_trust_new(&p->trust), 0);
	assert_int_equal(osci_trust_add(p->trust, osci_key_cert(p->office)), 0);
	make_package(p);
	t_peer_reset(p);
}

void t_peer_reset(struct t_peer *p)
{
	const struct t_peer old = *p;
	size_t i;

	for (i = 0; i <= T_CHUNKS; i++)
		osci_blob_unref(p->chunks[i]);
	osci_blob_unref(p->large);
	*p = (struct t_peer){
		.sign = old.sign, .cipher = old.cipher, .stranger = old.stranger, .office = old.office,
		.office_cipher = old.office_cipher, .client_trust = old.client_trust, .trust = old.trust, .plain = old.plain,
		.package = old.package, .package_len = old.package_len, .package_own = old.package_own,
		.twist_at = -1, .shown = -1,
	};
}

void t_peer_done(struct t_peer *p)
{
	t_peer_reset(p);
	osci_key_unref(p->sign);
	osci_key_unref(p->cipher);
	osci_key_unref(p->stranger);
	osci_key_unref(p->office);
	osci_key_unref(p->office_cipher);
	osci_trust_freep(&p->client_trust);
	osci_trust_freep(&p->trust);
	osci_package_freep(&p->package_own);
}

struct osci_client_conf t_peer_conf(struct t_peer *p)
{
	return (struct osci_client_conf){
		.sign = p->office, .decrypt = &p->office_cipher, .n_decrypt = 1,
		.intermediary_cipher = p->plain ? NULL : osci_key_cert(p->cipher),
		.intermediary_signer = osci_key_cert(p->sign), .trust = p->client_trust,
	};
}

struct osci_delivery t_peer_delivery(struct t_peer *p)
{
	return (struct osci_delivery){
		.subject = "Betreff & mehr", .addressee = osci_key_cert(p->office_cipher), .data = content,
		.len = sizeof(content) - 1, .author = p->office,
	};
}

static void delivery_id(char *out, size_t size, unsigned n)
{
	snprintf(out, size, "d%u@intermed", n);
}

static bool is_pending(const struct t_peer *p, unsigned n)
{
	return n < p->deliveries && !(p->gone & 1u << n);
}

/* The delivery that the rule means, or -1. */
static int select_delivery(const struct t_peer *p, const struct osci_selection *s)
{
	char id[32];
	unsigned n;

	for (n = 0; n < p->deliveries; n++) {
		delivery_id(id, sizeof(id), n);
		if (is_pending(p, n) && (s->kind != OSCI_SELECT_MESSAGE_ID || !strcmp(s->message_ids[0], id)))
			return (int)n;
	}
	return -1;
}

/* What the order deserves. */
static const char *verdict(struct t_peer *p, const struct osci_message *m)
{
	switch (m->type) {
	case OSCI_STORE_DELIVERY:
	case OSCI_FORWARD_DELIVERY:
		if (p->stored_id[0] && !strcmp(m->message_id, p->stored_id))
			return "9801";
		snprintf(p->stored_id, sizeof(p->stored_id), "%s", m->message_id);
		p->stores++;
		return "0800";
	case OSCI_FETCH_PROCESS_CARD:
		if (m->selection.kind != OSCI_SELECT_MESSAGE_ID)
			return select_delivery(p, &m->selection) < 0 ? "9804" : "0801";
		assert_int_equal(m->selection.n_message_ids, 1);
		return p->stored_id[0] && !strcmp(m->selection.message_ids[0], p->stored_id) ? "0801" : "9804";
	case OSCI_FETCH_DELIVERY:
		return select_delivery(p, &m->selection) < 0 ? "9803" : "0801";
	case OSCI_MEDIATE_DELIVERY:
		return p->no_reply ? "9806" : "0801";
	case OSCI_INIT_DIALOG:
		return "0801";
	default:
		return "0800";
	}
}

#define CARDS 16

/* What an answer borrows until it is written. */
struct answer {
	struct osci_feedback fb[2];
	struct osci_card cards[CARDS];
	char ids[CARDS][32];
	struct osci_draft_cert cert;
	struct t_chunk_answer chunk;
};

static void add_card(struct osci_draft *d, struct answer *a, const char *id)
{
	a->cards[d->n_cards++] = (struct osci_card){
		.message_id = id, .recent_modification = "2026-11-22T09:00:00Z", .creation = "2026-11-22T09:00:00Z",
		.forwarding = "2026-11-22T09:00:00Z",
	};
	d->cards = a->cards;
}

static void add_content(struct t_peer *p, struct osci_draft *d, struct answer *a)
{
	d->has_package = !p->no_content;
	d->package = p->package;
	d->package_len = p->package_len;
	a->cert = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, osci_key_cert(p->office_cipher), NULL };
	d->certs = &a->cert;
	d->n_certs = 1;
}

static void fill_fetched(struct t_peer *p, const struct osci_message *m, struct osci_draft *d, struct answer *a)
{
	unsigned n;

	p->shown = select_delivery(p, &m->selection);
	if (p->shown < 0)
		return;
	delivery_id(a->ids[0], sizeof(a->ids[0]), (unsigned)p->shown);
	add_card(d, a, p->foreign_card ? "fremd" : a->ids[0]);
	add_content(p, d, a);
	p->taken++;
	for (n = 0; n < p->deliveries; n++)
		if (is_pending(p, n) && (int)n != p->shown) {
			d->feedback--;
			d->n_feedback++;
			break;
		}
}

static void fill_cards(struct t_peer *p, const struct osci_message *m, struct osci_draft *d, struct answer *a)
{
	unsigned n;

	if (m->selection.kind == OSCI_SELECT_MESSAGE_ID) {
		if (!p->no_card && p->stored_id[0])
			add_card(d, a, p->foreign_card ? "fremd" : p->stored_id);
		return;
	}
	assert_true(m->selection.no_reception);
	assert_string_equal(m->selection.role, "Addressee");
	for (n = 0; n < p->deliveries; n++) {
		delivery_id(a->ids[n], sizeof(a->ids[n]), n);
		if (is_pending(p, n))
			add_card(d, a, a->ids[n]);
	}
}

static void fill(struct t_peer *p, const struct osci_message *m, struct osci_draft *d, struct answer *a)
{
	const char *code;

	d->type = osci_type_answer(m->type);
	d->selection = m->selection;
	if (m->type == OSCI_PARTIAL_STORE_DELIVERY)
		code = t_peer_take_chunk(p, m, d, &a->chunk);
	else if (m->type == OSCI_PARTIAL_FETCH_DELIVERY)
		code = t_peer_give_chunk(p, m, d, &a->chunk);
	else
		code = verdict(p, m);
	if (p->code[m->type])
		code = p->code[m->type];
	a->fb[0] = (struct osci_feedback){ "3800", "de", "weitere" };
	a->fb[1] = (struct osci_feedback){ code, "de", "Text" };
	d->feedback = &a->fb[1];
	d->n_feedback = 1;
	d->features = &p->features;
	if (code[0] == '9' && strcmp(code, "9806"))
		return;
	switch (m->type) {
	case OSCI_GET_MESSAGE_ID:
		d->message_id = "m1@intermed";
		break;
	case OSCI_STORE_DELIVERY:
	case OSCI_FORWARD_DELIVERY:
		if (!p->no_card && p->stored_id[0])
			add_card(d, a, p->foreign_card ? "fremd" : p->stored_id);
		if (m->type == OSCI_FORWARD_DELIVERY && d->n_cards)
			a->cards[0].reception = "2026-11-22T09:00:00Z";
		break;
	case OSCI_PARTIAL_STORE_DELIVERY:
		if (d->n_inside_feedback && d->inside_feedback->code[0] != '9' && !p->no_card)
			add_card(d, a, p->foreign_card ? "fremd" : p->stored_id);
		break;
	case OSCI_FETCH_PROCESS_CARD:
		fill_cards(p, m, d, a);
		break;
	case OSCI_FETCH_DELIVERY:
		fill_fetched(p, m, d, a);
		break;
	case OSCI_MEDIATE_DELIVERY:
		if (m->message_id) {
			add_card(d, a, p->foreign_card ? "fremd" : m->message_id);
			a->cards[0].reception = "2026-11-22T09:00:00Z";
		}
		if (p->no_reply)
			break;
		if (m->message_id)
			add_card(d, a, "r1@intermed");
		add_content(p, d, a);
		break;
	default:
		break;
	}
}

static void control(struct t_peer *p, const struct osci_message *m, struct osci_draft *d, enum t_twist twist)
{
	bool dialog = m->control.conversation_id || m->type == OSCI_INIT_DIALOG;
	static char own[64];
	static unsigned n;

	if (m->control.conversation_id) {
		/* Whoever goes on has received what was shown. */
		if (p->shown >= 0)
			p->gone |= 1u << p->shown;
		p->shown = -1;
		assert_string_equal(m->control.conversation_id, CONVERSATION);
		assert_int_equal(m->control.sequence, p->sequence++);
		assert_string_equal(m->control.response, p->challenge);
	} else {
		assert_null(m->control.response);
		p->sequence = 0;
	}
	assert_true(strlen(m->control.challenge) >= 24);
	snprintf(own, sizeof(own), "%s", m->control.challenge);
	if (twist == T_RESPONSE)
		own[5] = own[5] == 'A' ? 'B' : 'A';
	if (twist == T_RESPONSE_CUT)
		own[strlen(own) - 1] = '\0';
	snprintf(p->challenge, sizeof(p->challenge), "peer-challenge-%u", n++);
	d->control = (struct osci_control){
		.response = own, .challenge = m->type == OSCI_EXIT_DIALOG ? NULL : p->challenge,
		.conversation_id = twist == T_CONVERSATION ? "999" : dialog ? CONVERSATION : "12345",
		.has_sequence = m->type != OSCI_INIT_DIALOG, .sequence = m->control.sequence,
	};
	if (twist == T_SEQUENCE)
		d->control.sequence += 1;
}

unsigned char *t_peer_answer(struct t_peer *p, const void *order, size_t len, size_t *ret_len)
{
	struct osci_open_opts opts = { .keys = &p->cipher, .n_keys = 1, .trust = p->trust, .now = T_NOW,
				       .policy = { .require_signature = true, .require_encryption = !p->plain } };
	struct osci_write_opts write = { .signer = p->sign };
	struct osci_draft d = { 0 }, other = { 0 };
	struct answer a = { 0 };
	struct osci_message *m = NULL;
	struct osci_err err;
	enum t_twist twist = p->twist_at == p->n_orders ? p->twist : T_HONEST;
	unsigned char *out = NULL;

	t_xsd_check(order, len, &p->cipher, 1, 0);
	if (osci_open(&m, order, len, &opts, &err))
		fail_msg("order: %s %s", err.where, err.what);
	assert_true((size_t)p->n_orders < sizeof(p->orders) / sizeof(p->orders[0]));
	p->orders[p->n_orders++] = m->type;
	p->named = osci_message_cert(m, OSCI_CIPHER_ORIGINATOR) != NULL;
	control(p, m, &d, twist);
	fill(p, m, &d, &a);
	if (!p->plain && twist != T_PLAIN)
		write.encrypt_for = osci_key_cert(p->office_cipher);
	switch (twist) {
	case T_UNSIGNED: write.signer = NULL; break;
	case T_STRANGER: write.signer = p->stranger; break;
	case T_OTHER_TRUSTED: write.signer = p->office; break;
	case T_FAULT:
		d = (struct osci_draft){ .type = OSCI_FAULT, .fault_code = "Client", .fault_osci = "9400",
					 .fault_text = "Text" };
		break;
	case T_OTHER_TYPE:
		other = (struct osci_draft){ .type = m->type == OSCI_EXIT_DIALOG ? OSCI_RESPONSE_TO_GET_MESSAGE_ID :
									      OSCI_RESPONSE_TO_EXIT_DIALOG,
					     .control = d.control, .feedback = d.feedback, .n_feedback = 1 };
		other.control.has_sequence = true;
		if (m->type != OSCI_EXIT_DIALOG)
			other.control.challenge = NULL;
		d = other;
		break;
	case T_NO_ANSWER_AT_ALL:
		osci_message_freep(&m);
		*ret_len = 20;
		return (unsigned char *)strdup("<html>Proxy</html>\r\n");
	default: break;
	}
	if (p->shown >= 0 && p->unreadable & 1u << p->shown) {
		osci_message_freep(&m);
		*ret_len = 6;
		return (unsigned char *)strdup("kaputt");
	}
	if (osci_write(&out, ret_len, &d, &write, &err))
		fail_msg("answer %s: %s %s", osci_type_name(d.type), err.where, err.what);
	t_xsd_check(out, *ret_len, &p->office_cipher, 1, T_XSD_ECHO | T_XSD_PROCARD);
	osci_message_freep(&m);
	return out;
}

void t_peer_exchange(struct t_peer *p, struct osci_seq *q)
{
	unsigned char *order, *answer;
	struct osci_stream *stream;
	size_t len;

	assert_int_equal(osci_seq_step(q), OSCI_STEP_POST);
	assert_int_equal(osci_seq_continue(q, NULL), OSCI_E_STATE);
	assert_int_equal(osci_seq_output_stream(q, &stream, NULL), 0);
	assert_int_equal(osci_stream_to_memory(stream, &order, &len, NULL), 0);
	osci_stream_freep(&stream);
	answer = t_peer_answer(p, order, len, &len);
	(void)osci_seq_input(q, answer, len, T_NOW, NULL);
	free(order);
	free(answer);
}

enum osci_step t_peer_run(struct t_peer *p, struct osci_seq *q)
{
	for (;;) {
		enum osci_step step = osci_seq_step(q);

		if (step == OSCI_STEP_POST) {
			t_peer_exchange(p, q);
			continue;
		}
		assert_int_equal(osci_seq_input(q, "x", 1, T_NOW, NULL), OSCI_E_STATE);
		if (step == OSCI_STEP_FAILED)
			print_message("# %s %s %s\n", osci_seq_error(q)->feedback, osci_seq_error(q)->where,
				      osci_seq_error(q)->what);
		if (step != OSCI_STEP_SAVE_ID && step != OSCI_STEP_DELIVERY)
			return step;
		(void)osci_seq_continue(q, NULL);
	}
}
