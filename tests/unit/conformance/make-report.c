/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-report - writes the report of a made-up run, for the test that looks at it through a browser
 *
 * make-report DIR [P12 PASSFILE]
 */
#include <stdio.h>
#include <time.h>

#include <osci/osci.h>

#include "report/report.h"
#include "t_result.h"

int main(int argc, char **argv)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	struct cf_report_files files = { .dir = argc > 1 ? argv[1] : NULL };
	struct osci_err err = { .what = "usage: make-report DIR [P12 PASSFILE]" };
	char text[512];

	if (argc == 4) {
		files.sign_p12 = argv[2];
		files.sign_pass_file = argv[3];
		r->ended_ms = (int64_t)time(NULL) * 1000; /* the certificate is one of now */
	}
	if ((argc == 2 || argc == 4) && !osci_init(&err) && !cf_report_write(r, &files, &err))
		return 0;
	fprintf(stderr, "%s\n", osci_err_text(&err, text, sizeof(text)));
	return 1;
}
