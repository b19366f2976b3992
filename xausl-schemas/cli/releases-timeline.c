/* SPDX-License-Identifier: Apache-2.0 */
/*
 * releases-timeline - the calendar as a drawing in text: a line for each release, four signs for each month
 *
 * A sign stands for about a week; what is shorter is drawn where it has more than half of it, old releases wherever
 * they are accepted.  The exact moments stand below the drawing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/releases.h"

#define MONTHS_BACK 6
#define MONTHS	    18
#define SIGNS	    4 /* of a month */
#define COLUMNS	    (MONTHS * SIGNS)
#define MOMENTS_MAX 1200 /* four of each release, two of each announcement, and two more */

struct range {
	int64_t edge[COLUMNS + 1]; /* beginning of each column, and the end of the last */
	int first_month;           /* months since year 0 */
};

struct moment {
	int64_t at;
	char text[96];
};

struct moments {
	struct moment list[MOMENTS_MAX];
	size_t n;
};

static int64_t month_begin(int month)
{
	struct osci_civil c = { .year = month / 12, .month = month % 12 + 1, .day = 1 };

	return osci_berlin_instant(&c);
}

static void lay_out(struct range *g, int64_t now)
{
	struct osci_civil c;

	osci_berlin_civil(now, &c);
	g->first_month = c.year * 12 + c.month - 1 - MONTHS_BACK;
	if (g->first_month < 12)
		g->first_month = 12; /* year 1 */
	for (int m = 0; m < MONTHS; m++) {
		int64_t begin = month_begin(g->first_month + m), end = month_begin(g->first_month + m + 1);

		for (int i = 0; i < SIGNS; i++)
			g->edge[m * SIGNS + i] = begin + (end - begin) * i / SIGNS;
	}
	g->edge[COLUMNS] = month_begin(g->first_month + MONTHS);
}

static void head(const struct range *g)
{
	static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	printf("%-9s", "");
	for (int m = 0; m < MONTHS; m++) {
		int month = g->first_month + m;

		if (m == 0 || month % 12 == 0)
			printf("%-4d", month / 12);
		else
			printf("    ");
	}
	printf("\n%-9s", "");
	for (int m = 0; m < MONTHS; m++)
		printf("%-4s", names[(g->first_month + m) % 12]);
	printf("\n");
}

/* Part of a column that lies in [@from, @until), in ms; @until 0 = open. */
static int64_t part(const struct range *g, int column, int64_t from, int64_t until)
{
	int64_t a = g->edge[column], b = g->edge[column + 1];

	if (from > a)
		a = from;
	if (until && until < b)
		b = until;
	return b > a ? b - a : 0;
}

static char sign(const struct range *g, int column, const struct xausl_release *r, const struct xausl_window *w,
		 const struct xausl_window *next, int64_t unknown_from)
{
	int64_t whole = g->edge[column + 1] - g->edge[column];
	int64_t ends = next ? next->in_force_ms : unknown_from;

	if (2 * part(g, column, w->in_force_ms, ends) >= whole) {
		if (strcmp(xausl_release_certainty(r), "confirmed"))
			return '-';
		return xausl_release_has_module(r) ? '#' : '=';
	}
	if (next && part(g, column, next->in_force_ms, w->accept_until_ms))
		return 'o';
	return !next && part(g, column, unknown_from, 0) ? '?' : ' ';
}

/* The next release behind @i that has a window. */
static bool next_window(const struct xausl *x, size_t i, struct xausl_window *ret)
{
	while (++i < xausl_release_count(x))
		if (xausl_release_window(xausl_release_get(x, i), ret))
			return true;
	return false;
}

static void line(const char *label, const char *signs)
{
	if (signs[strspn(signs, " ")])
		printf("%-9s%s\n", label, signs);
}

static void draw(const struct xausl_look *k, const struct range *g)
{
	char signs[COLUMNS + 1];

	signs[COLUMNS] = '\0';
	for (size_t i = 0; i < xausl_release_count(k->x); i++) {
		const struct xausl_release *r = xausl_release_get(k->x, i);
		struct xausl_window w, next;
		bool more;

		if (!xausl_release_window(r, &w))
			continue;
		more = next_window(k->x, i, &next);
		for (int c = 0; c < COLUMNS; c++)
			signs[c] = sign(g, c, r, &w, more ? &next : NULL, xausl_next_series_day(w.in_force_ms));
		line(xausl_release_version(r), signs);
	}
	for (size_t i = 0; i < k->n_partners; i++)
		for (size_t a = 0; a < k->partners[i].n_announced; a++) {
			const struct xausl_announcement *n = &k->partners[i].announced[a];
			char label[64];

			for (int c = 0; c < COLUMNS; c++)
				signs[c] = part(g, c, n->from_ms, n->until_ms) ? '+' : ' ';
			snprintf(label, sizeof(label), "+%s", n->version);
			line(label, signs);
		}
	for (int c = 0; c < COLUMNS; c++)
		signs[c] = g->edge[c] <= k->now && k->now < g->edge[c + 1] ? '^' : ' ';
	line("now", signs);
	printf("\n# in force   = in force, no module here   - in force, day not confirmed   o old, still accepted\n"
	       "? nothing known%s\n\n",
	       k->n_partners ? "   + the partner has announced to accept it" : "");
}

/* --- moments ----------------------------------------------------------- */

__attribute__((format(printf, 4, 5)))
static void add(struct moments *m, const struct range *g, int64_t at, const char *fmt, ...)
{
	va_list ap;

	if (at < g->edge[0] || at >= g->edge[COLUMNS] || m->n == MOMENTS_MAX)
		return;
	m->list[m->n].at = at;
	va_start(ap, fmt);
	vsnprintf(m->list[m->n].text, sizeof(m->list[m->n].text), fmt, ap);
	va_end(ap);
	m->n++;
}

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : strcmp(x->text, y->text);
}

static void list_moments(const struct xausl_look *k, const struct range *g, struct moments *m)
{
	struct xausl_change next;
	struct xausl_window w, after;

	for (size_t i = 0; i < xausl_release_count(k->x); i++) {
		const struct xausl_release *r = xausl_release_get(k->x, i);
		const char *version = xausl_release_version(r);

		if (!xausl_release_window(r, &w))
			continue;
		add(m, g, w.in_force_ms, "%s in force (%s)", version, xausl_release_certainty(r));
		add(m, g, w.send_from_ms, "%s sent (%s)", version, w.certainty);
		if (next_window(k->x, i, &after))
			add(m, g, after.send_from_ms > w.accept_until_ms ? after.send_from_ms : w.accept_until_ms,
			    "%s not accepted any more (%s)", version, after.certainty);
	}
	for (size_t i = 0; i < k->n_partners; i++)
		for (size_t a = 0; a < k->partners[i].n_announced; a++) {
			const struct xausl_announcement *n = &k->partners[i].announced[a];

			add(m, g, n->from_ms, "%s accepted by %s, as announced", n->version, k->partners[i].name);
			if (n->until_ms)
				add(m, g, n->until_ms, "%s not accepted any more by %s, as announced", n->version,
				    k->partners[i].name);
		}
	if (!xausl_next_change(k->x, k->now, &next))
		add(m, g, xausl_next_series_day(k->now), "day of change; no release is known for it");
	add(m, g, k->now, "now");
}

void xausl_releases_timeline(const struct xausl_look *k)
{
	static struct moments m; /* too large for a stack */
	struct range g;

	lay_out(&g, k->now);
	head(&g);
	draw(k, &g);
	m.n = 0;
	list_moments(k, &g, &m);
	qsort(m.list, m.n, sizeof(m.list[0]), by_time);
	for (size_t i = 0; i < m.n; i++) {
		char text[XAUSL_LOCAL_TEXT];

		xausl_local_text(text, m.list[i].at);
		printf("%s  %s\n", text, m.list[i].text);
	}
	printf("\n");
}
