/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-oracle - our schema against the reference schemas: same verdict on every mutant of every example
 *
 * Mutants: each element dropped, doubled, swapped, renamed, put into another namespace, given other values and
 * attributes.  The alphabet of data type C is compared character by character and mark by mark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlschemas.h>

#include "reference.h"
#include "schemas.h"
#include "base/buf.h"
#include "engine/csv.h"
#include "engine/release.h"
#include "xml/xml.h"

#define XA "http://www.osci.de/xauslaender2611"
#define XSI "http://www.w3.org/2001/XMLSchema-instance"

static struct xausl *x;
static const struct xausl_release *release;
static xmlSchemaPtr reference;
static size_t mutants, accepted, differences;

static void compare(xmlDocPtr doc, const char *name, const char *what)
{
	bool ours = reference_valid(release->schema, doc), theirs = reference_valid(reference, doc);

	mutants++;
	accepted += theirs;
	if (ours != theirs && differences++ < 20)
		print_message("# %s, %s: ours %s, reference %s\n", name, what, ours ? "valid" : "invalid",
			      theirs ? "valid" : "invalid");
}

/* Element number @n of the document, from 0. */
static xmlNodePtr element(xmlDocPtr doc, size_t n)
{
	xmlNodePtr node = xmlDocGetRootElement(doc);

	while (node && n) {
		xmlNodePtr next = xmlFirstElementChild(node);

		while (!next && node) {
			next = xmlNextElementSibling(node);
			if (!next)
				node = node->parent && node->parent->type == XML_ELEMENT_NODE ? node->parent : NULL;
		}
		node = next;
		n--;
	}
	return node;
}

static const char *const values[] = {
	"", " ", "true", "false", "1", "0", " true ", "ja", "TRUE", "x", "m", "01", "DVDV", "070001", " 070001 ", "070002",
	"2026-11-01", "2026-02-29", "2024-02-29", "2026-11-01Z", "0000-01-01", "12026-01-01", "01.11.2026", "2026-11", "2026-13",
	"2026", "26", "-2026", "2026-11-22T09:00:00", "2026-11-22T09:00:00.1+01:00", "2026-11-22T24:00:00Z", "2026-11-22T25:00:00Z",
	"1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001", "1D7A1F2E-30D5-4A3E-9A57-0D0A7A6F0001", "1d7a1f2e30d54a3e9a570d0a7a6f0001",
	"901231123456", "901331123456", "900032123456", "900000123456", "12345", "123456", "1 3", "12a", "12a/", "1234", "Wohnung",
	"-1", "+5", "007", "1.0", "99999999999999999999999", "M\xc3\xbcller", "\xe2\x80\x93", "a\xcc\x8b", "\xcc\x8b", "K\xcd\x9fH",
	"\xd0\x90", "\xf0\x9f\x98\x80", "a\tb\nc", "\xc2\xad", "\xe2\x80\x99", "XAusl\xc3\xa4nder", "26.11",
};

static const char *const types[] = {
	"xa:Kommunikation", "xa:Behoerde", "x1:BehoerdeMitAnschrift", "x1:Behoerde.Erreichbar", "x2:BehoerdeType", "x3:AZRNummer",
	"x4:datatypeC", "xs:string", "xs:token", "xs:boolean", "xs:date", "x5:Tagesdatum", "x6:Code",
	"xa:Int.WeitereAngabenABHBAMFMitAufenthaltstitel", "xa:Code.BAMFABH.Kursart", "xa:Nachrichtenkopf.G2G",
	"xa:Identifikation.Nachricht", "xa:nothing", "x7:PostalischeInlandsanschrift.Gebaeudeanschrift",
};

static void declare(xmlNodePtr root)
{
	static const char *const ns[][2] = {
		{ "xa", XA }, { "xs", "http://www.w3.org/2001/XMLSchema" }, { "xsi", XSI },
		{ "x1", "http://www.osci.de/xinneres/behoerde/7" },
		{ "x2", "http://xoev.de/schemata/basisnachricht/unqualified/g2g/1_1" },
		{ "x3", "http://www.osci.de/xinneres/azrnummer/3" },
		{ "x4", "urn:xoev-de:kosit:xoev:datentyp:din-91379_2022-08" },
		{ "x5", "http://www.osci.de/xinneres/datum/2" }, { "x6", "http://xoev.de/schemata/code/1_0" },
		{ "x7", "http://www.osci.de/xinneres/postanschrift/5" },
	};

	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++)
		xmlNewNs(root, (const xmlChar *)ns[i][1], (const xmlChar *)ns[i][0]);
}

static void set(xmlNodePtr n, const char *name, const char *value)
{
	xmlSetProp(n, (const xmlChar *)name, (const xmlChar *)value);
}

static void set_xsi(xmlNodePtr n, const char *name, const char *value)
{
	xmlNsPtr ns = xmlSearchNs(n->doc, n, (const xmlChar *)"xsi");

	assert_non_null(ns);
	xmlSetNsProp(n, ns, (const xmlChar *)name, (const xmlChar *)value);
}

enum { SHAPES = 20 };

/* Shape @k applied to element @n; false if it does not fit. */
static bool shape(xmlNodePtr n, unsigned k)
{
	xmlNodePtr next = xmlNextElementSibling(n), copy;
	xmlAttrPtr a;

	switch (k) {
	case 0:
		if (n->parent->type != XML_ELEMENT_NODE)
			return false;
		xmlUnlinkNode(n);
		xmlFreeNode(n);
		return true;
	case 1:
		if (n->parent->type != XML_ELEMENT_NODE)
			return false;
		copy = xmlCopyNode(n, 1);
		assert_non_null(copy);
		return xmlAddNextSibling(n, copy) != NULL;
	case 2:
		if (!next)
			return false;
		xmlUnlinkNode(next);
		return xmlAddPrevSibling(n, next) != NULL;
	case 3: xmlNodeSetName(n, (const xmlChar *)"other"); return true;
	case 4: n->ns = n->ns ? NULL : xmlSearchNsByHref(n->doc, n, (const xmlChar *)XA); return true;
	case 5: n->ns = xmlNewNs(n, (const xmlChar *)"urn:other", (const xmlChar *)"o"); return true;
	case 6: set(n, "listURI", "urn:other"); return true;
	case 7: set(n, "listVersionID", "other"); return true;
	case 8: return xmlUnsetProp(n, (const xmlChar *)"listURI") == 0;
	case 9: return xmlUnsetProp(n, (const xmlChar *)"listVersionID") == 0;
	case 10: set(n, "other", "1"); return true;
	case 11: set_xsi(n, "nil", "true"); return true;
	case 12: return xmlNewTextChild(n, NULL, (const xmlChar *)"other", NULL) != NULL;
	case 13: return xmlNewTextChild(n, NULL, (const xmlChar *)"name", (const xmlChar *)"x") != NULL;
	case 14: return xmlAddChild(n, xmlNewText((const xmlChar *)"text")) != NULL;
	case 15: return xmlAddChild(n, xmlNewComment((const xmlChar *)"c")) != NULL;
	case 16: /* all content away */
		while (n->children) {
			xmlNodePtr c = n->children;

			xmlUnlinkNode(c);
			xmlFreeNode(c);
		}
		return true;
	case 17: /* attribute of the root dropped */
	case 18: /* ... changed */
	case 19: /* ... emptied */
		a = n->parent->type == XML_DOCUMENT_NODE ? n->properties : NULL;
		if (!a)
			return false;
		if (k == 17)
			return xmlRemoveProp(a) == 0;
		set(n, (const char *)a->name, k == 18 ? "26.05" : "");
		return true;
	}
	return false;
}

static void mutate(const char *name, const char *data, size_t len, void *ud)
{
	xmlDocPtr doc, m;
	xmlNodePtr node;
	char what[128];
	size_t n;

	assert_int_equal(osci_xml_parse(&doc, data, len, NULL, NULL), 0);
	declare(xmlDocGetRootElement(doc));
	compare(doc, name, "unchanged");
	for (n = 0; (node = element(doc, n)); n++) {
		bool leaf = !xmlFirstElementChild(node);

		for (unsigned k = 0; k < SHAPES; k++) {
			if ((k + n + len) % 4)
				continue;
			m = xmlCopyDoc(doc, 1);
			assert_non_null(m);
			snprintf(what, sizeof(what), "element %zu %s, shape %u", n, (const char *)node->name, k);
			if (shape(element(m, n), k))
				compare(m, name, what);
			xmlFreeDoc(m);
		}
		/* Values and types: every one in turn over the elements, so that each meets many kinds of element. */
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			if (!leaf || (v + n) % 16)
				continue;
			m = xmlCopyDoc(doc, 1);
			assert_non_null(m);
			xmlNodeSetContent(element(m, n), (const xmlChar *)values[v]);
			snprintf(what, sizeof(what), "element %zu %s, value %zu", n, (const char *)node->name, v);
			compare(m, name, what);
			xmlFreeDoc(m);
		}
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
			if ((t + n) % 10)
				continue;
			m = xmlCopyDoc(doc, 1);
			assert_non_null(m);
			set_xsi(element(m, n), "type", types[t]);
			snprintf(what, sizeof(what), "element %zu %s, type %s", n, (const char *)node->name, types[t]);
			compare(m, name, what);
			xmlFreeDoc(m);
		}
	}
	xmlFreeDoc(doc);
}

static void unchanged(const char *name, const char *data, size_t len, void *ud)
{
	xmlDocPtr doc = NULL;

	if (osci_xml_parse(&doc, data, len, NULL, NULL))
		return; /* not well-formed or not UTF-8: no document to compare */
	compare(doc, name, "as published");
	xmlFreeDoc(doc);
}

static void test_examples(void **state)
{
	static const char *const dirs[] = { "valid", "invalid", "rule-violations" };
	char sub[64], dir[4096];

	if (!reference)
		skip();
	for (size_t i = 0; i < 3; i++) {
		snprintf(sub, sizeof(sub), "examples/%s", dirs[i]);
		assert_non_null(schemas_reference(sub, dir, sizeof(dir)));
		assert_true(schemas_each(dir, unchanged, NULL) > 0);
	}
	assert_int_equal(differences, 0);
}

static void test_mutants(void **state)
{
	char dir[4096];

	if (!reference)
		skip();
	mutants = accepted = 0;
	schemas_each(schemas_reference("examples/valid", dir, sizeof(dir)), mutate, NULL);
	print_message("# %zu mutants, %zu of them valid for the reference, %zu differences\n", mutants, accepted, differences);
	assert_true(mutants > 5000 && accepted > 1000);
	assert_int_equal(differences, 0);
}

static xmlRegexpPtr alphabet(const char *file)
{
	_cleanup_(osci_freep) char *data = NULL;
	xmlRegexpPtr re = NULL;
	xmlNodePtr node;
	xmlDocPtr doc;
	size_t len;

	assert_int_equal(xausl_file_load(&data, &len, file, 1 << 20, NULL), 0);
	assert_int_equal(osci_xml_parse(&doc, data, len, NULL, NULL), 0);
	for (size_t n = 0; (node = element(doc, n)); n++) {
		xmlChar *v = strcmp((const char *)node->name, "pattern") ? NULL : xmlGetProp(node, (const xmlChar *)"value");

		if (v)
			re = xmlRegexpCompile(v);
		xmlFree(v);
	}
	xmlFreeDoc(doc);
	assert_non_null(re);
	return re;
}

/* 1 if the two disagree on @s. */
static unsigned disagree(xmlRegexpPtr ours, xmlRegexpPtr theirs, const unsigned char *s)
{
	int a = xmlRegexpExec(ours, s), b = xmlRegexpExec(theirs, s);

	if (a == b)
		return 0;
	print_message("# octets");
	for (const unsigned char *p = s; *p; p++)
		print_message(" %02x", *p);
	print_message(": ours %d, reference %d\n", a, b);
	return 1;
}

static size_t put_char(unsigned char *p, int c)
{
	int n = xmlCopyChar(0, p, c);

	p[n] = '\0';
	return (size_t)n;
}

static void test_alphabet(void **state)
{
	char ours_path[4096], theirs_path[4096];
	xmlRegexpPtr ours, theirs;
	unsigned char s[32];
	size_t wrong = 0;

	if (!reference)
		skip();
	snprintf(ours_path, sizeof(ours_path), "%s/xausl-schemas/26.11/xsd/letters.xsd", getenv("XAUSL_SOURCE_ROOT"));
	ours = alphabet(ours_path);
	theirs = alphabet(schemas_reference("xsd/xoev/din-norm-91379-datatypes.xsd", theirs_path, sizeof(theirs_path)));
	for (int c = 1; c < 0x11000; c++) {
		if (!IS_CHAR(c))
			continue;
		put_char(s, c);
		wrong += disagree(ours, theirs, s);
	}
	/* One, two marks, and the letters that may follow one, behind every letter. */
	for (int c = 0x20; c < 0x2100; c++) {
		if (c == 0x250)
			c = 0x1e00;
		for (int m = 0x300; m < 0x370; m++) {
			size_t n = put_char(s, c);

			n += put_char(s + n, m);
			wrong += disagree(ours, theirs, s);
			if (c >= 0x80 || (m != 0x325 && m != 0x328 && m != 0x31b && m != 0x35f))
				continue;
			for (int k = 0x300; k < 0x330; k++) {
				put_char(s + n, k);
				wrong += disagree(ours, theirs, s);
			}
			for (const char *k = "HhKkCcAa"; *k; k++) {
				put_char(s + n, *k);
				wrong += disagree(ours, theirs, s);
			}
		}
	}
	assert_int_equal(wrong, 0);
	xmlRegFreeRegexp(ours);
	xmlRegFreeRegexp(theirs);
}

static int setup(void **state)
{
	x = schemas_open();
	release = xausl_release_find(x, "26.11");
	reference = reference_open();
	if (!reference)
		print_message("# reference schemas are not here: comparisons are skipped\n");
	return 0;
}

static int teardown(void **state)
{
	if (reference)
		xmlSchemaFree(reference);
	xausl_freep(&x);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_alphabet),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
