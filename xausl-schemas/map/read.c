/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read - xausl_read(): a message walked by the rows of the release into neutral JSON
 *
 * The order of the table is the order of the schema: the walk goes forward only.  Elements and attributes the
 * table does not have are refused, with their path; values are refused only where they cannot be carried over.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/text.h"
#include "map/table.h"
#include "xml/xml.h"

struct reader {
	const struct xausl_release *release;
	const struct xausl_map *m;
	const char *ns;
	json_t *frame;     /* fields of the frame */
	struct osci_err *err;
};

/* Where the values of a block go: an object, or one value. */
struct target {
	json_t *object;
	json_t **value;
};

static int refuse(struct reader *x, const xmlNode *node, const char *what)
{
	char path[OSCI_ERR_WHERE_MAX];

	osci_xml_path(node, path, sizeof(path));
	return osci_fail(x->err, OSCI_E_MALFORMED, NULL, path, "%s", what);
}

/* --- JSON ------------------------------------------------------------- */

/* The object a dotted path leads to but for its last part, made on the way; *@last = that part. */
static json_t *parent_of(json_t *o, const char *path, const char **last)
{
	const char *dot;

	while (o && (dot = strchr(path, '.'))) {
		json_t *next = json_object_getn(o, path, (size_t)(dot - path));

		if (!next) {
			next = json_object();
			if (json_object_setn_new(o, path, (size_t)(dot - path), next))
				return NULL;
		}
		o = json_is_object(next) ? next : NULL;
		path = dot + 1;
	}
	*last = path;
	return o;
}

/* Takes @v over. */
static int put(json_t *o, const char *path, json_t *v)
{
	const char *last;

	o = parent_of(o, path, &last);
	if (!o) {
		json_decref(v);
		return -ENOMEM;
	}
	return json_object_set_new(o, last, v) ? -ENOMEM : 0;
}

static json_t *base_of(struct reader *x, const struct map_row *row, const struct target *t)
{
	return row->frame ? x->frame : t->object;
}

/* Appends to the list of the row; takes @v over. */
static int append(json_t *base, const struct map_row *row, json_t *v)
{
	const char *last;
	json_t *o = parent_of(base, row->field, &last), *list = o ? json_object_get(o, last) : NULL;

	if (o && !list) {
		list = json_array();
		if (json_object_set_new(o, last, list))
			list = NULL;
	}
	return json_array_append_new(list, v) ? -ENOMEM : 0;
}

/* --- texts ------------------------------------------------------------ */

/* White space as XML Schema collapses it for codes, dates, numbers and booleans. */
static void collapse(char *s)
{
	char *out = s;
	const char *in = s;

	for (;;) {
		size_t blank = strspn(in, " \t\r\n");

		in += blank;
		if (!*in)
			break;
		if (blank && out != s)
			*out++ = ' ';
		*out++ = *in++;
	}
	*out = 0;
}

/* Base64 may be broken into lines. */
static void drop_blanks(char *s)
{
	char *out = s;

	for (; *s; s++)
		if (!strchr(" \t\r\n", *s))
			*out++ = *s;
	*out = 0;
}

static int text_of(struct reader *x, const xmlNode *node, bool collapsed, char **ret)
{
	int r = osci_xml_text(node, MAP_TEXT_MAX, ret, x->err);

	if (!r && collapsed)
		collapse(*ret);
	return r;
}

static int json_text(json_t **ret, const char *s)
{
	*ret = json_string(s);
	return *ret ? 0 : -ENOMEM;
}

/* --- codes ------------------------------------------------------------ */

static int check_list(struct reader *x, const xmlNode *node, const char *uri)
{
	_cleanup_(osci_freep) char *given = NULL;
	int r = osci_xml_attr(node, NULL, x->m->list_uri, MAP_TEXT_MAX, &given, x->err);

	if (!r && given && uri && strcmp(given, uri) != 0)
		return refuse(x, node, "another code list than the one of the element");
	return r;
}

/* Attributes are those of a code; schema locations are no content. */
static int check_attributes(struct reader *x, const xmlNode *node, bool code, size_t allowed)
{
	const xmlAttr *a;
	size_t n = 0;

	for (a = node->properties; a; a = a->next) {
		const char *name = (const char *)a->name, *ns = a->ns ? (const char *)a->ns->href : "";
		bool location = strcmp(ns, "http://www.w3.org/2001/XMLSchema-instance") == 0 &&
				(strcmp(name, "schemaLocation") == 0 || strcmp(name, "noNamespaceSchemaLocation") == 0);

		if (location || (code && !*ns && (strcmp(name, x->m->list_uri) == 0 ||
						  strcmp(name, x->m->list_version) == 0)))
			continue;
		n++;
	}
	return n > allowed ? refuse(x, node, "attribute not expected here") : 0;
}

/* @name may be NULL: then a name is refused. */
static int read_code(struct reader *x, const xmlNode *node, const char *uri, char **code, char **name)
{
	bool bad = false;
	xmlNodePtr child = osci_xml_first(node, &bad);
	char *s;
	int r = check_attributes(x, node, true, 0);

	if (!r)
		r = check_list(x, node, uri);
	if (r)
		return r;
	if (!child || !osci_xml_is(child, NULL, x->m->code))
		return refuse(x, node, "a code expected");
	r = check_attributes(x, child, false, 0);
	if (!r)
		r = text_of(x, child, true, code);
	if (r)
		return r;
	child = osci_xml_next(child, &bad);
	if (child && name && osci_xml_is(child, NULL, x->m->code_name)) {
		r = check_attributes(x, child, false, 0);
		if (!r)
			r = text_of(x, child, false, name);
		if (r)
			return r;
		for (s = *name; *s; s++) /* xs:normalizedString */
			if ((unsigned char)*s < ' ')
				*s = ' ';
		child = osci_xml_next(child, &bad);
	}
	return child || bad ? refuse(x, child ? child : node, "not expected in a code") : 0;
}

static int read_code_row(struct reader *x, const struct map_row *row, const xmlNode *node, json_t *names, json_t **ret)
{
	_cleanup_(osci_freep) char *code = NULL, *name = NULL, *version = NULL;
	const char *shown;
	int r = read_code(x, node, xausl_list_uri(x->release, row->code_list), &code, row->bare ? NULL : &name);

	if (r)
		return r;
	if (row->value && strcmp(row->value, code) != 0)
		return refuse(x, node, "another code than the fixed one");
	if (row->name && !(name && *name))
		r = osci_xml_attr(node, NULL, x->m->list_version, MAP_TEXT_MAX, &version, x->err);
	if (r)
		return r;
	shown = name && *name ? name : xausl_code_name_in(x->release, row->code_list, version, code);
	if (row->name && shown) {
		r = put(names, row->name, json_string(shown));
		if (r)
			return r;
	}
	return json_text(ret, code);
}

/* The list is shown if another than the one an office gets without naming it. */
static int read_free_code(struct reader *x, const struct map_row *row, const xmlNode *node, json_t *beside, json_t **ret)
{
	_cleanup_(osci_freep) char *code = NULL, *name = NULL, *uri = NULL, *version = NULL;
	const char *list;
	int r = read_code(x, node, NULL, &code, &name);

	if (!r)
		r = osci_xml_attr(node, NULL, x->m->list_uri, MAP_TEXT_MAX, &uri, x->err);
	if (!r)
		r = osci_xml_attr(node, NULL, x->m->list_version, MAP_TEXT_MAX, &version, x->err);
	if (r)
		return r;
	if (!uri || !version)
		return refuse(x, node, "a code with list and version expected");
	list = map_free_list(x->release, row, code);
	if (!list || strcmp(xausl_list_uri(x->release, list), uri) != 0 ||
	    strcmp(xausl_list_version(x->release, list), version) != 0) {
		r = put(beside, row->uri, json_string(uri));
		if (!r)
			r = put(beside, row->version, json_string(version));
		list = NULL;
	}
	if (!r && row->name && ((name && *name) || list))
		r = put(beside, row->name,
			json_string(name && *name ? name : xausl_code_name(x->release, list, code)));
	return r ? r : json_text(ret, code);
}

/* Two codes whose lists the sender chooses. */
static int read_pair(struct reader *x, const struct map_row *row, const xmlNode *node, json_t **ret)
{
	_cleanup_(osci_freep) char *first = NULL, *second = NULL, *name1 = NULL, *name2 = NULL, *both = NULL;
	bool bad = false;
	xmlNodePtr a = osci_xml_first(node, &bad), b = a ? osci_xml_next(a, &bad) : NULL;
	int r = check_attributes(x, node, false, 0);

	if (r)
		return r;
	if (!a || !b || bad || osci_xml_next(b, &bad) || bad ||
	    !osci_xml_is(a, row->first_qualified ? x->ns : NULL, row->first) ||
	    !osci_xml_is(b, row->second_qualified ? x->ns : NULL, row->second))
		return refuse(x, node, "two codes expected");
	r = read_code(x, a, NULL, &first, &name1);
	if (!r)
		r = read_code(x, b, NULL, &second, &name2);
	if (r)
		return r;
	if (asprintf(&both, "%s:%s", first, second) < 0) {
		both = NULL;
		return -ENOMEM;
	}
	return json_text(ret, both);
}

/* --- values ----------------------------------------------------------- */

static int read_bool(struct reader *x, const xmlNode *node, const char *s, json_t **ret)
{
	if (strcmp(s, "true") == 0 || strcmp(s, "1") == 0)
		*ret = json_true();
	else if (strcmp(s, "false") == 0 || strcmp(s, "0") == 0)
		*ret = json_false();
	else
		return refuse(x, node, "no boolean");
	return 0;
}

static int read_int(struct reader *x, const xmlNode *node, const char *s, json_t **ret)
{
	size_t sign = *s == '-' || *s == '+';
	uint64_t n;

	if (osci_parse_u64(s + sign, strlen(s + sign), INT64_MAX, &n))
		return refuse(x, node, "no number, or too large");
	*ret = json_integer(*s == '-' ? -(json_int_t)n : (json_int_t)n);
	return *ret ? 0 : -ENOMEM;
}

/* A text that is not a code; @s is collapsed where the type says so. */
static int read_text(struct reader *x, const struct map_row *row, const xmlNode *node, const char *s, json_t **ret)
{
	const char *word;
	int r;

	switch (row->type) {
	case MAP_TEXT:
	case MAP_TIME:
	case MAP_OCTETS:
		return json_text(ret, s);
	case MAP_CONST:
		return strcmp(s, row->value) == 0 ? 0 : refuse(x, node, "another value than the fixed one");
	case MAP_BOOL:
		return read_bool(x, node, s, ret);
	case MAP_TRUE:
	case MAP_NULL:
		r = read_bool(x, node, s, ret);
		if (!r && json_is_false(*ret))
			return refuse(x, node, "fixed to true");
		if (row->type == MAP_NULL)
			*ret = json_null();
		return r;
	case MAP_INT:
		return read_int(x, node, s, ret);
	case MAP_WORD:
		word = map_word_of(row, s);
		return word ? json_text(ret, word) : refuse(x, node, "no value the field may have");
	default:
		if (map_text_check(x->m, x->release, row, s, strlen(s), true) != MAP_FINE)
			return refuse(x, node, map_expected(row));
		return json_text(ret, s);
	}
}

static int read_block(struct reader *x, const struct map_block *block, const xmlNode *parent, xmlNodePtr *cur, bool *bad,
		      const struct target *t, size_t *attributes);

/* All of an element that holds a block. */
static int read_content(struct reader *x, const struct map_block *block, const xmlNode *node, const struct target *t)
{
	bool bad = false;
	xmlNodePtr cur = osci_xml_first(node, &bad);
	size_t attributes = 0;
	int r = read_block(x, block, node, &cur, &bad, t, &attributes);

	if (r)
		return r;
	if (cur)
		return refuse(x, cur, "element not expected here");
	if (bad)
		return refuse(x, node, "text between elements");
	return check_attributes(x, node, false, attributes);
}

/* Value of an element; @names takes the name of a code. NULL in *@ret = nothing to keep. */
static int read_value(struct reader *x, const struct map_row *row, const xmlNode *node, json_t *names, json_t **ret)
{
	_cleanup_(osci_freep) char *s = NULL;
	struct target t = { NULL, NULL };
	int r;

	*ret = NULL;
	if (row->type == MAP_CODE)
		return read_code_row(x, row, node, names, ret);
	if (row->type == MAP_FREE_CODE)
		return read_free_code(x, row, node, names, ret);
	if (row->type == MAP_PAIR)
		return read_pair(x, row, node, ret);
	if (row->type == MAP_BLOCK) {
		if (row->block->scalar) {
			t.value = ret;
		} else {
			t.object = *ret = json_object();
			if (!*ret)
				return -ENOMEM;
		}
		return read_content(x, row->block, node, &t);
	}
	r = check_attributes(x, node, false, 0);
	if (!r && row->type == MAP_OCTETS)
		r = osci_xml_text(node, XAUSL_OCTETS_MAX, &s, x->err);
	else if (!r)
		r = text_of(x, node, row->type != MAP_TEXT && row->type != MAP_UUID, &s);
	if (!r && row->type == MAP_OCTETS)
		drop_blanks(s);
	return r ? r : read_text(x, row, node, s, ret);
}

/* An entry is a value, or an object with the value at the rest of the field and the name of a code beside it. */
static int read_list_entry(struct reader *x, const struct map_row *row, const xmlNode *node, const struct target *t)
{
	json_t *entry = NULL, *v = NULL;
	int r;

	if (!*row->rest) {
		r = read_value(x, row, node, NULL, &v);
		if (r) {
			json_decref(v);
			return r;
		}
		return append(base_of(x, row, t), row, v);
	}
	entry = json_object();
	if (!entry)
		return -ENOMEM;
	r = read_value(x, row, node, entry, &v);
	if (r) {
		json_decref(v);
		json_decref(entry);
		return r;
	}
	r = put(entry, row->rest, v);
	if (r) {
		json_decref(entry);
		return r;
	}
	return append(base_of(x, row, t), row, entry);
}

/* An object may come in two places of a message: the second one adds to it. */
static int keep_value(struct reader *x, const struct map_row *row, const struct target *t, json_t *v)
{
	const char *last = NULL;
	json_t *o, *there;
	int r;

	if (row->scalar) {
		*t->value = v;
		return 0;
	}
	if (row->always && json_object_size(v) == 0) {
		json_decref(v);
		return 0;
	}
	o = parent_of(base_of(x, row, t), row->field, &last);
	there = o ? json_object_get(o, last) : NULL;
	if (json_is_object(there) && json_is_object(v)) {
		r = json_object_update(there, v) ? -ENOMEM : 0;
		json_decref(v);
	} else {
		r = json_object_set_new(o, last, v) ? -ENOMEM : 0;
	}
	if (!r && row->also)
		r = json_object_set(x->frame, row->also, v) ? -ENOMEM : 0;
	return r;
}

static int read_element(struct reader *x, const struct map_row *row, const xmlNode *node, const struct target *t)
{
	json_t *v = NULL;
	int r;

	if (row->when_field) {
		r = put(t->object, row->when_field, json_string(row->when_value));
		if (r)
			return r;
	}
	if (row->type == MAP_IGNORED) /* bounded by the limits of the parser, not looked at */
		return 0;
	if (row->list)
		return read_list_entry(x, row, node, t);
	if (row->type == MAP_BLOCK && !*row->field)
		return read_content(x, row->block, node, t);
	r = read_value(x, row, node, base_of(x, row, t), &v);
	if (r || !*row->field) {
		json_decref(v);
		return r;
	}
	return keep_value(x, row, t, v);
}

static int read_attribute(struct reader *x, const struct map_row *row, const xmlNode *node, const struct target *t,
			  size_t *attributes)
{
	_cleanup_(osci_freep) char *s = NULL;
	json_t *v = NULL;
	int r = osci_xml_attr(node, NULL, row->element, MAP_TEXT_MAX, &s, x->err);

	if (r)
		return r;
	if (!s)
		return row->min ? refuse(x, node, "a required attribute is missing") : 0;
	++*attributes;
	if (row->type == MAP_MARK)
		v = json_true();
	else
		r = read_text(x, row, node, s, &v);
	if (r || row->type == MAP_CONST) {
		json_decref(v);
		return r;
	}
	return keep_value(x, row, t, v);
}

static int derive(struct reader *x, const struct map_row *row, const struct target *t)
{
	const char *from = json_string_value(json_object_get(t->object, row->from));
	const char *word = from ? map_word_of(row, from) : NULL;

	return word ? put(base_of(x, row, t), row->field, json_string(word)) : 0;
}

static bool is_row(const struct reader *x, const struct map_row *row, const xmlNode *node)
{
	return osci_xml_is(node, row->qualified ? x->ns : NULL, row->element);
}

static int read_row(struct reader *x, const struct map_row *row, const xmlNode *parent, xmlNodePtr *cur, bool *bad,
		    const struct target *t, size_t *attributes)
{
	char what[OSCI_ERR_WHAT_MAX];
	unsigned n;
	int r;

	if (row->attribute)
		return read_attribute(x, row, parent, t, attributes);
	if (!*row->element) {
		if (row->type == MAP_BLOCK)
			return read_block(x, row->block, parent, cur, bad, t, attributes);
		return row->type == MAP_DERIVED ? derive(x, row, t) : 0;
	}
	for (n = 0; *cur && is_row(x, row, *cur); n++) {
		/* What the schema does not bound, the size of the message does. */
		if (n == row->max && row->max < MAP_LIST_MAX)
			return refuse(x, *cur, "more of this element than allowed");
		r = read_element(x, row, *cur, t);
		if (r)
			return r;
		*cur = osci_xml_next(*cur, bad);
	}
	if (n >= row->min)
		return 0;
	snprintf(what, sizeof(what), "element %s expected", row->element);
	return refuse(x, *cur ? *cur : parent, what);
}

static int read_block(struct reader *x, const struct map_block *block, const xmlNode *parent, xmlNodePtr *cur, bool *bad,
		      const struct target *t, size_t *attributes)
{
	size_t i;
	int r;

	for (i = 0; i < block->n_rows; i++) {
		if (block->choice && !(*cur && is_row(x, &block->rows[i], *cur)))
			continue;
		r = read_row(x, &block->rows[i], parent, cur, bad, t, attributes);
		if (r || block->choice)
			return r;
	}
	return block->choice ? refuse(x, *cur ? *cur : parent, "one of the elements of a choice expected") : 0;
}

/* --- entry ------------------------------------------------------------ */

static void json_freep(json_t **v)
{
	json_decref(*v);
}

/* What of the frame is part of the envelope an office sees. */
static int envelope(struct reader *x, json_t *out)
{
	static const char *const plain[] = { "message", "uuid", "created", "trigger", "test" };
	static const char *const parties[] = { "author", "reader" };
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		json_t *v = json_object_get(x->frame, plain[i]);

		if (v && json_object_set(out, plain[i], v))
			return -ENOMEM;
	}
	if (json_object_set_new(out, "release", json_string(xausl_release_version(x->release))))
		return -ENOMEM;
	for (i = 0; i < sizeof(parties) / sizeof(*parties); i++) {
		const json_t *p = json_object_get(x->frame, parties[i]);
		json_t *v = json_pack("{s:O*, s:O*}", "key", json_object_get(p, "key"), "name", json_object_get(p, "name"));

		if (json_object_set_new(out, parties[i], v))
			return -ENOMEM;
	}
	return 0;
}

static const struct map_message *message_of(const struct reader *x, const xmlNode *root)
{
	size_t i;

	for (i = 0; i < x->m->n_messages; i++)
		if (osci_xml_is(root, x->m->messages[i].ns, x->m->messages[i].element))
			return &x->m->messages[i];
	return NULL;
}

int xausl_read(json_t **ret, const struct xausl_release *release, const void *data, size_t len,
	       const struct osci_limits *limits, struct osci_err *err)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	_cleanup_(json_freep) json_t *frame = json_object(), *out = json_object();
	struct reader x = { release, xausl_release_map(release), NULL, frame, err };
	struct target t = { out, NULL };
	struct osci_limits bounded;
	const struct map_message *msg;
	const xmlNode *root;
	const char *number;
	int r;

	*ret = NULL;
	xausl_message_limits(&bounded, limits);
	if (!x.m)
		return osci_fail(err, OSCI_E_USAGE, NULL, xausl_release_version(release), "no module for this release");
	if (!frame || !out)
		return -ENOMEM;
	r = osci_xml_parse(&doc, data, len, &bounded, err);
	if (r)
		return r;
	root = xmlDocGetRootElement(doc);
	msg = message_of(&x, root);
	if (!msg)
		return refuse(&x, root, "no message of this release");
	x.ns = msg->ns;
	r = read_content(&x, msg->block, root, &t);
	if (r)
		return r;
	number = json_string_value(json_object_get(frame, "message"));
	if (!number || strcmp(number, msg->number) != 0)
		return refuse(&x, root, "the type of the message is not the one of its root element");
	r = envelope(&x, out);
	if (r)
		return r;
	*ret = json_incref(out);
	return 0;
}
