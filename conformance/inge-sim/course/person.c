/* SPDX-License-Identifier: Apache-2.0 */
/*
 * person - registration with a provider, first and repeated; abort and completion of a course
 *
 * A registration is accepted once per Kennziffer.  Its form is kept; the office is told date, provider,
 * placement test and recommendation only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/handlers.h"

/* A repetition is registered, and not completed yet. */
static bool repeats(const struct sim_record *r)
{
	bool open = false;

	for (size_t i = 0; i < r->n_events; i++) {
		if (strcmp(r->events[i].kind, "repetition_registration") == 0)
			open = true;
		else if (strcmp(r->events[i].kind, "completion") == 0)
			open = false;
	}
	return open;
}

/* May anything be reported on this record still? */
void course_usable(struct course_call *k, const struct sim_record *r, const char *field)
{
	const struct sim_settings *s = k->c->settings;

	if (r->ended != SIM_ENDED_NOT)
		course_error(k, "record_ended", field);
	else if (r->attended == SIM_ATTENDED_COMPLETE && repeats(r))
		return;
	else if (r->attended == SIM_ATTENDED_COMPLETE)
		course_error(k, "course_completed", field);
	else if (sim_record_lapsed(r, s, k->today))
		course_error(k, "record_lapsed", field);
	else if (!sim_record_in_force(r, s, k->today))
		course_error(k, "record_expired", field);
}

static void check_first(struct course_call *k, const struct course_who *who)
{
	course_usable(k, who->record, "kennziffer");
	if (who->record->registered)
		course_error(k, "already_registered", "kennziffer");
}

static void check_repeat(struct course_call *k, const struct course_who *who)
{
	if (who->record->ended != SIM_ENDED_NOT)
		course_error(k, "record_ended", "kennziffer");
	else if (!who->record->registered)
		course_error(k, "not_registered", "kennziffer");
	else if (!course_has_event(who->record, "repetition_admitted"))
		course_error(k, "repetition_not_admitted", "kennziffer");
	else if (course_has_event(who->record, "repetition_registration"))
		course_error(k, "repetition_registered", "kennziffer");
}

static void check_form(struct course_call *k, const struct course_who *who, bool repeat)
{
	const json_t *in = k->in, *postal = json_object_get(in, "postal_address");
	const char *date = course_text(in, "date"), *surname = course_text(in, "surname");
	bool test = json_object_get(in, "placement_test"),
	     waived = json_is_true(json_object_get(in, "placement_waived"));

	course_not_future(k, date, "date");
	course_not_future(k, course_text(in, "placement_test"), "placement_test");
	if (who->record && strcmp(date, who->record->valid_from) < 0)
		course_error(k, "before_grant", "date");
	if (course_late(k, date))
		course_window(k, "late_report", "date");
	if (test == waived && !repeat)
		course_error(k, "placement_missing", "placement_test");
	if (postal && !json_equal(postal, json_object_get(in, "address")))
		course_error(k, "postal_address_differs", "postal_address");
	if (who->person && (!who->person->surname || strcmp(who->person->surname, surname) != 0))
		course_hint(k, "name_differs", "surname");
}

static json_t *registration_event(struct course_call *k, bool repeat)
{
	static const char *const copied[] = {"course_type", "section"};
	json_t *e = json_object();
	const char *test = course_text(k->in, "placement_test");

	course_put_text(k, e, "event", repeat ? "repetition_registration" : "registration");
	course_put_text(k, e, "date", course_text(k->in, "date"));
	if (repeat)
		return e;
	course_put_text(k, e, "placement_test", test ? test : "waived");
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		course_put_text(k, e, copied[i], course_text(k->in, copied[i]));
	return e;
}

static int store_registration(struct course_call *k, const struct sim_record *rec, bool repeat)
{
	_cleanup_(osci_freep) char *form = json_dumps(k->in, JSON_COMPACT);
	json_t *event = registration_event(k, repeat), *provider = NULL;
	int r = form ? course_provider_json(k, k->user->party, &provider) : -ENOMEM;

	if (provider)
		course_put(k, event, "provider", provider);
	if (r == 0)
		r = course_event(k, rec, event, NULL);
	json_decref(event);
	return r ? r
		 : db_exec(&k->st->db, k->err,
			   "INSERT INTO course_registration (record, kind, party, data) VALUES (?,?,?,?)",
			   "ittt", rec->id, repeat ? "repeat" : "first", k->user->party, form);
}

int course_registration(struct course_call *k)
{
	const char *kind = course_text(k->in, "kind");
	bool repeat = kind && strcmp(kind, "repeat") == 0;
	struct course_who who;
	int r = course_find(k, k->in, "", &who);

	if (r)
		return r;
	if (who.record)
		(repeat ? check_repeat : check_first)(k, &who);
	check_form(k, &who, repeat);
	if (json_array_size(k->errors))
		return 0;
	r = store_registration(k, who.record, repeat);
	course_put_text(k, k->out, "kennziffer", who.record->kennziffer);
	course_put_text(k, k->out, "registered", course_text(k->in, "date"));
	course_put_text(k, k->out, "provider_key", k->user->party);
	course_put_text(k, k->out, "valid_until", who.record->valid_until);
	course_put(k, k->out, "hours_available", json_integer(course_hours_available(k, who.person)));
	return r;
}

/* --- the end of a course ------------------------------------------------ */

static int end_of_course(struct course_call *k, const char *kind)
{
	struct course_who who;
	json_t *event;
	int r = course_find(k, k->in, "", &who);

	if (r)
		return r;
	if (who.record) {
		course_usable(k, who.record, "kennziffer");
		if (!who.record->registered)
			course_error(k, "not_registered", "kennziffer");
		else if (strcmp(course_text(k->in, "date"), who.record->registered) < 0)
			course_error(k, "end_before_begin", "date");
	}
	course_not_future(k, course_text(k->in, "date"), "date");
	if (json_array_size(k->errors))
		return 0;
	event = json_object();
	course_put_text(k, event, "event", kind);
	course_put_text(k, event, "date", course_text(k->in, "date"));
	if (json_object_get(k->in, "successful"))
		course_put(k, event, "successful", json_incref(json_object_get(k->in, "successful")));
	r = course_event(k, who.record, event, NULL);
	json_decref(event);
	course_put_text(k, k->out, "kennziffer", who.record->kennziffer);
	return r;
}

int course_abort(struct course_call *k) { return end_of_course(k, "abort"); }

int course_completion(struct course_call *k) { return end_of_course(k, "completion"); }
