/* SPDX-License-Identifier: Apache-2.0 */
/* test_status - what operators see: figures, health, who is refused, when the disk is nearly full */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "intermediary/status.h"
#include "party.h"

#define HOUR INT64_C(3600000)

static struct party office, bamf;
static struct osci_cert *bamf_cipher[1], *bamf_sign[1];
static struct im_participant list[1];
static struct im_config config;
static struct im_status status;
static char id[300], text[300];

static int setup(void **state)
{
	world_begin();
	party_make(&office, "Geheimer Name", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, T_NOW - 86400, T_NOW + 10 * 86400 + 100);
	return 0;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

static int before(void **state)
{
	static const char *no_proxies[1];

	im_begin();
	bamf_cipher[0] = osci_key_cert(bamf.cipher);
	bamf_sign[0] = osci_key_cert(bamf.sign);
	list[0] = (struct im_participant){ .id = "bamf", .cipher = bamf_cipher, .n_cipher = 1, .sign = bamf_sign,
					   .n_sign = 1, .may_send = true, .may_fetch = true };
	im_set.participants = (struct im_participants){ .list = list, .n = 1 };
	config = (struct im_config){ .set = im_set, .listen = "127.0.0.1:1", .proxies = no_proxies,
				     .decrypt_failures = 3, .decrypt_window = HOUR };
	office.in_dialog = bamf.in_dialog = false;
	return im_status_init(&status, &config, &im, T0);
}

static int after(void **state)
{
	im_status_free(&status);
	im_end();
	return 0;
}

static void store(const char *expected)
{
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(do_store(&office, id, &bamf, "Vertraulicher Inhalt"), expected);
}

static char *metrics(int64_t now)
{
	struct osci_buf out = OSCI_BUF_INIT(IM_STATUS_DOC_MAX);

	im_status_metrics(&status, now, &out);
	return osci_buf_take(&out, NULL);
}

static void assert_line(const char *doc, const char *line)
{
	char wanted[200];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (!strstr(doc, wanted))
		fail_msg("no line %s in:\n%s", line, doc);
}

static json_t *health(int64_t now, bool expected)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(IM_STATUS_DOC_MAX);
	json_t *doc;

	assert_int_equal(im_status_health(&status, now, &out), expected);
	doc = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	return doc;
}

static int64_t number(json_t *doc, const char *name)
{
	assert_true(json_is_integer(json_object_get(doc, name)));
	return json_integer_value(json_object_get(doc, name));
}

static void test_metrics(void **state)
{
	_cleanup_(osci_freep) char *doc = NULL;

	store("0800");
	im_metrics_order(&status.metrics, &(struct im_metric_order){ "storeDelivery", "0800", false, 5000, 3000, 7 });
	im_metrics_order(&status.metrics, &(struct im_metric_order){ "storeDelivery", "0800", false, 5000, 3000, 70000 });
	im_metrics_order(&status.metrics, &(struct im_metric_order){ "unreadable", "9100", false, 1, 1, 5 });
	im_metrics_order(&status.metrics, &(struct im_metric_order){ "unreadable", "9999", false, 1, 1, 5 });
	im_metrics_order(&status.metrics, &(struct im_metric_order){ "fetchDelivery", "0801", true, 10, 0, 5 });
	im_metrics_refused(&status.metrics, 413);
	im_metrics_refused(&status.metrics, 413);
	im_metrics_refused(&status.metrics, 499); /* has no counter */
	assert_int_equal(im_status_refresh(&status, T0, NULL), 0);
	doc = metrics(T0 + 90 * 1000);
	assert_line(doc, "osci_http_refused_total{status=\"413\"} 2");
	assert_line(doc, "osci_http_refused_total{status=\"507\"} 0");
	assert_line(doc, "osci_orders_total{order=\"storeDelivery\",code=\"0800\"} 2");
	assert_line(doc, "osci_orders_total{order=\"unreadable\",code=\"9100\"} 1");
	assert_line(doc, "osci_orders_total{order=\"unreadable\",code=\"\"} 1"); /* a stranger's code is no label */
	assert_line(doc, "osci_orders_cut_total 1");
	assert_line(doc, "osci_received_octets_total 10012");
	assert_line(doc, "osci_order_seconds_bucket{le=\"0.005\"} 2");
	assert_line(doc, "osci_order_seconds_bucket{le=\"0.010\"} 3");
	assert_line(doc, "osci_order_seconds_bucket{le=\"60.000\"} 3");
	assert_line(doc, "osci_order_seconds_bucket{le=\"+Inf\"} 4");
	assert_line(doc, "osci_order_seconds_count 4");
	assert_line(doc, "osci_order_seconds_sum 70.017");
	assert_line(doc, "osci_mailboxes 1");
	assert_line(doc, "osci_deliveries_waiting 1");
	assert_line(doc, "osci_oldest_delivery_seconds 90");
	assert_line(doc, "osci_participant_deliveries_waiting{participant=\"bamf\"} 1");
	assert_line(doc, "osci_database_ok 1");
	assert_non_null(strstr(doc, "osci_certificate_expiry_days{use=\"cipher\",participant=\"bamf\",certificate=\""));
	assert_non_null(strstr(doc, "\"} 10\n"));
}

/* Names in certificates, subjects, contents, MessageIds, addresses: nothing of it in either document. */
static void test_p_10_no_personal_data(void **state)
{
	static const char *const secrets[] = { "Geheim", "Vertraulich", "Betreff", "CN=", "@im.example" };
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(IM_STATUS_DOC_MAX);
	_cleanup_(osci_freep) char *doc = NULL;

	store("0800");
	im_metrics_order(&status.metrics, &(struct im_metric_order){ report.order, report.code, false, 1, 1, 1 });
	im_guard_count(status.guard, "192.0.2.77", T0);
	assert_int_equal(im_status_refresh(&status, T0, NULL), 0);
	doc = metrics(T0);
	im_status_health(&status, T0, &out);
	assert_null(strstr(doc, "192.0.2"));
	assert_null(strstr(doc, report.client)); /* a client that is not listed has no line of its own */
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		assert_null(strstr(doc, secrets[i]));
		assert_null(strstr((char *)out.data, secrets[i]));
	}
}

static void test_health(void **state)
{
	json_t *doc = health(T0, false); /* nothing known yet */

	json_decref(doc);
	store("0800");
	assert_int_equal(im_status_refresh(&status, T0, NULL), 0);
	doc = health(T0 + 60 * 1000, true);
	assert_string_equal(json_string_value(json_object_get(doc, "status")), "ok");
	assert_string_equal(json_string_value(json_object_get(doc, "database")), "ok");
	assert_int_equal(number(doc, "oldest_undelivered_seconds"), 60);
	assert_int_equal(number(doc, "deliveries_waiting"), 1);
	assert_int_equal(number(doc, "uptime_seconds"), 60);
	assert_true(number(json_object_get(doc, "disk"), "free_octets") > 0);
	json_decref(doc);
	doc = health(T0 + 40 * 24 * HOUR, true); /* own certificates have ended */
	assert_string_equal(json_string_value(json_object_get(doc, "status")), "degraded");
	assert_true(number(doc, "certificate_days") < 0);
	json_decref(doc);
}

static void test_p_11_weakened_settings_in_the_status(void **state)
{
	json_t *doc, *weak;
	size_t n;

	config.set.allow_cbc = true;
	assert_int_equal(im_status_refresh(&status, T0, NULL), 0);
	doc = health(T0, true);
	weak = json_object_get(doc, "weakened");
	n = json_array_size(weak);
	for (size_t i = 0; i < json_array_size(weak); i++)
		n -= !strcmp(json_string_value(json_array_get(weak, i)), "allow_cbc");
	assert_int_equal(n, json_array_size(weak) - 1);
	json_decref(doc);
}

static void test_database_gone(void **state)
{
	json_t *doc;

	store("0800");
	assert_int_equal(im_status_refresh(&status, T0, NULL), 0);
	assert_int_equal(sqlite3_exec(im.store.db.h, "ALTER TABLE delivery RENAME TO gone", NULL, NULL, NULL), 0);
	assert_int_not_equal(im_status_refresh(&status, T0 + 1000, NULL), 0);
	doc = health(T0 + 1000, false);
	assert_string_equal(json_string_value(json_object_get(doc, "status")), "failed");
	assert_string_equal(json_string_value(json_object_get(doc, "database")), "failed");
	assert_int_equal(number(doc, "deliveries_waiting"), 1); /* as last known */
	json_decref(doc);
}

static void test_f_10_disk_nearly_full(void **state)
{
	json_t *doc;

	store("0800");
	im_set.disk.min_free = config.set.disk.min_free = UINT64_MAX / 2;
	store("9811");
	assert_string_equal(report.err.what, "the disk is nearly full");
	assert_int_equal(im_status_refresh(&status, T0, NULL), 0);
	doc = health(T0, false);
	assert_string_equal(json_string_value(json_object_get(doc, "status")), "failed");
	assert_true(json_is_true(json_object_get(json_object_get(doc, "disk"), "low")));
	json_decref(doc);
	/* What makes room still works, and the id was not used up. */
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(do_exit(&bamf), "0800");
	im_set.disk.min_free = 0;
	assert_string_equal(do_store(&office, id, &bamf, "x"), "0800");
}

static void test_disk_marks(void **state)
{
	struct im_disk mark = { 0 };
	uint64_t unused;
	unsigned used;

	assert_false(im_disk_low(&mark, "/tmp/not-there-yet", UINT64_MAX));
	assert_int_equal(im_disk_free("/tmp/not-there-yet", &unused, &used), 0);
	assert_true(used <= 100);
	mark.min_free = 1;
	assert_false(im_disk_low(&mark, "/tmp/not-there-yet", 0));
	assert_true(im_disk_low(&mark, "/tmp/not-there-yet", unused * 2 + 1));
	mark = (struct im_disk){ .max_used = used + 1 };
	assert_true(im_disk_low(&mark, "/tmp", unused - 1));
	assert_false(im_disk_low(&mark, "/nowhere/at/all", 0));
}

static void test_guard(void **state)
{
	struct im_guard *g;
	char name[IM_GUARD_NAME_MAX + 1];

	assert_int_equal(im_guard_new(&g, 3, HOUR), 0);
	assert_false(im_guard_count(g, "a", T0));
	assert_false(im_guard_count(g, "a", T0 + 1));
	assert_false(im_guard_refused(g, "a", T0 + 1));
	assert_false(im_guard_count(g, "a", T0 + HOUR)); /* a new window */
	assert_false(im_guard_count(g, "a", T0 + HOUR + 1));
	assert_true(im_guard_count(g, "a", T0 + HOUR + 2));
	assert_false(im_guard_count(g, "a", T0 + HOUR + 3)); /* said once */
	assert_true(im_guard_refused(g, "a", T0 + 2 * HOUR + 1));
	assert_false(im_guard_refused(g, "a", T0 + 2 * HOUR + 2));
	assert_false(im_guard_refused(g, "b", T0 + HOUR + 2));
	/* The clock is set back by a day: neither refused until it is there again, nor counted on from what was. */
	assert_false(im_guard_refused(g, "a", T0 - 24 * HOUR));
	assert_false(im_guard_count(g, "a", T0 - 24 * HOUR));
	assert_false(im_guard_count(g, "a", T0 - 24 * HOUR + 1));
	assert_true(im_guard_count(g, "a", T0 - 24 * HOUR + 2));
	/* A flood of other names does not set a refused one free. */
	for (int i = 0; i < 3; i++)
		im_guard_count(g, "bad", T0 + 3 * HOUR);
	for (int i = 0; i < 3 * IM_GUARD_NAMES; i++) {
		snprintf(name, sizeof(name), "198.51.100.%d", i);
		im_guard_count(g, name, T0 + 3 * HOUR + 1 + i);
	}
	assert_true(im_guard_refused(g, "bad", T0 + 3 * HOUR + 2));
	assert_int_equal(im_guard_refused_names(g, T0 + 3 * HOUR + 2), 1);
	im_guard_freep(&g);
	assert_int_equal(im_guard_new(&g, 0, HOUR), 0);
	for (int i = 0; i < 100; i++)
		assert_false(im_guard_count(g, "a", T0));
	assert_false(im_guard_refused(g, "a", T0));
	im_guard_freep(&g);
	im_guard_peer(name, "2001:db8:1:2:3:4:5:6");
	assert_string_equal(name, "2001:db8:1:2::/64");
	im_guard_peer(name, "192.0.2.1");
	assert_string_equal(name, "192.0.2.1");
}

static void test_orders_per_minute(void **state)
{
	im_set.orders_minute = 3;
	im_restart();
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_init(&bamf), "0801");
	for (int i = 0; i < 3; i++)
		assert_string_equal(do_get_id(&office, id), "0801");
	assert_string_equal(do_get_id(&office, id), "9811");
	assert_string_equal(do_get_id(&bamf, id), "0801"); /* of one client, not of all */
	now_ms += 60000;
	assert_string_equal(do_get_id(&office, id), "0801");
}

/* Who only names a client, or repeats what it once signed, uses up the orders of the address he comes from. */
static void test_orders_per_minute_of_a_stranger(void **state)
{
	struct party pretender = { .sign = bamf.sign, .cipher = office.cipher };
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL };
	struct osci_draft d = { .type = OSCI_INIT_DIALOG, .certs = &cert, .n_certs = 1 };
	_cleanup_(osci_freep) unsigned char *recorded = NULL;
	size_t len;

	im_set.orders_minute = 3;
	im_restart();
	recorded = party_write(&office, &d, &len);
	assert_string_equal(do_init(&office), "0801");
	party_peer = "198.51.100.66";
	for (int i = 0; i < 3; i++)
		assert_string_equal(do_get_id(&pretender, id), "0800");
	assert_string_equal(do_get_id(&pretender, id), "9811");
	for (int i = 0; i < 3; i++) {
		struct osci_message *m = hand_over(&office, recorded, len);

		assert_string_equal(osci_message_verdict(m), "9811");
		osci_message_freep(&m);
	}
	assert_string_equal(do_init(&bamf), "9811"); /* whatever its name, from there */
	party_peer = "192.0.2.1";
	for (int i = 0; i < 3; i++) /* the client itself has all of its orders */
		assert_string_equal(do_get_id(&office, id), "0801");
	assert_string_equal(do_get_id(&office, id), "9811");
	assert_string_equal(do_init(&bamf), "0801");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_metrics, before, after),
		cmocka_unit_test_setup_teardown(test_p_10_no_personal_data, before, after),
		cmocka_unit_test_setup_teardown(test_health, before, after),
		cmocka_unit_test_setup_teardown(test_p_11_weakened_settings_in_the_status, before, after),
		cmocka_unit_test_setup_teardown(test_database_gone, before, after),
		cmocka_unit_test_setup_teardown(test_f_10_disk_nearly_full, before, after),
		cmocka_unit_test_setup_teardown(test_orders_per_minute, before, after),
		cmocka_unit_test_setup_teardown(test_orders_per_minute_of_a_stranger, before, after),
		cmocka_unit_test(test_disk_marks),
		cmocka_unit_test(test_guard),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
