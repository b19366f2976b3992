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
	char why[OSCI_ERR_WHERE_MAX + OSCI_ERR_WHAT_MAX]; /* room for a reason */
	struct osci_err *err;
};

/* engine.c: decides a request that is stored, and carries it out, in the caller's transaction. */
int sim_engine_decide(struct job *j);
/* Cause of a failure as it is listed. */
void sim_engine_why(char *out, size_t size, const struct osci_err *why);

/* deletion.c: at most once a day. */
int sim_engine_delete(struct sim_engine *e, int64_t now, struct osci_err *err);

/* reply.c: each puts a message into the outbox, in the caller's transaction; E_BUILD if it cannot be written. */
int sim_reply(struct job *j, const struct sim_decision *d, const char *kennziffer, const char *uuid);
/* @form: "0010" or "000002". */
int sim_reply_rejection(struct job *j, const char *form, const char *code, const char *what, const void *xml, size_t len);
/* script.c: answers laid down beforehand, to the message @xml. */
int sim_reply_script(struct job *j, const json_t *answers, const void *xml, size_t len);

/* For those two. @after: ms beside the usual delay of this message. */
int sim_reply_queue(struct job *j, const char *number, const char *uuid, char **xml, size_t len, int64_t after);
void sim_reply_frame(const struct job *j, struct xausl_frame *f, const char *uuid);
/* A dialogue may begin in one release and end in the next: answers go out in the one in force. */
const struct xausl_release *sim_reply_release(const struct job *j);
/* Logs which field of @number is at fault, puts it into the error; E_BUILD. @errors: of xausl_build(), NULL = the frame. */
int sim_reply_failed(struct job *j, const char *number, const json_t *errors);

#endif
