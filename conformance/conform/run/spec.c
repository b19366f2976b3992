/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec - what a world needs to know of a case
 */
#include <stdlib.h>

#include "run/spec.h"

json_t *cf_spec_partner(const struct cf_job *job, const json_t *more)
{
	json_t *settings = json_object();

	for (size_t i = 0; settings && i < CF_SWITCHES; i++) {
		const char *name;
		bool is_free;
		json_t *value = cf_job_switch(job, i, &name, &is_free);

		if (json_object_set_new(settings, name, value)) {
			json_decref(settings);
			return NULL;
		}
	}
	/* what the whole run is told comes first; but what a case sets is part of the case */
	if (settings && more)
		json_object_update_missing(settings, (json_t *)more);
	return settings;
}

struct cf_office_spec *cf_spec_offices(const struct cf_case *c)
{
	struct cf_office_spec *list = calloc(c->n_offices + 1, sizeof(*list));

	for (size_t i = 0; list && i < c->n_offices; i++)
		list[i] = (struct cf_office_spec){ c->offices[i].label, c->offices[i].key, c->offices[i].name,
						   c->offices[i].certificate };
	return list;
}
