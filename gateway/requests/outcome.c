/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome - events that are no message: what the office is told, and the time limits
 *
 * What is due is asked of the journal by a coarse bound and then decided exactly by core/times.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "core/times.h"
#include "gateway.h"

#define TIMER_BATCH 64
#define DAY_MS INT64_C(86400000)

int xgw_add_error(json_t *errors, const char *field, const char *code, const char *standard, const char *text)
{
	json_t *e = json_pack("{s:s*, s:s, s:s*, s:s}", "field", field, "code", code, "standard_code", standard, "text",
			      text);

	return e && !json_array_append_new(errors, e) ? 0 : -ENOMEM;
}

int xgw_outcome(struct xgw *g, struct xgw_request *r, enum xgw_event event, const char *outcome, const json_t *extra,
		const char *cause, struct osci_err *err)
{
	_cleanup_(osci_freep) char *text = NULL;
	int64_t now = xgw_now(g);
	unsigned actions;
	json_t *json;
	int e;

	e = xgw_journal_apply(g->journal, r, event, cause, now, &actions, err);
	if (e || !(actions & XGW_DO_DELIVER) || r->rejects) /* a Rückweisung is ours: the operator's log tells of it */
		return e;
	json = json_pack("{s:s, s:s}", "request", r->bus_id, "outcome", outcome);
	if (!json || (extra && json_object_update_missing(json, (json_t *)extra)))
		e = -ENOMEM;
	if (!e)
		text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!text)
		return -ENOMEM;
	return xgw_journal_add_delivery(g->journal, r->office, r, outcome, false, text, NULL, 0, 0, now, NULL, err);
}

static void tell(struct xgw *g, const struct xgw_request *r, const char *outcome, const char *cause)
{
	char id[32];

	snprintf(id, sizeof(id), "%lld", (long long)r->id);
	osci_log(OSCI_LOG_WARN, outcome, "office", r->office, "request", id, "uuid", r->uuid[0] ? r->uuid : NULL,
		 "state", xgw_state_name(r->state), "reason", cause, NULL);
	if (g->bus)
		xgw_bus_wake(g->bus, r->office);
}

int xgw_outcome_commit(struct xgw *g, struct xgw_request *r, enum xgw_event event, const char *outcome,
		       const json_t *extra, const char *cause, struct osci_err *err)
{
	int e;

	e = xgw_journal_begin(g->journal, err);
	if (e)
		return e;
	e = xgw_outcome(g, r, event, outcome, extra, cause, err);
	if (!e && event == XGW_EV_OVERDUE)
		e = xgw_journal_mark(g->journal, r->id, XGW_DUE_OVERDUE, err);
	if (!e && event == XGW_EV_REMIND)
		e = xgw_journal_mark(g->journal, r->id, XGW_DUE_REMIND, err);
	if (!e)
		e = xgw_journal_commit(g->journal, err);
	if (e) {
		xgw_journal_rollback(g->journal);
		return e;
	}
	tell(g, r, outcome, cause);
	return 0;
}

/* What STATE shows: the error itself, then field and code of each further one, as long as there is room. */
static void summary(char *out, size_t size, const char *code, const char *text, const json_t *more)
{
	int n = snprintf(out, size, "%s: %s", code, text);
	const json_t *e;
	size_t i;

	json_array_foreach((json_t *)more, i, e) {
		const char *field = json_string_value(json_object_get(e, "field"));

		if (n < 0 || (size_t)n >= size)
			return;
		n += snprintf(out + n, size - (size_t)n, "; %s%s%s", field ? field : "", field ? " " : "",
			      json_string_value(json_object_get(e, "code")));
	}
}

static int hold(struct xgw *g, struct xgw_request *r, const char *code, const char *errors, const char *last,
		const json_t *extra, struct osci_err *err)
{
	int e = xgw_journal_begin(g->journal, err);

	if (e)
		return e;
	e = xgw_journal_set_errors(g->journal, r->id, errors, last, err);
	if (!e)
		e = xgw_outcome(g, r, XGW_EV_HOLD, "held", extra, code, err);
	if (!e)
		e = xgw_journal_commit(g->journal, err);
	if (e)
		xgw_journal_rollback(g->journal);
	else
		tell(g, r, "held", code);
	return e;
}

int xgw_hold(struct xgw *g, struct xgw_request *r, const char *code, const char *text, const json_t *more,
	     struct osci_err *err)
{
	json_t *extra = json_pack("{s:[{s:s, s:s}]}", "errors", "code", code, "text", text);
	json_t *errors = json_object_get(extra, "errors");
	_cleanup_(osci_freep) char *dump = NULL;
	char last[OSCI_ERR_WHAT_MAX + 256];
	int e = -ENOMEM;

	summary(last, sizeof(last), code, text, more);
	if (errors && (!more || !json_array_extend(errors, (json_t *)more)))
		dump = json_dumps(errors, JSON_COMPACT);
	if (dump)
		e = hold(g, r, code, dump, last, extra, err);
	json_decref(extra);
	return e;
}

static bool is_due(const struct xgw *g, enum xgw_due kind, const struct xgw_request *r, int64_t now)
{
	switch (kind) {
	case XGW_DUE_OVERDUE:
		return !xgw_one_way(r->message);
	case XGW_DUE_REMIND:
		return now >= xgw_working_days_after(r->since, g->conf->reminder_days);
	case XGW_DUE_LAPSE:
		return now >= xgw_question_ends(r->since);
	default:
		return false;
	}
}

static int run_kind(struct xgw *g, enum xgw_due kind, enum xgw_event event, const char *outcome, int64_t before,
		    struct osci_err *err)
{
	int64_t ids[TIMER_BATCH], now = xgw_now(g);
	size_t n = 0;
	int e;

	e = xgw_journal_due(g->journal, kind, before, ids, TIMER_BATCH, &n, err);
	for (size_t i = 0; i < n && !e; i++) {
		_cleanup_(xgw_request_freep) struct xgw_request *r = NULL;

		e = xgw_journal_request(g->journal, ids[i], &r, err);
		if (e)
			break;
		if (is_due(g, kind, r, now))
			e = xgw_outcome_commit(g, r, event, outcome, NULL, "time", err);
		else if (kind == XGW_DUE_OVERDUE)
			e = xgw_journal_mark(g->journal, r->id, kind, err); /* never answered: nothing to wait for */
	}
	return e;
}

int xgw_timers(struct xgw *g, struct osci_err *err)
{
	int64_t now = xgw_now(g);
	int e;

	xgw_calendar_daily(g);
	if (xgw_in_doubt(g))
		return 0; /* nothing lapses by a clock that may be wrong */
	e = run_kind(g, XGW_DUE_OVERDUE, XGW_EV_OVERDUE, "overdue", now - g->conf->overdue_ms, err);
	if (!e)
		e = run_kind(g, XGW_DUE_REMIND, XGW_EV_REMIND, "reminder", now - g->conf->reminder_days * DAY_MS + DAY_MS / 12,
			     err);
	if (!e)
		e = run_kind(g, XGW_DUE_LAPSE, XGW_EV_LAPSE, "lapsed", now - 28 * DAY_MS + DAY_MS / 12, err);
	return e;
}
