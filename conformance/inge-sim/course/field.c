/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field - values checked against a table; all problems are found, not the first only
 *
 * The depth is that of the table, never that of the input.  Texts are UTF-8 (jansson refuses anything else).
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "course/field.h"
#include "rules/model.h"

struct check {
	const struct xausl_release *release;
	json_t *errors;
	bool failed; /* no memory */
};

static void complain(struct check *c, const char *code, const char *path)
{
	if (!course_add_error(c->errors, code, path))
		c->failed = true;
}

/* Next code point of valid UTF-8. */
static uint32_t next_point(const unsigned char **s)
{
	static const unsigned char mask[] = { 0x7F, 0x7F, 0x1F, 0x0F, 0x07 };
	const unsigned char *p = *s;
	unsigned n = p[0] < 0x80 ? 1 : (p[0] & 0xE0) == 0xC0 ? 2 : (p[0] & 0xF0) == 0xE0 ? 3 : 4;
	uint32_t c = p[0] & mask[n];

	for (unsigned i = 1; i < n && p[i]; i++)
		c = c << 6 | (p[i] & 0x3F);
	*s = p + n;
	return c;
}

static bool is_letter(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == 0xAA || c == 0xBA ||
	       (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7) || (c >= 0x1E00 && c <= 0x1EFF) || c == 0x259 ||
	       c == 0x292 || (c >= 0x2B9 && c <= 0x2BC) || c == 0x2BE || c == 0x2BF || (c >= 0x300 && c <= 0x36F) ||
	       (c >= 0x370 && c <= 0x52F && c != 0x37E && c != 0x387);
}

bool course_name_ok(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	bool letter = false;

	while (*s) {
		uint32_t c = next_point(&s);

		if (is_letter(c))
			letter = true;
		else if (c != ' ' && c != '-' && c != '\'' && c != 0x2019)
			return false;
	}
	return letter;
}

/* Characters of a text without control characters; -1 if there is one. */
static int64_t length_of(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int64_t n = 0;

	for (; *s; n++) {
		uint32_t c = next_point(&s);

		if (c < 0x20 || (c >= 0x7F && c < 0xA0))
			return -1;
	}
	return n;
}

static bool blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

bool course_among(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; len && (at = strstr(at, value)); at++)
		if ((at == choices || at[-1] == '|') && (at[len] == '\0' || at[len] == '|'))
			return true;
	return false;
}

json_t *course_value_of(enum course_type type, const char *text)
{
	uint64_t n;
	bool minus = text[0] == '-';

	if (type == COURSE_BOOL && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0))
		return json_true();
	if (type == COURSE_BOOL && (strcmp(text, "false") == 0 || strcmp(text, "0") == 0))
		return json_false();
	if (type == COURSE_INT && osci_parse_u64(text + minus, strlen(text + minus), INT32_MAX, &n) == 0)
		return json_integer(minus ? -(json_int_t)n : (json_int_t)n);
	return json_string(text);
}

static void check_text(struct check *c, const struct course_field *f, const char *text, const char *path)
{
	int64_t n = length_of(text);

	if (n < 0)
		complain(c, "invalid", path);
	else if (n > f->max)
		complain(c, "too_long", path);
	else if (n < f->min)
		complain(c, "invalid", path);
	else if (f->type == COURSE_NAME && !course_name_ok(text))
		complain(c, "name_characters", path);
	else if (f->type == COURSE_DATE && !sim_date_ok(text))
		complain(c, "invalid_date", path);
	else if (f->type == COURSE_PDATE && !sim_pdate_ok(text))
		complain(c, "invalid_date", path);
	else if (f->type == COURSE_CHOICE && !course_among(f->choices, text))
		complain(c, "unknown_code", path);
	else if (f->type == COURSE_CODE && (!c->release || !xausl_code_name(c->release, f->choices, text)))
		complain(c, "unknown_code", path);
}

static void check_table(struct check *c, const struct course_field *fields, json_t *o, const char *path);

static void check_list(struct check *c, const struct course_field *f, json_t *list, const char *path)
{
	char at[COURSE_PATH_MAX];
	json_t *entry;
	size_t i;

	if ((int64_t)json_array_size(list) < f->min || (int64_t)json_array_size(list) > f->max) {
		complain(c, "too_many", path);
		return;
	}
	json_array_foreach(list, i, entry) {
		snprintf(at, sizeof(at), "%s[%zu]", path, i + 1);
		if (json_is_object(entry))
			check_table(c, f->sub, entry, at);
		else
			complain(c, "invalid", at);
	}
}

static void check_value(struct check *c, const struct course_field *f, json_t *v, const char *path)
{
	switch (f->type) {
	case COURSE_INT:
		if (!json_is_integer(v))
			complain(c, "invalid", path);
		else if (json_integer_value(v) < f->min || json_integer_value(v) > f->max)
			complain(c, "out_of_range", path);
		return;
	case COURSE_BOOL:
		if (!json_is_boolean(v))
			complain(c, "invalid", path);
		return;
	case COURSE_OBJECT:
		if (json_is_object(v))
			check_table(c, f->sub, v, path);
		else
			complain(c, "invalid", path);
		return;
	case COURSE_LIST:
		if (json_is_array(v))
			check_list(c, f, v, path);
		else
			complain(c, "invalid", path);
		return;
	default:
		if (json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v))
			check_text(c, f, json_string_value(v), path);
		else
			complain(c, "invalid", path);
	}
}

static bool known(const struct course_field *fields, const char *name)
{
	while (fields->name && strcmp(fields->name, name) != 0)
		fields++;
	return fields->name;
}

static void check_table(struct check *c, const struct course_field *fields, json_t *o, const char *path)
{
	char at[COURSE_PATH_MAX];
	const char *name;
	json_t *v;
	void *next;

	json_object_foreach_safe(o, next, name, v) {
		snprintf(at, sizeof(at), "%s%s%s", path, path[0] ? "." : "", name);
		if (!known(fields, name)) /* the name is the sender's: it is not repeated */
			complain(c, "unknown_field", path[0] ? path : NULL);
		else if (json_is_null(v) || (json_is_string(v) && blank(json_string_value(v))))
			json_object_del(o, name);
	}
	for (const struct course_field *f = fields; f->name; f++) {
		snprintf(at, sizeof(at), "%s%s%s", path, path[0] ? "." : "", f->name);
		v = json_object_get(o, f->name);
		if (v)
			check_value(c, f, v, at);
		else if (f->flags & COURSE_REQUIRED)
			complain(c, "missing", at);
	}
}

bool course_check(const struct course_field *fields, json_t *value, const struct xausl_release *release, json_t *errors)
{
	struct check c = { release, errors, false };

	if (json_is_object(value))
		check_table(&c, fields, value, "");
	else
		complain(&c, "malformed", NULL);
	return !c.failed;
}
