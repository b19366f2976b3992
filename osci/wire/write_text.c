/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_text - small values on their way out: checked, then escaped
 *
 * XML cannot carry control characters at all, not even escaped; such values are a fault of the
 * caller and end in OSCI_E_USAGE.
 */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "wire/write_priv.h"

int wire_usage(struct osci_err *err, const char *where, const char *what)
{
	return osci_fail(err, OSCI_E_USAGE, NULL, where, "%s", what);
}

bool wire_text_ok(const char *s, size_t max)
{
	const unsigned char *p;
	size_t len = s ? strlen(s) : 0;

	if (!s || len > max || !osci_utf8_ok(s, len))
		return false;
	for (p = (const unsigned char *)s; *p; p++) {
		if (*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r')
			return false;
		/* U+FFFE and U+FFFF are no characters of XML. */
		if (*p == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
			return false;
	}
	return true;
}

bool wire_number_ok(const char *s, size_t max)
{
	size_t len = s ? strspn(s, "0123456789") : 0;

	return len && len <= max && !s[len];
}

bool wire_ncname_ok(const char *s)
{
	if (!s || !*s || strchr("-.0123456789", *s))
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      strchr("_-.", *s) || (unsigned char)*s >= 0xc2))
			if ((unsigned char)*s < 0x80)
				return false;
	return true;
}

/* Of an attachment, ours or carried on; the root part has its own. */
bool wire_content_id_ok(const char *s)
{
	return s && osci_content_id_ok(s, 256) && strcasecmp(s, "osci@message") != 0;
}

/* One or more language tags, one blank between two. */
bool wire_languages_ok(const char *s)
{
	bool letter = false;

	if (!s)
		return false;
	for (; *s; s++) {
		bool alnum = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');

		if (!alnum && (!letter || (*s != '-' && *s != ' ')))
			return false;
		letter = alnum;
	}
	return letter;
}

bool wire_datetime_ok(const char *s)
{
	int64_t ms;

	return s && !osci_parse_datetime(s, strlen(s), &ms);
}

void wire_add_text(struct osci_buf *b, const char *element, const char *text)
{
	osci_buf_addf(b, "<osci:%s>", element);
	osci_buf_add_xml_text(b, text, strlen(text));
	osci_buf_addf(b, "</osci:%s>", element);
}

void wire_open_block(struct wire_writer *w, const char *element, const char *id)
{
	osci_buf_addf(&w->out, "<%s" WIRE_XMLNS " Id=\"%s%s\"", element, id, w->suffix);
}
