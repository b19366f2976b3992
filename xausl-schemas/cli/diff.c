/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl diff - what a release changes against another
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <xausl/diff.h>
#include <xausl/package.h>
#include "base/buf.h"
#include "cli/commands.h"

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

static const char help[] =
	"usage: xausl diff A B [--json | --html] [--imported DIR] [--schemas DIR] [--versions DIR]\n"
	"\n"
	"Lists what release B changes against release A: messages (new, gone, author, what they answer), elements and\n"
	"attributes (new, gone, moved, occurrence, type, length, pattern, fixed and allowed values), fields of requests and\n"
	"answers, code lists and codes, rules, allowed characters.  Each difference stands once, with all messages it\n"
	"concerns; of what is new or gone the outermost element.  Namespace and version of the releases are none.\n"
	"\n"
	"  + new   - gone   ~ changed   > moved\n"
	"\n"
	"  --json          one JSON object\n"
	"  --html          a page that stands alone\n"
	"  --imported DIR  folder of imported releases, for those without a module; default: imported, beside\n"
	"                  xausl-schemas; of these messages, elements and code lists are compared\n"
	"  --schemas DIR   folder with one folder per release\n"
	"  --versions DIR  folder with the calendar releases.csv\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 no difference, 1 differences, 2 wrong usage, or a release is not here or cannot be read.\n";

static const struct xausl_release *find(const struct xausl *x, const char *version)
{
	const struct xausl_release *r = xausl_release_find(x, version);

	if (!r || (!xausl_release_has_module(r) && !xausl_release_package(r))) {
		fprintf(stderr, "xausl diff: %.32s: no module and no imported package of this release here; see xausl releases\n",
			version);
		return NULL;
	}
	return r;
}

int xausl_cmd_diff(int argc, char **argv, const char *datadir)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },	      { "html", no_argument, NULL, 'm' },
		{ "imported", required_argument, NULL, 'i' }, { "schemas", required_argument, NULL, 's' },
		{ "versions", required_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *schemas = NULL, *versions = NULL, *imported = NULL;
	enum xausl_report_format format = XAUSL_REPORT_TEXT;
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	_cleanup_(xausl_diff_freep) struct xausl_diff *d = NULL;
	_cleanup_(osci_freep) char *out = NULL;
	const struct xausl_release *a, *b;
	struct osci_err err = { 0 };
	char text[512];
	size_t len;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j': format = XAUSL_REPORT_JSON; break;
		case 'm': format = XAUSL_REPORT_HTML; break;
		case 'i': imported = optarg; break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return SAME;
		default: fprintf(stderr, "try: xausl diff --help\n"); return TROUBLE;
		}
	}
	if (optind + 2 != argc) {
		fprintf(stderr, "xausl diff: two releases are expected; try: xausl diff --help\n");
		return TROUBLE;
	}
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x || !xausl_cli_open_imported(x, imported, datadir))
		return TROUBLE;
	a = find(x, argv[optind]);
	b = find(x, argv[optind + 1]);
	if (!a || !b)
		return TROUBLE;
	if (xausl_diff(&d, a, b, &err) || xausl_diff_render(&out, &len, format, d, &err)) {
		fprintf(stderr, "xausl diff: %s\n", osci_err_text(&err, text, sizeof(text)));
		return TROUBLE;
	}
	if (fwrite(out, 1, len, stdout) != len || fflush(stdout)) {
		fprintf(stderr, "xausl diff: standard output cannot be written\n");
		return TROUBLE;
	}
	return d->n ? DIFFERENT : SAME;
}
