/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal - requests, inbound, deliveries, acknowledgements, restart */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "journal/journal.h"
#include "lib/t_db.h"

#define A "azr:000001"
#define B "azr:000002"

static char dir[] = "/tmp/xgw-journal-XXXXXX";
static char file[64];
static struct xgw_journal *j;
static struct osci_err err;

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/journal.db", dir);
	return 0;
}

static int teardown(void **state)
{
	t_db_remove(file);
	return rmdir(dir);
}

static int before(void **state)
{
	t_db_remove(file);
	return xgw_journal_open(&j, file, &err);
}

static int after(void **state)
{
	xgw_journal_closep(&j);
	return 0;
}

static void restart(void)
{
	xgw_journal_closep(&j);
	assert_int_equal(xgw_journal_open(&j, file, &err), 0);
}

static int64_t add(const char *office, const char *bus_id, const char *uuid, enum xgw_state state, int64_t parent)
{
	char xml[] = "<personal/>";
	struct xgw_request r = {
		.state = state, .parent = parent, .office = (char *)office, .bus_id = (char *)bus_id,
		.message = (char *)"070008", .hash = (char *)"00", .uuid = (char *)uuid, .release = (char *)"26.11",
		.xml = state == XGW_REFUSED ? NULL : (unsigned char *)xml, .xml_len = strlen(xml),
	};

	assert_int_equal(xgw_journal_add_request(j, &r, 1000, &err), 0);
	return r.id;
}

static struct xgw_request *get(int64_t id)
{
	struct xgw_request *r = NULL;

	assert_int_equal(xgw_journal_request(j, id, &r, &err), 0);
	return r;
}

static enum xgw_state state_of(int64_t id)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = get(id);

	return r->state;
}

static unsigned apply(int64_t id, enum xgw_event event, int64_t now)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = get(id);
	unsigned actions;

	assert_int_equal(xgw_journal_apply(j, r, event, "test", now, &actions, &err), 0);
	return actions;
}

static int64_t rows(const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(db_query(&j->db, &st, &err, sql, ""), 0);
	assert_int_equal(db_step(&j->db, st, &err), 0);
	n = db_int(st, 0);
	db_done(st);
	return n;
}

static void ids_are_unique(void **state)
{
	struct xgw_request r = { .state = XGW_QUEUED, .office = (char *)A, .bus_id = (char *)"1", .hash = (char *)"00",
				 .uuid = (char *)"u-1" };
	struct xgw_request *found = NULL;
	int64_t id = add(A, "1", "u-1", XGW_QUEUED, 0);

	assert_int_equal(xgw_journal_add_request(j, &r, 1, &err), OSCI_E_EXISTS);
	r.office = (char *)B;
	assert_int_equal(xgw_journal_add_request(j, &r, 1, &err), OSCI_E_EXISTS); /* UUIDs are unique over all offices */
	r.uuid = (char *)"u-2";
	assert_int_equal(xgw_journal_add_request(j, &r, 1, &err), 0);
	assert_int_equal(xgw_journal_by_bus_id(j, A, "1", &found, &err), 0);
	assert_true(found->id == id);
	xgw_request_freep(&found);
	assert_int_equal(xgw_journal_by_bus_id(j, A, "2", &found, &err), OSCI_E_EMPTY);
	/* An office finds its own requests only. */
	assert_int_equal(xgw_journal_by_uuid(j, B, "u-1", &found, &err), OSCI_E_EMPTY);
	assert_int_equal(xgw_journal_by_uuid(j, A, "u-1", &found, &err), 0);
	xgw_request_freep(&found);
	assert_int_equal(xgw_journal_by_uuid(j, A, "", &found, &err), OSCI_E_EMPTY);
}

/* Each pair of the table, through the database, over a restart. */
static void transitions(void **state)
{
	int64_t ids[XGW_STATES][XGW_EVENTS];

	for (unsigned s = 0; s < XGW_STATES; s++)
		for (unsigned e = 0; e < XGW_EVENTS; e++) {
			char bus_id[32];

			snprintf(bus_id, sizeof(bus_id), "%u-%u", s, e);
			ids[s][e] = add(A, bus_id, s == XGW_REFUSED ? "" : bus_id, (enum xgw_state)s, 0);
			assert_int_equal(apply(ids[s][e], (enum xgw_event)e, 2000),
					 xgw_core_step((enum xgw_state)s, (enum xgw_event)e).actions);
		}
	restart();
	for (unsigned s = 0; s < XGW_STATES; s++)
		for (unsigned e = 0; e < XGW_EVENTS; e++) {
			struct xgw_step step = xgw_core_step((enum xgw_state)s, (enum xgw_event)e);
			_cleanup_(xgw_request_freep) struct xgw_request *r = get(ids[s][e]);

			assert_int_equal(r->state, step.state);
			assert_true(r->since == (step.state == (enum xgw_state)s ? 1000 : 2000));
		}
	assert_true(rows("SELECT count(*) FROM event") == XGW_STATES * XGW_EVENTS);
	assert_true(rows("SELECT count(*) FROM request WHERE state='closed' AND xml IS NOT NULL") ==
		    XGW_EVENTS - 3); /* put there as closed; FINAL, QUESTION and REJECTION moved on from it */
}

static void queue_order(void **state)
{
	struct xgw_request *r = NULL;
	int64_t first = add(A, "1", "u-1", XGW_QUEUED, 0), n;

	add(A, "2", "u-2", XGW_QUEUED, 0);
	add(B, "1", "u-3", XGW_QUEUED, 0);
	assert_int_equal(xgw_journal_next_queued(j, A, &r, &err), 0);
	assert_true(r->id == first);
	assert_int_equal(r->xml_len, strlen("<personal/>"));
	assert_int_equal(xgw_journal_set_osci_id(j, r, "msg-1", &err), 0);
	assert_int_equal(xgw_journal_attempt_failed(j, r->id, "no route", &err), 0);
	xgw_request_freep(&r);
	restart();
	assert_int_equal(xgw_journal_next_queued(j, A, &r, &err), 0);
	assert_string_equal(r->osci_id, "msg-1");
	assert_string_equal(r->last_error, "no route");
	assert_true(r->attempts == 1);
	xgw_request_freep(&r);
	apply(first, XGW_EV_STORED, 5);
	assert_int_equal(xgw_journal_count(j, A, XGW_QUEUED, &n, &err), 0);
	assert_true(n == 1);
	assert_int_equal(xgw_journal_next_queued(j, "azr:000003", &r, &err), OSCI_E_EMPTY);
}

static int inbound_done(int64_t id, const char *status, const char *uuid, const char *code)
{
	return xgw_journal_inbound_done(j, id, &(struct xgw_inbound_result){ .status = status, .uuid = uuid, .code = code,
					.partner = "dbs:1", .content = "c-9" }, &err);
}

static void inbound_once(void **state)
{
	struct xgw_inbound *i = NULL;
	int64_t id;
	struct xgw_known k;

	assert_int_equal(xgw_journal_add_inbound(j, A, "m-1", "raw\0octets", 10, 7, &err), 0);
	assert_int_equal(xgw_journal_add_inbound(j, A, "m-1", "other", 5, 8, &err), OSCI_E_EXISTS);
	assert_int_equal(xgw_journal_add_inbound(j, B, "m-1", "raw", 3, 9, &err), 0);
	restart();
	assert_int_equal(xgw_journal_next_inbound(j, A, 0, &i, &err), 0);
	assert_int_equal(i->raw_len, 10);
	assert_memory_equal(i->raw, "raw\0octets", 10);
	assert_true(i->fetched == 7);
	id = i->id;
	xgw_inbound_freep(&i);
	assert_int_equal(xgw_journal_next_inbound(j, A, id, &i, &err), OSCI_E_EMPTY);
	assert_int_equal(xgw_journal_next_inbound(j, NULL, id, &i, &err), 0);
	assert_string_equal(i->office, B);
	xgw_inbound_freep(&i);
	assert_int_equal(inbound_done(id, "rejected", "u-9", "T011"), 0);
	assert_int_equal(xgw_journal_known(j, A, "u-9", "c-9", &k, &err), 0);
	assert_false(k.uuid || k.same || k.rejected); /* only what was delivered makes a repetition */
	assert_int_equal(inbound_done(id, "delivered", "u-9", ""), 0);
	assert_int_equal(xgw_journal_known(j, A, "u-9", "c-9", &k, &err), 0);
	assert_true(k.uuid && k.same && !k.rejected);
	assert_int_equal(xgw_journal_known(j, A, "", "", &k, &err), 0);
	assert_false(k.uuid || k.same || k.rejected);
	assert_int_equal(xgw_journal_known(j, B, "u-9", "c-9", &k, &err), 0);
	assert_false(k.uuid || k.same || k.rejected);
	assert_int_equal(xgw_journal_next_inbound(j, A, 0, &i, &err), OSCI_E_EMPTY);
	assert_int_equal(inbound_done(id, "nonsense", "", "") != 0, 1);
}

static int64_t deliver(int64_t request, bool final, int64_t inbound)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = get(request);
	int64_t id;

	assert_int_equal(xgw_journal_add_delivery(j, r->office, r, "accepted", final, "{\"outcome\":\"accepted\"}", "<a/>", 4,
						  inbound,
						  3, &id, &err), 0);
	return id;
}

static long size_of(const char *end)
{
	struct stat st;
	char name[96];

	snprintf(name, sizeof(name), "%s%s", file, end);
	return stat(name, &st) ? -1 : (long)st.st_size;
}

static void acknowledging(void **state)
{
	struct xgw_delivery_row *d = NULL;
	int64_t request = add(A, "1", "u-1", XGW_QUEUED, 0), other = add(B, "1", "u-2", XGW_QUEUED, 0), first, second;

	apply(request, XGW_EV_INTERIM, 2);
	first = deliver(request, false, 0);
	assert_int_equal(xgw_journal_add_inbound(j, A, "m-1", "raw", 3, 7, &err), 0);
	apply(request, XGW_EV_FINAL, 3);
	second = deliver(request, true, 1);
	deliver(other, true, 0);
	assert_int_equal(xgw_journal_next_delivery(j, A, 0, &d, &err), 0);
	assert_true(d->id == first && d->sent == 0);
	assert_string_equal(d->json, "{\"outcome\":\"accepted\"}");
	assert_int_equal(d->xml_len, 4);
	xgw_delivery_row_freep(&d);
	assert_int_equal(xgw_journal_delivery_sent(j, first, &err), 0);
	restart();
	assert_int_equal(xgw_journal_delivery(j, A, first, &d, &err), 0);
	assert_true(d->sent == 1);
	xgw_delivery_row_freep(&d);
	assert_int_equal(xgw_journal_ack(j, B, second, 9, &err), OSCI_E_EMPTY); /* not B's */
	assert_int_equal(xgw_journal_ack(j, A, 99, 9, &err), OSCI_E_EMPTY);
	assert_int_equal(xgw_journal_ack(j, A, first, 9, &err), 0);
	assert_int_equal(state_of(request), XGW_ANSWERED);
	assert_int_equal(xgw_journal_ack(j, A, second, 10, &err), 0);
	assert_int_equal(xgw_journal_ack(j, A, second, 11, &err), 0); /* again: the same answer */
	assert_int_equal(state_of(request), XGW_CLOSED);
	assert_int_equal(size_of("-wal"), 0); /* the payload is not left in the database's own journal */
	restart();
	assert_int_equal(xgw_journal_next_delivery(j, A, 0, &d, &err), OSCI_E_EMPTY);
	assert_true(rows("SELECT count(*) FROM delivery WHERE acked IS NOT NULL AND (json IS NOT NULL OR xml IS NOT NULL)") ==
		    0);
	assert_true(rows("SELECT count(*) FROM inbound WHERE raw IS NOT NULL") == 0);
	assert_true(rows("SELECT count(*) FROM request WHERE id=1 AND xml IS NOT NULL") == 0);
	assert_true(rows("SELECT count(*) FROM event WHERE event='acknowledged'") == 1);
}

/* Two final answers to one request: closed with the second acknowledgement, in any order. */
static void two_finals(void **state)
{
	int64_t request = add(A, "1", "u-1", XGW_QUEUED, 0), one, two;

	apply(request, XGW_EV_FINAL, 2);
	one = deliver(request, true, 0);
	apply(request, XGW_EV_FINAL, 3);
	two = deliver(request, true, 0);
	assert_int_equal(xgw_journal_ack(j, A, two, 4, &err), 0);
	assert_int_equal(state_of(request), XGW_ANSWERED);
	assert_int_equal(xgw_journal_ack(j, A, one, 5, &err), 0);
	assert_int_equal(state_of(request), XGW_CLOSED);
}

/* Ids go up from wherever they are told to begin, and never down again. */
static void ids_of_deliveries(void **state)
{
	int64_t request = add(A, "1", "u-1", XGW_QUEUED, 0), first;

	assert_int_equal(xgw_journal_deliveries_from(j, INT64_C(1795374000000), &err), 0);
	first = deliver(request, false, 0);
	assert_true(first == INT64_C(1795374000001));
	assert_int_equal(xgw_journal_deliveries_from(j, 7, &err), 0);
	assert_true(deliver(request, false, 0) == first + 1);
	assert_int_equal(xgw_journal_deliveries_from(j, first + 10, &err), 0);
	assert_true(deliver(request, true, 0) == first + 11);
}

static void decision_closes_too(void **state)
{
	int64_t request = add(A, "1", "u-1", XGW_QUEUED, 0), decision, final;
	struct xgw_request *r = NULL;

	apply(request, XGW_EV_QUESTION, 2);
	assert_int_equal(xgw_journal_set_question(j, request, "q-1", &err), 0);
	assert_int_equal(xgw_journal_by_question(j, A, "q-1", &r, &err), 0);
	assert_true(r->id == request);
	xgw_request_freep(&r);
	assert_int_equal(xgw_journal_by_question(j, B, "q-1", &r, &err), OSCI_E_EMPTY);
	assert_int_equal(xgw_journal_by_question(j, A, "", &r, &err), OSCI_E_EMPTY);
	decision = add(A, "2", "u-2", XGW_QUEUED, request);
	apply(request, XGW_EV_DECISION, 3);
	assert_int_equal(state_of(request), XGW_DECIDED);
	apply(decision, XGW_EV_FINAL, 4);
	apply(request, XGW_EV_FINAL, 4);
	final = deliver(request, true, 0);
	assert_int_equal(xgw_journal_ack(j, A, final, 5, &err), 0);
	assert_int_equal(state_of(request), XGW_CLOSED);
	assert_int_equal(state_of(decision), XGW_CLOSED);
}

static size_t due(enum xgw_due kind, int64_t before)
{
	int64_t ids[8];
	size_t n;

	assert_int_equal(xgw_journal_due(j, kind, before, ids, 8, &n, &err), 0);
	return n;
}

static size_t cards(const char *office, int64_t before, int64_t after)
{
	int64_t ids[8];
	size_t n;

	assert_int_equal(xgw_journal_cards(j, office, before, after, ids, 8, &n, &err), 0);
	return n;
}

static void what_is_due(void **state)
{
	int64_t request = add(A, "1", "u-1", XGW_QUEUED, 0);
	_cleanup_(xgw_request_freep) struct xgw_request *r = get(request);

	assert_int_equal(due(XGW_DUE_OVERDUE, 999), 0);
	assert_int_equal(due(XGW_DUE_OVERDUE, 1000), 1);
	assert_int_equal(xgw_journal_mark(j, request, XGW_DUE_OVERDUE, &err), 0);
	assert_int_equal(due(XGW_DUE_OVERDUE, 1000), 0);
	assert_int_equal(xgw_journal_set_osci_id(j, r, "m-1", &err), 0);
	apply(request, XGW_EV_STORED, 2000);
	assert_int_equal(due(XGW_DUE_OVERDUE, 9000), 0); /* told once, storing is no answer */
	assert_int_equal(cards(A, 1999, 0), 0);
	assert_int_equal(cards(A, 2000, 0), 1);
	assert_int_equal(cards(B, 2000, 0), 0);
	assert_int_equal(cards(A, 2000, request - 1), 1);
	assert_int_equal(cards(A, 2000, request), 0);
	apply(request, XGW_EV_INTERIM, 3000);
	assert_int_equal(due(XGW_DUE_REMIND, 3000), 1);
	assert_int_equal(xgw_journal_mark(j, request, XGW_DUE_REMIND, &err), 0);
	assert_int_equal(due(XGW_DUE_REMIND, 3000), 0);
	apply(request, XGW_EV_QUESTION, 4000);
	assert_int_equal(due(XGW_DUE_LAPSE, 4000), 1);
	apply(request, XGW_EV_DECISION, 5000);
	assert_int_equal(due(XGW_DUE_OVERDUE, 4999), 0);
	assert_int_equal(due(XGW_DUE_OVERDUE, 5000), 1); /* a new wait */
	add(A, "2", "u-2", XGW_HELD, 0);
	assert_int_equal(due(XGW_DUE_HELD, 9000), 1);
}

/* What is not committed is not there after a crash. */
static void uncommitted(void **state)
{
	struct xgw_request *r = NULL;

	assert_int_equal(xgw_journal_begin(j, &err), 0);
	add(A, "1", "u-1", XGW_QUEUED, 0);
	restart();
	assert_int_equal(xgw_journal_by_bus_id(j, A, "1", &r, &err), OSCI_E_EMPTY);
}

/* A journal of before: its requests have no fields, and go on. */
static void grows(void **state)
{
	static const char *const undo[] = {
		"DROP INDEX request_rejects", "DROP INDEX inbound_content", "ALTER TABLE request DROP COLUMN fields",
		"ALTER TABLE request DROP COLUMN partner", "ALTER TABLE request DROP COLUMN rejects",
		"ALTER TABLE inbound DROP COLUMN partner", "ALTER TABLE inbound DROP COLUMN content",
	};
	struct xgw_delivery_row *d = NULL;
	struct xgw_request *r = NULL;
	int64_t delivery = 0;
	int64_t latest = -1;

	assert_int_equal(xgw_journal_latest(j, &latest, &err), 0);
	assert_true(latest == 0);
	add(A, "1", "u-1", XGW_QUEUED, 0);
	assert_int_equal(xgw_journal_add_delivery(j, A, NULL, "accepted", true, "{}", "<a/>", 4, 0, 9, &delivery, &err), 0);
	assert_int_equal(db_exec(&j->db, &err, "UPDATE delivery SET request=1", ""), 0);
	for (size_t i = 0; i < sizeof(undo) / sizeof(undo[0]); i++)
		assert_int_equal(db_exec(&j->db, &err, undo[i], ""), 0);
	assert_int_equal(db_exec(&j->db, &err, "PRAGMA user_version=1", ""), 0);
	restart();
	assert_int_equal(xgw_journal_next_queued(j, A, &r, &err), 0);
	assert_int_equal(r->xml_len, strlen("<personal/>"));
	assert_string_equal(r->fields, "");
	assert_string_equal(r->partner, ""); /* the BAMF */
	assert_int_equal(xgw_journal_delivery(j, A, delivery, &d, &err), 0);
	assert_int_equal(d->xml_len, 4);
	xgw_delivery_row_freep(&d);
	assert_int_equal(xgw_journal_add_delivery(j, A, NULL, "accepted", true, "{}", NULL, 0, 0, 9, &delivery, &err), 0);
	assert_true(delivery == 2); /* numbers go on */
	assert_int_equal(xgw_journal_convert(j, r, "27.05", "<new/>", 6, 3000, &err), 0);
	xgw_request_freep(&r);
	restart();
	assert_int_equal(xgw_journal_next_queued(j, A, &r, &err), 0);
	assert_int_equal(r->xml_len, strlen("<new/>"));
	assert_string_equal(r->release, "27.05");
	xgw_request_freep(&r);
	assert_int_equal(xgw_journal_latest(j, &latest, &err), 0);
	assert_true(latest == 3000);
}

/* One Rückweisung for one message, however often it is tried. */
static void one_rejection(void **state)
{
	struct xgw_request r = { .state = XGW_QUEUED, .office = (char *)A, .bus_id = (char *)"#1",
				 .message = (char *)"0010", .hash = (char *)"", .uuid = (char *)"u-1", .partner = (char *)"dbs:1",
				 .rejects = 1, .xml = (unsigned char *)"<a/>", .xml_len = 4 };
	_cleanup_(xgw_request_freep) struct xgw_request *back = NULL;
	struct xgw_known k;

	assert_int_equal(xgw_journal_add_inbound(j, A, "m-1", "raw", 3, 7, &err), 0);
	assert_int_equal(inbound_done(1, "rejected", "", "X001"), 0);
	assert_int_equal(xgw_journal_add_request(j, &r, 10, &err), 0);
	r.bus_id = (char *)"#2";
	r.uuid = (char *)"u-2";
	assert_int_equal(xgw_journal_add_request(j, &r, 10, &err), OSCI_E_EXISTS);
	restart();
	assert_int_equal(xgw_journal_next_queued(j, A, &back, &err), 0);
	assert_string_equal(back->partner, "dbs:1");
	assert_true(back->rejects == 1);
	assert_int_equal(back->xml_len, 4);
	assert_int_equal(xgw_journal_known(j, A, "", "c-9", &k, &err), 0);
	assert_true(k.rejected && !k.same);
	assert_int_equal(xgw_journal_known(j, B, "", "c-9", &k, &err), 0);
	assert_false(k.rejected);
}

/* A delivery that belongs to no request. */
static void without_request(void **state)
{
	struct xgw_delivery_row *d = NULL;
	int64_t id;

	assert_int_equal(xgw_journal_add_delivery(j, A, NULL, "unassigned", false, "{}", "<a/>", 4, 0, 9, &id, &err), 0);
	restart();
	assert_int_equal(xgw_journal_next_delivery(j, A, 0, &d, &err), 0);
	assert_true(d->id == id);
	xgw_delivery_row_freep(&d);
	assert_int_equal(xgw_journal_ack(j, B, id, 10, &err), OSCI_E_EMPTY);
	assert_int_equal(xgw_journal_ack(j, A, id, 10, &err), 0);
	assert_int_equal(xgw_journal_next_delivery(j, A, 0, &d, &err), OSCI_E_EMPTY);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, before, after)
	const struct CMUnitTest tests[] = {
		T(ids_are_unique), T(transitions), T(queue_order), T(inbound_once), T(one_rejection), T(without_request),
		T(acknowledging), T(two_finals),
		T(ids_of_deliveries), T(decision_closes_too), T(what_is_due), T(uncommitted), T(grows),
	};

	return cmocka_run_group_tests_name("journal", tests, setup, teardown);
}
