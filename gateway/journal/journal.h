/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal - what the gateway must never forget
 *
 * Requests of offices, raw messages fetched for them, deliveries to them, and every change of state
 * with its time and cause.  Each function is one committed transaction unless the caller has
 * opened one with xgw_journal_begin().  Payload (XML, JSON, raw octets) goes when the office has confirmed the
 * delivery; what stays are ids, hashes, codes and times.
 */
#ifndef XGW_JOURNAL_JOURNAL_H
#define XGW_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>
#include "base/db.h"
#include "core/core.h"

struct xgw_journal {
	struct db db;
};

/* A row of the table request; texts are never NULL. */
struct xgw_request {
	int64_t id, parent; /* parent: the request whose question this 070007 decides; 0 = none */
	enum xgw_state state;
	char *office, *bus_id, *message, *hash, *uuid, *release, *osci_id, *purpose, *user, *errors, *last_error;
	char *question;     /* nachrichtenUUID of the last 070006 */
	char *partner;      /* directory key of the reader; "" = the BAMF */
	int64_t rejects;    /* a Rückweisung: of this inbound row; 0 = a request of the office */
	bool decision;      /* of a 070007: its value; false otherwise */
	int64_t attempts, accepted, since;
	unsigned char *xml; /* NULL unless asked for */
	size_t xml_len;
	char *fields;       /* with xml: what the office submitted, as JSON; NULL or "" = it submitted XML */
};

struct xgw_inbound {
	int64_t id, fetched;
	char *office, *osci_id;
	unsigned char *raw;
	size_t raw_len;
};

struct xgw_delivery_row {
	int64_t id, sent;
	char *json;
	unsigned char *xml; /* NULL if the outcome is no message */
	size_t xml_len;
};

int xgw_journal_open(struct xgw_journal **ret, const char *path, struct osci_err *err);
void xgw_journal_closep(struct xgw_journal **j);
/* When the last thing was written down; 0 = never. */
int xgw_journal_latest(struct xgw_journal *j, int64_t *ret, struct osci_err *err);
int xgw_journal_begin(struct xgw_journal *j, struct osci_err *err);
int xgw_journal_commit(struct xgw_journal *j, struct osci_err *err);
void xgw_journal_rollback(struct xgw_journal *j);

/* --- requests ---------------------------------------------------------- */

void xgw_request_freep(struct xgw_request **r);
/* Inserts @r (id is set, xml and fields are stored); OSCI_E_EXISTS if the office used this bus id or the UUID is known. */
int xgw_journal_add_request(struct xgw_journal *j, struct xgw_request *r, int64_t now, struct osci_err *err);
/* OSCI_E_EMPTY if there is none. */
int xgw_journal_request(struct xgw_journal *j, int64_t id, struct xgw_request **ret, struct osci_err *err);
int xgw_journal_by_bus_id(struct xgw_journal *j, const char *office, const char *bus_id, struct xgw_request **ret,
			  struct osci_err *err);
int xgw_journal_by_uuid(struct xgw_journal *j, const char *office, const char *uuid, struct xgw_request **ret,
			struct osci_err *err);
/* The request to which the 070006 with this UUID came. */
int xgw_journal_by_question(struct xgw_journal *j, const char *office, const char *uuid, struct xgw_request **ret,
			    struct osci_err *err);
/*
 * Oldest request of the office that is queued, with its XML and fields; one that failed four times lets those go first that did
 * not, so that a single one that can never be sent stops no other.
 */
int xgw_journal_next_queued(struct xgw_journal *j, const char *office, struct xgw_request **ret, struct osci_err *err);
int xgw_journal_count(struct xgw_journal *j, const char *office, enum xgw_state state, int64_t *ret, struct osci_err *err);
/* Applies the table of core; writes state and event log; *@ret_actions may be NULL. @r->state follows. */
int xgw_journal_apply(struct xgw_journal *j, struct xgw_request *r, enum xgw_event event, const char *cause,
		      int64_t now, unsigned *ret_actions, struct osci_err *err);
int xgw_journal_set_osci_id(struct xgw_journal *j, struct xgw_request *r, const char *osci_id, struct osci_err *err);
int xgw_journal_set_question(struct xgw_journal *j, int64_t id, const char *uuid, struct osci_err *err);
/* @summary: the same in one line, what STATE shows as last error. */
int xgw_journal_set_errors(struct xgw_journal *j, int64_t id, const char *errors, const char *summary,
			   struct osci_err *err);
/* Takes the place of what was to be sent; the fields stay. */
int xgw_journal_convert(struct xgw_journal *j, struct xgw_request *r, const char *release, const void *xml, size_t xml_len,
			int64_t now, struct osci_err *err);
/* Has the office answered the question of this 070007 anew, after this one was held? */
int xgw_journal_superseded(struct xgw_journal *j, const struct xgw_request *r, bool *ret, struct osci_err *err);
int xgw_journal_attempt_failed(struct xgw_journal *j, int64_t id, const char *cause, struct osci_err *err);
/* 070007 sent to questions of @parent, that are not closed yet. */
int xgw_journal_children(struct xgw_journal *j, int64_t parent, int64_t *ids, size_t max, size_t *ret_n,
			 struct osci_err *err);

enum xgw_due { XGW_DUE_OVERDUE, XGW_DUE_REMIND, XGW_DUE_LAPSE, XGW_DUE_HELD };
/*
 * Ids of requests, oldest first, that were last changed at or before @before: OVERDUE without any answer and
 * not reported; REMIND in clarification and not reminded; LAPSE in question; HELD all held ones.
 */
int xgw_journal_due(struct xgw_journal *j, enum xgw_due kind, int64_t before, int64_t *ids, size_t max, size_t *ret_n,
		    struct osci_err *err);
/* Requests of @office behind @after, stored at the intermediary at or before @before and not known to be fetched. */
int xgw_journal_cards(struct xgw_journal *j, const char *office, int64_t before, int64_t after, int64_t *ids, size_t max,
		      size_t *ret_n, struct osci_err *err);
/* Is no 070007 to @question on its way, because all are held, were made in another release than @release, never sent? */
int xgw_journal_undecided(struct xgw_journal *j, int64_t question, const char *release, bool *ret, struct osci_err *err);
int xgw_journal_mark(struct xgw_journal *j, int64_t id, enum xgw_due kind, struct osci_err *err);

/* --- what was fetched -------------------------------------------------- */

void xgw_inbound_freep(struct xgw_inbound **i);
/* OSCI_E_EXISTS: this office has this OSCI message already. */
int xgw_journal_add_inbound(struct xgw_journal *j, const char *office, const char *osci_id, const void *raw,
			    size_t len, int64_t now, struct osci_err *err);
/* Next one not processed of this office (NULL = any), id above @after. */
int xgw_journal_next_inbound(struct xgw_journal *j, const char *office, int64_t after, struct xgw_inbound **ret,
			     struct osci_err *err);
/* What came out: of xgw_inbound with id, partner and content; texts may be NULL. */
struct xgw_inbound_result {
	const char *status;  /* delivered, rejected, unassigned, repeated */
	const char *uuid, *code;
	const char *partner; /* key of who signed it */
	const char *content; /* SHA-256 of the message, hexadecimal */
	int64_t request;     /* it refers to, or 0 */
};
int xgw_journal_inbound_done(struct xgw_journal *j, int64_t id, const struct xgw_inbound_result *result,
			     struct osci_err *err);
/* What is known of a message: did the office get one with this UUID, with this very content, was this content rejected? */
struct xgw_known {
	bool uuid, same, rejected;
};
int xgw_journal_known(struct xgw_journal *j, const char *office, const char *uuid, const char *content,
		      struct xgw_known *ret, struct osci_err *err);

/* --- deliveries -------------------------------------------------------- */

/* Ids of new deliveries are above @after; never lowers them. */
int xgw_journal_deliveries_from(struct xgw_journal *j, int64_t after, struct osci_err *err);

/* @r NULL: it refers to no request. @json: the object without delivery and redelivery. @inbound 0 = no message. */
int xgw_journal_add_delivery(struct xgw_journal *j, const char *office, const struct xgw_request *r,
			     const char *outcome, bool final,
			     const char *json, const void *xml, size_t xml_len, int64_t inbound, int64_t now,
			     int64_t *ret_id, struct osci_err *err);
/* The next unacknowledged one of the office with id above @after. */
int xgw_journal_next_delivery(struct xgw_journal *j, const char *office, int64_t after, struct xgw_delivery_row **ret,
			      struct osci_err *err);
int xgw_journal_delivery(struct xgw_journal *j, const char *office, int64_t id, struct xgw_delivery_row **ret,
			 struct osci_err *err);
void xgw_delivery_row_freep(struct xgw_delivery_row **d);
int xgw_journal_delivery_sent(struct xgw_journal *j, int64_t id, struct osci_err *err);
/*
 * Records the acknowledgement, drops the payload, and closes the dialogue if that was its last
 * final answer.  Again: 0, nothing changes.  OSCI_E_EMPTY: the office has no such delivery.
 */
int xgw_journal_ack(struct xgw_journal *j, const char *office, int64_t id, int64_t now, struct osci_err *err);

#endif
