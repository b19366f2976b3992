/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl releases [show] - the calendar: which releases exist, which is in force, what comes and what is missing for it
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/releases.h"
#include "engine/release.h"

enum { DONE = 0, FOUND = 1, TROUBLE = 2 };

static const char help[] =
	"usage: xausl releases [show] [--timeline | --json] [--check] [--now TIME] [--config FILE] [--acceptance FILE]\n"
	"                      [--sources] [--imported DIR] [--schemas DIR] [--versions DIR]\n"
	"       xausl releases import PACKAGE [OPTION]...       take an official release package; --help says more\n"
	"       xausl releases compare R --with imported [OPTION]...    its verdicts and ours; --help says more\n"
	"\n"
	"Prints the calendar of the releases of XAusländer, oldest first: version, day from which it is in force\n"
	"(00:00 Europe/Berlin), how certain that day is (confirmed; derived from the half-year series; unknown), its\n"
	"module here, from when it is sent and until when it is accepted (local time), how certain the rule for that is\n"
	"(confirmed; assumption), namespace.  The release in force is marked with \"*\".  Below: the release in force,\n"
	"the next change, and from 60 days before it what is missing: module, word of the partner, report of an\n"
	"acceptance test.  Imported official packages stand below the table.\n"
	"\n"
	"  --timeline        a drawing of half a year back and a year ahead, and the moments in it\n"
	"  --json            one JSON object with everything, findings and warnings included\n"
	"  --check           look for faults from the release in force on: gaps, overlaps, missing modules, days that are\n"
	"                    not confirmed, no release known for the next 1 May or 1 November\n"
	"  --config FILE     configuration of the gateway: its folders, its partner, its reports\n"
	"  --acceptance FILE table of the reports of acceptance tests\n"
	"  --sources         where each day and each rule comes from\n"
	"  --now TIME        as if it were TIME: 2026-11-16T09:00:00 (Europe/Berlin), or with a zone\n"
	"  --imported DIR    folder of imported packages; default: that of --config, else imported beside xausl-schemas\n"
	"  --schemas DIR     folder with one folder per release\n"
	"  --versions DIR    folder with the calendar: releases.csv, transitions.csv\n"
	"  --help            this text\n"
	"\n"
	"Exit status: 0 done, 1 --check found something or something is missing, 2 wrong usage or unreadable calendar.\n";

struct options {
	bool timeline, json, check, sources;
	const char *config, *acceptance, *imported, *schemas, *versions;
	struct osci_clock clock;
};

static const char *or_dash(const char *s)
{
	return s[0] ? s : "-";
}

void xausl_local_text(char out[XAUSL_LOCAL_TEXT], int64_t ms)
{
	char text[32];

	osci_format_datetime_berlin(text, sizeof(text), ms);
	text[10] = ' ';
	text[16] = '\0';
	memcpy(out, text, XAUSL_LOCAL_TEXT);
}

static void show_release(const struct xausl_release *r, bool in_force, bool sources)
{
	char from[XAUSL_LOCAL_TEXT] = "-", until[XAUSL_LOCAL_TEXT] = "-";
	struct xausl_window w;
	bool known;

	known = xausl_release_window(r, &w);
	if (known)
		xausl_local_text(from, w.send_from_ms);
	if (known && w.accept_until_ms)
		xausl_local_text(until, w.accept_until_ms);
	printf("%c %-8s %-11s %-10s %-7s %-17s %-17s %-11s %s\n", in_force ? '*' : ' ', xausl_release_version(r),
	       or_dash(xausl_release_effective(r)), xausl_release_certainty(r), xausl_release_has_module(r) ? r->module : "-", from,
	       until, known ? w.certainty : "-", or_dash(xausl_release_namespace(r)));
	if (sources)
		printf("           day: %s\n", or_dash(xausl_release_source(r)));
	if (sources && known)
		printf("           rule: %s\n", or_dash(w.source));
}

static void show_table(const struct xausl_look *k, bool sources)
{
	const struct xausl_release *in_force = xausl_release_at(k->x, k->now);

	printf("  %-8s %-11s %-10s %-7s %-17s %-17s %-11s %s\n", "version", "in force", "certainty", "module", "sent from",
	       "accepted until", "rule", "namespace");
	for (size_t i = 0; i < xausl_release_count(k->x); i++)
		show_release(xausl_release_get(k->x, i), xausl_release_get(k->x, i) == in_force, sources);
	printf("\n");
}

static void show_imported(const struct xausl_look *k)
{
	bool any = false;

	for (size_t i = 0; i < xausl_release_count(k->x); i++) {
		const struct xausl_package *p = xausl_release_package(xausl_release_get(k->x, i));
		struct xausl_package_info info;

		if (!p)
			continue;
		xausl_package_info(p, &info);
		printf("imported: %s from %s, %zu messages, %s, SHA-256 %s\n", info.version, info.source, info.messages,
		       info.publisher, info.sha256);
		any = true;
	}
	if (any)
		printf("\n");
}

/* What holds now, and the next change. */
static void show_now(const struct xausl_look *k)
{
	const struct xausl_release *r = xausl_release_at(k->x, k->now);
	char text[XAUSL_LOCAL_TEXT];
	struct xausl_change next;

	xausl_local_text(text, k->now);
	text[10] = '\0';
	printf("in force on %s: %s\n", text, r ? xausl_release_version(r) : "not certain");
	for (size_t i = 0; i < k->n_partners; i++) {
		const struct xausl_partner *p = &k->partners[i];
		enum xausl_send_reason why;

		r = xausl_release_to_send(k->x, p->announced, p->n_announced, k->now, &why);
		printf("sent to %s: %s (%s)\n", p->name, r ? xausl_release_version(r) : "nothing", xausl_send_reason_text(why));
	}
	if (xausl_next_change(k->x, k->now, &next)) {
		printf("next change: %s on %s (%s)\n", xausl_release_version(next.release), xausl_release_effective(next.release),
		       next.certainty);
		return;
	}
	xausl_local_text(text, xausl_next_series_day(k->now));
	text[10] = '\0';
	printf("next change: not in the calendar yet; releases change on 1 May and 1 November, next such day %s\n", text);
}

static void show_missing(const struct xausl_look *k)
{
	for (size_t i = 0; i < k->n_warnings; i++)
		printf("warning: %u %s left: %s\n", k->warnings[i].days, k->warnings[i].days == 1 ? "day" : "days",
		       k->warnings[i].text);
}

static void show_findings(const struct xausl_look *k)
{
	for (size_t i = 0; i < k->n_findings; i++) {
		const struct xausl_calendar_finding *f = &k->findings[i];

		if (f->line)
			printf("%s:%u: %s: %s\n", f->table, f->line, f->id, f->text);
		else
			printf("%s: %s: %s\n", f->table, f->id, f->text);
	}
	if (!k->n_findings)
		printf("calendar: no fault from the release in force on\n");
}

/* There is room for more than a calendar can sensibly have; what is beyond is at least said. */
static size_t at_most(size_t n, size_t max)
{
	if (n > max)
		fprintf(stderr, "xausl releases: %zu more findings are not shown\n", n - max);
	return n < max ? n : max;
}

static int show(const struct options *o, const struct xausl *x, const struct xausl_cli_setup *s,
		const struct xausl_approvals *approvals)
{
	struct xausl_look k = {
		.x = x,
		.now = osci_clock_ms(&o->clock),
		.partners = s->partners,
		.n_partners = s->n_partners,
	};

	k.n_findings = at_most(xausl_calendar_check(x, k.now, k.findings, XAUSL_CALENDAR_FINDINGS_MAX),
			       XAUSL_CALENDAR_FINDINGS_MAX);
	k.n_warnings = at_most(xausl_calendar_warnings(x, s->partners, s->n_partners, approvals, k.now, NULL, k.warnings,
						       XAUSL_WARNINGS_MAX),
			       XAUSL_WARNINGS_MAX);
	if (o->json) {
		if (xausl_releases_json(&k)) {
			fprintf(stderr, "xausl releases: out of memory\n");
			return TROUBLE;
		}
	} else {
		if (o->timeline)
			xausl_releases_timeline(&k);
		else
			show_table(&k, o->sources);
		show_imported(&k);
		show_now(&k);
		show_missing(&k);
		if (o->check)
			show_findings(&k);
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xausl: standard output cannot be written\n");
		return TROUBLE;
	}
	return o->check && (k.n_findings || k.n_warnings) ? FOUND : DONE;
}

/* -1: go on; else the exit status. */
static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "timeline", no_argument, NULL, 't' },	      { "json", no_argument, NULL, 'j' },
		{ "check", no_argument, NULL, 'k' },	      { "sources", no_argument, NULL, 'o' },
		{ "config", required_argument, NULL, 'c' },   { "acceptance", required_argument, NULL, 'a' },
		{ "now", required_argument, NULL, 'n' },      { "imported", required_argument, NULL, 'i' },
		{ "schemas", required_argument, NULL, 's' },
		{ "versions", required_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct osci_err err = { 0 };
	int c;

	osci_clock_init(&o->clock);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 't': o->timeline = true; break;
		case 'j': o->json = true; break;
		case 'k': o->check = true; break;
		case 'o': o->sources = true; break;
		case 'c': o->config = optarg; break;
		case 'a': o->acceptance = optarg; break;
		case 'n':
			if (osci_clock_set(&o->clock, optarg, &err)) {
				fprintf(stderr, "xausl releases: --now: %s\n", err.what);
				return TROUBLE;
			}
			break;
		case 'i': o->imported = optarg; break;
		case 's': o->schemas = optarg; break;
		case 'v': o->versions = optarg; break;
		case 'h': fputs(help, stdout); return DONE;
		default: fprintf(stderr, "try: xausl releases --help\n"); return TROUBLE;
		}
	}
	if (optind != argc) {
		fprintf(stderr, "xausl: no further argument is expected; try: xausl releases --help\n");
		return TROUBLE;
	}
	return -1;
}

int xausl_releases_show(int argc, char **argv, const char *datadir, xausl_cli_config *config)
{
	_cleanup_(xausl_approvals_freep) struct xausl_approvals *approvals = NULL;
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	struct xausl_cli_setup setup = { 0 };
	struct osci_err err = { 0 };
	struct options o = { 0 };
	const char *reports;
	char text[512];
	int status;

	status = read_options(&o, argc, argv);
	if (status >= 0)
		return status;
	if (o.config && config(o.config, &setup))
		return TROUBLE;
	status = TROUBLE;
	reports = o.acceptance ? o.acceptance : setup.acceptance;
	x = xausl_cli_open(o.schemas ? o.schemas : setup.schemas, o.versions ? o.versions : setup.versions, datadir);
	if (x && !xausl_cli_open_imported(x, o.imported ? o.imported : setup.imported, datadir))
		status = TROUBLE;
	else if (x && reports && xausl_approvals_load(&approvals, reports, &err))
		fprintf(stderr, "xausl releases: %s\n", osci_err_text(&err, text, sizeof(text)));
	else if (x)
		status = show(&o, x, &setup, approvals);
	if (setup.free)
		setup.free(setup.owner);
	return status;
}
