/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web - the web mask: pages of plain HTML, rendered here, without scripts
 *
 * Every page says that it is a simulator.  Forms of a session carry its token; a request from another origin is refused.
 */
#ifndef COURSE_WEB_H
#define COURSE_WEB_H

#include "course/account.h"
#include "course/http.h"

struct course_page {
	struct course *c;
	const struct course_request *request;
	struct course_answer *answer;
	struct osci_buf *out;          /* body of the answer */
	struct course_session session; /* user.id 0: nobody is logged in */
	json_t *form;                  /* fields of a POST, flat; NULL for GET */
	bool down;
	struct osci_err *err;
};
typedef int course_page_handler(struct course_page *p);

int course_web_serve(struct course *c, const struct course_request *r, struct course_answer *a, struct osci_err *err);

/* --- pieces of HTML (html.c) --------------------------------------------- */

extern const char course_css[];
void html_text(struct osci_buf *b, const char *text); /* escaped; NULL: nothing */
void html_begin(struct course_page *p, const char *title);
void html_end(struct course_page *p);
/* Box with a text; @kind: "good", "bad", "note". */
void html_box(struct course_page *p, const char *kind, const char *text);
/* Box with an error of the catalogue, German and English. */
void html_error(struct course_page *p, const char *code);
/* In front of a table that may be wider than a phone; </div> behind it. */
#define HTML_WIDE "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Tabelle\">"
/* <form> with the token of the session. */
void html_form(struct course_page *p, const char *action);
void html_submit(struct course_page *p, const char *label);
/* A labelled input. */
void html_input(struct course_page *p, const char *type, const char *name, const char *label, const char *value,
		const char *more);
const char *html_date(const char *iso, char *out); /* 16.11.2026; @out of SIM_DATE_SIZE */
/* Values by the table of an answer: lists as tables. */
void html_values(struct course_page *p, const struct course_field *fields, const json_t *o);
/* Every error with its field by the label in @fields (may be NULL), as a link to the input. */
void html_errors(struct course_page *p, const char *kind, const char *title, const struct course_field *fields,
		 const json_t *errors);
const char *html_word(const char *word); /* German for "planned", "first", … */
const char *html_code(struct course_page *p, const char *list, const char *code);

/* --- forms (form.c) ------------------------------------------------------- */

#define COURSE_FORM_FIELDS_MAX 2000
/* application/x-www-form-urlencoded as a flat object; NULL: not readable, or no memory. */
json_t *course_form_read(const char *body, size_t len);
/* Typed values of @fields out of a flat form; empty ones are left out. New reference. */
json_t *course_form_values(const struct course_field *fields, const json_t *form);
/* The inputs, with @values and the texts of @errors at their fields; @rows: at least so many in a list. */
void course_form_inputs(struct course_page *p, const struct course_field *fields, const json_t *values, const json_t *errors,
			unsigned rows);
const char *course_form_text(const struct course_page *p, const char *name); /* of a POST, "" = not there */

/* --- pages ---------------------------------------------------------------- */

course_page_handler page_home, page_courses, page_help, page_login, page_logout, page_access, page_register; /* page_public.c */
course_page_handler page_menu, page_users, page_course;  /* page_user.c */
course_page_handler page_function;                       /* page_function.c */
course_page_handler page_acceptance, page_attestation;   /* page_accept.c */

int page_redirect(struct course_page *p, const char *location);

#endif
