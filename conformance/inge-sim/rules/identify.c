/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify - is the person of a request one that InGe holds
 *
 * Strong keys: Kennziffer with fitting birth date; AZR number.  Without a hit by them
 * surname, birth date and sex are compared; given names do not count (code 17001).
 */
#include <string.h>

#include "rules/rules.h"

static bool has_kennziffer(const struct sim_person *p, const char *kennziffer)
{
	for (size_t i = 0; i < p->n_records; i++)
		if (strcmp(p->records[i].kennziffer, kennziffer) == 0)
			return true;
	return false;
}

static bool same_code(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static void hit(struct sim_identified *ret, const struct sim_person *p)
{
	for (size_t i = 0; i < ret->n_hits; i++)
		if (ret->hits[i] == p)
			return;
	if (ret->n_hits < SIM_CANDIDATES_MAX)
		ret->hits[ret->n_hits++] = p;
}

void sim_identify(struct sim_identified *ret, struct sim_mem *mem, const struct sim_request *req,
		  const struct sim_person *persons, size_t n, const struct sim_settings *s)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < n; i++) {
		const struct sim_person *p = &persons[i];

		if (req->kennziffer && has_kennziffer(p, req->kennziffer)) {
			bool fits = sim_pdate_fits(p->birth_date, req->birth_date, s->date_overlap);

			if (!fits && !s->pair_ignored) {
				/* Never use this record silently, whatever else fits. */
				memset(ret, 0, sizeof(*ret));
				ret->how = SIM_ID_PAIR;
				return;
			}
			if (fits)
				hit(ret, p);
		}
		if (req->azr_number && p->azr_number && strcmp(req->azr_number, p->azr_number) == 0)
			hit(ret, p);
	}
	if (ret->n_hits) {
		ret->how = ret->n_hits == 1 ? SIM_ID_KNOWN : SIM_ID_CONFLICT;
		ret->person = ret->n_hits == 1 ? ret->hits[0] : NULL;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct sim_person *p = &persons[i];

		if (sim_name_fits(mem, p->surname, req->surname, s->name_folded) &&
		    sim_pdate_fits(p->birth_date, req->birth_date, s->date_overlap) &&
		    same_code(p->sex, req->sex))
			hit(ret, p);
	}
	ret->how = ret->n_hits ? SIM_ID_DUPLICATE : SIM_ID_NEW;
}

const struct sim_person *sim_identify_pair(const struct sim_request *req, const struct sim_person *persons,
					   size_t n, const struct sim_settings *s)
{
	const struct sim_person *found = NULL;

	for (size_t i = 0; req->kennziffer && i < n; i++) {
		if (!has_kennziffer(&persons[i], req->kennziffer) ||
		    !sim_pdate_fits(persons[i].birth_date, req->birth_date, s->date_overlap))
			continue;
		if (found)
			return NULL;
		found = &persons[i];
	}
	return found;
}
