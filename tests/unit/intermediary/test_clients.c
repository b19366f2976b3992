/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_clients - the library's sequences and its passive recipient against the intermediary, in memory
 *
 * Nothing is scripted here: what the one side writes the other has to understand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/chunk.h>
#include <osci/dialog.h>
#include <osci/recipient.h>
#include "base/buf.h"
#include "party.h"

#define URI "urn:example:register"
#define LARGE 50000

static struct party office, registry;
static struct im_participant list[2];
static unsigned char large[LARGE];
static bool unreadable; /* the next answer is lost */

/* --- the passive recipient ------------------------------------------------------- */

static unsigned received;

static int exchange(void *arg, const char *url, struct osci_stream *request, struct osci_blob **ret, struct osci_err *err)
{
	const struct osci_cert *known[] = { osci_key_cert(im_set.sign) };
	const struct osci_recipient_conf conf = { .sign = registry.sign, .decrypt = &registry.cipher, .n_decrypt = 1,
						  .trust = everyone, .intermediaries = known, .n_intermediaries = 1,
						  .policy = { .require_encryption = true } };
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	_cleanup_(osci_stream_freep) struct osci_stream *order = request, *answer = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	_cleanup_(osci_recipient_freep) struct osci_recipient *p = NULL;
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_reply reply = { .subject = "Re" };

	assert_int_equal(osci_recipient_new(&p, &conf, err), 0);
	assert_int_equal(osci_stream_to_blob(order, NULL, &body, err), 0);
	if (osci_recipient_open(p, body, T_NOW, &m, &answer, err))
		fail_msg("recipient: %s %s %s", err->feedback, err->where, err->what);
	received++;
	if (m->type == OSCI_PROCESS_DELIVERY) {
		package = t_package("die Antwort", 11, registry.sign, osci_message_cert(m, OSCI_CIPHER_ORIGINATOR));
		reply.package = package;
		reply.message_id = m->message_id_response;
	}
	assert_int_equal(osci_recipient_answer(p, m, NULL, 0, package ? &reply : NULL, &answer, err), 0);
	return osci_stream_to_blob(answer, NULL, ret, err);
}

/* --- the way between --------------------------------------------------------------- */

static struct osci_client_conf conf_of(struct party *p)
{
	return (struct osci_client_conf){ .sign = p->sign, .decrypt = &p->cipher, .n_decrypt = 1,
					  .intermediary_cipher = osci_key_cert(im_set.cipher[0]),
					  .intermediary_signer = osci_key_cert(im_set.sign), .trust = everyone };
}

static void post(struct osci_seq *q)
{
	struct osci_stream *order = NULL, *answer = NULL;
	struct osci_blob *body = NULL, *back = NULL;

	assert_int_equal(osci_seq_output_stream(q, &order, NULL), 0);
	assert_int_equal(osci_stream_to_blob(order, NULL, &body, NULL), 0);
	assert_int_equal(im_service_handle(&im, now_ms, party_peer, body, &answer, &cut, &report), 0);
	assert_int_equal(osci_stream_to_blob(answer, NULL, &back, NULL), 0);
	if (unreadable)
		(void)osci_seq_input(q, "", 0, T_NOW, NULL);
	else
		(void)osci_seq_input_blob(q, back, T_NOW, NULL);
	unreadable = false;
	osci_blob_unref(back);
	osci_blob_unref(body);
	osci_stream_freep(&order);
	osci_stream_freep(&answer);
}

/* To the end; what is shown is taken. */
static void run(struct osci_seq *q, enum osci_step want)
{
	enum osci_step step;

	while ((step = osci_seq_step(q)) != OSCI_STEP_DONE && step != OSCI_STEP_FAILED && step != want) {
		if (step == OSCI_STEP_POST)
			post(q);
		else
			assert_int_equal(osci_seq_continue(q, NULL), 0);
	}
	if (step != want)
		fail_msg("%s %s: %s", osci_seq_error(q)->feedback, osci_seq_error(q)->where, osci_seq_error(q)->what);
}

static struct osci_delivery delivery(bool is_large, const char *uri)
{
	return (struct osci_delivery){ .subject = "Betreff", .addressee = osci_key_cert(registry.cipher), .author = office.sign,
				       .data = is_large ? (const void *)large : "die Frage", .len = is_large ? LARGE : 9,
				       .receiver_uri = uri };
}

static void content_is_large(const struct osci_message *m)
{
	const struct osci_open_opts opts = { .keys = &registry.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW };
	struct osci_contents *c = NULL;
	struct osci_err err;

	if (osci_contents_open(&c, m, &opts, &err))
		fail_msg("contents: %s %s", err.where, err.what);
	assert_int_equal(c->n_items, 1);
	assert_int_equal(c->items[0].len, LARGE);
	assert_memory_equal(c->items[0].data, large, LARGE);
	osci_contents_freep(&c);
}

/* --- tests --------------------------------------------------------------------------- */

static int setup(void **state)
{
	static struct osci_cert *certs[4];
	static const char *const uris[] = { URI };

	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&registry, "registry", test_pkey(2), &im_ca, 0, 0);
	certs[0] = osci_key_cert(registry.cipher);
	certs[1] = osci_key_cert(registry.sign);
	certs[2] = osci_key_cert(office.cipher);
	certs[3] = osci_key_cert(office.sign);
	list[0] = (struct im_participant){ .id = "registry", .cipher = &certs[0], .n_cipher = 1, .sign = &certs[1], .n_sign = 1,
					   .uris = (const char **)(uintptr_t)uris, .n_uris = 1,
					   .url = "http://registry.example/osci", .languages = "", .may_send = true,
					   .may_fetch = true };
	list[1] = (struct im_participant){ .id = "office", .cipher = &certs[2], .n_cipher = 1, .sign = &certs[3], .n_sign = 1,
					   .languages = "", .may_send = true, .may_fetch = true };
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (unsigned char)(i * 13 + i / 256);
	return 0;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&registry);
	world_end();
	return 0;
}

static int before(void **state)
{
	im_begin();
	im_set.participants = (struct im_participants){ .list = list, .n = 2 };
	im_set.exchange = exchange;
	received = 0;
	unreadable = false;
	return 0;
}

static int after(void **state)
{
	im_end();
	return 0;
}

static void forwards(void **state)
{
	struct osci_client_conf conf = conf_of(&office);
	struct osci_delivery d = delivery(false, URI);
	struct osci_sender *s = NULL;

	assert_int_equal(osci_sender_new(&s, &conf, &d, NULL, NULL), 0);
	run(osci_sender_seq(s), OSCI_STEP_DONE);
	assert_int_equal(received, 1);
	assert_non_null(osci_sender_card(s)->reception);
	osci_sender_freep(&s);
}

static void mediates(void **state)
{
	const struct osci_open_opts opts = { .keys = &office.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW };
	struct osci_client_conf conf = conf_of(&office);
	struct osci_delivery d = delivery(false, URI);
	struct osci_contents *c = NULL;
	int with_id;

	for (with_id = 0; with_id < 2; with_id++) {
		struct osci_mediator *m = NULL;

		assert_int_equal(osci_mediator_new(&m, &conf, &d, with_id, NULL), 0);
		run(osci_mediator_seq(m), OSCI_STEP_DONE);
		assert_int_equal(osci_mediator_reach(m), OSCI_REACH_ACCEPTED);
		assert_non_null(osci_mediator_reply(m));
		assert_int_equal(osci_mediator_request_card(m) != NULL, with_id);
		assert_int_equal(osci_mediator_reply_card(m) != NULL, with_id);
		assert_int_equal(osci_contents_open(&c, osci_mediator_reply(m), &opts, NULL), 0);
		assert_memory_equal(c->items[0].data, "die Antwort", 11);
		osci_contents_freep(&c);
		osci_mediator_freep(&m);
	}
	assert_int_equal(received, 2);
}

static void asks_for_cards(void **state)
{
	const struct osci_selection mine = { .kind = OSCI_SELECT_RECENT, .time = "2026-01-01T00:00:00Z", .role = "Originator" };
	struct osci_client_conf conf = conf_of(&office);
	struct osci_delivery d = delivery(false, NULL);
	struct osci_card_query *q = NULL;
	struct osci_sender *s = NULL;
	size_t n;

	assert_int_equal(osci_sender_new(&s, &conf, &d, NULL, NULL), 0);
	run(osci_sender_seq(s), OSCI_STEP_DONE);
	assert_int_equal(osci_card_query_new(&q, &conf, &mine, NULL), 0);
	run(osci_card_query_seq(q), OSCI_STEP_DONE);
	assert_non_null(osci_card_query_cards(q, &n));
	assert_int_equal(n, 1);
	assert_string_equal(osci_card_query_cards(q, &n)->message_id, osci_sender_message_id(s));
	osci_card_query_freep(&q);
	osci_sender_freep(&s);
}

/* The first one cannot be opened, time and again: the others are fetched nevertheless. */
static void goes_past_an_unreadable_delivery(void **state)
{
	struct osci_client_conf to = conf_of(&office), from = conf_of(&registry);
	struct osci_delivery d = delivery(false, NULL);
	struct osci_fetcher *f = NULL;
	char bad[256];
	int i;

	for (i = 0; i < 3; i++) {
		struct osci_sender *s = NULL;

		assert_int_equal(osci_sender_new(&s, &to, &d, NULL, NULL), 0);
		run(osci_sender_seq(s), OSCI_STEP_DONE);
		osci_sender_freep(&s);
	}
	assert_int_equal(osci_fetcher_new(&f, &from, 9, NULL), 0);
	assert_int_equal(osci_fetcher_by_card(f, NULL, 0, NULL), 0);
	post(osci_fetcher_seq(f));
	post(osci_fetcher_seq(f));
	unreadable = true;
	post(osci_fetcher_seq(f));
	assert_int_equal(osci_fetcher_step(f), OSCI_STEP_FAILED);
	snprintf(bad, sizeof(bad), "%s", osci_fetcher_asked(f));
	osci_fetcher_freep(&f);
	assert_int_equal(osci_fetcher_new(&f, &from, 9, NULL), 0);
	assert_int_equal(osci_fetcher_by_card(f, (const char *[]){ bad }, 1, NULL), 0);
	run(osci_fetcher_seq(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_count(f), 2);
	osci_fetcher_freep(&f);
	assert_int_equal(osci_fetcher_new(&f, &from, 9, NULL), 0);
	run(osci_fetcher_seq(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_count(f), 1);
	osci_fetcher_freep(&f);
}

static void stores_in_chunks(uint64_t kib, unsigned lost)
{
	struct osci_client_conf conf = conf_of(&office);
	struct osci_delivery d = delivery(true, NULL);
	struct osci_chunk_sender *s = NULL, *again = NULL;
	unsigned i;

	assert_int_equal(osci_chunk_sender_new(&s, &conf, &d, kib, NULL), 0);
	if (lost) {
		run(osci_chunk_sender_seq(s), OSCI_STEP_SAVE_ID);
		assert_int_equal(osci_seq_continue(osci_chunk_sender_seq(s), NULL), 0);
		for (i = 1; i < lost; i++)
			post(osci_chunk_sender_seq(s));
		unreadable = true;
		post(osci_chunk_sender_seq(s));
		assert_int_equal(osci_seq_step(osci_chunk_sender_seq(s)), OSCI_STEP_FAILED);
		im_restart();
		im_set.exchange = exchange;
		assert_int_equal(osci_chunk_sender_resume(&again, &conf, &d, osci_chunk_sender_message_id(s),
							  osci_chunk_sender_inner(s), osci_chunk_sender_chunk_kib(s), NULL), 0);
		osci_chunk_sender_freep(&s);
		s = again;
	}
	run(osci_chunk_sender_seq(s), OSCI_STEP_DONE);
	assert_non_null(osci_chunk_sender_card(s)->creation);
	osci_chunk_sender_freep(&s);
}

static void fetches_in_chunks(uint64_t kib, unsigned lost)
{
	struct osci_client_conf conf = conf_of(&registry);
	const struct osci_chunk_fetch_opts opts = { .chunk_kib = kib };
	struct osci_chunk_fetch_opts resume = { 0 };
	struct osci_chunk_fetcher *f = NULL, *again = NULL;
	struct osci_chunk_state done;
	unsigned i;

	assert_int_equal(osci_chunk_fetcher_new(&f, &conf, &opts, NULL), 0);
	if (lost) {
		for (i = 0; i < lost; i++)
			post(osci_chunk_fetcher_seq(f));
		unreadable = true;
		post(osci_chunk_fetcher_seq(f));
		assert_int_equal(osci_chunk_fetcher_state(f, &done, NULL), 0);
		im_restart();
		resume.resume = &done;
		assert_int_equal(osci_chunk_fetcher_new(&again, &conf, &resume, NULL), 0);
		osci_chunk_fetcher_freep(&f);
		f = again;
	}
	run(osci_chunk_fetcher_seq(f), OSCI_STEP_DELIVERY);
	content_is_large(osci_seq_message(osci_chunk_fetcher_seq(f)));
	assert_int_equal(osci_seq_continue(osci_chunk_fetcher_seq(f), NULL), 0);
	run(osci_chunk_fetcher_seq(f), OSCI_STEP_DONE);
	osci_chunk_fetcher_freep(&f);
	/* It was confirmed: nothing is left. */
	assert_int_equal(osci_chunk_fetcher_new(&f, &conf, &opts, NULL), 0);
	run(osci_chunk_fetcher_seq(f), OSCI_STEP_DONE);
	assert_int_equal(osci_chunk_fetcher_count(f), 0);
	osci_chunk_fetcher_freep(&f);
}

static void large_delivery(void **state)
{
	stores_in_chunks(16, 0);
	fetches_in_chunks(16, 0);
	stores_in_chunks(0, 0);  /* what the intermediary allows at most */
	fetches_in_chunks(0, 0);
}

/* An answer is lost and the intermediary starts anew, in the middle of both ways. */
static void large_delivery_with_a_restart(void **state)
{
	stores_in_chunks(16, 2);
	fetches_in_chunks(16, 3);
	stores_in_chunks(64, 2); /* the one with the verdict */
	fetches_in_chunks(64, 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, before, after)
	static const struct CMUnitTest tests[] = {
		T(forwards), T(mediates), T(asks_for_cards), T(goes_past_an_unreadable_delivery), T(large_delivery),
		T(large_delivery_with_a_restart),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
