/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool - memory for many small things that are freed together
 *
 * Errors are sticky as in buf: after the first failure everything returns NULL, and @error says why.
 */
#ifndef OSCI_BASE_POOL_H
#define OSCI_BASE_POOL_H

#include <stddef.h>

struct osci_pool {
	struct osci_pool_chunk *chunks;
	size_t used, max; /* octets handed out, and how many may be */
	int error;        /* 0, -ENOMEM, OSCI_E_LIMIT */
};

#define OSCI_POOL_INIT(maximum) { NULL, 0, (maximum), 0 }

/* @n entries of @size octets, zeroed, aligned for any type; never NULL for nothing. */
void *osci_pool_array(struct osci_pool *a, size_t n, size_t size);
#define osci_pool_new(a, type) ((type *)osci_pool_array(a, 1, sizeof(type)))
/* A copy with a NUL behind it; NULL for NULL, without an error. */
char *osci_pool_dup(struct osci_pool *a, const char *s, size_t len);
/* The text of a format, without limit of its own. */
char *osci_pool_text(struct osci_pool *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void osci_pool_free(struct osci_pool *a); /* back to empty, keeps max */

#endif
