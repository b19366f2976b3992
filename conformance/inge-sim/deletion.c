/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deletion - once a day: what is too old of persons without a record in force goes
 *
 * § 8 Abs. 6 IntV: names and birth date after ten years at most, all other data after five.
 */
#include <string.h>

#include "engine_priv.h"

#define DATA_MONTHS 60
#define NAME_MONTHS 120

static int look(struct sim_engine *e, int64_t id, const char *today, bool *in_force, struct osci_err *err)
{
	struct sim_mem mem = { 0 };
	struct sim_person *p;
	int r = sim_store_person(e->store, &mem, id, &p, err);

	*in_force = false;
	for (size_t i = 0; r == 0 && i < p->n_records; i++)
		*in_force = *in_force || sim_record_in_force(&p->records[i], &e->settings, today);
	sim_mem_free(&mem);
	return r;
}

static int delete_old(struct sim_engine *e, const char *today, int months,
		      int (*gone)(struct sim_store *st, int64_t person, struct osci_err *err), struct osci_err *err)
{
	char before[SIM_DATE_SIZE];
	int64_t id = 0;
	int r = sim_date_add_months(before, today, -months) ? 0 : OSCI_E_EMPTY;

	while (r == 0 && (r = sim_store_next_old(e->store, id, before, &id, err)) == 0) {
		bool in_force;

		r = look(e, id, today, &in_force, err);
		if (r == 0 && !in_force)
			r = gone(e->store, id, err);
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}

int sim_engine_delete(struct sim_engine *e, int64_t now, struct osci_err *err)
{
	char today[SIM_DATE_SIZE];
	int r;

	sim_engine_today(today, now);
	if (!e->settings.deletion || strcmp(today, e->deleted) == 0)
		return 0;
	r = db_begin(&e->store->db, err);
	if (r == 0)
		r = delete_old(e, today, NAME_MONTHS, sim_store_delete_person, err);
	if (r == 0)
		r = delete_old(e, today, DATA_MONTHS, sim_store_delete_data, err);
	if (r == 0)
		r = db_commit(&e->store->db, err);
	if (r)
		db_rollback(&e->store->db);
	else
		memcpy(e->deleted, today, sizeof(e->deleted));
	return r;
}
