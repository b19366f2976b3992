/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields - one MIME head: its fields as values of a closed set
 *
 * Used by the reader alone.  Everything a head may hold is checked here; unknown fields
 * are checked for form and passed over.
 */
#ifndef OSCI_MIME_FIELDS_H
#define OSCI_MIME_FIELDS_H

#include "mime/mime.h"

#define MIME_BOUNDARY_MAX 70   /* RFC 2046 5.1.1 */
#define MIME_FIELDS_MAX 32     /* fields in one head */
#define MIME_VALUE_MAX 256     /* a parameter value */
#define MIME_ID_MAX 256        /* a Content-ID without < > */

struct mime_fields {
	struct osci_mime_head head;
	char boundary[MIME_BOUNDARY_MAX + 1]; /* "" if absent */
	char type_param[64];                  /* "" if absent, lower case */
	char start[MIME_ID_MAX + 1];          /* "" if absent, without < > */
	bool has_type, has_encoding, has_id, has_start;
};

/*
 * @head: whole lines with CRLF, without the empty line behind them; it is written over.
 * 0 or OSCI_E_MALFORMED, OSCI_E_LIMIT.
 */
int mime_fields_parse(struct mime_fields *ret, char *head, size_t len, struct osci_err *err);

#endif
