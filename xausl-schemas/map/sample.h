/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample - random fields of a message, made from the tables of a release
 *
 * What the table says of a message holds for them: they are those an office could send, or the BAMF.  Rules between fields,
 * which the validator alone knows, may be broken.  The same seed makes the same fields.
 */
#ifndef XAUSL_MAP_SAMPLE_H
#define XAUSL_MAP_SAMPLE_H

#include "map/table.h"

struct map_sample {
	const struct xausl_release *release;
	const struct xausl_release *other; /* codes it does not have are preferred; NULL = none */
	uint64_t seed;                     /* goes on with each use */
	unsigned often;                    /* optional fields: 0 never to 4 always */
	bool longer;                       /* texts of some forty characters, where they may have so many */
	const struct xausl_map *map;       /* of the release */
	bool failed;                       /* no value could be made */
	bool no_memory;                    /* or not by chance */
};

/* The fields of message @number; NULL: no such message, no memory (no_memory is set), or a form of text no value was found for. */
json_t *map_sample(struct map_sample *g, const char *number);

#endif
