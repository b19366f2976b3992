/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip - unpacks what the layout allows: libzip has to see the same entries, and every octet is counted
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "engine/zip-priv.h"
#include "base/buf.h"

#define PIECE 65536

struct xausl_zip {
	struct zip_layout layout;
	char *name;
	zip_t *lib;
};

void xausl_zip_freep(struct xausl_zip **zp)
{
	struct xausl_zip *z = zp ? *zp : NULL;

	if (!z)
		return;
	if (z->lib)
		zip_discard(z->lib);
	zip_layout_clear(&z->layout);
	free(z->name);
	free(z);
	*zp = NULL;
}

/* libzip reads from a descriptor of its own. */
static int open_lib(struct xausl_zip *z, struct osci_err *err)
{
	int fd = fcntl(z->layout.fd, F_DUPFD_CLOEXEC, 3), code = 0;

	if (fd < 0)
		return osci_fail(err, -errno, NULL, z->name, "cannot be read");
	if (lseek(fd, 0, SEEK_SET) == 0)
		z->lib = zip_fdopen(fd, ZIP_CHECKCONS, &code);
	if (z->lib)
		return 0;
	close(fd);
	return code == ZIP_ER_MEMORY ? osci_fail(err, -ENOMEM, NULL, z->name, "out of memory") :
				       osci_fail(err, OSCI_E_MALFORMED, NULL, z->name, "no consistent archive");
}

/* Two readers of one archive must not see two archives. */
static int agree(const struct xausl_zip *z, struct osci_err *err)
{
	if (zip_get_num_entries(z->lib, 0) != (zip_int64_t)z->layout.n)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, z->name, "archive with two directories");
	for (size_t i = 0; i < z->layout.n; i++) {
		const struct zip_row *e = &z->layout.rows[i];
		const char *name = zip_get_name(z->lib, i, ZIP_FL_ENC_RAW);
		zip_stat_t st;

		if (!name || strcmp(name, e->name) != 0 || zip_stat_index(z->lib, i, 0, &st) || st.size != e->unpacked ||
		    st.comp_size != e->packed || st.crc != e->crc || st.encryption_method != ZIP_EM_NONE)
			return osci_fail(err, OSCI_E_MALFORMED, NULL, e->name, "archive with two directories");
	}
	return 0;
}

int xausl_zip_open(struct xausl_zip **ret, int fd, const char *name, struct osci_err *err)
{
	_cleanup_(xausl_zip_freep) struct xausl_zip *z = calloc(1, sizeof(*z));
	int r;

	if (!z || !(z->name = strdup(name)))
		return osci_fail(err, -ENOMEM, NULL, name, "out of memory");
	z->layout.fd = fd;
	z->layout.name = z->name;
	r = zip_layout_read(&z->layout, err);
	if (!r)
		r = open_lib(z, err);
	if (!r)
		r = agree(z, err);
	if (r)
		return r;
	*ret = z;
	z = NULL;
	return 0;
}

size_t xausl_zip_count(const struct xausl_zip *z)
{
	return z->layout.n;
}

const char *xausl_zip_name(const struct xausl_zip *z, size_t i)
{
	return z->layout.rows[i].name;
}

bool xausl_zip_is_folder(const struct xausl_zip *z, size_t i)
{
	return z->layout.rows[i].folder;
}

int xausl_zip_read(struct xausl_zip *z, size_t i, xausl_sink sink, void *arg, struct osci_err *err)
{
	const struct zip_row *e = &z->layout.rows[i];
	_cleanup_(osci_freep) char *piece = malloc(PIECE);
	uint64_t total = 0;
	zip_file_t *f;
	zip_int64_t n = 0;
	int r = 0;

	if (!piece)
		return osci_fail(err, -ENOMEM, NULL, e->name, "out of memory");
	f = zip_fopen_index(z->lib, i, 0);
	if (!f)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, e->name, "cannot be unpacked");
	while (!r && (n = zip_fread(f, piece, PIECE)) > 0) {
		total += (uint64_t)n;
		r = total > e->unpacked ? osci_fail(err, OSCI_E_MALFORMED, NULL, e->name, "unpacks to more than it announces") :
					  sink(arg, piece, (size_t)n);
	}
	if (!r && (n < 0 || total != e->unpacked))
		r = osci_fail(err, OSCI_E_MALFORMED, NULL, e->name, "unpacks to something else than it announces");
	zip_fclose(f);
	return r;
}
