/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders - reads the command file and carries out its orders
 *
 * Lines are copied into the store together with the place read to; each order is then carried out in
 * a transaction of its own.  A wrong line is logged and passed over, the simulator goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "course/course.h"
#include "event.h"
#include "orders.h"

#define READ_MAX (1u << 20) /* octets taken at once */
#define ANSWERS_MAX 16      /* of one script */

static const char *string(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static bool keys_among(const json_t *o, const char *const *keys)
{
	for (void *it = json_object_iter((json_t *)o); it; it = json_object_iter_next((json_t *)o, it)) {
		const char *const *k = keys;

		while (*k && strcmp(*k, json_object_iter_key(it)) != 0)
			k++;
		if (!*k)
			return false;
	}
	return true;
}

static const char *answers_problem(const json_t *answers)
{
	static const char *const keys[] = { "message", "fields", "after_ms", NULL };
	const json_t *a, *after;
	size_t i;

	if (!json_is_array(answers) || json_array_size(answers) > ANSWERS_MAX)
		return "answers: list expected";
	json_array_foreach((json_t *)answers, i, a) {
		after = json_object_get(a, "after_ms");
		if (!keys_among(a, keys))
			return "answers: unknown key";
		if (!string(a, "message"))
			return "answers: message: number expected";
		if (json_object_get(a, "fields") && !json_is_object(json_object_get(a, "fields")))
			return "answers: fields: mapping expected";
		if (after && (!json_is_integer(after) || json_integer_value(after) < 0))
			return "answers: after_ms: milliseconds expected";
	}
	return NULL;
}

static const char *script_problem(const json_t *o)
{
	static const char *const keys[] = { "do", "message", "office", "answers", NULL };

	if (!keys_among(o, keys))
		return "unknown key";
	if (!string(o, "message"))
		return "message: number expected";
	if (!string(o, "office"))
		return "office: key expected";
	return answers_problem(json_object_get(o, "answers"));
}

static const char *clerk_problem(const json_t *o)
{
	static const char *const keys[] = { "do", "request", "decision", "person", NULL };
	static const char *const decisions[] = { "same_person", "namesake", "ignore", "close_case" };
	const char *d = string(o, "decision");
	bool known = false;

	for (size_t i = 0; d && i < sizeof(decisions) / sizeof(decisions[0]); i++)
		known = known || strcmp(d, decisions[i]) == 0;
	if (!keys_among(o, keys))
		return "unknown key";
	if (!string(o, "request") || strlen(string(o, "request")) != SIM_UUID_SIZE - 1)
		return "request: UUID expected";
	if (!known)
		return "decision: same_person, namesake, ignore or close_case expected";
	if (json_object_get(o, "person") && !string(o, "person"))
		return "person: label expected";
	return NULL;
}

const char *sim_order_problem(const json_t *o)
{
	static const char *const withdraw_keys[] = { "do", "kennziffer", NULL };
	static const char *const event_keys[] = { "do", "kennziffer", "event", NULL };
	const char *what = string(o, "do"), *key;

	if (what && strcmp(what, "clerk") == 0)
		return clerk_problem(o);
	if (what && strcmp(what, "withdraw") == 0)
		return !string(o, "kennziffer")       ? "kennziffer: text expected" :
		       !keys_among(o, withdraw_keys) ? "unknown key" :
						       NULL;
	if (what && strcmp(what, "event") == 0)
		return !string(o, "kennziffer")	   ? "kennziffer: text expected" :
		       !keys_among(o, event_keys) ? "unknown key" :
						    sim_event_problem(json_object_get(o, "event"), &key);
	if (what && strcmp(what, "course") == 0)
		return course_order_problem(o);
	if (what && strcmp(what, "script") == 0)
		return script_problem(o);
	return "do: clerk, withdraw, event, course or script expected";
}

int sim_orders_append(const char *path, const char *line, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIM_ORDER_MAX + 2);
	int fd, r = 0;

	osci_buf_adds(&b, line);
	osci_buf_addc(&b, '\n');
	if (osci_buf_error(&b))
		return osci_fail(err, OSCI_E_LIMIT, NULL, path, "order too long");
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "cannot be opened");
	/* One write: lines of several callers do not mix. */
	if (write(fd, b.data, b.len) != (ssize_t)b.len || fsync(fd) < 0)
		r = osci_fail(err, errno ? -errno : -EIO, NULL, path, "cannot be written");
	close(fd);
	return r;
}

/* --- taking over ------------------------------------------------------- */

static int store_line(struct sim_store *st, char *line, int64_t end, int64_t now, struct osci_err *err)
{
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *problem = o ? sim_order_problem(o) : "one JSON object per line expected";
	int r = db_begin(&st->db, err);

	json_decref(o);
	if (problem)
		osci_log(OSCI_LOG_ERROR, "order-refused", "what", problem, NULL);
	if (r == 0)
		r = sim_store_add_command(st, problem ? NULL : line, end, now, err);
	if (r == 0)
		r = db_commit(&st->db, err);
	if (r)
		db_rollback(&st->db);
	return r;
}

static int take_over(struct sim_store *st, const char *path, int64_t now, struct osci_err *err)
{
	int64_t offset = sim_store_command_offset(st);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), r = 0;
	char *text, *line, *end;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : osci_fail(err, -errno, NULL, path, "cannot be opened");
	text = malloc(READ_MAX + 1);
	n = text ? pread(fd, text, READ_MAX, offset) : -1;
	close(fd);
	if (n > 0)
		text[n] = '\0';
	for (line = text; n > 0 && r == 0 && (end = memchr(line, '\n', (size_t)(text + n - line))); line = end + 1) {
		*end = '\0';
		if (line[0])
			r = store_line(st, line, offset + (end + 1 - text), now, err);
	}
	free(text);
	return n < 0 ? -EIO : r;
}

/* --- carrying out ------------------------------------------------------ */

/* Person of a clerk's "same person": the one named, or the only candidate. */
static int whom(struct sim_engine *e, const json_t *o, const struct sim_case *c, int64_t *ret, struct osci_err *err)
{
	const char *label = string(o, "person");

	if (!label && json_array_size(c->candidates) != 1)
		return osci_fail(err, OSCI_E_STATE, NULL, "order", "several persons fit: name one");
	if (!label) {
		*ret = json_integer_value(json_array_get(c->candidates, 0));
		return 0;
	}
	int r = sim_store_person_by_label(e->store, label, ret, err);
	return r == OSCI_E_EMPTY ? osci_fail(err, OSCI_E_STATE, NULL, "order", "nobody has this label") : r;
}

static int decide_clarification(struct sim_engine *e, const json_t *o, const struct sim_case *c, const char *decision,
				int64_t now, struct osci_err *err)
{
	int64_t person = 0;
	int r = 0;

	if (strcmp(c->state, "new") == 0)
		return OSCI_E_EMPTY;
	if (strcmp(decision, "same_person") == 0)
		r = whom(e, o, c, &person, err);
	return r ? r : sim_engine_clarified(e, c, person, now, err);
}

/* OSCI_E_EMPTY: not yet; OSCI_E_STATE: never. */
static int clerk(struct sim_engine *e, const json_t *o, int64_t now, struct osci_err *err)
{
	const char *decision = string(o, "decision");
	struct sim_case c = { 0 };
	int r = sim_store_request(e->store, string(o, "request"), &c, err);

	if (r)
		return r;
	if (strcmp(decision, "ignore") == 0) {
		/* The clerk by setting does not decide this one either. */
		r = db_exec(&e->store->db, err, "UPDATE request SET due = 0 WHERE uuid = ? AND state = 'clarify'", "t",
			    c.uuid);
	} else if (strcmp(decision, "close_case") == 0) {
		r = strcmp(c.state, "clarify") == 0 || strcmp(c.state, "question") == 0 ?
			    sim_store_drop_question(e->store, c.uuid, "closed", err) :
			    osci_fail(err, OSCI_E_STATE, NULL, "order", "no case is open");
	} else {
		r = decide_clarification(e, o, &c, decision, now, err);
	}
	sim_case_clear(&c);
	return r;
}

static int carry_out(struct sim_engine *e, const json_t *o, int64_t now, struct osci_err *err)
{
	const char *what = string(o, "do");
	int64_t record;
	int r;

	if (strcmp(what, "clerk") == 0)
		return clerk(e, o, now, err);
	if (strcmp(what, "course") == 0)
		return course_order(e->store, o, now, err);
	if (strcmp(what, "script") == 0)
		return sim_store_add_script(e->store, string(o, "message"), string(o, "office"), json_object_get(o, "answers"),
					    err);
	r = sim_store_record_by_kennziffer(e->store, string(o, "kennziffer"), &record, err);
	if (r)
		return r;
	if (strcmp(what, "withdraw") == 0)
		return sim_store_end_record(e->store, record, SIM_ENDED_WITHDRAWN, err);
	const json_t *event = json_object_get(o, "event");
	_cleanup_(osci_freep) char *data = json_dumps(event, JSON_COMPACT);
	return data ? sim_store_add_event(e->store, record, string(event, "event"), string(event, "date"), data, err) :
		      -ENOMEM;
}

static int run_one(struct sim_engine *e, int64_t id, const char *line, int64_t now, struct osci_err *err)
{
	struct sim_store *st = e->store;
	json_t *o = json_loads(line, 0, NULL);
	int r = db_begin(&st->db, err);

	if (r == 0)
		r = carry_out(e, o, now, err);
	if (r == 0)
		r = sim_store_command_done(st, id, "done", err);
	if (r == 0)
		r = db_commit(&st->db, err);
	if (r)
		db_rollback(&st->db);
	if (r == OSCI_E_EMPTY) { /* waits */
		r = 0;
	} else if (r > 0) {
		osci_log_err(OSCI_LOG_ERROR, "order-failed", err, NULL);
		r = sim_store_command_done(st, id, "refused", err);
	} else if (r == 0) {
		osci_log(OSCI_LOG_INFO, "order-done", "kind", string(o, "do"), "request", string(o, "request"), NULL);
	}
	json_decref(o);
	return r;
}

int sim_orders_run(struct sim_engine *e, const char *path, int64_t now, struct osci_err *err)
{
	int64_t id = 0;
	int r = take_over(e->store, path, now, err);

	while (r == 0) {
		char *line = NULL;

		r = sim_store_next_command(e->store, id, &id, &line, err);
		if (r == 0)
			r = run_one(e, id, line, now, err);
		free(line);
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}
