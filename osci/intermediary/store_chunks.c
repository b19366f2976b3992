/* SPDX-License-Identifier: Apache-2.0 */
/* store_chunks - transfers and outgoing answers, see store_chunks.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/chunk.h>
#include "base/buf.h"
#include "dialog/carrier.h"
#include "intermediary/store_chunks.h"
#include "intermediary/store_priv.h"

#define RECEIVED_MAX ((size_t)OSCI_CHUNKS_MAX * 6)

static int no_memory(struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for chunks");
}

/* --- transfers ---------------------------------------------------------- */

/* Numbers of chunks that are there; all of them once the verdict is given, as the chunks are gone then. */
static int list_received(struct im_store *s, struct im_transfer *t, struct im_pool *pool, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(RECEIVED_MAX);
	sqlite3_stmt *st = NULL;
	int r = 0;

	if (t->verdict[0]) {
		osci_chunks_write(&b, 1, t->total_chunks);
		t->n = t->total_chunks;
	} else {
		t->n = 0;
		r = db_query(&s->db, &st, err, "SELECT n FROM chunk WHERE transfer=? ORDER BY n", "i", t->id);
		while (!r && !(r = db_step(&s->db, st, err)))
			osci_buf_addf(&b, "%s%lld", t->n++ ? " " : "", (long long)db_int(st, 0));
		db_done(st);
		r = r == OSCI_E_EMPTY ? 0 : r;
	}
	if (r)
		return r;
	t->received = b.len ? im_pool_text(pool, (const char *)b.data) : "-1";
	return osci_buf_error(&b) || !t->received ? no_memory(err) : 0;
}

static int load(struct im_store *s, struct im_transfer *t, struct im_pool *pool, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err,
			 "SELECT id,chunk_kib,total_chunks,total_kib,bytes,verdict FROM transfer"
			 " WHERE client=? AND message_id=?", "tt", t->client, t->message_id);

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r) {
		t->id = db_int(st, 0);
		t->chunk_kib = (uint64_t)db_int(st, 1);
		t->total_chunks = (uint64_t)db_int(st, 2);
		t->total_kib = (uint64_t)db_int(st, 3);
		t->bytes = (uint64_t)db_int(st, 4);
		t->verdict = im_pool_text(pool, db_text(st, 5));
	}
	db_done(st);
	if (!r && !t->verdict)
		r = no_memory(err);
	return r ? r : list_received(s, t, pool, err);
}

int im_transfer_find(struct im_store *s, struct im_transfer *t, struct im_pool *pool, struct osci_err *err)
{
	int r;

	pthread_mutex_lock(&s->lock);
	r = load(s, t, pool, err);
	pthread_mutex_unlock(&s->lock);
	return r;
}

/* @sql counts what belongs to @whose; @max of it and there is no room for another. */
static int room(struct im_store *s, const char *sql, const char *whose, unsigned max, const char *what, struct osci_err *err)
{
	int64_t n = 0;
	int r = db_get_int(&s->db, err, &n, sql, "t", whose);

	if (!r && n >= (int64_t)max)
		r = osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "%lld %s", (long long)n, what);
	return r;
}

static int count_open(struct im_store *s, const char *client, struct osci_err *err)
{
	return room(s, "SELECT count(*) FROM transfer WHERE client=? AND verdict=''", client, IM_TRANSFERS_MAX,
		    "incomplete messages of this client", err);
}

/* The id of the message inside was issued to the client and is not used: nobody else may fill the disk. */
static int check_issued(struct im_store *s, const struct im_transfer *t, struct osci_err *err)
{
	sqlite3_stmt *st;
	bool ok = false;
	int r = db_query(&s->db, &st, err, "SELECT 1 FROM message_id WHERE id=? AND client=? AND used=0", "tt",
			 t->delivery_id, t->client);

	if (!r)
		r = db_found(&s->db, st, &ok, err);
	return r || ok ? r : osci_fail(err, OSCI_E_EXISTS, "9801", NULL, "MessageId not issued to this client, or used");
}

/* What @t says must be what the first chunk said; without a first one, may there be one? */
static int check_transfer(struct im_store *s, const struct im_transfer *t, uint64_t number, bool *ret_new,
			  struct im_pool *pool, struct osci_err *err)
{
	struct im_transfer there = { .client = t->client, .message_id = t->message_id };
	int r = load(s, &there, pool, err);
	bool found = false;
	sqlite3_stmt *st;

	*ret_new = r == OSCI_E_EMPTY;
	if (*ret_new) {
		r = check_issued(s, t, err);
		return r ? r : count_open(s, t->client, err);
	}
	if (r)
		return r;
	if (there.chunk_kib != t->chunk_kib || there.total_chunks != t->total_chunks || there.total_kib != t->total_kib)
		return osci_fail(err, OSCI_E_MALFORMED, "9905", NULL, "sizes or numbers other than with earlier chunks");
	if (there.verdict[0])
		return osci_fail(err, OSCI_E_EXISTS, "9900", NULL, "the message is complete");
	r = db_query(&s->db, &st, err, "SELECT 1 FROM chunk WHERE transfer=? AND n=?", "ii", there.id, (int64_t)number);
	if (!r)
		r = db_found(&s->db, st, &found, err);
	return !r && found ? osci_fail(err, OSCI_E_EXISTS, "9900", NULL, "chunk is there already") : r;
}

static int put_rows(struct im_store *s, const struct im_transfer *t, uint64_t number, const struct osci_part *octets,
		    const char *file, int64_t now, struct im_pool *pool, struct osci_err *err)
{
	bool fresh;
	int r = check_transfer(s, t, number, &fresh, pool, err);

	if (!r && fresh)
		r = db_exec(&s->db, err,
			    "INSERT INTO transfer(client,message_id,chunk_kib,total_chunks,total_kib,touched)"
			    " VALUES(?,?,?,?,?,?)", "ttiiii", t->client, t->message_id, (int64_t)t->chunk_kib,
			    (int64_t)t->total_chunks, (int64_t)t->total_kib, now);
	if (!r)
		r = db_exec(&s->db, err,
			    "INSERT INTO chunk(transfer,n,file,len)"
			    " SELECT id,?,?,? FROM transfer WHERE client=? AND message_id=?", "ititt", (int64_t)number,
			    file, (int64_t)octets->len, t->client, t->message_id);
	return r ? r : db_exec(&s->db, err,
			       "UPDATE transfer SET bytes=bytes+?, touched=? WHERE client=? AND message_id=?", "iitt",
			       (int64_t)octets->len, now, t->client, t->message_id);
}

int im_transfer_put(struct im_store *s, struct im_transfer *t, uint64_t number, struct osci_part *octets, int64_t now,
		    struct im_pool *pool, struct osci_err *err)
{
	char file[IM_FILE_NAME + 1];
	bool fresh;
	int r;

	pthread_mutex_lock(&s->lock);
	r = check_transfer(s, t, number, &fresh, pool, err);
	pthread_mutex_unlock(&s->lock);
	if (!r)
		r = im_files_write(&s->files, octets, file, err);
	if (r)
		return r;
	r = im_files_sync(&s->files, err);
	if (!r)
		r = store_begin(s, err);
	if (!r)
		r = store_end(s, put_rows(s, t, number, octets, file, now, pool, err), err);
	if (r > 0)
		im_files_remove(&s->files, file);
	return r ? r : im_transfer_find(s, t, pool, err);
}

int im_transfer_octets(struct im_store *s, const struct im_transfer *t, struct osci_blob **ret, struct osci_err *err)
{
	struct osci_blob **chunks = calloc(t->total_chunks, sizeof(*chunks));
	sqlite3_stmt *st = NULL;
	size_t n = 0;
	int r;

	if (!chunks)
		return no_memory(err);
	pthread_mutex_lock(&s->lock);
	r = db_query(&s->db, &st, err, "SELECT file,len FROM chunk WHERE transfer=? ORDER BY n", "i", t->id);
	while (!r && n < t->total_chunks && !(r = db_step(&s->db, st, err))) {
		r = im_files_view(&s->files, db_text(st, 0), (uint64_t)db_int(st, 1), &chunks[n], err);
		n += !r;
	}
	db_done(st);
	pthread_mutex_unlock(&s->lock);
	if (r == OSCI_E_EMPTY)
		r = osci_fail(err, OSCI_E_MALFORMED, NULL, "database", "chunks are missing");
	if (!r && osci_blob_concat(ret, chunks, n))
		r = no_memory(err);
	while (n)
		osci_blob_unref(chunks[--n]);
	free(chunks);
	return r;
}

int store_transfer_end(struct im_store *s, int64_t id, const char *verdict, struct store_names *gone,
		       struct osci_err *err)
{
	int r = store_names_of(s, gone, "SELECT file FROM chunk WHERE transfer=?", id, err);

	if (!r)
		r = db_exec(&s->db, err, "DELETE FROM chunk WHERE transfer=?", "i", id);
	return r ? r : db_exec(&s->db, err, "UPDATE transfer SET verdict=?, bytes=0 WHERE id=?", "ti", verdict, id);
}

int im_transfer_refuse(struct im_store *s, int64_t id, const char *verdict, struct osci_err *err)
{
	struct store_names gone = { 0 };
	int r = store_begin(s, err);

	if (!r)
		r = store_end(s, store_transfer_end(s, id, verdict, &gone, err), err);
	store_names_end(s, &gone, r == 0);
	return r;
}

int store_purge_transfers(struct im_store *s, int64_t touched, struct store_names *gone, struct osci_err *err)
{
	int r = store_names_of(s, gone,
			       "SELECT c.file FROM transfer t JOIN chunk c ON c.transfer=t.id WHERE t.touched<=?", touched,
			       err);

	return r ? r : db_exec(&s->db, err, "DELETE FROM transfer WHERE touched<=?", "i", touched);
}

/* --- answers on their way out ------------------------------------------- */

static int find_id(struct im_store *s, int64_t seq, struct im_pool *pool, const char **ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r = db_query(&s->db, &st, err, "SELECT message_id FROM card WHERE seq=?", "i", seq);

	if (!r)
		r = db_step(&s->db, st, err);
	if (!r && !(*ret = im_pool_text(pool, db_text(st, 0))))
		r = no_memory(err);
	db_done(st);
	return r;
}

int im_outgoing_find(struct im_store *s, const char *mailbox, const struct osci_selection *selection,
		     struct im_pool *pool, int64_t *ret_seq, const char **ret_id, bool *ret_more, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r;

	pthread_mutex_lock(&s->lock);
	r = store_find_pending(s, mailbox, selection, ret_seq, err);
	if (!r)
		r = find_id(s, *ret_seq, pool, ret_id, err);
	if (!r)
		r = db_query(&s->db, &st, err, STORE_SQL_MORE, "ti", mailbox, *ret_seq);
	if (!r)
		r = db_found(&s->db, st, ret_more, err);
	pthread_mutex_unlock(&s->lock);
	return r;
}

int im_outgoing_open(struct im_store *s, int64_t seq, struct osci_blob **ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int r;

	*ret = NULL;
	pthread_mutex_lock(&s->lock);
	r = db_query(&s->db, &st, err, "SELECT file,len FROM outgoing WHERE seq=?", "i", seq);
	if (!r)
		r = db_step(&s->db, st, err);
	if (!r)
		r = im_files_read(&s->files, db_text(st, 0), (uint64_t)db_int(st, 1), ret, err);
	db_done(st);
	pthread_mutex_unlock(&s->lock);
	return r;
}

static int check_room(struct im_store *s, const char *mailbox, struct osci_err *err)
{
	return room(s, "SELECT count(*) FROM outgoing WHERE mailbox=?", mailbox, IM_OUTGOING_MAX,
		    "deliveries of this mailbox are fetched in chunks", err);
}

int im_outgoing_room(struct im_store *s, const char *mailbox, struct osci_err *err)
{
	int r;

	pthread_mutex_lock(&s->lock);
	r = check_room(s, mailbox, err);
	pthread_mutex_unlock(&s->lock);
	return r;
}

static int outgoing_rows(struct im_store *s, int64_t seq, const char *mailbox, const char *file, uint64_t len,
			 struct osci_err *err)
{
	int r = check_room(s, mailbox, err);

	if (!r)
		r = db_exec(&s->db, err, "INSERT INTO outgoing(seq,file,len,mailbox) VALUES(?,?,?,?)", "itit", seq, file,
			    (int64_t)len, mailbox);
	if (!r)
		r = db_exec(&s->db, err, "UPDATE delivery SET bytes=bytes+? WHERE seq=?", "ii", (int64_t)len, seq);
	return r ? r : db_exec(&s->db, err, "UPDATE mailbox SET bytes=bytes+? WHERE name=?", "it", (int64_t)len, mailbox);
}

int im_outgoing_keep(struct im_store *s, int64_t seq, const char *mailbox, struct osci_blob *octets,
		     struct osci_err *err)
{
	struct osci_part part = { .blob = octets, .len = (size_t)osci_blob_len(octets) };
	char file[IM_FILE_NAME + 1];
	int r = im_files_write(&s->files, &part, file, err);

	if (r)
		return r;
	r = im_files_sync(&s->files, err);
	if (!r)
		r = store_begin(s, err);
	if (!r)
		r = store_end(s, outgoing_rows(s, seq, mailbox, file, part.len, err), err);
	if (r > 0)
		im_files_remove(&s->files, file);
	return r == OSCI_E_EXISTS ? 0 : r;
}
