/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unknown - finds fields a message does not have
 *
 * Goes down only where the table knows fields, so the depth is that of the table, whatever the input is.  A
 * name that does not look like a field name is foreign content and is shown as "?".
 */
#include <stdio.h>
#include <string.h>

#include "map/build.h"

/* The name twice: as the table writes it ("channels[]") and as the office counts it ("channels[2]"). */
struct place {
	char known[MAP_FIELD_MAX], shown[MAP_FIELD_MAX];
};

static bool looks_like_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n && n <= 64 && !s[n];
}

static bool extend(struct place *p, const struct place *up, const char *known, const char *shown)
{
	int a = snprintf(p->known, sizeof(p->known), "%s%s", up->known, known);
	int b = snprintf(p->shown, sizeof(p->shown), "%s%s", up->shown, shown);

	return a >= 0 && b >= 0 && (size_t)a < sizeof(p->known) && (size_t)b < sizeof(p->shown);
}

static void check_value(struct map_build *b, const json_t *v, const struct place *at);

static void check_object(struct map_build *b, const json_t *object, const struct place *at)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)object, key, v) {
		bool named = looks_like_name(key);
		char known[80], shown[80];
		struct place next;

		snprintf(known, sizeof(known), "%s%s", *at->known ? "." : "", named ? key : "?");
		snprintf(shown, sizeof(shown), "%s%s", *at->shown ? "." : "", named ? key : "?");
		if (!extend(&next, at, known, shown) || !named)
			map_error(b, next.shown, "unknown_field", "the message has no such field");
		else
			check_value(b, v, &next);
	}
}

/* Does the table know something that begins with the name of @at and @more? */
static bool goes_on(const struct map_build *b, const struct place *at, const char *more, struct place *next)
{
	return extend(next, at, more, "") && map_field_begins(b->msg, next->known);
}

static void check_value(struct map_build *b, const json_t *v, const struct place *at)
{
	struct place next;
	size_t i;

	if (map_field_known(b->msg, at->known))
		return; /* a value: its row looks at it */
	if (goes_on(b, at, ".", &next)) {
		if (json_is_object(v))
			check_object(b, v, at);
		return;
	}
	if (!goes_on(b, at, "[]", &next)) {
		map_error(b, at->shown, "unknown_field", "the message has no such field");
		return;
	}
	/* An array of objects; entries of another type and too many of them are the row's to report. */
	for (i = 0; json_is_array(v) && i < json_array_size(v) && i < MAP_LIST_MAX; i++) {
		const json_t *entry = json_array_get(v, i);
		char shown[32];

		snprintf(shown, sizeof(shown), "[%zu]", i + 1);
		if (json_is_object(entry) && extend(&next, at, "[]", shown) && !map_field_known(b->msg, next.known))
			check_object(b, entry, &next);
	}
}

void map_check_unknown(struct map_build *b, const json_t *fields)
{
	const struct place root = { "", "" };

	check_object(b, fields, &root);
}
