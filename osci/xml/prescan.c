/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prescan - one linear look at the raw octets before a parser sees them
 *
 * Guarantees: UTF-8 without NUL or control characters; an XML declaration only at the
 * start, version 1.0, encoding UTF-8 or none; no DOCTYPE, no processing instruction; every tag and
 * every comment at most limits->xml_start_tag octets, every CDATA section at most CDATA_MAX.  libxml2
 * spends quadratic time in one start tag before its first callback, so this cannot be left to the callbacks.
 *
 * It is no parser: quotes inside tags are followed, nothing else; not even those where the document is shorter than a
 * tag may be.  Where it and the
 * parser could read a document differently, the parser refuses it as not well-formed.
 */
#include <stdio.h>
#include <strings.h>

#include "xml/xml.h"

/* The declaration is short; a long one is an attack. */
#define DECLARATION_MAX 200
/* libxml2 gathers a CDATA section whole before a hook sees it; several in a row are fine. */
#define CDATA_MAX ((size_t)4 * 1024 * 1024)

#define BOM "\xef\xbb\xbf"

struct scan {
	const unsigned char *start, *p, *end;
	const struct osci_limits *limits;
	struct osci_err *err;
};

/* LINE:COLUMN of an octet; columns count characters. */
static void place(const struct scan *s, const unsigned char *at, char *out, size_t size)
{
	unsigned long line = 1, column = 1;
	const unsigned char *p;

	for (p = s->start; p < at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if ((*p & 0xc0) != 0x80) {
			column++;
		}
	}
	snprintf(out, size, "%lu:%lu", line, column);
}

static int refuse(const struct scan *s, const unsigned char *at, int code, const char *what)
{
	char where[48];

	place(s, at, where, sizeof(where));
	return osci_fail(s->err, code, "9100", where, "%s", what);
}

static bool blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool starts(const struct scan *s, const char *token)
{
	size_t n = strlen(token);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, token, n) == 0;
}

/*
 * Octets that follow a lead byte, 0 if @p begins no valid sequence.  Overlong forms and
 * surrogates are cut out by the bounds of the second octet (Unicode table 3-7).
 */
static unsigned tail(const unsigned char *p, const unsigned char *end)
{
	unsigned char lo = 0x80, hi = 0xbf;
	unsigned n, i;

	if (*p >= 0xc2 && *p <= 0xdf)
		n = 1;
	else if (*p >= 0xe0 && *p <= 0xef)
		n = 2;
	else if (*p >= 0xf0 && *p <= 0xf4)
		n = 3;
	else
		return 0;
	if (*p == 0xe0)
		lo = 0xa0;
	else if (*p == 0xed)
		hi = 0x9f;
	else if (*p == 0xf0)
		lo = 0x90;
	else if (*p == 0xf4)
		hi = 0x8f;
	if ((size_t)(end - p) <= n || p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i <= n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* The high bit of an octet: it is 0x80 or more, or less than 0x20 (a borrow only adds to that). */
static uint64_t unprintable(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (v | (v - EACH(0x20))) & EACH(0x80);
}

/* Behind all that is printable ASCII: many octets at once as long as there are many, then one by one. */
static const unsigned char *skip_printable(const unsigned char *p, const unsigned char *end)
{
	while (end - p >= 32 && !(unprintable(p) | unprintable(p + 8) | unprintable(p + 16) | unprintable(p + 24)))
		p += 32;
	while (end - p >= 8 && !unprintable(p))
		p += 8;
	while (p < end && *p >= 0x20 && *p < 0x80)
		p++;
	return p;
}

static int characters(struct scan *s)
{
	const unsigned char *p = s->p;

	while ((p = skip_printable(p, s->end)) < s->end) {
		if (*p >= 0x80) {
			unsigned n = tail(p, s->end);

			if (!n) {
				char where[48];

				snprintf(where, sizeof(where), "byte %zu", (size_t)(p - s->start));
				return osci_fail(s->err, OSCI_E_MALFORMED, "9100", where, "not UTF-8");
			}
			p += n + 1;
			continue;
		}
		if (!blank(*p))
			return refuse(s, p, OSCI_E_MALFORMED,
				      *p ? "control character" : "NUL octet");
		p++;
	}
	return 0;
}

static const unsigned char *skip_blank(const unsigned char *p, const unsigned char *end)
{
	while (p < end && blank(*p))
		p++;
	return p;
}

/* name = "value" at *@p: value in @value, false if it is something else. */
static bool pseudo(const unsigned char **p, const unsigned char *end, const char *name, char *value,
		   size_t size)
{
	const unsigned char *q = skip_blank(*p, end);
	size_t n = strlen(name), len = 0;
	unsigned char quote;

	if (q == *p || (size_t)(end - q) < n || memcmp(q, name, n) != 0)
		return false;
	q = skip_blank(q + n, end);
	if (q == end || *q++ != '=')
		return false;
	q = skip_blank(q, end);
	if (q == end || (*q != '"' && *q != '\''))
		return false;
	quote = *q++;
	while (q < end && *q != quote) {
		if (len + 1 >= size)
			return false;
		value[len++] = (char)*q++;
	}
	if (q == end)
		return false;
	value[len] = '\0';
	*p = q + 1;
	return true;
}

static int declaration(struct scan *s)
{
	const unsigned char *at = s->p, *p = s->p + 5, *close;
	char value[16];

	close = memmem(s->p, (size_t)(s->end - s->p) < DECLARATION_MAX ? (size_t)(s->end - s->p) : DECLARATION_MAX,
		       "?>", 2);
	if (!close)
		return refuse(s, at, OSCI_E_MALFORMED, "XML declaration has no end");
	if (!pseudo(&p, close, "version", value, sizeof(value)) || strcmp(value, "1.0") != 0)
		return refuse(s, at, OSCI_E_MALFORMED, "XML version other than 1.0");
	if (pseudo(&p, close, "encoding", value, sizeof(value)) && strcasecmp(value, "UTF-8") != 0)
		return refuse(s, at, OSCI_E_MALFORMED, "encoding other than UTF-8 declared");
	if (pseudo(&p, close, "standalone", value, sizeof(value)) && strcmp(value, "yes") != 0 &&
	    strcmp(value, "no") != 0)
		return refuse(s, at, OSCI_E_MALFORMED, "standalone is neither yes nor no");
	if (skip_blank(p, close) != close)
		return refuse(s, at, OSCI_E_MALFORMED, "XML declaration not understood");
	s->p = close + 2;
	return 0;
}

/* The high bit of the first octet of the eight that is @octet, and maybe of later ones. */
static uint64_t among(uint64_t v, unsigned char octet)
{
	v ^= EACH(octet);
	return (v - EACH(0x01)) & ~v & EACH(0x80);
}

/* The first of ">", quotation mark and apostrophe; @end if there is none. */
static const unsigned char *tag_mark(const unsigned char *p, const unsigned char *end)
{
	uint64_t v;

	for (; end - p >= 8; p += 8) {
		memcpy(&v, p, sizeof(v));
		if (among(v, '>') | among(v, '"') | among(v, '\''))
			break;
	}
	while (p < end && *p != '>' && *p != '"' && *p != '\'')
		p++;
	return p;
}

/* From '<' of a tag to behind its '>'. */
static int tag(struct scan *s)
{
	const unsigned char *at = s->p, *p = at, *end = s->end;

	if ((size_t)(end - at) > s->limits->xml_start_tag)
		end = at + s->limits->xml_start_tag;
	while ((p = tag_mark(p, end)) < end) {
		if (*p == '>') {
			s->p = p + 1;
			return 0;
		}
		p = memchr(p + 1, *p, (size_t)(end - p - 1));
		if (!p)
			break;
		p++;
	}
	if (end < s->end)
		return refuse(s, at, OSCI_E_LIMIT, "tag longer than the limit");
	return refuse(s, at, OSCI_E_MALFORMED, "tag has no end");
}

/* From @open to behind @close, at most @max octets between them. */
static int section(struct scan *s, const char *open, const char *close, size_t max)
{
	const unsigned char *at = s->p, *end = s->end, *hit;
	size_t n = strlen(close);

	s->p += strlen(open);
	if ((size_t)(end - s->p) > max + n)
		end = s->p + max + n;
	hit = memmem(s->p, (size_t)(end - s->p), close, n);
	if (!hit && end < s->end)
		return refuse(s, at, OSCI_E_LIMIT, "comment or CDATA section longer than the limit");
	if (!hit)
		return refuse(s, at, OSCI_E_MALFORMED, "comment or CDATA section has no end");
	s->p = hit + n;
	return 0;
}

int osci_xml_prescan(const void *data, size_t len, const struct osci_limits *limits, struct osci_err *err)
{
	struct scan s = { data, data, (const unsigned char *)data + len, limits, err };
	struct osci_limits defaults;
	bool small;
	int r;

	if (!limits) {
		osci_limits_default(&defaults);
		s.limits = &defaults;
	}
	if (len > s.limits->xml_bytes)
		return osci_fail(err, OSCI_E_LIMIT, "9100", "byte 0", "XML of %zu octets, limit is %zu", len,
				 s.limits->xml_bytes);
	small = len <= s.limits->xml_start_tag; /* so that no tag is longer */
	if (starts(&s, BOM))
		s.p += 3;
	if (starts(&s, BOM)) /* libxml2 would pass over it, too */
		return refuse(&s, s.p, OSCI_E_MALFORMED, "byte order mark twice");
	if (s.p == s.end)
		return osci_fail(err, OSCI_E_MALFORMED, "9100", "byte 0", "empty document");
	r = characters(&s);
	if (!r && starts(&s, "<?xml") && s.end - s.p > 5 && blank(s.p[5]))
		r = declaration(&s);
	while (!r && s.p < s.end) {
		s.p = memchr(s.p, '<', (size_t)(s.end - s.p));
		if (!s.p)
			break;
		if (s.end - s.p < 2 || (s.p[1] != '!' && s.p[1] != '?'))
			r = small ? (s.p++, 0) : tag(&s);
		else if (starts(&s, "<!--"))
			r = section(&s, "<!--", "-->", s.limits->xml_start_tag);
		else if (starts(&s, "<![CDATA["))
			r = section(&s, "<![CDATA[", "]]>", CDATA_MAX);
		else
			r = refuse(&s, s.p, OSCI_E_MALFORMED,
				   s.p[1] == '!' ? "document type declaration" : "processing instruction");
	}
	return r;
}
