/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml - one document of a simple YAML (JSON is one, too) as a tree that knows its lines
 *
 * Mappings, lists, scalars and comments.  Refused: anchors, aliases, tags, merge keys, block scalars (| and >), keys that
 * are no text or come twice, a second document, octets that are no UTF-8, NUL.  What a scalar means is left to the reader
 * of the tree; it only learns whether it was plain.  Nothing of libyaml's texts is passed on.
 */
#ifndef OSCI_BASE_YAML_H
#define OSCI_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include <osci/err.h>

enum osci_yaml_kind { OSCI_YAML_SCALAR, OSCI_YAML_MAPPING, OSCI_YAML_LIST };

struct osci_yaml_node {
	enum osci_yaml_kind kind;
	bool plain;             /* scalar without quotes */
	unsigned line, column;  /* from 1 */
	const char *text;       /* of a scalar, UTF-8 without NUL */
	const char *key;        /* in a mapping: its key; NULL else */
	unsigned key_line, key_column;
	struct osci_yaml_node *first, *next; /* entries; the one behind this */
	size_t n;               /* entries */
};

struct osci_yaml_limits {
	size_t octets, nodes;
	unsigned depth; /* at most OSCI_YAML_DEPTH_MAX */
};
#define OSCI_YAML_DEPTH_MAX 32u

struct osci_yaml;

/* A problem that was found. */
typedef void osci_yaml_problem_fn(void *arg, unsigned line, unsigned column, const char *text);

/*
 * 0: a tree.  OSCI_E_MALFORMED: @problem was called; *@ret is NULL if the rest cannot be told apart any more, else
 * a tree without what was refused, so that its reader can look for more.  -ENOMEM.
 */
int osci_yaml_parse(struct osci_yaml **ret, const char *text, size_t len, const struct osci_yaml_limits *limits,
		    osci_yaml_problem_fn *problem, void *arg);
void osci_yaml_freep(struct osci_yaml **y);
const struct osci_yaml_node *osci_yaml_root(const struct osci_yaml *y);
/* Entry of a mapping, NULL if it has none of this key (or is none). */
const struct osci_yaml_node *osci_yaml_get(const struct osci_yaml_node *mapping, const char *key);

#endif
