/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - opening, MessageIds, taking deliveries in, confirming them, throwing away
 *
 * Reading is store_read.c, cards are store_cards.c.  A used MessageId stays known as long as its card, so that a
 * repeated order is refused even when the content is long gone.
 *
 * Order of a put: files written and synced, directory synced, then the transaction that names them.  Order of a
 * removal: the transaction, then the files.  A crash between the two leaves files that no row names; im_store_open()
 * removes them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/text.h"
#include "intermediary/store_priv.h"
#include "intermediary/store_schema.h"

int store_begin(struct im_store *s, struct osci_err *err)
{
	int r;

	pthread_mutex_lock(&s->lock);
	r = db_begin(&s->db, err);
	if (r)
		pthread_mutex_unlock(&s->lock);
	return r;
}

int store_end(struct im_store *s, int r, struct osci_err *err)
{
	if (!r)
		r = db_commit(&s->db, err);
	if (r)
		db_rollback(&s->db);
	pthread_mutex_unlock(&s->lock);
	return r;
}

static int file_known(void *arg, const char *name, bool *ret, struct osci_err *err)
{
	struct im_store *s = arg;
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err,
			 "SELECT 1 FROM part WHERE file=?1 UNION ALL SELECT 1 FROM delivery WHERE file=?1"
			 " UNION ALL SELECT 1 FROM chunk WHERE file=?1 UNION ALL SELECT 1 FROM outgoing WHERE file=?1",
			 "t", name);

	return r ? r : db_found(&s->db, st, ret, err);
}

int im_store_open(struct im_store *s, const char *path, const struct im_store_limits *limits, struct osci_err *err)
{
	int r;

	*s = (struct im_store){ .limits = *limits, .files = { -1 } };
	r = db_open(&s->db, path, im_store_migrations, err);
	if (r)
		return r;
	pthread_mutex_init(&s->lock, NULL);
	s->open = true;
	r = im_files_open(&s->files, path, err);
	if (!r)
		r = im_files_sweep(&s->files, file_known, s, err);
	if (r)
		im_store_close(s);
	return r;
}

int im_store_open_reader(struct im_store *s, const char *path, struct osci_err *err)
{
	int r;

	*s = (struct im_store){ .files = { -1 } };
	r = db_open_reader(&s->db, path, err);
	if (r)
		return r;
	pthread_mutex_init(&s->lock, NULL);
	s->open = true;
	r = im_files_open(&s->files, path, err);
	if (r)
		im_store_close(s);
	return r;
}

void im_store_close(struct im_store *s)
{
	if (!s->open)
		return;
	im_files_close(&s->files);
	db_close(&s->db);
	pthread_mutex_destroy(&s->lock);
	s->open = false;
}

static int adopt_rows(struct im_store *s, const char *from, const char *to, struct osci_err *err)
{
	int r = db_exec(&s->db, err, "UPDATE message_id SET client=? WHERE client=?", "tt", to, from);

	if (!r)
		r = db_exec(&s->db, err, "UPDATE card SET originator=? WHERE originator=?", "tt", to, from);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE card SET addressee=? WHERE addressee=?", "tt", to, from);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE delivery SET mailbox=? WHERE mailbox=?", "tt", to, from);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE outgoing SET mailbox=? WHERE mailbox=?", "tt", to, from);
	if (!r)
		r = db_exec(&s->db, err,
			    "INSERT INTO mailbox(name,deliveries,bytes) SELECT ?1,deliveries,bytes FROM mailbox WHERE name=?2"
			    " ON CONFLICT(name) DO UPDATE SET deliveries=deliveries+excluded.deliveries,"
			    " bytes=bytes+excluded.bytes", "tt", to, from);
	return r ? r : db_exec(&s->db, err, "DELETE FROM mailbox WHERE name=?", "t", from);
}

int im_store_adopt(struct im_store *s, const char *from, const char *to, struct osci_err *err)
{
	int r = strcmp(from, to) ? store_begin(s, err) : OSCI_E_USAGE;

	return r ? r : store_end(s, adopt_rows(s, from, to, err), err);
}

/* --- files a transaction leaves without a row --------------------------- */

int store_names_add(struct store_names *l, const char *name, struct osci_err *err)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		void *p = realloc(l->names, cap * sizeof(*l->names));

		if (!p)
			return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for file names");
		l->names = p;
		l->cap = cap;
	}
	snprintf(l->names[l->n++], sizeof(*l->names), "%s", name);
	return 0;
}

int store_names_of(struct im_store *s, struct store_names *l, const char *sql, int64_t key, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, sql, "i", key);

	while (!r && !(r = db_step(&s->db, st, err)))
		r = store_names_add(l, db_text(st, 0), err);
	db_done(st);
	return r == OSCI_E_EMPTY ? 0 : r;
}

void store_names_end(struct im_store *s, struct store_names *l, bool remove)
{
	for (size_t i = 0; remove && i < l->n; i++)
		im_files_remove(&s->files, l->names[i]);
	free(l->names);
	*l = (struct store_names){ 0 };
}

/* --- MessageIds --------------------------------------------------------- */

static int count_open(struct im_store *s, const char *client, uint64_t *ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, "SELECT count(*) FROM message_id WHERE client=? AND used=0", "t", client);

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		*ret = (uint64_t)db_int(st, 0);
	db_done(st);
	return r;
}

static int insert_id(struct im_store *s, const char *client, const char *id, int64_t now, struct osci_err *err)
{
	uint64_t open_ids = 0;
	int r = count_open(s, client, &open_ids, err);

	/* A recorded order can be sent again by anybody: that must not keep the client from getting an id. */
	if (!r && open_ids >= s->limits.open_ids)
		r = db_exec(&s->db, err,
			    "DELETE FROM message_id WHERE id=(SELECT id FROM message_id WHERE client=? AND used=0"
			    " ORDER BY issued LIMIT 1)", "t", client);
	if (!r)
		r = db_exec(&s->db, err, "INSERT INTO message_id(id,client,issued) VALUES(?,?,?)", "tti", id, client,
			    now);
	return r;
}

int im_store_issue(struct im_store *s, const char *client, const char *host, int64_t now, struct im_pool *pool,
		   const char **ret, struct osci_err *err)
{
	char uuid[37], id[IM_MESSAGE_ID_MAX + 1];
	int r = osci_uuid4(uuid);

	if (r)
		return osci_fail(err, r, NULL, NULL, "no random octets");
	if ((size_t)snprintf(id, sizeof(id), "%s@%s", uuid, host) >= sizeof(id))
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "host name too long for a MessageId");
	*ret = im_pool_text(pool, id);
	if (!*ret)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a MessageId");
	r = store_begin(s, err);
	return r ? r : store_end(s, insert_id(s, client, id, now, err), err);
}

/* Is this the same as what was handed in under that id? Unknown for cards of an older program: then it is. */
static int is_conflict(struct im_store *s, const struct im_card *c, bool *ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err,
			 "SELECT 1 FROM card WHERE message_id=? AND originator=? AND fingerprint IS NOT NULL"
			 " AND fingerprint<>?", "ttb", c->message_id, c->originator, c->fingerprint,
			 sizeof(c->fingerprint));

	return r ? r : db_found(&s->db, st, ret, err);
}

/* The id was issued to the originator and is not used. */
static int check_id(struct im_store *s, const struct im_card *c, bool *conflict, struct osci_err *err)
{
	sqlite3_stmt *st;
	bool ok = false;
	int r = db_query(&s->db, &st, err, "SELECT 1 FROM message_id WHERE id=? AND client=? AND used=0", "tt",
			 c->message_id, c->originator);

	if (!r)
		r = db_found(&s->db, st, &ok, err);
	if (r || ok)
		return r;
	if (conflict)
		r = is_conflict(s, c, conflict, err);
	return r ? r : osci_fail(err, OSCI_E_EXISTS, "9801", NULL, "MessageId not issued to this client, or used%s",
				 conflict && *conflict ? " for another content" : "");
}

static int use_id(struct im_store *s, const struct im_card *c, bool *conflict, struct osci_err *err)
{
	int r = check_id(s, c, conflict, err);

	return r ? r : db_exec(&s->db, err, "UPDATE message_id SET used=1 WHERE id=?", "t", c->message_id);
}

/* --- taking in ---------------------------------------------------------- */

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
	uint64_t n = 0, bytes = 0;
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, "SELECT deliveries,bytes FROM mailbox WHERE name=?", "t",
			 d->card.addressee);

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r) {
		n = (uint64_t)db_int(st, 0);
		bytes = (uint64_t)db_int(st, 1);
	}
	db_done(st);
	if (r && r != OSCI_E_EMPTY)
		return r;
	if (n >= max || size > max_bytes || bytes > max_bytes - size)
		return osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "mailbox full: %llu deliveries, %llu octets",
				 (unsigned long long)n, (unsigned long long)bytes);
	return 0;
}

int store_insert_card(struct im_store *s, struct im_card *c, struct osci_err *err)
{
	int r = db_exec(&s->db, err,
			"INSERT INTO card(message_id,originator,addressee,subject,creation,modified,fingerprint)"
			" VALUES(?,?,?,?,?,?,?)",
			"ttttiib", c->message_id, c->originator, c->addressee, c->subject, c->creation, c->modified,
			c->fingerprint, sizeof(c->fingerprint));

	if (r)
		return r;
	c->seq = db_last_id(&s->db);
	for (size_t i = 0; !r && i < c->n_inspections; i++) {
		const struct osci_inspection *n = &c->inspections[i];

		r = db_exec(&s->db, err,
			    "INSERT INTO inspection(seq,n,subject,issuer,serial,cert_type,math,offline,online,"
			    "time,crl) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
			    "iittttttttt", c->seq, (int64_t)i, n->subject, n->issuer, n->serial, n->cert_type, n->math,
			    n->offline, n->online, n->time, n->crl);
	}
	return r;
}

/* Name of the file of @i, NULL if it is kept in the row: [0] the package, [i + 1] part i. */
struct put {
	struct im_delivery *d;
	uint64_t size;
	struct store_names files; /* in order of delivery: package, parts; "" = in the row */
	struct store_names gone;  /* chunks that it came in */
};

static const char *file_of(const struct put *p, size_t i)
{
	return p->files.names[i][0] ? p->files.names[i] : NULL;
}

static int insert_content(struct im_store *s, const struct put *p, struct osci_err *err)
{
	const struct im_delivery *d = p->d;
	const char *file = file_of(p, 0);
	int64_t seq = d->card.seq;
	int r = db_exec(&s->db, err,
			"INSERT INTO delivery(seq,mailbox,bytes,creation,file,len,package) VALUES(?,?,?,?,?,?,?)",
			"itiitib", seq, d->card.addressee, (int64_t)p->size, d->card.creation, file,
			(int64_t)d->package_len, d->package, file ? (size_t)0 : d->package_len);

	for (size_t i = 0; !r && i < d->n_parts; i++) {
		const struct osci_part *part = &d->parts[i];

		file = file_of(p, i + 1);
		r = db_exec(&s->db, err,
			    "INSERT INTO part(seq,n,content_id,file,len,sha256,data) VALUES(?,?,?,?,?,?,?)", "iittibb",
			    seq, (int64_t)i, part->content_id, file, (int64_t)part->len, part->sha256,
			    sizeof(part->sha256), part->data, file ? (size_t)0 : part->len);
	}
	for (size_t i = 0; !r && i < d->n_certs; i++)
		r = db_exec(&s->db, err, "INSERT INTO certificate(seq,n,role,id,der) VALUES(?,?,?,?,?)", "iittb", seq,
			    (int64_t)i, osci_role_element(d->certs[i].role), d->certs[i].id, d->certs[i].der,
			    d->certs[i].len);
	for (size_t i = 0; !r && i < d->n_custom; i++)
		r = db_exec(&s->db, err, "INSERT INTO custom(seq,n,xml) VALUES(?,?,?)", "iib", seq, (int64_t)i,
			    d->custom[i].xml, d->custom[i].len);
	if (!r)
		r = db_exec(&s->db, err,
			    "INSERT INTO mailbox(name,deliveries,bytes) VALUES(?1,1,?2)"
			    " ON CONFLICT(name) DO UPDATE SET deliveries=deliveries+1, bytes=bytes+?2", "ti",
			    d->card.addressee, (int64_t)p->size);
	return r;
}

static int put_rows(struct im_store *s, struct put *p, bool *conflict, struct osci_err *err)
{
	struct im_card *c = &p->d->card;
	int r = use_id(s, c, conflict, err);

	if (!r)
		r = check_quota(s, p->d, p->size, err);
	if (!r)
		r = store_insert_card(s, c, err);
	if (!r)
		r = insert_content(s, p, err);
	if (!r && p->d->transfer)
		r = store_transfer_end(s, p->d->transfer, p->d->verdict, &p->gone, err);
	return r;
}

static int write_file(struct im_store *s, struct put *p, struct osci_part *octets, bool *any, struct osci_err *err)
{
	char name[IM_FILE_NAME + 1] = "";
	int r = 0;

	/* Octets that are not in memory are no row's. */
	if (octets->len > IM_STORE_INLINE || (octets->len && !octets->data)) {
		r = im_files_write(&s->files, octets, name, err);
		*any = true;
	}
	if (r)
		return r;
	r = store_names_add(&p->files, name, err);
	if (r)
		im_files_remove(&s->files, name);
	return r;
}

static int write_files(struct im_store *s, struct put *p, struct osci_err *err)
{
	struct osci_part package = { .data = (const unsigned char *)p->d->package, .len = p->d->package_len };
	bool any = false;
	int r = write_file(s, p, &package, &any, err);

	for (size_t i = 0; !r && i < p->d->n_parts; i++)
		r = write_file(s, p, &p->d->parts[i], &any, err);
	return !r && any ? im_files_sync(&s->files, err) : r;
}

/* Before anything large is written: would it be refused? */
static int look(struct im_store *s, const struct put *p, bool *conflict, struct osci_err *err)
{
	int r;

	pthread_mutex_lock(&s->lock);
	r = check_id(s, &p->d->card, conflict, err);
	if (!r)
		r = check_quota(s, p->d, p->size, err);
	pthread_mutex_unlock(&s->lock);
	return r;
}

static void add_text(EVP_MD_CTX *md, const char *s)
{
	EVP_DigestUpdate(md, s ? s : "", s ? strlen(s) + 1 : 1);
}

/* Digest over everything the sender decided: addressee, subject, content and attachments. */
static int take_fingerprint(struct im_delivery *d, struct osci_err *err)
{
	const uint64_t len = d->package_len;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r = 0;

	if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
		r = osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a digest");
	if (!r) {
		add_text(md, d->card.addressee);
		add_text(md, d->card.subject);
		EVP_DigestUpdate(md, &len, sizeof(len));
		EVP_DigestUpdate(md, d->package, d->package_len);
	}
	for (size_t i = 0; !r && i < d->n_parts; i++) {
		r = im_part_hash(&d->parts[i], err);
		add_text(md, d->parts[i].content_id);
		EVP_DigestUpdate(md, d->parts[i].sha256, sizeof(d->parts[i].sha256));
	}
	if (!r && EVP_DigestFinal_ex(md, d->card.fingerprint, NULL) != 1)
		r = osci_fail(err, -ENOMEM, NULL, NULL, "digest failed");
	EVP_MD_CTX_free(md);
	return r;
}

int im_store_put(struct im_store *s, struct im_delivery *d, int64_t now, bool *ret_conflict, struct osci_err *err)
{
	struct put p = { .d = d, .size = size_of(d) };
	bool undecided = false;
	int r;

	if (ret_conflict)
		*ret_conflict = false;
	d->card.creation = d->card.modified = now;
	r = take_fingerprint(d, err);
	if (!r)
		r = look(s, &p, ret_conflict, err);
	if (!r)
		r = write_files(s, &p, err);
	if (!r) {
		r = store_begin(s, err);
		if (!r)
			r = store_end(s, put_rows(s, &p, ret_conflict, err), err);
		undecided = r < 0; /* a commit that failed may be there after a restart: the files wait for it */
	}
	store_names_end(s, &p.files, r && !undecided);
	store_names_end(s, &p.gone, r == 0);
	return r;
}

int im_store_open_card(struct im_store *s, struct im_delivery *d, int64_t now, bool *ret_conflict, struct osci_err *err)
{
	int r = take_fingerprint(d, err);

	*ret_conflict = false;
	d->card.creation = d->card.modified = now;
	if (!r)
		r = store_begin(s, err);
	if (r)
		return r;
	r = use_id(s, &d->card, ret_conflict, err);
	if (!r)
		r = store_insert_card(s, &d->card, err);
	return store_end(s, r, err);
}

int im_store_forwarded(struct im_store *s, struct im_card *card, int64_t now, struct osci_err *err)
{
	int r = store_begin(s, err);

	if (r)
		return r;
	card->forwarding = card->modified = now;
	return store_end(s, db_exec(&s->db, err, "UPDATE card SET forwarding=?, modified=? WHERE seq=?", "iii", now, now,
				    card->seq), err);
}

/* --- confirming and throwing away --------------------------------------- */

static int leave_mailbox(struct im_store *s, int64_t seq, struct osci_err *err)
{
	return db_exec(&s->db, err,
		       "UPDATE mailbox SET deliveries=deliveries-1, bytes=mailbox.bytes-d.bytes"
		       " FROM (SELECT mailbox,bytes FROM delivery WHERE seq=? AND purge=0) d WHERE name=d.mailbox", "i",
		       seq);
}

static int received_rows(struct im_store *s, int64_t seq, int64_t now, int64_t retention, struct store_names *gone,
			 struct osci_err *err)
{
	/* The first confirmation counts: two dialogs may have fetched the same delivery. */
	int r = db_exec(&s->db, err, "UPDATE card SET reception=?, modified=? WHERE seq=? AND reception=0", "iii", now,
			now, seq);

	if (!r)
		r = leave_mailbox(s, seq, err);
	if (r)
		return r;
	if (retention > 0) {
		r = store_names_of(s, gone, "SELECT file FROM outgoing WHERE seq=?", seq, err);
		if (!r)
			r = db_exec(&s->db, err, "DELETE FROM outgoing WHERE seq=?", "i", seq);
		return r ? r : db_exec(&s->db, err, "UPDATE delivery SET purge=? WHERE seq=? AND purge=0", "ii",
				       now + retention, seq);
	}
	r = store_names_of(s, gone,
			   "SELECT file FROM part WHERE seq=?1 AND file IS NOT NULL"
			   " UNION ALL SELECT file FROM delivery WHERE seq=?1 AND file IS NOT NULL"
			   " UNION ALL SELECT file FROM outgoing WHERE seq=?1", seq, err);
	return r ? r : db_exec(&s->db, err, "DELETE FROM delivery WHERE seq=?", "i", seq);
}

int im_store_received(struct im_store *s, int64_t seq, int64_t now, int64_t retention, struct osci_err *err)
{
	struct store_names gone = { 0 };
	int r = store_begin(s, err);

	if (r)
		return r;
	r = store_end(s, received_rows(s, seq, now, retention, &gone, err), err);
	store_names_end(s, &gone, r == 0);
	return r;
}

static int purge_rows(struct im_store *s, int64_t now, int64_t keep_since, int64_t chunks_since, struct store_names *gone,
		      struct osci_err *err)
{
	static const char content[] =
		"SELECT p.file FROM delivery d JOIN part p USING(seq) WHERE d.purge<>0 AND d.purge<=?1"
		" AND p.file IS NOT NULL"
		" UNION ALL SELECT file FROM delivery WHERE purge<>0 AND purge<=?1 AND file IS NOT NULL";
	/* a pending delivery keeps its card */
	static const char cards[] =
		"SELECT p.file FROM card c JOIN delivery d USING(seq) JOIN part p USING(seq)"
		" WHERE c.modified<?1 AND d.purge<>0 AND p.file IS NOT NULL"
		" UNION ALL SELECT d.file FROM card c JOIN delivery d USING(seq)"
		" WHERE c.modified<?1 AND d.purge<>0 AND d.file IS NOT NULL";
	int r = store_names_of(s, gone, content, now, err);

	if (!r)
		r = db_exec(&s->db, err, "DELETE FROM delivery WHERE purge<>0 AND purge<=?", "i", now);
	if (!r)
		r = store_names_of(s, gone, cards, keep_since, err);
	if (!r)
		r = db_exec(&s->db, err,
			    "DELETE FROM card WHERE modified<? AND NOT EXISTS"
			    "(SELECT 1 FROM delivery d WHERE d.seq=card.seq AND d.purge=0)",
			    "i", keep_since);
	if (!r)
		r = db_exec(&s->db, err,
			    "DELETE FROM message_id WHERE issued<? AND NOT EXISTS"
			    "(SELECT 1 FROM card c WHERE c.message_id=message_id.id)", "i", keep_since);
	if (!r)
		r = store_purge_transfers(s, chunks_since, gone, err);
	return r ? r : db_exec(&s->db, err, "DELETE FROM mailbox WHERE deliveries=0", "");
}

int im_store_purge(struct im_store *s, int64_t now, int64_t keep_since, int64_t chunks_since, struct osci_err *err)
{
	struct store_names gone = { 0 };
	int r = store_begin(s, err);

	if (r)
		return r;
	r = store_end(s, purge_rows(s, now, keep_since, chunks_since, &gone, err), err);
	store_names_end(s, &gone, r == 0);
	return r ? r : db_settle(&s->db, err); /* what is gone is gone from its journal, too */
}
