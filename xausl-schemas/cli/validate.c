/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl validate - check messages against their release and say what is wrong where
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "base/buf.h"
#include "cli/commands.h"
#include "engine/csv.h"
#include "xml/xml.h"

enum { DONE = 0, INVALID = 1, TROUBLE = 2 };

static const char help[] =
	"usage: xausl validate [--release R] [--json] [--schemas DIR] [--versions DIR] FILE...\n"
	"\n"
	"Checks messages of XAusländer: encoding, well-formed and harmless XML, release, schema, code lists,\n"
	"frame and rules of the documentation.  Prints one line for each file without a finding,\n"
	"\n"
	"  FILE: valid (RELEASE, MESSAGE)\n"
	"\n"
	"and otherwise one line for each finding:\n"
	"\n"
	"  FILE:LINE: PATH: what is wrong, expected: what is expected\n"
	"\n"
	"Findings name elements and types, never values of the message.\n"
	"\n"
	"  --release R     demand release R (26.11); default: the one the message names\n"
	"  --json          one JSON object per file and line: file, verdict, release, message, number, findings\n"
	"  --schemas DIR   folder with one folder per release\n"
	"  --versions DIR  folder with the calendar releases.csv\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 every file is valid, 1 at least one file is invalid, 2 wrong usage, or a file could not be\n"
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

static void show_text(const char *file, const struct xausl_report *r)
{
	if (r->verdict == XAUSL_VALID)
		printf("%s: valid (%s, %s)\n", file, r->release, r->message);
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct xausl_finding *f = &r->findings[i];

		printf("%s:%u: %s: %s%s%s\n", file, f->line ? f->line : 1, f->path[0] ? f->path : "document", f->what,
		       f->expected[0] ? ", expected: " : "", f->expected);
	}
}

/* 0, or -1 without memory. */
static int show_json(const char *file, const struct xausl_report *r)
{
	static const char *const verdicts[] = { "valid", "invalid", "not checked" };
	json_t *list = json_array(), *all;
	int bad = 0;

	for (size_t i = 0; i < r->n_findings; i++) {
		const struct xausl_finding *f = &r->findings[i];

		bad |= json_array_append_new(list, json_pack("{ss ss ss si si ss ss ss}", "id", f->id, "layer", f->layer,
							     "path", f->path, "line", (int)f->line, "column",
							     (int)f->column, "what", f->what, "expected", f->expected,
							     "standard_code", f->standard_code));
	}
	/* A file name that is no UTF-8 cannot stand in JSON. */
	all = json_pack("{s:o, ss, ss, ss, ss, s:o}", "file", json_string(file) ?: json_null(), "verdict",
			verdicts[r->verdict], "release", r->release, "message", r->message, "number", r->number,
			"findings", list);
	bad |= !all || json_dumpf(all, stdout, JSON_COMPACT);
	json_decref(all);
	putchar('\n');
	return bad ? -1 : 0;
}

static int one_file(const struct xausl *x, const struct xausl_release *release, const char *file, bool json)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	_cleanup_(osci_freep) char *data = NULL;
	struct osci_err err = { 0 };
	char text[512];
	size_t len;

	if (xausl_file_load(&data, &len, file, XAUSL_DOCUMENT_MAX, &err) ||
	    xausl_validate(&r, x, &(struct xausl_check_opts){ .release = release }, data, len, &err)) {
		fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
		return TROUBLE;
	}
	if (!json)
		show_text(file, r);
	else if (show_json(file, r))
		return TROUBLE;
	return r->verdict == XAUSL_VALID ? DONE : r->verdict == XAUSL_INVALID ? INVALID : TROUBLE;
}

int xausl_cmd_validate(int argc, char **argv, const char *datadir)
{
	static const struct option options[] = {
		{ "release", required_argument, NULL, 'r' },  { "json", no_argument, NULL, 'j' },
		{ "schemas", required_argument, NULL, 's' },  { "versions", required_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },	      { NULL, 0, NULL, 0 },
	};
	const char *schemas = NULL, *versions = NULL, *wanted = NULL;
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	const struct xausl_release *release = NULL;
	bool json = false, invalid = false, trouble = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r': wanted = optarg; break;
		case 'j': json = true; break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return DONE;
		default: fprintf(stderr, "try: xausl validate --help\n"); return TROUBLE;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "xausl: a file is expected; try: xausl validate --help\n");
		return TROUBLE;
	}
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x)
		return TROUBLE;
	release = wanted ? xausl_release_find(x, wanted) : NULL;
	if (wanted && (!release || !xausl_release_has_module(release))) {
		fprintf(stderr, "xausl: no module for this release here; see xausl releases\n");
		return TROUBLE;
	}
	for (int i = optind; i < argc; i++) {
		int status = one_file(x, release, argv[i], json);

		invalid = invalid || status == INVALID;
		trouble = trouble || status == TROUBLE;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xausl: standard output cannot be written\n");
		return TROUBLE;
	}
	return invalid ? INVALID : trouble ? TROUBLE : DONE;
}
