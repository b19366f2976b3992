/* SPDX-License-Identifier: Apache-2.0 */
/*
 * booklet - the cases of the acceptance test for providers
 *
 * Our own cases, made from what manuals of provider software report; not the BAMF's booklet, which is not public.
 */
#include <stddef.h>

#include "course/accept.h"

const struct course_booklet_case course_booklet[] = {
	{ "A1", "Erste Anmeldung", "registration", NULL, COURSE_SETUP_NEW, 1, "Melden Sie die Person an, mit Einstufungstest." },
	{ "A2", "Name mit Ziffern", "registration", "name_characters", COURSE_SETUP_NEW, 1,
	  "Melden Sie die Person mit einer Ziffer im Nachnamen an. Die Anmeldung muss abgewiesen werden." },
	{ "A3", "Falsches Geburtsdatum", "registration", "unknown_participant", COURSE_SETUP_NEW, 1,
	  "Melden Sie die Person mit einem anderen Geburtsdatum an. Die Anmeldung muss abgewiesen werden." },
	{ "A4", "Unvollständige Anschrift", "registration", "missing", COURSE_SETUP_NEW, 1,
	  "Melden Sie die Person ohne Ort an. Die Anmeldung muss abgewiesen werden." },
	{ "A5", "Zweite Anmeldung", "registration", "already_registered", COURSE_SETUP_REGISTERED, 1,
	  "Die Person ist bereits angemeldet. Melden Sie sie erneut an; die Anmeldung muss abgewiesen werden." },
	{ "B1", "Kursplanung", "course-planning", NULL, COURSE_SETUP_NEW, 0,
	  "Planen Sie einen Kurs am Kursort mit der Lehrkraft." },
	{ "B2", "Unbekannte Lehrkraft", "course-planning", "unknown_teacher", COURSE_SETUP_NEW, 0,
	  "Planen Sie einen Kurs am Kursort mit der Lehrkraft LK-000000. Die Planung muss abgewiesen werden." },
	{ "B3", "Kursplanung ändern", "course-update", NULL, COURSE_SETUP_PLANNED, 0,
	  "Ändern Sie die Zahl der Plätze des geplanten Kurses." },
	{ "C1", "Kursbeginn", "course-start", NULL, COURSE_SETUP_PLANNED, 2,
	  "Melden Sie den Beginn des geplanten Kurses mit beiden Personen." },
	{ "C2", "Gesamtzahl zu klein", "course-start", "total_too_small", COURSE_SETUP_PLANNED, 2,
	  "Melden Sie den Beginn mit beiden Personen und der Gesamtzahl 1. Die Meldung muss abgewiesen werden." },
	{ "C3", "Kursbeginn zum zweiten Mal", "course-start", "course_started", COURSE_SETUP_STARTED, 1,
	  "Der Kurs hat begonnen. Melden Sie den Beginn erneut; die Meldung muss abgewiesen werden." },
	{ "D1", "Abschnittsbeginn", "section-start", NULL, COURSE_SETUP_STARTED, 2,
	  "Melden Sie den Beginn des Abschnitts 2." },
	{ "D2", "Abschnitt ändern", "section-update", NULL, COURSE_SETUP_STARTED, 1,
	  "Ändern Sie das voraussichtliche Ende des Abschnitts 1." },
	{ "D3", "Abschnitt abrechnen", "section-end", NULL, COURSE_SETUP_STARTED, 1,
	  "Rechnen Sie den Abschnitt 1 mit Fehlstunden ab." },
	{ "E1", "Teilnehmerauskunft", "participant-information", NULL, COURSE_SETUP_STARTED, 1,
	  "Rufen Sie die Teilnehmerauskunft ab." },
	{ "F1", "Sprachtestmeldung", "language-test", NULL, COURSE_SETUP_STARTED, 1,
	  "Melden Sie einen Sprachtest mit der Bogennummer; Sprachtestnummer ist der Platzhalter 1234567." },
	{ "F2", "Bogennummer zum zweiten Mal", "language-test", "sheet_used", COURSE_SETUP_SHEET, 1,
	  "Die Bogennummer ist schon gemeldet. Melden Sie sie erneut; die Meldung muss abgewiesen werden." },
	{ "F3", "Ergebnis Leben in Deutschland", "orientation-results", NULL, COURSE_SETUP_STARTED, 1,
	  "Melden Sie das Ergebnis der Person." },
	{ NULL },
};
