/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-encrypted - encrypted content: the plain text, the EncryptedData element, the ciphertext
 *
 * First octet: 'p' the rest is what lies inside the encryption; 'x' it stands in ContentPackage as XML;
 * 'g' it is the output of AES-GCM, 'c' of AES-CBC, under a key that the reader has.  A tag cannot be guessed: 'g'
 * must be refused.  Behind CBC every refusal is the one of a failed decryption.
 */
#include <stdlib.h>

#include "t_fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return fuzz_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct osci_alg *gcm = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	const struct osci_alg *cbc = osci_alg_find(OSCI_ALG_CIPHER, "http://www.w3.org/2001/04/xmlenc#aes128-cbc");
	const struct osci_policy policy = { .allow_cbc = true };
	struct osci_buf b = OSCI_BUF_INIT(FUZZ_MAX);
	struct osci_err err = { 0 };
	int r;

	if (size < 1)
		return 0;
	fuzz_store_head(&b);
	switch (data[0]) {
	case 'p': fuzz_encrypted(&b, gcm, data + 1, size - 1); break;
	case 'x': osci_buf_add(&b, data + 1, size - 1); break;
	case 'g': fuzz_encrypted_raw(&b, gcm, data + 1, size - 1); break;
	case 'c': fuzz_encrypted_raw(&b, cbc, data + 1, size - 1); break;
	default: osci_buf_free(&b); return 0;
	}
	fuzz_store_tail(&b);
	if (!osci_buf_error(&b)) {
		r = fuzz_open(b.data, b.len, &policy, &err);
		if (data[0] == 'g' && r != OSCI_E_DECRYPT)
			abort();
		if (data[0] == 'c' && r > 0 && r != OSCI_E_DECRYPT)
			abort();
	}
	osci_buf_free(&b);
	return 0;
}
