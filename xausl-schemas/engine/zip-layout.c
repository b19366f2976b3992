/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip-layout - what an archive says of itself, octet by octet, before anything is unpacked
 *
 * Numbers are little-endian.  Archives with ZIP64 records, more than one disk, comments behind the end, encryption,
 * or methods other than store and deflate are none of a release and are refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/zip-priv.h"
#include "base/buf.h"
#include "base/text.h"

enum { END_SIZE = 22, ROW_SIZE = 46, LOCAL_SIZE = 30 };
enum { FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8, FLAGS_KNOWN = 0x80e };
enum { EXTRA_ZIP64 = 0x0001, EXTRA_UNICODE_PATH = 0x7075, EXTRA_STRONG = 0x0017 };
#define MODE_MASK   0170000u
#define MODE_FILE   0100000u
#define MODE_FOLDER 0040000u

static unsigned u16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(const unsigned char *p)
{
	return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static int fail(const char *where, struct osci_err *err, const char *what)
{
	return osci_fail(err, OSCI_E_MALFORMED, NULL, where, "%s", what);
}

/* Names the entry by its place as long as its name may hold anything. */
static int fail_entry(const struct zip_layout *z, size_t i, struct osci_err *err, const char *what)
{
	char where[OSCI_ERR_WHERE_MAX];

	snprintf(where, sizeof(where), "%s, entry %zu", z->name, i + 1);
	return osci_fail(err, OSCI_E_MALFORMED, NULL, where, "%s", what);
}

static int read_at(const struct zip_layout *z, uint64_t at, void *out, size_t len, struct osci_err *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(z->fd, (char *)out + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return osci_fail(err, -errno, NULL, z->name, "cannot be read");
		if (!n)
			return fail(z->name, err, "archive ends too early");
		done += (size_t)n;
	}
	return 0;
}

const char *xausl_name_wrong(const char *name, size_t len)
{
	const char *part = name;
	unsigned depth = 0;

	if (!len || len > XAUSL_NAME_MAX)
		return "name is empty or too long";
	if (memchr(name, '\0', len))
		return "NUL in a name";
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return "control character in a name";
		if (name[i] == '\\' || strchr(":*?\"<>|", name[i]))
			return "backslash or another character that not every system takes in a name";
	}
	if (!osci_utf8_ok(name, len))
		return "name is not UTF-8";
	if (name[0] == '/')
		return "absolute name";
	for (size_t i = 0; i <= len; i++) {
		size_t n = (size_t)(name + i - part);

		/* U+0080 to U+009F are control characters, too. */
		if (i + 1 < len && (unsigned char)name[i] == 0xc2 && (unsigned char)name[i + 1] < 0xa0)
			return "control character in a name";
		if (i < len && name[i] != '/')
			continue;
		if (i == len && !n)
			break; /* a folder */
		if (!n)
			return "empty part in a name";
		if (part[0] == '.' && (n == 1 || (n == 2 && part[1] == '.')))
			return "name leads out of the package";
		if (part[n - 1] == '.' || part[n - 1] == ' ' || part[0] == ' ')
			return "part of a name begins with a blank, or ends with a blank or a dot";
		if (++depth > XAUSL_NAME_DEPTH_MAX)
			return "too many folders in a name";
		part = name + i + 1;
	}
	return NULL;
}

int xausl_name_compare(const char *a, const char *b)
{
	return strcasecmp(a, b);
}

/* Extra fields that give an entry another name or size than its header. */
static const char *extra_wrong(const unsigned char *p, size_t len)
{
	while (len >= 4) {
		unsigned id = u16(p);
		size_t n = 4 + (size_t)u16(p + 2);

		if (n > len)
			return "extra field is cut";
		if (id == EXTRA_ZIP64 || id == EXTRA_UNICODE_PATH || id == EXTRA_STRONG)
			return "extra field with another size or name, or for encryption";
		p += n;
		len -= n;
	}
	return NULL;
}

static const char *kind_wrong(struct zip_row *e, unsigned long attributes)
{
	unsigned mode = (unsigned)(attributes >> 16) & MODE_MASK;
	bool slash = e->name[e->name_len - 1] == '/';

	e->folder = slash;
	if (mode && mode != MODE_FILE && mode != MODE_FOLDER)
		return "neither a plain file nor a folder (symbolic link, device)";
	if (mode && (mode == MODE_FOLDER) != slash)
		return "folder and name disagree";
	if (slash && (e->unpacked || e->packed > 2))
		return "folder with content";
	return NULL;
}

/* One row of the directory at @p; *@used octets of it. */
static int read_row(struct zip_layout *z, const unsigned char *p, size_t left, size_t *used, struct osci_err *err)
{
	struct zip_row *e = &z->rows[z->n];
	const char *wrong;
	size_t extra;

	if (left < ROW_SIZE || memcmp(p, "PK\1\2", 4) != 0)
		return fail_entry(z, z->n, err, "directory is cut or garbled");
	e->flags = u16(p + 8);
	e->method = u16(p + 10);
	e->crc = u32(p + 16);
	e->packed = u32(p + 20);
	e->unpacked = u32(p + 24);
	e->name_len = u16(p + 28);
	extra = u16(p + 30);
	e->start = u32(p + 42);
	*used = ROW_SIZE + e->name_len + extra + u16(p + 32);
	if (*used > left)
		return fail_entry(z, z->n, err, "directory is cut or garbled");
	if (e->flags & FLAG_ENCRYPTED)
		return fail_entry(z, z->n, err, "encrypted");
	if (e->flags & ~(unsigned)FLAGS_KNOWN || u16(p + 34) || (e->method != 0 && e->method != 8))
		return fail_entry(z, z->n, err, "flags, disk or method of no plain archive");
	wrong = xausl_name_wrong((const char *)p + ROW_SIZE, e->name_len);
	if (wrong)
		return fail_entry(z, z->n, err, wrong);
	e->name = strndup((const char *)p + ROW_SIZE, e->name_len);
	if (!e->name)
		return osci_fail(err, -ENOMEM, NULL, z->name, "out of memory");
	z->n++;
	wrong = extra_wrong(p + ROW_SIZE + e->name_len, extra);
	if (!wrong)
		wrong = kind_wrong(e, u32(p + 38));
	if (!wrong && e->method == 0 && e->packed != e->unpacked)
		wrong = "stored with two sizes";
	if (wrong)
		return fail(e->name, err, wrong);
	if ((uint64_t)e->unpacked > (uint64_t)e->packed * XAUSL_RATIO_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, e->name, "unpacks to more than %u times its size", XAUSL_RATIO_MAX);
	z->total += e->unpacked;
	if (z->total > XAUSL_UNPACKED_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, e->name, "package unpacks to more than %u octets", XAUSL_UNPACKED_MAX);
	return 0;
}

/* The 12 or 16 octets that may follow the data: the same numbers once more. */
static bool descriptor_ok(const unsigned char *p, size_t len, const struct zip_row *e)
{
	if (len == 16 && !memcmp(p, "PK\7\10", 4))
		p += 4;
	else if (len != 12)
		return false;
	return u32(p) == e->crc && u32(p + 4) == e->packed && u32(p + 8) == e->unpacked;
}

/* The local header says the same, and the entry ends where the next one begins. */
static int check_local(const struct zip_layout *z, const struct zip_row *e, uint64_t end, struct osci_err *err)
{
	unsigned char head[LOCAL_SIZE], tail[16];
	_cleanup_(osci_freep) unsigned char *rest = NULL;
	const char *wrong;
	size_t extra, gap;
	bool later = e->flags & FLAG_DESCRIPTOR;
	uint64_t data;
	int r;

	if (e->start + LOCAL_SIZE > end)
		return fail(e->name, err, "shares octets with another entry");
	r = read_at(z, e->start, head, sizeof(head), err);
	if (r)
		return r;
	extra = u16(head + 28);
	if (memcmp(head, "PK\3\4", 4) != 0 || u16(head + 6) != e->flags || u16(head + 8) != e->method ||
	    u16(head + 26) != e->name_len)
		return fail(e->name, err, "local header and directory disagree");
	if ((u32(head + 14) != e->crc || u32(head + 18) != e->packed || u32(head + 22) != e->unpacked) &&
	    !(later && !u32(head + 14) && !u32(head + 18) && !u32(head + 22)))
		return fail(e->name, err, "local header and directory disagree");
	data = (uint64_t)e->start + LOCAL_SIZE + e->name_len + extra + e->packed;
	if (data > end)
		return fail(e->name, err, "shares octets with another entry");
	rest = malloc(e->name_len + extra + 1);
	if (!rest)
		return osci_fail(err, -ENOMEM, NULL, z->name, "out of memory");
	r = read_at(z, (uint64_t)e->start + LOCAL_SIZE, rest, e->name_len + extra, err);
	if (r)
		return r;
	if (memcmp(rest, e->name, e->name_len) != 0)
		return fail(e->name, err, "local header and directory disagree");
	wrong = extra_wrong(rest + e->name_len, extra);
	if (wrong)
		return fail(e->name, err, wrong);
	gap = (size_t)(end - data);
	if (!gap && !later)
		return 0;
	if (!later || gap > sizeof(tail))
		return fail(e->name, err, "octets that belong to no entry");
	r = read_at(z, data, tail, gap, err);
	if (r)
		return r;
	return descriptor_ok(tail, gap, e) ? 0 : fail(e->name, err, "data descriptor and directory disagree");
}

static int by_start(const void *a, const void *b)
{
	const struct zip_row *const *x = a, *const *y = b;

	return (*x)->start < (*y)->start ? -1 : (*x)->start > (*y)->start;
}

static int by_name(const void *a, const void *b)
{
	const struct zip_row *const *x = a, *const *y = b;

	return xausl_name_compare((*x)->name, (*y)->name);
}

static int check_rows(const struct zip_layout *z, uint64_t directory, struct osci_err *err)
{
	_cleanup_(osci_freep) const struct zip_row **order = calloc(z->n, sizeof(*order));

	if (!order)
		return osci_fail(err, -ENOMEM, NULL, z->name, "out of memory");
	for (size_t i = 0; i < z->n; i++)
		order[i] = &z->rows[i];
	qsort(order, z->n, sizeof(*order), by_name);
	for (size_t i = 1; i < z->n; i++)
		if (!xausl_name_compare(order[i - 1]->name, order[i]->name))
			return fail(order[i]->name, err, "name twice, upper and lower case aside");
	qsort(order, z->n, sizeof(*order), by_start);
	if (order[0]->start)
		return fail(z->name, err, "octets in front of the archive");
	for (size_t i = 0; i < z->n; i++) {
		int r = check_local(z, order[i], i + 1 < z->n ? order[i + 1]->start : directory, err);

		if (r)
			return r;
	}
	return 0;
}

int zip_layout_read(struct zip_layout *z, struct osci_err *err)
{
	_cleanup_(osci_freep) unsigned char *directory = NULL;
	unsigned char end[END_SIZE];
	size_t n, len, at = 0;
	struct stat st;
	uint64_t start;
	int r;

	if (fstat(z->fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < END_SIZE)
		return fail(z->name, err, "no archive");
	if ((uint64_t)st.st_size > XAUSL_ZIP_BYTES_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, z->name, "archive of more than %u octets", XAUSL_ZIP_BYTES_MAX);
	r = read_at(z, (uint64_t)st.st_size - END_SIZE, end, sizeof(end), err);
	if (r)
		return r;
	n = u16(end + 10);
	len = u32(end + 12);
	start = u32(end + 16);
	if (memcmp(end, "PK\5\6", 4) != 0 || u16(end + 20))
		return fail(z->name, err, "no archive, or octets behind its end");
	if (u16(end + 4) || u16(end + 6) || u16(end + 8) != n || !n)
		return fail(z->name, err, "archive of several parts, or empty");
	if (n > XAUSL_ENTRIES_MAX || len > XAUSL_ZIP_DIRECTORY_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, z->name, "more than %u entries", XAUSL_ENTRIES_MAX);
	if (start + len + END_SIZE != (uint64_t)st.st_size)
		return fail(z->name, err, "directory is cut, or octets in front of the archive or behind its end");
	z->rows = calloc(n, sizeof(*z->rows));
	directory = malloc(len + 1);
	if (!z->rows || !directory)
		return osci_fail(err, -ENOMEM, NULL, z->name, "out of memory");
	r = read_at(z, start, directory, len, err);
	while (!r && z->n < n) {
		size_t used = 0;

		r = read_row(z, directory + at, len - at, &used, err);
		at += used;
	}
	if (r)
		return r;
	if (at != len)
		return fail(z->name, err, "directory is longer than its entries");
	return check_rows(z, start, err);
}

void zip_layout_clear(struct zip_layout *z)
{
	for (size_t i = 0; i < z->n; i++)
		free(z->rows[i].name);
	free(z->rows);
	z->rows = NULL;
	z->n = 0;
}
