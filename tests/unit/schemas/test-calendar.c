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
#include "engine/release.h"

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
	"release;1\nnamespace;urn:one\nstandard;S\norigin;test\nschema;a;urn:one;a.xsd\n" \
	"message;1;M.1;office\nmessage;2;M.2;bamf;1\n" \
	"codelist;l.csv\n"
#define XSD(body) \
	"<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:one\">" body "</xs:schema>"
#define LIST  "@list;L;urn:l\n@version;1\n@columns;c\na;A;X\nb;B\n"
#define RULES "pattern;rule.p;S999;1;what;expected;a/b;[0-9]\n"

struct defect {
	const char *file, *text, *where;
};

/* Another manifest with the checksums the folder has. */
static void put_sealed(const char *text)
{
	_cleanup_(osci_freep) char *sealed = NULL, *both = NULL;
	char folder[64], path[128];
	size_t len;

	put("m/manifest.csv", MANIFEST);
	snprintf(folder, sizeof(folder), "%s/m", dir);
	assert_int_equal(xausl_release_seal(folder, NULL), 0);
	snprintf(path, sizeof(path), "%s/manifest.csv", folder);
	assert_int_equal(xausl_file_load(&sealed, &len, path, 1u << 20, NULL), 0);
	assert_true(asprintf(&both, "%s%s", text, strstr(sealed, "sha256;")) > 0);
	put("m/manifest.csv", both);
}

static int open_defect(const struct defect *d, struct osci_err *err)
{
	struct xausl *y = NULL;
	char folder[64];
	int r;

	snprintf(folder, sizeof(folder), "%s/m", dir);
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
	if (d && !strcmp(d->file, "m/manifest.csv"))
		put_sealed(d->text);
	else
		assert_int_equal(xausl_release_seal(folder, NULL), 0);
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
		{ "releases.csv", "../1;urn:one;2020-01-01;confirmed;here;\n", "releases.csv:1" },
		{ "releases.csv", ".1;urn:one;2020-01-01;confirmed;here;\n", "releases.csv:1" },
		{ "m/manifest.csv", MANIFEST "release;1\n", "manifest.csv" },
		{ "m/manifest.csv", MANIFEST "other;1\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "message;1;M.3;office\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "message;3;M.3;nobody\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "message;3;M.3;bamf;2\n", "manifest.csv" },
		{ "m/manifest.csv", MANIFEST "codelist;../l.csv\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "codelist;l.csv\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "schema;b;urn:two;a.xsd\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "base;a;T;2\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "base;b;T;2\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "base;a;T\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "message;3;b:M.3;both\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "message;3;a:;both\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "message;3;a:M.1;both\n", "manifest.csv:9" },
		{ "m/manifest.csv", MANIFEST "origin;again\n", "manifest.csv" },
		{ "m/manifest.csv", MANIFEST "octets\n", "manifest.csv:9" },
		{ "m/manifest.csv",
		  "release;1\nnamespace;urn:one\norigin;o\nschema;a;urn:one;a.xsd\nstandard;S\nmessage;1;M.1;office\n",
		  "manifest.csv:4" },
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

static void change(const char *name, const char *from, const char *to)
{
	char path[256];
	_cleanup_(osci_freep) char *text = NULL, *changed = NULL;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(xausl_file_load(&text, &len, path, 1u << 20, NULL), 0);
	changed = schemas_replace(text, from, to);
	put(name, changed);
}

/* Each file of the folder is held against its checksum; what is changed, or has none, is named. */
static void test_checksums(void **state)
{
	static const struct {
		const char *file, *from, *to, *where;
	} changes[] = {
		{ "m/xsd/a.xsd", "M.1", "M.2", "m/xsd/a.xsd" },
		{ "m/codelists/l.csv", "b;B", "b;C", "m/codelists/l.csv" },
		{ "m/rules.csv", "expected", "Expected", "m/rules.csv" },
		{ "m/map-names.csv", "code;code", "code;Code", "m/map-names.csv" },
		{ "m/map-chars.csv", "007E", "007F", "m/map-chars.csv" },
		{ "m/map-blocks.csv", "1;x:e;e;text;1", "1;x:e;f;text;1", "m/map-blocks.csv" },
		{ "m/manifest.csv", "sha256;rules.csv", "#", "m/rules.csv" },
		{ "m/manifest.csv", "sha256;rules.csv", "sha256;other.csv", "manifest.csv:" },
		{ "m/manifest.csv", "sha256;xsd/a.xsd", "sha256;xsd/b.xsd", "m/xsd/a.xsd" },
		{ "m/manifest.csv", "sha256;map-names.csv", "sha256;map-chars.csv", "manifest.csv:" },
		{ "m/manifest.csv", "sha256;map-names.csv;", "sha256;map-names.csv;A", "manifest.csv:" },
	};
	char folder[64], text[512];

	snprintf(folder, sizeof(folder), "%s/m", dir);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct osci_err err = { 0 };
		struct xausl *y = NULL;

		assert_int_equal(open_defect(NULL, &err), 0);
		change(changes[i].file, changes[i].from, changes[i].to);
		assert_int_equal(xausl_open(&y, dir, dir, &err), OSCI_E_CONFIG);
		if (strncmp(err.where, changes[i].where, strlen(changes[i].where)) != 0)
			fail_msg("change %zu: %s", i, osci_err_text(&err, text, sizeof(text)));
		if (strcmp(changes[i].file, "m/manifest.csv") == 0)
			continue;
		/* Changed on purpose. */
		assert_int_equal(xausl_release_seal(folder, &err), 0);
		if (xausl_open(&y, dir, dir, &err) && i != 3)
			fail_msg("sealed after change %zu: %s", i, osci_err_text(&err, text, sizeof(text)));
		xausl_freep(&y);
	}
	assert_int_equal(xausl_release_seal("/nonexistent", NULL), OSCI_E_CONFIG);
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
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
