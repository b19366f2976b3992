/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error - what can be wrong with a report, as codes for programs and texts for people
 *
 * The texts hold no value of the request.  An unknown code is a mistake of this program and has an empty text.
 */
#include <string.h>

#include "course/field.h"

static const struct {
	const char *code, *de, *en;
} catalogue[] = {
	/* form of the request */
	{ "malformed", "Die Anfrage ist nicht lesbar.", "the request cannot be read" },
	{ "method", "An dieser Adresse wird POST erwartet.", "POST is expected at this address" },
	{ "content_type", "Erwartet wird Content-Type application/json.", "Content-Type application/json is expected" },
	{ "soap_version", "Erwartet wird ein Umschlag nach SOAP 1.1 mit Content-Type text/xml.",
	  "an envelope of SOAP 1.1 with Content-Type text/xml is expected" },
	{ "not_understood", "Ein Kopfeintrag mit mustUnderstand ist nicht bekannt.",
	  "a header entry with mustUnderstand is not known" },
	{ "schema", "Die Anfrage entspricht nicht dem Schema.", "the request does not fit the schema" },
	{ "unknown_function", "Diese Funktion gibt es nicht.", "there is no such function" },
	{ "unknown_field", "Diese Angabe kennt die Funktion nicht.", "the function has no such field" },
	{ "missing", "Eine Pflichtangabe fehlt.", "a required value is missing" },
	{ "invalid", "Der Wert hat nicht die erwartete Form.", "the value does not have the expected form" },
	{ "invalid_date",
	  "Ein Datum wird als JJJJ-MM-TT erwartet, in der Webmaske auch als TT.MM.JJJJ.",
	  "a date is expected as YYYY-MM-DD" },
	{ "too_long", "Der Wert ist zu lang.", "the value is too long" },
	{ "too_many", "Die Liste hat zu viele oder zu wenige Einträge.", "the list has too many or too few entries" },
	{ "out_of_range", "Die Zahl liegt außerhalb des erlaubten Bereichs.", "the number is out of range" },
	{ "unknown_code", "Dieser Schlüssel steht nicht in der Schlüsselliste.", "the code is not in its list" },
	{ "name_characters", "Namen dürfen keine Ziffern und keine Sonderzeichen enthalten.",
	  "names must not hold digits or special characters" },
	/* persons */
	{ "unknown_participant", "Zu Kennziffer und Geburtsdatum ist keine Person bekannt.",
	  "no person is known with this Kennziffer and birth date" },
	{ "already_registered", "Zu dieser Kennziffer liegt bereits eine Anmeldung vor.",
	  "this Kennziffer is registered already" },
	{ "not_registered", "Zu dieser Kennziffer liegt keine Anmeldung vor.", "this Kennziffer is not registered" },
	{ "repetition_not_admitted", "Eine Wiederholung ist nicht zugelassen.", "no repetition was admitted" },
	{ "repetition_registered", "Die Wiederholung ist bereits angemeldet.", "the repetition is registered already" },
	{ "record_ended", "Die Berechtigung oder Verpflichtung wurde beendet.", "the entitlement or obligation was ended" },
	{ "record_expired", "Die Gültigkeit ist abgelaufen.", "its validity is over" },
	{ "record_lapsed", "Wegen Inaktivität erloschen.", "lapsed by inactivity" },
	{ "course_completed", "Die Kursteilnahme ist bereits abgeschlossen.", "attendance is completed already" },
	{ "name_differs", "Der Name weicht von dem bei InGe gespeicherten ab.", "the name differs from the one stored" },
	{ "placement_missing", "Datum des Einstufungstests oder Verzicht angeben, nicht beides.",
	  "either the date of the placement test or its waiver is needed" },
	{ "postal_address_differs", "Eine abweichende Postanschrift wird nicht angenommen.",
	  "a differing postal address is not accepted" },
	/* courses */
	{ "unknown_course", "Die Kurskennung ist unbekannt.", "the course key is unknown" },
	{ "unknown_site", "Die Kursortkennung ist unbekannt.", "the site key is unknown" },
	{ "unknown_teacher", "Die Lehrkraftkennung ist unbekannt.", "the teacher key is unknown" },
	{ "course_started", "Der Kursbeginn wurde bereits gemeldet; er kann nicht erneut gemeldet oder geändert werden.",
	  "the start of this course was reported already and cannot be sent again" },
	{ "course_ended", "Der Kurs ist beendet.", "the course has ended" },
	{ "course_not_started", "Der Kursbeginn wurde noch nicht gemeldet.", "the start of this course was not reported yet" },
	{ "section_started", "Der Beginn dieses Abschnitts wurde bereits gemeldet.",
	  "the start of this section was reported already" },
	{ "section_not_started", "Der Beginn dieses Abschnitts wurde nicht gemeldet.",
	  "the start of this section was not reported" },
	{ "section_ended", "Dieser Abschnitt ist bereits abgerechnet.", "this section is settled already" },
	{ "not_in_course", "Die Person nimmt an diesem Kurs oder Abschnitt nicht teil.",
	  "the person does not attend this course or section" },
	{ "participant_twice", "Dieselbe Person steht zweimal in der Liste.", "the same person is in the list twice" },
	{ "total_too_small", "Die Gesamtzahl der Teilnehmenden ist kleiner als die übermittelte Liste.",
	  "the total number of participants is smaller than the list" },
	{ "no_places", "Der Kurs hat weniger Plätze als Teilnehmende.", "the course has fewer places than participants" },
	/* tests */
	{ "sheet_used", "Diese Bogennummer wurde bereits gemeldet.", "this sheet number was reported already" },
	{ "unknown_sheet", "Zu dieser Bogennummer liegt keine Sprachtestmeldung vor.",
	  "no language test was reported with this sheet number" },
	{ "result_known", "Zu dieser Bogennummer liegt bereits ein Ergebnis vor.",
	  "there is a result for this sheet number already" },
	/* dates */
	{ "date_future", "Das Datum liegt in der Zukunft.", "the date is in the future" },
	{ "date_past", "Das Datum liegt in der Vergangenheit.", "the date is in the past" },
	{ "end_before_begin", "Das Ende liegt vor dem Beginn.", "the end is before the begin" },
	{ "before_grant", "Das Datum liegt vor der Erteilung.", "the date is before the grant" },
	{ "late_report", "Die Meldung kommt später als eine Woche.", "the report comes later than one week" },
	{ "planned_too_early", "Die Planung liegt mehr als drei Monate voraus.", "planned more than three months ahead" },
	/* service */
	{ "unavailable", "InGe ist zurzeit nicht erreichbar. Asynchrone Meldungen werden gespeichert und später geladen.",
	  "InGe is out of order; asynchronous reports are stored and loaded later" },
	{ "unauthorised", "Benutzername oder Kennwort ist falsch.", "user name or password is wrong" },
	{ "locked", "Zu viele Fehlversuche. Bitte später erneut versuchen.", "too many failed attempts, try again later" },
	{ "forbidden", "Diese Funktion steht diesem Benutzer nicht zu.", "this user may not use the function" },
	{ "unknown_ticket", "Diese Vorgangsnummer ist unbekannt.", "the ticket is unknown" },
	{ "too_many_tickets", "Es warten bereits zu viele Meldungen.", "too many reports wait already" },
	{ "too_large", "Die Anfrage ist zu groß.", "the request is too large" },
	{ "foreign_test_data",
	  "Jeder Prüffall hat eigene Personen, Lehrkräfte, Kursorte und Bogennummern; diese gehören nicht zusammen.",
	  "each test case has its own persons, teachers, sites and sheet numbers; these do not belong together" },
	/* user administration */
	{ "unknown_provider", "Die Trägerkennung ist unbekannt.", "the provider key is unknown" },
	{ "terms_missing", "Bitte den Nutzungsbedingungen zustimmen.", "the terms must be accepted" },
	{ "access_exists", "Für diesen Träger wurde bereits ein Registrierungscode ausgegeben.",
	  "a registration code was issued for this provider already" },
	{ "code_unknown", "Der Registrierungscode ist unbekannt oder schon verwendet.",
	  "the registration code is unknown or was used already" },
	{ "user_exists", "Diesen Benutzernamen gibt es bereits.", "there is a user of this name already" },
	{ "user_name", "Benutzername: 3 bis 40 Zeichen, Buchstaben a bis z, Ziffern, Punkt, Minus, Unterstrich.",
	  "user name: 3 to 40 characters, letters a to z, digits, point, minus, underscore" },
	{ "password_short", "Das Kennwort braucht 12 bis 200 Zeichen.", "a password has 12 to 200 characters" },
	{ "password_differs", "Die beiden Kennwörter sind verschieden.", "the two passwords differ" },
	{ "own_user", "Das eigene Benutzerkonto kann nicht gesperrt werden.", "the own user cannot be closed" },
	{ "too_many_users", "Es sind zu viele Benutzer angelegt.", "there are too many users" },
	/* acceptance test */
	{ "cases_open", "Es sind noch nicht alle Prüffälle bestanden.", "not all test cases have passed yet" },
	{ "wrong_state", "Das ist im jetzigen Stand der Prüfung nicht möglich.", "not possible in this state of the test" },
};

const char *course_error_text(const char *code, bool german)
{
	for (size_t i = 0; i < sizeof(catalogue) / sizeof(catalogue[0]); i++)
		if (strcmp(catalogue[i].code, code) == 0)
			return german ? catalogue[i].de : catalogue[i].en;
	return "";
}

bool course_error_get(size_t i, const char **code, const char **de, const char **en)
{
	if (i >= sizeof(catalogue) / sizeof(catalogue[0]))
		return false;
	*code = catalogue[i].code;
	*de = catalogue[i].de;
	*en = catalogue[i].en;
	return true;
}

bool course_add_error(json_t *errors, const char *code, const char *field)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "code", code, "de", course_error_text(code, true), "en",
			      course_error_text(code, false));

	if (o && field && json_object_set_new(o, "field", json_string(field)) < 0) {
		json_decref(o);
		return false;
	}
	return json_array_append_new(errors, o) == 0;
}

bool course_has_error(const json_t *errors, const char *code)
{
	const json_t *e;
	size_t i;

	json_array_foreach(errors, i, e)
		if (strcmp(json_string_value(json_object_get(e, "code")), code) == 0)
			return true;
	return false;
}
