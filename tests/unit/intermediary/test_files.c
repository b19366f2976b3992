/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_files - large parts beside the database: unchanged, durable, counted, damaged, left over; conflicts; an old
 * database; and that no selection gets slower with the number that waits
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "blob/spool.h"
#include "intermediary/store_priv.h"
#include "intermediary/store_schema.h"
#include "lib/t_db.h"

#define A "aaaa"
#define B "bbbb"
#define LARGE (3 * IM_STORE_INLINE + 17)

static char dir[] = "/tmp/xausl-files-XXXXXX";
static char file[64];
static struct im_store_limits limits;
static struct im_store store;
static struct im_pool pool;
static struct osci_err err;
static unsigned char *large;

static int setup(void **state)
{
	large = malloc(LARGE);
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (unsigned char)(i * 7 + i / 251);
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/im.db", dir);
	return 0;
}

static int teardown(void **state)
{
	free(large);
	return rmdir(dir);
}

static int before(void **state)
{
	t_db_remove(file);
	limits = (struct im_store_limits){ 100000, 1000000, 100000 };
	return im_store_open(&store, file, &limits, &err);
}

static int after(void **state)
{
	im_store_close(&store);
	im_pool_free(&pool);
	t_db_remove(file);
	return 0;
}

static int reopen(void)
{
	im_store_close(&store);
	return im_store_open(&store, file, &limits, &err);
}

static const char *issue(void)
{
	const char *id;

	assert_int_equal(im_store_issue(&store, A, "host.example", 1000, &pool, &id, &err), 0);
	return id;
}

static bool conflict;

/* One part of @len octets, as a blob that is nowhere in memory if @blob. */
static int put(const char *id, size_t package, size_t len, bool blob, int64_t now)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *b = NULL;
	_cleanup_(osci_freep) char *text = malloc(package + 1);
	struct osci_part parts[] = { { .content_id = "att-1", .data = large, .len = len } };
	struct im_delivery d = { .card = { .message_id = id, .originator = A, .addressee = B }, .package = text,
				 .package_len = package, .parts = parts, .n_parts = 1 };
	int r;

	memset(text, 'p', package);
	if (blob) {
		FILE *f = tmpfile();

		assert_int_equal(fwrite(large, 1, len, f), len);
		assert_int_equal(fflush(f), 0);
		assert_int_equal(osci_blob_file(&b, dup(fileno(f)), 0, len, NULL), 0);
		fclose(f);
		parts[0].data = NULL;
		parts[0].blob = b;
	}
	r = im_store_put(&store, &d, now, &conflict, &err);
	if (!r)
		assert_true(parts[0].hashed);
	return r;
}

static int fetch(struct im_delivery **d)
{
	const struct osci_selection none = { .kind = OSCI_SELECT_NONE };
	bool more;

	return im_store_fetch(&store, B, &none, 5000, &pool, d, &more, &err);
}

static void assert_part(const struct osci_part *p, size_t len)
{
	_cleanup_(osci_freep) unsigned char *got = malloc(len + 1);

	assert_int_equal(p->len, len);
	assert_true(p->hashed);
	if (p->data) {
		assert_memory_equal(p->data, large, len);
		return;
	}
	assert_int_equal(osci_blob_len(p->blob), len);
	assert_int_equal(osci_blob_read(p->blob, 0, got, len, &err), 0);
	assert_memory_equal(got, large, len);
}

static int64_t number(const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(db_query(&store.db, &st, &err, sql, ""), 0);
	assert_int_equal(db_step(&store.db, st, &err), 0);
	n = db_int(st, 0);
	db_done(st);
	return n;
}

static void test_mark(void **state)
{
	static const struct {
		size_t len;
		bool blob;
		size_t files;
	} sizes[] = { { 0, false, 0 },	 { IM_STORE_INLINE, false, 0 }, { IM_STORE_INLINE + 1, false, 1 }, { LARGE, false, 1 },
		      { 0, true, 0 }, { 100, true, 1 }, { LARGE, true, 1 } };
	struct im_delivery *d;
	struct stat st;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(put(issue(), 10, sizes[i].len, sizes[i].blob, 1), 0);
		assert_int_equal(t_db_files(file), sizes[i].files);
		assert_int_equal(reopen(), 0); /* nothing that is named is swept away */
		assert_int_equal(t_db_files(file), sizes[i].files);
		assert_int_equal(fetch(&d), 0);
		assert_part(&d->parts[0], sizes[i].len);
		if (sizes[i].files) {
			assert_int_equal(stat(t_db_file(file, 0), &st), 0);
			assert_int_equal(st.st_mode & 07777, 0600);
		}
		assert_int_equal(im_store_received(&store, d->card.seq, 2, 0, &err), 0);
		assert_int_equal(t_db_files(file), 0);
		assert_part(&d->parts[0], sizes[i].len); /* an answer under way is not cut */
	}
	assert_int_equal(number("SELECT deliveries+bytes FROM mailbox"), 0);
}

/* A part that is a file of a spool already gets a name and is not read again; what has no digest yet is. */
static void test_spooled_part(void **state)
{
	struct osci_spool *spool = NULL;
	struct stat st;

	assert_int_equal(osci_spool_new(&spool, &(struct osci_spool_conf){ .dir = dir, .memory = 1 }, &err), 0);
	for (int hashed = 0; hashed < 2; hashed++) {
		struct osci_part part = { .content_id = "att-1", .len = LARGE };
		struct osci_sink *sink = NULL;
		struct im_delivery d = { .card = { .message_id = issue(), .originator = A, .addressee = B }, .package = "p",
					 .package_len = 1, .parts = &part, .n_parts = 1 };
		struct im_delivery *got;

		assert_int_equal(osci_sink_new(&sink, spool, LARGE), 0);
		assert_int_equal(osci_sink_add(sink, large, LARGE, &err), 0);
		assert_int_equal(osci_sink_done(&sink, &part.blob, &err), 0);
		part.hashed = hashed; /* by a digest that no second reading would bear out */
		assert_int_equal(im_store_put(&store, &d, 1, NULL, &err), 0);
		assert_int_equal(t_db_files(file), 1);
		assert_int_equal(stat(t_db_file(file, 0), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(st.st_size, LARGE);
		assert_int_equal(st.st_nlink, 1);
		part.blob = osci_blob_unref(part.blob);
		assert_int_equal(osci_spool_used(spool), 0);
		assert_int_equal(reopen(), 0);
		assert_int_equal(fetch(&got), 0);
		assert_part(&got->parts[0], LARGE);
		assert_int_equal(im_store_received(&store, got->card.seq, 2, 0, &err), 0);
		assert_int_equal(t_db_files(file), 0);
	}
	osci_spool_unref(spool);
}

static void test_link(void **state)
{
	struct osci_blob *spooled = NULL, *slice = NULL, *whole = NULL;
	struct osci_spool *spool = NULL;
	struct osci_sink *sink = NULL;
	struct stat a, b;
	int d = open(dir, O_RDONLY | O_DIRECTORY), fd;

	assert_int_equal(osci_spool_new(&spool, &(struct osci_spool_conf){ .dir = dir, .memory = 1 }, &err), 0);
	assert_int_equal(osci_sink_new(&sink, spool, LARGE), 0);
	assert_int_equal(osci_sink_add(sink, large, LARGE, &err), 0);
	assert_int_equal(osci_sink_done(&sink, &spooled, &err), 0);
	assert_int_equal(osci_blob_link(spooled, d, "link"), 0);
	assert_int_equal(osci_blob_link(spooled, d, "link"), -EEXIST);
	assert_int_equal(fstatat(d, "link", &a, 0), 0);
	assert_int_equal(a.st_size, LARGE);
	/* Neither a part of it nor a file that is somebody's already. */
	assert_int_equal(osci_blob_slice(&slice, spooled, 1, LARGE - 1, &err), 0);
	assert_int_equal(osci_blob_link(slice, d, "other"), OSCI_E_USAGE);
	fd = openat(d, "link", O_RDONLY);
	assert_int_equal(osci_blob_file(&whole, fd, 0, LARGE, &err), 0);
	assert_int_equal(osci_blob_link(whole, d, "other"), OSCI_E_USAGE);
	assert_int_equal(fstatat(d, "other", &b, 0), -1);
	assert_int_equal(unlinkat(d, "link", 0), 0);
	osci_blob_unref(whole);
	osci_blob_unref(slice);
	osci_blob_unref(spooled);
	osci_spool_unref(spool);
	close(d);
}

static void test_large_package(void **state)
{
	struct im_delivery *d;

	assert_int_equal(put(issue(), 200000, 5, false, 1), 0);
	assert_int_equal(t_db_files(file), 1);
	assert_int_equal(number("SELECT length(package) FROM delivery"), 0);
	assert_int_equal(reopen(), 0);
	assert_int_equal(fetch(&d), 0);
	assert_int_equal(d->package_len, 200000);
	for (size_t i = 0; i < 200000; i++)
		assert_int_equal(d->package[i], 'p');
}

static void test_retention_removes_files(void **state)
{
	struct im_delivery *d;

	assert_int_equal(put(issue(), 200000, LARGE, false, 1), 0);
	assert_int_equal(put(issue(), 1, LARGE, false, 1), 0);
	assert_int_equal(t_db_files(file), 3);
	assert_int_equal(fetch(&d), 0);
	assert_int_equal(im_store_received(&store, d->card.seq, 1000, 500, &err), 0);
	assert_int_equal(t_db_files(file), 3);
	assert_int_equal(im_store_purge(&store, 1499, 0, -1, &err), 0);
	assert_int_equal(t_db_files(file), 3);
	assert_int_equal(im_store_purge(&store, 1500, 0, -1, &err), 0);
	assert_int_equal(t_db_files(file), 1);
	/* the card goes, and with it what was kept behind its reception */
	assert_int_equal(fetch(&d), 0);
	assert_int_equal(im_store_received(&store, d->card.seq, 2000, 1000000, &err), 0);
	assert_int_equal(im_store_purge(&store, 2001, 999999, -1, &err), 0);
	assert_int_equal(t_db_files(file), 0);
	assert_int_equal(number("SELECT count(*) FROM delivery"), 0);
	assert_int_equal(number("SELECT count(*) FROM mailbox"), 0);
}

/* Octets of the database and of its journal as they lie on the disk. */
static bool on_disk(const char *text)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	bool found = false;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && !found; i++) {
		_cleanup_(osci_freep) char *all = NULL;
		char path[96];
		struct stat st;
		int fd;

		snprintf(path, sizeof(path), "%s%s", file, ends[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		assert_int_equal(fstat(fd, &st), 0);
		all = malloc((size_t)st.st_size + 1);
		assert_int_equal(read(fd, all, (size_t)st.st_size), st.st_size);
		close(fd);
		found = memmem(all, (size_t)st.st_size, text, strlen(text)) != NULL;
	}
	return found;
}

static void f_11_gone_from_the_raw_files(void **state)
{
	static const char marker[] = "pppppppppppppppppppppppppppppppp";
	struct im_delivery *d;

	assert_int_equal(put(issue(), 5000, 100, false, 1), 0);
	assert_true(on_disk(marker));
	assert_int_equal(fetch(&d), 0);
	assert_int_equal(im_store_received(&store, d->card.seq, 1000, 0, &err), 0);
	assert_int_equal(im_store_purge(&store, 2000, 0, -1, &err), 0);
	assert_false(on_disk(marker));
}

static void test_quota_counts_files(void **state)
{
	const char *id = issue();

	limits.mailbox_bytes = LARGE + 200;
	assert_int_equal(reopen(), 0);
	assert_int_equal(put(id, 100, LARGE, false, 1), 0);
	id = issue();
	assert_int_equal(put(id, 100, LARGE, false, 1), OSCI_E_LIMIT);
	assert_int_equal(put(id, 101, 0, false, 1), OSCI_E_LIMIT);
	assert_int_equal(t_db_files(file), 1); /* the refused one left nothing */
	assert_int_equal(put(id, 100, 0, false, 1), 0);
	assert_int_equal(im_store_adopt(&store, B, "participant", &err), 0);
	assert_int_equal(number("SELECT bytes FROM mailbox WHERE name='participant'"), LARGE + 200);
	assert_int_equal(number("SELECT count(*) FROM mailbox"), 1);
}

/* F-03: damage is said, never an empty answer, and the card does not say that it was forwarded. */
static void f_03_missing_file(void **state)
{
	struct im_delivery *d;

	assert_int_equal(put(issue(), 10, LARGE, false, 1), 0);
	assert_int_equal(truncate(t_db_file(file, 0), 5), 0);
	assert_int_equal(fetch(&d), OSCI_E_MALFORMED);
	assert_null(d);
	assert_int_equal(unlink(t_db_file(file, 0)), 0);
	assert_int_equal(fetch(&d), OSCI_E_MALFORMED);
	assert_non_null(strstr(err.what, "missing"));
	assert_int_equal(number("SELECT forwarding FROM card"), 0);
}

/* F-01: a link in place of file or directory leads nowhere. */
static void f_01_links(void **state)
{
	struct im_delivery *d;
	char name[600], other[100];
	FILE *f;

	assert_int_equal(put(issue(), 10, LARGE, false, 1), 0);
	snprintf(name, sizeof(name), "%s", t_db_file(file, 0));
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(rename(name, other), 0);
	assert_int_equal(symlink(other, name), 0);
	assert_int_equal(fetch(&d), OSCI_E_MALFORMED);
	assert_int_equal(unlink(name), 0);
	im_store_close(&store);
	snprintf(name, sizeof(name), "%s.files", file);
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(symlink("/tmp", name), 0);
	assert_true(im_store_open(&store, file, &limits, &err) < 0);
	assert_int_equal(unlink(name), 0);
	/* no directory: a missing file again, and nobody's file is touched */
	assert_int_equal(im_store_open(&store, file, &limits, &err), 0);
	assert_int_equal(fetch(&d), OSCI_E_MALFORMED);
	f = fopen(other, "r");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(unlink(other), 0);
}

static void test_orphans_go_at_start(void **state)
{
	char name[200];

	assert_int_equal(put(issue(), 10, LARGE, false, 1), 0);
	snprintf(name, sizeof(name), "%s.files/f-00112233445566778899aabbccddeeff", file);
	close(open(name, O_CREAT | O_WRONLY, 0600));
	snprintf(name, sizeof(name), "%s.files/note", file);
	close(open(name, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(t_db_files(file), 3);
	assert_int_equal(reopen(), 0);
	assert_int_equal(t_db_files(file), 2); /* what is not ours stays */
}

static void d_07_same_id_other_content(void **state)
{
	const char *id = issue();
	struct im_delivery *d;

	assert_int_equal(put(id, 10, LARGE, false, 1), 0);
	assert_int_equal(put(id, 10, LARGE, true, 2), OSCI_E_EXISTS); /* D-01: the same, however it came */
	assert_false(conflict);
	assert_int_equal(put(id, 10, LARGE - 1, false, 2), OSCI_E_EXISTS);
	assert_true(conflict);
	assert_int_equal(put(id, 11, LARGE, false, 2), OSCI_E_EXISTS);
	assert_true(conflict);
	assert_int_equal(put("unknown@x", 11, LARGE, false, 2), OSCI_E_EXISTS);
	assert_false(conflict);
	assert_int_equal(t_db_files(file), 1);
	assert_int_equal(fetch(&d), 0);
	assert_part(&d->parts[0], LARGE); /* the first one stays */
	assert_int_equal(im_store_received(&store, d->card.seq, 3, 0, &err), 0);
	assert_int_equal(reopen(), 0);
	assert_int_equal(put(id, 10, LARGE - 1, false, 4), OSCI_E_EXISTS); /* known when the content is gone */
	assert_true(conflict);
	assert_int_equal(fetch(&d), OSCI_E_EMPTY);
}

/* A database of the version before files: its deliveries come out, its mailbox is counted. */
static void test_old_database(void **state)
{
	const char *const old[] = { im_store_migrations[0], im_store_migrations[1], NULL };
	struct im_delivery *d;
	struct db db;

	im_store_close(&store);
	t_db_remove(file);
	assert_int_equal(db_open(&db, file, old, &err), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO card(seq,message_id,originator,addressee,creation,modified)"
					    " VALUES(7,'m@x','" A "','" B "',50,50)", ""), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO delivery(seq,mailbox,bytes,package) VALUES(7,'" B "',13,x'3c703e')",
				 ""), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO part(seq,n,content_id,data) VALUES(7,0,'a',x'0007')", ""), 0);
	db_close(&db);
	assert_int_equal(im_store_open(&store, file, &limits, &err), 0);
	assert_int_equal(number("SELECT bytes FROM mailbox WHERE deliveries=1"), 13);
	assert_int_equal(fetch(&d), 0);
	assert_string_equal(d->package, "<p>");
	assert_int_equal(d->package_len, 3);
	assert_int_equal(d->parts[0].len, 2);
	assert_false(d->parts[0].hashed);
	assert_int_equal(number("SELECT creation FROM delivery"), 50);
}

/* Answers in chunks that were kept before they counted: now they do. */
static void test_old_answers_in_chunks(void **state)
{
	const char *const old[] = { im_store_migrations[0], im_store_migrations[1], im_store_migrations[2],
				    im_store_migrations[3], im_store_migrations[4], NULL };
	struct db db;

	im_store_close(&store);
	t_db_remove(file);
	assert_int_equal(db_open(&db, file, old, &err), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO card(seq,message_id,originator,addressee,creation,modified)"
					    " VALUES(7,'m@x','" A "','" B "',50,50)", ""), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO delivery(seq,mailbox,bytes,package) VALUES(7,'" B "',13,x'3c703e')",
				 ""), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO mailbox VALUES('" B "',1,13)", ""), 0);
	assert_int_equal(db_exec(&db, &err, "INSERT INTO outgoing VALUES(7,'f-00000000000000000000000000000000',1000)", ""), 0);
	db_close(&db);
	assert_int_equal(im_store_open(&store, file, &limits, &err), 0);
	assert_int_equal(number("SELECT bytes FROM mailbox WHERE deliveries=1"), 1013);
	assert_int_equal(number("SELECT count(*) FROM outgoing WHERE mailbox='" B "'"), 1);
	assert_int_equal(im_store_received(&store, 7, 60, 0, &err), 0);
	assert_int_equal(number("SELECT bytes FROM mailbox"), 0);
}

/* Every selection walks an index in its order: nothing is scanned, nothing sorted. */
static void test_no_scan(void **state)
{
	static const char *const statements[] = { STORE_SQL_FIND_ID,	 STORE_SQL_FIND_SINCE,	STORE_SQL_FIND_OLDEST,
						  STORE_SQL_MORE,	 STORE_SQL_CARDS_SINCE, STORE_SQL_CARDS_RECENT };

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		char sql[2000];
		sqlite3_stmt *st;
		int rows = 0;

		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", statements[i]);
		assert_int_equal(sqlite3_prepare_v2(store.db.h, sql, -1, &st, NULL), SQLITE_OK);
		while (sqlite3_step(st) == SQLITE_ROW) {
			const char *plan = (const char *)sqlite3_column_text(st, 3);

			if (strstr(plan, "SCAN") || strstr(plan, "TEMP B-TREE"))
				fail_msg("%s: %s", statements[i], plan);
			rows++;
		}
		assert_true(rows > 0);
		sqlite3_finalize(st);
	}
}

static int steps;

static int on_step(void *arg)
{
	steps++;
	return 0;
}

/* The same work for the database with 10 and with 10,000 that wait. */
static void test_depth(void **state)
{
	const struct osci_selection since = { .kind = OSCI_SELECT_RECEPTION, .time = "1970-01-01T00:00:00.005Z" };
	const struct osci_selection none = { .kind = OSCI_SELECT_NONE };
	int first = 0;

	for (int depth = 10; depth <= 10000; depth *= 1000) {
		struct im_delivery *d;
		bool more;

		assert_int_equal(sqlite3_exec(store.db.h, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
		for (int64_t i = number("SELECT count(*) FROM delivery") + 1; i <= depth; i++) {
			char id[32];

			snprintf(id, sizeof(id), "%lld@x", (long long)i);
			assert_int_equal(db_exec(&store.db, &err, "INSERT INTO card(seq,message_id,originator,addressee,"
						 "creation,modified) VALUES(?1,?2,'" A "','" B "',?1,?1)", "it", i, id), 0);
			assert_int_equal(db_exec(&store.db, &err, "INSERT INTO delivery(seq,mailbox,bytes,creation,package)"
						 " VALUES(?1,'" B "',1,?1,x'')", "i", i), 0);
		}
		assert_int_equal(sqlite3_exec(store.db.h, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
		steps = 0;
		sqlite3_progress_handler(store.db.h, 1, on_step, NULL);
		assert_int_equal(im_store_fetch(&store, B, &none, 5, &pool, &d, &more, &err), 0);
		assert_int_equal(d->card.seq, 1);
		assert_int_equal(im_store_fetch(&store, B, &since, 5, &pool, &d, &more, &err), 0);
		assert_int_equal(d->card.seq, 5);
		sqlite3_progress_handler(store.db.h, 0, NULL, NULL);
		assert_true(more);
		if (!first)
			first = steps;
		print_message("# %d waiting: %d steps of the database\n", depth, steps);
		assert_in_range(steps, first - 20, first + 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mark, before, after),
		cmocka_unit_test_setup_teardown(test_spooled_part, before, after),
		cmocka_unit_test_setup_teardown(test_link, before, after),
		cmocka_unit_test_setup_teardown(test_large_package, before, after),
		cmocka_unit_test_setup_teardown(test_retention_removes_files, before, after),
		cmocka_unit_test_setup_teardown(f_11_gone_from_the_raw_files, before, after),
		cmocka_unit_test_setup_teardown(test_quota_counts_files, before, after),
		cmocka_unit_test_setup_teardown(f_03_missing_file, before, after),
		cmocka_unit_test_setup_teardown(f_01_links, before, after),
		cmocka_unit_test_setup_teardown(test_orphans_go_at_start, before, after),
		cmocka_unit_test_setup_teardown(d_07_same_id_other_content, before, after),
		cmocka_unit_test_setup_teardown(test_old_database, before, after),
		cmocka_unit_test_setup_teardown(test_old_answers_in_chunks, before, after),
		cmocka_unit_test_setup_teardown(test_no_scan, before, after),
		cmocka_unit_test_setup_teardown(test_depth, before, after),
	};

	return cmocka_run_group_tests_name("intermediary/files", tests, setup, teardown);
}
