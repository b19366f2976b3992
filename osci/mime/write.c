/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write - MIME as we send it
 *
 * The field order, line ends and "osci@message" are what the reference implementation reads.
 * The boundary uses characters that need no quotes and carries 144 random bits, so that no
 * content can hold it but by an attack on the CSPRNG.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/text.h"
#include "mime/mime.h"

#define BOUNDARY_RANDOM 18

int osci_mime_boundary(char *out, size_t size)
{
	static const char prefix[] = "osci_boundary_";
	unsigned char random[BOUNDARY_RANDOM];
	int r;

	if (size < sizeof(prefix) + 2 * sizeof(random))
		return OSCI_E_USAGE;
	r = osci_random(random, sizeof(random));
	if (r)
		return r;
	memcpy(out, prefix, sizeof(prefix));
	osci_hex(out + sizeof(prefix) - 1, random, sizeof(random));
	return 0;
}

void osci_mime_write_begin(struct osci_buf *out, const char *boundary)
{
	osci_buf_addf(out,
		      "MIME-Version: 1.0\r\n"
		      "Content-Type: Multipart/Related; boundary=%s; type=text/xml\r\n"
		      "\r\n"
		      "--%s\r\n"
		      "Content-Type: text/xml; charset=UTF-8\r\n"
		      "Content-Transfer-Encoding: 8bit\r\n"
		      "Content-ID: <osci@message>\r\n"
		      "\r\n",
		      boundary, boundary);
}

void osci_mime_write_part_head(struct osci_buf *out, const char *boundary, const char *content_id, uint64_t len)
{
	osci_buf_addf(out,
		      "\r\n--%s\r\n"
		      "Content-Type: application/octet-stream\r\n"
		      "Content-Transfer-Encoding: binary\r\n"
		      "Content-ID: <%s>\r\n"
		      "Content-Length: %" PRIu64 "\r\n"
		      "\r\n",
		      boundary, content_id, len);
}

void osci_mime_write_end(struct osci_buf *out, const char *boundary)
{
	osci_buf_addf(out, "\r\n--%s--\r\n", boundary);
}
