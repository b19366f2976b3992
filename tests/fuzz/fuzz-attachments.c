/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-attachments - a package that refers to parts of the message, encrypted or not
 *
 * First octet: 'p' plain, 'e' the package lies inside an encryption (keys of attachments are allowed only there).  Then
 * fields that end with a NUL: the children of ContentPackage, or the ContentContainer; then Content-ID and octets of
 * each part, in turn, at most PARTS_MAX.
 */
#include <stdio.h>
#include <string.h>

#include "t_fuzz.h"

#define PARTS_MAX 8
#define BOUNDARY "fuzz-boundary-7d1f2c"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return fuzz_init();
}

struct field {
	const uint8_t *data;
	size_t len;
};

static struct field next(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *stop = memchr(*at, 0, (size_t)(end - *at));
	struct field f = { *at, (size_t)((stop ? stop : end) - *at) };

	*at = stop ? stop + 1 : end;
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct osci_alg *gcm = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	const struct osci_policy policy = { .allow_cbc = true };
	const uint8_t *at = data + 1, *end = data + size;
	struct osci_buf b = OSCI_BUF_INIT(FUZZ_MAX);
	struct osci_err err;
	struct field f;
	unsigned i;

	if (size < 1 || (data[0] != 'p' && data[0] != 'e'))
		return 0;
	osci_buf_adds(&b, "MIME-Version: 1.0\r\nContent-Type: Multipart/Related; boundary=" BOUNDARY "; type=text/xml\r\n\r\n"
			  "--" BOUNDARY "\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n"
			  "Content-ID: <osci@message>\r\n\r\n");
	fuzz_store_head(&b);
	f = next(&at, end);
	if (data[0] == 'e')
		fuzz_encrypted(&b, gcm, f.data, f.len);
	else
		osci_buf_add(&b, f.data, f.len);
	fuzz_store_tail(&b);
	for (i = 0; i < PARTS_MAX && at < end; i++) {
		f = next(&at, end);
		osci_buf_adds(&b, "\r\n--" BOUNDARY "\r\nContent-Type: application/octet-stream\r\n"
			  "Content-Transfer-Encoding: binary\r\nContent-ID: <");
		osci_buf_add(&b, f.data, f.len);
		osci_buf_adds(&b, ">\r\n\r\n");
		f = next(&at, end);
		osci_buf_add(&b, f.data, f.len);
	}
	osci_buf_adds(&b, "\r\n--" BOUNDARY "--\r\n");
	if (!osci_buf_error(&b))
		fuzz_open(b.data, b.len, &policy, &err);
	osci_buf_free(&b);
	return 0;
}
