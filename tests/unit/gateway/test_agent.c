/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent - sending and fetching against an intermediary in the same process (t_agent.h) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "t_agent.h"

static void there_and_back(void **state)
{
	char uuid[37], wanted[100], *got = NULL;

	submit("r-1", "070001", NULL, false, uuid);
	run();
	state_is("r-1", XGW_STORED);
	snprintf(wanted, sizeof(wanted), "<070001 uuid=\"%s\"/>", uuid);
	assert_int_equal(partner_fetch(&got), 1);
	assert_string_equal(got, wanted);
	free(got);
	later(3 * POLL_MS); /* process card */
	state_is("r-1", XGW_FETCHED);
	partner_answers("070004", uuid, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_CLARIFICATION);
	partner_answers("070003", uuid, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_ANSWERED);
	take_delivery("duplicate", "r-1");
	state_is("r-1", XGW_ANSWERED);
	take_delivery("accepted", "r-1");
	state_is("r-1", XGW_CLOSED);
	no_delivery();
	assert_true(rows("SELECT count(*) FROM inbound WHERE raw IS NOT NULL") == 0);
	assert_int_equal(partner_fetch(NULL), 0);
}

/* Whatever order's answer is lost, and if the process dies then: stored once. */
static void lost_answers(void **state)
{
	static const char *const orders[] = { "getMessageId", "storeDelivery" };

	for (size_t i = 0; i < 2; i++)
		for (int crash = 0; crash < 2; crash++) {
			char id[16], uuid[37];

			snprintf(id, sizeof(id), "r-%zu-%d", i, crash);
			submit(id, "070001", NULL, false, uuid);
			lose_order = orders[i];
			run();
			assert_null(lose_order);
			state_is(id, XGW_QUEUED);
			if (crash) {
				close_gateway();
				open_gateway();
			}
			later(20000);
			state_is(id, XGW_STORED);
			assert_int_equal(partner_fetch(NULL), 1);
		}
}

static void fetch_answer_lost(void **state)
{
	static const char *const orders[] = { "initDialog", "fetchDelivery", "exitDialog" };

	for (size_t i = 0; i < 3; i++) {
		char id[16], uuid[37];

		snprintf(id, sizeof(id), "r-%zu", i);
		submit(id, "070001", NULL, false, uuid);
		run();
		partner_answers("070003", uuid, "");
		lose_order = orders[i];
		later(2 * POLL_MS);
		assert_null(lose_order);
		later(20000);
		later(20000);
		state_is(id, XGW_ANSWERED);
		take_delivery("accepted", id);
		no_delivery();
	}
	assert_true(rows("SELECT count(*) FROM inbound") == 3);
}

/* Committed here, not confirmed there: it comes again and is known by its MessageId. */
static void unconfirmed(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("070003", uuid, "");
	down_after = "fetchDelivery";
	later(2 * POLL_MS);
	assert_true(line_down);
	state_is("r-1", XGW_ANSWERED);
	line_down = false;
	later(20000);
	later(20000);
	assert_true(rows("SELECT count(*) FROM inbound") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE osci_id LIKE '%@im.example'") == 1);
	take_delivery("accepted", "r-1");
	no_delivery();
}

static void outage(void **state)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = NULL;
	char uuid[37];
	unsigned tries;

	line_down = true;
	submit("r-1", "070001", NULL, false, uuid);
	for (int i = 0; i < 100; i++)
		later(1000);
	tries = posts;
	assert_true(tries >= 20 && tries <= 120); /* grown to waits of 2.5 to 5 s */
	r = get("r-1");
	assert_int_equal(r->state, XGW_QUEUED);
	assert_true(r->attempts > 3);
	assert_string_not_equal(r->last_error, "");
	line_down = false;
	later(6000);
	later(6000);
	state_is("r-1", XGW_STORED);
	assert_int_equal(partner_fetch(NULL), 1);
}

static void held(void **state)
{
	char uuid[37];

	run();
	submit("r-1", "070001", NULL, false, uuid);
	fault_code = "9200";
	run();
	state_is("r-1", XGW_HELD);
	take_delivery("held", "r-1");
	submit("r-2", "070001", NULL, false, uuid);
	fault_code = "9811"; /* passes */
	run();
	state_is("r-2", XGW_QUEUED);
	later(20000);
	state_is("r-2", XGW_STORED);
	line_down = true;
	submit("r-3", "070001", NULL, false, uuid);
	run();
	fake_version = "27.05";
	line_down = false;
	later(20000);
	state_is("r-3", XGW_HELD);
	take_delivery("held", "r-3");
	assert_int_equal(partner_fetch(NULL), 1);
}

/* Nothing of this is delivered, and none of it keeps the good one at the end away. */
static void bad_mail(void **state)
{
	char uuid[37], xml[200];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	snprintf(xml, sizeof(xml), "<070003 uuid=\"00000000-0000-4000-8000-000000000001\" trigger=\"%s\"/>", uuid);
	partner_send(xml, office_key, office_key);               /* T070: trusted, but not the partner */
	partner_send(xml, other_key, office_key);                /* T002: not trusted */
	partner_send(xml, bamf_key, other_key);                  /* T080: encrypted for someone else */
	partner_answers("070003", uuid, " wrong=\"\"");          /* X001 */
	partner_answers("070003", uuid, " reader=\"azr:000009\""); /* T080 */
	partner_answers("070003", uuid, " author=\"dbs:1\"");    /* T070 */
	partner_answers("070001", uuid, " author=\"dbs:990000000070\" reader=\"azr:000001\""); /* T080: no answer at all */
	partner_answers("070003", "00000000-0000-4000-8000-00000000000f", "");
	partner_answers("070003", NULL, "");
	partner_answers("070012", uuid, "");                     /* no answer to 070001 */
	partner_send(xml, bamf_key, office_key);
	partner_send(xml, bamf_key, office_key);                 /* the same UUID again */
	later(2 * POLL_MS);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T070'") == 2);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T002'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T080'") == 3);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='X001'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='unassigned'") == 3);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='repeated'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='delivered'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound") == 12);
	/* Those of the partner that are rejected, once each. */
	assert_true(rows("SELECT count(*) FROM request WHERE message='0010' AND rejects IS NOT NULL") == 4);
	take_delivery("unassigned", NULL);
	take_delivery("unassigned", NULL);
	take_delivery("unassigned", "r-1");
	take_delivery("accepted", "r-1");
	no_delivery();
	assert_int_equal(partner_fetch(NULL), 1 + 4);
}

static void old_release(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("070003", uuid, "");
	fake_no_release = true;
	later(2 * POLL_MS);
	fake_no_release = false;
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='V000'") == 1);
	state_is("r-1", XGW_STORED);
}

/* Fetched and committed, not yet understood: the next start goes on. */
static void unprocessed(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("070003", uuid, "");
	later(2 * POLL_MS);
	assert_int_equal(db_exec(&g.journal->db, &err, "DELETE FROM delivery", ""), 0);
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE inbound SET status='new', uuid='', request=NULL", ""), 0);
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET state='stored'", ""), 0);
	close_gateway();
	open_gateway();
	state_is("r-1", XGW_ANSWERED);
	take_delivery("accepted", "r-1");
}

static void question_yes(void **state)
{
	char uuid[37], decision[37], question[] = "00000000-0000-4000-8000-0000000000aa", xml[200];

	submit("r-1", "070008", NULL, false, uuid);
	run();
	snprintf(xml, sizeof(xml), "<070006 uuid=\"%s\" trigger=\"%s\"/>", question, uuid);
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	state_is("r-1", XGW_QUESTION);
	take_delivery("question", "r-1");
	submit("d-1", "070007", question, true, decision);
	state_is("r-1", XGW_DECIDED);
	run();
	state_is("d-1", XGW_STORED);
	assert_int_equal(partner_fetch(NULL), 2);
	partner_answers("070003", decision, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_ANSWERED);
	state_is("d-1", XGW_ANSWERED);
	take_delivery("accepted", "r-1");
	state_is("r-1", XGW_CLOSED);
	state_is("d-1", XGW_CLOSED);
}

static void question_no(void **state)
{
	char uuid[37], decision[37], question[] = "00000000-0000-4000-8000-0000000000bb", xml[200];

	submit("r-1", "070008", NULL, false, uuid);
	submit("w-1", "070019", NULL, false, decision); /* never answered */
	run();
	snprintf(xml, sizeof(xml), "<070006 uuid=\"%s\" trigger=\"%s\"/>", question, uuid);
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	take_delivery("question", "r-1");
	submit("d-1", "070007", question, false, decision);
	run();
	state_is("r-1", XGW_DECIDED);
	assert_int_equal(partner_fetch(NULL), 3);
	later(3 * POLL_MS);
	state_is("d-1", XGW_CLOSED);
	state_is("r-1", XGW_CLOSED);
	state_is("w-1", XGW_CLOSED);
	no_delivery();
}

/* The decision waited over a change of release and cannot be built in the new one: the office decides again. */
static void question_over_release(void **state)
{
	char uuid[37], decision[37], question[] = "00000000-0000-4000-8000-0000000000cc", xml[200];

	submit("r-1", "070008", NULL, false, uuid);
	run();
	snprintf(xml, sizeof(xml), "<070006 uuid=\"%s\" trigger=\"%s\"/>", question, uuid);
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	take_delivery("question", "r-1");
	line_down = true;
	submit("d-1", "070007", question, true, decision);
	run();
	fake_version = "27.05";
	fake_vanished = "070007";
	line_down = false;
	later(20000);
	state_is("d-1", XGW_HELD);
	take_delivery("held", "d-1");
	fake_vanished = NULL;
	submit("d-2", "070007", question, true, decision);
	run();
	state_is("d-2", XGW_STORED);
	state_is("r-1", XGW_DECIDED);
	assert_int_equal(partner_fetch(NULL), 2);
}

/* One that can never be sent is told and waits; the others go. */
static void unsendable(void **state)
{
	char uuid[37];

	run();
	submit("r-1", "070001", NULL, false, uuid);
	submit("r-2", "070001", NULL, false, uuid);
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET osci_id='no id' WHERE bus_id='r-1'", ""), 0);
	for (unsigned i = 0; i < 6; i++)
		later(10000);
	state_is("r-1", XGW_QUEUED);
	state_is("r-2", XGW_STORED);
}

/* More requests wait in the partner's mailbox than one dialogue asks for: the cards of all have their turn. */
static void many_cards(void **state)
{
	char uuid[37], id[16];

	for (unsigned i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "r-%u", i);
		submit(id, "070001", NULL, false, uuid);
	}
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET state='stored', osci_id='m-'||id", ""), 0);
	submit("w-1", "070019", NULL, false, uuid);
	run();
	state_is("w-1", XGW_STORED);
	assert_int_equal(partner_fetch(NULL), 1);
	for (unsigned i = 0; i < 3; i++)
		later(3 * POLL_MS);
	state_is("w-1", XGW_CLOSED);
	state_is("r-0", XGW_STORED);
}

static void rejected(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("r.000002", uuid, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_REJECTED);
	take_delivery("rejected-by-partner", "r-1");
	state_is("r-1", XGW_REJECTED);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, before, after)
	const struct CMUnitTest tests[] = {
		T(there_and_back), T(lost_answers), T(fetch_answer_lost), T(unconfirmed), T(outage), T(held), T(bad_mail),
		T(old_release),
		T(unprocessed), T(question_yes), T(question_no), T(rejected),
		T(question_over_release), T(unsendable), T(many_cards),
	};

	return cmocka_run_group_tests_name("agent", tests, setup, teardown);
}
