/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch - osci fetch: deliveries from one's mailbox into directories
 *
 * A delivery is confirmed to the intermediary by the next order; that is built only after the message and its contents
 * are written and synced.  One that cannot be opened is not confirmed and ends the run.
 *
 * With --journal what has come of a delivery in chunks outlives a run that failed: octets first, then journal.json, which
 * makes them count; taken away in the other order.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osci/chunk.h>
#include "tools/conn.h"
#include "tools/tool.h"

#define FETCH_MAX 100000

struct fetch_opts {
	const char *out, *received_since, *id, *journal;
	uint64_t max, chunked;
	bool raw, by_card;
	struct osci_selection rule;
	char time[40]; /* of the rule */
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
	const struct osci_seq *seq = f->chunks ? osci_chunk_fetcher_seq(f->chunks) : osci_fetcher_seq(f->fetcher);
	const struct osci_message *m = osci_seq_message(seq);
	struct osci_blob *raw = osci_seq_raw_blob(seq);
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

/* --- journal of a delivery in chunks ------------------------------------------- */

#define OCTETS "collected.bin"
#define OCTETS_NEW "collected.new"
#define JOURNAL "journal.json"

struct journal {
	struct osci_chunk_state state; /* octets NULL = there is none */
	char *message_id;
};

static void journal_path(char out[PATH_MAX], const struct fetch_opts *o, const char *name)
{
	snprintf(out, PATH_MAX, "%s/%s", o->journal, name);
}

static void journal_clear(struct journal *j)
{
	osci_blob_unref(j->state.octets);
	free(j->message_id);
	*j = (struct journal){ 0 };
}

static void journal_drop(const struct fetch_opts *o)
{
	static const char *const names[] = { JOURNAL, OCTETS, OCTETS_NEW };
	char path[PATH_MAX];

	for (size_t i = 0; o->journal && i < sizeof(names) / sizeof(names[0]); i++) {
		journal_path(path, o, names[i]);
		unlink(path);
	}
	if (o->journal)
		rmdir(o->journal); /* if nothing else is in it */
}

static uint64_t member(const json_t *json, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(json, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* 0 or an exit status, explained. Whether the values fit one another is for the sequence to say. */
static int journal_read(const struct fetch_opts *o, struct journal *j)
{
	struct osci_err err = { 0 };
	char path[PATH_MAX];
	json_t *json;
	int r;

	*j = (struct journal){ 0 };
	if (!o->journal)
		return 0;
	journal_path(path, o, JOURNAL);
	json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!json && access(path, F_OK) == 0) {
		fprintf(stderr, "osci: %s: no journal of this program\n", path);
		return EXIT_IO;
	}
	if (!json) {
		journal_drop(o); /* of a run that ended before the journal was complete */
		return 0;
	}
	j->message_id = osci_strdup_or_null(json_string_value(json_object_get(json, "message_id")));
	j->state = (struct osci_chunk_state){ j->message_id, member(json, "chunk_kib"), member(json, "total_chunks"),
					      member(json, "total_kib"), NULL };
	json_decref(json);
	if (!j->message_id || (o->id && strcmp(o->id, j->message_id))) {
		fprintf(stderr, "osci: %s: journal of another delivery\n", path);
		return EXIT_USAGE;
	}
	journal_path(path, o, OCTETS);
	r = file_blob(&j->state.octets, path, &err);
	return r ? complain(path, &err, r) : 0;
}

static int write_state(const struct fetch_opts *o, const struct osci_chunk_state *s, struct osci_err *err)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	json_t *json = json_object();
	bool ok = true;
	char *text;
	int r;

	jput(json, "message_id", jtext(s->message_id), &ok);
	jput(json, "chunk_kib", jnumber(s->chunk_kib), &ok);
	jput(json, "total_chunks", jnumber(s->total_chunks), &ok);
	jput(json, "total_kib", jnumber(s->total_kib), &ok);
	text = ok ? json_dumps(json, JSON_INDENT(2)) : NULL;
	json_decref(json);
	journal_path(fresh, o, OCTETS_NEW);
	journal_path(path, o, OCTETS);
	unlink(fresh);
	r = text ? write_blob(o->journal, OCTETS_NEW, s->octets, err) : -ENOMEM;
	if (!r && rename(fresh, path) < 0)
		r = osci_fail(err, -errno, NULL, path, "cannot be renamed: %s", strerrordesc_np(errno));
	journal_path(path, o, JOURNAL);
	if (!r && access(path, F_OK) != 0) /* more octets of the same transfer need no other one */
		r = write_file(o->journal, JOURNAL, text, strlen(text), err);
	free(text);
	return r;
}

/* After a failure: what has come stays for the next run, or there is nothing to go on with. */
static void journal_keep(const struct fetching *f)
{
	struct osci_chunk_state s;
	struct osci_err err = { 0 };
	int r;

	if (!f->o->journal || !f->chunks)
		return;
	r = osci_chunk_fetcher_state(f->chunks, &s, &err);
	if (r == OSCI_E_EMPTY)
		journal_drop(f->o);
	else if (!r)
		r = write_state(f->o, &s, &err);
	if (r && r != OSCI_E_EMPTY)
		complain(f->o->journal, &err, r);
}

/* One delivery per sequence; as many as there are. */
static int run_chunked(struct conn *c, const struct fetch_opts *o, const struct osci_selection *rule, struct fetching *f,
		       const struct osci_chunk_state *resume, bool *more, struct osci_err *err)
{
	const struct conn_steps steps = { .delivery = store, .arg = f };
	struct osci_chunk_fetch_opts opts = {
		.rule = rule->kind == OSCI_SELECT_NONE ? NULL : rule, .chunk_kib = o->chunked,
		.max_octets = c->limits.http_body, .resume = resume->octets ? resume : NULL,
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
		if (!r)
			journal_drop(o);
		else
			journal_keep(f);
		opts.resume = NULL;
		*more = f->chunks && osci_chunk_fetcher_more(f->chunks) && got;
		n += got;
		osci_chunk_fetcher_freep(&f->chunks);
	}
	return r;
}

static int fetch(struct conn *c, const struct fetch_opts *o, const struct journal *journal)
{
	const struct osci_selection *rule = &o->rule;
	struct fetching f = { .c = c, .o = o, .deliveries = json_array() };
	json_t *out = json_object();
	struct osci_err err = { 0 };
	bool more = false, ok = true;
	size_t n;
	int r;

	r = f.deliveries ? 0 : -ENOMEM;
	if (!r && o->chunked)
		r = run_chunked(c, o, rule, &f, &journal->state, &more, &err);
	else if (!r)
		r = run_plain(c, o, rule, &f, &more, &err);
	n = json_array_size(f.deliveries);
	jput(out, "deliveries", f.deliveries, &ok);
	jput(out, "more", json_boolean(more), &ok);
	if (o->chunked)
		jput(out, "resumed", json_boolean(journal->state.octets != NULL), &ok);
	/* What was stored before a failure is shown, too. */
	jput(out, "failed", r ? error_json(&err, r) : json_null(), &ok);
	if (r)
		return print_json(jdone(out, ok), c->text, conn_failed(c, &err, r));
	return print_json(jdone(out, ok), c->text, n ? EXIT_ACCEPTED : EXIT_NOTHING);
}

static int check(void *arg, const struct opts *opts)
{
	struct fetch_opts *o = arg;
	struct osci_err err = { 0 };
	int r;

	if (!o->out)
		return opts_usage(opts, "--out is missing");
	if ((o->id != NULL) + (o->received_since != NULL) + o->by_card > 1)
		return opts_usage(opts, "one of --id, --received-since and --by-card");
	if (o->chunked && o->by_card)
		return opts_usage(opts, "--by-card is not for --chunked");
	if (o->journal && !o->chunked)
		return opts_usage(opts, "--journal is for --chunked");
	r = check_dir(o->out, &err);
	if (r)
		return complain(o->out, &err, r);
	if (o->id) {
		o->rule = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &o->id, .n_message_ids = 1 };
	} else if (o->received_since) {
		o->rule = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = o->time };
		return conn_time(o->received_since, "--received-since", o->time, sizeof(o->time));
	}
	return 0;
}

static int run(struct conn *c, void *arg, char **files)
{
	struct journal journal = { 0 };
	int r = journal_read(arg, &journal);

	(void)files;
	if (!r)
		r = fetch(c, arg, &journal);
	journal_clear(&journal);
	return r;
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
		{ "journal", "DIR", OPT_TEXT, &own.journal, "keep there the chunks that came, for a second run to go on" },
		{ "raw", NULL, OPT_FLAG, &own.raw, "store the message as it came and leave its contents closed" },
		{ NULL },
	};
	const struct opt line[] = { LINE_OPTS(o), { NULL } };
	const struct opt keys[] = { KEY_OPTS(o), READ_OPTS(o), { NULL } };
	struct opts opts = {
		.command = "fetch", .synopsis = "--out DIR [OPTION]...", .tables = { what, line, keys },
		.purpose = "Fetches deliveries; each is confirmed only after everything of it is written and synced.",
	};
	const struct conn_command command = {
		.opts = &opts, .conn = &o, .line = true, .check = check, .run = run, .arg = &own,
	};

	return conn_main(&command, argc, argv);
}
