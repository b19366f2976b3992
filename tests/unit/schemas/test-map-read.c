/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl_read(): the reference examples come in, go out and come in again unchanged; the envelope; names of codes
 * from the message or the list; everything the table does not know is refused with its place.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/csv.h"
#include "map-common.h"
#include "reference.h"

static struct map_test t;

static json_t *read_again(const json_t *message)
{
	struct xausl_frame frame = t.frame;
	json_t *fields = json_deep_copy(message), *errors = NULL, *back;
	const char *number = json_string_value(json_object_get(message, "message"));
	struct osci_err err = { 0 };
	char *xml = NULL;
	size_t len;
	int r;

	map_test_strip(fields);
	if (strcmp(number, "070011") == 0)
		json_object_set_new(fields, "purpose", json_string("granting")); /* not sent, but required */
	frame.uuid = json_string_value(json_object_get(message, "uuid"));
	if (strcmp(number, "070007") != 0)
		frame.trigger_uuid = json_string_value(json_object_get(message, "trigger"));
	frame.author.key = json_string_value(json_object_get(json_object_get(message, "author"), "key"));
	frame.author.name = json_string_value(json_object_get(json_object_get(message, "author"), "name"));
	frame.reader.key = json_string_value(json_object_get(json_object_get(message, "reader"), "key"));
	frame.reader.name = json_string_value(json_object_get(json_object_get(message, "reader"), "name"));
	assert_int_equal(osci_parse_datetime(json_string_value(json_object_get(message, "created")),
					     json_string_length(json_object_get(message, "created")), &frame.created_ms), 0);
	r = xausl_build(&xml, &len, t.release, number, fields, &frame, &errors, &err);
	if (r && errors)
		fprintf(stderr, "# %s\n", json_dumps(errors, 0));
	assert_int_equal(r, 0);
	back = map_test_read(&t, xml, len);
	assert_non_null(back);
	free(xml);
	json_decref(fields);
	return back;
}

static void test_examples(void **state)
{
	char folder[4200], path[4600];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	if (!*reference_folder()) {
		print_message("# SKIP the reference examples are not there\n");
		return;
	}
	snprintf(folder, sizeof(folder), "%s/examples/valid", reference_folder());
	d = opendir(folder);
	assert_non_null(d);
	while ((e = readdir(d))) {
		_cleanup_(osci_freep) char *xml = NULL;
		json_t *once, *twice;
		size_t len;

		if (!strstr(e->d_name, ".xml"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		assert_int_equal(xausl_file_load(&xml, &len, path, 1u << 20, NULL), 0);
		once = map_test_read(&t, xml, len);
		if (!once)
			fail_msg("%s is not read", e->d_name);
		assert_int_equal(strncmp(json_string_value(json_object_get(once, "message")), e->d_name, 6), 0);
		twice = read_again(once);
		if (!json_equal(once, twice)) {
			fprintf(stderr, "# %s\n# %s\n", json_dumps(once, 0), json_dumps(twice, 0));
			fail_msg("%s is not stable", e->d_name);
		}
		json_decref(once);
		json_decref(twice);
		n++;
	}
	closedir(d);
	assert_true(n >= 26);
}

/* The XML of a built message with one piece replaced; what reading it gives. */
static int read_changed(const char *number, const char *fields, const char *from, const char *to, json_t **ret,
			struct osci_err *err)
{
	struct osci_limits limits;
	json_t *v = json_loads(fields, 0, NULL);
	char *xml, *at, *changed;
	size_t len;
	int r;

	assert_non_null(v);
	xml = map_test_build(&t, number, v, &len);
	assert_non_null(xml);
	at = strstr(xml, from);
	assert_non_null(at);
	changed = malloc(len + strlen(to) + 1);
	memcpy(changed, xml, (size_t)(at - xml));
	strcpy(changed + (at - xml), to);
	strcat(changed, at + strlen(from));
	osci_limits_default(&limits);
	*ret = NULL;
	r = xausl_read(ret, t.release, changed, strlen(changed), &limits, err);
	free(changed);
	free(xml);
	json_decref(v);
	return r;
}

static const char record[] =
	"{\"record\":{\"art\":\"1b\",\"kennziffer\":\"0103\",\"valid_from\":\"2026-01-01\",\"unlimited\":true,"
	"\"issuer\":{\"name\":\"Ulm\",\"key\":\"azr:001800\",\"units\":[{\"level\":2}]}}}";

static void refused(const char *from, const char *to, const char *where)
{
	struct osci_err err = { 0 };
	json_t *out;

	assert_int_equal(read_changed("070003", record, from, to, &out, &err), OSCI_E_MALFORMED);
	assert_null(out);
	if (!strstr(err.where, where))
		fprintf(stderr, "# %s: %s\n", err.where, err.what);
	assert_non_null(strstr(err.where, where));
}

static void accepted(const char *from, const char *to)
{
	struct osci_err err = { 0 };
	json_t *out;

	assert_int_equal(read_changed("070003", record, from, to, &out, &err), 0);
	json_decref(out);
}

static void test_refused(void **state)
{
	refused("<xauslaender:gueltigVon>", "<xauslaender:neu/><xauslaender:gueltigVon>", "neu");
	refused("<xauslaender:gueltigVon>", "<gueltigVon/><xauslaender:gueltigVon>", "gueltigVon");
	refused("</xauslaender:berechtigungVerpflichtung>", "<x/></xauslaender:berechtigungVerpflichtung>", "x");
	refused("</xauslaender:berechtigungVerpflichtung>",
		"</xauslaender:berechtigungVerpflichtung><xauslaender:berechtigungVerpflichtung/>", "berechtigungVerpflichtung");
	refused("<xauslaender:gueltigVon>2026-01-01</xauslaender:gueltigVon>", "", "teilnahmeUnbefristet");
	refused("<xauslaender:gueltigVon>2026-01-01</xauslaender:gueltigVon>",
		"<xauslaender:gueltigVon><d>2026-01-01</d></xauslaender:gueltigVon>", "gueltigVon");
	refused("2026-01-01", "2026-13-01", "gueltigVon");
	refused("2026-01-01", "2026-01-01Z", "gueltigVon");
	refused(">true</xauslaender:teilnahmeUnbefristet>", ">ja</xauslaender:teilnahmeUnbefristet>", "teilnahmeUnbefristet");
	refused("<xauslaender:teilnahmeUnbefristet>", "<xauslaender:teilnahmeUnbefristet art=\"x\">", "teilnahmeUnbefristet");
	refused("<xauslaender:teilnahmeUnbefristet>", "text<xauslaender:teilnahmeUnbefristet>", "berechtigungVerpflichtung");
	refused("<xauslaender:hierarchieebene>2", "<xauslaender:hierarchieebene>99999999999999999999", "hierarchieebene");
	refused("<xauslaender:hierarchieebene>2", "<xauslaender:hierarchieebene>2e3", "hierarchieebene");
	refused("listURI=\"urn:de:xauslaender:codelist:bamfabh:integration:artberechtigung\"", "listURI=\"urn:other\"", "art");
	refused("<code>1b</code>", "", "art");
	refused("<code>1b</code>", "<code>1b</code><code>1b</code>", "code");
	refused("<code>DVDV</code>", "<code>LDAP</code>", "verzeichnisdienst");
	refused("<code>DVDV</code>", "<code>DVDV</code><name>x</name>", "name");
	refused("<code>070003</code>", "<code>070004</code>", "070003");
	refused(" version=\"26.11\"", " version=\"26.05\"", "070003");
	refused(" version=\"26.11\"", " version=\"26.11\" neu=\"1\"", "070003");
	refused(" standard=\"XAusländer\"", "", "070003");
	refused("xmlns:xauslaender=\"http://www.osci.de/xauslaender2611\"",
		"xmlns:xauslaender=\"http://www.osci.de/xauslaender2605\"", "070003");
	refused("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "");
}

static void test_accepted(void **state)
{
	accepted(">true</xauslaender:teilnahmeUnbefristet>", "> 1\n</xauslaender:teilnahmeUnbefristet>");
	accepted("2026-01-01", " 2026-01-01 ");
	accepted("<xauslaender:gueltigVon>", "<!-- a -->\n\t<xauslaender:gueltigVon>");
	accepted("<code>1b</code>", "<code> 1b </code>");
	accepted("listURI=\"urn:de:xauslaender:codelist:bamfabh:integration:artberechtigung\" ", "");
	accepted(" version=\"26.11\"", " version=\"26.11\" test=\"\"");
	accepted(" version=\"26.11\"", " version=\"26.11\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
				       " xsi:schemaLocation=\"http://www.osci.de/xauslaender2611 x.xsd\"");
	accepted("<kennung>", "<kennung>\xc3\xa4");
}

static void test_names_and_kind(void **state)
{
	struct osci_err err = { 0 };
	json_t *out, *rec;

	assert_int_equal(read_changed("070003", record, "<name>Neuzuwanderer (Verpflichtung durch ABH)</name>",
				      "<name>own\tname</name>", &out, &err), 0);
	rec = json_object_get(out, "record");
	assert_string_equal(json_string_value(json_object_get(rec, "art_name")), "own name");
	assert_string_equal(json_string_value(json_object_get(rec, "kind")), "obligation");
	assert_string_equal(json_string_value(json_object_get(out, "release")), "26.11");
	assert_string_equal(json_string_value(json_object_get(out, "trigger")), "fa7a7dac-f589-465c-9cf2-d3b77ba37dd9");
	assert_string_equal(json_string_value(json_object_get(json_object_get(out, "author"), "key")), "dbs:990000000070");
	assert_int_equal(json_object_size(json_object_get(out, "author")), 2);
	assert_null(json_object_get(out, "test"));
	json_decref(out);
	assert_int_equal(read_changed("070003", record, "<name>Neuzuwanderer (Verpflichtung durch ABH)</name>", "", &out,
				      &err), 0);
	rec = json_object_get(out, "record");
	assert_string_equal(json_string_value(json_object_get(rec, "art_name")), "Neuzuwanderer (Verpflichtung durch ABH)");
	json_decref(out);
	assert_int_equal(read_changed("070003", record, " standard=", " test=\"no\" standard=", &out, &err), 0);
	assert_true(json_is_true(json_object_get(out, "test")));
	json_decref(out);
}

static void test_question_is_the_trigger(void **state)
{
	json_t *fields = json_pack("{s:s, s:b}", "question", "fa7a7dac-f589-465c-9cf2-d3b77ba37dd9", "replace", 1), *out;
	char *xml;
	size_t len;

	xml = map_test_build(&t, "070007", fields, &len);
	assert_non_null(xml);
	out = map_test_read(&t, xml, len);
	assert_string_equal(json_string_value(json_object_get(out, "trigger")), "fa7a7dac-f589-465c-9cf2-d3b77ba37dd9");
	assert_string_equal(json_string_value(json_object_get(out, "question")), "fa7a7dac-f589-465c-9cf2-d3b77ba37dd9");
	free(xml);
	json_decref(out);
	json_decref(fields);
}

static void test_ignored(void **state)
{
	struct osci_err err = { 0 };
	char *xml, *text;
	json_t *out, *fields = map_test_070001();
	size_t len;

	xml = map_test_build(&t, "070001", fields, &len);
	free(xml);
	text = json_dumps(fields, 0);
	assert_int_equal(read_changed("070001", text, "<name>Vietnam</name></xauslaender:staatsangehoerigkeit>",
				      "</xauslaender:staatsangehoerigkeit><xauslaender:staatsgebiet><code>1</code>"
				      "</xauslaender:staatsgebiet>", &out, &err), 0);
	assert_int_equal(json_array_size(json_object_get(json_object_get(out, "person"), "nationalities")), 1);
	json_decref(out);
	assert_int_equal(read_changed("070001", text, "<gebaeude>", "<postfach><wohnort>U</wohnort></postfach><gebaeude>", &out,
				      &err), OSCI_E_MALFORMED);
	free(text);
	json_decref(fields);
}

/* Cut anywhere, or with an octet changed, a message is read or refused, and nothing else happens. */
static void test_damaged(void **state)
{
	struct osci_limits limits;
	json_t *fields = map_test_070001(), *out;
	char *xml;
	size_t len, i;

	osci_limits_default(&limits);
	xml = map_test_build(&t, "070001", fields, &len);
	assert_non_null(xml);
	for (i = 0; i < len - 1; i++) {
		out = NULL;
		assert_true(xausl_read(&out, t.release, xml, i, &limits, NULL) > 0);
		assert_null(out);
	}
	for (i = 0; i < len; i++) {
		char kept = xml[i];

		xml[i] = (char)(kept ^ 0x15);
		out = NULL;
		assert_true(xausl_read(&out, t.release, xml, len, &limits, NULL) >= 0);
		json_decref(out);
		xml[i] = kept;
	}
	free(xml);
	json_decref(fields);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_names_and_kind),
		cmocka_unit_test(test_question_is_the_trigger),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_damaged),
	};
	int r;

	map_test_open(&t);
	r = cmocka_run_group_tests_name("map-read", tests, NULL, NULL);
	map_test_close(&t);
	return r;
}
