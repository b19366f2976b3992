/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway - the running gateway: what its parts share
 *
 * One thread owns all of it.  Data flow bus -> requests -> agent -> intermediary and back; only
 * the table of core, applied by the journal, changes the state of a request.
 */
#ifndef XGW_GATEWAY_H
#define XGW_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include <osci/http.h>
#include <osci/limits.h>
#include <xausl/calendar.h>
#include "base/clock.h"
#include "conf/config.h"
#include "core/steady.h"
#include "journal/journal.h"

struct xgw_bus;
struct xgw_agent;

struct xgw {
	struct xgw_config *conf;
	struct xgw_journal *journal;
	struct osci_limits limits;
	struct osci_clock clock;
	struct osci_http *http;
	struct xgw_bus *bus;     /* NULL in tests of single parts */
	struct xgw_agent *agent; /* NULL in tests of single parts */
	struct xgw_steady steady; /* zeroed: no doubt */
	int64_t day;             /* the last one xgw_calendar_daily() has seen */
};

int64_t xgw_now(const struct xgw *g);  /* ms since 1970: stamps and protocol fields */
/* Monotonic ms for waits; time that passes on a shared test clock passes here, too. */
int64_t xgw_mono(const struct xgw *g);
/* May the clock be wrong?  Then there is a second moment, what it would say had it not jumped. */
bool xgw_in_doubt(const struct xgw *g);
int64_t xgw_believed(const struct xgw *g); /* without doubt: now */
/* Once behind the opening of the journal, and in every round. */
int xgw_clock_start(struct xgw *g, struct osci_err *err);
void xgw_clock_look(struct xgw *g);
/* Logs what is missing for the next change of release, once a day. */
void xgw_calendar_daily(struct xgw *g);

/* --- requests ---------------------------------------------------------- */

/*
 * One submission of an office.  0: *@receipt is the RECEIPT, whatever it says, and what it says is
 * committed.  OSCI_E_STATE: not taken now (queue full); negative: not taken, nothing is recorded.
 */
int xgw_submit(struct xgw *g, struct xgw_office *o, const json_t *frame, const void *xml, size_t xml_len,
	       json_t **receipt, struct osci_err *err);
/* Reports what is overdue, reminds, lapses questions.  Call it about once a second. */
int xgw_timers(struct xgw *g, struct osci_err *err);
/*
 * Applies @event and, if the table says so, adds the delivery @outcome with the members of @extra
 * (may be NULL, borrowed).  Runs in the caller's transaction.
 */
int xgw_outcome(struct xgw *g, struct xgw_request *r, enum xgw_event event, const char *outcome, const json_t *extra,
		const char *cause, struct osci_err *err);
/* The same for itself: own transaction, then the bus is told. */
int xgw_outcome_commit(struct xgw *g, struct xgw_request *r, enum xgw_event event, const char *outcome,
		       const json_t *extra, const char *cause, struct osci_err *err);
/* Stops a queued request: state held, outcome held with this error and @more (array, borrowed, may be NULL). */
int xgw_hold(struct xgw *g, struct xgw_request *r, const char *code, const char *text, const json_t *more,
	     struct osci_err *err);

/*
 * The release in which a message goes to @p at @now; NULL with *@why (may be NULL): none may be sent.  @parent: the
 * request whose question is answered, or NULL; its dialogue never goes back to an older release because the clock does.
 */
const struct xausl_release *xgw_release_to_send(const struct xgw *g, const struct xgw_partner *p,
						const struct xgw_request *parent, int64_t now, enum xausl_send_reason *why);
#define XGW_EARLY_MS 3600000 /* a message may come so much before its release: as if the time of year were the wrong one */
/*
 * Is a message of @p in @release (NULL = of none we know), fetched then, to be processed?  0 yes; OSCI_E_STATE no;
 * -EAGAIN: its release begins within XGW_EARLY_MS, it has to wait.
 */
int xgw_release_accepted(const struct xgw *g, const struct xgw_partner *p, const struct xausl_release *release,
			 int64_t fetched);

struct xgw_content {
	const struct xgw_partner *partner; /* reader */
	const struct xausl_release *release;
	const char *number, *uuid, *trigger; /* trigger NULL or "" = none */
	const json_t *fields;
	bool test;
};
/* 0 with either *@xml (malloc()ed) or all that is in the way in @errors; negative fatal. */
int xgw_build_xml(const struct xgw *g, const struct xgw_office *o, const struct xgw_content *c, int64_t now,
		  unsigned char **xml, size_t *len, json_t *errors, struct osci_err *err);
/*
 * Our own checks run over what is sent in any case; @imported: those of the official package.  0 with the number of the
 * message in *@message, or @errors.
 */
int xgw_check_xml(const struct xgw *g, const struct xausl_release *release, bool imported, const void *xml, size_t len,
		  json_t *errors, char **message, struct osci_err *err);
/*
 * Builds @q (queued, with its XML and fields, certainly not stored) in release @to and writes that down.  0: done, or
 * @errors says all that is in the way and nothing has changed; negative fatal.
 */
int xgw_convert(struct xgw *g, const struct xgw_office *o, struct xgw_request *q, const struct xausl_release *to,
		json_t *errors, struct osci_err *err);

/* Adds {field?, code, standard_code?, text} to @errors; NULL = left out. */
int xgw_add_error(json_t *errors, const char *field, const char *code, const char *standard, const char *text);

/* --- agent: the side of the intermediary ------------------------------- */

int xgw_agent_new(struct xgw_agent **ret, struct xgw *g, struct osci_err *err);
void xgw_agent_freep(struct xgw_agent **a);
void xgw_agent_wake(struct xgw_agent *a, const struct xgw_office *o); /* something is queued */
/* Starts what is due; returns ms until the next thing is. */
int xgw_agent_run(struct xgw_agent *a, struct osci_err *err);
/* Processes what was fetched and not yet understood: at start, and after each fetch. @office NULL = all. */
int xgw_inbound(struct xgw *g, const struct xgw_office *office, struct osci_err *err);

/* --- bus --------------------------------------------------------------- */

int xgw_bus_new(struct xgw_bus **ret, struct xgw *g, struct osci_err *err);
void xgw_bus_freep(struct xgw_bus **b);
int xgw_bus_fd(const struct xgw_bus *b);
const char *xgw_bus_endpoint(const struct xgw_bus *b); /* with the real port */
/* Takes what came and answers; offers deliveries. Returns ms until the next redelivery, 0 = more waits. */
int xgw_bus_run(struct xgw_bus *b, struct osci_err *err);
void xgw_bus_wake(struct xgw_bus *b, const char *office); /* a delivery was added */

#endif
