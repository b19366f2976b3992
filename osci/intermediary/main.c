/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci-intermediaryd - OSCI-Transport 1.2 intermediary with mailboxes, over HTTP
 *
 * Exit status: 0 stopped by SIGTERM or SIGINT (or --check found nothing), 1 could not run, or orders under way did
 * not end in time, 2 usage, 3 configuration, 75 fault switch restart.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/prog.h"
#include <osci/osci.h>
#include "intermediary/deliveries.h"
#include "intermediary/faults.h"
#include "intermediary/relay.h"
#include "intermediary/serve.h"

struct options {
	const char *config, *now, *clock_file, *port_file, *faults, *content, *message;
	bool check, list;
};

static const char help[] =
	"usage: osci-intermediaryd --config FILE [options]\n"
	"\n"
	"OSCI-Transport 1.2 intermediary with mailboxes.\n"
	"\n"
	"  --config FILE      configuration (YAML), see osci-intermediaryd(8)\n"
	"  --check            check the configuration with its keys and lists, show all problems and weakened settings\n"
	"  --port-file FILE   write the port that is listened on to FILE\n"
	"  --now TIME         start the clock at TIME (2026-11-16T09:00:00, Europe/Berlin if without zone)\n"
	"  --clock-file FILE  tests: add the offset in FILE to the clock (8 octets, ms)\n"
	"  --faults FILE      tests: misbehave as FILE says, read again when it changes:\n"
	"                     TARGET ACTION [ARGUMENT] [COUNT] [KEY=VALUE ...] per line;\n"
	"                     TARGET: init exit id store fetch card forward mediate partial-store partial-fetch *\n"
	"                     ACTION: refuse, fault CODE, delay MS, drop, cut-body, unsigned, bad-signature,\n"
	"                             challenge-wrong, conversation-foreign, duplicate, lose, out-of-order, restart\n"
	"                     KEY: client, mailbox, from, until, lasts\n"
	"\n"
	"Looking at what the database holds, also beside the running program; nothing is changed:\n"
	"  --list-deliveries  every delivery and card as JSON: ids, times, sizes\n"
	"  --content DIR      with it: what can be handed out, each a file of DIR, for who has the reader's key\n"
	"  --message ID       the octets of this delivery alone, to standard output\n"
	"\n"
	"  --help, --version\n";

/* -1: go on; otherwise the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },	{ "check", no_argument, NULL, 'k' },
		{ "port-file", required_argument, NULL, 'p' },	{ "now", required_argument, NULL, 'n' },
		{ "clock-file", required_argument, NULL, 'C' }, { "faults", required_argument, NULL, 'f' },
		{ "list-deliveries", no_argument, NULL, 'l' },	{ "content", required_argument, NULL, 'o' },
		{ "message", required_argument, NULL, 'm' },	{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
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
		case 'l':
			o->list = true;
			break;
		case 'o':
			o->content = optarg;
			break;
		case 'm':
			o->message = optarg;
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
	if (o->content && !o->list) {
		fputs("osci-intermediaryd: --content goes with --list-deliveries\n", stderr);
		return EXIT_USAGE;
	}
	return -1;
}

static void print_validity(const struct osci_cert *cert, enum osci_usage use, int64_t now, const char *whose)
{
	struct osci_err err = { 0 };

	if (osci_cert_check(cert, use, now, &err))
		printf("not valid now: %s: %s\n", whose, err.what);
}

/* Whoever signs with it is answered 9700, whoever is written to with it 9708: nobody under trust vouches for it. */
static void print_issuer(const struct im_config *c, const struct osci_cert *cert, enum osci_usage use, const char *whose)
{
	struct osci_trust_state state;

	if (osci_trust_state(c->set.trust, cert, use, osci_cert_not_before(cert), &state) == 0 &&
	    state.math != OSCI_MATH_OK)
		printf("not under trust: %s: %s certificate %.16s\n", whose, use == OSCI_USE_SIGN ? "sign" : "cipher",
		       osci_cert_sha256(cert));
}

static void print_participant(const struct im_config *c, const struct im_participant *one, int64_t now)
{
	for (size_t k = 0; k < one->n_cipher; k++) {
		print_validity(one->cipher[k], OSCI_USE_ENCRYPT, now, one->id);
		print_issuer(c, one->cipher[k], OSCI_USE_ENCRYPT, one->id);
	}
	for (size_t k = 0; k < one->n_sign; k++) {
		print_validity(one->sign[k], OSCI_USE_SIGN, now, one->id);
		print_issuer(c, one->sign[k], OSCI_USE_SIGN, one->id);
	}
}

/* What --check says of a configuration that is in order.  Certificates that have ended do not stop the program. */
static void print_summary(const struct im_config *c, int64_t now)
{
	const struct im_participants *p = &c->set.participants;
	struct im_weak weak[IM_WEAK_MAX];
	size_t n = im_config_weak(c, weak);

	printf("configuration in order: %zu participants%s, %zu cipher keys\n", c->set.participants.n,
	       c->set.participants.only ? ", nobody else" : "", c->set.n_cipher);
	for (size_t i = 0; i < n; i++)
		printf("weakened: %s: %s\n", weak[i].setting, weak[i].effect);
	print_validity(osci_key_cert(c->set.sign), OSCI_USE_SIGN, now, "sign");
	for (size_t i = 0; i < c->set.n_cipher; i++)
		print_validity(osci_key_cert(c->set.cipher[i]), OSCI_USE_ENCRYPT, now, "cipher");
	for (size_t i = 0; i < p->n; i++)
		print_participant(c, &p->list[i], now);
}

static void log_weak(const struct im_config *c)
{
	struct im_weak weak[IM_WEAK_MAX];
	size_t n = im_config_weak(c, weak);

	for (size_t i = 0; i < n; i++)
		osci_log(OSCI_LOG_WARN, "setting-weakened", "config", weak[i].setting, "what", weak[i].effect, NULL);
}

static int load_config(struct im_daemon *d, const char *path, bool check)
{
	struct osci_err err = { 0 };
	char text[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX + 16];
	int r;

	r = im_config_load(&d->config, path, &err);
	if (check && (!r || r == OSCI_E_CONFIG)) {
		im_config_check_crls(&d->config, osci_clock_ms(&d->clock));
		im_config_check_places(&d->config);
	}
	if (!r && !conf_problems(d->config.conf))
		return EXIT_OK;
	if (d->config.conf && conf_problems(d->config.conf))
		for (size_t i = 0; i < conf_problems(d->config.conf); i++)
			fprintf(stderr, "%s\n", conf_problem(d->config.conf, i));
	else
		fprintf(stderr, "%s\n", osci_err_text(&err, text, sizeof(text)));
	return EXIT_CONFIG;
}

/* What participants use is asked for at once, everything else when an order shows it. */
static int start_refresh(struct im_daemon *d, struct im_refresh **ret, struct osci_err *err)
{
	const struct im_participants *p = &d->config.set.participants;
	int r;

	d->config.refresh.clock = &d->clock;
	r = im_refresh_start(ret, &d->config.refresh, err);
	if (r)
		return r;
	d->config.set.judge.seen = im_refresh_seen;
	d->config.set.judge.seen_arg = *ret;
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < p->list[i].n_cipher; k++)
			im_refresh_seen(*ret, p->list[i].cipher[k]);
		for (size_t k = 0; k < p->list[i].n_sign; k++)
			im_refresh_seen(*ret, p->list[i].sign[k]);
	}
	return 0;
}

/* Neither keys nor certificates are needed for it. */
static int look(const struct options *o)
{
	struct conf *conf = NULL;
	struct osci_err err = { 0 };
	char text[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX + 16];
	int r = conf_read(&conf, im_config_table, o->config, &err);

	if (!r)
		r = o->message ? im_deliveries_octets(conf_text(conf, "intermediary.database"), o->message, stdout, &err) :
				 im_deliveries_list(conf_text(conf, "intermediary.database"), o->content, stdout, &err);
	if (r)
		fprintf(stderr, "osci-intermediaryd: %s\n", osci_err_text(&err, text, sizeof(text)));
	conf_freep(&conf);
	return r == OSCI_E_CONFIG ? EXIT_CONFIG : r ? EXIT_RUN : EXIT_OK;
}

static int64_t now(void *arg)
{
	struct im_daemon *d = arg;

	return osci_clock_ms(&d->clock);
}

static int start(struct im_daemon *d, const struct options *o, const sigset_t *signals)
{
	_cleanup_(im_faults_freep) struct im_faults *faults = NULL;
	_cleanup_(im_refresh_stopp) struct im_refresh *refresh = NULL;
	struct osci_err err = { 0 };
	int r;

	d->config.set.clock = now;
	d->config.set.clock_arg = d;
	d->config.set.exchange = im_relay_http;
	d->config.set.exchange_arg = &d->service;
	r = im_service_open(&d->service, &d->config.set, &err);
	if (!r && d->config.rev)
		r = start_refresh(d, &refresh, &err);
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
	r = im_serve(d, o->port_file, signals);
	im_status_free(&d->status);
	im_service_close(&d->service);
	osci_log(OSCI_LOG_INFO, "stopped", NULL);
	return r;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct im_daemon d = { 0 };
	struct osci_err err = { 0 };
	char text[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX + 16];
	sigset_t signals;
	int r = parse_options(argc, argv, &o);

	if (r >= 0)
		return r;
	osci_clock_init(&d.clock);
	if (osci_prog_protect(&err) || (o.now && osci_clock_set(&d.clock, o.now, &err)) ||
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
	if (o.list || o.message)
		return look(&o);
	r = load_config(&d, o.config, o.check);
	if (!r && o.check)
		print_summary(&d.config, osci_clock_ms(&d.clock) / 1000);
	else if (!r)
		r = start(&d, &o, &signals);
	im_config_free(&d.config);
	return r;
}
