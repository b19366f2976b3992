/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_signed - the folder of a report: checksums, signature, and that every change of either is seen
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/pem.h>

#include <osci/osci.h>

#include "base/file.h"
#include "crypto/cms.h"
#include "crypto/priv.h"
#include "lib/t_keys.h"
#include "report/files.h"
#include "report/report.h"
#include "t_result.h"

static struct t_pair ca, other_ca, signer, ec_signer;
static char dir[] = "/tmp/report-XXXXXX";
static char report[64], p12[64], pass[64], ca_pem[64], other_pem[64];

static void put(const char *path, const char *text, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void put_pem(const char *path, const struct t_pair *p)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, p->x509), 1);
	fclose(f);
}

static int setup(void **state)
{
	assert_int_equal(osci_init(NULL), 0);
	assert_non_null(mkdtemp(dir));
	snprintf(report, sizeof(report), "%s/report", dir);
	snprintf(p12, sizeof(p12), "%s/sign.p12", dir);
	snprintf(pass, sizeof(pass), "%s/sign.pass", dir);
	snprintf(ca_pem, sizeof(ca_pem), "%s/ca.pem", dir);
	snprintf(other_pem, sizeof(other_pem), "%s/other.pem", dir);
	ca = t_pair_make(&(struct t_pair_opts){ .cn = "CA", .constraints = "critical,CA:TRUE", .usage = "keyCertSign,cRLSign",
						.curve = "P-256" });
	other_ca = t_pair_make(&(struct t_pair_opts){ .cn = "Other CA", .constraints = "critical,CA:TRUE",
						      .usage = "keyCertSign,cRLSign", .curve = "P-256" });
	signer = t_pair_make(&(struct t_pair_opts){ .cn = "Pr\xc3\xbc" "fer", .usage = "digitalSignature", .issuer = &ca });
	ec_signer = t_pair_make(&(struct t_pair_opts){ .cn = "EC", .usage = "digitalSignature", .curve = "P-256", .issuer = &ca });
	t_pair_write_p12(&signer, p12, "geheim");
	put(pass, "geheim\n", 7, 0600);
	put_pem(ca_pem, &ca);
	put_pem(other_pem, &other_ca);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	t_pair_free(&ca);
	t_pair_free(&other_ca);
	t_pair_free(&signer);
	t_pair_free(&ec_signer);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* The run ends while the certificates are valid. */
static int write_report(bool sign, struct osci_err *err)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_passed();

	r->ended_ms = (int64_t)T_NOW * 1000;
	return cf_report_write(r, &(struct cf_report_files){ .dir = report, .sign_p12 = sign ? p12 : NULL,
							     .sign_pass_file = sign ? pass : NULL }, err);
}

/* Exit status of the command; what it printed into @out. */
static int run_verify(char out[8192], const char *trust, const char *at)
{
	char *argv[8] = { (char *)"verify" }, path[64];
	int argc = 1, status, keep = dup(1);
	size_t n;
	FILE *f;

	if (trust) {
		argv[argc++] = (char *)"--trust";
		argv[argc++] = (char *)trust;
	}
	argv[argc++] = (char *)"--at";
	argv[argc++] = (char *)(at ? at : "2026-11-29T12:00:00Z");
	argv[argc++] = report;
	snprintf(path, sizeof(path), "%s/out", dir);
	fflush(stdout);
	f = fopen(path, "w+");
	assert_non_null(f);
	dup2(fileno(f), 1);
	status = cf_command_verify(argc, argv);
	fflush(stdout);
	dup2(keep, 1);
	close(keep);
	rewind(f);
	n = fread(out, 1, 8191, f);
	out[n] = '\0';
	fclose(f);
	return status;
}

static void in_report(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", report, name);
}

static void flip(const char *name, long at)
{
	char path[128];
	FILE *f;
	int c;

	in_report(path, name);
	f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
	c = fgetc(f);
	fseek(f, -1, SEEK_CUR);
	fputc(c ^ 1, f);
	fclose(f);
}

static void a_signed_report_is_as_it_was_written(void **state)
{
	struct osci_err err = { 0 };
	char out[8192];

	assert_int_equal(write_report(true, &err), 0);
	assert_int_equal(run_verify(out, NULL, NULL), 0);
	assert_non_null(strstr(out, "Pr\xc3\xbc" "fer"));
	assert_non_null(strstr(out, "was not asked for"));
	assert_non_null(strstr(out, "verdict of the run: passed"));
	assert_non_null(strstr(out, "2026-11-30T01:53:20"));
	assert_int_equal(run_verify(out, ca_pem, NULL), 0);
	assert_non_null(strstr(out, "the certificate is trusted"));
	assert_int_equal(run_verify(out, other_pem, NULL), 1);
	assert_non_null(strstr(out, "NOT"));
	assert_int_equal(run_verify(out, ca_pem, "2036-11-29T12:00:00Z"), 1);
}

static void every_changed_octet_is_seen(void **state)
{
	static const char *const names[] = { "report.html", "report.json", "junit.xml", "report.txt", "SHA256SUMS",
					     "SHA256SUMS.p7s" };
	struct osci_err err = { 0 };
	char out[8192];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (long at = -30; at < 60; at += 59) {
			assert_int_equal(write_report(true, &err), 0);
			flip(names[i], at);
			assert_int_not_equal(run_verify(out, NULL, NULL), 0);
			assert_null(strstr(out, "is as it was written"));
		}
}

static void an_unsigned_report_is_no_signed_one(void **state)
{
	struct osci_err err = { 0 };
	char out[8192], path[128];

	assert_int_equal(write_report(true, &err), 0);
	/* a later run without a key leaves no signature of the earlier one */
	assert_int_equal(write_report(false, &err), 0);
	in_report(path, "SHA256SUMS.p7s");
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(run_verify(out, NULL, NULL), 0);
	assert_non_null(strstr(out, "not signed"));
	assert_int_equal(run_verify(out, ca_pem, NULL), 1);
	assert_non_null(strstr(out, "there is no signature"));
}

static void a_signature_of_something_else_is_none(void **state)
{
	_cleanup_buf_ struct osci_buf kept = OSCI_BUF_INIT(OSCI_CMS_MAX);
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_mixed();
	struct osci_err err = { 0 };
	char out[8192], path[128];

	assert_int_equal(write_report(true, &err), 0);
	in_report(path, "SHA256SUMS.p7s");
	assert_int_equal(osci_file_read(path, OSCI_CMS_MAX, false, &kept, &err), 0);
	assert_int_equal(cf_report_write(r, &(struct cf_report_files){ .dir = report }, &err), 0);
	put(path, (const char *)kept.data, kept.len, 0644);
	assert_int_equal(run_verify(out, ca_pem, NULL), 1);
	assert_non_null(strstr(out, "does not hold"));
}

static void lists_of_checksums_are_read_strictly(void **state)
{
#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	static const struct {
		const char *text;
		int status;
	} lists[] = {
		{ "", 1 }, { "\n", 1 }, { SUM "  ../../etc/passwd\n", 2 }, { SUM "  /etc/passwd\n", 2 },
		{ SUM " *report.html\n", 2 }, { SUM "  .hidden\n", 2 }, { SUM "\n", 2 }, { "x\n", 2 },
		{ SUM "  report.html\n", 1 }, { SUM "  gone.html\n", 1 },
	};
	struct osci_err err = { 0 };
	char out[8192], path[128];

	assert_int_equal(write_report(false, &err), 0);
	in_report(path, "SHA256SUMS");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		put(path, lists[i].text, strlen(lists[i].text), 0644);
		assert_int_equal(run_verify(out, NULL, NULL), lists[i].status);
	}
	unlink(path);
	assert_int_equal(run_verify(out, NULL, NULL), 2);
}

static void what_nobody_vouches_for_is_named(void **state)
{
	struct osci_err err = { 0 };
	char out[8192], path[128];

	assert_int_equal(write_report(false, &err), 0);
	in_report(path, "notes\x1b.txt");
	put(path, "x", 1, 0644);
	assert_int_equal(run_verify(out, NULL, NULL), 0);
	assert_non_null(strstr(out, "notes\\u{1b}.txt: not among the checksums"));
	unlink(path);
}

static void keys_that_cannot_sign_sign_nothing(void **state)
{
	_cleanup_(cf_result_freep) struct cf_result *r = t_result_passed();
	struct cf_report_files files = { .dir = report, .sign_p12 = p12, .sign_pass_file = pass };
	struct osci_err err = { 0 };
	char path[128];

	in_report(path, "SHA256SUMS.p7s");
	/* the certificate is not yet valid */
	r->ended_ms = ((int64_t)T_NOW - 90 * 86400) * 1000;
	assert_int_equal(cf_report_write(r, &files, &err), OSCI_E_UNTRUSTED);
	assert_int_equal(access(path, F_OK), -1);
	r->ended_ms = (int64_t)T_NOW * 1000;
	put(pass, "falsch\n", 7, 0600);
	assert_int_equal(cf_report_write(r, &files, &err), OSCI_E_KEYFILE);
	put(pass, "geheim\n", 7, 0644);
	assert_int_equal(cf_report_write(r, &files, &err), OSCI_E_KEYFILE);
	put(pass, "geheim\n", 7, 0600);
	files.sign_pass_file = NULL;
	assert_int_equal(cf_report_write(r, &files, &err), OSCI_E_USAGE);
	files.sign_pass_file = pass;
	files.dir = NULL;
	assert_int_equal(cf_report_write(r, &files, &err), OSCI_E_USAGE);
	files = (struct cf_report_files){ .dir = "/proc/none/report" };
	assert_true(cf_report_write(r, &files, &err) < 0);
}

static void rsa_and_ec_sign(void **state)
{
	const struct t_pair *pairs[] = { &signer, &ec_signer };

	for (size_t i = 0; i < 2; i++) {
		_cleanup_buf_ struct osci_buf s = OSCI_BUF_INIT(OSCI_CMS_MAX);
		_cleanup_(osci_key_unrefp) struct osci_key *key = t_pair_key(pairs[i]);
		_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
		struct osci_err err = { 0 };
		int64_t time;

		assert_int_equal(osci_cms_sign(&s, key, "octets", 6, T_NOW, &err), 0);
		assert_int_equal(osci_cms_verify(&cert, &time, s.data, s.len, "octets", 6, &err), 0);
		assert_true(osci_cert_equal(cert, osci_key_cert(key)));
		assert_int_equal(time, T_NOW);
		osci_cert_unrefp(&cert);
		assert_int_equal(osci_cms_verify(&cert, &time, s.data, s.len, "octetz", 6, &err), OSCI_E_SIGNATURE);
		assert_null(cert);
		assert_int_equal(osci_cms_verify(&cert, &time, s.data, s.len - 1, "octets", 6, &err), OSCI_E_MALFORMED);
		osci_buf_addc(&s, 0);
		assert_int_equal(osci_cms_verify(&cert, &time, s.data, s.len, "octets", 6, &err), OSCI_E_MALFORMED);
		assert_int_equal(osci_cms_verify(&cert, &time, "", 0, "octets", 6, &err), OSCI_E_MALFORMED);
		assert_int_equal(osci_cms_verify(&cert, &time, s.data, OSCI_CMS_MAX + 1, "octets", 6, &err), OSCI_E_LIMIT);
	}
}

/* What OpenSSL makes with other options than ours. */
static void refused(const struct t_pair *a, const struct t_pair *b, const EVP_MD *md, unsigned flags, int code)
{
	BIO *in = BIO_new_mem_buf("octets", 6);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, flags | CMS_BINARY | CMS_PARTIAL);
	struct osci_cert *cert = NULL;
	struct osci_err err = { 0 };
	unsigned char *der = NULL;
	int64_t time;
	int n;

	assert_non_null(CMS_add1_signer(cms, a->x509, a->pkey, md, flags | CMS_BINARY));
	if (b)
		assert_non_null(CMS_add1_signer(cms, b->x509, b->pkey, md, flags | CMS_BINARY));
	assert_int_equal(CMS_final(cms, in, NULL, flags | CMS_BINARY), 1);
	n = i2d_CMS_ContentInfo(cms, &der);
	assert_int_equal(osci_cms_verify(&cert, &time, der, (size_t)n, "octets", 6, &err), code);
	assert_true(code == 0 || !cert);
	osci_cert_unrefp(&cert);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

static void signatures_of_another_shape_are_refused(void **state)
{
	struct t_pair weak = t_pair_make(&(struct t_pair_opts){ .cn = "Weak", .bits = 2048 });

	refused(&signer, NULL, EVP_sha256(), CMS_DETACHED, 0);
	refused(&signer, NULL, EVP_sha512(), CMS_DETACHED | CMS_NOATTR, 0);
	refused(&signer, NULL, EVP_sha1(), CMS_DETACHED, OSCI_E_ALGORITHM);
	refused(&signer, &ec_signer, EVP_sha256(), CMS_DETACHED, OSCI_E_SIGNATURE);
	refused(&signer, NULL, EVP_sha256(), 0, OSCI_E_MALFORMED);
	refused(&signer, NULL, EVP_sha256(), CMS_DETACHED | CMS_NOCERTS, OSCI_E_SIGNATURE);
	refused(&weak, NULL, EVP_sha256(), CMS_DETACHED, OSCI_E_KEYFILE);
	t_pair_free(&weak);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_report_is_as_it_was_written),
		cmocka_unit_test(every_changed_octet_is_seen),
		cmocka_unit_test(an_unsigned_report_is_no_signed_one),
		cmocka_unit_test(a_signature_of_something_else_is_none),
		cmocka_unit_test(lists_of_checksums_are_read_strictly),
		cmocka_unit_test(what_nobody_vouches_for_is_named),
		cmocka_unit_test(keys_that_cannot_sign_sign_nothing),
		cmocka_unit_test(rsa_and_ec_sign),
		cmocka_unit_test(signatures_of_another_shape_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
