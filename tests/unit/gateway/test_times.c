/* SPDX-License-Identifier: Apache-2.0 */
/* test_times - ends of months and working days, over changes of summer time */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/times.h"

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(osci_parse_datetime(text, strlen(text), &ms), 0);
	return ms;
}

static void same(int64_t found, const char *wanted)
{
	char text[64];

	osci_format_datetime_berlin(text, sizeof(text), found);
	assert_string_equal(text, wanted);
}

static void month(void **state)
{
	same(xgw_question_ends(at("2026-11-16T09:00:00+01:00")), "2026-12-16T09:00:00.000+01:00");
	same(xgw_question_ends(at("2026-12-31T23:59:59+01:00")), "2027-01-31T23:59:59.000+01:00");
	same(xgw_question_ends(at("2027-01-31T12:00:00+01:00")), "2027-02-28T12:00:00.000+01:00");
	same(xgw_question_ends(at("2028-01-30T12:00:00+01:00")), "2028-02-29T12:00:00.000+01:00");
	same(xgw_question_ends(at("2027-03-10T12:00:00+01:00")), "2027-04-10T12:00:00.000+02:00");
	same(xgw_question_ends(at("2027-03-31T12:00:00+02:00")), "2027-04-30T12:00:00.000+02:00");
}

static void working_days(void **state)
{
	/* 2026-11-16 is a Monday */
	same(xgw_working_days_after(at("2026-11-16T09:00:00+01:00"), 3), "2026-11-19T09:00:00.000+01:00");
	same(xgw_working_days_after(at("2026-11-18T09:00:00+01:00"), 3), "2026-11-23T09:00:00.000+01:00");
	same(xgw_working_days_after(at("2026-11-20T23:30:00+01:00"), 3), "2026-11-25T23:30:00.000+01:00");
	same(xgw_working_days_after(at("2026-11-21T09:00:00+01:00"), 1), "2026-11-23T09:00:00.000+01:00");
	same(xgw_working_days_after(at("2026-11-22T09:00:00+01:00"), 1), "2026-11-23T09:00:00.000+01:00");
	same(xgw_working_days_after(at("2026-10-23T09:00:00+02:00"), 1), "2026-10-26T09:00:00.000+01:00");
	same(xgw_working_days_after(at("2027-03-26T23:30:00+01:00"), 1), "2027-03-29T23:30:00.000+02:00");
	same(xgw_working_days_after(at("2026-11-16T09:00:00+01:00"), 60), "2027-02-08T09:00:00.000+01:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(month), cmocka_unit_test(working_days) };

	return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
