/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - a result for people and machines: progress, text, JSON, JUnit XML, HTML, and the signed folder
 *
 * No report says "passed" of a run whose verdict is not CF_RUN_PASSED.  Renderers work in memory and cannot be surprised by
 * any text; cf_report_write() and the commands touch files, and need osci_init() before them.
 */
#ifndef CF_REPORT_REPORT_H
#define CF_REPORT_REPORT_H

#include <stdio.h>

#include "report/result.h"

/* One line as a case ends, "[ 12/230] pass  REL-01/a  title (0.4 s)"; with the reason below it unless it passed. */
void cf_report_progress(FILE *to, const struct cf_result_case *c, size_t done, size_t total);

enum cf_report_format { CF_REPORT_TEXT, CF_REPORT_JSON, CF_REPORT_JUNIT, CF_REPORT_HTML };

/* @out grows up to its own maximum: 0, -ENOMEM or OSCI_E_LIMIT. */
int cf_report_render(struct osci_buf *out, const struct cf_result *r, enum cf_report_format format);

struct cf_report_files {
	const char *dir;            /* made if it is not there; NULL: no folder */
	const char *junit;          /* further copy of the JUnit file; NULL */
	const char *sign_p12;       /* key and certificate of who signs; NULL: not signed */
	const char *sign_pass_file; /* its password, first line */
	const json_t *comparison;   /* with an earlier run; NULL: there is none */
};

/*
 * Writes into the folder: report.html, report.json, junit.xml, report.txt, with a comparison comparison.html,
 * comparison.json and comparison.txt, SHA256SUMS over these, and when signed SHA256SUMS.p7s: a detached CMS signature over
 * SHA256SUMS.  Each file appears whole or not at all.
 */
int cf_report_write(const struct cf_result *r, const struct cf_report_files *files, struct osci_err *err);

/*
 * Can the report be written and signed at @now (seconds since 1970)?  Asked before a run, so that a wrong password costs no
 * run.  Makes the folder, and takes the report of an earlier run away; errors as those of cf_report_write().
 */
int cf_report_ready(const struct cf_report_files *files, int64_t now, struct osci_err *err);

/* Commands of xausl-conform: argv[0] is the command's name.  They print, and return the exit status. */
int cf_command_compare(int argc, char **argv);  /* OLD NEW */
int cf_command_baseline(int argc, char **argv); /* RESULT.json; --out FILE, --update FILE */
int cf_command_verify(int argc, char **argv);   /* DIR [--trust CA.pem] */
int cf_command_render(int argc, char **argv);   /* RESULT.json --format text|json|junit|html: a report once more */

/* The command called @name; NULL: none, so it is a run. */
typedef int cf_command_fn(int argc, char **argv);
cf_command_fn *cf_command_find(const char *name);

#endif
