/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox - answers on their way
 *
 * An answer is in the same transaction as the decision it tells.  The message id of the intermediary is
 * written before the store order goes out, so that a second attempt asks for it instead of storing twice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

void sim_outgoing_clear(struct sim_outgoing *o)
{
	osci_freep(&o->xml);
	osci_freep(&o->message_id);
	osci_freep(&o->plan);
	memset(o, 0, sizeof(*o));
}

int sim_store_add_answer(struct sim_store *st, const char *uuid, const char *number, const char *office,
			 const char *request, const void *xml, size_t len, const char *plan, int64_t created,
			 int64_t not_before, struct osci_err *err)
{
	return db_exec(&st->db, err,
		       "INSERT INTO outbox (uuid, number, office, request, xml, plan, created, next, state)"
		       " VALUES (?,?,?,?,?,?,?,?,'ready')",
		       "ttttbtii", uuid, number, office, request, xml, len, plan, created, not_before);
}

/*
 * Kept back for the next one of the same office; if one is kept back already it goes now, behind @uuid, which was just added.
 */
int sim_store_answer_reorder(struct sim_store *st, const char *uuid, const char *office, struct osci_err *err)
{
	sqlite3_stmt *q;
	bool held = false;
	int e = db_query(&st->db, &q, err, "SELECT 1 FROM outbox WHERE state = 'held' AND office = ?", "t", office);

	if (e == 0)
		e = db_found(&st->db, q, &held, err);
	if (e)
		return e;
	if (!held)
		return db_exec(&st->db, err, "UPDATE outbox SET state = 'held' WHERE uuid = ?", "t", uuid);
	return db_exec(&st->db, err,
		       "UPDATE outbox SET state = 'ready', next = 1 + max(next, (SELECT next FROM outbox n WHERE n.uuid = ?1))"
		       " WHERE state = 'held' AND office = ?2", "tt", uuid, office);
}

int sim_store_next_answer(struct sim_store *st, int64_t now, struct sim_outgoing *ret, struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err,
			 "SELECT id, uuid, number, office, xml, message_id, plan, attempts FROM outbox"
			 " WHERE state = 'ready' AND next <= ? ORDER BY next, id LIMIT 1",
			 "i", now);

	memset(ret, 0, sizeof(*ret));
	if (e)
		return e;
	e = db_step(&st->db, q, err);
	if (e == 0) {
		const void *xml = db_blob(q, 4, &ret->len);

		ret->id = db_int(q, 0);
		snprintf(ret->uuid, sizeof(ret->uuid), "%s", db_text(q, 1));
		snprintf(ret->number, sizeof(ret->number), "%s", db_text(q, 2));
		snprintf(ret->office, sizeof(ret->office), "%s", db_text(q, 3));
		ret->xml = malloc(ret->len + 1);
		if (ret->xml && ret->len)
			memcpy(ret->xml, xml, ret->len);
		if (sqlite3_column_type(q, 5) != SQLITE_NULL)
			ret->message_id = strdup(db_text(q, 5));
		ret->plan = strdup(db_text(q, 6));
		ret->attempts = db_int(q, 7);
		if (!ret->xml || !ret->plan || (!ret->message_id && sqlite3_column_type(q, 5) != SQLITE_NULL))
			e = -ENOMEM;
	}
	db_done(q);
	if (e)
		sim_outgoing_clear(ret);
	return e;
}

int sim_store_answer_id(struct sim_store *st, int64_t id, const char *message_id, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE outbox SET message_id = ? WHERE id = ?", "ti", message_id, id);
}

int sim_store_answer_retry(struct sim_store *st, int64_t id, int64_t next, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE outbox SET attempts = attempts + 1, next = ? WHERE id = ?", "ii", next, id);
}

int sim_store_answer_end(struct sim_store *st, int64_t id, const char *state, int64_t now, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE outbox SET state = ?, ended = ? WHERE id = ?", "tii", state, now, id);
}

int sim_store_answer_copy(struct sim_store *st, int64_t id, struct osci_err *err)
{
	return db_exec(&st->db, err,
		       "INSERT INTO outbox (uuid, number, office, request, xml, plan, created, next, state)"
		       " SELECT uuid, number, office, request, xml, '', created, next, 'ready' FROM outbox WHERE id = ?",
		       "i", id);
}

int64_t sim_store_answers_waiting(struct sim_store *st)
{
	sqlite3_stmt *q;
	int64_t n = 0;

	if (db_query(&st->db, &q, NULL, "SELECT count(*) FROM outbox WHERE state = 'ready'", ""))
		return 0;
	if (db_step(&st->db, q, NULL) == 0)
		n = db_int(q, 0);
	db_done(q);
	return n;
}
