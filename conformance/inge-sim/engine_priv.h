/* SPDX-License-Identifier: Apache-2.0 */
/* engine_priv - one message at work: what the files of the engine share */
#ifndef SIM_ENGINE_PRIV_H
#define SIM_ENGINE_PRIV_H

#include "engine.h"
#include "message.h"
#include "reject.h"

#define E_BUILD OSCI_E_USAGE /* an answer of ours is not what the release demands */

struct job {
	struct sim_engine *e;
	const struct sim_office *office;
	const struct xausl_release *release; /* of the request */
	const json_t *fields;
	struct sim_request req;
	struct sim_mem mem;
	int64_t now;
	char today[SIM_DATE_SIZE];
	const char *trigger; /* UUID the answer reacts to */
	const char *reject;  /* cause, if the message is rejected after all */
	const char *verdict, *reason; /* what became of it */
	struct osci_err *err;
};

/* deletion.c: at most once a day. */
int sim_engine_delete(struct sim_engine *e, int64_t now, struct osci_err *err);

/* reply.c: each puts a message into the outbox, in the caller's transaction; E_BUILD if it cannot be built. */
int sim_reply(struct job *j, const struct sim_decision *d, const char *kennziffer, const char *uuid);
/* @form: "0010" or "000002". */
int sim_reply_rejection(struct job *j, const char *form, const char *code, const char *what, const void *xml, size_t len);
/* Answers laid down beforehand, list of {message, fields with dotted names, after_ms}, to the message @xml. */
int sim_reply_script(struct job *j, const json_t *answers, const void *xml, size_t len);

#endif
