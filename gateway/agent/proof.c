/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof - what a process card (Laufzettel) proves about a request
 */
#include <stdio.h>

#include "agent/line.h"
#include "base/buf.h"
#include "base/log.h"

/* A message after which nothing comes: one-way, or a no to a question. */
static bool last(const struct xgw_request *r)
{
	return xgw_one_way(r->message) || (r->parent && !r->decision);
}

static int apply(struct xgw *g, struct xgw_request *r, bool fetched, const char *osci_id, struct osci_err *err)
{
	_cleanup_(xgw_request_freep) struct xgw_request *parent = NULL;
	int64_t now = xgw_now(g);
	int e;

	e = xgw_journal_apply(g->journal, r, XGW_EV_STORED, osci_id, now, NULL, err);
	if (e || !fetched)
		return e;
	e = xgw_journal_apply(g->journal, r, last(r) ? XGW_EV_FETCHED_LAST : XGW_EV_FETCHED, osci_id, now, NULL, err);
	if (e || !r->parent || r->decision)
		return e;
	e = xgw_journal_request(g->journal, r->parent, &parent, err);
	if (!e && parent->state == XGW_DECIDED)
		e = xgw_journal_apply(g->journal, parent, XGW_EV_FETCHED_LAST, osci_id, now, NULL, err);
	return e;
}

int xgw_proof(struct xgw *g, struct xgw_request *r, bool fetched, const char *osci_id, struct osci_err *err)
{
	char id[32];
	int e;

	e = xgw_journal_begin(g->journal, err);
	if (e)
		return e;
	e = apply(g, r, fetched, osci_id, err);
	if (!e)
		e = xgw_journal_commit(g->journal, err);
	if (e) {
		xgw_journal_rollback(g->journal);
		return e;
	}
	snprintf(id, sizeof(id), "%lld", (long long)r->id);
	osci_log(OSCI_LOG_INFO, fetched ? "request-fetched" : "request-stored", "office", r->office, "request", id, "uuid",
		 r->uuid, "osci_id", osci_id, "state", xgw_state_name(r->state), NULL);
	return 0;
}
