/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema - tables of the course side, a migration of the simulator's database
 *
 * A key that belongs to a case of an acceptance test stands in course_prepared; so test and production share the tables
 * and do not see each other's data.  Sessions and registration codes are stored as SHA-256 only.
 */
#ifndef COURSE_SCHEMA_H
#define COURSE_SCHEMA_H

#define COURSE_SCHEMA \
	"CREATE TABLE course_party (key TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL) STRICT;" \
	"CREATE TABLE course_asset (key TEXT PRIMARY KEY, kind TEXT NOT NULL, party TEXT NOT NULL REFERENCES course_party," \
	" name TEXT NOT NULL, address TEXT NOT NULL) STRICT;" \
	"CREATE INDEX course_asset_party ON course_asset (party, kind);" \
	"CREATE TABLE course (key TEXT PRIMARY KEY, party TEXT NOT NULL REFERENCES course_party, environment TEXT NOT NULL," \
	" state TEXT NOT NULL, postcode TEXT NOT NULL, begin TEXT NOT NULL, data TEXT NOT NULL) STRICT;" \
	"CREATE INDEX course_party_begin ON course (party, environment, begin);" \
	"CREATE INDEX course_postcode ON course (environment, state, postcode);" \
	"CREATE TABLE course_section (course TEXT NOT NULL REFERENCES course, section TEXT NOT NULL, begin TEXT NOT NULL," \
	" expected_end TEXT NOT NULL, ended TEXT, PRIMARY KEY (course, section)) STRICT;" \
	"CREATE TABLE course_participant (course TEXT NOT NULL REFERENCES course, record INTEGER NOT NULL REFERENCES record," \
	" PRIMARY KEY (course, record)) STRICT;" \
	"CREATE TABLE course_attendance (course TEXT NOT NULL REFERENCES course, section TEXT NOT NULL," \
	" record INTEGER NOT NULL REFERENCES record, event INTEGER NOT NULL REFERENCES event, billed INTEGER NOT NULL," \
	" PRIMARY KEY (course, section, record)) STRICT;" \
	"CREATE TABLE course_registration (record INTEGER NOT NULL REFERENCES record, kind TEXT NOT NULL," \
	" party TEXT NOT NULL REFERENCES course_party, data TEXT NOT NULL, PRIMARY KEY (record, kind)) STRICT;" \
	"CREATE TABLE course_sheet (number TEXT PRIMARY KEY, record INTEGER NOT NULL REFERENCES record," \
	" party TEXT NOT NULL REFERENCES course_party, environment TEXT NOT NULL, test_date TEXT NOT NULL, level TEXT," \
	" data TEXT NOT NULL) STRICT;" \
	"CREATE TABLE course_user (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, environment TEXT NOT NULL," \
	" party TEXT NOT NULL REFERENCES course_party, admin INTEGER NOT NULL, active INTEGER NOT NULL, salt BLOB NOT NULL," \
	" hash BLOB NOT NULL, failures INTEGER NOT NULL DEFAULT 0, locked_until INTEGER NOT NULL DEFAULT 0) STRICT;" \
	"CREATE TABLE course_code (hash TEXT PRIMARY KEY, environment TEXT NOT NULL, party TEXT NOT NULL REFERENCES course_party," \
	" made INTEGER NOT NULL, used INTEGER) STRICT;" \
	"CREATE TABLE course_session (hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES course_user, csrf TEXT NOT NULL," \
	" made INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT;" \
	"CREATE TABLE course_ticket (id INTEGER PRIMARY KEY, ticket TEXT NOT NULL UNIQUE," \
	" user INTEGER NOT NULL REFERENCES course_user, function TEXT NOT NULL, request TEXT NOT NULL, answer TEXT," \
	" made INTEGER NOT NULL, done INTEGER) STRICT;" \
	"CREATE INDEX course_ticket_open ON course_ticket (done, id);" \
	"CREATE TABLE course_outage (id INTEGER PRIMARY KEY, begin INTEGER NOT NULL, until INTEGER) STRICT;" \
	"CREATE TABLE course_round (party TEXT NOT NULL REFERENCES course_party, round INTEGER NOT NULL, state TEXT NOT NULL," \
	" made INTEGER NOT NULL, decided TEXT, note TEXT, PRIMARY KEY (party, round)) STRICT;" \
	"CREATE TABLE course_case (id INTEGER PRIMARY KEY, party TEXT NOT NULL, round INTEGER NOT NULL, name TEXT NOT NULL," \
	" data TEXT NOT NULL, FOREIGN KEY (party, round) REFERENCES course_round) STRICT;" \
	"CREATE INDEX course_case_round ON course_case (party, round);" \
	"CREATE TABLE course_prepared (kind TEXT NOT NULL, key TEXT NOT NULL," \
	" test_case INTEGER NOT NULL REFERENCES course_case, PRIMARY KEY (kind, key)) STRICT;" \
	"CREATE TABLE course_run (id INTEGER PRIMARY KEY, test_case INTEGER NOT NULL REFERENCES course_case," \
	" at INTEGER NOT NULL, user TEXT NOT NULL, function TEXT NOT NULL, outcome TEXT NOT NULL," \
	" passed INTEGER NOT NULL) STRICT;" \
	"CREATE INDEX course_run_case ON course_run (test_case);"

#endif
