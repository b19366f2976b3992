/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl validate - check messages against their release and say what is wrong where
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xausl/report.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include <xausl/package.h>
#include "cli/commands.h"
#include "cli/files.h"
#include "xml/xml.h"

enum { DONE = 0, INVALID = 1, TROUBLE = 2 };

/* With --now: how far a time of creation may lie ahead, for clocks that differ. */
#define AHEAD_MS (5 * 60 * 1000)
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define AGE_MAX_DAYS 36500
#define KEEP_MAX 10000u /* messages in one JUnit or HTML report */

static const char help[] =
	"usage: xausl validate [OPTION]... FILE|DIR...\n"
	"\n"
	"Checks messages of XAusländer: encoding, well-formed and harmless XML, release, schema, code lists,\n"
	"frame and rules of the documentation.  Of a folder all files *.xml are taken, those in folders below too.\n"
	"Prints one line for each file that is valid or could not be checked, and one for each finding:\n"
	"\n"
	"  FILE: valid (RELEASE, MESSAGE)\n"
	"  FILE:LINE: LEVEL ID: PATH: what is wrong, expected: what is expected, found: kind of the value\n"
	"\n"
	"Findings name elements, types and kinds of values, never values of the message.\n"
	"\n"
	"  --format F         text; json: one object per file and line; junit; html: one page that stands alone\n"
	"  --json             the same as --format json\n"
	"  --show-values      findings show the value found: personal data\n"
	"  --release R        demand release R (26.11); default: the one the message names\n"
	"  --with imported    check with the imported official package of the release, every message type of it: schema and\n"
	"                     code lists, no rules of the documentation\n"
	"  --imported DIR     folder of imported releases; default: imported, beside xausl-schemas\n"
	"  --now TIME         the time of creation may not lie behind TIME (five minutes are tolerated)\n"
	"  --max-age DAYS     with --now: nor more than DAYS before it\n"
	"  --direction D      demand messages of this author: office or bamf\n"
	"  --author KEY       demand this author: azr:011200\n"
	"  --reader KEY       demand this reader\n"
	"  --schemas DIR      folder with one folder per release\n"
	"  --versions DIR     folder with the calendar releases.csv\n"
	"  --help             this text\n"
	"\n"
	"Exit status: 0 every file is valid, 1 at least one is invalid, 2 wrong usage, or a file could not be\n"
	"read or checked and no other is invalid.\n";

struct xausl *xausl_cli_open(const char *schemas, const char *versions, const char *datadir)
{
	char a[4096], b[4096], text[512];
	struct osci_err err = { 0 };
	struct xausl *x = NULL;

	if (osci_xml_init()) {
		fprintf(stderr, "xausl: the XML library cannot be prepared\n");
		return NULL;
	}
	snprintf(a, sizeof(a), "%s/xausl-schemas", datadir);
	snprintf(b, sizeof(b), "%s/versions", datadir);
	if (xausl_open(&x, schemas ? schemas : a, versions ? versions : b, &err))
		fprintf(stderr, "xausl: %s\n"
				"xausl: releases and calendar are looked for in %s; XAUSL_DATADIR names another folder\n",
			osci_err_text(&err, text, sizeof(text)), datadir);
	return x;
}

struct run {
	const struct xausl *x;
	struct xausl_check_opts opts;
	enum xausl_report_format format;
	const char *when; /* NULL without --now */
	struct xausl_report_item *items; /* own their texts and reports; of JUnit and HTML, all */
	size_t n;
	bool invalid, trouble;
};

static void item_clear(struct xausl_report_item *item)
{
	struct xausl_report *report = (struct xausl_report *)item->report;

	xausl_report_freep(&report);
	free((char *)item->name);
	free((char *)item->trouble);
}

static int print(const struct run *run, const struct xausl_report_item *items, size_t n)
{
	_cleanup_(osci_freep) char *text = NULL;
	struct osci_err err = { 0 };
	char why[512];
	size_t len;

	if (xausl_report_render(&text, &len, run->format, items, n, run->when, &err)) {
		fprintf(stderr, "xausl: %s\n", osci_err_text(&err, why, sizeof(why)));
		return -1;
	}
	return fwrite(text, 1, len, stdout) == len ? 0 : -1;
}

static int no_memory(void)
{
	fprintf(stderr, "xausl: out of memory\n");
	return -1;
}

/* Checks one file; negative ends the run. */
static int one_file(const char *file, void *ud)
{
	struct run *run = ud;
	struct xausl_report_item item = { .name = strdup(file) };
	_cleanup_(osci_freep) char *data = NULL;
	struct xausl_report *report = NULL;
	struct osci_err err = { 0 };
	char text[512];
	size_t len;
	int r;

	if (!item.name)
		return no_memory();
	/* Larger ones are refused by the check itself. */
	r = xausl_file_load(&data, &len, file, XAUSL_DOCUMENT_MAX + 1, &err);
	if (!r)
		r = xausl_validate(&report, run->x, &run->opts, data, len, &err);
	item.report = report;
	if (r) {
		osci_err_text(&err, text, sizeof(text));
		fprintf(stderr, "xausl: %s\n", text);
		item.trouble = strdup(text);
	}
	run->invalid = run->invalid || (report && report->verdict == XAUSL_INVALID);
	run->trouble = run->trouble || !report || report->verdict == XAUSL_NOT_CHECKED;
	if (run->format == XAUSL_REPORT_JUNIT || run->format == XAUSL_REPORT_HTML) {
		if (run->n < KEEP_MAX) {
			run->items[run->n++] = item;
			return 0;
		}
		fprintf(stderr, "xausl: more than %u files in one report\n", KEEP_MAX);
		r = -1;
	} else {
		/* Trouble was told on standard error; a line of text would say it twice. */
		r = item.report || run->format == XAUSL_REPORT_JSON ? print(run, &item, 1) : 0;
	}
	item_clear(&item);
	return r;
}

static int check_all(struct run *run, char **names, int n)
{
	int r = 0;

	for (int i = 0; !r && i < n; i++) {
		int found = xausl_cli_files(names[i], one_file, run);

		if (found < 0)
			r = found;
		/* A folder without any message proves nothing. */
		run->trouble = run->trouble || found > 0;
	}
	if (!r && (run->format == XAUSL_REPORT_JUNIT || run->format == XAUSL_REPORT_HTML))
		r = print(run, run->items, run->n);
	return r;
}

/* The options that the words stand for; false after saying what is wrong. */
struct words {
	const char *schemas, *versions, *release, *format, *now, *age, *direction;
	const char *with, *imported;
};

static bool understand(struct run *run, const struct words *w, char *when, size_t size)
{
	struct xausl_check_opts *o = &run->opts;
	uint64_t days = 0;

	if (w->format && xausl_report_format_parse(&run->format, w->format)) {
		fprintf(stderr, "xausl: --format is text, json, junit or html\n");
		return false;
	}
	if (w->now && osci_clock_parse(w->now, &o->now_ms)) {
		fprintf(stderr, "xausl: --now: a time such as 2026-11-16T09:00:00 expected\n");
		return false;
	}
	if (w->age && (!w->now || osci_parse_u64(w->age, strlen(w->age), AGE_MAX_DAYS, &days) || !days)) {
		fprintf(stderr, "xausl: --max-age is a number of days and needs --now\n");
		return false;
	}
	if (w->now) {
		osci_format_datetime_berlin(when, size, o->now_ms);
		run->when = when;
		o->future_ms = AHEAD_MS;
		o->past_ms = (int64_t)days * DAY_MS;
	}
	if (w->direction)
		o->direction = !strcmp(w->direction, "office") ? 1 : !strcmp(w->direction, "bamf") ? -1 : 0;
	o->imported = w->with != NULL;
	if (w->with && strcmp(w->with, "imported") != 0) {
		fprintf(stderr, "xausl: --with takes the word imported\n");
		return false;
	}
	if (w->direction && !o->direction) {
		fprintf(stderr, "xausl: --direction is office or bamf\n");
		return false;
	}
	return true;
}

static bool read_options(int argc, char **argv, struct run *run, struct words *w, int *status)
{
	static const struct option options[] = {
		{ "release", required_argument, NULL, 'r' },   { "json", no_argument, NULL, 'j' },
		{ "format", required_argument, NULL, 'f' },    { "show-values", no_argument, NULL, 'V' },
		{ "now", required_argument, NULL, 'n' },       { "max-age", required_argument, NULL, 'm' },
		{ "direction", required_argument, NULL, 'd' }, { "author", required_argument, NULL, 'a' },
		{ "reader", required_argument, NULL, 'R' },    { "schemas", required_argument, NULL, 's' },
		{ "versions", required_argument, NULL, 'v' },  { "help", no_argument, NULL, 'h' },
		{ "with", required_argument, NULL, 'w' },      { "imported", required_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*status = TROUBLE;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r': w->release = optarg; break;
		case 'j': w->format = "json"; break;
		case 'f': w->format = optarg; break;
		case 'V': run->opts.show_values = true; break;
		case 'n': w->now = optarg; break;
		case 'm': w->age = optarg; break;
		case 'd': w->direction = optarg; break;
		case 'a': run->opts.author_key = optarg; break;
		case 'R': run->opts.reader_key = optarg; break;
		case 's': w->schemas = optarg; break;
		case 'v': w->versions = optarg; break;
		case 'w': w->with = optarg; break;
		case 'i': w->imported = optarg; break;
		case 'h':
			fputs(help, stdout);
			*status = DONE;
			return false;
		default: fprintf(stderr, "try: xausl validate --help\n"); return false;
		}
	}
	if (optind < argc)
		return true;
	fprintf(stderr, "xausl: a file is expected; try: xausl validate --help\n");
	return false;
}

int xausl_cmd_validate(int argc, char **argv, const char *datadir)
{
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	struct run run = { .format = XAUSL_REPORT_TEXT };
	struct words w = { 0 };
	char when[64];
	int r;

	if (!read_options(argc, argv, &run, &w, &r))
		return r;
	if (!understand(&run, &w, when, sizeof(when)))
		return TROUBLE;
	run.x = x = xausl_cli_open(w.schemas, w.versions, datadir);
	if (!x || (run.opts.imported && !xausl_cli_open_imported(x, w.imported, datadir)))
		return TROUBLE;
	run.opts.release = w.release ? xausl_release_find(x, w.release) : NULL;
	if (w.release && (!run.opts.release || (run.opts.imported ? !xausl_release_package(run.opts.release) :
								   !xausl_release_has_module(run.opts.release)))) {
		fprintf(stderr, "xausl: no %s for this release here; see xausl releases\n",
			run.opts.imported ? "imported package" : "module");
		return TROUBLE;
	}
	run.items = calloc(KEEP_MAX, sizeof(*run.items));
	r = run.items ? check_all(&run, argv + optind, argc - optind) : no_memory();
	for (size_t i = 0; i < run.n; i++)
		item_clear(&run.items[i]);
	free(run.items);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xausl: standard output cannot be written\n");
		return TROUBLE;
	}
	return run.invalid ? INVALID : r || run.trouble ? TROUBLE : DONE;
}
