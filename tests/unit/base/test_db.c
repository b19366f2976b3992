/* SPDX-License-Identifier: Apache-2.0 */
/* test_db - opening, migrations, refusals, statements */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/db.h"
#include "lib/t_db.h"

static const char *const v1[] = { "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB) STRICT;", NULL };
static const char *const v2[] = { "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB) STRICT;",
				  "CREATE TABLE u(t INTEGER NOT NULL REFERENCES t(id)) STRICT; CREATE INDEX ui ON u(t);",
				  NULL };
static const char *const broken[] = { "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB) STRICT;",
				      "CREATE TABLE v(a INTEGER) STRICT; CREATE TABLE t(b INTEGER);", NULL };

static char dir[] = "/tmp/xausl-db-XXXXXX";
static char file[64];

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/t.db", dir);
	return 0;
}

static int before(void **state)
{
	t_db_remove(file);
	return 0;
}

static int teardown(void **state)
{
	t_db_remove(file);
	return rmdir(dir);
}

static void open_db(struct db *db, const char *const *migrations)
{
	struct osci_err err = { 0 };

	if (db_open(db, file, migrations, &err))
		fail_msg("%s", err.what);
}

static void test_statements(void **state)
{
	struct osci_err err = { 0 };
	struct db db;
	sqlite3_stmt *st;
	size_t len;

	open_db(&db, v1);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name,data) VALUES(?,?)", "tb", "a", "\0x\xff", (size_t)3), 0);
	assert_int_equal(db_last_id(&db), 1);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name,data) VALUES(?,?)", "tn", "b"), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name,data) VALUES(?,?)", "tn", "b"), OSCI_E_EXISTS);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(id) VALUES(?)", "i", (int64_t)1), OSCI_E_EXISTS);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name) VALUES(?)", "t", NULL), 0);
	assert_int_equal(db_query(&db, &st, &err, "SELECT id,name,data FROM t ORDER BY id", ""), 0);
	assert_int_equal(db_step(&db, st, &err), 0);
	assert_int_equal(db_int(st, 0), 1);
	assert_string_equal(db_text(st, 1), "a");
	assert_memory_equal(db_blob(st, 2, &len), "\0x\xff", 3);
	assert_int_equal(len, 3);
	assert_int_equal(db_step(&db, st, &err), 0);
	db_blob(st, 2, &len);
	assert_int_equal(len, 0);
	assert_int_equal(db_step(&db, st, &err), 0);
	assert_string_equal(db_text(st, 1), "");
	assert_int_equal(db_step(&db, st, &err), OSCI_E_EMPTY);
	db_done(st);
	db_done(NULL);
	assert_int_equal(db_exec(&db, &err, "UPDATE t SET data=NULL", ""), 0);
	assert_int_equal(db_changes(&db), 3);
	/* wrong number and kind of values are the program's mistake */
	assert_int_equal(db_exec(&db, &err, "DELETE FROM t WHERE id=?", ""), -EIO);
	assert_int_equal(db_exec(&db, &err, "DELETE FROM t WHERE id=?", "x", 1), -EIO);
	assert_int_equal(db_query(&db, &st, &err, "SELECT nothing FROM t", ""), -EIO);
	assert_null(st);
	assert_null(strstr(err.what, "nothing"));
	/* a value is never SQL */
	assert_int_equal(db_exec(&db, &err, "DELETE FROM t WHERE name=?", "t", "x' OR 1=1 --"), 0);
	assert_int_equal(db_changes(&db), 0);
	db_close(&db);
}

static void test_nested_query(void **state)
{
	static const char sql[] = "SELECT id FROM t ORDER BY id";
	struct osci_err err = { 0 };
	sqlite3_stmt *a, *b;
	struct db db;

	open_db(&db, v1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name) VALUES(NULL)", ""), 0);
	assert_int_equal(db_query(&db, &a, &err, sql, ""), 0);
	assert_int_equal(db_step(&db, a, &err), 0);
	assert_int_equal(db_query(&db, &b, &err, sql, ""), 0);
	assert_ptr_not_equal(a, b);
	assert_int_equal(db_step(&db, b, &err), 0);
	assert_int_equal(db_int(b, 0), 1);
	assert_int_equal(db_step(&db, a, &err), 0);
	assert_int_equal(db_int(a, 0), 2);
	db_done(a);
	db_done(b);
	assert_int_equal(db_query(&db, &b, &err, sql, ""), 0); /* from the cache again */
	assert_int_equal(db_step(&db, b, &err), 0);
	assert_int_equal(db_int(b, 0), 1);
	db_done(b);
	db_close(&db);
}

static void test_transactions(void **state)
{
	struct osci_err err = { 0 };
	struct db db;

	open_db(&db, v2);
	assert_int_equal(db_begin(&db, &err), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name) VALUES(?)", "t", "x"), 0);
	db_rollback(&db);
	db_rollback(&db); /* harmless */
	assert_int_equal(db_begin(&db, &err), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name) VALUES(?)", "t", "x"), 0);
	assert_int_equal(db_commit(&db, &err), 0);
	assert_int_equal(db_commit(&db, &err), -EIO);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO u(t) VALUES(?)", "i", (int64_t)77), -EIO); /* foreign key */
	db_close(&db);
	open_db(&db, v2);
	assert_int_equal(db_exec(&db, &err, "DELETE FROM t", ""), 0);
	assert_int_equal(db_changes(&db), 1);
	db_close(&db);
	db_close(&db);
}

static void test_migrations(void **state)
{
	struct osci_err err = { 0 };
	struct db db;

	open_db(&db, v1);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO t(name) VALUES(?)", "t", "kept"), 0);
	db_close(&db);
	/* a migration that fails leaves the file at the old version, whole */
	assert_int_not_equal(db_open(&db, file, broken, &err), 0);
	assert_null(db.h);
	open_db(&db, v2);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO u(t) SELECT id FROM t WHERE name='kept'", ""), 0);
	assert_int_equal(db_changes(&db), 1);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO v VALUES(1)", ""), -EIO); /* no trace of the broken one */
	db_close(&db);
	/* a newer file than the program knows */
	assert_int_equal(db_open(&db, file, v1, &err), OSCI_E_STATE);
	assert_non_null(strstr(err.what, "version 2"));
	open_db(&db, v2);
	db_close(&db);
}

static void test_second_process(void **state)
{
	struct osci_err err = { 0 };
	struct db db, second;
	int status;
	pid_t pid;

	open_db(&db, v1);
	assert_int_equal(db_open(&second, file, v1, &err), OSCI_E_STATE);
	pid = fork();
	if (!pid) {
		struct db other;

		close(db.lock_fd); /* inherited; a stranger would not have it */
		_exit(db_open(&other, file, v1, &err) == OSCI_E_STATE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	db_close(&db);
	open_db(&db, v1);
	db_close(&db);
}

static void test_mode(void **state)
{
	struct stat st;
	struct db db;
	char wal[96];
	int fd = open(file, O_CREAT | O_RDWR, 0644);

	close(fd);
	chmod(file, 0644);
	open_db(&db, v1);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(wal, sizeof(wal), "%s-wal", file);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	db_close(&db);
}

static void test_damaged(void **state)
{
	struct osci_err err = { 0 };
	struct db db;
	char junk[8192], beside[200];
	int fd;

	fd = open(file, O_CREAT | O_RDWR, 0600);
	memset(junk, 'j', sizeof(junk));
	assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
	close(fd);
	assert_int_equal(db_open(&db, file, v1, &err), OSCI_E_MALFORMED);
	/* A file of somebody else: named, and nothing is made beside it. */
	assert_string_equal(err.where, file);
	assert_string_equal(err.what, "no SQLite database");
	snprintf(beside, sizeof(beside), "%s.lock", file);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(truncate(file, 7), 0);
	assert_int_equal(db_open(&db, file, v1, &err), OSCI_E_MALFORMED);
	t_db_remove(file);
	open_db(&db, v1);
	for (int i = 0; i < 200; i++)
		assert_int_equal(db_exec(&db, &err, "INSERT INTO t(data) VALUES(?)", "b", junk, (size_t)500), 0);
	db_close(&db);
	fd = open(file, O_RDWR);
	assert_int_equal(pwrite(fd, junk, 4096, 5 * 4096), 4096); /* page 6 */
	close(fd);
	assert_int_equal(db_open(&db, file, v1, &err), OSCI_E_MALFORMED);
	assert_int_equal(db_open(&db, "/nonexistent/x.db", v1, &err), -ENOENT);
}

static void test_settings(void **state)
{
	static const char *const asks[][2] = { { "PRAGMA journal_mode", "wal" }, { "PRAGMA synchronous", "2" },
					       { "PRAGMA secure_delete", "1" },	 { "PRAGMA foreign_keys", "1" },
					       { "PRAGMA trusted_schema", "0" }, { "PRAGMA cell_size_check", "1" } };
	struct osci_err err = { 0 };
	struct db db;

	open_db(&db, v1);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		sqlite3_stmt *st;

		assert_int_equal(db_query(&db, &st, &err, asks[i][0], ""), 0);
		assert_int_equal(db_step(&db, st, &err), 0);
		assert_string_equal(db_text(st, 0), asks[i][1]);
		db_done(st);
	}
	assert_int_equal(db_exec(&db, &err, "SELECT load_extension('x')", ""), -EIO);
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_statements, before),   cmocka_unit_test_setup(test_nested_query, before),
		cmocka_unit_test_setup(test_transactions, before), cmocka_unit_test_setup(test_migrations, before),
		cmocka_unit_test_setup(test_second_process, before), cmocka_unit_test_setup(test_mode, before),
		cmocka_unit_test_setup(test_damaged, before),	   cmocka_unit_test_setup(test_settings, before),
	};

	return cmocka_run_group_tests_name("base/db", tests, setup, teardown);
}
