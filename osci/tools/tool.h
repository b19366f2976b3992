/* SPDX-License-Identifier: Apache-2.0 */
/* tool - what the files of the program osci share */
#ifndef OSCI_TOOLS_TOOL_H
#define OSCI_TOOLS_TOOL_H

#include <jansson.h>

#include <osci/message.h>

enum exit_status {
	EXIT_ACCEPTED = 0,
	EXIT_IO = 1,      /* a file cannot be read or written, a key file cannot be opened */
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3, /* structure, security or trust */
};

/* Each subcommand gets its own name as argv[0]. */
int open_main(int argc, char **argv);
void open_help(FILE *out);

/* "osci: PLACE: cause" on stderr; returns EXIT_IO. */
int complain(const char *place, const struct osci_err *err, int code);

/* open_json.c; NULL = no memory.  @files: name per content or NULL, @c NULL for faults. */
json_t *message_json(const struct osci_message *m, const struct osci_contents *c, char *const *files);
json_t *rejected_json(const struct osci_err *err);

/* outdir.c: contents into files of our own names; *@files has one malloc()ed name per content, NULL if unreadable. */
int write_contents(const char *dir, const struct osci_contents *c, char **files, struct osci_err *err);

#endif
