/* SPDX-License-Identifier: Apache-2.0 */
/* test_dialogs - control block rules, cap, share of one client, expiry, quality of random values */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "intermediary/dialogs.h"
#include "lib/t_keys.h"

static struct osci_cert *office, *bamf;

static struct osci_cert *cert(const char *cn)
{
	struct t_pair p = t_pair_make(&(struct t_pair_opts){ .cn = cn, .curve = "P-256" });
	struct osci_cert *c = t_pair_cert(&p);

	t_pair_free(&p);
	return c;
}

static int setup(void **state)
{
	office = cert("office");
	bamf = cert("bamf");
	return 0;
}

static int teardown(void **state)
{
	osci_cert_unrefp(&office);
	osci_cert_unrefp(&bamf);
	return 0;
}

static struct osci_control control(const struct im_dialog *d)
{
	return (struct osci_control){ .response = d->challenge, .challenge = "c", .conversation_id = d->conversation,
				      .has_sequence = true, .sequence = d->sequence };
}

/* Opened and not held: its InitDialog is answered. */
static int open_free(struct im_dialogs *all, struct osci_cert *cipher, const struct osci_cert *signer, int64_t now,
		     struct im_dialog **ret, struct osci_err *err)
{
	int r = im_dialog_open(all, cipher, signer, now, ret, err);

	if (!r)
		im_dialog_release(*ret);
	return r;
}

static void test_life(void **state)
{
	struct im_dialogs all;
	struct im_dialog *d, *found;
	struct osci_control c;
	struct osci_err err = { 0 };
	char challenge[IM_CHALLENGE_CHARS + 1];

	im_dialogs_init(&all, 10, 5, 1000);
	assert_int_equal(open_free(&all, office, bamf, 100, &d, &err), 0);
	assert_int_equal(strlen(d->conversation), 18);
	assert_int_equal(strspn(d->conversation, "0123456789"), 18);
	assert_int_not_equal(d->conversation[0], '0');
	assert_string_equal(d->client, osci_cert_sha256(office));
	assert_string_equal(d->signer, osci_cert_sha256(bamf));
	assert_int_equal(d->sequence, 0);
	c = control(d);
	assert_int_equal(im_dialog_find(&all, &c, 101, &found, &err), 0);
	assert_ptr_equal(found, d);
	strcpy(challenge, d->challenge);
	assert_int_equal(im_dialog_advance(&all, d, 900, &err), 0);
	assert_int_equal(d->sequence, 1);
	assert_string_not_equal(d->challenge, challenge);
	/* prolonged to 1900 */
	c = control(d);
	assert_int_equal(im_dialog_find(&all, &c, 1899, &found, &err), 0);
	assert_int_equal(im_dialog_find(&all, &c, 1900, &found, &err), OSCI_E_DIALOG);
	im_dialog_close(&all, d);
	assert_int_equal(all.n, 0);
	im_dialogs_free(&all);
}

static void test_refusals_change_nothing(void **state)
{
	struct im_dialogs all;
	struct im_dialog *d, *found, before;
	struct osci_control good, c;
	struct osci_err err = { 0 };
	char wrong[IM_CHALLENGE_CHARS + 1];

	im_dialogs_init(&all, 10, 5, 1000);
	assert_int_equal(open_free(&all, office, NULL, 0, &d, &err), 0);
	before = *d;
	good = control(d);
	for (int i = 0; i < 8; i++) {
		c = good;
		strcpy(wrong, d->challenge);
		switch (i) {
		case 0: c.conversation_id = "123456789012345678"; break;
		case 1: c.conversation_id = ""; break;
		case 2: c.sequence = 1; break;
		case 3: c.sequence = UINT64_MAX; break;
		case 4: c.has_sequence = false; break;
		case 5: c.response = NULL; break;
		case 6: wrong[31] ^= 1; c.response = wrong; break;
		case 7: wrong[31] = '\0'; c.response = wrong; break;
		}
		err.feedback[0] = '\0';
		assert_int_equal(im_dialog_find(&all, &c, 1, &found, &err), OSCI_E_DIALOG);
		assert_string_equal(err.feedback, "9400");
		assert_null(found);
		assert_memory_equal(&before, d, sizeof(before));
	}
	assert_int_equal(im_dialog_find(&all, &good, 1, &found, &err), 0);
	im_dialogs_free(&all);
}

static void test_cap_and_share(void **state)
{
	struct im_dialogs all;
	struct im_dialog *d, *first = NULL;
	struct osci_err err = { 0 };
	char conversation[19];

	im_dialogs_init(&all, 5, 3, 1000);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(open_free(&all, office, NULL, i, &d, &err), 0);
		if (!i)
			first = d;
	}
	strcpy(conversation, first->conversation);
	assert_int_equal(open_free(&all, office, NULL, 10, &d, &err), 0); /* its own oldest goes */
	assert_int_equal(all.n, 3);
	assert_int_equal(open_free(&all, bamf, NULL, 10, &d, &err), 0);
	assert_int_equal(open_free(&all, bamf, NULL, 10, &d, &err), 0);
	assert_int_equal(open_free(&all, bamf, NULL, 10, &d, &err), OSCI_E_LIMIT); /* not at the cost of others */
	assert_null(d);
	assert_int_equal(open_free(&all, bamf, NULL, 1002, &d, &err), 0); /* two have expired */
	im_dialogs_expire(&all, 100000);
	assert_int_equal(all.n, 0);
	im_dialogs_free(&all);
}

/* Who names another's cipher certificate in signed orders pushes out his own dialogs only. */
static void test_share_of_the_signer(void **state)
{
	struct im_dialogs all;
	struct im_dialog *d;
	struct osci_control c;
	struct osci_err err = { 0 };
	char conversation[19], challenge[IM_CHALLENGE_CHARS + 1];

	im_dialogs_init(&all, 10, 3, 1000);
	assert_int_equal(open_free(&all, office, office, 0, &d, &err), 0);
	strcpy(conversation, d->conversation);
	strcpy(challenge, d->challenge);
	for (int i = 1; i < 8; i++)
		assert_int_equal(open_free(&all, office, bamf, i, &d, &err), 0);
	assert_int_equal(all.n, 4);
	c = (struct osci_control){ .response = challenge, .challenge = "c", .conversation_id = conversation,
				   .has_sequence = true };
	assert_int_equal(im_dialog_find(&all, &c, 10, &d, &err), 0);
	im_dialogs_free(&all);
}

/* A recorded InitDialog, sent again and again, does not end the dialog of its client that goes on. */
static void test_d_01_replayed_init_dialog(void **state)
{
	struct im_dialogs all;
	struct im_dialog *d, *used;
	struct osci_control c;
	struct osci_err err = { 0 };
	char conversation[19], challenge[IM_CHALLENGE_CHARS + 1];

	im_dialogs_init(&all, 10, 3, 1000);
	assert_int_equal(open_free(&all, office, bamf, 0, &used, &err), 0);
	assert_int_equal(im_dialog_advance(&all, used, 1, &err), 0);
	strcpy(conversation, used->conversation);
	strcpy(challenge, used->challenge);
	for (int i = 2; i < 20; i++)
		assert_int_equal(open_free(&all, office, bamf, i, &d, &err), 0);
	assert_int_equal(all.n, 3);
	c = (struct osci_control){ .response = challenge, .challenge = "c", .conversation_id = conversation,
				   .has_sequence = true, .sequence = 1 };
	assert_int_equal(im_dialog_find(&all, &c, 20, &d, &err), 0);
	im_dialogs_free(&all);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void test_unique(void **state)
{
	enum { N = 100000 };
	char(*seen)[IM_CHALLENGE_CHARS + 1] = malloc(N * sizeof(*seen));
	struct osci_err err = { 0 };

	assert_non_null(seen);
	for (int i = 0; i < N; i++)
		assert_int_equal(im_challenge(seen[i], &err), 0);
	qsort(seen, N, sizeof(*seen), by_text);
	for (int i = 1; i < N; i++)
		assert_string_not_equal(seen[i - 1], seen[i]);
	free(seen);
}

/* One order at a time: a second one is refused, and the dialog under its hands neither expires nor makes room. */
static void test_serial(void **state)
{
	struct osci_control c = { .has_sequence = true };
	struct im_dialog *d, *found, *other;
	struct im_dialogs all;
	struct osci_err err = { 0 };
	char conversation[IM_CONVERSATION_DIGITS + 1], challenge[IM_CHALLENGE_CHARS + 1];

	im_dialogs_init(&all, 3, 1, 1000);
	assert_int_equal(im_dialog_open(&all, office, bamf, 0, &d, &err), 0);
	memcpy(conversation, d->conversation, sizeof(conversation));
	memcpy(challenge, d->challenge, sizeof(challenge));
	c.conversation_id = conversation;
	c.response = challenge;
	assert_int_equal(im_dialog_find(&all, &c, 1, &found, &err), OSCI_E_DIALOG); /* held since it was opened */
	assert_non_null(strstr(err.what, "under way"));
	assert_string_equal(err.feedback, "9400");
	im_dialogs_expire(&all, 5000);
	assert_int_equal(all.n, 1);
	assert_int_equal(open_free(&all, office, bamf, 0, &other, &err), 0); /* the share is 1, but this one is at work */
	assert_int_equal(all.n, 2);
	im_dialog_release(d);
	assert_int_equal(im_dialog_find(&all, &c, 1, &found, &err), 0);
	assert_ptr_equal(found, d);
	im_dialog_hold(d);
	assert_int_equal(im_dialog_find(&all, &c, 1, &found, &err), OSCI_E_DIALOG);
	im_dialog_release(d);
	im_dialogs_expire(&all, 5000);
	assert_int_equal(all.n, 0);
	im_dialogs_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_refusals_change_nothing),
		cmocka_unit_test(test_cap_and_share),
		cmocka_unit_test(test_share_of_the_signer),
		cmocka_unit_test(test_d_01_replayed_init_dialog),
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_serial),
	};

	return cmocka_run_group_tests_name("intermediary/dialogs", tests, setup, teardown);
}
