/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-roundtrip - what the writer writes the reader shows, and what was fetched can be handed on
 *
 * Writer and reader share the table of types and nothing else; each is tested against others elsewhere
 * (plain libxml2, schemas, vectors of the reference implementation).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/message.h>
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"

static struct osci_key *office, *office_cipher, *supplier, *supplier_cipher, *reader;
static struct osci_trust *trust;

static struct osci_message *pass(const struct osci_draft *d, const struct osci_key *signer, struct osci_key *to)
{
	struct osci_key *keys[] = { to };
	struct osci_write_opts write = { .signer = signer, .encrypt_for = to ? osci_key_cert(to) : NULL };
	struct osci_open_opts open = { .keys = keys, .n_keys = to ? 1 : 0, .trust = trust, .now = T_NOW,
				       .signer = signer ? osci_key_cert(signer) : NULL,
				       .policy = { .require_signature = signer, .require_encryption = to } };
	struct osci_message *m = NULL;
	struct osci_err err;
	unsigned char *data;
	size_t len;

	if (osci_write(&data, &len, d, &write, &err))
		fail_msg("write %s: %s %s", osci_type_name(d->type), err.where, err.what);
	if (osci_open(&m, data, len, &open, &err))
		fail_msg("open %s: %s %s", osci_type_name(d->type), err.where, err.what);
	free(data);
	assert_int_equal(m->type, d->type);
	assert_int_equal(m->transport_encrypted, to != NULL);
	assert_int_equal(m->signature.status, signer ? OSCI_SIG_VALID : OSCI_SIG_ABSENT);
	return m;
}

static void same(const char *a, const char *b)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a)
		assert_string_equal(a, b);
}

static void same_control(const struct osci_control *a, const struct osci_control *b)
{
	same(a->response, b->response);
	same(a->challenge, b->challenge);
	same(a->conversation_id, b->conversation_id);
	assert_int_equal(a->has_sequence, b->has_sequence);
	assert_int_equal(a->sequence, b->sequence);
}

static void same_octets(const unsigned char *a, size_t a_len, const unsigned char *b, size_t b_len)
{
	assert_int_equal(a_len, b_len);
	if (a_len)
		assert_memory_equal(a, b, a_len);
}

static void same_cards(const struct osci_draft *d, const struct osci_message *m, bool forwarding, bool reception)
{
	size_t i, k;

	assert_int_equal(m->n_cards, d->n_cards);
	for (i = 0; i < d->n_cards; i++) {
		const struct osci_card *a = &d->cards[i], *b = &m->cards[i];

		same(a->message_id, b->message_id);
		same(a->recent_modification, b->recent_modification);
		same(a->creation, b->creation);
		same(forwarding ? a->forwarding : NULL, b->forwarding);
		same(reception ? a->reception : NULL, b->reception);
		same(a->subject, b->subject);
		assert_int_equal(a->n_inspections, b->n_inspections);
		for (k = 0; k < a->n_inspections; k++) {
			const struct osci_inspection *x = &a->inspections[k], *y = &b->inspections[k];

			same(x->subject, y->subject);
			same(x->issuer, y->issuer);
			same(x->serial, y->serial);
			same(x->cert_type, y->cert_type);
			same(x->math, y->math);
			same(x->offline, y->offline);
			same(x->online, y->online);
			same(x->time, y->time);
			same(x->crl, y->crl);
			same_octets(x->ocsp, x->ocsp_len, y->ocsp, y->ocsp_len);
			same_octets(x->ldap, x->ldap_len, y->ldap, y->ldap_len);
			same(x->stamp.algorithm, y->stamp.algorithm);
			same_octets(x->stamp.token, x->stamp.len, y->stamp.token, y->stamp.len);
		}
	}
}

static void same_selection(const struct osci_selection *a, const struct osci_selection *b)
{
	size_t i;

	assert_int_equal(a->kind, b->kind);
	same(a->time, b->time);
	same(a->role, b->role);
	assert_int_equal(a->no_reception, b->no_reception);
	assert_int_equal(a->limit, b->limit);
	assert_int_equal(a->n_message_ids, b->n_message_ids);
	for (i = 0; i < a->n_message_ids; i++)
		same(a->message_ids[i], b->message_ids[i]);
}

#define IN_DIALOG { .response = "cmVzcG9uc2U=", .challenge = "Y2hhbGxlbmdl", .conversation_id = "4711", \
		    .has_sequence = true, .sequence = 3 }
static const struct osci_feedback feedback[] = {
	{ "3707", "de", "Zertifikat <selbst> signiert & geprüft" }, { "0801", "de", "Auftrag ausgeführt" },
};
static struct osci_inspection inspections[] = {
	{ "CN=Amt <A&B>,C=DE", "CN=CA\\, eins,C=DE", "4711", "advanced", "ok", "valid", "ok", "2026-11-22T09:00:00Z",
	  .crl = "2026-11-22T06:00:00Z", .ocsp = (const unsigned char *)"0\x03\n\x01", .ocsp_len = 5,
	  .ldap = (const unsigned char *)"l", .ldap_len = 1 },
	{ "CN=B", "CN=CA", "1", "unknown", "indeterminate", "invalid", NULL, "",
	  .stamp = { "urn:stamp", (const unsigned char *)"token", 5 } },
};
static const struct osci_card cards[] = {
	{ "m1@intermed", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-22T09:00:01Z",
	  "2026-11-22T09:00:02+01:00", "Betreff & <mehr>\r\n\t\"", inspections, 2 },
	{ "m2@intermed", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", NULL, NULL, NULL, NULL, 0 },
};
static const char *const ids[] = { "m1@intermed", "m2@intermed" };

static void requests(void **state)
{
	struct osci_draft_cert cipher = { .role = OSCI_CIPHER_ORIGINATOR, .cert = osci_key_cert(office_cipher) };
	struct osci_draft drafts[] = {
		{ .type = OSCI_INIT_DIALOG, .control = { .challenge = "abc" }, .certs = &cipher, .n_certs = 1 },
		{ .type = OSCI_EXIT_DIALOG, .control = IN_DIALOG, .languages = "de en" },
		{ .type = OSCI_GET_MESSAGE_ID, .control = IN_DIALOG },
		{ .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG },
		{ .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG,
		  .selection = { .kind = OSCI_SELECT_RECEPTION, .time = "2026-11-22T09:00:00Z" } },
		{ .type = OSCI_FETCH_PROCESS_CARD, .control = IN_DIALOG,
		  .selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2, .limit = 5 } },
		{ .type = OSCI_FETCH_PROCESS_CARD, .control = IN_DIALOG,
		  .selection = { .kind = OSCI_SELECT_RECENT, .time = "2026-11-22T09:00:00Z", .role = "Addressee",
				 .no_reception = true } },
	};
	size_t i;

	for (i = 0; i < sizeof(drafts) / sizeof(drafts[0]); i++) {
		struct osci_message *m = pass(&drafts[i], i & 1 ? NULL : office, i & 2 ? NULL : supplier_cipher);

		same_control(&drafts[i].control, &m->control);
		same_selection(&drafts[i].selection, &m->selection);
		same(drafts[i].languages ? drafts[i].languages : "de", m->languages);
		if (drafts[i].n_certs)
			assert_true(osci_cert_equal(osci_message_cert(m, OSCI_CIPHER_ORIGINATOR),
						    osci_key_cert(office_cipher)));
		assert_int_equal(m->n_features, 5);
		osci_message_freep(&m);
	}
}

static void answers(void **state)
{
	struct osci_draft drafts[] = {
		{ .type = OSCI_RESPONSE_TO_INIT_DIALOG,
		  .control = { .response = "r", .challenge = "c", .conversation_id = "99" } },
		{ .type = OSCI_RESPONSE_TO_EXIT_DIALOG, .control = IN_DIALOG },
		{ .type = OSCI_RESPONSE_TO_GET_MESSAGE_ID, .control = IN_DIALOG, .message_id = "m1@intermed" },
		{ .type = OSCI_RESPONSE_TO_STORE_DELIVERY, .control = IN_DIALOG, .cards = cards, .n_cards = 1 },
		{ .type = OSCI_RESPONSE_TO_FETCH_DELIVERY, .control = IN_DIALOG, .cards = cards, .n_cards = 1 },
		{ .type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD, .control = IN_DIALOG, .cards = cards, .n_cards = 2,
		  .selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 } },
	};
	size_t i, k;

	drafts[1].control.challenge = NULL;
	for (i = 0; i < sizeof(drafts) / sizeof(drafts[0]); i++) {
		struct osci_message *m;
		enum osci_type type = drafts[i].type;

		drafts[i].feedback = feedback;
		drafts[i].n_feedback = 2;
		m = pass(&drafts[i], supplier, i & 1 ? office_cipher : NULL);
		same_control(&drafts[i].control, &m->control);
		assert_int_equal(m->n_feedback, 2);
		for (k = 0; k < 2; k++) {
			same(feedback[k].code, m->feedback[k].code);
			same(feedback[k].lang, m->feedback[k].lang);
			same(feedback[k].text, m->feedback[k].text);
		}
		assert_string_equal(osci_message_verdict(m), "0801");
		same_cards(&drafts[i], m, type != OSCI_RESPONSE_TO_STORE_DELIVERY,
			   type == OSCI_RESPONSE_TO_FETCH_PROCESS_CARD);
		same_selection(&drafts[i].selection, &m->selection);
		if (drafts[i].message_id)
			same(drafts[i].message_id, m->message_id);
		osci_message_freep(&m);
	}
}

static void fault(void **state)
{
	struct osci_draft d = { .type = OSCI_FAULT, .fault_code = "Client", .fault_osci = "9202", .fault_text = "a < b" };
	struct osci_message *m = pass(&d, NULL, NULL);

	same(m->fault_code, "soap:Client");
	same(m->fault_osci, "9202");
	same(m->fault_text, "a < b");
	osci_message_freep(&m);
}

/* --- a delivery through the intermediary ------------------------------------------------ */

static const char data[] = "<nachricht>Gr\xc3\xb6\xc3\x9f" "e &amp; mehr</nachricht>";

static struct osci_message *stored(bool encrypt, const struct osci_key *author)
{
	const struct osci_content_draft contents[] = { { .data = data, .len = sizeof(data) - 1 }, { .data = "" } };
	const struct osci_author_draft by = { author, author == office ? OSCI_SIGN_ORIGINATOR : OSCI_SIGN_OTHER_AUTHOR };
	const struct osci_reader_draft to[] = { { osci_key_cert(reader), OSCI_CIPHER_ADDRESSEE },
						{ osci_key_cert(supplier_cipher), OSCI_CIPHER_OTHER_READER } };
	const struct osci_container_draft c = { .contents = contents, .n_contents = 2, .authors = &by,
						.n_authors = author ? 1 : 0, .readers = to, .n_readers = encrypt ? 2 : 0 };
	struct osci_draft_cert entries[] = {
		{ OSCI_CIPHER_ADDRESSEE, to[0].cert, NULL }, { OSCI_CIPHER_OTHER_READER, to[1].cert, NULL },
		{ OSCI_CIPHER_ORIGINATOR, osci_key_cert(office_cipher), NULL },
		{ OSCI_SIGN_OTHER_AUTHOR, osci_key_cert(supplier), NULL },
	};
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = "c", .has_sequence = true },
				.message_id = "m1@intermed", .subject = " Betreff <&>\r\n\t\" ", .certs = entries,
				.n_certs = 4, .has_package = true };
	struct osci_package *p = NULL;
	struct osci_message *m;

	assert_int_equal(osci_package_new(&p, &c, 1, NULL, NULL), 0);
	t_package_into(&d, p);
	m = pass(&d, office, supplier_cipher);
	osci_package_freep(&p);
	same(m->message_id, d.message_id);
	same(m->subject, d.subject);
	same(m->quality_creation, "plain");
	same(m->quality_reception, "plain");
	assert_true(m->has_content);
	assert_int_equal(m->n_certs, 5);
	return m;
}

/* As the intermediary hands it to the addressee: certificates with their Ids, package as it is. */
static struct osci_message *fetched(const struct osci_message *m)
{
	struct osci_draft_cert entries[16];
	struct osci_draft d = { .type = OSCI_RESPONSE_TO_FETCH_DELIVERY, .control = IN_DIALOG, .feedback = feedback,
				.n_feedback = 2, .cards = cards, .n_cards = 1, .certs = entries, .has_package = true,
				.parts = m->parts, .n_parts = m->n_parts, .custom = m->custom, .n_custom = m->n_custom };
	struct osci_message *out;
	char *xml;
	size_t i;

	for (i = 0; i < m->n_certs; i++)
		entries[d.n_certs++] = (struct osci_draft_cert){ m->certs[i].role, m->certs[i].cert, m->certs[i].id };
	assert_int_equal(osci_message_package(m, &xml, &d.package_len, NULL), 0);
	d.package = xml;
	out = pass(&d, supplier, reader);
	free(xml);
	for (i = 0; i < m->n_certs; i++) {
		size_t k;

		for (k = 0; k < out->n_certs; k++)
			if (!strcmp(m->certs[i].id, out->certs[k].id))
				break;
		assert_true(k < out->n_certs);
	}
	return out;
}

static void check_contents(const struct osci_message *m, bool encrypted, const struct osci_key *author)
{
	struct osci_open_opts opts = { .keys = &reader, .n_keys = 1, .trust = trust, .now = T_NOW,
				       .policy = { .require_content_signature = author } };
	struct osci_contents *c = NULL;
	struct osci_err err;
	size_t i, seen = 0;

	if (osci_contents_open(&c, m, &opts, &err))
		fail_msg("contents: %s %s", err.where, err.what);
	for (i = 0; i < c->n_items; i++) {
		const struct osci_content_item *item = &c->items[i];

		assert_int_equal(item->encrypted, encrypted);
		if (!item->readable)
			continue;
		seen++;
		if (item->len) {
			assert_int_equal(item->len, sizeof(data) - 1);
			assert_memory_equal(item->data, data, item->len);
		}
		assert_int_equal(item->n_signatures, author ? 1 : 0);
		if (author)
			assert_true(osci_cert_equal(item->signatures[0].cert, osci_key_cert(author)));
	}
	assert_int_equal(seen, 2);
	osci_contents_freep(&c);
}

static void deliveries(void **state)
{
	const struct osci_key *authors[] = { office, supplier, NULL };
	int i;

	for (i = 0; i < 6; i++) {
		struct osci_message *m = stored(i < 3, authors[i % 3]), *f, *again;

		check_contents(m, i < 3, authors[i % 3]);
		f = fetched(m);
		check_contents(f, i < 3, authors[i % 3]);
		again = fetched(f); /* carrying on what was carried changes nothing */
		check_contents(again, i < 3, authors[i % 3]);
		osci_message_freep(&m);
		osci_message_freep(&f);
		osci_message_freep(&again);
	}
}

static void custom_headers(void **state)
{
	static const char xml[] = "<x:meta xmlns:x=\"urn:x\" Id=\"meta-1\"><x:a b=\"1\">\xc3\xa4</x:a></x:meta>";
	struct osci_custom custom = { xml, sizeof(xml) - 1 };
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG, .custom = &custom, .n_custom = 1 };
	struct osci_message *m = pass(&d, office, NULL), *f;

	assert_int_equal(m->n_custom, 1);
	assert_non_null(memmem(m->custom[0].xml, m->custom[0].len, "<x:a b=\"1\">", 11));
	d.custom = m->custom;
	f = pass(&d, office, supplier_cipher);
	assert_int_equal(f->n_custom, 1);
	assert_int_equal(f->custom[0].len, m->custom[0].len);
	assert_memory_equal(f->custom[0].xml, m->custom[0].xml, m->custom[0].len);
	osci_message_freep(&m);
	osci_message_freep(&f);
}

static struct osci_key *key_of(const char *cn, const char *usage, EVP_PKEY *pkey)
{
	struct t_pair pair = t_pair_make(&(struct t_pair_opts){ .cn = cn, .usage = usage, .pkey = pkey });
	struct osci_key *key = t_pair_key(&pair);

	t_pair_free(&pair);
	return key;
}

static int setup(void **state)
{
	EVP_PKEY *pkey = EVP_RSA_gen(3072);

	office = key_of("Amt Signatur", "digitalSignature", pkey);
	office_cipher = key_of("Amt Chiffrierung", "keyEncipherment", pkey);
	supplier = key_of("Vermittler Signatur", "digitalSignature", pkey);
	supplier_cipher = key_of("Vermittler Chiffrierung", "keyEncipherment", pkey);
	reader = key_of("Leser", "keyEncipherment", pkey);
	EVP_PKEY_free(pkey);
	assert_int_equal(osci_trust_new(&trust), 0);
	assert_int_equal(osci_trust_add(trust, osci_key_cert(office)), 0);
	return osci_trust_add(trust, osci_key_cert(supplier));
}

static int teardown(void **state)
{
	osci_key_unref(office);
	osci_key_unref(office_cipher);
	osci_key_unref(supplier);
	osci_key_unref(supplier_cipher);
	osci_key_unref(reader);
	osci_trust_freep(&trust);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),   cmocka_unit_test(answers),        cmocka_unit_test(fault),
		cmocka_unit_test(deliveries), cmocka_unit_test(custom_headers),
	};

	if (osci_crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
