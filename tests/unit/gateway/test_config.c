/* SPDX-License-Identifier: Apache-2.0 */
/* test_config - good files, bad files, faulty offices */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <cmocka.h>

#include "base/buf.h"
#include "conf/config.h"
#include "fake_xausl.h"
#include "lib/t_keys.h"

#define PASSWORD "Pa55wort"
#define PASS_SHA256 "5e16cb1c033e8abda7916f3193fc1f36e0d0ab3789fc666ce77b86d6ab515661" /* of PASSWORD and a line end */
#define NOW_MS ((int64_t)T_NOW * 1000)
#define KEY_A "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define KEY_B "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static char dir[] = "/tmp/xgw-config-XXXXXX";
static char file[64];
static char findings[8192];
static unsigned errors, offices, warnings;
static struct osci_err err;

/* The smallest good file; tests replace pieces of it. */
static const char good[] =
	"gateway:\n"
	"  journal: journal.db\n"
	"  product: gateway\n"
	"  vendor: test\n"
	"bus:\n"
	"  endpoint: tcp://127.0.0.1:0\n"
	"  key_file: bus.key\n"
	"intermediary:\n"
	"  url: http://127.0.0.1:1/osci\n"
	"  cipher_cert: both.pem\n"
	"  sign_cert: both.pem\n"
	"trust:\n"
	"  - both.pem\n"
	"  - b.pem\n"
	"bamf:\n"
	"  key: dbs:990000000070\n"
	"  name: Bundesamt\n"
	"  cipher_cert: both.pem\n"
	"  sign_cert: both.pem\n"
	"offices:\n"
	"  - key: azr:000001\n"
	"    name: Amt A\n"
	"    street: Weg\n"
	"    postcode: '99999'\n"
	"    town: Ort\n"
	"    channel_type: '01'\n"
	"    channel_value: a@example.org\n"
	"    sign_p12: both.p12\n"
	"    sign_pass_file: pass\n"
	"    cipher:\n"
	"      - p12: both.p12\n"
	"        pass_file: pass\n"
	"    clients:\n"
	"      - '" KEY_A "'\n"
	"  - key: azr:000002\n"
	"    name: Amt B\n"
	"    street: Weg\n"
	"    postcode: '99999'\n"
	"    town: Ort\n"
	"    channel_type: '01'\n"
	"    channel_value: b@example.org\n"
	"    sign_p12: b.p12\n"
	"    sign_pass_file: pass\n"
	"    cipher:\n"
	"      - p12: both.p12\n"
	"        pass_file: pass\n"
	"    clients:\n"
	"      - '" KEY_B "'\n";

static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void write_pair(const char *name, int64_t from, int64_t until, const char *usage)
{
	struct t_pair p = t_pair_make(&(struct t_pair_opts){ .cn = name, .not_before = from, .not_after = until,
							     .usage = usage });
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.pem", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(PEM_write_X509(f, p.x509));
	assert_int_equal(fclose(f), 0);
	snprintf(path, sizeof(path), "%s/%s.p12", dir, name);
	t_pair_write_p12(&p, path, PASSWORD);
	t_pair_free(&p);
}

static int setup(void **state)
{
	struct xgw_keys keys;
	char path[128];

	if (!mkdtemp(dir) || setenv("XAUSL_DATADIR", getenv("XAUSL_SOURCE_ROOT"), 1))
		return -1;
	snprintf(file, sizeof(file), "%s/gateway.yaml", dir);
	snprintf(path, sizeof(path), "%s/bus.key", dir);
	assert_int_equal(xgw_keys_create(&keys, path, &err), 0);
	write_file("pass", PASSWORD "\n", 0600);
	write_pair("both", T_NOW - 86400, T_NOW + 300 * 86400, "digitalSignature,keyEncipherment");
	write_pair("b", T_NOW - 86400, T_NOW + 10 * 86400, "digitalSignature");
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "gateway.yaml", "bus.key", "pass", "both.pem", "both.p12", "b.pem", "b.p12",
					     "reports.csv" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static void report(void *arg, enum xgw_finding kind, const char *text)
{
	size_t len = strlen(findings);

	snprintf(findings + len, sizeof(findings) - len, "%d %s\n", kind, text);
	*(kind == XGW_FINDING_ERROR ? &errors : kind == XGW_FINDING_OFFICE ? &offices : &warnings) += 1;
}

/* Loads the good file with @from replaced by @to. */
static int load(struct xgw_config **c, const char *from, const char *to, int64_t now)
{
	struct osci_buf b = OSCI_BUF_INIT(65536);
	const char *p = from ? strstr(good, from) : NULL;
	int r;

	errors = offices = warnings = 0;
	findings[0] = '\0';
	memset(&err, 0, sizeof(err));
	if (from) {
		assert_non_null(p);
		osci_buf_add(&b, good, (size_t)(p - good));
		osci_buf_adds(&b, to);
		osci_buf_adds(&b, p + strlen(from));
	} else {
		osci_buf_adds(&b, good);
	}
	write_file("gateway.yaml", (char *)b.data, 0600);
	osci_buf_free(&b);
	r = xgw_config_load(c, file, now, report, NULL, &err);
	return r;
}

static void good_file(void **state)
{
	struct xgw_config *c = NULL;

	assert_int_equal(load(&c, NULL, NULL, NOW_MS), 0);
	assert_int_equal(errors, 0);
	assert_int_equal(offices, 0);
	assert_int_equal(warnings, 1); /* b ends in ten days */
	assert_non_null(strstr(findings, "certificate ends in 10 days"));
	assert_int_equal(c->n_offices, 2);
	assert_non_null(c->algorithms);
	assert_true(c->clock_jump_ms == 3600000 && c->clock_settle_ms == 3600000);
	assert_true(c->retry_first_ms == 5000 && c->redeliver_ms == 30000 && c->offices[0].poll_ms == 30000);
	assert_int_equal(xgw_office_usable(&c->offices[0], NOW_MS, &err), 0);
	assert_int_equal(xgw_office_usable(&c->offices[1], NOW_MS, &err), 0);
	assert_int_equal(xgw_office_usable(&c->offices[1], NOW_MS + INT64_C(11) * 86400000, &err), OSCI_E_UNTRUSTED);
	assert_ptr_equal(xgw_config_office(c, "azr:000002"), &c->offices[1]);
	assert_null(xgw_config_office(c, "azr:00000"));
	assert_true(xgw_office_admits(&c->offices[0], KEY_A));
	assert_false(xgw_office_admits(&c->offices[0], KEY_B));
	xgw_config_freep(&c);
}

static void bad_files(void **state)
{
	static const struct {
		const char *from, *to, *finding;
	} cases[] = {
		{ "  product: gateway\n", "", "product" },
		{ "  product: gateway\n", "  product: gateway\n  colour: red\n", "colour" },
		{ "  vendor: test\n", "  vendor: test\n  vendor: test\n", "vendor" },
		{ "tcp://127.0.0.1:0", "udp://127.0.0.1:0", "bus.endpoint" },
		{ "tcp://127.0.0.1:0", "tcp://*:0", "bus.endpoint" },
		{ "key_file: bus.key", "key_file: pass", "bus.key_file" },
		{ "http://127.0.0.1:1/osci", "ftp://127.0.0.1/osci", "intermediary.url" },
		{ "http://127.0.0.1:1/osci", "https://127.0.0.1/osci", "ca_file" },
		{ "  cipher_cert: both.pem\n  sign_cert: both.pem\ntrust", "  cipher_cert: b.pem\n  sign_cert: both.pem\ntrust",
		  "intermediary.cipher_cert" },
		{ "  cipher_cert: both.pem\n  sign_cert: both.pem\ntrust", "  cipher_cert: pass\n  sign_cert: both.pem\ntrust",
		  "intermediary.cipher_cert" },
		{ "  - both.pem\n", "  - pass\n", "trust[0]" },
		{ "  - both.pem\n", "  - nowhere.pem\n", "trust[0]" },
		{ "key: azr:000002", "key: azr:000001", "configured already" },
		{ "key: azr:000002", "key: dbs:990000000070", "key of a partner" },
		{ "key: azr:000002", "key: '000002'", "prefix:id" },
		{ KEY_B, KEY_A, "listed already" },
		{ KEY_B, "too short", "clients[0]" },
		{ KEY_B, "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf~", "Z85" },
		{ "trust:", "retry:\n  first: 2m\n  max: 1m\ntrust:", "retry.max" },
		{ "bamf:\n", "bamf:\n  releases:\n  - from: 2027-05-01T00:00:00\n", "version" },
		{ "bamf:\n", "bamf:\n  releases:\n  - version: '27.05'\n    from: 2027-05-01\n", "bamf.releases[0].from" },
		{ "bamf:\n", "bamf:\n  releases:\n  - version: '27.05'\n    until: tomorrow morning\n", "bamf.releases[0].until" },
		{ "bamf:\n",
		  "bamf:\n  releases:\n  - {version: '27.05', from: '2027-05-01T00:00:00', until: '2027-05-01T00:00:00'}\n",
		  "ends before it begins" },
		{ "bamf:\n", "bamf:\n  releases:\n  - version: '27.05'\n    to: 2027-05-01T00:00:00\n", "to" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xgw_config *c = NULL;

		if (load(&c, cases[i].from, cases[i].to, NOW_MS) != OSCI_E_CONFIG || c)
			fail_msg("accepted: %s", cases[i].to);
		if (!errors || !strstr(findings, cases[i].finding))
			fail_msg("%s: %s expected in: %s", cases[i].to, cases[i].finding, findings);
		assert_true(strstr(findings, "gateway.yaml:") != NULL);
		assert_null(strstr(findings, PASSWORD));
	}
}

/* Faults of one office are its own. */
static void faulty_offices(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "sign_p12: b.p12", "sign_p12: missing.p12" },
		{ "sign_p12: b.p12", "sign_p12: both.pem" },
		{ "b.p12\n    sign_pass_file: pass", "b.p12\n    sign_pass_file: bus.key" },
		{ "b.p12\n    sign_pass_file: pass", "b.p12\n    sign_pass_file: missing" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xgw_config *c = NULL;

		if (load(&c, cases[i].from, cases[i].to, NOW_MS))
			fail_msg("%s: %s", cases[i].to, findings);
		assert_int_equal(errors, 0);
		assert_int_equal(offices, 1);
		assert_int_equal(xgw_office_usable(&c->offices[0], NOW_MS, &err), 0);
		assert_int_equal(xgw_office_usable(&c->offices[1], NOW_MS, &err), OSCI_E_KEYFILE);
		xgw_config_freep(&c);
	}
}

static void other_times(void **state)
{
	struct xgw_config *c = NULL;

	/* b is under no anchor: said, not judged. */
	assert_int_equal(load(&c, "  - b.pem\n", "", NOW_MS), 0);
	assert_int_equal(offices, 0);
	assert_int_equal(warnings, 2);
	assert_non_null(strstr(findings, "anchors of trust"));
	xgw_config_freep(&c);

	/* b has expired: the office is reported, the gateway starts. */
	assert_int_equal(load(&c, NULL, NULL, NOW_MS + INT64_C(20) * 86400000), 0);
	assert_int_equal(offices, 1);
	xgw_config_freep(&c);
	/* The intermediary's certificates have expired: nothing would work. */
	assert_int_equal(load(&c, NULL, NULL, NOW_MS + INT64_C(400) * 86400000), OSCI_E_CONFIG);
	assert_true(errors >= 2);
	fake_no_release = true;
	assert_int_equal(load(&c, NULL, NULL, NOW_MS), 0);
	assert_non_null(strstr(findings, "nothing can be sent"));
	fake_no_release = false;
	xgw_config_freep(&c);
}

/* What the partner announced, and the reports of acceptance tests: neither refuses the start. */
static void releases(void **state)
{
	struct xgw_config *c = NULL;
	const struct xausl_announcement *a;

	assert_int_equal(load(&c, NULL, NULL, NOW_MS), 0);
	assert_int_equal(c->partners[0].n_announced, 0);
	assert_null(c->releases.acceptance);
	assert_null(c->approvals);
	xgw_config_freep(&c);
	assert_int_equal(load(&c, "bamf:\n",
			      "bamf:\n  releases:\n  - version: '26.11'\n    until: 2027-05-01T00:00:00\n"
			      "  - {version: '27.05', from: '2027-05-01T00:00:00+01:00', until: '2027-10-31T23:00:00Z'}\n",
			      NOW_MS),
			 0);
	assert_int_equal(c->partners[0].n_announced, 2);
	a = c->partners[0].announced;
	assert_string_equal(a[0].version, "26.11");
	assert_true(a[0].from_ms == 0 && a[0].until_ms == INT64_C(1809122400000)); /* 2027-04-30T22:00:00Z */
	assert_true(a[1].from_ms == INT64_C(1809126000000) && a[1].until_ms == INT64_C(1825023600000));
	xgw_config_freep(&c);

	write_file("reports.csv", "27.05;2027-03-15;BAMF;absent.txt;00\n", 0600);
	assert_int_equal(load(&c, "  product: gateway\n", "  product: gateway\n  acceptance: reports.csv\n", NOW_MS), 0);
	assert_non_null(strstr(findings, "gateway.acceptance: reports cannot be read: reports.csv:1"));
	assert_null(c->approvals);
	xgw_config_freep(&c);
	write_file("reports.csv", "27.05;2027-03-15;BAMF;pass;" PASS_SHA256 "\n", 0600);
	assert_int_equal(load(&c, "  product: gateway\n", "  product: gateway\n  acceptance: reports.csv\n", NOW_MS), 0);
	assert_int_equal(warnings, 1);
	assert_string_equal(xausl_approval_find(c->approvals, "27.05")->day, "2027-03-15");
	xgw_config_freep(&c);
	fake_warnings = 1;
	assert_int_equal(load(&c, NULL, NULL, NOW_MS), 0);
	assert_non_null(strstr(findings, "7 days: missing.module"));
	fake_warnings = 0;
	xgw_config_freep(&c);
}

static void unreadable(void **state)
{
	struct xgw_config *c = NULL;

	assert_int_equal(xgw_config_load(&c, "/nowhere/gateway.yaml", NOW_MS, NULL, NULL, &err) != 0, 1);
	assert_null(c);
	assert_true(err.where[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file),   cmocka_unit_test(bad_files),  cmocka_unit_test(faulty_offices),
		cmocka_unit_test(other_times), cmocka_unit_test(releases), cmocka_unit_test(unreadable),
	};

	return cmocka_run_group_tests_name("config", tests, setup, teardown);
}
