/* SPDX-License-Identifier: Apache-2.0 */
/* test_identify - strong keys, duplicate check, and the open points of both */
#include "t_sim.h"

static struct sim_mem mem;

static int teardown(void **state)
{
	sim_mem_free(&mem);
	return 0;
}

static const struct sim_record record = RECORD("1a", "1", "Stadt B", B);

static enum sim_identity how(const struct sim_request *q, const struct sim_person *p, size_t n,
			     const struct sim_settings *s)
{
	struct sim_identified id;

	sim_identify(&id, &mem, q, p, n, s);
	assert_int_equal(id.person != NULL, id.how == SIM_ID_KNOWN);
	return id.how;
}

static void test_strong_keys(void **state)
{
	struct sim_person p = person_of(&record, 1);
	struct sim_request q = request_of("070001");
	struct sim_settings s;

	sim_settings_default(&s);
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_KNOWN); /* AZR number */
	q.surname = "Anders";
	q.birth_date = "1970-01-01";
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_KNOWN);

	q = request_of("070001");
	p.azr_number = NULL;
	q.kennziffer = "K1";
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_KNOWN); /* Kennziffer and birth date */
	q.birth_date = "1990-02-04";
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_PAIR);
	p.azr_number = "260101999999"; /* not even then silently */
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_PAIR);
	q.kennziffer = "K9"; /* of nobody: the other key counts */
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_KNOWN);
}

static void test_keys_in_conflict(void **state)
{
	struct sim_person two[] = { person_of(&record, 1), person_of(NULL, 0) };
	struct sim_request q = request_of("070001");
	struct sim_settings s;
	struct sim_identified id;

	sim_settings_default(&s);
	two[0].azr_number = "111111111111";
	two[1].id = 8;
	q.kennziffer = "K1";
	sim_identify(&id, &mem, &q, two, 2, &s);
	assert_int_equal(id.how, SIM_ID_CONFLICT);
	assert_int_equal(id.n_hits, 2);
	assert_null(id.person);
}

static void test_duplicate(void **state)
{
	struct sim_person p = person_of(&record, 1);
	struct sim_request q = request_of("070001");
	struct sim_settings s;

	sim_settings_default(&s);
	p.azr_number = NULL; /* InGe holds none */
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_DUPLICATE);
	p.azr_number = "111111111111"; /* or another one */
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_DUPLICATE);
	p.given_names = "Eva"; /* do not count */
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_DUPLICATE);
	p.sex = "m";
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_NEW);
	p.sex = NULL;
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_NEW);
	q.sex = NULL;
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_DUPLICATE);
	p.surname = NULL;
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_NEW);
	q.surname = NULL;
	assert_int_equal(how(&q, &p, 1, &s), SIM_ID_DUPLICATE);
	assert_int_equal(how(&q, NULL, 0, &s), SIM_ID_NEW);
}

static void test_name_match(void **state)
{
	static const struct {
		const char *a, *b;
		bool folded;
	} pairs[] = {
		{ "Durán-López", "Duran Lopez", true },	 { "GROSS", "Groß", true },
		{ "Dura\xCC\x81n", "Durán", true },	 { "O'Brien", "O\xE2\x80\x99" "Brien", true },
		{ "Yılmaz", "Yilmaz", true },		 { "Nguyễn", "Nguyen", true },
		{ "Müller", "Mueller", false },		 { "Şahin", "sahin", true },
		{ "Anna", "Anne", false },		 { "Ђорђевић", "ђорђевић", false },
	};
	struct sim_settings s;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct sim_person p = person_of(NULL, 0);
		struct sim_request q = request_of("070001");

		sim_settings_default(&s);
		p.azr_number = NULL;
		p.surname = pairs[i].a;
		q.surname = pairs[i].b;
		assert_int_equal(how(&q, &p, 1, &s), SIM_ID_NEW);
		s.name_folded = true;
		assert_int_equal(how(&q, &p, 1, &s), pairs[i].folded ? SIM_ID_DUPLICATE : SIM_ID_NEW);
		q.surname = p.surname;
		s.name_folded = false;
		assert_int_equal(how(&q, &p, 1, &s), SIM_ID_DUPLICATE);
	}
}

static void test_partial_dates(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
	} pairs[] = { { "1969", "1969-03-21", true },    { "1969-03", "1969-03-21", true }, { "1969-04", "1969-03-21", false },
		      { "1969", "1970", false },	  { "1969-03", "1969", true } };
	struct sim_settings s;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct sim_person p = person_of(&record, 1);
		struct sim_request q = request_of("070001");

		sim_settings_default(&s);
		p.azr_number = NULL;
		p.birth_date = pairs[i].a;
		q.birth_date = pairs[i].b;
		assert_int_equal(how(&q, &p, 1, &s), SIM_ID_NEW);
		q.kennziffer = "K1";
		assert_int_equal(how(&q, &p, 1, &s), SIM_ID_PAIR);
		s.date_overlap = true;
		assert_int_equal(how(&q, &p, 1, &s), pairs[i].overlap ? SIM_ID_KNOWN : SIM_ID_PAIR);
		q.kennziffer = NULL;
		assert_int_equal(how(&q, &p, 1, &s), pairs[i].overlap ? SIM_ID_DUPLICATE : SIM_ID_NEW);
		q.birth_date = p.birth_date;
		s.date_overlap = false;
		assert_int_equal(how(&q, &p, 1, &s), SIM_ID_DUPLICATE);
	}
}

static void test_report_of_identity(void **state)
{
	struct sim_person many[] = { person_of(&record, 1), person_of(NULL, 0), person_of(NULL, 0) };
	struct sim_request q = request_of("070009");
	struct sim_settings s;
	struct sim_decision d;

	sim_settings_default(&s);
	for (size_t i = 0; i < 3; i++) {
		many[i].id = (int64_t)i;
		many[i].azr_number = NULL;
	}
	sim_decide_report(&d, &mem, &q, many, 3, &s, TODAY); /* one 070004 however many hits */
	assert_string_equal(d.rule, "RULE-1");
	assert_string_equal(d.answer, "070004");
	assert_string_equal(d.code, "17001");
	assert_int_equal(d.action, SIM_DO_CLARIFY);
	assert_int_equal(d.n_hits, 3);
	q.kennziffer = "K1";
	q.birth_date = "1991-01-01";
	sim_decide_report(&d, &mem, &q, many, 3, &s, TODAY);
	assert_string_equal(d.code, "17099");
	assert_null(d.shown); /* holds no data of the other person */
	assert_null(strstr(d.text, "1990"));
	assert_int_equal(d.action, SIM_DO_NOTHING);
	sim_decide_report(&d, &mem, &q, NULL, 0, &s, TODAY);
	assert_string_equal(d.rule, "RULE-8");
}

static void test_pair(void **state)
{
	struct sim_person two[] = { person_of(&record, 1), person_of(&record, 1) };
	struct sim_request q = request_of("070013");
	struct sim_settings s;

	sim_settings_default(&s);
	assert_null(sim_identify_pair(&q, two, 1, &s)); /* no Kennziffer */
	q.kennziffer = "K1";
	assert_ptr_equal(sim_identify_pair(&q, two, 1, &s), &two[0]);
	assert_null(sim_identify_pair(&q, two, 2, &s)); /* not exactly one */
	two[1].birth_date = "1990-02-04";
	assert_ptr_equal(sim_identify_pair(&q, two, 2, &s), &two[0]);
	q.birth_date = "1990";
	assert_null(sim_identify_pair(&q, two, 2, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_strong_keys, teardown),
		cmocka_unit_test_teardown(test_keys_in_conflict, teardown),
		cmocka_unit_test_teardown(test_duplicate, teardown),
		cmocka_unit_test_teardown(test_name_match, teardown),
		cmocka_unit_test_teardown(test_partial_dates, teardown),
		cmocka_unit_test_teardown(test_report_of_identity, teardown),
		cmocka_unit_test_teardown(test_pair, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
