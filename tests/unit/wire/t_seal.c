/* SPDX-License-Identifier: Apache-2.0 */
/* t_seal - see the header */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "t_seal.h"

void t_seal(struct osci_buf *out, const char *plain, size_t len, const char *method_child, const char *key_info)
{
	static const unsigned char session[32] = "0123456789abcdef0123456789abcde";
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(4096), blob = OSCI_BUF_INIT(SIZE_MAX_TEST);
	const struct osci_alg *gcm = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	struct osci_err err;

	assert_int_equal(osci_oaep_wrap(osci_key_cert(t_reader), osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256),
					osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256), session, sizeof(session),
					&wrapped, &err), 0);
	assert_int_equal(osci_cipher_encrypt(gcm, session, strstr(method_child, "IvLength") ? 12 : 16, plain, len, &blob), 0);
	osci_buf_addf(out, "<xenc:EncryptedData Id=\"ed\"><xenc:EncryptionMethod Algorithm=\"%s\">%s"
			   "</xenc:EncryptionMethod><ds:KeyInfo><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\""
			   OSCI_URI_OAEP "\"><ds:DigestMethod Algorithm=\"" OSCI_URI_SHA256 "\"/><x:MGF xmlns:x=\""
			   OSCI_NS_XENC11 "\" Algorithm=\"" OSCI_URI_MGF1_SHA256 "\"/></xenc:EncryptionMethod><ds:KeyInfo>%s"
			   "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>",
		      OSCI_URI_AES256_GCM, method_child,
		      key_info ? key_info : "<ds:RetrievalMethod URI=\"#addressee\"/>");
	osci_base64_encode(out, wrapped.data, wrapped.len, 76);
	osci_buf_adds(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData>"
			   "<xenc:CipherValue>");
	osci_base64_encode(out, blob.data, blob.len, 76);
	osci_buf_adds(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>");
	assert_int_equal(osci_buf_error(out), 0);
}
