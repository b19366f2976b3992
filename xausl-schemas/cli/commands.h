/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands - the commands of xausl that need the schemas alone, no gateway
 *
 * Each reads its own options (argv[0] is the command), prints to standard output and errors, and returns the exit
 * status.  @datadir holds the folders xausl-schemas and versions, unless options name others.
 */
#ifndef XAUSL_CLI_COMMANDS_H
#define XAUSL_CLI_COMMANDS_H

#include <xausl/schema.h>

int xausl_cmd_validate(int argc, char **argv, const char *datadir);
int xausl_cmd_releases(int argc, char **argv, const char *datadir);
/* Words of xausl releases, each in a file of its own. */
int xausl_releases_show(int argc, char **argv, const char *datadir);
int xausl_cmd_fields(int argc, char **argv, const char *datadir);
int xausl_cmd_seal(int argc, char **argv);

/* xausl_open() on the folders given (NULL: those below @datadir); reports on standard error and returns NULL. */
struct xausl *xausl_cli_open(const char *schemas, const char *versions, const char *datadir);

#endif
