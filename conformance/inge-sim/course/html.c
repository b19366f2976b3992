/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html - frame, boxes, inputs and tables of the pages
 *
 * Everything that is not a constant goes through html_text().  No page refers to anything outside of this
 * server.
 */
#include <stdio.h>
#include <string.h>

#include "course/web.h"

const char course_css[] =
    ":root{--ink:#1b2733;--line:#c9d3dc;--head:#12395b;--soft:#eef3f7;--bad:#a3201c;--good:#17603a}"
    "*{box-sizing:border-box}"
    "body{margin:0;font:16px/1.5 system-ui,'Liberation Sans','DejaVu "
    "Sans',Arial,sans-serif;color:var(--ink);background:#fff}"
    ".mark{background:#f5c542;color:#2a2100;font-weight:700;padding:.45rem 1rem;text-align:center}"
    "header{background:var(--head);color:#fff;padding:.7rem 1rem}"
    "header .in,main,footer .in{max-width:68rem;margin:0 auto}"
    "header .in{display:flex;flex-wrap:wrap;align-items:center;gap:.2rem 1.1rem}header "
    "a{color:#fff;white-space:nowrap}"
    "header .name{font-size:1.15rem;font-weight:700;text-decoration:none}header "
    ".who{order:9;margin-left:auto;font-size:.9rem}"
    "header button{padding:.2rem .7rem}"
    ".env{background:#fff;color:var(--head);border-radius:.2rem;padding:0 .4rem;font-weight:700}"
    "main{padding:.5rem "
    "0}main,header,footer{padding-left:1rem;padding-right:1rem}h1{font-size:1.6rem;margin:.6rem 0 "
    "1rem}h2{font-size:1.2rem;margin:1.6rem 0 .5rem}"
    "a{color:#0b5394}a:focus,button:focus,input:focus,select:focus{outline:3px solid "
    "#f5c542;outline-offset:1px}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}"
    "th,td{border:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top}"
    "th{background:var(--soft);font-weight:600}caption{text-align:left;font-weight:600;padding:.3rem 0}"
    "tr.pass td:first-child{border-left:.4rem solid var(--good)}tr.open td:first-child{border-left:.4rem "
    "solid var(--line)}"
    "fieldset{border:1px solid var(--line);border-radius:.3rem;margin:0 0 1rem;padding:.6rem "
    "1rem}legend{font-weight:600}"
    "main form,fieldset{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:0 "
    "1.2rem;align-items:start}"
    "td form{display:block}form>fieldset,form>p,form>.f.all,fieldset>table,fieldset>.err{grid-column:1/-1}"
    "fieldset>button,form>button{justify-self:start}.f{margin:0 0 .7rem}.f "
    "label{display:block;font-weight:600}.f .need{font-weight:400;color:#5a6a78}"
    "input,select{font:inherit;padding:.35rem .5rem;border:1px solid "
    "#7d8b98;border-radius:.25rem;width:100%;max-width:32rem;"
    "background:#fff;color:var(--ink)}td input,td select{min-width:8rem}input[type=checkbox]{width:auto}"
    "[aria-invalid=true]{border:2px solid var(--bad)}.err{color:var(--bad);font-weight:600}"
    "button{font:inherit;padding:.45rem "
    "1.1rem;border:0;border-radius:.25rem;background:var(--head);color:#fff;cursor:pointer}"
    "button.second{background:#fff;color:var(--head);border:1px solid var(--head)}"
    ".box{border:1px solid var(--line);border-left:.4rem solid var(--head);padding:.6rem 1rem;margin:0 0 "
    "1rem;background:var(--soft)}"
    ".bad{border-left-color:var(--bad);background:#fbeeee}.good{border-left-color:var(--good);background:#"
    "edf7f1}"
    ".code{font:1.2rem/1.6 "
    "monospace;letter-spacing:.05em}.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,"
    "1fr));gap:1rem;padding:0;"
    "list-style:none}.cards li{border:1px solid var(--line);border-radius:.3rem;padding:.7rem 1rem}"
    "footer{border-top:1px solid var(--line);margin-top:2rem;padding:.7rem "
    "1rem;font-size:.85rem;color:#4a5a68}"
    "dl{display:grid;grid-template-columns:minmax(10rem,18rem) 1fr;gap:.2rem "
    "1rem}dt{font-weight:600}dd{margin:0}"
    ".sheet{border:3px double var(--head);padding:2rem;margin:1rem 0}"
    "@media print{header,.noprint,footer{display:none}}@media (max-width:40rem){dl{display:block}}";

void html_text(struct osci_buf *b, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '<':
			osci_buf_adds(b, "&lt;");
			break;
		case '>':
			osci_buf_adds(b, "&gt;");
			break;
		case '&':
			osci_buf_adds(b, "&amp;");
			break;
		case '"':
			osci_buf_adds(b, "&quot;");
			break;
		case '\'':
			osci_buf_adds(b, "&#39;");
			break;
		default:
			osci_buf_addc(b, *text);
		}
	}
}

static void navigation(struct course_page *p)
{
	const struct course_user *u = &p->session.user;
	struct osci_buf *b = p->out;
	bool test = strcmp(u->environment, COURSE_ENV_TEST) == 0;

	osci_buf_adds(b, "<header><nav class=\"in\" aria-label=\"Hauptnavigation\">");
	if (u->id) {
		osci_buf_adds(b, "<form class=\"who\" method=\"post\" action=\"/abmelden\"><input "
				 "type=\"hidden\" name=\"csrf\" value=\"");
		html_text(b, p->session.csrf);
		osci_buf_addf(b, "\"><span class=\"env\">%s</span> ",
			      test ? "TESTSYSTEM" : "PRODUKTIV (Simulator)");
		html_text(b, u->name);
		osci_buf_adds(b, " · ");
		html_text(b, u->party);
		osci_buf_adds(b, " <button class=\"second\">Abmelden</button></form>");
	}
	osci_buf_adds(b, "<a class=\"name\" href=\"/\">InGe-Online-Kursträger</a>");
	if (u->id) {
		osci_buf_adds(b, "<a href=\"/start\">Funktionen</a>");
		if (strcmp(u->party_kind, "institute") != 0)
			osci_buf_adds(b, "<a href=\"/funktion/course-list\">Eigene Kurse</a>");
		osci_buf_adds(b, "<a href=\"/benutzer\">Benutzer</a>");
		if (test && strcmp(u->party_kind, "institute") != 0)
			osci_buf_adds(b, "<a href=\"/pruefung\">Abnahmeprüfung</a>");
	} else {
		osci_buf_adds(b, "<a href=\"/anmelden\">Anmelden</a><a href=\"/zugang\">Zugang</a>");
	}
	osci_buf_adds(b, "<a href=\"/kurse\">Kursliste</a><a href=\"/hilfe\">Hilfe</a></nav></header>");
}

void html_begin(struct course_page *p, const char *title)
{
	struct osci_buf *b = p->out;

	p->answer->content_type = "text/html; charset=utf-8";
	osci_buf_adds(b, "<!DOCTYPE html>\n<html lang=\"de\"><head><meta charset=\"utf-8\"><title>");
	html_text(b, title);
	osci_buf_adds(b, " – inge-sim (Simulator)</title><meta name=\"viewport\" "
			 "content=\"width=device-width, initial-scale=1\">"
			 "<link rel=\"stylesheet\" href=\"/stil.css\"></head><body>"
			 "<div class=\"mark\" role=\"note\">SIMULATOR – ausschließlich künstliche Daten, "
			 "kein System des BAMF</div>\n");
	navigation(p);
	osci_buf_adds(b, "<main>");
	if (p->down)
		html_box(p, "bad", course_error_text("unavailable", true));
	osci_buf_adds(b, "<h1>");
	html_text(b, title);
	osci_buf_adds(b, "</h1>\n");
}

void html_end(struct course_page *p)
{
	osci_buf_adds(p->out, "</main><footer><div class=\"in\">inge-sim, Simulator der BAMF-Seite für "
			      "Tests. Keine echten Personen "
			      "eingeben.</div></footer></body></html>\n");
}

void html_box(struct course_page *p, const char *kind, const char *text)
{
	osci_buf_addf(p->out, "<div class=\"box %s\" role=\"%s\">", kind,
		      strcmp(kind, "bad") == 0 ? "alert" : "status");
	html_text(p->out, text);
	osci_buf_adds(p->out, "</div>\n");
}

void html_form(struct course_page *p, const char *action)
{
	osci_buf_addf(p->out, "<form method=\"post\" action=\"%s\" accept-charset=\"utf-8\">", action);
	if (p->session.user.id)
		osci_buf_addf(p->out, "<input type=\"hidden\" name=\"csrf\" value=\"%s\">", p->session.csrf);
}

void html_submit(struct course_page *p, const char *label)
{
	osci_buf_addf(p->out, "<p><button>%s</button></p></form>\n", label);
}

void html_input(struct course_page *p, const char *type, const char *name, const char *label,
		const char *value, const char *more)
{
	osci_buf_addf(p->out,
		      "<div class=\"f\"><label for=\"%s\">%s</label><input type=\"%s\" id=\"%s\" name=\"%s\" "
		      "%s value=\"",
		      name, label, type, name, name, more ? more : "");
	html_text(p->out, value);
	osci_buf_adds(p->out, "\"></div>\n");
}

const char *html_date(const char *iso, char *out)
{
	if (!sim_date_ok(iso))
		return iso;
	snprintf(out, SIM_DATE_SIZE, "%.2s.%.2s.%.4s", iso + 8, iso + 5, iso);
	return out;
}

const char *html_word(const char *word)
{
	static const char *const words[][2] = {
	    {"first", "Erste Anmeldung"},    {"repeat", "Wiederholung"}, {"planned", "geplant"},
	    {"running", "laufend"},	     {"ended", "beendet"},	 {"entitlement", "Berechtigung"},
	    {"obligation", "Verpflichtung"}, {"admission", "Zulassung"}, {"in_force", "gültig"},
	    {"withdrawn", "widerrufen"},     {"replaced", "ersetzt"},	 {"completed", "abgeschlossen"},
	    {"lapsed", "erloschen"},	     {"expired", "abgelaufen"},	 {"passed", "bestanden"},
	    {"failed", "nicht bestanden"},   {"open", "offen"},		 {"submitted", "eingereicht"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], word) == 0)
			return words[i][1];
	return word;
}

const char *html_code(struct course_page *p, const char *list, const char *code)
{
	const struct xausl_release *r = xausl_release_at(p->c->xausl, osci_clock_ms(p->c->clock));
	const char *name = r && code ? xausl_code_name(r, list, code) : NULL;

	return name ? name : code;
}

/* --- values --------------------------------------------------------------- */

static void value(struct course_page *p, const struct course_field *f, const json_t *v)
{
	const char *text = json_string_value(v);
	char day[SIM_DATE_SIZE];

	if (text && strcmp(f->name, "course_key") == 0) {
		osci_buf_adds(p->out, "<a href=\"/kurs?key=");
		html_text(p->out, text);
		osci_buf_adds(p->out, "\">");
		html_text(p->out, text);
		osci_buf_adds(p->out, "</a>");
	} else if (text && strcmp(f->name, "course_type") == 0) {
		html_text(p->out, html_code(p, "BAMFABH-Kursart", text));
	} else if (text && strcmp(f->name, "section") == 0) {
		html_text(p->out, html_code(p, "BAMFABH-Kursabschnitt", text));
	} else if (text) {
		html_text(p->out, html_word(html_date(text, day)));
	} else if (json_is_boolean(v)) {
		osci_buf_adds(p->out, json_is_true(v) ? "ja" : "nein");
	} else if (json_is_integer(v)) {
		osci_buf_addf(p->out, "%lld", (long long)json_integer_value(v));
	}
}

static void value_table(struct course_page *p, const struct course_field *f, const json_t *list)
{
	const json_t *row;
	size_t i;

	osci_buf_addf(p->out, "<h2>%s</h2>", f->label);
	if (json_array_size(list) == 0) {
		osci_buf_adds(p->out, "<p>keine</p>");
		return;
	}
	osci_buf_adds(p->out, "<table><thead><tr>");
	for (const struct course_field *s = f->sub; s->name; s++)
		osci_buf_addf(p->out, "<th scope=\"col\">%s</th>", s->label);
	osci_buf_adds(p->out, "</tr></thead><tbody>");
	json_array_foreach(list, i, row)
	{
		osci_buf_adds(p->out, "<tr>");
		for (const struct course_field *s = f->sub; s->name; s++) {
			osci_buf_adds(p->out, "<td>");
			value(p, s, json_object_get(row, s->name));
			osci_buf_adds(p->out, "</td>");
		}
		osci_buf_adds(p->out, "</tr>");
	}
	osci_buf_adds(p->out, "</tbody></table>\n");
}

void html_values(struct course_page *p, const struct course_field *fields, const json_t *o)
{
	osci_buf_adds(p->out, "<dl>");
	for (const struct course_field *f = fields; f->name; f++) {
		if (f->type == COURSE_LIST || !json_object_get(o, f->name))
			continue;
		osci_buf_addf(p->out, "<dt>%s</dt><dd>", f->label);
		value(p, f, json_object_get(o, f->name));
		osci_buf_adds(p->out, "</dd>");
	}
	osci_buf_adds(p->out, "</dl>\n");
	for (const struct course_field *f = fields; f->name; f++)
		if (f->type == COURSE_LIST && json_object_get(o, f->name))
			value_table(p, f, json_object_get(o, f->name));
}

void html_errors(struct course_page *p, const char *kind, const char *title, const json_t *errors)
{
	const json_t *e;
	size_t i;

	if (json_array_size(errors) == 0)
		return;
	osci_buf_addf(p->out, "<div class=\"box %s\" role=\"alert\"><strong>%s</strong><ul>", kind, title);
	json_array_foreach(errors, i, e)
	{
		osci_buf_adds(p->out, "<li>");
		html_text(p->out, course_text(e, "de"));
		osci_buf_adds(p->out, " <small>(");
		html_text(p->out, course_text(e, "code"));
		if (course_text(e, "field")) {
			osci_buf_adds(p->out, ", ");
			html_text(p->out, course_text(e, "field"));
		}
		osci_buf_adds(p->out, ")</small></li>");
	}
	osci_buf_adds(p->out, "</ul></div>\n");
}
