/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a runner gets: the reference book, the example of the format, every part of a case, the data of
 * requests
 */
#include <errno.h>
#include <unistd.h>

#include "t_case.h"

static struct cf_book *load_base(void)
{
	char *text = t_case_base();
	struct cf_book *b = NULL;

	if (t_case_load(&b, text, strlen(text))) {
		cf_book_print_problems(b, stderr);
		fail();
	}
	free(text);
	return b;
}

static void the_reference_book_loads(void **state)
{
	const char *shared = getenv("XAUSL_SHARED");
	const struct cf_load_opts opts = {.x = t_x};
	struct cf_book *b = NULL;
	char path[4096];
	const char *const paths[] = {path};
	size_t skipped = 0;

	snprintf(path, sizeof(path), "%s/domain/testcases.yaml", shared ? shared : "");
	FILE *there = shared ? fopen(path, "re") : NULL;
	if (!there) {
		print_message("skipped: the reference cases are not there\n");
		skip();
	}
	fclose(there);
	if (cf_book_load(&b, paths, 1, &opts, NULL)) {
		cf_book_print_problems(b, stderr);
		fail();
	}
	assert_int_equal(b->n_written, 72);
	assert_int_equal(b->n_cases, 105);
	assert_int_equal(strlen(b->files[0].sha256), 64);
	for (size_t i = 0; i < b->n_cases; i++) {
		skipped += b->cases[i].not_runnable != NULL;
		assert_true(b->cases[i].not_runnable ||
			    (b->cases[i].clock_ms && b->cases[i].steps.n && b->cases[i].n_offices));
	}
	assert_int_equal(skipped, 1);
	cf_book_freep(&b);
}

/* The block of YAML behind @heading. */
static void example_loads(const char *path, const char *heading, const char *fence)
{
	struct osci_buf text = OSCI_BUF_INIT(1 << 20);
	struct cf_book *b = NULL;
	char *start, *end;

	if (osci_file_read(path, 1 << 20, false, &text, NULL))
		skip();
	start = strstr((char *)text.data, heading);
	assert_non_null(start);
	start = strstr(start, fence);
	assert_non_null(start);
	start += strlen(fence);
	end = strstr(start, "```");
	assert_non_null(end);
	if (t_case_load(&b, start, (size_t)(end - start)))
		cf_book_print_problems(b, stderr);
	assert_int_equal(b->n_problems, 0);
	assert_int_equal(b->n_cases, 1);
	cf_book_freep(&b);
	osci_buf_free(&text);
}

static void the_example_of_the_format_loads(void **state)
{
	const char *shared = getenv("XAUSL_SHARED");
	char path[4096];

	snprintf(path, sizeof(path), "%s/domain/CASES.md", shared ? shared : "");
	if (!shared || access(path, R_OK)) {
		print_message("skipped: the description of the format is not there\n");
		skip();
	}
	example_loads(path, "Example", "```yaml\n");
}

static void the_example_of_the_manual_loads(void **state)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/conformance/man/xausl-cases.5.scd", getenv("XAUSL_SOURCE_ROOT"));
	assert_int_equal(access(path, R_OK), 0);
	example_loads(path, "# EXAMPLE", "```\n");
}

static void the_head_of_a_case(void **state)
{
	struct cf_book *b = load_base();
	const struct cf_case *c = &b->cases[0];

	assert_int_equal(b->n_written, 4);
	assert_int_equal(b->n_cases, 5);
	assert_string_equal(c->id, "BASE-1");
	assert_int_equal(c->source, CF_DERIVED);
	assert_string_equal(c->requirement, "FLOW-070009");
	assert_int_equal(c->release, CF_NEEDS_26_11);
	assert_int_equal(c->clock_ms, 1794816000000);
	assert_int_equal(c->settings.overdue_after.days, 2);
	assert_int_equal(c->settings.old_release_until_ms, 0);
	assert_true(c->settings.old_release_given);
	assert_int_equal(c->settings.name_match, CF_NAMES_FOLDED);
	assert_int_equal(c->settings.partial_date_match, CF_DATES_FREE);
	assert_int_equal(c->settings.own_record, CF_OWN_FREE);
	assert_int_equal(c->settings.keep_kennziffer, CF_TRUE);
	assert_int_equal(c->n_offices, 2);
	assert_int_equal(c->offices[1].certificate, CF_CERT_EXPIRED);
	assert_ptr_equal(cf_office_find(c, "B"), &c->offices[1]);
	assert_null(cf_office_find(c, "q1"));
	assert_true(json_is_null(json_object_get(cf_person_find(c, "n")->data, "given_names")));
	assert_string_equal(json_string_value(cf_path_get(cf_person_find(c, "p")->data, "address.town")),
			    "München");
	assert_int_equal(c->n_inge, 1);
	assert_string_equal(c->inge[0].flags[0], "information_block");
	assert_true(json_is_null(json_object_get(c->inge[0].stored, "azr_number")));
	const struct cf_record *r = &c->inge[0].records[0];
	assert_string_equal(r->label, "r1");
	assert_string_equal(r->kennziffer, "9999990001");
	assert_true(json_is_false(json_object_get(r->data, "language_course_only")));
	assert_true(json_is_null(json_object_get(r->data, "registered")));
	assert_string_equal(json_string_value(cf_path_get(r->data, "issuer.key")), "azr:001800");
	assert_null(json_object_get(r->data, "as"));
	assert_int_equal(r->n_events, 1);
	assert_string_equal(r->events[0].event, "registration");
	assert_int_equal(r->events[0].data.n, 3);
	/* Defaults, and cases that say little. */
	c = &b->cases[1];
	assert_int_equal(c->settings.overdue_after.days, 1);
	assert_int_equal(c->settings.reminder_after, 3);
	assert_false(c->settings.overdue_given);
	assert_string_equal(b->cases[3].not_runnable, "only the title is public");
	assert_int_equal(b->cases[4].release, CF_NEEDS_TEST_NEXT);
	cf_book_freep(&b);
}

static const struct cf_step *step(const struct cf_case *c, enum cf_step_kind kind, size_t nth)
{
	for (size_t i = 0; i < c->steps.n; i++)
		if (c->steps.list[i].kind == kind && nth-- == 0)
			return &c->steps.list[i];
	fail();
	return NULL;
}

static void steps_of_every_kind(void **state)
{
	struct cf_book *b = load_base();
	const struct cf_case *c = &b->cases[0];
	const struct cf_step *s = step(c, CF_FAULT, 0);

	assert_int_equal(c->n_steps, 23);
	assert_int_equal(s->place.line, 54);
	assert_int_equal(s->index, 1);
	assert_int_equal(s->fault.kind, CF_F_DELAY);
	assert_int_equal(s->fault.by.seconds, 300);
	assert_int_equal(s->fault.count, 1);
	s = step(c, CF_FAULT, 1);
	assert_int_equal(s->fault.at, CF_INTERMEDIARY);
	assert_true(s->fault.from_given && s->fault.until_given);
	s = step(c, CF_RESTART, 0);
	assert_int_equal(s->restart.at, CF_STORE_REQUESTED);
	assert_int_equal(s->restart.how, CF_KILL);
	s = step(c, CF_SEND, 0);
	assert_string_equal(s->send.label, "q1");
	assert_ptr_equal(s->send.person, cf_person_find(c, "p"));
	s = step(c, CF_EXPECT, 0);
	assert_int_equal(s->expect.within.seconds, 10);
	assert_string_equal(s->expect.alternatives[0].outcome, "accepted-by-gateway");
	s = step(c, CF_EXPECT, 1);
	assert_int_equal(s->expect.at, CF_AT_PARTNER);
	assert_int_equal(s->expect.within.seconds, 900);
	assert_int_equal(s->expect.fields.list[0].match.kind, CF_M_COUNT);
	assert_int_equal(s->expect.fields.list[0].match.count, 1);
	s = step(c, CF_EXPECT, 2);
	assert_int_equal(s->expect.fields.n, 7);
	assert_int_equal(s->expect.fields.list[6].match.kind, CF_M_REGEX);
	assert_true(json_is_false(s->expect.fields.list[5].match.value));
	assert_int_equal(s->expect.fields.list[2].match.kind, CF_M_PRESENT);
	assert_string_equal(s->expect.captures[0].name, "k1");
	s = step(c, CF_EXPECT, 3);
	assert_true(s->expect.one_of);
	assert_int_equal(s->expect.n_alternatives, 2);
	assert_string_equal(s->expect.alternatives[0].label, "a2");
	assert_int_equal(s->expect.alternatives[0].then.n, 1);
	assert_int_equal(s->expect.alternatives[0].then.list[0].kind, CF_CHECK);
	const struct cf_match *m = &s->expect.alternatives[1].fields.list[0].match;
	assert_int_equal(m->kind, CF_M_CONTAINS);
	assert_null(m->entries[0].self);
	assert_string_equal(m->entries[0].fields.list[0].name, "code");
	s = step(c, CF_PROVIDER, 0);
	assert_int_equal(json_integer_value(s->provider.data.list[0].value), 2);
	assert_string_equal(step(c, CF_PROVIDER, 1)->provider.record_same_as, "k1");
	assert_string_equal(step(c, CF_SEND, 1)->send.reply_to, "a1");
	assert_int_equal(step(c, CF_CLERK, 1)->clerk.decision, CF_WITHDRAW_RECORD);
	assert_int_equal(step(c, CF_EXPECT_NONE, 0)->none.time.seconds, 7200);
	assert_true(step(c, CF_ADVANCE, 1)->advance.to);
	assert_false(step(c, CF_OFFICE_ACK, 0)->office_ack.give);
	m = &step(c, CF_CHECK, 0)->check.journal[0].match;
	assert_int_equal(m->kind, CF_M_ONE_OF);
	assert_int_equal(m->n, 2);
	assert_int_equal(c->after->n_inge, 2);
	assert_true(c->after->inge[1].unchanged);
	m = &c->after->inge[0].records[0].list[3].match;
	assert_int_equal(m->kind, CF_M_CONTAINS);
	assert_string_equal(json_string_value(m->entries[0].self->value), "azr:001800");
	assert_string_equal(c->after->sent_as.list[0].release, "26.11");
	assert_string_equal(c->after->not_delivered.list[0].label, "9999990099");
	s = step(&b->cases[4], CF_BULK, 0);
	assert_int_equal(s->bulk.requests, 20);
	assert_string_equal(s->bulk.expect_message, "070003");
	cf_book_freep(&b);
}

static const json_t *answer_field(const struct cf_answer *a, const char *name)
{
	for (size_t i = 0; i < a->fields.n; i++)
		if (!strcmp(a->fields.list[i].name, name))
			return a->fields.list[i].value;
	return NULL;
}

static void variants_are_cases(void **state)
{
	struct cf_book *b = load_base();
	const struct cf_answer *one = step(&b->cases[1], CF_SCRIPT, 0)->script.answers;
	const struct cf_answer *two = step(&b->cases[2], CF_SCRIPT, 0)->script.answers;

	assert_string_equal(b->cases[1].id, "BASE-2/one");
	assert_string_equal(b->cases[1].base_id, "BASE-2");
	assert_string_equal(b->cases[2].variant, "two");
	assert_string_equal(json_string_value(answer_field(one, "reason.code")), "17053");
	assert_string_equal(json_string_value(answer_field(two, "reason.code")), "17099");
	assert_true(json_is_true(answer_field(one, "can_take_over")));
	assert_true(json_is_false(answer_field(two, "can_take_over")));
	assert_int_equal(two->after.seconds, 60);
	assert_true(json_is_false(step(&b->cases[2], CF_EXPECT, 0)->expect.fields.list[1].match.value));
	cf_book_freep(&b);
}

/* --- data ------------------------------------------------------------------------------------------ */

static const json_t *captured(void *arg, const char *name) { return strcmp(name, "k1") == 0 ? arg : NULL; }

static void data_are_built_in_the_order_of_the_format(void **state)
{
	struct cf_book *b = load_base();
	const struct cf_case *c = &b->cases[0];
	struct cf_send s = step(c, CF_SEND, 2)->send;
	json_t *data = NULL, *value = json_string("9900");
	struct osci_err err = {0};

	assert_int_equal(cf_send_data(&data, &s, captured, value, &err), 0);
	assert_string_equal(json_string_value(cf_path_get(data, "person.surname")), "Namensvetterin");
	assert_true(json_is_null(cf_path_get(data, "person.given_names")));
	assert_null(cf_path_get(data, "person.sex"));
	assert_string_equal(json_string_value(cf_path_get(data, "person.nationalities[2]")), "475");
	assert_null(cf_path_get(data, "person.nationalities[3]"));
	assert_string_equal(json_string_value(cf_path_get(data, "residence_title")), "XX");
	assert_true(json_is_false(cf_path_get(data, "orientation_course_only")));
	assert_string_equal(json_string_value(cf_path_get(data, "person.shoe_size")), "43");
	/* What is sent shares nothing with the book. */
	cf_path_del(data, "person.surname");
	assert_string_equal(json_string_value(cf_path_get(cf_person_find(c, "n")->data, "surname")),
			    "Namensvetterin");
	json_decref(data);

	/* Messages that name the person by a key have the birth date alone; an answer has no person. */
	const struct cf_field field = {.name = "kennziffer", .same_as = "k1"};
	s = (struct cf_send){.message = "070016", .person = s.person, .fields = {&field, 1}};
	assert_int_equal(cf_send_data(&data, &s, captured, value, &err), 0);
	assert_null(cf_path_get(data, "person.surname"));
	assert_string_equal(json_string_value(cf_path_get(data, "person.birth_date")), "1991");
	assert_string_equal(json_string_value(cf_path_get(data, "kennziffer")), "9900");
	json_decref(data);
	s.message = "070007";
	assert_int_equal(cf_send_data(&data, &s, captured, value, &err), 0);
	assert_null(cf_path_get(data, "person"));
	json_decref(data);
	const struct cf_field missing = {.name = "kennziffer", .same_as = "k2"};
	s.fields.list = &missing;
	assert_int_equal(cf_send_data(&data, &s, captured, value, &err), OSCI_E_STATE);
	assert_null(data);
	assert_non_null(strstr(err.what, "k2"));
	json_decref(value);
	cf_book_freep(&b);
}

static void persons_of_a_bulk(void **state)
{
	struct cf_book *b = load_base();
	const struct cf_bulk *k = &step(&b->cases[4], CF_BULK, 0)->bulk;
	json_t *data = NULL;

	assert_int_equal(cf_bulk_data(&data, k, 1, captured, NULL, NULL), 0);
	assert_string_equal(json_string_value(cf_path_get(data, "person.surname")), "Reiheb");
	assert_string_equal(json_string_value(cf_path_get(data, "person.birth_date")), "1980-01-02");
	assert_string_equal(json_string_value(cf_path_get(data, "person.azr_number")), "990000000001");
	assert_string_equal(json_string_value(cf_path_get(data, "residence_title")), "AERL-STAT-041");
	json_decref(data);
	assert_int_equal(cf_bulk_data(&data, k, 500, captured, NULL, NULL), 0);
	assert_string_equal(json_string_value(cf_path_get(data, "person.surname")), "Reihefaa");
	assert_string_equal(json_string_value(cf_path_get(data, "person.birth_date")), "1981-05-15");
	assert_string_equal(json_string_value(cf_path_get(data, "person.address.street")), "Reihenweg");
	json_decref(data);
	cf_book_freep(&b);
}

static void names_are_walked(void **state)
{
	json_t *o = json_object();

	assert_int_equal(cf_path_set(o, "a.b.c", json_string("x")), 0);
	assert_int_equal(cf_path_set(o, "a.b.d", json_null()), 0);
	assert_int_equal(cf_path_set(o, "l", json_pack("[{s:s}, {s:[i,i]}]", "k", "v", "n", 1, 2)), 0);
	assert_string_equal(json_string_value(cf_path_get(o, "a.b.c")), "x");
	assert_true(json_is_null(cf_path_get(o, "a.b.d")));
	assert_string_equal(json_string_value(cf_path_get(o, "l[1].k")), "v");
	assert_int_equal(json_integer_value(cf_path_get(o, "l[2].n[2]")), 2);
	assert_null(cf_path_get(o, "l[0].k"));
	assert_null(cf_path_get(o, "l[3]"));
	assert_null(cf_path_get(o, "l[99999999999999999999]"));
	assert_null(cf_path_get(o, "a.x.c"));
	assert_null(cf_path_get(o, "a.b.c.d"));
	assert_int_equal(cf_path_set(o, "a.b.c.d", json_null()), OSCI_E_USAGE);
	assert_int_equal(cf_path_set(o, "l[2].n[3]", json_integer(3)), 0);
	assert_int_equal(cf_path_set(o, "l[1].k", json_string("w")), 0);
	assert_string_equal(json_string_value(cf_path_get(o, "l[1].k")), "w");
	assert_int_equal(json_integer_value(cf_path_get(o, "l[2].n[3]")), 3);
	assert_int_equal(cf_path_set(o, "l[4].k", json_null()), OSCI_E_USAGE); /* the third is missing */
	assert_int_equal(cf_path_set(o, "m[1].n[1]", json_string("made")), 0);
	assert_string_equal(json_string_value(cf_path_get(o, "m[1].n[1]")), "made");
	assert_int_equal(cf_path_set(o, "m[0]", json_null()), OSCI_E_USAGE);
	assert_int_equal(cf_path_set(o, "a[1]", json_null()), OSCI_E_USAGE);
	cf_path_del(o, "l[2].n[1]");
	assert_int_equal(json_integer_value(cf_path_get(o, "l[2].n[1]")), 2);
	cf_path_del(o, "l[9]");
	assert_int_equal(cf_path_set(o, "", json_null()), OSCI_E_USAGE);
	assert_int_equal(cf_path_set(o, "q", NULL), -ENOMEM);
	cf_path_del(o, "a.b.c");
	assert_null(cf_path_get(o, "a.b.c"));
	cf_path_del(o, "nothing.there");
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_reference_book_loads),
	    cmocka_unit_test(the_example_of_the_format_loads),
	    cmocka_unit_test(the_example_of_the_manual_loads),
	    cmocka_unit_test(the_head_of_a_case),
	    cmocka_unit_test(steps_of_every_kind),
	    cmocka_unit_test(variants_are_cases),
	    cmocka_unit_test(data_are_built_in_the_order_of_the_format),
	    cmocka_unit_test(persons_of_a_bulk),
	    cmocka_unit_test(names_are_walked),
	};

	return cmocka_run_group_tests_name("cases as a model", tests, t_case_open, t_case_close);
}
