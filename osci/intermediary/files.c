/* SPDX-License-Identifier: Apache-2.0 */
/* files - see files.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/text.h"
#include "blob/blob.h"
#include "blob/spool.h"
#include "intermediary/files.h"

static const char where[] = "database.files";

int im_files_path(char **ret, const char *database)
{
	if (asprintf(ret, "%s.files", database) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

int im_files_open(struct im_files *f, const char *database, struct osci_err *err)
{
	_cleanup_(osci_freep) char *path = NULL;
	struct stat st;

	f->dir = -1;
	if (im_files_path(&path, database))
		return osci_fail(err, -ENOMEM, NULL, where, "no memory");
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return osci_fail(err, -errno, NULL, path, "directory cannot be made");
	f->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f->dir < 0)
		return osci_fail(err, -errno, NULL, path, "directory cannot be opened");
	if (fstat(f->dir, &st) < 0 || st.st_uid != geteuid() || fchmod(f->dir, 0700) < 0)
		return osci_fail(err, -EPERM, NULL, path, "directory is not ours alone");
	return 0;
}

void im_files_close(struct im_files *f)
{
	if (f->dir >= 0)
		close(f->dir);
	f->dir = -1;
}

/* Octets of a part from @at on, whichever way it has them. */
static int part_read(const struct osci_part *p, uint64_t at, void *buf, size_t n, struct osci_err *err)
{
	if (p->blob)
		return osci_blob_read(p->blob, at, buf, n, err);
	if (n)
		memcpy(buf, p->data + at, n);
	return 0;
}

static int write_all(int fd, const unsigned char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Reads a part once: digest, and into @fd unless that is -1. */
static int pass(struct osci_part *p, int fd, struct osci_err *err)
{
	_cleanup_(osci_freep) unsigned char *buf = malloc(OSCI_BLOB_CHUNK);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char digest[32];
	int r = 0;

	if (!buf || !md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
		r = osci_fail(err, -ENOMEM, NULL, where, "no memory for a digest");
	for (uint64_t at = 0; !r && at < p->len; at += OSCI_BLOB_CHUNK) {
		size_t n = p->len - at < OSCI_BLOB_CHUNK ? (size_t)(p->len - at) : OSCI_BLOB_CHUNK;

		r = part_read(p, at, buf, n, err);
		if (!r && EVP_DigestUpdate(md, buf, n) != 1)
			r = osci_fail(err, -ENOMEM, NULL, where, "digest failed");
		if (!r && fd >= 0) {
			r = write_all(fd, buf, n);
			if (r)
				osci_fail(err, r, NULL, where, "file cannot be written");
		}
	}
	if (!r && EVP_DigestFinal_ex(md, digest, NULL) != 1)
		r = osci_fail(err, -ENOMEM, NULL, where, "digest failed");
	/* Read twice, it has to be the same twice: what is kept is what the signature covered. */
	if (!r && p->hashed && memcmp(p->sha256, digest, sizeof(digest)))
		r = osci_fail(err, -EIO, NULL, where, "octets of a part changed while they were kept");
	if (!r) {
		memcpy(p->sha256, digest, sizeof(digest));
		p->hashed = true;
	}
	EVP_MD_CTX_free(md);
	return r;
}

int im_part_hash(struct osci_part *part, struct osci_err *err)
{
	return part->hashed ? 0 : pass(part, -1, err);
}

/* It lies in a file of ours already, as it was digested, and got this name. */
static int sync_linked(struct im_files *f, const char *name, struct osci_err *err)
{
	int fd = openat(f->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r = 0;

	if (fd < 0 || fsync(fd) < 0)
		r = osci_fail(err, -errno, NULL, where, "file cannot be synced");
	if (fd >= 0)
		close(fd);
	if (r)
		im_files_remove(f, name);
	return r;
}

int im_files_write(struct im_files *f, struct osci_part *part, char name[IM_FILE_NAME + 1], struct osci_err *err)
{
	unsigned char random[16];
	int fd, r = osci_random(random, sizeof(random));

	if (r)
		return osci_fail(err, r, NULL, NULL, "no random octets");
	name[0] = 'f';
	name[1] = '-';
	osci_hex(name + 2, random, sizeof(random));
	if (part->hashed && part->blob && osci_blob_link(part->blob, f->dir, name) == 0)
		return sync_linked(f, name, err);
	fd = openat(f->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return osci_fail(err, -errno, NULL, where, "file cannot be made");
	r = pass(part, fd, err);
	if (!r && fsync(fd) < 0)
		r = osci_fail(err, -errno, NULL, where, "file cannot be synced");
	if (close(fd) < 0 && !r)
		r = osci_fail(err, -errno, NULL, where, "file cannot be closed");
	if (r)
		im_files_remove(f, name);
	return r;
}

int im_files_sync(struct im_files *f, struct osci_err *err)
{
	return fsync(f->dir) < 0 ? osci_fail(err, -errno, NULL, where, "directory cannot be synced") : 0;
}

static bool is_ours(const char *name)
{
	return name[0] == 'f' && name[1] == '-' && strlen(name) == IM_FILE_NAME &&
	       strspn(name + 2, "0123456789abcdef") == IM_FILE_NAME - 2;
}

static int open_whole(int dir, const char *name, uint64_t len, int *ret, struct osci_err *err)
{
	struct stat st;
	int fd;

	if (!is_ours(name))
		return osci_fail(err, OSCI_E_MALFORMED, NULL, "database", "a row names no file of ours");
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return osci_fail(err, errno == ENOENT || errno == ELOOP ? OSCI_E_MALFORMED : -errno, NULL, where,
				 "file of a delivery is missing or cannot be opened");
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != len) {
		close(fd);
		return osci_fail(err, OSCI_E_MALFORMED, NULL, where, "file of a delivery is damaged");
	}
	*ret = fd;
	return 0;
}

int im_files_read(struct im_files *f, const char *name, uint64_t len, struct osci_blob **ret, struct osci_err *err)
{
	int fd = -1, r = open_whole(f->dir, name, len, &fd, err);

	*ret = NULL;
	return r ? r : osci_blob_file(ret, fd, 0, len, err);
}

struct view {
	int dir; /* the store's */
	uint64_t len;
	char name[IM_FILE_NAME + 1];
};

static int view_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *whole = NULL;
	const struct view *v = self;
	int fd, r = open_whole(v->dir, v->name, v->len, &fd, err);

	if (!r)
		r = osci_blob_file(&whole, fd, 0, v->len, err);
	if (!r)
		r = osci_blob_read(whole, offset, buf, len, err);
	return r > 0 ? -EIO : r; /* it was there */
}

int im_files_view(struct im_files *f, const char *name, uint64_t len, struct osci_blob **ret, struct osci_err *err)
{
	static const struct osci_blob_ops ops = { view_read, free, NULL };
	struct view *v;
	int fd, r = open_whole(f->dir, name, len, &fd, err);

	*ret = NULL;
	if (r)
		return r;
	close(fd);
	v = malloc(sizeof(*v));
	if (!v)
		return osci_fail(err, -ENOMEM, NULL, where, "no memory");
	*v = (struct view){ .dir = f->dir, .len = len };
	memcpy(v->name, name, sizeof(v->name));
	return osci_blob_new(ret, &ops, v, len);
}

void im_files_remove(struct im_files *f, const char *name)
{
	if (is_ours(name))
		unlinkat(f->dir, name, 0);
}

int im_files_sweep(struct im_files *f, im_files_known *known, void *arg, struct osci_err *err)
{
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return osci_fail(err, -EIO, NULL, where, "directory cannot be read");
	}
	while (!r && (e = readdir(d))) {
		bool keep = true;

		if (!is_ours(e->d_name))
			continue;
		r = known(arg, e->d_name, &keep, err);
		if (!r && !keep)
			im_files_remove(f, e->d_name);
	}
	closedir(d);
	return r;
}
