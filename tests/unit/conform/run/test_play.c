/* SPDX-License-Identifier: Apache-2.0 */
/* test_play - cases against a world by plan: what passes, what fails and how it is told, what cannot be carried out
 */
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

#define ANSWER(delay, what)                                                                                          \
	{                                                                                                            \
		.on = "070009", .after_ms = (delay), .message = "070003", .outcome = "accepted", .body = what        \
	}
#define RECORD "{\"record\":{\"kennziffer\":\"9911110000\",\"art\":\"1b\",\"unlimited\":true}}"
#define SEND   "  - send: {message: '070009', office: A, as: q1, person: p, fields: {residence_title: AERL-STAT-041}}\n"
#define GET    "  - expect: {message: '070003', office: A, re: q1, as: a1}\n"
#define EVENTS(...)                                                                                                  \
	do {                                                                                                         \
		static const struct mock_event events[] = { __VA_ARGS__ };                                           \
		mock.events = events;                                                                                \
		mock.n_events = sizeof(events) / sizeof(events[0]);                                                  \
	} while (0)

static const char head[] = "format: 2\n"
			   "cases:\n"
			   "- id: T-01\n"
			   "  source: derived\n"
			   "  requirement: {id: FLOW-070009, what: shows}\n"
			   "  title: a test\n";
static const char rest[] =
	"  clock: '2026-11-16T09:00:00'\n"
	"  offices:\n"
	"    A: {key: 'azr:011200', name: 'Office A'}\n"
	"    B: {key: 'azr:001800', name: 'Office B'}\n"
	"  persons:\n"
	"    p:\n"
	"      surname: Tamsin\n"
	"      given_names: Liora\n"
	"      birth_date: '1986-04-12'\n"
	"      sex: w\n"
	"      address: {street: Beispielring, house_number: '2', postcode: '80469', town: Town}\n"
	"      azr_number: '210202100037'\n"
	"      birth_place: Busan\n"
	"      nationalities: ['467']\n"
	"  inge:\n"
	"  - person: p\n"
	"    records:\n"
	"    - {as: r1, kind: entitlement, art: '1a', issuer: {type: '1', name: Other, key: 'azr:000400'}, "
	"kennziffer: '9900010028',\n"
	"       valid_from: '2026-07-15', valid_until: '2027-07-14', registered: null, attended: none}\n"
	"  steps:\n";

static int set_up(void **state)
{
	mock_clear();
	mock.acked = 1;
	return 0;
}

static int tear_down(void **state)
{
	cf_result_case_freep(&done);
	cf_book_freep(&book);
	mock_end();
	return 0;
}

static void play_with(const char *release, const char *steps, const char *run_release)
{
	struct cf_run_conf conf = { .settle_ms = 250, .again_ms = 1, .release = run_release };
	struct osci_err err = { 0 };
	char text[16384];
	struct cf_job job;

	snprintf(text, sizeof(text), "%s  release: %s\n%s%s", head, release, rest, steps);
	cf_result_case_freep(&done);
	cf_book_freep(&book);
	if (cf_book_load_text(&book, "test.yaml", text, strlen(text), &(struct cf_load_opts){ .x = mock_xausl }, &err)) {
		if (book)
			cf_book_print_problems(book, stderr);
		fail_msg("%s", err.what);
	}
	job = (struct cf_job){ &book->cases[0], 0 };
	done = cf_run_case(&conf, &job, 1);
	assert_non_null(done);
}

static void play(const char *steps)
{
	play_with("any", steps, NULL);
}

static void show(void)
{
	fprintf(stderr, "# %s: %s\n", cf_verdict_name(done->verdict), done->reason ? done->reason : "");
	for (size_t i = 0; i < done->n_failures; i++)
		fprintf(stderr, "# %s line %u %s: %s (expected %s, seen %s)\n", done->failures[i].path,
			done->failures[i].line, done->failures[i].field ? done->failures[i].field : "",
			done->failures[i].text, done->failures[i].expected ? done->failures[i].expected : "",
			done->failures[i].seen ? done->failures[i].seen : "");
}

static void passes(void)
{
	if (done->verdict != CF_PASS)
		show();
	assert_int_equal(done->verdict, CF_PASS);
	assert_int_equal(done->n_failures, 0);
	assert_null(done->reason);
}

/* The first failure is of this step and says this. */
static void fails(const char *path, const char *field, const char *part)
{
	const struct cf_result_failure *f = done->failures;

	if (done->verdict != CF_FAIL || !done->n_failures || strcmp(f->path, path) != 0 || !strstr(f->text, part) ||
	    (field && (!f->field || strcmp(f->field, field) != 0)))
		show();
	assert_int_equal(done->verdict, CF_FAIL);
	assert_string_equal(f->path, path);
	if (field)
		assert_string_equal(f->field, field);
	assert_non_null(strstr(f->text, part));
	assert_non_null(done->reason);
	assert_non_null(strstr(done->reason, path));
}

static enum cf_step_state step(const char *path)
{
	for (size_t i = 0; i < done->n_steps; i++)
		if (!strcmp(done->steps[i].path, path))
			return done->steps[i].state;
	fail_msg("no step %s", path);
	return CF_STEP_ERROR;
}

static bool acted(size_t i, const char *text)
{
	const char *act = json_string_value(json_array_get(mock.acts, i));

	if (!act || strcmp(act, text) != 0)
		fprintf(stderr, "# act %zu: %s\n", i, act ? act : "none");
	return act && !strcmp(act, text);
}

/* --- send ------------------------------------------------------------------------------ */

static void send_builds_data_in_order(void **state)
{
	const json_t *sent;

	EVENTS(ANSWER(60000, RECORD));
	play("  - send: {message: '070009', office: A, as: q1, person: p, fields: {residence_title: AERL-STAT-041, "
	     "person.surname: New,"
	     " person.birth_name: Born}, omit: [person.sex], extra: {odd.name: 1}}\n" GET);
	passes();
	sent = json_array_get(mock.submitted, 0);
	assert_string_equal(json_string_value(cf_path_get(sent, "person.surname")), "New");
	assert_string_equal(json_string_value(cf_path_get(sent, "person.birth_name")), "Born");
	assert_string_equal(json_string_value(cf_path_get(sent, "person.address.town")), "Town");
	assert_null(cf_path_get(sent, "person.sex"));
	assert_string_equal(json_string_value(cf_path_get(sent, "odd.name")), "1");
	assert_string_equal(json_string_value(cf_path_get(sent, "message")), "070009");
}

/* --- expect ------------------------------------------------------------------------------ */

static void answer_in_time(void **state)
{
	EVENTS(ANSWER(14 * 60000, RECORD));
	play(SEND GET);
	passes();
	assert_int_equal(step("1"), CF_STEP_DONE);
	assert_int_equal(step("2"), CF_STEP_DONE);
	/* sent, receipt, delivery: in order of the case clock */
	assert_int_equal(done->n_messages, 3);
	assert_string_equal(done->messages[0].from, "office A");
	assert_string_equal(done->messages[2].what, "070003");
	assert_string_equal(done->messages[2].label, "a1");
	assert_int_equal(done->messages[2].case_ms - done->messages[0].case_ms, 14 * 60000);
}

static void answer_too_late(void **state)
{
	EVENTS(ANSWER(15 * 60000 + 1, RECORD));
	play(SEND GET);
	fails("2", NULL, "has not come within PT15M");
	assert_int_equal(done->failures[0].line, 29);
	assert_int_equal(step("2"), CF_STEP_FAILED);
}

static void partner_never_answers(void **state)
{
	play(SEND GET "  - advance_clock: {by: P1D}\n");
	fails("2", NULL, "070003 at office A for q1 has not come");
	assert_null(done->failures[0].seen);
	assert_int_equal(step("3"), CF_STEP_NOT_REACHED);
	assert_true(mock.settles < 30); /* twenty parts of the window, not more */
}

static void another_message_came(void **state)
{
	EVENTS({ .on = "070009", .message = "070005", .outcome = "refused" });
	play(SEND GET);
	fails("2", NULL, "070003 at office A for q1 was expected, 070005, refused at office A for q1 came");
}

static void fields_are_told_one_by_one(void **state)
{
	EVENTS(ANSWER(0, RECORD));
	play(SEND
	     "  - expect: {message: '070003', office: A, re: q1, fields: {record.art: '2', record.unlimited: false,\n"
	     "      record.kennziffer: {is: present}, record.valid_until: {is: present}}}\n");
	fails("2", "record.art", "record.art has another value");
	assert_int_equal(done->n_failures, 3);
	assert_string_equal(done->failures[0].expected, "\"2\"");
	assert_string_equal(done->failures[0].seen, "\"1b\"");
	assert_string_equal(done->failures[2].field, "record.valid_until");
	assert_null(done->failures[2].seen);
}

static void order_at_the_office(void **state)
{
	EVENTS({ .on = "070009", .after_ms = 1000, .message = "070004", .outcome = "duplicate" },
	       ANSWER(2000, RECORD));
	play(SEND "  - advance_clock: {by: PT1H}\n" GET);
	fails("3", NULL, "070004, duplicate at office A for q1 came");
	play(SEND "  - expect: {message: '070004', office: A, re: q1}\n" GET);
	passes();
}

static void outcomes_that_may_come(void **state)
{
	EVENTS({ .on = "070009", .after_ms = 1000, .outcome = "overdue" },
	       { .on = "070009", .after_ms = 1500, .outcome = "reminder" }, ANSWER(2000, RECORD),
	       { .on = "070009", .after_ms = 3000, .outcome = "held" });
	play(SEND GET);
	fails("standing", NULL, "held at office A for q1 was expected by no step");
	assert_int_equal(done->n_failures, 1);
	play(SEND "  - expect: {outcome: overdue, office: A, re: q1}\n" GET
		  "  - expect: {outcome: held, office: A, re: q1}\n");
	passes();
}

static void without_a_request_any_dialogue(void **state)
{
	EVENTS({ .on = "070009", .after_ms = 2000, .message = "070004", .outcome = "duplicate" },
	       ANSWER(3000, RECORD),
	       { .on = "070011", .after_ms = 1000, .message = "070012", .outcome = "information" });
	play(SEND "  - send: {message: '070011', office: A, as: q2, person: p, fields: {purpose: granting}}\n"
		  "  - expect: {message: '070004', office: A}\n"
		  "  - expect: {message: '070012', office: A}\n"
		  "  - expect: {message: '070003', office: A}\n");
	passes();
}

static void one_of_and_then(void **state)
{
	static const char steps[] = SEND "  - expect:\n"
					 "      one_of:\n"
					 "      - {message: '070005', fields: {reason.code: '17109'}}\n"
					 "      - message: '070004'\n"
					 "        as: d1\n"
					 "        then:\n"
					 "        - expect_none: {office: A, for: PT1H, message: '070005'}\n"
					 "        - expect: {message: '070003', office: A, re: q1, within: P1D, "
					 "capture: {k: record.kennziffer}}\n"
					 "        - check: {delivered_once: [d1]}\n"
					 "      office: A\n"
					 "      re: q1\n"
					 "  - expect_none: {office: A, for: PT1H}\n";

	EVENTS({ .on = "070009", .message = "070004", .outcome = "duplicate" }, ANSWER(7200000, RECORD));
	play(steps);
	passes();
	assert_int_equal(step("2.2.1"), CF_STEP_DONE);
	assert_int_equal(step("2.2.3"), CF_STEP_DONE);
	EVENTS({ .on = "070009",
		 .message = "070005",
		 .outcome = "refused",
		 .body = "{\"reason\":{\"code\":\"17109\"}}" });
	play(steps);
	passes();
	assert_int_equal(step("2.2.1"), CF_STEP_NOT_REACHED);
	EVENTS({ .on = "070009",
		 .message = "070005",
		 .outcome = "refused",
		 .body = "{\"reason\":{\"code\":\"17107\"}}" });
	play(steps);
	fails("2", "reason.code", "another value");
	EVENTS({ .on = "070009", .message = "070004", .outcome = "duplicate" });
	play(steps);
	fails("2.2.2", NULL, "has not come within P1D");
	assert_int_equal(step("3"), CF_STEP_NOT_REACHED);
}

static void at_the_partner(void **state)
{
	EVENTS({ .on = "070011",
		 .at = CF_AT_PARTNER,
		 .message = "070011",
		 .body = "{\"person\":{\"surname\":\"Other\"}}" },
	       { .on = "070009",
		 .at = CF_AT_PARTNER,
		 .message = "070009",
		 .after_ms = 5000,
		 .body = "{\"person\":{\"surname\":\"Tamsin\"}}" });
	play("  - send: {message: '070011', office: A, as: q2, person: p, fields: {purpose: granting}}\n" SEND
	     "  - expect: {message: '070009', at: partner, re: q1, fields: {person.surname: Tamsin}}\n"
	     "  - expect: {message: '070011', at: partner, re: q2}\n");
	passes();
	play(SEND "  - expect: {message: '070009', at: partner, re: q1, fields: {person.surname: Tamsen}}\n");
	fails("2", "person.surname", "another value");
	play(SEND "  - expect: {message: '070009', at: partner, fields: {person.surname: Tamsen}, within: PT1M}\n");
	fails("2", "person.surname", "another value");
	play(SEND "  - expect: {message: '070009', at: partner, office: B, within: PT1M}\n");
	fails("2", NULL, "has not come");
}

static void at_the_operator(void **state)
{
	EVENTS({ .on = "070009", .at = CF_AT_OPERATOR, .outcome = "incoming-repeated" },
	       { .on = "070009",
		 .at = CF_AT_OPERATOR,
		 .outcome = "incoming-rejected",
		 .body = "{\"mailbox\":\"azr:011200\",\"reasons\":[{\"code\":\"T011\"},{\"code\":\"S999\"}]}" });
	play(SEND
	     "  - expect: {outcome: incoming-rejected, at: operator, fields: {reasons: {contains: [{code: T011}]}}}\n"
	     "  - expect: {outcome: incoming-repeated, at: operator}\n");
	passes();
	play(SEND "  - expect: {outcome: incoming-rejected, at: operator, within: PT1M, fields: {reasons: {contains: "
		  "[{code: V000}]}}}\n");
	fails("2", "reasons", "another value");
	assert_string_equal(done->failures[0].expected, "{\"contains\": [{\"code\": \"V000\"}]}");
}

static void nothing_may_come(void **state)
{
	EVENTS(ANSWER(3500000, RECORD), { .on = "070009", .after_ms = 1000, .outcome = "overdue" });
	play(SEND "  - expect_none: {office: A, re: q1, for: PT1H}\n");
	fails("2", NULL, "070003, accepted at office A for q1 came");
	play(SEND "  - expect_none: {office: A, re: q1, for: PT58M}\n" GET);
	passes();
	play(SEND "  - expect_none: {office: A, outcome: overdue, for: PT58M}\n");
	fails("2", NULL, "overdue at office A for q1 came");
	play(SEND "  - expect_none: {office: B, for: PT2H}\n" GET);
	passes();
	play(SEND "  - expect_none: {office: A, message: '070005', for: PT2H}\n" GET);
	passes();
}

/* A delivery offered again is no news, and never meets an expect. */
static void redelivery(void **state)
{
	EVENTS({ .on = "070009",
		 .after_ms = 1000,
		 .message = "070003",
		 .outcome = "accepted",
		 .body = RECORD,
		 .delivery = "d" },
	       { .on = "070009",
		 .after_ms = 60000,
		 .message = "070003",
		 .outcome = "accepted",
		 .body = RECORD,
		 .delivery = "d",
		 .redelivery = true });
	play(SEND GET "  - expect_none: {office: A, for: PT1H}\n  after: {delivered_once: [a1]}\n");
	passes();
	EVENTS({ .on = "070009",
		 .after_ms = 1000,
		 .message = "070003",
		 .outcome = "accepted",
		 .body = RECORD,
		 .delivery = "d" },
	       { .on = "070009",
		 .after_ms = 60000,
		 .message = "070003",
		 .outcome = "accepted",
		 .body = RECORD,
		 .delivery = "d" });
	play(SEND GET "  - advance_clock: {by: PT1H}\n  after: {delivered_once: [a1]}\n");
	fails("after", "delivered_once", "offered again and not marked so");
	EVENTS(ANSWER(0, RECORD), ANSWER(60000, RECORD));
	play(SEND GET "  - expect_none: {office: A, for: PT1H}\n");
	fails("3", NULL, "070003, accepted at office A for q1 came");
}

static void never_silent(void **state)
{
	mock.never_silent = true;
	EVENTS(ANSWER(14 * 60000, RECORD));
	play(SEND GET);
	passes();
}

/* --- dialogues, captures ---------------------------------------------------------------------- */

static void question_and_reply(void **state)
{
	static const char steps[] =
		SEND "  - expect: {message: '070006', office: A, re: q1, as: a1}\n"
		     "  - send: {message: '070007', office: A, as: q2, reply_to: a1, fields: {replace: true}}\n"
		     "  - expect: {outcome: accepted-by-gateway, office: A, re: q2}\n"
		     "  - expect: {message: '070003', office: A, re: q1, as: a2}\n";

	EVENTS({ .on = "070009", .message = "070006", .outcome = "question" },
	       { .on = "070007", .message = "070003", .outcome = "accepted", .body = RECORD });
	play(steps); /* the answer names the 070007: it counts for the request, too */
	passes();
	assert_string_equal(json_string_value(cf_path_get(json_array_get(mock.submitted, 1), "question")),
			    "uuid of d2");
	assert_true(json_is_true(cf_path_get(json_array_get(mock.submitted, 1), "replace")));
}

static void captures(void **state)
{
	EVENTS(ANSWER(0, RECORD));
	play(SEND "  - expect: {message: '070003', office: A, re: q1, capture: {k1: record.kennziffer}}\n"
		  "  - send: {message: '070016', office: A, as: q2, person: p, fields: {kennziffer: {same_as: k1}}}\n"
		  "  - provider: {record: {same_as: k1}, event: dtz_result, date: '2026-11-01', level: B1}\n");
	passes();
	assert_string_equal(json_string_value(cf_path_get(json_array_get(mock.submitted, 1), "kennziffer")),
			    "9911110000");
	assert_null(cf_path_get(json_array_get(mock.submitted, 1), "person.surname"));
	assert_non_null(cf_path_get(json_array_get(mock.submitted, 1), "person.birth_date"));
	assert_true(
		acted(0, "provider 9911110000 {\"date\":\"2026-11-01\",\"event\":\"dtz_result\",\"level\":\"B1\"}"));
	EVENTS(ANSWER(0, "{\"record\":{\"unlimited\":true}}"));
	play(SEND "  - expect: {message: '070003', office: A, re: q1, capture: {k1: record.kennziffer}}\n");
	fails("2", "record.kennziffer", "cannot be kept as k1");
}

/* --- acting -------------------------------------------------------------------------------------- */

static void acts(void **state)
{
	EVENTS({ .on = "070009", .after_ms = 30000, .at = CF_AT_PARTNER, .message = "070009" });
	play("  - fault: {at: partner, kind: delay, message: '070003', by: PT2H}\n"
	     "  - fault: {at: intermediary, kind: outage, from: '2026-11-16T10:00:00', lasts: P1D}\n"
	     "  - fault: {at: partner, kind: duplicate_answer}\n"
	     "  - office_ack: {office: A, mode: withhold}\n"
	     "  - script: {message: '070009', office: A, answers: [{message: '070005', fields: {reason.code: "
	     "'17099', can_take_over: false,"
	     " reason.text: x}, after: PT1M}]}\n" SEND "  - clerk: {re: q1, decision: same_person, person: p}\n"
	     "  - clerk: {decision: withdraw_record, record: r1}\n"
	     "  - provider: {record: r1, event: section_end, date: '2026-11-01', absent_excused: 1, "
	     "absent_unexcused: 0}\n"
	     "  - restart: {what: gateway, how: stop}\n");
	passes();
	assert_true(acted(0, "fault delay partner 070003 count 1 by 7200000 from 0 until 0"));
	assert_true(acted(1, "fault outage intermediary any count 1 by 0 from 3600000 until 90000000"));
	assert_true(acted(2, "fault duplicate_answer partner any count 2 by 0 from 0 until 0"));
	assert_true(acted(3, "withhold"));
	assert_true(acted(
		4, "script 070009 [{\"after_ms\":60000,\"fields\":{\"can_take_over\":false,\"reason\":{\"code\":\"17099\","
		   "\"text\":\"x\"}},\"message\":\"070005\"}]"));
	assert_true(acted(5, "clerk uuid-1 same_person p"));
	assert_true(acted(6, "withdraw 9900010028"));
	assert_true(acted(8, "stop"));
}

static void clerk_waits_for_the_partner(void **state)
{
	play(SEND "  - clerk: {re: q1, decision: namesake}\n");
	fails("2", NULL, "the partner has not got q1");
	assert_int_equal(json_array_size(mock.acts), 1); /* "failed" alone */
}

/* --- not carried out ---------------------------------------------------------------------------------- */

static void setup_errors(void **state)
{
	mock.no_world = true;
	play(SEND);
	assert_int_equal(done->verdict, CF_SETUP_ERROR);
	assert_non_null(strstr(done->reason, "port 4711 is in use"));
	mock.no_world = false;
	mock.no_restart = true;
	play(SEND "  - restart: {what: gateway}\n" GET);
	assert_int_equal(done->verdict, CF_SETUP_ERROR);
	assert_non_null(strstr(done->reason, "2: "));
	assert_int_equal(step("2"), CF_STEP_ERROR);
	assert_int_equal(step("3"), CF_STEP_NOT_REACHED);
}

static void releases(void **state)
{
	EVENTS(ANSWER(0, RECORD));
	mock.in_force = "26.05";
	play_with("any", SEND GET, "26.05");
	passes();
	assert_string_equal(done->release, "26.05");
	mock.in_force = NULL;
	play_with("'26.11'", SEND GET, NULL);
	passes();
	assert_string_equal(done->release, "26.11");
	play_with("'26.11'", SEND GET, "26.05");
	assert_int_equal(done->verdict, CF_SKIPPED);
	assert_string_equal(done->reason, "needs release 26.11, this run is for 26.05");
	play_with("test-next\n  assumes: much", SEND GET, NULL);
	assert_int_equal(done->verdict, CF_SKIPPED);
	mock.missing_release = "26.11";
	play_with("'26.11'", SEND GET, NULL);
	assert_int_equal(done->verdict, CF_SKIPPED);
	assert_string_equal(done->reason, "release 26.11 is missing");
}

/* --- state, standing checks --------------------------------------------------------------------------- */

#define SENT(...)                                                                                                    \
	do {                                                                                                         \
		static const struct mock_sent sent[] = { __VA_ARGS__ };                                              \
		mock.sent = sent;                                                                                    \
		mock.n_sent = sizeof(sent) / sizeof(sent[0]);                                                        \
	} while (0)

static void sent(void **state)
{
	EVENTS(ANSWER(0, RECORD));
	SENT({ .on = "070009" });
	play(SEND GET "  after: {sent_once: [q1], sent_as: {q1: '26.11'}}\n");
	passes();
	mock.n_events = 0;
	play(SEND "  - advance_clock: {by: PT1H}\n  after: {never_sent: [q1]}\n");
	fails("after", "never_sent", "q1 was sent");
	EVENTS(ANSWER(0, RECORD));
	SENT({ .on = "070009", .copies = 2 });
	play(SEND GET "  after: {sent_once: [q1]}\n");
	fails("after", "sent_once", "lies 2 times");
	SENT({ .on = "070009", .copies = 2, .other_uuid = true });
	play(SEND GET "  after: {sent_once: [q1]}\n");
	fails("after", "sent_once", "once more");
	SENT();
	mock.n_sent = 0;
	play(SEND GET "  after: {sent_as: {q1: '26.11'}}\n");
	fails("after", "sent_as", "was not sent");
	mock.refuse = "070011";
	SENT({ .on = "070011" });
	play("  - send: {message: '070011', office: A, as: q2, person: p, fields: {purpose: granting}}\n"
	     "  - expect: {outcome: rejected-by-gateway, office: A, re: q2}\n");
	fails("standing", NULL, "no accepted request has its UUID");
}

static void journal_and_inge(void **state)
{
	EVENTS(ANSWER(0, RECORD));
	mock.state = "closed";
	mock.inge =
		"[{\"label\":\"p\",\"requests\":[],\"surname\":\"Tamsin\",\"information_block\":false,\"in_force\":1,"
		"\"records\":[{\"kind\":\"entitlement\",\"art\":\"1a\",\"kennziffer\":\"9900010028\",\"in_force\":"
		"true},"
		"{\"kind\":\"obligation\",\"art\":\"2\",\"kennziffer\":\"1\",\"in_force\":false}]}]";
	play(SEND GET "  after:\n    journal: {q1: {one_of: [closed, held]}}\n"
		      "    inge:\n    - {person: p, in_force: 1, records: [{kind: entitlement}], unchanged: true, "
		      "surname: Tamsin}\n"
		      "    - {person: p, records: [{kind: obligation}, {art: '1a'}], information_block: false}\n");
	passes();
	play(SEND GET "  after: {journal: {q1: held}}\n");
	fails("after", "journal.q1", "another state");
	assert_string_equal(done->failures[0].seen, "\"closed\"");
	play(SEND GET "  after: {inge: [{person: p, in_force: 1, records: [{kind: obligation}]}]}\n");
	fails("after", "inge.p.records", "no record of its own fits entry 1");
	play(SEND GET "  after: {inge: [{person: p, surname: {not: Tamsin}}]}\n");
	fails("after", "inge.p.surname", "another value");
	mock.state = NULL;
	play(SEND GET "  - check: {journal: {q1: closed}}\n");
	fails("3", "journal.q1", "no such request");
}

static void standing(void **state)
{
	EVENTS(ANSWER(0, "{\"record\":{\"art\":\"1b\",\"unlimited\":true,\"valid_until\":\"2027-01-01\"}}"));
	play(SEND GET);
	fails("standing", NULL, "an end and is unlimited");
	EVENTS(ANSWER(0, "{\"record\":{\"art\":\"1b\",\"unlimited\":false}}"));
	play(SEND GET);
	fails("standing", NULL, "no end and is not unlimited");
	EVENTS(ANSWER(0, RECORD));
	mock.traces = "[{\"where\":\"log, line 3\",\"text\":\"refused for Tamsin\"},{\"where\":\"log, line "
		      "4\",\"text\":\"9911110000\"}]";
	play(SEND GET);
	fails("standing", NULL, "a surname stands in the gateway's log, line 3");
	assert_int_equal(done->n_failures, 2);
	assert_int_equal(done->n_checks, 6);
	assert_int_equal(done->checks[4].verdict, CF_FAIL);
	mock.traces = NULL;
	mock.deaths = "[{\"what\":\"gateway\",\"how\":\"was ended by signal 11\"}]";
	play(SEND GET);
	fails("standing", NULL, "gateway was ended by signal 11");
	mock.deaths = NULL;
	mock.acked = 2;
	play(SEND GET "  after: {delivered_once: [a1]}\n");
	fails("after", "delivered_once", "acknowledged 2 times");
	play(SEND GET "  after: {not_delivered: ['9911110000']}\n");
	fails("after", "not_delivered", "the text stands in");
}

static void switches_make_jobs(void **state)
{
	static const struct {
		enum cf_vary vary;
		size_t free_jobs, set_jobs;
	} rows[] = { { CF_VARY_NOT, 1, 1 }, { CF_VARY_EACH, 2, 2 }, { CF_VARY_ALL, 16, 8 } };
	json_t *set = json_pack("{s:s}", "own_record", "repeat");

	play(SEND);
	for (size_t i = 0; i < 3; i++) {
		const struct cf_case *c = &book->cases[0];
		struct cf_job *jobs;
		const char *name;
		bool is_free;
		json_t *value;
		size_t n;

		assert_int_equal(cf_jobs_make(&jobs, &n, &c, 1, rows[i].vary, NULL), 0);
		assert_int_equal(n, rows[i].free_jobs);
		value = cf_job_switch(&jobs[n - 1], 3, NULL, &name, &is_free);
		assert_true(is_free);
		assert_string_equal(name, "keep_kennziffer");
		assert_int_equal(json_is_true(value), rows[i].vary != CF_VARY_NOT);
		json_decref(value);
		free(jobs);
		assert_int_equal(cf_jobs_make(&jobs, &n, &c, 1, rows[i].vary, set), 0);
		assert_int_equal(n, rows[i].set_jobs);
		value = cf_job_switch(&jobs[0], 2, set, &name, &is_free);
		assert_string_equal(json_string_value(value), "repeat");
		json_decref(value);
		free(jobs);
	}
	json_decref(set);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(send_builds_data_in_order),
		TEST(answer_in_time),
		TEST(answer_too_late),
		TEST(partner_never_answers),
		TEST(another_message_came),
		TEST(fields_are_told_one_by_one),
		TEST(order_at_the_office),
		TEST(outcomes_that_may_come),
		TEST(without_a_request_any_dialogue),
		TEST(one_of_and_then),
		TEST(at_the_partner),
		TEST(at_the_operator),
		TEST(nothing_may_come),
		TEST(redelivery),
		TEST(never_silent),
		TEST(question_and_reply),
		TEST(captures),
		TEST(acts),
		TEST(clerk_waits_for_the_partner),
		TEST(setup_errors),
		TEST(releases),
		TEST(sent),
		TEST(journal_and_inge),
		TEST(standing),
		TEST(switches_make_jobs),
	};

	return cmocka_run_group_tests(tests, mock_open, mock_close);
}
