/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web - which page a request is for, who asks, and whether the form is ours
 *
 * A POST must come from a page of this server (Origin, if the browser sends one), and, once logged in, carry
 * the token of the session.  The cookie is HttpOnly and SameSite=Strict; it is not marked Secure, for on
 * loopback there is no TLS.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "course/web.h"

#define ANYONE	  0u
#define LOGGED_IN 1u

static const struct {
	const char *path;
	course_page_handler *handler;
	unsigned needs;
} pages[] = {
    {"/", page_home, ANYONE},
    {"/kurse", page_courses, ANYONE},
    {"/hilfe", page_help, ANYONE},
    {"/anmelden", page_login, ANYONE},
    {"/zugang", page_access, ANYONE},
    {"/registrieren", page_register, ANYONE},
    {"/abmelden", page_logout, LOGGED_IN},
    {"/start", page_menu, LOGGED_IN},
    {"/benutzer", page_users, LOGGED_IN},
    {"/kurs", page_course, LOGGED_IN},
    {"/pruefung", page_acceptance, LOGGED_IN},
    {"/bescheinigung", page_attestation, LOGGED_IN},
};

int page_redirect(struct course_page *p, const char *location)
{
	p->answer->status = 303;
	snprintf(p->answer->location, sizeof(p->answer->location), "%s", location);
	return 0;
}

static int refuse(struct course_page *p, unsigned status, const char *title, const char *text)
{
	p->answer->status = status;
	html_begin(p, title);
	html_box(p, "bad", text);
	html_end(p);
	return 0;
}

static bool same_origin(const struct course_request *r)
{
	const char *host = !r->origin ? r->host
			   : strncmp(r->origin, "http://", 7) == 0 ? r->origin + 7
			   : strncmp(r->origin, "https://", 8) == 0 ? r->origin + 8 /* a proxy with TLS in front */
								    : "";

	return strcmp(host, r->host) == 0;
}

static bool is_form(const struct course_request *r)
{
	return r->content_type && strncmp(r->content_type, "application/x-www-form-urlencoded", 33) == 0;
}

/* False: answered already. */
static bool read_form(struct course_page *p)
{
	const struct course_request *r = p->request;

	if (strcmp(r->method, "POST") != 0)
		return true;
	if (!same_origin(r) || !is_form(r)) {
		refuse(p, 403, "Nicht angenommen",
		       "Die Anfrage kam nicht von einer Seite dieses Simulators.");
		return false;
	}
	p->form = course_form_read(r->body, r->len);
	if (!p->form) {
		refuse(p, 400, "Nicht lesbar", course_error_text("malformed", true));
		return false;
	}
	if (p->session.user.id && !osci_equal_secret(course_form_text(p, "csrf"), p->session.csrf)) {
		refuse(p, 403, "Nicht angenommen",
		       "Das Formular gehört nicht zu dieser Sitzung. Bitte die Seite neu laden.");
		return false;
	}
	return true;
}

static int dispatch(struct course_page *p)
{
	const char *path = p->request->path;
	course_page_handler *handler = NULL;
	unsigned needs = LOGGED_IN;

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(pages[i].path, path) == 0) {
			handler = pages[i].handler;
			needs = pages[i].needs;
		}
	}
	if (strncmp(path, "/funktion/", 10) == 0)
		handler = page_function;
	if (p->request->problem)
		return refuse(p, 413, "Nicht angenommen", course_error_text(p->request->problem, true));
	if (strcmp(p->request->method, "GET") != 0 && strcmp(p->request->method, "POST") != 0)
		return refuse(p, 405, "Nicht angenommen", "An dieser Adresse wird GET oder POST erwartet.");
	if (!handler)
		return refuse(p, 404, "Nicht gefunden", "Diese Seite gibt es nicht.");
	if (needs == LOGGED_IN && !p->session.user.id)
		return page_redirect(p, "/anmelden");
	return read_form(p) ? handler(p) : 0;
}

int course_web_serve(struct course *c, const struct course_request *r, struct course_answer *a,
		     struct osci_err *err)
{
	struct course_page p = {.c = c, .request = r, .answer = a, .out = &a->body, .err = err};
	int e;

	if (strcmp(r->path, "/stil.css") == 0) {
		a->content_type = "text/css; charset=utf-8";
		osci_buf_adds(p.out, course_css);
		return 0;
	}
	e = course_is_down(c, &p.down, err);
	if (e == 0 && r->cookie && strlen(r->cookie) < COURSE_TOKEN_SIZE)
		e = course_session_find(c, r->cookie, &p.session, err);
	if (e && e != OSCI_E_EMPTY)
		return e;
	e = dispatch(&p);
	json_decref(p.form);
	return e ? e : osci_buf_error(p.out) ? -ENOMEM : 0;
}
