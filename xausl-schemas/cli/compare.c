/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl releases compare - every message of a corpus through our module and through the imported official package
 *
 * What is compared is the verdict of schema and code lists; the rules of the documentation are ours alone and counted
 * apart.  With --mutants each message is also changed in one place at a time.
 */
#include <errno.h>
#include <fts.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "cli/commands.h"
#include "engine/csv.h"
#include "xml/xml.h"

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

static const char help[] =
	"usage: xausl releases compare R --with imported [--corpus DIR] [--mutants] [--json] [--imported DIR]\n"
	"                              [--schemas DIR] [--versions DIR]\n"
	"\n"
	"Checks every message (*.xml) below DIR with the module of release R and with the official package imported for\n"
	"it, and prints each difference of verdict with the reasons of both.  Schema and code lists are compared; messages\n"
	"that break only a rule of the documentation, which no package can tell, are counted apart.\n"
	"\n"
	"  --with imported  against the imported package\n"
	"  --corpus DIR     messages; default: the samples of the module\n"
	"  --mutants        also each message changed in one place: every element dropped, doubled, renamed, emptied, given\n"
	"                   another value, another namespace, an attribute\n"
	"  --json           one JSON object\n"
	"  --imported DIR   folder of imported releases; default: imported, beside xausl-schemas\n"
	"  --schemas DIR    folder with one folder per release\n"
	"  --versions DIR   folder with the calendar releases.csv\n"
	"  --help           this text\n"
	"\n"
	"Exit status: 0 no difference, 1 differences, 2 wrong usage, or something could not be read or checked.\n";

struct comparing {
	const struct xausl *x;
	const struct xausl_release *release;
	bool mutants, json;
	json_t *list;
	size_t messages, changed, valid, rules, differences, only_package;
	bool trouble;
};

static const char *const verdicts[] = { "valid", "invalid", "not checked" };

static int trouble(struct comparing *c, const char *where, const char *what)
{
	fprintf(stderr, "xausl releases compare: %s: %s\n", where, what);
	if (c)
		c->trouble = true;
	return TROUBLE;
}

bool xausl_cli_open_imported(struct xausl *x, const char *imported, const char *datadir)
{
	char path[4096], text[512];
	struct osci_err err = { 0 };

	snprintf(path, sizeof(path), "%s/imported", datadir);
	if (!xausl_open_imported(x, imported ? imported : path, &err))
		return true;
	fprintf(stderr, "xausl: imported packages: %s\n", osci_err_text(&err, text, sizeof(text)));
	return false;
}

/* "id PATH: what is wrong" of the first error, or the verdict alone. */
static void reason(const struct xausl_report *r, char *out, size_t size)
{
	const struct xausl_finding *f = r->n_errors ? &r->findings[0] : NULL;

	snprintf(out, size, "%s%s%s%s%s%s%s", verdicts[r->verdict], f ? ": " : "", f ? f->id : "", f && f->path[0] ? " at " : "",
		 f ? f->path : "", f ? ": " : "", f ? f->what : "");
}

static void differ(struct comparing *c, const char *file, const char *change, const struct xausl_report *ours,
		   const struct xausl_report *theirs)
{
	char a[1200], b[1200];

	c->differences++;
	reason(ours, a, sizeof(a));
	reason(theirs, b, sizeof(b));
	if (c->json)
		json_array_append_new(c->list, json_pack("{s:o, ss, ss, ss}", "file", json_string(file) ?: json_null(), "change",
							 change, "module", a, "package", b));
	else
		printf("%s%s%s%s\n  module   %s\n  package  %s\n", file, change[0] ? " (" : "", change, change[0] ? ")" : "", a, b);
}

static void one(struct comparing *c, const char *file, const char *change, const char *data, size_t len)
{
	_cleanup_(xausl_report_freep) struct xausl_report *ours = NULL, *theirs = NULL, *full = NULL;
	struct xausl_check_opts opts = { .release = c->release, .without_rules = true };
	struct osci_err err = { 0 };
	int r;

	r = xausl_validate(&ours, c->x, &opts, data, len, &err);
	opts.imported = true;
	if (!r)
		r = xausl_validate(&theirs, c->x, &opts, data, len, &err);
	if (r) {
		trouble(c, file, err.what);
		return;
	}
	c->changed += change[0] != '\0';
	c->messages += !change[0];
	if (ours->imported) {
		c->only_package++; /* a type of message the module does not have: nothing to compare */
		return;
	}
	if (ours->verdict == XAUSL_NOT_CHECKED || theirs->verdict == XAUSL_NOT_CHECKED)
		trouble(c, file, "a check could not be carried out");
	if (ours->verdict != theirs->verdict)
		differ(c, file, change, ours, theirs);
	if (ours->verdict != XAUSL_VALID || theirs->verdict != XAUSL_VALID)
		return;
	c->valid++;
	opts = (struct xausl_check_opts){ .release = c->release };
	if (!change[0] && !xausl_validate(&full, c->x, &opts, data, len, &err) && full->verdict != XAUSL_VALID)
		c->rules++;
}

/* --- mutants ------------------------------------------------------------ */

static const char *const mutations[] = { "dropped", "doubled", "renamed", "emptied", "value x", "value 1", "value of 300 digits",
					 "in a foreign namespace", "with a foreign attribute", "with text between elements" };

static xmlNodePtr element(xmlDocPtr doc, size_t n)
{
	xmlNodePtr node = xmlDocGetRootElement(doc);

	while (node && n--) {
		xmlNodePtr next = xmlFirstElementChild(node);

		for (; !next && node; node = next ? node : node->parent)
			next = xmlNextElementSibling(node);
		node = next && next->type == XML_ELEMENT_NODE ? next : NULL;
	}
	return node;
}

static void set_text(xmlNodePtr node, const char *text)
{
	xmlNodePtr k;

	while ((k = node->children)) {
		xmlUnlinkNode(k);
		xmlFreeNode(k);
	}
	xmlAddChild(node, xmlNewText((const xmlChar *)text));
}

/* false: nothing to change that way. */
static bool mutate(xmlDocPtr doc, xmlNodePtr node, size_t how)
{
	bool root = node == xmlDocGetRootElement(doc);
	char digits[301];

	switch (how) {
	case 0:
		if (root)
			return false;
		xmlUnlinkNode(node);
		xmlFreeNode(node);
		return true;
	case 1: return !root && xmlAddNextSibling(node, xmlCopyNode(node, 1));
	case 2: xmlNodeSetName(node, (const xmlChar *)"unbekannt"); return true;
	case 3: set_text(node, ""); return true;
	case 4: set_text(node, "x"); return true;
	case 5: set_text(node, "1"); return true;
	case 6:
		memset(digits, '7', sizeof(digits) - 1);
		digits[300] = '\0';
		set_text(node, digits);
		return true;
	case 7: xmlSetNs(node, xmlNewNs(node, (const xmlChar *)"urn:foreign", (const xmlChar *)"foreign")); return true;
	case 8: xmlNewProp(node, (const xmlChar *)"fremd", (const xmlChar *)"x"); return true;
	default:
		if (!xmlFirstElementChild(node))
			return false;
		xmlAddChild(node, xmlNewText((const xmlChar *)"x"));
		return true;
	}
}

static void each_mutant(struct comparing *c, const char *file, const char *data, size_t len)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	struct osci_limits limits;
	xmlNodePtr node;
	char change[400];

	osci_limits_default(&limits);
	limits.xml_bytes = XAUSL_MESSAGE_MAX;
	if (osci_xml_parse(&doc, data, len, &limits, NULL))
		return; /* nothing that could be changed in a place */
	for (size_t n = 0; (node = element(doc, n)); n++)
		for (size_t how = 0; how < sizeof(mutations) / sizeof(mutations[0]); how++) {
			_cleanup_(osci_xml_freep) xmlDocPtr copy = xmlCopyDoc(doc, 1);
			xmlNodePtr place = copy ? element(copy, n) : NULL;
			xmlChar *text = NULL;
			int size = 0;

			snprintf(change, sizeof(change), "element %zu, %.128s, %s", n + 1, (const char *)node->name,
				 mutations[how]);
			if (!place || !mutate(copy, place, how))
				continue;
			xmlDocDumpMemoryEnc(copy, &text, &size, "UTF-8");
			if (text)
				one(c, file, change, (const char *)text, (size_t)size);
			else
				trouble(c, file, "out of memory");
			xmlFree(text);
		}
}

/* --- corpus --------------------------------------------------------------- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void each_file(struct comparing *c, const char *corpus)
{
	char *const paths[] = { (char *)corpus, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;

	if (!walk) {
		trouble(c, corpus, strerrordesc_np(errno));
		return;
	}
	while ((e = fts_read(walk))) {
		_cleanup_(osci_freep) char *data = NULL;
		struct osci_err err = { 0 };
		size_t len = 0;

		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			trouble(c, e->fts_path, strerrordesc_np(e->fts_errno));
			continue;
		}
		if (e->fts_info != FTS_F || e->fts_namelen < 5 || strcmp(e->fts_name + e->fts_namelen - 4, ".xml") != 0)
			continue;
		if (xausl_file_load(&data, &len, e->fts_accpath, XAUSL_MESSAGE_MAX, &err)) {
			trouble(c, e->fts_path, err.what);
			continue;
		}
		one(c, e->fts_path, "", data, len);
		if (c->mutants)
			each_mutant(c, e->fts_path, data, len);
	}
	fts_close(walk);
	if (!c->messages)
		trouble(c, corpus, "no messages (*.xml) below this folder");
}

static int result(struct comparing *c)
{
	json_t *all;

	if (c->json) {
		all = json_pack("{ss, sI, sI, sI, sI, sI, sI, sO}", "release", xausl_release_version(c->release),
				"messages", (json_int_t)c->messages, "mutants", (json_int_t)c->changed, "valid",
				(json_int_t)c->valid, "break_rules", (json_int_t)c->rules, "only_package",
				(json_int_t)c->only_package, "differences", (json_int_t)c->differences, "list", c->list);
		if (!all || json_dumpf(all, stdout, JSON_INDENT(2)))
			trouble(c, "standard output", "cannot be written");
		json_decref(all);
		putchar('\n');
	} else {
		printf("%zu messages", c->messages);
		if (c->mutants)
			printf(" and %zu mutants", c->changed);
		printf(": %zu differences of verdict; valid for both: %zu, of these %zu break a rule of the documentation\n",
		       c->differences, c->valid, c->rules);
		if (c->only_package)
			printf("of types of messages that the package alone has: %zu, not compared\n", c->only_package);
	}
	if (fflush(stdout) || ferror(stdout))
		trouble(c, "standard output", "cannot be written");
	return c->trouble ? TROUBLE : c->differences ? DIFFERENT : SAME;
}

int xausl_releases_compare(int argc, char **argv, const char *datadir, xausl_cli_config *config)
{
	static const struct option options[] = {
		{ "with", required_argument, NULL, 'w' },     { "corpus", required_argument, NULL, 'c' },
		{ "mutants", no_argument, NULL, 'm' },	      { "json", no_argument, NULL, 'j' },
		{ "imported", required_argument, NULL, 'i' }, { "schemas", required_argument, NULL, 's' },
		{ "versions", required_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *schemas = NULL, *versions = NULL, *imported = NULL, *corpus = NULL, *with = NULL;
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	struct comparing comparing = { 0 };
	char samples[4096], base[4096];
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'w': with = optarg; break;
		case 'c': corpus = optarg; break;
		case 'm': comparing.mutants = true; break;
		case 'j': comparing.json = true; break;
		case 'i': imported = optarg; break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return SAME;
		default: fprintf(stderr, "try: xausl releases compare --help\n"); return TROUBLE;
		}
	}
	if (optind + 1 != argc || !with || strcmp(with, "imported") != 0) {
		fprintf(stderr, "xausl releases compare: a release and --with imported are expected; try: xausl releases compare "
				"--help\n");
		return TROUBLE;
	}
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x || !xausl_cli_open_imported(x, imported, datadir))
		return TROUBLE;
	comparing.x = x;
	comparing.release = xausl_release_find(x, argv[optind]);
	if (!comparing.release || !xausl_release_has_module(comparing.release))
		return trouble(NULL, argv[optind], "no module for this release here; see xausl releases");
	if (!xausl_release_package(comparing.release))
		return trouble(NULL, argv[optind], "no official package of this release is here; see xausl releases import --help");
	snprintf(base, sizeof(base), "%s/xausl-schemas", datadir);
	snprintf(samples, sizeof(samples), "%.2000s/%.64s/samples", schemas ? schemas : base, argv[optind]);
	comparing.list = json_array();
	each_file(&comparing, corpus ? corpus : samples);
	status = result(&comparing);
	json_decref(comparing.list);
	return status;
}
