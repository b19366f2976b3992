/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_keys - the throwaway PKI of the runner: usable by our own programs, private, made once */
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

#include <osci/key.h>
#include <osci/osci.h>

#include "base/clock.h"
#include "base/buf.h"
#include "world/keys.h"

static char dir[] = "/tmp/xausl-keys-XXXXXX";
static struct cf_keys *keys;
static int64_t now; /* s */

static void check_private(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* The pair opens, fits its use and is trusted by the CA (or not). */
static void check_pair(const struct cf_pair_files *f, enum osci_usage use, int expected)
{
	_cleanup_(osci_key_unrefp) struct osci_key *key = NULL;
	_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
	_cleanup_(osci_trust_freep) struct osci_trust *trust = NULL;

	check_private(f->p12);
	check_private(f->pass);
	check_private(f->pem);
	assert_int_equal(osci_key_load_p12_passfile(&key, f->p12, f->pass, OSCI_P12_PRIVATE, NULL), 0);
	assert_int_equal(osci_cert_load_pem(&cert, f->pem, NULL), 0);
	assert_true(osci_cert_equal(cert, osci_key_cert(key)));
	assert_int_equal(osci_trust_new(&trust), 0);
	assert_int_equal(osci_trust_add_pem(trust, cf_keys_ca(keys), NULL), 0);
	assert_int_equal(osci_cert_check(cert, use, now, NULL), expected);
	if (!expected)
		assert_int_equal(osci_trust_check(trust, cert, use, now, NULL), 0);
	assert_int_not_equal(osci_cert_check(cert, use == OSCI_USE_SIGN ? OSCI_USE_ENCRYPT : OSCI_USE_SIGN, now, NULL), 0);
}

static void parties_and_offices(void **state)
{
	struct cf_pair_files f;

	assert_int_equal(cf_keys_party(keys, "bamf", CF_PAIR_SIGN, &f, NULL), 0);
	check_pair(&f, OSCI_USE_SIGN, 0);
	assert_int_equal(cf_keys_office(keys, 0, "azr:011200", CF_CERT_OK, CF_PAIR_SIGN, &f, NULL), 0);
	check_pair(&f, OSCI_USE_SIGN, 0);
	assert_int_equal(cf_keys_office(keys, 0, "azr:011200", CF_CERT_EXPIRED, CF_PAIR_CIPHER, &f, NULL), 0);
	check_pair(&f, OSCI_USE_ENCRYPT, OSCI_E_UNTRUSTED);
	assert_int_equal(cf_keys_office(keys, 0, "azr:011200", CF_CERT_MISSING, CF_PAIR_SIGN, &f, NULL), OSCI_E_USAGE);
	assert_int_equal(cf_keys_office(keys, CF_OFFICES_MAX, "azr:011200", CF_CERT_OK, CF_PAIR_SIGN, &f, NULL), OSCI_E_USAGE);
}

/* Only what was issued as revoked is on the list; the same office's good certificate is not. */
static void revoked_is_revoked(void **state)
{
	_cleanup_(osci_revocation_unrefp) struct osci_revocation *rev = NULL;
	_cleanup_(osci_cert_unrefp) struct osci_cert *good = NULL;
	_cleanup_(osci_cert_unrefp) struct osci_cert *bad = NULL;
	_cleanup_(osci_trust_freep) struct osci_trust *trust = NULL;
	struct osci_revocation_state st;
	struct cf_pair_files f, g;
	char path[512];

	assert_int_equal(cf_keys_office(keys, 0, "azr:001800", CF_CERT_REVOKED, CF_PAIR_SIGN, &f, NULL), 0);
	assert_int_equal(cf_keys_office(keys, 0, "azr:001800", CF_CERT_OK, CF_PAIR_SIGN, &g, NULL), 0);
	check_pair(&f, OSCI_USE_SIGN, 0);
	snprintf(path, sizeof(path), "%s/list.crl", dir);
	assert_int_equal(cf_keys_crl(keys, path, NULL), 0);
	check_private(path);
	assert_int_equal(osci_cert_load_pem(&bad, f.pem, NULL), 0);
	assert_int_equal(osci_cert_load_pem(&good, g.pem, NULL), 0);
	assert_int_equal(osci_trust_new(&trust), 0);
	assert_int_equal(osci_trust_add_pem(trust, cf_keys_ca(keys), NULL), 0);
	assert_int_equal(osci_revocation_new(&rev), 0);
	assert_int_equal(osci_revocation_add_crl_file(rev, trust, path, now, NULL), 0);
	osci_revocation_state(rev, bad, now, &st);
	assert_int_equal(st.status, OSCI_REVOCATION_REVOKED);
	osci_revocation_state(rev, good, now, &st);
	assert_int_equal(st.status, OSCI_REVOCATION_GOOD);
}

/* A later run with the same folder has the same certificates. */
static void kept_for_later_runs(void **state)
{
	struct cf_keys *second = NULL;
	struct cf_pair_files f, g;
	struct stat a, b;

	assert_int_equal(cf_keys_party(keys, "bamf", CF_PAIR_SIGN, &f, NULL), 0);
	assert_int_equal(stat(f.p12, &a), 0);
	assert_int_equal(cf_keys_new(&second, dir, NULL), 0);
	assert_int_equal(cf_keys_party(second, "bamf", CF_PAIR_SIGN, &g, NULL), 0);
	assert_int_equal(stat(g.p12, &b), 0);
	assert_string_equal(f.p12, g.p12);
	assert_true(a.st_ino == b.st_ino);
	cf_keys_freep(&second);
}

/* A folder put together from two, or with a part of it gone, is made good or refused, never used as it is. */
static void of_another_ca(void **state)
{
	char other[] = "/tmp/xausl-keys-XXXXXX", path[512], command[1100];
	_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
	_cleanup_(osci_trust_freep) struct osci_trust *trust = NULL;
	struct cf_keys *k = NULL;
	struct osci_err err = { 0 };
	struct cf_pair_files f;

	assert_int_equal(cf_keys_party(keys, "bamf", CF_PAIR_SIGN, &f, NULL), 0);
	assert_non_null(mkdtemp(other));
	snprintf(command, sizeof(command), "cp -p %s/bamf-* %s/key-bamf-* %s/", dir, dir, other);
	assert_int_equal(system(command), 0);
	assert_int_equal(cf_keys_new(&k, other, NULL), 0);
	assert_int_equal(cf_keys_party(k, "bamf", CF_PAIR_SIGN, &f, NULL), 0);
	assert_int_equal(osci_cert_load_pem(&cert, f.pem, NULL), 0);
	assert_int_equal(osci_trust_new(&trust), 0);
	assert_int_equal(osci_trust_add_pem(trust, cf_keys_ca(k), NULL), 0);
	assert_int_equal(osci_trust_check(trust, cert, OSCI_USE_SIGN, now, NULL), 0);
	cf_keys_freep(&k);
	snprintf(path, sizeof(path), "%s/ca.pem", other);
	snprintf(command, sizeof(command), "cp -p %s/ca.pem %s", dir, path);
	assert_int_equal(system(command), 0);
	assert_int_equal(cf_keys_new(&k, other, &err), OSCI_E_KEYFILE);
	assert_non_null(strstr(err.what, "does not belong to ca.key"));
	snprintf(command, sizeof(command), "rm -r %s", other);
	assert_int_equal(system(command), 0);
}

static void bus_keys(void **state)
{
	char path[CF_KEY_PATH_MAX], one[41], again[41], other[41];

	assert_int_equal(cf_keys_bus(keys, "gateway", path, one, NULL), 0);
	check_private(path);
	assert_int_equal(cf_keys_bus(keys, "gateway", path, again, NULL), 0);
	assert_int_equal(cf_keys_bus(keys, "office-00", path, other, NULL), 0);
	assert_string_equal(one, again);
	assert_string_not_equal(one, other);
	assert_int_equal(strlen(one), 40);
}

/* Private keys do not go where others can look, and a file that is none of ours is not taken. */
static void folders_refused(void **state)
{
	struct cf_keys *k = NULL;
	struct osci_err err = { 0 };
	char open_dir[] = "/tmp/xausl-keys-XXXXXX", file[64];
	FILE *f;

	assert_non_null(mkdtemp(open_dir));
	assert_int_equal(chmod(open_dir, 0755), 0);
	assert_int_equal(cf_keys_new(&k, open_dir, &err), OSCI_E_CONFIG);
	assert_non_null(strstr(err.what, "mode 0700"));
	assert_null(k);
	assert_int_equal(chmod(open_dir, 0700), 0);
	snprintf(file, sizeof(file), "%s/ca.key", open_dir);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs("no key\n", f);
	fclose(f);
	assert_int_equal(cf_keys_new(&k, open_dir, &err), OSCI_E_KEYFILE);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(cf_keys_new(&k, "/nowhere/keys", &err), -2);
	snprintf(file, sizeof(file), "%s/lock", open_dir);
	unlink(file);
	assert_int_equal(rmdir(open_dir), 0);
}

static int setup(void **state)
{
	now = 1794816000;
	return osci_init(NULL) || !mkdtemp(dir) || cf_keys_new(&keys, dir, NULL);
}

static int teardown(void **state)
{
	char command[128];

	cf_keys_freep(&keys);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parties_and_offices), cmocka_unit_test(revoked_is_revoked),
		cmocka_unit_test(kept_for_later_runs),
		cmocka_unit_test(of_another_ca), cmocka_unit_test(bus_keys),
		cmocka_unit_test(folders_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
