/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_engine - messages of real offices against a whole InGe without network: each answer is valid XML of its
 * release, stored together with what it tells, once
 */
#include "t_engine.h"

#define KNOWN(azr, kind, art, type, name, key, more)                                                             \
	"inge:\n- person: {label: p, surname: Beispiel, given_names: Eva, birth_date: '1990-02-03', sex: w," \
	" azr_number: " azr "}\n" \
	"  records:\n  - {kind: " kind ", art: '" art "', issuer: {type: " type ", name: '" name "'" key "},"      \
	" kennziffer: '9900010001', valid_from: '2026-06-01', attended: " more "}\n"
#define FRESH "none, registered: null, valid_until: '2027-05-31'"
#define SAME "'260101999999'"

static void test_accepted(void **state)
{
	static const struct {
		const char *number, *art, *until;
	} kinds[] = { { "070001", "1a", "2027-11-15" }, { "070008", "1b", NULL }, { "070009", "1b", NULL },
		      { "070010", "2", "2027-06-30" } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char azr[] = "26010199990 ";
		json_t *f;

		azr[11] = (char)('0' + i);
		submit(kinds[i].number, fields_of(kinds[i].number, (const char *[]){ "A", "B", "C", "D" }[i], azr));
		f = answer("070003", last);
		assert_string_equal(at(f, "record.art"), kinds[i].art);
		assert_text(at(f, "record.valid_until"), kinds[i].until);
		assert_string_equal(at(f, "record.valid_from"), TODAY);
		assert_string_equal(at(f, "record.issuer.key"), A);
		assert_string_equal(at(f, "record.issuer.name"), offices[0].name);
		assert_string_equal(at(f, "file_reference"), "Az 1");
		assert_int_equal(json_is_true(json_object_get(json_object_get(f, "record"), "unlimited")), !kinds[i].until);
		assert_int_equal(strncmp(at(f, "record.kennziffer"), "990000000", 9), 0);
		assert_int_equal(at(f, "record.kennziffer")[9], '1' + (int)i);
		json_decref(f);
	}
	no_answer();
}

static void test_repeated_delivery(void **state)
{
	char uuid[SIM_UUID_SIZE] = "";
	json_t *list = NULL;
	size_t len = 0;
	char *xml = xml_of("070001", fields_of("070001", "Beispiel", "260101999999"), &offices[0], bamf.key, uuid, &len);

	deliver(&offices[0], xml, len);
	deliver(&offices[0], xml, len);
	json_decref(answer("070003", uuid));
	no_answer();
	assert_int_equal(sim_store_dump(&st, &dump_settings, TODAY, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	free(xml);
}

/* Each refusal of a report as XML: code, text with the issuer's name, takeover, notes. */
static void test_refusals(void **state)
{
	static const struct {
		const char *preload, *number, *code, *in_text, *note;
	} cases[] = {
		{ KNOWN(SAME, "obligation", "1b", "'1'", "Stadt B", "", FRESH), "070001", "17107", "Stadt B", NULL },
		{ KNOWN(SAME, "obligation", "1b", "'1'", "Stadt B", "", FRESH), "070009", "17109", "Stadt B", NULL },
		{ KNOWN(SAME, "obligation", "5", "'2'", "Jobcenter X", "", FRESH), "070009", "17109", "Jobcenter X", "17117" },
		{ KNOWN(SAME, "admission", "8", "'2'", "Jobcenter X", "", FRESH), "070008", "17145", "Jobcenter X", "17118" },
		{ KNOWN(SAME, "admission", "8", "'2'", "Jobcenter X", "", FRESH), "070001", "17119", "Jobcenter X", NULL },
		{ KNOWN(SAME, "entitlement", "1a", "'1'", "Stadt B", "", FRESH), "070001", "17104", "Stadt B", NULL },
		{ KNOWN(SAME, "entitlement", "4", "null", "Bundesverwaltungsamt", "", FRESH), "070010", "17110", "BVFG", NULL },
		{ KNOWN(SAME, "entitlement", "1a", "'1'", "Stadt B", "", "complete, registered: '2026-06-02', valid_until: null"),
		  "070001", "17050", "teilgenommen", NULL },
		{ KNOWN(SAME, "obligation", "2", "'1'", "S", "", FRESH) "  flags: [deceased]\n", "070009", "17053", "verstorben",
		  NULL },
		{ KNOWN(SAME, "entitlement", "1a", "'1'", "S", "", FRESH) "  flags: [eu_citizen]\n", "070009", "17112", "EWR",
		  NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *f;

		teardown(state);
		setup(state);
		preload(cases[i].preload);
		submit(cases[i].number, fields_of(cases[i].number, "Beispiel", "260101999999"));
		f = answer("070005", last);
		if (strcmp(at(f, "reason.code"), cases[i].code) != 0 || !strstr(at(f, "reason.text"), cases[i].in_text))
			fail_msg("case %zu: %s %s", i, at(f, "reason.code"), at(f, "reason.text"));
		assert_null(strchr(at(f, "reason.text"), '{'));
		assert_text(at(f, "notes.1.code"), cases[i].note);
		assert_int_equal(json_is_true(json_object_get(f, "can_take_over")), cases[i].note != NULL);
		json_decref(f);
	}
}

static void test_all_codes_of_settings(void **state)
{
	static const char *const codes[] = { "17050", "17051", "17052", "17104", "17107", "17108", "17110", "17111", "17112",
					     "17119", "17145", "17116", "17053" };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		assert_non_null(xausl_code_name(release, sim_list_name(SIM_LIST_REFUSAL), codes[i]));
	/* Row 3 with each of its codes, and an own text. */
	for (size_t i = 0; i < 3; i++) {
		json_t *f;

		teardown(state);
		setup(state);
		e.settings.code_attended = codes[i];
		preload(KNOWN(SAME, "entitlement", "1a", "'1'", "S", "", "complete, registered: null, valid_until: null"));
		submit("070001", fields_of("070001", "Beispiel", "260101999999"));
		f = answer("070005", last);
		assert_string_equal(at(f, "reason.code"), codes[i]);
		json_decref(f);
	}
}

static void test_clerk(void **state)
{
	struct osci_err err = { 0 };
	char order[200], first[SIM_UUID_SIZE];
	json_t *f;

	preload(KNOWN("null", "obligation", "1b", "'1'", "Stadt B", "", FRESH));
	submit("070009", fields_of("070009", "Beispiel", "260101999999"));
	f = answer("070004", last);
	assert_string_equal(at(f, "reason.code"), "17001");
	assert_string_equal(at(f, "contact.reference"), "81B-7301");
	json_decref(f);
	no_answer();
	assert_int_equal(sim_engine_tick(&e, now + 400 * DAY, &err), 0);
	no_answer(); /* nobody decides by himself */

	snprintf(order, sizeof(order), "{\"do\":\"clerk\",\"request\":\"%s\",\"decision\":\"same_person\"}", last);
	assert_int_equal(sim_orders_append(t_path("orders"), "no order", &err), 0);
	assert_int_equal(sim_orders_append(t_path("orders"), order, &err), 0);
	assert_int_equal(sim_orders_append(t_path("orders"), order, &err), 0); /* the second comes too late */
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
	f = answer("070005", last);
	assert_string_equal(at(f, "reason.code"), "17109");
	json_decref(f);
	no_answer();
	/* From now on the AZR number identifies. */
	submit("070001", fields_of("070001", "Anders", "260101999999"));
	json_decref(answer("070005", last));

	/* An order that comes before its request waits. */
	assert_int_equal(osci_uuid4(first), 0);
	snprintf(order, sizeof(order), "{\"do\":\"clerk\",\"request\":\"%s\",\"decision\":\"namesake\"}", first);
	assert_int_equal(sim_orders_append(t_path("orders"), order, &err), 0);
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
	submit_as(&offices[0], "070001", fields_of("070001", "Beispiel", "260101888888"), first);
	json_decref(answer("070004", first));
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
	json_decref(answer("070003", first));
	no_answer();
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
	no_answer();
}

static void test_automatic_clerk(void **state)
{
	static const enum sim_clerk kinds[] = { SIM_CLERK_SAME_PERSON, SIM_CLERK_NAMESAKE };
	struct osci_err err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		teardown(state);
		setup(state);
		e.clerk = kinds[i];
		e.clerk_delay_ms = 5000;
		preload(KNOWN("null", "entitlement", "1a", "'1'", "Stadt B", "", FRESH));
		submit("070009", fields_of("070009", "Beispiel", "260101999999"));
		json_decref(answer("070004", last));
		assert_int_equal(sim_engine_tick(&e, now + 4999, &err), 0);
		no_answer();
		now += 5000;
		assert_int_equal(sim_engine_tick(&e, now, &err), 0);
		json_decref(answer(i == 0 ? "070006" : "070003", last));
		assert_int_equal(sim_engine_tick(&e, now, &err), 0);
		no_answer();
	}
}

/* Row 6 up to the question; leaves its UUID in @question. */
static void ask(char *question, char *request)
{
	json_t *f;

	preload(KNOWN(SAME, "entitlement", "1a", "'1'", "Stadt B", "", FRESH));
	submit("070009", fields_of("070009", "Beispiel", "260101999999"));
	memcpy(request, last, SIM_UUID_SIZE);
	f = answer("070006", last);
	assert_string_equal(at(f, "reason.code"), "17121");
	assert_string_equal(at(f, "record.kennziffer"), "9900010001");
	snprintf(question, SIM_UUID_SIZE, "%s", at(f, "uuid"));
	json_decref(f);
}

static json_t *reply(const char *question, bool yes)
{
	return json_pack("{s:s, s:b}", "question", question, "replace", yes);
}

static size_t in_force(const char *art)
{
	json_t *list = NULL, *r;
	size_t i, n = 0;

	assert_int_equal(sim_store_dump(&st, &dump_settings, TODAY, &list, NULL), 0);
	json_array_foreach(list, i, r)
		n += strcmp(at(r, "art"), art) == 0 && json_is_null(json_object_get(r, "ended"));
	json_decref(list);
	return n;
}

static void test_question_yes(void **state)
{
	char q[SIM_UUID_SIZE], request[SIM_UUID_SIZE];
	json_t *f;

	ask(q, request);
	now += 27 * DAY;
	submit("070007", reply(q, true));
	f = answer("070003", last);
	assert_string_equal(at(f, "record.art"), "1b");
	assert_string_equal(at(f, "record.kennziffer"), "9900000001");
	json_decref(f);
	assert_int_equal(in_force("1a"), 0);
	assert_int_equal(in_force("1b"), 1);
	submit("070007", reply(q, true)); /* a second time: the case is gone */
	f = answer("070005", last);
	assert_string_equal(at(f, "reason.code"), "17116");
	json_decref(f);
}

static void test_question_yes_names_the_request(void **state)
{
	char q[SIM_UUID_SIZE], request[SIM_UUID_SIZE];

	e.settings.trigger_request = true;
	ask(q, request);
	submit("070007", reply(q, true));
	json_decref(answer("070003", request));
}

static void test_question_no(void **state)
{
	char q[SIM_UUID_SIZE], request[SIM_UUID_SIZE];

	ask(q, request);
	submit("070007", reply(q, false));
	no_answer();
	assert_int_equal(in_force("1a"), 1);
	assert_int_equal(in_force("1b"), 0);
}

static void test_question_gone(void **state)
{
	static const int days[] = { 29, 30 }; /* a month from 16 November ends on 16 December, 09:00 */
	char q[SIM_UUID_SIZE], request[SIM_UUID_SIZE], uuid[SIM_UUID_SIZE] = "";
	struct osci_err err = { 0 };
	struct sim_case c = { 0 };
	json_t *f;

	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		teardown(state);
		setup(state);
		ask(q, request);
		now += days[i] * DAY;
		submit("070007", reply(q, true));
		json_decref(answer(i == 0 ? "070003" : "070005", last));
		assert_int_equal(in_force("1a"), i);
	}
	/* Time alone deletes the data of the new obligation. */
	assert_int_equal(sim_engine_tick(&e, now, &err), 0);
	assert_int_equal(sim_store_request(&st, request, &c, &err), 0);
	assert_string_equal(c.state, "expired");
	assert_null(c.fields);
	sim_case_clear(&c);

	/* Another office answers; nobody asked. */
	teardown(state);
	setup(state);
	ask(q, request);
	submit_as(&offices[1], "070007", reply(q, true), uuid);
	f = answer("070005", uuid);
	assert_string_equal(at(f, "reason.code"), "17116");
	json_decref(f);
	submit("070007", reply(last, true));
	json_decref(answer("070005", last));
	/* A clerk closed it. */
	char order[200];
	snprintf(order, sizeof(order), "{\"do\":\"clerk\",\"request\":\"%s\",\"decision\":\"close_case\"}", request);
	assert_int_equal(sim_orders_append(t_path("orders"), order, &err), 0);
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
	submit("070007", reply(q, true));
	json_decref(answer("070005", last));
	assert_int_equal(in_force("1a"), 1);
}

static void test_information(void **state)
{
	json_t *f;

	preload(KNOWN(SAME, "obligation", "7", "'3'", "Sozialamt Y", "", FRESH));
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	f = answer("070012", last);
	assert_string_equal(at(f, "result"), "record");
	assert_string_equal(at(f, "reason.code"), "17561");
	assert_string_equal(at(f, "record.art"), "7");
	assert_string_equal(at(f, "notes.1.code"), "17563");
	json_decref(f);
	submit("070011", fields_of("070011", "Niemand", "260101000000"));
	f = answer("070012", last);
	assert_string_equal(at(f, "result"), "none");
	json_decref(f);
	teardown(state);
	setup(state);
	preload(KNOWN(SAME, "entitlement", "1a", "'1'", "S", "", "complete, registered: null, valid_until: null"));
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	f = answer("070012", last);
	assert_string_equal(at(f, "result"), "completed");
	json_decref(f);
}

#define COURSE                                                                                                   \
	"    events:\n    - {event: registration, date: '2026-07-01', course_type: '1', section: '1'," \
	" placement_test: '2026-06-30'}\n" \
	"    - {event: course_start, date: '2026-08-03', course_key: KU-1, course_type: '1', section: '1'," \
	" expected_end: '2026-09-30'}\n" \
	"    - {event: section_end, date: '2026-10-01', absent_excused: 2, absent_unexcused: 1}\n"               \
	"    - {event: section_start, date: '2026-10-05', section: '2', expected_end: '2026-12-01'}\n"            \
	"    - {event: dtz_result, date: '2026-11-02', level: B1}\n"
#define LONG(azr, kind, art, type, name)                                                                         \
	"inge:\n- person: {surname: Beispiel, given_names: Eva, birth_date: '1990-02-03', azr_number: " azr "}\n"  \
	"  records:\n  - kind: " kind "\n    art: '" art "'\n    issuer: {type: '" type "', name: '" name "'}\n"  \
	"    kennziffer: '9900010001'\n    valid_from: '2026-06-01'\n    valid_until: null\n"                     \
	"    registered: '2026-07-01'\n    attended: partial\n"

static json_t *attendance(const char *purpose)
{
	json_t *f = pair_of("9900010001", "1990-02-03");

	json_object_set_new(f, "purpose", json_string(purpose));
	return f;
}

static void test_attendance_and_takeover(void **state)
{
	struct osci_err err = { 0 };
	json_t *f;

	preload(LONG("null", "obligation", "5", "2", "Jobcenter X") COURSE);
	submit("070013", attendance("obligation_check"));
	f = answer("070014", last);
	assert_string_equal(at(f, "reason.code"), "17572");
	json_decref(f);
	submit("070016", pair_of("9900010001", "1990-02-04"));
	f = answer("070017", last);
	assert_string_equal(at(f, "reason.code"), "00057");
	json_decref(f);
	submit("070016", pair_of("9900010001", "1990-02-03"));
	json_decref(answer("070015", last));
	assert_int_equal(sim_orders_append(t_path("orders"),
					   "{\"do\":\"event\",\"kennziffer\":\"9900010001\",\"event\":{\"event\":\"section_end\","
					   "\"date\":\"2026-11-10\",\"absent_excused\":0,\"absent_unexcused\":7}}",
					   &err),
			 0);
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
	submit("070013", attendance("obligation_check"));
	f = answer("070015", last);
	assert_string_equal(at(f, "registration.date"), "2026-07-01");
	assert_string_equal(at(f, "registration.provider.key"), "TR-990001");
	assert_int_equal(json_array_size(json_object_get(f, "sections")), 2);
	assert_string_equal(at(f, "sections.1.end"), "2026-10-01");
	assert_string_equal(at(f, "sections.2.course_key"), "KU-1"); /* as before */
	assert_string_equal(at(f, "sections.2.end"), "2026-11-10");
	assert_string_equal(at(f, "language_tests.1.date"), "2026-11-02");
	json_decref(f);
}

static void test_lapse(void **state)
{
	json_t *f;

	preload(LONG(SAME, "obligation", "5", "2", "Jobcenter X") COURSE);
	now += INT64_C(280) * DAY; /* more than nine months after 2026-11-02 */
	submit("070013", attendance("permit_extension"));
	f = answer("070015", last);
	assert_string_equal(at(f, "notes.1.code"), "17581");
	assert_non_null(strstr(at(f, "notes.1.name"), "02.12.2027"));
	json_decref(f);
	now += INT64_C(120) * DAY;
	submit("070013", attendance("permit_extension"));
	f = answer("070015", last);
	assert_string_equal(at(f, "notes.1.code"), "17580");
	assert_null(json_object_get(f, "sections"));
	assert_int_equal(json_array_size(json_object_get(f, "earlier_sections")), 2);
	assert_string_equal(at(f, "expired_records.1.issuer.name"), "Jobcenter X");
	json_decref(f);
	submit("070009", fields_of("070009", "Beispiel", "260101999999")); /* a new one is possible */
	json_decref(answer("070003", last));
	assert_int_equal(in_force("1b"), 1);
	assert_int_equal(in_force("5"), 0);
}

static void test_rename_and_block(void **state)
{
	json_t *f = pair_of("9900010001", "1990-02-03"), *list = NULL;

	preload(LONG("null", "obligation", "1b", "1", "Stadt B"));
	json_object_set_new(f, "new_surname", json_string("Neu"));
	submit("070019", f);
	f = pair_of("9900010001", "1990-02-03");
	json_object_set_new(f, "information_block", json_true());
	submit("070022", f);
	no_answer();
	assert_int_equal(sim_store_dump(&st, &dump_settings, TODAY, &list, NULL), 0);
	assert_string_equal(at(json_array_get(list, 0), "person.surname"), "Neu");
	assert_string_equal(at(json_array_get(list, 0), "person.flags.1"), "information_block");
	json_decref(list);
	submit("070022", pair_of("9900010001", "1990-02-03"));
	assert_int_equal(sim_store_dump(&st, &dump_settings, TODAY, &list, NULL), 0);
	assert_null(at(json_array_get(list, 0), "person.flags.1"));
	json_decref(list);
}

/* The rejection that waits, as text. */
static void rejected(const char *code, bool names_message)
{
	struct sim_outgoing o;
	struct xausl_report *report = NULL;
	char text[40];

	assert_int_equal(sim_store_next_answer(&st, now, &o, NULL), 0);
	assert_string_equal(o.number, "0010");
	o.xml[o.len - 1] = '\0';
	snprintf(text, sizeof(text), "<code>%s</code></grund>", code);
	if (!strstr((char *)o.xml, text))
		fail_msg("not %s: %.2000s", code, (char *)o.xml);
	assert_int_equal(strstr((char *)o.xml, "<idNachricht>") != NULL, names_message);
	o.xml[o.len - 1] = '\n';
	assert_int_equal(xausl_validate(&report, x, &(struct xausl_check_opts){ .release = release }, o.xml, o.len, NULL), 0);
	if (report->verdict == XAUSL_INVALID && strcmp(report->findings[0].layer, "frame") != 0)
		fail_msg("%s: %s", report->findings[0].path, report->findings[0].what);
	xausl_report_freep(&report);
	assert_int_equal(sim_store_answer_end(&st, o.id, "sent", now, NULL), 0);
	sim_outgoing_clear(&o);
	no_answer();
}

static void test_rejected(void **state)
{
	static const char nonsense[] = "<a>no message";
	char uuid[SIM_UUID_SIZE] = "";
	size_t len = 0;
	char *xml, *place;

	deliver(&offices[0], nonsense, sizeof(nonsense) - 1);
	rejected("X000", false);
	xml = xml_of("070001", fields_of("070001", "Beispiel", "260101999999"), &offices[0], "dbs:990000000999", uuid, &len);
	deliver(&offices[0], xml, len);
	rejected("T080", true);
	place = strstr(xml, "1990-02-03");
	assert_non_null(place);
	memcpy(place, "1990-02-30", 10);
	deliver(&offices[0], xml, len);
	rejected("X001", true);
	free(xml);
	/* Nobody rejects a rejection, and what one office signed for another is not answered at all. */
	xml = strdup("<r:rueckweisung.asynchron.0010 xmlns:r=\"http://www.osci.de/xinneres/rueckweisung/6\"/>");
	deliver(&offices[0], xml, strlen(xml));
	no_answer();
	free(xml);
	uuid[0] = '\0';
	xml = xml_of("070001", fields_of("070001", "Beispiel", "260101999999"), &offices[1], bamf.key, uuid, &len);
	deliver(&offices[0], xml, len);
	no_answer();
	free(xml);
}

static void test_delay(void **state)
{
	struct sim_outgoing o;

	e.answer_delay_ms = 60000;
	submit("070001", fields_of("070001", "Beispiel", "260101999999"));
	assert_int_equal(sim_store_next_answer(&st, now + 59999, &o, NULL), OSCI_E_EMPTY);
	now += 60000;
	json_decref(answer("070003", last));
}

static void test_retrieval_log(void **state)
{
	struct osci_err err = { 0 };
	sqlite3_stmt *q;

	submit("070011", fields_of("070011", "Niemand", "260101000000"));
	submit("070013", attendance("permit_extension")); /* refused: no data went out */
	assert_int_equal(db_query(&st.db, &q, &err, "SELECT office, answer FROM retrieval", ""), 0);
	assert_int_equal(db_step(&st.db, q, &err), 0);
	assert_string_equal(db_text(q, 0), A);
	assert_string_equal(db_text(q, 1), "070012");
	assert_int_equal(db_step(&st.db, q, &err), OSCI_E_EMPTY);
	db_done(q);
	assert_int_equal(sim_engine_tick(&e, now + 180 * DAY, &err), 0);
	assert_int_equal(sim_engine_tick(&e, now + 182 * DAY, &err), 0); /* six months: 16 May */
	assert_int_equal(db_query(&st.db, &q, &err, "SELECT office FROM retrieval", ""), 0);
	assert_int_equal(db_step(&st.db, q, &err), OSCI_E_EMPTY);
	db_done(q);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_accepted),	  T(test_repeated_delivery), T(test_refusals),
		T(test_all_codes_of_settings), T(test_clerk),	     T(test_automatic_clerk),
		T(test_question_yes),	  T(test_question_yes_names_the_request),
		T(test_question_no),	  T(test_question_gone),     T(test_information),
		T(test_attendance_and_takeover), T(test_lapse),	     T(test_rename_and_block),
		T(test_rejected),	  T(test_delay),	     T(test_retrieval_log),
	};

	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
