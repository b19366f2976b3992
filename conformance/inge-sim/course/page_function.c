/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_function - the form of one function, filled with what is stored of the course, and what came of it
 *
 * The web mask is synchronous only: while InGe is out of order it refuses, and entries are not kept by the
 * server.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "course/handlers.h"
#include "course/web.h"

#define ROWS_LIMIT 100

/* Keys of the provider to choose from; others can be typed, too. */
static int key_list(struct course_page *p, const char *kind)
{
	sqlite3_stmt *q;
	int r = db_query(
	    &p->c->store->db, &q, p->err,
	    "SELECT a.key, a.name FROM course_asset a WHERE a.party = ?1 AND a.kind = ?2 AND (?3 = 'test') ="
	    " EXISTS (SELECT 1 FROM course_prepared x WHERE x.kind = a.kind AND x.key = a.key) ORDER BY "
	    "a.key LIMIT 200",
	    "ttt", p->session.user.party, kind, p->session.user.environment);

	if (r)
		return r;
	osci_buf_addf(p->out, "<datalist id=\"%s_keys\">", kind);
	while ((r = db_step(&p->c->store->db, q, p->err)) == 0) {
		osci_buf_adds(p->out, "<option value=\"");
		html_text(p->out, db_text(q, 0));
		osci_buf_adds(p->out, "\">");
		html_text(p->out, db_text(q, 1));
		osci_buf_adds(p->out, "</option>");
	}
	osci_buf_adds(p->out, "</datalist>");
	db_done(q);
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* --- stored data ------------------------------------------------------------ */

static void copy(json_t *to, const struct course_field *fields, const json_t *from)
{
	for (const struct course_field *f = fields; f->name; f++)
		if (json_object_get(from, f->name))
			json_object_set(to, f->name, json_object_get(from, f->name));
}

/* A change starts from the section asked for, or the last one; billing needs its code, too. */
static void copy_section(json_t *to, const char *function, const json_t *info, const char *wanted)
{
	const json_t *list = json_object_get(info, "sections"), *found = NULL, *s;
	size_t i;

	json_array_foreach(list, i, s) if (!wanted || strcmp(wanted, course_text(s, "section")) == 0) found =
	    s;
	if (!found || (strcmp(function, "section-update") != 0 && strcmp(function, "section-end") != 0))
		return;
	json_object_set(to, "section", json_object_get(found, "section"));
	if (strcmp(function, "section-update") == 0) {
		json_object_set(to, "begin", json_object_get(found, "begin"));
		json_object_set(to, "expected_end", json_object_get(found, "expected_end"));
	}
}

/* Those a section starts with, or who are still to be billed for; an update names those who join. */
static int copy_persons(struct course_page *p, const struct course_function *f, const char *key, json_t *values)
{
	bool end = strcmp(f->name, "section-end") == 0;
	const char *section = course_text(values, "section");
	json_t *list = NULL;
	int r;

	if (!end && strcmp(f->name, "section-start") != 0)
		return 0;
	r = course_persons(p->c->store, key, end ? section ? section : "" : NULL, &list, p->err);
	if (r == 0)
		json_object_set(values, "participants", list);
	json_decref(list);
	return r;
}

/* What of a course is stored, as the first values of the form. */
static int stored_values(struct course_page *p, const struct course_function *f, json_t *values)
{
	static const char name[] = "course-information";
	const char *key = p->request->query(p->request, "course_key");
	struct course_reply reply;
	json_t *in;
	int r;

	if (!key)
		return 0;
	in = json_pack("{s:s}", "course_key", key);
	r = in ? course_call(p->c, &p->session.user, course_function_find(name, sizeof(name) - 1), in, false,
			     &reply, p->err)
	       : -ENOMEM;
	json_decref(in);
	if (r)
		return r;
	if (reply.answer) {
		copy(values, f->in, reply.answer);
		json_object_del(values, "participants");
		if (strncmp(f->name, "section-", 8) == 0) {
			/* Dates of the course are not those of a section. */
			json_object_del(values, "begin");
			json_object_del(values, "expected_end");
			copy_section(values, f->name, reply.answer, p->request->query(p->request, "section"));
		} else if (strcmp(f->name, "course-start") == 0) {
			json_object_del(values, "expected_end");
		}
		r = copy_persons(p, f, key, values);
	}
	course_reply_clear(&reply);
	return r;
}

/* --- the page ----------------------------------------------------------------- */

static int write_form(struct course_page *p, const struct course_function *f, const json_t *values,
		      const json_t *errors, unsigned rows)
{
	int r = key_list(p, "site");

	r = r ? r : key_list(p, "teacher");
	if (r)
		return r;
	osci_buf_addf(p->out,
		      "<form method=\"post\" action=\"/funktion/%s\" accept-charset=\"utf-8\">"
		      "<input type=\"hidden\" name=\"csrf\" value=\"%s\">"
		      /* The first button of a form is the one the enter key means. */
		      "<button class=\"enter\" tabindex=\"-1\" aria-hidden=\"true\">Melden</button>",
		      f->name, p->session.csrf);
	course_form_inputs(p, f->in, values, errors, rows);
	html_submit(p, f->flags & COURSE_READS ? "Abrufen" : "Melden");
	return 0;
}

static int page_with(struct course_page *p, const struct course_function *f, const json_t *values,
		     const struct course_reply *reply, unsigned rows)
{
	int r = 0;

	html_begin(p, f->title);
	if (reply) {
		html_errors(p, "bad", f->flags & COURSE_READS ? "Nicht möglich" : "Nicht gespeichert", f->in, reply->errors);
		if (reply->answer) {
			if (!(f->flags & COURSE_READS))
				html_box(p, "good", "Gespeichert.");
			html_errors(p, "note", "Hinweise", f->in, json_object_get(reply->answer, "hints"));
			html_values(p, f->out, reply->answer);
		}
	}
	if (!reply || !reply->answer || f->flags & COURSE_READS)
		r = write_form(p, f, values, reply ? reply->errors : NULL, rows);
	html_end(p);
	return r;
}

static unsigned rows_of(struct course_page *p)
{
	const char *text = course_form_text(p, "rows");
	uint64_t n;

	return text[0] && osci_parse_u64(text, strlen(text), ROWS_LIMIT, &n) == 0 ? (unsigned)n : 0;
}

static unsigned status_of(const json_t *errors)
{
	return course_has_error(errors, "unavailable") ? 503
	       : course_has_error(errors, "forbidden") ? 403
						       : 422;
}

static int call(struct course_page *p, const struct course_function *f, json_t *values, const json_t *shown)
{
	struct course_reply reply;
	int r = course_call(p->c, &p->session.user, f, values, false, &reply, p->err);

	if (r)
		return r;
	if (!reply.answer)
		p->answer->status = status_of(reply.errors);
	r = page_with(p, f, shown, &reply, 0);
	course_reply_clear(&reply);
	return r;
}

int page_function(struct course_page *p)
{
	const char *name = p->request->path + strlen("/funktion/");
	const struct course_function *f = course_function_find(name, strlen(name));
	json_t *values, *shown = NULL;
	int r = 0;

	if (!f || !course_function_allowed(f, &p->session.user)) {
		p->answer->status = f ? 403 : 404;
		html_begin(p, "Nicht möglich");
		html_error(p, f ? "forbidden" : "unknown_function");
		html_end(p);
		return 0;
	}
	values = p->form ? course_form_values(f->in, p->form) : json_object();
	if (!values)
		return -ENOMEM;
	if (p->form && rows_of(p)) {
		r = page_with(p, f, values, NULL, rows_of(p));
	} else if (p->form || strcmp(f->name, "course-list") == 0) {
		shown = json_deep_copy(values);
		r = shown ? call(p, f, values, shown) : -ENOMEM;
	} else {
		r = stored_values(p, f, values);
		r = r ? r : page_with(p, f, values, NULL, 0);
	}
	json_decref(values);
	json_decref(shown);
	return r;
}
