/* SPDX-License-Identifier: Apache-2.0 */
/* t_corpus - see the header */
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/t_corpus.h"

/* One program makes them, others wait for it. */
static bool generate(struct t_corpus *c)
{
	char script[2100], lock[2100], done[2100];
	int fd, status = -1;
	pid_t pid;

	snprintf(script, sizeof(script), "%s/gen.py", c->dir);
	snprintf(lock, sizeof(lock), "%s/lock", c->gen);
	snprintf(done, sizeof(done), "%s/done", c->gen);
	(void)mkdir(c->gen, 0777);
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX))
		return false;
	if (access(done, F_OK) != 0) {
		pid = fork();
		if (pid == 0) {
			execl("/usr/bin/python3", "python3", script, c->gen, (char *)NULL);
			_exit(127);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0) {
			int ok = open(done, O_WRONLY | O_CREAT, 0600);

			status = ok < 0 ? -1 : close(ok);
		}
	} else {
		status = 0;
	}
	close(fd);
	return status == 0;
}

bool t_corpus_load(struct t_corpus *c)
{
	const char *shared = getenv("XAUSL_SHARED"), *build = getenv("XAUSL_BUILD_ROOT");
	char path[2100], line[1024];
	FILE *f;

	memset(c, 0, sizeof(*c));
	snprintf(c->dir, sizeof(c->dir), "%s/security/corpus", shared ? shared : ".");
	snprintf(c->gen, sizeof(c->gen), "%s/tests/corpus", build ? build : "/tmp");
	snprintf(path, sizeof(path), "%s/index.csv", c->dir);
	f = fopen(path, "r");
	if (!f) {
		printf("# no corpus of hostile inputs at hand\n");
		return false;
	}
	while (fgets(line, sizeof(line), f)) {
		char *end = strchr(line, ';');

		if (!end || !strchr(line, '/') || strchr(line, '/') > end)
			continue;
		*end = '\0';
		c->names = reallocarray(c->names, c->n + 2, sizeof(*c->names));
		c->used = reallocarray(c->used, c->n + 2, sizeof(*c->used));
		if (!c->names || !c->used || !(c->names[c->n] = strdup(line)))
			abort();
		c->used[c->n++] = false;
		c->names[c->n] = NULL;
	}
	fclose(f);
	if (generate(c))
		return true;
	printf("# the large hostile inputs cannot be made\n");
	t_corpus_free(c);
	return false;
}

void t_corpus_free(struct t_corpus *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->names[i]);
	free(c->names);
	free(c->used);
	memset(c, 0, sizeof(*c));
}

const char *t_corpus_next(struct t_corpus *c, const char *const *patterns, size_t *i)
{
	size_t k;

	for (; *i < c->n; ++*i)
		for (k = 0; patterns[k]; k++)
			if (fnmatch(patterns[k], c->names[*i], 0) == 0) {
				c->used[*i] = true;
				return c->names[(*i)++];
			}
	return NULL;
}

void t_corpus_path(const struct t_corpus *c, const char *name, char *ret)
{
	snprintf(ret, 4096, "%s/%s", strncmp(name, "gen/", 4) == 0 ? c->gen : c->dir, name);
}
