/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-alloc - the guarded parser with each allocation failing in turn, those of libxml2 included
 *
 * A document comes out whole or not at all.  Without memory for a name libxml2 may call a document malformed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "lib/t_alloc.h"
#include "xml/xml.h"

static void whole(xmlDocPtr doc, const char *want)
{
	xmlChar *text = NULL;
	int len = 0;

	xmlDocDumpMemory(doc, &text, &len);
	assert_non_null(text);
	assert_string_equal((char *)text, want);
	xmlFree(text);
}

static void document_or_nothing(void **state)
{
	static const char text[] = "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				   "<p:a xmlns:p=\"urn:p\" xmlns=\"urn:d\" p:x=\"1\" y=\"a longer value &amp; more\">\n"
				   "  <b>short</b><!-- comment --><c>a text too long to lie in its node &#228;</c>\n"
				   "  <d><![CDATA[<&>]]></d><e/>\n</p:a>";
	unsigned failures = 0, malformed = 0;
	char *want = NULL;
	xmlDocPtr doc;
	long n;
	int r;

	assert_int_equal(osci_xml_parse(&doc, text, sizeof(text) - 1, NULL, NULL), 0);
	xmlDocDumpMemory(doc, (xmlChar **)&want, &r);
	osci_xml_freep(&doc);
	for (n = 1;; n++) {
		t_alloc_failed = false;
		t_alloc_countdown = n;
		r = osci_xml_parse(&doc, text, sizeof(text) - 1, NULL, NULL);
		t_alloc_countdown = 0;
		assert_true((r == 0) == (doc != NULL));
		if (!r)
			whole(doc, want);
		else if (r != -ENOMEM && r != OSCI_E_MALFORMED)
			fail_msg("allocation %ld: %d", n, r);
		osci_xml_freep(&doc);
		if (!t_alloc_failed)
			break;
		failures++;
		malformed += r > 0;
	}
	assert_int_equal(r, 0);
	assert_true(failures > 40);
	assert_true(malformed < failures / 2);
	xmlFree(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(document_or_nothing) };

	/* The wrapped ones. */
	if (xmlMemSetup(free, malloc, realloc, strdup))
		return 1;
	osci_xml_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
