/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool - where large blobs lie, and the sinks they are made with
 *
 * A sink begins in memory.  When it grows over the memory mark, what it holds moves to a file that has
 * no name, mode 0600: it is gone with its last descriptor, also when the process is killed.  Behind that, small pieces
 * gather in a buffer of one chunk.  Octets of files count against the quota from when they are added until
 * the blob goes.  A sink that has failed stays failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "blob/priv.h"
#include "blob/spool.h"

#define MEMORY_DEFAULT ((size_t)1024 * 1024)
#define ASK_OCTETS ((uint64_t)1024 * 1024) /* of a file between two looks at its disk */

struct osci_spool {
	atomic_uint refs;
	char *dir; /* absolute: the process may change its own; NULL = memory only */
	size_t memory;
	uint64_t max, min_free;
	_Atomic uint64_t used;
};

/* What a sink of a spool holds. */
struct spooled {
	struct osci_spool *spool; /* NULL = memory only */
	uint64_t len;
	int fd;             /* -1 = still in memory */
	uint64_t reserved;  /* of the quota */
	uint64_t asked;     /* the disk had so many octets left for what comes */
	uint64_t written;   /* to the file; what is missing to len lies in buf */
	struct osci_buf buf;
};

int osci_spool_new(struct osci_spool **ret, const struct osci_spool_conf *conf, struct osci_err *err)
{
	_cleanup_(osci_spool_unrefp) struct osci_spool *s = calloc(1, sizeof(*s));
	struct stat st;

	if (!s)
		return osci_fail(err, -ENOMEM, NULL, "spool", "no memory");
	atomic_init(&s->refs, 1);
	s->memory = conf->memory ? conf->memory : MEMORY_DEFAULT;
	s->max = conf->max ? conf->max : UINT64_MAX;
	if (conf->dir) {
		s->dir = realpath(conf->dir, NULL);
		if (!s->dir)
			return osci_fail(err, -errno, NULL, conf->dir, "spool directory cannot be used: %s",
					 strerrordesc_np(errno));
		if (stat(s->dir, &st) < 0 || !S_ISDIR(st.st_mode))
			return osci_fail(err, -ENOTDIR, NULL, conf->dir, "spool directory expected");
		if (access(s->dir, W_OK | X_OK) < 0)
			return osci_fail(err, -errno, NULL, conf->dir, "spool directory cannot be written");
	}
	*ret = s;
	s = NULL;
	return 0;
}

struct osci_spool *spool_ref(struct osci_spool *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

struct osci_spool *osci_spool_unref(struct osci_spool *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	free(s->dir);
	free(s);
	return NULL;
}

void osci_spool_unrefp(struct osci_spool **s)
{
	*s = osci_spool_unref(*s);
}

void osci_spool_keep_free(struct osci_spool *s, uint64_t octets)
{
	s->min_free = octets;
}

uint64_t osci_spool_used(const struct osci_spool *s)
{
	return atomic_load(&s->used);
}

size_t osci_spool_memory(const struct osci_spool *s)
{
	return s && s->dir ? s->memory : SIZE_MAX;
}

/* Asked anew every ASK_OCTETS: others fill the same disk. What cannot be found out is no reason to refuse. */
static bool disk_has(struct spooled *s, uint64_t len)
{
	const struct osci_spool *spool = s->spool;
	uint64_t ahead = len + ASK_OCTETS, unused;
	struct statvfs st;

	if (!spool->min_free)
		return true;
	if (len > s->asked) {
		if (statvfs(spool->dir, &st) < 0)
			return true;
		unused = (uint64_t)st.f_bavail * st.f_frsize;
		if (unused < ahead || unused - ahead < spool->min_free)
			return false;
		s->asked = ahead;
	}
	s->asked -= len;
	return true;
}

static bool spool_reserve(struct osci_spool *s, uint64_t len)
{
	uint64_t used = atomic_load(&s->used);

	do {
		if (len > s->max - used)
			return false;
	} while (!atomic_compare_exchange_weak(&s->used, &used, used + len));
	return true;
}

void spool_release(struct osci_spool *s, uint64_t len)
{
	atomic_fetch_sub(&s->used, len);
}

/* A new file without a name; or negative. */
static int spool_open(const struct osci_spool *s)
{
	_cleanup_(osci_freep) char *path = NULL;
	int fd;

	/* Without O_EXCL: it may get a name, osci_blob_link(). */
	fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd >= 0 ? fd : -errno;
	/* A file system without nameless files: it has a name for a moment. */
	if (asprintf(&path, "%s/spool-XXXXXX", s->dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (unlink(path) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

/* --- sinks --------------------------------------------------------------- */

static void spooled_free(void *self)
{
	struct spooled *s = self;

	if (s->fd >= 0)
		close(s->fd);
	if (s->spool)
		spool_release(s->spool, s->reserved);
	osci_spool_unref(s->spool);
	osci_buf_free(&s->buf);
	free(s);
}

static int write_all(struct spooled *s, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = pwrite(s->fd, p, len, (off_t)s->written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		s->written += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int flush(struct spooled *s)
{
	int r = write_all(s, s->buf.data, s->buf.len);

	if (r == 0)
		osci_buf_reset(&s->buf);
	return r;
}

/* The memory mark is passed: what is there goes to a file, and a buffer of one chunk takes its place. */
static int to_file(struct spooled *s)
{
	int r;

	s->fd = spool_open(s->spool);
	r = s->fd < 0 ? s->fd : flush(s);
	if (r)
		return r;
	osci_buf_free(&s->buf);
	return osci_buf_room(&s->buf, OSCI_BLOB_CHUNK) ? 0 : -ENOMEM;
}

static int keep(struct spooled *s, const void *data, size_t len)
{
	osci_buf_add(&s->buf, data, len);
	return osci_buf_error(&s->buf) ? -ENOMEM : 0;
}

static int put(struct spooled *s, const void *data, size_t len)
{
	int r = 0;

	if (s->fd < 0)
		return keep(s, data, len);
	if (len > OSCI_BLOB_CHUNK - s->buf.len)
		r = flush(s);
	if (r)
		return r;
	return len >= OSCI_BLOB_CHUNK ? write_all(s, data, len) : keep(s, data, len);
}

static int failed(int error, struct osci_err *err)
{
	if (error == -ENOMEM)
		return osci_fail(err, error, NULL, "spool", "no memory");
	return osci_fail(err, error, NULL, "spool", "file cannot be written: %s", strerrordesc_np(-error));
}

static int spooled_add(void *self, const void *data, size_t len, struct osci_err *err)
{
	struct spooled *s = self;
	bool moves = s->spool && s->fd < 0 && s->len + len > s->spool->memory;
	uint64_t more = moves ? s->len + len : s->fd >= 0 ? len : 0;
	int r = 0;

	if (more && !disk_has(s, more))
		return osci_fail(err, OSCI_E_LIMIT, NULL, "spool", "fewer than %llu octets of the disk would stay free",
				 (unsigned long long)s->spool->min_free);
	if (more && !spool_reserve(s->spool, more))
		return osci_fail(err, OSCI_E_LIMIT, NULL, "spool", "all files together larger than %llu octets",
				 (unsigned long long)s->spool->max);
	s->reserved += more;
	if (moves)
		r = to_file(s);
	if (r == 0)
		r = put(s, data, len);
	if (r)
		return failed(r, err);
	s->len += len;
	return 0;
}

static int spooled_done(void *self, struct osci_blob **ret, struct osci_err *err)
{
	struct spooled *s = self;
	int fd = s->fd, r;
	size_t len;
	char *data;

	if (fd < 0) {
		data = osci_buf_take(&s->buf, &len);
		r = data ? osci_blob_take(ret, data, len, false) : -ENOMEM;
		return r ? failed(r, err) : 0;
	}
	r = flush(s);
	if (r)
		return failed(r, err);
	s->fd = -1;
	s->reserved = 0; /* the blob has it now */
	r = blob_of_spooled(ret, fd, s->len, s->spool);
	return r ? failed(r, err) : 0;
}

int osci_sink_new(struct osci_sink **ret, struct osci_spool *spool, uint64_t max)
{
	static const struct osci_sink_ops ops = { spooled_add, spooled_done, spooled_free };
	struct spooled *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = -1;
	if (spool && spool->dir)
		s->spool = spool_ref(spool);
	/* Never the buffer's ceiling but @max decides; one octet is left for the NUL behind it. */
	osci_buf_init(&s->buf, SIZE_MAX - 1);
	return osci_sink_of(ret, &ops, s, max);
}
