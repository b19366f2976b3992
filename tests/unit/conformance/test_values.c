/* SPDX-License-Identifier: Apache-2.0 */
/* test_values - dates, texts of code lists, requests from JSON, course events */
#include "t_sim.h"

#include "event.h"
#include "message.h"

static struct sim_mem mem;

static int teardown(void **state)
{
	sim_mem_free(&mem);
	return 0;
}

static void test_dates(void **state)
{
	static const struct {
		const char *from;
		int months;
		const char *to;
	} steps[] = { { "2026-11-16", 12, "2027-11-16" }, { "2024-02-29", 12, "2025-02-28" }, { "2026-01-31", 1, "2026-02-28" },
		      { "2026-12-31", 2, "2027-02-28" },  { "2026-03-31", -1, "2026-02-28" }, { "2026-01-15", -6, "2025-07-15" } };
	char out[SIM_DATE_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		assert_true(sim_date_add_months(out, steps[i].from, steps[i].months));
		assert_string_equal(out, steps[i].to);
	}
	assert_false(sim_date_add_months(out, "9999-12-01", 1));
	assert_false(sim_date_add_months(out, "0001-01-01", -1));
	assert_true(sim_date_day_before(out, "2024-03-01"));
	assert_string_equal(out, "2024-02-29");
	assert_true(sim_date_day_before(out, "2027-01-01"));
	assert_string_equal(out, "2026-12-31");
	assert_false(sim_date_day_before(out, "0001-01-01"));
	assert_true(sim_date_month_end(out, "2026-02-10"));
	assert_string_equal(out, "2026-02-28");
	assert_true(sim_pdate_ok("1986") && sim_pdate_ok("1986-04") && sim_pdate_ok("1986-04-12"));
	assert_false(sim_pdate_ok("1986-13") || sim_pdate_ok("1986-02-30") || sim_pdate_ok("86") || sim_pdate_ok("1986-4") ||
		     sim_pdate_ok("") || sim_pdate_ok(NULL) || sim_pdate_ok("1986-04-12 "));
	assert_false(sim_date_ok("1986-04"));
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *gap0, *gap1, *filled;
	} texts[] = {
		{ "bereits durch {0} zur Teilnahme", "Jobcenter X", NULL, "bereits durch Jobcenter X zur Teilnahme" },
		{ "durch {0} (Bezeichnung der ABH, TGS oder TLA) zur", "Stadt B", NULL, "durch Stadt B zur" },
		{ "am {0} und am {1} erfolgt", "01.02.2026", "03.04.2026", "am 01.02.2026 und am 03.04.2026 erfolgt" },
		{ "berechtigt (<Vorliegende Berechtigung>). Eine", "Stadt B", NULL, "berechtigt (Stadt B). Eine" },
		{ "„übernehmen“ – ja", NULL, NULL, "\"übernehmen\" - ja" },
		{ "durch {0}.", "Amt – West „A“", NULL, "durch Amt - West \"A\"." },
		{ "durch {0}.", NULL, NULL, "durch ." },
		{ "{2} {0", "x", NULL, "{2} {0" },
		{ "", NULL, NULL, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_text(sim_text_fill(&mem, texts[i].text, texts[i].gap0, texts[i].gap1), texts[i].filled);
}

static void test_region(void **state)
{
	char *big = sim_alloc(&mem, 100000), *small = sim_alloc(&mem, 3);

	assert_non_null(big);
	assert_non_null(small);
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(big[i], 0);
	assert_null(sim_copy(&mem, NULL));
	assert_false(mem.failed);
	assert_null(sim_alloc(&mem, SIZE_MAX));
	assert_true(mem.failed);
	assert_null(sim_alloc(&mem, 1)); /* sticky */
}

static bool read_request(const char *text, struct sim_request *q, json_t **keep)
{
	*keep = json_loads(text, 0, NULL);
	assert_non_null(*keep);
	return sim_request_read(q, *keep);
}

static void test_request(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"message\":\"070001\",\"uuid\":\"u\"}",
		"{\"message\":1,\"uuid\":\"u\",\"author\":{\"key\":\"k\"}}",
		"{\"message\":\"070001\",\"uuid\":\"u\",\"author\":{\"key\":\"k\"},\"person\":{\"birth_date\":\"gestern\"}}",
		"{\"message\":\"070001\",\"uuid\":\"u\",\"author\":{\"key\":\"k\"},\"valid_until\":\"2026-02-30\"}",
		"{\"message\":\"070001\",\"uuid\":\"u\",\"author\":{\"key\":\"k\"},\"replace\":\"yes\"}",
		"{\"message\":\"070001\",\"uuid\":\"u\",\"author\":{\"key\":\"k\"},"
		"\"person\":{\"nationalities\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}}",
	};
	struct sim_request q;
	json_t *keep;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_false(read_request(bad[i], &q, &keep));
		json_decref(keep);
	}
	assert_true(read_request("{\"message\":\"070013\",\"uuid\":\"u\",\"author\":{\"key\":\"k\",\"name\":\"n\"},"
				 "\"person\":{\"surname\":null,\"birth_date\":\"1990\",\"nationalities\":[\"327\"]},"
				 "\"kennziffer\":\"K\",\"purpose\":\"permit_extension\"}",
				 &q, &keep));
	assert_null(q.surname);
	assert_string_equal(q.birth_date, "1990");
	assert_true(q.permit_extension);
	assert_int_equal(q.n_nationalities, 1);
	json_decref(keep);
	assert_true(read_request("{\"message\":\"070007\",\"uuid\":\"u\",\"author\":{\"key\":\"k\"},\"question\":\"q\","
				 "\"replace\":true}",
				 &q, &keep));
	assert_string_equal(q.trigger, "q");
	assert_true(q.replace);
	json_decref(keep);
}

static void test_events(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} events[] = {
		{ "{\"event\":\"abort\",\"date\":\"2026-01-01\"}", true },
		{ "{\"event\":\"abort\",\"date\":\"2026-01-01\",\"level\":\"B1\"}", false },
		{ "{\"event\":\"abort\"}", false },
		{ "{\"event\":\"abort\",\"date\":\"2026-02-30\"}", false },
		{ "{\"event\":\"party\",\"date\":\"2026-01-01\"}", false },
		{ "{\"date\":\"2026-01-01\"}", false },
		{ "[]", false },
		{ "{\"event\":\"registration\",\"date\":\"2026-01-01\",\"placement_test\":\"waived\"}", true },
		{ "{\"event\":\"registration\",\"date\":\"2026-01-01\",\"placement_test\":\"2026-01-01\","
		  "\"course_type\":\"1\"}", true },
		{ "{\"event\":\"registration\",\"date\":\"2026-01-01\",\"placement_test\":\"maybe\"}", false },
		{ "{\"event\":\"registration\",\"date\":\"2026-01-01\"}", false },
		{ "{\"event\":\"section_end\",\"date\":\"2026-01-01\",\"absent_excused\":0,\"absent_unexcused\":2}", true },
		{ "{\"event\":\"section_end\",\"date\":\"2026-01-01\",\"absent_excused\":\"0\",\"absent_unexcused\":2}", false },
		{ "{\"event\":\"section_end\",\"date\":\"2026-01-01\",\"absent_excused\":-1,\"absent_unexcused\":2}", false },
		{ "{\"event\":\"completion\",\"date\":\"2026-01-01\",\"successful\":true}", true },
		{ "{\"event\":\"completion\",\"date\":\"2026-01-01\",\"successful\":\"true\"}", false },
		{ "{\"event\":\"completion\",\"date\":\"2026-01-01\",\"successful\":true,\"provider\":\"x\"}", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		json_t *e = json_loads(events[i].text, 0, NULL);
		struct sim_event_fault f;

		if (sim_event_ok(e, NULL, &f) != events[i].good)
			fail_msg("%s", events[i].text);
		json_decref(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test_teardown(test_texts, teardown),
		cmocka_unit_test_teardown(test_region, teardown),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
