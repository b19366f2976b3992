/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-package - the reader of archives: what it takes, unpacks to what it says, under names that are safe */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/zip.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int count(void *arg, const void *data, size_t len)
{
	*(uint64_t *)arg += len;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xausl_zip *z = NULL;
	struct osci_err err;
	uint64_t total = 0;
	int fd = memfd_create("package", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (!xausl_zip_open(&z, fd, "package", &err)) {
		if (xausl_zip_count(z) > XAUSL_ENTRIES_MAX)
			abort();
		for (size_t i = 0; i < xausl_zip_count(z); i++) {
			const char *name = xausl_zip_name(z, i);

			if (xausl_name_wrong(name, strlen(name)))
				abort();
			if (!xausl_zip_is_folder(z, i))
				(void)xausl_zip_read(z, i, count, &total, &err);
		}
		if (total > XAUSL_UNPACKED_MAX || total > (uint64_t)size * XAUSL_RATIO_MAX)
			abort();
	}
	xausl_zip_freep(&z);
	close(fd);
	return 0;
}
