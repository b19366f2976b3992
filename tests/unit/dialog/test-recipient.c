/* SPDX-License-Identifier: Apache-2.0 */
/* test-recipient - what a passive recipient takes, refuses and answers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include <osci/recipient.h>
#include "base/text.h"
#include "blob/blob.h"
#include "crypto/crypto.h"
#include "mime/mime.h"
#include "wire/types.h"
#include "lib/t_xsd.h"
#include "t_peer.h"

#define CHALLENGE "eine-Frage-0123456789"

static struct t_peer peer; /* its keys: sign and cipher are the intermediary's, office's are the recipient's */
static const struct osci_cert *known[1];

/* What the order is made with. */
struct order {
	bool process; /* ProcessDelivery */
	const struct osci_key *signer; /* NULL = the intermediary */
	bool unsigned_, plain, no_cipher, no_card;
	const struct osci_cert *encrypt_for;
	const char *languages;
	struct osci_suite suite;
	const char *id_response;
};

static struct osci_recipient_conf conf(void)
{
	return (struct osci_recipient_conf){
		.sign = peer.office, .decrypt = &peer.office_cipher, .n_decrypt = 1, .trust = peer.client_trust,
		.intermediaries = known, .n_intermediaries = 1,
	};
}

static struct osci_blob *make(const struct order *o)
{
	struct osci_card card = { .message_id = "m7@intermed", .recent_modification = "2026-11-22T09:00:00Z",
				  .creation = "2026-11-22T09:00:00Z", .forwarding = "2026-11-22T09:00:00Z" };
	struct osci_draft_cert certs[3] = {
		{ OSCI_CIPHER_ADDRESSEE, osci_key_cert(peer.office_cipher), NULL },
		{ OSCI_CIPHER_ORIGINATOR, osci_key_cert(peer.stranger), NULL },
		{ OSCI_CIPHER_INTERMEDIARY, osci_key_cert(peer.cipher), NULL },
	};
	struct osci_draft d = {
		.type = o->process ? OSCI_PROCESS_DELIVERY : OSCI_ACCEPT_DELIVERY,
		.control = { .challenge = CHALLENGE }, .languages = o->languages, .cards = &card, .n_cards = !o->no_card,
		.certs = certs, .n_certs = o->no_cipher ? 2 : 3, .has_package = true, .package = peer.package,
		.package_len = peer.package_len, .message_id_response = o->id_response,
	};
	const struct osci_key *signer = o->signer ? o->signer : peer.sign;
	const struct osci_cert *cipher = o->encrypt_for ? o->encrypt_for : osci_key_cert(peer.office_cipher);
	struct osci_write_opts opts = { .signer = o->unsigned_ ? NULL : signer, .suite = o->suite,
					.encrypt_for = o->plain ? NULL : cipher };
	struct osci_blob *b;
	struct osci_err err;
	unsigned char *out;
	size_t len;

	if (osci_write(&out, &len, &d, &opts, &err))
		fail_msg("order: %s %s", err.where, err.what);
	assert_int_equal(osci_blob_take(&b, out, len, false), 0);
	return b;
}

#define ORDER(...) make(&(struct order){ __VA_ARGS__ })

/* What the intermediary reads of an answer. */
static struct osci_message *read_answer(struct osci_stream **s, bool encrypted)
{
	struct osci_open_opts opts = { .keys = &peer.cipher, .n_keys = 1, .trust = peer.trust, .now = T_NOW };
	struct osci_message *m = NULL;
	unsigned char *data;
	struct osci_err err;
	size_t len;

	assert_non_null(*s);
	assert_int_equal(osci_stream_to_memory(*s, &data, &len, NULL), 0);
	osci_stream_freep(s);
	if (osci_open(&m, data, len, &opts, &err))
		fail_msg("answer: %s %s", err.where, err.what);
	assert_int_equal(m->transport_encrypted, encrypted);
	(void)t_xsd_check(data, len, &peer.cipher, 1, 0);
	free(data);
	return m;
}

/* Opens @body (given up) by a recipient of @c; the order, or NULL and the answer. */
static struct osci_message *open_with(const struct osci_recipient_conf *c, struct osci_blob *body, int want,
				      struct osci_stream **answer, struct osci_err *err)
{
	struct osci_recipient *p = NULL;
	struct osci_message *m;
	int r;

	assert_int_equal(osci_recipient_new(&p, c, NULL), 0);
	r = osci_recipient_open(p, body, T_NOW, &m, answer, err);
	if (r != want)
		fail_msg("%d: %s %s %s", r, err->feedback, err->where, err->what);
	assert_int_equal(m == NULL, r != 0);
	assert_int_equal(*answer == NULL, r == 0);
	osci_recipient_freep(&p);
	osci_blob_unref(body);
	return m;
}

static void refused(const struct osci_recipient_conf *c, struct osci_blob *body, const char *code, bool fault)
{
	struct osci_stream *answer;
	struct osci_message *m;
	struct osci_recipient *p = NULL;
	struct osci_err err = { 0 };
	int r;

	assert_int_equal(osci_recipient_new(&p, c, NULL), 0);
	r = osci_recipient_open(p, body, T_NOW, &m, &answer, &err);
	if (r <= 0 || strcmp(err.feedback, code))
		fail_msg("%s expected: %d %s %s %s", code, r, err.feedback, err.where, err.what);
	assert_null(m);
	m = read_answer(&answer, !fault);
	if (fault) {
		assert_int_equal(m->type, OSCI_FAULT);
		assert_string_equal(m->fault_osci, code);
		assert_string_equal(m->fault_code, "soap:Client");
	} else {
		assert_int_equal(m->type, OSCI_RESPONSE_TO_ACCEPT_DELIVERY);
		assert_string_equal(osci_message_verdict(m), code);
		assert_string_equal(m->control.response, CHALLENGE);
	}
	osci_message_freep(&m);
	osci_recipient_freep(&p);
	osci_blob_unref(body);
}

static void accepts(void **state)
{
	struct osci_recipient_conf c = conf();
	struct osci_recipient *p = NULL;
	struct osci_stream *s;
	struct osci_message *m, *a;
	struct osci_err err;
	int kind;

	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	for (kind = 0; kind < 2; kind++) {
		m = open_with(&c, ORDER(.plain = kind, .languages = kind ? "fr en de" : NULL), 0, &s, &err);
		assert_string_equal(osci_message_delivery_id(m), "m7@intermed");
		assert_int_equal(m->signature.status, OSCI_SIG_VALID);
		assert_int_equal(osci_recipient_answer(p, m, NULL, 0, NULL, &s, NULL), 0);
		a = read_answer(&s, !kind);
		assert_int_equal(a->type, OSCI_RESPONSE_TO_ACCEPT_DELIVERY);
		assert_string_equal(a->control.response, CHALLENGE);
		assert_null(a->control.challenge);
		assert_null(a->control.conversation_id);
		assert_string_equal(osci_message_verdict(a), "0800");
		assert_string_equal(a->feedback[0].lang, kind ? "en" : "de");
		assert_int_equal(a->signature.status, OSCI_SIG_VALID);
		assert_true(osci_cert_equal(a->signature.cert, osci_message_cert(a, OSCI_SIGN_ADDRESSEE)));
		osci_message_freep(&a);
		osci_message_freep(&m);
	}
	osci_recipient_freep(&p);
	assert_null(p);
}

/* Whatever the caller could not do is said, with a warning before it. */
static void feedback_of_the_caller(void **state)
{
	const struct osci_feedback fb[] = { { "3705", "de", "abgelaufen" }, { "9811", NULL, NULL } };
	struct osci_recipient_conf c = conf();
	struct osci_recipient *p = NULL;
	struct osci_stream *s;
	struct osci_message *m, *a;
	struct osci_err err;

	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	m = open_with(&c, ORDER(), 0, &s, &err);
	assert_int_equal(osci_recipient_answer(p, m, fb, 2, NULL, &s, NULL), 0);
	a = read_answer(&s, true);
	assert_int_equal(a->n_feedback, 2);
	assert_string_equal(a->feedback[0].code, "3705");
	assert_string_equal(osci_message_verdict(a), "9811");
	assert_true(strlen(a->feedback[1].text) > 0);
	osci_message_freep(&a);
	osci_message_freep(&m);
	osci_recipient_freep(&p);
}

/* In kind: unsigned and plain orders get such answers, where they are allowed at all. */
static void in_kind(void **state)
{
	struct osci_recipient_conf c = conf();
	struct osci_recipient *p = NULL;
	struct osci_stream *s;
	struct osci_message *m, *a;
	struct osci_err err;

	c.n_intermediaries = 0;
	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	m = open_with(&c, ORDER(.unsigned_ = true, .plain = true), 0, &s, &err);
	assert_int_equal(osci_recipient_answer(p, m, NULL, 0, NULL, &s, NULL), 0);
	a = read_answer(&s, false);
	assert_int_equal(a->signature.status, OSCI_SIG_ABSENT);
	osci_message_freep(&a);
	osci_message_freep(&m);
	m = open_with(&c, ORDER(.suite = { .iv_octets = 16, .cipher = "http://www.w3.org/2009/xmlenc11#aes128-gcm" }), 0, &s,
		      &err);
	assert_int_equal(osci_recipient_answer(p, m, NULL, 0, NULL, &s, NULL), 0);
	a = read_answer(&s, true);
	assert_int_equal(a->suite.iv_octets, 16);
	assert_string_equal(a->suite.cipher, "http://www.w3.org/2009/xmlenc11#aes128-gcm");
	osci_message_freep(&a);
	osci_message_freep(&m);
	osci_recipient_freep(&p);
}

static struct osci_package *reply_package(void)
{
	const struct osci_content_draft content = { .data = "Antwort", .len = 7 };
	const struct osci_author_draft author = { peer.office, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft reader = { osci_key_cert(peer.cipher), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft container = {
		.contents = &content, .n_contents = 1, .authors = &author, .n_authors = 1, .readers = &reader, .n_readers = 1,
	};
	const struct osci_package_opts opts = { 0 };
	struct osci_package *package = NULL;

	assert_int_equal(osci_package_new(&package, &container, 1, &opts, NULL), 0);
	return package;
}

/* Signed as originator of the reply, roles swapped, the id that was offered. */
static void replies(void **state)
{
	struct osci_open_opts opts = { .keys = &peer.cipher, .n_keys = 1, .trust = peer.trust, .now = T_NOW };
	struct osci_package *package = reply_package();
	struct osci_recipient_conf c = conf();
	struct osci_contents *contents = NULL;
	struct osci_recipient *p = NULL;
	struct osci_reply reply = { .subject = "Re: Betreff", .package = package };
	struct osci_stream *s;
	struct osci_message *m, *a;
	struct osci_err err;
	int with_id;

	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	for (with_id = 0; with_id < 2; with_id++) {
		m = open_with(&c, ORDER(.process = true, .no_card = !with_id,
					.id_response = with_id ? "r7@intermed" : NULL), 0, &s, &err);
		reply.message_id = m->message_id_response;
		assert_int_equal(reply.message_id != NULL, with_id);
		assert_int_equal(osci_recipient_answer(p, m, NULL, 0, &reply, &s, &err), 0);
		a = read_answer(&s, true);
		assert_int_equal(a->type, OSCI_RESPONSE_TO_PROCESS_DELIVERY);
		assert_true(osci_cert_equal(a->signature.cert, osci_message_cert(a, OSCI_SIGN_ORIGINATOR)));
		assert_true(osci_cert_equal(osci_key_cert(peer.office_cipher), osci_message_cert(a, OSCI_CIPHER_ORIGINATOR)));
		if (with_id)
			assert_string_equal(a->message_id, "r7@intermed");
		else
			assert_null(a->message_id);
		assert_int_equal(osci_contents_open(&contents, a, &opts, &err), 0);
		assert_memory_equal(contents->items[0].data, "Antwort", 7);
		osci_contents_freep(&contents);
		/* Accepted without a reply. */
		osci_message_freep(&a);
		assert_int_equal(osci_recipient_answer(p, m, NULL, 0, NULL, &s, NULL), 0);
		a = read_answer(&s, true);
		assert_false(a->has_content);
		assert_null(a->message_id);
		osci_message_freep(&a);
		osci_message_freep(&m);
	}
	m = open_with(&c, ORDER(), 0, &s, &err);
	assert_int_equal(osci_recipient_answer(p, m, NULL, 0, &reply, &s, NULL), OSCI_E_USAGE);
	osci_message_freep(&m);
	osci_package_freep(&package);
	osci_recipient_freep(&p);
}

static struct osci_blob *octets(const char *text)
{
	struct osci_blob *b;

	assert_int_equal(osci_blob_copy(&b, text, strlen(text)), 0);
	return b;
}

static struct osci_blob *spoilt(struct osci_blob *good, const char *at, size_t ahead)
{
	struct osci_stream *s;
	unsigned char *data, *hit;
	struct osci_blob *b;
	size_t len;

	assert_int_equal(osci_stream_of_blob(&s, good), 0);
	assert_int_equal(osci_stream_to_memory(s, &data, &len, NULL), 0);
	hit = memmem(data, len, at, strlen(at));
	assert_non_null(hit);
	hit[ahead] = hit[ahead] == 'A' ? 'B' : 'A';
	assert_int_equal(osci_blob_take(&b, data, len, false), 0);
	osci_stream_freep(&s);
	osci_blob_unref(good);
	return b;
}

static void faults(void **state)
{
	const struct osci_recipient_conf c = conf();
	struct osci_draft init = { .type = OSCI_INIT_DIALOG };
	struct osci_client_conf client_conf = t_peer_conf(&peer);
	struct osci_client *client = NULL;
	struct osci_blob *b;
	unsigned char *out;
	size_t len;

	refused(&c, octets(""), "9100", true);
	refused(&c, octets("<html/>"), "9100", true);
	/* An order to an intermediary, though signed and encrypted for us. */
	client_conf.intermediary_cipher = osci_key_cert(peer.office_cipher);
	assert_int_equal(osci_client_new(&client, &client_conf), 0);
	assert_int_equal(osci_client_request(client, &init, &out, &len, NULL), 0);
	assert_int_equal(osci_blob_take(&b, out, len, false), 0);
	refused(&c, b, "9100", true);
	osci_client_freep(&client);
	refused(&c, ORDER(.encrypt_for = osci_key_cert(peer.cipher)), "9200", true);
	refused(&c, ORDER(.no_cipher = true), "9500", true);
	/* The wrapped key is the first CipherValue. */
	refused(&c, spoilt(ORDER(), "<xenc:CipherValue>", 40), "9202", true);
}

static void policy_on_encryption(void **state)
{
	struct osci_recipient_conf c = conf();

	c.policy.require_encryption = true;
	refused(&c, ORDER(.plain = true), "9100", true);
}

/* In the matching answer, signed and encrypted, because order and sender are known. */
static void signatures(void **state)
{
	struct osci_recipient_conf c = conf();

	refused(&c, ORDER(.signer = peer.stranger), "9700", false);
	refused(&c, ORDER(.signer = peer.office), "9700", false); /* trusted, and no intermediary */
	refused(&c, ORDER(.unsigned_ = true), "9600", false);
	c.n_intermediaries = 0;
	c.policy.require_signature = true;
	refused(&c, ORDER(.unsigned_ = true), "9600", false);
}

/* @plain in an envelope of AES-256-CBC, which the library does not write. */
static struct osci_blob *cbc_envelope(struct osci_blob *plain)
{
	static const unsigned char key[32] = "not random, and nobody has to be"; /* no NUL */
	const struct osci_cert *to = osci_key_cert(peer.office_cipher);
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(1024), sealed = OSCI_BUF_INIT(1 << 20);
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(1 << 21);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char iv[16] = { 0 }, *room;
	struct osci_blob *b;
	size_t der_len;
	const unsigned char *der = osci_cert_der(to, &der_len);
	int n, tail;

	assert_int_equal(osci_oaep_wrap(to, osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256),
					osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256), key, 32, &wrapped, NULL), 0);
	osci_buf_add(&sealed, iv, sizeof(iv));
	room = osci_buf_room(&sealed, osci_blob_len(plain) + 16);
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, room, &n, osci_blob_data(plain), (int)osci_blob_len(plain)), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, room + n, &tail), 1);
	EVP_CIPHER_CTX_free(ctx);
	osci_buf_grow(&sealed, (size_t)(n + tail));
	osci_mime_write_begin(&out, "CUT");
	osci_buf_adds(&out,
		      "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\""
		      " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\""
		      " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
		      " xsi:schemaLocation=\"http://schemas.xmlsoap.org/soap/envelope/ soapMessageEncrypted.xsd"
		      " http://www.w3.org/2000/09/xmldsig# oscisig.xsd http://www.w3.org/2001/04/xmlenc# oscienc.xsd\">"
		      "<soap:Body><xenc:EncryptedData MimeType=\"Multipart/Related\">"
		      "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes256-cbc\"/><ds:KeyInfo>"
		      "<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"" OSCI_URI_OAEP "\">"
		      "<xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"" OSCI_URI_MGF1_SHA256 "\"/>"
		      "<ds:DigestMethod Algorithm=\"" OSCI_URI_SHA256 "\"/></xenc:EncryptionMethod>"
		      "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>");
	osci_base64_encode(&out, der, der_len, 0);
	osci_buf_adds(&out, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>");
	osci_base64_encode(&out, wrapped.data, wrapped.len, 0);
	osci_buf_adds(&out,
		      "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData>"
		      "<xenc:CipherReference URI=\"cid:sealed\"/></xenc:CipherData></xenc:EncryptedData></soap:Body>"
		      "</soap:Envelope>");
	osci_mime_write_part_head(&out, "CUT", "sealed", sealed.len);
	osci_buf_add(&out, sealed.data, sealed.len);
	osci_mime_write_end(&out, "CUT");
	osci_blob_unref(plain);
	assert_int_equal(osci_blob_take_buf(&b, &out), 0);
	return b;
}

/* A missing signature is a failed decryption like all else behind CBC, or it tells that the padding was right. */
static void e_03_unsigned_behind_cbc(void **state)
{
	struct osci_recipient_conf c = conf();
	struct osci_stream *answer;
	struct osci_message *m;
	struct osci_err err;

	c.policy.allow_cbc = true;
	m = open_with(&c, cbc_envelope(ORDER(.plain = true)), 0, &answer, &err);
	assert_int_equal(m->signature.status, OSCI_SIG_VALID);
	osci_message_freep(&m);
	refused(&c, cbc_envelope(ORDER(.plain = true, .unsigned_ = true)), "9202", true);
	refused(&c, cbc_envelope(ORDER(.plain = true, .signer = peer.stranger)), "9202", true);
	c.n_intermediaries = 0;
	c.policy.require_signature = true;
	refused(&c, cbc_envelope(ORDER(.plain = true, .unsigned_ = true)), "9202", true);
}

static void bad_signature(void **state)
{
	struct osci_recipient_conf c = conf();
	struct osci_blob *b = spoilt(ORDER(.plain = true), "LanguagesList=\"", 15);
	struct osci_recipient *p = NULL;
	struct osci_stream *s;
	struct osci_message *m, *a;
	struct osci_err err;

	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	assert_int_equal(osci_recipient_open(p, b, T_NOW, &m, &s, &err), OSCI_E_SIGNATURE);
	assert_null(m);
	a = read_answer(&s, false);
	assert_string_equal(osci_message_verdict(a), "9601");
	assert_int_equal(a->signature.status, OSCI_SIG_VALID);
	osci_message_freep(&a);
	osci_blob_unref(b);
	osci_recipient_freep(&p);
}

/* A part more than the signature covers, in front of the closing boundary. */
static void uncovered_part(void **state)
{
	static const char head[] = "\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"
				   "Content-ID: <fremd>\r\n\r\nzugesteckt\r\n";
	const struct osci_recipient_conf c = conf();
	struct osci_blob *good = ORDER(.plain = true), *b;
	struct osci_recipient *p = NULL;
	struct osci_stream *s;
	struct osci_message *m, *a;
	struct osci_err err;
	unsigned char *data, *more, *end;
	size_t len, at, boundary;

	assert_int_equal(osci_stream_of_blob(&s, good), 0);
	assert_int_equal(osci_stream_to_memory(s, &data, &len, NULL), 0);
	osci_stream_freep(&s);
	for (end = data + len; memcmp(end - 2, "--", 2); end--)
		;
	for (at = (size_t)(end - data) - 3; memcmp(data + at, "\r\n--", 4); at--)
		;
	at += 2;
	boundary = (size_t)(end - data) - 2 - at;
	more = malloc(len + boundary + sizeof(head));
	assert_non_null(more);
	memcpy(more, data, at + boundary);
	memcpy(more + at + boundary, head, sizeof(head) - 1);
	memcpy(more + at + boundary + sizeof(head) - 1, data + at, len - at);
	assert_int_equal(osci_blob_take(&b, more, len + boundary + sizeof(head) - 1, false), 0);
	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	assert_true(osci_recipient_open(p, b, T_NOW, &m, &s, &err) > 0);
	assert_null(m);
	a = read_answer(&s, false);
	assert_int_equal(a->type, OSCI_RESPONSE_TO_ACCEPT_DELIVERY);
	assert_string_equal(osci_message_verdict(a), "9602");
	osci_message_freep(&a);
	osci_recipient_freep(&p);
	osci_blob_unref(good);
	osci_blob_unref(b);
	free(data);
}

/* The same order again is the caller's to know: nothing here changes, and the id is the same. */
static void d_01_the_same_again(void **state)
{
	const struct osci_recipient_conf c = conf();
	struct osci_blob *b = ORDER();
	struct osci_stream *s;
	struct osci_message *m;
	struct osci_err err;
	int i;

	for (i = 0; i < 2; i++) {
		m = open_with(&c, osci_blob_ref(b), 0, &s, &err);
		assert_string_equal(osci_message_delivery_id(m), "m7@intermed");
		osci_message_freep(&m);
	}
	osci_blob_unref(b);
}

/* As feedback does; an order that cannot be read wishes nothing. */
static void language_of_faults(void **state)
{
	static const char *const wishes[] = { "en", "fr en", "de en", "fr" };
	static const char *const texts[] = { "Your cipher certificate is missing.", "Ihr Verschlüsselungszertifikat fehlt." };
	const struct osci_recipient_conf c = conf();
	struct osci_recipient *p = NULL;
	struct osci_stream *s;
	struct osci_message *m;
	size_t i;

	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	for (i = 0; i < 4; i++) {
		struct osci_blob *b = ORDER(.no_cipher = true, .languages = wishes[i]);
		struct osci_err err = { 0 };

		assert_true(osci_recipient_open(p, b, T_NOW, &m, &s, &err) > 0);
		m = read_answer(&s, false);
		assert_string_equal(m->fault_osci, "9500");
		assert_string_equal(m->fault_text, texts[i / 2]);
		osci_message_freep(&m);
		osci_blob_unref(b);
	}
	osci_recipient_freep(&p);
	assert_int_equal(osci_recipient_fault("9500", "en de", &s, NULL), 0);
	m = read_answer(&s, false);
	assert_string_equal(m->fault_text, texts[0]);
	osci_message_freep(&m);
}

static void fault_codes(void **state)
{
	static const char *const good[] = { "9000", "9100", "9300", "9503" };
	static const char *const bad[] = { "0800", "9600", "9811", "", "91000" };
	struct osci_stream *s;
	struct osci_message *m;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(osci_recipient_fault(good[i], NULL, &s, NULL), 0);
		m = read_answer(&s, false);
		assert_string_equal(m->fault_osci, good[i]);
		assert_string_equal(m->fault_code, good[i][1] == '0' || !strcmp(good[i], "9503") ? "soap:Server" : "soap:Client");
		osci_message_freep(&m);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(osci_recipient_fault(bad[i], NULL, &s, NULL), OSCI_E_USAGE);
}

static void cut_orders(void **state)
{
	const struct osci_recipient_conf c = conf();
	struct osci_blob *b = ORDER(), *part;
	struct osci_recipient *p = NULL;
	uint64_t cut;

	assert_int_equal(osci_recipient_new(&p, &c, NULL), 0);
	for (cut = 0; cut < osci_blob_len(b); cut += 997) {
		struct osci_message *m, *a;
		struct osci_stream *s;
		struct osci_err err;

		assert_int_equal(osci_blob_slice(&part, b, 0, cut, NULL), 0);
		assert_true(osci_recipient_open(p, part, T_NOW, &m, &s, &err) > 0);
		a = read_answer(&s, false);
		assert_int_equal(a->type, OSCI_FAULT);
		osci_message_freep(&a);
		osci_blob_unref(part);
	}
	osci_blob_unref(b);
	osci_recipient_freep(&p);
}

static void wrong_use(void **state)
{
	struct osci_recipient_conf c = conf();
	struct osci_recipient *p = NULL;

	c.n_decrypt = 0;
	assert_int_equal(osci_recipient_new(&p, &c, NULL), OSCI_E_USAGE);
	assert_null(p);
	osci_recipient_freep(&p);
}

int main(void)
{
#define T(f) cmocka_unit_test(f)
	static const struct CMUnitTest tests[] = {
		T(accepts), T(feedback_of_the_caller), T(in_kind), T(replies), T(faults), T(policy_on_encryption),
		T(signatures), T(e_03_unsigned_behind_cbc), T(bad_signature), T(uncovered_part), T(d_01_the_same_again),
		T(language_of_faults), T(fault_codes), T(cut_orders), T(wrong_use),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, false);
	known[0] = osci_key_cert(peer.sign);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
