/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-calendar-check - what is wrong with a calendar, and what is said to be missing on which day before a change
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "made-up.h"
#include "base/text.h"
#include "lib/t_alloc.h"

/* "id release table:line", one per line. */
static const char *found(const char *when)
{
	struct xausl_calendar_finding f[XAUSL_CALENDAR_FINDINGS_MAX];
	static char out[2048];
	size_t n = xausl_calendar_check(x, at(when), f, XAUSL_CALENDAR_FINDINGS_MAX), len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		assert_true(f[i].text[0] != '\0');
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s %s %s:%u\n", f[i].id, f[i].release, f[i].table,
					f[i].line);
	}
	assert_true(xausl_calendar_check(x, at(when), f, 0) == n);
	return out;
}

static void test_check(void **state)
{
	world(FOUR, PRESET);
	assert_string_equal(found("2026-11-01T00:00:00+01:00"),
			    "calendar.module 27.11 releases.csv:4\ncalendar.certainty 27.11 releases.csv:4\n");
	assert_string_equal(found("2026-10-31T23:59:59+01:00"),
			    "calendar.module 26.05 releases.csv:1\ncalendar.certainty 26.05 releases.csv:1\n"
			    "calendar.module 27.11 releases.csv:4\ncalendar.certainty 27.11 releases.csv:4\n");
	assert_string_equal(found("2026-01-01T00:00:00+01:00"),
			    "calendar.gap  releases.csv:0\n"
			    "calendar.module 26.05 releases.csv:1\ncalendar.certainty 26.05 releases.csv:1\n"
			    "calendar.module 27.11 releases.csv:4\ncalendar.certainty 27.11 releases.csv:4\n");
	/* Nothing behind the last one; long behind it that is a gap. */
	world("26.11;urn:x2611;2026-11-01;confirmed;s;m2611\n27.05;urn:x2705;2027-05-01;confirmed;s;m2705\n", PRESET);
	assert_string_equal(found("2027-04-30T23:59:59+02:00"), "");
	assert_string_equal(found("2027-05-01T00:00:00+02:00"), "calendar.next  releases.csv:0\n");
	assert_string_equal(found("2027-10-31T23:59:59+01:00"), "calendar.next  releases.csv:0\n");
	assert_string_equal(found("2027-11-01T00:00:01+01:00"),
			    "calendar.gap 27.05 releases.csv:2\ncalendar.next  releases.csv:0\n");
	/* A half-year that nothing is known of; one that has a release without a day. */
	world("26.11;urn:x2611;2026-11-01;confirmed;s;m2611\n27.11;urn:x2705;2027-11-01;derived;s;\n", PRESET);
	assert_string_equal(found("2026-12-01T00:00:00+01:00"),
			    "calendar.gap 26.11 releases.csv:1\ncalendar.module 27.11 releases.csv:2\n"
			    "calendar.certainty 27.11 releases.csv:2\n");
	world("26.11;urn:x2611;2026-11-01;confirmed;s;m2611\n27.05;;;unknown;s;\n", PRESET);
	assert_string_equal(found("2026-12-01T00:00:00+01:00"),
			    "calendar.module 27.05 releases.csv:2\ncalendar.certainty 27.05 releases.csv:2\n");
	/* Three at a time; sent when it is over. */
	world(FOUR, PRESET "27.05;;2027-11-02T00:00;assumption;s\n");
	assert_string_equal(found("2026-12-01T00:00:00+01:00"),
			    "calendar.overlap 26.11 transitions.csv:2\n"
			    "calendar.module 27.11 releases.csv:4\ncalendar.certainty 27.11 releases.csv:4\n");
	assert_string_equal(found("2027-06-01T00:00:00+02:00"),
			    "calendar.module 27.11 releases.csv:4\ncalendar.certainty 27.11 releases.csv:4\n"
			    "calendar.overlap 26.11 transitions.csv:2\n");
	world(FOUR, PRESET "27.05;2027-11-01T00:00;2027-11-01T00:00;assumption;s\n");
	assert_string_equal(found("2026-12-01T00:00:00+01:00"),
			    "calendar.order 27.05 transitions.csv:2\n"
			    "calendar.module 27.11 releases.csv:4\ncalendar.certainty 27.11 releases.csv:4\n");
}

/* The calendar that is delivered: one thing is open, and it is the one that really is. */
static void test_delivered(void **state)
{
	xausl_freep(&x);
	x = schemas_open();
	assert_string_equal(found("2026-11-22T10:00:00+01:00"), "calendar.next  releases.csv:0\n");
	assert_ptr_equal(xausl_release_to_send(x, NULL, 0, at("2026-11-01T00:00:00+01:00"), NULL), release("26.11"));
	assert_null(xausl_release_to_send(x, NULL, 0, at("2026-10-31T23:59:59.999+01:00"), NULL));
	assert_int_equal(xausl_release_acceptance(x, NULL, 0, release("26.05"), at("2026-11-03T00:00:00+01:00")),
			 XAUSL_ACCEPT_OLD);
	assert_int_equal(xausl_release_acceptance(x, NULL, 0, release("1.0"), at("2026-11-03T00:00:00+01:00")),
			 XAUSL_ACCEPT_TOO_LATE);
	assert_non_null(strstr(xausl_release_source(release("1.6.0")), "https://"));
}

/* "id days" of each, one per line. */
static const char *warned(const struct xausl_partner *p, size_t n, const struct xausl_approvals *a, const char *when,
			  struct xausl_step *step)
{
	struct xausl_warning w[XAUSL_WARNINGS_MAX];
	static char out[1024];
	size_t count = xausl_calendar_warnings(x, p, n, a, at(when), step, w, XAUSL_WARNINGS_MAX), len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		assert_true(w[i].text[0] != '\0');
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s %s%s%u\n", w[i].id, w[i].partner,
					w[i].partner[0] ? " " : "", w[i].days);
	}
	return out;
}

static void test_steps(void **state)
{
	struct xausl_step step = { 0 };

	world(FOUR, PRESET);
	/* 2027-03-02 is the sixtieth day before 2027-05-01; the days are those of Berlin. */
	assert_string_equal(warned(NULL, 0, NULL, "2027-03-01T23:59:59+01:00", &step), "");
	assert_string_equal(step.change, "");
	assert_string_equal(warned(NULL, 0, NULL, "2027-03-01T23:00:00Z", &step), "missing.approval 60\n");
	assert_string_equal(step.change, "27.05");
	assert_int_equal(step.days, 60);
	assert_string_equal(warned(NULL, 0, NULL, "2027-03-20T00:00:00+01:00", &step), "");
	assert_string_equal(warned(NULL, 0, NULL, "2027-03-31T23:59:59+02:00", &step), "");
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-01T00:00:00+02:00", &step), "missing.approval 30\n");
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-23T23:59:59+02:00", &step), "");
	/* A clock that is set back does not repeat a step. */
	assert_string_equal(warned(NULL, 0, NULL, "2027-03-05T00:00:00+01:00", &step), "");
	assert_int_equal(step.days, 30);
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-24T00:00:00+02:00", &step), "missing.approval 7\n");
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-30T23:59:59+02:00", &step), "");
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-30T23:59:59+02:00", NULL), "missing.approval 1\n");
	assert_string_equal(warned(NULL, 0, NULL, "2027-05-01T00:00:00+02:00", &step), "");
	/* A gateway that was off: one step, the one that is due. */
	memset(&step, 0, sizeof(step));
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-29T00:00:00+02:00", &step), "missing.approval 2\n");
	assert_int_equal(step.days, 7);
	/* The next change begins anew. */
	assert_string_equal(warned(NULL, 0, NULL, "2027-10-02T00:00:00+02:00", &step),
			    "missing.day 30\nmissing.module 30\nmissing.approval 30\n");
	assert_string_equal(step.change, "27.11");
	/* Nothing known behind: the day itself. */
	assert_string_equal(warned(NULL, 0, NULL, "2028-03-02T00:00:00+01:00", &step), "missing.release 60\n");
	assert_string_equal(step.change, "2028-05-01");
	world("26.11;urn:x2611;2026-11-01;confirmed;s;m2611\n27.05;;;unknown;s;\n27.11;urn:x2711;2027-11-01;derived;s;\n",
	      PRESET);
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-24T00:00:00+02:00", NULL), "missing.day 7\n");
	world("26.11;urn:x2611;2026-11-01;confirmed;s;m2611\n27.11;urn:x2711;2027-11-01;derived;s;\n", PRESET);
	assert_string_equal(warned(NULL, 0, NULL, "2027-04-24T00:00:00+02:00", NULL), "missing.release 7\n");
}

static void test_partners(void **state)
{
	const struct xausl_announcement old[] = { { "26.11", 0, 0 } }, fine[] = { { "26.11", 0, 0 }, { "27.05", 0, 0 } };
	const struct xausl_announcement hole[] = { { "26.11", 0, at("2027-05-01T00:00:00+02:00") },
						   { "27.05", at("2027-05-02T00:00:00+02:00"), 0 } };
	const struct xausl_partner partners[] = { { "a", NULL, 0 }, { "b", old, 1 }, { "c", fine, 2 }, { "d", hole, 2 } };

	world(FOUR, PRESET);
	assert_string_equal(warned(partners, 4, NULL, "2027-04-24T00:00:00+02:00", NULL),
			    "missing.partner b 7\nmissing.partner d 7\nmissing.approval 7\n");
}

static void test_approvals(void **state)
{
	static const char good[] = "27.05;2027-03-15;BAMF;report.txt;"
				   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n";
	static const char *const bad[] = {
		"27.05;2027-03-15;BAMF;report.txt\n",
		";2027-03-15;BAMF;report.txt;ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
		"27.05;2027-02-29;BAMF;report.txt;ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
		"27.05;2027-03-15;;report.txt;ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
		"27.05;2027-03-15;BAMF;absent.txt;ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
		"27.05;2027-03-15;BAMF;../report.txt;ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
		"27.05;2027-03-15;BAMF;report.txt;BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n",
		"27.05;2027-03-15;BAMF;report.txt;ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae\n",
	};
	struct xausl_approvals *a = NULL;
	char path[128];

	world(FOUR, PRESET);
	snprintf(path, sizeof(path), "%s/acceptance.csv", dir);
	put("report.txt", "abc"); /* SHA-256 of FIPS 180 */
	put("acceptance.csv", good);
	assert_int_equal(xausl_approvals_load(&a, path, &err), 0);
	assert_null(xausl_approval_find(a, "26.11"));
	assert_string_equal(xausl_approval_find(a, "27.05")->who, "BAMF");
	assert_string_equal(warned(NULL, 0, a, "2027-04-24T00:00:00+02:00", NULL), "");
	xausl_approvals_freep(&a);
	assert_null(xausl_approval_find(a, "27.05"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[512];

		snprintf(text, sizeof(text), "# reports\n%s", bad[i]);
		put("acceptance.csv", text);
		memset(&err, 0, sizeof(err));
		if (xausl_approvals_load(&a, path, &err) != OSCI_E_CONFIG || a)
			fail_msg("row %zu is not refused", i);
		assert_string_equal(err.where, "acceptance.csv:2");
	}
	put("acceptance.csv", "");
	assert_int_equal(xausl_approvals_load(&a, path, &err), 0);
	xausl_approvals_freep(&a);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(xausl_approvals_load(&a, path, &err), OSCI_E_CONFIG);
}

/* Each allocation fails once: the calendar and the reports are there as a whole or not at all. */
static void test_memory(void **state)
{
	static const char without_modules[] = "26.11;urn:x2611;2026-11-01;confirmed;s;\n27.05;urn:x2705;2027-05-01;derived;s;\n";
	struct xausl_approvals *a = NULL;
	char path[128];
	unsigned failed = 0;
	int r;

	snprintf(path, sizeof(path), "%s/acceptance.csv", dir);
	put("report.txt", "abc");
	put("acceptance.csv", "27.05;2027-03-15;BAMF;report.txt;"
			      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
	world(without_modules, PRESET "27.05;;2027-05-31T12:00;confirmed;s\n");
	do {
		xausl_freep(&x);
		t_alloc_failed = false;
		t_alloc_countdown = (long)++failed;
		r = xausl_open(&x, dir, dir, &err);
		t_alloc_countdown = 0;
		assert_true(t_alloc_failed ? r == -ENOMEM && !x : r == 0);
	} while (t_alloc_failed);
	assert_true(failed > 5);
	failed = 0;
	do {
		xausl_approvals_freep(&a);
		t_alloc_failed = false;
		t_alloc_countdown = (long)++failed;
		r = xausl_approvals_load(&a, path, &err);
		t_alloc_countdown = 0;
		assert_true(t_alloc_failed ? r == -ENOMEM && !a : r == 0);
	} while (t_alloc_failed);
	assert_true(failed > 5);
	xausl_approvals_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),	 cmocka_unit_test(test_delivered), cmocka_unit_test(test_steps),
		cmocka_unit_test(test_partners), cmocka_unit_test(test_approvals),	   cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, made_up_setup, made_up_teardown);
}
