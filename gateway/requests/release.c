/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release - which release goes to a partner and which one is taken from it
 *
 * The calendar and what the partner has announced decide (xausl/calendar.h); nothing of that is known here.
 */
#include <errno.h>

#include "gateway.h"

const struct xausl_release *xgw_release_to_send(const struct xgw *g, const struct xgw_partner *p,
						const struct xgw_request *parent, int64_t now, enum xausl_send_reason *why)
{
	const struct xausl_release *began = parent ? xausl_release_find(g->conf->schemas, parent->release) : NULL;
	struct xausl_window w;

	/* The partner has answered in this dialogue: if its release has not begun yet, it is the clock that is wrong. */
	if (began && xausl_release_has_module(began) && xausl_release_window(began, &w) && now < w.send_from_ms) {
		if (why)
			*why = XAUSL_SEND_CALENDAR;
		return began;
	}
	return xausl_release_to_send(g->conf->schemas, p->announced, p->n_announced, now, why);
}

int xgw_release_accepted(const struct xgw *g, const struct xgw_partner *p, const struct xausl_release *release,
			 int64_t fetched)
{
	struct xausl_window w;
	enum xausl_acceptance a = xausl_release_acceptance(g->conf->schemas, p->announced, p->n_announced, release, fetched);

	/* Fetched while the clock was in doubt: it may be right, too. */
	if (xgw_in_doubt(g) && a != XAUSL_ACCEPT_IN_FORCE && a != XAUSL_ACCEPT_OLD)
		a = xausl_release_acceptance(g->conf->schemas, p->announced, p->n_announced, release, xgw_now(g));
	/* A partner's clock is ahead of ours: what was fetched too early is looked at again when the release has begun. */
	if (a == XAUSL_ACCEPT_TOO_EARLY && xausl_release_window(release, &w) && fetched + XGW_EARLY_MS >= w.in_force_ms) {
		if (xgw_now(g) < w.in_force_ms)
			return -EAGAIN;
		a = xausl_release_acceptance(g->conf->schemas, p->announced, p->n_announced, release, xgw_now(g));
	}
	return a == XAUSL_ACCEPT_IN_FORCE || a == XAUSL_ACCEPT_OLD ? 0 : OSCI_E_STATE;
}
