/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs - where the programs are, and what took part in a run
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/text.h"
#include "world/process.h"
#include "world/site.h"

#define VERSION_MS 10000
#define OUTPUT_MAX (1u << 20)

/* Name, and the folder within a build tree. */
static const struct {
	const char *name, *built;
} known[] = {
	[CF_PROG_GATEWAY] = { "xausl-gatewayd", "gateway" },
	[CF_PROG_INTERMEDIARY] = { "osci-intermediaryd", "osci/intermediary" },
	[CF_PROG_PARTNER] = { "inge-sim", "conformance/inge-sim" },
	[CF_PROG_XAUSL] = { "xausl", "gateway/cli" },
};

const char *cf_program_name(enum cf_program which)
{
	return known[which].name;
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* DIR/NAME or DIR/BUILT/NAME; NULL if neither is there. */
static char *below(const char *dir, enum cf_program which)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, known[which].name) < 0)
		return NULL;
	if (is_program(path))
		return path;
	free(path);
	if (asprintf(&path, "%s/%s/%s", dir, known[which].built, known[which].name) < 0)
		return NULL;
	if (is_program(path))
		return path;
	free(path);
	return NULL;
}

/* The folder of the running program, or the build tree around it. */
static char *beside(enum cf_program which)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	for (unsigned up = 0; n > 0 && up < 4; up++) {
		char *slash, *found;

		self[n] = '\0';
		slash = strrchr(self, '/');
		if (!slash || slash == self)
			return NULL;
		*slash = '\0';
		found = below(self, which);
		if (found)
			return found;
		n = slash - self;
	}
	return NULL;
}

static char *on_path(enum cf_program which)
{
	_cleanup_(osci_freep) char *list = osci_strdup_or_null(getenv("PATH"));
	char *rest = list, *dir;

	while (rest && (dir = strsep(&rest, ":"))) {
		char *found = *dir == '/' ? below(dir, which) : NULL;

		if (found)
			return found;
	}
	return NULL;
}

int cf_programs_find(struct cf_site *s, const struct cf_site_conf *conf, struct osci_err *err)
{
	const char *const given[CF_PROGRAMS] = { conf->gateway, conf->intermediary, conf->partner, NULL };
	_cleanup_(osci_freep) char *folder = conf->programs ? realpath(conf->programs, NULL) : NULL;

	for (unsigned i = 0; i < CF_PROGRAMS; i++) {
		if (given[i])
			s->programs[i] = realpath(given[i], NULL);
		else if (conf->programs)
			s->programs[i] = folder ? below(folder, i) : NULL;
		else if (!(s->programs[i] = beside(i)))
			s->programs[i] = on_path(i);
		if (!s->programs[i] && given[i])
			return osci_fail(err, OSCI_E_CONFIG, NULL, given[i], "this program is not there");
		if (!s->programs[i])
			return osci_fail(err, OSCI_E_CONFIG, NULL, conf->programs ? conf->programs : "PATH",
					 "the program %s is not there: name the folder of the programs", known[i].name);
		if (!is_program(s->programs[i]))
			return osci_fail(err, OSCI_E_CONFIG, NULL, s->programs[i], "this program cannot be executed");
	}
	return 0;
}

/* What a program says of itself must begin with its name: else it is another one, which would hang or die at every case. */
int cf_programs_ask(struct cf_site *s, struct osci_err *err)
{
	for (unsigned i = 0; i < CF_PROGRAMS; i++) {
		const char *const argv[] = { s->programs[i], "--version", NULL };
		_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(OUTPUT_MAX);
		size_t n = strlen(known[i].name);
		char *out = s->program_versions[i];
		int r = cf_run(argv, NULL, s->env, VERSION_MS, false, &text, err);

		if (r)
			return r;
		snprintf(out, CF_VERSION_SIZE, "%.*s", text.data ? (int)strcspn((const char *)text.data, "\n") : 0,
			 text.data ? (const char *)text.data : "");
		if (strncmp(out, known[i].name, n) != 0 || (out[n] && out[n] != ' '))
			return osci_fail(err, OSCI_E_CONFIG, NULL, s->programs[i], "is no %s: --version says \"%.60s\"",
					 known[i].name, out);
	}
	return 0;
}

/* --- facts --------------------------------------------------------------- */

static int digest_file(EVP_MD_CTX *ctx, const char *path, struct osci_err *err)
{
	unsigned char block[65536];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "cannot be read: %s", strerrordesc_np(errno));
	while (!r && (n = read(fd, block, sizeof(block))) != 0)
		r = n < 0 ? osci_fail(err, -errno, NULL, path, "cannot be read") :
		    EVP_DigestUpdate(ctx, block, (size_t)n) == 1 ? 0 : -ENOMEM;
	close(fd);
	return r;
}

static int digest_end(EVP_MD_CTX *ctx, char ret[65])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_DigestFinal_ex(ctx, sum, &len) != 1)
		return -ENOMEM;
	osci_hex(ret, sum, len);
	return 0;
}

int cf_site_sha256(const char *path, char ret[65], struct osci_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;

	if (!r)
		r = digest_file(ctx, path, err);
	if (!r)
		r = digest_end(ctx, ret);
	EVP_MD_CTX_free(ctx);
	return r;
}

/* The manifest of a release holds the sums of all its files. */
static void add_releases(const struct cf_site *s, json_t *list)
{
	for (size_t i = 0; i < xausl_release_count(s->xausl); i++) {
		const struct xausl_release *r = xausl_release_get(s->xausl, i);
		_cleanup_(osci_freep) char *path = NULL;
		char sum[65];

		if (!xausl_release_has_module(r) ||
		    asprintf(&path, "%s/%s/manifest.csv", s->schemas, xausl_release_version(r)) < 0)
			continue;
		if (cf_site_sha256(path, sum, NULL) == 0)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "release", xausl_release_version(r), "path", path,
							      "sha256", sum));
	}
}

/* Of the calendar; rules of transition are written for each case. */
static void add_table(const struct cf_site *s, json_t *list, const char *name)
{
	_cleanup_(osci_freep) char *path = NULL;
	char sum[65] = "";

	if (asprintf(&path, "%s/%s", s->versions, name) < 0) {
		path = NULL;
		return;
	}
	(void)cf_site_sha256(path, sum, NULL);
	json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", name, "path", path, "sha256", sum));
}

json_t *cf_site_facts(const struct cf_site *s)
{
	json_t *programs = json_array(), *releases = json_array();
	json_t *tables = json_array();
	char sum[65] = "";
	struct utsname host = { 0 };

	for (unsigned i = 0; i < CF_PROGRAMS; i++) {
		if (cf_site_sha256(s->programs[i], sum, NULL) == 0)
			json_array_append_new(programs, json_pack("{s:s, s:s, s:s, s:s}", "name", known[i].name, "path",
								  s->programs[i], "version", s->program_versions[i], "sha256",
								  sum));
	}
	add_releases(s, releases);
	add_table(s, tables, "releases.csv");
	add_table(s, tables, "algorithms.csv");
	uname(&host);
	return json_pack("{s:o, s:o, s:o, s:{s:s, s:s}}", "programs", programs, "releases", releases, "calendar", tables, "host",
			 "system", host.sysname, "machine", host.machine);
}
