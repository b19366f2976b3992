/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check-rules - runs the rules of the release over a document that passed the schema
 *
 * Local names are therefore enough to name elements.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/check.h"

void xausl_rules_begin(struct xausl_check *c)
{
	if (c->message && c->r->rules_on)
		c->rule_on = c->r->rules_on + (size_t)(c->message - c->r->messages) * c->r->n_rules;
}

/* --- paths ------------------------------------------------------------ */

/*
 * Does @node, whose name is that of the end of the way, stand where the way of the anchor says?  "/a/b" from the root,
 * "a/b" the end of the way to the node.
 */
static bool stands(const xmlNode *node, const struct xausl_anchor *a, const xmlNode *root)
{
	const char *path = a->path, *end = a->name; /* in the way: behind what is still to be compared */

	while (end > path) {
		const char *start = --end;
		size_t n;

		node = node->parent;
		if (end == path)
			return node == root;
		while (start > path && start[-1] != '/')
			start--;
		n = (size_t)(end - start);
		if (!node || node->type != XML_ELEMENT_NODE || strncmp((const char *)node->name, start, n) != 0 ||
		    node->name[n])
			return false;
		end = start;
	}
	return true;
}

/* The last of its name among its neighbours. */
static const xmlNode *last_of(const xmlNode *node)
{
	const xmlNode *last = node;

	for (const xmlNode *n = node; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, node->name))
			last = n;
	return last;
}

const xmlNode *xausl_below(struct xausl_check *c, const xmlNode *node, const char *path)
{
	_cleanup_(xausl_text_free) struct xausl_text value = { 0 };
	const char *equal = strchr(path, '=');
	size_t left = equal ? (size_t)(equal - path) : strlen(path);
	static const char last[] = "[last]";
	const size_t mark = sizeof(last) - 1;
	char name[128];

	while (node && left) {
		const char *slash = memchr(path, '/', left);
		size_t n = slash ? (size_t)(slash - path) : left, len = n;
		bool is_last = n > mark && !memcmp(path + n - mark, last, mark);

		if (is_last)
			len -= mark;
		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		node = xausl_child(node, name);
		if (is_last)
			node = last_of(node);
		path += n + (slash ? 1 : 0);
		left -= n + (slash ? 1 : 0);
	}
	if (!node || !equal)
		return node;
	equal++;
	if (xausl_text(c, node, &value) &&
	    (!strcmp(value.s, equal) || (!strcmp(equal, "true") && !strcmp(value.s, "1"))))
		return node;
	return NULL;
}

/* --- evaluation ------------------------------------------------------- */

void xausl_rule_found(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	const struct xausl_mark mark = { rule->id, rule->id[0] == 'f' ? "frame" : "rule", rule->standard_code, rule->level };

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

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

/* The first element the way leads to, or one of those of its name beside it, with content. */
static bool any_filled(const xmlNode *first)
{
	for (const xmlNode *n = first; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, first->name) && filled(n))
			return true;
	return false;
}

static bool value_good(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	_cleanup_(xausl_text_free) struct xausl_text value = { 0 };
	int64_t instant;
	int r;

	if (!xausl_text(c, node, &value))
		return false;
	switch (rule->kind) {
	case XAUSL_RULE_NUMBER:
		return !strcmp(value.s, c->message->number);
	case XAUSL_RULE_SHAPE:
		return xausl_shaped(value.s, rule->args[1]);
	case XAUSL_RULE_INSTANT:
		return !osci_parse_datetime(value.s, strlen(value.s), &instant);
	case XAUSL_RULE_LENGTH:
		return strlen(value.s) <= rule->max || characters(value.s) <= rule->max;
	default:
		break;
	}
	r = xmlRegexpExec(rule->pattern, (const xmlChar *)value.s);
	if (r < 0) /* no memory, or a bound of libxml2 */
		c->unchecked = true;
	return r == 1;
}

/* White space counts. */
static bool exact_good(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	_cleanup_(osci_freep) char *value = xausl_raw_value(c, node);
	int r = value ? xmlRegexpExec(rule->pattern, (const xmlChar *)value) : 0;

	if (r < 0)
		c->unchecked = true;
	return r == 1;
}

static bool set_good(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node)
{
	if (rule->kind == XAUSL_RULE_PRESENT) {
		for (unsigned i = 1; i < rule->n_args; i++)
			if (any_filled(xausl_below(c, node, rule->args[i])))
				return true;
		return false;
	}
	if (!xausl_below(c, node, rule->args[1]))
		return true;
	if (rule->kind == XAUSL_RULE_NEEDS) {
		for (unsigned i = 2; i < rule->n_args; i++)
			if (any_filled(xausl_below(c, node, rule->args[i])))
				return true;
		return false;
	}
	for (unsigned i = 2; i < rule->n_args; i++)
		if (xausl_below(c, node, rule->args[i]))
			return false;
	return true;
}

static void run(struct xausl_check *c, const struct xausl_rule *rule, const xmlNode *node, const xmlNode *root)
{
	bool good = true;

	switch (rule->kind) {
	case XAUSL_RULE_NUMBER:
	case XAUSL_RULE_PATTERN:
	case XAUSL_RULE_SHAPE:
	case XAUSL_RULE_INSTANT:
	case XAUSL_RULE_LENGTH:
		good = value_good(c, rule, node);
		break;
	case XAUSL_RULE_TEXT:
		good = filled(node);
		break;
	case XAUSL_RULE_PRESENT:
	case XAUSL_RULE_EXCLUSIVE:
	case XAUSL_RULE_NEEDS:
		good = set_good(c, rule, node);
		break;
	case XAUSL_RULE_EXACT:
		good = exact_good(c, rule, node);
		break;
	case XAUSL_RULE_SAME:
	case XAUSL_RULE_DIFFERENT:
		good = xausl_places_good(c, rule, node, root);
		break;
	case XAUSL_RULE_CARRIED:
	case XAUSL_RULE_NAMED:
		good = xausl_carried_good(c, rule, node);
		break;
	case XAUSL_RULE_COLUMN: /* with the code lists */
		break;
	}
	if (!good)
		xausl_rule_found(c, rule, node);
}

static void run_anchors(struct xausl_check *c, const char *name, size_t len, const xmlNode *node, const xmlNode *root)
{
	const struct xausl_anchor *a = c->r->anchor_heads[xausl_name_hash(name, len)];
	const char *parent = node->parent->type == XML_ELEMENT_NODE ? (const char *)node->parent->name : "";
	uint32_t above = 0; /* of the parent's name, once it is asked for */

	for (; a; a = a->next) {
		if (a->len != len || !c->rule_on[a->index])
			continue;
		if (a->above && !above)
			above = xausl_above_hash(parent, strlen(parent));
		if ((a->above && a->above != above) || memcmp(a->name, name, len) != 0)
			continue;
		if (!len)
			run(c, a->rule, node, root);
		else if (!a->parent && stands(node, a, root))
			run(c, a->rule, node, root);
		else if (a->parent && node != root && !xausl_repeated(node))
			run(c, a->rule, node->parent, root);
	}
}

void xausl_check_rules(struct xausl_check *c, const xmlNode *node, const xmlNode *root)
{
	const char *name = (const char *)node->name;

	if (node == root)
		run_anchors(c, "", 0, node, root);
	run_anchors(c, name, strlen(name), node, root);
}
