/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_blob - octets whose value follows from their place, so that a wrong place shows
 */
#ifndef T_BLOB_H
#define T_BLOB_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "blob/blob.h"
#include "lib/t_octet.h"

static inline struct osci_blob *t_memory(uint64_t from, size_t len)
{
	unsigned char *data = malloc(len + 1);
	struct osci_blob *b = NULL;

	t_fill(data, from, len);
	assert_int_equal(osci_blob_take(&b, data, len, false), 0);
	return b;
}

/* A nameless file of @len octets. */
static inline int t_file(size_t len)
{
	char path[] = "/tmp/t-blob-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	unsigned char *data = malloc(len + 1);

	assert_true(fd >= 0);
	unlink(path);
	t_fill(data, 0, len);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	free(data);
	return fd;
}

/* @b holds octets @from ... of the pattern, read in one piece and octet by octet around the edges. */
static inline void t_holds(const struct osci_blob *b, uint64_t from, size_t len)
{
	unsigned char *want = malloc(len + 1), *got = malloc(len + 1), c;
	size_t i;

	t_fill(want, from, len);
	assert_int_equal(osci_blob_len(b), len);
	assert_int_equal(osci_blob_read(b, 0, got, len, NULL), 0);
	assert_memory_equal(got, want, len);
	for (i = 0; i < len; i += len > 300 ? 97 : 1) {
		assert_int_equal(osci_blob_read(b, i, &c, 1, NULL), 0);
		assert_int_equal(c, want[i]);
	}
	assert_int_equal(osci_blob_read(b, len, &c, 0, NULL), 0);
	assert_int_equal(osci_blob_read(b, len, &c, 1, NULL), -EIO);
	assert_int_equal(osci_blob_read(b, len + 1, &c, 0, NULL), -EIO);
	assert_int_equal(osci_blob_read(b, UINT64_MAX, &c, 1, NULL), -EIO);
	assert_int_equal(osci_blob_read(b, 1, got, len ? len : 1, NULL), -EIO);
	if (osci_blob_data(b))
		assert_memory_equal(osci_blob_data(b), want, len);
	free(want);
	free(got);
}

struct t_dir {
	char path[32];
};

static inline struct t_dir t_dir_new(void)
{
	struct t_dir d = { "/tmp/t-spool-XXXXXX" };

	assert_non_null(mkdtemp(d.path));
	return d;
}

/* Fails if anything is left in it. */
static inline void t_dir_end(struct t_dir *d)
{
	assert_int_equal(rmdir(d->path), 0);
}

static inline struct osci_spool *t_spool(const char *dir, size_t memory, uint64_t max)
{
	struct osci_spool_conf conf = { .dir = dir, .memory = memory, .max = max };
	struct osci_spool *s = NULL;
	struct osci_err err;

	if (osci_spool_new(&s, &conf, &err))
		fail_msg("%s: %s", err.where, err.what);
	return s;
}

#endif
