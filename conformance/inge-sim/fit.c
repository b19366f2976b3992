/* SPDX-License-Identifier: Apache-2.0 */
/* fit - see fit.h */
#include <stdio.h>
#include <string.h>

#include "fit.h"

#define DEPTH_MAX 8

const char *sim_fit(const struct xausl *x, const char *number, const char *field, const json_t *value)
{
	const char *problem = "no such field";

	/* The newest first: its words are told if none takes the value. */
	for (size_t i = xausl_release_count(x); i > 0; i--) {
		const struct xausl_release *r = xausl_release_get(x, i - 1);
		const char *code, *expected;
		int e = xausl_release_has_module(r) ? xausl_field_check(r, number, field, value, &code, &expected) : OSCI_E_EMPTY;

		if (e == 0)
			return NULL;
		if (e == OSCI_E_MALFORMED && strcmp(problem, "no such field") == 0)
			problem = strcmp(code, "unknown_code") == 0	? "unknown code" :
				  strcmp(code, "code_not_allowed") == 0 ? "this code is not allowed here" :
				  expected				? expected :
									  "another value expected";
	}
	return problem;
}

static const char *walk(const struct xausl *x, const char *number, const json_t *value, char place[SIM_FIELD_SIZE], unsigned depth)
{
	size_t n = strlen(place), i;
	const char *key, *problem = NULL;
	json_t *v;

	if (depth == DEPTH_MAX || n > SIM_FIELD_SIZE - 40)
		return "too deep";
	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, v) {
			snprintf(place + n, SIM_FIELD_SIZE - n, ".%.36s", key);
			problem = walk(x, number, v, place, depth + 1);
			if (problem)
				return problem;
			place[n] = '\0';
		}
		return NULL;
	}
	if (!json_is_array(value))
		return sim_fit(x, number, place, value);
	snprintf(place + n, SIM_FIELD_SIZE - n, "[]");
	json_array_foreach((json_t *)value, i, v)
		if ((problem = walk(x, number, v, place, depth + 1)))
			return problem;
	place[n] = '\0';
	return NULL;
}

const char *sim_fit_all(const struct xausl *x, const char *number, const char *field, const json_t *value,
			char place[SIM_FIELD_SIZE])
{
	snprintf(place, SIM_FIELD_SIZE, "%s", field);
	return walk(x, number, value, place, 0);
}
