/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl/report.h - checks of messages as a report for people or programs
 *
 * In memory: nothing is read or written.  Values appear only in reports made with show_values.  A report says "valid"
 * of a message only if its verdict is XAUSL_VALID; whatever was not read or not checked is named as such.
 */
#ifndef XAUSL_REPORT_H
#define XAUSL_REPORT_H

#include <stddef.h>

#include <xausl/schema.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * TEXT: one line for each finding, FILE:LINE: LEVEL ID: PATH: WHAT, and one for each message without an error.
 * JSON: one object for each message and line.  JUNIT: a test case for each message, for continuous integration.
 * HTML: one page that needs nothing else: no script, no resource from outside, readable on paper and by screen readers.
 */
enum xausl_report_format { XAUSL_REPORT_TEXT, XAUSL_REPORT_JSON, XAUSL_REPORT_JUNIT, XAUSL_REPORT_HTML };

/* "text", "json", "junit", "html": 0; OSCI_E_USAGE for anything else. */
int xausl_report_format_parse(enum xausl_report_format *ret, const char *name);

struct xausl_report_item {
	const char *name;                  /* file, as it is shown; need not be UTF-8 */
	const struct xausl_report *report; /* NULL: there is none, and @trouble says why */
	const char *trouble;
};

/*
 * @when: time of the check as it is to be shown, NULL = left out.  *@ret is malloc()ed and NUL-terminated.  TEXT and JSON
 * of several items are those of the single ones in a row.  0, -ENOMEM, OSCI_E_LIMIT beyond XAUSL_RENDERED_MAX octets.
 */
int xausl_report_render(char **ret, size_t *ret_len, enum xausl_report_format format, const struct xausl_report_item *items,
			size_t n, const char *when, struct osci_err *err);
#define XAUSL_RENDERED_MAX (256u << 20)

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
