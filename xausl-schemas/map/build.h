/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build - one run of xausl_build(): neutral JSON walked by the rows of a message, XML appended
 *
 * The walk goes on behind a fault, so that all of them are found; the document is thrown away then.
 */
#ifndef XAUSL_MAP_BUILD_H
#define XAUSL_MAP_BUILD_H

#include <jansson.h>

#include "base/buf.h"
#include "map/table.h"

#define MAP_ERRORS_MAX 200u

/* Where a field went: for findings of the validator. */
struct map_place {
	char *path;  /* "/personalien/anschrift/strasse", "[2]" behind the second and later of one name */
	char *field;
};

struct map_build {
	const struct xausl_release *release;
	const struct xausl_map *m;
	const struct map_message *msg;
	json_t *frame;                 /* values of the rows marked as frame */
	struct osci_buf out;
	bool open;                     /* a start tag lacks its '>' */
	char path[MAP_PATH_MAX];
	size_t path_len;
	struct map_place *places;
	size_t n_places, room_places;
	json_t *errors;
	char frame_fault[MAP_FIELD_MAX]; /* first field of the frame that is wrong */
	int fatal;                     /* -ENOMEM, sticky */
};

/* JSON value the fields of a row are relative to. */
struct map_scope {
	const json_t *v;  /* NULL = not there: every required field below is reported */
	const char *name; /* "" = the message itself; fields of the frame begin with '^' */
	bool broken;      /* reported already: nothing below is */
};

/* Adds {field, code, standard_code, text}; one error per field.  @field NULL = no field is to blame. */
void map_error(struct map_build *b, const char *field, const char *code, const char *text);

/* The whole message with its root element. */
void map_write_message(struct map_build *b, const json_t *fields);
/* Reports the fields the message does not have. */
void map_check_unknown(struct map_build *b, const json_t *fields);

#endif
