/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_page - the page of a run: structure, escaping, and that it stands alone
 *
 * Read as HTML by libxml2.  What a browser makes of it is checked elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include "report/report.h"
#include "t_result.h"

static char *render(const struct cf_result *r)
{
	struct osci_buf b = OSCI_BUF_INIT(8u << 20);

	assert_int_equal(cf_report_render(&b, r, CF_REPORT_HTML), 0);
	return osci_buf_take(&b, NULL);
}

/* Number of nodes an XPath finds on the page. */
static int found(const char *page, const char *xpath)
{
	htmlDocPtr doc = htmlReadMemory(page, (int)strlen(page), "report.html", "UTF-8",
					HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
	xmlXPathContextPtr context;
	xmlXPathObjectPtr result;
	int n;

	assert_non_null(doc);
	context = xmlXPathNewContext(doc);
	result = xmlXPathEvalExpression(BAD_CAST xpath, context);
	assert_non_null(result);
	n = result->nodesetval ? result->nodesetval->nodeNr : 0;
	xmlXPathFreeObject(result);
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	return n;
}

static void the_page_stands_alone(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *page = render(r);

	assert_int_equal(found(page, "//meta[@http-equiv='Content-Security-Policy']"
				     "[contains(@content, \"default-src 'none'\")]"), 1);
	assert_int_equal(found(page, "//script"), 0);
	assert_int_equal(found(page, "//link | //img | //iframe | //object | //form | //base"), 0);
	assert_int_equal(found(page, "//@src | //@style | //@*[starts-with(name(), 'on')]"), 0);
	assert_int_equal(found(page, "//a[not(starts-with(@href, '#'))]"), 0);
	assert_null(strstr(page, "http://"));
	assert_null(strstr(page, "https://"));
	assert_null(strstr(page, "url("));
	assert_null(strstr(page, "@import"));
}

static void every_link_leads_somewhere_once(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *page = render(r);
	char xpath[128];
	int links = 0;

	for (const char *p = page; (p = strstr(p, "href=\"#")); p++, links++) {
		const char *id = p + 7;

		snprintf(xpath, sizeof(xpath), "//*[@id='%.*s']", (int)strcspn(id, "\""), id);
		assert_int_equal(found(page, xpath), 1);
	}
	assert_true(links > 15);
}

static void hostile_texts_are_texts(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *page = render(r);

	assert_null(strstr(page, "<script"));
	assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
	assert_null(strchr(page, 0x1b));
	assert_null(strchr(page, 0x07));
	assert_null(strstr(page, "\xe2\x80\xae")); /* right-to-left override */
	assert_null(strchr(page, 0xff));
	/* the text of a log cannot end its element */
	assert_non_null(strstr(page, "&lt;/pre&gt;"));
}

static void summary_and_list(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *page = render(r);

	assert_int_equal(found(page, "//div[@class='banner bad']/strong[.='failed']"), 1);
	assert_non_null(strstr(page, "4 cases: 1 passed, 1 failed, 1 not set up, 1 skipped."));
	assert_int_equal(found(page, "//tr[@class='row-fail']//a[.='CODE-02/own_record=repeat']"), 1);
	assert_int_equal(found(page, "//tr[@class='row-pass']"), 1);
	assert_int_equal(found(page, "//tr[@class='row-skipped']"), 1);
	assert_int_equal(found(page, "//tr[@class='row-setup-error']"), 1);
	/* links above the list narrow it: target and table are siblings */
	assert_int_equal(found(page, "//span[@id='only-fail']/following-sibling::div[@class='scroll']"
				     "//tr[@class='row-pass']"), 1);
	assert_int_equal(found(page, "//table[caption='Cases that failed, could not be set up or were skipped']/tbody/tr"), 3);
}

static void a_failed_case_shows_expected_beside_seen(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *page = render(r);

	assert_int_equal(found(page, "//section[.//h3[@id='case-2']]//table"
				     "[caption='Expected and seen; lines are those of cases/flows.yaml']"
				     "//tr[td[@class='wide good']/code='\"17109\"']"
				     "[td[@class='wide bad']/code='\"17107\"']"), 1);
	/* and what the step was about */
	assert_int_equal(found(page, "//section[.//h3[@id='case-2']]//tr[td/code='\"17109\"']//span[code='expect']"
				     "[contains(.,'070005 at A for q1')]"), 1);
	assert_int_equal(found(page, "//td[@class='wide bad']/em[.='nothing']"), 1);
	assert_int_equal(found(page, "//section[.//h3[@id='case-2']]/details[@open]"), 1);
	assert_int_equal(found(page, "//section[.//h3[@id='case-1']]/details[not(@open)]"), 1);
	assert_int_equal(found(page, "//section[.//h3[@id='case-2']]"
				     "//table[caption='Messages and outcomes']/tbody/tr"), 4);
	assert_int_equal(found(page, "//table[caption='Steps']//span[@class='tag bad' and .='failed']"), 1);
	assert_int_equal(found(page, "//pre[contains(., 'level')]"), 1);
}

static void requirements_versions_signatures(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	struct cf_result_requirement none = { .id = (char *)"LOAD", .what = (char *)"many at once" };
	_cleanup_(osci_freep) char *page = NULL;

	assert_int_equal(cf_result_add_requirement(r, &none), 0);
	assert_int_equal(cf_result_set(&r->place, "N\xc3\xbcrnberg"), 0);
	page = render(r);
	assert_int_equal(found(page, "//tr[th='LOAD']//span[.='no case']"), 1);
	assert_int_equal(found(page, "//p[starts-with(., 'Without a case:')]/code[.='LOAD']"), 1);
	assert_int_equal(found(page, "//tr[th='NO-SUCH']//span[.='unknown requirement']"), 1);
	assert_int_equal(found(page, "//tr[th='CODE-17109']//span[.='failed']"), 1);
	assert_int_equal(found(page, "//tr[th='CODE-17109']//a[@href='#case-2']"), 1);
	assert_non_null(strstr(page, r->artifacts[0].sha256));
	assert_int_equal(found(page, "//div[@class='sign']//p[starts-with(., 'Signature')]"), 2);
	assert_int_equal(found(page, "//div[@class='sign']//p[contains(., 'N\xc3\xbcrnberg')]"), 1);
}

static void the_same_run_gives_the_same_page(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *one = render(r), *two = render(r);

	assert_string_equal(one, two);
}

static void times_are_those_of_berlin(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_passed();
	_cleanup_(osci_freep) char *page = NULL;

	r->started_ms = 1782864000123; /* 2026-07-01T00:00:00.123Z */
	page = render(r);
	assert_non_null(strstr(page, "<dd>2026-07-01 02:00:00 +02:00</dd>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_stands_alone),
		cmocka_unit_test(every_link_leads_somewhere_once),
		cmocka_unit_test(hostile_texts_are_texts),
		cmocka_unit_test(summary_and_list),
		cmocka_unit_test(a_failed_case_shows_expected_beside_seen),
		cmocka_unit_test(requirements_versions_signatures),
		cmocka_unit_test(the_same_run_gives_the_same_page),
		cmocka_unit_test(times_are_those_of_berlin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
