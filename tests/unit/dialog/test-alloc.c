/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-alloc - every allocation of sequences and recipient fails once
 *
 * Allocations of this library are counted by wrapped functions (link option --wrap) while the
 * client works; the peer's never fail.  Whatever fails: an error, never a crash, a leak (the
 * sanitizer build sees it) or a wrong success.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/chunk.h>
#include <osci/recipient.h>
#include "crypto/crypto.h"
#include "lib/t_alloc.h"
#include "t_peer.h"

static struct t_peer peer;
/* Pauses the countdown while the peer works. */
static unsigned char *peer_answers(const unsigned char *out, size_t len, size_t *ret_len)
{
	long left = t_alloc_countdown;
	unsigned char *answer;

	t_alloc_countdown = 0;
	answer = t_peer_answer(&peer, out, len, ret_len);
	t_alloc_countdown = left;
	return answer;
}

static bool send_one(const char *message_id)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_sender *s = NULL;
	bool done = false;
	int r = osci_sender_new(&s, &conf, &delivery, message_id, NULL);

	while (!r) {
		enum osci_step step = osci_sender_step(s);
		const unsigned char *out;
		unsigned char *answer;
		size_t len;

		if (step == OSCI_STEP_SAVE_ID) {
			r = osci_sender_continue(s, NULL);
			continue;
		}
		if (step != OSCI_STEP_POST) {
			done = step == OSCI_STEP_DONE;
			break;
		}
		out = osci_sender_output(s, &len);
		answer = peer_answers(out, len, &len);
		r = osci_sender_input(s, answer, len, T_NOW, NULL);
		free(answer);
	}
	if (s && r)
		assert_int_equal(osci_sender_step(s), OSCI_STEP_FAILED);
	osci_sender_freep(&s);
	return done;
}

static bool fetch_all(const char *unused)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_fetcher *f = NULL;
	bool done = false;
	int r = osci_fetcher_new(&f, &conf, 5, NULL);

	while (!r) {
		enum osci_step step = osci_fetcher_step(f);
		const unsigned char *out;
		unsigned char *answer;
		size_t len;

		if (step == OSCI_STEP_DELIVERY) {
			r = osci_fetcher_continue(f, NULL);
			continue;
		}
		if (step != OSCI_STEP_POST) {
			done = step == OSCI_STEP_DONE && osci_fetcher_count(f) == 1;
			break;
		}
		out = osci_fetcher_output(f, &len);
		answer = peer_answers(out, len, &len);
		r = osci_fetcher_input(f, answer, len, T_NOW, NULL);
		free(answer);
	}
	if (f && r)
		assert_int_equal(osci_fetcher_step(f), OSCI_STEP_FAILED);
	osci_fetcher_freep(&f);
	return done;
}

/* --- the sequences that are driven by their common handle ------------------------ */

static bool drive(struct osci_seq *q)
{
	for (;;) {
		enum osci_step step = osci_seq_step(q);
		const unsigned char *out;
		unsigned char *answer;
		size_t len;
		int r;

		if (step == OSCI_STEP_DONE || step == OSCI_STEP_FAILED)
			return step == OSCI_STEP_DONE;
		if (step != OSCI_STEP_POST) {
			r = osci_seq_continue(q, NULL);
		} else {
			out = osci_seq_output(q, &len);
			assert_non_null(out);
			answer = peer_answers(out, len, &len);
			r = osci_seq_input(q, answer, len, T_NOW, NULL);
			free(answer);
		}
		if (r)
			assert_int_equal(osci_seq_step(q), OSCI_STEP_FAILED);
	}
}

static bool mediate(const char *unused)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_mediator *m = NULL;
	bool done;

	delivery.receiver_uri = "https://amt.example";
	if (osci_mediator_new(&m, &conf, &delivery, true, NULL))
		return false;
	done = drive(osci_mediator_seq(m));
	osci_mediator_freep(&m);
	return done;
}

static bool ask_cards(const char *id)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	const struct osci_selection by_id = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &id, .n_message_ids = 1 };
	struct osci_card_query *q = NULL;
	bool done;

	if (osci_card_query_new(&q, &conf, &by_id, NULL))
		return false;
	done = drive(osci_card_query_seq(q));
	osci_card_query_freep(&q);
	return done;
}

static bool fetch_by_card(const char *skip)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_fetcher *f = NULL;
	bool done = false;

	if (osci_fetcher_new(&f, &conf, 5, NULL))
		return false;
	if (!osci_fetcher_by_card(f, &skip, 1, NULL))
		done = drive(osci_fetcher_seq(f)) && osci_fetcher_count(f) == 1;
	osci_fetcher_freep(&f);
	return done;
}

static bool send_chunks(const char *unused)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery delivery = t_peer_delivery(&peer);
	struct osci_chunk_sender *s = NULL;
	bool done;

	if (osci_chunk_sender_new(&s, &conf, &delivery, 8, NULL))
		return false;
	done = drive(osci_chunk_sender_seq(s));
	osci_chunk_sender_freep(&s);
	return done;
}

/* The second half, with what the first has left. */
static bool fetch_chunks(const char *unused)
{
	static const struct osci_chunk_fetch_opts opts = { .chunk_kib = 8 };
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_chunk_fetcher *f = NULL, *g = NULL;
	struct osci_chunk_fetch_opts again = { 0 };
	struct osci_chunk_state state;
	long left = t_alloc_countdown;
	bool done = false;

	t_alloc_countdown = 0;
	t_peer_make_large(&peer, 12000); /* three chunks: one got, one lost on the way, one never asked for */
	t_alloc_countdown = left;
	peer.twist_at = 2;
	peer.twist = T_NO_ANSWER_AT_ALL;
	if (osci_chunk_fetcher_new(&f, &conf, &opts, NULL))
		return false;
	(void)drive(osci_chunk_fetcher_seq(f));
	peer.twist_at = -1;
	if (!osci_chunk_fetcher_state(f, &state, NULL)) {
		again.resume = &state;
		if (!osci_chunk_fetcher_new(&g, &conf, &again, NULL))
			done = drive(osci_chunk_fetcher_seq(g)) && osci_chunk_fetcher_count(g) == 1;
	}
	osci_chunk_fetcher_freep(&g);
	osci_chunk_fetcher_freep(&f);
	return done;
}

/* --- the recipient ------------------------------------------------------------- */

static struct osci_blob *order_to_recipient(void)
{
	struct osci_draft_cert certs[2] = {
		{ OSCI_CIPHER_ADDRESSEE, osci_key_cert(peer.office_cipher), NULL },
		{ OSCI_CIPHER_INTERMEDIARY, osci_key_cert(peer.cipher), NULL },
	};
	struct osci_draft d = {
		.type = OSCI_PROCESS_DELIVERY, .control = { .challenge = "eine-Frage" }, .certs = certs, .n_certs = 2,
		.has_package = true, .package = peer.package, .package_len = peer.package_len,
	};
	struct osci_write_opts opts = { .signer = peer.sign, .encrypt_for = osci_key_cert(peer.office_cipher) };
	struct osci_blob *b;
	unsigned char *out;
	size_t len;

	assert_int_equal(osci_write(&out, &len, &d, &opts, NULL), 0);
	assert_int_equal(osci_blob_take(&b, out, len, false), 0);
	return b;
}

static bool receive(const char *unused)
{
	const struct osci_recipient_conf conf = { .sign = peer.office, .decrypt = &peer.office_cipher, .n_decrypt = 1,
						  .trust = peer.client_trust };
	struct osci_package package = { .xml = (char *)peer.package, .len = peer.package_len };
	struct osci_reply reply = { .package = &package };
	struct osci_recipient *p = NULL;
	struct osci_stream *answer = NULL;
	struct osci_message *m = NULL;
	struct osci_blob *body;
	unsigned char *data = NULL;
	long left = t_alloc_countdown;
	bool done = false;
	size_t len;
	int r;

	t_alloc_countdown = 0;
	body = order_to_recipient();
	t_alloc_countdown = left;
	if (!osci_recipient_new(&p, &conf, NULL)) {
		r = osci_recipient_open(p, body, T_NOW, &m, &answer, NULL);
		assert_true(r <= 0);
		assert_int_equal(m == NULL, r != 0);
		if (!r)
			done = !osci_recipient_answer(p, m, NULL, 0, &reply, &answer, NULL) &&
			       !osci_stream_to_memory(answer, &data, &len, NULL);
	}
	free(data);
	osci_stream_freep(&answer);
	osci_message_freep(&m);
	osci_recipient_freep(&p);
	osci_blob_unref(body);
	return done;
}

/* @harmless: a failure behind the decision may still end well.  @step: 1 = every allocation, else each @step-th. */
static void each_fails(bool (*scenario)(const char *), const char *arg, bool stored, bool harmless, long step)
{
	long n;

	for (n = 1;; n += step) {
		bool done;

		t_peer_reset(&peer);
		peer.deliveries = 1;
		if (stored)
			snprintf(peer.stored_id, sizeof(peer.stored_id), "%s", arg);
		t_alloc_failed = false;
		t_alloc_countdown = n;
		done = scenario(arg);
		t_alloc_countdown = 0;
		if (!t_alloc_failed) {
			assert_true(done);
			break;
		}
		if (done && !harmless)
			fail_msg("allocation %ld failed and all went well", n);
		assert_true(n < 100000);
	}
	print_message("# %ld allocations\n", n - 1);
}

static void sender(void **state)
{
	each_fails(send_one, NULL, false, false, 1);
}

static void sender_again(void **state)
{
	each_fails(send_one, "m1@intermed", true, true, 1);
}

static void fetcher(void **state)
{
	each_fails(fetch_all, NULL, false, false, 1);
}

static void fetcher_by_card(void **state)
{
	each_fails(fetch_by_card, "d9@intermed", false, false, 2);
}

static void mediator(void **state)
{
	each_fails(mediate, NULL, false, true, 2);
}

static void card_query(void **state)
{
	each_fails(ask_cards, "m1@intermed", true, true, 1);
}

static void chunk_sender(void **state)
{
	each_fails(send_chunks, NULL, false, true, 2);
}

static void chunk_fetcher(void **state)
{
	each_fails(fetch_chunks, NULL, false, true, 3);
}

static void recipient(void **state)
{
	each_fails(receive, NULL, false, false, 1);
}

/* One scenario per run: each takes some seconds of private-key operations. */
int main(int argc, char **argv)
{
	static const struct CMUnitTest all[] = {
		cmocka_unit_test(sender), cmocka_unit_test(sender_again), cmocka_unit_test(fetcher),
		cmocka_unit_test(fetcher_by_card), cmocka_unit_test(mediator), cmocka_unit_test(card_query),
		cmocka_unit_test(chunk_sender), cmocka_unit_test(chunk_fetcher), cmocka_unit_test(recipient),
	};
	struct CMUnitTest tests[1] = { all[0] };
	size_t i;
	int r;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (argc == 2 && !strcmp(argv[1], all[i].name))
			tests[0] = all[i];
	if (argc != 2 || osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, true);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
