/* SPDX-License-Identifier: Apache-2.0 */
/* test_deliveries - the list beside the running program; octets that the reader opens, waiting or received */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "intermediary/deliveries.h"
#include "party.h"

static struct party office, bamf;
static char first[300], second[300], text[300], dir[] = "/tmp/xausl-deliveries-XXXXXX";

static int setup(void **state)
{
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&bamf);
	world_end();
	return rmdir(dir);
}

static int before(void **state)
{
	im_set.content_retention = 0;
	im_begin();
	office.in_dialog = bamf.in_dialog = false;
	return 0;
}

static int after(void **state)
{
	im_end();
	return 0;
}

static void store_two(void)
{
	assert_string_equal(do_get_id(&office, first), "0800");
	assert_string_equal(do_store(&office, first, &bamf, "eins"), "0800");
	assert_string_equal(do_get_id(&office, second), "0800");
	assert_string_equal(do_store(&office, second, &bamf, "zwei"), "0800");
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(do_exit(&bamf), "0800"); /* confirms the first */
}

static json_t *list(const char *where)
{
	struct osci_err err = { 0 };
	FILE *f = tmpfile();
	json_t *l;

	assert_non_null(f);
	if (im_deliveries_list(im_set.database, where, f, &err))
		fail_msg("%s: %s", err.where, err.what);
	rewind(f);
	l = json_loadf(f, 0, NULL);
	fclose(f);
	assert_true(json_is_array(l));
	return l;
}

static const char *field(const json_t *l, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(l, i), key));
}

static json_int_t number(const json_t *l, size_t i, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(l, i), key));
}

/* By the reader's key alone: neither the dialog nor the intermediary's key is needed. */
static void opens(FILE *f, const char *expected)
{
	const struct osci_open_opts opts = { .keys = &bamf.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW };
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	static unsigned char octets[200000];
	size_t len;

	assert_non_null(f);
	rewind(f);
	len = fread(octets, 1, sizeof(octets), f);
	fclose(f);
	assert_int_equal(osci_open(&m, octets, len, &opts, NULL), 0);
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	party_content(&bamf, m, text);
	assert_string_equal(text, expected);
}

static FILE *octets_of(const char *id, int result)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(im_deliveries_octets(im_set.database, id, f, NULL), result);
	return f;
}

static void test_list(void **state)
{
	json_t *l;

	l = list(NULL);
	assert_int_equal(json_array_size(l), 0);
	json_decref(l);
	store_two();
	l = list(NULL);
	assert_int_equal(json_array_size(l), 2);
	assert_string_equal(field(l, 0, "message_id"), first);
	assert_string_equal(field(l, 1, "message_id"), second);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(field(l, i, "originator"), osci_cert_sha256(osci_key_cert(office.cipher)));
		assert_string_equal(field(l, i, "mailbox"), osci_cert_sha256(osci_key_cert(bamf.cipher)));
		assert_int_equal(number(l, i, "stored_ms"), now_ms);
		assert_null(field(l, i, "file"));
	}
	assert_int_equal(number(l, 0, "received_ms"), now_ms);
	assert_int_equal(number(l, 0, "octets"), 0); /* retention 0: it went at once */
	assert_true(json_is_null(json_object_get(json_array_get(l, 1), "received_ms")));
	assert_true(json_is_true(json_object_get(json_array_get(l, 1), "waiting")));
	assert_true(number(l, 1, "octets") > 0);
	json_decref(l);
}

static void test_octets(void **state)
{
	store_two();
	opens(octets_of(second, 0), "zwei");
	opens(octets_of(second, 0), "zwei"); /* looking changes nothing */
	fclose(octets_of(first, OSCI_E_EMPTY)); /* gone */
	fclose(octets_of("nobody@nowhere", OSCI_E_EMPTY));
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "0801");
	assert_string_equal(text, "zwei");
}

static void test_files(void **state)
{
	json_t *l;

	im_set.content_retention = 3600000; /* what was received can be looked at, too */
	store_two();
	l = list(dir);
	for (size_t i = 0; i < 2; i++) {
		char path[400];

		assert_non_null(field(l, i, "file"));
		snprintf(path, sizeof(path), "%s/%s", dir, field(l, i, "file"));
		opens(fopen(path, "r"), i ? "zwei" : "eins");
		assert_int_equal(unlink(path), 0);
	}
	json_decref(l);
	assert_true(im_deliveries_list(im_set.database, "/nonexistent", stdout, NULL) < 0);
	assert_int_equal(im_deliveries_list("/nonexistent.db", NULL, stdout, NULL), OSCI_E_EMPTY);
}

#define T(f) cmocka_unit_test_setup_teardown(f, before, after)

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_list), T(test_octets), T(test_files) };

	return cmocka_run_group_tests_name("intermediary/deliveries", tests, setup, teardown);
}
