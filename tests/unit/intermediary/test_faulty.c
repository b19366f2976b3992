/* SPDX-License-Identifier: Apache-2.0 */
/* test_faulty - every fault switch does what it says, and the orders behind it go on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "intermediary/faults.h"
#include "party.h"

static struct party office, bamf;
static char id[300], text[300], times[4];
static char rules[] = "/tmp/xausl-faulty-XXXXXX", kept[64];

static int setup(void **state)
{
	int fd = mkstemp(rules);

	if (fd < 0)
		return -1;
	close(fd);
	snprintf(kept, sizeof(kept), "%s.used", rules);
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&bamf);
	world_end();
	unlink(kept);
	return unlink(rules);
}

static void fault(const char *rule)
{
	char tmp[64];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", rules);
	f = fopen(tmp, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", rule);
	fclose(f);
	assert_int_equal(rename(tmp, rules), 0);
}

static int before(void **state)
{
	fault("");
	unlink(kept);
	im_begin();
	office.in_dialog = bamf.in_dialog = false;
	return im_faults_new(&im.faults, rules, NULL);
}

static int after(void **state)
{
	im_faults_freep(&im.faults);
	im_end();
	return 0;
}

/* An order that gets no answer. */
static void lost(struct party *p, struct osci_draft *d)
{
	size_t len;

	assert_null(party_send(p, d, &len));
}

static struct osci_draft store_draft(struct osci_package **package)
{
	static struct osci_draft_cert certs[2];
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .certs = certs, .n_certs = 2, .message_id = id,
				.has_package = true };

	certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL };
	certs[1] = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, osci_key_cert(bamf.cipher), NULL };
	*package = t_package("x", 1, NULL, NULL);
	t_package_into(&d, *package);
	return d;
}

static void test_reply_lost(void **state)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft d;

	assert_string_equal(do_get_id(&office, id), "0800");
	d = store_draft(&package);
	fault("store.reply drop 1");
	lost(&office, &d);
	/* it was carried out: the repetition is refused, the card is there */
	assert_string_equal(do_store(&office, id, &bamf, "x"), "9801");
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "C");
}

static void test_down(void **state)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft d;

	assert_string_equal(do_get_id(&office, id), "0800");
	d = store_draft(&package);
	fault("* refuse");
	lost(&office, &d);
	fault("");
	assert_string_equal(do_store(&office, id, &bamf, "x"), "0800"); /* it was not carried out */
}

static void test_fault(void **state)
{
	assert_string_equal(do_get_id(&office, id), "0800");
	fault("store fault 9000 1");
	assert_string_equal(do_store(&office, id, &bamf, "x"), "9000");
	assert_string_equal(do_store(&office, id, &bamf, "x"), "0800");
}

static void test_slow(void **state)
{
	int64_t start = osci_clock_mono_ms();

	fault("id delay 200 1");
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_true(osci_clock_mono_ms() - start >= 200);
}

/* What a client that opens the answer of a GetMessageId finds wrong with it. */
static int open_spoiled(const char *rule, struct osci_message **ret)
{
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .certs = &cert, .n_certs = 1 };
	const struct osci_open_opts opts = { .keys = &office.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW,
					     .policy = { .require_signature = true, .require_encryption = true } };
	_cleanup_(osci_freep) unsigned char *answer = NULL;
	size_t len;

	fault(rule);
	answer = party_send(&office, &d, &len);
	assert_non_null(answer);
	return osci_open(ret, answer, len, &opts, NULL);
}

static void test_signatures(void **state)
{
	struct osci_message *m = NULL;

	assert_int_equal(open_spoiled("* unsigned 1", &m), OSCI_E_UNSIGNED);
	assert_int_equal(open_spoiled("* bad-signature 1", &m), OSCI_E_SIGNATURE);
	assert_int_equal(open_spoiled("", &m), 0);
	osci_message_freep(&m);
}

static void test_control(void **state)
{
	struct osci_message *m = NULL;
	char conversation[300];

	assert_int_equal(open_spoiled("id.answer challenge-wrong 1", &m), 0);
	assert_string_not_equal(m->control.response, "VGVzdC1DaGFsbGVuZ2UtMDE=");
	osci_message_freep(&m);
	fault("");
	assert_string_equal(do_init(&office), "0801");
	snprintf(conversation, sizeof(conversation), "%s", office.conversation);
	assert_int_equal(open_spoiled("* conversation-foreign 1", &m), OSCI_OK);
	assert_string_not_equal(m->control.conversation_id, conversation);
	osci_message_freep(&m);
}

static void test_cut_body(void **state)
{
	fault("* cut-body 1");
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_true(cut); /* the server closes in the middle, see the test of the process */
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_false(cut);
}

static void test_duplicate(void **state)
{
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(do_store(&office, id, &bamf, "x"), "0800");
	fault("fetch.answer duplicate 1");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "x");
	assert_string_equal(do_fetch(&bamf, text), "9803");
}

static void put_three(const char *rule)
{
	static const char *const what[] = { "one", "two", "three" };

	fault(rule);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(do_get_id(&office, id), "0800");
		assert_string_equal(do_store(&office, id, &bamf, what[i]), "0800");
	}
	assert_string_equal(report.mailbox, osci_cert_sha256(osci_key_cert(bamf.cipher)));
	im_faults_freep(&im.faults);
	im_restart(); /* what waits unseen is in the database */
	assert_int_equal(im_faults_new(&im.faults, rules, NULL), 0);
	office.in_dialog = bamf.in_dialog = false;
	assert_string_equal(do_init(&bamf), "0801");
}

static void fetched(const char *expected)
{
	assert_string_equal(do_fetch(&bamf, text), expected ? "0801" : "9803");
	if (expected)
		assert_string_equal(text, expected);
}

static void test_lose(void **state)
{
	put_three("store lose 1");
	fetched("two");
	fetched("three");
	fetched(NULL);
	assert_string_equal(do_exit(&bamf), "0800");
}

static void test_out_of_order(void **state)
{
	put_three("store out-of-order 2");
	fetched("two");
	fetched("one");
	fetched("three");
	fetched(NULL);
}

static void test_held_alone(void **state)
{
	char mailbox[100];

	snprintf(mailbox, sizeof(mailbox), "store out-of-order 1 mailbox=%s", osci_cert_sha256(osci_key_cert(bamf.cipher)));
	put_three(mailbox);
	fetched("two");
	fetched("three");
	fetched(NULL); /* no second one came */
}

#define T(f) cmocka_unit_test_setup_teardown(f, before, after)

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_reply_lost), T(test_down),	 T(test_fault),	   T(test_slow),
					    T(test_signatures), T(test_control), T(test_cut_body), T(test_duplicate),
					    T(test_lose),	 T(test_out_of_order), T(test_held_alone) };

	return cmocka_run_group_tests_name("intermediary/faulty", tests, setup, teardown);
}
