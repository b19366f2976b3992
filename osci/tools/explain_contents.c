/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_contents - containers, authors, encryption layers, attachments
 *
 * Looks on while the library opens the contents.  Octets of contents are counted, never shown.
 */
#include "tools/explain.h"

struct looking {
	struct explain *x;
	json_t *containers, *encrypted;
	json_t *signatures;  /* of the container shown last; borrowed */
	unsigned n_contents; /* of it */
	bool unsigned_contents;
};

/* What a container says nothing about is unsigned, unless a signature comes. */
static void close_container(struct looking *l)
{
	if (l->signatures && l->n_contents && json_array_size(l->signatures) == 0)
		l->unsigned_contents = true;
	l->signatures = NULL;
	l->n_contents = 0;
}

static void show_container(void *arg, const xmlNode *node, const char *id, unsigned layers, const struct osci_child *v,
			   size_t n)
{
	static const char *const kinds[] = { "inline", "attachment", "container", "encrypted container", "attachment key" };
	struct looking *l = arg;
	bool *ok = &l->x->ok;
	json_t *o = json_object(), *children = json_array(), *c;
	size_t i;

	close_container(l);
	for (i = 0; i < n; i++) {
		c = json_object();
		jput(c, "kind", json_string(kinds[v[i].kind]), ok);
		jput(c, "id", jtext(v[i].inner_id ? v[i].inner_id : v[i].id), ok);
		jput(c, "attachment", jtext(v[i].cid), ok);
		jput(c, "octets", v[i].kind == OSCI_CHILD_INLINE ? jnumber(v[i].len) : json_null(), ok);
		jappend(children, c, ok);
		l->n_contents += v[i].kind == OSCI_CHILD_INLINE || v[i].kind == OSCI_CHILD_ATTACHED;
	}
	jput(o, "id", jtext(id), ok);
	jput(o, "where", node_json(node), ok);
	jput(o, "layers_of_encryption", jnumber(layers), ok);
	jput(o, "children", children, ok);
	l->signatures = json_array();
	jput(o, "signatures", l->signatures, ok);
	if (*ok && n == 0)
		remark(l->x, "container without contents");
	jappend(l->containers, o, ok);
	if (!*ok)
		l->signatures = NULL;
}

static void show_signature(void *arg, struct osci_opener *o, xmlNodePtr node, const struct osci_child *v, size_t n,
			   int result, const struct osci_err *cause)
{
	struct looking *l = arg;
	struct osci_seen_signature s;
	json_t *json;

	if (!l->signatures || osci_see_content_signature(o, node, v, n, &s) < 0) {
		l->x->ok = false;
		return;
	}
	json = signature_report(l->x, &s, true);
	/* The reader's word counts. */
	jput(json, "valid", json_boolean(result == 0), &l->x->ok);
	jput(json, "why_not", result ? error_json(cause, result) : json_null(), &l->x->ok);
	jappend(l->signatures, json, &l->x->ok);
	if (result)
		refuse(l->x, "content signature", result, cause);
}

static void show_encrypted(void *arg, struct osci_opener *o, const struct osci_encrypted *e, unsigned layers, bool readable)
{
	struct looking *l = arg;
	json_t *json = encrypted_report(l->x, e, o->m);

	jput(json, "where", node_json(e->node), &l->x->ok);
	jput(json, "layer", jnumber(layers + 1), &l->x->ok);
	jput(json, "readable", json_boolean(readable), &l->x->ok);
	jappend(l->encrypted, json, &l->x->ok);
}

json_t *contents_report(struct explain *x, const struct osci_message *m)
{
	struct looking l = { .x = x, .containers = json_array(), .encrypted = json_array() };
	const struct osci_watch watch = { &l, show_container, show_signature, show_encrypted };
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	struct osci_err err = { 0 };
	json_t *o = json_object();
	int r;

	if (!m->has_content) {
		json_decref(o);
		json_decref(l.containers);
		json_decref(l.encrypted);
		return json_null();
	}
	r = osci_contents_watch(&c, m, &x->opts, &watch, &err);
	if (r)
		refuse(x, "contents", r, &err);
	close_container(&l);
	if (json_array_size(l.encrypted) == 0 && json_array_size(l.containers) > 0)
		remark(x, "the contents are not encrypted for anybody");
	if (l.unsigned_contents)
		remark(x, "contents without the signature of an author");
	jput(o, "encrypted", l.encrypted, &x->ok);
	jput(o, "containers", l.containers, &x->ok);
	jput(o, "attachments", c ? attachments_json(c, NULL) : json_null(), &x->ok);
	return o;
}
