/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db - SQLite as every program here uses it
 *
 * WAL, synchronous=FULL, foreign keys, defensive, untrusted schema, secure_delete, cell_size_check,
 * extension loading off, mode 0600, quick_check at open, one writer, schema version
 * in user_version with numbered migrations.  Statements are constants of the
 * program; values are bound, never printed into SQL.
 */
#ifndef OSCI_BASE_DB_H
#define OSCI_BASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

#include <osci/err.h>

struct db {
	sqlite3 *h;
	struct db_cached *cache; /* prepared statements by SQL pointer */
	int lock_fd;             /* holds the flock on PATH.lock */
};

/*
 * @migrations: array of SQL scripts, ended by NULL; script n brings user_version from
 * n to n+1, each in one transaction.  A newer version than known, damage, a second
 * process (locking: one writer holds an flock on PATH.lock) are refused: OSCI_E_STATE / OSCI_E_MALFORMED.
 */
int db_open(struct db *db, const char *path, const char *const *migrations, struct osci_err *err);
/* For looking only, beside the process that writes. OSCI_E_EMPTY if there is none to look at. */
int db_open_reader(struct db *db, const char *path, struct osci_err *err);
void db_close(struct db *db);

int db_begin(struct db *db, struct osci_err *err); /* BEGIN IMMEDIATE */
int db_commit(struct db *db, struct osci_err *err);
void db_rollback(struct db *db);
/*
 * Moves the journal into the database and empties its file, so that nothing deleted stays in it.  Not possible while
 * somebody reads or writes: 0, the next time does it.
 */
int db_settle(struct db *db, struct osci_err *err);

/*
 * Runs one statement.  @types: one letter per bound value: t text (const char *, NULL = SQL NULL),
 * b blob (const void *, size_t), i int64_t, n SQL NULL (no argument).
 * 0 done, OSCI_E_EXISTS on a unique or primary key conflict, OSCI_E_MALFORMED on damage,
 * -EIO / -ENOSPC / -ENOMEM otherwise.
 */
int db_exec(struct db *db, struct osci_err *err, const char *sql, const char *types, ...);
/*
 * Query: db_query() then db_step() until OSCI_E_EMPTY, then db_done().  One row: db_step() gives 0.
 * db_done() accepts NULL.  Step at once: the same SQL may be queried again only behind the first step.
 */
int db_query(struct db *db, sqlite3_stmt **ret, struct osci_err *err, const char *sql, const char *types, ...);
int db_step(struct db *db, sqlite3_stmt *st, struct osci_err *err);
void db_done(sqlite3_stmt *st);
/* Takes the one step of a query that asks whether there is a row, and ends it. */
int db_found(struct db *db, sqlite3_stmt *st, bool *ret, struct osci_err *err);
/* One row of one integer; OSCI_E_EMPTY: there is none, *@ret stays. */
int db_get_int(struct db *db, struct osci_err *err, int64_t *ret, const char *sql, const char *types, ...);
/* Column as text, never NULL ("" for SQL NULL). */
const char *db_text(sqlite3_stmt *st, int col);
int64_t db_int(sqlite3_stmt *st, int col);
const void *db_blob(sqlite3_stmt *st, int col, size_t *ret_len);
int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db);

#endif
