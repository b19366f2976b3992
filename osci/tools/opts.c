/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opts - options of a subcommand by table
 *
 * Long options only, written out or abbreviated as getopt_long() has it.  Values stay those of argv.
 */
#include <getopt.h>
#include <string.h>

#include "base/text.h"
#include "tools/opts.h"
#include "tools/tool.h"

#define FIRST 256
#define HELP_AT 26 /* column of the sentences */

int opts_help(const struct opts *o, FILE *out)
{
	char left[80];
	size_t t, i;

	fprintf(out, "usage: osci %s %s\n\n%s\n\n", o->command, o->synopsis, o->purpose);
	for (t = 0; t < 3; t++)
		for (i = 0; o->tables[t] && o->tables[t][i].name; i++) {
			const struct opt *p = &o->tables[t][i];

			snprintf(left, sizeof(left), "  --%s%s%s", p->name, p->arg ? " " : "", p->arg ? p->arg : "");
			if (strlen(left) >= HELP_AT)
				fprintf(out, "%s\n%*s%s\n", left, HELP_AT, "", p->help);
			else
				fprintf(out, "%-*s%s\n", HELP_AT, left, p->help);
		}
	if (o->notes)
		fprintf(out, "\n%s\n", o->notes);
	fputs("\nexit status: 0 done, 1 file, key or network, 2 usage, 3 refused for structure, security or trust,\n"
	      "             4 the peer refuses, 5 nothing there\n", out);
	return fflush(out) ? EXIT_IO : EXIT_ACCEPTED;
}

int opts_usage(const struct opts *o, const char *what)
{
	/* Two lines: forty lines of options behind it would push the cause off the screen. */
	fprintf(stderr, "osci %s: %s\nusage: osci %s %s; all options: osci %s --help\n", o->command, what, o->command,
		o->synopsis, o->command);
	return EXIT_USAGE;
}

static int complain_about(const struct opts *o, const struct opt *p, const char *what)
{
	char text[120];

	snprintf(text, sizeof(text), "--%s %s", p->name, what);
	return opts_usage(o, text);
}

/* The key file that waits for its --pass-file. */
struct pending {
	struct opt_keys *keys;
	const struct opt *opt;
};

static int take_key(const struct opts *o, const struct opt *p, char *value, struct pending *wait)
{
	struct opt_keys *k = p->to;

	if (p->kind == OPT_PASS) {
		if (!wait->keys)
			return complain_about(o, p, "without a key file before it");
		wait->keys->pass[wait->keys->n++] = value;
		wait->keys = NULL;
		return 0;
	}
	if (wait->keys)
		return complain_about(o, wait->opt, "without --pass-file");
	if (k->n == OPTS_LIST_MAX)
		return complain_about(o, p, "given too often");
	k->p12[k->n] = value;
	*wait = (struct pending){ k, p };
	return 0;
}

static int take(const struct opts *o, const struct opt *p, char *value, bool again, struct pending *wait)
{
	struct opt_list *list;

	switch (p->kind) {
	case OPT_FLAG:
		*(bool *)p->to = true;
		return 0;
	case OPT_TEXT:
		if (again)
			return complain_about(o, p, "given twice");
		*(const char **)p->to = value;
		return 0;
	case OPT_NUMBER:
		if (again)
			return complain_about(o, p, "given twice");
		if (osci_parse_u64(value, strlen(value), INT32_MAX, p->to) || *(uint64_t *)p->to == 0)
			return complain_about(o, p, "needs a number from 1 on");
		return 0;
	case OPT_LIST:
		list = p->to;
		if (list->n == OPTS_LIST_MAX)
			return complain_about(o, p, "given too often");
		list->v[list->n++] = value;
		return 0;
	case OPT_KEYS:
	case OPT_PASS:
		break;
	}
	return take_key(o, p, value, wait);
}

/* What getopt_long() did not take.  Only the name: behind '=' there may be a value that is nobody's business. */
static int refuse_option(const struct opts *o, const char *given, bool no_value)
{
	char text[120];

	snprintf(text, sizeof(text), "%.*s: %s", (int)(strcspn(given, "=") < 60 ? strcspn(given, "=") : 60), given,
		 no_value ? "its value is missing" : "no such option, ambiguous, or one that takes no value");
	return opts_usage(o, text);
}

int opts_parse(struct opts *o, int argc, char **argv)
{
	struct option table[OPTS_MAX + 2] = { 0 };
	const struct opt *by[OPTS_MAX];
	bool seen[OPTS_MAX] = { false };
	struct pending wait = { 0 };
	size_t t, i, n = 0;
	int c, r;

	for (t = 0; t < 3; t++)
		for (i = 0; o->tables[t] && o->tables[t][i].name && n < OPTS_MAX; i++, n++) {
			by[n] = &o->tables[t][i];
			table[n] = (struct option){ by[n]->name, by[n]->arg ? required_argument : no_argument, NULL,
						    FIRST + (int)n };
		}
	table[n] = (struct option){ "help", no_argument, NULL, FIRST + OPTS_MAX };
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		if (c == FIRST + OPTS_MAX) {
			o->help = true;
			return 0;
		}
		if (c < FIRST)
			return refuse_option(o, argv[optind - 1], c == ':');
		r = take(o, by[c - FIRST], optarg, seen[c - FIRST], &wait);
		if (r)
			return r;
		seen[c - FIRST] = true;
	}
	if (wait.keys)
		return complain_about(o, wait.opt, "without --pass-file");
	if (argc - optind < o->min)
		return opts_usage(o, "an argument is missing");
	if (argc - optind > o->max)
		return opts_usage(o, "too many arguments");
	o->n = argc - optind;
	return 0;
}
