/* SPDX-License-Identifier: Apache-2.0 */
/*
 * der - are these octets DER, and not merely BER?
 *
 * OpenSSL's readers take indefinite and padded lengths and hand back the octets that they were
 * given.  This walks the elements by itself, without recursion, to a bounded depth.  What lies
 * inside octet and bit strings is not looked at.
 */
#include "crypto/priv.h"

#define DER_DEPTH_MAX 32

#define TAG_BOOLEAN 0x01
#define TAG_INTEGER 0x02
#define TAG_SEQUENCE 0x10
#define TAG_SET 0x11
#define TAG_CONSTRUCTED 0x20
#define TAG_CLASS 0xc0
#define TAG_LONG 0x1f

/* Reads the length octets at *@pos; false if they are not the shortest form or reach over @end. */
static bool length_at(const unsigned char *d, size_t *pos, size_t end, size_t *ret)
{
	size_t p = *pos, len, n;

	if (p >= end)
		return false;
	len = d[p++];
	if (len >= 0x80) {
		n = len & 0x7f;
		if (n < 1 || n > 4 || n > end - p || d[p] == 0)
			return false;
		for (len = 0; n > 0; n--)
			len = len << 8 | d[p++];
		if (len < 0x80)
			return false;
	}
	if (len > end - p)
		return false;
	*pos = p;
	*ret = len;
	return true;
}

/* Of the universal types SEQUENCE and SET have elements inside, and no other. */
static bool form_ok(unsigned char tag)
{
	bool holds = (tag & TAG_LONG) == TAG_SEQUENCE || (tag & TAG_LONG) == TAG_SET;

	return (tag & TAG_CLASS) || holds == !!(tag & TAG_CONSTRUCTED);
}

static bool value_ok(unsigned char tag, const unsigned char *v, size_t len)
{
	if (!form_ok(tag))
		return false;
	if (tag == TAG_BOOLEAN)
		return len == 1 && (v[0] == 0x00 || v[0] == 0xff);
	if (tag == TAG_INTEGER)
		return len == 1 || (len > 1 && !(v[0] == 0x00 && v[1] < 0x80) && !(v[0] == 0xff && v[1] >= 0x80));
	return true;
}

bool der_strict(const unsigned char *d, size_t len)
{
	size_t ends[DER_DEPTH_MAX], depth = 0, pos = 0;

	if (len == 0)
		return false;
	do {
		size_t end = depth ? ends[depth - 1] : len, n;
		unsigned char tag = d[pos++];

		if ((tag & TAG_LONG) == TAG_LONG || !length_at(d, &pos, end, &n) || !value_ok(tag, d + pos, n))
			return false;
		if (tag & TAG_CONSTRUCTED) {
			if (depth == DER_DEPTH_MAX)
				return false;
			ends[depth++] = pos + n;
		} else {
			pos += n;
		}
		while (depth > 0 && pos == ends[depth - 1])
			depth--;
	} while (depth > 0);
	return pos == len;
}
