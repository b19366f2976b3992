/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl releases - finds what is to be done with releases; without a word of its own the calendar is shown
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

static const struct {
	const char *word;
	int (*run)(int argc, char **argv, const char *datadir, xausl_cli_config *config);
} subcommands[] = {
	{ "show", xausl_releases_show },
	{ "import", xausl_releases_import },
	{ "compare", xausl_releases_compare },
};

int xausl_cmd_releases(int argc, char **argv, const char *datadir, xausl_cli_config *config)
{
	char name[48];

	if (argc < 2 || argv[1][0] == '-')
		return xausl_releases_show(argc, argv, datadir, config);
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (!strcmp(argv[1], subcommands[i].word)) {
			/* getopt's messages begin with it */
			snprintf(name, sizeof(name), "xausl releases %s", subcommands[i].word);
			argv[1] = name;
			return subcommands[i].run(argc - 1, argv + 1, datadir, config);
		}
	fprintf(stderr, "xausl releases: unknown word; try: xausl releases --help\n");
	return 2;
}
