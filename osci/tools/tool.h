/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tool - what the files of the program osci share
 *
 * One JSON object on standard output (or the same for people with --text), diagnostics on standard error, exit
 * statuses that scripts can rely on.  Contents are written to files under --out and nowhere else.
 */
#ifndef OSCI_TOOLS_TOOL_H
#define OSCI_TOOLS_TOOL_H

#include <stdio.h>

#include <jansson.h>

#include <osci/dialog.h>
#include <osci/message.h>

enum exit_status {
	EXIT_ACCEPTED = 0,
	EXIT_IO = 1,      /* a file cannot be read or written, a key file cannot be opened, the network failed */
	EXIT_USAGE = 2,   /* options, profile */
	EXIT_REFUSED = 3, /* we refuse: structure, security or trust */
	EXIT_PEER = 4,    /* the peer refuses: feedback or fault */
	EXIT_NOTHING = 5, /* nothing there: 9803, 9804; a large message not yet worked through */
};

/* Subcommands; each gets its own name as argv[0]. */
int keys_main(int argc, char **argv);
int init_main(int argc, char **argv);
int send_main(int argc, char **argv);
int forward_main(int argc, char **argv);
int mediate_main(int argc, char **argv);
int fetch_main(int argc, char **argv);
int card_main(int argc, char **argv);
int recv_main(int argc, char **argv);
int open_main(int argc, char **argv);
int explain_main(int argc, char **argv);

int exit_of(int code); /* of a result */
/* "osci: PLACE: cause" on stderr; returns exit_of(@code). */
int complain(const char *place, const struct osci_err *err, int code);

/* --- json.c; takes values; after a failure *@ok is false and done() throws everything away ------------- */

void jput(json_t *object, const char *key, json_t *value, bool *ok);
void jappend(json_t *array, json_t *value, bool *ok);
json_t *jtext(const char *s); /* null for NULL */
json_t *jnumber(uint64_t n);
json_t *jdone(json_t *value, bool ok);
json_t *jtime(int64_t seconds); /* UTC */
/* Takes @json, prints it to stdout; @status, or EXIT_IO if that cannot be done. @text: for people. */
int print_json(json_t *json, bool text, int status);
int print_line(json_t *json, int status); /* compact, for one of several objects */
json_t *error_json(const struct osci_err *err, int code); /* code, result, reason, where */

/* --- open_json.c; NULL = no memory -------------------------------------- */

/* @files: name per content or NULL, @c NULL for faults. */
json_t *message_json(const struct osci_message *m, const struct osci_contents *c, char *const *files);
json_t *rejected_json(const struct osci_err *err);
json_t *cert_json(const struct osci_cert *cert); /* subject, issuer, validity, usage, bits, SHA-256 */
json_t *card_json(const struct osci_card *c);    /* null for NULL */
json_t *feedback_json(const struct osci_feedback *f, size_t n);
json_t *features_json(const struct osci_features *f);
json_t *suite_json(const struct osci_suite *s);
json_t *values_json(json_t *o, const struct osci_message *m); /* header values into @o; returns it */
json_t *attachments_json(const struct osci_contents *c, char *const *files);

/* --- outdir.c ------------------------------------------------------------ */

/* Contents into files of our own names; *@files has one malloc()ed name per content, NULL if unreadable. */
int check_dir(const char *dir, struct osci_err *err); /* one can write there, or it can be made; makes nothing */
int write_contents(const char *dir, const struct osci_contents *c, char **files, struct osci_err *err);
int write_blob(const char *dir, const char *name, struct osci_blob *blob, struct osci_err *err); /* new, durable */
int write_file(const char *dir, const char *name, const void *data, size_t len, struct osci_err *err);
/*
 * A delivery as DIR/NAME/: message.mime, its contents and delivery.json, all or nothing, durable when this returns.
 * NAME follows from the MessageId: one that is there already is left alone, *@ret_again is true then.
 * @c NULL: the message only.  *@ret_json describes it.
 */
int store_delivery(const char *dir, const struct osci_message *m, const struct osci_contents *c, struct osci_blob *raw,
		   json_t **ret_json, bool *ret_again, struct osci_err *err);

#endif
