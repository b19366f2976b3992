/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recv - osci recv: a passive recipient
 *
 * An HTTP server for AcceptDelivery and ProcessDelivery.  A positive answer is sent only after the delivery is stored and
 * synced; one that came before (same MessageId) is answered positively again and not stored twice.  --reply is what
 * ProcessDelivery brings back.  One JSON object per request, on a line of its own.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osci/recipient.h>
#include "blob/blob.h"
#include "tools/parcel.h"
#include "tools/tool.h"

#define THREADS 4

struct recv_opts {
	const char *listen, *path, *out, *reply, *tls_cert, *tls_key, *port_file;
	bool once, unsigned_;
};

struct receiver {
	struct conn *c;
	struct recv_opts *o;
	const struct conn_opts *conn;
	struct osci_recipient *recipient;
	pthread_mutex_t print; /* one line at a time; also guards the next two */
	int status;            /* of the last request */
	sigset_t signals;
	pid_t pid;
};

/* --- an answer that says when it has gone -------------------------------------------- */

struct last {
	struct osci_stream *stream;
	struct receiver *receiver;
};

static int last_read(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	return osci_stream_read(((struct last *)self)->stream, buf, size, ret_n, err);
}

static void last_free(void *self)
{
	struct last *l = self;

	osci_stream_freep(&l->stream);
	if (l->receiver->o->once)
		kill(l->receiver->pid, SIGTERM); /* ourselves: the main thread waits for it */
	free(l);
}

static int wrap_last(struct receiver *v, struct osci_stream **stream)
{
	static const struct osci_stream_ops ops = { last_read, last_free };
	struct last *l = calloc(1, sizeof(*l));
	uint64_t len = osci_stream_len(*stream);

	if (!l)
		return -ENOMEM;
	*l = (struct last){ *stream, v };
	*stream = NULL;
	return osci_stream_new(stream, &ops, l, len);
}

/* --- a request ------------------------------------------------------------------------- */

/* A reply for the originator of the request, encrypted for its cipher certificate. */
static int answer(struct receiver *v, const struct osci_message *order, struct osci_stream **ret, struct osci_err *err)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *blob = NULL;
	const struct osci_package_opts opts = { .suite = v->c->suite, .limits = &v->c->limits };
	const struct osci_cert *originator = osci_message_cert(order, OSCI_CIPHER_ORIGINATOR);
	struct osci_author_draft author = { v->c->sign, OSCI_SIGN_ORIGINATOR };
	struct osci_reader_draft reader = { originator, OSCI_CIPHER_ORIGINATOR };
	struct osci_attachment_draft attachment;
	struct osci_content_draft content = { .attachment = &attachment };
	const struct osci_container_draft container = {
		.contents = &content, .n_contents = 1, .authors = &author, .n_authors = v->c->sign && !v->conn->unsigned_,
		.readers = &reader, .n_readers = originator && !v->conn->plain,
	};
	struct osci_reply reply = { .message_id = order->message_id_response };
	int r;

	if (order->type != OSCI_PROCESS_DELIVERY || !v->o->reply)
		return osci_recipient_answer(v->recipient, order, NULL, 0, NULL, ret, err);
	r = file_blob(&blob, v->o->reply, err);
	attachment = (struct osci_attachment_draft){ .blob = blob };
	if (!r)
		r = osci_package_new(&package, &container, 1, &opts, err);
	reply.package = package;
	return r ? r : osci_recipient_answer(v->recipient, order, NULL, 0, &reply, ret, err);
}

static int store(struct receiver *v, const struct osci_message *order, struct osci_blob *body, json_t **json,
		 struct osci_err *err)
{
	_cleanup_(osci_contents_freep) struct osci_contents *contents = NULL;
	const struct osci_open_opts opts = conn_reading(v->c);
	bool again;
	int r = osci_contents_open(&contents, order, &opts, err);

	return r ? r : store_delivery(v->o->out, order, contents, body, json, &again, err);
}

static void report(struct receiver *v, json_t *json, const char *peer, const struct osci_err *err, int r)
{
	json_t *o = json_object();
	bool ok = true;

	jput(o, "peer", jtext(peer), &ok);
	jput(o, "accepted", json_boolean(r == 0), &ok);
	jput(o, "delivery", json ? json : json_null(), &ok);
	jput(o, "failed", r ? error_json(err, r) : json_null(), &ok);
	pthread_mutex_lock(&v->print);
	v->status = print_line(jdone(o, ok), r ? conn_failed(v->c, err, r) : EXIT_ACCEPTED);
	pthread_mutex_unlock(&v->print);
}

static int handle(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	static const struct osci_feedback not_stored = { .code = "9811" };
	struct receiver *v = arg;
	_cleanup_(osci_message_freep) struct osci_message *order = NULL;
	struct osci_err err = { 0 }, answer_err = { 0 };
	json_t *json = NULL;
	int r;

	r = osci_recipient_open(v->recipient, request->body, conn_now(v->c), &order, &reply->stream, &err);
	if (!r) {
		r = store(v, order, request->body, &json, &err);
		if (!r)
			r = answer(v, order, &reply->stream, &err);
		if (r && osci_recipient_answer(v->recipient, order, &not_stored, 1, NULL, &reply->stream, &answer_err))
			reply->stream = NULL;
	}
	report(v, json, request->peer, &err, r);
	if (!reply->stream || wrap_last(v, &reply->stream)) {
		if (v->o->once)
			kill(v->pid, SIGTERM);
		return 500;
	}
	return 200;
}

/* --- the server -------------------------------------------------------------------------- */

static int write_port(const char *path, unsigned port)
{
	FILE *f = path ? fopen(path, "we") : NULL;
	bool ok = !path || (f && fprintf(f, "%u\n", port) > 0);

	ok = (!f || fclose(f) == 0) && ok;
	return ok ? 0 : complain(path, NULL, -EIO);
}

static int serve(struct receiver *v)
{
	const struct osci_http_path path = { v->o->path ? v->o->path : "/", OSCI_HTTP_POST };
	const struct osci_http_server_conf http = {
		.listen = v->o->listen, .paths = &path, .n_paths = 1, .threads = v->o->once ? 1 : THREADS,
		.limits = &v->c->limits, .spool = v->c->spool, .tls_cert = v->o->tls_cert, .tls_key = v->o->tls_key,
		.handler = handle, .arg = v,
	};
	_cleanup_(osci_http_server_stopp) struct osci_http_server *server = NULL;
	struct osci_err err = { 0 };
	int r, signal;

	r = osci_http_server_start(&server, &http, &err);
	if (r)
		return conn_failed(v->c, &err, r);
	fprintf(stderr, "osci: recv: port %u\n", osci_http_server_port(server));
	r = write_port(v->o->port_file, osci_http_server_port(server));
	if (r)
		return r;
	while (sigwait(&v->signals, &signal) != 0)
		;
	osci_http_server_stopp(&server);
	return v->o->once ? v->status : EXIT_ACCEPTED;
}

static int run(struct conn *c, void *arg, char **files)
{
	struct receiver *v = arg;
	const struct osci_recipient_conf conf = {
		.sign = c->sign, .decrypt = c->decrypt, .n_decrypt = c->n_decrypt, .trust = c->trust,
		.policy = { .allow_cbc = c->conf.policy.allow_cbc, .require_signature = !v->o->unsigned_ },
		.limits = &c->limits, .suite = c->suite,
	};
	struct osci_err err = { 0 };
	int r;

	(void)files;
	v->c = c;
	v->pid = getpid();
	v->status = EXIT_NOTHING; /* ended before a request came */
	sigemptyset(&v->signals);
	sigaddset(&v->signals, SIGTERM);
	sigaddset(&v->signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &v->signals, NULL); /* before there are other threads */
	r = osci_recipient_new(&v->recipient, &conf, &err);
	if (r)
		return conn_failed(v->c, &err, r);
	r = serve(v);
	osci_recipient_freep(&v->recipient);
	return r;
}

static int check(void *arg, const struct opts *opts)
{
	const struct receiver *v = arg;

	return v->o->listen && v->o->out ? 0 : opts_usage(opts, "--listen and --out are needed");
}

int recv_main(int argc, char **argv)
{
	static struct conn_opts o;
	static struct recv_opts own;
	static struct receiver v = { .print = PTHREAD_MUTEX_INITIALIZER };
	const struct opt what[] = {
		{ "listen", "ADDR:PORT", OPT_TEXT, &own.listen, "for example 127.0.0.1:8080; port 0 = any free one" },
		{ "path", "PATH", OPT_TEXT, &own.path, "of the URL; otherwise /" },
		{ "out", "DIR", OPT_TEXT, &own.out, "each delivery goes into a directory of its own in DIR" },
		{ "reply", "FILE", OPT_TEXT, &own.reply, "content of replies to ProcessDelivery" },
		{ "once", NULL, OPT_FLAG, &own.once, "end after one request, with its exit status" },
		{ "unsigned", NULL, OPT_FLAG, &own.unsigned_, "take unsigned orders, too" },
		{ "tls-cert", "FILE.pem", OPT_TEXT, &own.tls_cert, "https: certificate chain" },
		{ "tls-key", "FILE.pem", OPT_TEXT, &own.tls_key, "https: private key, mode 0600" },
		{ "port-file", "FILE", OPT_TEXT, &own.port_file, "the port is written there when the server listens" },
		{ NULL },
	};
	const struct opt keys[] = { KEY_OPTS(o), READ_OPTS(o), { NULL } };
	struct opts opts = {
		.command = "recv", .synopsis = "--listen ADDR:PORT --out DIR [OPTION]...", .tables = { what, keys },
		.purpose = "Receives deliveries as a passive recipient; stored durably before the positive answer.",
	};
	const struct conn_command command = { .opts = &opts, .conn = &o, .check = check, .run = run, .arg = &v };

	v.o = &own;
	v.conn = &o;
	return conn_main(&command, argc, argv);
}
