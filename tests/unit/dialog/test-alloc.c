/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-alloc - every allocation of sender and fetcher fails once
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

#include "crypto/crypto.h"
#include "t_peer.h"

static struct t_peer peer;
static long countdown; /* 0 = off; 1 = the next one fails */
static bool failed;

static bool fails(void)
{
	if (!countdown || --countdown)
		return false;
	failed = true;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

/* Pauses the countdown while the peer works. */
static unsigned char *peer_answers(const unsigned char *out, size_t len, size_t *ret_len)
{
	long left = countdown;
	unsigned char *answer;

	countdown = 0;
	answer = t_peer_answer(&peer, out, len, ret_len);
	countdown = left;
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

/* @harmless: a failure behind the decision may still end well. */
static void each_fails(bool (*scenario)(const char *), const char *arg, bool stored, bool harmless)
{
	long n;

	for (n = 1;; n++) {
		bool done;

		t_peer_reset(&peer);
		peer.deliveries = 1;
		if (stored)
			snprintf(peer.stored_id, sizeof(peer.stored_id), "%s", arg);
		failed = false;
		countdown = n;
		done = scenario(arg);
		countdown = 0;
		if (!failed) {
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
	each_fails(send_one, NULL, false, false);
}

static void sender_again(void **state)
{
	each_fails(send_one, "m1@intermed", true, true);
}

static void fetcher(void **state)
{
	each_fails(fetch_all, NULL, false, false);
}

/* One scenario per run: each takes some seconds of private-key operations. */
int main(int argc, char **argv)
{
	static const struct CMUnitTest all[] = {
		cmocka_unit_test(sender), cmocka_unit_test(sender_again), cmocka_unit_test(fetcher),
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
