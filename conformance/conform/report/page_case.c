/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_case - one case on the page: what failed, expected against seen, messages in order, steps, checks, logs
 */
#include <stdio.h>
#include <string.h>

#include "report/html.h"
#include "report/forms.h"
#include "report/words.h"

static void code(struct osci_buf *b, const char *class, const char *text, const char *otherwise)
{
	html_open(b, "td", class);
	if (text)
		html_element(b, "code", NULL, text);
	else
		html_element(b, "em", NULL, otherwise);
	html_close(b, "td");
}

static void time_cell(struct osci_buf *b, int64_t ms)
{
	char time[40];

	html_element(b, "td", "id", cf_words_case_time(ms, time));
}

static void line_cell(struct osci_buf *b, unsigned line)
{
	osci_buf_adds(b, "<td class=\"n\">");
	if (line)
		osci_buf_addf(b, "%u", line);
	osci_buf_adds(b, "</td>");
}

/* What the step at @path was about: a reader of the failure need not look for it below. */
static void step_of(struct osci_buf *b, const struct cf_result_case *c, const char *path)
{
	for (size_t i = 0; path && i < c->n_steps; i++) {
		const struct cf_result_step *s = &c->steps[i];

		if (!s->path || strcmp(s->path, path) || !s->kind)
			continue;
		html_open(b, "span", "quiet");
		html_element(b, "code", NULL, s->kind);
		osci_buf_addc(b, ' ');
		html_text(b, s->what ? s->what : "");
		html_close(b, "span");
		osci_buf_adds(b, "<br>");
		return;
	}
}

static void failures(struct osci_buf *b, const struct cf_result_case *c)
{
	static const char *const heads[] = { "Step", "Line", "What", "Expected", "Seen", "Case time", NULL };

	char caption[CF_RESULT_NAME_MAX + 64];

	if (!c->n_failures)
		return;
	snprintf(caption, sizeof(caption), c->file ? "Expected and seen; lines are those of %.200s" : "Expected and seen",
		 c->file);
	html_table(b, caption, heads);
	for (size_t i = 0; i < c->n_failures; i++) {
		const struct cf_result_failure *f = &c->failures[i];

		osci_buf_adds(b, "<tr>");
		html_element(b, "th", NULL, cf_words_or_dash(f->path));
		line_cell(b, f->line);
		html_open(b, "td", "wide");
		step_of(b, c, f->path);
		if (f->field)
			html_element(b, "code", NULL, f->field);
		if (f->field && f->text)
			osci_buf_adds(b, "<br>");
		html_text(b, f->text ? f->text : "");
		html_close(b, "td");
		code(b, "wide good", f->expected, "see the text");
		code(b, "wide bad", f->seen, "nothing");
		time_cell(b, f->case_ms);
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void messages(struct osci_buf *b, const struct cf_result_case *c)
{
	static const char *const heads[] = { "Case time", "From", "To", "Message or outcome", "Label", "Release", "UUID", NULL };

	if (!c->n_messages)
		return;
	html_table(b, "Messages and outcomes", heads);
	for (size_t i = 0; i < c->n_messages; i++) {
		const struct cf_result_message *m = &c->messages[i];

		osci_buf_adds(b, "<tr>");
		time_cell(b, m->case_ms);
		html_element(b, "td", "id", cf_words_or_dash(m->from));
		html_open(b, "td", "id");
		osci_buf_adds(b, "\xe2\x86\x92 ");
		html_text(b, cf_words_or_dash(m->to));
		html_close(b, "td");
		html_open(b, "td", "wide");
		html_element(b, "b", NULL, cf_words_or_dash(m->what));
		if (cf_words_message(m->what)) {
			osci_buf_addc(b, ' ');
			html_german(b, cf_words_message(m->what));
		}
		html_close(b, "td");
		html_element(b, "td", NULL, cf_words_or_dash(m->label));
		html_element(b, "td", NULL, cf_words_or_dash(m->release));
		code(b, "wide quiet", m->uuid, CF_DASH);
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void steps(struct osci_buf *b, const struct cf_result_case *c)
{
	static const char *const heads[] = { "Step", "Line", "Kind", "What", "State", "Case time", NULL };

	if (!c->n_steps)
		return;
	html_table(b, "Steps", heads);
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct cf_result_step *s = &c->steps[i];
		bool bad = s->state == CF_STEP_FAILED || s->state == CF_STEP_ERROR;

		osci_buf_adds(b, "<tr>");
		html_element(b, "th", NULL, cf_words_or_dash(s->path));
		line_cell(b, s->line);
		code(b, NULL, s->kind, CF_DASH);
		html_element(b, "td", "wide", cf_words_or_dash(s->what));
		html_open(b, "td", NULL);
		html_element(b, "span", bad ? "tag bad" : s->state == CF_STEP_DONE ? "good" : "quiet",
			     cf_step_state_name(s->state));
		html_close(b, "td");
		time_cell(b, s->case_ms);
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void checks(struct osci_buf *b, const struct cf_result_case *c)
{
	static const char *const heads[] = { "No.", "What", "Result", "Remark", NULL };

	if (!c->n_checks)
		return;
	html_table(b, "Standing checks", heads);
	for (size_t i = 0; i < c->n_checks; i++) {
		osci_buf_addf(b, "<tr><td class=\"n\">%u</td>", c->checks[i].number);
		html_element(b, "td", "wide", cf_words_or_dash(c->checks[i].what));
		osci_buf_adds(b, "<td>");
		cf_page_verdict(b, c->checks[i].verdict);
		osci_buf_adds(b, "</td>");
		html_element(b, "td", "wide", c->checks[i].text ? c->checks[i].text : "");
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void origin(struct osci_buf *b, const struct cf_result_case *c)
{
	char time[40], line[32] = "";

	if (c->line)
		snprintf(line, sizeof(line), ", line %u", c->line);
	html_open(b, "p", "quiet");
	html_text(b, cf_words_or_dash(c->requirement));
	if (c->requirement_what) {
		osci_buf_adds(b, ": ");
		html_text(b, c->requirement_what);
	}
	osci_buf_adds(b, ". Source: ");
	html_text(b, cf_words_or_dash(c->source));
	if (c->file) {
		osci_buf_adds(b, ", ");
		html_text(b, c->file);
		html_text(b, line);
	}
	osci_buf_adds(b, ". Case clock ");
	html_text(b, cf_words_case_time(c->clock_ms, time));
	osci_buf_adds(b, " to ");
	html_text(b, cf_words_case_time(c->clock_end_ms, time));
	osci_buf_addc(b, '.');
	for (size_t i = 0; i < c->n_switches; i++) {
		osci_buf_adds(b, i ? ", " : " Open switches: ");
		html_text(b, cf_words_or_dash(c->switches[i].name));
		osci_buf_adds(b, " = ");
		html_text(b, cf_words_or_dash(c->switches[i].value));
	}
	html_close(b, "p");
	osci_buf_addc(b, '\n');
	if (c->open) {
		html_open(b, "p", "quiet");
		osci_buf_adds(b, "Left open by the sources: ");
		html_text(b, c->open);
		html_close(b, "p");
	}
}

static void logs(struct osci_buf *b, const struct cf_result_case *c)
{
	for (size_t i = 0; i < c->n_logs; i++) {
		html_open(b, "p", "quiet");
		osci_buf_adds(b, "Last lines of ");
		html_text(b, cf_words_or_dash(c->logs[i].program));
		osci_buf_addc(b, ':');
		html_close(b, "p");
		html_element(b, "pre", NULL, c->logs[i].text ? c->logs[i].text : "");
	}
}

void cf_page_case(struct osci_buf *b, const struct cf_result_case *c, size_t number)
{
	char heading[2 * CF_RESULT_NAME_MAX], name[CF_RESULT_NAME_MAX];

	cf_result_case_name(c, name, sizeof(name));
	osci_buf_addf(b, "\n<section aria-labelledby=\"case-%zu\">", number);
	if (c->title && strlen(c->title) < CF_RESULT_NAME_MAX) {
		snprintf(heading, sizeof(heading), "%s %s", name, c->title);
		html_heading(b, 3, "case", number, heading);
	} else {
		html_heading(b, 3, "case", number, name);
	}
	osci_buf_adds(b, "<p>");
	cf_page_verdict(b, c->verdict);
	osci_buf_addc(b, ' ');
	html_text(b, cf_words_reason(c));
	osci_buf_adds(b, "</p>\n");
	failures(b, c);
	osci_buf_adds(b, c->verdict == CF_PASS || c->verdict == CF_SKIPPED ? "<details>" : "<details open>");
	osci_buf_adds(b, "<summary>Messages, steps, checks</summary>\n");
	origin(b, c);
	messages(b, c);
	steps(b, c);
	checks(b, c);
	logs(b, c);
	if (c->dropped)
		osci_buf_addf(b, "<p>%zu entries more are not shown.</p>\n", c->dropped);
	osci_buf_adds(b, "</details></section>\n");
}
