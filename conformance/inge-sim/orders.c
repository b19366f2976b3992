/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders - reads the command file and carries out its orders
 *
 * Lines are copied into the store together with the place read to; each order is then carried out in
 * a transaction of its own.  A wrong line is logged and passed over, the simulator goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "course/course.h"
#include "event.h"
#include "orders.h"

#define READ_MAX (1u << 20) /* octets taken at once */
#define ANSWERS_MAX 16      /* of one script */
#define AFTER_MAX_MS (366LL * 86400000)

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

/* NULL, or what is wrong with {message, fields, after_ms, carries}; within a container the first two only. */
static const char *answer_problem(const json_t *a, bool carried)
{
	static const char *const keys[] = { "message", "fields", "after_ms", "carries", NULL };
	static const char *const inner_keys[] = { "message", "fields", NULL };
	const json_t *after = json_object_get(a, "after_ms"), *inner = json_object_get(a, "carries");

	if (!json_is_object(a))
		return "mapping expected";
	if (!keys_among(a, carried ? inner_keys : keys))
		return "unknown key";
	if (!string(a, "message"))
		return "message: number expected";
	if (json_object_get(a, "fields") && !json_is_object(json_object_get(a, "fields")))
		return "fields: mapping expected";
	if (after && (!json_is_integer(after) || json_integer_value(after) < 0 || json_integer_value(after) > AFTER_MAX_MS))
		return "after_ms: milliseconds expected, at most a year";
	if (inner && strcmp(string(a, "message"), "000020") != 0 && strcmp(string(a, "message"), "0030") != 0)
		return "carries: belongs to 000020 and 0030";
	return inner ? answer_problem(inner, true) : NULL;
}

static bool answers_ok(const json_t *answers, const struct sim_engine *e, char *text)
{
	const json_t *a;
	size_t i;

	if (!json_is_array(answers) || json_array_size(answers) > ANSWERS_MAX) {
		snprintf(text, SIM_PROBLEM_SIZE, "answers: list of at most %d expected", ANSWERS_MAX);
		return false;
	}
	json_array_foreach((json_t *)answers, i, a) {
		const char *problem = answer_problem(a, false);
		char cause[SIM_PROBLEM_SIZE];

		if (!problem && e && sim_script_try(e, a, cause, sizeof(cause)))
			problem = cause;
		if (problem) {
			snprintf(text, SIM_PROBLEM_SIZE, "answers[%zu]: %.200s", i + 1, problem);
			return false;
		}
	}
	return true;
}

/* Does some release have it as a message an office sends? */
static bool is_request(const struct sim_engine *e, const char *number)
{
	for (size_t i = 0; i < xausl_release_count(e->xausl); i++) {
		const struct xausl_release *r = xausl_release_get(e->xausl, i);

		if (xausl_release_has_module(r) && xausl_message_direction(r, number) == 1)
			return true;
	}
	return false;
}

static const char *script_problem(const json_t *o, const struct sim_engine *e)
{
	static const char *const keys[] = { "do", "message", "office", "answers", NULL };

	if (!keys_among(o, keys))
		return "unknown key";
	if (!string(o, "message"))
		return "message: number expected";
	if (e && !is_request(e, string(o, "message")))
		return "message: no message an office sends";
	if (!string(o, "office"))
		return "office: key expected";
	if (e && !sim_engine_office(e, string(o, "office")))
		return "office: not configured";
	return NULL;
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

static const char *problem_of(const json_t *o, const struct sim_engine *e, const char *what)
{
	static const char *const withdraw_keys[] = { "do", "kennziffer", NULL };
	static const char *const event_keys[] = { "do", "kennziffer", "event", NULL };

	if (!what)
		return json_is_object(o) ? "do: clerk, withdraw, event, course or script expected" :
					   "one JSON object per line expected";
	if (strcmp(what, "clerk") == 0)
		return clerk_problem(o);
	if (strcmp(what, "course") == 0)
		return course_order_problem(o);
	if (strcmp(what, "script") == 0)
		return script_problem(o, e);
	if (strcmp(what, "withdraw") != 0 && strcmp(what, "event") != 0)
		return "do: clerk, withdraw, event, course or script expected";
	if (!keys_among(o, strcmp(what, "event") == 0 ? event_keys : withdraw_keys))
		return "unknown key";
	return json_string_length(json_object_get(o, "kennziffer")) ? NULL : "kennziffer: text expected";
}

bool sim_order_ok(const json_t *o, const struct sim_engine *e, char text[SIM_PROBLEM_SIZE])
{
	const char *what = string(o, "do"), *problem = problem_of(o, e, what);
	struct sim_event_fault f;

	if (problem) {
		snprintf(text, SIM_PROBLEM_SIZE, "%s", problem);
		return false;
	}
	if (strcmp(what, "script") == 0)
		return answers_ok(json_object_get(o, "answers"), e, text);
	if (strcmp(what, "event") == 0 && !sim_event_ok(json_object_get(o, "event"), e ? e->xausl : NULL, &f)) {
		snprintf(text, SIM_PROBLEM_SIZE, "event: %s%s%s", f.place, f.place[0] ? ": " : "", f.what);
		return false;
	}
	return true;
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

/* @number: of the line in the file. */
static int store_line(struct sim_engine *e, const char *path, unsigned number, char *line, size_t len, int64_t end, int64_t now,
		      struct osci_err *err)
{
	struct sim_store *st = e->store;
	json_error_t where = { 0 };
	json_t *o = len > SIM_ORDER_MAX ? NULL : json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
	char problem[SIM_PROBLEM_SIZE], place[OSCI_ERR_WHERE_MAX];
	bool ok = o && sim_order_ok(o, e, problem);
	int r = db_begin(&st->db, err);

	if (len > SIM_ORDER_MAX)
		snprintf(problem, sizeof(problem), "more than %d octets", SIM_ORDER_MAX);
	else if (!o)
		snprintf(problem, sizeof(problem), "one JSON object per line expected; not so at column %d", where.column);
	json_decref(o);
	snprintf(place, sizeof(place), "%s:%u", path, number);
	if (!ok)
		osci_log(OSCI_LOG_ERROR, "order-refused", "where", place, "what", problem, NULL);
	if (r == 0)
		r = sim_store_add_command(st, ok ? line : NULL, end, now, err);
	if (r == 0)
		r = db_commit(&st->db, err);
	if (r)
		db_rollback(&st->db);
	return r;
}

/* Lines up to @offset; looked at only when something is new behind it. */
static unsigned lines_before(int fd, int64_t offset)
{
	char part[4096];
	unsigned lines = 0;
	int64_t at = 0;

	while (at < offset) {
		ssize_t n = pread(fd, part, offset - at < (int64_t)sizeof(part) ? (size_t)(offset - at) : sizeof(part), at);

		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			lines += part[i] == '\n';
		at += n;
	}
	return lines;
}

static int take_over(struct sim_engine *e, const char *path, int64_t now, struct osci_err *err)
{
	int64_t offset = sim_store_command_offset(e->store);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), r = 0;
	char *text, *line, *end;
	unsigned number = 0;
	struct stat s;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : osci_fail(err, -errno, NULL, path, "cannot be opened");
	text = malloc(READ_MAX + 1);
	n = text ? pread(fd, text, READ_MAX, offset) : -1;
	if (n > 0)
		number = lines_before(fd, offset);
	if (n == 0 && fstat(fd, &s) == 0 && s.st_size < offset && !e->orders_shrunk) {
		osci_log(OSCI_LOG_ERROR, "orders-shrunk", "where", path, "what",
			 "shorter than what was read of it: it may grow only", NULL);
		e->orders_shrunk = true;
	}
	close(fd);
	for (line = text; n > 0 && r == 0 && (end = memchr(line, '\n', (size_t)(text + n - line))); line = end + 1) {
		*end = '\0';
		number++;
		if (end > line)
			r = store_line(e, path, number, line, (size_t)(end - line), offset + (end + 1 - text), now, err);
	}
	/* Its end is not in sight: what there is of it goes. */
	if (r == 0 && n == READ_MAX && line == text)
		r = store_line(e, path, number + 1, text, (size_t)n, offset + n, now, err);
	free(text);
	return n < 0 ? osci_fail(err, -EIO, NULL, path, "cannot be read") : r;
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

static int withdraw(struct sim_store *st, int64_t record, int64_t now, struct osci_err *err)
{
	char today[SIM_DATE_SIZE];
	bool open = false;
	sqlite3_stmt *q;
	int r = db_query(&st->db, &q, err, "SELECT 1 FROM record WHERE id = ? AND ended = 0", "i", record);

	if (r == 0)
		r = db_found(&st->db, q, &open, err);
	if (r)
		return r;
	if (!open)
		return osci_fail(err, OSCI_E_STATE, NULL, "order", "the record has ended already");
	sim_engine_today(today, now);
	return sim_store_end_record(st, record, SIM_ENDED_WITHDRAWN, today, err);
}

static int add_event(struct sim_store *st, int64_t record, const json_t *event, struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = json_dumps(event, JSON_COMPACT);
	const char *date = string(event, "date");
	bool before = true;
	sqlite3_stmt *q;
	int r = data ? 0 : -ENOMEM;

	if (r == 0 && sim_event_needs_section(event)) {
		r = db_query(&st->db, &q, err,
			     "SELECT 1 FROM event WHERE record = ? AND date <= ? AND kind IN ('course_start', 'section_start')"
			     " AND data ->> 'course_key' IS NOT NULL AND data ->> 'course_type' IS NOT NULL LIMIT 1",
			     "it", record, date);
		if (r == 0)
			r = db_found(&st->db, q, &before, err);
	}
	if (r == 0 && !before)
		r = osci_fail(err, OSCI_E_STATE, NULL, "event",
			      "course_key and course_type are needed, for no section comes before");
	return r ? r : sim_store_add_event(st, record, string(event, "event"), date, data, err);
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
	return strcmp(what, "withdraw") == 0 ? withdraw(e->store, record, now, err) :
					       add_event(e->store, record, json_object_get(o, "event"), err);
}

/* The order is over; a request whose answer cannot be written is over, too. */
static int refuse(struct sim_engine *e, int64_t id, const json_t *o, int why, struct osci_err *err)
{
	const struct osci_err cause = *err;
	int r = db_begin(&e->store->db, err);

	if (r == 0 && why == OSCI_E_USAGE && string(o, "request"))
		r = sim_engine_failed(e, string(o, "request"), &cause, err);
	if (r == 0)
		r = sim_store_command_done(e->store, id, "refused", err);
	if (r == 0)
		r = db_commit(&e->store->db, err);
	if (r)
		db_rollback(&e->store->db);
	return r;
}

static int run_one(struct sim_engine *e, int64_t id, const char *line, bool first, int64_t now, struct osci_err *err)
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
	if (r == OSCI_E_EMPTY) {
		/* What it is for is not there yet. Said once: a slip of the pen waits for ever. */
		r = first ? sim_store_command_done(st, id, "waiting", err) : 0;
		if (first)
			osci_log(OSCI_LOG_INFO, "order-waits", "kind", string(o, "do"), "request", string(o, "request"), NULL);
	} else if (r > 0) {
		osci_log_err(OSCI_LOG_ERROR, "order-failed", err, "kind", string(o, "do"), "request", string(o, "request"), NULL);
		r = refuse(e, id, o, r, err);
	} else if (r == 0) {
		osci_log(OSCI_LOG_INFO, "order-done", "kind", string(o, "do"), "request", string(o, "request"), NULL);
	}
	json_decref(o);
	return r;
}

int sim_orders_run(struct sim_engine *e, const char *path, int64_t now, struct osci_err *err)
{
	int64_t id = 0;
	int r = take_over(e, path, now, err);

	while (r == 0) {
		char *line = NULL;
		bool first;

		r = sim_store_next_command(e->store, id, &id, &line, &first, err);
		if (r == 0)
			r = run_one(e, id, line, first, now, err);
		free(line);
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}
