/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults_store - fault switches that befall a delivery after it was taken in
 *
 * A delivery kept back lies in a mailbox that belongs to nobody, and is moved behind the one it has to wait for.  What is
 * kept back outlives a restart.
 */
#include "intermediary/faults.h"
#include "intermediary/store_priv.h"

#define HELD "held:" /* no id of a participant has a colon */

static int count_down(struct im_store *s, int64_t seq, struct osci_err *err)
{
	return db_exec(&s->db, err,
		       "UPDATE mailbox SET deliveries=deliveries-1, bytes=mailbox.bytes-d.bytes"
		       " FROM (SELECT mailbox,bytes FROM delivery WHERE seq=?) d WHERE name=d.mailbox", "i", seq);
}

/* Files of it are swept at the next start. */
static int lose(struct im_store *s, int64_t seq, struct osci_err *err)
{
	int r = count_down(s, seq, err);

	return r ? r : db_exec(&s->db, err, "DELETE FROM delivery WHERE seq=?", "i", seq);
}

static int find_held(struct im_store *s, int64_t seq, int64_t *ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err,
			 "SELECT h.seq FROM delivery h, delivery d WHERE d.seq=? AND h.mailbox='" HELD "'||d.mailbox"
			 " ORDER BY h.seq LIMIT 1", "i", seq);

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		*ret = db_int(st, 0);
	db_done(st);
	return r;
}

static int hold(struct im_store *s, int64_t seq, struct osci_err *err)
{
	int r = count_down(s, seq, err);

	return r ? r : db_exec(&s->db, err, "UPDATE delivery SET mailbox='" HELD "'||mailbox WHERE seq=?", "i", seq);
}

/* Mailboxes hand out by number: the one held gets the next. */
static int renumber(struct im_store *s, int64_t from, int64_t to, struct osci_err *err)
{
	static const char *const tables[] = {
		"UPDATE card SET seq=? WHERE seq=?",	    "UPDATE inspection SET seq=? WHERE seq=?",
		"UPDATE delivery SET seq=? WHERE seq=?",    "UPDATE part SET seq=? WHERE seq=?",
		"UPDATE certificate SET seq=? WHERE seq=?", "UPDATE custom SET seq=? WHERE seq=?",
	};
	int r = db_exec(&s->db, err, "PRAGMA defer_foreign_keys=ON", "");

	for (size_t i = 0; !r && i < sizeof(tables) / sizeof(tables[0]); i++)
		r = db_exec(&s->db, err, tables[i], "ii", to, from);
	return r;
}

static int release(struct im_store *s, int64_t held, struct osci_err *err)
{
	int64_t seq = 0;
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, "SELECT max(seq)+1 FROM card", "");

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		seq = db_int(st, 0);
	db_done(st);
	if (!r)
		r = renumber(s, held, seq, err);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE delivery SET mailbox=(SELECT addressee FROM card c WHERE c.seq=delivery.seq)"
			    " WHERE seq=?", "i", seq);
	if (!r)
		r = db_exec(&s->db, err,
			    "UPDATE mailbox SET deliveries=deliveries+1, bytes=mailbox.bytes+d.bytes"
			    " FROM (SELECT mailbox,bytes FROM delivery WHERE seq=?) d WHERE name=d.mailbox", "i", seq);
	return r;
}

static int reorder(struct im_store *s, int64_t seq, struct osci_err *err)
{
	int64_t held = 0;
	int r = find_held(s, seq, &held, err);

	return r == OSCI_E_EMPTY ? hold(s, seq, err) : r ? r : release(s, held, err);
}

int im_faults_stored(struct im_store *s, const struct im_tamper *t, int64_t seq, struct osci_err *err)
{
	int r;

	if (!t->lose && !t->out_of_order)
		return 0;
	r = store_begin(s, err);
	if (r)
		return r;
	return store_end(s, t->lose ? lose(s, seq, err) : reorder(s, seq, err), err);
}
