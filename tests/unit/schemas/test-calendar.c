/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-calendar - which release is in force when, and what a defective calendar or folder does
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "schemas.h"
#include "base/buf.h"
#include "base/text.h"

static struct xausl *x;

static const char *in_force(const char *when)
{
	const struct xausl_release *r;
	int64_t ms;

	assert_int_equal(osci_parse_datetime(when, strlen(when), &ms), 0);
	r = xausl_release_at(x, ms);
	return r ? xausl_release_version(r) : "";
}

static void test_in_force(void **state)
{
	assert_string_equal(in_force("2026-11-01T00:00:00+01:00"), "26.11");
	assert_string_equal(in_force("2026-10-31T23:59:59.999+01:00"), "");
	assert_string_equal(in_force("2026-10-31T23:00:00Z"), "26.11");
	assert_string_equal(in_force("2026-10-31T22:59:59.999Z"), "");
	assert_string_equal(in_force("2026-11-22T09:00:00+01:00"), "26.11");
	/* Summer time: midnight in Berlin is 22:00 UTC. */
	assert_string_equal(in_force("2022-04-30T22:00:00Z"), "1.17.0");
	assert_string_equal(in_force("2022-04-30T21:59:59Z"), "");
	assert_string_equal(in_force("2022-11-01T00:00:00+01:00"), "1.18.0");
	assert_string_equal(in_force("2023-05-01T00:00:00+02:00"), "");
	assert_string_equal(in_force("2005-01-01T00:00:00Z"), "");
}

static void test_known(void **state)
{
	const struct xausl_release *r = xausl_release_find(x, "26.11");

	assert_non_null(r);
	assert_ptr_equal(r, xausl_release_by_namespace(x, "http://www.osci.de/xauslaender2611"));
	assert_null(xausl_release_by_namespace(x, ""));
	assert_null(xausl_release_by_namespace(x, "http://www.osci.de/xauslaender2611/"));
	assert_null(xausl_release_find(x, "26.12"));
	assert_ptr_equal(xausl_release_get(x, xausl_release_count(x) - 1), r);
	assert_null(xausl_release_get(x, xausl_release_count(x)));
	assert_string_equal(xausl_release_effective(r), "2026-11-01");
	assert_string_equal(xausl_release_certainty(r), "confirmed");
	assert_true(xausl_release_has_module(r));
	r = xausl_release_find(x, "1.10.0");
	assert_non_null(r);
	assert_false(xausl_release_has_module(r));
	assert_string_equal(xausl_release_certainty(r), "derived");
}

static void test_code_names(void **state)
{
	const struct xausl_release *r = xausl_release_find(x, "26.11");

	assert_string_equal(xausl_code_name(r, "BAMFABH-Kursart", "1"), "Allgemeiner Integrationskurs");
	assert_string_equal(xausl_code_name(r, "urn:de:xauslaender:codelist:bamfabh:int:kursart", "1"),
			    "Allgemeiner Integrationskurs");
	assert_null(xausl_code_name(r, "BAMFABH-Kursart", "01"));
	assert_null(xausl_code_name(r, "nothing", "1"));
	assert_non_null(xausl_code_name(r, "Gueltige-Auslaenderbehoerden", "000100"));
	assert_non_null(xausl_code_name(r, "Fehlercodes-in-XInneres", "S030"));
	assert_null(xausl_code_name(xausl_release_find(x, "26.05"), "BAMFABH-Kursart", "1"));
}

/* --- defects: a small release folder in which one thing at a time is wrong --- */

static char dir[] = "/tmp/xausl-calendar-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

#define CALENDAR "1;urn:one;2020-01-01;confirmed;here;m\n"
#define TRANSITIONS "*;00:00;7d;assumption;nowhere\n"
#define MANIFEST \
	"release;1\nnamespace;urn:one\nstandard;S\nschema;a;urn:one;a.xsd\nmessage;1;M.1;office\nmessage;2;M.2;bamf;1\n" \
	"codelist;l.csv\n"
#define XSD(body) \
	"<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:one\">" body "</xs:schema>"
#define LIST  "@list;L;urn:l\n@version;1\n@columns;c\na;A;X\nb;B\n"
#define RULES "pattern;rule.p;S999;1;what;expected;a/b;[0-9]\n"

struct defect {
	const char *file, *text, *where;
};

static int open_defect(const struct defect *d, struct osci_err *err)
{
	struct xausl *y = NULL;
	int r;

	put("releases.csv", CALENDAR);
	put("transitions.csv", TRANSITIONS);
	put("m/manifest.csv", MANIFEST);
	put("m/rules.csv", RULES);
	put("m/xsd/a.xsd", XSD("<xs:element name=\"M.1\" type=\"xs:string\"/>"));
	put("m/codelists/l.csv", LIST);
	put("m/map-names.csv", "list-uri;listURI\nlist-version;listVersionID\ncode;code\ncode-name;name\n");
	put("m/map-chars.csv", "range;0020;007E\n");
	put("m/map-blocks.csv", "1;x:e;e;text;1\n2;x:e;e;text;1\n");
	if (d)
		put(d->file, d->text);
	r = xausl_open(&y, dir, dir, err);
	xausl_freep(&y);
	return r;
}

static void test_defects(void **state)
{
	static const struct defect defects[] = {
		{ "releases.csv", "", "releases.csv:0" },
		{ "releases.csv", "1;urn:one;2020-01-01;confirmed;here\n", "releases.csv:1" },
		{ "releases.csv", "1;urn:one;2020-02-30;confirmed;here;m\n", "releases.csv:1" },
		{ "releases.csv", "1;urn:one;;confirmed;here;m\n", "releases.csv:1" },
		{ "releases.csv", "1;urn:one;2020-01-01;sure;here;m\n", "releases.csv:1" },
		{ "releases.csv", CALENDAR "2;urn:two;2019-01-01;derived;here;\n", "releases.csv:2" },
		{ "releases.csv", CALENDAR "1;urn:two;2021-01-01;derived;here;\n", "releases.csv:2" },
		{ "releases.csv", CALENDAR "2;urn:one;2021-01-01;derived;here;\n", "releases.csv:2" },
		{ "releases.csv", "1;urn:one;2020-01-01;confirmed;here;../m\n", "releases.csv:1" },
		{ "m/manifest.csv", MANIFEST "release;1\n", "manifest.csv" },
		{ "m/manifest.csv", MANIFEST "other;1\n", "manifest.csv:8" },
		{ "m/manifest.csv", MANIFEST "message;1;M.3;office\n", "manifest.csv:8" },
		{ "m/manifest.csv", MANIFEST "message;3;M.3;nobody\n", "manifest.csv:8" },
		{ "m/manifest.csv", MANIFEST "message;3;M.3;bamf;2\n", "manifest.csv" },
		{ "m/manifest.csv", MANIFEST "codelist;../l.csv\n", "manifest.csv:8" },
		{ "m/manifest.csv", MANIFEST "codelist;l.csv\n", "manifest.csv:8" },
		{ "m/manifest.csv", MANIFEST "schema;b;urn:two;a.xsd\n", "manifest.csv:8" },
		{ "m/codelists/l.csv", "@list;L;urn:l\na;A\n", "l.csv:0" },
		{ "m/codelists/l.csv", LIST "a;again\n", "l.csv:6" },
		{ "m/codelists/l.csv", LIST "c;C;X;Y\n", "l.csv:6" },
		{ "m/codelists/l.csv", LIST "@what;1\n", "l.csv:6" },
		{ "m/rules.csv", "no;rule.p;S999;1;what;expected;a\n", "rules.csv:1" },
		{ "m/rules.csv", "pattern;rule.p;S999;3;what;expected;a;b\n", "rules.csv:1" },
		{ "m/rules.csv", "pattern;rule.p;S999;1;what;expected;a;[\n", "rules.csv:1" },
		{ "m/rules.csv", "pattern;p;S999;1;what;expected;a;b\n", "rules.csv:1" },
		{ "m/rules.csv", "column;rule.c;S999;*;what;expected;L;d\n", "rules.csv:1" },
		{ "m/xsd/a.xsd", "<!DOCTYPE x><xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"/>", "a.xsd" },
		{ "m/xsd/a.xsd", "<x/>", "m/xsd/a.xsd:1" },
		{ "m/xsd/a.xsd", XSD("<xs:import namespace=\"urn:two\" schemaLocation=\"http://example.org/b.xsd\"/>"),
		  "m/xsd/a.xsd:1" },
		{ "m/xsd/a.xsd", XSD("<xs:import namespace=\"urn:two\" schemaLocation=\"file:///etc/passwd\"/>"),
		  "m/xsd/a.xsd:1" },
		{ "m/xsd/a.xsd", XSD("<xs:include schemaLocation=\"/etc/passwd\"/>"), "m/xsd/a.xsd:1" },
		{ "m/xsd/a.xsd", XSD("<xs:redefine schemaLocation=\"a.xsd\"/>"), "m/xsd/a.xsd:1" },
		{ "m/xsd/a.xsd", XSD("<xs:element name=\"a\" type=\"nothing\"/>"), "m/xsd/" },
		{ "m/xsd/a.xsd", XSD("<xs:import namespace=\"urn:two\"/>"), "m/xsd/a.xsd:1" },
		{ "m/xsd/a.xsd",
		  XSD("<xs:complexType name=\"t\"><xs:sequence><xs:element name=\"e\" maxOccurs=\"2000000000\"/></xs:sequence>"
		      "</xs:complexType>"),
		  "m/xsd/a.xsd:1" },
		{ "m/xsd/a.xsd",
		  XSD("<xs:complexType name=\"t\"><xs:attribute name=\"listURI\" fixed=\"urn:unknown\"/></xs:complexType>"),
		  "m/xsd/a.xsd:1" },
	};
	struct osci_err err = { 0 };
	char text[512];

	if (open_defect(NULL, &err))
		fail_msg("the folder without a defect: %s", osci_err_text(&err, text, sizeof(text)));
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		memset(&err, 0, sizeof(err));
		if (open_defect(&defects[i], &err) != OSCI_E_CONFIG)
			fail_msg("defect %zu in %s is not noticed", i, defects[i].file);
		if (strncmp(err.where, defects[i].where, strlen(defects[i].where)) != 0 || !err.what[0])
			fail_msg("defect %zu: %s, expected %s", i, osci_err_text(&err, text, sizeof(text)),
				 defects[i].where);
	}
}

/* No circles: a document includes neither itself nor itself by a longer way. */
static void test_include(void **state)
{
	struct osci_err err = { 0 };
	const struct defect self = { "m/xsd/a.xsd", XSD("<xs:include schemaLocation=\"a.xsd\"/>"), "" };
	const struct defect way = { "m/xsd/a.xsd", XSD("<xs:include schemaLocation=\"./a.xsd\"/>"), "" };

	assert_int_equal(open_defect(&self, &err), OSCI_E_CONFIG);
	assert_int_equal(open_defect(&way, &err), OSCI_E_CONFIG);
}

static void test_absent(void **state)
{
	struct osci_err err = { 0 };
	struct xausl *y = NULL;
	char path[128];

	assert_int_equal(open_defect(NULL, &err), 0);
	snprintf(path, sizeof(path), "%s/m/codelists/l.csv", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(xausl_open(&y, dir, dir, &err), OSCI_E_CONFIG);
	assert_null(y);
	assert_int_equal(xausl_open(&y, dir, "/nonexistent", &err), OSCI_E_CONFIG);
}

static int setup(void **state)
{
	static const char *const folders[] = { "m", "m/xsd", "m/codelists" };
	char path[128];

	x = schemas_open();
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "m/codelists/l.csv", "m/xsd/a.xsd", "m/rules.csv", "m/manifest.csv", "releases.csv",
					     "transitions.csv",
					     "m/map-names.csv", "m/map-chars.csv", "m/map-blocks.csv",
					     "m/codelists", "m/xsd", "m", "" };
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		remove(path);
	}
	xausl_freep(&x);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_force),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_code_names),
		cmocka_unit_test(test_defects),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
