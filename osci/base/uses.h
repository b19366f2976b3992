/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uses - how often each line of a file of rules was used
 *
 * For the fault switches of tests: the file may grow while the program runs, and the program may be killed and started
 * again; a line that stays goes on counting.  What is known is kept in a small file beside the rules.
 */
#ifndef OSCI_BASE_USES_H
#define OSCI_BASE_USES_H

#include <stddef.h>
#include <stdint.h>

#define OSCI_USES_LINE 256 /* octets of a rule */
#define OSCI_USES_MAX 64   /* rules */

struct osci_use {
	char line[OSCI_USES_LINE + 1];
	uint64_t used;
	int64_t since; /* ms since 1970: when the line was read first */
};

/* Lines of @now that were there @before take over what is known of them, each once. At most OSCI_USES_MAX each. */
void osci_uses_carry(struct osci_use *now, size_t n, const struct osci_use *before, size_t n_before);
/* "PATH.used"; a file that is missing or not of this form knows nothing. Returns the number of lines read. */
size_t osci_uses_read(const char *path, struct osci_use uses[OSCI_USES_MAX]);
/* Whole or not at all. 0 or -errno. */
int osci_uses_write(const char *path, const struct osci_use *uses, size_t n);

#endif
