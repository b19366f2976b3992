/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl - command line for offices and operators: finds the command and the data, nothing else
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/office.h"
#include "cli/operator.h"

/* Holds the folders xausl-schemas and versions: the environment, else the place of installation. */
static const char *datadir(void)
{
	const char *dir = getenv("XAUSL_DATADIR");

	return dir && dir[0] ? dir : XAUSL_DATADIR;
}

static int validate(int argc, char **argv)
{
	return xausl_cmd_validate(argc, argv, datadir());
}

static int releases(int argc, char **argv)
{
	return xausl_cmd_releases(argc, argv, datadir(), xausl_setup_read);
}

static int diff(int argc, char **argv)
{
	return xausl_cmd_diff(argc, argv, datadir());
}

static int regress(int argc, char **argv)
{
	return xausl_cmd_regress(argc, argv, datadir());
}

static int fields(int argc, char **argv)
{
	return xausl_cmd_fields(argc, argv, datadir());
}

static int codes(int argc, char **argv)
{
	return xausl_cmd_codes(argc, argv, datadir());
}

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "submit", "hand a request to the gateway", cmd_submit },
	{ "answers", "take the answers for an office", cmd_answers },
	{ "status", "what has become of a request", cmd_status },
	{ "journal", "what the gateway's journal holds, for the operator", cmd_journal },
	{ "check", "would the gateway run with this configuration", cmd_check },
	{ "bus-key", "make or show a key pair for the bus", cmd_bus_key },
	{ "validate", "check messages against their release", validate },
	{ "releases", "calendar of releases and the one in force", releases },
	{ "fields", "fields of the messages an office sends and receives", fields },
	{ "codes", "code lists, codes and what they mean", codes },
	{ "diff", "what a release changes against another", diff },
	{ "regress", "requests through two releases: what changes for an office", regress },
	{ "seal", "renew the checksums of a release folder", xausl_cmd_seal },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *out)
{
	fprintf(out, "usage: xausl COMMAND [OPTION...] [ARGUMENT...]\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nxausl COMMAND --help explains a command.  XAUSL_DATADIR names the folder that holds\n"
		     "xausl-schemas and versions, if it is not the one of the installation.\n");
}

int main(int argc, char **argv)
{
	char name[32];

	if (argc < 2) {
		help(stderr);
		return XAUSL_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("xausl %s\n", XGW_VERSION);
		return XAUSL_EXIT_DONE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		help(stdout);
		return XAUSL_EXIT_DONE;
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name)) {
			/* getopt's messages begin with it */
			snprintf(name, sizeof(name), "xausl %s", commands[i].name);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	fprintf(stderr, "xausl: unknown command; try: xausl --help\n");
	return XAUSL_EXIT_USAGE;
}
