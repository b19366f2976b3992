/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields - one MIME head: its fields as values of a closed set
 *
 * Strict where two readers could understand two things: a field or
 * parameter given twice, control characters, 8-bit ones but in a Content-ID, encoded words, RFC 2231 parameters
 * and comments are refused.  Lenient where the reference implementation is: folded lines,
 * any case of names, parameters with or without quotes, "8-bit".
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mime/fields.h"

static int malformed(struct osci_err *err, const char *what)
{
	return osci_fail(err, OSCI_E_MALFORMED, "9100", "MIME head", "%s", what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 2045 token characters. */
static bool is_token(char c)
{
	return c > 0x20 && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + 32);
}

static bool boundary_ok(const char *s)
{
	size_t len = strlen(s);

	if (!len || s[len - 1] == ' ')
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      strchr("'()+_,-./:=? ", *s)))
			return false;
	return true;
}

/* @value without surrounding blanks and at most one pair of < >. */
static int take_id(char *out, size_t size, const char *value, struct osci_err *err)
{
	size_t len = strlen(value);

	if (len >= 2 && value[0] == '<' && value[len - 1] == '>') {
		value++;
		len -= 2;
	}
	if (len >= size)
		return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME head", "Content-ID over %d characters",
				 MIME_ID_MAX);
	memcpy(out, value, len);
	out[len] = '\0';
	return osci_content_id_ok(out, MIME_ID_MAX) ? 0 : malformed(err, "Content-ID with characters outside the profile");
}

/* One parameter value at *@p, quoted or not, into @out; *@p behind it. */
static int take_value(char **p, char *out, size_t size, struct osci_err *err)
{
	char *s = *p;
	size_t n = 0;
	bool quoted = *s == '"';

	if (quoted)
		s++;
	while (*s && (quoted ? *s != '"' : *s != ';' && !is_blank(*s))) {
		if (quoted && *s == '\\')
			return malformed(err, "quoted pair in a parameter");
		if (!quoted && !is_token(*s) && !strchr("+/=?:@<>", *s))
			return malformed(err, "parameter value needs quotes");
		if (n + 1 >= size)
			return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME head", "parameter value over %zu",
					 size - 1);
		out[n++] = *s++;
	}
	if (quoted && *s++ != '"')
		return malformed(err, "quoted parameter value without end");
	out[n] = '\0';
	if (!n)
		return malformed(err, "empty parameter value");
	*p = s;
	return 0;
}

static int store_param(struct mime_fields *f, const char *name, char *value, struct osci_err *err)
{
	if (!strcasecmp(name, "boundary")) {
		if (strlen(value) > MIME_BOUNDARY_MAX)
			return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME head", "boundary over %d characters",
					 MIME_BOUNDARY_MAX);
		if (!boundary_ok(value))
			return malformed(err, "boundary with characters outside RFC 2046");
		memcpy(f->boundary, value, strlen(value) + 1);
	} else if (!strcasecmp(name, "charset")) {
		if (strlen(value) >= sizeof(f->head.charset))
			return malformed(err, "unknown charset");
		memcpy(f->head.charset, value, strlen(value) + 1);
		lower(f->head.charset);
	} else if (!strcasecmp(name, "type")) {
		if (strlen(value) >= sizeof(f->type_param))
			return malformed(err, "type parameter is not text/xml");
		memcpy(f->type_param, value, strlen(value) + 1);
		lower(f->type_param);
	} else if (!strcasecmp(name, "start")) {
		f->has_start = true;
		return take_id(f->start, sizeof(f->start), value, err);
	}
	return 0;
}

#define PARAMS_MAX 16

static int take_content_type(struct mime_fields *f, char *s, struct osci_err *err)
{
	char value[MIME_VALUE_MAX + 1];
	const char *seen[PARAMS_MAX];
	size_t n_seen = 0, n = 0, i;
	int slashes = 0, r;

	while (is_token(*s) || *s == '/') {
		slashes += *s == '/';
		if (n + 1 >= sizeof(f->head.content_type))
			return malformed(err, "Content-Type too long");
		f->head.content_type[n++] = *s++;
	}
	f->head.content_type[n] = '\0';
	lower(f->head.content_type);
	if (slashes != 1 || f->head.content_type[0] == '/' || f->head.content_type[n - 1] == '/')
		return malformed(err, "Content-Type is not type/subtype");
	for (;;) {
		char *name;

		while (is_blank(*s))
			s++;
		if (!*s)
			return 0;
		if (*s++ != ';')
			return malformed(err, "Content-Type: ';' expected");
		while (is_blank(*s))
			s++;
		if (!*s)
			return 0; /* one ';' at the end */
		for (name = s; is_token(*s); s++)
			if (*s == '*')
				return malformed(err, "RFC 2231 parameter");
		if (s == name || *s != '=')
			return malformed(err, "Content-Type: parameter without name or value");
		*s++ = '\0';
		for (i = 0; i < n_seen; i++)
			if (!strcasecmp(seen[i], name))
				return malformed(err, "Content-Type: parameter given twice");
		if (n_seen == PARAMS_MAX)
			return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME head", "over %d parameters",
					 PARAMS_MAX);
		seen[n_seen++] = name;
		r = take_value(&s, value, sizeof(value), err);
		if (!r)
			r = store_param(f, name, value, err);
		if (r)
			return r;
	}
}

static int take_encoding(struct mime_fields *f, char *s, struct osci_err *err)
{
	static const char *const identity[] = { "binary", "8bit", "8-bit", "7bit" };
	size_t i;

	f->has_encoding = true;
	if (!strcasecmp(s, "base64")) {
		f->head.base64 = true;
		return 0;
	}
	for (i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		if (!strcasecmp(s, identity[i]))
			return 0;
	return malformed(err, "unknown Content-Transfer-Encoding");
}

static bool is_ascii(const char *s)
{
	while ((unsigned char)*s && (unsigned char)*s < 0x80)
		s++;
	return !*s;
}

static int take_field(struct mime_fields *f, const char *name, char *value, struct osci_err *err)
{
	/* The names of files; nothing else is anybody's text. */
	if (!is_ascii(value) && strcasecmp(name, "Content-ID") != 0)
		return malformed(err, "8-bit character");
	if (!strcasecmp(name, "Content-Type")) {
		f->has_type = true;
		return take_content_type(f, value, err);
	}
	if (!strcasecmp(name, "Content-Transfer-Encoding"))
		return take_encoding(f, value, err);
	if (!strcasecmp(name, "Content-ID")) {
		f->has_id = true;
		return take_id(f->head.content_id, MIME_ID_MAX + 1, value, err);
	}
	if (!strcasecmp(name, "MIME-Version"))
		return strcmp(value, "1.0") ? malformed(err, "MIME-Version is not 1.0") : 0;
	/* Content-Length of a part is wrong in real messages: the boundary rules. */
	return 0;
}

/* Characters of the whole head; folded lines are joined with a blank in place. */
static int unfold(char *head, size_t *len, struct osci_err *err)
{
	size_t i, o = 0;

	if (*len && is_blank(head[0]))
		return malformed(err, "head begins with a folded line");
	for (i = 0; i < *len; i++) {
		unsigned char c = (unsigned char)head[i];

		if (c == '\r') {
			/* The reader hands over whole CRLF lines, so that a lone CR is one without LF behind. */
			if (i + 1 >= *len || head[i + 1] != '\n')
				return malformed(err, "CR without LF");
			if (i + 2 < *len && is_blank(head[i + 2])) {
				size_t k = i + 2;

				while (k < *len && is_blank(head[k]))
					k++;
				if (k >= *len || head[k] == '\r')
					return malformed(err, "folded line without text");
				head[o++] = ' ';
				i = k - 1;
				continue;
			}
			head[o++] = '\n';
			i++;
			continue;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return malformed(err, "control character");
		head[o++] = (char)c;
	}
	head[o] = '\0';
	*len = o;
	return 0;
}

int mime_fields_parse(struct mime_fields *f, char *head, size_t len, struct osci_err *err)
{
	const char *names[MIME_FIELDS_MAX];
	size_t n = 0, i;
	char *line, *next;
	int r;

	memset(f, 0, sizeof(*f));
	r = unfold(head, &len, err);
	if (r)
		return r;
	for (line = head; *line; line = next) {
		char *p = line, *value, *end = strchr(line, '\n');

		if (!end)
			return malformed(err, "line without end");
		next = end + 1;
		*end = '\0';
		while (is_token(*p))
			p++;
		if (p == line || *p != ':')
			return malformed(err, "line is no field");
		*p = '\0';
		for (value = p + 1; is_blank(*value); value++)
			;
		while (end > value && is_blank(end[-1]))
			*--end = '\0';
		if (strstr(value, "=?") && strstr(value, "?="))
			return malformed(err, "encoded word");
		for (i = 0; i < n; i++)
			if (!strcasecmp(names[i], line))
				return malformed(err, "field given twice");
		if (n == MIME_FIELDS_MAX)
			return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME head", "over %d fields",
					 MIME_FIELDS_MAX);
		names[n++] = line;
		r = take_field(f, line, value, err);
		if (r)
			return r;
	}
	if (!strcmp(f->head.content_type, "text/base64"))
		f->head.base64 = true;
	return 0;
}
