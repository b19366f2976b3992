/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call - a function is called: check, transaction, result; stored reports are loaded later
 *
 * One call is one transaction: either everything it reports is stored, or nothing and all its errors are
 * told.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "course/accept.h"

#define TICKETS_WAITING_MAX 2000 /* of one provider */
#define TICKETS_KEPT_MS (30LL * 24 * 3600 * 1000) /* what became of a report can be asked so long */
#define LOADED_AT_ONCE	    50 /* tickets in one turn of the loop */

void course_reply_clear(struct course_reply *r)
{
	json_decref(r->answer);
	json_decref(r->errors);
	*r = (struct course_reply){0};
}

void course_call_init(struct course_call *k, struct course *c, const struct course_user *user,
		      struct osci_err *err)
{
	*k = (struct course_call){.c = c,
				  .st = c->store,
				  .user = user,
				  .now = osci_clock_ms(c->clock),
				  .out = json_object(),
				  .errors = json_array(),
				  .hints = json_array(),
				  .err = err};
	k->release = xausl_release_at(c->xausl, k->now);
	course_today(k->today, k->now);
	k->mem.failed = !k->out || !k->errors || !k->hints;
}

void course_call_clear(struct course_call *k)
{
	json_decref(k->in);
	json_decref(k->out);
	json_decref(k->errors);
	json_decref(k->hints);
	sim_mem_free(&k->mem);
}

int course_perform_inside(struct course_call *k, const struct course_function *f)
{
	int r = 0;

	k->function = f;
	if (!course_check(f->in, k->in, k->release, k->errors))
		return -ENOMEM;
	if (json_array_size(k->errors) == 0)
		r = f->handler(k);
	return r ? r : k->mem.failed ? -ENOMEM : 0;
}

/* The function in a transaction of its own. */
static int perform(struct course_call *k, const struct course_function *f)
{
	int r = db_begin(&k->st->db, k->err);

	r = r ? r : course_find_case(k);
	r = r ? r : course_perform_inside(k, f);
	/* What came of a test case is kept whatever came of it; a success with what it stored. */
	if (r == 0 && json_array_size(k->errors) == 0) {
		r = course_record_run(k, f);
		r = r ? r : db_commit(&k->st->db, k->err);
		if (r)
			db_rollback(&k->st->db);
		return r;
	}
	db_rollback(&k->st->db);
	return r ? r : course_record_run(k, f);
}

static int finish(struct course_call *k, struct course_reply *ret)
{
	if (json_array_size(k->hints) && json_object_set(k->out, "hints", k->hints) < 0)
		return -ENOMEM;
	ret->errors = json_incref(k->errors);
	ret->answer = json_array_size(k->errors) ? NULL : json_incref(k->out);
	osci_log(OSCI_LOG_INFO, "course-report", "kind", k->function->name, "outcome",
		 ret->answer ? "stored" : course_text(json_array_get(k->errors, 0), "code"), NULL);
	return 0;
}

static int refuse(struct course_call *k, const char *code, struct course_reply *ret)
{
	course_error(k, code, NULL);
	return k->mem.failed ? -ENOMEM : finish(k, ret);
}

/* --- tickets ------------------------------------------------------------ */

static int waiting(struct course *c, const char *party, int64_t *ret, struct osci_err *err)
{
	sqlite3_stmt *q;
	int r = db_query(&c->store->db, &q, err,
			 "SELECT count(*) FROM course_ticket t JOIN course_user u ON u.id = t.user"
			 " WHERE t.done IS NULL AND u.party = ?",
			 "t", party);

	if (r)
		return r;
	r = db_step(&c->store->db, q, err);
	if (r == 0)
		*ret = db_int(q, 0);
	db_done(q);
	return r;
}

/* The form is checked at once, all else when the report is loaded. */
static int store_ticket(struct course_call *k, const struct course_function *f, struct course_reply *ret)
{
	_cleanup_(osci_freep) char *text = NULL;
	int64_t n = 0;
	int r = waiting(k->c, k->user->party, &n, k->err);

	k->function = f;
	if (r)
		return r;
	if (n >= TICKETS_WAITING_MAX)
		return refuse(k, "too_many_tickets", ret);
	if (!course_check(f->in, k->in, k->release, k->errors))
		return -ENOMEM;
	if (json_array_size(k->errors))
		return finish(k, ret);
	text = json_dumps(k->in, JSON_COMPACT);
	if (!text || osci_uuid4(ret->ticket))
		return -ENOMEM;
	ret->errors = json_incref(k->errors);
	r = db_exec(&k->st->db, k->err, "DELETE FROM course_ticket WHERE done < ?", "i", k->now - TICKETS_KEPT_MS);
	return r ? r : db_exec(&k->st->db, k->err,
		       "INSERT INTO course_ticket (ticket, user, function, request, made) VALUES (?,?,?,?,?)",
		       "titti", ret->ticket, k->user->id, f->name, text, k->now);
}

int course_is_down(struct course *c, bool *ret, struct osci_err *err)
{
	int64_t now = osci_clock_ms(c->clock);
	sqlite3_stmt *q;
	int r = db_query(&c->store->db, &q, err,
			 "SELECT 1 FROM course_outage WHERE begin <= ?1 AND (until IS NULL OR until > ?1)",
			 "i", now);

	r = r ? r : db_found(&c->store->db, q, ret, err);
	*ret = *ret || c->down;
	return r;
}

int course_call(struct course *c, const struct course_user *user, const struct course_function *f, json_t *in,
		bool later, struct course_reply *ret, struct osci_err *err)
{
	struct course_call k;
	bool down = false;
	int r;

	*ret = (struct course_reply){0};
	course_call_init(&k, c, user, err);
	k.in = json_incref(in);
	k.function = f;
	r = k.mem.failed ? -ENOMEM : course_is_down(c, &down, err);
	if (r)
		;
	else if (!course_function_allowed(f, user))
		r = refuse(&k, "forbidden", ret);
	else if (later)
		r = store_ticket(&k, f, ret);
	else if (down)
		r = refuse(&k, "unavailable", ret);
	else
		r = perform(&k, f);
	if (r == 0 && !ret->errors)
		r = finish(&k, ret);
	course_call_clear(&k);
	return r;
}

int course_ticket(struct course *c, const struct course_user *user, const char *ticket, char *function,
		  size_t size, bool *waits, struct course_reply *ret, struct osci_err *err)
{
	json_t *o = NULL;
	sqlite3_stmt *q;
	int r =
	    db_query(&c->store->db, &q, err,
		     "SELECT t.function, t.answer FROM course_ticket t JOIN course_user u ON u.id = t.user"
		     " WHERE t.ticket = ? AND u.party = ? AND u.environment = ?",
		     "ttt", ticket, user->party, user->environment);

	*ret = (struct course_reply){0};
	if (r)
		return r;
	r = db_step(&c->store->db, q, err);
	if (r == 0) {
		snprintf(function, size, "%s", db_text(q, 0));
		*waits = !db_text(q, 1)[0];
		if (!*waits)
			o = json_loads(db_text(q, 1), 0, NULL);
	}
	db_done(q);
	if (r || *waits)
		return r;
	ret->answer = json_incref(json_object_get(o, "answer"));
	ret->errors = json_incref(json_object_get(o, "errors"));
	json_decref(o);
	return ret->errors ? 0 : -ENOMEM;
}

/* --- loading ------------------------------------------------------------ */

struct stored {
	char ticket[40], function[64];
	json_t *in;
	struct course_user user;
};

static int next_ticket(struct course *c, struct stored *s, struct osci_err *err)
{
	sqlite3_stmt *q;
	int r = db_query(
	    &c->store->db, &q, err,
	    "SELECT t.ticket, t.function, t.request, u.id, u.name, u.party, u.environment, p.kind"
	    " FROM course_ticket t JOIN course_user u ON u.id = t.user JOIN course_party p ON p.key = u.party"
	    " WHERE t.done IS NULL ORDER BY t.id LIMIT 1",
	    "");

	if (r)
		return r;
	r = db_step(&c->store->db, q, err);
	if (r == 0) {
		snprintf(s->ticket, sizeof(s->ticket), "%s", db_text(q, 0));
		snprintf(s->function, sizeof(s->function), "%s", db_text(q, 1));
		s->in = json_loads(db_text(q, 2), 0, NULL);
		s->user.id = db_int(q, 3);
		snprintf(s->user.name, sizeof(s->user.name), "%s", db_text(q, 4));
		snprintf(s->user.party, sizeof(s->user.party), "%s", db_text(q, 5));
		snprintf(s->user.environment, sizeof(s->user.environment), "%s", db_text(q, 6));
		snprintf(s->user.party_kind, sizeof(s->user.party_kind), "%s", db_text(q, 7));
	}
	db_done(q);
	return r ? r : s->in ? 0 : -ENOMEM;
}

/*
 * The report first, its ticket behind it: killed in between, the report is loaded again, and refused as a
 * second one.  So both are one transaction of the caller.
 */
static int load_one(struct course *c, struct stored *s, struct osci_err *err)
{
	const struct course_function *f = course_function_find(s->function, strlen(s->function));
	_cleanup_(osci_freep) char *text = NULL;
	struct course_reply reply = {0};
	struct course_call k;
	json_t *o;
	int r;

	course_call_init(&k, c, &s->user, err);
	k.in = json_incref(s->in);
	r = !f || k.mem.failed ? -ENOMEM : db_exec(&c->store->db, err, "SAVEPOINT report", "");
	r = r ? r : course_find_case(&k);
	r = r ? r : course_perform_inside(&k, f);
	if (r == 0 && json_array_size(k.errors))
		r = db_exec(&c->store->db, err, "ROLLBACK TO report", "");
	r = r ? r : db_exec(&c->store->db, err, "RELEASE report", "");
	r = r ? r : finish(&k, &reply);
	r = r ? r : course_record_run(&k, f);
	o = json_pack("{s:O*, s:O}", "answer", reply.answer, "errors", k.errors);
	if (o)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	r = r	    ? r
	    : !text ? -ENOMEM
		    : db_exec(&c->store->db, err,
			      "UPDATE course_ticket SET done = ?, answer = ?, request = '' WHERE ticket = ?",
			      "itt", k.now, text, s->ticket);
	course_reply_clear(&reply);
	course_call_clear(&k);
	return r;
}

int course_load_tickets(struct course *c, struct osci_err *err)
{
	bool down = false;
	int r = course_is_down(c, &down, err);

	for (unsigned i = 0; i < LOADED_AT_ONCE && r == 0 && !down; i++) {
		struct stored s = {0};

		r = next_ticket(c, &s, err);
		if (r == 0 && (r = db_begin(&c->store->db, err)) == 0) {
			r = load_one(c, &s, err);
			r = r ? r : db_commit(&c->store->db, err);
			if (r)
				db_rollback(&c->store->db);
		}
		json_decref(s.in);
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}
