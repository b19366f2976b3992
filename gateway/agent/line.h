/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line - one office at the intermediary: at most one dialogue at a time
 *
 * Lines of different offices run side by side over the asynchronous HTTP engine, so a stalled one
 * waits alone.
 */
#ifndef XGW_AGENT_LINE_H
#define XGW_AGENT_LINE_H

#include <osci/dialog.h>
#include "gateway.h"

#define XGW_LINES_ACTIVE_MAX 64 /* dialogues under way at once */
#define XGW_FETCH_MAX 50        /* deliveries taken in one dialogue */
#define XGW_CARDS_MAX 50        /* process cards asked for in one dialogue */

enum xgw_task { XGW_IDLE, XGW_SENDING, XGW_FETCHING, XGW_CARDS };
#define XGW_TASKS 3 /* without XGW_IDLE */

struct xgw_line {
	struct xgw *g;
	struct xgw_agent *agent;
	struct xgw_office *office;
	struct osci_client_conf conf;
	enum xgw_task task;
	uint64_t exchange;         /* of the HTTP engine; 0 = none */
	/* due times, xgw_mono() */
	int64_t next_send, next_poll, next_cards;
	bool queued;               /* there may be something to send */
	enum xgw_task last;        /* fairness: the one after it goes first */
	unsigned failures;         /* in a row */
	/* sending */
	struct osci_sender *sender;
	const struct xausl_release *release; /* to be sent, where the request was made in another one; NULL = none, see why */
	enum xausl_send_reason why;
	bool waits;                /* nothing can be sent now; said once */
	struct xgw_request *request;
	const struct xgw_partner *partner; /* its reader */
	bool storing;
	/* fetching */
	struct osci_fetcher *fetcher;
	/* process cards */
	struct osci_card_query *cards;
	const char *cards_event;   /* of a failure to get them */
	void (*cards_seen)(struct xgw_line *l);
	int64_t card_ids[XGW_CARDS_MAX];
	char *card_osci_ids[XGW_CARDS_MAX];
	size_t n_cards;
	int64_t card_after;        /* the next batch begins behind this request: every one has its turn */
};

/* Each starts its task; OSCI_E_EMPTY: nothing to do.  They end by calling line_done() or line_failed(). */
int line_send(struct xgw_line *l, struct osci_err *err);
int line_fetch(struct xgw_line *l, struct osci_err *err);
int line_cards(struct xgw_line *l, struct osci_err *err);

/* Second half of line_send(): the request of the line goes out as it is. */
int line_store(struct xgw_line *l, struct osci_err *err);
/* The request of the line was made in another release than l->release: it goes out in that one, or is held. */
int line_change(struct xgw_line *l, struct osci_err *err);
/* A 070007 that was held while the office answered the question anew: *@ret_held, and it is held again. Not stored. */
int line_superseded(struct xgw_line *l, bool *ret_held, struct osci_err *err);
/* No release can be sent (l->why): it waits, or is held. */
int line_nothing(struct xgw_line *l, struct osci_err *err);

/* Asks for the cards of these MessageIds; with them in l->cards @seen goes on, and whatever fails is the event @event. */
int line_ask_cards(struct xgw_line *l, const char *const *ids, size_t n, const char *event,
		   void (*seen)(struct xgw_line *l));

int line_post(struct xgw_line *l, const void *data, size_t len, osci_http_done *done, struct osci_err *err);
/* The task is over: objects go, the line is idle, the next due times are set. */
void line_done(struct xgw_line *l);
/* The same, and the request stays queued: what is in the way passes by itself. */
int line_wait(struct xgw_line *l, const char *reason, int64_t ms);
void line_failed(struct xgw_line *l, const char *event, const struct osci_err *cause);

/* Proof that a request is stored, or that the partner has it. Own transaction. */
int xgw_proof(struct xgw *g, struct xgw_request *r, bool fetched, const char *osci_id, struct osci_err *err);

#endif
