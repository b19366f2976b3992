/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_user - behind the login: functions, a course with what can be reported of it, users of the provider
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "course/web.h"

int page_menu(struct course_page *p)
{
	html_begin(p, "Funktionen");
	osci_buf_adds(p->out, "<ul class=\"cards\">");
	for (const struct course_function *f = course_functions; f->name; f++) {
		if (!course_function_allowed(f, &p->session.user))
			continue;
		osci_buf_addf(p->out, "<li><a href=\"/funktion/%s\"><strong>%s</strong></a><br>%s</li>", f->name,
			      f->title, f->purpose);
	}
	osci_buf_adds(p->out, "</ul>");
	html_end(p);
	return 0;
}

/* --- one course ------------------------------------------------------------- */

static void course_actions(struct course_page *p, const json_t *o)
{
	static const char *const planned[] = {"course-update", "course-start", NULL};
	static const char *const running[] = {"section-start", "section-update", "section-end",
					      "course-update", NULL};
	const char *state = course_text(o, "state");
	const char *const *names = strcmp(state, "planned") == 0 ? planned : running;

	osci_buf_adds(p->out, "<h2>Melden</h2><ul class=\"cards\">");
	for (; *names && strcmp(state, "ended") != 0; names++) {
		osci_buf_addf(p->out, "<li><a href=\"/funktion/%s?course_key=", *names);
		html_text(p->out, course_text(o, "course_key"));
		osci_buf_addf(p->out, "\">%s</a></li>", course_function_find(*names, strlen(*names))->title);
	}
	osci_buf_adds(p->out, "</ul>");
}

int page_course(struct course_page *p)
{
	static const char name[] = "course-information";
	const struct course_function *f = course_function_find(name, sizeof(name) - 1);
	const char *key = p->request->query(p->request, "key");
	json_t *in = json_pack("{s:s}", "course_key", key ? key : "");
	char title[COURSE_KEY_SIZE + 10];
	struct course_reply reply;
	int r = in ? course_call(p->c, &p->session.user, f, in, false, &reply, p->err) : -ENOMEM;

	json_decref(in);
	if (r)
		return r;
	snprintf(title, sizeof(title), "Kurs %s", reply.answer ? course_text(reply.answer, "course_key") : "");
	html_begin(p, title);
	html_errors(p, "bad", "Nicht möglich", NULL, reply.errors);
	if (reply.answer) {
		course_actions(p, reply.answer);
		osci_buf_adds(p->out, "<h2>Gespeicherte Daten</h2>");
		html_values(p, f->out, reply.answer);
	}
	html_end(p);
	course_reply_clear(&reply);
	return 0;
}

/* --- users (DeBeV) ------------------------------------------------------------ */

static int change_users(struct course_page *p, const char **code)
{
	const char *what = course_form_text(p, "action"), *name = course_form_text(p, "user");
	const char *password = course_form_text(p, "password");
	const struct course_user *me = &p->session.user;

	*code = NULL;
	if (strcmp(what, "add") == 0)
		return course_add_user(p->c, me, name, password, course_form_text(p, "admin")[0], code,
				       p->err);
	if (strcmp(what, "password") == 0)
		return course_set_password(p->c, me, name, password, code, p->err);
	if (strcmp(what, "close") == 0 || strcmp(what, "open") == 0)
		return course_set_active(p->c, me, name, what[0] == 'o', code, p->err);
	*code = "malformed";
	return 0;
}

static void user_line(struct course_page *p, const json_t *u)
{
	bool active = json_is_true(json_object_get(u, "active"));

	osci_buf_adds(p->out, "<tr><td>");
	html_text(p->out, course_text(u, "name"));
	osci_buf_addf(p->out, "</td><td>%s</td><td>%s</td><td>",
		      json_is_true(json_object_get(u, "admin")) ? "Verwaltung" : "Benutzer",
		      active ? "aktiv" : "gesperrt");
	if (p->session.user.admin) {
		html_form(p, "/benutzer");
		osci_buf_adds(p->out, "<input type=\"hidden\" name=\"user\" value=\"");
		html_text(p->out, course_text(u, "name"));
		osci_buf_addf(p->out,
			      "\"><button class=\"second\" name=\"action\" value=\"%s\">%s</button></form>",
			      active ? "close" : "open", active ? "Sperren" : "Freigeben");
	}
	osci_buf_adds(p->out, "</td></tr>");
}

static void user_forms(struct course_page *p)
{
	osci_buf_adds(p->out, "<h2>Kennwort ändern</h2>");
	html_form(p, "/benutzer");
	osci_buf_adds(p->out, "<input type=\"hidden\" name=\"action\" value=\"password\">");
	html_input(p, "text", "user", "Benutzername", p->session.user.name, "required");
	html_input(p, "password", "password", "Neues Kennwort (mindestens 12 Zeichen)", "",
		   "required autocomplete=\"new-password\"");
	html_submit(p, "Ändern");
	if (!p->session.user.admin)
		return;
	osci_buf_adds(p->out, "<h2>Neuer Benutzer</h2>");
	html_form(p, "/benutzer");
	osci_buf_adds(p->out,
		      "<input type=\"hidden\" name=\"action\" value=\"add\">"
		      "<div class=\"f\"><label for=\"new-user\">Benutzername</label><input id=\"new-user\" "
		      "name=\"user\" required></div>"
		      "<div class=\"f\"><label for=\"new-password\">Kennwort (mindestens 12 Zeichen)</label>"
		      "<input type=\"password\" id=\"new-password\" name=\"password\" "
		      "autocomplete=\"new-password\" required></div>"
		      "<div class=\"f\"><label><input type=\"checkbox\" name=\"admin\" value=\"ja\"> darf "
		      "Benutzer verwalten</label></div>");
	html_submit(p, "Anlegen");
}

int page_users(struct course_page *p)
{
	json_t *list = NULL;
	const json_t *u;
	const char *code = NULL;
	size_t i;
	int r = p->form ? change_users(p, &code) : 0;

	r = r ? r : course_users(p->c, &p->session.user, &list, p->err);
	if (r == 0) {
		html_begin(p, "Benutzer (DeBeV)");
		if (code)
			html_error(p, code);
		else if (p->form)
			html_box(p, "good",
				 strcmp(course_form_text(p, "action"), "password") == 0
				     ? "Gespeichert. Sitzungen mit dem alten Kennwort sind beendet."
				     : "Gespeichert.");
		osci_buf_adds(p->out, HTML_WIDE "<table><thead><tr><th scope=\"col\">Name</th><th "
				      "scope=\"col\">Rolle</th><th scope=\"col\">Stand</th>"
				      "<th scope=\"col\">Ändern</th></tr></thead><tbody>");
		json_array_foreach(list, i, u) user_line(p, u);
		osci_buf_adds(p->out, "</tbody></table></div>");
		user_forms(p);
		html_end(p);
	}
	json_decref(list);
	return r;
}
