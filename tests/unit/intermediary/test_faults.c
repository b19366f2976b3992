/* SPDX-License-Identifier: Apache-2.0 */
/* test_faults - rules of the fault switches, counting, re-reading, bad files; languages of texts */
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
#include "intermediary/faults.h"
#include <osci/feedback.h>

static char path[] = "/tmp/xausl-faults-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	close(fd);
	return fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	return unlink(path);
}

/* As a test does it: a new file moved over the old one. */
static void put(const char *text)
{
	char tmp[64];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	f = fopen(tmp, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(rename(tmp, path), 0);
}

static void test_rules(void **state)
{
	_cleanup_(im_faults_freep) struct im_faults *f = NULL;
	struct osci_err err = { 0 };
	struct im_tamper t;

	put("# comment\n\n"
	    "store.reply drop 1\n"
	    "* delay 3000\n"
	    "fetch.answer challenge-wrong 2 # twice\n"
	    "id fault 9000 1\n"
	    "* fault 9400 1\n");
	assert_int_equal(im_faults_new(&f, path, &err), 0);
	im_faults_pick(f, OSCI_STORE_DELIVERY, &t);
	assert_true(t.drop);
	assert_int_equal(t.delay_ms, 3000);
	assert_string_equal(t.fault, "9400");
	im_faults_pick(f, OSCI_STORE_DELIVERY, &t);
	assert_false(t.drop);
	assert_int_equal(t.delay_ms, 3000);
	assert_string_equal(t.fault, "");
	im_faults_pick(f, OSCI_GET_MESSAGE_ID, &t);
	assert_string_equal(t.fault, "9000");
	assert_false(t.challenge_wrong);
	for (int i = 0; i < 3; i++) {
		im_faults_pick(f, OSCI_FETCH_DELIVERY, &t);
		assert_int_equal(t.challenge_wrong, i < 2);
	}
	im_faults_pick(f, OSCI_TYPE_COUNT, &t);
	assert_int_equal(t.delay_ms, 3000);
	put("* refuse\n");
	im_faults_pick(f, OSCI_STORE_DELIVERY, &t);
	assert_true(t.refuse);
	assert_int_equal(t.delay_ms, 0);
	put("* nonsense\n"); /* kept as it was */
	im_faults_pick(f, OSCI_STORE_DELIVERY, &t);
	assert_true(t.refuse);
	put("");
	im_faults_pick(f, OSCI_STORE_DELIVERY, &t);
	assert_false(t.refuse);
}

static void test_bad_files(void **state)
{
	static const char *const bad[] = { "store\n",	       "nothing drop\n", "store.x drop\n", "store drop x\n",
					   "store drop 1 2\n", "store delay\n",	 "store fault abc\n", "* delay 600001\n",
					   "* drop -1\n",      "* fault 99999\n" };
	struct im_faults *f = NULL;
	struct osci_err err = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char where[64];

		put("\n");
		put(bad[i]);
		assert_int_equal(im_faults_new(&f, path, &err), OSCI_E_CONFIG);
		assert_null(f);
		snprintf(where, sizeof(where), "%s:1", path);
		assert_string_equal(err.where, where);
	}
	assert_int_equal(im_faults_new(&f, "/nonexistent/faults", &err), -2);
}

static void test_texts(void **state)
{
	const char *de, *en;

	assert_string_equal(osci_feedback_language(NULL, NULL), "de");
	assert_string_equal(osci_feedback_language("", NULL), "de");
	assert_string_equal(osci_feedback_language("en de", NULL), "en");
	assert_string_equal(osci_feedback_language("fr en", NULL), "en");
	assert_string_equal(osci_feedback_language("fr  de-AT en", NULL), "de");
	assert_string_equal(osci_feedback_language("deu", NULL), "de");
	assert_string_equal(osci_feedback_language("english", NULL), "de");
	assert_string_equal(osci_feedback_language("EN-GB", NULL), "en");
	assert_string_equal(osci_feedback_language("fr", "en de"), "en"); /* none of the wish: what the participant usually reads */
	assert_string_equal(osci_feedback_language("fr de", "en"), "de");
	assert_string_not_equal(osci_feedback_text("9803", "de"), osci_feedback_text("9803", "en"));
	assert_string_equal(osci_feedback_text("9999", "en"), osci_feedback_text("9811", "en"));
	for (size_t i = 0; i < OSCI_FEEDBACK_CODES; i++) {
		assert_int_equal(osci_feedback_index(osci_feedback_code(i)), i);
		assert_true(!i || strcmp(osci_feedback_code(i - 1), osci_feedback_code(i)) < 0);
		de = osci_feedback_text(osci_feedback_code(i), "de");
		en = osci_feedback_text(osci_feedback_code(i), "en");
		assert_true(strlen(de) > 10 && strlen(en) > 10);
		assert_string_not_equal(de, en);
	}
	assert_int_equal(osci_feedback_index("9999"), OSCI_FEEDBACK_CODES);
	assert_true(osci_feedback_is_fault("9000"));
	assert_true(osci_feedback_is_fault("9100"));
	assert_true(osci_feedback_is_fault("9503"));
	assert_false(osci_feedback_is_fault("9600"));
	assert_false(osci_feedback_is_fault("0801"));
	assert_false(osci_feedback_is_fault(""));
	assert_true(osci_feedback_is_server("9000"));
	assert_false(osci_feedback_is_server("9400"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rules), cmocka_unit_test(test_bad_files),
					    cmocka_unit_test(test_texts) };

	return cmocka_run_group_tests_name("intermediary/faults", tests, setup, teardown);
}
