/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parcel - files become a ContentPackage of one container
 *
 * Files named as arguments are inline contents, read into memory; attachments are opened and read while they are sent.
 * Header blocks are read by the one XML reader and written in canonical form; MessageMetaData is checked as such.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <osci/metadata.h>
#include "base/file.h"
#include "crypto/crypto.h"
#include "tools/parcel.h"
#include "tools/tool.h"
#include "xml/xml.h"

static int add_inline(struct parcel *p, const struct conn *c, const char *path)
{
	struct osci_buf *b = &p->inline_[p->n_inline];
	struct osci_err err = { 0 };
	int r;

	osci_buf_init(b, c->limits.xml_bytes / 2); /* base64 and the envelope have to fit, too */
	p->n_inline++;
	r = osci_file_read(path, b->max, false, b, &err);
	if (r)
		return complain(path, &err, r);
	p->contents[p->n_contents++] = (struct osci_content_draft){ .data = b->data ? (void *)b->data : "", .len = b->len };
	return 0;
}

static int add_attachment(struct parcel *p, const char *path)
{
	struct osci_attachment_draft *a = &p->attachments[p->n_attachments];
	struct osci_err err = { 0 };
	int r = file_blob(&p->blobs[p->n_attachments], path, &err);

	if (r)
		return complain(path, &err, r);
	a->blob = p->blobs[p->n_attachments++];
	p->contents[p->n_contents++] = (struct osci_content_draft){ .attachment = a };
	return 0;
}

static int add_authors(struct parcel *p, const struct conn *c, const struct opt_keys *keys)
{
	struct osci_err err = { 0 };
	size_t i;
	int r;

	if (c->sign)
		p->authors[p->n_authors++] = (struct osci_author_draft){ c->sign, OSCI_SIGN_ORIGINATOR };
	for (i = 0; i < keys->n; i++) {
		r = osci_key_load_p12_passfile(&p->author_keys[i], keys->p12[i], keys->pass[i], 0, &err);
		if (r)
			return complain(err.where[0] ? err.where : keys->p12[i], &err, r);
		p->n_author_keys++;
		p->authors[p->n_authors++] = (struct osci_author_draft){ p->author_keys[i], OSCI_SIGN_OTHER_AUTHOR };
	}
	return 0;
}

static int add_readers(struct parcel *p, const struct parcel_opts *o)
{
	struct osci_err err = { 0 };
	size_t i;
	int r;

	if (o->to) {
		r = osci_cert_load_pem(&p->addressee, o->to, &err);
		if (r)
			return complain(o->to, &err, r);
		p->readers[p->n_readers++] = (struct osci_reader_draft){ p->addressee, OSCI_CIPHER_ADDRESSEE };
	}
	r = conn_certs(p->reader_certs, &p->n_reader_certs, &o->readers);
	for (i = 0; i < p->n_reader_certs && !r; i++)
		p->readers[p->n_readers++] = (struct osci_reader_draft){ p->reader_certs[i], OSCI_CIPHER_OTHER_READER };
	return r;
}

static int canonical(struct osci_custom *ret, const struct osci_buf *file, const struct conn *c, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(c->limits.xml_bytes);
	xmlDocPtr doc = NULL;
	int r = osci_xml_parse(&doc, file->data ? (void *)file->data : "", file->len, &c->limits, err);

	/* Header blocks are signed by it; without, the order could not be written, at a time when a MessageId is taken. */
	if (!r && !xmlHasNsProp(xmlDocGetRootElement(doc), (const xmlChar *)"Id", NULL))
		r = osci_fail(err, OSCI_E_USAGE, NULL, NULL, "root element without attribute Id");
	if (!r)
		r = osci_c14n_node(xmlDocGetRootElement(doc), &out, err);
	osci_xml_freep(&doc);
	if (r)
		return r;
	ret->xml = osci_buf_take(&out, &ret->len);
	return ret->xml ? 0 : -ENOMEM;
}

static int add_header(struct parcel *p, const struct conn *c, const char *path)
{
	_cleanup_buf_ struct osci_buf file = OSCI_BUF_INIT(OSCI_METADATA_MAX);
	_cleanup_(osci_metadata_freep) struct osci_metadata *metadata = NULL;
	struct osci_custom *header = &p->headers[p->n_headers];
	struct osci_err err = { 0 };
	int r;

	r = osci_file_read(path, file.max, false, &file, &err);
	if (!r)
		r = canonical(header, &file, c, &err);
	p->n_headers += !r;
	if (!r && strstr(header->xml, OSCI_METADATA_NS))
		r = osci_metadata_read(&metadata, header, &err);
	return r ? complain(path, &err, r) : 0;
}

int parcel_make(struct parcel *p, struct conn *c, const struct conn_opts *conn_opts, const struct parcel_opts *o,
		char *const *files, size_t n_files)
{
	const struct osci_package_opts opts = { .suite = c->suite, .limits = &c->limits };
	struct osci_err err = { 0 };
	size_t i;
	int r;

	memset(p, 0, sizeof(*p));
	if (n_files > OPTS_LIST_MAX) {
		fprintf(stderr, "osci: %s: more than %d files\n", c->command, OPTS_LIST_MAX);
		return EXIT_USAGE;
	}
	r = conn_opts->unsigned_ ? 0 : add_authors(p, c, &o->authors);
	if (!r)
		r = add_readers(p, o);
	for (i = 0; i < n_files && !r; i++)
		r = add_inline(p, c, files[i]);
	for (i = 0; i < o->attach.n && !r; i++)
		r = add_attachment(p, o->attach.v[i]);
	for (i = 0; i < o->headers.n && !r; i++)
		r = add_header(p, c, o->headers.v[i]);
	if (r)
		return r;
	const struct osci_container_draft container = {
		.contents = p->contents, .n_contents = p->n_contents, .authors = p->authors, .n_authors = p->n_authors,
		.readers = p->readers, .n_readers = conn_opts->plain ? 0 : p->n_readers,
	};
	r = osci_package_new(&p->package, &container, 1, &opts, &err);
	return r ? conn_failed(c, &err, r) : 0;
}

void parcel_clear(struct parcel *p)
{
	osci_package_freep(&p->package);
	while (p->n_headers)
		free((void *)(uintptr_t)p->headers[--p->n_headers].xml);
	while (p->n_inline)
		osci_buf_free(&p->inline_[--p->n_inline]);
	while (p->n_attachments)
		osci_blob_unref(p->blobs[--p->n_attachments]);
	while (p->n_author_keys)
		osci_key_unref(p->author_keys[--p->n_author_keys]);
	while (p->n_reader_certs)
		osci_cert_unref(p->reader_certs[--p->n_reader_certs]);
	osci_cert_unrefp(&p->addressee);
}
