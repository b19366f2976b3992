/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-oracle - our schema against the reference schemas: same verdict on every mutant of every example
 *
 * Mutants: each element dropped, repeated, swapped, renamed, put into another namespace, given another type, foreign codes
 * and values at and beyond the bounds of its type.  The alphabet of data type C is compared character by character and mark
 * by mark.
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
#include "lib/t_confined.h"
#include "xml/xml.h"

#define XA "http://www.osci.de/xauslaender2611"
#define XSI "http://www.w3.org/2001/XMLSchema-instance"

static struct xausl *x;
static const struct xausl_release *release;
static xmlSchemaPtr reference;

/* What was done to the message. */
enum kind { DROPPED, REPEATED, REORDERED, RETYPED, FOREIGN_CODE, FOREIGN_NAMESPACE, BOUNDARY, OTHERWISE, KINDS };
static const char *const kind_names[] = { "dropped", "repeated", "reordered", "retyped", "foreign code", "foreign namespace",
					  "boundary value", "otherwise" };
static size_t mutants[KINDS], accepted, differences;

static void compare(xmlDocPtr doc, enum kind kind, const char *name, const char *what)
{
	bool ours = reference_valid(release->schema, doc), theirs = reference_valid(reference, doc);

	mutants[kind]++;
	accepted += theirs;
	if (ours != theirs && differences++ < 20)
		print_message("# %s, %s: %s: ours %s, reference %s\n", name, kind_names[kind], what, ours ? "valid" : "invalid",
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

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const char *const values[] = {
	"", " ", "true", "false", "1", "0", " true ", "ja", "TRUE", "x", "m", "01", "DVDV", "070001", " 070001 ", "070002",
	"2026-11-01", "2026-02-29", "2024-02-29", "2026-11-01Z", "0000-01-01", "12026-01-01", "01.11.2026", "2026-11", "2026-13",
	"2026", "26", "-2026", "2026-11-22T09:00:00", "2026-11-22T09:00:00.1+01:00", "2026-11-22T24:00:00Z", "2026-11-22T25:00:00Z",
	"1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001", "1D7A1F2E-30D5-4A3E-9A57-0D0A7A6F0001", "1d7a1f2e30d54a3e9a570d0a7a6f0001",
	"901231123456", "901331123456", "900032123456", "900000123456", "12345", "123456", "1 3", "12a", "12a/", "1234", "Wohnung",
	"-1", "+5", "007", "1.0", "99999999999999999999999", "M\xc3\xbcller", "\xe2\x80\x93", "a\xcc\x8b", "\xcc\x8b", "K\xcd\x9fH",
	"\xd0\x90", "\xf0\x9f\x98\x80", "a\tb\nc", "\xc2\xad", "\xe2\x80\x99", "XAusl\xc3\xa4nder", "26.11", "6",
	"2147483648", "-0", "+0", "1e3",
	/* base64: full groups, padding, stray bits, white space, other alphabets */
	"YQ==", "YWE=", "YR==", "YWF=", "YQ", "Y", "YQ= =", " Y Q\n==", "YWFh\nYWFh", "Y-_h", "====", "YQ==YQ==", "YW\xc3\xa4h",
	/* one hundred characters, and one more */
	HUNDRED, HUNDRED "x", HUNDRED "\xc3\xa4", "a\rb",
};

/* Codes of all lists, in place of each other. */
static const char *const codes[] = {
	"S001", "S030", "S999", "T000", "T099", "T200", "V000", "X000", "X001", "X002", "s999", "0010", "0021",
	"0032", "0033", "10",
	"000002", "000040", "070001", "070002", "1", "4", "5", "01", "w", "DVDV", "", " X001\n", "X0 01",
};

static const char *const lists[] = {
	"urn:other", "", " ", "urn:de:xinneres:codeliste:fehlercodes", "urn:de:xauslaender:codelist:fehlercodes:synchron",
	"urn:de:xinneres:codeliste:nachrichtentyp", "urn:de:xauslaender:codelist:nachrichtentyp",
	"urn:xoev-de:xinneres:codeliste:quittungsrelevanter-sachverhalt", "http://[", "%%%",
};

static const char *const versions[] = { "other", "", "1", "2", "3", "4", "19", " 3 ", "3\n" };

static const char *const types[] = {
	"xa:Kommunikation", "xa:Behoerde", "x1:BehoerdeMitAnschrift", "x1:Behoerde.Erreichbar", "x2:BehoerdeType", "x3:AZRNummer",
	"x4:datatypeC", "xs:string", "xs:token", "xs:boolean", "xs:date", "x5:Tagesdatum", "x6:Code",
	"xa:Int.WeitereAngabenABHBAMFMitAufenthaltstitel", "xa:Code.BAMFABH.Kursart", "xa:Nachrichtenkopf.G2G",
	"xa:Identifikation.Nachricht", "xa:nothing", "x7:PostalischeInlandsanschrift.Gebaeudeanschrift",
	"x7:PostalischeInlandsanschrift", "x8:Identifikation.Nachricht.Typ4", "x8:Code.Nachrichtentyp.Typ4",
	"x8:Identifikation.Ereignis", "x8:Identifikation.Ereignis.Zeichen", "x9:Code.Nachrichtentyp",
	"x9:Nachrichtenkopf.G2G.XInneres", "x9:Identifikation.Nachricht.XInneres", "xr:Rueckweisung.Template.Asynchron",
	"xr:Rueckweisung.Rueckweisungsgrund", "xr:Rueckweisung.GrundSpezifisch", "xr:Rueckweisung.RueckweisendeStelle",
	"xr:Rueckweisung.Transportinformationen", "xr:Rueckweisung.Einzelfall", "xr:Code.Fehlercode.XInneres",
	"xr:Code.Fehlercode.Spezifisch", "xa:Rueckweisung.Rueckweisungsgrund", "xa:Code.Fehlercode.Sychron",
	"xa:Code.Nachrichtentyp", "xq:Quittung", "xq:Code.QuittungsrelevanterSachverhalt", "xw:WeiterleitendeStelle",
	"xs:base64Binary", "xs:hexBinary", "xs:integer", "xs:nonNegativeInteger", "xs:byte", "xs:dateTime", "x2:KommunikationType",
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
		{ "x8", "http://www.osci.de/xinneres/basisnachricht/7" },
		{ "x9", "http://www.osci.de/xinneres/nachrichtentypen/7" },
		{ "xr", "http://www.osci.de/xinneres/rueckweisung/6" }, { "xq", "http://www.osci.de/xinneres/quittung/5" },
		{ "xw", "http://www.osci.de/xinneres/weiterleitung/7" },
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

static const enum kind shapes[] = {
	DROPPED, REPEATED, REORDERED, OTHERWISE, FOREIGN_NAMESPACE, FOREIGN_NAMESPACE, FOREIGN_NAMESPACE,
	FOREIGN_CODE, FOREIGN_CODE,
	OTHERWISE, OTHERWISE, OTHERWISE, OTHERWISE, OTHERWISE, OTHERWISE, BOUNDARY, OTHERWISE, OTHERWISE, BOUNDARY, REPEATED,
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void empty(xmlNodePtr n)
{
	while (n->children) {
		xmlNodePtr c = n->children;

		xmlUnlinkNode(c);
		xmlFreeNode(c);
	}
}

/* Shape @k applied to element @n; false if it does not fit. */
static bool shape(xmlNodePtr n, size_t k)
{
	xmlNodePtr next = xmlNextElementSibling(n), copy;
	bool root = n->parent->type == XML_DOCUMENT_NODE;

	switch (k) {
	case 0:
		if (root)
			return false;
		xmlUnlinkNode(n);
		xmlFreeNode(n);
		return true;
	case 1:
	case 19: /* three more */
		if (root)
			return false;
		for (int i = 0; i < (k == 1 ? 1 : 3); i++) {
			copy = xmlCopyNode(n, 1);
			assert_non_null(copy);
			assert_non_null(xmlAddNextSibling(n, copy));
		}
		return true;
	case 2:
		if (!next)
			return false;
		xmlUnlinkNode(next);
		return xmlAddPrevSibling(n, next) != NULL;
	case 3: xmlNodeSetName(n, (const xmlChar *)"other"); return true;
	case 4: n->ns = n->ns ? NULL : xmlSearchNsByHref(n->doc, n, (const xmlChar *)XA); return true;
	case 5: n->ns = xmlNewNs(n, (const xmlChar *)"urn:other", (const xmlChar *)"o"); return true;
	case 6: n->ns = xmlSearchNs(n->doc, n, (const xmlChar *)"xr"); return true;
	case 7: return xmlUnsetProp(n, (const xmlChar *)"listURI") == 0;
	case 8: return xmlUnsetProp(n, (const xmlChar *)"listVersionID") == 0;
	case 9: set(n, "other", "1"); return true;
	case 10: set_xsi(n, "nil", "true"); return true;
	case 11: return xmlNewTextChild(n, NULL, (const xmlChar *)"other", NULL) != NULL;
	case 12: return xmlNewTextChild(n, NULL, (const xmlChar *)"name", (const xmlChar *)"x") != NULL;
	case 13: return xmlAddChild(n, xmlNewText((const xmlChar *)"text")) != NULL;
	case 14: return xmlAddChild(n, xmlNewComment((const xmlChar *)"c")) != NULL;
	case 15: empty(n); return true;
	case 16: /* first attribute of the root dropped, 17: changed, 18: emptied */
	case 17:
	case 18:
		if (!root || !n->properties)
			return false;
		if (k == 16)
			return xmlRemoveProp(n->properties) == 0;
		set(n, (const char *)n->properties->name, k == 17 ? "26.05" : "");
		return true;
	}
	return false;
}

/* One message, and how many of its mutants are left out: of @every only one is compared, of shapes more. */
struct mutation {
	const char *name;
	xmlDocPtr doc;
	size_t every, turn;
};

/* A copy to change, and the element in it; NULL if it is not the turn of this one. */
static xmlNodePtr begin(struct mutation *m, size_t every, size_t n, xmlDocPtr *copy)
{
	if (m->turn++ % every)
		return NULL;
	*copy = xmlCopyDoc(m->doc, 1);
	assert_non_null(*copy);
	return element(*copy, n);
}

static void finish(struct mutation *m, xmlDocPtr copy, enum kind kind, size_t n, const xmlNode *node, const char *how)
{
	char what[256];

	snprintf(what, sizeof(what), "element %zu %s, %.100s", n, (const char *)node->name, how);
	compare(copy, kind, m->name, what);
}

static void texts(struct mutation *m, size_t n, const xmlNode *node, enum kind kind, const char *const list[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		xmlDocPtr copy = NULL;
		xmlNodePtr e = begin(m, m->every, n, &copy);

		if (!e)
			continue;
		empty(e);
		assert_non_null(xmlAddChild(e, xmlNewText((const xmlChar *)list[i])));
		finish(m, copy, kind, n, node, list[i]);
		xmlFreeDoc(copy);
	}
}

static void attributes(struct mutation *m, size_t n, const xmlNode *node, enum kind kind, const char *attribute,
		       const char *const list[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		xmlDocPtr copy = NULL;
		xmlNodePtr e = begin(m, m->every, n, &copy);

		if (!e)
			continue;
		if (attribute)
			set(e, attribute, list[i]);
		else
			set_xsi(e, "type", list[i]);
		finish(m, copy, kind, n, node, list[i]);
		xmlFreeDoc(copy);
	}
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void mutate_every(const char *name, const char *data, size_t len, size_t every)
{
	struct mutation m = { .name = name, .every = every, .turn = len };
	xmlNodePtr node;

	assert_int_equal(osci_xml_parse(&m.doc, data, len, NULL, NULL), 0);
	declare(xmlDocGetRootElement(m.doc));
	compare(m.doc, OTHERWISE, name, "unchanged");
	for (size_t n = 0; (node = element(m.doc, n)); n++) {
		for (size_t k = 0; k < SHAPES; k++) {
			xmlDocPtr copy = NULL;
			xmlNodePtr e = begin(&m, (m.every + 4) / 5, n, &copy);
			char how[32];

			snprintf(how, sizeof(how), "shape %zu", k);
			if (e && shape(e, k))
				finish(&m, copy, shapes[k], n, node, how);
			xmlFreeDoc(copy);
		}
		attributes(&m, n, node, RETYPED, NULL, types, COUNT(types));
		if (!xmlFirstElementChild(node))
			texts(&m, n, node, BOUNDARY, values, COUNT(values));
		if (!strcmp((const char *)node->name, "code")) {
			texts(&m, n, node, FOREIGN_CODE, codes, COUNT(codes));
			/* The list stands at the element around. */
			attributes(&m, n - 1, node->parent, FOREIGN_CODE, "listURI", lists, COUNT(lists));
			attributes(&m, n - 1, node->parent, FOREIGN_CODE, "listVersionID", versions, COUNT(versions));
		}
	}
	xmlFreeDoc(m.doc);
}

static void mutate(const char *name, const char *data, size_t len, void *ud)
{
	mutate_every(name, data, len, *(size_t *)ud);
}

static void unchanged(const char *name, const char *data, size_t len, void *ud)
{
	xmlDocPtr doc = NULL;

	if (osci_xml_parse(&doc, data, len, NULL, NULL))
		return; /* not well-formed or not UTF-8: no document to compare */
	compare(doc, OTHERWISE, name, "as published");
	xmlFreeDoc(doc);
}

static void test_examples(void **state)
{
	static const char *const dirs[] = { "valid", "invalid", "rule-violations", "admin/valid", "admin/invalid" };
	char sub[64], dir[4096];

	if (!reference)
		skip();
	for (size_t i = 0; i < COUNT(dirs); i++) {
		snprintf(sub, sizeof(sub), "examples/%s", dirs[i]);
		assert_non_null(schemas_reference(sub, dir, sizeof(dir)));
		assert_true(schemas_each(dir, unchanged, NULL) > 0);
	}
	assert_int_equal(differences, 0);
}

/* A sanitizer takes its time. */
#define FEWER ((size_t)T_SLOWER)

/* At least @least mutants of each kind. */
static void mutate_all(const char *sub, size_t every, size_t least)
{
	size_t all = 0;
	char dir[4096];

	if (!reference)
		skip();
	memset(mutants, 0, sizeof(mutants));
	accepted = differences = 0;
	schemas_each(schemas_reference(sub, dir, sizeof(dir)), mutate, &every);
	for (size_t k = 0; k < KINDS; k++) {
		print_message("# %zu %s\n", mutants[k], kind_names[k]);
		assert_true(mutants[k] >= least);
		all += mutants[k];
	}
	print_message("# %zu mutants, %zu of them valid for the reference, %zu differences\n", all, accepted, differences);
	assert_true(all >= 5000 / FEWER && accepted >= 1000 / FEWER);
	assert_int_equal(differences, 0);
}

static void test_mutants(void **state)
{
	mutate_all("examples/valid", 19 * FEWER, 150 / FEWER);
}

static void test_mutants_of_administration(void **state)
{
	mutate_all("examples/admin/valid", 5 * FEWER, 150 / FEWER);
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
		cmocka_unit_test(test_mutants_of_administration),
		cmocka_unit_test(test_alphabet),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
