/* SPDX-License-Identifier: Apache-2.0 */
/* conf_impl - what the parts of conf share; for no one else */
#ifndef OSCI_BASE_CONF_IMPL_H
#define OSCI_BASE_CONF_IMPL_H

#include <errno.h>
#include <stdarg.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/text.h"

#define CONF_PATH_MAX 256         /* a concrete path with indexes */
#define CONF_KEY_MAX 64           /* one key */
#define CONF_DEPTH_MAX 16         /* nesting in a file */
#define CONF_NODES_MAX 100000     /* keys, list entries, mappings in one file */
#define CONF_TEXT_MAX 4096        /* one value where the table names no maximum */
#define CONF_PROBLEM_TEXT_MAX 2048

struct conf_node {
	struct conf_node *next;
	char *path;                   /* "" for the top */
	char *text;                   /* scalars; CONF_PATH made absolute to the folder of the file */
	const struct conf_item *item; /* scalars */
	int64_t number;               /* INT, DURATION, SIZE */
	size_t count;                 /* lists */
	unsigned line, column;        /* 1.. */
	bool valid;
};

struct conf {
	const struct conf_item *table;
	char *file;
	char **presets; /* per item of the table: text as conf_text() gives it, or NULL */
	void *tree;     /* tsearch over nodes by path */
	struct conf_node *nodes;
	size_t n_nodes;
	char *problems[CONF_PROBLEMS_MAX];
	size_t n_problems;
	int error; /* -ENOMEM */
};

extern const char *const conf_type_names[];

int conf_node_compare(const void *a, const void *b);
const struct conf_node *conf_node_find(const struct conf *c, const char *path);
void conf_problem_at(struct conf *c, unsigned line, unsigned column, const char *path, const char *fmt, va_list ap)
	__attribute__((format(printf, 5, 0)));

/* Text of a path relative to the folder of @file, malloc()ed; NULL without memory. */
char *conf_resolve(const char *file, const char *path);
/*
 * Checks @text (plain = written without quotes) against @item, sets n->text, n->number, n->valid.
 * 0, -ENOMEM, or OSCI_E_CONFIG with the cause in @what.
 */
int conf_value(struct conf_node *n, const struct conf_item *item, const char *file, const char *text, size_t len,
	       bool plain, char *what, size_t size);

#endif
