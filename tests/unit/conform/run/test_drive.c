/* SPDX-License-Identifier: Apache-2.0 */
/* test_drive - others' software against a world by plan: what is ordered, compared, skipped, and how a failure is told */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mock_world.h"
#include "run/run.h"

static struct cf_book *book;
static struct cf_result_case *done;
static char prompts[4096];

static const char begin[] = "format: 2\ncases:\n- id: D-01\n  source: derived\n  requirement: {id: FLOW-070009, what: shows}\n"
			    "  title: a test\n  release: any\n  clock: '2026-11-16T09:00:00'\n"
			    "  offices:\n    A: {key: 'azr:011200', name: 'Office A'%s}\n"
			    "  persons:\n    p:\n      surname: Tamsin\n      given_names: Liora\n      birth_date: '1986-04-12'\n"
			    "      sex: w\n"
			    "      address: {street: Beispielring, house_number: '2', postcode: '80469', town: Town}\n"
			    "      azr_number: '210202100037'\n      birth_place: null\n      nationalities: ['467']\n  steps:\n%s";

#define SEND "  - send: {message: '070009', office: A, as: q1, person: p, fields: {residence_title: AERL-STAT-041}}\n"
#define GET  "  - expect: {message: '070003', office: A, re: q1, fields: {record.art: '1b'}}\n"
#define SENT                                                                                                         \
	"{\"message\":\"070009\",\"release\":\"26.11\",\"residence_title\":\"AERL-STAT-041\",\"person\":{\"surname\":\"Tamsin\"," \
	"\"given_names\":\"Liora\",\"birth_date\":\"1986-04-12\",\"sex\":\"w\",\"address\":{\"street\":\"Beispielring\","      \
	"\"house_number\":\"2\",\"postcode\":\"80469\",\"town\":\"Town\"},\"azr_number\":\"210202100037\",\"birth_place\":null," \
	"\"nationalities\":[\"467\"]}}"
#define READY "{\"ready\":true}"

static const struct mock_event answer[] = { { .on = "070009", .message = "070003", .outcome = "accepted",
					      .body = "{\"record\":{\"art\":\"1b\",\"unlimited\":true}}" } };

static int set_up(void **state)
{
	mock_clear();
	mock.acked = 1;
	mock.events = answer;
	mock.n_events = 1;
	mock.said = "[" READY "]";
	mock.request = SENT;
	prompts[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	cf_result_case_freep(&done);
	cf_book_freep(&book);
	return 0;
}

static void prompt(void *arg, const char *text)
{
	size_t n = strlen(prompts);

	snprintf(prompts + n, sizeof(prompts) - n, "%s\n", text);
}

static void play_office(enum cf_foreign what, const char *driver, const char *office, const char *steps)
{
	struct cf_run_conf conf = { .settle_ms = 250, .again_ms = 1,
				    .drive = { .what = what, .driver = driver, .patience_ms = 30, .prompt = prompt } };
	struct osci_err err = { 0 };
	char text[16384];

	cf_result_case_freep(&done);
	cf_book_freep(&book);
	snprintf(text, sizeof(text), begin, office, steps);
	if (cf_book_load_text(&book, "test.yaml", text, strlen(text), &(struct cf_load_opts){ .x = mock_xausl }, &err))
		cf_book_print_problems(book, stderr);
	assert_non_null(book);
	assert_int_equal(book->n_problems, 0);
	done = cf_run_case(&conf, &(struct cf_job){ .c = &book->cases[0] }, 1);
	assert_non_null(done);
}

static void play(const char *steps)
{
	play_office(CF_FOREIGN_OFFICE, "driver", "", steps);
}

static void is(enum cf_verdict verdict, const char *part)
{
	if (done->verdict != verdict || (part && (!done->reason || !strstr(done->reason, part))))
		print_error("%s: %s\n", cf_verdict_name(done->verdict), done->reason ? done->reason : "");
	assert_int_equal(done->verdict, verdict);
	if (part) {
		assert_non_null(done->reason);
		assert_non_null(strstr(done->reason, part));
	}
}

/* --- what is told ----------------------------------------------------------------------- */

static const char *told(size_t line, const char *name)
{
	return json_string_value(json_object_get(json_array_get(mock.told, line), name));
}

static void orders_and_compares(void **state)
{
	const json_t *fields;

	play(SEND GET);
	is(CF_PASS, NULL);
	assert_int_equal(json_array_size(mock.told), 3);
	assert_string_equal(told(0, "do"), "case");
	assert_string_equal(told(0, "clock"), "2026-11-16T09:00:00");
	assert_string_equal(told(1, "do"), "send");
	assert_string_equal(told(1, "as"), "q1");
	assert_string_equal(told(1, "office"), "azr:011200");
	fields = json_object_get(json_array_get(mock.told, 1), "fields");
	assert_string_equal(json_string_value(json_object_get(fields, "residence_title")), "AERL-STAT-041");
	assert_null(json_object_get(fields, "message"));
	assert_string_equal(told(2, "do"), "end");
	assert_string_equal(prompts, "");
}

static void a_person_is_told(void **state)
{
	play_office(CF_FOREIGN_OFFICE, NULL, "", SEND);
	is(CF_FAIL, "070009 by office A has not come within 0 s of real time");
	assert_non_null(strstr(prompts, "step 1: now send 070009 from office A, Office A (azr:011200)"));
	assert_non_null(strstr(prompts, "    person.birth_place               none (null)\n"));
	assert_non_null(strstr(prompts, "    person.nationalities[1]          467\n"));
	assert_int_equal(json_array_size(mock.told), 0);
}

static void differences_are_failures(void **state)
{
	mock.request = "{\"message\":\"070009\",\"residence_title\":\"AERL-STAT-406\",\"person\":{\"surname\":\"Tamsin\"}}";
	play(SEND GET);
	is(CF_FAIL, "step 1: ");
	assert_true(done->n_failures > 5);
	for (size_t i = 0; i < done->n_failures; i++)
		assert_string_equal(done->failures[i].path, "1");
	assert_int_equal(done->steps[1].state, CF_STEP_NOT_REACHED);
}

static void what_is_not_under_way_is_compared_at_the_end(void **state)
{
	mock.request = NULL;
	play(SEND GET);
	is(CF_PASS, NULL);
}

/* --- the driver ----------------------------------------------------------------------------- */

static void driver_in_trouble(void **state)
{
	mock.said = "[]";
	play(SEND GET);
	is(CF_FAIL, "step start: the driver has not said within 0 s that it is ready");
	mock.said = "[" READY "]";
	mock.deaf = true;
	play(SEND GET);
	is(CF_FAIL, "step 1: 070009 by office A has not come");
	mock.trouble = "the driver ended with status 3";
	play(SEND GET);
	is(CF_FAIL, "step start: the driver ended with status 3");
}

static void reports_are_compared(void **state)
{
	mock.said = "[{\"ready\":true,\"deliveries\":true},{\"delivery\":{\"uuid\":\"uuid of d2\",\"record\":{\"art\":\"1b\"}}}]";
	play(SEND GET);
	is(CF_PASS, NULL);
	mock.said = "[{\"ready\":true,\"deliveries\":true},{\"delivery\":{\"uuid\":\"uuid of d2\",\"record\":{\"art\":\"2\"}}}]";
	play(SEND GET);
	is(CF_FAIL, "step 2: the software shows record.art with another value");
	mock.said = "[{\"ready\":true,\"deliveries\":true},{\"delivery\":{\"uuid\":\"uuid of d2\"}}]";
	play(SEND GET);
	is(CF_FAIL, "the software shows record.art not at all");
	mock.said = "[{\"ready\":true,\"deliveries\":true}]";
	play(SEND GET);
	is(CF_FAIL, "step 2: the driver has not reported 070003");
}

static void refusal(void **state)
{
	static const char wrong[] =
		"  - send: {message: '070009', office: A, as: q1, person: p, fields: {residence_title: x}, "
		"wrong: [residence_title]}\n"
		"  - expect: {outcome: rejected-by-gateway, office: A, re: q1}\n"
		"  after: {journal: {q1: refused}}\n";

	mock.deaf = true;
	mock.said = "[" READY ",{\"refused\":\"q1\"}]";
	play(wrong);
	is(CF_PASS, NULL);
	assert_string_equal(json_string_value(json_array_get(json_object_get(json_array_get(mock.told, 1), "wrong"), 0)),
			    "residence_title");
	play_office(CF_FOREIGN_OFFICE, NULL, "", wrong);
	is(CF_SKIPPED, "without a driver nobody can tell");
	play_office(CF_FOREIGN_GATEWAY, "driver", "", wrong);
	is(CF_SKIPPED, "what a vendor's gateway refuses is not seen");
	mock.said = "[" READY ",{\"refused\":\"q2\"}]"; /* of another request */
	play(wrong);
	is(CF_FAIL, "has not come");
}

/* --- what is skipped ------------------------------------------------------------------------- */

static void skipped(void **state)
{
	static const struct {
		const char *steps, *office, *gateway; /* why; NULL: carried out */
	} rows[] = {
		{ "  - office_ack: {office: A, mode: withhold}\n" SEND, "acknowledgements", "acknowledgements" },
		{ "  - restart: {what: office}\n" SEND, "not restarted", "not restarted" },
		{ SEND "  - restart: {what: gateway}\n" GET, NULL, "not restarted" },
		{ "  - restart: {what: gateway, at: delivered}\n" SEND, "by the office alone", "not restarted" },
		{ SEND "  - restart: {what: intermediary}\n" GET, NULL, NULL },
		{ SEND GET "  - send: {message: '070009', office: A, as: q2, same_id_as: q1, person: p, fields: {residence_title: "
			   "AERL-STAT-041}}\n", "own business", "own business" },
		{ SEND "  - expect: {outcome: held, office: A, re: q1, fields: {'errors[1].code': certificate}}\n", "are not seen",
		  "tells its offices" },
		{ SEND "  - expect: {outcome: overdue, at: operator, re: q1}\n", "", "operator" },
		{ SEND "  - expect_none: {outcome: incoming-rejected, at: operator, for: PT1M}\n" GET, NULL, "operator" },
		{ "  - fault: {at: partner, kind: bad_signature}\n" SEND GET, NULL, "faulty answer" },
		{ "  - fault: {at: partner, kind: delay, by: PT1M}\n" SEND GET, NULL, NULL },
		{ SEND "  - expect: {office: A, re: q1, one_of: [{message: '070003'}, {message: '070005', "
		       "then: [{office_ack: {office: A, mode: give}}]}]}\n", "acknowledgements", "acknowledgements" },
		{ "  - bulk: {message: '070009', requests: 2, over: PT1S, within: PT1M, as: b, "
		  "fields: {residence_title: AERL-STAT-041}, expect: '070003'}\n", "bulk", "bulk" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		play(rows[i].steps);
		if (!rows[i].office)
			is(CF_PASS, NULL);
		else if (*rows[i].office)
			is(CF_SKIPPED, rows[i].office);
		else
			assert_int_not_equal(done->verdict, CF_SKIPPED);
		play_office(CF_FOREIGN_GATEWAY, "driver", "", rows[i].steps);
		is(rows[i].gateway ? CF_SKIPPED : CF_PASS, rows[i].gateway);
		if (rows[i].gateway)
			assert_non_null(strstr(done->reason, "not in this mode: "));
	}
	play_office(CF_FOREIGN_GATEWAY, "driver", ", certificate: expired", SEND GET);
	is(CF_SKIPPED, "good certificates only");
}

static void what_is_not_seen_is_told(void **state)
{
	play_office(CF_FOREIGN_GATEWAY, "driver", "", SEND GET "  after: {journal: {q1: closed}}\n");
	is(CF_PASS, NULL);
	assert_int_equal(done->n_checks, 7);
	assert_int_equal(done->checks[4].verdict, CF_SKIPPED);
	assert_int_equal(done->checks[6].verdict, CF_SKIPPED);
	assert_non_null(strstr(done->checks[6].what, "journal"));
	mock.state = "closed";
	play(SEND GET "  after: {journal: {q1: closed}}\n");
	is(CF_PASS, NULL);
	assert_int_equal(done->n_checks, 6);
}

static void nobody_acknowledges(void **state)
{
	mock.n_events = 0;
	mock.owed = 1;
	play(SEND GET);
	is(CF_FAIL, "step 2: 070003 at office A for q1 has not come within PT15M; the gateway has deliveries that the "
		    "office has not acknowledged");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(orders_and_compares),
		TEST(a_person_is_told),
		TEST(differences_are_failures),
		TEST(what_is_not_under_way_is_compared_at_the_end),
		TEST(driver_in_trouble),
		TEST(reports_are_compared),
		TEST(refusal),
		TEST(skipped),
		TEST(what_is_not_seen_is_told),
		TEST(nobody_acknowledges),
	};

	return cmocka_run_group_tests_name("conform-run-drive", tests, mock_open, mock_close);
}
