/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl codes - code lists of a release, their versions, codes, names and validity
 *
 * Terms of the lists are German, and so is the output.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include <xausl/codes.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"

enum { DONE = 0, UNKNOWN = 1, TROUBLE = 2 };

static const char help[] =
	"usage: xausl codes [--release R | --now TIME] [--at DAY] [--json] [LIST [CODE]]\n"
	"\n"
	"Without LIST: the code lists of the release, with version, validity and number of codes.  With LIST (its name or\n"
	"its listURI): its codes.  With CODE: what the code means, in every version of the list that has it.  A list may\n"
	"be there in several versions; the current one, with which messages are written, stands first.\n"
	"\n"
	"  --release R     lists of release R (26.11); default: the one in force, before that the newest with a module\n"
	"  --now TIME      as if it were TIME: 2026-11-16T09:00:00 (Europe/Berlin), or with a zone\n"
	"  --at DAY        only what is valid on DAY (2026-11-01), as far as that is known\n"
	"  --json          one JSON object per line\n"
	"  --schemas DIR   folder with one folder per release\n"
	"  --versions DIR  folder with the calendar releases.csv\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 done, 1 the list has no such code, or not on that day, 2 wrong usage, or there is no such list.\n";

struct run {
	const struct xausl_release *r;
	const char *list, *code, *day; /* NULL = all, any */
	bool json;
};

static const char *dash(const char *s)
{
	return *s ? s : "-";
}

static int print_json(json_t *o)
{
	int bad = !o || json_dumpf(o, stdout, JSON_COMPACT);

	json_decref(o);
	putchar('\n');
	return bad ? -1 : 0;
}

/* --- lists ------------------------------------------------------------ */

static int show_list(const struct run *run, const struct xausl_code_list *l)
{
	const char *what = !l->complete ? "Auszug" : l->current ? "" : "weitere Fassung";

	if (run->json)
		return print_json(json_pack("{ss ss ss ss ss sb sb sI}", "list", l->name, "uri", l->uri, "version", l->version,
					    "valid_from", l->valid_from, "valid_until", l->valid_until, "current", l->current,
					    "complete", l->complete, "codes", (json_int_t)l->n_codes));
	printf("%-46s %-12s %-10s  %-10s  %5zu  %s%s%s%s\n", l->name, l->version, dash(l->valid_from), dash(l->valid_until),
	       l->n_codes, l->uri, *what ? " (" : "", what, *what ? ")" : "");
	return 0;
}

static int show_lists(const struct run *run)
{
	struct xausl_code_list l;

	if (!run->json)
		printf("%-46s %-12s %-10s  %-11s  %5s  %s\n", "Codeliste", "Fassung", "gültig ab", "gültig bis", "Codes",
		       "listURI");
	for (size_t i = 0; xausl_code_list_get(run->r, i, &l); i++)
		if ((!run->day || xausl_code_valid_on(l.valid_from, l.valid_until, run->day)) && show_list(run, &l))
			return TROUBLE;
	return DONE;
}

/* --- codes ------------------------------------------------------------ */

static int show_code_json(const struct run *run, const struct xausl_code_list *l, size_t i, size_t k)
{
	json_t *o, *columns = json_object();
	const char *name, *value;
	struct xausl_code c;

	xausl_code_get(run->r, i, k, &c);
	for (size_t n = 0; columns && xausl_code_column_get(run->r, i, k, n, &name, &value); n++)
		json_object_set_new(columns, name, json_string(value));
	o = json_pack("{ss ss ss ss ss ss s:o*}", "list", l->name, "version", l->version, "code", c.code, "name", c.name,
		      "valid_from", c.valid_from, "valid_until", c.valid_until, "columns", columns);
	return print_json(o);
}

static void show_code_text(const struct run *run, const struct xausl_code_list *l, size_t i, size_t k)
{
	const char *name, *value;
	struct xausl_code c;

	xausl_code_get(run->r, i, k, &c);
	printf("%-16s %s", c.code, c.name);
	for (size_t n = 0; xausl_code_column_get(run->r, i, k, n, &name, &value); n++)
		if (*value)
			printf("  [%s: %s]", name, value);
	if (strcmp(c.valid_from, l->valid_from) != 0 || strcmp(c.valid_until, l->valid_until) != 0)
		printf("  (gültig ab %s bis %s)", dash(c.valid_from), dash(c.valid_until));
	putchar('\n');
}

/* One version of the list; *@found counts its codes that were shown. */
static int show_version(const struct run *run, const struct xausl_code_list *l, size_t i, size_t *found)
{
	size_t before = *found;
	struct xausl_code c;

	for (size_t k = 0; xausl_code_get(run->r, i, k, &c); k++) {
		if (run->code && strcmp(run->code, c.code) != 0)
			continue;
		if (run->day && !xausl_code_valid_on(c.valid_from, c.valid_until, run->day))
			continue;
		if (!run->json && *found == before)
			printf("%s%s, Fassung %s, gültig ab %s bis %s%s%s\n%s\n\n", before ? "\n" : "", l->name, l->version,
			       dash(l->valid_from), dash(l->valid_until), l->current ? "" : ", weitere Fassung",
			       l->complete ? "" : ", Auszug", l->uri);
		++*found;
		if (!run->json)
			show_code_text(run, l, i, k);
		else if (show_code_json(run, l, i, k))
			return -1;
	}
	return 0;
}

static int show_codes(const struct run *run)
{
	struct xausl_code_list l;
	bool known = false;
	size_t found = 0;

	for (size_t i = 0; xausl_code_list_get(run->r, i, &l); i++) {
		if (strcmp(run->list, l.name) != 0 && strcmp(run->list, l.uri) != 0)
			continue;
		known = true;
		if (show_version(run, &l, i, &found))
			return TROUBLE;
	}
	if (!known)
		fprintf(stderr, "xausl: release %s has no such code list; try: xausl codes\n", xausl_release_version(run->r));
	else if (!found)
		fprintf(stderr, "xausl: the list has no such code%s\n", run->day ? " on that day" : "");
	return !known ? TROUBLE : found ? DONE : UNKNOWN;
}

static bool is_day(const char *s)
{
	struct osci_civil c = { 0 };
	uint64_t y, m, d;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || osci_parse_u64(s, 4, 9999, &y) ||
	    osci_parse_u64(s + 5, 2, 12, &m) || osci_parse_u64(s + 8, 2, 31, &d))
		return false;
	c = (struct osci_civil){ .year = (int)y, .month = (int)m, .day = (int)d };
	return osci_date_valid(c.year, c.month, c.day);
}

/* The release in force, else the newest with a module. */
static const struct xausl_release *usual(const struct xausl *x, int64_t now)
{
	const struct xausl_release *r = xausl_release_at(x, now);

	for (size_t i = xausl_release_count(x); i > 0 && (!r || !xausl_release_has_module(r)); i--)
		r = xausl_release_get(x, i - 1);
	return r;
}

int xausl_cmd_codes(int argc, char **argv, const char *datadir)
{
	static const struct option options[] = {
		{ "release", required_argument, NULL, 'r' },  { "now", required_argument, NULL, 'n' },
		{ "at", required_argument, NULL, 'a' },	      { "json", no_argument, NULL, 'j' },
		{ "schemas", required_argument, NULL, 's' },  { "versions", required_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },	      { NULL, 0, NULL, 0 },
	};
	const char *schemas = NULL, *versions = NULL, *version = NULL;
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	struct osci_err err = { 0 };
	struct osci_clock clock;
	struct run run = { 0 };
	int c, status;

	osci_clock_init(&clock);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r': version = optarg; break;
		case 'a': run.day = optarg; break;
		case 'j': run.json = true; break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return DONE;
		case 'n':
			if (!osci_clock_set(&clock, optarg, &err))
				break;
			fprintf(stderr, "xausl codes: --now: %s\n", err.what);
			return TROUBLE;
		default: fprintf(stderr, "try: xausl codes --help\n"); return TROUBLE;
		}
	}
	if (argc - optind > 2 || (run.day && !is_day(run.day))) {
		fprintf(stderr, "xausl: at most a list and a code, and a day as 2026-11-01; try: xausl codes --help\n");
		return TROUBLE;
	}
	run.list = optind < argc ? argv[optind] : NULL;
	run.code = optind + 1 < argc ? argv[optind + 1] : NULL;
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x)
		return TROUBLE;
	run.r = version ? xausl_release_find(x, version) : usual(x, osci_clock_ms(&clock));
	if (!run.r || !xausl_release_has_module(run.r)) {
		fprintf(stderr, "xausl: no module for this release here; see xausl releases\n");
		return TROUBLE;
	}
	status = run.list ? show_codes(&run) : show_lists(&run);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xausl: standard output cannot be written\n");
		return TROUBLE;
	}
	return status;
}
