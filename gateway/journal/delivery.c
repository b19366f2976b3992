/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery - what came in, and what goes out to the offices
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/text.h"
#include "journal/journal.h"

#define SHA256_OCTETS 32

static int copy_blob(sqlite3_stmt *st, int col, unsigned char **ret, size_t *ret_len)
{
	const void *data = db_blob(st, col, ret_len);

	*ret = malloc(*ret_len + 1);
	if (!*ret)
		return -ENOMEM;
	if (*ret_len)
		memcpy(*ret, data, *ret_len);
	(*ret)[*ret_len] = '\0';
	return 0;
}

void xgw_inbound_freep(struct xgw_inbound **p)
{
	struct xgw_inbound *i = *p;

	*p = NULL;
	if (!i)
		return;
	free(i->office);
	free(i->osci_id);
	free(i->raw);
	free(i);
}

int xgw_journal_add_inbound(struct xgw_journal *j, const char *office, const char *osci_id, const void *raw,
			    size_t len, int64_t now, struct osci_err *err)
{
	unsigned char digest[SHA256_OCTETS];
	char hex[2 * SHA256_OCTETS + 1];

	if (!EVP_Digest(raw, len, digest, NULL, EVP_sha256(), NULL))
		return -ENOMEM;
	osci_hex(hex, digest, sizeof(digest));
	return db_exec(&j->db, err, "INSERT INTO inbound(office,osci_id,raw,raw_hash,fetched) VALUES(?,?,?,?,?)", "ttbti",
		       office, osci_id, raw, len, hex, now);
}

int xgw_journal_next_inbound(struct xgw_journal *j, const char *office, int64_t after, struct xgw_inbound **ret,
			     struct osci_err *err)
{
	_cleanup_(xgw_inbound_freep) struct xgw_inbound *i = NULL;
	sqlite3_stmt *st;
	int e;

	if (office)
		e = db_query(&j->db, &st, err, "SELECT id,fetched,office,osci_id,raw FROM inbound WHERE status='new' AND "
			     "id>? AND office=? ORDER BY id LIMIT 1", "it", after, office);
	else
		e = db_query(&j->db, &st, err, "SELECT id,fetched,office,osci_id,raw FROM inbound WHERE status='new' AND "
			     "id>? ORDER BY id LIMIT 1", "i", after);
	if (e)
		return e;
	e = db_step(&j->db, st, err);
	if (!e) {
		i = calloc(1, sizeof(*i));
		if (i) {
			i->id = db_int(st, 0);
			i->fetched = db_int(st, 1);
			i->office = strdup(db_text(st, 2));
			i->osci_id = strdup(db_text(st, 3));
		}
		if (!i || !i->office || !i->osci_id || copy_blob(st, 4, &i->raw, &i->raw_len))
			e = -ENOMEM;
	}
	db_done(st);
	if (e)
		return e;
	*ret = i;
	i = NULL;
	return 0;
}

static const char *nn(const char *s)
{
	return s ? s : "";
}

int xgw_journal_inbound_done(struct xgw_journal *j, int64_t id, const struct xgw_inbound_result *r, struct osci_err *err)
{
	return db_exec(&j->db, err,
		       "UPDATE inbound SET status=?,uuid=?,code=?,partner=?,content=?,request=nullif(?,0) WHERE id=?", "tttttii",
		       r->status, nn(r->uuid), nn(r->code), nn(r->partner), nn(r->content), r->request, id);
}

int xgw_journal_known(struct xgw_journal *j, const char *office, const char *uuid, const char *content,
		      struct xgw_known *ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int e;

	*ret = (struct xgw_known){ .uuid = false };
	e = db_query(&j->db, &st, err, "SELECT 1 FROM inbound WHERE office=? AND uuid=? AND uuid<>'' AND "
		     "status IN ('delivered','unassigned')", "tt", office, uuid);
	if (!e)
		e = db_found(&j->db, st, &ret->uuid, err);
	if (!e)
		e = db_query(&j->db, &st, err, "SELECT 1 FROM inbound WHERE office=? AND content=? AND content<>'' AND "
			     "status IN ('delivered','unassigned')", "tt", office, content);
	if (!e)
		e = db_found(&j->db, st, &ret->same, err);
	if (!e)
		e = db_query(&j->db, &st, err, "SELECT 1 FROM request WHERE rejects IN (SELECT id FROM inbound WHERE "
			     "office=? AND content=? AND content<>'')", "tt", office, content);
	return e ? e : db_found(&j->db, st, &ret->rejected, err);
}

/* The counter of AUTOINCREMENT, which an empty table may not have yet. */
int xgw_journal_deliveries_from(struct xgw_journal *j, int64_t after, struct osci_err *err)
{
	int e = db_exec(&j->db, err, "INSERT INTO sqlite_sequence(name,seq) SELECT 'delivery',0 WHERE NOT EXISTS"
			" (SELECT 1 FROM sqlite_sequence WHERE name='delivery')", "");

	return e ? e : db_exec(&j->db, err, "UPDATE sqlite_sequence SET seq=max(seq,?) WHERE name='delivery'", "i", after);
}

int xgw_journal_add_delivery(struct xgw_journal *j, const char *office, const struct xgw_request *r,
			     const char *outcome, bool final, const char *json, const void *xml, size_t xml_len,
			     int64_t inbound, int64_t now, int64_t *ret_id, struct osci_err *err)
{
	static const char sql[] =
		"INSERT INTO delivery(request,office,outcome,final,json,inbound,created,xml) "
		"VALUES(nullif(?,0),?,?,?,?,nullif(?,0),?,?)";
	int64_t id = r ? r->id : 0;
	int e;

	if (xml)
		e = db_exec(&j->db, err, sql, "ittitiib", id, office, outcome, (int64_t)final, json, inbound, now, xml,
			    xml_len);
	else
		e = db_exec(&j->db, err, sql, "ittitiin", id, office, outcome, (int64_t)final, json, inbound, now);
	if (!e && ret_id)
		*ret_id = db_last_id(&j->db);
	return e;
}

void xgw_delivery_row_freep(struct xgw_delivery_row **p)
{
	struct xgw_delivery_row *d = *p;

	*p = NULL;
	if (!d)
		return;
	free(d->json);
	free(d->xml);
	free(d);
}

static int one(struct xgw_journal *j, sqlite3_stmt *st, struct xgw_delivery_row **ret, struct osci_err *err)
{
	_cleanup_(xgw_delivery_row_freep) struct xgw_delivery_row *d = NULL;
	int e = db_step(&j->db, st, err);

	if (!e) {
		d = calloc(1, sizeof(*d));
		if (d) {
			d->id = db_int(st, 0);
			d->sent = db_int(st, 1);
			d->json = strdup(db_text(st, 2));
		}
		if (!d || !d->json)
			e = -ENOMEM;
		else if (sqlite3_column_type(st, 3) != SQLITE_NULL)
			e = copy_blob(st, 3, &d->xml, &d->xml_len);
	}
	db_done(st);
	if (e)
		return e;
	*ret = d;
	d = NULL;
	return 0;
}

int xgw_journal_next_delivery(struct xgw_journal *j, const char *office, int64_t after, struct xgw_delivery_row **ret,
			      struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT id,sent,json,xml FROM delivery WHERE office=? AND id>? AND acked IS NULL "
			 "ORDER BY id LIMIT 1", "ti", office, after);

	return e ? e : one(j, st, ret, err);
}

int xgw_journal_delivery(struct xgw_journal *j, const char *office, int64_t id, struct xgw_delivery_row **ret,
			 struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err, "SELECT id,sent,json,xml FROM delivery WHERE office=? AND id=? AND acked IS NULL",
			 "ti", office, id);

	return e ? e : one(j, st, ret, err);
}

int xgw_journal_delivery_sent(struct xgw_journal *j, int64_t id, struct osci_err *err)
{
	return db_exec(&j->db, err, "UPDATE delivery SET sent=sent+1 WHERE id=?", "i", id);
}

#define CHILDREN_MAX 64 /* decisions to one request; more than a handful never happens */

/* The last final answer of the dialogue is acknowledged: the request and its decisions are closed. */
static int close_dialogue(struct xgw_journal *j, int64_t request, int64_t now, struct osci_err *err)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = NULL;
	int64_t ids[CHILDREN_MAX];
	size_t n = 0;
	int e;

	e = xgw_journal_request(j, request, &r, err);
	if (!e)
		e = xgw_journal_apply(j, r, XGW_EV_ACKED, "office", now, NULL, err);
	if (!e)
		e = xgw_journal_children(j, request, ids, CHILDREN_MAX, &n, err);
	for (size_t i = 0; i < n && !e; i++) {
		_cleanup_(xgw_request_freep) struct xgw_request *child = NULL;

		e = xgw_journal_request(j, ids[i], &child, err);
		if (!e && child->state == XGW_ANSWERED)
			e = xgw_journal_apply(j, child, XGW_EV_ACKED, "office", now, NULL, err);
	}
	return e;
}

static int ack(struct xgw_journal *j, const char *office, int64_t id, int64_t now, struct osci_err *err)
{
	int64_t request, inbound, open = 0;
	bool done, final;
	sqlite3_stmt *st;
	int e;

	e = db_query(&j->db, &st, err, "SELECT coalesce(request,0),coalesce(inbound,0),acked IS NOT NULL,final FROM delivery WHERE "
		     "office=? AND id=?", "ti", office, id);
	if (e)
		return e;
	e = db_step(&j->db, st, err);
	if (e) {
		db_done(st);
		return e;
	}
	request = db_int(st, 0);
	inbound = db_int(st, 1);
	done = db_int(st, 2);
	final = db_int(st, 3);
	db_done(st);
	if (done)
		return 0;
	e = db_exec(&j->db, err, "UPDATE delivery SET acked=?,json=NULL,xml=NULL WHERE id=?", "ii", now, id);
	if (!e && inbound)
		e = db_exec(&j->db, err, "UPDATE inbound SET raw=NULL WHERE id=?", "i", inbound);
	if (e || !final)
		return e;
	e = db_query(&j->db, &st, err, "SELECT count(*) FROM delivery WHERE request=? AND final=1 AND acked IS NULL", "i",
		     request);
	if (e)
		return e;
	e = db_step(&j->db, st, err);
	if (!e)
		open = db_int(st, 0);
	db_done(st);
	if (!e && !open)
		e = close_dialogue(j, request, now, err);
	return e;
}

int xgw_journal_ack(struct xgw_journal *j, const char *office, int64_t id, int64_t now, struct osci_err *err)
{
	int e = db_begin(&j->db, err);

	if (e)
		return e;
	e = ack(j, office, id, now, err);
	if (!e)
		e = db_commit(&j->db, err);
	if (e)
		db_rollback(&j->db);
	/* What was dropped is gone from the database's own journal, too; if that fails, the office asks again. */
	return e ? e : db_settle(&j->db, err);
}
