/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine - carries out what the rules decide
 *
 * One message, one due case or one command is one transaction: decision, records and the answer in
 * the outbox are stored together or not at all.  No network, no clock: time is a parameter.
 */
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include <xausl/schema.h>

#include "faults.h"
#include "rules/rules.h"
#include "store/store.h"

#define SIM_PRODUCT "inge-sim (Simulator)"
#define SIM_VENDOR "xausl-gateway"

struct osci_cert;

struct sim_office {
	const char *key, *name; /* borrowed from the configuration */
	struct osci_cert *cipher_cert, *sign_cert;
};

struct sim_delay {
	const char *number;
	int64_t ms;
};

enum sim_clerk { SIM_CLERK_NONE, SIM_CLERK_SAME_PERSON, SIM_CLERK_NAMESAKE };

struct sim_engine {
	struct sim_store *store;
	const struct xausl *xausl;
	struct sim_settings settings;
	struct xausl_party bamf;
	const struct sim_office *offices;
	size_t n_offices;
	const char *kennziffer_prefix;
	const char *contact_reference; /* NULL = 070004 names no clerk */
	int64_t answer_delay_ms;
	const struct sim_delay *delays; /* of single kinds of answers, instead of that one */
	size_t n_delays;
	enum sim_clerk clerk;
	int64_t clerk_delay_ms;
	bool in_force_only;    /* messages in a release that is not accepted by the calendar are rejected */
	struct sim_faults *faults; /* NULL = none */
	char deleted[SIM_DATE_SIZE]; /* day of the last deletion; "" = none yet */
	bool orders_shrunk;    /* that was said */
};

/* Day of Europe/Berlin. */
void sim_engine_today(char *out /* SIM_DATE_SIZE */, int64_t now);
/* Time between decision and sending of an answer. */
int64_t sim_engine_delay(const struct sim_engine *e, const char *number);
/* Office of the directory, or NULL. */
const struct sim_office *sim_engine_office(const struct sim_engine *e, const char *key);

/*
 * One message whose content signature is that of @office.  Ends row @fetched of the store.  0 also for a
 * message that is refused or rejected; negative or OSCI_E_* only if the store or memory fails: try again later.
 */
int sim_engine_message(struct sim_engine *e, int64_t fetched, const struct sim_office *office, const void *xml,
		       size_t len, int64_t now, struct osci_err *err);

/* What time brings: clerk by setting, questions that lapse, retrievals to forget. */
int sim_engine_tick(struct sim_engine *e, int64_t now, struct osci_err *err);

/* --- for orders.c of this folder ------------------------------------- */

/*
 * Can a scripted answer, {message, fields, carries, after_ms}, be written? Else OSCI_E_* with the cause in @text; negative
 * if memory fails. What it takes from the request is not looked at.
 */
int sim_script_try(const struct sim_engine *e, const json_t *answer, char *text, size_t size);
/* The answer to a request cannot be written, for @why: kept, marked, and told to who looks on. In the caller's transaction. */
int sim_engine_failed(struct sim_engine *e, const char *uuid, const struct osci_err *why, struct osci_err *err);

/* Second answer of an open clarification; @person 0 = namesake. In the caller's transaction. OSCI_E_STATE: not open. */
int sim_engine_clarified(struct sim_engine *e, const struct sim_case *c, int64_t person, int64_t now,
			 struct osci_err *err);

#endif
