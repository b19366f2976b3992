/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl check - would the gateway run with this configuration?
 *
 * The same function that the gateway runs at its start: file, keys, certificates, trust, release in force.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/operator.h"
#include "conf/config.h"

static const char help[] =
	"usage: xausl check --config FILE [--now TIME]\n"
	"\n"
	"Checks the configuration of the gateway: every key of the file, with line and column; key files, passwords and\n"
	"certificates (pair, validity, usage, trust); the release of XAusländer in force.  All findings are shown.\n"
	"\n"
	"  --now TIME   as if it were TIME: 2026-11-01T00:00:00 (Europe/Berlin) or with a time zone\n"
	"\n"
	"Exit status: 0 nothing found but warnings, 1 at least one fault, 2 usage.\n";

struct tally {
	unsigned errors, offices, warnings;
};

static void report(void *arg, enum xgw_finding kind, const char *text)
{
	struct tally *t = arg;

	switch (kind) {
	case XGW_FINDING_ERROR:
		t->errors++;
		printf("error: %s\n", text);
		break;
	case XGW_FINDING_OFFICE:
		t->offices++;
		printf("office unusable: %s\n", text);
		break;
	case XGW_FINDING_WARNING:
		t->warnings++;
		printf("warning: %s\n", text);
		break;
	}
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "now", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
	};
	struct tally tally = { 0, 0, 0 };
	struct osci_err err = { .code = 0 };
	struct xgw_config *config = NULL;
	const char *path = NULL;
	struct osci_clock clock;
	char text[512];
	int c, r;

	osci_clock_init(&clock);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c': path = optarg; break;
		case 'n':
			if (osci_clock_set(&clock, optarg, &err)) {
				fprintf(stderr, "xausl check: --now: %s\n", err.what);
				return 2;
			}
			break;
		case 'h': fputs(help, stdout); return 0;
		default: fprintf(stderr, "try: xausl check --help\n"); return 2;
		}
	}
	if (!path || optind != argc) {
		fprintf(stderr, "xausl check: --config FILE is needed and nothing else expected; try: xausl check --help\n");
		return 2;
	}
	r = xgw_config_load(&config, path, osci_clock_ms(&clock), report, &tally, &err);
	if (r && !tally.errors)
		printf("error: %s\n", osci_err_text(&err, text, sizeof(text)));
	if (!r)
		printf("%s: complete; offices: %zu, of them unusable: %u; warnings: %u\n", path, config->n_offices, tally.offices,
		       tally.warnings);
	xgw_config_freep(&config);
	return r || tally.errors || tally.offices ? 1 : 0;
}
