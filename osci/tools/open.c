/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open - osci open: the reader of the library on one captured HTTP body
 *
 * Prints one JSON object, accepted or refused; writes contents only after everything has been accepted.
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/conn.h"
#include "tools/tool.h"

static int show(const struct conn *c, const char *out, const struct osci_message *m, const struct osci_contents *contents)
{
	size_t n = contents->n_items, i;
	char **files = calloc(n ? n : 1, sizeof(*files));
	struct osci_err err = { 0 };
	int r = files ? 0 : -ENOMEM;

	if (!r && out)
		r = write_contents(out, contents, files, &err);
	r = r ? conn_failed(c, &err, r) : print_json(message_json(m, contents, files), c->text, EXIT_ACCEPTED);
	for (i = 0; files && i < n; i++)
		free(files[i]);
	free(files);
	return r;
}

static int open_message(struct conn *c, void *arg, char **files)
{
	const char *path = files[0], *const *out = arg;
	const struct osci_open_opts opts = conn_reading(c);
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	_cleanup_(osci_contents_freep) struct osci_contents *contents = NULL;
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_err err = { 0 };
	int r;

	r = file_blob(&body, path, &err);
	if (r)
		return complain(path, &err, r);
	r = osci_open_blob(&m, body, &opts, &err);
	if (!r)
		r = osci_contents_open(&contents, m, &opts, &err);
	if (r < 0)
		return complain(path, &err, r);
	return r ? print_json(rejected_json(&err), c->text, EXIT_REFUSED) : show(c, *out, m, contents);
}

int open_main(int argc, char **argv)
{
	static struct conn_opts o;
	static const char *out;
	const struct opt own[] = {
		{ "out", "DIR", OPT_TEXT, &out, "write the contents to files in DIR" },
		{ "spool", "DIR", OPT_TEXT, &o.spool, "for large messages; otherwise TMPDIR or /var/tmp" },
		READ_OPTS(o),
		{ NULL },
	};
	struct opts opts = {
		.command = "open", .synopsis = "[OPTION]... MESSAGE", .min = 1, .max = 1, .tables = { own },
		.purpose = "Decrypts and verifies MESSAGE, the exact body of one HTTP message, and prints what is in it.",
	};
	const struct conn_command command = { .opts = &opts, .conn = &o, .run = open_message, .arg = &out };

	return conn_main(&command, argc, argv);
}
