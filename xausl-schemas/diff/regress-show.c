/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regress-show - the outcome of a run: sums, JSON, text, HTML page
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/regress.h"
#include "report/html.h"

/* Kinds of change whose fields stand in the summary, and what they are called there. */
static const struct {
	const char *what, *key, *text;
} sums[] = {
	{ "required", "required", "newly required" },   { "lost", "lost", "lost" },
	{ "code", "codes", "codes that are gone" },     { "value", "values", "values no longer allowed" },
	{ "allowed", "allowed", "no longer demanded or forbidden" },
	{ "meaning", "meaning", "read back as something else" },
};
#define N_SUMS (sizeof(sums) / sizeof(sums[0]))

static const char *member(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

struct xausl_regress_count xausl_regress_count(const struct xausl_regress *g)
{
	struct xausl_regress_count c = { .items = json_array_size(g->files) };
	const json_t *file;
	size_t i;

	json_array_foreach(g->files, i, file) {
		const char *state = member(file, "state");

		c.unchanged += !strcmp(state, "unchanged");
		c.changed += !strcmp(state, "changed");
		c.trouble += !strcmp(state, "trouble");
	}
	return c;
}

/* "channels[2].type" -> "channels[].type": all entries of a list are one field. */
static void plain_name(char out[512], const char *place)
{
	size_t n = 0;

	for (; *place && n < 511; place++) {
		out[n++] = *place;
		if (*place == '[')
			place += strspn(place + 1, "0123456789");
	}
	out[n] = '\0';
}

/* {field: {messages: {number: true}, items: n}} of the changes of one kind; NULL without memory. */
static json_t *fields_of(const struct xausl_regress *g, const char *what)
{
	json_t *all = json_object(), *changes, *change, *file, *one;
	size_t i, k;

	json_array_foreach(g->files, i, file) {
		json_t *seen = json_object();

		changes = json_object_get(file, "changes");
		json_array_foreach(changes, k, change) {
			char name[512];

			if (strcmp(member(change, "what"), what) != 0)
				continue;
			plain_name(name, member(change, "place"));
			one = json_object_get(all, name);
			if (!one && !json_object_set_new(all, name, json_pack("{s:{}, s:i}", "messages", "items", 0)))
				one = json_object_get(all, name);
			if (!one || json_object_set_new(json_object_get(one, "messages"), member(file, "message"), json_true()))
				goto out;
			if (!json_object_get(seen, name))
				json_integer_set(json_object_get(one, "items"),
						 json_integer_value(json_object_get(one, "items")) + 1);
			if (json_object_set_new(seen, name, json_true()))
				goto out;
		}
		json_decref(seen);
		continue;
out:
		json_decref(seen);
		json_decref(all);
		return NULL;
	}
	return all;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted names of the members. */
static const char **keys(const json_t *o)
{
	const char **all = calloc(json_object_size(o) + 1, sizeof(*all)), *key;
	json_t *v;
	size_t n = 0;

	if (!all)
		return NULL;
	json_object_foreach((json_t *)o, key, v)
		all[n++] = key;
	qsort(all, n, sizeof(*all), by_text);
	return all;
}

static json_t *as_list(const json_t *fields)
{
	_cleanup_(osci_freep) const char **names = keys(fields);
	json_t *list = names ? json_array() : NULL;

	for (size_t i = 0; list && names[i]; i++) {
		const json_t *f = json_object_get(fields, names[i]);
		_cleanup_(osci_freep) const char **numbers = keys(json_object_get(f, "messages"));
		json_t *messages = json_array();

		for (size_t k = 0; numbers && numbers[k]; k++)
			json_array_append_new(messages, json_string(numbers[k]));
		if (json_array_append_new(list, json_pack("{s:s, s:o, s:O}", "field", names[i], "messages", messages, "items",
							  json_object_get(f, "items")))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static bool has_change(const json_t *file, const char *what)
{
	const json_t *change;
	size_t i;

	json_array_foreach(json_object_get(file, "changes"), i, change)
		if (!strcmp(member(change, "what"), what))
			return true;
	return false;
}

json_t *regress_summary(const struct xausl_regress *g)
{
	static const char *const counted[] = { "xml", "verdict", "meaning", "finding" };
	struct xausl_regress_count c = xausl_regress_count(g);
	json_t *o = json_pack("{s:I, s:I, s:I, s:I}", "items", (json_int_t)c.items, "unchanged", (json_int_t)c.unchanged,
			      "changed", (json_int_t)c.changed, "trouble", (json_int_t)c.trouble);
	json_t *in = json_object(), *file;
	int bad = !o || !in;

	for (size_t k = 0; k < 4; k++) {
		json_int_t n = 0;
		size_t i;

		json_array_foreach(g->files, i, file)
			n += has_change(file, counted[k]);
		bad |= json_object_set_new(in, counted[k], json_integer(n));
	}
	bad |= json_object_set_new(o, "changed_in", in);
	for (size_t i = 0; i < N_SUMS; i++) {
		json_t *fields = fields_of(g, sums[i].what);

		bad |= !fields || json_object_set_new(o, sums[i].key, as_list(fields));
		json_decref(fields);
	}
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

/* --- text ------------------------------------------------------------------- */

static const char *int_of(const json_t *o, const char *key, char out[32])
{
	snprintf(out, 32, "%lld", (long long)json_integer_value(json_object_get(o, key)));
	return out;
}

static void add_messages(struct osci_buf *b, const json_t *entry)
{
	const json_t *m;
	size_t i;

	json_array_foreach(json_object_get(entry, "messages"), i, m)
		osci_buf_addf(b, "%s%s", i ? ", " : "", json_string_value(m));
}

/* "xml: weitereAngaben/x changed", with the values if they are kept */
static void change_text(struct osci_buf *b, const json_t *c)
{
	const char *place = member(c, "place"), *text = member(c, "text");

	osci_buf_addf(b, "%s: %s%s%s", member(c, "what"), place[0] ? place : "", place[0] ? " " : "", member(c, "change"));
	if (text[0])
		osci_buf_addf(b, " (%s)", text);
	if (json_object_get(c, "from") || json_object_get(c, "to"))
		osci_buf_addf(b, ": %s -> %s", member(c, "from"), member(c, "to"));
}

static void sum_line(struct osci_buf *b, const json_t *s)
{
	char n[4][32];

	osci_buf_addf(b, "%s requests: %s unchanged, %s changed, %s could not be compared", int_of(s, "items", n[0]),
		      int_of(s, "unchanged", n[1]), int_of(s, "changed", n[2]), int_of(s, "trouble", n[3]));
}

static void text(struct osci_buf *b, const struct xausl_regress *g, const json_t *summary)
{
	const json_t *file, *c, *entry;
	char n[4][32];
	size_t i, k;

	json_array_foreach(g->files, i, file) {
		const json_t *verdict = json_object_get(file, "verdict");

		osci_buf_addf(b, "%s", member(file, "file"));
		if (member(file, "message")[0])
			osci_buf_addf(b, " (%s)", member(file, "message"));
		osci_buf_addf(b, ": %s", member(file, "state"));
		if (verdict)
			osci_buf_addf(b, ", %s -> %s", member(verdict, "from"), member(verdict, "to"));
		if (member(file, "trouble")[0])
			osci_buf_addf(b, ": %s", member(file, "trouble"));
		osci_buf_addc(b, '\n');
		json_array_foreach(json_object_get(file, "changes"), k, c) {
			osci_buf_adds(b, "  ");
			change_text(b, c);
			osci_buf_addc(b, '\n');
		}
	}
	osci_buf_addf(b, "\n%s -> %s: ", xausl_release_version(g->from), xausl_release_version(g->to));
	sum_line(b, summary);
	c = json_object_get(summary, "changed_in");
	osci_buf_addf(b, "\nchanged: verdict %s, XML %s, meaning %s, findings %s\n", int_of(c, "verdict", n[0]),
		      int_of(c, "xml", n[1]), int_of(c, "meaning", n[2]), int_of(c, "finding", n[3]));
	for (i = 0; i < N_SUMS; i++)
		json_array_foreach(json_object_get(summary, sums[i].key), k, entry) {
			osci_buf_addf(b, "%s: %s in ", sums[i].text,
				      member(entry, "field")[0] ? member(entry, "field") : "message");
			add_messages(b, entry);
			osci_buf_addc(b, '\n');
		}
}

/* --- page ---------------------------------------------------------------------- */

static const char *state_class(const json_t *file)
{
	const char *state = member(file, "state");

	return !strcmp(state, "unchanged") ? "tag good" : !strcmp(state, "changed") ? "tag warn" : "tag bad";
}

static void page_sums(struct osci_buf *b, const json_t *summary)
{
	static const char *const heads[] = { "What", "Field", "Messages", "Requests", NULL };
	const json_t *entry;
	bool any = false;
	size_t k;

	for (size_t i = 0; i < N_SUMS; i++)
		json_array_foreach(json_object_get(summary, sums[i].key), k, entry) {
			_cleanup_buf_ struct osci_buf messages = OSCI_BUF_INIT(1u << 20);
			char n[32];

			if (!any)
				html_table(b, "Office data", heads);
			any = true;
			add_messages(&messages, entry);
			osci_buf_adds(b, "<tr>");
			html_element(b, "td", NULL, sums[i].text);
			osci_buf_adds(b, "<td>");
			html_element(b, "code", NULL, member(entry, "field")[0] ? member(entry, "field") : "message");
			osci_buf_adds(b, "</td>");
			html_element(b, "td", NULL, messages.data ? (const char *)messages.data : "");
			html_element(b, "td", "n", int_of(entry, "items", n));
			osci_buf_adds(b, "</tr>\n");
		}
	if (any)
		html_table_end(b);
}

static void page_files(struct osci_buf *b, const struct xausl_regress *g)
{
	static const char *const heads[] = { "Request", "Message", "State", "Verdict", "Changes", NULL };
	const json_t *file, *c;
	size_t i, k;

	html_table(b, "All requests", heads);
	json_array_foreach(g->files, i, file) {
		const json_t *verdict = json_object_get(file, "verdict");

		osci_buf_adds(b, "<tr>");
		osci_buf_adds(b, "<th scope=\"row\" class=\"wide\">");
		html_text(b, member(file, "file"));
		osci_buf_adds(b, "</th>");
		html_element(b, "td", NULL, member(file, "message"));
		osci_buf_adds(b, "<td>");
		html_element(b, "span", state_class(file), member(file, "state"));
		osci_buf_adds(b, "</td><td>");
		if (verdict) {
			html_text(b, member(verdict, "from"));
			osci_buf_adds(b, " \xe2\x86\x92 ");
			html_text(b, member(verdict, "to"));
		}
		osci_buf_adds(b, "</td><td class=\"wide\">");
		html_text(b, member(file, "trouble"));
		json_array_foreach(json_object_get(file, "changes"), k, c) {
			_cleanup_buf_ struct osci_buf line = OSCI_BUF_INIT(1u << 20);

			change_text(&line, c);
			html_element(b, "div", NULL, line.data ? (const char *)line.data : "");
		}
		osci_buf_adds(b, "</td></tr>\n");
	}
	html_table_end(b);
}

static void page(struct osci_buf *b, const struct xausl_regress *g, const json_t *summary)
{
	_cleanup_buf_ struct osci_buf lead = OSCI_BUF_INIT(4096);
	char title[160];

	snprintf(title, sizeof(title), "XAusl\xc3\xa4nder: requests from %.32s to %.32s", xausl_release_version(g->from),
		 xausl_release_version(g->to));
	sum_line(&lead, summary);
	html_begin(b, title, lead.data ? (const char *)lead.data : "");
	if (g->show_values)
		html_element(b, "p", "bad", "This page shows values of the requests: personal data.");
	page_sums(b, summary);
	page_files(b, g);
	html_end(b);
}

/* --- all forms ---------------------------------------------------------------------- */

static int append(const char *s, size_t len, void *ud)
{
	osci_buf_add(ud, s, len);
	return 0;
}

static int as_json(struct osci_buf *b, const struct xausl_regress *g, json_t *summary)
{
	json_t *all = json_pack("{s:s, s:s, s:O, s:O}", "from", xausl_release_version(g->from), "to", xausl_release_version(g->to),
				"summary", summary, "files", g->files);
	int bad = !all || json_dump_callback(all, append, b, JSON_INDENT(1));

	json_decref(all);
	osci_buf_addc(b, '\n');
	return bad ? -ENOMEM : 0;
}

int xausl_regress_render(char **ret, size_t *ret_len, enum xausl_report_format format, const struct xausl_regress *g,
			 struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_RENDERED_MAX);
	json_t *summary = regress_summary(g);
	int r = summary ? 0 : -ENOMEM;

	if (format != XAUSL_REPORT_TEXT && format != XAUSL_REPORT_JSON && format != XAUSL_REPORT_HTML)
		r = OSCI_E_USAGE;
	else if (!r && format == XAUSL_REPORT_JSON)
		r = as_json(&b, g, summary);
	else if (!r && format == XAUSL_REPORT_TEXT)
		text(&b, g, summary);
	else if (!r)
		page(&b, g, summary);
	json_decref(summary);
	r = osci_buf_error(&b) ? osci_buf_error(&b) : r;
	if (!r && !(*ret = osci_buf_take(&b, ret_len)))
		r = -ENOMEM;
	return r ? osci_fail(err, r, NULL, "regress", r == OSCI_E_USAGE ? "text, json or html expected" :
								 "out of memory, or too much to be shown") : 0;
}
