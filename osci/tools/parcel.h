/* SPDX-License-Identifier: Apache-2.0 */
/* parcel - what send, forward, mediate and recv hand over: files as contents and attachments, authors, readers */
#ifndef OSCI_TOOLS_PARCEL_H
#define OSCI_TOOLS_PARCEL_H

#include "tools/conn.h"

struct parcel_opts {
	struct opt_list attach, readers, headers;
	struct opt_keys authors;
	const char *to, *subject, *message_id, *journal, *uri, *out;
	uint64_t chunked, wait_s;
	bool no_id;
};

#define PARCEL_OPTS(o)                                                                                                 \
	{ "attach", "FILE", OPT_LIST, &(o).attach, "content as attachment, of any size" },                             \
	{ "to", "CERT.pem", OPT_TEXT, &(o).to, "cipher certificate of the addressee (its mailbox)" },                   \
	{ "reader", "CERT.pem", OPT_LIST, &(o).readers, "encrypt the contents for this reader, too" },                  \
	{ "author", "FILE", OPT_KEYS, &(o).authors, "key of one more author; --pass-file follows it" },                 \
	{ "subject", "TEXT", OPT_TEXT, &(o).subject, "on the process card" },                                           \
	{ "header", "FILE.xml", OPT_LIST, &(o).headers, "header block of another namespace, such as MessageMetaData" }

struct parcel {
	struct osci_blob *blobs[OPTS_LIST_MAX];
	struct osci_attachment_draft attachments[OPTS_LIST_MAX];
	struct osci_buf inline_[OPTS_LIST_MAX];
	struct osci_content_draft contents[2 * OPTS_LIST_MAX];
	size_t n_inline, n_attachments, n_contents;
	struct osci_key *author_keys[OPTS_LIST_MAX];
	struct osci_author_draft authors[OPTS_LIST_MAX + 1];
	size_t n_author_keys, n_authors;
	struct osci_cert *reader_certs[OPTS_LIST_MAX], *addressee;
	struct osci_reader_draft readers[OPTS_LIST_MAX + 1];
	size_t n_reader_certs, n_readers;
	struct osci_custom headers[OPTS_LIST_MAX];
	size_t n_headers;
	struct osci_package *package;
};

/*
 * @files: inline contents.  Signed by conn's key and the authors unless @conn_opts says unsigned; encrypted for addressee
 * and readers unless plain.  0 or an exit status, which was explained.
 */
int parcel_make(struct parcel *p, struct conn *c, const struct conn_opts *conn_opts, const struct parcel_opts *o,
		char *const *files, size_t n_files);
void parcel_clear(struct parcel *p);

#endif
