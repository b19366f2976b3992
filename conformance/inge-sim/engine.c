/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine - from a decision to what is stored and answered, and what time brings
 *
 * What comes first, from the delivery to the request, is incoming.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "engine_priv.h"


#define RETRIEVAL_MONTHS 6
#define QUESTION_MONTHS 1

static void free_job(struct job *j)
{
	sim_mem_free(&j->mem);
}

void sim_engine_today(char *out, int64_t now)
{
	struct osci_civil c;

	osci_berlin_civil(now, &c);
	snprintf(out, SIM_DATE_SIZE, "%04u-%02u-%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100,
		 (unsigned)c.day % 100);
}

/* Same local time some months away; a day that does not exist becomes the last. */
static int64_t months_from(int64_t now, int months)
{
	struct osci_civil c;
	char day[SIM_DATE_SIZE], there[SIM_DATE_SIZE];
	int y, m, d;

	sim_engine_today(day, now);
	osci_berlin_civil(now, &c);
	if (!sim_date_add_months(there, day, months) || !sim_date_parts(there, &y, &m, &d))
		return now;
	c.year = y;
	c.month = m;
	c.day = d;
	return osci_berlin_instant(&c);
}

const struct sim_office *sim_engine_office(const struct sim_engine *e, const char *key)
{
	for (size_t i = 0; i < e->n_offices; i++)
		if (strcmp(e->offices[i].key, key) == 0)
			return &e->offices[i];
	return NULL;
}

int64_t sim_engine_delay(const struct sim_engine *e, const char *number)
{
	for (size_t i = 0; i < e->n_delays; i++)
		if (strcmp(e->delays[i].number, number) == 0)
			return e->delays[i].ms;
	return e->answer_delay_ms;
}

/* --- effects ----------------------------------------------------------- */

static int add_person(struct job *j, int64_t *ret)
{
	const struct sim_request *q = &j->req;
	struct sim_person p = { .surname = q->surname, .given_names = q->given_names, .birth_date = q->birth_date,
				.sex = q->sex, .azr_number = q->azr_number, .n_nationalities = q->n_nationalities };
	json_t *person = json_object_get(j->fields, "person");
	_cleanup_(osci_freep) char *data = person ? json_dumps(person, JSON_COMPACT) : NULL;

	memcpy(p.nationalities, q->nationalities, sizeof(p.nationalities));
	if (q->information_block)
		p.flags |= SIM_FLAG_INFORMATION_BLOCK;
	if (!data)
		return -ENOMEM;
	return sim_store_add_person(j->e->store, &p, NULL, data, ret, j->err);
}

static int store_record(struct job *j, const struct sim_decision *d, char *kennziffer, size_t size)
{
	struct sim_store *st = j->e->store;
	const struct sim_fresh *f = &d->fresh;
	struct sim_record r = {
		.art = f->art,
		.kennziffer = kennziffer,
		.issuer_type = "1",
		.issuer_name = j->office->name,
		.issuer_key = j->office->key,
		.file_reference = json_string_value(json_object_get(j->fields, "file_reference")),
		.valid_from = f->valid_from,
		.valid_until = f->valid_until[0] ? f->valid_until : NULL,
		.orientation_course_only = f->orientation_course_only,
		.language_course_only = f->language_course_only,
	};
	int64_t person = d->person ? d->person->id : 0, id;
	int e = 0;

	for (size_t i = 0; i < d->n_ended && e == 0; i++)
		e = sim_store_end_record(st, d->ended[i]->id, d->ended_how[i], j->today, j->err);
	if (e == 0 && !d->person)
		e = add_person(j, &person);
	else if (e == 0 && j->req.information_block)
		e = sim_store_set_block(st, person, true, j->err); /* left out says nothing here: 070022 alone ends a block */
	if (e == 0 && f->kennziffer)
		snprintf(kennziffer, size, "%s", f->kennziffer);
	else if (e == 0)
		e = sim_store_next_kennziffer(st, j->e->kennziffer_prefix, kennziffer, size, j->err);
	if (e == 0)
		e = sim_store_add_record(st, person, &r, NULL, &id, j->err);
	return e ? e : sim_store_set_subject(st, j->req.uuid, person, j->err);
}

/* Part A and B of § 8 IntV: every data that goes out is logged. */
static int log_retrieval(struct job *j, const struct sim_decision *d)
{
	const char *purpose = json_string_value(json_object_get(j->fields, "purpose"));

	if (strcmp(d->answer, "070012") != 0 && strcmp(d->answer, "070015") != 0)
		return 0;
	return sim_store_log_retrieval(j->e->store, j->office->key, j->req.uuid, d->answer,
				       d->person ? d->person->id : 0, purpose ? purpose : "", j->now, j->err);
}

static int another_hint(struct job *j, const struct sim_decision *d)
{
	char uuid[SIM_UUID_SIZE];

	return osci_uuid4(uuid) ? osci_fail(j->err, -EIO, NULL, "uuid", "no random octets") : sim_reply(j, d, "", uuid);
}

/* Carries out @d for the request in @j; @state is what a settled request becomes. */
static int carry_out(struct job *j, const struct sim_decision *d, const char *state)
{
	struct sim_store *st = j->e->store;
	char kennziffer[64] = "", uuid[SIM_UUID_SIZE] = "";
	int r = 0;

	j->reject = d->reject;

	if (d->answer && osci_uuid4(uuid))
		return osci_fail(j->err, -EIO, NULL, "uuid", "no random octets");
	r = sim_store_set_state(st, j->req.uuid, state, d->rule, j->err);
	if (r == 0 && d->person)
		r = sim_store_set_subject(st, j->req.uuid, d->person->id, j->err);
	switch (r ? SIM_DO_NOTHING : d->action) {
	case SIM_DO_NOTHING:
		break;
	case SIM_DO_STORE:
		r = store_record(j, d, kennziffer, sizeof(kennziffer));
		break;
	case SIM_DO_CLARIFY:
		for (size_t i = 1; i < d->n_hits && j->e->settings.hits_each && r == 0; i++)
			r = another_hint(j, d);
		if (r)
			break;
		r = sim_store_open_clarify(st, j->req.uuid, d->hits, d->n_hits,
					   j->e->clerk == SIM_CLERK_NONE ? 0 : j->now + j->e->clerk_delay_ms, j->err);
		break;
	case SIM_DO_ASK:
		r = sim_store_open_question(st, j->req.uuid, uuid, d->person->id,
					    months_from(j->now, QUESTION_MONTHS), j->err);
		break;
	case SIM_DO_TAKE_OVER:
		r = sim_store_take_over(st, d->shown->id, j->office->key, j->today, j->err);
		break;
	case SIM_DO_RENAME:
		r = sim_store_rename(st, d->person->id, j->req.new_surname, j->err);
		break;
	case SIM_DO_BLOCK:
		r = sim_store_set_block(st, d->person->id, j->req.information_block, j->err);
		break;
	}
	if (r == 0 && d->answer)
		r = sim_reply(j, d, kennziffer, uuid);
	if (r == 0 && d->answer)
		r = log_retrieval(j, d);
	if (r == 0)
		osci_log(OSCI_LOG_INFO, "request-decided", "office", j->office->key, "request", j->req.uuid, "message",
			 j->req.number, "rule", d->rule, "outcome", d->answer ? d->answer : "none", NULL);
	return r;
}

/* --- open cases -------------------------------------------------------- */

/* Job for a stored request; @fields stays with the case. */
static int case_job(struct job *j, struct sim_engine *e, const struct sim_case *c, int64_t now, struct osci_err *err)
{
	*j = (struct job){ .e = e, .office = sim_engine_office(e, c->office), .now = now, .fields = c->fields,
			   .release = xausl_release_find(e->xausl, c->release), .err = err };
	sim_engine_today(j->today, now);
	if (!j->office || !c->fields || !j->release || !sim_request_read(&j->req, c->fields))
		return osci_fail(err, OSCI_E_STATE, NULL, "case", "office, release or data of the request are gone");
	j->trigger = j->req.uuid;
	return 0;
}

int sim_engine_clarified(struct sim_engine *e, const struct sim_case *c, int64_t person, int64_t now,
			 struct osci_err *err)
{
	struct job j;
	struct sim_decision d;
	struct sim_person *p = NULL;
	int r;

	if (strcmp(c->state, "clarify") != 0)
		return osci_fail(err, OSCI_E_STATE, NULL, "case", "no clarification is open");
	r = case_job(&j, e, c, now, err);
	/* From now on the person has the AZR number of the request. */
	if (r == 0 && person && j.req.azr_number)
		r = sim_store_set_azr(e->store, person, j.req.azr_number, err);
	if (r == 0 && person)
		r = sim_store_person(e->store, &j.mem, person, &p, err);
	if (r == 0) {
		sim_decide_person(&d, &j.req, p, &e->settings, j.today, false);
		r = carry_out(&j, &d, "done");
	}
	free_job(&j);
	return r;
}

/* 070007: @j is the job of the answer, @c the case it names. */
static int question_answered(struct job *j, const struct sim_case *c)
{
	struct sim_engine *e = j->e;
	struct sim_decision d;
	struct sim_person *p = NULL;
	struct job first;
	int r = case_job(&first, e, c, j->now, j->err);

	if (r == 0)
		r = sim_store_person(e->store, &first.mem, c->person, &p, j->err);
	if (r == 0) {
		if (!e->settings.trigger_request)
			first.trigger = j->req.uuid;
		/* Again from row 2: what came in between counts. */
		sim_decide_person(&d, &first.req, p, &e->settings, j->today, true);
		r = carry_out(&first, &d, "decided");
	}
	if (r == 0)
		r = sim_store_set_state(e->store, j->req.uuid, "done", d.rule, j->err);
	free_job(&first);
	return r;
}

static int on_answer(struct job *j)
{
	struct sim_case c = { 0 };
	struct sim_decision d;
	int r = j->req.trigger ? sim_store_by_question(j->e->store, j->req.trigger, &c, j->err) : OSCI_E_EMPTY;

	if (r && r != OSCI_E_EMPTY)
		return r;
	bool open = r == 0 && strcmp(c.state, "question") == 0 && strcmp(c.office, j->office->key) == 0 &&
		    j->now < c.due_ms;
	if (!open) {
		sim_decide_gone(&d);
		r = carry_out(j, &d, "done");
	} else if (!j->req.replace) {
		sim_decide_declined(&d);
		r = sim_store_drop_question(j->e->store, c.uuid, "decided", j->err);
		if (r == 0)
			r = carry_out(j, &d, "done");
	} else {
		r = question_answered(j, &c);
	}
	sim_case_clear(&c);
	return r;
}

/* --- what a request asks for -------------------------------------------- */

int sim_engine_decide(struct job *j)
{
	const struct sim_settings *s = &j->e->settings;
	const char *n = j->req.number;
	struct sim_person *p = NULL;
	struct sim_decision d;
	size_t count = 0;
	int r;

	if (strcmp(n, "070007") == 0)
		return on_answer(j);
	r = sim_store_find(j->e->store, &j->mem, &j->req, &p, &count, j->err);
	if (r)
		return r;
	if (sim_is_report(n)) {
		sim_decide_report(&d, &j->mem, &j->req, p, count, s, j->today);
	} else if (strcmp(n, "070011") == 0) {
		sim_decide_information(&d, &j->mem, &j->req, p, count, s, j->today);
	} else if (strcmp(n, "070013") == 0) {
		sim_decide_attendance(&d, &j->req, p, count, s, j->today);
	} else if (strcmp(n, "070016") == 0) {
		sim_decide_takeover(&d, &j->req, p, count, s, j->today);
	} else if (strcmp(n, "070019") == 0) {
		sim_decide_rename(&d, &j->req, p, count, s, j->today);
	} else if (strcmp(n, "070022") == 0) {
		sim_decide_block(&d, &j->req, p, count, s);
	} else {
		osci_log(OSCI_LOG_WARN, "message-not-processed", "office", j->office->key, "message", n, "uuid",
			 j->req.uuid, NULL);
		return sim_store_set_state(j->e->store, j->req.uuid, "done", "NONE", j->err);
	}
	return j->mem.failed ? -ENOMEM : carry_out(j, &d, "done");
}

/* "070012: answer cannot be written: record.issuer.name: invalid" */
void sim_engine_why(char *out, size_t size, const struct osci_err *why)
{
	snprintf(out, size, "%s: %s", why->where, why->what);
}

int sim_engine_failed(struct sim_engine *e, const char *uuid, const struct osci_err *why, struct osci_err *err)
{
	char reason[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX];
	int r = sim_store_set_state(e->store, uuid, "failed", NULL, err);

	sim_engine_why(reason, sizeof(reason), why);
	return r ? r : sim_store_fetched_failed(e->store, uuid, reason, err);
}

/* --- time -------------------------------------------------------------- */

static int auto_clerk(struct sim_engine *e, const struct sim_case *c, int64_t now, struct osci_err *err)
{
	int64_t person = e->clerk == SIM_CLERK_SAME_PERSON ? json_integer_value(json_array_get(c->candidates, 0)) : 0;
	int r = sim_engine_clarified(e, c, person, now, err);

	if (r == E_BUILD || r == OSCI_E_STATE) {
		const struct osci_err why = *err;

		osci_log_err(OSCI_LOG_ERROR, "clarification-failed", err, "request", c->uuid, NULL);
		db_rollback(&e->store->db);
		r = db_begin(&e->store->db, err);
		if (r == 0)
			r = sim_engine_failed(e, c->uuid, &why, err);
	}
	return r;
}

/* One due case of @state in one transaction; OSCI_E_EMPTY when there is none. */
static int due(struct sim_engine *e, const char *state, int64_t now, struct osci_err *err)
{
	struct sim_case c = { 0 };
	int r = db_begin(&e->store->db, err);

	if (r)
		return r;
	r = sim_store_due(e->store, state, now, &c, err);
	if (r == 0 && strcmp(state, "question") == 0) {
		osci_log(OSCI_LOG_INFO, "question-expired", "office", c.office, "request", c.uuid, NULL);
		r = sim_store_drop_question(e->store, c.uuid, "expired", err);
	} else if (r == 0) {
		r = auto_clerk(e, &c, now, err);
	}
	sim_case_clear(&c);
	if (r == 0)
		r = db_commit(&e->store->db, err);
	if (r)
		db_rollback(&e->store->db);
	return r;
}

int sim_engine_tick(struct sim_engine *e, int64_t now, struct osci_err *err)
{
	int r = 0;

	while (r == 0 && e->clerk != SIM_CLERK_NONE)
		r = due(e, "clarify", now, err);
	if (r == 0 || r == OSCI_E_EMPTY)
		r = 0;
	while (r == 0)
		r = due(e, "question", now, err);
	if (r != OSCI_E_EMPTY)
		return r;
	r = sim_store_trim_retrievals(e->store, months_from(now, -RETRIEVAL_MONTHS), err);
	return r ? r : sim_engine_delete(e, now, err);
}
