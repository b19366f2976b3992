/* SPDX-License-Identifier: Apache-2.0 */
/*
 * windows - which release is sent and accepted at a moment, and when that changes
 *
 * The table is in the order of days, so that a release whose own day is not known still lies between its neighbours.
 * Doubt keeps messages: where a day is not confirmed nothing is sent, and nothing is called too late.
 */
#include <string.h>

#include <xausl/calendar.h>
#include "engine/release.h"
#include "base/text.h"

static bool confirmed(const struct xausl_release *r)
{
	return !strcmp(r->certainty, "confirmed");
}

const struct xausl_release *xausl_release_successor(const struct xausl_release *r)
{
	const struct xausl *x = r->owner;

	for (size_t i = (size_t)(r - x->releases) + 1; i < x->n; i++)
		if (x->releases[i].effective[0])
			return &x->releases[i];
	return NULL;
}

static bool covers(const struct xausl_announcement *a, size_t n, const struct xausl_release *r, int64_t now)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(a[i].version, r->version) && a[i].from_ms <= now && (!a[i].until_ms || now < a[i].until_ms))
			return true;
	return false;
}

/* --- sending ---------------------------------------------------------- */

const struct xausl_release *xausl_release_to_send(const struct xausl *x, const struct xausl_announcement *a, size_t n,
						  int64_t now_ms, enum xausl_send_reason *why)
{
	enum xausl_send_reason ignored, *say = why ? why : &ignored;
	bool newest = true;

	*say = XAUSL_SEND_NONE_IN_FORCE;
	for (size_t i = x->n; i-- > 0;) {
		const struct xausl_release *r = &x->releases[i];

		if (!r->effective[0] || r->send_from_ms > now_ms)
			continue;
		if (newest && !n) {
			*say = !confirmed(r) ? XAUSL_SEND_NOT_CERTAIN : !r->schema ? XAUSL_SEND_NO_MODULE : XAUSL_SEND_CALENDAR;
			return *say == XAUSL_SEND_CALENDAR ? r : NULL;
		}
		if (newest)
			*say = XAUSL_SEND_NOT_ACCEPTED;
		if (covers(a, n, r, now_ms)) {
			if (confirmed(r) && r->schema) {
				*say = newest ? XAUSL_SEND_ANNOUNCED : XAUSL_SEND_PARTNER_LATE;
				return r;
			}
			/* The reason that is told is that of the newest release the partner would take. */
			if (*say == XAUSL_SEND_NOT_ACCEPTED)
				*say = confirmed(r) ? XAUSL_SEND_NO_MODULE : XAUSL_SEND_NOT_CERTAIN;
		}
		newest = false;
	}
	return NULL;
}

const char *xausl_send_reason_text(enum xausl_send_reason why)
{
	switch (why) {
	case XAUSL_SEND_CALENDAR:      return "as the calendar says";
	case XAUSL_SEND_ANNOUNCED:     return "as announced";
	case XAUSL_SEND_PARTNER_LATE:  return "an older release, as announced";
	case XAUSL_SEND_NONE_IN_FORCE: return "no release is in force";
	case XAUSL_SEND_NOT_CERTAIN:   return "the day of the release is not confirmed";
	case XAUSL_SEND_NO_MODULE:     return "no module for the release";
	case XAUSL_SEND_NOT_ACCEPTED:  return "the partner accepts no release that may be sent";
	}
	return "";
}

static void earlier(int64_t *first, int64_t at, int64_t now)
{
	if (at > now && (!*first || at < *first))
		*first = at;
}

int64_t xausl_send_changes(const struct xausl *x, const struct xausl_announcement *a, size_t n, int64_t now_ms)
{
	int64_t first = 0;

	for (size_t i = 0; i < x->n; i++)
		if (x->releases[i].effective[0])
			earlier(&first, x->releases[i].send_from_ms, now_ms);
	for (size_t i = 0; i < n; i++) {
		earlier(&first, a[i].from_ms, now_ms);
		earlier(&first, a[i].until_ms, now_ms);
	}
	return first;
}

/* --- accepting -------------------------------------------------------- */

/* Is @r past the window that a confirmed change behind it leaves? */
static bool surely_over(const struct xausl_release *r, int64_t now)
{
	for (const struct xausl_release *s = xausl_release_successor(r); s; s = xausl_release_successor(s))
		if (confirmed(s) && s->accept_old_until_ms <= now)
			return true;
	return false;
}

enum xausl_acceptance xausl_release_acceptance(const struct xausl *x, const struct xausl_announcement *a, size_t n,
					       const struct xausl_release *release, int64_t now_ms)
{
	const struct xausl_release *next;
	bool old, announced;

	if (!release || release->owner != x)
		return XAUSL_ACCEPT_UNKNOWN;
	if (release->effective[0] && now_ms < release->effective_ms)
		return XAUSL_ACCEPT_TOO_EARLY;
	next = xausl_release_successor(release);
	old = next && next->effective_ms <= now_ms;
	announced = covers(a, n, release, now_ms);
	if (!release->effective[0] && !old)
		return XAUSL_ACCEPT_UNKNOWN;
	if (!old)
		return confirmed(release) || announced ? XAUSL_ACCEPT_IN_FORCE : XAUSL_ACCEPT_UNKNOWN;
	if (announced || now_ms < next->accept_old_until_ms)
		return XAUSL_ACCEPT_OLD;
	return surely_over(release, now_ms) ? XAUSL_ACCEPT_TOO_LATE : XAUSL_ACCEPT_UNKNOWN;
}

const char *xausl_acceptance_text(enum xausl_acceptance a)
{
	switch (a) {
	case XAUSL_ACCEPT_IN_FORCE:  return "in force";
	case XAUSL_ACCEPT_OLD:       return "old, still accepted";
	case XAUSL_ACCEPT_TOO_EARLY: return "not in force yet";
	case XAUSL_ACCEPT_TOO_LATE:  return "not accepted any more";
	case XAUSL_ACCEPT_UNKNOWN:   return "not known to be in force";
	}
	return "";
}

/* --- windows and changes ---------------------------------------------- */

bool xausl_release_window(const struct xausl_release *r, struct xausl_window *ret)
{
	const struct xausl_release *next;

	*ret = (struct xausl_window){ 0 };
	if (!r->effective[0])
		return false;
	next = xausl_release_successor(r);
	ret->in_force_ms = r->effective_ms;
	ret->send_from_ms = r->send_from_ms;
	ret->send_until_ms = next ? next->send_from_ms : 0;
	ret->accept_until_ms = next ? next->accept_old_until_ms : 0;
	ret->certainty = r->rule_certainty;
	ret->source = r->rule_source;
	return true;
}

const char *xausl_release_source(const struct xausl_release *r)
{
	return r->source;
}

bool xausl_next_change(const struct xausl *x, int64_t now_ms, struct xausl_change *ret)
{
	*ret = (struct xausl_change){ 0 };
	for (size_t i = 0; i < x->n; i++) {
		const struct xausl_release *r = &x->releases[i];

		if (r->effective[0] && r->effective_ms > now_ms) {
			*ret = (struct xausl_change){ r, r->effective_ms, r->certainty };
			return true;
		}
	}
	return false;
}

int64_t xausl_next_series_day(int64_t now_ms)
{
	struct osci_civil c, day = { .day = 1 };

	osci_berlin_civil(now_ms, &c);
	day.year = c.month < 11 ? c.year : c.year + 1;
	day.month = c.month < 5 || c.month >= 11 ? 5 : 11;
	return osci_berlin_instant(&day);
}
