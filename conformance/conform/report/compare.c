/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare - two outlines side by side
 */
#include <errno.h>
#include <string.h>

#include "report/compare.h"

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool passed(const json_t *c)
{
	return !strcmp(text(c, "result"), "pass");
}

static bool skipped(const json_t *c)
{
	return !strcmp(text(c, "result"), "skipped");
}

/* What the comparison looks at. */
struct pair {
	const json_t *old, *new;
	bool releases; /* they are for two */
	json_t *cases, *counts;
};

/* Where a failed case failed first.  Nothing is said of a side that does not know. */
static bool elsewhere(const json_t *old, const json_t *new)
{
	const json_t *a = json_array_get(json_object_get(old, "failures"), 0);
	const json_t *b = json_array_get(json_object_get(new, "failures"), 0);

	return a && b && (strcmp(text(a, "step"), text(b, "step")) != 0 || strcmp(text(a, "field"), text(b, "field")) != 0);
}

/* NULL: nothing changed. */
static const char *change_of(const struct pair *p, const json_t *old, const json_t *new)
{
	if (!new && json_is_true(json_object_get(p->new, "part")))
		return "not-run";
	if (!old && json_is_true(json_object_get(p->old, "part")))
		return "not-run";
	if (!old || (p->releases && skipped(old) && !skipped(new)))
		return passed(new) || skipped(new) ? "new" : "new-failed";
	if (!new)
		return passed(old) ? "gone" : "dropped";
	if (strcmp(text(old, "result"), text(new, "result")) != 0) {
		if (passed(old))
			return p->releases && skipped(new) ? "left-out" : "worse";
		return passed(new) ? "fixed" : "other";
	}
	if (elsewhere(old, new))
		return "elsewhere";
	return json_equal(json_object_get(old, "messages"), json_object_get(new, "messages")) ? NULL : "timeline";
}

static int add_way(json_t *to, const char *way, json_t *old, json_t *new)
{
	if (old && new && json_equal(old, new))
		return 0;
	return json_array_append_new(to, json_pack("{s:s, s:O*, s:O*}", "way", way, "old", old, "new", new));
}

/* Ways on which the messages differ. */
static json_t *ways_of(const json_t *old, const json_t *new)
{
	json_t *a = json_object_get(old, "messages"), *b = json_object_get(new, "messages"), *list;
	json_auto_t *ways = json_array();
	const char *way;

	json_object_foreach(a, way, list)
		if (add_way(ways, way, list, json_object_get(b, way)))
			return NULL;
	json_object_foreach(b, way, list)
		if (!json_object_get(a, way) && add_way(ways, way, NULL, list))
			return NULL;
	return json_incref(ways);
}

static int count(json_t *counts, const char *what)
{
	return json_object_set_new(counts, what, json_integer(json_integer_value(json_object_get(counts, what)) + 1));
}

static int compare_case(const struct pair *p, const char *name, const json_t *old, const json_t *new)
{
	const char *change = change_of(p, old, new);
	const json_t *failed = new && !passed(new) ? new : old;
	json_t *ways = NULL;

	if (count(p->counts, change ? change : "same"))
		return -1;
	if (!change || !strcmp(change, "not-run"))
		return 0;
	if (old && new && !skipped(old) && !skipped(new)) {
		ways = ways_of(old, new);
		if (!ways)
			return -1;
	}
	return json_array_append_new(p->cases, json_pack("{s:s, s:s, s:O*, s:O*, s:O*, s:O*, s:O*, s:o*}", "case", name, "change",
							 change, "old", json_object_get(old, "result"), "new",
							 json_object_get(new, "result"), "title",
							 json_object_get(new ? new : old, "title"), "reason",
							 json_object_get(failed, "reason"), "failures",
							 json_object_get(failed, "failures"), "messages", ways));
}

static int compare_cases(const struct pair *p)
{
	json_t *a = json_object_get(p->old, "cases"), *b = json_object_get(p->new, "cases"), *c;
	const char *name;

	json_object_foreach(b, name, c)
		if (compare_case(p, name, json_object_get(a, name), c))
			return -1;
	json_object_foreach(a, name, c)
		if (!json_object_get(b, name) && compare_case(p, name, c, NULL))
			return -1;
	return 0;
}

/* Checksums that are not the same, of what is named on both sides or on one. */
static int compare_artifacts(json_t *to, const json_t *old, const json_t *new)
{
	json_t *a = json_object_get(old, "artifacts"), *b = json_object_get(new, "artifacts"), *sum;
	const char *name;

	if (!a || !b)
		return 0;
	json_object_foreach(a, name, sum)
		if (!json_equal(sum, json_object_get(b, name)) &&
		    json_array_append_new(to, json_pack("{s:s, s:O, s:O*}", "name", name, "old", sum, "new",
							json_object_get(b, name))))
			return -1;
	json_object_foreach(b, name, sum)
		if (!json_object_get(a, name) && json_array_append_new(to, json_pack("{s:s, s:O}", "name", name, "new", sum)))
			return -1;
	return 0;
}

static json_t *timing(const json_t *old, const json_t *new)
{
	json_auto_t *j = json_pack("{s:O, s:O, s:[]}", "old_ms", json_object_get(old, "ms"), "new_ms", json_object_get(new, "ms"),
				   "slower");
	json_t *c;
	const char *name;

	json_object_foreach(json_object_get(new, "cases"), name, c) {
		const json_t *before = json_object_get(json_object_get(old, "cases"), name);
		json_int_t a = json_integer_value(json_object_get(before, "ms")), b = json_integer_value(json_object_get(c, "ms"));

		if (before && b >= 2 * a && b - a >= CF_SLOWER_MS &&
		    json_array_append_new(json_object_get(j, "slower"),
					  json_pack("{s:s, s:I, s:I}", "case", name, "old_ms", a, "new_ms", b)))
			return NULL;
	}
	return json_incref(j);
}

/* What is told of a run, or of a baseline, which knows no more than its release. */
static json_t *side(const json_t *o)
{
	json_t *cases = json_object_get(o, "cases"), *c;
	json_int_t n = 0;
	const char *name;

	json_object_foreach(cases, name, c)
		n += passed(c);
	return json_pack("{s:O*, s:O*, s:O*, s:O*, s:O*, s:I, s:I}", "format", json_object_get(o, "format"), "release",
			 json_object_get(o, "release"), "subject", json_object_get(o, "subject"), "started",
			 json_object_get(o, "started"), "part", json_object_get(o, "part"), "cases",
			 (json_int_t)json_object_size(cases), "passed", n);
}

static const char *verdict_of(const json_t *counts)
{
	if (json_object_get(counts, "worse") || json_object_get(counts, "new-failed") || json_object_get(counts, "gone"))
		return "worse";
	return json_object_get(counts, "fixed") ? "better" : "same";
}

json_t *cf_compare(const json_t *old, const json_t *new)
{
	json_auto_t *j = json_pack("{s:s, s:o, s:o, s:{}, s:[], s:[]}", "format", CF_COMPARISON_FORMAT, "old", side(old), "new",
				   side(new), "counts", "artifacts", "cases");
	const char *before = text(old, "release"), *after = text(new, "release");
	json_t *counts = json_object_get(j, "counts");
	struct pair p = { old, new, *before && *after && strcmp(before, after) != 0, json_object_get(j, "cases"), counts };

	if (!j || compare_cases(&p) ||
	    compare_artifacts(json_object_get(j, "artifacts"), old, new))
		return NULL;
	if (json_object_get(old, "ms") && json_object_get(new, "ms") && json_object_set_new(j, "timing", timing(old, new)))
		return NULL;
	if (json_object_set_new(j, "verdict", json_string(verdict_of(counts))))
		return NULL;
	return json_incref(j);
}

int cf_comparison_worse(const json_t *comparison)
{
	return strcmp(text(comparison, "verdict"), "worse") ? 0 : 1;
}

static int append(const char *data, size_t len, void *ctx)
{
	osci_buf_add(ctx, data, len);
	return osci_buf_error(ctx) ? -1 : 0;
}

int cf_comparison_render(struct osci_buf *b, const json_t *comparison, enum cf_comparison_format format)
{
	switch (format) {
	case CF_COMPARISON_TEXT:
		cf_comparison_text(b, comparison);
		break;
	case CF_COMPARISON_HTML:
		cf_comparison_html(b, comparison);
		break;
	case CF_COMPARISON_JSON:
		if (json_dump_callback(comparison, append, b, JSON_INDENT(1)) && !osci_buf_error(b))
			return -ENOMEM;
		osci_buf_addc(b, '\n');
		break;
	}
	return osci_buf_error(b);
}
