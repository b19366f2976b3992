/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-spool - sinks in memory and in files, the quota, a full disk
 *
 * open() is wrapped (link option --wrap): it counts files without a name, and can play a file system that has none.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "blob/spool.h"
#include "t_blob.h"

static atomic_int opened;
static int open_error;

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

int __wrap_open64(const char *path, int flags, ...)
{
	if ((flags & O_TMPFILE) != O_TMPFILE)
		return __real_open64(path, flags, 0600);
	opened++;
	if (open_error) {
		errno = open_error;
		return -1;
	}
	return __real_open64(path, flags, 0600);
}

/* Adds @len octets in pieces of @step. */
static int fill(struct osci_sink *s, size_t len, size_t step, struct osci_err *err)
{
	unsigned char *piece = malloc(step);
	size_t at = (size_t)osci_sink_len(s), end = at + len, n;
	int r = 0;

	for (; at < end && r == 0; at += n) {
		n = end - at < step ? end - at : step;
		t_fill(piece, at, n);
		r = osci_sink_add(s, piece, n, err);
	}
	free(piece);
	return r;
}

static struct osci_blob *make(struct osci_spool *spool, size_t len, size_t step)
{
	struct osci_sink *s = NULL;
	struct osci_blob *b = NULL;
	struct osci_err err;

	assert_int_equal(osci_sink_new(&s, spool, len), 0);
	if (fill(s, len, step, &err) || osci_sink_done(&s, &b, &err))
		fail_msg("%s: %s", err.where, err.what);
	assert_null(s);
	return b;
}

static void around_the_mark(void **state)
{
	static const size_t lens[] = { 0, 1, 4095, 4096, 4097, 8192, OSCI_BLOB_CHUNK - 1, OSCI_BLOB_CHUNK,
				       OSCI_BLOB_CHUNK + 1, 3 * OSCI_BLOB_CHUNK + 17 };
	static const size_t steps[] = { 1, 7, 4096, 5000, OSCI_BLOB_CHUNK, OSCI_BLOB_CHUNK + 1, 1 << 20 };
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 4096, 0);
	size_t i, k;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		for (k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			struct osci_blob *b = make(spool, lens[i], steps[k]);

			t_holds(b, 0, lens[i]);
			/* at the mark in memory, one octet more in a file */
			assert_int_equal(osci_blob_data(b) != NULL, lens[i] <= 4096);
			assert_int_equal(osci_spool_used(spool), lens[i] <= 4096 ? 0 : lens[i]);
			osci_blob_unref(b);
			assert_int_equal(osci_spool_used(spool), 0);
		}
	osci_spool_unrefp(&spool);
	assert_null(spool);
	t_dir_end(&dir);
}

static void without_directory(void **state)
{
	struct osci_spool *spool = t_spool(NULL, 10, 0);
	struct osci_blob *b;

	b = make(spool, 100000, 999);
	t_holds(b, 0, 100000);
	assert_non_null(osci_blob_data(b));
	osci_blob_unref(b);
	b = make(NULL, 3000000, 70000);
	t_holds(b, 0, 3000000);
	assert_non_null(osci_blob_data(b));
	osci_blob_unref(b);
	osci_spool_unref(spool);
}

static void default_mark(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 0, 0);
	struct osci_blob *b = make(spool, 1 << 20, 1 << 16);

	assert_non_null(osci_blob_data(b));
	osci_blob_unref(b);
	b = make(spool, (1 << 20) + 1, 1 << 16);
	assert_null(osci_blob_data(b));
	osci_blob_unref(b);
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

static int own_files(const char *dir, mode_t *ret_mode, nlink_t *ret_links)
{
	char link[300], to[600];
	struct dirent *e;
	DIR *d = opendir("/proc/self/fd");
	int found = 0;

	while ((e = readdir(d))) {
		struct stat st;
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%s", e->d_name);
		n = readlink(link, to, sizeof(to) - 1);
		if (n <= 0)
			continue;
		to[n] = '\0';
		if (strncmp(to, dir, strlen(dir)) != 0 || stat(link, &st) < 0)
			continue;
		found++;
		*ret_mode = st.st_mode;
		*ret_links = st.st_nlink;
	}
	closedir(d);
	return found;
}

static void nameless_and_ours_alone(void **state)
{
	static const int errors[] = { 0, EOPNOTSUPP, EISDIR, EINVAL };
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 100, 0);
	struct osci_blob *b;
	nlink_t links = 1;
	mode_t mode = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		opened = 0;
		open_error = errors[i];
		b = make(spool, 200, 50);
		open_error = 0;
		assert_int_equal(opened, 1);
		assert_int_equal(own_files(dir.path, &mode, &links), 1);
		assert_int_equal(mode, S_IFREG | 0600);
		assert_int_equal(links, 0);
		t_holds(b, 0, 200);
		osci_blob_unref(b);
		assert_int_equal(own_files(dir.path, &mode, &links), 0);
	}
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

static void cannot_be_opened(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 100, 0);
	struct osci_sink *s = NULL;
	struct osci_err err;

	open_error = EMFILE;
	assert_int_equal(osci_sink_new(&s, spool, 1000), 0);
	assert_int_equal(fill(s, 100, 10, &err), 0);
	assert_int_equal(fill(s, 1, 1, &err), -EMFILE);
	open_error = 0;
	assert_int_equal(fill(s, 1, 1, &err), -EMFILE); /* stays failed */
	osci_sink_freep(&s);
	assert_int_equal(osci_spool_used(spool), 0);
	/* the directory has gone meanwhile */
	assert_int_equal(osci_sink_new(&s, spool, 1000), 0);
	t_dir_end(&dir);
	assert_int_equal(fill(s, 101, 101, &err), -ENOENT);
	osci_sink_freep(&s);
	osci_spool_unref(spool);
}

static void directories(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool_conf conf = { .dir = "/nonexistent/spool" };
	struct osci_spool *spool = NULL;
	struct osci_blob *b;
	struct osci_err err;
	char old[300];

	assert_int_equal(osci_spool_new(&spool, &conf, &err), -ENOENT);
	conf.dir = "/etc/passwd";
	assert_int_equal(osci_spool_new(&spool, &conf, &err), -ENOTDIR);
	conf.dir = "";
	assert_int_equal(osci_spool_new(&spool, &conf, &err), -ENOENT);
	assert_null(spool);
	/* a relative name stays the same directory */
	assert_non_null(getcwd(old, sizeof(old)));
	assert_int_equal(chdir(dir.path), 0);
	spool = t_spool(".", 10, 0);
	assert_int_equal(chdir("/proc"), 0);
	b = make(spool, 20, 20);
	osci_blob_unref(b);
	assert_int_equal(chdir(old), 0);
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

static void maximum_of_a_sink(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spools[2] = { NULL, t_spool(dir.path, 100, 0) };
	struct osci_sink *s = NULL;
	struct osci_blob *b = NULL;
	struct osci_err err;
	size_t i, max;

	for (i = 0; i < 2; i++)
		for (max = 0; max <= 200; max += 50) {
			assert_int_equal(osci_sink_new(&s, spools[i], max), 0);
			assert_int_equal(fill(s, max, 9, &err), 0);
			assert_int_equal(osci_sink_len(s), max);
			assert_int_equal(osci_sink_add(s, "", 0, &err), 0);
			assert_int_equal(osci_sink_add(s, "x", 1, &err), OSCI_E_LIMIT);
			assert_int_equal(osci_sink_add(s, "", 0, &err), OSCI_E_LIMIT); /* stays so */
			assert_int_equal(osci_sink_done(&s, &b, &err), OSCI_E_LIMIT);
			assert_null(s);
			assert_null(b);
		}
	assert_int_equal(osci_spool_used(spools[1]), 0);
	osci_spool_unref(spools[1]);
	t_dir_end(&dir);
}

static void free_on_the_disk(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 100, 0);
	struct osci_sink *s = NULL;
	struct osci_blob *b;
	struct osci_err err;

	osci_spool_keep_free(spool, UINT64_MAX / 2);
	assert_int_equal(osci_sink_new(&s, spool, UINT64_MAX), 0);
	assert_int_equal(fill(s, 100, 100, &err), 0); /* memory needs no disk */
	assert_int_equal(fill(s, 1, 1, &err), OSCI_E_LIMIT);
	osci_sink_freep(&s);
	assert_int_equal(osci_spool_used(spool), 0);
	osci_spool_keep_free(spool, 1);
	b = make(spool, 200, 50);
	osci_blob_unref(b);
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

static void quota(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 100, 1000);
	struct osci_blob *a = make(spool, 600, 100), *b = make(spool, 400, 100), *c = NULL;
	struct osci_sink *s = NULL;
	struct osci_err err;

	assert_int_equal(osci_spool_used(spool), 1000);
	c = make(spool, 100, 10); /* memory does not count */
	osci_blob_unref(c);
	assert_int_equal(osci_sink_new(&s, spool, UINT64_MAX), 0);
	assert_int_equal(fill(s, 100, 100, &err), 0);
	assert_int_equal(fill(s, 1, 1, &err), OSCI_E_LIMIT);
	assert_string_equal(err.what, "all files together larger than 1000 octets");
	assert_int_equal(osci_spool_used(spool), 1000);
	osci_sink_freep(&s);
	osci_blob_unref(b);
	assert_int_equal(osci_spool_used(spool), 600);
	assert_int_equal(osci_sink_new(&s, spool, UINT64_MAX), 0);
	assert_int_equal(fill(s, 400, 50, &err), 0);
	assert_int_equal(osci_spool_used(spool), 1000);
	assert_int_equal(fill(s, 1, 1, &err), OSCI_E_LIMIT);
	osci_sink_freep(&s);
	assert_null(s);
	osci_sink_freep(&s);
	assert_int_equal(osci_spool_used(spool), 600);
	/* a slice holds its file, the file holds the spool */
	assert_int_equal(osci_blob_slice(&b, a, 1, 2, NULL), 0);
	osci_blob_unref(a);
	assert_int_equal(osci_spool_used(spool), 600);
	osci_spool_unref(spool);
	t_holds(b, 1, 2);
	osci_blob_unref(b);
	t_dir_end(&dir);
}

static void *use_quota(void *arg)
{
	struct osci_spool *spool = arg;
	struct osci_sink *s = NULL;
	struct osci_blob *b = NULL;
	long good = 0;
	int i;

	for (i = 0; i < 200; i++) {
		if (osci_sink_new(&s, spool, 500))
			break;
		if (fill(s, 500, 130, NULL) == 0 && osci_sink_done(&s, &b, NULL) == 0) {
			if (osci_spool_used(spool) > 1600)
				break;
			osci_blob_unref(b);
			good++;
		}
		osci_sink_freep(&s);
	}
	return (void *)(intptr_t)(i == 200 ? good : -1);
}

static void quota_of_threads(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 100, 1600);
	pthread_t t[8];
	intptr_t all = 0;
	void *good;
	int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&t[i], NULL, use_quota, spool), 0);
	/* One of them may find no room each time while the others hold it. */
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], &good);
		assert_true((intptr_t)good >= 0);
		all += (intptr_t)good;
	}
	assert_true(all > 0);
	assert_int_equal(osci_spool_used(spool), 0);
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

/* The disk is full from the octet on that the process may not write. */
static void disk_full(void **state)
{
	static const size_t rooms[] = { 0, 150, 70000 };
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 100, 0);
	struct rlimit old, now;
	size_t i;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (i = 0; i < 3; i++) {
		struct osci_sink *s = NULL;
		struct osci_blob *b = NULL;
		struct osci_err err = { 0 };
		int r;

		now = old;
		now.rlim_cur = rooms[i];
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
		assert_int_equal(osci_sink_new(&s, spool, UINT64_MAX), 0);
		r = fill(s, rooms[i] + 200, 77, &err);
		if (r == 0)
			r = osci_sink_done(&s, &b, &err);
		else
			assert_int_equal(osci_sink_done(&s, &b, &err), r);
		setrlimit(RLIMIT_FSIZE, &old);
		assert_int_equal(r, -EFBIG);
		assert_string_equal(err.what, "file cannot be written: File too large");
		assert_null(s);
		assert_null(b);
		assert_int_equal(osci_spool_used(spool), 0);
	}
	osci_blob_unref(make(spool, 70000, 70000)); /* and goes on when there is room again */
	osci_spool_unref(spool);
	t_dir_end(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(around_the_mark),
		cmocka_unit_test(without_directory),
		cmocka_unit_test(default_mark),
		cmocka_unit_test(nameless_and_ours_alone),
		cmocka_unit_test(cannot_be_opened),
		cmocka_unit_test(directories),
		cmocka_unit_test(maximum_of_a_sink),
		cmocka_unit_test(free_on_the_disk),
		cmocka_unit_test(quota),
		cmocka_unit_test(quota_of_threads),
		cmocka_unit_test(disk_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
