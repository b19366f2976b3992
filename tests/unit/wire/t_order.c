/* SPDX-License-Identifier: Apache-2.0 */
/* t_order - see the header */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "t_order.h"
#include "xml/xml.h"

struct osci_key *t_reader, *t_office, *t_supplier;
struct osci_trust *t_trust;

int t_order_setup(void **state)
{
	if (osci_crypto_init(NULL) || osci_xml_init() || osci_trust_new(&t_trust))
		return -1;
	t_reader = t_key("reader", 3072, OSCI_USE_ENCRYPT);
	t_office = t_key("office", 3072, OSCI_USE_SIGN | OSCI_USE_ENCRYPT);
	t_supplier = t_key("supplier", 3072, OSCI_USE_SIGN);
	return osci_trust_add(t_trust, osci_key_cert(t_office)) || osci_trust_add(t_trust, osci_key_cert(t_supplier));
}

int t_order_teardown(void **state)
{
	osci_trust_freep(&t_trust);
	osci_key_unref(t_reader);
	osci_key_unref(t_office);
	osci_key_unref(t_supplier);
	return 0;
}

static void order(struct osci_buf *b)
{
	char location[256];
	const unsigned char *der;
	size_t len;

	osci_type_schema_location(location, sizeof(location), OSCI_STORE_DELIVERY);
	der = osci_cert_der(osci_key_cert(t_reader), &len);
	osci_buf_addf(b, "<soap:Envelope" NAMESPACES " xsi:schemaLocation=\"%s\"><soap:Header>", location);
	osci_buf_adds(b, "<osci:ControlBlock Id=\"cb\" SequenceNumber=\"0\"><osci:Challenge>c4llenge</osci:Challenge>"
			 "</osci:ControlBlock><osci:DesiredLanguages Id=\"dl\" LanguagesList=\"de\"></osci:DesiredLanguages>"
			 "<osci:QualityOfTimestamp Id=\"q1\" Quality=\"plain\" Service=\"creation\"></osci:QualityOfTimestamp>"
			 "<osci:storeDelivery Id=\"sd\"><osci:MessageId>aWQtMQ==</osci:MessageId>"
			 "<osci:Subject>Betreff</osci:Subject></osci:storeDelivery>"
			 "<osci:NonIntermediaryCertificates Id=\"nic\"><osci:CipherCertificateAddressee Id=\"addressee\">"
			 "<ds:X509Data><ds:X509Certificate>");
	osci_base64_encode(b, der, len, 76);
	osci_buf_adds(b, "</ds:X509Certificate></ds:X509Data></osci:CipherCertificateAddressee>"
			 "</osci:NonIntermediaryCertificates></soap:Header><soap:Body Id=\"body\"><osci:ContentPackage>"
			 CONTAINER("c1", INLINE) "</osci:ContentPackage></soap:Body></soap:Envelope>");
	assert_int_equal(osci_buf_error(b), 0);
}

void t_order_changed(struct osci_buf *b, const char *from, const char *to)
{
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const char *at, *text;

	order(&plain);
	text = (const char *)plain.data;
	at = from ? strstr(text, from) : text;
	if (!at)
		fail_msg("not in the order: %s", from);
	osci_buf_add(b, text, (size_t)(at - text));
	osci_buf_adds(b, to ? to : "");
	osci_buf_adds(b, from ? at + strlen(from) : at);
	assert_int_equal(osci_buf_error(b), 0);
}

int t_order_open(const void *data, size_t len, const struct osci_policy *policy, struct osci_err *err)
{
	struct osci_key *const keys[] = { t_reader };
	struct osci_open_opts opts = { .keys = keys, .n_keys = 1, .trust = t_trust, .now = T_NOW };
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	int r;

	if (policy)
		opts.policy = *policy;
	r = osci_open(&m, data, len, &opts, err);
	if (!r)
		r = osci_contents_open(&c, m, &opts, err);
	osci_contents_freep(&c);
	osci_message_freep(&m);
	return r;
}

void t_order_expect(int result, const char *from, const char *to)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	struct osci_err err = { 0 };
	int r;

	t_order_changed(&b, from, to);
	r = t_order_open(b.data, b.len, NULL, &err);
	if (r != result)
		fail_msg("%s -> %.200s: result %d, expected %d (%s %s: %s)", from ? from : "", to ? to : "", r, result,
			 err.feedback, err.where, err.what);
}
