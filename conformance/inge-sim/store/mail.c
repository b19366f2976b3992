/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail - deliveries as they were fetched
 *
 * The octets of a delivery are safe before the intermediary learns that it was received; they go
 * when the request in them is safe.  Refused deliveries keep theirs for looking at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

int sim_store_fetched(struct sim_store *st, const char *message_id, const void *raw, size_t len, int64_t now,
		      struct osci_err *err)
{
	return db_exec(&st->db, err, "INSERT INTO fetched (message_id, raw, received, state) VALUES (?,?,?,'new')", "tbi",
		       message_id, raw, len, now);
}

int sim_store_next_fetched(struct sim_store *st, int64_t *ret_id, unsigned char **ret, size_t *ret_len,
			   struct osci_err *err)
{
	sqlite3_stmt *q;
	int e = db_query(&st->db, &q, err, "SELECT id, raw FROM fetched WHERE state = 'new' ORDER BY id LIMIT 1", "");

	if (e)
		return e;
	e = db_step(&st->db, q, err);
	if (e == 0) {
		const void *raw = db_blob(q, 1, ret_len);

		*ret_id = db_int(q, 0);
		*ret = malloc(*ret_len + 1);
		if (*ret && *ret_len)
			memcpy(*ret, raw, *ret_len);
		e = *ret ? 0 : -ENOMEM;
	}
	db_done(q);
	return e;
}

int sim_store_fetched_read(struct sim_store *st, int64_t id, const struct sim_seen *seen, struct osci_err *err)
{
	char *text = seen->fields ? json_dumps(seen->fields, JSON_COMPACT) : NULL;
	int e = seen->fields && !text ? -ENOMEM :
					db_exec(&st->db, err,
						"UPDATE fetched SET number = ?, uuid = ?, trigger_uuid = ?, office = ?,"
						" release = ?, fields = ? WHERE id = ?",
						"tttttti", seen->number, seen->uuid, seen->trigger, seen->office,
						seen->release, text, id);

	osci_freep(&text);
	return e;
}

int sim_store_fetched_done(struct sim_store *st, int64_t id, const char *state, const char *reason,
			   struct osci_err *err)
{
	return db_exec(&st->db, err,
		       "UPDATE fetched SET state = ?1, reason = ?2,"
		       " raw = CASE WHEN ?1 IN ('refused', 'rejected') THEN raw END WHERE id = ?3",
		       "tti", state, reason, id);
}

int sim_store_fetched_failed(struct sim_store *st, const char *uuid, const char *reason, struct osci_err *err)
{
	return db_exec(&st->db, err, "UPDATE fetched SET state = 'failed', reason = ? WHERE uuid = ? AND state = 'processed'", "tt",
		       reason, uuid);
}
