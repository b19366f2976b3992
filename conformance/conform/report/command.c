/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command - compare, baseline and render: what xausl-conform does with results that are there already
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/compare.h"
#include "report/files.h"
#include "report/report.h"

static int trouble(const struct osci_err *err, int rc)
{
	char text[512];

	if (err->what[0])
		fprintf(stderr, "xausl-conform: %s\n", osci_err_text(err, text, sizeof(text)));
	else
		fprintf(stderr, "xausl-conform: %s\n", osci_result_name(rc));
	return 2;
}

/* To the file, or to standard output for NULL. */
static int emit(const struct osci_buf *b, const char *path, struct osci_err *err)
{
	if (osci_buf_error(b))
		return osci_buf_error(b);
	if (path)
		return osci_file_replace(path, b->data, b->len, 0644, true, err);
	if (fwrite(b->data ? (const void *)b->data : "", 1, b->len, stdout) != b->len || fflush(stdout))
		return osci_fail(err, -EIO, NULL, "standard output", "cannot be written");
	return 0;
}

struct options {
	const char *format, *out, *update;
	bool help;
};

static int parse(struct options *o, int argc, char **argv, const struct option *list)
{
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "h", list, NULL)) != -1)
		switch (c) {
		case 'f':
			o->format = optarg;
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'u':
			o->update = optarg;
			break;
		case 'h':
			o->help = true;
			return 0;
		default:
			return OSCI_E_USAGE;
		}
	return 0;
}

/* --- compare ----------------------------------------------------------------- */

static int usage_compare(FILE *to)
{
	fputs("usage: xausl-conform compare [--format text|json|html] [--out FILE] OLD NEW\n"
	      "Says what got worse, better, came, went or takes another way between two runs: report.json or the folder of a\n"
	      "report; OLD may be the baseline of the release instead.\n"
	      "Exit status: 0 the same or better, 1 worse, 2 a run cannot be used.\n", to);
	return to == stdout ? 0 : 2;
}

static int compare(const struct options *o, char **paths, json_t **ret, struct osci_err *err)
{
	static const char *const formats[] = { "text", "json", "html" };
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX);
	json_auto_t *old = NULL, *new = NULL;
	int rc = cf_outline_read(&old, paths[0], err);
	size_t format = 0;

	rc = rc ? rc : cf_outline_read(&new, paths[1], err);
	rc = rc ? rc : cf_outlines_fit(old, new, err);
	if (rc)
		return rc;
	*ret = cf_compare(old, new);
	if (!*ret)
		return -ENOMEM;
	while (strcmp(formats[format], o->format) != 0)
		format++;
	rc = cf_comparison_render(&b, *ret, (enum cf_comparison_format)format);
	return rc ? rc : emit(&b, o->out, err);
}

int cf_command_compare(int argc, char **argv)
{
	static const struct option list[] = { { "format", required_argument, NULL, 'f' }, { "out", required_argument, NULL, 'o' },
					      { "help", no_argument, NULL, 'h' }, { 0 } };
	struct options o = { .format = "text" };
	struct osci_err err = { 0 };
	json_auto_t *comparison = NULL;
	int rc;

	if (parse(&o, argc, argv, list))
		return usage_compare(stderr);
	if (o.help)
		return usage_compare(stdout);
	if (argc - optind != 2 || (strcmp(o.format, "text") && strcmp(o.format, "json") && strcmp(o.format, "html")))
		return usage_compare(stderr);
	rc = compare(&o, argv + optind, &comparison, &err);
	return rc ? trouble(&err, rc) : cf_comparison_worse(comparison);
}

/* --- baseline ----------------------------------------------------------------- */

static int usage_baseline(FILE *to)
{
	fputs("usage: xausl-conform baseline [--out FILE] RESULT.json\n"
	      "       xausl-conform baseline --update FILE RESULT.json\n"
	      "Writes what later runs of a release are compared with: verdict and messages of each case, without times and\n"
	      "UUIDs.  --update: the run was one of some cases, which are brought into a baseline that is there.\n", to);
	return to == stdout ? 0 : 2;
}

int cf_command_baseline(int argc, char **argv)
{
	static const struct option list[] = { { "out", required_argument, NULL, 'o' }, { "update", required_argument, NULL, 'u' },
					      { "help", no_argument, NULL, 'h' }, { 0 } };
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_BASELINE_MAX);
	_cleanup_(cf_result_freep) struct cf_result *r = NULL;
	json_auto_t *before = NULL;
	struct osci_err err = { 0 };
	struct options o = { 0 };
	int rc;

	if (parse(&o, argc, argv, list))
		return usage_baseline(stderr);
	if (o.help)
		return usage_baseline(stdout);
	if (argc - optind != 1 || (o.update && o.out))
		return usage_baseline(stderr);
	rc = o.update ? cf_baseline_read(&before, o.update, &err) : 0;
	rc = rc ? rc : cf_result_read(&r, argv[optind], &err);
	rc = rc ? rc : cf_baseline_make(&b, r, before, &err);
	rc = rc ? rc : emit(&b, o.update ? o.update : o.out, &err);
	return rc ? trouble(&err, rc) : 0;
}

/* --- render -------------------------------------------------------------------- */

static int usage_render(FILE *to)
{
	fputs("usage: xausl-conform render [--format text|json|junit|html] [--out FILE] RESULT.json\n"
	      "Makes a report of a result once more.\n", to);
	return to == stdout ? 0 : 2;
}

int cf_command_render(int argc, char **argv)
{
	static const struct option list[] = { { "format", required_argument, NULL, 'f' }, { "out", required_argument, NULL, 'o' },
					      { "help", no_argument, NULL, 'h' }, { 0 } };
	static const char *const formats[] = { "text", "json", "junit", "html" };
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX);
	_cleanup_(cf_result_freep) struct cf_result *r = NULL;
	struct options o = { .format = "text" };
	struct osci_err err = { 0 };
	size_t format = 0;
	int rc;

	if (parse(&o, argc, argv, list))
		return usage_render(stderr);
	if (o.help)
		return usage_render(stdout);
	while (format < 4 && strcmp(formats[format], o.format))
		format++;
	if (argc - optind != 1 || format == 4)
		return usage_render(stderr);
	rc = cf_result_read(&r, argv[optind], &err);
	rc = rc ? rc : cf_report_render(&b, r, (enum cf_report_format)format);
	rc = rc ? rc : emit(&b, o.out, &err);
	return rc ? trouble(&err, rc) : 0;
}

cf_command_fn *cf_command_find(const char *name)
{
	static const struct {
		const char *name;
		cf_command_fn *command;
	} commands[] = { { "compare", cf_command_compare }, { "baseline", cf_command_baseline }, { "verify", cf_command_verify },
			 { "render", cf_command_render } };

	for (size_t i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].command;
	return NULL;
}
