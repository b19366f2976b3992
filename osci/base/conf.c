/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf - values of a read configuration, problems, description of the table
 *
 * Reading is conf_read.c.  A path that the table does not know, or a value of another type, is a
 * mistake of the program and stops it (assert): no file content can lead there.
 */
#include <assert.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_impl.h"

int conf_node_compare(const void *a, const void *b)
{
	return strcmp(((const struct conf_node *)a)->path, ((const struct conf_node *)b)->path);
}

const struct conf_node *conf_node_find(const struct conf *c, const char *path)
{
	struct conf_node key = { .path = (char *)(uintptr_t)path };
	struct conf_node *const *found = tfind(&key, &c->tree, conf_node_compare);

	return found ? *found : NULL;
}

/* "offices[12].key" -> "offices[].key" */
static void pattern_of(const char *path, char *out, size_t size)
{
	size_t n = 0;
	bool digits = false;

	for (; *path && n + 1 < size; path++) {
		if (*path == ']')
			digits = false;
		if (!digits)
			out[n++] = *path;
		if (*path == '[')
			digits = true;
	}
	out[n] = '\0';
}

static const struct conf_item *item_of(const struct conf *c, const char *path)
{
	char pattern[CONF_PATH_MAX];

	pattern_of(path, pattern, sizeof(pattern));
	for (const struct conf_item *i = c->table; i->path; i++)
		if (!strcmp(i->path, pattern))
			return i;
	return NULL;
}

void conf_freep(struct conf **pc)
{
	struct conf *c = *pc;

	if (!c)
		return;
	while (c->nodes) {
		struct conf_node *n = c->nodes;

		c->nodes = n->next;
		tdelete(n, &c->tree, conf_node_compare);
		if (n->text)
			explicit_bzero(n->text, strlen(n->text));
		free(n->text);
		free(n->path);
		free(n);
	}
	for (size_t i = 0; c->presets && c->table[i].path; i++)
		free(c->presets[i]);
	free(c->presets);
	for (size_t i = 0; i < c->n_problems; i++)
		free(c->problems[i]);
	free(c->file);
	free(c);
	*pc = NULL;
}

size_t conf_problems(const struct conf *c)
{
	return c->n_problems;
}

const char *conf_problem(const struct conf *c, size_t i)
{
	return i < c->n_problems ? c->problems[i] : "";
}

void conf_problem_at(struct conf *c, unsigned line, unsigned column, const char *path, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(CONF_PROBLEM_TEXT_MAX), safe = OSCI_BUF_INIT(CONF_PROBLEM_TEXT_MAX * 12);
	char what[CONF_PROBLEM_TEXT_MAX / 4];

	if (c->n_problems == CONF_PROBLEMS_MAX)
		return;
	vsnprintf(what, sizeof(what), fmt, ap);
	osci_escape_line(&safe, path, strlen(path));
	osci_buf_addf(&text, "%s:%u:%u: ", c->file, line, column);
	if (safe.len)
		osci_buf_addf(&text, "%s: ", safe.data);
	osci_buf_adds(&text, what);
	c->problems[c->n_problems] = osci_buf_take(&text, NULL);
	if (!c->problems[c->n_problems])
		c->error = -ENOMEM;
	else
		c->n_problems++;
}

/* Node of @path or of the nearest mapping or list above it that is in the file. */
static void nearest(const struct conf *c, const char *path, unsigned *line, unsigned *column)
{
	char buf[CONF_PATH_MAX];
	const struct conf_node *n;

	snprintf(buf, sizeof(buf), "%s", path);
	*line = *column = 1;
	while (!(n = conf_node_find(c, buf)) && buf[0]) {
		size_t len = strlen(buf);

		while (len && buf[len - 1] != '.' && buf[len - 1] != '[')
			len--;
		buf[len ? len - 1 : 0] = '\0';
	}
	if (n) {
		*line = n->line;
		*column = n->column;
	}
}

void conf_add_problem(struct conf *c, const char *path, const char *fmt, ...)
{
	unsigned line, column;
	va_list ap;

	nearest(c, path, &line, &column);
	va_start(ap, fmt);
	conf_problem_at(c, line, column, path, fmt, ap);
	va_end(ap);
}

void conf_place(const struct conf *c, const char *path, char *out, size_t size)
{
	unsigned line, column;

	nearest(c, path, &line, &column);
	snprintf(out, size, "%s:%u:%u", c->file, line, column);
}

size_t conf_count(const struct conf *c, const char *path)
{
	const struct conf_node *n = conf_node_find(c, path);

	return n ? n->count : 0;
}

bool conf_has(const struct conf *c, const char *path)
{
	return conf_node_find(c, path);
}

const char *conf_text(const struct conf *c, const char *path)
{
	const struct conf_node *n = conf_node_find(c, path);
	const struct conf_item *item = item_of(c, path);
	const char *text = NULL;

	assert(item);
	if (n && n->valid)
		text = n->text;
	else if (item && c->presets[item - c->table])
		text = c->presets[item - c->table];
	return text ? text : "";
}

int64_t conf_int(const struct conf *c, const char *path)
{
	const struct conf_node *n = conf_node_find(c, path);
	const struct conf_item *item = item_of(c, path);
	int64_t v = 0;

	assert(item && (item->type == CONF_INT || item->type == CONF_DURATION || item->type == CONF_SIZE));
	if (n && n->valid)
		return n->number;
	if (item && item->preset && conf_number(item->type, item->preset, &v))
		assert(!"preset of the table has its type");
	return v;
}

bool conf_bool(const struct conf *c, const char *path)
{
	assert(item_of(c, path) && item_of(c, path)->type == CONF_BOOL);
	return !strcmp(conf_text(c, path), "true");
}

#define PRINT_PATH(buf, fmt)                                   \
	do {                                                   \
		va_list ap;                                    \
		va_start(ap, fmt);                             \
		vsnprintf(buf, sizeof(buf), fmt, ap);          \
		va_end(ap);                                    \
	} while (0)

const char *conf_textf(const struct conf *c, const char *fmt, ...)
{
	char path[CONF_PATH_MAX];

	PRINT_PATH(path, fmt);
	return conf_text(c, path);
}

int64_t conf_intf(const struct conf *c, const char *fmt, ...)
{
	char path[CONF_PATH_MAX];

	PRINT_PATH(path, fmt);
	return conf_int(c, path);
}
