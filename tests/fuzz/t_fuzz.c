/* SPDX-License-Identifier: Apache-2.0 */
/* t_fuzz - see the header */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lib/t_keys.h"
#include "t_fuzz.h"
#include "wire/types.h"
#include "xml/xml.h"

#define ACTOR " soap:actor=\"" OSCI_ACTOR_NEXT "\" soap:mustUnderstand=\"1\""
#define SESSION_MAX 32
#define IV_OCTETS 12

struct osci_key *fuzz_key;
struct osci_trust *fuzz_trust;

static struct osci_buf wrapped[3]; /* session keys of 16, 24 and 32 octets, all the same octets */
static unsigned char session[SESSION_MAX];
static char cert_base64[8192];

static void need(int r)
{
	if (r)
		abort();
}

static void wrap(struct osci_buf *b, size_t octets)
{
	struct osci_buf raw = OSCI_BUF_INIT(FUZZ_MAX);

	osci_buf_init(b, FUZZ_MAX);
	need(osci_oaep_wrap(osci_key_cert(fuzz_key), osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256),
			    osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256), session, octets, &raw, NULL));
	osci_base64_encode(b, raw.data, raw.len, 0);
	osci_buf_addc(b, '\0');
	need(osci_buf_error(b));
	osci_buf_free(&raw);
}

int fuzz_init(void)
{
	struct osci_buf b = OSCI_BUF_INIT(sizeof(cert_base64) - 1);
	const unsigned char *der;
	size_t len, i;

	if (fuzz_key)
		return 0;
	need(osci_crypto_init(NULL) || osci_xml_init() || osci_trust_new(&fuzz_trust));
	fuzz_key = t_key("Fuzz", 3072, OSCI_USE_SIGN | OSCI_USE_ENCRYPT);
	need(osci_trust_add(fuzz_trust, osci_key_cert(fuzz_key)));
	der = osci_cert_der(osci_key_cert(fuzz_key), &len);
	osci_base64_encode(&b, der, len, 0);
	need(osci_buf_error(&b));
	memcpy(cert_base64, b.data, b.len);
	osci_buf_free(&b);
	for (i = 0; i < sizeof(session); i++)
		session[i] = (unsigned char)(7 * i + 1);
	for (i = 0; i < 3; i++)
		wrap(&wrapped[i], 16 + 8 * i);
	return 0;
}

int fuzz_open(const void *data, size_t len, const struct osci_policy *policy, struct osci_err *err)
{
	struct osci_open_opts opts = { .policy = *policy, .keys = &fuzz_key, .n_keys = 1, .trust = fuzz_trust, .now = FUZZ_NOW };
	struct osci_contents *contents = NULL;
	struct osci_message *m = NULL;
	char *package = NULL;
	size_t n, i;
	int r;

	r = osci_open(&m, data, len, &opts, err);
	if (r)
		return r;
	if (m->signature.status == OSCI_SIG_VALID)
		abort(); /* the fuzzer has no key */
	for (i = 0; i < m->n_parts; i++)
		if (!m->parts[i].content_id || !m->parts[i].content_id[0])
			abort();
	osci_message_verdict(m);
	osci_message_delivery_id(m);
	if (m->has_content && !osci_message_package(m, &package, &n, err))
		free(package);
	r = osci_contents_open(&contents, m, &opts, err);
	for (i = 0; contents && i < contents->n_items; i++)
		if (contents->items[i].n_signatures || (!contents->items[i].readable && contents->items[i].data))
			abort();
	osci_contents_freep(&contents);
	osci_message_freep(&m);
	return r;
}

void fuzz_store_head(struct osci_buf *b)
{
	char location[512];

	osci_type_schema_location(location, sizeof(location), OSCI_STORE_DELIVERY);
	osci_buf_addf(b,
		      "<soap:Envelope xmlns:ds=\"" OSCI_NS_DS "\" xmlns:osci=\"" OSCI_NS_OSCI "\" xmlns:soap=\"" OSCI_NS_SOAP
		      "\" xmlns:xenc=\"" OSCI_NS_XENC "\" xmlns:xenc11=\"" OSCI_NS_XENC11 "\" xmlns:osci128=\"" OSCI_NS_128
		      "\" xmlns:xsi=\"" OSCI_NS_XSI "\" xsi:schemaLocation=\"%s\"><soap:Header>",
		      location);
	osci_buf_adds(b, "<osci:ControlBlock Id=\"cb\" SequenceNumber=\"0\"" ACTOR ">"
			 "<osci:Challenge>c</osci:Challenge></osci:ControlBlock>"
			 "<osci:DesiredLanguages Id=\"dl\" LanguagesList=\"de\"" ACTOR "></osci:DesiredLanguages>"
			 "<osci:QualityOfTimestamp Id=\"q1\" Quality=\"plain\" Service=\"creation\"" ACTOR ">"
			 "</osci:QualityOfTimestamp>"
			 "<osci:QualityOfTimestamp Id=\"q2\" Quality=\"plain\" Service=\"reception\"" ACTOR ">"
			 "</osci:QualityOfTimestamp>"
			 "<osci:storeDelivery Id=\"sd\"" ACTOR "><osci:MessageId>aWQ=</osci:MessageId></osci:storeDelivery>");
	osci_buf_addf(b,
		      "<osci:NonIntermediaryCertificates Id=\"nic\" soap:actor=\"" OSCI_ACTOR_NONE "\" soap:mustUnderstand=\"1\">"
		      "<osci:CipherCertificateAddressee Id=\"c1\">"
		      "<ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data>"
		      "</osci:CipherCertificateAddressee></osci:NonIntermediaryCertificates></soap:Header>"
		      "<soap:Body Id=\"body\"><osci:ContentPackage>",
		      cert_base64);
}

void fuzz_store_tail(struct osci_buf *b)
{
	osci_buf_adds(b, "</osci:ContentPackage></soap:Body></soap:Envelope>");
}

void fuzz_encrypted_raw(struct osci_buf *b, const struct osci_alg *alg, const void *blob, size_t len)
{
	osci_buf_addf(b, "<xenc:EncryptedData Id=\"e1\" MimeType=\"text/xml\">"
			 "<xenc:EncryptionMethod Algorithm=\"%s\">%s</xenc:EncryptionMethod>",
		      alg->uri, alg->cbc ? "" : "<osci128:IvLength Value=\"12\"></osci128:IvLength>");
	osci_buf_addf(b,
		      "<ds:KeyInfo><xenc:EncryptedKey>"
		      "<xenc:EncryptionMethod Algorithm=\"" OSCI_URI_OAEP "\"><ds:DigestMethod Algorithm=\""
		      OSCI_URI_SHA256 "\"></ds:DigestMethod>"
		      "<xenc11:MGF Algorithm=\"" OSCI_URI_MGF1_SHA256 "\"></xenc11:MGF></xenc:EncryptionMethod>"
		      "<ds:KeyInfo><ds:RetrievalMethod URI=\"#c1\" "
		      "Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"></ds:RetrievalMethod></ds:KeyInfo>"
		      "<xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>",
		      (const char *)wrapped[alg->bits / 64 - 2].data);
	osci_buf_adds(b, "<xenc:CipherData><xenc:CipherValue>");
	osci_base64_encode(b, blob, len, 0);
	osci_buf_adds(b, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>");
}

void fuzz_encrypted(struct osci_buf *b, const struct osci_alg *alg, const void *data, size_t len)
{
	struct osci_buf blob = OSCI_BUF_INIT(FUZZ_MAX);

	need(osci_cipher_encrypt(alg, session, IV_OCTETS, data, len, &blob));
	fuzz_encrypted_raw(b, alg, blob.data, blob.len);
	osci_buf_free(&blob);
}
