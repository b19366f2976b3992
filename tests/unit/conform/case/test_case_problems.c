/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every problem a case file can have: one place of a good file is changed, and exactly that is reported, with
 * its line and in words that say what is expected.
 */
#include "t_case.h"

#define Q1    "as: q1, person: p, fields: {residence_title: AERL-STAT-041}"
#define MATCH "reason.name: {is: present}"

static const struct t_change form[] = {
    {"format: 2", "format: 1", NULL, "format: 2 is expected"},
    {"format: 2", "format: '2'", NULL, "format: 2 is expected"},
    {"format: 2\n", "", "cases:", "the key \"format\" is missing"},
    {"format: 2", "format: 2\nversion: 3", "version", "unknown key \"version\"; expected: format, cases"},
    {"format: 2", "---\nformat: 2\n---\nformat: 2", "---\nformat: 2\ncases", "one document"},
    {"source: derived", "source: &x derived", "source:", "anchors and tags"},
    {"source: derived", "source: !!str derived", "source:", "anchors and tags"},
    {"source: derived", "source: *x", "source:", "aliases are not allowed"},
    {"gateway: {overdue_after", "<<: {a: b}\n    gateway: {overdue_after", "<<", "merge keys", 1},
    {"  title: Every", "  id: BASE-9\n  title: Every", "id: BASE-9", "key \"id\" twice, first in line 5"},
    {"  title: Every", "  [a, b]: c\n  title: Every", NULL, "a key must be text"},
    {"  title: Every", " title: Every", "title: Every", "no valid YAML"},
    {"title: Every kind", "title: \"Every\\0 kind\" #", "title:", "NUL", 1},
    {"  open: nothing", "  open: [nothing]", "open: [", "open: text is expected, not a list"},
    {"  open: nothing", "  open: true", "open: true", "in quotes it is text"},
    {"  open: nothing", "  open: ''", "open: ''", "open: the text is empty"},
    {"title: Every kind of step once\n", "title: |\n    Every kind\n", "title: |",
     "behind | or > are not allowed", 1},
    {"  open: nothing", "  open: >-\n    no\n    thing", "open: >", "behind | or > are not allowed"},
};

static const struct t_change head[] = {
    {"- id: BASE-1", "- name: BASE-1", NULL, "the key \"id\" is missing"},
    {"id: BASE-2", "id: BASE-1", "id: BASE-1\n  source: seed", "in cases.yaml already"},
    {"  title: Every kind of step once\n", "", "id: BASE-1", "the key \"title\" is missing"},
    {"title: Every", "title: \"a\\nb\" #", "title: \"", "one line without control characters is expected"},
    {"  source: derived", "  source: book", NULL,
     "source: \"book\" is unknown; expected: official, official-title, seed, derived"},
    {"release: '26.11'", "release: '27.05'", NULL,
     "release: \"27.05\" is unknown; expected: 26.11, any, test-next"},
    {"  assumes: 'test-next: in force from 2027-05-01'\n", "", "id: BASE-4", "\"assumes\" is needed"},
    {"{id: FLOW-070009,", "{id: FLOW-070002,", NULL, "\"FLOW-070002\" is no requirement"},
    {"{id: FLOW-070009,", "{id: RULE-9,", NULL, "\"RULE-9\" is no requirement"},
    {"{id: FLOW-070009, what: the obligation is decided}", "{id: FLOW-070009}", NULL,
     "the key \"what\" is missing"},
    {"  open: nothing", "  opn: nothing", NULL, "a case: unknown key \"opn\""},
    {"clock: '2026-11-16T09:00:00'", "clock: '2026-11-31T09:00:00'", NULL,
     "is no time; expected: a local time"},
    {"clock: '2026-11-16T09:00:00'", "clock: '2027-03-28T02:30:00'", NULL, "that exists", 2},
    {"  clock: '2026-11-16T09:00:00'\n", "", "id: BASE-1", "the key \"clock\" is missing"},
    {"  not_runnable: only", "  steps: [{advance_clock: {by: PT1H}}]\n  not_runnable: only", "steps: [{adv",
     "contradiction: the case is not_runnable"},
    {"  not_runnable: only the title is public\n", "", "id: BASE-3", "the key \"clock\" is missing", 2},
    {"{v: two, code", "{v: one, code", "{v: one, code: '17099'", "BASE-2/one\" is in"},
    {"{v: two, code", "{code", "{code: '17099'", "the key \"v\" is missing"},
    {"  - {v: one, code: '17053', take: true}\n  - {v: two, code: '17099', take: false}\n", "",
     "variants:", "variants: a list is expected", 0},
    {"take: false}", "took: false}", "$(take)", "this variant has no value \"take\"", 1},
    {"take: false}", "take: 'false'}", "take: 'false'",
     "\"false\" is no value of this field; expected: true or false", 1},
    {"{v: two, code: '17099'", "{v: two, code: '1'", NULL, "a code of the list BAMFABH-Ablehnungsgrund", 1},
    {"title: Load", "title: $(load)", NULL, "and there is none of that name"},
    {"id: BASE-1", "id: \"a\\nb\"", NULL, "id: one line without control characters"},
    {"{v: two, code", "{v: \"\\e[31m\", code", NULL, "v: one line without control characters"},
};

static const struct t_change before[] = {
    {"overdue_after: P2D", "overdue_after: 2 days", NULL, "is no duration; expected: ISO 8601"},
    {"overdue_after: P2D", "overdue_after: P", NULL, "is no duration"},
    {"overdue_after: P2D", "overdue_after: P300Y", NULL, "more than 30 years"},
    {"reminder_after: 3", "reminder_after: three", NULL, "whole number from 1 to"},
    {"reminder_after: 3", "reminder_after: '3'", NULL, "without quotes"},
    {"reminder_after: 3", "remind_after: 3", NULL, "unknown key \"remind_after\""},
    {"name_match: folded", "name_match: fuzzy", NULL, "expected: exact, folded"},
    {"keep_kennziffer: true", "keep_kennziffer: maybe", NULL, "true or false is expected"},
    {"keep_kennziffer: true", "colour: blue", NULL, "settings.partner: unknown key \"colour\""},
    {"    A: {key: 'azr:011200'", "    A: {key: 'azr:999999'", NULL, "no key of an office"},
    {"    B: {key: 'azr:001800'", "    B: {key: 'azr:011200'", NULL, "the key of office A already"},
    {"certificate: expired", "certificate: lost", NULL, "expected: ok, expired, revoked, missing"},
    {"    B: {key", "    1B: {key", NULL, "is no label; expected: a letter"},
    {"      surname: Probelius", "      surename: Probelius", NULL, "no field \"surename\"; did you mean"},
    {"birth_date: '1990-02'", "birth_date: '1990-13'", NULL, "is no value of this field; expected: a date"},
    {"      sex: w", "      sex: f", NULL, "a code of the list XInneres-Geschlecht"},
    {"birth_place: null", "birth_place: true", NULL, "text, or null"},
    {"nationalities: ['327']\n    n", "nationalities: '327'\n    n", NULL, "expected: a list"},
    {"nationalities: ['327', '475']", "nationalities: ['327', 'XYZ']", NULL,
     "a code of the list Staatsangehoerigkeit"},
    {"address: {street: Probeweg, house_number: '1'", "address: {road: Probeweg, house_number: '1'", NULL,
     "no field"},
    {"azr_number: '260101999903'", "azr_number: '260101999901'",
     "azr_number: '260101999901'\n      birth_place: Ulm", "the AZR number occurs in case BASE-1, too", -1},
    {"      surname: Variantus\n      given_names: Tom\n      birth_date: '1980-03-01'",
     "      surname: Probelius\n      sex: w\n      birth_date: '1990-02'", "surname: Probelius\n      sex",
     "of this surname, birth date and sex occurs in case BASE-1"},
    {"  - person: p\n    stored", "  - person: q\n    stored", NULL, "nothing is called \"q\" up to here"},
    {"stored: {azr_number", "stored: {azr", NULL, "no field \"azr\""},
    {"flags: [information_block]", "flags: [blond]", NULL, "flags: \"blond\" is unknown"},
    {"      kind: entitlement", "      kind: obligation", NULL, "art 1a is the one of an entitlement"},
    {"      kind: entitlement", "      kind: right", NULL, "one of entitlement, obligation, admission"},
    {"      art: '1a'", "      art: '9'", NULL, "a code of the list ABHBAMF-TeilnahmeberechtigungArt"},
    {"      kennziffer: '9999990001'\n", "", "as: r1", "the key \"kennziffer\" is missing"},
    {"      valid_from: '2026-10-01'", "      valid_from: '2026-10-32'", NULL, "a date such as"},
    {"      valid_from: '2026-10-01'", "      valid_from: null", NULL, "a date such as"},
    {"      valid_until: '2027-09-30'", "      valid_until: '2025-09-30'", NULL, "is before valid_from"},
    {"      attended: none", "      attended: often", NULL, "one of none, partial, complete"},
    {"issuer: {type: '1', name", "issuer: {name", NULL, "issuer: the key \"type\" is missing"},
    {"taken_over_by: ['azr:001800']\n", "taken_over_by: 'azr:001800'\n", NULL, "expected: a list"},
    {"{event: registration,", "{event: party,", NULL,
     "event: \"party\" is unknown; expected: registration, planning"},
    {"placement_test: waived", "placement_test: never", NULL, "neither a date nor \"waived\""},
    {"course_type: '1', section", "course_type: '77', section", NULL, "no code of the list BAMFABH-Kursart"},
    {"placement_test: waived", "level: B1", NULL, "unknown key \"level\"", 1},
    {"overdue_after: P2D", "overdue_after: PT0S", NULL, "overdue_after: PT0S is no time at all"},
    {"      surname: Probelius", "      address.town: Ulm\n      surname: Probelius", NULL,
     "address.town: names with dots are not for a person; expected: a mapping within a mapping"},
};

static const struct t_change steps[] = {
    {"  - office_ack: {office: A, mode: withhold}", "  - wait: {for: PT1H}", NULL,
     "\"wait\" is no step; expected: send"},
    {"  - office_ack: {office: A, mode: withhold}", "  - {office_ack: {office: A, mode: give}, check: {}}",
     NULL, "a mapping with one key"},
    {"mode: withhold", "mode: keep", NULL, "expected: withhold, give"},
    {"{office: A, mode: withhold}", "{office: C, mode: withhold}", NULL,
     "nothing is called \"C\" up to here; expected: the label of an office"},
    {"{office: A, mode: withhold}", "{office: p, mode: withhold}", NULL,
     "\"p\" is a person; expected: the label of an office"},
    {"{message: '070009', office: A, as", "{message: '070002', office: A, as", NULL,
     "there is no message \"070002\"", 3},
    {"{message: '070009', office: A, as", "{message: '070003', office: A, as", NULL,
     "070003 is sent by the partner", 3},
    {"as: q1,", "as: A,", NULL, "\"A\" is an office already", 12},
    {"as: q3", "as: q1", "as: q1\n      person: n", "\"q1\" is a send already, in line", 4},
    {Q1, "as: q1, person: x, fields: {residence_title: AERL-STAT-041}", NULL, "nothing is called \"x\""},
    {Q1, "as: q1, person: p, fields: {residence_title: AERL-STAT-030}", NULL, "that an office may use"},
    {Q1, "as: q1, person: p, fields: {residence_title: XX}", NULL, "a code of the list Int.Aufenthaltstitel"},
    {Q1, "as: q1, person: p, fields: {residence_titel: AERL-STAT-041}", NULL,
     "070009 has no field \"residence_titel\"; did you mean \"residence_title\""},
    {Q1, "as: q1, person: p, fields: {replace: true}", NULL, "070009 has no field \"replace\""},
    {Q1, "as: q1, person: p, fields: {information_block: yes}", NULL,
     "true expected; for no, the field is left out"},
    {Q1, "as: q1, person: p, fields: {kennziffer: {same_as: k9}}", NULL,
     "nothing is called \"k9\" up to here; expected: the label of a captured value"},
    {Q1, "as: q1, person: p, fields: {kennziffer: 12345, person.address.postcode: '8033100'}", NULL,
     "a text of the length and form the field has"},
    {"fields: {replace: true}", "fields: {replace: 'true'}", NULL, "expected: true or false"},
    {"omit: [person.sex]", "omit: [person.six]", NULL, "omit: 070001 has no field \"person.six\""},
    {"reply_to: a1,", "reply_to: q1,", NULL, "\"q1\" is a send; expected: the label of an expect"},
    {"message: '070007', office: A, as: q2, reply_to: a1",
     "message: '070022', office: A, as: q2, reply_to: a1", NULL, "only 070007 answers a question", 1},
    {"      message: '070006'\n      office: A\n      re: q1",
     "      message: '070005'\n      office: A\n      re: q1", "reply_to: a1", "does not expect 070006", 2},
    {"as: q2, reply_to", "as: q2, same_id_as: a1, reply_to", NULL,
     "\"a1\" is an expect; expected: the label of a send"},
    {"message: '070006'\n      office: A", "message: '070006'\n      outcome: question\n      office: A",
     "message: '070006'\n      outcome", "exactly one of \"message\", \"outcome\" and \"one_of\"", 99},
    {"- expect:\n      one_of:", "- expect:\n      message: '070003'\n      one_of:",
     "message: '070003'\n      one_of", "exactly one of", 99},
    {"{outcome: accepted-by-gateway, office: A, re: q1}", "{outcome: accepted-by-gateway, re: q1}", NULL,
     "at the office the key \"office\" is needed"},
    {"{outcome: accepted-by-gateway, office: A, re: q1}", "{outcome: delighted, office: A, re: q1}", NULL,
     "\"delighted\" is no outcome at an office"},
    {"{outcome: accepted-by-gateway, office: A, re: q1}", "{outcome: held, at: operator, re: q1}", NULL,
     "\"held\" is no outcome at the operator"},
    {"{outcome: accepted-by-gateway, office: A, re: q1}", "{outcome: held, at: partner, re: q1}", NULL,
     "the partner sees messages only"},
    {"{outcome: accepted-by-gateway, office: A, re: q1}", "{message: '070003', at: operator}", NULL,
     "the operator sees outcomes only"},
    {"{outcome: accepted-by-gateway, office: A, re: q1}", "{message: '070009', office: A, re: q1}", NULL,
     "the partner never sends 070009 to an office"},
    {"within: PT1H", "within: 1h", NULL, "within: \"1h\" is no duration"},
    {"reason.code: '17121'", "reason.code: '99999'", NULL, "a code of the list BAMFABH-Nachfragegrund"},
    {"reason.code: '17121'", "reason.cod: '17121'", NULL,
     "070006 has no field \"reason.cod\"; did you mean \"reason.code\""},
    {"reason.code: '17121'", "can_take_over: true", NULL, "070006 has no field \"can_take_over\""},
    {"record.unlimited: false", "record.unlimited: 'no'", NULL, "expected: true or false"},
    {"record.unlimited: false", "record.unlimited: {regex: 'f.*'}", NULL,
     "only a text can be compared with a regex"},
    {MATCH, "reason.name: {is: there}", NULL, "expected: present, absent, any"},
    {MATCH, "reason.name: {like: x}", NULL, "\"like\" is no matcher; expected: a value, or one of is, regex"},
    {MATCH, "reason.name: {is: present, regex: x}", NULL, "exactly one key, not 2"},
    {MATCH, "reason.name: {}", NULL, "neither a value nor a matcher"},
    {MATCH, "reason.name: {count: 1}", NULL, "\"count\" is for lists"},
    {MATCH, "reason.name: {one_of: []}", NULL, "one_of: the list is empty"},
    {MATCH, "reason: {regex: x}", NULL, "\"regex\" is for values, and this is a group of fields"},
    {"{regex: '2[0-9]{3}-.*'}", "{regex: '2[0-9'}", NULL, "regex: a [ without ]"},
    {"{regex: '2[0-9]{3}-.*'}", "{regex: '(((a{99}){99}){99})'}", NULL, "repeated too often"},
    {"{regex: '2[0-9]{3}-.*'}", "{regex: '(a'}", NULL, "no extended regular expression"},
    {"{person.nationalities: {count: 1}}", "{person.nationalities: {count: one}}", NULL,
     "whole number from 0"},
    {"{person.nationalities: {count: 1}}", "{'person.nationalities[0]': '327'}", NULL,
     "no field \"person.nationalities[0]\""},
    {"contains: [{code: '17580'}]", "contains: [{colour: red}]", NULL, "no field \"notes[].colour\""},
    {"contains: [{code: '17580'}]", "contains: []", NULL, "contains: the list is empty"},
    {"capture: {k1: record.kennziffer}", "capture: {k1: record.number}", NULL,
     "capture: 070006 has no value \"record.number\"", 4},
    {"capture: {k1: record.kennziffer}", "capture: {k1: record.kennziffer, k1x: record}", NULL,
     "has no value \"record\""},
    {"{message: '070005', fields: {notes: {contains: [{code: '17580'}]}}}", "{fields: {}}", NULL,
     "exactly one of \"message\" and \"outcome\""},
    {"re: q1, message: '070004', for: PT2H", "re: q1, message: '070004'", NULL,
     "expect_none: the key \"for\" is missing"},
    {"re: q1, message: '070004', for: PT2H", "re: q1, message: '070004', outcome: held, for: PT2H", NULL,
     "at most one of"},
    {"{re: q1, decision: same_person, person: p}", "{re: q1, decision: delete}", NULL,
     "expected: same_person, namesake, ignore"},
    {"{re: q1, decision: same_person, person: p}", "{decision: same_person}", NULL,
     "decision same_person needs \"re\""},
    {"{re: q1, decision: same_person, person: p}", "{re: q1, decision: ignore, person: p}", NULL,
     "for decision same_person only"},
    {"{decision: withdraw_record, record: r1}", "{decision: withdraw_record, re: q1}", NULL,
     "needs \"record\"", 1},
    {"{record: r1, event", "{record: r9, event", NULL, "nothing is called \"r9\""},
    {"{record: {same_as: k1}, event", "{record: {same_as: a1}, event", NULL,
     "expected: the label of a captured value"},
    {"absent_excused: 2,", "", "absent_unexcused: 0", "the key \"absent_excused\" is missing"},
    {"absent_excused: 2", "absent_excused: two", NULL, "absent_excused: a whole number"},
    {"{by: PT1H}", "{by: PT1H, to: '2026-11-17T09:00:00'}", NULL, "exactly one of \"by\" and \"to\""},
    {"{to: '2026-11-17T09:00:00'}", "{to: '2026-11-16T09:30:00'}", NULL, "never goes back"},
    {"what: gateway, how: kill", "what: bus, how: kill", NULL,
     "expected: gateway, intermediary, partner, office"},
    {"at: store-requested", "at: lunch", NULL, "expected: accepted, store-requested"},
    {"kind: delay,", "kind: fire,", NULL, "kind: \"fire\" is unknown; expected: duplicate_answer"},
    {"kind: delay, message: '070006', by: PT5M", "kind: delay, message: '070006'", NULL,
     "fault: the key \"by\" is missing"},
    {"kind: delay, message: '070006', by: PT5M", "kind: drop_reply", NULL,
     "the partner has no fault drop_reply"},
    {"kind: delay, message: '070006', by: PT5M", "kind: bad_signature, code: V000", NULL,
     "fault: unknown key \"code\""},
    {"kind: delay, message: '070006', by: PT5M", "kind: reject, code: V999", NULL,
     "no code of the list Fehlercodes-in-XInneres"},
    {"kind: delay, message: '070006', by: PT5M", "kind: old_release, release: '99.11'", NULL,
     "is no release of the calendar"},
    {"until: '2026-11-16T13:00:00'", "until: '2026-11-16T11:00:00'", NULL, "over before it begins"},
    {"until: '2026-11-16T13:00:00'", "count: 1", NULL, "exactly one of \"lasts\" and \"until\""},
    {"      - {message: '070005', fields: {reason.code: $(code)",
     "      - {message: '070001', fields: {reason.code: $(code)", NULL,
     "the partner never sends 070001 to an office"},
    {"requests: 20", "requests: 0", NULL, "whole number from 1 to 20000"},
    {"over: PT1H, fields", "fields", "bulk:", "the key \"over\" is missing"},
    {"expect: '070003', within", "expect: '070009', within", NULL, "the partner never sends 070009"},
    {"within: PT1H", "within: PT0S", NULL, "within: PT0S is no time at all"},
    {"for: PT2H", "for: P0D", NULL, "for: P0D is no time at all"},
    {"{by: PT1H}", "{by: PT0S}", NULL, "by: PT0S is no time at all"},
    {"by: PT5M}", "by: PT0M}", NULL, "by: PT0M is no time at all"},
    {"until: '2026-11-16T13:00:00'", "lasts: PT0S", NULL, "lasts: PT0S is no time at all"},
    {"from: '2026-11-16T12:00:00', until: '2026-11-16T13:00:00'", "from: '2026-11-16T07:00:00', lasts: PT1H", NULL,
     "the outage is over before this step"},
    {"kind: delay, message: '070006'", "kind: delay, message: '070009'", NULL,
     "contradiction: delay is about what the partner sends, and 070009 is none"},
    {"kind: delay, message: '070006', by: PT5M", "kind: reject, message: '070003', code: V000", NULL,
     "contradiction: reject is about requests, and 070003 is none"},
    {MATCH, "reason.name: {not: {is: any}}", NULL, "contradiction: nothing can be other than anything"},
    {"within: PT2H}", "within: PT0S}", NULL, "within: PT0S is no time at all"},
};

#define ALL(list) t_case_changes(list, sizeof(list) / sizeof((list)[0]))

static void of_the_form(void **state) { ALL(form); }

static void of_the_head_and_variants(void **state) { ALL(head); }

static void of_settings_offices_persons_and_inge(void **state) { ALL(before); }

static void of_steps(void **state) { ALL(steps); }

/* All problems are told in one go, in the order of lines; good cases beside them stay. */
static void all_at_once(void **state)
{
	char *base = t_case_base();
	char *one = t_case_with(base, "sex: w", "sex: f");
	char *two = t_case_with(one, "within: PT1H", "within: 1h");
	char *three = t_case_with(two, "requests: 20", "requests: 0");
	struct cf_book *b = NULL;

	assert_int_equal(t_case_load(&b, three, strlen(three)), OSCI_E_CONFIG);
	assert_int_equal(b->n_problems, 3);
	assert_true(b->problems[0].place.line < b->problems[1].place.line);
	assert_true(b->problems[1].place.line < b->problems[2].place.line);
	assert_string_equal(b->problems[0].case_id, "BASE-1");
	assert_string_equal(b->problems[2].case_id, "BASE-4");
	assert_int_equal(b->n_cases, 3); /* two variants, and the one that cannot run */
	cf_book_freep(&b);
	free(three);
	free(two);
	free(one);
	free(base);
}

/* What is wrong on purpose is not held against the file. */
static void named_wrong_is_exempt(void **state)
{
	static const char *const sends[][2] = {
	    {Q1, "as: q1, person: p, fields: {residence_title: XX}, wrong: [residence_title]"},
	    {Q1, "as: q1, person: p, fields: {no.such.field: [1, {a: b}]}, wrong: [no.such.field]"},
	    {"omit: [person.sex]", "omit: [person.six]"},
	    {"extra: {person.shoe_size: '43'}", "extra: {a: {b: [c, null, true]}}"},
	};
	char *base = t_case_base();

	for (size_t i = 0; i < sizeof(sends) / sizeof(sends[0]); i++) {
		char *text = t_case_with(base, sends[i][0], sends[i][1]), *full;
		struct cf_book *b = NULL;

		full = i == 2 ? t_case_with(text, "wrong: [residence_title]",
					    "wrong: [residence_title, person.six]")
			      : strdup(text);
		if (t_case_load(&b, full, strlen(full)))
			cf_book_print_problems(b, stderr);
		assert_int_equal(b->n_problems, 0);
		cf_book_freep(&b);
		free(full);
		free(text);
	}
	free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_the_form),
	    cmocka_unit_test(of_the_head_and_variants),
	    cmocka_unit_test(of_settings_offices_persons_and_inge),
	    cmocka_unit_test(of_steps),
	    cmocka_unit_test(all_at_once),
	    cmocka_unit_test(named_wrong_is_exempt),
	};

	return cmocka_run_group_tests_name("problems of case files", tests, t_case_open, t_case_close);
}
