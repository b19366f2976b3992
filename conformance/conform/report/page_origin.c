/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_origin - parts of the page around the cases: requirements, versions and checksums, lines for signatures
 */
#include <stdlib.h>

#include "report/html.h"
#include "report/forms.h"
#include "report/requirements.h"
#include "report/words.h"

/* Place of the case on the page: the annex counts from 1. */
static size_t number_of(const struct cf_result *r, const struct cf_result_case *c)
{
	for (size_t i = 0; i < r->n_cases; i++)
		if (r->cases[i] == c)
			return i + 1;
	return 0;
}

static void row(struct osci_buf *b, const struct cf_result *r, const struct cf_matrix_row *m)
{
	static const char *const classes[] = { "tag good", "tag bad", "tag warn", "tag warn", "tag bad" };
	enum cf_cover cover = cf_matrix_cover(m);
	char name[CF_RESULT_NAME_MAX];

	osci_buf_adds(b, "<tr>");
	html_element(b, "th", "id", m->id);
	html_element(b, "td", "wide", m->requirement ? cf_words_or_dash(m->requirement->what) : "not in the list of requirements");
	html_open(b, "td", "wide");
	if (m->requirement) {
		html_text(b, cf_words_or_dash(m->requirement->source));
		osci_buf_adds(b, ", ");
		html_text(b, cf_words_or_dash(m->requirement->section));
	}
	html_close(b, "td");
	html_open(b, "td", "wide");
	for (size_t i = 0; i < m->n_cases; i++) {
		osci_buf_adds(b, i ? ", " : "");
		html_link(b, "case", number_of(r, m->cases[i]), cf_result_case_name(m->cases[i], name, sizeof(name)));
		if (m->cases[i]->verdict != CF_PASS)
			osci_buf_addf(b, " (%s)", cf_verdict_name(m->cases[i]->verdict));
	}
	html_close(b, "td");
	html_open(b, "td", NULL);
	html_element(b, "span", classes[cover], cf_cover_text(cover));
	html_close(b, "td");
	osci_buf_adds(b, "</tr>\n");
}

int cf_page_matrix(struct osci_buf *b, const struct cf_result *r)
{
	static const char *const heads[] = { "Requirement", "What", "Source", "Cases", "Result", NULL };
	_cleanup_(cf_matrix_clear) struct cf_matrix m = { 0 };
	char words[200];
	int rc = cf_matrix_make(&m, r);

	if (rc)
		return rc;
	html_heading(b, 2, "part", 3, "Requirements");
	if (!m.n_rows) {
		html_element(b, "p", NULL, "The run was made without a list of requirements, and no case names one.");
		return 0;
	}
	osci_buf_addf(b, "<p>%s.</p>\n", cf_matrix_words(&m, words));
	if (m.covers[CF_COVER_NO_CASE]) {
		osci_buf_adds(b, "<p>Without a case:");
		for (size_t i = 0; i < m.n_rows; i++)
			if (cf_matrix_cover(&m.rows[i]) == CF_COVER_NO_CASE) {
				osci_buf_addc(b, ' ');
				html_element(b, "code", NULL, m.rows[i].id);
			}
		osci_buf_adds(b, "</p>\n");
	}
	html_table(b, "Requirements, the cases that show them, and the result", heads);
	for (size_t i = 0; i < m.n_rows; i++)
		row(b, r, &m.rows[i]);
	html_table_end(b);
	return 0;
}

void cf_page_origin(struct osci_buf *b, const struct cf_result *r)
{
	static const char *const heads[] = { "Kind", "Name", "Version", "SHA-256", NULL };
	static const char *const settings[] = { "Setting", "Value", NULL };

	html_heading(b, 2, "part", 4, "Versions and checksums");
	html_table(b, "Everything that took part", heads);
	for (size_t i = 0; i < r->n_artifacts; i++) {
		const struct cf_result_artifact *a = &r->artifacts[i];

		osci_buf_adds(b, "<tr>");
		html_element(b, "td", NULL, cf_artifact_kind_name(a->kind));
		html_element(b, "th", "id", cf_words_or_dash(a->name));
		html_element(b, "td", NULL, cf_words_or_dash(a->version));
		html_open(b, "td", "wide");
		html_element(b, "code", NULL, a->sha256[0] ? a->sha256 : "not known");
		html_close(b, "td");
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
	if (!r->n_settings)
		return;
	html_table(b, "Settings of the run", settings);
	for (size_t i = 0; i < r->n_settings; i++) {
		osci_buf_adds(b, "<tr>");
		html_element(b, "th", NULL, cf_words_or_dash(r->settings[i].name));
		html_element(b, "td", "wide", cf_words_or_dash(r->settings[i].value));
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void blank(struct osci_buf *b, const char *label, const char *value)
{
	html_open(b, "p", NULL);
	html_text(b, label);
	osci_buf_adds(b, ": ");
	html_text(b, value ? value : "");
	html_close(b, "p");
}

void cf_page_signatures(struct osci_buf *b, const struct cf_result *r)
{
	html_heading(b, 2, "part", 5, "Signatures");
	html_element(b, "p", "quiet", "This page stands for the run only together with the files beside it: SHA256SUMS names their "
				      "checksums, SHA256SUMS.p7s, if it is there, signs them.");
	osci_buf_adds(b, "<div class=\"sign\">\n<div>");
	blank(b, "Place, date", r->place);
	blank(b, "Carried out by", r->operator_name);
	blank(b, "Signature", NULL);
	osci_buf_adds(b, "</div>\n<div>");
	blank(b, "Place, date", NULL);
	blank(b, "Seen by", NULL);
	blank(b, "Signature", NULL);
	osci_buf_adds(b, "</div>\n</div>\n");
}
