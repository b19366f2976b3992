/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xsd-check - t_xsd for recorded HTTP bodies: xsd-check [KEY.p12 PASSWORD-FILE]... -- FILE...
 *
 * One line per file: valid, outer or invalid, its name, and the innermost message type or the cause.  Status 0: all valid
 * (outer is, too), 1: one is not, 77: no schemas at hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/osci.h>
#include "lib/t_xsd.h"

#define KEYS_MAX 32

static unsigned char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data = NULL;
	long size;

	if (f && !fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET)) {
		data = malloc((size_t)size + 1);
		*len = data ? fread(data, 1, (size_t)size, f) : 0;
	}
	if (f)
		fclose(f);
	return data;
}

int main(int argc, char **argv)
{
	static const char *const words[] = { "invalid", "skipped", "outer", "valid" };
	struct osci_key *keys[KEYS_MAX];
	size_t n_keys = 0, len = 0;
	int i, status = 0;

	if (osci_init(NULL))
		return 2;
	for (i = 1; i + 1 < argc && strcmp(argv[i], "--"); i += 2)
		if (n_keys == KEYS_MAX || osci_key_load_p12_passfile(&keys[n_keys++], argv[i], argv[i + 1], 0, NULL)) {
			fprintf(stderr, "%s: no key\n", argv[i]);
			return 2;
		}
	for (i++; i < argc && status != 77; i++) {
		unsigned char *data = read_file(argv[i], &len);
		char why[600] = "cannot be read";
		enum t_xsd r = data ? t_xsd_judge(data, len, keys, n_keys, T_XSD_ECHO, why, sizeof(why)) : T_XSD_INVALID;

		printf("%s %s %s\n", words[r], argv[i], r == T_XSD_INVALID ? why : t_xsd_type());
		if (r == T_XSD_SKIPPED)
			status = 77;
		else if (r == T_XSD_INVALID)
			status = 1;
		free(data);
	}
	while (n_keys)
		osci_key_unref(keys[--n_keys]);
	return status;
}
