/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_show - a comparison for people: text and page
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/compare.h"
#include "report/html.h"
#include "report/words.h"

/* In this order; the first three make the comparison "worse". */
static const struct {
	const char *change, *text, *class;
} changes[] = {
	{ "worse", "no longer passes", "tag bad" },
	{ "new-failed", "new, and does not pass", "tag bad" },
	{ "gone", "passed before, not in the new run", "tag bad" },
	{ "fixed", "passes now", "tag good" },
	{ "new", "new", "tag plain" },
	{ "dropped", "not in the new run", "tag plain" },
	{ "other", "another verdict", "tag warn" },
	{ "timeline", "other messages", "tag warn" },
};
#define N_CHANGES (sizeof(changes) / sizeof(changes[0]))

static const char *get(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static size_t find_change(const json_t *c)
{
	const char *change = get(c, "change");

	for (size_t i = 0; change && i < N_CHANGES; i++)
		if (!strcmp(changes[i].change, change))
			return i;
	return N_CHANGES - 1;
}

/* "070004, 070003"; "nothing" for an empty or missing list. */
static void words(struct osci_buf *b, const json_t *list)
{
	const json_t *w;
	size_t i;

	json_array_foreach(list, i, w)
		osci_buf_addf(b, "%s%s", i ? ", " : "", json_string_value(w) ? json_string_value(w) : "");
	if (!json_array_size(list))
		osci_buf_adds(b, "nothing");
}

static void line(struct osci_buf *b, const char *text)
{
	osci_escape_line(b, text, strlen(text));
}

static void sides(struct osci_buf *b, const json_t *comparison)
{
	static const char *const names[] = { "old", "new" };
	char time[40];

	for (size_t i = 0; i < 2; i++) {
		const json_t *s = json_object_get(comparison, names[i]);

		osci_buf_addf(b, "%s: %lld cases, release ", names[i], json_integer_value(json_object_get(s, "cases")));
		line(b, cf_words_or_dash(get(s, "release")));
		osci_buf_adds(b, ", ");
		line(b, cf_words_or_dash(get(s, "subject")));
		osci_buf_addf(b, ", %s\n", cf_words_real_time(json_integer_value(json_object_get(s, "started")), time));
	}
}

static void sum(struct osci_buf *b, const json_t *comparison)
{
	const json_t *counts = json_object_get(comparison, "counts");

	osci_buf_addf(b, "%lld the same", json_integer_value(json_object_get(counts, "same")));
	for (size_t i = 0; i < N_CHANGES; i++)
		if (json_object_get(counts, changes[i].change))
			osci_buf_addf(b, "; %lld %s", json_integer_value(json_object_get(counts, changes[i].change)),
				      changes[i].text);
}

static void case_text(struct osci_buf *b, const json_t *c)
{
	const json_t *ways = json_object_get(c, "messages"), *w;
	size_t i;

	osci_buf_addf(b, "%s: ", changes[find_change(c)].text);
	line(b, cf_words_or_dash(get(c, "case")));
	if (get(c, "old") && get(c, "new") && strcmp(get(c, "old"), get(c, "new")))
		osci_buf_addf(b, " (%s, was %s)", get(c, "new"), get(c, "old"));
	if (get(c, "title")) {
		osci_buf_adds(b, "  ");
		line(b, get(c, "title"));
	}
	osci_buf_addc(b, '\n');
	if (get(c, "reason")) {
		osci_buf_adds(b, "    ");
		line(b, get(c, "reason"));
		osci_buf_addc(b, '\n');
	}
	json_array_foreach(ways, i, w) {
		_cleanup_buf_ struct osci_buf t = OSCI_BUF_INIT(1u << 20);

		osci_buf_addf(&t, "%s: was ", cf_words_or_dash(get(w, "way")));
		words(&t, json_object_get(w, "old"));
		osci_buf_adds(&t, "; is ");
		words(&t, json_object_get(w, "new"));
		osci_buf_adds(b, "    ");
		line(b, t.data ? (const char *)t.data : "");
		osci_buf_addc(b, '\n');
	}
}

static void timing_text(struct osci_buf *b, const json_t *timing)
{
	const json_t *slower = json_object_get(timing, "slower"), *c;
	char a[40], z[40];
	size_t i;

	if (!timing)
		return;
	osci_buf_addf(b, "whole run: %s, was %s\n",
		      cf_words_duration((uint64_t)json_integer_value(json_object_get(timing, "new_ms")), z),
		      cf_words_duration((uint64_t)json_integer_value(json_object_get(timing, "old_ms")), a));
	json_array_foreach(slower, i, c) {
		osci_buf_adds(b, "slower: ");
		line(b, cf_words_or_dash(get(c, "case")));
		osci_buf_addf(b, " %s, was %s\n",
			      cf_words_duration((uint64_t)json_integer_value(json_object_get(c, "new_ms")), z),
			      cf_words_duration((uint64_t)json_integer_value(json_object_get(c, "old_ms")), a));
	}
}

void cf_comparison_text(struct osci_buf *b, const json_t *comparison)
{
	_cleanup_buf_ struct osci_buf head = OSCI_BUF_INIT(1u << 16);
	const json_t *cases = json_object_get(comparison, "cases"), *list = json_object_get(comparison, "artifacts"), *c;
	size_t i;

	json_array_foreach(list, i, c) {
		osci_buf_adds(b, "differs: ");
		line(b, cf_words_or_dash(get(c, "name")));
		osci_buf_addc(b, '\n');
	}
	for (size_t k = 0; k < N_CHANGES; k++)
		json_array_foreach(cases, i, c)
			if (find_change(c) == k)
				case_text(b, c);
	timing_text(b, json_object_get(comparison, "timing"));
	sides(&head, comparison);
	osci_buf_adds(b, head.data ? (const char *)head.data : "");
	sum(b, comparison);
	osci_buf_addf(b, "\n%s\n", cf_words_or_dash(get(comparison, "verdict")));
}

static void case_row(struct osci_buf *b, const json_t *c)
{
	const json_t *ways = json_object_get(c, "messages"), *w;
	size_t i, k = find_change(c);

	osci_buf_adds(b, "<tr><td>");
	html_element(b, "span", changes[k].class, changes[k].text);
	osci_buf_adds(b, "</td>");
	html_element(b, "th", NULL, cf_words_or_dash(get(c, "case")));
	html_open(b, "td", "wide");
	html_text(b, cf_words_or_dash(get(c, "title")));
	if (get(c, "reason")) {
		osci_buf_adds(b, "<br>");
		html_element(b, "span", "quiet", get(c, "reason"));
	}
	html_close(b, "td");
	html_element(b, "td", NULL, cf_words_or_dash(get(c, "old")));
	html_element(b, "td", NULL, cf_words_or_dash(get(c, "new")));
	html_open(b, "td", "wide");
	json_array_foreach(ways, i, w) {
		_cleanup_buf_ struct osci_buf was = OSCI_BUF_INIT(1u << 20), is = OSCI_BUF_INIT(1u << 20);

		words(&was, json_object_get(w, "old"));
		words(&is, json_object_get(w, "new"));
		html_element(b, "b", NULL, cf_words_or_dash(get(w, "way")));
		osci_buf_adds(b, "<br>was ");
		html_element(b, "code", NULL, was.data ? (const char *)was.data : "");
		osci_buf_adds(b, "<br>is ");
		html_element(b, "code", NULL, is.data ? (const char *)is.data : "");
		osci_buf_adds(b, "<br>");
	}
	html_close(b, "td");
	osci_buf_adds(b, "</tr>\n");
}

static void artifacts_table(struct osci_buf *b, const json_t *list)
{
	static const char *const heads[] = { "Name", "SHA-256 in the old run", "SHA-256 in the new run", NULL };
	const json_t *a;
	size_t i;

	html_heading(b, 2, "part", 2, "What the runs were made with, and differs");
	if (!json_array_size(list)) {
		html_element(b, "p", NULL, "Nothing, or one side does not say.");
		return;
	}
	html_table(b, "Checksums that differ", heads);
	json_array_foreach(list, i, a) {
		osci_buf_adds(b, "<tr>");
		html_element(b, "th", NULL, cf_words_or_dash(get(a, "name")));
		html_element(b, "td", "wide", cf_words_or_dash(get(a, "old")));
		html_element(b, "td", "wide", cf_words_or_dash(get(a, "new")));
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

void cf_comparison_html(struct osci_buf *b, const json_t *comparison)
{
	static const char *const heads[] = { "Change", "Case", "Title", "Old", "New", "Messages", NULL };
	_cleanup_buf_ struct osci_buf t = OSCI_BUF_INIT(1u << 20);
	const json_t *cases = json_object_get(comparison, "cases"), *c;
	const char *verdict = cf_words_or_dash(get(comparison, "verdict"));
	size_t i;

	html_begin(b, "Comparison of two runs of the acceptance test", NULL);
	html_open(b, "div", strcmp(verdict, "worse") ? "banner good" : "banner bad");
	html_element(b, "strong", NULL, verdict);
	sum(&t, comparison);
	html_text(b, t.data ? (const char *)t.data : "");
	html_close(b, "div");
	osci_buf_reset(&t);
	sides(&t, comparison);
	html_element(b, "pre", NULL, t.data ? (const char *)t.data : "");
	html_heading(b, 2, "part", 1, "Cases that changed");
	if (json_array_size(cases)) {
		html_table(b, "Cases that changed, worst first", heads);
		for (size_t k = 0; k < N_CHANGES; k++)
			json_array_foreach(cases, i, c)
				if (find_change(c) == k)
					case_row(b, c);
		html_table_end(b);
	} else {
		html_element(b, "p", NULL, "None: the same verdicts by the same messages.");
	}
	artifacts_table(b, json_object_get(comparison, "artifacts"));
	html_heading(b, 2, "part", 3, "Time");
	osci_buf_reset(&t);
	timing_text(&t, json_object_get(comparison, "timing"));
	html_element(b, "pre", NULL, t.data && t.len ? (const char *)t.data : "not known");
	html_end(b);
}
