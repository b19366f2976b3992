/* SPDX-License-Identifier: Apache-2.0 */
/* party - see party.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_db.h"
#include "lib/t_xsd.h"
#include "party.h"
#include "xml/xml.h"

/* Content of others is handed on as it is, valid or not. */
#define CARRIED (T_XSD_CONTENT | T_XSD_ONE_FOR_ALL | T_XSD_PROCARD)

struct im_service im;
struct im_settings im_set;
struct t_pair im_ca;
struct osci_trust *everyone;
int64_t now_ms = T0;
_Thread_local struct im_report report;
_Thread_local bool cut;
const char *party_peer = "192.0.2.1";

static struct party own; /* keys of the intermediary */
struct t_pair own_cipher;
static struct t_pair own_sign;
static char dir[] = "/tmp/xausl-im-XXXXXX";
static char file[64];
static _Thread_local char verdict[16];

EVP_PKEY *test_pkey(unsigned i)
{
	static EVP_PKEY *keys[3];

	if (!keys[i])
		keys[i] = EVP_RSA_gen(3072);
	assert_non_null(keys[i]);
	return keys[i];
}

void party_make(struct party *p, const char *name, EVP_PKEY *pkey, const struct t_pair *issuer, int64_t from, int64_t to)
{
	struct t_pair_opts o = { .cn = name, .pkey = pkey, .issuer = issuer, .not_before = from, .not_after = to };
	struct t_pair sign, cipher;

	*p = (struct party){ 0 };
	o.usage = "digitalSignature,nonRepudiation";
	sign = t_pair_make(&o);
	o.pkey = sign.pkey;
	o.usage = "keyEncipherment,dataEncipherment";
	cipher = t_pair_make(&o);
	p->sign = t_pair_key(&sign);
	p->cipher = t_pair_key(&cipher);
	t_pair_free(&sign);
	t_pair_free(&cipher);
}

void party_free(struct party *p)
{
	osci_key_unrefp(&p->sign);
	osci_key_unrefp(&p->cipher);
}

void world_begin(void)
{
	struct osci_cert *ca;

	assert_int_equal(osci_xml_init(), 0);
	assert_int_equal(osci_crypto_init(NULL), 0);
	im_ca = t_pair_make(&(struct t_pair_opts){ .cn = "CA", .curve = "P-256", .usage = "critical,keyCertSign,cRLSign",
						   .constraints = "critical,CA:TRUE",
						   .not_before = T_NOW - 100 * 86400, .not_after = T_NOW + 100 * 86400 });
	own_sign = t_pair_make(&(struct t_pair_opts){ .cn = "intermediary", .pkey = test_pkey(0), .issuer = &im_ca,
						      .usage = "digitalSignature" });
	own_cipher = t_pair_make(&(struct t_pair_opts){ .cn = "intermediary", .pkey = test_pkey(0), .issuer = &im_ca,
							.usage = "keyEncipherment,dataEncipherment" });
	own = (struct party){ .sign = t_pair_key(&own_sign), .cipher = t_pair_key(&own_cipher) };
	ca = t_pair_cert(&im_ca);
	assert_int_equal(osci_trust_new(&everyone), 0);
	assert_int_equal(osci_trust_add(everyone, ca), 0);
	osci_cert_unrefp(&ca);
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/im.db", dir);
}

void world_write_keys(const char *sign, const char *cipher, const char *password)
{
	t_pair_write_p12(&own_sign, sign, password);
	t_pair_write_p12(&own_cipher, cipher, password);
}

const struct osci_cert *world_sign_cert(void)
{
	return osci_key_cert(own.sign);
}

struct osci_cert *world_cipher_cert(void)
{
	return osci_key_cert(own.cipher);
}

void world_end(void)
{
	party_free(&own);
	t_pair_free(&own_sign);
	t_pair_free(&own_cipher);
	osci_trust_freep(&everyone);
	t_pair_free(&im_ca);
	t_db_remove(file);
	rmdir(dir);
}

static int64_t world_clock(void *arg)
{
	return now_ms;
}

void im_begin(void)
{
	t_db_remove(file);
	now_ms = T0;
	im_set = (struct im_settings){
		.sign = own.sign, .cipher = &own.cipher, .n_cipher = 1, .trust = everyone, .judge = { .trust = everyone },
		.require_signature = true, .require_encryption = true,
		.host = "im.example", .database = file,
		.dialog_timeout = 600000, .dialogs_max = 100, .dialogs_client = 10,
		.card_retention = INT64_C(90) * 86400000, .cards_max = 100,
		.store = { 1000, 100000000, 1000 },
		.relays_max = 3, .relays_recipient = 1, .clock = world_clock,
		.chunk_min = 1024, .chunk_max = 65536, .chunk_message = 10 << 20, .chunk_timeout = 3600000,
	};
	osci_limits_default(&im_set.limits);
	assert_int_equal(im_service_open(&im, &im_set, NULL), 0);
}

void im_end(void)
{
	im_service_close(&im);
}

void im_restart(void)
{
	im_service_close(&im);
	assert_int_equal(im_service_open(&im, &im_set, NULL), 0);
}

struct osci_message *party_open(struct party *p, const void *data, size_t len)
{
	const struct osci_open_opts opts = { .keys = &p->cipher, .n_keys = 1, .trust = everyone,
					     .signer = osci_key_cert(own.sign), .now = T_NOW };
	struct osci_message *m = NULL;
	struct osci_err err = { 0 };

	if (osci_open(&m, data, len, &opts, &err))
		fail_msg("answer does not open: %s %s: %s", err.feedback, err.where, err.what);
	return m;
}

/* Octets of an order in, octets of its answer out; NULL if the connection is cut. */
static unsigned char *hand_in(const void *data, size_t len, size_t *ret_len)
{
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	unsigned char *answer = NULL;

	assert_int_equal(osci_blob_copy(&body, data, len), 0);
	if (im_service_handle(&im, now_ms, party_peer, body, &stream, &cut, &report)) {
		assert_null(stream);
		return NULL;
	}
	assert_int_equal(osci_stream_to_memory(stream, &answer, ret_len, NULL), 0);
	return answer;
}

unsigned char *(*party_carry)(const void *data, size_t len, size_t *ret_len) = hand_in;

unsigned char *party_write(struct party *p, struct osci_draft *d, size_t *ret_len)
{
	struct osci_write_opts opts = { .signer = p->unsigned_order ? NULL : p->sign };
	unsigned char *body = NULL;
	struct osci_err err = { 0 };
	int r;

	if (!p->plain)
		opts.encrypt_for = p->encrypt_for ? p->encrypt_for : osci_key_cert(own.cipher);
	if (!d->control.challenge)
		d->control.challenge = "VGVzdC1DaGFsbGVuZ2UtMDE=";
	if (d->type != OSCI_INIT_DIALOG && !d->control.has_sequence) {
		d->control.has_sequence = true;
		d->control.sequence = p->in_dialog ? p->sequence : 0;
	}
	if (p->in_dialog && d->type != OSCI_INIT_DIALOG) {
		if (!d->control.response)
			d->control.response = p->response;
		if (!d->control.conversation_id)
			d->control.conversation_id = p->conversation;
	}
	r = osci_write(&body, ret_len, d, &opts, &err);
	if (r)
		fail_msg("order not written: %s %s", err.where, err.what);
	return body;
}

unsigned char *party_send(struct party *p, struct osci_draft *d, size_t *ret_len)
{
	_cleanup_(osci_freep) unsigned char *body = NULL;
	unsigned char *answer;
	size_t len;

	body = party_write(p, d, &len);
	if (!p->unchecked)
		t_xsd_check(body, len, &own.cipher, 1, CARRIED);
	answer = party_carry(body, len, ret_len);
	if (answer && !p->unchecked)
		t_xsd_check(answer, *ret_len, &p->cipher, 1, CARRIED | T_XSD_ECHO);
	return answer;
}

static struct osci_message *take_answer(struct party *p, const struct osci_control *c, const void *data, size_t len)
{
	struct osci_message *m = party_open(p, data, len);

	if (m->type == OSCI_FAULT)
		return m;
	assert_int_equal(m->transport_encrypted, !p->plain);
	assert_int_equal(m->signature.status, OSCI_SIG_VALID);
	assert_string_equal(m->control.response, c->challenge);
	if (m->type == OSCI_RESPONSE_TO_EXIT_DIALOG) {
		p->in_dialog = false;
		assert_null(m->control.challenge);
		return m;
	}
	assert_non_null(m->control.challenge);
	if (m->type == OSCI_RESPONSE_TO_INIT_DIALOG) {
		assert_false(m->control.has_sequence);
		p->in_dialog = m->n_feedback && m->feedback[m->n_feedback - 1].code[0] == '0';
		p->sequence = 0;
	} else {
		assert_true(m->control.has_sequence);
		assert_int_equal(m->control.sequence, c->sequence);
		if (p->in_dialog) {
			assert_string_equal(m->control.conversation_id, p->conversation);
			p->sequence++;
		}
	}
	snprintf(p->response, sizeof(p->response), "%s", m->control.challenge);
	snprintf(p->conversation, sizeof(p->conversation), "%s", m->control.conversation_id);
	return m;
}

struct osci_message *party_order(struct party *p, struct osci_draft *d)
{
	_cleanup_(osci_freep) unsigned char *answer = NULL;
	size_t len;

	answer = party_send(p, d, &len);
	assert_non_null(answer);
	return take_answer(p, &d->control, answer, len);
}

struct osci_message *hand_over(struct party *p, const void *data, size_t len)
{
	_cleanup_(osci_freep) unsigned char *answer = NULL;
	size_t answer_len;

	answer = party_carry(data, len, &answer_len);
	assert_non_null(answer);
	t_xsd_check(answer, answer_len, &p->cipher, 1, CARRIED | T_XSD_ECHO);
	return party_open(p, answer, answer_len);
}

/* Verdict of @m, and @m is gone. */
static const char *judge(struct osci_message *m)
{
	snprintf(verdict, sizeof(verdict), "%s", m->type == OSCI_FAULT ? m->fault_osci : osci_message_verdict(m));
	if (party_carry == hand_in) {
		assert_string_equal(verdict, report.code);
		assert_int_equal(report.fault, m->type == OSCI_FAULT);
	}
	osci_message_freep(&m);
	return verdict;
}

const char *do_init(struct party *p)
{
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(p->cipher), NULL };
	struct osci_draft d = { .type = OSCI_INIT_DIALOG, .certs = &cert, .n_certs = 1 };

	p->in_dialog = false;
	return judge(party_order(p, &d));
}

const char *do_exit(struct party *p)
{
	struct osci_draft d = { .type = OSCI_EXIT_DIALOG };

	return judge(party_order(p, &d));
}

const char *do_get_id(struct party *p, char *ret)
{
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(p->cipher), NULL };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .certs = &cert, .n_certs = p->in_dialog ? 0 : 1 };
	struct osci_message *m = party_order(p, &d);

	snprintf(ret, 300, "%s", m->message_id ? m->message_id : "");
	return judge(m);
}

void party_draft(struct party *p, const struct party *to, enum osci_type type, const char *id, const char *text,
		 struct osci_draft *d, struct osci_draft_cert *certs, struct osci_package **package)
{
	*package = t_package(text, strlen(text), p->sign, osci_key_cert(to->cipher));
	certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ORIGINATOR, osci_key_cert(p->cipher), NULL };
	certs[1] = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, osci_key_cert(to->cipher), NULL };
	*d = (struct osci_draft){ .type = type, .certs = certs, .n_certs = 2, .message_id = id,
				  .subject = "Betreff & <mehr>" };
	t_package_into(d, *package);
}

const char *do_store(struct party *p, const char *id, const struct party *to, const char *text)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct osci_message *m;
	struct osci_draft d;

	party_draft(p, to, OSCI_STORE_DELIVERY, id, text, &d, certs, &package);
	m = party_order(p, &d);
	if (m->type == OSCI_RESPONSE_TO_STORE_DELIVERY && osci_message_verdict(m)[0] == '0') {
		assert_int_equal(m->n_cards, 1);
		assert_string_equal(m->cards[0].message_id, id);
		assert_non_null(m->cards[0].creation);
		assert_null(m->cards[0].forwarding);
		assert_int_equal(m->cards[0].n_inspections, 3);
		assert_string_equal(m->cards[0].inspections[0].math, "ok");
	} else {
		assert_int_equal(m->n_cards, 0);
	}
	return judge(m);
}

void party_content(struct party *p, const struct osci_message *m, char *ret)
{
	const struct osci_open_opts opts = { .keys = &p->cipher, .n_keys = 1, .trust = everyone, .now = T_NOW,
					     .policy = { .require_content_signature = true } };
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	struct osci_err err = { 0 };

	if (osci_contents_open(&c, m, &opts, &err))
		fail_msg("content: %s %s: %s", err.feedback, err.where, err.what);
	assert_int_equal(c->n_items, 1);
	assert_true(c->items[0].encrypted);
	snprintf(ret, 300, "%.*s", (int)c->items[0].len, (const char *)c->items[0].data);
}

const char *do_fetch(struct party *p, char *ret)
{
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY };
	struct osci_message *m = party_order(p, &d);

	ret[0] = '\0';
	if (m->has_content) {
		party_content(p, m, ret);
		assert_int_equal(m->n_cards, 1);
		assert_non_null(m->cards[0].creation);
		assert_non_null(m->cards[0].forwarding);
		assert_null(m->cards[0].reception);
		assert_string_equal(m->cards[0].subject, "Betreff & <mehr>");
		assert_true(osci_cert_equal(osci_message_cert(m, OSCI_CIPHER_ADDRESSEE), osci_key_cert(p->cipher)));
	}
	return judge(m);
}

const char *do_card(struct party *p, const char *id, char *ret)
{
	struct osci_draft d = { .type = OSCI_FETCH_PROCESS_CARD,
				.selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &id, .n_message_ids = 1 } };
	struct osci_message *m = party_order(p, &d);

	ret[0] = '\0';
	if (m->n_cards) {
		assert_string_equal(m->cards[0].message_id, id);
		snprintf(ret, 4, "%s%s%s", m->cards[0].creation ? "C" : "", m->cards[0].forwarding ? "F" : "",
			 m->cards[0].reception ? "R" : "");
	}
	return judge(m);
}
