/* SPDX-License-Identifier: Apache-2.0 */
/*
 * course_command - options of inge-sim course; orders go through the file of orders, so they survive a restart
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config.h"
#include "course/course.h"
#include "course_command.h"
#include "crypto/crypto.h"
#include "orders.h"

#define EXIT_USAGE 2

struct options {
	const char *config, *code, *provider, *note, *from, *until;
	bool pass, fail, down, up, list;
};

static const char help_text[] =
	"usage: inge-sim course --config FILE --list\n"
	"       inge-sim course --config FILE --code test|production --provider KEY\n"
	"       inge-sim course --config FILE --pass|--fail --provider KEY [--note TEXT]\n"
	"       inge-sim course --config FILE --down [--from TIME] [--until TIME]\n"
	"       inge-sim course --config FILE --up\n"
	"\n"
	"The course side of the SIMULATOR; artificial data only.  Carried out by the running simulator.\n"
	"\n"
	"  --list         providers, their acceptance tests, courses and waiting reports, as JSON\n"
	"  --code WHERE   prints a new registration code for a provider, without an acceptance test\n"
	"  --pass --fail  the regional office's decision on an acceptance test that was handed in\n"
	"  --down --up    InGe is out of order for providers: web mask and synchronous calls are refused,\n"
	"                 asynchronous ones stored; TIME as 2026-11-16T09:00:00, Europe/Berlin\n";

enum { OPT_CONFIG = 256, OPT_LIST, OPT_CODE, OPT_PROVIDER, OPT_PASS, OPT_FAIL, OPT_NOTE, OPT_DOWN, OPT_UP, OPT_FROM,
       OPT_UNTIL, OPT_HELP };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG }, { "list", no_argument, NULL, OPT_LIST },
	{ "code", required_argument, NULL, OPT_CODE },	   { "provider", required_argument, NULL, OPT_PROVIDER },
	{ "pass", no_argument, NULL, OPT_PASS },	   { "fail", no_argument, NULL, OPT_FAIL },
	{ "note", required_argument, NULL, OPT_NOTE },	   { "down", no_argument, NULL, OPT_DOWN },
	{ "up", no_argument, NULL, OPT_UP },		   { "from", required_argument, NULL, OPT_FROM },
	{ "until", required_argument, NULL, OPT_UNTIL },   { "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int usage(const char *what)
{
	fprintf(stderr, "inge-sim course: %s; try: inge-sim course --help\n", what);
	return EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	int c, actions;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case OPT_CONFIG: o->config = optarg; break;
		case OPT_LIST: o->list = true; break;
		case OPT_CODE: o->code = optarg; break;
		case OPT_PROVIDER: o->provider = optarg; break;
		case OPT_PASS: o->pass = true; break;
		case OPT_FAIL: o->fail = true; break;
		case OPT_NOTE: o->note = optarg; break;
		case OPT_DOWN: o->down = true; break;
		case OPT_UP: o->up = true; break;
		case OPT_FROM: o->from = optarg; break;
		case OPT_UNTIL: o->until = optarg; break;
		case OPT_HELP:
			fputs(help_text, stdout);
			return 0;
		default:
			return EXIT_USAGE;
		}
	}
	actions = o->list + (o->code != NULL) + o->pass + o->fail + o->down + o->up;
	if (optind < argc || !o->config || actions != 1)
		return usage("--config FILE and one thing to do expected");
	if ((o->code || o->pass || o->fail) != (o->provider != NULL))
		return usage("--provider KEY belongs to --code, --pass and --fail");
	if ((o->note && !o->pass && !o->fail) || ((o->from || o->until) && !o->down))
		return usage("an option that does not fit");
	return -1;
}

static int complain(const struct osci_err *err, int r)
{
	char text[512];

	fprintf(stderr, "inge-sim course: %s\n", err->what[0] ? osci_err_text(err, text, sizeof(text)) : osci_result_name(r));
	return EXIT_FAILURE;
}

static int list(const struct sim_config *config)
{
	struct sim_store st;
	struct osci_err err = { 0 };
	json_t *o = NULL;
	int r = sim_store_open_reader(&st, config->database, &err);

	if (r)
		return complain(&err, r);
	r = course_overview(&st, &o, &err);
	sim_store_close(&st);
	if (r == 0 && (json_dumpf(o, stdout, JSON_INDENT(2)) < 0 || fputc('\n', stdout) == EOF || fflush(stdout) == EOF))
		r = -EIO;
	json_decref(o);
	return r ? complain(&err, r) : EXIT_SUCCESS;
}

static json_t *make_order(const struct options *o, char *code)
{
	if (o->code)
		return course_code_order(o->provider, o->code, code);
	if (o->pass || o->fail)
		return json_pack("{s:s, s:s, s:s, s:b, s:s*}", "do", "course", "action", "decide", "provider", o->provider,
				 "passed", (int)o->pass, "note", o->note);
	if (o->down)
		return json_pack("{s:s, s:s, s:s*, s:s*}", "do", "course", "action", "outage", "from", o->from, "until",
				 o->until);
	return json_pack("{s:s, s:s}", "do", "course", "action", "outage-end");
}

static int give_order(const struct options *o, const struct sim_config *config)
{
	char code[COURSE_CODE_SIZE] = "";
	json_t *order = make_order(o, code);
	char problem[SIM_PROBLEM_SIZE] = "values are no UTF-8";
	bool ok = order && sim_order_ok(order, NULL, problem);
	_cleanup_(osci_freep) char *line = ok ? json_dumps(order, JSON_COMPACT) : NULL;
	struct osci_err err = { 0 };
	int r;

	json_decref(order);
	if (!ok)
		return usage(problem);
	r = line ? sim_orders_append(config->orders, line, &err) : -ENOMEM;
	if (r)
		return complain(&err, r);
	if (code[0])
		puts(code);
	return EXIT_SUCCESS;
}

int sim_course_command(int argc, char **argv)
{
	struct options o = { 0 };
	struct sim_config config = { 0 };
	struct osci_clock clock;
	struct osci_err err = { 0 };
	int r = parse(&o, argc, argv);

	if (r >= 0)
		return r;
	r = osci_crypto_init(&err);
	if (r)
		return complain(&err, r);
	osci_clock_init(&clock);
	r = sim_config_read(&config, NULL, o.config, osci_clock_ms(&clock) / 1000, stderr);
	if (r)
		r = r == OSCI_E_CONFIG ? EXIT_USAGE : EXIT_FAILURE;
	else
		r = o.list ? list(&config) : give_order(&o, &config);
	sim_config_free(&config);
	return r;
}
