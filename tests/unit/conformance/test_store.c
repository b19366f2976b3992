/* SPDX-License-Identifier: Apache-2.0 */
/* test_store - what is written comes back, also after a restart; nothing twice */
#include "t_store.h"

static struct sim_store st;
static struct sim_mem mem;

static int setup(void **state)
{
	if (t_make_dir(state))
		return -1;
	t_open(&st);
	return 0;
}

static int teardown(void **state)
{
	sim_mem_free(&mem);
	sim_store_close(&st);
	return t_remove_dir(state);
}

static void restart(void)
{
	sim_store_close(&st);
	t_open(&st);
}

static int64_t add_person(const char *surname, const char *azr)
{
	struct sim_person p = person_of(NULL, 0);
	int64_t id = 0;

	p.surname = surname;
	p.azr_number = azr;
	p.nationalities[0] = "327";
	p.nationalities[1] = "163";
	p.n_nationalities = 2;
	p.flags = SIM_FLAG_DECEASED;
	assert_int_equal(sim_store_add_person(&st, &p, NULL, "{}", &id, NULL), 0);
	return id;
}

static int64_t add_record(int64_t person, const char *kennziffer)
{
	static const char *const offices[] = { B };
	struct sim_record r = RECORD("5", "2", "Jobcenter X", NULL, .valid_until = "2027-01-01", .taken_over_by = offices,
				     .n_taken_over_by = 1, .language_course_only = true);
	int64_t id = 0;

	r.kennziffer = kennziffer;
	assert_int_equal(sim_store_add_record(&st, person, &r, NULL, &id, NULL), 0);
	return id;
}

static void test_person_and_record(void **state)
{
	int64_t id = add_person("Durán-López", "260101999999"), record = add_record(id, "9900000001");
	struct sim_person *p;

	restart();
	assert_int_equal(sim_store_add_event(&st, record, "section_start", "2026-08-01", "{\"a\":1}", NULL), 0);
	assert_int_equal(sim_store_add_event(&st, record, "registration", "2026-07-01", "{}", NULL), 0);
	assert_int_equal(sim_store_person(&st, &mem, id, &p, NULL), 0);
	assert_string_equal(p->surname, "Durán-López");
	assert_int_equal(p->n_nationalities, 2);
	assert_string_equal(p->nationalities[1], "163");
	assert_int_equal(p->flags, SIM_FLAG_DECEASED);
	assert_int_equal(p->n_records, 1);
	assert_string_equal(p->records[0].kennziffer, "9900000001");
	assert_null(p->records[0].issuer_key);
	assert_true(p->records[0].language_course_only);
	assert_true(sim_record_taken_over(&p->records[0], B));
	assert_int_equal(p->records[0].n_events, 2); /* by date */
	assert_string_equal(p->records[0].events[0].kind, "registration");
	assert_string_equal(p->records[0].registered, "2026-07-01");
	assert_int_equal(p->records[0].attended, SIM_ATTENDED_PARTIAL);
	assert_int_equal(sim_store_add_event(&st, record, "completion", "2026-09-01", "{}", NULL), 0);
	assert_int_equal(sim_store_person(&st, &mem, id, &p, NULL), 0);
	assert_int_equal(p->records[0].attended, SIM_ATTENDED_COMPLETE);
	assert_int_equal(sim_store_person(&st, &mem, 999, &p, NULL), OSCI_E_EMPTY);
}

static void test_find(void **state)
{
	struct sim_request q = request_of("070001");
	int64_t a = add_person("Beispiel", "111111111111"), b = add_person("BEISPIEL", NULL);
	int64_t c = add_person("Anders", "260101999999");
	struct sim_person *p;
	size_t n;

	add_person("Niemand", NULL);
	add_record(b, "9900000002");
	assert_int_equal(sim_store_find(&st, &mem, &q, &p, &n, NULL), 0);
	assert_int_equal(n, 3); /* strong hits first */
	assert_int_equal(p[0].id, c);
	assert_int_equal(p[1].id, a);
	assert_int_equal(p[2].id, b);
	q.azr_number = NULL;
	q.surname = "Xyz";
	q.kennziffer = "9900000002";
	assert_int_equal(sim_store_find(&st, &mem, &q, &p, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(p[0].id, b);
	assert_int_equal(sim_store_rename(&st, b, "Xyz", NULL), 0);
	q.kennziffer = NULL;
	assert_int_equal(sim_store_find(&st, &mem, &q, &p, &n, NULL), 0);
	assert_int_equal(n, 1);
	q.birth_date = "1991";
	assert_int_equal(sim_store_find(&st, &mem, &q, &p, &n, NULL), 0);
	assert_int_equal(n, 0);
}

static void test_kennziffer(void **state)
{
	struct sim_record r = RECORD("1a", "1", "Stadt A", A);
	int64_t person = add_person("Beispiel", NULL), id;
	char k[64];

	add_record(person, "9900000002");
	assert_int_equal(sim_store_next_kennziffer(&st, "99", k, sizeof(k), NULL), 0);
	assert_string_equal(k, "9900000001");
	restart();
	assert_int_equal(sim_store_next_kennziffer(&st, "99", k, sizeof(k), NULL), 0);
	assert_string_equal(k, "9900000003"); /* 2 is in use */
	assert_int_equal(sim_store_next_kennziffer(&st, "T-", k, sizeof(k), NULL), 0);
	assert_string_equal(k, "T-00000004");
	/* One record that has not ended per Kennziffer. */
	r.kennziffer = "9900000002";
	assert_int_equal(sim_store_add_record(&st, person, &r, NULL, &id, NULL), OSCI_E_EXISTS);
	assert_int_equal(sim_store_record_by_kennziffer(&st, "9900000002", &id, NULL), 0);
	assert_int_equal(sim_store_end_record(&st, id, SIM_ENDED_REPLACED, TODAY, NULL), 0);
	assert_int_equal(sim_store_add_record(&st, person, &r, NULL, &id, NULL), 0);
}

static void test_mail(void **state)
{
	unsigned char *raw = NULL;
	size_t len;
	int64_t id;

	assert_int_equal(sim_store_next_fetched(&st, &id, &raw, &len, NULL), OSCI_E_EMPTY);
	assert_int_equal(sim_store_fetched(&st, "m1", "one\0!", 5, 1, NULL), 0);
	assert_int_equal(sim_store_fetched(&st, "m1", "two", 3, 2, NULL), OSCI_E_EXISTS);
	restart();
	assert_int_equal(sim_store_next_fetched(&st, &id, &raw, &len, NULL), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(raw, "one\0!", 5);
	osci_freep(&raw);
	assert_int_equal(sim_store_fetched_done(&st, id, "done", NULL, NULL), 0);
	assert_int_equal(sim_store_next_fetched(&st, &id, &raw, &len, NULL), OSCI_E_EMPTY);
	assert_int_equal(sim_store_fetched(&st, "m1", "again", 5, 3, NULL), OSCI_E_EXISTS);
}

static void test_cases(void **state)
{
	struct sim_person p = person_of(NULL, 0);
	const struct sim_person *hits[] = { &p };
	json_t *fields = json_pack("{s:s}", "message", "070009");
	struct sim_case c = { 0 };

	assert_int_equal(sim_store_add_request(&st, "u1", "070009", A, "26.11", fields, 5, NULL), 0);
	assert_int_equal(sim_store_add_request(&st, "u1", "070009", A, "26.11", fields, 6, NULL), OSCI_E_EXISTS);
	assert_int_equal(sim_store_open_clarify(&st, "u1", hits, 1, 100, NULL), 0);
	restart();
	assert_int_equal(sim_store_due(&st, "clarify", 99, &c, NULL), OSCI_E_EMPTY);
	assert_int_equal(sim_store_due(&st, "clarify", 100, &c, NULL), 0);
	assert_string_equal(c.uuid, "u1");
	assert_int_equal(json_integer_value(json_array_get(c.candidates, 0)), 7);
	assert_true(json_equal(c.fields, fields));
	sim_case_clear(&c);
	assert_int_equal(sim_store_open_clarify(&st, "u1", hits, 1, 0, NULL), 0); /* no clerk: never due */
	assert_int_equal(sim_store_due(&st, "clarify", INT64_MAX, &c, NULL), OSCI_E_EMPTY);
	assert_int_equal(sim_store_open_question(&st, "u1", "q1", 7, 200, NULL), 0);
	assert_int_equal(sim_store_by_question(&st, "q2", &c, NULL), OSCI_E_EMPTY);
	assert_int_equal(sim_store_by_question(&st, "q1", &c, NULL), 0);
	assert_string_equal(c.state, "question");
	assert_int_equal(c.person, 7);
	sim_case_clear(&c);
	assert_int_equal(sim_store_drop_question(&st, "u1", "expired", NULL), 0);
	assert_int_equal(sim_store_by_question(&st, "q1", &c, NULL), 0);
	assert_string_equal(c.state, "expired");
	assert_null(c.fields); /* data of the new obligation are gone */
	sim_case_clear(&c);
	json_decref(fields);
}

static void test_outbox(void **state)
{
	struct sim_outgoing o;

	assert_int_equal(sim_store_add_answer(&st, "a1", "070003", A, "u1", "<x/>", 4, "", 1, 50, NULL), 0);
	assert_int_equal(sim_store_add_answer(&st, "a2", "070003", B, "u2", "<y/>", 4, "drop ", 2, 10, NULL), 0);
	assert_int_equal(sim_store_next_answer(&st, 9, &o, NULL), OSCI_E_EMPTY);
	assert_int_equal(sim_store_next_answer(&st, 60, &o, NULL), 0);
	assert_string_equal(o.uuid, "a2");
	assert_string_equal(o.plan, "drop ");
	assert_null(o.message_id);
	assert_int_equal(sim_store_answer_id(&st, o.id, "mid", NULL), 0);
	assert_int_equal(sim_store_answer_retry(&st, o.id, 70, NULL), 0);
	sim_outgoing_clear(&o);
	assert_int_equal(sim_store_next_answer(&st, 60, &o, NULL), 0);
	assert_string_equal(o.uuid, "a1");
	assert_memory_equal(o.xml, "<x/>", 4);
	assert_int_equal(sim_store_answer_copy(&st, o.id, NULL), 0);
	assert_int_equal(sim_store_answer_end(&st, o.id, "sent", 60, NULL), 0);
	sim_outgoing_clear(&o);
	restart();
	assert_int_equal(sim_store_next_answer(&st, 60, &o, NULL), 0); /* the copy, a delivery of its own */
	assert_string_equal(o.uuid, "a1");
	assert_null(o.message_id);
	assert_int_equal(sim_store_answer_end(&st, o.id, "sent", 60, NULL), 0);
	sim_outgoing_clear(&o);
	assert_int_equal(sim_store_next_answer(&st, 70, &o, NULL), 0);
	assert_string_equal(o.message_id, "mid"); /* the retry asks for this one first */
	assert_int_equal(o.attempts, 1);
	sim_outgoing_clear(&o);
	assert_int_equal(sim_store_answers_waiting(&st), 1);
}

static void test_dump(void **state)
{
	int64_t id = add_person("Beispiel", NULL);
	json_t *list = NULL, *r;

	add_record(id, "9900000001");
	add_record(id, "9900000002");
	assert_int_equal(sim_store_dump(&st, &dump_settings, TODAY, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 2);
	r = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(r, "kind")), "obligation");
	assert_string_equal(json_string_value(json_object_get(json_object_get(r, "person"), "surname")), "Beispiel");
	assert_true(json_is_null(json_object_get(json_object_get(r, "issuer"), "key")));
	json_decref(list);
}

static void test_second_process(void **state)
{
	struct sim_store other;
	struct osci_err err;
	json_t *list = NULL;

	add_record(add_person("Beispiel", NULL), "9900000001");
	assert_int_equal(sim_store_open(&other, t_path("sim.db"), &err), OSCI_E_STATE);
	assert_int_equal(sim_store_open_reader(&other, t_path("sim.db"), &err), 0); /* looking is allowed */
	assert_int_equal(sim_store_dump(&other, &dump_settings, TODAY, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	sim_store_close(&other);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_person_and_record), T(test_find),   T(test_kennziffer), T(test_mail),
		T(test_cases),		   T(test_outbox), T(test_dump),       T(test_second_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
