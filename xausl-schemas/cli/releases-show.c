/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl releases - the calendar: which releases exist, which is in force, when the next comes
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"

enum { DONE = 0, TROUBLE = 2 };

static const char help[] =
	"usage: xausl releases [--now TIME] [--schemas DIR] [--versions DIR]\n"
	"\n"
	"Prints the calendar of the releases of XAusländer, oldest first: version, namespace, day from which it is in\n"
	"force (00:00 Europe/Berlin), how certain that day is (confirmed; derived from the half-year series;\n"
	"unknown), and whether this installation can write and check its messages.  The release in force is marked\n"
	"with \"*\".  Below the table: the release in force and the next change.\n"
	"\n"
	"  --now TIME      as if it were TIME: 2026-11-16T09:00:00 (Europe/Berlin), or with a zone\n"
	"  --schemas DIR   folder with one folder per release\n"
	"  --versions DIR  folder with the calendar releases.csv\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 done, 2 wrong usage or unreadable calendar.\n";

static const char *or_dash(const char *s)
{
	return s[0] ? s : "-";
}

/* 1 May or 1 November, whichever is the next behind @now: the days on which releases change. */
static void series_day(int64_t now, char *out, size_t size)
{
	struct osci_civil c;

	osci_berlin_civil(now, &c);
	if (c.month < 5)
		snprintf(out, size, "%d-05-01", c.year);
	else if (c.month < 11)
		snprintf(out, size, "%d-11-01", c.year);
	else
		snprintf(out, size, "%d-05-01", c.year + 1);
}

static void show(const struct xausl *x, int64_t now)
{
	const struct xausl_release *in_force = xausl_release_at(x, now), *next = NULL;
	char today[64], day[32];

	osci_format_datetime_berlin(today, sizeof(today), now);
	today[10] = '\0';
	printf("  %-8s %-38s %-14s %-10s %s\n", "version", "namespace", "effective from", "certainty", "module here");
	for (size_t i = 0; i < xausl_release_count(x); i++) {
		const struct xausl_release *r = xausl_release_get(x, i);
		const char *effective = xausl_release_effective(r);

		printf("%c %-8s %-38s %-14s %-10s %s\n", r == in_force ? '*' : ' ', xausl_release_version(r),
		       or_dash(xausl_release_namespace(r)), or_dash(effective), xausl_release_certainty(r),
		       xausl_release_has_module(r) ? "yes" : "no");
		/* Days are of one length and written from year to day: text order is time order. */
		if (!next && effective[0] && strcmp(effective, today) > 0)
			next = r;
	}
	if (in_force)
		printf("\nin force on %s: %s\n", today, xausl_release_version(in_force));
	else
		printf("\nin force on %s: not certain\n", today);
	series_day(now, day, sizeof(day));
	if (next)
		printf("next change: %s on %s (%s)\n", xausl_release_version(next), xausl_release_effective(next),
		       xausl_release_certainty(next));
	else
		printf("next change: not in the calendar yet; releases change on 1 May and 1 November, next such day %s\n", day);
}

int xausl_releases_show(int argc, char **argv, const char *datadir)
{
	static const struct option options[] = {
		{ "now", required_argument, NULL, 'n' },      { "schemas", required_argument, NULL, 's' },
		{ "versions", required_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	const char *schemas = NULL, *versions = NULL;
	struct osci_err err = { 0 };
	struct osci_clock clock;
	int c;

	osci_clock_init(&clock);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			if (osci_clock_set(&clock, optarg, &err)) {
				fprintf(stderr, "xausl releases: --now: %s\n", err.what);
				return TROUBLE;
			}
			break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return DONE;
		default: fprintf(stderr, "try: xausl releases --help\n"); return TROUBLE;
		}
	}
	if (optind != argc) {
		fprintf(stderr, "xausl: no further argument is expected; try: xausl releases --help\n");
		return TROUBLE;
	}
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x)
		return TROUBLE;
	show(x, osci_clock_ms(&clock));
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xausl: standard output cannot be written\n");
		return TROUBLE;
	}
	return DONE;
}
