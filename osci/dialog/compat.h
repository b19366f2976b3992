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

#define osci_write_stream compat_write_stream
#define osci_open_blob compat_open_blob
#endif
