/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_reasons - every reason and note of the code lists: how an office comes by it
 *
 * Each code of the lists of the release has a story in which the rules give it, or is one that no office can meet by them;
 * then a script gives it.  A code without either fails.  The rule that gives it is printed.
 */
#include <xausl/codes.h>

#include "rules/settings.h"
#include "t_stories.h"

#define OWN_COURSE(more)                                                                                             \
	REC("obligation", "1b", "'1'", "Stadt A", BY_A,                                                             \
	    "registered: '2026-06-02', attended: partial, events: [{event: registration, date: '2026-06-02',"              \
	    " placement_test: waived}" more "]")
#define ENTITLED REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE)
#define ADMITTED(art) REC("admission", art, "'4'", "BAMF", "", NONE)
#define BY_JC(kind, art) REC(kind, art, OTHER_JC, NONE)
#define REPEATING                                                                                                    \
	REC("obligation", "5", OTHER_JC, "registered: '2026-06-02', attended: complete,"                             \
	    " events: [{event: repetition_admitted, date: '2026-11-01'}]")
#define ATTENDED OWN_COURSE(", {event: completion, date: '2026-07-01', successful: true}")
#define REFUSAL "BAMFABH-Ablehnungsgrund"
#define INFORMATION "BAMFABH-InformationBerechtigungsschein"
#define ATTENDANCE "Int.AuskunftNichtMoeglich"
#define TAKEOVER "BAMFABH.UebernahmeNichtMoeglich"
#define NOTES "Informationen-zur-Berechtigung-Verpflichtung"

static void declined_too_late(void)
{
	submit("070007", json_pack("{s:s, s:b}", "question", "00000000-0000-4000-8000-000000000001", "replace", 1));
}

static void ten_months_later(void)
{
	now += 150 * DAY; /* 2027-04-15, ten months after the registration */
	attendance();
}

static void two_years_later(void)
{
	now += 730 * DAY;
	attendance();
}

static void takeover_two_years_later(void)
{
	now += 730 * DAY;
	takeover();
}

static const struct story {
	const char *list, *code, *message;
	const char *preload;
	void (*play)(void);
	const char *setting, *value; /* NULL = as preset */
} stories[] = {
	{ REFUSAL, "17050", "070005", PERSON(SAME, "") ATTENDED, entitlement },
	{ REFUSAL, "17051", "070005", PERSON(SAME, "") ATTENDED, entitlement, "code_attended", "17051" },
	{ REFUSAL, "17052", "070005", PERSON(SAME, "") ATTENDED, obligation, "code_attended", "17052" },
	{ REFUSAL, "17053", "070005", BARE("deceased"), obligation },
	{ REFUSAL, "17099", "070005", PERSON("null", "") ENTITLED, wrong_pair },
	{ REFUSAL, "17104", "070005", PERSON(SAME, "") ENTITLED, entitlement },
	{ REFUSAL, "17107", "070005", PERSON(SAME, "") REC("obligation", "2", "'1'", "Stadt", BY_B, NONE), entitlement },
	{ REFUSAL, "17108", "070005", PERSON(SAME, "") REC("obligation", "7", "'3'", "Sozialamt", "", NONE), entitlement,
	  "code_obliged", "17108" },
	{ REFUSAL, "17109", "070005", PERSON(SAME, "") REC("obligation", "2", "'1'", "Stadt", BY_B, NONE), obligation },
	{ REFUSAL, "17110", "070005", BARE("spaetaussiedler"), obligation },
	{ REFUSAL, "17111", "070005", PERSON(SAME, "") ADMITTED("6"), entitlement, "code_entitled", "17111" },
	{ REFUSAL, "17112", "070005", BARE("german"), obligation },
	{ REFUSAL, "17116", "070005", NULL, declined_too_late },
	{ REFUSAL, "17119", "070005", PERSON(SAME, "") BY_JC("admission", "8"), entitlement },
	{ REFUSAL, "17145", "070005", PERSON(SAME, "") BY_JC("admission", "8"), obligation },
	{ "BAMFABH.Dublette", "17001", "070004", PERSON("null", "") ENTITLED, namesake },
	{ "BAMFABH-Nachfragegrund", "17121", "070006", PERSON(SAME, "") ENTITLED, obligation },
	{ INFORMATION, "17560", "070012", NULL, information },
	{ INFORMATION, "17561", "070012", PERSON(SAME, "") ADMITTED("3"), information },
	{ INFORMATION, "17562", "070012", PERSON(SAME, "") ATTENDED, information },
	{ INFORMATION, "17564", "070012", BARE("deceased"), information },
	{ ATTENDANCE, "00057", "070014", NULL, attendance },
	{ ATTENDANCE, "17571", "070014", PERSON(SAME, "") ENTITLED, attendance },
	{ ATTENDANCE, "17572", "070014", PERSON(SAME, "") BY_JC("obligation", "5"), attendance },
	{ TAKEOVER, "00057", "070017", NULL, takeover },
	{ TAKEOVER, "17571", "070017", PERSON(SAME, "") ADMITTED("6"), takeover },
	{ TAKEOVER, "17574", "070017", PERSON(SAME, "") REC("obligation", "7", "'3'", "Sozialamt", "",
	  "registered: '2026-07-01', attended: none"), takeover_two_years_later },
	{ TAKEOVER, "17576", "070017", PERSON(SAME, "") REPEATING, takeover },
	{ TAKEOVER, "17577", "070017", PERSON(SAME, "") REPEATING, takeover, "code_repetition", "17577" },
	{ NOTES, "17117", "070005", PERSON(SAME, "") BY_JC("obligation", "5"), obligation },
	{ NOTES, "17118", "070005", PERSON(SAME, "") BY_JC("admission", "8"), obligation },
	{ NOTES, "17563", "070012", PERSON(SAME, "") BY_JC("obligation", "5"), information },
	{ NOTES, "17565", "070012", PERSON(SAME, "") BY_JC("admission", "8"), information, "note_information", "17565" },
	{ NOTES, "17580", "070015", PERSON(SAME, "") OWN_COURSE(""), two_years_later },
	{ NOTES, "17581", "070015", PERSON(SAME, "") OWN_COURSE(""), ten_months_later },
	{ NOTES, "17582", "070015", PERSON(SAME, "deceased") OWN_COURSE(""), attendance },
	{ NOTES, "17583", "070015", PERSON(SAME, "") OWN_COURSE(", {event: repetition_admitted, date: '2026-08-01'}"), attendance },
	{ NOTES, "17584", "070015", PERSON(SAME, "") OWN_COURSE(", {event: repetition_admitted, date: '2026-08-01'},"
	  " {event: repetition_registration, date: '2026-09-01'}"), attendance },
};

/* By their wording for a job centre, or without a place in the messages of 26.11. */
static const struct {
	const char *list, *code, *number, *message, *script;
	void (*play)(void);
} scripted[] = {
	{ ATTENDANCE, "17573", "070013", "070014",
	  "{\"message\":\"070014\",\"fields\":{\"reason.code\":\"17573\"}}", attendance },
	{ TAKEOVER, "17575", "070016", "070017",
	  "{\"message\":\"070017\",\"fields\":{\"reason.code\":\"17575\"}}", takeover },
	{ NOTES, "17143", "070011", "070012",
	  "{\"message\":\"070012\",\"fields\":{\"result\":\"none\",\"reason.code\":\"17560\","
	  "\"can_take_over\":false,\"notes\":[{\"code\":\"17143\"}]}}", information },
};

static bool has(const json_t *f, const char *list, const char *code)
{
	const json_t *v;
	size_t i;

	if (strcmp(list, NOTES) != 0)
		return at(f, "reason.code") && strcmp(at(f, "reason.code"), code) == 0;
	json_array_foreach(json_object_get(f, "notes"), i, v)
		if (strcmp(at(v, "code"), code) == 0 && at(v, "name"))
			return true;
	return false;
}

/* Was it told in @message? All answers are valid XML of the release. */
static bool told(const char *list, const char *code, const char *message)
{
	struct sim_outgoing o;
	bool found = false;

	now += 1000;
	while (sim_store_next_answer(&st, now, &o, NULL) == 0) {
		json_t *f = NULL;

		assert_int_equal(xausl_read(&f, release, o.xml, o.len, NULL, NULL), 0);
		found = found || (strcmp(o.number, message) == 0 && has(f, list, code));
		json_decref(f);
		assert_int_equal(sim_store_answer_end(&st, o.id, "sent", now, NULL), 0);
		sim_outgoing_clear(&o);
	}
	return found;
}

static char *rule_of_last(void)
{
	static char rule[32];
	sqlite3_stmt *q;

	rule[0] = '\0';
	assert_int_equal(db_query(&st.db, &q, NULL, "SELECT rule FROM request ORDER BY rowid DESC LIMIT 1", ""), 0);
	if (db_step(&st.db, q, NULL) == 0)
		snprintf(rule, sizeof(rule), "%s", db_text(q, 0));
	db_done(q);
	return rule;
}

static bool by_rules(const char *list, const char *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(stories); i++) {
		const struct story *s = &stories[i];
		bool found;

		if (strcmp(s->list, list) != 0 || strcmp(s->code, code) != 0)
			continue;
		assert_int_equal(setup(NULL), 0);
		if (s->setting)
			assert_true(sim_settings_set(&e.settings, s->setting, s->value));
		if (s->preload)
			preload(s->preload);
		s->play();
		found = told(list, code, s->message);
		printf("# %s %s in %s: %s%s%s%s%s\n", list, code, s->message, rule_of_last(), s->setting ? ", if " : "",
		       s->setting ? s->setting : "", s->setting ? " is " : "", s->setting ? s->value : "");
		assert_int_equal(teardown(NULL), 0);
		if (!found)
			fail_msg("%s %s: not told in its story", list, code);
		return true;
	}
	return false;
}

static bool by_script(const char *list, const char *code)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripted); i++) {
		struct osci_err err = { 0 };
		char line[400];
		bool found;

		if (strcmp(scripted[i].list, list) != 0 || strcmp(scripted[i].code, code) != 0)
			continue;
		assert_int_equal(setup(NULL), 0);
		snprintf(line, sizeof(line), "{\"do\":\"script\",\"message\":\"%s\",\"office\":\"" A "\",\"answers\":[%s]}\n",
			 scripted[i].number, scripted[i].script);
		t_write("orders", line);
		assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
		scripted[i].play();
		found = told(list, code, scripted[i].message);
		printf("# %s %s: by script\n", list, code);
		assert_int_equal(teardown(NULL), 0);
		if (!found)
			fail_msg("%s %s: not told by its script", list, code);
		return true;
	}
	return false;
}

static void test_every_code_of_the_lists(void **state)
{
	static const char *const lists[] = { REFUSAL, "BAMFABH.Dublette", "BAMFABH-Nachfragegrund", INFORMATION, ATTENDANCE,
					     TAKEOVER, NOTES };
	struct xausl_code_list list;
	struct xausl_code code;
	size_t n = 0;

	for (size_t i = 0; xausl_code_list_get(release, i, &list); i++) {
		bool ours = false;

		for (size_t k = 0; k < ARRAY_SIZE(lists); k++)
			ours = ours || (strcmp(lists[k], list.name) == 0 && list.current);
		for (size_t k = 0; ours && xausl_code_get(release, i, k, &code); k++) {
			bool rules = by_rules(list.name, code.code), script = by_script(list.name, code.code);

			if (rules == script)
				fail_msg("%s %s: %s", list.name, code.code, rules ? "by rules and by script" : "never shown");
			n++;
		}
	}
	assert_int_equal(n, ARRAY_SIZE(stories) + ARRAY_SIZE(scripted));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_code_of_the_lists) };

	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
