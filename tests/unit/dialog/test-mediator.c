/* SPDX-License-Identifier: Apache-2.0 */
/* test-mediator - request and reply of a passive recipient; process cards asked for */
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

static int reset(void **state)
{
	t_peer_reset(&peer);
	return 0;
}

static struct osci_delivery request(void)
{
	struct osci_delivery d = t_peer_delivery(&peer);

	d.receiver_uri = "https://amt.example/osci";
	return d;
}

static struct osci_mediator *start(bool with_id)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery d = request();
	struct osci_mediator *m = NULL;
	struct osci_err err;

	if (osci_mediator_new(&m, &conf, &d, with_id, &err))
		fail_msg("%s %s", err.where, err.what);
	return m;
}

static void orders_are(const enum osci_type *want, int n)
{
	assert_int_equal(peer.n_orders, n);
	assert_memory_equal(peer.orders, want, (size_t)n * sizeof(*want));
}

#define ORDERS(...) \
	orders_are((enum osci_type[]){ __VA_ARGS__ }, (int)(sizeof((enum osci_type[]){ __VA_ARGS__ }) / sizeof(enum osci_type)))

static void with_id(void **state)
{
	struct osci_mediator *m = start(true);
	struct osci_seq *q = osci_mediator_seq(m);

	assert_int_equal(osci_mediator_reach(m), OSCI_REACH_UNKNOWN);
	t_peer_exchange(&peer, q);
	t_peer_exchange(&peer, q);
	assert_int_equal(osci_seq_step(q), OSCI_STEP_SAVE_ID);
	assert_string_equal(osci_mediator_message_id(m), "m1@intermed");
	assert_int_equal(osci_seq_continue(q, NULL), 0);
	t_peer_exchange(&peer, q);
	assert_int_equal(osci_seq_step(q), OSCI_STEP_DELIVERY);
	assert_int_equal(peer.n_orders, 3); /* nothing confirms it yet */
	assert_true(peer.named); /* the recipient encrypts its reply for it */
	assert_true(osci_mediator_reply(m)->has_content);
	assert_true(osci_blob_len(osci_mediator_raw_blob(m)) > 0);
	assert_string_equal(osci_mediator_request_card(m)->message_id, "m1@intermed");
	assert_non_null(osci_mediator_request_card(m)->reception);
	assert_string_equal(osci_mediator_reply_card(m)->message_id, "r1@intermed");
	assert_int_equal(osci_seq_continue(q, NULL), 0);
	assert_int_equal(t_peer_run(&peer, q), OSCI_STEP_DONE);
	ORDERS(OSCI_INIT_DIALOG, OSCI_GET_MESSAGE_ID, OSCI_MEDIATE_DELIVERY, OSCI_EXIT_DIALOG);
	assert_int_equal(osci_mediator_reach(m), OSCI_REACH_ACCEPTED);
	osci_mediator_freep(&m);
	assert_null(m);
}

static void without_id(void **state)
{
	struct osci_mediator *m = start(false);

	assert_int_equal(t_peer_run(&peer, osci_mediator_seq(m)), OSCI_STEP_DONE);
	ORDERS(OSCI_INIT_DIALOG, OSCI_MEDIATE_DELIVERY, OSCI_EXIT_DIALOG);
	assert_non_null(osci_mediator_reply(m));
	assert_null(osci_mediator_message_id(m));
	assert_null(osci_mediator_request_card(m));
	assert_null(osci_mediator_reply_card(m));
	osci_mediator_freep(&m);
}

static void accepted_without_reply(void **state)
{
	struct osci_mediator *m = start(true);
	size_t n;

	peer.no_reply = true;
	assert_int_equal(t_peer_run(&peer, osci_mediator_seq(m)), OSCI_STEP_DONE);
	assert_null(osci_mediator_reply(m));
	assert_int_equal(osci_mediator_reach(m), OSCI_REACH_ACCEPTED);
	assert_string_equal(osci_mediator_feedback(m, &n)[0].code, "9806");
	assert_non_null(osci_mediator_request_card(m));
	osci_mediator_freep(&m);
}

static void reach(void **state)
{
	static const struct {
		const char *code;
		enum osci_reach reach;
	} rows[] = {
		{ "0801", OSCI_REACH_ACCEPTED }, { "3802", OSCI_REACH_ACCEPTED }, { "3803", OSCI_REACH_ACCEPTED },
		{ "9805", OSCI_REACH_REFUSED },  { "9806", OSCI_REACH_ACCEPTED }, { "9807", OSCI_REACH_UNKNOWN },
		{ "9808", OSCI_REACH_REFUSED },  { "9809", OSCI_REACH_NOT },      { "9810", OSCI_REACH_UNKNOWN },
		{ "9800", OSCI_REACH_NOT },      { "9601", OSCI_REACH_NOT },      { "", OSCI_REACH_UNKNOWN },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct osci_mediator *m;
		bool good = rows[i].reach == OSCI_REACH_ACCEPTED;

		assert_int_equal(osci_reach_of(rows[i].code), rows[i].reach);
		if (!rows[i].code[0])
			continue;
		t_peer_reset(&peer);
		peer.code[OSCI_MEDIATE_DELIVERY] = rows[i].code;
		m = start(false);
		assert_int_equal(t_peer_run(&peer, osci_mediator_seq(m)), good ? OSCI_STEP_DONE : OSCI_STEP_FAILED);
		assert_int_equal(osci_mediator_reach(m), rows[i].reach);
		if (!good) {
			assert_int_equal(osci_seq_error(osci_mediator_seq(m))->code, OSCI_E_FEEDBACK);
			assert_string_equal(osci_seq_error(osci_mediator_seq(m))->feedback, rows[i].code);
			assert_int_equal(peer.n_orders, 2);
		}
		osci_mediator_freep(&m);
	}
}

/* The card of another request proves nothing, and its reply is not ours. */
static void d_05_card_of_another_request(void **state)
{
	struct osci_mediator *m = start(true);

	peer.foreign_card = true;
	assert_int_equal(t_peer_run(&peer, osci_mediator_seq(m)), OSCI_STEP_FAILED);
	assert_int_equal(osci_seq_error(osci_mediator_seq(m))->code, OSCI_E_DIALOG);
	assert_null(osci_mediator_reply(m));
	assert_int_equal(peer.n_orders, 3);
	osci_mediator_freep(&m);
}

static void d_02_lies(void **state)
{
	int at, twist;

	for (at = 0; at < 4; at++) {
		for (twist = T_HONEST + 1; twist < T_TWISTS; twist++) {
			struct osci_mediator *m;
			enum osci_step step;

			if ((twist == T_CONVERSATION || twist == T_SEQUENCE) && !at)
				continue;
			t_peer_reset(&peer);
			peer.twist_at = at;
			peer.twist = twist;
			m = start(true);
			step = t_peer_run(&peer, osci_mediator_seq(m));
			/* Once the reply is stored its dialog may end as it will. */
			if (step != (at == 3 ? OSCI_STEP_DONE : OSCI_STEP_FAILED) || peer.n_orders != at + 1)
				fail_msg("exchange %d lie %d: step %d after %d orders", at, twist, step, peer.n_orders);
			assert_int_equal(osci_mediator_reply(m) != NULL, at == 3);
			osci_mediator_freep(&m);
		}
	}
}

static void abort_leaves_the_reply(void **state)
{
	struct osci_mediator *m = start(false);
	struct osci_seq *q = osci_mediator_seq(m);

	t_peer_exchange(&peer, q);
	t_peer_exchange(&peer, q);
	assert_int_equal(osci_seq_step(q), OSCI_STEP_DELIVERY);
	osci_seq_abort(q);
	assert_int_equal(osci_seq_step(q), OSCI_STEP_FAILED);
	assert_int_equal(osci_seq_continue(q, NULL), OSCI_E_STATE);
	assert_int_equal(peer.n_orders, 2);
	osci_mediator_freep(&m);
}

static void wrong_use(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery d = request();
	struct osci_mediator *m = NULL;

	d.receiver_uri = NULL;
	assert_int_equal(osci_mediator_new(&m, &conf, &d, true, NULL), OSCI_E_USAGE);
	d = request();
	d.data = NULL;
	assert_int_equal(osci_mediator_new(&m, &conf, &d, true, NULL), OSCI_E_USAGE);
	d = request();
	d.addressee = NULL;
	assert_int_equal(osci_mediator_new(&m, &conf, &d, true, NULL), OSCI_E_USAGE);
	assert_null(m);
	osci_mediator_freep(&m);
}

/* --- process cards ------------------------------------------------------------- */

static struct osci_card_query *ask(const char *id)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	const struct osci_selection by_id = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &id, .n_message_ids = 1 };
	const struct osci_selection by_time = { .kind = OSCI_SELECT_RECENT, .time = "2026-11-01T00:00:00Z",
						.no_reception = true, .role = "Addressee", .limit = 7 };
	struct osci_card_query *q = NULL;

	assert_int_equal(osci_card_query_new(&q, &conf, id ? &by_id : &by_time, NULL), 0);
	return q;
}

static void cards(void **state)
{
	struct osci_card_query *q = ask("m1@intermed");
	size_t n;

	strcpy(peer.stored_id, "m1@intermed");
	assert_int_equal(t_peer_run(&peer, osci_card_query_seq(q)), OSCI_STEP_DONE);
	ORDERS(OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD, OSCI_EXIT_DIALOG);
	assert_string_equal(osci_card_query_cards(q, &n)->message_id, "m1@intermed");
	assert_int_equal(n, 1);
	assert_false(osci_card_query_more(q));
	osci_card_query_freep(&q);
	t_peer_reset(&peer);
	q = ask(NULL);
	peer.deliveries = 3;
	assert_int_equal(t_peer_run(&peer, osci_card_query_seq(q)), OSCI_STEP_DONE);
	assert_non_null(osci_card_query_cards(q, &n));
	assert_int_equal(n, 3);
	osci_card_query_freep(&q);
	t_peer_reset(&peer);
	q = ask("m1@intermed");
	assert_int_equal(t_peer_run(&peer, osci_card_query_seq(q)), OSCI_STEP_DONE);
	assert_null(osci_card_query_cards(q, &n));
	assert_int_equal(n, 0);
	osci_card_query_freep(&q);
	t_peer_reset(&peer);
	q = ask("m1@intermed");
	peer.code[OSCI_FETCH_PROCESS_CARD] = "9811";
	assert_int_equal(t_peer_run(&peer, osci_card_query_seq(q)), OSCI_STEP_FAILED);
	assert_string_equal(osci_seq_error(osci_card_query_seq(q))->feedback, "9811");
	osci_card_query_freep(&q);
}

static void d_05_card_not_asked_for(void **state)
{
	struct osci_card_query *q = ask("m1@intermed");
	size_t n;

	strcpy(peer.stored_id, "m1@intermed");
	peer.foreign_card = true;
	assert_int_equal(t_peer_run(&peer, osci_card_query_seq(q)), OSCI_STEP_FAILED);
	assert_int_equal(osci_seq_error(osci_card_query_seq(q))->code, OSCI_E_DIALOG);
	assert_null(osci_card_query_cards(q, &n));
	osci_card_query_freep(&q);
}

static void d_02_lies_about_cards(void **state)
{
	int at, twist;

	for (at = 0; at < 3; at++) {
		for (twist = T_HONEST + 1; twist < T_TWISTS; twist++) {
			struct osci_card_query *q;
			enum osci_step step;

			if ((twist == T_CONVERSATION || twist == T_SEQUENCE) && !at)
				continue;
			t_peer_reset(&peer);
			strcpy(peer.stored_id, "m1@intermed");
			peer.twist_at = at;
			peer.twist = twist;
			q = ask("m1@intermed");
			step = t_peer_run(&peer, osci_card_query_seq(q));
			if (step != (at == 2 ? OSCI_STEP_DONE : OSCI_STEP_FAILED) || peer.n_orders != at + 1)
				fail_msg("exchange %d lie %d: step %d after %d orders", at, twist, step, peer.n_orders);
			osci_card_query_freep(&q);
		}
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, reset)
	static const struct CMUnitTest tests[] = {
		T(with_id), T(without_id), T(accepted_without_reply), T(reach), T(d_05_card_of_another_request),
		T(d_02_lies), T(abort_leaves_the_reply), T(wrong_use), T(cards), T(d_05_card_not_asked_for),
		T(d_02_lies_about_cards),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, false);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
