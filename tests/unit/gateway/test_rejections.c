/* SPDX-License-Identifier: Apache-2.0 */
/* test_rejections - what is rejected, once, and whom; and what comes in about our own messages */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/incoming.h"
#include "t_agent.h"
#include "base/buf.h"
#include "base/text.h"

/* What the partner finds in its mailbox, all of it Rückweisungen: their number; the last one in @ret. */
static unsigned rejections(char **ret)
{
	later(2 * POLL_MS);
	return partner_fetch(ret);
}

static void rejects_once(void **state)
{
	static const char *const points[] = { "getMessageId", "storeDelivery" };
	_cleanup_(osci_freep) char *got = NULL;
	const char *xml = "<070003 uuid=\"00000000-0000-4000-8000-000000000001\" wrong=\"\"/>";

	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	assert_int_equal(rejections(&got), 1);
	assert_non_null(strstr(got, "<r.0010 "));
	assert_non_null(strstr(got, "trigger=\"00000000-0000-4000-8000-000000000001\" codes=\"X001 \" to=\"" FAKE_BAMF "\""));
	partner_send(xml, bamf_key, office_key); /* the very same again: known, and not rejected a second time */
	later(2 * POLL_MS);
	assert_int_equal(rejections(NULL), 0);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='repeated'") == 1);
	for (unsigned i = 0; i < 2; i++) { /* answers of the intermediary are lost, and the process dies then */
		char again[100];

		snprintf(again, sizeof(again), "<070003 uuid=\"00000000-0000-4000-8000-00000000001%u\" wrong=\"\"/>", i);
		partner_send(again, bamf_key, office_key);
		lose_order = points[i];
		later(2 * POLL_MS);
		later(2 * POLL_MS);
		assert_null(lose_order);
		close_gateway();
		open_gateway();
		later(20000);
		assert_int_equal(rejections(NULL), 1);
	}
	later(3 * POLL_MS);
	assert_true(rows("SELECT count(*) FROM request WHERE message='0010' AND state='closed' AND xml IS NULL") == 3);
	no_delivery();
}

/* Nobody but a pinned partner gets an answer, and nobody at all if it is off. */
static void rejects_no_stranger(void **state)
{
	const char *xml = "<070003 uuid=\"00000000-0000-4000-8000-000000000001\" wrong=\"\"/>";

	partner_send(xml, office_key, office_key); /* trusted, but no partner */
	partner_send(xml, other_key, office_key);
	partner_send(xml, bamf_key, other_key);    /* cannot be read */
	later(2 * POLL_MS);
	conf.reject = false;
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected'") == 4);
	assert_true(rows("SELECT count(*) FROM request") == 0);
}

/* The one that signed gets it: another partner than the BAMF. */
static void rejects_to_the_signer(void **state)
{
	_cleanup_(osci_freep) char *to = NULL;

	partner_send("<070003 uuid=\"00000000-0000-4000-8000-000000000001\"/>", third_key, office_key);
	later(2 * POLL_MS);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T070' AND partner='" FAKE_PARTNER
			 "'") == 1);
	assert_true(rows("SELECT count(*) FROM request WHERE message='0010' AND partner='" FAKE_PARTNER "'") == 1);
	assert_int_equal(rejections(&to), 0); /* not in the mailbox of the BAMF */
}

/* Neither valid nor invalid ones of these kinds are ever rejected, in whatever encoding. */
static void never_a_loop(void **state)
{
	static const char *const roots[] = { "r.0010", "x:r.000002", "r.0020", "r.0021", "r.0030", "r.0031", "r.0032",
					     "r.000030" };
	static const char utf16[] = "<\0r\0.\0" "0\0" "0\0" "1\0" "0\0/\0>\0";
	char xml[200];

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		snprintf(xml, sizeof(xml), "<?xml version=\"1.0\"?><!-- <a> --><!DOCTYPE r.1><%s wrong=\"\">", roots[i]);
		assert_true(incoming_answers_only(xml, strlen(xml)));
		partner_send(xml, bamf_key, office_key);
	}
	assert_true(incoming_answers_only(utf16, sizeof(utf16) - 1));
	assert_false(incoming_answers_only("", 0));
	assert_false(incoming_answers_only("<!-- <r.0010/>", 14));
	assert_false(incoming_answers_only("<r.00100/>", 10));
	assert_false(incoming_answers_only("<r.070003><r.0010/></r.070003>", 30));
	assert_false(incoming_answers_only("no markup 0010", 14));
	later(2 * POLL_MS);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected'") == 8);
	assert_true(rows("SELECT count(*) FROM request") == 0);
}

/* A Rückweisung of ours is rejected in turn: the operator knows, the office has nothing to do with it. */
static void rejection_rejected(void **state)
{
	char *got = NULL, *trigger;

	partner_answers("070003", NULL, " wrong=\"\"");
	later(2 * POLL_MS);
	assert_int_equal(rejections(&got), 1);
	trigger = strstr(got, "uuid=\"") + 6;
	trigger[36] = '\0';
	partner_answers("r.0010", trigger, "");
	later(2 * POLL_MS);
	free(got);
	assert_true(rows("SELECT count(*) FROM request WHERE message='0010' AND state='rejected'") == 1);
	assert_true(rows("SELECT count(*) FROM request") == 1);
	no_delivery();
}

/* The same UUID with other content: only the very same message may have it twice. */
static void uuid_twice(void **state)
{
	char uuid[37], xml[200];
	_cleanup_(osci_freep) char *got = NULL;

	submit("r-1", "070001", NULL, false, uuid);
	run();
	assert_int_equal(partner_fetch(NULL), 1);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(xml, sizeof(xml), "<070003 uuid=\"00000000-0000-4000-8000-000000000001\" trigger=\"%s\" n=\"%u\"/>", uuid,
			 i);
		partner_send(xml, bamf_key, office_key);
	}
	later(2 * POLL_MS);
	take_delivery("accepted", "r-1");
	no_delivery();
	assert_int_equal(rejections(&got), 1);
	assert_non_null(strstr(got, "codes=\"S100 \""));
}

static void notices(void **state)
{
	static const struct {
		const char *root, *outcome;
	} all[] = { { "r.0020", "receipt" }, { "r.0021", "receipt-reminder" }, { "r.0031", "forwarded" },
		    { "r.0032", "not-competent" }, { "r.000030", "not-competent" }, { "r.000040", "message" } };
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		partner_answers(all[i].root, uuid, "");
		later(2 * POLL_MS);
		take_delivery(all[i].outcome, "r-1");
		state_is("r-1", XGW_STORED);
	}
	/* Another partner may say that it is not competent, but it may not reject or answer. */
	conf.reject = false;
	partner_answers_as(third_key, FAKE_PARTNER, "r.0032", uuid);
	partner_answers_as(third_key, FAKE_PARTNER, "r.0010", uuid);
	partner_answers_as(third_key, FAKE_PARTNER, "070003", uuid);
	later(2 * POLL_MS);
	take_delivery("not-competent", "r-1");
	no_delivery();
	state_is("r-1", XGW_STORED);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T070'") == 2);
}

/* What cannot be judged now is neither delivered nor rejected: it waits, and nothing behind it. */
static void waits_when_not_judged(void **state)
{
	partner_send("<070003 uuid=\"00000000-0000-4000-8000-000000000021\" trigger=\"none\"/>", bamf_key, office_key);
	fake_unchecked = true;
	later(2 * POLL_MS);
	later(2 * POLL_MS);
	assert_int_equal(rows("SELECT count(*) FROM inbound WHERE status='new'"), 1);
	assert_int_equal(rejections(NULL), 0);
	no_delivery();
	close_gateway();
	open_gateway();
	fake_unchecked = false;
	later(2 * POLL_MS);
	assert_int_equal(rows("SELECT count(*) FROM inbound WHERE status='unassigned'"), 1);
}

/* Within an hour before its release begins a message waits for it; earlier than that it is rejected. */
static void waits_for_its_release(void **state)
{
	int64_t before = fake_begins;

	fake_early = true;
	fake_begins = xgw_now(&g) + 30 * 60000;
	partner_send("<070003 uuid=\"00000000-0000-4000-8000-000000000022\" trigger=\"none\"/>", bamf_key, office_key);
	later(2 * POLL_MS);
	assert_int_equal(rows("SELECT count(*) FROM inbound WHERE status='new'"), 1);
	later(31 * 60000);
	later(2 * POLL_MS);
	assert_int_equal(rows("SELECT count(*) FROM inbound WHERE status='unassigned'"), 1);
	fake_begins = xgw_now(&g) + XGW_EARLY_MS + 10 * POLL_MS;
	partner_send("<070003 uuid=\"00000000-0000-4000-8000-000000000023\" trigger=\"none\"/>", bamf_key, office_key);
	later(2 * POLL_MS);
	assert_int_equal(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='V000'"), 1);
	fake_early = false;
	fake_begins = before;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, before, after)
	const struct CMUnitTest tests[] = {
		T(rejects_once), T(rejects_no_stranger), T(rejects_to_the_signer), T(never_a_loop), T(rejection_rejected),
		T(uuid_twice), T(notices), T(waits_when_not_judged), T(waits_for_its_release),
	};

	return cmocka_run_group_tests_name("rejections", tests, setup, teardown);
}
