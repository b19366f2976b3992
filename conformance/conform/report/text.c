/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text - a run for the terminal: a line for each case as it ends, then the sum with all that did not pass
 *
 * Texts are escaped, so that no title can move the cursor.  What passed is not repeated at the end.
 */
#include <string.h>

#include "base/text.h"
#include "report/forms.h"
#include "report/report.h"
#include "report/requirements.h"
#include "report/words.h"

#define SHOWN_MAX 8 /* failures of one case: a bulk has hundreds, and they are alike */

/* As one line; a text of several lines shows where they end. */
static void line(struct osci_buf *b, const char *text)
{
	osci_escape_line(b, text, strlen(text));
}

static void head(struct osci_buf *b, const struct cf_result_case *c)
{
	char name[CF_RESULT_NAME_MAX], time[40];

	osci_buf_addf(b, "%-11s ", cf_verdict_name(c->verdict));
	line(b, cf_result_case_name(c, name, sizeof(name)));
	osci_buf_adds(b, "  ");
	line(b, cf_words_or_dash(c->title));
	osci_buf_addf(b, " (%s)\n", cf_words_duration(c->real_ms, time));
	if (*cf_words_reason(c)) {
		osci_buf_adds(b, "            ");
		line(b, cf_words_reason(c));
		osci_buf_addc(b, '\n');
	}
}

void cf_report_progress(FILE *to, const struct cf_result_case *c, size_t done, size_t total)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1u << 20);

	osci_buf_addf(&b, "[%3zu/%zu] ", done, total);
	head(&b, c);
	if (b.data)
		fwrite(b.data, 1, b.len, to);
	fflush(to);
}

static void labelled(struct osci_buf *b, const char *label, const char *text)
{
	osci_buf_addf(b, "    %-9s ", label);
	line(b, text);
	osci_buf_addc(b, '\n');
}

static void failure(struct osci_buf *b, const struct cf_result_failure *f)
{
	char time[40];

	osci_buf_adds(b, "  step ");
	line(b, cf_words_or_dash(f->path));
	if (f->line)
		osci_buf_addf(b, ", line %u", f->line);
	if (f->case_ms)
		osci_buf_addf(b, ", %s", cf_words_case_time(f->case_ms, time));
	if (f->field) {
		osci_buf_adds(b, ", ");
		line(b, f->field);
	}
	osci_buf_addc(b, '\n');
	if (f->text)
		labelled(b, "what", f->text);
	if (f->expected)
		labelled(b, "expected", f->expected);
	if (f->expected || f->seen)
		labelled(b, "seen", f->seen ? f->seen : "nothing");
}

static void problem(struct osci_buf *b, const struct cf_result_case *c)
{
	osci_buf_addc(b, '\n');
	head(b, c);
	if (c->file) {
		osci_buf_adds(b, "  ");
		line(b, c->file);
		osci_buf_addf(b, ", line %u\n", c->line);
	}
	for (size_t i = 0; i < c->n_failures && i < SHOWN_MAX; i++)
		failure(b, &c->failures[i]);
	if (c->n_failures > SHOWN_MAX)
		osci_buf_addf(b, "  %zu failures more: see report.html\n", c->n_failures - SHOWN_MAX);
	for (size_t i = 0; i < c->n_checks; i++)
		if (c->checks[i].verdict == CF_FAIL || c->checks[i].verdict == CF_SETUP_ERROR) {
			osci_buf_addf(b, "  standing check %u: ", c->checks[i].number);
			line(b, cf_words_or_dash(c->checks[i].text ? c->checks[i].text : c->checks[i].what));
			osci_buf_addc(b, '\n');
		}
}

static int matrix(struct osci_buf *b, const struct cf_result *r)
{
	_cleanup_(cf_matrix_clear) struct cf_matrix m = { 0 };
	char words[200];
	int rc = cf_matrix_make(&m, r);

	if (rc)
		return rc;
	osci_buf_addf(b, "\n%s\n", cf_matrix_words(&m, words));
	for (size_t i = 0; i < m.n_rows; i++) {
		enum cf_cover cover = cf_matrix_cover(&m.rows[i]);

		if (cover == CF_COVER_SHOWN)
			continue;
		osci_buf_addf(b, "  %-19s ", cf_cover_text(cover));
		line(b, m.rows[i].id);
		osci_buf_addc(b, '\n');
	}
	return 0;
}

int cf_render_text(struct osci_buf *b, const struct cf_result *r)
{
	struct cf_counts n = cf_result_counts(r);
	char text[256];
	int rc;

	for (size_t i = 0; i < r->n_cases; i++)
		if (!r->cases[i])
			osci_buf_adds(b, "\nsetup-error  there is no result of a case that was to run\n");
		else if (r->cases[i]->verdict != CF_PASS)
			problem(b, r->cases[i]);
	rc = r->n_requirements ? matrix(b, r) : 0;
	osci_buf_adds(b, "\nrelease ");
	line(b, r->release ? r->release : "as each case says");
	osci_buf_addf(b, ", %s to ", cf_words_real_time(r->started_ms, text));
	osci_buf_addf(b, "%s\n", cf_words_real_time(r->ended_ms, text));
	if (r->trouble) {
		osci_buf_adds(b, "trouble: ");
		line(b, r->trouble);
		osci_buf_addc(b, '\n');
	}
	osci_buf_addf(b, "%s\n", cf_words_counts(&n, text));
	osci_buf_addf(b, "%s: %s\n", cf_run_verdict_text(cf_result_verdict(r)), cf_words_verdict(r, text));
	return rc ? rc : osci_buf_error(b);
}
