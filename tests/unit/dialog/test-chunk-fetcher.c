/* SPDX-License-Identifier: Apache-2.0 */
/* test-chunk-fetcher - a large delivery comes whole or not at all, and is confirmed by nothing but *_continue() */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/chunk.h>
#include "crypto/crypto.h"
#include "t_peer.h"

#define LARGE 15500 /* of 6 chunks of 4 KiB, 2 of 16 */

static struct t_peer peer;

static int reset(void **state)
{
	t_peer_reset(&peer);
	return 0;
}

static struct osci_chunk_fetcher *start(const struct osci_chunk_fetch_opts *opts)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_chunk_fetcher *f = NULL;
	struct osci_err err;

	if (osci_chunk_fetcher_new(&f, &conf, opts, &err))
		fail_msg("%s %s", err.where, err.what);
	return f;
}

#define START(...) start(&(struct osci_chunk_fetch_opts){ __VA_ARGS__ })

static enum osci_step run(struct osci_chunk_fetcher *f)
{
	return t_peer_run(&peer, osci_chunk_fetcher_seq(f));
}

static const struct osci_err *error(struct osci_chunk_fetcher *f)
{
	return osci_seq_error(osci_chunk_fetcher_seq(f));
}

/* Exchanges until a delivery is shown. */
static enum osci_step until_shown(struct osci_chunk_fetcher *f)
{
	struct osci_seq *q = osci_chunk_fetcher_seq(f);

	while (osci_seq_step(q) == OSCI_STEP_POST)
		t_peer_exchange(&peer, q);
	return osci_seq_step(q);
}

static void same_octets(struct osci_blob *a, struct osci_blob *b)
{
	unsigned char x[1024], y[1024];
	uint64_t at, len = osci_blob_len(a);

	assert_int_equal(len, osci_blob_len(b));
	for (at = 0; at < len; at += sizeof(x)) {
		size_t n = len - at < sizeof(x) ? len - at : sizeof(x);

		assert_int_equal(osci_blob_read(a, at, x, n, NULL), 0);
		assert_int_equal(osci_blob_read(b, at, y, n, NULL), 0);
		assert_memory_equal(x, y, n);
	}
}

static void in_chunks(void **state)
{
	struct osci_chunk_fetcher *f = START(.chunk_kib = 4);
	const struct osci_message *m;
	uint64_t have, total, i;

	t_peer_make_large(&peer, LARGE);
	assert_int_equal(until_shown(f), OSCI_STEP_DELIVERY);
	assert_int_equal(peer.gone, 0);
	osci_chunk_fetcher_progress(f, &have, &total);
	assert_int_equal(have, total);
	assert_int_equal(total, (osci_blob_len(peer.large) + 4095) / 4096);
	for (i = 0; i < total; i++)
		assert_int_equal(peer.chunk_orders[i], i + 1);
	same_octets(osci_seq_raw_blob(osci_chunk_fetcher_seq(f)), peer.large);
	m = osci_seq_message(osci_chunk_fetcher_seq(f));
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	assert_string_equal(osci_message_delivery_id(m), "d0@intermed");
	assert_int_equal(m->n_parts, 1);
	assert_int_equal(osci_chunk_fetcher_count(f), 0);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(peer.orders[peer.n_orders - 1], OSCI_EXIT_DIALOG);
	assert_int_equal(peer.gone, 1);
	assert_int_equal(osci_chunk_fetcher_count(f), 1);
	assert_null(osci_seq_message(osci_chunk_fetcher_seq(f)));
	osci_chunk_fetcher_freep(&f);
	assert_null(f);
}

/* Sizes around a multiple of the chunk. */
static void every_length(void **state)
{
	size_t base, over;

	t_peer_make_large(&peer, 6000);
	base = 6000 + (2048 - osci_blob_len(peer.large) % 2048);
	for (over = 0; over < 3; over++) {
		struct osci_chunk_fetcher *f;

		t_peer_reset(&peer);
		t_peer_make_large(&peer, base + over - 1);
		f = START(.chunk_kib = 2);
		assert_int_equal(until_shown(f), OSCI_STEP_DELIVERY);
		same_octets(osci_seq_raw_blob(osci_chunk_fetcher_seq(f)), peer.large);
		osci_chunk_fetcher_freep(&f);
	}
}

static void in_one_piece(void **state)
{
	struct osci_chunk_fetcher *f = START(.chunk_kib = 0);

	t_peer_make_large(&peer, LARGE);
	assert_int_equal(until_shown(f), OSCI_STEP_DELIVERY);
	assert_int_equal(peer.n_chunk_orders, 1);
	assert_true(osci_seq_message(osci_chunk_fetcher_seq(f))->has_content);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_chunk_fetcher_count(f), 1);
	osci_chunk_fetcher_freep(&f);
}

static void nothing_there(void **state)
{
	struct osci_chunk_fetcher *f = START(.chunk_kib = 4);

	assert_int_equal(run(f), OSCI_STEP_DONE);
	assert_int_equal(osci_chunk_fetcher_count(f), 0);
	assert_int_equal(peer.n_orders, 3);
	osci_chunk_fetcher_freep(&f);
}

/* Every lie of a hostile intermediary about a chunk, first, middle and last. */
static void hostile_chunks(void **state)
{
	static const uint64_t places[] = { 1, 2, 3, 6 };
	size_t i;
	int lie;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (lie = T_CHUNK_HONEST + 1; lie < T_CHUNK_LIES; lie++) {
			struct osci_chunk_fetcher *f;
			struct osci_chunk_state s;
			bool first = places[i] == 1;

			if (first && (lie == T_CHUNK_AGAIN || lie == T_CHUNK_OCTETS || lie == T_CHUNK_ID ||
				      lie == T_CHUNK_WHOLE || lie == T_CHUNK_SIZE || lie == T_CHUNK_TOTAL))
				continue; /* not to be known yet; what follows from it is refused later */
			t_peer_reset(&peer);
			t_peer_make_large(&peer, LARGE);
			assert_int_equal((osci_blob_len(peer.large) + 4095) / 4096, 6);
			peer.chunk_lie = (enum t_chunk_lie)lie;
			peer.chunk_lie_at = places[i];
			f = START(.chunk_kib = 4);
			if (run(f) != OSCI_STEP_FAILED)
				fail_msg("chunk %d lie %d was taken", (int)places[i], lie);
			/* Octets of another chunk are seen at the end only, all else at once. */
			if (lie != T_CHUNK_OCTETS && peer.n_chunk_orders != places[i])
				fail_msg("chunk %d lie %d: seen after %u", (int)places[i], lie, peer.n_chunk_orders);
			assert_int_equal(peer.gone, 0);
			assert_null(osci_seq_message(osci_chunk_fetcher_seq(f)));
			assert_null(osci_seq_raw_blob(osci_chunk_fetcher_seq(f)));
			if (lie == T_CHUNK_OCTETS || first)
				assert_int_equal(osci_chunk_fetcher_state(f, &s, NULL), OSCI_E_EMPTY);
			osci_chunk_fetcher_freep(&f);
		}
	}
}

/* Totals that lie from the first answer on never become a loop or a large file. */
static void totals(void **state)
{
	static const enum t_chunk_lie lies[] = { T_CHUNK_TOTAL, T_CHUNK_SIZE, T_CHUNK_HUGE };
	struct osci_chunk_fetcher *f;
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		t_peer_reset(&peer);
		t_peer_make_large(&peer, LARGE);
		peer.chunk_lie = lies[i];
		peer.chunk_lie_at = 1;
		f = START(.chunk_kib = 4);
		assert_int_equal(run(f), OSCI_STEP_FAILED);
		assert_true(peer.n_chunk_orders <= 2);
		osci_chunk_fetcher_freep(&f);
	}
	t_peer_reset(&peer);
	t_peer_make_large(&peer, LARGE);
	f = START(.chunk_kib = 4, .max_octets = LARGE);
	assert_int_equal(run(f), OSCI_STEP_FAILED);
	assert_int_equal(error(f)->code, OSCI_E_LIMIT);
	assert_int_equal(peer.n_chunk_orders, 1);
	osci_chunk_fetcher_freep(&f);
}

/* The message put together is checked as one that came whole. */
static void assembled(void **state)
{
	int which;

	for (which = 0; which < 2; which++) {
		struct osci_chunk_fetcher *f;
		struct osci_chunk_state s;

		t_peer_reset(&peer);
		peer.foreign_card = which == 0;
		peer.no_content = which == 1;
		t_peer_make_large(&peer, LARGE);
		f = START(.chunk_kib = 1);
		assert_int_equal(run(f), OSCI_STEP_FAILED);
		assert_int_equal(error(f)->code, which ? OSCI_E_MALFORMED : OSCI_E_DIALOG);
		assert_int_equal(peer.gone, 0);
		assert_int_equal(osci_chunk_fetcher_state(f, &s, NULL), OSCI_E_EMPTY);
		osci_chunk_fetcher_freep(&f);
	}
}

/* A lost answer after each chunk: a new sequence asks for the rest only. */
static void resumes(void **state)
{
	uint64_t lost;

	for (lost = 1; lost <= 6; lost++) {
		struct osci_chunk_fetcher *f = START(.chunk_kib = 4), *g;
		struct osci_chunk_state s;
		struct osci_err err;
		uint64_t have;
		unsigned i;

		t_peer_reset(&peer);
		t_peer_make_large(&peer, LARGE);
		peer.twist_at = (int)lost;
		peer.twist = T_NO_ANSWER_AT_ALL;
		assert_int_equal(osci_chunk_fetcher_state(f, &s, &err), OSCI_E_STATE);
		assert_int_equal(run(f), OSCI_STEP_FAILED);
		if (lost == 1) {
			assert_int_equal(osci_chunk_fetcher_state(f, &s, &err), OSCI_E_EMPTY);
			osci_chunk_fetcher_freep(&f);
			continue;
		}
		assert_int_equal(osci_chunk_fetcher_state(f, &s, &err), 0);
		assert_int_equal(osci_blob_len(s.octets), (lost - 1) * 4096);
		assert_string_equal(s.message_id, "d0@intermed");
		assert_int_equal(s.total_chunks, 6);
		have = peer.n_chunk_orders;
		peer.shown = -1;
		peer.twist_at = lost < 6 ? peer.n_orders + 2 : -1; /* and once more, one chunk later */
		g = START(.resume = &s);
		osci_chunk_fetcher_freep(&f);
		if (lost < 6) {
			assert_int_equal(run(g), OSCI_STEP_FAILED);
			assert_int_equal(osci_chunk_fetcher_state(g, &s, &err), 0);
			assert_int_equal(osci_blob_len(s.octets), lost * 4096);
			peer.shown = -1;
			f = START(.resume = &s);
			osci_chunk_fetcher_freep(&g);
			g = f;
		}
		assert_int_equal(until_shown(g), OSCI_STEP_DELIVERY);
		same_octets(osci_seq_raw_blob(osci_chunk_fetcher_seq(g)), peer.large);
		assert_int_equal(peer.chunk_orders[have], lost);
		for (i = 0; i < peer.n_chunk_orders; i++)
			assert_true(peer.chunk_orders[i] >= 1);
		assert_int_equal(run(g), OSCI_STEP_DONE);
		assert_int_equal(peer.gone, 1);
		osci_chunk_fetcher_freep(&g);
	}
}

/* A transfer whose delivery is gone (9803), or has become another message, is not gone on with. */
static void nothing_to_go_on_with(void **state)
{
	static const enum t_chunk_lie lies[] = { T_CHUNK_HONEST, T_CHUNK_TOTAL, T_CHUNK_SIZE };
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct osci_chunk_fetcher *f = START(.chunk_kib = 4), *g;
		struct osci_chunk_state s;

		t_peer_reset(&peer);
		t_peer_make_large(&peer, LARGE);
		peer.twist_at = 3;
		peer.twist = T_NO_ANSWER_AT_ALL;
		assert_int_equal(run(f), OSCI_STEP_FAILED);
		assert_int_equal(osci_chunk_fetcher_state(f, &s, NULL), 0);
		peer.shown = peer.twist_at = -1;
		peer.chunk_lie = lies[i];
		peer.chunk_lie_at = 3;
		if (lies[i] == T_CHUNK_HONEST)
			peer.code[OSCI_PARTIAL_FETCH_DELIVERY] = "9803";
		g = START(.resume = &s);
		osci_chunk_fetcher_freep(&f);
		assert_int_equal(run(g), OSCI_STEP_FAILED);
		if (lies[i] == T_CHUNK_HONEST)
			assert_string_equal(error(g)->feedback, "9803");
		assert_int_equal(osci_chunk_fetcher_state(g, &s, NULL), OSCI_E_EMPTY);
		osci_chunk_fetcher_freep(&g);
	}
}

/* A peer that never sends the next chunk: who gives up has what came so far, however often; nothing is asked again. */
static void next_chunk_never_comes(void **state)
{
	struct osci_chunk_fetcher *f = START(.chunk_kib = 4), *g;
	struct osci_chunk_state s;
	struct osci_seq *q;
	uint64_t have, total;
	int tries;

	t_peer_make_large(&peer, LARGE);
	q = osci_chunk_fetcher_seq(f);
	while (peer.n_chunk_orders < 3)
		t_peer_exchange(&peer, q);
	for (tries = 0; tries < 4; tries++) {
		assert_int_equal(osci_seq_step(q), OSCI_STEP_POST);
		osci_seq_abort(q); /* the time of the exchange is over */
		assert_int_equal(osci_seq_step(q), OSCI_STEP_FAILED);
		assert_int_equal(osci_chunk_fetcher_state(f, &s, NULL), 0);
		assert_int_equal(osci_blob_len(s.octets), 3 * 4096);
		peer.shown = -1;
		g = START(.resume = &s);
		osci_chunk_fetcher_freep(&f);
		f = g;
		q = osci_chunk_fetcher_seq(f);
		t_peer_exchange(&peer, q); /* InitDialog; the fourth chunk is asked for, and silence again */
		osci_chunk_fetcher_progress(f, &have, &total);
		assert_int_equal(have, 3);
		assert_int_equal(total, 6);
	}
	assert_int_equal(peer.n_chunk_orders, 3);
	assert_int_equal(until_shown(f), OSCI_STEP_DELIVERY);
	same_octets(osci_seq_raw_blob(osci_chunk_fetcher_seq(f)), peer.large);
	assert_int_equal(run(f), OSCI_STEP_DONE);
	osci_chunk_fetcher_freep(&f);
}

/* At the limit is taken, one more is not: octets of the message, and the number of chunks of the profile. */
static void limits(void **state)
{
	struct osci_chunk_fetcher *f;
	uint64_t len;
	int over;

	t_peer_make_large(&peer, LARGE);
	len = osci_blob_len(peer.large);
	for (over = 0; over < 2; over++) {
		t_peer_reset(&peer);
		t_peer_make_large(&peer, LARGE);
		f = START(.chunk_kib = 4, .max_octets = len - (uint64_t)over * 1024);
		assert_int_equal(run(f), over ? OSCI_STEP_FAILED : OSCI_STEP_DONE);
		if (over)
			assert_int_equal(error(f)->code, OSCI_E_LIMIT);
		assert_int_equal(peer.gone, !over);
		osci_chunk_fetcher_freep(&f);
	}
	t_peer_reset(&peer);
	t_peer_make_large(&peer, LARGE);
	peer.chunk_lie = T_CHUNK_HUGE;
	peer.chunk_lie_at = 1;
	f = START(.chunk_kib = 1, .max_octets = UINT64_MAX);
	assert_int_equal(run(f), OSCI_STEP_FAILED); /* whatever the caller would take */
	assert_int_equal(peer.n_chunk_orders, 1);
	osci_chunk_fetcher_freep(&f);
}

static void d_02_lies(void **state)
{
	int at, twist;

	for (at = 0; at < 4; at++) {
		for (twist = T_HONEST + 1; twist < T_TWISTS; twist++) {
			struct osci_chunk_fetcher *f;

			if (twist == T_PLAIN || ((twist == T_CONVERSATION || twist == T_SEQUENCE) && !at))
				continue;
			t_peer_reset(&peer);
			t_peer_make_large(&peer, LARGE);
			peer.twist_at = at;
			peer.twist = twist;
			f = START(.chunk_kib = 16);
			if (run(f) != OSCI_STEP_FAILED || peer.n_orders != at + 1)
				fail_msg("exchange %d lie %d: after %d orders", at, twist, peer.n_orders);
			assert_int_equal(osci_chunk_fetcher_count(f), at == 3);
			osci_chunk_fetcher_freep(&f);
		}
	}
}

static void wrong_use(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	const char *ids[] = { "a", "b" };
	const struct osci_selection two = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	const struct osci_selection recent = { .kind = OSCI_SELECT_RECENT, .time = "2026-11-01T00:00:00Z" };
	struct osci_chunk_state s = { .message_id = "a", .chunk_kib = 1, .total_chunks = 3, .total_kib = 3 };
	struct osci_chunk_fetch_opts opts[] = { { .rule = &two }, { .rule = &recent }, { .chunk_kib = UINT64_MAX },
						{ .resume = &s } };
	struct osci_chunk_fetcher *f = NULL;
	size_t i;

	assert_int_equal(osci_blob_copy(&s.octets, "halb", 4), 0);
	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++)
		assert_int_equal(osci_chunk_fetcher_new(&f, &conf, &opts[i], NULL), OSCI_E_USAGE);
	assert_null(f);
	osci_blob_unref(s.octets);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, reset)
	static const struct CMUnitTest tests[] = {
		T(in_chunks), T(every_length), T(in_one_piece), T(nothing_there), T(hostile_chunks), T(totals),
		T(assembled), T(resumes), T(nothing_to_go_on_with), T(next_chunk_never_comes), T(limits),
		T(d_02_lies), T(wrong_use),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, true);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
