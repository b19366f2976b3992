/* SPDX-License-Identifier: Apache-2.0 */
/* zip-priv - between the two halves of zip: layout and unpacking */
#ifndef XAUSL_ENGINE_ZIP_PRIV_H
#define XAUSL_ENGINE_ZIP_PRIV_H

#include "engine/zip.h"

struct zip_row {
	char *name;
	size_t name_len;
	unsigned flags, method;
	uint32_t crc, packed, unpacked, start;
	bool folder;
};

struct zip_layout {
	int fd;
	const char *name; /* for errors */
	struct zip_row *rows;
	size_t n;
	uint64_t total; /* unpacked, as announced */
};

/* Fills @z from its @fd and @name. */
int zip_layout_read(struct zip_layout *z, struct osci_err *err);
void zip_layout_clear(struct zip_layout *z);

#endif
