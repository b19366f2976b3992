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

#define NOW 1794816000000 /* 2026-11-16T08:00:00Z */

static char path[] = "/tmp/xausl-faults-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	close(fd);
	return fd < 0 ? -1 : 0;
}

static const char *kept(void)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s.used", path);
	return name;
}

static int teardown(void **state)
{
	unlink(kept());
	return unlink(path);
}

static void pick(struct im_faults *f, enum osci_type type, const char *client, const char *mailbox, int64_t now,
		 struct im_tamper *t)
{
	im_faults_pick(f, &(struct im_fault_order){ type, client, mailbox }, now, t);
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
	pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
	assert_true(t.drop);
	assert_int_equal(t.delay_ms, 3000);
	assert_string_equal(t.fault, "9400");
	pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
	assert_false(t.drop);
	assert_int_equal(t.delay_ms, 3000);
	assert_string_equal(t.fault, "");
	pick(f, OSCI_GET_MESSAGE_ID, "", "", NOW, &t);
	assert_string_equal(t.fault, "9000");
	assert_false(t.challenge_wrong);
	for (int i = 0; i < 3; i++) {
		pick(f, OSCI_FETCH_DELIVERY, "", "", NOW, &t);
		assert_int_equal(t.challenge_wrong, i < 2);
	}
	pick(f, OSCI_TYPE_COUNT, "", "", NOW, &t);
	assert_int_equal(t.delay_ms, 3000);
	put("* refuse\n");
	pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
	assert_true(t.refuse);
	assert_int_equal(t.delay_ms, 0);
	put("* nonsense\n"); /* kept as it was */
	pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
	assert_true(t.refuse);
	put("");
	pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
	assert_false(t.refuse);
}

static void test_bad_files(void **state)
{
	static const char *const bad[] = { "store\n",	       "nothing drop\n", "store.x drop\n", "store drop x\n",
					   "store drop 1 2\n", "store delay\n",	 "store fault abc\n", "* delay 600001\n",
					   "* drop -1\n",      "* fault 99999\n", "store drop 0\n", "fetch lose 1\n",
					   "* out-of-order\n", "store drop client=\n", "store drop colour=red\n",
					   "store drop mailbox=a 1\n", "* refuse until=soon\n", "* refuse lasts=5\n",
					   "* refuse lasts=0s\n",
					   "* refuse lasts=5s until=2026-11-16T09:00:00\n" };
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

static void test_whose(void **state)
{
	_cleanup_(im_faults_freep) struct im_faults *f = NULL;
	struct im_tamper t;

	put("store drop client=bamf\nstore lose 1 mailbox=azr-011200\nfetch duplicate mailbox=azr-011200\n");
	assert_int_equal(im_faults_new(&f, path, NULL), 0);
	pick(f, OSCI_STORE_DELIVERY, "azr-011200", "bamf", NOW, &t);
	assert_false(t.drop || t.lose);
	pick(f, OSCI_STORE_DELIVERY, "bamf", "azr-001800", NOW, &t);
	assert_true(t.drop && !t.lose);
	pick(f, OSCI_STORE_DELIVERY, "bamf", "azr-011200", NOW, &t);
	assert_true(t.drop && t.lose);
	pick(f, OSCI_STORE_DELIVERY, "bamf", "azr-011200", NOW, &t);
	assert_false(t.lose);
	pick(f, OSCI_FETCH_DELIVERY, "azr-001800", "azr-001800", NOW, &t);
	assert_false(t.duplicate);
	pick(f, OSCI_FETCH_DELIVERY, "azr-011200", "azr-011200", NOW, &t);
	assert_true(t.duplicate);
}

static void test_when(void **state)
{
	static const struct {
		const char *rule;
		int64_t from, until; /* seconds behind NOW */
	} rules[] = {
		{ "* refuse until=2026-11-16T09:01:00\n", 0, 60 }, /* Berlin */
		{ "* refuse from=2026-11-16T08:00:10Z until=2026-11-16T08:01:00Z\n", 10, 60 },
		{ "* refuse lasts=90s\n", 0, 90 },
		{ "* refuse from=2026-11-16T08:00:30Z lasts=2m\n", 30, 150 },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		_cleanup_(im_faults_freep) struct im_faults *f = NULL;

		unlink(kept());
		put(rules[i].rule);
		assert_int_equal(im_faults_new(&f, path, NULL), 0);
		for (int64_t s = 0; s < 200; s += 5) {
			struct im_tamper t;

			pick(f, OSCI_GET_MESSAGE_ID, "a", "a", NOW + s * 1000, &t);
			if (t.refuse != (s >= rules[i].from && s < rules[i].until))
				fail_msg("%s at %d", rules[i].rule, (int)s);
		}
	}
}

/* Rules are added while others count, and the program is killed in between. */
static void test_counts_go_on(void **state)
{
	struct im_faults *f = NULL;
	struct im_tamper t;

	unlink(kept());
	put("store drop 2\nfetch duplicate 1\n");
	assert_int_equal(im_faults_new(&f, path, NULL), 0);
	pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
	assert_true(t.drop);
	put("store drop 2\nfetch duplicate 1\n* delay 1 1\nstore drop 2\n");
	pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
	assert_true(t.drop && t.delay_ms == 1);
	im_faults_freep(&f);
	assert_int_equal(im_faults_new(&f, path, NULL), 0);
	for (int i = 0; i < 3; i++) {
		pick(f, OSCI_STORE_DELIVERY, "", "", NOW, &t);
		assert_int_equal(t.drop, i < 2); /* by the second of the same text */
		assert_int_equal(t.delay_ms, 0);
	}
	pick(f, OSCI_FETCH_DELIVERY, "", "", NOW, &t);
	assert_true(t.duplicate);
	put(""); /* what was taken out is forgotten */
	pick(f, OSCI_FETCH_DELIVERY, "", "", NOW, &t);
	put("fetch duplicate 1\n");
	pick(f, OSCI_FETCH_DELIVERY, "", "", NOW, &t);
	assert_true(t.duplicate);
	im_faults_freep(&f);
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
					    cmocka_unit_test(test_whose), cmocka_unit_test(test_when),
					    cmocka_unit_test(test_counts_go_on), cmocka_unit_test(test_texts) };

	return cmocka_run_group_tests_name("intermediary/faults", tests, setup, teardown);
}
