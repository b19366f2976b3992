/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-mime - the MIME reader: whole, the same octets in small pieces, and the parts as blobs must agree */
#include <stdint.h>
#include <stdlib.h>

#include "mime/mime.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	size_t parts, octets;
	uint32_t hash;
};

static int begin(void *arg, const struct osci_mime_head *head)
{
	struct sum *s = arg;

	(void)head;
	s->parts++;
	return 0;
}

static int data_seen(void *arg, const void *data, size_t len)
{
	struct sum *s = arg;
	const uint8_t *p = data;
	size_t i;

	s->octets += len;
	for (i = 0; i < len; i++)
		s->hash = s->hash * 31 + p[i];
	return 0;
}

static int end(void *arg)
{
	(void)arg;
	return 0;
}

static int run(const uint8_t *data, size_t size, size_t step, struct sum *s)
{
	static const struct osci_mime_events events = { begin, data_seen, end };
	struct osci_mime_reader *r = NULL;
	struct osci_limits limits;
	struct osci_err err;
	size_t at;
	int res;

	osci_limits_default(&limits);
	res = osci_mime_reader_new(&r, &limits, &events, s);
	for (at = 0; !res && at < size; at += step)
		res = osci_mime_reader_feed(r, data + at, size - at < step ? size - at : step, &err);
	if (!res)
		res = osci_mime_reader_finish(r, &err);
	osci_mime_reader_freep(&r);
	return res;
}

/* What the reader accepts (@want) has as many parts with the same octets. */
static void parts(const uint8_t *data, size_t size, const struct sum *want)
{
	struct osci_limits limits;
	struct osci_blob *body = NULL;
	struct osci_mime *m = NULL;
	struct sum s = { 0, 0, 0 };
	struct osci_err err;
	size_t i;
	int r;

	osci_limits_default(&limits);
	if (osci_blob_copy(&body, data, size))
		return;
	r = osci_mime_parse(&m, body, &limits, NULL, NULL, &err);
	for (i = 0; m && i < m->n_parts; i++) {
		s.parts++;
		data_seen(&s, m->parts[i].data, m->parts[i].len);
	}
	if (want && (r || s.parts != want->parts || s.octets != want->octets || s.hash != want->hash))
		abort();
	osci_mime_freep(&m);
	osci_blob_unref(body);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum a = { 0, 0, 0 }, b = { 0, 0, 0 };
	int ra = run(data, size, size ? size : 1, &a), rb = run(data, size, 7, &b);

	if ((ra == 0) != (rb == 0) || (ra == 0 && (a.parts != b.parts || a.octets != b.octets || a.hash != b.hash)))
		abort();
	parts(data, size, ra ? NULL : &a);
	return 0;
}
