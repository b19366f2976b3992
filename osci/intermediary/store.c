/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - MessageIds, taking deliveries in, confirming them, throwing away
 *
 * Reading is store_read.c.  A used MessageId stays known as long as its card, so that a repeated
 * order is refused even when the content is long gone.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "intermediary/store.h"
#include "intermediary/store_schema.h"

int im_store_open(struct im_store *s, const char *path, const struct im_store_limits *limits, struct osci_err *err)
{
	s->limits = *limits;
	return db_open(&s->db, path, im_store_migrations, err);
}

void im_store_close(struct im_store *s)
{
	db_close(&s->db);
}

int im_store_adopt(struct im_store *s, const char *from, const char *to, struct osci_err *err)
{
	int r = db_begin(&s->db, err);

	if (r)
		return r;
	r = db_exec(&s->db, err, "UPDATE message_id SET client=? WHERE client=?", "tt", to, from);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE card SET originator=? WHERE originator=?", "tt", to, from);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE card SET addressee=? WHERE addressee=?", "tt", to, from);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE delivery SET mailbox=? WHERE mailbox=?", "tt", to, from);
	if (!r)
		r = db_commit(&s->db, err);
	if (r)
		db_rollback(&s->db);
	return r;
}

/* One number; 0 if there is no row. */
static int count(struct im_store *s, int64_t *ret, struct osci_err *err, const char *sql, const char *key)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, sql, "t", key);

	*ret = 0;
	if (r)
		return r;
	r = db_step(&s->db, st, err);
	if (!r)
		*ret = db_int(st, 0);
	db_done(st);
	return r == OSCI_E_EMPTY ? 0 : r;
}

int im_store_issue(struct im_store *s, const char *client, const char *host, int64_t now, struct im_pool *pool,
		   const char **ret, struct osci_err *err)
{
	char uuid[37], id[IM_MESSAGE_ID_MAX + 1];
	int64_t open_ids;
	int r = osci_uuid4(uuid);

	if (r)
		return osci_fail(err, r, NULL, NULL, "no random octets");
	if ((size_t)snprintf(id, sizeof(id), "%s@%s", uuid, host) >= sizeof(id))
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "host name too long for a MessageId");
	r = count(s, &open_ids, err, "SELECT count(*) FROM message_id WHERE client=? AND used=0", client);
	if (r)
		return r;
	*ret = im_pool_text(pool, id);
	if (!*ret)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a MessageId");
	/* A recorded order can be sent again by anybody: that must not keep the client from getting an id. */
	if ((uint64_t)open_ids >= s->limits.open_ids) {
		r = db_exec(&s->db, err,
			    "DELETE FROM message_id WHERE id=(SELECT id FROM message_id WHERE client=? AND used=0"
			    " ORDER BY issued LIMIT 1)", "t", client);
		if (r)
			return r;
	}
	return db_exec(&s->db, err, "INSERT INTO message_id(id,client,issued) VALUES(?,?,?)", "tti", id, client, now);
}

static int use_id(struct im_store *s, const char *id, const char *client, struct osci_err *err)
{
	int r = db_exec(&s->db, err, "UPDATE message_id SET used=1 WHERE id=? AND client=? AND used=0", "tt", id,
			client);

	if (r)
		return r;
	if (db_changes(&s->db) != 1)
		return osci_fail(err, OSCI_E_EXISTS, "9801", NULL, "MessageId not issued to this client, or used");
	return 0;
}

static uint64_t size_of(const struct im_delivery *d)
{
	uint64_t n = d->package_len;

	for (size_t i = 0; i < d->n_parts; i++)
		n += d->parts[i].len;
	for (size_t i = 0; i < d->n_certs; i++)
		n += d->certs[i].len;
	for (size_t i = 0; i < d->n_custom; i++)
		n += d->custom[i].len;
	return n;
}

static int check_quota(struct im_store *s, const struct im_delivery *d, uint64_t size, struct osci_err *err)
{
	uint64_t max = d->max_deliveries ? d->max_deliveries : s->limits.mailbox_deliveries;
	uint64_t max_bytes = d->max_bytes ? d->max_bytes : s->limits.mailbox_bytes;
	const char *mailbox = d->card.addressee;
	int64_t n, bytes;
	int r = count(s, &n, err, "SELECT count(*) FROM delivery WHERE mailbox=? AND purge=0", mailbox);

	if (!r)
		r = count(s, &bytes, err, "SELECT coalesce(sum(bytes),0) FROM delivery WHERE mailbox=? AND purge=0",
			  mailbox);
	if (r)
		return r;
	if ((uint64_t)n >= max || (uint64_t)bytes + size > max_bytes)
		return osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "mailbox full: %lld deliveries, %lld octets",
				 (long long)n, (long long)bytes);
	return 0;
}

static int insert_card(struct im_store *s, struct im_card *c, struct osci_err *err)
{
	int r = db_exec(&s->db, err,
			"INSERT INTO card(message_id,originator,addressee,subject,creation,modified)"
			" VALUES(?,?,?,?,?,?)",
			"ttttii", c->message_id, c->originator, c->addressee, c->subject, c->creation, c->modified);

	if (r)
		return r;
	c->seq = db_last_id(&s->db);
	for (size_t i = 0; !r && i < c->n_inspections; i++) {
		const struct osci_inspection *n = &c->inspections[i];

		r = db_exec(&s->db, err,
			    "INSERT INTO inspection(seq,n,subject,issuer,serial,cert_type,math,offline,online,"
			    "time) VALUES(?,?,?,?,?,?,?,?,?,?)",
			    "iitttttttt", c->seq, (int64_t)i, n->subject, n->issuer, n->serial, n->cert_type, n->math,
			    n->offline, n->online, n->time);
	}
	return r;
}

static int insert_content(struct im_store *s, const struct im_delivery *d, uint64_t size, struct osci_err *err)
{
	int64_t seq = d->card.seq;
	int r = db_exec(&s->db, err, "INSERT INTO delivery(seq,mailbox,bytes,package) VALUES(?,?,?,?)", "itib", seq,
			d->card.addressee, (int64_t)size, d->package, d->package_len);

	for (size_t i = 0; !r && i < d->n_parts; i++)
		r = db_exec(&s->db, err, "INSERT INTO part(seq,n,content_id,data) VALUES(?,?,?,?)", "iitb", seq,
			    (int64_t)i, d->parts[i].content_id, d->parts[i].data, d->parts[i].len);
	for (size_t i = 0; !r && i < d->n_certs; i++)
		r = db_exec(&s->db, err, "INSERT INTO certificate(seq,n,role,id,der) VALUES(?,?,?,?,?)", "iittb", seq,
			    (int64_t)i, osci_role_element(d->certs[i].role), d->certs[i].id, d->certs[i].der,
			    d->certs[i].len);
	for (size_t i = 0; !r && i < d->n_custom; i++)
		r = db_exec(&s->db, err, "INSERT INTO custom(seq,n,xml) VALUES(?,?,?)", "iib", seq, (int64_t)i,
			    d->custom[i].xml, d->custom[i].len);
	return r;
}

int im_store_put(struct im_store *s, struct im_delivery *d, int64_t now, struct osci_err *err)
{
	uint64_t size = size_of(d);
	int r = db_begin(&s->db, err);

	if (r)
		return r;
	d->card.creation = d->card.modified = now;
	r = use_id(s, d->card.message_id, d->card.originator, err);
	if (!r)
		r = check_quota(s, d, size, err);
	if (!r)
		r = insert_card(s, &d->card, err);
	if (!r)
		r = insert_content(s, d, size, err);
	if (!r)
		r = db_commit(&s->db, err);
	if (r)
		db_rollback(&s->db);
	return r;
}

int im_store_received(struct im_store *s, int64_t seq, int64_t now, int64_t retention, struct osci_err *err)
{
	int r = db_begin(&s->db, err);

	if (r)
		return r;
	/* The first confirmation counts: two dialogs may have fetched the same delivery. */
	r = db_exec(&s->db, err, "UPDATE card SET reception=?, modified=? WHERE seq=? AND reception=0", "iii", now, now,
		    seq);
	if (!r)
		r = retention > 0 ? db_exec(&s->db, err, "UPDATE delivery SET purge=? WHERE seq=? AND purge=0", "ii",
					    now + retention, seq) :
				    db_exec(&s->db, err, "DELETE FROM delivery WHERE seq=?", "i", seq);
	if (!r)
		r = db_commit(&s->db, err);
	if (r)
		db_rollback(&s->db);
	return r;
}

int im_store_purge(struct im_store *s, int64_t now, int64_t keep_since, struct osci_err *err)
{
	int r = db_begin(&s->db, err);

	if (r)
		return r;
	r = db_exec(&s->db, err, "DELETE FROM delivery WHERE purge<>0 AND purge<=?", "i", now);
	if (!r) /* a pending delivery keeps its card */
		r = db_exec(&s->db, err,
			    "DELETE FROM card WHERE modified<? AND seq NOT IN (SELECT seq FROM delivery WHERE purge=0)",
			    "i", keep_since);
	if (!r)
		r = db_exec(&s->db, err,
			    "DELETE FROM message_id WHERE issued<? AND id NOT IN (SELECT message_id FROM card)", "i",
			    keep_since);
	if (!r)
		r = db_commit(&s->db, err);
	if (r)
		db_rollback(&s->db);
	return r;
}
