/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render - reports as text and JSON, and the way to all forms
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "base/text.h"
#include "report/render.h"

bool render_valid(const struct xausl_report_item *item)
{
	return item->report && item->report->verdict == XAUSL_VALID;
}

bool render_invalid(const struct xausl_report_item *item)
{
	return item->report && item->report->verdict == XAUSL_INVALID;
}

const char *render_verdict(const struct xausl_report_item *item)
{
	return render_valid(item) ? "valid" : render_invalid(item) ? "invalid" : "not checked";
}

const char *render_level(const struct xausl_finding *f)
{
	static const char *const levels[] = { "error", "warning", "hint" };

	return levels[f->level];
}

/* --- text ------------------------------------------------------------- */

static void line(struct osci_buf *b, const char *s)
{
	osci_escape_line(b, s, strlen(s));
}

void render_text(struct osci_buf *b, const struct xausl_report_item *item)
{
	const struct xausl_report *r = item->report;

	if (!r || r->verdict != XAUSL_INVALID) {
		line(b, item->name);
		osci_buf_addf(b, ": %s", render_verdict(item));
		if (r && r->release[0])
			osci_buf_addf(b, " (%s, %s)", r->release, r->message[0] ? r->message : "no message of it");
		if (!r && item->trouble) {
			osci_buf_adds(b, ": ");
			line(b, item->trouble);
		}
		osci_buf_addc(b, '\n');
	}
	for (size_t i = 0; r && i < r->n_findings; i++) {
		const struct xausl_finding *f = &r->findings[i];

		line(b, item->name);
		osci_buf_addf(b, ":%u: %s %s: %s: ", f->line ? f->line : 1, render_level(f), f->id,
			      f->path[0] ? f->path : "document");
		line(b, f->what);
		if (f->expected[0]) {
			osci_buf_adds(b, ", expected: ");
			line(b, f->expected);
		}
		if (f->value_class[0])
			osci_buf_addf(b, ", found: %s", f->value_class);
		if (f->value) {
			osci_buf_adds(b, ", value: ");
			line(b, f->value);
		}
		osci_buf_addc(b, '\n');
	}
	if (r && r->n_dropped) {
		line(b, item->name);
		osci_buf_addf(b, ": %zu more findings not shown\n", r->n_dropped);
	}
}

/* --- JSON ------------------------------------------------------------- */

/* A file name that is no UTF-8 cannot stand in JSON. */
static json_t *name_of(const char *s)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(65536);
	json_t *name = json_string(s);

	if (name)
		return name;
	osci_escape_line(&b, s, strlen(s));
	return osci_buf_error(&b) || !b.data ? NULL : json_string((const char *)b.data);
}

static json_t *finding(const struct xausl_finding *f)
{
	return json_pack("{ss ss ss ss si si ss ss ss ss ss*}", "id", f->id, "level", render_level(f), "layer", f->layer,
			 "path", f->path, "line", (int)f->line, "column", (int)f->column, "what", f->what, "expected",
			 f->expected, "standard_code", f->standard_code, "value_class", f->value_class, "value", f->value);
}

int render_json(struct osci_buf *b, const struct xausl_report_item *item)
{
	const struct xausl_report *r = item->report;
	json_t *list = json_array(), *all, *name = name_of(item->name);
	int bad = !list || !name;
	char *text;

	for (size_t i = 0; r && !bad && i < r->n_findings; i++)
		bad = json_array_append_new(list, finding(&r->findings[i]));
	all = json_pack("{s:o, ss, ss, ss, ss, ss*, sI, s:o}", "file", name, "verdict", render_verdict(item), "release",
			r ? r->release : "", "message", r ? r->message : "", "number", r ? r->number : "", "trouble",
			r ? NULL : item->trouble, "findings_not_shown", (json_int_t)(r ? r->n_dropped : 0), "findings", list);
	text = all && !bad ? json_dumps(all, JSON_COMPACT) : NULL;
	if (text) {
		osci_buf_adds(b, text);
		osci_buf_addc(b, '\n');
	}
	json_decref(all);
	if (!text)
		return -ENOMEM;
	free(text);
	return 0;
}

/* --- all -------------------------------------------------------------- */

int xausl_report_format_parse(enum xausl_report_format *ret, const char *name)
{
	static const char *const names[] = { "text", "json", "junit", "html" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name)) {
			*ret = (enum xausl_report_format)i;
			return 0;
		}
	return OSCI_E_USAGE;
}

int xausl_report_render(char **ret, size_t *ret_len, enum xausl_report_format format, const struct xausl_report_item *items,
			size_t n, const char *when, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_RENDERED_MAX);
	int r = 0;

	if (format == XAUSL_REPORT_JUNIT)
		render_junit(&b, items, n, when);
	else if (format == XAUSL_REPORT_HTML)
		render_html(&b, items, n, when);
	else
		for (size_t i = 0; !r && i < n; i++)
			if (format == XAUSL_REPORT_JSON)
				r = render_json(&b, &items[i]);
			else
				render_text(&b, &items[i]);
	if (!r)
		r = osci_buf_error(&b);
	if (r)
		return osci_fail(err, r, NULL, "report", r < 0 ? "out of memory" : "report larger than the limit");
	*ret = osci_buf_take(&b, ret_len);
	return *ret ? 0 : osci_fail(err, -ENOMEM, NULL, "report", "out of memory");
}
