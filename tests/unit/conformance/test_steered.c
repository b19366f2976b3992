/* SPDX-License-Identifier: Apache-2.0 */
/* test_steered - what a test runner sees of InGe, and how it makes it behave: lists, faults, delays, log, deletion */
#include "t_steered.h"

static void test_received(void **state)
{
	static const struct {
		const char *number, *verdict, *reason;
	} expected[] = { { "070001", "processed", NULL }, { "070001", "repeated", NULL },
			 { "070013", "processed", NULL }, { "070009", "rejected", "T080" },
			 { NULL, "rejected", "X000" } };
	char uuid[SIM_UUID_SIZE] = "";
	size_t len = 0;
	json_t *list;
	char *xml = xml_of("070001", fields_of("070001", "Beispiel", "260101999999"), &offices[0], bamf.key, uuid, &len);

	list = received(0);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	deliver(&offices[0], xml, len);
	now += 5000;
	deliver(&offices[0], xml, len);
	free(xml);
	last[0] = '\0';
	{
		json_t *f = pair_of("9900000001", "1990-02-03");

		json_object_set_new(f, "purpose", json_string("permit_extension"));
		submit_as(&offices[1], "070013", f, last);
	}
	last[0] = '\0';
	xml = xml_of("070009", fields_of("070009", "Beispiel", "260101999999"), &offices[0], "dbs:990000000071", last, &len);
	deliver(&offices[0], xml, len);
	free(xml);
	deliver(&offices[0], "<kein", 5);
	list = received(0);
	assert_int_equal(json_array_size(list), ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const json_t *o = json_array_get(list, i);

		assert_text(at(o, "message"), expected[i].number);
		assert_string_equal(at(o, "verdict"), expected[i].verdict);
		assert_text(at(o, "reason"), expected[i].reason);
		assert_string_equal(at(o, "office"), i == 2 ? B : A);
		assert_int_equal(json_integer_value(json_object_get(o, "at_ms")), NOW + (i ? 5000 : 0));
	}
	assert_string_equal(at(json_array_get(list, 0), "uuid"), uuid);
	assert_string_equal(at(json_array_get(list, 0), "release"), "26.11");
	assert_string_equal(at(json_array_get(list, 0), "fields.person.surname"), "Beispiel");
	assert_string_equal(at(json_array_get(list, 2), "fields.purpose"), "permit_extension");
	assert_string_equal(at(json_array_get(list, 3), "uuid"), last);
	json_decref(list);
	list = received(3);
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
}

/* The other side rejects an answer: it is seen, and never answered. */
static void test_received_rejection(void **state)
{
	char uuid[SIM_UUID_SIZE] = "";
	json_t *list, *f;
	size_t len = 0;
	char *xml;

	f = json_pack("{s:[{s:s}], s:s, s:{s:s, s:s, s:s, s:s, s:s}}", "reasons", "code", "X001", "original_xml", "PGEvPg==",
		      "original", "uuid", "00000000-0000-4000-8000-000000000001", "message", "070003", "created",
		      "2026-11-16T09:00:00.000+01:00", "list", "urn:de:xauslaender:codelist:nachrichtentyp",
		      "list_version", "19");
	xml = xml_of("0010", f, &offices[0], bamf.key, uuid, &len);
	deliver(&offices[0], xml, len);
	free(xml);
	no_answer();
	list = received(0);
	assert_string_equal(at(json_array_get(list, 0), "verdict"), "rejection");
	assert_string_equal(at(json_array_get(list, 0), "message"), "0010");
	assert_string_equal(at(json_array_get(list, 0), "fields.reasons.1.code"), "X001");
	json_decref(list);
}

static void test_persons(void **state)
{
	json_t *list, *p;
	char first[SIM_UUID_SIZE];

	preload("inge:\n- person: {label: n1, surname: Beispiel, given_names: Eva, birth_date: '1990-02-03', sex: w,"
		" azr_number: null}\n  flags: [information_block]\n  records:\n"
		"  - {as: r1, kind: obligation, art: '5', issuer: {type: '2', name: Jobcenter X}, kennziffer: '9900010001',"
		" valid_from: '2026-06-01', valid_until: null, registered: null, attended: none,"
		" taken_over_by: ['azr:001800'], events: [{event: planning, date: '2026-06-02', course_key: K,"
		" course_type: '1', begin: '2026-07-01'}]}\n"
		"  - {as: r2, kind: entitlement, art: '1a', issuer: {type: '1', name: Stadt}, kennziffer: '9900010002',"
		" valid_from: '2024-06-01', valid_until: '2025-05-31', registered: null, attended: none}\n");
	submit("070001", fields_of("070001", "Neu", "260101999998"));
	snprintf(first, sizeof(first), "%s", last);
	submit("070009", fields_of("070009", "Beispiel", "260101999999")); /* name, birth date, sex of n1 */
	list = persons();
	assert_int_equal(json_array_size(list), 2);
	p = json_array_get(list, 0);
	assert_string_equal(at(p, "label"), "n1");
	assert_true(json_is_true(json_object_get(p, "information_block")));
	assert_int_equal(json_integer_value(json_object_get(p, "in_force")), 1);
	assert_int_equal(json_array_size(json_object_get(p, "requests")), 0); /* not decided yet */
	assert_string_equal(at(p, "records.1.label"), "r2"); /* by date of grant */
	assert_true(json_is_false(json_object_get(json_array_get(json_object_get(p, "records"), 0), "in_force")));
	assert_string_equal(at(p, "records.2.label"), "r1");
	assert_string_equal(at(p, "records.2.kind"), "obligation");
	assert_string_equal(at(p, "records.2.issuer.name"), "Jobcenter X");
	assert_string_equal(at(p, "records.2.taken_over_by.1"), B);
	assert_string_equal(at(p, "records.2.events.1.event"), "planning");
	p = json_array_get(list, 1);
	assert_null(at(p, "label"));
	assert_string_equal(at(p, "requests.1"), first);
	json_decref(list);
	{
		char line[200];

		snprintf(line, sizeof(line), "{\"do\":\"clerk\",\"request\":\"%s\",\"decision\":\"same_person\"}", last);
		order(line);
	}
	list = persons();
	assert_string_equal(at(json_array_get(list, 0), "requests.1"), last);
	json_decref(list);
}

/* Whom a request was decided for can be named by its UUID, for nobody has a label that came in by a message. */
static void test_person_by_request(void **state)
{
	char first[SIM_UUID_SIZE], line[300];
	json_t *list;

	submit("070001", fields_of("070001", "Beispiel", "260101999991"));
	snprintf(first, sizeof(first), "%s", last);
	json_decref(answer("070003", last));
	submit("070001", fields_of("070001", "Beispiel", "260101999992"));
	json_decref(answer("070004", last));
	snprintf(line, sizeof(line),
		 "{\"do\":\"clerk\",\"request\":\"%s\",\"decision\":\"same_person\",\"person\":\"%s\"}", last, first);
	order(line);
	json_decref(answer("070005", last));
	list = persons();
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(json_array_size(json_object_get(json_array_get(list, 0), "requests")), 2);
	json_decref(list);
}

/* What providers are told of a record: the issuer's own sign, the day it ended. A record ends once. */
static void test_file_reference_and_end(void **state)
{
	json_t *list;

	submit("070001", fields_of("070001", "Beispiel", "260101999991"));
	json_decref(answer("070003", last));
	list = persons();
	assert_string_equal(at(json_array_get(list, 0), "records.1.file_reference"), "Az 1");
	assert_null(at(json_array_get(list, 0), "records.1.ended_on"));
	json_decref(list);
	for (int i = 0; i < 2; i++) {
		order("{\"do\":\"withdraw\",\"kennziffer\":\"9900000001\"}");
		list = persons();
		assert_string_equal(at(json_array_get(list, 0), "records.1.ended"), "withdrawn");
		assert_string_equal(at(json_array_get(list, 0), "records.1.ended_on"), TODAY);
		json_decref(list);
		now += 3 * DAY;
	}
}

static void test_rejected_by_fault(void **state)
{
	use_faults("reject 070001 1 code=V000\nreject 070001 1 code=T200 form=000002\n");
	for (size_t i = 0; i < 2; i++) {
		json_t *list;

		submit("070001", fields_of("070001", "Beispiel", "260101999999"));
		assert_string_equal(next_out(), i ? "000002" : "0010");
		assert_string_equal(at(out_fields, "reasons.1.code"), i ? "T200" : "V000");
		assert_string_equal(at(out_fields, "original.uuid"), last);
		list = received((int64_t)i);
		assert_string_equal(at(json_array_get(list, 0), "verdict"), "rejected");
		json_decref(list);
	}
	submit("070001", fields_of("070001", "Beispiel", "260101999999"));
	json_decref(answer("070003", last));
}

static void test_out_of_order(void **state)
{
	static const size_t order_out[] = { 1, 2, 3, 0 };
	char uuids[4][SIM_UUID_SIZE];

	use_faults("out_of_order 070003 2 office=" A "\n");
	for (size_t i = 0; i < 4; i++) {
		char azr[] = "26010199990 ", name[] = "Name ";

		azr[11] = (char)('0' + i);
		name[4] = (char)('a' + i);
		uuids[i][0] = '\0';
		submit_as(&offices[i == 1], "070001", fields_of("070001", name, azr), uuids[i]);
	}
	now += 10;
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(next_out(), "070003");
		assert_string_equal(out_request, uuids[order_out[i]]);
	}
	assert_string_equal(next_out(), "");
}

static void test_to_another_mailbox(void **state)
{
	char to[SIM_PLAN_SIZE];

	use_faults("wrong_mailbox 070003 1 to=" B "\n");
	submit("070001", fields_of("070001", "Beispiel", "260101999999"));
	assert_string_equal(next_out(), "070003");
	assert_string_equal(sim_plan_to(out_plan, to), B);
	assert_string_equal(at(out_fields, "reader.key"), A); /* the message is unchanged */
}

static void test_delays(void **state)
{
	static const struct sim_delay delays[] = { { "070003", 3600000 }, { "070012", 0 } };

	e.answer_delay_ms = 1000;
	e.delays = delays;
	e.n_delays = ARRAY_SIZE(delays);
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	assert_string_equal(next_out(), "070012");
	submit("070001", fields_of("070001", "Beispiel", "260101999999"));
	now += 3599999;
	assert_string_equal(next_out(), "");
	now++;
	assert_string_equal(next_out(), "070003");
	submit("070001", fields_of("070001", "Beispiel", "260101999999"));
	now += 999;
	assert_string_equal(next_out(), "");
	now++;
	assert_string_equal(next_out(), "070005");
}

static void test_retrievals(void **state)
{
	json_t *list = NULL, *f;

	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	f = pair_of("9900000001", "1990-02-03");
	json_object_set_new(f, "purpose", json_string("permit_extension"));
	submit("070013", f); /* refused: no data went out */
	assert_int_equal(sim_store_dump_retrievals(&st, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(at(json_array_get(list, 0), "answer"), "070012");
	assert_string_equal(at(json_array_get(list, 0), "occasion"), "070011");
	assert_string_equal(at(json_array_get(list, 0), "office"), A);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "at_ms")), NOW);
	json_decref(list);
	now += 182 * DAY; /* six months later: 2027-05-16 */
	assert_int_equal(sim_engine_tick(&e, now - 2 * DAY, NULL), 0);
	assert_int_equal(sim_store_dump_retrievals(&st, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	assert_int_equal(sim_engine_tick(&e, now, NULL), 0);
	assert_int_equal(sim_store_dump_retrievals(&st, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

/* Row 0: a release that is not in force is not supported, if so set. */
static void test_release_not_in_force(void **state)
{
	now = INT64_C(1790000000000); /* 2026-09-21: 26.11 is known, but not in force */
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	assert_string_equal(next_out(), "070012");
	e.in_force_only = true;
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	assert_string_equal(next_out(), "0010");
	assert_string_equal(at(out_fields, "reasons.1.code"), "V000");
	now = NOW;
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	assert_string_equal(next_out(), "070012");
}

static size_t held(const char *what)
{
	json_t *list = persons(), *p = json_array_get(list, 0);
	size_t n = json_array_size(list);

	if (n && what[0] == 'r')
		n = json_array_size(json_object_get(p, "records"));
	else if (n && what[0] == 'a')
		n = at(p, "azr_number") != NULL;
	json_decref(list);
	return n;
}

/* Five years after the last event the data go, ten years after it the name; a record in force keeps everything. */
static void test_deletion(void **state)
{
	static const struct {
		const char *today;
		size_t persons, records, azr;
	} days[] = { { "2031-06-30", 1, 1, 1 }, { "2031-07-02", 1, 0, 0 }, { "2036-06-30", 1, 0, 0 }, { "2036-07-02", 0, 0, 0 } };

	e.settings.deletion = true;
	preload("inge:\n- person: {surname: Beispiel, given_names: Eva, birth_date: '1990-02-03', sex: w,"
		" azr_number: '260101999999'}\n  records:\n  - {kind: obligation, art: '1b', issuer: {type: '1', name: Stadt},"
		" kennziffer: '9900010001', valid_from: '2025-06-01', valid_until: null, registered: '2025-06-02',"
		" attended: complete, events: [{event: completion, date: '2026-07-01', successful: true}]}\n");
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		char noon[40];

		snprintf(noon, sizeof(noon), "%sT12:00:00Z", days[i].today);
		assert_int_equal(osci_parse_datetime(noon, strlen(noon), &now), 0);
		assert_int_equal(sim_engine_tick(&e, now, NULL), 0);
		assert_int_equal(held("persons"), days[i].persons);
		assert_int_equal(held("records"), days[i].records);
		assert_int_equal(held("azr"), days[i].azr);
	}
}

static void test_no_deletion_in_force(void **state)
{
	e.settings.deletion = true;
	submit("070009", fields_of("070009", "Beispiel", "260101999999")); /* unlimited, never begun */
	now += 20 * 365 * DAY;
	assert_int_equal(sim_engine_tick(&e, now, NULL), 0);
	assert_int_equal(held("records"), 1);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, end_faults)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_received), T(test_received_rejection), T(test_persons),
		T(test_person_by_request), T(test_file_reference_and_end), T(test_rejected_by_fault),
		T(test_out_of_order), T(test_to_another_mailbox), T(test_delays),
		T(test_retrievals), T(test_release_not_in_force), T(test_deletion),
		T(test_no_deletion_in_force),
	};

	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
