/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal - schema, opening, transactions
 *
 * The schema only ever grows by a further script at the end of migrations[].
 */
#include <errno.h>
#include <stdlib.h>

#include "journal/journal.h"

static const char first[] =
	"CREATE TABLE request("
	" id INTEGER PRIMARY KEY,"
	" office TEXT NOT NULL,"
	" bus_id TEXT NOT NULL,"
	" message TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK(state IN ('refused','queued','stored','fetched','clarification','question',"
	"  'decided','answered','closed','rejected','lapsed','held')),"
	" hash TEXT NOT NULL,"            /* SHA-256 of what the office submitted */
	" uuid TEXT UNIQUE,"              /* nachrichtenUUID; NULL for refused */
	" release TEXT NOT NULL DEFAULT '',"
	" osci_id TEXT NOT NULL DEFAULT ''," /* MessageId, journalled before StoreDelivery */
	" xml BLOB,"                      /* dropped when the dialogue is closed */
	" purpose TEXT NOT NULL DEFAULT '',"
	" user TEXT NOT NULL DEFAULT '',"
	" errors TEXT NOT NULL DEFAULT '',"
	" last_error TEXT NOT NULL DEFAULT '',"
	" question TEXT NOT NULL DEFAULT '',"
	" decision INTEGER NOT NULL DEFAULT 0,"
	" parent INTEGER REFERENCES request(id),"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" accepted INTEGER NOT NULL,"
	" since INTEGER NOT NULL,"        /* ms since 1970 of the last change of state */
	" overdue INTEGER NOT NULL DEFAULT 0,"
	" reminded INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE(office, bus_id)) STRICT;"
	"CREATE INDEX request_state ON request(state, office, id);"
	"CREATE INDEX request_question ON request(office, question) WHERE question <> '';"
	"CREATE INDEX request_parent ON request(parent) WHERE parent IS NOT NULL;"
	"CREATE TABLE inbound("
	" id INTEGER PRIMARY KEY,"
	" office TEXT NOT NULL,"
	" osci_id TEXT NOT NULL,"
	" raw BLOB,"                      /* HTTP body as fetched; dropped with the acknowledgement */
	" raw_hash TEXT NOT NULL,"
	" fetched INTEGER NOT NULL,"
	" status TEXT NOT NULL DEFAULT 'new' CHECK(status IN ('new','delivered','rejected','unassigned','repeated')),"
	" uuid TEXT NOT NULL DEFAULT '',"
	" code TEXT NOT NULL DEFAULT '',"
	" request INTEGER REFERENCES request(id),"
	" UNIQUE(office, osci_id)) STRICT;"
	"CREATE INDEX inbound_new ON inbound(id) WHERE status = 'new';"
	"CREATE INDEX inbound_uuid ON inbound(office, uuid) WHERE uuid <> '';"
	"CREATE TABLE delivery("
	" id INTEGER PRIMARY KEY AUTOINCREMENT," /* never used twice: offices recognise repetitions by it */
	" request INTEGER NOT NULL REFERENCES request(id),"
	" office TEXT NOT NULL,"
	" outcome TEXT NOT NULL,"
	" final INTEGER NOT NULL,"
	" json TEXT,"
	" xml BLOB,"
	" inbound INTEGER REFERENCES inbound(id),"
	" created INTEGER NOT NULL,"
	" sent INTEGER NOT NULL DEFAULT 0,"
	" acked INTEGER) STRICT;"
	"CREATE INDEX delivery_open ON delivery(office, id) WHERE acked IS NULL;"
	"CREATE INDEX delivery_request ON delivery(request);"
	"CREATE TABLE event("
	" id INTEGER PRIMARY KEY,"
	" time INTEGER NOT NULL,"
	" request INTEGER NOT NULL REFERENCES request(id),"
	" event TEXT NOT NULL,"
	" from_state TEXT NOT NULL,"
	" to_state TEXT NOT NULL,"
	" cause TEXT NOT NULL) STRICT;"
	"CREATE INDEX event_request ON event(request);";

/* What an office submitted in fields: a change of release may come before it is sent. Dropped together with xml. */
static const char second[] = "ALTER TABLE request ADD COLUMN fields TEXT;";

/* Further partners, Rückweisungen, and deliveries that belong to no request. */
static const char partners[] =
	"ALTER TABLE request ADD COLUMN partner TEXT NOT NULL DEFAULT '';" /* directory key; '' = the BAMF */
	"ALTER TABLE request ADD COLUMN rejects INTEGER REFERENCES inbound(id);" /* a Rückweisung: of this message */
	"CREATE UNIQUE INDEX request_rejects ON request(rejects) WHERE rejects IS NOT NULL;"
	"ALTER TABLE inbound ADD COLUMN partner TEXT NOT NULL DEFAULT '';" /* who signed it, once that is known */
	"ALTER TABLE inbound ADD COLUMN content TEXT NOT NULL DEFAULT '';" /* SHA-256 of the message itself */
	"CREATE INDEX inbound_content ON inbound(office, content) WHERE content <> '';"
	"ALTER TABLE delivery RENAME TO delivery_1;"
	"CREATE TABLE delivery("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" request INTEGER REFERENCES request(id)," /* NULL = it refers to none */
	" office TEXT NOT NULL,"
	" outcome TEXT NOT NULL,"
	" final INTEGER NOT NULL,"
	" json TEXT,"
	" xml BLOB,"
	" inbound INTEGER REFERENCES inbound(id),"
	" created INTEGER NOT NULL,"
	" sent INTEGER NOT NULL DEFAULT 0,"
	" acked INTEGER) STRICT;"
	"INSERT INTO delivery(id,request,office,outcome,final,json,xml,inbound,created,sent,acked) "
	" SELECT id,request,office,outcome,final,json,xml,inbound,created,sent,acked FROM delivery_1;"
	"DROP TABLE delivery_1;"
	"CREATE INDEX delivery_open ON delivery(office, id) WHERE acked IS NULL;"
	"CREATE INDEX delivery_request ON delivery(request);";

static const char *const migrations[] = { first, second, partners, NULL };

int xgw_journal_open(struct xgw_journal **ret, const char *path, struct osci_err *err)
{
	struct xgw_journal *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	r = db_open(&j->db, path, migrations, err);
	if (r) {
		free(j);
		return r;
	}
	*ret = j;
	return 0;
}

void xgw_journal_closep(struct xgw_journal **p)
{
	struct xgw_journal *j = *p;

	*p = NULL;
	if (!j)
		return;
	db_close(&j->db);
	free(j);
}

int xgw_journal_latest(struct xgw_journal *j, int64_t *ret, struct osci_err *err)
{
	sqlite3_stmt *st;
	int e = db_query(&j->db, &st, err,
			 "SELECT max(coalesce((SELECT time FROM event ORDER BY id DESC LIMIT 1),0),"
			 "coalesce((SELECT accepted FROM request ORDER BY id DESC LIMIT 1),0))", "");

	if (!e)
		e = db_step(&j->db, st, err);
	if (e)
		return e;
	*ret = db_int(st, 0);
	db_done(st);
	return 0;
}

int xgw_journal_begin(struct xgw_journal *j, struct osci_err *err)
{
	return db_begin(&j->db, err);
}

int xgw_journal_commit(struct xgw_journal *j, struct osci_err *err)
{
	return db_commit(&j->db, err);
}

void xgw_journal_rollback(struct xgw_journal *j)
{
	db_rollback(&j->db);
}
