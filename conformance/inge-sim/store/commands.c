/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands - orders of clerk and course provider, and the log of retrievals
 *
 * A line of the command file is taken over together with the place in the file, so each is
 * carried out once, after a crash too.  An order for a request that has not come yet stays open.
 */
#include <errno.h>
#include <string.h>

#include "store/store.h"

int64_t sim_store_command_offset(struct sim_store *st)
{
	sqlite3_stmt *q;
	int64_t n = 0;

	if (db_query(&st->db, &q, NULL, "SELECT value FROM meta WHERE name = 'command-offset'", ""))
		return 0;
	if (db_step(&st->db, q, NULL) == 0)
		n = db_int(q, 0);
	db_done(q);
	return n;
}

int sim_store_add_command(struct sim_store *st, const char *line, int64_t offset, int64_t now, struct osci_err *err)
{
	int e = line ? db_exec(&st->db, err, "INSERT INTO command (line, made, state) VALUES (?,?,'open')", "ti", line,
			       now) :
		       0;

	return e ? e :
		   db_exec(&st->db, err, "UPDATE meta SET value = ? WHERE name = 'command-offset'", "i", offset);
}

int sim_store_next_command(struct sim_store *st, int64_t after, int64_t *ret_id, char **ret, bool *first, struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err,
			 "SELECT id, line, state = 'open' FROM command WHERE state IN ('open', 'waiting') AND id > ? ORDER BY id"
			 " LIMIT 1", "i", after);

	if (e)
		return e;
	e = db_step(&st->db, q, err);
	if (e == 0) {
		*ret_id = db_int(q, 0);
		*ret = strdup(db_text(q, 1));
		*first = db_int(q, 2);
		e = *ret ? 0 : -ENOMEM;
	}
	db_done(q);
	return e;
}

int sim_store_command_done(struct sim_store *st, int64_t id, const char *state, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE command SET state = ? WHERE id = ?", "ti", state, id);
}

int sim_store_log_retrieval(struct sim_store *st, const char *office, const char *request, const char *answer,
			    int64_t person, const char *purpose, int64_t now, struct osci_err *err)
{
	return db_exec(&st->db, err,
		       "INSERT INTO retrieval (at, office, request, answer, person, purpose) VALUES (?,?,?,?,nullif(?,0),?)",
		       "itttit", now, office, request, answer, person, purpose);
}

int sim_store_trim_retrievals(struct sim_store *st, int64_t before, struct osci_err *err)
{
	sqlite3_stmt *q;
	bool any = false;
	/* Asked often: only a read most of the time. */
	int e = db_query(&st->db, &q, err, "SELECT 1 FROM retrieval WHERE at < ? LIMIT 1", "i", before);

	if (e == 0)
		e = db_found(&st->db, q, &any, err);
	return e || !any ? e : db_exec(&st->db, err, "DELETE FROM retrieval WHERE at < ?", "i", before);
}
