/* SPDX-License-Identifier: Apache-2.0 */
/* make-report - writes the report of a made-up run into a folder, for the test that looks at it through a browser */
#include <stdio.h>

#include <osci/osci.h>

#include "report/report.h"
#include "t_result.h"

int main(int argc, char **argv)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	struct osci_err err = { 0 };
	char text[512];

	if (argc == 2 && !osci_init(&err) && !cf_report_write(r, &(struct cf_report_files){ .dir = argv[1] }, &err))
		return 0;
	fprintf(stderr, "%s\n", osci_err_text(&err, text, sizeof(text)));
	return 1;
}
