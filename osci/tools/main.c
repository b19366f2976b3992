/* SPDX-License-Identifier: Apache-2.0 */
/* osci - command line tool for OSCI-Transport 1.2 messages: table of subcommands */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/prog.h"
#include "crypto/crypto.h"
#include "tools/tool.h"
#include "xml/xml.h"

static const struct {
	const char *name, *purpose;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "open", "decrypt, verify and show a captured message", open_main },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

int complain(const char *place, const struct osci_err *err, int code)
{
	const char *cause = err && err->what[0] ? err->what : code < 0 ? strerror(-code) : osci_result_name(code);

	fprintf(stderr, "osci: %s: %s\n", place, cause);
	return EXIT_IO;
}

static void help(FILE *out)
{
	size_t i;

	fputs("usage: osci COMMAND [OPTION]... ARGUMENT\n"
	      "       osci COMMAND --help\n"
	      "       osci --help | --version\n"
	      "\n"
	      "Looks into OSCI-Transport 1.2 messages.\n"
	      "\n"
	      "commands:\n",
	      out);
	for (i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].purpose);
}

int main(int argc, char **argv)
{
	struct osci_err err = { 0 };
	size_t i;
	int r;

	/* Private keys and contents pass through: no memory image, no file for others. */
	r = osci_prog_protect(&err);
	if (r) {
		fprintf(stderr, "osci: %s\n", err.what);
		return EXIT_IO;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		help(stdout);
		return fflush(stdout) ? EXIT_IO : EXIT_ACCEPTED;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("osci " OSCI_VERSION);
		return fflush(stdout) ? EXIT_IO : EXIT_ACCEPTED;
	}
	for (i = 0; argc > 1 && i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			break;
	if (argc < 2 || i == N_COMMANDS) {
		if (argc > 1)
			fprintf(stderr, "osci: unknown %s\n", argv[1][0] == '-' ? "option" : "command");
		help(stderr);
		return EXIT_USAGE;
	}
	r = osci_crypto_init(&err);
	if (!r)
		r = osci_xml_init();
	if (r)
		return complain("start", &err, r);
	return commands[i].run(argc - 1, argv + 1);
}
