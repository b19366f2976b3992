/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl bus-key - make or show a key pair of the bus
 */
#include <getopt.h>
#include <string.h>

#include "cli/office.h"

static const char help[] =
	"usage: xausl bus-key FILE\n"
	"       xausl bus-key --show FILE\n"
	"\n"
	"Makes a new CURVE key pair for the bus, writes it to FILE (mode 0600, never overwritten) and prints the\n"
	"public key; with --show, prints the public key of an existing FILE.  The gateway's public key goes into\n"
	"client.server_key of each office, an office's public key into offices[].clients of the gateway.\n"
	"Exit status: 0 done, 1 not possible, 2 usage.\n";

int cmd_bus_key(int argc, char **argv)
{
	static const struct option options[] = {
		{ "show", no_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	struct osci_err err = { .code = 0 };
	struct xgw_keys keys;
	bool show = false;
	char text[512];
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': show = true; break;
		case 'h': fputs(help, stdout); return XAUSL_EXIT_DONE;
		default: fprintf(stderr, "try: xausl bus-key --help\n"); return XAUSL_EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		fprintf(stderr, "xausl bus-key: one FILE is needed; try: xausl bus-key --help\n");
		return XAUSL_EXIT_USAGE;
	}
	r = show ? xgw_keys_load(&keys, argv[optind], &err) : xgw_keys_create(&keys, argv[optind], &err);
	if (r) {
		fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
		return XAUSL_EXIT_REFUSED;
	}
	puts(keys.public_key);
	explicit_bzero(&keys, sizeof(keys));
	return XAUSL_EXIT_DONE;
}
