/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_compare - two runs side by side, and baselines
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "report/compare.h"
#include "report/files.h"
#include "report/report.h"
#include "t_result.h"

static char dir[] = "/tmp/compare-XXXXXX";

static int setup(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static json_t *compared(const struct cf_result *old, const struct cf_result *new)
{
	json_auto_t *a = cf_outline_of(old), *b = cf_outline_of(new);
	json_t *c = cf_compare(a, b);

	assert_non_null(c);
	return c;
}

static const char *verdict(const json_t *c)
{
	return json_string_value(json_object_get(c, "verdict"));
}

static json_int_t counted(const json_t *c, const char *change)
{
	return json_integer_value(json_object_get(json_object_get(c, "counts"), change));
}

static void a_run_is_the_same_as_itself(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_mixed(), *b = t_result_mixed();
	json_auto_t *c = NULL;

	/* times and UUIDs do not count */
	for (size_t i = 0; i < b->cases[0]->n_messages; i++) {
		b->cases[0]->messages[i].case_ms += 77;
		assert_int_equal(cf_result_set(&b->cases[0]->messages[i].uuid, "another"), 0);
	}
	b->cases[0]->clock_ms++;
	c = compared(a, b);
	assert_string_equal(verdict(c), "same");
	assert_int_equal(counted(c, "same"), 4);
	assert_int_equal(json_array_size(json_object_get(c, "cases")), 0);
	assert_int_equal(json_array_size(json_object_get(c, "artifacts")), 0);
}

/* What becomes of a comparison if a case goes from one verdict to another; CF_N = is not there. */
#define CF_N ((enum cf_verdict)9)
static void changed(enum cf_verdict from, enum cf_verdict to, const char *change, const char *want)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed();
	json_auto_t *c = NULL;

	if (from != CF_N)
		t_result_case(a, "X", "v", from);
	if (to != CF_N)
		t_result_case(b, "X", "v", to);
	c = compared(a, b);
	assert_string_equal(verdict(c), want);
	assert_int_equal(counted(c, "same"), change ? 1 : 2);
	if (change) {
		const json_t *entry = json_array_get(json_object_get(c, "cases"), 0);

		assert_int_equal(counted(c, change), 1);
		assert_string_equal(json_string_value(json_object_get(entry, "case")), "X/v");
		assert_string_equal(json_string_value(json_object_get(entry, "change")), change);
	}
}

static void each_change_has_its_name(void **state)
{
	changed(CF_PASS, CF_PASS, NULL, "same");
	changed(CF_FAIL, CF_FAIL, NULL, "same");
	changed(CF_PASS, CF_FAIL, "worse", "worse");
	changed(CF_PASS, CF_SETUP_ERROR, "worse", "worse");
	changed(CF_PASS, CF_SKIPPED, "worse", "worse");
	changed(CF_FAIL, CF_PASS, "fixed", "better");
	changed(CF_SETUP_ERROR, CF_PASS, "fixed", "better");
	changed(CF_SKIPPED, CF_PASS, "fixed", "better");
	changed(CF_FAIL, CF_SETUP_ERROR, "other", "same");
	changed(CF_SKIPPED, CF_FAIL, "other", "same");
	changed(CF_N, CF_PASS, "new", "same");
	changed(CF_N, CF_SKIPPED, "new", "same");
	changed(CF_N, CF_FAIL, "new-failed", "worse");
	changed(CF_N, CF_SETUP_ERROR, "new-failed", "worse");
	changed(CF_PASS, CF_N, "gone", "worse");
	changed(CF_FAIL, CF_N, "dropped", "same");
}

static void another_answer_is_shown_on_its_way(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed();
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(1u << 20);
	json_auto_t *c = NULL;

	assert_int_equal(cf_result_set(&b->cases[0]->messages[4].what, "070005"), 0);
	c = compared(a, b);
	assert_string_equal(verdict(c), "same");
	assert_int_equal(counted(c, "timeline"), 1);
	cf_comparison_text(&text, c);
	assert_non_null(strstr((char *)text.data, "other messages: FLOW-01"));
	assert_non_null(strstr((char *)text.data,
			       "gateway > office A: was accepted-by-gateway, 070003; is accepted-by-gateway, 070005"));
	assert_null(strstr((char *)text.data, "partner > gateway"));
}

static void the_interleaving_of_two_ways_is_chance(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed();
	struct cf_result_message swap = b->cases[0]->messages[1];
	json_auto_t *c = NULL;

	b->cases[0]->messages[1] = b->cases[0]->messages[2];
	b->cases[0]->messages[2] = swap;
	c = compared(a, b);
	assert_int_equal(counted(c, "same"), 1);
}

static void a_repeated_offer_is_chance(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed();
	const struct cf_result_message offer = { .from = (char *)"gateway", .to = (char *)"office A", .what = (char *)"070003",
						 .uuid = (char *)"0f0e0d0c-0b0a-4908-8706-0504030201ff" };
	struct cf_result_message other = offer;
	json_auto_t *c = NULL, *d = NULL;

	assert_int_equal(cf_result_add_message(a->cases[0], &offer), 0);
	assert_int_equal(cf_result_add_message(b->cases[0], &offer) | cf_result_add_message(b->cases[0], &offer), 0);
	c = compared(a, b);
	assert_int_equal(counted(c, "same"), 1);
	other.uuid = (char *)"0f0e0d0c-0b0a-4908-8706-0504030201fe";
	assert_int_equal(cf_result_add_message(b->cases[0], &other), 0);
	d = compared(a, b);
	assert_int_equal(counted(d, "timeline"), 1);
}

static void the_same_message_many_times_is_one_word(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_passed();
	json_auto_t *o = NULL;
	const json_t *list;

	for (unsigned i = 0; i < 1999; i++)
		t_result_message(r->cases[0], "gateway", "partner", "070009", NULL);
	t_result_message(r->cases[0], "gateway", "partner", "07000", NULL);
	o = cf_outline_of(r);
	list = json_object_get(json_object_get(json_object_get(json_object_get(o, "cases"), "FLOW-01"), "messages"),
			       "gateway > partner");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_array_get(list, 0)), "070009 x 2000");
	assert_string_equal(json_string_value(json_array_get(list, 1)), "07000");
}

static void open_switches_and_repetitions_are_cases_of_their_own(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	struct cf_result_case *c;
	json_auto_t *o = NULL;

	/* switches tell runs of one case apart, and are left out where there is one */
	o = cf_outline_of(r);
	assert_non_null(json_object_get(json_object_get(o, "cases"), "CODE-02/own_record=repeat"));
	json_decref(o);
	c = t_result_case(r, "CODE-02", "own_record=repeat", CF_PASS);
	assert_int_equal(cf_result_add_switch(c, "partner.own_record", "refuse"), 0);
	t_result_case(r, "REL-03", NULL, CF_PASS);
	o = cf_outline_of(r);
	assert_non_null(json_object_get(json_object_get(o, "cases"), "CODE-02/own_record=repeat {partner.own_record=repeat}"));
	assert_non_null(json_object_get(json_object_get(o, "cases"), "CODE-02/own_record=repeat {partner.own_record=refuse}"));
	assert_non_null(json_object_get(json_object_get(o, "cases"), "REL-03 #2"));
	assert_int_equal(json_object_size(json_object_get(o, "cases")), 6);
}

/* What becomes of a case when the two runs are for different releases. */
static void across(enum cf_verdict from, enum cf_verdict to, const char *change, const char *want)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed();
	json_auto_t *c = NULL;

	assert_int_equal(cf_result_set(&a->release, "26.11"), 0);
	assert_int_equal(cf_result_set(&b->release, "27.05"), 0);
	t_result_case(a, "X", NULL, from);
	t_result_case(b, "X", NULL, to);
	c = compared(a, b);
	assert_string_equal(verdict(c), want);
	assert_int_equal(counted(c, change), 1);
}

static void a_case_of_one_release_alone_is_left_out(void **state)
{
	across(CF_PASS, CF_SKIPPED, "left-out", "same");
	across(CF_SKIPPED, CF_PASS, "new", "same");
	across(CF_SKIPPED, CF_FAIL, "new-failed", "worse");
	across(CF_PASS, CF_FAIL, "worse", "worse");
	across(CF_FAIL, CF_SKIPPED, "other", "same");
}

static void a_part_of_the_book_is_compared_with_its_part(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed();
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(1u << 20);
	json_auto_t *c = NULL, *d = NULL;

	t_result_case(a, "X", NULL, CF_PASS);
	t_result_case(a, "Y", NULL, CF_PASS);
	t_result_case(b, "X", NULL, CF_FAIL);
	assert_int_equal(cf_result_add_setting(b, CF_SETTING_ONLY, "2 of 3 cases"), 0);
	c = compared(a, b);
	assert_int_equal(counted(c, "worse"), 1);
	assert_int_equal(counted(c, "gone"), 0);
	assert_int_equal(counted(c, "not-run"), 1);
	cf_comparison_text(&text, c);
	assert_non_null(strstr((char *)text.data, "; not compared, for only a part of the book was run: 1\n"));
	d = compared(b, a);
	assert_int_equal(counted(d, "new"), 0);
	assert_int_equal(counted(d, "not-run"), 1);
}

static void the_step_and_what_was_seen_are_told(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed(), *z = t_result_passed();
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(1u << 20), page = OSCI_BUF_INIT(1u << 20);
	_cleanup_buf_ struct osci_buf back = OSCI_BUF_INIT(1u << 20);
	const struct cf_result_failure f = { .path = (char *)"3.1", .line = 17, .field = (char *)"reason.code",
					     .expected = (char *)"\"17112\"", .text = (char *)"reason.code is not there" };
	struct cf_result_failure later = f;
	json_auto_t *c = NULL, *d = NULL, *e = NULL;

	b->cases[0]->verdict = z->cases[0]->verdict = CF_FAIL;
	assert_int_equal(cf_result_add_failure(b->cases[0], &f), 0);
	c = compared(a, b);
	cf_comparison_text(&text, c);
	assert_non_null(strstr((char *)text.data, "no longer passes: FLOW-01 (fail, was pass)"));
	assert_non_null(strstr((char *)text.data, "    step 3.1, line 17, reason.code\n"));
	assert_non_null(strstr((char *)text.data, "expected  \"17112\"\n"));
	assert_non_null(strstr((char *)text.data, "seen      nothing\n"));
	cf_comparison_html(&page, c);
	assert_non_null(strstr((char *)page.data, "reason.code is not there"));
	assert_non_null(strstr((char *)page.data, "<code>nothing</code>"));
	/* what passes again failed there */
	d = compared(b, a);
	assert_int_equal(counted(d, "fixed"), 1);
	cf_comparison_text(&back, d);
	assert_non_null(strstr((char *)back.data, "    failed at step 3.1, line 17, reason.code\n"));
	/* it fails still, but at another step; the same step with another value is the same */
	later.path = (char *)"4";
	assert_int_equal(cf_result_add_failure(z->cases[0], &later), 0);
	e = compared(b, z);
	assert_int_equal(counted(e, "elsewhere"), 1);
	assert_string_equal(verdict(e), "same");
}

static void other_programs_and_times_are_named(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_passed();
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(1u << 20);
	json_auto_t *c = NULL;

	b->artifacts[0].sha256[0] = '0';
	b->cases[0]->real_ms = 5000;
	c = compared(a, b);
	assert_int_equal(json_array_size(json_object_get(c, "artifacts")), 1);
	cf_comparison_text(&text, c);
	assert_non_null(strstr((char *)text.data, "differs: xausl-gatewayd (SHA-256 0"));
	assert_non_null(strstr((char *)text.data, "slower: FLOW-01 5.0 s, was 1.2 s\n"));
	assert_string_equal(verdict(c), "same");
}

static void hostile_texts_stay_texts(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *a = t_result_passed(), *b = t_result_mixed();
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(1u << 20), page = OSCI_BUF_INIT(1u << 20);
	json_auto_t *c = NULL;

	assert_int_equal(cf_result_set(&b->subject, T_HOSTILE), 0);
	c = compared(a, b);
	cf_comparison_text(&text, c);
	cf_comparison_html(&page, c);
	assert_null(strchr((char *)text.data, 0x1b));
	assert_null(strchr((char *)page.data, 0x1b));
	assert_null(strstr((char *)page.data, "<script"));
	assert_non_null(strstr((char *)page.data, "<strong>worse</strong>"));
	assert_non_null(strstr((char *)page.data, "&lt;script&gt;"));
}

/* --- files and exit status ------------------------------------------------------ */

static const char *saved(const struct cf_result *r, const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(8u << 20);

	snprintf(path, 128, "%s/%s", dir, name);
	assert_int_equal(cf_result_to_json(&b, r), 0);
	assert_int_equal(osci_file_replace(path, b.data, b.len, 0644, false, NULL), 0);
	return path;
}

static int run(int (*command)(int, char **), const char *const *args)
{
	char *argv[10] = { (char *)"command" }, out[128];
	int argc = 1;

	snprintf(out, sizeof(out), "%s/out", dir);
	argv[argc++] = (char *)"--out";
	argv[argc++] = out;
	while (*args)
		argv[argc++] = (char *)*args++;
	return command(argc, argv);
}
#define RUN(command, ...) run(command, (const char *const[]){ __VA_ARGS__, NULL })

static void exit_status_tells(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *good = t_result_passed(), *bad = t_result_mixed(), *none = cf_result_new();
	const char *a = saved(good, "good.json"), *b = saved(bad, "bad.json"), *c = saved(none, "none.json"), *d;

	assert_int_equal(RUN(cf_command_compare, a, a), 0);
	assert_int_equal(RUN(cf_command_compare, "--format", "json", a, b), 1);
	assert_int_equal(RUN(cf_command_compare, "--format", "html", b, a), 0);
	assert_int_equal(RUN(cf_command_compare, a, c), 2);
	assert_int_equal(RUN(cf_command_compare, c, a), 2);
	assert_int_equal(RUN(cf_command_compare, a, "/nonexistent"), 2);
	assert_int_equal(RUN(cf_command_compare, a), 2);
	assert_int_equal(RUN(cf_command_compare, a, a, a), 2);
	assert_int_equal(RUN(cf_command_compare, "--format", "pdf", a, a), 2);
	assert_int_equal(RUN(cf_command_compare, "--unknown", a, a), 2);
	assert_int_equal(cf_result_set(&good->trouble, "a port is in use"), 0);
	d = saved(good, "trouble.json");
	assert_int_equal(RUN(cf_command_compare, a, d), 2);
	assert_int_equal(RUN(cf_command_render, "--format", "html", a), 0);
	assert_int_equal(RUN(cf_command_render, "--format", "odt", a), 2);
}

static void a_baseline_is_small_and_the_same_every_time(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed(), *none = t_result_passed(), *nowhere = t_result_passed();
	_cleanup_buf_ struct osci_buf one = OSCI_BUF_INIT(1u << 20), two = OSCI_BUF_INIT(1u << 20);
	struct osci_err err = { 0 };

	assert_int_equal(cf_result_set(&r->release, "26.11") | cf_result_set(&nowhere->release, NULL), 0);
	assert_int_equal(cf_baseline_make(&one, r, NULL, &err), 0);
	assert_null(strstr((char *)one.data, "0f0e0d0c"));
	assert_null(strstr((char *)one.data, "ms\""));
	assert_null(strstr((char *)one.data, "title"));
	assert_null(strstr((char *)one.data, "xausl-gatewayd"));
	assert_int_equal(cf_baseline_make(&two, nowhere, NULL, &err), OSCI_E_STATE);
	assert_non_null(strstr(err.what, "--release"));
	r->started_ms += 1000;
	r->cases[0]->real_ms++;
	r->cases[0]->messages[0].case_ms++;
	assert_int_equal(cf_baseline_make(&two, r, NULL, &err), 0);
	assert_string_equal((char *)one.data, (char *)two.data);
	none->cases[0]->verdict = CF_SKIPPED;
	assert_int_equal(cf_baseline_make(&two, none, NULL, &err), OSCI_E_STATE);
}

static void a_run_is_compared_with_its_baseline(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_passed(), *other = t_result_passed(), *foreign = cf_result_new();
	const char *a, *b, *c, *d;
	char baseline[128];

	assert_int_equal(cf_result_set(&r->release, "26.11") | cf_result_set(&other->release, "27.05") |
			 cf_result_set(&foreign->release, "26.11"), 0);
	a = saved(r, "run.json");
	snprintf(baseline, sizeof(baseline), "%s/baseline.json", dir);
	t_result_case(r, "X", NULL, CF_PASS);
	b = saved(r, "more.json");
	assert_int_equal(cf_command_baseline(4, (char *[]){ (char *)"baseline", (char *)"--out", baseline, (char *)b }), 0);
	assert_int_equal(RUN(cf_command_compare, baseline, b), 0);
	assert_int_equal(RUN(cf_command_compare, baseline, a), 1);
	assert_int_equal(RUN(cf_command_compare, b, baseline), 2);
	/* another release, another book */
	c = saved(other, "other.json");
	assert_int_equal(RUN(cf_command_compare, baseline, c), 2);
	t_result_case(foreign, "Z", NULL, CF_PASS);
	d = saved(foreign, "foreign.json");
	assert_int_equal(RUN(cf_command_compare, baseline, d), 2);
	assert_int_equal(RUN(cf_command_compare, b, d), 2);
}

static void a_part_of_the_book_is_brought_into_the_baseline(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *whole = t_result_passed(), *part = cf_result_new(), *other = cf_result_new();
	_cleanup_buf_ struct osci_buf one = OSCI_BUF_INIT(1u << 20), two = OSCI_BUF_INIT(1u << 20);
	struct osci_err err = { 0 };
	json_auto_t *before = NULL;
	char path[64];

	assert_int_equal(cf_result_set(&whole->release, "26.11") | cf_result_set(&part->release, "26.11") |
			 cf_result_set(&other->release, "27.05") | cf_result_add_setting(part, CF_SETTING_ONLY, "1 of 2 cases"), 0);
	t_result_case(part, "X", NULL, CF_PASS);
	t_result_case(other, "X", NULL, CF_PASS);
	assert_int_equal(cf_baseline_make(&one, whole, NULL, &err), 0);
	snprintf(path, sizeof(path), "%s/before.json", dir);
	assert_int_equal(osci_file_replace(path, one.data, one.len, 0644, false, NULL), 0);
	assert_int_equal(cf_baseline_read(&before, path, &err), 0);
	assert_int_equal(cf_baseline_make(&two, part, NULL, &err), OSCI_E_STATE);
	assert_non_null(strstr(err.what, "--update"));
	assert_int_equal(cf_baseline_make(&two, other, before, &err), OSCI_E_STATE);
	assert_int_equal(cf_baseline_make(&two, part, before, &err), 0);
	assert_non_null(strstr((char *)two.data, "\"FLOW-01\""));
	assert_non_null(strstr((char *)two.data, "\"X\""));
}

static void baselines_are_read_strictly(void **state)
{
#define HEAD "{\"format\": \"" CF_BASELINE_FORMAT "\", \"release\": \"26.11\", "
	static const char *const bad[] = {
		"", "[]", "{}", "{\"format\": \"x\", \"cases\": {}}", HEAD "\"cases\": []}",
		"{\"format\": \"" CF_BASELINE_FORMAT "\", \"cases\": {}}",
		"{\"format\": \"" CF_BASELINE_FORMAT "\", \"release\": 7, \"cases\": {}}",
		HEAD "\"other\": 7, \"cases\": {}}", HEAD "\"cases\": {\"A\": {\"result\": \"pass\"}}}",
		HEAD "\"cases\": {\"A\": {\"result\": \"passed\", \"messages\": {}}}}",
		HEAD "\"cases\": {\"A\": {\"result\": \"pass\", \"messages\": {\"a > b\": [7]}}}}",
		HEAD "\"cases\": {\"A\": {\"result\": \"pass\", \"messages\": {\"a > b\": \"x\"}}}}",
		HEAD "\"cases\": {\"A\": {\"result\": \"pass\", \"messages\": {}, \"ms\": 7}}}",
		HEAD "\"cases\": {\"A\": 7}}",
		HEAD "\"cases\": {\"A\": {\"result\": \"pass\", \"messages\": {}}, "
		"\"A\": {\"result\": \"pass\", \"messages\": {}}}}",
	};
	struct osci_err err = { 0 };
	char path[64];
	json_t *j;

	snprintf(path, sizeof(path), "%s/b.json", dir);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(4096);

		osci_buf_adds(&b, bad[i]);
		assert_int_equal(osci_file_replace(path, b.data, b.len, 0644, false, NULL), 0);
		assert_int_equal(cf_baseline_read(&j, path, &err), OSCI_E_MALFORMED);
		assert_null(j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_the_same_as_itself),
		cmocka_unit_test(each_change_has_its_name),
		cmocka_unit_test(another_answer_is_shown_on_its_way),
		cmocka_unit_test(the_interleaving_of_two_ways_is_chance),
		cmocka_unit_test(a_repeated_offer_is_chance),
		cmocka_unit_test(the_same_message_many_times_is_one_word),
		cmocka_unit_test(open_switches_and_repetitions_are_cases_of_their_own),
		cmocka_unit_test(a_case_of_one_release_alone_is_left_out),
		cmocka_unit_test(a_part_of_the_book_is_compared_with_its_part),
		cmocka_unit_test(the_step_and_what_was_seen_are_told),
		cmocka_unit_test(other_programs_and_times_are_named),
		cmocka_unit_test(hostile_texts_stay_texts),
		cmocka_unit_test(exit_status_tells),
		cmocka_unit_test(a_baseline_is_small_and_the_same_every_time),
		cmocka_unit_test(a_run_is_compared_with_its_baseline),
		cmocka_unit_test(a_part_of_the_book_is_brought_into_the_baseline),
		cmocka_unit_test(baselines_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
