/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-c14n - canonical forms against libxml2's canonicaliser, over documents made at random
 *
 * Few names, prefixes and namespaces, so that declarations shadow, repeat and take each other back all the time.  Every
 * element of every document is the apex once.  The seed is fixed: a failure comes again.  Then the messages of the
 * reference implementation (XAUSL_SHARED), forms known by hand, what has none, and memory that fails.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <glob.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>

#include "crypto/priv.h"
#include "lib/t_alloc.h"
#include "lib/t_c14n.h"
#include "lib/t_mime.h"
#include "xml/xml.h"

#define DOCUMENTS 1000
#define DEPTH 6
#define QUIET (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

static uint32_t state = 20260101;

static unsigned pick(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 16) % n;
}

static void value(struct osci_buf *b, bool attribute)
{
	static const char *const pieces[] = { "a", "\xc3\xa4", " ", "\n", "\t", "&amp;", "&lt;", "&gt;", ">", "&#13;", "&#10;",
					      "&#9;", "'", "&quot;", "0123456789", "" };
	unsigned n = pick(5);

	while (n-- > 0)
		osci_buf_adds(b, pieces[pick(sizeof(pieces) / sizeof(pieces[0]))]);
	if (!attribute && pick(8) == 0)
		osci_buf_adds(b, "\"<![CDATA[<&>\"]]>");
}

static void declarations(struct osci_buf *b, bool root)
{
	static const char *const uris[] = { "urn:1", "urn:2", "http://x/?a&amp;b" };
	unsigned i;

	for (i = 0; i < 3; i++)
		if (root || pick(3) == 0)
			osci_buf_addf(b, " xmlns:%c='%s'", (char)('p' + (int)i), uris[pick(3)]);
	if (pick(3) == 0)
		osci_buf_addf(b, " xmlns='%s'", pick(2) ? "" : uris[pick(3)]);
}

/* Two prefixes may mean the same namespace: at most one attribute of an element has one. */
static void attributes(struct osci_buf *b)
{
	static const char *const names[] = { "b", "a", "\xc3\xa4", "Id", "xml:lang", "xml:space" };
	unsigned i;

	for (i = 0; i < 6; i++) {
		if (pick(3))
			continue;
		osci_buf_addf(b, " %s=\"", names[i]);
		value(b, true);
		osci_buf_adds(b, "\"");
	}
	if (pick(2)) {
		osci_buf_addf(b, " %c:%s=\"", (char)('p' + (int)pick(3)), names[pick(4)]);
		value(b, true);
		osci_buf_adds(b, "\"");
	}
}

static void element(struct osci_buf *b, unsigned depth)
{
	static const char *const names[] = { "x", "p:y", "q:x", "r:z" };
	const char *name = names[pick(4)];
	unsigned children = depth < DEPTH ? pick(4) : 0;

	osci_buf_addf(b, "<%s", name);
	if (pick(2))
		attributes(b);
	declarations(b, depth == 0);
	osci_buf_adds(b, ">");
	while (children-- > 0) {
		value(b, false);
		if (pick(6) == 0)
			osci_buf_adds(b, pick(2) ? "<!-- a > b & c -->" : "<?pi some > \r & thing?>");
		element(b, depth + 1);
	}
	value(b, false);
	osci_buf_addf(b, "</%s>", name);
}

static size_t compare(xmlDocPtr doc, const char *text)
{
	xmlNodePtr differs;
	size_t n = t_c14n_compare(doc, SIZE_MAX, &differs);

	if (differs)
		fail_msg("element %zu, <%s>, of\n%s", n, (const char *)differs->name, text);
	return n;
}

static void random_documents(void **unused)
{
	size_t i, elements = 0;

	for (i = 0; i < DOCUMENTS; i++) {
		struct osci_buf text = OSCI_BUF_INIT(1 << 20);
		xmlDocPtr doc;

		element(&text, 0);
		assert_int_equal(osci_buf_error(&text), 0);
		doc = xmlReadMemory((char *)text.data, (int)text.len, NULL, NULL, QUIET);
		assert_non_null(doc);
		elements += compare(doc, (char *)text.data);
		xmlFreeDoc(doc);
		osci_buf_free(&text);
	}
	assert_true(elements > 5 * DOCUMENTS);
}

/* Longer than one piece of the output, with something to escape at every place around its end. */
static void long_values(void **unused)
{
	size_t n;

	for (n = 4060; n < 4110; n++) {
		struct osci_buf text = OSCI_BUF_INIT(1 << 20);
		size_t i;
		xmlDocPtr doc;

		osci_buf_adds(&text, "<r a='");
		for (i = 0; i < n; i++)
			osci_buf_adds(&text, "x");
		osci_buf_adds(&text, "&quot;&#13;'>&amp;&#13;<c/></r>");
		doc = xmlReadMemory((char *)text.data, (int)text.len, NULL, NULL, QUIET);
		assert_int_equal(compare(doc, (char *)text.data), 2);
		xmlFreeDoc(doc);
		osci_buf_free(&text);
	}
}

static xmlDocPtr read_text(const char *text)
{
	xmlDocPtr doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, QUIET);

	assert_non_null(doc);
	return doc;
}

/* The canonical form of the only child of the root element. */
static void child_is(const char *text, const char *want)
{
	struct osci_buf out = OSCI_BUF_INIT(1024);
	xmlDocPtr doc = read_text(text);

	assert_int_equal(osci_c14n_node(xmlFirstElementChild(xmlDocGetRootElement(doc)), &out, NULL), 0);
	assert_string_equal(out.data, want);
	assert_true(compare(doc, text) >= 2);
	osci_buf_free(&out);
	xmlFreeDoc(doc);
}

static void known_forms(void **unused)
{
	/* Declarations in scope, by prefix; attributes without a namespace first, then by its URI. */
	child_is("<p:r xmlns:p='urn:p' xmlns='urn:d' xmlns:a='urn:z'><x b='2' a:k='3' p:k='4' a='1'/></p:r>",
		 "<x xmlns=\"urn:d\" xmlns:a=\"urn:z\" xmlns:p=\"urn:p\" a=\"1\" b=\"2\" p:k=\"4\" a:k=\"3\"></x>");
	/* What says nothing new is left out; a default namespace is taken back where there was one. */
	child_is("<r xmlns='urn:d' xmlns:a='urn:a'><x><a:y xmlns:a='urn:a' xmlns=''><z/></a:y></x></r>",
		 "<x xmlns=\"urn:d\" xmlns:a=\"urn:a\"><a:y xmlns=\"\"><z></z></a:y></x>");
	child_is("<r xmlns='urn:d'><x xmlns=''/></r>", "<x></x>");
	child_is("<r xml:lang='de' xml:space='default'><x xml:lang='en'/></r>",
		 "<x xml:lang=\"en\" xml:space=\"default\"></x>");
	child_is("<r><x a=\"&#13;&#10;&#9;'&quot;&lt;>&amp;\">&#13;\r\n\t'\"&lt;&gt;&amp;<!-- no -->.</x></r>",
		 "<x a=\"&#xD;&#xA;&#x9;'&quot;&lt;>&amp;\">&#xD;\n\t'\"&lt;&gt;&amp;.</x>");
	child_is("<r><x><![CDATA[<a>]]></x></r>", "<x>&lt;a&gt;</x>");
}

static void refused(xmlNodePtr node)
{
	struct osci_buf out = OSCI_BUF_INIT(256);

	osci_buf_adds(&out, "before");
	assert_int_equal(osci_c14n_node(node, &out, NULL), OSCI_E_MALFORMED);
	assert_string_equal(out.data, "before");
	osci_buf_free(&out);
}

/* Each of them is, or is not, a namespace with a canonical form for us as for libxml2, on the apex and below. */
static void namespaces(void **unused)
{
	static const char *const none[] = {
		"urn:\xc3\xa4", "relative", "/a", "1urn:a", ":a", "urn:a b", "urn:a#b#c", "urn:%zz", "http://a:b/",
		"urn:[a]", "urn:a&amp;b#c", "-a:b", "http:///%",
	};
	static const char *const good[] = {
		"urn:a", "a:", "http://a.b/c?d=e#f", "http://a:80/", "http://u@h/", "http://1.2.3.4/x", "http://1.2.3.4x/",
		"http://", "http:///a", "urn:%20", "http://[::1]/", "urn:a?b/?c", "a+b-c.1:d:e@f", "http://x/?a&amp;b",
		"urn:a#", "urn:a?", "HTTP://A_B/~c",
	};
	struct osci_buf text = OSCI_BUF_INIT(256);
	size_t i, n = sizeof(none) / sizeof(none[0]);
	xmlDocPtr doc;

	for (i = 0; i < n + sizeof(good) / sizeof(good[0]); i++) {
		osci_buf_reset(&text);
		osci_buf_addf(&text, "<r><x xmlns:p='%s' p:a='1'><y/></x></r>", i < n ? none[i] : good[i - n]);
		doc = read_text((char *)text.data);
		assert_int_equal(compare(doc, (char *)text.data), 3);
		if (i < n)
			refused(xmlDocGetRootElement(doc));
		xmlFreeDoc(doc);
	}
	/* Libxml2 would write it between other quotation marks. */
	doc = read_text("<r xmlns:p='urn:\"'><x/></r>");
	refused(xmlFirstElementChild(xmlDocGetRootElement(doc)));
	xmlFreeDoc(doc);
	osci_buf_free(&text);
}

/* An entity of the document is not known by its text. */
static void entity_has_none(void **unused)
{
	xmlDocPtr doc = read_text("<!DOCTYPE r [<!ENTITY e 'x'>]><r a='&e;'>&e;</r>");

	refused(xmlDocGetRootElement(doc));
	xmlUnsetProp(xmlDocGetRootElement(doc), BAD_CAST "a");
	refused(xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
}

static void ceiling(void **unused)
{
	xmlDocPtr doc = read_text("<r>0123456789</r>");
	struct osci_buf out = OSCI_BUF_INIT(16);

	assert_int_equal(osci_c14n_node(xmlDocGetRootElement(doc), &out, NULL), OSCI_E_LIMIT);
	osci_buf_free(&out);
	xmlFreeDoc(doc);
}

/* Many declarations and attributes, so that the arrays grow; each allocation fails once. */
static void no_memory(void **unused)
{
	struct osci_buf text = OSCI_BUF_INIT(1 << 16), out = OSCI_BUF_INIT(1 << 16);
	const struct osci_alg *sha = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t len, i, failures = 0;
	xmlDocPtr doc;
	int r;

	osci_buf_adds(&text, "<r");
	for (i = 0; i < 40; i++)
		osci_buf_addf(&text, " xmlns:p%zu='urn:%zu' p%zu:a='x' xml:b%zu='y'", i, i, i, i);
	osci_buf_adds(&text, "><x><y c='1'/></x></r>");
	doc = read_text((char *)text.data);
	for (i = 1;; i++) {
		t_alloc_failed = false;
		t_alloc_countdown = (long)i;
		r = osci_c14n_node(xmlFirstElementChild(xmlDocGetRootElement(doc)), &out, NULL);
		t_alloc_countdown = 0;
		if (!t_alloc_failed)
			break;
		assert_int_equal(r, -ENOMEM);
		failures++;
		osci_buf_free(&out);
	}
	assert_int_equal(r, 0);
	assert_true(failures >= 4);
	for (i = 1;; i++) {
		t_alloc_failed = false;
		t_alloc_countdown = (long)i;
		r = osci_digest_node(sha, xmlDocGetRootElement(doc), digest, &len, NULL);
		t_alloc_countdown = 0;
		if (!t_alloc_failed)
			break;
		assert_int_equal(r, -ENOMEM);
	}
	assert_int_equal(r, 0);
	osci_buf_free(&text);
	osci_buf_free(&out);
	xmlFreeDoc(doc);
}

static unsigned char *load(const char *path, size_t *len)
{
	struct osci_buf b = OSCI_BUF_INIT(1 << 26);
	FILE *f = fopen(path, "rbe");
	size_t n;

	assert_non_null(f);
	while ((n = fread(osci_buf_room(&b, 65536), 1, 65536, f)) > 0)
		osci_buf_grow(&b, n);
	fclose(f);
	return (unsigned char *)osci_buf_take(&b, len);
}

/* Envelopes, and those inside them, of the reference implementation. */
static void vectors(void **unused)
{
	const char *shared = getenv("XAUSL_SHARED");
	size_t i, len, elements = 0;
	char pattern[1024];
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/vectors/osci/*.bin", shared ? shared : "");
	if (!shared || glob(pattern, 0, NULL, &g)) {
		print_message("# SKIP no shared vectors (XAUSL_SHARED)\n");
		skip();
	}
	for (i = 0; i < g.gl_pathc; i++) {
		unsigned char *data = load(g.gl_pathv[i], &len);
		struct osci_mime *m = NULL;
		xmlDocPtr doc = NULL;

		if (!t_mime_parse(&m, data, len, NULL) && !osci_xml_parse(&doc, m->parts[0].data, m->parts[0].len, NULL, NULL))
			elements += compare(doc, g.gl_pathv[i]);
		osci_xml_freep(&doc);
		osci_mime_freep(&m);
		free(data);
	}
	assert_true(elements > 10000);
	globfree(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_documents), cmocka_unit_test(long_values), cmocka_unit_test(known_forms),
		cmocka_unit_test(namespaces), cmocka_unit_test(entity_has_none), cmocka_unit_test(ceiling),
		cmocka_unit_test(no_memory), cmocka_unit_test(vectors),
	};

	assert_int_equal(osci_crypto_init(NULL), 0); /* libxml2 is silent from here */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
