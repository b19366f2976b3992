/* SPDX-License-Identifier: Apache-2.0 */
/*
 * participant - what a provider is told of a participant: person, records, hours, sections, tests
 *
 * From the records and their events, whoever reported them.
 */
#include <errno.h>
#include <string.h>

#include "course/handlers.h"

#define REPETITION_HOURS 300 /* of an admitted repetition */

static const char *state_of(struct course_call *k, const struct sim_record *r)
{
	const struct sim_settings *s = k->c->settings;

	if (r->ended == SIM_ENDED_WITHDRAWN)
		return "withdrawn";
	if (r->ended == SIM_ENDED_REPLACED)
		return "replaced";
	if (r->attended == SIM_ATTENDED_COMPLETE)
		return "completed";
	if (r->ended == SIM_ENDED_LAPSED || sim_record_lapsed(r, s, k->today))
		return "lapsed";
	return sim_record_in_force(r, s, k->today) ? "in_force" : "expired";
}

static json_t *record_json(struct course_call *k, const struct sim_record *r)
{
	json_t *o = json_object();

	course_put_text(k, o, "kennziffer", r->kennziffer);
	course_put_text(k, o, "art", r->art);
	course_put_text(k, o, "kind", sim_art_kind(r->art));
	course_put_text(k, o, "valid_from", r->valid_from);
	course_put_text(k, o, "valid_until", r->valid_until);
	course_put_text(k, o, "issuer", r->issuer_name);
	course_put_text(k, o, "file_reference", r->file_reference);
	if (r->ended == SIM_ENDED_WITHDRAWN)
		course_put_text(k, o, "withdrawn_on", r->ended_on);
	course_put_text(k, o, "state", state_of(k, r));
	course_put(k, o, "orientation_course_only", json_boolean(r->orientation_course_only));
	course_put(k, o, "language_course_only", json_boolean(r->language_course_only));
	return o;
}

struct collected {
	json_t *sections, *language, *orientation;
	const char *first;
	int64_t hours;
	bool repetition;
};

static void append(struct course_call *k, json_t *list, json_t *o)
{
	if (json_array_append_new(list, o) < 0)
		k->mem.failed = true;
}

static json_t *section_json(struct course_call *k, const json_t *e)
{
	static const char *const copied[] = {"course_key", "section"};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		course_put_text(k, o, copied[i], course_text(e, copied[i]));
	course_put_text(k, o, "begin", course_text(e, "date"));
	course_put_text(k, o, "provider", course_text(json_object_get(e, "provider"), "name"));
	return o;
}

static void settle(struct course_call *k, struct collected *c, const json_t *e)
{
	const char *code = course_text(e, "section");
	int64_t hours = json_integer_value(json_object_get(e, "hours"));

	for (size_t i = json_array_size(c->sections); i > 0; i--) {
		json_t *o = json_array_get(c->sections, i - 1);

		if (code && course_text(o, "section") && strcmp(code, course_text(o, "section")) != 0)
			continue;
		course_put_text(k, o, "end", course_text(e, "date"));
		if (json_object_get(e, "hours"))
			course_put(k, o, "hours", json_integer(hours));
		break;
	}
	c->hours += hours;
}

static void take_event(struct course_call *k, struct collected *c, const struct sim_event *event)
{
	const char *kind = event->kind;
	json_t *e = course_load(k, event->data);

	if (strcmp(kind, "registration") == 0 && (!c->first || strcmp(event->date, c->first) < 0))
		c->first = event->date;
	else if (strcmp(kind, "course_start") == 0 || strcmp(kind, "section_start") == 0)
		append(k, c->sections, section_json(k, e));
	else if (strcmp(kind, "section_end") == 0)
		settle(k, c, e);
	else if (strcmp(kind, "repetition_admitted") == 0)
		c->repetition = true;
	else if (strcmp(kind, "dtz_result") == 0)
		append(k, c->language,
		       json_pack("{s:s, s:s*}", "date", event->date, "result", course_text(e, "level")));
	else if (strcmp(kind, "lid_result") == 0)
		append(k, c->orientation,
		       json_pack("{s:s, s:s}", "date", event->date, "result",
				 json_is_true(json_object_get(e, "passed")) ? "passed" : "failed"));
	json_decref(e);
}

static void put_person(struct course_call *k, const struct sim_person *p)
{
	course_put_text(k, k->out, "surname", p->surname);
	course_put_text(k, k->out, "given_names", p->given_names);
	course_put_text(k, k->out, "birth_date", p->birth_date);
	course_put_text(k, k->out, "sex", p->sex);
	course_put_text(k, k->out, "regional_office", k->c->conf.regional_office);
}

/* Former surnames and birth name, as the file of persons brought them. */
static int put_former(struct course_call *k, int64_t person)
{
	_cleanup_buf_ struct osci_buf names = OSCI_BUF_INIT(400);
	const json_t *v;
	json_t *data = NULL;
	sqlite3_stmt *q;
	size_t i;
	int r = db_query(&k->st->db, &q, k->err, "SELECT data FROM person WHERE id = ?", "i", person);

	if (r)
		return r;
	r = db_step(&k->st->db, q, k->err);
	if (r == 0)
		data = course_load(k, db_text(q, 0));
	db_done(q);
	if (course_text(data, "birth_name"))
		osci_buf_adds(&names, course_text(data, "birth_name"));
	json_array_foreach(json_object_get(data, "former_surnames"), i, v) if (json_is_string(v))
	    osci_buf_addf(&names, "%s%s", names.len ? ", " : "", json_string_value(v));
	if (!osci_buf_error(&names) && names.len)
		course_put_text(k, k->out, "former_names", (const char *)names.data);
	json_decref(data);
	return r;
}

static int64_t hours_left(struct course_call *k, bool repetition, int64_t used)
{
	int64_t left = k->c->conf.hours + (repetition ? REPETITION_HOURS : 0) - used;

	return left > 0 ? left : 0;
}

int64_t course_hours_available(struct course_call *k, const struct sim_person *p)
{
	bool repetition = false;
	int64_t used = 0;

	for (size_t i = 0; i < p->n_records; i++) {
		const struct sim_record *rec = &p->records[i];

		repetition = repetition || course_has_event(rec, "repetition_admitted");
		for (size_t n = 0; n < rec->n_events; n++) {
			json_t *e = strcmp(rec->events[n].kind, "section_end") == 0 ? course_load(k, rec->events[n].data) : NULL;

			used += json_integer_value(json_object_get(e, "hours"));
			json_decref(e);
		}
	}
	return hours_left(k, repetition, used);
}

int course_participant(struct course_call *k)
{
	struct collected c = {json_array(), json_array(), json_array(), NULL, 0, false};
	json_t *records = json_array();
	struct course_who who;
	int64_t available;
	int r = course_find(k, k->in, "", &who);

	if (r == 0 && who.record) {
		for (size_t i = 0; i < who.person->n_records; i++) {
			const struct sim_record *rec = &who.person->records[i];

			append(k, records, record_json(k, rec));
			if (rec->registered && (!c.first || strcmp(rec->registered, c.first) < 0))
				c.first = rec->registered;
			for (size_t n = 0; n < rec->n_events; n++)
				take_event(k, &c, &rec->events[n]);
		}
		available = hours_left(k, c.repetition, c.hours);
		course_put_text(k, k->out, "kennziffer", who.record->kennziffer);
		put_person(k, who.person);
		r = put_former(k, who.person->id);
		course_put(k, k->out, "records", json_incref(records));
		course_put_text(k, k->out, "first_registration", c.first);
		course_put(k, k->out, "hours_used", json_integer(c.hours));
		course_put(k, k->out, "hours_available", json_integer(available));
		course_put(k, k->out, "sections", json_incref(c.sections));
		course_put(k, k->out, "language_tests", json_incref(c.language));
		course_put(k, k->out, "orientation_tests", json_incref(c.orientation));
	}
	json_decref(records);
	json_decref(c.sections);
	json_decref(c.language);
	json_decref(c.orientation);
	return r;
}
