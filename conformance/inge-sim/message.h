/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message - between neutral JSON and the decision core
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <jansson.h>
#include <xausl/schema.h>

#include "rules/rules.h"

/* Borrows every text from @fields, which must stay. False if a field has a type it cannot have. */
bool sim_request_read(struct sim_request *ret, const json_t *fields);

/* What an answer needs beside the decision. */
struct sim_answer_context {
	const struct xausl_release *release;
	const struct sim_request *req;
	const struct sim_settings *settings;
	const char *file_reference;    /* of the request, or NULL */
	const char *contact_reference; /* clerk of the BAMF, 070004; or NULL */
	const char *contact_type, *contact_value;
	const char *kennziffer;        /* of the new record */
	const char *today;
};
/* Fields of the answer, new reference; NULL without memory or if the release lacks the code. */
json_t *sim_answer_fields(struct sim_mem *mem, const struct sim_decision *d, const struct sim_answer_context *c);
/* Body of 070015 for @d->shown into @fields; false without memory. */
bool sim_attendance_fields(struct sim_mem *mem, json_t *fields, const struct sim_decision *d,
			   const struct sim_answer_context *c);

#endif
