/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf - growing byte buffer with a ceiling and a sticky error
 *
 * Grows by doubling, never beyond its maximum.  A secret buffer wipes the old memory whenever it
 * moves or goes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/err.h>
#include "base/buf.h"

#define BUF_FIRST 256

static void wipe_free(struct osci_buf *b)
{
	if (b->data && b->secret)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

void osci_buf_init(struct osci_buf *b, size_t max)
{
	*b = (struct osci_buf)OSCI_BUF_INIT(max);
}

void osci_buf_init_secret(struct osci_buf *b, size_t max)
{
	osci_buf_init(b, max);
	b->secret = true;
}

void osci_buf_free(struct osci_buf *b)
{
	wipe_free(b);
	b->error = 0;
}

void osci_buf_reset(struct osci_buf *b)
{
	if (b->error)
		return;
	if (b->data && b->secret)
		explicit_bzero(b->data, b->cap);
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

void osci_buf_fail(struct osci_buf *b, int error)
{
	if (b->error)
		return;
	wipe_free(b);
	b->error = error;
}

unsigned char *osci_buf_room(struct osci_buf *b, size_t n)
{
	size_t need, cap;
	unsigned char *data;

	if (b->error)
		return NULL;
	if (n > b->max || b->len > b->max - n) {
		osci_buf_fail(b, OSCI_E_LIMIT);
		return NULL;
	}
	need = b->len + n + 1;
	if (need <= b->cap)
		return b->data + b->len;
	cap = b->cap ? b->cap : BUF_FIRST;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	if (b->secret) {
		data = malloc(cap);
		if (data && b->len)
			memcpy(data, b->data, b->len);
		if (data) {
			size_t len = b->len;

			wipe_free(b);
			b->len = len;
		}
	} else {
		data = realloc(b->data, cap);
	}
	if (!data) {
		osci_buf_fail(b, -ENOMEM);
		return NULL;
	}
	b->data = data;
	b->cap = cap;
	b->data[b->len] = '\0';
	return b->data + b->len;
}

void osci_buf_grow(struct osci_buf *b, size_t n)
{
	if (b->error)
		return;
	b->len += n;
	b->data[b->len] = '\0';
}

void osci_buf_add(struct osci_buf *b, const void *data, size_t len)
{
	unsigned char *p = osci_buf_room(b, len);

	if (!p)
		return;
	if (len)
		memcpy(p, data, len);
	osci_buf_grow(b, len);
}

void osci_buf_addc(struct osci_buf *b, char c)
{
	osci_buf_add(b, &c, 1);
}

void osci_buf_adds(struct osci_buf *b, const char *s)
{
	osci_buf_add(b, s, strlen(s));
}

void osci_buf_addf(struct osci_buf *b, const char *fmt, ...)
{
	va_list ap;
	unsigned char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		osci_buf_fail(b, -EINVAL);
		return;
	}
	p = osci_buf_room(b, (size_t)n);
	if (!p)
		return;
	va_start(ap, fmt);
	vsnprintf((char *)p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	osci_buf_grow(b, (size_t)n);
}

char *osci_buf_take(struct osci_buf *b, size_t *ret_len)
{
	char *data;

	if (!osci_buf_room(b, 0))
		return NULL;
	data = (char *)b->data;
	if (ret_len)
		*ret_len = b->len;
	b->data = NULL;
	b->len = b->cap = 0;
	return data;
}

/* @set: characters to replace; everything between two of them is copied in one piece. */
static void add_escaped(struct osci_buf *b, const char *s, size_t len, const char *set)
{
	size_t start = 0, i;

	for (i = 0; i < len; i++) {
		const char *rep;

		if (!s[i] || !strchr(set, s[i]))
			continue;
		switch (s[i]) {
		case '&': rep = "&amp;"; break;
		case '<': rep = "&lt;"; break;
		case '>': rep = "&gt;"; break;
		case '"': rep = "&quot;"; break;
		case '\t': rep = "&#x9;"; break;
		case '\n': rep = "&#xA;"; break;
		default: rep = "&#xD;"; break;
		}
		osci_buf_add(b, s + start, i - start);
		osci_buf_adds(b, rep);
		start = i + 1;
	}
	osci_buf_add(b, s + start, len - start);
}

void osci_buf_add_xml_text(struct osci_buf *b, const char *s, size_t len)
{
	add_escaped(b, s, len, "&<>\r");
}

void osci_buf_add_xml_attr(struct osci_buf *b, const char *s, size_t len)
{
	add_escaped(b, s, len, "&<\"\t\n\r");
}

void osci_freep(void *pp)
{
	void **p = pp;

	free(*p);
	*p = NULL;
}

char *osci_strdup_or_null(const char *s)
{
	return s ? strdup(s) : NULL;
}
