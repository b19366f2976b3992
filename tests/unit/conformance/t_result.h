/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_result - a run made up for tests of reports: one case of each verdict, and texts nobody should trust
 */
#ifndef T_RESULT_H
#define T_RESULT_H

#include "report/result.h"

#define T_HOSTILE "<script>alert(1)</script> & \"quoted\" 'single' ]]> \x1b[31mred\x07 \xff\xfe \xe2\x80\xaeturned \xef\xbf\xbe"
#define T_START 1795251600000 /* 2026-11-21 in winter time */

/* A run with a passed case and nothing else; the caller frees. */
struct cf_result *t_result_passed(void);
/* passed, failed (hostile texts everywhere), set-up error, skipped, a variant. */
struct cf_result *t_result_mixed(void);
/* A case with this verdict at the end of the run; returned for further filling, still the run's. */
struct cf_result_case *t_result_case(struct cf_result *r, const char *id, const char *variant, enum cf_verdict verdict);
void t_result_message(struct cf_result_case *c, const char *from, const char *to, const char *what, const char *label);

#endif
