/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay-main - runs a fuzz target over files instead of a fuzzer, in every test run
 *
 * usage: replay-X FOLDER...   Every file below the folders, its prefixes at 17 lengths, and the file with
 * single octets changed at 64 places.  Prints TAP: one line per file.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FILE_MAX (1024 * 1024)
#define PREFIXES 17
#define CHANGES 64

static unsigned number;

/* A copy of exact size, so that a sanitizer sees the first octet read beyond it. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void replay(const char *path, const char *name)
{
	uint8_t *data = malloc(FILE_MAX);
	FILE *f = fopen(path, "rbe");
	size_t n, i;

	if (!data || !f) {
		printf("not ok %u - %s cannot be read\n", ++number, name);
		free(data);
		return;
	}
	n = fread(data, 1, FILE_MAX, f);
	fclose(f);
	feed(data, n);
	for (i = 0; i < PREFIXES && n; i++)
		feed(data, n * i / PREFIXES);
	for (i = 0; i < CHANGES && n; i++) {
		size_t at = n * i / CHANGES;
		uint8_t old = data[at];

		data[at] = (uint8_t)(old ^ (1u << (i % 8)));
		feed(data, n);
		data[at] = old;
	}
	free(data);
	printf("ok %u - %s\n", ++number, name);
	fflush(stdout);
}

static void folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[4096];
	struct stat st;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(name, sizeof(name), "%s/%s", path, e->d_name) >= sizeof(name) || stat(name, &st) < 0)
			continue;
		if (S_ISREG(st.st_mode))
			replay(name, e->d_name);
	}
	if (d)
		closedir(d);
}

int main(int argc, char **argv)
{
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++)
		folder(argv[i]);
	printf("1..%u\n", number);
	return number ? 0 : 1;
}
