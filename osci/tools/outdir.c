/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outdir - contents and whole deliveries into files, under names of our own
 *
 * The directory is made (0700) if it is not there; each file is made new (0600), never through a link and never
 * over another one.  If one cannot be written, those written before it are taken away again.  A delivery is
 * written into a directory with a passing name, made durable, and then renamed: under its own name it is complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "tools/tool.h"

#define NAME_DIGITS 32 /* hex digits of a delivery's name */

static int write_all(int fd, const unsigned char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int copy_blob(int fd, struct osci_blob *blob)
{
	unsigned char *piece = malloc(OSCI_BLOB_CHUNK);
	uint64_t at, len = osci_blob_len(blob);
	int r = piece ? 0 : -ENOMEM;

	for (at = 0; at < len && !r;) {
		size_t n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;

		r = osci_blob_read(blob, at, piece, n, NULL);
		if (!r)
			r = write_all(fd, piece, n);
		at += n;
	}
	if (piece)
		explicit_bzero(piece, OSCI_BLOB_CHUNK);
	free(piece);
	return r;
}

static int sync_fd(int fd)
{
	return fsync(fd) != 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

/* @blob, or @len octets of @data. */
static int new_file(int dir, const char *name, struct osci_blob *blob, const void *data, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r;

	if (fd < 0)
		return -errno;
	r = blob ? copy_blob(fd, blob) : write_all(fd, data, len);
	if (!r)
		r = sync_fd(fd);
	if (close(fd) != 0 && !r)
		r = -errno;
	if (r)
		unlinkat(dir, name, 0);
	return r;
}

static int open_dir(const char *dir, int *ret, struct osci_err *err)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return osci_fail(err, -errno, NULL, dir, "cannot be made: %s", strerrordesc_np(errno));
	*ret = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret < 0)
		return osci_fail(err, -errno, NULL, dir, "cannot be opened: %s", strerrordesc_np(errno));
	return 0;
}

int check_dir(const char *dir, struct osci_err *err)
{
	char *copy = NULL;
	struct stat st;
	int r = 0;

	if (stat(dir, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			r = osci_fail(err, -ENOTDIR, NULL, dir, "%s", strerrordesc_np(ENOTDIR));
		else if (access(dir, W_OK | X_OK) < 0)
			r = osci_fail(err, -errno, NULL, dir, "cannot be written to: %s", strerrordesc_np(errno));
		return r;
	}
	if (errno != ENOENT)
		return osci_fail(err, -errno, NULL, dir, "cannot be opened: %s", strerrordesc_np(errno));
	copy = strdup(dir);
	if (!copy)
		return -ENOMEM;
	if (access(dirname(copy), W_OK | X_OK) < 0)
		r = osci_fail(err, -errno, NULL, dir, "cannot be made: %s", strerrordesc_np(errno));
	free(copy);
	return r;
}

static int failed(const char *dir, const char *name, int r, struct osci_err *err)
{
	return osci_fail(err, r, NULL, dir, "%s cannot be written: %s", name, strerrordesc_np(-r));
}

static int contents_at(int fd, const char *dir, const struct osci_contents *c, char **files, struct osci_err *err)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < c->n_items && !r; i++) {
		const struct osci_content_item *p = &c->items[i];

		if (!p->readable)
			continue;
		if (asprintf(&files[i], "content-%zu.bin", i + 1) < 0) {
			files[i] = NULL;
			return -ENOMEM;
		}
		r = new_file(fd, files[i], p->blob, p->data, p->len);
		if (r) {
			failed(dir, files[i], r, err);
			for (k = 0; k < i; k++)
				if (files[k])
					unlinkat(fd, files[k], 0);
		}
	}
	return r ? r : sync_fd(fd);
}

int write_contents(const char *dir, const struct osci_contents *c, char **files, struct osci_err *err)
{
	int fd = -1, r = open_dir(dir, &fd, err);

	if (r)
		return r;
	r = contents_at(fd, dir, c, files, err);
	close(fd);
	return r;
}

static int write_one(const char *dir, const char *name, struct osci_blob *blob, const void *data, size_t len,
		     struct osci_err *err)
{
	int fd = -1, r = open_dir(dir, &fd, err);

	if (r)
		return r;
	r = new_file(fd, name, blob, data, len);
	if (!r)
		r = sync_fd(fd);
	close(fd);
	return r ? failed(dir, name, r, err) : 0;
}

int write_blob(const char *dir, const char *name, struct osci_blob *blob, struct osci_err *err)
{
	return write_one(dir, name, blob, NULL, 0, err);
}

int write_file(const char *dir, const char *name, const void *data, size_t len, struct osci_err *err)
{
	return write_one(dir, name, NULL, data, len, err);
}

/* --- deliveries ----------------------------------------------------------------- */

/* What a MessageId is called in the file system; without one (no process card) no name is like another. */
static int delivery_name(char *out, size_t size, const char *message_id)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	char hex[2 * OSCI_DIGEST_MAX + 1];
	size_t n;
	int r;

	if (!message_id) {
		char uuid[37];

		r = osci_uuid4(uuid);
		snprintf(out, size, "no-id-%s", uuid);
		return r;
	}
	r = osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), message_id, strlen(message_id), digest, &n);
	if (r)
		return r;
	osci_hex(hex, digest, n);
	snprintf(out, size, "%.*s", NAME_DIGITS, hex);
	return 0;
}

static int write_json(int fd, const char *name, const json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(2));
	int r = text ? new_file(fd, name, NULL, text, strlen(text)) : -ENOMEM;

	free(text);
	return r;
}

static int fill(int fd, const char *dir, const struct osci_message *m, const struct osci_contents *c, struct osci_blob *raw,
		json_t **json, struct osci_err *err)
{
	size_t n = c ? c->n_items : 0, i;
	char **files = calloc(n + 1, sizeof(*files));
	int r = files ? 0 : -ENOMEM;

	if (!r && raw) {
		r = new_file(fd, "message.mime", raw, NULL, 0);
		if (r)
			failed(dir, "message.mime", r, err);
	}
	if (!r && c)
		r = contents_at(fd, dir, c, files, err);
	if (!r) {
		*json = message_json(m, c, files);
		r = *json ? write_json(fd, "delivery.json", *json) : -ENOMEM;
		if (r)
			failed(dir, "delivery.json", r, err);
	}
	for (i = 0; files && i < n; i++)
		free(files[i]);
	free(files);
	return r ? r : sync_fd(fd);
}

/* What stands in a directory that we made: files only. */
static void drop(int parent, const char *name, int fd, size_t n_contents)
{
	char file[40];
	size_t i;

	for (i = 0; i < n_contents; i++) {
		snprintf(file, sizeof(file), "content-%zu.bin", i + 1);
		unlinkat(fd, file, 0);
	}
	unlinkat(fd, "message.mime", 0);
	unlinkat(fd, "delivery.json", 0);
	unlinkat(parent, name, AT_REMOVEDIR);
}

static int store_at(int parent, const char *dir, const char *name, const struct osci_message *m,
		    const struct osci_contents *c, struct osci_blob *raw, json_t **json, bool *again, struct osci_err *err)
{
	char passing[60], uuid[37];
	int fd, r;

	r = osci_uuid4(uuid);
	snprintf(passing, sizeof(passing), ".new-%s", uuid);
	if (!r && mkdirat(parent, passing, 0700) != 0)
		r = -errno;
	if (r)
		return failed(dir, "a directory", r, err);
	fd = openat(parent, passing, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return failed(dir, "a directory", -errno, err);
	r = fill(fd, dir, m, c, raw, json, err);
	if (!r && renameat2(parent, passing, parent, name, RENAME_NOREPLACE) != 0) {
		*again = errno == EEXIST;
		r = *again ? 0 : failed(dir, "a directory", -errno, err);
		if (*again)
			drop(parent, passing, fd, c ? c->n_items : 0);
	}
	if (r)
		drop(parent, passing, fd, c ? c->n_items : 0);
	close(fd);
	return r ? r : sync_fd(parent);
}

int store_delivery(const char *dir, const struct osci_message *m, const struct osci_contents *c, struct osci_blob *raw,
		   json_t **ret_json, bool *ret_again, struct osci_err *err)
{
	json_t *json = NULL;
	char name[60];
	bool ok = true;
	int parent = -1, r;

	*ret_json = NULL;
	*ret_again = false;
	r = delivery_name(name, sizeof(name), osci_message_delivery_id(m));
	if (!r)
		r = open_dir(dir, &parent, err);
	if (r)
		return r;
	r = store_at(parent, dir, name, m, c, raw, &json, ret_again, err);
	close(parent);
	if (r) {
		json_decref(json);
		return r;
	}
	*ret_json = json_object();
	jput(*ret_json, "directory", json_string(name), &ok);
	jput(*ret_json, "message_id", jtext(osci_message_delivery_id(m)), &ok);
	jput(*ret_json, "stored_before", json_boolean(*ret_again), &ok);
	jput(*ret_json, "message", json, &ok);
	*ret_json = jdone(*ret_json, ok);
	return *ret_json ? 0 : -ENOMEM;
}
