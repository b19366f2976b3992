/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yamljson - builds the tree from libyaml's events
 *
 * Depth, size and number of places are bounded; libyaml's texts are not passed on.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/text.h"
#include "yamljson.h"

#define FILE_MAX (4 << 20)
#define DEPTH_MAX 16
#define PLACES_MAX 200000

struct place {
	const json_t *parent;
	const char *key; /* owned; NULL = the parent itself */
	unsigned line, column;
};

struct yj {
	char *path;
	json_t *root;
	struct place *places;
	size_t n, room;
};

struct level {
	json_t *node;
	char *key; /* of a mapping: waiting for its value; owned */
};

struct reading {
	struct yj *y;
	const char *const *int_keys;
	struct osci_err *err;
	struct level stack[DEPTH_MAX];
	size_t depth;
	bool done;
};

void yj_freep(struct yj **py)
{
	struct yj *y = *py;

	if (!y)
		return;
	for (size_t i = 0; i < y->n; i++)
		free((char *)y->places[i].key);
	free(y->places);
	json_decref(y->root);
	free(y->path);
	free(y);
	*py = NULL;
}

json_t *yj_root(const struct yj *y)
{
	return y->root;
}

static int fail_at(const struct yj *y, unsigned line, unsigned column, struct osci_err *err, const char *what)
{
	char where[OSCI_ERR_WHERE_MAX];

	snprintf(where, sizeof(where), "%s:%u:%u", y->path, line, column);
	return osci_fail(err, OSCI_E_CONFIG, NULL, where, "%s", what);
}

int yj_fail(const struct yj *y, const json_t *parent, const char *key, struct osci_err *err, const char *fmt, ...)
{
	const struct place *found = NULL;
	char what[OSCI_ERR_WHAT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < y->n; i++) {
		const struct place *p = &y->places[i];

		if (p->parent != parent)
			continue;
		if (!p->key && !found)
			found = p;
		if (key && p->key && strcmp(p->key, key) == 0) {
			found = p;
			break;
		}
	}
	return fail_at(y, found ? found->line : 1, found ? found->column : 1, err, what);
}

static int here(struct reading *r, const yaml_event_t *ev, const char *what)
{
	return fail_at(r->y, (unsigned)ev->start_mark.line + 1, (unsigned)ev->start_mark.column + 1, r->err, what);
}

static int place(struct yj *y, const json_t *parent, const char *key, const yaml_event_t *ev)
{
	if (y->n == PLACES_MAX)
		return -E2BIG;
	if (y->n == y->room) {
		size_t room = y->room ? y->room * 2 : 256;
		struct place *more = realloc(y->places, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		y->places = more;
		y->room = room;
	}
	struct place *p = &y->places[y->n];
	*p = (struct place){ parent, key ? strdup(key) : NULL, (unsigned)ev->start_mark.line + 1,
			     (unsigned)ev->start_mark.column + 1 };
	if (key && !p->key)
		return -ENOMEM;
	y->n++;
	return 0;
}

/* Puts @value (a new reference, taken) where the reader stands. */
static int attach(struct reading *r, json_t *value, const yaml_event_t *ev)
{
	if (!value)
		return -ENOMEM;
	if (r->depth == 0) {
		if (r->y->root) {
			json_decref(value);
			return here(r, ev, "only one document is allowed");
		}
		r->y->root = value;
		return 0;
	}
	struct level *top = &r->stack[r->depth - 1];
	if (json_is_array(top->node))
		return json_array_append_new(top->node, value) ? -ENOMEM : 0;
	if (!top->key) {
		json_decref(value);
		return here(r, ev, "a key must be text");
	}
	int e = json_object_set_new(top->node, top->key, value) ? -ENOMEM : 0;
	free(top->key);
	top->key = NULL;
	return e;
}

static json_t *scalar(const struct reading *r, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	const struct level *top = r->depth ? &r->stack[r->depth - 1] : NULL;
	size_t len = ev->data.scalar.length;
	uint64_t n;

	if (ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		if (strcmp(s, "null") == 0 || strcmp(s, "~") == 0 || len == 0)
			return json_null();
		if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
			return json_boolean(s[0] == 't');
		for (size_t i = 0; top && top->key && r->int_keys[i]; i++)
			if (strcmp(top->key, r->int_keys[i]) == 0 && osci_parse_u64(s, len, 1000000000, &n) == 0)
				return json_integer((json_int_t)n);
	}
	return json_stringn(s, len);
}

static int on_scalar(struct reading *r, const yaml_event_t *ev)
{
	struct level *top = r->depth ? &r->stack[r->depth - 1] : NULL;
	const char *s = (const char *)ev->data.scalar.value;

	if (ev->data.scalar.anchor || ev->data.scalar.tag)
		return here(r, ev, "anchors and tags are not allowed");
	if (!osci_utf8_ok(s, ev->data.scalar.length))
		return here(r, ev, "no valid UTF-8 text");
	if (!top || !json_is_object(top->node) || top->key)
		return attach(r, scalar(r, ev), ev);
	if (strcmp(s, "<<") == 0)
		return here(r, ev, "merge keys are not allowed");
	if (json_object_get(top->node, s))
		return here(r, ev, "key twice");
	top->key = strdup(s);
	return top->key ? place(r->y, top->node, s, ev) : -ENOMEM;
}

static int open_level(struct reading *r, json_t *node, const yaml_event_t *ev)
{
	int e = attach(r, node, ev);

	if (e)
		return e;
	if (r->depth == DEPTH_MAX)
		return here(r, ev, "nested too deep");
	r->stack[r->depth++] = (struct level){ node, NULL };
	return place(r->y, node, NULL, ev);
}

static int on_event(struct reading *r, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return here(r, ev, "aliases are not allowed");
	case YAML_SCALAR_EVENT:
		return on_scalar(r, ev);
	case YAML_SEQUENCE_START_EVENT:
		if (ev->data.sequence_start.anchor || ev->data.sequence_start.tag)
			return here(r, ev, "anchors and tags are not allowed");
		return open_level(r, json_array(), ev);
	case YAML_MAPPING_START_EVENT:
		if (ev->data.mapping_start.anchor || ev->data.mapping_start.tag)
			return here(r, ev, "anchors and tags are not allowed");
		return open_level(r, json_object(), ev);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	case YAML_STREAM_END_EVENT:
		r->done = true;
		return 0;
	default:
		return 0;
	}
}

static int read_stream(struct reading *r, yaml_parser_t *parser)
{
	int e = 0;

	while (e == 0 && !r->done) {
		yaml_event_t ev;

		if (!yaml_parser_parse(parser, &ev))
			return fail_at(r->y, (unsigned)parser->problem_mark.line + 1,
				       (unsigned)parser->problem_mark.column + 1, r->err, "no valid YAML");
		e = on_event(r, &ev);
		yaml_event_delete(&ev);
	}
	if (e == 0 && !r->y->root)
		e = fail_at(r->y, 1, 1, r->err, "the file is empty");
	return e;
}

static int slurp(const char *path, char **ret, size_t *len, struct osci_err *err)
{
	FILE *in = fopen(path, "re");

	if (!in)
		return osci_fail(err, -errno, NULL, path, "cannot be read");
	*ret = malloc(FILE_MAX + 1);
	*len = *ret ? fread(*ret, 1, FILE_MAX + 1, in) : 0;
	int e = !*ret ? -ENOMEM : ferror(in) ? osci_fail(err, -EIO, NULL, path, "cannot be read") : 0;
	fclose(in);
	if (e == 0 && *len > FILE_MAX)
		e = osci_fail(err, OSCI_E_LIMIT, NULL, path, "file larger than %d octets", FILE_MAX);
	return e;
}

int yj_read(struct yj **ret, const char *path, const char *const *int_keys, struct osci_err *err)
{
	struct reading r = { .int_keys = int_keys, .err = err };
	_cleanup_(osci_freep) char *text = NULL;
	yaml_parser_t parser;
	size_t len = 0;
	int e = slurp(path, &text, &len, err);

	if (e)
		return e;
	r.y = calloc(1, sizeof(*r.y));
	if (!r.y || !(r.y->path = strdup(path)) || !yaml_parser_initialize(&parser)) {
		yj_freep(&r.y);
		return -ENOMEM;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	e = read_stream(&r, &parser);
	yaml_parser_delete(&parser);
	for (size_t i = 0; i < DEPTH_MAX; i++)
		free(r.stack[i].key);
	if (e) {
		yj_freep(&r.y);
		return e;
	}
	*ret = r.y;
	return 0;
}
