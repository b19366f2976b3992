/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl regress - requests of offices through two releases
 */
#include <errno.h>
#include <fts.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xausl/diff.h>
#include "base/buf.h"
#include "cli/commands.h"
#include "engine/csv.h"

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

static const char help[] =
	"usage: xausl regress --from A --to B [--corpus DIR] [--format text|json|html] [--show-values]\n"
	"                     [--schemas DIR] [--versions DIR]\n"
	"\n"
	"Runs requests through two releases and says which change: in their XML (but for namespace and version), in the\n"
	"verdict, or in what is read back; which office data is newly required or lost, which codes are gone.\n"
	"\n"
	"  --from A, --to B  releases; both need a module here\n"
	"  --corpus DIR      requests below DIR: *.json as an office submits them, *.xml messages of release A; other\n"
	"                    files are passed over.  Default: artificial requests that have every field of every message,\n"
	"                    and the samples of release A\n"
	"  --format F        text (default), json: one object, html: a page that stands alone\n"
	"  --show-values     also the values that change: personal data.  Without it fields, paths and kinds of change\n"
	"  --schemas DIR     folder with one folder per release\n"
	"  --versions DIR    folder with the calendar releases.csv\n"
	"  --help            this text\n"
	"\n"
	"Exit status: 0 nothing changes, 1 something changes, 2 wrong usage, or a request could not be compared.\n";

static int fail(const char *where, const char *what)
{
	fprintf(stderr, "xausl regress: %s: %s\n", where, what);
	return TROUBLE;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool ends(const FTSENT *e, const char *with)
{
	return e->fts_namelen > strlen(with) && !strcmp(e->fts_name + e->fts_namelen - strlen(with), with);
}

static int one_file(struct xausl_regress *g, const FTSENT *e, struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = NULL;
	struct osci_err why = { 0 };
	json_error_t where;
	json_t *request;
	size_t len = 0;
	int r;

	if (xausl_file_load(&data, &len, e->fts_accpath, XAUSL_DOCUMENT_MAX, &why))
		return xausl_regress_trouble(g, e->fts_path, why.what, err);
	if (ends(e, ".xml"))
		return xausl_regress_message(g, e->fts_path, data, len, err);
	request = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(request))
		r = xausl_regress_trouble(g, e->fts_path, "no JSON object", err);
	else
		r = xausl_regress_request(g, e->fts_path, request, err);
	json_decref(request);
	return r;
}

/* Requests found, or negative. */
static long walk(struct xausl_regress *g, const char *corpus, struct osci_err *err)
{
	char *const paths[] = { (char *)corpus, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	long found = 0;
	FTSENT *e;
	int r = 0;

	if (!fts)
		return osci_fail(err, -errno, NULL, corpus, "cannot be read");
	while (!r && (e = fts_read(fts))) {
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			r = xausl_regress_trouble(g, e->fts_path, strerrordesc_np(e->fts_errno), err);
		} else if (ends(e, ".json") || ends(e, ".xml")) {
			if (e->fts_info == FTS_D || e->fts_info == FTS_DP)
				continue;
			found++;
			r = e->fts_info == FTS_F ? one_file(g, e, err) :
						   xausl_regress_trouble(g, e->fts_path, "no regular file", err);
		}
	}
	fts_close(fts);
	return r < 0 ? r : r ? -EIO : found;
}

static int collect(struct xausl_regress *g, const char *corpus, const char *samples, struct osci_err *err)
{
	long n;
	int r;

	if (corpus) {
		n = walk(g, corpus, err);
		if (!n)
			return osci_fail(err, OSCI_E_USAGE, NULL, corpus, "no requests (*.json, *.xml) below this folder");
		return n < 0 ? (int)n : 0;
	}
	r = xausl_regress_built_in(g, err);
	if (!r && access(samples, F_OK) == 0) {
		n = walk(g, samples, err);
		r = n < 0 ? (int)n : 0;
	}
	return r ? r : xausl_regress_complete(g, err);
}

static const struct xausl_release *find(const struct xausl *x, const char *version)
{
	const struct xausl_release *r = xausl_release_find(x, version);

	if (r && xausl_release_has_module(r))
		return r;
	fail(version, "no module for this release here; see xausl releases");
	return NULL;
}

int xausl_cmd_regress(int argc, char **argv, const char *datadir)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },    { "to", required_argument, NULL, 't' },
		{ "corpus", required_argument, NULL, 'c' },  { "format", required_argument, NULL, 'o' },
		{ "show-values", no_argument, NULL, 'p' },   { "schemas", required_argument, NULL, 's' },
		{ "versions", required_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *schemas = NULL, *versions = NULL, *corpus = NULL, *from = NULL, *to = NULL;
	enum xausl_report_format format = XAUSL_REPORT_TEXT;
	_cleanup_(xausl_regress_freep) struct xausl_regress *g = NULL;
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	_cleanup_(osci_freep) char *out = NULL;
	struct xausl_regress_count count;
	const struct xausl_release *a, *b;
	char base[4096], samples[4300], text[512];
	struct osci_err err = { 0 };
	bool show_values = false;
	size_t len;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f': from = optarg; break;
		case 't': to = optarg; break;
		case 'c': corpus = optarg; break;
		case 'o':
			if (xausl_report_format_parse(&format, optarg) || format == XAUSL_REPORT_JUNIT)
				return fail(optarg, "text, json or html expected");
			break;
		case 'p': show_values = true; break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return SAME;
		default: fprintf(stderr, "try: xausl regress --help\n"); return TROUBLE;
		}
	}
	if (optind != argc || !from || !to)
		return fail("usage", "--from and --to are expected; try: xausl regress --help");
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x || !(a = find(x, from)) || !(b = find(x, to)))
		return TROUBLE;
	snprintf(base, sizeof(base), "%.4000s/xausl-schemas", datadir);
	snprintf(samples, sizeof(samples), "%.4095s/%.64s/samples", schemas ? schemas : base, from);
	if (xausl_regress_open(&g, a, b, show_values, &err) || collect(g, corpus, samples, &err) ||
	    xausl_regress_render(&out, &len, format, g, &err))
		return fail("trouble", osci_err_text(&err, text, sizeof(text)));
	if (fwrite(out, 1, len, stdout) != len || fflush(stdout))
		return fail("standard output", "cannot be written");
	count = xausl_regress_count(g);
	return count.trouble ? TROUBLE : count.changed ? DIFFERENT : SAME;
}
