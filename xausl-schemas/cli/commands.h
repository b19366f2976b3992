/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands - the commands of xausl that need the schemas alone, no gateway
 *
 * Each reads its own options (argv[0] is the command), prints to standard output and errors, and returns the exit
 * status.  @datadir holds the folders xausl-schemas and versions, unless options name others.
 */
#ifndef XAUSL_CLI_COMMANDS_H
#define XAUSL_CLI_COMMANDS_H

#include <xausl/calendar.h>
#include <xausl/schema.h>

/* What the gateway's configuration says of releases; a text is NULL if it does not. */
struct xausl_cli_setup {
	const char *schemas, *versions, *imported, *acceptance;
	const struct xausl_partner *partners;
	size_t n_partners;
	void *owner; /* of all the above */
	void (*free)(void *owner);
};
/* Reads it: the gateway's part of the program does.  0, or a negative number after faults went to standard error. */
typedef int xausl_cli_config(const char *path, struct xausl_cli_setup *ret);

int xausl_cmd_validate(int argc, char **argv, const char *datadir);
int xausl_cmd_releases(int argc, char **argv, const char *datadir, xausl_cli_config *config);
int xausl_cmd_fields(int argc, char **argv, const char *datadir);
int xausl_cmd_codes(int argc, char **argv, const char *datadir);
int xausl_cmd_diff(int argc, char **argv, const char *datadir);
int xausl_cmd_regress(int argc, char **argv, const char *datadir);
int xausl_cmd_seal(int argc, char **argv);

/* Words of xausl releases, each in a file of its own. */
int xausl_releases_show(int argc, char **argv, const char *datadir, xausl_cli_config *config);
int xausl_releases_import(int argc, char **argv, const char *datadir, xausl_cli_config *config);
int xausl_releases_compare(int argc, char **argv, const char *datadir, xausl_cli_config *config);

/* xausl_open() on the folders given (NULL: those below @datadir); reports on standard error and returns NULL. */
struct xausl *xausl_cli_open(const char *schemas, const char *versions, const char *datadir);
/* Puts the imported packages of a folder (NULL: "imported" below @datadir) beside their releases; false: reported. */
bool xausl_cli_open_imported(struct xausl *x, const char *imported, const char *datadir);

#endif
