/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64 - encoder with lines, strict incremental decoder
 *
 * The decoder holds one group of at most four characters; it gives octets only for complete
 * groups, so a caller that stops at an error has used nothing of the broken group.
 */
#include <osci/err.h>
#include "base/text.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Characters of one line; @len is a multiple of 3 but for the last line. */
static unsigned char *encode_line(unsigned char *out, const unsigned char *p, size_t len)
{
	for (; len >= 3; len -= 3, p += 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*out++ = (unsigned char)alphabet[v >> 18];
		*out++ = (unsigned char)alphabet[v >> 12 & 63];
		*out++ = (unsigned char)alphabet[v >> 6 & 63];
		*out++ = (unsigned char)alphabet[v & 63];
	}
	if (len) {
		uint32_t v = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0);

		*out++ = (unsigned char)alphabet[v >> 18];
		*out++ = (unsigned char)alphabet[v >> 12 & 63];
		*out++ = len > 1 ? (unsigned char)alphabet[v >> 6 & 63] : '=';
		*out++ = '=';
	}
	return out;
}

/* @wrap is a multiple of 4: whole groups on every line. */
void osci_base64_encode(struct osci_buf *out, const void *data, size_t len, unsigned wrap)
{
	const unsigned char *p = data;
	size_t per_line = wrap >= 4 ? wrap / 4 * 3 : len, chars = (len + 2) / 3 * 4;
	unsigned char *room, *o;

	if (!len)
		return;
	if (len > SIZE_MAX / 2) {
		osci_buf_fail(out, OSCI_E_LIMIT);
		return;
	}
	room = o = osci_buf_room(out, chars + (len - 1) / per_line);
	if (!room)
		return;
	for (;;) {
		size_t take = len < per_line ? len : per_line;

		o = encode_line(o, p, take);
		p += take;
		len -= take;
		if (!len)
			break;
		*o++ = '\n';
	}
	osci_buf_grow(out, (size_t)(o - room));
}

#define BAD 0xff
/* Value of a character, by its code; BAD for all that are not in the alphabet. */
static const unsigned char values[256] = {
	[0 ... 42] = BAD, [44 ... 46] = BAD, [58 ... 64] = BAD, [91 ... 96] = BAD, [123 ... 255] = BAD,
	['A'] = 0,  1,	2,  3,	4,  5,	6,  7,	8,  9,	10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	['a'] = 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
	['0'] = 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, ['+'] = 62, ['/'] = 63,
};

#define CHUNK 768

/* Whole groups without blanks and padding, as nearly all are: at most what @chunk has room for. */
static size_t take_groups(const unsigned char *p, size_t len, unsigned char *chunk, size_t *n_chunk)
{
	size_t i = 0, n = *n_chunk;

	for (; len - i >= 4 && n + 3 <= CHUNK; i += 4, n += 3) {
		unsigned char a = values[p[i]], b = values[p[i + 1]], c = values[p[i + 2]], d = values[p[i + 3]];

		if ((a | b | c | d) & 0xc0)
			break;
		chunk[n] = (unsigned char)(a << 2 | b >> 4);
		chunk[n + 1] = (unsigned char)(b << 4 | c >> 2);
		chunk[n + 2] = (unsigned char)(c << 6 | d);
	}
	*n_chunk = n;
	return i;
}

void osci_base64_dec_init(struct osci_base64_dec *d)
{
	*d = (struct osci_base64_dec){ 0 };
}

/* Padding closes the group: 2 or 3 characters of it are there, the spare bits must be zero. */
static void take_pad(struct osci_base64_dec *d, struct osci_buf *out)
{
	if (d->n < 2 || d->n + d->pads >= 4) {
		d->bad = true;
		return;
	}
	if (d->n + ++d->pads < 4)
		return;
	if (d->n == 2) {
		d->bad = d->acc & 0xf;
		if (!d->bad)
			osci_buf_addc(out, (char)(d->acc >> 4));
	} else {
		d->bad = d->acc & 0x3;
		if (!d->bad) {
			osci_buf_addc(out, (char)(d->acc >> 10));
			osci_buf_addc(out, (char)(d->acc >> 2));
		}
	}
}

static void flush(struct osci_buf *out, const unsigned char *chunk, size_t *n_chunk)
{
	osci_buf_add(out, chunk, *n_chunk);
	*n_chunk = 0;
}

int osci_base64_dec_feed(struct osci_base64_dec *d, const char *text, size_t len, struct osci_buf *out)
{
	unsigned char chunk[CHUNK];
	size_t n_chunk = 0;

	for (size_t i = 0; i < len && !d->bad; i++) {
		unsigned char c, v;

		if (!d->n && !d->pads)
			i += take_groups((const unsigned char *)text + i, len - i, chunk, &n_chunk);
		if (n_chunk + 3 > sizeof(chunk))
			flush(out, chunk, &n_chunk);
		if (i == len)
			break;
		c = (unsigned char)text[i];
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=') {
			flush(out, chunk, &n_chunk);
			take_pad(d, out);
			continue;
		}
		v = values[c];
		if (v == BAD || d->pads) {
			d->bad = true;
			break;
		}
		d->acc = d->acc << 6 | v;
		if (++d->n < 4)
			continue;
		chunk[n_chunk++] = (unsigned char)(d->acc >> 16);
		chunk[n_chunk++] = (unsigned char)(d->acc >> 8);
		chunk[n_chunk++] = (unsigned char)d->acc;
		d->acc = d->n = 0;
	}
	flush(out, chunk, &n_chunk);
	explicit_bzero(chunk, sizeof(chunk)); /* may have been a key */
	if (osci_buf_error(out))
		return osci_buf_error(out);
	return d->bad ? OSCI_E_MALFORMED : 0;
}

int osci_base64_dec_finish(struct osci_base64_dec *d)
{
	if (d->bad || (d->n && d->n + d->pads != 4))
		return OSCI_E_MALFORMED;
	return 0;
}

int osci_base64_decode(struct osci_buf *out, const char *text, size_t len)
{
	struct osci_base64_dec d;
	int r;

	osci_base64_dec_init(&d);
	r = osci_base64_dec_feed(&d, text, len, out);
	return r ? r : osci_base64_dec_finish(&d);
}
