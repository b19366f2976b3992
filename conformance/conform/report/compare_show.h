/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_show - words that the text and the page of a comparison share
 */
#ifndef CF_REPORT_COMPARE_SHOW_H
#define CF_REPORT_COMPARE_SHOW_H

#include "report/compare.h"

/* Kinds of change, worst first; the first three make the comparison "worse". */
struct cf_change {
	const char *change, *text, *class;
};
extern const struct cf_change cf_changes[];
extern const size_t cf_n_changes;

const char *cf_get(const json_t *o, const char *key);
/* Place in cf_changes of the change of a case. */
size_t cf_change_find(const json_t *c);
/* How many cases changed so, or by any other word of the counts. */
json_int_t cf_change_count(const json_t *comparison, const char *change);
/* "no longer passes: 1; the same: 12" */
void cf_change_sum(struct osci_buf *b, const json_t *comparison);
/* The messages of a way, "070004, 070003"; "nothing". */
void cf_way_words(struct osci_buf *b, const json_t *list);
/* A sentence if something else than the programs' work explains differences; NULL. */
const char *cf_comparison_note(const json_t *comparison);

#endif
