/* SPDX-License-Identifier: Apache-2.0 */
/* compat - messages of any size by way of memory, until reader and writer stream */
#ifndef OSCI_DIALOG_COMPAT_H
#define OSCI_DIALOG_COMPAT_H

#include <errno.h>
#include <stdlib.h>
#include <osci/dialog.h>
#include "base/buf.h"

static inline int compat_write_stream(struct osci_stream **ret, const struct osci_draft *d, const struct osci_write_opts *o,
				      struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *b = NULL;
	unsigned char *data;
	size_t len;
	int r = osci_write(&data, &len, d, o, err);

	*ret = NULL;
	if (!r)
		r = osci_blob_take(&b, data, len, false);
	return r ? r : osci_stream_of_blob(ret, b);
}

static inline int compat_open_blob(struct osci_message **ret, struct osci_blob *b, const struct osci_open_opts *o,
				   struct osci_err *err)
{
	_cleanup_(osci_stream_freep) struct osci_stream *s = NULL;
	_cleanup_(osci_freep) unsigned char *data = NULL;
	size_t len;
	int r = osci_stream_of_blob(&s, b);

	*ret = NULL;
	if (!r)
		r = osci_stream_to_memory(s, &data, &len, err);
	return r ? r : osci_open(ret, data, len, o, err);
}

static inline int compat_package_new(struct osci_package **ret, const struct osci_container_draft *c, size_t n,
				     const struct osci_package_opts *o, struct osci_err *err)
{
	struct osci_package_item item = { c->contents->data, c->contents->len };
	struct osci_package_draft d = { .items = &item, .n_items = 1, .author = c->n_authors ? c->authors->key : NULL,
		.author_role = c->authors->role, .readers = &c->readers->cert, .reader_roles = &c->readers->role, .n_readers = 1 };
	struct osci_package *p = calloc(1, sizeof(*p));
	int r;

	(void)n;
	(void)o;
	if (!p)
		return -ENOMEM;
	r = osci_package_write(&p->xml, &p->len, &d, err);
	p->certs = r ? NULL : calloc(2, sizeof(*p->certs));
	if (!p->certs) {
		free(p->xml);
		free(p);
		return r ? r : -ENOMEM;
	}
	p->certs[p->n_certs++] = (struct osci_draft_cert){ .role = c->readers->role, .cert = c->readers->cert };
	if (c->n_authors)
		p->certs[p->n_certs++] = (struct osci_draft_cert){ .role = c->authors->role,
								   .cert = osci_key_cert(c->authors->key) };
	*ret = p;
	return 0;
}

static inline void compat_package_freep(struct osci_package **p)
{
	if (*p) {
		free((*p)->xml);
		free((*p)->certs);
	}
	free(*p);
	*p = NULL;
}

#define osci_write_stream compat_write_stream
#define osci_open_blob compat_open_blob
#define osci_package_new compat_package_new
#define osci_package_freep compat_package_freep
#endif
