/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options - reads the command line; refuses what it does not know
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "options.h"

enum {
	CASES = 256,
	REQUIREMENTS,
	RELEASE,
	TEST_RELEASE,
	REPORT,
	COMPARE,
	JUNIT,
	ONLY,
	JOBS,
	SETTLE,
	SET,
	VARY,
	CHECK,
	LIST,
	QUIET,
	WORK,
	KEYS,
	KEEP,
	PROGRAMS,
	GATEWAY,
	INTERMEDIARY,
	PARTNER,
	OPERATOR,
	FILE_NUMBER,
	PLACE,
	SUBJECT,
	SIGN,
	SIGN_PASS,
	CONNECT,
	PREPARED,
	DRIVE,
	DRIVER,
	ACCESS,
	BUS_PORT,
	INTERMEDIARY_PORT,
	PATIENCE,
	HELP,
	VERSION,
};

static const struct option options[] = {
	{ "cases", required_argument, NULL, CASES },
	{ "requirements", required_argument, NULL, REQUIREMENTS },
	{ "release", required_argument, NULL, RELEASE },
	{ "test-release", required_argument, NULL, TEST_RELEASE },
	{ "report", required_argument, NULL, REPORT },
	{ "compare", required_argument, NULL, COMPARE },
	{ "junit", required_argument, NULL, JUNIT },
	{ "only", required_argument, NULL, ONLY },
	{ "jobs", required_argument, NULL, JOBS },
	{ "settle", required_argument, NULL, SETTLE },
	{ "set", required_argument, NULL, SET },
	{ "vary", required_argument, NULL, VARY },
	{ "check", no_argument, NULL, CHECK },
	{ "list", no_argument, NULL, LIST },
	{ "quiet", no_argument, NULL, QUIET },
	{ "work", required_argument, NULL, WORK },
	{ "keys", required_argument, NULL, KEYS },
	{ "keep", required_argument, NULL, KEEP },
	{ "programs", required_argument, NULL, PROGRAMS },
	{ "gateway", required_argument, NULL, GATEWAY },
	{ "intermediary", required_argument, NULL, INTERMEDIARY },
	{ "partner", required_argument, NULL, PARTNER },
	{ "operator", required_argument, NULL, OPERATOR },
	{ "file-number", required_argument, NULL, FILE_NUMBER },
	{ "place", required_argument, NULL, PLACE },
	{ "subject", required_argument, NULL, SUBJECT },
	{ "sign-p12", required_argument, NULL, SIGN },
	{ "sign-pass-file", required_argument, NULL, SIGN_PASS },
	{ "connect", required_argument, NULL, CONNECT },
	{ "prepared", no_argument, NULL, PREPARED },
	{ "drive", required_argument, NULL, DRIVE },
	{ "driver", required_argument, NULL, DRIVER },
	{ "access", required_argument, NULL, ACCESS },
	{ "bus-port", required_argument, NULL, BUS_PORT },
	{ "intermediary-port", required_argument, NULL, INTERMEDIARY_PORT },
	{ "patience", required_argument, NULL, PATIENCE },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"usage: xausl-conform --cases FILE... [OPTION...]\n"
	"       xausl-conform compare|baseline|verify|render --help\n\n"
	"Carries out test cases of the exchange between immigration offices and the BAMF, and says how they "
	"ended.\n\n"
	"  --cases FILE          case file of format 2, or a folder of them; several: further FILEs behind it\n"
	"  --requirements FILE   list of requirements that the report shows, with the cases that meet them\n"
	"  --only ID,...         these cases alone, ID or ID/VARIANT\n"
	"  --release R           cases of any release run in R; default: the one in force at their clock\n"
	"  --test-release DIR    data folder with the made-up release " CF_RELEASE_NEXT ", for cases of test-next\n"
	"  --vary each|all       carry out each case under both values of the switches it leaves free: all together, "
	"or each\n"
	"                        combination\n"
	"  --set NAME=VALUE      switch of the partner for all cases that do not set it\n"
	"  --report DIR          write report.html, report.json, junit.xml, report.txt and their checksums there\n"
	"  --compare OLD         an earlier report, or a baseline: also say what differs; status 1 if it is worse\n"
	"  --junit FILE          write the JUnit file there\n"
	"  --jobs N              so many cases at the same time; default 2\n"
	"  --settle MS           silence is no traffic for so long; default 250\n"
	"  --check               read the files, say what is wrong with them, run nothing\n"
	"  --list                the same, and print the cases\n"
	"  --quiet               no line per case\n"
	"  --work DIR            folder of the run; default: a temporary one\n"
	"  --keys DIR            keys and certificates, kept for later runs\n"
	"  --keep failed|all|none  folders of which cases are left; default none, with --work failed\n"
	"  --programs DIR        where the programs are looked for first\n"
	"  --gateway, --intermediary, --partner PROGRAM   another build of one of them\n"
	"  --subject, --operator, --file-number, --place TEXT   for the report\n"
	"  --sign-p12 FILE --sign-pass-file FILE   sign the report\n\n"
	"Others' software:\n"
	"  --drive office|gateway  a vendor's office software at our gateway, or a vendor's gateway at our intermediary, takes\n"
	"                        part; by default all is ours\n"
	"  --driver PROGRAM      works that software; without it a person is told what to do\n"
	"  --access FILE         what the software needs is written there as JSON: addresses, keys, certificates\n"
	"  --bus-port N, --intermediary-port N   its ports; default: any free ones, kept for the run\n"
	"  --patience SECONDS    it has done by then what it was told; default 300\n\n"
	"A gateway that runs already, whatever intermediary and partner it has:\n"
	"  --connect FILE        client configuration of an office, as of xausl submit; once for each office\n"
	"  --prepared            its partner holds what the cases prepare; else such cases are skipped\n\n"
	"compare tells what differs between two runs or from a baseline, baseline makes one, verify checks a report and\n"
	"its signature, render makes a report of a result once more.\n\n"
	"Exit status: 0 at least one case passed, none failed; 1 a case failed, or it is worse; 2 anything else.\n";

static int usage(const char *text, const char *value)
{
	fprintf(stderr, "xausl-conform: %s%s%s\n", text, value ? ": " : "", value ? value : "");
	return CF_EXIT_UNUSABLE;
}

static int number(const char *text, unsigned min, unsigned max, unsigned *ret)
{
	uint64_t n;

	if (osci_parse_u64(text, strlen(text), max, &n) || n < min)
		return -1;
	*ret = (unsigned)n;
	return 0;
}

static int only(struct cf_options *o, const char *list)
{
	char *at;

	if (o->only_text)
		return usage("--only is given twice; name all ids behind one, with commas", list);
	o->only_text = strdup(list);
	if (!o->only_text)
		return usage("no memory", NULL);
	o->n_only = 0;
	for (at = o->only_text; at;) {
		char *id = strsep(&at, ",");

		if (!*id)
			return usage("--only: an empty id", list);
		if (o->n_only == CF_ONLY_MAX)
			return usage("--only: too many ids", NULL);
		o->only[o->n_only++] = id;
	}
	return -1;
}

static int set(struct cf_options *o, const char *text)
{
	const char *value = strchr(text, '=');
	_cleanup_(osci_freep) char *name = value ? strndup(text, (size_t)(value - text)) : NULL;
	json_t *v;

	if (!name || !*name || !value[1])
		return usage("--set NAME=VALUE", text);
	value++;
	v = !strcmp(value, "true") ? json_true() : !strcmp(value, "false") ? json_false() : json_string(value);
	if (!o->switches)
		o->switches = json_object();
	return json_object_set_new(o->switches, name, v) ? usage("--set: no text", NULL) : -1;
}

static int word(const char *option, const char *value, const char *const *words, int *ret)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], value)) {
			*ret = i;
			return -1;
		}
	return usage(option, value);
}

static int port(unsigned *ret, const char *option)
{
	return number(optarg, 1, 65535, ret) ? usage(option, optarg) : -1;
}

/* What only --drive has a use for; NULL = nothing of it is given. */
static const char *of_drive(const struct cf_options *o)
{
	return o->driver	      ? "--driver"
	       : o->access	      ? "--access"
	       : o->bus_port	      ? "--bus-port"
	       : o->intermediary_port ? "--intermediary-port"
				      : NULL;
}

/* Others do their part in their own time. */
static int one_at_a_time(struct cf_options *o)
{
	o->jobs = 1;
	if (!o->patience)
		o->patience = CF_PATIENCE_S;
	return -1;
}

/* What goes together, with a gateway that runs already. */
static int connected(struct cf_options *o, bool jobs_given)
{
	const char *idle = o->drive	     ? "--drive"
			   : of_drive(o)     ? of_drive(o)
			   : o->gateway	     ? "--gateway"
			   : o->intermediary ? "--intermediary"
			   : o->partner	     ? "--partner"
			   : o->switches     ? "--set"
			   : o->test_release ? "--test-release"
			   : o->vary	     ? "--vary"
					     : NULL;

	if (idle)
		return usage("--connect: nothing is started, so it does not go with", idle);
	if (jobs_given && o->jobs != 1)
		return usage("--connect: one case at a time; leave out --jobs", NULL);
	o->drive = CF_FOREIGN_STACK;
	return one_at_a_time(o);
}

/* The same with others' software. */
static int together(struct cf_options *o, bool jobs_given)
{
	const char *alone = of_drive(o) ? of_drive(o) : o->patience ? "--patience" : NULL;

	if (o->n_connect)
		return connected(o, jobs_given);
	if (o->prepared)
		return usage("--prepared: --connect is missing beside it", NULL);
	if (!o->drive)
		return alone ? usage("--drive office or --drive gateway is missing beside", alone) : -1;
	if (jobs_given && o->jobs != 1)
		return usage("--drive: others' software takes part in one case at a time; leave out --jobs", NULL);
	if (o->drive == CF_FOREIGN_GATEWAY && o->bus_port)
		return usage("--bus-port: with --drive gateway there is no bus", NULL);
	if (o->drive == CF_FOREIGN_GATEWAY && o->gateway)
		return usage("--gateway: with --drive gateway none of ours takes part", NULL);
	if (o->bus_port && o->bus_port == o->intermediary_port)
		return usage("--bus-port and --intermediary-port name the same port", NULL);
	if (o->driver && !strchr(o->driver, '/'))
		return usage("--driver: give the path of the program, such as ./driver", o->driver);
	if (o->driver && access(o->driver, X_OK) < 0)
		return usage("--driver: the program is not there or cannot be executed", o->driver);
	return one_at_a_time(o);
}

static int one(struct cf_options *o, int c, bool *keep_given)
{
	static const char *const keeps[] = { "failed", "all", "none", NULL }, *const varies[] = { "none", "each",
												  "all", NULL };
	static const char *const drives[] = { "office", "gateway", NULL };
	const char **text = NULL;
	int n = 0, r;

	switch (c) {
	case CASES:
		if (o->n_files == CF_FILES_MAX)
			return usage("too many case files", NULL);
		o->files[o->n_files++] = optarg;
		return -1;
	case ONLY:
		return only(o, optarg);
	case SET:
		return set(o, optarg);
	case JOBS:
		return number(optarg, 1, CF_JOBS_MAX, &o->jobs) ? usage("--jobs: a number from 1 to 64", optarg) : -1;
	case SETTLE:
		return number(optarg, CF_SETTLE_MIN_MS, 10000, &o->settle_ms)
			       ? usage("--settle: milliseconds from 150 to 10000", optarg)
			       : -1;
	case VARY:
		r = word("--vary: none, each or all", optarg, varies, &n);
		o->vary = (enum cf_vary)n;
		return r;
	case KEEP:
		r = word("--keep: failed, all or none", optarg, keeps, &n);
		o->keep = (enum cf_keep)n;
		*keep_given = true;
		return r;
	case DRIVE:
		r = word("--drive: office or gateway", optarg, drives, &n);
		o->drive = n ? CF_FOREIGN_GATEWAY : CF_FOREIGN_OFFICE;
		return r;
	case CONNECT:
		if (o->n_connect == CF_OFFICES_MAX)
			return usage("--connect: too many offices", NULL);
		o->connect[o->n_connect++] = optarg;
		return -1;
	case PREPARED:
		o->prepared = true;
		return -1;
	case BUS_PORT:
		return port(&o->bus_port, "--bus-port: a number from 1 to 65535");
	case INTERMEDIARY_PORT:
		return port(&o->intermediary_port, "--intermediary-port: a number from 1 to 65535");
	case PATIENCE:
		return number(optarg, 1, 86400, &o->patience) ? usage("--patience: seconds from 1 to 86400", optarg) : -1;
	case CHECK:
		o->check = true;
		return -1;
	case LIST:
		o->check = o->list = true;
		return -1;
	case QUIET:
		o->quiet = true;
		return -1;
	case HELP:
		fputs(help, stdout);
		return 0;
	case VERSION:
		printf("xausl-conform %s\n", CF_VERSION);
		return 0;
	case REQUIREMENTS:
		text = &o->requirements;
		break;
	case RELEASE:
		text = &o->release;
		break;
	case TEST_RELEASE:
		text = &o->test_release;
		break;
	case REPORT:
		text = &o->report.dir;
		break;
	case COMPARE:
		text = &o->compare;
		break;
	case JUNIT:
		text = &o->report.junit;
		break;
	case WORK:
		text = &o->work;
		break;
	case KEYS:
		text = &o->keys;
		break;
	case PROGRAMS:
		text = &o->programs;
		break;
	case GATEWAY:
		text = &o->gateway;
		break;
	case INTERMEDIARY:
		text = &o->intermediary;
		break;
	case PARTNER:
		text = &o->partner;
		break;
	case OPERATOR:
		text = &o->operator_name;
		break;
	case FILE_NUMBER:
		text = &o->file_number;
		break;
	case PLACE:
		text = &o->place;
		break;
	case SUBJECT:
		text = &o->subject;
		break;
	case DRIVER:
		text = &o->driver;
		break;
	case ACCESS:
		text = &o->access;
		break;
	case SIGN:
		text = &o->report.sign_p12;
		break;
	case SIGN_PASS:
		text = &o->report.sign_pass_file;
		break;
	default:
		return CF_EXIT_UNUSABLE;
	}
	*text = optarg;
	return -1;
}

int cf_options_read(struct cf_options *o, int argc, char **argv)
{
	bool keep_given = false, jobs_given = false;
	int c, r;

	*o = (struct cf_options){ .jobs = 2, .settle_ms = CF_SETTLE_MS };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		r = one(o, c, &keep_given);
		if (r >= 0)
			return r;
		jobs_given = jobs_given || c == JOBS;
	}
	for (; optind < argc; optind++) {
		if (!o->n_files)
			return usage("--cases is missing before", argv[optind]);
		if (o->n_files == CF_FILES_MAX)
			return usage("too many case files", NULL);
		o->files[o->n_files++] = argv[optind];
	}
	if (!o->n_files)
		return usage("no case file given; try: xausl-conform --help", NULL);
	if (!keep_given)
		o->keep = o->work ? CF_KEEP_FAILED : CF_KEEP_NONE;
	if (!o->report.sign_p12 != !o->report.sign_pass_file)
		return usage("--sign-p12 and --sign-pass-file go together", NULL);
	c = together(o, jobs_given);
	return c >= 0 ? c : cf_options_folders(o);
}

void cf_options_clear(struct cf_options *o)
{
	for (size_t i = 0; i < o->n_owned; i++)
		free(o->owned[i]);
	free(o->only_text);
	json_decref(o->switches);
}
