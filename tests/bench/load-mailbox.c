/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-mailbox - a full mailbox, and fetching all of it one by one
 *
 * The first delivery comes in by an order; copies of it are rows made in one transaction, each under a MessageId of its
 * own.  Fetching is by orders alone.  After each order the client does a piece of work that never changes, about as long
 * as an order takes: what a processor that others use makes of that is no order's fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "intermediary/store.h"
#include "load.h"

/* Copies ?1+1 ... ?1+?2 of delivery ?1, in the order of the keys that point to others. */
#define COPIES "WITH RECURSIVE copy(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM copy WHERE i<?2) "
#define OWN_ID "printf('%08x',i)||substr(message_id,9)" /* a UUID that begins with a number */
static const char *const copies[] = {
	COPIES "INSERT INTO message_id(id,client,issued,used) SELECT " OWN_ID ",client,issued,used FROM message_id m"
	       " JOIN card c ON c.message_id=m.id JOIN copy WHERE c.seq=?1",
	COPIES "INSERT INTO card(seq,message_id,originator,addressee,subject,creation,forwarding,reception,modified,fingerprint)"
	       " SELECT seq+i," OWN_ID ",originator,addressee,subject,creation,forwarding,reception,modified,fingerprint"
	       " FROM card JOIN copy WHERE seq=?1",
	COPIES "INSERT INTO inspection(seq,n,subject,issuer,serial,cert_type,math,offline,time,online,crl)"
	       " SELECT seq+i,n,subject,issuer,serial,cert_type,math,offline,time,online,crl"
	       " FROM inspection JOIN copy WHERE seq=?1",
	COPIES "INSERT INTO delivery(seq,mailbox,bytes,purge,package,creation,len)"
	       " SELECT seq+i,mailbox,bytes,purge,package,creation,len FROM delivery JOIN copy WHERE seq=?1 AND file IS NULL",
	COPIES "INSERT INTO part(seq,n,content_id,data,len,sha256)"
	       " SELECT seq+i,n,content_id,data,len,sha256 FROM part JOIN copy WHERE seq=?1 AND file IS NULL",
	COPIES "INSERT INTO certificate(seq,n,role,id,der) SELECT seq+i,n,role,id,der FROM certificate JOIN copy WHERE seq=?1",
	COPIES "INSERT INTO custom(seq,n,xml) SELECT seq+i,n,xml FROM custom JOIN copy WHERE seq=?1",
	"UPDATE mailbox SET deliveries=deliveries+?2, bytes=mailbox.bytes+?2*d.bytes"
	" FROM (SELECT mailbox,bytes FROM delivery WHERE seq=?1) d WHERE name=d.mailbox",
};

void load_copies(const struct load_opts *o)
{
	static const struct osci_selection any = { .kind = OSCI_SELECT_NONE };
	const struct im_store_limits limits = { o->count + 1, UINT64_MAX / 4, o->count + 1 };
	struct im_store store = { 0 };
	struct im_delivery *d = NULL;
	struct im_pool pool = { 0 };
	struct osci_err err = { 0 };
	struct osci_cert *to;
	char name[256];
	bool more;
	size_t i;
	int r;

	snprintf(name, sizeof(name), "%s-enc", o->to ? o->to : "");
	to = load_cert(o->pki, name);
	if (!o->database || im_store_open(&store, o->database, &limits, &err) ||
	    im_store_fetch(&store, osci_cert_sha256(to), &any, load_now() * 1000, &pool, &d, &more, &err))
		load_fail(&err, "no delivery to copy");
	r = db_begin(&store.db, &err);
	for (i = 0; i < sizeof(copies) / sizeof(copies[0]) && !r; i++)
		r = db_exec(&store.db, &err, copies[i], "ii", d->card.seq, (int64_t)o->count);
	if (r || db_commit(&store.db, &err))
		load_fail(&err, "copies cannot be made");
	im_pool_free(&pool);
	im_store_close(&store);
	osci_cert_unref(to);
	printf("{\"load\":\"copies\",\"count\":%lu}\n", o->count);
}

/* --- one by one ----------------------------------------------------------------- */

struct order {
	double trip;   /* seconds from the order's first octet to the answer's last; of a piece of work */
	double server; /* seconds of processor that the intermediary had for it; the client for a piece of work */
};

struct drain {
	struct load l;
	struct order *orders, *works;
	size_t n, n_works, max;
	unsigned long pid;
};

#define WORK_OCTETS ((size_t)10 << 20) /* of SHA-256, a piece that stays in the cache again and again */
#define WORK_PIECE ((size_t)16 << 10)

static void work(struct drain *d)
{
	static unsigned char piece[WORK_PIECE], digest[EVP_MAX_MD_SIZE];
	double start = load_seconds(), cpu = load_cpu(0);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t i;

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		load_fail(NULL, "SHA-256 cannot begin");
	for (i = 0; i < WORK_OCTETS / WORK_PIECE; i++)
		EVP_DigestUpdate(ctx, piece, sizeof(piece));
	EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	d->works[d->n_works++] = (struct order){ load_seconds() - start, load_cpu(0) - cpu };
}

static void fetch_one(struct drain *d, struct osci_fetcher *f)
{
	bool fetch = osci_fetcher_asking(f);
	double cpu = 0, start;
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	struct osci_seq *q = osci_fetcher_seq(f);
	struct osci_stream *order = NULL;
	struct osci_err err = { 0 };

	if (d->pid)
		cpu = load_cpu(d->pid);
	start = load_seconds();
	if (osci_seq_output_stream(q, &order, &err) ||
	    osci_http_exchange_stream(d->l.http, d->l.url, order, NULL, &answer, &err))
		load_fail(&err, "order failed");
	if (fetch && d->n < d->max)
		d->orders[d->n++] = (struct order){ load_seconds() - start, d->pid ? load_cpu(d->pid) - cpu : 0 };
	if (osci_seq_input_blob(q, answer, load_now(), &err))
		load_fail(&err, "order failed");
	if (fetch && d->n_works < d->max)
		work(d);
}

/* One dialog; returns the number of deliveries. */
static unsigned one_dialog(struct drain *d, unsigned max)
{
	struct osci_fetcher *f = NULL;
	struct osci_err err = { 0 };
	unsigned n;

	if (osci_fetcher_new(&f, &d->l.conf, max, &err))
		load_fail(&err, "order cannot be written");
	while (osci_fetcher_step(f) != OSCI_STEP_DONE) {
		if (osci_fetcher_step(f) == OSCI_STEP_POST)
			fetch_one(d, f);
		else if (osci_fetcher_continue(f, &err))
			load_fail(&err, "order cannot be written");
	}
	n = osci_fetcher_count(f);
	osci_fetcher_freep(&f);
	return n;
}

static void print_us(const char *name, const struct order *list, size_t n)
{
	size_t i;

	printf(",\"%s_us\":[", name);
	for (i = 0; i < n; i++)
		printf("%s[%.0f,%.0f]", i ? "," : "", list[i].trip * 1e6, list[i].server * 1e6);
	printf("]");
}

void load_drain(const struct load_opts *o)
{
	struct drain d = { .max = o->count, .pid = o->pid, .orders = calloc(o->count + 1, sizeof(struct order)),
			   .works = calloc(o->count + 1, sizeof(struct order)) };
	double start = load_seconds();
	unsigned long n = 0, dialogs = 0, left;
	unsigned got;

	if (!d.orders || !d.works)
		load_fail(NULL, "no memory");
	load_open(&d.l, o, o->as);
	while (n < o->count) {
		left = o->count - n;
		got = one_dialog(&d, (unsigned)(left < o->per_dialog ? left : o->per_dialog));
		if (!got)
			break;
		n += got;
		dialogs++;
	}
	printf("{\"load\":\"drain\",\"count\":%lu,\"dialogs\":%lu,", n, dialogs);
	load_print_cost(start);
	print_us("order", d.orders, d.n);
	print_us("work", d.works, d.n_works);
	puts("}");
	free(d.orders);
	free(d.works);
	load_close(&d.l);
}
