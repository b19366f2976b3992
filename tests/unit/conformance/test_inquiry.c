/* SPDX-License-Identifier: Apache-2.0 */
/* test_inquiry - information, attendance, takeover, new surname, block */
#include "t_sim.h"

#define TGS "2", "Jobcenter X", NULL
#define OTHER "1", "Stadt B", B
#define OWN "1", "Stadt A", A

static struct sim_mem mem;
static struct sim_settings s;

static int setup(void **state)
{
	sim_settings_default(&s);
	return 0;
}

static int teardown(void **state)
{
	sim_mem_free(&mem);
	return 0;
}

static void info(struct sim_decision *d, const struct sim_person *p, size_t n)
{
	static struct sim_request q;

	q = request_of("070011");
	sim_decide_information(d, &mem, &q, p, n, &s, TODAY);
	assert_string_equal(d->answer, "070012");
	assert_int_equal(d->action, SIM_DO_NOTHING);
}

static void test_information(void **state)
{
	static const struct sim_record mixed[] = { RECORD("1a", OWN), RECORD("5", TGS, .kennziffer = "K2") };
	static const struct sim_record done = RECORD("1a", OTHER, .attended = SIM_ATTENDED_COMPLETE);
	static const struct sim_record over = RECORD("1a", OTHER, .valid_until = "2026-01-01");
	struct sim_person p[2] = { person_of(mixed, 2), person_of(mixed, 2) };
	struct sim_decision d;

	info(&d, NULL, 0);
	assert_string_equal(d.result, "none");
	assert_string_equal(d.code, "17560");
	info(&d, p, 1);
	assert_string_equal(d.result, "record");
	assert_string_equal(d.code, "17561");
	assert_string_equal(d.shown->kennziffer, "K2"); /* an obligation before an entitlement */
	assert_true(d.can_take_over);
	assert_string_equal(d.notes[0], "17563");
	p[0] = person_of(mixed, 1);
	info(&d, p, 1);
	assert_string_equal(d.shown->kennziffer, "K1"); /* the own one is shown too */
	assert_false(d.can_take_over);
	p[0] = person_of(&done, 1);
	info(&d, p, 1);
	assert_string_equal(d.result, "completed");
	assert_string_equal(d.code, "17562");
	assert_null(d.shown);
	p[0] = person_of(&over, 1);
	info(&d, p, 1);
	assert_string_equal(d.result, "none");
	assert_string_equal(d.code, "17560");
}

static void test_information_by_name(void **state)
{
	static const struct sim_record r = RECORD("1a", OTHER);
	struct sim_person p[2] = { person_of(&r, 1), person_of(&r, 1) };
	struct sim_request q = request_of("070011");
	struct sim_decision d;

	p[0].azr_number = p[1].azr_number = NULL;
	info(&d, p, 1); /* one hit by name counts as found */
	assert_string_equal(d.result, "record");
	info(&d, p, 2);
	assert_string_equal(d.result, "none");
	q.kennziffer = "K1";
	q.birth_date = "1950";
	sim_decide_information(&d, &mem, &q, p, 1, &s, TODAY);
	assert_string_equal(d.result, "none");
	assert_null(d.shown);
}

static void test_information_deceased_and_notes(void **state)
{
	static const struct sim_record tgs8 = RECORD("8", TGS);
	struct sim_person p = person_of(&tgs8, 1);
	struct sim_decision d;

	s.note_information = "17117";
	info(&d, &p, 1);
	assert_string_equal(d.notes[0], "17118"); /* its form for an admission */
	s.note_information = "17565";
	info(&d, &p, 1);
	assert_string_equal(d.notes[0], "17565");
	p.flags = SIM_FLAG_DECEASED;
	info(&d, &p, 1);
	assert_string_equal(d.code, "17564");
	assert_string_equal(d.result, "none");
	assert_null(d.shown);
	assert_false(d.can_take_over);
	s.deceased_result = "record";
	info(&d, &p, 1);
	assert_string_equal(d.result, "record");
	assert_non_null(d.shown);
}

static void attendance(struct sim_decision *d, const struct sim_record *r, size_t n, bool permit)
{
	static struct sim_person p;
	struct sim_request q = request_of("070013");

	p = person_of(r, n);
	q.kennziffer = "K1";
	q.permit_extension = permit;
	sim_decide_attendance(d, &q, &p, 1, &s, TODAY);
}

static void test_attendance(void **state)
{
	static const char *const offices[] = { A };
	static const struct sim_record own = RECORD("1b", OWN), other = RECORD("1b", OTHER), tgs = RECORD("5", TGS);
	static const struct sim_record taken = RECORD("8", TGS, .taken_over_by = offices, .n_taken_over_by = 1);
	static const struct sim_record entitled = RECORD("1a", OWN);
	static const struct sim_record withdrawn = RECORD("1b", OWN, .ended = SIM_ENDED_WITHDRAWN);
	static const struct sim_record done = RECORD("1b", OWN, .attended = SIM_ATTENDED_COMPLETE);
	static const struct sim_record both[] = { RECORD("1b", OTHER), RECORD("2", OWN, .kennziffer = "K2") };
	struct sim_request q = request_of("070013");
	struct sim_decision d;

	attendance(&d, &own, 1, false);
	assert_string_equal(d.answer, "070015");
	attendance(&d, &done, 1, false);
	assert_string_equal(d.answer, "070015");
	attendance(&d, &taken, 1, false);
	assert_string_equal(d.answer, "070015");
	attendance(&d, &entitled, 1, true);
	assert_string_equal(d.answer, "070014");
	assert_string_equal(d.code, "17571");
	attendance(&d, &withdrawn, 1, true);
	assert_string_equal(d.code, "17571");
	attendance(&d, &tgs, 1, false);
	assert_string_equal(d.code, "17572");
	attendance(&d, &tgs, 1, true);
	assert_string_equal(d.answer, "070015");
	attendance(&d, &other, 1, true);
	assert_string_equal(d.code, "17571");
	attendance(&d, both, 2, false);
	assert_string_equal(d.shown->kennziffer, "K2");
	s.foreign_attendance = true;
	attendance(&d, &other, 1, false);
	assert_string_equal(d.answer, "070015");
	q.kennziffer = "K1";
	sim_decide_attendance(&d, &q, NULL, 0, &s, TODAY);
	assert_string_equal(d.answer, "070014");
	assert_string_equal(d.code, "00057");
}

static void takeover(struct sim_decision *d, const struct sim_record *r, size_t n)
{
	static struct sim_person p;
	struct sim_request q = request_of("070016");

	p = person_of(r, n);
	q.kennziffer = "K1";
	sim_decide_takeover(d, &q, &p, n ? 1 : 0, &s, TODAY);
}

static void test_takeover(void **state)
{
	static const char *const offices[] = { B, A };
	static const struct sim_event admitted[] = { { "repetition_admitted", "2026-03-03", "{}" } };
	static const struct sim_record tgs = RECORD("5", TGS), tla = RECORD("7", "3", "Sozialamt", NULL);
	static const struct sim_record admission = RECORD("8", TGS), abh = RECORD("1b", OTHER), entitled = RECORD("1a", OTHER);
	static const struct sim_record over = RECORD("5", TGS, .valid_until = "2026-01-01");
	static const struct sim_record again = RECORD("5", TGS, .taken_over_by = offices, .n_taken_over_by = 2);
	static const struct sim_record repeats =
		RECORD("5", TGS, .attended = SIM_ATTENDED_COMPLETE, .events = admitted, .n_events = 1);
	static const struct sim_record done = RECORD("5", TGS, .attended = SIM_ATTENDED_COMPLETE);
	static const struct sim_record *const good[] = { &tgs, &tla, &admission };
	struct sim_decision d;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		takeover(&d, good[i], 1);
		assert_string_equal(d.answer, "070015");
		assert_int_equal(d.action, SIM_DO_TAKE_OVER);
		assert_ptr_equal(d.shown, good[i]);
	}
	takeover(&d, &again, 1); /* twice: the data again, nothing stored */
	assert_string_equal(d.answer, "070015");
	assert_int_equal(d.action, SIM_DO_NOTHING);
	takeover(&d, NULL, 0);
	assert_string_equal(d.answer, "070017");
	assert_string_equal(d.code, "00057");
	takeover(&d, &entitled, 1);
	assert_string_equal(d.code, "17571");
	takeover(&d, &over, 1);
	assert_string_equal(d.code, "17574");
	takeover(&d, &repeats, 1);
	assert_string_equal(d.code, "17576");
	s.code_repetition = "17577";
	takeover(&d, &repeats, 1);
	assert_string_equal(d.code, "17577");
	takeover(&d, &abh, 1); /* no code fits: text */
	assert_null(d.code);
	assert_non_null(d.text);
	takeover(&d, &done, 1);
	assert_null(d.code);
	assert_non_null(d.text);
}

static void test_rename_and_block(void **state)
{
	struct sim_record r = RECORD("1b", OWN, .valid_from = "2023-11-16");
	struct sim_person p = person_of(&r, 1);
	struct sim_request q = request_of("070019");
	struct sim_decision d;

	q.kennziffer = "K1";
	sim_decide_rename(&d, &q, &p, 1, &s, TODAY); /* three years, the last day included */
	assert_null(d.answer);
	assert_int_equal(d.action, SIM_DO_RENAME);
	sim_decide_rename(&d, &q, &p, 1, &s, "2026-11-17");
	assert_int_equal(d.action, SIM_DO_NOTHING);
	q.kennziffer = "K2";
	sim_decide_rename(&d, &q, &p, 1, &s, TODAY);
	assert_int_equal(d.action, SIM_DO_NOTHING);
	sim_decide_block(&d, &q, &p, 1, &s);
	assert_int_equal(d.action, SIM_DO_NOTHING);
	q.kennziffer = "K1";
	sim_decide_block(&d, &q, &p, 1, &s);
	assert_int_equal(d.action, SIM_DO_BLOCK);
	assert_null(d.answer);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_information), T(test_information_by_name), T(test_information_deceased_and_notes),
		T(test_attendance),  T(test_takeover),		  T(test_rename_and_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
