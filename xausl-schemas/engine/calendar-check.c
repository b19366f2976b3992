/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calendar-check - what is wrong with the calendar, and what is missing before the next change
 *
 * The past is not judged: half the early releases have days nobody knows any more.  Everything is counted and only
 * as much written as there is room for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <xausl/calendar.h>
#include "engine/release.h"
#include "base/text.h"

#define RELEASES "releases.csv"
#define TRANSITIONS "transitions.csv"

/* Days before a change on which a warning is due, the last first. */
static const unsigned steps[] = { 7, 30, 60 };

static void day_text(char out[11], int64_t ms)
{
	struct osci_civil c;

	osci_berlin_civil(ms, &c);
	snprintf(out, 11, "%04u-%02u-%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100, (unsigned)c.day % 100);
}

static bool confirmed(const struct xausl_release *r)
{
	return !strcmp(r->certainty, "confirmed");
}

/* The last release whose day has come, certain or not; NULL before the first. */
static const struct xausl_release *current_release(const struct xausl *x, int64_t now)
{
	const struct xausl_release *r = NULL;

	for (size_t i = 0; i < x->n; i++)
		if (x->releases[i].effective[0] && x->releases[i].effective_ms <= now)
			r = &x->releases[i];
	return r;
}

/* A release without a day behind @r and before @end (NULL = the end of the table). */
static const struct xausl_release *without_day(const struct xausl *x, const struct xausl_release *r,
					       const struct xausl_release *end)
{
	for (r = r ? r + 1 : x->releases; r < x->releases + x->n && r != end; r++)
		if (!r->effective[0])
			return r;
	return NULL;
}

/* --- findings ---------------------------------------------------------- */

struct findings {
	struct xausl_calendar_finding *out;
	size_t max, n;
};

__attribute__((format(printf, 6, 7)))
static void add(struct findings *f, enum xausl_calendar_problem problem, const struct xausl_release *r, const char *table,
		unsigned line, const char *fmt, ...)
{
	static const char *const ids[] = {
		[XAUSL_CAL_GAP] = "calendar.gap",	  [XAUSL_CAL_OVERLAP] = "calendar.overlap",
		[XAUSL_CAL_ORDER] = "calendar.order",	  [XAUSL_CAL_MODULE] = "calendar.module",
		[XAUSL_CAL_CERTAINTY] = "calendar.certainty", [XAUSL_CAL_NEXT] = "calendar.next",
	};
	struct xausl_calendar_finding *o;
	va_list ap;

	if (f->n++ >= f->max)
		return;
	o = &f->out[f->n - 1];
	*o = (struct xausl_calendar_finding){
		.problem = problem,
		.id = ids[problem],
		.release = r ? r->version : "",
		.table = table,
		.line = line,
	};
	va_start(ap, fmt);
	vsnprintf(o->text, sizeof(o->text), fmt, ap);
	va_end(ap);
}

/* Is there a 1 May or 1 November between the day of @r and @end for which nothing is known? */
static void check_gap(struct findings *f, const struct xausl_release *r, int64_t end, const char *until)
{
	int64_t day = xausl_next_series_day(r->effective_ms);
	char text[11];

	if (day >= end)
		return;
	day_text(text, day);
	add(f, XAUSL_CAL_GAP, r, RELEASES, r->line, "no release is known for %s, between %s and %s", text, r->version, until);
}

/* @r and the two releases with a day behind it. */
static void check_change(struct findings *f, const struct xausl_release *r)
{
	const struct xausl_release *s = xausl_release_successor(r), *t = s ? xausl_release_successor(s) : NULL;

	if (!t)
		return;
	if (s->accept_old_until_ms > t->effective_ms)
		add(f, XAUSL_CAL_OVERLAP, r, TRANSITIONS, s->rule_line, "%s is still accepted when %s and %s are already",
		    r->version, s->version, t->version);
	if (s->send_from_ms >= t->effective_ms)
		add(f, XAUSL_CAL_ORDER, s, TRANSITIONS, s->rule_line, "%s is to be sent only when %s is in force already",
		    s->version, t->version);
}

size_t xausl_calendar_check(const struct xausl *x, int64_t now_ms, struct xausl_calendar_finding *out, size_t max)
{
	const struct xausl_release *current = current_release(x, now_ms), *end = x->releases + x->n;
	struct findings f = { .out = out, .max = max };
	struct xausl_change next;
	char text[11];

	if (!current)
		add(&f, XAUSL_CAL_GAP, NULL, RELEASES, 0, "no release is known for now");
	for (const struct xausl_release *r = current ? current : x->releases; r < end; r++) {
		const struct xausl_release *s = xausl_release_successor(r);

		if (!r->schema)
			add(&f, XAUSL_CAL_MODULE, r, RELEASES, r->line, "no module for %s", r->version);
		if (!confirmed(r))
			add(&f, XAUSL_CAL_CERTAINTY, r, RELEASES, r->line, "the day of %s is %s", r->version,
			    r->effective[0] ? "not confirmed" : "not known");
		if (!r->effective[0])
			continue;
		if (s && !without_day(x, r, s))
			check_gap(&f, r, s->effective_ms, s->version);
		else if (!s && r == current && !without_day(x, r, NULL))
			check_gap(&f, r, now_ms, "now");
		check_change(&f, r);
	}
	/* The change to the release in force may still be going on. */
	for (const struct xausl_release *r = current; current && r-- > x->releases;)
		if (r->effective[0]) {
			check_change(&f, r);
			break;
		}
	if (!xausl_next_change(x, now_ms, &next) && !without_day(x, current, NULL)) {
		day_text(text, xausl_next_series_day(now_ms));
		add(&f, XAUSL_CAL_NEXT, NULL, RELEASES, 0, "no release is known for the next day of change, %s", text);
	}
	return f.n;
}

/* --- warnings ----------------------------------------------------------- */

struct warnings {
	struct xausl_warning *out;
	size_t max, n;
	const char *release;
	unsigned days;
};

__attribute__((format(printf, 4, 5)))
static void warn(struct warnings *w, enum xausl_missing missing, const char *partner, const char *fmt, ...)
{
	static const char *const ids[] = {
		[XAUSL_MISSING_RELEASE] = "missing.release", [XAUSL_MISSING_DAY] = "missing.day",
		[XAUSL_MISSING_MODULE] = "missing.module",   [XAUSL_MISSING_PARTNER] = "missing.partner",
		[XAUSL_MISSING_APPROVAL] = "missing.approval",
	};
	struct xausl_warning *o;
	va_list ap;

	if (w->n++ >= w->max)
		return;
	o = &w->out[w->n - 1];
	*o = (struct xausl_warning){
		.missing = missing,
		.id = ids[missing],
		.release = w->release,
		.partner = partner,
		.days = w->days,
	};
	va_start(ap, fmt);
	vsnprintf(o->text, sizeof(o->text), fmt, ap);
	va_end(ap);
}

static void check_partner(struct warnings *w, const struct xausl *x, const struct xausl_partner *p,
			  const struct xausl_release *r)
{
	enum xausl_send_reason why;
	bool known = false;
	char day[11];

	for (size_t i = 0; i < p->n_announced; i++)
		known = known || !strcmp(p->announced[i].version, r->version);
	day_text(day, r->send_from_ms);
	xausl_release_to_send(x, p->announced, p->n_announced, r->send_from_ms, &why);
	if (p->n_announced && !known)
		warn(w, XAUSL_MISSING_PARTNER, p->name, "%s has not announced %s, only other releases", p->name, r->version);
	else if (why == XAUSL_SEND_NOT_ACCEPTED)
		warn(w, XAUSL_MISSING_PARTNER, p->name, "%s accepts no release on %s that may be sent then", p->name, day);
}

static void check_release(struct warnings *w, const struct xausl *x, const struct xausl_partner *partners, size_t n,
			  const struct xausl_approvals *approvals, const struct xausl_release *r)
{
	if (!confirmed(r))
		warn(w, XAUSL_MISSING_DAY, "", "the day of %s, %s, is not confirmed", r->version, r->effective);
	if (!r->schema)
		warn(w, XAUSL_MISSING_MODULE, "", "there is no module for %s", r->version);
	for (size_t i = 0; i < n; i++)
		check_partner(w, x, &partners[i], r);
	if (!xausl_approval_find(approvals, r->version))
		warn(w, XAUSL_MISSING_APPROVAL, "", "there is no report of an acceptance test for %s", r->version);
}

/* Whole days of the calendar in Berlin. */
static int64_t days_between(int64_t from, int64_t to)
{
	struct osci_civil a, b;

	osci_berlin_civil(from, &a);
	osci_berlin_civil(to, &b);
	return osci_days_from_civil(b.year, b.month, b.day) - osci_days_from_civil(a.year, a.month, a.day);
}

size_t xausl_calendar_warnings(const struct xausl *x, const struct xausl_partner *partners, size_t n_partners,
			       const struct xausl_approvals *approvals, int64_t now_ms, struct xausl_step *step,
			       struct xausl_warning *out, size_t max)
{
	struct warnings w = { .out = out, .max = max, .release = "" };
	int64_t series = xausl_next_series_day(now_ms), days;
	const struct xausl_release *undated;
	struct xausl_change next;
	unsigned due = 0;
	char day[11];

	/* A day of change for which nothing is known comes before a release that is known for later. */
	if (!xausl_next_change(x, now_ms, &next) || next.at_ms > series)
		next = (struct xausl_change){ .at_ms = series };
	days = days_between(now_ms, next.at_ms);
	for (size_t i = sizeof(steps) / sizeof(steps[0]); i-- > 0;)
		if (days <= (int64_t)steps[i])
			due = steps[i];
	if (!due)
		return 0;
	day_text(day, next.at_ms);
	if (step) {
		const char *change = next.release ? next.release->version : day;

		if (!strcmp(step->change, change) && step->days && step->days <= due)
			return 0;
		snprintf(step->change, sizeof(step->change), "%s", change);
		step->days = due;
	}
	w.days = (unsigned)days;
	if (next.release) {
		w.release = next.release->version;
		check_release(&w, x, partners, n_partners, approvals, next.release);
		return w.n;
	}
	undated = without_day(x, current_release(x, now_ms), NULL);
	if (undated) {
		w.release = undated->version;
		warn(&w, XAUSL_MISSING_DAY, "", "releases change on %s; the day of %s is not known", day, undated->version);
	} else {
		warn(&w, XAUSL_MISSING_RELEASE, "", "releases change on %s; no release is known for that day", day);
	}
	return w.n;
}
