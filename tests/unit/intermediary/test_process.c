/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_process - the real program over HTTP: configuration, a delivery through both sequences, a
 * restart, a cut answer, an orderly end
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include <osci/dialog.h>
#include <osci/http.h>
#include "base/buf.h"
#include "daemon.h"

static struct party office, bamf;

static void put_rules(const char *rules)
{
	daemon_put("faults.new", rules);
	assert_int_equal(rename(daemon_file("faults.new"), daemon_file("faults")), 0);
}

static int setup(void **state)
{
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	daemon_begin("");
	return 0;
}

static int teardown(void **state)
{
	daemon_end();
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

static struct osci_client_conf client_of(struct party *p)
{
	return (struct osci_client_conf){ .sign = p->sign, .decrypt = &p->cipher, .n_decrypt = 1,
					  .intermediary_cipher = world_cipher_cert(), .trust = everyone,
					  .policy = { .require_signature = true, .require_encryption = true } };
}

static int post(const unsigned char *body, size_t len, unsigned char **ret, size_t *ret_len)
{
	struct osci_err err = { 0 };

	return osci_http_exchange(daemon_http, daemon_url, body, len, ret, ret_len, &err);
}

static void send_one(const char *content)
{
	const struct osci_client_conf conf = client_of(&office);
	const struct osci_delivery d = { .subject = "S", .addressee = osci_key_cert(bamf.cipher), .data = content,
					 .len = strlen(content), .author = office.sign };
	_cleanup_(osci_sender_freep) struct osci_sender *s = NULL;
	struct osci_err err = { 0 };
	enum osci_step step;

	assert_int_equal(osci_sender_new(&s, &conf, &d, NULL, &err), 0);
	while ((step = osci_sender_step(s)) == OSCI_STEP_POST || step == OSCI_STEP_SAVE_ID) {
		_cleanup_(osci_freep) unsigned char *answer = NULL;
		const unsigned char *body;
		size_t len, answer_len;

		if (step == OSCI_STEP_SAVE_ID) {
			assert_int_equal(osci_sender_continue(s, &err), 0);
			continue;
		}
		body = osci_sender_output(s, &len);
		assert_int_equal(post(body, len, &answer, &answer_len), 0);
		osci_sender_input(s, answer, answer_len, T_NOW, &err);
	}
	if (step != OSCI_STEP_DONE)
		fail_msg("sender: %s", osci_sender_error(s)->what);
	assert_non_null(osci_sender_card(s)->creation);
}

/* Number of deliveries taken; the content of the last one in @text. */
static unsigned fetch_all(char *text, size_t size)
{
	const struct osci_client_conf conf = client_of(&bamf);
	_cleanup_(osci_fetcher_freep) struct osci_fetcher *f = NULL;
	struct osci_err err = { 0 };
	enum osci_step step;

	assert_int_equal(osci_fetcher_new(&f, &conf, 10, &err), 0);
	while ((step = osci_fetcher_step(f)) == OSCI_STEP_POST || step == OSCI_STEP_DELIVERY) {
		const struct osci_open_opts opts = { .keys = &bamf.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW };
		_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
		_cleanup_(osci_freep) unsigned char *answer = NULL;
		const unsigned char *body;
		size_t len, answer_len;

		if (step == OSCI_STEP_DELIVERY) {
			assert_int_equal(osci_contents_open(&c, osci_seq_message(osci_fetcher_seq(f)), &opts, &err), 0);
			snprintf(text, size, "%.*s", (int)c->items[0].len, (const char *)c->items[0].data);
			assert_int_equal(osci_fetcher_continue(f, &err), 0);
			continue;
		}
		body = osci_fetcher_output(f, &len);
		assert_int_equal(post(body, len, &answer, &answer_len), 0);
		osci_fetcher_input(f, answer, answer_len, T_NOW, &err);
	}
	if (step != OSCI_STEP_DONE)
		fail_msg("fetcher: %s", osci_fetcher_error(f)->what);
	return osci_fetcher_count(f);
}

static void test_delivery(void **state)
{
	unsigned char *answer = NULL;
	char text[100] = "";
	size_t len;

	daemon_start(0);
	send_one("eins");
	send_one("zwei");
	assert_int_equal(daemon_stop(), 0);
	daemon_start(0); /* the mailbox outlives the process */
	assert_int_equal(fetch_all(text, sizeof(text)), 2);
	assert_string_equal(text, "zwei");
	assert_int_equal(fetch_all(text, sizeof(text)), 0);
	/* the answer ends in the middle, then the connection is cut, then all is well again */
	put_rules("* cut-body 1\n");
	assert_int_equal(post((const unsigned char *)"x", 1, &answer, &len), OSCI_E_NETWORK);
	assert_null(answer);
	put_rules("* refuse 1\n");
	assert_int_equal(post((const unsigned char *)"x", 1, &answer, &len), OSCI_E_NETWORK);
	assert_int_equal(post((const unsigned char *)"x", 1, &answer, &len), 0);
	assert_non_null(memmem(answer, len, "<osci:Code>9100</osci:Code>", 27));
	free(answer);
	assert_int_equal(daemon_stop(), 0);
}

/* An order whose encryption was tampered with in the last octet, or a good one. */
static unsigned char *order_id(bool tampered, size_t *len)
{
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .certs = &cert, .n_certs = 1,
				.control = { .challenge = "YWJj", .has_sequence = true } };
	const struct osci_write_opts opts = { .signer = office.sign, .encrypt_for = world_cipher_cert() };
	unsigned char *body;
	size_t end;

	assert_int_equal(osci_write(&body, len, &d, &opts, NULL), 0);
	end = *len - 4;
	while (memcmp(body + end, "\r\n--", 4)) /* the closing boundary; before it, the tag */
		end--;
	body[end - 1] ^= tampered;
	return body;
}

static bool answered_with(const unsigned char *order, size_t len, const char *part)
{
	unsigned char *answer = NULL;
	size_t answer_len = 0;
	bool found;

	assert_int_equal(post(order, len, &answer, &answer_len), 0);
	found = memmem(answer, answer_len, part, strlen(part));
	free(answer);
	return found;
}

static void test_e_04_failed_decryptions_refuse_the_sender(void **state)
{
	size_t bad_len, good_len;
	unsigned char *bad = order_id(true, &bad_len), *good = order_id(false, &good_len);

	put_rules("");
	daemon_start(0);
	for (int i = 0; i < 20; i++) {
		assert_true(answered_with(good, good_len, "osci_enc"));
		assert_true(answered_with(bad, bad_len, "<osci:Code>9202</osci:Code>"));
	}
	assert_false(answered_with(bad, bad_len, "<osci:Code>"));
	assert_false(answered_with(good, good_len, "osci_enc"));
	assert_int_equal(daemon_stop(), 0);
	daemon_start(0); /* counted in memory */
	assert_true(answered_with(good, good_len, "osci_enc"));
	assert_int_equal(daemon_stop(), 0);
	free(bad);
	free(good);
}

/* The order is carried out, the process gone before its answer: what is promised is in the database. */
static void test_restart_in_the_middle(void **state)
{
	unsigned char *answer = NULL;
	int status;
	size_t len;
	unsigned char *order = order_id(false, &len);

	put_rules("id restart 1\n");
	daemon_start(0);
	assert_int_equal(post(order, len, &answer, &len), OSCI_E_NETWORK);
	assert_null(answer);
	status = daemon_wait();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 75);
	put_rules("");
	daemon_start(0);
	send_one("nach dem Neustart");
	assert_int_equal(daemon_stop(), 0);
	free(order);
}

static void test_log_has_no_content(void **state)
{
	FILE *f = fopen(daemon_file("log"), "r");
	char line[2048];
	unsigned n = 0;

	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); n++) {
		assert_int_equal(line[0], '{');
		assert_null(strstr(line, "eins"));
		assert_null(strstr(line, "geheim"));
	}
	assert_true(n > 10);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_delivery),
					    cmocka_unit_test(test_e_04_failed_decryptions_refuse_the_sender),
					    cmocka_unit_test(test_restart_in_the_middle),
					    cmocka_unit_test(test_log_has_no_content) };

	return cmocka_run_group_tests_name("intermediary/process", tests, setup, teardown);
}
