/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify - is a report what was written, and who says so: checksums, signature, and that the result agrees with itself
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"
#include "crypto/cms.h"
#include "report/files.h"
#include "report/report.h"

struct check {
	const char *dir, *trust;
	int64_t at;        /* when certificates must be valid */
	struct osci_buf sums;
	unsigned problems;
};

static void problem(struct check *k, const char *name, const char *what)
{
	printf("%s: %s\n", name, what);
	k->problems++;
}

static int load(const struct check *k, const char *name, size_t max, struct osci_buf *out, struct osci_err *err)
{
	char path[4096];
	int rc = cf_file_path(path, k->dir, name, err);

	return rc ? rc : osci_file_read(path, max, false, out, err);
}

static void check_file(struct check *k, const char *sum, const char *name)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX + 1);
	char now[65];

	if (load(k, name, CF_RESULT_JSON_MAX, &b, NULL))
		problem(k, name, "cannot be read");
	else if (cf_sha256(now, b.data, b.len) || strcmp(now, sum))
		problem(k, name, "is not what was written: checksum");
}

/* A line "HEX  NAME"; names of other folders are refused. */
static bool split(char *line, char **name)
{
	if (strlen(line) < 67 || strspn(line, "0123456789abcdef") != 64 || line[64] != ' ' || line[65] != ' ')
		return false;
	line[64] = '\0';
	*name = line + 66;
	return !strchr(*name, '/') && **name != '.';
}

static bool listed(const struct check *k, const char *name)
{
	_cleanup_(osci_freep) char *want = NULL;

	if (asprintf(&want, "  %s\n", name) < 0) {
		want = NULL;
		return false;
	}
	return k->sums.data && strstr((const char *)k->sums.data, want);
}

static int check_sums(struct check *k, struct osci_err *err)
{
	_cleanup_(osci_freep) char *copy = NULL;
	char *save = NULL, *name;
	int rc = load(k, CF_SUMS_FILE, CF_SUMS_MAX, &k->sums, err);

	if (rc)
		return rc;
	copy = strdup(k->sums.data ? (const char *)k->sums.data : "");
	if (!copy)
		return -ENOMEM;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!split(line, &name))
			return osci_fail(err, OSCI_E_MALFORMED, NULL, CF_SUMS_FILE, "a line is none of a checksum and a name");
		check_file(k, line, name);
	}
	if (!listed(k, "report.html") || !listed(k, "report.json"))
		problem(k, CF_SUMS_FILE, "report.html and report.json must be in it");
	return 0;
}

/* What lies in the folder and nobody vouches for. */
static void check_others(struct check *k)
{
	DIR *d = opendir(k->dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		_cleanup_buf_ struct osci_buf name = OSCI_BUF_INIT(4096);

		if (e->d_name[0] == '.' || !strcmp(e->d_name, CF_SUMS_FILE) || !strcmp(e->d_name, CF_SIGNATURE_FILE) ||
		    listed(k, e->d_name))
			continue;
		osci_escape_line(&name, e->d_name, strlen(e->d_name));
		printf("%s: not among the checksums\n", name.data ? (const char *)name.data : "?");
	}
	if (d)
		closedir(d);
}

static int check_trust(struct check *k, const struct osci_cert *cert, struct osci_err *err)
{
	_cleanup_(osci_trust_freep) struct osci_trust *trust = NULL;
	struct osci_err why = { 0 };
	int rc;

	if (!k->trust) {
		puts("whether the certificate is trusted was not asked for (--trust)");
		return 0;
	}
	rc = osci_trust_new(&trust);
	rc = rc ? rc : osci_trust_add_pem(trust, k->trust, err);
	if (rc)
		return rc;
	if (osci_trust_check(trust, cert, OSCI_USE_SIGN, k->at, &why))
		problem(k, "certificate", why.what);
	else
		puts("the certificate is trusted");
	return 0;
}

static int check_signature(struct check *k, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf signature = OSCI_BUF_INIT(OSCI_CMS_MAX + 1);
	_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
	struct osci_err why = { 0 };
	char when[40] = "at an unknown time";
	int64_t time;
	int rc = load(k, CF_SIGNATURE_FILE, OSCI_CMS_MAX, &signature, err);

	if (rc == -ENOENT && !k->trust) {
		puts("not signed");
		return 0;
	}
	if (rc == -ENOENT) {
		problem(k, CF_SIGNATURE_FILE, "there is no signature");
		return 0;
	}
	if (rc)
		return rc;
	if (osci_cms_verify(&cert, &time, signature.data, signature.len, k->sums.data, k->sums.len, &why)) {
		problem(k, CF_SIGNATURE_FILE, why.what);
		return 0;
	}
	if (time)
		osci_format_datetime_berlin(when, sizeof(when), time * 1000);
	printf("signed by %s\n  certificate %s\n  %s, as the signature claims\n", osci_cert_subject(cert),
	       osci_cert_sha256(cert), when);
	return check_trust(k, cert, err);
}

static int check_result(struct check *k, struct osci_err *err)
{
	_cleanup_(cf_result_freep) struct cf_result *r = NULL;
	char path[4096];
	int rc = cf_file_path(path, k->dir, "report.json", err);

	rc = rc ? rc : cf_result_read(&r, path, err);
	if (rc)
		return rc;
	printf("verdict of the run: %s\n", cf_run_verdict_text(cf_result_verdict(r)));
	return 0;
}

static int usage(FILE *to)
{
	fputs("usage: xausl-conform verify [--trust CA.pem] [--at TIME] DIR\n"
	      "Checks that the report in DIR is what was written, and who signed it.\n"
	      "  --trust FILE   the signature must be there, under one of these certificates\n"
	      "  --at TIME      when the certificate must be valid, \"2026-11-22T12:00:00Z\"; default now\n"
	      "Exit status: 0 right, 1 something is not, 2 the report cannot be read.\n", to);
	return to == stdout ? 0 : 2;
}

static int options(struct check *k, int argc, char **argv)
{
	static const struct option list[] = { { "trust", required_argument, NULL, 't' }, { "at", required_argument, NULL, 'a' },
					      { "help", no_argument, NULL, 'h' }, { 0 } };
	int64_t ms;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "h", list, NULL)) != -1) {
		if (c == 'h')
			return -1;
		if (c == 't')
			k->trust = optarg;
		else if (c == 'a' && !osci_parse_datetime(optarg, strlen(optarg), &ms))
			k->at = ms / 1000;
		else
			return 2;
	}
	k->dir = argv[optind];
	return optind + 1 == argc ? 0 : 2;
}

int cf_command_verify(int argc, char **argv)
{
	struct check k = { .at = time(NULL), .sums = OSCI_BUF_INIT(CF_SUMS_MAX + 1) };
	struct osci_err err = { 0 };
	char text[512];
	int rc = options(&k, argc, argv);

	if (rc)
		return usage(rc < 0 ? stdout : stderr);
	rc = check_sums(&k, &err);
	rc = rc ? rc : check_signature(&k, &err);
	rc = rc || k.problems ? rc : check_result(&k, &err);
	if (!rc)
		check_others(&k);
	osci_buf_free(&k.sums);
	if (rc) {
		fprintf(stderr, "xausl-conform: %s\n", osci_err_text(&err, text, sizeof(text)));
		return 2;
	}
	puts(k.problems ? "the report is NOT what was written or signed" : "the report is as it was written");
	return k.problems ? 1 : 0;
}
