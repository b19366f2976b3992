/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db - opening, migrating and querying one SQLite file
 *
 * One process at a time (flock on PATH.lock, kept while the database is open); within it one
 * thread at a time, which is the caller's duty.  SQLite's own texts are never passed on: an error
 * carries the numeric result code.
 */
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/db.h"
#include "base/text.h"

#define BUSY_MS 5000 /* a reader from outside (backup, shell) may hold the file that long */
#define PATH_MAX_DB 4000

struct db_cached {
	struct db_cached *next;
	const char *sql; /* compared by pointer: statements are constants */
	sqlite3_stmt *st;
};

static int fail(struct db *db, int rc, struct osci_err *err, const char *what)
{
	int code = -EIO;

	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		code = -ENOMEM;
		break;
	case SQLITE_FULL:
		code = -ENOSPC;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		code = OSCI_E_MALFORMED;
		break;
	case SQLITE_CONSTRAINT:
		if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    rc == SQLITE_CONSTRAINT_ROWID)
			code = OSCI_E_EXISTS;
		break;
	}
	return osci_fail(err, code, NULL, "database", "%s: SQLite result code %d", what, rc);
}

static int run(struct db *db, const char *sql, struct osci_err *err, const char *what)
{
	int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(db, sqlite3_extended_errcode(db->h), err, what);
}

/* First column of the first row as text. */
static int ask(struct db *db, const char *sql, char *out, size_t size, struct osci_err *err, const char *what)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db->h, sql, -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		snprintf(out, size, "%s", db_text(st, 0));
		rc = SQLITE_OK;
	} else {
		rc = rc == SQLITE_DONE ? SQLITE_ERROR : sqlite3_extended_errcode(db->h);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_OK ? 0 : fail(db, rc, err, what);
}

/* Before anything is made beside it: whatever else somebody named by mistake stays as it is. */
static int is_database(const char *path, struct osci_err *err)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof(magic)];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? 0 : pread(fd, head, sizeof(head), 0);

	if (fd >= 0)
		close(fd);
	if (n > 0 && (n != (ssize_t)sizeof(head) || memcmp(head, magic, sizeof(magic))))
		return osci_fail(err, OSCI_E_MALFORMED, NULL, path, "no SQLite database");
	return 0;
}

static int lock(struct db *db, const char *path, struct osci_err *err)
{
	char name[PATH_MAX_DB + 8];

	snprintf(name, sizeof(name), "%s.lock", path);
	db->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (db->lock_fd < 0)
		return osci_fail(err, -errno, NULL, name, "lock file cannot be opened");
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return osci_fail(err, OSCI_E_STATE, NULL, path, "another process uses this database");
		return osci_fail(err, -errno, NULL, name, "lock file cannot be locked");
	}
	return 0;
}

/* SQLite gives its journal files the mode of the database, so that one is made first. */
static int make_private(const char *path, struct osci_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = 0;

	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "database file cannot be opened");
	if (fchmod(fd, 0600) < 0)
		r = osci_fail(err, -errno, NULL, path, "database file cannot be made private");
	close(fd);
	return r;
}

static int configure(struct db *db, struct osci_err *err)
{
	static const struct {
		int op, value;
	} switches[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },      { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },    { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },	       { SQLITE_DBCONFIG_DQS_DML, 0 },
	};
	char mode[16];
	int r;

	sqlite3_extended_result_codes(db->h, 1);
	sqlite3_busy_timeout(db->h, BUSY_MS);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		int rc = sqlite3_db_config(db->h, switches[i].op, switches[i].value, NULL);

		if (rc != SQLITE_OK)
			return fail(db, rc, err, "switch refused");
	}
	r = ask(db, "PRAGMA journal_mode=WAL", mode, sizeof(mode), err, "journal mode");
	if (r)
		return r;
	if (strcmp(mode, "wal"))
		return osci_fail(err, -EIO, NULL, "database", "the file system does not allow a WAL journal");
	return run(db, "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; "
		       "PRAGMA cell_size_check=ON;", err,
		   "settings");
}

static int migrate(struct db *db, const char *const *migrations, struct osci_err *err)
{
	char text[24];
	uint64_t version, known = 0;
	int r = ask(db, "PRAGMA user_version", text, sizeof(text), err, "schema version");

	if (r)
		return r;
	if (osci_parse_u64(text, strlen(text), INT32_MAX, &version))
		return osci_fail(err, OSCI_E_MALFORMED, NULL, "database", "schema version is no number");
	while (migrations[known])
		known++;
	if (version > known)
		return osci_fail(err, OSCI_E_STATE, NULL, "database",
				 "schema version %" PRIu64 ", this program knows versions up to %" PRIu64, version, known);
	for (; version < known; version++) {
		char set[48];

		snprintf(set, sizeof(set), "PRAGMA user_version=%" PRIu64, version + 1);
		r = db_begin(db, err);
		if (!r)
			r = run(db, migrations[version], err, "migration");
		if (!r)
			r = run(db, set, err, "schema version");
		if (!r)
			r = db_commit(db, err);
		if (r) {
			db_rollback(db);
			return r;
		}
	}
	return 0;
}

int db_open(struct db *db, const char *path, const char *const *migrations, struct osci_err *err)
{
	char check[16];
	int r, rc;

	*db = (struct db){ .lock_fd = -1 };
	if (strlen(path) > PATH_MAX_DB)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "database", "file name too long");
	r = is_database(path, err);
	if (!r)
		r = lock(db, path, err);
	if (!r)
		r = make_private(path, err);
	if (r)
		goto out;
	rc = sqlite3_open_v2(path, &db->h,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (rc != SQLITE_OK) {
		r = fail(db, rc, err, "cannot be opened");
		goto out;
	}
	r = configure(db, err);
	if (!r)
		r = ask(db, "PRAGMA quick_check(1)", check, sizeof(check), err, "check");
	if (!r && strcmp(check, "ok"))
		r = osci_fail(err, OSCI_E_MALFORMED, NULL, path, "database is damaged");
	if (!r)
		r = migrate(db, migrations, err);
out:
	if (r)
		db_close(db);
	return r;
}

int db_open_reader(struct db *db, const char *path, struct osci_err *err)
{
	int r = is_database(path, err);

	*db = (struct db){ .lock_fd = -1 };
	if (r)
		return r;
	if (sqlite3_open_v2(path, &db->h, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db->h, BUSY_MS);
		return 0;
	}
	db_close(db);
	return osci_fail(err, OSCI_E_EMPTY, NULL, path, "database cannot be opened for reading");
}

void db_close(struct db *db)
{
	struct db_cached *c = db->cache;

	while (c) {
		struct db_cached *next = c->next;

		sqlite3_finalize(c->st);
		free(c);
		c = next;
	}
	sqlite3_close_v2(db->h);
	if (db->lock_fd >= 0 && (db->h || db->lock_fd > 0))
		close(db->lock_fd);
	*db = (struct db){ .lock_fd = -1 };
}

int db_begin(struct db *db, struct osci_err *err)
{
	return run(db, "BEGIN IMMEDIATE", err, "begin");
}

int db_commit(struct db *db, struct osci_err *err)
{
	return run(db, "COMMIT", err, "commit");
}

void db_rollback(struct db *db)
{
	if (db->h && !sqlite3_get_autocommit(db->h))
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
}

int db_settle(struct db *db, struct osci_err *err)
{
	int rc = sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ?
		       0 : fail(db, rc, err, "journal cannot be emptied");
}

static int prepared(struct db *db, sqlite3_stmt **ret, const char *sql, struct osci_err *err)
{
	struct db_cached *c;
	int rc;

	for (c = db->cache; c; c = c->next)
		if (c->sql == sql && !sqlite3_stmt_busy(c->st)) {
			*ret = c->st;
			return 0;
		}
	c = calloc(1, sizeof(*c));
	if (!c)
		return osci_fail(err, -ENOMEM, NULL, "database", "no memory for a statement");
	rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->st, NULL);
	if (rc != SQLITE_OK) {
		free(c);
		return fail(db, rc, err, "statement");
	}
	c->sql = sql;
	c->next = db->cache;
	db->cache = c;
	*ret = c->st;
	return 0;
}

static int bind_all(struct db *db, sqlite3_stmt *st, const char *types, va_list ap, sqlite3_destructor_type keep,
		    struct osci_err *err)
{
	int rc = SQLITE_OK;

	if ((size_t)sqlite3_bind_parameter_count(st) != strlen(types))
		return fail(db, SQLITE_RANGE, err, "number of values");
	for (int i = 1; types[i - 1] && rc == SQLITE_OK; i++) {
		const char *text;
		const void *blob;
		size_t len;

		switch (types[i - 1]) {
		case 't':
			text = va_arg(ap, const char *);
			rc = text ? sqlite3_bind_text64(st, i, text, strlen(text), keep, SQLITE_UTF8) :
				    sqlite3_bind_null(st, i);
			break;
		case 'b':
			blob = va_arg(ap, const void *);
			len = va_arg(ap, size_t);
			rc = sqlite3_bind_blob64(st, i, blob ? blob : "", blob ? len : 0, keep);
			break;
		case 'i':
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 'n':
			rc = sqlite3_bind_null(st, i);
			break;
		default:
			rc = SQLITE_MISUSE;
		}
	}
	return rc == SQLITE_OK ? 0 : fail(db, rc, err, "value");
}

int db_exec(struct db *db, struct osci_err *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *st = NULL;
	va_list ap;
	int r = prepared(db, &st, sql, err);

	if (r)
		return r;
	va_start(ap, types);
	r = bind_all(db, st, types, ap, SQLITE_STATIC, err);
	va_end(ap);
	while (!r) {
		int rc = sqlite3_step(st);

		if (rc == SQLITE_DONE)
			break;
		if (rc != SQLITE_ROW)
			r = fail(db, rc, err, "execution");
	}
	db_done(st);
	return r;
}

static int query(struct db *db, sqlite3_stmt **ret, struct osci_err *err, const char *sql, const char *types, va_list ap)
{
	sqlite3_stmt *st = NULL;
	int r = prepared(db, &st, sql, err);

	*ret = NULL;
	if (r)
		return r;
	r = bind_all(db, st, types, ap, SQLITE_TRANSIENT, err);
	if (r)
		db_done(st);
	else
		*ret = st;
	return r;
}

int db_query(struct db *db, sqlite3_stmt **ret, struct osci_err *err, const char *sql, const char *types, ...)
{
	va_list ap;
	int r;

	va_start(ap, types);
	r = query(db, ret, err, sql, types, ap);
	va_end(ap);
	return r;
}

int db_get_int(struct db *db, struct osci_err *err, int64_t *ret, const char *sql, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int r;

	va_start(ap, types);
	r = query(db, &st, err, sql, types, ap);
	va_end(ap);
	if (!r)
		r = db_step(db, st, err);
	if (!r)
		*ret = db_int(st, 0);
	db_done(st);
	return r;
}

int db_step(struct db *db, sqlite3_stmt *st, struct osci_err *err)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 0;
	if (rc == SQLITE_DONE)
		return OSCI_E_EMPTY;
	return fail(db, rc, err, "query");
}

void db_done(sqlite3_stmt *st)
{
	if (!st)
		return;
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

int db_found(struct db *db, sqlite3_stmt *st, bool *ret, struct osci_err *err)
{
	int r = db_step(db, st, err);

	db_done(st);
	if (r && r != OSCI_E_EMPTY)
		return r;
	*ret = r == 0;
	return 0;
}

const char *db_text(sqlite3_stmt *st, int col)
{
	const char *s = (const char *)sqlite3_column_text(st, col);

	return s ? s : "";
}

int64_t db_int(sqlite3_stmt *st, int col)
{
	return sqlite3_column_int64(st, col);
}

const void *db_blob(sqlite3_stmt *st, int col, size_t *ret_len)
{
	const void *blob = sqlite3_column_blob(st, col);

	*ret_len = (size_t)sqlite3_column_bytes(st, col);
	return blob ? blob : "";
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->h);
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->h);
}
