/* SPDX-License-Identifier: Apache-2.0 */
/* test_participants - cipher certificate, signer and mailbox of a participant belong together */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "party.h"

static struct party office, renewed, bamf, third;
static struct osci_cert *office_cipher[2], *office_sign[1], *bamf_cipher[1], *bamf_sign[1];
static struct im_participant list[2];
static char id[300], text[300], times[4];

static int setup(void **state)
{
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&renewed, "office", test_pkey(0), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	party_make(&third, "third", test_pkey(2), &im_ca, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&renewed);
	party_free(&bamf);
	party_free(&third);
	world_end();
	return 0;
}

static int before(void **state)
{
	struct party *const all[] = { &office, &renewed, &bamf, &third };

	for (size_t i = 0; i < 4; i++)
		all[i]->in_dialog = all[i]->unsigned_order = all[i]->plain = false;
	office_cipher[0] = osci_key_cert(office.cipher);
	office_cipher[1] = osci_key_cert(renewed.cipher);
	office_sign[0] = osci_key_cert(office.sign);
	bamf_cipher[0] = osci_key_cert(bamf.cipher);
	bamf_sign[0] = osci_key_cert(bamf.sign);
	list[0] = (struct im_participant){ .id = "azr:011200", .cipher = office_cipher, .n_cipher = 2,
					   .sign = office_sign, .n_sign = 1, .may_send = true, .may_fetch = true };
	list[1] = (struct im_participant){ .id = "bamf", .cipher = bamf_cipher, .n_cipher = 1, .sign = bamf_sign,
					   .n_sign = 1, .may_send = true, .may_fetch = true };
	im_begin();
	im_set.participants = (struct im_participants){ .list = list, .n = 2, .only = true };
	return 0;
}

static int after(void **state)
{
	im_end();
	return 0;
}

static void store(const char *expected)
{
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(do_store(&office, id, &bamf, "Inhalt"), expected);
}

/* An order of @p with the cipher certificate of @other. */
static struct party mixed(const struct party *p, const struct party *other)
{
	return (struct party){ .sign = p->sign, .cipher = other->cipher };
}

static void test_listed(void **state)
{
	store("0800");
	assert_string_equal(report.client, "azr:011200");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "Inhalt");
	assert_string_equal(report.client, "bamf");
}

static void test_a_08_foreign_cipher_certificate(void **state)
{
	struct party thief = mixed(&office, &bamf), forger = mixed(&bamf, &office);

	store("0800");
	assert_string_equal(do_init(&thief), "9700");
	assert_string_equal(do_get_id(&forger, id), "9700");
	assert_string_equal(id, "");
	assert_int_equal(im.dialogs.n, 0);
}

/* Without encryption nothing proves the cipher certificate, so the signer has to. */
static void test_a_08_mailbox_without_encryption(void **state)
{
	struct party thief = mixed(&office, &bamf);

	im_set.require_encryption = false;
	store("0800");
	thief.plain = true;
	assert_string_equal(do_init(&thief), "9700");
	bamf.plain = true;
	assert_string_equal(do_init(&bamf), "0801");
	/* In the middle of the dialog of another. */
	snprintf(thief.response, sizeof(thief.response), "%s", bamf.response);
	snprintf(thief.conversation, sizeof(thief.conversation), "%s", bamf.conversation);
	thief.in_dialog = true;
	assert_string_equal(do_fetch(&thief, text), "9400");
	assert_string_equal(text, "");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "Inhalt");
}

static void test_a_08_bound_without_only(void **state)
{
	struct party thief = mixed(&third, &bamf);

	im_set.participants.only = false;
	assert_string_equal(do_init(&thief), "9700");
	assert_string_equal(do_init(&third), "0801"); /* trusted, not listed */
	assert_string_equal(do_init(&bamf), "0801");
}

static void test_strangers(void **state)
{
	assert_string_equal(do_init(&third), "9501");
	assert_true(report.fault);
	assert_string_equal(do_get_id(&third, id), "9501");
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(do_store(&office, id, &third, "x"), "9706"); /* no mailbox there */
	assert_string_equal(do_store(&office, id, &bamf, "x"), "0800"); /* the id is still good */
}

static void test_rights(void **state)
{
	list[0].may_send = false;
	store("9811");
	assert_string_equal(report.err.what, "not allowed to this participant");
	list[0].may_send = true;
	store("0800");
	list[1].may_fetch = false;
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "9811");
	list[1].may_fetch = true;
	assert_string_equal(do_fetch(&bamf, text), "0801");
}

static void test_renewal_keeps_the_mailbox(void **state)
{
	struct party new_office = mixed(&office, &renewed);

	assert_string_equal(do_get_id(&bamf, id), "0800");
	assert_string_equal(do_store(&bamf, id, &office, "alt"), "0800");
	assert_string_equal(do_get_id(&bamf, id), "0800");
	assert_string_equal(do_store(&bamf, id, &renewed, "neu"), "0800");
	/* Either certificate opens the dialog of the one mailbox; what comes is encrypted for who it was meant for. */
	assert_string_equal(do_init(&new_office), "0801");
	assert_string_equal(do_card(&new_office, id, times), "0801");
	assert_string_equal(times, "C");
	assert_string_equal(do_exit(&new_office), "0800");
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_fetch(&office, text), "0801");
	assert_string_equal(text, "alt");
}

/* Deliveries that waited for a certificate before it was listed. */
static void test_listing_adopts_the_mailbox(void **state)
{
	im_set.participants = (struct im_participants){ 0 };
	store("0800");
	assert_int_equal(strlen(report.client), 64);
	im_set.participants = (struct im_participants){ .list = list, .n = 2, .only = true };
	im_restart();
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "Inhalt");
}

static void test_f_10_quota_of_a_participant(void **state)
{
	list[1].max_deliveries = 1;
	store("0800");
	store("9811");
	list[1].max_deliveries = 0;
	list[1].max_bytes = 5000;
	store("9811");
	list[1].max_bytes = 0;
	store("0800");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_listed, before, after),
		cmocka_unit_test_setup_teardown(test_a_08_foreign_cipher_certificate, before, after),
		cmocka_unit_test_setup_teardown(test_a_08_mailbox_without_encryption, before, after),
		cmocka_unit_test_setup_teardown(test_a_08_bound_without_only, before, after),
		cmocka_unit_test_setup_teardown(test_strangers, before, after),
		cmocka_unit_test_setup_teardown(test_rights, before, after),
		cmocka_unit_test_setup_teardown(test_renewal_keeps_the_mailbox, before, after),
		cmocka_unit_test_setup_teardown(test_listing_adopts_the_mailbox, before, after),
		cmocka_unit_test_setup_teardown(test_f_10_quota_of_a_participant, before, after),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
