/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transitions - the rules for the change to a release: from when it is sent, until when the one before is accepted
 *
 * The first row holds what applies to a release without a row of its own, as an hour and a number of days; the
 * others hold local times.  Every release with a day has a rule after loading.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/release.h"
#include "base/buf.h"
#include "base/text.h"

#define DAYS_MAX 366u /* for which an old release may be accepted by default */
#define DAY_MS INT64_C(86400000)

enum { F_RELEASE, F_SEND_FROM, F_ACCEPT_UNTIL, F_CERTAINTY, F_SOURCE, F_COUNT };

struct preset {
	int hour, minute;
	int days;
	const struct xausl_csv_row *row;
};

static bool two(const char *s, uint64_t max, int *ret)
{
	uint64_t v;

	if (osci_parse_u64(s, 2, max, &v))
		return false;
	*ret = (int)v;
	return true;
}

/* "HH:MM" */
static bool hour_minute(const char *s, int *hour, int *minute)
{
	return strlen(s) == 5 && s[2] == ':' && two(s, 23, hour) && two(s + 3, 59, minute);
}

/* "YYYY-MM-DDTHH:MM" in Berlin; an hour that the change to summer time leaves out is no time. */
static bool local_time(const char *s, int64_t *ret)
{
	struct osci_civil c = { 0 }, back;
	uint64_t year;

	if (strlen(s) != 16 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || osci_parse_u64(s, 4, 9999, &year) ||
	    !two(s + 5, 12, &c.month) || !two(s + 8, 31, &c.day) || !hour_minute(s + 11, &c.hour, &c.minute))
		return false;
	c.year = (int)year;
	if (!osci_date_valid(c.year, c.month, c.day))
		return false;
	*ret = osci_berlin_instant(&c);
	osci_berlin_civil(*ret, &back);
	return back.day == c.day && back.hour == c.hour && back.minute == c.minute;
}

/* The local day of @ms, @days later, at this hour. */
static int64_t days_later(int64_t ms, int days, int hour, int minute)
{
	struct osci_civil c;

	osci_berlin_civil(ms, &c);
	c = osci_civil_utc((osci_days_from_civil(c.year, c.month, c.day) + days) * DAY_MS);
	c.hour = hour;
	c.minute = minute;
	return osci_berlin_instant(&c);
}

static bool certainty_ok(const char *s)
{
	return !strcmp(s, "confirmed") || !strcmp(s, "assumption");
}

static int read_preset(const struct xausl_csv *t, struct preset *p, struct osci_err *err)
{
	const char *days;
	uint64_t n;
	size_t len;

	p->row = t->n_rows ? &t->rows[0] : NULL;
	if (!p->row || strcmp(p->row->field[F_RELEASE], "*") != 0)
		return xausl_csv_fail(t, p->row, err, "the first row is the one for all other releases, *");
	if (p->row->n != F_COUNT)
		return xausl_csv_fail(t, p->row, err, "five fields expected");
	days = p->row->field[F_ACCEPT_UNTIL];
	len = strlen(days);
	if (!hour_minute(p->row->field[F_SEND_FROM], &p->hour, &p->minute))
		return xausl_csv_fail(t, p->row, err, "send from: HH:MM expected for all other releases");
	if (len < 2 || days[len - 1] != 'd' || osci_parse_u64(days, len - 1, DAYS_MAX, &n))
		return xausl_csv_fail(t, p->row, err, "accept old until: a number of days (7d), at most 366, expected");
	if (!certainty_ok(p->row->field[F_CERTAINTY]))
		return xausl_csv_fail(t, p->row, err, "certainty is none of confirmed, assumption");
	p->days = (int)n;
	return 0;
}

static void apply_preset(struct xausl_release *r, const struct preset *p)
{
	r->rule_certainty = p->row->field[F_CERTAINTY];
	r->rule_source = p->row->field[F_SOURCE];
	r->rule_line = p->row->line;
	r->send_from_ms = days_later(r->effective_ms, 0, p->hour, p->minute);
	r->accept_old_until_ms = days_later(r->send_from_ms, p->days, p->hour, p->minute);
}

static int read_rule(struct xausl *x, const struct xausl_csv_row *row, const struct preset *p, struct osci_err *err)
{
	const struct xausl_csv *t = x->transitions;
	struct xausl_release *r = NULL;
	struct osci_civil c;

	if (row->n != F_COUNT)
		return xausl_csv_fail(t, row, err, "five fields expected");
	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->releases[i].version, row->field[F_RELEASE]))
			r = &x->releases[i];
	if (!r || !r->effective[0])
		return xausl_csv_fail(t, row, err, "the release is not in the calendar, or has no day there");
	if (r->rule_line != p->row->line)
		return xausl_csv_fail(t, row, err, "release twice");
	if (!certainty_ok(row->field[F_CERTAINTY]))
		return xausl_csv_fail(t, row, err, "certainty is none of confirmed, assumption");
	if (!row->field[F_SEND_FROM][0] && !row->field[F_ACCEPT_UNTIL][0])
		return xausl_csv_fail(t, row, err, "a row without a time says nothing");
	r->rule_certainty = row->field[F_CERTAINTY];
	r->rule_source = row->field[F_SOURCE];
	r->rule_line = row->line;
	if (row->field[F_SEND_FROM][0]) {
		if (!local_time(row->field[F_SEND_FROM], &r->send_from_ms))
			return xausl_csv_fail(t, row, err, "send from is no YYYY-MM-DDTHH:MM of Europe/Berlin");
		osci_berlin_civil(r->send_from_ms, &c);
		r->accept_old_until_ms = days_later(r->send_from_ms, p->days, c.hour, c.minute);
	}
	if (row->field[F_ACCEPT_UNTIL][0] && !local_time(row->field[F_ACCEPT_UNTIL], &r->accept_old_until_ms))
		return xausl_csv_fail(t, row, err, "accept old until is no YYYY-MM-DDTHH:MM of Europe/Berlin");
	if (r->send_from_ms < r->effective_ms)
		return xausl_csv_fail(t, row, err, "sent before the release is in force");
	if (r->accept_old_until_ms < r->send_from_ms)
		return xausl_csv_fail(t, row, err, "the old release is not accepted although the new one is not sent yet");
	return 0;
}

int xausl_transitions_load(struct xausl *x, const char *versions, struct osci_err *err)
{
	struct preset p = { 0 };
	char path[4096];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/transitions.csv", versions) >= sizeof(path))
		return osci_fail(err, OSCI_E_CONFIG, NULL, versions, "path too long");
	r = xausl_csv_load(&x->transitions, path, err);
	if (!r)
		r = read_preset(x->transitions, &p, err);
	for (size_t i = 0; !r && i < x->n; i++)
		if (x->releases[i].effective[0])
			apply_preset(&x->releases[i], &p);
	for (size_t i = 1; !r && i < x->transitions->n_rows; i++)
		r = read_rule(x, &x->transitions->rows[i], &p, err);
	return r;
}
