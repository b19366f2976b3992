/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approvals - the operator's table of reports of acceptance tests
 *
 * A row counts only if its report is there and is the very file: path beside the table, SHA-256 of its octets.  Nothing
 * of a report is read but its octets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include <xausl/calendar.h>
#include "engine/csv.h"
#include "base/buf.h"
#include "base/text.h"

#define APPROVALS_MAX 1000u
#define REPORT_MAX (64u << 20) /* octets of one report */
#define SHA256_OCTETS 32u

enum { F_RELEASE, F_DAY, F_WHO, F_FILE, F_SHA256, F_COUNT };

struct xausl_approvals {
	struct xausl_csv *table;
	struct xausl_approval *rows;
	size_t n;
};

static bool day_ok(const char *s)
{
	uint64_t y, m, d;

	return strlen(s) == 10 && s[4] == '-' && s[7] == '-' && !osci_parse_u64(s, 4, 9999, &y) &&
	       !osci_parse_u64(s + 5, 2, 12, &m) && !osci_parse_u64(s + 8, 2, 31, &d) &&
	       osci_date_valid((int)y, (int)m, (int)d);
}

/* The report is the file whose checksum the row has. */
static int check_report(const struct xausl_approvals *a, const struct xausl_csv_row *row, const char *table,
			struct osci_err *err)
{
	_cleanup_(osci_freep) char *path = NULL, *data = NULL;
	unsigned char digest[SHA256_OCTETS];
	char hex[2 * SHA256_OCTETS + 1];
	const char *slash = strrchr(table, '/');
	size_t len = 0;
	int r;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash + 1 - table) : 0, table, row->field[F_FILE]) < 0) {
		path = NULL;
		return osci_fail(err, -ENOMEM, NULL, table, "out of memory");
	}
	r = xausl_file_load(&data, &len, path, REPORT_MAX, err);
	if (r < 0)
		return r;
	if (r)
		return xausl_csv_fail(a->table, row, err, "the report cannot be read");
	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return osci_fail(err, -ENOMEM, NULL, table, "checksum cannot be computed");
	osci_hex(hex, digest, sizeof(digest));
	if (strcmp(hex, row->field[F_SHA256]) != 0)
		return xausl_csv_fail(a->table, row, err, "the report is not the one of the checksum (SHA-256, small letters)");
	return 0;
}

static int read_row(struct xausl_approvals *a, const struct xausl_csv_row *row, const char *table, struct osci_err *err)
{
	const char *const *f = row->field;

	if (row->n != F_COUNT)
		return xausl_csv_fail(a->table, row, err, "five fields expected");
	if (!f[F_RELEASE][0] || !f[F_WHO][0])
		return xausl_csv_fail(a->table, row, err, "release or who is empty");
	if (!day_ok(f[F_DAY]))
		return xausl_csv_fail(a->table, row, err, "day is no YYYY-MM-DD");
	if (!f[F_FILE][0] || f[F_FILE][0] == '.' || strchr(f[F_FILE], '/'))
		return xausl_csv_fail(a->table, row, err, "a report is a file beside the table");
	a->rows[a->n++] = (struct xausl_approval){ f[F_RELEASE], f[F_DAY], f[F_WHO], f[F_FILE], f[F_SHA256] };
	return check_report(a, row, table, err);
}

int xausl_approvals_load(struct xausl_approvals **ret, const char *path, struct osci_err *err)
{
	_cleanup_(xausl_approvals_freep) struct xausl_approvals *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return osci_fail(err, -ENOMEM, NULL, path, "out of memory");
	r = xausl_csv_load(&a->table, path, err);
	if (r)
		return r;
	if (a->table->n_rows > APPROVALS_MAX)
		return xausl_csv_fail(a->table, NULL, err, "too many rows");
	a->rows = calloc(a->table->n_rows + 1, sizeof(*a->rows));
	if (!a->rows)
		return osci_fail(err, -ENOMEM, NULL, path, "out of memory");
	for (size_t i = 0; !r && i < a->table->n_rows; i++)
		r = read_row(a, &a->table->rows[i], path, err);
	if (r)
		return r;
	*ret = a;
	a = NULL;
	return 0;
}

void xausl_approvals_freep(struct xausl_approvals **ap)
{
	struct xausl_approvals *a = ap ? *ap : NULL;

	if (!a)
		return;
	xausl_csv_freep(&a->table);
	free(a->rows);
	free(a);
	*ap = NULL;
}

const struct xausl_approval *xausl_approval_find(const struct xausl_approvals *a, const char *version)
{
	for (size_t i = a ? a->n : 0; i-- > 0;)
		if (!strcmp(a->rows[i].release, version))
			return &a->rows[i];
	return NULL;
}
