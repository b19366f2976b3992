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
			 "<a class=\"skip\" href=\"#inhalt\">Zum Inhalt</a>"
			 "<div class=\"mark\" role=\"note\">SIMULATOR – ausschließlich künstliche Daten, "
			 "kein System des BAMF</div>\n");
	navigation(p);
	osci_buf_adds(b, "<main id=\"inhalt\">");
	if (p->down)
		html_error(p, "unavailable");
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

static void english(struct osci_buf *b, const char *text)
{
	osci_buf_adds(b, " <span class=\"en\" lang=\"en\">");
	html_text(b, text);
	osci_buf_adds(b, "</span>");
}

void html_error(struct course_page *p, const char *code)
{
	osci_buf_adds(p->out, "<div class=\"box bad\" role=\"alert\">");
	html_text(p->out, course_error_text(code, true));
	english(p->out, course_error_text(code, false));
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
	    {"w", "weiblich"},		     {"m", "männlich"},		 {"d", "divers"},
	    {"x", "keine Angabe"},
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

/* Fields whose values are words of ours; all other texts are shown as they are. */
static bool has_words(const struct course_field *f)
{
	return f->type == COURSE_CHOICE || course_among("state|kind|result|sex", f->name);
}

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
	} else if (text && (f->type == COURSE_DATE || f->type == COURSE_PDATE)) {
		html_text(p->out, html_date(text, day));
	} else if (text) {
		html_text(p->out, has_words(f) ? html_word(text) : text);
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
	osci_buf_addf(p->out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><thead><tr>", f->label);
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
	osci_buf_adds(p->out, "</tbody></table></div>\n");
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

/* "participants[2].kennziffer" as a link to its input: "Teilnehmende, Zeile 2, BAMF-Kennziffer". */
static void place(struct osci_buf *b, const struct course_field *fields, const char *path)
{
	const char *at = path;

	osci_buf_adds(b, "<a href=\"#");
	for (const char *s = path; *s; s++)
		if (*s != ']')
			osci_buf_addc(b, *s == '[' ? '.' : *s);
	osci_buf_adds(b, "\">");
	while (fields && *at) {
		size_t n = strcspn(at, ".[");
		const struct course_field *f = fields;

		while (f->name && (strlen(f->name) != n || memcmp(f->name, at, n) != 0))
			f++;
		if (!f->name)
			break;
		osci_buf_addf(b, "%s%s", at == path ? "" : ", ", f->label);
		at += n;
		if (*at == '[') {
			osci_buf_addf(b, ", Zeile %.*s", (int)strcspn(at + 1, "]"), at + 1);
			at += strcspn(at, ".");
		}
		at += *at == '.';
		fields = f->sub;
	}
	osci_buf_adds(b, "</a>: ");
}

void html_errors(struct course_page *p, const char *kind, const char *title, const struct course_field *fields,
		 const json_t *errors)
{
	struct osci_buf *b = p->out;
	const json_t *e;
	size_t i;

	if (json_array_size(errors) == 0)
		return;
	osci_buf_addf(b, "<div class=\"box %s\" role=\"alert\" tabindex=\"-1\" autofocus><strong>%s</strong><ul>", kind, title);
	json_array_foreach(errors, i, e)
	{
		osci_buf_adds(b, "<li>");
		if (fields && course_text(e, "field"))
			place(b, fields, course_text(e, "field"));
		html_text(b, course_text(e, "de"));
		osci_buf_adds(b, " <code>");
		html_text(b, course_text(e, "code"));
		osci_buf_adds(b, "</code>");
		english(b, course_text(e, "en"));
		osci_buf_adds(b, "</li>");
	}
	osci_buf_adds(b, "</ul></div>\n");
}
