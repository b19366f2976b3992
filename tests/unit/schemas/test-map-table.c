/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables are checked when they are loaded: each defect is refused with its line.  And the list of fields that
 * is made from them is the one the manual shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "engine/release.h"
#include "map-common.h"

static struct map_test t;
static char folder[64];

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static const char good_names[] = "list-uri;listURI\nlist-version;listVersionID\ncode;code\ncode-name;name\n";
static const char good_chars[] = "range;0020;007E\nsequence;0041 030B\n";

/* A release that holds a message 1 and nothing else. */
static int load(const char *names, const char *chars, const char *blocks, struct osci_err *err)
{
	static struct xausl_namespace ns = { .prefix = "p", .uri = "urn:probe" };
	static struct xausl_message message = { .number = "1", .root = "Probe.1", .ns = &ns, .direction = 1 };
	struct xausl_release r = {
		.version = "0", .ns = "urn:probe", .folder = folder, .namespaces = &ns, .n_namespaces = 1,
		.messages = &message, .n_messages = 1,
	};
	struct xausl_map *m = NULL;
	int rc;

	write_file("map-names.csv", names);
	write_file("map-chars.csv", chars);
	write_file("map-blocks.csv", blocks);
	rc = xausl_map_load(&m, &r, err);
	assert_true(rc ? !m : m != NULL);
	xausl_map_freep(&m);
	assert_null(m);
	return rc;
}

static void test_right_table(void **state)
{
	struct osci_err err = { 0 };

	assert_int_equal(load(good_names, good_chars, "1;x:a;a;text;1\n1;b;b[];in;0..n\nin;c;.;date;1\n", &err), 0);
}

static void test_wrong_rows(void **state)
{
	static const char *const rows[] = {
		"1;x:a;a;nonsense;1\n",                     /* type */
		"1;x:a;a;text;2\n",                         /* occurrence */
		"1;x:a;a;text;1..1\n",
		"1;x:a;a;text;0..n\n",                      /* list without [] */
		"1;x:a;a[];text;1\n",                       /* [] without list */
		"1;x:a;a[]x;text;0..n\n",
		"1;x:a;;text;1\n",                          /* no field */
		"1;;a;text;1\n",                            /* no element */
		"1;x:a;a;code;1\n",                         /* no list */
		"1;x:a;a;const;1\n",                        /* no value */
		"1;x:a;a;pair;1\n",
		"1;x:a;a;text;1;sum=3\n",                   /* options */
		"1;x:a;a;text;1;max=0\n",
		"1;x:a;a;text;1;max=a\n",
		"1;x:a;a;text;1;pattern=[\n",
		"1;x:a;a;text;1;pattern=\n",
		"1;x:a;a;word;1;words=|\n",
		"1;x:a;a;text;1;when=field\n",
		"1;x:a;a;text;1;;\n",                       /* columns */
		"1;@x:a;a;text;1\n",                        /* attribute with a prefix */
		"1;x:a;a;text;choice\n1;x:b;b;text;1\n",    /* half a choice */
		"1;;;in;1\nin;x:a;a;text;1\n1;x:b;b;text;1\n", /* block in two pieces */
		"1;x:a;;1;1\n",                             /* circle */
		"1;x:a;a;in;1\nin;x:b;b;out;1\nout;x:c;c;in;1\n",
		";x:a;a;text;1\n",
		"1;x:a;.;text;1\n",                         /* a message is an object */
	};
	struct osci_err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (load(good_names, good_chars, rows[i], &err) != OSCI_E_CONFIG)
			fail_msg("not refused: %s", rows[i]);
		assert_non_null(strstr(err.where, "map-blocks.csv"));
	}
}

static void test_wrong_characters(void **state)
{
	static const char *const chars[] = {
		"range;0020\n", "range;0041;0020\n", "range;0020;007E\nrange;0050;0060\n", "range;20 21;22\n", "range;g;h\n",
		"range;0;5\n", "range;0020;110000\n", "sequence;0041\n", "sequence;0041 0300 0301 0302 0303\n",
		"sequence;0041  0300\n", "sequence;0041 0300;1\n", "letters;0041;0042\n",
	};
	struct osci_err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(chars) / sizeof(*chars); i++) {
		if (load(good_names, chars[i], "1;x:a;a;text;1\n", &err) != OSCI_E_CONFIG)
			fail_msg("not refused: %s", chars[i]);
		assert_non_null(strstr(err.where, "map-chars.csv"));
	}
}

static void test_wrong_names(void **state)
{
	struct osci_err err = { 0 };

	assert_int_equal(load("code;code\n", good_chars, "1;x:a;a;text;1\n", &err), OSCI_E_CONFIG);
	assert_int_equal(load("code;code\ncode;code\n", good_chars, "1;x:a;a;text;1\n", &err), OSCI_E_CONFIG);
	assert_int_equal(load("other;code\n", good_chars, "1;x:a;a;text;1\n", &err), OSCI_E_CONFIG);
	assert_int_equal(load("", good_chars, "1;x:a;a;text;1\n", &err), OSCI_E_CONFIG);
	assert_non_null(strstr(err.where, "map-names.csv"));
}

static void test_files_absent(void **state)
{
	struct xausl_namespace ns = { "p", "urn:probe" };
	struct xausl_release r = { .version = "0", .ns = "urn:probe", .folder = folder, .namespaces = &ns, .n_namespaces = 1 };
	struct xausl_map *m = NULL;
	struct osci_err err = { 0 };

	remove_file("map-names.csv");
	assert_int_equal(xausl_map_load(&m, &r, &err), OSCI_E_CONFIG);
	assert_null(m);
}

static const struct map_field *field(const char *number, const char *name)
{
	const struct map_message *msg = map_message_find(t.m, number);
	size_t i;

	assert_non_null(msg);
	for (i = 0; i < msg->n_fields; i++)
		if (strcmp(msg->fields[i].name, name) == 0)
			return &msg->fields[i];
	return NULL;
}

static void has(const char *number, const char *name, const char *type, const char *path, const char *when)
{
	const struct map_field *f = field(number, name);

	if (!f)
		fail_msg("%s has no field %s", number, name);
	assert_string_equal(f->type, type);
	assert_string_equal(f->path, path);
	assert_string_equal(f->when, when);
}

static void test_fields(void **state)
{
	has("070001", "person.surname", "name", "personalien/nachname/name|nichtVorhanden", "yes");
	has("070001", "person.sex", "code(XInneres-Geschlecht)", "personalien/geschlecht/geschlecht", "no");
	has("070001", "person.nationalities[]", "code(Staatsangehoerigkeit)",
	    "weitereAngaben/staatsangehoerigkeit/staatsangehoerigkeit", "1 to 4");
	has("070001", "person.address.to.part", "text", "personalien/anschrift/hausnummern.bis/teilnummerderhausnummer.bis",
	    "no");
	has("070001", "contact.channels[].type", "code(Erreichbarkeit)", "ansprechpartner/kontaktdaten/art", "with contact");
	has("070001", "orientation_course_only", "bool", "nurOrientierungskurs", "yes");
	has("070011", "purpose", "word", "", "yes");
	has("070012", "result", "word", "informationBerechtigungsschein/keineInformationenVorhanden", "yes");
	has("070003", "record.kind", "word", "", "no");
	has("070015", "sections[].end", "date", "kursabschnittsdaten/endedatum/tatsaechlichesEndedatum", "one of");
	has("070015", "earlier_registrations[]", "date", "datumFruehereKursanmeldung", "no");
	has("070017", "reason.code", "code(BAMFABH.UebernahmeNichtMoeglich)", "grundCode", "one of");
	assert_null(field("070011", "residence_title"));
	assert_null(field("070001", "trigger"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_table),
		cmocka_unit_test(test_wrong_rows),
		cmocka_unit_test(test_wrong_characters),
		cmocka_unit_test(test_wrong_names),
		cmocka_unit_test(test_files_absent),
		cmocka_unit_test(test_fields),
	};
	int r;

	snprintf(folder, sizeof(folder), "%s", "/tmp/test-map-table-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	map_test_open(&t);
	r = cmocka_run_group_tests_name("map-table", tests, NULL, NULL);
	map_test_close(&t);
	remove_file("map-names.csv");
	remove_file("map-chars.csv");
	remove_file("map-blocks.csv");
	rmdir(folder);
	return r;
}
