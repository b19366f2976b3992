/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attendance - 070015: what InGe tells of registration and course
 *
 * From the events of one record.  A lapsed record shows its data as support used earlier, with
 * note 17580; test results are never told, only dates and providers.
 */
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "message.h"

#define WARN_MONTHS 9
#define LIST_NOTES "Informationen-zur-Berechtigung-Verpflichtung"

struct body {
	struct sim_mem *mem;
	json_t *fields;
	const struct sim_answer_context *c;
	bool earlier; /* lapsed: earlier_* fields */
	json_t *section; /* the last one, borrowed */
	bool failed;
};

static void put(struct body *b, json_t *object, const char *key, json_t *value)
{
	if (!object || json_object_set_new(object, key, value) < 0)
		b->failed = true;
}

static void put_text(struct body *b, json_t *object, const char *key, const json_t *from, const char *name)
{
	json_t *v = json_object_get(from, name);

	if (v)
		put(b, object, key, json_incref(v));
}

/* Appends to the list @key of the message, which is made with its first entry. */
static void append(struct body *b, const char *key, json_t *value)
{
	json_t *list = json_object_get(b->fields, key);

	if (!list) {
		list = json_array();
		put(b, b->fields, key, list);
	}
	if (!value || json_array_append_new(list, value) < 0)
		b->failed = true;
}

static void registration(struct body *b, const json_t *e)
{
	const char *test = json_string_value(json_object_get(e, "placement_test"));
	json_t *o;

	if (b->earlier) {
		append(b, "earlier_registrations", json_incref(json_object_get(e, "date")));
		return;
	}
	o = json_object();
	put(b, b->fields, "registration", o);
	put_text(b, o, "date", e, "date");
	put(b, o, "provider", sim_event_provider(e));
	if (test && strcmp(test, "waived") != 0) {
		put(b, o, "placement_test", json_string(test));
		put_text(b, o, "course_type", e, "course_type");
		put_text(b, o, "section", e, "section");
	} else {
		/* Without a test neither course type nor section is told. */
		put(b, o, "placement_test_waived", json_true());
	}
}

static void section_start(struct body *b, const json_t *e)
{
	json_t *o = json_object(), *before = b->section;

	put_text(b, o, "begin", e, "date");
	put_text(b, o, "end_expected", e, "expected_end");
	put_text(b, o, "section", e, "section");
	if (json_object_get(e, "course_type"))
		put_text(b, o, "course_type", e, "course_type");
	else if (before)
		put_text(b, o, "course_type", before, "course_type");
	if (!b->earlier) {
		if (json_object_get(e, "course_key"))
			put_text(b, o, "course_key", e, "course_key");
		else if (before)
			put_text(b, o, "course_key", before, "course_key");
		put(b, o, "provider", sim_event_provider(e));
		put(b, o, "site", sim_event_site(e));
	}
	append(b, b->earlier ? "earlier_sections" : "sections", o);
	b->section = o;
}

/* The section an end names, the last one if it names none. */
static json_t *section_of(struct body *b, const json_t *e)
{
	const json_t *list = json_object_get(b->fields, b->earlier ? "earlier_sections" : "sections");
	const json_t *code = json_object_get(e, "section");

	for (size_t i = json_array_size(list); code && i > 0; i--)
		if (json_equal(json_object_get(json_array_get(list, i - 1), "section"), code))
			return json_array_get(list, i - 1);
	return b->section;
}

static void section_end(struct body *b, const json_t *e)
{
	json_t *section = section_of(b, e);

	if (!section)
		return;
	json_object_del(section, "end_expected");
	put_text(b, section, "end", e, "date");
	if (!b->earlier) {
		put_text(b, section, "absent_excused", e, "absent_excused");
		put_text(b, section, "absent_unexcused", e, "absent_unexcused");
	}
}

static void test(struct body *b, const json_t *e, const char *now, const char *earlier)
{
	json_t *o;

	if (b->earlier) {
		append(b, earlier, json_incref(json_object_get(e, "date")));
		return;
	}
	o = json_object();
	put_text(b, o, "date", e, "date");
	put(b, o, "provider", sim_event_provider(e));
	append(b, now, o);
}

static void event(struct body *b, const char *kind, const json_t *e)
{
	if (strcmp(kind, "registration") == 0)
		registration(b, e);
	else if (strcmp(kind, "course_start") == 0 || strcmp(kind, "section_start") == 0)
		section_start(b, e);
	else if (strcmp(kind, "section_end") == 0)
		section_end(b, e);
	else if (strcmp(kind, "dtz_result") == 0)
		test(b, e, "language_tests", "earlier_language_tests");
	else if (strcmp(kind, "lid_result") == 0)
		test(b, e, "orientation_tests", "earlier_orientation_tests");
	else if (strcmp(kind, "abort") == 0 && !b->earlier)
		put(b, b->fields, "aborted", json_true());
	else if (strcmp(kind, "completion") == 0 && !b->earlier)
		put_text(b, b->fields, "completed_successfully", e, "successful");
}

static const char *event_date(const struct sim_record *r, const char *kind)
{
	const char *found = NULL;

	for (size_t i = 0; i < r->n_events; i++)
		if (strcmp(r->events[i].kind, kind) == 0)
			found = r->events[i].date;
	return found;
}

/* "2026-11-16" as people write it; @out of at least 11. */
static const char *german_date(char *out, const char *date)
{
	snprintf(out, SIM_DATE_SIZE, "%.2s.%.2s.%.4s", date + 8, date + 5, date);
	return out;
}

static void note(struct body *b, const struct sim_record *r, const char *code, const char *date0, const char *date1)
{
	const char *name = xausl_code_name(b->c->release, LIST_NOTES, code);
	char first[SIM_DATE_SIZE], second[SIM_DATE_SIZE];
	json_t *o = json_pack("{s:s, s:s}", "kennziffer", r->kennziffer, "code", code);

	/* The gaps of a note can be filled in the code's name only. */
	if (name && date0)
		put(b, o, "name",
		    json_string(sim_text_fill(b->mem, name, german_date(first, date0),
					      date1 ? german_date(second, date1) : NULL)));
	append(b, "notes", o);
}

static void state_notes(struct body *b, const struct sim_record *r)
{
	const struct sim_settings *s = b->c->settings;
	const char *admitted = event_date(r, "repetition_admitted");
	const char *again = event_date(r, "repetition_registration");
	char day[SIM_DATE_SIZE], warn[SIM_DATE_SIZE];

	if (admitted && again)
		note(b, r, "17584", admitted, again);
	else if (admitted)
		note(b, r, "17583", admitted, NULL);
	if (sim_record_lapsed(r, s, b->c->today))
		note(b, r, "17580", NULL, NULL);
	else if (sim_record_lapse_day(day, r, s) &&
		 sim_date_add_months(warn, sim_record_activity(r), WARN_MONTHS) && strcmp(b->c->today, warn) > 0)
		note(b, r, "17581", day, NULL);
}

static void expired(struct body *b, const struct sim_record *r)
{
	char end[SIM_DATE_SIZE];
	json_t *who = json_object(), *o;

	if (!r->registered && r->valid_until)
		snprintf(end, sizeof(end), "%s", r->valid_until);
	else if (!sim_record_lapse_day(end, r, b->c->settings))
		snprintf(end, sizeof(end), "%s", b->c->today);
	if (r->issuer_name)
		put(b, who, "name", json_string(r->issuer_name));
	if (r->issuer_key)
		put(b, who, "key", json_string(r->issuer_key));
	o = json_pack("{s:o, s:s, s:s, s:b}", "issuer", who, "begin", r->valid_from, "end", end, "unused",
		      !r->registered);
	if (o && r->issuer_type)
		put(b, o, "issuer_type", json_string(r->issuer_type));
	append(b, "expired_records", o);
}

static bool ran_out(const struct sim_record *r, const struct sim_answer_context *c)
{
	if (r->ended == SIM_ENDED_WITHDRAWN || r->ended == SIM_ENDED_REPLACED ||
	    r->attended == SIM_ATTENDED_COMPLETE)
		return false;
	return sim_record_lapsed(r, c->settings, c->today) || (r->valid_until && !r->registered &&
							       strcmp(r->valid_until, c->today) < 0);
}

/* Has the course begun? Then its plan says nothing more. */
static bool begun(const struct body *b, const json_t *plan)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(b->fields, "sections"), i, v)
		if (json_equal(json_object_get(v, "course_key"), json_object_get(plan, "course_key")))
			return true;
	return false;
}

/* A plan that names section and end can stand as a section that is still to come. */
static void planned(struct body *b, const struct sim_record *r)
{
	for (size_t i = 0; i < r->n_events; i++) {
		json_t *e = strcmp(r->events[i].kind, "planning") == 0 ? json_loads(r->events[i].data, 0, NULL) : NULL;

		if (json_object_get(e, "section") && json_object_get(e, "expected_end") && !begun(b, e)) {
			put_text(b, e, "date", e, "begin");
			section_start(b, e);
		}
		json_decref(e);
	}
}

static void course(struct body *b, const struct sim_record *r)
{
	bool registered = false;

	b->section = NULL;
	for (size_t i = 0; i < r->n_events; i++) {
		json_t *e = json_loads(r->events[i].data, 0, NULL);

		registered = registered || strcmp(r->events[i].kind, "registration") == 0;
		event(b, r->events[i].kind, e);
		json_decref(e);
	}
	if (r->registered && !registered) {
		json_t *e = json_pack("{s:s}", "date", r->registered);

		event(b, "registration", e);
		json_decref(e);
	}
	if (b->c->settings->planning_shown && !b->earlier)
		planned(b, r);
}

bool sim_attendance_fields(struct sim_mem *mem, json_t *fields, const struct sim_decision *d,
			   const struct sim_answer_context *c)
{
	struct body b = { .mem = mem, .fields = fields, .c = c };

	for (size_t i = 0; i < d->person->n_records; i++) {
		const struct sim_record *r = &d->person->records[i];

		b.earlier = ran_out(r, c);
		if (b.earlier)
			expired(&b, r);
		if (b.earlier || r == d->shown) {
			course(&b, r);
			state_notes(&b, r);
		}
	}
	if (d->person->flags & SIM_FLAG_DECEASED)
		note(&b, d->shown, "17582", NULL, NULL);
	return !b.failed && !mem->failed;
}
