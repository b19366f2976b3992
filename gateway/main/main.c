/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main - xausl-gatewayd: start, loop, stop
 *
 * Everything is owned by one thread; see gateway.h.  The process may be killed at any
 * instant: what it has said to others is in the journal, and the next start goes on from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/prog.h"
#include "base/text.h"
#include <osci/osci.h>
#include "gateway.h"
#include "main/testpoints.h"

#define TIMERS_MS 1000
#define SHARED_CLOCK_MS 20 /* a clock that jumps wakes nobody: look often */
#define FAILURE_PAUSE_MS 1000
#define HELD_BATCH 256

struct options {
	const char *config, *now, *clock_file, *ready_file, *test_points;
	bool check, resume_held;
	uint64_t first_delivery;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static void usage(FILE *out)
{
	fputs("usage: xausl-gatewayd --config FILE [--check] [--resume-held] [--ready-file FILE]\n"
	      "                      [--now TIME] [--clock-file FILE] [--test-points FILE] [--first-delivery N]\n"
	      "\n"
	      "  --config FILE       configuration, see xausl.conf(5)\n"
	      "  --check             check the configuration, its keys and certificates, and end\n"
	      "  --resume-held       let held requests go again\n"
	      "  --ready-file FILE   written with the address of the bus when it is ready\n"
	      "  --now TIME          start the clock there, 2026-11-16T09:00:00 (Europe/Berlin)\n"
	      "  --clock-file FILE   tests: offset added to the clock\n"
	      "  --test-points FILE  tests: name of a point at which to die\n"
	      "  --first-delivery N  tests: ids of deliveries begin behind N\n"
	      "  --help, --version\n"
	      "\n"
	      "Exit status: 0 stopped or checked without error, 1 failure, 2 wrong usage.\n",
	      out);
}

/* 0 go on, otherwise exit status + 1. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },      { "check", no_argument, NULL, 'k' },
		{ "now", required_argument, NULL, 'n' },         { "clock-file", required_argument, NULL, 'f' },
		{ "ready-file", required_argument, NULL, 'r' },  { "resume-held", no_argument, NULL, 'u' },
		{ "test-points", required_argument, NULL, 't' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },           { "first-delivery", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) >= 0) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'k':
			o->check = true;
			break;
		case 'n':
			o->now = optarg;
			break;
		case 'f':
			o->clock_file = optarg;
			break;
		case 'r':
			o->ready_file = optarg;
			break;
		case 'u':
			o->resume_held = true;
			break;
		case 't':
			o->test_points = optarg;
			break;
		case 'd':
			if (osci_parse_u64(optarg, strlen(optarg), INT64_MAX / 2, &o->first_delivery)) {
				usage(stderr);
				return 3;
			}
			break;
		case 'h':
			usage(stdout);
			return 1;
		case 'v':
			puts("xausl-gatewayd " XGW_VERSION);
			return 1;
		default:
			usage(stderr);
			return 3;
		}
	}
	if (optind != argc || !o->config) {
		usage(stderr);
		return 3;
	}
	return 0;
}

/* Protected, with as many files as allowed, deaf to all but the signals that end it. */
static int harden(struct osci_err *err)
{
	struct rlimit files;
	struct sigaction stop = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
	int r = osci_prog_protect(err);

	if (r)
		return r;
	/* Connections that never say who they are must not use up what journal and intermediary need. */
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	if (sigaction(SIGTERM, &stop, NULL) || sigaction(SIGINT, &stop, NULL) || sigaction(SIGPIPE, &ignore, NULL))
		return osci_fail(err, -errno, NULL, "start", "cannot set up signals");
	return 0;
}

static void print_finding(void *arg, enum xgw_finding kind, const char *text)
{
	static const char *const names[] = { "error", "office", "warning" };

	(void)arg;
	printf("%s: %s\n", names[kind], text);
}

static void log_finding(void *arg, enum xgw_finding kind, const char *text)
{
	static const char *const events[] = { "config-error", "office-unusable", "config-warning" };
	static const enum osci_log_level levels[] = { OSCI_LOG_ERROR, OSCI_LOG_ERROR, OSCI_LOG_WARN };

	(void)arg;
	osci_log(levels[kind], events[kind], "what", text, NULL);
}

static int write_ready(const char *path, const char *endpoint, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf line = OSCI_BUF_INIT(4096);

	osci_buf_addf(&line, "%s\n", endpoint);
	return osci_buf_error(&line) ? osci_buf_error(&line) : osci_file_replace(path, line.data, line.len, 0600, false, err);
}

static int resume(struct xgw *g, int64_t number, int64_t now, struct osci_err *err)
{
	_cleanup_(xgw_request_freep) struct xgw_request *q = NULL;
	char id[32];
	int r;

	r = xgw_journal_request(g->journal, number, &q, err);
	if (!r)
		r = xgw_journal_apply(g->journal, q, XGW_EV_RESUME, "operator", now, NULL, err);
	if (r)
		return r;
	snprintf(id, sizeof(id), "%lld", (long long)number);
	osci_log(OSCI_LOG_INFO, "request-resumed", "office", q->office, "request", id, NULL);
	return 0;
}

static int resume_held(struct xgw *g, struct osci_err *err)
{
	int64_t ids[HELD_BATCH], now = xgw_now(g);
	size_t n = HELD_BATCH;
	int r = 0;

	/* Batch after batch: what is resumed is held no more. */
	while (!r && n == HELD_BATCH) {
		r = xgw_journal_due(g->journal, XGW_DUE_HELD, now, ids, HELD_BATCH, &n, err);
		for (size_t i = 0; i < n && !r; i++)
			r = resume(g, ids[i], now, err);
	}
	return r;
}

static int start(struct xgw *g, const struct options *o, struct osci_err *err)
{
	const struct osci_http_conf http = {
		.limits = &g->limits,
		.ca_file = conf_has(g->conf->conf, "intermediary.ca_file") ? conf_text(g->conf->conf, "intermediary.ca_file") :
			   NULL,
	};
	int r;

	r = xgw_journal_open(&g->journal, g->conf->journal, err);
	if (!r && o->first_delivery)
		r = xgw_journal_deliveries_from(g->journal, (int64_t)o->first_delivery, err);
	if (!r)
		r = xgw_clock_start(g, err);
	if (!r && o->resume_held)
		r = resume_held(g, err);
	if (!r)
		r = osci_http_new(&g->http, &http, err);
	if (!r)
		r = xgw_agent_new(&g->agent, g, err);
	if (!r)
		r = xgw_bus_new(&g->bus, g, err);
	if (!r)
		r = xgw_inbound(g, NULL, err); /* what an earlier run fetched and did not understand yet */
	return r;
}

static int turn(struct xgw *g, int64_t *timers_at, struct osci_err *err)
{
	int64_t now;
	int wait, r;

	xgw_clock_look(g);
	r = xgw_bus_run(g->bus, err);
	if (r < 0)
		return r;
	wait = r;
	r = xgw_agent_run(g->agent, err);
	if (r < 0)
		return r;
	wait = r < wait ? r : wait;
	now = xgw_mono(g);
	if (now >= *timers_at) {
		r = xgw_timers(g, err);
		if (r)
			return r < 0 ? r : -EIO;
		*timers_at = now + TIMERS_MS;
	}
	if (g->clock.shared && wait > SHARED_CLOCK_MS)
		wait = SHARED_CLOCK_MS;
	r = osci_http_poll(g->http, xgw_bus_fd(g->bus), wait);
	return r < 0 && r != -EINTR ? r : 0;
}

/* A failing disk or lack of memory is waited out: nothing is acknowledged meanwhile. */
static void loop(struct xgw *g)
{
	int64_t timers_at = 0;

	while (!stopping) {
		struct osci_err e = { 0 };
		int r = turn(g, &timers_at, &e);

		if (!r)
			continue;
		if (!e.code)
			osci_fail(&e, r, NULL, "loop", "a step failed");
		osci_log_err(OSCI_LOG_ERROR, "step-failed", &e, NULL);
		(void)osci_http_poll(g->http, -1, FAILURE_PAUSE_MS);
	}
}

static void finish(struct xgw *g)
{
	xgw_agent_freep(&g->agent);
	xgw_bus_freep(&g->bus);
	osci_http_freep(&g->http);
	xgw_journal_closep(&g->journal);
	xgw_config_freep(&g->conf);
}

static int prepare(struct xgw *g, const struct options *o, struct osci_err *err)
{
	int r;

	osci_limits_default(&g->limits);
	osci_clock_init(&g->clock);
	r = harden(err);
	if (!r && o->now)
		r = osci_clock_set(&g->clock, o->now, err);
	if (!r && o->clock_file)
		r = osci_clock_map(&g->clock, o->clock_file, err);
	if (!r && o->test_points)
		r = xgw_testpoints_open(o->test_points, err);
	if (!r)
		r = osci_init(err);
	return r;
}

int main(int argc, char **argv)
{
	struct options o = { .config = NULL };
	struct xgw g = { .conf = NULL };
	struct osci_err err = { 0 };
	char count[32];
	int r;

	r = parse(argc, argv, &o);
	if (r)
		return r - 1;
	osci_log_open("xausl-gatewayd", &g.clock, OSCI_LOG_INFO);
	r = prepare(&g, &o, &err);
	if (!r)
		r = xgw_config_load(&g.conf, o.config, xgw_now(&g), o.check ? print_finding : log_finding, NULL, &err);
	if (!r && !o.check)
		r = start(&g, &o, &err);
	if (!r && !o.check && o.ready_file)
		r = write_ready(o.ready_file, xgw_bus_endpoint(g.bus), &err);
	if (r) {
		if (!err.code)
			osci_fail(&err, r, NULL, "start", "not possible");
		osci_log_err(OSCI_LOG_ERROR, "start-failed", &err, NULL);
	} else if (o.check) {
		printf("%s: no error; offices: %zu\n", o.config, g.conf->n_offices);
	} else {
		snprintf(count, sizeof(count), "%zu", g.conf->n_offices);
		osci_log(OSCI_LOG_INFO, "ready", "endpoint", xgw_bus_endpoint(g.bus), "offices", count, "version", XGW_VERSION,
			 NULL);
		loop(&g);
		osci_log(OSCI_LOG_INFO, "stopped", NULL);
	}
	finish(&g);
	return r ? 1 : 0;
}
