/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_forward - ForwardDelivery and MediateDelivery: what reaches a passive recipient, what its answers are worth, what
 * the process card says at every moment
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "party.h"

#define URI "urn:example:register"

static struct party office, registry, stranger, expired;
static struct recipient recipient;
static struct im_participant list[2];

static void make_participants(void)
{
	static struct osci_cert *certs[6];
	static const char *const uris[] = { "urn:example:other", URI };

	certs[0] = osci_key_cert(registry.cipher);
	certs[1] = osci_key_cert(registry.sign);
	certs[2] = osci_key_cert(office.cipher);
	certs[3] = osci_key_cert(office.sign);
	list[0] = (struct im_participant){ .id = "registry", .cipher = &certs[0], .n_cipher = 1, .sign = &certs[1], .n_sign = 1,
					   .uris = (const char **)(uintptr_t)uris, .n_uris = 2,
					   .url = "http://registry.example/osci", .languages = "", .may_send = true,
					   .may_fetch = true };
	list[1] = (struct im_participant){ .id = "office", .cipher = &certs[2], .n_cipher = 1, .sign = &certs[3], .n_sign = 1,
					   .languages = "", .may_send = true, .may_fetch = true };
}

static int setup(void **state)
{
	struct t_pair other_ca;

	world_begin();
	other_ca = t_pair_make(&(struct t_pair_opts){ .cn = "CA", .curve = "P-256", .usage = "critical,keyCertSign,cRLSign",
						      .constraints = "critical,CA:TRUE" });
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&registry, "registry", test_pkey(2), &im_ca, 0, 0);
	party_make(&stranger, "stranger", test_pkey(1), &other_ca, 0, 0);
	party_make(&expired, "expired", test_pkey(2), &im_ca, T_NOW - 50 * 86400, T_NOW - 86400);
	t_pair_free(&other_ca);
	make_participants();
	return 0;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&registry);
	party_free(&stranger);
	party_free(&expired);
	world_end();
	return 0;
}

static int before(void **state)
{
	im_begin();
	office.in_dialog = false;
	recipient = (struct recipient){ .keys = &registry, .other = &office };
	im_set.participants = (struct im_participants){ .list = list, .n = 2 };
	im_set.exchange = recipient_exchange;
	im_set.exchange_arg = &recipient;
	make_participants();
	return 0;
}

static int after(void **state)
{
	osci_message_freep(&recipient.got);
	im_end();
	return 0;
}

/* One order; its answer in @ret to be freed, its feedback codes as one text. */
static const char *send_type(enum osci_type type, const char *id, const char *uri, struct osci_message **ret)
{
	static char codes[100];
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct osci_draft d;

	party_draft(&office, &registry, type, id, "die Frage", &d, certs, &package);
	d.receiver_uri = uri;
	if (!id)
		d.subject = NULL;
	*ret = party_order(&office, &d);
	codes[0] = '\0';
	for (size_t i = 0; i < (*ret)->n_feedback; i++)
		snprintf(codes + strlen(codes), sizeof(codes) - strlen(codes), "%s%s", i ? " " : "", (*ret)->feedback[i].code);
	return (*ret)->type == OSCI_FAULT ? (*ret)->fault_osci : codes;
}

static const char *times(const struct osci_card *c)
{
	static char text[4];

	snprintf(text, sizeof(text), "%s%s%s", c->creation ? "C" : "", c->forwarding ? "F" : "", c->reception ? "R" : "");
	return text;
}

/* The card as it is in the store. */
static const char *stored(const char *id)
{
	static char text[4];

	text[0] = '\0';
	assert_string_equal(do_init(&office), "0801");
	assert_non_null(do_card(&office, id, text));
	assert_string_equal(do_exit(&office), "0800");
	return text;
}

static void test_forward(void **state)
{
	struct osci_message *m;
	char id[300], text[300];

	do_get_id(&office, id);
	now_ms = T0 + 1000;
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "0800");
	assert_int_equal(recipient.calls, 1);
	assert_string_equal(recipient.url, "http://registry.example/osci");
	/* what the recipient got */
	assert_int_equal(recipient.got->type, OSCI_ACCEPT_DELIVERY);
	assert_null(recipient.got->control.conversation_id);
	assert_false(recipient.got->control.has_sequence);
	assert_int_equal(recipient.got->n_cards, 1);
	assert_string_equal(recipient.got->cards[0].message_id, id);
	assert_string_equal(recipient.got->cards[0].subject, "Betreff & <mehr>");
	assert_string_equal(times(&recipient.got->cards[0]), "CF");
	assert_int_equal(recipient.got->cards[0].n_inspections, 3);
	assert_non_null(osci_message_cert(recipient.got, OSCI_CIPHER_INTERMEDIARY));
	assert_true(osci_cert_equal(osci_message_cert(recipient.got, OSCI_CIPHER_ORIGINATOR), osci_key_cert(office.cipher)));
	party_content(&registry, recipient.got, text);
	assert_string_equal(text, "die Frage");
	/* what the sender got */
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FORWARD_DELIVERY);
	assert_int_equal(m->n_cards, 1);
	assert_string_equal(times(&m->cards[0]), "CFR");
	osci_message_freep(&m);
	assert_string_equal(stored(id), "CFR");
	/* D-01: again */
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "9801");
	assert_int_equal(m->n_cards, 0);
	assert_int_equal(recipient.calls, 1);
	osci_message_freep(&m);
	assert_string_equal(do_init(&registry), "0801"); /* nothing lies in a mailbox */
	assert_string_equal(do_fetch(&registry, text), "9803");
	assert_string_equal(do_exit(&registry), "0800");
}

/* The sender's package may use any Id, those that we would give included: what is sent on has each of them once. */
static void test_ids_of_the_package(void **state)
{
	static char intermed[96];
	static const char *const ids[] = { "body", "controlblock", "acceptdelivery", intermed };
	char own[96];

	osci_cert_id(intermed, sizeof(intermed), OSCI_CIPHER_INTERMEDIARY, world_cipher_cert());
	osci_cert_id(own, sizeof(own), OSCI_SIGN_ORIGINATOR, osci_key_cert(office.sign));
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		_cleanup_(osci_package_freep) struct osci_package *package = NULL;
		_cleanup_(osci_freep) char *changed = NULL;
		struct osci_draft_cert certs[3];
		struct osci_message *m;
		struct osci_draft d;
		const char *at;
		char id[300];

		do_get_id(&office, id);
		party_draft(&office, &registry, OSCI_FORWARD_DELIVERY, id, "die Frage", &d, certs, &package);
		certs[2] = (struct osci_draft_cert){ OSCI_SIGN_ORIGINATOR, osci_key_cert(office.sign), own };
		d.n_certs = 3; /* one with an Id: this order, too, is written with Ids out of the way */
		at = strstr(package->xml, " Id=\"") + strlen(" Id=\"");
		assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - package->xml), package->xml, ids[i], strchr(at, '"')) > 0);
		d.package = changed;
		d.package_len = strlen(changed);
		d.receiver_uri = URI;
		m = party_order(&office, &d);
		assert_string_equal(osci_message_verdict(m), "0800");
		osci_message_freep(&m);
	}
}

static void test_answers(void **state)
{
	static const struct {
		enum recipient_mode mode;
		const char *codes, *card;
	} rows[] = {
		{ RECIPIENT_ACCEPTS, "0800", "CFR" },
		{ RECIPIENT_WARNS, "0800", "CFR" },
		{ RECIPIENT_UNSIGNED, "3802 0800", "CFR" },
		{ RECIPIENT_PLAIN, "3803 0800", "CFR" },
		{ RECIPIENT_OTHER_SIGNER, "9807", "CF" },
		{ RECIPIENT_SPOILED, "9807", "CF" },
		{ RECIPIENT_WRONG_RESPONSE, "9810", "CF" },
		{ RECIPIENT_REFUSES, "9805", "CF" },
		{ RECIPIENT_INTERNAL, "9808", "CF" },
		{ RECIPIENT_FAULT, "9805", "CF" },
		{ RECIPIENT_SERVER_FAULT, "9808", "CF" },
		{ RECIPIENT_GARBAGE, "9810", "CF" },
		{ RECIPIENT_OTHER_TYPE, "9810", "CF" },
		{ RECIPIENT_REFUSED, "9809", "CF" },
		{ RECIPIENT_CUT_BEFORE, "9809", "CF" },
		{ RECIPIENT_CUT_AFTER, "9810", "CF" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct osci_message *m;
		const char *codes;
		char id[300];

		recipient.mode = rows[i].mode;
		do_get_id(&office, id);
		codes = send_type(OSCI_FORWARD_DELIVERY, id, URI, &m);
		if (strcmp(codes, rows[i].codes) || m->n_cards != 1 || strcmp(times(&m->cards[0]), rows[i].card))
			fail_msg("mode %d: %s, %s expected; %s", (int)rows[i].mode, codes, rows[i].codes, report.err.what);
		osci_message_freep(&m);
		assert_string_equal(stored(id), rows[i].card);
		assert_int_equal(recipient.calls, i + 1); /* asked once, whatever came of it */
	}
}

/* Signature certificates of the answer: outside its validity a warning, of nobody an error. */
static void test_answer_certificates(void **state)
{
	struct osci_message *m;
	char id[300];

	list[0].n_sign = 0; /* not configured: trust decides */
	recipient.mode = RECIPIENT_OTHER_SIGNER;
	recipient.other = &expired;
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "3708 0800");
	osci_message_freep(&m);
	assert_string_equal(stored(id), "CFR");
	recipient.other = &stranger;
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "9711");
	osci_message_freep(&m);
	assert_string_equal(stored(id), "CF");
}

/* C-06: the configuration alone says where to connect. */
static void c_06_receivers_from_configuration(void **state)
{
	static const char *const uris[] = { "http://registry.example/osci", "http://127.0.0.1:22/", "file:///etc/passwd",
					    "urn:example:unknown", "URN:EXAMPLE:REGISTER" };
	struct osci_message *m;
	char id[300];

	do_get_id(&office, id);
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, uris[i], &m), "9805");
		assert_int_equal(m->n_cards, 0);
		osci_message_freep(&m);
	}
	list[0].url = NULL; /* a participant, but with a mailbox only */
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "9805");
	osci_message_freep(&m);
	assert_int_equal(recipient.calls, 0);
	list[0].url = "http://registry.example/osci";
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "0800"); /* the id was not used up */
	osci_message_freep(&m);
}

static void look_at_card(struct recipient *r)
{
	struct im_pool pool = { 0 };
	struct im_card *cards;
	size_t n;
	bool more;
	const struct osci_selection all = { 0 };

	/* Durable before it is sent: a crash now leaves a card that says so. */
	assert_int_equal(im_store_cards(&im.store, "office", &all, 10, &pool, &cards, &n, &more, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(cards[0].creation, T0);
	assert_int_equal(cards[0].forwarding, T0);
	assert_int_equal(cards[0].reception, 0);
	im_pool_free(&pool);
	/* No lock is held: another dialog goes on. */
	assert_int_equal(pthread_mutex_trylock(&im.lock), 0);
	pthread_mutex_unlock(&im.lock);
	assert_int_equal(pthread_mutex_trylock(&im.store.lock), 0);
	pthread_mutex_unlock(&im.store.lock);
	now_ms += 5000; /* the recipient takes its time */
}

static void test_moments(void **state)
{
	struct osci_message *m;
	char id[300];

	recipient.before = look_at_card;
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "0800");
	assert_string_equal(m->cards[0].creation, m->cards[0].forwarding);
	assert_string_not_equal(m->cards[0].forwarding, m->cards[0].reception);
	assert_string_equal(m->cards[0].recent_modification, m->cards[0].reception);
	osci_message_freep(&m);
}

static void occupy(size_t n, const struct im_participant *by)
{
	for (size_t i = 0; i < IM_RELAYS_MAX; i++)
		im.relays[i] = i < n ? by : NULL;
}

static void test_places(void **state)
{
	struct osci_message *m;
	char id[300];

	do_get_id(&office, id);
	occupy(im_set.relays_max, &list[1]);
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "9809");
	osci_message_freep(&m);
	assert_int_equal(recipient.calls, 0);
	occupy(0, NULL);
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "0800");
	for (size_t i = 0; i < IM_RELAYS_MAX; i++)
		assert_null(im.relays[i]);
	osci_message_freep(&m);
}

static char second[300];

/* While the recipient takes its time, a second order to it is not waited for; the MessageId stays unused. */
static void ask_again(struct recipient *r)
{
	struct osci_message *m;

	r->before = NULL;
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, second, URI, &m), "9809");
	osci_message_freep(&m);
	assert_int_equal(r->calls, 1);
}

static void test_places_of_slow_recipients(void **state)
{
	struct im_participant slow[2] = { { .id = "slow-1" }, { .id = "slow-2" } };
	struct osci_message *m;
	char id[300];

	do_get_id(&office, id);
	do_get_id(&office, second);
	recipient.before = ask_again;
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, id, URI, &m), "0800");
	osci_message_freep(&m);
	im.relays[0] = &slow[0]; /* each has what one may have: the others go on */
	im.relays[2] = &slow[1];
	assert_string_equal(send_type(OSCI_FORWARD_DELIVERY, second, URI, &m), "0800");
	osci_message_freep(&m);
	assert_ptr_equal(im.relays[0], &slow[0]);
	assert_null(im.relays[1]);
	assert_int_equal(recipient.calls, 2);
	occupy(0, NULL);
}

/* Who mediates again and again does not make the ids void that the recipient has not used yet. */
static void test_ids_of_the_recipient(void **state)
{
	struct osci_message *m;
	char id[300], its[300];

	im.store.limits.open_ids = 1;
	do_get_id(&registry, its);
	assert_string_equal(do_init(&office), "0801");
	do_get_id(&office, id);
	occupy(im_set.relays_max, &list[1]);
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, id, URI, &m), "9809");
	osci_message_freep(&m);
	occupy(0, NULL);
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, "unknown@im.example", URI, &m), "9801");
	osci_message_freep(&m);
	assert_string_equal(do_store(&registry, its, &office, "x"), "0800");
}

static void test_mediate(void **state)
{
	struct osci_message *m;
	char id[300], text[300], response[300];

	assert_string_equal(do_init(&office), "0801");
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, id, URI, &m), "0801");
	assert_int_equal(recipient.got->type, OSCI_PROCESS_DELIVERY);
	assert_non_null(recipient.got->message_id_response);
	snprintf(response, sizeof(response), "%s", recipient.got->message_id_response);
	assert_string_equal(times(&recipient.got->cards[0]), "CF");
	party_content(&registry, recipient.got, text);
	assert_string_equal(text, "die Frage");
	party_content(&office, m, text);
	assert_string_equal(text, "die Antwort");
	assert_int_equal(m->n_cards, 2);
	assert_string_equal(m->cards[0].message_id, id);
	assert_string_equal(times(&m->cards[0]), "CFR");
	assert_string_equal(m->cards[1].message_id, response);
	assert_string_equal(times(&m->cards[1]), "CF");
	assert_string_equal(m->cards[1].subject, "Re");
	assert_true(osci_cert_equal(osci_message_cert(m, OSCI_CIPHER_ORIGINATOR), osci_key_cert(registry.cipher)));
	osci_message_freep(&m);
	/* the next order is the proof that the reply was read */
	assert_string_equal(do_card(&office, response, text), "0801");
	assert_string_equal(text, "CFR");
	assert_string_equal(do_exit(&office), "0800");
}

static void test_mediate_without_ids(void **state)
{
	struct osci_message *m;
	char id[300], text[300];

	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, NULL, URI, &m), "0801");
	assert_null(recipient.got->message_id_response);
	assert_int_equal(recipient.got->n_cards, 0);
	assert_int_equal(m->n_cards, 0);
	party_content(&office, m, text);
	assert_string_equal(text, "die Antwort");
	osci_message_freep(&m);
	recipient.mode = RECIPIENT_NO_ID;
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, id, URI, &m), "0801");
	assert_int_equal(m->n_cards, 1);
	osci_message_freep(&m);
	recipient.mode = RECIPIENT_NO_REPLY;
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, id, URI, &m), "9806");
	assert_false(m->has_content);
	assert_int_equal(m->n_cards, 1);
	assert_string_equal(times(&m->cards[0]), "CFR");
	osci_message_freep(&m);
	recipient.mode = RECIPIENT_FOREIGN_ID;
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, id, URI, &m), "9810");
	assert_false(m->has_content);
	osci_message_freep(&m);
	recipient.mode = RECIPIENT_CUT_AFTER;
	do_get_id(&office, id);
	assert_string_equal(send_type(OSCI_MEDIATE_DELIVERY, id, URI, &m), "9810");
	assert_int_equal(m->n_cards, 0); /* the schema has no place for one without Reception: it is fetched */
	osci_message_freep(&m);
	assert_string_equal(do_card(&office, id, text), "0801");
	assert_string_equal(text, "CF");
	assert_string_equal(do_exit(&office), "0800");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_forward, before, after),
		cmocka_unit_test_setup_teardown(test_ids_of_the_package, before, after),
		cmocka_unit_test_setup_teardown(test_answers, before, after),
		cmocka_unit_test_setup_teardown(test_answer_certificates, before, after),
		cmocka_unit_test_setup_teardown(c_06_receivers_from_configuration, before, after),
		cmocka_unit_test_setup_teardown(test_moments, before, after),
		cmocka_unit_test_setup_teardown(test_places, before, after),
		cmocka_unit_test_setup_teardown(test_places_of_slow_recipients, before, after),
		cmocka_unit_test_setup_teardown(test_ids_of_the_recipient, before, after),
		cmocka_unit_test_setup_teardown(test_mediate, before, after),
		cmocka_unit_test_setup_teardown(test_mediate_without_ids, before, after),
	};

	return cmocka_run_group_tests_name("intermediary/forward", tests, setup, teardown);
}
