/* SPDX-License-Identifier: Apache-2.0 */
/*
 * original - how a message about another names it: from the head of that one to the field "original"
 */
#include <errno.h>
#include <string.h>
#include <jansson.h>

#include <xausl/package.h>
#include "map/table.h"

static bool printable(const char *s)
{
	return map_name_ok(s, strlen(s));
}

int xausl_head_original(json_t **ret, const struct xausl_head *h)
{
	bool listed = printable(h->type_list) && printable(h->type_version);

	*ret = NULL;
	if (!map_uuid_ok(h->uuid, strlen(h->uuid)) || !map_time_ok(h->created, strlen(h->created)) || !printable(h->type) ||
	    strstr(h->type, "  "))
		return 0;
	*ret = json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "uuid", h->uuid, "message", h->type, "created", h->created, "list",
			 listed ? h->type_list : NULL, "list_version", listed ? h->type_version : NULL);
	return *ret ? 0 : -ENOMEM;
}
