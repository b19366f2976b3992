/* SPDX-License-Identifier: Apache-2.0 */
/* test-read - one small order: what harmless form of it is taken, what is refused and why */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_mime.h"
#include "t_order.h"

static void taken(const char *from, const char *to)
{
	t_order_expect(0, from, to);
}

static void refused(const char *from, const char *to)
{
	t_order_expect(OSCI_E_MALFORMED, from, to);
}

/* --- forms that peers write or may write --------------------------------------- */

static void harmless(void **state)
{
	taken(NULL, NULL);
	taken("<soap:Envelope", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n<soap:Envelope");
	taken("<soap:Envelope", "\xef\xbb\xbf<soap:Envelope");
	taken("<soap:Header>", "<soap:Header><!-- remark -->\r\n\t");
	taken("</osci:ControlBlock>", "\n</osci:ControlBlock>\n");
	taken("></osci:DesiredLanguages>", "/>");
	taken("LanguagesList=\"de\"", "LanguagesList='de en-GB'");
	taken("Id=\"dl\"", "Id=\"dl\" soap:mustUnderstand=\"1\" soap:actor=\"" OSCI_ACTOR_NEXT "\"");
	taken("Id=\"nic\"", "Id=\"nic\" soap:mustUnderstand=\"0\" soap:actor=\"" OSCI_ACTOR_NONE "\"");
	taken("<osci:QualityOfTimestamp Id=\"q1\" Quality=\"plain\" Service=\"creation\"></osci:QualityOfTimestamp>", "");
	taken("Quality=\"plain\"", "Quality=\"cryptographic\"");
	taken("<osci:Subject>Betreff</osci:Subject>", "");
	taken("<osci:Subject>Betreff</osci:Subject>", "<osci:Subject><![CDATA[a&b]]>&lt;c</osci:Subject>");
	taken("aWQtMQ==", "aWQt\r\nMQ==");
	taken("QUJD", " QU\tJD\n");
	taken("QUJD", "");
	taken("Id=\"b1\">QUJD", "Id=\"b1\"><![CDATA[QU]]>JD");
	taken(CONTAINER("c1", INLINE), "");
	taken(CONTAINER("c1", INLINE), CONTAINER("c1", ""));
	taken("</soap:Header>", "<x:Info xmlns:x=\"urn:x\" Id=\"x\"><x:a id=\"1\"/></x:Info></soap:Header>");
	taken("</soap:Header>", "<o:FeatureDescription xmlns:o=\"" OSCI_NS_2017
				"\" Id=\"fd\" ChunkMessageTimeout=\"5\"><o:SupportedFeatures><o:Feature Key=\"Unknown\""
				" Version=\"9\"/></o:SupportedFeatures></o:FeatureDescription></soap:Header>");
	taken("SequenceNumber=\"0\"", "SequenceNumber=\"2147483647\" ConversationId=\"0123456789\"");
}

static void prefixes(void **state)
{
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(SIZE_MAX_TEST), b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	struct osci_err err;
	const char *p;

	/* "osci" becomes "o" everywhere: prefixes mean nothing. */
	t_order_changed(&plain, NULL, NULL);
	for (p = (const char *)plain.data; *p; p++) {
		if (strncmp(p, "osci:", 5) == 0 || strncmp(p, "osci=", 5) == 0) {
			osci_buf_adds(&b, "o");
			p += 3;
		} else {
			osci_buf_addc(&b, *p);
		}
	}
	assert_int_equal(t_order_open(b.data, b.len, NULL, &err), 0);
}

/* --- envelope ------------------------------------------------------------------ */

static void envelope(void **state)
{
	refused("soapStoreDelivery.xsd", "soapFetchDelivery.xsd");
	refused("soapStoreDelivery.xsd", "soapInitDialog.xsd");
	refused("soapStoreDelivery.xsd", "soapMessageEncrypted.xsd");
	refused("soapStoreDelivery.xsd", "soapMessageFault.xsd");
	refused("soapStoreDelivery.xsd", "soapstoreDelivery.xsd");
	refused("soapStoreDelivery.xsd", "soapStoreDelivery.xsd ");
	refused("xsi:schemaLocation", "xsi:schemaLocations");
	refused("<soap:Header>", "<soap:Header Id=\"h\">");
	refused("<soap:Header>", "x<soap:Header>");
	refused("<soap:Header>", "<soap:Header></soap:Header><soap:Header>");
	refused("</soap:Envelope>", "<soap:Body Id=\"b2\"></soap:Body></soap:Envelope>");
	refused("</soap:Envelope>", "<x:x xmlns:x=\"urn:x\"/></soap:Envelope>");
	refused("<soap:Body Id=\"body\">", "<soap:Body>");
	refused("<soap:Body Id=\"body\">", "<soap:Body ID=\"body\">");
	refused("<soap:Body Id=\"body\">", "<soap:Body Id=\"body\" xml:id=\"z\">");
	refused("<soap:Body Id=\"body\">", "<soap:Body Id=\"body\" xml:base=\"http://x/\">");
	refused("<soap:Body Id=\"body\">", "<soap:Body Id=\"body\">text");
	refused("<osci:ContentPackage>", "<osci:ContentPackage x=\"1\">");
	refused("</osci:ContentPackage>", "</osci:ContentPackage><osci:ContentPackage></osci:ContentPackage>");
	refused("</osci:ContentPackage>", "<osci:storeDelivery/></osci:ContentPackage>");
	refused("osci:DesiredLanguages Id=\"dl\"", "osci:DesiredLanguages Id=\"dl\" xsi:type=\"x\"");
}

static void blocks(void **state)
{
	refused("Id=\"dl\"", "");
	refused("Id=\"dl\"", "Id=\"\"");
	refused("Id=\"dl\"", "Id=\" dl\"");
	refused("Id=\"dl\"", "Id=\"1dl\"");
	refused("Id=\"dl\"", "Id=\"d:l\"");
	refused("Id=\"dl\"", "Id=\"cb\"");
	refused("Id=\"dl\"", "Id=\"CB\"");
	refused("Id=\"dl\"", "Id=\"b1\"");
	refused("Id=\"dl\"", "Id=\"dl\" id=\"x\"");
	refused("Id=\"dl\"", "Id=\"dl\" soap:actor=\"" OSCI_ACTOR_NONE "\"");
	refused("Id=\"dl\"", "Id=\"dl\" soap:mustUnderstand=\"2\"");
	refused("Id=\"dl\"", "Id=\"dl\" soap:encodingStyle=\"x\"");
	refused("<osci:DesiredLanguages", "<osci:Unknown Id=\"u\"/><osci:DesiredLanguages");
	refused("<osci:DesiredLanguages", "<osci:DesiredLanguages Id=\"d2\" LanguagesList=\"de\"/><osci:DesiredLanguages");
	refused("<osci:ControlBlock", "<x:Info xmlns:x=\"urn:x\" Id=\"x\"/><osci:ControlBlock");
	refused("<osci:storeDelivery", "<osci:fetchDelivery Id=\"f\"/><osci:storeDelivery");
	refused("<osci:NonIntermediaryCertificates", "<osci:IntermediaryCertificates Id=\"ic\"/>"
						     "<osci:NonIntermediaryCertificates");
	refused("<osci:DesiredLanguages", "<osci:SupplierSignature Id=\"s\"/><osci:DesiredLanguages");
	refused("</soap:Header>", "<osci:ControlBlock Id=\"c2\"/></soap:Header>");
	refused("</soap:Header>", "<Info Id=\"x\"/></soap:Header>");
	refused("</soap:Header>", "<x:Info xmlns:x=\"urn:x\"/></soap:Header>");
	refused("</soap:Header>", "<x:Info xmlns:x=\"urn:x\" Id=\"body\"/></soap:Header>");
	refused("</soap:Header>", "<x:Info xmlns:x=\"urn:x\" Id=\"x\" soap:mustUnderstand=\"1\"/></soap:Header>");
	refused("</soap:Header>", "<x:Info xmlns:x=\"urn:x\" Id=\"x\"><soap:Body/></x:Info></soap:Header>");
	refused("</soap:Header>", "<x:Info xmlns:x=\"urn:x\" Id=\"x\"><x:y><osci:Content/></x:y></x:Info></soap:Header>");
	refused("</soap:Header>", "<x:Info xmlns:x=\"urn:x\" Id=\"x\"><ds:Signature/></x:Info></soap:Header>");
	refused("</soap:Header>", "<x:Info xmlns:x=\"" OSCI_NS_OSCI "/\" id=\"x\"/></soap:Header>");
	refused("Service=\"creation\"></osci:QualityOfTimestamp>",
		"Service=\"creation\"></osci:QualityOfTimestamp><osci:QualityOfTimestamp Id=\"q2\" Quality=\"plain\" "
		"Service=\"creation\"/>");
	refused("Service=\"creation\"", "Service=\"forwarding\"");
	refused("Quality=\"plain\"", "Quality=\"best\"");
	refused("LanguagesList=\"de\"", "LanguagesList=\"\"");
	refused("LanguagesList=\"de\"", "LanguagesList=\"de;en\"");
	refused("LanguagesList=\"de\"", "");
}

static void control(void **state)
{
	refused("<osci:Challenge>c4llenge</osci:Challenge>", "");
	refused("<osci:Challenge>c4llenge</osci:Challenge>", "<osci:Challenge></osci:Challenge>");
	refused("c4llenge", "c4l<!-- -->lenge");
	refused("c4llenge", " c4llenge");
	refused("c4llenge", "c4l&#10;lenge");
	refused("c4llenge", "c4l<osci:x/>lenge");
	refused("<osci:Challenge>", "<osci:Challenge Id=\"ch\">");
	refused("</osci:Challenge>", "</osci:Challenge><osci:Response>r</osci:Response>");
	refused("</osci:Challenge>", "</osci:Challenge><osci:Challenge>r</osci:Challenge>");
	refused("SequenceNumber=\"0\"", "");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"-1\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"+1\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\" 1\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"2147483648\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"18446744073709551616\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"0\" ConversationId=\"\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"0\" ConversationId=\"1 OR 1=1\"");
	refused("SequenceNumber=\"0\"", "SequenceNumber=\"0\" Other=\"1\"");
}

static void values(void **state)
{
	refused("aWQtMQ==", "");
	refused("aWQtMQ==", "aWQtMQ=");
	refused("aWQtMQ==", "aWQtMQ==x");
	refused("aWQtMQ==", "aWQ<!-- -->tMQ==");
	refused("aWQtMQ==", "aWQtMR==");	     /* spare bits */
	refused("aWQtMQ==", "YSBi");	     /* "a b" */
	refused("aWQtMQ==", "YQBi");	     /* NUL inside */
	refused("aWQtMQ==", "YQ0KYg==");     /* CR LF */
	refused("<osci:MessageId>aWQtMQ==</osci:MessageId>", "");
	refused("<osci:Subject>", "<osci:Subject x=\"1\">");
	refused("<osci:Subject>Betreff", "<osci:Subject>Be<!-- -->treff");
	refused("</osci:Subject>", "</osci:Subject><osci:Subject>2</osci:Subject>");
	refused("</osci:Subject>", "</osci:Subject>text");
	refused("<osci:CipherCertificateAddressee", "<osci:CipherCertificateNobody");
	refused("<osci:CipherCertificateAddressee Id=\"addressee\">", "<osci:CipherCertificateAddressee Id=\"a\" x=\"\">");
	refused("<ds:X509Certificate>M", "<ds:X509Certificate>N");
	refused("<ds:X509Certificate>", "<ds:X509Certificate><!-- -->");
	refused("<ds:X509Data>", "<ds:X509Data><ds:X509IssuerSerial/>");
	t_order_expect(OSCI_E_LIMIT, "<osci:Subject>Betreff",
	       "<osci:Subject>"
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define THOUSAND HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
	       THOUSAND THOUSAND THOUSAND THOUSAND THOUSAND);
}

/* --- contents ------------------------------------------------------------------ */

static void containers(void **state)
{
	refused("<osci:ContentContainer Id=\"c1\">", "<osci:ContentContainer>");
	refused("<osci:ContentContainer Id=\"c1\">", "<osci:ContentContainer Id=\"c1\" x=\"\">");
	refused("<osci:ContentContainer Id=\"c1\">", "<osci:ContentContainer Id=\"body\">");
	refused(INLINE, "text");
	refused(INLINE, "<osci:Base64Content>QUJD</osci:Base64Content>");
	refused(INLINE, "<osci:Content></osci:Content>");
	refused(INLINE, "<osci:Content>QUJD</osci:Content>");
	refused(INLINE, "<osci:Content><x:y xmlns:x=\"urn:x\"/></osci:Content>");
	refused(INLINE, "<osci:Content><osci:Base64Content/><osci:Base64Content/></osci:Content>");
	refused(INLINE, "<osci:Content href=\"cid:a\"><osci:Base64Content/></osci:Content>");
	refused(INLINE, "<osci:Content href=\"http://x/\"></osci:Content>");
	refused(INLINE, "<osci:Content href=\"cid:\"></osci:Content>");
	refused(INLINE, HREF("nowhere"));
	refused("QUJD", "QUJ*");
	refused("QUJD", "QU<!-- -->JD");
	refused(INLINE, INLINE "<ds:Signature/>");
	taken(INLINE, "<osci:Content Id=\"outer\">" CONTAINER("c2", INLINE) "</osci:Content>");
	refused(INLINE, "<osci:Content>" CONTAINER("c1", INLINE) "</osci:Content>");
}

static void many_containers(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	unsigned i;

	for (i = 0; i < 257; i++)
		osci_buf_addf(&b, "<osci:ContentContainer Id=\"n%u\"></osci:ContentContainer>", i);
	t_order_expect(OSCI_E_LIMIT, CONTAINER("c1", INLINE), (const char *)b.data);
}

static const char *part(struct osci_buf *b, const char *inner, const char *const *cids, size_t n)
{
	_cleanup_buf_ struct osci_buf envelope = OSCI_BUF_INIT(SIZE_MAX_TEST);
	size_t i;

	t_order_changed(&envelope, INLINE, inner);
	osci_mime_write_begin(b, "boundary");
	osci_buf_add(b, envelope.data, envelope.len);
	for (i = 0; i < n; i++)
		t_mime_part(b, "boundary", cids[i], "part", 4);
	osci_mime_write_end(b, "boundary");
	assert_int_equal(osci_buf_error(b), 0);
	return (const char *)b->data;
}

static void attachments(void **state)
{
	static const char *const cids[] = { "a", "b" };
	static const struct {
		const char *inner;
		size_t n;
		int result;
	} cases[] = {
		{ HREF("a"), 1, 0 },
		{ INLINE HREF("a"), 1, 0 },
		{ HREF("a") "<osci:Content href=\"cid:b\"/>", 2, 0 },
		{ HREF("a") "<osci:Content href=\"cid:a\"/>", 1, 0 },
		{ HREF("a"), 2, OSCI_E_MALFORMED },
		{ INLINE, 1, OSCI_E_MALFORMED },
		{ HREF("b"), 1, OSCI_E_MALFORMED },
		{ HREF("osci@message"), 1, OSCI_E_MALFORMED },
		/* A key for an attachment has no place outside of an encryption. */
		{ HREF("a") "<xenc:EncryptedData><xenc:EncryptionMethod Algorithm=\"" OSCI_URI_AES256_GCM
			    "\"/><ds:KeyInfo><ds:MgmtData>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:MgmtData>"
			    "</ds:KeyInfo><xenc:CipherData><xenc:CipherReference URI=\"cid:a\"/></xenc:CipherData>"
			    "</xenc:EncryptedData>",
		  1, OSCI_E_ALGORITHM },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
		struct osci_err err = { 0 };
		int r;

		part(&b, cases[i].inner, cids, cases[i].n);
		r = t_order_open(b.data, b.len, NULL, &err);
		if (r != cases[i].result)
			fail_msg("%s: result %d: %s %s", cases[i].inner, r, err.where, err.what);
	}
}

/* --- limits -------------------------------------------------------------------- */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ten_thousand_references(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	double t = seconds();
	unsigned i;

	osci_buf_adds(&b, "<osci:ClientSignature Id=\"cs\"><ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\""
			  OSCI_URI_C14N "\"/><ds:SignatureMethod Algorithm=\"" OSCI_URI_PSS_SHA256 "\"/>");
	for (i = 0; i < 10000; i++)
		osci_buf_adds(&b, "<ds:Reference URI=\"#body\"><ds:DigestMethod Algorithm=\"" OSCI_URI_SHA256
				  "\"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>");
	osci_buf_adds(&b, "</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue><ds:KeyInfo><ds:RetrievalMethod "
			  "URI=\"#addressee\"/></ds:KeyInfo></ds:Signature></osci:ClientSignature><osci:DesiredLanguages");
	t_order_expect(OSCI_E_LIMIT, "<osci:DesiredLanguages", (const char *)b.data);
	assert_true(seconds() - t < 5);
}

static void many_certificates(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST), der64 = OSCI_BUF_INIT(65536);
	const unsigned char *der;
	unsigned i;
	size_t len;

	der = osci_cert_der(osci_key_cert(t_reader), &len);
	osci_base64_encode(&der64, der, len, 0);
	for (i = 0; i < 16; i++)
		osci_buf_addf(&b, "<osci:CipherCertificateOtherReader Id=\"r%u\"><ds:X509Data><ds:X509Certificate>%s"
				  "</ds:X509Certificate></ds:X509Data></osci:CipherCertificateOtherReader>",
			      i, (const char *)der64.data);
	osci_buf_adds(&b, "</osci:NonIntermediaryCertificates>");
	t_order_expect(OSCI_E_LIMIT, "</osci:NonIntermediaryCertificates>", (const char *)b.data);
}

/* Policies of the caller on an unsigned, unencrypted order. */
static void policies(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	struct osci_policy policy = { .require_signature = true };
	struct osci_open_opts opts = { .trust = t_trust, .now = T_NOW, .signer = osci_key_cert(t_office) };
	struct osci_message *m = NULL;
	struct osci_err err;

	t_order_changed(&b, NULL, NULL);
	assert_int_equal(t_order_open(b.data, b.len, &policy, &err), OSCI_E_UNSIGNED);
	assert_string_equal(err.feedback, "9600");
	policy = (struct osci_policy){ .require_encryption = true };
	assert_int_equal(t_order_open(b.data, b.len, &policy, &err), OSCI_E_MALFORMED);
	policy = (struct osci_policy){ .require_content_signature = true };
	assert_int_equal(t_order_open(b.data, b.len, &policy, &err), OSCI_E_UNSIGNED);
	/* A demanded signer demands a signature. */
	assert_int_equal(osci_open(&m, b.data, b.len, &opts, &err), OSCI_E_UNSIGNED);
	assert_null(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harmless),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(envelope),
		cmocka_unit_test(blocks),
		cmocka_unit_test(control),
		cmocka_unit_test(values),
		cmocka_unit_test(containers),
		cmocka_unit_test(many_containers),
		cmocka_unit_test(attachments),
		cmocka_unit_test(ten_thousand_references),
		cmocka_unit_test(many_certificates),
		cmocka_unit_test(policies),
	};

	return cmocka_run_group_tests(tests, t_order_setup, t_order_teardown);
}
