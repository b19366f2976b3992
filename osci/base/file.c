/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file - key, password and certificate files: whole, bounded, with checked rights; and files written whole or not at all
 *
 * The rights are those of the descriptor that is read, not of the name.  Places in errors are
 * file names, which the operator wrote; never a word of the content.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <osci/err.h>
#include "base/file.h"

static int read_fd(int fd, const char *path, size_t max, bool private, struct osci_buf *out,
		   struct osci_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return osci_fail(err, -errno, NULL, path, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return osci_fail(err, OSCI_E_KEYFILE, NULL, path, "is not a regular file");
	if (private && (st.st_mode & 07777) != 0600 && (st.st_mode & 07777) != 0400)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, path, "mode is %04o, 0600 or 0400 demanded",
				 st.st_mode & 07777);
	if ((uintmax_t)st.st_size > max)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, path, "larger than %zu octets", max);
	for (;;) {
		unsigned char *room = osci_buf_room(out, 4096);
		ssize_t n;

		if (!room)
			return osci_fail(err, osci_buf_error(out), NULL, path, "cannot be held");
		n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return osci_fail(err, -errno, NULL, path, "cannot be read");
		if (n == 0)
			return 0;
		osci_buf_grow(out, (size_t)n);
	}
}

int osci_file_read(const char *path, size_t max, bool private, struct osci_buf *out, struct osci_err *err)
{
	int fd, r;

	/* O_NONBLOCK: a FIFO of that name must not hold up the start */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		r = -errno;
		return osci_fail(err, r, NULL, path, "%s", r == -ENOENT ? "no such file" :
				 r == -EACCES ? "no permission" : "cannot be opened");
	}
	r = read_fd(fd, path, max, private, out, err);
	close(fd);
	return r;
}

static int write_all(int fd, const unsigned char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int osci_file_replace(const char *path, const void *data, size_t len, mode_t mode, bool durable, struct osci_err *err)
{
	_cleanup_(osci_freep) char *temporary = NULL;
	struct stat st;
	int fd, r;

	/* It is replaced, not written to: a device or a link somebody names would be gone. */
	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return osci_fail(err, OSCI_E_USAGE, NULL, path, "cannot be written: it is no ordinary file");
	if (asprintf(&temporary, "%s.new", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0) {
		r = -errno;
		return osci_fail(err, r, NULL, path, "cannot be written: %s", strerrordesc_np(-r));
	}
	r = write_all(fd, data, len);
	if (!r && durable && fsync(fd))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	if (!r && rename(temporary, path))
		r = -errno;
	if (!r)
		return 0;
	unlink(temporary);
	return osci_fail(err, r, NULL, path, "cannot be written: %s", strerrordesc_np(-r));
}
