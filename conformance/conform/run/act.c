/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act - steps that act at once: clerk, provider, clock, restarts, faults, acknowledgements, scripts
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/play.h"

static enum cf_played played(int r)
{
	return r ? CF_PLAY_ERROR : CF_PLAYED;
}

/* --- clerk ----------------------------------------------------------------------------- */

struct arrival {
	struct cf_play *p;
	size_t request;
};

static bool arrived(void *arg)
{
	struct arrival *a = arg;

	if (cf_play_intake(a->p))
		return false;
	for (size_t i = 0; i < a->p->n_events; i++)
		if (cf_world_event(a->p->w, i)->at == CF_AT_PARTNER && cf_play_is(a->p, i, a->request))
			return true;
	return false;
}

enum cf_played cf_do_clerk(struct cf_play *p, const struct cf_clerk *k, struct osci_err *err)
{
	static const struct cf_dur window = { .seconds = 15 * 60 };
	struct arrival a = { p, cf_play_request(p, k->re) };

	if (k->decision == CF_WITHDRAW_RECORD)
		return played(cf_world_withdraw(p->w, cf_play_record(p, k->record), err));
	if (!arrived(&a)) {
		int r = cf_wait_window(p, cf_dur_add(cf_world_now(p->w), &window), 20, arrived, &a, err);

		if (r == OSCI_E_EMPTY || r == OSCI_E_LIMIT)
			return cf_play_fail(p, NULL, k->re, NULL, "the partner has not got %s within PT15M", k->re);
		if (r)
			return CF_PLAY_ERROR;
	}
	return played(cf_world_clerk(p->w, p->requests[a.request].uuid, cf_decision_name(k->decision),
				     k->person ? k->person->label : NULL, err));
}

/* --- provider --------------------------------------------------------------------------- */

enum cf_played cf_do_provider(struct cf_play *p, const struct cf_provider *v, struct osci_err *err)
{
	const char *kennziffer =
		v->record ? cf_play_record(p, v->record) : json_string_value(cf_play_captured(p, v->record_same_as));
	json_t *event = NULL;
	int r;

	if (!kennziffer) {
		osci_fail(err, OSCI_E_STATE, NULL, v->record ? v->record : v->record_same_as,
			  "no Kennziffer is known by this name");
		return CF_PLAY_ERROR;
	}
	r = cf_fields_data(&event, &v->data, cf_play_captured, p, err);
	if (!r && (json_object_set_new(event, "event", json_string(v->event)) ||
		   json_object_set_new(event, "date", json_string(v->date))))
		r = -ENOMEM;
	if (!r)
		r = cf_world_provider(p->w, kennziffer, event, err);
	json_decref(event);
	return played(r);
}

/* --- clock, processes ---------------------------------------------------------------------- */

enum cf_played cf_do_advance(struct cf_play *p, const struct cf_advance *a, struct osci_err *err)
{
	int64_t now, to;

	if (cf_wait_silence(p, err) ||
	    (p->conf->drive.what == CF_FOREIGN_OFFICE && cf_wait_others(p, NULL, NULL, err)))
		return CF_PLAY_ERROR;
	now = cf_world_now(p->w);
	to = a->to ? a->to_ms : cf_dur_add(now, &a->by);
	if (to > now)
		cf_world_advance(p->w, to - now);
	if (cf_wait_silence(p, err))
		return CF_PLAY_ERROR;
	p->seen = p->n_events;
	return CF_PLAYED;
}

enum cf_played cf_do_restart(struct cf_play *p, const struct cf_restart *t, struct osci_err *err)
{
	return played(cf_world_restart(p->w, t->what, t->how, t->at, err));
}

/* --- faults --------------------------------------------------------------------------------- */

enum cf_played cf_do_fault(struct cf_play *p, const struct cf_fault_step *f, struct osci_err *err)
{
	bool copies = f->kind == CF_F_DUPLICATE_ANSWER, outage = f->kind == CF_F_OUTAGE;
	int64_t now = cf_world_now(p->w), from = f->from_given ? f->from_ms : now;
	struct cf_fault w = {
		.intermediary = f->at == CF_INTERMEDIARY,
		.kind = cf_fault_name(f->kind),
		.message = f->message,
		.office = cf_play_office(p, f->kind == CF_F_WRONG_MAILBOX ? f->wrong_office : f->office),
		.count = copies ? f->copies : f->count,
		.new_envelope = f->new_envelope,
		.by_ms = f->by.text ? cf_dur_add(now, &f->by) - now : 0,
		.release = f->release,
		.code = f->code,
		.form = f->kind == CF_F_REJECT ? f->form : NULL,
		.line = p->step->place.line,
	};

	if (outage) {
		w.from_ms = from;
		w.until_ms = f->until_given ? f->until_ms : cf_dur_add(from, &f->lasts);
	}
	return played(cf_world_fault(p->w, &w, err));
}

enum cf_played cf_do_ack(struct cf_play *p, const struct cf_office_ack *a, struct osci_err *err)
{
	return played(cf_world_acks(p->w, cf_play_office(p, a->office), !a->give, err));
}

/* --- scripted answers ------------------------------------------------------------------------- */

enum cf_played cf_do_script(struct cf_play *p, const struct cf_script *s, struct osci_err *err)
{
	int64_t now = cf_world_now(p->w);
	json_t *answers = json_array();
	int r = answers ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < s->n_answers; i++) {
		const struct cf_answer *a = &s->answers[i];
		json_int_t after = cf_dur_add(now, &a->after) - now;
		json_t *fields = NULL;

		r = cf_fields_data(&fields, &a->fields, cf_play_captured, p, err);
		if (!r && json_array_append_new(answers, json_pack("{s:s, s:o, s:I}", "message", a->message, "fields",
								   fields, "after_ms", after)))
			r = -ENOMEM;
	}
	if (!r)
		r = cf_world_script(p->w, s->message, cf_play_office(p, s->office), answers, p->step->place.line, err);
	json_decref(answers);
	return played(r);
}
