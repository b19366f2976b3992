/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event - course events as course providers report them
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <stdbool.h>
#include <jansson.h>

#include "fit.h"

struct sim_event_fault {
	const char *key;	    /* of the event, to blame; NULL = the event as a whole */
	char place[SIM_FIELD_SIZE]; /* the same with what lies below: "provider.address.town"; "" without a key */
	const char *what;	    /* a constant */
};
/* Has @event the data its kind needs and no other, and can they go out in an answer (@x NULL = not looked at)? */
bool sim_event_ok(const json_t *event, const struct xausl *x, struct sim_event_fault *ret);
/* A section that names neither course nor kind of course goes on with those of one before it: there must be one. */
bool sim_event_needs_section(const json_t *event);
bool sim_event_gives_section(const json_t *event);

/* Provider of an event, the default one where it names none. New reference; NULL without memory. */
json_t *sim_event_provider(const json_t *event);
json_t *sim_event_site(const json_t *event);

#endif
