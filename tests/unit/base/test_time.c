/* SPDX-License-Identifier: Apache-2.0 */
/* test_time - calendar, xsd:dateTime, Europe/Berlin at its changes, clock of a program */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static int64_t at(const char *s)
{
	int64_t ms = -1;

	assert_int_equal(osci_parse_datetime(s, strlen(s), &ms), 0);
	return ms;
}

static void test_parse(void **state)
{
	assert_int_equal(at("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(at("1970-01-01T00:00:00.001Z"), 1);
	assert_int_equal(at("1970-01-01T00:00:00.1Z"), 100);
	assert_int_equal(at("1970-01-01T00:00:00.1239Z"), 123);
	assert_int_equal(at("1969-12-31T23:59:59Z"), -1000);
	assert_int_equal(at("1970-01-01T01:00:00+01:00"), 0);
	assert_int_equal(at("1969-12-31T19:00:00-05:00"), 0);
	assert_int_equal(at("2026-11-22T10:00:00.123+01:00"), INT64_C(1795338000123));
	assert_int_equal(at("2024-02-29T00:00:00Z"), INT64_C(1709164800000));
	assert_int_equal(at("9999-12-31T23:59:59Z"), INT64_C(253402300799000));
}

static void test_parse_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22T10:00:00",
		"2026-11-22T10:00:00.Z",
		"2026-11-22T10:00:00.123",
		"2026-11-22T24:00:00Z",
		"2026-11-22T10:60:00Z",
		"2026-11-22T10:00:60Z",
		"2026-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z",
		"2026-04-31T10:00:00Z",
		"2026-13-01T10:00:00Z",
		"2026-00-01T10:00:00Z",
		"2026-01-00T10:00:00Z",
		"0000-01-01T10:00:00Z",
		"12026-01-01T10:00:00Z",
		"-2026-01-01T10:00:00Z",
		"2026-11-22 10:00:00Z",
		"2026-11-22T10:00:00z",
		"2026-11-22T10:00:00+0100",
		"2026-11-22T10:00:00+01",
		"2026-11-22T10:00:00+14:01",
		"2026-11-22T10:00:00+15:00",
		"2026-11-22T10:00:00+01:60",
		"2026-11-22T10:00:00Z ",
		" 2026-11-22T10:00:00Z",
		"2026-11-22T1a:00:00Z",
		"2026-11-22T10:00:00.123456789012345678901Z",
	};
	int64_t ms;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(osci_parse_datetime(bad[i], strlen(bad[i]), &ms), OSCI_E_MALFORMED);
}

static void test_format(void **state)
{
	char out[32];

	osci_format_datetime_utc(out, sizeof(out), INT64_C(1795338000123));
	assert_string_equal(out, "2026-11-22T09:00:00.123Z");
	osci_format_datetime_berlin(out, sizeof(out), INT64_C(1795338000123));
	assert_string_equal(out, "2026-11-22T10:00:00.123+01:00");
	osci_format_datetime_utc(out, sizeof(out), -1);
	assert_string_equal(out, "1969-12-31T23:59:59.999Z");
	osci_format_datetime_utc(out, sizeof(out), INT64_MAX);
	assert_string_equal(out, "9999-12-31T23:59:59.999Z");
	osci_format_datetime_utc(out, sizeof(out), INT64_MIN);
	assert_string_equal(out, "0001-01-01T00:00:00.000Z");
	osci_format_datetime_berlin(out, sizeof(out), INT64_MAX);
	osci_format_datetime_berlin(out, sizeof(out), INT64_MIN);
}

/* Every day of eight centuries against the C library. */
static void test_calendar(void **state)
{
	for (int64_t day = osci_days_from_civil(1600, 1, 1); day < osci_days_from_civil(2400, 1, 1); day++) {
		time_t t = (time_t)day * 86400 + 3661;
		struct osci_civil c = osci_civil_utc((int64_t)t * 1000);
		struct tm tm;

		gmtime_r(&t, &tm);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour, 1);
		assert_int_equal(c.minute, 1);
		assert_int_equal(c.second, 1);
		assert_int_equal(osci_days_from_civil(c.year, c.month, c.day), day);
		assert_true(osci_date_valid(c.year, c.month, c.day));
	}
	assert_false(osci_date_valid(2023, 2, 29));
	assert_true(osci_date_valid(2000, 2, 29));
	assert_false(osci_date_valid(2100, 2, 29));
	assert_false(osci_date_valid(2026, 6, 31));
}

static void test_berlin_changes(void **state)
{
	static const char *const pairs[][2] = {
		{ "2026-03-29T00:59:59.999Z", "2026-03-29T01:59:59.999+01:00" },
		{ "2026-03-29T01:00:00Z", "2026-03-29T03:00:00.000+02:00" },
		{ "2026-10-25T00:00:00Z", "2026-10-25T02:00:00.000+02:00" },
		{ "2026-10-25T00:59:59.999Z", "2026-10-25T02:59:59.999+02:00" },
		{ "2026-10-25T01:00:00Z", "2026-10-25T02:00:00.000+01:00" },
		{ "2024-03-31T01:00:00Z", "2024-03-31T03:00:00.000+02:00" }, /* the 31st is a Sunday */
		{ "2027-10-31T01:00:00Z", "2027-10-31T02:00:00.000+01:00" },
		{ "2026-12-31T23:30:00Z", "2027-01-01T00:30:00.000+01:00" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		char out[32];

		osci_format_datetime_berlin(out, sizeof(out), at(pairs[i][0]));
		assert_string_equal(out, pairs[i][1]);
	}
}

static void test_berlin_instant(void **state)
{
	struct osci_civil twice = { 2026, 10, 25, 2, 30, 0, 0 };
	struct osci_civil skipped = { 2026, 3, 29, 2, 30, 0, 0 };

	assert_int_equal(osci_berlin_instant(&twice), at("2026-10-25T00:30:00Z"));
	assert_int_equal(osci_berlin_instant(&skipped), at("2026-03-29T01:30:00Z"));
	/* Every half hour of two years comes back, the second of two equal hours one hour early. */
	for (int64_t ms = at("2026-01-01T00:00:00Z"); ms < at("2028-01-01T00:00:00Z"); ms += 1800000) {
		struct osci_civil c;
		int64_t back;

		osci_berlin_civil(ms, &c);
		back = osci_berlin_instant(&c);
		if (back != ms) {
			assert_int_equal(back, ms - 3600000);
			assert_int_equal(c.month, 10);
			assert_int_equal(c.hour, 2);
		}
	}
}

static void test_clock_now(void **state)
{
	struct osci_clock c;
	struct osci_err err = { 0 };
	static const char *const bad[] = { "", "now", "2026-11-16", "2026-11-16T09:00", "2026-11-16T25:00:00",
					   "2026-11-16T09:00:00.1234567890123" };

	osci_clock_init(&c);
	assert_true(osci_clock_ms(&c) > at("2020-01-01T00:00:00Z"));
	assert_int_equal(osci_clock_set(&c, "2026-11-16T09:00:00", &err), 0);
	assert_in_range(osci_clock_ms(&c) - at("2026-11-16T08:00:00Z"), 0, 5000);
	assert_int_equal(osci_clock_set(&c, "2026-07-16T09:00:00", &err), 0);
	assert_in_range(osci_clock_ms(&c) - at("2026-07-16T07:00:00Z"), 0, 5000);
	assert_int_equal(osci_clock_set(&c, "2026-07-16T09:00:00Z", &err), 0);
	assert_in_range(osci_clock_ms(&c) - at("2026-07-16T09:00:00Z"), 0, 5000);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(osci_clock_set(&c, bad[i], &err), OSCI_E_USAGE);
	assert_true(osci_clock_mono_ms() <= osci_clock_mono_ms());
}

static void test_clock_file(void **state)
{
	char path[] = "/tmp/xausl-clock-XXXXXX";
	int fd = mkstemp(path);
	struct osci_clock c;
	struct osci_err err = { 0 };
	int64_t offset = 86400000;

	assert_true(fd >= 0);
	osci_clock_init(&c);
	assert_int_equal(osci_clock_set(&c, "2026-11-16T08:00:00Z", &err), 0);
	assert_int_equal(osci_clock_map(&c, path, &err), OSCI_E_USAGE); /* empty */
	assert_int_equal(pwrite(fd, &offset, 8, 0), 8);
	assert_int_equal(osci_clock_map(&c, path, &err), 0);
	assert_in_range(osci_clock_ms(&c) - at("2026-11-17T08:00:00Z"), 0, 5000);
	offset = -3600000;
	assert_int_equal(pwrite(fd, &offset, 8, 0), 8);
	assert_in_range(osci_clock_ms(&c) - at("2026-11-16T07:00:00Z"), 0, 5000);
	assert_int_equal(osci_clock_map(&c, "/nonexistent/clock", &err), -2);
	assert_int_equal(osci_clock_map(&c, "/tmp", &err), OSCI_E_USAGE);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	      cmocka_unit_test(test_parse_refused),
		cmocka_unit_test(test_format),	      cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_berlin_changes), cmocka_unit_test(test_berlin_instant),
		cmocka_unit_test(test_clock_now),     cmocka_unit_test(test_clock_file),
	};

	return cmocka_run_group_tests_name("base/time", tests, NULL, NULL);
}
