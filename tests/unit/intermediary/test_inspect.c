/* SPDX-License-Identifier: Apache-2.0 */
/* test_inspect - what becomes of certificates that are outside their period, of foreign issuers, revoked, unknown */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "lib/t_package.h"
#include "intermediary/refresh.h"
#include "party.h"
#include "unit/crypto/t_revoke.h"

enum kind { GOOD, EXPIRED, FUTURE, FOREIGN, WRONG_USE, REVOKED, EXPIRED_REVOKED, EXPIRED_FOREIGN, KINDS };

static struct t_pair other_ca, pairs[2][KINDS]; /* by use: sign, encrypt */
static struct osci_cert *certs[2][KINDS];
static struct party office, bamf;
static struct osci_trust *trust;
static struct osci_revocation *rev;
static char id[300];

static void make(unsigned use, enum kind kind)
{
	bool sign = (use == 0) != (kind == WRONG_USE);
	bool late = kind == EXPIRED || kind == EXPIRED_REVOKED || kind == EXPIRED_FOREIGN;
	struct t_pair_opts o = { .cn = "Zertifikat", .pkey = test_pkey(0), .issuer = &im_ca,
				 .usage = sign ? "digitalSignature" : "keyEncipherment" };

	if (late) {
		o.not_before = T_NOW - 20 * DAY;
		o.not_after = T_NOW - DAY;
	} else if (kind == FUTURE) {
		o.not_before = T_NOW + DAY;
		o.not_after = T_NOW + 20 * DAY;
	}
	if (kind == FOREIGN || kind == EXPIRED_FOREIGN)
		o.issuer = &other_ca;
	pairs[use][kind] = t_pair_make(&o);
	certs[use][kind] = t_pair_cert(&pairs[use][kind]);
}

/* One list that revokes one certificate; the last one counts. */
static void publish(const struct t_pair *revoked, int64_t this_update, int64_t next_update)
{
	size_t len;
	unsigned char *der = t_crl(&(struct t_crl_opts){ .issuer = &im_ca, .revoked = revoked, .this_update = this_update,
							 .next_update = next_update }, &len);

	assert_int_equal(osci_revocation_add_crl(rev, trust, der, len, "list", T_NOW, NULL), 0);
	OPENSSL_free(der);
}

static int setup(void **state)
{
	world_begin();
	other_ca = t_pair_make(&(struct t_pair_opts){ .cn = "Andere CA", .curve = "P-256",
						      .usage = "critical,keyCertSign,cRLSign",
						      .constraints = "critical,CA:TRUE" });
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	for (unsigned use = 0; use < 2; use++)
		for (enum kind kind = 0; kind < KINDS; kind++)
			make(use, kind);
	return 0;
}

static int teardown(void **state)
{
	for (unsigned use = 0; use < 2; use++)
		for (enum kind kind = 0; kind < KINDS; kind++) {
			osci_cert_unrefp(&certs[use][kind]);
			t_pair_free(&pairs[use][kind]);
		}
	t_pair_free(&other_ca);
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

static int before_with(bool online, bool demand)
{
	const struct osci_revocation_rules rules = { .demand_sign = demand, .demand_encrypt = demand };
	struct osci_cert *ca = t_pair_cert(&im_ca);

	office.in_dialog = bamf.in_dialog = false;
	im_begin();
	assert_int_equal(osci_trust_new(&trust), 0);
	assert_int_equal(osci_trust_add(trust, ca), 0);
	osci_cert_unrefp(&ca);
	assert_int_equal(osci_revocation_new(&rev), 0);
	if (online)
		osci_trust_set_revocation(trust, rev, &rules);
	im_set.trust = trust;
	im_set.judge = (struct im_judge){ .trust = trust, .online = online };
	return 0;
}

static int before(void **state)
{
	return before_with(true, false);
}

static int before_offline(void **state)
{
	return before_with(false, false);
}

static int before_demand(void **state)
{
	return before_with(true, true);
}

static int after(void **state)
{
	im_end();
	osci_trust_freep(&trust);
	osci_revocation_unrefp(&rev);
	return 0;
}

static const struct {
	enum im_part part;
	unsigned use;
	const char *outside, *untrusted, *revoked, *unchecked, *demanded;
} codes[] = {
	{ IM_CLIENT_CIPHER, 1, "3500", "9501", "9502", "3501", "9503" },
	{ IM_CLIENT_SIGN, 0, "3700", "9700", "9701", "3707", "9710" },
	{ IM_AUTHOR_SIGN, 0, "3701", "3702", "3703", "3707", "3707" },
	{ IM_AUTHOR_CIPHER, 1, "3704", "9704", "9705", "3707", "9710" },
	{ IM_ADDRESSEE_CIPHER, 1, "3705", "9706", "9707", "3707", "9710" },
	{ IM_READER_CIPHER, 1, "3706", "9708", "9709", "3707", "9710" },
	{ IM_ADDRESSEE_SIGN, 0, "3708", "9711", "9712", "3707", "9710" },
};

static void expect(size_t i, enum kind kind, const char *expected)
{
	const char *code;

	assert_int_equal(im_judge_cert(&im_set.judge, certs[codes[i].use][kind], codes[i].part, T_NOW, &code, NULL, NULL), 0);
	if (!code != !expected || strcmp(code ? code : "", expected ? expected : ""))
		fail_msg("part %d, kind %d: %s, %s expected", (int)codes[i].part, (int)kind, code ? code : "none",
			 expected ? expected : "none");
}

static void test_codes_offline(void **state)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		expect(i, GOOD, NULL);
		expect(i, EXPIRED, codes[i].outside);
		expect(i, FUTURE, codes[i].outside);
		expect(i, FOREIGN, codes[i].untrusted);
		expect(i, WRONG_USE, codes[i].untrusted);
		expect(i, EXPIRED_FOREIGN, codes[i].untrusted); /* the worse of the two */
		expect(i, REVOKED, NULL); /* no one says so */
	}
}

static void test_c_02_revoked_unknown_stale(void **state)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		expect(i, GOOD, codes[i].unchecked); /* no list yet */
	for (unsigned use = 0; use < 2; use++) {
		publish(&pairs[use][REVOKED], T_NOW - 600 + 3 * use, 0);
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
			if (codes[i].use != use)
				continue;
			expect(i, GOOD, NULL);
			expect(i, REVOKED, codes[i].revoked);
		}
		publish(&pairs[use][EXPIRED_REVOKED], T_NOW - 599 + 3 * use, 0);
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
			if (codes[i].use == use)
				expect(i, EXPIRED_REVOKED, codes[i].revoked);
	}
	/* A list past its time still revokes, but says nothing good any more. */
	publish(&pairs[0][REVOKED], T_NOW - 500, T_NOW - 100);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].use == 0) {
			expect(i, GOOD, codes[i].unchecked);
			expect(i, REVOKED, codes[i].revoked);
		}
}

static void test_c_02_demanded(void **state)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		expect(i, GOOD, codes[i].demanded);
	publish(NULL, T_NOW - 600, 0);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		expect(i, GOOD, NULL);
		expect(i, EXPIRED, codes[i].outside);
	}
}

static void test_c_03_usage(void **state)
{
	struct t_pair ca_as_leaf = t_pair_make(&(struct t_pair_opts){ .cn = "CA als Leser", .pkey = test_pkey(0),
		.issuer = &im_ca, .usage = "keyCertSign,keyEncipherment", .constraints = "critical,CA:TRUE" });
	struct osci_cert *cert = t_pair_cert(&ca_as_leaf);
	const char *code;

	assert_int_equal(im_judge_cert(&im_set.judge, cert, IM_READER_CIPHER, T_NOW, &code, NULL, NULL), 0);
	assert_string_equal(code, "9708");
	osci_cert_unrefp(&cert);
	t_pair_free(&ca_as_leaf);
}

static void test_min_rsa_bits(void **state)
{
	im_set.judge.min_rsa_bits = 3072;
	expect(0, GOOD, NULL);
	im_set.judge.min_rsa_bits = 4096;
	expect(0, GOOD, "9501");
	expect(2, GOOD, "3702");
}

/* --- orders --------------------------------------------------------------- */

static struct osci_message *answer; /* of the last store() */

/* StoreDelivery with one more certificate; the verdict. */
static const char *store(enum osci_role role, const struct osci_cert *cert)
{
	const struct osci_draft_cert list[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL },
						{ OSCI_CIPHER_ADDRESSEE, osci_key_cert(bamf.cipher), NULL },
						{ role, cert, NULL } };
	_cleanup_(osci_package_freep) struct osci_package *package = t_package("x", 1, NULL, NULL);
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .certs = list, .n_certs = cert ? 3 : 2, .message_id = id,
				.has_package = true };

	osci_message_freep(&answer);
	assert_string_equal(do_get_id(&office, id) + 2, "00");
	t_package_into(&d, package);
	answer = party_order(&office, &d);
	return osci_message_verdict(answer);
}

static bool warned(const char *code)
{
	for (size_t i = 0; i < answer->n_feedback; i++)
		if (!strcmp(answer->feedback[i].code, code))
			return true;
	return false;
}

static const struct osci_inspection *inspection_of(const struct osci_message *m, const struct osci_cert *cert)
{
	for (size_t i = 0; m->n_cards && i < m->cards[0].n_inspections; i++)
		if (!strcmp(m->cards[0].inspections[i].serial, osci_cert_serial(cert)))
			return &m->cards[0].inspections[i];
	fail_msg("no inspection of this certificate");
	return NULL;
}

/* Encrypted for a certificate of ours that is revoked: the client has to take another one. */
static void test_own_certificate_revoked(void **state)
{
	assert_string_equal(do_get_id(&office, id), "0800");
	publish(&own_cipher, T_NOW - 600, 0);
	assert_string_equal(do_get_id(&office, id), "9201");
	assert_true(report.fault);
}

static void test_report(void **state)
{
	const struct osci_inspection *in;

	publish(&pairs[0][REVOKED], T_NOW - 600, 0);
	assert_string_equal(store(OSCI_SIGN_OTHER_AUTHOR, certs[0][REVOKED]), "0800");
	assert_true(warned("3703"));
	in = inspection_of(answer, certs[0][REVOKED]);
	assert_string_equal(in->math, "ok");
	assert_string_equal(in->offline, "valid");
	assert_string_equal(in->online, "revoked");
	assert_non_null(in->crl); /* when the list was issued, not when it was asked */
	assert_string_not_equal(in->crl, in->time);
	in = inspection_of(answer, osci_key_cert(bamf.cipher));
	assert_string_equal(in->online, "ok");
	assert_string_equal(in->cert_type, "unknown");
	assert_string_equal(store(OSCI_SIGN_OTHER_AUTHOR, certs[0][EXPIRED_FOREIGN]), "0800");
	assert_true(warned("3702"));
	in = inspection_of(answer, certs[0][EXPIRED_FOREIGN]);
	assert_string_equal(in->math, "indeterminate");
	assert_string_equal(in->offline, "invalid");
	assert_null(in->online);
	osci_message_freep(&answer);
}

/* The report is kept with the card as it was made. */
static void test_report_is_kept(void **state)
{
	const char *ids[] = { id };
	struct osci_draft d = { .type = OSCI_FETCH_PROCESS_CARD,
				.selection = { .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 } };
	const struct osci_inspection *in;

	publish(&pairs[0][REVOKED], T_NOW - 600, 0);
	assert_string_equal(store(OSCI_SIGN_OTHER_AUTHOR, certs[0][REVOKED]), "0800");
	im_restart();
	assert_string_equal(do_init(&office), "0801");
	osci_message_freep(&answer);
	answer = party_order(&office, &d);
	in = inspection_of(answer, certs[0][REVOKED]);
	assert_string_equal(in->online, "revoked");
	in = inspection_of(answer, osci_key_cert(bamf.cipher));
	assert_string_equal(in->online, "ok");
	osci_message_freep(&answer);
}

static void test_levels(void **state)
{
	const struct im_level levels[] = { { "qualified", trust } };

	publish(NULL, T_NOW - 600, 0);
	im_set.judge.levels = levels;
	im_set.judge.n_levels = 1;
	assert_string_equal(store(OSCI_SIGN_OTHER_AUTHOR, certs[0][FOREIGN]), "0800");
	assert_string_equal(inspection_of(answer, certs[0][FOREIGN])->cert_type, "unknown");
	assert_string_equal(inspection_of(answer, osci_key_cert(bamf.cipher))->cert_type, "qualified");
	osci_message_freep(&answer);
}

static void test_errors_stop_the_order(void **state)
{
	publish(&pairs[1][REVOKED], T_NOW - 600, 0);
	assert_string_equal(store(OSCI_CIPHER_OTHER_READER, certs[1][REVOKED]), "9709");
	assert_int_equal(answer->n_cards, 0);
	assert_string_equal(store(OSCI_CIPHER_OTHER_READER, certs[1][FOREIGN]), "9708");
	assert_string_equal(store(OSCI_CIPHER_OTHER_AUTHOR, certs[1][REVOKED]), "9705");
	assert_string_equal(store(OSCI_CIPHER_OTHER_READER, certs[1][EXPIRED]), "0800");
	assert_true(warned("3706"));
	osci_message_freep(&answer);
}

static void client_with(struct party *p, enum kind sign, enum kind cipher)
{
	*p = (struct party){ .sign = t_pair_key(&pairs[0][sign]), .cipher = t_pair_key(&pairs[1][cipher]) };
}

static void test_client_certificates(void **state)
{
	struct party p;

	publish(&pairs[0][REVOKED], T_NOW - 600, 0);
	client_with(&p, GOOD, GOOD);
	assert_string_equal(do_init(&p), "0801");
	party_free(&p);
	client_with(&p, EXPIRED, GOOD); /* a warning: the order is carried out */
	assert_string_equal(do_init(&p), "0801");
	assert_true(p.in_dialog);
	party_free(&p);
	client_with(&p, REVOKED, GOOD);
	assert_string_equal(do_init(&p), "9701");
	party_free(&p);
	client_with(&p, FOREIGN, GOOD);
	assert_string_equal(do_init(&p), "9700");
	party_free(&p);
	client_with(&p, GOOD, EXPIRED);
	assert_string_equal(do_init(&p), "0801");
	party_free(&p);
	publish(&pairs[1][REVOKED], T_NOW - 500, 0);
	client_with(&p, GOOD, REVOKED);
	assert_string_equal(do_init(&p), "9502");
	assert_true(report.fault);
	party_free(&p);
	client_with(&p, GOOD, FOREIGN);
	assert_string_equal(do_init(&p), "9501");
	party_free(&p);
}

static void test_client_warnings_are_told(void **state)
{
	const struct osci_draft_cert list[] = { { OSCI_CIPHER_ORIGINATOR, certs[1][EXPIRED], NULL } };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .certs = list, .n_certs = 1 };
	struct party p;

	publish(NULL, T_NOW - 600, 0);
	client_with(&p, EXPIRED, EXPIRED);
	answer = party_order(&p, &d);
	assert_true(warned("3500"));
	assert_true(warned("3700"));
	assert_string_equal(osci_message_verdict(answer), "0800");
	osci_message_freep(&answer);
	party_free(&p);
}

static void test_demanded_of_clients(void **state)
{
	assert_string_equal(do_init(&office), "9503");
	publish(NULL, T_NOW - 600, 0);
	assert_string_equal(do_init(&office), "0801");
}

static unsigned n_seen;

static void count_seen(void *arg, struct osci_cert *cert)
{
	n_seen++;
}

/* Only what orders show is asked for, and only by the one who knows the addresses: C-06. */
static void test_c_06_seen(void **state)
{
	publish(NULL, T_NOW - 600, 0);
	im_set.judge.seen = count_seen;
	n_seen = 0;
	assert_string_equal(store(OSCI_SIGN_OTHER_AUTHOR, certs[0][GOOD]), "0800");
	assert_true(n_seen >= 5);
	osci_message_freep(&answer);
	/* one that only claims its issuer would drive those of participants out of the table */
	{
		struct t_pair false_ca = t_pair_make(&(struct t_pair_opts){ .cn = "CA", .curve = "P-256",
								       .usage = "critical,keyCertSign",
								       .constraints = "critical,CA:TRUE" });
		struct t_pair forged = t_pair_make(&(struct t_pair_opts){ .cn = "x", .curve = "P-256", .issuer = &false_ca });
		struct osci_cert *cert = t_pair_cert(&forged);
		const char *code;

		n_seen = 0;
		assert_int_equal(im_judge_cert(&im_set.judge, cert, IM_CLIENT_CIPHER, T_NOW, &code, NULL, NULL), 0);
		assert_string_equal(code, "9501");
		assert_int_equal(n_seen, 0);
		osci_cert_unref(cert);
		t_pair_free(&forged);
		t_pair_free(&false_ca);
	}
}

/* A responder that takes orders and never answers does not keep new lists from being read. */
static void test_c_02_lists_beside_a_hanging_responder(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), dir_fd;
	socklen_t len = sizeof(a);
	char url[64], list[] = "/tmp/xausl-imr-XXXXXX";
	const char *lists[] = { list };
	struct osci_cert *ca = t_pair_cert(&im_ca);
	struct im_responder responder = { .issuer = ca, .url = url, .nonce = true };
	struct osci_clock clock;
	struct im_refresh_conf conf = { .rev = rev, .trust = trust, .crls = lists, .n_crls = 1, .responders = &responder,
					.n_responders = 1, .interval_ms = 3600000, .clock = &clock };
	struct im_refresh_figures figures = { 0 };
	struct im_refresh *r;
	unsigned char *der;
	size_t der_len;

	osci_clock_init(&clock);
	assert_int_equal(osci_clock_set(&clock, "2026-11-30T03:00:00", NULL), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(a.sin_port));
	dir_fd = mkstemp(list);
	assert_true(dir_fd >= 0);
	assert_int_equal(im_refresh_start(&r, &conf, NULL), 0);
	im_refresh_figures(r, &figures);
	assert_int_equal(figures.crls_bad, 1); /* empty still */
	im_refresh_seen(r, certs[0][GOOD]);
	im_refresh_seen(r, certs[1][GOOD]);
	im_refresh_seen(r, certs[0][EXPIRED]);
	der = t_crl(&(struct t_crl_opts){ .issuer = &im_ca, .this_update = T_NOW - 600, .next_update = T_NOW + DAY }, &der_len);
	assert_int_equal(write(dir_fd, der, der_len), der_len);
	OPENSSL_free(der);
	for (unsigned i = 0; i < 150 && figures.crls_bad; i++) {
		usleep(100000);
		im_refresh_figures(r, &figures);
	}
	assert_int_equal(figures.crls_bad, 0);
	close(fd); /* ends what waits */
	im_refresh_stopp(&r);
	close(dir_fd);
	unlink(list);
	osci_cert_unref(ca);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_codes_offline, before_offline, after),
		cmocka_unit_test_setup_teardown(test_c_02_revoked_unknown_stale, before, after),
		cmocka_unit_test_setup_teardown(test_c_02_demanded, before_demand, after),
		cmocka_unit_test_setup_teardown(test_c_03_usage, before_offline, after),
		cmocka_unit_test_setup_teardown(test_min_rsa_bits, before_offline, after),
		cmocka_unit_test_setup_teardown(test_own_certificate_revoked, before, after),
		cmocka_unit_test_setup_teardown(test_report, before, after),
		cmocka_unit_test_setup_teardown(test_report_is_kept, before, after),
		cmocka_unit_test_setup_teardown(test_levels, before, after),
		cmocka_unit_test_setup_teardown(test_errors_stop_the_order, before, after),
		cmocka_unit_test_setup_teardown(test_client_certificates, before, after),
		cmocka_unit_test_setup_teardown(test_client_warnings_are_told, before, after),
		cmocka_unit_test_setup_teardown(test_demanded_of_clients, before_demand, after),
		cmocka_unit_test_setup_teardown(test_c_06_seen, before, after),
		cmocka_unit_test_setup_teardown(test_c_02_lists_beside_a_hanging_responder, before, after),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
