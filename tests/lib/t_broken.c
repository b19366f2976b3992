/* SPDX-License-Identifier: Apache-2.0 */
/* t_broken - see the header */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_broken.h"
#include "mime/mime.h"
#include "wire/types.h"

#define LEN 2000 /* octets of the plain text */

const char *const t_broken_names[T_BROKEN_COUNT] = { "OAEP failure", "wrong key length", "tag failure", "no XML inside",
						     "no order inside" };

static void must(int r)
{
	if (r)
		abort();
}

static void seal(struct osci_buf *wrapped, struct osci_buf *sealed, enum t_broken cause, const struct osci_cert *cert)
{
	unsigned char key[32], plain[LEN];

	must(osci_random(key, sizeof(key)));
	memset(plain, ' ', sizeof(plain));
	if (cause == T_BROKEN_NO_XML)
		must(osci_random(plain, sizeof(plain)));
	else
		memcpy(plain, "<a></a>", 7);
	must(osci_oaep_wrap(cert, osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256),
			    osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256), key, cause == T_BROKEN_KEY_LENGTH ? 16 : 32,
			    wrapped, NULL));
	must(osci_cipher_encrypt(osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM), key, 12, plain, sizeof(plain), sealed));
	if (cause == T_BROKEN_OAEP)
		wrapped->data[wrapped->len / 2] ^= 1;
	if (cause == T_BROKEN_TAG)
		sealed->data[sealed->len - 1] ^= 1;
}

void t_broken_make(struct osci_buf *out, enum t_broken cause, const struct osci_cert *cert)
{
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(4096), sealed = OSCI_BUF_INIT(LEN + 64);
	char location[256], boundary[72];
	const unsigned char *der;
	size_t len;

	seal(&wrapped, &sealed, cause, cert);
	must(osci_mime_boundary(boundary, sizeof(boundary)));
	osci_schema_location(location, sizeof(location), "MessageEncrypted");
	der = osci_cert_der(cert, &len);
	osci_mime_write_begin(out, boundary);
	osci_buf_addf(out,
		      "<soap:Envelope xmlns:soap=\"" OSCI_NS_SOAP "\" xmlns:ds=\"" OSCI_NS_DS "\" xmlns:xenc=\"" OSCI_NS_XENC
		      "\" xmlns:xsi=\"" OSCI_NS_XSI "\" xsi:schemaLocation=\"%s\"><soap:Body><xenc:EncryptedData "
		      "MimeType=\"Multipart/Related\"><xenc:EncryptionMethod Algorithm=\"" OSCI_URI_AES256_GCM
		      "\"><v:IvLength xmlns:v=\"" OSCI_NS_128 "\" Value=\"12\"/></xenc:EncryptionMethod><ds:KeyInfo>"
		      "<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"" OSCI_URI_OAEP "\"><x:MGF xmlns:x=\""
		      OSCI_NS_XENC11 "\" Algorithm=\"" OSCI_URI_MGF1_SHA256 "\"/><ds:DigestMethod Algorithm=\"" OSCI_URI_SHA256
		      "\"/></xenc:EncryptionMethod><ds:KeyInfo><ds:X509Data><ds:X509Certificate>",
		      location);
	osci_base64_encode(out, der, len, 76);
	osci_buf_adds(out, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>");
	osci_base64_encode(out, wrapped.data, wrapped.len, 76);
	osci_buf_adds(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData>"
			   "<xenc:CipherReference URI=\"cid:osci_enc\"/></xenc:CipherData></xenc:EncryptedData></soap:Body>"
			   "</soap:Envelope>");
	osci_mime_write_part_head(out, boundary, "osci_enc", sealed.len);
	osci_buf_add(out, sealed.data, sealed.len);
	osci_mime_write_end(out, boundary);
	must(osci_buf_error(out));
}
