/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - a report as a folder: all forms, the checksums over them, the signature over the checksums
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "crypto/cms.h"
#include "crypto/crypto.h"
#include "report/compare.h"
#include "report/files.h"
#include "report/report.h"

int cf_file_path(char out[4096], const char *dir, const char *name, struct osci_err *err)
{
	if ((size_t)snprintf(out, 4096, "%s/%s", dir, name) >= 4096)
		return osci_fail(err, OSCI_E_USAGE, NULL, name, "the name of the folder is too long");
	return 0;
}

int cf_sha256(char out[65], const void *data, size_t len)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t n;
	int rc = osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), len ? data : "", len, digest, &n);

	if (!rc)
		osci_hex(out, digest, n);
	return rc;
}

/* Into the folder, and onto the list. */
static int write_listed(struct osci_buf *sums, const char *dir, const char *name, const struct osci_buf *b, struct osci_err *err)
{
	char path[4096], sum[65];
	int rc = cf_file_path(path, dir, name, err);

	rc = rc ? rc : osci_file_replace(path, b->data, b->len, 0644, true, err);
	rc = rc ? rc : cf_sha256(sum, b->data, b->len);
	if (!rc)
		osci_buf_addf(sums, "%s  %s\n", sum, name);
	return rc;
}

static int write_form(struct osci_buf *sums, const struct cf_result *r, const struct cf_report_files *files, const char *name,
		      enum cf_report_format format, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX);
	int rc = cf_report_render(&b, r, format);

	if (rc)
		return osci_fail(err, rc, NULL, name, "the report cannot be made");
	if (format == CF_REPORT_JUNIT && files->junit) {
		rc = osci_file_replace(files->junit, b.data, b.len, 0644, true, err);
		if (rc)
			return rc;
	}
	return files->dir ? write_listed(sums, files->dir, name, &b, err) : 0;
}

static int write_comparison(struct osci_buf *sums, const struct cf_report_files *files, struct osci_err *err)
{
	static const struct {
		const char *name;
		enum cf_comparison_format format;
	} forms[] = { { "comparison.html", CF_COMPARISON_HTML }, { "comparison.json", CF_COMPARISON_JSON },
		      { "comparison.txt", CF_COMPARISON_TEXT } };
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(forms) / sizeof(forms[0]); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX);

		rc = cf_comparison_render(&b, files->comparison, forms[i].format);
		rc = rc ? osci_fail(err, rc, NULL, forms[i].name, "the comparison cannot be made") :
			  write_listed(sums, files->dir, forms[i].name, &b, err);
	}
	return rc;
}

static int load_key(struct osci_key **ret, const struct cf_report_files *files, int64_t now, struct osci_err *err)
{
	int rc = osci_key_load_p12_passfile(ret, files->sign_p12, files->sign_pass_file, OSCI_P12_PRIVATE, err);

	return rc ? rc : osci_cert_check(osci_key_cert(*ret), OSCI_USE_SIGN, now, err);
}

static int sign(const struct cf_result *r, const struct cf_report_files *files, const struct osci_buf *sums, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf signature = OSCI_BUF_INIT(OSCI_CMS_MAX);
	_cleanup_(osci_key_unrefp) struct osci_key *key = NULL;
	char path[4096];
	int rc;

	if (!files->sign_p12)
		return 0;
	rc = load_key(&key, files, r->ended_ms / 1000, err);
	rc = rc ? rc : osci_cms_sign(&signature, key, sums->data, sums->len, r->ended_ms / 1000, err);
	rc = rc ? rc : cf_file_path(path, files->dir, CF_SIGNATURE_FILE, err);
	return rc ? rc : osci_file_replace(path, signature.data, signature.len, 0644, true, err);
}

static int take_away(const char *path, struct osci_err *err)
{
	if (!unlink(path) || errno == ENOENT)
		return 0;
	return osci_fail(err, -errno, NULL, path, "the report of an earlier run cannot be removed: %s", strerrordesc_np(errno));
}

/* What not every report has must not stand beside new checksums. */
static int remove_optional(const char *dir, struct osci_err *err)
{
	static const char *const names[] = { CF_SIGNATURE_FILE, "comparison.html", "comparison.json", "comparison.txt" };
	char path[4096];
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(names) / sizeof(names[0]); i++) {
		rc = cf_file_path(path, dir, names[i], err);
		rc = rc ? rc : take_away(path, err);
	}
	return rc;
}

/* What stands there is taken for this run, whatever becomes of it. */
static int remove_earlier(const struct cf_report_files *files, struct osci_err *err)
{
	static const char *const names[] = { "report.html", "report.json", "junit.xml", "report.txt", CF_SUMS_FILE };
	char path[4096];
	struct stat st;

	/* It is replaced, not written to: a device or a link somebody names would be gone. */
	if (files->junit && !lstat(files->junit, &st) && !S_ISREG(st.st_mode))
		return osci_fail(err, OSCI_E_USAGE, NULL, files->junit, "cannot be written: it is no ordinary file");
	/* Written and taken away again: so it is known that it can be. */
	int rc = files->junit ? osci_file_replace(files->junit, "", 0, 0644, false, err) : 0;
	rc = rc || !files->junit ? rc : take_away(files->junit, err);

	for (size_t i = 0; !rc && files->dir && i < sizeof(names) / sizeof(names[0]); i++) {
		rc = cf_file_path(path, files->dir, names[i], err);
		rc = rc ? rc : take_away(path, err);
	}
	return rc || !files->dir ? rc : remove_optional(files->dir, err);
}

static int make_folder(const struct cf_report_files *files, struct osci_err *err)
{
	int rc;

	if (files->sign_p12 && (!files->dir || !files->sign_pass_file))
		return osci_fail(err, OSCI_E_USAGE, NULL, NULL, "signing needs a folder for the report and a password file");
	if (!files->dir || !mkdir(files->dir, 0755) || errno == EEXIST)
		return 0;
	rc = -errno;
	return osci_fail(err, rc, NULL, files->dir, "cannot be made: %s", strerrordesc_np(-rc));
}

int cf_report_ready(const struct cf_report_files *files, int64_t now, struct osci_err *err)
{
	_cleanup_(osci_key_unrefp) struct osci_key *key = NULL;
	int rc = make_folder(files, err);

	if (!rc && files->dir && access(files->dir, W_OK | X_OK))
		return osci_fail(err, -errno, NULL, files->dir, "cannot be written to");
	if (!rc && files->sign_p12)
		rc = load_key(&key, files, now, err);
	return rc ? rc : remove_earlier(files, err);
}

int cf_report_write(const struct cf_result *r, const struct cf_report_files *files, struct osci_err *err)
{
	static const struct {
		const char *name;
		enum cf_report_format format;
	} forms[] = { { "report.html", CF_REPORT_HTML }, { "report.json", CF_REPORT_JSON }, { "junit.xml", CF_REPORT_JUNIT },
		      { "report.txt", CF_REPORT_TEXT } };
	_cleanup_buf_ struct osci_buf sums = OSCI_BUF_INIT(CF_SUMS_MAX);
	char path[4096];
	int rc = make_folder(files, err);

	for (size_t i = 0; !rc && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!files->dir && forms[i].format != CF_REPORT_JUNIT)
			continue;
		rc = write_form(&sums, r, files, forms[i].name, forms[i].format, err);
	}
	if (rc || !files->dir)
		return rc;
	rc = remove_optional(files->dir, err);
	rc = rc || !files->comparison ? rc : write_comparison(&sums, files, err);
	rc = rc ? rc : sign(r, files, &sums, err);
	rc = rc ? rc : cf_file_path(path, files->dir, CF_SUMS_FILE, err);
	return rc ? rc : osci_file_replace(path, sums.data, sums.len, 0644, true, err);
}
