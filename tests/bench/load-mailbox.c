/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-mailbox - a full mailbox, and fetching all of it one by one
 *
 * The first delivery comes in by an order; copies of it are put in by the store itself, each under a MessageId of its
 * own, without waiting for the disk.  Fetching is by orders alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "intermediary/store.h"
#include "load.h"

void load_copies(const struct load_opts *o)
{
	static const struct osci_selection any = { .kind = OSCI_SELECT_NONE };
	const struct im_store_limits limits = { o->count + 1, UINT64_MAX / 4, o->count + 1 };
	const int64_t now = load_now() * 1000;
	struct im_store store = { 0 };
	struct im_delivery *d = NULL;
	struct im_pool pool = { 0 };
	struct osci_err err = { 0 };
	struct osci_cert *to;
	char name[256];
	unsigned long i;
	bool more;

	snprintf(name, sizeof(name), "%s-enc", o->to ? o->to : "");
	to = load_cert(o->pki, name);
	if (!o->database || im_store_open(&store, o->database, &limits, &err) ||
	    db_exec(&store.db, &err, "PRAGMA synchronous=OFF", "") ||
	    im_store_fetch(&store, osci_cert_sha256(to), &any, now, &pool, &d, &more, &err))
		load_fail(&err, "no delivery to copy");
	for (i = 0; i < o->count; i++) {
		struct im_delivery copy = *d;
		struct im_pool own = { 0 };

		if (im_store_issue(&store, d->card.originator, "intermediary.example", now, &own, &copy.card.message_id,
				   &err) ||
		    im_store_put(&store, &copy, now, NULL, &err))
			load_fail(&err, "copy %lu", i);
		im_pool_free(&own);
	}
	im_pool_free(&pool);
	im_store_close(&store);
	osci_cert_unref(to);
	printf("{\"load\":\"copies\",\"count\":%lu}\n", i);
}

/* --- one by one ----------------------------------------------------------------- */

struct order {
	double trip;   /* seconds from the order's first octet to the answer's last */
	double server; /* seconds of processor that the intermediary had for it */
};

struct drain {
	struct load l;
	struct order *orders;
	size_t n, max;
	unsigned long pid;
};

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
	    osci_http_exchange_stream(d->l.http, d->l.url, order, &answer, &err))
		load_fail(&err, "order failed");
	if (fetch && d->n < d->max)
		d->orders[d->n++] = (struct order){ load_seconds() - start, d->pid ? load_cpu(d->pid) - cpu : 0 };
	if (osci_seq_input_blob(q, answer, load_now(), &err))
		load_fail(&err, "order failed");
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

void load_drain(const struct load_opts *o)
{
	struct drain d = { .max = o->count, .pid = o->pid, .orders = calloc(o->count + 1, sizeof(struct order)) };
	double start = load_seconds();
	unsigned long n = 0, dialogs = 0, left;
	unsigned got;
	size_t i;

	if (!d.orders)
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
	printf(",\"trip_us\":[");
	for (i = 0; i < d.n; i++)
		printf("%s%.0f", i ? "," : "", d.orders[i].trip * 1e6);
	printf("],\"server_us\":[");
	for (i = 0; i < d.n; i++)
		printf("%s%.0f", i ? "," : "", d.orders[i].server * 1e6);
	puts("]}");
	free(d.orders);
	load_close(&d.l);
}
