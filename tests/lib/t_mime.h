/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_mime - messages in memory for the reader and from the writer of MIME
 */
#ifndef T_MIME_H
#define T_MIME_H

#include "mime/mime.h"

static inline int t_mime_parse(struct osci_mime **ret, const void *data, size_t len, struct osci_err *err)
{
	struct osci_limits limits;
	struct osci_blob *body = NULL;
	int r = osci_blob_copy(&body, data, len);

	osci_limits_default(&limits);
	if (!r)
		r = osci_mime_parse(ret, body, &limits, NULL, NULL, err);
	osci_blob_unref(body);
	return r;
}

static inline void t_mime_part(struct osci_buf *out, const char *boundary, const char *content_id, const void *data,
			       size_t len)
{
	osci_mime_write_part_head(out, boundary, content_id, len);
	osci_buf_add(out, data, len);
}

#endif
