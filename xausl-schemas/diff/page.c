/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page - differences as an HTML page: a table of the groups, then the differences of each
 */
#include <stdio.h>

#include "diff/render.h"
#include "report/html.h"

static const char *const classes[] = { "tag good", "tag bad", "tag warn", "tag plain" };

/* Index behind the last difference of the group that begins at @i. */
static size_t group_end(const struct xausl_diff *d, size_t i)
{
	size_t e = i + 1;

	while (e < d->n && diff_same_group(&d->list[i], &d->list[e]))
		e++;
	return e;
}

static void group_text(struct osci_buf *b, const struct xausl_difference *d,
		       void (*write)(struct osci_buf *b, const struct xausl_difference *d),
		       void (*put)(struct osci_buf *b, size_t n, const char *text), size_t n)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(b->max);

	write(&text, d);
	if (osci_buf_error(&text))
		osci_buf_fail(b, osci_buf_error(&text));
	else
		put(b, n, text.data ? (const char *)text.data : "");
}

static void put_heading(struct osci_buf *b, size_t n, const char *text)
{
	html_heading(b, 2, "group", n, text);
}

static void put_link(struct osci_buf *b, size_t n, const char *text)
{
	html_link(b, "group", n, text);
}

static void put_code(struct osci_buf *b, size_t n, const char *text)
{
	html_element(b, "code", NULL, text);
}

static void put_text(struct osci_buf *b, size_t n, const char *text)
{
	html_text(b, text);
}

static void overview(struct osci_buf *b, const struct xausl_diff *d)
{
	static const char *const heads[] = { "Where", "New", "Gone", "Changed", "Moved", NULL };
	size_t group = 0;

	html_table(b, "Overview", heads);
	for (size_t i = 0, e; i < d->n; i = e) {
		size_t counts[4] = { 0 };

		e = group_end(d, i);
		for (size_t k = i; k < e; k++)
			counts[d->list[k].change]++;
		osci_buf_adds(b, "<tr><th scope=\"row\">");
		group_text(b, &d->list[i], diff_group, put_link, ++group);
		osci_buf_adds(b, "</th>");
		for (size_t k = 0; k < 4; k++)
			osci_buf_addf(b, "<td class=\"n\">%zu</td>", counts[k]);
		osci_buf_adds(b, "</tr>\n");
	}
	html_table_end(b);
}

void diff_html(struct osci_buf *b, const struct xausl_diff *d)
{
	static const char *const heads[] = { "Change", "What", "How", NULL };
	char title[160], lead[64];
	size_t group = 0;

	snprintf(title, sizeof(title), "XAusl\xc3\xa4nder: from %.32s to %.32s", d->from, d->to);
	snprintf(lead, sizeof(lead), "%zu difference%s.", d->n, d->n == 1 ? "" : "s");
	html_begin(b, title, lead);
	if (d->schema_only)
		html_element(b, "p", "quiet",
			     "One of the two is an official package: rules, fields, authors and answers are not compared.");
	if (d->n)
		overview(b, d);
	for (size_t i = 0, e; i < d->n; i = e) {
		e = group_end(d, i);
		group_text(b, &d->list[i], diff_group, put_heading, ++group);
		html_table(b, "Differences", heads);
		for (size_t k = i; k < e; k++) {
			osci_buf_adds(b, "<tr><td>");
			html_element(b, "span", classes[d->list[k].change], diff_change_name(d->list[k].change));
			osci_buf_adds(b, "</td><td class=\"wide\">");
			group_text(b, &d->list[k], diff_thing, put_code, 0);
			osci_buf_adds(b, "</td><td class=\"wide\">");
			group_text(b, &d->list[k], diff_how, put_text, 0);
			osci_buf_adds(b, "</td></tr>\n");
		}
		html_table_end(b);
	}
	html_end(b);
}
