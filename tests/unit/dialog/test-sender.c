/* SPDX-License-Identifier: Apache-2.0 */
/* test-sender - one delivery is stored once, or the sequence ends without a wrong success */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "t_peer.h"

static struct t_peer peer;

/* Runs to DONE or FAILED; returns the last step. */
static enum osci_step run(struct osci_sender *s)
{
	for (;;) {
		enum osci_step step = osci_sender_step(s);
		const unsigned char *out;
		unsigned char *answer;
		size_t len, answer_len;

		if (step == OSCI_STEP_SAVE_ID) {
			assert_int_equal(osci_sender_input(s, "x", 1, T_NOW, NULL), OSCI_E_STATE);
			assert_string_equal(osci_sender_message_id(s), "m1@intermed");
			(void)osci_sender_continue(s, NULL);
			continue;
		}
		out = osci_sender_output(s, &len);
		assert_int_equal(out != NULL, step == OSCI_STEP_POST);
		if (step != OSCI_STEP_POST)
			return step;
		assert_int_equal(osci_sender_continue(s, NULL), OSCI_E_STATE);
		answer = t_peer_answer(&peer, out, len, &answer_len);
		(void)osci_sender_input(s, answer, answer_len, T_NOW, NULL);
		free(answer);
	}
}

static struct osci_sender *start(const char *message_id)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_sender *s = NULL;
	struct osci_err err;

	if (osci_sender_new(&s, &conf, &delivery, message_id, &err))
		fail_msg("%s %s", err.where, err.what);
	return s;
}

/* Whole run; checks that the orders were @want. */
static struct osci_sender *run_all(const char *message_id, enum osci_step last, const enum osci_type *want, int n)
{
	struct osci_sender *s = start(message_id);
	enum osci_step step = run(s);

	if (step != last)
		fail_msg("ended with %d: %s %s", step, osci_sender_error(s)->where, osci_sender_error(s)->what);
	assert_int_equal(peer.n_orders, n);
	assert_memory_equal(peer.orders, want, (size_t)n * sizeof(*want));
	return s;
}

#define RUN(id, last, ...) \
	run_all(id, last, (enum osci_type[]){ __VA_ARGS__ }, \
		(int)(sizeof((enum osci_type[]){ __VA_ARGS__ }) / sizeof(enum osci_type)))

static int reset(void **state)
{
	t_peer_reset(&peer);
	return 0;
}

static void fresh(void **state)
{
	struct osci_sender *s = RUN(NULL, OSCI_STEP_DONE, OSCI_GET_MESSAGE_ID, OSCI_STORE_DELIVERY);
	size_t n;

	assert_non_null(osci_sender_card(s));
	assert_string_equal(osci_sender_card(s)->message_id, "m1@intermed");
	assert_false(osci_sender_was_stored(s));
	assert_string_equal(osci_sender_feedback(s, &n)[0].code, "0800");
	assert_int_equal(n, 1);
	assert_int_equal(peer.stores, 1);
	osci_sender_freep(&s);
	assert_null(s);
}

static void retry_of_a_stored_one(void **state)
{
	struct osci_sender *s;

	strcpy(peer.stored_id, "m1@intermed");
	s = RUN("m1@intermed", OSCI_STEP_DONE, OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD, OSCI_EXIT_DIALOG);
	assert_true(osci_sender_was_stored(s));
	assert_non_null(osci_sender_card(s));
	assert_int_equal(peer.stores, 0);
	osci_sender_freep(&s);
}

static void retry_of_one_that_never_arrived(void **state)
{
	struct osci_sender *s = RUN("m1@intermed", OSCI_STEP_DONE, OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD,
				    OSCI_EXIT_DIALOG, OSCI_STORE_DELIVERY);

	assert_false(osci_sender_was_stored(s));
	assert_string_equal(peer.stored_id, "m1@intermed");
	osci_sender_freep(&s);
}

static void used_id_leads_to_the_card(void **state)
{
	struct osci_sender *s;

	strcpy(peer.stored_id, "m1@intermed");
	s = RUN(NULL, OSCI_STEP_DONE, OSCI_GET_MESSAGE_ID, OSCI_STORE_DELIVERY, OSCI_INIT_DIALOG,
		OSCI_FETCH_PROCESS_CARD, OSCI_EXIT_DIALOG);
	assert_true(osci_sender_was_stored(s));
	osci_sender_freep(&s);
}

static void used_id_without_card_fails(void **state)
{
	struct osci_sender *s;

	peer.code[OSCI_STORE_DELIVERY] = "9801";
	peer.code[OSCI_FETCH_PROCESS_CARD] = "9804";
	s = RUN("m1@intermed", OSCI_STEP_FAILED, OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD, OSCI_EXIT_DIALOG,
		OSCI_STORE_DELIVERY, OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD, OSCI_EXIT_DIALOG);
	assert_string_equal(osci_sender_error(s)->feedback, "9801");
	assert_int_equal(osci_sender_error(s)->code, OSCI_E_FEEDBACK);
	assert_null(osci_sender_card(s));
	osci_sender_freep(&s);
}

static void warning_as_verdict(void **state)
{
	struct osci_sender *s;
	size_t n;

	peer.code[OSCI_STORE_DELIVERY] = "3707";
	s = RUN(NULL, OSCI_STEP_DONE, OSCI_GET_MESSAGE_ID, OSCI_STORE_DELIVERY);
	osci_sender_freep(&s);
	t_peer_reset(&peer);
	peer.code[OSCI_STORE_DELIVERY] = "3707"; /* refusal of an operator: no card */
	peer.no_card = true;
	s = RUN(NULL, OSCI_STEP_FAILED, OSCI_GET_MESSAGE_ID, OSCI_STORE_DELIVERY);
	assert_string_equal(osci_sender_error(s)->feedback, "3707");
	assert_string_equal(osci_sender_feedback(s, &n)[0].code, "3707");
	osci_sender_freep(&s);
}

static void refusals(void **state)
{
	static const struct {
		enum osci_type type;
		const char *code, *id;
	} cases[] = {
		{ OSCI_GET_MESSAGE_ID, "9811", NULL },        { OSCI_STORE_DELIVERY, "9800", NULL },
		{ OSCI_INIT_DIALOG, "9600", "m1@intermed" },  { OSCI_FETCH_PROCESS_CARD, "9802", "m1@intermed" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct osci_sender *s;

		t_peer_reset(&peer);
		peer.code[cases[i].type] = cases[i].code;
		s = start(cases[i].id);
		assert_int_equal(run(s), OSCI_STEP_FAILED);
		assert_int_equal(osci_sender_error(s)->code, OSCI_E_FEEDBACK);
		assert_string_equal(osci_sender_error(s)->feedback, cases[i].code);
		assert_int_equal(peer.orders[peer.n_orders - 1], cases[i].type);
		osci_sender_freep(&s);
	}
}

static void d_05_card_of_another_delivery(void **state)
{
	struct osci_sender *s;

	peer.foreign_card = true;
	s = RUN(NULL, OSCI_STEP_FAILED, OSCI_GET_MESSAGE_ID, OSCI_STORE_DELIVERY);
	assert_int_equal(osci_sender_error(s)->code, OSCI_E_DIALOG);
	osci_sender_freep(&s);
	t_peer_reset(&peer);
	peer.foreign_card = true;
	strcpy(peer.stored_id, "m1@intermed");
	s = RUN("m1@intermed", OSCI_STEP_FAILED, OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD);
	osci_sender_freep(&s);
}

/* Every lie at every exchange of both paths: no success, no further order. */
static void d_02_lies(void **state)
{
	static const int lengths[] = { 2, 4 };
	int path, at, twist;

	for (path = 0; path < 2; path++) {
		for (at = 0; at < lengths[path]; at++) {
			for (twist = T_HONEST + 1; twist < T_TWISTS; twist++) {
				struct osci_sender *s;
				bool implicit = !path || at == 3, opens = path && !at;

				if (twist == T_CONVERSATION && (implicit || opens))
					continue; /* nobody uses it, or it is the first one */
				if (twist == T_SEQUENCE && opens)
					continue;
				t_peer_reset(&peer);
				peer.twist_at = at;
				peer.twist = twist;
				s = start(path ? "m1@intermed" : NULL);
				if (run(s) != OSCI_STEP_FAILED || peer.n_orders != at + 1)
					fail_msg("path %d exchange %d lie %d: step %d after %d orders", path, at, twist,
						 osci_sender_step(s), peer.n_orders);
				if (twist == T_FAULT) {
					assert_int_equal(osci_sender_error(s)->code, OSCI_E_FAULT);
					assert_string_equal(osci_sender_error(s)->feedback, "9400");
				}
				if (twist <= T_SEQUENCE || twist == T_OTHER_TYPE)
					assert_int_equal(osci_sender_error(s)->code, OSCI_E_DIALOG);
				if (twist == T_UNSIGNED)
					assert_int_equal(osci_sender_error(s)->code, OSCI_E_UNSIGNED);
				osci_sender_freep(&s);
			}
		}
	}
}

/* Without a named signer it may be anybody trusted, but never nobody. */
static void any_trusted_signer(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_sender *s = NULL;
	int twisted;

	conf.intermediary_signer = NULL;
	for (twisted = 0; twisted < 2; twisted++) {
		t_peer_reset(&peer);
		peer.twist_at = twisted ? 0 : -1;
		peer.twist = T_UNSIGNED;
		assert_int_equal(osci_sender_new(&s, &conf, &delivery, NULL, NULL), 0);
		assert_int_equal(run(s), twisted ? OSCI_STEP_FAILED : OSCI_STEP_DONE);
		if (twisted)
			assert_int_equal(osci_sender_error(s)->code, OSCI_E_UNSIGNED);
		osci_sender_freep(&s);
	}
}

/* The card was found; a broken end of the dialog takes nothing away. */
static void lie_at_the_end_of_a_look_up(void **state)
{
	struct osci_sender *s;

	strcpy(peer.stored_id, "m1@intermed");
	peer.twist_at = 2;
	peer.twist = T_FAULT;
	s = RUN("m1@intermed", OSCI_STEP_DONE, OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD, OSCI_EXIT_DIALOG);
	assert_true(osci_sender_was_stored(s));
	assert_non_null(osci_sender_card(s));
	osci_sender_freep(&s);
}

static void d_02_yesterdays_answer(void **state)
{
	struct osci_sender *s = start(NULL), *t = start(NULL);
	size_t len, answer_len;
	const unsigned char *out = osci_sender_output(s, &len);
	unsigned char *answer = t_peer_answer(&peer, out, len, &answer_len);

	assert_int_equal(osci_sender_input(t, answer, answer_len, T_NOW, NULL), OSCI_E_DIALOG);
	assert_int_equal(osci_sender_step(t), OSCI_STEP_FAILED);
	assert_int_equal(osci_sender_input(t, answer, answer_len, T_NOW, NULL), OSCI_E_STATE);
	assert_int_equal(osci_sender_input(s, answer, answer_len, T_NOW, NULL), 0);
	assert_int_equal(osci_sender_step(s), OSCI_STEP_SAVE_ID);
	free(answer);
	osci_sender_freep(&s);
	osci_sender_freep(&t);
}

static void cut_answers(void **state)
{
	size_t cut, len, answer_len = 1;

	for (cut = 0; cut < answer_len; cut += 97) {
		struct osci_sender *s = start(NULL);
		const unsigned char *out = osci_sender_output(s, &len);
		unsigned char *answer = t_peer_answer(&peer, out, len, &answer_len);
		int r = osci_sender_input(s, answer, cut, T_NOW, NULL);

		if (r <= 0 || osci_sender_step(s) != OSCI_STEP_FAILED)
			fail_msg("cut at %zu: %d", cut, r);
		free(answer);
		osci_sender_freep(&s);
		peer.n_orders = 0;
	}
}

/* To a passive recipient: one order, and what its answer says about the recipient. */
static void forwards(void **state)
{
	static const struct {
		const char *code;
		bool done;
		enum osci_reach reach;
	} rows[] = {
		{ NULL, true, OSCI_REACH_ACCEPTED },   { "3802", true, OSCI_REACH_ACCEPTED },
		{ "3803", true, OSCI_REACH_ACCEPTED }, { "9805", false, OSCI_REACH_REFUSED },
		{ "9807", false, OSCI_REACH_UNKNOWN }, { "9808", false, OSCI_REACH_REFUSED },
		{ "9809", false, OSCI_REACH_NOT },     { "9810", false, OSCI_REACH_UNKNOWN },
	};
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	size_t i, n;

	delivery.receiver_uri = "https://amt.example/osci";
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct osci_sender *s = NULL;
		const char *code;

		t_peer_reset(&peer);
		peer.code[OSCI_FORWARD_DELIVERY] = rows[i].code;
		assert_int_equal(osci_sender_new(&s, &conf, &delivery, NULL, NULL), 0);
		assert_int_equal(run(s), rows[i].done ? OSCI_STEP_DONE : OSCI_STEP_FAILED);
		assert_int_equal(peer.n_orders, 2);
		assert_int_equal(peer.orders[1], OSCI_FORWARD_DELIVERY);
		code = osci_sender_feedback(s, &n)[0].code;
		assert_string_equal(code, rows[i].code ? rows[i].code : "0800");
		assert_int_equal(osci_reach_of(code), rows[i].reach);
		if (rows[i].done)
			assert_non_null(osci_sender_card(s)->reception);
		else
			assert_string_equal(osci_sender_error(s)->feedback, rows[i].code);
		osci_sender_freep(&s);
	}
}

/* An earlier attempt may have reached the recipient: the card says so, and nothing is sent again. */
static void forwards_once(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_sender *s = NULL;

	delivery.receiver_uri = "https://amt.example/osci";
	strcpy(peer.stored_id, "m1@intermed");
	assert_int_equal(osci_sender_new(&s, &conf, &delivery, "m1@intermed", NULL), 0);
	assert_int_equal(run(s), OSCI_STEP_DONE);
	assert_true(osci_sender_was_stored(s));
	assert_int_equal(peer.stores, 0);
	assert_null(osci_sender_card(s)->reception); /* whether it accepted is not known */
	osci_sender_freep(&s);
}

/* A package with an attachment, read piece by piece while it is sent. */
static void attachments(void **state)
{
	enum { OCTETS = 300000 };
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_attachment_draft attachment = { .content_id = "anhang" };
	const struct osci_content_draft contents[] = { { .data = "Brief", .len = 5 }, { .attachment = &attachment } };
	const struct osci_author_draft author = { peer.office, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft reader = { osci_key_cert(peer.office_cipher), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft container = {
		.contents = contents, .n_contents = 2, .authors = &author, .n_authors = 1, .readers = &reader, .n_readers = 1,
	};
	struct osci_package_opts opts = { 0 };
	struct osci_package *package = NULL;
	struct osci_sender *s = NULL;
	struct osci_stream *stream;
	struct osci_err err;
	unsigned char *data = calloc(1, OCTETS);
	size_t len;

	assert_non_null(data);
	assert_int_equal(osci_blob_take(&attachment.blob, data, OCTETS, false), 0);
	assert_int_equal(osci_spool_new(&conf.spool, &(struct osci_spool_conf){ 0 }, NULL), 0);
	if (osci_package_new(&package, &container, 1, &opts, &err))
		fail_msg("%s %s", err.where, err.what);
	delivery.package = package;
	delivery.data = NULL;
	assert_int_equal(osci_sender_new(&s, &conf, &delivery, NULL, NULL), 0);
	t_peer_exchange(&peer, osci_sender_seq(s));
	assert_int_equal(osci_sender_continue(s, NULL), 0);
	assert_null(osci_sender_output(s, &len));
	assert_int_equal(osci_sender_output_stream(s, &stream, NULL), 0);
	assert_true(osci_stream_len(stream) > OCTETS);
	osci_stream_freep(&stream);
	osci_sender_freep(&s);
	t_peer_reset(&peer);
	assert_int_equal(osci_sender_new(&s, &conf, &delivery, NULL, NULL), 0);
	assert_int_equal(t_peer_run(&peer, osci_sender_seq(s)), OSCI_STEP_DONE);
	assert_int_equal(peer.stores, 1);
	osci_sender_freep(&s);
	osci_package_freep(&package);
	osci_blob_unref(attachment.blob);
	osci_spool_unref(conf.spool);
}

static void wrong_use(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_sender *s = NULL;

	assert_int_equal(osci_sender_new(&s, &conf, &delivery, "a b", NULL), OSCI_E_USAGE);
	delivery.addressee = NULL;
	assert_int_equal(osci_sender_new(&s, &conf, &delivery, NULL, NULL), OSCI_E_USAGE);
	conf.n_decrypt = 0;
	delivery = t_peer_delivery(&peer);
	assert_int_equal(osci_sender_new(&s, &conf, &delivery, NULL, NULL), OSCI_E_USAGE);
	assert_null(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, reset)
	static const struct CMUnitTest tests[] = {
		T(fresh), T(retry_of_a_stored_one), T(retry_of_one_that_never_arrived), T(used_id_leads_to_the_card),
		T(used_id_without_card_fails), T(warning_as_verdict), T(refusals), T(d_05_card_of_another_delivery),
		T(any_trusted_signer), T(d_02_lies), T(lie_at_the_end_of_a_look_up), T(d_02_yesterdays_answer),
		T(cut_answers), T(forwards), T(forwards_once), T(attachments), T(wrong_use),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, false);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
