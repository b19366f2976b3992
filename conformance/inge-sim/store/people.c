/* SPDX-License-Identifier: Apache-2.0 */
/*
 * people - persons and records InGe holds
 *
 * Reading fills the structs of the decision core; one person has at most SIM_ENDED_MAX records that
 * have not ended.  Writing takes ids of rows read before.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

#define RECORDS_MAX 256   /* of one person, ended ones included */
#define EVENTS_MAX 1000   /* of one record */
#define TAKEOVERS_MAX 100 /* of one record */
#define KENNZIFFER_TRIES 1000000

#define PERSON_COLUMNS "id, label, surname, given_names, birth_date, sex, azr_number, flags, nationalities"

static const char *column(struct sim_mem *mem, sqlite3_stmt *st, int col)
{
	return sqlite3_column_type(st, col) == SQLITE_NULL ? NULL : sim_copy(mem, db_text(st, col));
}

static void read_nationalities(struct sim_mem *mem, struct sim_person *p, const char *text)
{
	char *copy = sim_copy(mem, text), *save = NULL;

	for (char *t = copy ? strtok_r(copy, " ", &save) : NULL; t && p->n_nationalities < SIM_NATIONALITIES_MAX;
	     t = strtok_r(NULL, " ", &save))
		p->nationalities[p->n_nationalities++] = t;
}

static void read_person(struct sim_mem *mem, sqlite3_stmt *st, struct sim_person *p)
{
	p->id = db_int(st, 0);
	p->label = column(mem, st, 1);
	p->surname = column(mem, st, 2);
	p->given_names = column(mem, st, 3);
	p->birth_date = column(mem, st, 4);
	p->sex = column(mem, st, 5);
	p->azr_number = column(mem, st, 6);
	p->flags = (unsigned)db_int(st, 7);
	read_nationalities(mem, p, db_text(st, 8));
}

static int read_events(struct sim_store *st, struct sim_mem *mem, struct sim_record *r, struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err,
			 "SELECT kind, date, data FROM event WHERE record = ? ORDER BY date, id LIMIT 1000", "i", r->id);
	struct sim_event *events = NULL;

	if (e)
		return e;
	while ((e = db_step(&st->db, q, err)) == 0) {
		if (!events) {
			events = sim_alloc(mem, EVENTS_MAX * sizeof(*events));
			r->events = events;
			if (!events) {
				e = -ENOMEM;
				break;
			}
		}
		events[r->n_events].kind = column(mem, q, 0);
		events[r->n_events].date = column(mem, q, 1);
		events[r->n_events].data = column(mem, q, 2);
		r->n_events++;
	}
	db_done(q);
	return e == OSCI_E_EMPTY ? 0 : e;
}

static int read_takeovers(struct sim_store *st, struct sim_mem *mem, struct sim_record *r, struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err, "SELECT office FROM takeover WHERE record = ? ORDER BY day, office LIMIT 100",
			 "i", r->id);
	const char **list = NULL;

	if (e)
		return e;
	while ((e = db_step(&st->db, q, err)) == 0) {
		if (!list) {
			list = sim_alloc(mem, TAKEOVERS_MAX * sizeof(*list));
			r->taken_over_by = list;
			if (!list) {
				e = -ENOMEM;
				break;
			}
		}
		list[r->n_taken_over_by++] = column(mem, q, 0);
	}
	db_done(q);
	return e == OSCI_E_EMPTY ? 0 : e;
}

static int read_records(struct sim_store *st, struct sim_mem *mem, struct sim_person *p, struct osci_err *err)
{
	sqlite3_stmt *q;
	struct sim_record *list = NULL;
	int e = db_query(&st->db, &q, err,
			 "SELECT id, art, kennziffer, issuer_type, issuer_name, issuer_key, valid_from, valid_until,"
			 " registered, attended, ended, orientation, language, label, file_reference, ended_on FROM record"
			 " WHERE person = ?"
			 " ORDER BY valid_from, id LIMIT 256",
			 "i", p->id);

	if (e)
		return e;
	while ((e = db_step(&st->db, q, err)) == 0) {
		if (!list)
			list = sim_alloc(mem, RECORDS_MAX * sizeof(*list));
		if (!list) {
			e = -ENOMEM;
			break;
		}
		struct sim_record *r = &list[p->n_records++];
		r->id = db_int(q, 0);
		r->art = column(mem, q, 1);
		r->kennziffer = column(mem, q, 2);
		r->issuer_type = column(mem, q, 3);
		r->issuer_name = column(mem, q, 4);
		r->issuer_key = column(mem, q, 5);
		r->valid_from = column(mem, q, 6);
		r->valid_until = column(mem, q, 7);
		r->registered = column(mem, q, 8);
		r->attended = (enum sim_attended)db_int(q, 9);
		r->ended = (enum sim_ended)db_int(q, 10);
		r->orientation_course_only = db_int(q, 11);
		r->language_course_only = db_int(q, 12);
		r->label = column(mem, q, 13);
		r->file_reference = column(mem, q, 14);
		r->ended_on = column(mem, q, 15);
	}
	db_done(q);
	if (e != OSCI_E_EMPTY)
		return e;
	p->records = list;
	e = 0;
	for (size_t i = 0; i < p->n_records && e == 0; i++) {
		e = read_events(st, mem, &list[i], err);
		if (e == 0)
			e = read_takeovers(st, mem, &list[i], err);
	}
	if (e == 0 && mem->failed)
		e = -ENOMEM;
	return e;
}

int sim_store_find(struct sim_store *st, struct sim_mem *mem, const struct sim_request *req,
		   struct sim_person **ret, size_t *ret_n, struct osci_err *err)
{
	const char *key = sim_name_fold(mem, req->surname);
	struct sim_person *list = sim_alloc(mem, SIM_CANDIDATES_MAX * sizeof(*list));
	char year[5] = "";
	sqlite3_stmt *q;
	size_t n = 0;

	if (!list || mem->failed)
		return -ENOMEM;
	if (req->birth_date)
		snprintf(year, sizeof(year), "%.4s", req->birth_date);
	int e = db_query(&st->db, &q, err,
			 "SELECT " PERSON_COLUMNS " FROM person WHERE id IN (SELECT person FROM record WHERE kennziffer = ?1)"
			 " OR azr_number = ?2 OR (surname_key = ?3 AND substr(birth_date, 1, 4) = ?4)"
			 " ORDER BY id IN (SELECT person FROM record WHERE kennziffer = ?1) DESC, azr_number IS ?2 DESC, id"
			 " LIMIT 64",
			 "tttt", req->kennziffer, req->azr_number, key ? key : "", year);
	if (e)
		return e;
	while ((e = db_step(&st->db, q, err)) == 0)
		read_person(mem, q, &list[n++]);
	db_done(q);
	e = e == OSCI_E_EMPTY ? 0 : e;
	for (size_t i = 0; i < n && e == 0; i++)
		e = read_records(st, mem, &list[i], err);
	*ret = list;
	*ret_n = n;
	return e ? e : mem->failed ? -ENOMEM : 0;
}

int sim_store_person(struct sim_store *st, struct sim_mem *mem, int64_t id, struct sim_person **ret,
		     struct osci_err *err)
{
	struct sim_person *p = sim_alloc(mem, sizeof(*p));
	sqlite3_stmt *q;

	if (!p)
		return -ENOMEM;
	int e = db_query(&st->db, &q, err, "SELECT " PERSON_COLUMNS " FROM person WHERE id = ?", "i", id);
	if (e)
		return e;
	e = db_step(&st->db, q, err);
	if (e == 0)
		read_person(mem, q, p);
	db_done(q);
	if (e == 0)
		e = read_records(st, mem, p, err);
	*ret = p;
	return e;
}

int sim_store_person_by_label(struct sim_store *st, const char *label, int64_t *ret, struct osci_err *err)
{
	int e = db_get_int(&st->db, err, ret, "SELECT id FROM person WHERE label = ? ORDER BY id LIMIT 1", "t", label);

	return e == OSCI_E_EMPTY ? sim_store_subject(st, label, ret, err) : e;
}

int sim_store_record_by_kennziffer(struct sim_store *st, const char *kennziffer, int64_t *ret, struct osci_err *err)
{
	return db_get_int(&st->db, err, ret, "SELECT id FROM record WHERE kennziffer = ? ORDER BY ended, id DESC LIMIT 1", "t",
			  kennziffer);
}

bool sim_store_has_origin(struct sim_store *st, const char *origin)
{
	int64_t id;

	return db_get_int(&st->db, NULL, &id, "SELECT id FROM person WHERE origin = ?", "t", origin) == 0;
}

int sim_store_add_person(struct sim_store *st, const struct sim_person *p, const char *origin, const char *data,
			 int64_t *ret, struct osci_err *err)
{
	struct sim_mem mem = { 0 };
	char nationalities[SIM_NATIONALITIES_MAX * 16] = "";
	const char *key = sim_name_fold(&mem, p->surname);
	size_t k = 0;

	for (size_t i = 0; i < p->n_nationalities; i++)
		k += (size_t)snprintf(nationalities + k, sizeof(nationalities) - k, "%s%.8s", i ? " " : "",
				      p->nationalities[i]);
	int e = mem.failed ? -ENOMEM :
			     db_exec(&st->db, err,
				     "INSERT INTO person (label, origin, surname, surname_key, given_names, birth_date, sex,"
				     " azr_number, flags, nationalities, data) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
				     "ttttttttitt", p->label, origin, p->surname, key ? key : "", p->given_names,
				     p->birth_date, p->sex, p->azr_number, (int64_t)p->flags, nationalities, data);
	sim_mem_free(&mem);
	if (e == 0)
		*ret = db_last_id(&st->db);
	return e;
}

int sim_store_add_record(struct sim_store *st, int64_t person, const struct sim_record *r, const char *label,
			 int64_t *ret, struct osci_err *err)
{
	int e = db_exec(&st->db, err,
			"INSERT INTO record (person, label, art, kennziffer, issuer_type, issuer_name, issuer_key, valid_from,"
			" valid_until, registered, attended, ended, orientation, language, file_reference)"
			" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			"itttttttttiiiit", person, label, r->art, r->kennziffer, r->issuer_type, r->issuer_name,
			r->issuer_key, r->valid_from, r->valid_until, r->registered, (int64_t)r->attended,
			(int64_t)r->ended, (int64_t)r->orientation_course_only, (int64_t)r->language_course_only,
			r->file_reference);

	if (e)
		return e;
	*ret = db_last_id(&st->db);
	for (size_t i = 0; i < r->n_taken_over_by && e == 0; i++)
		e = sim_store_take_over(st, *ret, r->taken_over_by[i], r->valid_from, err);
	return e;
}

int sim_store_add_event(struct sim_store *st, int64_t record, const char *kind, const char *date, const char *data,
			struct osci_err *err)
{
	int e = db_exec(&st->db, err, "INSERT INTO event (record, kind, date, data) VALUES (?,?,?,?)", "ittt", record,
			kind, date, data);

	if (e == 0 && strcmp(kind, "registration") == 0)
		e = db_exec(&st->db, err, "UPDATE record SET registered = coalesce(registered, ?) WHERE id = ?", "ti",
			    date, record);
	else if (e == 0 && (strcmp(kind, "course_start") == 0 || strcmp(kind, "section_start") == 0))
		e = db_exec(&st->db, err, "UPDATE record SET attended = max(attended, 1) WHERE id = ?", "i", record);
	else if (e == 0 && strcmp(kind, "completion") == 0)
		e = db_exec(&st->db, err, "UPDATE record SET attended = 2 WHERE id = ?", "i", record);
	return e;
}

int sim_store_end_record(struct sim_store *st, int64_t record, enum sim_ended how, const char *day, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE record SET ended = ?, ended_on = ? WHERE id = ? AND ended = 0", "iti", (int64_t)how,
		       day, record);
}

int sim_store_take_over(struct sim_store *st, int64_t record, const char *office, const char *day,
			struct osci_err *err)
{
	return db_exec(&st->db, err, "INSERT OR IGNORE INTO takeover (record, office, day) VALUES (?,?,?)", "itt", record,
		       office, day);
}

int sim_store_set_azr(struct sim_store *st, int64_t person, const char *azr, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE person SET azr_number = ? WHERE id = ?", "ti", azr, person);
}

int sim_store_rename(struct sim_store *st, int64_t person, const char *surname, struct osci_err *err)
{
	struct sim_mem mem = { 0 };
	const char *key = sim_name_fold(&mem, surname);
	int e = mem.failed ? -ENOMEM :
			     db_exec(&st->db, err, "UPDATE person SET surname = ?, surname_key = ? WHERE id = ?", "tti",
				     surname, key ? key : "", person);

	sim_mem_free(&mem);
	return e;
}

int sim_store_set_block(struct sim_store *st, int64_t person, bool block, struct osci_err *err)
{
	return block ? db_exec(&st->db, err, "UPDATE person SET flags = flags | 16 WHERE id = ?", "i", person) :
		       db_exec(&st->db, err, "UPDATE person SET flags = flags & ~16 WHERE id = ?", "i", person);
}

int sim_store_next_kennziffer(struct sim_store *st, const char *prefix, char *out, size_t size, struct osci_err *err)
{
	for (unsigned i = 0; i < KENNZIFFER_TRIES; i++) {
		int64_t n = 0, used;
		int e = db_exec(&st->db, err, "UPDATE meta SET value = value + 1 WHERE name = 'kennziffer'", "");

		if (e == 0)
			e = db_get_int(&st->db, err, &n, "SELECT value FROM meta WHERE name = ?", "t", "kennziffer");
		if (e)
			return e;
		if (n > 99999999)
			break;
		snprintf(out, size, "%s%08" PRId64, prefix, n);
		e = sim_store_record_by_kennziffer(st, out, &used, err);
		if (e == OSCI_E_EMPTY)
			return 0;
		if (e)
			return e;
	}
	return osci_fail(err, OSCI_E_LIMIT, NULL, "kennziffer", "no free number left");
}
