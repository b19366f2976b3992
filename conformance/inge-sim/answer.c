/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer - a decision as the fields of a BAMF message
 *
 * Texts come from the code lists of the release, their gaps filled.  A code that the release does not
 * have gives no answer: NULL.
 */
#include <string.h>

#include "message.h"

static bool put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static json_t *issuer(const char *name, const char *key)
{
	json_t *o = json_object();

	if (name)
		put(o, "name", json_string(name));
	if (key)
		put(o, "key", json_string(key));
	return o;
}

static json_t *stored_record(const struct sim_record *r)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:o}", "art", r->art, "kennziffer", r->kennziffer, "valid_from",
			      r->valid_from, "unlimited", !r->valid_until, "issuer",
			      issuer(r->issuer_name, r->issuer_key));

	if (o && r->valid_until)
		put(o, "valid_until", json_string(r->valid_until));
	return o;
}

static json_t *fresh_record(const struct sim_fresh *f, const struct sim_answer_context *c)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:o}", "art", f->art, "kennziffer", c->kennziffer, "valid_from",
			      f->valid_from, "unlimited", !f->valid_until[0], "issuer",
			      issuer(c->req->office_name, c->req->office_key));

	if (o && f->valid_until[0])
		put(o, "valid_until", json_string(f->valid_until));
	return o;
}

static json_t *notes(const struct sim_decision *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_notes; i++)
		json_array_append_new(list, json_pack("{s:s}", "code", d->notes[i]));
	return list;
}

/* reason.code, and reason.text where the message has one. */
static json_t *reason(struct sim_mem *mem, const struct sim_decision *d, const struct sim_answer_context *c)
{
	json_t *o = json_object();
	const char *name = d->code ? xausl_code_name(c->release, sim_list_name(d->list), d->code) : NULL;

	if (d->code && !name) {
		json_decref(o);
		return NULL;
	}
	if (d->code)
		put(o, "code", json_string(d->code));
	if (d->text)
		put(o, "text", json_string(d->text));
	else if (d->list == SIM_LIST_REFUSAL || d->list == SIM_LIST_QUESTION)
		put(o, "text", json_string(sim_text_fill(mem, name ? name : "", d->gap, NULL)));
	return o;
}

static json_t *contact(const struct sim_answer_context *c)
{
	return json_pack("{s:s, s:[{s:s, s:s}]}", "reference", c->contact_reference, "channels", "type", c->contact_type,
			 "value", c->contact_value);
}

json_t *sim_answer_fields(struct sim_mem *mem, const struct sim_decision *d, const struct sim_answer_context *c)
{
	json_t *f = json_object();
	bool ok = f;

	if (c->file_reference)
		ok = ok && put(f, "file_reference", json_string(c->file_reference));
	if (strcmp(d->answer, "070003") == 0) {
		ok = ok && put(f, "record", d->action == SIM_DO_STORE ? fresh_record(&d->fresh, c) : stored_record(d->shown));
	} else if (strcmp(d->answer, "070015") == 0) {
		ok = ok && sim_attendance_fields(mem, f, d, c);
	} else {
		ok = ok && put(f, "reason", reason(mem, d, c));
		if (d->shown)
			ok = ok && put(f, "record", stored_record(d->shown));
	}
	if (strcmp(d->answer, "070004") == 0 && c->contact_reference)
		ok = ok && put(f, "contact", contact(c));
	if (strcmp(d->answer, "070012") == 0)
		ok = ok && put(f, "result", json_string(d->result));
	if (strcmp(d->answer, "070005") == 0 || strcmp(d->answer, "070012") == 0) {
		ok = ok && put(f, "can_take_over", json_boolean(d->can_take_over));
		if (d->n_notes)
			ok = ok && put(f, "notes", notes(d));
	}
	if (!ok || mem->failed) {
		json_decref(f);
		return NULL;
	}
	return f;
}
