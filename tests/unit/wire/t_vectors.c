/* SPDX-License-Identifier: Apache-2.0 */
/* t_vectors - see the header */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "t_vectors.h"
#include "xml/xml.h"

#define PASSWORD "osci-test"

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

bool t_vectors_load(struct t_vectors *v)
{
	const char *shared = getenv("XAUSL_SHARED");
	struct osci_err err = { 0 };
	char path[8192], keys[4200];
	char **names;
	size_t i, n;

	memset(v, 0, sizeof(*v));
	if (osci_crypto_init(&err) || osci_xml_init() || osci_trust_new(&v->trust))
		abort();
	snprintf(v->shared, sizeof(v->shared), "%s", shared ? shared : ".");
	snprintf(v->dir, sizeof(v->dir), "%s/vectors/osci", v->shared);
	snprintf(keys, sizeof(keys), "%s/keys", v->dir);
	names = t_names(keys, "", &n);
	for (i = 0; i < n; i++) {
		const char *name = names[i];
		int r = 0;

		snprintf(path, sizeof(path), "%s/%s", keys, name);
		if (starts(name, "stranger-"))
			continue;
		if (strstr(name, "-enc-") && strstr(name, ".p12"))
			r = osci_key_load_p12(&v->keys[v->n_keys++], path, PASSWORD, 0, &err);
		else if (strstr(name, ".pem") && !starts(name, "ca-sub"))
			r = osci_trust_add_pem(v->trust, path, &err);
		if (r) {
			fprintf(stderr, "%s: %s\n", name, err.what);
			abort();
		}
	}
	t_names_free(names);
	if (v->n_keys)
		return true;
	printf("# no shared vectors at hand\n");
	return false;
}

void t_vectors_free(struct t_vectors *v)
{
	while (v->n_keys > 0)
		osci_key_unref(v->keys[--v->n_keys]);
	osci_trust_freep(&v->trust);
}

struct osci_cert *t_vectors_cert(const struct t_vectors *v, const char *name)
{
	struct osci_err err = { 0 };
	struct osci_cert *cert;
	char path[8192];

	snprintf(path, sizeof(path), "%s/keys/%s.cert.pem", v->dir, name);
	return osci_cert_load_pem(&cert, path, &err) ? NULL : cert;
}

struct osci_open_opts t_vectors_opts(const struct t_vectors *v)
{
	return (struct osci_open_opts){
		.keys = v->keys,
		.n_keys = v->n_keys,
		.trust = v->trust,
		.now = T_VECTORS_NOW,
	};
}

unsigned char *t_read(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data = NULL;
	long len;

	if (!f)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0) {
		data = malloc((size_t)len + 1);
		*ret_len = data ? fread(data, 1, (size_t)len, f) : 0;
		if (data)
			data[*ret_len] = '\0';
	}
	fclose(f);
	return data;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **t_names(const char *dir, const char *end, size_t *ret_n)
{
	char **names = calloc(1, sizeof(*names));
	struct dirent *e;
	size_t n = 0, l, k = strlen(end);
	DIR *d = opendir(dir);

	while (d && names && (e = readdir(d))) {
		l = strlen(e->d_name);
		if (e->d_name[0] == '.' || l < k || strcmp(e->d_name + l - k, end) != 0)
			continue;
		names = reallocarray(names, n + 2, sizeof(*names));
		if (!names)
			abort();
		names[n++] = strdup(e->d_name);
		names[n] = NULL;
	}
	if (d)
		closedir(d);
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	*ret_n = n;
	return names;
}

void t_names_free(char **names)
{
	size_t i;

	for (i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

int t_open(const void *data, size_t len, const struct osci_open_opts *opts, struct osci_message **m,
	   struct osci_contents **c, struct osci_err *err)
{
	struct osci_message *message = NULL;
	struct osci_contents *contents = NULL;
	int r;

	memset(err, 0, sizeof(*err));
	r = osci_open(&message, data, len, opts, err);
	if (!r)
		r = osci_contents_open(&contents, message, opts, err);
	if (c && !r)
		*c = contents;
	else
		osci_contents_freep(&contents);
	if (m && !r)
		*m = message;
	else
		osci_message_freep(&message);
	return r;
}
