/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form - forms of the web mask: reading what a browser sends, and inputs for a table of fields
 *
 * Names of inputs are paths: "address.street", "participants.2.kennziffer".  Empty rows of a list do not
 * count.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xausl/codes.h>

#include "base/text.h"
#include "course/web.h"

#define ROWS_MAX   100 /* of a list */
#define SPARE_ROWS 2

/* --- reading -------------------------------------------------------------- */

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* In place; false: a broken escape, a NUL or no UTF-8. */
static bool decode(char *s)
{
	char *out = s, *begin = s;

	for (; *s; s++) {
		if (*s == '%') {
			int high = hex(s[1]), low = high < 0 ? -1 : hex(s[2]);

			if (low < 0 || high * 16 + low == 0)
				return false;
			*out++ = (char)(high * 16 + low);
			s += 2;
		} else {
			*out++ = *s == '+' ? ' ' : *s;
		}
	}
	*out = '\0';
	return osci_utf8_ok(begin, (size_t)(out - begin));
}

json_t *course_form_read(const char *body, size_t len)
{
	char *copy = strndup(body, len), *save = NULL, *pair;
	json_t *form = copy && strlen(copy) == len ? json_object() : NULL;
	size_t n = 0;

	for (pair = form ? strtok_r(copy, "&", &save) : NULL; pair; pair = strtok_r(NULL, "&", &save)) {
		char *value = strchr(pair, '=');

		if (value)
			*value++ = '\0';
		if (!value || ++n > COURSE_FORM_FIELDS_MAX || !decode(pair) || !decode(value) ||
		    json_object_get(form, pair) || json_object_set_new(form, pair, json_string(value)) < 0) {
			json_decref(form);
			form = NULL;
			break;
		}
	}
	free(copy);
	return form;
}

const char *course_form_text(const struct course_page *p, const char *name)
{
	const char *text = course_text(p->form, name);

	return text ? text : "";
}

/* Up to @max digits of *@s, which moves on; -1: none. */
static int digits(const char **s, size_t max)
{
	size_t n = strspn(*s, "0123456789");
	uint64_t value;

	if (n == 0 || n > max || osci_parse_u64(*s, n, 9999, &value))
		return -1;
	*s += n;
	return (int)value;
}

/* "17.5.1991" and "05.1991" as people write them; whatever else stays as it is. */
static json_t *date_of(const char *text)
{
	const char *s = text + strspn(text, " ");
	int part[3] = {0, 0, 0}, n = 0;
	char iso[40] = "";

	do
		part[n++] = digits(&s, 4);
	while (n < 3 && part[n - 1] >= 0 && *s == '.' && s++);
	s += strspn(s, " ");
	if (part[n - 1] < 1000) /* what year "90" means is not guessed */
		return json_string(text);
	if (n == 3)
		snprintf(iso, sizeof(iso), "%04d-%02d-%02d", part[2], part[1], part[0]);
	else if (n == 2)
		snprintf(iso, sizeof(iso), "%04d-%02d", part[1], part[0]);
	return json_string(*s == '\0' && sim_pdate_ok(iso) ? iso : text);
}

static json_t *read_table(const struct course_field *fields, const json_t *form, const char *prefix);

static json_t *read_list(const struct course_field *f, const json_t *form, const char *path)
{
	char at[COURSE_PATH_MAX];
	json_t *list = json_array();

	for (unsigned i = 1; list && i <= ROWS_MAX; i++) {
		json_t *row;

		snprintf(at, sizeof(at), "%s.%u.", path, i);
		row = read_table(f->sub, form, at);
		if (json_object_size(row))
			json_array_append(list, row);
		json_decref(row);
	}
	return list;
}

static json_t *read_table(const struct course_field *fields, const json_t *form, const char *prefix)
{
	char path[COURSE_PATH_MAX];
	json_t *o = json_object(), *v;

	for (const struct course_field *f = fields; o && f->name; f++) {
		const char *text;

		snprintf(path, sizeof(path), "%s%s", prefix, f->name);
		v = NULL;
		if (f->type == COURSE_LIST) {
			v = read_list(f, form, path);
		} else if (f->type == COURSE_OBJECT) {
			snprintf(path, sizeof(path), "%s%s.", prefix, f->name);
			v = read_table(f->sub, form, path);
		} else {
			text = course_text(form, path);
			if (text && text[strspn(text, " ")])
				v = f->type == COURSE_DATE || f->type == COURSE_PDATE ? date_of(text)
										      : course_value_of(f->type, text);
		}
		if (v && !((json_is_object(v) || json_is_array(v)) &&
			   json_object_size(v) + json_array_size(v) == 0))
			json_object_set(o, f->name, v);
		json_decref(v);
	}
	return o;
}

json_t *course_form_values(const struct course_field *fields, const json_t *form)
{
	return read_table(fields, form, "");
}

/* --- writing -------------------------------------------------------------- */

struct inputs {
	struct course_page *p;
	const json_t *errors;
	const struct xausl_release *release;
	unsigned rows;
	bool in_table; /* the label is the head of the column */
	size_t row;
};

/* "participants.2.kennziffer" as errors name it: "participants[2].kennziffer". */
static void error_path(const char *path, char *out, size_t size)
{
	size_t k = 0;

	for (const char *s = path; *s && k + 3 < size; s++) {
		if (*s == '.' && s[1] >= '0' && s[1] <= '9') {
			out[k++] = '[';
			while (s[1] >= '0' && s[1] <= '9' && k + 3 < size)
				out[k++] = *++s;
			out[k++] = ']';
		} else {
			out[k++] = *s;
		}
	}
	out[k] = '\0';
}

static const char *error_of(const struct inputs *in, const char *path)
{
	char at[COURSE_PATH_MAX];
	const json_t *e;
	size_t i;

	error_path(path, at, sizeof(at));
	json_array_foreach(in->errors, i,
			   e) if (course_text(e, "field") &&
				  strcmp(course_text(e, "field"), at) == 0) return course_text(e, "de");
	return NULL;
}

static void option(struct osci_buf *b, const char *value, const char *label, const char *chosen)
{
	osci_buf_adds(b, "<option value=\"");
	html_text(b, value);
	osci_buf_adds(b, chosen && strcmp(chosen, value) == 0 ? "\" selected>" : "\">");
	html_text(b, label);
	osci_buf_adds(b, "</option>");
}

static void code_options(const struct inputs *in, const char *list, const char *chosen)
{
	struct xausl_code_list l;
	struct xausl_code code;
	char label[120];

	for (size_t i = 0; in->release && xausl_code_list_get(in->release, i, &l); i++) {
		if (!l.current || strcmp(l.name, list) != 0)
			continue;
		for (size_t k = 0; xausl_code_get(in->release, i, k, &code); k++) {
			snprintf(label, sizeof(label), "%s – %.80s", code.code, code.name);
			/* Cut in front of a character, not in it. */
			for (size_t n = strlen(label); n && !osci_utf8_ok(label, n); n--)
				label[n - 1] = '\0';
			option(in->p->out, code.code, label, chosen);
		}
	}
}

static void choice_options(const struct inputs *in, const char *choices, const char *chosen)
{
	char words[200], *save = NULL;

	snprintf(words, sizeof(words), "%s", choices);
	for (char *w = strtok_r(words, "|", &save); w; w = strtok_r(NULL, "|", &save))
		option(in->p->out, w, html_word(w), chosen);
}

static void attributes(const struct inputs *in, const struct course_field *f, const char *path,
		       const char *error)
{
	struct osci_buf *b = in->p->out;

	osci_buf_addf(b, " id=\"%s\" name=\"%s\"", path, path);
	if (in->in_table)
		osci_buf_addf(b, " aria-label=\"%s, Zeile %zu\"", f->label, in->row);
	else if (f->flags & COURSE_REQUIRED)
		osci_buf_adds(b, " aria-required=\"true\"");
	if (error)
		osci_buf_addf(b, " aria-invalid=\"true\" aria-describedby=\"%s-error\"", path);
}

static void control(const struct inputs *in, const struct course_field *f, const json_t *v, const char *path,
		    const char *error)
{
	struct osci_buf *b = in->p->out;
	const char *text = json_string_value(v);
	char number[24], day[SIM_DATE_SIZE];

	if (f->type == COURSE_CODE || f->type == COURSE_CHOICE || f->type == COURSE_BOOL) {
		osci_buf_adds(b, "<select");
		attributes(in, f, path, error);
		osci_buf_adds(b, "><option value=\"\"></option>");
		if (f->type == COURSE_CODE)
			code_options(in, f->choices, text);
		else if (f->type == COURSE_CHOICE)
			choice_options(in, f->choices, text);
		if (f->type == COURSE_BOOL) {
			option(b, "true", "ja", json_is_true(v) ? "true" : NULL);
			option(b, "false", "nein", json_is_false(v) ? "false" : NULL);
		}
		osci_buf_adds(b, "</select>");
		return;
	}
	if (json_is_integer(v)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
		text = number;
	}
	osci_buf_addf(b, "<input type=\"%s\"",
		      f->type == COURSE_DATE  ? "date"
		      : f->type == COURSE_INT ? "number"
					      : "text");
	attributes(in, f, path, error);
	if (f->type == COURSE_PDATE)
		osci_buf_adds(b, " placeholder=\"TT.MM.JJJJ\"");
	if (strcmp(f->name, "site_key") == 0 || strcmp(f->name, "teacher_key") == 0)
		osci_buf_addf(b, " list=\"%ss\"", f->name);
	osci_buf_adds(b, " autocomplete=\"off\" value=\"");
	html_text(b, text && f->type == COURSE_PDATE ? html_date(text, day) : text);
	osci_buf_adds(b, "\">");
}

static void one_input(const struct inputs *in, const struct course_field *f, const json_t *v,
		      const char *path)
{
	const char *error = error_of(in, path);
	struct osci_buf *b = in->p->out;

	if (!in->in_table)
		osci_buf_addf(b, "<div class=\"f\"><label for=\"%s\">%s%s</label>", path, f->label,
			      f->flags & COURSE_REQUIRED ? "" : " <span class=\"need\">(freiwillig)</span>");
	control(in, f, v, path, error);
	if (error) {
		osci_buf_addf(b, "<div class=\"err\" id=\"%s-error\">", path);
		html_text(b, error);
		osci_buf_adds(b, "</div>");
	}
	osci_buf_adds(b, in->in_table ? "" : "</div>\n");
}

/* Of a group as a whole: a list, an address. */
static void group_error(const struct inputs *in, const char *path)
{
	if (!error_of(in, path))
		return;
	osci_buf_addf(in->p->out, "<div class=\"err\" id=\"%s-error\">", path);
	html_text(in->p->out, error_of(in, path));
	osci_buf_adds(in->p->out, "</div>");
}

static void list_inputs(const struct inputs *outer, const struct course_field *f, const json_t *list,
			const char *path)
{
	struct inputs in = *outer;
	struct osci_buf *b = in.p->out;
	size_t n = json_array_size(list) + SPARE_ROWS;
	char at[COURSE_PATH_MAX];

	in.in_table = true;
	n = n < in.rows ? in.rows : n;
	n = (int64_t)n > f->max ? (size_t)f->max : n;
	n = n > ROWS_MAX ? ROWS_MAX : n;
	osci_buf_addf(b, "<fieldset id=\"%s\"><legend>%s</legend>", path, f->label);
	group_error(outer, path);
	osci_buf_adds(b, HTML_WIDE "<table><thead><tr>");
	for (const struct course_field *s = f->sub; s->name; s++)
		osci_buf_addf(b, "<th scope=\"col\">%s</th>", s->label);
	osci_buf_adds(b, "</tr></thead><tbody>");
	for (size_t i = 0; i < n; i++) {
		osci_buf_addf(b, "<tr id=\"%s.%zu\">", path, i + 1);
		in.row = i + 1;
		for (const struct course_field *s = f->sub; s->name; s++) {
			snprintf(at, sizeof(at), "%s.%zu.%s", path, i + 1, s->name);
			osci_buf_adds(b, "<td>");
			one_input(&in, s, json_object_get(json_array_get(list, i), s->name), at);
			osci_buf_adds(b, "</td>");
		}
		osci_buf_adds(b, "</tr>");
	}
	osci_buf_addf(b,
		      "</tbody></table></div><button class=\"second\" name=\"rows\" value=\"%zu\" "
		      "formnovalidate>Weitere Zeilen</button>"
		      "</fieldset>\n",
		      n + 10);
}

static void table_inputs(const struct inputs *in, const struct course_field *fields, const json_t *values,
			 const char *prefix)
{
	char path[COURSE_PATH_MAX];

	for (const struct course_field *f = fields; f->name; f++) {
		const json_t *v = json_object_get(values, f->name);

		snprintf(path, sizeof(path), "%s%s", prefix, f->name);
		if (f->type == COURSE_LIST) {
			list_inputs(in, f, v, path);
		} else if (f->type == COURSE_OBJECT) {
			osci_buf_addf(in->p->out, "<fieldset id=\"%s\"><legend>%s%s</legend>", path, f->label,
				      f->flags & COURSE_REQUIRED ? "" : " (freiwillig)");
			group_error(in, path);
			snprintf(path, sizeof(path), "%s%s.", prefix, f->name);
			table_inputs(in, f->sub, v, path);
			osci_buf_adds(in->p->out, "</fieldset>\n");
		} else {
			one_input(in, f, v, path);
		}
	}
}

void course_form_inputs(struct course_page *p, const struct course_field *fields, const json_t *values,
			const json_t *errors, unsigned rows)
{
	struct inputs in = {.p = p,
			    .errors = errors,
			    .rows = rows,
			    .release = xausl_release_at(p->c->xausl, osci_clock_ms(p->c->clock))};

	table_inputs(&in, fields, values, "");
}
