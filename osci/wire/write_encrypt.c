/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_encrypt - AES-GCM under RSA-OAEP, for content and for the transport envelope
 *
 * A fresh session key per EncryptedData; a 12-octet IV is announced by IvLength (absent
 * means 16 to the reference implementation).
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "mime/mime.h"
#include "wire/write_priv.h"

#define WRAPPED_MAX 2048
#define GCM_TAG_LEN 16
#define FRAME_MAX ((size_t)64 * 1024) /* envelope around the ciphertext: a certificate and a wrapped key */

void wire_cipher_method(struct osci_buf *out, const struct wire_suite *suite)
{
	osci_buf_addf(out, "<xenc:EncryptionMethod Algorithm=\"%s\">", suite->cipher->uri);
	if (suite->iv_len == 12)
		osci_buf_adds(out, "<osci128:IvLength xmlns:osci128=\"http://xoev.de/transport/osci12/8\" Value=\"12\">"
				   "</osci128:IvLength>");
	osci_buf_adds(out, "</xenc:EncryptionMethod>");
}

int wire_encrypted_key(struct osci_buf *out, const struct wire_suite *suite, const struct osci_cert *cert,
		       const char *cert_id, const unsigned char *key, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(WRAPPED_MAX);
	int r = osci_oaep_wrap(cert, suite->oaep_digest, suite->oaep_mgf, key, suite->key_len, &wrapped, err);

	if (!r)
		r = osci_buf_error(&wrapped);
	if (r)
		return r;
	/* MGF before DigestMethod: the order the reference implementation reads. */
	osci_buf_addf(out,
		      "<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"" OSCI_URI_OAEP "\">"
		      "<xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"%s\"></xenc11:MGF>"
		      "<ds:DigestMethod Algorithm=\"%s\"></ds:DigestMethod></xenc:EncryptionMethod><ds:KeyInfo>",
		      suite->oaep_mgf->uri, suite->oaep_digest->uri);
	if (cert_id)
		osci_buf_addf(out,
			      "<ds:RetrievalMethod Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\" URI=\"#%s\">"
			      "</ds:RetrievalMethod>",
			      cert_id);
	else
		wire_x509(out, cert);
	osci_buf_adds(out, "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>");
	osci_base64_encode(out, wrapped.data, wrapped.len, WIRE_BASE64_LINE);
	osci_buf_adds(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>");
	return osci_buf_error(out);
}

/* What stands around the ciphertext. */
static int write_frame(struct osci_blob **head, struct osci_blob **tail, const struct wire_suite *suite, uint64_t len,
		       const struct osci_cert *cert, unsigned char key[WIRE_KEY_OCTETS_MAX], struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(FRAME_MAX);
	char boundary[72];
	int r;

	r = osci_mime_boundary(boundary, sizeof(boundary));
	if (!r)
		r = osci_random(key, suite->key_len);
	if (r)
		return r;
	osci_mime_write_begin(&out, boundary);
	osci_buf_adds(&out,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n<soap:Envelope" WIRE_XMLNS
		      " xsi:schemaLocation=\"http://schemas.xmlsoap.org/soap/envelope/ soapMessageEncrypted.xsd"
		      " http://www.w3.org/2000/09/xmldsig# oscisig.xsd http://www.w3.org/2001/04/xmlenc# oscienc.xsd\">"
		      "<soap:Body><xenc:EncryptedData MimeType=\"Multipart/Related\">");
	wire_cipher_method(&out, suite);
	osci_buf_adds(&out, "<ds:KeyInfo>");
	r = wire_encrypted_key(&out, suite, cert, NULL, key, err);
	if (r)
		return r;
	osci_buf_adds(&out, "</ds:KeyInfo>");
	/* The transform is named although the part is binary: that is what every peer writes. */
	osci_buf_adds(&out,
		      "<xenc:CipherData><xenc:CipherReference URI=\"cid:osci_enc\"><xenc:Transforms>"
		      "<ds:Transform Algorithm=\"" OSCI_URI_BASE64 "\"></ds:Transform></xenc:Transforms>"
		      "</xenc:CipherReference></xenc:CipherData></xenc:EncryptedData></soap:Body></soap:Envelope>");
	osci_mime_write_part_head(&out, boundary, "osci_enc", suite->iv_len + len + GCM_TAG_LEN);
	r = osci_blob_take_buf(head, &out);
	if (r)
		return r;
	osci_mime_write_end(&out, boundary);
	return osci_blob_take_buf(tail, &out);
}

int wire_envelope(struct osci_stream **ret, const struct wire_suite *suite, struct osci_blob *plain,
		  const struct osci_cert *cert, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *head = NULL, *tail = NULL;
	unsigned char key[WIRE_KEY_OCTETS_MAX];
	int r = write_frame(&head, &tail, suite, osci_blob_len(plain), cert, key, err);

	if (!r)
		r = osci_encrypt_stream(ret, suite->cipher, key, suite->iv_len, head, plain, tail, err);
	explicit_bzero(key, sizeof(key));
	return r;
}
