/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file - octets of an open regular file
 *
 * Read by pread alone: the position of the descriptor is nobody's, and a file that becomes shorter is an
 * error of one read and no signal, as it would be with a mapping.
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
	struct osci_spool *spool;
};

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
			return osci_fail(err, -EIO, NULL, "file", "shorter than it was");
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
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

int blob_of_file(struct osci_blob **ret, int fd, uint64_t offset, uint64_t len, struct osci_spool *spool)
{
	struct file *f = malloc(sizeof(*f));

	if (!f) {
		close(fd);
		if (spool)
			spool_release(spool, len);
		return -ENOMEM;
	}
	*f = (struct file){ .fd = fd, .offset = offset, .len = len, .spool = spool ? spool_ref(spool) : NULL };
	return osci_blob_new(ret, &file_ops, f, len);
}

int osci_blob_file(struct osci_blob **ret, int fd, uint64_t offset, uint64_t len, struct osci_err *err)
{
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) < 0)
		r = osci_fail(err, -errno, NULL, "file", "cannot be used: %s", strerrordesc_np(errno));
	else if (!S_ISREG(st.st_mode))
		r = osci_fail(err, OSCI_E_USAGE, NULL, "file", "regular file expected");
	else if (offset > (uint64_t)st.st_size || len > (uint64_t)st.st_size - offset)
		r = osci_fail(err, OSCI_E_LIMIT, NULL, "file", "shorter than expected");
	if (r) {
		if (fd >= 0)
			close(fd);
		return r;
	}
	return blob_of_file(ret, fd, offset, len, NULL);
}

int osci_blob_link(const struct osci_blob *b, int dir, const char *name)
{
	const struct file *f = blob_self(b, &file_ops);
	char path[64];

	if (!f || !f->spool)
		return OSCI_E_USAGE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	return linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}
