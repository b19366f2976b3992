/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core - the table of the life of a request
 *
 * Read a row as: in this state, when this happens, go there and do that.  A late proof never
 * turns a state back; a second answer to an answered request is delivered like the first, because the
 * standard allows it (070004 is followed by another answer to the same nachrichtenUUID).
 */
#include <stddef.h>
#include <string.h>

#include "core/core.h"

static const char *const state_names[XGW_STATES] = {
	[XGW_REFUSED] = "refused",   [XGW_QUEUED] = "queued",
	[XGW_STORED] = "stored",     [XGW_FETCHED] = "fetched",
	[XGW_CLARIFICATION] = "clarification", [XGW_QUESTION] = "question",
	[XGW_DECIDED] = "decided",   [XGW_ANSWERED] = "answered",
	[XGW_CLOSED] = "closed",     [XGW_REJECTED] = "rejected",
	[XGW_LAPSED] = "lapsed",     [XGW_HELD] = "held",
};

static const char *const event_names[XGW_EVENTS] = {
	[XGW_EV_STORED] = "stored",     [XGW_EV_FETCHED] = "fetched",
	[XGW_EV_FETCHED_LAST] = "fetched-last", [XGW_EV_INTERIM] = "interim",
	[XGW_EV_QUESTION] = "question", [XGW_EV_DECISION] = "decision",
	[XGW_EV_FINAL] = "final",       [XGW_EV_REJECTION] = "rejection",
	[XGW_EV_NOTICE] = "notice",     [XGW_EV_ACKED] = "acknowledged",
	[XGW_EV_HOLD] = "hold",         [XGW_EV_RESUME] = "resume",
	[XGW_EV_LAPSE] = "lapse",       [XGW_EV_OVERDUE] = "overdue",
	[XGW_EV_REMIND] = "remind",     [XGW_EV_CONVERTED] = "release-converted",
};

#define GO(s, a) { XGW_##s, (a), true }
#define D XGW_DO_DELIVER
#define F XGW_DO_FORGET

struct row {
	enum xgw_state state;
	unsigned actions;
	bool set; /* false: the event changes nothing here */
};

static const struct row table[XGW_STATES][XGW_EVENTS] = {
	[XGW_QUEUED] = {
		[XGW_EV_STORED] = GO(STORED, 0),
		[XGW_EV_FETCHED] = GO(FETCHED, 0),
		[XGW_EV_FETCHED_LAST] = GO(CLOSED, F),
		[XGW_EV_INTERIM] = GO(CLARIFICATION, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(QUEUED, D),
		[XGW_EV_HOLD] = GO(HELD, D),
		[XGW_EV_OVERDUE] = GO(QUEUED, D),
		[XGW_EV_CONVERTED] = GO(QUEUED, 0),
	},
	[XGW_STORED] = {
		[XGW_EV_FETCHED] = GO(FETCHED, 0),
		[XGW_EV_FETCHED_LAST] = GO(CLOSED, F),
		[XGW_EV_INTERIM] = GO(CLARIFICATION, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(STORED, D),
		[XGW_EV_OVERDUE] = GO(STORED, D),
	},
	[XGW_FETCHED] = {
		[XGW_EV_FETCHED_LAST] = GO(CLOSED, F),
		[XGW_EV_INTERIM] = GO(CLARIFICATION, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(FETCHED, D),
		[XGW_EV_OVERDUE] = GO(FETCHED, D),
	},
	[XGW_CLARIFICATION] = {
		[XGW_EV_INTERIM] = GO(CLARIFICATION, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(CLARIFICATION, D),
		[XGW_EV_REMIND] = GO(CLARIFICATION, D),
	},
	[XGW_QUESTION] = {
		[XGW_EV_INTERIM] = GO(QUESTION, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_DECISION] = GO(DECIDED, 0),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(QUESTION, D),
		[XGW_EV_LAPSE] = GO(LAPSED, D | F),
	},
	[XGW_DECIDED] = {
		[XGW_EV_FETCHED_LAST] = GO(CLOSED, F), /* of a no: nothing is due any more */
		[XGW_EV_DECISION] = GO(DECIDED, 0), /* the one before missed a change of release */
		[XGW_EV_INTERIM] = GO(DECIDED, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(DECIDED, D),
		[XGW_EV_OVERDUE] = GO(DECIDED, D),
	},
	[XGW_ANSWERED] = {
		[XGW_EV_INTERIM] = GO(ANSWERED, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(ANSWERED, D),
		[XGW_EV_NOTICE] = GO(ANSWERED, D),
		[XGW_EV_ACKED] = GO(CLOSED, F),
	},
	[XGW_CLOSED] = {
		[XGW_EV_INTERIM] = GO(CLOSED, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(CLOSED, D),
	},
	[XGW_REJECTED] = {
		[XGW_EV_INTERIM] = GO(REJECTED, D | F),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(REJECTED, D | F),
	},
	[XGW_LAPSED] = {
		[XGW_EV_INTERIM] = GO(LAPSED, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(LAPSED, D),
	},
	[XGW_HELD] = {
		[XGW_EV_STORED] = GO(STORED, 0),
		[XGW_EV_FETCHED] = GO(FETCHED, 0),
		[XGW_EV_FETCHED_LAST] = GO(CLOSED, F),
		[XGW_EV_INTERIM] = GO(CLARIFICATION, D),
		[XGW_EV_QUESTION] = GO(QUESTION, D),
		[XGW_EV_FINAL] = GO(ANSWERED, D),
		[XGW_EV_REJECTION] = GO(REJECTED, D | F),
		[XGW_EV_NOTICE] = GO(HELD, D),
		[XGW_EV_RESUME] = GO(QUEUED, XGW_DO_SEND),
	},
};

struct xgw_step xgw_core_step(enum xgw_state state, enum xgw_event event)
{
	const struct row *row = &table[state][event];

	if (row->set)
		return (struct xgw_step){ row->state, row->actions };
	/* What can come at any time says nothing new; the rest contradicts the state. */
	switch (event) {
	case XGW_EV_STORED:
	case XGW_EV_FETCHED:
	case XGW_EV_FETCHED_LAST:
	case XGW_EV_ACKED:
	case XGW_EV_LAPSE:
	case XGW_EV_OVERDUE:
	case XGW_EV_REMIND:
		return (struct xgw_step){ state, state == XGW_REFUSED ? XGW_IMPOSSIBLE : 0 };
	default:
		return (struct xgw_step){ state, XGW_IMPOSSIBLE };
	}
}

const char *xgw_state_name(enum xgw_state state)
{
	return state_names[state];
}

bool xgw_state_parse(const char *name, enum xgw_state *ret)
{
	for (unsigned i = 0; i < XGW_STATES; i++)
		if (!strcmp(state_names[i], name)) {
			*ret = (enum xgw_state)i;
			return true;
		}
	return false;
}

const char *xgw_event_name(enum xgw_event event)
{
	return event_names[event];
}

#define NEW_RECORD "070001 070007 070008 070009 070010"

static const struct xgw_answer answers[] = {
	{ "070003", "accepted", XGW_EV_FINAL, NEW_RECORD },
	{ "070004", "duplicate", XGW_EV_INTERIM, "070001 070008 070009 070010" },
	{ "070005", "refused", XGW_EV_FINAL, NEW_RECORD },
	{ "070006", "question", XGW_EV_QUESTION, "070008 070009 070010" },
	{ "070012", "information", XGW_EV_FINAL, "070011" },
	{ "070014", "attendance_refused", XGW_EV_FINAL, "070013" },
	{ "070015", "attendance", XGW_EV_FINAL, "070013 070016" },
	{ "070017", "takeover_refused", XGW_EV_FINAL, "070016" },
	{ "0010", "rejected-by-partner", XGW_EV_REJECTION, "*" },
	{ "000002", "rejected-by-partner", XGW_EV_REJECTION, "*" },
	{ "0020", "receipt", XGW_EV_NOTICE, "*" },
	{ "0021", "receipt-reminder", XGW_EV_NOTICE, "*" },
	{ "000030", "not-competent", XGW_EV_NOTICE, "*" },
	{ "0032", "not-competent", XGW_EV_NOTICE, "*" },
	{ "0031", "forwarded", XGW_EV_NOTICE, "*" },
};

const struct xgw_answer *xgw_answer_find(const char *number)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!strcmp(answers[i].number, number))
			return &answers[i];
	return NULL;
}

bool xgw_answer_fits(const struct xgw_answer *a, const char *request_number)
{
	size_t len = strlen(request_number);
	const char *p = a->reacts_to;

	if (!strcmp(p, "*"))
		return true;
	for (; len && (p = strstr(p, request_number)); p += len)
		if ((p == a->reacts_to || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	return false;
}

bool xgw_one_way(const char *number)
{
	static const char *const answered[] = { "070001", "070007", "070008", "070009", "070010", "070011", "070013", "070016" };

	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++)
		if (!strcmp(answered[i], number))
			return false;
	return true;
}
