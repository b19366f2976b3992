/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page - a report as an HTML page: the sum, a table of all messages, then the findings of each
 */
#include <stdio.h>

#include "report/html.h"
#include "report/render.h"

static const char *verdict_class(const struct xausl_report_item *item)
{
	return render_valid(item) ? "tag good" : render_invalid(item) ? "tag bad" : "tag warn";
}

static const char *level_class(const struct xausl_finding *f)
{
	return f->level == XAUSL_ERROR ? "tag bad" : f->level == XAUSL_WARNING ? "tag warn" : "tag plain";
}

static void number(struct osci_buf *b, size_t n)
{
	osci_buf_addf(b, "<td class=\"n\">%zu</td>", n);
}

static void overview(struct osci_buf *b, const struct xausl_report_item *items, size_t n)
{
	static const char *const heads[] = { "File", "Verdict", "Release", "Message", "Errors", "Warnings and hints", NULL };

	html_table(b, "All messages", heads);
	for (size_t i = 0; i < n; i++) {
		const struct xausl_report *r = items[i].report;

		osci_buf_adds(b, "<tr><th scope=\"row\" class=\"wide\">");
		if (r && !r->n_findings)
			html_text(b, items[i].name);
		else
			html_link(b, "message", i + 1, items[i].name);
		osci_buf_adds(b, "</th><td>");
		html_element(b, "span", verdict_class(&items[i]), render_verdict(&items[i]));
		osci_buf_adds(b, "</td>");
		html_element(b, "td", NULL, r && r->release[0] ? r->release : "\xe2\x80\x93");
		html_open(b, "td", "wide");
		html_german(b, r && r->message[0] ? r->message : "\xe2\x80\x93");
		html_close(b, "td");
		number(b, r ? r->n_errors : 0);
		number(b, r ? r->n_findings - r->n_errors : 0);
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void code(struct osci_buf *b, const char *text)
{
	html_open(b, "td", NULL);
	if (text[0])
		html_element(b, "code", NULL, text);
	html_close(b, "td");
}

static void finding(struct osci_buf *b, const struct xausl_finding *f)
{
	osci_buf_adds(b, "<tr><td>");
	html_element(b, "span", level_class(f), render_level(f));
	osci_buf_adds(b, "</td>");
	osci_buf_addf(b, "<td class=\"n\">");
	if (f->line)
		osci_buf_addf(b, "%u", f->line);
	osci_buf_adds(b, "</td><td class=\"wide\">");
	html_element(b, "div", NULL, f->what);
	html_element(b, "code", "quiet", f->path[0] ? f->path : "document");
	osci_buf_adds(b, "</td>");
	html_element(b, "td", "wide", f->expected);
	html_open(b, "td", "wide");
	html_text(b, f->value_class);
	if (f->value) {
		osci_buf_adds(b, "<br>");
		html_element(b, "code", NULL, f->value);
	}
	html_close(b, "td");
	code(b, f->id);
	code(b, f->standard_code);
	osci_buf_adds(b, "</tr>\n");
}

static void details(struct osci_buf *b, const struct xausl_report_item *item, size_t i)
{
	static const char *const heads[] = { "Level", "Line", "What is wrong, and where", "Expected", "Found", "Finding", "Code",
					     NULL };
	const struct xausl_report *r = item->report;

	if (r && !r->n_findings)
		return;
	html_heading(b, 2, "message", i, item->name);
	osci_buf_adds(b, "<p>");
	html_element(b, "span", verdict_class(item), render_verdict(item));
	if (r && r->release[0])
		osci_buf_addf(b, " release %s", r->release);
	osci_buf_adds(b, "</p>\n");
	if (!r) {
		html_element(b, "p", NULL, item->trouble ? item->trouble : "could not be read");
		return;
	}
	html_table(b, "Findings", heads);
	for (size_t k = 0; k < r->n_findings; k++)
		finding(b, &r->findings[k]);
	html_table_end(b);
	if (r->n_dropped)
		osci_buf_addf(b, "<p>%zu more findings are not shown.</p>\n", r->n_dropped);
}

void render_html(struct osci_buf *b, const struct xausl_report_item *items, size_t n, const char *when)
{
	size_t valid = 0, invalid = 0;
	bool values = false;
	char lead[256];

	for (size_t i = 0; i < n; i++) {
		valid += render_valid(&items[i]);
		invalid += render_invalid(&items[i]);
		for (size_t k = 0; items[i].report && k < items[i].report->n_findings; k++)
			values = values || items[i].report->findings[k].value;
	}
	snprintf(lead, sizeof(lead), "%zu message%s checked: %zu valid, %zu invalid, %zu not checked.", n, n == 1 ? "" : "s",
		 valid, invalid, n - valid - invalid);
	html_begin(b, "XAusl\xc3\xa4nder: check of messages", lead);
	if (when) {
		osci_buf_adds(b, "<p class=\"quiet\">Checked as of ");
		html_text(b, when);
		osci_buf_adds(b, "</p>\n");
	}
	if (values)
		html_element(b, "p", "bad", "This page shows values of the messages: personal data.");
	overview(b, items, n);
	for (size_t i = 0; i < n; i++)
		details(b, &items[i], i + 1);
	osci_buf_adds(b, "<p class=\"quiet\">Codes are those of the list ");
	html_german(b, "Fehlercodes-in-XInneres");
	osci_buf_adds(b, ", with which a ");
	html_german(b, "R\xc3\xbc" "ckweisung");
	osci_buf_adds(b, " would name the error. Warnings and hints leave the verdict alone.</p>\n");
	html_end(b);
}
