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
#define CF_SETTING_ONLY "only"	/* setting of a result: a part of the book was chosen */
#define CF_OUTLINE_FAILURES 5	/* of a case; a bulk has hundreds, and they are alike */

/*
 * Baseline: the outline of a whole book in one release as a file of the repository, format, release and cases.  Written with
 * sorted keys.  A part of the book comes into a baseline that is there, @before, else NULL.  OSCI_E_STATE: the run has no
 * verdict or no release, is a part without @before, or of another release than it.  Reading is strict.
 */
#define CF_BASELINE_FORMAT "xausl-conform-baseline-1"
#define CF_BASELINE_MAX (16u << 20)
int cf_baseline_make(struct osci_buf *out, const struct cf_result *r, const json_t *before, struct osci_err *err);
int cf_baseline_read(json_t **ret, const char *path, struct osci_err *err);

/* A result, the folder of a report, or a baseline, as an outline. */
int cf_outline_read(json_t **ret, const char *path, struct osci_err *err);
/* OSCI_E_STATE: @old is the baseline of another release than @release (NULL = that of a run for none in particular). */
int cf_outline_fits_release(const json_t *old, const char *release, struct osci_err *err);
/* OSCI_E_STATE: @old is the baseline of another release than the run @new, or the two have no case in common. */
int cf_outlines_fit(const json_t *old, const json_t *new, struct osci_err *err);

/*
 * What differs, as JSON:
 *
 *   {"format": "xausl-conform-comparison-1", "verdict": "same" | "better" | "worse", "old": {...}, "new": {...},
 *    "counts": {"same": n, CHANGE: n ...}, "artifacts": [{"name", "old", "new"}],
 *    "cases": [{"case", "change", "old", "new", "title", "reason", "failures": [{"step", "line", "field", "expected", "seen",
 *    "text"}], "messages": [{"way", "old": [...], "new": [...]}]}],
 *    "timing": {"old_ms", "new_ms", "slower": [{"case", "old_ms", "new_ms"}]}}
 *
 * change: "worse" passed and does no longer, "new-failed" new and does not pass, "gone" passed and is not in the new run,
 * "fixed" passes now, "new" new and passes or is skipped, "other" another verdict that is no pass before or after,
 * "elsewhere" fails at another step, "dropped" not in the new run and did not pass in the old, "left-out" passed before and
 * is skipped in a run for another release, "timeline" the same verdict by other messages.  In runs for two releases a case
 * that was skipped before counts as new.  Where one side is a part of the book, what it left out is not compared and counts
 * as "not-run".  Failures are those of the side that does not pass, of the new one if neither does.
 * The first three make the verdict "worse"; else "fixed" makes it "better"; timing makes none.
 * New reference; NULL without memory.
 */
json_t *cf_compare(const json_t *old, const json_t *new);
#define CF_COMPARISON_FORMAT "xausl-conform-comparison-1"
#define CF_SLOWER_MS 1000 /* a case is slower if it takes twice as long and so much more */

/* Status of a command: 1 if the verdict is "worse". */
int cf_comparison_worse(const json_t *comparison);
/* 0, -ENOMEM or OSCI_E_LIMIT. */
enum cf_comparison_format { CF_COMPARISON_TEXT, CF_COMPARISON_JSON, CF_COMPARISON_HTML };
int cf_comparison_render(struct osci_buf *b, const json_t *comparison, enum cf_comparison_format format);
void cf_comparison_text(struct osci_buf *b, const json_t *comparison);
void cf_comparison_html(struct osci_buf *b, const json_t *comparison);

#endif
