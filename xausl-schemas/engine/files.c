/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - the files of a release folder, each held against its checksum in the manifest, and the renewal of the sums
 *
 * What is checked are the octets that are then used.  The manifest is the one file without a sum: it is what the others
 * are held against.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "engine/release.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

#define SHA256_OCTETS 32
#define SUM_ROW "sha256;"

const char *const xausl_table_files[] = { "rules.csv", "map-names.csv", "map-chars.csv", "map-blocks.csv", NULL };

static int sum_of(char out[2 * SHA256_OCTETS + 1], const void *data, size_t len)
{
	unsigned char sum[SHA256_OCTETS];

	if (EVP_Digest(data, len, sum, NULL, EVP_sha256(), NULL) != 1)
		return -EIO;
	osci_hex(out, sum, sizeof(sum));
	return 0;
}

static const struct xausl_csv_row *sum_row(const struct xausl_csv *manifest, const char *file)
{
	for (size_t i = 0; i < manifest->n_rows; i++)
		if (!strcmp(manifest->rows[i].field[0], "sha256") && !strcmp(manifest->rows[i].field[1], file))
			return &manifest->rows[i];
	return NULL;
}

int xausl_release_file(const struct xausl_release *r, const char *file, size_t max, char **ret, size_t *ret_len,
		       struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = NULL;
	const struct xausl_csv_row *row = r->manifest ? sum_row(r->manifest, file) : NULL;
	char path[4096], where[OSCI_ERR_WHERE_MAX], sum[2 * SHA256_OCTETS + 1];
	int rc;

	snprintf(where, sizeof(where), "%s/%s", r->module ? r->module : "", file);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", r->folder, file) >= sizeof(path))
		return osci_fail(err, OSCI_E_CONFIG, NULL, where, "path too long");
	rc = xausl_file_load(&data, ret_len, path, max, err);
	if (rc)
		return rc;
	if (r->manifest) {
		rc = sum_of(sum, data, *ret_len);
		if (rc)
			return osci_fail(err, rc, NULL, where, "checksum cannot be computed");
		if (!row)
			return osci_fail(err, OSCI_E_CONFIG, NULL, where, "the manifest has no checksum of this file");
		if (strcmp(row->field[2], sum) != 0)
			return osci_fail(err, OSCI_E_CONFIG, NULL, where, "changed: not the file the manifest has the checksum of");
	}
	*ret = data;
	data = NULL;
	return 0;
}

int xausl_release_table(struct xausl_csv **ret, const struct xausl_release *r, const char *file, struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = NULL;
	const char *slash = strrchr(file, '/');
	size_t len = 0;
	int rc = xausl_release_file(r, file, XAUSL_CSV_BYTES_MAX, &data, &len, err);

	return rc ? rc : xausl_csv_parse(ret, slash ? slash + 1 : file, data, len, err);
}

/* --- rows ------------------------------------------------------------- */

static bool is_table(const char *file)
{
	for (size_t i = 0; xausl_table_files[i]; i++)
		if (!strcmp(xausl_table_files[i], file))
			return true;
	return false;
}

/* Does another row of the manifest name the file "xsd/NAME" or "codelists/NAME"? */
static bool named(const struct xausl_csv *manifest, const char *file)
{
	bool xsd = !strncmp(file, "xsd/", 4), list = !strncmp(file, "codelists/", 10);
	const char *name = file + (xsd ? 4 : 10);

	for (size_t i = 0; (xsd || list) && i < manifest->n_rows; i++) {
		const struct xausl_csv_row *row = &manifest->rows[i];

		if (strcmp(row->field[0], xsd ? "schema" : "codelist") != 0)
			continue;
		for (unsigned k = xsd ? 3 : 1; k < row->n; k++)
			if (!strcmp(row->field[k], name))
				return true;
	}
	return false;
}

/* NULL, or what is wrong with a row "sha256". */
const char *xausl_sum_row_wrong(const struct xausl_csv *manifest, const struct xausl_csv_row *row)
{
	if (row->n != 3 || strlen(row->field[2]) != 2 * SHA256_OCTETS ||
	    strspn(row->field[2], "0123456789abcdef") != 2 * SHA256_OCTETS)
		return "sha256: file and 64 hexadecimal digits expected";
	if (sum_row(manifest, row->field[1]) != row)
		return "checksum of a file twice";
	if (!is_table(row->field[1]) && !named(manifest, row->field[1]))
		return "checksum of a file the release does not have";
	return NULL;
}

/* --- renewal ---------------------------------------------------------- */

static int add_sum(struct osci_buf *out, const char *folder, const char *below, const char *name, struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = NULL;
	char path[4096], sum[2 * SHA256_OCTETS + 1];
	size_t len;
	int rc;

	if (strchr(name, '/') || (size_t)snprintf(path, sizeof(path), "%s/%s%s", folder, below, name) >= sizeof(path))
		return osci_fail(err, OSCI_E_CONFIG, NULL, folder, "no file name, or a path that is too long");
	rc = xausl_file_load(&data, &len, path, XAUSL_XSD_BYTES_MAX, err);
	if (!rc)
		rc = sum_of(sum, data, len);
	if (!rc)
		osci_buf_addf(out, SUM_ROW "%s%s;%s\n", below, name, sum);
	return rc;
}

static int add_sums(struct osci_buf *out, const char *folder, const struct xausl_csv *manifest, struct osci_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < manifest->n_rows; i++) {
		const struct xausl_csv_row *row = &manifest->rows[i];
		bool xsd = !strcmp(row->field[0], "schema"), list = !strcmp(row->field[0], "codelist");

		for (unsigned k = xsd ? 3 : 1; !rc && (xsd || list) && k < row->n; k++)
			rc = add_sum(out, folder, xsd ? "xsd/" : "codelists/", row->field[k], err);
	}
	for (size_t i = 0; !rc && xausl_table_files[i]; i++)
		rc = add_sum(out, folder, "", xausl_table_files[i], err);
	return rc;
}

/* All lines but the old sums. */
static void add_others(struct osci_buf *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n") + 1;

		if (!text[n - 1])
			n--;
		if (strncmp(text, SUM_ROW, strlen(SUM_ROW)) != 0) {
			osci_buf_add(out, text, n);
			if (text[n - 1] != '\n')
				osci_buf_addc(out, '\n');
		}
		text += n;
	}
}

int xausl_release_seal(const char *folder, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(XAUSL_CSV_BYTES_MAX);
	_cleanup_(xausl_csv_freep) struct xausl_csv *manifest = NULL;
	_cleanup_(osci_freep) char *text = NULL;
	char path[4096];
	size_t len;
	int rc;

	if ((size_t)snprintf(path, sizeof(path), "%s/manifest.csv", folder) >= sizeof(path))
		return osci_fail(err, OSCI_E_CONFIG, NULL, folder, "path too long");
	rc = xausl_file_load(&text, &len, path, XAUSL_CSV_BYTES_MAX, err);
	if (!rc)
		rc = xausl_csv_parse(&manifest, "manifest.csv", text, len, err);
	if (rc)
		return rc;
	add_others(&out, text);
	rc = add_sums(&out, folder, manifest, err);
	if (!rc)
		rc = osci_buf_error(&out);
	return rc ? rc : osci_file_replace(path, out.data, out.len, 0644, true, err);
}
