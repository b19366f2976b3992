/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock - the two moments of a clock in doubt, and what comes with a new day
 *
 * While the clock is in doubt (core/steady.h) nothing ends: what has a deadline waits, and what would go out in another
 * release by the one moment than by the other waits, too.
 */
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "gateway.h"

#define SHOWN_MAX 16 /* warnings before a change; more would say the same */

int64_t xgw_now(const struct xgw *g)
{
	return osci_clock_ms(&g->clock);
}

int64_t xgw_mono(const struct xgw *g)
{
	return osci_clock_mono_ms() + (g->clock.shared ? *g->clock.shared : 0);
}

bool xgw_in_doubt(const struct xgw *g)
{
	return g->steady.doubtful;
}

int64_t xgw_believed(const struct xgw *g)
{
	return xgw_steady_believed(&g->steady, xgw_now(g));
}

static void tell(const struct xgw *g, enum xgw_clock_event event, int64_t by)
{
	char ms[32], until[64];

	switch (event) {
	case XGW_CLOCK_JUMPED:
		snprintf(ms, sizeof(ms), "%lld", (long long)by);
		osci_format_datetime_berlin(until, sizeof(until), xgw_now(g) + g->steady.settle_ms);
		osci_log(OSCI_LOG_WARN, "clock-jumped", "ms", ms, "until", until, NULL);
		break;
	case XGW_CLOCK_RETURNED:
		osci_log(OSCI_LOG_WARN, "clock-steady", "reason", "returned", NULL);
		break;
	case XGW_CLOCK_SETTLED:
		osci_log(OSCI_LOG_WARN, "clock-steady", "reason", "settled", NULL);
		break;
	case XGW_CLOCK_STEADY:
		break;
	}
}

int xgw_clock_start(struct xgw *g, struct osci_err *err)
{
	const struct xgw_config *c = g->conf;
	int64_t seen = 0, now = xgw_now(g);
	int r = xgw_journal_latest(g->journal, &seen, err);

	if (!r)
		tell(g, xgw_steady_start(&g->steady, c->clock_jump_ms, c->clock_settle_ms, now, xgw_mono(g), seen), now - seen);
	return r;
}

void xgw_clock_look(struct xgw *g)
{
	int64_t by = 0;

	tell(g, xgw_steady_look(&g->steady, xgw_now(g), xgw_mono(g), &by), by);
}

/* The start has reported what was missing then (conf/check.c); each further step comes once. */
void xgw_calendar_daily(struct xgw *g)
{
	struct xgw_config *c = g->conf;
	struct xausl_warning warnings[SHOWN_MAX];
	struct osci_civil today;
	int64_t day;
	char days[16];
	size_t n;

	osci_berlin_civil(xgw_now(g), &today);
	day = osci_days_from_civil(today.year, today.month, today.day);
	if (day == g->day)
		return;
	g->day = day;
	n = xausl_calendar_warnings(c->schemas, c->announcing, c->n_partners, c->approvals, xgw_now(g), &c->warned,
				     warnings, SHOWN_MAX);
	for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
		snprintf(days, sizeof(days), "%u", warnings[i].days);
		osci_log(OSCI_LOG_WARN, "release-warning", "reason", warnings[i].id, "release",
			 warnings[i].release[0] ? warnings[i].release : NULL, "remaining", days, "what", warnings[i].text, NULL);
	}
}
