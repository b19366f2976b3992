/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_read - the events of libyaml against the table
 *
 * An explicit stack of open mappings and lists, no recursion.  Whatever the table does not know
 * is reported once and passed over to its end, so that one run finds all problems.
 */
#include <assert.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "base/conf_impl.h"

enum expect { EXPECT_NOTHING, EXPECT_SCALAR, EXPECT_MAP, EXPECT_LIST };

struct frame {
	bool list;
	size_t path_len, pattern_len; /* length of both texts without this frame's child */
	struct conf_node *node;       /* of a list: counts its entries */
};

struct reader {
	struct conf *c;
	struct frame stack[CONF_DEPTH_MAX];
	unsigned depth;   /* frames in use */
	unsigned skip;    /* > 0: inside something that is not of the table */
	bool have_key;    /* in a mapping: the next node is a value */
	bool documents;   /* one was seen */
	bool stop;        /* what follows cannot be told apart any more */
	char path[CONF_PATH_MAX], pattern[CONF_PATH_MAX];
	const struct conf_item *item; /* of EXPECT_SCALAR */
};

static void problem(struct reader *r, const yaml_mark_t *mark, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void problem(struct reader *r, const yaml_mark_t *mark, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_problem_at(r->c, (unsigned)mark->line + 1, (unsigned)mark->column + 1, path, fmt, ap);
	va_end(ap);
}

/* What the table says about r->pattern. */
static enum expect expected(struct reader *r)
{
	size_t len = strlen(r->pattern);

	if (!len)
		return EXPECT_MAP;
	for (const struct conf_item *i = r->c->table; i->path; i++) {
		const char *rest = i->path + len;

		if (strncmp(i->path, r->pattern, len))
			continue;
		if (!*rest) {
			r->item = i;
			return EXPECT_SCALAR;
		}
		if (!strncmp(rest, "[]", 2))
			return EXPECT_LIST;
		if (*rest == '.')
			return EXPECT_MAP;
	}
	return EXPECT_NOTHING;
}

/* New node at r->path, NULL if it is there already or memory is out (both reported). */
static struct conf_node *add_node(struct reader *r, const yaml_mark_t *mark)
{
	struct conf *c = r->c;
	const struct conf_node *old = conf_node_find(c, r->path);
	struct conf_node *n;

	if (old) {
		problem(r, mark, r->path, "key twice, first in line %u", old->line);
		return NULL;
	}
	if (c->n_nodes == CONF_NODES_MAX) {
		problem(r, mark, r->path, "more than %d entries in the file", CONF_NODES_MAX);
		return NULL;
	}
	n = calloc(1, sizeof(*n));
	if (n)
		n->path = strdup(r->path);
	if (!n || !n->path || !tsearch(n, &c->tree, conf_node_compare)) {
		if (n)
			free(n->path);
		free(n);
		c->error = -ENOMEM;
		return NULL;
	}
	n->line = (unsigned)mark->line + 1;
	n->column = (unsigned)mark->column + 1;
	n->next = c->nodes;
	c->nodes = n;
	c->n_nodes++;
	return n;
}

/* Places the child of the open frame in both paths; false if the path gets too long. */
static bool enter_child(struct reader *r, const char *key, const yaml_mark_t *mark)
{
	struct frame *f = &r->stack[r->depth - 1];
	const char *dot = f->path_len ? "." : "";
	int n;

	r->path[f->path_len] = r->pattern[f->pattern_len] = '\0';
	if (f->list) {
		snprintf(r->pattern + f->pattern_len, sizeof(r->pattern) - f->pattern_len, "[]");
		n = snprintf(r->path + f->path_len, sizeof(r->path) - f->path_len, "[%zu]",
			     f->node ? f->node->count++ : 0);
	} else {
		snprintf(r->pattern + f->pattern_len, sizeof(r->pattern) - f->pattern_len, "%s%s", dot, key);
		n = snprintf(r->path + f->path_len, sizeof(r->path) - f->path_len, "%s%s", dot, key);
	}
	if ((size_t)n >= sizeof(r->path) - f->path_len) {
		problem(r, mark, "", "nested too deep");
		return false;
	}
	return true;
}

/* The frame above goes on behind its child. */
static void leave_child(struct reader *r)
{
	r->have_key = false;
}

static void refuse(struct reader *r, const yaml_mark_t *mark, enum expect e)
{
	static const char *const names[] = { [EXPECT_MAP] = "mapping", [EXPECT_LIST] = "list" };

	if (e == EXPECT_NOTHING)
		problem(r, mark, r->path, "unknown key");
	else
		problem(r, mark, r->path, "%s expected",
			e == EXPECT_SCALAR ? conf_type_names[r->item->type] : names[e]);
}

static void scalar_value(struct reader *r, const yaml_event_t *e)
{
	enum expect want = expected(r);
	struct conf_node *n;
	char what[160];
	int res;

	if (want != EXPECT_SCALAR) {
		refuse(r, &e->start_mark, want);
		leave_child(r);
		return;
	}
	n = add_node(r, &e->start_mark);
	leave_child(r);
	if (!n)
		return;
	n->item = r->item;
	res = strlen((const char *)e->data.scalar.value) != e->data.scalar.length ? OSCI_E_CONFIG : 0;
	snprintf(what, sizeof(what), "control characters are not allowed");
	if (!res)
		res = conf_value(n, r->item, r->c->file, (const char *)e->data.scalar.value,
				 e->data.scalar.length, e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE, what,
				 sizeof(what));
	if (res < 0)
		r->c->error = res;
	else if (res)
		problem(r, &e->start_mark, r->path, "%s", what);
}

static void mapping_key(struct reader *r, const yaml_event_t *e)
{
	const char *key = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;

	const struct frame *f = &r->stack[r->depth - 1];

	r->have_key = true;
	r->skip = 1; /* until the key turns out to be known: its value is passed over, see skip_event() */
	r->path[f->path_len] = '\0';
	if (len == 2 && !memcmp(key, "<<", 2)) {
		problem(r, &e->start_mark, r->path, "merge keys are not allowed");
		return;
	}
	if (!len || len > CONF_KEY_MAX ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != len) {
		problem(r, &e->start_mark, r->path, "unknown key");
		return;
	}
	if (!enter_child(r, key, &e->start_mark))
		return;
	if (expected(r) == EXPECT_NOTHING)
		problem(r, &e->start_mark, r->path, "unknown key");
	else
		r->skip = 0;
}

static void open_container(struct reader *r, const yaml_event_t *e, bool list)
{
	enum expect want = expected(r);
	struct conf_node *n;

	if (want != (list ? EXPECT_LIST : EXPECT_MAP)) {
		refuse(r, &e->start_mark, want);
		r->skip = 2;
		return;
	}
	if (r->depth == CONF_DEPTH_MAX) {
		problem(r, &e->start_mark, "", "nested too deep");
		r->stop = true;
		return;
	}
	n = add_node(r, &e->start_mark);
	if (!n) {
		r->skip = 2;
		return;
	}
	r->stack[r->depth++] = (struct frame){ .list = list, .path_len = strlen(r->path),
					       .pattern_len = strlen(r->pattern), .node = n };
	r->have_key = false;
}

static void close_container(struct reader *r)
{
	r->depth--;
	r->have_key = false;
}

/* Skipping ends when the node that began it is complete: skip counts open containers plus one. */
static void skip_event(struct reader *r, const yaml_event_t *e)
{
	if (e->type == YAML_MAPPING_START_EVENT || e->type == YAML_SEQUENCE_START_EVENT)
		r->skip++;
	else if (e->type == YAML_MAPPING_END_EVENT || e->type == YAML_SEQUENCE_END_EVENT)
		r->skip--;
	if (r->skip == 1) {
		r->skip = 0;
		leave_child(r);
	}
}

static void node_event(struct reader *r, const yaml_event_t *e)
{
	bool in_list = r->depth && r->stack[r->depth - 1].list;
	bool node = e->type == YAML_SCALAR_EVENT || e->type == YAML_MAPPING_START_EVENT ||
		    e->type == YAML_SEQUENCE_START_EVENT;

	if (r->skip) {
		skip_event(r, e);
		return;
	}
	if (!node) {
		close_container(r);
		return;
	}
	if (r->depth && !in_list && !r->have_key) {
		if (e->type == YAML_SCALAR_EVENT) {
			mapping_key(r, e);
		} else {
			problem(r, &e->start_mark, r->path, "a key must be plain text");
			r->stop = true;
		}
		return;
	}
	if (in_list && !enter_child(r, "", &e->start_mark)) {
		r->skip = 1;
		skip_event(r, e);
		return;
	}
	if (e->type == YAML_SCALAR_EVENT)
		scalar_value(r, e);
	else
		open_container(r, e, e->type == YAML_SEQUENCE_START_EVENT);
}

static bool decorated(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.anchor || e->data.scalar.tag;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor || e->data.mapping_start.tag;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor || e->data.sequence_start.tag;
	default:
		return false;
	}
}

/* False: stop reading. */
static bool event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents) {
			problem(r, &e->start_mark, "", "a second document is not allowed");
			return false;
		}
		r->documents = true;
		if (e->data.document_start.version_directive ||
		    e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
			problem(r, &e->start_mark, "", "directives are not allowed");
		return true;
	case YAML_ALIAS_EVENT:
		problem(r, &e->start_mark, r->path, "aliases are not allowed");
		return false; /* also ends files that would multiply themselves */
	case YAML_SCALAR_EVENT:
	case YAML_MAPPING_START_EVENT:
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		if (decorated(e))
			problem(r, &e->start_mark, r->path, "anchors and tags are not allowed");
		node_event(r, e);
		return !r->stop;
	case YAML_STREAM_END_EVENT:
		return false;
	default:
		return true;
	}
}

static int read_events(struct reader *r, FILE *f)
{
	yaml_parser_t parser;
	bool more = true;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_file(&parser, f);
	while (more && !r->c->error) {
		yaml_event_t e;

		if (!yaml_parser_parse(&parser, &e)) {
			if (parser.error == YAML_MEMORY_ERROR)
				r->c->error = -ENOMEM;
			else /* libyaml's texts are constants without content */
				problem(r, &parser.problem_mark, "", "not valid YAML: %s",
					parser.problem ? parser.problem : "unreadable");
			break;
		}
		more = event(r, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
	return r->c->error;
}

/* Required items of every list entry that is there: @done concrete, @rest the pattern behind it. */
static void check_required(struct conf *c, const struct conf_item *item, const char *done, const char *rest)
{
	char path[CONF_PATH_MAX];
	const char *list = strstr(rest, "[]");

	if (!list) {
		snprintf(path, sizeof(path), "%s%s", done, rest);
		if (!conf_has(c, path))
			conf_add_problem(c, path, "required: %s", item->help ? item->help : "");
		return;
	}
	snprintf(path, sizeof(path), "%s%.*s", done, (int)(list - rest), rest);
	if (!list[2]) { /* list of scalars: one entry at least */
		if (!conf_count(c, path))
			conf_add_problem(c, path, "required: %s", item->help ? item->help : "");
		return;
	}
	for (size_t i = 0, n = conf_count(c, path); i < n; i++) {
		char entry[CONF_PATH_MAX + 24];

		snprintf(entry, sizeof(entry), "%s[%zu]", path, i);
		check_required(c, item, entry, list + 2); /* depth: lists named in the table */
	}
}

static int prepare(struct conf *c, const char *path)
{
	size_t n = 0;

	while (c->table[n].path)
		n++;
	c->file = strdup(path);
	c->presets = calloc(n + 1, sizeof(*c->presets));
	if (!c->file || !c->presets)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct conf_item *item = &c->table[i];

		if (!item->preset)
			continue;
		c->presets[i] = item->type == CONF_PATH ? conf_resolve(path, item->preset) : strdup(item->preset);
		if (!c->presets[i])
			return -ENOMEM;
	}
	return 0;
}

/* The first problem as an error: its place in front of the first ": ". */
static int first_problem(const struct conf *c, struct osci_err *err)
{
	const char *text = c->problems[0], *sep = strstr(text, ": ");
	char where[OSCI_ERR_WHERE_MAX];

	snprintf(where, sizeof(where), "%.*s", sep ? (int)(sep - text) : 0, text);
	return osci_fail(err, OSCI_E_CONFIG, NULL, where, "%s", sep ? sep + 2 : text);
}

int conf_read(struct conf **ret, const struct conf_item *table, const char *path, struct osci_err *err)
{
	_cleanup_(conf_freep) struct conf *c = calloc(1, sizeof(*c));
	struct reader r = { .c = c };
	struct stat st;
	FILE *f;
	int res;

	*ret = NULL;
	if (!c)
		return osci_fail(err, -ENOMEM, NULL, path, "no memory for the configuration");
	c->table = table;
	res = prepare(c, path);
	if (res)
		return osci_fail(err, res, NULL, path, "no memory for the configuration");
	f = fopen(path, "re");
	if (!f)
		return osci_fail(err, -errno, NULL, path, "configuration cannot be opened: %s", strerrordesc_np(errno));
	if (fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > CONF_FILE_MAX)
		res = osci_fail(err, OSCI_E_LIMIT, NULL, path, "a file of at most %d octets expected", CONF_FILE_MAX);
	else
		res = read_events(&r, f);
	fclose(f);
	if (res)
		return res < 0 ? osci_fail(err, res, NULL, path, "no memory for the configuration") : res;
	for (const struct conf_item *i = table; i->path; i++)
		if (i->flags & CONF_REQUIRED)
			check_required(c, i, "", i->path);
	if (c->error)
		return osci_fail(err, c->error, NULL, path, "no memory for the configuration");
	if (c->n_problems)
		res = first_problem(c, err);
	*ret = c;
	c = NULL;
	return res;
}
