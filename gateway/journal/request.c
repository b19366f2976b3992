/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request - rows of the table request, and their change of state
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "journal/journal.h"

#define COLUMNS \
	"id,coalesce(parent,0),state,office,bus_id,message,hash,coalesce(uuid,''),release,osci_id,purpose,user," \
	"errors,last_error,question,decision,attempts,accepted,since,partner,coalesce(rejects,0)"

void xgw_request_freep(struct xgw_request **p)
{
	struct xgw_request *r = *p;

	*p = NULL;
	if (!r)
		return;
	free(r->office);
	free(r->bus_id);
	free(r->message);
	free(r->hash);
	free(r->uuid);
	free(r->release);
	free(r->osci_id);
	free(r->purpose);
	free(r->user);
	free(r->errors);
	free(r->last_error);
	free(r->question);
	free(r->partner);
	free(r->xml);
	free(r->fields);
	free(r);
}

static const char *nn(const char *s)
{
	return s ? s : "";
}

/* Empty text as SQL NULL: the column is unique. */
static const char *null_if_empty(const char *s)
{
	return s && s[0] ? s : NULL;
}

int xgw_journal_add_request(struct xgw_journal *j, struct xgw_request *r, int64_t now, struct osci_err *err)
{
	static const char sql[] =
		"INSERT INTO request(office,bus_id,message,state,hash,uuid,release,purpose,user,errors,decision,parent,"
		"accepted,since,partner,rejects,fields,xml) VALUES(?,?,?,?,?,?,?,?,?,?,?,nullif(?,0),?,?,?,nullif(?,0),?,?)";
	int e;

	if (r->xml)
		e = db_exec(&j->db, err, sql, "ttttttttttiiiititb", r->office, r->bus_id, nn(r->message),
			    xgw_state_name(r->state), r->hash, null_if_empty(r->uuid), nn(r->release), nn(r->purpose),
			    nn(r->user), nn(r->errors), (int64_t)r->decision, r->parent, now, now, nn(r->partner),
			    r->rejects, r->fields, (const void *)r->xml, r->xml_len);
	else
		e = db_exec(&j->db, err, sql, "ttttttttttiiiititn", r->office, r->bus_id, nn(r->message),
			    xgw_state_name(r->state), r->hash, null_if_empty(r->uuid), nn(r->release), nn(r->purpose),
			    nn(r->user), nn(r->errors), (int64_t)r->decision, r->parent, now, now, nn(r->partner),
			    r->rejects, r->fields);
	if (e)
		return e;
	r->id = db_last_id(&j->db);
	r->accepted = r->since = now;
	return 0;
}

static char *column(sqlite3_stmt *st, int col, bool *failed)
{
	char *s = strdup(db_text(st, col));

	if (!s)
		*failed = true;
	return s;
}

/* The row the statement stands on; with its XML and fields if the query has those columns. */
static int take_row(sqlite3_stmt *st, bool with_xml, struct xgw_request **ret, struct osci_err *err)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = calloc(1, sizeof(*r));
	bool failed = false;

	if (!r)
		return -ENOMEM;
	r->id = db_int(st, 0);
	r->parent = db_int(st, 1);
	if (!xgw_state_parse(db_text(st, 2), &r->state))
		return osci_fail(err, OSCI_E_MALFORMED, NULL, "journal", "unknown state of request %lld", (long long)r->id);
	r->office = column(st, 3, &failed);
	r->bus_id = column(st, 4, &failed);
	r->message = column(st, 5, &failed);
	r->hash = column(st, 6, &failed);
	r->uuid = column(st, 7, &failed);
	r->release = column(st, 8, &failed);
	r->osci_id = column(st, 9, &failed);
	r->purpose = column(st, 10, &failed);
	r->user = column(st, 11, &failed);
	r->errors = column(st, 12, &failed);
	r->last_error = column(st, 13, &failed);
	r->question = column(st, 14, &failed);
	r->decision = db_int(st, 15) != 0;
	r->attempts = db_int(st, 16);
	r->accepted = db_int(st, 17);
	r->since = db_int(st, 18);
	r->partner = column(st, 19, &failed);
	r->rejects = db_int(st, 20);
	if (with_xml) {
		const void *data = db_blob(st, 21, &r->xml_len);

		r->xml = malloc(r->xml_len + 1);
		if (!r->xml)
			return -ENOMEM;
		if (r->xml_len)
			memcpy(r->xml, data, r->xml_len);
		r->xml[r->xml_len] = '\0';
		r->fields = column(st, 22, &failed);
	}
	if (failed)
		return -ENOMEM;
	*ret = r;
	r = NULL;
	return 0;
}

/* One row or OSCI_E_EMPTY. */
static int one(struct xgw_journal *j, sqlite3_stmt *st, bool with_xml, struct xgw_request **ret, struct osci_err *err)
{
	int e = db_step(&j->db, st, err);

	if (!e)
		e = take_row(st, with_xml, ret, err);
	db_done(st);
	return e;
}

int xgw_journal_request(struct xgw_journal *j, int64_t id, struct xgw_request **ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT " COLUMNS " FROM request WHERE id=?", "i", id);

	return e ? e : one(j, st, false, ret, err);
}

int xgw_journal_by_bus_id(struct xgw_journal *j, const char *office, const char *bus_id, struct xgw_request **ret,
			  struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT " COLUMNS " FROM request WHERE office=? AND bus_id=?", "tt", office,
			 bus_id);

	return e ? e : one(j, st, false, ret, err);
}

int xgw_journal_by_uuid(struct xgw_journal *j, const char *office, const char *uuid, struct xgw_request **ret,
			struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT " COLUMNS " FROM request WHERE uuid=? AND office=?", "tt", uuid,
			 office);

	return e ? e : one(j, st, false, ret, err);
}

int xgw_journal_by_question(struct xgw_journal *j, const char *office, const char *uuid, struct xgw_request **ret,
			    struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err,
			 "SELECT " COLUMNS " FROM request WHERE office=? AND question=? AND question<>''", "tt", office,
			 uuid);

	return e ? e : one(j, st, false, ret, err);
}

int xgw_journal_next_queued(struct xgw_journal *j, const char *office, struct xgw_request **ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err,
			 "SELECT " COLUMNS ",xml,fields FROM request WHERE state='queued' AND office=? ORDER BY attempts/4,id "
			 "LIMIT 1", "t", office);

	return e ? e : one(j, st, true, ret, err);
}

int xgw_journal_count(struct xgw_journal *j, const char *office, enum xgw_state state, int64_t *ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT count(*) FROM request WHERE state=? AND office=?", "tt",
			 xgw_state_name(state), office);

	if (e)
		return e;
	e = db_step(&j->db, st, err);
	if (!e)
		*ret = db_int(st, 0);
	db_done(st);
	return e;
}

int xgw_journal_apply(struct xgw_journal *j, struct xgw_request *r, enum xgw_event event, const char *cause,
		      int64_t now, unsigned *ret_actions, struct osci_err *err)
{
	struct xgw_step step = xgw_core_step(r->state, event);
	int e;

	if (ret_actions)
		*ret_actions = step.actions;
	e = db_exec(&j->db, err, "INSERT INTO event(time,request,event,from_state,to_state,cause) VALUES(?,?,?,?,?,?)",
		    "iitttt", now, r->id, xgw_event_name(event), xgw_state_name(r->state), xgw_state_name(step.state),
		    nn(cause));
	if (!e && step.state != r->state)
		e = db_exec(&j->db, err, "UPDATE request SET state=?,since=?,reminded=0 WHERE id=?", "tii",
			    xgw_state_name(step.state), now, r->id);
	/* The wait for the answer to a decision is a new one. */
	if (!e && step.state == XGW_DECIDED && r->state != XGW_DECIDED)
		e = db_exec(&j->db, err, "UPDATE request SET overdue=0 WHERE id=?", "i", r->id);
	if (!e && (step.actions & XGW_DO_FORGET))
		e = db_exec(&j->db, err, "UPDATE request SET xml=NULL,fields=NULL WHERE id=?", "i", r->id);
	if (e)
		return e;
	if (step.state != r->state)
		r->since = now;
	r->state = step.state;
	return 0;
}

int xgw_journal_set_osci_id(struct xgw_journal *j, struct xgw_request *r, const char *osci_id, struct osci_err *err)
{
	char *copy = strdup(osci_id);
	int e = copy ? db_exec(&j->db, err, "UPDATE request SET osci_id=? WHERE id=?", "ti", osci_id, r->id) : -ENOMEM;

	if (e) {
		free(copy);
		return e;
	}
	free(r->osci_id);
	r->osci_id = copy;
	return 0;
}

int xgw_journal_set_question(struct xgw_journal *j, int64_t id, const char *uuid, struct osci_err *err)
{
	return db_exec(&j->db, err, "UPDATE request SET question=? WHERE id=?", "ti", uuid, id);
}

int xgw_journal_set_errors(struct xgw_journal *j, int64_t id, const char *errors, const char *summary,
			   struct osci_err *err)
{
	return db_exec(&j->db, err, "UPDATE request SET errors=?,last_error=? WHERE id=?", "tti", errors, summary, id);
}

int xgw_journal_convert(struct xgw_journal *j, struct xgw_request *r, const char *release, const void *xml, size_t xml_len,
			int64_t now, struct osci_err *err)
{
	char cause[80];
	int e;

	snprintf(cause, sizeof(cause), "%s to %s", r->release, release);
	e = xgw_journal_apply(j, r, XGW_EV_CONVERTED, cause, now, NULL, err);
	return e ? e : db_exec(&j->db, err, "UPDATE request SET release=?,xml=? WHERE id=?", "tbi", release, xml, xml_len,
			       r->id);
}

int xgw_journal_superseded(struct xgw_journal *j, const struct xgw_request *r, bool *ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT 1 FROM request WHERE parent=? AND id>? LIMIT 1", "ii", r->parent, r->id);

	return e ? e : db_found(&j->db, st, ret, err);
}

int xgw_journal_attempt_failed(struct xgw_journal *j, int64_t id, const char *cause, struct osci_err *err)
{
	return db_exec(&j->db, err, "UPDATE request SET attempts=attempts+1,last_error=? WHERE id=?", "ti", cause, id);
}

/* First column of up to @max rows. */
static int collect(struct xgw_journal *j, sqlite3_stmt *st, int64_t *ids, size_t max, size_t *ret_n,
		   struct osci_err *err)
{
	size_t n = 0;
	int e = 0;

	while (n < max && !(e = db_step(&j->db, st, err)))
		ids[n++] = db_int(st, 0);
	db_done(st);
	if (e && e != OSCI_E_EMPTY)
		return e;
	*ret_n = n;
	return 0;
}

int xgw_journal_children(struct xgw_journal *j, int64_t parent, int64_t *ids, size_t max, size_t *ret_n,
			 struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT id FROM request WHERE parent=? AND state NOT IN ('closed','refused') "
			 "ORDER BY id", "i", parent);

	return e ? e : collect(j, st, ids, max, ret_n, err);
}

int xgw_journal_due(struct xgw_journal *j, enum xgw_due kind, int64_t before, int64_t *ids, size_t max, size_t *ret_n,
		    struct osci_err *err)
{
	static const char *const sql[] = {
		[XGW_DUE_OVERDUE] = "SELECT id FROM request WHERE state IN ('queued','stored','fetched','decided') AND "
				    "(CASE state WHEN 'decided' THEN since ELSE accepted END)<=? AND overdue=0 AND "
				    "parent IS NULL ORDER BY id",
		[XGW_DUE_REMIND] = "SELECT id FROM request WHERE state='clarification' AND since<=? AND reminded=0 "
				   "ORDER BY since,id",
		[XGW_DUE_LAPSE] = "SELECT id FROM request WHERE state='question' AND since<=? ORDER BY since,id",
		[XGW_DUE_HELD] = "SELECT id FROM request WHERE state='held' AND since<=? ORDER BY id",
	};
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, sql[kind], "i", before);

	return e ? e : collect(j, st, ids, max, ret_n, err);
}

int xgw_journal_cards(struct xgw_journal *j, const char *office, int64_t before, int64_t after, int64_t *ids, size_t max,
		      size_t *ret_n, struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT id FROM request WHERE state='stored' AND since<=? AND office=? AND "
			 "osci_id<>'' AND id>? ORDER BY id", "iti", before, office, after);

	return e ? e : collect(j, st, ids, max, ret_n, err);
}

int xgw_journal_undecided(struct xgw_journal *j, int64_t question, const char *release, bool *ret, struct osci_err *err)
{
	bool decided = false;
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT 1 FROM request WHERE parent=? AND "
			 "NOT (state='held' AND osci_id='' AND release<>?) LIMIT 1", "it", question, release);

	if (!e)
		e = db_found(&j->db, st, &decided, err);
	if (!e)
		*ret = !decided;
	return e;
}

int xgw_journal_mark(struct xgw_journal *j, int64_t id, enum xgw_due kind, struct osci_err *err)
{
	if (kind == XGW_DUE_REMIND)
		return db_exec(&j->db, err, "UPDATE request SET reminded=1 WHERE id=?", "i", id);
	return db_exec(&j->db, err, "UPDATE request SET overdue=1 WHERE id=?", "i", id);
}
