/* SPDX-License-Identifier: Apache-2.0 */
/* test_store - MessageIds, mailboxes, process cards, quota, retention, restart */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "intermediary/store_priv.h"
#include "intermediary/store_schema.h"
#include "lib/t_db.h"

#define A "aaaa"
#define B "bbbb"

static char dir[] = "/tmp/xausl-store-XXXXXX";
static char file[64];
static const struct im_store_limits limits = { 4, 1000, 3 };
static struct im_store store;
static struct im_pool pool;
static struct osci_err err;

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/im.db", dir);
	return 0;
}

static int teardown(void **state)
{
	return rmdir(dir);
}

static int before(void **state)
{
	t_db_remove(file);
	return im_store_open(&store, file, &limits, &err);
}

static int after(void **state)
{
	im_store_close(&store);
	im_pool_free(&pool);
	t_db_remove(file);
	return 0;
}

static void restart(void)
{
	im_store_close(&store);
	assert_int_equal(im_store_open(&store, file, &limits, &err), 0);
}

static const char *issue(const char *client)
{
	const char *id;

	assert_int_equal(im_store_issue(&store, client, "host.example", 1000, &pool, &id, &err), 0);
	return id;
}

static bool conflict;

static int put(const char *id, const char *from, const char *to, const char *package, int64_t now)
{
	static const struct osci_inspection inspections[] = {
		{ "CN=a", "CN=ca", "17", "unknown", "ok", "valid", NULL, "2026-01-01T00:00:00.000Z" },
		{ "CN=b", "CN=ca", "18", "unknown", "indeterminate", "invalid", NULL, "2026-01-01T00:00:00.000Z" },
	};
	struct osci_part parts[] = { { "att-1", (const unsigned char *)"\0\1", 2 },
					   { "att-2", (const unsigned char *)"", 0 } };
	const struct im_stored_cert certs[] = {
		{ OSCI_CIPHER_ADDRESSEE, "addressee_cipher_1", (const unsigned char *)"der1", 4 },
		{ OSCI_SIGN_ORIGINATOR, "x", (const unsigned char *)"der2", 4 },
	};
	const struct osci_custom custom[] = { { "<x/>", 4 } };
	struct im_delivery d = {
		.card = { .message_id = id, .originator = from, .addressee = to, .subject = "Betreff",
			  .inspections = inspections, .n_inspections = 2 },
		.package = package, .package_len = strlen(package),
		.parts = parts, .n_parts = 2, .certs = certs, .n_certs = 2, .custom = custom, .n_custom = 1,
	};

	return im_store_put(&store, &d, now, &conflict, &err);
}

static struct im_delivery *fetch(const char *mailbox, const struct osci_selection *sel, bool *more)
{
	static const struct osci_selection none = { .kind = OSCI_SELECT_NONE };
	struct im_delivery *d = NULL;
	int r = im_store_fetch(&store, mailbox, sel ? sel : &none, 5000, &pool, &d, more, &err);

	assert_true(r == 0 || r == OSCI_E_EMPTY);
	return r ? NULL : d;
}

static void test_ids(void **state)
{
	const char *id = issue(A), *other, *foreign;
	char uuid_and_host[64];

	assert_true(osci_id_ok(id, strlen(id), 256));
	snprintf(uuid_and_host, sizeof(uuid_and_host), "%s", id + 36);
	assert_string_equal(uuid_and_host, "@host.example");
	other = issue(A);
	assert_string_not_equal(id, other);
	assert_int_equal(put("nobody@host.example", A, B, "<p/>", 1), OSCI_E_EXISTS);
	assert_string_equal(err.feedback, "9801");
	assert_int_equal(put(id, B, A, "<p/>", 1), OSCI_E_EXISTS); /* issued to another */
	assert_int_equal(put(id, A, B, "<p/>", 1), 0);
	assert_int_equal(put(id, A, B, "<p/>", 1), OSCI_E_EXISTS); /* used */
	restart();
	assert_int_equal(put(id, A, B, "<p/>", 1), OSCI_E_EXISTS);
	assert_int_equal(put(other, A, B, "<p/>", 1), 0);
	/* At the maximum the oldest unused one goes, and nobody else's. */
	assert_int_equal(im_store_issue(&store, A, "h", 1, &pool, &id, &err), 0);
	assert_int_equal(im_store_issue(&store, B, "h", 1, &pool, &foreign, &err), 0);
	issue(A);
	issue(A);
	other = issue(A);
	assert_int_equal(put(id, A, B, "<p/>", 1), OSCI_E_EXISTS);
	assert_string_equal(err.feedback, "9801");
	assert_int_equal(put(other, A, B, "<p/>", 1), 0);
	assert_int_equal(put(foreign, B, A, "<p/>", 1), 0);
}

static void test_delivery_unchanged(void **state)
{
	struct im_delivery *d;
	bool more;

	assert_int_equal(put(issue(A), A, B, "<xenc:EncryptedData/>", 2000), 0);
	restart();
	d = fetch(B, NULL, &more);
	assert_non_null(d);
	assert_false(more);
	assert_string_equal(d->package, "<xenc:EncryptedData/>");
	assert_int_equal(d->package_len, 21);
	assert_int_equal(d->n_parts, 2);
	assert_string_equal(d->parts[0].content_id, "att-1");
	assert_int_equal(d->parts[0].len, 2);
	assert_memory_equal(d->parts[0].data, "\0\1", 2);
	assert_int_equal(d->parts[1].len, 0);
	assert_int_equal(d->n_certs, 2);
	assert_int_equal(d->certs[0].role, OSCI_CIPHER_ADDRESSEE);
	assert_string_equal(d->certs[0].id, "addressee_cipher_1");
	assert_int_equal(d->certs[1].role, OSCI_SIGN_ORIGINATOR);
	assert_memory_equal(d->certs[1].der, "der2", 4);
	assert_int_equal(d->n_custom, 1);
	assert_string_equal(d->custom[0].xml, "<x/>");
	assert_string_equal(d->card.subject, "Betreff");
	assert_int_equal(d->card.creation, 2000);
	assert_int_equal(d->card.forwarding, 5000);
	assert_int_equal(d->card.modified, 5000);
	assert_int_equal(d->card.reception, 0);
	assert_int_equal(d->card.n_inspections, 2);
	assert_string_equal(d->card.inspections[1].math, "indeterminate");
	assert_string_equal(d->card.inspections[1].serial, "18");
}

static void test_fetch_order(void **state)
{
	const char *first = issue(A), *second = issue(A), *third = issue(A);
	const char *const ids[] = { second };
	struct osci_selection by_id = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 };
	struct osci_selection since = { .kind = OSCI_SELECT_RECEPTION, .time = "1970-01-01T00:00:02Z" };
	struct im_delivery *d;
	bool more;

	assert_null(fetch(B, NULL, &more));
	put(first, A, B, "1", 1000);
	put(second, A, B, "2", 2000);
	put(third, A, B, "3", 3000);
	d = fetch(B, NULL, &more);
	assert_string_equal(d->package, "1");
	assert_true(more);
	d = fetch(B, NULL, &more); /* unconfirmed: again the oldest */
	assert_string_equal(d->package, "1");
	d = fetch(B, &by_id, &more);
	assert_string_equal(d->package, "2");
	d = fetch(B, &since, &more);
	assert_string_equal(d->package, "2"); /* the moment itself counts in */
	since.time = "1970-01-01T00:00:02.001Z";
	d = fetch(B, &since, &more);
	assert_string_equal(d->package, "3");
	since.time = "not a time";
	assert_null(fetch(B, &since, &more));
	assert_null(fetch(A, NULL, &more)); /* the sender's mailbox is another */
	assert_null(fetch(A, &by_id, &more));
	assert_int_equal(im_store_received(&store, 1, 6000, 0, &err), 0);
	d = fetch(B, NULL, &more);
	assert_string_equal(d->package, "2");
	assert_true(more);
	assert_int_equal(d->card.forwarding, 5000);
}

static size_t cards(const char *client, struct osci_selection sel, size_t max, struct im_card **ret, bool *more)
{
	size_t n = 0;
	int r = im_store_cards(&store, client, &sel, max, &pool, ret, &n, more, &err);

	assert_int_equal(r, n ? 0 : OSCI_E_EMPTY);
	return n;
}

static void test_cards(void **state)
{
	const char *one = issue(A), *two = issue(A), *three = issue(B);
	const char *const ids[] = { two, "unknown@x", one };
	struct osci_selection all = { 0 };
	struct im_card *list;
	bool more;

	put(one, A, B, "1", 1000);
	put(two, A, B, "2", 2000);
	put(three, B, A, "3", 3000);
	assert_int_equal(im_store_received(&store, 1, 9000, 0, &err), 0);
	/* the card stays when the content is gone */
	assert_int_equal(cards(A, all, 10, &list, &more), 3);
	assert_false(more);
	assert_string_equal(list[0].message_id, one);
	assert_int_equal(list[0].reception, 9000);
	assert_int_equal(list[0].modified, 9000);
	assert_int_equal(list[1].reception, 0);
	assert_int_equal(list[0].n_inspections, 2);
	assert_int_equal(cards(B, all, 10, &list, &more), 3);
	assert_int_equal(cards("cccc", all, 10, &list, &more), 0);
	assert_int_equal(cards("", all, 10, &list, &more), 0);
	assert_int_equal(cards(A, all, 2, &list, &more), 2);
	assert_true(more);
	assert_int_equal(cards(A, all, 3, &list, &more), 3);
	assert_false(more);
	assert_int_equal(cards(A, (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids,
							   .n_message_ids = 3 }, 10, &list, &more), 2);
	assert_string_equal(list[0].message_id, two);
	assert_int_equal(cards("cccc", (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids,
								.n_message_ids = 3 }, 10, &list, &more), 0);
	assert_int_equal(cards(A, (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids,
							   .n_message_ids = 3 }, 1, &list, &more), 1);
	assert_true(more);
	assert_int_equal(cards(A, (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION,
							   .time = "1970-01-01T00:00:02Z" }, 10, &list, &more), 2);
	assert_int_equal(cards(A, (struct osci_selection){ .kind = OSCI_SELECT_RECENT, .time = "1970-01-01T00:00:03Z" },
			       10, &list, &more), 2);
	assert_string_equal(list[1].message_id, one); /* changed last */
	assert_int_equal(cards(A, (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .role = "Originator",
							   .time = "1970-01-01T00:00:00Z" }, 10, &list, &more), 2);
	assert_int_equal(cards(A, (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .role = "Addressee",
							   .time = "1970-01-01T00:00:00Z" }, 10, &list, &more), 1);
	assert_int_equal(cards(A, (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .no_reception = true,
							   .time = "1970-01-01T00:00:00Z" }, 10, &list, &more), 2);
}

/* Who writes to himself has one card, in either role. */
static void test_own_card(void **state)
{
	struct osci_selection role = { .kind = OSCI_SELECT_RECENT, .time = "1970-01-01T00:00:01Z" };
	struct osci_selection all = { 0 };
	struct im_card *list;
	bool more;

	put(issue(A), A, A, "1", 1000);
	put(issue(A), A, B, "2", 1000);
	assert_int_equal(cards(A, all, 10, &list, &more), 2);
	assert_int_equal(cards(A, role, 10, &list, &more), 2); /* the moment itself counts in */
	role.role = "Originator";
	assert_int_equal(cards(A, role, 10, &list, &more), 2);
	role.role = "Addressee";
	assert_int_equal(cards(A, role, 10, &list, &more), 1);
	role.time = "1970-01-01T00:00:01.001Z";
	assert_int_equal(cards(A, role, 10, &list, &more), 0);
	role.time = "1970-01-01T00:00:01Z";
	role.no_reception = true;
	assert_int_equal(im_store_received(&store, 1, 2000, 0, &err), 0);
	assert_int_equal(cards(A, role, 10, &list, &more), 0);
	assert_int_equal(cards(B, role, 10, &list, &more), 1);
}

static void test_quota(void **state)
{
	char big[900];
	const char *id;

	memset(big, 'x', sizeof(big) - 1);
	big[899] = '\0';
	assert_int_equal(put(issue(A), A, B, big, 1), 0);
	id = issue(A);
	assert_int_equal(put(id, A, B, big, 1), OSCI_E_LIMIT); /* octets */
	assert_int_equal(put(id, A, B, "small", 1), 0);	       /* the id was not used up by the refusal */
	assert_int_equal(put(issue(A), A, B, "s", 1), 0);
	assert_int_equal(put(issue(A), A, B, "s", 1), 0);
	assert_int_equal(put(issue(A), A, B, "s", 1), OSCI_E_LIMIT); /* number */
	assert_int_equal(put(issue(A), A, A, "s", 1), 0);	     /* another mailbox */
	assert_int_equal(im_store_received(&store, 2, 2, 0, &err), 0);
	assert_int_equal(put(issue(A), A, B, "s", 1), 0);
}

static int64_t rows(const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(db_query(&store.db, &st, &err, sql, ""), 0);
	assert_int_equal(db_step(&store.db, st, &err), 0);
	n = db_int(st, 0);
	db_done(st);
	return n;
}

static void test_retention(void **state)
{
	const char *id = issue(A);
	struct osci_selection all = { 0 };
	struct im_card *list;
	bool more;

	put(id, A, B, "1", 1000);
	put(issue(A), A, B, "2", 1000);
	issue(A);
	assert_int_equal(im_store_received(&store, 1, 2000, 500, &err), 0);
	assert_int_equal(im_store_received(&store, 1, 2400, 500, &err), 0); /* the first time counts */
	assert_string_equal(fetch(B, NULL, &more)->package, "2");	    /* out of the mailbox at once */
	assert_int_equal(rows("SELECT count(*) FROM delivery"), 2);
	assert_int_equal(im_store_purge(&store, 2499, 0, -1, &err), 0);
	assert_int_equal(rows("SELECT count(*) FROM delivery"), 2);
	assert_int_equal(im_store_purge(&store, 2500, 0, -1, &err), 0);
	assert_int_equal(rows("SELECT count(*) FROM delivery"), 1);
	assert_int_equal(rows("SELECT count(*) FROM part"), 2);
	assert_int_equal(cards(A, all, 10, &list, &more), 2);
	assert_int_equal(list[0].reception, 2000);
	/* cards and ids go, a waiting delivery keeps its own */
	assert_int_equal(im_store_purge(&store, 99999, 99999, -1, &err), 0);
	assert_int_equal(rows("SELECT count(*) FROM card"), 1);
	assert_int_equal(rows("SELECT count(*) FROM message_id"), 1);
	assert_int_equal(rows("SELECT count(*) FROM inspection"), 2);
	assert_string_equal(fetch(B, NULL, &more)->package, "2");
	assert_int_equal(put(id, A, B, "1", 1), OSCI_E_EXISTS); /* forgotten is not issued */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ids, before, after),
		cmocka_unit_test_setup_teardown(test_delivery_unchanged, before, after),
		cmocka_unit_test_setup_teardown(test_fetch_order, before, after),
		cmocka_unit_test_setup_teardown(test_cards, before, after),
		cmocka_unit_test_setup_teardown(test_own_card, before, after),
		cmocka_unit_test_setup_teardown(test_quota, before, after),
		cmocka_unit_test_setup_teardown(test_retention, before, after),
	};

	return cmocka_run_group_tests_name("intermediary/store", tests, setup, teardown);
}
