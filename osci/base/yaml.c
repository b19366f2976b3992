/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml - builds the tree from libyaml's events; an explicit stack, no recursion
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/pool.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/yaml.h"

struct osci_yaml {
	struct osci_pool mem;
	struct osci_yaml_node *root;
};

struct level {
	struct osci_yaml_node *node, *last; /* last entry */
	const char *key;		    /* of a mapping: waiting for its value */
	unsigned key_line, key_column;
};

struct reading {
	struct osci_yaml *y;
	const struct osci_yaml_limits *limits;
	osci_yaml_problem_fn *problem;
	void *arg;
	struct level stack[OSCI_YAML_DEPTH_MAX];
	unsigned depth;
	size_t nodes;
	bool found; /* a problem was */
	bool stop;  /* the tree cannot be used */
	bool done;
};

static void problem_at(struct reading *r, const yaml_mark_t *mark, const char *text)
{
	r->found = true;
	r->problem(r->arg, (unsigned)mark->line + 1, (unsigned)mark->column + 1, text);
}

static void give_up(struct reading *r, const yaml_mark_t *mark, const char *text)
{
	problem_at(r, mark, text);
	r->stop = true;
}

/* A node where the reader stands; NULL if there is no more reading. */
static struct osci_yaml_node *add(struct reading *r, const yaml_event_t *ev, enum osci_yaml_kind kind)
{
	struct level *top = r->depth ? &r->stack[r->depth - 1] : NULL;

	if (top && top->node->kind == OSCI_YAML_MAPPING && !top->key) {
		give_up(r, &ev->start_mark, "a key must be text");
		return NULL;
	}
	if (++r->nodes > r->limits->nodes) {
		give_up(r, &ev->start_mark, "too many values in the file");
		return NULL;
	}
	struct osci_yaml_node *n = osci_pool_new(&r->y->mem, struct osci_yaml_node);
	if (!n)
		return NULL;
	n->kind = kind;
	n->line = (unsigned)ev->start_mark.line + 1;
	n->column = (unsigned)ev->start_mark.column + 1;
	if (!top) {
		if (r->y->root)
			give_up(r, &ev->start_mark, "only one document is allowed");
		else
			r->y->root = n;
		return n;
	}
	n->key = top->key;
	n->key_line = top->key_line;
	n->key_column = top->key_column;
	top->key = NULL;
	if (top->last)
		top->last->next = n;
	else
		top->node->first = n;
	top->last = n;
	top->node->n++;
	return n;
}

/* Text of a scalar event, copied; "" with a problem if it is not allowed. */
static const char *text_of(struct reading *r, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;

	if (memchr(s, 0, len)) {
		problem_at(r, &ev->start_mark, "the character NUL is not allowed");
		len = 0;
	}
	if (ev->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
	    ev->data.scalar.style == YAML_FOLDED_SCALAR_STYLE)
		problem_at(r, &ev->start_mark, "texts behind | or > are not allowed; expected: a text in quotes");
	return osci_pool_dup(&r->y->mem, s, len);
}

static void on_scalar(struct reading *r, const yaml_event_t *ev)
{
	struct level *top = r->depth ? &r->stack[r->depth - 1] : NULL;
	const char *s = text_of(r, ev);

	if (!s)
		return;
	if (top && top->node->kind == OSCI_YAML_MAPPING && !top->key) {
		if (strcmp(s, "<<") == 0 && ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
			problem_at(r, &ev->start_mark, "merge keys are not allowed");
		top->key = s;
		top->key_line = (unsigned)ev->start_mark.line + 1;
		top->key_column = (unsigned)ev->start_mark.column + 1;
		return;
	}
	struct osci_yaml_node *n = add(r, ev, OSCI_YAML_SCALAR);
	if (n) {
		n->text = s;
		n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	}
}

static void open_level(struct reading *r, const yaml_event_t *ev, enum osci_yaml_kind kind)
{
	struct osci_yaml_node *n = add(r, ev, kind);

	if (!n || r->stop)
		return;
	if (r->depth == r->limits->depth || r->depth == OSCI_YAML_DEPTH_MAX) {
		give_up(r, &ev->start_mark, "nested too deep");
		return;
	}
	r->stack[r->depth++] = (struct level){.node = n};
}

static int by_key(const void *a, const void *b)
{
	const struct osci_yaml_node *x = *(struct osci_yaml_node *const *)a,
				    *y = *(struct osci_yaml_node *const *)b;
	int c = strcmp(x->key, y->key);

	if (c)
		return c;
	return x->key_line != y->key_line ? (x->key_line > y->key_line) - (x->key_line < y->key_line)
					  : (x->key_column > y->key_column) - (x->key_column < y->key_column);
}

/* Entries whose key is there already are taken out of the mapping. */
static void refuse_twice(struct reading *r, struct osci_yaml_node *mapping)
{
	_cleanup_(osci_freep) struct osci_yaml_node **sorted = NULL;
	struct osci_yaml_node *e, **link;
	size_t i = 0;
	bool twice = false;

	if (mapping->n < 2)
		return;
	sorted = malloc(mapping->n * sizeof(struct osci_yaml_node *));
	if (!sorted) {
		r->y->mem.error = -ENOMEM;
		return;
	}
	for (e = mapping->first; e; e = e->next)
		sorted[i++] = e;
	qsort(sorted, mapping->n, sizeof(struct osci_yaml_node *), by_key);
	for (i = 1; i < mapping->n; i++)
		if (strcmp(sorted[i]->key, sorted[i - 1]->key) == 0) {
			const yaml_mark_t mark = {0, sorted[i]->key_line - 1, sorted[i]->key_column - 1};
			const char *text = osci_pool_text(&r->y->mem, "key \"%.60s\" twice, first in line %u",
							  sorted[i]->key, sorted[i - 1]->key_line);

			problem_at(r, &mark, text ? text : "key twice");
			sorted[i]->kind = OSCI_YAML_SCALAR; /* marked: no text */
			sorted[i]->text = NULL;
			sorted[i]->key_line = sorted[i - 1]->key_line; /* a third one names the first, too */
			twice = true;
		}
	for (link = &mapping->first; twice && *link;) {
		if ((*link)->kind == OSCI_YAML_SCALAR && !(*link)->text) {
			*link = (*link)->next;
			mapping->n--;
		} else {
			link = &(*link)->next;
		}
	}
}

static void close_level(struct reading *r)
{
	struct osci_yaml_node *n = r->stack[--r->depth].node;

	if (n->kind == OSCI_YAML_MAPPING)
		refuse_twice(r, n);
}

/* Anchors and tags change nothing in the tree. */
static void refuse_decoration(struct reading *r, const yaml_event_t *ev)
{
	bool found = false;

	if (ev->type == YAML_SCALAR_EVENT)
		found = ev->data.scalar.anchor || ev->data.scalar.tag;
	else if (ev->type == YAML_SEQUENCE_START_EVENT)
		found = ev->data.sequence_start.anchor || ev->data.sequence_start.tag;
	else if (ev->type == YAML_MAPPING_START_EVENT)
		found = ev->data.mapping_start.anchor || ev->data.mapping_start.tag;
	if (found)
		problem_at(r, &ev->start_mark, "anchors and tags are not allowed");
}

static void on_event(struct reading *r, const yaml_event_t *ev)
{
	refuse_decoration(r, ev);
	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		give_up(r, &ev->start_mark, "aliases are not allowed");
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(r, ev);
		break;
	case YAML_SEQUENCE_START_EVENT:
		open_level(r, ev, OSCI_YAML_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		open_level(r, ev, OSCI_YAML_MAPPING);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_level(r);
		break;
	case YAML_STREAM_END_EVENT:
		r->done = true;
		break;
	default:
		break;
	}
}

static void read_stream(struct reading *r, yaml_parser_t *parser)
{
	while (!r->done && !r->stop && !r->y->mem.error) {
		yaml_event_t ev;

		if (!yaml_parser_parse(parser, &ev)) {
			if (parser->error == YAML_MEMORY_ERROR)
				r->y->mem.error = -ENOMEM;
			else
				give_up(r, &parser->problem_mark, "no valid YAML");
			return;
		}
		on_event(r, &ev);
		yaml_event_delete(&ev);
	}
	if (!r->stop && !r->y->mem.error && !r->y->root)
		give_up(r, &(yaml_mark_t){0}, "the file is empty");
}

/* What is no UTF-8, or is NUL, has a line, too. */
static bool octets_ok(struct reading *r, const char *text, size_t len)
{
	yaml_mark_t mark = {0};
	const char *line = text, *end = text + len, *nl;

	if (osci_utf8_ok(text, len))
		return true;
	while ((nl = memchr(line, '\n', (size_t)(end - line))) && osci_utf8_ok(line, (size_t)(nl - line))) {
		line = nl + 1;
		mark.line++;
	}
	give_up(r, &mark, "no UTF-8 text, or NUL in it");
	return false;
}

void osci_yaml_freep(struct osci_yaml **py)
{
	struct osci_yaml *y = *py;

	if (!y)
		return;
	osci_pool_free(&y->mem);
	free(y);
	*py = NULL;
}

const struct osci_yaml_node *osci_yaml_root(const struct osci_yaml *y) { return y->root; }

const struct osci_yaml_node *osci_yaml_get(const struct osci_yaml_node *mapping, const char *key)
{
	const struct osci_yaml_node *e = mapping->first;

	while (e && (!e->key || strcmp(e->key, key) != 0))
		e = e->next;
	return e;
}

int osci_yaml_parse(struct osci_yaml **ret, const char *text, size_t len,
		    const struct osci_yaml_limits *limits, osci_yaml_problem_fn *problem, void *arg)
{
	_cleanup_(osci_yaml_freep) struct osci_yaml *y = calloc(1, sizeof(*y));
	struct reading r = {.y = y, .limits = limits, .problem = problem, .arg = arg};
	yaml_parser_t parser;

	*ret = NULL;
	if (!y)
		return -ENOMEM;
	y->mem.max = SIZE_MAX;
	if (len > limits->octets) {
		give_up(&r, &(yaml_mark_t){0}, "the file is too large");
	} else if (octets_ok(&r, text, len)) {
		if (!yaml_parser_initialize(&parser))
			return -ENOMEM;
		yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
		yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
		read_stream(&r, &parser);
		yaml_parser_delete(&parser);
	}
	if (y->mem.error)
		return y->mem.error;
	if (!r.stop) {
		*ret = y;
		y = NULL;
	}
	return r.found ? OSCI_E_MALFORMED : 0;
}
