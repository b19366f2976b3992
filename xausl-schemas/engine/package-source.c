/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package-source - the files of a package, from an archive or a folder, into the working folder under their numbers
 *
 * Names and limits are the same for both.  The checksum of an archive is that of its octets, before and after reading;
 * that of a folder is the checksum of the text `sha256sum` prints for its files in the order of their names.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "base/text.h"
#include "engine/csv.h"
#include "engine/package-priv.h"
#include "engine/release.h"
#include "xml/xml.h"

#define PIECE 65536

int pkg_fail(struct pkg *p, int code, const char *path, unsigned line, const char *fmt, ...)
{
	char where[OSCI_ERR_WHERE_MAX], what[OSCI_ERR_WHAT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (line)
		snprintf(where, sizeof(where), "%.160s:%u", path, line);
	else
		snprintf(where, sizeof(where), "%s", path);
	return osci_fail(p->err, code, NULL, where, "%s", what);
}

int pkg_no_memory(struct pkg *p)
{
	return osci_fail(p->err, -ENOMEM, NULL, p->in->source, "out of memory");
}

/* --- checksums --------------------------------------------------------- */

static void hash_freep(EVP_MD_CTX **h)
{
	EVP_MD_CTX_free(*h);
}

static EVP_MD_CTX *hash_new(void)
{
	EVP_MD_CTX *h = EVP_MD_CTX_new();

	if (h && EVP_DigestInit_ex(h, EVP_sha256(), NULL) != 1) {
		hash_freep(&h);
		h = NULL;
	}
	return h;
}

static int hash_add(EVP_MD_CTX *h, const void *data, size_t len)
{
	return EVP_DigestUpdate(h, data, len) == 1 ? 0 : -EIO;
}

static int hash_hex(EVP_MD_CTX *h, char out[PKG_SUM])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_DigestFinal_ex(h, sum, &n) != 1 || n != (PKG_SUM - 1) / 2)
		return -EIO;
	osci_hex(out, sum, n);
	return 0;
}

static int hash_fd(struct pkg *p, int fd, char out[PKG_SUM])
{
	_cleanup_(hash_freep) EVP_MD_CTX *h = hash_new();
	_cleanup_(osci_freep) char *piece = malloc(PIECE);
	uint64_t at = 0;
	ssize_t n;
	int r = 0;

	if (!piece || !h)
		return pkg_no_memory(p);
	while (!r && (n = pread(fd, piece, PIECE, (off_t)at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : hash_add(h, piece, (size_t)n);
		at += n > 0 ? (uint64_t)n : 0;
		if (!r && at > XAUSL_ZIP_BYTES_MAX)
			return pkg_fail(p, OSCI_E_LIMIT, p->in->source, 0, "archive of more than %u octets", XAUSL_ZIP_BYTES_MAX);
	}
	if (!r)
		r = hash_hex(h, out);
	return r ? osci_fail(p->err, r, NULL, p->in->source, "cannot be read") : 0;
}

static int sum_wanted(struct pkg *p)
{
	const char *wanted = p->in->sha256;

	if (!wanted || !strcasecmp(wanted, p->sum))
		return 0;
	return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "SHA-256 is %s: not the one demanded", p->sum);
}

/* --- one file ----------------------------------------------------------- */

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a > b && !strcasecmp(s + a - b, end);
}

static enum pkg_kind kind_of(const char *path)
{
	return ends_with(path, ".xsd") ? PKG_XSD : ends_with(path, ".xml") ? PKG_XML : ends_with(path, ".csv") ? PKG_CSV :
												  PKG_OTHER;
}

/* Archives inside are not followed: they would escape the limits. */
static bool is_archive(const unsigned char *p, size_t n)
{
	static const struct {
		const char *magic;
		size_t len;
	} archives[] = { { "PK\3\4", 4 }, { "PK\5\6", 4 }, { "\x1f\x8b", 2 }, { "BZh", 3 }, { "\xfd" "7zXZ", 5 },
			 { "7z\xbc\xaf", 4 }, { "Rar!", 4 }, { "\x28\xb5\x2f\xfd", 4 } };

	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++)
		if (n >= archives[i].len && !memcmp(p, archives[i].magic, archives[i].len))
			return true;
	return false;
}

struct taking {
	struct pkg *p;
	struct pkg_file *f;
	EVP_MD_CTX *hash;
	int fd; /* -1: counted only */
};

static int take_piece(void *arg, const void *data, size_t len)
{
	struct taking *t = arg;
	struct pkg *p = t->p;
	int r;

	if (!t->f->size && is_archive(data, len))
		return pkg_fail(p, OSCI_E_MALFORMED, t->f->path, 0, "archive inside the package: take it out or leave it away");
	t->f->size += len;
	p->total += len;
	if (p->total > XAUSL_UNPACKED_MAX)
		return pkg_fail(p, OSCI_E_LIMIT, t->f->path, 0, "package unpacks to more than %u octets", XAUSL_UNPACKED_MAX);
	r = hash_add(t->hash, data, len);
	for (size_t done = 0; !r && t->fd >= 0 && done < len;) {
		ssize_t n = write(t->fd, (const char *)data + done, len - done);

		if (n < 0 && errno != EINTR)
			r = -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return r ? osci_fail(p->err, r, NULL, p->in->work, "cannot be written: %s", strerrordesc_np(r < 0 ? -r : EIO)) : 0;
}

static void number_name(size_t file, char *out, size_t size)
{
	snprintf(out, size, "%zu", file);
}

/* Makes room for the next file; its octets come from @read. */
static int take(struct pkg *p, const char *path, int (*read)(struct pkg *p, void *arg, struct taking *t), void *arg)
{
	_cleanup_(hash_freep) EVP_MD_CTX *h = hash_new();
	struct pkg_file *f = &p->files[p->n_files];
	struct taking t = { .p = p, .f = f, .fd = -1 };
	char name[32];
	int r;

	if (p->n_files == XAUSL_ENTRIES_MAX)
		return pkg_fail(p, OSCI_E_LIMIT, p->in->source, 0, "more than %u files", XAUSL_ENTRIES_MAX);
	f->path = strdup(path);
	if (!f->path || !h)
		return pkg_no_memory(p);
	f->kind = kind_of(path);
	number_name(p->n_files, name, sizeof(name));
	p->n_files++;
	t.hash = h;
	if (f->kind != PKG_OTHER) {
		t.fd = openat(p->work, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (t.fd < 0)
			return osci_fail(p->err, -errno, NULL, p->in->work, "cannot be written: %s", strerrordesc_np(errno));
	}
	r = read(p, arg, &t);
	if (t.fd >= 0 && close(t.fd) && !r)
		r = osci_fail(p->err, -errno, NULL, p->in->work, "cannot be written: %s", strerrordesc_np(errno));
	return r ? r : hash_hex(h, f->sum);
}

/* --- archive ------------------------------------------------------------ */

struct in_zip {
	struct xausl_zip *zip;
	size_t entry;
};

static int read_entry(struct pkg *p, void *arg, struct taking *t)
{
	struct in_zip *z = arg;

	return xausl_zip_read(z->zip, z->entry, take_piece, t, p->err);
}

static int collect_zip(struct pkg *p, int fd)
{
	_cleanup_(xausl_zip_freep) struct xausl_zip *zip = NULL;
	char again[PKG_SUM] = "";
	int r;

	r = hash_fd(p, fd, p->sum);
	if (!r)
		r = sum_wanted(p);
	if (!r)
		r = xausl_zip_open(&zip, fd, p->in->source, p->err);
	for (size_t i = 0; !r && i < xausl_zip_count(zip); i++) {
		struct in_zip z = { zip, i };

		if (!xausl_zip_is_folder(zip, i))
			r = take(p, xausl_zip_name(zip, i), read_entry, &z);
	}
	if (!r)
		r = hash_fd(p, fd, again);
	if (!r && strcmp(again, p->sum) != 0)
		r = pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "changed while it was read");
	return r;
}

/* --- folder ------------------------------------------------------------- */

static int read_fd(struct pkg *p, void *arg, struct taking *t)
{
	_cleanup_(osci_freep) char *piece = malloc(PIECE);
	int fd = *(int *)arg, r = 0;
	ssize_t n;

	if (!piece)
		return pkg_no_memory(p);
	while (!r && (n = read(fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? osci_fail(p->err, -errno, NULL, t->f->path, "cannot be read") : take_piece(t, piece, (size_t)n);
	}
	return r;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int take_entry(struct pkg *p, const FTSENT *e, size_t prefix)
{
	const char *path = e->fts_path + prefix;
	const char *wrong;
	struct stat st;
	int fd, r;

	while (*path == '/')
		path++;
	if (e->fts_info == FTS_DP || (e->fts_info == FTS_D && e->fts_level == 0))
		return 0;
	wrong = xausl_name_wrong(path, strlen(path));
	if (wrong)
		return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "file %zu of the folder: %s", p->n_files + 1, wrong);
	if (e->fts_info == FTS_D)
		return 0;
	if (e->fts_info != FTS_F)
		return pkg_fail(p, OSCI_E_MALFORMED, path, 0, "neither a plain file nor a folder (symbolic link, device)");
	fd = open(e->fts_accpath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return osci_fail(p->err, -errno, NULL, path, "cannot be opened: %s", strerrordesc_np(errno));
	r = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? pkg_fail(p, OSCI_E_MALFORMED, path, 0, "no plain file") :
							 take(p, path, read_fd, &fd);
	close(fd);
	return r;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct pkg_file *)a)->path, ((const struct pkg_file *)b)->path);
}

static int by_path_fold(const void *a, const void *b)
{
	return xausl_name_compare(((const struct pkg_file *)a)->path, ((const struct pkg_file *)b)->path);
}

/* No two names that some system takes for one; and the checksum of the listing. */
static int finish_folder(struct pkg *p)
{
	_cleanup_(osci_freep) struct pkg_file *copy = calloc(p->n_files + 1, sizeof(*copy));
	_cleanup_(hash_freep) EVP_MD_CTX *h = hash_new();
	int r = 0;

	if (!copy || !h)
		return pkg_no_memory(p);
	memcpy(copy, p->files, p->n_files * sizeof(*copy));
	qsort(copy, p->n_files, sizeof(*copy), by_path_fold);
	for (size_t i = 1; i < p->n_files; i++)
		if (!xausl_name_compare(copy[i - 1].path, copy[i].path))
			return pkg_fail(p, OSCI_E_MALFORMED, copy[i].path, 0, "name twice, upper and lower case aside");
	qsort(copy, p->n_files, sizeof(*copy), by_path);
	for (size_t i = 0; !r && i < p->n_files; i++) {
		char line[XAUSL_NAME_MAX + PKG_SUM + 8];

		snprintf(line, sizeof(line), "%s  %s\n", copy[i].sum, copy[i].path);
		r = hash_add(h, line, strlen(line));
	}
	if (!r)
		r = hash_hex(h, p->sum);
	return r ? r : sum_wanted(p);
}

static int collect_folder(struct pkg *p)
{
	char *const paths[] = { (char *)p->in->source, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *e;
	int r = 0;

	if (!walk)
		return osci_fail(p->err, -errno, NULL, p->in->source, "cannot be read: %s", strerrordesc_np(errno));
	p->folder = true;
	while (!r && (e = fts_read(walk)))
		r = take_entry(p, e, strlen(p->in->source));
	fts_close(walk);
	return r ? r : finish_folder(p);
}

static int by_path_of(const void *a, const void *b, void *arg)
{
	const struct pkg *p = arg;

	return strcmp(p->files[*(const size_t *)a].path, p->files[*(const size_t *)b].path);
}

static int sort(struct pkg *p)
{
	if (!p->n_files)
		return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "no file in the package");
	p->order = calloc(p->n_files, sizeof(*p->order));
	if (!p->order)
		return pkg_no_memory(p);
	for (size_t i = 0; i < p->n_files; i++)
		p->order[i] = i;
	qsort_r(p->order, p->n_files, sizeof(*p->order), by_path_of, p);
	return 0;
}

int pkg_collect(struct pkg *p)
{
	struct stat st;
	int fd, r;

	p->files = calloc(XAUSL_ENTRIES_MAX, sizeof(*p->files));
	if (!p->files)
		return pkg_no_memory(p);
	fd = open(p->in->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return osci_fail(p->err, r, NULL, p->in->source, "cannot be opened: %s", strerrordesc_np(-r));
	}
	r = S_ISDIR(st.st_mode) ? collect_folder(p) : S_ISREG(st.st_mode) ? collect_zip(p, fd) :
		pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "neither an archive nor a folder");
	close(fd);
	return r ? r : sort(p);
}

/* --- the files afterwards ----------------------------------------------- */

int pkg_read(struct pkg *p, size_t file, size_t max, char **ret, size_t *ret_len)
{
	char path[4096], name[32];

	if (p->files[file].size > max)
		return pkg_fail(p, OSCI_E_LIMIT, p->files[file].path, 0, "more than %zu octets", max);
	number_name(file, name, sizeof(name));
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", p->in->work, name) >= sizeof(path))
		return osci_fail(p->err, OSCI_E_CONFIG, NULL, p->in->work, "path too long");
	return xausl_file_load(ret, ret_len, path, max, p->err);
}

int pkg_parse(struct pkg *p, size_t file, size_t max, xmlDocPtr *ret)
{
	_cleanup_(osci_freep) char *data = NULL;
	struct osci_limits limits;
	struct osci_err why = { 0 };
	size_t len = 0;
	int r = pkg_read(p, file, max, &data, &len);

	if (r)
		return r;
	osci_limits_default(&limits);
	limits.xml_bytes = max;
	limits.xml_text = max;
	limits.xml_elements = PKG_XML_ELEMENTS;
	r = osci_xml_parse(ret, data, len, &limits, &why);
	if (r < 0)
		return osci_fail(p->err, r, NULL, p->files[file].path, "cannot be parsed");
	return r ? pkg_fail(p, r, p->files[file].path, 0, "%s: %s", why.where, why.what) : 0;
}

static int add_sum(struct pkg *p, const char *path, const void *data, size_t len)
{
	_cleanup_(hash_freep) EVP_MD_CTX *h = hash_new();
	char sum[PKG_SUM] = "";
	int r = h ? hash_add(h, data, len) : -ENOMEM;

	if (!r)
		r = hash_hex(h, sum);
	if (!r)
		osci_buf_addf(&p->sums, "sha256;%s;%s\n", path, sum);
	return r;
}

int pkg_write(struct pkg *p, const char *folder, const char *name, const void *data, size_t len)
{
	char path[300];
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s%s%s", folder, folder[0] ? "/" : "", name);
	fd = openat(p->work, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return osci_fail(p->err, -errno, NULL, p->in->work, "cannot be written: %s", strerrordesc_np(errno));
	for (size_t done = 0; !r && done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0 && errno != EINTR)
			r = -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	if (!r && fsync(fd))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	if (!r && folder[0])
		r = add_sum(p, path, data, len);
	return r ? osci_fail(p->err, r, NULL, p->in->work, "cannot be written: %s", strerrordesc_np(r < 0 ? -r : EIO)) : 0;
}
