/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases - requests by UUID, and those that wait: for a clerk or for 070007
 *
 * A UUID is processed once, whatever its delivery.  States: new, done, clarify (070004 is out),
 * question (070006 is out), decided (070007 came), closed (by a clerk), expired (month over).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

#define CASE_COLUMNS "uuid, number, office, release, state, received, due, fields, candidates, person"

void sim_case_clear(struct sim_case *c)
{
	json_decref(c->fields);
	json_decref(c->candidates);
	c->fields = c->candidates = NULL;
}

static json_t *json_column(sqlite3_stmt *q, int col)
{
	return sqlite3_column_type(q, col) == SQLITE_NULL ? NULL : json_loads(db_text(q, col), 0, NULL);
}

static int read_case(struct sim_store *st, sqlite3_stmt *q, struct sim_case *c, struct osci_err *err)
{
	int e = db_step(&st->db, q, err);

	memset(c, 0, sizeof(*c));
	if (e == 0) {
		snprintf(c->uuid, sizeof(c->uuid), "%s", db_text(q, 0));
		snprintf(c->number, sizeof(c->number), "%s", db_text(q, 1));
		snprintf(c->office, sizeof(c->office), "%s", db_text(q, 2));
		snprintf(c->release, sizeof(c->release), "%s", db_text(q, 3));
		snprintf(c->state, sizeof(c->state), "%s", db_text(q, 4));
		c->received_ms = db_int(q, 5);
		c->due_ms = db_int(q, 6);
		c->fields = json_column(q, 7);
		c->candidates = json_column(q, 8);
		c->person = db_int(q, 9);
	}
	db_done(q);
	return e;
}

int sim_store_add_request(struct sim_store *st, const char *uuid, const char *number, const char *office,
			  const char *release, const json_t *fields, int64_t now, struct osci_err *err)
{
	char *text = fields ? json_dumps(fields, JSON_COMPACT) : NULL;

	if (fields && !text)
		return -ENOMEM;
	int e = db_exec(&st->db, err,
			"INSERT INTO request (uuid, number, office, release, received, state, fields)"
			" VALUES (?,?,?,?,?,'new',?)",
			"ttttit", uuid, number, office, release, now, text);
	osci_freep(&text);
	return e;
}

int sim_store_request(struct sim_store *st, const char *uuid, struct sim_case *ret, struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err, "SELECT " CASE_COLUMNS " FROM request WHERE uuid = ?", "t", uuid);

	return e ? e : read_case(st, q, ret, err);
}

int sim_store_by_question(struct sim_store *st, const char *question, struct sim_case *ret, struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err, "SELECT " CASE_COLUMNS " FROM request WHERE question = ?", "t", question);

	return e ? e : read_case(st, q, ret, err);
}

int sim_store_due(struct sim_store *st, const char *state, int64_t now, struct sim_case *ret, struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err,
			 "SELECT " CASE_COLUMNS " FROM request WHERE state = ? AND due > 0 AND due <= ?"
			 " ORDER BY due LIMIT 1",
			 "ti", state, now);

	return e ? e : read_case(st, q, ret, err);
}

int sim_store_set_state(struct sim_store *st, const char *uuid, const char *state, const char *rule,
			struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE request SET state = ?, rule = ?, due = 0 WHERE uuid = ?", "ttt", state, rule,
		       uuid);
}

int sim_store_set_subject(struct sim_store *st, const char *uuid, int64_t person, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE request SET subject = ? WHERE uuid = ?", "it", person, uuid);
}

int sim_store_subject(struct sim_store *st, const char *uuid, int64_t *ret, struct osci_err *err)
{
	return db_get_int(&st->db, err, ret, "SELECT subject FROM request WHERE uuid = ? AND subject IS NOT NULL", "t", uuid);
}

int sim_store_open_clarify(struct sim_store *st, const char *uuid, const struct sim_person *const *hits, size_t n,
			   int64_t due_ms, struct osci_err *err)
{
	json_t *ids = json_array();

	for (size_t i = 0; ids && i < n; i++)
		json_array_append_new(ids, json_integer(hits[i]->id));
	char *text = ids ? json_dumps(ids, JSON_COMPACT) : NULL;
	json_decref(ids);
	int e = text ? db_exec(&st->db, err,
			       "UPDATE request SET state = 'clarify', rule = 'RULE-1', candidates = ?, due = ? WHERE uuid = ?",
			       "tit", text, due_ms, uuid) :
		       -ENOMEM;
	osci_freep(&text);
	return e;
}

int sim_store_open_question(struct sim_store *st, const char *uuid, const char *question, int64_t person,
			    int64_t due_ms, struct osci_err *err)
{
	return db_exec(&st->db, err,
		       "UPDATE request SET state = 'question', question = ?, person = ?, due = ? WHERE uuid = ?", "tiit",
		       question, person, due_ms, uuid);
}

int sim_store_drop_question(struct sim_store *st, const char *uuid, const char *state, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE request SET state = ?, fields = NULL, due = 0 WHERE uuid = ?", "tt", state,
		       uuid);
}
