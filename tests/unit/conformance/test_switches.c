/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_switches - every open point is a switch, and each of its values leads to something else
 *
 * For each switch a little story is played under each of its values; what offices were told and what InGe holds then must
 * differ from value to value.  A switch without a story fails.
 */
#include "rules/settings.h"
#include "t_stories.h"

#define VALUES_MAX 8

/* 2027-12-10: thirteen months after 2026-11-02, yet in the same month. */
static void after_the_lapse(void)
{
	now += INT64_C(389) * DAY;
	attendance();
}

static void years_later(void)
{
	now += INT64_C(3000) * DAY; /* 2035-02 */
	assert_int_equal(sim_engine_tick(&e, now, NULL), 0);
	information();
}

static const struct {
	const char *name, *preload;
	void (*play)(void);
} stories[] = {
	{ "name_match", PERSON("null", "") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE), other_spelling },
	{ "partial_date_match", PERSON("null", "") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE), year_only },
	{ "several_hits",
	  PERSON("null", "") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE)
	  "- person: {surname: Beispiel, given_names: Ida, birth_date: '1990-02-03', sex: w, azr_number: null}\n",
	  namesake },
	{ "pair_mismatch", PERSON("null", "") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE), wrong_pair },
	{ "information_by_name", PERSON("null", "") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE), information_by_name },
	{ "one_way_unknown", NULL, rename_nobody },
	{ "own_record", PERSON(SAME, "") REC("entitlement", "1a", "'1'", "Stadt A", BY_A, NONE), entitlement },
	{ "own_entitlement", PERSON(SAME, "") REC("entitlement", "1a", "'1'", "Stadt A", BY_A, NONE), obligation },
	{ "keep_kennziffer", PERSON(SAME, "") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE), replace_it },
	{ "lapse",
	  PERSON(SAME, "") REC("obligation", "1b", "'1'", "Stadt A", BY_A,
			       "registered: '2026-07-01', attended: partial, events: [{event: registration, date: '2026-11-02',"
			       " placement_test: waived}]"),
	  after_the_lapse },
	{ "entitlement_takeover", PERSON(SAME, "") REC("obligation", "5", OTHER_JC, NONE), entitlement },
	{ "entitlement_months", NULL, entitlement },
	{ "obligation_months", NULL, obligation },
	{ "code_citizen", BARE("eu_citizen"), entitlement },
	{ "code_spaetaussiedler", BARE("spaetaussiedler"), entitlement },
	{ "code_attended",
	  PERSON(SAME, "") REC("obligation", "1b", "'1'", "Stadt", BY_B, "registered: '2026-06-02', attended: complete"),
	  entitlement },
	{ "code_obliged", PERSON(SAME, "") REC("obligation", "1b", "'1'", "Stadt", BY_B, NONE), entitlement },
	{ "code_entitled", PERSON(SAME, "") REC("admission", "3", "'4'", "BAMF", "", NONE), entitlement },
	{ "code_own", PERSON(SAME, "") REC("entitlement", "1a", "'1'", "Stadt A", BY_A, NONE), entitlement },
	{ "note_refusal", PERSON(SAME, "") REC("obligation", "7", "'3'", "Sozialamt", "", NONE), obligation },
	{ "final_trigger", PERSON(SAME, "") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE), replace_it },
	{ "note_information", PERSON(SAME, "") REC("obligation", "5", OTHER_JC, NONE), information },
	{ "deceased_result", PERSON(SAME, "deceased") REC("entitlement", "1a", "'1'", "Stadt", BY_B, NONE), information },
	{ "foreign_attendance", PERSON(SAME, "") REC("obligation", "1b", "'1'", "Stadt", BY_B, NONE), attendance },
	{ "planning",
	  PERSON(SAME, "") REC("obligation", "1b", "'1'", "Stadt A", BY_A,
			       "registered: '2026-07-01', attended: none, events: [{event: planning, date: '2026-11-02',"
			       " course_key: K, course_type: '1', section: '1', begin: '2026-12-01', expected_end: '2027-02-01'}]"),
	  attendance },
	{ "code_repetition",
	  PERSON(SAME, "") REC("obligation", "5", OTHER_JC,
			       "registered: '2026-06-02', attended: complete, events: [{event: repetition_admitted,"
			       " date: '2026-11-01'}]"),
	  takeover },
	{ "takeover_obliged", PERSON(SAME, "") REC("obligation", "1b", "'1'", "Stadt", BY_B, NONE), takeover },
	{ "takeover_twice", PERSON(SAME, "") REC("admission", "8", OTHER_JC, NONE), take_over_twice },
	{ "deletion",
	  PERSON(SAME, "") REC("obligation", "5", OTHER_JC, "registered: '2026-06-02', attended: complete"), years_later },
};

static void drop(json_t *o, const char *const *keys)
{
	for (; *keys; keys++)
		json_object_del(o, *keys);
}

/* What offices were told, in order, and what InGe holds, without what is by chance. */
static char *outcome(void)
{
	static const char *const envelope[] = { "uuid", "created", "original", "original_xml", NULL };
	static const char *const person[] = { "requests", NULL };
	json_t *all = json_array(), *persons = NULL, *f, *p;
	struct sim_outgoing o;
	char today[SIM_DATE_SIZE];
	size_t i;
	char *text;

	now += 1000;
	while (sim_store_next_answer(&st, now, &o, NULL) == 0) {
		assert_int_equal(xausl_read(&f, release, o.xml, o.len, NULL, NULL), 0);
		/* By place instead of by chance: does it name the last message? */
		json_object_set_new(f, "trigger", json_boolean(at(f, "trigger") && strcmp(at(f, "trigger"), last) == 0));
		drop(f, envelope);
		json_array_append_new(all, f);
		assert_int_equal(sim_store_answer_end(&st, o.id, "sent", now, NULL), 0);
		sim_outgoing_clear(&o);
	}
	sim_engine_today(today, now);
	assert_int_equal(sim_store_dump_persons(&st, &e.settings, today, &persons, NULL), 0);
	json_array_foreach(persons, i, p)
		drop(p, person);
	json_array_append_new(all, persons);
	text = json_dumps(all, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(all);
	assert_non_null(text);
	return text;
}

static size_t split(const char *values, char out[VALUES_MAX][32])
{
	char copy[200], *save = NULL;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", values);
	for (char *t = strtok_r(copy, "|", &save); t && n < VALUES_MAX; t = strtok_r(NULL, "|", &save))
		snprintf(out[n++], sizeof(out[0]), "%s", t);
	return n;
}

static char *play(size_t story, const char *name, const char *value)
{
	char *text;

	assert_int_equal(setup(NULL), 0);
	if (value && !sim_settings_set(&e.settings, name, value))
		fail_msg("%s = %s", name, value);
	if (stories[story].preload)
		preload(stories[story].preload);
	stories[story].play();
	text = outcome();
	assert_int_equal(teardown(NULL), 0);
	return text;
}

static void each_value_differs(size_t story, const char *name, const char *values)
{
	char value[VALUES_MAX][32], *text[VALUES_MAX], *preset;
	size_t n = split(values, value);

	assert_true(n >= 2);
	preset = play(story, name, NULL);
	for (size_t i = 0; i < n; i++) {
		text[i] = play(story, name, value[i]);
		if (i == 0 && strcmp(text[0], preset) != 0)
			fail_msg("%s: %s is not the default\n%s\n%s", name, value[0], text[0], preset);
		for (size_t k = 0; k < i; k++)
			if (strcmp(text[i], text[k]) == 0)
				fail_msg("%s: %s and %s lead to the same: %s", name, value[k], value[i], text[i]);
	}
	for (size_t i = 0; i < n; i++)
		free(text[i]);
	free(preset);
}

static void test_every_switch(void **state)
{
	const char *name, *values;
	size_t n = 0;

	for (; (name = sim_settings_name(n, &values)); n++) {
		size_t s = 0;

		while (s < ARRAY_SIZE(stories) && strcmp(stories[s].name, name) != 0)
			s++;
		if (s == ARRAY_SIZE(stories))
			fail_msg("%s has no story", name);
		each_value_differs(s, name, values);
	}
	assert_int_equal(n, ARRAY_SIZE(stories));
}

static void test_unknown(void **state)
{
	struct sim_settings s;

	sim_settings_default(&s);
	assert_false(sim_settings_set(&s, "colour", "red"));
	assert_false(sim_settings_set(&s, "lapse", "week"));
	assert_false(sim_settings_set(&s, "lapse", "day|month_end"));
	assert_false(sim_settings_set(&s, "lapse", ""));
	assert_false(s.lapse_month_end);
	assert_true(sim_settings_set(&s, "lapse", "month_end"));
	assert_true(s.lapse_month_end);
}

/* The page that tells users of the switches names each of them with its values. */
static void test_documented(void **state)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT"), *name, *values;
	static char text[200000];
	char path[512], row[300], value[VALUES_MAX][32], *at;
	FILE *f;

	snprintf(path, sizeof(path), "%s/conformance/README.md", root ? root : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (size_t i = 0; (name = sim_settings_name(i, &values)); i++) {
		size_t n = split(values, value);
		int len = snprintf(row, sizeof(row), "| `%s` | ", name);

		for (size_t k = 0; k < n; k++)
			len += snprintf(row + len, sizeof(row) - (size_t)len, "%s%s", k ? ", " : "", value[k]);
		at = strstr(text, row);
		if (!at || strncmp(at + len, " | ", 3) != 0)
			fail_msg("conformance/README.md has no row: %s |", row);
	}
}

/*
 * The description of InGe marks its open points; words of each line that has the mark, and the switches it has. What the text
 * itself leaves to the simulator without another reading has none.
 */
static const struct {
	const char *words, *switches;
} open_points[] = {
	{ "names the request or the 070007", "final_trigger" },
	{ "one hit by name counts as found", "information_by_name" },
	{ "for 070019 and 070022 nothing happens", "one_way_unknown" },
	{ "never use the record silently", "pair_mismatch" },
	{ "ignores case, hyphens, diacritics", "name_match partial_date_match several_hits" },
	{ "German, Union or EEA citizen", "code_citizen" },
	{ "the text of 17110 speaks", "code_spaetaussiedler" },
	{ "nearly equal texts", "code_attended" },
	{ "other ABH's obligation in force", "code_obliged" },
	{ "obligation of TGS or TLA in force", "code_obliged entitlement_takeover" },
	{ "admission by a TGS (art 8) in force", "entitlement_takeover" },
	{ "admission by BAMF (art 3, 6)", "code_entitled" },
	{ "sender's own record in force", "own_record own_entitlement code_own" },
	{ "keeps the old Kennziffer", "keep_kennziffer" },
	{ "which of the three branches", "deceased_result" },
	{ "17565 the form of 17563", "note_refusal note_information code_repetition" },
	{ "an ABH may never see some", "code_attended" },
	{ "thirteen months without course activity", "lapse" },
	{ "How it is computed is not published", "entitlement_months obligation_months" },
	{ "a move may make the new office competent", "foreign_attendance" },
	{ "no code fits, free text", "takeover_obliged takeover_twice" },
	{ "course planning |", "planning" },
	{ "a switch for each open point", "" },
	{ "unknown. \"Reading\"", "" },
};

static void test_every_open_point_is_a_switch(void **state)
{
	const char *shared = getenv("XAUSL_SHARED"), *name, *values;
	bool seen[ARRAY_SIZE(open_points)] = { false };
	char path[512], line[2000], word[64], all[2000] = " deletion";
	struct sim_settings s;
	FILE *f;

	sim_settings_default(&s);
	for (size_t i = 0; i < ARRAY_SIZE(open_points); i++) {
		const char *p = open_points[i].switches;

		snprintf(all + strlen(all), sizeof(all) - strlen(all), " %s", p);
		for (int n; sscanf(p, "%63s%n", word, &n) == 1; p += n) {
			size_t k = 0;

			while ((name = sim_settings_name(k, &values)) && strcmp(name, word) != 0)
				k++;
			assert_non_null(name);
		}
	}
	for (size_t k = 0; (name = sim_settings_name(k, &values)); k++)
		if (!strstr(all, name))
			fail_msg("%s is for no open point", name);
	snprintf(path, sizeof(path), "%s/domain/INGE.md", shared ? shared : "");
	f = fopen(path, "r");
	if (!f) {
		print_message("# the description of InGe is not at hand (XAUSL_SHARED)\n");
		skip();
	}
	while (fgets(line, sizeof(line), f)) {
		bool known = !strstr(line, "[?]");

		for (size_t i = 0; i < ARRAY_SIZE(open_points); i++)
			if (strstr(line, open_points[i].words) && strstr(line, "[?]"))
				known = seen[i] = true;
		if (!known)
			fail_msg("no switch for: %s", line);
	}
	fclose(f);
	for (size_t i = 0; i < ARRAY_SIZE(open_points); i++)
		if (!seen[i])
			fail_msg("not marked: %s", open_points[i].words);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_switch), cmocka_unit_test(test_unknown),
					    cmocka_unit_test(test_documented),
					    cmocka_unit_test(test_every_open_point_is_a_switch) };

	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
