/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_octet - octets that follow from their place, so that a wrong place shows
 */
#ifndef T_OCTET_H
#define T_OCTET_H

#include <stdint.h>
#include <stdlib.h>

static inline unsigned char t_octet(uint64_t i)
{
	return (unsigned char)(i * 131 + (i >> 8) * 29 + (i >> 16) * 7);
}

static inline void t_fill(unsigned char *out, uint64_t from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = t_octet(from + i);
}

/* The first @len of them, for free(); NULL without memory. */
static inline unsigned char *t_octets(size_t len)
{
	unsigned char *out = malloc(len);

	if (out)
		t_fill(out, 0, len);
	return out;
}

#endif
