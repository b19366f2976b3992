/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <xausl/package.h>

#include "base/buf.h"
#include "base/text.h"
#include "reject.h"

static json_t *base64(const void *data, size_t len)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_OCTETS_MAX);

	osci_base64_encode(&b, data, len, 0);
	return osci_buf_error(&b) ? NULL : json_stringn(b.data ? (const char *)b.data : "", b.len);
}

int sim_reject_fields(json_t **ret, const char *code, const char *what, const void *data, size_t len)
{
	_cleanup_(xausl_head_freep) struct xausl_head *head = NULL;
	json_t *reason = json_pack("{s:s}", "code", code), *original = NULL;
	int r = xausl_read_frame(&head, data, len, NULL, NULL);

	*ret = NULL;
	if (r == 0)
		r = xausl_head_original(&original, head);
	if (reason && what && what[0] &&
	    json_object_set_new(reason, "details", json_pack("[{s:s}]", "text", what))) {
		json_decref(reason);
		reason = NULL;
	}
	if (r < 0 || !reason) {
		json_decref(reason);
		json_decref(original);
		return r < 0 ? r : -ENOMEM;
	}
	/* Steals all of them, also if it fails. */
	*ret = json_pack("{s:[o], s:o*, s:o}", "reasons", reason, "original", original, "original_xml", base64(data, len));
	return *ret ? 0 : -ENOMEM;
}
