/* SPDX-License-Identifier: Apache-2.0 */
/* store_stats - how much waits: for health and metrics; one step per mailbox, however much is in it */
#include "intermediary/store_priv.h"

/* One row of numbers. */
static int numbers(struct im_store *s, int64_t *ret, int n, struct osci_err *err, const char *sql, const char *key)
{
	sqlite3_stmt *st = NULL;
	int r;

	pthread_mutex_lock(&s->lock);
	r = db_query(&s->db, &st, err, sql, key ? "t" : "", key);
	if (!r)
		r = db_step(&s->db, st, err);
	for (int i = 0; !r && i < n; i++)
		ret[i] = db_int(st, i);
	db_done(st);
	pthread_mutex_unlock(&s->lock);
	return r;
}

int im_store_stats(struct im_store *s, struct im_store_stats *ret, struct osci_err *err)
{
	int64_t v[4] = { 0 };
	int r = numbers(s, v, 4, err,
			"SELECT count(*), coalesce(sum(deliveries),0), coalesce(sum(bytes),0),"
			" coalesce(min((SELECT min(creation) FROM delivery d WHERE d.mailbox=m.name AND purge=0)),0)"
			" FROM mailbox m WHERE deliveries>0", NULL);

	*ret = (struct im_store_stats){ { (uint64_t)v[1], (uint64_t)v[2] }, (uint64_t)v[0], v[3] };
	return r;
}

int im_store_waiting(struct im_store *s, const char *mailbox, struct im_store_waiting *ret, struct osci_err *err)
{
	int64_t v[2] = { 0 };
	int r = numbers(s, v, 2, err, "SELECT deliveries, bytes FROM mailbox WHERE name=?", mailbox);

	*ret = (struct im_store_waiting){ (uint64_t)v[0], (uint64_t)v[1] };
	return r == OSCI_E_EMPTY ? 0 : r;
}
