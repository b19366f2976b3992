/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regress-made - artificial requests that have every field of every message
 *
 * Random fields are made from the tables until each field has been in a request the first release takes.  A request that
 * brings no new field is passed over, and so is one that breaks a rule the tables do not know; but codes that vanish are
 * looked for in several.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/regress.h"
#include "map/sample.h"

#define DRAWS_MAX 400u /* for one message */
#define EXTRA 6u       /* requests kept beyond those that bring a new field */

static void json_freep(json_t **v)
{
	json_decref(*v);
}

/* Names of the fields, with [] for entries, as members of @names; true if one is new. The depth is that of the table. */
static bool add_names(struct xausl_regress *g, json_t *names, const json_t *v, const char *path)
{
	char place[MAP_FIELD_MAX];
	const char *key;
	bool fresh = false;
	json_t *inner;
	size_t i;

	if (json_is_object(v)) {
		json_object_foreach((json_t *)v, key, inner) {
			snprintf(place, sizeof(place), "%s%s%s", path, path[0] ? "." : "", key);
			fresh |= add_names(g, names, inner, place);
		}
		return fresh;
	}
	if (json_is_array(v)) {
		snprintf(place, sizeof(place), "%s[]", path);
		json_array_foreach((json_t *)v, i, inner)
			fresh |= add_names(g, names, inner, place);
		return fresh;
	}
	fresh = !json_object_get(names, path);
	if (json_object_set_new(names, path, json_true()))
		g->no_memory = true;
	return fresh;
}

/* 0: the first release takes it. */
static int taken(struct xausl_regress *g, const char *number, const json_t *fields, struct osci_err *err)
{
	struct xausl_frame frame = regress_frame(g, number);
	_cleanup_(osci_freep) char *xml = NULL;
	_cleanup_(json_freep) json_t *errors = NULL;
	size_t len;

	return xausl_build(&xml, &len, g->from, number, fields, &frame, &errors, err);
}

static int draw(struct xausl_regress *g, struct map_sample *s, const struct map_message *msg, json_t *names, unsigned *kept,
		struct osci_err *err)
{
	_cleanup_(json_freep) json_t *fields = map_sample(s, msg->number);
	_cleanup_(json_freep) json_t *mine = json_object();
	struct osci_err why = { 0 };
	bool fresh = false;
	const char *key;
	json_t *v;
	char name[64];
	int r;

	if (!mine || s->no_memory)
		return osci_fail(err, -ENOMEM, NULL, "regress", "out of memory");
	if (!fields)
		return 0; /* a value was not found by chance */
	r = taken(g, msg->number, fields, &why);
	if (r)
		return r == -ENOMEM ? osci_fail(err, r, NULL, "regress", "out of memory") : 0;
	add_names(g, mine, fields, "");
	json_object_foreach(mine, key, v)
		fresh |= !json_object_get(names, key);
	if (!fresh && *kept >= EXTRA)
		return 0;
	if (json_object_update(names, mine) || json_object_set_new(fields, "message", json_string(msg->number)))
		return osci_fail(err, -ENOMEM, NULL, "regress", "out of memory");
	snprintf(name, sizeof(name), "built-in %.32s #%u", msg->number, ++*kept);
	return xausl_regress_request(g, name, fields, err);
}

/* Fields an office or the BAMF writes that no request had yet. */
static const char *uncovered(const struct map_message *msg, const json_t *names)
{
	for (size_t i = 0; i < msg->n_fields; i++)
		if (!json_object_get(names, msg->fields[i].name))
			return msg->fields[i].name;
	return NULL;
}

int xausl_regress_built_in(struct xausl_regress *g, struct osci_err *err)
{
	const struct xausl_map *map = xausl_release_map(g->from);
	struct map_sample s = { .release = g->from, .seed = 20261101 };
	char name[64], text[MAP_FIELD_MAX + 64];
	const char *field;
	int r = 0;

	for (size_t i = 0; i < map->n_messages && !r; i++) {
		const struct map_message *msg = &map->messages[i];
		_cleanup_(json_freep) json_t *names = json_object();
		unsigned kept = 0;

		if (!names)
			return osci_fail(err, -ENOMEM, NULL, "regress", "out of memory");
		for (unsigned n = 0; n < DRAWS_MAX && !r && (uncovered(msg, names) || kept < EXTRA); n++) {
			s.often = n % 5; /* from required fields alone to all there are */
			s.other = n % 2 ? g->to : NULL;
			s.longer = n % 3 == 2;
			r = draw(g, &s, msg, names, &kept, err);
		}
		/* Without one at all it is xausl_regress_complete() that says so: other requests may be about the message. */
		field = kept && !r ? uncovered(msg, names) : NULL;
		if (!field)
			continue;
		snprintf(name, sizeof(name), "built-in %.32s", msg->number);
		snprintf(text, sizeof(text), "no request could be made that has the field %s", field);
		r = xausl_regress_trouble(g, name, text, err);
	}
	return r;
}

int xausl_regress_complete(struct xausl_regress *g, struct osci_err *err)
{
	const struct xausl_map *map = xausl_release_map(g->from);
	char name[64];
	int r = 0;

	for (size_t i = 0; i < map->n_messages && !r; i++) {
		const char *number = map->messages[i].number;
		const json_t *file;
		bool found = false;
		size_t k;

		json_array_foreach(g->files, k, file) {
			const char *message = json_string_value(json_object_get(file, "message"));

			found |= message && !strcmp(message, number);
		}
		snprintf(name, sizeof(name), "message %.32s", number);
		if (!found)
			r = xausl_regress_trouble(g, name, "no request is about this message", err);
	}
	return r;
}
