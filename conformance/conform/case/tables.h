/* SPDX-License-Identifier: Apache-2.0 */
/* tables - the names that no message of a release has: envelope, outcomes, records of InGe */
#ifndef CF_CASE_TABLES_H
#define CF_CASE_TABLES_H

#include <stdbool.h>
#include <jansson.h>

#include "case/load.h"

enum cf_type {
	CF_T_TEXT,
	CF_T_NAME, /* text or null */
	CF_T_DATE,
	CF_T_DATE_OR_NULL,
	CF_T_BOOL,
	CF_T_INT,
	CF_T_CODE,	   /* @list */
	CF_T_CODE_OR_NULL, /* @list */
	CF_T_WORD,	   /* @words */
	CF_T_OFFICE,	   /* azr: and code */
};

struct cf_row {
	const char *name; /* "errors[].code" */
	enum cf_type type;
	const char *list;
	const char *const *words;
};

/* Rows of a table, ended by a NULL name; NULL: there is none. */
const struct cf_row *cf_rows_envelope(enum cf_side side);
const struct cf_row *cf_rows_outcome(const char *outcome);
extern const struct cf_row cf_rows_record[], cf_rows_state[];

const char *cf_type_name(struct cf_load *l, const struct cf_row *row); /* "code(Int.Behoerdentyp) or null" */
/* Is the value one of the row? */
bool cf_row_fits(const struct cf_load *l, const struct cf_row *row, const json_t *v);

#endif
