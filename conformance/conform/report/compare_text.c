/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_text - a comparison for the terminal: what differs, worst first, and at the end the sum and the verdict
 *
 * Texts are escaped, so that no title can move the cursor.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/compare_show.h"
#include "report/words.h"

const struct cf_change cf_changes[] = {
	{ "worse", "no longer passes", "tag bad" },
	{ "new-failed", "new, and does not pass", "tag bad" },
	{ "gone", "passed before, not in the new run", "tag bad" },
	{ "other", "another verdict", "tag warn" },
	{ "elsewhere", "fails at another step", "tag warn" },
	{ "timeline", "other messages", "tag warn" },
	{ "left-out", "passed before, not for the new release", "tag plain" },
	{ "dropped", "not in the new run", "tag plain" },
	{ "new", "new", "tag plain" },
	{ "fixed", "passes now", "tag good" },
};
const size_t cf_n_changes = sizeof(cf_changes) / sizeof(cf_changes[0]);

const char *cf_get(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

size_t cf_change_find(const json_t *c)
{
	const char *change = cf_get(c, "change");

	for (size_t i = 0; change && i < cf_n_changes; i++)
		if (!strcmp(cf_changes[i].change, change))
			return i;
	return cf_n_changes - 1;
}

json_int_t cf_change_count(const json_t *comparison, const char *change)
{
	return json_integer_value(json_object_get(json_object_get(comparison, "counts"), change));
}

void cf_change_sum(struct osci_buf *b, const json_t *comparison)
{
	for (size_t i = 0; i < cf_n_changes; i++)
		if (cf_change_count(comparison, cf_changes[i].change))
			osci_buf_addf(b, "%s: %lld; ", cf_changes[i].text, cf_change_count(comparison, cf_changes[i].change));
	osci_buf_addf(b, "the same: %lld", cf_change_count(comparison, "same"));
	if (cf_change_count(comparison, "not-run"))
		osci_buf_addf(b, "; not compared, for only a part of the book was run: %lld",
			      cf_change_count(comparison, "not-run"));
}

void cf_way_words(struct osci_buf *b, const json_t *list)
{
	const json_t *w;
	size_t i;

	json_array_foreach(list, i, w)
		osci_buf_addf(b, "%s%s", i ? ", " : "", json_string_value(w) ? json_string_value(w) : "");
	if (!json_array_size(list))
		osci_buf_adds(b, "nothing");
}

const char *cf_comparison_note(const json_t *comparison)
{
	const char *old = cf_get(json_object_get(comparison, "old"), "format");

	if (old && !strcmp(old, CF_BASELINE_FORMAT) &&
	    (cf_change_count(comparison, "new") || cf_change_count(comparison, "new-failed") ||
	     cf_change_count(comparison, "gone") || cf_change_count(comparison, "dropped")))
		return "The baseline is that of another version of the book: if that is meant, write it anew.";
	return NULL;
}

static void line(struct osci_buf *b, const char *text)
{
	osci_escape_line(b, text, strlen(text));
}

static void labelled(struct osci_buf *b, const char *label, const char *text)
{
	osci_buf_addf(b, "        %-9s ", label);
	line(b, text);
	osci_buf_addc(b, '\n');
}

static void failure(struct osci_buf *b, const json_t *f, bool was)
{
	osci_buf_addf(b, "    %sstep ", was ? "failed at " : "");
	line(b, cf_words_or_dash(cf_get(f, "step")));
	if (json_integer_value(json_object_get(f, "line")))
		osci_buf_addf(b, ", line %lld", json_integer_value(json_object_get(f, "line")));
	if (cf_get(f, "field")) {
		osci_buf_adds(b, ", ");
		line(b, cf_get(f, "field"));
	}
	osci_buf_addc(b, '\n');
	if (cf_get(f, "text"))
		labelled(b, "what", cf_get(f, "text"));
	if (cf_get(f, "expected"))
		labelled(b, "expected", cf_get(f, "expected"));
	if (cf_get(f, "expected") || cf_get(f, "seen"))
		labelled(b, "seen", cf_get(f, "seen") ? cf_get(f, "seen") : "nothing");
}

static void way(struct osci_buf *b, const json_t *w)
{
	_cleanup_buf_ struct osci_buf t = OSCI_BUF_INIT(1u << 20);

	osci_buf_addf(&t, "%s: was ", cf_words_or_dash(cf_get(w, "way")));
	cf_way_words(&t, json_object_get(w, "old"));
	osci_buf_adds(&t, "; is ");
	cf_way_words(&t, json_object_get(w, "new"));
	osci_buf_adds(b, "    ");
	line(b, t.data ? (const char *)t.data : "");
	osci_buf_addc(b, '\n');
}

static void one(struct osci_buf *b, const json_t *c)
{
	const json_t *failures = json_object_get(c, "failures"), *x;
	const char *old = cf_get(c, "old"), *new = cf_get(c, "new");
	size_t i;

	osci_buf_addf(b, "%s: ", cf_changes[cf_change_find(c)].text);
	line(b, cf_words_or_dash(cf_get(c, "case")));
	if (old && new && strcmp(old, new) != 0)
		osci_buf_addf(b, " (%s, was %s)", new, old);
	if (cf_get(c, "title")) {
		osci_buf_adds(b, "  ");
		line(b, cf_get(c, "title"));
	}
	osci_buf_addc(b, '\n');
	json_array_foreach(failures, i, x)
		failure(b, x, new && !strcmp(new, "pass"));
	if (!json_array_size(failures) && cf_get(c, "reason")) {
		osci_buf_adds(b, "    ");
		line(b, cf_get(c, "reason"));
		osci_buf_addc(b, '\n');
	}
	json_array_foreach(json_object_get(c, "messages"), i, x)
		way(b, x);
}

static void timing(struct osci_buf *b, const json_t *timing)
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
		line(b, cf_words_or_dash(cf_get(c, "case")));
		osci_buf_addf(b, " %s, was %s\n",
			      cf_words_duration((uint64_t)json_integer_value(json_object_get(c, "new_ms")), z),
			      cf_words_duration((uint64_t)json_integer_value(json_object_get(c, "old_ms")), a));
	}
}

static void artifact(struct osci_buf *b, const json_t *a)
{
	const char *old = cf_get(a, "old"), *new = cf_get(a, "new");

	osci_buf_adds(b, "differs: ");
	line(b, cf_words_or_dash(cf_get(a, "name")));
	osci_buf_adds(b, old && new ? "" : old ? " (not in the new run)" : " (not in the old run)");
	if (old && new)
		osci_buf_addf(b, " (SHA-256 %.12s, was %.12s)", new, old);
	osci_buf_addc(b, '\n');
}

static void side(struct osci_buf *b, const json_t *comparison, const char *name)
{
	const json_t *s = json_object_get(comparison, name);
	bool baseline = cf_get(s, "format");
	char time[40];

	osci_buf_addf(b, "%s: %s%lld cases, %lld passed, release ", name, baseline ? "baseline, " : "",
		      json_integer_value(json_object_get(s, "cases")), json_integer_value(json_object_get(s, "passed")));
	line(b, cf_get(s, "release") ? cf_get(s, "release") : "as each case says");
	if (cf_get(s, "subject")) {
		osci_buf_adds(b, ", ");
		line(b, cf_get(s, "subject"));
	}
	if (!baseline)
		osci_buf_addf(b, ", %s", cf_words_real_time(json_integer_value(json_object_get(s, "started")), time));
	osci_buf_addc(b, '\n');
}

void cf_comparison_text(struct osci_buf *b, const json_t *comparison)
{
	const json_t *cases = json_object_get(comparison, "cases"), *x;
	size_t i;

	for (size_t k = 0; k < cf_n_changes; k++)
		json_array_foreach(cases, i, x)
			if (cf_change_find(x) == k)
				one(b, x);
	json_array_foreach(json_object_get(comparison, "artifacts"), i, x)
		artifact(b, x);
	timing(b, json_object_get(comparison, "timing"));
	side(b, comparison, "old");
	side(b, comparison, "new");
	if (cf_comparison_note(comparison))
		osci_buf_addf(b, "%s\n", cf_comparison_note(comparison));
	cf_change_sum(b, comparison);
	osci_buf_addf(b, "\n%s\n", cf_words_or_dash(cf_get(comparison, "verdict")));
}
