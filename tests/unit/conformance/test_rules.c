/* SPDX-License-Identifier: Apache-2.0 */
/* test_rules - every row of the decision table, for both wishes, and the settings of its open points */
#include "t_sim.h"

#define TGS "2", "Jobcenter X", NULL
#define TLA "3", "Sozialamt Y", NULL
#define BAMF "4", "Bundesamt", "dbs:990000000070"
#define OTHER "1", "Stadt B", B
#define OWN "1", "Stadt A", A

struct row {
	const char *name;
	struct sim_record record;
	unsigned flags;
	const char *nationality;
	const char *number;
	/* expected */
	const char *rule, *answer, *code;
	bool shown, takeover;
	const char *note;
};

static const struct row rows[] = {
	{ "2a entitlement", RECORD("2", OTHER), SIM_FLAG_DECEASED, NULL, "070001", "RULE-2a", "070005", "17053" },
	{ "2a obligation", RECORD("2", OWN), SIM_FLAG_DECEASED, NULL, "070009", "RULE-2a", "070005", "17053" },
	{ "2b german", RECORD("1a", OTHER), SIM_FLAG_GERMAN, NULL, "070001", "RULE-2b", "070005", "17112" },
	{ "2b eu by flag", RECORD("1a", OTHER), SIM_FLAG_EU_CITIZEN, NULL, "070010", "RULE-2b", "070005", "17112" },
	{ "2b Poland in the request", RECORD("1a", OTHER), 0, "152", "070009", "RULE-2b", "070005", "17112" },
	{ "2b Norway in the request", RECORD("1a", OTHER), 0, "149", "070001", "RULE-2b", "070005", "17112" },
	{ "2b not Switzerland", RECORD("5", TGS), 0, "158", "070009", "RULE-5b", "070005", "17109", true, true, "17117" },
	{ "2b before 3", RECORD("1a", OTHER, .attended = SIM_ATTENDED_COMPLETE), 0, "000", "070001", "RULE-2b", "070005",
	  "17112" },
	{ "2c entitlement", RECORD("4", NULL, "Bundesverwaltungsamt", NULL), SIM_FLAG_SPAETAUSSIEDLER, NULL, "070001", "RULE-2c",
	  "070005", "17104", true },
	{ "2c obligation", RECORD("4", NULL, "Bundesverwaltungsamt", NULL), SIM_FLAG_SPAETAUSSIEDLER, NULL, "070010", "RULE-2c",
	  "070005", "17110", true },
	{ "2c by art alone", RECORD("4", NULL, "Bundesverwaltungsamt", NULL), 0, NULL,
	  "070008", "RULE-2c", "070005", "17110", true },
	{ "3 entitlement", RECORD("1a", OTHER, .attended = SIM_ATTENDED_COMPLETE, .registered = "2019-06-11",
				  .valid_until = "2020-03-31"), 0, NULL, "070001", "RULE-3", "070005", "17050" },
	{ "3 obligation", RECORD("1b", OWN, .attended = SIM_ATTENDED_COMPLETE), 0, NULL, "070008", "RULE-3", "070005", "17050" },
	{ "4 entitlement run out", RECORD("1a", OTHER, .valid_until = "2026-11-15"), 0, NULL, "070001", "RULE-8", "070003" },
	{ "4 last day counts", RECORD("1a", OTHER, .valid_until = "2026-11-16"),
	  0, NULL, "070001", "RULE-6", "070005", "17104", true },
	{ "4 run out but registered", RECORD("1a", OTHER, .valid_until = "2026-11-15", .registered = "2026-07-01"), 0, NULL,
	  "070001",
	  "RULE-6", "070005", "17104", true },
	{ "4 obligation of 2009 without an end", RECORD("1b", OTHER, .valid_until = NULL), 0, NULL, "070001", "RULE-5a", "070005",
	  "17107", true },
	{ "4 lapsed by inactivity", RECORD("1b", OTHER, .registered = "2025-10-15", .valid_from = "2025-10-01"), 0, NULL, "070009",
	  "RULE-8", "070003", NULL },
	/* begun, and nothing is known of when: no clock runs */
	{ "4 no event known", RECORD("1b", OTHER, .registered = "2023-01-15", .valid_from = "2023-01-01",
				     .attended = SIM_ATTENDED_PARTIAL), 0, NULL, "070009", "RULE-5a", "070005", "17109", true },
	{ "4 not yet lapsed", RECORD("1b", OTHER, .registered = "2025-10-16", .valid_from = "2025-10-01"), 0, NULL, "070009",
	  "RULE-5a", "070005", "17109", true },
	{ "4 withdrawn", RECORD("1b", OTHER, .ended = SIM_ENDED_WITHDRAWN), 0, NULL, "070009", "RULE-8", "070003", NULL },
	{ "5a entitlement", RECORD("2", OTHER), 0, NULL, "070001", "RULE-5a", "070005", "17107", true },
	{ "5a obligation", RECORD("1b", OTHER), 0, NULL, "070009", "RULE-5a", "070005", "17109", true },
	{ "5b TGS entitlement", RECORD("5", TGS), 0, NULL, "070001", "RULE-5b", "070005", "17107", true },
	{ "5b TGS obligation", RECORD("5", TGS), 0, NULL, "070009", "RULE-5b", "070005", "17109", true, true, "17117" },
	{ "5b TLA obligation", RECORD("7", TLA), 0, NULL, "070010", "RULE-5b", "070005", "17109", true, true, "17117" },
	{ "5c entitlement", RECORD("8", TGS), 0, NULL, "070001", "RULE-5c", "070005", "17119", true },
	{ "5c obligation", RECORD("8", TGS), 0, NULL, "070008", "RULE-5c", "070005", "17145", true, true, "17118" },
	{ "6 entitlement", RECORD("1a", OTHER), 0, NULL, "070001", "RULE-6", "070005", "17104", true },
	{ "6 obligation", RECORD("1a", OTHER), 0, NULL, "070009", "RULE-6", "070006", "17121", true },
	{ "6 admission", RECORD("3", BAMF), 0, NULL, "070010", "RULE-6", "070006", "17121", true },
	{ "6 repeater", RECORD("6", BAMF), 0, NULL, "070008", "RULE-6", "070006", "17121", true },
	{ "7 own entitlement, entitlement", RECORD("1a", OWN), 0, NULL, "070001", "RULE-7", "070005", "17104", true },
	{ "7 own entitlement, obligation", RECORD("1a", OWN), 0, NULL, "070009", "RULE-7", "070003", NULL },
	{ "7 own obligation, entitlement", RECORD("1b", OWN), 0, NULL, "070001", "RULE-7", "070005", "17107", true },
	{ "7 own obligation, obligation", RECORD("2", OWN), 0, NULL, "070009", "RULE-7", "070005", "17109", true },
};

static void test_table(void **state)
{
	struct sim_settings s;

	sim_settings_default(&s);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		struct sim_person p = person_of(&r->record, 1);
		struct sim_request q = request_of(r->number);
		struct sim_decision d;

		p.flags = r->flags;
		if (r->nationality)
			q.nationalities[q.n_nationalities++] = r->nationality;
		sim_decide_person(&d, &q, &p, &s, TODAY, false);
		if (strcmp(d.rule, r->rule) != 0 || strcmp(d.answer, r->answer) != 0)
			fail_msg("%s: %s %s", r->name, d.rule, d.answer);
		assert_text(d.code, r->code);
		assert_true((d.shown != NULL) == r->shown);
		assert_int_equal(d.can_take_over, r->takeover);
		assert_int_equal(d.n_notes, r->note ? 1 : 0);
		if (r->note)
			assert_string_equal(d.notes[0], r->note);
		if (d.shown && strncmp(r->rule, "RULE-2c", 7) != 0 && strcmp(d.answer, "070005") == 0)
			assert_string_equal(d.gap, r->record.issuer_name);
	}
}

static void test_new_person(void **state)
{
	static const struct {
		const char *number, *art, *until;
	} kinds[] = { { "070001", "1a", "2027-11-15" }, { "070008", "1b", "" }, { "070009", "1b", "" },
		      { "070010", "2", "2027-06-30" } };
	struct sim_settings s;

	sim_settings_default(&s);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct sim_request q = request_of(kinds[i].number);
		struct sim_decision d;

		q.orientation_course_only = q.language_course_only = true;
		sim_decide_person(&d, &q, NULL, &s, TODAY, false);
		assert_string_equal(d.rule, "RULE-8");
		assert_string_equal(d.answer, "070003");
		assert_int_equal(d.action, SIM_DO_STORE);
		assert_string_equal(d.fresh.art, kinds[i].art);
		assert_string_equal(d.fresh.valid_from, TODAY);
		assert_string_equal(d.fresh.valid_until, kinds[i].until);
		assert_null(d.fresh.kennziffer);
		assert_int_equal(d.fresh.orientation_course_only, i == 0);
		assert_int_equal(d.fresh.language_course_only, i == 1 || i == 2);
		assert_null(d.person);
	}
}

static void test_new_person_rule_2b(void **state)
{
	struct sim_settings s;
	struct sim_request q = request_of("070001");
	struct sim_decision d;

	sim_settings_default(&s);
	q.nationalities[0] = "157";
	sim_decide_person(&d, &q, NULL, &s, TODAY, false);
	assert_string_equal(d.rule, "RULE-2b");
	assert_null(d.shown);
	s.code_citizen = "17099";
	sim_decide_person(&d, &q, NULL, &s, TODAY, false);
	assert_string_equal(d.code, "17099");
	assert_non_null(d.text);
	q.number = "070009"; /* the open point is the entitlement only */
	sim_decide_person(&d, &q, NULL, &s, TODAY, false);
	assert_string_equal(d.code, "17112");
}

static void decide_with(struct sim_decision *d, const struct sim_record *r, const char *number,
			const struct sim_settings *s, bool replace)
{
	static struct sim_person p;
	static struct sim_request q;

	p = person_of(r, 1);
	q = request_of(number);
	sim_decide_person(d, &q, &p, s, TODAY, replace);
}

static void test_settings_codes(void **state)
{
	static const struct sim_record spaet = RECORD("4", NULL, "Bundesverwaltungsamt", NULL);
	static const struct sim_record done = RECORD("1a", OTHER, .attended = SIM_ATTENDED_COMPLETE);
	static const struct sim_record obliged = RECORD("1b", OTHER), tgs = RECORD("5", TGS);
	static const struct sim_record entitled = RECORD("1a", OTHER), own = RECORD("1a", OWN);
	struct sim_settings s;
	struct sim_decision d;

	sim_settings_default(&s);
	s.code_spaetaussiedler = "17111";
	s.code_attended = "17052";
	s.code_obliged = "17108";
	s.code_entitled = "17111";
	s.code_own = "17111";
	decide_with(&d, &spaet, "070001", &s, false);
	assert_string_equal(d.code, "17111");
	decide_with(&d, &spaet, "070009", &s, false);
	assert_string_equal(d.code, "17110");
	decide_with(&d, &done, "070001", &s, false);
	assert_string_equal(d.code, "17052");
	decide_with(&d, &obliged, "070001", &s, false);
	assert_string_equal(d.code, "17108");
	decide_with(&d, &tgs, "070001", &s, false);
	assert_string_equal(d.code, "17108");
	assert_false(d.can_take_over);
	s.entitlement_takeover = true;
	decide_with(&d, &tgs, "070001", &s, false);
	assert_true(d.can_take_over);
	assert_string_equal(d.notes[0], "17117");
	decide_with(&d, &entitled, "070001", &s, false);
	assert_string_equal(d.code, "17111");
	decide_with(&d, &own, "070001", &s, false);
	assert_string_equal(d.code, "17111");
}

static void test_taken_over_already(void **state)
{
	static const char *const offices[] = { A };
	static const struct sim_record tgs = RECORD("5", TGS, .taken_over_by = offices, .n_taken_over_by = 1);
	struct sim_settings s;
	struct sim_decision d;

	sim_settings_default(&s);
	decide_with(&d, &tgs, "070009", &s, false);
	assert_string_equal(d.rule, "RULE-5b");
	assert_false(d.can_take_over);
	assert_int_equal(d.n_notes, 0);
}

static void test_own_record(void **state)
{
	static const struct sim_record entitled = RECORD("1a", OWN), obliged = RECORD("1b", OWN);
	struct sim_settings s;
	struct sim_decision d;

	sim_settings_default(&s);
	s.own_repeat = true;
	decide_with(&d, &entitled, "070001", &s, false);
	assert_string_equal(d.answer, "070003");
	assert_int_equal(d.action, SIM_DO_NOTHING);
	assert_string_equal(d.shown->kennziffer, "K1");
	decide_with(&d, &obliged, "070009", &s, false);
	assert_string_equal(d.answer, "070003");
	assert_int_equal(d.action, SIM_DO_NOTHING);
	decide_with(&d, &obliged, "070001", &s, false); /* an obligation is stronger than the wish */
	assert_string_equal(d.code, "17107");

	/* Obligation over the own entitlement: never a second Kennziffer. */
	decide_with(&d, &entitled, "070009", &s, false);
	assert_int_equal(d.action, SIM_DO_STORE);
	assert_string_equal(d.fresh.kennziffer, "K1");
	assert_int_equal(d.n_ended, 1);
	assert_int_equal(d.ended_how[0], SIM_ENDED_REPLACED);
	s.own_question = true;
	decide_with(&d, &entitled, "070009", &s, false);
	assert_string_equal(d.answer, "070006");
	assert_int_equal(d.action, SIM_DO_ASK);
	decide_with(&d, &entitled, "070009", &s, true);
	assert_string_equal(d.answer, "070003");
	assert_string_equal(d.fresh.kennziffer, "K1");
}

static void test_replace(void **state)
{
	static const struct sim_record entitled = RECORD("1a", OTHER), tgs = RECORD("5", TGS);
	static const struct sim_record lapsed = RECORD("1a", OTHER, .valid_until = "2026-08-01");
	struct sim_settings s;
	struct sim_decision d;

	sim_settings_default(&s);
	decide_with(&d, &entitled, "070010", &s, true);
	assert_string_equal(d.rule, "RULE-6");
	assert_string_equal(d.answer, "070003");
	assert_int_equal(d.action, SIM_DO_STORE);
	assert_null(d.fresh.kennziffer);
	assert_int_equal(d.n_ended, 1);
	assert_int_equal(d.ended_how[0], SIM_ENDED_REPLACED);
	s.keep_kennziffer = true;
	decide_with(&d, &entitled, "070010", &s, true);
	assert_string_equal(d.fresh.kennziffer, "K1");

	/* What came in between counts: an obligation of a job centre blocks after all. */
	decide_with(&d, &tgs, "070010", &s, true);
	assert_string_equal(d.code, "17109");
	/* The entitlement ran out in between: nothing to replace. */
	decide_with(&d, &lapsed, "070010", &s, true);
	assert_string_equal(d.rule, "RULE-8");
	assert_int_equal(d.ended_how[0], SIM_ENDED_LAPSED);
	assert_string_equal(d.fresh.kennziffer, "K1");
	s.keep_kennziffer = false;
	decide_with(&d, &lapsed, "070010", &s, true);
	assert_null(d.fresh.kennziffer);
}

static void test_first_hit_wins(void **state)
{
	struct sim_record two[] = { RECORD("1a", OWN), RECORD("8", TGS, .kennziffer = "K2") };
	struct sim_person p = person_of(two, 2);
	struct sim_request q = request_of("070009");
	struct sim_settings s;
	struct sim_decision d;

	sim_settings_default(&s);
	sim_decide_person(&d, &q, &p, &s, TODAY, false);
	assert_string_equal(d.rule, "RULE-5c");
	assert_string_equal(d.shown->kennziffer, "K2");
	two[1].ended = SIM_ENDED_REPLACED;
	sim_decide_person(&d, &q, &p, &s, TODAY, false);
	assert_string_equal(d.rule, "RULE-7");
	assert_int_equal(d.n_ended, 1); /* ended ones stay as they are */
}

static void test_gone_and_declined(void **state)
{
	struct sim_decision d;

	sim_decide_gone(&d);
	assert_string_equal(d.answer, "070005");
	assert_string_equal(d.code, "17116");
	assert_null(d.shown);
	assert_false(d.can_take_over);
	sim_decide_declined(&d);
	assert_null(d.answer);
	assert_int_equal(d.action, SIM_DO_NOTHING);
}

static void test_inactivity(void **state)
{
	static const struct sim_event events[] = {
		{ "registration", "2025-09-01", "{}" }, { "section_end", "2025-10-15", "{}" },
		{ "planning", "2026-05-01", "{}" }, /* no activity */
	};
	struct sim_record r = RECORD("1b", OTHER, .registered = "2025-09-01", .valid_from = "2025-08-01", .events = events,
				     .n_events = 3);
	struct sim_settings s;
	char day[SIM_DATE_SIZE];

	sim_settings_default(&s);
	assert_string_equal(sim_record_activity(&r), "2025-10-15");
	assert_true(sim_record_lapse_day(day, &r, &s));
	assert_string_equal(day, "2026-11-15");
	assert_true(sim_record_lapsed(&r, &s, TODAY));
	assert_false(sim_record_lapsed(&r, &s, "2026-11-15"));
	s.lapse_month_end = true;
	assert_false(sim_record_lapsed(&r, &s, "2026-11-30"));
	assert_true(sim_record_lapsed(&r, &s, "2026-12-01"));
	/* Granted later than the last activity: the clock starts with the grant. */
	r.valid_from = "2026-01-10";
	assert_string_equal(sim_record_activity(&r), "2026-01-10");
	/* Completed courses and unused records do not lapse this way. */
	r.attended = SIM_ATTENDED_COMPLETE;
	assert_false(sim_record_lapse_day(day, &r, &s));
	r.attended = SIM_ATTENDED_NONE;
	r.registered = NULL;
	r.n_events = 0;
	assert_false(sim_record_lapse_day(day, &r, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),		cmocka_unit_test(test_new_person),
		cmocka_unit_test(test_new_person_rule_2b), cmocka_unit_test(test_settings_codes),
		cmocka_unit_test(test_taken_over_already), cmocka_unit_test(test_own_record),
		cmocka_unit_test(test_replace),		cmocka_unit_test(test_first_hit_wins),
		cmocka_unit_test(test_gone_and_declined), cmocka_unit_test(test_inactivity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
