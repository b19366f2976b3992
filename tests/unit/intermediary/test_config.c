/* SPDX-License-Identifier: Apache-2.0 */
/* test_config - the configuration file: what is refused and where, what is weaker than the default */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <cmocka.h>

#include "base/buf.h"
#include "crypto/crypto.h"
#include "intermediary/config.h"
#include "lib/t_keys.h"
#include "xml/xml.h"

#define HEAD                                          \
	"intermediary:\n"                             \
	"  host: im.example\n"                        \
	"  database: im.db\n"                         \
	"  sign: {p12: sign.p12, pass_file: pass}\n"  \
	"  cipher: [{p12: enc.p12, pass_file: pass}]\n" \
	"  trust: [ca.pem]\n"

static char dir[] = "/tmp/xausl-imc-XXXXXX";
static struct im_config config;
static struct t_pair ca, sign, enc, curve;

static char *in_dir(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *content)
{
	int fd = open(in_dir(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

static void put_cert(const char *name, const struct t_pair *pair)
{
	FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	PEM_write_X509(f, pair->x509);
	fclose(f);
}

static int setup(void **state)
{
	assert_int_equal(osci_xml_init(), 0);
	assert_int_equal(osci_crypto_init(NULL), 0);
	assert_non_null(mkdtemp(dir));
	ca = t_pair_make(&(struct t_pair_opts){ .cn = "CA", .curve = "P-256", .usage = "critical,keyCertSign,cRLSign",
						.constraints = "critical,CA:TRUE" });
	sign = t_pair_make(&(struct t_pair_opts){ .cn = "s", .issuer = &ca, .usage = "digitalSignature" });
	enc = t_pair_make(&(struct t_pair_opts){ .cn = "e", .issuer = &ca, .usage = "keyEncipherment", .pkey = sign.pkey });
	curve = t_pair_make(&(struct t_pair_opts){ .cn = "c", .issuer = &ca, .usage = "digitalSignature", .curve = "P-256" });
	t_pair_write_p12(&sign, in_dir("sign.p12"), "geheim");
	t_pair_write_p12(&enc, in_dir("enc.p12"), "geheim");
	t_pair_write_p12(&curve, in_dir("curve.p12"), "geheim");
	put("pass", "geheim\n");
	put("wrong", "Falsches Passwort\n");
	put_cert("ca.pem", &ca);
	put_cert("sign.pem", &sign);
	put_cert("enc.pem", &enc);
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "sign.p12", "enc.p12", "curve.p12", "pass", "wrong", "ca.pem", "sign.pem", "enc.pem",
					     "im.yaml", "list.crl" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(in_dir(files[i]));
	rmdir(dir);
	t_pair_free(&ca);
	t_pair_free(&sign);
	t_pair_free(&enc);
	t_pair_free(&curve);
	return 0;
}

static int after(void **state)
{
	im_config_free(&config);
	return 0;
}

static int load(const char *text)
{
	struct osci_err err = { 0 };

	put("im.yaml", text);
	return im_config_load(&config, in_dir("im.yaml"), &err);
}

/* A problem at this line whose text has this in it. */
static void assert_problem(unsigned line, const char *part)
{
	char place[128];

	snprintf(place, sizeof(place), "%s:%u:", in_dir("im.yaml"), line);
	for (size_t i = 0; i < conf_problems(config.conf); i++)
		if (!strncmp(conf_problem(config.conf, i), place, strlen(place)) && strstr(conf_problem(config.conf, i), part))
			return;
	for (size_t i = 0; i < conf_problems(config.conf); i++)
		print_error("%s\n", conf_problem(config.conf, i));
	fail_msg("no problem at line %u with: %s", line, part);
}

static bool weak(const char *setting)
{
	struct im_weak list[IM_WEAK_MAX];
	size_t n = im_config_weak(&config, list);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].setting, setting))
			return strlen(list[i].effect) > 10;
	return false;
}

static void test_defaults(void **state)
{
	assert_int_equal(load(HEAD), 0);
	assert_true(config.set.require_signature && config.set.require_encryption && !config.set.allow_cbc);
	assert_int_equal(config.decrypt_failures, 20);
	assert_int_equal(config.decrypt_window, 3600000);
	assert_int_equal(config.set.disk.max_used, 90);
	assert_false(config.set.participants.only);
	assert_null(config.admin_listen);
	assert_null(config.tls_cert);
	assert_string_equal(config.set.suite.signature, "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1");
	assert_false(weak("require_signature"));
	assert_true(weak("participants_only"));
	assert_true(weak("revocation"));
	assert_int_equal(config.set.relays_max, 5);
	assert_int_equal(config.set.relays_recipient, 2);
}

/* Passive recipients never have all workers, whatever the file says. */
static void test_workers_left(void **state)
{
	assert_int_equal(load(HEAD "  threads: 4\n  forward: {max: 64, max_recipient: 64}\n"), 0);
	assert_int_equal(config.set.relays_max, 3);
	assert_int_equal(config.set.relays_recipient, 1);
	im_config_free(&config);
	assert_int_equal(load(HEAD "  threads: 16\n  forward: {max: 10, max_recipient: 5}\n"), 0);
	assert_int_equal(config.set.relays_recipient, 4); /* two slow recipients leave two of ten places */
	im_config_free(&config);
	assert_int_equal(load(HEAD "  threads: 2\n"), 0);
	assert_int_equal(config.set.relays_max, 1);
	im_config_free(&config);
	assert_int_equal(load(HEAD "  threads: 1\n"), 0);
	assert_int_equal(config.set.relays_max, 1);
}

static void test_participants(void **state)
{
	const struct im_participant *one;
	struct osci_cert *cert = t_pair_cert(&enc), *signer = t_pair_cert(&sign);

	assert_int_equal(load(HEAD "  participants:\n"
				   "    - id: azr:011200\n"
				   "      cipher: [enc.pem]\n"
				   "      sign: [sign.pem]\n"
				   "      url: https://office.example/osci\n"
				   "      uris: ['urn:office']\n"
				   "      may_fetch: false\n"
				   "      languages: en de\n"
				   "      max_deliveries: 7\n"
				   "      max_bytes: 3MiB\n"), 0);
	assert_true(config.set.participants.only);
	assert_int_equal(config.set.participants.n, 1);
	one = im_participant_of_cipher(&config.set.participants, cert);
	assert_non_null(one);
	assert_ptr_equal(one, im_participant_of_uri(&config.set.participants, "urn:office"));
	assert_null(im_participant_of_uri(&config.set.participants, "urn:other"));
	assert_string_equal(im_participants_name(&config.set.participants, cert), "azr:011200");
	assert_string_equal(im_participants_name(&config.set.participants, signer), osci_cert_sha256(signer));
	assert_true(im_participant_signs(one, signer) && !im_participant_signs(one, cert));
	assert_true(one->may_send && !one->may_fetch);
	assert_int_equal(one->max_deliveries, 7);
	assert_int_equal(one->max_bytes, 3 * 1024 * 1024);
	assert_false(weak("participants_only"));
	osci_cert_unref(cert);
	osci_cert_unref(signer);
}

static void test_participant_problems(void **state)
{
	assert_int_equal(load(HEAD "  participants:\n"
				   "    - id: a\n"
				   "      cipher: [enc.pem]\n"
				   "      sign: [enc.pem]\n"
				   "    - id: a\n"
				   "      cipher: [enc.pem]\n"
				   "      url: ftp://x.example/\n"
				   "    - id: 'mit Leerzeichen'\n"
				   "      cipher: [sign.pem, missing.pem]\n"
				   "      uris: ['urn:x']\n"
				   "    - cipher: []\n"), OSCI_E_CONFIG);
	assert_problem(10, "key usage");      /* sign: a cipher certificate */
	assert_problem(11, "of this id");
	assert_problem(11, "cipher certificate of another");
	assert_problem(13, "http");
	assert_problem(14, "letters");
	assert_problem(15, "key usage");
	assert_problem(15, "not readable");
	assert_problem(14, "with a url only");
	assert_problem(17, "required");
}

static void test_p_11_unknown_keys_and_all_problems(void **state)
{
	assert_int_equal(load("intermediary:\n"
			      "  host: im.example\n"
			      "  database: im.db\n"
			      "  require_signatur: false\n"
			      "  sign: {p12: sign.p12, pass_file: wrong}\n"
			      "  cipher: [{p12: missing.p12, pass_file: pass}]\n"
			      "  trust: [pass]\n"
			      "  proxies: [proxy.example]\n"
			      "  tls: {cert: ca.pem}\n"
			      "  chunks: {min: 2MiB, max: 1MiB}\n"
			      "  allow_cbc: ja\n"
			      "  participants_only: true\n"), OSCI_E_CONFIG);
	assert_problem(4, "unknown");
	assert_problem(5, "");
	assert_problem(6, "not readable");
	assert_problem(7, "");
	assert_problem(8, "numeric address");
	assert_problem(9, "belong together");
	assert_problem(10, "chunks.max");
	assert_problem(11, "true or false");
	assert_problem(12, "participants expected");
	for (size_t i = 0; i < conf_problems(config.conf); i++) /* P-02: no password in what is shown */
		assert_null(strstr(conf_problem(config.conf, i), "Falsches"));
}

static void test_p_11_weakened(void **state)
{
	assert_int_equal(load(HEAD "  listen: 0.0.0.0:8880\n"
				   "  require_signature: false\n"
				   "  require_encryption: false\n"
				   "  allow_cbc: true\n"
				   "  admin: {listen: '192.0.2.1:1'}\n"
				   "  decrypt_failures: {max: 0}\n"
				   "  disk: {min_free: 0, max_used: 100}\n"), 0);
	assert_true(weak("require_signature") && weak("require_encryption") && weak("allow_cbc") && weak("tls") &&
		    weak("admin.listen") && weak("decrypt_failures.max") && weak("disk"));
	im_config_free(&config);
	assert_int_equal(load(HEAD "  listen: 0.0.0.0:8880\n"
				   "  proxies: [192.0.2.7]\n"
				   "  admin: {listen: '127.0.0.1:8881'}\n"), 0);
	assert_string_equal(config.proxies[0], "192.0.2.7");
	assert_null(config.proxies[1]);
	assert_false(weak("tls") || weak("admin.listen"));
}

/* Signing and cipher key exchanged, addresses without port, directories that are not there: told before the start. */
static void test_places_and_exchanged_keys(void **state)
{
	assert_int_equal(load("intermediary:\n"
			      "  host: im.example\n"
			      "  database: none/im.db\n"
			      "  sign: {p12: enc.p12, pass_file: pass}\n"
			      "  cipher: [{p12: sign.p12, pass_file: pass}]\n"
			      "  trust: [ca.pem]\n"
			      "  listen: 127.0.0.1\n"
			      "  admin: {listen: '127.0.0.1:65536'}\n"
			      "  spool: {dir: nowhere}\n"), OSCI_E_CONFIG);
	im_config_check_places(&config);
	assert_problem(3, "database: its directory: No such file");
	assert_problem(4, "sign.p12: key usage does not allow signatures");
	assert_problem(5, "cipher[0].p12: key usage does not allow encryption");
	assert_problem(7, "listen: ADDRESS:PORT expected");
	assert_problem(8, "admin.listen: ADDRESS:PORT expected");
	assert_problem(9, "spool.dir: spool directory cannot be used");
	im_config_free(&config);
	assert_int_equal(load(HEAD "  spool: {dir: .}\n"), 0);
	im_config_check_places(&config);
	assert_int_equal(conf_problems(config.conf), 0);
}

static void test_digest(void **state)
{
	assert_int_equal(load("intermediary:\n"
			      "  host: im.example\n"
			      "  database: im.db\n"
			      "  sign: {p12: curve.p12, pass_file: pass, digest: sha512}\n"
			      "  cipher: [{p12: enc.p12, pass_file: pass}]\n"
			      "  trust: [ca.pem]\n"), 0);
	assert_string_equal(config.set.suite.signature, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512");
	im_config_free(&config);
	assert_int_equal(load("intermediary:\n"
			      "  host: im.example\n"
			      "  database: im.db\n"
			      "  sign: {p12: curve.p12, pass_file: pass, digest: sha3-256}\n"
			      "  cipher: [{p12: enc.p12, pass_file: pass}]\n"
			      "  trust: [ca.pem]\n"), OSCI_E_CONFIG);
	assert_problem(4, "for this key");
}

static void test_revocation(void **state)
{
	assert_int_equal(load(HEAD "  revocation:\n"
				   "    crl: [list.crl]\n"
				   "    ocsp:\n"
				   "      - {issuer: ca.pem, url: 'http://ocsp.example/', nonce: false}\n"
				   "    demand_sign: false\n"
				   "  levels:\n"
				   "    - {type: qualified, ca: [ca.pem]}\n"), 0);
	assert_true(config.set.judge.online);
	assert_false(weak("revocation"));
	assert_true(weak("revocation.demand_sign"));
	assert_int_equal(config.refresh.n_crls, 1);
	assert_int_equal(config.refresh.n_responders, 1);
	assert_false(config.refresh.responders[0].nonce);
	assert_int_equal(config.set.judge.n_levels, 1);
	put("list.crl", "kein CRL\n"); /* a bad list does not stop the start, --check names it */
	im_config_check_crls(&config, T_NOW * INT64_C(1000));
	assert_int_equal(conf_problems(config.conf), 1);
	assert_problem(8, "");
	im_config_free(&config);
	assert_int_equal(load(HEAD "  revocation:\n"
				   "    ocsp:\n"
				   "      - {issuer: ca.pem, url: 'ldap://internal/'}\n"), OSCI_E_CONFIG);
	assert_problem(9, "http");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_workers_left, after),
		cmocka_unit_test_teardown(test_defaults, after),
		cmocka_unit_test_teardown(test_participants, after),
		cmocka_unit_test_teardown(test_participant_problems, after),
		cmocka_unit_test_teardown(test_p_11_unknown_keys_and_all_problems, after),
		cmocka_unit_test_teardown(test_p_11_weakened, after),
		cmocka_unit_test_teardown(test_places_and_exchanged_keys, after),
		cmocka_unit_test_teardown(test_digest, after),
		cmocka_unit_test_teardown(test_revocation, after),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
