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
	p->twist_at = -1;
	p->twist = T_HONEST;
	memset(p->code, 0, sizeof(p->code));
	p->no_card = p->foreign_card = p->no_content = false;
	p->deliveries = p->stores = p->sequence = p->taken = 0;
	p->stored_id[0] = p->challenge[0] = '\0';
	p->n_orders = 0;
}

void t_peer_done(struct t_peer *p)
{
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

/* What the order deserves. */
static const char *verdict(struct t_peer *p, const struct osci_message *m)
{
	switch (m->type) {
	case OSCI_STORE_DELIVERY:
		if (p->stored_id[0] && !strcmp(m->message_id, p->stored_id))
			return "9801";
		snprintf(p->stored_id, sizeof(p->stored_id), "%s", m->message_id);
		p->stores++;
		return "0800";
	case OSCI_FETCH_PROCESS_CARD:
		assert_int_equal(m->selection.n_message_ids, 1);
		return p->stored_id[0] && !strcmp(m->selection.message_ids[0], p->stored_id) ? "0801" : "9804";
	case OSCI_FETCH_DELIVERY:
		return p->taken < p->deliveries ? "0801" : "9803";
	case OSCI_INIT_DIALOG:
		return "0801";
	default:
		return "0800";
	}
}

static void fill(struct t_peer *p, const struct osci_message *m, struct osci_draft *d, struct osci_feedback fb[2],
		 struct osci_card *card, struct osci_draft_cert *cert)
{
	const char *code = verdict(p, m);
	bool positive;

	if (p->code[m->type])
		code = p->code[m->type];
	positive = code[0] != '9';
	d->type = osci_type_answer(m->type);
	d->feedback = fb;
	fb[0] = (struct osci_feedback){ "3800", "de", "weitere" };
	fb[1] = (struct osci_feedback){ code, "de", "Text" };
	d->n_feedback = 2;
	if (m->type != OSCI_FETCH_DELIVERY || !positive || p->taken + 1 >= p->deliveries) {
		d->feedback++;
		d->n_feedback--;
	}
	*card = (struct osci_card){ .message_id = p->foreign_card ? "fremd" : p->stored_id,
				    .recent_modification = "2026-11-22T09:00:00Z", .creation = "2026-11-22T09:00:00Z",
				    .forwarding = "2026-11-22T09:00:00Z" };
	d->cards = card;
	if (m->type == OSCI_GET_MESSAGE_ID && positive)
		d->message_id = "m1@intermed";
	if ((m->type == OSCI_STORE_DELIVERY || m->type == OSCI_FETCH_PROCESS_CARD) && positive && !p->no_card &&
	    p->stored_id[0])
		d->n_cards = 1;
	d->selection = m->selection;
	if (m->type == OSCI_FETCH_DELIVERY && positive) {
		card->message_id = "m9@intermed";
		d->n_cards = 1;
		d->has_package = !p->no_content;
		d->package = p->package;
		d->package_len = p->package_len;
		*cert = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, osci_key_cert(p->office_cipher), NULL };
		d->certs = cert;
		d->n_certs = 1;
		p->taken++;
	}
}

static void control(struct t_peer *p, const struct osci_message *m, struct osci_draft *d, enum t_twist twist)
{
	bool dialog = m->control.conversation_id || m->type == OSCI_INIT_DIALOG;
	static char own[64];
	static unsigned n;

	if (m->control.conversation_id) {
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
		.response = own, .challenge = d->type == OSCI_RESPONSE_TO_EXIT_DIALOG ? NULL : p->challenge,
		.conversation_id = twist == T_CONVERSATION ? "999" : dialog ? CONVERSATION : "12345",
		.has_sequence = d->type != OSCI_RESPONSE_TO_INIT_DIALOG, .sequence = m->control.sequence,
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
	struct osci_feedback fb[2];
	struct osci_draft_cert cert;
	struct osci_card card;
	struct osci_message *m = NULL;
	struct osci_err err;
	enum t_twist twist = p->twist_at == p->n_orders ? p->twist : T_HONEST;
	unsigned char *out = NULL;

	t_xsd_check(order, len, &p->cipher, 1, 0);
	if (osci_open(&m, order, len, &opts, &err))
		fail_msg("order: %s %s", err.where, err.what);
	assert_true(p->n_orders < 64);
	p->orders[p->n_orders++] = m->type;
	fill(p, m, &d, fb, &card, &cert);
	control(p, m, &d, twist);
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
	if (osci_write(&out, ret_len, &d, &write, &err))
		fail_msg("answer %s: %s %s", osci_type_name(d.type), err.where, err.what);
	t_xsd_check(out, *ret_len, &p->office_cipher, 1, T_XSD_ECHO);
	osci_message_freep(&m);
	return out;
}
