/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci-intermediaryd - OSCI-Transport 1.2 intermediary with mailboxes, over HTTP
 *
 * Exit status: 0 stopped by SIGTERM or SIGINT (or --check found nothing), 1 could not run, 2 usage,
 * 3 configuration.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <osci/http.h>
#include "base/buf.h"
#include "base/log.h"
#include <osci/osci.h>
#include "intermediary/config.h"
#include "intermediary/faults.h"
#include "intermediary/relay.h"
#include "intermediary/status.h"

#define TIDY_SECONDS 10

enum { EXIT_OK, EXIT_RUN, EXIT_USAGE, EXIT_CONFIG };

struct options {
	const char *config, *now, *clock_file, *port_file, *faults;
	bool check;
};

struct daemon {
	struct im_config config;
	struct im_service service;
	struct im_status status;
	struct osci_clock clock;
};

static const char help[] =
	"usage: osci-intermediaryd --config FILE [options]\n"
	"\n"
	"OSCI-Transport 1.2 intermediary with mailboxes.\n"
	"\n"
	"  --config FILE      configuration (YAML), see osci-intermediaryd(8)\n"
	"  --check            check the configuration, with its keys, and end\n"
	"  --port-file FILE   write the port that is listened on to FILE\n"
	"  --now TIME         start the clock at TIME (2026-11-16T09:00:00, Europe/Berlin if without zone)\n"
	"  --clock-file FILE  tests: add the offset in FILE to the clock (8 octets, ms)\n"
	"  --faults FILE      tests: misbehave as FILE says, read again when it changes:\n"
	"                     TARGET ACTION [ARGUMENT] [COUNT] per line;\n"
	"                     TARGET: init exit id store fetch card *\n"
	"                     ACTION: refuse, fault CODE, delay MS, drop, cut-body, unsigned, bad-signature,\n"
	"                             challenge-wrong, conversation-foreign, duplicate\n"
	"  --help, --version\n";

/* -1: go on; otherwise the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },	{ "check", no_argument, NULL, 'k' },
		{ "port-file", required_argument, NULL, 'p' },	{ "now", required_argument, NULL, 'n' },
		{ "clock-file", required_argument, NULL, 'C' }, { "faults", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'k':
			o->check = true;
			break;
		case 'p':
			o->port_file = optarg;
			break;
		case 'n':
			o->now = optarg;
			break;
		case 'C':
			o->clock_file = optarg;
			break;
		case 'f':
			o->faults = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		case 'V':
			puts("osci-intermediaryd " OSCI_VERSION);
			return EXIT_OK;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind != argc || !o->config) {
		fputs("osci-intermediaryd: --config FILE expected and nothing else, see --help\n", stderr);
		return EXIT_USAGE;
	}
	return -1;
}

/* What --check says of a configuration that is in order. */
static void print_summary(const struct im_config *c)
{
	struct im_weak weak[IM_WEAK_MAX];
	size_t n = im_config_weak(c, weak);

	printf("configuration in order: %zu participants%s, %zu cipher keys\n", c->set.participants.n,
	       c->set.participants.only ? ", nobody else" : "", c->set.n_cipher);
	for (size_t i = 0; i < n; i++)
		printf("weakened: %s: %s\n", weak[i].setting, weak[i].effect);
}

static void log_weak(const struct im_config *c)
{
	struct im_weak weak[IM_WEAK_MAX];
	size_t n = im_config_weak(c, weak);

	for (size_t i = 0; i < n; i++)
		osci_log(OSCI_LOG_WARN, "setting-weakened", "config", weak[i].setting, "what", weak[i].effect, NULL);
}

static int load_config(struct daemon *d, const char *path)
{
	struct osci_err err = { 0 };
	char text[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX + 16];

	if (!im_config_load(&d->config, path, &err))
		return EXIT_OK;
	if (d->config.conf && conf_problems(d->config.conf))
		for (size_t i = 0; i < conf_problems(d->config.conf); i++)
			fprintf(stderr, "%s\n", conf_problem(d->config.conf, i));
	else
		fprintf(stderr, "%s\n", osci_err_text(&err, text, sizeof(text)));
	return EXIT_CONFIG;
}

static void log_report(const struct im_report *r, int result, const char *peer, size_t in, size_t out, int64_t ms)
{
	char bytes[24], size[24], time[24];
	bool ok = !result && !r->fault && r->code[0] != '9';

	snprintf(bytes, sizeof(bytes), "%zu", in);
	snprintf(size, sizeof(size), "%zu", out);
	snprintf(time, sizeof(time), "%lld", (long long)ms);
	osci_log(ok ? OSCI_LOG_INFO : OSCI_LOG_WARN, "order-answered", "order", r->order, "outcome",
		 result ? "cut" : r->fault ? "fault" : "answer", "code", r->code, "message",
		 r->message_id[0] ? r->message_id : NULL, "mailbox", r->client[0] ? r->client : NULL, "peer", peer,
		 "bytes", bytes, "size", size, "ms", time, "where", r->err.where[0] ? r->err.where : NULL, "what",
		 r->err.what[0] ? r->err.what : NULL, NULL);
	if (r->conflict) /* D-07: the first one stays; somebody has to find out which was meant */
		osci_log(OSCI_LOG_WARN, "message-id-conflict", "message", r->message_id, "mailbox", r->client, "peer", peer,
			 NULL);
}

/* A sender whose orders cannot be decrypted again and again is probing. */
static void count_failure(struct daemon *d, const struct im_report *report, const char *sender, int64_t now)
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

static int on_message(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	struct daemon *d = arg;
	int64_t start = osci_clock_mono_ms(), now = osci_clock_ms(&d->clock);
	size_t len = (size_t)osci_blob_len(request->body), answer;
	char sender[IM_GUARD_NAME_MAX + 1];
	struct im_report report;
	bool cut = false;
	int r;

	im_guard_peer(sender, request->peer);
	if (im_guard_refused(d->status.guard, sender, now)) {
		atomic_fetch_add(&d->status.metrics.turned_away, 1);
		return 429;
	}
	r = im_service_handle(&d->service, now, request->body, &reply->stream, &cut, &report);
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

/* The file appears complete or not at all: a test waits for it. */
static int write_port(const char *path, unsigned port)
{
	_cleanup_(osci_freep) char *tmp = NULL;
	FILE *f;

	if (asprintf(&tmp, "%s.new", path) < 0)
		return -ENOMEM;
	f = fopen(tmp, "we");
	if (!f)
		return -errno;
	fprintf(f, "%u\n", port);
	if (fclose(f) || rename(tmp, path))
		return -errno;
	return 0;
}

static void run(struct daemon *d, const sigset_t *signals)
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
	}
}

static int serve(struct daemon *d, const struct options *o, const sigset_t *signals)
{
	const struct osci_http_path path = { d->config.path, OSCI_HTTP_POST };
	struct osci_http_server_conf conf = {
		.listen = d->config.listen,
		.paths = &path,
		.n_paths = 1,
		.threads = d->config.threads,
		.limits = &d->config.set.limits,
		.spool = d->service.spool,
		.handler = on_message,
		.arg = d,
	};
	_cleanup_(osci_http_server_stopp) struct osci_http_server *server = NULL;
	struct osci_err err = { 0 };
	char port[16];
	int r;

	r = osci_http_server_start(&server, &conf, &err);
	if (r) {
		osci_log_err(OSCI_LOG_ERROR, "listen-failed", &err, "address", d->config.listen, NULL);
		return EXIT_RUN;
	}
	snprintf(port, sizeof(port), "%u", osci_http_server_port(server));
	r = o->port_file ? write_port(o->port_file, osci_http_server_port(server)) : 0;
	if (r) {
		osci_fail(&err, r, NULL, o->port_file, "port file cannot be written");
		osci_log_err(OSCI_LOG_ERROR, "listen-failed", &err, NULL);
		return EXIT_RUN;
	}
	osci_log(OSCI_LOG_INFO, "listening", "address", d->config.listen, "port", port, "path", d->config.path,
		 "version", OSCI_VERSION, NULL);
	run(d, signals);
	return EXIT_OK;
}

static int64_t now(void *arg)
{
	struct daemon *d = arg;

	return osci_clock_ms(&d->clock);
}

static int start(struct daemon *d, const struct options *o, const sigset_t *signals)
{
	_cleanup_(im_faults_freep) struct im_faults *faults = NULL;
	struct osci_err err = { 0 };
	int r;

	d->config.set.clock = now;
	d->config.set.clock_arg = d;
	d->config.set.exchange = im_relay_http;
	d->config.set.exchange_arg = &d->service;
	r = im_service_open(&d->service, &d->config.set, &err);
	if (!r)
		r = im_status_init(&d->status, &d->config, &d->service, osci_clock_ms(&d->clock));
	if (!r)
		r = im_status_refresh(&d->status, osci_clock_ms(&d->clock), &err);
	if (!r && o->faults)
		r = im_faults_new(&faults, o->faults, &err);
	if (r) {
		osci_log_err(OSCI_LOG_ERROR, "start-failed", &err, NULL);
		im_status_free(&d->status);
		im_service_close(&d->service);
		return r == OSCI_E_CONFIG ? EXIT_CONFIG : EXIT_RUN;
	}
	d->service.faults = faults;
	if (faults)
		osci_log(OSCI_LOG_WARN, "fault-switches-on", "file", o->faults, NULL);
	log_weak(&d->config);
	r = serve(d, o, signals);
	im_status_free(&d->status);
	im_service_close(&d->service);
	osci_log(OSCI_LOG_INFO, "stopped", NULL);
	return r;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct daemon d = { 0 };
	struct osci_err err = { 0 };
	char text[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX + 16];
	sigset_t signals;
	int r = parse_options(argc, argv, &o);

	if (r >= 0)
		return r;
	osci_clock_init(&d.clock);
	if ((o.now && osci_clock_set(&d.clock, o.now, &err)) ||
	    (o.clock_file && osci_clock_map(&d.clock, o.clock_file, &err))) {
		fprintf(stderr, "osci-intermediaryd: %s\n", osci_err_text(&err, text, sizeof(text)));
		return EXIT_USAGE;
	}
	osci_log_open("osci-intermediaryd", &d.clock, OSCI_LOG_INFO);
	/* Blocked in every thread made from here on; run() takes them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (osci_init(&err)) {
		fprintf(stderr, "osci-intermediaryd: %s\n", osci_err_text(&err, text, sizeof(text)));
		return EXIT_RUN;
	}
	r = load_config(&d, o.config);
	if (!r && o.check)
		print_summary(&d.config);
	else if (!r)
		r = start(&d, &o, &signals);
	im_config_free(&d.config);
	return r;
}
