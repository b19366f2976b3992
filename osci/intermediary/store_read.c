/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_read - fetching deliveries and process cards
 *
 * Results live in the caller's pool.  Date rules take the
 * given moment itself in, oldest first.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "intermediary/store.h"

static int no_memory(struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a delivery");
}

/* Rows of one table of a delivery; the caller sized @n by count(). */
static int rows(struct im_store *s, sqlite3_stmt **ret, size_t *n, int64_t seq, const char *sql_count, const char *sql,
		struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, sql_count, "i", seq);

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		*n = (size_t)db_int(st, 0);
	db_done(st);
	return r ? r : db_query(&s->db, ret, err, sql, "i", seq);
}

/* Reads until @n rows are there; fewer are damage. */
#define FOR_ROWS(i, n, r, db, st, err) for (size_t i = 0; !(r) && i < (n) && !((r) = db_step(db, st, err)); i++)

static int load_inspections(struct im_store *s, struct im_card *c, struct im_pool *pool, struct osci_err *err)
{
	struct osci_inspection *list = NULL;
	sqlite3_stmt *st = NULL;
	int r = rows(s, &st, &c->n_inspections, c->seq, "SELECT count(*) FROM inspection WHERE seq=?",
		     "SELECT subject,issuer,serial,cert_type,math,offline,time,online FROM inspection WHERE seq=? ORDER BY n",
		     err);

	if (!r && !(list = im_pool_alloc(pool, c->n_inspections, sizeof(*list))))
		r = no_memory(err);
	c->inspections = list;
	FOR_ROWS(i, c->n_inspections, r, &s->db, st, err)
	{
		const char **const fields[] = { &list[i].subject, &list[i].issuer,  &list[i].serial, &list[i].cert_type,
						&list[i].math,	  &list[i].offline, &list[i].time };

		for (int col = 0; col < 7; col++)
			if (!(*fields[col] = im_pool_text(pool, db_text(st, col))))
				r = no_memory(err);
		if (sqlite3_column_type(st, 7) != SQLITE_NULL && !(list[i].online = im_pool_text(pool, db_text(st, 7))))
			r = no_memory(err);
	}
	db_done(st);
	return r;
}

#define CARD_COLUMNS "seq,message_id,originator,addressee,subject,creation,forwarding,reception,modified"

static int load_card(struct im_store *s, struct im_card *c, sqlite3_stmt *st, struct im_pool *pool,
		     struct osci_err *err)
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

static int load_parts(struct im_store *s, struct im_delivery *d, struct im_pool *pool, struct osci_err *err)
{
	struct osci_part *list = NULL;
	sqlite3_stmt *st = NULL;
	int r = rows(s, &st, &d->n_parts, d->card.seq, "SELECT count(*) FROM part WHERE seq=?",
		     "SELECT content_id,data FROM part WHERE seq=? ORDER BY n", err);

	if (!r && !(list = im_pool_alloc(pool, d->n_parts, sizeof(*list))))
		r = no_memory(err);
	d->parts = list;
	FOR_ROWS(i, d->n_parts, r, &s->db, st, err)
	{
		const void *data = db_blob(st, 1, &list[i].len);

		list[i].content_id = im_pool_text(pool, db_text(st, 0));
		list[i].data = im_pool_copy(pool, data, list[i].len);
		if (!list[i].content_id || !list[i].data)
			r = no_memory(err);
	}
	db_done(st);
	return r;
}

static int role_of(const char *element, enum osci_role *ret)
{
	for (int role = OSCI_CIPHER_ORIGINATOR; role <= OSCI_SIGN_INTERMEDIARY; role++)
		if (!strcmp(osci_role_element((enum osci_role)role), element)) {
			*ret = (enum osci_role)role;
			return 0;
		}
	return OSCI_E_MALFORMED;
}

static int load_certs(struct im_store *s, struct im_delivery *d, struct im_pool *pool, struct osci_err *err)
{
	struct im_stored_cert *list = NULL;
	sqlite3_stmt *st = NULL;
	int r = rows(s, &st, &d->n_certs, d->card.seq, "SELECT count(*) FROM certificate WHERE seq=?",
		     "SELECT role,id,der FROM certificate WHERE seq=? ORDER BY n", err);

	if (!r && !(list = im_pool_alloc(pool, d->n_certs, sizeof(*list))))
		r = no_memory(err);
	d->certs = list;
	FOR_ROWS(i, d->n_certs, r, &s->db, st, err)
	{
		const void *der = db_blob(st, 2, &list[i].len);

		list[i].id = im_pool_text(pool, db_text(st, 1));
		list[i].der = im_pool_copy(pool, der, list[i].len);
		if (!list[i].id || !list[i].der)
			r = no_memory(err);
		else if (role_of(db_text(st, 0), &list[i].role))
			r = osci_fail(err, OSCI_E_MALFORMED, NULL, "database", "unknown role of a certificate");
	}
	db_done(st);
	return r;
}

static int load_custom(struct im_store *s, struct im_delivery *d, struct im_pool *pool, struct osci_err *err)
{
	struct osci_custom *list = NULL;
	sqlite3_stmt *st = NULL;
	int r = rows(s, &st, &d->n_custom, d->card.seq, "SELECT count(*) FROM custom WHERE seq=?",
		     "SELECT xml FROM custom WHERE seq=? ORDER BY n", err);

	if (!r && !(list = im_pool_alloc(pool, d->n_custom, sizeof(*list))))
		r = no_memory(err);
	d->custom = list;
	FOR_ROWS(i, d->n_custom, r, &s->db, st, err)
	{
		const void *xml = db_blob(st, 0, &list[i].len);

		list[i].xml = im_pool_copy(pool, xml, list[i].len);
		if (!list[i].xml)
			r = no_memory(err);
	}
	db_done(st);
	return r;
}

static int load_delivery(struct im_store *s, int64_t seq, struct im_pool *pool, struct im_delivery **ret,
			 struct osci_err *err)
{
	struct im_delivery *d = im_pool_alloc(pool, 1, sizeof(*d));
	sqlite3_stmt *st;
	int r;

	if (!d)
		return no_memory(err);
	r = db_query(&s->db, &st, err, "SELECT " CARD_COLUMNS " FROM card WHERE seq=?", "i", seq);
	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		r = load_card(s, &d->card, st, pool, err);
	db_done(st);
	if (r)
		return r;
	r = db_query(&s->db, &st, err, "SELECT package FROM delivery WHERE seq=?", "i", seq);
	if (!r)
		r = db_step(&s->db, st, err);
	if (!r) {
		const void *package = db_blob(st, 0, &d->package_len);

		d->package = im_pool_copy(pool, package, d->package_len);
		if (!d->package)
			r = no_memory(err);
	}
	db_done(st);
	if (!r)
		r = load_parts(s, d, pool, err);
	if (!r)
		r = load_certs(s, d, pool, err);
	if (!r)
		r = load_custom(s, d, pool, err);
	*ret = d;
	return r;
}

static int find_pending(struct im_store *s, const char *mailbox, const struct osci_selection *sel, int64_t *ret,
			struct osci_err *err)
{
	sqlite3_stmt *st;
	int64_t since;
	int r;

	switch (sel->kind) {
	case OSCI_SELECT_MESSAGE_ID:
		r = db_query(&s->db, &st, err,
			     "SELECT d.seq FROM delivery d JOIN card c USING(seq)"
			     " WHERE d.mailbox=? AND d.purge=0 AND c.message_id=?",
			     "tt", mailbox, sel->n_message_ids ? sel->message_ids[0] : NULL);
		break;
	case OSCI_SELECT_RECEPTION:
		if (!sel->time || osci_parse_datetime(sel->time, strlen(sel->time), &since))
			return osci_fail(err, OSCI_E_EMPTY, NULL, NULL, "selection without a date and time");
		r = db_query(&s->db, &st, err,
			     "SELECT d.seq FROM delivery d JOIN card c USING(seq)"
			     " WHERE d.mailbox=? AND d.purge=0 AND c.creation>=? ORDER BY d.seq LIMIT 1",
			     "ti", mailbox, since);
		break;
	case OSCI_SELECT_NONE:
		r = db_query(&s->db, &st, err,
			     "SELECT seq FROM delivery WHERE mailbox=? AND purge=0 ORDER BY seq LIMIT 1", "t",
			     mailbox);
		break;
	default:
		return osci_fail(err, OSCI_E_EMPTY, NULL, NULL, "selection that deliveries do not have");
	}
	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		*ret = db_int(st, 0);
	db_done(st);
	return r;
}

int im_store_fetch(struct im_store *s, const char *mailbox, const struct osci_selection *selection, int64_t now,
		   struct im_pool *pool, struct im_delivery **ret, uint64_t *ret_waiting, struct osci_err *err)
{
	sqlite3_stmt *st;
	int64_t seq = 0;
	int r = find_pending(s, mailbox, selection, &seq, err);

	*ret = NULL;
	*ret_waiting = 0;
	if (!r)
		r = db_exec(&s->db, err,
			    "UPDATE card SET forwarding=iif(forwarding=0,?,forwarding), modified=? WHERE seq=?", "iii",
			    now, now, seq);
	if (!r)
		r = load_delivery(s, seq, pool, ret, err);
	if (r)
		return r;
	r = db_query(&s->db, &st, err, "SELECT count(*) FROM delivery WHERE mailbox=? AND purge=0 AND seq<>?", "ti",
		     mailbox, seq);
	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		*ret_waiting = (uint64_t)db_int(st, 0);
	db_done(st);
	return r;
}

/* Who may see a card: its originator and its addressee, narrowed by the role asked for. */
#define MAY_SEE "((?1 AND originator=?2) OR (?3 AND addressee=?2))"

static int query_by_date(struct im_store *s, sqlite3_stmt **st, const char *client, const struct osci_selection *sel,
			 bool as_originator, bool as_addressee, struct osci_err *err)
{
	int64_t since = INT64_MIN;

	if (sel->kind != OSCI_SELECT_NONE && (!sel->time || osci_parse_datetime(sel->time, strlen(sel->time), &since)))
		return osci_fail(err, OSCI_E_EMPTY, NULL, NULL, "selection without a date and time");
	if (sel->kind == OSCI_SELECT_RECENT)
		return db_query(&s->db, st, err,
				"SELECT " CARD_COLUMNS " FROM card WHERE " MAY_SEE
				" AND modified>=?4 AND (NOT ?5 OR reception=0) ORDER BY modified, seq",
				"itiii", (int64_t)as_originator, client, (int64_t)as_addressee, since,
				(int64_t)sel->no_reception);
	return db_query(&s->db, st, err,
			"SELECT " CARD_COLUMNS " FROM card WHERE " MAY_SEE
			" AND creation>=?4 AND (NOT ?5 OR reception=0) ORDER BY seq",
			"itiii", (int64_t)as_originator, client, (int64_t)as_addressee, since,
			(int64_t)sel->no_reception);
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
	r = load_card(s, &list[*n], st, pool, err);
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
			     "SELECT " CARD_COLUMNS " FROM card WHERE " MAY_SEE " AND message_id=?4", "itit",
			     (int64_t)1, client, (int64_t)1, sel->message_ids[i]);
		if (!r)
			r = collect(s, st, max, pool, list, n, more, err);
		db_done(st);
		if (r == OSCI_E_EMPTY)
			r = 0;
	}
	return r;
}

int im_store_cards(struct im_store *s, const char *client, const struct osci_selection *selection, size_t max,
		   struct im_pool *pool, struct im_card **ret, size_t *ret_n, bool *ret_more, struct osci_err *err)
{
	bool by_originator = !selection->role || !strcmp(selection->role, "Originator");
	bool by_addressee = !selection->role || !strcmp(selection->role, "Addressee");
	struct im_card *list = im_pool_alloc(pool, max, sizeof(*list));
	sqlite3_stmt *st = NULL;
	int r;

	*ret = list;
	*ret_n = 0;
	*ret_more = false;
	if (!list)
		return no_memory(err);
	if (selection->kind == OSCI_SELECT_MESSAGE_ID) {
		r = cards_by_id(s, client, selection, max, pool, list, ret_n, ret_more, err);
	} else {
		r = query_by_date(s, &st, client, selection, by_originator, by_addressee, err);
		while (!r)
			r = collect(s, st, max, pool, list, ret_n, ret_more, err);
		db_done(st);
		if (r == OSCI_E_EMPTY)
			r = 0;
	}
	if (!r && !*ret_n)
		return osci_fail(err, OSCI_E_EMPTY, "9804", NULL, "no process card fits");
	return r;
}
