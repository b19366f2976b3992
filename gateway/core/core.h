/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core - life of a request: one table (state, event) -> (state, actions)
 *
 * Pure: no clock, no journal, no I/O.  Names of states are those of the bus and of the
 * journal.  Late proofs and second answers are part of the table: an event that changes nothing
 * in a state keeps that state, an event that cannot happen is marked so and changes nothing.
 */
#ifndef XGW_CORE_CORE_H
#define XGW_CORE_CORE_H

#include <stdbool.h>

enum xgw_state {
	XGW_REFUSED,       /* refused before anything was sent */
	XGW_QUEUED,        /* accepted and safe, not yet at the intermediary */
	XGW_STORED,        /* the intermediary has confirmed it */
	XGW_FETCHED,       /* the Laufzettel shows the partner's reception */
	XGW_CLARIFICATION, /* 070004 came, the second answer is open */
	XGW_QUESTION,      /* 070006 came, the office's decision is open */
	XGW_DECIDED,       /* 070007 is under way, the final answer is open */
	XGW_ANSWERED,      /* the final answer is there, not yet acknowledged */
	XGW_CLOSED,        /* acknowledged; or a message without answer, fetched */
	XGW_REJECTED,      /* rejected by the partner */
	XGW_LAPSED,        /* the question was not answered in time */
	XGW_HELD,          /* stopped, waits for the operator */
	XGW_STATES
};

enum xgw_event {
	XGW_EV_STORED,       /* proof of the intermediary: stored */
	XGW_EV_FETCHED,      /* proof: the partner has it; an answer is to come */
	XGW_EV_FETCHED_LAST, /* the same for a message that is never answered */
	XGW_EV_INTERIM,      /* 070004 */
	XGW_EV_QUESTION,     /* 070006 */
	XGW_EV_DECISION,     /* a 070007 for the open question was accepted */
	XGW_EV_FINAL,        /* an answer after which none is due */
	XGW_EV_REJECTION,    /* 0010, 000002 */
	XGW_EV_NOTICE,       /* 000030, 0020, 0021, 0031, 0032, and whatever names a request and changes nothing */
	XGW_EV_ACKED,        /* every final answer is acknowledged by the office */
	XGW_EV_HOLD,         /* permanent refusal on the way out */
	XGW_EV_RESUME,       /* the operator lets a held request go again */
	XGW_EV_LAPSE,        /* a month without decision */
	XGW_EV_OVERDUE,      /* no answer of any kind for too long */
	XGW_EV_REMIND,       /* no second answer after 070004 for too long */
	XGW_EV_CONVERTED,    /* built anew in the release that is to be sent now */
	XGW_EVENTS
};

#define XGW_DO_DELIVER 1u /* a delivery goes to the office */
#define XGW_DO_SEND 2u    /* wake the sender of the office */
#define XGW_DO_FORGET 4u  /* payload of the request is no longer needed */
#define XGW_IMPOSSIBLE 8u /* contradicts the table: nothing changes, the operator is told */

struct xgw_step {
	enum xgw_state state;
	unsigned actions;
};

struct xgw_step xgw_core_step(enum xgw_state state, enum xgw_event event);
const char *xgw_state_name(enum xgw_state state);
bool xgw_state_parse(const char *name, enum xgw_state *ret);
const char *xgw_event_name(enum xgw_event event);

/* What a message from the partner means; NULL for numbers no office receives. */
struct xgw_answer {
	const char *number;
	const char *outcome;      /* name on the bus */
	enum xgw_event event;
	const char *reacts_to;    /* numbers of requests, blank separated; "*" = any */
};
const struct xgw_answer *xgw_answer_find(const char *number);
bool xgw_answer_fits(const struct xgw_answer *a, const char *request_number);
/* No answer is due: 070019, 070022, and whatever is only carried. */
bool xgw_one_way(const char *number);

#endif
