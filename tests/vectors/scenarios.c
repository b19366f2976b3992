/* SPDX-License-Identifier: Apache-2.0 */
/* scenarios - one draft for each message type and each variation of it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make.h"

#define IN_DIALOG { .response = "QW50d29ydA==", .challenge = "SGVyYXVzZm9yZGVydW5n", .conversation_id = "20261129000017", \
		    .has_sequence = true, .sequence = 3 }
#define IMPLICIT { .challenge = "SGVyYXVzZm9yZGVydW5n", .has_sequence = true }
#define CHALLENGE { .challenge = "SGVyYXVzZm9yZGVydW5n" }
#define RESPONSE { .response = "QW50d29ydA==" }
#define T1 "2026-11-29T08:00:00.000Z"
#define T2 "2026-11-29T09:00:01+01:00"
#define T3 "2026-11-29T08:00:02Z"
#define AES_GCM "http://www.w3.org/2009/xmlenc11#aes256-gcm"

static const char content_text[] = "<nachricht xmlns=\"urn:beispiel\">Gr\xc3\xb6\xc3\x9f" "e &amp; mehr</nachricht>";
static const char attached[] = "Anlage\r\n--kein Rand\0\x01\xff";

static const struct osci_feedback good[] = { { "0801", "de", "Auftrag ausgef\xc3\xbchrt, Dialog bleibt offen" } };
static const struct osci_feedback closed[] = { { "0800", "de", "Auftrag ausgef\xc3\xbchrt, Dialog beendet" } };
static const struct osci_feedback several[] = {
	{ "3707", "de", "Pr\xc3\xbc" "fung <unvollst\xc3\xa4ndig> & so" }, { "3707", "en-GB", "check incomplete" },
	{ "0801", "de", "Auftrag ausgef\xc3\xbchrt" },       { "0801", NULL, "" },
};
static const struct osci_feedback bad[] = { { "9803", "de", "Keine Zustellung vorhanden" } };

static struct osci_inspection inspections[] = {
	{ "CN=office-sign,C=DE", "CN=office-sign,C=DE", "1001", "advanced", "ok", "valid", "ok", T1 },
	{ "CN=A\\, B,C=DE", "CN=CA <1>,C=DE", "122602847373048452051456", "unknown", "indeterminate", "invalid", NULL, T2 },
	{ "CN=C", "CN=CA", "7", "qualified", "corrupted", "indeterminate", "revoked", T3 },
};
static const unsigned char token[] = { 0x30, 0x0b, 0x30, 0x03, 0x02, 0x01, 0x00, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03 };
#define STAMP { "urn:ietf:rfc:3161", token, sizeof(token) }

static const struct osci_card full_card = { "m1@intermed", T3, T1, T2, T3, "Betreff & <mehr>", inspections, 3 };
static const struct osci_card forwarded_card = { "m1@intermed", T3, T1, T2, NULL, "Betreff & <mehr>", inspections, 2 };
static const struct osci_card created_card = { "m2@intermed", T1, T1, NULL, NULL, NULL, inspections, 1 };
static const struct osci_card stamped_card = { "m3@intermed", T1, "", "", NULL, NULL, NULL, 0, STAMP, STAMP };
static const char *const ids[] = { "m1@intermed", "m2@intermed", "m3+x=/@intermed" };
static const struct osci_features chunk_limits = { 51200, 1, 512000, 86400, NULL, 0 };
static const struct osci_features no_limits = { 0 };

static void by_id(struct osci_draft *d, size_t n)
{
	d->selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = n };
}

/* --- content -------------------------------------------------------------------------- */

static void certs_of_delivery(struct scenario *s)
{
	s->certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ORIGINATOR, cert(VK_OFFICE_CIPHER), NULL };
	s->certs[1] = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, cert(VK_RECIPIENT_CIPHER), NULL };
	s->certs[2] = (struct osci_draft_cert){ OSCI_SIGN_ORIGINATOR, cert(VK_OFFICE_SIGN), NULL };
}

static void take_package(struct scenario *s)
{
	s->draft.has_package = true;
	s->draft.package = s->package->xml;
	s->draft.package_len = s->package->len;
	s->draft.parts = s->package->parts;
	s->draft.n_parts = s->package->n_parts;
}

/* One container with one content and perhaps an attachment, signed by the originator, for the addressee. */
static void content(struct scenario *s, bool encrypted, bool attachment)
{
	struct osci_attachment_draft part = { .content_id = "anlage-1.bin" };
	const struct osci_content_draft items[] = { { .data = content_text, .len = sizeof(content_text) - 1 },
						    { .attachment = &part } };
	const struct osci_author_draft author = { keys[VK_OFFICE_SIGN], OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft to = { cert(VK_RECIPIENT_CIPHER), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft c = { .contents = items, .n_contents = attachment ? 2 : 1, .authors = &author,
						.n_authors = 1, .readers = &to, .n_readers = encrypted };
	struct osci_err err = { 0 };
	size_t i;

	MUST(osci_blob_copy(&part.blob, attached, sizeof(attached)) == 0);
	if (osci_package_new(&s->package, &c, 1, NULL, &err))
		fprintf(stderr, "%s: %s %s\n", s->name, err.where, err.what);
	MUST(s->package);
	osci_blob_unref(part.blob);
	take_package(s);
	for (i = 0; i < c.n_contents; i++)
		s->contents[s->n_contents++] = (struct fact_content){
			.data = i ? attached : content_text, .len = i ? sizeof(attached) : sizeof(content_text) - 1,
			.algorithm = encrypted ? AES_GCM : NULL, .attachment = i ? "anlage-1.bin" : NULL,
			.signers = { cert(VK_OFFICE_SIGN) }, .n_signers = 1 };
}

/* Two authors; one reader has no key here. */
static void content_of_many(struct scenario *s)
{
	const struct osci_content_draft item = { .data = content_text, .len = sizeof(content_text) - 1 };
	const struct osci_author_draft authors[] = { { keys[VK_OFFICE_SIGN], OSCI_SIGN_ORIGINATOR },
						     { keys[VK_AUTHOR_SIGN], OSCI_SIGN_OTHER_AUTHOR } };
	const struct osci_reader_draft reader = { cert(VK_READER_CIPHER), OSCI_CIPHER_OTHER_READER };
	const struct osci_reader_draft stranger = { cert(VK_STRANGER), OSCI_CIPHER_OTHER_READER };
	const struct osci_container_draft c[] = {
		{ .contents = &item, .n_contents = 1, .authors = authors, .n_authors = 2, .readers = &reader, .n_readers = 1 },
		{ .contents = &item, .n_contents = 1, .readers = &stranger, .n_readers = 1 },
	};

	MUST(osci_package_new(&s->package, c, 2, NULL, NULL) == 0);
	take_package(s);
	certs_of_delivery(s);
	s->certs[3] = (struct osci_draft_cert){ OSCI_CIPHER_OTHER_READER, cert(VK_READER_CIPHER), NULL };
	s->certs[4] = (struct osci_draft_cert){ OSCI_CIPHER_OTHER_READER, cert(VK_STRANGER), NULL };
	s->certs[5] = (struct osci_draft_cert){ OSCI_SIGN_OTHER_AUTHOR, cert(VK_AUTHOR_SIGN), NULL };
	s->contents[0] = (struct fact_content){ .data = content_text, .len = sizeof(content_text) - 1, .algorithm = AES_GCM,
						.signers = { cert(VK_OFFICE_SIGN), cert(VK_AUTHOR_SIGN) }, .n_signers = 2 };
	s->contents[1] = (struct fact_content){ .algorithm = AES_GCM };
	s->n_contents = 2;
}

static void chunk_carrier(struct scenario *s)
{
	static const char carrier[] = "<osci:ContentContainer xmlns:osci=\"http://www.osci.de/2002/04/osci\" "
				      "Id=\"ChunkContentContainer\"><osci:Content Id=\"ChunkContent\" "
				      "href=\"cid:ChunkBlobStoreDelivery\"></osci:Content></osci:ContentContainer>";
	static const struct osci_part part = { "ChunkBlobStoreDelivery", (const unsigned char *)attached, sizeof(attached) };

	s->draft.has_package = true;
	s->draft.package = carrier;
	s->draft.package_len = sizeof(carrier) - 1;
	s->draft.parts = &part;
	s->draft.n_parts = 1;
	s->contents[0] = (struct fact_content){ .data = attached, .len = sizeof(attached),
						.attachment = "ChunkBlobStoreDelivery" };
	s->n_contents = 1;
}

void scenario_store(struct scenario *s, const char *name, bool encrypted, bool attachment)
{
	*s = (struct scenario){ .name = name, .encrypt_for = VK_INTERMEDIARY_CIPHER,
				.draft = { .type = OSCI_STORE_DELIVERY, .control = IMPLICIT, .message_id = "m1@intermed",
					   .subject = "Anh\xc3\xb6rung & <Gr\xc3\xb6\xc3\x9f" "e> \"4\"" } };
	certs_of_delivery(s);
	content(s, encrypted, attachment);
}

/* --- messages --------------------------------------------------------------------------- */

static struct scenario order(const char *name, struct osci_draft draft)
{
	return (struct scenario){ .name = name, .draft = draft, .encrypt_for = VK_INTERMEDIARY_CIPHER };
}

static struct scenario answer(const char *name, struct osci_draft draft)
{
	if (!draft.n_feedback) {
		draft.feedback = good;
		draft.n_feedback = 1;
	}
	return (struct scenario){ .name = name, .draft = draft, .encrypt_for = VK_OFFICE_CIPHER };
}

static void dialogs(void)
{
	static const char meta[] = "<x:meta xmlns:x=\"urn:beispiel\" Id=\"MetaData\"><x:a b=\"1\">\xc3\xa4</x:a></x:meta>";
	static const struct osci_custom custom = { meta, sizeof(meta) - 1 };
	struct scenario s = order("initDialog", (struct osci_draft){ .type = OSCI_INIT_DIALOG, .control = CHALLENGE });

	s.certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ORIGINATOR, cert(VK_OFFICE_CIPHER), NULL };
	emit(&s, EVERY);
	s = order("exitDialog", (struct osci_draft){ .type = OSCI_EXIT_DIALOG, .control = IN_DIALOG, .languages = "de en-GB" });
	emit(&s, SIGNED | SEALED);
	s = order("getMessageId", (struct osci_draft){ .type = OSCI_GET_MESSAGE_ID, .control = IMPLICIT });
	s.certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ORIGINATOR, cert(VK_OFFICE_CIPHER), NULL };
	emit(&s, SIGNED | SEALED);
	s = answer("responseToInitDialog", (struct osci_draft){ .type = OSCI_RESPONSE_TO_INIT_DIALOG, .features = &chunk_limits,
		   .control = { .response = "QW50d29ydA==", .challenge = "SGVyYXVzZm9yZGVydW5n", .conversation_id = "17" } });
	emit(&s, SIGNED | SEALED);
	s = answer("responseToExitDialog", (struct osci_draft){ .type = OSCI_RESPONSE_TO_EXIT_DIALOG, .control = IN_DIALOG,
								.feedback = closed, .n_feedback = 1 });
	s.draft.control.challenge = NULL;
	emit(&s, SIGNED | SEALED);
	s = answer("responseToGetMessageId", (struct osci_draft){ .type = OSCI_RESPONSE_TO_GET_MESSAGE_ID,
								  .control = IN_DIALOG, .message_id = "m1@intermed" });
	emit(&s, SIGNED | SEALED);
	s = answer("responseToGetMessageId-languages", (struct osci_draft){ .type = OSCI_RESPONSE_TO_GET_MESSAGE_ID,
		   .control = IN_DIALOG, .feedback = several, .n_feedback = 4 });
	emit(&s, SIGNED);
	s = order("getMessageId-custom-header", (struct osci_draft){ .type = OSCI_GET_MESSAGE_ID, .control = IN_DIALOG,
								     .custom = &custom, .n_custom = 1 });
	emit(&s, SIGNED);
}

static void deliveries(void)
{
	struct scenario s;

	scenario_store(&s, "storeDelivery", true, false);
	emit(&s, SIGNED | SEALED);
	scenario_store(&s, "storeDelivery-attachment", true, true);
	emit(&s, SIGNED | SEALED);
	scenario_store(&s, "storeDelivery-plain-content", false, true);
	s.draft.quality_creation = s.draft.quality_reception = "cryptographic";
	s.draft.control = (struct osci_control)IN_DIALOG;
	s.draft.subject = NULL;
	emit(&s, SIGNED);
	s = order("storeDelivery-authors-readers", (struct osci_draft){ .type = OSCI_STORE_DELIVERY, .control = IMPLICIT,
									.message_id = "m3+x=/@intermed" });
	content_of_many(&s);
	emit(&s, SIGNED);
	s = answer("responseToStoreDelivery", (struct osci_draft){ .type = OSCI_RESPONSE_TO_STORE_DELIVERY,
								   .control = IN_DIALOG, .cards = &created_card, .n_cards = 1 });
	emit(&s, EVERY);
	s = answer("responseToStoreDelivery-refusal", (struct osci_draft){ .type = OSCI_RESPONSE_TO_STORE_DELIVERY,
		   .control = IN_DIALOG, .feedback = (struct osci_feedback[]){ { "9801", "de", "MessageId ist verbraucht" } },
		   .n_feedback = 1 });
	emit(&s, SIGNED);
	s = order("fetchDelivery", (struct osci_draft){ .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG });
	emit(&s, SIGNED | SEALED);
	s.name = "fetchDelivery-id";
	by_id(&s.draft, 1);
	emit(&s, SIGNED);
	s.name = "fetchDelivery-reception";
	s.draft.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = T2 };
	emit(&s, SIGNED);
	s = answer("responseToFetchDelivery", (struct osci_draft){ .type = OSCI_RESPONSE_TO_FETCH_DELIVERY,
								   .control = IN_DIALOG, .cards = &forwarded_card,
								   .n_cards = 1 });
	certs_of_delivery(&s);
	content(&s, true, true);
	emit(&s, SIGNED | SEALED);
	s = answer("responseToFetchDelivery-nothing", (struct osci_draft){ .type = OSCI_RESPONSE_TO_FETCH_DELIVERY,
		   .control = IN_DIALOG, .feedback = bad, .n_feedback = 1 });
	by_id(&s.draft, 1);
	emit(&s, SIGNED);
	s = answer("responseToFetchDelivery-stamps", (struct osci_draft){ .type = OSCI_RESPONSE_TO_FETCH_DELIVERY,
		   .control = IN_DIALOG, .cards = &stamped_card, .n_cards = 1 });
	emit(&s, SIGNED);
}

static void process_cards(void)
{
	static const struct osci_card cards[] = {
		{ "m1@intermed", T3, T1, T2, T3, "Betreff & <mehr>", inspections, 3 },
		{ "m2@intermed", T1, T1, NULL, NULL, NULL, NULL, 0 },
		{ "m3@intermed", T1, "", NULL, "", NULL, NULL, 0, STAMP, { 0 }, STAMP },
	};
	struct scenario s = order("fetchProcessCard", (struct osci_draft){ .type = OSCI_FETCH_PROCESS_CARD, .control = IN_DIALOG });

	by_id(&s.draft, 3);
	emit(&s, SIGNED | SEALED);
	s.name = "fetchProcessCard-recent";
	s.draft.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECENT, .time = T1, .role = "Addressee",
						     .no_reception = true, .limit = 100 };
	emit(&s, SIGNED);
	s = answer("responseToFetchProcessCard", (struct osci_draft){ .type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD,
								      .control = IN_DIALOG, .cards = cards, .n_cards = 3 });
	by_id(&s.draft, 3);
	emit(&s, SIGNED | SEALED);
}

/* A party between the office and a passive recipient: certificates of both hops. */
static void handed_on(struct scenario *s, bool attachment)
{
	s->encrypt_for = VK_RECIPIENT_CIPHER;
	certs_of_delivery(s);
	content(s, true, attachment);
	s->certs[3] = (struct osci_draft_cert){ OSCI_CIPHER_INTERMEDIARY, cert(VK_INTERMEDIARY_CIPHER), NULL };
	s->certs[4] = (struct osci_draft_cert){ OSCI_SIGN_INTERMEDIARY, cert(VK_INTERMEDIARY_SIGN), NULL };
}

static void passive_recipients(void)
{
	struct scenario s = order("forwardDelivery", (struct osci_draft){ .type = OSCI_FORWARD_DELIVERY, .control = IMPLICIT,
		.receiver_uri = "https://empfaenger.example/osci?a=1&b=2", .message_id = "m1@intermed", .subject = "Betreff" });

	certs_of_delivery(&s);
	content(&s, true, false);
	emit(&s, SIGNED | SEALED);
	s = answer("responseToForwardDelivery", (struct osci_draft){ .type = OSCI_RESPONSE_TO_FORWARD_DELIVERY,
								     .control = RESPONSE, .cards = &full_card, .n_cards = 1 });
	emit(&s, SIGNED | SEALED);
	s = order("acceptDelivery", (struct osci_draft){ .type = OSCI_ACCEPT_DELIVERY, .control = CHALLENGE,
							 .cards = &forwarded_card, .n_cards = 1 });
	handed_on(&s, true);
	emit(&s, SIGNED | SEALED);
	s = answer("responseToAcceptDelivery", (struct osci_draft){ .type = OSCI_RESPONSE_TO_ACCEPT_DELIVERY,
								    .control = RESPONSE, .feedback = closed, .n_feedback = 1 });
	s.encrypt_for = VK_INTERMEDIARY_CIPHER;
	emit(&s, EVERY);
	s = order("mediateDelivery", (struct osci_draft){ .type = OSCI_MEDIATE_DELIVERY, .control = IN_DIALOG,
		  .receiver_uri = "urn:beispiel:dienst", .message_id = "m1@intermed", .subject = "Betreff",
		  .quality_reception = "cryptographic" });
	certs_of_delivery(&s);
	content(&s, true, false);
	emit(&s, SIGNED | SEALED);
	s = order("mediateDelivery-bare", (struct osci_draft){ .type = OSCI_MEDIATE_DELIVERY, .control = IN_DIALOG,
							       .receiver_uri = "urn:beispiel:dienst", .has_package = true });
	emit(&s, SIGNED);
	s = order("processDelivery", (struct osci_draft){ .type = OSCI_PROCESS_DELIVERY, .control = CHALLENGE,
		  .message_id_response = "m77@intermed", .cards = &forwarded_card, .n_cards = 1 });
	handed_on(&s, false);
	emit(&s, SIGNED | SEALED);
	s = order("processDelivery-bare", (struct osci_draft){ .type = OSCI_PROCESS_DELIVERY, .control = CHALLENGE,
							       .has_package = true });
	emit(&s, SIGNED);
}

/* The recipient is originator of its reply. */
static void reply(struct scenario *s)
{
	const struct osci_content_draft item = { .data = content_text, .len = sizeof(content_text) - 1 };
	const struct osci_author_draft author = { keys[VK_RECIPIENT_SIGN], OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft to = { cert(VK_OFFICE_CIPHER), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft c = { .contents = &item, .n_contents = 1, .authors = &author, .n_authors = 1,
						.readers = &to, .n_readers = 1 };

	MUST(osci_package_new(&s->package, &c, 1, NULL, NULL) == 0);
	take_package(s);
	s->certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ORIGINATOR, cert(VK_RECIPIENT_CIPHER), NULL };
	s->certs[1] = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, cert(VK_OFFICE_CIPHER), NULL };
	s->certs[2] = (struct osci_draft_cert){ OSCI_SIGN_ORIGINATOR, cert(VK_RECIPIENT_SIGN), NULL };
	s->contents[0] = (struct fact_content){ .data = content_text, .len = sizeof(content_text) - 1, .algorithm = AES_GCM,
						.signers = { cert(VK_RECIPIENT_SIGN) }, .n_signers = 1 };
	s->n_contents = 1;
}

static void replies(void)
{
	const struct osci_card cards[] = { full_card, { "m77@intermed", T3, T1, T2, NULL, NULL, NULL, 0 } };
	struct scenario s = answer("responseToProcessDelivery", (struct osci_draft){
		.type = OSCI_RESPONSE_TO_PROCESS_DELIVERY, .control = RESPONSE, .feedback = closed, .n_feedback = 1,
		.message_id = "m77@intermed", .subject = "Antwort", .quality_creation = "plain",
		.quality_reception = "cryptographic" });

	s.encrypt_for = VK_INTERMEDIARY_CIPHER;
	reply(&s);
	emit(&s, SIGNED | SEALED);
	s = answer("responseToProcessDelivery-refusal", (struct osci_draft){
		.type = OSCI_RESPONSE_TO_PROCESS_DELIVERY, .control = RESPONSE, .feedback = bad, .n_feedback = 1 });
	emit(&s, SIGNED);
	s = answer("responseToMediateDelivery", (struct osci_draft){ .type = OSCI_RESPONSE_TO_MEDIATE_DELIVERY,
								     .control = IN_DIALOG, .cards = cards, .n_cards = 2 });
	reply(&s);
	emit(&s, SIGNED | SEALED);
	s = answer("responseToMediateDelivery-no-reply", (struct osci_draft){ .type = OSCI_RESPONSE_TO_MEDIATE_DELIVERY,
		   .control = IN_DIALOG, .cards = cards, .n_cards = 1,
		   .feedback = (struct osci_feedback[]){ { "9806", "de", "Keine Antwort" } }, .n_feedback = 1 });
	emit(&s, SIGNED);
}

static void chunks(void)
{
	struct scenario s = order("partialStoreDelivery", (struct osci_draft){ .type = OSCI_PARTIAL_STORE_DELIVERY,
		.control = IN_DIALOG, .message_id = "m1@intermed_Partial", .subject = "Teil", .features = &no_limits,
		.chunk = { .present = true, .number = 2, .size_kib = 1024, .total_kib = 4000, .total_chunks = 4 } });

	s.certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, cert(VK_RECIPIENT_CIPHER), NULL };
	chunk_carrier(&s);
	emit(&s, SIGNED | SEALED);
	s.name = "partialStoreDelivery-info";
	s.draft.chunk = (struct osci_chunk){ .present = true, .info_only = true };
	s.draft.package = "";
	s.draft.package_len = s.draft.n_parts = s.n_contents = 0;
	emit(&s, SIGNED);
	s = answer("responseToPartialStoreDelivery", (struct osci_draft){ .type = OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY,
		   .control = IN_DIALOG, .features = &chunk_limits, .chunk = { .present = true, .number = 2, .total_chunks = 4,
									      .received = "1 2" } });
	emit(&s, SIGNED | SEALED);
	s.name = "responseToPartialStoreDelivery-last";
	s.draft.inside_feedback = several;
	s.draft.n_inside_feedback = 4;
	s.draft.chunk.received = "1 2 3 4";
	s.draft.cards = &created_card;
	s.draft.n_cards = 1;
	emit(&s, SIGNED);
	s.name = "responseToPartialStoreDelivery-procard";
	s.draft.schema_procard = true;
	emit(&s, SIGNED);
	s = order("partialFetchDelivery", (struct osci_draft){ .type = OSCI_PARTIAL_FETCH_DELIVERY, .control = IN_DIALOG,
		  .features = &no_limits, .chunk = { .present = true, .number = 1, .size_kib = 1024, .received = "-1" } });
	emit(&s, SIGNED | SEALED);
	s.name = "partialFetchDelivery-id";
	by_id(&s.draft, 1);
	s.draft.chunk.received = "1 2";
	s.draft.chunk.number = 3;
	emit(&s, SIGNED);
	s = answer("responseToPartialFetchDelivery", (struct osci_draft){ .type = OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY,
		   .control = IN_DIALOG, .features = &chunk_limits, .message_id = "m1@intermed",
		   .chunk = { .present = true, .number = 1, .total_kib = 4000, .total_chunks = 4 } });
	by_id(&s.draft, 1);
	certs_of_delivery(&s);
	chunk_carrier(&s);
	emit(&s, SIGNED | SEALED);
}

static void others(void)
{
	struct scenario s = order("soapFault", (struct osci_draft){ .type = OSCI_FAULT, .fault_code = "Client",
		.fault_osci = "9202", .fault_text = "nicht <lesbar> & so" });

	emit(&s, UNSIGNED);
	s.name = "soapFault-server";
	s.draft.fault_code = "Server";
	s.draft.fault_osci = "9000";
	emit(&s, UNSIGNED);
	scenario_store(&s, "storeDelivery-sha512", true, false);
	s.suite = (struct osci_suite){ .digest = "http://www.w3.org/2001/04/xmlenc#sha512",
				       .signature = "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
				       .cipher = "http://www.w3.org/2009/xmlenc11#aes128-gcm", .iv_octets = 16,
				       .oaep_digest = "http://www.w3.org/2001/04/xmlenc#sha512" };
	emit(&s, SEALED);
}

void write_scenarios(void)
{
	dialogs();
	deliveries();
	process_cards();
	passive_recipients();
	replies();
	chunks();
	others();
}
