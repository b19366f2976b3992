/* SPDX-License-Identifier: Apache-2.0 */
/* times - defects of releases, waits and windows */
#include "core/times.h"
#include "defects/defect.h"
#include "gateway.h"

#define DAY_MS 86400000
#define UTC_MS 7200000 /* summer time */
#define NEVER INT64_MAX

const struct xausl_release *__real_xgw_release_to_send(const struct xgw *g, const struct xgw_partner *p,
						       const struct xgw_request *parent, int64_t now,
						       enum xausl_send_reason *why);
const struct xausl_release *__wrap_xgw_release_to_send(const struct xgw *g, const struct xgw_partner *p,
						       const struct xgw_request *parent, int64_t now,
						       enum xausl_send_reason *why);
int __real_xgw_release_accepted(const struct xgw *g, const struct xgw_partner *p, const struct xausl_release *release,
				int64_t fetched);
int __wrap_xgw_release_accepted(const struct xgw *g, const struct xgw_partner *p, const struct xausl_release *release,
				int64_t fetched);
int __real_xgw_journal_due(struct xgw_journal *j, enum xgw_due kind, int64_t before, int64_t *ids, size_t max, size_t *ret_n,
			   struct osci_err *err);
int __wrap_xgw_journal_due(struct xgw_journal *j, enum xgw_due kind, int64_t before, int64_t *ids, size_t max, size_t *ret_n,
			   struct osci_err *err);
int64_t __real_xgw_working_days_after(int64_t since_ms, unsigned days);
int64_t __wrap_xgw_working_days_after(int64_t since_ms, unsigned days);
int64_t __real_xgw_question_ends(int64_t since_ms);
int64_t __wrap_xgw_question_ends(int64_t since_ms);
bool __real_xgw_one_way(const char *number);
bool __wrap_xgw_one_way(const char *number);

const struct xausl_release *__wrap_xgw_release_to_send(const struct xgw *g, const struct xgw_partner *p,
						       const struct xgw_request *parent, int64_t now,
						       enum xausl_send_reason *why)
{
	const struct xausl_release *r;

	if (defect("day-of-utc"))
		now -= UTC_MS;
	r = __real_xgw_release_to_send(g, p, parent, now, why);

	return r && defect("old-release-sent") ? xausl_release_find(g->conf->schemas, "26.11") : r;
}

int __wrap_xgw_release_accepted(const struct xgw *g, const struct xgw_partner *p, const struct xausl_release *release,
				int64_t fetched)
{
	if (defect("window-closed") && release != xausl_release_at(g->conf->schemas, fetched))
		return OSCI_E_STATE;
	return defect("any-release-taken") ? 0 : __real_xgw_release_accepted(g, p, release, fetched);
}

int __wrap_xgw_journal_due(struct xgw_journal *j, enum xgw_due kind, int64_t before, int64_t *ids, size_t max, size_t *ret_n,
			   struct osci_err *err)
{
	int r;

	if (kind == XGW_DUE_OVERDUE && defect("overdue-too-early"))
		before += DAY_MS;
	r = __real_xgw_journal_due(j, kind, before, ids, max, ret_n, err);

	if ((kind == XGW_DUE_OVERDUE && defect("no-overdue")) || (kind == XGW_DUE_REMIND && defect("no-reminder")))
		*ret_n = 0;
	return r;
}

int64_t __wrap_xgw_working_days_after(int64_t since_ms, unsigned days)
{
	return defect("reminder-by-calendar") ? since_ms + days * (int64_t)DAY_MS : __real_xgw_working_days_after(since_ms, days);
}

int64_t __wrap_xgw_question_ends(int64_t since_ms)
{
	if (defect("month-of-thirty-days"))
		return since_ms + 30 * (int64_t)DAY_MS;
	return defect("question-for-ever") ? NEVER : __real_xgw_question_ends(since_ms);
}

bool __wrap_xgw_one_way(const char *number)
{
	return !defect("one-way-waits") && __real_xgw_one_way(number);
}
