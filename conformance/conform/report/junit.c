/* SPDX-License-Identifier: Apache-2.0 */
/*
 * junit - a run as the XML that continuous integration reads
 *
 * One suite, one test case for each case and variant.  What could not be set up is an error, also of the run as a whole:
 * then, and when nothing passed, there is one more test case that says so, since readers of this form look for errors only.
 * Attributes and order are those that both wide-spread schemas of the form accept; the host is not named.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "report/forms.h"
#include "report/html.h"
#include "report/words.h"

static void attribute(struct osci_buf *b, const char *name, const char *value)
{
	osci_buf_addf(b, " %s=\"", name);
	html_xml(b, value);
	osci_buf_addc(b, '"');
}

static void seconds(struct osci_buf *b, uint64_t ms)
{
	osci_buf_addf(b, " time=\"%" PRIu64 ".%03" PRIu64 "\"", ms / 1000, ms % 1000);
}

static void property(struct osci_buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	osci_buf_adds(b, "      <property");
	attribute(b, "name", name);
	attribute(b, "value", value);
	osci_buf_adds(b, "/>\n");
}

static void properties(struct osci_buf *b, const struct cf_result *r)
{
	osci_buf_adds(b, "    <properties>\n");
	property(b, "verdict", cf_run_verdict_text(cf_result_verdict(r)));
	property(b, "release", r->release);
	property(b, "mode", r->mode);
	property(b, "subject", r->subject);
	property(b, "runner", r->runner_version);
	for (size_t i = 0; i < r->n_settings; i++)
		property(b, cf_words_or_dash(r->settings[i].name), cf_words_or_dash(r->settings[i].value));
	for (size_t i = 0; i < r->n_artifacts; i++)
		property(b, cf_words_or_dash(r->artifacts[i].name), r->artifacts[i].sha256[0] ? r->artifacts[i].sha256 : NULL);
	osci_buf_adds(b, "    </properties>\n");
}

static void labelled(struct osci_buf *b, const char *label, const char *text)
{
	if (!text)
		return;
	osci_buf_addf(b, "  %s: ", label);
	html_xml(b, text);
	osci_buf_addc(b, '\n');
}

static void details(struct osci_buf *b, const struct cf_result_case *c)
{
	char time[40];

	html_xml(b, cf_words_reason(c));
	osci_buf_addc(b, '\n');
	for (size_t i = 0; i < c->n_failures; i++) {
		const struct cf_result_failure *f = &c->failures[i];

		osci_buf_adds(b, "step ");
		html_xml(b, cf_words_or_dash(f->path));
		osci_buf_addf(b, ", line %u, case time %s\n", f->line, cf_words_case_time(f->case_ms, time));
		labelled(b, "what", f->text);
		labelled(b, "field", f->field);
		labelled(b, "expected", f->expected);
		labelled(b, "seen", f->expected && !f->seen ? "nothing" : f->seen);
	}
	for (size_t i = 0; i < c->n_checks; i++)
		if (c->checks[i].verdict == CF_FAIL || c->checks[i].verdict == CF_SETUP_ERROR) {
			osci_buf_addf(b, "standing check %u: ", c->checks[i].number);
			html_xml(b, cf_words_or_dash(c->checks[i].text ? c->checks[i].text : c->checks[i].what));
			osci_buf_addc(b, '\n');
		}
}

static void open_case(struct osci_buf *b, const char *group, const char *name, const char *title, uint64_t ms)
{
	osci_buf_adds(b, "    <testcase name=\"");
	html_xml(b, name);
	if (title) {
		osci_buf_adds(b, ": ");
		html_xml(b, title);
	}
	osci_buf_addc(b, '"');
	attribute(b, "classname", group);
	seconds(b, ms);
	osci_buf_adds(b, ">");
}

/* Also for what is no case of the book: @type tells which error it is. */
static void error_case(struct osci_buf *b, const char *name, const char *type, const char *text)
{
	open_case(b, "run", name, NULL, 0);
	osci_buf_adds(b, "\n      <error");
	attribute(b, "type", type);
	attribute(b, "message", text);
	osci_buf_adds(b, "/>\n    </testcase>\n");
}

static void test_case(struct osci_buf *b, const struct cf_result_case *c)
{
	char name[CF_RESULT_NAME_MAX];
	const char *element = c->verdict == CF_FAIL ? "failure" : "error";

	open_case(b, c->requirement ? c->requirement : "none", cf_result_case_name(c, name, sizeof(name)), c->title, c->real_ms);
	if (c->verdict == CF_SKIPPED) {
		osci_buf_adds(b, "\n      <skipped");
		attribute(b, "message", cf_words_reason(c));
		osci_buf_adds(b, "/>\n    ");
	} else if (c->verdict != CF_PASS) {
		osci_buf_addf(b, "\n      <%s", element);
		attribute(b, "type", cf_verdict_name(c->verdict));
		attribute(b, "message", cf_words_reason(c));
		osci_buf_addc(b, '>');
		details(b, c);
		osci_buf_addf(b, "</%s>\n    ", element);
	}
	osci_buf_adds(b, "</testcase>\n");
}

int cf_render_junit(struct osci_buf *b, const struct cf_result *r)
{
	struct cf_counts n = cf_result_counts(r);
	bool nothing = cf_result_verdict(r) == CF_RUN_UNUSABLE && !n.setup_error;
	size_t extra = nothing || r->trouble ? 1 : 0;
	int64_t ms = r->ended_ms > r->started_ms ? r->ended_ms - r->started_ms : 0;
	char why[256], when[40];

	osci_format_datetime_utc(when, sizeof(when), r->started_ms);
	when[19] = '\0'; /* the form has neither milliseconds nor zone */
	osci_buf_adds(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite id=\"0\" name=\"xausl-conform\" "
			 "package=\"conformance\"");
	osci_buf_addf(b, " timestamp=\"%s\" hostname=\"localhost\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		      when, n.total + extra, n.fail, n.setup_error + extra, n.skipped);
	seconds(b, (uint64_t)ms);
	osci_buf_adds(b, ">\n");
	properties(b, r);
	if (extra)
		error_case(b, "the run as a whole", "run", r->trouble ? r->trouble : cf_words_verdict(r, why));
	for (size_t i = 0; i < r->n_cases; i++)
		if (r->cases[i])
			test_case(b, r->cases[i]);
		else
			error_case(b, "a case without a result", "setup-error", "the case was to run and has no result");
	osci_buf_adds(b, "    <system-out></system-out>\n    <system-err></system-err>\n  </testsuite>\n</testsuites>\n");
	return osci_buf_error(b);
}
