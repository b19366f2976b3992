/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-validate - what makes a message invalid, which finding says so, and that no finding tells a value
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "schemas.h"
#include "base/buf.h"

static struct xausl *x;

struct one {
	const char *message, *from, *to, *finding; /* "id" or "id path", path by its end */
	unsigned findings;                         /* 0 = any number */
};

static void check(const struct one *t)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	_cleanup_(osci_freep) char *text = schemas_message(t->message), *changed = schemas_replace(text, t->from, t->to);
	const char *space = strchr(t->finding, ' ');
	size_t id = space ? (size_t)(space - t->finding) : strlen(t->finding);
	bool hit = false;

	assert_int_equal(xausl_validate(&r, x, NULL, changed, strlen(changed), NULL), 0);
	if (!*t->finding) {
		if (r->verdict != XAUSL_VALID)
			fail_msg("%s -> %s: %s %s: %s", t->from, t->to, r->findings[0].id, r->findings[0].path,
				 r->findings[0].what);
		return;
	}
	assert_int_equal(r->verdict, XAUSL_INVALID);
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct xausl_finding *f = &r->findings[i];

		if (strlen(f->id) == id && !strncmp(f->id, t->finding, id) &&
		    (!space || (strlen(f->path) >= strlen(space + 1) &&
				!strcmp(f->path + strlen(f->path) - strlen(space + 1), space + 1))))
			hit = true;
	}
	if (!hit || (t->findings && r->n_errors != t->findings))
		fail_msg("%s -> %s: %zu errors, first %s %s: %s, expected %s", t->from, t->to, r->n_errors,
			 r->findings[0].id, r->findings[0].path, r->findings[0].what, t->finding);
}

static void test_changes(void **state)
{
	static const struct one tests[] = {
		/* frame */
		{ "070001", "version=\"26.11\"", "version=\"26.05\"", "frame.version /@version", 1 },
		{ "070001", " version=\"26.11\"", "", "frame.version-missing ABHBAMF.Teilnahmeberechtigung.070001", 1 },
		{ "070001", "standard=\"XAusländer\"", "standard=\"XAuslaender\"", "schema.fixed /@standard", 1 },
		{ "070001", "xauslaender2611", "xauslaender2605", "frame.release", 1 },
		{ "070001", "xauslaender2611", "xauslaender2612", "frame.namespace", 1 },
		{ "070001", "xauslaender2611", "xauslaender2611/", "frame.namespace", 1 },
		{ "070001", "<code>070001<", "<code>070008<", "frame.message-type nachrichtentyp/code", 1 },
		{ "070001", "<code>070001<", "<code> 070001 <", "", 0 },
		{ "070001", "<kennung>azr:011200", "<kennung>azr:11200", "frame.author autor/kennung", 1 },
		{ "070001", "<kennung>azr:011200", "<kennung>dbs:011200", "frame.author autor/kennung", 1 },
		{ "070001", "<kennung>dbs:990000000070", "<kennung>azr:011200", "frame.reader leser/kennung", 1 },
		{ "070003", "<kennung>azr:011200", "<kennung>dbs:1", "frame.reader leser/kennung", 1 },
		{ "070003", "<kennung>dbs:990000000070", "<kennung>azr:011200", "frame.author autor/kennung", 1 },
		{ "070003", "<kennung>dbs:990000000070", "<kennung>dbs:990000000099", "", 0 },
		{ "070001", "<code>DVDV<", "<code>SAFE<", "frame.directory verzeichnisdienst/code", 1 },
		{ "070001", "<code>DVDV<", "<code>NONE<", "code.unknown verzeichnisdienst/code", 0 },
		{ "070001", ".000+01:00", "+01:00", "", 0 },
		{ "070001", ".000+01:00", ".000", "frame.created erstellungszeitpunkt", 1 },
		{ "070001", ".000+01:00", "Z", "", 0 },
		{ "070003", "<xa:ausloeserUUID>1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001</xa:ausloeserUUID>", "",
		  "frame.trigger", 1 },
		/* schema */
		{ "070001", "<xa:ort>Probestadt</xa:ort>", "<xa:ort>Probestadt</xa:ort><xa:unbekannt>true</xa:unbekannt>",
		  "schema.element geburtsort/xauslaender:unbekannt", 1 },
		{ "070001", "<name>Probe<", "<name>\xd0\x9f\xd1\x80<", "schema.character nachname/name", 1 },
		{ "070001", "<name>Probe<", "<name>Probe\xe2\x80\x93" "Bindestrich<", "schema.character nachname/name", 1 },
		{ "070001", "<name>Probe<", "<name>S\xcc\xb1\xe1\xba\x9e\xc5\xa0<", "", 0 },
		{ "070001", "<postleitzahl>12345<", "<postleitzahl>123456<", "schema.value postleitzahl", 1 },
		{ "070001", "produkt=\"Test\"", "produkt=\"Test\" fremd=\"1\"", "schema.attribute /@fremd", 1 },
		{ "070001", "<name>BAMF</name>", "<name>BAMF</name>text", "schema.content leser", 1 },
		{ "070001", "<name>BAMF</name>", "<name>BA<b/>MF</name>", "schema.content name", 1 },
		{ "070001", "<code>w</code>", "", "schema.missing geschlecht/xauslaender:geschlecht", 1 },
		{ "070001", "geburtsdatum><jahrMonatTag>1990-05-17</jahrMonatTag>", "geburtsdatum><jahr>1990</jahr>", "",
		  0 },
		{ "070001", "<xa:nurOrientierungskurs>",
		  "<xa:nurOrientierungskurs xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\">",
		  "schema.nil", 0 },
		{ "070001", "<xa:nurOrientierungskurs>",
		  "<xa:nurOrientierungskurs xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"none\">",
		  "schema.type", 0 },
		{ "070001", "1990-05-17", "1990-05", "schema.date-partial geburtsdatum/jahrMonatTag", 1 },
		{ "070001", "1990-05-17", "17.05.1990", "schema.date geburtsdatum/jahrMonatTag", 1 },
		{ "070001", "1990-05-17", "1990-02-30", "schema.date geburtsdatum/jahrMonatTag", 1 },
		{ "070001", "<xa:ort>Probestadt</xa:ort>", "<xa:ort>Probestadt</xa:ort><xa:ort>Probestadt</xa:ort>",
		  "schema.repeated geburtsort/xauslaender:ort[2]", 1 },
		{ "070001", "xmlns:xa=\"http://www.osci.de/xauslaender2611\"", "xmlns:xa=\"urn:none\"", "frame.namespace", 1 },
		/* values */
		{ "070001", "<name>Probe<", "<name>Pro<!-- x -->be<", "xml.comment nachname/name", 1 },
		{ "070001", "<name>Probe<", "<name><![CDATA[Probe]]><", "", 0 },
		{ "070001", "<nachrichtentyp>", "<!-- between elements --><nachrichtentyp>", "", 0 },
		/* code lists */
		{ "070001", "listVersionID=\"19\"><code>AERL-STAT-001<", "listVersionID=\"18\"><code>AERL-STAT-001<",
		  "code.version xauslaender:aufenthaltstitel/@listVersionID", 1 },
		{ "070001", "<code>AERL-STAT-001<", "<code>AERL-STAT-000<", "code.unknown aufenthaltstitel/code", 1 },
		{ "070001", "<code>AERL-STAT-001<", "<code>\n AERL-STAT-001\t<", "", 0 },
		{ "070001", "<code>AERL-STAT-001<", "<code>aerl-stat-001<", "code.unknown aufenthaltstitel/code", 1 },
		{ "070001", "<code>w</code>", "<code>q</code>", "code.unknown xauslaender:geschlecht/code", 1 },
		{ "070001", "2021-02-19\"><code>163<", "2021-02-19\"><code>999999<", "code.unknown", 1 },
		{ "070001", "2021-02-19\"><code>163<", "2025-01-01\"><code>999999<", "", 0 },
		{ "070001", "kanal listVersionID=\"3\"", "kanal listVersionID=\"4.1\"", "", 0 },
		{ "070001", "kanal listVersionID=\"3\"", "kanal listVersionID=\"2\"", "code.version kanal/@listVersionID", 1 },
		{ "070001", "<xa:aufenthaltstitel listVersionID=\"19\"",
		  "<xa:aufenthaltstitel listVersionID=\"19\" listURI=\"urn:de:xauslaender:codelist:int:behoerdentyp\"",
		  "schema.fixed aufenthaltstitel/@listURI", 0 },
		/* rules */
		{ "070001", "<code>AERL-STAT-001<", "<code>STAT-04<", "rule.title-not-for-office aufenthaltstitel/code", 1 },
		{ "070001", "<name>Probe<", "<name><", "rule.text-empty nachname/name", 1 },
		{ "070001", "<name>BAMF<", "<name/><!--", "xml.malformed", 1 },
		{ "070001", "<name>BAMF<", "<name><", "rule.text-empty leser/name", 1 },
		{ "070001", "<xa:ort>Probestadt<", "<xa:ort> <", "rule.text-empty geburtsort/xauslaender:ort", 1 },
		{ "070003", "teilnahmeUnbefristet>false", "teilnahmeUnbefristet>true",
		  "rule.unlimited-with-end berechtigungVerpflichtung", 1 },
		{ "070003", "teilnahmeUnbefristet>false", "teilnahmeUnbefristet> 1 ",
		  "rule.unlimited-with-end berechtigungVerpflichtung", 1 },
		{ "070015", "<xa:einstufungstestdatum>2026-09-08</xa:einstufungstestdatum>",
		  "<xa:einstufungstestverzichtbar>true</xa:einstufungstestverzichtbar>", "", 0 },
		{ "070015", "tatsaechlichesEndedatum>2026-11-15</xa:tatsaechlichesEndedatum",
		  "voraussichtlichesEndedatum>2026-11-15</xa:voraussichtlichesEndedatum",
		  "rule.absence-before-end xauslaender:kursabschnittsdaten", 1 },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		check(&tests[i]);
}

static void bytes(const char *data, size_t len, const char *expected)
{
	char first[512];

	assert_int_equal(schemas_verdict(x, data, len, first, sizeof(first)), XAUSL_INVALID);
	if (strcmp(first, expected) != 0)
		fail_msg("%s, expected %s", first, expected);
}

static void test_hostile(void **state)
{
	_cleanup_(osci_freep) char *text = schemas_message("070001"), *dtd = NULL, *latin = NULL, *decl = NULL;
	_cleanup_(osci_freep) char *deep = NULL;
	static const char utf16[] = "\xff\xfe<\0a\0/\0>\0";
	char *p;

	dtd = schemas_replace(text, "?>", "?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>");
	bytes(dtd, strlen(dtd), "xml.dtd ");
	decl = schemas_replace(text, "UTF-8", "ISO-8859-1");
	bytes(decl, strlen(decl), "xml.encoding ");
	latin = schemas_replace(text, "Ausl\xc3\xa4nderbeh", "Ausl\xe4nderbeh");
	bytes(latin, strlen(latin), "xml.encoding ");
	bytes(utf16, sizeof(utf16) - 1, "xml.encoding ");
	bytes(text, strlen(text) - 3, "xml.malformed ");
	bytes("", 0, "xml.malformed ");
	bytes("<a/>", 4, "frame.namespace-missing a");
	bytes("<a xmlns='urn:x'/>", 18, "frame.namespace *:a");
	p = deep = malloc(4000);
	assert_non_null(deep);
	for (int i = 0; i < 500; i++)
		p = stpcpy(p, "<d>");
	bytes(deep, strlen(deep), "xml.limit ");
}

/* 10,000 elements too many: bounded findings, the verdict stays. */
static void test_many_findings(void **state)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	_cleanup_(osci_freep) char *text = schemas_message("070015"), *changed = NULL, *many = malloc(10000 * 80 + 1);
	char *p = many;
	clock_t start;

	assert_non_null(many);
	for (int i = 0; i < 10000; i++)
		p = stpcpy(p, "<xa:datumFruehereKursanmeldung>x</xa:datumFruehereKursanmeldung>\n");
	changed = schemas_replace(text, "<xa:datumFruehereKursanmeldung>2020-01-31</xa:datumFruehereKursanmeldung>", many);
	start = clock();
	assert_int_equal(xausl_validate(&r, x, NULL, changed, strlen(changed), NULL), 0);
	assert_true(clock() - start < CLOCKS_PER_SEC);
	assert_int_equal(r->verdict, XAUSL_INVALID);
	assert_int_equal(r->n_findings, XAUSL_FINDINGS_MAX);
	assert_int_equal(r->n_errors, XAUSL_FINDINGS_MAX);
	assert_int_equal(r->n_dropped, 10001 - XAUSL_FINDINGS_MAX); /* and one for the length of the row */
	assert_non_null(strstr(r->findings[99].path, "datumFruehereKursanmeldung[100]"));
	assert_int_equal(r->findings[99].line, r->findings[0].line + 99);
	xausl_report_freep(&r);
	/* The same number of right ones is valid, in reasonable time, and worth a warning. */
	p = many;
	for (int i = 0; i < 10000; i++)
		p = stpcpy(p, "<xa:datumFruehereKursanmeldung>2020-01-31</xa:datumFruehereKursanmeldung>\n");
	free(changed);
	changed = schemas_replace(text, "<xa:datumFruehereKursanmeldung>2020-01-31</xa:datumFruehereKursanmeldung>", many);
	start = clock();
	assert_int_equal(xausl_validate(&r, x, NULL, changed, strlen(changed), NULL), 0);
	assert_true(clock() - start < CLOCKS_PER_SEC);
	assert_int_equal(r->verdict, XAUSL_VALID);
	assert_int_equal(r->n_findings, 1);
	assert_string_equal(r->findings[0].id, "frame.row-long");
	assert_true(r->findings[0].level == XAUSL_WARNING && strstr(r->findings[0].path, "[10000]"));
}

/* Levels, kinds of values, and values when they are asked for; hints stand behind errors and leave the verdict alone. */
static void test_levels_and_kinds(void **state)
{
	static const struct {
		const char *from, *to, *id, *kind, *value;
		enum xausl_level level;
	} tests[] = {
		{ ".000+01:00", "+01:00", "frame.created-milliseconds", "time with zone", "2026-11-22T09:00:00+01:00", XAUSL_HINT },
		{ "<strasse>Amtsgasse", "<strasse>Amtsgasse Amtsgasse Amtsgasse Amtsgasse Amtsgasse Amtsgasse", "rule.street-long",
		  "text of 59 characters", "Amtsgasse Amtsgasse Amtsgasse Amtsgasse Amtsgasse Amtsgasse", XAUSL_HINT },
		{ "<postleitzahl>12345", "<postleitzahl>123456", "schema.value", "6 digits", "123456", XAUSL_ERROR },
		{ "1990-05-17", "1990-05", "schema.date-partial", "date without day", "1990-05", XAUSL_ERROR },
		{ "1990-05-17", "17.05.1990", "schema.date", "date in German form", "17.05.1990", XAUSL_ERROR },
		{ "<name>Probe<", "<name><", "rule.text-empty", "empty", "", XAUSL_ERROR },
		{ "<name>Probe<", "<name>A\xe2\x80\x93" "B\xd0\x96" "C\xe2\x80\x93<", "schema.character",
		  "text of 6 characters with U+2013, U+0416", "A\xe2\x80\x93" "B\xd0\x96" "C\xe2\x80\x93", XAUSL_ERROR },
	};
	static const struct xausl_check_opts shown = { .show_values = true };

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		for (int show = 0; show < 2; show++) {
			_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
			_cleanup_(osci_freep) char *text = schemas_message("070001"), *changed = NULL;

			changed = schemas_replace(text, tests[i].from, tests[i].to);
			assert_int_equal(xausl_validate(&r, x, show ? &shown : NULL, changed, strlen(changed), NULL), 0);
			assert_int_equal(r->n_findings, 1);
			assert_string_equal(r->findings[0].id, tests[i].id);
			assert_int_equal(r->findings[0].level, tests[i].level);
			assert_string_equal(r->findings[0].value_class, tests[i].kind);
			assert_int_equal(r->verdict, tests[i].level == XAUSL_ERROR ? XAUSL_INVALID : XAUSL_VALID);
			assert_int_equal(strlen(r->findings[0].standard_code), tests[i].level == XAUSL_ERROR ? 4 : 0);
			if (show)
				assert_string_equal(r->findings[0].value, tests[i].value);
			else
				assert_null(r->findings[0].value);
		}
}

/* A text at the limit, in letters that may carry marks: the alphabet is read without stepping back. */
static void test_long_text(void **state)
{
	_cleanup_(osci_freep) char *text = schemas_message("070001"), *changed = NULL;
	_cleanup_(osci_freep) char *name = malloc(XAUSL_TEXT_MAX + 2), *longer = NULL;
	char first[512];

	assert_non_null(name);
	for (size_t i = 0; i <= XAUSL_TEXT_MAX; i++)
		name[i] = "CKSkh"[i % 5];
	name[XAUSL_TEXT_MAX + 1] = '\0';
	longer = schemas_replace(text, "Probestadt", name);
	assert_int_equal(schemas_verdict(x, longer, strlen(longer), first, sizeof(first)), XAUSL_INVALID);
	assert_string_equal(first, "xml.limit xauslaender:ABHBAMF.Teilnahmeberechtigung.070001/xauslaender:weitereAngaben/"
				   "xauslaender:geburtsort/xauslaender:ort");
	name[XAUSL_TEXT_MAX] = '\0';
	changed = schemas_replace(text, "Probestadt", name);
	assert_int_equal(schemas_verdict(x, changed, strlen(changed), first, sizeof(first)), XAUSL_VALID);
}

/* One octet above the limit, and 50 MiB: refused at once, whatever it holds; a looser limit of the caller does not count. */
static void test_large(void **state)
{
	const size_t len = 50 << 20;
	_cleanup_(osci_freep) char *text = schemas_message("070001"), *big = malloc(len);
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	struct osci_limits limits;
	const struct xausl_check_opts opts = { .limits = &limits };
	json_t *read = NULL;
	clock_t start;
	size_t n = strlen(text);

	assert_non_null(big);
	memset(big, ' ', len);
	memcpy(big, text, n);
	osci_limits_default(&limits);
	assert_int_equal(xausl_validate(&r, x, &opts, big, XAUSL_MESSAGE_MAX, NULL), 0);
	assert_int_equal(r->verdict, XAUSL_VALID);
	bytes(big, XAUSL_MESSAGE_MAX + 1, "xml.limit ");
	xausl_report_freep(&r);
	memset(strstr(big, "Probestadt"), 'x', len - (size_t)(strstr(big, "Probestadt") - big));
	start = clock();
	assert_int_equal(xausl_validate(&r, x, &opts, big, len, NULL), 0);
	assert_int_equal(xausl_read(&read, xausl_release_find(x, "26.11"), big, len, &limits, NULL), OSCI_E_LIMIT);
	assert_true(clock() - start < CLOCKS_PER_SEC / 10);
	assert_int_equal(r->verdict, XAUSL_INVALID);
	assert_string_equal(r->findings[0].id, "xml.limit");
}

/* Values of a message never stand in a finding: every text and attribute is replaced by a telling word. */
static void test_no_values(void **state)
{
	static const char *const froms[] = {
		"070001<", "2026-11-22T09:00:00.000+01:00", "1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001", "DVDV", "azr:011200",
		"01<", "12345", "w<", "1990-05-17", "false", "901231123456", "163", "AERL-STAT-001", "XAusl\xc3\xa4nder",
		"\"26.11", "\"19", "Probe",
	};
	static const char *const words[] = {
		"GEHEIM\xd0\x96", "GEHEIM type 'GEHEIM'.", "GEHEIM Expected is ( GEHEIM ).", "GEHEIM the pattern 'GEHEIM'.",
		"GEHEIM fixed value constraint 'GEHEIM'.", "GEHEIM The attribute 'GEHEIM'", "maximum length of 'GEHEIM'.",
	};
	_cleanup_(osci_freep) char *text = schemas_message("070001");

	for (size_t i = 0; i < sizeof(froms) / sizeof(froms[0]); i++)
		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
			_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
			_cleanup_(osci_freep) char *changed = NULL;
			char to[128];
			size_t tail = strlen(froms[i]) - 1;

			snprintf(to, sizeof(to), "%s%s%s", froms[i][0] == '"' ? "\"" : "", words[w],
				 froms[i][tail] == '<' ? "<" : "");
			changed = schemas_replace(text, froms[i], to);
			assert_int_equal(xausl_validate(&r, x, NULL, changed, strlen(changed), NULL), 0);
			for (size_t k = 0; k < r->n_findings; k++)
				if (strstr(r->findings[k].what, "GEHEIM") || strstr(r->findings[k].expected, "GEHEIM") ||
				    strstr(r->findings[k].path, "GEHEIM"))
					fail_msg("%s: %s, expected %s", r->findings[k].id, r->findings[k].what,
						 r->findings[k].expected);
		}
}

static void test_release_wanted(void **state)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	_cleanup_(osci_freep) char *text = schemas_message("070001");
	const struct xausl_release *here = xausl_release_find(x, "26.11"), *old = xausl_release_find(x, "26.05");

	assert_non_null(here);
	assert_non_null(old);
	assert_int_equal(xausl_validate(&r, x, &(struct xausl_check_opts){ .release = here }, text, strlen(text), NULL), 0);
	assert_int_equal(r->verdict, XAUSL_VALID);
	xausl_report_freep(&r);
	assert_int_equal(xausl_validate(&r, x, &(struct xausl_check_opts){ .release = old }, text, strlen(text), NULL), 0);
	assert_int_equal(r->verdict, XAUSL_INVALID);
	assert_string_equal(r->findings[0].id, "frame.release");
	assert_string_equal(r->findings[0].standard_code, "V000");
	assert_non_null(strstr(r->findings[0].what, "26.11"));
	assert_non_null(strstr(r->findings[0].expected, "26.05"));
	xausl_report_freep(&r);
	free(text);
	text = schemas_message("070001");
	memcpy(strstr(text, "xauslaender2611"), "xauslaender2605", 15);
	assert_int_equal(xausl_validate(&r, x, &(struct xausl_check_opts){ .release = old }, text, strlen(text), NULL), 0);
	assert_int_equal(r->verdict, XAUSL_NOT_CHECKED);
	assert_string_equal(r->release, "26.05");
}

static void *work(void *text)
{
	size_t bad = 0;

	for (int i = 0; i < 200; i++) {
		struct xausl_report *r = NULL;

		if (xausl_validate(&r, x, NULL, text, strlen(text), NULL) || r->verdict != XAUSL_VALID)
			bad++;
		xausl_report_freep(&r);
	}
	return (void *)bad;
}

static void test_threads(void **state)
{
	_cleanup_(osci_freep) char *text = schemas_message("070015");
	pthread_t t[4];
	void *bad;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, work, text), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], &bad), 0);
		assert_null(bad);
	}
}

static int setup(void **state)
{
	x = schemas_open();
	return 0;
}

static int teardown(void **state)
{
	xausl_freep(&x);
	xausl_freep(NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many_findings),
		cmocka_unit_test(test_levels_and_kinds),
		cmocka_unit_test(test_long_text), cmocka_unit_test(test_large),
		cmocka_unit_test(test_no_values),
		cmocka_unit_test(test_release_wanted),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
