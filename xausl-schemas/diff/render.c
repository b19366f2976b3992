/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render - differences as text and JSON
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "diff/model.h"
#include "diff/render.h"

static const struct {
	const char *text, *json;
} kinds[] = {
	[XAUSL_DIFF_RELEASE] = { "release", "release" },
	[XAUSL_DIFF_MESSAGE] = { "message", "message" },
	[XAUSL_DIFF_ELEMENT] = { "element", "element" },
	[XAUSL_DIFF_FIELD] = { "field", "field" },
	[XAUSL_DIFF_LIST] = { "code list", "code_list" },
	[XAUSL_DIFF_CODE] = { "code", "code" },
	[XAUSL_DIFF_RULE] = { "rule", "rule" },
	[XAUSL_DIFF_CHARACTERS] = { "characters", "characters" },
};
static const char *const changes[] = { "new", "gone", "changed", "moved" };

const char *diff_kind_name(enum xausl_diff_kind kind)
{
	return kinds[kind].text;
}

const char *diff_kind_json(enum xausl_diff_kind kind)
{
	return kinds[kind].json;
}

const char *diff_change_name(enum xausl_diff_change change)
{
	return changes[change];
}

static bool is_attribute(const struct xausl_difference *d)
{
	const char *cut = strrchr(d->place, '/');

	return d->kind == XAUSL_DIFF_ELEMENT && (cut ? cut[1] : d->place[0]) == '@';
}

void diff_thing(struct osci_buf *b, const struct xausl_difference *d)
{
	if (d->kind == XAUSL_DIFF_RELEASE && d->place[0])
		osci_buf_adds(b, "namespace");
	else if (is_attribute(d))
		osci_buf_adds(b, "attribute");
	else if (d->kind == XAUSL_DIFF_ELEMENT && !d->place[0])
		osci_buf_adds(b, "root element");
	else
		osci_buf_adds(b, diff_kind_name(d->kind));
	osci_buf_addf(b, "%s%s", d->place[0] ? " " : "", d->place);
}

#define SHOWN_MAX 160u /* octets of a value: patterns are long; JSON has them whole */

/* A value in one line. */
static void value(struct osci_buf *b, const char *s)
{
	size_t n = strlen(s), len = n <= SHOWN_MAX ? n : SHOWN_MAX;

	while (len < n && len && ((unsigned char)s[len] & 0xC0) == 0x80)
		len--; /* not within a character */
	for (size_t i = 0; i < len; i++)
		osci_buf_addc(b, (unsigned char)s[i] < 0x20 ? ' ' : s[i]);
	if (len < n)
		osci_buf_adds(b, " ...");
}

void diff_how(struct osci_buf *b, const struct xausl_difference *d)
{
	const char *summary = d->change == XAUSL_DIFF_NEW ? d->to : d->from;

	if (d->change == XAUSL_DIFF_MOVED && !d->property[0]) {
		osci_buf_addf(b, "moved here from %s", d->from);
	} else if (!d->property[0]) {
		osci_buf_addf(b, "%s%s", changes[d->change], summary[0] ? " (" : "");
		value(b, summary);
		osci_buf_adds(b, summary[0] ? ")" : "");
	} else if (diff_is_set(d->property) && (!d->from[0] || !d->to[0])) {
		osci_buf_addf(b, "%s: %s ", d->property, d->from[0] ? "gone" : "new");
		value(b, d->from[0] ? d->from : d->to);
	} else {
		osci_buf_addf(b, "%s: ", d->property);
		value(b, d->from[0] ? d->from : "none");
		osci_buf_adds(b, " -> ");
		value(b, d->to[0] ? d->to : "none");
	}
}

/* The kinds that stand below one heading. */
static enum xausl_diff_kind heading(const struct xausl_difference *d)
{
	return d->kind == XAUSL_DIFF_FIELD ? XAUSL_DIFF_ELEMENT : d->kind == XAUSL_DIFF_CODE ? XAUSL_DIFF_LIST : d->kind;
}

static const char *list_of(const struct xausl_difference *d)
{
	return d->owner[0] ? d->owner : d->place;
}

bool diff_same_group(const struct xausl_difference *a, const struct xausl_difference *b)
{
	if (heading(a) != heading(b))
		return false;
	if (heading(a) == XAUSL_DIFF_LIST)
		return !strcmp(list_of(a), list_of(b));
	if (heading(a) != XAUSL_DIFF_ELEMENT)
		return true;
	if (a->n_messages != b->n_messages)
		return false;
	for (size_t i = 0; i < a->n_messages; i++)
		if (strcmp(a->messages[i], b->messages[i]) != 0)
			return false;
	return true;
}

void diff_group(struct osci_buf *b, const struct xausl_difference *d)
{
	switch (d->kind) {
	case XAUSL_DIFF_ELEMENT:
	case XAUSL_DIFF_FIELD:
		osci_buf_adds(b, d->n_messages == 1 ? "message " : "messages ");
		for (size_t i = 0; i < d->n_messages; i++)
			osci_buf_addf(b, "%s%s", i ? ", " : "", d->messages[i]);
		break;
	case XAUSL_DIFF_LIST:
	case XAUSL_DIFF_CODE:
		osci_buf_addf(b, "code list %s", list_of(d));
		break;
	case XAUSL_DIFF_RELEASE: osci_buf_adds(b, "release"); break;
	case XAUSL_DIFF_MESSAGE: osci_buf_adds(b, "messages"); break;
	case XAUSL_DIFF_RULE: osci_buf_adds(b, "rules"); break;
	case XAUSL_DIFF_CHARACTERS: osci_buf_adds(b, "characters"); break;
	}
}

void diff_text(struct osci_buf *b, const struct xausl_diff *d)
{
	static const char marks[] = "+-~>";

	osci_buf_addf(b, "%s -> %s: %zu difference%s\n", d->from, d->to, d->n, d->n == 1 ? "" : "s");
	if (d->schema_only)
		osci_buf_adds(b, "one of the two is an official package: rules, fields, authors and answers are not compared\n");
	for (size_t i = 0; i < d->n; i++) {
		const struct xausl_difference *one = &d->list[i];

		if (!i || !diff_same_group(&d->list[i - 1], one)) {
			osci_buf_addc(b, '\n');
			diff_group(b, one);
			osci_buf_addc(b, '\n');
		}
		osci_buf_addf(b, "  %c ", marks[one->change]);
		diff_thing(b, one);
		osci_buf_adds(b, ": ");
		diff_how(b, one);
		osci_buf_addc(b, '\n');
	}
}

static json_t *as_json(const struct xausl_difference *d)
{
	json_t *messages = json_array(), *o;

	for (size_t i = 0; i < d->n_messages; i++)
		json_array_append_new(messages, json_string(d->messages[i]));
	o = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s}", "kind", diff_kind_json(d->kind), "change",
		      changes[d->change], "messages", messages, "list", d->owner, "place", d->place, "property", d->property,
		      "from", d->from, "to", d->to);
	if (o && json_array_size(messages) != d->n_messages) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static int append(const char *text, size_t len, void *ud)
{
	osci_buf_add(ud, text, len);
	return 0;
}

int diff_json(struct osci_buf *b, const struct xausl_diff *d)
{
	json_t *list = json_array(), *all;

	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(list, as_json(&d->list[i]));
	if (!list || json_array_size(list) != d->n) {
		json_decref(list);
		return -ENOMEM;
	}
	all = json_pack("{s:s, s:s, s:b, s:o}", "from", d->from, "to", d->to, "schema_only", d->schema_only, "differences",
			list);
	if (!all || json_dump_callback(all, append, b, JSON_INDENT(1))) {
		json_decref(all);
		return -ENOMEM;
	}
	json_decref(all);
	osci_buf_addc(b, '\n');
	return 0;
}

int xausl_diff_render(char **ret, size_t *ret_len, enum xausl_report_format format, const struct xausl_diff *d,
		      struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_RENDERED_MAX);
	int r = 0;

	switch (format) {
	case XAUSL_REPORT_TEXT: diff_text(&b, d); break;
	case XAUSL_REPORT_JSON: r = diff_json(&b, d); break;
	case XAUSL_REPORT_HTML: diff_html(&b, d); break;
	default: return osci_fail(err, OSCI_E_USAGE, NULL, "format", "text, json or html expected");
	}
	r = osci_buf_error(&b) ? osci_buf_error(&b) : r;
	if (!r && !(*ret = osci_buf_take(&b, ret_len)))
		r = -ENOMEM;
	return r ? osci_fail(err, r, NULL, "diff", "out of memory, or too much to be shown") : 0;
}
