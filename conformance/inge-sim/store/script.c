/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script - answers laid down beforehand for the next request of a kind
 *
 * Each is used once, in the order they were laid down, by the request that is then stored.
 */
#include <errno.h>

#include "store/store.h"

int sim_store_add_script(struct sim_store *st, const char *number, const char *office, const json_t *answers,
			 struct osci_err *err)
{
	char *text = json_dumps(answers, JSON_COMPACT);
	int e = text ? db_exec(&st->db, err, "INSERT INTO script (number, office, answers) VALUES (?,?,?)", "ttt", number,
			       office, text) :
		       -ENOMEM;

	osci_freep(&text);
	return e;
}

int sim_store_take_script(struct sim_store *st, const char *number, const char *office, const char *request, json_t **ret,
			  struct osci_err *err)
{
	sqlite3_stmt *q;
	int64_t id = 0;
	int e = db_query(&st->db, &q, err,
			 "SELECT id, answers FROM script WHERE number = ? AND office = ? AND request IS NULL"
			 " ORDER BY id LIMIT 1", "tt", number, office);

	*ret = NULL;
	if (e)
		return e;
	e = db_step(&st->db, q, err);
	if (e == 0) {
		id = db_int(q, 0);
		*ret = json_loads(db_text(q, 1), 0, NULL);
		e = *ret ? 0 : -ENOMEM;
	}
	db_done(q);
	return e ? e : db_exec(&st->db, err, "UPDATE script SET request = ? WHERE id = ?", "ti", request, id);
}

int sim_store_dump_scripts(struct sim_store *st, json_t **ret, struct osci_err *err)
{
	json_t *list = json_array();
	sqlite3_stmt *q;
	int e = list ? db_query(&st->db, &q, err, "SELECT number, office, request FROM script ORDER BY id", "") : -ENOMEM;

	if (e == 0) {
		while (e == 0 && (e = db_step(&st->db, q, err)) == 0)
			if (json_array_append_new(list, json_pack("{s:s, s:s, s:s?}", "message", db_text(q, 0), "office",
								  db_text(q, 1), "request", db_text(q, 2))))
				e = -ENOMEM;
		db_done(q);
	}
	if (e != OSCI_E_EMPTY) {
		json_decref(list);
		return e;
	}
	*ret = list;
	return 0;
}
