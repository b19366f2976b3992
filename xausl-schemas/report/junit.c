/* SPDX-License-Identifier: Apache-2.0 */
/*
 * junit - a report as the XML that continuous integration reads: a suite, a test case for each message
 *
 * An invalid message is a failure, one that was not checked an error.  Warnings and hints stand in system-out.
 */
#include "report/html.h"
#include "report/render.h"

static void findings(struct osci_buf *b, const struct xausl_report *r, bool errors)
{
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct xausl_finding *f = &r->findings[i];

		if ((f->level == XAUSL_ERROR) != errors)
			continue;
		osci_buf_addf(b, "%s %s, line %u: ", render_level(f), f->id, f->line);
		html_xml(b, f->path[0] ? f->path : "document");
		osci_buf_adds(b, ": ");
		html_xml(b, f->what);
		if (f->expected[0]) {
			osci_buf_adds(b, ", expected: ");
			html_xml(b, f->expected);
		}
		if (f->value_class[0])
			osci_buf_addf(b, ", found: %s", f->value_class);
		if (f->value) {
			osci_buf_adds(b, ", value: ");
			html_xml(b, f->value);
		}
		osci_buf_addf(b, "%s%s\n", f->standard_code[0] ? ", code " : "", f->standard_code);
	}
}

static void test_case(struct osci_buf *b, const struct xausl_report_item *item)
{
	const struct xausl_report *r = item->report;
	const char *kind = render_invalid(item) ? "failure" : "error";

	osci_buf_adds(b, "  <testcase classname=\"");
	html_xml(b, r && r->message[0] ? r->message : "message");
	osci_buf_adds(b, "\" name=\"");
	html_xml(b, item->name);
	osci_buf_adds(b, "\">\n");
	if (!render_valid(item)) {
		osci_buf_addf(b, "    <%s type=\"%s\" message=\"", kind, r && r->n_errors ? r->findings[0].id : "not-checked");
		html_xml(b, r && r->n_errors ? r->findings[0].what : item->trouble ? item->trouble : "not checked");
		osci_buf_adds(b, "\">");
		if (r)
			findings(b, r, true);
		osci_buf_addf(b, "</%s>\n", kind);
	}
	if (r && r->n_findings > r->n_errors) {
		osci_buf_adds(b, "    <system-out>");
		findings(b, r, false);
		osci_buf_adds(b, "</system-out>\n");
	}
	osci_buf_adds(b, "  </testcase>\n");
}

void render_junit(struct osci_buf *b, const struct xausl_report_item *items, size_t n, const char *when)
{
	size_t failures = 0, errors = 0;

	for (size_t i = 0; i < n; i++) {
		failures += render_invalid(&items[i]);
		errors += !render_invalid(&items[i]) && !render_valid(&items[i]);
	}
	osci_buf_adds(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	osci_buf_addf(b, "<testsuites>\n<testsuite name=\"xausl validate\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
			 "skipped=\"0\"", n, failures, errors);
	if (when) {
		osci_buf_adds(b, " timestamp=\"");
		html_xml(b, when);
		osci_buf_addc(b, '"');
	}
	osci_buf_adds(b, ">\n");
	for (size_t i = 0; i < n; i++)
		test_case(b, &items[i]);
	osci_buf_adds(b, "</testsuite>\n</testsuites>\n");
}
