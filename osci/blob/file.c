/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file - octets of an open regular file
 *
 * Read by pread alone: the position of the descriptor is nobody's, and a file that becomes shorter is an
 * error of one read and no signal, as it would be with a mapping.
 *
 * The descriptor stays with its file whatever becomes of the name; size and time of the last change are noted and compared
 * behind each read.  A change within one tick of the file system's clock, or by somebody who sets the time back, is not
 * seen here: what must not go wrong then has proofs of its own (crypto/again.c).  A file of a spool is written by nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob/priv.h"
#include "blob/spool.h"

struct file {
	int fd;
	uint64_t offset, len;
	struct osci_spool *spool; /* NULL = a file of somebody else */
	off_t size;               /* of all of it, then */
	struct timespec changed;  /* then */
};

static int other_now(struct osci_err *err)
{
	return osci_fail(err, -ESTALE, NULL, "file", "changed while it was in use");
}

static bool is_as_noted(const struct file *f)
{
	struct stat st;

	return f->spool || (fstat(f->fd, &st) == 0 && st.st_size == f->size && st.st_mtim.tv_sec == f->changed.tv_sec &&
			    st.st_mtim.tv_nsec == f->changed.tv_nsec);
}

static int file_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	const struct file *f = self;
	char *p = buf;

	while (len > 0) {
		ssize_t n = pread(f->fd, p, len, (off_t)(f->offset + offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return osci_fail(err, -EIO, NULL, "file", "cannot be read: %s", strerrordesc_np(errno));
		if (n == 0)
			return other_now(err);
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return is_as_noted(f) ? 0 : other_now(err);
}

static void file_free(void *self)
{
	struct file *f = self;

	close(f->fd);
	if (f->spool) {
		spool_release(f->spool, f->len);
		osci_spool_unref(f->spool);
	}
	free(f);
}

static const struct osci_blob_ops file_ops = { file_read, file_free, NULL };

int blob_of_spooled(struct osci_blob **ret, int fd, uint64_t len, struct osci_spool *spool)
{
	struct file *f = malloc(sizeof(*f));

	if (!f) {
		close(fd);
		spool_release(spool, len);
		return -ENOMEM;
	}
	*f = (struct file){ .fd = fd, .len = len, .spool = spool_ref(spool) };
	return osci_blob_new(ret, &file_ops, f, len);
}

int osci_blob_file(struct osci_blob **ret, int fd, uint64_t offset, uint64_t len, struct osci_err *err)
{
	struct file *f = NULL;
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) < 0)
		r = osci_fail(err, -errno, NULL, "file", "cannot be used: %s", strerrordesc_np(errno));
	else if (!S_ISREG(st.st_mode))
		r = osci_fail(err, OSCI_E_USAGE, NULL, "file", "regular file expected");
	else if (offset > (uint64_t)st.st_size || len > (uint64_t)st.st_size - offset)
		r = osci_fail(err, OSCI_E_LIMIT, NULL, "file", "shorter than expected");
	if (!r) {
		f = malloc(sizeof(*f));
		r = f ? 0 : -ENOMEM;
	}
	if (r) {
		if (fd >= 0)
			close(fd);
		return r;
	}
	*f = (struct file){ .fd = fd, .offset = offset, .len = len, .size = st.st_size, .changed = st.st_mtim };
	return osci_blob_new(ret, &file_ops, f, len);
}

int osci_blob_link(const struct osci_blob *b, int dir, const char *name)
{
	const struct file *f = osci_blob_self(b, &file_ops);
	char path[64];

	if (!f || !f->spool)
		return OSCI_E_USAGE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	return linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}
