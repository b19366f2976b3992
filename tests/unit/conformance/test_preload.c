/* SPDX-License-Identifier: Apache-2.0 */
/* test_preload - the file of records: complete, idempotent, refused with its line */
#include "preload.h"
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
	if (sim_preload(&st, t_path("file"), &added, &err))
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
	assert_int_equal(sim_store_end_record(&st, id, SIM_ENDED_REPLACED, NULL), 0);
	sim_store_close(&st);
	t_open(&st);
	assert_int_equal(sim_preload(&st, t_path("file"), &added, &err), 0);
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
	if (sim_preload(&st, t_path("file"), NULL, &err))
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
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct osci_err err = { 0 };
		char place[200];

		t_write("file", files[i].text);
		if (sim_preload(&st, t_path("file"), NULL, &err) != OSCI_E_CONFIG)
			fail_msg("file %zu: not refused", i);
		snprintf(place, sizeof(place), "%s:%u:", t_path("file"), files[i].line);
		if (strncmp(err.where, place, strlen(place)) != 0 || !strstr(err.what, files[i].what))
			fail_msg("file %zu: %s: %s", i, err.where, err.what);
		assert_int_equal(count(), 0); /* all or nothing */
	}
	assert_int_equal(sim_preload(&st, t_path("nothing"), NULL, NULL), -2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = { T(test_load), T(test_labels_and_json), T(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
