/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-admin-alloc - building, checking and reading a rejection, and sealing a folder, with each allocation failing in turn:
 * an error, never a verdict or half a result
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "base/text.h"
#include "engine/release.h"
#include "lib/t_alloc.h"
#include "schemas.h"

#define ROUNDS_MAX 20000

static struct xausl *x;
static const struct xausl_release *release;
static const struct xausl_frame frame = {
	.uuid = "2d0f8276-4278-465f-9065-15494e98d72b",
	.created_ms = 1795426938204,
	.author = { "azr:011200", "Ausländerbehörde", "Amtsgasse", "7", "12345", "Musterstadt", "01", "abh@stadt.example" },
	.reader = { .key = "dbs:990000000070", .name = "BAMF" },
	.product = "Probe",
	.vendor = "Muster",
};

/* A rejection that names and carries a valid message. */
static json_t *fields(void)
{
	_cleanup_(osci_freep) char *office = schemas_message("070001");
	_cleanup_(xausl_head_freep) struct xausl_head *head = NULL;
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1u << 20);
	json_t *original = NULL, *f;

	assert_int_equal(xausl_read_frame(&head, office, strlen(office), NULL, NULL), 0);
	assert_int_equal(xausl_head_original(&original, head), 0);
	osci_base64_encode(&b, office, strlen(office), 0);
	f = json_pack("{s:[{s:s, s:[{s:s}]}], s:o, s:o}", "reasons", "code", "S999", "details", "text", "Probe",
		      "original", original, "original_xml", json_stringn((const char *)b.data, b.len));
	assert_non_null(f);
	return f;
}

static void build(void **state)
{
	json_t *f = fields();
	long n = 1;

	for (;; n++) {
		char *xml = NULL;
		json_t *errors = NULL;
		size_t len;
		int r;

		assert_true(n < ROUNDS_MAX);
		t_alloc_failed = false;
		t_alloc_countdown = n;
		r = xausl_build(&xml, &len, release, "0010", f, &frame, &errors, NULL);
		t_alloc_countdown = 0;
		if (t_alloc_failed ? r >= 0 || xml : r || !xml)
			fail_msg("allocation %ld: %d", n, r);
		free(xml);
		json_decref(errors);
		if (!t_alloc_failed)
			break;
	}
	assert_true(n > 50);
	json_decref(f);
}

/* @named: the identification stays; else it is taken out, which only a look into the carried message finds. */
static void check(bool named)
{
	_cleanup_(osci_freep) char *xml = NULL;
	json_t *f = fields();
	size_t len;
	long n = 1;

	assert_int_equal(xausl_build(&xml, &len, release, "0010", f, &frame, NULL, NULL), 0);
	json_decref(f);
	if (!named) {
		char *from = strstr(xml, "<idNachricht>"), *to = strstr(xml, "<nachricht>");

		assert_true(from && to);
		memmove(from, to, strlen(to) + 1);
		len = strlen(xml);
	}
	for (;; n++) {
		struct xausl_report *report = NULL;
		int r;

		assert_true(n < ROUNDS_MAX);
		t_alloc_failed = false;
		t_alloc_countdown = n;
		r = xausl_validate(&report, x, NULL, xml, len, NULL);
		t_alloc_countdown = 0;
		if (t_alloc_failed ? !r && report->verdict != XAUSL_NOT_CHECKED :
				     r || report->verdict != (named ? XAUSL_VALID : XAUSL_INVALID))
			fail_msg("allocation %ld: %d, verdict %d", n, r, report ? (int)report->verdict : -1);
		xausl_report_freep(&report);
		if (!t_alloc_failed)
			break;
	}
	assert_true(n > 5);
}

static void check_named(void **state)
{
	check(true);
}

static void check_unnamed(void **state)
{
	check(false);
}

static void read_back(void **state)
{
	_cleanup_(osci_freep) char *xml = NULL;
	json_t *f = fields();
	size_t len;
	long n = 1;

	assert_int_equal(xausl_build(&xml, &len, release, "0010", f, &frame, NULL, NULL), 0);
	json_decref(f);
	for (;; n++) {
		json_t *back = NULL;
		int r;

		assert_true(n < ROUNDS_MAX);
		t_alloc_failed = false;
		t_alloc_countdown = n;
		r = xausl_read(&back, release, xml, len, NULL, NULL);
		t_alloc_countdown = 0;
		assert_true(t_alloc_failed ? r < 0 && !back : r == 0);
		json_decref(back);
		if (!t_alloc_failed)
			break;
	}
	assert_true(n > 10);
}

/* The manifest is the old one or the new one. */
static void seal(void **state)
{
	char folder[] = "/tmp/test-admin-alloc-XXXXXX", path[128];
	static const char old[] = "release;1\nschema;a;urn:a;a.xsd\nsha256;xsd/a.xsd;0\n";
	static const char *const others[] = { "xsd/a.xsd", "rules.csv", "map-names.csv", "map-chars.csv", "map-blocks.csv" };
	long n = 1;
	FILE *f;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/xsd", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, others[i]);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs("x\n", f);
		fclose(f);
	}
	for (;; n++) {
		_cleanup_(osci_freep) char *now = NULL;
		size_t len;
		int r;

		assert_true(n < ROUNDS_MAX);
		snprintf(path, sizeof(path), "%s/manifest.csv", folder);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(old, f);
		fclose(f);
		t_alloc_failed = false;
		t_alloc_countdown = n;
		r = xausl_release_seal(folder, NULL);
		t_alloc_countdown = 0;
		assert_int_equal(xausl_file_load(&now, &len, path, 65536, NULL), 0);
		if (t_alloc_failed ? r >= 0 || strcmp(now, old) : r || !strstr(now, "sha256;map-blocks.csv;"))
			fail_msg("allocation %ld: %d", n, r);
		if (!t_alloc_failed)
			break;
	}
	assert_true(n > 10);
	remove(path);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, others[i]);
		remove(path);
	}
	snprintf(path, sizeof(path), "%s/xsd", folder);
	rmdir(path);
	assert_int_equal(rmdir(folder), 0); /* nothing else was left there */
}

static int setup(void **state)
{
	x = schemas_open();
	release = xausl_release_find(x, "26.11");
	return 0;
}

static int teardown(void **state)
{
	xausl_freep(&x);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build), cmocka_unit_test(check_named), cmocka_unit_test(check_unnamed),
		cmocka_unit_test(read_back), cmocka_unit_test(seal),
	};

	return cmocka_run_group_tests_name("admin-alloc", tests, setup, teardown);
}
