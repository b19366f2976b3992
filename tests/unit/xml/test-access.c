/* SPDX-License-Identifier: Apache-2.0 */
/* test-access - values, children and paths are read one way only */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xml/xml.h"

#define SOAP "http://schemas.xmlsoap.org/soap/envelope/"
#define OSCI "http://www.osci.de/2002/04/osci"

static xmlDocPtr parse(const char *s)
{
	struct osci_err err = { 0 };
	xmlDocPtr doc;

	if (osci_xml_parse(&doc, s, strlen(s), NULL, &err) != 0)
		fail_msg("%s: %s: %s", s, err.where, err.what);
	return doc;
}

static void text(void **state)
{
	static const struct {
		const char *xml;
		int result;
		const char *text;
	} cases[] = {
		{ "<a/>", 0, "" },
		{ "<a>x</a>", 0, "x" },
		{ "<a>x<![CDATA[<y>]]>z</a>", 0, "x<y>z" },
		{ "<a><![CDATA[]]></a>", 0, "" },
		{ "<a>&#x41;&amp;B</a>", 0, "A&B" },
		{ "<a>a<!-- -->b</a>", OSCI_E_MALFORMED, NULL },
		{ "<a><!-- -->ab</a>", OSCI_E_MALFORMED, NULL },
		{ "<a>ab<!-- --></a>", OSCI_E_MALFORMED, NULL },
		{ "<a>a<b/></a>", OSCI_E_MALFORMED, NULL },
		{ "<a>12345678</a>", 0, "12345678" },
		{ "<a>123456789</a>", OSCI_E_LIMIT, NULL },
		{ "<a>1234567<![CDATA[89]]></a>", OSCI_E_LIMIT, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(osci_xml_freep) xmlDocPtr doc = parse(cases[i].xml);
		struct osci_err err = { 0 };
		char *got;

		assert_int_equal(osci_xml_text(xmlDocGetRootElement(doc), 8, &got, &err), cases[i].result);
		if (cases[i].text)
			assert_string_equal(got, cases[i].text);
		else
			assert_null(got);
		free(got);
	}
}

static void attributes(void **state)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = parse("<a xmlns:p='urn:x' b='1' p:b='2' c='&amp;&#9;'/>");
	xmlNodePtr root = xmlDocGetRootElement(doc);
	struct osci_err err = { 0 };
	char *got;

	assert_int_equal(osci_xml_attr(root, NULL, "b", 8, &got, &err), 0);
	assert_string_equal(got, "1");
	free(got);
	assert_int_equal(osci_xml_attr(root, "urn:x", "b", 8, &got, &err), 0);
	assert_string_equal(got, "2");
	free(got);
	assert_int_equal(osci_xml_attr(root, NULL, "c", 8, &got, &err), 0);
	assert_string_equal(got, "&\t");
	free(got);
	assert_int_equal(osci_xml_attr(root, NULL, "d", 8, &got, &err), 0);
	assert_null(got);
	assert_int_equal(osci_xml_attr(root, "urn:y", "b", 8, &got, &err), 0);
	assert_null(got);
	assert_int_equal(osci_xml_attr(root, NULL, "c", 1, &got, &err), OSCI_E_LIMIT);
	assert_null(got);
}

static void children(void **state)
{
	_cleanup_(osci_xml_freep) xmlDocPtr clean = parse("<a> <!-- c --> <b/>\r\n\t<c/> </a>");
	_cleanup_(osci_xml_freep) xmlDocPtr front = parse("<a>x<b/></a>");
	_cleanup_(osci_xml_freep) xmlDocPtr behind = parse("<a><b/>x</a>");
	_cleanup_(osci_xml_freep) xmlDocPtr cdata = parse("<a><b/><![CDATA[y]]></a>");
	xmlNodePtr n;
	bool bad = false;

	n = osci_xml_first(xmlDocGetRootElement(clean), &bad);
	assert_true(osci_xml_is(n, NULL, "b"));
	n = osci_xml_next(n, &bad);
	assert_true(osci_xml_is(n, NULL, "c"));
	assert_null(osci_xml_next(n, &bad));
	assert_false(bad);
	assert_true(osci_xml_is(osci_xml_first(xmlDocGetRootElement(front), &bad), NULL, "b"));
	assert_true(bad);
	bad = false;
	n = osci_xml_first(xmlDocGetRootElement(behind), &bad);
	assert_false(bad);
	assert_null(osci_xml_next(n, &bad));
	assert_true(bad);
	bad = false;
	n = osci_xml_first(xmlDocGetRootElement(cdata), &bad);
	assert_null(osci_xml_next(n, &bad));
	assert_true(bad);
	assert_null(osci_xml_first(NULL, NULL));
	assert_null(osci_xml_next(NULL, NULL));
}

static void names(void **state)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = parse("<s:a xmlns:s='" OSCI "'><a xmlns='" OSCI "/'/><a/></s:a>");
	xmlNodePtr root = xmlDocGetRootElement(doc), child = osci_xml_first(root, NULL);

	assert_true(osci_xml_is(root, OSCI, "a"));
	assert_false(osci_xml_is(root, OSCI, "A"));
	assert_false(osci_xml_is(root, NULL, "a"));
	assert_false(osci_xml_is(child, OSCI, "a"));
	child = osci_xml_next(child, NULL);
	assert_false(osci_xml_is(child, OSCI, "a"));
	assert_true(osci_xml_is(child, NULL, "a"));
	assert_false(osci_xml_is(NULL, NULL, "a"));
}

static void paths(void **state)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc =
		parse("<x:Envelope xmlns:x='" SOAP "'><x:Header><ControlBlock xmlns='" OSCI
		      "'/><ControlBlock xmlns='" OSCI "' b='1'/><f:f\xc3\xa4 xmlns:f='urn:f'/></x:Header></x:Envelope>");
	xmlNodePtr n = osci_xml_first(osci_xml_first(xmlDocGetRootElement(doc), NULL), NULL);
	char path[200], small[24];

	osci_xml_path(n, path, sizeof(path));
	assert_string_equal(path, "soap:Envelope/soap:Header/osci:ControlBlock");
	n = osci_xml_next(n, NULL);
	osci_xml_path(n, path, sizeof(path));
	assert_string_equal(path, "soap:Envelope/soap:Header/osci:ControlBlock[2]");
	osci_xml_path((xmlNodePtr)n->properties, path, sizeof(path));
	assert_string_equal(path, "soap:Envelope/soap:Header/osci:ControlBlock[2]/@b");
	osci_xml_path(n, small, sizeof(small));
	assert_string_equal(small, "osci:ControlBlock[2]");
	n = osci_xml_next(n, NULL);
	osci_xml_path(n, path, sizeof(path));
	assert_string_equal(path, "soap:Envelope/soap:Header/*:f??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),	 cmocka_unit_test(attributes), cmocka_unit_test(children),
		cmocka_unit_test(names), cmocka_unit_test(paths),
	};

	osci_xml_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
