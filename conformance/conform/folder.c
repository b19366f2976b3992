/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder - a folder in place of case files: all *.yaml in it, in the order of their names
 *
 * The list of requirements that lies beside the cases is no case file; it is taken as the one of the run, unless another is
 * named.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "options.h"

#define REQUIREMENTS "requirements.yaml"

static int is_yaml(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 5 && !strcmp(e->d_name + len - 5, ".yaml");
}

static int add(struct cf_options *o, const char **files, size_t *n, const char *dir, const char *name)
{
	char *path;

	if (*n == CF_FILES_MAX || asprintf(&path, "%s/%s", dir, name) < 0) {
		fprintf(stderr, "xausl-conform: --cases: %s: too many case files\n", dir);
		return CF_EXIT_UNUSABLE;
	}
	o->owned[o->n_owned++] = path;
	if (strcmp(name, REQUIREMENTS) != 0)
		files[(*n)++] = path;
	else if (!o->requirements)
		o->requirements = path;
	return -1;
}

static int expand(struct cf_options *o, const char **files, size_t *n, const char *dir)
{
	struct dirent **list = NULL;
	size_t before = *n;
	int found = scandir(dir, &list, is_yaml, alphasort), r = -1;

	if (found < 0) {
		fprintf(stderr, "xausl-conform: --cases: %s: cannot be read: %m\n", dir);
		return CF_EXIT_UNUSABLE;
	}
	for (int i = 0; i < found; i++) {
		r = r >= 0 ? r : add(o, files, n, dir, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	if (r < 0 && *n == before) {
		fprintf(stderr, "xausl-conform: --cases: %s: there is no case file (*.yaml) in this folder\n", dir);
		return CF_EXIT_UNUSABLE;
	}
	return r;
}

int cf_options_folders(struct cf_options *o)
{
	const char *files[CF_FILES_MAX];
	struct stat st;
	size_t n = 0;

	for (size_t i = 0; i < o->n_files; i++) {
		int r = -1;

		if (!stat(o->files[i], &st) && S_ISDIR(st.st_mode))
			r = expand(o, files, &n, o->files[i]);
		else if (n < CF_FILES_MAX)
			files[n++] = o->files[i];
		else
			r = CF_EXIT_UNUSABLE;
		if (r >= 0)
			return r;
	}
	memcpy(o->files, files, n * sizeof(files[0]));
	o->n_files = n;
	return -1;
}
