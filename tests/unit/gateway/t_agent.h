/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_agent - a gateway, an intermediary and a partner in one process
 *
 * HTTP is replaced: an exchange waits in a list until pump() carries it to the intermediary's core, or
 * loses the order, or its answer.  The partner is played with the client sequences of the library; schemas are made up
 * (fake_xausl.h).
 */
#ifndef T_AGENT_H
#define T_AGENT_H

#include "fake_xausl.h"
#include "gateway.h"

#define A FAKE_OFFICE
#define POLL_MS 1000

extern struct osci_key *office_key, *other_key, *bamf_key, *third_key;
extern struct xgw_office office;
extern struct xgw_partner partners[2]; /* the BAMF, and one with third_key */
extern struct xgw_config conf;
extern struct xgw g;
extern struct osci_err err;
extern volatile int64_t shared; /* test clock: time that passes; g.clock.offset_ms moves the wall clock alone */

extern unsigned posts;
extern bool line_down;         /* no connection */
extern const char *lose_order; /* name of an order: carried out, its answer is lost, once */
extern const char *fault_code; /* answered with this fault, once */
extern const char *down_after; /* name of an order: answered, then there is no connection */

int setup(void **state);
int teardown(void **state);
int before(void **state); /* of each test: all is new */
int after(void **state);
void open_gateway(void);
void close_gateway(void);

int64_t now_ms(void);
/* Runs the agent until nothing is under way and nothing is due. */
void run(void);
void later(int64_t ms);

/* Takes everything out of the partner's mailbox; the last content goes to *@ret (may be NULL). */
unsigned partner_fetch(char **ret);
void partner_send(const char *xml, const struct osci_key *author, const struct osci_key *reader);
/* Answer @number to the message with UUID @trigger (NULL = none), with a fresh UUID. */
void partner_answers(const char *number, const char *trigger, const char *extra);

void partner_answers_as(const struct osci_key *key, const char *author, const char *number, const char *trigger);

struct xgw_request *get(const char *id);
void state_is(const char *id, enum xgw_state wanted);
int64_t rows(const char *sql); /* first column of the first row */
/* Must be accepted. */
void submit(const char *id, const char *number, const char *question, bool replace, char uuid[37]);
/* Acknowledges the oldest open delivery, which must be this one; @request NULL: it belongs to none. */
void take_delivery(const char *outcome, const char *request);
void no_delivery(void);

#endif
