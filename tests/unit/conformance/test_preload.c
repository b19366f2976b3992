/* SPDX-License-Identifier: Apache-2.0 */
/* test_preload - the file of records: complete, idempotent, refused with its line */
#include "preload.h"
#include "t_releases.h"
#include "t_store.h"

static struct sim_store st;

static int setup(void **state)
{
	if (t_make_dir(state))
		return -1;
	t_open(&st);
	return 0;
}

static int teardown(void **state)
{
	sim_store_close(&st);
	return t_remove_dir(state);
}

#define PERSON                                                                                                  \
	"  person:\n    surname: Beispiel\n    given_names: null\n    birth_date: '1986-04'\n    sex: w\n"         \
	"    address: {street: Probeweg, postcode: '99999', town: Prüfstadt}\n    azr_number: '260101999999'\n"  \
	"    birth_place: null\n    nationalities: ['327']\n"
#define RECORD_LINES                                                                                            \
	"  records:\n  - as: r1\n    kind: obligation\n    art: '5'\n"                                             \
	"    issuer: {type: '2', name: Jobcenter Prüfstadt}\n    kennziffer: '9900010189'\n"                     \
	"    valid_from: '2026-03-16'\n    valid_until: null\n    registered: '2026-04-01'\n    attended: partial\n"
#define EVENT_LINES                                                                                             \
	"    events:\n    - {event: registration, date: '2026-04-01', placement_test: waived}\n"                   \
	"    - {event: section_end, date: '2026-05-01', absent_excused: 2, absent_unexcused: 0}\n"

/* The record with other lines, from the first of them on; and one line of it otherwise. */
#define REC(lines)                                                                                              \
	"  records:\n  - as: r1\n    kind: obligation\n    art: '5'\n    " lines "\n"                                \
	"    kennziffer: '9900010189'\n    valid_from: '2026-03-16'\n    valid_until: null\n    registered: null\n"     \
	"    attended: none\n"
#define VALUES(kennziffer, until, attended)                                                                     \
	"  records:\n  - as: r1\n    kind: obligation\n    art: '5'\n    issuer: {type: '2', name: Amt}\n"             \
	"    kennziffer: " kennziffer "\n    valid_from: '2026-03-16'\n    valid_until: " until "\n"                  \
	"    registered: null\n    attended: " attended "\n"
/* An event stands in line 23. */
#define EVENT(text, problem) { "inge:\n-\n" PERSON RECORD_LINES "    events:\n    - " text "\n", 23, problem }

static size_t count(void)
{
	json_t *list = NULL;
	size_t n;

	assert_int_equal(sim_store_dump(&st, &dump_settings, TODAY, &list, NULL), 0);
	n = json_array_size(list);
	json_decref(list);
	return n;
}

static void test_load(void **state)
{
	struct osci_err err = { 0 };
	struct sim_mem mem = { 0 };
	struct sim_person *p;
	size_t added = 0;
	int64_t id;

	t_write("file", "inge:\n- flags: [deceased, german]\n"
			PERSON RECORD_LINES EVENT_LINES "    taken_over_by: ['azr:001800']\n");
	if (sim_preload(&st, x, t_path("file"), &added, &err))
		fail_msg("%s: %s", err.where, err.what);
	assert_int_equal(added, 1);
	assert_int_equal(sim_store_record_by_kennziffer(&st, "9900010189", &id, NULL), 0);
	assert_int_equal(sim_store_person(&st, &mem, 1, &p, NULL), 0);
	assert_null(p->given_names);
	assert_string_equal(p->birth_date, "1986-04");
	assert_int_equal(p->flags, SIM_FLAG_DECEASED | SIM_FLAG_GERMAN);
	assert_int_equal(p->records[0].n_events, 2);
	assert_null(p->records[0].valid_until);
	assert_true(sim_record_taken_over(&p->records[0], "azr:001800"));

	/* A restart with the same file, also after changes to the record, adds nothing. */
	assert_int_equal(sim_store_end_record(&st, id, SIM_ENDED_REPLACED, TODAY, NULL), 0);
	sim_store_close(&st);
	t_open(&st);
	assert_int_equal(sim_preload(&st, x, t_path("file"), &added, &err), 0);
	assert_int_equal(added, 0);
	assert_int_equal(count(), 1);
	sim_mem_free(&mem);
}

static void test_labels_and_json(void **state)
{
	struct osci_err err = { 0 };
	struct sim_mem mem = { 0 };
	struct sim_person *p;
	int64_t id;

	t_write("file", "{\"persons\":{\"p\":{\"surname\":\"A\",\"given_names\":\"B\",\"birth_date\":\"1990-01-01\","
			"\"azr_number\":\"260101999999\"}},\"inge\":[{\"person\":\"p\",\"stored\":{\"azr_number\":null,"
			"\"surname\":\"Früher\"}}]}");
	if (sim_preload(&st, x, t_path("file"), NULL, &err))
		fail_msg("%s: %s", err.where, err.what);
	assert_int_equal(sim_store_person_by_label(&st, "p", &id, NULL), 0);
	assert_int_equal(sim_store_person(&st, &mem, id, &p, NULL), 0);
	assert_null(p->azr_number);
	assert_string_equal(p->surname, "Früher");
	sim_mem_free(&mem);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} files[] = {
		{ "", 1, "empty" },
		{ "inge: []\nother: 1\n", 2, "unknown key" },
		{ "persons: {}\n", 1, "inge" },
		{ "inge:\n- person: nobody\n", 2, "no such person" },
		{ "inge:\n- flags: [tall]\n" PERSON, 2, "unknown flag" },
		{ "inge:\n-\n" PERSON "  size: 3\n", 12, "unknown key" },
		{ "inge:\n-\n" PERSON RECORD_LINES "    colour: red\n", 22, "unknown key" },
		{ "inge:\n-\n" PERSON RECORD_LINES "    attended: none\n", 22, "twice, first in line" },
		{ "inge:\n-\n" PERSON RECORD_LINES "    orientation_course_only: 'yes'\n", 22, "true or false" },
		{ "inge:\n-\n" PERSON RECORD_LINES "    events:\n    - {event: abort}\n", 23, "date" },
		{ "inge:\n-\n" PERSON RECORD_LINES
		  "    events:\n    - {event: abort, date: '2026-01-01', level: x}\n", 23, "no such key" },
		{ "inge:\n- person: {surname: A, given_names: B}\n", 2, "birth_date is missing" },
		{ "inge:\n- person: {surname: A, given_names: B, birth_date: '1990-02-30'}\n", 2, "birth_date" },
		{ "inge:\n- person: {surname: A, given_names: B, birth_date: '1990', sex: f}\n", 2, "sex" },
		{ "inge:\n- person: {surname: '', given_names: B, birth_date: '1990'}\n", 2, "empty" },
		{ "inge: [&a {person: x}, *a]\n", 1, "anchors" },
		{ "inge: !!seq []\n", 1, "anchors and tags" },
		{ "inge: []\n---\ninge: []\n", 3, "one document" },
		{ "inge: [\n", 2, "no valid YAML" },
		{ "inge: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", 1, "too deep" },
		{ "inge:\n-\n" PERSON "  records:\n  - {kind: obligation, art: '1a', issuer: {type: '1', name: A}, kennziffer: K,"
		  " valid_from: '2026-01-01', valid_until: null, registered: null, attended: none}\n", 13, "does not fit" },
		{ "inge:\n-\n" PERSON "  records:\n  - {kind: obligation, art: '9', issuer: {type: '1', name: A}, kennziffer: K,"
		  " valid_from: '2026-01-01', valid_until: null, registered: null, attended: none}\n", 13, "unknown code" },
		{ "inge:\n-\n" PERSON "  records:\n  - {kind: obligation, art: '2', issuer: {type: '7', name: A}, kennziffer: K,"
		  " valid_from: '2026-01-01', valid_until: null, registered: null, attended: none}\n", 13, "type" },
		{ "inge:\n-\n" PERSON "  records:\n  - {kind: obligation, art: '2', issuer: {type: '1', name: A}, kennziffer: K,"
		  " valid_from: '2026-01-01', registered: null, attended: none}\n", 13, "valid_until is missing" },
		{ "inge:\n-\n" PERSON RECORD_LINES "-\n" PERSON "    label: zwei\n" RECORD_LINES, 38, "in use" },
		/* what could not be told to an office: the answer would never be written */
		{ "inge:\n-\n" PERSON REC("issuer: {type: '2', name: \"Jobcenter \\u2013 Nord\"}"),
		  16, "name: a text of characters" },
		{ "inge:\n-\n" PERSON REC("issuer: {type: '2', name: 'Jobcenter \xe2\x80\x93 Nord'}"), 16, "DIN 91379" },
		{ "inge:\n-\n" PERSON REC("issuer: {type: '2', name: Amt, key: Ulm}"), 16, "key:" },
		{ "inge:\n-\n" PERSON REC("issuer: {type: '2', name: Amt, kurz: Ulm}"), 16, "unknown key" },
		{ "inge:\n-\n" PERSON REC("issuer: Ulm"), 16, "mapping expected" },
		{ "inge:\n-\n" PERSON REC("issuer: {type: '2', name: Amt}\n    file_reference: \"a\\u201eb\""),
		  17, "file_reference" },
		{ "inge:\n-\n" PERSON RECORD_LINES "    taken_over_by: [Ulm]\n", 22, "azr: and six digits" },
		{ "inge:\n-\n" PERSON RECORD_LINES "    taken_over_by: 'azr:001800'\n", 22, "list" },
		EVENT("{event: registration, date: '2026-04-01', placement_test: waived, course_type: '77'}",
		  "course_type: unknown code"),
		EVENT("{event: registration, date: '2026-04-01', placement_test: waived, section: X}", "section: unknown code"),
		EVENT("{event: registration, date: '2026-04-01', placement_test: never}", "or waived expected"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: \"B1 \\u2013\"}", "level: a text of characters"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: B1, provider: Schule}", "provider: mapping"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: B1, provider: {key: K}}", "provider.name: is missing"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: B1, provider: {key: K, name: N, address: Weg}}",
		      "provider.address: mapping"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: B1, provider: {key: K, name: N, address: {street: W}}}",
		      "provider.address.postcode: is missing"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: B1, provider: {key: K, name: \"N \\u2013\","
		      " address: {street: W, postcode: '1', town: T}}}", "provider.name: a text of characters"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: B1, provider: {key: K, name: N, colour: red,"
		      " address: {street: W, postcode: '1', town: T}}}", "provider.colour: no such field"),
		EVENT("{event: dtz_result, date: '2026-04-01', level: B1, provider: {key: K, name: N, address: {street: W,"
		      " postcode: '123456', town: T}}}", "provider.address.postcode: a text of the length"),
		EVENT("{event: section_end, date: '2026-04-01', absent_excused: 1, absent_unexcused: many}", "number from 0"),
		EVENT("{event: section_start, date: '2026-04-01', section: '1', expected_end: '2026-06-01'}",
		  "no section comes before"),
		EVENT("{event: party, date: '2026-04-01'}", "event: unknown kind"),
		EVENT("{date: '2026-04-01'}", "event: is missing"),
		EVENT("{event: lid_result, date: '2026-04-01', points: 20}", "passed: is missing"),
		EVENT("{event: lid_result, date: '2026-04-01', points: '20', passed: true}", "points: number"),
		EVENT("{event: completion, date: '2026-04-01', successful: maybe}", "successful: true or false"),
		{ "inge:\n-\n" PERSON RECORD_LINES "    events: [abort]\n", 22, "an event is a mapping" },
		/* persons */
		{ "inge:\n- person: {surname: \"A\\u2013B\", given_names: C, birth_date: '1990'}\n", 2, "surname: " },
		{ "inge:\n- person: {surname: A, given_names: C, birth_date: '1990', azr_number: '12'}\n", 2, "azr_number: " },
		{ "inge:\n- person: {surname: A, given_names: C, birth_date: '1990', nationalities: ['777']}\n",
		  2, "nationalities[]: unknown" },
		{ "inge:\n- person: {surname: A, given_names: C, birth_date: '1990', nationalities: '327'}\n", 2, "list expected" },
		{ "inge:\n- person: {surname: A, given_names: C, birth_date: '1990', address: {road: x}}\n",
		  2, "address.road: no such field" },
		{ "inge:\n- person: {surname: A, given_names: C, birth_date: '1990', address: Weg}\n", 2, "address: " },
		{ "inge:\n- person: [A, B]\n", 2, "label or mapping" },
		{ "persons:\n  p: Ada\ninge:\n- person: p\n", 2, "a person is a mapping" },
		{ "persons:\n  p:\n    surname: A\n    given_names: C\n    birth_date: '1990'\n    sex: f\ninge:\n- person: p\n",
		  6, "sex: m, w" },
		{ "persons: {p: {surname: A, given_names: C, birth_date: '1990'}}\ninge:\n- person: p\n  stored:\n    surname: 3\n"
		  "    sex: f\n", 6, "sex: m, w" },
		{ "persons: {p: {surname: A, given_names: C, birth_date: '1990'}}\ninge:\n- person: p\n  stored: x\n",
		  4, "mapping" },
		{ "persons: {p: {surname: A, given_names: C, birth_date: '1990'}}\ninge:\n- person: p\n"
		  "- person: p\n  flags: [german]\n",
		  4, "in use" },
		{ "persons: [p]\ninge: []\n", 1, "persons: mapping" },
		{ "inge: {}\n", 1, "inge: list" },
		{ "persons: {}\ninge: [x]\n", 2, "an entry is a mapping" },
		{ "- a\n", 1, "file: mapping" },
		{ "inge:\n- flags: german\n" PERSON, 2, "flags: list" },
		{ "inge:\n-\n" PERSON "  records: x\n", 12, "records: list" },
		{ "inge:\n-\n" PERSON "  records: [x]\n", 12, "a record is a mapping" },
		{ "inge:\n-\n" PERSON VALUES("K", "'2026-03-15'", "none"), 19, "before valid_from" },
		{ "inge:\n-\n" PERSON VALUES("K", "tomorrow", "none"), 19, "date YYYY-MM-DD" },
		{ "inge:\n-\n" PERSON VALUES("K", "null", "all"), 21, "none, partial or complete" },
		{ "inge:\n-\n" PERSON VALUES("\"99\\u2013\"", "null", "none"), 17, "kennziffer: " },
		{ "inge:\n-\n" PERSON VALUES("[1]", "null", "none"), 17, "text expected" },
		{ "inge:\n\t- person: p\n", 2, "no valid YAML" },
		{ "inge:\n- person: \"a\n", 3, "no valid YAML" },
		{ "inge:\n- person: '\xff'\n", 2, "UTF-8" },
	};

	int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct osci_err err = { 0 };
		char place[200];

		t_write("file", files[i].text);
		if (sim_preload(&st, x, t_path("file"), NULL, &err) != OSCI_E_CONFIG)
			fail_msg("file %zu: not refused: %s", i, files[i].what);
		snprintf(place, sizeof(place), "%s:%u:", t_path("file"), files[i].line);
		if (strncmp(err.where, place, strlen(place)) != 0 || !strstr(err.what, files[i].what))
			wrong += printf("# file %zu: %u %s, not %s: %s\n", i, files[i].line, files[i].what, err.where,
					err.what) > 0;
		assert_int_equal(count(), 0); /* all or nothing */
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(sim_preload(&st, x, t_path("nothing"), NULL, NULL), -2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = { T(test_load), T(test_labels_and_json), T(test_refused) };

	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
