/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - the schema of the database and its opening
 *
 * One row per fact; a Kennziffer belongs to one record that has not ended.  Texts of requests are kept
 * as JSON, deleted when the rules say so (a question that nobody answered).
 */
#include "course/schema.h"
#include "store/store.h"

static const char schema_1[] =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
	"INSERT INTO meta VALUES ('kennziffer', 0), ('command-offset', 0);"
	"CREATE TABLE person (id INTEGER PRIMARY KEY, label TEXT, origin TEXT UNIQUE, surname TEXT,"
	" surname_key TEXT NOT NULL, given_names TEXT, birth_date TEXT NOT NULL, sex TEXT, azr_number TEXT,"
	" flags INTEGER NOT NULL, nationalities TEXT NOT NULL, data TEXT NOT NULL) STRICT;"
	"CREATE INDEX person_name ON person (surname_key);"
	"CREATE INDEX person_azr ON person (azr_number);"
	"CREATE TABLE record (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person, label TEXT,"
	" art TEXT NOT NULL, kennziffer TEXT NOT NULL, issuer_type TEXT, issuer_name TEXT, issuer_key TEXT,"
	" valid_from TEXT NOT NULL, valid_until TEXT, registered TEXT, attended INTEGER NOT NULL,"
	" ended INTEGER NOT NULL, orientation INTEGER NOT NULL, language INTEGER NOT NULL) STRICT;"
	"CREATE INDEX record_person ON record (person);"
	"CREATE INDEX record_any_kennziffer ON record (kennziffer);"
	"CREATE UNIQUE INDEX record_kennziffer ON record (kennziffer) WHERE ended = 0;"
	"CREATE TABLE takeover (record INTEGER NOT NULL REFERENCES record, office TEXT NOT NULL, day TEXT NOT NULL,"
	" PRIMARY KEY (record, office)) STRICT;"
	"CREATE TABLE event (id INTEGER PRIMARY KEY, record INTEGER NOT NULL REFERENCES record, kind TEXT NOT NULL,"
	" date TEXT NOT NULL, data TEXT NOT NULL) STRICT;"
	"CREATE INDEX event_record ON event (record, date, id);"
	"CREATE TABLE fetched (id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, raw BLOB, received INTEGER NOT NULL,"
	" state TEXT NOT NULL, reason TEXT) STRICT;"
	"CREATE INDEX fetched_state ON fetched (state, id);"
	"CREATE TABLE request (uuid TEXT PRIMARY KEY, number TEXT NOT NULL, office TEXT NOT NULL, release TEXT NOT NULL,"
	" received INTEGER NOT NULL, state TEXT NOT NULL, rule TEXT, fields TEXT, question TEXT UNIQUE,"
	" person INTEGER, candidates TEXT, due INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE INDEX request_due ON request (state, due);"
	"CREATE TABLE outbox (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, number TEXT NOT NULL, office TEXT NOT NULL,"
	" request TEXT NOT NULL, xml BLOB NOT NULL, plan TEXT NOT NULL, created INTEGER NOT NULL, next INTEGER NOT NULL,"
	" message_id TEXT, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL, ended INTEGER) STRICT;"
	"CREATE INDEX outbox_next ON outbox (state, next, id);"
	"CREATE TABLE command (id INTEGER PRIMARY KEY, line TEXT NOT NULL, made INTEGER NOT NULL, state TEXT NOT NULL) STRICT;"
	"CREATE INDEX command_state ON command (state, id);"
	"CREATE TABLE retrieval (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, office TEXT NOT NULL, request TEXT NOT NULL,"
	" answer TEXT NOT NULL, person INTEGER, purpose TEXT NOT NULL) STRICT;";

static const char schema_2[] = COURSE_SCHEMA;
/* What is seen of each delivery, for who looks on; whom a request was about; answers that are laid down beforehand. */
static const char schema_3[] =
	"ALTER TABLE fetched ADD COLUMN number TEXT;"
	"ALTER TABLE fetched ADD COLUMN uuid TEXT;"
	"ALTER TABLE fetched ADD COLUMN trigger_uuid TEXT;"
	"ALTER TABLE fetched ADD COLUMN office TEXT;"
	"ALTER TABLE fetched ADD COLUMN release TEXT;"
	"ALTER TABLE fetched ADD COLUMN fields TEXT;"
	"ALTER TABLE request ADD COLUMN subject INTEGER;"
	"CREATE INDEX request_subject ON request (subject);"
	"CREATE TABLE script (id INTEGER PRIMARY KEY, number TEXT NOT NULL, office TEXT NOT NULL, answers TEXT NOT NULL,"
	" request TEXT) STRICT;";

/* Last day known of a person whose records are deleted. */
static const char schema_4[] = "ALTER TABLE person ADD COLUMN last TEXT;";

/* What providers are told of a record. */
static const char schema_5[] = "ALTER TABLE record ADD COLUMN file_reference TEXT;"
			       "ALTER TABLE record ADD COLUMN ended_on TEXT;";

static const char *const migrations[] = { schema_1, schema_2, schema_3, schema_4, schema_5, NULL };

int sim_store_open(struct sim_store *st, const char *path, struct osci_err *err)
{
	return db_open(&st->db, path, migrations, err);
}

int sim_store_open_reader(struct sim_store *st, const char *path, struct osci_err *err)
{
	return db_open_reader(&st->db, path, err);
}

void sim_store_close(struct sim_store *st)
{
	db_close(&st->db);
}
