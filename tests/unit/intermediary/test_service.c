/* SPDX-License-Identifier: Apache-2.0 */
/* test_service - deliveries from sender to recipient with real messages; what is refused, and how */
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
#include "party.h"

static struct party office, bamf, stranger;
static char id[300], text[300], times[4];

static int setup(void **state)
{
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	party_make(&stranger, "stranger", test_pkey(1), NULL, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&bamf);
	party_free(&stranger);
	world_end();
	return 0;
}

static void fresh(struct party *p)
{
	p->in_dialog = p->unsigned_order = p->plain = false;
	p->encrypt_for = NULL;
}

static int before(void **state)
{
	im_begin();
	fresh(&office);
	fresh(&bamf);
	fresh(&stranger);
	return 0;
}

static int after(void **state)
{
	im_end();
	return 0;
}

static void store(const char *content)
{
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(do_store(&office, id, &bamf, content), "0800");
}

static void test_one_way(void **state)
{
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_get_id(&office, id), "0801");
	assert_string_equal(do_store(&office, id, &bamf, "Inhalt eins"), "0801");
	assert_string_equal(report.message_id, id);
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "C");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "Inhalt eins");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CF");
	assert_string_equal(do_fetch(&bamf, text), "9803"); /* also confirms the delivery before */
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CFR");
	assert_string_equal(do_exit(&bamf), "0800");
	assert_string_equal(do_exit(&office), "0800");
	assert_int_equal(im.dialogs.n, 0);
}

static void test_exit_confirms(void **state)
{
	store("x");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(do_exit(&bamf), "0800");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "9803");
	assert_string_equal(do_card(&bamf, id, times), "0801"); /* the addressee sees the card too */
	assert_string_equal(times, "CFR");
}

static void test_unconfirmed_stays(void **state)
{
	store("x");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(do_init(&bamf), "0801");
		assert_string_equal(do_fetch(&bamf, text), "0801");
		assert_string_equal(text, "x");
	}
	im_restart();
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "x");
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CF");
}

static void test_more_waits(void **state)
{
	static const char *const contents[] = { "eins", "zwei", "drei" };
	const char *const lang[] = { "de", "en" };

	for (int i = 0; i < 3; i++)
		store(contents[i]);
	assert_string_equal(do_init(&bamf), "0801");
	for (int i = 0; i < 3; i++) {
		struct osci_draft d = { .type = OSCI_FETCH_DELIVERY, .languages = i == 1 ? "fr en" : "de en" };
		struct osci_message *m = party_order(&bamf, &d);

		assert_true(m->has_content);
		assert_int_equal(m->n_feedback, i < 2 ? 2 : 1);
		assert_string_equal(m->feedback[0].code, i < 2 ? "3800" : "0801");
		assert_string_equal(m->feedback[0].lang, lang[i == 1]);
		osci_message_freep(&m);
	}
	assert_string_equal(do_fetch(&bamf, text), "9803");
}

static void test_fetch_by_id(void **state)
{
	char first[300];
	const char *ids = first;
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY,
				.selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &ids, .n_message_ids = 1 } };
	struct osci_message *m;

	store("eins");
	strcpy(first, id);
	store("zwei");
	ids = id;
	assert_string_equal(do_init(&bamf), "0801");
	m = party_order(&bamf, &d);
	assert_true(m->has_content);
	assert_string_equal(m->cards[0].message_id, id);
	osci_message_freep(&m);
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "eins");
	/* the sender cannot fetch its own, a third party neither */
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_fetch(&office, text), "9803");
}

static void test_message_ids(void **state)
{
	char other[300];

	store("x");
	assert_string_equal(do_store(&office, id, &bamf, "x"), "9801"); /* used */
	assert_string_equal(do_store(&office, "erfunden@im.example", &bamf, "x"), "9801");
	assert_string_equal(do_get_id(&bamf, other), "0800");
	assert_string_equal(do_store(&office, other, &bamf, "x"), "9801"); /* issued to another */
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(do_fetch(&bamf, text), "9803"); /* one delivery only */
	im_restart();
	assert_string_equal(do_store(&office, id, &bamf, "x"), "9801");
}

/* Faults speak the language that the order wishes, as feedback does; unreadable orders wish nothing. */
static void test_language_of_faults(void **state)
{
	static const struct {
		const char *wish, *text;
	} rows[] = {
		{ "en", "ConversationId, SequenceNumber or Response do not fit the dialog." },
		{ "fr en-GB de", "ConversationId, SequenceNumber or Response do not fit the dialog." },
		{ "de en", "ConversationId, SequenceNumber oder Response passen nicht zum Dialog." },
		{ "fr", "ConversationId, SequenceNumber oder Response passen nicht zum Dialog." },
	};
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(stranger.cipher), NULL };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .languages = "en", .certs = &cert, .n_certs = 1 };
	struct osci_message *m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct osci_draft bad = { .type = OSCI_GET_MESSAGE_ID, .languages = rows[i].wish,
					  .control = { .has_sequence = true, .sequence = 1 } };

		m = party_order(&office, &bad);
		assert_string_equal(m->fault_osci, "9400");
		assert_string_equal(m->fault_text, rows[i].text);
		osci_message_freep(&m);
	}
	m = party_order(&stranger, &d);
	assert_string_equal(m->fault_osci, "9501");
	assert_non_null(strstr(m->fault_text, "Your cipher certificate is not known here"));
	osci_message_freep(&m);
	m = hand_over(&office, "x", 1);
	assert_string_equal(m->fault_text, "Keine gültige OSCI-Nachricht.");
	osci_message_freep(&m);
}

static void test_control_block(void **state)
{
	struct osci_draft bad[] = {
		{ .type = OSCI_FETCH_DELIVERY, .control = { .response = "ZmFsc2No" } },
		{ .type = OSCI_FETCH_DELIVERY, .control = { .conversation_id = "123456789012345678" } },
		{ .type = OSCI_FETCH_DELIVERY, .control = { .has_sequence = true, .sequence = 5 } },
		{ .type = OSCI_FETCH_DELIVERY, .control = { .has_sequence = true, .sequence = 2147483647 } },
	};
	struct osci_message *m;

	store("x");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m = party_order(&bamf, &bad[i]);
		assert_int_equal(m->type, OSCI_FAULT);
		assert_string_equal(m->fault_osci, "9400");
		osci_message_freep(&m);
	}
	/* nothing was confirmed by them, and the dialog goes on */
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CF");
	assert_string_equal(do_fetch(&bamf, text), "9803");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CFR");
	/* an implicit order with SequenceNumber 1 */
	office.in_dialog = false;
	bad[0] = (struct osci_draft){ .type = OSCI_GET_MESSAGE_ID, .control = { .has_sequence = true, .sequence = 1 } };
	m = party_order(&office, &bad[0]);
	assert_string_equal(m->fault_osci, "9400");
	osci_message_freep(&m);
}

static void test_foreign_dialog(void **state)
{
	struct party thief = bamf;

	assert_string_equal(do_init(&office), "0801");
	/* even with everything known, another signer does not get in */
	strcpy(thief.response, office.response);
	strcpy(thief.conversation, office.conversation);
	thief.in_dialog = true;
	thief.sequence = 0;
	assert_string_equal(do_fetch(&thief, text), "9400");
	assert_string_equal(do_get_id(&office, id), "0801");
}

static void test_timeout(void **state)
{
	assert_string_equal(do_init(&office), "0801");
	now_ms += im_set.dialog_timeout - 1;
	assert_string_equal(do_get_id(&office, id), "0801");
	now_ms += im_set.dialog_timeout;
	assert_string_equal(do_get_id(&office, id), "9400");
	assert_int_equal(im_service_tidy(&im, now_ms, NULL), 0);
	assert_int_equal(im.dialogs.n, 0);
}

static void test_unsigned(void **state)
{
	store("x");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	bamf.unsigned_order = true;
	assert_string_equal(do_fetch(&bamf, text), "9600");
	/* not confirmed by the unsigned order */
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CF");
	bamf.unsigned_order = false;
	assert_string_equal(do_fetch(&bamf, text), "9803");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CFR");
	office.unsigned_order = true;
	assert_string_equal(do_init(&office), "9600");
	/* where signatures are not demanded, a dialog begun with one still needs them */
	im_set.require_signature = false;
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_get_id(&office, id), "0801");
	office.unsigned_order = false;
	assert_string_equal(do_init(&office), "0801");
	office.unsigned_order = true;
	assert_string_equal(do_get_id(&office, id), "9600");
}

static void test_plain(void **state)
{
	office.plain = true;
	assert_string_equal(do_init(&office), "9100");
	im_set.require_encryption = false;
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_get_id(&office, id), "0801");
	assert_string_equal(do_exit(&office), "0800");
}

/* Octets of a plain order, to be changed and handed over. */
static unsigned char *plain_order(struct party *p, struct osci_draft *d, size_t *len)
{
	struct osci_write_opts opts = { .signer = p->unsigned_order ? NULL : p->sign };
	unsigned char *out;

	d->control = (struct osci_control){ p->response, "VGVzdC1DaGFsbGVuZ2UtMDI=", p->conversation, true, p->sequence };
	assert_int_equal(osci_write(&out, len, d, &opts, NULL), 0);
	return out;
}

static void test_tampered(void **state)
{
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY };
	_cleanup_(osci_freep) unsigned char *octets = NULL;
	struct osci_message *m;
	unsigned char *at;
	size_t len;

	store("x");
	im_set.require_encryption = false;
	bamf.plain = true;
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	octets = plain_order(&bamf, &d, &len);
	at = memmem(octets, len, "LanguagesList=\"de\"", 18);
	assert_non_null(at);
	memcpy(at, "LanguagesList=\"en\"", 18);
	m = hand_over(&bamf, octets, len);
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	assert_string_equal(osci_message_verdict(m), "9601");
	assert_false(m->has_content);
	assert_string_equal(m->control.response, "VGVzdC1DaGFsbGVuZ2UtMDI=");
	osci_message_freep(&m);
	/* reception not confirmed */
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CF");
}

static void test_untrusted_client(void **state)
{
	struct party mixed = { .sign = office.sign, .cipher = stranger.cipher };

	assert_string_equal(do_init(&stranger), "9501");
	assert_string_equal(do_init(&mixed), "9501");
	assert_int_equal(im.dialogs.n, 0);
	/* a trusted cipher certificate and a signature that is not: the answer says so */
	mixed = (struct party){ .sign = stranger.sign, .cipher = office.cipher };
	assert_string_equal(do_init(&mixed), "9700");
	assert_int_equal(im.dialogs.n, 0);
}

static void test_untrusted_addressee(void **state)
{
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(do_store(&office, id, &stranger, "x"), "9706");
	assert_string_equal(do_store(&office, id, &bamf, "x"), "0800"); /* the id was not used up */
}

static void test_expired(void **state)
{
	struct party old, retired;

	party_make(&old, "old", test_pkey(2), &im_ca, T_NOW - 50 * 86400, T_NOW - 86400);
	retired = (struct party){ .sign = office.sign, .cipher = old.cipher };
	{ /* cipher certificate outside its validity: a warning, the order is carried out */
		const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(old.cipher), NULL };
		struct osci_draft d = { .type = OSCI_INIT_DIALOG, .certs = &cert, .n_certs = 1 };
		struct osci_message *m = party_order(&retired, &d);

		assert_int_equal(m->n_feedback, 2);
		assert_string_equal(m->feedback[0].code, "3500");
		assert_string_equal(m->feedback[1].code, "0801");
		osci_message_freep(&m);
	}
	assert_string_equal(do_get_id(&office, id), "0800");
	{
		const struct osci_draft_cert certs[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL },
							 { OSCI_CIPHER_ADDRESSEE, osci_key_cert(old.cipher), NULL } };
		struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .certs = certs, .n_certs = 2, .message_id = id,
					.has_package = true };
		struct osci_package *package = t_package("x", 1, NULL, NULL);
		struct osci_message *m;

		t_package_into(&d, package);
		m = party_order(&office, &d);
		assert_int_equal(m->n_feedback, 2);
		assert_string_equal(m->feedback[0].code, "3705");
		assert_string_equal(m->feedback[1].code, "0800");
		assert_int_equal(m->n_cards, 1);
		assert_string_equal(m->cards[0].inspections[1].offline, "invalid");
		assert_string_equal(m->cards[0].inspections[1].math, "ok");
		osci_message_freep(&m);
		osci_package_freep(&package);
	}
	party_free(&old);
}

/* A calendar in which @last is the last day of @uri, and everything else has none. */
static void calendar(const char *uri, const char *last)
{
	static const char *const rows[][2] = {
		{ "signature", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" },
		{ "digest", "http://www.w3.org/2001/04/xmlenc#sha256" },
		{ "mask", "http://www.w3.org/2009/xmlenc11#mgf1sha256" },
		{ "key transport", "http://www.w3.org/2009/xmlenc11#rsa-oaep" },
		{ "cipher", "http://www.w3.org/2009/xmlenc11#aes256-gcm" },
	};
	char path[] = "/tmp/calendar-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		dprintf(fd, "%s;%s;0;%s;test\n", rows[i][0], rows[i][1], strcmp(rows[i][1], uri) ? "" : last);
	close(fd);
	osci_algorithms_freep(&im_set.algorithms);
	assert_int_equal(osci_algorithms_load(&im_set.algorithms, path, NULL), 0);
	unlink(path);
}

static void test_algorithms_past(void **state)
{
	static const struct {
		const char *uri, *code;
	} past[] = {
		{ "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "9601" },
		{ "http://www.w3.org/2009/xmlenc11#aes256-gcm", "9202" },
		{ "http://www.w3.org/2009/xmlenc11#rsa-oaep", "9202" },
	};
	char id[300];

	for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
		calendar(past[i].uri, "2026-11-30");
		now_ms = T0;
		assert_string_equal(do_get_id(&office, id), "0800");
		now_ms = INT64_C(1796083199999); /* the last millisecond of that day */
		assert_string_equal(do_get_id(&office, id), "0800");
		now_ms++;
		assert_string_equal(do_get_id(&office, id), past[i].code);
	}
	osci_algorithms_freep(&im_set.algorithms);
}

static void test_unreadable(void **state)
{
	static const char *const junk[] = { "", "GET / HTTP/1.1", "<a/>", "MIME-Version: 1.0\r\n\r\n" };
	struct osci_message *m;

	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		m = hand_over(&office, junk[i], strlen(junk[i]));
		assert_int_equal(m->type, OSCI_FAULT);
		assert_string_equal(m->fault_osci, "9100");
		assert_string_equal(report.order, "unreadable");
		osci_message_freep(&m);
	}
	office.encrypt_for = osci_key_cert(bamf.cipher); /* not the intermediary's */
	assert_string_equal(do_init(&office), "9200");
}

/* Replaces the first @from in @*octets. */
static void edit(unsigned char **octets, size_t *len, const char *from, const char *to)
{
	unsigned char *at = memmem(*octets, *len, from, strlen(from)), *out;
	size_t head, tail;

	assert_non_null(at);
	head = (size_t)(at - *octets);
	tail = *len - head - strlen(from);
	out = malloc(head + strlen(to) + tail + 1);
	assert_non_null(out);
	memcpy(out, *octets, head);
	memcpy(out + head, to, strlen(to));
	memcpy(out + head + strlen(to), at + strlen(from), tail);
	free(*octets);
	*octets = out;
	*len = head + strlen(to) + tail;
}

static void test_unknown_receiver(void **state)
{
	const struct osci_draft_cert certs[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL },
						 { OSCI_CIPHER_ADDRESSEE, osci_key_cert(bamf.cipher), NULL } };
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .certs = certs, .n_certs = 2, .message_id = "a@b",
				.has_package = true, .control = { .challenge = "Yw==", .has_sequence = true } };
	_cleanup_(osci_freep) unsigned char *octets = NULL;
	const struct osci_write_opts plain = { 0 };
	struct osci_package *package = t_package("x", 1, NULL, NULL);
	struct osci_message *m;
	size_t len;

	im_set.require_encryption = im_set.require_signature = false;
	t_package_into(&d, package);
	assert_int_equal(osci_write(&octets, &len, &d, &plain, NULL), 0);
	edit(&octets, &len, "soapStoreDelivery.xsd", "soapForwardDelivery.xsd");
	edit(&octets, &len, "<osci:storeDelivery", "<osci:forwardDelivery");
	edit(&octets, &len, "<osci:MessageId>",
	     "<osci:ContentReceiver URI=\"http://localhost/x\"></osci:ContentReceiver><osci:MessageId>");
	edit(&octets, &len, "</osci:storeDelivery>", "</osci:forwardDelivery>");
	m = hand_over(&office, octets, len);
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FORWARD_DELIVERY);
	assert_string_equal(osci_message_verdict(m), "9805"); /* no passive recipient is configured */
	osci_message_freep(&m);
	osci_package_freep(&package);
}

static void test_no_dialog(void **state)
{
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY };
	_cleanup_(osci_freep) unsigned char *octets = NULL;
	struct osci_message *m;
	size_t len;

	im_set.require_encryption = im_set.require_signature = false;
	strcpy(bamf.conversation, "123456789012345678");
	strcpy(bamf.response, "cg==");
	bamf.sequence = 0;
	bamf.unsigned_order = bamf.plain = true;
	octets = plain_order(&bamf, &d, &len);
	edit(&octets, &len, " ConversationId=\"123456789012345678\"", "");
	edit(&octets, &len, "<osci:Response>cg==</osci:Response>", "");
	m = hand_over(&bamf, octets, len);
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	assert_string_equal(osci_message_verdict(m), "9802");
	osci_message_freep(&m);
}

static void test_cards(void **state)
{
	struct osci_draft d = { .type = OSCI_FETCH_PROCESS_CARD, .selection = { .limit = 2 } };
	struct osci_message *m;

	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, "unbekannt@x", times), "9804");
	office.in_dialog = false;
	for (int i = 0; i < 3; i++)
		store("x");
	assert_string_equal(do_init(&office), "0801");
	m = party_order(&office, &d);
	assert_int_equal(m->n_cards, 2);
	assert_int_equal(m->n_feedback, 2);
	assert_string_equal(m->feedback[0].code, "3801");
	osci_message_freep(&m);
}

static void test_retention(void **state)
{
	store("x");
	im_set.content_retention = 1000;
	im_set.card_retention = 86400000;
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(do_fetch(&bamf, text), "9803"); /* kept, but not in the mailbox */
	now_ms += im_set.card_retention + 1;
	assert_int_equal(im_service_tidy(&im, now_ms, NULL), 0);
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "9804");
}

/* Certificates of authors go with a delivery, whoever made them. */
static void store_with_author(struct osci_cert *author, size_t times_in)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	static const char *const ids[] = { "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11", "a12", "a13" };
	struct osci_draft_cert own[3], certs[16];
	struct osci_message *m;
	struct osci_draft d;

	assert_string_equal(do_get_id(&office, id), "0800");
	party_draft(&office, &bamf, OSCI_STORE_DELIVERY, id, "poison", &d, own, &package);
	memcpy(certs, d.certs, d.n_certs * sizeof(*certs));
	d.certs = certs;
	for (size_t i = 0; i < times_in; i++)
		certs[d.n_certs++] = (struct osci_draft_cert){ OSCI_SIGN_OTHER_AUTHOR, author, ids[i] };
	m = party_order(&office, &d);
	osci_message_freep(&m);
}

/* One that could not be handed out again would end every FetchDelivery and every list of cards with a fault. */
static void test_no_delivery_blocks_a_mailbox(void **state)
{
	struct t_pair odd = t_pair_make(&(struct t_pair_opts){ .cn = "\xef\xbf\xbe", .curve = "P-256" });
	struct t_pair usual = t_pair_make(&(struct t_pair_opts){ .cn = "author", .curve = "P-256" });
	struct osci_cert *certs[] = { t_pair_cert(&odd), t_pair_cert(&usual) };
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY };
	struct osci_message *m;

	store_with_author(certs[0], 1);  /* its name is no XML text */
	assert_string_equal(report.code, "9811");
	store_with_author(certs[1], 13); /* no room for a certificate of ours */
	assert_string_equal(report.code, "9811");
	store_with_author(certs[1], 2);
	assert_string_equal(report.code, "0800");
	assert_string_equal(do_init(&bamf), "0801");
	m = party_order(&bamf, &d);
	assert_string_equal(osci_message_verdict(m), "0801");
	assert_true(m->has_content);
	osci_message_freep(&m);
	assert_string_equal(do_fetch(&bamf, text), "9803");
	assert_string_equal(do_card(&bamf, id, times), "0801");
	for (size_t i = 0; i < 2; i++)
		osci_cert_unref(certs[i]);
	t_pair_free(&odd);
	t_pair_free(&usual);
}

#define T(f) cmocka_unit_test_setup_teardown(f, before, after)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_one_way),	T(test_exit_confirms),	   T(test_unconfirmed_stays), T(test_more_waits),
		T(test_fetch_by_id),	T(test_message_ids),	   T(test_control_block),     T(test_foreign_dialog),
		T(test_timeout),	T(test_unsigned),	   T(test_plain),	      T(test_tampered),
		T(test_untrusted_client), T(test_untrusted_addressee), T(test_expired),
		T(test_algorithms_past), T(test_unreadable),
		T(test_unknown_receiver),	T(test_no_dialog),	   T(test_cards),	      T(test_retention),
		T(test_no_delivery_blocks_a_mailbox), T(test_language_of_faults),
	};

	return cmocka_run_group_tests_name("intermediary/service", tests, setup, teardown);
}
