/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site - folder, programs, keys and calendar of a run
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <osci/osci.h>

#include "base/buf.h"
#include "world/site.h"

#define READY_SECONDS 20
#define DATADIR_NAME "XAUSL_DATADIR"

extern char **environ;

static void free_env(char **env)
{
	for (size_t i = 0; env && env[i]; i++)
		free(env[i]);
	free(env);
}

/* The environment of the runner with XAUSL_DATADIR, if @datadir. */
static char **make_env(const char *datadir)
{
	size_t n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if ((!datadir || strncmp(environ[i], DATADIR_NAME "=", sizeof(DATADIR_NAME)) != 0) &&
		    !(env[k++] = strdup(environ[i])))
			goto failed;
	if (!datadir || asprintf(&env[k], DATADIR_NAME "=%s", datadir) >= 0)
		return env;
	env[k] = NULL;
failed:
	free_env(env);
	return NULL;
}

static int folders(struct cf_site *s, const struct cf_site_conf *conf, struct osci_err *err)
{
	_cleanup_(osci_freep) char *resolved = NULL;
	const char *datadir = conf->datadir ? conf->datadir : getenv(DATADIR_NAME);

	if (mkdir(conf->dir, 0700) < 0 && errno != EEXIST)
		return osci_fail(err, -errno, NULL, conf->dir, "folder cannot be made: %s", strerrordesc_np(errno));
	s->dir = realpath(conf->dir, NULL);
	if (!s->dir)
		return osci_fail(err, -errno, NULL, conf->dir, "cannot be resolved");
	s->shared = realpath(conf->shared ? conf->shared : conf->dir, NULL);
	if (!s->shared)
		return osci_fail(err, -errno, NULL, conf->shared, "cannot be resolved");
	if (strlen(s->dir) > CF_KEY_PATH_MAX - 200)
		return osci_fail(err, OSCI_E_CONFIG, NULL, conf->dir, "the path is too long");
	resolved = realpath(datadir ? datadir : CF_DATADIR, NULL);
	if (!resolved)
		return osci_fail(err, OSCI_E_CONFIG, NULL, datadir ? datadir : CF_DATADIR,
				 "the folder of releases and calendars is not there");
	if (asprintf(&s->schemas, "%s/xausl-schemas", resolved) < 0 || asprintf(&s->versions, "%s/versions", resolved) < 0 ||
	    (conf->keys ? !(s->keys_dir = strdup(conf->keys)) : asprintf(&s->keys_dir, "%s/keys", s->dir) < 0))
		return -ENOMEM;
	s->env = make_env(datadir ? resolved : NULL);
	return s->env ? 0 : -ENOMEM;
}

/* The site gets data of its own, in which that release is in force. */
static int told(struct cf_site *s, const struct cf_site_conf *conf, struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = NULL;
	int r;

	if (!conf->release)
		return 0;
	if (asprintf(&data, "%s/data", s->dir) < 0)
		return -ENOMEM;
	r = cf_told_make(s, data, conf->release, conf->release_from_ms, err);
	if (r)
		return r;
	free_env(s->env);
	free(s->versions);
	s->env = make_env(data);
	if (asprintf(&s->versions, "%s/versions", data) < 0)
		s->versions = NULL;
	return s->env && s->versions ? 0 : -ENOMEM;
}

static int make_token(struct cf_site *s, struct osci_err *err)
{
	unsigned char octets[4];

	if (getrandom(octets, sizeof(octets), 0) != sizeof(octets))
		return osci_fail(err, -EIO, NULL, NULL, "no random octets");
	snprintf(s->token, sizeof(s->token), "ct%02x%02x%02x%02x", octets[0], octets[1], octets[2], octets[3]);
	return 0;
}

int cf_site_new(struct cf_site **ret, const struct cf_site_conf *conf, struct osci_err *err)
{
	struct cf_site *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->keep = conf->keep;
	s->ready_ms = (conf->ready_s ? conf->ready_s : READY_SECONDS) * 1000;
	r = osci_init(err);
	if (!r)
		r = make_token(s, err);
	if (!r)
		r = folders(s, conf, err);
	if (!r)
		r = told(s, conf, err);
	if (!r)
		r = cf_programs_find(s, conf, err);
	if (!r)
		r = cf_programs_ask(s, err);
	if (!r)
		r = xausl_open(&s->xausl, s->schemas, s->versions, err);
	if (!r)
		r = cf_keys_new(&s->keys, s->keys_dir, err);
	if (r) {
		cf_site_freep(&s);
		return r;
	}
	*ret = s;
	return 0;
}

void cf_site_freep(struct cf_site **sp)
{
	struct cf_site *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	cf_keys_freep(&s->keys);
	xausl_freep(&s->xausl);
	for (unsigned i = 0; i < CF_PROGRAMS; i++)
		free(s->programs[i]);
	free_env(s->env);
	free(s->dir);
	free(s->shared);
	free(s->keys_dir);
	free(s->schemas);
	free(s->versions);
	free(s);
}

int cf_site_prepare(struct cf_site *s, size_t offices, struct osci_err *err)
{
	return cf_keys_prepare(s->keys, offices, err);
}

bool cf_site_has_release(const struct cf_site *s, const char *release)
{
	const struct xausl_release *r = xausl_release_find(s->xausl, release);

	return r && xausl_release_has_module(r);
}

const struct xausl *cf_site_xausl(const struct cf_site *s)
{
	return s->xausl;
}

const char *cf_site_release_at(const struct cf_site *s, int64_t time_ms)
{
	const struct xausl_release *r = xausl_release_at(s->xausl, time_ms);

	return r ? xausl_release_version(r) : "";
}
