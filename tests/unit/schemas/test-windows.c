/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-windows - what is sent and accepted at which moment, and which rules for that are refused
 */
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

/* "26.11 0": version or "-", and the reason. */
static const char *sent(const struct xausl_announcement *a, size_t n, const char *when)
{
	static char out[64];
	enum xausl_send_reason why;
	const struct xausl_release *r = xausl_release_to_send(x, a, n, at(when), &why);

	snprintf(out, sizeof(out), "%s %s", r ? xausl_release_version(r) : "-", xausl_send_reason_text(why));
	assert_true(!r == (why >= XAUSL_SEND_NONE_IN_FORCE));
	assert_ptr_equal(r, xausl_release_to_send(x, a, n, at(when), NULL));
	return out;
}

static void test_send_by_calendar(void **state)
{
	world(FOUR, PRESET);
	assert_string_equal(sent(NULL, 0, "2026-04-30T23:59:59+02:00"), "- no release is in force");
	assert_string_equal(sent(NULL, 0, "2026-05-01T00:00:00+02:00"), "- the day of the release is not confirmed");
	assert_string_equal(sent(NULL, 0, "2026-10-31T23:59:59.999+01:00"), "- the day of the release is not confirmed");
	assert_string_equal(sent(NULL, 0, "2026-11-01T00:00:00+01:00"), "26.11 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2026-10-31T23:00:00Z"), "26.11 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2026-11-01T00:00:00+02:00"), "- the day of the release is not confirmed");
	assert_string_equal(sent(NULL, 0, "2027-04-30T23:59:59.999+02:00"), "26.11 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2027-04-30T22:00:00Z"), "27.05 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2027-05-01T00:00:00+02:00"), "27.05 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2027-05-01T00:00:00+03:00"), "26.11 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2027-11-01T00:00:00+01:00"), "- the day of the release is not confirmed");
	/* Confirmed, and nothing here can write it. */
	world("26.11;urn:x2611;2026-11-01;confirmed;s;m2611\n27.05;urn:x2705;2027-05-01;confirmed;s;\n", PRESET);
	assert_string_equal(sent(NULL, 0, "2027-05-01T00:00:00+02:00"), "- no module for the release");
}

/* Another hour of the change; the day stays the day on which the release is in force. */
static void test_send_hour(void **state)
{
	world(FOUR, "*;06:00;7d;assumption;made up\n27.05;2027-05-03T08:30;;confirmed;made up\n");
	assert_string_equal(sent(NULL, 0, "2026-11-01T05:59:59+01:00"), "- the day of the release is not confirmed");
	assert_string_equal(sent(NULL, 0, "2026-11-01T06:00:00+01:00"), "26.11 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2027-05-03T08:29:59+02:00"), "26.11 as the calendar says");
	assert_string_equal(sent(NULL, 0, "2027-05-03T08:30:00+02:00"), "27.05 as the calendar says");
	assert_string_equal(xausl_release_version(xausl_release_at(x, at("2027-05-01T00:00:00+02:00"))), "27.05");
	assert_int_equal(xausl_release_acceptance(x, NULL, 0, release("27.05"), at("2027-05-01T00:00:00+02:00")),
			 XAUSL_ACCEPT_IN_FORCE);
	assert_int_equal(xausl_release_acceptance(x, NULL, 0, release("26.11"), at("2027-05-10T08:29:59+02:00")),
			 XAUSL_ACCEPT_OLD);
	assert_int_equal(xausl_release_acceptance(x, NULL, 0, release("26.11"), at("2027-05-10T08:30:00+02:00")),
			 XAUSL_ACCEPT_TOO_LATE);
}

static void test_send_announced(void **state)
{
	const struct xausl_announcement late[] = { { "26.11", at("2026-11-01T00:00:00+01:00"), at("2027-05-20T12:00:00+02:00") },
						   { "27.05", at("2027-05-20T12:00:00+02:00"), 0 } };
	const struct xausl_announcement early[] = { { "27.05", at("2027-04-01T00:00:00+02:00"), 0 },
						    { "26.11", at("2026-11-01T00:00:00+01:00"), at("2027-04-20T00:00:00+02:00") } };
	const struct xausl_announcement old[] = { { "26.11", 0, 0 } };
	const struct xausl_announcement both[] = { { "26.11", 0, 0 }, { "27.05", 0, 0 }, { "27.11", 0, 0 } };
	const struct xausl_announcement strange[] = { { "31.05", 0, 0 } };

	world(FOUR, PRESET);
	/* Switches late: the old one until its own moment. */
	assert_string_equal(sent(late, 2, "2026-11-01T00:00:00+01:00"), "26.11 as announced");
	assert_string_equal(sent(late, 2, "2027-05-01T00:00:00+02:00"), "26.11 an older release, as announced");
	assert_string_equal(sent(late, 2, "2027-05-20T11:59:59.999+02:00"), "26.11 an older release, as announced");
	assert_string_equal(sent(late, 2, "2027-05-20T12:00:00+02:00"), "27.05 as announced");
	/* Switches early: nothing before the calendar, and nothing while it accepts no other. */
	assert_string_equal(sent(early, 2, "2027-04-19T23:59:59+02:00"), "26.11 as announced");
	assert_string_equal(sent(early, 2, "2027-04-20T00:00:00+02:00"), "- the partner accepts no release that may be sent");
	assert_string_equal(sent(early, 2, "2027-04-30T23:59:59+02:00"), "- the partner accepts no release that may be sent");
	assert_string_equal(sent(early, 2, "2027-05-01T00:00:00+02:00"), "27.05 as announced");
	/* Only the old one, without an end. */
	assert_string_equal(sent(old, 1, "2027-04-30T23:59:59+02:00"), "26.11 as announced");
	assert_string_equal(sent(old, 1, "2028-02-29T12:00:00+01:00"), "26.11 an older release, as announced");
	/* Always the newest that may be sent; where it cannot be, the next older one. */
	assert_string_equal(sent(both, 3, "2027-04-30T23:59:59+02:00"), "26.11 as announced");
	assert_string_equal(sent(both, 3, "2027-05-01T00:00:00+02:00"), "27.05 as announced");
	assert_string_equal(sent(both, 3, "2027-11-01T00:00:00+01:00"), "27.05 an older release, as announced");
	assert_string_equal(sent(both + 2, 1, "2027-11-01T00:00:00+01:00"), "- the day of the release is not confirmed");
	assert_string_equal(sent(both, 3, "2026-04-30T00:00:00+02:00"), "- no release is in force");
	assert_string_equal(sent(strange, 1, "2027-05-01T00:00:00+02:00"), "- the partner accepts no release that may be sent");

	assert_true(xausl_send_changes(x, late, 2, at("2027-04-30T00:00:00+02:00")) == at("2027-05-01T00:00:00+02:00"));
	assert_true(xausl_send_changes(x, late, 2, at("2027-05-01T00:00:00+02:00")) == late[1].from_ms);
	assert_true(xausl_send_changes(x, NULL, 0, at("2027-11-01T00:00:00+01:00")) == 0);
	assert_true(xausl_send_changes(x, early, 2, at("2027-01-01T00:00:00+01:00")) == early[0].from_ms);
}

static const char *accepted(const char *version, const struct xausl_announcement *a, size_t n, const char *when)
{
	return xausl_acceptance_text(xausl_release_acceptance(x, a, n, release(version), at(when)));
}

static void test_accept(void **state)
{
	struct xausl *other = schemas_open();

	world("0.9;;;unknown;s;\n" FOUR "28.05;;;unknown;s;\n", PRESET);
	assert_string_equal(accepted("26.11", NULL, 0, "2026-10-31T23:59:59.999+01:00"), "not in force yet");
	assert_string_equal(accepted("26.11", NULL, 0, "2026-11-01T00:00:00+01:00"), "in force");
	assert_string_equal(accepted("26.11", NULL, 0, "2027-04-30T23:59:59.999+02:00"), "in force");
	assert_string_equal(accepted("26.11", NULL, 0, "2027-05-01T00:00:00+02:00"), "old, still accepted");
	assert_string_equal(accepted("26.11", NULL, 0, "2027-05-07T23:59:59.999+02:00"), "old, still accepted");
	assert_string_equal(accepted("26.11", NULL, 0, "2027-05-08T00:00:00+02:00"), "not accepted any more");
	assert_string_equal(accepted("27.05", NULL, 0, "2027-04-30T23:59:59.999+02:00"), "not in force yet");
	assert_string_equal(accepted("27.05", NULL, 0, "2027-05-01T00:00:00+02:00"), "in force");
	/* A day that is derived: nobody can say, but the neighbours can. */
	assert_string_equal(accepted("26.05", NULL, 0, "2026-04-30T23:59:59+02:00"), "not in force yet");
	assert_string_equal(accepted("26.05", NULL, 0, "2026-06-01T00:00:00+02:00"), "not known to be in force");
	assert_string_equal(accepted("26.05", NULL, 0, "2026-11-07T23:59:59+01:00"), "old, still accepted");
	assert_string_equal(accepted("26.05", NULL, 0, "2026-11-08T00:00:00+01:00"), "not accepted any more");
	/* The change to 27.11 is not confirmed: 27.05 may still be in force, 26.11 certainly not. */
	assert_string_equal(accepted("27.05", NULL, 0, "2027-11-01T00:00:00+01:00"), "old, still accepted");
	assert_string_equal(accepted("27.05", NULL, 0, "2028-01-01T00:00:00+01:00"), "not known to be in force");
	assert_string_equal(accepted("26.11", NULL, 0, "2028-01-01T00:00:00+01:00"), "not accepted any more");
	assert_string_equal(accepted("27.11", NULL, 0, "2027-11-01T00:00:00+01:00"), "not known to be in force");
	/* Without a day: at the end of the table nobody knows, between others it is as old as its neighbours. */
	assert_string_equal(accepted("28.05", NULL, 0, "2030-01-01T00:00:00+01:00"), "not known to be in force");
	assert_string_equal(accepted("0.9", NULL, 0, "2026-04-30T00:00:00+02:00"), "not known to be in force");
	assert_string_equal(accepted("0.9", NULL, 0, "2026-05-03T00:00:00+02:00"), "old, still accepted");
	assert_string_equal(accepted("0.9", NULL, 0, "2026-12-01T00:00:00+01:00"), "not accepted any more");
	assert_int_equal(xausl_release_acceptance(x, NULL, 0, NULL, 0), XAUSL_ACCEPT_UNKNOWN);
	assert_int_equal(xausl_release_acceptance(x, NULL, 0, xausl_release_find(other, "26.11"), 0), XAUSL_ACCEPT_UNKNOWN);
	xausl_freep(&other);
}

/* An announcement prolongs, it never shortens, and it never makes a release come early. */
static void test_accept_announced(void **state)
{
	const struct xausl_announcement a[] = { { "26.11", 0, at("2027-05-20T00:00:00+02:00") },
						{ "27.05", at("2027-04-01T00:00:00+02:00"), 0 },
						{ "27.11", 0, 0 } };
	const struct xausl_announcement ends[] = { { "26.11", 0, at("2027-05-01T00:00:00+02:00") } };

	world(FOUR, PRESET);
	assert_string_equal(accepted("26.11", a, 3, "2027-05-19T23:59:59+02:00"), "old, still accepted");
	assert_string_equal(accepted("26.11", a, 3, "2027-05-20T00:00:00+02:00"), "not accepted any more");
	assert_string_equal(accepted("27.05", a, 3, "2027-04-30T23:59:59+02:00"), "not in force yet");
	assert_string_equal(accepted("27.05", a, 3, "2027-05-01T00:00:00+02:00"), "in force");
	assert_string_equal(accepted("26.11", ends, 1, "2027-05-07T23:59:59+02:00"), "old, still accepted");
	/* The partner's word settles a day that the calendar only derives. */
	assert_string_equal(accepted("27.11", a, 3, "2027-11-01T00:00:00+01:00"), "in force");
	assert_string_equal(accepted("27.11", a, 3, "2027-10-31T23:59:59+01:00"), "not in force yet");
}

static void test_windows(void **state)
{
	struct xausl_window w;
	struct xausl_change c;

	world("0.9;;;unknown;s;\n" FOUR,
	      PRESET "27.05;;2027-05-31T12:00;confirmed;letter\n27.11;2027-11-02T06:00;2027-11-02T06:00;assumption;guess\n");
	assert_false(xausl_release_window(release("0.9"), &w));
	assert_true(xausl_release_window(release("26.11"), &w));
	assert_true(w.in_force_ms == at("2026-11-01T00:00:00+01:00") && w.send_from_ms == w.in_force_ms);
	assert_true(w.send_until_ms == at("2027-05-01T00:00:00+02:00"));
	assert_true(w.accept_until_ms == at("2027-05-31T12:00:00+02:00"));
	assert_string_equal(w.certainty, "assumption");
	assert_string_equal(w.source, "made up");
	assert_true(xausl_release_window(release("27.05"), &w));
	assert_true(w.send_until_ms == at("2027-11-02T06:00:00+01:00") && w.accept_until_ms == w.send_until_ms);
	assert_string_equal(w.certainty, "confirmed");
	assert_string_equal(w.source, "letter");
	assert_true(xausl_release_window(release("27.11"), &w));
	assert_true(!w.send_until_ms && !w.accept_until_ms);

	assert_true(xausl_next_change(x, at("2026-10-31T23:59:59+01:00"), &c));
	assert_ptr_equal(c.release, release("26.11"));
	assert_true(xausl_next_change(x, at("2026-11-01T00:00:00+01:00"), &c));
	assert_ptr_equal(c.release, release("27.05"));
	assert_true(c.at_ms == at("2027-05-01T00:00:00+02:00"));
	assert_string_equal(c.certainty, "confirmed");
	assert_false(xausl_next_change(x, at("2027-11-01T00:00:00+01:00"), &c));

	/* Seven days behind the end of summer time are seven days of the calendar, not 168 hours. */
	world("1;urn:1;2026-04-01;confirmed;s;\n2;urn:2;2026-10-20;confirmed;s;\n", PRESET);
	assert_true(xausl_release_window(release("1"), &w));
	assert_true(w.accept_until_ms == at("2026-10-27T00:00:00+01:00"));
	/* Across a leap day. */
	world("1;urn:1;2027-11-01;confirmed;s;\n2;urn:2;2028-02-25;confirmed;s;\n", PRESET);
	assert_true(xausl_release_window(release("1"), &w));
	assert_true(w.accept_until_ms == at("2028-03-03T00:00:00+01:00"));
	/* 02:30 is there twice on the last Sunday of October: the first is meant. */
	world("1;urn:1;2026-04-01;confirmed;s;\n2;urn:2;2026-10-24;confirmed;s;\n", PRESET "2;2026-10-25T02:30;;assumption;s\n");
	assert_true(xausl_release_window(release("1"), &w));
	assert_true(w.send_until_ms == at("2026-10-25T02:30:00+02:00"));
}

static void test_series_day(void **state)
{
	static const char *const days[][2] = {
		{ "2026-10-31T23:59:59.999+01:00", "2026-11-01T00:00:00+01:00" },
		{ "2026-11-01T00:00:00+01:00", "2027-05-01T00:00:00+02:00" },
		{ "2026-12-31T23:30:00Z", "2027-05-01T00:00:00+02:00" },
		{ "2027-04-30T23:59:59.999+02:00", "2027-05-01T00:00:00+02:00" },
		{ "2027-05-01T00:00:00+02:00", "2027-11-01T00:00:00+01:00" },
		{ "2028-02-29T00:00:00+01:00", "2028-05-01T00:00:00+02:00" },
	};

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		assert_true(xausl_next_series_day(at(days[i][0])) == at(days[i][1]));
}

static void test_defects(void **state)
{
	static const struct {
		const char *transitions, *where;
	} defects[] = {
		{ "", "transitions.csv:0" },
		{ "27.05;2027-05-01T00:00;;assumption;s\n", "transitions.csv:1" },
		{ "*;00:00;7d;assumption\n", "transitions.csv:1" },
		{ "*;00:00;7d;assumption;s;\n", "transitions.csv:1" },
		{ "*;;7d;assumption;s\n", "transitions.csv:1" },
		{ "*;24:00;7d;assumption;s\n", "transitions.csv:1" },
		{ "*;00:60;7d;assumption;s\n", "transitions.csv:1" },
		{ "*;0:00;7d;assumption;s\n", "transitions.csv:1" },
		{ "*;00:00;7;assumption;s\n", "transitions.csv:1" },
		{ "*;00:00;d;assumption;s\n", "transitions.csv:1" },
		{ "*;00:00;-7d;assumption;s\n", "transitions.csv:1" },
		{ "*;00:00;367d;assumption;s\n", "transitions.csv:1" },
		{ "*;00:00;7d;derived;s\n", "transitions.csv:1" },
		{ PRESET PRESET, "transitions.csv:2" },
		{ PRESET "27.05;2027-05-01T00:00;;assumption\n", "transitions.csv:2" },
		{ PRESET "27.06;2027-05-01T00:00;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "0.9;2027-05-01T00:00;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-05-01T00:00;;sure;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-05-01 00:00;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-05-01T00:00:00;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-05-32T00:00;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-06-31T00:00;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-05-01T24:00;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;;soon;assumption;s\n", "transitions.csv:2" },
		/* Before it is in force; the old one gone before the new one is sent; an hour that does not exist. */
		{ PRESET "27.05;2027-04-30T23:59;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-05-02T00:00;2027-05-01T23:59;assumption;s\n", "transitions.csv:2" },
		{ PRESET "26.11;2027-03-28T02:30;;assumption;s\n", "transitions.csv:2" },
		{ PRESET "27.05;2027-05-01T00:00;;assumption;s\n27.05;;2027-05-09T00:00;assumption;s\n", "transitions.csv:3" },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		if (reopen("0.9;;;unknown;s;\n" FOUR, defects[i].transitions) != OSCI_E_CONFIG || x)
			fail_msg("defect %zu is not noticed", i);
		if (strcmp(err.where, defects[i].where) != 0 || !err.what[0])
			fail_msg("defect %zu: %s, expected %s", i, osci_err_text(&err, text, sizeof(text)), defects[i].where);
	}
	world("0.9;;;unknown;s;\n" FOUR, PRESET "26.11;2027-03-28T03:00;;assumption;s\n27.05;;2027-05-01T00:00;assumption;s\n");
	snprintf(text, sizeof(text), "%s/transitions.csv", dir);
	assert_int_equal(unlink(text), 0);
	xausl_freep(&x);
	assert_int_equal(xausl_open(&x, dir, dir, &err), OSCI_E_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send_by_calendar), cmocka_unit_test(test_send_hour),
		cmocka_unit_test(test_send_announced),	 cmocka_unit_test(test_accept),
		cmocka_unit_test(test_accept_announced), cmocka_unit_test(test_windows),
		cmocka_unit_test(test_series_day),	 cmocka_unit_test(test_defects),
	};

	return cmocka_run_group_tests(tests, made_up_setup, made_up_teardown);
}
