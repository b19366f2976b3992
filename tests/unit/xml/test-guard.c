/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-guard - hostile and unusual XML against the guarded parser
 *
 * Proves: what is forbidden is refused within a second and before it costs memory; what
 * is merely unusual comes out as the tree it means.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "xml/xml.h"

#define SECOND 1.0

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Sanitizers and valgrind slow everything down: the bound is for plain builds. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOW 10.0
#else
#define SLOW 1.0
#endif

static int parse(const void *data, size_t len, struct osci_err *err)
{
	xmlDocPtr doc;
	int r;

	memset(err, 0, sizeof(*err));
	r = osci_xml_parse(&doc, data, len, NULL, err);
	assert_true((r == 0) == (doc != NULL));
	osci_xml_freep(&doc);
	return r;
}

static int parse_text(const char *s, struct osci_err *err)
{
	return parse(s, strlen(s), err);
}

/* Refused with @code within a second, with place and cause. */
static void refused(const void *data, size_t len, int code, const char *what)
{
	struct osci_err err;
	double t = seconds();
	int r = parse(data, len, &err);

	t = seconds() - t;
	if (r != code || t > SECOND * SLOW || !err.where[0] || (what && !strstr(err.what, what)))
		fail_msg("result %d (expected %d) after %.2f s, %s: %s (expected %s)", r, code, t, err.where, err.what,
			 what ? what : "anything");
	assert_string_equal(err.feedback, "9100");
}

static void refused_text(const char *s, int code, const char *what)
{
	refused(s, strlen(s), code, what);
}

static void accepted_text(const char *s)
{
	struct osci_err err;

	if (parse_text(s, &err) != 0)
		fail_msg("refused: %s: %s: %s", s, err.where, err.what);
}

static void repeat(struct osci_buf *b, const char *s, size_t n)
{
	size_t i, len = strlen(s);

	for (i = 0; i < n; i++)
		osci_buf_add(b, s, len);
}

static void refused_buf(struct osci_buf *b, int code, const char *what)
{
	assert_int_equal(osci_buf_error(b), 0);
	refused(b->data, b->len, code, what);
	osci_buf_free(b);
}

static void accepted(void **state)
{
	accepted_text("<a/>");
	accepted_text("<a xmlns='urn:x'><b xmlns=''><c xmlns='urn:x'/></b></a>");
	accepted_text("\xef\xbb\xbf<a/>");
	accepted_text("<?xml version=\"1.0\"?>\r\n\r\n<a></a>\r\n\r\n");
	accepted_text("<?xml version='1.0' encoding='utf-8' standalone='yes' ?><a/>");
	accepted_text("<?xml version = \"1.0\" encoding = \"UTF-8\"?>\n<a/>");
	accepted_text("<!-- one --><a><!-- two --><b/></a><!-- three -->");
	accepted_text("<a><![CDATA[<!DOCTYPE x [<?pi?>]]></a>");
	accepted_text("<a b=\"x &gt; y\" c='\"'>&lt;&amp;&#228;&#x1F600;</a>");
	accepted_text("<a b=\"x > y\"/>");
	accepted_text("<p:a xmlns:p='urn:x' xmlns='http://example.org/'><b p:c='1' c='1'/></p:a>");
	accepted_text("<a xml:lang='de' xml:space='preserve'/>");
	accepted_text("<a>\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80</a>");
}

static void declarations(void **state)
{
	refused_text("<?xml version=\"1.1\"?><a/>", OSCI_E_MALFORMED, "version");
	refused_text("<?xml version=\"2.0\"?><a/>", OSCI_E_MALFORMED, "version");
	refused_text("<?xml encoding=\"UTF-8\"?><a/>", OSCI_E_MALFORMED, "version");
	refused_text("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", OSCI_E_MALFORMED, "encoding");
	refused_text("<?xml version=\"1.0\" encoding=\"US-ASCII\"?><a/>", OSCI_E_MALFORMED, "encoding");
	refused_text("<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>", OSCI_E_MALFORMED, "encoding");
	refused_text("<?xml version=\"1.0\" encoding=\"\"?><a/>", OSCI_E_MALFORMED, "encoding");
	refused_text("<?xml version=\"1.0\" standalone=\"maybe\"?><a/>", OSCI_E_MALFORMED, "standalone");
	refused_text("<?xml version=\"1.0\" other=\"1\"?><a/>", OSCI_E_MALFORMED, "declaration");
	refused_text("<?xml version=\"1.0\" encoding=\"UTF-8\" encoding=\"UTF-16\"?><a/>", OSCI_E_MALFORMED,
		     "declaration");
	refused_text("<?xml version=\"1.0\"<a/>", OSCI_E_MALFORMED, "no end");
	refused_text(" <?xml version=\"1.0\"?><a/>", OSCI_E_MALFORMED, "processing instruction");
	refused_text("<?xml-stylesheet href='x'?><a/>", OSCI_E_MALFORMED, "processing instruction");
	refused_text("<a><?php echo 1 ?></a>", OSCI_E_MALFORMED, "processing instruction");
	refused_text("<a/><?pi?>", OSCI_E_MALFORMED, "processing instruction");
}

static void doctypes(void **state)
{
	refused_text("<!DOCTYPE a><a/>", OSCI_E_MALFORMED, "document type");
	refused_text("<!doctype a><a/>", OSCI_E_MALFORMED, "document type");
	refused_text("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", OSCI_E_MALFORMED,
		     "document type");
	refused_text("<a><!ENTITY x 'y'></a>", OSCI_E_MALFORMED, "document type");
	refused_text("<a>&x;</a>", OSCI_E_MALFORMED, "entity");
	refused_text("<a b='&x;'/>", OSCI_E_MALFORMED, "entity");
	refused_text("<a>&#0;</a>", OSCI_E_MALFORMED, "character");
	refused_text("<a>&#xD800;</a>", OSCI_E_MALFORMED, "character");
	refused_text("<a>&#1;</a>", OSCI_E_MALFORMED, "character");
	refused_text("<a>&#xFFFFFFFFFFF;</a>", OSCI_E_MALFORMED, NULL);
}

static void octets(void **state)
{
	static const char nul_after[] = "<a/>\0\0";
	static const char nul_in[] = "<a>\0</a>";
	static const char utf16[] = "\xff\xfe<\0a\0/\0>\0";
	static const char utf16_plain[] = "<\0a\0/\0>\0";

	refused("", 0, OSCI_E_MALFORMED, "empty");
	refused("\xef\xbb\xbf", 3, OSCI_E_MALFORMED, "empty");
	refused(nul_after, sizeof(nul_after) - 1, OSCI_E_MALFORMED, "NUL");
	refused(nul_in, sizeof(nul_in) - 1, OSCI_E_MALFORMED, "NUL");
	refused(utf16, sizeof(utf16) - 1, OSCI_E_MALFORMED, "UTF-8");
	refused(utf16_plain, sizeof(utf16_plain) - 1, OSCI_E_MALFORMED, "NUL");
	refused_text("<a>\x01</a>", OSCI_E_MALFORMED, "control");
	refused_text("<a>\x1b[2J</a>", OSCI_E_MALFORMED, "control");
	refused_text("<a>\xc0\xaf</a>", OSCI_E_MALFORMED, "UTF-8");
	refused_text("<a>\xe0\x80\xaf</a>", OSCI_E_MALFORMED, "UTF-8");
	refused_text("<a>\xed\xa0\x80\xed\xb0\x80</a>", OSCI_E_MALFORMED, "UTF-8");
	refused_text("<a>\xf4\x90\x80\x80</a>", OSCI_E_MALFORMED, "UTF-8");
	refused_text("<a>\xf0\x80\x80\x80</a>", OSCI_E_MALFORMED, "UTF-8");
	refused_text("<a>\xe4</a>", OSCI_E_MALFORMED, "UTF-8");
	refused_text("<a/>\xc3", OSCI_E_MALFORMED, "UTF-8");
	refused_text("<a>\xef\xbf\xbf</a>", OSCI_E_MALFORMED, NULL);
	refused_text("\xef\xbb\xbf\xef\xbb\xbf<a/>", OSCI_E_MALFORMED, NULL);
}

static void form(void **state)
{
	refused_text("<a>", OSCI_E_MALFORMED, NULL);
	refused_text("<a><b></a></b>", OSCI_E_MALFORMED, "end tag");
	refused_text("<a/>x", OSCI_E_MALFORMED, "behind");
	refused_text("<a/><a/>", OSCI_E_MALFORMED, "behind");
	refused_text("x<a/>", OSCI_E_MALFORMED, NULL);
	refused_text("no markup", OSCI_E_MALFORMED, NULL);
	refused_text("<a b='1' b='1'/>", OSCI_E_MALFORMED, "twice");
	refused_text("<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='1'/>", OSCI_E_MALFORMED, "twice");
	refused_text("<p:a/>", OSCI_E_MALFORMED, "prefix");
	refused_text("<a p:b='1'/>", OSCI_E_MALFORMED, "prefix");
	refused_text("<a xmlns:xml='urn:evil'/>", OSCI_E_MALFORMED, "prefix");
	refused_text("<a xmlns:xmlns='urn:evil'/>", OSCI_E_MALFORMED, NULL);
	refused_text("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", OSCI_E_MALFORMED, NULL);
	refused_text("<a xmlns:p=''/>", OSCI_E_MALFORMED, NULL);
	refused_text("<a xmlns='relative'/>", OSCI_E_MALFORMED, "namespace");
	refused_text("<a xmlns:p='../x'/>", OSCI_E_MALFORMED, "namespace");
	refused_text("<a:b:c xmlns:a='urn:x'/>", OSCI_E_MALFORMED, NULL);
	refused_text("<a><!-- -- --></a>", OSCI_E_MALFORMED, NULL);
	refused_text("<a><!-- </a>", OSCI_E_MALFORMED, "no end");
	refused_text("<a><![CDATA[ </a>", OSCI_E_MALFORMED, "no end");
	refused_text("<a>]]></a>", OSCI_E_MALFORMED, NULL);
	refused_text("<a b='<'/>", OSCI_E_MALFORMED, NULL);
	refused_text("<a b=x/>", OSCI_E_MALFORMED, NULL);
}

static void depth(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(64 * 1024 * 1024);

	repeat(&b, "<a>", 100);
	repeat(&b, "</a>", 100);
	assert_int_equal(parse(b.data, b.len, &(struct osci_err){ 0 }), 0);
	osci_buf_free(&b);
	repeat(&b, "<a>", 101);
	repeat(&b, "</a>", 101);
	refused_buf(&b, OSCI_E_LIMIT, "deeper");
	repeat(&b, "<a>", 10000);
	repeat(&b, "</a>", 10000);
	refused_buf(&b, OSCI_E_LIMIT, "deeper");
	repeat(&b, "<a>", 100000);
	refused_buf(&b, OSCI_E_LIMIT, "deeper");
}

static void counts(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(64 * 1024 * 1024);
	unsigned i;

	osci_buf_adds(&b, "<a");
	for (i = 0; i < 100000; i++)
		osci_buf_addf(&b, " a%u=\"\"", i);
	osci_buf_adds(&b, "/>");
	refused_buf(&b, OSCI_E_LIMIT, "tag");

	osci_buf_adds(&b, "<a");
	for (i = 0; i < 65; i++)
		osci_buf_addf(&b, " a%u=\"\"", i);
	osci_buf_adds(&b, "/>");
	refused_buf(&b, OSCI_E_LIMIT, "attributes");

	osci_buf_adds(&b, "<a");
	for (i = 0; i < 17; i++)
		osci_buf_addf(&b, " xmlns:a%u=\"urn:%u\"", i, i);
	osci_buf_adds(&b, "/>");
	refused_buf(&b, OSCI_E_LIMIT, "namespace");

	for (i = 0; i < 65; i++)
		osci_buf_addf(&b, "<a xmlns:a%u=\"urn:%u\">", i, i);
	refused_buf(&b, OSCI_E_LIMIT, "in scope");

	/* Declarations that went out of scope do not count. */
	osci_buf_adds(&b, "<a>");
	for (i = 0; i < 300; i++)
		osci_buf_addf(&b, "<a xmlns:a%u=\"urn:%u\"></a>", i, i);
	osci_buf_adds(&b, "</a>");
	assert_int_equal(parse(b.data, b.len, &(struct osci_err){ 0 }), 0);
	osci_buf_free(&b);

	osci_buf_adds(&b, "<a>");
	for (i = 0; i < 1000000; i++)
		osci_buf_addf(&b, "<b%u/>", i);
	osci_buf_adds(&b, "</a>");
	refused_buf(&b, OSCI_E_LIMIT, "names");

	osci_buf_adds(&b, "<a>");
	repeat(&b, "<b/>", 100000);
	osci_buf_adds(&b, "</a>");
	refused_buf(&b, OSCI_E_LIMIT, "elements");

	osci_buf_adds(&b, "<a>");
	repeat(&b, "<!---->", 200000);
	osci_buf_adds(&b, "</a>");
	refused_buf(&b, OSCI_E_LIMIT, "elements");

	osci_buf_adds(&b, "<a>");
	repeat(&b, "<b a='' b='' c='' d='' e='' f='' g='' h='' i='' j=''/>", 99000);
	osci_buf_adds(&b, "</a>");
	refused_buf(&b, OSCI_E_LIMIT, "attributes in all");

	osci_buf_adds(&b, "<");
	repeat(&b, "n", 257);
	osci_buf_adds(&b, "/>");
	refused_buf(&b, OSCI_E_LIMIT, "name");
}

static void sizes(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(128 * 1024 * 1024);
	struct osci_limits limits;
	struct osci_err err = { 0 };
	xmlDocPtr doc;

	osci_buf_adds(&b, "<a b=\"");
	repeat(&b, "xxxxxxxxxxxxxxxxxxxx", 1000000);
	osci_buf_adds(&b, "\"/>");
	refused_buf(&b, OSCI_E_LIMIT, "tag");

	osci_buf_adds(&b, "<a><!--");
	repeat(&b, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1000000);
	osci_buf_adds(&b, "--></a>");
	refused_buf(&b, OSCI_E_LIMIT, "comment");

	osci_buf_adds(&b, "<a>");
	repeat(&b, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1350000);
	osci_buf_adds(&b, "</a>");
	refused_buf(&b, OSCI_E_LIMIT, "is");

	osci_limits_default(&limits);
	limits.xml_text = 8 * 1024 * 1024;
	osci_buf_adds(&b, "<a>");
	repeat(&b, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1000000);
	osci_buf_adds(&b, "</a>");
	assert_int_equal(osci_xml_parse(&doc, b.data, b.len, &limits, &err), OSCI_E_LIMIT);
	assert_non_null(strstr(err.what, "text"));
	osci_buf_free(&b);

	osci_buf_adds(&b, "<!DOCTYPE l [<!ENTITY a \"");
	repeat(&b, "x", 60000);
	osci_buf_adds(&b, "\">]><l>");
	repeat(&b, "&a;", 60000);
	osci_buf_adds(&b, "</l>");
	refused_buf(&b, OSCI_E_MALFORMED, "document type");
}

/* One long value, as base64 content arrives: lines, CDATA sections, character references, in linear time. */
static void long_values(void **state)
{
	static const struct {
		const char *piece, *text;
		unsigned n;
	} cases[] = {
		{ "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM\n", NULL, 400000 },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL, 400000 },
		{ "<![CDATA[0123456789012345678901234567890123456789]]>",
		  "0123456789012345678901234567890123456789", 400000 },
		{ "&#65;", "A", 2000000 },
	};
	struct osci_buf b = OSCI_BUF_INIT(64 * 1024 * 1024);
	unsigned i, k;

	for (i = 0; i < 4; i++) {
		const char *expected = cases[i].text ? cases[i].text : cases[i].piece;
		struct osci_err err = { 0 };
		double t = seconds();
		xmlDocPtr doc;
		char *text;

		osci_buf_adds(&b, "<a>");
		repeat(&b, cases[i].piece, cases[i].n);
		osci_buf_adds(&b, "</a>");
		assert_int_equal(osci_xml_parse(&doc, b.data, b.len, NULL, &err), 0);
		assert_int_equal(osci_xml_text(xmlDocGetRootElement(doc), b.len, &text, &err), 0);
		assert_int_equal(strlen(text), cases[i].n * strlen(expected));
		for (k = 0; k < cases[i].n; k += 9999)
			assert_memory_equal(text + k * strlen(expected), expected, strlen(expected));
		free(text);
		osci_xml_freep(&doc);
		osci_buf_free(&b);
		assert_true(seconds() - t < 4 * SECOND * SLOW);
	}
	osci_buf_adds(&b, "<a><![CDATA[");
	repeat(&b, "0123456789012345678901234567890123456789", 100000);
	osci_buf_adds(&b, "]]></a>");
	assert_int_equal(parse(b.data, b.len, &(struct osci_err){ 0 }), 0);
	osci_buf_free(&b);
	osci_buf_adds(&b, "<a><![CDATA[");
	repeat(&b, "0123456789012345678901234567890123456789", 1000000);
	osci_buf_adds(&b, "]]></a>");
	refused_buf(&b, OSCI_E_LIMIT, "CDATA");
}

/* The parser takes the document in pieces: every construct is moved over the border of a piece. */
static void borders(void **state)
{
	static const char sample[] = "<p:a xmlns:p='urn:x' p:b='&lt;\xc3\xa4'><!-- c --><b>x\xe2\x82\xac&amp;&#228;y"
				     "<![CDATA[<z>]]>]</b></p:a>";
	size_t border = 32 * 1024, shift;
	struct osci_buf b = OSCI_BUF_INIT(1024 * 1024);

	for (shift = 0; shift < sizeof(sample) + 4; shift++) {
		struct osci_err err = { 0 };
		xmlDocPtr doc;
		char *text;

		while (b.len < border - shift)
			osci_buf_addc(&b, '\n');
		osci_buf_adds(&b, sample);
		if (osci_xml_parse(&doc, b.data, b.len, NULL, &err) != 0)
			fail_msg("shift %zu: %s: %s", shift, err.where, err.what);
		assert_int_equal(osci_xml_text(osci_xml_first(xmlDocGetRootElement(doc), NULL), 100, &text, &err), 0);
		assert_string_equal(text, "x\xe2\x82\xac&\xc3\xa4y<z>]");
		free(text);
		assert_int_equal(osci_xml_attr(xmlDocGetRootElement(doc), "urn:x", "b", 100, &text, &err), 0);
		assert_string_equal(text, "<\xc3\xa4");
		free(text);
		osci_xml_freep(&doc);
		osci_buf_free(&b);
	}
}

static void lines(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(1024 * 1024);
	struct osci_err err = { 0 };
	xmlDocPtr doc;

	osci_buf_adds(&b, "<a>");
	repeat(&b, "\n", 70000);
	osci_buf_adds(&b, "<b>x</b></a>");
	assert_int_equal(osci_xml_parse(&doc, b.data, b.len, NULL, &err), 0);
	assert_int_equal(xmlGetLineNo(osci_xml_first(xmlDocGetRootElement(doc), NULL)), 70001);
	osci_xml_freep(&doc);
	osci_buf_free(&b);

	osci_buf_adds(&b, "<a>");
	repeat(&b, "\n", 70000);
	osci_buf_adds(&b, "  <b>x</c></a>");
	assert_int_equal(parse(b.data, b.len, &err), OSCI_E_MALFORMED);
	assert_memory_equal(err.where, "70001:", 6);
	osci_buf_free(&b);

	assert_int_equal(parse_text("<a>\n\n  \xc3\xa4<?pi?></a>", &err), OSCI_E_MALFORMED);
	assert_string_equal(err.where, "3:4");
	assert_int_equal(parse_text("<a>12\xff</a>", &err), OSCI_E_MALFORMED);
	assert_string_equal(err.where, "byte 5");
	/* Hooks name a place as well. */
	assert_int_equal(parse_text("<a>\n<b xmlns='rel'/></a>", &err), OSCI_E_MALFORMED);
	assert_memory_equal(err.where, "2:", 2);
}

/* Errors never quote the document. */
static void no_content(void **state)
{
	static const char *const bad[] = { "<a><SECRET></a>", "<a b='SECRET' b='SECRET'/>", "<a>&SECRET;</a>",
					   "<SECRET:a/>", "<a xmlns='SECRET'/>", "<a>SECRET" };
	struct osci_err err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse_text(bad[i], &err), OSCI_E_MALFORMED);
		assert_null(strstr(err.what, "SECRET"));
		assert_null(strstr(err.where, "SECRET"));
	}
}

/* Any prefix of a document is refused, never a crash; any octet replaced is refused or accepted. */
static void truncated(void **state)
{
	static const char sample[] = "<?xml version=\"1.0\"?><p:a xmlns:p='urn:x' b='&lt;'><!-- c --><b>x&amp;"
				     "<![CDATA[<z>]]></b></p:a>";
	char copy[sizeof(sample)];
	struct osci_err err;
	size_t i;
	int c;

	for (i = 0; i < sizeof(sample) - 1; i++)
		assert_int_not_equal(parse(sample, i, &err), 0);
	for (i = 0; i < sizeof(sample) - 1; i++)
		for (c = 0; c < 256; c += 3) {
			memcpy(copy, sample, sizeof(copy));
			copy[i] = (char)c;
			parse(copy, sizeof(copy) - 1, &err);
		}
}

/* Well-formed: refused by the reader of OSCI messages, not here. */
static bool well_formed(const char *name)
{
	static const char *const list[] = { "comment-splits-message-id.xml", "ns-osci-trailing-slash.xml",
					    "ns-soap12-envelope.xml", "schemalocation-remote.xml",
					    "xinclude-file.xml" };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static void corpus(void **state)
{
	const char *shared = getenv("XAUSL_SHARED");
	char path[4096];
	struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/security/corpus/xml", shared ? shared : ".");
	dir = opendir(path);
	if (!dir) {
		printf("# SKIP no corpus of hostile XML at hand\n");
		skip();
	}
	while ((e = readdir(dir))) {
		struct osci_buf b = OSCI_BUF_INIT(64 * 1024 * 1024);
		struct osci_err err;
		double t;
		FILE *f;
		int r;

		if (!strstr(e->d_name, ".xml"))
			continue;
		snprintf(path, sizeof(path), "%s/security/corpus/xml/%s", shared, e->d_name);
		f = fopen(path, "rb");
		assert_non_null(f);
		for (;;) {
			unsigned char *room = osci_buf_room(&b, 65536);
			size_t got = fread(room, 1, 65536, f);

			osci_buf_grow(&b, got);
			if (!got)
				break;
		}
		fclose(f);
		t = seconds();
		r = parse(b.data, b.len, &err);
		if ((r == 0) != well_formed(e->d_name) || seconds() - t > SECOND)
			fail_msg("%s: result %d: %s: %s", e->d_name, r, err.where, err.what);
		osci_buf_free(&b);
		n++;
	}
	closedir(dir);
	assert_true(n >= 30);
	printf("# %u hostile documents\n", n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),   cmocka_unit_test(declarations), cmocka_unit_test(doctypes),
		cmocka_unit_test(octets),     cmocka_unit_test(form),	      cmocka_unit_test(depth),
		cmocka_unit_test(counts),     cmocka_unit_test(sizes),	      cmocka_unit_test(long_values),
		cmocka_unit_test(borders),    cmocka_unit_test(lines),	      cmocka_unit_test(no_content),
		cmocka_unit_test(truncated),  cmocka_unit_test(corpus),
	};

	osci_xml_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
