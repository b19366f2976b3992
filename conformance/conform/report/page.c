/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page - a run as an HTML page that stands alone: the protocol for an acceptance file
 *
 * Order: verdict and sums, what did not pass, list of all cases, requirements, versions and checksums, signatures, then each
 * case as an annex.  No script; links above the list narrow it, on paper it is always whole.  The same run gives the same
 * octets.
 */
#include <stdio.h>
#include <string.h>

#include "report/html.h"
#include "report/forms.h"
#include "report/report.h"
#include "report/words.h"

static const char *verdict_class(enum cf_verdict v)
{
	static const char *const classes[] = { "tag bad", "tag good", "tag bad", "tag plain" };

	return classes[v];
}

void cf_page_verdict(struct osci_buf *b, enum cf_verdict v)
{
	html_element(b, "span", verdict_class(v), cf_verdict_name(v));
}

static void banner(struct osci_buf *b, const struct cf_result *r)
{
	enum cf_run_verdict v = cf_result_verdict(r);
	struct cf_counts n = cf_result_counts(r);
	char text[256];

	html_open(b, "div", v == CF_RUN_PASSED ? "banner good" : "banner bad");
	html_element(b, "strong", NULL, cf_run_verdict_text(v));
	html_text(b, cf_words_verdict(r, text));
	osci_buf_adds(b, "<br>");
	html_text(b, cf_words_counts(&n, text));
	osci_buf_addc(b, '.');
	if (r->trouble) {
		osci_buf_adds(b, "<br>");
		html_text(b, r->trouble);
	}
	html_close(b, "div");
	osci_buf_addc(b, '\n');
}

static void fact(struct osci_buf *b, const char *name, const char *value)
{
	html_element(b, "dt", NULL, name);
	html_element(b, "dd", NULL, cf_words_or_dash(value));
	osci_buf_addc(b, '\n');
}

/* What was said, else the first program that took part: the gateway. */
static const char *subject(const struct cf_result *r)
{
	for (size_t i = 0; !r->subject && i < r->n_artifacts; i++)
		if (r->artifacts[i].kind == CF_ART_PROGRAM)
			return r->artifacts[i].version ? r->artifacts[i].version : r->artifacts[i].name;
	return r->subject;
}

/* The one that was told, else those the cases ran in, in order of first use. */
static void releases(struct osci_buf *b, const struct cf_result *r)
{
	bool any = false;

	for (size_t i = 0; !r->release && i < r->n_cases; i++) {
		const char *release = r->cases[i] ? r->cases[i]->release : NULL;
		bool again = !release;

		for (size_t k = 0; !again && k < i; k++)
			again = r->cases[k] && r->cases[k]->release && !strcmp(r->cases[k]->release, release);
		if (again)
			continue;
		osci_buf_adds(b, any ? ", " : "");
		osci_buf_adds(b, release);
		any = true;
	}
	if (r->release)
		osci_buf_adds(b, r->release);
	else
		osci_buf_adds(b, any ? "; each case in its own" : "as each case says");
	osci_buf_addc(b, '\0');
}

static void facts(struct osci_buf *b, const struct cf_result *r)
{
	int64_t ms = r->ended_ms > r->started_ms ? r->ended_ms - r->started_ms : 0;
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(CF_RESULT_TEXT_MAX);
	char time[40];

	releases(&text, r);
	osci_buf_adds(b, "<dl>\n");
	fact(b, "Under test", subject(r));
	fact(b, "Release", osci_buf_error(&text) ? NULL : (const char *)text.data);
	fact(b, "Kind of run", r->mode);
	fact(b, "Begin", cf_words_real_time(r->started_ms, time));
	fact(b, "End", cf_words_real_time(r->ended_ms, time));
	fact(b, "Duration", cf_words_duration((uint64_t)ms, time));
	fact(b, "File number", r->file_number);
	fact(b, "Carried out by", r->operator_name);
	fact(b, "Runner", r->runner_version);
	fact(b, "Host", r->host_class);
	osci_buf_adds(b, "</dl>\n");
}

static void contents(struct osci_buf *b)
{
	osci_buf_adds(b, "<nav class=\"noprint\" aria-label=\"Contents\"><p>");
	html_link(b, "part", 1, "What did not pass");
	osci_buf_adds(b, " \xc2\xb7 ");
	html_link(b, "part", 2, "Cases");
	osci_buf_adds(b, " \xc2\xb7 ");
	html_link(b, "part", 3, "Requirements");
	osci_buf_adds(b, " \xc2\xb7 ");
	html_link(b, "part", 4, "Versions and checksums");
	osci_buf_adds(b, " \xc2\xb7 ");
	html_link(b, "part", 5, "Signatures");
	osci_buf_adds(b, " \xc2\xb7 ");
	html_link(b, "part", 6, "Annex: each case");
	osci_buf_adds(b, "</p></nav>\n");
}

static void case_link(struct osci_buf *b, const struct cf_result_case *c, size_t number)
{
	char name[CF_RESULT_NAME_MAX];

	html_link(b, "case", number, cf_result_case_name(c, name, sizeof(name)));
}

static void problems(struct osci_buf *b, const struct cf_result *r)
{
	static const char *const heads[] = { "Result", "Case", "Title", "Why", NULL };
	struct cf_counts n = cf_result_counts(r);

	html_heading(b, 2, "part", 1, "What did not pass");
	if (n.pass == n.total) {
		html_element(b, "p", NULL, n.total ? "Nothing: all cases passed." : "There was no case to run.");
		return;
	}
	html_table(b, "Cases that failed, could not be set up or were skipped", heads);
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct cf_result_case *c = r->cases[i];

		if (c && c->verdict == CF_PASS)
			continue;
		osci_buf_adds(b, "<tr><td>");
		cf_page_verdict(b, c ? c->verdict : CF_SETUP_ERROR);
		osci_buf_adds(b, c && c->variant ? "</td><th scope=\"row\">" : "</td><th scope=\"row\" class=\"id\">");
		if (c)
			case_link(b, c, i + 1);
		else
			html_text(b, CF_DASH);
		osci_buf_adds(b, "</th>");
		html_element(b, "td", "wide", cf_words_or_dash(c ? c->title : NULL));
		html_element(b, "td", "wide", c ? cf_words_reason(c) : "the case was to run and has no result");
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

/* Targets of the links stand before the table: the style hides rows of what follows a target. */
static void filters(struct osci_buf *b, const struct cf_counts *n)
{
	const struct {
		enum cf_verdict v;
		size_t n;
	} all[] = { { CF_FAIL, n->fail }, { CF_SETUP_ERROR, n->setup_error }, { CF_SKIPPED, n->skipped }, { CF_PASS, n->pass } };

	for (size_t i = 0; i < 4; i++)
		osci_buf_addf(b, "<span id=\"only-%s\"></span>", cf_verdict_name(all[i].v));
	osci_buf_adds(b, "<p class=\"noprint\">Show <a href=\"#part-2\">all</a>");
	for (size_t i = 0; i < 4; i++)
		if (all[i].n)
			osci_buf_addf(b, " \xc2\xb7 <a href=\"#only-%s\">%s (%zu)</a>", cf_verdict_name(all[i].v),
				      cf_verdict_name(all[i].v), all[i].n);
	osci_buf_adds(b, "</p>\n");
}

static void list(struct osci_buf *b, const struct cf_result *r)
{
	static const char *const heads[] = { "Result", "Case", "Title", "Requirement", "Release", "Time", NULL };
	struct cf_counts n = cf_result_counts(r);
	char time[40];

	html_heading(b, 2, "part", 2, "Cases");
	osci_buf_adds(b, "<div>\n");
	filters(b, &n);
	html_table(b, "All cases, in the order of the case files", heads);
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct cf_result_case *c = r->cases[i];

		if (!c)
			continue;
		osci_buf_addf(b, "<tr class=\"row-%s\"><td>", cf_verdict_name(c->verdict));
		cf_page_verdict(b, c->verdict);
		osci_buf_adds(b, c->variant ? "</td><th scope=\"row\">" : "</td><th scope=\"row\" class=\"id\">");
		case_link(b, c, i + 1);
		osci_buf_adds(b, "</th>");
		html_open(b, "td", "wide");
		html_text(b, cf_words_or_dash(c->title));
		for (size_t k = 0, shown = cf_result_again(r, i) ? c->n_switches : 0; k < shown; k++) {
			osci_buf_adds(b, k ? ", " : "<br>");
			html_element(b, "code", "quiet", cf_words_or_dash(c->switches[k].name));
			osci_buf_adds(b, " = ");
			html_element(b, "code", "quiet", cf_words_or_dash(c->switches[k].value));
		}
		html_close(b, "td");
		html_element(b, "td", "id", cf_words_or_dash(c->requirement));
		html_element(b, "td", NULL, cf_words_or_dash(c->release));
		html_element(b, "td", "n", cf_words_duration(c->real_ms, time));
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
	osci_buf_adds(b, "</div>\n");
}

static void annex(struct osci_buf *b, const struct cf_result *r)
{
	html_heading(b, 2, "part", 6, "Annex: each case");
	html_element(b, "p", "quiet", "Times are those of the case clock, Europe/Berlin. Persons, keys and numbers are artificial. "
				      "What passed is folded, and on paper only if it was opened before.");
	for (size_t i = 0; i < r->n_cases; i++)
		if (r->cases[i])
			cf_page_case(b, r->cases[i], i + 1);
}

int cf_render_html(struct osci_buf *b, const struct cf_result *r)
{
	char title[128];
	int rc;

	snprintf(title, sizeof(title), "XAusl\xc3\xa4nder%s%.40s: protocol of the acceptance test", r->release ? " " : "",
		 r->release ? r->release : "");
	html_begin(b, title, "Exchange between immigration offices and the BAMF on integration courses (InGe).");
	banner(b, r);
	facts(b, r);
	contents(b);
	problems(b, r);
	list(b, r);
	rc = cf_page_matrix(b, r);
	cf_page_origin(b, r);
	cf_page_signatures(b, r);
	annex(b, r);
	html_end(b);
	return rc ? rc : osci_buf_error(b);
}

int cf_report_render(struct osci_buf *out, const struct cf_result *r, enum cf_report_format format)
{
	switch (format) {
	case CF_REPORT_TEXT:
		return cf_render_text(out, r);
	case CF_REPORT_JSON:
		return cf_result_to_json(out, r);
	case CF_REPORT_JUNIT:
		return cf_render_junit(out, r);
	default:
		return cf_render_html(out, r);
	}
}
