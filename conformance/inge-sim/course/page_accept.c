/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_accept - the acceptance test of a provider: concept, booklet with prepared data, protocol, attestation
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "course/accept.h"
#include "course/web.h"

static void concept(struct course_page *p)
{
	osci_buf_adds(p->out,
		      "<h2>Testkonzept</h2><p>Jeder Prüffall hat eigene Personen, Lehrkräfte und Kursorte; "
		      "sie dürfen nur in diesem Fall "
		      "verwendet werden. Führen Sie die Fälle mit Ihrer Software oder in der Webmaske durch. "
		      "Das Ergebnis wird "
		      "mitgeschrieben: bei erwartetem Erfolg muss die Meldung gespeichert, bei erwarteter "
		      "Abweisung mit dem genannten Schlüssel "
		      "abgewiesen werden. Verbrauchte Kennziffern und Bogennummern können nicht "
		      "wiederverwendet werden; für eine Wiederholung "
		      "werden neue Daten erzeugt. Ausgabe des Fallheftes: " COURSE_BOOKLET_EDITION ".</p>");
}

static void data_cell(struct course_page *p, const char *function, const json_t *data)
{
	static const struct {
		const char *key, *label;
	} keys[] = {{"course_key", "Kurs"},
		    {"site_key", "Kursort"},
		    {"teacher_key", "Lehrkraft"},
		    {"sheet_number", "Bogennummer"}};
	const json_t *who;
	size_t i;

	json_array_foreach(json_object_get(data, "persons"), i, who)
	{
		html_text(p->out, course_text(who, "surname"));
		osci_buf_adds(p->out, ", geb. ");
		html_text(p->out, course_text(who, "birth_date"));
		osci_buf_adds(p->out, ", Kennziffer <code>");
		html_text(p->out, course_text(who, "kennziffer"));
		osci_buf_adds(p->out, "</code><br>");
	}
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!course_text(data, keys[i].key) ||
		    (strcmp(keys[i].key, "sheet_number") == 0 && strcmp(function, "language-test") != 0))
			continue;
		osci_buf_addf(p->out, "%s <code>", keys[i].label);
		html_text(p->out, course_text(data, keys[i].key));
		osci_buf_adds(p->out, "</code><br>");
	}
}

static void run_cell(struct course_page *p, const json_t *c)
{
	const json_t *runs = json_object_get(c, "runs"), *last = json_array_get(runs, 0);

	osci_buf_adds(p->out,
		      json_is_true(json_object_get(c, "passed")) ? "<strong>bestanden</strong>" : "offen");
	if (!last)
		return;
	osci_buf_addf(p->out, "<br>%zu Versuch%s, zuletzt <code>", json_array_size(runs),
		      json_array_size(runs) == 1 ? "" : "e");
	html_text(p->out, course_text(last, "function"));
	osci_buf_adds(p->out, "</code>: ");
	html_text(p->out, course_text(last, "outcome")[0] ? course_text(last, "outcome") : "gespeichert");
}

static void booklet(struct course_page *p, const struct course_round *round)
{
	const json_t *c;
	size_t i;

	osci_buf_adds(
	    p->out,
	    "<h2>Fallheft und vorbereitete Daten</h2>" HTML_WIDE "<table id=\"cases\"><thead><tr><th "
	    "scope=\"col\">Fall</th>"
	    "<th scope=\"col\">Aufgabe</th><th scope=\"col\">Erwartet</th><th scope=\"col\">Daten</th>"
	    "<th scope=\"col\">Protokoll</th></tr></thead><tbody>");
	json_array_foreach(round->cases, i, c)
	{
		osci_buf_addf(p->out, "<tr class=\"%s\"><td>",
			      json_is_true(json_object_get(c, "passed")) ? "pass" : "open");
		html_text(p->out, course_text(c, "name"));
		osci_buf_adds(p->out, "</td><td><strong>");
		html_text(p->out, course_text(c, "title"));
		osci_buf_adds(p->out, "</strong><br>");
		html_text(p->out, course_text(c, "text"));
		osci_buf_adds(p->out, "<br><a href=\"/funktion/");
		html_text(p->out, course_text(c, "function"));
		if (course_text(json_object_get(c, "data"), "course_key")) {
			osci_buf_adds(p->out, "?course_key=");
			html_text(p->out, course_text(json_object_get(c, "data"), "course_key"));
		}
		osci_buf_adds(p->out, "\">Webmaske</a></td><td>");
		html_text(p->out, course_text(c, "expected") ? "Abweisung: " : "Erfolg");
		html_text(p->out, course_text(c, "expected"));
		osci_buf_adds(p->out, "</td><td>");
		data_cell(p, course_text(c, "function"), json_object_get(c, "data"));
		osci_buf_adds(p->out, "</td><td>");
		run_cell(p, c);
		osci_buf_adds(p->out, "</td></tr>");
	}
	osci_buf_adds(p->out, "</tbody></table></div>\n");
}

static void action(struct course_page *p, const char *value, const char *label)
{
	html_form(p, "/pruefung");
	osci_buf_addf(p->out, "<button name=\"action\" value=\"%s\">%s</button></form>", value, label);
}

static void state(struct course_page *p, const struct course_round *round)
{
	if (!round->round) {
		concept(p);
		action(p, "begin", "Prüfung beginnen, Daten anfordern");
		return;
	}
	osci_buf_addf(p->out, "<p>Durchgang %lld, Stand: <strong id=\"state\">%s</strong></p>",
		      (long long)round->round, html_word(round->state));
	if (round->note[0])
		html_box(p, "note", round->note);
	if (strcmp(round->state, "open") == 0)
		action(p, "submit", "Prüfung bei der Regionalstelle einreichen");
	else if (strcmp(round->state, "submitted") == 0)
		html_box(p, "note", "Die Regionalstelle prüft.");
	else if (strcmp(round->state, "failed") == 0)
		action(p, "begin", "Wiederholung beginnen, neue Daten anfordern");
	if (strcmp(round->state, "passed") == 0) {
		osci_buf_adds(p->out, "<p><a href=\"/bescheinigung\">Bescheinigung</a></p>");
		if (p->session.user.admin)
			action(p, "code", "Registrierungscode für den Betrieb abrufen");
	}
	concept(p);
	booklet(p, round);
}

static int change(struct course_page *p, const char **code, char *made)
{
	const char *what = course_form_text(p, "action");
	const struct course_user *me = &p->session.user;

	if (strcmp(what, "begin") == 0)
		return course_round_begin(p->c, me, code, p->err);
	if (strcmp(what, "submit") == 0)
		return course_round_submit(p->c, me, code, p->err);
	if (strcmp(what, "code") == 0)
		return course_production_code(p->c, me, made, code, p->err);
	*code = "malformed";
	return 0;
}

int page_acceptance(struct course_page *p)
{
	char made[COURSE_CODE_SIZE] = "";
	struct course_round round = {0};
	const char *code = NULL;
	int r = 0;

	if (strcmp(p->session.user.environment, COURSE_ENV_TEST) != 0 ||
	    strcmp(p->session.user.party_kind, "school") != 0)
		code = "forbidden";
	else if (p->form)
		r = change(p, &code, made);
	r = r ? r : course_round_read(p->c, p->session.user.party, &round, p->err);
	if (r == 0) {
		html_begin(p, "Abnahmeprüfung");
		if (code) {
			p->answer->status = strcmp(code, "forbidden") == 0 ? 403 : 422;
			html_error(p, code);
		}
		if (made[0]) {
			osci_buf_adds(p->out, "<div class=\"box good\" role=\"status\">Registrierungscode "
					      "für DeBeV-Produktiv, nur dieses "
					      "eine Mal angezeigt:<br><span class=\"code\" id=\"code\">");
			html_text(p->out, made);
			osci_buf_adds(p->out, "</span></div>");
		}
		if (!code || strcmp(code, "forbidden") != 0)
			state(p, &round);
		html_end(p);
	}
	course_round_clear(&round);
	return r;
}

/* --- attestation -------------------------------------------------------------- */

static int party_name(struct course_page *p)
{
	sqlite3_stmt *q;
	int r = db_query(&p->c->store->db, &q, p->err, "SELECT name FROM course_party WHERE key = ?", "t",
			 p->session.user.party);

	if (r)
		return r;
	r = db_step(&p->c->store->db, q, p->err);
	if (r == 0)
		html_text(p->out, db_text(q, 0));
	db_done(q);
	return r;
}

int page_attestation(struct course_page *p)
{
	struct course_round round = {0};
	char day[SIM_DATE_SIZE];
	int r = course_round_read(p->c, p->session.user.party, &round, p->err);

	if (r == 0 && strcmp(round.state, "passed") == 0) {
		html_begin(p, "Bescheinigung");
		osci_buf_adds(p->out, "<div class=\"sheet\"><p>Simulator inge-sim, keine Bescheinigung des "
				      "BAMF</p><h2>Bescheinigung über die "
				      "Abnahmeprüfung</h2><p>Der Kursträger <strong>");
		r = party_name(p);
		osci_buf_adds(p->out, "</strong>, Trägerkennung <code>");
		html_text(p->out, p->session.user.party);
		osci_buf_addf(
		    p->out,
		    "</code>, hat die Abnahmeprüfung der Schnittstelle InGe-Online-Kursträger im Durchgang "
		    "%lld mit "
		    "%zu Prüffällen am %s bestanden.</p><p>Ausgabe des Fallheftes: " COURSE_BOOKLET_EDITION
		    "</p><p>",
		    (long long)round.round, json_array_size(round.cases), html_date(round.decided, day));
		html_text(p->out, p->c->conf.regional_office);
		osci_buf_adds(p->out, " (Simulator)</p></div>");
		booklet(p, &round);
	} else if (r == 0) {
		p->answer->status = 404;
		html_begin(p, "Bescheinigung");
		html_error(p, "wrong_state");
	}
	html_end(p);
	course_round_clear(&round);
	return r;
}
