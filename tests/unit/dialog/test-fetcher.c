/* SPDX-License-Identifier: Apache-2.0 */
/* test-fetcher - a delivery is confirmed by nothing but *_continue() */
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

static struct osci_fetcher *start(unsigned max)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_fetcher *f = NULL;

	assert_int_equal(osci_fetcher_new(&f, &conf, max, NULL), 0);
	return f;
}

/* One exchange; returns the step after it. */
static enum osci_step exchange(struct osci_fetcher *f)
{
	size_t len, answer_len;
	const unsigned char *out = osci_fetcher_output(f, &len);
	unsigned char *answer;

	assert_non_null(out);
	assert_int_equal(osci_fetcher_continue(f, NULL), OSCI_E_STATE);
	answer = t_peer_answer(&peer, out, len, &answer_len);
	(void)osci_fetcher_input(f, answer, answer_len, T_NOW, NULL);
	if (osci_fetcher_step(f) == OSCI_STEP_DELIVERY) {
		size_t raw_len;
		const unsigned char *raw = osci_fetcher_raw(f, &raw_len);

		assert_int_equal(raw_len, answer_len);
		assert_memory_equal(raw, answer, answer_len);
		assert_non_null(osci_seq_message(osci_fetcher_seq(f)));
		assert_true(osci_seq_message(osci_fetcher_seq(f))->has_content);
		assert_null(osci_fetcher_output(f, &len)); /* nothing further is built yet */
		assert_int_equal(osci_fetcher_input(f, answer, answer_len, T_NOW, NULL), OSCI_E_STATE);
	}
	free(answer);
	return osci_fetcher_step(f);
}

static enum osci_step run(struct osci_fetcher *f)
{
	enum osci_step step;

	while ((step = osci_fetcher_step(f)) == OSCI_STEP_POST || step == OSCI_STEP_DELIVERY) {
		if (step == OSCI_STEP_POST)
			exchange(f);
		else
			(void)osci_fetcher_continue(f, NULL);
	}
	return step;
}

static int reset(void **state)
{
	t_peer_reset(&peer);
	return 0;
}

static void drain(unsigned waiting, unsigned max, unsigned count, bool more, int fetches)
{
	struct osci_fetcher *f = start(max);
	int i;

	t_peer_reset(&peer);
	peer.deliveries = waiting;
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_count(f), count);
	assert_int_equal(osci_fetcher_more(f), more);
	assert_int_equal(peer.n_orders, fetches + 2);
	assert_int_equal(peer.orders[0], OSCI_INIT_DIALOG);
	for (i = 0; i < fetches; i++)
		assert_int_equal(peer.orders[i + 1], OSCI_FETCH_DELIVERY);
	assert_int_equal(peer.orders[fetches + 1], OSCI_EXIT_DIALOG);
	osci_fetcher_freep(&f);
	assert_null(f);
}

static void drains(void **state)
{
	drain(0, 5, 0, false, 1);
	drain(1, 5, 1, false, 1);
	drain(3, 5, 3, false, 3);
	drain(5, 5, 5, false, 5);
	drain(7, 5, 5, true, 5);
	drain(2, 1, 1, true, 1);
}

static void abort_leaves_the_delivery(void **state)
{
	struct osci_fetcher *f = start(5);
	size_t len;

	peer.deliveries = 2;
	exchange(f);
	assert_int_equal(exchange(f), OSCI_STEP_DELIVERY);
	osci_fetcher_abort(f);
	assert_int_equal(osci_fetcher_step(f), OSCI_STEP_FAILED);
	assert_null(osci_fetcher_output(f, &len));
	assert_null(osci_fetcher_raw(f, &len));
	assert_int_equal(osci_fetcher_continue(f, NULL), OSCI_E_STATE);
	assert_int_equal(osci_fetcher_error(f)->code, OSCI_E_STATE);
	assert_int_equal(osci_fetcher_count(f), 0);
	osci_fetcher_freep(&f);
}

static void refusals(void **state)
{
	struct osci_fetcher *f = start(5);

	peer.code[OSCI_INIT_DIALOG] = "9700";
	assert_int_equal(run(f), OSCI_STEP_FAILED);
	assert_string_equal(osci_fetcher_error(f)->feedback, "9700");
	assert_int_equal(peer.n_orders, 1);
	osci_fetcher_freep(&f);
	t_peer_reset(&peer);
	f = start(5);
	peer.code[OSCI_FETCH_DELIVERY] = "9811";
	assert_int_equal(run(f), OSCI_STEP_FAILED);
	assert_int_equal(peer.n_orders, 2);
	osci_fetcher_freep(&f);
	t_peer_reset(&peer);
	f = start(5);
	peer.deliveries = 1;
	peer.no_content = true;
	assert_int_equal(run(f), OSCI_STEP_FAILED);
	assert_int_equal(peer.n_orders, 2);
	osci_fetcher_freep(&f);
}

static void d_02_lies(void **state)
{
	int at, twist;

	for (at = 0; at < 4; at++) {
		for (twist = T_HONEST + 1; twist < T_TWISTS; twist++) {
			struct osci_fetcher *f;

			if ((twist == T_CONVERSATION || twist == T_SEQUENCE) && !at)
				continue;
			t_peer_reset(&peer);
			peer.deliveries = 2;
			peer.twist_at = at;
			peer.twist = twist;
			f = start(5);
			if (run(f) != OSCI_STEP_FAILED || peer.n_orders != at + 1)
				fail_msg("exchange %d lie %d: step %d after %d orders", at, twist, osci_fetcher_step(f),
					 peer.n_orders);
			assert_int_equal(osci_fetcher_count(f), at < 2 ? 0 : at - 1);
			osci_fetcher_freep(&f);
		}
	}
}

static void cut_delivery(void **state)
{
	size_t cut, len, answer_len = 1;

	for (cut = 0; cut < answer_len; cut += 97 * 8) {
		struct osci_fetcher *f = start(5);
		const unsigned char *out;
		unsigned char *answer;

		t_peer_reset(&peer);
		peer.deliveries = 1;
		exchange(f);
		out = osci_fetcher_output(f, &len);
		answer = t_peer_answer(&peer, out, len, &answer_len);
		if (osci_fetcher_input(f, answer, cut, T_NOW, NULL) <= 0)
			fail_msg("cut at %zu", cut);
		assert_int_equal(osci_fetcher_step(f), OSCI_STEP_FAILED);
		assert_null(osci_fetcher_output(f, &len));
		free(answer);
		osci_fetcher_freep(&f);
	}
}

/* The client alone: what may be ordered when. */
static void client_order(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_client *c = NULL;
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY };
	struct osci_message *m = NULL, *again = NULL;
	unsigned char *out, *none, *answer;
	size_t len, answer_len;

	assert_int_equal(osci_client_new(&c, &conf), 0);
	assert_int_equal(osci_client_request(c, &d, &out, &len, NULL), OSCI_E_USAGE); /* needs a dialog */
	d.type = OSCI_RESPONSE_TO_INIT_DIALOG;
	assert_int_equal(osci_client_request(c, &d, &out, &len, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_client_answer(c, "x", 1, T_NOW, &m, NULL), OSCI_E_STATE);
	d.type = OSCI_INIT_DIALOG;
	assert_int_equal(osci_client_request(c, &d, &out, &len, NULL), 0);
	assert_int_equal(osci_client_request(c, &d, &none, &answer_len, NULL), OSCI_E_STATE); /* outstanding */
	assert_null(none);
	answer = t_peer_answer(&peer, out, len, &answer_len);
	assert_int_equal(osci_client_answer(c, answer, answer_len, T_NOW, &m, NULL), 0);
	assert_true(osci_client_in_dialog(c));
	assert_int_equal(osci_client_request(c, &d, &none, &len, NULL), OSCI_E_USAGE); /* open already */
	assert_int_equal(osci_client_answer(c, answer, answer_len, T_NOW, &again, NULL), OSCI_E_STATE); /* a second time */
	osci_client_abandon(c);
	assert_true(osci_client_broken(c));
	assert_false(osci_client_in_dialog(c));
	d.type = OSCI_EXIT_DIALOG;
	assert_int_equal(osci_client_request(c, &d, &none, &len, NULL), OSCI_E_STATE);
	osci_message_freep(&m);
	osci_client_freep(&c);
	free(out);
	free(answer);
}

/* GetMessageId and StoreDelivery also inside an explicit dialog. */
static void explicit_store(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	static const enum osci_type types[] = { OSCI_INIT_DIALOG, OSCI_GET_MESSAGE_ID, OSCI_GET_MESSAGE_ID,
						OSCI_EXIT_DIALOG, OSCI_GET_MESSAGE_ID };
	struct osci_client *c = NULL;
	size_t i;

	assert_int_equal(osci_client_new(&c, &conf), 0);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct osci_draft d = { .type = types[i] };
		struct osci_message *m = NULL;
		unsigned char *out, *answer;
		size_t len;

		assert_int_equal(osci_client_request(c, &d, &out, &len, NULL), 0);
		answer = t_peer_answer(&peer, out, len, &len);
		assert_int_equal(osci_client_answer(c, answer, len, T_NOW, &m, NULL), 0);
		assert_int_equal(osci_client_in_dialog(c), i < 3);
		osci_message_freep(&m);
		free(out);
		free(answer);
	}
	osci_client_freep(&c);
}

static void selects(void **state)
{
	const char *ids[] = { "d2@intermed", "d3@intermed" };
	const struct osci_selection one = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 };
	const struct osci_selection two = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	const struct osci_selection since = { .kind = OSCI_SELECT_RECEPTION, .time = "2026-11-01T00:00:00Z" };
	const struct osci_selection recent = { .kind = OSCI_SELECT_RECENT, .time = "2026-11-01T00:00:00Z" };
	struct osci_fetcher *f = start(5);

	peer.deliveries = 4;
	assert_int_equal(osci_fetcher_select(f, &two, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_fetcher_select(f, &recent, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_fetcher_select(f, &one, NULL), 0);
	assert_int_equal(osci_fetcher_select(f, &since, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_fetcher_by_card(f, NULL, 0, NULL), OSCI_E_USAGE);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_select(f, &since, NULL), OSCI_E_STATE);
	assert_int_equal(peer.gone, 4); /* this one, whatever else is waiting */
	assert_int_equal(osci_fetcher_count(f), 1);
	assert_true(osci_fetcher_more(f));
	osci_fetcher_freep(&f);
	f = start(5);
	assert_int_equal(osci_fetcher_select(f, &since, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(peer.gone, 15);
	osci_fetcher_freep(&f);
}

/* Asked for one, got another. */
static void d_05_another_delivery(void **state)
{
	const char *id = "d0@intermed";
	const struct osci_selection rule = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &id, .n_message_ids = 1 };
	struct osci_fetcher *f = start(5);

	peer.deliveries = 1;
	peer.foreign_card = true;
	assert_int_equal(osci_fetcher_select(f, &rule, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_FAILED);
	assert_int_equal(osci_fetcher_error(f)->code, OSCI_E_DIALOG);
	assert_int_equal(peer.gone, 0);
	osci_fetcher_freep(&f);
}

/* One that cannot be opened is in the way; by card all others are fetched, and it is named. */
static void past_an_unreadable_delivery(void **state)
{
	struct osci_fetcher *f;
	char bad[64];
	int i;

	peer.deliveries = 4;
	peer.unreadable = 1 | 4;
	for (i = 0; i < 2; i++) {
		f = start(5);
		assert_int_equal(run(f), OSCI_STEP_FAILED);
		assert_true(osci_fetcher_asking(f));
		assert_null(osci_fetcher_asked(f));
		assert_int_equal(peer.gone, 0);
		peer.shown = -1;
		osci_fetcher_freep(&f);
	}
	f = start(5);
	assert_int_equal(osci_fetcher_by_card(f, NULL, 0, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_FAILED);
	assert_string_equal(osci_fetcher_asked(f), "d0@intermed");
	snprintf(bad, sizeof(bad), "%s", osci_fetcher_asked(f));
	peer.shown = -1;
	osci_fetcher_freep(&f);
	f = start(5);
	assert_int_equal(osci_fetcher_by_card(f, (const char *[]){ bad }, 1, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_FAILED);
	assert_int_equal(osci_fetcher_count(f), 1);
	assert_string_equal(osci_fetcher_asked(f), "d2@intermed");
	peer.shown = -1;
	osci_fetcher_freep(&f);
	f = start(1);
	assert_int_equal(osci_fetcher_by_card(f, (const char *[]){ bad, "d2@intermed" }, 2, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_count(f), 1);
	assert_false(osci_fetcher_more(f));
	assert_false(osci_fetcher_asking(f));
	assert_int_equal(peer.gone, 2 | 8);
	osci_fetcher_freep(&f);
	/* Nothing but those. */
	f = start(1);
	assert_int_equal(osci_fetcher_by_card(f, (const char *[]){ bad, "d2@intermed" }, 2, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_count(f), 0);
	osci_fetcher_freep(&f);
}

/* More cards than fit into an answer: worth another run only if this one took something. */
static void more_by_card(void **state)
{
	const char *all[] = { "d0@intermed", "d1@intermed" };
	struct osci_fetcher *f = start(5);

	peer.deliveries = 2;
	peer.code[OSCI_FETCH_PROCESS_CARD] = "3801";
	assert_int_equal(osci_fetcher_by_card(f, all, 2, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_count(f), 0);
	assert_false(osci_fetcher_more(f)); /* the same cards would come again, and again */
	osci_fetcher_freep(&f);
	f = start(5);
	assert_int_equal(osci_fetcher_by_card(f, all, 1, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_fetcher_count(f), 1);
	assert_true(osci_fetcher_more(f));
	osci_fetcher_freep(&f);
	/* Cards of this answer are left, whatever the answer says. */
	reset(NULL);
	peer.deliveries = 2;
	f = start(1);
	assert_int_equal(osci_fetcher_by_card(f, NULL, 0, NULL), 0);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_true(osci_fetcher_more(f));
	osci_fetcher_freep(&f);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, reset)
	static const struct CMUnitTest tests[] = {
		T(drains), T(abort_leaves_the_delivery), T(refusals), T(d_02_lies), T(cut_delivery), T(client_order),
		T(explicit_store),
		T(selects), T(d_05_another_delivery), T(past_an_unreadable_delivery), T(more_by_card),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, false);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
