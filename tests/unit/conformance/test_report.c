/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_report - results: JSON and back, the verdict, the forms for terminal and continuous integration, the matrix
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

#include "report/report.h"
#include "report/requirements.h"
#include "t_result.h"

static char *render(const struct cf_result *r, enum cf_report_format format)
{
	struct osci_buf b = OSCI_BUF_INIT(8u << 20);

	assert_int_equal(cf_report_render(&b, r, format), 0);
	return osci_buf_take(&b, NULL);
}

static void json_there_and_back_is_the_same(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed(), *again = NULL;
	_cleanup_(osci_freep) char *one = render(r, CF_REPORT_JSON), *two = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(cf_result_from_json(&again, one, strlen(one), &err), 0);
	two = render(again, CF_REPORT_JSON);
	assert_string_equal(one, two);
	assert_int_equal(again->n_cases, 4);
	assert_string_equal(again->cases[1]->failures[0].expected, "\"17109\"");
	assert_string_equal(again->cases[1]->switches[0].value, "repeat");
	assert_int_equal(again->cases[1]->messages[2].case_ms, T_START + 2000);
	assert_int_equal(again->cases[0]->steps[0].state, CF_STEP_DONE);
	assert_string_equal(again->artifacts[0].sha256, r->artifacts[0].sha256);
	/* what was read can be added to */
	assert_int_equal(cf_result_add_setting(again, "a", "b"), 0);
	assert_int_equal(cf_result_add_setting(again, "c", "d"), 0);
	assert_string_equal(again->settings[2].name, "c");
}

static void texts_become_utf8_and_are_cut(void **state)
{
	_cleanup_(osci_freep) char *text = NULL, *big = malloc(2 * CF_RESULT_TEXT_MAX + 1);

	assert_int_equal(cf_result_set(&text, "a\xff\xc3(\xed\xa0\x80z"), 0);
	assert_string_equal(text, "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
	assert_non_null(big);
	memset(big, 'x', 2 * CF_RESULT_TEXT_MAX);
	big[2 * CF_RESULT_TEXT_MAX] = '\0';
	assert_int_equal(cf_result_set(&text, big), 0);
	assert_int_equal(strlen(text), CF_RESULT_TEXT_MAX + 3);
	assert_string_equal(text + CF_RESULT_TEXT_MAX, "\xe2\x80\xa6");
	assert_int_equal(cf_result_set(&text, NULL), 0);
	assert_null(text);
	assert_int_equal(cf_result_setf(&text, "%s-%d", "n", 7), 0);
	assert_string_equal(text, "n-7");
}

/* A file in which one thing is changed. */
static void refused(const char *from, const char *to, int code)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed(), *again = NULL;
	_cleanup_(osci_freep) char *json = render(r, CF_REPORT_JSON), *changed = NULL;
	char *at = strstr(json, from);
	struct osci_err err = { 0 };

	assert_non_null(at);
	assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from)) > 0);
	assert_int_equal(cf_result_from_json(&again, changed, strlen(changed), &err), code);
	assert_null(again);
	assert_true(err.what[0]);
}

static void reading_is_strict(void **state)
{
	struct cf_result *r;
	struct osci_err err;

	refused(CF_RESULT_FORMAT, "xausl-conform-result-2", OSCI_E_MALFORMED);
	refused("\"mode\"", "\"mood\"", OSCI_E_MALFORMED);
	refused("\"title\"", "\"titel\"", OSCI_E_MALFORMED);
	refused("\"line\": 12", "\"line\": \"12\"", OSCI_E_MALFORMED);
	refused("\"line\": 12", "\"line\": -1", OSCI_E_MALFORMED);
	refused("\"line\": 12", "\"line\": 4294967296", OSCI_E_MALFORMED);
	refused("\"verdict\": \"fail\"", "\"verdict\": \"failed\"", OSCI_E_MALFORMED);
	refused("e3b0c442", "E3b0c442", OSCI_E_MALFORMED);
	refused("e3b0c442", "e3b0c4422", OSCI_E_MALFORMED);
	refused("\"id\": \"CODE-02\"", "\"open\": \"x\"", OSCI_E_MALFORMED);
	refused("\"messages\": [", "\"messages\": [7,", OSCI_E_MALFORMED);
	refused("\"steps\": [", "\"steps\": {}, \"logs\": [", OSCI_E_MALFORMED);
	refused("\"cases\": [", "\"cases\": [7,", OSCI_E_MALFORMED);
	refused("{", "{{", OSCI_E_MALFORMED);
	assert_int_equal(cf_result_from_json(&r, "[]", 2, &err), OSCI_E_MALFORMED);
	assert_int_equal(cf_result_from_json(&r, "", 0, &err), OSCI_E_MALFORMED);
}

/* Whoever turns a failure into a pass must also change the sum, and then the checksum tells. */
static void a_sum_that_does_not_add_up_is_refused(void **state)
{
	refused("\"verdict\": \"fail\"", "\"verdict\": \"pass\"", OSCI_E_MALFORMED);
	refused("\"verdict\": \"failed\"", "\"verdict\": \"passed\"", OSCI_E_MALFORMED);
	refused("\"skipped\": 1", "\"skipped\": 2", OSCI_E_MALFORMED);
}

static void too_long_lists_are_refused(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_passed(), *again = NULL;
	_cleanup_(osci_freep) char *json = NULL;
	struct osci_buf b = OSCI_BUF_INIT(8u << 20);
	struct osci_err err = { 0 };
	char *at;

	json = render(r, CF_REPORT_JSON);
	at = strstr(json, "\"messages\": [") + strlen("\"messages\": [");
	osci_buf_add(&b, json, (size_t)(at - json));
	for (unsigned i = 0; i < CF_RESULT_LIST_MAX; i++)
		osci_buf_adds(&b, "{},");
	osci_buf_adds(&b, at);
	assert_int_equal(cf_result_from_json(&again, (char *)b.data, b.len, &err), OSCI_E_LIMIT);
	osci_buf_free(&b);
}

static void a_full_list_counts_what_it_drops(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_passed();
	_cleanup_(osci_freep) char *page = NULL;
	struct cf_result_case *c = r->cases[0];

	while (!c->dropped)
		t_result_message(c, "a", "b", "c", NULL);
	t_result_message(c, "a", "b", "c", NULL);
	assert_int_equal(c->n_messages, CF_RESULT_LIST_MAX);
	assert_int_equal(c->dropped, 2);
	page = render(r, CF_REPORT_HTML);
	assert_non_null(strstr(page, "2 entries more are not shown"));
}

static void places_are_taken_in_any_order_once(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = cf_result_new();
	struct cf_result_case *a = cf_result_case_new("A", NULL), *b = cf_result_case_new("B", NULL), *c;

	a->verdict = CF_PASS;
	b->verdict = CF_PASS;
	assert_int_equal(cf_result_take(r, 2, &b, NULL), 0);
	assert_null(b);
	assert_int_equal(cf_result_take(r, 0, &a, NULL), 0);
	c = cf_result_case_new("C", NULL);
	assert_int_equal(cf_result_take(r, 2, &c, NULL), OSCI_E_EXISTS);
	assert_int_equal(cf_result_take(r, CF_RESULT_CASES_MAX, &c, NULL), OSCI_E_LIMIT);
	cf_result_case_freep(&c);
	/* place 1 was never filled: no pass, in no form */
	assert_int_equal(cf_result_verdict(r), CF_RUN_UNUSABLE);
	assert_int_equal(cf_result_counts(r).setup_error, 1);
	for (enum cf_report_format f = CF_REPORT_TEXT; f <= CF_REPORT_HTML; f++) {
		_cleanup_(osci_freep) char *text = render(r, f);

		assert_true(strstr(text, "no result") || strstr(text, "null"));
	}
}

static void only_a_pass_is_a_pass(void **state)
{
	static const struct {
		unsigned pass, fail, error, skipped;
		bool trouble;
		int status;
	} runs[] = {
		{ 1, 0, 0, 0, false, 0 }, { 3, 0, 0, 5, false, 0 }, { 0, 0, 0, 0, false, 2 }, { 0, 0, 0, 4, false, 2 },
		{ 9, 0, 1, 0, false, 2 }, { 9, 1, 0, 0, false, 1 }, { 0, 1, 0, 0, false, 1 }, { 9, 1, 1, 0, false, 1 },
		{ 9, 0, 0, 0, true, 2 },  { 0, 0, 0, 0, true, 2 },  { 9, 1, 0, 0, true, 1 },
	};

	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		_cleanup_(cf_result_freep) struct cf_result *r = cf_result_new();

		for (unsigned k = 0; k < runs[i].pass; k++)
			t_result_case(r, "P", NULL, CF_PASS);
		for (unsigned k = 0; k < runs[i].fail; k++)
			t_result_case(r, "F", NULL, CF_FAIL);
		for (unsigned k = 0; k < runs[i].error; k++)
			t_result_case(r, "E", NULL, CF_SETUP_ERROR);
		for (unsigned k = 0; k < runs[i].skipped; k++)
			t_result_case(r, "S", NULL, CF_SKIPPED);
		if (runs[i].trouble)
			assert_int_equal(cf_result_set(&r->trouble, "a port is in use"), 0);
		assert_int_equal(cf_result_exit_status(r), runs[i].status);
		for (enum cf_report_format f = CF_REPORT_TEXT; f <= CF_REPORT_HTML; f++) {
			_cleanup_(osci_freep) char *text = render(r, f);
			bool passed = strstr(text, "\"verdict\": \"passed\"") || strstr(text, "\npassed: ") ||
				      strstr(text, "name=\"verdict\" value=\"passed\"") || strstr(text, "<strong>passed<");
			bool clean = f != CF_REPORT_JUNIT ||
				     (strstr(text, "failures=\"0\"") && strstr(text, "errors=\"0\""));

			assert_int_equal(passed, runs[i].status == 0);
			if (f == CF_REPORT_JUNIT)
				assert_int_equal(clean, runs[i].status == 0);
			if (runs[i].trouble && f != CF_REPORT_JUNIT)
				assert_non_null(strstr(text, "a port is in use"));
		}
	}
}

static void a_fresh_case_is_no_pass(void **state)
{
	_cleanup_(cf_result_case_freep) struct cf_result_case *c = cf_result_case_new("X", NULL);

	assert_int_equal(c->verdict, CF_SETUP_ERROR);
}

static void text_is_safe_for_a_terminal(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *text = render(r, CF_REPORT_TEXT);

	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "fail        CODE-02/own_record=repeat"));
	assert_non_null(strstr(text, "expected  \"17109\""));
	assert_non_null(strstr(text, "seen      \"17107\""));
	assert_non_null(strstr(text, "seen      nothing"));
	assert_non_null(strstr(text, "line 47"));
	assert_non_null(strstr(text, "4 cases: 1 passed, 1 failed, 1 not set up, 1 skipped"));
	assert_non_null(strstr(text, "unknown requirement NO-SUCH"));
	assert_non_null(strstr(text, "\nfailed: 1 case failed."));
	assert_null(strstr(text, "FLOW-01")); /* what passed is not repeated */
}

static void progress_is_a_line_for_each_case(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cf_report_progress(f, r->cases[0], 1, 4);
	cf_report_progress(f, r->cases[2], 2, 4);
	fclose(f);
	assert_string_equal(text, "[  1/4] pass        FLOW-01  Obligation for want of sufficient German (1.2 s)\n"
				  "[  2/4] setup-error REL-03  Obligation for want of sufficient German (1.2 s)\n"
				  "            the partner did not become ready within 20 s\n");
	free(text);
}

static xmlNodePtr child(xmlNodePtr n, const char *name)
{
	for (n = n->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, BAD_CAST name))
			return n;
	return NULL;
}

static void junit_is_valid_and_counts(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(osci_freep) char *text = render(r, CF_REPORT_JUNIT), *path = NULL;
	xmlDocPtr doc = xmlReadMemory(text, (int)strlen(text), "junit.xml", NULL, XML_PARSE_NONET);
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaValidCtxtPtr valid;
	xmlSchemaPtr schema;
	xmlNodePtr suite;

	assert_non_null(doc);
	assert_true(asprintf(&path, "%s/tests/fixtures/junit.xsd", getenv("XAUSL_SOURCE_ROOT")) > 0);
	parser = xmlSchemaNewParserCtxt(path);
	schema = xmlSchemaParse(parser);
	assert_non_null(schema);
	valid = xmlSchemaNewValidCtxt(schema);
	assert_int_equal(xmlSchemaValidateDoc(valid, doc), 0);
	suite = child(xmlDocGetRootElement(doc), "testsuite");
	assert_non_null(suite);
	for (xmlNodePtr n = suite->children; n; n = n->next) {
		xmlChar *name = n->type == XML_ELEMENT_NODE ? xmlGetProp(n, BAD_CAST "name") : NULL;

		if (name && xmlStrstr(name, BAD_CAST "CODE-02")) {
			assert_non_null(xmlStrstr(name, BAD_CAST "<script>alert(1)</script>"));
			assert_non_null(child(n, "failure"));
			assert_non_null(xmlStrstr(child(n, "failure")->children->content, BAD_CAST "expected: \"17109\""));
		}
		xmlFree(name);
	}
	xmlSchemaFreeValidCtxt(valid);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(parser);
	xmlFreeDoc(doc);
	assert_non_null(strstr(text, "tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""));
}

static void the_matrix_tells_what_is_shown(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	_cleanup_(cf_matrix_clear) struct cf_matrix m = { 0 };
	struct cf_result_requirement none = { .id = (char *)"LOAD" };

	assert_int_equal(cf_result_add_requirement(r, &none), 0);
	assert_int_equal(cf_matrix_make(&m, r), 0);
	assert_int_equal(m.n_rows, 4);
	/* one case of it passed, another could not be set up */
	assert_string_equal(m.rows[0].id, "FLOW-070009");
	assert_int_equal(m.rows[0].n_cases, 2);
	assert_int_equal(cf_matrix_cover(&m.rows[0]), CF_COVER_NOT_SHOWN);
	assert_int_equal(cf_matrix_cover(&m.rows[1]), CF_COVER_FAILED);
	assert_int_equal(cf_matrix_cover(&m.rows[2]), CF_COVER_NO_CASE);
	assert_string_equal(m.rows[3].id, "NO-SUCH");
	assert_int_equal(cf_matrix_cover(&m.rows[3]), CF_COVER_UNKNOWN);
	r->cases[2]->verdict = CF_SKIPPED;
	cf_matrix_clear(&m);
	assert_int_equal(cf_matrix_make(&m, r), 0);
	assert_int_equal(cf_matrix_cover(&m.rows[0]), CF_COVER_SHOWN);
	r->cases[0]->verdict = CF_SKIPPED;
	cf_matrix_clear(&m);
	assert_int_equal(cf_matrix_make(&m, r), 0);
	assert_int_equal(cf_matrix_cover(&m.rows[0]), CF_COVER_NOT_SHOWN);
}

static int load_list(struct cf_result *r, const char *text, struct osci_err *err)
{
	char path[] = "/tmp/requirements-XXXXXX.yaml";
	int fd = mkstemps(path, 5), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	rc = cf_requirements_load(r, path, err);
	unlink(path);
	return rc;
}

static void the_list_of_requirements_is_read_strictly(void **state)
{
#define ENTRY(id) "- {id: " id ", what: it works, group: flow, source: FACTS, section: '1'}\n"
	static const char *const bad[] = {
		"format: 2\nrequirements:\n" ENTRY("A"),
		"format: 1\nrequirements:\n" ENTRY("A") ENTRY("A"),
		"format: 1\nrequirements:\n- {id: A, what: x, group: flow, source: F}\n",
		"format: 1\nrequirements:\n- {id: A, what: x, group: other, source: F, section: '1'}\n",
		"format: 1\nrequirements:\n- {id: A, what: x, group: flow, source: F, section: '1', more: y}\n",
		"format: 1\nsources:\n- {name: OTHER, what: others}\nrequirements:\n" ENTRY("A"),
		"format: 1\nsources:\n- {name: FACTS}\nrequirements:\n" ENTRY("A"),
	};
	_cleanup_(cf_result_freep) struct cf_result *r = cf_result_new();
	_cleanup_(osci_freep) char *own = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(load_list(r, "format: 1\nrequirements:\n" ENTRY("A") ENTRY("B"), &err), 0);
	assert_int_equal(r->n_requirements, 2);
	assert_string_equal(r->requirements[1].id, "B");
	assert_string_equal(r->requirements[1].section, "1");
	assert_string_equal(r->requirements[1].source, "FACTS");
	assert_int_equal(load_list(r, "format: 1\nsources:\n- {name: FACTS, what: the release}\nrequirements:\n" ENTRY("C"),
				   &err), 0);
	assert_string_equal(r->requirements[2].source, "FACTS (the release)");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_(cf_result_freep) struct cf_result *other = cf_result_new();

		assert_int_equal(load_list(other, bad[i], &err), OSCI_E_CONFIG);
		assert_non_null(strstr(err.where, ".yaml:"));
	}
	/* the one that is shipped */
	cf_result_freep(&r);
	r = cf_result_new();
	assert_true(asprintf(&own, "%s/conformance/cases/requirements.yaml", getenv("XAUSL_SOURCE_ROOT")) > 0);
	assert_int_equal(cf_requirements_load(r, own, &err), 0);
	assert_true(r->n_requirements >= 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_there_and_back_is_the_same),
		cmocka_unit_test(texts_become_utf8_and_are_cut),
		cmocka_unit_test(reading_is_strict),
		cmocka_unit_test(a_sum_that_does_not_add_up_is_refused),
		cmocka_unit_test(too_long_lists_are_refused),
		cmocka_unit_test(a_full_list_counts_what_it_drops),
		cmocka_unit_test(places_are_taken_in_any_order_once),
		cmocka_unit_test(only_a_pass_is_a_pass),
		cmocka_unit_test(a_fresh_case_is_no_pass),
		cmocka_unit_test(text_is_safe_for_a_terminal),
		cmocka_unit_test(progress_is_a_line_for_each_case),
		cmocka_unit_test(junit_is_valid_and_counts),
		cmocka_unit_test(the_matrix_tells_what_is_shown),
		cmocka_unit_test(the_list_of_requirements_is_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
