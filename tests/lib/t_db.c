/* SPDX-License-Identifier: Apache-2.0 */
/* t_db - see t_db.h */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/t_db.h"

const char *t_db_file(const char *path, size_t n)
{
	static char name[600];
	char dir[300];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s.files", path);
	d = opendir(dir);
	name[0] = '\0';
	while (d && !name[0] && (e = readdir(d)))
		if (e->d_name[0] != '.' && !n--)
			snprintf(name, sizeof(name), "%s/%s", dir, e->d_name);
	if (d)
		closedir(d);
	return name;
}

size_t t_db_files(const char *path)
{
	size_t n = 0;

	while (*t_db_file(path, n))
		n++;
	return n;
}

void t_db_remove(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	char name[320];

	while (*t_db_file(path, 0))
		if (unlink(t_db_file(path, 0)))
			break;
	snprintf(name, sizeof(name), "%s.files", path);
	rmdir(name);
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}
