/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send - osci send, forward, mediate: deliveries to mailboxes and to passive recipients
 *
 * With --journal what has to outlive the run is written and synced before a delivery is sent: its MessageId, and for
 * a delivery in chunks the message itself.  The next run with the same directory goes on from there: it asks for the
 * process card first, or for the chunks that are missing.  When the delivery is settled, the journal is taken away.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osci/chunk.h>
#include "base/text.h"
#include "crypto/blobs.h"
#include "tools/parcel.h"
#include "tools/tool.h"

#define WAIT_S 60
#define PRINT_MAX (4096 + 4 * OPTS_LIST_MAX * (2 * OSCI_DIGEST_MAX + 1)) /* subject, URI; digests of all the rest */

enum way { SEND, FORWARD, MEDIATE };

struct job {
	enum way way;
	const struct opts *opts;
	struct conn *c;
	struct conn_opts conn;
	struct parcel_opts o;
	struct parcel parcel;
	struct osci_delivery delivery;
	char *message_id;         /* journalled or given */
	uint64_t chunk_kib;       /* journalled */
	char *journalled;         /* delivery_print() of the run that wrote the journal */
	char print[2 * OSCI_DIGEST_MAX + 1];
	struct osci_blob *inner;
	bool resumed;
	struct osci_sender *sender;
	struct osci_chunk_sender *chunks;
	struct osci_mediator *mediator;
	json_t *reply;
};

/* --- journal ------------------------------------------------------------------- */

static void journal_path(char *out, size_t size, const struct job *j, const char *name)
{
	snprintf(out, size, "%s/%s", j->o.journal, name);
}

static int journal_read(struct job *j)
{
	char path[PATH_MAX];
	struct osci_err err = { 0 };
	const json_t *id, *kib;
	json_t *json;
	int r = 0;

	if (!j->o.journal)
		return 0;
	journal_path(path, sizeof(path), j, "journal.json");
	json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!json) {
		if (access(path, F_OK) == 0) {
			fprintf(stderr, "osci: %s: no journal of this program\n", path);
			return EXIT_IO;
		}
		journal_path(path, sizeof(path), j, "inner.mime"); /* of a run that ended before the journal was complete */
		unlink(path);
		return 0;
	}
	id = json_object_get(json, "message_id");
	kib = json_object_get(json, "chunk_kib");
	j->journalled = osci_strdup_or_null(json_string_value(json_object_get(json, "delivery")));
	j->message_id = osci_strdup_or_null(json_string_value(id));
	j->chunk_kib = kib ? (uint64_t)json_integer_value(kib) : 0;
	j->resumed = true;
	if (!j->message_id || (j->chunk_kib != 0) != (j->o.chunked != 0)) {
		fprintf(stderr, "osci: %s: journal of another kind of delivery\n", path);
		r = EXIT_USAGE;
	} else if (j->chunk_kib) {
		journal_path(path, sizeof(path), j, "inner.mime");
		r = file_blob(&j->inner, path, &err);
		r = r ? complain(path, &err, r) : 0;
	}
	json_decref(json);
	return r;
}

static void add_text(struct osci_buf *b, const char *text)
{
	osci_buf_add(b, text ? text : "", text ? strlen(text) + 1 : 1);
}

static int add_digest(struct osci_buf *b, const struct osci_alg *sha256, const struct osci_blob *blob,
		      struct osci_err *err)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t n;
	int r = osci_digest_blob(sha256, blob, digest, &n, err);

	if (!r)
		osci_buf_add(b, digest, n);
	return r;
}

/* SHA-256 over what the delivery is: a journal must not go on with another one, and call it sent. */
static int delivery_print(struct job *j, struct osci_err *err)
{
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(PRINT_MAX);
	const struct parcel *p = &j->parcel;
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t i, n;
	int r = 0;

	osci_buf_addf(&b, "%zu %zu %zu %zu ", p->n_reader_certs, p->n_headers, p->n_inline, p->n_attachments);
	add_text(&b, j->o.subject);
	add_text(&b, j->o.uri);
	add_text(&b, p->addressee ? osci_cert_sha256(p->addressee) : NULL);
	for (i = 0; i < p->n_reader_certs; i++)
		add_text(&b, osci_cert_sha256(p->reader_certs[i]));
	for (i = 0; i < p->n_headers && !r; i++) {
		r = osci_digest(sha256, p->headers[i].xml, p->headers[i].len, digest, &n);
		osci_buf_add(&b, digest, r ? 0 : n);
	}
	for (i = 0; i < p->n_inline && !r; i++) {
		r = osci_digest(sha256, p->inline_[i].data, p->inline_[i].len, digest, &n);
		osci_buf_add(&b, digest, r ? 0 : n);
	}
	for (i = 0; i < p->n_attachments && !r; i++)
		r = add_digest(&b, sha256, p->blobs[i], err);
	if (!r)
		r = osci_buf_error(&b);
	if (!r)
		r = osci_digest(sha256, b.data, b.len, digest, &n);
	if (!r)
		osci_hex(j->print, digest, n);
	return r;
}

/* 0 or an exit status. */
static int journal_fits(struct job *j)
{
	struct osci_err err = { 0 };
	int r;

	if (!j->o.journal)
		return 0;
	r = delivery_print(j, &err);
	if (r)
		return complain(j->o.journal, &err, r);
	if (!j->resumed || (j->journalled && !strcmp(j->journalled, j->print)))
		return 0;
	fprintf(stderr, "osci: %s: journal of another delivery that is not settled; repeat that, or take another directory\n",
		j->o.journal);
	return EXIT_USAGE;
}

static const char *current_id(const struct job *j)
{
	return j->chunks ? osci_chunk_sender_message_id(j->chunks) : j->sender ? osci_sender_message_id(j->sender) :
									     osci_mediator_message_id(j->mediator);
}

static int journal_write(void *arg, struct osci_err *err)
{
	struct job *j = arg;
	json_t *json;
	char *text;
	bool ok = true;
	int r = 0;

	if (!j->o.journal || j->resumed)
		return 0;
	json = json_object();
	jput(json, "message_id", jtext(current_id(j)), &ok);
	jput(json, "delivery", json_string(j->print), &ok);
	if (j->chunks) {
		jput(json, "chunk_kib", jnumber(osci_chunk_sender_chunk_kib(j->chunks)), &ok);
		r = write_blob(j->o.journal, "inner.mime", osci_chunk_sender_inner(j->chunks), err);
	}
	text = ok ? json_dumps(json, JSON_INDENT(2)) : NULL;
	if (!r)
		r = text ? write_file(j->o.journal, "journal.json", text, strlen(text), err) : -ENOMEM;
	free(text);
	json_decref(json);
	return r;
}

static void journal_drop(const struct job *j)
{
	char path[PATH_MAX];

	if (!j->o.journal)
		return;
	journal_path(path, sizeof(path), j, "journal.json");
	unlink(path);
	journal_path(path, sizeof(path), j, "inner.mime");
	unlink(path);
	rmdir(j->o.journal); /* if nothing else is in it */
}

/* --- send, forward -------------------------------------------------------------- */

static json_t *stored_json(const struct job *j)
{
	const struct osci_card *card = j->chunks ? osci_chunk_sender_card(j->chunks) : osci_sender_card(j->sender);
	const struct osci_feedback *f;
	json_t *o = json_object();
	uint64_t arrived, total;
	bool ok = true;
	size_t n;

	f = j->chunks ? osci_chunk_sender_feedback(j->chunks, &n) : osci_sender_feedback(j->sender, &n);
	jput(o, "message_id", jtext(current_id(j)), &ok);
	jput(o, "resumed", json_boolean(j->resumed || j->o.message_id), &ok);
	jput(o, "stored_before",
	     json_boolean(j->chunks ? osci_chunk_sender_was_stored(j->chunks) : osci_sender_was_stored(j->sender)), &ok);
	if (j->chunks) {
		osci_chunk_sender_progress(j->chunks, &arrived, &total);
		jput(o, "chunks_arrived", jnumber(arrived), &ok);
		jput(o, "chunks", jnumber(total), &ok);
		jput(o, "chunk_kib", jnumber(osci_chunk_sender_chunk_kib(j->chunks)), &ok);
	}
	jput(o, "feedback", feedback_json(f, n), &ok);
	jput(o, "card", card_json(card), &ok);
	return jdone(o, ok);
}

/* The code is one for two causes, and only the intermediary knows which it was. */
static void explain(const struct job *j, const struct osci_err *err)
{
	if (err->code == OSCI_E_FEEDBACK && j->o.uri && !strcmp(err->feedback, "9805"))
		fprintf(stderr, "osci: %s: the intermediary knows no passive recipient %s, or that one refused the delivery; "
			"its log says which\n", j->c->command, j->o.uri);
}

static int finish(struct job *j, json_t *o, const struct osci_err *err, int r)
{
	bool ok = o != NULL;

	if (ok)
		jput(o, "failed", r ? error_json(err, r) : json_null(), &ok);
	if (!r)
		journal_drop(j);
	if (!r)
		return print_json(jdone(o, ok), j->c->text, EXIT_ACCEPTED);
	r = conn_failed(j->c, err, r);
	explain(j, err);
	return print_json(jdone(o, ok), j->c->text, r);
}

static int run_send(struct job *j)
{
	const struct conn_steps steps = { .save = journal_write, .arg = j,
					  .wait_s = j->o.wait_s ? (unsigned)j->o.wait_s : WAIT_S };
	const char *id = j->o.message_id ? j->o.message_id : j->message_id;
	struct osci_err err = { 0 };
	int r;

	if (!j->o.chunked)
		r = osci_sender_new(&j->sender, &j->c->conf, &j->delivery, id, &err);
	else if (j->inner)
		r = osci_chunk_sender_resume(&j->chunks, &j->c->conf, &j->delivery, id, j->inner, j->chunk_kib, &err);
	else
		r = osci_chunk_sender_new(&j->chunks, &j->c->conf, &j->delivery, j->o.chunked, &err);
	if (r)
		return conn_failed(j->c, &err, r);
	r = conn_drive(j->c, j->sender ? osci_sender_seq(j->sender) : osci_chunk_sender_seq(j->chunks), &steps, &err);
	return finish(j, stored_json(j), &err, r);
}

/* --- mediate --------------------------------------------------------------------- */

static int store_reply(void *arg, struct osci_err *err)
{
	struct job *j = arg;
	_cleanup_(osci_contents_freep) struct osci_contents *contents = NULL;
	const struct osci_open_opts opts = conn_reading(j->c);
	const struct osci_message *m = osci_mediator_reply(j->mediator);
	bool again;
	int r;

	r = osci_contents_open(&contents, m, &opts, err);
	if (!r && j->o.out)
		return store_delivery(j->o.out, m, contents, osci_mediator_raw_blob(j->mediator), &j->reply, &again, err);
	if (!r && !(j->reply = message_json(m, contents, NULL)))
		r = -ENOMEM;
	return r;
}

static json_t *mediated_json(struct job *j)
{
	static const char *const reach[] = { "accepted", "refused", "not reached", "unknown" };
	const struct osci_feedback *f;
	json_t *o = json_object();
	bool ok = true;
	size_t n;

	f = osci_mediator_feedback(j->mediator, &n);
	jput(o, "message_id", jtext(current_id(j)), &ok);
	jput(o, "recipient", json_string(reach[osci_mediator_reach(j->mediator)]), &ok);
	jput(o, "feedback", feedback_json(f, n), &ok);
	jput(o, "request_card", card_json(osci_mediator_request_card(j->mediator)), &ok);
	jput(o, "reply_card", card_json(osci_mediator_reply_card(j->mediator)), &ok);
	jput(o, "reply", j->reply ? j->reply : json_null(), &ok);
	j->reply = NULL;
	return jdone(o, ok);
}

static int run_mediate(struct job *j)
{
	const struct conn_steps steps = { .delivery = store_reply, .arg = j };
	struct osci_err err = { 0 };
	int r;

	r = osci_mediator_new(&j->mediator, &j->c->conf, &j->delivery, !j->o.no_id, &err);
	if (r)
		return conn_failed(j->c, &err, r);
	r = conn_drive(j->c, osci_mediator_seq(j->mediator), &steps, &err);
	return finish(j, mediated_json(j), &err, r);
}

/* --- all three ------------------------------------------------------------------- */

static int check(void *arg, const struct opts *opts)
{
	const struct job *j = arg;

	if (j->way == SEND && !j->o.to)
		return opts_usage(opts, "--to is missing");
	if (j->way != SEND && !j->o.uri)
		return opts_usage(opts, "--uri is missing");
	if (opts->n == 0 && j->o.attach.n == 0)
		return opts_usage(opts, "no content: a FILE or --attach");
	if (!j->conn.plain && !j->o.to && j->o.readers.n == 0)
		return opts_usage(opts, "nobody to encrypt the contents for: --to or --reader, or --plain");
	if (j->o.chunked && j->o.message_id)
		return opts_usage(opts, "a delivery in chunks is resumed by --journal");
	return 0;
}

static int deliver(struct conn *c, struct job *j, char *const *files)
{
	int r = journal_read(j);

	if (!r)
		r = parcel_make(&j->parcel, c, &j->conn, &j->o, files, (size_t)j->opts->n);
	if (!r)
		r = journal_fits(j);
	if (r)
		return r;
	j->delivery = (struct osci_delivery){
		.subject = j->o.subject, .addressee = j->parcel.addressee, .package = j->parcel.package,
		.receiver_uri = j->o.uri, .custom = j->parcel.headers, .n_custom = j->parcel.n_headers,
	};
	return j->way == MEDIATE ? run_mediate(j) : run_send(j);
}

static int run(struct conn *c, void *arg, char **files)
{
	struct job *j = arg;
	int r;

	j->c = c;
	r = deliver(c, j, files);
	osci_sender_freep(&j->sender);
	osci_chunk_sender_freep(&j->chunks);
	osci_mediator_freep(&j->mediator);
	json_decref(j->reply);
	parcel_clear(&j->parcel);
	osci_blob_unrefp(&j->inner);
	free(j->message_id);
	free(j->journalled);
	return r;
}

static struct job job; /* options point into it */

static const struct opt line_opts[] = { LINE_OPTS(job.conn), { NULL } };
static const struct opt key_opts[] = { KEY_OPTS(job.conn), READ_OPTS(job.conn), { NULL } };

#define RESUME_OPTS                                                                                                    \
	{ "message-id", "ID", OPT_TEXT, &job.o.message_id, "of an attempt without answer: asks for its process card first" },   \
	{ "journal", "DIR", OPT_TEXT, &job.o.journal, "keep there what a second run needs to go on" }

static int job_main(enum way way, struct opts *opts, int argc, char **argv)
{
	const struct conn_command command = {
		.opts = opts, .conn = &job.conn, .line = true, .check = check, .run = run, .arg = &job,
	};

	job.way = way;
	job.opts = opts;
	return conn_main(&command, argc, argv);
}

int send_main(int argc, char **argv)
{
	static const struct opt own[] = {
		PARCEL_OPTS(job.o),
		RESUME_OPTS,
		{ "chunked", "KIB", OPT_NUMBER, &job.o.chunked, "in chunks of KIB (PartialStoreDelivery)" },
		{ "wait", "SECONDS", OPT_NUMBER, &job.o.wait_s, "for a large message to be worked through; otherwise 60" },
		{ NULL },
	};
	struct opts opts = {
		.command = "send", .synopsis = "--to CERT.pem [OPTION]... [FILE]...", .max = INT_MAX,
		.tables = { own, line_opts, key_opts },
		.purpose = "Stores a delivery in a mailbox: each FILE an inline content, --attach for large ones.",
	};

	return job_main(SEND, &opts, argc, argv);
}

int forward_main(int argc, char **argv)
{
	static const struct opt own[] = {
		PARCEL_OPTS(job.o),
		RESUME_OPTS,
		{ "uri", "URI", OPT_TEXT, &job.o.uri, "of the passive recipient" },
		{ NULL },
	};
	struct opts opts = {
		.command = "forward", .synopsis = "--uri URI [OPTION]... [FILE]...", .max = INT_MAX,
		.tables = { own, line_opts, key_opts },
		.purpose = "Forwards a delivery to a passive recipient, which the intermediary knows by its URI.",
	};

	return job_main(FORWARD, &opts, argc, argv);
}

int mediate_main(int argc, char **argv)
{
	static const struct opt own[] = {
		PARCEL_OPTS(job.o),
		{ "uri", "URI", OPT_TEXT, &job.o.uri, "of the passive recipient" },
		{ "no-id", NULL, OPT_FLAG, &job.o.no_id, "without MessageId and process cards" },
		{ "out", "DIR", OPT_TEXT, &job.o.out, "store the reply in DIR; confirmed only after that" },
		{ NULL },
	};
	struct opts opts = {
		.command = "mediate", .synopsis = "--uri URI [OPTION]... [FILE]...", .max = INT_MAX,
		.tables = { own, line_opts, key_opts },
		.purpose = "Hands a request to a passive recipient and takes its reply.",
	};

	return job_main(MEDIATE, &opts, argc, argv);
}
