/* SPDX-License-Identifier: Apache-2.0 */
/*
 * switches - open points of the partner that a case may leave free, and the jobs this makes
 */
#include <errno.h>
#include <stdlib.h>

#include "run/run.h"

static const struct {
	const char *name, *first, *other; /* NULL: false and true */
} switches[CF_SWITCHES] = {
	{ "name_match", "exact", "folded" },
	{ "partial_date_match", "exact", "overlap" },
	{ "own_record", "refuse", "repeat" },
	{ "keep_kennziffer", NULL, NULL },
};

/* What the case says: 0 nothing, 1 the first value, 2 the other. */
static unsigned said(const struct cf_settings *s, size_t i)
{
	switch (i) {
	case 0:
		return s->name_match;
	case 1:
		return s->partial_date_match;
	case 2:
		return s->own_record;
	default:
		return s->keep_kennziffer;
	}
}

json_t *cf_job_switch(const struct cf_job *j, size_t i, const json_t *set, const char **name, bool *is_free)
{
	unsigned value = said(&j->c->settings, i);
	bool other = value ? value == 2 : j->choice >> i & 1;
	json_t *told = json_object_get(set, switches[i].name);

	*name = switches[i].name;
	*is_free = !value;
	if (!value && told)
		return json_incref(told);
	return switches[i].first ? json_string(other ? switches[i].other : switches[i].first) : json_boolean(other);
}

static unsigned free_ones(const struct cf_case *c, const json_t *set)
{
	unsigned mask = 0;

	for (size_t i = 0; i < CF_SWITCHES; i++)
		if (!said(&c->settings, i) && !json_object_get(set, switches[i].name))
			mask |= 1u << i;
	return c->not_runnable ? 0 : mask;
}

int cf_jobs_make(struct cf_job **ret, size_t *n_ret, const struct cf_case *const *cases, size_t n, enum cf_vary vary,
		 const json_t *set)
{
	struct cf_job *jobs = calloc(n * (1u << CF_SWITCHES) + 1, sizeof(*jobs));
	size_t k = 0;

	if (!jobs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		unsigned mask = free_ones(cases[i], set);

		for (unsigned choice = 0; choice < 1u << CF_SWITCHES; choice++) {
			if (choice & ~mask ||
			    (choice && (vary == CF_VARY_NOT || (vary == CF_VARY_EACH && choice != mask))))
				continue;
			jobs[k++] = (struct cf_job){ cases[i], choice };
		}
	}
	*ret = jobs;
	*n_ret = k;
	return 0;
}
