/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_read - fetching deliveries
 *
 * Results live in the caller's pool.  Date rules take the given moment itself in, oldest first.  Every selection is
 * one step in an index, however many deliveries wait.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "intermediary/store_priv.h"

static int no_memory(struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a delivery");
}

int store_rows(struct im_store *s, sqlite3_stmt **ret, size_t *n, int64_t seq, const char *sql_count, const char *sql,
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

/* Octets of a file: a blob of the pool, not read here. */
static int open_file(struct im_store *s, const char *name, uint64_t len, struct im_pool *pool, struct osci_blob **ret,
		     struct osci_err *err)
{
	int r = im_files_read(&s->files, name, len, ret, err);

	return r ? r : im_pool_own_blob(pool, *ret) ? no_memory(err) : 0;
}

static int load_part(struct im_store *s, struct osci_part *p, sqlite3_stmt *st, struct im_pool *pool,
		     struct osci_err *err)
{
	size_t n;
	const void *data = db_blob(st, 4, &n);

	p->content_id = im_pool_text(pool, db_text(st, 0));
	if (!p->content_id)
		return no_memory(err);
	p->hashed = n == sizeof(p->sha256);
	if (p->hashed)
		memcpy(p->sha256, data, n);
	p->len = (size_t)db_int(st, 2);
	if (sqlite3_column_type(st, 1) != SQLITE_NULL)
		return open_file(s, db_text(st, 1), p->len, pool, &p->blob, err);
	data = db_blob(st, 3, &n);
	if (n != p->len)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, "database", "part has another length than noted");
	p->data = im_pool_copy(pool, data, n);
	return p->data ? 0 : no_memory(err);
}

static int load_parts(struct im_store *s, struct im_delivery *d, struct im_pool *pool, struct osci_err *err)
{
	sqlite3_stmt *st = NULL;
	int r = store_rows(s, &st, &d->n_parts, d->card.seq, "SELECT count(*) FROM part WHERE seq=?",
			   "SELECT content_id,file,len,data,sha256 FROM part WHERE seq=? ORDER BY n", err);

	if (!r && !(d->parts = im_pool_alloc(pool, d->n_parts, sizeof(*d->parts))))
		r = no_memory(err);
	FOR_ROWS(i, d->n_parts, r, &s->db, st, err)
		r = load_part(s, &d->parts[i], st, pool, err);
	db_done(st);
	return r;
}

/* The package is XML that the writer wants in memory; what it needs is limited by xml_bytes at its coming in. */
static int load_package(struct im_store *s, struct im_delivery *d, sqlite3_stmt *st, struct im_pool *pool,
			struct osci_blob **file, struct osci_err *err)
{
	const void *package = db_blob(st, 2, &d->package_len);

	if (sqlite3_column_type(st, 0) != SQLITE_NULL)
		return open_file(s, db_text(st, 0), (uint64_t)db_int(st, 1), pool, file, err);
	d->package = im_pool_copy(pool, package, d->package_len);
	return d->package ? 0 : no_memory(err);
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
	int r = store_rows(s, &st, &d->n_certs, d->card.seq, "SELECT count(*) FROM certificate WHERE seq=?",
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
	int r = store_rows(s, &st, &d->n_custom, d->card.seq, "SELECT count(*) FROM custom WHERE seq=?",
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

int store_load(struct im_store *s, int64_t seq, struct im_pool *pool, struct im_delivery *d, struct osci_blob **package,
	       struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, "SELECT " STORE_CARD_COLUMNS " FROM card WHERE seq=?", "i", seq);

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		r = store_load_card(s, &d->card, st, pool, err);
	db_done(st);
	if (r)
		return r;
	r = db_query(&s->db, &st, err, "SELECT file,len,package FROM delivery WHERE seq=?", "i", seq);
	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		r = load_package(s, d, st, pool, package, err);
	db_done(st);
	if (!r)
		r = load_parts(s, d, pool, err);
	if (!r)
		r = load_certs(s, d, pool, err);
	return r ? r : load_custom(s, d, pool, err);
}

int store_find_pending(struct im_store *s, const char *mailbox, const struct osci_selection *sel, int64_t *ret,
		       struct osci_err *err)
{
	sqlite3_stmt *st;
	int64_t since;
	int r;

	switch (sel->kind) {
	case OSCI_SELECT_MESSAGE_ID:
		r = db_query(&s->db, &st, err, STORE_SQL_FIND_ID, "tt", sel->n_message_ids ? sel->message_ids[0] : NULL,
			     mailbox);
		break;
	case OSCI_SELECT_RECEPTION:
		if (!sel->time || osci_parse_datetime(sel->time, strlen(sel->time), &since))
			return osci_fail(err, OSCI_E_EMPTY, NULL, NULL, "selection without a date and time");
		r = db_query(&s->db, &st, err, STORE_SQL_FIND_SINCE, "ti", mailbox, since);
		break;
	case OSCI_SELECT_NONE:
		r = db_query(&s->db, &st, err, STORE_SQL_FIND_OLDEST, "t", mailbox);
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

/* Finds, loads, and only then marks: what cannot be handed out was not forwarded. */
static int fetch_rows(struct im_store *s, const char *mailbox, const struct osci_selection *selection, int64_t now,
		      struct im_pool *pool, struct im_delivery *d, struct osci_blob **package, bool *more,
		      struct osci_err *err)
{
	struct im_card *c = &d->card;
	sqlite3_stmt *st;
	int64_t seq = 0;
	int r = store_find_pending(s, mailbox, selection, &seq, err);

	if (!r)
		r = store_load(s, seq, pool, d, package, err);
	if (r)
		return r;
	c->forwarding = c->forwarding ? c->forwarding : now;
	c->modified = now;
	r = db_exec(&s->db, err, "UPDATE card SET forwarding=?, modified=? WHERE seq=?", "iii", c->forwarding, now, seq);
	if (!r)
		r = db_query(&s->db, &st, err, STORE_SQL_MORE, "ti", mailbox, seq);
	return r ? r : db_found(&s->db, st, more, err);
}

int store_read_package(struct im_delivery *d, struct osci_blob *file, struct im_pool *pool, struct osci_err *err)
{
	char *octets;

	d->package_len = (size_t)osci_blob_len(file);
	octets = im_pool_alloc(pool, d->package_len, 1);
	if (!octets)
		return no_memory(err);
	d->package = octets;
	return osci_blob_read(file, 0, octets, d->package_len, err);
}

int im_store_fetch(struct im_store *s, const char *mailbox, const struct osci_selection *selection, int64_t now,
		   struct im_pool *pool, struct im_delivery **ret, bool *ret_more, struct osci_err *err)
{
	struct im_delivery *d = im_pool_alloc(pool, 1, sizeof(*d));
	struct osci_blob *package = NULL;
	int r;

	*ret = NULL;
	*ret_more = false;
	if (!d)
		return no_memory(err);
	r = store_begin(s, err);
	if (r)
		return r;
	r = store_end(s, fetch_rows(s, mailbox, selection, now, pool, d, &package, ret_more, err), err);
	if (!r && package)
		r = store_read_package(d, package, pool, err);
	*ret = r ? NULL : d;
	return r;
}
