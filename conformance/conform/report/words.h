/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words - values of a result as all reports write them
 */
#ifndef CF_REPORT_WORDS_H
#define CF_REPORT_WORDS_H

#include "report/result.h"

#define CF_DASH "\xe2\x80\x93"

/* "2026-11-16 09:00:00.250" or, with @zone, "2026-11-16 09:00:00 +01:00"; Europe/Berlin; a dash for 0.  Returns @b. */
const char *cf_words_case_time(int64_t ms, char b[40]);
const char *cf_words_real_time(int64_t ms, char b[40]);
/* "0.4 s", "3 min 20 s".  Returns @b. */
const char *cf_words_duration(uint64_t ms, char b[40]);
/* "230 cases: 226 passed, 1 failed, 2 not set up, 1 skipped".  Returns @b. */
const char *cf_words_counts(const struct cf_counts *n, char b[160]);
/* Why the verdict is what it is, one sentence.  Returns @b. */
const char *cf_words_verdict(const struct cf_result *r, char b[256]);
/* @text, or a dash for NULL and "". */
const char *cf_words_or_dash(const char *text);
/* Of a case: its reason, or what stands for it; "" for a pass. */
const char *cf_words_reason(const struct cf_result_case *c);
/* German short name of a message, for the reader; NULL for an outcome or an unknown number. */
const char *cf_words_message(const char *what);

#endif
