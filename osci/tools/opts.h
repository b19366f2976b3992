/* SPDX-License-Identifier: Apache-2.0 */
/* opts - options of a subcommand by table: reading, help, what may be given once */
#ifndef OSCI_TOOLS_OPTS_H
#define OSCI_TOOLS_OPTS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define OPTS_LIST_MAX 64
#define OPTS_MAX 64 /* options of one subcommand */

enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_TEXT,   /* const char *, once */
	OPT_NUMBER, /* uint64_t, once; 1 or more */
	OPT_LIST,   /* struct opt_list */
	OPT_KEYS,   /* struct opt_keys: a PKCS#12 file; --pass-file follows it */
	OPT_PASS,   /* --pass-file: belongs to the OPT_KEYS before it */
};

struct opt_list {
	const char *v[OPTS_LIST_MAX];
	size_t n;
};

struct opt_keys {
	const char *p12[OPTS_LIST_MAX], *pass[OPTS_LIST_MAX];
	size_t n;
};

struct opt {
	const char *name, *arg; /* @arg of the help; NULL for flags */
	enum opt_kind kind;
	void *to;
	const char *help;
};

struct opts {
	const char *command, *synopsis, *purpose;
	const struct opt *tables[3]; /* each ended by name NULL; unused ones NULL */
	const char *notes;           /* below the options in the help, or NULL */
	int min, max;                /* arguments behind the options */
	int n;                       /* so many were there */
	bool help;                   /* --help was given */
};

/* 0, then optind is at the first argument; else EXIT_USAGE, with help on stderr. */
int opts_parse(struct opts *o, int argc, char **argv);
int opts_usage(const struct opts *o, const char *what); /* says @what and the help on stderr; EXIT_USAGE */
int opts_help(const struct opts *o, FILE *out);         /* exit status */

#endif
