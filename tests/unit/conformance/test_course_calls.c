/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the course side with a store: repetition, settings by the clock, memory that runs out at every
 * point. */
#include "t_store.h"

#include "base/log.h"
#include "course/accept.h"
#include "course/account.h"
#include "course/directory.h"
#include "lib/t_alloc.h"

static struct xausl *xausl;
static struct sim_settings settings;
static struct osci_clock log_clock;

static int open_releases(void **state)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT");
	char schemas[300], versions[300];

	sim_settings_default(&settings);
	osci_clock_init(&log_clock);
	osci_log_open("test", &log_clock,
		      OSCI_LOG_ERROR); /* a line that is lost for want of memory is no failure */
	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", root);
	snprintf(versions, sizeof(versions), "%s/versions", root);
	return xausl_open(&xausl, schemas, versions, NULL);
}

static int close_releases(void **state)
{
	xausl_freep(&xausl);
	return 0;
}

/* --- a course side without a server ----------------------------------------- */

struct world {
	struct sim_store st;
	struct osci_clock clock;
	struct course c;
	struct course_user school, institute;
	int64_t record[2];
};

static const char directory[] =
    "providers:\n"
    "  - key: T1\n    name: Schule\n    address: {street: S, postcode: '99999', town: O}\n"
    "    sites: [{key: K1}]\n    teachers: [{key: L1, name: N}]\n"
    "  - key: P1\n    name: Institut\n    kind: institute\n    address: {street: S, postcode: '99999', town: "
    "O}\n";

static void setup(struct world *w)
{
	static const struct sim_person who = {
	    .surname = "Beispiel", .given_names = "Ada", .birth_date = "1990-02-03"};
	struct sim_record r = {.art = "1b", .issuer_name = "Amt", .valid_from = "2026-06-01"};
	int64_t id;

	memset(w, 0, sizeof(*w));
	t_open(&w->st);
	t_write("file", directory);
	assert_int_equal(course_directory_load(&w->st, xausl, t_path("file"), NULL), 0);
	assert_int_equal(course_directory_load(&w->st, xausl, t_path("file"), NULL), 0); /* again changes nothing */
	for (int i = 0; i < 2; i++) {
		r.kennziffer = i ? "N2" : "N1";
		assert_int_equal(sim_store_add_person(&w->st, &who, NULL, "{}", &id, NULL), 0);
		assert_int_equal(sim_store_add_record(&w->st, id, &r, NULL, &w->record[i], NULL), 0);
	}
	osci_clock_init(&w->clock);
	assert_int_equal(osci_clock_set(&w->clock, "2026-11-16T09:00:00", NULL), 0);
	w->c = (struct course){.store = &w->st,
			       .xausl = xausl,
			       .settings = &settings,
			       .clock = &w->clock,
			       .conf = {.hours = 700, .pass_points = 15, .regional_office = "R"}};
	w->school = (struct course_user){1, "anna", "T1", "school", COURSE_ENV_PRODUCTION, true};
	w->institute = (struct course_user){2, "paul", "P1", "institute", COURSE_ENV_PRODUCTION, true};
}

static void teardown(struct world *w)
{
	sim_store_close(&w->st);
	static const char *const names[] = {"sim.db", "sim.db-wal", "sim.db-shm"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(t_path(names[i]));
}

/* Code of the first error, or "". */
static const char *report(struct world *w, const struct course_user *user, const char *function,
			  const char *text)
{
	static char code[64];
	struct course_reply reply;
	json_t *in = json_loads(text, 0, NULL);

	assert_non_null(in);
	assert_int_equal(course_call(&w->c, user, course_function_find(function, strlen(function)), in, false,
				     &reply, NULL),
			 0);
	snprintf(code, sizeof(code), "%s",
		 json_array_size(reply.errors) ? course_text(json_array_get(reply.errors, 0), "code") : "");
	assert_int_equal(!reply.answer, code[0] != '\0');
	course_reply_clear(&reply);
	json_decref(in);
	return code;
}

#define WHO "\"kennziffer\":\"N1\",\"birth_date\":\"1990-02-03\""
#define REGISTRATION                                                                                         \
	"{" WHO                                                                                              \
	",\"surname\":\"Beispiel\",\"given_names\":\"Ada\",\"date\":\"2026-11-16\",\"nationality\":\"475\"," \
	"\"address\":{\"street\":\"S\",\"postcode\":\"9\",\"town\":\"O\",\"country\":\"D\"}"
#define PLAN                                                                                                 \
	"{\"course_type\":\"1\",\"begin\":\"2026-11-16\",\"expected_end\":\"2027-06-01\",\"site_key\":"      \
	"\"K1\","                                                                                            \
	"\"teachers\":[{\"teacher_key\":\"L1\"}],\"places\":20}"
#define START                                                                                                \
	"{\"course_key\":\"KU-99000001\",\"begin\":\"2026-11-16\",\"section\":\"16\",\"expected_end\":"      \
	"\"2027-01-01\","                                                                                    \
	"\"participants_total\":1,\"participants\":[{" WHO "}]}"

static void a_completed_course_may_be_repeated_once(void **state)
{
	struct world w;

	setup(&w);
	assert_string_equal(report(&w, &w.school, "registration", REGISTRATION ",\"placement_waived\":true}"),
			    "");
	assert_string_equal(
	    report(&w, &w.school, "completion", "{" WHO ",\"date\":\"2026-11-16\",\"successful\":false}"),
	    "");
	assert_string_equal(report(&w, &w.school, "course-planning", PLAN), "");
	assert_string_equal(report(&w, &w.school, "course-start", START), "course_completed");
	assert_string_equal(report(&w, &w.school, "registration", REGISTRATION ",\"kind\":\"repeat\"}"),
			    "repetition_not_admitted");
	assert_int_equal(sim_store_add_event(&w.st, w.record[0], "repetition_admitted", "2026-11-16",
					     "{\"event\":\"repetition_admitted\",\"date\":\"2026-11-16\"}",
					     NULL),
			 0);
	assert_string_equal(report(&w, &w.school, "registration", REGISTRATION ",\"kind\":\"repeat\"}"), "");
	assert_string_equal(report(&w, &w.school, "registration", REGISTRATION ",\"kind\":\"repeat\"}"),
			    "repetition_registered");
	assert_string_equal(report(&w, &w.school, "course-start", START), "");
	assert_string_equal(
	    report(&w, &w.school, "section-start",
		   "{\"course_key\":\"KU-99000001\",\"section\":\"17\",\"begin\":\"2026-11-16\","
		   "\"expected_end\":\"2027-02-01\"}"),
	    "");
	teardown(&w);
}

static void records_that_ended_take_no_reports(void **state)
{
	struct world w;

	setup(&w);
	assert_int_equal(sim_store_end_record(&w.st, w.record[0], SIM_ENDED_WITHDRAWN, "2026-11-16", NULL), 0);
	assert_string_equal(report(&w, &w.school, "registration", REGISTRATION ",\"placement_waived\":true}"),
			    "record_ended");
	assert_int_equal(
	    db_exec(&w.st.db, NULL, "UPDATE record SET ended = 0, valid_until = '2026-10-01'", ""), 0);
	assert_string_equal(report(&w, &w.school, "registration", REGISTRATION ",\"placement_waived\":true}"),
			    "record_expired");
	assert_int_equal(db_exec(&w.st.db, NULL, "UPDATE record SET valid_until = NULL", ""), 0);
	assert_string_equal(report(&w, &w.institute, "registration", REGISTRATION "}"), "forbidden");
	snprintf(w.school.environment, sizeof(w.school.environment), "%s", COURSE_ENV_TEST);
	assert_string_equal(report(&w, &w.school, "registration", REGISTRATION ",\"placement_waived\":true}"),
			    "unknown_participant");
	teardown(&w);
}

static void an_outage_has_begin_and_end(void **state)
{
	static const char *const orders[] = {
	    "{\"do\":\"course\",\"action\":\"outage\",\"from\":\"2026-11-16T10:00:00\",\"until\":\"2026-11-"
	    "16T12:00:00\"}",
	    "{\"do\":\"course\",\"action\":\"outage\"}",
	    "{\"do\":\"course\",\"action\":\"outage-end\"}",
	};
	static const char *const wrong[] = {
	    "{\"do\":\"course\"}",
	    "{\"do\":\"course\",\"action\":\"colour\"}",
	    "{\"do\":\"course\",\"action\":\"outage\",\"from\":\"soon\"}",
	    "{\"do\":\"course\",\"action\":\"outage-end\",\"x\":1}",
	    "{\"do\":\"course\",\"action\":\"decide\",\"provider\":\"T1\"}",
	    "{\"do\":\"course\",\"action\":\"code\",\"provider\":\"T1\",\"environment\":\"x\",\"hash\":\"\"}",
	};
	struct world w;
	bool down;

	setup(&w);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		json_t *o = json_loads(wrong[i], 0, NULL);

		assert_non_null(course_order_problem(o));
		json_decref(o);
	}
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		json_t *o = json_loads(orders[i], 0, NULL);

		assert_null(course_order_problem(o));
		assert_int_equal(course_order(&w.st, o, osci_clock_ms(&w.clock), NULL), 0);
		json_decref(o);
		assert_int_equal(course_is_down(&w.c, &down, NULL), 0);
		assert_int_equal(down, i == 1); /* not yet; now; over */
		w.clock.offset_ms += i == 0 ? 2 * 3600 * 1000 : 0;
		assert_int_equal(course_is_down(&w.c, &down, NULL), 0);
		assert_int_equal(down, i < 2);
	}
	teardown(&w);
}

/* "" = a ticket was given. */
static const char *report_later(struct world *w, const struct course_user *user, const char *function)
{
	static char code[64];
	struct course_reply reply;
	json_t *in = json_pack("{s:[{s:s, s:s, s:s, s:i}]}", "results", "kennziffer", "N1", "birth_date", "1990-02-03",
			       "test_date", "2026-11-16", "points", 20);

	assert_int_equal(course_call(&w->c, user, course_function_find(function, strlen(function)), in, true, &reply, NULL),
			 0);
	snprintf(code, sizeof(code), "%s",
		 reply.ticket[0] ? "" : course_text(json_array_get(reply.errors, 0), "code"));
	course_reply_clear(&reply);
	json_decref(in);
	return code;
}

static void one_provider_cannot_take_all_the_room_for_reports(void **state)
{
	static const char fill[] =
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1999) INSERT INTO course_ticket"
	    " (ticket, user, function, request, made) SELECT 'T' || i, 1, 'abort', '{}', 0 FROM n";
	struct world w;

	setup(&w);
	for (int i = 0; i < 2; i++)
		assert_int_equal(db_exec(&w.st.db, NULL,
					 "INSERT INTO course_user (name, environment, party, admin, active, salt, hash)"
					 " VALUES (?, 'production', ?, 1, 1, x'00', x'00')",
					 "tt", i ? "paul" : "anna", i ? "P1" : "T1"),
				 0);
	assert_int_equal(db_exec(&w.st.db, NULL, fill, ""), 0);
	assert_string_equal(report_later(&w, &w.school, "orientation-results"), "");
	assert_string_equal(report_later(&w, &w.school, "orientation-results"), "too_many_tickets");
	assert_string_equal(report_later(&w, &w.institute, "orientation-results"), "");
	teardown(&w);
}

/* A password that was right once is known again, until it is another one; what was wrong never is. */
static void passwords_known_again(void **state)
{
	static const char first[] = "ein langes Kennwort", second[] = "ein anderes Kennwort";
	struct course_user admin = {0, "", "T1", "school", COURSE_ENV_PRODUCTION, true}, user = {0};
	const char *code;
	struct world w;

	setup(&w);
	assert_int_equal(course_add_user(&w.c, &admin, "anna", first, true, &code, NULL), 0);
	assert_null(code);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(course_login(&w.c, "anna", first, &user, &code, NULL), 0);
		assert_null(code);
		assert_int_equal(w.c.proven.next, 1); /* the slow hash once */
		assert_int_equal(course_login(&w.c, "anna", second, &user, &code, NULL), 0);
		assert_string_equal(code, "unauthorised");
	}
	assert_int_equal(course_set_password(&w.c, &user, "anna", second, &code, NULL), 0);
	assert_null(code);
	assert_int_equal(course_login(&w.c, "anna", first, &user, &code, NULL), 0);
	assert_string_equal(code, "unauthorised");
	assert_int_equal(course_login(&w.c, "anna", second, &user, &code, NULL), 0);
	assert_null(code);
	for (int i = 0; i < 2 * COURSE_PROVEN_MAX; i++) /* as many others as there is room for, and more */
		w.c.proven.of[w.c.proven.next++ % COURSE_PROVEN_MAX].user = 1000 + i;
	assert_int_equal(course_login(&w.c, "anna", second, &user, &code, NULL), 0);
	assert_null(code);
	teardown(&w);
}

static void files_of_providers_are_checked(void **state)
{
	static const char *const wrong[] = {
	    "providers: []\n",
	    "colour: red\n",
	    "providers: [{key: T1}]\n",
	    "providers: [{key: T1, name: N, kind: x, address: {street: S, postcode: '9', town: O}}]\n",
	    "providers: [{key: T1, name: N, address: {street: S, postcode: '9'}}]\n",
	    "providers: [{key: T1, name: N, address: {street: S, postcode: '9', town: O}, sites: [{key: "
	    "L1}]}]\n",
	    "providers: [{key: T1, name: N, address: {street: S, postcode: '9', town: O}, teachers: [{key: "
	    "X}]}]\n",
	    "providers: [{key: T1, name: 'N – M', address: {street: S, postcode: '9', town: O}}]\n",
	    "providers: [{key: T1, name: N, address: {street: S, postcode: '9x', town: O}}]\n",
	};
	struct world w;

	setup(&w);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct osci_err err = {0};

		t_write("file", wrong[i]);
		assert_int_equal(course_directory_load(&w.st, xausl, t_path("file"), &err), OSCI_E_CONFIG);
		assert_non_null(strstr(err.where, "file:1:"));
	}
	teardown(&w);
}

static void failed_logins_close_a_user_for_a_while(void **state)
{
	char code[COURSE_CODE_SIZE], hash[COURSE_TOKEN_SIZE], token[COURSE_TOKEN_SIZE];
	struct course_session session;
	struct course_user user;
	const char *why;
	struct world w;

	setup(&w);
	assert_int_equal(course_make_code(code, hash), 0);
	assert_int_equal(course_store_code(&w.st, "T1", COURSE_ENV_TEST, hash, 0, NULL), 0);
	assert_int_equal(course_register_user(&w.c, code, "anna", "ein langes Kennwort", &why, NULL), 0);
	assert_null(why);
	for (int i = 0; i < COURSE_FAILURES_MAX; i++) {
		assert_int_equal(course_login(&w.c, "anna", "falsch", &user, &why, NULL), 0);
		assert_string_equal(why, "unauthorised");
	}
	assert_int_equal(course_login(&w.c, "anna", "ein langes Kennwort", &user, &why, NULL), 0);
	assert_string_equal(why, "locked");
	w.clock.offset_ms += COURSE_LOCK_MS + 1000;
	assert_int_equal(course_login(&w.c, "anna", "ein langes Kennwort", &user, &why, NULL), 0);
	assert_null(why);
	assert_string_equal(user.party, "T1");
	assert_int_equal(course_session_begin(&w.c, &user, token, NULL), 0);
	assert_int_equal(course_session_find(&w.c, token, &session, NULL), 0);
	w.clock.offset_ms += COURSE_SESSION_IDLE_MS - 5000;
	assert_int_equal(course_session_find(&w.c, token, &session, NULL), 0); /* used: lives on */
	w.clock.offset_ms += COURSE_SESSION_IDLE_MS + 5000;
	assert_int_equal(course_session_find(&w.c, token, &session, NULL), OSCI_E_EMPTY);
	token[0] ^= 1;
	assert_int_equal(course_session_find(&w.c, token, &session, NULL), OSCI_E_EMPTY);
	teardown(&w);
}

/* --- memory ------------------------------------------------------------------ */

/*
 * Allocations of jansson count, too, but for its growing text buffers (powers of two): json_dumps() of this
 * library does not look whether there was room for a key.
 */
void *__real_malloc(size_t size);

static void *jansson_malloc(size_t size)
{
	return size < 32 || (size & (size - 1)) ? malloc(size) : __real_malloc(size);
}

/* Fails at each allocation in turn: nothing is stored before it succeeds, and then once. */
static void sweep(struct world *w, const char *function, const char *text)
{
	const struct course_function *f = course_function_find(function, strlen(function));
	bool done = false;

	for (long n = 1; !done; n++) {
		struct course_reply reply;
		json_t *in = json_loads(text, 0, NULL);
		int r;

		assert_true(n < 5000);
		t_alloc_failed = false;
		t_alloc_countdown = n;
		r = course_call(&w->c, &w->school, f, in, false, &reply, NULL);
		t_alloc_countdown = 0;
		assert_true(r <= 0);
		if (r == 0 && json_array_size(reply.errors))
			fail_msg("%s at %ld: %s", function, n,
				 course_text(json_array_get(reply.errors, 0), "code"));
		if (t_alloc_failed != (r != 0))
			fail_msg("%s: allocation %ld %s, and the result is %d", function, n,
				 t_alloc_failed ? "fails" : "is there", r);
		done = r == 0;
		course_reply_clear(&reply);
		json_decref(in);
	}
}

static void memory_runs_out_at_every_point(void **state)
{
	struct world w;

	setup(&w);
	json_set_alloc_funcs(jansson_malloc, free);
	sweep(&w, "registration", REGISTRATION ",\"placement_waived\":true}");
	sweep(&w, "course-planning", PLAN);
	sweep(&w, "course-start", START);
	sweep(&w, "section-update",
	      "{\"course_key\":\"KU-99000001\",\"section\":\"16\",\"expected_end\":\"2027-02-01\"}");
	sweep(&w, "section-start",
	      "{\"course_key\":\"KU-99000001\",\"section\":\"1\",\"begin\":\"2026-11-16\",\"expected_end\":\"2027-01-01\"}");
	sweep(&w, "section-end",
	      "{\"course_key\":\"KU-99000001\",\"section\":\"1\",\"end\":\"2026-11-16\",\"participants\":[{" WHO
	      ",\"hours\":5,\"absent_excused\":0,\"absent_unexcused\":0}]}");
	sweep(&w, "language-test",
	      "{" WHO ",\"test_number\":\"1234567\",\"sheet_number\":\"B\",\"test_date\":\"2026-11-16\"}");
	sweep(&w, "orientation-results", "{\"results\":[{" WHO ",\"test_date\":\"2026-11-16\",\"points\":20}]}");
	sweep(&w, "participant-information", "{" WHO "}");
	sweep(&w, "course-information", "{\"course_key\":\"KU-99000001\"}");
	sweep(&w, "course-list", "{}");
	teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_completed_course_may_be_repeated_once, t_make_dir,
					    t_remove_dir),
	    cmocka_unit_test_setup_teardown(records_that_ended_take_no_reports, t_make_dir, t_remove_dir),
	    cmocka_unit_test_setup_teardown(an_outage_has_begin_and_end, t_make_dir, t_remove_dir),
	    cmocka_unit_test_setup_teardown(one_provider_cannot_take_all_the_room_for_reports, t_make_dir,
					    t_remove_dir),
	    cmocka_unit_test_setup_teardown(passwords_known_again, t_make_dir, t_remove_dir),
	    cmocka_unit_test_setup_teardown(files_of_providers_are_checked, t_make_dir, t_remove_dir),
	    cmocka_unit_test_setup_teardown(failed_logins_close_a_user_for_a_while, t_make_dir, t_remove_dir),
	    cmocka_unit_test_setup_teardown(memory_runs_out_at_every_point, t_make_dir, t_remove_dir),
	};
	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
