/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_page - a comparison as a page that stands alone: the verdict, the two runs side by side, how many cases changed
 * and how with links to them, the cases worst first, what the runs were made with, and time
 *
 * Each case is a block of its own, so that a narrow screen shows all of it below one another.  The same comparison gives
 * the same octets.
 */
#include <stdio.h>
#include <string.h>

#include "report/compare_show.h"
#include "report/html.h"
#include "report/words.h"

static void or_dash(struct osci_buf *b, const char *tag, const char *class, const char *text)
{
	html_element(b, tag, class, cf_words_or_dash(text));
}

static void number(struct osci_buf *b, json_int_t n)
{
	osci_buf_addf(b, "<td class=\"n\">%lld</td>", n);
}

/* --- the head ------------------------------------------------------------------- */

static void banner(struct osci_buf *b, const json_t *comparison)
{
	_cleanup_buf_ struct osci_buf t = OSCI_BUF_INIT(1u << 16);
	const char *verdict = cf_words_or_dash(cf_get(comparison, "verdict"));

	html_open(b, "div", strcmp(verdict, "worse") ? "banner good" : "banner bad");
	html_element(b, "strong", NULL, verdict);
	cf_change_sum(&t, comparison);
	html_text(b, t.data ? (const char *)t.data : "");
	osci_buf_addc(b, '.');
	html_close(b, "div");
	if (cf_comparison_note(comparison))
		html_element(b, "p", "warn", cf_comparison_note(comparison));
}

static void artifact_cell(struct osci_buf *b, const json_t *comparison, const char *name, const char *side)
{
	const json_t *list = json_object_get(comparison, "artifacts"), *a;
	size_t i;

	json_array_foreach(list, i, a)
		if (cf_get(a, "name") && !strcmp(cf_get(a, "name"), name)) {
			char sum[16];

			snprintf(sum, sizeof(sum), "%.12s", cf_words_or_dash(cf_get(a, side)));
			html_open(b, "td", NULL);
			html_element(b, "code", NULL, sum);
			html_close(b, "td");
			return;
		}
	html_element(b, "td", "quiet", "the same");
}

static const char *side_text(const json_t *s, size_t row, char text[40])
{
	bool baseline = cf_get(s, "format");

	switch (row) {
	case 0:
		return cf_get(s, "release") ? cf_get(s, "release") : "as each case says";
	case 1:
		return baseline ? "baseline of the release" : cf_get(s, "subject");
	case 2:
		return cf_words_real_time(json_integer_value(json_object_get(s, "started")), text);
	case 3:
		snprintf(text, 40, "%lld", json_integer_value(json_object_get(s, "cases")));
		return text;
	default:
		snprintf(text, 40, "%lld", json_integer_value(json_object_get(s, "passed")));
		return text;
	}
}

static void sides(struct osci_buf *b, const json_t *comparison)
{
	static const char *const heads[] = { "", "Old", "New", NULL }, *const names[] = { "old", "new" };
	static const char *const rows[] = { "Release", "Tested", "Began", "Cases", "Passed" };
	char text[40];

	html_table(b, "The two runs", heads);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		osci_buf_adds(b, "<tr>");
		html_element(b, "th", NULL, rows[row]);
		for (size_t i = 0; i < 2; i++)
			or_dash(b, "td", NULL, side_text(json_object_get(comparison, names[i]), row, text));
		osci_buf_adds(b, "</tr>\n");
	}
	if (!cf_get(json_object_get(comparison, "old"), "format")) {
		osci_buf_adds(b, "<tr>");
		html_element(b, "th", NULL, "Gateway, SHA-256");
		for (size_t i = 0; i < 2; i++)
			artifact_cell(b, comparison, "xausl-gatewayd", names[i]);
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void summary(struct osci_buf *b, const json_t *comparison)
{
	static const char *const heads[] = { "Change", "Cases", NULL };

	html_table(b, "What became of the cases, worst first", heads);
	for (size_t k = 0; k < cf_n_changes; k++) {
		json_int_t n = cf_change_count(comparison, cf_changes[k].change);

		if (!n)
			continue;
		osci_buf_adds(b, "<tr><td>");
		html_open(b, "span", cf_changes[k].class);
		html_link(b, "change", k, cf_changes[k].text);
		html_close(b, "span");
		osci_buf_adds(b, "</td>");
		number(b, n);
		osci_buf_adds(b, "</tr>\n");
	}
	osci_buf_adds(b, "<tr><td>the same verdict by the same messages</td>");
	number(b, cf_change_count(comparison, "same"));
	osci_buf_adds(b, "</tr>\n");
	if (cf_change_count(comparison, "not-run")) {
		osci_buf_adds(b, "<tr><td>not compared: only a part of the book was run</td>");
		number(b, cf_change_count(comparison, "not-run"));
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

/* --- a case ---------------------------------------------------------------------- */

static void entry(struct osci_buf *b, const char *name, const char *value)
{
	html_element(b, "dt", NULL, name);
	html_open(b, "dd", NULL);
	html_element(b, "code", NULL, value);
	html_close(b, "dd");
}

static void failure(struct osci_buf *b, const json_t *f, bool was)
{
	const char *field = cf_get(f, "field"), *expected = cf_get(f, "expected"), *seen = cf_get(f, "seen");
	json_int_t line = json_integer_value(json_object_get(f, "line"));

	html_open(b, "p", NULL);
	osci_buf_adds(b, was ? "Failed at step " : "Step ");
	or_dash(b, "b", NULL, cf_get(f, "step"));
	if (line)
		osci_buf_addf(b, ", line %lld", line);
	osci_buf_adds(b, ": ");
	html_text(b, cf_words_or_dash(cf_get(f, "text")));
	html_close(b, "p");
	html_open(b, "dl", NULL);
	if (field)
		entry(b, "Field", field);
	if (expected)
		entry(b, "Expected", expected);
	if (expected || seen)
		entry(b, "Seen", seen ? seen : "nothing");
	html_close(b, "dl");
}

static void ways(struct osci_buf *b, const json_t *list)
{
	static const char *const names[] = { "old", "new" }, *const words[] = { "was ", "<br>is " };
	const json_t *w;
	size_t i;

	html_element(b, "p", NULL, "Messages that differ:");
	html_open(b, "dl", NULL);
	json_array_foreach(list, i, w) {
		or_dash(b, "dt", NULL, cf_get(w, "way"));
		html_open(b, "dd", NULL);
		for (size_t k = 0; k < 2; k++) {
			_cleanup_buf_ struct osci_buf t = OSCI_BUF_INIT(1u << 20);

			cf_way_words(&t, json_object_get(w, names[k]));
			osci_buf_adds(b, words[k]);
			html_element(b, "code", NULL, t.data ? (const char *)t.data : "");
		}
		html_close(b, "dd");
	}
	html_close(b, "dl");
}

static void verdicts(struct osci_buf *b, const json_t *c)
{
	const char *old = cf_get(c, "old"), *new = cf_get(c, "new");

	html_open(b, "p", NULL);
	if (old && new && !strcmp(old, new)) {
		osci_buf_adds(b, "Before and now: ");
		html_element(b, "b", NULL, new);
	} else {
		osci_buf_adds(b, "Was ");
		html_element(b, "b", NULL, old ? old : "not there");
		osci_buf_adds(b, ", is ");
		html_element(b, "b", NULL, new ? new : "not there");
	}
	if (!json_array_size(json_object_get(c, "failures")) && cf_get(c, "reason")) {
		osci_buf_adds(b, ": ");
		html_text(b, cf_get(c, "reason"));
	}
	html_close(b, "p");
}

static void block(struct osci_buf *b, const json_t *c, size_t number)
{
	_cleanup_buf_ struct osci_buf head = OSCI_BUF_INIT(1u << 20);
	const char *new = cf_get(c, "new");
	const json_t *f;
	size_t i;

	osci_buf_addf(&head, "%s%s%s", cf_words_or_dash(cf_get(c, "case")), cf_get(c, "title") ? ": " : "",
		      cf_get(c, "title") ? cf_get(c, "title") : "");
	html_heading(b, 3, "case", number, head.data ? (const char *)head.data : "");
	verdicts(b, c);
	json_array_foreach(json_object_get(c, "failures"), i, f)
		failure(b, f, new && !strcmp(new, "pass"));
	if (json_array_size(json_object_get(c, "messages")))
		ways(b, json_object_get(c, "messages"));
}

/* Cases of which nothing but their name is to be said. */
static void rows(struct osci_buf *b, const json_t *cases, size_t change)
{
	static const char *const heads[] = { "Case", "Title", "Old", "New", "Reason", NULL };
	const json_t *c;
	size_t i;

	html_table(b, cf_changes[change].text, heads);
	json_array_foreach(cases, i, c) {
		if (cf_change_find(c) != change)
			continue;
		osci_buf_adds(b, "<tr>");
		or_dash(b, "th", "id", cf_get(c, "case"));
		or_dash(b, "td", "wide", cf_get(c, "title"));
		or_dash(b, "td", "id", cf_get(c, "old"));
		or_dash(b, "td", "id", cf_get(c, "new"));
		or_dash(b, "td", "wide", cf_get(c, "reason"));
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static bool short_ones(size_t change)
{
	static const char *const names[] = { "gone", "dropped", "new", "left-out" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(cf_changes[change].change, names[i]))
			return true;
	return false;
}

static void changed(struct osci_buf *b, const json_t *comparison)
{
	const json_t *cases = json_object_get(comparison, "cases"), *c;
	char head[128];
	size_t i;

	if (!json_array_size(cases))
		html_element(b, "p", NULL, "No case changed.");
	for (size_t k = 0; k < cf_n_changes; k++) {
		json_int_t n = cf_change_count(comparison, cf_changes[k].change);

		if (!n)
			continue;
		snprintf(head, sizeof(head), "%s: %lld", cf_changes[k].text, n);
		html_heading(b, 2, "change", k, head);
		if (short_ones(k)) {
			rows(b, cases, k);
			continue;
		}
		html_open(b, "p", NULL);
		json_array_foreach(cases, i, c)
			if (cf_change_find(c) == k) {
				html_link(b, "case", i, cf_words_or_dash(cf_get(c, "case")));
				osci_buf_addc(b, ' ');
			}
		html_close(b, "p");
		json_array_foreach(cases, i, c)
			if (cf_change_find(c) == k)
				block(b, c, i);
	}
}

/* --- the end ------------------------------------------------------------------------ */

static void artifacts(struct osci_buf *b, const json_t *list)
{
	static const char *const heads[] = { "Name", "SHA-256 in the old run", "SHA-256 in the new run", NULL };
	const json_t *a;
	size_t i;

	html_heading(b, 2, "part", 1, "What the runs were made with, and differs");
	if (!json_array_size(list)) {
		html_element(b, "p", NULL, "Nothing, or one side does not say.");
		return;
	}
	html_table(b, "Checksums that differ", heads);
	json_array_foreach(list, i, a) {
		osci_buf_adds(b, "<tr>");
		or_dash(b, "th", NULL, cf_get(a, "name"));
		or_dash(b, "td", "wide", cf_get(a, "old"));
		or_dash(b, "td", "wide", cf_get(a, "new"));
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

static void times(struct osci_buf *b, const json_t *timing)
{
	static const char *const heads[] = { "Case", "Old", "New", NULL };
	const json_t *slower = json_object_get(timing, "slower"), *c;
	char old[40], new[40], text[160];
	size_t i;

	html_heading(b, 2, "part", 2, "Time");
	if (!timing) {
		html_element(b, "p", NULL, "Not known of a baseline.");
		return;
	}
	cf_words_duration((uint64_t)json_integer_value(json_object_get(timing, "old_ms")), old);
	cf_words_duration((uint64_t)json_integer_value(json_object_get(timing, "new_ms")), new);
	snprintf(text, sizeof(text), "Whole run: was %s, is %s.", old, new);
	html_element(b, "p", NULL, text);
	if (!json_array_size(slower))
		return;
	html_table(b, "Cases that take twice as long, and a second more", heads);
	json_array_foreach(slower, i, c) {
		osci_buf_adds(b, "<tr>");
		or_dash(b, "th", "id", cf_get(c, "case"));
		html_element(b, "td", "n", cf_words_duration((uint64_t)json_integer_value(json_object_get(c, "old_ms")), old));
		html_element(b, "td", "n", cf_words_duration((uint64_t)json_integer_value(json_object_get(c, "new_ms")), new));
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

void cf_comparison_html(struct osci_buf *b, const json_t *comparison)
{
	html_begin(b, "Comparison of two runs of the acceptance test", NULL);
	banner(b, comparison);
	summary(b, comparison);
	sides(b, comparison);
	changed(b, comparison);
	artifacts(b, json_object_get(comparison, "artifacts"));
	times(b, json_object_get(comparison, "timing"));
	html_end(b);
}
