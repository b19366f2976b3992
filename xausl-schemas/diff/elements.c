/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elements - from the root element of each message down: every element and attribute with what the schema says of it
 *
 * Derivations, groups and references are resolved, so that only what a message may hold counts, not how the documents
 * are cut.  A complex type within itself ends there and says where it began.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/xsd.h"

#define ATTRIBUTES_MAX 256u /* of one element */
#define NAMES_MAX 1024u     /* children of one element */
#define PATH_MAX_OCTETS 2048u

struct open_type {
	const xmlNode *type;
	const char *path;
	const struct open_type *outer;
};

struct walking {
	struct diff_model *m;
	struct xsd_set set;
	const char *message;
};

/* One element whose children are being walked. */
struct children {
	const char *path;
	struct osci_buf content; /* their order, as diff_content_reduce() takes it */
	const char *names[NAMES_MAX]; /* local names so far, with repetitions */
	size_t n;
	const struct open_type *open;
	unsigned depth;
};

static void add(struct walking *w, const char *path, const char *property, const char *value)
{
	const struct diff_row row = { XAUSL_DIFF_ELEMENT, w->message, "", path, property, value };

	diff_add(w->m, &row);
}

static void add_if(struct walking *w, const char *path, const char *property, const char *value)
{
	if (value)
		add(w, path, property, value);
}

/* The version of the release is another one in each. */
static const char *masked(const struct walking *w, const char *value)
{
	return value && !strcmp(value, xausl_release_version(w->m->release)) ? "(the release)" : value;
}

/* "0..1", "1..n" of a particle. */
static void occurs(char out[48], const xmlNode *node)
{
	const char *min = xsd_attr(node, "minOccurs"), *max = xsd_attr(node, "maxOccurs");

	snprintf(out, 48, "%.20s..%.20s", min ? min : "1", !max ? "1" : !strcmp(max, "unbounded") ? "n" : max);
}

static void add_simple(struct walking *w, const char *path, const struct xsd_simple *t)
{
	add(w, path, "type", t->base);
	for (size_t i = 0; i < XSD_FACETS; i++)
		add_if(w, path, xsd_facet_names[i], t->facets[i]);
	add_if(w, path, "pattern", t->pattern);
	add_if(w, path, "enumeration", t->enumeration);
}

/* @local: node of a local declaration, whose form counts */
static const char *namespace_of(const struct walking *w, const xmlNode *declaration, const char *default_form)
{
	const char *form = xsd_attr(declaration, "form"), *prefix;
	const xmlNode *root = xmlDocGetRootElement(declaration->doc);
	bool global = declaration->parent == root;

	if (!form)
		form = xsd_attr(root, default_form);
	if (!global && (!form || strcmp(form, "qualified") != 0))
		return "";
	prefix = xausl_prefix(w->m->release, xsd_target(declaration));
	return prefix ? prefix : xsd_target(declaration);
}

/* --- attributes --------------------------------------------------------- */

struct attributes {
	const xmlNode *uses[ATTRIBUTES_MAX]; /* the last of a name counts */
	const xmlNode *declarations[ATTRIBUTES_MAX];
	size_t n;
};

static void take_attribute(struct walking *w, struct attributes *all, const xmlNode *use)
{
	const char *ref = xsd_attr(use, "ref");
	const xmlNode *d = ref ? xsd_resolve(&w->set, "attribute", use, ref, NULL, NULL) : use;
	size_t i = 0;

	if (!d) {
		diff_fail(w->m, OSCI_E_CONFIG, "attribute that is not there");
		return;
	}
	while (i < all->n && strcmp(xsd_attr(all->declarations[i], "name"), xsd_attr(d, "name")) != 0)
		i++;
	if (i == ATTRIBUTES_MAX) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	all->uses[i] = use;
	all->declarations[i] = d;
	all->n += i == all->n;
}

static void take_attributes(struct walking *w, struct attributes *all, const xmlNode *node, unsigned depth)
{
	if (depth > XAUSL_DIFF_DEPTH_MAX) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	for (const xmlNode *k = xsd_first(node); k && !w->m->error; k = xsd_next(k)) {
		if (xsd_is(k, "attribute")) {
			take_attribute(w, all, k);
		} else if (xsd_is(k, "attributeGroup") && xsd_attr(k, "ref")) {
			const xmlNode *g = xsd_resolve(&w->set, "attributeGroup", k, xsd_attr(k, "ref"), NULL, NULL);

			if (g)
				take_attributes(w, all, g, depth + 1);
			else
				diff_fail(w->m, OSCI_E_CONFIG, "group of attributes that is not there");
		}
	}
}

static void add_attribute(struct walking *w, const char *path, const xmlNode *use, const xmlNode *declaration)
{
	const char *how = xsd_attr(use, "use"), *fixed = xsd_attr(use, "fixed"), *preset = xsd_attr(use, "default");
	char place[PATH_MAX_OCTETS];
	struct xsd_simple t;
	int n;

	if (how && !strcmp(how, "prohibited"))
		return;
	n = snprintf(place, sizeof(place), "%s%s@%s", path, path[0] ? "/" : "", xsd_attr(declaration, "name"));
	if (n < 0 || (size_t)n >= sizeof(place)) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	how = how ? how : "optional";
	add(w, place, "", how);
	add(w, place, "use", how);
	add(w, place, "namespace", namespace_of(w, declaration, "attributeFormDefault"));
	add_if(w, place, "fixed", masked(w, fixed ? fixed : xsd_attr(declaration, "fixed")));
	add_if(w, place, "default", preset ? preset : xsd_attr(declaration, "default"));
	if (xsd_simple_of(w->m, &w->set, declaration, "type", &t))
		add_simple(w, place, &t);
}

/* --- content ------------------------------------------------------------ */

static void element(struct walking *w, struct children *c, const xmlNode *particle);

static void any(struct walking *w, struct children *c, const xmlNode *particle)
{
	const char *ns = xsd_attr(particle, "namespace"), *how = xsd_attr(particle, "processContents");
	char place[PATH_MAX_OCTETS], times[48];
	int n = snprintf(place, sizeof(place), "%s%s*", c->path, c->path[0] ? "/" : "");

	if (n < 0 || (size_t)n >= sizeof(place)) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	occurs(times, particle);
	add(w, place, "", times);
	add(w, place, "occurs", times);
	add(w, place, "namespace", ns ? ns : "##any");
	add(w, place, "processContents", how ? how : "strict");
	osci_buf_adds(&c->content, "* ");
}

static void group(struct walking *w, struct children *c, const xmlNode *node, const xmlNode *particle, unsigned depth)
{
	bool choice = xsd_is(node, "choice");
	char times[48];

	if (depth > XAUSL_DIFF_DEPTH_MAX) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	osci_buf_adds(&c->content, choice ? "(| " : xsd_is(node, "all") ? "(& " : "(");
	for (const xmlNode *k = xsd_first(node); k && !w->m->error; k = xsd_next(k)) {
		const char *ref = xsd_attr(k, "ref");
		const xmlNode *g;

		if (xsd_is(k, "element")) {
			element(w, c, k);
		} else if (xsd_is(k, "any")) {
			any(w, c, k);
		} else if (xsd_is(k, "group") && ref) {
			g = xsd_resolve(&w->set, "group", k, ref, NULL, NULL);
			if (g && xsd_first(g))
				group(w, c, xsd_first(g), k, depth + 1);
			else
				diff_fail(w->m, OSCI_E_CONFIG, "group that is not there");
		} else {
			group(w, c, k, k, depth + 1);
		}
	}
	occurs(times, particle);
	osci_buf_adds(&c->content, ")");
	if (strcmp(times, "1..1") != 0)
		osci_buf_addf(&c->content, "{%s}", times);
	osci_buf_addc(&c->content, ' ');
}

static bool is_group(const xmlNode *node)
{
	return xsd_is(node, "sequence") || xsd_is(node, "choice") || xsd_is(node, "all") || xsd_is(node, "group");
}

static void own_content(struct walking *w, struct children *c, const xmlNode *node)
{
	for (const xmlNode *k = xsd_first(node); k && !w->m->error; k = xsd_next(k)) {
		const xmlNode *g = k;

		if (!is_group(k))
			continue;
		if (xsd_is(k, "group")) {
			g = xsd_attr(k, "ref") ? xsd_resolve(&w->set, "group", k, xsd_attr(k, "ref"), NULL, NULL) : NULL;
			g = g ? xsd_first(g) : NULL;
		}
		if (g)
			group(w, c, g, k, 0);
		else
			diff_fail(w->m, OSCI_E_CONFIG, "group that is not there");
	}
}

/* The step of a derivation (extension or restriction), and the complex type it starts from, or NULL. */
static const xmlNode *derivation(struct walking *w, const xmlNode *type, const xmlNode **base)
{
	const xmlNode *content = xsd_child(type, "complexContent"), *step;

	content = content ? content : xsd_child(type, "simpleContent");
	step = content ? xsd_first(content) : NULL;
	*base = NULL;
	if (step && xsd_attr(step, "base"))
		*base = xsd_resolve(&w->set, "complexType", step, xsd_attr(step, "base"), NULL, NULL);
	return step;
}

/* Those of the base stay, unless they are declared anew. */
static void type_attributes(struct walking *w, struct attributes *a, const xmlNode *type, unsigned depth)
{
	const xmlNode *base, *step = derivation(w, type, &base);

	if (depth > XAUSL_DIFF_DEPTH_MAX) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	if (base)
		type_attributes(w, a, base, depth + 1);
	take_attributes(w, a, step ? step : type, 0);
}

/* Children of a complex type; or @value is filled and true returned if it holds a simple value. */
static bool type_content(struct walking *w, struct children *c, const xmlNode *type, struct xsd_simple *value, unsigned depth)
{
	const xmlNode *base, *step = derivation(w, type, &base);
	bool has_value = false;

	if (depth > XAUSL_DIFF_DEPTH_MAX) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return false;
	}
	if (step && xsd_child(type, "simpleContent")) {
		has_value = base ? type_content(w, c, base, value, depth + 1) : xsd_simple_of(w->m, &w->set, step, "base", value);
		if (has_value && xsd_is(step, "restriction"))
			xsd_restrict(w->m, step, value);
		return has_value;
	}
	/* A restriction writes the content of its base anew. */
	if (base && xsd_is(step, "extension"))
		has_value = type_content(w, c, base, value, depth + 1);
	own_content(w, c, step ? step : type);
	return has_value;
}

static void inside(struct walking *w, const char *path, const xmlNode *type, const struct open_type *open, unsigned depth)
{
	struct children *c = calloc(1, sizeof(*c));
	struct attributes *a = calloc(1, sizeof(*a));
	const struct open_type here = { type, path, open };
	struct xsd_simple value;

	if (!c || !a) {
		diff_fail(w->m, -ENOMEM, NULL);
		goto out;
	}
	c->path = path;
	c->content = (struct osci_buf)OSCI_BUF_INIT(1u << 20);
	c->open = &here;
	c->depth = depth;
	osci_buf_addc(&c->content, '(');
	if (type_content(w, c, type, &value, 0))
		add_simple(w, path, &value);
	else
		add(w, path, "type", "elements");
	osci_buf_addc(&c->content, ')');
	if (osci_buf_error(&c->content))
		diff_fail(w->m, osci_buf_error(&c->content), NULL);
	else if (c->content.len > 2)
		add(w, path, "content", (const char *)c->content.data);
	add_if(w, path, "mixed", xsd_attr(type, "mixed"));
	add_if(w, path, "abstract", xsd_attr(type, "abstract"));
	type_attributes(w, a, type, 0);
	for (size_t i = 0; i < a->n && !w->m->error; i++)
		add_attribute(w, path, a->uses[i], a->declarations[i]);
	osci_buf_free(&c->content);
out:
	free(c);
	free(a);
}

/* What the schema says of the declared element itself; then what is inside. */
static void declared(struct walking *w, const char *path, const xmlNode *declaration, const struct open_type *open,
		     unsigned depth)
{
	const char *qname = xsd_attr(declaration, "type");
	const xmlNode *type = qname ? xsd_resolve(&w->set, "complexType", declaration, qname, NULL, NULL) :
				      xsd_child(declaration, "complexType");
	struct xsd_simple t;

	add_if(w, path, "fixed", masked(w, xsd_attr(declaration, "fixed")));
	add_if(w, path, "default", xsd_attr(declaration, "default"));
	add_if(w, path, "nillable", xsd_attr(declaration, "nillable"));
	if (depth > XAUSL_DIFF_DEPTH_MAX) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	if (!type) {
		if (xsd_simple_of(w->m, &w->set, declaration, "type", &t))
			add_simple(w, path, &t);
		else
			add(w, path, "type", "xs:anyType");
		return;
	}
	for (const struct open_type *o = open; o; o = o->outer)
		if (o->type == type) {
			add(w, path, "type", "elements");
			add(w, path, "same as", o->path[0] ? o->path : "/");
			return;
		}
	inside(w, path, type, open, depth);
}

static void element(struct walking *w, struct children *c, const xmlNode *particle)
{
	const char *ref = xsd_attr(particle, "ref"), *name;
	const xmlNode *d = ref ? xsd_resolve(&w->set, "element", particle, ref, NULL, NULL) : particle;
	char path[PATH_MAX_OCTETS], times[48], many[16] = "";
	size_t same = 1;
	int n;

	if (!d || !(name = xsd_attr(d, "name")) || c->n == NAMES_MAX) {
		diff_fail(w->m, d ? OSCI_E_LIMIT : OSCI_E_CONFIG, d ? NULL : "element that is not there");
		return;
	}
	for (size_t i = 0; i < c->n; i++)
		same += !strcmp(c->names[i], name);
	c->names[c->n++] = name;
	if (same > 1)
		snprintf(many, sizeof(many), "[%zu]", same);
	n = snprintf(path, sizeof(path), "%s%s%s%s", c->path, c->path[0] ? "/" : "", name, many);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		diff_fail(w->m, OSCI_E_LIMIT, NULL);
		return;
	}
	osci_buf_addf(&c->content, "%s%s ", name, many);
	occurs(times, particle);
	add(w, path, "", times);
	add(w, path, "occurs", times);
	add(w, path, "namespace", namespace_of(w, d, "elementFormDefault"));
	declared(w, path, d, c->open, c->depth + 1);
}

void diff_schema_rows(struct diff_model *m)
{
	struct walking w = { .m = m };
	int r = m->error ? m->error : xsd_open(&w.set, m->release);

	if (r)
		diff_fail(m, r, NULL);
	for (size_t i = 0; i < m->release->n_messages && !m->error; i++) {
		const struct xausl_message *msg = &m->release->messages[i];
		const xmlNode *root = xsd_find(&w.set, "element", msg->ns->uri, msg->root);
		char number[DIFF_NUMBER_MAX];

		diff_message_number(number, m->release, msg);
		w.message = number;
		if (!root) {
			diff_fail(m, OSCI_E_CONFIG, msg->number);
			break;
		}
		add(&w, "", "", "root element");
		declared(&w, "", root, NULL, 0);
	}
	xsd_close(&w.set);
}
