/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit - can a value go out in a message, by the tables of the releases
 *
 * What comes from files must be fit before it is stored: an answer with it could not be written later.
 */
#ifndef SIM_FIT_H
#define SIM_FIT_H

#include <jansson.h>
#include <xausl/schema.h>

#define SIM_FIELD_SIZE 128

/* NULL, or what is expected of @field ("record.issuer.name") of message @number; one release that has a module must take it. */
const char *sim_fit(const struct xausl *x, const char *number, const char *field, const json_t *value);
/*
 * The same for every value in a mapping whose keys are fields below @field. The first one to blame is in @place
 * ("record.issuer.units[].name"); NULL = all fit.
 */
const char *sim_fit_all(const struct xausl *x, const char *number, const char *field, const json_t *value,
			char place[SIM_FIELD_SIZE]);

#endif
