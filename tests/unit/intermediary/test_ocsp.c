/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ocsp - certificates of orders and a responder on loopback: good, revoked, silent; no order waits for it
 *
 * Everything is the real thing from the order to the responder's signed octets, threat row C-02: the orders' core, the
 * thread that asks, HTTP, the answer's check.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <osci/http.h>
#include "base/buf.h"
#include "intermediary/refresh.h"
#include "party.h"
#include "unit/crypto/t_revoke.h"

static struct party office, bamf;
static struct t_pair known[2]; /* certificates of the office as the responder has them: sign, cipher */
static struct osci_trust *trust;
static struct osci_revocation *rev;
static struct osci_http_server *responder;
static struct im_refresh *refresh;
static atomic_int revoked = -1; /* of known[] */
static atomic_bool silent;
static atomic_uint asked;
static char id[300];

/* --- the responder --------------------------------------------------------------------- */

static X509 *x509_of(const struct osci_cert *cert)
{
	const unsigned char *der;
	size_t len;
	X509 *x;

	der = osci_cert_der(cert, &len);
	x = d2i_X509(NULL, &der, (long)len);
	assert_non_null(x);
	return x;
}

/* The nonce of the request, which is an OCTET STRING in an OCTET STRING; false: none. */
static bool nonce_of(OCSP_REQUEST *request, unsigned char ret[OSCI_OCSP_NONCE])
{
	int at = OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1);
	const ASN1_OCTET_STRING *s = at < 0 ? NULL : X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(request, at));

	if (!s || ASN1_STRING_length(s) != OSCI_OCSP_NONCE + 2)
		return false;
	memcpy(ret, ASN1_STRING_get0_data(s) + 2, OSCI_OCSP_NONCE);
	return true;
}

static int respond(void *arg, const struct osci_http_request *http, struct osci_http_reply *reply)
{
	_cleanup_(osci_freep) unsigned char *body = NULL;
	unsigned char nonce[OSCI_OCSP_NONCE], *der;
	struct t_ocsp_opts o = { .issuer = &im_ca, .status = V_OCSP_CERTSTATUS_GOOD };
	struct t_pair other = { 0 };
	ASN1_INTEGER *serial;
	OCSP_REQUEST *request;
	const unsigned char *p;
	size_t len = (size_t)osci_blob_len(http->body);

	atomic_fetch_add(&asked, 1);
	if (atomic_load(&silent))
		return -ECONNRESET;
	body = malloc(len);
	if (!body || osci_blob_read(http->body, 0, body, len, NULL))
		return 500;
	p = body;
	request = d2i_OCSP_REQUEST(NULL, &p, (long)len);
	if (!request || OCSP_request_onereq_count(request) != 1)
		return 400;
	OCSP_id_get0_info(NULL, NULL, NULL, &serial, OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0)));
	for (int i = 0; i < 2; i++)
		if (!ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(known[i].x509))) {
			o.cert = &known[i];
			o.status = atomic_load(&revoked) == i ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD;
		}
	if (!o.cert) { /* of somebody else: good, under its number */
		other.x509 = X509_dup(known[0].x509);
		X509_set_serialNumber(other.x509, serial);
		o.cert = &other;
	}
	o.nonce = nonce_of(request, nonce) ? nonce : NULL;
	der = t_ocsp(&o, &len);
	reply->data = malloc(len);
	if (reply->data)
		memcpy(reply->data, der, len);
	reply->len = len;
	reply->content_type = "application/ocsp-response";
	OPENSSL_free(der);
	X509_free(other.x509);
	OCSP_REQUEST_free(request);
	return reply->data ? 200 : 500;
}

/* --- the intermediary -------------------------------------------------------------------- */

static int setup(void **state)
{
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	known[0].x509 = x509_of(osci_key_cert(office.sign));
	known[1].x509 = x509_of(osci_key_cert(office.cipher));
	return 0;
}

static int teardown(void **state)
{
	X509_free(known[0].x509);
	X509_free(known[1].x509);
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

static int before_with(bool demand, bool with_nonce)
{
	static const struct osci_http_path path = { "/ocsp", OSCI_HTTP_POST };
	static struct osci_clock clock;
	static struct osci_limits limits;
	static char url[64];
	const struct osci_revocation_rules rules = { .demand_sign = demand };
	struct osci_cert *ca = t_pair_cert(&im_ca);
	static struct im_responder one;
	struct osci_http_server_conf http = { .listen = "127.0.0.1:0", .paths = &path, .n_paths = 1, .threads = 2,
					      .limits = &limits, .handler = respond };

	office.in_dialog = bamf.in_dialog = false;
	atomic_store(&asked, 0);
	atomic_store(&revoked, -1);
	atomic_store(&silent, false);
	osci_limits_default(&limits);
	osci_clock_init(&clock);
	assert_int_equal(osci_clock_set(&clock, "2026-11-30T03:00:00", NULL), 0);
	assert_int_equal(osci_http_server_start(&responder, &http, NULL), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ocsp", osci_http_server_port(responder));
	im_begin();
	assert_int_equal(osci_trust_new(&trust), 0);
	assert_int_equal(osci_trust_add(trust, ca), 0);
	assert_int_equal(osci_revocation_new(&rev), 0);
	osci_trust_set_revocation(trust, rev, &rules);
	one = (struct im_responder){ .issuer = ca, .url = url, .nonce = with_nonce };
	assert_int_equal(im_refresh_start(&refresh, &(struct im_refresh_conf){ .rev = rev, .trust = trust, .responders = &one,
									       .n_responders = 1, .interval_ms = 3600000,
									       .clock = &clock }, NULL), 0);
	im_set.trust = trust;
	im_set.judge = (struct im_judge){ .trust = trust, .online = true, .seen = im_refresh_seen, .seen_arg = refresh };
	osci_cert_unref(ca);
	return 0;
}

static int before(void **state)
{
	return before_with(false, true);
}

static int before_demand(void **state)
{
	return before_with(true, false);
}

static int after(void **state)
{
	im_refresh_stopp(&refresh);
	osci_http_server_stopp(&responder);
	im_end();
	osci_trust_freep(&trust);
	osci_revocation_unrefp(&rev);
	return 0;
}

/* Until the thread has asked @n times, at most 10 s. */
static void until_asked(uint64_t n)
{
	struct im_refresh_figures f = { 0 };

	for (unsigned i = 0; i < 1000 && f.asked < n; i++) {
		im_refresh_figures(refresh, &f);
		usleep(10000);
	}
	if (f.asked < n)
		fail_msg("asked %u times, %u expected", (unsigned)f.asked, (unsigned)n);
}

/* Feedback codes of an order, "3707 0800". */
static const char *order(void)
{
	static char codes[64];
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .certs = &cert, .n_certs = 1 };
	struct osci_message *m = party_order(&office, &d);

	snprintf(codes, sizeof(codes), "%s", m->type == OSCI_FAULT ? m->fault_osci : "");
	for (size_t i = 0; i < m->n_feedback; i++)
		snprintf(codes + strlen(codes), sizeof(codes) - strlen(codes), "%s%s", i ? " " : "", m->feedback[i].code);
	osci_message_freep(&m);
	return codes;
}

static void test_c_02_ocsp_good(void **state)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct osci_message *m;
	struct osci_draft d;

	assert_string_equal(order(), "3501 3707 0800"); /* nothing is known, and nobody waits */
	until_asked(2);
	assert_string_equal(order(), "0800");
	/* what the report says of them, from what is kept: nobody is asked again */
	do_get_id(&office, id);
	party_draft(&office, &bamf, OSCI_STORE_DELIVERY, id, "Inhalt", &d, certs, &package);
	m = party_order(&office, &d);
	assert_int_equal(m->n_cards, 1);
	for (size_t i = 0; i < m->cards[0].n_inspections; i++) {
		const struct osci_inspection *r = &m->cards[0].inspections[i];

		if (!strcmp(r->serial, osci_cert_serial(osci_key_cert(office.sign))) ||
		    !strcmp(r->serial, osci_cert_serial(osci_key_cert(office.cipher))))
			assert_string_equal(r->online, "ok");
	}
	osci_message_freep(&m);
	until_asked(3); /* the addressee's, which this order has shown first */
	assert_int_equal(atomic_load(&asked), 3);
	/* the responder goes: what it said stays */
	osci_http_server_stopp(&responder);
	assert_string_equal(order(), "0800");
}

static void test_c_02_ocsp_revoked(void **state)
{
	atomic_store(&revoked, 0);
	order();
	until_asked(2);
	assert_string_equal(order(), "9701");
}

static void test_c_02_ocsp_cipher_revoked(void **state)
{
	atomic_store(&revoked, 1);
	order();
	until_asked(2);
	assert_string_equal(order(), "9502");
}

/* No answer is no knowledge: told, or refused where it is demanded. */
static void test_c_02_ocsp_down(void **state)
{
	struct im_refresh_figures f;

	atomic_store(&silent, true);
	order();
	until_asked(2);
	assert_string_equal(order(), "3501 3707 0800");
	im_refresh_figures(refresh, &f);
	assert_int_equal(f.failed, f.asked);
	assert_int_equal(f.certs, 2);
}

static void test_c_02_ocsp_down_demanded(void **state)
{
	osci_http_server_stopp(&responder);
	assert_string_equal(order(), "3501 9710");
	until_asked(1);
	assert_string_equal(order(), "3501 9710");
}

static void test_c_02_ocsp_good_demanded(void **state)
{
	assert_string_equal(order(), "3501 9710");
	until_asked(2);
	assert_string_equal(order(), "0800");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_c_02_ocsp_good, before, after),
		cmocka_unit_test_setup_teardown(test_c_02_ocsp_revoked, before, after),
		cmocka_unit_test_setup_teardown(test_c_02_ocsp_cipher_revoked, before, after),
		cmocka_unit_test_setup_teardown(test_c_02_ocsp_down, before, after),
		cmocka_unit_test_setup_teardown(test_c_02_ocsp_down_demanded, before_demand, after),
		cmocka_unit_test_setup_teardown(test_c_02_ocsp_good_demanded, before_demand, after),
	};

	return cmocka_run_group_tests_name("intermediary/ocsp", tests, setup, teardown);
}
