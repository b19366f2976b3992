/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-base64 - decoding whole and in pieces agrees; what decodes encodes back to the same octets */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX (4 * 1024 * 1024)

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct osci_buf a = OSCI_BUF_INIT(MAX), b = OSCI_BUF_INIT(MAX), c = OSCI_BUF_INIT(MAX), d = OSCI_BUF_INIT(MAX);
	struct osci_base64_dec dec;
	int whole = osci_base64_decode(&a, (const char *)data, size), pieces = 0;
	size_t at;

	osci_base64_dec_init(&dec);
	for (at = 0; !pieces && at < size; at += 3)
		pieces = osci_base64_dec_feed(&dec, (const char *)data + at, size - at < 3 ? size - at : 3, &b);
	if (!pieces)
		pieces = osci_base64_dec_finish(&dec);
	if ((whole == 0) != (pieces == 0) || (!whole && (a.len != b.len || (a.len && memcmp(a.data, b.data, a.len)))))
		abort();
	if (!whole) {
		osci_base64_encode(&c, a.data, a.len, 76);
		if (osci_base64_decode(&d, c.data ? (const char *)c.data : "", c.len) || d.len != a.len ||
		    (a.len && memcmp(a.data, d.data, a.len)))
			abort();
	}
	osci_buf_free(&a);
	osci_buf_free(&b);
	osci_buf_free(&c);
	osci_buf_free(&d);
	return 0;
}
