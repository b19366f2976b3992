/* SPDX-License-Identifier: Apache-2.0 */
/* test_core - every pair of state and event, and what messages mean */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/core.h"

/*
 * Rows: states; columns: events in their order.  A letter is the new state (first letters below), '.' stays
 * and says nothing new, '!' contradicts.  A capital letter: the office is told.
 *   q queued, s stored, f fetched, c clarification, u question, d decided, a answered, x closed,
 *   r rejected, l lapsed, h held
 */
static const struct {
	enum xgw_state state;
	const char *row;
} expected[] = {
	/*                  SFLIQDFRNAHRLORV
	 *                  toanueieockesveemc
	 */
	{ XGW_REFUSED,       "!!!!!!!!!!!!!!!!" },
	{ XGW_QUEUED,        "sfxCU!ARQ.H!.Q.." },
	{ XGW_STORED,        ".fxCU!ARS.!!.S.!" },
	{ XGW_FETCHED,       "..xCU!ARF.!!.F.!" },
	{ XGW_CLARIFICATION, "...CU!ARC.!!..C!" },
	{ XGW_QUESTION,      "...UUdARU.!!L..!" },
	{ XGW_DECIDED,       "..xDU.ARD.!!.D.!" },
	{ XGW_ANSWERED,      "...AU!AAAx!!...!" },
	{ XGW_CLOSED,        "...XU!ARX.!!...!" },
	{ XGW_REJECTED,      "...RU!ARR.!!...!" },
	{ XGW_LAPSED,        "...LU!ARL.!!...!" },
	{ XGW_HELD,          "sfxCU!ARH.!q...!" },
};

static const char letters[XGW_STATES + 1] = "-qsfcudaxrlh";

static void table(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), XGW_STATES);
	for (unsigned i = 0; i < XGW_STATES; i++) {
		assert_int_equal(strlen(expected[i].row), XGW_EVENTS);
		for (unsigned e = 0; e < XGW_EVENTS; e++) {
			struct xgw_step step = xgw_core_step(expected[i].state, (enum xgw_event)e);
			char want = expected[i].row[e], got;

			if (step.actions & XGW_IMPOSSIBLE) {
				assert_int_equal(step.actions, XGW_IMPOSSIBLE);
				assert_int_equal(step.state, expected[i].state);
				got = '!';
			} else if (step.state == expected[i].state && !step.actions) {
				got = '.';
			} else {
				got = letters[step.state];
				if (step.actions & XGW_DO_DELIVER)
					got = (char)(got - 'a' + 'A');
			}
			if (got != want)
				fail_msg("%s, %s: %c expected, %c found", xgw_state_name(expected[i].state),
					 xgw_event_name((enum xgw_event)e), want, got);
		}
	}
}

/* Payload goes exactly when nothing more is due, and never from a state that can send again. */
static void forgetting(void **state)
{
	(void)state;
	for (unsigned s = 0; s < XGW_STATES; s++)
		for (unsigned e = 0; e < XGW_EVENTS; e++) {
			struct xgw_step step = xgw_core_step((enum xgw_state)s, (enum xgw_event)e);

			if (step.actions & XGW_DO_FORGET)
				assert_true(step.state == XGW_CLOSED || step.state == XGW_REJECTED ||
					    step.state == XGW_LAPSED);
			if (step.actions & XGW_DO_SEND)
				assert_int_equal(step.state, XGW_QUEUED);
		}
}

static void names(void **state)
{
	enum xgw_state found;

	(void)state;
	for (unsigned s = 0; s < XGW_STATES; s++) {
		assert_true(xgw_state_parse(xgw_state_name((enum xgw_state)s), &found));
		assert_int_equal(found, s);
	}
	assert_false(xgw_state_parse("", &found));
	assert_false(xgw_state_parse("Queued", &found));
}

static void answers(void **state)
{
	const struct xgw_answer *a = xgw_answer_find("070006");

	(void)state;
	assert_non_null(a);
	assert_string_equal(a->outcome, "question");
	assert_true(xgw_answer_fits(a, "070008"));
	assert_true(xgw_answer_fits(a, "070010"));
	assert_false(xgw_answer_fits(a, "070001"));
	assert_false(xgw_answer_fits(a, ""));
	assert_false(xgw_answer_fits(a, "07000"));
	assert_false(xgw_answer_fits(a, "0700080"));
	assert_true(xgw_answer_fits(xgw_answer_find("0010"), "070019"));
	assert_false(xgw_answer_fits(xgw_answer_find("070015"), "070011"));
	assert_null(xgw_answer_find("070001"));
	assert_null(xgw_answer_find(""));
	assert_true(xgw_one_way("070019"));
	assert_true(xgw_one_way("070022"));
	assert_false(xgw_one_way("070001"));
	assert_false(xgw_one_way("070007"));
	assert_true(xgw_one_way("0010"));
	assert_true(xgw_one_way("999999")); /* only carried: nobody knows whether an answer is due */
	assert_string_equal(xgw_answer_find("0020")->outcome, "receipt");
	assert_string_equal(xgw_answer_find("0021")->outcome, "receipt-reminder");
	assert_string_equal(xgw_answer_find("0032")->outcome, "not-competent");
	assert_null(xgw_answer_find("0030"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(forgetting),
		cmocka_unit_test(names),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
