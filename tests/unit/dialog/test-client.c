/* SPDX-License-Identifier: Apache-2.0 */
/* test-client - which order may be sent when; what an answer has to be; what is kept of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "t_peer.h"

static struct t_peer peer;

static int reset(void **state)
{
	t_peer_reset(&peer);
	return 0;
}

static struct osci_client *client_new(void)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_client *c = NULL;

	assert_int_equal(osci_client_new(&c, &conf), 0);
	return c;
}

static int request(struct osci_client *c, struct osci_draft *d, struct osci_err *err)
{
	unsigned char *out;
	size_t len;
	int r = osci_client_request(c, d, &out, &len, err);

	assert_int_equal(out == NULL, r != 0);
	free(out);
	return r;
}

/* Order and answer. */
static int exchange(struct osci_client *c, struct osci_draft *d, struct osci_err *err)
{
	unsigned char *out, *answer;
	struct osci_message *m = NULL;
	size_t len;
	int r;

	assert_int_equal(osci_client_request(c, d, &out, &len, NULL), 0);
	answer = t_peer_answer(&peer, out, len, &len);
	r = osci_client_answer(c, answer, len, T_NOW, &m, err);
	osci_message_freep(&m);
	free(out);
	free(answer);
	return r;
}

static void open_dialog(struct osci_client *c)
{
	struct osci_draft d = { .type = OSCI_INIT_DIALOG };

	assert_int_equal(exchange(c, &d, NULL), 0);
	assert_true(osci_client_in_dialog(c));
}

/* Each type outside a dialog and inside one. */
static void places(void **state)
{
	static const struct {
		enum osci_type type;
		bool outside, inside;
	} rows[] = {
		{ OSCI_INIT_DIALOG, true, false },          { OSCI_EXIT_DIALOG, false, true },
		{ OSCI_GET_MESSAGE_ID, true, true },        { OSCI_STORE_DELIVERY, true, true },
		{ OSCI_FETCH_DELIVERY, false, true },       { OSCI_FETCH_PROCESS_CARD, false, true },
		{ OSCI_FORWARD_DELIVERY, true, true },      { OSCI_ACCEPT_DELIVERY, false, false },
		{ OSCI_MEDIATE_DELIVERY, false, true },     { OSCI_PROCESS_DELIVERY, false, false },
		{ OSCI_PARTIAL_STORE_DELIVERY, true, true }, { OSCI_PARTIAL_FETCH_DELIVERY, false, true },
		{ OSCI_RESPONSE_TO_STORE_DELIVERY, false, false }, { OSCI_FAULT, false, false },
	};
	const char *id = "m1@intermed";
	size_t i, inside;

	for (inside = 0; inside < 2; inside++) {
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct osci_draft_cert cert = { OSCI_CIPHER_ADDRESSEE, osci_key_cert(peer.office_cipher), NULL };
			bool ok = inside ? rows[i].inside : rows[i].outside;
			struct osci_draft d = { .type = rows[i].type, .message_id = id, .receiver_uri = "https://amt.example" };
			struct osci_client *c = client_new();
			struct osci_err err = { 0 };
			int r;

			if (rows[i].type == OSCI_STORE_DELIVERY || rows[i].type == OSCI_FORWARD_DELIVERY ||
			    rows[i].type == OSCI_MEDIATE_DELIVERY || rows[i].type == OSCI_PARTIAL_STORE_DELIVERY) {
				d.has_package = true;
				d.package = peer.package;
				d.package_len = peer.package_len;
				d.certs = &cert;
				d.n_certs = 1;
			}
			d.chunk = (struct osci_chunk){ .present = true, .number = 1, .size_kib = 1, .total_kib = 1,
						       .total_chunks = 1, .received = "-1" };
			if (inside)
				open_dialog(c);
			r = request(c, &d, &err);
			if (r != (ok ? 0 : OSCI_E_USAGE))
				fail_msg("%s inside %zu: %d %s", osci_type_name(rows[i].type), inside, r, err.what);
			if (!ok)
				assert_string_equal(err.where, osci_type_name(rows[i].type));
			assert_false(osci_client_broken(c));
			osci_client_freep(&c);
		}
	}
}

static void features_are_kept(void **state)
{
	static const struct osci_feature list[] = { { "PartialMessageTransmission", "1.8.0" }, { "Neues", "9" } };
	struct osci_client *c = client_new();
	struct osci_draft exit = { .type = OSCI_EXIT_DIALOG };
	const struct osci_features *f = osci_client_features(c);

	assert_int_equal(f->n, 0);
	peer.features = (struct osci_features){ .max_chunk = 64, .min_chunk = 2, .max_message = 1000, .chunk_timeout = 60,
						.list = list, .n = 2 };
	open_dialog(c);
	f = osci_client_features(c);
	assert_int_equal(f->max_chunk, 64);
	assert_int_equal(f->min_chunk, 2);
	assert_int_equal(f->max_message, 1000);
	assert_int_equal(f->chunk_timeout, 60);
	assert_int_equal(f->n, 2);
	assert_true(osci_features_have(f, "PartialMessageTransmission"));
	assert_false(osci_features_have(f, "GCMPaddingModus"));
	assert_int_equal(exchange(c, &exit, NULL), 0);
	assert_int_equal(osci_client_features(c)->n, 2);
	peer.features = (struct osci_features){ .list = list, .n = 1 };
	open_dialog(c);
	assert_int_equal(osci_client_features(c)->n, 1);
	assert_int_equal(osci_client_features(c)->max_chunk, 0);
	osci_client_freep(&c);
}

/* Answers of another order, of an older dialog, and the same one twice. */
static void d_02_answers_of_others(void **state)
{
	struct osci_client *c = client_new(), *other = client_new();
	struct osci_draft d = { .type = OSCI_INIT_DIALOG }, fetch = { .type = OSCI_FETCH_DELIVERY };
	unsigned char *out, *answer, *foreign;
	struct osci_message *m = NULL;
	struct osci_err err;
	size_t len, answer_len, foreign_len;

	assert_int_equal(osci_client_request(other, &d, &out, &len, NULL), 0);
	foreign = t_peer_answer(&peer, out, len, &foreign_len);
	free(out);
	assert_int_equal(osci_client_request(c, &d, &out, &len, NULL), 0);
	answer = t_peer_answer(&peer, out, len, &answer_len);
	free(out);
	assert_int_equal(osci_client_answer(c, foreign, foreign_len, T_NOW, &m, &err), OSCI_E_DIALOG);
	assert_string_equal(err.feedback, "9400");
	assert_null(m);
	assert_true(osci_client_broken(c));
	/* The right one comes too late: the dialog is over. */
	assert_int_equal(osci_client_answer(c, answer, answer_len, T_NOW, &m, &err), OSCI_E_STATE);
	assert_int_equal(request(c, &d, NULL), OSCI_E_STATE);
	assert_int_equal(osci_client_answer(other, foreign, foreign_len, T_NOW, &m, &err), 0);
	osci_message_freep(&m);
	/* Once more, as the answer to the next order. */
	assert_int_equal(osci_client_request(other, &fetch, &out, &len, NULL), 0);
	assert_int_equal(osci_client_answer(other, foreign, foreign_len, T_NOW, &m, &err), OSCI_E_DIALOG);
	assert_true(osci_client_broken(other));
	assert_false(osci_client_in_dialog(other));
	free(out);
	free(answer);
	free(foreign);
	osci_client_freep(&c);
	osci_client_freep(&other);
}

/* Control block of an answer, one value wrong, in each kind of dialog. */
static void d_02_control_blocks(void **state)
{
	static const enum t_twist twists[] = { T_RESPONSE, T_RESPONSE_CUT, T_CONVERSATION, T_SEQUENCE };
	size_t i, inside;

	for (inside = 0; inside < 2; inside++) {
		for (i = 0; i < sizeof(twists) / sizeof(twists[0]); i++) {
			struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID };
			struct osci_client *c;

			t_peer_reset(&peer);
			c = client_new();
			if (inside)
				open_dialog(c);
			peer.twist_at = (int)inside;
			peer.twist = twists[i];
			/* The ConversationId of an implicit dialog is nobody's. */
			assert_int_equal(exchange(c, &d, NULL),
					 !inside && twists[i] == T_CONVERSATION ? 0 : OSCI_E_DIALOG);
			assert_int_equal(osci_client_broken(c), inside || twists[i] != T_CONVERSATION);
			osci_client_freep(&c);
		}
	}
}

struct seen {
	char text[48];
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->text, ((const struct seen *)b)->text);
}

/* 24 octets of the CSPRNG, never the same; unsigned and plain, so that many can be made. */
static void d_03_challenges(void **state)
{
	enum { N = 20000 };
	struct osci_client_conf conf = { .decrypt = &peer.office_cipher, .n_decrypt = 1 };
	struct seen *seen = calloc(N, sizeof(*seen));
	size_t i;

	assert_non_null(seen);
	for (i = 0; i < N; i++) {
		_cleanup_buf_ struct osci_buf octets = OSCI_BUF_INIT(64);
		struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID };
		struct osci_client *c = NULL;
		unsigned char *out;
		const char *at, *end;
		size_t len;

		assert_int_equal(osci_client_new(&c, &conf), 0);
		assert_int_equal(osci_client_request(c, &d, &out, &len, NULL), 0);
		at = memmem(out, len, "<osci:Challenge>", 16);
		assert_non_null(at);
		at += 16;
		end = strchr(at, '<');
		assert_true(end - at < (long)sizeof(seen[i].text));
		memcpy(seen[i].text, at, (size_t)(end - at));
		assert_int_equal(osci_base64_decode(&octets, at, (size_t)(end - at)), 0);
		assert_int_equal(octets.len, 24);
		free(out);
		osci_client_freep(&c);
	}
	qsort(seen, N, sizeof(*seen), compare);
	for (i = 1; i < N; i++)
		assert_string_not_equal(seen[i - 1].text, seen[i].text);
	free(seen);
}

/* The order can be taken as a stream, the answer as a blob. */
static void streams_and_blobs(void **state)
{
	struct osci_client *c = client_new();
	struct osci_draft d = { .type = OSCI_INIT_DIALOG };
	struct osci_stream *stream = NULL, *second = NULL;
	struct osci_blob *body = NULL;
	struct osci_message *m = NULL;
	unsigned char *out, *answer;
	size_t len;

	assert_int_equal(osci_client_request_stream(c, &d, &stream, NULL), 0);
	assert_int_equal(osci_client_request_stream(c, &d, &second, NULL), OSCI_E_STATE);
	assert_null(second);
	len = (size_t)osci_stream_len(stream);
	assert_int_equal(osci_stream_to_memory(stream, &out, &len, NULL), 0);
	assert_int_equal(osci_stream_len(stream), len);
	answer = t_peer_answer(&peer, out, len, &len);
	assert_int_equal(osci_blob_take(&body, answer, len, false), 0);
	assert_int_equal(osci_client_answer_blob(c, body, T_NOW, &m, NULL), 0);
	assert_int_equal(m->type, OSCI_RESPONSE_TO_INIT_DIALOG);
	osci_message_freep(&m);
	osci_blob_unref(body);
	osci_stream_freep(&stream);
	osci_client_freep(&c);
	free(out);
}

/* Orders are written with the suite of the conf. */
static void suite_is_used(void **state)
{
	struct osci_client_conf conf = t_peer_conf(&peer);
	struct osci_open_opts opts = { .keys = &peer.cipher, .n_keys = 1, .trust = peer.trust, .now = T_NOW };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID };
	struct osci_client *c = NULL;
	struct osci_message *m = NULL;
	unsigned char *out;
	size_t len;

	conf.suite.iv_octets = 16;
	conf.suite.digest = OSCI_URI_SHA512;
	assert_int_equal(osci_client_new(&c, &conf), 0);
	assert_int_equal(osci_client_request(c, &d, &out, &len, NULL), 0);
	assert_int_equal(osci_open(&m, out, len, &opts, NULL), 0);
	assert_int_equal(m->suite.iv_octets, 16);
	assert_string_equal(m->suite.digest, OSCI_URI_SHA512);
	osci_message_freep(&m);
	osci_client_freep(&c);
	free(out);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, reset)
	static const struct CMUnitTest tests[] = {
		T(places), T(features_are_kept), T(d_02_answers_of_others), T(d_02_control_blocks), T(d_03_challenges),
		T(streams_and_blobs), T(suite_is_used),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	t_peer_init(&peer, false);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_peer_done(&peer);
	return r;
}
