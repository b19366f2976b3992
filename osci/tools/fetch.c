/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch - osci fetch: deliveries from one's mailbox into directories
 *
 * A delivery is confirmed to the intermediary by the next order; that is built only after the message and its contents
 * are written and synced.  One that cannot be opened is not confirmed and ends the run.
 */
#include <errno.h>

#include <osci/chunk.h>
#include "tools/conn.h"
#include "tools/tool.h"

#define FETCH_MAX 100000

struct fetch_opts {
	const char *out, *received_since, *id;
	uint64_t max, chunked;
	bool raw, by_card;
};

struct fetching {
	struct conn *c;
	const struct fetch_opts *o;
	struct osci_fetcher *fetcher;
	struct osci_chunk_fetcher *chunks;
	json_t *deliveries;
};

static int store(void *arg, struct osci_err *err)
{
	struct fetching *f = arg;
	_cleanup_(osci_contents_freep) struct osci_contents *contents = NULL;
	const struct osci_open_opts opts = conn_reading(f->c);
	const struct osci_message *m = f->chunks ? osci_chunk_fetcher_message(f->chunks) : osci_fetcher_message(f->fetcher);
	struct osci_blob *raw = f->chunks ? osci_chunk_fetcher_raw_blob(f->chunks) : osci_fetcher_raw_blob(f->fetcher);
	bool again, ok = true;
	json_t *json;
	int r = 0;

	if (!f->o->raw)
		r = osci_contents_open(&contents, m, &opts, err);
	if (!r)
		r = store_delivery(f->o->out, m, contents, raw, &json, &again, err);
	if (r)
		return r;
	jappend(f->deliveries, json, &ok);
	return ok ? 0 : -ENOMEM;
}

static int run_plain(struct conn *c, const struct fetch_opts *o, const struct osci_selection *rule, struct fetching *f,
		     bool *more, struct osci_err *err)
{
	const struct conn_steps steps = { .delivery = store, .arg = f };
	int r = osci_fetcher_new(&f->fetcher, &c->conf, o->max ? (unsigned)o->max : FETCH_MAX, err);

	if (!r && rule->kind != OSCI_SELECT_NONE)
		r = osci_fetcher_select(f->fetcher, rule, err);
	if (!r && o->by_card)
		r = osci_fetcher_by_card(f->fetcher, NULL, 0, err);
	if (!r)
		r = conn_drive(c, osci_fetcher_seq(f->fetcher), &steps, err);
	*more = f->fetcher && osci_fetcher_more(f->fetcher);
	osci_fetcher_freep(&f->fetcher);
	return r;
}

/* One delivery per sequence; as many as there are. */
static int run_chunked(struct conn *c, const struct fetch_opts *o, const struct osci_selection *rule, struct fetching *f,
		       bool *more, struct osci_err *err)
{
	const struct conn_steps steps = { .delivery = store, .arg = f };
	const struct osci_chunk_fetch_opts opts = {
		.rule = rule->kind == OSCI_SELECT_NONE ? NULL : rule, .chunk_kib = o->chunked,
		.max_octets = c->limits.http_body,
	};
	uint64_t n = 0, max = rule->kind != OSCI_SELECT_NONE ? 1 : o->max ? o->max : FETCH_MAX;
	int r = 0;

	*more = true;
	while (!r && *more && n < max) {
		unsigned got = 0;

		r = osci_chunk_fetcher_new(&f->chunks, &c->conf, &opts, err);
		if (!r)
			r = conn_drive(c, osci_chunk_fetcher_seq(f->chunks), &steps, err);
		if (!r)
			got = osci_chunk_fetcher_count(f->chunks);
		*more = f->chunks && osci_chunk_fetcher_more(f->chunks) && got;
		n += got;
		osci_chunk_fetcher_freep(&f->chunks);
	}
	return r;
}

static int run(struct conn *c, const struct fetch_opts *o, const struct osci_selection *rule)
{
	struct fetching f = { .c = c, .o = o, .deliveries = json_array() };
	json_t *out = json_object();
	struct osci_err err = { 0 };
	bool more = false, ok = true;
	size_t n;
	int r;

	r = f.deliveries ? 0 : -ENOMEM;
	if (!r && o->chunked)
		r = run_chunked(c, o, rule, &f, &more, &err);
	else if (!r)
		r = run_plain(c, o, rule, &f, &more, &err);
	n = json_array_size(f.deliveries);
	jput(out, "deliveries", f.deliveries, &ok);
	jput(out, "more", json_boolean(more), &ok);
	/* What was stored before a failure is shown, too. */
	jput(out, "failed", r ? error_json(&err, r) : json_null(), &ok);
	if (r)
		return print_json(jdone(out, ok), c->text, conn_failed(c, &err, r));
	return print_json(jdone(out, ok), c->text, n ? EXIT_ACCEPTED : EXIT_NOTHING);
}

int fetch_main(int argc, char **argv)
{
	static struct conn_opts o;
	static struct fetch_opts own;
	const struct opt what[] = {
		{ "out", "DIR", OPT_TEXT, &own.out, "each delivery goes into a directory of its own in DIR" },
		{ "id", "MESSAGEID", OPT_TEXT, &own.id, "this delivery, also one fetched before" },
		{ "received-since", "TIME", OPT_TEXT, &own.received_since, "also those fetched before, since TIME" },
		{ "max", "N", OPT_NUMBER, &own.max, "at most N" },
		{ "by-card", NULL, OPT_FLAG, &own.by_card, "ask for each by the id on its process card" },
		{ "chunked", "KIB", OPT_NUMBER, &own.chunked, "in chunks of KIB (PartialFetchDelivery)" },
		{ "raw", NULL, OPT_FLAG, &own.raw, "store the message as it came and leave its contents closed" },
		{ NULL },
	};
	const struct opt line[] = { LINE_OPTS(o), { NULL } };
	const struct opt keys[] = { KEY_OPTS(o), READ_OPTS(o), { NULL } };
	struct opts opts = {
		.command = "fetch", .synopsis = "--out DIR [OPTION]...", .tables = { what, line, keys },
		.purpose = "Fetches deliveries; each is confirmed only after everything of it is written and synced.",
	};
	struct osci_selection rule = { 0 };
	char time[40];
	struct conn c;
	int r = opts_parse(&opts, argc, argv);

	if (r)
		return r;
	if (opts.help)
		return opts_help(&opts, stdout);
	if (!own.out)
		return opts_usage(&opts, "--out is missing");
	if ((own.id != NULL) + (own.received_since != NULL) + own.by_card > 1)
		return opts_usage(&opts, "one of --id, --received-since and --by-card");
	if (own.chunked && own.by_card)
		return opts_usage(&opts, "--by-card is not for --chunked");
	if (own.id) {
		rule = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &own.id, .n_message_ids = 1 };
	} else if (own.received_since) {
		r = conn_time(own.received_since, "--received-since", time, sizeof(time));
		if (r)
			return r;
		rule = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = time };
	}
	r = conn_open(&c, "fetch", &o, true);
	if (!r)
		r = run(&c, &own, &rule);
	conn_close(&c);
	return r;
}
