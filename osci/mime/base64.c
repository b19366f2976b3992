/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64 - a part in base64 as a blob that is decoded while it is read
 *
 * So that a large one needs neither memory nor a file, least of all a file with what lay encrypted before.  One
 * pass notes for every STEP octets of text how many octets came before them and the state of the decoder; a read
 * begins at the note before it.  500 MB take a note list of 1 MB.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "blob/blob.h"
#include "mime/priv.h"

#define STEP 16384u /* octets of text */
#define STEP_OCTETS (STEP / 4 * 3 + 3) /* at most out of them: up to three characters wait in the decoder */

struct note {
	uint64_t octets;
	struct osci_base64_dec dec;
};

struct view {
	struct osci_blob *text;
	uint64_t len;
	size_t n;
	struct note notes[];
};

static void view_free(void *self)
{
	struct view *v = self;

	osci_blob_unref(v->text);
	free(v);
}

static void view_freep(struct view **v)
{
	if (*v)
		view_free(*v);
}

/* Step @i of the text into @out; @dec goes on. */
static int decode_step(const struct view *v, size_t i, struct osci_base64_dec *dec, struct osci_buf *out,
		       struct osci_err *err)
{
	uint64_t at = (uint64_t)i * STEP, left = osci_blob_len(v->text) - at;
	size_t n = left < STEP ? (size_t)left : STEP;
	char text[STEP];
	int r;

	osci_buf_reset(out);
	r = osci_blob_read(v->text, at, text, n, err);
	if (!r && osci_base64_dec_feed(dec, text, n, out))
		r = osci_fail(err, -EIO, NULL, "MIME", "base64 of a part has changed");
	if (!r && osci_buf_error(out))
		r = osci_fail(err, osci_buf_error(out), NULL, "MIME", "no memory");
	explicit_bzero(text, n);
	return r;
}

static size_t find_note(const struct view *v, uint64_t offset)
{
	size_t low = 0, high = v->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (v->notes[mid].octets <= offset)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static int view_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf plain = { .max = STEP_OCTETS, .secret = true };
	const struct view *v = self;
	unsigned char *out = buf;
	size_t i = find_note(v, offset);
	struct osci_base64_dec dec = v->notes[i].dec;
	uint64_t at = v->notes[i].octets;
	int r;

	for (; len > 0; i++) {
		size_t skip, n;

		if (i >= v->n)
			return osci_fail(err, -EIO, NULL, "MIME", "base64 of a part has changed");
		r = decode_step(v, i, &dec, &plain, err);
		if (r)
			return r;
		skip = offset - at < plain.len ? (size_t)(offset - at) : plain.len;
		n = plain.len - skip < len ? plain.len - skip : len;
		if (n)
			memcpy(out, plain.data + skip, n);
		out += n;
		len -= n;
		offset += n;
		at += plain.len;
	}
	return 0;
}

int mime_base64_view(struct osci_blob **ret, struct osci_blob *text, struct osci_err *err)
{
	static const struct osci_blob_ops ops = { .read = view_read, .free = view_free };
	_cleanup_buf_ struct osci_buf plain = { .max = STEP_OCTETS, .secret = true };
	size_t n = (size_t)((osci_blob_len(text) + STEP - 1) / STEP), i;
	_cleanup_(view_freep) struct view *v = calloc(1, sizeof(*v) + n * sizeof(v->notes[0]));
	struct osci_base64_dec dec;
	struct view *self;
	int r = 0;

	if (!v)
		return osci_fail(err, -ENOMEM, NULL, "MIME", "no memory");
	v->text = osci_blob_ref(text);
	v->n = n;
	osci_base64_dec_init(&dec);
	for (i = 0; i < n && !r; i++) {
		v->notes[i] = (struct note){ v->len, dec };
		r = decode_step(v, i, &dec, &plain, err);
		v->len += plain.len;
	}
	if (!r && osci_base64_dec_finish(&dec))
		r = osci_fail(err, -EIO, NULL, "MIME", "base64 of a part has changed");
	if (r)
		return r;
	self = v;
	v = NULL;
	return osci_blob_new(ret, &ops, self, self->len);
}
