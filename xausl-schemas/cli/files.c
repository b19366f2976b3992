/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - the messages a command is given
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "cli/files.h"

#define DEPTH_MAX 8 /* folders within folders */

static int message_or_folder(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	if (e->d_name[0] == '.')
		return 0;
	return e->d_type == DT_DIR || e->d_type == DT_UNKNOWN || (n > 4 && !strcmp(e->d_name + n - 4, ".xml"));
}

static int by_octets(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_folder(const char *path, bool follow)
{
	struct stat st;

	return !(follow ? stat(path, &st) : lstat(path, &st)) && S_ISDIR(st.st_mode);
}

struct walk {
	int (*fn)(const char *file, void *ud);
	void *ud;
	size_t files;
	bool trouble;
};

static int folder(struct walk *w, const char *path, unsigned depth)
{
	struct dirent **list = NULL;
	int n = depth < DEPTH_MAX ? scandir(path, &list, message_or_folder, by_octets) : -1, r = 0;

	if (n < 0) {
		fprintf(stderr, "xausl: %s: %s\n", path, depth < DEPTH_MAX ? strerrordesc_np(errno) : "folders nested too deep");
		w->trouble = true;
		return 0;
	}
	for (int i = 0; i < n; i++) {
		_cleanup_(osci_freep) char *below = NULL;

		if (r || asprintf(&below, "%s/%s", path, list[i]->d_name) < 0) {
			below = NULL;
			r = r ? r : -ENOMEM;
		} else if (is_folder(below, false)) {
			r = folder(w, below, depth + 1);
		} else if (list[i]->d_type != DT_DIR) {
			size_t len = strlen(below);

			if (len > 4 && !strcmp(below + len - 4, ".xml")) {
				w->files++;
				r = w->fn(below, w->ud);
			}
		}
		free(list[i]);
	}
	free(list);
	return r;
}

int xausl_cli_files(const char *path, int (*fn)(const char *file, void *ud), void *ud)
{
	struct walk w = { .fn = fn, .ud = ud };
	int r;

	if (!is_folder(path, true))
		return fn(path, ud);
	r = folder(&w, path, 0);
	if (!r && !w.trouble && !w.files) {
		fprintf(stderr, "xausl: %s: no file *.xml\n", path);
		w.trouble = true;
	}
	return r ? r : w.trouble;
}
