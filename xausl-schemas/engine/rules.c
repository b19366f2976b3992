/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules - what the documentation of a release demands beyond its schema, as a table
 *
 * Kinds and columns are described in README.md.  Rules run on documents that passed the schema, so local
 * names are enough to name elements.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "base/buf.h"

enum { F_KIND, F_ID, F_CODE, F_MESSAGES, F_WHAT, F_EXPECTED, F_ARGS };

static const struct {
	const char *name;
	unsigned min_args, max_args;
} kinds[] = {
	[XAUSL_RULE_NUMBER] = { "number", 1, 1 },
	[XAUSL_RULE_PATTERN] = { "pattern", 2, 2 },
	[XAUSL_RULE_TEXT] = { "text", 1, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_PRESENT] = { "present", 2, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_EXCLUSIVE] = { "exclusive", 3, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_COLUMN] = { "column", 2, 2 },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* --- loading ---------------------------------------------------------- */

static bool word(const char *list, const char *w)
{
	size_t n = strlen(w);

	for (const char *p = list; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (!strncmp(p, w, n) && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

/* "*", "office", "bamf", "both", "answer", or numbers of messages. */
static bool messages_known(const struct xausl_release *r, const char *list)
{
	static const char *const words[] = { "*", "office", "bamf", "both", "answer" };
	char number[32];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(list, words[i]))
			return true;
	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!n || n >= sizeof(number))
			return false;
		memcpy(number, p, n);
		number[n] = '\0';
		if (!xausl_message_find(r, number))
			return false;
		p += n;
	}
	return *list != '\0';
}

static int read_rule(struct xausl_release *r, const struct xausl_csv_row *row, struct osci_err *err)
{
	struct xausl_rule *rule = &r->rules[r->n_rules];
	size_t kind = 0;

	while (kind < N_KINDS && strcmp(kinds[kind].name, row->field[F_KIND]) != 0)
		kind++;
	if (kind == N_KINDS)
		return xausl_csv_fail(r->rule_table, row, err, "unknown kind of rule");
	if (row->n < F_ARGS + kinds[kind].min_args || row->n > F_ARGS + kinds[kind].max_args)
		return xausl_csv_fail(r->rule_table, row, err, "wrong number of fields for the kind of rule");
	if (strncmp(row->field[F_ID], "frame.", 6) != 0 && strncmp(row->field[F_ID], "rule.", 5) != 0)
		return xausl_csv_fail(r->rule_table, row, err, "id begins with frame. or rule.");
	if (!messages_known(r, row->field[F_MESSAGES]))
		return xausl_csv_fail(r->rule_table, row, err, "message the manifest does not have");
	*rule = (struct xausl_rule){
		.kind = (enum xausl_rule_kind)kind,
		.id = row->field[F_ID],
		.standard_code = row->field[F_CODE],
		.messages = row->field[F_MESSAGES],
		.what = row->field[F_WHAT],
		.expected = row->field[F_EXPECTED],
		.args = row->field + F_ARGS,
		.n_args = row->n - F_ARGS,
	};
	r->n_rules++;
	for (unsigned i = 0; i < rule->n_args; i++)
		if (!rule->args[i][0])
			return xausl_csv_fail(r->rule_table, row, err, "empty argument");
	if (rule->kind == XAUSL_RULE_PATTERN) {
		rule->pattern = xmlRegexpCompile((const xmlChar *)rule->args[1]);
		if (!rule->pattern)
			return xausl_csv_fail(r->rule_table, row, err, "pattern does not compile");
	}
	if (rule->kind == XAUSL_RULE_COLUMN) {
		const struct xausl_list *l = xausl_list_find(r, rule->args[0]);

		if (!l || !xausl_code_column(r, rule->args[0], l->codes[0]->field[0], rule->args[1]))
			return xausl_csv_fail(r->rule_table, row, err, "unknown list or column");
	}
	return 0;
}

int xausl_rules_load(struct xausl_release *r, struct osci_err *err)
{
	int rc = xausl_release_table(&r->rule_table, r, "rules.csv", err);

	if (rc)
		return rc;
	if (r->rule_table->n_rows > XAUSL_RULES_MAX)
		return xausl_csv_fail(r->rule_table, NULL, err, "too many rules");
	r->rules = calloc(r->rule_table->n_rows + 1, sizeof(*r->rules));
	if (!r->rules)
		return osci_fail(err, -ENOMEM, NULL, r->module, "out of memory");
	for (size_t i = 0; !rc && i < r->rule_table->n_rows; i++)
		rc = read_rule(r, &r->rule_table->rows[i], err);
	return rc;
}

void xausl_rules_clear(struct xausl_release *r)
{
	for (size_t i = 0; i < r->n_rules; i++)
		if (r->rules[i].pattern)
			xmlRegFreeRegexp(r->rules[i].pattern);
	free(r->rules);
	xausl_csv_freep(&r->rule_table);
}

/* --- paths ------------------------------------------------------------ */

/*
 * Does @node stand where @path says?  "*" any element, "/" the root, "/a/b" from the root, "a/b" the end of
 * the way to the node.
 */
static bool stands(const xmlNode *node, const char *path, const xmlNode *root)
{
	const char *end = path + strlen(path);

	if (!strcmp(path, "*"))
		return true;
	if (!strcmp(path, "/"))
		return node == root;
	while (end > path && *path != '\0') {
		const char *start = end;
		size_t n;

		while (start > path && start[-1] != '/')
			start--;
		n = (size_t)(end - start);
		if (!node || node->type != XML_ELEMENT_NODE || strlen((const char *)node->name) != n ||
		    memcmp(node->name, start, n) != 0)
			return false;
		node = node->parent;
		if (start == path)
			return true;
		if (start == path + 1)
			return node == root;
		end = start - 1;
	}
	return false;
}

/* First descendant of @node by the way "a/b"; the way may end in "=value", which is compared, "true" also with 1. */
static const xmlNode *below(struct xausl_check *c, const xmlNode *node, const char *path)
{
	_cleanup_(osci_freep) char *value = NULL;
	const char *equal = strchr(path, '=');
	size_t left = equal ? (size_t)(equal - path) : strlen(path);
	char name[128];

	while (node && left) {
		const char *slash = memchr(path, '/', left);
		size_t n = slash ? (size_t)(slash - path) : left;

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		node = xausl_child(node, name);
		path += n + (slash ? 1 : 0);
		left -= n + (slash ? 1 : 0);
	}
	if (!node || !equal)
		return node;
	value = xausl_value(c, node);
	equal++;
	if (value && (!strcmp(value, equal) || (!strcmp(equal, "true") && !strcmp(value, "1"))))
		return node;
	return NULL;
}

/* --- evaluation ------------------------------------------------------- */

static bool applies(const struct xausl_rule *rule, const struct xausl_message *m)
{
	if (!strcmp(rule->messages, "*"))
		return true;
	if (!strcmp(rule->messages, "office"))
		return m->direction == 1;
	if (!strcmp(rule->messages, "bamf"))
		return m->direction == -1;
	if (!strcmp(rule->messages, "both"))
		return m->direction == 2;
	if (!strcmp(rule->messages, "answer"))
		return m->n_answers > 0;
	return word(rule->messages, m->number);
}

static void found(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	const struct xausl_mark mark = { rule->id, rule->id[0] == 'f' ? "frame" : "rule", rule->standard_code };

	xausl_found(c, &mark, node, rule->expected, "%s", rule->what);
}

/* Element with child elements, or with text other than white space, of whatever length. */
static bool filled(const xmlNode *node)
{
	for (const xmlNode *n = node ? node->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE || (n->type == XML_TEXT_NODE && !xmlIsBlankNode(n)))
			return true;
	return false;
}

static void run_value(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	_cleanup_(osci_freep) char *value = xausl_value(c, node);
	bool good = false;

	if (value && rule->kind == XAUSL_RULE_NUMBER)
		good = !strcmp(value, c->message->number);
	else if (value)
		good = xmlRegexpExec(rule->pattern, (const xmlChar *)value) == 1;
	if (!good)
		found(c, rule, node);
}

static void run_column(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	_cleanup_(osci_freep) char *uri = xausl_attribute(c, node, "listURI");
	_cleanup_(osci_freep) char *code = NULL;
	const char *list = xausl_list_uri(c->r, rule->args[0]), *mark;
	const xmlNode *child = xausl_child(node, "code");

	if (!uri || !child || strcmp(uri, list) != 0)
		return;
	code = xausl_value(c, child);
	mark = code ? xausl_code_column(c->r, list, code, rule->args[1]) : NULL;
	if (mark && !mark[0])
		found(c, rule, child);
}

static void run_set(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	bool any = false;

	if (rule->kind == XAUSL_RULE_PRESENT) {
		for (unsigned i = 1; i < rule->n_args; i++)
			any = any || filled(below(c, node, rule->args[i]));
		if (!any)
			found(c, rule, node);
		return;
	}
	if (!below(c, node, rule->args[1]))
		return;
	for (unsigned i = 2; i < rule->n_args; i++)
		any = any || below(c, node, rule->args[i]);
	if (any)
		found(c, rule, node);
}

static void run(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node, const xmlNode *root)
{
	switch (rule->kind) {
	case XAUSL_RULE_NUMBER:
	case XAUSL_RULE_PATTERN:
		if (stands(node, rule->args[0], root))
			run_value(c, rule, node);
		break;
	case XAUSL_RULE_TEXT:
		for (unsigned i = 0; i < rule->n_args; i++)
			if (stands(node, rule->args[i], root) && !filled(node)) {
				found(c, rule, node);
				break;
			}
		break;
	case XAUSL_RULE_PRESENT:
	case XAUSL_RULE_EXCLUSIVE:
		if (stands(node, rule->args[0], root))
			run_set(c, rule, node);
		break;
	case XAUSL_RULE_COLUMN:
		run_column(c, rule, node);
		break;
	}
}

void xausl_check_rules(struct xausl_check *c, const xmlNode *root)
{
	for (const xmlNode *n = root; n && !c->error; n = xausl_next_element(n))
		for (size_t i = 0; i < c->r->n_rules; i++)
			if (applies(&c->r->rules[i], c->message))
				run(c, &c->r->rules[i], n, root);
}
