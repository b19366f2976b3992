/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deletion - what the BAMF may no longer keep (§ 8 Abs. 6 IntV)
 *
 * Names and birth date go later than everything else of a person; what is kept of the requests about the person
 * goes with the first.
 */
#include "store/store.h"

/* Day of the last thing known of a person, kept once the records are gone. */
#define LAST_DAY                                                                                                       \
	"coalesce(p.last, (SELECT max(max(r.valid_from, coalesce(r.valid_until, ''), coalesce(r.registered, ''),"      \
	" coalesce((SELECT max(date) FROM event e WHERE e.record = r.id), ''))) FROM record r WHERE r.person = p.id))"

int sim_store_next_old(struct sim_store *st, int64_t after, const char *before, int64_t *ret, struct osci_err *err)
{
	return db_get_int(&st->db, err, ret, "SELECT p.id FROM person p WHERE p.id > ? AND " LAST_DAY " < ? ORDER BY p.id LIMIT 1",
			  "it", after, before);
}

int sim_store_delete_data(struct sim_store *st, int64_t person, struct osci_err *err)
{
	static const char *const steps[] = {
		"UPDATE person AS p SET last = " LAST_DAY ", sex = NULL, azr_number = NULL, nationalities = '', data = '{}'"
		" WHERE id = ?",
		"DELETE FROM course_attendance WHERE record IN (SELECT id FROM record WHERE person = ?)",
		"DELETE FROM course_participant WHERE record IN (SELECT id FROM record WHERE person = ?)",
		"DELETE FROM course_registration WHERE record IN (SELECT id FROM record WHERE person = ?)",
		"DELETE FROM course_sheet WHERE record IN (SELECT id FROM record WHERE person = ?)",
		"DELETE FROM takeover WHERE record IN (SELECT id FROM record WHERE person = ?)",
		"DELETE FROM event WHERE record IN (SELECT id FROM record WHERE person = ?)",
		"DELETE FROM record WHERE person = ?",
		"UPDATE fetched SET fields = NULL WHERE uuid IN (SELECT uuid FROM request WHERE subject = ?)",
		"UPDATE request SET fields = NULL WHERE subject = ?",
	};
	int e = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && e == 0; i++)
		e = db_exec(&st->db, err, steps[i], "i", person);
	return e;
}

int sim_store_delete_person(struct sim_store *st, int64_t person, struct osci_err *err)
{
	int e = sim_store_delete_data(st, person, err);

	if (e == 0)
		e = db_exec(&st->db, err, "UPDATE request SET subject = NULL WHERE subject = ?", "i", person);
	return e ? e : db_exec(&st->db, err, "DELETE FROM person WHERE id = ?", "i", person);
}
