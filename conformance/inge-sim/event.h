/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event - course events as course providers report them
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <jansson.h>

/*
 * NULL if @event is an event with the data its kind needs and no other; else what is wrong, a constant, with
 * the key to blame in *@key (NULL = the event as a whole).
 */
const char *sim_event_problem(const json_t *event, const char **key);

/* Provider of an event, the default one where it names none. New reference; NULL without memory. */
json_t *sim_event_provider(const json_t *event);
json_t *sim_event_site(const json_t *event);

#endif
