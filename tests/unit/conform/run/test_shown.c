/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_shown - no case passes that has not shown what it says: faults nobody met, a run ended or given up, unsigned messages
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "mock_world.h"
#include "run/run.h"

static struct cf_book *book;
static struct cf_job *jobs;
static size_t n_jobs;
static struct cf_result *result;
static volatile int stop;

#define CASES 10
#define SEND  "  - send: {message: '070009', office: A, as: q1, fields: {residence_title: AERL-STAT-041}}\n"
#define GET   "  - expect: {message: '070003', office: A, re: q1, as: a1}\n"

static const char head[] = "- id: T-%02u\n"
			   "  source: derived\n"
			   "  requirement: {id: FLOW-070009, what: shows}\n"
			   "  title: a test\n"
			   "  release: any\n"
			   "  clock: '2026-11-16T09:00:00'\n"
			   "  offices:\n"
			   "    A: {key: 'azr:011200', name: 'Office A'}\n"
			   "  steps:\n%s";

static const struct mock_event answer = { .on = "070009",
					  .message = "070003",
					  .outcome = "accepted",
					  .body = "{\"record\":{\"unlimited\":true}}" };

static int set_up(void **state)
{
	mock_clear();
	mock.acked = 1;
	mock.events = &answer;
	mock.n_events = 1;
	stop = 0;
	return 0;
}

static void forget(void)
{
	cf_result_freep(&result);
	cf_book_freep(&book);
	free(jobs);
	jobs = NULL;
}

static int tear_down(void **state)
{
	forget();
	mock_end();
	return 0;
}

/* A signal comes when so many cases have ended. */
static size_t signal_after;

static void progress(void *arg, const struct cf_result_case *c, size_t done, size_t total)
{
	stop = done == signal_after;
}

/* @n cases with these steps, one after the other; what cf_run_jobs() gave. */
static int play(size_t n, const char *steps, struct osci_err *err)
{
	struct cf_run_conf conf = { .settle_ms = 250, .again_ms = 1, .jobs = 1, .stop = &stop, .progress = progress };
	const struct cf_case *cases[CASES];
	struct osci_buf text = OSCI_BUF_INIT(65536);

	forget();
	osci_buf_adds(&text, "format: 2\ncases:\n");
	for (unsigned i = 0; i < n; i++)
		osci_buf_addf(&text, head, i + 1, steps);
	assert_int_equal(cf_book_load_text(&book, "test.yaml", (const char *)text.data, text.len,
					   &(struct cf_load_opts){ .x = mock_xausl }, err),
			 0);
	osci_buf_free(&text);
	for (size_t i = 0; i < n; i++)
		cases[i] = &book->cases[i];
	assert_int_equal(cf_jobs_make(&jobs, &n_jobs, cases, n, CF_VARY_NOT, NULL), 0);
	result = cf_result_new();
	assert_non_null(result);
	return cf_run_jobs(&conf, jobs, n_jobs, result, err);
}

static void is(size_t at, enum cf_verdict verdict, const char *why)
{
	const struct cf_result_case *c = result->cases[at];

	assert_non_null(c);
	if (c->verdict != verdict || (why && (!c->reason || !strstr(c->reason, why))))
		fail_msg("case %zu: %s: %s; expected %s", at, cf_verdict_name(c->verdict), c->reason ? c->reason : "",
			 why ? why : "");
}

/* --- tests ----------------------------------------------------------------------------------- */

static void a_fault_or_script_nobody_met(void **state)
{
	struct osci_err err = { 0 };

	assert_int_equal(play(1, "  - fault: {at: partner, kind: drop_answer, message: '070005'}\n" SEND GET, &err), 0);
	is(0, CF_PASS, NULL);
	mock.idle_fault = 11;
	assert_int_equal(play(1, "  - fault: {at: partner, kind: drop_answer, message: '070005'}\n" SEND GET, &err), 0);
	is(0, CF_SETUP_ERROR, "the fault in line 11 was never applied");
	assert_int_equal(cf_result_exit_status(result), 2);
	mock.idle_fault = 0;
	mock.idle_script = 12;
	assert_int_equal(play(1, SEND GET, &err), 0);
	is(0, CF_SETUP_ERROR, "the script in line 12 was never used");
	/* What failed has failed. */
	mock.n_events = 0;
	assert_int_equal(play(1, "  - fault: {at: partner, kind: drop_answer, message: '070005'}\n" SEND GET, &err), 0);
	is(0, CF_FAIL, "has not come");
}

static void what_is_sent_is_signed(void **state)
{
	static const struct mock_sent sent = { .on = "070009" };
	struct osci_err err = { 0 };

	mock.sent = &sent;
	mock.n_sent = 1;
	play(1, SEND GET, &err);
	is(0, CF_PASS, NULL);
	mock.is_unsigned = true;
	play(1, SEND GET, &err);
	is(0, CF_FAIL, "is not signed with the certificate of the office");
}

static void what_is_sent_goes_to_the_bamf(void **state)
{
	static const struct mock_sent twice = { .on = "070009", .copies = 2 };
	struct osci_err err = { 0 };

	mock.sent = &twice;
	mock.n_sent = 1;
	mock.is_stray = true;
	play(1, SEND GET, &err);
	is(0, CF_FAIL, "a message of an office went into the mailbox azr-001800");
}

/* Refused, so without a UUID, and at the partner all the same: nothing may come means that, too. */
static void nothing_of_a_refused_request(void **state)
{
	static const struct mock_event sent = { .on = "070009", .after_ms = 60000, .at = CF_AT_PARTNER, .message = "070009" };
	static const char steps[] = SEND "  - expect: {outcome: rejected-by-gateway, office: A, re: q1}\n"
					 "  - expect_none: {at: partner, re: q1, message: '070009', for: PT1H}\n";
	struct osci_err err = { 0 };

	mock.refuse = "070009";
	mock.n_events = 0;
	play(1, steps, &err);
	is(0, CF_PASS, NULL);
	mock.events = &sent;
	mock.n_events = 1;
	play(1, steps, &err);
	is(0, CF_FAIL, "nothing of the kind may");
}

static void a_signal_ends_the_run(void **state)
{
	struct osci_err err = { 0 };

	signal_after = 3;
	assert_int_equal(play(CASES, SEND GET, &err), 0);
	assert_int_equal(result->n_cases, CASES);
	is(2, CF_PASS, NULL);
	for (size_t i = 3; i < CASES; i++)
		is(i, CF_SETUP_ERROR, "not carried out: the run was ended before");
	assert_int_equal(cf_result_exit_status(result), 2);
	signal_after = 0;
}

static void a_signal_ends_a_case(void **state)
{
	struct cf_run_conf conf = { .settle_ms = 250, .again_ms = 1, .stop = &stop };
	static const char *const waits[] = { SEND "  - expect: {message: '070005', office: A, re: q1, within: P30D}\n",
					     SEND GET "  - expect_none: {for: P30D, office: A}\n", SEND GET };
	struct osci_err err = { 0 };

	for (size_t i = 0; i < 3; i++) {
		struct cf_result_case *c;

		stop = 0;
		mock.n_events = i > 0;
		play(1, waits[i], &err);
		stop = 15;
		c = cf_run_case(&conf, &jobs[0], 1);
		assert_non_null(c);
		assert_int_equal(c->verdict, CF_SETUP_ERROR);
		assert_non_null(strstr(c->reason, "ended by a signal"));
		cf_result_case_freep(&c);
	}
}

static void no_case_can_be_set_up(void **state)
{
	struct osci_err err = { 0 };

	mock.no_world = true;
	assert_int_equal(play(CASES, SEND GET, &err), OSCI_E_STATE);
	assert_non_null(strstr(err.what, "none of the first 6 cases could be set up"));
	assert_non_null(strstr(err.what, "port 4711 is in use"));
	assert_int_equal(result->n_cases, CASES);
	is(CF_GIVE_UP - 1, CF_SETUP_ERROR, "port 4711");
	is(CF_GIVE_UP, CF_SETUP_ERROR, "not carried out: the run was given up");
	assert_int_equal(cf_result_exit_status(result), 2);
	/* Fewer are all tried. */
	assert_int_equal(play(CF_GIVE_UP - 1, SEND GET, &err), 0);
	is(CF_GIVE_UP - 2, CF_SETUP_ERROR, "port 4711");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fault_or_script_nobody_met),
		TEST(what_is_sent_is_signed),
		TEST(what_is_sent_goes_to_the_bamf),
		TEST(nothing_of_a_refused_request),
		TEST(a_signal_ends_the_run),
		TEST(a_signal_ends_a_case),
		TEST(no_case_can_be_set_up),
	};

	return cmocka_run_group_tests(tests, mock_open, mock_close);
}
