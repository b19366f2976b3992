/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map-common - what the tests of the mapping share: the release under test, a frame, the reference schemas
 */
#ifndef TEST_MAP_COMMON_H
#define TEST_MAP_COMMON_H

#include <stdbool.h>
#include <jansson.h>

#include <xausl/schema.h>
#include "map/table.h"

struct map_test {
	struct xausl *x;
	const struct xausl_release *release;
	const struct xausl_map *m;
	struct xausl_frame frame;
};

/*
 * 26.11 of the source tree; XAUSL_TEST_DATA and XAUSL_TEST_RELEASE name another folder with xausl-schemas and versions,
 * and another release.  Ends the test program with a message if it cannot be opened.
 */
void map_test_open(struct map_test *t);
void map_test_close(struct map_test *t);

/* Builds and returns the XML; prints the errors and gives NULL otherwise. */
char *map_test_build(const struct map_test *t, const char *number, const json_t *fields, size_t *len);
/* Reads; prints the cause and gives NULL otherwise. */
json_t *map_test_read(const struct map_test *t, const char *xml, size_t len);
/* Takes the envelope away. */
void map_test_strip(json_t *message);
/* The smallest fields of a 070001 that are right. */
json_t *map_test_070001(void);

/* Schemas beside the project; false if they are not there (then the caller says what it skips). */
bool map_reference_open(void);
bool map_reference_valid(const char *xml, size_t len);
void map_reference_close(void);

#endif
