/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operator - what the regional office and the operator of the simulator order, and see
 *
 * {"do":"course","action":"code","provider":KEY,"environment":"test"|"production","hash":HEX}
 * {"do":"course","action":"decide","provider":KEY,"passed":true|false,"note":TEXT}
 * {"do":"course","action":"outage","from":TIME,"until":TIME}   TIME as of --now; without from: now; without
 * until: open
 * {"do":"course","action":"outage-end"}
 */
#include <errno.h>
#include <string.h>

#include "course/account.h"
#include "course/accept.h"

#define NOTE_MAX 280

static bool keys_among(const json_t *o, const char *words)
{
	for (void *it = json_object_iter((json_t *)o); it; it = json_object_iter_next((json_t *)o, it))
		if (!course_among(words, json_object_iter_key(it)))
			return false;
	return true;
}

static const char *code_problem(const json_t *o)
{
	const char *environment = course_text(o, "environment"), *hash = course_text(o, "hash");

	if (!keys_among(o, "do|action|provider|environment|hash"))
		return "unknown key";
	if (!course_text(o, "provider"))
		return "provider: key expected";
	if (!environment || !course_among(COURSE_ENV_TEST "|" COURSE_ENV_PRODUCTION, environment))
		return "environment: test or production expected";
	return hash && strlen(hash) == COURSE_TOKEN_SIZE - 1 ? NULL : "hash: 64 hexadecimal digits expected";
}

static const char *decide_problem(const json_t *o)
{
	const json_t *note = json_object_get(o, "note");

	if (!keys_among(o, "do|action|provider|passed|note"))
		return "unknown key";
	if (!course_text(o, "provider"))
		return "provider: key expected";
	if (!json_is_boolean(json_object_get(o, "passed")))
		return "passed: true or false expected";
	return note && (!json_is_string(note) || json_string_length(note) > NOTE_MAX)
		   ? "note: short text expected"
		   : NULL;
}

static const char *outage_problem(const json_t *o)
{
	static const char *const keys[] = {"from", "until"};
	int64_t ms;

	if (!keys_among(o, "do|action|from|until"))
		return "unknown key";
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_get(o, keys[i]) &&
		    (!course_text(o, keys[i]) || osci_clock_parse(course_text(o, keys[i]), &ms)))
			return "from, until: time expected";
	return NULL;
}

const char *course_order_problem(const json_t *o)
{
	const char *action = course_text(o, "action");

	if (action && strcmp(action, "code") == 0)
		return code_problem(o);
	if (action && strcmp(action, "decide") == 0)
		return decide_problem(o);
	if (action && strcmp(action, "outage") == 0)
		return outage_problem(o);
	if (action && strcmp(action, "outage-end") == 0)
		return keys_among(o, "do|action") ? NULL : "unknown key";
	return "action: code, decide, outage or outage-end expected";
}

static int outage(struct sim_store *st, const json_t *o, int64_t now, struct osci_err *err)
{
	const char *from = course_text(o, "from"), *until = course_text(o, "until");
	int64_t begin = now, end = 0;

	if ((from && osci_clock_parse(from, &begin)) || (until && osci_clock_parse(until, &end)))
		return osci_fail(err, OSCI_E_STATE, NULL, "order", "time expected");
	return until ? db_exec(&st->db, err, "INSERT INTO course_outage (begin, until) VALUES (?,?)", "ii",
			       begin, end)
		     : db_exec(&st->db, err, "INSERT INTO course_outage (begin) VALUES (?)", "i", begin);
}

static int provider_known(struct sim_store *st, const char *key, struct osci_err *err)
{
	sqlite3_stmt *q;
	bool known = false;
	int r = db_query(&st->db, &q, err, "SELECT 1 FROM course_party WHERE key = ?", "t", key);

	r = r ? r : db_found(&st->db, q, &known, err);
	return r ? r : known ? 0 : osci_fail(err, OSCI_E_STATE, NULL, "order", "there is no such provider");
}

int course_order(struct sim_store *st, const json_t *o, int64_t now, struct osci_err *err)
{
	const char *action = course_text(o, "action"), *provider = course_text(o, "provider");
	int r = provider ? provider_known(st, provider, err) : 0;

	if (r)
		return r;
	if (strcmp(action, "code") == 0)
		r = course_store_code(st, provider, course_text(o, "environment"), course_text(o, "hash"),
				      now, err);
	else if (strcmp(action, "decide") == 0)
		r = course_round_decide(st, provider, json_is_true(json_object_get(o, "passed")),
					course_text(o, "note"), now, err);
	else if (strcmp(action, "outage") == 0)
		r = outage(st, o, now, err);
	else
		r = db_exec(&st->db, err, "DELETE FROM course_outage", "");
	return r;
}

json_t *course_code_order(const char *party, const char *environment, char *out)
{
	char hash[COURSE_TOKEN_SIZE];

	return course_make_code(out, hash)
		   ? NULL
		   : json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "course", "action", "code", "provider",
			       party, "environment", environment, "hash", hash);
}

int course_overview(struct sim_store *st, json_t **ret, struct osci_err *err)
{
	json_t *list = json_array();
	sqlite3_stmt *q = NULL;
	int r =
	    !list ? -ENOMEM
		  : db_query(&st->db, &q, err,
			     "SELECT p.key, p.kind, p.name, ifnull(r.round, 0), ifnull(r.state, 'none'),"
			     " (SELECT count(*) FROM course_user u WHERE u.party = p.key),"
			     " (SELECT count(*) FROM course c WHERE c.party = p.key AND c.environment = "
			     "'production'),"
			     " (SELECT count(*) FROM course_ticket t JOIN course_user u ON u.id = t.user"
			     "  WHERE u.party = p.key AND t.done IS NULL)"
			     " FROM course_party p LEFT JOIN course_round r ON r.party = p.key AND r.round ="
			     " (SELECT max(round) FROM course_round WHERE party = p.key) ORDER BY p.key",
			     "");

	while (r == 0 && (r = db_step(&st->db, q, err)) == 0)
		if (json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:{s:I, s:s}, s:I, s:I, s:I}",
							  "provider", db_text(q, 0), "kind", db_text(q, 1),
							  "name", db_text(q, 2), "acceptance", "round",
							  (json_int_t)db_int(q, 3), "state", db_text(q, 4),
							  "users", (json_int_t)db_int(q, 5), "courses",
							  (json_int_t)db_int(q, 6), "tickets_waiting",
							  (json_int_t)db_int(q, 7))) < 0)
			r = -ENOMEM;
	db_done(q);
	*ret = list;
	return r == OSCI_E_EMPTY ? 0 : r;
}
