/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare - two runs of a book: what got worse, better, came, went, or takes another way
 *
 * Both sides are outlines: a JSON object without times and UUIDs, so that two runs of the same programs have the same.
 *
 *   {"release": "26.11", "cases": {"ID/v": {"result": "pass", "messages": {"gateway > office A": ["070004", "070003"]}}}}
 *
 * Messages are in order on each way from one party to another; how those of two ways are interleaved is chance.  The same
 * message n times in a row is "070001 x n".  A case that ran several times has the values of its switches in its name.
 * Outlines made of a result have more for the reader: subject, started, artifacts, ms, title and reason of each case.
 */
#ifndef CF_REPORT_COMPARE_H
#define CF_REPORT_COMPARE_H

#include "report/result.h"

/* New reference, NULL without memory. */
json_t *cf_outline_of(const struct cf_result *r);

/*
 * Baseline: the outline as a file of the repository, one for each release.  Written with sorted keys.  Reading is strict.
 * A run that has no verdict makes none: OSCI_E_STATE.
 */
#define CF_BASELINE_FORMAT "xausl-conform-baseline-1"
#define CF_BASELINE_MAX (16u << 20)
int cf_baseline_make(struct osci_buf *out, const struct cf_result *r, struct osci_err *err);
int cf_baseline_read(json_t **ret, const char *path, struct osci_err *err);

/*
 * What differs, as JSON:
 *
 *   {"format": "xausl-conform-comparison-1", "verdict": "same" | "better" | "worse", "old": {...}, "new": {...},
 *    "counts": {"same": n, CHANGE: n ...}, "artifacts": [{"name", "old", "new"}],
 *    "cases": [{"case", "change", "old", "new", "title", "reason", "messages": [{"way", "old": [...], "new": [...]}]}],
 *    "timing": {"old_ms", "new_ms", "slower": [{"case", "old_ms", "new_ms"}]}}
 *
 * change: "worse" passed and does no longer, "new-failed" new and does not pass, "gone" passed and is not in the new run,
 * "fixed" passes now, "new" new and passes or is skipped, "other" another verdict that is no pass before or after,
 * "dropped" not in the new run and did not pass in the old, "timeline" the same verdict by other messages.
 * The first three make the verdict "worse"; else "fixed" makes it "better"; timing makes none.
 * New reference; NULL without memory.
 */
json_t *cf_compare(const json_t *old, const json_t *new);
#define CF_COMPARISON_FORMAT "xausl-conform-comparison-1"
#define CF_SLOWER_MS 1000 /* a case is slower if it takes twice as long and so much more */

void cf_comparison_text(struct osci_buf *b, const json_t *comparison);
void cf_comparison_html(struct osci_buf *b, const json_t *comparison);

#endif
