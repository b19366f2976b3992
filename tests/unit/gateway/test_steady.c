/* SPDX-License-Identifier: Apache-2.0 */
/* test_steady - clocks that jump, return, settle */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/steady.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T INT64_C(1793487600000) /* 2026-11-01, 00:00 in Berlin */

static struct xgw_steady s;
static int64_t mono, wall, by;

static void begin(int64_t seen, enum xgw_clock_event wanted)
{
	mono = 5000;
	wall = T;
	assert_int_equal(xgw_steady_start(&s, HOUR, HOUR, wall, mono, seen), wanted);
}

/* @time passes, and the wall clock is moved by @jump beside. */
static enum xgw_clock_event step(int64_t time, int64_t jump)
{
	mono += time;
	wall += time + jump;
	by = 0;
	return xgw_steady_look(&s, wall, mono, &by);
}

static void believed_is(int64_t expected)
{
	assert_true(xgw_steady_believed(&s, wall) == expected);
}

static void no_doubt(void **state)
{
	s = (struct xgw_steady){ 0 };
	assert_int_equal(xgw_steady_look(&s, T, 0, NULL), XGW_CLOCK_STEADY);
	assert_true(xgw_steady_believed(&s, T) == T);
	begin(0, XGW_CLOCK_STEADY);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(step(1000, 0), XGW_CLOCK_STEADY);
	/* Small corrections, as of NTP, add up to more than a jump and are none. */
	for (int i = 0; i < 100; i++)
		assert_int_equal(step(MINUTE, 2 * MINUTE), XGW_CLOCK_STEADY);
	assert_int_equal(step(MINUTE, HOUR), XGW_CLOCK_STEADY); /* the limit itself */
	assert_int_equal(step(MINUTE, -HOUR), XGW_CLOCK_STEADY);
	assert_int_equal(step(30 * DAY, 0), XGW_CLOCK_STEADY); /* a round that took long is no jump */
	believed_is(wall);
}

static void forward(void **state)
{
	int64_t should;

	begin(0, XGW_CLOCK_STEADY);
	assert_int_equal(step(1000, 180 * DAY), XGW_CLOCK_JUMPED);
	assert_true(by == 180 * DAY);
	assert_true(s.doubtful);
	should = T + 1000;
	believed_is(should);
	assert_int_equal(step(HOUR - 1, 0), XGW_CLOCK_STEADY);
	assert_true(s.doubtful);
	believed_is(should + HOUR - 1);
	assert_int_equal(step(1, 0), XGW_CLOCK_SETTLED);
	assert_false(s.doubtful);
	believed_is(wall);
	assert_int_equal(step(1, 0), XGW_CLOCK_STEADY);
}

static void there_and_back(void **state)
{
	begin(0, XGW_CLOCK_STEADY);
	assert_int_equal(step(1000, 10 * DAY), XGW_CLOCK_JUMPED);
	assert_int_equal(step(1000, -10 * DAY + MINUTE), XGW_CLOCK_RETURNED);
	assert_true(by == -10 * DAY + MINUTE);
	assert_false(s.doubtful);
	believed_is(wall);
	assert_int_equal(step(2 * HOUR, 0), XGW_CLOCK_STEADY);
}

/* Every jump begins the wait anew; what is believed stays that of before the first. */
static void again_and_again(void **state)
{
	begin(0, XGW_CLOCK_STEADY);
	assert_int_equal(step(1000, 10 * DAY), XGW_CLOCK_JUMPED);
	assert_int_equal(step(HOUR - 1, 0), XGW_CLOCK_STEADY);
	assert_int_equal(step(0, 10 * DAY), XGW_CLOCK_JUMPED);
	believed_is(T + 1000 + HOUR - 1);
	assert_int_equal(step(HOUR - 1, 0), XGW_CLOCK_STEADY);
	assert_int_equal(step(1, 0), XGW_CLOCK_SETTLED);
}

static void back(void **state)
{
	begin(0, XGW_CLOCK_STEADY);
	assert_int_equal(step(1000, -40 * DAY), XGW_CLOCK_JUMPED);
	assert_true(by == -40 * DAY);
	believed_is(T + 1000);
}

/* What the journal has seen, has been. */
static void start_behind(void **state)
{
	begin(T + HOUR, XGW_CLOCK_STEADY);
	begin(T - 400 * DAY, XGW_CLOCK_STEADY); /* nothing ran for long: not to be told from a jump */
	begin(T + 3 * DAY, XGW_CLOCK_JUMPED);
	believed_is(T + 3 * DAY);
	assert_int_equal(step(MINUTE, 3 * DAY), XGW_CLOCK_RETURNED);
	believed_is(wall);
	begin(T + 3 * DAY, XGW_CLOCK_JUMPED);
	assert_int_equal(step(HOUR, 0), XGW_CLOCK_SETTLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_doubt),	  cmocka_unit_test(forward), cmocka_unit_test(there_and_back),
		cmocka_unit_test(again_and_again), cmocka_unit_test(back),    cmocka_unit_test(start_behind),
	};

	return cmocka_run_group_tests_name("steady", tests, NULL, NULL);
}
