/* SPDX-License-Identifier: Apache-2.0 */
/* test-chunk-sender - a large delivery arrives whole and once, whatever happens to its chunks */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/chunk.h>
#include "crypto/crypto.h"
#include "dialog/carrier.h"
#include "t_peer.h"

#define LARGE 9000 /* octets: some twenty KiB of message */

static struct t_peer peer;
static unsigned char content[LARGE];

static int reset(void **state)
{
	t_peer_reset(&peer);
	return 0;
}

static struct osci_delivery delivery(void)
{
	struct osci_delivery d = t_peer_delivery(&peer);

	d.data = content;
	d.len = sizeof(content);
	return d;
}

static struct osci_chunk_sender *start(uint64_t kib)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery d = delivery();
	struct osci_chunk_sender *s = NULL;

	assert_int_equal(osci_chunk_sender_new(&s, &conf, &d, kib, NULL), 0);
	return s;
}

/* Up to the first chunk, then a new sequence with what was journalled. */
static struct osci_chunk_sender *start_again(struct osci_chunk_sender **old)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery d = t_peer_delivery(&peer);
	struct osci_chunk_sender *s = NULL;

	d.data = NULL; /* what is inside was written before */
	assert_int_equal(osci_chunk_sender_resume(&s, &conf, &d, osci_chunk_sender_message_id(*old),
						  osci_chunk_sender_inner(*old), osci_chunk_sender_chunk_kib(*old), NULL), 0);
	osci_chunk_sender_freep(old);
	return s;
}

static enum osci_step run(struct osci_chunk_sender *s)
{
	return t_peer_run(&peer, osci_chunk_sender_seq(s));
}

static const struct osci_err *error(struct osci_chunk_sender *s)
{
	return osci_seq_error(osci_chunk_sender_seq(s));
}

static void check_done(struct osci_chunk_sender **s, bool was_stored)
{
	uint64_t arrived, total;
	size_t n;

	assert_non_null(osci_chunk_sender_card(*s));
	assert_string_equal(osci_chunk_sender_card(*s)->message_id, "m1@intermed");
	assert_int_equal(osci_chunk_sender_was_stored(*s), was_stored);
	assert_non_null(osci_chunk_sender_feedback(*s, &n));
	osci_chunk_sender_progress(*s, &arrived, &total);
	assert_int_equal(arrived, total);
	assert_int_equal(peer.stores, 1);
	assert_int_equal(peer.orders[peer.n_orders - 1], OSCI_EXIT_DIALOG);
	osci_chunk_sender_freep(s);
	assert_null(*s);
}

static void fresh(void **state)
{
	struct osci_chunk_sender *s = start(4);
	struct osci_seq *q = osci_chunk_sender_seq(s);
	uint64_t arrived, total, i;
	size_t n;

	t_peer_exchange(&peer, q);
	t_peer_exchange(&peer, q);
	assert_int_equal(osci_seq_step(q), OSCI_STEP_SAVE_ID);
	assert_string_equal(osci_chunk_sender_message_id(s), "m1@intermed");
	assert_int_equal(osci_chunk_sender_chunk_kib(s), 4);
	assert_true(osci_blob_len(osci_chunk_sender_inner(s)) > LARGE);
	assert_int_equal(peer.n_chunk_orders, 0);
	osci_chunk_sender_progress(s, &arrived, &total);
	assert_int_equal(arrived, 0);
	assert_int_equal(total, (osci_blob_len(osci_chunk_sender_inner(s)) + 4095) / 4096);
	assert_true(total >= 4);
	assert_int_equal(run(s), OSCI_STEP_DONE);
	assert_int_equal(peer.n_chunk_orders, total);
	for (i = 0; i < total; i++)
		assert_int_equal(peer.chunk_orders[i], i + 1);
	assert_string_equal(osci_chunk_sender_feedback(s, &n)->code, "0800");
	check_done(&s, false);
}

/* The wish, and what the intermediary allows. */
static void sizes(void **state)
{
	static const struct osci_feature list[] = { { "PartialMessageTransmission", "1.8.0" } };
	static const struct {
		uint64_t wish, min, max, used;
	} rows[] = { { 3, 0, 0, 3 }, { 3, 5, 0, 5 }, { 30, 0, 7, 7 }, { 0, 0, 6, 6 }, { 0, 0, 0, OSCI_CHUNK_KIB } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct osci_chunk_sender *s;

		t_peer_reset(&peer);
		peer.features = (struct osci_features){ .min_chunk = rows[i].min, .max_chunk = rows[i].max, .list = list, .n = 1 };
		s = start(rows[i].wish);
		assert_int_equal(run(s), OSCI_STEP_DONE);
		assert_int_equal(osci_chunk_sender_chunk_kib(s), rows[i].used);
		check_done(&s, false);
	}
}

static void limits(void **state)
{
	static const struct osci_feature partial[] = { { "PartialMessageTransmission", "1.8.0" } };
	static const struct osci_feature others[] = { { "OAEPEncryption", "1.6.0" } };
	struct osci_chunk_sender *s;

	peer.features = (struct osci_features){ .max_message = 5, .list = partial, .n = 1 };
	s = start(1);
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	assert_int_equal(error(s)->code, OSCI_E_LIMIT);
	assert_int_equal(peer.n_chunk_orders, 0);
	osci_chunk_sender_freep(&s);
	t_peer_reset(&peer);
	peer.features = (struct osci_features){ .list = others, .n = 1 };
	s = start(1);
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	assert_int_equal(error(s)->code, OSCI_E_EMPTY);
	assert_int_equal(peer.n_orders, 1);
	osci_chunk_sender_freep(&s);
}

/* Sizes whose octets have no number: 2^54 KiB are 0 octets to who multiplies. */
static void sizes_without_octets(void **state)
{
	static const struct osci_feature list[] = { { "PartialMessageTransmission", "1.8.0" } };
	static const uint64_t sizes[] = { UINT64_C(1) << 54, (UINT64_C(1) << 54) + 4, (uint64_t)INT32_MAX + 1, UINT64_MAX };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct osci_chunk_sender *s;

		t_peer_reset(&peer);
		peer.features = (struct osci_features){ .min_chunk = sizes[i], .list = list, .n = 1 };
		s = start(4);
		assert_int_equal(run(s), OSCI_STEP_FAILED);
		assert_int_equal(error(s)->code, OSCI_E_MALFORMED);
		assert_int_equal(peer.n_chunk_orders, 0);
		osci_chunk_sender_freep(&s);
	}
}

/* The answer to each of the orders is lost; what was acknowledged is not sent again. */
static void resumes_after_any_lost_answer(void **state)
{
	unsigned lost, sent;

	for (lost = 1; lost <= 4; lost++) {
		struct osci_chunk_sender *s;
		unsigned i;

		t_peer_reset(&peer);
		peer.twist_at = (int)lost + 1; /* behind InitDialog and GetMessageId */
		peer.twist = T_NO_ANSWER_AT_ALL;
		s = start(5);
		assert_int_equal(run(s), OSCI_STEP_FAILED);
		assert_int_equal(peer.n_chunk_orders, lost);
		peer.sequence = 0;
		s = start_again(&s);
		assert_int_equal(run(s), OSCI_STEP_DONE);
		assert_int_equal(peer.chunk_orders[lost], 0); /* InfoOnly first */
		for (i = lost + 1, sent = 0; i < peer.n_chunk_orders; i++)
			assert_int_equal(peer.chunk_orders[i], lost + ++sent);
		check_done(&s, lost == peer.chunks_total);
	}
}

/* Nothing arrived, or the intermediary has dropped what did. */
static void resumes_from_nothing(void **state)
{
	struct osci_chunk_sender *s = start(5);

	peer.twist_at = 2;
	peer.twist = T_NO_ANSWER_AT_ALL;
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	s = start_again(&s);
	t_peer_reset(&peer);
	assert_int_equal(run(s), OSCI_STEP_DONE);
	assert_int_equal(peer.chunk_orders[0], 0);
	assert_int_equal(peer.chunk_orders[1], 1);
	check_done(&s, false);
}

static void present_chunks_are_progress(void **state)
{
	struct osci_chunk_sender *s = start(5);

	peer.twist_at = 3;
	peer.twist = T_NO_ANSWER_AT_ALL;
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	peer.received = "-1"; /* it has two and says so only when they come again: 9900 */
	s = start_again(&s);
	assert_int_equal(run(s), OSCI_STEP_DONE);
	assert_int_equal(peer.chunk_orders[3], 1);
	check_done(&s, false);
}

static void waits_for_the_verdict(void **state)
{
	struct osci_chunk_sender *s = start(5);
	struct osci_seq *q = osci_chunk_sender_seq(s);

	peer.waits = 2;
	assert_int_equal(run(s), OSCI_STEP_WAIT);
	assert_null(osci_chunk_sender_card(s));
	assert_int_equal(osci_seq_continue(q, NULL), 0);
	assert_int_equal(run(s), OSCI_STEP_WAIT);
	assert_int_equal(peer.chunk_orders[peer.n_chunk_orders - 1], 0);
	/* Later, by a new sequence. */
	osci_seq_abort(q);
	s = start_again(&s);
	assert_int_equal(run(s), OSCI_STEP_DONE);
	check_done(&s, true);
}

static void verdict_is_the_inside(void **state)
{
	static const struct {
		const char *inside;
		bool no_card, good;
	} rows[] = { { "0801", false, true }, { "3707", false, true }, { "3707", true, false }, { "9704", false, false } };
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct osci_chunk_sender *s;

		t_peer_reset(&peer);
		peer.inside = rows[i].inside;
		peer.no_card = rows[i].no_card;
		s = start(8);
		assert_int_equal(run(s), rows[i].good ? OSCI_STEP_DONE : OSCI_STEP_FAILED);
		assert_string_equal(osci_chunk_sender_feedback(s, &n)->code, rows[i].inside);
		if (!rows[i].good)
			assert_string_equal(error(s)->feedback, rows[i].inside);
		osci_chunk_sender_freep(&s);
	}
}

static void refused_chunk(void **state)
{
	struct osci_chunk_sender *s = start(8);

	peer.code[OSCI_PARTIAL_STORE_DELIVERY] = "9902";
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	assert_string_equal(error(s)->feedback, "9902");
	assert_int_equal(peer.n_chunk_orders, 1);
	osci_chunk_sender_freep(&s);
}

/* Used id: its card says whether the delivery is there. */
static void used_id(void **state)
{
	struct osci_chunk_sender *s = start(8);

	peer.code[OSCI_PARTIAL_STORE_DELIVERY] = "9801";
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	assert_string_equal(error(s)->feedback, "9801");
	assert_int_equal(peer.orders[peer.n_orders - 1], OSCI_FETCH_PROCESS_CARD);
	osci_chunk_sender_freep(&s);
	t_peer_reset(&peer);
	s = start(8);
	peer.code[OSCI_PARTIAL_STORE_DELIVERY] = "9801";
	strcpy(peer.stored_id, "m1@intermed");
	peer.stores = 1;
	assert_int_equal(run(s), OSCI_STEP_DONE);
	check_done(&s, true);
}

static void d_05_card_of_another_delivery(void **state)
{
	struct osci_chunk_sender *s = start(8);

	peer.foreign_card = true;
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	assert_int_equal(error(s)->code, OSCI_E_DIALOG);
	assert_null(osci_chunk_sender_card(s));
	osci_chunk_sender_freep(&s);
}

/* ReceivedChunks is an attribute: every number of the largest transfer has to fit into a start tag that readers take. */
static void lists(void **state)
{
	static const char *const bad[] = { "1 1", "0", "65", "99999999999999999999", "1  -1", "-", "1,2", "-1 1", "+1" };
	static const struct {
		const char *list;
		unsigned n;
	} good[] = { { NULL, 0 }, { "", 0 }, { "-1", 0 }, { "64", 1 }, { " 3  1 2 ", 3 } };
	_cleanup_buf_ struct osci_buf all = OSCI_BUF_INIT(1 << 20);
	struct osci_limits limits;
	size_t i, k, n;

	osci_limits_default(&limits);
	osci_chunks_write(&all, 1, OSCI_CHUNKS_MAX);
	assert_int_equal(osci_buf_error(&all), 0);
	assert_true(all.len + 1024 < limits.xml_start_tag);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bool set[65] = { false };

		if (osci_chunks_read(bad[i], set, 64, NULL) != OSCI_E_MALFORMED)
			fail_msg("taken: %s", bad[i]);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		bool set[65] = { false };

		assert_int_equal(osci_chunks_read(good[i].list, set, 64, NULL), 0);
		for (n = 0, k = 1; k <= 64; k++)
			n += set[k];
		assert_int_equal(n, good[i].n);
	}
}

/* Lists that are none, numbers of another transfer. */
static void hostile_reports(void **state)
{
	struct osci_chunk_sender *s;

	peer.claims_total = 63;
	s = start(8);
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	assert_int_equal(error(s)->code, OSCI_E_DIALOG);
	osci_chunk_sender_freep(&s);
	t_peer_reset(&peer);
	peer.received = "1 2 60";
	s = start(8);
	assert_int_equal(run(s), OSCI_STEP_FAILED);
	assert_int_equal(error(s)->code, OSCI_E_MALFORMED);
	osci_chunk_sender_freep(&s);
}

/* An intermediary that acknowledges and forgets is asked no more than a few times. */
static void forgetful(void **state)
{
	struct osci_chunk_sender *s = start(16);
	struct osci_seq *q = osci_chunk_sender_seq(s);
	int i;

	peer.forgets = true;
	for (i = 0; run(s) == OSCI_STEP_WAIT; i++) {
		assert_true(i < 10);
		assert_int_equal(osci_seq_continue(q, NULL), 0);
	}
	assert_int_equal(osci_seq_step(q), OSCI_STEP_FAILED);
	assert_int_equal(error(s)->code, OSCI_E_LIMIT);
	osci_chunk_sender_freep(&s);
}

static void d_02_lies(void **state)
{
	int at, twist;

	for (at = 0; at < 5; at++) {
		for (twist = T_HONEST + 1; twist < T_TWISTS; twist++) {
			struct osci_chunk_sender *s;
			enum osci_step step;

			if (twist == T_PLAIN || ((twist == T_CONVERSATION || twist == T_SEQUENCE) && !at))
				continue;
			t_peer_reset(&peer);
			peer.twist_at = at;
			peer.twist = twist;
			s = start(16);
			step = run(s);
			/* InitDialog, GetMessageId, two chunks; behind the verdict nothing changes it. */
			if (step != (at == 4 ? OSCI_STEP_DONE : OSCI_STEP_FAILED) || peer.n_orders != at + 1)
				fail_msg("exchange %d lie %d: step %d after %d orders", at, twist, step, peer.n_orders);
			osci_chunk_sender_freep(&s);
		}
	}
}

/* Chunks are streamed if there is a spool: the octets cannot be had at once. */
static void streams(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery d = delivery();
	struct osci_chunk_sender *s = NULL;
	struct osci_stream *stream = NULL, *again;
	struct osci_seq *q;
	size_t len;

	assert_int_equal(osci_spool_new(&conf.spool, &(struct osci_spool_conf){ .memory = 4096 }, NULL), 0);
	assert_int_equal(osci_chunk_sender_new(&s, &conf, &d, 8, NULL), 0);
	q = osci_chunk_sender_seq(s);
	t_peer_exchange(&peer, q);
	t_peer_exchange(&peer, q);
	assert_int_equal(osci_seq_continue(q, NULL), 0);
	assert_null(osci_seq_output(q, &len));
	assert_int_equal(len, 0);
	assert_int_equal(osci_seq_output_stream(q, &stream, NULL), 0);
	assert_int_equal(osci_seq_output_stream(q, &again, NULL), OSCI_E_STATE);
	osci_stream_freep(&stream);
	osci_chunk_sender_freep(&s);
	t_peer_reset(&peer);
	assert_int_equal(osci_chunk_sender_new(&s, &conf, &d, 8, NULL), 0);
	assert_int_equal(run(s), OSCI_STEP_DONE);
	check_done(&s, false);
	osci_spool_unref(conf.spool);
}

static void wrong_use(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_delivery d = delivery();
	struct osci_chunk_sender *s = NULL;
	struct osci_blob *inner, *empty;

	assert_int_equal(osci_blob_copy(&inner, "x", 1), 0);
	assert_int_equal(osci_blob_copy(&empty, "", 0), 0);
	assert_int_equal(osci_chunk_sender_resume(&s, &conf, &d, "m1", empty, 1, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_chunk_sender_resume(&s, &conf, &d, "m 1", inner, 1, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_chunk_sender_resume(&s, &conf, &d, "m1", inner, 0, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_chunk_sender_new(&s, &conf, &d, UINT64_MAX, NULL), OSCI_E_USAGE);
	d.receiver_uri = "https://amt.example";
	assert_int_equal(osci_chunk_sender_new(&s, &conf, &d, 1, NULL), OSCI_E_USAGE);
	d = delivery();
	d.addressee = NULL;
	assert_int_equal(osci_chunk_sender_new(&s, &conf, &d, 1, NULL), OSCI_E_USAGE);
	assert_null(s);
	osci_blob_unref(inner);
	osci_blob_unref(empty);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, reset)
	static const struct CMUnitTest tests[] = {
		T(fresh), T(sizes), T(sizes_without_octets), T(limits), T(resumes_after_any_lost_answer), T(resumes_from_nothing),
		T(present_chunks_are_progress), T(waits_for_the_verdict), T(verdict_is_the_inside), T(refused_chunk),
		T(used_id), T(d_05_card_of_another_delivery), T(lists), T(hostile_reports), T(forgetful), T(d_02_lies), T(streams),
		T(wrong_use),
	};
	size_t i;
	int r;

	for (i = 0; i < sizeof(content); i++)
		content[i] = (unsigned char)(i * 31 + i / 256);
	if (osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, true);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
