/* SPDX-License-Identifier: Apache-2.0 */
/*
 * functions - every function with the fields it takes and gives
 *
 * Names are the same in JSON, in SOAP and in the web mask.  Labels are German: providers read them.
 */
#include <string.h>

#include "course/handlers.h"

#define TEXT(n, max, label) { n, COURSE_TEXT, 0, 1, max, NULL, NULL, label }
#define TEXT_(n, max, label) { n, COURSE_TEXT, COURSE_REQUIRED, 1, max, NULL, NULL, label }
#define NAME_(n, label) { n, COURSE_NAME, COURSE_REQUIRED, 1, 120, NULL, NULL, label }
#define DATE(n, label) { n, COURSE_DATE, 0, 10, 10, NULL, NULL, label }
#define DATE_(n, label) { n, COURSE_DATE, COURSE_REQUIRED, 10, 10, NULL, NULL, label }
#define INT(n, min, max, label) { n, COURSE_INT, 0, min, max, NULL, NULL, label }
#define INT_(n, min, max, label) { n, COURSE_INT, COURSE_REQUIRED, min, max, NULL, NULL, label }
#define FLAG(n, label) { n, COURSE_BOOL, 0, 0, 0, NULL, NULL, label }
#define FLAG_(n, label) { n, COURSE_BOOL, COURSE_REQUIRED, 0, 0, NULL, NULL, label }
#define CODE(n, list, label) { n, COURSE_CODE, 0, 1, 10, NULL, list, label }
#define CODE_(n, list, label) { n, COURSE_CODE, COURSE_REQUIRED, 1, 10, NULL, list, label }
#define CHOICE(n, words, label) { n, COURSE_CHOICE, 0, 1, 40, NULL, words, label }
#define CHOICE_(n, words, label) { n, COURSE_CHOICE, COURSE_REQUIRED, 1, 40, NULL, words, label }
#define OBJECT(n, sub, label) { n, COURSE_OBJECT, 0, 0, 0, sub, NULL, label }
#define OBJECT_(n, sub, label) { n, COURSE_OBJECT, COURSE_REQUIRED, 0, 0, sub, NULL, label }
#define LIST(n, max, sub, label) { n, COURSE_LIST, 0, 0, max, sub, NULL, label }
#define LIST_(n, max, sub, label) { n, COURSE_LIST, COURSE_REQUIRED, 1, max, sub, NULL, label }
#define END { NULL }

#define TYPES "BAMFABH-Kursart"
#define SECTIONS "BAMFABH-Kursabschnitt"
#define NATIONS "Staatsangehoerigkeit"

#define KENNZIFFER TEXT_("kennziffer", 40, "BAMF-Kennziffer")
#define BIRTH { "birth_date", COURSE_PDATE, COURSE_REQUIRED, 4, 10, NULL, NULL, "Geburtsdatum" }
#define COURSE_KEY TEXT_("course_key", 40, "Kurskennung")

static const struct course_field address[] = {
	TEXT_("street", 55, "Straße"), TEXT("house_number", 10, "Hausnummer"), TEXT_("postcode", 10, "Postleitzahl"),
	TEXT_("town", 60, "Ort"), TEXT_("country", 60, "Staat"), END
};
static const struct course_field person[] = { KENNZIFFER, BIRTH, END };
static const struct course_field teacher[] = { TEXT_("teacher_key", 40, "Lehrkraftkennung"), END };

#define TEACHERS(f) LIST##f("teachers", 20, teacher, "Lehrkräfte")
#define PARTICIPANTS LIST("participants", COURSE_PARTICIPANTS_MAX, person, "Teilnehmende")
#define PARTICIPANTS_ LIST_("participants", COURSE_PARTICIPANTS_MAX, person, "Teilnehmende")

/* --- registration ------------------------------------------------------- */

static const struct course_field registration_in[] = {
	CHOICE("kind", "first|repeat", "Art der Anmeldung"),
	KENNZIFFER, BIRTH, NAME_("surname", "Nachname"), NAME_("given_names", "Vornamen"),
	DATE_("date", "Datum der Anmeldung"),
	OBJECT_("address", address, "Anschrift"), OBJECT("postal_address", address, "Postanschrift"),
	CODE_("nationality", NATIONS, "Staatsangehörigkeit (amtlicher Schlüssel)"),
	TEXT("education", 100, "Schulabschluss"), INT("years_of_school", 0, 30, "Schuljahre"),
	FLAG("literate", "Alphabetisiert"),
	DATE("placement_test", "Datum des Einstufungstests"), FLAG("placement_waived", "Auf den Einstufungstest wird verzichtet"),
	CODE("course_type", TYPES, "Empfohlene Kursart"), CODE("section", SECTIONS, "Empfohlener Kursabschnitt"),
	FLAG("cost_share", "Kostenbeitrag wird gezahlt"), END
};
static const struct course_field registration_out[] = {
	KENNZIFFER, DATE_("registered", "Angemeldet am"), TEXT_("provider_key", 40, "Trägerkennung"),
	DATE("valid_until", "Gültig bis"), INT_("hours_available", 0, 10000, "Verfügbare Stunden"), END
};

/* --- courses ------------------------------------------------------------ */

#define PLAN(f)                                                                                           \
	CODE##f("course_type", TYPES, "Kursart"), DATE##f("begin", "Geplanter Beginn"),                    \
	DATE##f("expected_end", "Voraussichtliches Ende"), TEXT##f("site_key", 40, "Kursortkennung"),      \
	TEACHERS(f), INT##f("places", 1, 25, "Plätze"), INT("planned_participants", 0, 25, "Geplante Teilnehmende")

static const struct course_field planning_in[] = { PLAN(_), END };
static const struct course_field course_update_in[] = { COURSE_KEY, PLAN(), END };
static const struct course_field course_key_out[] = { COURSE_KEY, END };
static const struct course_field course_start_in[] = {
	COURSE_KEY, DATE_("begin", "Kursbeginn"), CODE_("section", SECTIONS, "Erster Kursabschnitt"),
	DATE_("expected_end", "Voraussichtliches Ende des Abschnitts"), TEACHERS(),
	INT_("participants_total", 0, 25, "Gesamtzahl der Teilnehmenden"), PARTICIPANTS_, END
};
static const struct course_field section_start_in[] = {
	COURSE_KEY, CODE_("section", SECTIONS, "Kursabschnitt"), DATE_("begin", "Beginn des Abschnitts"),
	DATE_("expected_end", "Voraussichtliches Ende"), INT("participants_total", 0, 25, "Gesamtzahl der Teilnehmenden"),
	PARTICIPANTS, END
};
static const struct course_field section_update_in[] = {
	COURSE_KEY, CODE_("section", SECTIONS, "Kursabschnitt"), DATE("begin", "Beginn des Abschnitts"),
	DATE("expected_end", "Voraussichtliches Ende"),
	LIST("participants", COURSE_PARTICIPANTS_MAX, person, "Hinzukommende Teilnehmende"), END
};
static const struct course_field billed[] = {
	KENNZIFFER, BIRTH, INT("hours", 0, 2000, "Abgerechnete Stunden"), INT_("absent_excused", 0, 2000, "Entschuldigt gefehlt"),
	INT_("absent_unexcused", 0, 2000, "Unentschuldigt gefehlt"), END
};
static const struct course_field section_end_in[] = {
	COURSE_KEY, CODE_("section", SECTIONS, "Kursabschnitt"), DATE_("end", "Ende des Abschnitts"),
	LIST_("participants", COURSE_PARTICIPANTS_MAX, billed, "Teilnehmende"), END
};
static const struct course_field section_out[] = {
	COURSE_KEY, CODE_("section", SECTIONS, "Kursabschnitt"), INT_("participants_total", 0, 100000, "Teilnehmende"), END
};

/* --- tests, end --------------------------------------------------------- */

static const struct course_field language_test_in[] = {
	KENNZIFFER, BIRTH,
	TEXT_("test_number", 20, "Sprachtestnummer (Platzhalter 1234567)"), TEXT_("sheet_number", 40, "Bogennummer"),
	DATE_("test_date", "Tag der Prüfung"), TEXT("identity_document", 40, "Pass- oder Ausweisnummer"),
	OBJECT("address", address, "Anschrift"), END
};
static const struct course_field sheet_out[] = { TEXT_("sheet_number", 40, "Bogennummer"), END };
static const struct course_field dtz_result[] = {
	TEXT_("sheet_number", 40, "Bogennummer"), CHOICE_("level", "B1|A2|unter A2", "Ergebnis"), END
};
static const struct course_field dtz_in[] = { LIST_("results", 500, dtz_result, "Ergebnisse"), END };
static const struct course_field lid_result[] = {
	KENNZIFFER, BIRTH, DATE_("test_date", "Tag der Prüfung"), INT_("points", 0, 33, "Punkte von 33"), END
};
static const struct course_field lid_in[] = { LIST_("results", 500, lid_result, "Ergebnisse"), END };
static const struct course_field count_out[] = { INT_("stored", 0, 100000, "Gespeicherte Ergebnisse"), END };
static const struct course_field abort_in[] = { KENNZIFFER, BIRTH, DATE_("date", "Abgebrochen am"), END };
static const struct course_field completion_in[] = {
	KENNZIFFER, BIRTH, DATE_("date", "Abgeschlossen am"), FLAG_("successful", "Mit Erfolg"), END
};
static const struct course_field kennziffer_out[] = { KENNZIFFER, END };

/* --- information -------------------------------------------------------- */

static const struct course_field record_fields[] = {
	KENNZIFFER, TEXT_("art", 10, "Art (Schlüssel)"), TEXT_("kind", 20, "Berechtigung, Verpflichtung oder Zulassung"),
	DATE_("valid_from", "Gültig ab"), DATE("valid_until", "Gültig bis"), TEXT("issuer", 200, "Ausstellende Behörde"),
	TEXT("file_reference", 200, "Aktenzeichen der ausstellenden Behörde"), DATE("withdrawn_on", "Widerrufen am"),
	TEXT_("state", 20, "Stand"), FLAG("orientation_course_only", "Nur Orientierungskurs"),
	FLAG("language_course_only", "Nur Sprachkurs"), END
};
static const struct course_field attended_section[] = {
	TEXT("course_key", 40, "Kurskennung"), TEXT("section", 10, "Kursabschnitt"), DATE_("begin", "Beginn"), DATE("end", "Ende"),
	TEXT("provider", 200, "Kursträger"), INT("hours", 0, 2000, "Abgerechnete Stunden"), END
};
static const struct course_field test_taken[] = {
	DATE_("date", "Tag der Prüfung"), TEXT("result", 40, "Ergebnis"), END
};
static const struct course_field participant_out[] = {
	KENNZIFFER, TEXT("surname", 200, "Nachname"), TEXT("given_names", 200, "Vornamen"),
	TEXT("former_names", 400, "Frühere Namen"), BIRTH, TEXT("sex", 1, "Geschlecht"),
	TEXT_("regional_office", 200, "Regionalstelle"), LIST_("records", 256, record_fields, "Berechtigungen und Verpflichtungen"),
	DATE("first_registration", "Erste Anmeldung"), INT_("hours_used", 0, 100000, "Verbrauchte Stunden"),
	INT_("hours_available", 0, 100000, "Verfügbare Stunden"), LIST("sections", 1000, attended_section, "Kursabschnitte"),
	LIST("language_tests", 100, test_taken, "Sprachtests"), LIST("orientation_tests", 100, test_taken, "Orientierungstests"),
	END
};
static const struct course_field course_section[] = {
	TEXT_("section", 10, "Kursabschnitt"), DATE_("begin", "Beginn"), DATE_("expected_end", "Voraussichtliches Ende"),
	DATE("end", "Ende"), END
};
#define COURSE_STATE                                                                                                  \
	COURSE_KEY, TEXT_("state", 20, "Stand"), TEXT_("course_type", 10, "Kursart"), DATE_("begin", "Beginn"),      \
	DATE_("expected_end", "Voraussichtliches Ende"), TEXT_("site_key", 40, "Kursortkennung"),                    \
	TEXT_("postcode", 10, "Postleitzahl"), INT_("places", 0, 100, "Plätze"), INT_("free_places", 0, 100, "Freie Plätze")
static const struct course_field course_out[] = {
	COURSE_STATE, TEACHERS(), INT("planned_participants", 0, 25, "Geplante Teilnehmende"),
	LIST("sections", 100, course_section, "Kursabschnitte"), PARTICIPANTS, END
};
static const struct course_field course_brief[] = { COURSE_STATE, END };
static const struct course_field course_key_in[] = { COURSE_KEY, END };
static const struct course_field list_in[] = { CHOICE("state", "planned|running|ended", "Stand"), END };
static const struct course_field list_out[] = { LIST("courses", 1000, course_brief, "Kurse"), END };

const struct course_field course_hint_fields[] = {
	TEXT_("code", 40, "Schlüssel"), TEXT("field", 160, "Angabe"), TEXT_("de", 200, "Text"), TEXT_("en", 200, "Text, englisch"),
	END
};

#define SCHOOL COURSE_FOR_SCHOOL
#define BOTH (COURSE_FOR_SCHOOL | COURSE_FOR_INSTITUTE)

const struct course_function course_functions[] = {
	{ "registration", "Teilnehmeranmeldung",
	  "Erste Anmeldung einer Person oder Anmeldung zur Wiederholung.",
	  SCHOOL, registration_in, registration_out, course_registration },
	{ "course-planning", "Kursplanung",
	  "Einen Kurs ankündigen; die Antwort nennt die Kurskennung.",
	  SCHOOL, planning_in, course_key_out, course_planning },
	{ "course-update", "Kursplanung ändern",
	  "Angaben zu einem Kurs ändern; gespeicherte Angaben werden geladen.",
	  SCHOOL, course_update_in, course_key_out, course_update },
	{ "course-start", "Kursbeginn",
	  "Einmal je Kurs, mit allen Teilnehmenden; beginnt den ersten Abschnitt.",
	  SCHOOL, course_start_in, section_out, course_start },
	{ "section-start", "Abschnittsbeginn",
	  "Innerhalb einer Woche nach Beginn eines weiteren Abschnitts.",
	  SCHOOL, section_start_in, section_out, course_section_start },
	{ "section-update", "Abschnitt ändern",
	  "Zeitraum ändern oder Teilnehmende hinzufügen.",
	  SCHOOL, section_update_in, section_out, course_section_update },
	{ "section-end", "Abschnitt abrechnen",
	  "Stunden und Fehlstunden nach dem Ende eines Abschnitts.",
	  SCHOOL, section_end_in, section_out, course_section_end },
	{ "participant-information", "Teilnehmerauskunft",
	  "Was zu einer Person gespeichert ist: Berechtigungen, Stunden, Abschnitte, Tests.",
	  SCHOOL | COURSE_READS, person, participant_out, course_participant },
	{ "course-information", "Kursauskunft",
	  "Was zu einem eigenen Kurs gespeichert ist.",
	  SCHOOL | COURSE_READS, course_key_in, course_out, course_information },
	{ "course-list", "Eigene Kurse",
	  "Alle Kurse des Kursträgers mit ihrem Stand.",
	  SCHOOL | COURSE_READS, list_in, list_out, course_list },
	{ "language-test", "Sprachtestmeldung",
	  "Teilnahme an einem Sprachtest mit Bogennummer.",
	  SCHOOL, language_test_in, sheet_out, course_language_test },
	{ "dtz-results", "DTZ-Ergebnisse",
	  "Ergebnisse der Sprachtests je Bogennummer, vom Prüfungsinstitut.",
	  COURSE_FOR_INSTITUTE, dtz_in, count_out, course_dtz_results },
	{ "orientation-results", "Ergebnisse Leben in Deutschland",
	  "Punkte im Test des Orientierungskurses.",
	  BOTH, lid_in, count_out, course_lid_results },
	{ "abort", "Abbruch",
	  "Eine Person nimmt nicht weiter teil.",
	  SCHOOL, abort_in, kennziffer_out, course_abort },
	{ "completion", "Abschluss",
	  "Eine Person hat den Kurs abgeschlossen, mit oder ohne Erfolg.",
	  SCHOOL, completion_in, kennziffer_out, course_completion },
	{ NULL },
};

const struct course_function *course_function_find(const char *name, size_t len)
{
	for (const struct course_function *f = course_functions; f->name; f++)
		if (strlen(f->name) == len && memcmp(f->name, name, len) == 0)
			return f;
	return NULL;
}

bool course_function_allowed(const struct course_function *f, const struct course_user *user)
{
	return f->flags & (strcmp(user->party_kind, "institute") == 0 ? COURSE_FOR_INSTITUTE : COURSE_FOR_SCHOOL);
}
