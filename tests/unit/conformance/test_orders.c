/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_orders - answers by script, messages about messages both ways, answers that cannot be written, orders that are wrong
 */
#include "t_steered.h"

static void test_script(void **state)
{
	json_t *f, *list;

	order("{\"do\":\"script\",\"message\":\"070001\",\"office\":\"" A "\",\"answers\":["
	      "{\"message\":\"070004\",\"fields\":{\"reason.code\":\"17001\"}},"
	      "{\"message\":\"070005\",\"after_ms\":60000,\"fields\":{\"reason.code\":\"17099\","
	      "\"reason.text\":\"Siehe Hinweise.\","
	      "\"can_take_over\":true,\"notes\":[{\"code\":\"17582\"},{\"code\":\"17563\"}]}}]}");
	submit("070009", fields_of("070009", "Anders", "260101999990")); /* another number: by the rules */
	json_decref(answer("070003", last));
	submit("070001", fields_of("070001", "Beispiel", "260101999999"));
	f = answer("070004", last);
	assert_string_equal(at(f, "file_reference"), "Az 1");
	json_decref(f);
	assert_string_equal(next_out(), "");
	now += 60000;
	f = answer("070005", last);
	assert_string_equal(at(f, "reason.text"), "Siehe Hinweise.");
	assert_string_equal(at(f, "notes.2.code"), "17563");
	json_decref(f);
	list = persons();
	assert_int_equal(json_array_size(list), 1); /* nothing stored */
	json_decref(list);
	submit("070001", fields_of("070001", "Beispiel", "260101999999")); /* once */
	json_decref(answer("070003", last));
}

/* Everything a BAMF may send can be scripted: rejections of both forms, messages of non-competence. */
static void test_script_administrative(void **state)
{
	static const char *const lines[] = {
		"{\"message\":\"0010\",\"fields\":{\"reasons\":[{\"code\":\"S100\"}]}}",
		"{\"message\":\"000002\",\"fields\":{\"reasons\":[{\"code\":\"T200\"}]}}",
		"{\"message\":\"000030\",\"fields\":{\"text\":\"Nicht wir.\"}}",
		"{\"message\":\"0032\",\"fields\":{\"text\":\"Niemand.\"}}",
		"{\"message\":\"0031\",\"fields\":{\"competent\":{\"key\":\"" B "\",\"name\":\"Ulm\"}}}",
		"{\"message\":\"0020\",\"fields\":{\"event.time\":\"2026-11-16T09:00:00.000+01:00\",\"event.reference\":\"AZ 1\","
		"\"fact\":\"1\"}}",
		"{\"message\":\"0021\",\"fields\":{\"event.time\":\"2026-11-16T09:00:00.000+01:00\",\"event.reference\":\"AZ 1\","
		"\"fact\":\"3\",\"reminder\":2}}",
	};
	char line[600];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		snprintf(line, sizeof(line), "{\"do\":\"script\",\"message\":\"070011\",\"office\":\"" A "\",\"answers\":[%s]}",
			 lines[i]);
		order(line);
		submit("070011", fields_of("070011", "Beispiel", "260101999999"));
		if (!strstr(lines[i], next_out()) || !out_number[0])
			fail_msg("%s instead of %s", out_number, lines[i]);
		assert_string_equal(at(out_fields, "original.uuid"), last);
	}
}

/* A repetition and a forwarding carry a message of their own. */
static void test_script_containers(void **state)
{
	static const char *const numbers[] = { "000020", "0030" };
	char line[500];

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		_cleanup_buf_ struct osci_buf inner = OSCI_BUF_INIT(XAUSL_OCTETS_MAX);
		json_t *f = NULL;
		const char *text;

		snprintf(line, sizeof(line),
			 "{\"do\":\"script\",\"message\":\"070013\",\"office\":\"" A "\",\"answers\":[{\"message\":\"%s\","
			 "\"carries\":{\"message\":\"070014\",\"fields\":{\"reason.code\":\"17571\"}}}]}", numbers[i]);
		order(line);
		f = pair_of("9900000001", "1990-02-03");
		json_object_set_new(f, "purpose", json_string("permit_extension"));
		submit("070013", f);
		assert_string_equal(next_out(), numbers[i]);
		assert_string_equal(at(out_fields, "original.message"), "070014");
		text = at(out_fields, "original_xml");
		assert_int_equal(osci_base64_decode(&inner, text, strlen(text)), 0);
		assert_int_equal(xausl_read(&f, release, inner.data, inner.len, NULL, NULL), 0);
		assert_string_equal(at(f, "reason.code"), "17571");
		assert_string_equal(at(f, "trigger"), last);
		json_decref(f);
	}
}

/* A script that a release does not take is refused when it is laid down, with its place and what is wrong with it. */
static void test_script_refused(void **state)
{
	static const struct {
		const char *answer, *problem;
	} wrong[] = {
		{ "{\"message\":\"070014\",\"fields\":{\"no_such\":\"x\",\"reason.code\":\"17571\"}}", 
		  "answers[1]: 070014: no_such: unknown_field" },
		{ "{\"message\":\"070012\",\"fields\":{\"result\":\"none\",\"can_take_over\":false}}", "reason.code: missing" },
		{ "{\"message\":\"070012\"}", "missing" },
		{ "{\"message\":\"070014\",\"fields\":{\"reason.code\":\"17001\"}}", "070014: reason.code: unknown_code" },
		{ "{\"message\":\"070017\",\"fields\":{\"reason.text\":\"nein \xe2\x80\x93 nie\"}}", 
		  "070017: reason.text: invalid" },
		{ "{\"message\":\"070001\"}", "the BAMF sends no 070001" },
		{ "{\"message\":\"070002\"}", "the BAMF sends no 070002" },
		{ "{\"message\":\"0020\"}", "missing" },
		{ "{\"message\":\"0020\",\"fields\":{\"event\":{\"time\":\"2026-11-16T09:00:00.000+01:00\",\"reference\":\"A\"},"
		  "\"fact\":\"9\"}}", "fact: unknown_code" },
		{ "{\"message\":\"0031\"}", "competent" },
		{ "{\"message\":\"0010\"}", "reasons" },
		{ "{\"message\":\"000002\",\"fields\":{\"reasons\":[{\"code\":\"S030\"}]}}", "unknown_code" },
		{ "{\"message\":\"000020\"}", "original.message: missing" },
		{ "{\"message\":\"000020\",\"carries\":{\"message\":\"070014\"}}", "070014: reason.code: missing" },
		{ "{\"message\":\"0031\",\"carries\":{\"message\":\"070014\"}}", "carries: belongs to" },
		{ "{\"message\":\"000020\",\"carries\":{\"message\":\"070014\",\"after_ms\":1}}", "unknown key" },
		{ "{\"message\":\"070014\",\"fields\":{\"reason\":\"x\",\"reason.code\":\"17571\"}}", "contradict" },
		{ "\"070014\"", "answers[1]: mapping" },
		{ "{\"message\":\"070014\",\"after_ms\":\"soon\"}", "after_ms" },
	};
	char line[600], problem[SIM_PROBLEM_SIZE];
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_t *o;

		snprintf(line, sizeof(line), "{\"do\":\"script\",\"message\":\"070011\",\"office\":\"" A "\",\"answers\":[%s]}",
			 wrong[i].answer);
		o = json_loads(line, 0, NULL);
		assert_non_null(o);
		strcpy(problem, "taken");
		if (sim_order_ok(o, &e, problem) || !strstr(problem, wrong[i].problem))
			bad += printf("# %s: %s\n", wrong[i].answer, problem) > 0;
		json_decref(o);
		order(line);
	}
	assert_int_equal(bad, 0);
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	json_decref(answer("070012", last)); /* none of them was laid down */
}

/*
 * What InGe holds may be older than the checks of files: an answer that cannot be written is told to who looks on, with message
 * and field, whoever decided.
 */
static void test_answer_impossible(void **state)
{
	struct osci_err err = { 0 };
	char line[200];
	json_t *list;

	preload("inge:\n- person: {label: n1, surname: Beispiel, given_names: Eva, birth_date: '1990-02-03', sex: w,"
		" azr_number: '260101999999'}\n  records:\n"
		"  - {kind: obligation, art: '5', issuer: {type: '2', name: Jobcenter X}, kennziffer: '9900010001',"
		" valid_from: '2026-06-01', valid_until: null, registered: null, attended: none}\n");
	assert_int_equal(db_exec(&st.db, NULL, "UPDATE record SET issuer_name = ?", "t", "Jobcenter \xe2\x80\x93 Nord"), 0);
	submit("070011", fields_of("070011", "Beispiel", "260101999999"));
	no_answer();
	submit("070009", fields_of("070009", "Beispiel", "260101999990"));
	json_decref(answer("070004", last));
	snprintf(line, sizeof(line), "{\"do\":\"clerk\",\"request\":\"%s\",\"decision\":\"same_person\"}", last);
	order(line);
	no_answer();
	e.clerk = SIM_CLERK_SAME_PERSON;
	submit("070009", fields_of("070009", "Beispiel", "260101999991"));
	json_decref(answer("070004", last));
	for (int i = 0; i < 2; i++)
		assert_int_equal(sim_engine_tick(&e, now, &err), 0);
	no_answer();
	list = received(0);
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *o = json_array_get(list, i);

		assert_string_equal(at(o, "verdict"), "failed");
		if (strcmp(at(o, "reason"), i ? "070005: answer cannot be written: record.issuer.name: invalid" :
						"070012: answer cannot be written: record.issuer.name: invalid") != 0)
			fail_msg("%s", at(o, "reason"));
	}
	json_decref(list);
}

/* An office writes about a message of ours, or not of ours: kept, never answered, valid or not. */
static void test_received_notices(void **state)
{
	static const char *const numbers[] = { "0020", "0021", "0031", "0032", "000030" };
	char uuid[SIM_UUID_SIZE];
	size_t len = 0;
	json_t *list;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		json_t *f = json_pack("{s:{s:s}}", "original", "uuid", "00000000-0000-4000-8000-000000000001");
		json_t *original = json_object_get(f, "original");
		char *xml;

		if (i < 4) {
			json_object_set_new(original, "message", json_string("070003"));
			json_object_set_new(original, "created", json_string("2026-11-16T09:00:00.000+01:00"));
			json_object_set_new(original, "list", json_string("urn:de:xauslaender:codelist:nachrichtentyp"));
			json_object_set_new(original, "list_version", json_string("19"));
		}
		if (i < 2) {
			json_object_set_new(f, "event", json_pack("{s:s, s:s}", "time", "2026-11-16T09:00:00.000+01:00",
							      "reference", "AZ"));
			json_object_set_new(f, "fact", json_string("1"));
		}
		if (i == 1)
			json_object_set_new(f, "reminder", json_integer(1));
		if (i == 2)
			json_object_set_new(f, "competent", json_pack("{s:s, s:s}", "key", B, "name", "Ulm"));
		uuid[0] = '\0';
		xml = xml_of(numbers[i], f, &offices[0], bamf.key, uuid, &len);
		deliver(&offices[0], xml, len);
		memcpy(strstr(xml, "<erstellungszeitpunkt>2026"), "<erstellungszeitpunkt>soon", 26); /* not valid */
		deliver(&offices[0], xml, len);
		free(xml);
	}
	list = received(0);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		assert_string_equal(at(json_array_get(list, 2 * i), "verdict"), "notice");
		assert_string_equal(at(json_array_get(list, 2 * i), "message"), numbers[i]);
		assert_string_equal(at(json_array_get(list, 2 * i + 1), "verdict"), "notice");
		assert_string_equal(at(json_array_get(list, 2 * i + 1), "reason"), "not-valid");
	}
	no_answer();
	json_decref(list);
}

/* Sendungswiederholung by an office: the message in it counts, once, and only that office's. */
static void test_received_container(void **state)
{
	char uuid[SIM_UUID_SIZE] = "", outer[SIM_UUID_SIZE];
	size_t len = 0, outer_len = 0;
	json_t *list, *f = fields_of("070001", "Beispiel", "260101999999");
	char *inner = xml_of("070001", f, &offices[0], bamf.key, uuid, &len), *xml = NULL;

	for (size_t i = 0; i < 2; i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_OCTETS_MAX);

		osci_base64_encode(&b, inner, len, 0);
		f = json_pack("{s:{s:s}, s:s%}", "original", "message", "070001", "original_xml", b.data, b.len);
		free(xml);
		outer[0] = '\0';
		xml = xml_of("000020", f, &offices[0], bamf.key, outer, &outer_len);
		deliver(&offices[0], xml, outer_len);
		if (i == 0)
			json_decref(answer("070003", uuid));
	}
	no_answer();
	list = received(0);
	assert_string_equal(at(json_array_get(list, 0), "verdict"), "processed");
	assert_string_equal(at(json_array_get(list, 0), "message"), "070001");
	assert_string_equal(at(json_array_get(list, 0), "uuid"), uuid);
	assert_string_equal(at(json_array_get(list, 1), "verdict"), "repeated");
	json_decref(list);
	/* Another office may not repeat it. */
	deliver(&offices[1], xml, outer_len);
	list = received(2);
	assert_string_equal(at(json_array_get(list, 0), "verdict"), "refused");
	json_decref(list);
	free(xml);
	free(inner);
}

static void test_bad_orders(void **state)
{
	static const struct {
		const char *line, *problem;
	} wrong[] = {
		{ "{\"do\":\"script\"}", "message" },
		{ "{\"do\":\"script\",\"message\":\"070001\"}", "office" },
		{ "{\"do\":\"script\",\"message\":\"070001\",\"office\":\"" A "\",\"answers\":{}}", "answers" },
		{ "{\"do\":\"script\",\"message\":\"070001\",\"office\":\"" A "\",\"answers\":[],\"x\":1}", "unknown key" },
		{ "{\"do\":\"script\",\"message\":\"070001\",\"office\":\"" A "\",\"answers\":[{}]}", "message" },
		{ "{\"do\":\"script\",\"message\":\"070001\",\"office\":\"" A "\",\"answers\":[{\"message\":\"1\","
		  "\"after_ms\":-1}]}",
		  "after_ms" },
		{ "{\"do\":\"script\",\"message\":\"070001\",\"office\":\"" A "\",\"answers\":[{\"message\":\"1\",\"fields\":[]}]}",
		  "fields" },
		{ "{\"do\":\"script\",\"message\":\"070001\",\"office\":\"" A "\",\"answers\":[{\"message\":\"1\",\"late\":1}]}",
		  "unknown key" },
		{ "{\"do\":\"sing\"}", "script expected" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_t *o = json_loads(wrong[i].line, 0, NULL);
		char problem[SIM_PROBLEM_SIZE] = "taken";

		assert_non_null(o);
		if (sim_order_ok(o, &e, problem) || !strstr(problem, wrong[i].problem))
			fail_msg("%s: %s", wrong[i].line, problem);
		json_decref(o);
	}
}

static int64_t commands(const char *in_state)
{
	int64_t n = -1;

	assert_int_equal(db_get_int(&st.db, NULL, &n, "SELECT count(*) FROM command WHERE state = ?", "t", in_state), 0);
	return n;
}

/* What an order is for may come later; what can never be is said and over. Wrong lines hold up none behind them. */
static void test_orders_wait_and_fail(void **state)
{
	static char line[SIM_ORDER_MAX + 100];
	struct osci_err err = { 0 };
	json_t *list;
	FILE *f;

	order("{\"do\":\"event\",\"kennziffer\":\"9900000001\",\"event\":{\"event\":\"section_start\",\"date\":\"2026-11-16\","
	      "\"section\":\"1\",\"expected_end\":\"2027-01-01\"}}");
	order("{\"do\":\"withdraw\",\"kennziffer\":\"9900000001\"}");
	assert_int_equal(commands("waiting"), 2);
	submit("070001", fields_of("070001", "Beispiel", "260101999991"));
	json_decref(answer("070003", last));
	memset(line, 'x', sizeof(line) - 1);
	order(line);
	order("{\"do\":\"event\",\"kennziffer\":\"9900000001\",\"event\":{\"event\":\"abort\",\"date\":\"soon\"}}");
	order("{\"do\":\"withdraw\",\"kennziffer\":\"9900000001\",\"do\":\"withdraw\"}");
	f = fopen(t_path("orders"), "a");
	assert_non_null(f);
	assert_int_equal(fwrite("{\"do\":\"withdraw\"}\0\n", 1, 20, f), 20);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
	assert_int_equal(commands("done"), 1);	  /* the withdrawal */
	assert_int_equal(commands("refused"), 1); /* a section before which none was: it cannot be told */
	assert_int_equal(commands("waiting") + commands("open"), 0);
	list = persons();
	assert_string_equal(at(json_array_get(list, 0), "records.1.ended"), "withdrawn");
	assert_null(at(json_array_get(list, 0), "records.1.events.1.event"));
	json_decref(list);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, end_faults)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_script), T(test_script_administrative), T(test_script_containers),
		T(test_script_refused), T(test_answer_impossible), T(test_received_notices),
		T(test_received_container), T(test_bad_orders), T(test_orders_wait_and_fail),
	};

	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
