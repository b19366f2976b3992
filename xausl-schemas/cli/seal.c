/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl seal - renews the checksums in the manifest of a release folder, for who changed its files on purpose
 */
#include <getopt.h>
#include <stdio.h>

#include "cli/commands.h"
#include "engine/release.h"

enum { DONE = 0, TROUBLE = 2 };

static const char help[] =
	"usage: xausl seal DIR...\n"
	"\n"
	"Writes the checksums of all files a release reads into DIR/manifest.csv, in place of the old ones.  A release\n"
	"whose files are not those of its checksums is not loaded.\n"
	"\n"
	"  --help  this text\n"
	"\n"
	"Exit status: 0 done, 2 wrong usage, or a folder that could not be sealed.\n";

int xausl_cmd_seal(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	struct osci_err err = { 0 };
	char text[512];
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return DONE;
		}
		fprintf(stderr, "try: xausl seal --help\n");
		return TROUBLE;
	}
	if (optind == argc) {
		fprintf(stderr, "xausl: a folder is expected; try: xausl seal --help\n");
		return TROUBLE;
	}
	for (; optind < argc; optind++)
		if (xausl_release_seal(argv[optind], &err)) {
			fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
			return TROUBLE;
		}
	return DONE;
}
