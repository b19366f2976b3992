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

/* What a message says of the one it is about: all of its head, some of it, or nothing. */
static int trim_original(json_t *original, const char *number)
{
	static const char *const whole[] = { "0010", "0020", "0021", "0031", "0032" };
	json_t *v;
	const char *key;
	void *next;

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (strcmp(number, whole[i]) == 0)
			return 0;
	json_object_foreach_safe(original, next, key, v) {
		bool uuid = strcmp(key, "uuid") == 0;
		bool head = uuid || strcmp(key, "message") == 0 || strcmp(key, "created") == 0;

		if (strcmp(number, "000002") == 0 ? !head : strcmp(number, "000030") == 0 ? !uuid : true)
			json_object_del(original, key);
	}
	return json_object_size(original) ? 0 : OSCI_E_EMPTY;
}

int sim_reject_fields(json_t **ret, const char *code, const char *what, const char *number, const void *data, size_t len)
{
	_cleanup_(xausl_head_freep) struct xausl_head *head = NULL;
	json_t *reason = json_pack("{s:s}", "code", code), *original = NULL;
	int r = xausl_read_frame(&head, data, len, NULL, NULL);

	*ret = NULL;
	if (r == 0)
		r = xausl_head_original(&original, head);
	if (original && trim_original(original, number) == OSCI_E_EMPTY) {
		json_decref(original);
		original = NULL;
	}
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
	*ret = json_pack("{s:[o], s:o*}", "reasons", reason, "original", original);
	if (!*ret || (strcmp(number, "0010") == 0 && json_object_set_new(*ret, "original_xml", base64(data, len)) < 0)) {
		json_decref(*ret);
		*ret = NULL;
	}
	return *ret ? 0 : -ENOMEM;
}
