/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outdir - contents into files, under names of our own
 *
 * The directory is made (0700) if it is not there; each file is made new (0600), never through a link and never
 * over another one.  If one cannot be written, those written before it are taken away again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/tool.h"

static int write_file(int dir, const char *name, const unsigned char *data, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len > 0 && !r) {
		n = write(fd, data, len);
		if (n < 0 && errno != EINTR)
			r = -errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	if (!r && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		r = -errno;
	if (close(fd) != 0 && !r)
		r = -errno;
	if (r)
		unlinkat(dir, name, 0);
	return r;
}

int write_contents(const char *dir, const struct osci_contents *c, char **files, struct osci_err *err)
{
	size_t i, k;
	int fd, r = 0;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return osci_fail(err, -errno, NULL, dir, "cannot be made: %s", strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return osci_fail(err, -errno, NULL, dir, "cannot be opened: %s", strerror(errno));
	for (i = 0; i < c->n_items && !r; i++) {
		if (!c->items[i].readable)
			continue;
		if (asprintf(&files[i], "content-%zu.bin", i + 1) < 0) {
			files[i] = NULL;
			r = -ENOMEM;
			break;
		}
		r = write_file(fd, files[i], c->items[i].data, c->items[i].len);
		if (r) {
			osci_fail(err, r, NULL, dir, "%s cannot be written: %s", files[i], strerror(-r));
			for (k = 0; k < i; k++)
				if (files[k])
					unlinkat(fd, files[k], 0);
		}
	}
	close(fd);
	return r;
}
