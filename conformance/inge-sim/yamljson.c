/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yamljson - the tree of base/yaml.h as JSON, and the way back to its lines
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "yamljson.h"

static const struct osci_yaml_limits limits = {.octets = 4 << 20, .nodes = 200000, .depth = 16};

/* Mappings and lists by their JSON. */
struct place {
	const json_t *json;
	const struct osci_yaml_node *node;
};

struct yj {
	char *path;
	struct osci_yaml *yaml;
	json_t *root;
	struct place *places;
	size_t n, room;
};

struct reading {
	struct yj *y;
	const char *const *int_keys;
	struct osci_err *err;
	bool found; /* a problem: the first is told */
};

void yj_freep(struct yj **py)
{
	struct yj *y = *py;

	if (!y)
		return;
	free(y->places);
	json_decref(y->root);
	osci_yaml_freep(&y->yaml);
	free(y->path);
	free(y);
	*py = NULL;
}

json_t *yj_root(const struct yj *y) { return y->root; }

static int fail_at(const struct yj *y, unsigned line, unsigned column, struct osci_err *err, const char *what)
{
	char where[OSCI_ERR_WHERE_MAX];

	snprintf(where, sizeof(where), "%s:%u:%u", y->path, line, column);
	return osci_fail(err, OSCI_E_CONFIG, NULL, where, "%s", what);
}

int yj_fail(const struct yj *y, const json_t *parent, const char *key, struct osci_err *err, const char *fmt,
	    ...)
{
	const struct osci_yaml_node *n = NULL, *entry;
	char what[OSCI_ERR_WHAT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < y->n && !n; i++)
		if (y->places[i].json == parent)
			n = y->places[i].node;
	entry = n && key ? osci_yaml_get(n, key) : NULL;
	if (entry)
		return fail_at(y, entry->key_line, entry->key_column, err, what);
	return fail_at(y, n ? n->line : 1, n ? n->column : 1, err, what);
}

static int remember(struct yj *y, const json_t *json, const struct osci_yaml_node *node)
{
	if (y->n == y->room) {
		size_t room = y->room ? y->room * 2 : 256;
		struct place *more = realloc(y->places, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		y->places = more;
		y->room = room;
	}
	y->places[y->n++] = (struct place){json, node};
	return 0;
}

static json_t *scalar(const struct reading *r, const struct osci_yaml_node *node)
{
	const char *s = node->text;
	uint64_t n;

	if (!node->plain)
		return json_string(s);
	if (!*s || strcmp(s, "null") == 0 || strcmp(s, "~") == 0)
		return json_null();
	if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
		return json_boolean(*s == 't');
	for (size_t i = 0; node->key && r->int_keys[i]; i++)
		if (strcmp(node->key, r->int_keys[i]) == 0 &&
		    osci_parse_u64(s, strlen(s), 1000000000, &n) == 0)
			return json_integer((json_int_t)n);
	return json_string(s);
}

/* Depth is that of the tree, limits.depth at most. */
static json_t *value(struct reading *r, const struct osci_yaml_node *node)
{
	json_t *ret;

	if (node->kind == OSCI_YAML_SCALAR)
		return scalar(r, node);
	ret = node->kind == OSCI_YAML_LIST ? json_array() : json_object();
	int e = ret ? remember(r->y, ret, node) : -ENOMEM;
	for (const struct osci_yaml_node *n = node->first; n && e == 0; n = n->next)
		e = node->kind == OSCI_YAML_LIST ? json_array_append_new(ret, value(r, n))
						 : json_object_set_new(ret, n->key, value(r, n));
	if (e) {
		json_decref(ret);
		return NULL;
	}
	return ret;
}

static void problem(void *arg, unsigned line, unsigned column, const char *text)
{
	struct reading *r = arg;

	if (!r->found)
		fail_at(r->y, line, column, r->err, text);
	r->found = true;
}

static int read_text(struct reading *r, const char *path, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(limits.octets);
	int e = osci_file_read(path, limits.octets, false, &text, err);

	if (e)
		return e;
	e = osci_yaml_parse(&r->y->yaml, (const char *)text.data, text.len, &limits, problem, r);
	if (e)
		return e > 0 ? OSCI_E_CONFIG : e;
	r->y->root = value(r, osci_yaml_root(r->y->yaml));
	return r->y->root ? 0 : -ENOMEM;
}

int yj_read(struct yj **ret, const char *path, const char *const *int_keys, struct osci_err *err)
{
	struct reading r = {.y = calloc(1, sizeof(*r.y)), .int_keys = int_keys, .err = err};
	int e;

	if (!r.y)
		return -ENOMEM;
	r.y->path = strdup(path);
	e = r.y->path ? read_text(&r, path, err) : -ENOMEM;
	if (e)
		yj_freep(&r.y);
	else
		*ret = r.y;
	return e;
}
