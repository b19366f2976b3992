/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text - hex, numbers, ids, UTF-8, escaping, random values
 *
 * Readers take the whole input or refuse it; nothing here knows a locale.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <osci/err.h>
#include "base/text.h"

void osci_hex(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * len] = '\0';
}

int osci_parse_u64(const char *s, size_t len, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!len)
		return OSCI_E_MALFORMED;
	for (size_t i = 0; i < len; i++) {
		unsigned digit;

		if (s[i] < '0' || s[i] > '9')
			return OSCI_E_MALFORMED;
		digit = (unsigned)(s[i] - '0');
		if (v > max / 10 || v * 10 > max - digit || max < digit)
			return OSCI_E_MALFORMED;
		v = v * 10 + digit;
	}
	*ret = v;
	return 0;
}

bool osci_id_ok(const char *s, size_t len, size_t max)
{
	if (!len || len > max)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			continue;
		if (!c || !strchr("@._:+/=-", c))
			return false;
	}
	return true;
}

/* Code point at @p of at most @len octets into *@ret; octets used, 0 if it is not UTF-8. */
static size_t utf8_next(const unsigned char *p, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	uint32_t c;

	if (!n || n > len)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

bool osci_utf8_ok(const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len) {
		uint32_t c;
		size_t n = utf8_next(p, len, &c);

		if (!n || !c)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

/* Characters that move the cursor, hide or turn text: C0, C1, zero width, bidi, line ends, tags, BOM. */
static bool hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

static bool name_char(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		       (c && strchr("@._:+=- ,;'!#$~()[]{}", (int)c));
	/* no second kind of blank */
	return !hidden(c) && c != 0xa0 && c != 0x1680 && c != 0x3000 && !(c >= 0x2000 && c <= 0x200a) && c != 0x202f &&
	       c != 0x205f;
}

bool osci_content_id_ok(const char *s, size_t max)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len = strlen(s);

	if (!len || len > max || *s == '.' || *s == '-' || *s == ' ' || s[len - 1] == ' ' || strstr(s, ".."))
		return false;
	while (len) {
		uint32_t c;
		size_t n = utf8_next(p, len, &c);

		if (!n || !name_char(c))
			return false;
		p += n;
		len -= n;
	}
	return true;
}

void osci_escape_line(struct osci_buf *out, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	while (len) {
		uint32_t c = 0;
		size_t n = utf8_next(p, len, &c);

		if (!n) {
			osci_buf_addf(out, "\\x%02x", p[0]);
			n = 1;
		} else if (c == '\\') {
			osci_buf_adds(out, "\\\\");
		} else if (hidden(c)) {
			osci_buf_addf(out, "\\u{%x}", c);
		} else {
			osci_buf_add(out, p, n);
		}
		p += n;
		len -= n;
	}
}

int osci_random(void *out, size_t len)
{
	unsigned char *p = out;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int osci_uuid4(char out[37])
{
	unsigned char b[16];
	char hex[33];

	if (osci_random(b, sizeof(b)) < 0)
		return -EIO;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	osci_hex(hex, b, sizeof(b));
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return 0;
}

bool osci_equal_secret(const char *a, const char *b)
{
	size_t len = strlen(a), i;
	unsigned char diff = 0;

	if (strlen(b) != len)
		return false;
	for (i = 0; i < len; i++)
		diff |= (unsigned char)(a[i] ^ b[i]);
	return !diff;
}
