/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_public - what anybody may see: start, courses with free places, help; access, registration, login
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/handlers.h"
#include "course/web.h"

#define SHOWN_MAX 500

int page_home(struct course_page *p)
{
	html_begin(p, "InGe-Online-Kursträger");
	osci_buf_adds(
	    p->out,
	    "<p>Nachbildung der Schnittstelle, über die Kursträger und Prüfungsinstitute an InGe melden. Was "
	    "hier gemeldet "
	    "wird, erscheint in den Auskünften des Simulators an die Ausländerbehörden.</p><ul "
	    "class=\"cards\">"
	    "<li><h2>Kurse finden</h2><p>Geplante und laufende Kurse mit freien Plätzen.</p><a "
	    "href=\"/kurse\">Zur Kursliste</a></li>"
	    "<li><h2>Anmelden</h2><p>Mit vorhandenem Benutzerkonto melden.</p><a href=\"/anmelden\">Zur "
	    "Anmeldung</a></li>"
	    "<li><h2>Zugang erhalten</h2><p>Nutzungsbedingungen, Registrierungscode, Abnahmeprüfung.</p>"
	    "<a href=\"/zugang\">Zugang beantragen</a></li>"
	    "<li><h2>Für Softwarehersteller</h2><p>JSON, SOAP und alle Fehlerschlüssel.</p><a "
	    "href=\"/hilfe\">Zur Hilfe</a></li></ul>");
	html_end(p);
	return 0;
}

/* --- list of courses ------------------------------------------------------ */

static void course_line(struct course_page *p, sqlite3_stmt *q)
{
	json_t *plan = json_loads(db_text(q, 1), 0, NULL), *site = json_loads(db_text(q, 2), 0, NULL);
	int64_t places = json_integer_value(json_object_get(plan, "places"));
	int64_t planned = json_integer_value(json_object_get(plan, "planned_participants"));
	bool running = strcmp(db_text(q, 0), "running") == 0;
	int64_t taken = db_int(q, 4), still = running || taken > planned ? places - taken : places - planned;
	char begin[SIM_DATE_SIZE], end[SIM_DATE_SIZE];

	osci_buf_adds(p->out, "<tr><td>");
	html_text(p->out, course_text(site, "postcode"));
	osci_buf_adds(p->out, " ");
	html_text(p->out, course_text(site, "town"));
	osci_buf_adds(p->out, "</td><td>");
	html_text(p->out, html_code(p, "BAMFABH-Kursart", course_text(plan, "course_type")));
	osci_buf_adds(p->out, "</td><td>");
	html_text(p->out, db_text(q, 3));
	osci_buf_adds(p->out, "<br>");
	html_text(p->out, course_text(site, "street"));
	osci_buf_adds(p->out, " ");
	html_text(p->out, course_text(site, "house_number"));
	osci_buf_addf(p->out, "</td><td>%s</td><td>", running ? "laufend" : "geplant");
	html_text(p->out, html_date(course_text(plan, "begin"), begin));
	osci_buf_adds(p->out, " bis ");
	html_text(p->out, html_date(course_text(plan, "expected_end"), end));
	osci_buf_addf(p->out, "</td><td>%lld von %lld</td></tr>", (long long)(still > 0 ? still : 0),
		      (long long)places);
	json_decref(plan);
	json_decref(site);
}

static int course_lines(struct course_page *p, const char *postcode)
{
	char today[SIM_DATE_SIZE];
	sqlite3_stmt *q;
	size_t n = 0;
	int r;

	course_today(today, osci_clock_ms(p->c->clock));
	r = db_query(
	    &p->c->store->db, &q, p->err,
	    "SELECT c.state, c.data, a.address, p.name,"
	    " (SELECT count(*) FROM course_participant x WHERE x.course = c.key AND " COURSE_PRESENT ") FROM course c"
	    " JOIN course_asset a ON a.key = json_extract(c.data, '$.site_key') JOIN course_party p ON p.key "
	    "= c.party"
	    " WHERE c.environment = 'production' AND c.state IN ('planned', 'running')"
	    " AND json_extract(c.data, '$.expected_end') >= ?1 AND substr(c.postcode, 1, length(?2)) = ?2"
	    " ORDER BY c.postcode, c.begin, c.key LIMIT 501",
	    "tt", today, postcode);
	if (r)
		return r;
	while ((r = db_step(&p->c->store->db, q, p->err)) == 0 && n < SHOWN_MAX) {
		if (n++ == 0)
			osci_buf_adds(p->out, HTML_WIDE "<table id=\"courses\"><caption>Kurse</caption><thead><tr><th "
					      "scope=\"col\">Ort</th>"
					      "<th scope=\"col\">Kursart</th><th "
					      "scope=\"col\">Kursträger</th><th scope=\"col\">Stand</th>"
					      "<th scope=\"col\">Zeitraum</th><th scope=\"col\">Freie "
					      "Plätze</th></tr></thead><tbody>");
		course_line(p, q);
	}
	db_done(q);
	if (n)
		osci_buf_adds(p->out, "</tbody></table></div>");
	if (r == 0)
		html_box(p, "note", "Es werden nur die ersten 500 Kurse gezeigt. Bitte die Postleitzahl genauer angeben.");
	else if (n == 0)
		html_box(p, "note", "Zu dieser Postleitzahl sind keine Kurse gemeldet.");
	return r == OSCI_E_EMPTY ? 0 : r;
}

int page_courses(struct course_page *p)
{
	const char *postcode = p->request->query(p->request, "plz");
	int r = 0;

	html_begin(p, "Integrationskurse und freie Plätze");
	osci_buf_adds(p->out, "<form method=\"get\" action=\"/kurse\">");
	html_input(p, "text", "plz", "Postleitzahl oder ihr Anfang", postcode ? postcode : "",
		   "inputmode=\"numeric\" pattern=\"[0-9]{0,5}\" maxlength=\"5\"");
	html_submit(p, "Suchen");
	if (postcode && (strlen(postcode) > 5 || postcode[strspn(postcode, "0123456789")]))
		html_box(p, "bad", "Bitte höchstens fünf Ziffern eingeben.");
	else
		r = course_lines(p, postcode ? postcode : "");
	html_end(p);
	return r;
}

/* --- help ----------------------------------------------------------------- */

static const char *const type_names[] = {"Text",   "Name",	 "Datum",     "Datum, auch teilweise",
					 "Zahl",   "true/false", "Schlüssel", "Auswahl",
					 "Objekt", "Liste"};

static void help_rows(struct course_page *p, const struct course_field *fields, const char *prefix)
{
	char path[COURSE_PATH_MAX];

	for (const struct course_field *f = fields; f->name; f++) {
		snprintf(path, sizeof(path), "%s%s", prefix, f->name);
		osci_buf_addf(
		    p->out, "<tr><td><code>%s%s</code></td><td>%s</td><td>%s%s%s</td><td>%s</td></tr>", path,
		    f->type == COURSE_LIST ? "[]" : "", f->label, type_names[f->type], f->choices ? " " : "",
		    f->choices ? f->choices : "", f->flags & COURSE_REQUIRED ? "ja" : "");
		if (f->sub && strlen(path) + 10 < sizeof(path)) {
			snprintf(path, sizeof(path), "%s%s%s", prefix, f->name,
				 f->type == COURSE_LIST ? "[]." : ".");
			help_rows(p, f->sub, path);
		}
	}
}

static void help_table(struct course_page *p, const char *caption, const struct course_field *fields)
{
	osci_buf_addf(p->out,
		      HTML_WIDE "<table><caption>%s</caption><thead><tr><th scope=\"col\">Name</th><th "
		      "scope=\"col\">Bedeutung</th>"
		      "<th scope=\"col\">Art</th><th scope=\"col\">Pflicht</th></tr></thead><tbody>",
		      caption);
	help_rows(p, fields, "");
	osci_buf_adds(p->out, "</tbody></table></div>");
}

int page_help(struct course_page *p)
{
	const char *code, *de, *en;

	html_begin(p, "Hilfe für Softwarehersteller");
	osci_buf_adds(p->out, "<p>Jede Funktion gibt es gleich in JSON, SOAP und Webmaske. JSON: <code>POST "
			      "/api/v1/FUNKTION</code> mit Benutzer und "
			      "Kennwort (HTTP Basic). SOAP: <code>POST /soap</code>, Beschreibung <a "
			      "href=\"/soap?wsdl\">/soap?wsdl</a>, Anmeldung durch "
			      "WS-Security UsernameToken. Asynchron: <code>?mode=asynchronous</code>; die "
			      "Antwort nennt eine Vorgangsnummer, nach der "
			      "<code>/api/v1/result</code> mit <code>{\"ticket\":…}</code> fragt. Die "
			      "Webmaske arbeitet nur synchron.</p>");
	for (const struct course_function *f = course_functions; f->name; f++) {
		osci_buf_addf(p->out, "<h2 id=\"%s\">%s <code>%s</code></h2><p>%s</p>", f->name, f->title, f->name,
			      f->purpose);
		help_table(p, "Anfrage", f->in);
		help_table(p, "Antwort", f->out);
	}
	osci_buf_adds(p->out, "<h2 id=\"fehler\">Fehlerschlüssel</h2>" HTML_WIDE "<table><thead><tr><th "
			      "scope=\"col\">Schlüssel</th><th scope=\"col\">"
			      "Text</th><th scope=\"col\">Englisch</th></tr></thead><tbody>");
	for (size_t i = 0; course_error_get(i, &code, &de, &en); i++)
		osci_buf_addf(p->out, "<tr><td><code>%s</code></td><td>%s</td><td>%s</td></tr>", code, de,
			      en);
	osci_buf_adds(p->out, "</tbody></table></div>");
	html_end(p);
	return 0;
}

/* --- login ---------------------------------------------------------------- */

static void login_form(struct course_page *p)
{
	html_form(p, "/anmelden");
	html_input(p, "text", "user", "Benutzername", course_form_text(p, "user"),
		   "required autocomplete=\"username\"");
	html_input(p, "password", "password", "Kennwort", "", "required autocomplete=\"current-password\"");
	html_submit(p, "Anmelden");
	osci_buf_adds(p->out,
		      "<p>Noch kein Konto? <a href=\"/registrieren\">Mit Registrierungscode anlegen</a> oder "
		      "<a href=\"/zugang\">Zugang beantragen</a>.</p>");
}

int page_login(struct course_page *p)
{
	char token[COURSE_TOKEN_SIZE];
	struct course_user user = {0};
	const char *code = NULL;
	int r = p->form ? course_login(p->c, course_form_text(p, "user"), course_form_text(p, "password"),
				       &user, &code, p->err)
			: 0;

	if (r)
		return r;
	if (user.id) {
		r = course_session_begin(p->c, &user, token, p->err);
		snprintf(p->answer->cookie, sizeof(p->answer->cookie),
			 "ingesim=%s; Path=/; HttpOnly; SameSite=Strict%s", token,
			 p->request->origin && strncmp(p->request->origin, "https://", 8) == 0 ? "; Secure" : "");
		return r ? r : page_redirect(p, "/start");
	}
	if (code)
		p->answer->status = strcmp(code, "locked") == 0 ? 429 : 403;
	html_begin(p, "Anmelden");
	if (code)
		html_error(p, code);
	login_form(p);
	html_end(p);
	return 0;
}

int page_logout(struct course_page *p)
{
	int r = p->form ? course_session_end(p->c, p->request->cookie, p->err) : 0;

	snprintf(p->answer->cookie, sizeof(p->answer->cookie),
		 "ingesim=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
	return r ? r : page_redirect(p, "/");
}

/* --- access and registration ------------------------------------------------ */

static void show_code(struct course_page *p, const char *code, const char *text)
{
	osci_buf_adds(p->out, "<div class=\"box good\" role=\"status\">");
	html_text(p->out, text);
	osci_buf_adds(p->out, "<br><span class=\"code\" id=\"code\">");
	html_text(p->out, code);
	osci_buf_adds(p->out,
		      "</span></div><p><a href=\"/registrieren\">Benutzer mit diesem Code anlegen</a></p>");
}

int page_access(struct course_page *p)
{
	char made[COURSE_CODE_SIZE] = "";
	const char *code = NULL;
	int r = 0;

	if (p->form && !course_form_text(p, "terms")[0])
		code = "terms_missing";
	else if (p->form)
		r = course_request_access(p->c, course_form_text(p, "provider"), made, &code, p->err);
	if (r)
		return r;
	html_begin(p, "Zugang zum Testsystem");
	if (code)
		html_error(p, code);
	if (made[0]) {
		show_code(p, made,
			  "Registrierungscode für DeBeV-Test. Er wird nur dieses eine Mal angezeigt.");
	} else {
		osci_buf_adds(p->out, "<ol><li>Nutzungsbedingungen annehmen, Registrierungscode für das "
				      "Testsystem erhalten</li>"
				      "<li>Eigene Benutzer anlegen</li><li>Abnahmeprüfung mit vorbereiteten "
				      "Daten durchführen</li>"
				      "<li>Prüfung durch die Regionalstelle</li><li>Registrierungscode für "
				      "den Betrieb und Bescheinigung</li></ol>");
		html_form(p, "/zugang");
		html_input(p, "text", "provider", "Trägerkennung", course_form_text(p, "provider"),
			   "required");
		osci_buf_adds(p->out, "<div class=\"f\"><label><input type=\"checkbox\" name=\"terms\" "
				      "value=\"ja\"> Ich nehme die "
				      "Nutzungsbedingungen an: ausschließlich künstliche Daten, nur zu "
				      "Testzwecken.</label></div>");
		html_submit(p, "Zugang beantragen");
	}
	html_end(p);
	return 0;
}

int page_register(struct course_page *p)
{
	const char *code = NULL;
	int r = 0;

	if (p->form && strcmp(course_form_text(p, "password"), course_form_text(p, "again")) != 0)
		code = "password_differs";
	else if (p->form)
		r = course_register_user(p->c, course_form_text(p, "code"), course_form_text(p, "user"),
					 course_form_text(p, "password"), &code, p->err);
	if (r)
		return r;
	html_begin(p, "Benutzer anlegen (DeBeV)");
	if (code)
		html_error(p, code);
	if (p->form && !code) {
		html_box(p, "good", "Der Benutzer ist angelegt. Sie können sich jetzt anmelden.");
		login_form(p);
	} else {
		html_form(p, "/registrieren");
		html_input(p, "text", "code", "Registrierungscode", course_form_text(p, "code"),
			   "required autocomplete=\"off\"");
		html_input(p, "text", "user", "Benutzername", course_form_text(p, "user"),
			   "required autocomplete=\"username\"");
		html_input(p, "password", "password", "Kennwort (mindestens 12 Zeichen)", "",
			   "required autocomplete=\"new-password\"");
		html_input(p, "password", "again", "Kennwort wiederholen", "",
			   "required autocomplete=\"new-password\"");
		html_submit(p, "Anlegen");
	}
	html_end(p);
	return 0;
}
