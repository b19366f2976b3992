/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_cards - fetching process cards
 *
 * A client sees the cards of what it sent and of what was sent to it.  Date rules take the given moment itself in,
 * oldest first.  Cards are read in the order of an index and no further than asked for.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "intermediary/store_priv.h"

static int no_memory(struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for process cards");
}

static int load_inspections(struct im_store *s, struct im_card *c, struct im_pool *pool, struct osci_err *err)
{
	struct osci_inspection *list = NULL;
	sqlite3_stmt *st = NULL;
	int r = store_rows(s, &st, &c->n_inspections, c->seq, "SELECT count(*) FROM inspection WHERE seq=?",
		     "SELECT subject,issuer,serial,cert_type,math,offline,time,online,crl FROM inspection WHERE seq=? ORDER BY n",
		     err);

	if (!r && !(list = im_pool_alloc(pool, c->n_inspections, sizeof(*list))))
		r = no_memory(err);
	c->inspections = list;
	for (size_t i = 0; !r && i < c->n_inspections && !(r = db_step(&s->db, st, err)); i++) {
		const char **const fields[] = { &list[i].subject, &list[i].issuer,  &list[i].serial, &list[i].cert_type,
						&list[i].math,	  &list[i].offline, &list[i].time };

		for (int col = 0; col < 7; col++)
			if (!(*fields[col] = im_pool_text(pool, db_text(st, col))))
				r = no_memory(err);
		if (sqlite3_column_type(st, 7) != SQLITE_NULL && !(list[i].online = im_pool_text(pool, db_text(st, 7))))
			r = no_memory(err);
		if (sqlite3_column_type(st, 8) != SQLITE_NULL && !(list[i].crl = im_pool_text(pool, db_text(st, 8))))
			r = no_memory(err);
	}
	db_done(st);
	return r;
}

int store_load_card(struct im_store *s, struct im_card *c, sqlite3_stmt *st, struct im_pool *pool, struct osci_err *err)
{
	bool has_subject = sqlite3_column_type(st, 4) != SQLITE_NULL;

	*c = (struct im_card){
		.seq = db_int(st, 0),
		.message_id = im_pool_text(pool, db_text(st, 1)),
		.originator = im_pool_text(pool, db_text(st, 2)),
		.addressee = im_pool_text(pool, db_text(st, 3)),
		.subject = has_subject ? im_pool_text(pool, db_text(st, 4)) : NULL,
		.creation = db_int(st, 5),
		.forwarding = db_int(st, 6),
		.reception = db_int(st, 7),
		.modified = db_int(st, 8),
	};
	if (!c->message_id || !c->originator || !c->addressee || (has_subject && !c->subject))
		return no_memory(err);
	return load_inspections(s, c, pool, err);
}

static bool is_set(const char *role, const char *name)
{
	return !role || !strcmp(role, name);
}

static int query(struct im_store *s, sqlite3_stmt **st, const char *client, const struct osci_selection *sel, size_t max,
		 struct osci_err *err)
{
	int64_t since = INT64_MIN;

	if (sel->kind != OSCI_SELECT_NONE && (!sel->time || osci_parse_datetime(sel->time, strlen(sel->time), &since)))
		return osci_fail(err, OSCI_E_EMPTY, NULL, NULL, "selection without a date and time");
	return db_query(&s->db, st, err, sel->kind == OSCI_SELECT_RECENT ? STORE_SQL_CARDS_RECENT : STORE_SQL_CARDS_SINCE,
			"tiiiii", client, since, (int64_t)is_set(sel->role, "Originator"),
			(int64_t)is_set(sel->role, "Addressee"), (int64_t)sel->no_reception, (int64_t)max + 1);
}

/* Adds the row @st stands on, or says that there is one more than @max. */
static int collect(struct im_store *s, sqlite3_stmt *st, size_t max, struct im_pool *pool, struct im_card *list,
		   size_t *n, bool *more, struct osci_err *err)
{
	int r = db_step(&s->db, st, err);

	if (r)
		return r;
	if (*n == max) {
		*more = true;
		return OSCI_E_EMPTY;
	}
	r = store_load_card(s, &list[*n], st, pool, err);
	if (!r)
		(*n)++;
	return r;
}

static int cards_by_id(struct im_store *s, const char *client, const struct osci_selection *sel, size_t max,
		       struct im_pool *pool, struct im_card *list, size_t *n, bool *more, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < sel->n_message_ids; i++) {
		sqlite3_stmt *st;

		r = db_query(&s->db, &st, err,
			     "SELECT " STORE_CARD_COLUMNS " FROM card WHERE message_id=?1 AND ?2 IN (originator,addressee)",
			     "tt", sel->message_ids[i], client);
		if (!r)
			r = collect(s, st, max, pool, list, n, more, err);
		db_done(st);
		if (r == OSCI_E_EMPTY)
			r = 0;
	}
	return r;
}

static int find_cards(struct im_store *s, const char *client, const struct osci_selection *sel, size_t max,
		      struct im_pool *pool, struct im_card *list, size_t *n, bool *more, struct osci_err *err)
{
	sqlite3_stmt *st = NULL;
	int r;

	if (sel->kind == OSCI_SELECT_MESSAGE_ID)
		return cards_by_id(s, client, sel, max, pool, list, n, more, err);
	r = query(s, &st, client, sel, max, err);
	while (!r)
		r = collect(s, st, max, pool, list, n, more, err);
	db_done(st);
	return r == OSCI_E_EMPTY ? 0 : r;
}

int im_store_cards(struct im_store *s, const char *client, const struct osci_selection *selection, size_t max,
		   struct im_pool *pool, struct im_card **ret, size_t *ret_n, bool *ret_more, struct osci_err *err)
{
	struct im_card *list = im_pool_alloc(pool, max, sizeof(*list));
	int r;

	*ret = list;
	*ret_n = 0;
	*ret_more = false;
	if (!list)
		return no_memory(err);
	pthread_mutex_lock(&s->lock);
	r = find_cards(s, client, selection, max, pool, list, ret_n, ret_more, err);
	pthread_mutex_unlock(&s->lock);
	if (!r && !*ret_n)
		return osci_fail(err, OSCI_E_EMPTY, "9804", NULL, "no process card fits");
	return r;
}
