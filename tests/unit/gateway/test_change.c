/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_change - requests that wait over a change of release, and clocks that jump, against an intermediary in the same
 * process (t_agent.h)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "t_agent.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define QUESTION "00000000-0000-4000-8000-0000000000dd"

static void column_is(const char *id, const char *column, const char *wanted)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = get(id);
	const char *found = !strcmp(column, "release") ? r->release : !strcmp(column, "osci_id") ? r->osci_id : r->last_error;

	if (strcmp(found, wanted))
		fail_msg("%s of %s: %s expected, %s found", column, id, wanted, found);
}

static void submit_xml(const char *id, const char *xml, char uuid[37])
{
	json_t *frame = json_pack("{s:s, s:s}", "office", A, "id", id), *receipt = NULL;

	assert_int_equal(xgw_submit(&g, &office, frame, xml, strlen(xml), &receipt, &err), 0);
	assert_string_equal(json_string_value(json_object_get(receipt, "outcome")), "accepted-by-gateway");
	snprintf(uuid, 37, "%s", json_string_value(json_object_get(receipt, "uuid")));
	json_decref(frame);
	json_decref(receipt);
}

/* The errors of the oldest open delivery, which must be "held"; it is acknowledged. */
static json_t *held_errors(const char *request)
{
	struct xgw_delivery_row *d = NULL;
	json_t *json, *errors;

	assert_int_equal(xgw_journal_next_delivery(g.journal, A, 0, &d, &err), 0);
	json = json_loads(d->json, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "outcome")), "held");
	assert_string_equal(json_string_value(json_object_get(json, "request")), request);
	errors = json_incref(json_object_get(json, "errors"));
	json_decref(json);
	assert_int_equal(xgw_journal_ack(g.journal, A, d->id, now_ms(), &err), 0);
	xgw_delivery_row_freep(&d);
	return errors;
}

static void error_is(const json_t *errors, size_t i, const char *field, const char *code)
{
	const json_t *e = json_array_get(errors, i);
	const char *found = json_string_value(json_object_get(e, "field"));

	assert_string_equal(found ? found : "", field);
	assert_string_equal(json_string_value(json_object_get(e, "code")), code);
}

/* --- built anew ------------------------------------------------------------- */

static void from_fields(void **state)
{
	char uuid[37], wanted[100], *got = NULL;

	line_down = true;
	submit("r-1", "070008", NULL, false, uuid);
	run();
	column_is("r-1", "release", "26.11");
	fake_version = "27.05";
	close_gateway(); /* the journal alone knows the fields */
	open_gateway();
	line_down = false;
	later(20000);
	state_is("r-1", XGW_STORED);
	column_is("r-1", "release", "27.05");
	snprintf(wanted, sizeof(wanted), "<070008 uuid=\"%s\" v2705=\"\"/>", uuid);
	assert_int_equal(partner_fetch(&got), 1);
	assert_string_equal(got, wanted);
	free(got);
	assert_true(rows("SELECT count(*) FROM event WHERE event='release-converted' AND cause='26.11 to 27.05' AND "
			 "from_state='queued' AND to_state='queued'") == 1);
	partner_answers("070003", uuid, "");
	fake_old_accepted = true; /* the answer is in 26.11 */
	later(3 * POLL_MS);
	assert_true(rows("SELECT count(*) FROM request WHERE fields IS NOT NULL") == 1);
	take_delivery("accepted", "r-1");
	state_is("r-1", XGW_CLOSED);
	assert_true(rows("SELECT count(*) FROM request WHERE fields IS NOT NULL OR xml IS NOT NULL") == 0);
}

/* All that is in the way at once; nothing is lost, and it goes when that is gone. */
static void held_with_all_errors(void **state)
{
	char uuid[37];
	json_t *errors;

	line_down = true;
	submit("r-1", "070001", NULL, false, uuid);
	submit("r-2", "070008", NULL, false, uuid);
	fake_version = "27.05";
	line_down = false;
	later(20000);
	run();
	state_is("r-1", XGW_HELD);
	state_is("r-2", XGW_STORED); /* does not wait for it */
	errors = held_errors("r-1");
	assert_int_equal(json_array_size(errors), 3);
	error_is(errors, 0, "", "release_changed");
	error_is(errors, 1, "moved_in", "missing");
	error_is(errors, 2, "purpose", "unknown_code");
	json_decref(errors);
	column_is("r-1", "last_error", "release_changed: made in release 26.11; in 27.05, which is to be sent now, it cannot be "
		  "built; submit it again; moved_in missing; purpose unknown_code");
	column_is("r-1", "release", "26.11");
	assert_true(rows("SELECT count(*) FROM request WHERE bus_id='r-1' AND fields IS NOT NULL AND xml IS NOT NULL") == 1);
	/* The clock was wrong, or the partner switches later after all. */
	fake_version = "26.11";
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET state='queued' WHERE bus_id='r-1'", ""), 0);
	xgw_agent_wake(g.agent, &office);
	later(20000);
	state_is("r-1", XGW_STORED);
	column_is("r-1", "release", "26.11");
}

static void from_xml(void **state)
{
	char uuid[37], *got = NULL;
	json_t *errors;

	line_down = true;
	submit_xml("r-1", "<070008 uuid=\"00000000-0000-4000-8000-000000000001\"/>", uuid);
	submit_xml("r-2", "<070008 uuid=\"00000000-0000-4000-8000-000000000002\" extra=\"more than is built\"/>", uuid);
	fake_version = "27.05";
	line_down = false;
	later(20000);
	state_is("r-1", XGW_STORED);
	column_is("r-1", "release", "27.05");
	assert_int_equal(partner_fetch(&got), 1);
	assert_string_equal(got, "<070008 uuid=\"00000000-0000-4000-8000-000000000001\" v2705=\"\"/>");
	free(got);
	/* Something would be lost: left as it is. */
	run();
	state_is("r-2", XGW_HELD);
	errors = held_errors("r-2");
	error_is(errors, 0, "", "release_changed");
	error_is(errors, 1, "", "invalid");
	json_decref(errors);
	assert_true(rows("SELECT count(*) FROM request WHERE bus_id='r-2' AND instr(CAST(xml AS TEXT),'extra') AND "
			 "release='26.11'") == 1);
}

/* The same release as before: nothing is touched, however long it waited. */
static void as_it_is(void **state)
{
	char uuid[37], wanted[100], *got = NULL;

	line_down = true;
	submit("r-1", "070001", NULL, false, uuid);
	run();
	line_down = false;
	later(30 * DAY);
	snprintf(wanted, sizeof(wanted), "<070001 uuid=\"%s\"/>", uuid);
	assert_int_equal(partner_fetch(&got), 1);
	assert_string_equal(got, wanted);
	free(got);
	assert_true(rows("SELECT count(*) FROM event WHERE event='release-converted'") == 0);
}

/* --- with a MessageId ----------------------------------------------------------- */

/* Stored, and the answer to that was lost: the card decides, the release stays. */
static void stored_before(void **state)
{
	char uuid[37], wanted[100], *got = NULL;

	submit("r-1", "070008", NULL, false, uuid);
	lose_order = "storeDelivery";
	run();
	assert_null(lose_order);
	state_is("r-1", XGW_QUEUED);
	fake_version = "27.05";
	later(20000);
	state_is("r-1", XGW_STORED);
	column_is("r-1", "release", "26.11");
	snprintf(wanted, sizeof(wanted), "<070008 uuid=\"%s\"/>", uuid);
	assert_int_equal(partner_fetch(&got), 1);
	assert_string_equal(got, wanted);
	free(got);
}

/* No card: converted under the same MessageId, or held without it, so that the office may submit it again. */
static void not_stored(void **state)
{
	char uuid[37], id[128];

	for (int held = 0; held < 2; held++) {
		const char *name = held ? "r-1" : "r-0";

		fake_version = "26.11";
		line_down = false;
		down_after = "getMessageId";
		submit(name, held ? "070001" : "070008", NULL, false, uuid);
		later(20000);
		_cleanup_(xgw_request_freep) struct xgw_request *r = get(name);

		assert_int_equal(r->state, XGW_QUEUED);
		snprintf(id, sizeof(id), "%s", r->osci_id);
		assert_true(id[0]);
		fake_version = "27.05";
		line_down = false;
		later(20000);
		later(20000);
		state_is(name, held ? XGW_HELD : XGW_STORED);
		column_is(name, "osci_id", held ? "" : id);
		column_is(name, "release", held ? "26.11" : "27.05");
	}
	assert_int_equal(partner_fetch(NULL), 1);
}

/* No connection while the card is asked for: nothing is decided. */
static void card_not_known(void **state)
{
	char uuid[37];

	down_after = "getMessageId";
	submit("r-1", "070001", NULL, false, uuid);
	run();
	fake_version = "27.05";
	for (int i = 0; i < 10; i++)
		later(10000);
	state_is("r-1", XGW_QUEUED);
	no_delivery();
	fault_code = "9000";
	line_down = false;
	later(10000);
	state_is("r-1", XGW_QUEUED);
	later(20000);
	state_is("r-1", XGW_HELD);
}

/* --- dialogues ----------------------------------------------------------------- */

static void open_question(const char *id, char uuid[37])
{
	char xml[200];

	submit(id, "070008", NULL, false, uuid);
	run();
	snprintf(xml, sizeof(xml), "<070006 uuid=\"" QUESTION "\" trigger=\"%s\"/>", uuid);
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	state_is(id, XGW_QUESTION);
	take_delivery("question", id);
}

/* Question before, decision queued before and sent after, answer after: one dialogue. */
static void decision_over_the_change(void **state)
{
	char uuid[37], decision[37], wanted[200], *got = NULL;

	open_question("r-1", uuid);
	line_down = true;
	submit("d-1", "070007", QUESTION, true, decision);
	run();
	fake_version = "27.05";
	line_down = false;
	later(20000);
	state_is("d-1", XGW_STORED);
	column_is("d-1", "release", "27.05");
	column_is("r-1", "release", "26.11");
	snprintf(wanted, sizeof(wanted), "<070007 uuid=\"%s\" trigger=\"" QUESTION "\" v2705=\"\"/>", decision);
	assert_int_equal(partner_fetch(&got), 2);
	assert_string_equal(got, wanted);
	free(got);
	partner_answers("070003", decision, " v2705=\"\"");
	later(2 * POLL_MS);
	take_delivery("accepted", "r-1");
	state_is("r-1", XGW_CLOSED);
	state_is("d-1", XGW_CLOSED);
}

static void decision_as_xml(void **state)
{
	char uuid[37], decision[37], *got = NULL;

	open_question("r-1", uuid);
	line_down = true;
	submit_xml("d-1", "<070007 uuid=\"00000000-0000-4000-8000-000000000003\" trigger=\"" QUESTION "\"/>", decision);
	fake_version = "27.05";
	line_down = false;
	later(20000);
	state_is("d-1", XGW_STORED);
	assert_int_equal(partner_fetch(&got), 2);
	assert_string_equal(got, "<070007 uuid=\"00000000-0000-4000-8000-000000000003\" trigger=\"" QUESTION "\" v2705=\"\"/>");
	free(got);
}

/* Held, the office decides anew, and then the operator lets held ones go: the question is answered once. */
static void superseded(void **state)
{
	char uuid[37], decision[37];
	json_t *errors;

	open_question("r-1", uuid);
	line_down = true;
	submit("d-1", "070007", QUESTION, true, decision);
	run();
	fake_version = "27.05";
	fake_vanished = "070007";
	line_down = false;
	later(20000);
	errors = held_errors("d-1");
	error_is(errors, 1, "message", "unknown_message");
	json_decref(errors);
	fake_vanished = NULL;
	submit("d-2", "070007", QUESTION, false, decision);
	run();
	state_is("d-2", XGW_STORED);
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET state='queued' WHERE bus_id='d-1'", ""), 0);
	xgw_agent_wake(g.agent, &office);
	run();
	state_is("d-1", XGW_HELD);
	errors = held_errors("d-1");
	error_is(errors, 0, "", "question_answered");
	json_decref(errors);
	/* Not even if its own release can be sent again. */
	fake_version = "26.11";
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET state='queued' WHERE bus_id='d-1'", ""), 0);
	xgw_agent_wake(g.agent, &office);
	run();
	state_is("d-1", XGW_HELD);
	take_delivery("held", "d-1");
	assert_int_equal(partner_fetch(NULL), 2); /* 070008 and one 070007 */
}

/* The BAMF has answered in 27.05: a clock that says it has not begun is wrong. */
static void never_back_in_a_dialogue(void **state)
{
	char uuid[37], decision[37];

	fake_version = "27.05";
	fake_old_accepted = true; /* the question is in 26.11 */
	open_question("r-1", uuid);
	fake_version = "26.11";
	fake_begins = now_ms() + 100 * DAY;
	submit("d-1", "070007", QUESTION, true, decision);
	column_is("d-1", "release", "27.05");
	submit("r-2", "070008", NULL, false, uuid); /* no dialogue: by the clock */
	run();
	column_is("d-1", "release", "27.05");
	column_is("r-2", "release", "26.11");
	state_is("d-1", XGW_STORED);
}

/* --- no release ------------------------------------------------------------------- */

static void nothing_can_be_sent(void **state)
{
	char uuid[37];

	line_down = true;
	submit("r-1", "070008", NULL, false, uuid);
	run();
	/* The partner takes none now, and will: it waits. */
	fake_no_release = true;
	fake_why = XAUSL_SEND_NOT_ACCEPTED;
	line_down = false;
	for (int i = 0; i < 5; i++)
		later(10000);
	state_is("r-1", XGW_QUEUED);
	no_delivery();
	fake_no_release = false;
	fake_version = "27.05";
	later(20000);
	state_is("r-1", XGW_STORED);
	column_is("r-1", "release", "27.05");
	/* Here somebody has to act. */
	line_down = true;
	submit("r-2", "070008", NULL, false, uuid);
	run();
	fake_no_release = true;
	fake_why = XAUSL_SEND_NO_MODULE;
	line_down = false;
	later(20000);
	state_is("r-2", XGW_HELD);
	take_delivery("held", "r-2");
	column_is("r-2", "last_error", "no_release: no release of the standard can be sent now: made up");
}

/* --- clocks ----------------------------------------------------------------------- */

static void start_clock(void)
{
	conf.clock_jump_ms = HOUR;
	conf.clock_settle_ms = HOUR;
	assert_int_equal(xgw_clock_start(&g, &err), 0);
}

static void jump(int64_t ms)
{
	g.clock.offset_ms += ms;
	xgw_clock_look(&g);
}

static void tick(int64_t ms)
{
	shared += ms;
	xgw_clock_look(&g);
	assert_int_equal(xgw_timers(&g, &err), 0);
	run();
}

static void nothing_ends_in_doubt(void **state)
{
	char uuid[37], decision[37];

	open_question("q-1", uuid);
	submit("c-1", "070008", NULL, false, uuid);
	submit("o-1", "070008", NULL, false, decision);
	run();
	partner_answers("070004", uuid, "");
	later(2 * POLL_MS);
	take_delivery("duplicate", "c-1");
	start_clock();
	tick(1000);
	no_delivery();
	jump(100 * DAY);
	assert_true(xgw_in_doubt(&g));
	for (int i = 0; i < 5; i++)
		tick(HOUR / 10);
	no_delivery();
	state_is("q-1", XGW_QUESTION);
	/* The clock returns: the question is as open as before. */
	jump(-100 * DAY);
	assert_false(xgw_in_doubt(&g));
	tick(1000);
	no_delivery();
	/* It jumps for good: what is over is over when it has settled; an answer in between is still taken. */
	jump(100 * DAY);
	submit("d-1", "070007", QUESTION, true, decision);
	state_is("q-1", XGW_DECIDED);
	tick(HOUR / 2);
	no_delivery();
	tick(HOUR / 2 + 1000);
	assert_false(xgw_in_doubt(&g));
	tick(1000);
	assert_true(rows("SELECT count(*) FROM delivery WHERE outcome='reminder'") == 1);
	assert_true(rows("SELECT count(*) FROM delivery WHERE outcome='overdue'") == 1);
}

static void lapses_when_settled(void **state)
{
	char uuid[37];

	open_question("q-1", uuid);
	start_clock();
	jump(100 * DAY);
	tick(HOUR - 1);
	state_is("q-1", XGW_QUESTION);
	tick(1000);
	state_is("q-1", XGW_LAPSED);
	take_delivery("lapsed", "q-1");
}

/* Where the two moments disagree on the release nothing is sent; where they agree, all goes on. */
static void two_moments(void **state)
{
	char uuid[37];

	start_clock();
	fake_switch = now_ms() + 50 * DAY;
	jump(10 * DAY);
	submit("r-1", "070008", NULL, false, uuid);
	run();
	state_is("r-1", XGW_STORED);
	jump(90 * DAY);
	submit("r-2", "070008", NULL, false, uuid);
	column_is("r-2", "release", "27.05");
	for (int i = 0; i < 5; i++)
		tick(1000);
	state_is("r-2", XGW_QUEUED);
	jump(-100 * DAY);
	tick(2000);
	state_is("r-2", XGW_STORED);
	column_is("r-2", "release", "26.11"); /* built by the wrong clock, sent by the right one */
	jump(100 * DAY);
	submit("r-3", "070008", NULL, false, uuid);
	tick(2000);
	state_is("r-3", XGW_QUEUED);
	tick(HOUR);
	tick(2000);
	state_is("r-3", XGW_STORED);
	column_is("r-3", "release", "27.05");
}

/* A certificate that is over by one moment alone neither refuses nor holds. */
static void certificate_in_doubt(void **state)
{
	char uuid[37];

	start_clock();
	line_down = true;
	submit("r-1", "070008", NULL, false, uuid);
	run();
	line_down = false;
	jump(400 * DAY); /* the keys of this test end after 300 */
	submit("r-2", "070008", NULL, false, uuid);
	for (int i = 0; i < 3; i++)
		tick(10000);
	state_is("r-1", XGW_QUEUED);
	state_is("r-2", XGW_QUEUED);
	no_delivery();
	jump(-400 * DAY);
	tick(20000);
	tick(20000);
	state_is("r-1", XGW_STORED);
	state_is("r-2", XGW_STORED);
}

/* Behind what is in the journal: in doubt from the start. */
static void start_behind_the_journal(void **state)
{
	char uuid[37];

	submit("r-1", "070008", NULL, false, uuid);
	run();
	close_gateway();
	g.clock.offset_ms -= 3 * DAY;
	open_gateway();
	start_clock();
	assert_true(xgw_in_doubt(&g));
	assert_true(xgw_believed(&g) - now_ms() > 2 * DAY);
	tick(HOUR + 1);
	assert_false(xgw_in_doubt(&g));
	assert_true(xgw_believed(&g) - now_ms() < HOUR);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, before, after)
	const struct CMUnitTest tests[] = {
		T(from_fields), T(held_with_all_errors), T(from_xml), T(as_it_is), T(stored_before), T(not_stored),
		T(card_not_known), T(decision_over_the_change), T(decision_as_xml), T(superseded), T(never_back_in_a_dialogue),
		T(nothing_can_be_sent), T(nothing_ends_in_doubt), T(lapses_when_settled), T(two_moments),
		T(certificate_in_doubt), T(start_behind_the_journal),
	};

	return cmocka_run_group_tests_name("change", tests, setup, teardown);
}
