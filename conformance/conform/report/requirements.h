/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requirements - the list of what must be shown, and which cases of a run show it
 */
#ifndef CF_REPORT_REQUIREMENTS_H
#define CF_REPORT_REQUIREMENTS_H

#include "report/result.h"

/* Adds the entries of conformance/cases/requirements.yaml to the run.  OSCI_E_CONFIG with FILE:LINE. */
int cf_requirements_load(struct cf_result *r, const char *path, struct osci_err *err);

/* One row of the matrix. */
struct cf_matrix_row {
	const struct cf_result_requirement *requirement; /* NULL: the id is not in the list */
	const char *id;
	const struct cf_result_case **cases;
	size_t n_cases;
	struct cf_counts counts;
};

/*
 * Of a requirement: shown only if at least one case passed and none failed or could not be set up.  A row of an unknown
 * id, whatever its cases say, is CF_COVER_UNKNOWN.
 */
enum cf_cover { CF_COVER_SHOWN, CF_COVER_FAILED, CF_COVER_NOT_SHOWN, CF_COVER_NO_CASE, CF_COVER_UNKNOWN };
enum cf_cover cf_matrix_cover(const struct cf_matrix_row *row);
const char *cf_cover_text(enum cf_cover c); /* "shown", "failed", "not shown", "no case", "unknown requirement" */

struct cf_matrix {
	struct cf_matrix_row *rows; /* order of the list, then unknown ids in order of first use */
	size_t n_rows;
	size_t covers[CF_COVER_UNKNOWN + 1]; /* rows of each */
};

/* Points into @r, which must stay.  0 or -ENOMEM. */
int cf_matrix_make(struct cf_matrix *ret, const struct cf_result *r);
void cf_matrix_clear(struct cf_matrix *m);
/* "163 requirements: 160 shown, 1 failed, 0 not shown, 2 without a case".  Returns @b. */
const char *cf_matrix_words(const struct cf_matrix *m, char b[200]);

#endif
