/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-write-orders - deliveries to passive recipients, chunks, features, time stamps: written, and judged by t_judge
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"
#include "t_judge.h"
#include "wire/types.h"
#include "xml/xml.h"

/* Deliveries to a passive recipient. */
static void forward_and_mediate(void **state)
{
	struct osci_draft d;
	struct delivery v;

	delivery_make(&v, true, true, "<nachricht/>", 12);
	d = v.draft;
	d.type = OSCI_FORWARD_DELIVERY;
	d.receiver_uri = "https://empf\xc3\xa4nger.example/osci?a=1&b='2'";
	both(&d);
	d.quality_creation = "cryptographic";
	d.quality_reception = "plain";
	both(&d);
	d.control = (struct osci_control)IN_DIALOG;
	both(&d);
	d.type = OSCI_MEDIATE_DELIVERY;
	both(&d);
	d.quality_creation = d.quality_reception = NULL;
	both(&d);
	d.message_id = d.subject = NULL;
	both(&d);
	d.subject = "ohne Nummer";
	REFUSED(&d);
	d = v.draft;
	d.type = OSCI_FORWARD_DELIVERY;
	REFUSED(&d); /* no receiver */
	d.receiver_uri = "https://a b/";
	REFUSED(&d);
	d.receiver_uri = "";
	REFUSED(&d);
	d.receiver_uri = "urn:x";
	d.quality_creation = "best";
	REFUSED(&d);
	osci_package_freep(&v.package);
}

static void accept_and_process(void **state)
{
	struct osci_draft_cert certs[] = { { OSCI_CIPHER_INTERMEDIARY, osci_key_cert(supplier_cipher), NULL },
					   { OSCI_SIGN_ADDRESSEE, osci_key_cert(reader), NULL },
					   { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), NULL } };
	struct osci_draft d;
	struct delivery v;

	delivery_make(&v, true, true, "<nachricht/>", 12);
	d = v.draft;
	d.type = OSCI_ACCEPT_DELIVERY;
	d.message_id = d.subject = NULL;
	d.control = (struct osci_control){ .challenge = "c" };
	d.certs = certs;
	d.n_certs = 3;
	REFUSED(&d); /* no process card */
	d.cards = cards;
	d.n_cards = 1;
	both(&d);
	d.n_cards = 2;
	REFUSED(&d);
	d.n_cards = 1;
	d.cards = &cards[1];
	REFUSED(&d); /* Forwarding is not set */
	d.type = OSCI_PROCESS_DELIVERY;
	REFUSED(&d);
	d.n_cards = 0;
	both(&d);
	d.cards = cards;
	d.n_cards = 1;
	d.message_id_response = "m77@intermed";
	both(&d);
	d.quality_creation = "plain"; /* a block that the type has not */
	REFUSED(&d);
	osci_package_freep(&v.package);
}

/* A package of somebody else, in which the first Id is @id; it is written as it came. */
static char *with_id(const struct osci_package *p, const char *id, size_t *ret_len)
{
	const char *at = strstr(p->xml, " Id=\"");
	char *out = NULL;

	assert_non_null(at);
	at += strlen(" Id=\"");
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - p->xml), p->xml, id, strchr(at, '"')) > 0);
	*ret_len = strlen(out);
	return out;
}

/* A reader finds each Id once. */
static void readable(const struct osci_draft *d)
{
	const struct osci_open_opts opts = { .now = T_NOW };
	struct osci_message *m = NULL;
	struct osci_err err = { 0 };
	unsigned char *data;
	size_t len;

	assert_int_equal(osci_write(&data, &len, d, &(struct osci_write_opts){ 0 }, &err), 0);
	if (osci_open(&m, data, len, &opts, &err))
		fail_msg("%s: %s: %s", osci_type_name(d->type), err.where, err.what);
	osci_message_freep(&m);
	free(data);
}

/* What is handed on may use the Ids that we would: ours give way, in both types, with whatever certificates. */
static void ids_of_relayed_packages(void **state)
{
	char intermed[200];
	const char *const ids[] = { "body", "BODY", "controlblock", "clientsignature", "desiredlanguages",
				    "nonintermediarycertificates", "intermediarycertificates", "acceptdelivery",
				    "processdelivery", intermed };
	struct osci_draft_cert certs[] = { { OSCI_CIPHER_INTERMEDIARY, osci_key_cert(supplier_cipher), NULL },
					   { OSCI_SIGN_ADDRESSEE, osci_key_cert(reader), NULL },
					   { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), NULL } };
	struct osci_draft d;
	struct delivery v;

	osci_cert_id(intermed, sizeof(intermed), OSCI_CIPHER_INTERMEDIARY, osci_key_cert(supplier_cipher));
	delivery_make(&v, true, true, "<nachricht/>", 12);
	d = v.draft;
	d.message_id = d.subject = NULL;
	d.control = (struct osci_control){ .challenge = "c" };
	d.certs = certs;
	d.n_certs = 3;
	d.cards = cards;
	d.n_cards = 1;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char *package = with_id(v.package, ids[i], &d.package_len);

		d.package = package;
		d.type = OSCI_ACCEPT_DELIVERY;
		readable(&d);
		d.type = OSCI_PROCESS_DELIVERY;
		readable(&d);
		both(&d);
		free(package);
	}
	osci_package_freep(&v.package);
}

static void forwarded_and_mediated(void **state)
{
	struct osci_draft d;
	struct delivery v;

	delivery_make(&v, true, true, "<nachricht/>", 12);
	d = (struct osci_draft){ .type = OSCI_RESPONSE_TO_FORWARD_DELIVERY, .control = { .response = "r" },
				 .feedback = feedback, .n_feedback = 2 };
	both(&d);
	d.control = (struct osci_control)IN_DIALOG;
	d.cards = cards;
	d.n_cards = 1;
	both(&d);
	d.cards = &cards[1];
	both(&d);
	d.type = OSCI_RESPONSE_TO_MEDIATE_DELIVERY;
	REFUSED(&d); /* a request card shows all three times */
	d.n_cards = 0;
	both(&d);
	d.cards = (struct osci_card[]){ cards[0], cards[0] };
	d.n_cards = 1;
	both(&d);
	d.n_cards = 2;
	t_package_into(&d, v.package);
	d.certs = v.certs;
	d.n_certs = 3;
	both(&d);
	osci_package_freep(&v.package);
}

static void accepted_and_processed(void **state)
{
	struct osci_draft d;
	struct delivery v;

	delivery_make(&v, true, true, "<nachricht/>", 12);
	d = (struct osci_draft){ .type = OSCI_RESPONSE_TO_ACCEPT_DELIVERY, .control = { .response = "r" },
				 .feedback = feedback, .n_feedback = 2 };
	both(&d);
	d.type = OSCI_RESPONSE_TO_PROCESS_DELIVERY;
	both(&d);
	d.quality_reception = "cryptographic";
	both(&d);
	d.quality_creation = "plain";
	d.message_id = "m77@intermed";
	d.subject = "Antwort";
	t_package_into(&d, v.package);
	d.certs = v.certs;
	d.n_certs = 3;
	both(&d);
	osci_package_freep(&v.package);
}

/* --- chunks ------------------------------------------------------------------------ */

static const struct osci_features limits = { .max_chunk = 51200, .min_chunk = 1, .max_message = 512000,
					     .chunk_timeout = 86400 };
static const struct osci_features no_limits = { 0 };
static const char carrier[] =
	"<osci:ContentContainer xmlns:osci=\"" OSCI_NS_OSCI "\" Id=\"ChunkContentContainer\">"
	"<osci:Content Id=\"ChunkContent\" href=\"cid:ChunkBlobStoreDelivery\"></osci:Content></osci:ContentContainer>";
static const struct osci_part blob = { "ChunkBlobStoreDelivery", (const unsigned char *)"MIME-Version", 12 };

static void partial_store(void **state)
{
	struct osci_draft_cert addressee = { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), NULL };
	struct osci_draft good = {
		.type = OSCI_PARTIAL_STORE_DELIVERY, .control = IN_DIALOG, .message_id = "m1@intermed_Partial",
		.subject = "Teil", .certs = &addressee, .n_certs = 1, .has_package = true, .package = carrier,
		.package_len = sizeof(carrier) - 1, .parts = &blob, .n_parts = 1, .features = &no_limits,
		.chunk = { .present = true, .number = 2, .size_kib = 1024, .total_kib = 4000, .total_chunks = 4 },
	};
	struct osci_draft d = good;

	both(&d);
	d.subject = NULL;
	d.quality_creation = "cryptographic";
	both(&d);
	d.control = (struct osci_control)IMPLICIT;
	both(&d);
	d.quality_reception = "plain"; /* the schema has one of them, and it is the creation's */
	REFUSED(&d);
	d = good;
	d.features = NULL;
	REFUSED(&d);
	d = good;
	d.chunk.present = false;
	REFUSED(&d);
	d = good;
	d.chunk.total_kib = 0;
	REFUSED(&d);
	d = good;
	d.chunk.number = 0;
	REFUSED(&d);
	d = good;
	d.chunk.size_kib = (uint64_t)INT32_MAX + 1;
	REFUSED(&d);
	d = good;
	d.n_certs = 0;
	REFUSED(&d);
	d = good;
	d.chunk = (struct osci_chunk){ .present = true, .info_only = true };
	d.package_len = 0;
	d.n_parts = 0;
	both(&d);
	d.has_package = false; /* empty, but there */
	REFUSED(&d);
}

static void partial_stored(void **state)
{
	struct osci_draft good = {
		.type = OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY, .control = IN_DIALOG, .feedback = &feedback[1],
		.n_feedback = 1, .features = &limits,
		.chunk = { .present = true, .number = 4, .total_chunks = 4, .received = "1 2 4" },
	};
	static const char *const wrong[] = { "1  2", " 1", "1 ", "1,2", "-2", "a", "1 -1" };
	struct osci_draft d = good;
	size_t i;

	both(&d);
	d.chunk = (struct osci_chunk){ .present = true, .received = "" }; /* an unknown message was asked for */
	both(&d);
	d.chunk.received = "-1";
	both(&d);
	d.chunk.received = NULL;
	REFUSED(&d);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		d.chunk.received = wrong[i];
		REFUSED(&d);
	}
	d = good;
	d.inside_feedback = feedback;
	d.n_inside_feedback = 2;
	d.cards = cards;
	d.n_cards = 1;
	both_but(&d, T_XSD_PROCARD);
	d.schema_procard = true;
	both(&d);
	d.n_inside_feedback = 0;
	both(&d);
}

static void partial_fetch(void **state)
{
	struct osci_draft good = {
		.type = OSCI_PARTIAL_FETCH_DELIVERY, .control = IN_DIALOG, .features = &no_limits,
		.chunk = { .present = true, .number = 1, .size_kib = 1024, .received = "-1" },
	};
	struct osci_draft d = good;

	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 };
	d.chunk.received = "1 2 3";
	d.chunk.number = 4;
	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = "2026-11-22T09:00:00Z" };
	both(&d);
	d.selection.kind = OSCI_SELECT_RECENT;
	REFUSED(&d);
	d = good;
	d.features = NULL;
	REFUSED(&d);
	d = good;
	d.chunk.size_kib = 0;
	REFUSED(&d);
	d = good;
	d.control = (struct osci_control)IMPLICIT;
	REFUSED(&d); /* in a dialog only */
}

static void partial_fetched(void **state)
{
	struct osci_draft good = {
		.type = OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY, .control = IN_DIALOG, .feedback = feedback,
		.n_feedback = 2, .features = &limits, .message_id = "m1@intermed", .has_package = true,
		.package = carrier, .package_len = sizeof(carrier) - 1, .parts = &blob, .n_parts = 1,
		.chunk = { .present = true, .number = 1, .total_kib = 4000, .total_chunks = 4 },
	};
	struct osci_draft d = good;

	both(&d); /* the schema wants a rule in the echo even where the order had none */
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = "2026-11-22T09:00:00Z" };
	both(&d);
	d.has_package = false;
	d.n_parts = 0;
	d.chunk = (struct osci_chunk){ .present = true };
	both(&d);
	d.message_id = NULL;
	REFUSED(&d);
}

/* --- what every message may carry ---------------------------------------------------- */

static void feature_description(void **state)
{
	static const struct osci_feature mine[] = { { "A&B", "1.0" }, { "Eigenes<>\"", "x" } };
	struct osci_feature many[65];
	struct osci_features f = { .list = mine, .n = 2, .max_chunk = 1 };
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG, .features = &f };
	size_t i;

	both(&d);
	d.features = &limits;
	both(&d);
	d.features = &f;
	f.n = 0;
	REFUSED(&d);
	for (i = 0; i < 65; i++)
		many[i] = mine[0];
	f.list = many;
	f.n = 65;
	REFUSED(&d);
	f.n = 64;
	both(&d);
	many[63].version = "\x01";
	REFUSED(&d);
	many[63] = (struct osci_feature){ NULL, "1" };
	REFUSED(&d);
}

static void time_stamps(void **state)
{
	static const unsigned char token[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
	const struct osci_stamp stamp = { "urn:ietf:rfc:3161", token, sizeof(token) };
	struct osci_card card = { .message_id = "m1@intermed", .recent_modification = "2026-11-22T09:00:00Z", .creation = "",
				  .creation_stamp = stamp, .forwarding = "", .forwarding_stamp = stamp,
				  .reception_stamp = stamp };
	struct osci_draft d = { .type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD, .control = IN_DIALOG, .feedback = feedback,
				.n_feedback = 2, .cards = &card, .n_cards = 1,
				.selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 } };

	both(&d);
	card.creation_stamp.algorithm = ""; /* the schema lets it be absent */
	both(&d);
	card.creation_stamp.token = NULL;
	REFUSED(&d);
	card.creation_stamp = (struct osci_stamp){ 0 };
	REFUSED(&d); /* "" is no plain time */
}

/* Rules that the schema of the answer cannot hold. */
static void echoes(void **state)
{
	struct osci_draft d = { .type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD, .control = IN_DIALOG, .feedback = feedback,
				.n_feedback = 2 };

	both_but(&d, T_XSD_ECHO);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECENT, .time = "2026-11-22T09:00:00Z" };
	both_but(&d, T_XSD_ECHO);
	d.selection.kind = OSCI_SELECT_RECEPTION;
	d.selection.role = "Originator";
	both(&d);
	d.type = OSCI_RESPONSE_TO_FETCH_DELIVERY;
	both(&d);
	d.selection.kind = OSCI_SELECT_NONE;
	both(&d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forward_and_mediate), cmocka_unit_test(accept_and_process),
		cmocka_unit_test(ids_of_relayed_packages), cmocka_unit_test(forwarded_and_mediated),
		cmocka_unit_test(accepted_and_processed),
		cmocka_unit_test(partial_store), cmocka_unit_test(partial_stored), cmocka_unit_test(partial_fetch),
		cmocka_unit_test(partial_fetched), cmocka_unit_test(feature_description), cmocka_unit_test(time_stamps),
		cmocka_unit_test(echoes),
	};

	if (osci_crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, judge_setup, judge_teardown);
}
