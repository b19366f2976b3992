/* SPDX-License-Identifier: Apache-2.0 */
/* serve - from HTTP request to service and log; /health and /metrics; tidying up; the end */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <osci/http.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "intermediary/notify.h"
#include "intermediary/serve.h"

#define TIDY_SECONDS 10
#define ADMIN_THREADS 2
#define ADMIN_CONNECTIONS 16
#define NOT_FOUND 404
#define METHOD_NOT_ALLOWED 405
#define TOO_MANY_REQUESTS 429

static void log_report(const struct im_report *r, int result, const char *peer, size_t in, size_t out, int64_t ms)
{
	char bytes[24], size[24], time[24];
	/* An empty mailbox and an unknown card are answers, not mistakes: whoever polls would fill the log with warnings. */
	bool nothing = !strcmp(r->code, "9803") || !strcmp(r->code, "9804");
	bool ok = !result && !r->fault && (r->code[0] != '9' || nothing);

	snprintf(bytes, sizeof(bytes), "%zu", in);
	snprintf(size, sizeof(size), "%zu", out);
	snprintf(time, sizeof(time), "%lld", (long long)ms);
	osci_log(ok ? OSCI_LOG_INFO : OSCI_LOG_WARN, "order-answered", "order", r->order, "outcome",
		 result ? "cut" : r->fault ? "fault" : "answer", "code", r->code, "message",
		 r->message_id[0] ? r->message_id : NULL, "client", r->client[0] ? r->client : NULL, "mailbox",
		 r->mailbox[0] ? r->mailbox : r->client[0] ? r->client : NULL, "peer", peer,
		 "bytes", bytes, "size", size, "ms", time, "where", r->err.where[0] ? r->err.where : NULL, "what",
		 r->err.what[0] ? r->err.what : NULL, NULL);
	if (r->conflict) /* D-07: the first one stays; somebody has to find out which was meant */
		osci_log(OSCI_LOG_WARN, "message-id-conflict", "message", r->message_id, "mailbox", r->client, "peer", peer,
			 NULL);
}

/* A sender whose orders cannot be decrypted again and again is probing. */
static void count_failure(struct im_daemon *d, const struct im_report *report, const char *sender, int64_t now)
{
	char count[16];

	if (report->err.code != OSCI_E_DECRYPT)
		return;
	atomic_fetch_add(&d->status.metrics.decrypt_failures, 1);
	if (!im_guard_count(d->status.guard, sender, now))
		return;
	snprintf(count, sizeof(count), "%u", d->config.decrypt_failures);
	osci_log(OSCI_LOG_ERROR, "sender-refused", "peer", sender, "count", count, "reason", "failed decryptions", NULL);
}

/* Who will be turned away is not worth the use of a key. */
static int on_body(void *arg, const char *peer, struct osci_sink **ret)
{
	struct im_daemon *d = arg;
	int64_t now = osci_clock_ms(&d->clock);
	char sender[IM_GUARD_NAME_MAX + 1];

	im_guard_peer(sender, peer);
	if (im_guard_refused(d->status.guard, sender, now))
		return osci_sink_new(ret, d->service.spool, d->config.set.limits.http_body);
	return im_service_sink(&d->service, now, ret);
}

static int on_message(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	struct im_daemon *d = arg;
	int64_t start = osci_clock_mono_ms(), now = osci_clock_ms(&d->clock);
	size_t len = (size_t)osci_blob_len(request->body), answer;
	char sender[IM_GUARD_NAME_MAX + 1];
	struct im_report report;
	bool cut = false;
	int r;

	im_guard_peer(sender, request->peer);
	if (im_guard_refused(d->status.guard, sender, now)) {
		atomic_fetch_add(&d->status.metrics.turned_away, 1);
		return TOO_MANY_REQUESTS;
	}
	r = im_service_handle(&d->service, now, sender, request->body, &reply->stream, &cut, &report);
	answer = reply->stream ? (size_t)osci_stream_len(reply->stream) : 0;
	log_report(&report, r, request->peer, len, answer, osci_clock_mono_ms() - start);
	count_failure(d, &report, sender, now);
	im_metrics_order(&d->status.metrics,
			 &(struct im_metric_order){ report.order, report.code, r != 0, len, answer,
						    osci_clock_mono_ms() - start });
	if (r < 0)
		return r;
	return cut ? OSCI_HTTP_CUT_BODY : 200;
}

/*
 * Who cannot get through with an order asks why.  Requests that ask for nothing we have (404, 405) come from anybody
 * who looks around: they are counted only.
 */
static void on_refused(void *arg, unsigned status, const char *peer, uint64_t octets)
{
	struct im_daemon *d = arg;
	char code[16], bytes[24];

	im_metrics_refused(&d->status.metrics, status);
	if (status == NOT_FOUND || status == METHOD_NOT_ALLOWED)
		return;
	snprintf(code, sizeof(code), "%u", status);
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)octets);
	osci_log(OSCI_LOG_WARN, "http-refused", "status", code, "peer", peer, "bytes", bytes, NULL);
}

static int on_admin(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(IM_STATUS_DOC_MAX);
	struct im_daemon *d = arg;
	int64_t now = osci_clock_ms(&d->clock);
	int status = 200;

	if (!strcmp(request->path, "/health")) {
		status = im_status_health(&d->status, now, &out) ? 200 : 503;
		reply->content_type = "application/json";
	} else {
		im_status_metrics(&d->status, now, &out);
		reply->content_type = "text/plain; version=0.0.4";
	}
	reply->data = (unsigned char *)osci_buf_take(&out, &reply->len);
	return reply->data ? status : -ENOMEM;
}

static int listen_orders(struct im_daemon *d, struct osci_http_server **ret, struct osci_err *err)
{
	const struct osci_http_path path = { d->config.path, OSCI_HTTP_POST };
	const struct osci_http_server_conf conf = {
		.listen = d->config.listen,
		.paths = &path,
		.n_paths = 1,
		.threads = d->config.threads,
		.limits = &d->config.set.limits,
		.spool = d->service.spool,
		.tls_cert = d->config.tls_cert,
		.tls_key = d->config.tls_key,
		.proxies = d->config.proxies,
		.handler = on_message,
		.refused = on_refused,
		.sink = on_body,
		.arg = d,
	};

	return osci_http_server_start(ret, &conf, err);
}

static int listen_admin(struct im_daemon *d, struct osci_http_server **ret, struct osci_err *err)
{
	static const struct osci_http_path paths[] = { { "/health", OSCI_HTTP_GET }, { "/metrics", OSCI_HTTP_GET } };
	struct osci_limits limits;
	struct osci_http_server_conf conf = {
		.listen = d->config.admin_listen,
		.paths = paths,
		.n_paths = sizeof(paths) / sizeof(paths[0]),
		.threads = ADMIN_THREADS,
		.limits = &limits,
		.handler = on_admin,
		.arg = d,
	};

	osci_limits_default(&limits);
	limits.connections = limits.connections_peer = ADMIN_CONNECTIONS;
	return osci_http_server_start(ret, &conf, err);
}

/* A test waits for it. */
static int write_ports(const char *path, const struct osci_http_server *orders, const struct osci_http_server *admin)
{
	char text[32];
	int n = admin ? snprintf(text, sizeof(text), "%u\n%u\n", osci_http_server_port(orders), osci_http_server_port(admin))
		      : snprintf(text, sizeof(text), "%u\n", osci_http_server_port(orders));

	return osci_file_replace(path, text, (size_t)n, 0644, false, NULL);
}

static void log_listening(const char *event, const char *address, const struct osci_http_server *server,
			  const char *path)
{
	char port[16];

	snprintf(port, sizeof(port), "%u", osci_http_server_port(server));
	osci_log(OSCI_LOG_INFO, event, "address", address, "port", port, "path", path, "version", OSCI_VERSION, NULL);
}

static void run(struct im_daemon *d, const sigset_t *signals)
{
	const struct timespec every = { TIDY_SECONDS, 0 };
	struct osci_err err = { 0 };
	int sig;

	for (;;) {
		sig = sigtimedwait(signals, NULL, &every);
		if (sig == SIGTERM || sig == SIGINT)
			return;
		if (im_service_tidy(&d->service, osci_clock_ms(&d->clock), &err) ||
		    im_status_refresh(&d->status, osci_clock_ms(&d->clock), &err))
			osci_log_err(OSCI_LOG_ERROR, "tidy-failed", &err, NULL);
		im_notify("WATCHDOG=1");
	}
}

/* What is in the database is safe at any moment: an order that does not end is given up. */
static void on_alarm(int sig)
{
	static const char text[] = "osci-intermediaryd: orders under way did not end in time, given up\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	_exit(EXIT_RUN);
}

static void bound_the_end(int64_t ms)
{
	signal(SIGALRM, on_alarm);
	alarm((unsigned)((ms + 999) / 1000));
}

int im_serve(struct im_daemon *d, const char *port_file, const sigset_t *signals)
{
	_cleanup_(osci_http_server_stopp) struct osci_http_server *admin = NULL, *orders = NULL;
	const char *address = d->config.listen;
	struct osci_err err = { 0 };
	int r = listen_orders(d, &orders, &err);

	if (!r && d->config.admin_listen) {
		address = d->config.admin_listen;
		r = listen_admin(d, &admin, &err);
	}
	if (!r && port_file && (r = write_ports(port_file, orders, admin)))
		osci_fail(&err, r, NULL, port_file, "port file cannot be written");
	if (r) {
		osci_log_err(OSCI_LOG_ERROR, "listen-failed", &err, "address", address, NULL);
		return EXIT_RUN;
	}
	log_listening("listening", d->config.listen, orders, d->config.path);
	if (admin)
		log_listening("admin-listening", d->config.admin_listen, admin, "/health /metrics");
	im_notify("READY=1");
	run(d, signals);
	im_notify("STOPPING=1");
	bound_the_end(d->config.shutdown_ms);
	osci_http_server_stopp(&orders);
	return EXIT_OK;
}
