/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inge-sim - simulator of the BAMF side: options, start, loop, end
 *
 * A test partner with artificial data; no part of it may be used for real persons.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/prog.h"
#include "base/text.h"
#include "course/course.h"
#include "course_command.h"
#include "crypto/crypto.h"
#include "lists.h"
#include "orders.h"
#include "preload.h"

#define EXIT_USAGE 2
#define IDLE_MS 100     /* orders, due cases and answers are looked at so often */
#define IDLE_TEST_MS 20 /* the same with a clock that somebody moves on */
#define FAILED_ROUNDS 5 /* of the store, in a row: then the program ends */

struct options {
	const char *config, *preload, *now, *clock_file, *faults, *ready_file;
	const char *after;
	bool check, once;
	enum sim_list_kind list;
	/* clerk */
	bool clerk;
	const char *request, *decision, *person, *withdraw;
};

static const char help_text[] =
	"usage: inge-sim --config FILE [OPTION...]\n"
	"       inge-sim clerk --config FILE --request UUID --decision DECISION [--person LABEL]\n"
	"       inge-sim clerk --config FILE --withdraw KENNZIFFER\n"
	"       inge-sim course ...: the course side, see inge-sim course --help\n"
	"\n"
	"SIMULATOR of the BAMF side (InGe) for tests: fetches requests, decides, answers.  Artificial data only.\n"
	"\n"
	"  --config FILE      configuration, YAML\n"
	"  --check            check the configuration and end\n"
	"  --preload FILE     persons and records InGe holds from the start (YAML or JSON)\n"
	"  --now TIME         clock starts here, 2026-11-16T09:00:00 is Europe/Berlin\n"
	"  --clock-file FILE  offset of the clock, shared with other processes (tests)\n"
	"  --faults FILE      wrong behaviour on order, read again when it changes (tests)\n"
	"  --ready-file FILE  written when the simulator is ready\n"
	"  --once             one round: fetch, decide, answer; then end\n"
	"\n"
	"Looking, also beside a running simulator; JSON on standard output:\n"
	"  --list-received    messages fetched, in order of arrival, with what was read and what became of them\n"
	"  --after N          of these only what came behind number N\n"
	"  --list-persons     persons with their records and the requests decided for them\n"
	"  --list-records     all records, each with its person\n"
	"  --list-retrievals  log of data that went out, with purpose; entries go after six months\n"
	"  --list-scripts     answers laid down by order, with the request that got them\n"
	"\n"
	"  --help, --version\n"
	"\n"
	"clerk: a person at the BAMF acts; carried out by the running simulator.\n"
	"  --request UUID        nachrichtenUUID of the request\n"
	"  --decision DECISION   same_person, namesake, ignore, close_case\n"
	"  --person LABEL        who it is, if several fit\n"
	"  --withdraw KENNZIFFER ends a record\n"
	"\n"
	"XAUSL_DATADIR names the folder that holds xausl-schemas and versions, if it is not the one of the\n"
	"installation.  Exit status: 0 done, 1 failure, 2 usage or configuration.\n";

enum { OPT_CONFIG = 256, OPT_CHECK, OPT_PRELOAD, OPT_NOW, OPT_CLOCK, OPT_FAULTS, OPT_READY, OPT_ONCE, OPT_RECORDS,
       OPT_PERSONS, OPT_RECEIVED, OPT_RETRIEVALS, OPT_SCRIPTS, OPT_AFTER, OPT_HELP, OPT_VERSION, OPT_REQUEST, OPT_DECISION,
       OPT_PERSON, OPT_WITHDRAW };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },     { "check", no_argument, NULL, OPT_CHECK },
	{ "preload", required_argument, NULL, OPT_PRELOAD },   { "now", required_argument, NULL, OPT_NOW },
	{ "clock-file", required_argument, NULL, OPT_CLOCK },  { "faults", required_argument, NULL, OPT_FAULTS },
	{ "ready-file", required_argument, NULL, OPT_READY },  { "once", no_argument, NULL, OPT_ONCE },
	{ "list-records", no_argument, NULL, OPT_RECORDS },    { "help", no_argument, NULL, OPT_HELP },
	{ "list-persons", no_argument, NULL, OPT_PERSONS },    { "list-received", no_argument, NULL, OPT_RECEIVED },
	{ "list-retrievals", no_argument, NULL, OPT_RETRIEVALS }, { "after", required_argument, NULL, OPT_AFTER },
	{ "list-scripts", no_argument, NULL, OPT_SCRIPTS },
	{ "version", no_argument, NULL, OPT_VERSION },	       { "request", required_argument, NULL, OPT_REQUEST },
	{ "decision", required_argument, NULL, OPT_DECISION }, { "person", required_argument, NULL, OPT_PERSON },
	{ "withdraw", required_argument, NULL, OPT_WITHDRAW }, { 0 },
};

/* -1: go on; else the exit status. */
static int parse_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case OPT_CONFIG: o->config = optarg; break;
		case OPT_CHECK: o->check = true; break;
		case OPT_PRELOAD: o->preload = optarg; break;
		case OPT_NOW: o->now = optarg; break;
		case OPT_CLOCK: o->clock_file = optarg; break;
		case OPT_FAULTS: o->faults = optarg; break;
		case OPT_READY: o->ready_file = optarg; break;
		case OPT_ONCE: o->once = true; break;
		case OPT_RECORDS: o->list = SIM_LIST_RECORDS; break;
		case OPT_PERSONS: o->list = SIM_LIST_PERSONS; break;
		case OPT_RECEIVED: o->list = SIM_LIST_RECEIVED; break;
		case OPT_RETRIEVALS: o->list = SIM_LIST_RETRIEVALS; break;
		case OPT_SCRIPTS: o->list = SIM_LIST_SCRIPTS; break;
		case OPT_AFTER: o->after = optarg; break;
		case OPT_REQUEST: o->request = optarg; break;
		case OPT_DECISION: o->decision = optarg; break;
		case OPT_PERSON: o->person = optarg; break;
		case OPT_WITHDRAW: o->withdraw = optarg; break;
		case OPT_HELP:
			fputs(help_text, stdout);
			return 0;
		case OPT_VERSION:
			printf("inge-sim %s (simulator of the BAMF side, for tests only)\n", SIM_VERSION);
			return 0;
		default:
			fprintf(stderr, "try: inge-sim --help\n");
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "inge-sim: unexpected argument\n");
		return EXIT_USAGE;
	}
	if (!o->config) {
		fprintf(stderr, "inge-sim: --config FILE is needed; try: inge-sim --help\n");
		return EXIT_USAGE;
	}
	if (!o->clerk && (o->request || o->decision || o->person || o->withdraw)) {
		fprintf(stderr, "inge-sim: these options belong to: inge-sim clerk\n");
		return EXIT_USAGE;
	}
	if (o->after && o->list != SIM_LIST_RECEIVED) {
		fprintf(stderr, "inge-sim: --after goes with --list-received\n");
		return EXIT_USAGE;
	}
	return -1;
}

static int complain(const struct osci_err *err, int r)
{
	char text[512];

	fprintf(stderr, "inge-sim: %s\n", err->what[0] ? osci_err_text(err, text, sizeof(text)) : osci_result_name(r));
	return r == OSCI_E_CONFIG || r == OSCI_E_USAGE ? EXIT_USAGE : EXIT_FAILURE;
}

/* --- commands that do not run the simulator ---------------------------- */

static int clerk(const struct options *o, const struct sim_config *config)
{
	json_t *order = o->withdraw ? json_pack("{s:s, s:s}", "do", "withdraw", "kennziffer", o->withdraw) :
				      json_pack("{s:s, s:s*, s:s*, s:s*}", "do", "clerk", "request", o->request, "decision",
						o->decision, "person", o->person);
	char problem[SIM_PROBLEM_SIZE] = "options are missing or no UTF-8";
	bool ok = order && sim_order_ok(order, NULL, problem);
	_cleanup_(osci_freep) char *line = ok ? json_dumps(order, JSON_COMPACT) : NULL;
	struct osci_err err = { 0 };
	int r;

	json_decref(order);
	if (!ok) {
		fprintf(stderr, "inge-sim clerk: %s\n", problem);
		return EXIT_USAGE;
	}
	r = line ? sim_orders_append(config->orders, line, &err) : -ENOMEM;
	return r ? complain(&err, r) : EXIT_SUCCESS;
}

static int list(const struct options *o, int64_t now)
{
	struct osci_err err = { 0 };
	uint64_t after = 0;
	int r;

	if (o->after && osci_parse_u64(o->after, strlen(o->after), INT64_MAX, &after)) {
		fprintf(stderr, "inge-sim: --after: number expected\n");
		return EXIT_USAGE;
	}
	r = sim_list(o->list, o->config, (int64_t)after, now, stdout, &err);
	return r ? complain(&err, r) : EXIT_SUCCESS;
}

/* --- the simulator ----------------------------------------------------- */

struct program {
	const struct options *options;
	struct sim_config config;
	struct sim_store store;
	struct sim_engine engine;
	struct sim_agent agent;
	struct xausl *xausl;
	struct sim_faults *faults;
	struct osci_clock clock;
	struct course *course; /* NULL = none */
	int signals;
	int wake;           /* epoll of the signals and the course side */
	bool outage;        /* by a fault */
	int64_t next_fetch; /* passed() */
};

static int wake_on(struct program *p, int fd, struct osci_err *err)
{
	struct epoll_event e = { .events = EPOLLIN };

	return epoll_ctl(p->wake, EPOLL_CTL_ADD, fd, &e) < 0 ? osci_fail(err, -errno, NULL, "loop", "cannot wait") : 0;
}

static int open_releases(struct program *p, struct osci_err *err)
{
	const char *dir = getenv("XAUSL_DATADIR");
	_cleanup_(osci_freep) char *schemas = NULL, *versions = NULL;

	if (!dir || !dir[0])
		dir = SIM_DATADIR;
	if (asprintf(&schemas, "%s/xausl-schemas", dir) < 0 || asprintf(&versions, "%s/versions", dir) < 0)
		return -ENOMEM;
	return xausl_open(&p->xausl, schemas, versions, err);
}

/* A file that is wrong from the start is refused; one that is not there yet may come. */
static int open_faults(struct program *p, struct osci_err *err)
{
	int r = sim_faults_new(&p->faults, p->xausl, p->options->faults);

	if (r == 0)
		r = sim_faults_refresh(p->faults, osci_clock_ms(&p->clock), err);
	return r == -ENOENT ? 0 : r;
}

static int open_all(struct program *p, struct osci_err *err)
{
	int r = sim_store_open(&p->store, p->config.database, err);

	if (r == 0 && p->config.preload)
		r = sim_preload(&p->store, p->xausl, p->config.preload, NULL, err);
	if (r == 0 && p->options->preload)
		r = sim_preload(&p->store, p->xausl, p->options->preload, NULL, err);
	if (r == 0 && p->options->faults)
		r = open_faults(p, err);
	if (r)
		return r;
	sim_config_engine(&p->config, &p->engine);
	p->engine.store = &p->store;
	p->engine.xausl = p->xausl;
	p->engine.faults = p->faults;
	r = sim_agent_open(&p->agent, &p->config, &p->engine, &p->clock, err);
	if (r == 0 && p->config.course.listen && !p->options->once)
		r = course_open(&p->course, &p->config.course, &p->store, p->xausl, &p->engine.settings, &p->clock, err);
	if (r == 0 && p->course)
		r = wake_on(p, course_fd(p->course), err);
	return r;
}

static void close_all(struct program *p)
{
	course_closep(&p->course);
	sim_agent_close(&p->agent);
	sim_faults_freep(&p->faults);
	sim_store_close(&p->store);
}

static int write_ready(const char *path, struct osci_err *err)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, (size_t)n) != n) {
		if (fd >= 0)
			close(fd);
		return osci_fail(err, errno ? -errno : -EIO, NULL, path, "cannot be written");
	}
	close(fd);
	return 0;
}

/* Faults as the file says now; an unreadable one is told, and the rules before it hold. */
static void refresh_faults(struct program *p, struct osci_err *err)
{
	if (p->faults && sim_faults_refresh(p->faults, osci_clock_ms(&p->clock), err))
		osci_log_err(OSCI_LOG_ERROR, "faults-not-read", err, NULL);
}

/* Faults and orders are read between fetch and decision, so what was said before a request was sent holds for it. */
static int round_once(struct program *p, bool fetch, struct osci_err *err)
{
	int r;

	refresh_faults(p, err);
	p->outage = p->faults && sim_faults_outage(p->faults, osci_clock_ms(&p->clock));
	if (p->outage)
		return 0;
	r = fetch ? sim_agent_fetch(&p->agent, err) : 0;
	if (fetch)
		refresh_faults(p, err);
	if (r == 0)
		r = sim_orders_run(&p->engine, p->config.orders, osci_clock_ms(&p->clock), err);
	if (r == 0)
		r = sim_agent_process(&p->agent, err);
	if (r == 0)
		r = sim_engine_tick(&p->engine, osci_clock_ms(&p->clock), err);
	return r ? r : sim_agent_send(&p->agent, err);
}

/* Time that passes: a clock file moves it on. */
static int64_t passed(const struct program *p)
{
	return osci_clock_mono_ms() + (p->clock.shared ? *p->clock.shared : 0);
}

/* Waits a little; true if a signal says to end. */
static bool pause_or_end(struct program *p)
{
	int64_t idle = p->clock.shared ? IDLE_TEST_MS : IDLE_MS;
	int64_t end = osci_clock_mono_ms() + (p->config.poll_ms < idle ? p->config.poll_ms : idle), left;
	struct signalfd_siginfo info;
	struct osci_err err = { 0 };

	do {
		left = end - osci_clock_mono_ms();
		osci_http_poll(p->agent.http, p->wake, left > 0 ? (int)left : 0);
		if (p->course && course_serve(p->course, p->outage, &err))
			osci_log_err(OSCI_LOG_ERROR, "round-failed", &err, NULL);
		if (read(p->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
			return true;
	} while (left > 0);
	return false;
}

static int run(struct program *p, struct osci_err *err)
{
	unsigned failed = 0;
	int r;

	do {
		int64_t now = passed(p);
		bool fetch = now >= p->next_fetch;

		if (fetch)
			p->next_fetch = now + p->config.poll_ms;
		r = round_once(p, fetch, err);
		if (r)
			osci_log_err(OSCI_LOG_ERROR, "round-failed", err, NULL);
		failed = r ? failed + 1 : 0;
		if (failed == FAILED_ROUNDS || p->options->once)
			return r;
	} while (!pause_or_end(p));
	return 0;
}

static int simulate(struct program *p, struct osci_err *err)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || (p->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
		return osci_fail(err, -errno, NULL, "signals", "cannot be received");
	p->wake = epoll_create1(EPOLL_CLOEXEC);
	r = p->wake < 0 ? osci_fail(err, -errno, NULL, "loop", "cannot wait") : wake_on(p, p->signals, err);
	r = r ? r : open_all(p, err);
	if (r == 0 && p->options->ready_file)
		r = write_ready(p->options->ready_file, err);
	if (r == 0) {
		osci_log(OSCI_LOG_INFO, "simulator-started", "what", "simulator of the BAMF side, artificial data only",
			 "version", SIM_VERSION, "database", p->config.database, NULL);
		r = run(p, err);
		osci_log(OSCI_LOG_INFO, "simulator-ended", NULL);
	}
	close_all(p);
	if (p->wake >= 0)
		close(p->wake);
	close(p->signals);
	return r;
}

static int with_config(const struct options *o, struct program *p)
{
	struct osci_err err = { 0 };
	int r = osci_crypto_init(&err);

	if (r == 0 && o->now)
		r = osci_clock_set(&p->clock, o->now, &err);
	if (r == 0 && o->clock_file)
		r = osci_clock_map(&p->clock, o->clock_file, &err);
	if (r)
		return complain(&err, r);
	if (o->list)
		return list(o, osci_clock_ms(&p->clock));
	r = o->clerk ? 0 : open_releases(p, &err);
	if (r)
		return complain(&err, r);
	r = sim_config_read(&p->config, p->xausl, o->config, osci_clock_ms(&p->clock) / 1000, stderr);
	if (r)
		return r == OSCI_E_CONFIG ? EXIT_USAGE : EXIT_FAILURE;
	if (o->check) {
		printf("%s: correct\n", o->config);
		return EXIT_SUCCESS;
	}
	if (o->clerk)
		return clerk(o, &p->config);
	r = simulate(p, &err);
	return r ? complain(&err, r) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct program p = { .options = &o, .store.db.lock_fd = -1 };
	struct osci_err err = { 0 };
	int r;

	if (argc > 1 && strcmp(argv[1], "course") == 0)
		return sim_course_command(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "clerk") == 0) {
		o.clerk = true;
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	r = parse_options(&o, argc, argv);
	if (r >= 0)
		return r;
	r = osci_prog_protect(&err);
	if (r)
		return complain(&err, r);
	osci_clock_init(&p.clock);
	osci_log_open("inge-sim", &p.clock, OSCI_LOG_INFO);
	r = with_config(&o, &p);
	sim_config_free(&p.config);
	xausl_freep(&p.xausl);
	return r;
}
