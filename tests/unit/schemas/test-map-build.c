/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What xausl_build() makes of right fields, and that it names every wrong one: each error code, list entries,
 * wrong JSON types, deep and large input, the frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "map-common.h"

static struct map_test t;

/* Sets the value at a dotted path, JSON written with ' for "; "-" takes it away. */
static void put(json_t *o, const char *path, const char *json)
{
	const char *dot;
	char *text = strdup(json), *c;

	for (c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	while ((dot = strchr(path, '.'))) {
		o = json_object_getn(o, path, (size_t)(dot - path));
		path = dot + 1;
	}
	if (strcmp(json, "-") == 0)
		json_object_del(o, path);
	else
		json_object_set_new(o, path, json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
	free(text);
}

static json_t *errors_of(const char *number, const json_t *fields)
{
	struct xausl_frame frame = t.frame;
	struct osci_err err = { 0 };
	json_t *errors = NULL;
	char *xml = NULL;
	size_t len = 1;
	int r;

	if (xausl_message_direction(t.release, number) < 0) {
		frame.author.key = t.frame.reader.key;
		frame.reader.key = t.frame.author.key;
		frame.trigger_uuid = "fa7a7dac-f589-465c-9cf2-d3b77ba37dd9";
	}
	r = xausl_build(&xml, &len, t.release, number, fields, &frame, &errors, &err);
	assert_int_equal(r, OSCI_E_MALFORMED);
	assert_null(xml);
	assert_int_equal(len, 0);
	assert_non_null(errors);
	assert_true(json_array_size(errors) > 0);
	return errors;
}

static const json_t *error_for(const json_t *errors, const char *field)
{
	size_t i;
	json_t *e;

	json_array_foreach((json_t *)errors, i, e) {
		const char *f = json_string_value(json_object_get(e, "field"));

		if (f ? strcmp(f, field) == 0 : !*field)
			return e;
	}
	return NULL;
}

static void expect(const json_t *errors, const char *field, const char *code, const char *standard)
{
	const json_t *e = error_for(errors, field);
	const char *s;

	if (!e) {
		char *all = json_dumps(errors, 0);

		fprintf(stderr, "# no error for %s in %s\n", field, all);
		free(all);
	}
	assert_non_null(e);
	assert_string_equal(json_string_value(json_object_get(e, "code")), code);
	s = json_string_value(json_object_get(e, "standard_code"));
	assert_string_equal(s ? s : "", standard);
	assert_true(json_string_length(json_object_get(e, "text")) > 0);
}

/* A 070001 with one change has exactly one error. */
static void one(const char *path, const char *json, const char *field, const char *code, const char *standard)
{
	json_t *fields = map_test_070001(), *errors;

	put(fields, path, json);
	errors = errors_of("070001", fields);
	expect(errors, field, code, standard);
	if (json_array_size(errors) != 1) {
		char *all = json_dumps(errors, 0);

		fprintf(stderr, "# %s\n", all);
		free(all);
	}
	assert_int_equal(json_array_size(errors), 1);
	json_decref(errors);
	json_decref(fields);
}

static void right(const char *path, const char *json)
{
	json_t *fields = map_test_070001();
	char *xml;
	size_t len;

	put(fields, path, json);
	xml = map_test_build(&t, "070001", fields, &len);
	assert_non_null(xml);
	free(xml);
	json_decref(fields);
}

static void test_document(void **state)
{
	static const char wanted[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<xauslaender:ABHBAMF.Namensaenderung.070019 xmlns:xauslaender=\"http://www.osci.de/xauslaender2611\""
		" produkt=\"Probe\" produkthersteller=\"Muster &amp; Söhne\" produktversion=\"1.0\" standard=\"XAusländer\""
		" version=\"26.11\"><nachrichtenkopf.g2g><identifikation.nachricht>"
		"<nachrichtenUUID>2d0f8276-4278-465f-9065-15494e98d72b</nachrichtenUUID>"
		"<nachrichtentyp listURI=\"urn:de:xauslaender:codelist:nachrichtentyp\" listVersionID=\"19\">"
		"<code>070019</code><name>ABHBAMF.Namensaenderung.070019</name></nachrichtentyp>"
		"<erstellungszeitpunkt>2026-11-23T11:02:18.204+01:00</erstellungszeitpunkt></identifikation.nachricht>"
		"<leser><verzeichnisdienst listURI=\"urn:xoev-de:kosit:codeliste:verzeichnisdienst\" listVersionID=\"3\">"
		"<code>DVDV</code></verzeichnisdienst><kennung>dbs:990000000070</kennung>"
		"<name>Bundesamt für Migration und Flüchtlinge</name></leser>"
		"<autor><verzeichnisdienst listURI=\"urn:xoev-de:kosit:codeliste:verzeichnisdienst\" listVersionID=\"3\">"
		"<code>DVDV</code></verzeichnisdienst><kennung>azr:011200</kennung>"
		"<name>Landeshauptstadt München, Ausländerbehörde</name><erreichbarkeit>"
		"<kanal listURI=\"urn:de:xoev:codeliste:erreichbarkeit\" listVersionID=\"3\"><code>01</code></kanal>"
		"<kennung>auslaenderbehoerde@muenchen.example</kennung></erreichbarkeit></autor></nachrichtenkopf.g2g>"
		"<anschrift.autor><gebaeude><hausnummer>19</hausnummer><postleitzahl>80337</postleitzahl>"
		"<strasse>Musterhofstraße</strasse><wohnort>München</wohnort></gebaeude></anschrift.autor>"
		"<xauslaender:identifikation><xauslaender:geburtsdatum><jahrMonat>1995-02</jahrMonat>"
		"</xauslaender:geburtsdatum><xauslaender:bamfkennziffer>0103000001</xauslaender:bamfkennziffer>"
		"</xauslaender:identifikation><xauslaender:neuerNachname><nichtVorhanden>true</nichtVorhanden>"
		"</xauslaender:neuerNachname></xauslaender:ABHBAMF.Namensaenderung.070019>\n";
	json_t *fields = json_pack("{s:{s:s}, s:s, s:n}", "person", "birth_date", "1995-02", "kennziffer", "0103000001",
				   "new_surname");
	char *xml;
	size_t len;

	t.frame.created_ms = 1795428138204; /* 2026-11-23T10:02:18.204Z */
	xml = map_test_build(&t, "070019", fields, &len);
	assert_non_null(xml);
	assert_string_equal(xml, wanted);
	assert_int_equal(len, strlen(wanted));
	free(xml);
	json_decref(fields);
}

static void test_all_at_once(void **state)
{
	json_t *fields = map_test_070001(), *errors;

	put(fields, "person.azr_number", "-");
	put(fields, "person.birth_date", "'1994-02-30'");
	put(fields, "person.address.postcode", "'804690'");
	put(fields, "person.surname", "''");
	put(fields, "residence_title", "'AKN'");
	put(fields, "person.nationalities", "['432','9999']");
	put(fields, "orientation_course_only", "-");
	put(fields, "hobby", "'chess'");
	errors = errors_of("070001", fields);
	expect(errors, "person.azr_number", "missing", "X001");
	expect(errors, "person.birth_date", "invalid", "X001");
	expect(errors, "person.address.postcode", "invalid", "X001");
	expect(errors, "person.surname", "empty", "S030");
	expect(errors, "residence_title", "code_not_allowed", "S011");
	expect(errors, "person.nationalities[2]", "unknown_code", "S011");
	expect(errors, "orientation_course_only", "missing", "X001");
	expect(errors, "hobby", "unknown_field", "");
	assert_int_equal(json_array_size(errors), 8);
	json_decref(errors);
	json_decref(fields);
}

static void test_nothing_given(void **state)
{
	json_t *fields = json_object(), *errors = errors_of("070001", fields);

	expect(errors, "person.surname", "missing", "X001");
	expect(errors, "person.given_names", "missing", "X001");
	expect(errors, "person.birth_date", "missing", "X001");
	expect(errors, "person.address.street", "missing", "X001");
	expect(errors, "person.address.postcode", "missing", "X001");
	expect(errors, "person.address.town", "missing", "X001");
	expect(errors, "person.azr_number", "missing", "X001");
	expect(errors, "person.birth_place", "missing", "X001");
	expect(errors, "person.nationalities", "missing", "X001");
	expect(errors, "residence_title", "missing", "X001");
	expect(errors, "orientation_course_only", "missing", "X001");
	assert_int_equal(json_array_size(errors), 11);
	json_decref(errors);
	json_decref(fields);
}

static void test_codes_of_errors(void **state)
{
	one("person.nationalities", "['432','467','479','349','438']", "person.nationalities", "too_many", "X001");
	one("person.nationalities", "[]", "person.nationalities", "missing", "X001");
	one("person.sex", "'q'", "person.sex", "unknown_code", "S011");
	one("residence_title", "'NO-SUCH'", "residence_title", "unknown_code", "S011");
	one("residence_title", "'STAT-01'", "residence_title", "code_not_allowed", "S011");
	one("person.birth_place", "''", "person.birth_place", "empty", "S030");
	one("person.address.street", "''", "person.address.street", "empty", "S030");
	one("person.azr_number", "'261304013377'", "person.azr_number", "invalid", "X001");
	one("person.azr_number", "'26080401337'", "person.azr_number", "invalid", "X001");
	one("person.address.house_number", "'12a'", "person.address.house_number", "invalid", "X001");
	one("person.address.house_number", "'12345'", "person.address.house_number", "invalid", "X001");
	one("information_block", "false", "information_block", "invalid", "X001");
	one("contact", "{}", "contact.channels", "missing", "X001");
	one("contact", "{'channels':[{'type':'01'}]}", "contact.channels[1].value", "missing", "X001");
	one("contact", "{'channels':[{'type':'01','value':'a'},{'value':'b'}]}", "contact.channels[2].type", "missing",
	    "X001");
	one("contact", "{'channels':[{'type':'99','value':'a'}]}", "contact.channels[1].type", "unknown_code", "S011");
	one("contact", "{'channels':[{'type':'01','value':'a','fax':1}]}", "contact.channels[1].fax", "unknown_field", "");
	one("person.address.country", "'DE'", "person.address.country", "unknown_field", "");
	one("person.Müller", "1", "person.?", "unknown_field", "");
	one("record", "{'art':'1a'}", "record", "unknown_field", "");
}

static void test_characters(void **state)
{
	static const char *const wrong[] = { "'a\xe2\x80\x93z'", "'\xe2\x80\x9cz'", "'a\xc2\xadz'",
					     "'\xd0\x96'", "'\xf0\x9f\x98\x80'", "'a\\u0000b'", "'a\\u0001'",
					     "'\xcc\x81'", "'B\xcc\x81'", "'A\xcc\x8b\xcc\x8b'" };
	static const char *const fine[] = { "'C\xcc\xa8\xcc\x86'", "'L\xcc\xa5\xcc\x84'", "'A\xcc\x8b'", "'a\\tb\\nc\\r'",
					    "'\xe2\x82\xac'", "null" };
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		one("person.surname", wrong[i], "person.surname", "invalid", "X001");
	for (i = 0; i < sizeof(fine) / sizeof(*fine); i++)
		right("person.surname", fine[i]);
}

static void test_wrong_types(void **state)
{
	one("person.surname", "7", "person.surname", "invalid", "X001");
	one("person.surname", "{'name':'x'}", "person.surname", "invalid", "X001");
	one("person.address.street", "null", "person.address.street", "invalid", "X001");
	one("person.address", "'Isarprobe 12'", "person.address", "invalid", "X001");
	one("person", "'Nguyen'", "person", "invalid", "X001");
	one("person.nationalities", "'432'", "person.nationalities", "invalid", "X001");
	one("person.nationalities", "[432]", "person.nationalities[1]", "invalid", "X001");
	one("person.birth_date", "1994", "person.birth_date", "invalid", "X001");
	one("person.birth_date", "'1994-3-27'", "person.birth_date", "invalid", "X001");
	one("person.birth_date", "'0000'", "person.birth_date", "invalid", "X001");
	one("orientation_course_only", "'true'", "orientation_course_only", "invalid", "X001");
	one("orientation_course_only", "1", "orientation_course_only", "invalid", "X001");
	one("residence_title", "41", "residence_title", "invalid", "X001");
	one("kennziffer", "123", "kennziffer", "invalid", "X001");
	one("contact", "[]", "contact", "invalid", "X001");
	one("contact", "{'channels':{}}", "contact.channels", "invalid", "X001");
	one("contact", "{'channels':['a']}", "contact.channels[1]", "invalid", "X001");
	right("person.birth_date", "'1994'");
	right("person.birth_place", "null");
	right("person.given_names", "null");
}

static void test_messages(void **state)
{
	static const struct {
		const char *number, *fields, *field, *code;
	} cases[] = {
		{ "070011", "{}", "purpose", "missing" },
		{ "070011", "{'purpose':'holiday'}", "purpose", "unknown_code" },
		{ "070013", "{'purpose':'granting'}", "purpose", "unknown_code" },
		{ "070007", "{'replace':true}", "question", "missing" },
		{ "070007", "{'replace':true,'question':'q'}", "question", "invalid" },
		{ "070010", "{}", "valid_until", "missing" },
		{ "070010", "{'valid_until':'2027-02-29'}", "valid_until", "invalid" },
		{ "070017", "{}", "reason.code", "missing" },
		{ "070017", "{'reason':{'name':'x'}}", "reason.code", "missing" },
		{ "070012", "{}", "result", "missing" },
		{ "070012", "{'result':'maybe'}", "result", "unknown_code" },
		{ "070012", "{'result':1}", "result", "invalid" },
		{ "070012", "{'result':'record'}", "record.art", "missing" },
		{ "070012", "{'result':'none','record':{}}", "record", "invalid" },
		{ "070003", "{'record':{'art':'1a','kind':'obligation'}}", "record.kind", "invalid" },
		{ "070003", "{'record':{'issuer':{'key':'azr'}}}", "record.issuer.key", "invalid" },
		{ "070003", "{'record':{'issuer':{'units':[{'level':-1}]}}}", "record.issuer.units[1].level", "invalid" },
		{ "070003", "{'record':{'issuer':{'units':[{'level':1.5}]}}}", "record.issuer.units[1].level", "invalid" },
		{ "070005", "{'notes':[{'name':'x'}]}", "notes[1].code", "missing" },
		{ "070005", "{'notes':['17117']}", "notes[1]", "invalid" },
		{ "070015", "{'registration':{}}", "registration.placement_test", "missing" },
		{ "070015", "{'registration':{'placement_test':'2026-01-01','placement_test_waived':true}}",
		  "registration.placement_test_waived", "invalid" },
		{ "070015", "{'sections':[{'end':'2026-01-01','end_expected':'2026-01-02'}]}", "sections[1].end_expected",
		  "invalid" },
		{ "070015", "{'sections':[{}]}", "sections[1].site.address.street", "missing" },
		{ "070015", "{'earlier_registrations':['2026-01-01','yesterday']}", "earlier_registrations[2]", "invalid" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *o = json_object(), *errors;

		put(o, "f", cases[i].fields);
		errors = errors_of(cases[i].number, json_object_get(o, "f"));
		expect(errors, cases[i].field, cases[i].code,
		       strcmp(cases[i].code, "unknown_code") == 0 ? "S011" : "X001");
		json_decref(errors);
		json_decref(o);
	}
}

static void test_findings_of_the_validator(void **state)
{
	json_t *o = json_object(), *errors;

	/* Only the rules of the release know that these two do not go together. */
	put(o, "f", "{'record':{'art':'1a','kennziffer':'1','valid_from':'2026-01-01','valid_until':'2027-01-01',"
		    "'unlimited':true}}");
	errors = errors_of("070003", json_object_get(o, "f"));
	assert_int_equal(json_array_size(errors), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(errors, 0), "code")), "invalid");
	assert_int_equal(strncmp(json_string_value(json_object_get(json_array_get(errors, 0), "field")), "record", 6), 0);
	json_decref(errors);
	json_decref(o);
}

static void test_unknown_message(void **state)
{
	json_t *fields = map_test_070001(), *errors = errors_of("070002", fields);

	expect(errors, "message", "unknown_message", "");
	json_decref(errors);
	errors = errors_of("", fields);
	expect(errors, "message", "unknown_message", "");
	json_decref(errors);
	json_decref(fields);
	fields = json_array();
	errors = errors_of("070001", fields);
	expect(errors, "", "invalid", "X001");
	json_decref(errors);
	json_decref(fields);
	assert_int_equal(xausl_message_direction(t.release, "070001"), 1);
	assert_int_equal(xausl_message_direction(t.release, "070015"), -1);
	assert_int_equal(xausl_message_direction(t.release, "070002"), 0);
}

static void test_frame(void **state)
{
	json_t *fields = map_test_070001(), *errors = NULL;
	struct xausl_frame bad = t.frame;
	struct osci_err err = { 0 };
	char *xml = NULL;
	size_t len;

	bad.author.name = "";
	assert_int_equal(xausl_build(&xml, &len, t.release, "070001", fields, &bad, &errors, &err), OSCI_E_USAGE);
	assert_null(errors);
	assert_string_equal(err.where, "author.name");
	bad = t.frame;
	bad.author.street = NULL;
	assert_int_equal(xausl_build(&xml, &len, t.release, "070001", fields, &bad, &errors, &err), OSCI_E_USAGE);
	assert_string_equal(err.where, "author.address.postcode");
	bad = t.frame;
	bad.uuid = "2d0f8276";
	assert_int_equal(xausl_build(&xml, &len, t.release, "070001", fields, &bad, &errors, &err), OSCI_E_USAGE);
	assert_string_equal(err.where, "uuid");
	assert_null(xml);
	bad = t.frame;
	bad.test = true;
	bad.product_version = NULL;
	bad.reader.street = "Am Beispielpark";
	bad.reader.postcode = "90461";
	bad.reader.town = "Nürnberg";
	assert_int_equal(xausl_build(&xml, &len, t.release, "070001", fields, &bad, &errors, &err), 0);
	assert_non_null(strstr(xml, " test=\"true\""));
	assert_null(strstr(xml, "produktversion"));
	assert_non_null(strstr(xml, "<anschrift.leser><gebaeude><postleitzahl>90461</postleitzahl>"));
	free(xml);
	json_decref(fields);
}

static void test_large_input(void **state)
{
	json_t *fields = map_test_070001(), *list = json_array(), *deep = json_object(), *errors;
	char *text = malloc(MAP_TEXT_MAX + 2);
	unsigned i;

	memset(text, 'a', MAP_TEXT_MAX + 1);
	text[MAP_TEXT_MAX + 1] = 0;
	json_object_set_new(json_object_get(fields, "person"), "surname", json_string(text));
	for (i = 0; i <= MAP_LIST_MAX; i++)
		json_array_append_new(list, json_null());
	json_object_set_new(json_object_get(fields, "person"), "former_surnames", list);
	for (i = 0; i < 1500; i++) /* unknown, so nobody goes down */
		deep = json_pack("{s:o}", "a", deep);
	json_object_set_new(fields, "deep", deep);
	errors = errors_of("070001", fields);
	expect(errors, "person.surname", "invalid", "X001");
	expect(errors, "person.former_surnames", "too_many", "X001");
	expect(errors, "deep", "unknown_field", "");
	json_decref(errors);
	json_decref(fields);

	fields = map_test_070001(); /* more wrong fields than anybody reads */
	for (i = 0; i < 5000; i++) {
		snprintf(text, 32, "f%u", i);
		json_object_set_new(fields, text, json_true());
	}
	errors = errors_of("070001", fields);
	assert_int_equal(json_array_size(errors), 200);
	json_decref(errors);
	json_decref(fields);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_nothing_given),
		cmocka_unit_test(test_codes_of_errors),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_findings_of_the_validator),
		cmocka_unit_test(test_unknown_message),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_large_input),
	};
	int r;

	map_test_open(&t);
	r = cmocka_run_group_tests_name("map-build", tests, NULL, NULL);
	map_test_close(&t);
	return r;
}
