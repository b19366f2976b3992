/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump - what InGe holds, as JSON for people and test runners
 *
 * Artificial data of a simulator, so every field is shown, under the names of a preload file.
 */
#include <errno.h>
#include <string.h>

#include "store/store.h"

static const char *const attended_names[] = { "none", "partial", "complete" };
static const char *const ended_names[] = { NULL, "withdrawn", "replaced", "lapsed" };
static const struct {
	unsigned flag;
	const char *name;
} flags[] = {
	{ SIM_FLAG_GERMAN, "german" },     { SIM_FLAG_EU_CITIZEN, "eu_citizen" },
	{ SIM_FLAG_SPAETAUSSIEDLER, "spaetaussiedler" }, { SIM_FLAG_DECEASED, "deceased" },
	{ SIM_FLAG_INFORMATION_BLOCK, "information_block" },
};

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *record_json(const struct sim_record *r, const struct sim_settings *s, const char *today)
{
	json_t *offices = json_array(), *events = json_array();

	for (size_t i = 0; i < r->n_taken_over_by; i++)
		json_array_append_new(offices, json_string(r->taken_over_by[i]));
	for (size_t i = 0; i < r->n_events; i++)
		json_array_append_new(events, json_loads(r->events[i].data, 0, NULL));
	return json_pack("{s:o, s:s?, s:s, s:s, s:{s:o, s:o, s:o}, s:o, s:s, s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:b}",
			 "label", text(r->label), "kind", sim_art_kind(r->art), "art", r->art, "kennziffer", r->kennziffer,
			 "issuer", "type", text(r->issuer_type), "name", text(r->issuer_name), "key", text(r->issuer_key),
			 "file_reference", text(r->file_reference), "valid_from", r->valid_from, "valid_until",
			 text(r->valid_until), "registered", text(r->registered), "attended", attended_names[r->attended],
			 "orientation_course_only", r->orientation_course_only, "language_course_only",
			 r->language_course_only, "ended", text(ended_names[r->ended]), "ended_on", text(r->ended_on),
			 "taken_over_by", offices, "events", events, "in_force", sim_record_in_force(r, s, today));
}

static json_t *person_json(const struct sim_person *p)
{
	json_t *names = json_array(), *codes = json_array();

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (p->flags & flags[i].flag)
			json_array_append_new(names, json_string(flags[i].name));
	for (size_t i = 0; i < p->n_nationalities; i++)
		json_array_append_new(codes, json_string(p->nationalities[i]));
	return json_pack("{s:I, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", (json_int_t)p->id, "label",
			 text(p->label), "surname", text(p->surname), "given_names", text(p->given_names), "birth_date",
			 p->birth_date, "sex", text(p->sex), "azr_number", text(p->azr_number), "nationalities", codes,
			 "flags", names);
}

struct dump {
	struct sim_store *st;
	const struct sim_settings *s;
	const char *today;
	json_t *list;
	struct osci_err *err;
};

static int append(json_t *list, json_t *o)
{
	return json_array_append_new(list, o) < 0 ? -ENOMEM : 0; /* NULL fails, too */
}

/* Each record of @p with its person. */
static int by_record(struct dump *d, const struct sim_person *p)
{
	int e = 0;

	for (size_t i = 0; i < p->n_records && e == 0; i++) {
		json_t *r = record_json(&p->records[i], d->s, d->today);

		if (r && json_object_set_new(r, "person", person_json(p)) < 0) {
			json_decref(r);
			r = NULL;
		}
		e = append(d->list, r);
	}
	return e;
}

static int requests_json(struct dump *d, int64_t person, json_t **ret)
{
	json_t *list = *ret = json_array();
	sqlite3_stmt *q;
	int e = list ? db_query(&d->st->db, &q, d->err,
				"SELECT uuid FROM request WHERE subject = ? ORDER BY received, rowid", "i", person) :
		       -ENOMEM;

	if (e)
		return e;
	while (e == 0 && (e = db_step(&d->st->db, q, d->err)) == 0)
		e = append(list, json_string(db_text(q, 0)));
	db_done(q);
	return e == OSCI_E_EMPTY ? 0 : e;
}

static int by_person(struct dump *d, const struct sim_person *p)
{
	json_t *requests = NULL, *records = json_array(), *o = person_json(p);
	json_int_t in_force = 0;
	int e = o && records ? requests_json(d, p->id, &requests) : -ENOMEM;

	for (size_t i = 0; i < p->n_records && e == 0; i++) {
		e = append(records, record_json(&p->records[i], d->s, d->today));
		in_force += sim_record_in_force(&p->records[i], d->s, d->today);
	}
	if (e == 0 && (json_object_set(o, "requests", requests) < 0 || json_object_set(o, "records", records) < 0 ||
		       json_object_set_new(o, "in_force", json_integer(in_force)) < 0 ||
		       json_object_set_new(o, "information_block",
					   json_boolean(p->flags & SIM_FLAG_INFORMATION_BLOCK)) < 0))
		e = -ENOMEM;
	if (e == 0)
		e = append(d->list, json_incref(o));
	json_decref(o);
	json_decref(requests);
	json_decref(records);
	return e;
}

static int next_person(struct dump *d, int64_t *id)
{
	sqlite3_stmt *q;
	int e = db_query(&d->st->db, &q, d->err, "SELECT min(id) FROM person WHERE id > ?", "i", *id);

	if (e)
		return e;
	e = db_step(&d->st->db, q, d->err);
	*id = e == 0 ? db_int(q, 0) : 0;
	db_done(q);
	return e == 0 && *id == 0 ? OSCI_E_EMPTY : e;
}

static int all_persons(struct dump *d, int (*one)(struct dump *d, const struct sim_person *p), json_t **ret)
{
	int64_t id = 0;
	int e = d->list ? 0 : -ENOMEM;

	while (e == 0 && (e = next_person(d, &id)) == 0) {
		struct sim_mem mem = { 0 };
		struct sim_person *p;

		e = sim_store_person(d->st, &mem, id, &p, d->err);
		if (e == 0)
			e = one(d, p);
		sim_mem_free(&mem);
	}
	if (e != OSCI_E_EMPTY) {
		json_decref(d->list);
		return e;
	}
	*ret = d->list;
	return 0;
}

int sim_store_dump(struct sim_store *st, const struct sim_settings *s, const char *today, json_t **ret,
		   struct osci_err *err)
{
	struct dump d = { st, s, today, json_array(), err };

	return all_persons(&d, by_record, ret);
}

int sim_store_dump_persons(struct sim_store *st, const struct sim_settings *s, const char *today, json_t **ret,
			   struct osci_err *err)
{
	struct dump d = { st, s, today, json_array(), err };

	return all_persons(&d, by_person, ret);
}

static json_t *column_text(sqlite3_stmt *q, int col)
{
	return sqlite3_column_type(q, col) == SQLITE_NULL ? json_null() : json_string(db_text(q, col));
}

static json_t *received_json(sqlite3_stmt *q)
{
	json_t *fields = sqlite3_column_type(q, 9) == SQLITE_NULL ? json_null() : json_loads(db_text(q, 9), 0, NULL);

	return json_pack("{s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "n", (json_int_t)db_int(q, 0), "at_ms",
			 (json_int_t)db_int(q, 1), "verdict", db_text(q, 2), "reason", column_text(q, 3), "message",
			 column_text(q, 4), "uuid", column_text(q, 5), "trigger", column_text(q, 6), "office",
			 column_text(q, 7), "release", column_text(q, 8), "message_id", db_text(q, 10), "fields", fields);
}

int sim_store_dump_received(struct sim_store *st, int64_t after, json_t **ret, struct osci_err *err)
{
	json_t *list = json_array();
	sqlite3_stmt *q;
	int e = list ? db_query(&st->db, &q, err,
				"SELECT id, received, state, reason, number, uuid, trigger_uuid, office, release, fields,"
				" message_id FROM fetched WHERE id > ? AND state <> 'new' ORDER BY id", "i", after) :
		       -ENOMEM;

	if (e == 0) {
		while (e == 0 && (e = db_step(&st->db, q, err)) == 0)
			e = append(list, received_json(q));
		db_done(q);
	}
	if (e != OSCI_E_EMPTY) {
		json_decref(list);
		return e;
	}
	*ret = list;
	return 0;
}

static json_t *retrieval_json(sqlite3_stmt *q)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "at_ms", (json_int_t)db_int(q, 0), "office",
			 db_text(q, 1), "request", db_text(q, 2), "answer", db_text(q, 3), "purpose", db_text(q, 4), "person",
			 sqlite3_column_type(q, 5) == SQLITE_NULL ? json_null() : json_integer(db_int(q, 5)), "surname",
			 column_text(q, 6), "occasion", column_text(q, 7));
}

int sim_store_dump_retrievals(struct sim_store *st, json_t **ret, struct osci_err *err)
{
	json_t *list = json_array();
	sqlite3_stmt *q;
	int e = list ? db_query(&st->db, &q, err,
				"SELECT v.at, v.office, v.request, v.answer, v.purpose, v.person, p.surname, r.number"
				" FROM retrieval v LEFT JOIN person p ON p.id = v.person LEFT JOIN request r ON r.uuid = v.request"
				" ORDER BY v.id", "") :
		       -ENOMEM;

	if (e == 0) {
		while (e == 0 && (e = db_step(&st->db, q, err)) == 0)
			e = append(list, retrieval_json(q));
		db_done(q);
	}
	if (e != OSCI_E_EMPTY) {
		json_decref(list);
		return e;
	}
	*ret = list;
	return 0;
}
