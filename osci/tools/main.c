/* SPDX-License-Identifier: Apache-2.0 */
/* osci - command line tool for OSCI-Transport 1.2: table of subcommands */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <osci/osci.h>
#include "base/prog.h"
#include "tools/tool.h"

static const struct {
	const char *name, *purpose;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "keys", "make a key with a certificate for tests, or show one", keys_main },
	{ "init", "open a dialog and end it: what does the intermediary announce?", init_main },
	{ "send", "store a delivery in a mailbox", send_main },
	{ "forward", "forward a delivery to a passive recipient", forward_main },
	{ "mediate", "request and reply of a passive recipient", mediate_main },
	{ "fetch", "fetch deliveries from one's mailbox", fetch_main },
	{ "card", "fetch process cards (Laufzettel)", card_main },
	{ "recv", "be a passive recipient", recv_main },
	{ "open", "decrypt, verify and show a captured message", open_main },
	{ "explain", "what is in a message, level by level, in order or not", explain_main },
	/*E	{ "explain", "what is in a message, level by level, in order or not", explain_main },E*/
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

int exit_of(int code)
{
	switch (code) {
	case 0:
		return EXIT_ACCEPTED;
	case OSCI_E_NETWORK:
	case OSCI_E_KEYFILE:
		return EXIT_IO;
	case OSCI_E_CONFIG:
	case OSCI_E_USAGE:
		return EXIT_USAGE;
	case OSCI_E_FAULT:
	case OSCI_E_FEEDBACK:
		return EXIT_PEER;
	case OSCI_E_EMPTY:
	case OSCI_E_MORE:
		return EXIT_NOTHING;
	default:
		return code < 0 ? EXIT_IO : EXIT_REFUSED;
	}
}

int complain(const char *place, const struct osci_err *err, int code)
{
	const char *cause = err && err->what[0] ? err->what : code < 0 ? strerrordesc_np(-code) : osci_result_name(code);

	fprintf(stderr, "osci: %s: %s\n", place, cause);
	return exit_of(code);
}

static void help(FILE *out)
{
	size_t i;

	fputs("usage: osci COMMAND [OPTION]... ARGUMENT\n"
	      "       osci COMMAND --help\n"
	      "       osci --help | --version\n"
	      "\n"
	      "Speaks OSCI-Transport 1.2 and looks into its messages.\n"
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
	signal(SIGPIPE, SIG_IGN);
	r = osci_init(&err);
	if (r)
		return complain("start", &err, r);
	return commands[i].run(argc - 1, argv + 1);
}
