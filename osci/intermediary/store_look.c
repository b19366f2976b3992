/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_look - what is there, for somebody who looks beside the running program
 *
 * Each delivery is read in one transaction, so that it is whole or not there; between two calls the program may go on.
 */
#include <errno.h>

#include "intermediary/store_priv.h"

int im_store_list(struct im_store *s, int64_t after, struct im_pool *pool, struct im_listed **ret, struct osci_err *err)
{
	struct im_listed *l = im_pool_alloc(pool, 1, sizeof(*l));
	sqlite3_stmt *st = NULL;
	int r;

	*ret = l;
	if (!l)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a list");
	pthread_mutex_lock(&s->lock);
	r = db_query(&s->db, &st, err, "SELECT " STORE_CARD_COLUMNS " FROM card WHERE seq>? ORDER BY seq LIMIT 1", "i",
		     after);
	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		r = store_load_card(s, &l->card, st, pool, err);
	db_done(st);
	if (!r)
		r = db_query(&s->db, &st, err, "SELECT bytes, purge=0 FROM delivery WHERE seq=?", "i", l->card.seq);
	if (!r) {
		r = db_step(&s->db, st, err);
		if (!r) {
			l->bytes = (uint64_t)db_int(st, 0);
			l->waiting = db_int(st, 1);
		}
		db_done(st);
		r = r == OSCI_E_EMPTY ? 0 : r; /* the card outlives the content */
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

int im_store_look(struct im_store *s, int64_t seq, struct im_pool *pool, struct im_delivery **ret, struct osci_err *err)
{
	struct im_delivery *d = im_pool_alloc(pool, 1, sizeof(*d));
	struct osci_blob *package = NULL;
	int r;

	*ret = d;
	if (!d)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a delivery");
	pthread_mutex_lock(&s->lock);
	r = db_exec(&s->db, err, "BEGIN", "");
	if (!r)
		r = store_load(s, seq, pool, d, &package, err);
	db_rollback(&s->db);
	pthread_mutex_unlock(&s->lock);
	return r || !package ? r : store_read_package(d, package, pool, err);
}
