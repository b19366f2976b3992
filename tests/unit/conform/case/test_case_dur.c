/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations and local times: calendar steps at the same hour of Berlin, exact seconds, the hours that come
 * twice or never
 */
#include "case/load.h"
#include "t_case.h"

static int64_t at(const char *text)
{
	int64_t ms;

	if (cf_time_parse(text, &ms))
		fail_msg("%s is no time", text);
	return ms;
}

static void is_refused(const char *text)
{
	struct cf_dur d;

	if (cf_dur_parse(text, &d) != OSCI_E_MALFORMED)
		fail_msg("%s was taken", text);
}

static void durations_are_read(void **state)
{
	static const char *const wrong[] = {
	    "",	    "P",     "PT",     "P1",   "1D",  "PD",   "P1DT",	     "P1H",   "PT1D",	  "P1D1M",
	    "P-1D", "P1.5D", "PT1H1H", "P1D ", "p1d", "P1T1", "PT99999999S", "PTT1H", "P1DT1HT1M"};
	struct cf_dur d;

	assert_int_equal(cf_dur_parse("P1Y2M3W4DT5H6M7S", &d), 0);
	assert_int_equal(d.years, 1);
	assert_int_equal(d.months, 2);
	assert_int_equal(d.weeks, 3);
	assert_int_equal(d.days, 4);
	assert_int_equal(d.seconds, 5 * 3600 + 6 * 60 + 7);
	assert_int_equal(cf_dur_parse("PT0S", &d), 0);
	assert_int_equal(d.seconds, 0);
	assert_int_equal(cf_dur_parse("P35D", &d), 0);
	assert_int_equal(d.days, 35);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_refused(wrong[i]);
}

static void durations_are_added(void **state)
{
	static const struct {
		const char *from, *dur, *to;
	} sums[] = {
	    {"2026-11-16T09:00:00", "PT15M", "2026-11-16T09:15:00"},
	    {"2026-11-16T09:00:00", "P1D", "2026-11-17T09:00:00"},
	    {"2026-11-16T09:00:00", "P14D", "2026-11-30T09:00:00"},
	    {"2026-12-31T23:59:59", "PT1S", "2027-01-01T00:00:00"},
	    {"2027-01-31T10:00:00", "P1M", "2027-02-28T10:00:00"}, /* no such day: the last of the month */
	    {"2028-01-31T10:00:00", "P1M", "2028-02-29T10:00:00"},
	    {"2028-02-29T10:00:00", "P1Y", "2029-02-28T10:00:00"},
	    {"2026-10-31T10:00:00", "P13M", "2027-11-30T10:00:00"},
	    {"2027-01-31T10:00:00", "P1M1D", "2027-03-01T10:00:00"}, /* months first, then days */
	    {"2027-03-27T09:00:00", "P1D", "2027-03-28T09:00:00"},   /* 23 hours */
	    {"2027-03-27T09:00:00", "PT24H", "2027-03-28T10:00:00"},
	    {"2026-10-24T09:00:00", "P1D", "2026-10-25T09:00:00"}, /* 25 hours */
	    {"2026-10-24T09:00:00", "PT24H", "2026-10-25T08:00:00"},
	    {"2027-03-27T02:30:00", "P1D", "2027-03-28T03:30:00"}, /* an hour that does not exist */
	    {"2026-10-25T01:30:00", "PT1H", "2026-10-25T02:30:00"},
	    {"2026-11-16T09:00:00", "P1DT12H", "2026-11-17T21:00:00"},
	    {"2026-11-16T09:00:00", "P2W", "2026-11-30T09:00:00"},
	};

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		struct cf_dur d;
		char text[24];

		assert_int_equal(cf_dur_parse(sums[i].dur, &d), 0);
		cf_time_format(cf_dur_add(at(sums[i].from), &d), text);
		assert_string_equal(text, sums[i].to);
	}
}

static void times_are_local(void **state)
{
	static const char *const wrong[] = {"",
					    "2026-11-16",
					    "2026-11-16T09:00",
					    "2026-11-16 09:00:00",
					    "2026-11-16T24:00:00",
					    "2026-02-30T09:00:00",
					    "2026-11-16T09:00:00Z",
					    "2027-03-28T02:00:00",
					    "2027-03-28T02:59:59",
					    "2026-11-16T09:00:00.5",
					    "x026-11-16T09:00:00"};
	int64_t ms;

	assert_int_equal(at("2026-11-16T09:00:00"), 1794816000000);
	assert_int_equal(at("2026-07-01T09:00:00"), 1782889200000);
	/* The hour that comes twice: the first is meant. */
	assert_int_equal(at("2026-10-25T02:30:00") - at("2026-10-25T01:30:00"), 3600000);
	assert_int_equal(at("2026-10-25T03:00:00") - at("2026-10-25T02:30:00"), 5400000);
	assert_int_equal(at("2027-03-28T03:00:00") - at("2027-03-28T01:59:59"), 1000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (cf_time_parse(wrong[i], &ms) != OSCI_E_MALFORMED)
			fail_msg("%s was taken", wrong[i]);
}

static void regexes_match_the_whole_text_by_code_points(void **state)
{
	static const struct {
		const char *regex, *text;
		bool fits;
	} rows[] = {
	    {"a.c", "abc", true},
	    {"a.c", "aüc", true},
	    {"a.c", "aüüc", false},
	    {".{2}", "Ṣā", true},
	    {"b", "abc", false},
	    {"a|abc", "abc", true},
	    {"a|b", "ab", false},
	    {"[äö]x", "öx", true},
	    {"2[0-9]{3}-.*", "2027-09-30", true},
	    {"", "", true},
	    {"x*", "", true},
	    {"a", "a\n", false},
	    {"[[:alpha:]]+", "Đặng", true},
	};
	static const char *const wrong[] = {"(",      "[a",	     "a\\",	"(.)\\1",
					    "a{2,1}", "(a{20}){20}", "*a{999}", "[[:nothing:]]"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (cf_regex_fits(rows[i].regex, rows[i].text) != rows[i].fits)
			fail_msg("%s on %s", rows[i].regex, rows[i].text);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_null(cf_regex_problem(rows[i].regex));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!cf_regex_problem(wrong[i]))
			fail_msg("%s was taken", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(durations_are_read),
	    cmocka_unit_test(durations_are_added),
	    cmocka_unit_test(times_are_local),
	    cmocka_unit_test(regexes_match_the_whole_text_by_code_points),
	};

	return cmocka_run_group_tests_name("durations, times, expressions", tests, NULL, NULL);
}
